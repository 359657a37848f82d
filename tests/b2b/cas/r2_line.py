"""Two R2 engines joined by a line in virtual time: delay, receivers' reaction times, errors.

The receivers tell of a signal 15 to 40 ms after it began to arrive and of its end 10 to 30 ms after
that (Q.455: recognition and release together at most 80 ms). Errors are made by ``Noise``.
"""

from __future__ import annotations

import heapq
import random
from typing import Any, Final

from trunkd.signaling import call as ev
from trunkd.signaling import line_actions as act
from trunkd.signaling.cas.r2 import R2Trunk
from trunkd.signaling.cas.r2_config import R2Config
from trunkd.signaling.line_names import DTMF
from trunkd.signaling.line_signals import BitsReceived, DigitReceived, SendingEnded

MS: Final = 1_000_000
LETTERS: Final = "1234567890BCDEF"


class Noise:
    """Chances of errors, of each change of bits and each signal."""

    def __init__(
        self,
        glitch: float = 0.0,
        stuck: float = 0.0,
        lost: float = 0.0,
        doubled: float = 0.0,
        garbled: float = 0.0,
        interrupted: float = 0.0,
    ) -> None:
        self.glitch = glitch
        """Wrong bits for 1 to 40 ms, at some time after a change."""
        self.stuck = stuck
        """A change arrives up to 3 s late."""
        self.lost = lost
        """A signal is not recognised at all."""
        self.doubled = doubled
        """Its beginning is told twice."""
        self.garbled = garbled
        """It is recognised as another one."""
        self.interrupted = interrupted
        """It is told to end and to begin anew."""


class End:
    """One engine and what its line carries to it."""

    def __init__(self, line: R2Line, config: R2Config) -> None:
        self.line: Final = line
        self.trunk: Final = R2Trunk(config)
        self.far: End = self
        self.events: list[ev.SignallingEvent] = []
        self.log: list[tuple[int, str]] = []
        self.sending: dict[int, tuple[int, str, int]] = {}
        """What each channel sends: kind, digit, serial number."""
        self.arrived: dict[int, int] = {}
        """When the last bits that were sent arrive: bits do not overtake each other."""

    def take(self) -> None:
        """Carry out what the engine asks for, keep what it tells."""
        for action in self.trunk.transmit():
            self.log.append((self.line.now, f"{action.channel} {action.text}"))
            self.line.carry(self, action)
        events = self.trunk.events()
        self.events += events
        self.line.told(self, events)

    def of(self, kind: type[Any]) -> list[Any]:
        """The events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]


class R2Line:
    """See above. ``delay_ms``: one way."""

    def __init__(
        self,
        a: R2Config,
        b: R2Config,
        delay_ms: float = 1,
        seed: int = 1,
        noise: Noise | None = None,
    ) -> None:
        self.now = 0
        self.random: Final = random.Random(seed)
        self.noise: Noise = noise or Noise()
        self.delay: Final = round(delay_ms * MS)
        self.serial = 0
        self.queue: list[tuple[int, int, End, Any]] = []
        self.a: Final = End(self, a)
        self.b: Final = End(self, b)
        self.a.far, self.b.far = self.b, self.a
        self.signals = 0
        """MF signals carried so far; ``drop`` is the number of one that is lost, from 1."""
        self.drop = 0
        self.late = 0
        """The change of bits, by number from 1, that arrives 5 s late."""
        self.changes = 0
        self.shown: Final[dict[tuple[int, int], int]] = {}
        """Bits that each end is shown, apart from glitches."""
        self.hearing: Final[dict[int, tuple[int, str, int]]] = {}
        """Signals that were told to begin: kind, digit, when."""
        self.over: Final[set[int]] = set()
        """Signals that have ended."""
        for end in (self.a, self.b):
            end.trunk.start(self.now)
            end.take()
        self.run(200)
        for end in (self.a, self.b):
            end.log.clear()

    def told(self, end: End, events: list[ev.SignallingEvent]) -> None:
        """For tests that react."""

    def post(self, at: int, end: End, what: Any) -> None:
        self.serial += 1
        heapq.heappush(self.queue, (at, self.serial, end, what))

    # What is sent

    def carry(self, end: End, action: act.LineAction) -> None:
        if isinstance(action, act.SendBits):
            self._bits(end, action.channel, action.bits)
        elif isinstance(action, act.SendSignal):
            self._stop(end, action.channel)
            self._begin(end, action)
        elif isinstance(action, act.StopSignal):
            self._stop(end, action.channel)
        elif isinstance(action, act.SendDigits):
            self._digits(end, action)

    def _bits(self, end: End, channel: int, bits: int) -> None:
        self.changes += 1
        noise, rand = self.noise, self.random
        at = self.now + self.delay
        if rand.random() < noise.stuck:
            at += rand.randrange(3000) * MS
        if self.changes == self.late:
            at += 5000 * MS
        at = max(at, end.arrived.get(channel, 0) + 1)
        end.arrived[channel] = at
        self.post(at, end.far, BitsReceived(channel, bits))
        if rand.random() < noise.glitch:
            begin = at + rand.randrange(500) * MS
            wrong = BitsReceived(channel, bits ^ rand.choice((4, 8, 12)))
            self.post(begin, end.far, (wrong, rand.randrange(1, 40) * MS, end))

    def _begin(self, end: End, action: act.SendSignal) -> None:
        self.serial += 1
        number = self.serial
        end.sending[action.channel] = (action.kind, action.digit, number)
        self.signals += 1
        rand = self.random
        lost = self.signals == self.drop or rand.random() < self.noise.lost
        digit = action.digit
        if rand.random() < self.noise.garbled:
            digit = rand.choice(LETTERS)
        began = self.now + self.delay
        heard = began + rand.randrange(15, 41) * MS
        if not lost:
            self.post(heard, end.far, (action.channel, action.kind, digit, number, began))
        if action.ms:
            ends = self.now + action.ms * MS
            self.post(ends, end, (action.channel, number))
            self.post(ends, end, SendingEnded(action.channel, action.tag))

    def _stop(self, end: End, channel: int) -> None:
        """The signal that is sent ends; the far end hears that, if it heard the signal."""
        if channel in end.sending:
            _, _, number = end.sending.pop(channel)
            lag = self.random.randrange(10, 31) * MS
            self.post(self.now + self.delay + lag, end.far, (channel, number, "over"))

    def _digits(self, end: End, action: act.SendDigits) -> None:
        at = self.now
        for digit in action.digits:
            heard = at + self.delay + 30 * MS
            self.post(heard, end.far, DigitReceived(action.channel, DTMF, digit, True, heard))
            at += (action.on_ms + action.off_ms) * MS
        self.post(at, end, SendingEnded(action.channel, action.tag))

    # What arrives

    def _arrive(self, end: End, what: Any) -> None:
        if isinstance(what, tuple):
            self._special(end, what)
        else:
            if isinstance(what, BitsReceived):
                self.shown[(id(end), what.channel)] = what.bits
            end.trunk.receive(what, self.now)

    def _special(self, end: End, what: Any) -> None:
        if len(what) == 5:
            self._heard(end, *what)
        elif isinstance(what[0], BitsReceived):
            wrong, duration, _ = what
            before = self.shown.get((id(end), wrong.channel))
            end.trunk.receive(wrong, self.now)
            if before is not None:
                self.post(self.now + duration, end, ("glitch over", wrong.channel, 0, 0))
        elif len(what) == 4:
            bits = self.shown[(id(end), what[1])]
            end.trunk.receive(BitsReceived(what[1], bits), self.now)
        elif len(what) == 3:
            self._over(end, what[0], what[1])
        else:
            channel, number = what
            if channel in end.sending and end.sending[channel][2] == number:
                self._stop(end, channel)

    def _heard(
        self, end: End, channel: int, kind: int, digit: str, number: int, began: int
    ) -> None:
        """A signal is recognised, unless it was shorter than that took."""
        if number in self.over:
            return
        self.hearing[number] = (kind, digit, began)
        signal = DigitReceived(channel, kind, digit, True, began)
        end.trunk.receive(signal, self.now)
        if self.random.random() < self.noise.doubled:
            end.trunk.receive(signal, self.now)
        if self.random.random() < self.noise.interrupted:
            end.trunk.receive(DigitReceived(channel, kind, digit, False, began, 40 * MS), self.now)
            later = (channel, kind, digit, number, self.now)
            self.hearing.pop(number)
            self.post(self.now + self.random.randrange(10, 60) * MS, end, later)

    def _over(self, end: End, channel: int, number: int) -> None:
        self.over.add(number)
        if number in self.hearing:
            kind, digit, began = self.hearing.pop(number)
            lasted = self.now - began
            end.trunk.receive(DigitReceived(channel, kind, digit, False, began, lasted), self.now)

    # Time

    def run(self, ms: float, until: Any = None) -> bool:
        """Let ``ms`` pass, or less when ``until()`` is true; was it?"""
        stop = self.now + round(ms * MS)
        for end in (self.a, self.b):
            end.take()
        while True:
            if until is not None and until():
                return True
            due = [self.queue[0][0]] if self.queue else []
            for end in (self.a, self.b):
                timeout = end.trunk.next_timeout()
                if timeout is not None:
                    due.append(timeout)
            at = max(self.now, min(due, default=stop + 1))
            if at > stop:
                self.now = stop
                return False
            self.now = at
            while self.queue and self.queue[0][0] <= at:
                _, _, end, what = heapq.heappop(self.queue)
                self._arrive(end, what)
                end.take()
            for end in (self.a, self.b):
                end.trunk.handle_timeout(at)
                end.take()
