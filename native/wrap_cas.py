"""The outside end of ``cas`` ports: td_cas.h says what it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import LocalError
from .wrap import alaw_encode, ffi, lib
from .wrap_tones import DIGITS, DTMF, R1, R2_BACKWARD, R2_FORWARD, TonePair, frequencies

BLOCK: int = lib.TD_CAS_BLOCK
"""Octets of A-law in a packet, at most."""
CHANNELS: int = lib.TD_CAS_CHANNELS

ALONE: int = lib.TD_CAS_ALONE
TOGETHER: int = lib.TD_CAS_TOGETHER
EARLY: int = lib.TD_CAS_EARLY
"""How blocks are exchanged (td_cas_new)."""

LEVELS = {R2_FORWARD: -11.5, R2_BACKWARD: -11.5, R1: -7.0, DTMF: -8.0}
"""dBm0 of each frequency of a signal (Q.454 3.1.2, Q.323)."""
_PERIOD = {R2_FORWARD: 400, R2_BACKWARD: 400, R1: 400, DTMF: 8000}
"""Samples after which a signal comes round: its frequencies are multiples of 20 Hz, or of 1 Hz."""
_ROOM = 2048
_ROW = 8

_signals: dict[tuple[int, str], bytes] = {}


class CasCounts(NamedTuple):
    """Totals; ``heard``: samples of the first channel."""

    heard: int
    dropped: int
    """Packets that the far end had no room for."""
    strange: int
    """Packets that are none, or of another length than the other channels'."""
    lost: int


def signal(kind: int, digit: str) -> bytes:
    """The A-law of a signal, one period."""
    if (kind, digit) not in _signals:
        pcm = bytearray(2 * _PERIOD[kind])
        TonePair(frequencies(kind, digit), (LEVELS[kind], LEVELS[kind])).add(pcm)
        _signals[kind, digit] = alaw_encode(pcm)
    return _signals[kind, digit]


class CasLines:
    """Far ends of ``cas`` ports on descriptors of SOCK_SEQPACKET sockets, which stay the caller's.

    ``block``: octets of the first packets. ``together``: in lockstep (``run``) with TOGETHER or
    EARLY, else one by one (``take``, ``send``). Events are lists of integers, eight each:
    td_cas_event.
    """

    def __init__(self, fds: Sequence[int], block: int = 160, together: int = ALONE) -> None:
        if not 1 <= len(fds) <= CHANNELS or not 1 <= block <= BLOCK:
            raise LocalError(
                f"{len(fds)} channels with blocks of {block} octets: give 1 to {CHANNELS} and "
                f"1 to {BLOCK}"
            )
        cas = lib.td_cas_new(list(fds), len(fds), block, together)
        if cas == ffi.NULL:
            raise MemoryError(f"{len(fds)} channels")
        self.channels = len(fds)
        self._cas: Any = ffi.gc(cas, lib.td_cas_free)
        self._events: Any = ffi.new("td_cas_event[]", _ROOM)
        self._numbers: Any = ffi.cast("int64_t *", self._events)
        self._count: Any = ffi.new("uint32_t *")
        self._orders: Any = ffi.new("int64_t[]", 6 * 256)
        self._playing: dict[int, Any] = {}
        for kind in (R2_FORWARD, R2_BACKWARD, R1, DTMF):
            for digit in DIGITS[kind]:
                octets = signal(kind, digit)
                at = ffi.from_buffer("uint8_t[]", octets)
                lib.td_cas_signal(self._cas, kind, ord(digit), at, len(octets))

    def run(self, until: int) -> list[int]:
        """Lockstep until something came, ``until`` samples were heard, or none came for 50 ms."""
        n = lib.td_cas_run(self._cas, until, self._events, _ROOM)
        return ffi.unpack(self._numbers, n * _ROW) if n else []

    def take(self, channel: int) -> tuple[int, list[int]]:
        """Read a packet: octets of speech, 0 for bits, below 0: none there, and the events."""
        self._count[0] = 0
        n = lib.td_cas_take(self._cas, channel, self._events, _ROOM, self._count)
        return n, ffi.unpack(self._numbers, self._count[0] * _ROW) if self._count[0] else []

    def send(self, channel: int, octets: int) -> list[int]:
        """Send a packet of what is played; the events."""
        self._count[0] = 0
        lib.td_cas_send(self._cas, channel, octets, self._events, _ROOM, self._count)
        return ffi.unpack(self._numbers, self._count[0] * _ROW) if self._count[0] else []

    def do(self, rows: list[int]) -> None:
        """Orders, six integers each: td_cas_order. LocalError when one cannot be done."""
        if len(rows) > len(self._orders):
            self._orders = ffi.new("int64_t[]", 2 * len(rows))
        self._orders[0 : len(rows)] = rows
        n = len(rows) // 6
        done = lib.td_cas_do(self._cas, ffi.cast("td_cas_order *", self._orders), n)
        if done < n:
            raise LocalError(f"no such order: {rows[6 * done : 6 * done + 6]} (td_cas.h)")

    def play(self, channel: int, alaw: bytes, again: bool, tag: int = 0) -> None:
        """Send these octets, once (a SENT event with ``tag`` follows) or again and again."""
        octets = ffi.from_buffer("uint8_t[]", alaw)
        samples = 0 if again else len(alaw)
        if lib.td_cas_play(self._cas, channel, octets, len(alaw), samples, tag) < 0:
            raise LocalError(f"channel {channel}: there are 0 to {self.channels - 1}; no octets?")
        self._playing[channel] = octets

    def heard(self, channel: int = 0) -> int:
        """Samples heard on a channel so far."""
        return int(lib.td_cas_heard(self._cas, channel))

    def counts(self) -> CasCounts:
        """Totals since it was made."""
        counts = ffi.new("td_cas_counts *")
        lib.td_cas_count(self._cas, counts)
        return CasCounts(counts.heard, counts.dropped, counts.strange, counts.lost)
