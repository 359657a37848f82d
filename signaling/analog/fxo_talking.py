"""Inputs of an exchange line off hook: disconnect supervision in layers, clearing, hookflash,
caller ID of a waiting call.

Whatever says that the far end is gone leads to ``gone``: CallDisconnected, on hook at once, and
CallReleased when the guard time is over. A line is on hook again within the stated time of the
layer that sees it, at the latest by the time limit.
"""

from __future__ import annotations

from typing import Final

from ..call import CallDisconnected
from ..line_actions import OpenSpeech, SendDigits, SendFlash
from ..line_names import BATTERY_ABSENT, DTMF
from ..line_signals import ToneReceived
from . import fxo_states as s
from .callerid_receive import CallerId
from .fxo_line import LOCATION, TALK_LISTENING, WOKEN, Line
from .fxo_tones import CAUSES, GONE

_MS: Final = 1_000_000
NORMAL: Final = 16
FLASH_DIAL: Final = 60_000 * _MS
"""Behind our hookflash a dial tone is an invitation."""
ACK: Final = "D"
"""EN 300 659-2, GR-30: the equipment has an FSK receiver."""
ACK_MS: Final = 65
CAS_LOW: Final = 2130.0
CAS_HIGH: Final = 2750.0
CAS_NEAR: Final = 25.0
"""Hz: the tolerance is 0.5 percent, the measurement's as much again on 80 ms."""
CAS_SHORTEST: Final = 55 * _MS
CAS_LONGEST: Final = 130 * _MS
"""EN 300 659-2: 75 to 85 ms off hook; on hook DT-AS has 88 to 110."""
TYPE_II: Final = 2_500 * _MS
"""Our acknowledgement, the pause, the longest message."""


def is_alerting_signal(tone: ToneReceived) -> bool:
    """CAS, DT-AS: 2130 and 2750 Hz together."""
    if tone.on or not CAS_SHORTEST <= tone.duration <= CAS_LONGEST or len(tone.frequencies) != 2:
        return False
    low, high = min(tone.frequencies), max(tone.frequencies)
    return abs(low - CAS_LOW) <= CAS_NEAR and abs(high - CAS_HIGH) <= CAS_NEAR


def gone(line: Line, how: str, cause: int, now: int) -> None:
    """The far end is gone, or the call may last no longer."""
    call = line.call
    assert call is not None
    line.core.count("fxo_gone_" + how.replace(" ", "_"))
    call.ends(cause, False)
    line.tell(CallDisconnected(call.handle, cause, LOCATION, False, how))
    line.hang_up(now)


def clear(line: Line, arg: object, now: int) -> None:
    """We end the call, in whatever state."""
    line.hang_up(now)


# Battery, ground, polarity


def battery_lost(line: Line, arg: object, now: int) -> None:
    line.start(s.T_BATTERY, now, line.core.ns["drop" if line.config.by_drop else "cut"])


def battery_returned(line: Line, arg: object, now: int) -> None:
    line.stop(s.T_BATTERY)


def battery_gone(line: Line, arg: object, now: int) -> None:
    gone(line, "battery drop", NORMAL if line.state in s.TALKS else 27, now)


def ground_gone(line: Line, arg: object, now: int) -> None:
    """Ground start: the exchange opens the tip."""
    if line.config.ground:
        line.start(s.T_BATTERY, now, line.core.ns["drop"])


def ground_returned(line: Line, arg: object, now: int) -> None:
    if line.config.ground:
        line.stop(s.T_BATTERY)


def reversal_begins(line: Line, arg: object, now: int) -> None:
    if line.battery != line.polarity:
        line.start(s.T_REVERSAL, now, line.core.ns["reversal"])
    else:
        line.stop(s.T_REVERSAL)


def polarity_follows(line: Line, arg: object, now: int) -> None:
    """While we dial, or at glare: ``dialled`` knows what it means, when the number is through."""
    if line.battery != BATTERY_ABSENT:
        line.polarity = line.base = line.battery


def reversal_talking(line: Line, arg: object, now: int) -> None:
    """Back to the polarity of the idle line is clearing. The other way is an answer that was told
    by a lesser sign already, where the line has answer by reversal; some exchanges reverse as the
    called end answers, too."""
    if line.battery in (line.polarity, BATTERY_ABSENT):
        return
    line.polarity = line.battery
    call = line.call
    assert call is not None
    if now <= line.settled:
        return
    late_answer = call.outgoing and "reversal" in line.config.answer
    if late_answer and line.polarity != line.base:
        return
    if line.config.by_reversal:
        gone(line, "reversal", NORMAL, now)


# Sounds


def setup_tone(line: Line, name: str, now: int) -> None:
    """Before the answer: busy and the like end the call; a dial tone is what is left of the one
    that we dialled into."""
    own = any(row.name == name for row in line.config.rows)
    if own:
        gone(line, "learned tone", 17, now)
    elif name in CAUSES:
        gone(line, f"{name} tone", CAUSES[name], now)


def talking_tone(line: Line, arg: object, now: int) -> None:
    assert isinstance(arg, str)
    if not line.config.by_tone:
        return
    if arg in ("dial", "special-dial") and now < line.flashed:
        return
    if any(row.name == arg for row in line.config.rows):
        gone(line, "learned tone", NORMAL, now)
    elif arg in GONE:
        gone(line, f"{arg} tone", NORMAL, now)


def silence_over(line: Line, arg: object, now: int) -> None:
    gone(line, "silence", NORMAL, now)


def limit_over(line: Line, arg: object, now: int) -> None:
    gone(line, "time limit", 102, now)


def voice_changed(line: Line, now: int) -> None:
    """Of either direction: silence counts from the end of the last voice."""
    if line.state not in s.TALKS or not line.config.silence:
        return
    if line.heard or line.sent:
        line.stop(s.T_SILENCE)
    elif not line.runs(s.T_SILENCE):
        line.start(s.T_SILENCE, now, line.config.silence)


# Hookflash, caller ID of a waiting call


def flash(line: Line, arg: object, now: int) -> None:
    line.do(SendFlash(line.channel, line.config.flash, line.next_tag()))
    line.flashed = now + FLASH_DIAL
    if line.tones is not None:
        line.tones.begin(line.state in s.TALKS)


def alerting_signal(line: Line, arg: object, now: int) -> None:
    """The exchange has a waiting call's identity for us: say that we can read it, and be silent."""
    if not line.config.call_waiting or line.alerting:
        return
    line.alerting = True
    line.do(OpenSpeech(line.channel, False))
    line.do(SendDigits(line.channel, DTMF, ACK, ACK_MS, 40, -8.0, line.next_tag()))
    line.listen(TALK_LISTENING | (WOKEN & ~1))
    line.start(s.T_MUTE, now, TYPE_II)


def identity_talking(line: Line, arg: object, now: int) -> None:
    assert isinstance(arg, CallerId)
    if line.call is not None and arg.message is not None:
        line.tell(arg.event(line.call.handle))
    if line.alerting:
        mute_over(line, arg, now)


def mute_over(line: Line, arg: object, now: int) -> None:
    line.alerting = False
    line.stop(s.T_MUTE)
    line.do(OpenSpeech(line.channel, True))
    line.listen(TALK_LISTENING)


def other_beside(line: Line, arg: object, now: int) -> None:
    """Another telephone listens in."""
    line.report("line in use", "beside our call")


def layer_lost_talking(line: Line, arg: object, now: int) -> None:
    """Out of service behind the guard time."""
    gone(line, "line lost", 27, now)


def layer_lost_guard(line: Line, arg: object, now: int) -> None:
    line.rest(now)


def glare_limit(line: Line, arg: object, now: int) -> None:
    gone(line, "time limit", 19, now)
