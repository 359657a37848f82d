"""A trunk whose calls the board controls by itself (``signalling = "board"``): SDK boards.

The board signals and tells of calls by board/call_control.py; the engine (signaling/board_calls.py)
makes calls of that. Calls are had as on any other trunk; what media can be had is what the board's
timeslots can do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ..board.call_control import CallControl, ControlEvent, LineType
from ..board.events import Alarm
from ..board.model import Span, Timeslot
from ..errors import ConfigError, LocalError
from ..signaling import call as neutral
from ..signaling.board_calls import BoardCalls
from . import events
from .calls import Call
from .config import TrunkTable
from .config_board import BoardCallsTable
from .config_board import named as named_channels
from .trunk import Trunk

if TYPE_CHECKING:
    from .node import BoardUnit, Node

FAULTY: Final = frozenset({Alarm.LOS, Alarm.LOF, Alarm.AIS, Alarm.RAI})
"""With one of these no calls are placed on a span."""


def controls_of(table: TrunkTable, span: Span) -> dict[int, CallControl]:
    """Channels and their call control; ConfigError when the span has no such."""
    own = table.calls or BoardCallsTable()
    have = {slot.number: slot.calls for slot in span.timeslots if slot.calls is not None}
    if not have:
        raise ConfigError(
            f"trunk '{table.name}': span {table.span} has no channels whose calls the board "
            "controls: choose another signalling, or another span"
        )
    found = {}
    for channel in named_channels(own) or tuple(have):
        control = have.get(channel)
        if control is None:
            raise ConfigError(
                f"trunk '{table.name}': channel {channel} of {table.span} has no calls of the "
                f"board's own: leave it out of channels (it has {_ranges(tuple(have))})"
            )
        found[channel] = control
    taps = {control.line is LineType.RECORDING for control in found.values()}
    if len(taps) > 1:
        raise ConfigError(
            f"trunk '{table.name}': span {table.span} has recording channels and others: give "
            "each kind a trunk of its own, by channels"
        )
    return found


def _ranges(numbers: tuple[int, ...]) -> str:
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


class BoardTrunk(Trunk):
    """One ``[[trunk]]`` with ``signalling = "board"``."""

    says_proceeding = False

    def __init__(self, node: Node, table: TrunkTable, unit: BoardUnit) -> None:
        self.span: Final[Span] = unit.board.span(table.span_number)
        controls = controls_of(table, self.span)
        super().__init__(node, table, unit, tuple(sorted(controls)))
        own = table.calls or BoardCallsTable()
        self.engine: BoardCalls = BoardCalls(controls, own.hunt, own.tones, own.clear_time)
        self.faulty = False

    def timeslot(self, channel: int) -> Timeslot:
        return self.span.timeslots[channel]

    def unit_of(self, channel: int) -> BoardUnit:
        return self.unit

    def spans(self) -> str:
        return self.table.span

    def counters(self) -> dict[str, int]:
        return self.engine.counters()

    # Life

    def start(self, now: int) -> None:
        """The boards run: what the channels' conditions are."""
        self.since = now
        self.engine.start(now)
        self.alarms_changed(now)
        if not self.faulty:
            self._link_changed(neutral.LinkChanged(True, "the board controls the calls"), now)
        self.pump(now)

    def alarms_changed(self, now: int) -> None:
        """The span's alarms: no calls are placed on it while it has one."""
        faults = self.span.alarms & FAULTY
        names = ", ".join(sorted(alarm.name for alarm in faults))
        reason = self.span.fault or f"the span has {names}"
        if bool(faults) == self.faulty:
            if faults and reason != self.reason:
                self._link_changed(neutral.LinkChanged(False, reason), now)
            return
        self.faulty = bool(faults)
        if faults:
            self.engine.line_down(self.channels, now)
            self._link_changed(neutral.LinkChanged(False, reason), now)
        else:
            self.engine.line_up(self.channels, now)
            self._link_changed(neutral.LinkChanged(True, "the span is back"), now)
        self.pump(now)

    def handle_timeout(self, now: int) -> None:
        now = self.unit.moment(now)
        self.engine.handle_timeout(now)
        self.pump(now)

    def control_event(self, event: ControlEvent) -> None:
        """The board tells of a channel's call or condition."""
        now = self.unit.moment(event.time)
        self.engine.receive(event, now)
        self.pump(now)

    def events_lost(self, now: int) -> None:
        """The board lost reports: channels that are idle by its own word have no call."""
        self.engine.events_lost(now)
        self.pump(now)

    def pump(self, now: int) -> None:
        """Tell what happened, until nothing more does."""
        try:
            while happened := self.engine.events():
                for event in happened:
                    self._handle(event, now)
        finally:
            self.deadline = self.engine.next_timeout()

    # What the engine reports

    def _make_handlers(self) -> dict[type, Callable[[Any, int], None]]:
        return {**super()._make_handlers(), neutral.BlockingDone: self._blocking_done}

    def _number_done(self, call: Call, said: bool, now: int) -> None:
        if self.engine.taps_only:
            self._delivered(call, now, False)  # others answer it
            return
        super()._number_done(call, said, now)

    def _blocking_done(self, event: neutral.BlockingDone, now: int) -> None:
        self._tell_trunk(
            events.CircuitsBlocked, now, self.name, event.channels, event.what, event.ok
        )

    # Requests beside calls

    def block(self, channels: tuple[int, ...], now: int) -> None:
        self.check(channels)
        self.engine.block(channels, now)
        self.pump(now)

    def unblock(self, channels: tuple[int, ...], now: int) -> None:
        self.check(channels)
        self.engine.unblock(channels, now)
        self.pump(now)

    def check(self, channels: tuple[int, ...]) -> None:
        """LocalError for a channel that is not of this trunk."""
        for channel in channels:
            if channel not in self.channel_state:
                raise LocalError(
                    f"trunk '{self.name}' has no channel {channel}: see `trunkd channels`"
                )
