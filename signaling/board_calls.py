"""Calls that the board controls by itself (board/call_control.py) as a trunk's engine.

An SDK board signals, and takes commands. ``BoardCalls`` has the requests and events of a LineEngine
(line.py); in place of signals it is told ControlEvents, and in place of actions it commands the
channels' CallControl. A channel is drawn in board_calls_table.py. Channels are the engine's own
numbers (the timeslots of a trunk's span), times ns, causes Q.850.
"""

from __future__ import annotations

from typing import Final

from ..board.call_control import (
    CallAnswered,
    CallArrived,
    CallControl,
    CallEnded,
    CallProgressing,
    ChannelCondition,
    ConditionChanged,
    ControlEvent,
    LineType,
    NumberGrew,
)
from ..errors import DriverError, LocalError
from . import board_calls_states as s
from .board_calls_channel import LOCATION, NEVER, BoardChannel, Shared
from .board_calls_table import BOARD_CALLS
from .call import (
    BlockingDone,
    CallReleased,
    CallRequest,
    KeptCall,
    RestartDone,
    SignallingEvent,
)
from .call_kept import not_adopted
from .fsm import Cell, ignored

NO_CIRCUIT: Final = 34
NOT_AVAILABLE: Final = 44
CLEAR_TIME: Final = 30_000_000_000
"""How long a board may take to become idle after ``hang_up``, ns (our choice: SS7 and R2 boards
wait for the far end, whose longest guard, T5 of ISUP aside, is of this order)."""


def _cells() -> list[list[Cell]]:
    nothing = ignored("no such state")
    return [[cell or nothing for cell in row] for row in BOARD_CALLS.cells]


_CELLS: Final = _cells()


class BoardCalls:
    """The engine of channels with a CallControl each.

    ``tones``: a call that the far end ended stays until it is cleared, so that its tones are heard;
    else the board hangs up at once. ``selection``: "ascending", "descending" or "cyclic".
    """

    def __init__(
        self,
        controls: dict[int, CallControl],
        selection: str = "ascending",
        tones: bool = False,
        clear_time: int = CLEAR_TIME,
    ) -> None:
        if not controls:
            raise LocalError("no channels: give at least one with call control")
        numbers = tuple(sorted(controls))
        self.shared: Final = Shared(numbers, selection, tones, clear_time)
        self.lines: Final = {n: BoardChannel(self.shared, n, controls[n]) for n in numbers}
        self.taps_only: Final = all(c.line is LineType.RECORDING for c in controls.values())
        """Channels that listen to others' calls: none can be placed or answered."""

    # The board

    def start(self, now: int) -> None:
        """The board runs: what each channel's condition is."""
        for channel in self.lines.values():
            self._condition(channel, channel.control.condition(), now)

    def line_down(self, channels: tuple[int, ...], now: int) -> None:
        """The span of these channels has an alarm: no calls are placed there. The board itself ends
        those that there are."""
        for number in channels:
            self.shared.channels.lose(self._line(number).number, True)

    def line_up(self, channels: tuple[int, ...], now: int) -> None:
        """It is over."""
        for number in channels:
            self.shared.channels.lose(self._line(number).number, False)

    def receive(self, event: ControlEvent, now: int) -> None:
        """What the board tells of a channel. Those of channels that are not ours are counted."""
        channel = self.lines.get(event.timeslot)
        if channel is None:
            self.shared.count("stray_reports")
            return
        channel.event = event
        if isinstance(event, CallArrived):
            self._input(channel, s.ARRIVED, now)
        elif isinstance(event, NumberGrew):
            self._input(channel, s.GREW, now)
        elif isinstance(event, CallProgressing):
            self._input(channel, s.ALERTING if event.alerting else s.PROGRESSING, now)
        elif isinstance(event, CallAnswered):
            self._input(channel, s.ANSWERED, now)
        elif isinstance(event, CallEnded):
            self._input(channel, s.ENDED, now)
        elif isinstance(event, ConditionChanged):
            self._condition(channel, event.condition, now)
        channel.event = None

    def _condition(self, channel: BoardChannel, condition: ChannelCondition, now: int) -> None:
        channels = self.shared.channels
        if condition is ChannelCondition.BUSY:
            self._input(channel, s.SAYS_BUSY, now)
            return
        if condition is ChannelCondition.OUT_OF_SERVICE:
            self._input(channel, s.SAYS_OUT, now)
            return
        here = channel.block_wanted or condition is ChannelCondition.BLOCKED_HERE
        channels.bar(channel.number, True, here)
        channels.bar(channel.number, False, condition is ChannelCondition.BLOCKED_THERE)
        self._input(channel, s.SAYS_IDLE, now)

    def events_lost(self, now: int) -> None:
        """The board lost reports: what its channels say of themselves counts."""
        for channel in self.lines.values():
            condition = channel.control.condition()
            if condition is not ChannelCondition.BUSY or channel.call == 0:
                self._condition(channel, condition, now)

    def events(self) -> list[SignallingEvent]:
        """Take what happened, in order."""
        shared = self.shared
        happened = shared.happened
        shared.happened = []
        shared.channels.events = shared.happened
        return happened

    # Time

    def next_timeout(self) -> int | None:
        """When ``handle_timeout`` wants to be called; asking changes nothing."""
        return self.shared.earliest if self.shared.deadlines else None

    def handle_timeout(self, now: int) -> None:
        """Let every guard time that is due by ``now`` expire."""
        shared = self.shared
        due = [number for number, at in shared.deadlines.items() if at <= now]
        for number in due:
            del shared.deadlines[number]
            self._input(self.lines[number], s.TIMEOUT, now)
        shared.earliest = min(shared.deadlines.values(), default=NEVER)

    # The machine

    def _input(self, channel: BoardChannel, input_: int, now: int) -> None:
        before = channel.state
        method = _CELLS[before][input_].method
        if method is None:
            return
        method(channel, now)
        BOARD_CALLS.check(before, input_, channel.state)

    def _request(self, channel: BoardChannel, input_: int, now: int) -> None:
        if _CELLS[channel.state][input_].kind == "error":
            raise LocalError(
                f"channel {channel.number} is in state {s.STATE_NAMES[channel.state]!r}: "
                f"no {s.INPUT_NAMES[input_]} now"
            )
        self._input(channel, input_, now)

    # Calls

    def place(self, request: CallRequest, now: int) -> int:
        """Dial on an idle channel; the call's handle. CallReleased follows at once where none is
        idle; LocalError says why the board takes no call."""
        shared = self.shared
        if self.taps_only:
            raise LocalError("these channels record others' calls: none can be placed on them")
        if shared.draining:
            raise LocalError("the trunk is being drained: no call can be placed")
        if not request.complete:
            raise LocalError("the board dials whole numbers only: place the call with complete")
        if request.channel:
            self._line(request.channel)
        number = request.channel
        if not number or not (request.exclusive or shared.channels.is_idle(number)):
            number = shared.channels.choose()
        tried: list[int] = []
        while number and shared.channels.is_idle(number) and self.lines[number].state == s.IDLE:
            channel = self.lines[number]
            handle = shared.next_handle()
            channel.take(handle, request, True)
            self._input(channel, s.PLACE, now)
            if channel.state != s.IDLE:
                self._put_back(tried)
                return handle
            del shared.calls[handle]
            channel.call = 0
            shared.channels.holder[number] = 0
            tried.append(number)
            number = 0 if request.exclusive or len(tried) == 3 else shared.channels.choose()
        self._put_back(tried)
        if tried:
            raise LocalError(f"the board takes no call: {self.lines[tried[-1]].refusal}")
        handle = shared.next_handle()
        cause = NOT_AVAILABLE if request.channel and request.exclusive else NO_CIRCUIT
        shared.happened.append(CallReleased(handle, 0, cause, LOCATION, True))
        return handle

    def _put_back(self, numbers: list[int]) -> None:
        for number in numbers:
            self.shared.channels.put_back(number)

    def send_digits(self, call: int, digits: str, complete: bool, now: int) -> None:
        """LocalError: a board dials the whole number."""
        self._channel(call)
        raise LocalError("the board dials whole numbers only: nothing can be added")

    def want_digits(self, call: int, now: int) -> None:
        """Incoming: the number is not complete yet. The board goes on collecting by itself."""
        self._channel(call)

    def proceed(self, call: int, now: int) -> None:
        """Incoming: the number is complete. Boards need not be told."""
        channel = self._channel(call)
        if channel.state == s.COLLECTING:
            channel.state = s.OFFERED

    def progress(self, call: int, indicator: int, now: int) -> None:
        """Incoming: no command; what is played is heard as far as the board lets it through."""
        self._channel(call)

    def alert(self, call: int, inband: bool, now: int) -> None:
        """Incoming: the called party is being told."""
        self._request(self._channel(call), s.ALERT, now)

    def answer(self, call: int, now: int) -> None:
        """Incoming: answer. LocalError says why the board does not."""
        channel = self._channel(call)
        if self.taps_only:
            raise LocalError("this channel records others' calls: they answer them")
        self._request(channel, s.ANSWER, now)
        if channel.refusal and channel.state != s.ANSWERING:
            raise LocalError(f"the board does not answer: {channel.refusal}")

    def clear(self, call: int, cause: int, now: int) -> None:
        """End or refuse the call; CallReleased follows when the board is idle."""
        if not 1 <= cause <= 127:
            raise LocalError(f"cause {cause} does not exist; Q.850 has 1 to 127")
        channel = self._channel(call)
        channel.cause = channel.cause or cause
        self._request(channel, s.CLEAR, now)

    def notify(self, call: int, indicator: int, now: int) -> None:
        """LocalError: boards have no command for it."""
        raise LocalError("the board has no command for notifications")

    def send_user_information(self, call: int, data: bytes, now: int) -> None:
        """LocalError: boards have no command for it."""
        raise LocalError("the board has no command for user information")

    # Management

    def restart(self, channels: tuple[int, ...], now: int) -> None:
        """Hang up whatever there is, and look at channels out of service; () means all of them.
        RestartDone follows at once: the board's own ends are awaited as always."""
        which = tuple(sorted(set(channels))) or tuple(self.lines)
        for number in which:
            self._line(number)
        for number in which:
            self._input(self.lines[number], s.RESTART, now)
        self.shared.happened.append(RestartDone(which, True, True))

    def drain(self, on: bool, now: int) -> None:
        """While on, calls that come in are refused (cause 42) and none can be placed."""
        self.shared.draining = on

    def keep(self, call: int) -> KeptCall | None:
        """None: the line is let go when our process ends, and the far end clears."""
        return None

    def adopt(self, kept: KeptCall, now: int) -> int:
        """LocalError: there is nothing to go on with."""
        raise not_adopted("a board that signals by itself")

    def block(self, channels: tuple[int, ...], now: int) -> None:
        """Take channels out of service: for us at once, towards the far end where the board can."""
        self._block(channels, True, now)

    def unblock(self, channels: tuple[int, ...], now: int) -> None:
        """Take it back."""
        self._block(channels, False, now)

    def _block(self, channels: tuple[int, ...], on: bool, now: int) -> None:
        which = tuple(sorted(set(channels))) or tuple(self.lines)
        for number in which:
            self._line(number)
        ok = True
        for number in which:
            channel = self.lines[number]
            channel.block_wanted = on
            try:
                channel.control.block(on)
            except DriverError as exc:
                channel.refused(exc)
                ok = False
            self.shared.channels.bar(number, True, on)
        self.shared.happened.append(BlockingDone(which, "block" if on else "unblock", ok))

    def counters(self) -> dict[str, int]:
        """Totals by stable names, for metrics."""
        return dict(self.shared.totals)

    def channel_text(self, channel: int) -> str:
        """The state of the channel's machine and the board's own word, for people."""
        line = self._line(channel)
        return f"{s.STATE_NAMES[line.state]}; board: {line.control.state_text()}"

    def _line(self, number: int) -> BoardChannel:
        channel = self.lines.get(number)
        if channel is None:
            raise LocalError(f"there is no channel {number} in this trunk")
        return channel

    def _channel(self, handle: int) -> BoardChannel:
        channel = self.shared.calls.get(handle)
        if channel is None:
            raise LocalError(f"there is no call {handle}")
        return channel
