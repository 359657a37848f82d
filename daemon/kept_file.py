"""What is kept of calls for the next process: a file of slots that is mapped into memory.

A record says all of one call, under its number; a later one takes its place, and nothing makes room
for anything else as in the journal (ring.py). Whoever is killed (SIGKILL, at any instruction)
leaves of each call the record before or the one after: a record is written whole to slots that are
free, with a checksum in each, and only then are the slots of the one before it given free. After a
start of the machine there is nothing to go on with: the file is empty then.

The file: a page of header, then slots of ``SLOT`` octets. A slot: length of its part (0: free),
checksum, number, generation, which part of how many, then the part.
"""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import struct
import zlib
from typing import Final

from ..errors import ConfigError
from .ring import PAGE, boot_id

log: Final = logging.getLogger("trunkd.journal")

FOREIGN: Final = ".foreign"
"""Ending of a file that was found in the place of ours."""
_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
_OURS: Final = b"trunkd kept "
MAGIC: Final = _OURS + b"1\n\0\0"
SLOT: Final = 1024
FIRST: Final = 256
"""Slots of a new file; it grows twofold."""
MOST: Final = 1 << 18
"""Slots: 256 MiB, for some 100,000 calls."""
_BOOT_AT: Final = 64
_HEAD: Final = struct.Struct("<IIQQHH")
_CHECKED: Final = struct.Struct("<IQQHH")
ROOM: Final = SLOT - _HEAD.size
"""Octets of a record in one slot."""


def _checksum(number: int, generation: int, part: int, parts: int, octets: bytes) -> int:
    head = _CHECKED.pack(len(octets), number, generation, part, parts)
    return zlib.crc32(octets, zlib.crc32(head))


class KeptFile:
    """Opens ``path``, or makes it. One process has it, as it has the journal. ConfigError: it
    cannot be opened, and what to do."""

    def __init__(self, path: str) -> None:
        self.path: Final = path
        self._file = -1
        self._generation = 0
        self._slots: Final[dict[int, tuple[int, ...]]] = {}
        """Of each number, where its record is."""
        self._free: list[int] = []
        self.failing = ""
        """Why it could not grow, or ""."""
        try:
            self._open()
        except OSError as exc:
            self._give_up()
            raise ConfigError(
                f"{path} cannot be written ({exc.strerror}): set [daemon] socket to a directory "
                "that this user may write to; what is kept of calls is beside it"
            ) from exc
        except BaseException:
            self._give_up()
            raise

    def _give_up(self) -> None:
        if self._file >= 0:
            os.close(self._file)

    def _open(self) -> None:
        os.makedirs(os.path.dirname(self.path) or ".", exist_ok=True)
        self._file = os.open(self.path, _FLAGS, 0o640)
        length = os.fstat(self._file).st_size
        head = os.pread(self._file, PAGE, 0)
        count, rest = divmod(length - PAGE, SLOT)
        boot = boot_id()
        if not (head.startswith(MAGIC) and head[_BOOT_AT:].startswith(boot) and count > 0):
            if not head.startswith(_OURS) and any(head):
                self._move_away()
            count = 0
        if not 0 < count <= MOST:
            # The header last: who is killed before it leaves a file that is made anew.
            os.ftruncate(self._file, 0)
            os.posix_fallocate(self._file, 0, PAGE + FIRST * SLOT)
            os.pwrite(self._file, boot, _BOOT_AT)
            os.pwrite(self._file, MAGIC, 0)
            count, rest = FIRST, 0
        if rest:
            os.ftruncate(self._file, PAGE + count * SLOT)  # it was killed while it grew
        self._count = count
        self._map = mmap.mmap(self._file, PAGE + count * SLOT)

    def _move_away(self) -> None:
        """Not of ours: whose it may be has it still, and the exchange starts all the same."""
        os.replace(self.path, self.path + FOREIGN)
        log.error("%s was no file of trunkd's: it is %s%s now", self.path, self.path, FOREIGN)
        os.close(self._file)
        self._file = os.open(self.path, _FLAGS, 0o640)

    # Reading

    def read(self) -> dict[int, bytes]:
        """The latest whole record of each number; the rest is free from now on."""
        parts: dict[tuple[int, int], dict[int, tuple[int, bytes]]] = {}
        wanted: dict[tuple[int, int], int] = {}
        for slot in range(self._count):
            found = self._read_slot(slot)
            if found is not None:
                number, generation, part, count, octets = found
                parts.setdefault((number, generation), {})[part] = (slot, octets)
                wanted[number, generation] = count
        records: dict[int, bytes] = {}
        self._slots.clear()
        for key in sorted(parts, key=lambda key: key[1]):
            found_parts = parts[key]
            if set(found_parts) != set(range(wanted[key])):
                continue
            number, self._generation = key[0], max(self._generation, key[1])
            in_order = [found_parts[part] for part in range(wanted[key])]
            records[number] = b"".join(octets for _, octets in in_order)
            self._slots[number] = tuple(slot for slot, _ in in_order)
        self._generation = max([self._generation, *(generation for _, generation in parts)])
        used = {slot for slots in self._slots.values() for slot in slots}
        self._free = [slot for slot in reversed(range(self._count)) if slot not in used]
        for slot in self._free:
            self._let_go(slot)
        return records

    def _read_slot(self, slot: int) -> tuple[int, int, int, int, bytes] | None:
        at = PAGE + slot * SLOT
        length, checksum, number, generation, part, parts = _HEAD.unpack_from(self._map, at)
        if not 0 < length <= ROOM or part >= parts or generation >> 63:
            return None
        octets = self._map[at + _HEAD.size : at + _HEAD.size + length]
        if checksum != _checksum(number, generation, part, parts, octets):
            return None
        return number, generation, part, parts, octets

    def _let_go(self, slot: int) -> None:
        at = PAGE + slot * SLOT
        if self._map[at : at + 4] != b"\0\0\0\0":
            self._map[at : at + 4] = b"\0\0\0\0"

    # Writing

    def put(self, number: int, record: bytes) -> bool:
        """The record of this number from now on. False: there is no room for it, and the one
        before stays; ``failing`` says why."""
        count = max(1, -(-len(record) // ROOM))
        if len(self._free) < count and not self._grow(count):
            return False
        self._generation += 1
        slots = tuple(self._free.pop() for _ in range(count))
        for part, slot in enumerate(slots):
            octets = record[part * ROOM : (part + 1) * ROOM]
            at = PAGE + slot * SLOT
            self._map[at + _HEAD.size : at + _HEAD.size + len(octets)] = octets
            checksum = _checksum(number, self._generation, part, count, octets)
            head = (len(octets), checksum, number, self._generation, part, count)
            _HEAD.pack_into(self._map, at, *head)
        self._give_back(number)
        self._slots[number] = slots
        return True

    def remove(self, number: int) -> None:
        """Nothing is kept of this number (any more)."""
        if number in self._slots:
            self._give_back(number)
            del self._slots[number]

    def _give_back(self, number: int) -> None:
        for slot in self._slots.get(number, ()):
            self._let_go(slot)
            self._free.append(slot)

    def _grow(self, least: int) -> bool:
        count = self._count
        while count - self._count + len(self._free) < least:
            count *= 2
        try:
            if count > MOST:
                raise OSError(0, f"there are {MOST} slots already")
            # All of it now: a full disk must not be found out by a signal (SIGBUS) later.
            os.posix_fallocate(self._file, 0, PAGE + count * SLOT)
            self._map.resize(PAGE + count * SLOT)
        except OSError as exc:
            if not self.failing:
                log.error(
                    "%s cannot grow (%s): further calls would not outlive a kill: make room",
                    self.path,
                    exc.strerror,
                )
            self.failing = exc.strerror or str(exc)
            return False
        self.failing = ""
        self._free = [*reversed(range(self._count, count)), *self._free]
        self._count = count
        return True

    @property
    def numbers(self) -> list[int]:
        """Those of which there is a record."""
        return list(self._slots)

    def close(self) -> None:
        with contextlib.suppress(ValueError):
            self._map.close()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
