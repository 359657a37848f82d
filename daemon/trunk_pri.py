"""A PRI trunk: the D-channel of one span, and Q.921 and Q.931 on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..board.capture import LINKTYPE_LINUX_LAPD
from ..board.clock import MILLISECOND
from ..board.events import Alarm
from ..board.model import HdlcConfig, Span, Timeslot
from ..signaling.call import SignallingEngine
from .config import TrunkTable, b_channels, d_channel
from .engines import engine_counters, frame_octets, make_engine
from .trunk import Trunk

if TYPE_CHECKING:
    from .node import BoardUnit, Node

LAYER1_FAULTS: Final = frozenset({Alarm.LOS, Alarm.LOF, Alarm.AIS, Alarm.RAI})
"""With one of these the access is not operational and layer 2 gets PH-DI (I.431 5.1, table 7)."""

ALIGN_TIME: Final = 10 * MILLISECOND
"""A board that was just started: a good span is in frame and multiframe within 6 ms (G.706), a
bad one has its alarm. A SABME sent before would be lost, and the next one follows T200 later."""

SLOT_COUNTERS: Final = (
    "rx_frames",
    "rx_octets",
    "tx_frames",
    "tx_octets",
    "fcs",
    "aborts",
    "short",
    "long",
    "octet",
)


class PriTrunk(Trunk):
    """One ``[[trunk]]`` with ``signalling = "pri"``."""

    link_type = LINKTYPE_LINUX_LAPD

    def __init__(self, node: Node, table: TrunkTable, unit: BoardUnit) -> None:
        assert table.pri is not None
        super().__init__(node, table, unit, b_channels(table.pri))
        self.min_digits = table.pri.min_digits
        self.says_proceeding = table.pri.send_proceeding
        self.side = table.pri.side
        self.span: Span = unit.board.span(table.span_number)
        self.d_channel = d_channel(table.pri)
        self.d_slot: Timeslot = self.span.timeslots[self.d_channel]
        self.engine: SignallingEngine = make_engine(table)
        self.begun = False
        self.line_is_down = False
        self.fault_since: int | None = None
        self.deadline: int | None = None
        self.tx_refused = 0

    def timeslot(self, channel: int) -> Timeslot:
        return self.span.timeslots[channel]

    def unit_of(self, channel: int) -> BoardUnit:
        return self.unit

    def spans(self) -> str:
        return self.table.span

    def where(self) -> tuple[str, int]:
        """Span and timeslot of the D-channel, for traces."""
        return self.table.span, self.d_channel

    def counters(self) -> dict[str, int]:
        slot = self.d_slot.counters()
        counters = {name: int(getattr(slot, name)) for name in SLOT_COUNTERS}
        counters["tx_refused"] = self.tx_refused
        counters.update(engine_counters(self.engine))
        return counters

    def start(self, now: int) -> None:
        """Open the D-channel; the link is brought up as soon as layer 1 has had time to align."""
        self.since = now
        self.reason = "the span is being aligned"
        self.d_slot.open_hdlc(HdlcConfig(max_octets=frame_octets(self.table)))
        self.node.at(now + ALIGN_TIME, self._begin)

    def _begin(self, now: int) -> None:
        """Start the engine, if layer 1 permits."""
        self.begun = True
        self.since = now
        self.reason = "the link is being set up"
        self.engine.start(now)
        if self.span.alarms & LAYER1_FAULTS:
            self.fault_since = now
            self._line_down(now)
        self.pump(now)

    def alarms_changed(self, now: int) -> None:
        """Tell the engine when layer 1 is lost for longer than ``line_hold``, or back."""
        if not self.begun:
            return
        if not self.span.alarms & LAYER1_FAULTS:
            self.fault_since = None
            if self.line_is_down:
                self.line_is_down = False
                self.engine.line_up(now)
                self.pump(now)
        elif self.fault_since is None:
            self.fault_since = now
            self.node.at(now + self.table.line_hold, self._persists)

    def _persists(self, now: int) -> None:
        """Deactivation is persistent (Q.921 annex B) when the fault has lasted all the time."""
        since = self.fault_since
        if since is not None and now >= since + self.table.line_hold and not self.line_is_down:
            self._line_down(now)

    def _line_down(self, now: int) -> None:
        self.line_is_down = True
        self.engine.line_down(now)
        self.pump(now)

    def receive(self, frame: bytes, now: int) -> None:
        """A frame of the D-channel."""
        if self.node.taps:
            self.node.tap(self, now, False, frame)
        self.engine.receive(frame, now)
        self.pump(now)

    def handle_timeout(self, now: int) -> None:
        now = self.unit.moment(now)
        self.engine.handle_timeout(now)
        self.pump(now)

    def pump(self, now: int) -> None:
        """Carry out what the engine wants, until it wants nothing more."""
        engine = self.engine
        try:
            while True:
                for frame in engine.transmit():
                    if self.node.taps:
                        self.node.tap(self, now, True, frame)
                    if not self.d_slot.transmit(frame):
                        self.tx_refused += 1  # Q.921 will ask for it again
                happened = engine.events()
                if not happened:
                    break
                for event in happened:
                    self._handle(event, now)
        finally:
            self.deadline = engine.next_timeout()
