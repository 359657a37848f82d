"""No call of a trunk without backward signals waits for ever, and no end is told too early."""

from __future__ import annotations

from r2_rig import Rig

from trunkd.signaling import call as ev
from trunkd.signaling.call import CallRequest, PartyNumber
from trunkd.signaling.cas import r2_states as s
from trunkd.signaling.line_signals import SendingEnded


def placed(register: str, digits: str = "123", complete: bool = True) -> tuple[Rig, int]:
    rig = Rig(register=register)
    request = CallRequest(PartyNumber(digits), channel=1, complete=complete)
    call = rig.trunk.place(request, rig.now)
    rig.take()
    rig.bits("1101")
    rig.run(300)
    return rig, call


def test_dtmf_whose_end_is_never_told() -> None:
    """The board lost it: the call does not wait for ever."""
    rig, call = placed("dtmf")
    assert rig.state() == s.OUT_REGISTER
    rig.run(28_000)
    assert [(e.call, e.cause) for e in rig.of(ev.CallDisconnected)] == [(call, 102)]
    assert rig.state() == s.OUT_CLEARING


def test_digits_that_never_follow() -> None:
    """Overlap: what was sent is the number; the answer is waited for, and not for ever."""
    rig, call = placed("dtmf", complete=False)
    tag = rig.trunk.channels[1].tag
    rig.receive(SendingEnded(1, tag))
    rig.run(60_000)
    assert rig.state() == s.OUT_WAIT_ANSWER and rig.of(ev.CallProceeding)
    rig.run(200_000)
    assert [(e.call, e.cause) for e in rig.of(ev.CallDisconnected)] == [(call, 19)]


def test_digits_that_follow_late_enough() -> None:
    rig, call = placed("dtmf", complete=False)
    rig.receive(SendingEnded(1, rig.trunk.channels[1].tag))
    rig.run(20_000)
    rig.trunk.send_digits(call, "45", True, rig.now)
    rig.take()
    rig.run(20_000)
    rig.receive(SendingEnded(1, rig.trunk.channels[1].tag))
    assert rig.state() == s.OUT_WAIT_ANSWER and not rig.of(ev.CallDisconnected)


def test_a_faulty_code_ends_a_call_when_the_channel_is_free() -> None:
    """CallReleased means that the channel can be seized again: not before TGUARD is over."""
    rig = Rig(dnis_max=1, ani="none")
    call = rig.taken()
    rig.bits("0101", 2050)
    assert rig.state() == s.GUARD and not rig.of(ev.CallReleased)
    assert [(e.call, e.cause) for e in rig.of(ev.CallDisconnected)] == [(call, 27)]
    rig.run(100)
    assert [(e.call, e.cause, e.local) for e in rig.of(ev.CallReleased)] == [(call, 27, False)]
