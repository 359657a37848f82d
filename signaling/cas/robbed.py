"""Loop start and ground start over T1 robbed bits: ``RobbedBitLine`` between an analog engine and
the bits of timeslots.

The engine (FxsTrunk, FxoTrunk) does not know: its feeds, loops and grounds become SendBits by the
rows of robbed_codes.py, and BitsReceived becomes what an analog port would have shown. Pulses and
flashes, which boards time on analog ports, are timed here.
"""

from __future__ import annotations

from typing import Final

from ..analog.pulse import edges
from ..call import CallRequest, KeptCall, SignallingEvent
from ..line import LineEngine
from ..line_actions import (
    LineAction,
    MeasureLine,
    SendBits,
    SendFlash,
    SendMetering,
    SendPulses,
    SetFeed,
    SetGround,
    SetImpedance,
    SetLamp,
    SetLoop,
)
from ..line_names import (
    BATTERY_ABSENT,
    BATTERY_NORMAL,
    BATTERY_REVERSED,
    FEED_NORMAL,
    FEED_OPEN,
    FEED_REVERSED,
    FEED_RINGING,
    FEED_TIP_OPEN,
)
from ..line_signals import (
    BatteryReceived,
    BitsReceived,
    GroundReceived,
    HookReceived,
    LineSignal,
    RingReceived,
    SendingEnded,
)
from .robbed_codes import LOOP_CLOSED, LOOP_OPEN, NONE, RING_GROUND, RobbedCodes

NEVER: Final = 1 << 62
_MS: Final = 1_000_000
RING_HOLD: Final = 100 * _MS
"""Ringing is over when its code is gone for so long: some offices let bit B follow the ringing
voltage instead of its cadence."""
RING_HZ: Final = 20.0
"""Ringing on robbed bits has no frequency; North American ringing is told."""
_STEP: Final = 0
_RING: Final = 1


class RobbedChannel:
    """What one channel sends and sees."""

    def __init__(self, number: int) -> None:
        self.number: Final = number
        self.sent: int = NONE
        """Bits sent last."""
        self.feed: int = FEED_NORMAL
        """Office: what the engine feeds. Station: what the office feeds."""
        self.closed: bool = False
        """Station: the engine has the loop closed. Office: the far end has."""
        self.ground: bool = False
        """Station: the engine grounds the ring. Office: the far end does."""
        self.ringing: bool = False
        self.steps: list[tuple[int, bool]] = []
        """Breaks (True) and makes of pulses or a flash that are to come."""
        self.broken: bool = False
        """One of them is on."""
        self.tag: int = 0


class RobbedBitLine:
    """A LineEngine made of ``engine`` and the bits of ``channels``. ``office``: the engine is an
    FxsTrunk, else an FxoTrunk.

    What bits cannot carry is counted and left out: metering pulses, measurements, lamps,
    impedances, and a reversal where the row has no code for it.
    """

    def __init__(
        self, engine: LineEngine, channels: tuple[int, ...], codes: RobbedCodes, office: bool
    ) -> None:
        self.engine: Final = engine
        self.codes: Final = codes
        self.office: Final = office
        self.lines: Final = {number: RobbedChannel(number) for number in channels}
        self.deadlines: Final[dict[int, int]] = {}
        """Channel * 2 + _STEP or _RING to ns."""
        self.out: list[LineAction] = []
        self.totals: Final[dict[str, int]] = {}
        self.now: int = 0
        """Of the last call: actions are carried out when they are taken."""

    # The line

    def start(self, now: int) -> None:
        """The boards run: idle bits, and the engine sees a line in order."""
        self.now = now
        self.engine.start(now)
        for line in self.lines.values():
            self._send(line)
            if not self.office:
                line.feed = FEED_TIP_OPEN if self.codes.office[FEED_TIP_OPEN] != NONE else line.feed
                battery = BATTERY_ABSENT if line.feed == FEED_TIP_OPEN else BATTERY_NORMAL
                self.engine.receive(BatteryReceived(line.number, battery), now)
        self._translate()

    def line_down(self, channels: tuple[int, ...], now: int) -> None:
        """The span is in alarm."""
        self.now = now
        for number in channels:
            line = self.lines.get(number)
            if line is not None:
                self._stop(line)
        self.engine.line_down(channels, now)
        self._translate()

    def line_up(self, channels: tuple[int, ...], now: int) -> None:
        """It is over."""
        self.now = now
        self.engine.line_up(channels, now)
        self._translate()

    def receive(self, signal: LineSignal, now: int) -> None:
        """Bits are read by the row; everything else is the engine's."""
        self.now = now
        if not isinstance(signal, BitsReceived):
            self.engine.receive(signal, now)
        else:
            line = self.lines.get(signal.channel)
            if line is None:
                self.count("stray_signals")
            elif self.office:
                self._station_showed(line, signal.bits, now)
            else:
                self._office_showed(line, signal.bits, now)
        self._translate()

    def _station_showed(self, line: RobbedChannel, bits: int, now: int) -> None:
        state = self.codes.station_of(bits)
        if state == NONE:
            self.count("unknown_bits")
            return
        ground = state == RING_GROUND
        if ground != line.ground:
            line.ground = ground
            self.engine.receive(GroundReceived(line.number, ground), now)
        closed = state == LOOP_CLOSED
        if closed != line.closed:
            line.closed = closed
            if closed and line.feed == FEED_RINGING:
                # Ring trip: a channel unit takes the ringing off by itself.
                line.feed = FEED_NORMAL
                self._send(line)
            self.engine.receive(HookReceived(line.number, closed), now)

    def _office_showed(self, line: RobbedChannel, bits: int, now: int) -> None:
        feed = self.codes.feed_of(bits)
        if feed == NONE:
            self.count("unknown_bits")
            return
        if feed == FEED_RINGING:
            self.deadlines.pop(line.number * 2 + _RING, None)
            if not line.ringing:
                line.ringing = True
                self._fed(line, FEED_NORMAL, now)
                self.engine.receive(RingReceived(line.number, True, RING_HZ), now)
            return
        if line.ringing:
            self.deadlines[line.number * 2 + _RING] = now + RING_HOLD
        self._fed(line, feed, now)

    def _fed(self, line: RobbedChannel, feed: int, now: int) -> None:
        """The office feeds otherwise than before: battery and, with ground start, ground."""
        before = line.feed
        if feed == before:
            return
        line.feed = feed
        number = line.number
        if self.codes.office[FEED_TIP_OPEN] != NONE:
            self.engine.receive(GroundReceived(number, feed not in (FEED_TIP_OPEN, FEED_OPEN)), now)
        battery = BATTERY_NORMAL
        if feed in (FEED_OPEN, FEED_TIP_OPEN):
            battery = BATTERY_ABSENT
        elif feed == FEED_REVERSED:
            battery = BATTERY_REVERSED
        self.engine.receive(BatteryReceived(number, battery), now)

    # What the engine asks for

    def transmit(self) -> list[LineAction]:
        """Take what is to be done, in order."""
        self._translate()
        out = self.out
        self.out = []
        return out

    def _translate(self) -> None:
        """The engine's actions: those of the line become bits."""
        for action in self.engine.transmit():
            line = self.lines.get(action.channel)
            if line is None:
                self.out.append(action)
            elif isinstance(action, SetFeed):
                line.feed = action.feed
                self._send(line)
            elif isinstance(action, SetLoop):
                self._stop(line)
                line.closed = action.closed
                if action.closed:
                    line.ground = False
                self._send(line)
            elif isinstance(action, SetGround):
                line.ground = action.on
                self._send(line)
            elif isinstance(action, SendPulses):
                self._pulses(line, action)
            elif isinstance(action, SendFlash):
                steps = [(self.now, True), (self.now + action.ms * _MS, False)]
                self._begin(line, steps, action.tag)
            elif isinstance(action, SetImpedance):
                if action.chosen:
                    self.count("not_on_bits")
            elif isinstance(action, (SendMetering, MeasureLine, SetLamp)):
                self.count("not_on_bits")
            else:
                self.out.append(action)

    def _pulses(self, line: RobbedChannel, action: SendPulses) -> None:
        plan = edges(action.digits, action.pps, action.break_percent, action.interdigit_ms)
        self._begin(line, [(self.now + at, on) for at, on in plan], action.tag)

    def _begin(self, line: RobbedChannel, steps: list[tuple[int, bool]], tag: int) -> None:
        self._stop(line)
        line.steps = steps
        line.tag = tag
        self._step(line, self.now)

    def _stop(self, line: RobbedChannel) -> None:
        """No more pulses; nobody waits for their end."""
        line.steps = []
        line.broken = False
        line.tag = 0
        self.deadlines.pop(line.number * 2 + _STEP, None)

    def _step(self, line: RobbedChannel, now: int) -> None:
        while line.steps and line.steps[0][0] <= now:
            _, line.broken = line.steps.pop(0)
            self._send(line)
        if line.steps:
            self.deadlines[line.number * 2 + _STEP] = line.steps[0][0]
            return
        tag = line.tag
        self._stop(line)
        if tag:
            self.engine.receive(SendingEnded(line.number, tag), now)

    def _send(self, line: RobbedChannel) -> None:
        """The bits for what the engine wants, where they are others than before."""
        bits = self._office_bits(line) if self.office else self._station_bits(line)
        if bits != line.sent:
            line.sent = bits
            self.out.append(SendBits(line.number, bits))

    def _office_bits(self, line: RobbedChannel) -> int:
        feed = FEED_OPEN if line.broken else line.feed
        code = self.codes.office[feed]
        if code == NONE:
            self.count("not_on_bits")
            code = self.codes.office[FEED_OPEN if feed == FEED_TIP_OPEN else FEED_NORMAL]
        return code if code != NONE else self.codes.office[FEED_NORMAL]

    def _station_bits(self, line: RobbedChannel) -> int:
        station = self.codes.station
        if line.ground and not line.closed and station[RING_GROUND] != NONE:
            return station[RING_GROUND]
        return station[LOOP_CLOSED if line.closed and not line.broken else LOOP_OPEN]

    # Time

    def next_timeout(self) -> int | None:
        """When ``handle_timeout`` wants to be called; asking changes nothing."""
        ours = min(self.deadlines.values(), default=NEVER)
        theirs = self.engine.next_timeout()
        if theirs is not None and theirs < ours:
            return theirs
        return None if ours == NEVER else ours

    def handle_timeout(self, now: int) -> None:
        """Let every timer that is due by ``now`` expire."""
        self.now = now
        due = sorted([(at, key) for key, at in self.deadlines.items() if at <= now])
        for at, key in due:
            if self.deadlines.get(key, NEVER) != at:
                continue
            del self.deadlines[key]
            line = self.lines[key // 2]
            if key % 2 == _STEP:
                self._step(line, now)
            else:
                line.ringing = False
                self.engine.receive(RingReceived(line.number, False), now)
        self.engine.handle_timeout(now)
        self._translate()

    def count(self, what: str) -> None:
        self.totals[what] = self.totals.get(what, 0) + 1

    # All the rest is the engine's

    def events(self) -> list[SignallingEvent]:
        """Take what happened, in order."""
        return self.engine.events()

    def place(self, request: CallRequest, now: int) -> int:
        """Place a call; its handle."""
        self.now = now
        return self.engine.place(request, now)

    def send_digits(self, call: int, digits: str, complete: bool, now: int) -> None:
        """More digits of an overlap call."""
        self.now = now
        self.engine.send_digits(call, digits, complete, now)

    def want_digits(self, call: int, now: int) -> None:
        """Incoming: the number is not complete yet."""
        self.now = now
        self.engine.want_digits(call, now)

    def proceed(self, call: int, now: int) -> None:
        """Incoming: the number is complete."""
        self.now = now
        self.engine.proceed(call, now)

    def progress(self, call: int, indicator: int, now: int) -> None:
        """Incoming: tones or speech come from the application."""
        self.now = now
        self.engine.progress(call, indicator, now)

    def alert(self, call: int, inband: bool, now: int) -> None:
        """Incoming: the called party is being told."""
        self.now = now
        self.engine.alert(call, inband, now)

    def answer(self, call: int, now: int) -> None:
        """Incoming: answered."""
        self.now = now
        self.engine.answer(call, now)

    def clear(self, call: int, cause: int, now: int) -> None:
        """End or refuse the call."""
        self.now = now
        self.engine.clear(call, cause, now)

    def notify(self, call: int, indicator: int, now: int) -> None:
        """As the engine has it."""
        self.now = now
        self.engine.notify(call, indicator, now)

    def send_user_information(self, call: int, data: bytes, now: int) -> None:
        """As the engine has it."""
        self.engine.send_user_information(call, data, now)

    def restart(self, channels: tuple[int, ...], now: int) -> None:
        """Channels to idle."""
        self.now = now
        self.engine.restart(channels, now)

    def drain(self, on: bool, now: int) -> None:
        """Refuse new calls while on."""
        self.engine.drain(on, now)

    def keep(self, call: int) -> KeptCall | None:
        """As the engine has it."""
        return self.engine.keep(call)

    def adopt(self, kept: KeptCall, now: int) -> int:
        """As the engine has it."""
        return self.engine.adopt(kept, now)

    def block(self, channels: tuple[int, ...], now: int) -> None:
        """Take channels out of service."""
        self.now = now
        self.engine.block(channels, now)

    def unblock(self, channels: tuple[int, ...], now: int) -> None:
        """Put them back."""
        self.now = now
        self.engine.unblock(channels, now)

    def counters(self) -> dict[str, int]:
        """The engine's, and ours."""
        return self.engine.counters() | self.totals

    def channel_text(self, channel: int) -> str:
        """The state of the channel's machines, for people."""
        return self.engine.channel_text(channel)
