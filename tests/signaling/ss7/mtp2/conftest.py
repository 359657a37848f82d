"""Two MTP2 links and the line between them, in virtual time.

The line does what Q.703 gives to the octets below level 2: it repeats the last fill-in while no
other unit waits, so one that was hit comes again a moment later; a unit that is lost or corrupted
is a unit in error to the receiver; a repeated fill-in is handed over twice at most.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable

import pytest

from trunkd.signaling.ss7.mtp2 import SignallingLink
from trunkd.signaling.ss7.mtp2_config import Mtp2Config
from trunkd.signaling.ss7.mtp2_events import (
    Bsnt,
    InService,
    Level2Event,
    Message,
    OutOfService,
    RemoteProcessorOutage,
    Retrieved,
)
from trunkd.signaling.ss7.mtp2_table import MACHINES

MS = 1_000_000
SECOND = 1_000_000_000

for machine in MACHINES:
    machine.strict = True


class Wire:
    """Rates of what happens to a unit, each 0 to 1; ``delay``: range in ms, order is kept."""

    def __init__(
        self, loss: float = 0.0, double: float = 0.0, delay: tuple[int, int] = (1, 5)
    ) -> None:
        self.loss = loss
        self.double = double
        self.delay = delay


class End:
    """A link with a level 3 that changes over to the same link when it failed."""

    def __init__(self, config: Mtp2Config) -> None:
        self.link = SignallingLink(config)
        self.sent: list[bytes] = []
        self.waiting: list[bytes] = []
        """Level 3 keeps messages while the link is down."""
        self.got: list[bytes] = []
        self.events: list[Level2Event] = []
        self.up = False
        self.failed = 0
        self.bsnt = -1
        self.line = 0
        """Serial of the last unit sent."""


class Pair:
    def __init__(self, seed: int, wire: Wire, config: Mtp2Config) -> None:
        self.dice = random.Random(seed)
        self.wire = wire
        self.now = 0
        self.serial = 0
        self.flying: list[tuple[int, int, int, bytes, int]] = []
        self.latest = [0, 0]
        self.ends = [End(config), End(config)]
        self.emergency = False

    def send(self, index: int, text: bytes) -> None:
        end = self.ends[index]
        end.sent.append(text)
        if end.up:
            end.link.send(text, self.now)
        else:
            end.waiting.append(text)

    def start(self) -> None:
        for end in self.ends:
            if self.emergency:
                end.link.emergency(True, self.now)
            end.link.start(self.now)

    def fly(self, to: int, unit: bytes, serial: int, delay: int) -> None:
        at = max(self.now + delay, self.latest[to])
        self.latest[to] = at
        self.serial += 1
        heapq.heappush(self.flying, (at, self.serial, to, unit, serial))

    def collect(self) -> None:
        for index, end in enumerate(self.ends):
            self.hear(index)
            for unit in end.link.transmit():
                end.line += 1
                for _ in range(2 if self.dice.random() < self.wire.double else 1):
                    delay = self.dice.randint(*self.wire.delay) * MS
                    self.fly(1 - index, unit, end.line, delay)
        if all(not end.up and end.failed for end in self.ends):
            self.change_over()
            self.collect()

    def hear(self, index: int) -> None:
        end = self.ends[index]
        for event in end.link.events():
            end.events.append(event)
            if isinstance(event, Message):
                end.got.append(event.octets)
            elif isinstance(event, InService) or (
                isinstance(event, RemoteProcessorOutage) and not event.on and not end.up
            ):
                # Aligned while the far end was in outage: its recovery stands for "in service".
                end.up = True
                for text in end.waiting:
                    end.link.send(text, self.now)
                end.waiting = []
            elif isinstance(event, OutOfService):
                end.up = False
                end.failed += 1
            elif isinstance(event, Bsnt):
                end.bsnt = event.bsnt
            elif isinstance(event, Retrieved):
                end.waiting = event.messages + end.waiting

    def change_over(self) -> None:
        """Both ends are out of service: what the far end has not got goes out again."""
        for index, end in enumerate(self.ends):
            end.link.retrieve_bsnt(self.now)
            self.hear(index)
        for index, end in enumerate(self.ends):
            end.link.retrieve(self.ends[1 - index].bsnt, self.now)
            self.hear(index)
            end.failed = 0
        self.flying = []
        self.start()

    def arrive(self, to: int, unit: bytes, serial: int) -> None:
        link = self.ends[to].link
        if self.dice.random() >= self.wire.loss:
            link.receive(unit, self.now)
            return
        link.receive_error(self.now)
        if len(unit) <= 5 and serial == self.ends[1 - to].line:
            self.fly(to, unit, serial, MS)

    def run(self, until: int) -> None:
        self.collect()
        while True:
            times = [t for end in self.ends if (t := end.link.next_timeout()) is not None]
            if self.flying:
                times.append(self.flying[0][0])
            if not times or min(times) > until:
                break
            self.now = max(self.now, min(times))
            while self.flying and self.flying[0][0] <= self.now:
                _, _, to, unit, serial = heapq.heappop(self.flying)
                self.arrive(to, unit, serial)
            for end in self.ends:
                end.link.handle_timeout(self.now)
            self.collect()
        self.now = max(self.now, until)

    def settle(self) -> None:
        """The line is good from now on: the link comes up and everything drains."""
        self.wire = Wire()
        self.run(self.now + 120 * SECOND)
        states = [end.link.state_text for end in self.ends]
        assert states == ["in service", "in service"], states
        for end in self.ends:
            assert not end.link.tb and end.link.waiting() == 0 and not end.waiting


def aligned(config: Mtp2Config | None = None, wire: Wire | None = None, seed: int = 1) -> Pair:
    """A pair in service, its events forgotten."""
    pair = Pair(seed, wire or Wire(), config or Mtp2Config())
    pair.start()
    pair.run(70 * SECOND)
    assert all(end.up for end in pair.ends)
    for end in pair.ends:
        end.events.clear()
    return pair


@pytest.fixture(scope="session")
def new_pair() -> Callable[[int, float, float, tuple[int, int], Mtp2Config], Pair]:
    """``new_pair(seed, loss, double, delay, config)``: two links, out of service."""
    return lambda seed, loss, double, delay, config: Pair(seed, Wire(loss, double, delay), config)


@pytest.fixture(scope="session")
def aligned_pair() -> Callable[..., Pair]:
    """``aligned_pair(config)``: two links in service."""
    return aligned
