"""E&M trunks: calls that we place. Seizure, start signal, glare, digits by stages, answer.

Each function is one drawn input of an EmChannel (em_table.py). GR-506-CORE and TIA-464 for wink
start, immediate start and delay dial, GR-690-CORE for the winks behind digits.
"""

from __future__ import annotations

from typing import Final

from ..analog.pulse import edges
from ..call import (
    CallConnected,
    CallDisconnected,
    CallProceeding,
    CallResumed,
    CallSuspended,
    MoreDigitsWanted,
)
from ..call_line import CallFlashed
from ..line_actions import SendDigits
from ..line_names import DTMF, R1
from . import em_clearing as clearing
from .em_address import DNIS, stage_signals
from .em_channel import LOCATION, NEVER, STATE_TIMER, STEP_TIMER, EmChannel, is_pulse
from .em_clearing import (
    NORMAL_CLEARING,
    OUT_OF_ORDER,
    TEMPORARY_FAILURE,
    detach,
    give_up,
    release,
)
from .em_config import (
    ANSWER_TIME,
    ANSWER_WAIT,
    DELAY_MAX,
    DELAY_START,
    DIAL_DELAY,
    DTMF_OFF,
    DTMF_ON,
    FIRST_DIGIT,
    FLASH_MAX,
    FLASH_MIN,
    FLASH_TIME,
    HOLD_WAIT,
    IMMEDIATE_START,
    INTERDIGIT,
    KP_ON,
    MF_OFF,
    MF_ON,
    PULSE_BREAK,
    PULSE_GAP,
    PULSE_MAKE,
    RESUME_WAIT,
    STAGE_WAIT,
    START_DELAY,
    WINK_MAX,
    WINK_MIN,
    WINK_WAIT,
)
from .em_incoming import begin_register
from .em_states import (
    ANSWERING,
    AWAIT_DIGITS,
    AWAIT_WINK,
    DIALLED,
    HOLDING,
    HUNG_UP,
    PAUSE,
    RECEIVING,
    SEIZING,
    SENDING,
    STAGE_WINK,
    START_SIGNAL,
    TALKING_OUT,
)

NO_ANSWER: Final = 19
INVALID_NUMBER: Final = 28
NOT_AVAILABLE: Final = 44
_MS: Final = 1_000_000
_S: Final = 1_000_000_000
LEVELS: Final = {DTMF: -8.0, R1: -7.0}
"""dBm0 of each frequency."""


def seize(channel: EmChannel, now: int) -> None:
    """Off-hook. Immediate start: digits follow by time, else the far end says when."""
    time = channel.config.time
    channel.reset_register()
    channel.open_speech(False)
    channel.send_bits(True)
    if channel.config.start == IMMEDIATE_START:
        channel.wait(PAUSE, now + time[START_DELAY])
    else:
        channel.until = now + time[WINK_WAIT]
        channel.wait(SEIZING, channel.until)


def guard_over(channel: EmChannel, now: int) -> None:
    """Our on-hook has lasted: a call that waited begins, unless the far end was quicker."""
    call = channel.call
    if call is None or call.cause:
        clearing.guard_over(channel, now)
    elif channel.far:
        detach(channel, NOT_AVAILABLE)
        clearing.guard_over(channel, now)
    else:
        seize(channel, now)


def start_signal_begins(channel: EmChannel, now: int) -> None:
    """The far end is off-hook: wink, delay dial, or its own seizure."""
    time = channel.config.time
    longest = time[DELAY_MAX if channel.config.start == DELAY_START else WINK_MAX]
    channel.wait(START_SIGNAL, channel.since + longest)


def start_signal_ends(channel: EmChannel, now: int) -> None:
    """On-hook again: start dialling, if it was long enough to be meant."""
    time = channel.config.time
    if channel.lasted < time[WINK_MIN]:
        channel.fault("short_wink", f"a wink of {channel.lasted // _MS} ms", "GR-506")
        channel.wait(SEIZING, channel.until)
        return
    channel.wait(PAUSE, channel.since + time[DIAL_DELAY])


def no_start_signal(channel: EmChannel, now: int) -> None:
    """No wink in time: another trunk is tried once more."""
    channel.fault("no_start_signal", "no wink after our seizure", "GR-506")
    start_failed(channel, OUT_OF_ORDER, now)


def start_failed(channel: EmChannel, cause: int, now: int) -> None:
    """The call leaves the trunk, which is released."""
    detach(channel, cause)
    release(channel, now)


def glare(channel: EmChannel, now: int) -> None:
    """Off-hook too long for a wink: the far end has seized too. One of us gives way: its on-hook,
    when it is ready for digits, is the other one's start signal."""
    channel.shared.count("glare")
    if channel.config.direction != "both":
        channel.fault("off_hook_at_seizure", "off-hook instead of a wink", "GR-506")
        start_failed(channel, OUT_OF_ORDER, now)
    elif channel.config.yields:
        give_way(channel, now)
    else:
        channel.be_silent()
        channel.wait(HOLDING, now + channel.config.time[HOLD_WAIT])


def give_way(channel: EmChannel, now: int) -> None:
    """Ours is tried elsewhere; theirs comes in."""
    channel.be_silent()
    detach(channel, NOT_AVAILABLE)
    channel.reset_register()
    begin_register(channel)
    channel.send_bits(False)
    channel.wait(RECEIVING, now + channel.config.time[FIRST_DIGIT])


def far_gave_way(channel: EmChannel, now: int) -> None:
    """Glare is over: digits follow, from the first one."""
    channel.stage = 0
    channel.sent = 0
    channel.wait(PAUSE, channel.since + channel.config.time[DIAL_DELAY])


def far_holds(channel: EmChannel, now: int) -> None:
    """Nobody gives way."""
    channel.fault("glare_unresolved", "both ends hold the trunk", "GR-506")
    start_failed(channel, NOT_AVAILABLE, now)


def off_hook_in_pause(channel: EmChannel, now: int) -> None:
    """Immediate start: the far end has seized as well. Else: one more start signal."""
    if channel.config.start == IMMEDIATE_START:
        glare(channel, now)
    elif channel.stage:
        channel.wait(STAGE_WINK, channel.since + channel.config.time[WINK_MAX])
    else:
        start_signal_begins(channel, now)


def off_hook_in_digits(channel: EmChannel, now: int) -> None:
    """Immediate start: glare, seen late. Else the far end answers early; it counts when the
    digits are sent."""
    if channel.config.start == IMMEDIATE_START and channel.config.direction == "both":
        glare(channel, now)
    else:
        channel.shared.count("off_hook_in_digits")


# Digits


def send_stage(channel: EmChannel, now: int) -> None:
    """The pause is over: the signals of this stage, as far as they are known."""
    call = channel.call
    assert call is not None
    form = channel.config.form
    last = channel.stage == len(form.stages) - 1
    if not call.complete and (not form.open_ended or not last):
        wait_for_digits(channel, now)
        return
    channel.sent = len(call.fields.value[DNIS])
    signals = stage_signals(form, channel.stage, call.fields)
    if signals:
        send_signals(channel, signals, now)
    else:
        digits_sent(channel, now)


def wait_for_digits(channel: EmChannel, now: int) -> None:
    """The application has not given the whole number."""
    call = channel.call
    assert call is not None
    channel.shared.happened.append(MoreDigitsWanted(call.handle, channel.number))
    channel.wait(AWAIT_DIGITS, now + channel.config.time[INTERDIGIT])


def more_digits(channel: EmChannel, now: int) -> None:
    """Digits came that were waited for."""
    call = channel.call
    assert call is not None
    form = channel.config.form
    if not form.open_ended or channel.sent == 0:
        if call.complete or form.open_ended:
            send_stage(channel, now)
        else:
            channel.start(STATE_TIMER, now + channel.config.time[INTERDIGIT])
        return
    digits_sent(channel, now)


def no_more_digits(channel: EmChannel, now: int) -> None:
    """The application does not give the rest."""
    give_up(channel, INVALID_NUMBER, now)


def send_signals(channel: EmChannel, signals: str, now: int) -> None:
    """Begin to send ``signals`` (letters of DigitReceived) by the trunk's register."""
    config = channel.config
    time = config.time
    channel.wait(SENDING, NEVER)
    if is_pulse(config):
        period = time[PULSE_BREAK] + time[PULSE_MAKE]
        percent = 100.0 * time[PULSE_BREAK] / period
        gap = time[PULSE_GAP] // _MS
        channel.steps = [(now + at, on) for at, on in edges(signals, _S / period, percent, gap)]
        channel.start(STEP_TIMER, now)
        return
    if config.register == DTMF:
        channel.pieces = [(signals, time[DTMF_ON] // _MS, time[DTMF_OFF] // _MS)]
    else:
        channel.pieces = mf_pieces(signals, time)
    send_piece(channel)


def mf_pieces(signals: str, time: list[int]) -> list[tuple[str, int, int]]:
    """R1: KP is longer than the others."""
    pieces: list[tuple[str, int, int]] = []
    off = time[MF_OFF] // _MS
    run = ""
    for signal in signals:
        if signal != "K":
            run += signal
            continue
        if run:
            pieces.append((run, time[MF_ON] // _MS, off))
            run = ""
        pieces.append(("K", time[KP_ON] // _MS, off))
    if run:
        pieces.append((run, time[MF_ON] // _MS, off))
    return pieces


def send_piece(channel: EmChannel) -> None:
    """The next run of signals of the same length."""
    digits, on, off = channel.pieces.pop(0)
    shared = channel.shared
    shared.last_tag += 1
    channel.tag = shared.last_tag
    register = channel.config.register
    channel.do(SendDigits(channel.number, register, digits, on, off, LEVELS[register], channel.tag))


def step(channel: EmChannel, now: int) -> bool:
    """Our bit changes in pulses or in a flash. True: that was the last time."""
    while channel.steps and channel.steps[0][0] <= now:
        _, on_hook = channel.steps.pop(0)
        channel.send_bits(not on_hook)
    if channel.steps:
        channel.start(STEP_TIMER, channel.steps[0][0])
        return False
    return True


def digits_sent(channel: EmChannel, now: int) -> None:
    """A run of signals is sent: the next one, digits that came meanwhile, or the stage is over."""
    call = channel.call
    assert call is not None
    channel.tag = 0
    if channel.pieces:
        send_piece(channel)
        return
    form = channel.config.form
    last = channel.stage == len(form.stages) - 1
    if last and form.open_ended:
        rest = call.fields.value[DNIS][channel.sent :]
        channel.sent += len(rest)
        if rest:
            send_signals(channel, rest, now)
            return
        if not call.complete:
            wait_for_digits(channel, now)
            return
    if not last or form.last_wink:
        channel.until = now + channel.config.time[STAGE_WAIT]
        channel.wait(AWAIT_WINK, channel.until)
        if channel.far:
            stage_wink_begins(channel, now)
        return
    dialled(channel, now)


def stage_wink_begins(channel: EmChannel, now: int) -> None:
    """Off-hook behind the digits of a stage."""
    channel.wait(STAGE_WINK, max(channel.since, now) + channel.config.time[WINK_MAX])


def stage_wink_ends(channel: EmChannel, now: int) -> None:
    """On-hook: the wink is whole; the next stage, or wait for the answer."""
    time = channel.config.time
    if channel.lasted < time[WINK_MIN]:
        channel.fault("short_wink", f"a wink of {channel.lasted // _MS} ms", "GR-690")
        channel.wait(AWAIT_WINK, channel.until)
    elif channel.stage < len(channel.config.form.stages) - 1:
        channel.stage += 1
        channel.wait(PAUSE, channel.since + time[DIAL_DELAY])
    else:
        dialled(channel, now)


def stage_wink_stays(channel: EmChannel, now: int) -> None:
    """Too long for a wink: behind the last stage it is the answer, else a failure."""
    channel.fault("long_wink", "off-hook instead of a wink", "GR-690")
    if channel.stage < len(channel.config.form.stages) - 1:
        give_up(channel, TEMPORARY_FAILURE, now)
    else:
        proceeding(channel)
        answered(channel, now)


def no_stage_wink(channel: EmChannel, now: int) -> None:
    """The digits were not acknowledged."""
    channel.fault("no_wink", "no wink behind the digits", "GR-690")
    give_up(channel, TEMPORARY_FAILURE, now)


def proceeding(channel: EmChannel) -> None:
    """All digits are with the far end: tones can be heard."""
    call = channel.call
    assert call is not None
    channel.open_speech(True)
    channel.shared.happened.append(CallProceeding(call.handle, channel.number, True))


def dialled(channel: EmChannel, now: int) -> None:
    """Wait for the answer; a far end that is off-hook already has its time begin now."""
    proceeding(channel)
    channel.until = now + channel.config.time[ANSWER_WAIT]
    channel.wait(DIALLED, channel.until)
    if channel.far:
        answer_begins(channel, now)


# Answer, and the called party's end


def answer_begins(channel: EmChannel, now: int) -> None:
    """Off-hook: an answer, if it lasts; a late wink does not."""
    channel.wait(ANSWERING, now + channel.config.time[ANSWER_TIME])


def no_answer_yet(channel: EmChannel, now: int) -> None:
    """It was a wink, or a hit."""
    text = f"off-hook for {channel.lasted // _MS} ms only"
    channel.fault("unexpected_wink", text, "GR-506")
    channel.wait(DIALLED, channel.until)


def answered(channel: EmChannel, now: int) -> None:
    """The called party is there."""
    call = channel.call
    assert call is not None
    channel.wait(TALKING_OUT, NEVER)
    channel.shared.happened.append(CallConnected(call.handle, channel.number, None))


def not_answered(channel: EmChannel, now: int) -> None:
    """Nobody answers."""
    give_up(channel, NO_ANSWER, now)


def off_hook_again(channel: EmChannel, now: int) -> None:
    """In a call the far end is back off-hook before the disconnect time: a flash, or a hit."""
    time = channel.config.time
    call = channel.call
    lasted = channel.lasted
    if call is not None and channel.config.flash and time[FLASH_MIN] <= lasted <= time[FLASH_MAX]:
        channel.shared.happened.append(CallFlashed(call.handle))
    else:
        channel.shared.count("hits")


def called_hung_up(channel: EmChannel, now: int) -> None:
    """Clear-back: the called party may come back for RESUME_WAIT, 0: it may not."""
    call = channel.call
    assert call is not None
    wait = channel.config.time[RESUME_WAIT]
    if wait:
        channel.shared.happened.append(CallSuspended(call.handle, False))
        channel.wait(HUNG_UP, now + wait)
    else:
        called_gone(channel, now)


def called_back(channel: EmChannel, now: int) -> None:
    """Re-answer."""
    call = channel.call
    assert call is not None
    channel.shared.happened.append(CallResumed(call.handle, False))
    channel.wait(TALKING_OUT, NEVER)


def called_gone(channel: EmChannel, now: int) -> None:
    """The called party's end is the call's."""
    call = channel.call
    assert call is not None
    channel.clearing(NORMAL_CLEARING, False)
    channel.shared.happened.append(CallDisconnected(call.handle, NORMAL_CLEARING, LOCATION, False))
    release(channel, now)


def send_flash(channel: EmChannel, now: int) -> None:
    """On-hook for a flash, then off-hook again."""
    channel.steps = [(now, True), (now + channel.config.time[FLASH_TIME], False)]
    channel.start(STEP_TIMER, now)
