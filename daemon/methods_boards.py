"""The methods of the wire about boards, spans, trunks and their channels."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from .methods_base import Params, Result
from .methods_pri import DChannelInfo


class ChannelInfo(Result):
    trunk: str
    channel: int
    state: str
    """idle, busy, restarting, outOfService, blockedHere, blockedThere, blockedBoth or testing."""
    call_id: int = 0
    span: str = ""
    timeslot: int = 0


class TrunkInfo(Result):
    name: str
    span: str
    signalling: str
    side: str
    d_channel: int
    up: bool
    reason: str
    """Why the link is up or down."""
    since: int
    channels: int
    idle: int
    busy: int
    restarting: int
    out_of_service: int
    counters: dict[str, int]
    faults: dict[str, int]
    """Protocol faults of the far end by kind."""
    blocked: int = 0
    """Circuits that one end, or both, blocked."""
    testing: int = 0
    d_channels: list[DChannelInfo] = []
    """Of a PRI trunk; two where one is stand-by."""


class SpanInfo(Result):
    name: str
    board: str
    number: int
    kind: str
    trunk: str
    alarms: list[str]
    since: int
    """When the alarms last changed; 0: never."""
    counters: dict[str, int]
    loopback: str


class Spans(Params):
    """All spans with alarms and error counters."""


class SpanList(Result):
    spans: list[SpanInfo]


class Trunks(Params):
    """All trunks with the state of their links."""


class TrunkList(Result):
    trunks: list[TrunkInfo]


class Channels(Params):
    """The B-channels of all trunks, or of one."""

    trunk: str = ""


class ChannelList(Result):
    channels: list[ChannelInfo]


class BoardInfo(Result):
    name: str
    address: str
    spans: int
    load: float
    """Share of the time that the engine thread was busy."""
    overruns: int
    events_lost: int


class RestartChannels(Params):
    """RESTART channels of a trunk; no channels: the whole interface. RestartDone follows."""

    trunk: str
    channels: list[int] = []


class SetLoopback(Params):
    """Turn a span's signal round: "local" (ours to us), "line" (theirs to them), "payload" (the
    same of the timeslots only, in frames of our own) or "none"."""

    span: str
    loopback: Literal["none", "local", "line", "payload"]


class SimCable(Params):
    """Simulated boards only: cut, mend or impair the cable of a span."""

    span: str
    action: Literal["cut", "mend", "impair"]
    error_rate: Annotated[float, msgspec.Meta(ge=0, le=0.5)] = 0.0
    """Bit error rate, for "impair"."""
    ais: bool = False
    """All ones arrive instead of the signal."""
    seed: int = 1
