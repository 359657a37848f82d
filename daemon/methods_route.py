"""Methods of the wire for routing."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from .methods_base import Method, Params, Result
from .route_numbers import RouteStep

Number = Annotated[str, msgspec.Meta(pattern=r"^[0-9*#A-D]*$", max_length=32)]
TypeName = Literal[
    "", "unknown", "international", "national", "network", "subscriber", "abbreviated"
]


class RouteTest(Params):
    """What would become of a call, step by step; no call is placed."""

    called: Number
    """The number that is called."""
    calling: Number = ""
    """Who calls."""
    direction: Literal["out", "in"] = "out"
    """A call to be placed, or one that comes in."""
    device: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """Outgoing: as in makeCall, empty or ``group/NAME``. Incoming: ``group/NAME`` or
    ``trunk/NAME/CHANNEL`` that it comes by."""
    type: TypeName = ""
    """Type of the called number (incoming)."""
    calling_type: TypeName = ""
    """Type of the calling number."""
    priority: Annotated[int, msgspec.Meta(ge=0, le=9)] = 0
    """As in makeCall."""
    at: Annotated[str, msgspec.Meta(max_length=32)] = ""
    """Local time, as in "03:00", "sun 03:00" or "2026-10-01 03:00"; empty: now."""


class RouteChoice(Result):
    """A group that the call may take."""

    group: str
    """Its name."""
    called: str
    """Called number as it leaves there."""
    called_type: str
    """Its type of number."""
    calling: str
    """Calling number as it leaves there."""
    calling_type: str
    """Its type of number."""
    device: str = ""
    """The channel that it would get now; empty: none."""
    why: str = ""
    """Why it gets none."""
    q850: int = 0
    wait_ms: float = 0.0
    """So long it would wait for its turn."""


class RouteTested(Result):
    steps: list[RouteStep]
    """What was looked at, in order."""
    route: str = ""
    """The route chosen."""
    emergency: str = ""
    """Row of `[[emergency]]`."""
    priority: int = 0
    """Of the call; 10: emergency."""
    refused: int = 0
    """Q.850 cause; 0: the call is not refused."""
    choices: list[RouteChoice] = []
    """In the order in which they are tried."""
    overflow: list[int] = []
    """Causes that lead to the next choice."""
    application: str = ""
    """Incoming: which program is to take it."""
    treatment: str = ""
    """Incoming: what happens at once; empty: as the trunk says."""
    called: str = ""
    """Incoming: called number as applications get it."""
    calling: str = ""
    """Incoming: calling number as applications get it."""


class Routes(Params):
    """The rows of `[[route]]`, with what was counted."""


class RouteInfo(Result):
    """A row of `[[route]]`."""

    name: str
    """Its name."""
    match: list[str]
    """Its prefixes, patterns and expression, in words."""
    min: int
    """Digits at least."""
    max: int
    """Digits at the most; 0: no limit."""
    choices: list[str]
    """Groups, also of the routes that follow."""
    limits: list[str]
    """Further conditions: times, callers."""
    overflow: list[int]
    """Causes of Q.850 that lead to the next choice."""
    priority: int
    """Of its calls."""
    calls: int
    """Calls that it was chosen for."""
    overflows: dict[str, int]
    """Times a choice was left for the next one, by Q.850 cause."""
    failed: int
    """Calls for which no choice was left."""


class RouteList(Result):
    routes: list[RouteInfo]
    """In the order of the file."""
    refused: dict[str, int]
    """Calls that no route was for, or that were barred: "barred 21" -> how often."""
    emergencies: dict[str, int]
    """Emergency calls by row."""


class Groups(Params):
    """The trunk groups: what is in use, and what was counted."""


class GroupInfo(Result):
    """A trunk group."""

    name: str
    """Its name."""
    hunt: str
    """How a channel is chosen."""
    trunks: dict[str, bool]
    """Trunk -> it is up."""
    channels: int
    """All of them."""
    idle: int
    """Those that a call could have now."""
    calls: int
    """Calls now, both ways."""
    peak: int
    """Calls at once at the most."""
    max_calls: int
    """As configured; 0: no limit."""
    calls_per_second: float
    """As configured; 0: no limit."""
    reserved: int
    """Channels that are left to priority, emergency and incoming calls."""
    reserved_in_use: int
    """Reserved channels that have a call, or are out of order."""
    attempts: int
    """Outgoing calls that wanted a channel."""
    seizures: int
    """Outgoing calls that got one."""
    incoming: int
    """Calls that came in by it."""
    waited: int
    """Calls that waited for their turn."""
    refused: dict[str, int]
    """Outgoing calls that got none, by why: down, busy, reserved, calls, rate, error."""
    overflows: dict[str, int]
    """Calls that left it for another choice, or for the end, by Q.850 cause."""
    blocked: float
    """Share of the attempts that found no channel."""
    busy_seconds: float
    """Time that its channels had calls, summed: an hour of erlang is 3600."""


class GroupList(Result):
    groups: list[GroupInfo]
    """In the order of the file."""


ROUTE_METHODS: Final[dict[str, Method]] = {
    "routeTest": Method(RouteTest, RouteTested),
    "routes": Method(Routes, RouteList),
    "groups": Method(Groups, GroupList),
}
