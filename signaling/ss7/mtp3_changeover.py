"""TCOC: changeover (Q.704 5, figure 28), one for each link.

The link became unavailable and its traffic is buffered. If it failed, both ends tell each other
the last message they accepted (COO, COA), what the far end has not is taken back from level 2 and
goes out first: nothing is lost, doubled or out of order. If it is only blocked or inhibited, or no
path is left to tell the far end, time is given to what is under way (T1).

The order of messages is kept as far as Q.704 can: an end that does not know its BSNT (ECO, ECA), or
whose far end does not answer within T2, loses what was sent and not acknowledged (5.6.1, 5.7.2).
"""

from __future__ import annotations

from typing import Final

from ..fsm import Machine, error, handled, ignored
from . import mtp3_messages as m
from . import mtp3_signals as s
from .labels import decode_label
from .mtp3_machine import Alarm, Drawn
from .mtp3_network import NO_ORDER, UNKNOWN_FSN, Hold, Link
from .mtp3_routing import Routing

IDLE: Final = 0
WAIT_BSNT: Final = 1
WAIT_ACKNOWLEDGEMENT: Final = 2
RETRIEVING: Final = 3
TIMED: Final = 4

STATES: Final = {
    IDLE: "Idle",
    WAIT_BSNT: "Wait for BSNT",
    WAIT_ACKNOWLEDGEMENT: "Wait for acknowledgement",
    RETRIEVING: "Wait for retrieved messages",
    TIMED: "Wait for T1",
}


class Changeover(Drawn):
    """The changeover of one link."""

    def __init__(self, routing: Routing, link: Link) -> None:
        super().__init__(TCOC, routing.exchange)
        self.routing: Final = routing
        self.link: Final = link
        self.t1: Final = Alarm(self, s.C_T1)
        self.t2: Final = Alarm(self, s.C_T2)

    # The link became unavailable

    def start(self, now: int) -> None:
        """It failed, or was stopped: first, what did we accept?"""
        self.exchange.stop(self.t1)
        self.link.counters.changeovers += 1
        self.state = WAIT_BSNT
        self.link.l2.retrieve_bsnt(now)

    def timed(self, now: int) -> None:
        """Blocked or inhibited (5.6.2)."""
        self.exchange.start(self.t1, now + self.routing.timers["T1"])
        self.state = TIMED

    def bsnt(self, now: int) -> None:
        """Tell the far end; if it has ordered already, that is our answer."""
        link = self.link
        if link.far_order != NO_ORDER:
            self.answer(now)
            self.retrieve(now)
            return
        path = self.routing.path_to(link.linkset.adjacent, link)
        if path is None:
            self.no_path(now)
            return
        self.order(m.COO, m.ECO, path, now)
        self.exchange.start(self.t2, now + self.routing.timers["T2"])
        self.state = WAIT_ACKNOWLEDGEMENT

    def no_path(self, now: int) -> None:
        """5.6.2: no way to tell the far end; traffic that has another way goes there after T1."""
        hold = self.link.hold
        if hold is not None and any(d.accessible for d, _ in hold.flows):
            self.timed(now)
            return
        self.finish(now)

    def order(self, known: int, unknown: int, path: Link, now: int) -> None:
        """COO or COA with our BSNT; ECO or ECA if level 2 cannot tell it."""
        link = self.link
        format_ = self.routing.format
        if link.bsnt >= 0:
            body = m.changeover_order(format_, known, link.slc, link.bsnt)
        else:
            body = m.of_link(format_, unknown, link.slc)
        sls = 0 if format_.slc_in_message else link.slc
        self.routing.send_over(path, link.linkset.adjacent, m.SNM, sls, body, now)

    def answer(self, now: int) -> None:
        """The far end's order is acknowledged."""
        path = self.routing.path_to(self.link.linkset.adjacent, self.link)
        if path is not None:
            self.order(m.COA, m.ECA, path, now)

    def retrieve(self, now: int) -> None:
        """Take back what the far end has not accepted, and what was not sent."""
        link = self.link
        self.exchange.stop(self.t1)
        self.exchange.stop(self.t2)
        fsnc = link.far_order
        link.far_order = NO_ORDER
        self.state = RETRIEVING
        link.l2.retrieve(fsnc, now)

    # The far end

    def order_idle(self, now: int) -> None:
        """5.7.5: a link that carries traffic is stopped; for one whose changeover is over the
        answer is an emergency one and that is all."""
        link = self.link
        if link.in_service:
            self.signal(link.lsac, s.A_ORDER)
            return
        link.far_order = NO_ORDER
        link.bsnt = UNKNOWN_FSN
        self.answer(now)

    def order_waiting(self, now: int) -> None:
        """5.2.3: both ends order at once; its order serves as acknowledgement."""
        self.answer(now)
        self.retrieve(now)

    def order_timed(self, now: int) -> None:
        """It found a path, or its end of the blocked link failed."""
        if self.link.in_service:
            self.signal(self.link.lsac, s.A_ORDER)
            return
        self.answer(now)
        self.retrieve(now)

    def order_retrieving(self, now: int) -> None:
        """Answered once more: our answer may have been lost with its link."""
        self.link.far_order = NO_ORDER
        self.answer(now)

    def acknowledge(self, now: int) -> None:
        self.link.far_order = self.link.far_acknowledged
        self.retrieve(now)

    def stray_acknowledge(self, now: int) -> None:
        """5.7.4: nothing waits for it; it is discarded."""
        self.link.counters.faults += 1

    def t2_expiry(self, now: int) -> None:
        """5.7.2: traffic starts on the other links; what was sent is not known to have come."""
        self.link.far_order = UNKNOWN_FSN
        self.retrieve(now)

    # The end

    def retrieved(self, now: int) -> None:
        """5.4.3: retrieved messages first, then what was buffered meanwhile."""
        routing = self.routing
        link = self.link
        messages = link.retrieved
        link.retrieved = []
        hold = link.hold if link.hold is not None else Hold()
        late = hold.held
        hold.held = []
        for msu in messages:
            self.put_back(hold, msu, now)
        hold.held += late
        link.hold = hold
        routing.exchange.stop(self.t1)
        self.finish(now)

    def put_back(self, hold: Hold, msu: bytes, now: int) -> None:
        """A retrieved message: users' to the buffer, management's to any path (5.4.4 spares
        messages about the failed link itself, which are of no use any more)."""
        routing = self.routing
        service = msu[0] & 15
        label = decode_label(routing.format, msu, 1)
        if service == m.SLT or service == m.SLT_SPECIAL:
            return
        destination = routing.destinations.get(label.dpc)
        if service != m.SNM:
            if destination is not None and not self.link.diverted:
                hold.held.append((destination, label.sls, msu))
                self.link.counters.retrieved += 1
            return
        body = msu[1 + routing.format.octets :]
        path = routing.path_to(label.dpc, self.link)
        if body and body[0] != m.TRA and path is not None:
            routing.send_over(path, label.dpc, service, label.sls, body, now)

    def finish(self, now: int) -> None:
        """New traffic is started on the alternative links."""
        link = self.link
        link.far_order = NO_ORDER
        hold = link.hold
        link.hold = None
        self.state = IDLE
        if hold is not None:
            self.routing.release(hold, now)
        self.signal(link.lsac, s.A_CHANGED_OVER)

    def t1_expiry(self, now: int) -> None:
        link = self.link
        link.diverted = True
        link.flush_due = link.rpo or link.lpo
        self.finish(now)

    def available(self, now: int) -> None:
        """The outage or the inhibition ended before T1: traffic was never away."""
        self.exchange.stop(self.t1)
        self.finish(now)


_NOT_ASKED: Final = "5.4.2: level 2 answers what was asked of it only"
_QUIET: Final = "figure 28: the timer does not run in this state"
_ONCE: Final = "figure 28: the link is unavailable already"
_STOPPED: Final = "figure 28: a failed link comes back after its changeover (LSAC)"

TCOC: Final = Machine(
    "TCOC",
    STATES,
    s.TCOC_INPUTS,
    {
        IDLE: {
            s.C_START: handled(Changeover.start, "5.1, figure 28", WAIT_BSNT),
            s.C_TIMED: handled(Changeover.timed, "5.6.2", TIMED),
            s.C_BSNT: ignored(_NOT_ASKED),
            s.C_ORDER: handled(Changeover.order_idle, "5.7.5", IDLE),
            s.C_ACKNOWLEDGE: error(Changeover.stray_acknowledge, "5.7.4", IDLE),
            s.C_T1: ignored(_QUIET),
            s.C_T2: ignored(_QUIET),
            s.C_RETRIEVED: ignored(_NOT_ASKED),
            s.C_AVAILABLE: ignored("figure 28: no changeover is under way"),
        },
        WAIT_BSNT: {
            s.C_START: ignored(_ONCE),
            s.C_TIMED: ignored(_ONCE),
            s.C_BSNT: handled(
                Changeover.bsnt, "5.4.1", WAIT_ACKNOWLEDGEMENT, RETRIEVING, TIMED, IDLE
            ),
            s.C_ORDER: ignored("5.2.3: it is answered as soon as our BSNT is known"),
            s.C_ACKNOWLEDGE: error(Changeover.stray_acknowledge, "5.7.4", WAIT_BSNT),
            s.C_T1: ignored(_QUIET),
            s.C_T2: ignored(_QUIET),
            s.C_RETRIEVED: ignored(_NOT_ASKED),
            s.C_AVAILABLE: ignored(_STOPPED),
        },
        WAIT_ACKNOWLEDGEMENT: {
            s.C_START: ignored(_ONCE),
            s.C_TIMED: ignored(_ONCE),
            s.C_BSNT: ignored(_NOT_ASKED),
            s.C_ORDER: handled(Changeover.order_waiting, "5.2.3", RETRIEVING),
            s.C_ACKNOWLEDGE: handled(Changeover.acknowledge, "5.4.2", RETRIEVING),
            s.C_T1: ignored(_QUIET),
            s.C_T2: handled(Changeover.t2_expiry, "5.7.2", RETRIEVING),
            s.C_RETRIEVED: ignored(_NOT_ASKED),
            s.C_AVAILABLE: ignored(_STOPPED),
        },
        RETRIEVING: {
            s.C_START: ignored(_ONCE),
            s.C_TIMED: ignored(_ONCE),
            s.C_BSNT: ignored(_NOT_ASKED),
            s.C_ORDER: handled(Changeover.order_retrieving, "5.7.5", RETRIEVING),
            s.C_ACKNOWLEDGE: error(Changeover.stray_acknowledge, "5.7.4", RETRIEVING),
            s.C_T1: ignored(_QUIET),
            s.C_T2: ignored(_QUIET),
            s.C_RETRIEVED: handled(Changeover.retrieved, "5.4.3", IDLE),
            s.C_AVAILABLE: ignored(_STOPPED),
        },
        TIMED: {
            s.C_START: handled(Changeover.start, "5.6.2, figure 28", WAIT_BSNT),
            s.C_TIMED: ignored(_ONCE),
            s.C_BSNT: ignored(_NOT_ASKED),
            s.C_ORDER: handled(Changeover.order_timed, "5.6.2", TIMED, RETRIEVING),
            s.C_ACKNOWLEDGE: error(Changeover.stray_acknowledge, "5.7.4", TIMED),
            s.C_T1: handled(Changeover.t1_expiry, "5.6.2", IDLE),
            s.C_T2: ignored(_QUIET),
            s.C_RETRIEVED: ignored(_NOT_ASKED),
            s.C_AVAILABLE: handled(Changeover.available, "5.6.2", IDLE),
        },
    },
)
"""Changeover control."""
