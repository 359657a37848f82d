"""What the boards tell, given to those of a node whom it concerns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ..board.call_control import CONTROL_EVENTS, ControlEvent
from ..board.events import (
    AlarmChanged,
    BitsChanged,
    BoardEvent,
    EventsLost,
    FrameReceived,
    PlayEnded,
    PortChanged,
    RecordEnded,
    SignalUnitErrors,
    SignalUnitReceived,
    TransmitLow,
)
from ..board.line import (
    BatteryChanged,
    GroundChanged,
    HookChanged,
    InUseChanged,
    LineSent,
    MeteringPulse,
    RingChanged,
)
from ..board.media_events import (
    BridgeEnded,
    Clipped,
    DigitHeard,
    FskHeard,
    LiveEnded,
    ModemToneHeard,
    SegmentHeard,
    TalkersChanged,
    VoiceHeard,
)
from ..board.t1 import FdlReceived
from . import events
from .node_parts import BoardUnit

if TYPE_CHECKING:
    from .node import Node

_MEDIA_EVENTS: Final = (
    PlayEnded,
    RecordEnded,
    DigitHeard,
    FskHeard,
    ModemToneHeard,
    SegmentHeard,
    VoiceHeard,
    Clipped,
    TalkersChanged,
    LiveEnded,
    BridgeEnded,
)


_LINE_EVENTS: Final = (
    BitsChanged,
    HookChanged,
    RingChanged,
    BatteryChanged,
    GroundChanged,
    InUseChanged,
    MeteringPulse,
    LineSent,
)


class BoardEvents:
    """A handler for each kind of event of a board."""

    def __init__(self, node: Node) -> None:
        self._node: Final = node
        self.handlers: Final[dict[type, Callable[[BoardUnit, Any], None]]] = {
            FrameReceived: self._frame,
            AlarmChanged: self._alarm,
            SignalUnitReceived: self._signal_unit,
            SignalUnitErrors: self._signal_unit_errors,
            TransmitLow: self._transmit_low,
            **dict.fromkeys(_MEDIA_EVENTS, self._media_event),
            **dict.fromkeys(_LINE_EVENTS, self._line_event),
            **dict.fromkeys(CONTROL_EVENTS, self._control_event),
            PortChanged: self._port,
            FdlReceived: self._fdl,
            EventsLost: self._lost,
        }

    def _frame(self, unit: BoardUnit, event: FrameReceived) -> None:
        taker = unit.by_timeslot.get((event.span, event.timeslot))
        if taker is not None:
            taker.receive(event.frame, unit.moment(event.time))

    def _signal_unit(self, unit: BoardUnit, event: SignalUnitReceived) -> None:
        line = unit.lines.get((event.span, event.timeslot))
        if line is not None:
            line.receive(event.frame, unit.moment(event.time), event.sus)

    def _signal_unit_errors(self, unit: BoardUnit, event: SignalUnitErrors) -> None:
        line = unit.lines.get((event.span, event.timeslot))
        if line is not None:
            line.receive_errors(event.errors, unit.moment(event.time), event.sus)

    def _transmit_low(self, unit: BoardUnit, event: TransmitLow) -> None:
        line = unit.lines.get((event.span, event.timeslot))
        if line is not None:
            line.transmit_low(unit.moment(event.time))

    def _line_event(self, unit: BoardUnit, event: Any) -> None:
        taker = unit.line_takers.get((event.span, event.timeslot))
        if taker is not None:
            taker.line_event(event)

    def _control_event(self, unit: BoardUnit, event: ControlEvent) -> None:
        taker = unit.controlled.get((event.span, event.timeslot))
        if taker is not None:
            taker.control_event(event)

    def _media_event(self, unit: BoardUnit, event: Any) -> None:
        if unit.hearers and not isinstance(event, TalkersChanged):
            hear = unit.hearers.get((event.span, event.timeslot))
            if hear is not None and hear(event):
                return
        self._node.media.board_event(unit, event)

    def _alarm(self, unit: BoardUnit, event: AlarmChanged) -> None:
        span = f"{unit.name}/{event.span}"
        unit.alarms_since[event.span] = event.time
        users = unit.by_span.get(event.span, [])
        name = next((user.name for user in users if user.name in self._node.trunks), "")
        self._tell(unit, events.AlarmChanged, event, name, span, event.alarm.name, event.active)
        for user in users:
            user.alarms_changed(unit.moment(event.time))

    def _port(self, unit: BoardUnit, event: PortChanged) -> None:
        span = f"{unit.name}/{event.span}"
        self._tell(unit, events.PortChanged, event, "", span, event.timeslot, event.connected)

    def _fdl(self, unit: BoardUnit, event: FdlReceived) -> None:
        self._tell(unit, events.FdlReceived, event, *unit.fdl_words(event))

    def _lost(self, unit: BoardUnit, event: EventsLost) -> None:
        unit.events_lost += event.count
        self._tell(unit, events.BoardEventsLost, event, "", unit.name, event.count)
        # What was lost may have been an alarm or the end of a message: look at what is there.
        self._node.media.lost(unit.board)
        for line in unit.lines.values():
            line.events_lost(unit.moment(event.time))
        for users in unit.by_span.values():
            for user in users:
                user.alarms_changed(unit.moment(event.time))
        for taker in dict.fromkeys(unit.line_takers.values()):
            taker.events_lost(unit.moment(event.time))
        for owner in dict.fromkeys(unit.controlled.values()):
            owner.events_lost(unit.moment(event.time))

    def _tell(
        self,
        unit: BoardUnit,
        kind: type[events.Event],
        cause: BoardEvent,
        trunk: str,
        *rest: Any,
    ) -> None:
        self._node.seq += 1
        time = unit.board.clock.wall(unit.moment(cause.time))
        self._node.emit(kind(self._node.seq, time, *rest), trunk)
