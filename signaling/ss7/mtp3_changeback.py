"""TCBC: changeback (Q.704 6, figure 29), one for each link that gets traffic back and each
alternative link that has carried it.

The alternative link's last message is followed by a declaration (CBD) over that link; its
acknowledgement (CBA) says that all before it have arrived. Without a path for the declaration time
is given to what is under way (T3).
"""

from __future__ import annotations

from typing import Final

from ..fsm import Machine, handled, ignored
from . import mtp3_messages as m
from . import mtp3_signals as s
from .mtp3_machine import Alarm, Drawn
from .mtp3_network import Destination, Hold, Link
from .mtp3_routing import Routing

IDLE: Final = 0
FIRST_ATTEMPT: Final = 1
SECOND_ATTEMPT: Final = 2
TIMED: Final = 3

STATES: Final = {
    IDLE: "Idle",
    FIRST_ATTEMPT: "Wait for CBA, first attempt",
    SECOND_ATTEMPT: "Wait for CBA, second attempt",
    TIMED: "Wait for T3",
}


class Changeback(Drawn):
    """The way back from one alternative link. ``code`` tells it from others (6.3.2).

    When it ends it is ``over`` and is forgotten.
    """

    def __init__(self, routing: Routing, link: Link, alternative: Link, code: int) -> None:
        super().__init__(TCBC, routing.exchange)
        self.routing: Final = routing
        self.link: Final = link
        self.alternative: Final = alternative
        self.code: Final = code
        self.hold: Final = Hold()
        self.over: bool = False
        self.t3: Final = Alarm(self, s.B_T3)
        self.t4: Final = Alarm(self, s.B_T4)
        self.t5: Final = Alarm(self, s.B_T5)

    def add(self, destination: Destination, slot: int) -> None:
        """This flow leaves the alternative link."""
        self.hold.flows.append((destination, slot))
        destination.set_outlet(slot, self.hold)

    def send_cbd(self, now: int) -> None:
        routing = self.routing
        link = self.link
        body = m.changeback(routing.format, m.CBD, link.slc, self.code)
        sls = 0 if routing.format.slc_in_message else link.slc
        routing.send_over(self.alternative, link.linkset.adjacent, m.SNM, sls, body, now)

    def declare(self, now: int) -> None:
        self.link.counters.changebacks += 1
        self.send_cbd(now)
        self.exchange.start(self.t4, now + self.routing.timers["T4"])
        self.state = FIRST_ATTEMPT

    def timed(self, now: int) -> None:
        self.link.counters.changebacks += 1
        self.exchange.start(self.t3, now + self.routing.timers["T3"])
        self.state = TIMED

    def t4_expiry(self, now: int) -> None:
        self.send_cbd(now)
        self.exchange.start(self.t5, now + self.routing.timers["T5"])
        self.state = SECOND_ATTEMPT

    def finish(self, now: int) -> None:
        """CBA; or T3; or T5, when traffic starts without it (6.5.2)."""
        self.stop()
        self.routing.release(self.hold, now)

    def absorbed(self, now: int) -> None:
        """The alternative link failed: its changeover has taken the buffer."""
        self.stop()

    def stop(self) -> None:
        self.exchange.stop(self.t3)
        self.exchange.stop(self.t4)
        self.exchange.stop(self.t5)
        self.over = True
        self.state = IDLE


_QUIET: Final = "figure 29: the timer does not run in this state"
_ONCE: Final = "figure 29: the changeback is under way"
_STRAY: Final = "6.5.1: a CBA that nothing waits for is discarded"

TCBC: Final = Machine(
    "TCBC",
    STATES,
    s.TCBC_INPUTS,
    {
        IDLE: {
            s.B_DECLARE: handled(Changeback.declare, "6.3", FIRST_ATTEMPT),
            s.B_TIMED: handled(Changeback.timed, "6.4.1", TIMED),
            s.B_CBA: ignored(_STRAY),
            s.B_T3: ignored(_QUIET),
            s.B_T4: ignored(_QUIET),
            s.B_T5: ignored(_QUIET),
            s.B_ABSORBED: ignored("figure 29: it is over"),
        },
        FIRST_ATTEMPT: {
            s.B_DECLARE: ignored(_ONCE),
            s.B_TIMED: ignored(_ONCE),
            s.B_CBA: handled(Changeback.finish, "6.3.4", IDLE),
            s.B_T3: ignored(_QUIET),
            s.B_T4: handled(Changeback.t4_expiry, "6.5.2", SECOND_ATTEMPT),
            s.B_T5: ignored(_QUIET),
            s.B_ABSORBED: handled(Changeback.absorbed, "5.1", IDLE),
        },
        SECOND_ATTEMPT: {
            s.B_DECLARE: ignored(_ONCE),
            s.B_TIMED: ignored(_ONCE),
            s.B_CBA: handled(Changeback.finish, "6.3.4", IDLE),
            s.B_T3: ignored(_QUIET),
            s.B_T4: ignored(_QUIET),
            s.B_T5: handled(Changeback.finish, "6.5.2", IDLE),
            s.B_ABSORBED: handled(Changeback.absorbed, "5.1", IDLE),
        },
        TIMED: {
            s.B_DECLARE: ignored(_ONCE),
            s.B_TIMED: ignored(_ONCE),
            s.B_CBA: ignored(_STRAY),
            s.B_T3: handled(Changeback.finish, "6.4.1", IDLE),
            s.B_T4: ignored(_QUIET),
            s.B_T5: ignored(_QUIET),
            s.B_ABSORBED: handled(Changeback.absorbed, "5.1", IDLE),
        },
    },
)
"""Changeback control."""
