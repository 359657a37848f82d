"""Signalling points joined by signalling links whose every bit is made and read by the native MTP2
framer at 64 kbit/s, in virtual time. A point is an Ss7Stack, or an Mtp3 with a tester above it."""

from __future__ import annotations

from collections.abc import Callable

from trunkd.native.wrap_mtp2 import SU, Mtp2Framer
from trunkd.signaling.ss7.labels import CHINA24, ITU14
from trunkd.signaling.ss7.mtp3 import Mtp3
from trunkd.signaling.ss7.mtp3_config import LinkConfig, LinksetConfig, Mtp3Config
from trunkd.signaling.ss7.stack import Ss7Stack

OCTET = 125_000
MS = 1_000_000
SECOND = 1_000_000_000
BLOCK = 8 * OCTET
QUIET_BLOCK = 800 * OCTET
QUIET_AFTER = 100 * MS
A, B = 2, 1
"""Point codes: A is the higher and controls the even circuits."""
TUP = 4


def mtp3_config(own: int, far: int, china: bool, links: int = 1) -> Mtp3Config:
    """A point with a linkset to the other."""
    linkset = LinksetConfig("far", far, tuple(LinkConfig(slc) for slc in range(links)))
    return Mtp3Config(own, (linkset,), label=CHINA24 if china else ITU14, users=(TUP,))


class BitLine:
    """Two points and the links between them. ``serve`` is called after each block."""

    def __init__(self, near: Ss7Stack | Mtp3, far: Ss7Stack | Mtp3, links: int = 1) -> None:
        self.points = (near, far)
        self.framers = [(Mtp2Framer(), Mtp2Framer()) for _ in range(links)]
        self.cut = [False] * links
        self.now = 0
        self.changed = 0
        self.octets = 0
        self.serve: Callable[[], None] = lambda: None
        for point in self.points:
            point.start(0)

    def stir(self) -> None:
        """Something happens: short blocks for a while."""
        self.changed = self.now

    def advance(self, duration: int) -> None:
        """Let the lines run for ``duration`` ns; timers are served exactly."""
        end = self.now + duration
        while self.now < end:
            quiet = self.now - self.changed > QUIET_AFTER
            step = min(QUIET_BLOCK if quiet else BLOCK, end - self.now)
            for point in self.points:
                due = point.next_timeout()
                if due is not None:
                    step = min(step, max(due - self.now, OCTET))
            self._block(-(-step // OCTET))

    def _block(self, octets: int) -> None:
        lines = []
        for link, pair in enumerate(self.framers):
            for point, framer in zip(self.points, pair, strict=True):
                for unit in point.transmit(link, max(2 - framer.waiting, 0)):
                    framer.send(unit)
                    self.changed = self.now
                if framer.waiting:
                    self.changed = self.now
            lines.append((pair[0].encode(octets), pair[1].encode(octets)))
        self.now += octets * OCTET
        self.octets += octets
        dead = b"\xff" * octets
        for link, pair in enumerate(self.framers):
            from_near, from_far = (dead, dead) if self.cut[link] else lines[link]
            self._hear(0, link, pair[0], from_far)
            self._hear(1, link, pair[1], from_near)
        for point in self.points:
            due = point.next_timeout()
            if due is not None and due <= self.now:
                point.handle_timeout(self.now)
        self.serve()

    def _hear(self, index: int, link: int, framer: Mtp2Framer, line: bytes) -> None:
        point = self.points[index]
        for found in framer.decode(line):
            if found.kind == SU:
                point.receive(link, found.su, self.now, found.sus)
            else:
                point.receive_error(link, self.now, found.errors, found.sus)
