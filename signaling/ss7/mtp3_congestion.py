"""Signalling traffic flow control (Q.704 11) and the congestion test of a route set (13.9).

Internationally (11.2.3) users are told with the first message that meets congestion and with every
eighth after it, and with each TFC. With levels (national option, 11.2.4) they are told when the
level of a destination changes; after a TFC the level is brought down step by step by RCT.
"""

from __future__ import annotations

from typing import Final

from ..fsm import Machine, handled, ignored
from . import mtp3_messages as m
from . import mtp3_signals as s
from .labels import OCTET
from .mtp3_config import CONGESTION_LEVELS
from .mtp3_events import STATUS_CONGESTED, Status
from .mtp3_machine import Alarm, Drawn
from .mtp3_network import Destination
from .mtp3_routing import Routing

EVERY: Final = 8
"""11.2.3: n messages between two MTP-STATUS indications."""

IDLE: Final = 0
WAIT_T15: Final = 1
WAIT_T16: Final = 2

STATES: Final = {IDLE: "Idle", WAIT_T15: "Wait for T15", WAIT_T16: "Wait for TFC (T16)"}


class CongestionTest(Drawn):
    """The signalling route set congestion test of one destination. ``level``: of the last TFC."""

    def __init__(self, routing: Routing, destination: Destination) -> None:
        super().__init__(RCAT, routing.exchange)
        self.routing: Final = routing
        self.destination: Final = destination
        self.t15: Final = Alarm(self, s.G_T15)
        self.t16: Final = Alarm(self, s.G_T16)
        self.level: int = 0

    def tfc(self, now: int) -> None:
        """11.2.4: the level is that of the TFC (during the test only a higher one counts)."""
        self.exchange.stop(self.t16)
        self.settle(self.level, now)

    def settle(self, level: int, now: int) -> None:
        set_level(self.routing, self.destination, level)
        if level:
            self.exchange.start(self.t15, now + self.routing.timers["T15"])
            self.state = WAIT_T15
        else:
            self.exchange.stop(self.t15)
            self.state = IDLE

    def t15_expiry(self, now: int) -> None:
        """13.9.3: RCT with a congestion priority one below the level."""
        routing = self.routing
        destination = self.destination
        link = destination.wanted(0)
        if link is not None:
            priority = max(destination.congestion - 1, 0) << 4
            routing.send_over(link, destination.dpc, priority | m.SNM, 0, OCTET[m.RCT], now)
        self.exchange.start(self.t16, now + routing.timers["T16"])
        self.state = WAIT_T16

    def t16_expiry(self, now: int) -> None:
        """13.9.4: no TFC came: one level less."""
        self.settle(max(self.destination.congestion - 1, 0), now)

    def lost(self, now: int) -> None:
        self.exchange.stop(self.t15)
        self.exchange.stop(self.t16)
        self.state = IDLE


_QUIET: Final = "13.9: the timer does not run in this state"

RCAT: Final = Machine(
    "RCAT",
    STATES,
    s.RCAT_INPUTS,
    {
        IDLE: {
            s.G_TFC: handled(CongestionTest.tfc, "11.2.4", IDLE, WAIT_T15),
            s.G_T15: ignored(_QUIET),
            s.G_T16: ignored(_QUIET),
            s.G_LOST: ignored("13.9: no test is under way"),
        },
        WAIT_T15: {
            s.G_TFC: handled(CongestionTest.tfc, "11.2.4, 13.9.2", IDLE, WAIT_T15),
            s.G_T15: handled(CongestionTest.t15_expiry, "13.9.3", WAIT_T16),
            s.G_T16: ignored(_QUIET),
            s.G_LOST: handled(CongestionTest.lost, "13.9.5", IDLE),
        },
        WAIT_T16: {
            s.G_TFC: handled(CongestionTest.tfc, "13.9.4", IDLE, WAIT_T15),
            s.G_T15: ignored(_QUIET),
            s.G_T16: handled(CongestionTest.t16_expiry, "13.9.4", IDLE, WAIT_T15),
            s.G_LOST: handled(CongestionTest.lost, "13.9.5", IDLE),
        },
    },
)
"""Signalling route set congestion test (national option)."""


def set_level(routing: Routing, destination: Destination, level: int) -> None:
    """The congestion status of a route set: users hear of each change."""
    if level == destination.congestion:
        return
    if level > destination.congestion:
        destination.counters.congestions += 1
    destination.congestion = level
    routing.happened.append(Status(destination.dpc, STATUS_CONGESTED, level))


def transfer_controlled(routing: Routing, destination: Destination, level: int, now: int) -> None:
    """TFC about this destination (13.6 to 13.8)."""
    if routing.config.congestion == CONGESTION_LEVELS:
        rcat = destination.rcat
        assert isinstance(rcat, CongestionTest)
        rcat.level = level
        routing.exchange.signals.append((rcat, s.G_TFC))
        return
    destination.counters.congestions += 1
    routing.happened.append(Status(destination.dpc, STATUS_CONGESTED, max(level, 1)))


def congested_message(routing: Routing, destination: Destination, level: int) -> None:
    """A user's message meets a congested link (11.2.3.1, 11.2.4.1)."""
    if routing.config.congestion == CONGESTION_LEVELS:
        if level > destination.congestion:
            set_level(routing, destination, level)
        return
    if destination.toward_status == 0:
        destination.counters.congestions += 1
        routing.happened.append(Status(destination.dpc, STATUS_CONGESTED, max(level, 1)))
        destination.toward_status = EVERY
    destination.toward_status -= 1
