"""The boards that the contract suite runs on. A new driver adds a maker to ``MAKERS``.

A maker gives a ``Bench``: an opened board, not started, with two spans joined by a cable that the
bench can cut, and a way to let time pass: by steps, or in real time without sleeping.
"""

from __future__ import annotations

import os
import pathlib
import select
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import entry_points
from typing import ClassVar

import pytest

from trunkd.board.clock import MILLISECOND, VirtualClock
from trunkd.board.events import Alarm, BoardEvent
from trunkd.board.model import Board, Feature, HdlcConfig, Span, Timeslot
from trunkd.board.registry import open_board
from trunkd.drivers.e1d import E1dConfig
from trunkd.drivers.sim import SimBoard
from trunkd.hil.e1d_thread import ServedLines


class Bench(ABC):
    """A board with spans ``near`` and ``far`` joined; events are gathered in ``seen``."""

    LATENCY_MS = 0
    """What is sent is heard so much later than on the simulated board."""
    SIGNAL_LOST: Sequence[Alarm] = (Alarm.LOS, Alarm.LOF)
    """What a span tells, in this order, when nothing comes any more."""
    PATIENCE_MS = 60_000
    """In real time a busy machine may need so long for what takes milliseconds."""

    def __init__(self, board: Board, near: int, far: int) -> None:
        self.board = board
        self.near: Span = board.span(near)
        self.far: Span = board.span(far)
        self.last = len(self.near.timeslots) - 1
        """The highest timeslot."""
        self.seen: list[BoardEvent] = []
        self.stepped = Feature.STEPPED in board.features
        self.thorough = self.stepped
        """Line time costs nothing: long tests may run."""

    def close(self) -> None:
        """Give back the board, and what stands behind it."""
        self.board.close()

    @abstractmethod
    def cut(self) -> None:
        """Interrupt the line from near to far; far to near still works."""

    @abstractmethod
    def mend(self) -> None:
        """Undo ``cut``."""

    def pass_time(self, milliseconds: float) -> None:
        """Let line time pass and gather what happens: the engine has run as many blocks, too."""
        stats = self.board.stats()
        blocks = stats.blocks + round(milliseconds * MILLISECOND / stats.block_ns)
        self.wait(lambda: False, milliseconds, must=False)
        self.wait(lambda: self.board.stats().blocks >= blocks)

    def wait(
        self, until: Callable[[], bool], milliseconds: float = 3000, must: bool = True
    ) -> None:
        """Until the condition holds, at most so long (line time; real time takes its own)."""
        if must and not self.stepped:
            milliseconds = max(milliseconds, self.PATIENCE_MS)
        end = self.board.clock.now() + round(milliseconds * MILLISECOND)
        while not until():
            now = self.board.clock.now()
            if now >= end:
                assert not must, f"not within {milliseconds} ms; seen: {self.seen[-20:]}"
                return
            if self.stepped:
                self.board.step(end)
            else:
                rest = (end - now) / 1e9
                select.select([self.board.fileno()], [], [], min(rest, 0.005))
            self.seen += self.board.events()

    def of(self, kind: type[BoardEvent]) -> list[BoardEvent]:
        return [event for event in self.seen if type(event) is kind]

    def start(self) -> None:
        """Start and wait for a line that is up in both directions."""
        self.board.start()
        self.pass_time(30)
        self.wait(lambda: not self.near.alarms and not self.far.alarms)
        self.seen.clear()

    def hdlc(self, timeslot: int = 16) -> tuple[Timeslot, Timeslot]:
        """Open HDLC at both ends of a timeslot and let flags flow."""
        near, far = self.near.timeslots[timeslot], self.far.timeslots[timeslot]
        near.open_hdlc(HdlcConfig())
        far.open_hdlc(HdlcConfig())
        self.pass_time(5)
        self.seen.clear()
        return near, far

    def voice(self, timeslot: int = 1) -> tuple[Timeslot, Timeslot]:
        near, far = self.near.timeslots[timeslot], self.far.timeslots[timeslot]
        near.open_voice()
        far.open_voice()
        self.pass_time(5)
        return near, far


class SimBench(Bench):
    """The simulated board."""

    board: SimBoard

    def __init__(self, options: str, stepped: bool) -> None:
        board = open_board(
            f"sim://contract?spans=2&cable=1-2&{options}", clock=VirtualClock() if stepped else None
        )
        super().__init__(board, 1, 2)
        self.LATENCY_MS = 0 if stepped else 300  # between two requests others may run

    def cut(self) -> None:
        self.board.cable(1).cut(to=2)

    def mend(self) -> None:
        self.board.cable(1).mend(to=2)


MAKERS: dict[str, Callable[[bool], Bench]] = {
    "sim-stepped": lambda cas: SimBench(f"cas={cas}", True),
    "sim-real": lambda cas: SimBench(f"cas={cas}", False),
    "sim-block20": lambda cas: SimBench(f"cas={cas}&block_ms=20&crc4=0", True),
    "e1d": lambda cas: E1dBench(),
    "sim-t1": lambda cas: SimBench(f"cas={cas}&kind=t1", True),
}


class DahdiBench(Bench):
    """In the machine of tests/dahdi/vm.sh: two spans that the kernel joins by itself, so nothing is
    there to be cut. What waits there, and sound that has to come first, make what is opened usable
    a little later than on the simulated board."""

    LATENCY_MS = 200
    SIGNAL_LOST = (Alarm.LOS,)
    CONFIGURED: ClassVar[list[str]] = []
    """The file that its channels are configured by now: that takes time in the machine."""

    def __init__(self, conf: str) -> None:
        if [conf] != self.CONFIGURED:
            self.CONFIGURED[:] = [conf]
            path = pathlib.Path(__file__).parent.parent / "dahdi" / f"{conf}.conf"
            subprocess.run(["dahdi_conf", path], check=True)
        super().__init__(open_board("dahdi://?blocks=8"), 1, 2)

    def cut(self) -> None:
        raise AssertionError("the kernel's joined spans have no line that can be cut")

    def mend(self) -> None:
        raise AssertionError("the kernel's joined spans have no line that can be cut")

    def pass_time(self, milliseconds: float) -> None:
        super().pass_time(milliseconds + self.LATENCY_MS)


class E1dBench(Bench):
    """Lines of osmo-e1d's protocol: our client on our own server, both stepped."""

    def __init__(self) -> None:
        self.served = ServedLines(VirtualClock())
        try:
            board = self.served.stepped_client(E1dConfig(lines="0:0,0:1", soft_spans=1))
        except BaseException:
            self.served.close()
            raise
        super().__init__(board, 1, 2)
        self.thorough = False  # each block passes through sockets

    def cut(self) -> None:
        self.served.cut(to=2)

    def mend(self) -> None:
        self.served.mend(to=2)

    def close(self) -> None:
        super().close()
        self.served.close()


if os.environ.get("TRUNKD_DAHDI_VM") == "1":  # in the machine, with -k dahdi
    MAKERS["dahdi"] = lambda cas: DahdiBench("cas" if cas else "clear")


for point in entry_points(group="trunkd.benches"):  # of drivers that other packages have
    MAKERS[point.name] = point.load()(Bench)


@pytest.fixture(scope="session")
def makers() -> dict[str, Callable[[bool], Bench]]:
    """All of them, for test_capabilities.py."""
    return MAKERS


@pytest.fixture(params=sorted(MAKERS))
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """An opened board that is not started."""
    made = MAKERS[request.param](False)
    yield made
    made.close()


@pytest.fixture
def up(bench: Bench) -> Bench:
    """A started board whose line is up."""
    bench.start()
    return bench


@pytest.fixture(params=sorted(MAKERS))
def cas_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A board whose spans carry CAS, started."""
    made = MAKERS[request.param](True)
    made.start()
    yield made
    made.close()
