"""Time: an integer of nanoseconds from one clock, so that a frame of 125 us stays exact."""

from __future__ import annotations

import time
from typing import Protocol

MICROSECOND = 1_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
FRAME = 125 * MICROSECOND
"""One G.704 frame: 8000 of them a second."""


class Clock(Protocol):
    """Where a board's time comes from."""

    def now(self) -> int:
        """Nanoseconds since an epoch of the clock's own; never goes back."""

    def wall(self, now: int) -> int:
        """Nanoseconds since 1970-01-01 UTC for a time that this clock gave."""


STEP = 100 * MILLISECOND
"""The wall clock was set (NTP, an operator) when it is so much off; less is how it was read."""


class RealClock:
    """CLOCK_MONOTONIC, which native code uses too. ``wall`` follows when the wall clock is set: a
    machine that got the right time after its start shall not write wrong ones for years."""

    def __init__(self) -> None:
        self._offset = time.time_ns() - time.monotonic_ns()
        self._look_at = 0

    def now(self) -> int:
        return time.monotonic_ns()

    def wall(self, now: int) -> int:
        if now >= self._look_at:
            self._look(now)
        return now + self._offset

    def _look(self, now: int) -> None:
        self._look_at = now + SECOND
        offset = time.time_ns() - time.monotonic_ns()
        if abs(offset - self._offset) > STEP:
            self._offset = offset


class VirtualClock:
    """A clock that moves only when it is told to. ``epoch`` is its wall time at 0."""

    def __init__(self, start: int = 0, epoch: int = 0) -> None:
        self._now = start
        self._epoch = epoch

    def now(self) -> int:
        return self._now

    def wall(self, now: int) -> int:
        return self._epoch + now

    def advance(self, to: int) -> None:
        """Move to ``to`` (nanoseconds); going back is a ValueError."""
        if to < self._now:
            raise ValueError(f"time cannot go back from {self._now} to {to}")
        self._now = to
