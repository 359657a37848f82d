"""What clients are told of routing."""

from __future__ import annotations

import msgspec

from .events_base import CallEvent, Event


class CallRerouted(CallEvent):
    """A call that did not get through was placed again elsewhere; ``callId`` stays, ``device`` is
    where it is now."""

    from_: str = msgspec.field(name="from")
    """Device that it had."""
    to: str
    """Device that it has now."""
    q850: int
    """Why: cause that the first way ended with (34: no idle channel, 38: the trunk is down)."""
    attempt: int
    """Counts the places where it was tried, from 1."""
    route: str = ""
    """Row of `[[route]]` or `[[emergency]]`."""
    group: str = ""
    """The one that it goes by now."""


class EmergencyCall(Event):
    """An emergency number was called. Tell somebody."""

    row: str
    """Row of `[[emergency]]`."""
    called: str
    """The number."""
    calling: str
    """Who called it, as the application said."""
    call_id: int
    """0: it could not be placed."""
    device: str = ""
    """Where it was placed."""
    q850: int = 0
    """Not 0: the call ended without having got through, with this cause."""
