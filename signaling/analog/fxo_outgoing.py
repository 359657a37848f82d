"""Inputs of an exchange line for a call of ours: seizing, dial tone, dialling, answer.

Answer is told by the first method of the configuration that shows it: reversal of the polarity,
tone analysis (ringback heard and gone, or voice), or time. A lesser one waits ``answer_prefer`` for
a better one.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import CallAlerting, CallConnected, CallProceeding
from ..line_actions import (
    OpenSpeech,
    SendDigits,
    SendFlash,
    SendPulses,
    SetGround,
)
from ..line_names import BATTERY_ABSENT, DTMF, LISTEN_PROGRESS
from ..line_signals import ModemToneReceived, SendingEnded, ToneReceived
from . import fxo_incoming as incoming
from . import fxo_states as s
from . import fxo_talking as talking
from .fxo_line import SETUP_LISTENING, TALK_LISTENING, UNKNOWN, Call, Line

_MS: Final = 1_000_000
PAUSE: Final = ","
WAIT: Final = "w"
FLASH: Final = "!"
TONES: Final = "t"
PULSES: Final = "p"
GLARE_CAUSE: Final = 44
"""Q.850: requested circuit/channel not available."""
NO_DIAL_TONE: Final = 27
"""Q.850: destination out of order, here the line's own exchange."""
NO_ANSWER: Final = 19
TIMER: Final = 102
"""Q.850: recovery on timer expiry."""
RINGBACK_LATE: Final = 500 * _MS
"""Ringback that comes so late behind its pause comes no more."""
LONGEST_PAUSE: Final = 5_000 * _MS
MODEM_ON: Final = 1
"""ModemToneReceived.kind: TD_MODEM_ON."""
FAX_ANSWERS: Final = 5
"""ModemToneReceived.tone: TD_MODEM_2100 (CED, ANSam)."""
DIAL: Final = ("dial", "special-dial", "recall-dial")


def dial_items(digits: str) -> list[str]:
    """Digits as they are to be sent, cut at what is none. LocalError names what is allowed.

    ``,`` pauses, ``w`` waits for dial tone, ``!`` is a hookflash, ``t`` and ``p`` change to DTMF
    and pulses."""
    items: list[str] = []
    run = ""
    for char in digits.replace("-", "").replace(" ", ""):
        low = char.lower()
        if low in ",w!tp":
            if run:
                items.append(run)
            run = ""
            items.append(low)
        elif char.upper() in "0123456789*#ABCD":
            run += char.upper()
        else:
            raise LocalError(
                f"{char!r} cannot be dialled: give 0-9 * # A-D, a comma for a pause, w to wait for "
                "dial tone, ! for a hookflash, t and p for DTMF and pulses"
            )
    if run:
        items.append(run)
    return items


def check_pulses(items: list[str], pulse: bool) -> None:
    """Pulses have digits alone."""
    for item in items:
        if item in (TONES, PULSES):
            pulse = item == PULSES
        elif pulse and item not in (PAUSE, WAIT, FLASH) and not item.isdigit():
            raise LocalError(f"{item!r} cannot be dialled by pulses: give 0-9, or t before it")


# Seizing


def seize(line: Line, arg: object, now: int) -> None:
    core = line.core
    assert isinstance(arg, Call) and arg.request is not None
    line.stop_all()
    line.watch.reset()
    line.call = arg
    core.calls[arg.handle] = line
    core.count("fxo_calls_out")
    line.items = dial_items(arg.request.called.digits)
    line.pulse = line.config.pulse
    if line.config.ground:
        line.do(SetGround(line.channel, True))
        line.state = s.GROUNDING
        line.start(s.T_STEP, now, core.ns["ground_wait"])
    else:
        close_loop(line, now)
    line.show()


def close_loop(line: Line, now: int) -> None:
    line.set_loop(True)
    line.state = s.SEIZING
    line.voice = 0
    line.instead = ""
    line.dialled_from = UNKNOWN
    line.base = line.polarity
    line.settled = now + line.core.ns["answer_settle"]
    line.listen(LISTEN_PROGRESS)
    line.layer(False)
    line.start(s.T_LIMIT, now, line.core.ns["ringing_limit"])
    blind = line.config.dial_tone == "blind"
    line.start(s.T_STEP, now, line.core.ns["dial_delay" if blind else "dial_tone_wait"])
    if line.battery == BATTERY_ABSENT:
        line.start(s.T_BATTERY, now, line.core.ns["drop"])


def ground_heard(line: Line, arg: object, now: int) -> None:
    """Ground start: the exchange took the seizure."""
    close_loop(line, now)
    line.do(SetGround(line.channel, False))


def no_ground(line: Line, arg: object, now: int) -> None:
    line.report("no ground", "the exchange does not answer the seizure")
    fail(line, NO_DIAL_TONE, now)


def fail(line: Line, cause: int, now: int) -> None:
    """The call cannot be set up."""
    if line.call is not None:
        line.call.ends(cause, False)
    line.hang_up(now)


def glare(line: Line, arg: object, now: int) -> None:
    """A ring as we seize: the caller is on the line already, as our loop tripped the ringing."""
    line.report("glare", "a call came in as the line was seized")
    if line.call is not None:
        line.call.ends(GLARE_CAUSE, False)
    if line.config.glare_refused or line.core.draining:
        line.hang_up(now)
        return
    line.release()
    line.stop_all()
    line.training = None
    line.items.clear()
    incoming.offer(line, now)
    line.stop(s.T_RING)
    line.ringing = False
    line.state = s.GLARE
    line.listen(TALK_LISTENING)
    line.layer(True)
    line.start(s.T_LIMIT, now, line.core.ns["ringing_limit"])


def glare_at_ground(line: Line, arg: object, now: int) -> None:
    """Our ground and their ringing crossed: we are on hook still, and it rings."""
    line.report("glare", "a call came in as the line was seized")
    line.do(SetGround(line.channel, False))
    if line.call is not None:
        line.call.ends(GLARE_CAUSE, False)
    line.rest(now)
    if line.state == s.IDLE:
        incoming.ring_when_idle(line, arg, now)


def glare_answered(line: Line, arg: object, now: int) -> None:
    incoming.talk(line, now)


def setup_limit(line: Line, arg: object, now: int) -> None:
    """The number does not get through: what was given to the board never ended."""
    line.report("dialling took too long", s.STATES[line.state])
    fail(line, TIMER, now)


def seizing_sound(line: Line, arg: object, now: int) -> None:
    """A continuous dial tone is certain sooner than the follower makes it: nothing else of its
    frequency can be here but tones with a cadence, and it outlasts their beats."""
    if not isinstance(arg, ToneReceived) or line.tones is None:
        return
    if not arg.frequencies and line.state == s.SEIZING:
        line.voice += 0 if arg.on else arg.duration
        if line.voice >= line.core.ns["answer_voice"]:
            # Somebody speaks where dial tone should be: our loop took a call whose ringing had
            # begun too shortly before to be seen.
            glare(line, None, now)
        return
    certain = line.tones.dial_certain
    if arg.on and certain and line.tones.is_dial(arg):
        line.start_at(s.T_ANSWER, max(now, arg.began + certain))
    else:
        line.stop(s.T_ANSWER)


def dial_tone_certain(line: Line, arg: object, now: int) -> None:
    dial(line, now)


def seizing_tone(line: Line, arg: object, now: int) -> None:
    assert isinstance(arg, str)
    if arg in DIAL:
        dial(line, now)
    elif arg != "ringback":
        # A stutter dial tone (messages wait) begins as a tone of short beats: what is no dial tone
        # counts when none has followed.
        line.instead = arg


def seizing_timer(line: Line, arg: object, now: int) -> None:
    if line.config.dial_tone == "wait" or (line.config.dial_tone != "blind" and line.instead):
        line.report("no dial tone", f"{line.instead} tone instead" if line.instead else "")
        fail(line, NO_DIAL_TONE, now)
    else:
        dial(line, now)


# Dialling


def dial(line: Line, now: int) -> None:
    """The next part of the number."""
    config, channel = line.config, line.channel
    line.stop(s.T_STEP)
    line.stop(s.T_ANSWER)
    line.state = s.DIALLING
    while line.items and line.items[0] in (TONES, PULSES):
        line.pulse = line.items.pop(0) == PULSES
    if not line.items:
        dialled(line, now)
        return
    item = line.items.pop(0)
    if line.dialled_from == UNKNOWN:
        line.dialled_from = line.battery if line.battery != BATTERY_ABSENT else line.polarity
    if item == PAUSE:
        line.state = s.WAITING
        line.start(s.T_STEP, now, line.core.ns["dial_pause"])
        line.verdict = PAUSE
    elif item == WAIT:
        line.state = s.WAITING
        line.verdict = WAIT
        line.layer(False)
        line.start(s.T_STEP, now, line.core.ns["dial_tone_wait"])
    elif item == FLASH:
        line.do(SendFlash(channel, config.flash, line.next_tag()))
    elif line.pulse:
        tag = line.next_tag()
        line.do(
            SendPulses(
                channel, item, config.pulse_rate, config.pulse_break, config.pulse_pause, tag
            )
        )
    else:
        tag = line.next_tag()
        line.do(
            SendDigits(
                *(channel, DTMF, item, config.digit_on, config.digit_off),
                *(config.digit_level, tag),
            )
        )


def digits_sent(line: Line, arg: object, now: int) -> None:
    assert isinstance(arg, SendingEnded)
    if arg.tag == line.tag:
        dial(line, now)


def more_digits(line: Line, arg: object, now: int) -> None:
    """Overlap."""
    assert isinstance(arg, tuple) and line.call is not None
    digits, complete = arg
    line.items += dial_items(digits)
    line.call.complete = complete
    if line.state == s.WAITING and line.verdict == "":
        dial(line, now)


def waiting_sound(line: Line, arg: object, now: int) -> None:
    if line.verdict == WAIT:
        seizing_sound(line, arg, now)


def waiting_tone(line: Line, arg: object, now: int) -> None:
    assert isinstance(arg, str)
    if line.verdict == WAIT and arg in DIAL:
        dial(line, now)
    elif arg not in DIAL and arg != "ringback":
        talking.setup_tone(line, arg, now)


def waiting_timer(line: Line, arg: object, now: int) -> None:
    """The pause is over, the dial tone did not come, or no more digits did."""
    if line.verdict == WAIT and line.config.dial_tone == "wait":
        line.report("no dial tone", "in the middle of the number")
        fail(line, NO_DIAL_TONE, now)
        return
    if line.verdict == "" and line.call is not None:
        line.call.complete = True
    dial(line, now)


def dialled(line: Line, now: int) -> None:
    """Nothing is left to dial: the number was complete, or more of it is waited for."""
    call, core = line.call, line.core
    assert call is not None
    line.verdict = ""
    if not call.complete:
        line.state = s.WAITING
        line.start(s.T_STEP, now, core.ns["digits_wait"])
        return
    line.state = s.DIALLED
    line.voice = 0
    line.ringback = False
    line.sounding = None
    line.settled = now
    line.do(OpenSpeech(line.channel, True))
    line.listen(SETUP_LISTENING)
    line.layer(False)
    line.start(s.T_LIMIT, now, core.ns["ringing_limit"])
    if "time" in line.config.answer:
        line.start(s.T_ANSWER, now, core.ns["answer_time"])
    line.tell(CallProceeding(call.handle, line.channel, True))
    turned = UNKNOWN not in (line.dialled_from, line.polarity)
    if turned and line.polarity != line.dialled_from and "reversal" in line.config.answer:
        line.base = line.dialled_from
        answered(line, "reversal", now)  # before the last digit's end was told


# Waiting for an answer


def progress_tone(line: Line, arg: object, now: int) -> None:
    assert isinstance(arg, str) and line.call is not None
    if arg != "ringback":
        talking.setup_tone(line, arg, now)
        return
    line.ringback = True
    line.voice = 0
    if line.state == s.DIALLED:
        line.state = s.ALERTING
        line.tell(CallAlerting(line.call.handle, line.channel, True))


def progress_sound(line: Line, arg: object, now: int) -> None:
    """Voice, or a ringback that comes no more, is an answer; a fax machine's tone too."""
    if "tone" not in line.config.answer or line.tones is None or line.verdict:
        return
    if isinstance(arg, ModemToneReceived):
        if arg.kind == MODEM_ON and arg.tone == FAX_ANSWERS:
            judged(line, "tone", now)
        return
    if not isinstance(arg, ToneReceived):
        return
    known = len(arg.frequencies) > 0 and line.tones.is_known(arg)
    if known:
        ringback_sound(line, arg, now)
        return
    if arg.on:
        line.sounding = arg
        left = line.core.ns["answer_voice"] - line.voice
        line.start_at(s.T_STEP, max(now, arg.began + left))
        return
    line.sounding = None
    line.voice += arg.duration
    line.stop(s.T_STEP)
    if line.voice >= line.core.ns["answer_voice"]:
        judged(line, "voice", now)
    elif line.state == s.ALERTING:
        line.start(s.T_STEP, now, LONGEST_PAUSE + RINGBACK_LATE)


def ringback_sound(line: Line, arg: ToneReceived, now: int) -> None:
    assert line.tones is not None
    line.sounding = None
    line.voice = 0
    line.stop(s.T_STEP)
    if not arg.on and line.ringback and line.tones.is_ringback(arg):
        pause = line.tones.ringback_pause
        line.start_at(s.T_STEP, max(now, arg.began + arg.duration + pause + RINGBACK_LATE))


def judge(line: Line, arg: object, now: int) -> None:
    """The voice lasts, the ringback comes no more, or no better sign came."""
    if line.verdict:
        answered(line, line.verdict, now)
    elif line.sounding is not None:
        judged(line, "voice", now)
    else:
        judged(line, "tone", now)


def judged(line: Line, how: str, now: int) -> None:
    line.stop(s.T_STEP)
    wait = line.core.ns["answer_prefer"]
    if line.config.answer[0] == "reversal" and wait:
        line.verdict = how
        line.start(s.T_STEP, now, wait)
    else:
        answered(line, how, now)


def answer_time(line: Line, arg: object, now: int) -> None:
    answered(line, "time", now)


def no_answer(line: Line, arg: object, now: int) -> None:
    talking.gone(line, "time limit", NO_ANSWER, now)


def setup_reversal(line: Line, arg: object, now: int) -> None:
    """The polarity has changed for certain."""
    if line.battery in (line.polarity, BATTERY_ABSENT):
        return
    line.polarity = line.battery
    if "reversal" in line.config.answer and now > line.settled:
        answered(line, "reversal", now)
    else:
        line.base = line.polarity


def answered(line: Line, how: str, now: int) -> None:
    call = line.call
    assert call is not None
    for timer in (s.T_STEP, s.T_ANSWER, s.T_LIMIT):
        line.stop(timer)
    line.verdict = ""
    line.sounding = None
    line.state = s.CONNECTED
    call.how = how
    line.listen(TALK_LISTENING)
    line.layer(True)
    if line.config.silence and not (line.heard or line.sent):
        line.start(s.T_SILENCE, now, line.config.silence)
    if line.config.limit:
        line.start(s.T_LIMIT, now, line.config.limit)
    line.tell(CallConnected(call.handle, line.channel, None, -1, how))
