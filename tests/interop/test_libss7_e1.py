"""libss7 behind the port of a simulated E1: HDLC at 64 kbit/s, bit errors, a cut in mid-call."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from libss7_rig import OnE1

from trunkd.board.clock import SECOND
from trunkd.signaling.call import CallConnected, CallOffered, CallReleased, LinkChanged

Make = Callable[..., OnE1]

CALLS = 60


def all_over(exchange: OnE1, calls: int) -> bool:
    return len(exchange.of(CallReleased)) == len(exchange.named("released")) == calls


def place_all(exchange: OnE1, calls: int) -> None:
    """Ten at a time, each cleared as soon as it is answered."""
    placed = cleared = 0

    def step() -> bool:
        nonlocal placed, cleared
        connected = exchange.of(CallConnected)
        while cleared < len(connected):
            exchange.trunk.clear(connected[cleared].call, 16, exchange.clock.now())
            cleared += 1
        while placed < calls and placed - len(exchange.of(CallReleased)) < 10:
            exchange.place(called="0755266780123", calling="13802270001")
            placed += 1
        return all_over(exchange, calls)

    exchange.run(step, 40.0)


@pytest.mark.peer
def test_calls_both_ways(ss7_e1: Make) -> None:
    exchange = ss7_e1("--mode both --timeout 0 --hold 600000")
    exchange.up()
    place_all(exchange, CALLS)
    heard = [(e["called"], e["calling"], e["complete"]) for e in exchange.named("offered")]
    assert heard == [("0755266780123", "13802270001", True)] * CALLS
    assert {e.cause for e in exchange.of(CallReleased)} == {16}
    exchange.seen.clear()
    exchange.told.clear()
    for _ in range(30):
        exchange.say("call")
    exchange.run(lambda: len(exchange.named("connected")) == 30)
    for cic in range(1, 32):
        exchange.say(f"clear {cic} 31")
    exchange.run(lambda: all_over(exchange, 30))
    assert {e.cause for e in exchange.of(CallReleased)} == {31}
    assert {e.request.called.digits for e in exchange.of(CallOffered)} == {"5551000"}
    before, counters = exchange.before, exchange.slot.counters()
    assert exchange.errors == counters.su_errors - before.su_errors == 0
    assert counters.sus - before.sus == counters.rx_frames - before.rx_frames
    assert counters.fill_ins_repeated > 100
    retransmitted = exchange.trunk.stack.mtp3.links[0].l2.counters.retransmitted
    assert retransmitted == exchange.board.port_counters(2, 16)["port_dropped"] == 0


@pytest.mark.peer
def test_calls_with_bit_errors(ss7_e1: Make) -> None:
    """One bit in 20,000 is wrong: signal units are lost, sent again, and no call suffers."""
    exchange = ss7_e1("--mode both --timeout 0 --hold 600000")
    exchange.up()
    exchange.board.cable(1).impair(ber=5e-5, seed=9)
    place_all(exchange, CALLS)
    exchange.board.cable(1).impair()
    assert {e.cause for e in exchange.of(CallReleased)} == {16}
    assert {e["cause"] for e in exchange.named("released")} == {16}

    def counted() -> int:
        return exchange.slot.counters().su_errors - exchange.before.su_errors

    exchange.run(lambda: exchange.errors == counted() > 0)


@pytest.mark.peer
@pytest.mark.parametrize("ours", [True, False], ids=["our-calls", "their-calls"])
def test_the_line_is_cut_and_mended_in_the_middle_of_calls(ss7_e1: Make, ours: bool) -> None:
    """Two seconds without a line: answered calls go on, and are cleared when it is back."""
    exchange = ss7_e1("--mode both --timeout 0 --hold 600000")
    exchange.up()
    for _ in range(10):
        if ours:
            exchange.place()
        else:
            exchange.say("call")
    exchange.run(
        lambda: len(exchange.of(CallConnected)) == 10 and len(exchange.named("connected")) == 10
    )
    handles = [e.call for e in exchange.of(CallConnected)]
    exchange.board.cable(1).cut()
    exchange.run(lambda: any(not e.up for e in exchange.of(LinkChanged)))
    again = exchange.clock.now() + 2 * SECOND
    exchange.run(lambda: exchange.clock.now() >= again)
    exchange.seen.clear()
    exchange.board.cable(1).mend()
    exchange.run(
        lambda: (
            any(e.up for e in exchange.of(LinkChanged))
            and [e["up"] for e in exchange.named("link")][-2:] == [False, True]
        )
    )
    assert exchange.of(CallReleased) == [] and exchange.named("released") == []
    if ours:
        for handle in handles:
            exchange.trunk.clear(handle, 16, exchange.clock.now())
    else:
        for cic in range(1, 32):
            exchange.say(f"clear {cic} 16")
    exchange.run(lambda: all_over(exchange, 10))
    assert {e.cause for e in exchange.of(CallReleased)} == {16}
    assert {e["cause"] for e in exchange.named("released")} == {16}
    assert exchange.errors > 64
    # And the circuits are free again.
    exchange.seen.clear()
    exchange.told.clear()
    exchange.place()
    exchange.say("call")
    exchange.run(lambda: len(exchange.of(CallConnected)) == 2)
