"""E&M trunks: calls that come in. Seizure, start signal, digits by stages, offer, answer.

Each function is one drawn input of an EmChannel (em_table.py).
"""

from __future__ import annotations

from typing import Final

from ..analog.pulse import NEVER as NO_PULSE
from ..analog.pulse import digit_of
from ..call import (
    ORDINARY_SUBSCRIBER,
    CallConnected,
    CallOffered,
    CallRequest,
    DigitsReceived,
    PartyNumber,
)
from .em_address import (
    ANI,
    CATEGORY_OF_II,
    DNIS,
    DONE,
    II,
    WRONG,
    Fields,
    Reader,
)
from .em_channel import NEVER, PULSE_TIMER, EmCall, EmChannel, is_pulse
from .em_clearing import block_by_far, refuse
from .em_config import (
    DELAY_DIAL,
    DELAY_START,
    FIRST_DIGIT,
    INTERDIGIT,
    WINK,
    WINK_DELAY,
    WINK_START,
)
from .em_states import CLEARED_BACK, OFFERED, RECEIVING, TALKING_IN, WINK_DUE, WINK_SENT

INVALID_NUMBER: Final = 28
CONGESTION: Final = 42
UNKNOWN: Final = 0
NATIONAL_PLAN: Final = 1


def seized(channel: EmChannel, now: int) -> None:
    """The far end is off-hook on an idle trunk: a call, or on a trunk where only we call, busy."""
    config = channel.config
    if config.direction == "out":
        channel.report_released()
        block_by_far(channel, now)
        return
    channel.report_released()
    channel.take(None)
    channel.reset_register()
    if channel.shared.draining:
        refuse(channel, CONGESTION, 0, now)
        return
    channel.open_speech(False)
    begin_register(channel)
    if config.start == WINK_START:
        channel.wait(WINK_DUE, channel.since + config.time[WINK_DELAY])
    elif config.start == DELAY_START:
        channel.send_bits(True)
        channel.wait(WINK_SENT, now + config.time[DELAY_DIAL])
    else:
        channel.wait(RECEIVING, now + config.time[FIRST_DIGIT])


def seized_in_guard(channel: EmChannel, now: int) -> None:
    """They were quick. A wink can wait until our end has been on-hook for long enough; digits
    cannot."""
    waiting = channel.call is not None and not channel.call.cause
    if channel.config.start != WINK_START and not channel.block_wanted and not waiting:
        seized(channel, now)


def begin_register(channel: EmChannel) -> None:
    """Listen for digits."""
    channel.reader = Reader(channel.config.form, channel.config.digits)
    channel.listen(True)


def wink(channel: EmChannel, now: int) -> None:
    """Off-hook for the length of a wink."""
    channel.send_bits(True)
    channel.wait(WINK_SENT, now + channel.config.time[WINK])


def wink_over(channel: EmChannel, now: int) -> None:
    """On-hook: the far end may send, or all digits are there."""
    channel.send_bits(False)
    reader = channel.reader
    assert reader is not None
    stage = channel.config.form.stages[reader.stage]
    if reader.at < len(stage) or reader.next_stage():
        channel.wait(RECEIVING, now + channel.config.time[FIRST_DIGIT])
    else:
        number_complete(channel, now)


def early_digit(channel: EmChannel, now: int) -> None:
    """A digit before the far end was told to send."""
    channel.fault("early_digit", f"digit {channel.digit} before the wink is over", "GR-506")


def digit_received(channel: EmChannel, now: int) -> None:
    """A signal of the register."""
    reader = channel.reader
    assert reader is not None
    before = reader.fields.value[DNIS]
    answer = reader.receive(channel.digit)
    if answer == WRONG:
        text = f"signal {channel.digit} where {channel.config.form.text!r} has none"
        channel.fault("unexpected_digit", text, "GR-690")
        return
    time = channel.config.time
    channel.wait(RECEIVING, now + time[INTERDIGIT])
    if answer == DONE:
        if channel.call is not None:
            report_digit(channel, reader.fields.value[DNIS][len(before) :], True)
            number_ends(channel)
        else:
            stage_received(channel, now)
    elif channel.call is not None:
        report_digit(channel, channel.digit, False)
    elif channel.config.overlap and has_enough(channel):
        offer(channel, False)


def has_enough(channel: EmChannel) -> bool:
    """A number without end mark is long enough to be offered."""
    reader = channel.reader
    assert reader is not None
    return reader.can_end and len(reader.fields.value[DNIS]) >= max(channel.config.min_digits, 1)


def edge(channel: EmChannel, now: int) -> None:
    """Off-hook or on-hook among digits: where they are decadic pulses, a part of one."""
    if not is_pulse(channel.config):
        return
    pulses = channel.pulses.edge(channel.far == 0, channel.since)
    pulses_counted(channel, pulses, now)


def pulses_counted(channel: EmChannel, pulses: int, now: int) -> None:
    """So many pulses were a digit (0: not yet), and when the next one may be over."""
    deadline = channel.pulses.deadline
    if deadline == NO_PULSE:
        channel.stop(PULSE_TIMER)
    else:
        channel.start(PULSE_TIMER, deadline)
    if not pulses:
        return
    digit = digit_of(pulses)
    if digit:
        channel.digit = digit
        digit_received(channel, now)
    else:
        channel.fault("pulses", f"{pulses} pulses are no digit", "TIA-464")


def report_digit(channel: EmChannel, digits: str, complete: bool) -> None:
    """A digit of a call that was offered before its number was complete."""
    call = channel.call
    assert call is not None
    channel.shared.happened.append(DigitsReceived(call.handle, digits, complete))


def stage_received(channel: EmChannel, now: int) -> None:
    """A stage is complete: a wink asks for the next one or acknowledges the last."""
    reader = channel.reader
    assert reader is not None
    form = channel.config.form
    if reader.stage < len(form.stages) - 1 or form.last_wink:
        channel.wait(WINK_DUE, now + channel.config.time[WINK_DELAY])
    else:
        number_complete(channel, now)


def number_complete(channel: EmChannel, now: int) -> None:
    """All digits are there: offer the call, unless they are too few."""
    reader = channel.reader
    assert reader is not None
    if len(reader.fields.value[DNIS]) < channel.config.min_digits:
        channel.fault("partial_dial", f"{reader.raw!r} is too short", "GR-506")
        refuse(channel, INVALID_NUMBER, 0, now)
        return
    offer(channel, True)
    number_ends(channel)


def number_ends(channel: EmChannel) -> None:
    """The register is done."""
    channel.end_register()
    channel.wait(OFFERED, NEVER)


def offer(channel: EmChannel, complete: bool) -> None:
    """CallOffered with what the register holds."""
    reader = channel.reader
    assert reader is not None
    value = reader.fields.value
    calling = PartyNumber(value[ANI], UNKNOWN, NATIONAL_PLAN) if value[ANI] else None
    request = CallRequest(
        PartyNumber(value[DNIS], UNKNOWN, NATIONAL_PLAN),
        calling,
        channel.number,
        True,
        complete,
        keypad="" if channel.config.form.plain else reader.raw,
        category=CATEGORY_OF_II.get(value[II], ORDINARY_SUBSCRIBER),
    )
    shared = channel.shared
    call = EmCall(shared.next_handle(), False, request, Fields())
    channel.take(call)
    shared.happened.append(CallOffered(call.handle, channel.number, request))


def digits_over(channel: EmChannel, now: int) -> None:
    """No digit for too long: what is there must do, or nothing was sent at all."""
    reader = channel.reader
    assert reader is not None
    if channel.call is not None:
        report_digit(channel, "", True)
        number_ends(channel)
    elif has_enough(channel):
        number_complete(channel, now)
    elif not reader.raw:
        channel.fault("no_digits", "seized, and no digit", "GR-506: permanent signal")
        channel.reset_register()
        block_by_far(channel, now)
    else:
        channel.fault("partial_dial", f"{reader.raw!r}, and no more", "GR-506")
        refuse(channel, INVALID_NUMBER, 0, now)


def complete_asked(channel: EmChannel, now: int) -> None:
    """The application has digits enough."""
    number_ends(channel)


def alert_asked(channel: EmChannel, now: int) -> None:
    """Ringing tone for the caller: nobody else can give it."""
    number_ends(channel)
    channel.play_tone("ringback")


def answer_asked(channel: EmChannel, now: int) -> None:
    """Off-hook: answered."""
    call = channel.call
    assert call is not None
    channel.be_silent()
    channel.end_register()
    channel.send_bits(True)
    channel.open_speech(True)
    channel.wait(TALKING_IN, NEVER)
    channel.shared.happened.append(CallConnected(call.handle, channel.number, None))


def clear_back(channel: EmChannel, now: int) -> None:
    """Our called party hung up, the call stays: on-hook."""
    channel.send_bits(False)
    channel.wait(CLEARED_BACK, NEVER)


def re_answer(channel: EmChannel, now: int) -> None:
    """It is back: off-hook."""
    channel.send_bits(True)
    channel.wait(TALKING_IN, NEVER)
