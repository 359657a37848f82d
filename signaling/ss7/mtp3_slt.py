"""SLTC: the signalling link test of Q.707 (figure 2), one for each link.

A link is tested before it carries traffic and every T2 afterwards. SLTM goes out at once; no right
SLTA within T1 twice in a row: the test has failed.
"""

from __future__ import annotations

from typing import Final

from ..fsm import Machine, error, handled, ignored
from . import mtp3_messages as m
from . import mtp3_signals as s
from .mtp3_events import LinkTested
from .mtp3_machine import Alarm, Drawn
from .mtp3_network import Link
from .mtp3_routing import Routing

IDLE: Final = 0
FIRST_ATTEMPT: Final = 1
SECOND_ATTEMPT: Final = 2
WAITING: Final = 3

STATES: Final = {
    IDLE: "Idle",
    FIRST_ATTEMPT: "First attempt",
    SECOND_ATTEMPT: "Second attempt",
    WAITING: "Between tests",
}


class LinkTest(Drawn):
    """The test of one link. Its LSAC hears how it ended."""

    def __init__(self, routing: Routing, link: Link) -> None:
        super().__init__(SLTC, routing.exchange)
        self.routing: Final = routing
        self.link: Final = link
        self.t1: Final = Alarm(self, s.S_T1)
        self.t2: Final = Alarm(self, s.S_T2)
        self.asked: bool = False
        """Somebody asked for this test: tell how it ended."""
        self.why: str = ""

    def send_sltm(self, now: int) -> None:
        routing = self.routing
        pattern = routing.config.test_pattern
        link = self.link
        body = m.link_test(m.SLTM, link.slc, pattern, routing.format)
        sls = 0 if routing.format.slc_in_message else link.slc
        routing.send_over(link, link.linkset.adjacent, m.SLT, sls, body, now)
        self.exchange.start(self.t1, now + routing.timers["Q707-T1"])

    def start(self, now: int) -> None:
        self.exchange.stop(self.t2)
        self.why = "no SLTA within T1"
        self.send_sltm(now)
        self.state = FIRST_ATTEMPT

    def t1_first(self, now: int) -> None:
        self.send_sltm(now)
        self.state = SECOND_ATTEMPT

    def t1_second(self, now: int) -> None:
        self.link.counters.tests_failed += 1
        self.state = IDLE
        self.signal(self.link.lsac, s.A_TEST_FAILED)
        self.tell(False, self.why)

    def slta(self, now: int) -> None:
        self.exchange.stop(self.t1)
        self.exchange.start(self.t2, now + self.routing.timers["Q707-T2"])
        self.state = WAITING
        self.signal(self.link.lsac, s.A_TEST_OK)
        self.tell(True, "")

    def wrong(self, now: int) -> None:
        """It is ignored: T1 goes on (Q.707 2.2). ``why`` was set by who saw it."""

    def stop(self, now: int) -> None:
        self.exchange.stop(self.t1)
        self.exchange.stop(self.t2)
        if self.state != WAITING:
            self.tell(False, "the link went out of service")
        self.state = IDLE

    def tell(self, ok: bool, reason: str) -> None:
        if self.asked:
            self.asked = False
            self.routing.happened.append(LinkTested(self.link.index, ok, reason))


_NO_TIMER: Final = "Q.707 figure 2: the timer does not run in this state"
_ATTEMPT: Final = "Q.707 2.2: the test under way answers the request"

SLTC: Final = Machine(
    "SLTC",
    STATES,
    s.SLTC_INPUTS,
    {
        IDLE: {
            s.S_START: handled(LinkTest.start, "Q.707 2.2", FIRST_ATTEMPT),
            s.S_STOP: ignored("Q.707 figure 2"),
            s.S_SLTA: ignored("Q.707 2.2: an SLTA that was not asked for is discarded"),
            s.S_WRONG: ignored("Q.707 2.2: an SLTA that was not asked for is discarded"),
            s.S_T1: ignored(_NO_TIMER),
            s.S_T2: ignored(_NO_TIMER),
        },
        FIRST_ATTEMPT: {
            s.S_START: ignored(_ATTEMPT),
            s.S_STOP: handled(LinkTest.stop, "Q.707 figure 2", IDLE),
            s.S_SLTA: handled(LinkTest.slta, "Q.707 2.2", WAITING),
            s.S_WRONG: error(LinkTest.wrong, "Q.707 2.2", FIRST_ATTEMPT),
            s.S_T1: handled(LinkTest.t1_first, "Q.707 2.2", SECOND_ATTEMPT),
            s.S_T2: ignored(_NO_TIMER),
        },
        SECOND_ATTEMPT: {
            s.S_START: ignored(_ATTEMPT),
            s.S_STOP: handled(LinkTest.stop, "Q.707 figure 2", IDLE),
            s.S_SLTA: handled(LinkTest.slta, "Q.707 2.2", WAITING),
            s.S_WRONG: error(LinkTest.wrong, "Q.707 2.2", SECOND_ATTEMPT),
            s.S_T1: handled(LinkTest.t1_second, "Q.707 2.2", IDLE),
            s.S_T2: ignored(_NO_TIMER),
        },
        WAITING: {
            s.S_START: handled(LinkTest.start, "Q.707 2.2", FIRST_ATTEMPT),
            s.S_STOP: handled(LinkTest.stop, "Q.707 figure 2", IDLE),
            s.S_SLTA: ignored("Q.707 2.2: an SLTA that was not asked for is discarded"),
            s.S_WRONG: ignored("Q.707 2.2: an SLTA that was not asked for is discarded"),
            s.S_T1: ignored(_NO_TIMER),
            s.S_T2: handled(LinkTest.start, "Q.707 2.2", FIRST_ATTEMPT),
        },
    },
)
"""Signalling link test control."""
