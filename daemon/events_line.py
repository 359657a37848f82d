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
    """The telephone joined two calls of its own, and all talk together."""

    secondary: int


class Transferred(CallEvent):
    """The telephone hung up, having joined two calls of its own. Their parties talk with each
    other, and both calls of the telephone end."""

    secondary: int


class LineChanged(Event):
    """Something of a line itself: it is cut, or back, in use by another telephone, off hook for too
    long, a ringing was ignored, glare, the result of a line test, a tone that was learned …"""

    trunk: str
    channel: int
    what: str
    text: str = ""


class FdlReceived(Event):
    """The far end of a T1 with ESF sent something on the data link (T1.403 9.4): a command, as
    those that loop the line, or a message. Performance reports are counted only."""

    span: str
    code: int
    """The codeword's octet before the eight ones; -1: a message."""
    what: str
    """"line up", "payload down" … for the commands that are known, "message", or empty."""
    message: str = ""
    """Hexadecimal, without FCS."""
    loopback: str = "none"
    """What the span loops now: "none", "local", "line" or "payload"."""
