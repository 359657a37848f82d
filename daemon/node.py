"""The core: boards, trunks, calls and timers, without an event loop.

The runner (real time) or virtual.py (stepped boards) calls ``drain_board`` when a board has
events and ``handle_timeout`` when ``next_timeout`` is due. Everything that happens goes to the
sinks, in order, as events of events.py.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any, Final, Protocol

from ..board import registry
from ..board.clock import SECOND, Clock
from ..board.events import (
    AlarmChanged,
    BoardEvent,
    EventsLost,
    FrameReceived,
    PlayEnded,
    PortChanged,
    RecordEnded,
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
from ..board.model import Board, Loopback
from ..errors import Error, LocalError
from ..signaling.call import CHANNEL_IDLE, CallRequest
from . import events
from .calls import Call
from .config import Config
from .media import Media
from .methods import BoardInfo, SpanInfo
from .trunk import Trunk

EventSink = Callable[[events.Event, str], None]
"""Called with an event and the name of its trunk (or "")."""


class Tap(Protocol):
    """Sees every D-channel frame: ``sent`` is True for those from us; ``time`` is board time."""

    def __call__(self, trunk: Trunk, time: int, sent: bool, frame: bytes) -> None: ...


class Watcher(Protocol):
    """Who calls when a descriptor is readable: the event loop."""

    def add_reader(self, fd: int, callback: Callable[[], None], /) -> object: ...
    def remove_reader(self, fd: int, /) -> object: ...


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


class BoardUnit:
    """One ``[[board]]`` at work."""

    def __init__(self, name: str, board: Board) -> None:
        self.name = name
        self.board = board
        self.by_d_channel: dict[tuple[int, int], Trunk] = {}
        self.by_span: dict[int, list[Trunk]] = {}
        self.alarms_since: dict[int, int] = {}
        self.loopback: dict[int, Loopback] = {}
        self.events_lost = 0
        self._latest = 0

    def moment(self, time: int) -> int:
        """``time``, or the latest time that this board's engines were told, if that is later.

        A block's events come after it ended, so a request may have been served at a later time
        already; an engine's time must not go back.
        """
        if time > self._latest:
            self._latest = time
        return self._latest

    def info(self) -> BoardInfo:
        stats = self.board.stats()
        ran = stats.blocks * stats.block_ns
        return BoardInfo(
            name=self.name,
            address=self.board.address,
            spans=len(self.board.spans),
            load=round(stats.busy_ns / ran, 4) if ran else 0.0,
            overruns=stats.overruns,
            events_lost=stats.events_lost,
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
        self.calls: dict[int, Call] = {}
        self.calls_total = 0
        self.seq = 0
        self.draining = False
        self.sinks: list[EventSink] = []
        self.call_sinks: list[Callable[[Call], None]] = []
        self.taps: list[Tap] = []
        self.on_problem: Callable[[Exception], None] | None = None
        self.problems = 0
        self.media = Media(self)
        self.watched: dict[int, Callable[[], None]] = {}
        self._watcher = watcher
        self._timers: list[tuple[int, int, Callable[[int], None]]] = []
        self._timer_count = 0
        self._last_call = 0
        self._clock = clock
        self._handlers: Final[dict[type, Callable[[BoardUnit, Any], None]]] = {
            FrameReceived: self._frame,
            AlarmChanged: self._alarm,
            **dict.fromkeys(_MEDIA_EVENTS, self.media.board_event),
            PortChanged: self._port,
            EventsLost: self._lost,
        }

    # Life

    def open(self) -> None:
        """Open all boards and make the trunks; what was opened is closed again on an error."""
        try:
            for table in self.config.board:
                board = registry.open_board(table.address, table.driver, self._clock)
                self.boards[table.name] = BoardUnit(table.name, board)
            for trunk_table in self.config.trunk:
                unit = self.boards[trunk_table.board]
                trunk = Trunk(self, trunk_table, unit)
                self.trunks[trunk.name] = trunk
                unit.by_d_channel[trunk.span.number, trunk.d_channel] = trunk
                unit.by_span.setdefault(trunk.span.number, []).append(trunk)
        except Error:
            self.close()
            raise

    def start(self) -> None:
        """Start the boards and bring the links up."""
        for unit in self.boards.values():
            unit.board.start()
            now = unit.moment(unit.board.clock.now())
            for trunks in unit.by_span.values():
                for trunk in trunks:
                    trunk.start(now)

    def close(self) -> None:
        """Give the boards back; calls that are still up end with them."""
        for unit in self.boards.values():
            unit.board.close()
        self.boards.clear()

    def drain(self, on: bool) -> None:
        """While on, no call can be placed and new ones are refused."""
        self.draining = on
        for trunk in self.trunks.values():
            now = trunk.now()
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
        return len(happened)

    def problem(self, error: Exception) -> None:
        """Something failed in trunkd itself. With ``on_problem`` the rest goes on, else it is
        raised: one bad event must not end the calls of all boards, and no test may miss it."""
        self.problems += 1
        if self.on_problem is None:
            raise error
        self.on_problem(error)

    def _frame(self, unit: BoardUnit, event: FrameReceived) -> None:
        trunk = unit.by_d_channel.get((event.span, event.timeslot))
        if trunk is not None:
            trunk.receive(event.frame, unit.moment(event.time))

    def _alarm(self, unit: BoardUnit, event: AlarmChanged) -> None:
        span = f"{unit.name}/{event.span}"
        unit.alarms_since[event.span] = event.time
        trunks = unit.by_span.get(event.span, [])
        name = trunks[0].name if trunks else ""
        self._tell(unit, events.AlarmChanged, event, name, span, event.alarm.name, event.active)
        for trunk in trunks:
            trunk.alarms_changed(unit.moment(event.time))

    def _port(self, unit: BoardUnit, event: PortChanged) -> None:
        span = f"{unit.name}/{event.span}"
        self._tell(unit, events.PortChanged, event, "", span, event.timeslot, event.connected)

    def _lost(self, unit: BoardUnit, event: EventsLost) -> None:
        unit.events_lost += event.count
        self._tell(unit, events.BoardEventsLost, event, "", unit.name, event.count)
        # What was lost may have been an alarm or the end of a message: look at what is there.
        self.media.lost(unit.board)
        for trunks in unit.by_span.values():
            for trunk in trunks:
                trunk.alarms_changed(unit.moment(event.time))

    # Events to the sinks

    def emit(self, event: events.Event, trunk: str) -> None:
        """Give an event, already numbered, to every sink."""
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
        self.seq += 1
        self.emit(kind(self.seq, self.wall(self.now()), *rest), "")

    def tell_call(self, kind: type[events.CallEvent], call: Call, *rest: Any) -> None:
        """An event of a call that no engine reported, now."""
        self.seq += 1
        time = call.trunk.clock.wall(call.trunk.now())
        self.emit(kind(self.seq, time, call.call_id, call.device, *rest), call.trunk.name)

    def call_ended(self, call: Call) -> None:
        for sink in self.call_sinks:
            sink(call)

    def tap(self, trunk: Trunk, time: int, sent: bool, frame: bytes) -> None:
        for tap in self.taps:
            tap(trunk, time, sent, frame)

    # Timers

    def at(self, time: int, action: Callable[[int], None]) -> None:
        """Call ``action(now)`` when board time reaches ``time``."""
        self._timer_count += 1
        heapq.heappush(self._timers, (time, self._timer_count, action))

    def next_timeout(self) -> int | None:
        """When ``handle_timeout`` is due; asking changes nothing."""
        due = self._timers[0][0] if self._timers else None
        for trunk in self.trunks.values():
            deadline = trunk.deadline
            if deadline is not None and (due is None or deadline < due):
                due = deadline
        return due

    def handle_timeout(self, now: int) -> None:
        """Let everything happen that is due by ``now``."""
        for trunk in self.trunks.values():
            if trunk.deadline is not None and trunk.deadline <= now:
                try:
                    trunk.handle_timeout(trunk.unit.moment(now))
                except Exception as exc:
                    # A timer that fails must not spin, nor be forgotten.
                    trunk.deadline = now + SECOND
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
        if unit is None or not number.isdigit() or not 1 <= int(number) <= len(unit.board.spans):
            have = ", ".join(
                f"{n}/{s.number}" for n, u in self.boards.items() for s in u.board.spans
            )
            raise LocalError(f"there is no span '{name}': {have}")
        return unit, int(number)

    def span_infos(self) -> list[SpanInfo]:
        """All spans as clients see them."""
        made = []
        for unit in self.boards.values():
            for span in unit.board.spans:
                counters = span.counters()
                trunks = unit.by_span.get(span.number, [])
                since = unit.alarms_since.get(span.number, 0)
                made.append(
                    SpanInfo(
                        name=f"{unit.name}/{span.number}",
                        board=unit.name,
                        number=span.number,
                        kind=span.kind.value,
                        trunk=", ".join(t.name for t in trunks),
                        alarms=[a.name for a in sorted(span.alarms)],
                        since=unit.board.clock.wall(since) if since else 0,
                        counters={
                            "frames": counters.frames,
                            "fas_errors": counters.fas_errors,
                            "crc4_errors": counters.crc4_errors,
                            "e_bits": counters.e_bits,
                            "slips": counters.slips,
                            **{f"alarm_{a.name}": n for a, n in counters.alarms.items()},
                        },
                        loopback=unit.loopback.get(span.number, Loopback.NONE).value,
                    )
                )
        return made
