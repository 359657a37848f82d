"""What level 3 knows of the network: links, linksets, destinations, routes, and flows of messages.

A *flow* is one destination and one value of the SLS: the messages whose order must be kept. Each
flow has an outlet: a link; a Hold while it is diverted; or Nowhere.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from .labels import LabelFormat, encode_label
from .mtp2 import SignallingLink
from .mtp2_state import MOST_QUEUED
from .mtp3_config import LinkConfig
from .mtp3_machine import Drawn, Exchange

MOST_HELD: Final = 16384
"""Messages that may wait while a flow is diverted (2 s of a full linkset are far fewer)."""

ALLOWED: Final = 0
RESTRICTED: Final = 1
PROHIBITED: Final = 2
ROUTE_STATES: Final = {ALLOWED: "allowed", RESTRICTED: "restricted", PROHIBITED: "prohibited"}
"""Q.704 3.4: availability of a route, as the transfer point at its beginning says."""

NO_ORDER: Final = -2
"""No changeover order of the far end is pending."""
UNKNOWN_FSN: Final = -1
"""Its order was an emergency one: it cannot tell what it accepted."""


class Outlet:
    """Where a flow's messages go. This one is the way of a flow that has none: it discards."""

    def __init__(self) -> None:
        self.congestion: int = 0
        """Q.704 3.8.2: congestion status 0 to 3 of a link."""
        self.discarded: int = 0

    def put(self, destination: Destination, sls: int, msu: bytes, now: int) -> bool:
        """One message (SIO and SIF). False: discarded."""
        self.discarded += 1
        return False


class Hold(Outlet):
    """A buffer of changeover, changeback or rerouting, in the order in which messages came."""

    def __init__(self) -> None:
        super().__init__()
        self.flows: list[tuple[Destination, int]] = []
        """Destination and slot."""
        self.held: list[tuple[Destination, int, bytes]] = []

    def put(self, destination: Destination, sls: int, msu: bytes, now: int) -> bool:
        if len(self.held) >= MOST_HELD:
            self.discarded += 1
            return False
        self.held.append((destination, sls, msu))
        return True


class LinkCounters:
    """Of one link, at level 3 (Q.752 table 3: 3.1 to 3.10, and the procedures)."""

    def __init__(self) -> None:
        self.tx_messages = 0
        self.tx_octets = 0
        """SIO and SIF."""
        self.rx_messages = 0
        self.rx_octets = 0
        self.failures = 0
        self.changeovers = 0
        self.changebacks = 0
        self.retrieved = 0
        """Messages that changeover took back and sent on another way."""
        self.tests_failed = 0
        self.congestions = 0
        self.inhibitions = 0
        self.congestion_tests = 0
        """RCT received."""
        self.faults = 0


class Link(Outlet):
    """A signalling link at level 3. ``available``: its linkset's traffic may use it.

    The machines that watch it are put in by the node: ``lsac`` activity (Q.704 figure 36),
    ``sltc`` test (Q.707), ``tlac`` availability (figure 27), ``tcoc`` changeover (figure 28),
    ``tmin`` inhibiting (10).
    """

    def __init__(self, index: int, linkset: Linkset, config: LinkConfig) -> None:
        super().__init__()
        self.index: Final = index
        self.linkset: Final = linkset
        self.config: Final = config
        self.slc: Final[int] = config.slc
        self.l2: Final = SignallingLink(config.mtp2)
        self.counters: Final = LinkCounters()
        self.available: bool = False
        self.carries: bool = False
        """Level 3's own messages may use it: available, or only inhibited."""
        self.local_inhibited: bool = False
        self.remote_inhibited: bool = False
        """The marks of Q.704 10.2."""
        self.rpo: bool = False
        self.lpo: bool = False
        """Processor outages."""
        self.aligned: bool = False
        """Aligned into the far end's processor outage: no "in service" comes (Q.703 figure 8)."""
        self.reason: str = "not activated"
        """Why it is not available, in a technician's words."""
        self.failure: str = "not activated"
        """Why level 2 is not in service."""
        self.asked: str = ""
        """The request of management that waits for its end."""
        self.told_available: bool = False
        self.in_service: bool = False
        """At level 2."""
        self.far_order: int = NO_ORDER
        """FSN of the far end's changeover order that waits for its answer."""
        self.far_acknowledged: int = UNKNOWN_FSN
        """FSN of its last changeover acknowledgement."""
        self.bsnt: int = UNKNOWN_FSN
        self.retrieved: list[bytes] = []
        self.hold: Hold | None = None
        """Changeover buffer."""
        self.lsac: Drawn
        self.sltc: Drawn
        self.tlac: Drawn
        self.tcoc: Drawn
        self.tmin: Drawn
        self.diverted: bool = False
        """Its traffic went elsewhere while it stayed in service: what level 2 still holds is older
        than what was sent since, and must not follow it."""
        self.flush_due: bool = False
        """Its traffic was diverted while a processor outage blocked it: what is in its buffers is
        old when the outage ends."""

    def put(self, destination: Destination, sls: int, msu: bytes, now: int) -> bool:
        l2 = self.l2
        if len(l2.tb) >= MOST_QUEUED:
            self.discarded += 1
            return False
        counters = self.counters
        counters.tx_messages += 1
        counters.tx_octets += len(msu)
        l2.send(msu, now)
        return True


class Linkset:
    """The links to an adjacent point. ``assigned``: by slot, the link that now carries it.

    ``up``: routes over it may be used (the adjacent point has restarted, Q.704 9.4).
    """

    def __init__(self, name: str, adjacent: int, slots: int) -> None:
        self.name: Final = name
        self.adjacent: Final = adjacent
        self.links: Final[list[Link]] = []
        self.assigned: Final[list[Link | None]] = [None] * slots
        self.up: bool = False
        self.tsrc: Drawn

    def available_links(self) -> list[Link]:
        """In the order of the configuration."""
        return [link for link in self.links if link.available]

    def normal(self, slot: int) -> Link:
        """The link of this slot while all are available (4.4.1)."""
        return self.links[slot % len(self.links)]


class Route:
    """A way to a destination over a linkset."""

    def __init__(self, destination: Destination, linkset: Linkset, priority: int) -> None:
        self.destination: Final = destination
        self.linkset: Final = linkset
        self.priority: Final = priority
        self.state: int = ALLOWED
        self.told: str = "down"
        """The state that management was told of last."""
        self.rsrt: Drawn

    @property
    def usable(self) -> bool:
        """Can messages go this way?"""
        return self.linkset.up and self.state != PROHIBITED


class RouteCounters:
    """Of one destination."""

    def __init__(self) -> None:
        self.tx_messages = 0
        self.tx_octets = 0
        self.discarded = 0
        self.pauses = 0
        self.congestions = 0


class Destination:
    """A point that messages can be sent to, with its flows.

    ``outlets`` and ``labels``: by value of the SLS. ``current``: the routes in use, several if
    they are equal (combined linkset). ``congestion``: status of the signalling route set.
    """

    def __init__(self, dpc: int, opc: int, format_: LabelFormat, nowhere: Outlet) -> None:
        self.dpc: Final = dpc
        self.slots: Final[int] = format_.slots
        self.routes: Final[list[Route]] = []
        self.current: list[Route] = []
        self.accessible: bool = False
        self.congestion: int = 0
        self.counters: Final = RouteCounters()
        self.outlets: Final[list[Outlet]] = [nowhere] * format_.sls_values
        self.labels: Final[list[bytes]] = [
            encode_label(format_, dpc, opc, sls) for sls in range(format_.sls_values)
        ]
        self.toward_status: int = 0
        """Messages to go before users hear of congestion once more (11.2.3)."""
        self.tcrc: Drawn
        self.rcat: Drawn

    def set_outlet(self, slot: int, outlet: Outlet) -> None:
        """Let a flow go this way from now on."""
        for sls in range(slot, len(self.outlets), self.slots):
            self.outlets[sls] = outlet

    def wanted(self, slot: int) -> Link | None:
        """The link that the flow is to use as things are."""
        current = self.current
        if not current:
            return None
        route = current[slot * len(current) // self.slots] if len(current) > 1 else current[0]
        return route.linkset.assigned[slot]


class Network:
    """All of them, and the messages' way out."""

    def __init__(self, opc: int, format_: LabelFormat, sio: int, exchange: Exchange) -> None:
        self.opc: Final = opc
        self.format: Final = format_
        self.sio: Final = sio
        """The sub-service field, in its place in the SIO."""
        self.exchange: Final = exchange
        self.nowhere: Final = Outlet()
        self.links: Final[list[Link]] = []
        self.linksets: Final[list[Linkset]] = []
        self.destinations: Final[dict[int, Destination]] = {}

    def destination(self, dpc: int) -> Destination:
        """The destination with this code; LocalError if there is no route to it."""
        found = self.destinations.get(dpc)
        if found is None:
            known = ", ".join(str(code) for code in self.destinations)
            raise LocalError(f"there is no route to point code {dpc}; there are routes to {known}")
        return found

    def link(self, index: int) -> Link:
        """The link with this index; LocalError if there is none."""
        if not 0 <= index < len(self.links):
            raise LocalError(f"there is no link {index}; there are 0 to {len(self.links) - 1}")
        return self.links[index]
