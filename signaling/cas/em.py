"""E&M trunks as a LineEngine: wink start, immediate start, delay dial, feature groups B and D.

The states of a trunk are drawn in em_table.py. ``EmTrunk`` recognises what the line shows, runs the
timers, finds the channel of a call, and moves calls that met glare or got no start signal.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import BlockingDone as BlockingDone
from ..call import (
    CallMoved,
    CallReleased,
    CallRequest,
    KeptCall,
    RestartDone,
    SignallingEvent,
)
from ..call_kept import not_adopted
from ..fsm import Cell, ignored
from ..line_actions import LineAction
from ..line_signals import BitsReceived, DigitReceived, LineSignal, SendingEnded
from . import em_states as s
from .em_address import DNIS, Fields, stage_signals
from .em_channel import (
    BIT_TIMER,
    HANG_TIMER,
    LOCATION,
    NEVER,
    PULSE_TIMER,
    STATE_TIMER,
    STEP_TIMER,
    TIMERS,
    EmCall,
    EmChannel,
    Shared,
)
from .em_config import DISCONNECT_TIME, FLASH_MAX, EmConfig
from .em_incoming import pulses_counted
from .em_outgoing import step
from .em_states import STATE_NAMES
from .em_table import EM

NO_CIRCUIT: Final = 34
NOT_AVAILABLE: Final = 44
TEMPORARY_FAILURE: Final = 41
SUSPENDED: Final = 0
RESUMED: Final = 1
"""Indicators of ``notify`` that a trunk can signal."""


def _cells() -> list[list[Cell]]:
    nothing = ignored("no such state")
    return [[cell or nothing for cell in row] for row in EM.cells]


_CELLS: Final = _cells()


class EmTrunk:
    """The engine of a group of E&M trunks (signaling/line.py). ``flash`` is its own request.

    Outgoing calls send ``calling`` as ANI where the form has it. Forms with more than called and
    calling number put all signals that came into ``CallRequest.keypad``. There is no signal for
    alerting and refusal: callers hear tones of ``country``. ``notify`` 0 is clear-back, 1 is
    re-answer.
    """

    def __init__(self, config: EmConfig) -> None:
        self.config: Final = config
        self.shared: Final = Shared(config)
        self.lines: Final = {number: EmChannel(self.shared, number) for number in config.channels}

    # The line

    def start(self, now: int) -> None:
        """The boards run: put every line in its idle state. A call that is placed before the far
        end has seen that begins a guard time later."""
        self.line_up(self.config.channels, now)

    def line_down(self, channels: tuple[int, ...], now: int) -> None:
        """Carrier group alarm of these channels: their calls end with cause 27."""
        for number in channels:
            self._input(self._line(number), s.LINE_DOWN, now)

    def line_up(self, channels: tuple[int, ...], now: int) -> None:
        """It is over."""
        for number in channels:
            self._input(self._line(number), s.LINE_UP, now)

    def receive(self, signal: LineSignal, now: int) -> None:
        """What a line shows. Signals of channels that are not ours are counted."""
        channel = self.lines.get(signal.channel)
        if channel is None:
            self.shared.count("stray_signals")
        elif isinstance(signal, BitsReceived):
            if channel.bit_received(signal.bits >> 3 & 1, now):
                self._recognised(channel, now)
        elif isinstance(signal, DigitReceived):
            if signal.on and signal.kind == self.config.register:
                channel.digit = signal.digit
                self._input(channel, s.DIGIT, now)
        elif isinstance(signal, SendingEnded) and signal.tag == channel.tag and channel.tag:
            self._sent(channel, signal.complete, now)

    def _sent(self, channel: EmChannel, complete: bool, now: int) -> None:
        if complete:
            self._input(channel, s.SENT, now)
            return
        self.shared.count("sending_stopped")
        channel.tag = 0
        channel.cause = TEMPORARY_FAILURE
        self._input(channel, s.CLEAR, now)

    def _recognised(self, channel: EmChannel, now: int) -> None:
        channel.recognise()
        if channel.far:
            channel.stop(HANG_TIMER)
            self._input(channel, s.OFF_HOOK, now)
            return
        time = self.config.time
        talking = channel.state == s.TALKING_OUT or channel.state == s.TALKING_IN
        lasts = time[FLASH_MAX] if self.config.flash and talking else time[DISCONNECT_TIME]
        channel.start(HANG_TIMER, channel.since + max(lasts, time[DISCONNECT_TIME]))
        self._input(channel, s.ON_HOOK, now)

    def transmit(self) -> list[LineAction]:
        """Take what is to be done, in order."""
        actions = self.shared.actions
        self.shared.actions = []
        return actions

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
        """Let every timer that is due expire, the earliest first."""
        shared = self.shared
        while now >= shared.earliest and shared.deadlines:
            due = [(at, key) for key, at in shared.deadlines.items() if at <= now]
            due.sort()
            for at, key in due:
                if shared.deadlines.get(key, NEVER) == at:
                    del shared.deadlines[key]
                    self._expire(self.lines[key // TIMERS], key % TIMERS, now)
            shared.earliest = min(shared.deadlines.values(), default=NEVER)

    def _expire(self, channel: EmChannel, kind: int, now: int) -> None:
        if kind == STATE_TIMER:
            self._input(channel, s.TIMEOUT, now)
        elif kind == BIT_TIMER:
            self._recognised(channel, now)
        elif kind == HANG_TIMER:
            self._input(channel, s.DISCONNECT, now)
        elif kind == PULSE_TIMER:
            before = channel.state
            pulses_counted(channel, channel.pulses.expire(now), now)
            EM.check(before, s.DIGIT, channel.state)
        elif kind == STEP_TIMER and step(channel, now):
            self._input(channel, s.SENT, now)

    # The machine

    def _input(self, channel: EmChannel, input_: int, now: int) -> None:
        before = channel.state
        method = _CELLS[before][input_].method
        if method is None:
            return
        method(channel, now)
        EM.check(before, input_, channel.state)
        if self.shared.moving:
            self._move(channel.number, now)
        if input_ == s.TIMEOUT and channel.state == s.IDLE and channel.far:
            # The far end seized while our guard time ran.
            self._input(channel, s.OFF_HOOK, now)

    def _request(self, channel: EmChannel, input_: int, now: int) -> None:
        if _CELLS[channel.state][input_].kind == "error":
            raise LocalError(
                f"timeslot {channel.number} is in state {STATE_NAMES[channel.state]!r}: "
                f"no {s.INPUT_NAMES[input_]} now"
            )
        self._input(channel, input_, now)

    def _move(self, left: int, now: int) -> None:
        """Outgoing calls that lost their trunk are tried on another one, or end."""
        shared = self.shared
        while shared.moving:
            call = shared.moving.pop(0)
            call.tries += 1
            number = shared.channels.choose()
            if call.tries < self.config.attempts and not call.request.exclusive and number:
                call.cause = 0
                self.lines[number].take(call)
                shared.happened.append(CallMoved(call.handle, number))
                self._input(self.lines[number], s.PLACE, now)
            else:
                del shared.calls[call.handle]
                shared.happened.append(CallReleased(call.handle, left, call.cause, LOCATION, True))

    # Calls

    def place(self, request: CallRequest, now: int) -> int:
        """Seize a trunk; the call's handle. CallReleased follows at once where none is free."""
        shared = self.shared
        config = self.config
        if shared.draining:
            raise LocalError("the trunk is being drained: no call can be placed")
        if config.direction == "in":
            raise LocalError("direction is 'in': these trunks take calls only")
        if request.channel:
            self._line(request.channel)
        calling = request.calling
        fields = Fields(
            request.called.digits,
            calling.digits if calling is not None else "",
            config.ii,
            config.cic,
            config.ozz,
        )
        for stage in range(len(config.form.stages)):
            stage_signals(config.form, stage, fields)
        number = request.channel
        if not number or not (request.exclusive or shared.channels.is_idle(number)):
            number = shared.channels.choose()
        call = EmCall(shared.next_handle(), True, request, fields)
        ready = number and self.lines[number].state in (s.IDLE, s.GUARD)
        if not shared.channels.is_idle(number) or not ready:
            cause = NOT_AVAILABLE if number else NO_CIRCUIT
            shared.happened.append(CallReleased(call.handle, 0, cause, LOCATION, True))
            return call.handle
        channel = self.lines[number]
        channel.take(call)
        self._input(channel, s.PLACE, now)
        return call.handle

    def send_digits(self, call: int, digits: str, complete: bool, now: int) -> None:
        """More digits of a call that was placed without its whole number."""
        channel = self._channel(call)
        placed = channel.call
        if placed is None or not placed.outgoing or placed.complete:
            raise LocalError(f"call {call}: its number is complete")
        if digits and not digits.isdigit():
            raise LocalError(f"{digits!r} cannot be sent as digits 0 to 9 on this trunk")
        placed.fields.value[DNIS] += digits
        placed.complete = complete
        self._request(channel, s.MORE_DIGITS, now)

    def want_digits(self, call: int, now: int) -> None:
        """Incoming: the number is not complete yet. The caller cannot be told: nothing is sent."""
        channel = self._channel(call)
        if channel.state != s.RECEIVING:
            raise LocalError(f"call {call}: its number is complete")

    def proceed(self, call: int, now: int) -> None:
        """Incoming: the number is complete."""
        self._request(self._channel(call), s.COMPLETE, now)

    def progress(self, call: int, indicator: int, now: int) -> None:
        """Incoming: the application gives tones or speech; nothing to be signalled."""
        self._request(self._channel(call), s.COMPLETE, now)

    def alert(self, call: int, inband: bool, now: int) -> None:
        """Incoming: ringing tone to the caller, unless the application gives it (``inband``)."""
        self._request(self._channel(call), s.COMPLETE if inband else s.ALERT, now)

    def answer(self, call: int, now: int) -> None:
        """Incoming: off-hook."""
        self._request(self._channel(call), s.ANSWER, now)

    def clear(self, call: int, cause: int, now: int) -> None:
        """End or refuse the call; CallReleased follows when the far end is on-hook."""
        if not 1 <= cause <= 127:
            raise LocalError(f"cause {cause} does not exist; Q.850 has 1 to 127")
        channel = self._channel(call)
        channel.cause = cause
        self._request(channel, s.CLEAR, now)

    def notify(self, call: int, indicator: int, now: int) -> None:
        """Incoming, answered: 0 clear-back (on-hook), 1 re-answer (off-hook)."""
        if indicator not in (SUSPENDED, RESUMED):
            raise LocalError(f"a trunk of E&M has no signal for indicator {indicator}; give 0 or 1")
        input_ = s.SUSPEND if indicator == SUSPENDED else s.RESUME
        self._request(self._channel(call), input_, now)

    def flash(self, call: int, now: int) -> None:
        """A flash towards the far end: on-hook for the configured time."""
        self._request(self._channel(call), s.FLASH, now)

    def send_user_information(self, call: int, data: bytes, now: int) -> None:
        """LocalError: there is no such signal."""
        raise LocalError("E&M signalling carries no user information")

    # Management

    def restart(self, channels: tuple[int, ...], now: int) -> None:
        """Idle at our end, whatever there was; () means all of them. RestartDone follows."""
        which = tuple(sorted(set(channels))) or self.config.channels
        for number in which:
            self._line(number)
        for number in which:
            self._input(self._line(number), s.RESTART, now)
        self.shared.happened.append(RestartDone(which, True, True))

    def drain(self, on: bool, now: int) -> None:
        """While on, seizures get congestion tone (cause 42) and no call can be placed."""
        self.shared.draining = on

    def keep(self, call: int) -> KeptCall | None:
        """None: the line is let go when our process ends, and the far end clears."""
        return None

    def adopt(self, kept: KeptCall, now: int) -> int:
        """LocalError: there is nothing to go on with."""
        raise not_adopted("E&M")

    def block(self, channels: tuple[int, ...], now: int) -> None:
        """Make busy: off-hook towards the far end, where ``busy_out`` says so; after the call where
        there is one. Nobody acknowledges it."""
        self._block(channels, s.BLOCK, "block", now)

    def unblock(self, channels: tuple[int, ...], now: int) -> None:
        """Take it back."""
        self._block(channels, s.UNBLOCK, "unblock", now)

    def _block(self, channels: tuple[int, ...], input_: int, what: str, now: int) -> None:
        which = tuple(sorted(set(channels))) or self.config.channels
        for number in which:
            self._line(number)
        for number in which:
            self._input(self._line(number), input_, now)
        self.shared.happened.append(BlockingDone(which, what, True))

    def counters(self) -> dict[str, int]:
        """Totals by stable names, for metrics."""
        return dict(self.shared.totals)

    def channel_text(self, channel: int) -> str:
        """The state of the channel's machine, for people."""
        line = self._line(channel)
        far = "off-hook" if line.far else "on-hook"
        return f"{STATE_NAMES[line.state]}; far end {far}"

    def _line(self, number: int) -> EmChannel:
        channel = self.lines.get(number)
        if channel is None:
            raise LocalError(f"there is no timeslot {number} in this trunk")
        return channel

    def _channel(self, handle: int) -> EmChannel:
        channel = self.shared.calls.get(handle)
        if channel is None:
            raise LocalError(f"there is no call {handle}")
        return channel
