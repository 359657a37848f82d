"""MTP level 3 of a signalling end point (Q.704, Q.707): one node with its linksets, without I/O.

    mtp3 = Mtp3(Mtp3Config(point_code=1, linksets=(LinksetConfig("a", 2, (LinkConfig(0),)),)))
    mtp3.start(now)
    mtp3.receive(0, su, now); mtp3.transmit(0); mtp3.send(2, sls, 5, data, now); mtp3.events()

Signal units of link ``i`` (index over all linksets, in the order of the configuration) go through
``receive`` and ``transmit``; ``now`` is ns and never goes back. The machines of Q.704 are in the
modules beside this one, each a table; their signals are served before a call returns.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from . import mtp3_messages as m
from . import mtp3_signals as s
from .labels import OCTET
from .mtp2_events import (
    OUT_STOPPED,
    Bsnt,
    InService,
    Level2Event,
    Level2Fault,
    Message,
    OutOfService,
    RemoteProcessorOutage,
    Retrieved,
    TransmitCongestion,
)
from .mtp3_activity import ACTIVATING, Activity
from .mtp3_availability import Availability
from .mtp3_changeover import Changeover
from .mtp3_config import CONGESTION_LEVELS, Mtp3Config
from .mtp3_congestion import CongestionTest, congested_message, set_level
from .mtp3_events import Level3Fault, ManagementDone, Mtp3Event, TransferIndication
from .mtp3_inhibit import Inhibiting
from .mtp3_management import Management
from .mtp3_network import Link
from .mtp3_rerouting import Rerouting
from .mtp3_restart import AdjacentRestart, OwnRestart
from .mtp3_routes import RouteTest
from .mtp3_slt import LinkTest
from .mtp3_timers import NEVER


class Mtp3(Management):
    """A node. After any call take ``transmit`` of its links, ``events`` and ``next_timeout`` anew.

    ``links[i].l2`` is link i's level 2. What the far end does wrong is counted and told as
    Level3Fault; LocalError for an index or a destination that does not exist.
    """

    def __init__(self, config: Mtp3Config) -> None:
        super().__init__(config)
        self.codes = 0
        self.changebacks = []
        self.short: Final[bool] = config.label.pc_octets == 2
        self.head_octets: Final[int] = 1 + config.label.octets
        self.longest: Final[int] = min(link.l2.config.longest for link in self.links)
        """Octets of SIO and SIF that every link takes: changeover may need any of them."""
        self.mask: Final[int] = config.label.sls_values - 1
        self.heads: Final[list[bytes]] = [OCTET[self.sio | service] for service in range(16)]
        for link in self.links:
            link.lsac = Activity(self, link)
            link.sltc = LinkTest(self, link)
            link.tlac = Availability(self, link)
            link.tcoc = Changeover(self, link)
            link.tmin = Inhibiting(self, link)
        for linkset in self.linksets:
            linkset.tsrc = AdjacentRestart(self, linkset)
        for destination in self.destinations.values():
            destination.tcrc = Rerouting(self, destination)
            destination.rcat = CongestionTest(self, destination)
            for route in destination.routes:
                route.rsrt = RouteTest(self, route)
        self.tres = OwnRestart(self)
        self.users: Final[set[int]] = set(config.users)
        self.absent: Final[set[int]] = set()
        """User parts that are configured and cannot be reached now."""

    # The lines

    def start(self, now: int) -> None:
        """Activate the links that are to be."""
        for link in self.links:
            if link.config.auto:
                self.exchange.signals.append((link.lsac, s.A_ACTIVATE))
        self.settle(now)

    def receive(self, link: int, su: bytes, now: int, sus: int = 1) -> None:
        """A good signal unit of a link, without FCS. ``sus``: how many units the line counted
        since the last call, this one included."""
        on = self.links[link]
        on.l2.receive(su, now, sus)
        for event in on.l2.events():
            if isinstance(event, Message):
                self.message(on, event.octets, now)
            else:
                self.level_2(on, event, now)
        if self.exchange.signals:
            self.settle(now)

    def receive_error(self, link: int, now: int, errors: int = 1, sus: int = 1) -> None:
        """Signal units in error."""
        on = self.link(link)
        on.l2.receive_error(now, errors, sus)
        self.poll(on, now)

    def line_down(self, link: int, now: int) -> None:
        """Layer 1 is lost."""
        on = self.link(link)
        on.l2.line_down(now)
        self.poll(on, now)

    def line_up(self, link: int, now: int) -> None:
        """Layer 1 is back."""
        on = self.link(link)
        on.l2.line_up(now)
        self.poll(on, now)

    def transmit(self, link: int, limit: int = -1) -> list[bytes]:
        """Signal units for a link, in order, at most ``limit`` MSUs (-1: all that it may send)."""
        l2 = self.links[link].l2
        out = l2.transmit(limit)
        if l2.happened:
            self.poll(self.links[link], l2.now)
        return out

    # The users

    def send(self, dpc: int, sls: int, service: int, data: bytes, now: int) -> bool:
        """MTP-TRANSFER request: ``data`` are the octets behind the routing label.

        False: discarded, the destination cannot be reached (or its buffers are full). LocalError
        for a destination without a route and for a message that is too long.
        """
        destination = self.destinations.get(dpc)
        if destination is None:
            raise LocalError(
                f"there is no route to point code {dpc}; there are routes to "
                + ", ".join(str(code) for code in self.destinations)
            )
        sls &= self.mask
        outlet = destination.outlets[sls]
        msu = self.heads[service] + destination.labels[sls] + data
        if len(msu) > self.longest:
            # Said here: what waits in a buffer of changeover would be refused much later.
            most = self.longest - self.head_octets
            raise LocalError(f"{len(data)} octets behind the label; a message has at most {most}")
        if outlet.congestion:
            congested_message(self, destination, outlet.congestion)
        if outlet.put(destination, sls, msu, now):
            counters = destination.counters
            counters.tx_messages += 1
            counters.tx_octets += len(msu)
            return True
        destination.counters.discarded += 1
        return False

    def message(self, link: Link, octets: bytes, now: int) -> None:
        """Discrimination and distribution (2.4) of a received message."""
        counters = link.counters
        counters.rx_messages += 1
        counters.rx_octets += len(octets)
        size = len(octets)
        if size <= self.head_octets:
            text = f"a message of {size} octets"
            self.fault(link, "length", text, "2.2", octets)
            return
        if self.short:
            dpc = octets[1] | (octets[2] & 0x3F) << 8
            opc = octets[2] >> 6 | octets[3] << 2 | (octets[4] & 15) << 10
            sls = octets[4] >> 4
        else:
            dpc = octets[1] | octets[2] << 8 | octets[3] << 16
            opc = octets[4] | octets[5] << 8 | octets[6] << 16
            sls = octets[7]
        first = octets[0]
        if dpc != self.opc or first & 0xC0 != self.sio:
            self.foreign(link, dpc, first, octets)
            return
        service = first & 15
        if service > m.SLT_SPECIAL:
            data = octets[self.head_octets :]
            if service in self.users:
                self.happened.append(TransferIndication(opc, dpc, sls, service, data, link.index))
            else:
                cause = m.UPU_INACCESSIBLE if service in self.absent else m.UPU_UNEQUIPPED
                self.user_unavailable(opc, service, cause, now)
        elif service == m.SNM:
            self.receive_snm(link, opc, sls, octets[self.head_octets :], now)
        else:
            self.receive_slt(link, opc, service, sls, octets[self.head_octets :], now)

    def foreign(self, link: Link, dpc: int, sio: int, octets: bytes) -> None:
        """Not ours: an end point transfers nothing (2.4.2)."""
        if sio & 0xC0 != self.sio:
            text = (
                f"network indicator {sio >> 6} ({m.NETWORK_NAMES[sio >> 6]}), ours is "
                f"{self.sio >> 6} ({m.NETWORK_NAMES[self.sio >> 6]})"
            )
            self.fault(link, "network_indicator", text, "14.2.2", octets)
        else:
            self.fault(link, "dpc", f"for point code {dpc}, ours is {self.opc}", "2.4.2", octets)

    def events(self) -> list[Mtp3Event]:
        """Take what happened, in order."""
        happened = self.happened
        self.happened = []
        return happened

    # Time

    def next_timeout(self) -> int | None:
        """When ``handle_timeout`` wants to be called (ns); asking changes nothing."""
        earliest = self.exchange.deadline()
        for link in self.links:
            due = link.l2.next_timeout()
            if due is not None and due < earliest:
                earliest = due
        return None if earliest == NEVER else earliest

    def handle_timeout(self, now: int) -> None:
        """Let expire what is due, at both levels."""
        for link in self.links:
            due = link.l2.next_timeout()
            if due is not None and due <= now:
                link.l2.handle_timeout(now)
                self.collect(link, now)
        self.exchange.expire(now)
        self.settle(now)

    # Management

    def activate(self, link: int, now: int) -> None:
        """Activate a link (12.2.2): ManagementDone when it is in service and tested."""
        self.ask(self.link(link), "activate", s.A_ACTIVATE, now)

    def deactivate(self, link: int, now: int) -> None:
        """Deactivate a link (12.2.4): its traffic changes over first; ManagementDone follows."""
        self.ask(self.link(link), "deactivate", s.A_DEACTIVATE, now)

    def ask(self, link: Link, what: str, input_: int, now: int) -> None:
        if link.asked and link.asked != what:
            reason = f"{what} was asked for meanwhile"
            self.happened.append(ManagementDone(link.index, link.asked, False, reason))
        link.asked = what
        machine = link.tmin if what in ("inhibit", "uninhibit") else link.lsac
        self.exchange.signals.append((machine, input_))
        self.settle(now)

    def inhibit(self, link: int, now: int) -> None:
        """Keep users' messages off a link (10.2); ManagementDone says whether both ends agree."""
        self.ask(self.link(link), "inhibit", s.I_INHIBIT, now)

    def uninhibit(self, link: int, now: int) -> None:
        """Lift what ``inhibit`` did (10.3); ManagementDone follows."""
        self.ask(self.link(link), "uninhibit", s.I_UNINHIBIT, now)

    def user_available(self, service: int, on: bool, now: int) -> None:
        """A user part of the configuration comes or goes: senders of messages for one that is
        gone are told so (UPU, cause 2)."""
        if service not in self.config.users:
            raise LocalError(f"service indicator {service} is not among users {self.config.users}")
        if on:
            self.users.add(service)
            self.absent.discard(service)
        else:
            self.users.discard(service)
            self.absent.add(service)

    def link_test(self, link: int, now: int) -> None:
        """Signalling link test (Q.707): LinkTested follows. LocalError if it is not in service."""
        on = self.link(link)
        if not on.in_service:
            raise LocalError(f"link {link} is not in service ({on.reason}): activate it first")
        sltc = on.sltc
        assert isinstance(sltc, LinkTest)
        sltc.asked = True
        self.exchange.signals.append((sltc, s.S_START))
        self.settle(now)

    def local_processor_outage(self, link: int, on: bool, now: int) -> None:
        """Our level 3 cannot serve this link (SIPO is sent), or can again."""
        it = self.link(link)
        it.lpo = on
        it.l2.local_processor_outage(on, now)
        self.processor_outage(it, on, now)
        self.settle(now)

    # Level 2

    def settle(self, now: int) -> None:
        """Serve all signals, and what level 2 answered to them."""
        exchange = self.exchange
        while True:
            exchange.drain(now)
            for link in self.links:
                self.collect(link, now)
            if not exchange.signals:
                return

    def poll(self, link: Link, now: int) -> None:
        """Take a link's events and serve what follows."""
        self.collect(link, now)
        if self.exchange.signals:
            self.settle(now)

    def collect(self, link: Link, now: int) -> None:
        """Take a link's events."""
        for event in link.l2.events():
            if isinstance(event, Message):
                self.message(link, event.octets, now)
            else:
                self.level_2(link, event, now)

    def level_2(self, link: Link, event: Level2Event, now: int) -> None:
        """What level 2 says, to the machines."""
        signals = self.exchange.signals
        if isinstance(event, InService):
            signals.append((link.lsac, s.A_IN_SERVICE))
        elif isinstance(event, OutOfService):
            link.rpo = False
            link.aligned = False
            link.flush_due = False
            if event.reason != OUT_STOPPED:
                link.failure = event.reason
                signals.append((link.lsac, s.A_OUT_OF_SERVICE))
        elif isinstance(event, RemoteProcessorOutage):
            link.rpo = event.on
            self.processor_outage(link, event.on, now)
        elif isinstance(event, Bsnt):
            link.bsnt = event.bsnt
            signals.append((link.tcoc, s.C_BSNT))
        elif isinstance(event, Retrieved):
            link.retrieved = event.messages
            signals.append((link.tcoc, s.C_RETRIEVED))
        elif isinstance(event, TransmitCongestion):
            self.link_congestion(link, event.level, now)
        elif isinstance(event, Level2Fault):
            self.happened.append(Level3Fault(link.index, event.kind, event.text, event.clause, b""))

    def processor_outage(self, link: Link, on: bool, now: int) -> None:
        """3.2.4, 3.2.5: an outage at either end began, or ended: then level 2 goes on, without what
        is old by now. No test is made meanwhile: messages cannot pass."""
        signals = self.exchange.signals
        if on:
            if link.lsac.state == ACTIVATING and link.rpo:
                link.aligned = True
                self.tell(link, False, "aligned, blocked by the far end's processor outage")
            signals.append((link.sltc, s.S_STOP))
            signals.append((link.tlac, s.L_BLOCKED))
            return
        if link.rpo or link.lpo:
            return
        if link.flush_due:
            link.l2.flush_buffers(now)
        else:
            link.l2.continue_(now)
        link.flush_due = False
        if link.aligned:
            link.aligned = False
            signals.append((link.lsac, s.A_IN_SERVICE))
        elif link.in_service and self.config.test_links:
            signals.append((link.sltc, s.S_START))
        signals.append((link.tlac, s.L_UNBLOCKED))

    def link_congestion(self, link: Link, level: int, now: int) -> None:
        """3.8.2: the link's buffers passed a threshold; with levels users hear of both ways."""
        if level > link.congestion:
            link.counters.congestions += 1
        link.congestion = level
        for destination in self.routes_over(link.linkset):
            if not level:
                destination.toward_status = 0
            if self.config.congestion == CONGESTION_LEVELS and destination.rcat.state == 0:
                worst = 0
                for route in destination.current:
                    worst = max(worst, *(other.congestion for other in route.linkset.links))
                set_level(self, destination, worst)
