"""The last events, already as lines, for all clients at once.

A client is a cursor into the journal. One that reads late keeps its cursor and costs nothing;
when the journal has gone past it, it is told which events it lost. So no client has a queue of
its own that could grow, and none can hold up another.
"""

from __future__ import annotations

from typing import Final

import msgspec


class About(msgspec.Struct, rename="camel"):
    """What the finer filters look at, as an event's line has it."""

    call_id: int = 0
    device: str = ""
    owner: str = ""
    previous: str = ""
    trunk: str = ""
    channel: int = 0


class _Line(msgspec.Struct):
    params: About = msgspec.field(default_factory=About)


_about_decoder: Final = msgspec.json.Decoder(_Line)


class Entry(msgspec.Struct, gc=False):
    """One event as a line, with what filters look at."""

    line: bytes
    name: str
    trunk: str
    _about: About | None = None

    @property
    def about(self) -> About:
        """Read from the line when the first one asks: without finer filters it costs nothing, and
        entries that an earlier run left need nothing beside their line."""
        if self._about is None:
            try:
                self._about = _about_decoder.decode(self.line).params
            except msgspec.MsgspecError:
                self._about = About()  # fields of these names that mean something else
            if not self._about.device and self._about.trunk:
                about = self._about
                place = f"/{about.channel}" if about.channel else ""
                about.device = f"trunk/{about.trunk}{place}"
        return self._about


class Journal:
    """A ring of ``capacity`` entries numbered without a gap, from 1 where no run was before."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._ring: list[Entry | None] = [None] * capacity
        self.last = 0
        self.first = 1
        """The oldest entry that is still here (``last + 1`` when there is none)."""
        self._whole: tuple[tuple[int, int, int], tuple[bytes, int]] = (0, 0, 0), (b"", 0)
        """What ``read_all`` was asked for and gave last."""

    def load(self, entries: list[tuple[int, Entry]], last: int) -> None:
        """Begin with what an earlier run left: numbered entries without a gap, up to ``last``."""
        self.last = last
        self.first = entries[0][0] if entries else last + 1
        for number, entry in entries:
            self._ring[number % self._capacity] = entry

    def append(self, entry: Entry) -> int:
        """Add the next entry; its number."""
        self.last += 1
        self._ring[self.last % self._capacity] = entry
        if self.first <= self.last - self._capacity:
            self.first = self.last - self._capacity + 1
        return self.last

    def get(self, number: int) -> Entry:
        """Entry ``number``, which must be from ``first`` to ``last``."""
        entry = self._ring[number % self._capacity]
        if entry is None or not self.first <= number <= self.last:
            raise IndexError(number)
        return entry

    def read_all(self, begin: int, octets: int) -> tuple[bytes, int]:
        """As ``read`` without a filter. For all clients that are at the same place the lines are
        put together once."""
        asked, found = self._whole
        if asked != (begin, self.last, octets):
            found = self.read(begin, octets, _ALL)
            self._whole = (begin, self.last, octets), found
        return found

    def read(self, begin: int, octets: int, wanted: Filter) -> tuple[bytes, int]:
        """Lines from entry ``begin``, which is here, up to about ``octets``, and the entry behind
        them."""
        ring, capacity = self._ring, self._capacity
        names, trunks, fine = wanted.names, wanted.trunks, wanted.fine
        lines: list[bytes] = []
        size = 0
        for number in range(begin, self.last + 1):
            entry = ring[number % capacity]
            # None: of the run before, and too long for its file.
            if (
                entry is None
                or (names and entry.name not in names)
                or (trunks and entry.trunk and entry.trunk not in trunks)
                or (fine and not wanted.is_about(entry))
            ):
                continue
            lines.append(entry.line)
            size += len(entry.line)
            if size >= octets:
                return b"".join(lines), number + 1
        return b"".join(lines), self.last + 1


class Filter:
    """Which events a client wants; empty sets mean all. Events of the whole daemon pass ``calls``,
    ``owners`` and ``devices``; other events that are of no call pass ``devices`` alone."""

    __slots__ = ("calls", "devices", "everything", "fine", "names", "owners", "trunks")

    def __init__(
        self,
        names: frozenset[str],
        trunks: frozenset[str],
        calls: frozenset[int] = frozenset(),
        owners: frozenset[str] = frozenset(),
        devices: frozenset[str] = frozenset(),
    ) -> None:
        self.names = names
        self.trunks = trunks
        self.calls = calls
        self.owners = owners
        self.devices = devices
        self.fine = bool(calls or owners or devices)
        self.everything = not (names or trunks or self.fine)

    def is_about(self, entry: Entry) -> bool:
        """It is about one of the calls, owners and devices."""
        about = entry.about
        if not about.call_id:
            if not entry.trunk:
                return True
            return not (self.calls or self.owners) and self._at(about.device)
        if self.calls and about.call_id not in self.calls:
            return False
        # Who lost the call is told, too.
        owned = about.owner in self.owners or (about.previous and about.previous in self.owners)
        if self.owners and not owned:
            return False
        return not self.devices or self._at(about.device)

    def _at(self, device: str) -> bool:
        return device in self.devices or device.rpartition("/")[0] in self.devices


_ALL: Final = Filter(frozenset(), frozenset())


class Cursor:
    """A client's place in a journal."""

    def __init__(self, journal: Journal, after: int, wanted: Filter) -> None:
        self.journal: Final = journal
        self.next = after + 1
        self._wanted = wanted
        self.lost = 0
        """Entries that this client was told it lost."""

    @property
    def behind(self) -> int:
        return self.journal.last - self.next + 1

    def take(self, octets: int) -> tuple[bytes, tuple[int, int] | None]:
        """Lines up to about ``octets``, and the range that was lost before them, if any."""
        journal = self.journal
        lost: tuple[int, int] | None = None
        first = journal.first
        if self.next < first:
            lost = (self.next, first - 1)
            self.lost += lost[1] - lost[0] + 1
            self.next = first
        if self._wanted.everything:
            data, self.next = journal.read_all(self.next, octets)
        else:
            data, self.next = journal.read(self.next, octets, self._wanted)
        return data, lost
