"""TSRC: restart of an adjacent point (Q.704 9, figure 30), one for each linkset.

When the first link to a point that could not be reached comes into service, each end says that
its routing is complete (TRA). This end has nothing to send before it (no transfer function), so TRA
goes out at once; traffic starts with the far end's TRA, or with T21 if it never comes. T19 keeps
two ends from answering each other's TRA for ever.
"""

from __future__ import annotations

from typing import Final

from ..fsm import Machine, handled, ignored
from . import mtp3_messages as m
from . import mtp3_signals as s
from .labels import OCTET
from .mtp3_machine import Alarm, Drawn
from .mtp3_network import Linkset
from .mtp3_rerouting import reroute_controlled
from .mtp3_routing import Routing

DOWN: Final = 0
EARLY: Final = 1
WAIT_TRA: Final = 2
UP: Final = 3

STATES: Final = {
    DOWN: "Not accessible",
    EARLY: "TRA received before the first link is available",
    WAIT_TRA: "Wait for TRA",
    UP: "Accessible",
}


class AdjacentRestart(Drawn):
    """The restart of the point at the far end of one linkset."""

    def __init__(self, routing: Routing, linkset: Linkset) -> None:
        super().__init__(TSRC, routing.exchange)
        self.routing: Final = routing
        self.linkset: Final = linkset
        self.t19: Final = Alarm(self, s.R_T19)
        self.t21: Final = Alarm(self, s.R_T21)

    def send_tra(self, now: int) -> None:
        linkset = self.linkset
        for link in linkset.links:
            if link.available:
                self.routing.send_over(link, linkset.adjacent, m.SNM, 0, OCTET[m.TRA], now)
                return

    def link_up(self, now: int) -> None:
        """9.4: TRA goes out, and is waited for."""
        self.signal(self.routing.tres, s.M_ADJACENT)
        self.send_tra(now)
        if not self.routing.config.wait_for_tra:
            self.accessible(now)
            return
        self.exchange.start(self.t21, now + self.routing.timers["T21"])
        self.state = WAIT_TRA

    def link_up_early(self, now: int) -> None:
        self.signal(self.routing.tres, s.M_ADJACENT)
        self.send_tra(now)
        self.accessible(now)

    def accessible(self, now: int) -> None:
        """Routes over this linkset are used from now on."""
        self.exchange.stop(self.t21)
        self.exchange.start(self.t19, now + self.routing.timers["T19"])
        self.state = UP
        self.signal(self, s.R_USE)

    def take_into_use(self, now: int) -> None:
        routing = self.routing
        if routing.restarting:
            self.signal(routing.tres, s.M_TRA)
            return
        self.linkset.up = True
        for destination in routing.routes_over(self.linkset):
            reroute_controlled(routing, destination, now)

    def not_needed(self, now: int) -> None:
        """The point could be reached by other ways all the time: it did not restart."""
        self.state = UP

    def early_tra(self, now: int) -> None:
        """Its end of the link was ready before ours."""
        self.state = EARLY

    def unexpected_tra(self, now: int) -> None:
        """9.5: it restarted although its links never failed for us: it wants our TRA."""
        if self.exchange.running(self.t19):
            return
        self.send_tra(now)
        self.exchange.start(self.t19, now + self.routing.timers["T19"])

    def link_down(self, now: int) -> None:
        self.exchange.stop(self.t19)
        self.exchange.stop(self.t21)
        self.state = DOWN
        if all(linkset.tsrc.state in (DOWN, EARLY) for linkset in self.routing.linksets):
            self.signal(self.routing.tres, s.M_ISOLATED)


_QUIET: Final = "figure 30: the timer does not run in this state"
_LOST: Final = "9.1: the point was lost meanwhile"
_MORE: Final = "9.4: the restart began with the first link"

TSRC: Final = Machine(
    "TSRC",
    STATES,
    s.TSRC_INPUTS,
    {
        DOWN: {
            s.R_LINK_UP: handled(AdjacentRestart.link_up, "9.4", WAIT_TRA, UP),
            s.R_LINK_DOWN: ignored("figure 30"),
            s.R_TRA: handled(AdjacentRestart.early_tra, "9.4", EARLY),
            s.R_T21: ignored(_QUIET),
            s.R_T19: ignored(_QUIET),
            s.R_NOT_NEEDED: handled(AdjacentRestart.not_needed, "9.1", UP),
            s.R_USE: ignored(_LOST),
        },
        EARLY: {
            s.R_LINK_UP: handled(AdjacentRestart.link_up_early, "9.4", UP),
            s.R_LINK_DOWN: handled(AdjacentRestart.link_down, "9.4", DOWN),
            s.R_TRA: ignored("9.4: known already"),
            s.R_T21: ignored(_QUIET),
            s.R_T19: ignored(_QUIET),
            s.R_NOT_NEEDED: handled(AdjacentRestart.link_up_early, "9.4", UP),
            s.R_USE: ignored(_LOST),
        },
        WAIT_TRA: {
            s.R_LINK_UP: ignored(_MORE),
            s.R_LINK_DOWN: handled(AdjacentRestart.link_down, "9.4", DOWN),
            s.R_TRA: handled(AdjacentRestart.accessible, "9.4", UP),
            s.R_T21: handled(AdjacentRestart.accessible, "9.4", UP),
            s.R_T19: ignored(_QUIET),
            s.R_NOT_NEEDED: ignored(_MORE),
            s.R_USE: ignored(_LOST),
        },
        UP: {
            s.R_LINK_UP: ignored(_MORE),
            s.R_LINK_DOWN: handled(AdjacentRestart.link_down, "9.1", DOWN),
            s.R_TRA: handled(AdjacentRestart.unexpected_tra, "9.5", UP),
            s.R_T21: ignored(_QUIET),
            s.R_T19: ignored("9.5: the next TRA is answered"),
            s.R_NOT_NEEDED: ignored(_MORE),
            s.R_USE: handled(AdjacentRestart.take_into_use, "9.4", UP),
        },
    },
)
"""Restart of an adjacent point."""


NORMAL: Final = 0
ISOLATED: Final = 1
RESTARTING: Final = 2

OWN_STATES: Final = {
    NORMAL: "Traffic allowed",
    ISOLATED: "No adjacent point accessible",
    RESTARTING: "Restarting (T20)",
}


class OwnRestart(Drawn):
    """The MTP's own restart (9.2), where the configuration asks for it: no destination is
    accessible until all adjacent points have sent TRA, or T20 expires. Without it each adjacent
    point carries traffic as soon as it has restarted itself."""

    def __init__(self, routing: Routing) -> None:
        super().__init__(TRES, routing.exchange)
        self.routing: Final = routing
        self.t20: Final = Alarm(self, s.M_T20)
        self.state = ISOLATED

    def begin(self, now: int) -> None:
        if not self.routing.config.full_restart:
            self.state = NORMAL
            return
        self.routing.restarting = True
        self.exchange.start(self.t20, now + self.routing.timers["T20"])
        self.state = RESTARTING

    def tra(self, now: int) -> None:
        """Was it the last?"""
        if all(linkset.tsrc.state == UP for linkset in self.routing.linksets):
            self.end(now)

    def t20_expiry(self, now: int) -> None:
        """Enough waited: adjacent points with a link in service are taken as restarted."""
        self.end(now)
        for linkset in self.routing.linksets:
            self.signal(linkset.tsrc, s.R_T21)

    def end(self, now: int) -> None:
        self.exchange.stop(self.t20)
        self.routing.restarting = False
        self.state = NORMAL
        for linkset in self.routing.linksets:
            self.signal(linkset.tsrc, s.R_USE)

    def isolated(self, now: int) -> None:
        self.exchange.stop(self.t20)
        self.routing.restarting = False
        self.state = ISOLATED


TRES: Final = Machine(
    "TRES",
    OWN_STATES,
    s.TRES_INPUTS,
    {
        NORMAL: {
            s.M_ADJACENT: ignored("9.2: only an isolated point restarts"),
            s.M_TRA: ignored("9.2: it is over"),
            s.M_T20: ignored("9.2: the timer does not run in this state"),
            s.M_ISOLATED: handled(OwnRestart.isolated, "9.1", ISOLATED),
        },
        ISOLATED: {
            s.M_ADJACENT: handled(OwnRestart.begin, "9.2", NORMAL, RESTARTING),
            s.M_TRA: ignored("9.2: no link is available"),
            s.M_T20: ignored("9.2: the timer does not run in this state"),
            s.M_ISOLATED: ignored("9.1: it is"),
        },
        RESTARTING: {
            s.M_ADJACENT: ignored("9.2: it began with the first"),
            s.M_TRA: handled(OwnRestart.tra, "9.2", RESTARTING, NORMAL),
            s.M_T20: handled(OwnRestart.t20_expiry, "9.2", NORMAL),
            s.M_ISOLATED: handled(OwnRestart.isolated, "9.1", ISOLATED),
        },
    },
)
"""The MTP's own restart."""
