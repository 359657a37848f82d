"""The last events, already as lines, for all clients at once.

A client is a cursor into the journal. One that reads late keeps its cursor and costs nothing;
when the journal has gone past it, it is told which events it lost. So no client has a queue of
its own that could grow, and none can hold up another.
"""

from __future__ import annotations


class Entry:
    """One event as a line, with what filters look at."""

    __slots__ = ("line", "name", "trunk")

    def __init__(self, line: bytes, name: str, trunk: str) -> None:
        self.line = line
        self.name = name
        self.trunk = trunk


class Journal:
    """A ring of ``capacity`` entries numbered from 1 without a gap."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._ring: list[Entry | None] = [None] * capacity
        self.last = 0

    @property
    def first(self) -> int:
        """The oldest entry that is still here (``last + 1`` when there is none)."""
        return max(1, self.last - self._capacity + 1)

    def append(self, entry: Entry) -> int:
        """Add the next entry; its number."""
        self.last += 1
        self._ring[self.last % self._capacity] = entry
        return self.last

    def get(self, number: int) -> Entry:
        """Entry ``number``, which must be from ``first`` to ``last``."""
        entry = self._ring[number % self._capacity]
        if entry is None or not self.first <= number <= self.last:
            raise IndexError(number)
        return entry


class Filter:
    """Which events a client wants; empty sets mean all."""

    __slots__ = ("names", "trunks")

    def __init__(self, names: frozenset[str], trunks: frozenset[str]) -> None:
        self.names = names
        self.trunks = trunks

    def wants(self, entry: Entry) -> bool:
        return (not self.names or entry.name in self.names) and (
            not self.trunks or not entry.trunk or entry.trunk in self.trunks
        )


class Cursor:
    """A client's place in a journal."""

    def __init__(self, journal: Journal, after: int, wanted: Filter) -> None:
        self._journal = journal
        self.next = after + 1
        self._wanted = wanted
        self.lost = 0
        """Entries that this client was told it lost."""

    @property
    def behind(self) -> int:
        return self._journal.last - self.next + 1

    def take(self, octets: int) -> tuple[bytes, tuple[int, int] | None]:
        """Lines up to about ``octets``, and the range that was lost before them, if any."""
        journal = self._journal
        lost: tuple[int, int] | None = None
        if self.next < journal.first:
            lost = (self.next, journal.first - 1)
            self.lost += lost[1] - lost[0] + 1
            self.next = journal.first
        lines: list[bytes] = []
        size = 0
        while self.next <= journal.last and size < octets:
            entry = journal.get(self.next)
            self.next += 1
            if self._wanted.wants(entry):
                lines.append(entry.line)
                size += len(entry.line)
        return b"".join(lines), lost
