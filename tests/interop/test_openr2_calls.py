"""Calls with openr2: called and calling numbers, category, both directions, five variants and more.

openr2's China caller takes every A-1 for a request of a called digit: it cannot send the caller's
number, so that we do not ask for it there. Its China callee asks for the next called digit after as
many digits of the caller as it was told that there are, not after signal 15, so it is told more.
"""

from __future__ import annotations

from typing import Any

import pytest
from openr2_rig import ANI, DNIS, NAMES, Told, directly, incoming, outgoing

CALLS = 300
CHANNELS = 10
CATEGORIES = {
    "NATIONAL_SUBSCRIBER": ("National Subscriber", 1),
    "NATIONAL_PRIORITY_SUBSCRIBER": ("National Priority Subscriber", 2),
    "INTERNATIONAL_SUBSCRIBER": ("International Subscriber", 7),
    "INTERNATIONAL_PRIORITY_SUBSCRIBER": ("International Priority Subscriber", 9),
}
"""openr2's options, what it says of them, and the signal."""


def answering(variant: str) -> dict[str, Any]:
    """Our config where openr2 calls."""
    config: dict[str, Any] = {"variant": variant, "dnis_max": len(DNIS), "ani_max": len(ANI)}
    return config | ({"ani": "none"} if variant == "cn" else {})


def most_ani(variant: str) -> int:
    return 20 if variant == "cn" else len(ANI)


def good(told: Told, calls: int, ours: bool) -> None:
    summary = told.summary
    assert told.code == 0, (summary, told.named("fault")[:3])
    offered = summary["offered"] + summary["placed"]
    assert offered == summary["connected"] == summary["released"] == calls
    assert summary["failed"] == summary["errors"] == summary["active"] == 0
    cause = 16 if ours else "normal"
    assert {e["cause"] for e in told.named("released")} == {cause}


@pytest.mark.parametrize("variant", list(NAMES))
def test_300_calls_to_openr2(openr2_peer: str, variant: str) -> None:
    ours, theirs = directly(
        openr2_peer,
        CHANNELS,
        {"variant": variant},
        outgoing(CALLS, CHANNELS),
        f"--mode answer --calls {CALLS} --max-dnis 7 --max-ani {most_ani(variant)}",
    )
    good(ours, CALLS, True)
    good(theirs, CALLS, False)
    seen = {(e["called"], e["calling"], e["category"]) for e in theirs.named("offered")}
    assert seen == {(DNIS, ANI, "National Subscriber")}
    assert {e["channel"] for e in theirs.named("offered")} == set(range(1, CHANNELS + 1))


@pytest.mark.parametrize("variant", list(NAMES))
def test_300_calls_from_openr2(openr2_peer: str, variant: str) -> None:
    ours, theirs = directly(
        openr2_peer,
        CHANNELS,
        answering(variant),
        incoming(CALLS),
        f"--mode call --calls {CALLS}",
    )
    good(ours, CALLS, True)
    good(theirs, CALLS, False)
    offered = ours.named("offered")
    ani = "" if variant == "cn" else ANI
    assert {(e["dnis"], e["ani"]) for e in offered} == {(DNIS, ani)}
    if variant != "cn":
        assert {(e["category"], e["category_signal"]) for e in offered} == {("ordinary", 1)}


@pytest.mark.parametrize("name", list(CATEGORIES))
@pytest.mark.parametrize("variant", ["itu", "mx", "ar", "ve"])
def test_categories_from_openr2(openr2_peer: str, variant: str, name: str) -> None:
    """What the signal means is the variant's row; its inverse is the signal that was sent."""
    ours, theirs = directly(
        openr2_peer, 1, answering(variant), incoming(1), f"--mode call --category {name}"
    )
    good(ours, 1, True)
    good(theirs, 1, False)
    wanted = "priority" if CATEGORIES[name][1] in (2, 9) else "ordinary"
    assert [e["category"] for e in ours.named("offered")] == [wanted]


@pytest.mark.parametrize("signal", [1, 2, 7, 9])
def test_categories_to_openr2(openr2_peer: str, signal: int) -> None:
    """A category whose signal is this one, by a row of our own."""
    said = {signal: text for text, signal in CATEGORIES.values()}
    rows = {f"category.{other}": 0x0C for other in (1, 2, 7, 9) if other != signal}
    config = {"variant": "itu", "overrides": rows | {f"category.{signal}": 0x0B}}
    ours, theirs = directly(
        openr2_peer,
        1,
        config,
        outgoing(1, category=0x0B),
        "--mode answer --calls 1 --max-dnis 7 --max-ani 10",
    )
    good(ours, 1, True)
    assert [e["category"] for e in theirs.named("offered")] == [said[signal]]


@pytest.mark.parametrize("ani", ["before", "during", "after"])
@pytest.mark.parametrize("variant", ["itu", "mx", "br"])
def test_caller_asked_for_before_during_and_after_the_number(
    openr2_peer: str, variant: str, ani: str
) -> None:
    config = {**answering(variant), "ani": ani}
    ours, theirs = directly(openr2_peer, 1, config, incoming(2), "--mode call --calls 2")
    good(ours, 2, True)
    good(theirs, 2, False)
    assert {(e["dnis"], e["ani"]) for e in ours.named("offered")} == {(DNIS, ANI)}


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("variant", ["itu", "mx", "br", "ar", "ve"])
def test_openr2_asks_for_the_caller_first_or_last(
    openr2_peer: str, variant: str, first: int
) -> None:
    ours, theirs = directly(
        openr2_peer,
        1,
        {"variant": variant},
        outgoing(2),
        f"--mode answer --calls 2 --max-dnis 7 --max-ani 10 --ani-first {first}",
    )
    good(ours, 2, True)
    assert {(e["called"], e["calling"]) for e in theirs.named("offered")} == {(DNIS, ANI)}


def test_a_caller_who_is_not_to_be_shown(openr2_peer: str) -> None:
    """I-12 (Argentina, Brazil, Colombia): no digits are asked for any more, both ways."""
    ours, theirs = directly(
        openr2_peer,
        1,
        {"variant": "br"},
        outgoing(1, calling=""),
        "--mode answer --calls 1 --max-dnis 7 --max-ani 10",
    )
    good(ours, 1, True)
    assert [(e["called"], e["calling"]) for e in theirs.named("offered")] == [(DNIS, "")]
    ours, theirs = directly(openr2_peer, 1, answering("br"), incoming(1), "--mode call --calling X")
    good(ours, 1, True)
    assert [(e["dnis"], e["ani"]) for e in ours.named("offered")] == [(DNIS, "")]


def test_numbers_of_any_length(openr2_peer: str) -> None:
    """The callee is not told how long numbers are: I-15 ends them (ITU)."""
    ours, theirs = directly(
        openr2_peer, 1, {"variant": "itu"}, incoming(2), "--mode call --calls 2"
    )
    good(ours, 2, True)
    assert {(e["dnis"], e["ani"]) for e in ours.named("offered")} == {(DNIS, ANI)}
    ours, theirs = directly(
        openr2_peer,
        1,
        {"variant": "itu"},
        outgoing(2),
        "--mode answer --calls 2 --max-dnis 20 --max-ani 20 --ani-first 0",
    )
    good(ours, 2, True)
    assert {(e["called"], e["calling"]) for e in theirs.named("offered")} == {(DNIS, ANI)}


def test_the_called_party_hangs_up_first(openr2_peer: str) -> None:
    """Clear-back both ways: the caller clears forward, and both are idle."""
    config = {"variant": "itu", "timers": {"T2CB": 0}}
    options = "--mode answer --calls 2 --max-dnis 7 --max-ani 10 --drop-ms 200"
    ours, theirs = directly(openr2_peer, 1, config, outgoing(2, hold_ms=5000), options)
    assert ours.code == theirs.code == 0, (ours.events, theirs.events)
    assert {e["local"] for e in theirs.named("released")} == {True}
    ours, theirs = directly(
        openr2_peer,
        1,
        answering("itu"),
        incoming(2, drop_ms=200),
        "--mode call --calls 2 --hold 5000",
    )
    assert ours.code == theirs.code == 0, (ours.events, theirs.events)
    assert {e["local"] for e in ours.named("released")} == {True}
