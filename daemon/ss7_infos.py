"""Links, linksets and routes of a signalling point as clients see them."""

from __future__ import annotations

from collections.abc import Iterable

from ..signaling.ss7.mtp3_activity import DEACTIVATING, INACTIVE
from ..signaling.ss7.mtp3_network import ROUTE_STATES, Destination, Link, Route
from .methods_ss7 import Ss7LinkInfo, Ss7LinksetInfo, Ss7RouteInfo
from .ss7 import SignallingPoint
from .ss7_line import Line
from .trunk_ss7 import CircuitTrunk

SLOT_COUNTERS = ("fcs", "aborts", "short", "long", "octet", "octet_counting", "fill_ins_filtered")
LEVEL3_COUNTERS = (
    "changeovers",
    "changebacks",
    "retrieved",
    "tests_failed",
    "congestions",
    "inhibitions",
    "faults",
)


def error_count(link: Link) -> int:
    """Count of the error rate monitor now; the engine makes up for good units only when the next
    error comes (Q.703 10.2)."""
    l2 = link.l2
    if not link.in_service:
        return l2.ca
    if l2.config.row.interval:
        return l2.ce
    return max(0, l2.cs - (l2.counters.rx_units - l2.ns_base) // l2.config.row.D)


def link_counters(line: Line, link: Link) -> dict[str, int]:
    """Everything counted about a link, by stable names for metrics."""
    slot = line.slot.counters()
    counters = {name: int(getattr(slot, name)) for name in SLOT_COUNTERS}
    counters["tx_refused"] = line.refused
    counters.update(link.l2.counters.totals())
    for name in LEVEL3_COUNTERS:
        counters[name] = int(getattr(link.counters, name))
    return counters


def link_info(point: SignallingPoint, line: Line) -> Ss7LinkInfo:
    link = point.mtp3.links[line.index]
    l2 = link.l2
    load_in, load_out = point.load.of(line.index)
    return Ss7LinkInfo(
        name=line.name,
        point=point.name,
        linkset=line.linkset.name,
        slc=line.table.slc,
        span=line.table.span,
        timeslot=line.table.timeslot,
        adjacent=point.show(link.linkset.adjacent),
        label=point.label.name,
        available=link.available,
        state=l2.state_text,
        # Level 3 goes on trying; what is to be looked at is the span.
        reason="layer 1 is down" if line.is_down else link.reason,
        since=line.clock.wall(line.since),
        active=link.lsac.state not in (INACTIVE, DEACTIVATING),
        inhibited_here=link.local_inhibited,
        inhibited_there=link.remote_inhibited,
        congestion=link.congestion,
        unacknowledged=(l2.fsnl + 1 - l2.fsnf) & 127,
        waiting=len(l2.tb),
        errors=error_count(link),
        load_in=round(load_in, 4),
        load_out=round(load_out, 4),
        counters=link_counters(line, link),
    )


def link_infos(points: Iterable[SignallingPoint]) -> list[Ss7LinkInfo]:
    """Of all links of some points."""
    return [link_info(point, line) for point in points for line in point.lines]


def links_of(trunk: CircuitTrunk) -> list[str]:
    """Names of the links by which a trunk's exchange can be reached."""
    point = trunk.point
    linksets = {route.linkset.name for route in point.mtp3.destinations[trunk.dpc].routes}
    return [line.name for line in point.lines if line.linkset.name in linksets]


def linkset_infos(point: SignallingPoint) -> list[Ss7LinksetInfo]:
    made = []
    for linkset in point.mtp3.linksets:
        current = [
            destination
            for destination in point.mtp3.destinations.values()
            if any(route.linkset is linkset for route in destination.current)
        ]
        made.append(
            Ss7LinksetInfo(
                name=linkset.name,
                point=point.name,
                point_code=point.show(point.config.point_code),
                adjacent=point.show(linkset.adjacent),
                links=len(linkset.links),
                available=len(linkset.available_links()),
                routes=len(current),
            )
        )
    return made


def route_state(route: Route) -> str:
    """allowed, restricted, prohibited, or down."""
    return ROUTE_STATES[route.state] if route.linkset.up else "down"


def route_infos(point: SignallingPoint) -> list[Ss7RouteInfo]:
    return [
        _route_info(point, destination, route)
        for destination in point.mtp3.destinations.values()
        for route in destination.routes
    ]


def _route_info(point: SignallingPoint, destination: Destination, route: Route) -> Ss7RouteInfo:
    return Ss7RouteInfo(
        point=point.name,
        destination=point.show(destination.dpc),
        linkset=route.linkset.name,
        priority=route.priority,
        state=route_state(route),
        current=route in destination.current,
        congestion=destination.congestion,
        trunks=[trunk.name for trunk in point.trunks if trunk.dpc == destination.dpc],
    )
