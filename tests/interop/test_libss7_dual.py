"""Dual seizure with libss7 (Q.764 2.9.1): both ends agree whose call goes on, each time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from libss7_rig import Exchange

from trunkd.signaling.call import CallConnected, CallOffered, CallReleased

Make = Callable[..., Exchange]

ROUNDS = 50
"""With two circuits each."""


def collide(exchange: Exchange) -> None:
    """IAMs for circuits 1 and 2 cross each other: libss7's are on the wire before ours are sent,
    and ours before those are read."""
    exchange.held = True
    for _ in (1, 2):
        exchange.place(called="222")
    for cic in (1, 2):
        exchange.say(f"call {cic}")
    exchange.run(lambda: len(exchange.named("placed")) == 2 and len(exchange.waiting) >= 2)
    exchange.held = False


@pytest.mark.peer
@pytest.mark.parametrize(("opc", "our_own"), [(2058, 2), (2056, 1)], ids=["higher", "lower"])
def test_one_hundred_dual_seizures(ss7: Make, opc: int, our_own: int) -> None:
    """The higher point code controls the even circuits; ours is higher, then lower."""
    theirs = 3 - our_own
    exchange = ss7("--mode both --cics 1-2 --called 111 --hold 600000", opc=opc, cics=(1, 2))
    exchange.up()
    for _ in range(ROUNDS):
        exchange.seen.clear()
        exchange.told.clear()
        collide(exchange)
        exchange.run(
            lambda: len(exchange.of(CallConnected)) == 2 and len(exchange.named("connected")) == 2
        )
        duals = {e["channel"]: e["won"] for e in exchange.named("dual")}
        assert duals == {our_own: False, theirs: True}
        (offered,) = exchange.of(CallOffered)
        assert (offered.channel, offered.request.called.digits) == (theirs, "111")
        (heard,) = exchange.named("offered")
        assert (heard["channel"], heard["called"]) == (our_own, "222")
        assert {e.channel for e in exchange.of(CallConnected)} == {1, 2}
        # No third circuit is there: our other call ends.
        (lost,) = exchange.of(CallReleased)
        won = next(e.call for e in exchange.of(CallConnected) if e.channel == our_own)
        assert lost.call not in (won, offered.call)
        exchange.trunk.clear(won, 16, exchange.clock.now())
        exchange.say(f"clear {theirs}")
        exchange.run(
            lambda: len(exchange.of(CallReleased)) == 3 and len(exchange.named("released")) == 2
        )
        assert {e["cause"] for e in exchange.named("released")} == {16}


def seize(exchange: Exchange, cics: tuple[int, ...]) -> int:
    """A call of ours crosses theirs on these circuits, of which we control none."""
    exchange.seen.clear()
    exchange.told.clear()
    exchange.held = True
    handle = exchange.place(called="222")
    for cic in cics:
        exchange.say(f"call {cic}")
    exchange.run(lambda: len(exchange.named("placed")) == len(cics))
    exchange.held = False
    exchange.run(lambda: len(exchange.of(CallOffered)) == len(cics))
    return handle


@pytest.mark.peer
def test_the_call_that_lost_is_tried_again_elsewhere(ss7: Make) -> None:
    """2.9.1.4: one automatic repeat attempt, which the application need not know of."""
    exchange = ss7("--mode both --cics 1,3 --called 111 --hold 600000", cics=(1, 3))
    exchange.up()
    # The second circuit is seized, too: the call ends.
    handle = seize(exchange, (1, 3))
    exchange.run(lambda: exchange.of(CallReleased) != [])
    assert [e.call for e in exchange.of(CallReleased)] == [handle]
    exchange.run(lambda: len(exchange.named("connected")) == 2)
    assert {e["won"] for e in exchange.named("dual")} == {True}
    for cic in (1, 3):
        exchange.say(f"clear {cic}")
    exchange.run(lambda: len(exchange.named("released")) == 2)
    # Whichever our call took first, it goes on.
    for cic in (1, 3):
        handle = seize(exchange, (cic,))
        exchange.run(
            lambda handle=handle: any(e.call == handle for e in exchange.of(CallConnected))
        )
        assert exchange.of(CallReleased) == []
        exchange.trunk.clear(handle, 16, exchange.clock.now())
        exchange.say(f"clear {cic}")
        exchange.run(lambda: len(exchange.of(CallReleased)) == 2)
        exchange.run(lambda: len(exchange.named("released")) == 2)
