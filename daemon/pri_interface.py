"""One span of a PRI trunk: its layer 1, its B-channels, and its D-channel if it has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..board.capture import LINKTYPE_LINUX_LAPD
from ..board.clock import SECOND
from ..board.events import Alarm
from ..board.model import HdlcConfig, Span, SpanKind, Timeslot
from ..signaling.isdn.q931_config import INTERFACE, T309
from .config import TrunkTable, b_channels, d_channel, has_d_channel, interfaces
from .engines import frame_octets

if TYPE_CHECKING:
    from .node import BoardUnit
    from .trunk_pri import PriTrunk

LAYER1_FAULTS: Final = frozenset({Alarm.LOS, Alarm.LOF, Alarm.AIS, Alarm.RAI})
"""With one of these the access is not operational and layer 2 gets PH-DI (I.431 5.1, table 7)."""

YELLOW: Final = 3 * SECOND // 2
"""On T1 a far end that was without frames, however short, says so for 1 s at least (T1.403 9.1),
and that is recognised as late: it alone must not make a long fault of a short one."""

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

OUT_OF_ORDER: Final = 27
"""Q.850: cause of calls whose span does not come back."""

NO_D_CHANNEL: Final = -1


class Plan:
    """A span as the configuration has it. ``index``: 0 for the primary D-channel, 1 for the
    stand-by one, NO_D_CHANNEL. ``id``: the interface identifier, 0 without NFAS."""

    def __init__(self, span: str, id: int, index: int, channels: tuple[int, ...]) -> None:
        self.span: Final = span
        self.id: Final = id
        self.index: Final = index
        self.channels: Final = channels


def plans(table: TrunkTable) -> list[Plan]:
    """The spans of a trunk, those with D-channels first."""
    pri = table.pri
    assert pri is not None
    channels = b_channels(pri)
    if not pri.interfaces:
        return [Plan(table.span, 0, 0, channels)]
    made = []
    for n, (id, one) in enumerate(interfaces(pri)):
        own = tuple(c for c in channels if c // INTERFACE == id)
        made.append(Plan(one.span, id, n if has_d_channel(pri, one) else NO_D_CHANNEL, own))
    return made


class Interface:
    """A span of a trunk at work. It takes the frames of its D-channel and its span's alarms, and
    is what traces call the source of the D-channel's frames."""

    link_type = LINKTYPE_LINUX_LAPD

    def __init__(self, trunk: PriTrunk, plan: Plan, unit: BoardUnit) -> None:
        self.trunk: Final = trunk
        self.name = trunk.name
        self.clock = unit.board.clock
        self.unit: Final = unit
        self.id: Final = plan.id
        self.index: Final = plan.index
        self.channels: Final = plan.channels
        self.span_name: Final = plan.span
        self.span: Final[Span] = unit.board.span(int(plan.span.split("/")[1]))
        assert trunk.table.pri is not None
        self.timeslot: Final = d_channel(trunk.table.pri)
        """Of the D-channel."""
        self.line_is_down = False
        self.fault_since: int | None = None
        self.down_since = 0
        self.tx_refused = 0
        self.told = "out of service"
        """State of the D-channel that clients were told last."""

    @property
    def slot(self) -> Timeslot:
        """The D-channel's."""
        return self.span.timeslots[self.timeslot]

    def where(self) -> tuple[str, int]:
        """Span and timeslot of the D-channel, for traces."""
        return self.span_name, self.timeslot

    def counters(self) -> dict[str, int]:
        """What the D-channel's timeslot counted."""
        slot = self.slot.counters()
        counters = {name: int(getattr(slot, name)) for name in SLOT_COUNTERS}
        counters["tx_refused"] = self.tx_refused
        return counters

    # The D-channel

    def open(self) -> None:
        """Open the D-channel's timeslot."""
        self.slot.open_hdlc(HdlcConfig(max_octets=frame_octets(self.trunk.table)))

    def receive(self, frame: bytes, now: int) -> None:
        """A frame of the D-channel."""
        trunk = self.trunk
        now = trunk.unit.moment(now)
        if trunk.node.taps:
            trunk.node.tap(self, now, False, frame)
        trunk.frame_received(self.index, frame, now)
        trunk.pump(now)

    def send(self, frame: bytes, now: int) -> None:
        node = self.trunk.node
        if node.taps:
            node.tap(self, now, True, frame)
        if not self.slot.transmit(frame):
            self.tx_refused += 1  # Q.921 will ask for it again

    # Layer 1

    def begin(self, now: int) -> None:
        """Look at the span for the first time."""
        if self.span.alarms & LAYER1_FAULTS:
            self.fault_since = now
            self._line_down(now)

    def alarms_changed(self, now: int) -> None:
        """Tell the engine when layer 1 is lost for longer than ``line_hold``, or back."""
        trunk = self.trunk
        now = trunk.unit.moment(now)
        if not trunk.begun:
            return
        if not self.span.alarms & LAYER1_FAULTS:
            self.fault_since = None
            if self.line_is_down:
                self.line_is_down = False
                self._tell(now)
        elif self.fault_since is None:
            self.fault_since = now
            trunk.node.at(now + trunk.table.line_hold, self._persists)

    def _persists(self, now: int) -> None:
        """Deactivation is persistent (Q.921 annex B) when the fault has lasted all the time."""
        since = self.fault_since
        if since is None or self.line_is_down:
            return
        until = since + self.trunk.table.line_hold
        if self.span.kind is SpanKind.T1 and self.span.alarms & LAYER1_FAULTS == {Alarm.RAI}:
            until += YELLOW
        if now >= until:
            self._line_down(self.trunk.unit.moment(now))
        elif now >= since + self.trunk.table.line_hold:
            self.trunk.node.at(until, self._persists)

    def _line_down(self, now: int) -> None:
        self.line_is_down = True
        self.down_since = now
        self._tell(now)
        if self._shares():
            self.trunk.node.at(now + self._patience(), self._given_up)

    def _shares(self) -> bool:
        """Its calls may be controlled on another span's D-channel."""
        return len(self.trunk.interfaces) > 1

    def _patience(self) -> int:
        return self.trunk.engine.config.timers.duration[T309 - 300]

    def _tell(self, now: int) -> None:
        trunk = self.trunk
        if self._shares():
            trunk.engine.lose(self.channels, self.line_is_down, now)
        if self.index != NO_D_CHANNEL:
            trunk.line_changed(self.index, not self.line_is_down, now)
        trunk.pump(now)

    def _given_up(self, now: int) -> None:
        """Nobody has heard anything for T309, as long as calls wait for a lost D-channel."""
        if not self.line_is_down or now < self.down_since + self._patience():
            return
        for call in [*self.trunk.calls.values()]:
            if call.channel in self.channels and not call.cleared_here:
                self.trunk.clear(call, OUT_OF_ORDER, self.trunk.unit.moment(now))
