"""Timers of the circuits towards one exchange, by key: many run, few run out."""

from __future__ import annotations

import heapq
from typing import Final

NEVER: Final = 1 << 62
HORIZON: Final = 1_000_000_000
"""ns. Those that end sooner are kept in order; the others are looked through once in as much time.
Most timers of calls are stopped long before they end: to order them all would be work for nothing,
and with thousands that run out one by one, beside an exchange that answers nothing, to look through
all of them each time would be."""


class CircuitTimers:
    """Timers of an engine. ``highest_first``: of those that end in the same moment."""

    def __init__(self, highest_first: bool) -> None:
        self.deadlines: Final[dict[int, int]] = {}
        """Running timers: key to ns."""
        self.earliest: int = NEVER
        """No timer ends before this."""
        self._sign: Final[int] = -1 if highest_first else 1
        self._soon: list[tuple[int, int]] = []
        """Heap of (deadline, signed key) below ``_horizon``; what was stopped may be in it."""
        self._horizon: int = 0

    def start_key(self, key: int, deadline: int) -> None:
        """Start or restart a timer."""
        self.deadlines[key] = deadline
        if deadline < self.earliest:
            self.earliest = deadline
        if deadline < self._horizon:
            heapq.heappush(self._soon, (deadline, self._sign * key))

    def next_timeout(self) -> int | None:
        """When ``take_due`` wants to be called (ns). There may then be nothing."""
        return self.earliest if self.deadlines else None

    def take_due(self, now: int) -> int:
        """The key of a timer that is due by ``now`` and has ended by this, the earliest first; -1:
        there are no more. To be called until then."""
        if now < self.earliest:
            return -1
        if now >= self._horizon:
            self._look_ahead(now)
        while self._soon:
            deadline, signed = self._soon[0]
            key = self._sign * signed
            if self.deadlines.get(key, NEVER) == deadline:
                if deadline > now:
                    self.earliest = deadline
                    return -1
                heapq.heappop(self._soon)
                del self.deadlines[key]
                return key
            heapq.heappop(self._soon)
        self.earliest = min(self.deadlines.values(), default=NEVER)
        return -1

    def _look_ahead(self, now: int) -> None:
        horizon = now + HORIZON
        sign = self._sign
        self._horizon = horizon
        soon = [(deadline, sign * key) for key, deadline in self.deadlines.items()]
        self._soon = [entry for entry in soon if entry[0] < horizon]
        heapq.heapify(self._soon)
