"""The line in calls of ours: seizing to clear-forward (Q.421 3.1, Q.422 3.2, from memory: see
r2_line_idle)."""

from __future__ import annotations

from ..call import CallAlerting, CallConnected, CallProceeding, CallResumed, CallSuspended
from ..call_line import CallMetered
from . import r2_names as n
from . import r2_register as register
from . import r2_states as s
from . import r2_timers as t
from .r2_channel import MFC, Channel
from .r2_line_idle import start_guard

NORMAL = 16
NO_ANSWER = 19
NO_CIRCUIT = 34
NOT_AVAILABLE = 44
OUT_OF_ORDER = 27
RESTARTED = 41


def place(channel: Channel, _: int, now: int) -> None:
    """Seize; the call is there already."""
    channel.new_registers()
    channel.bits(channel.codes.seize, now)
    channel.core.count("placed")
    if channel.codes.seize_ack < 0:
        channel.state = s.OUT_REGISTER
        register.start_outgoing(channel, now)
    else:
        channel.state = s.OUT_SEIZED
        channel.start(t.ACK, now)


def acknowledged(channel: Channel, _: int, now: int) -> None:
    """The far end's register is there."""
    channel.stop(t.ACK)
    channel.stop(t.FAULT)
    channel.state = s.OUT_REGISTER
    register.start_outgoing(channel, now)


def _again(channel: Channel, cause: int) -> None:
    """Try the call on another channel, or end it (Q.422 3.2.2, 3.2.7)."""
    call = channel.call
    if call is None:
        return
    if call.attempts and not call.cause:
        call.attempts -= 1
        call.channel = None
        channel.call = None
        channel.core.again.append(call)
    else:
        # The line has affairs of its own for a while; the call has none any more
        channel.end_call(cause, False, channel.core.config.far_location)


def ack_expiry(channel: Channel, _: int, now: int) -> None:
    """No seizing-acknowledgement: seizing is kept until it comes, then cleared."""
    channel.fault("no_seizing_acknowledgement", "no seizing-acknowledgement", "Q.422 3.2.2")
    channel.line_report("seizure not acknowledged")
    _again(channel, NO_CIRCUIT)
    channel.state = s.OUT_UNACKNOWLEDGED
    channel.start(t.ALARM, now)


def late_acknowledged(channel: Channel, _: int, now: int) -> None:
    """It comes late: clear-forward."""
    clear_forward(channel, 0, now)


def unacknowledged_expiry(channel: Channel, _: int, now: int) -> None:
    """It never comes. Kept for ever, seizing would lock the line with an end that was reset."""
    clear_forward(channel, 0, now)


def double(channel: Channel, _: int, now: int) -> None:
    """Seizing instead of its acknowledgement: both ends seized; kept for TDOUBLE (Q.422 3.2.7)."""
    channel.stop(t.ACK)
    channel.stop(t.ALARM)
    channel.line_report("glare")
    _again(channel, NOT_AVAILABLE)
    channel.state = s.OUT_DOUBLE
    channel.start(t.DOUBLE, now)


def clear_forward(channel: Channel, _: int, now: int) -> None:
    """Clear-forward, and idle is waited for."""
    register.stop(channel)
    channel.silence()
    channel.stop_all()
    channel.state = s.OUT_CLEARING
    channel.bits(channel.codes.clear_forward, now)
    channel.start(t.ALARM, now)
    if channel.codes.meaning[s.OUT_CLEARING][channel.received] == s.IDLE_CODE:
        idle_seen(channel, 0, now)  # it never left it, or fell back to it in the call


def clear(channel: Channel, cause: int, now: int) -> None:
    """The application ends the call."""
    _local(channel, cause)
    clear_forward(channel, 0, now)


def clear_unacknowledged(channel: Channel, cause: int, now: int) -> None:
    """Clear-forward may not be sent before seizing is acknowledged (Q.422 3.2.2)."""
    _local(channel, cause)
    if channel.state == s.OUT_SEIZED:
        channel.stop(t.ACK)
        channel.state = s.OUT_UNACKNOWLEDGED
        channel.start(t.ALARM, now)


def clear_waiting(channel: Channel, cause: int, now: int) -> None:
    """It is being cleared already."""
    _local(channel, cause)


def _local(channel: Channel, cause: int) -> None:
    if channel.call is not None:
        channel.call.clearing(cause, channel.core.config.location, True)


def register_done(channel: Channel, meaning: int, now: int) -> None:
    """The called line is free (B-6, A-6 …), or no more can be known before the answer."""
    call = channel.call
    channel.give_sound()
    channel.state = s.OUT_WAIT_ANSWER
    channel.start(t.ANSWER, now)
    if call is None:
        return
    if meaning in n.FREE:
        channel.event(CallAlerting(call.handle, channel.number, True))
    else:
        channel.event(CallProceeding(call.handle, channel.number, True))


def register_failed(channel: Channel, cause: int, now: int) -> None:
    """Busy, congestion, a timer of the register …: clear-forward."""
    channel.disconnected(cause, channel.core.config.far_location)
    clear_forward(channel, 0, now)


def accepted(channel: Channel, _: int, now: int) -> None:
    """DTMF and decadic registers: the called line is free."""
    call = channel.call
    if call is not None and channel.core.kind != MFC:
        if channel.state == s.OUT_REGISTER:
            register.stop(channel)
            channel.give_sound()
            channel.state = s.OUT_WAIT_ANSWER
            channel.start(t.ANSWER, now)
        channel.event(CallAlerting(call.handle, channel.number, True))


def answered(channel: Channel, _: int, now: int) -> None:
    """Answer; the register, if it is still at work, is done by that."""
    if channel.state == s.OUT_REGISTER:
        register.stop(channel)
        channel.give_sound()
    channel.stop(t.ANSWER)
    channel.stop(t.FAULT)
    channel.state = s.OUT_ANSWERED
    call = channel.call
    if call is not None:
        channel.event(CallConnected(call.handle, channel.number, None))


def answer_expiry(channel: Channel, _: int, now: int) -> None:
    """Nobody answers (Q.118 4.3.1)."""
    channel.disconnected(NO_ANSWER, channel.core.config.location)
    clear_forward(channel, 0, now)


def cleared_back(channel: Channel, _: int, now: int) -> None:
    """The called party hung up, or a metering pulse begins."""
    channel.stop(t.FAULT)
    if channel.core.duration[t.METER]:
        channel.state = s.OUT_PULSE
        channel.start(t.METER, now)
    else:
        _suspended(channel, now)


def pulse_begins(channel: Channel, _: int, now: int) -> None:
    """A metering pulse with a code of its own."""
    channel.state = s.OUT_PULSE
    channel.start(t.METER, now)


def pulse_ended(channel: Channel, _: int, now: int) -> None:
    """Answer again, in less than TMETER: it was a metering pulse."""
    channel.stop(t.METER)
    channel.state = s.OUT_ANSWERED
    call = channel.call
    if call is None:
        return
    if channel.core.config.metering == "pulses":
        channel.core.count("metering_pulses")
        channel.event(CallMetered(call.handle, 1))


def meter_expiry(channel: Channel, _: int, now: int) -> None:
    """Too long for a pulse: clear-back."""
    _suspended(channel, now)


def _suspended(channel: Channel, now: int) -> None:
    channel.state = s.OUT_CLEARED_BACK
    call = channel.call
    if channel.core.duration[t.CLEAR_BACK] == 0:
        channel.disconnected(NORMAL, channel.core.config.far_location)
        clear_forward(channel, 0, now)
        return
    channel.start(t.CLEAR_BACK, now)
    if call is not None:
        channel.event(CallSuspended(call.handle, False))


def reanswered(channel: Channel, _: int, now: int) -> None:
    """The called party is back."""
    channel.stop(t.CLEAR_BACK)
    channel.state = s.OUT_ANSWERED
    call = channel.call
    if call is not None:
        channel.event(CallResumed(call.handle, False))


def clear_back_expiry(channel: Channel, _: int, now: int) -> None:
    """It does not come back (Q.118 4.3.2)."""
    channel.disconnected(NORMAL, channel.core.config.far_location)
    clear_forward(channel, 0, now)


def forced(channel: Channel, _: int, now: int) -> None:
    """Forced release: the far end ends the call."""
    channel.core.count("forced_releases")
    channel.disconnected(NORMAL, channel.core.config.far_location)
    clear_forward(channel, 0, now)


def idle_in_call(channel: Channel, _: int, now: int) -> None:
    """The far end is idle in the middle of a call: it was reset, or its exchange was."""
    channel.fault("idle_in_call", "the far end is idle in a call", "Q.422 3.2.5")
    channel.start(t.FAULT, now)


def faulty(channel: Channel, _: int, now: int) -> None:
    """A code that has no place here; the call ends by TFAULT unless it goes."""
    text = f"code {channel.received:04b}, {s.STATE_NAMES[channel.state]}"
    channel.fault("faulty_code", text, "Q.422 3.2.5")
    channel.start(t.FAULT, now)


def harmless(channel: Channel, _: int, now: int) -> None:
    """The code is right again."""
    channel.stop(t.FAULT)


def fault_expiry(channel: Channel, _: int, now: int) -> None:
    """TFAULT: the faulty code stayed."""
    channel.disconnected(OUT_OF_ORDER, channel.core.config.far_location)
    clear_forward(channel, 0, now)


def idle_seen(channel: Channel, _: int, now: int) -> None:
    """Idle after clear-forward: the call is over, the channel is free after TGUARD."""
    start_guard(channel, now)


def double_expiry(channel: Channel, _: int, now: int) -> None:
    """TDOUBLE: clear-forward."""
    clear_forward(channel, 0, now)


def alarm_expiry(channel: Channel, _: int, now: int) -> None:
    """Idle does not come: the call is over for the application, the line is out of service."""
    channel.fault("no_release_guard", "no idle after clear-forward", "Q.422 3.2.5")
    channel.line_report("not released", "the far end does not answer clear-forward")
    channel.end_call(NORMAL, True)
    channel.stop_all()
    meaning = channel.codes.meaning[s.IDLE][channel.received]
    channel.state = s.BLOCKED_THERE if meaning == s.BLOCKED_CODE else s.FAULTY


def restart(channel: Channel, _: int, now: int) -> None:
    """The application wants the line idle, whatever goes on: clear-forward or idle is sent."""
    outgoing = channel.state in s.OUTGOING
    register.stop(channel)
    channel.silence()
    channel.end_call(RESTARTED, True)
    if outgoing:
        clear_forward(channel, 0, now)
    else:
        start_guard(channel, now)
