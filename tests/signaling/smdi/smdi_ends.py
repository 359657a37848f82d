"""A message desk and an exchange joined by a line in memory, under virtual time."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from trunkd.signaling.call import LinkChanged, ProtocolFault, SignallingEvent
from trunkd.signaling.smdi.codec import Lengths
from trunkd.signaling.smdi.desk import DeskConfig, DeskEngine
from trunkd.signaling.smdi.events import LampWanted, MessageSeen
from trunkd.signaling.smdi.exchange import ExchangeEngine
from trunkd.signaling.smdi.framing import EVEN
from trunkd.signaling.smdi.lamps import LampTimes
from trunkd.signaling.smdi.lamps_table import LAMPS
from trunkd.signaling.smdi.link import Link
from trunkd.signaling.smdi.terminals_table import TERMINALS

SECOND = 1_000_000_000
OCTET = 10 * SECOND // 1200
"""Of a line of 1200 bit/s with start, parity and stop bits."""

TIMES = LampTimes(pace=SECOND // 2, answer=5 * SECOND, retry=30 * SECOND, tries=3)

Damage = Callable[[bytes], bytes]


def lossy(seed: int, lost: float, doubled: float, flipped: float) -> Damage:
    """A line that loses, doubles and flips bits of octets with these shares."""
    chance = random.Random(seed)

    def damage(data: bytes) -> bytes:
        out = bytearray()
        for octet in data:
            if chance.random() < lost:
                continue
            if chance.random() < flipped:
                octet ^= 1 << chance.randrange(8)
            out += bytes([octet]) * (2 if chance.random() < doubled else 1)
        return bytes(out)

    return damage


class Bench:
    """``seen`` has each end's events but traces; the exchange's answers to lamps are ``refuses``:
    number -> True (INV) or False (BLK)."""

    def __init__(self, damage: Damage | None = None, digits: tuple[int, ...] = (), **desk: Any):
        TERMINALS.strict = LAMPS.strict = True
        lengths = Lengths(digits)
        terminals = tuple((1, n) for n in range(1, 5))
        times = desk.pop("times", TIMES)
        self.desk = DeskEngine(DeskConfig(terminals, lengths, times, EVEN, **desk))
        self.exchange = ExchangeEngine(lengths, EVEN)
        self.damage = damage or (lambda data: data)
        self.now = 0
        self.seen: dict[Link, list[SignallingEvent]] = {self.desk: [], self.exchange: []}
        self.refuses: dict[str, bool] = {}
        self.lit: dict[str, bool] = {}
        self._line: list[tuple[int, Link, bytes]] = []
        self._free: dict[Link, int] = {}
        self.connect()

    def connect(self) -> None:
        for engine in self.seen:
            engine.line_up(self.now)
        self.pump()

    def cut(self) -> None:
        self._line.clear()
        for engine in self.seen:
            engine.line_down("the cable is cut", self.now)
        self.pump()

    def pump(self) -> None:
        """Octets go on the line one after the other, as fast as it is."""
        busy = True
        while busy:
            busy = False
            for engine, other in ((self.desk, self.exchange), (self.exchange, self.desk)):
                for octets in engine.transmit():
                    busy = True
                    start = max(self.now, self._free.get(engine, 0))
                    end = self._free[engine] = start + OCTET * len(octets)
                    self._line.append((end, other, self.damage(octets)))
                for event in engine.events():
                    busy = True
                    self._event(engine, event)

    def _event(self, engine: Link, event: SignallingEvent) -> None:
        if not isinstance(event, MessageSeen):
            self.seen[engine].append(event)
        if isinstance(event, LampWanted):
            if event.number in self.refuses:
                self.exchange.refuse(event.number, self.refuses[event.number], self.now)
            else:
                self.lit[event.number] = event.on

    def run(self, seconds: float) -> None:
        self.pump()
        end = self.now + round(seconds * SECOND)
        while True:
            due = [t for t, _, _ in self._line]
            due += [t for t in (e.next_timeout() for e in self.seen) if t is not None]
            if not due or min(due) > end:
                self.now = end
                return
            self.now = max(self.now, min(due))
            arrived = [item for item in self._line if item[0] <= self.now]
            self._line = [item for item in self._line if item[0] > self.now]
            for _, engine, octets in arrived:
                engine.receive(octets, self.now)
            for engine in self.seen:
                timeout = engine.next_timeout()
                if timeout is not None and timeout <= self.now:
                    engine.handle_timeout(self.now)
            self.pump()

    def of(self, engine: Link, kind: type[Any]) -> list[Any]:
        return [event for event in self.seen[engine] if isinstance(event, kind)]

    def faults(self, engine: Link) -> list[str]:
        return [fault.kind for fault in self.of(engine, ProtocolFault)]

    def links(self, engine: Link) -> list[tuple[bool, str]]:
        return [(change.up, change.reason) for change in self.of(engine, LinkChanged)]
