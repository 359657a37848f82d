"""MFC-R2 of one trunk, without I/O: line signalling of Q.421 to Q.424, registers of Q.440 to Q.480.

The line is drawn in r2_line_table, the MF registers in r2_register_out and r2_register_in, those of
DTMF and decadic pulses are in r2_register_digits. A channel is a timeslot.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import (
    BlockingDone,
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
from ..line_names import DTMF, R2_BACKWARD, R2_FORWARD
from ..line_signals import BitsReceived, DigitReceived, LineSignal, SendingEnded
from . import r2_line_idle, r2_line_in
from . import r2_register as register
from . import r2_register_digits as plain
from . import r2_register_in as register_in
from . import r2_register_out as register_out
from . import r2_states as s
from . import r2_timers as t
from .r2_channel import DECADIC, MFC, Call, Channel, Core
from .r2_config import R2Config
from .r2_line_table import LINE
from .r2_names import DIGITS

NO_CIRCUIT: Final = 34
NOT_AVAILABLE: Final = 44
RESTARTED: Final = 41
_NOTHING: Final = ignored("no such state")
CELLS: Final[list[list[Cell]]] = [[cell or _NOTHING for cell in row] for row in LINE.cells]
FORWARD_EXPIRY: Final = {t.START: s.F_START_EXPIRY, t.T1: s.F_T1, t.T2: s.F_T2}
BACKWARD_EXPIRY: Final = {
    t.T3: s.B_T3,
    t.DIGITS: s.B_DIGITS,
    t.OFFER: s.B_OFFER,
    t.MF_GAP: s.B_GAP_EXPIRY,
    t.MF_GUARD: s.B_GUARD_EXPIRY,
}
DIALLED: Final = {MFC: "0123456789BCDEF", 1: "0123456789ABCD*#", DECADIC: "0123456789"}
"""Digits that each kind of register can send."""


class R2Trunk(Core):
    """A LineEngine (signaling/line.py). Requests raise LocalError when the call does not exist or
    its state forbids them."""

    def __init__(self, config: R2Config) -> None:
        super().__init__(config)
        self.channels: Final[dict[int, Channel]] = {
            number: Channel(self, number, config.direction[number]) for number in config.channels
        }
        self.last_placed: int = 0

    # What comes

    def start(self, now: int) -> None:
        """The boards run: idle is sent on every channel; calls may be placed after TGUARD."""
        for channel in self.channels.values():
            r2_line_idle.begin(channel, now)

    def line_down(self, channels: tuple[int, ...], now: int) -> None:
        """Their calls end, cause 27 (Q.424)."""
        for number in channels:
            channel = self.channels.get(number)
            if channel is not None:
                self._serve(channel, s.DOWN_IND, 0, now)

    def line_up(self, channels: tuple[int, ...], now: int) -> None:
        for number in channels:
            channel = self.channels.get(number)
            if channel is not None:
                self._serve(channel, s.UP_IND, 0, now)

    def receive(self, signal: LineSignal, now: int) -> None:
        """Bits, MF and DTMF digits, ends of sending; other signals are not for R2."""
        channel = self.channels.get(signal.channel)
        if channel is None:
            return
        if isinstance(signal, BitsReceived):
            self._bits(channel, signal.bits & channel.codes.mask, now)
        elif isinstance(signal, DigitReceived):
            self._digit(channel, signal, now)
        elif isinstance(signal, SendingEnded):
            plain.serve(channel, s.P_SENT, signal.tag, now)
        self._pending(channel, now)

    def _bits(self, channel: Channel, bits: int, now: int) -> None:
        """A change counts when it has stayed for TREC (Q.422 3.2.1): what is shorter never was."""
        if bits == channel.raw:
            return
        channel.raw = bits
        if bits == channel.received:
            channel.stop(t.RECOGNITION)
            self.count("glitches")
        else:
            channel.start(t.RECOGNITION, now)

    def _recognised(self, channel: Channel, now: int) -> None:
        channel.received = channel.raw
        code = channel.codes.meaning[channel.state][channel.received]
        if channel.state == s.IN_REGISTER and self.kind == DECADIC:
            # Decadic pulses are the line's own codes
            if code == s.CLEAR_FORWARD_CODE and plain.serve(channel, s.P_BROKE, 0, now):
                return
            if code == s.SEIZED_CODE:
                plain.serve(channel, s.P_MADE, 0, now)
        self._serve(channel, code, 0, now)

    def _digit(self, channel: Channel, signal: DigitReceived, now: int) -> None:
        if signal.kind == DTMF:
            if signal.on:
                plain.serve(channel, s.P_DIGIT, ord(signal.digit), now)
            return
        number = DIGITS.find(signal.digit)
        if number < 1:
            return
        if signal.kind == R2_BACKWARD:
            register_out.serve(channel, s.F_HEARD if signal.on else s.F_ENDED, number, now)
        elif signal.kind == R2_FORWARD:
            register_in.serve(channel, s.B_HEARD if signal.on else s.B_ENDED, number, now)

    # Machines and time

    def _serve(self, channel: Channel, input_: int, arg: int, now: int) -> None:
        """An input of the line's machine, and what its register made of it."""
        self._one(channel, input_, arg, now)
        self._pending(channel, now)

    def _one(self, channel: Channel, input_: int, arg: int, now: int) -> None:
        before = channel.state
        cell = CELLS[before][input_]
        if cell.method is not None:
            cell.method(channel, arg, now)
            LINE.check(before, input_, channel.state)
            channel.report()

    def _pending(self, channel: Channel, now: int) -> None:
        while channel.pending:
            input_, arg = channel.pending.pop(0)
            self._one(channel, input_, arg, now)
        while self.again:
            self._place_again(self.again.pop(0), now)

    def handle_timeout(self, now: int) -> None:
        """Let every timer that is due by ``now`` expire, the earliest first."""
        key = self.take_due(now)
        while key >= 0:
            self._expire(self.channels[key >> 5], key & 31, now)
            key = self.take_due(now)

    def _expire(self, channel: Channel, number: int, now: int) -> None:
        channel.timers &= ~(1 << number)
        if number == t.RECOGNITION:
            self._recognised(channel, now)
        elif number == t.HOLD:
            channel.hold_expiry(now)
        elif number in s.LINE_TIMERS:
            self._serve(channel, s.LINE_TIMERS[number], 0, now)
        elif self.kind != MFC:
            plain.serve(channel, s.PLAIN_TIMERS[number], 0, now)
        elif number in FORWARD_EXPIRY:
            register_out.serve(channel, FORWARD_EXPIRY[number], 0, now)
        else:
            register_in.serve(channel, BACKWARD_EXPIRY[number], 0, now)
        self._pending(channel, now)

    # What is to be taken

    def transmit(self) -> list[LineAction]:
        """Take what is to be done, in order."""
        actions = self.actions
        self.actions = []
        return actions

    def events(self) -> list[SignallingEvent]:
        """Take what happened, in order."""
        happened = self.happened
        self.happened = []
        return happened

    # Calls

    def place(self, request: CallRequest, now: int) -> int:
        """Place a call; its handle. The number needs a digit, or ``complete`` False."""
        if self.draining:
            raise LocalError("the trunk is being drained: no call can be placed")
        if request.channel and request.channel not in self.channels:
            raise LocalError(f"there is no channel {request.channel} here")
        self._checked(request.called.digits)
        if request.complete and not request.called.digits:
            raise LocalError("the called number is empty")
        if request.calling is not None and self.kind == MFC:
            self._checked(request.calling.digits)
        self.last_handle += 1
        call = Call(self.last_handle, request, True)
        call.attempts = 0 if request.exclusive else self.config.attempts
        wanted = self.channels.get(request.channel)
        if wanted is not None and (request.exclusive or self._free(wanted)):
            self._seize(call, wanted, now)
        else:
            self._seize(call, self._choose(), now)
        return call.handle

    def _checked(self, digits: str) -> None:
        wrong = [digit for digit in digits if digit not in DIALLED[self.kind]]
        if wrong:
            raise LocalError(
                f"{wrong[0]!r} cannot be sent by this register; it has {DIALLED[self.kind]}"
            )

    def _free(self, channel: Channel) -> bool:
        """May a call of ours have it? What is being recognised may be a seizure."""
        idle = channel.state == s.IDLE and channel.raw == channel.received
        return idle and channel.may_seize

    def _choose(self) -> Channel | None:
        order = list(self.channels)
        if self.config.hunting == "descending":
            order.reverse()
        elif self.config.hunting == "cyclic":
            after = [number for number in order if number > self.last_placed]
            order = after + [number for number in order if number <= self.last_placed]
        for number in order:
            if self._free(self.channels[number]):
                return self.channels[number]
        return None

    def _seize(self, call: Call, channel: Channel | None, now: int) -> None:
        if channel is None or not self._free(channel):
            self.calls.pop(call.handle, None)
            call.clearing(NO_CIRCUIT if channel is None else NOT_AVAILABLE, 0, False)
            released = CallReleased(call.handle, 0, call.cause, call.location, call.local)
            self.happened.append(released)
            return
        self.calls[call.handle] = call
        self.last_placed = channel.number
        call.channel = channel
        channel.call = call
        self._serve(channel, s.PLACE_REQ, 0, now)

    def _place_again(self, call: Call, now: int) -> None:
        """After double seizure or no acknowledgement: on another channel (Q.422 3.2.7)."""
        channel = self._choose()
        if channel is not None:
            self.happened.append(CallMoved(call.handle, channel.number))
        self._seize(call, channel, now)

    def _channel(self, handle: int) -> Channel:
        call = self.calls.get(handle)
        if call is None or call.channel is None:
            raise LocalError(f"there is no call {handle}")
        return call.channel

    def _incoming(self, handle: int) -> Channel:
        channel = self._channel(handle)
        if self.calls[handle].outgoing:
            raise LocalError(f"call {handle} is one of ours; this is for calls that come in")
        return channel

    def send_digits(self, call: int, digits: str, complete: bool, now: int) -> None:
        """More digits of an overlap call; sent when the far end asks for them."""
        channel = self._channel(call)
        ours = self.calls[call]
        if not ours.outgoing or ours.complete:
            raise LocalError(f"call {call} has its whole number already")
        self._checked(digits)
        ours.digits += digits
        ours.complete = complete
        register.digits_given(channel, now)
        self._pending(channel, now)

    def want_digits(self, call: int, now: int) -> None:
        """Overlap: more digits are asked for in any case, until ``proceed``."""
        self._incoming(call)

    def proceed(self, call: int, now: int) -> None:
        """Overlap: the number is complete."""
        channel = self._incoming(call)
        if channel.state == s.IN_REGISTER and not channel.inc.number_done:
            channel.inc.number_done = True
            register.decided(channel, now)
            self._pending(channel, now)

    def progress(self, call: int, indicator: int, now: int) -> None:
        """Tones can be heard on the channel: the far end is told that the line is free."""
        self._accept(call, now)

    def alert(self, call: int, inband: bool, now: int) -> None:
        """The called party is being told: free (B-6 or as ``charge`` says)."""
        self._accept(call, now)

    def _accept(self, call: int, now: int) -> None:
        channel = self._incoming(call)
        r2_line_in.accept(channel, now)
        self._pending(channel, now)

    def answer(self, call: int, now: int) -> None:
        """Answered: free, if it was not said yet, and the answer bits after TADELAY."""
        self._serve(self._incoming(call), s.ANSWER_REQ, 0, now)

    def clear(self, call: int, cause: int, now: int) -> None:
        """End or refuse the call: clear-forward; a B signal, clear-back or forced release."""
        if not 1 <= cause <= 127:
            raise LocalError(f"cause {cause} does not exist; Q.850 has 1 to 127")
        self._serve(self._channel(call), s.CLEAR_REQ, cause, now)

    def notify(self, call: int, indicator: int, now: int) -> None:
        """Called side: user suspended (0) is clear-back, resumed (1) answer again."""
        if indicator not in (0, 1):
            raise LocalError(f"R2 cannot say notice {indicator}; it has 0, suspended, 1, resumed")
        request = s.RESUME_REQ if indicator else s.SUSPEND_REQ
        self._serve(self._incoming(call), request, 0, now)

    def meter(self, call: int, pulses: int, now: int) -> None:
        """Called side: send metering pulses."""
        channel = self._incoming(call)
        if channel.codes.metering < 0:
            raise LocalError("the variant has no code for metering pulses (line.metering)")
        self._serve(channel, s.METER_REQ, pulses, now)

    def send_user_information(self, call: int, data: bytes, now: int) -> None:
        """R2 carries none: LocalError."""
        self._channel(call)
        raise LocalError("R2 carries no user-user information")

    # Channels

    def _named(self, channels: tuple[int, ...]) -> list[Channel]:
        for number in channels:
            if number not in self.channels:
                raise LocalError(f"there is no channel {number} here")
        return [self.channels[number] for number in channels or self.config.channels]

    def restart(self, channels: tuple[int, ...], now: int) -> None:
        """Calls end at once, idle is sent; () means all. The far end is not asked."""
        found = self._named(channels)
        for channel in found:
            if channel.state not in s.RESTING:
                self._serve(channel, s.RESTART_REQ, 0, now)
        self.happened.append(RestartDone(tuple(c.number for c in found), True, True))

    def drain(self, on: bool, now: int) -> None:
        """While on, calls that come in are refused (congestion) and none can be placed."""
        self.draining = on

    def keep(self, call: int) -> KeptCall | None:
        """None: the line is let go when our process ends, and the far end clears."""
        return None

    def adopt(self, kept: KeptCall, now: int) -> int:
        """LocalError: there is nothing to go on with."""
        raise not_adopted("R2")

    def block(self, channels: tuple[int, ...], now: int) -> None:
        """Blocked is sent, on busy channels when their call has ended. BlockingDone follows at
        once: R2 has no acknowledgement."""
        self._blocked(channels, True, s.BLOCK_REQ, now)

    def unblock(self, channels: tuple[int, ...], now: int) -> None:
        self._blocked(channels, False, s.UNBLOCK_REQ, now)

    def _blocked(self, channels: tuple[int, ...], on: bool, input_: int, now: int) -> None:
        found = self._named(channels)
        for channel in found:
            if channel.blocking != on:
                channel.blocking = on
                self._serve(channel, input_, 0, now)
        numbers = tuple(c.number for c in found)
        self.happened.append(BlockingDone(numbers, "block" if on else "unblock", True))

    # What people see

    def counters(self) -> dict[str, int]:
        """Totals by stable names."""
        return self.counts | {"calls": len(self.calls)}

    def channel_text(self, channel: int) -> str:
        """Line, register and bits, e.g. "outgoing, register; sends 5; bits 0001, 1101"."""
        found = self._named((channel,))[0]
        parts = [s.STATE_NAMES[found.state]]
        if found.out.state != s.F_OFF:
            parts.append("register " + s.FORWARD_STATES[found.out.state])
        if found.inc.state != s.B_OFF:
            parts.append("register " + s.BACKWARD_STATES[found.inc.state])
        if found.plain:
            parts.append("register " + s.PLAIN_STATES[found.plain])
        parts.append(f"bits sent {max(found.sent, 0):04b}, received {found.received:04b}")
        return "; ".join(parts)
