"""ISUP calls with libss7 (Q.764 2.1 to 2.3), both ways: numbers, causes, many at once, reset."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from libss7_rig import Exchange

from trunkd.hil.peer_pair import PairResult, PeerResult
from trunkd.signaling.call import CallConnected, CallOffered, CallReleased

Pair = Callable[..., PairResult]
Make = Callable[..., Exchange]

CALLED = "0755266780123"
CALLING = "13802270001"
CALLS = 500


def sides(result: PairResult, caller: str) -> tuple[PeerResult, PeerResult]:
    """The calling side first."""
    return (result.a, result.b) if caller == "libss7" else (result.b, result.a)


def run(pair: Pair, caller: str, call: str, answer: str, libss7: str = "") -> PairResult:
    """Calls one way; ``libss7``: further options of that side."""
    call = f"--mode call --called {CALLED} --calling {CALLING} {call}"
    answer = f"--mode answer {answer}"
    if caller == "libss7":
        return pair(f"{call} {libss7}", answer)
    return pair(f"{answer} {libss7}", call)


def at_once(peer: PeerResult, begin: str) -> int:
    """Most calls that lived at one time."""
    alive = most = 0
    for event in peer.events:
        alive += (event["event"] == begin) - (event["event"] == "released")
        most = max(most, alive)
    return most


def doubled(answering: PeerResult) -> list[int]:
    """Circuits on which a call was offered while another one had not been released."""
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


@pytest.mark.peer
@pytest.mark.parametrize("caller", ["libss7", "trunkd"])
def test_five_hundred_calls_thirty_at_once(ss7_pair: Pair, caller: str) -> None:
    result = run(
        ss7_pair, caller, f"--calls {CALLS} --conc 30 --hold 50", f"--calls {CALLS}", "--cpg"
    )
    calling, answering = sides(result, caller)
    assert calling.code == 0, calling.events[-3:]
    assert answering.code == 0, answering.events[-3:]
    for peer, began in ((calling, "placed"), (answering, "offered")):
        assert peer.summary[began] == CALLS
        assert peer.summary["connected"] == peer.summary["released"] == CALLS
        assert peer.summary["failed"] == peer.summary["active"] == peer.summary["errors"] == 0
        assert {e["cause"] for e in peer.named("released")} == {16}
        assert {e["local"] for e in peer.named("released")} == {peer is calling}
        assert at_once(peer, began) == 30
    offered = [(e["called"], e["calling"], e["complete"]) for e in answering.named("offered")]
    assert offered == [(CALLED, CALLING, True)] * CALLS
    assert doubled(answering) == []


def ends(exchange: Exchange, before: int) -> tuple[int, int]:
    """The cause of the call that ended next, as both ends have it."""
    exchange.run(
        lambda: len(exchange.of(CallReleased)) == len(exchange.named("released")) == before + 1
    )
    return exchange.of(CallReleased)[-1].cause, exchange.named("released")[-1]["cause"]


CAUSES = [n for n in range(1, 128) if (n not in range(10, 16) and n % 16 != 0) or n == 16]


@pytest.mark.peer
@pytest.mark.parametrize("answered", [False, True], ids=["refused", "cleared"])
@pytest.mark.parametrize("by_us", [False, True], ids=["by-libss7", "by-us"])
@pytest.mark.parametrize("ours", [False, True], ids=["their-calls", "our-calls"])
def test_every_cause_arrives(ss7: Make, ours: bool, by_us: bool, answered: bool) -> None:
    """A call of either side, refused or cleared by either side, with each cause of Q.850."""
    exchange = ss7("--mode both --silent --hold 600000", answers=False)
    exchange.up()
    for count, cause in enumerate(CAUSES):
        if ours:
            handle = exchange.place()
            exchange.run(lambda count=count: len(exchange.named("offered")) == count + 1)
            cic = exchange.named("offered")[-1]["channel"]
        else:
            exchange.say("call")
            exchange.run(lambda count=count: len(exchange.of(CallOffered)) == count + 1)
            cic, handle = exchange.of(CallOffered)[-1].channel, exchange.of(CallOffered)[-1].call
        if answered:
            if ours:
                exchange.say(f"answer {cic}")
            else:
                exchange.trunk.answer(handle, exchange.clock.now())
            exchange.run(lambda count=count: len(exchange.of(CallConnected)) == count + 1)
            exchange.run(lambda count=count: len(exchange.named("connected")) == count + 1)
        if by_us:
            exchange.trunk.clear(handle, cause, exchange.clock.now())
        else:
            exchange.say(f"clear {cic} {cause}")
        assert ends(exchange, count) == (cause, cause)


NUMBERS = [
    ("1", "2"),
    ("12", "345678901234567"),
    ("1234567890", "86755266780123"),
    ("0755266780123", "13802270001"),
    ("0" * 20, "9" * 15),
    ("9876543210987654321", "1"),
]


@pytest.mark.peer
def test_numbers_of_every_length(ss7: Make) -> None:
    exchange = ss7("--mode both --hold 600000")
    exchange.up()
    for count, (called, calling) in enumerate(NUMBERS):
        exchange.place(called, calling)
        exchange.run(lambda count=count: len(exchange.named("connected")) == 2 * count + 1)
        exchange.say(f"call 0 {called} {calling}")
        exchange.run(lambda count=count: len(exchange.named("connected")) == 2 * count + 2)
    assert [(e["called"], e["calling"]) for e in exchange.named("offered")] == NUMBERS
    assert all(e["complete"] for e in exchange.named("offered"))
    requests = [e.request for e in exchange.of(CallOffered)]
    assert [(r.called.digits, r.calling.digits) for r in requests if r.calling] == NUMBERS
    assert all(r.complete for r in requests)


@pytest.mark.peer
@pytest.mark.parametrize("caller", ["libss7", "trunkd"])
def test_the_answering_side_clears(ss7_pair: Pair, caller: str) -> None:
    result = run(
        ss7_pair, caller, "--calls 40 --conc 10 --hold 60000", "--calls 40 --drop-ms 30 --cause 31"
    )
    calling, answering = sides(result, caller)
    assert calling.code == answering.code == 0
    assert [e["cause"] for e in calling.named("released")] == [31] * 40
    assert not any(e["local"] for e in calling.named("released"))


@pytest.mark.peer
@pytest.mark.parametrize("caller", ["libss7", "trunkd"])
def test_reset_before_the_first_call(ss7_pair: Pair, caller: str) -> None:
    """GRS for all circuits; GRA lets the calls begin."""
    result = run(ss7_pair, caller, "--calls 31 --conc 31 --hold 100 --restart", "--calls 31")
    calling, answering = sides(result, caller)
    assert calling.code == answering.code == 0, (calling.events[-3:], answering.events[-3:])
    for peer, local in ((calling, True), (answering, False)):
        reset = [e for e in peer.named("restart") if e["local"] == local and e["ok"]]
        assert sorted(c for e in reset for c in e["channels"]) == list(range(1, 32))
    assert sorted(e["channel"] for e in answering.named("offered")) == list(range(1, 32))
