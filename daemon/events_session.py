"""What clients are told of sessions: whose calls they are."""

from __future__ import annotations

from typing import Literal

from .events_base import CallEvent, Event


class OwnerChanged(CallEvent):
    """A call belongs to another session; ``owner`` says to which, none: to nobody."""

    previous: str
    """Session that had it; empty: nobody."""
    reason: Literal["taken", "claimed", "preempted", "released", "handedOver", "back", "lost"]
    """taken: by accepting or answering it; back: its session came back in time; lost: its session
    did not."""
    application: str = ""
    """Which program is to take it now, after a treatment that says so."""


class OwnerLost(CallEvent):
    """The last connection of a call's session went; ``owner`` still has it until something else is
    told."""

    session: str
    """The session that is gone."""
    action: Literal["keep", "clear", "handOver", "treatment", "release"]
    """What becomes of the call, if the session does not come back before ``until``."""
    until: int
    """ns since 1970-01-01 UTC; 0: never."""


class RequestSettled(Event):
    """How a request ended that was answered with `timeout`."""

    session: str
    client: int
    """Number of the connection (method `clients`)."""
    request: str
    """Its `id`, as text."""
    method: str
    key: str = ""
    error: str = ""
    """Empty: it was done. Else what failed."""
