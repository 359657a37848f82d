"""The end of calls: supervision towards the telephone, tones, howler, parked and denied lines."""

from __future__ import annotations

from ...board.progress_tones import COUNTRIES
from ..line_names import FEED_NORMAL, FEED_OPEN, FEED_TIP_OPEN
from .fxs_config import T_DROP, T_HOWLER, T_PROBE, T_TONE
from .fxs_dial import collect
from .fxs_port import NORMAL_CLEARING, OUT_OF_ORDER, Port
from .fxs_states import DENIED, DROPPED, HOWLER, PARKED, PROBING, TALKING, TONE


def cleared(port: Port, cause: int, now: int) -> None:
    """The far party cleared: say so on the line, and let the telephone hear why."""
    config = port.core.config
    talking = port.state == TALKING
    port.release(cause, True)
    port.silence()
    port.collector = None
    port.listen(0)
    port.open_speech(False)
    port.meter_left = 0
    if talking and config.start != "loop":
        port.feed(FEED_OPEN if config.start == "kewl" else FEED_TIP_OPEN)
        port.start(T_DROP, now)
        port.ended = cause
        port.state = DROPPED
        return
    if talking and config.reversal_on_clear:
        port.reverse()
    sound(port, cause, now)


def sound(port: Port, cause: int, now: int) -> None:
    """Tone until the telephone is on hook, howler when it does not go."""
    port.cause_tone(cause)
    port.start(T_TONE, now)
    port.state = TONE


def drop_over(port: Port, arg: object, now: int) -> None:
    """Battery is back. A telephone that is still off hook draws current; ground start has the line
    at rest already."""
    if port.core.config.start == "ground":
        port.hook.reset(False, False, now)
        port.rest()
        return
    port.feed(FEED_NORMAL)
    port.hook.reset(True, False, now)
    sound(port, port.ended, now)


def dial_anew(port: Port, arg: object, now: int) -> None:
    """A flash during dialling or a tone: dial tone again."""
    port.stop_all()
    port.silence()
    port.feed(FEED_NORMAL)
    collect(port, now, True)


def too_long(port: Port, arg: object, now: int) -> None:
    """Off hook, and nobody listens: howler (GR-506; SIN 351)."""
    port.report("off hook too long")
    # Few countries' lists have one: then it is that of GR-506, which nobody takes for speech.
    known = "howler" in COUNTRIES[port.core.config.country].tones
    port.tone(("howler",), "" if known else "us")
    port.start(T_HOWLER, now)
    port.state = HOWLER


def park(port: Port, arg: object, now: int) -> None:
    """Permanent signal: nothing more is done for it until it goes on hook."""
    port.silence()
    if port.core.config.power_denial:
        deny(port, None, now)
    else:
        port.state = PARKED


def deny(port: Port, arg: object, now: int) -> None:
    """No battery; it is tried from time to time."""
    port.feed(FEED_OPEN)
    port.start(T_PROBE, now)
    port.state = DENIED


def probe(port: Port, arg: object, now: int) -> None:
    """Battery: does current flow?"""
    port.feed(FEED_NORMAL)
    port.hook.reset(True, False, now)
    port.state = PROBING


def restarted(port: Port, arg: object, now: int) -> None:
    """Back to the beginning: calls end; a telephone that is off hook hears that."""
    port.release(OUT_OF_ORDER, True)
    port.stop_all()
    if port.hook.off:
        port.silence()
        port.collector = None
        port.listen(0)
        port.open_speech(False)
        port.feed(FEED_NORMAL)
        sound(port, NORMAL_CLEARING, now)
    else:
        port.rest()
