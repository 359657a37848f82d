"""A stepped board with two T1 spans and a cable, for the tests of T1."""

from __future__ import annotations

from trunkd.board.clock import MILLISECOND, VirtualClock
from trunkd.board.events import Alarm, AlarmChanged, BitsChanged, BoardEvent, FrameReceived
from trunkd.board.registry import open_board
from trunkd.board.t1 import FdlReceived
from trunkd.drivers.sim import SimBoard
from trunkd.drivers.sim.board import SimT1Span


class Lab:
    """A board that is up, whose events are gathered in ``seen``."""

    def __init__(self, options: str = "", up: float = 50) -> None:
        board = open_board(f"sim://lab?kind=t1&cable=1-2&{options}", clock=VirtualClock())
        assert isinstance(board, SimBoard)
        self.board = board
        self.seen: list[BoardEvent] = []
        board.start()
        self.run(up)
        self.at_start, self.seen = self.seen, []

    @property
    def now(self) -> int:
        return self.board.clock.now()

    def span(self, number: int) -> SimT1Span:
        span = self.board.span(number)
        assert isinstance(span, SimT1Span)
        return span

    def run(self, milliseconds: float) -> None:
        end = self.now + round(milliseconds * MILLISECOND)
        while self.now < end:
            self.board.step(end)
            self.seen += self.board.events()

    def alarms(self, span: int, since: int = 0) -> list[tuple[int, Alarm, bool]]:
        return [
            (e.time - since, e.alarm, e.active)
            for e in self.seen
            if isinstance(e, AlarmChanged) and e.span == span
        ]

    def bits(self, span: int) -> list[tuple[int, int]]:
        """(timeslot, ABCD) of each change."""
        return [
            (e.timeslot, e.bits) for e in self.seen if isinstance(e, BitsChanged) and e.span == span
        ]

    def frames(self, span: int) -> list[bytes]:
        return [e.frame for e in self.seen if isinstance(e, FrameReceived) and e.span == span]

    def codes(self, span: int) -> list[int]:
        return [e.code for e in self.seen if isinstance(e, FdlReceived) and e.span == span]

    def octets(self, timeslot: int, octets: bytes, near: int = 1, far: int = 2) -> bytes:
        """Play from one span to the other; what was recorded from the first octet on."""
        source, sink = (self.board.span(n).timeslots[timeslot] for n in (near, far))
        sink.record(len(octets) + 800)
        source.play(octets)
        self.run(len(octets) // 8 + 200)
        return sink.recorded()
