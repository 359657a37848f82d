"""Circuit supervision with libss7, both ways (Q.764 2.8, 2.9.3): RSC, GRS, BLO, CGB, CQM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from libss7_rig import Exchange

from trunkd.signaling.call import (
    CHANNEL_BLOCKED_HERE,
    CHANNEL_BLOCKED_THERE,
    CHANNEL_IDLE,
    BlockingDone,
    CallConnected,
    CallOffered,
    CallReleased,
    ChannelChanged,
    CircuitsQueried,
    RestartDone,
)

Make = Callable[..., Exchange]


@pytest.fixture
def joined(ss7: Make) -> Exchange:
    """Circuits 1 to 4, the link up, both ends place calls and take them."""
    exchange = ss7("--mode both --cics 1-4 --hold 600000", cics=(1, 2, 3, 4))
    exchange.up()
    return exchange


def call(exchange: Exchange, ours: bool) -> tuple[int, int]:
    """A call that is answered: our handle and its circuit."""
    known = len(exchange.of(CallConnected))
    if ours:
        exchange.place()
    else:
        exchange.say("call")
    said = len(exchange.named("connected"))
    exchange.run(
        lambda: len(exchange.of(CallConnected)) > known and len(exchange.named("connected")) > said
    )
    connected = exchange.of(CallConnected)[-1]
    return connected.call, connected.channel


def no_circuit(exchange: Exchange) -> None:
    """A call of ours finds none: cause 34."""
    handle = exchange.place()
    exchange.run(lambda: any(e.call == handle for e in exchange.of(CallReleased)))
    (released,) = (e for e in exchange.of(CallReleased) if e.call == handle)
    assert (released.cause, released.local) == (34, True)


def states(exchange: Exchange, channel: int) -> list[int]:
    return [e.state for e in exchange.of(ChannelChanged) if e.channel == channel]


def told(exchange: Exchange, name: str, **fields: object) -> list[dict[str, Any]]:
    """The process's events of a name with these fields."""
    return [e for e in exchange.named(name) if all(e[key] == fields[key] for key in fields)]


@pytest.mark.peer
@pytest.mark.parametrize("ours", [True, False], ids=["our-call", "their-call"])
def test_rsc_from_us_ends_a_call(joined: Exchange, ours: bool) -> None:
    handle, cic = call(joined, ours)
    joined.trunk.restart((cic,), joined.clock.now())
    joined.run(lambda: joined.of(RestartDone) != [] and joined.named("restart") != [])
    assert told(joined, "restart", channels=[cic], local=False)
    assert [e.call for e in joined.of(CallReleased)] == [handle]
    (done,) = joined.of(RestartDone)
    assert (done.channels, done.local, done.ok) == ((cic,), True, True)
    assert [e["channel"] for e in joined.named("released")] == [cic]
    assert call(joined, True)[1] in (1, 2, 3, 4)


@pytest.mark.peer
@pytest.mark.parametrize("ours", [True, False], ids=["our-call", "their-call"])
def test_rsc_from_libss7_ends_a_call(joined: Exchange, ours: bool) -> None:
    handle, cic = call(joined, ours)
    joined.say(f"rsc {cic}")
    joined.run(lambda: bool(told(joined, "restart", channels=[cic], local=True)))
    assert [e.call for e in joined.of(CallReleased)] == [handle]
    assert [(e.channels, e.local) for e in joined.of(RestartDone)] == [((cic,), False)]
    call(joined, False)


@pytest.mark.peer
def test_grs_from_us(joined: Exchange) -> None:
    """All circuits at once, with calls on two of them."""
    handles = {call(joined, True)[0], call(joined, False)[0]}
    joined.trunk.restart((), joined.clock.now())
    joined.run(lambda: any(e.local and e.ok for e in joined.of(RestartDone)))
    assert {e.call for e in joined.of(CallReleased)} == handles
    assert told(joined, "restart", channels=[1, 2, 3, 4], local=False)
    assert len(joined.named("released")) == 2
    for _ in range(4):
        call(joined, True)


@pytest.mark.peer
def test_grs_from_libss7(joined: Exchange) -> None:
    handles = {call(joined, True)[0], call(joined, False)[0]}
    joined.say("grs 1 4")
    joined.run(lambda: bool(told(joined, "restart", channels=[1, 2, 3, 4], local=True)))
    joined.run(lambda: len(joined.of(CallReleased)) == 2)
    assert {e.call for e in joined.of(CallReleased)} == handles
    (done,) = joined.of(RestartDone)
    assert (done.channels, done.local) == ((1, 2, 3, 4), False)
    for _ in range(4):
        call(joined, False)


@pytest.mark.peer
def test_blo_from_us(joined: Exchange) -> None:
    """libss7 does not use the circuit until it is unblocked."""
    joined.trunk.block((3,), False, joined.clock.now())
    joined.run(lambda: joined.of(BlockingDone) != [] and joined.named("blocked") != [])
    assert [(e.channels, e.what, e.ok) for e in joined.of(BlockingDone)] == [((3,), "block", True)]
    assert told(joined, "blocked", channels=[3], local=False, type=0)
    assert states(joined, 3)[-1] == CHANNEL_BLOCKED_HERE
    assert {call(joined, False)[1] for _ in range(3)} == {1, 2, 4}
    joined.say("call")
    joined.run(lambda: joined.named("fault") != [])
    joined.trunk.unblock((3,), False, joined.clock.now())
    joined.run(lambda: len(joined.of(BlockingDone)) == 2 and joined.named("unblocked") != [])
    assert call(joined, False)[1] == 3


@pytest.mark.peer
def test_blo_from_libss7(joined: Exchange) -> None:
    """We do not use it, but take calls on it (Q.764 2.8.2.1); UBL gives it back."""
    joined.say("blo 2")
    joined.run(lambda: bool(told(joined, "blocked", channels=[2], local=True, type=0)))
    assert states(joined, 2)[-1] == CHANNEL_BLOCKED_THERE
    assert {call(joined, True)[1] for _ in range(3)} == {1, 3, 4}
    no_circuit(joined)
    joined.say("ubl 2")
    joined.run(lambda: bool(told(joined, "unblocked", channels=[2], local=True)))
    assert states(joined, 2)[-1] == CHANNEL_IDLE
    assert call(joined, True)[1] == 2


@pytest.mark.peer
@pytest.mark.parametrize("hardware", [False, True], ids=["maintenance", "hardware"])
def test_cgb_from_us(joined: Exchange, hardware: bool) -> None:
    """A maintenance block leaves calls alone, a hardware one ends them (Q.764 2.8.2)."""
    handle, cic = call(joined, False)
    joined.trunk.block((1, 2, 3), hardware, joined.clock.now())
    joined.run(lambda: joined.of(BlockingDone) != [] and joined.named("blocked") != [])
    assert all(e.ok and e.what == "block" for e in joined.of(BlockingDone))
    assert told(joined, "blocked", channels=[1, 2, 3], local=False, type=int(hardware))
    released = [e["channel"] for e in joined.named("released")]
    assert cic in (1, 2, 3)
    assert released == ([cic] if hardware else [])
    assert [e.call for e in joined.of(CallReleased)] == ([handle] if hardware else [])
    assert call(joined, False)[1] == 4
    joined.trunk.unblock((1, 2, 3), hardware, joined.clock.now())
    joined.run(lambda: bool(told(joined, "unblocked", channels=[1, 2, 3], type=int(hardware))))
    joined.run(lambda: any(e.what == "unblock" and e.ok for e in joined.of(BlockingDone)))
    assert call(joined, False)[1] in (1, 2, 3)


@pytest.mark.peer
@pytest.mark.parametrize("hardware", [False, True], ids=["maintenance", "hardware"])
def test_cgb_from_libss7(joined: Exchange, hardware: bool) -> None:
    joined.say(f"cgb 2 4 {int(hardware)}")
    joined.run(lambda: bool(told(joined, "blocked", channels=[2, 3, 4], local=True)))
    assert [states(joined, cic)[-1] for cic in (2, 3, 4)] == [CHANNEL_BLOCKED_THERE] * 3
    assert call(joined, True)[1] == 1
    no_circuit(joined)
    joined.say(f"cgu 2 4 {int(hardware)}")
    joined.run(lambda: bool(told(joined, "unblocked", channels=[2, 3, 4], local=True)))
    assert {call(joined, True)[1] for _ in range(3)} == {2, 3, 4}


@pytest.mark.peer
def test_circuit_query(joined: Exchange) -> None:
    """CQM: libss7's states agree with ours, with a call on one circuit and one blocked."""
    _, busy = call(joined, True)
    blocked = 1 if busy != 1 else 3
    joined.trunk.block((blocked,), False, joined.clock.now())
    joined.run(lambda: joined.of(BlockingDone) != [])
    joined.trunk.part.engine.query((1, 2, 3, 4), joined.clock.now())  # type: ignore[union-attr]
    joined.trunk.stack.pump(joined.clock.now())
    joined.run(lambda: joined.of(CircuitsQueried) != [])
    (answer,) = joined.of(CircuitsQueried)
    assert answer.channels == (1, 2, 3, 4)
    assert answer.differ == ()
    assert told(joined, "query", channels=[1, 2, 3, 4])


@pytest.mark.peer
def test_a_circuit_that_libss7_has_not(ss7: Make) -> None:
    """UCIC: our call ends, the circuit is out of use (Q.764 2.12)."""
    exchange = ss7("--mode both --cics 1-2 --hold 600000", cics=(9,))
    exchange.up()
    handle = exchange.place()
    exchange.run(lambda: exchange.of(CallReleased) != [])
    assert [e.call for e in exchange.of(CallReleased)] == [handle]
    assert exchange.of(CallOffered) == []
    no_circuit(exchange)
