"""Methods of the wire for SS7: links, linksets, routes, circuits, and what is done to them."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from .methods_base import Done, Method, Params, Result

Cics = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$",
        max_length=4096,
        description='circuit identification codes or channels, as in "1-15,17"',
    ),
]


class Ss7Links(Params):
    """The SS7 links of all signalling points, or of one."""

    point: str = ""


class Ss7LinkInfo(Result):
    name: str
    """``linkset/slc``, as commands take it."""
    point: str
    linkset: str
    slc: int
    span: str
    timeslot: int
    adjacent: str
    """Point code at the far end."""
    label: str
    """Format of its labels: itu14, china24 or ansi24."""
    available: bool
    """Traffic may use it."""
    state: str
    """Of level 2: out of service, aligning, proving, in service, processor outage …"""
    reason: str
    """Why it is available or not."""
    since: int
    active: bool
    """It shall be up; false: nobody asked for it, or it was deactivated."""
    inhibited_here: bool = False
    inhibited_there: bool = False
    congestion: int = 0
    """Level 0 to 3 of its transmission buffers."""
    unacknowledged: int = 0
    """Messages sent that the far end has not acknowledged: the FSN window, 0 to 127."""
    waiting: int = 0
    """Messages that wait to be sent."""
    errors: int = 0
    """Count of the error rate monitor now (SUERM, or AERM while it is proved)."""
    load_in: float = 0.0
    """Share of the last period that messages from the far end took."""
    load_out: float = 0.0
    counters: dict[str, int] = {}


class Ss7LinkList(Result):
    links: list[Ss7LinkInfo]
    now: int


class Ss7Linksets(Params):
    """The linksets of all signalling points."""


class Ss7LinksetInfo(Result):
    name: str
    point: str
    point_code: str
    adjacent: str
    links: int
    available: int
    """Links that traffic may use."""
    routes: int
    """Destinations that are reached by it now."""


class Ss7LinksetList(Result):
    linksets: list[Ss7LinksetInfo]


class Ss7Routes(Params):
    """The routes of all signalling points, in the order in which they are used."""


class Ss7RouteInfo(Result):
    point: str
    destination: str
    """Point code."""
    linkset: str
    priority: int
    """0: the adjacent point by its own linkset; then 1 to 15, the lowest first."""
    state: str
    """allowed, restricted, prohibited or down."""
    current: bool
    """Traffic goes this way now."""
    congestion: int = 0
    trunks: list[str] = []
    """Trunks whose exchange is the destination."""


class Ss7RouteList(Result):
    routes: list[Ss7RouteInfo]


class Ss7Circuits(Params):
    """The circuits of all SS7 trunks, or of one."""

    trunk: str = ""


class Ss7CircuitInfo(Result):
    trunk: str
    cic: int
    span: str
    timeslot: int
    state: str
    """As of channels: idle, busy, restarting, blockedHere, blockedThere …"""
    controlled: bool
    """It is ours when both ends seize it at once."""
    call_id: int = 0
    alarm: bool = False
    """It is blocked because of its span's alarm."""


class Ss7CircuitList(Result):
    circuits: list[Ss7CircuitInfo]


class Ss7Link(Params):
    """Do something to a link. SignallingManagementDone or SignallingLinkTested tells the end."""

    link: str
    """``linkset/slc``."""
    action: Literal["activate", "deactivate", "inhibit", "uninhibit", "test"]


class BlockCircuits(Params):
    """Block circuits towards the far end. CircuitsBlocked tells the end. Lines of a trunk and the
    B-channels of a PRI with SERVICE messages (ni2, 5ess, 4ess, dms100) are blocked so too."""

    trunk: str
    circuits: Cics
    hardware: bool = False
    """Hardware failure: calls on them are released; otherwise maintenance: they may end."""


class UnblockCircuits(Params):
    """End a blocking of ours. CircuitsBlocked tells the end."""

    trunk: str
    circuits: Cics
    hardware: bool = False


class QueryCircuits(Params):
    """Ask the far end for its view of circuits (CQM). CircuitsQueried follows."""

    trunk: str
    circuits: Cics


class TestContinuity(Params):
    """Check an idle circuit: our tone, the far end's loop (CCR). ContinuityTested follows."""

    trunk: str
    circuit: Annotated[int, msgspec.Meta(ge=0, le=4095)]


class ResetCircuits(Params):
    """Return circuits to idle at both ends (RSC, GRS); calls on them end. RestartDone follows."""

    trunk: str
    circuits: Cics


SS7_METHODS: Final[dict[str, Method]] = {
    "ss7Links": Method(Ss7Links, Ss7LinkList),
    "ss7Linksets": Method(Ss7Linksets, Ss7LinksetList),
    "ss7Routes": Method(Ss7Routes, Ss7RouteList),
    "ss7Circuits": Method(Ss7Circuits, Ss7CircuitList),
    "ss7Link": Method(Ss7Link, Done),
    "blockCircuits": Method(BlockCircuits, Done),
    "unblockCircuits": Method(UnblockCircuits, Done),
    "queryCircuits": Method(QueryCircuits, Done),
    "testContinuity": Method(TestContinuity, Done),
    "resetCircuits": Method(ResetCircuits, Done),
}
