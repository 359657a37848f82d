"""A ring of entries in a file that is mapped into memory: what was appended outlives the process.

A daemon that is killed (SIGKILL, a crash) leaves every entry behind that ``append`` returned for:
the pages belong to the kernel. ``sync`` forces them to disk for the loss of power; what power loss
tore is found by its checksum, and ends the ring there.

The file: a page of header, then ``capacity`` octets. Positions are octets appended since the file
was made and never run backwards; place in the file is position modulo capacity. An entry is whole:
length, checksum, number, kind, payload, to a multiple of eight; where it does not fit before the
end of the file, a mark skips the rest.
"""

from __future__ import annotations

import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from ..errors import ConfigError

MAGIC: Final = b"trunkd ring 1\n\0\0"
PAGE: Final = 4096
_HEAD: Final = struct.Struct("<16sQ")
_ENDS: Final = struct.Struct("<QQ")
_ENDS_AT: Final = 64
_ENTRY: Final = struct.Struct("<IIQI")
"""Length of the payload, checksum of the rest, number, kind; 20 octets."""
_SKIP: Final = 0xFFFFFFFF
_ALIGN: Final = 8
_CHECKED: Final = struct.Struct("<IQI")


class RingEntry(NamedTuple):
    """One entry as it was appended."""

    position: int
    number: int
    kind: int
    payload: bytes


def _size(length: int) -> int:
    return -(-(_ENTRY.size + length) // _ALIGN) * _ALIGN


def _checksum(number: int, kind: int, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(_CHECKED.pack(len(payload), number, kind)))


class Ring:
    """Opens ``path``, or makes it with ``capacity`` octets (a multiple of the page size).

    A file of another capacity keeps its own. ConfigError: it cannot be opened, is none of ours, or
    another process has it; the text says which and what to do.
    """

    def __init__(self, path: str, capacity: int = 64 << 20) -> None:
        if capacity <= 0 or capacity % PAGE:
            raise ValueError("a ring's capacity is a multiple of 4096")
        self.path: Final = path
        try:
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as exc:
            raise ConfigError(
                f"journal: {path} cannot be opened ({exc.strerror}): set [daemon] state_dir to a "
                "directory that this user may write to"
            ) from exc
        try:
            self._lock()
            made = self._prepare(capacity)
        except BaseException:
            os.close(self._file)
            raise
        self.capacity: Final = made
        self._map: Final = mmap.mmap(self._file, PAGE + made)
        self._tail, self.head = _ENDS.unpack_from(self._map, _ENDS_AT)
        self._check()

    def _lock(self) -> None:
        try:
            os.lockf(self._file, os.F_TLOCK, 0)
        except OSError as exc:
            raise ConfigError(
                f"journal: another process has {self.path}: is a trunkd running already?"
            ) from exc

    def _prepare(self, capacity: int) -> int:
        """The capacity of the file, which is made if it is empty."""
        length = os.fstat(self._file).st_size
        if length:
            head = os.pread(self._file, _HEAD.size, 0)
            magic, found = _HEAD.unpack(head) if len(head) == _HEAD.size else (b"", 0)
            if magic == MAGIC and length == PAGE + found and found % PAGE == 0 and found:
                return int(found)
            raise ConfigError(
                f"journal: {self.path} is no journal of trunkd's, or was cut short: move it away"
            )
        try:
            # All of it now: a full disk must not be found out by a signal (SIGBUS) later.
            os.posix_fallocate(self._file, 0, PAGE + capacity)
        except OSError as exc:
            os.unlink(self.path)
            raise ConfigError(
                f"journal: {self.path} needs {capacity >> 20} MiB ({exc.strerror}): make room, or "
                "set [daemon] journal_mb lower"
            ) from exc
        os.pwrite(self._file, _HEAD.pack(MAGIC, capacity), 0)
        return capacity

    def _check(self) -> None:
        """Entries that power loss tore, and all behind them, are dropped."""
        if not 0 <= self.head - self._tail <= self.capacity or (self.head | self._tail) % _ALIGN:
            self._tail = self.head = 0
        last = self._tail
        for entry in self._entries(self._tail):
            last = entry.position + _size(len(entry.payload))
        if last < self.head:
            self.head = last
        self._put_ends()

    def _put_ends(self) -> None:
        _ENDS.pack_into(self._map, _ENDS_AT, self._tail, self.head)

    @property
    def first(self) -> int:
        """Position of the oldest entry; ``head`` when there is none."""
        return self._tail

    def append(self, number: int, kind: int, payload: bytes) -> int:
        """Add an entry; its position. The oldest ones make room. ValueError: it is longer than a
        quarter of the ring."""
        size = _size(len(payload))
        if 4 * size > self.capacity:
            raise ValueError(f"an entry of {len(payload)} octets in a ring of {self.capacity}")
        head = self.head
        place = head % self.capacity
        skipped = self.capacity - place if place + size > self.capacity else 0
        self._make_room(skipped + size)
        if skipped:
            struct.pack_into("<I", self._map, PAGE + place, _SKIP)
            head += skipped
            place = 0
        at = PAGE + place
        checksum = _checksum(number, kind, payload)
        _ENTRY.pack_into(self._map, at, len(payload), checksum, number, kind)
        self._map[at + _ENTRY.size : at + _ENTRY.size + len(payload)] = payload
        # The end moves last: who is killed before this has appended nothing.
        self.head = head + size
        self._put_ends()
        return head

    def _make_room(self, size: int) -> None:
        limit = self.head + size - self.capacity
        if self._tail >= limit:
            return
        tail = self._tail
        while tail < limit and tail < self.head:
            tail = self._next(tail)
        # Before anything is overwritten: who is killed in between has lost only the oldest.
        self._tail = tail
        self._put_ends()

    def _next(self, position: int) -> int:
        place = position % self.capacity
        (length,) = struct.unpack_from("<I", self._map, PAGE + place)
        if length == _SKIP:
            return int(position + self.capacity - place)
        return int(position + _size(length))

    def entries(self, position: int = 0) -> Iterator[RingEntry]:
        """From ``position``, which ``append`` gave, or from the oldest that is there."""
        return self._entries(max(position, self._tail))

    def _entries(self, position: int) -> Iterator[RingEntry]:
        while position < self.head:
            place = position % self.capacity
            (length,) = struct.unpack_from("<I", self._map, PAGE + place)
            if length == _SKIP:
                position += self.capacity - place
                continue
            if place + _size(length) > self.capacity or position + _size(length) > self.head:
                return
            length, checksum, number, kind = _ENTRY.unpack_from(self._map, PAGE + place)
            begin = PAGE + place + _ENTRY.size
            payload = self._map[begin : begin + length]
            if checksum != _checksum(number, kind, payload):
                return
            yield RingEntry(position, number, kind, payload)
            position += _size(length)

    def sync(self) -> None:
        """Force all to disk; may block, so not for the event loop."""
        self._map.flush()

    def close(self) -> None:
        self._map.close()
        os.close(self._file)
