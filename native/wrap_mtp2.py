"""MTP2's line-speed part behind Python classes; td_mtp2.h says what each does."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..errors import LocalError
from .wrap import ffi, lib
from .wrap_engine import Engine

EVENT_SU: int = lib.TD_EVENT_SU
EVENT_SU_ERRORS: int = lib.TD_EVENT_SU_ERRORS
EVENT_TX_LOW: int = lib.TD_EVENT_TX_LOW

SU: int = lib.TD_MTP2_SU
"""A good signal unit."""
ERRORS: int = lib.TD_MTP2_ERRORS
"""Signal units in error."""
MAX_OCTETS: int = lib.TD_MTP2_MAX_OCTETS
"""Of a signal unit from BSN to SIF, with 272 octets of SIF."""
TOLD: int = lib.TD_MTP2_TOLD


class Mtp2Indication(NamedTuple):
    """What came: a good signal unit, or errors. ``sus`` and ``errors`` count since the indication
    before, what was filtered in between included; give both to the engine as they are."""

    kind: int
    """SU or ERRORS."""
    su: bytes
    """From BSN to SIF; empty with ERRORS."""
    sus: int
    errors: int


class Mtp2Counts(NamedTuple):
    """Totals. ``sus``: what SUERM counts, in error or not; ``filtered``: good fill-ins that were
    not told; ``counting``: entries into octet counting mode; ``repeated``: fill-ins sent again."""

    sus: int
    errors: int
    filtered: int
    counting: int
    repeated: int


def _counts(fill: Any, *where: Any) -> Mtp2Counts | None:
    counts = ffi.new("td_mtp2_counts *")
    if (fill(*where, counts) or 0) < 0:
        return None
    return Mtp2Counts(*(getattr(counts, name) for name in Mtp2Counts._fields))


def slot_counts(engine: Engine, span: int, timeslot: int) -> Mtp2Counts | None:
    """None when the timeslot is closed or carries no MTP2."""
    return _counts(lib.td_slot_mtp2_counters, engine.handle, span, timeslot)


class Mtp2Decoder:
    """Octets of a timeslot in line order -> signal units and errors (Q.703 clause 4)."""

    def __init__(self, max_octets: int = MAX_OCTETS, told: int = TOLD) -> None:
        self._memory = ffi.new("uint64_t[]", (lib.td_mtp2_rx_size() + 7) // 8)
        self._state = ffi.cast("td_mtp2_rx *", self._memory)
        if lib.td_mtp2_rx_init(self._state, max_octets, told) < 0:
            raise LocalError(
                f"signal units of {max_octets} octets, {told} equal ones told: give 5 to 65535 "
                "octets and 1 or more"
            )
        self._su = ffi.new("uint8_t[]", max_octets + lib.TD_HDLC_SLACK)
        self._used = ffi.new("size_t *")
        self._length = ffi.new("size_t *")
        self._before = (0, 0)

    def decode(self, line: bytes) -> list[Mtp2Indication]:
        """Read all of ``line``; indications in the order of the line."""
        octets = ffi.from_buffer("uint8_t[]", line)
        found: list[Mtp2Indication] = []
        at = 0
        while True:
            kind = lib.td_mtp2_decode(
                self._state, octets + at, len(line) - at, self._su, self._used, self._length
            )
            at += self._used[0]
            if kind == lib.TD_MTP2_NONE:
                return found
            counts = self.counts()
            sus, errors = self._before
            self._before = counts.sus, counts.errors
            su = bytes(ffi.buffer(self._su, self._length[0]))
            found.append(Mtp2Indication(kind, su, counts.sus - sus, counts.errors - errors))

    def counts(self) -> Mtp2Counts:
        """Totals since it was made."""
        counts = _counts(lib.td_mtp2_rx_counts, self._state)
        assert counts is not None
        return counts

    @property
    def counting(self) -> bool:
        """Whether it is in octet counting mode."""
        return bool(lib.td_mtp2_counting(self._state))


class Mtp2Encoder:
    """Signal units -> octets of a timeslot in line order; a fill-in goes on by itself."""

    def __init__(self, max_octets: int = MAX_OCTETS) -> None:
        self._memory = ffi.new("uint64_t[]", (lib.td_mtp2_tx_size() + 7) // 8)
        self._state = ffi.cast("td_mtp2_tx *", self._memory)
        self._max = max_octets
        if lib.td_mtp2_tx_init(self._state, max_octets) < 0:
            raise LocalError(f"signal units of up to {max_octets} octets: give 5 to 65535")
        self._made = ffi.new("size_t *")
        self._queue: list[tuple[bytes, bool]] = []
        self._sending: Any = None

    def send(self, su: bytes, bad: bool = False) -> None:
        """Queue a signal unit (BSN to SIF, no CK); ``bad``: with a wrong CK, and once even when it
        is a fill-in. LocalError when it is empty or too long."""
        if not 1 <= len(su) <= self._max:
            raise LocalError(f"a signal unit of {len(su)} octets: send 1 to {self._max}")
        self._queue.append((bytes(su), bad))

    def abort(self) -> bool:
        """Break the signal unit being sent off with seven ones; False when there is none."""
        return bool(lib.td_mtp2_abort(self._state))

    @property
    def waiting(self) -> int:
        """Signal units that were not begun. 0: time to give more (a timeslot's TransmitLow)."""
        return len(self._queue)

    def encode(self, n: int) -> bytes:
        """The next ``n`` octets of the line: what is queued, then the last fill-in over and over;
        behind a message the FISU with its numbers; flags before there was any."""
        line = ffi.new("uint8_t[]", n)
        at = 0
        while at < n:
            if self._queue and lib.td_mtp2_ready(self._state):
                su, bad = self._queue.pop(0)
                self._sending = ffi.from_buffer("uint8_t[]", su)
                lib.td_mtp2_send(self._state, self._sending, len(su), bad)
            lib.td_mtp2_encode(self._state, line + at, n - at, self._made)
            at += self._made[0]
        return bytes(ffi.buffer(line, n))

    def counts(self) -> Mtp2Counts:
        """``repeated`` since it was made."""
        counts = _counts(lib.td_mtp2_tx_counts, self._state)
        assert counts is not None
        return counts


class Mtp2Framer(Mtp2Decoder):
    """Both directions of a signalling data link at one end: 8 octets are 1 ms at 64 kbit/s."""

    def __init__(self, max_octets: int = MAX_OCTETS, told: int = TOLD) -> None:
        super().__init__(max_octets, told)
        self.tx = Mtp2Encoder(max_octets)

    def counts(self) -> Mtp2Counts:
        """Totals of both directions."""
        return super().counts()._replace(repeated=self.tx.counts().repeated)

    def send(self, su: bytes, bad: bool = False) -> None:
        """See Mtp2Encoder.send."""
        self.tx.send(su, bad)

    def encode(self, n: int) -> bytes:
        """See Mtp2Encoder.encode."""
        return self.tx.encode(n)

    @property
    def waiting(self) -> int:
        """See Mtp2Encoder.waiting."""
        return self.tx.waiting
