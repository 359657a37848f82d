"""LSAC: activity of a link (Q.704 12, figures 36 to 41): activation, restoration, deactivation.

A link is aligned, tested, and then given to traffic (TLAC). A link that failed is restored as soon
as its changeover has taken from level 2 what it needs; one that cannot be aligned is tried again
after T17, one that failed its test after T32. One that fails again and again comes into service at
most once in T32 (T1.111.4's procedure A against oscillation; Q.704 has none).
"""

from __future__ import annotations

from typing import Final

from ..fsm import Machine, handled, ignored
from . import mtp3_signals as s
from .mtp3_events import ManagementDone
from .mtp3_machine import Alarm, Drawn
from .mtp3_network import Link
from .mtp3_routing import Routing

INACTIVE: Final = 0
ACTIVATING: Final = 1
TESTING: Final = 2
ACTIVE: Final = 3
CHANGING: Final = 4
WAITING: Final = 5
DEACTIVATING: Final = 6

STATES: Final = {
    INACTIVE: "Inactive",
    ACTIVATING: "Aligning",
    TESTING: "Aligned, being tested",
    ACTIVE: "Active",
    CHANGING: "Failed, changeover under way",
    WAITING: "Waiting before another attempt",
    DEACTIVATING: "Being deactivated",
}


class Activity(Drawn):
    """The activity of one link."""

    def __init__(self, routing: Routing, link: Link) -> None:
        super().__init__(LSAC, routing.exchange)
        self.routing: Final = routing
        self.link: Final = link
        self.t17: Final = Alarm(self, s.A_T17)
        self.steady: int = 0
        """Not to be aligned anew before (ns): T32 after it came into service."""
        self.test_failed: bool = False
        """Then T32 passes before another attempt."""

    def align(self, now: int) -> None:
        """Initial alignment, an emergency one if the linkset has no other link (12.2.2)."""
        link = self.link
        link.l2.emergency(not link.linkset.available_links(), now)
        if link.lpo:
            # Level 2 forgot it when the link failed (Q.703 figure 8).
            link.l2.local_processor_outage(True, now)
        link.l2.start(now)
        self.state = ACTIVATING
        self.routing.tell(link, False, "aligning")

    def in_service(self, now: int) -> None:
        self.link.in_service = True
        self.steady = now + self.routing.timers["T32"]
        if self.routing.config.test_links:
            self.state = TESTING
            if self.link.rpo or self.link.lpo:
                self.routing.tell(self.link, False, "aligned, blocked by a processor outage")
                return
            self.routing.tell(self.link, False, "being tested (SLTM sent)")
            self.signal(self.link.sltc, s.S_START)
        else:
            self.active(now)

    def active(self, now: int) -> None:
        self.state = ACTIVE
        self.done("activate", True, "")
        self.signal(self.link.tlac, s.L_RESTORED)

    def not_aligned(self, now: int) -> None:
        self.wait(now + self.routing.timers["T17"])

    def wait(self, until: int) -> None:
        self.exchange.start(self.t17, until)
        self.state = WAITING
        self.routing.tell(self.link, False, self.link.failure)

    def failed(self, now: int) -> None:
        """It was in service and is not: SLTC stops, traffic is taken."""
        self.leave()
        self.state = CHANGING

    def leave(self) -> None:
        link = self.link
        link.counters.failures += 1
        link.in_service = False
        self.signal(link.sltc, s.S_STOP)
        self.signal(link.tlac, s.L_FAILED)
        if not any(other.in_service for other in link.linkset.links):
            # A TRA that came before any link was available is of a restart that is over.
            self.signal(link.linkset.tsrc, s.R_LINK_DOWN)

    def failed_test(self, now: int) -> None:
        self.test_failed = True
        self.link.failure = "the signalling link test failed (no right SLTA)"
        self.link.l2.stop(now)
        self.failed(now)

    def ordered(self, now: int) -> None:
        """The far end failed it (COO): stop it here too."""
        self.link.failure = "the far end ordered changeover"
        self.link.l2.stop(now)
        self.failed(now)

    def changed_over(self, now: int) -> None:
        """What level 2 held is safe: it may be aligned anew."""
        if self.test_failed:
            self.test_failed = False
            self.wait(now + self.routing.timers["T32"])
        elif now < self.steady:
            self.wait(self.steady)
        else:
            self.align(now)

    def deactivate(self, now: int) -> None:
        """12.2.4: it is taken out of service, its traffic goes elsewhere."""
        self.link.failure = "deactivated"
        self.link.l2.stop(now)
        self.leave()
        self.state = DEACTIVATING

    def deactivate_waiting(self, now: int) -> None:
        self.exchange.stop(self.t17)
        self.link.l2.stop(now)
        self.inactive(now)

    def deactivate_changing(self, now: int) -> None:
        self.state = DEACTIVATING

    def inactive(self, now: int) -> None:
        self.test_failed = False
        self.link.failure = "deactivated"
        self.state = INACTIVE
        self.done("deactivate", True, "")
        self.routing.tell(self.link, False, "deactivated")

    def activate_again(self, now: int) -> None:
        """While it is being deactivated: it comes back afterwards."""
        self.state = CHANGING

    def already(self, now: int) -> None:
        self.done("activate", True, "it was active")

    def already_inactive(self, now: int) -> None:
        self.done("deactivate", True, "it was inactive")

    def done(self, what: str, ok: bool, reason: str) -> None:
        link = self.link
        if link.asked == what:
            link.asked = ""
            self.routing.happened.append(ManagementDone(link.index, what, ok, reason))


_QUIET: Final = "figure 36: the timer does not run in this state"
_NOT_UP: Final = "figure 36: level 2 is not in service"
_NO_TEST: Final = "Q.707: no test is under way"
_NO_CHANGE: Final = "figure 36: nothing is to follow it"
_UNDER_WAY: Final = "12.2.2: it is under way"

LSAC: Final = Machine(
    "LSAC",
    STATES,
    s.LSAC_INPUTS,
    {
        INACTIVE: {
            s.A_ACTIVATE: handled(Activity.align, "12.2.2", ACTIVATING),
            s.A_DEACTIVATE: handled(Activity.already_inactive, "12.2.4", INACTIVE),
            s.A_IN_SERVICE: ignored("12.2.4: it is not to be"),
            s.A_OUT_OF_SERVICE: ignored("12.2.4: it is meant to be"),
            s.A_TEST_OK: ignored(_NO_TEST),
            s.A_TEST_FAILED: ignored(_NO_TEST),
            s.A_T17: ignored(_QUIET),
            s.A_CHANGED_OVER: ignored(_NO_CHANGE),
            s.A_ORDER: ignored(_NOT_UP),
        },
        ACTIVATING: {
            s.A_ACTIVATE: ignored(_UNDER_WAY),
            s.A_DEACTIVATE: handled(Activity.deactivate_waiting, "12.2.4", INACTIVE),
            s.A_IN_SERVICE: handled(Activity.in_service, "12.2.2", TESTING, ACTIVE),
            s.A_OUT_OF_SERVICE: handled(Activity.not_aligned, "12.2.2, T17", WAITING),
            s.A_TEST_OK: ignored(_NO_TEST),
            s.A_TEST_FAILED: ignored(_NO_TEST),
            s.A_T17: ignored(_QUIET),
            s.A_CHANGED_OVER: ignored(_NO_CHANGE),
            s.A_ORDER: ignored(_NOT_UP),
        },
        TESTING: {
            s.A_ACTIVATE: ignored(_UNDER_WAY),
            s.A_DEACTIVATE: handled(Activity.deactivate, "12.2.4", DEACTIVATING),
            s.A_IN_SERVICE: ignored("figure 36: it is"),
            s.A_OUT_OF_SERVICE: handled(Activity.failed, "12.2.3", CHANGING),
            s.A_TEST_OK: handled(Activity.active, "12.2.2, Q.707 2.2", ACTIVE),
            s.A_TEST_FAILED: handled(Activity.failed_test, "12.2.2, Q.707 2.2", CHANGING),
            s.A_T17: ignored(_QUIET),
            s.A_CHANGED_OVER: ignored(_NO_CHANGE),
            s.A_ORDER: handled(Activity.ordered, "5.2.3", CHANGING),
        },
        ACTIVE: {
            s.A_ACTIVATE: handled(Activity.already, "12.2.2", ACTIVE),
            s.A_DEACTIVATE: handled(Activity.deactivate, "12.2.4", DEACTIVATING),
            s.A_IN_SERVICE: ignored("figure 36: it is"),
            s.A_OUT_OF_SERVICE: handled(Activity.failed, "12.2.3", CHANGING),
            s.A_TEST_OK: ignored("Q.707 2.2: as it should"),
            s.A_TEST_FAILED: handled(Activity.failed_test, "Q.707 2.2", CHANGING),
            s.A_T17: ignored(_QUIET),
            s.A_CHANGED_OVER: ignored(_NO_CHANGE),
            s.A_ORDER: handled(Activity.ordered, "5.2.3", CHANGING),
        },
        CHANGING: {
            s.A_ACTIVATE: ignored(_UNDER_WAY),
            s.A_DEACTIVATE: handled(Activity.deactivate_changing, "12.2.4", DEACTIVATING),
            s.A_IN_SERVICE: ignored(_NOT_UP),
            s.A_OUT_OF_SERVICE: ignored("figure 36: known"),
            s.A_TEST_OK: ignored(_NO_TEST),
            s.A_TEST_FAILED: ignored(_NO_TEST),
            s.A_T17: ignored(_QUIET),
            s.A_CHANGED_OVER: handled(
                Activity.changed_over, "12.2.3, T17, T32", ACTIVATING, WAITING
            ),
            s.A_ORDER: ignored(_NOT_UP),
        },
        WAITING: {
            s.A_ACTIVATE: ignored(_UNDER_WAY),
            s.A_DEACTIVATE: handled(Activity.deactivate_waiting, "12.2.4", INACTIVE),
            s.A_IN_SERVICE: ignored(_NOT_UP),
            s.A_OUT_OF_SERVICE: ignored("figure 36: known"),
            s.A_TEST_OK: ignored(_NO_TEST),
            s.A_TEST_FAILED: ignored(_NO_TEST),
            s.A_T17: handled(Activity.align, "12.2.2", ACTIVATING),
            s.A_CHANGED_OVER: ignored(_NO_CHANGE),
            s.A_ORDER: ignored(_NOT_UP),
        },
        DEACTIVATING: {
            s.A_ACTIVATE: handled(Activity.activate_again, "12.2.2", CHANGING),
            s.A_DEACTIVATE: ignored("12.2.4: it is under way"),
            s.A_IN_SERVICE: ignored(_NOT_UP),
            s.A_OUT_OF_SERVICE: ignored("12.2.4: as it should"),
            s.A_TEST_OK: ignored(_NO_TEST),
            s.A_TEST_FAILED: ignored(_NO_TEST),
            s.A_T17: ignored(_QUIET),
            s.A_CHANGED_OVER: handled(Activity.inactive, "12.2.4", INACTIVE),
            s.A_ORDER: ignored(_NOT_UP),
        },
    },
)
"""Signalling link activity control."""
