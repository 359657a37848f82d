"""A ring of entries in a file that is mapped into memory: what was appended outlives the process.

A daemon that is killed (SIGKILL, a crash) leaves every entry behind that ``append`` returned for:
the pages belong to the kernel. ``sync`` forces them to disk for the loss of power; what power loss
tore is found by its checksum, and ends the ring there.

The file: a page of header, then ``capacity`` octets. Positions are octets appended since the file
was made and never run backwards; place in the file is position modulo capacity. An entry is whole:
length, checksum (of its position, too: what an earlier lap left is none), number, kind, payload, to
a multiple of eight; where it does not fit before the end of the file, a mark skips the rest.
"""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from ..errors import ConfigError

log: Final = logging.getLogger("trunkd.journal")

_OURS: Final = b"trunkd ring "
MAGIC: Final = _OURS + b"2\n\0\0"
PAGE: Final = 4096
_HEAD: Final = struct.Struct("<16sQ")
# Native: each of the two is written by one instruction, so that a kill leaves the old or the new.
_ENDS: Final = struct.Struct("@QQ")
_ENDS_AT: Final = 64
_NOTES: Final = struct.Struct("@QQ")
_NOTES_AT: Final = 128
_BOOT_AT: Final = 192
_BOOT_SIZE: Final = 36
_LABEL_AT: Final = 256
_LABEL_SIZE: Final = 64
_ENTRY: Final = struct.Struct("<IIQI")
"""Length of the payload, checksum of the rest, number, kind; 20 octets."""
_SKIP: Final = 0xFFFFFFFF
_ALIGN: Final = 8
_CHECKED: Final = struct.Struct("<QIQI")


class RingEntry(NamedTuple):
    """One entry as it was appended."""

    position: int
    number: int
    kind: int
    payload: bytes


def _size(length: int) -> int:
    return -(-(_ENTRY.size + length) // _ALIGN) * _ALIGN


def _checksum(position: int, number: int, kind: int, payload: bytes) -> int:
    head = _CHECKED.pack(position, len(payload), number, kind)
    return zlib.crc32(payload, zlib.crc32(head))


def boot_id() -> bytes:
    """Tells runs of the machine apart."""
    try:
        with open("/proc/sys/kernel/random/boot_id", "rb") as file:
            return file.read(_BOOT_SIZE).ljust(_BOOT_SIZE)
    except OSError:
        return b"unknown".ljust(_BOOT_SIZE)


class Ring:
    """Opens ``path``, or makes it with ``capacity`` octets (a multiple of the page size).

    A file of another capacity keeps its own; one of another version, or cut short, is set aside
    (``.old``) and made anew. ConfigError: it cannot be opened, is none of ours, or another process
    has it; the text says which and what to do.
    """

    def __init__(self, path: str, capacity: int = 64 << 20) -> None:
        if capacity <= 0 or capacity % PAGE:
            raise ValueError("a ring's capacity is a multiple of 4096")
        self.path: Final = path
        self.fresh = False
        """Nothing that an earlier run told can be continued: the file is new, or the machine was
        started anew since, and what it told last may not have come to the disk."""
        self._file = -1
        try:
            self._open()
            made = self._prepare(capacity)
            self._map: Final = mmap.mmap(self._file, PAGE + made)
        except OSError as exc:
            self._give_up()
            raise ConfigError(f"journal: {path} cannot be mapped ({exc.strerror})") from exc
        except BaseException:
            self._give_up()
            raise
        self.capacity: Final = made
        ends: tuple[int, int] = _ENDS.unpack_from(self._map, _ENDS_AT)
        self._tail, self.head = ends
        self._shown = self.head
        """End of what the next process finds."""
        self._check()

    def _give_up(self) -> None:
        if self._file >= 0:
            os.close(self._file)

    def _open(self) -> None:
        path = self.path
        try:
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as exc:
            raise ConfigError(
                f"journal: {path} cannot be opened ({exc.strerror}): set [daemon] socket to a "
                "directory that this user may write to; the journal is beside it"
            ) from exc
        self._lock()

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
        head = os.pread(self._file, _HEAD.size, 0).ljust(_HEAD.size, b"\0")
        magic, found = _HEAD.unpack(head)
        if magic == MAGIC and length == PAGE + found and found % PAGE == 0 and found:
            return int(found)
        if length and magic.startswith(_OURS):
            log.warning("journal: %s is of another version, or cut short: set aside", self.path)
            os.replace(self.path, self.path + ".old")
            os.close(self._file)
            self._open()
        elif any(head):
            raise ConfigError(f"journal: {self.path} is no journal of trunkd's: move it away")
        # Else it is empty, or who made it was killed before its header was written.
        self._make(capacity)
        return capacity

    def _make(self, capacity: int) -> None:
        try:
            # All of it now: a full disk must not be found out by a signal (SIGBUS) later.
            os.ftruncate(self._file, 0)
            os.posix_fallocate(self._file, 0, PAGE + capacity)
        except OSError as exc:
            with contextlib.suppress(OSError):
                os.unlink(self.path)
            raise ConfigError(
                f"journal: {self.path} needs {capacity >> 20} MiB ({exc.strerror}): make room, or "
                "set [daemon] journal_mb lower"
            ) from exc
        os.pwrite(self._file, _HEAD.pack(MAGIC, capacity), 0)

    def _check(self) -> None:
        """Entries that power loss tore, and all behind them, are dropped."""
        boot = boot_id()
        self.fresh = self._map[_BOOT_AT : _BOOT_AT + _BOOT_SIZE] != boot
        if not 0 <= self.head - self._tail <= self.capacity or (self.head | self._tail) % _ALIGN:
            self._tail = self.head = 0
            self.fresh = True
        last = self._tail
        for entry in self._entries(self._tail):
            last = entry.position + _size(len(entry.payload))
        if last < self.head:
            self.head = last
            self.fresh = True
        self._shown = self.head
        self._put_ends()
        self._map[_BOOT_AT : _BOOT_AT + _BOOT_SIZE] = boot

    def _put_ends(self) -> None:
        _ENDS.pack_into(self._map, _ENDS_AT, self._tail, self._shown)

    def note(self, first: int, second: int) -> None:
        """Two numbers that are kept beside the entries, however many of these there are."""
        _NOTES.pack_into(self._map, _NOTES_AT, first, second)

    @property
    def noted(self) -> tuple[int, int]:
        """What ``note`` was given last."""
        found: tuple[int, int] = _NOTES.unpack_from(self._map, _NOTES_AT)
        return found

    @property
    def label(self) -> str:
        """A word that is kept with it: at most 64 octets."""
        raw = bytes(self._map[_LABEL_AT : _LABEL_AT + _LABEL_SIZE])
        return raw.rstrip(b"\0").decode(errors="replace")

    @label.setter
    def label(self, text: str) -> None:
        self._map[_LABEL_AT : _LABEL_AT + _LABEL_SIZE] = text.encode().ljust(_LABEL_SIZE, b"\0")

    @property
    def first(self) -> int:
        """Position of the oldest entry; ``head`` when there is none."""
        return self._tail

    def append(self, number: int, kind: int, payload: bytes, held: bool = False) -> int:
        """Add an entry; its position. The oldest ones make room. ``held``: it is there for the next
        process together with the entry after it, or not at all. ValueError: it is longer than a
        quarter of the ring."""
        capacity, head = self.capacity, self.head
        size = _size(len(payload))
        if 4 * size > capacity:
            raise ValueError(f"an entry of {len(payload)} octets in a ring of {capacity}")
        place = head % capacity
        skipped = capacity - place if place + size > capacity else 0
        if self._tail < head + skipped + size - capacity:
            self._make_room(skipped + size)
        if skipped:
            struct.pack_into("<I", self._map, PAGE + place, _SKIP)
            head += skipped
            place = 0
        at = PAGE + place
        checksum = _checksum(head, number, kind, payload)
        entry = _ENTRY.pack(len(payload), checksum, number, kind) + payload
        self._map[at : at + len(entry)] = entry
        # The end moves last: who is killed before this has appended nothing.
        self.head = head + size
        if not held:
            self._shown = self.head
            _ENDS.pack_into(self._map, _ENDS_AT, self._tail, self.head)
        return head

    def _make_room(self, size: int) -> None:
        limit = self.head + size - self.capacity
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
            if checksum != _checksum(position, number, kind, payload):
                return
            yield RingEntry(position, number, kind, payload)
            position += _size(length)

    def sync(self) -> None:
        """Force all to disk; may block, so not for the event loop. (msync would hold the
        interpreter's lock; what was changed by mapping is the file's, too.)"""
        os.fdatasync(self._file)

    def close(self) -> None:
        self._map.close()
        os.close(self._file)
