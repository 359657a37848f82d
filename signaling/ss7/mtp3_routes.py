"""Signalling route management at an end point (Q.704 13): what transfer points say of their routes
(TFP, TFR, TFA), and asking them again (RSRT, figure 46: RST and RSR every T10)."""

from __future__ import annotations

from typing import Final

from ..fsm import Machine, handled, ignored
from . import mtp3_messages as m
from . import mtp3_signals as s
from .mtp3_machine import Alarm, Drawn
from .mtp3_network import ALLOWED, PROHIBITED, RESTRICTED, Route
from .mtp3_rerouting import reroute_controlled, reroute_forced
from .mtp3_routing import Routing

IDLE: Final = 0
TESTING: Final = 1

STATES: Final = {IDLE: "Idle", TESTING: "Wait for T10"}


class RouteTest(Drawn):
    """The signalling route set test of one route."""

    def __init__(self, routing: Routing, route: Route) -> None:
        super().__init__(RSRT, routing.exchange)
        self.routing: Final = routing
        self.route: Final = route
        self.t10: Final = Alarm(self, s.T_T10)

    def start(self, now: int) -> None:
        self.exchange.start(self.t10, now + self.routing.timers["T10"])
        self.state = TESTING

    def again(self, now: int) -> None:
        """The same said once more, or prohibited become restricted: T10 goes on (13.5.2)."""

    def stop(self, now: int) -> None:
        self.exchange.stop(self.t10)
        self.state = IDLE

    def t10_expiry(self, now: int) -> None:
        """RST for a prohibited, RSR for a restricted destination, to the transfer point."""
        route = self.route
        heading = m.RST if route.state == PROHIBITED else m.RSR
        body = m.of_destination(self.routing.format, heading, route.destination.dpc)
        for link in route.linkset.links:
            if link.available:
                self.routing.send_over(link, route.linkset.adjacent, m.SNM, 0, body, now)
                break
        self.start(now)


RSRT: Final = Machine(
    "RSRT",
    STATES,
    s.RSRT_INPUTS,
    {
        IDLE: {
            s.T_UNAVAILABLE: handled(RouteTest.start, "13.5.2", TESTING),
            s.T_ALLOWED: ignored("13.5.2: no test is under way"),
            s.T_T10: ignored("figure 46: the timer does not run in this state"),
        },
        TESTING: {
            s.T_UNAVAILABLE: handled(RouteTest.again, "13.5.2", TESTING),
            s.T_ALLOWED: handled(RouteTest.stop, "13.5.3", IDLE),
            s.T_T10: handled(RouteTest.t10_expiry, "13.5.2", TESTING),
        },
    },
)
"""Signalling route set test control."""


def transfer(routing: Routing, route: Route, heading: int, now: int) -> None:
    """TFP (13.2), TFR (13.4) or TFA (13.3) about this route."""
    destination = route.destination
    before = route.state
    if heading == m.TFP:
        route.state = PROHIBITED
    elif heading == m.TFR:
        route.state = RESTRICTED
    else:
        route.state = ALLOWED
    routing.exchange.signals.append(
        (route.rsrt, s.T_ALLOWED if route.state == ALLOWED else s.T_UNAVAILABLE)
    )
    if route.state == before:
        return
    if route.state == PROHIBITED:
        reroute_forced(routing, destination, now)
    else:
        reroute_controlled(routing, destination, now)


def forget(routing: Routing, route: Route) -> None:
    """The adjacent point is lost: what it said is void (9.4)."""
    route.state = ALLOWED
    routing.exchange.signals.append((route.rsrt, s.T_ALLOWED))
