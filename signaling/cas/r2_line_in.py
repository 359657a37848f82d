"""The line in calls of theirs: seizure to release (Q.421 3.1, Q.422 3.2, from memory: see
r2_line_idle)."""

from __future__ import annotations

from ..call import CallConnected
from . import r2_register as register
from . import r2_states as s
from . import r2_timers as t
from .r2_channel import FINISHED, MFC, Channel
from .r2_line_idle import start_guard
from .r2_names import FREE
from .r2_offer import free_meaning, meaning_of_cause

NORMAL = 16
OUT_OF_ORDER = 27
CONGESTION = 42
TONES = {17: "busy"}
"""What a caller is given after the called line was said to be free."""


def accept(channel: Channel, now: int) -> None:
    """The application takes the call: the far end is told that the line is free."""
    if channel.state == s.IN_REGISTER and not channel.inc.decision:
        channel.inc.decision = free_meaning(channel.core.config)
        register.decided(channel, now)


def answer_register(channel: Channel, _: int, now: int) -> None:
    """Answered while the register is at work: free first, bits after."""
    if channel.call is not None:
        channel.call.answer = True
    accept(channel, now)


def clear_register(channel: Channel, cause: int, now: int) -> None:
    """Refused: the register says why, unless it has begun to say that the line is free."""
    _local(channel, cause)
    inc = channel.inc
    if not inc.decision or (inc.decision in FREE and inc.phase != FINISHED):
        inc.decision = meaning_of_cause(channel.core.config, cause)
        register.decided(channel, now)


def _local(channel: Channel, cause: int) -> None:
    if channel.call is not None:
        channel.call.clearing(cause, channel.core.config.location, True)


def register_done(channel: Channel, meaning: int, now: int) -> None:
    """Free was said; an answer may follow after TADELAY."""
    if channel.call is None:
        register_failed(channel, 0, now)
        return
    if channel.call.cause:
        refuse(channel, channel.call.cause, now)  # it was cleared while the register said "free"
        return
    channel.give_sound()
    channel.state = s.IN_DELAY
    channel.start(t.ANSWER_DELAY, now)
    if not channel.call.answer:
        channel.tone("ringback")


def register_failed(channel: Channel, _: int, now: int) -> None:
    """The call was refused, or its register gave up: clear-forward is to come."""
    channel.listen(0)
    if channel.core.kind != MFC:
        cause = channel.call.cause if channel.call is not None else CONGESTION
        _tell_by_line(channel, cause, now)
    channel.state = s.IN_REFUSED
    channel.start(t.REFUSED, now)


def answer_later(channel: Channel, _: int, now: int) -> None:
    """Before TADELAY has run."""
    if channel.call is not None:
        channel.call.answer = True


def delay_expiry(channel: Channel, _: int, now: int) -> None:
    """TADELAY."""
    channel.state = s.IN_WAIT_ANSWER
    if channel.call is not None and channel.call.answer:
        answer(channel, 0, now)


def answer(channel: Channel, _: int, now: int) -> None:
    """The answer, or the first of two."""
    channel.silence()
    channel.bits(channel.codes.answer, now)
    if channel.call is not None:
        channel.event(CallConnected(channel.call.handle, channel.number, None))
    if channel.core.config.collect == "double_answer":
        channel.state = s.IN_AGAIN_ON
        channel.start(t.AGAIN_ON, now)
    else:
        channel.state = s.IN_ANSWERED


def again_on_expiry(channel: Channel, _: int, now: int) -> None:
    """TDA1: clear-back; the network ends a collect call by it."""
    channel.bits(channel.codes.clear_back, now)
    channel.state = s.IN_AGAIN_OFF
    channel.start(t.AGAIN_OFF, now)


def again_off_expiry(channel: Channel, _: int, now: int) -> None:
    """TDA2: the answer that stays."""
    channel.bits(channel.codes.answer, now)
    channel.state = s.IN_ANSWERED


def refuse(channel: Channel, cause: int, now: int) -> None:
    """Ended before the answer, and the line was said to be free: forced release, or a tone."""
    _local(channel, cause)
    register.stop(channel)
    channel.stop_all()
    channel.silence()
    _tell_by_line(channel, cause, now)
    _wait_for_clear_forward(channel, now)


def _wait_for_clear_forward(channel: Channel, now: int) -> None:
    channel.state = s.IN_REFUSED
    channel.start(t.REFUSED, now)
    if channel.codes.meaning[s.IN_REFUSED][channel.received] == s.FAULTY_CODE:
        channel.start(t.FAULT, now)


def _tell_by_line(channel: Channel, cause: int, now: int) -> None:
    """Refusal where no register signal can say it."""
    if channel.core.config.forced_release and channel.codes.forced >= 0:
        channel.bits(channel.codes.forced, now)
    else:
        channel.tone(TONES.get(cause, "congestion"))


def clear_answered(channel: Channel, cause: int, now: int) -> None:
    """The called party hangs up: clear-back, or forced release."""
    _local(channel, cause)
    channel.stop_all()
    forced = channel.core.config.forced_release and channel.codes.forced >= 0
    channel.bits(channel.codes.forced if forced else channel.codes.clear_back, now)
    _wait_for_clear_forward(channel, now)


def clear_waiting(channel: Channel, cause: int, now: int) -> None:
    """Clear-forward is waited for already."""
    _local(channel, cause)


def suspend(channel: Channel, _: int, now: int) -> None:
    """The called party hung up and may come back: clear-back."""
    channel.bits(channel.codes.clear_back, now)
    channel.state = s.IN_CLEARED_BACK


def resume(channel: Channel, _: int, now: int) -> None:
    """It is back: answer."""
    channel.bits(channel.codes.answer, now)
    channel.state = s.IN_ANSWERED


def meter(channel: Channel, pulses: int, now: int) -> None:
    """Metering pulses, one after the other."""
    if channel.call is None:
        return
    channel.call.pulses += pulses
    if channel.state == s.IN_ANSWERED and channel.call.pulses:
        channel.call.pulses -= 1
        channel.bits(channel.codes.metering, now)
        channel.state = s.IN_PULSE_ON
        channel.start(t.PULSE, now)


def pulse_on_expiry(channel: Channel, _: int, now: int) -> None:
    """TPULSE: the pulse ends."""
    channel.bits(channel.codes.answer, now)
    channel.state = s.IN_PULSE_OFF
    channel.start(t.PULSE, now)


def pulse_off_expiry(channel: Channel, _: int, now: int) -> None:
    """TPULSE: the next pulse, if there is one."""
    channel.state = s.IN_ANSWERED
    meter(channel, 0, now)


def cleared_forward(channel: Channel, _: int, now: int) -> None:
    """Clear-forward: the call is over; idle follows after TRELEASE."""
    register.stop(channel)
    channel.silence()
    channel.stop_all()
    channel.disconnected(NORMAL, channel.core.config.far_location)
    if channel.core.duration[t.RELEASE]:
        channel.state = s.IN_RELEASING
        channel.start(t.RELEASE, now)
    else:
        release_expiry(channel, 0, now)


def release_expiry(channel: Channel, _: int, now: int) -> None:
    """TRELEASE: idle; the channel is free after TGUARD."""
    start_guard(channel, now)


def refused_expiry(channel: Channel, _: int, now: int) -> None:
    """Clear-forward does not come: the call is over for the application, the line waits on."""
    if channel.call is not None:
        channel.line_report("not cleared", "the far end does not clear forward")
        channel.end_call(NORMAL, True)


def faulty(channel: Channel, _: int, now: int) -> None:
    """b_f = 1, or a code that has no place here; the call ends by TFAULT unless it goes."""
    text = f"code {channel.received:04b}, {s.STATE_NAMES[channel.state]}"
    channel.fault("faulty_code", text, "Q.422 3.2.5")
    channel.start(t.FAULT, now)


def harmless(channel: Channel, _: int, now: int) -> None:
    """The code is right again."""
    channel.stop(t.FAULT)


def fault_expiry(channel: Channel, _: int, now: int) -> None:
    """TFAULT: the call ends, idle is sent. Were clear-forward waited for, two ends that both take
    the other for the outgoing one would wait for each other."""
    register.stop(channel)
    channel.silence()
    channel.disconnected(OUT_OF_ORDER, channel.core.config.far_location)
    start_guard(channel, now)
