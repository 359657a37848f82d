"""What clients are told of lines: caller ID, hookflash, metering, hold and transfer by flash."""

from __future__ import annotations

from .events_base import CallEvent, Event


class CallerIdentified(CallEvent):
    """Who calls, told between rings or during another call, after the call was offered."""

    calling: str
    name: str = ""
    name_raw: str = ""
    """Hexadecimal: the octets as they came."""
    standard: str = ""
    """How it was sent: bell202-mdmf, v23-mdmf, bell202-sdmf, dtmf …"""
    presentation: int = 0
    """0 allowed, 1 withheld, 2 not available."""
    stamp: str = ""
    """The exchange's clock, as ``MM-DD HH:MM``."""


class HookFlash(CallEvent):
    """The telephone gave a hookflash that no feature of its line takes."""


class Held(CallEvent):
    """The telephone put the call on hold: its party waits."""


class Retrieved(CallEvent):
    """The telephone is back with the call that was on hold."""


class Conferenced(CallEvent):
    """The telephone joined this call and ``secondary``: all talk together."""

    secondary: int


class Transferred(CallEvent):
    """The telephone hung up, having joined this call and ``secondary``: their parties talk with
    each other, and both calls of the telephone end."""

    secondary: int


class LineChanged(Event):
    """Something of a line itself: it is cut, or back, in use by another telephone, off hook for too
    long, a ringing was ignored, glare, the result of a line test, a tone that was learned …"""

    trunk: str
    channel: int
    what: str
    text: str = ""
