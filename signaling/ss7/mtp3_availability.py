"""TLAC: availability of a link to traffic (Q.704 3.2, figure 27), one for each link.

A link is available if it is in service and passed its test, no end of it has a processor outage,
and no end has inhibited it. When it ceases to be, its traffic is taken (changeover); when it is
again, it gets traffic back (changeback), or the restart of the adjacent point begins.
"""

from __future__ import annotations

from typing import Final

from ..fsm import Machine, handled, ignored
from . import mtp3_signals as s
from .mtp3_changeback import TCBC, Changeback
from .mtp3_machine import Drawn
from .mtp3_network import Hold, Link
from .mtp3_routes import forget
from .mtp3_routing import Routing

UNAVAILABLE: Final = 0
AVAILABLE: Final = 1
BLOCKED: Final = 2
INHIBITED: Final = 3

STATES: Final = {
    UNAVAILABLE: "Unavailable (failed or inactive)",
    AVAILABLE: "Available",
    BLOCKED: "Unavailable (blocked)",
    INHIBITED: "Unavailable (inhibited)",
}


class Traffic(Routing):
    """The traffic of the links, and the changebacks under way."""

    changebacks: list[Changeback]
    codes: int

    def lose(self, link: Link, now: int) -> None:
        """Buffer its traffic, find other links for it."""
        link.available = False
        self.unassign(link)
        hold = Hold()
        link.hold = hold
        self.take(hold, link)
        for changeback in self.changebacks:
            if changeback.alternative is link and not changeback.over:
                self.absorb(hold, changeback.hold)
                self.exchange.signals.append((changeback, s.B_ABSORBED))
        linkset = link.linkset
        if not linkset.available_links():
            for other in linkset.links:
                # One that is being aligned is needed now: proved in an emergency (12.2.2).
                other.l2.emergency(True, now)
            linkset.up = False
            for destination in self.routes_over(linkset):
                for route in destination.routes:
                    if route.linkset is linkset:
                        forget(self, route)
            self.exchange.signals.append((linkset.tsrc, s.R_LINK_DOWN))
        for destination in self.routes_over(linkset):
            self.choose(destination, now)
            self.strays(destination)

    def gain(self, link: Link, now: int) -> None:
        """Give it its share; the traffic that moves follows a changeback each."""
        link.available = True
        linkset = link.linkset
        self.assign(link)
        if not linkset.up:
            adjacent = self.destinations[linkset.adjacent]
            if not adjacent.accessible:
                self.exchange.signals.append((linkset.tsrc, s.R_LINK_UP))
                return
            linkset.up = True
            self.exchange.signals.append((linkset.tsrc, s.R_NOT_NEEDED))
        moves: list[Changeback] = []
        for destination in self.routes_over(linkset):
            self.choose(destination, now)
            for slot, alternative, _ in self.strays(destination):
                self.changeback(moves, link, alternative).add(destination, slot)
        for move in moves:
            reaches = self.reaches(move.alternative, linkset.adjacent)
            self.exchange.signals.append((move, s.B_DECLARE if reaches else s.B_TIMED))

    def changeback(self, moves: list[Changeback], link: Link, alternative: Link) -> Changeback:
        """The one from this alternative link."""
        for move in moves:
            if move.alternative is alternative:
                return move
        self.codes = self.codes + 1 & 255
        move = Changeback(self, link, alternative, self.codes)
        moves.append(move)
        self.changebacks = [other for other in self.changebacks if not other.over]
        self.changebacks.append(move)
        return move

    def reaches(self, link: Link, dpc: int) -> bool:
        """Do messages over this link get to that point?"""
        if link.linkset.adjacent == dpc:
            return True
        return any(
            route.linkset is link.linkset and route.usable
            for route in self.destinations[dpc].routes
        )


class Availability(Drawn):
    """Whether traffic may use one link."""

    def __init__(self, traffic: Traffic, link: Link) -> None:
        super().__init__(TLAC, traffic.exchange)
        self.traffic: Final = traffic
        self.link: Final = link

    # What makes it unavailable

    def failed(self, now: int) -> None:
        self.traffic.lose(self.link, now)
        self.link.congestion = 0
        self.signal(self.link.tcoc, s.C_START)
        self.become(UNAVAILABLE)

    def failed_already(self, now: int) -> None:
        """It carried no traffic of ours; of the far end's perhaps: tell what we accepted."""
        self.signal(self.link.tcoc, s.C_START)
        self.become(UNAVAILABLE)

    def blocked(self, now: int) -> None:
        self.traffic.lose(self.link, now)
        self.signal(self.link.tcoc, s.C_TIMED)
        self.become(BLOCKED)

    def blocked_already(self, now: int) -> None:
        self.become(BLOCKED)

    def inhibited(self, now: int) -> None:
        self.traffic.lose(self.link, now)
        self.signal(self.link.tcoc, s.C_TIMED)
        self.become(INHIBITED)

    # What ends that

    def restored(self, now: int) -> None:
        """It is in service: is anything else in the way?"""
        link = self.link
        if link.rpo or link.lpo:
            self.become(BLOCKED)
        elif link.local_inhibited or link.remote_inhibited:
            self.become(INHIBITED)
        else:
            self.give(now)

    def give(self, now: int) -> None:
        self.link.diverted = False
        self.signal(self.link.tcoc, s.C_AVAILABLE)
        self.become(AVAILABLE)
        self.traffic.gain(self.link, now)

    def unblocked(self, now: int) -> None:
        """The processors are back at both ends."""
        self.restored(now)

    def uninhibited(self, now: int) -> None:
        if not self.link.local_inhibited and not self.link.remote_inhibited:
            self.give(now)
        else:
            self.become(INHIBITED)

    def become(self, state: int) -> None:
        """The new state, and management's word for it."""
        self.state = state
        link = self.link
        link.carries = state in (AVAILABLE, INHIBITED)
        if state == AVAILABLE:
            self.traffic.tell(link, True, "available")
        elif state == BLOCKED:
            who = "the far end's" if link.rpo else "our own"
            self.traffic.tell(link, False, f"blocked by {who} processor outage")
        elif state == INHIBITED:
            who = "here" if link.local_inhibited else "by the far end"
            self.traffic.tell(link, False, f"inhibited {who}")
        else:
            self.traffic.tell(link, False, link.failure)


_OUT: Final = "figure 27: a link out of service is neither"

TLAC: Final = Machine(
    "TLAC",
    STATES,
    s.TLAC_INPUTS,
    {
        UNAVAILABLE: {
            s.L_RESTORED: handled(
                Availability.restored, "3.2.3, 3.2.6", AVAILABLE, BLOCKED, INHIBITED
            ),
            s.L_FAILED: handled(Availability.failed_already, "3.2.2", UNAVAILABLE),
            s.L_BLOCKED: ignored(_OUT),
            s.L_UNBLOCKED: ignored(_OUT),
            s.L_INHIBIT: ignored(_OUT),
            s.L_UNINHIBIT: ignored(_OUT),
        },
        AVAILABLE: {
            s.L_RESTORED: ignored("figure 27: it is"),
            s.L_FAILED: handled(Availability.failed, "3.2.2, 5.1", UNAVAILABLE),
            s.L_BLOCKED: handled(Availability.blocked, "3.2.4, 5.6.2", BLOCKED),
            s.L_UNBLOCKED: ignored("figure 27: it is not blocked"),
            s.L_INHIBIT: handled(Availability.inhibited, "3.2.8, 10.2", INHIBITED),
            s.L_UNINHIBIT: ignored("figure 27: it is not inhibited"),
        },
        BLOCKED: {
            s.L_RESTORED: ignored("figure 27: it is in service"),
            s.L_FAILED: handled(Availability.failed_already, "3.2.2", UNAVAILABLE),
            s.L_BLOCKED: ignored("figure 27: it is"),
            s.L_UNBLOCKED: handled(Availability.unblocked, "3.2.5", BLOCKED, INHIBITED, AVAILABLE),
            s.L_INHIBIT: ignored("3.2.8: the mark is enough"),
            s.L_UNINHIBIT: ignored("3.2.9: the mark is gone"),
        },
        INHIBITED: {
            s.L_RESTORED: ignored("figure 27: it is in service"),
            s.L_FAILED: handled(Availability.failed_already, "3.2.2", UNAVAILABLE),
            s.L_BLOCKED: handled(Availability.blocked_already, "3.2.4", BLOCKED),
            s.L_UNBLOCKED: ignored("figure 27: it is not blocked"),
            s.L_INHIBIT: ignored("figure 27: it is"),
            s.L_UNINHIBIT: handled(Availability.uninhibited, "3.2.9, 10.3", INHIBITED, AVAILABLE),
        },
    },
)
"""Link availability control."""

__all__ = ["TCBC", "TLAC", "Availability", "Traffic"]
