"""An asyncio event loop in virtual time: the daemon as it is, with sockets, on stepped boards.

Time passes only when nothing is left to do at the moment that it is: then the board is stepped to
the next timer, or to its next event. Whatever clients in the same process do takes no time at all;
other processes may be given real time by ``held``.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
from collections.abc import Iterator, Mapping
from typing import Final

from ..board.clock import MILLISECOND, VirtualClock
from ..daemon.node import BoardUnit

_IDLE: Final = 0.02
"""Seconds of real time that are waited for other processes and threads, where time is held."""
_STEP: Final = 100 * MILLISECOND
"""Of virtual time, at most, before descriptors are looked at again."""


class SteppedSelector(selectors.EpollSelector):
    """Steps the one board of ``boards`` instead of waiting. Without it (it is closed), or while
    held, it waits in real time."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self.clock: Final = clock
        self.boards: Mapping[str, BoardUnit] = {}
        self.held = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if self.boards and not self.held:
            (unit,) = self.boards.values()
            unit.board.step(self._until(timeout))
            return super().select(0)
        ready = super().select(_IDLE if timeout is None else min(timeout, _IDLE))
        if not ready and not self.boards and timeout is not None:
            self.clock.advance(self._until(timeout))
        return ready

    def _until(self, timeout: float | None) -> int:
        ahead = _STEP if timeout is None else min(_STEP, max(1, round(timeout * 1e9)))
        return self.clock.now() + ahead


class VirtualLoop(asyncio.SelectorEventLoop):
    """``stepped(boards)`` once those of a node are started."""

    def __init__(self, clock: VirtualClock) -> None:
        self._stepper: Final = SteppedSelector(clock)
        super().__init__(self._stepper)

    def time(self) -> float:
        """Seconds of the clock."""
        return self._stepper.clock.now() / 1e9

    def stepped(self, boards: Mapping[str, BoardUnit]) -> None:
        """Time passes with this board from now on, until it is closed."""
        self._stepper.boards = boards

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Time stands still; other processes are waited for."""
        self._stepper.held = True
        try:
            yield
        finally:
            self._stepper.held = False
