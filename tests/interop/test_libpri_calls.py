"""Calls with libpri, as exchange and as user, both ways, en-bloc and overlap, with frames lost."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from trunkd.hil.peer_pair import PairResult, PeerResult

Pair = Callable[..., PairResult]

CALLED = "0755266780123"
CALLING = "13802270001"
CALLS = 200
SIDES = [("libpri", "trunkd"), ("trunkd", "libpri")]
"""(network side, user side)"""


def numbers(answering: PeerResult) -> dict[int, tuple[str, str]]:
    """(called, calling) of each call as the answering side had them when it was complete."""
    found = {}
    for event in answering.events:
        if event["event"] in ("offered", "digits"):
            found[event["call"]] = (event["called"], event["calling"])
    return found


def at_once(peer: PeerResult, begin: str) -> int:
    """Most calls that lived at one time."""
    alive = most = 0
    for event in peer.events:
        alive += (event["event"] == begin) - (event["event"] == "released")
        most = max(most, alive)
    return most


def stuck_channels(answering: PeerResult) -> list[int]:
    """Channels on which a call was offered while another one had not been released."""
    busy: dict[int, int] = {}
    wrong = []
    for event in answering.events:
        if event["event"] == "offered":
            if event["channel"] in busy.values():
                wrong.append(event["channel"])
            busy[event["call"]] = event["channel"]
        elif event["event"] == "released":
            busy.pop(event["call"], None)
    return wrong


def run(
    pair: Pair, net: str, cpe: str, caller: str, call: str, answer: str, **more: Any
) -> tuple[PeerResult, PeerResult]:
    """Run a pair; the calling side first, the answering side second."""
    call = f"--mode call --called {CALLED} --calling {CALLING} {call}"
    answer = f"--mode answer {answer}"
    if caller == "net":
        result = pair(net, cpe, call, answer, **more)
        return result.a, result.b
    result = pair(net, cpe, answer, call, **more)
    return result.b, result.a


@pytest.mark.peer
@pytest.mark.parametrize("dialling", ["en-bloc", "overlap"])
@pytest.mark.parametrize("caller", ["net", "cpe"])
@pytest.mark.parametrize(("net", "cpe"), [*SIDES, ("libpri", "libpri")])
def test_two_hundred_calls(pair: Pair, net: str, cpe: str, caller: str, dialling: str) -> None:
    overlap = dialling == "overlap"
    calling, answering = run(
        pair,
        net,
        cpe,
        caller,
        f"--calls {CALLS} --conc 30 --hold 50 {'--overlap 4' if overlap else ''}",
        f"--calls {CALLS} {f'--min-digits {len(CALLED)}' if overlap else ''}",
    )
    assert calling.code == 0, calling.events[-3:]
    assert answering.code == 0, answering.events[-3:]
    for peer, began in ((calling, "placed"), (answering, "offered")):
        assert peer.summary[began] == CALLS
        assert peer.summary["connected"] == peer.summary["released"] == CALLS
        assert peer.summary["failed"] == peer.summary["active"] == peer.summary["errors"] == 0
        assert {e["cause"] for e in peer.named("released")} == {16}
        assert at_once(peer, began) == 30
    assert list(numbers(answering).values()) == [(CALLED, CALLING)] * CALLS
    if overlap:
        assert {e["called"] for e in answering.named("offered")} == {CALLED[:4]}
    assert stuck_channels(answering) == []


EXPLAINED = {16, 18, 27, 31, 41, 44, 81, 101, 102}
"""How a call may end when the data link was reset in the middle of it: no answer in time (18,
102), the link lost (27, 41), a message that came out of state (81, 101), the channel still held
by a call whose clearing was lost (44), and libpri's own word for a call it dropped (31)."""


@pytest.mark.peer
@pytest.mark.parametrize("dialling", ["en-bloc", "overlap"])
@pytest.mark.parametrize("caller", ["net", "cpe"])
@pytest.mark.parametrize(("net", "cpe"), SIDES)
def test_two_hundred_calls_with_one_percent_lost(
    pair: Pair, net: str, cpe: str, caller: str, dialling: str
) -> None:
    overlap = dialling == "overlap"
    calling, answering = run(
        pair,
        net,
        cpe,
        caller,
        f"--calls {CALLS} --conc 30 {'--overlap 4' if overlap else ''}",
        f"{f'--min-digits {len(CALLED)}' if overlap else ''}",
        loss=0.01,
        seed=hash_of(net, caller, dialling),
    )
    assert not calling.summary["timed_out"]
    assert calling.summary["placed"] == calling.summary["released"] == CALLS
    for peer in (calling, answering):
        assert peer.summary["active"] == 0
        ends = [e["cause"] for e in peer.named("released")]
        assert set(ends) <= EXPLAINED
        assert ends.count(16) >= CALLS * 9 // 10
    connected = {c for c, n in numbers(answering).items() if n != (CALLED, CALLING)} & {
        e["call"] for e in answering.named("connected")
    }
    assert connected == set(), "a call was answered with a wrong number"
    assert stuck_channels(answering) == []


def hash_of(*words: str) -> int:
    """A seed that differs for each test and is the same each time."""
    return sum(p * o for p, o in zip(itertools.count(1), "".join(words).encode(), strict=False))
