"""Bases of all events that clients are told, and the connection states they speak of."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

NULL: Final = "null"
INITIATED: Final = "initiated"
ALERTING: Final = "alerting"
CONNECTED: Final = "connected"
HOLD: Final = "hold"
QUEUED: Final = "queued"
FAIL: Final = "fail"
"""Connection states of ECMA-269 6.1.5."""

Direction = Literal["in", "out"]


class Event(
    msgspec.Struct, tag_field="event", tag=True, rename="camel", kw_only=False, omit_defaults=True
):
    """Base of all events."""

    seq: int
    time: int


class OwnedEvent(Event, tag=True, kw_only=True):
    """Base: whose call it is. Set when the event is told (session.py)."""

    owner: str = ""
    """Session that owns the call; none: nobody does."""


class CallEvent(OwnedEvent, tag=True):
    """Base of events of a call."""

    call_id: int
    device: str
