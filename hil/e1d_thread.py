"""A server of osmo-e1d's protocol on a thread, over two simulated spans: for tests and benches."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable

from ..board.clock import Clock, VirtualClock
from ..board.registry import open_board
from ..drivers.e1d import E1dBoard, E1dConfig, proto
from ..drivers.sim import SimBoard
from .e1d_serve import E1dServer

PATIENCE_S = 60.0


class ServedLines:
    """A simulated board with a cable between its two spans, served at ``path`` by a thread. With a
    VirtualClock the board is stepped, by the board that ``stepped_client`` gives."""

    def __init__(self, clock: Clock | None = None, options: str = "") -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="trunkd-e1d-")
        self.path = f"{self._folder.name}/ctl"
        self.told: list[str] = []
        """What the server said."""
        self._clock = clock
        self.start(options)

    def start(self, options: str = "") -> None:
        """Serve, again after ``stop``; ``options`` are further ones of the simulated board."""
        board = open_board(f"sim://served?spans=2&cable=1-2{options}", clock=self._clock)
        assert isinstance(board, SimBoard)
        self.sim = board
        self.server = E1dServer(board, self.path, say=self.told.append)
        self._thread = threading.Thread(target=self.server.run, name="e1d-serve")
        self._thread.start()

    def do(self, work: Callable[[], None]) -> None:
        """Have the server's thread do this, and wait until it has."""
        done = threading.Event()

        def both() -> None:
            try:
                work()
            finally:
                done.set()

        self.server.post(both)
        assert done.wait(PATIENCE_S), "the server's thread does not answer"

    def cut(self, to: int | None = None) -> None:
        self.do(lambda: self.sim.cable(1).cut(to=to))

    def mend(self, to: int | None = None) -> None:
        self.do(lambda: self.sim.cable(1).mend(to=to))

    def stop(self) -> None:
        """The server goes away, as a process that ends."""
        self.server.stop()
        self._thread.join()

    def close(self) -> None:
        if self._thread.is_alive():
            self.stop()
        self._folder.cleanup()

    def client(self, options: str = "lines=0:0,0:1") -> E1dBoard:
        """A board on these lines, not started."""
        board = open_board(f"e1d://{self.path}?{options}")
        assert isinstance(board, E1dBoard)
        return board

    def stepped_client(self, config: E1dConfig) -> E1dBoard:
        """The same in virtual time; blocks of 1 ms, 2 ms wait in each direction."""
        config.block_ms, config.buffer_ms = 1, 4
        return SteppedClient(self, config)


class SteppedClient(E1dBoard):
    """A board that steps its server's board, a block each in turn."""

    def __init__(self, served: ServedLines, config: E1dConfig) -> None:
        assert isinstance(served.sim.clock, VirtualClock)
        self._served = served
        super().__init__(
            f"e1d://{served.path}", config, served.path, VirtualClock(served.sim.clock.now())
        )

    def step(self, until: int) -> int:
        """One block at most: the server's, then ours."""
        end = min(self.clock.now() + self._served.sim.block_ns, until)
        told: list[int] = []
        self._served.do(lambda: told.append(self._step_server(end)))
        if told[0]:
            # Events come before the answer to what is asked after them.
            self.link.ask(proto.Message(proto.INTF_QUERY))
        return super().step(end)

    def _step_server(self, end: int) -> int:
        told = 0
        while self._served.sim.clock.now() < end:
            self._served.sim.step(end)
            told += self._served.server.take_events()
        return told
