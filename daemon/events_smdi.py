"""What clients are told of message desk links (SMDI): calls' history, message waiting, the line."""

from __future__ import annotations

from .events_base import CallEvent, Event


class CallRedirected(CallEvent):
    """The message desk link told of a call only after it was offered: who calls, and who had it
    forwarded here. A message that comes in time is in Offered or Delivered itself."""

    calling: str
    redirecting: str = ""
    """Who forwarded it; empty: it was called directly."""
    redirect_reason: int = 0
    """As of Offered."""


class SmdiChanged(Event):
    """A message desk link came up, went down, or is down for another reason than before."""

    smdi: str
    up: bool
    reason: str


class SmdiMessage(Event):
    """A message came on a message desk link, or went out; what the engine makes of it is told by
    other events."""

    smdi: str
    sent: bool
    text: str
    """In words."""
    raw: str
    """Hexadecimal."""


class SmdiUnmatched(Event):
    """A message came for which there is no call: "expired", "replaced" by the line's next one, or
    of an "unknown terminal"."""

    smdi: str
    why: str
    desk: int
    terminal: int
    calling: str = ""
    redirecting: str = ""
    redirect_reason: int = 0


class MessageWaitingChanged(Event):
    """Where a station's message waiting stands, at our message desk: "wanted", "sent", "set" (the
    exchange did not refuse it), "blocked" (it is tried again) or "failed"; at our exchange, where
    the desk asks: "set" or "failed"."""

    smdi: str
    number: str
    on: bool
    state: str
    why: str = ""
    """Why it is blocked or failed."""
    line: str = ""
    """At our exchange: the station's line."""


class MessageWaitingRequested(Event):
    """An outside message desk wants message waiting of a number that is no line of ours, and the
    link's `unknown_stations` leaves it to the application."""

    smdi: str
    number: str
    on: bool
