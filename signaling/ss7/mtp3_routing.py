"""Message routing (Q.704 2.3): which route, which link; taking traffic from a link and giving it
one; and the sending of network management messages.

What changes here is told to the machines by signals; which machine does what with the buffered
traffic is theirs: changeover (5), changeback (6), rerouting (7, 8), restart (9).
"""

from __future__ import annotations

from typing import Final

from . import mtp3_messages as m
from . import mtp3_signals as s
from .labels import OCTET, encode_label
from .mtp3_config import Mtp3Config
from .mtp3_events import LinkStateChanged, Mtp3Event, Paused, Resumed, RouteChanged
from .mtp3_machine import Drawn, Exchange
from .mtp3_network import (
    PROHIBITED,
    ROUTE_STATES,
    Destination,
    Hold,
    Link,
    Linkset,
    Network,
    Outlet,
    Route,
)


class Routing(Network):
    """The network with its traffic. ``happened``: events for the users and management."""

    def __init__(self, config: Mtp3Config) -> None:
        exchange = Exchange()
        super().__init__(config.point_code, config.label, config.network_indicator << 6, exchange)
        self.config: Final = config
        self.timers: Final[dict[str, int]] = config.timers
        self.happened: list[Mtp3Event] = []
        self.restarting: bool = False
        """The MTP's own restart is under way (9.2): no traffic yet."""
        self.tres: Drawn
        self.lost_at_release: int = 0
        """Messages that a diversion had buffered and that had no way to go in the end."""
        for linkset_row in config.linksets:
            linkset = Linkset(linkset_row.name, linkset_row.adjacent, config.label.slots)
            self.linksets.append(linkset)
            for link_row in linkset_row.links:
                link = Link(len(self.links), linkset, link_row)
                linkset.links.append(link)
                self.links.append(link)
            self._route(linkset_row.adjacent, linkset, 0)
        by_name = {linkset.name: linkset for linkset in self.linksets}
        for route_row in config.routes:
            linkset = by_name[route_row.linkset]
            if linkset.adjacent != route_row.dpc:
                self._route(route_row.dpc, linkset, route_row.priority)

    def _route(self, dpc: int, linkset: Linkset, priority: int) -> None:
        destination = self.destinations.get(dpc)
        if destination is None:
            destination = Destination(dpc, self.opc, self.format, self.nowhere)
            self.destinations[dpc] = destination
        destination.routes.append(Route(destination, linkset, priority))
        destination.routes.sort(key=_by_priority)

    # Network management messages

    def path_to(self, dpc: int, without: Link | None = None) -> Link | None:
        """A link over which management messages reach this point, other than ``without``: an
        available one, else an inhibited one (10.1: it carries what is not the users'). Of several
        the one with the shortest queue: what the far end waits for (T2, T4) is not to wait."""
        destination = self.destinations.get(dpc)
        if destination is None:
            return None
        best: Link | None = None
        for route in destination.routes:
            if route.state == PROHIBITED:
                continue
            if not route.linkset.up and route.linkset.adjacent != dpc:
                continue
            for link in route.linkset.links:
                if link is not without and link.carries and _better(link, best):
                    best = link
            if best is not None and best.available:
                return best
        return best

    def spares(self, link: Link) -> bool:
        """Could every destination be reached without this link (10.2.1)?"""
        if not link.available or len(link.linkset.available_links()) > 1:
            return True
        for destination in self.routes_over(link.linkset):
            if destination.accessible and not any(
                route.usable and route.linkset is not link.linkset for route in destination.routes
            ):
                return False
        return True

    def need(self, destination: Destination) -> None:
        """It cannot be reached: links of its linksets that are only inhibited are wanted back
        (10.2.3)."""
        for route in destination.routes:
            for link in route.linkset.links:
                if link.carries and not link.available:
                    self.exchange.signals.append((link.tmin, s.I_NEEDED))

    def send_over(
        self, link: Link, dpc: int, service: int, sls: int, body: bytes, now: int
    ) -> None:
        """A message of level 3 itself over this link, whatever becomes of traffic."""
        destination = self.destinations.get(dpc)
        head = OCTET[self.sio | service] + (
            destination.labels[sls]
            if destination is not None
            else encode_label(self.format, dpc, self.opc, sls)
        )
        link.counters.tx_messages += 1
        link.counters.tx_octets += len(head) + len(body)
        link.l2.send(head + body, now)

    def send_snm(self, dpc: int, body: bytes, now: int, slc: int = 0) -> bool:
        """A network management message by any way there is. False: there is none."""
        link = self.path_to(dpc)
        if link is None:
            return False
        self.send_over(link, dpc, m.SNM, 0 if self.format.slc_in_message else slc, body, now)
        return True

    # Traffic

    def release(self, hold: Hold, now: int) -> None:
        """End a diversion: its flows go where they are wanted, its messages first."""
        for destination, slot in hold.flows:
            link = destination.wanted(slot)
            destination.set_outlet(slot, link if link is not None else self.nowhere)
        held = hold.held
        hold.flows = []
        hold.held = []
        for destination, sls, msu in held:
            if not destination.outlets[sls].put(destination, sls, msu, now):
                self.lost_at_release += 1
                destination.counters.discarded += 1

    def take(self, hold: Hold, outlet: Outlet) -> None:
        """Every flow that goes out here goes into ``hold`` from now on."""
        for destination in self.destinations.values():
            for slot in range(destination.slots):
                if destination.outlets[slot] is outlet:
                    hold.flows.append((destination, slot))
                    destination.set_outlet(slot, hold)

    def absorb(self, hold: Hold, other: Hold) -> None:
        """What ``other`` had buffered, and its flows, become ``hold``'s."""
        self.take(hold, other)
        hold.held += other.held
        other.flows = []
        other.held = []

    def unassign(self, link: Link) -> None:
        """Its slots go to the linkset's other links, the least loaded first (4.4.2)."""
        assigned = link.linkset.assigned
        others = link.linkset.available_links()
        for slot, carrier in enumerate(assigned):
            if carrier is link:
                assigned[slot] = _least_loaded(others, assigned) if others else None

    def assign(self, link: Link) -> None:
        """Give it the slots that are normally its own, then what balances the linkset."""
        linkset = link.linkset
        assigned = linkset.assigned
        for slot, carrier in enumerate(assigned):
            if carrier is None or linkset.normal(slot) is link:
                assigned[slot] = link
        while True:
            loads = [(assigned.count(other), other) for other in linkset.available_links()]
            most = max(load for load, _ in loads)
            if most - assigned.count(link) < 2:
                return
            busiest = next(other for load, other in loads if load == most)
            strangers = [
                slot
                for slot, carrier in enumerate(assigned)
                if carrier is busiest and linkset.normal(slot) is not busiest
            ]
            if not strangers:
                return
            assigned[strangers[-1]] = link

    def choose(self, destination: Destination, now: int) -> None:
        """Its routes in use: allowed before restricted ones, then by priority; equals share."""
        usable = [route for route in destination.routes if route.usable]
        if usable:
            best = min((route.state, route.priority) for route in usable)
            destination.current = [r for r in usable if (r.state, r.priority) == best]
        else:
            destination.current = []
        for route in destination.routes:
            state = ROUTE_STATES[route.state] if route.linkset.up else "down"
            if state != route.told:
                route.told = state
                self.happened.append(RouteChanged(destination.dpc, route.linkset.name, state))
        accessible = bool(usable)
        if accessible == destination.accessible:
            return
        destination.accessible = accessible
        if accessible:
            self.happened.append(Resumed(destination.dpc))
        else:
            destination.congestion = 0
            destination.counters.pauses += 1
            self.exchange.signals.append((destination.rcat, s.G_LOST))
            self.need(destination)
            self.happened.append(Paused(destination.dpc))

    def strays(self, destination: Destination) -> list[tuple[int, Link, Link]]:
        """Flows on a link that they are not wanted on: slot, link, wanted link.

        Flows that have no way get one, or lose it, at once.
        """
        out = []
        for slot in range(destination.slots):
            outlet = destination.outlets[slot]
            if isinstance(outlet, Hold):
                continue
            link = destination.wanted(slot)
            if link is None:
                destination.set_outlet(slot, self.nowhere)
            elif not isinstance(outlet, Link):
                destination.set_outlet(slot, link)
            elif outlet is not link:
                out.append((slot, outlet, link))
        return out

    def routes_over(self, linkset: Linkset) -> list[Destination]:
        """The destinations that have a route over this linkset."""
        return [
            destination
            for destination in self.destinations.values()
            if any(route.linkset is linkset for route in destination.routes)
        ]

    # Management

    def tell(self, link: Link, available: bool, reason: str) -> None:
        """LinkStateChanged, once for each change."""
        if available == link.told_available and reason == link.reason:
            return
        link.told_available = available
        link.reason = reason
        self.happened.append(LinkStateChanged(link.index, available, reason))


def _by_priority(route: Route) -> int:
    return route.priority


def _better(link: Link, best: Link | None) -> bool:
    """Is this link a better way for a management message?"""
    if best is None or link.available != best.available:
        return best is None or link.available
    return len(link.l2.tb) < len(best.l2.tb)


def _least_loaded(links: list[Link], assigned: list[Link | None]) -> Link:
    """The link that carries the fewest slots."""
    best = links[0]
    for link in links:
        if assigned.count(link) < assigned.count(best):
            best = link
    return best
