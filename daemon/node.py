"""The core: boards, trunks, calls and timers, without an event loop.

The runner (real time) or virtual.py (stepped boards) calls ``drain_board`` when a board has
events and ``handle_timeout`` when ``next_timeout`` is due. Everything that happens goes to the
sinks, in order, as events of events.py.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any, Final

from ..board import registry
from ..board.call_control import CONTROL_EVENTS, ControlEvent
from ..board.clock import SECOND, Clock
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
from ..errors import Error, LocalError
from ..signaling.call import CHANNEL_IDLE, CallRequest
from . import events
from .audit import Auditor
from .calls import Call
from .config import Config, TrunkTable
from .config_ss7 import SignallingPointTable
from .media import Media
from .methods import SpanInfo
from .node_parts import BoardUnit as BoardUnit
from .node_parts import LineSource, LineTap, Signaller, Source, Tap, Watcher
from .route_desk import Routing
from .session import Sessions
from .smdi import SmdiLink
from .smdi_open import open_links
from .ss7 import SERVICES, SignallingPoint
from .switch import Switch
from .trunk import Trunk
from .trunk_board import BoardTrunk
from .trunk_line import LineTrunk
from .trunk_nfas import NfasTrunk
from .trunk_pri import PriTrunk
from .trunk_ss7 import CircuitTrunk

EventSink = Callable[[events.Event, str], None]
"""Called with an event and the name of its trunk (or "")."""


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


def run_here(work: Callable[[], Any], done: Callable[[Any, Exception | None], None]) -> None:
    """The ``offload`` of a node without threads: do it now."""
    try:
        result = work()
    except Error as exc:
        done(None, exc)
        return
    done(result, None)


class Node:
    """Boards, trunks and calls of one configuration.

    ``clock``: a VirtualClock asks for stepped boards. ``instance`` tells runs of a daemon apart.
    ``watcher``: the event loop, for descriptors (fax workers).
    ``offload(work, done)``: runs ``work`` where it may block, then ``done(result, error)`` here.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock | None = None,
        instance: str = "0",
        offload: Callable[..., None] = run_here,
        watcher: Watcher | None = None,
    ) -> None:
        self.config = config
        self.instance = instance
        self.offload = offload
        self.boards: dict[str, BoardUnit] = {}
        self.trunks: dict[str, Trunk] = {}
        self.points: dict[str, SignallingPoint] = {}
        self.signallers: list[Signaller] = []
        self.calls: dict[int, Call] = {}
        self.calls_total = 0
        self.seq = 0
        self.draining = False
        self.sinks: list[EventSink] = []
        self.call_sinks: list[Callable[[Call], None]] = []
        self.taps: list[Tap] = []
        self.line_taps: list[LineTap] = []
        self.on_problem: Callable[[Exception], None] | None = None
        self.problems = 0
        self._unsettled: list[SignallingPoint] = []
        self.media = Media(self)
        self.switch = Switch(self)
        self.routing = Routing(self)
        self.auditor = Auditor(self, config.daemon.audit)
        self.sessions = Sessions(self)
        self.smdi: dict[str, SmdiLink] = {}
        self.watched: dict[int, Callable[[], None]] = {}
        self._watcher = watcher
        self._timers: list[tuple[int, int, Callable[[int], None]]] = []
        self._timer_count = 0
        self._last_call = 0
        self.recovering = False
        self._clock = clock
        self._handlers: Final[dict[type, Callable[[BoardUnit, Any], None]]] = {
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

    # Life

    def go_on_from(self, seq: int, call_id: int, recovering: bool) -> None:
        """Numbers go on from those of the run before. ``recovering``: it was killed, and the far
        ends may have calls of it: channels are reset when the links are up."""
        self.seq, self._last_call, self.recovering = seq, call_id, recovering

    def open(self) -> None:
        """Open all boards and make the trunks; what was opened is closed again on an error."""
        try:
            for table in self.config.board:
                board = registry.open_board(table.address, table.driver, self._clock)
                self.boards[table.name] = BoardUnit(table.name, board)
            for point_table in self.config.ss7:
                self._open_point(point_table)
            for trunk_table in self.config.trunk:
                if trunk_table.ss7 is not None:
                    self._open_circuits(trunk_table, self.points[trunk_table.ss7.ss7])
                elif trunk_table.pri is not None:
                    self._open_pri(trunk_table)
                elif trunk_table.signalling == "board":
                    self._open_board(trunk_table)
                else:
                    self._open_lines(trunk_table)
            open_links(self)
            self.routing.open()
            self.switch.forwards.load()
        except Error:
            self.close()
            raise

    def _open_pri(self, table: TrunkTable) -> None:
        assert table.pri is not None
        trunk = NfasTrunk(self, table) if table.pri.backup else PriTrunk(self, table)
        self.trunks[trunk.name] = trunk
        self.signallers.append(trunk)
        for interface in trunk.interfaces:
            interface.unit.by_span.setdefault(interface.span.number, []).append(interface)
        for interface in trunk.d_channels:
            interface.unit.by_timeslot[interface.span.number, interface.timeslot] = interface

    def _open_lines(self, table: TrunkTable) -> None:
        unit = self.boards[table.board]
        trunk = LineTrunk(self, table, unit)
        self.trunks[trunk.name] = trunk
        self.signallers.append(trunk)
        unit.by_span.setdefault(trunk.span.number, []).append(trunk)
        for channel in trunk.channels:
            unit.line_takers[trunk.span.number, channel] = trunk
            unit.hearers[trunk.span.number, channel] = trunk.media_event

    def _open_board(self, table: TrunkTable) -> None:
        unit = self.boards[table.board]
        trunk = BoardTrunk(self, table, unit)
        self.trunks[trunk.name] = trunk
        self.signallers.append(trunk)
        unit.by_span.setdefault(trunk.span.number, []).append(trunk)
        for channel in trunk.channels:
            unit.controlled[trunk.span.number, channel] = trunk

    def _open_point(self, table: SignallingPointTable) -> None:
        users = {
            SERVICES[trunk.signalling]
            for trunk in self.config.trunk
            if trunk.ss7 is not None and trunk.ss7.ss7 == table.name
        }
        point = SignallingPoint(self, table, tuple(sorted(users)))
        self.points[point.name] = point
        self.signallers.append(point)
        for line in point.lines:
            line.unit.lines[line.span.number, line.table.timeslot] = line
            line.unit.by_span.setdefault(line.span.number, []).append(line)

    def _open_circuits(self, table: TrunkTable, point: SignallingPoint) -> None:
        trunk = CircuitTrunk(self, table, point)
        self.trunks[trunk.name] = trunk
        point.trunks.append(trunk)
        for name in table.spans:
            board, _, number = name.partition("/")
            self.boards[board].by_span.setdefault(int(number), []).append(trunk)

    def start(self) -> None:
        """Start the boards and bring the links up."""
        for unit in self.boards.values():
            unit.board.start()
        for signaller in self.signallers:
            signaller.start(signaller.now())
        self.auditor.start()

    def close(self) -> None:
        """Give the boards back; calls that are still up end with them."""
        for link in self.smdi.values():
            link.close()
        for unit in self.boards.values():
            unit.board.close()
        self.boards.clear()

    def drain(self, on: bool) -> None:
        """While on, no call can be placed and new ones are refused."""
        self.draining = on
        for trunk in self.trunks.values():
            now = trunk.now()
            if trunk.desk_lines is not None:
                trunk.desk_lines.let_go(now)
            trunk.engine.drain(on, now)
            trunk.pump(now)

    def now(self) -> int:
        """Board time: of the first board (all real boards use CLOCK_MONOTONIC)."""
        for unit in self.boards.values():
            return unit.board.clock.now()
        return 0

    def wall(self, time: int) -> int:
        for unit in self.boards.values():
            return unit.board.clock.wall(time)
        return 0

    # Events of the boards

    def drain_board(self, unit: BoardUnit) -> int:
        """Take and handle all events of a board; how many there were."""
        happened = unit.board.events()
        handlers = self._handlers
        for event in happened:
            handler = handlers.get(type(event))
            if handler is None:
                continue
            try:
                handler(unit, event)
            except Exception as exc:
                self.problem(exc)
        self._settle()
        return len(happened)

    def settle_later(self, point: SignallingPoint) -> None:
        """Let a signalling point pump once all events that wait are taken."""
        if point not in self._unsettled:
            self._unsettled.append(point)

    def _settle(self) -> None:
        while self._unsettled:
            try:
                self._unsettled.pop().settle()
            except Exception as exc:
                self.problem(exc)

    def problem(self, error: Exception) -> None:
        """Something failed in trunkd itself. With ``on_problem`` the rest goes on, else it is
        raised: one bad event must not end the calls of all boards, and no test may miss it."""
        self.problems += 1
        if self.on_problem is None:
            raise error
        self.on_problem(error)

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
        self.media.board_event(unit, event)

    def _alarm(self, unit: BoardUnit, event: AlarmChanged) -> None:
        span = f"{unit.name}/{event.span}"
        unit.alarms_since[event.span] = event.time
        users = unit.by_span.get(event.span, [])
        name = next((user.name for user in users if user.name in self.trunks), "")
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
        self.media.lost(unit.board)
        for line in unit.lines.values():
            line.events_lost(unit.moment(event.time))
        for users in unit.by_span.values():
            for user in users:
                user.alarms_changed(unit.moment(event.time))
        for taker in dict.fromkeys(unit.line_takers.values()):
            taker.events_lost(unit.moment(event.time))
        for owner in dict.fromkeys(unit.controlled.values()):
            owner.events_lost(unit.moment(event.time))

    # Events to the sinks

    def emit(self, event: events.Event, trunk: str) -> None:
        """Give an event, already numbered, to every sink."""
        self.sessions.told(event)
        for sink in self.sinks:
            sink(event, trunk)

    def _tell(
        self,
        unit: BoardUnit,
        kind: type[events.Event],
        cause: BoardEvent,
        trunk: str,
        *rest: Any,
    ) -> None:
        self.seq += 1
        time = unit.board.clock.wall(unit.moment(cause.time))
        self.emit(kind(self.seq, time, *rest), trunk)

    def tell(self, kind: type[events.Event], *rest: Any) -> None:
        """An event of the daemon itself, now."""
        self.tell_at(kind, self.now(), "", *rest)

    def tell_at(self, kind: type[events.Event], now: int, trunk: str, *rest: Any) -> None:
        """An event of board time ``now``."""
        self.seq += 1
        self.emit(kind(self.seq, self.wall(now), *rest), trunk)

    def tell_call(self, kind: type[events.CallEvent], call: Call, *rest: Any) -> None:
        """An event of a call that no engine reported, now."""
        self.seq += 1
        time = call.trunk.clock.wall(call.trunk.now())
        self.emit(kind(self.seq, time, call.call_id, call.device, *rest), call.trunk.name)

    def call_ended(self, call: Call) -> None:
        for sink in self.call_sinks:
            sink(call)

    def tap(self, source: Source, time: int, sent: bool, frame: bytes) -> None:
        for tap in self.taps:
            tap(source, time, sent, frame)

    def line_tap(
        self, source: LineSource, time: int, sent: bool, channel: int, text: str, minor: bool
    ) -> None:
        for tap in self.line_taps:
            tap(source, time, sent, channel, text, minor)

    # Timers

    def at(self, time: int, action: Callable[[int], None]) -> None:
        """Call ``action(now)`` when board time reaches ``time``."""
        self._timer_count += 1
        heapq.heappush(self._timers, (time, self._timer_count, action))

    def next_timeout(self) -> int | None:
        """When ``handle_timeout`` is due; asking changes nothing."""
        due = self._timers[0][0] if self._timers else None
        for signaller in self.signallers:
            deadline = signaller.deadline
            if deadline is not None and (due is None or deadline < due):
                due = deadline
        return due

    def handle_timeout(self, now: int) -> None:
        """Let everything happen that is due by ``now``."""
        for signaller in self.signallers:
            if signaller.deadline is not None and signaller.deadline <= now:
                try:
                    signaller.handle_timeout(now)
                except Exception as exc:
                    # A timer that fails must not spin, nor be forgotten.
                    signaller.deadline = now + SECOND
                    self.problem(exc)
        while self._timers and self._timers[0][0] <= now:
            action = heapq.heappop(self._timers)[2]
            try:
                action(now)
            except Exception as exc:
                self.problem(exc)

    # Descriptors

    def watch(self, fd: int, action: Callable[[], None]) -> None:
        """Call ``action()`` when ``fd`` is readable. Without an event loop whoever runs the node
        looks at ``watched``."""
        self.watched[fd] = action
        if self._watcher is not None:
            self._watcher.add_reader(fd, action)

    def unwatch(self, fd: int) -> None:
        if self.watched.pop(fd, None) is not None and self._watcher is not None:
            self._watcher.remove_reader(fd)

    # Requests

    @property
    def last_call(self) -> int:
        """callId of the latest call."""
        return self._last_call

    def next_call_id(self) -> int:
        self._last_call += 1
        return self._last_call

    def call(self, call_id: int) -> Call:
        """The call; LocalError when there is none (any more)."""
        found = self.calls.get(call_id)
        if found is None:
            raise LocalError(f"there is no call {call_id}")
        return found

    def trunk(self, name: str) -> Trunk:
        """The trunk ``name`` or ``trunk/name``; LocalError names the ones there are."""
        found = self.trunks.get(name.removeprefix("trunk/"))
        if found is None:
            have = ", ".join(self.trunks) or "none is configured"
            raise LocalError(f"there is no trunk '{name}': {have}")
        return found

    def choose_trunk(self) -> Trunk:
        """The first trunk that is up and has an idle channel, else the first that is up."""
        up = [t for t in self.trunks.values() if t.up]
        if not up:
            why = "; ".join(f"{t.name}: {t.reason}" for t in self.trunks.values())
            raise LocalError(f"no trunk is up ({why or 'none is configured'})")
        for trunk in up:
            if CHANNEL_IDLE in trunk.channel_state.values():
                return trunk
        return up[0]

    def place(self, trunk: Trunk, request: CallRequest) -> Call:
        """Place a call; LocalError says why it cannot be placed."""
        return trunk.place(request, trunk.now())

    def span_unit(self, name: str) -> tuple[BoardUnit, int]:
        """Board and number of ``board/span``; LocalError when there is no such span."""
        board, _, number = name.partition("/")
        unit = self.boards.get(board)
        if unit is None or not number.isdecimal() or not 1 <= int(number) <= len(unit.board.spans):
            have = ", ".join(
                f"{n}/{s.number}" for n, u in self.boards.items() for s in u.board.spans
            )
            raise LocalError(f"there is no span '{name}': {have}")
        return unit, int(number)

    def span_infos(self) -> list[SpanInfo]:
        """All spans as clients see them."""
        return [info for unit in self.boards.values() for info in unit.span_infos()]
