"""One SS7 link on its timeslot: signal units in and out, layer 1, the pace of the line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..board.capture import LINKTYPE_MTP2
from ..board.clock import MILLISECOND, Clock
from ..board.events import Alarm
from ..board.model import Feature, HdlcConfig, Span, Timeslot
from ..errors import DriverError
from .config_ss7 import LinksetTable, SignallingLinkTable, link_name

if TYPE_CHECKING:
    from .node import BoardUnit
    from .ss7 import SignallingPoint

LINE_FAULTS: Final = frozenset({Alarm.LOS, Alarm.LOF, Alarm.AIS})
"""With one of these nothing of the far end's can be received. A remote alarm does not count: the
far end hears nothing of ours and takes the link out itself (SIOS, or no acknowledgement)."""

QUEUED: Final = 3
"""Messages that wait at the line: enough for no gap, few enough for what is more urgent (a message
of 272 octets takes 35 ms)."""

RETRY: Final = 5 * MILLISECOND
"""A line that was full is asked again after as long."""

LENGTH_INDICATOR: Final = 2
"""Octet of a signal unit that has the LI in its low six bits; above 2: a message."""


class Line:
    """A link of a signalling point. ``index``: its number at level 3."""

    link_type: int = LINKTYPE_MTP2

    def __init__(
        self,
        point: SignallingPoint,
        unit: BoardUnit,
        linkset: LinksetTable,
        table: SignallingLinkTable,
        index: int,
    ) -> None:
        self.point: Final = point
        self.unit: Final = unit
        self.table: Final = table
        self.linkset: Final = linkset
        self.index: Final = index
        self.name: str = link_name(linkset, table)
        if not unit.board.features & Feature.MTP2:
            raise DriverError(
                f"board {unit.board.address} cannot carry SS7 links (link {self.name}): it neither"
                " repeats fill-ins nor counts signal units; put the links on another board"
            )
        self.clock: Clock = unit.board.clock
        self.span: Final[Span] = unit.board.span(int(table.span.split("/")[1]))
        self.slot: Final[Timeslot] = self.span.timeslots[table.timeslot]
        self.queued = 0
        """Messages at the line that have not begun to be sent."""
        self.refused = 0
        """How often the line was full."""
        self.held: list[bytes] = []
        """Signal units that it did not take, in order: offered again before all others."""
        self.retrying = False
        self.is_down = False
        self.fault_since: int | None = None
        self.since = 0
        """When it became available, or not."""

    def where(self) -> tuple[str, int]:
        """Span and timeslot, for traces."""
        return self.table.span, self.table.timeslot

    def open(self) -> None:
        """Open the timeslot for signal units."""
        self.slot.open_hdlc(HdlcConfig(mtp2=True))

    # The line to level 3

    def receive(self, frame: bytes, now: int, sus: int = 1) -> None:
        """A good signal unit; ``sus`` as in SignalUnitReceived."""
        node = self.point.node
        if node.taps:
            node.tap(self, now, False, frame)
        self.point.stack.receive(self.index, frame, self.point.moment(now), sus)
        self.point.touched(now)

    def receive_errors(self, errors: int, now: int, sus: int) -> None:
        """Signal units in error; as in SignalUnitErrors."""
        self.point.stack.receive_error(self.index, self.point.moment(now), errors, sus)
        self.point.touched(now)

    def transmit_low(self, now: int) -> None:
        """The last message at the line begins to be sent."""
        self.queued = 0
        self.point.touched(now)

    def events_lost(self, now: int) -> None:
        """TransmitLow may be among them."""
        self.transmit_low(now)

    def pump(self, now: int) -> None:
        """Hand over what level 3 wants to send, as far as the line shall have."""
        room = QUEUED - self.queued
        if room <= 0:
            return
        node = self.point.node
        now = self.unit.moment(now)
        units = [*self.held, *self.point.stack.transmit(self.index, room)]
        self.held = []
        for place, su in enumerate(units):
            if not self.slot.transmit(su):
                self.refused += 1
                self.held = units[place:]
                self._come_back(now)
                return
            if node.taps:
                node.tap(self, now, True, su)
            if su[LENGTH_INDICATOR] & 63 > 2:
                self.queued += 1

    def _come_back(self, now: int) -> None:
        """Level 2 has handed its units over and will not ask again: do it here."""
        if not self.retrying:
            self.retrying = True
            self.point.node.at(now + RETRY, self._retry)

    def _retry(self, now: int) -> None:
        self.retrying = False
        self.transmit_low(now)

    # Layer 1

    def begin(self, now: int) -> None:
        """Layer 1 has had time to align: is it there?"""
        if self.span.alarms & LINE_FAULTS:
            self.fault_since = now
            self._down(now)

    def alarms_changed(self, now: int) -> None:
        """Tell level 3 when layer 1 is lost for longer than ``line_hold``, or back."""
        if not self.point.begun:
            return
        if not self.span.alarms & LINE_FAULTS:
            self.fault_since = None
            if self.is_down:
                self.is_down = False
                self.point.stack.line_up(self.index, self.point.moment(now))
                self.point.pump(now)
        elif self.fault_since is None:
            self.fault_since = now
            self.point.node.at(now + self.point.table.line_hold, self._persists)

    def _persists(self, now: int) -> None:
        since = self.fault_since
        hold = self.point.table.line_hold
        if since is not None and now >= since + hold and not self.is_down:
            self._down(now)

    def _down(self, now: int) -> None:
        self.is_down = True
        self.point.stack.line_down(self.index, self.point.moment(now))
        self.point.pump(now)
