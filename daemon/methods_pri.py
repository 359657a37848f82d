"""Methods of the wire for PRI trunks alone."""

from __future__ import annotations

from typing import Final

from .methods_base import Done, Method, Params, Result


class DChannelInfo(Result):
    span: str
    timeslot: int
    interface: int
    """Interface identifier of its span (NFAS)."""
    state: str
    """in service, stand-by, waits for SERVICE ACKNOWLEDGE, or out of service."""
    counters: dict[str, int] = {}
    """What its timeslot and its data link counted."""


class SwitchDChannel(Params):
    """Let a trunk's stand-by D-channel take over (NFAS). DChannelChanged tells when it has."""

    trunk: str


PRI_METHODS: Final[dict[str, Method]] = {"switchDChannel": Method(SwitchDChannel, Done)}
