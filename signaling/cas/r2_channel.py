"""A timeslot of R2 and the call on it: what they remember, bits and sound, timers, a call's end.

The drawn inputs are functions of a Channel, in r2_line_*.py and r2_register_*.py.
"""

from __future__ import annotations

from typing import Final

from ..call import (
    CHANNEL_BLOCKED_BOTH,
    CHANNEL_BLOCKED_HERE,
    CHANNEL_BLOCKED_THERE,
    CHANNEL_BUSY,
    CHANNEL_IDLE,
    CHANNEL_OUT_OF_SERVICE,
    CallDisconnected,
    CallReleased,
    CallRequest,
    ChannelChanged,
    ProtocolFault,
    SignallingEvent,
)
from ..call_line import LineReported
from ..line_actions import (
    LineAction,
    ListenFor,
    OpenSpeech,
    SendBits,
    SendSignal,
    SendTone,
    StopSignal,
)
from ..line_names import LISTEN_DTMF, LISTEN_R2_BACKWARD, LISTEN_R2_FORWARD, R2_BACKWARD, R2_FORWARD
from ..ss7.circuit_timers import CircuitTimers
from . import r2_states as s
from . import r2_timers as t
from .r2_config import R2Config
from .r2_decode import LineCodes
from .r2_names import DIGITS

GROUP_A: Final = 0
GROUP_ANI: Final = 1
GROUP_B: Final = 2
"""Which backward group is in force."""

PHASE_DNIS: Final = 0
PHASE_CATEGORY: Final = 1
PHASE_ANI: Final = 2
PHASE_PURPOSE: Final = 3
"""What the next forward signal is."""
FINISHED: Final = 4
REFUSED: Final = 5

MFC: Final = 0
DTMF_REGISTER: Final = 1
DECADIC: Final = 2
KINDS: Final = {"mfc": MFC, "dtmf": DTMF_REGISTER, "decadic": DECADIC}

REPORTED: Final = {
    s.IDLE: CHANNEL_IDLE,
    s.BLOCKED_HERE: CHANNEL_BLOCKED_HERE,
    s.BLOCKED_THERE: CHANNEL_BLOCKED_THERE,
    s.BLOCKED_BOTH: CHANNEL_BLOCKED_BOTH,
    s.FAULTY: CHANNEL_OUT_OF_SERVICE,
    s.DOWN: CHANNEL_OUT_OF_SERVICE,
}


class Call:
    """A call. ``digits``: of the called number, as far as known; ``complete``: these are all."""

    def __init__(self, handle: int, request: CallRequest, outgoing: bool) -> None:
        self.handle: Final = handle
        self.request: Final = request
        self.outgoing: Final = outgoing
        self.channel: Channel | None = None
        self.digits: str = request.called.digits
        self.complete: bool = request.complete
        self.attempts: int = 0
        """Repeat attempts on other channels that are left."""
        self.answer: bool = False
        """Incoming: the application answered; the bits follow when they may."""
        self.pulses: int = 0
        """Metering pulses still to be sent."""
        self.cause: int = 0
        """Why the call ends; 0 while it does not."""
        self.location: int = 0
        self.local: bool = False

    def clearing(self, cause: int, location: int, local: bool) -> None:
        """Remember why the call ends; the first reason is the one that counts."""
        if not self.cause:
            self.cause = cause
            self.location = location
            self.local = local


class OutRegister:
    """What an outgoing register remembers of its call."""

    def __init__(self) -> None:
        self.state: int = s.F_OFF
        self.group: int = GROUP_A
        self.at: int = 0
        """The next digit of the called number."""
        self.ani_at: int = 0
        self.ended: bool = False
        """The end of the number was sent."""
        self.heard: int = 0
        """The backward signal whose end is waited for."""
        self.asked: bool = False
        """MoreDigitsWanted was told."""
        self.pulses: int = 0
        """Decadic: pulses of the digit that are left."""


class InRegister:
    """What an incoming register remembers of its call."""

    def __init__(self) -> None:
        self.state: int = s.B_OFF
        self.group: int = GROUP_A
        self.phase: int = PHASE_DNIS
        self.heard: int = 0
        """The forward signal that is heard now, 0: none."""
        self.digits: str = ""
        self.number_done: bool = False
        self.ani: str = ""
        self.ani_done: bool = False
        self.restricted: bool = False
        self.category: int = 0
        """Signals, 0: not received."""
        self.purpose: int = 0
        self.decision: int = 0
        """The meaning that the application decided for, 0: it has not."""
        self.pulsed: int = 0
        """The signal that is to be sent as a pulse."""
        self.pulses: int = 0
        """Decadic: pulses of the digit so far."""


class Core(CircuitTimers):
    """What the channels share: timers, what is to be done, what happened."""

    def __init__(self, config: R2Config) -> None:
        super().__init__(False)
        self.config: Final = config
        self.duration: Final[list[int]] = config.duration
        self.kind: Final[int] = KINDS[config.register]
        self.compelled: Final[bool] = config.mode == "compelled"
        self.happened: list[SignallingEvent] = []
        self.actions: list[LineAction] = []
        self.calls: Final[dict[int, Call]] = {}
        self.again: Final[list[Call]] = []
        """Calls that are to be tried on another channel."""
        self.last_handle: int = 0
        self.last_tag: int = 0
        self.draining: bool = False
        self.counts: Final[dict[str, int]] = {}

    def count(self, name: str) -> None:
        """One more of these, for ``counters``."""
        self.counts[name] = self.counts.get(name, 0) + 1


class Channel:
    """A timeslot: its machines, its call, its bits."""

    def __init__(self, core: Core, number: int, direction: str) -> None:
        self.core: Final = core
        self.number: Final = number
        self.codes: Final = LineCodes(core.config.rows, direction, core.config)
        self.may_seize: Final[bool] = direction != "in"
        self.state: int = s.IDLE
        self.call: Call | None = None
        self.out: OutRegister = OutRegister()
        self.inc: InRegister = InRegister()
        self.plain: int = 0
        """State of the register without backward signals (r2_register_digits.py)."""
        self.tag: int = 0
        """Of the digits that are sent."""
        self.sent: int = -1
        """Bits that are sent, -1: none yet."""
        self.held_until: int = 0
        self.waiting: Final[list[int]] = []
        """Bits that are to be sent after those."""
        self.raw: int = self.codes.idle
        """Bits as they come (of the mask), and as they were recognised."""
        self.received: int = self.codes.idle
        self.blocking: bool = False
        """Blocked by us, or to be as soon as its call has ended."""
        self.reported: int = CHANNEL_IDLE
        self.pending: Final[list[tuple[int, int]]] = []
        """Inputs of the line machine that the register made, with their argument."""
        self.timers: int = 0
        """Bit n: timer n was started and not stopped."""
        self.sounding: bool = False
        """Something is sent until StopSignal."""
        self.listening: int = 0
        """Detectors that run, LISTEN_ bits."""

    # Timers

    def start(self, number: int, now: int) -> None:
        """Start or restart a timer."""
        self.timers |= 1 << number
        self.core.start_key(self.number << 5 | number, now + self.core.duration[number])

    def start_for(self, number: int, duration: int, now: int) -> None:
        """Start or restart a timer with another time (ns) than its own."""
        self.timers |= 1 << number
        self.core.start_key(self.number << 5 | number, now + duration)

    def stop(self, number: int) -> None:
        if self.timers >> number & 1:
            self.timers &= ~(1 << number)
            self.core.deadlines.pop(self.number << 5 | number, None)

    def stop_all(self) -> None:
        """All but those of the bits themselves."""
        for number in range(1, t.HOLD):
            self.stop(number)

    def tell(self, input_: int, arg: int = 0) -> None:
        """The register has something for the line machine."""
        self.pending.append((input_, arg))

    # The line

    def bits(self, code: int, now: int) -> None:
        """Send these bits, after what is sent now has been shown for THOLD: the far end may take
        as long to recognise it."""
        if self.waiting:
            if code != self.waiting[-1]:
                self.waiting.append(code)
        elif code != self.sent:
            if now < self.held_until:
                self.waiting.append(code)
                self.start_for(t.HOLD, self.held_until - now, now)
            else:
                self._show(code, now)

    def _show(self, code: int, now: int) -> None:
        self.held_until = now + self.core.duration[t.HOLD]
        self.pulse(code)

    def pulse(self, code: int) -> None:
        """Send these bits at once: decadic pulses."""
        self.sent = code
        self.core.actions.append(SendBits(self.number, code))

    def hold_expiry(self, now: int) -> None:
        """THOLD: what waits is sent."""
        code = self.waiting.pop(0)
        if code != self.sent:
            self._show(code, now)
        if self.waiting:
            self.start(t.HOLD, now)

    def forward_signal(self, signal: int) -> None:
        """Send a forward signal: compelled, or as a pulse."""
        ms = 0 if self.core.config.mode != "pulsed" else self.core.duration[t.MF_PULSE] // t.MS
        self._signal(R2_FORWARD, signal, ms)

    def backward_signal(self, signal: int, pulse: bool) -> None:
        """Send a backward signal, compelled or as a pulse."""
        self._signal(R2_BACKWARD, signal, self.core.duration[t.MF_PULSE] // t.MS if pulse else 0)

    def _signal(self, kind: int, signal: int, ms: int) -> None:
        self.core.last_tag += 1
        self.core.actions.append(
            SendSignal(self.number, kind, DIGITS[signal], ms, self.core.last_tag)
        )
        self.sounding = ms == 0

    def tone(self, name: str) -> None:
        """Give the caller a tone, if tones are ours to give."""
        country = self.core.config.tones
        if country:
            self.core.actions.append(SendTone(self.number, country, name))
            self.sounding = True

    def silence(self) -> None:
        """End what is sent."""
        if self.sounding:
            self.sounding = False
            self.core.actions.append(StopSignal(self.number))

    def listen(self, kinds: int) -> None:
        """Have these detectors run, and no others any more."""
        if kinds == self.listening:
            return
        self.listening = kinds
        self.core.actions.append(ListenFor(self.number, kinds))

    def take_sound(self, forward: bool) -> None:
        """The register needs the sound: it listens for what the far end sends."""
        self.core.actions.append(OpenSpeech(self.number, False))
        if self.core.kind == MFC:
            self.listen(LISTEN_R2_BACKWARD if forward else LISTEN_R2_FORWARD)
        elif self.core.kind == DTMF_REGISTER and not forward:
            self.listen(LISTEN_DTMF)

    def give_sound(self) -> None:
        """The register is done with it."""
        self.listen(0)
        self.core.actions.append(OpenSpeech(self.number, True))

    # What is told

    def event(self, event: SignallingEvent) -> None:
        self.core.happened.append(event)

    def fault(self, kind: str, text: str, clause: str) -> None:
        """The far end broke the protocol: counted, and no more."""
        self.core.count(kind)
        raw = bytes((self.number & 255, self.received & 15))
        self.event(ProtocolFault(kind, f"channel {self.number}: {text}", clause, raw))

    def line_report(self, what: str, text: str = "") -> None:
        self.core.count(what.replace(" ", "_"))
        self.event(LineReported(self.number, what, text))

    def report(self) -> None:
        """Tell the channel's state when it is another."""
        state = REPORTED.get(self.state, CHANNEL_BUSY)
        if state != self.reported:
            self.reported = state
            self.event(ChannelChanged(self.number, state))

    def disconnected(self, cause: int, location: int) -> None:
        """The far end, or a timer, ends the call; CallReleased follows when the line is free."""
        call = self.call
        if call is not None and not call.cause:
            call.clearing(cause, location, False)
            self.event(CallDisconnected(call.handle, cause, location, False))

    def end_call(self, cause: int, local: bool, location: int = 0) -> None:
        """The call is over; the channel may go on with its own affairs. What is given counts where
        nothing was said before of why."""
        call = self.call
        self.call = None
        if call is None:
            return
        call.clearing(cause, location or self.core.config.location, local)
        call.channel = None
        self.core.calls.pop(call.handle, None)
        self.event(CallReleased(call.handle, self.number, call.cause, call.location, call.local))

    def new_registers(self) -> None:
        self.out = OutRegister()
        self.inc = InRegister()
