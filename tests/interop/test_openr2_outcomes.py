"""What becomes of calls with openr2: all outcomes of group B and A, charge, forced release."""

from __future__ import annotations

import pytest
from openr2_rig import ANI, DNIS, directly, incoming, outgoing

ANSWER = "--mode answer --calls 2 --max-dnis 7"
COLLECT = 0xE8
"""R2's collect call, as a category of Q.763."""

REFUSED = [
    ("itu", "busy", 17),
    ("itu", "congestion", 42),
    ("itu", "unallocated", 1),
    ("itu", "out-of-order", 27),
    ("mx", "busy", 17),
    ("mx", "congestion", 42),
    ("mx", "out-of-order", 27),
    ("br", "busy", 17),
    ("br", "congestion", 42),
    ("br", "unallocated", 1),
    ("br", "out-of-order", 27),
    ("ar", "busy", 17),
    ("ar", "congestion", 42),
    ("ar", "unallocated", 1),
    ("ar", "out-of-order", 27),
    ("ve", "busy", 17),
    ("ve", "congestion", 42),
    ("ve", "unallocated", 1),
    ("ve", "out-of-order", 27),
    ("cn", "busy", 17),
    ("cn", "congestion", 42),
    ("cn", "unallocated", 1),
]
"""Variant, openr2's cause, Q.850's. Mexico's vacant number is busy; China has no out of order."""


@pytest.mark.parametrize(("variant", "theirs", "ours"), REFUSED)
def test_refused_by_openr2(openr2_peer: str, variant: str, theirs: str, ours: int) -> None:
    most = 20 if variant == "cn" else len(ANI)
    told, _ = directly(
        openr2_peer,
        1,
        {"variant": variant},
        outgoing(2, expect_reject=True),
        f"{ANSWER} --max-ani {most} --reject {theirs}",
    )
    assert told.code == 0, told.events
    assert [e["cause"] for e in told.named("released")] == [ours, ours]
    assert not told.named("fault")


@pytest.mark.parametrize(("variant", "theirs", "ours"), REFUSED)
def test_refused_by_us(openr2_peer: str, variant: str, theirs: str, ours: int) -> None:
    config = {"variant": variant, "dnis_max": len(DNIS)}
    config |= {"ani": "none"} if variant == "cn" else {"ani_max": len(ANI)}
    _, told = directly(
        openr2_peer,
        1,
        config,
        incoming(2, reject=ours),
        "--mode call --calls 2 --expect-reject",
    )
    assert told.code == 0, told.events
    assert [e["cause"] for e in told.named("released")] == [theirs, theirs]
    assert not told.named("fault")


def test_collect_calls_refused_in_brazil(openr2_peer: str) -> None:
    """II-8 says collect, B-7 refuses, both ways. B-7 is a vacant number, too: that is what both
    callers take it for; a row of one's own says the other."""
    told, other = directly(
        openr2_peer,
        1,
        {"variant": "br", "overrides": {"b.7": "reject_collect"}},
        outgoing(2, expect_reject=True, category=COLLECT),
        f"{ANSWER} --max-ani 10 --reject collect-rejected",
    )
    assert {e["category"] for e in other.named("offered")} == {"Collect Call"}
    assert [e["cause"] for e in told.named("released")] == [29, 29]
    told, other = directly(
        openr2_peer,
        1,
        {"variant": "br", "dnis_max": 7, "ani_max": 10},
        incoming(2, reject=29),
        "--mode call --calls 2 --expect-reject --category COLLECT_CALL",
    )
    assert {e["category"] for e in told.named("offered")} == {"collect"}
    assert [e["cause"] for e in other.named("released")] == ["unallocated"] * 2


@pytest.mark.parametrize("variant", ["itu", "mx", "br", "ar", "ve"])
def test_free_without_charge(openr2_peer: str, variant: str) -> None:
    told, _ = directly(
        openr2_peer,
        1,
        {"variant": variant},
        outgoing(2),
        f"{ANSWER} --max-ani 10 --accept no-charge",
    )
    assert told.code == 0 and told.summary["connected"] == 2, told.events
    config = {"variant": variant, "dnis_max": 7, "ani_max": 10, "charge": False}
    told, other = directly(openr2_peer, 1, config, incoming(2), "--mode call --calls 2")
    assert told.code == other.code == 0, (told.events, other.events)
    assert {e["mode"] for e in other.named("alerting")} == {"no-charge"}


@pytest.mark.parametrize("variant", ["itu", "ar", "ve"])
def test_accepted_without_group_b(openr2_peer: str, variant: str) -> None:
    """A-6, address complete, charge, speech conditions: both ways."""
    told, other = directly(
        openr2_peer,
        1,
        {"variant": variant},
        outgoing(2),
        f"{ANSWER} --max-ani 10 --immediate",
    )
    assert told.code == other.code == 0, (told.events, other.events)
    assert {(e["called"], e["calling"]) for e in other.named("offered")} == {(DNIS, ANI)}
    config = {"variant": variant, "dnis_max": 7, "ani_max": 10, "accept_in_a": True}
    told, other = directly(openr2_peer, 1, config, incoming(2), "--mode call --calls 2")
    assert told.code == other.code == 0, (told.events, other.events)
    assert {(e["dnis"], e["ani"]) for e in told.named("offered")} == {(DNIS, ANI)}


def test_forced_release_both_ways(openr2_peer: str) -> None:
    told, other = directly(
        openr2_peer,
        1,
        {"variant": "br"},
        outgoing(2, hold_ms=5000),
        f"{ANSWER} --max-ani 10 --drop-ms 200 --drop-cause forced-release",
    )
    assert told.code == other.code == 0, (told.events, other.events)
    assert {e["local"] for e in told.named("released")} == {False}
    config = {"variant": "br", "dnis_max": 7, "ani_max": 10, "forced_release": True}
    told, other = directly(
        openr2_peer,
        1,
        config,
        incoming(2, drop_ms=200),
        "--mode call --calls 2 --hold 5000",
    )
    assert told.code == other.code == 0, (told.events, other.events)
    assert {e["cause"] for e in other.named("released")} == {"forced-release"}
