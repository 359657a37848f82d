"""TMIN: management inhibiting of a link (Q.704 10), one for each link.

The end that wants it asks (LIN) and the other allows (LIA) or denies it (LID); the link then
carries only level 3's own messages. Only the end that inhibited can lift it (LUN, LUA); the other
asks for that when it needs the link (LFU). Both marks are compared from time to time (LLT, LRT).
"""

from __future__ import annotations

from typing import Final

from ..fsm import Cell, Machine, error, handled, ignored
from . import mtp3_messages as m
from . import mtp3_signals as s
from .mtp3_events import ManagementDone
from .mtp3_machine import Alarm, Drawn
from .mtp3_network import Link
from .mtp3_routing import Routing

IDLE: Final = 0
WAIT_LIA: Final = 1
WAIT_LIA_AGAIN: Final = 2
WAIT_LUA: Final = 3
WAIT_LUA_AGAIN: Final = 4
WAIT_LUN: Final = 5
WAIT_LUN_AGAIN: Final = 6

STATES: Final = {
    IDLE: "Idle",
    WAIT_LIA: "Wait for LIA or LID",
    WAIT_LIA_AGAIN: "Wait for LIA or LID, second attempt",
    WAIT_LUA: "Wait for LUA",
    WAIT_LUA_AGAIN: "Wait for LUA, second attempt",
    WAIT_LUN: "Wait for LUN after LFU",
    WAIT_LUN_AGAIN: "Wait for LUN after LFU, second attempt",
}


class Inhibiting(Drawn):
    """The inhibiting of one link. Its marks are the link's ``local_inhibited`` and
    ``remote_inhibited``; they outlive its failures."""

    def __init__(self, routing: Routing, link: Link) -> None:
        super().__init__(TMIN, routing.exchange)
        self.routing: Final = routing
        self.link: Final = link
        self.t12: Final = Alarm(self, s.I_T12)
        self.t13: Final = Alarm(self, s.I_T13)
        self.t14: Final = Alarm(self, s.I_T14)
        self.t22: Final = Alarm(self, s.I_T22)
        self.t23: Final = Alarm(self, s.I_T23)

    def message(self, heading: int, now: int) -> None:
        link = self.link
        body = m.of_link(self.routing.format, heading, link.slc)
        self.routing.send_snm(link.linkset.adjacent, body, now, link.slc)

    def run(self, alarm: Alarm, name: str, now: int) -> None:
        self.exchange.start(alarm, now + self.routing.timers[name])

    def done(self, what: str, ok: bool, reason: str) -> None:
        link = self.link
        if link.asked == what:
            link.asked = ""
            self.routing.happened.append(ManagementDone(link.index, what, ok, reason))

    # Our side inhibits

    def inhibit(self, now: int) -> None:
        """10.2.1: not if a destination could not be reached any more."""
        if self.link.local_inhibited:
            self.done("inhibit", True, "it was inhibited")
        elif not self.routing.spares(self.link):
            reason = "a destination could not be reached without this link"
            self.done("inhibit", False, reason)
        else:
            self.lin_again(now)
            self.state = WAIT_LIA

    def lin_again(self, now: int) -> None:
        self.message(m.LIN, now)
        self.run(self.t14, "T14", now)
        self.state = WAIT_LIA_AGAIN

    def lia(self, now: int) -> None:
        link = self.link
        self.exchange.stop(self.t14)
        self.state = IDLE
        link.local_inhibited = True
        link.counters.inhibitions += 1
        self.run(self.t22, "T22", now)
        self.signal(link.tlac, s.L_INHIBIT)
        self.done("inhibit", True, "")

    def lid(self, now: int) -> None:
        self.exchange.stop(self.t14)
        self.state = IDLE
        self.done("inhibit", False, "the far end denied it: it needs this link")

    def no_lia(self, now: int) -> None:
        self.state = IDLE
        self.done("inhibit", False, "the far end does not answer LIN (T14)")

    def stray_lia(self, now: int) -> None:
        """Not asked for: the far end would hold a mark that we have not."""
        self.link.counters.faults += 1

    # Our side lifts it

    def uninhibit(self, now: int) -> None:
        """10.3: only what was inhibited here."""
        link = self.link
        if link.local_inhibited:
            self.lift(now)
        elif link.remote_inhibited:
            self.done("uninhibit", False, "the far end inhibited it: uninhibit it there")
        else:
            self.done("uninhibit", True, "it was not inhibited")

    def uninhibit_instead(self, now: int) -> None:
        """Before LIA came."""
        self.exchange.stop(self.t14)
        self.lift(now)

    def lift(self, now: int) -> None:
        self.lun_again(now)
        self.state = WAIT_LUA

    def lun_again(self, now: int) -> None:
        self.message(m.LUN, now)
        self.run(self.t12, "T12", now)
        self.state = WAIT_LUA_AGAIN

    def lua(self, now: int) -> None:
        link = self.link
        self.exchange.stop(self.t12)
        self.exchange.stop(self.t22)
        self.state = IDLE
        link.local_inhibited = False
        self.signal(link.tlac, s.L_UNINHIBIT)
        self.done("uninhibit", True, "")

    def no_lua(self, now: int) -> None:
        self.state = IDLE
        self.done("uninhibit", False, "the far end does not answer LUN (T12)")

    # A destination needs the link

    def needed(self, now: int) -> None:
        """10.2.3: forced, by routing: ours is lifted, theirs is asked for."""
        if self.link.local_inhibited:
            self.lift(now)
        elif self.link.remote_inhibited:
            self.lfu_again(now)
            self.state = WAIT_LUN

    def needed_instead(self, now: int) -> None:
        self.exchange.stop(self.t14)
        self.done("inhibit", False, "a destination could not be reached without this link")
        self.lift(now)

    def lfu_again(self, now: int) -> None:
        self.message(m.LFU, now)
        self.run(self.t13, "T13", now)
        self.state = WAIT_LUN_AGAIN

    def no_lun(self, now: int) -> None:
        self.state = IDLE

    # The far side

    def lin(self, now: int) -> None:
        link = self.link
        if not link.remote_inhibited and not self.routing.spares(link):
            self.message(m.LID, now)
            return
        self.message(m.LIA, now)
        if not link.remote_inhibited:
            link.remote_inhibited = True
            link.counters.inhibitions += 1
            self.signal(link.tlac, s.L_INHIBIT)
        self.run(self.t23, "T23", now)

    def lun(self, now: int) -> None:
        link = self.link
        self.exchange.stop(self.t13)
        self.exchange.stop(self.t23)
        self.message(m.LUA, now)
        link.remote_inhibited = False
        self.signal(link.tlac, s.L_UNINHIBIT)
        if self.state in (WAIT_LUN, WAIT_LUN_AGAIN):
            self.state = IDLE

    def lfu(self, now: int) -> None:
        """It needs the link; if it is not inhibited here, LUN corrects its mark."""
        self.lift(now)

    def llt(self, now: int) -> None:
        """10.2.4: it holds the link inhibited; so must we."""
        if not self.link.remote_inhibited:
            self.message(m.LFU, now)

    def lrt(self, now: int) -> None:
        """10.2.4: it thinks that we hold the link inhibited."""
        if not self.link.local_inhibited:
            self.lift(now)

    def t22_expiry(self, now: int) -> None:
        self.message(m.LLT, now)
        self.run(self.t22, "T22", now)

    def t23_expiry(self, now: int) -> None:
        self.message(m.LRT, now)
        self.run(self.t23, "T23", now)


_QUIET: Final = "10.2: the timer does not run in this state"
_UNDER_WAY: Final = "10.2: under way"
_STRAY: Final = "10.2: an acknowledgement that nothing waits for is discarded"
_SETTLED: Final = "10.2: the exchange under way settles it"


def _always() -> dict[int, Cell]:
    """What is done alike in all states."""
    return {
        s.I_INHIBIT: ignored(_UNDER_WAY),
        s.I_UNINHIBIT: ignored(_UNDER_WAY),
        s.I_NEEDED: ignored(_UNDER_WAY),
        s.I_LIN: handled(Inhibiting.lin, "10.2.1"),
        s.I_LIA: error(Inhibiting.stray_lia, _STRAY),
        s.I_LID: ignored(_STRAY),
        s.I_LUN: handled(Inhibiting.lun, "10.3.1"),
        s.I_LUA: ignored(_STRAY),
        s.I_LFU: ignored(_SETTLED),
        s.I_LLT: handled(Inhibiting.llt, "10.2.4"),
        s.I_LRT: ignored(_SETTLED),
        s.I_T12: ignored(_QUIET),
        s.I_T13: ignored(_QUIET),
        s.I_T14: ignored(_QUIET),
        s.I_T22: handled(Inhibiting.t22_expiry, "10.2.4"),
        s.I_T23: handled(Inhibiting.t23_expiry, "10.2.4"),
    }


def _wait_lia(t14: Cell) -> dict[int, Cell]:
    return {
        **_always(),
        s.I_UNINHIBIT: handled(Inhibiting.uninhibit_instead, "10.3.1", WAIT_LUA),
        s.I_NEEDED: handled(Inhibiting.needed_instead, "10.2.3", WAIT_LUA),
        s.I_LIA: handled(Inhibiting.lia, "10.2.1", IDLE),
        s.I_LID: handled(Inhibiting.lid, "10.2.1", IDLE),
        s.I_T14: t14,
    }


def _wait_lua(t12: Cell) -> dict[int, Cell]:
    return {**_always(), s.I_LUA: handled(Inhibiting.lua, "10.3.1", IDLE), s.I_T12: t12}


def _wait_lun(t13: Cell) -> dict[int, Cell]:
    return {**_always(), s.I_LUN: handled(Inhibiting.lun, "10.3.2", IDLE), s.I_T13: t13}


TMIN: Final = Machine(
    "TMIN",
    STATES,
    s.TMIN_INPUTS,
    {
        IDLE: {
            **_always(),
            s.I_INHIBIT: handled(Inhibiting.inhibit, "10.2.1", IDLE, WAIT_LIA),
            s.I_UNINHIBIT: handled(Inhibiting.uninhibit, "10.3.1", IDLE, WAIT_LUA),
            s.I_NEEDED: handled(Inhibiting.needed, "10.2.3", IDLE, WAIT_LUA, WAIT_LUN),
            s.I_LFU: handled(Inhibiting.lfu, "10.3.2", WAIT_LUA),
            s.I_LRT: handled(Inhibiting.lrt, "10.2.4", IDLE, WAIT_LUA),
        },
        WAIT_LIA: _wait_lia(handled(Inhibiting.lin_again, "10.2.2, T14", WAIT_LIA_AGAIN)),
        WAIT_LIA_AGAIN: _wait_lia(handled(Inhibiting.no_lia, "10.2.2, T14", IDLE)),
        WAIT_LUA: _wait_lua(handled(Inhibiting.lun_again, "10.3.3, T12", WAIT_LUA_AGAIN)),
        WAIT_LUA_AGAIN: _wait_lua(handled(Inhibiting.no_lua, "10.3.3, T12", IDLE)),
        WAIT_LUN: _wait_lun(handled(Inhibiting.lfu_again, "10.3.3, T13", WAIT_LUN_AGAIN)),
        WAIT_LUN_AGAIN: _wait_lun(handled(Inhibiting.no_lun, "10.3.3, T13", IDLE)),
    },
)
"""Management inhibiting."""
