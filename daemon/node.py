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
from ..board.clock import SECOND, Clock
from ..errors import Error, LocalError
from ..signaling.call import CHANNEL_IDLE, CallRequest
from . import events
from .audit import Auditor
from .calls import Call
from .config import Config
from .kept_calls import Keeper
from .media import Media
from .methods import SpanInfo
from .node_events import BoardEvents
from .node_open import open_signalling
from .node_parts import BoardUnit as BoardUnit
from .node_parts import LineSource, LineTap, Signaller, Source, Tap, Watcher
from .route_desk import Routing
from .session import Sessions
from .smdi import SmdiLink
from .smdi_open import open_links
from .ss7 import SignallingPoint
from .switch import Switch
from .trunk import Trunk

EventSink = Callable[[events.Event, str], None]
"""Called with an event and the name of its trunk (or "")."""


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
        self.kept = Keeper(self)
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
        self._first: int | None = None
        """The signallers' earliest deadline, when that is known."""
        self._first_known = False
        self._last_call = 0
        self.recovering = False
        self._clock = clock
        self._handlers: Final = BoardEvents(self).handlers

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
            open_signalling(self)
            open_links(self)
            self.routing.open()
            self.switch.forwards.load()
        except Error:
            self.close()
            raise

    def start(self) -> None:
        """Start the boards and bring the links up."""
        for unit in self.boards.values():
            unit.board.start()
        self.kept.restore()
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

    # Events to the sinks

    def emit(self, event: events.Event, trunk: str) -> None:
        """Give an event, already numbered, to every sink."""
        self.sessions.told(event)
        for sink in self.sinks:
            sink(event, trunk)

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

    def deadlines_changed(self) -> None:
        """A signaller has another deadline than before."""
        self._first_known = False

    def next_timeout(self) -> int | None:
        """When ``handle_timeout`` is due; asking changes nothing."""
        if not self._first_known:
            # Not a heap: deadlines move with every frame, and this is asked after each request.
            due = [s.deadline for s in self.signallers if s.deadline is not None]
            self._first = min(due, default=None)
            self._first_known = True
        if self._timers and (self._first is None or self._timers[0][0] < self._first):
            return self._timers[0][0]
        return self._first

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
