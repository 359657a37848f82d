"""A signalling point at work: MTP level 3 and the user parts of its trunks (Ss7Stack), its links on
timeslots of boards, and what management is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ..board.clock import MILLISECOND, SECOND
from ..errors import LocalError
from ..signaling.ss7 import mtp3_events as l3
from ..signaling.ss7.labels import show_point_code
from . import events_ss7 as ev
from .config_ss7 import SignallingPointTable
from .node_parts import Timed
from .ss7_engines import point_config
from .ss7_line import Line
from .ss7_load import Load

if TYPE_CHECKING:
    from .node import Node
    from .trunk_ss7 import CircuitTrunk

ALIGN_TIME: Final = 10 * MILLISECOND
"""As for PRI: a board that was just started gets time to align before links are."""

FAULTS_A_SECOND: Final = 20
"""Faults that clients are told of; all are counted."""

SERVICES: Final = {"tup": 4, "isup": 5}
"""Service indicators of Q.704 14.2.1."""


class SignallingPoint(Timed):
    """One ``[[ss7]]``. ``services``: service indicators of the user parts it has."""

    def __init__(self, node: Node, table: SignallingPointTable, services: tuple[int, ...]) -> None:
        from ..signaling.ss7.stack import Ss7Stack  # only a running daemon needs the engines

        self.node = node
        self.table: Final = table
        self.name: Final = table.name
        self.config: Final = point_config(table, services)
        self.label: Final = self.config.label
        self.stack: Final = Ss7Stack(self.config)
        self.mtp3: Final = self.stack.mtp3
        self.lines: Final[list[Line]] = []
        self.trunks: Final[list[CircuitTrunk]] = []
        self.begun = False
        self.faults: Final[dict[str, int]] = {}
        self.load: Final = Load(self)
        self._latest = 0
        self._told: list[int] = [0, 0]
        self._pumping = False
        self._known: Final[dict[int, tuple[bool, int]]] = {}
        """Of each destination what was told last: reachable, congestion level."""
        self._handlers: Final[dict[type, Callable[[Any, int], None]]] = {
            l3.LinkStateChanged: self._link_changed,
            l3.RouteChanged: self._route_changed,
            l3.LinkTested: self._link_tested,
            l3.ManagementDone: self._management_done,
            l3.Level3Fault: self._fault,
        }
        for linkset in table.linkset:
            for link in linkset.link:
                unit = node.boards[link.span.split("/")[0]]
                self.lines.append(Line(self, unit, linkset, link, len(self.lines)))

    # Time

    def moment(self, time: int) -> int:
        """``time``, or the latest that the engines were told: boards' events may cross."""
        if time > self._latest:
            self._latest = time
        return self._latest

    def now(self) -> int:
        """Board time for a request."""
        return self.moment(self.node.now())

    # Life

    def start(self, now: int) -> None:
        """Open the timeslots; links are aligned as soon as layer 1 has had time to."""
        for line in self.lines:
            line.since = now
            line.open()
        self.node.at(now + ALIGN_TIME, self._begin)

    def _begin(self, now: int) -> None:
        self.begun = True
        now = self.moment(now)
        self.stack.start(now)
        for line in self.lines:
            line.begin(now)
        for trunk in self.trunks:
            trunk.start(now)
        self.load.sample(now)
        self.pump(now)

    def handle_timeout(self, now: int) -> None:
        now = self.moment(now)
        self.stack.handle_timeout(now)
        self.pump(now)

    def touched(self, now: int) -> None:
        """A line brought something: pump as soon as all events of the board are taken."""
        self.moment(now)
        self.node.settle_later(self)

    def settle(self) -> None:
        """All events of a board are taken."""
        self.pump(self._latest)

    def pump(self, now: int) -> None:
        """Carry out what the engines want, until they want nothing more."""
        now = self.moment(now)
        if self._pumping:
            return  # a request from within an event: the loop below goes on
        self._pumping = True
        try:
            while self._turn(now):
                pass
            for line in self.lines:
                line.pump(now)
        finally:
            self._pumping = False
            self.deadline = self.stack.next_timeout()

    def _turn(self, now: int) -> bool:
        """Messages and events once around; False: there were none."""
        self.stack.pump(now)
        happened = self.stack.events()
        for event in happened:
            try:
                self._handlers[type(event)](event, now)
            except Exception as exc:
                self.node.problem(exc)
        busy = bool(happened) or self._destinations_changed(now)
        for trunk in self.trunks:
            for told in trunk.part.events():
                busy = True
                trunk.handle(told, now)
        return busy

    def _destinations_changed(self, now: int) -> bool:
        """Tell which destinations can be reached (no more), or are congested."""
        changed = False
        for dpc, destination in self.mtp3.destinations.items():
            is_now = (destination.accessible, destination.congestion)
            was = self._known.get(dpc, (False, 0))
            if is_now == was:
                continue
            changed = True
            self._known[dpc] = is_now
            where = self.show(dpc)
            if is_now[0] != was[0]:
                self._tell(ev.DestinationChanged, now, self.name, where, is_now[0])
            if is_now[1] != was[1]:
                self._tell(ev.DestinationCongested, now, self.name, where, is_now[1])
        return changed

    # Level 3 to management

    def _link_changed(self, event: l3.LinkStateChanged, now: int) -> None:
        line = self.lines[event.link]
        line.since = now
        self._tell(
            ev.SignallingLinkChanged, now, self.name, line.name, event.available, event.reason
        )

    def _route_changed(self, event: l3.RouteChanged, now: int) -> None:
        where = self.show(event.dpc)
        self._tell(ev.SignallingRouteChanged, now, self.name, where, event.linkset, event.state)

    def _link_tested(self, event: l3.LinkTested, now: int) -> None:
        name = self.lines[event.link].name
        self._tell(ev.SignallingLinkTested, now, self.name, name, event.ok, event.reason)

    def _management_done(self, event: l3.ManagementDone, now: int) -> None:
        self._tell(
            ev.SignallingManagementDone,
            now,
            self.name,
            self.lines[event.link].name,
            event.what,
            event.ok,
            event.reason,
        )

    def _fault(self, event: l3.Level3Fault, now: int) -> None:
        link = self.lines[event.link].name if event.link >= 0 else ""
        self._count(link, event.kind, event.text, event.clause, event.raw, now)

    def _count(self, link: str, kind: str, text: str, clause: str, raw: bytes, now: int) -> None:
        """All are counted; clients are told of so many a second."""
        self.faults[kind] = self.faults.get(kind, 0) + 1
        if now >= self._told[0] + SECOND:
            self._told = [now, 0]
        self._told[1] += 1
        if self._told[1] <= FAULTS_A_SECOND:
            rest = (link, kind, text, clause, raw.hex())
            self._tell(ev.SignallingFault, now, self.name, *rest)

    def _tell(self, kind: type[Any], now: int, *rest: Any) -> None:
        self.node.tell_at(kind, now, "", *rest)

    # For clients

    def show(self, code: int) -> str:
        """A point code as technicians write it."""
        return show_point_code(code, self.label)

    def line(self, name: str) -> Line:
        """The link ``linkset/slc``; LocalError when there is none."""
        for line in self.lines:
            if line.name == name:
                return line
        raise LocalError(f"there is no link '{name}'")

    def manage(self, line: Line, action: str, now: int) -> None:
        """activate, deactivate, inhibit, uninhibit or test a link."""
        requests = {
            "activate": self.mtp3.activate,
            "deactivate": self.mtp3.deactivate,
            "inhibit": self.mtp3.inhibit,
            "uninhibit": self.mtp3.uninhibit,
            "test": self.mtp3.link_test,
        }
        try:
            requests[action](line.index, now)
        except LocalError as exc:
            # Level 3 knows its links by number.
            text = str(exc).replace(f"link {line.index} ", f"link {line.name} ", 1)
            raise LocalError(text) from exc
        self.pump(now)
