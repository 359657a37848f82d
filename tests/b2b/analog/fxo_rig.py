"""A line engine in virtual time, and what its lines show: signals are put down for a time, actions
and events are kept with theirs. Sounds are segments as the native detector tells them."""

from __future__ import annotations

import heapq
from typing import Any

from trunkd.board.progress_tones import parse
from trunkd.signaling import line_signals as sig
from trunkd.signaling.line_actions import (
    LineAction,
    MeasureLevel,
    SendDigits,
    SendFlash,
    SendPulses,
    SendSteps,
    SetLoop,
)

MS = 1_000_000
SECOND = 1_000 * MS
KNOWN_ON = 136 * MS
"""A segment is told so long after its beginning, if it lasts; its end 24 ms late."""
KNOWN_OFF = 24 * MS


class LineRig:
    """``engine``: a LineEngine, started at 0 with battery on all lines."""

    def __init__(self, engine: Any, channels: tuple[int, ...] = (1,), battery: int = 1) -> None:
        self.engine = engine
        self.now = 0
        self.actions: list[tuple[int, LineAction]] = []
        self.events: list[tuple[int, Any]] = []
        self.sounds_until = 0
        """An echo is heard until then."""
        self.loop = dict.fromkeys(channels, False)
        self._due: list[tuple[int, int, sig.LineSignal]] = []
        self._order = 0
        engine.start(0)
        for channel in channels:
            engine.receive(sig.BatteryReceived(channel, battery), 0)
        self._take()

    def at(self, ms: float, signal: sig.LineSignal) -> None:
        """``ms`` from now."""
        self._order += 1
        heapq.heappush(self._due, (self.now + round(ms * MS), self._order, signal))

    def forget(self) -> None:
        """What was put down does not come."""
        self._due.clear()

    def show(self, signal: sig.LineSignal) -> None:
        """At once."""
        self.engine.receive(signal, self.now)
        self._take()

    def request(self, method: Any, *args: Any) -> Any:
        """``engine.method(*args, now)``."""
        result = method(*args, self.now)
        self._take()
        return result

    def run(self, seconds: float) -> None:
        until = self.now + round(seconds * SECOND)
        while True:
            signal = self._due[0][0] if self._due else until + 1
            timeout = self.engine.next_timeout()
            timer = until + 1 if timeout is None else timeout
            if min(signal, timer) > until:
                break
            if signal <= timer:
                when, _, shown = heapq.heappop(self._due)
                self.now = max(self.now, when)
                self.engine.receive(shown, self.now)
            else:
                self.now = max(self.now, timer)
                self.engine.handle_timeout(self.now)
            self._take()
        self.now = until

    def _take(self) -> None:
        for action in self.engine.transmit():
            self.actions.append((self.now, action))
            if isinstance(action, SetLoop):
                self.loop[action.channel] = action.closed
            elif isinstance(action, SendDigits):
                length = len(action.digits) * (action.on_ms + action.off_ms)
                self.at(length, sig.SendingEnded(action.channel, action.tag))
            elif isinstance(action, SendPulses):
                pulses = sum(int(digit) or 10 for digit in action.digits)
                length = pulses * 1000 / action.pps + action.interdigit_ms * len(action.digits)
                self.at(length, sig.SendingEnded(action.channel, action.tag))
            elif isinstance(action, SendSteps):
                length = sum(ms for _, ms, _ in action.steps)
                self.at(length, sig.SendingEnded(action.channel, action.tag))
                self.sounds_until = self.now + round(length * MS)
            elif isinstance(action, MeasureLevel):
                level = -30.0 - self.now % 7 if self.now < self.sounds_until else -70.0
                self.at(0, sig.LevelMeasured(action.channel, action.tag, level))
            elif isinstance(action, SendFlash):
                self.at(action.ms, sig.SendingEnded(action.channel, action.tag))
        self.events += [(self.now, event) for event in self.engine.events()]

    # What was seen

    def of(self, kind: type) -> list[Any]:
        """Events of a kind."""
        return [event for _, event in self.events if isinstance(event, kind)]

    def did(self, kind: type) -> list[Any]:
        return [action for _, action in self.actions if isinstance(action, kind)]

    def when(self, kind: type) -> int:
        """ns of the last event of a kind."""
        return [time for time, event in self.events if isinstance(event, kind)][-1]

    # Sounds and ringing

    def tone(self, text: str, seconds: float, channel: int = 1, after: float = 0.0) -> None:
        """A cadence as board/progress_tones writes it, from ``after`` seconds on."""
        tone = parse(text)
        steps = list(tone.steps)
        at, end, n = after * 1000, (after + seconds) * 1000, 0
        while at < end:
            step = steps[n]
            length = step.samples / 8 if step.samples else end - at
            length = min(length, end - at)
            if step.frequencies:
                self.sound(step.frequencies, length, channel, at / 1000, step.level)
            at += length
            n += 1
            if n == len(steps):
                if tone.repeat_from is None:
                    return
                n = tone.repeat_from

    def sound(
        self,
        frequencies: tuple[float, ...],
        ms: float,
        channel: int = 1,
        after: float = 0.0,
        level: float = -10.0,
    ) -> None:
        """A segment; no frequencies: speech."""
        began = self.now + round(after * SECOND)
        if ms * MS > KNOWN_ON:
            on = sig.ToneReceived(channel, frequencies, True, began, KNOWN_ON, level)
            self.at(after * 1000 + KNOWN_ON / MS, on)
        off = sig.ToneReceived(channel, frequencies, False, began, round(ms * MS), level)
        self.at(after * 1000 + ms + KNOWN_OFF / MS, off)

    def ring(
        self,
        cadence: tuple[int, ...],
        rounds: int,
        channel: int = 1,
        hz: float = 25.0,
        after: float = 0.0,
    ) -> None:
        """Ringing and silence in ms by turns; told after two cycles, and 100 ms behind its end."""
        at = after * 1000
        for _ in range(rounds):
            for n in range(0, len(cadence), 2):
                self.at(at + 2000 / hz, sig.RingReceived(channel, True, hz))
                self.at(at + cadence[n] + 100, sig.RingReceived(channel, False, hz))
                at += cadence[n] + cadence[n + 1]

    def fsk(
        self,
        octets: bytes,
        bell202: bool = True,
        channel: int = 1,
        after: float = 0.0,
        until: int = 1000,
    ) -> None:
        """A message as both receivers tell it; ``until``: octets that arrive."""
        for receiver in (False, True):
            at = after * 1000
            self.at(at + 8, sig.FskReceived(channel, receiver, 3, 0))
            at += 400
            for octet in octets[:until]:
                at += 10 * 1000 / 1200
                self.at(at, sig.FskReceived(channel, receiver, 1, octet))
            self.at(at + 16, sig.FskReceived(channel, receiver, 4, 100 if bell202 else 150))

    def dtmf(self, digits: str, channel: int = 1, after: float = 0.0) -> None:
        for n, digit in enumerate(digits):
            at = after * 1000 + n * 140
            began = self.now + round(at * MS)
            self.at(at + 40, sig.DigitReceived(channel, 1, digit, True, began))
            self.at(at + 90, sig.DigitReceived(channel, 1, digit, False, began, 70 * MS))
