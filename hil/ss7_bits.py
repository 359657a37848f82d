"""Signalling links through real HDLC bits: as ss7_lines, with the native framer at both ends.

A step is one millisecond: 8 octets each way on each link. A bit error flips a bit; a cut line is
all ones.
"""

from __future__ import annotations

import heapq
from typing import Final

from ..native.wrap_mtp2 import SU, Mtp2Framer
from ..signaling.ss7.mtp3 import Mtp3
from .ss7_lines import MS, Call, Wires

OCTETS: Final = 8
AHEAD: Final = 2
"""Signal units that wait in the framer: the line never runs dry, T7 sees no queue."""


class BitLines(Wires):
    """Lines bit by bit."""

    def __init__(self, nodes: tuple[Mtp3, Mtp3], seed: int = 0, error_rate: float = 0.0) -> None:
        super().__init__(nodes, seed, error_rate)
        count = len(nodes[0].links)
        self.framers: Final = [[Mtp2Framer() for _ in range(count)] for _ in nodes]
        self.cuts: Final = [[False] * count for _ in nodes]
        """By sender and link."""
        self.calls: Final[list[tuple[int, int, Call]]] = []
        self.serial: int = 0
        self.next_error: int = self.gap()
        """Bits until the next error."""

    def gap(self) -> int:
        if not self.error_rate:
            return 1 << 60
        return int(self.dice.expovariate(self.error_rate)) + 1

    def run(self, until: int) -> None:
        while self.now < until:
            while self.calls and self.calls[0][0] <= self.now:
                heapq.heappop(self.calls)[2].happen(self)
            for node in (0, 1):
                due = self.nodes[node].next_timeout()
                if due is not None and due <= self.now:
                    self.nodes[node].handle_timeout(self.now)
            for link in range(len(self.framers[0])):
                first = self.line(0, link)
                second = self.line(1, link)
                self.arrive(1, link, first)
                self.arrive(0, link, second)
            self.take(0)
            self.take(1)
            self.now += MS

    def line(self, sender: int, link: int) -> bytes:
        """What is on the line in this millisecond."""
        framer = self.framers[sender][link]
        room = AHEAD - framer.waiting
        if room > 0:
            for unit in self.nodes[sender].transmit(link, room):
                framer.send(unit)
        line = framer.encode(OCTETS)
        if self.cuts[sender][link]:
            return b"\xff" * OCTETS
        self.next_error -= 8 * OCTETS
        if self.next_error > 0:
            return line
        spoiled = bytearray(line)
        while self.next_error <= 0:
            bit = self.next_error + 8 * OCTETS - 1
            spoiled[bit >> 3] ^= 1 << (bit & 7)
            self.damaged += 1
            self.next_error += self.gap()
        return bytes(spoiled)

    def arrive(self, node: int, link: int, line: bytes) -> None:
        mtp3 = self.nodes[node]
        for kind, unit, sus, errors in self.framers[node][link].decode(line):
            if kind == SU:
                self.units += 1
                mtp3.receive(link, unit, self.now, sus)
            else:
                mtp3.receive_error(link, self.now, errors, sus)

    def after(self, delay: int, call: Call) -> None:
        self.serial += 1
        heapq.heappush(self.calls, (self.now + delay, self.serial, call))

    def cut(self, link: int, both: bool = True, source: int = 0, alarm: bool = False) -> None:
        for sender in (0, 1):
            if both or sender == source:
                self.cuts[sender][link] = True
                if alarm:
                    self.nodes[1 - sender].line_down(link, self.now)

    def mend(self, link: int) -> None:
        for sender in (0, 1):
            if self.cuts[sender][link]:
                self.cuts[sender][link] = False
                self.nodes[1 - sender].line_up(link, self.now)

    def whole(self, link: int) -> bool:
        return not self.cuts[0][link] and not self.cuts[1][link]
