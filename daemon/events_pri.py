"""What clients are told of PRI trunks alone."""

from __future__ import annotations

from .events_base import Event


class DChannelChanged(Event):
    """One of a trunk's two D-channels (NFAS) changed its state; LinkChanged tells of the trunk."""

    trunk: str
    span: str
    timeslot: int
    interface: int
    """Interface identifier of its span."""
    state: str
    """in service, stand-by, waits for SERVICE ACKNOWLEDGE, or out of service."""
