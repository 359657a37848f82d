"""Rerouting: forced (Q.704 7) at once, controlled (8; TCRC, figure 31) after T6, for a destination
whose routes changed; and what changes of routes mean for the flows."""

from __future__ import annotations

from typing import Final

from ..fsm import Machine, handled, ignored
from . import mtp3_signals as s
from .mtp3_machine import Alarm, Drawn
from .mtp3_network import Destination, Hold
from .mtp3_routing import Routing

IDLE: Final = 0
WAIT_T6: Final = 1

STATES: Final = {IDLE: "Idle", WAIT_T6: "Wait for T6"}


class Rerouting(Drawn):
    """Controlled rerouting of one destination. ``hold``: its buffer."""

    def __init__(self, routing: Routing, destination: Destination) -> None:
        super().__init__(TCRC, routing.exchange)
        self.routing: Final = routing
        self.destination: Final = destination
        self.hold: Hold = Hold()
        self.t6: Final = Alarm(self, s.P_T6)

    def start(self, now: int) -> None:
        """8.2.1: traffic is buffered for T6."""
        self.move(now)
        self.exchange.start(self.t6, now + self.routing.timers["T6"])
        self.state = WAIT_T6

    def move(self, now: int) -> None:
        """The flows that are on the wrong link."""
        for slot, _, _ in self.routing.strays(self.destination):
            self.hold.flows.append((self.destination, slot))
            self.destination.set_outlet(slot, self.hold)

    def again(self, now: int) -> None:
        """The routes changed once more: T6 runs anew, for what left its link only now."""
        self.move(now)
        self.exchange.start(self.t6, now + self.routing.timers["T6"])

    def t6_expiry(self, now: int) -> None:
        hold = self.hold
        self.hold = Hold()
        self.state = IDLE
        self.routing.release(hold, now)


TCRC: Final = Machine(
    "TCRC",
    STATES,
    s.TCRC_INPUTS,
    {
        IDLE: {
            s.P_MOVE: handled(Rerouting.start, "8.2.1", WAIT_T6),
            s.P_T6: ignored("figure 31: the timer does not run in this state"),
        },
        WAIT_T6: {
            s.P_MOVE: handled(Rerouting.again, "8.2.1", WAIT_T6),
            s.P_T6: handled(Rerouting.t6_expiry, "8.2.1", IDLE),
        },
    },
)
"""Controlled rerouting control."""


def reroute_controlled(routing: Routing, destination: Destination, now: int) -> None:
    """A better route, or a worse one by the far end's word: messages keep their order (8)."""
    routing.choose(destination, now)
    if routing.strays(destination):
        routing.exchange.signals.append((destination.tcrc, s.P_MOVE))


def reroute_forced(routing: Routing, destination: Destination, now: int) -> None:
    """The route does not reach the destination any more: another one at once (7.2)."""
    routing.choose(destination, now)
    for slot, _, link in routing.strays(destination):
        destination.set_outlet(slot, link)
