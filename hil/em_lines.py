"""Two engines on one line of CAS bits under virtual time: bits, register signals, hits between.

``LinePair`` takes any two engines whose lines are bits (E&M, robbed loop and ground start),
``EmPair`` two of E&M.

Each end is audited as it goes: one CallReleased a handle and nothing behind it, no channel twice in
one state, no transition that is not drawn (strict).
"""

from __future__ import annotations

import contextlib
import heapq
import random
from collections.abc import Callable
from typing import Any, Self, TypeVar

from ..errors import LocalError
from ..signaling import call as neutral
from ..signaling.cas.em import EmTrunk
from ..signaling.cas.em_config import EmConfig
from ..signaling.cas.em_states import BLOCKED_BOTH, BLOCKED_THERE, IDLE
from ..signaling.line import LineEngine
from ..signaling.line_actions import (
    LineAction,
    ListenFor,
    SendBits,
    SendDigits,
    SendTone,
    StopSignal,
)
from ..signaling.line_names import DTMF, LISTEN_DTMF, LISTEN_R1
from ..signaling.line_signals import BitsReceived, DigitReceived, SendingEnded

Kind = TypeVar("Kind")

MS = 1_000_000
SECOND = 1_000_000_000
DETECT = 25 * MS
"""From the begin of a register signal to its recognition."""


class End:
    """One engine with its audit. ``app`` is told every event, ``tones`` are those it sends."""

    def __init__(self, name: str, trunk: Any) -> None:
        self.name = name
        self.trunk = trunk
        self.live: set[int] = set()
        self.dead: set[int] = set()
        self.released: list[neutral.CallReleased] = []
        self.log: list[tuple[int, neutral.SignallingEvent]] = []
        self.state: dict[int, int] = {}
        self.bits: dict[int, int] = {}
        self.listens: dict[int, int] = {}
        self.sending: dict[int, int] = {}
        """Timeslot to the number of what is being sent there: what is stopped has another."""
        self.tones: list[tuple[int, str]] = []
        self.app: Callable[[End, neutral.SignallingEvent], None] | None = None

    def audit(self, now: int, event: neutral.SignallingEvent) -> None:
        self.log.append((now, event))
        if isinstance(event, neutral.ChannelChanged):
            before = self.state.get(event.channel, neutral.CHANNEL_IDLE)
            assert before != event.state, f"{self.name}: timeslot {event.channel} twice {before}"
            self.state[event.channel] = event.state
            return
        handle = getattr(event, "call", 0)
        if not handle:
            return
        assert handle not in self.dead, f"{self.name}: {event} behind the end of call {handle}"
        if isinstance(event, neutral.CallOffered):
            self.live.add(handle)
        assert handle in self.live, f"{self.name}: {event} for call {handle}, which is none"
        if isinstance(event, neutral.CallReleased):
            self.live.discard(handle)
            self.dead.add(handle)
            self.released.append(event)

    def kinds(self, kind: type[Kind]) -> list[Kind]:
        return [event for _, event in self.log if isinstance(event, kind)]

    def faults(self) -> list[str]:
        return [event.kind for event in self.kinds(neutral.ProtocolFault)]

    def when(self, kind: type) -> list[int]:
        return [time for time, event in self.log if isinstance(event, kind)]


class LinePair:
    """Both ends, the line and the time. ``hits``: probability that a change of bits is followed by
    a hit of 1 to 14 ms. ``lost``: that a digit is not heard."""

    def __init__(
        self,
        a: LineEngine,
        b: LineEngine,
        delay: int = 5 * MS,
        seed: int = 1,
        hits: float = 0.0,
        lost: float = 0.0,
    ) -> None:
        self.rng = random.Random(seed)
        self.now = 0
        self.delay = delay
        self.hits = hits
        self.lost = lost
        self.a = End("a", a)
        self.b = End("b", b)
        self.ends = (self.a, self.b)
        self.cut: set[int] = set()
        """Timeslots whose bits do not arrive."""
        self.wire: list[tuple[int, str, LineAction]] = []
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._order = 0

    def other(self, end: End) -> End:
        return self.b if end is self.a else self.a

    def at(self, time: int, action: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._agenda, (time, self._order, action))

    def after(self, ns: int, action: Callable[[], None]) -> None:
        self.at(self.now + ns, action)

    def start(self) -> Self:
        for end in self.ends:
            end.trunk.start(self.now)
        self.settle()
        self.run(SECOND)
        return self

    def place(self, end: End, called: str = "5551234", calling: str = "", **more: Any) -> int:
        number = neutral.PartyNumber(calling) if calling else None
        request = neutral.CallRequest(neutral.PartyNumber(called), number, **more)
        handle: int = end.trunk.place(request, self.now)
        end.live.add(handle)
        return handle

    def settle(self) -> None:
        """What the ends have to say: actions onto the line, events to audit and application."""
        busy = True
        while busy:
            busy = False
            for end in self.ends:
                for action in end.trunk.transmit():
                    busy = True
                    self.carry(end, action)
                for event in end.trunk.events():
                    busy = True
                    end.audit(self.now, event)
                    if end.app is not None:
                        end.app(end, event)

    def carry(self, end: End, action: LineAction) -> None:
        self.wire.append((self.now, end.name, action))
        number = action.channel
        if isinstance(action, SendBits):
            if end.bits.get(number) != action.bits:
                end.bits[number] = action.bits
                self.bits(end, number, action.bits)
        elif isinstance(action, ListenFor):
            end.listens[number] = action.kinds
        elif isinstance(action, SendDigits):
            self.digits(end, action)
        elif isinstance(action, SendTone):
            end.tones.append((number, action.name))
        elif isinstance(action, StopSignal):
            end.sending[number] = end.sending.get(number, 0) + 1

    def bits(self, end: End, number: int, bits: int) -> None:
        self.arrive(end, number, bits, self.delay)
        if self.rng.random() < self.hits:
            begin = self.rng.randrange(16, 60) * MS
            self.hit(end, number, begin, self.rng.randrange(1, 15) * MS)

    def hit(self, end: End, number: int, begin: int, length: int) -> None:
        """A hit: bit A is another for ``length``, then what is sent at that time."""

        def spoil() -> None:
            bits = end.bits.get(number, 0)
            self.arrive(end, number, bits ^ 8, 0)
            self.after(length, lambda: self.arrive(end, number, end.bits.get(number, 0), 0))

        self.after(self.delay + begin, spoil)

    def arrive(self, end: End, number: int, bits: int, delay: int) -> None:
        to = self.other(end)

        def come() -> None:
            if number not in self.cut:
                to.trunk.receive(BitsReceived(number, bits), self.now)

        self.after(delay, come)

    def digits(self, end: End, action: SendDigits) -> None:
        number = action.channel
        mark = end.sending[number] = end.sending.get(number, 0) + 1
        length = (action.on_ms + action.off_ms) * MS
        to = self.other(end)
        for n, digit in enumerate(action.digits):
            begin = self.now + n * length + self.delay

            def hear(digit: str = digit, begin: int = begin) -> None:
                wanted = LISTEN_DTMF if action.kind == DTMF else LISTEN_R1
                if end.sending[number] != mark or not to.listens.get(number, 0) & wanted:
                    return
                if self.rng.random() >= self.lost:
                    signal = DigitReceived(number, action.kind, digit, True, begin)
                    to.trunk.receive(signal, self.now)

            self.at(begin + DETECT, hear)

        def ended() -> None:
            whole = end.sending[number] == mark
            end.trunk.receive(SendingEnded(number, action.tag, whole), self.now)

        self.after(len(action.digits) * length, ended)

    def run(self, until: int) -> None:
        """Run to ``until`` (ns)."""
        self.settle()
        while True:
            next_one = self._agenda[0][0] if self._agenda else until + 1
            for end in self.ends:
                timeout = end.trunk.next_timeout()
                if timeout is not None and timeout < next_one:
                    next_one = timeout
            if next_one > until:
                break
            self.now = max(self.now, next_one)
            for end in self.ends:
                timeout = end.trunk.next_timeout()
                if timeout is not None and timeout <= self.now:
                    end.trunk.handle_timeout(self.now)
            while self._agenda and self._agenda[0][0] <= self.now:
                self.settle()
                heapq.heappop(self._agenda)[2]()
            self.settle()
        self.now = until

    def run_for(self, ns: int) -> None:
        self.run(self.now + ns)


class EmPair(LinePair):
    """Two engines of E&M."""

    def __init__(
        self,
        a: EmConfig,
        b: EmConfig,
        delay: int = 5 * MS,
        seed: int = 1,
        hits: float = 0.0,
        lost: float = 0.0,
    ) -> None:
        super().__init__(EmTrunk(a), EmTrunk(b), delay, seed, hits, lost)

    def assert_idle(self) -> None:
        """Nothing is left on either side."""
        for end in self.ends:
            assert not end.live, f"{end.name}: calls {sorted(end.live)} never ended"
            assert not end.trunk.shared.calls, end.name
            for number, line in end.trunk.lines.items():
                text = f"{end.name} {number}: {end.trunk.channel_text(number)}"
                assert line.state == IDLE and line.call is None and not line.far, text
                assert end.state.get(number, neutral.CHANNEL_IDLE) == neutral.CHANNEL_IDLE, text
                assert not line.listening and not line.tag and not line.steps, text
            assert not end.trunk.shared.deadlines, f"{end.name}: {end.trunk.shared.deadlines}"

    def blocked(self, end: End) -> list[int]:
        """Timeslots that are blocked by the far end."""
        return [
            number
            for number, line in end.trunk.lines.items()
            if line.state in (BLOCKED_THERE, BLOCKED_BOTH)
        ]


def answering(pair: LinePair, alert_ms: int = 100, answer_ms: int = 1500) -> None:
    """Both ends alert and answer what is offered."""

    def app(end: End, event: neutral.SignallingEvent) -> None:
        if isinstance(event, neutral.CallOffered) and event.request.complete:
            call = event.call

            def alert() -> None:
                with contextlib.suppress(LocalError):  # it may be over, or being cleared
                    end.trunk.alert(call, False, pair.now)

            def answer() -> None:
                with contextlib.suppress(LocalError):
                    end.trunk.answer(call, pair.now)

            pair.after(alert_ms * MS, alert)
            pair.after(answer_ms * MS, answer)

    for end in pair.ends:
        end.app = app
