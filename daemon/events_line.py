"""What clients are told of lines: caller ID, hookflash, metering, hold and transfer by flash."""

from __future__ import annotations

from .events_base import CallEvent, Event
from .methods_base import ConnectionInfo


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
    """The connection's far end waits: holdCall or a consultation did it; or a telephone put its
    call on hold by a hookflash."""

    cause: str = ""
    """ECMA-269 event cause: consultation, alternate …"""


class Retrieved(CallEvent):
    """It takes part again; the telephone is back with the call."""

    cause: str = ""


class Conferenced(CallEvent):
    """All parties of two calls talk together: by conferenceCall, or a telephone's hookflash."""

    secondary: int
    connections: tuple[ConnectionInfo, ...] = ()
    """Who is in the call now; empty: a telephone did it."""
    cause: str = ""
    """conference, singleStepConference, silentParticipation (monitor), activeParticipation (coach),
    intrude; empty: a telephone did it."""


class Transferred(CallEvent):
    """The parties of two calls talk with each other, and who had brought them together is out of
    it: by transferCall, singleStepTransferCall, or a telephone that hung up."""

    secondary: int
    """The other one; 0: the exchange of an FXO line connects them."""
    connections: tuple[ConnectionInfo, ...] = ()
    cause: str = ""
    """transfer, singleStepTransfer; empty: a telephone did it."""
    by: str = "switch"
    """Who connects them: "switch": this daemon; "network": the network, so that the connections
    here are over and their channels free."""
    asked_by: int = 0
    """callId of the connection whose far end, a PBX behind us, asked for it over its trunk; 0: an
    application or a telephone did."""


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
