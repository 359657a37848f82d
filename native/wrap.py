"""The only Python, with build.py, that knows the native ABI: classes over opaque handles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..errors import LocalError
from ._native import ffi as _ffi
from ._native import lib as _lib

Buffer = bytes | bytearray | memoryview
ffi: Any = _ffi
lib: Any = _lib

if lib.td_abi_version() != lib.TD_ABI_VERSION:
    raise ImportError(
        f"trunkd.native._native was built for ABI {lib.TD_ABI_VERSION} but runs as "
        f"{lib.td_abi_version()}: build it again with `python setup.py build_ext --inplace`"
    )

# ==== HDLC =======================================================================================

HDLC_FCS: int = lib.TD_HDLC_FCS
HDLC_ABORT: int = lib.TD_HDLC_ABORT
HDLC_SHORT: int = lib.TD_HDLC_SHORT
HDLC_LONG: int = lib.TD_HDLC_LONG
HDLC_OCTET: int = lib.TD_HDLC_OCTET
HDLC_FRAME: int = lib.TD_HDLC_FRAME
HDLC_FLAG: int = lib.TD_HDLC_FLAG
HDLC_IDLE: int = lib.TD_HDLC_IDLE


class HdlcIndication(NamedTuple):
    """What the decoder found. ``frame`` is empty for anything but HDLC_FRAME."""

    kind: int
    frame: bytes
    octets: int
    """Octets of the line read since the indication before."""


class HdlcCounts(NamedTuple):
    """Totals of a decoder; ``octets`` are those of good frames without FCS."""

    frames: int
    octets: int
    fcs: int
    aborts: int
    shorts: int
    longs: int
    unaligned: int


def _hdlc_config(
    max_octets: int, min_octets: int, mark: bool, raw: bool, align: bool, flags_between: int
) -> Any:
    options = (
        (lib.TD_HDLC_MARK if mark else 0)
        | (lib.TD_HDLC_RAW if raw else 0)
        | (lib.TD_HDLC_ALIGN if align else 0)
    )
    if not 0 <= min_octets <= max_octets:
        raise LocalError(f"HDLC frames of {min_octets} to {max_octets} octets: give min <= max")
    if not 1 <= max_octets <= 65535:
        raise LocalError(f"HDLC frames of up to {max_octets} octets: give 1 to 65535")
    if not 1 <= flags_between <= 255:
        raise LocalError(f"{flags_between} flags between HDLC frames: give 1 to 255")
    return ffi.new("td_hdlc_config *", (max_octets, min_octets, options, flags_between))


class HdlcDecoder:
    """Octets of a timeslot in line order -> frames and faults (Q.921 clause 2)."""

    def __init__(
        self,
        max_octets: int = 264,
        min_octets: int = 2,
        *,
        raw: bool = False,
        report_flags: bool = False,
        report_idle: bool = False,
    ) -> None:
        config = _hdlc_config(max_octets, min_octets, False, raw, False, 1)
        config.options |= lib.TD_HDLC_REPORT_FLAGS if report_flags else 0
        config.options |= lib.TD_HDLC_REPORT_IDLE if report_idle else 0
        self._memory = ffi.new("uint64_t[]", (lib.td_hdlc_decoder_size() + 7) // 8)
        self._state = ffi.cast("td_hdlc_decoder *", self._memory)
        self._frame = ffi.new("uint8_t[]", max_octets + lib.TD_HDLC_SLACK)
        self._used = ffi.new("size_t *")
        self._length = ffi.new("size_t *")
        self._since = 0
        lib.td_hdlc_decoder_init(self._state, config)

    def decode(self, line: bytes) -> Iterator[HdlcIndication]:
        """Read all of ``line``, yielding each indication as it is found."""
        octets = ffi.from_buffer("uint8_t[]", line)
        at = 0
        while True:
            kind = lib.td_hdlc_decode(
                self._state, octets + at, len(line) - at, self._frame, self._used, self._length
            )
            at += self._used[0]
            self._since += self._used[0]
            if kind == lib.TD_HDLC_NONE:
                return
            good = kind == lib.TD_HDLC_FRAME
            frame = ffi.buffer(self._frame, self._length[0])[:] if good else b""
            since, self._since = self._since, 0
            yield HdlcIndication(kind, frame, since)

    def counts(self) -> HdlcCounts:
        """Totals since the decoder was made."""
        counts = ffi.new("td_hdlc_counts *")
        lib.td_hdlc_decoder_counts(self._state, counts)
        return HdlcCounts(*(getattr(counts, name) for name in HdlcCounts._fields))

    @property
    def idle(self) -> bool:
        """Whether the line shows mark idle (15 ones or more)."""
        return bool(lib.td_hdlc_decoder_idle(self._state))


class HdlcEncoder:
    """Frames -> octets of a timeslot in line order, any number of them at a time."""

    def __init__(
        self,
        max_octets: int = 264,
        *,
        mark: bool = False,
        raw: bool = False,
        align: bool = False,
        flags_between: int = 1,
    ) -> None:
        config = _hdlc_config(max_octets, 0, mark, raw, align, flags_between)
        self._max = max_octets
        self._memory = ffi.new("uint64_t[]", (lib.td_hdlc_encoder_size() + 7) // 8)
        self._state = ffi.cast("td_hdlc_encoder *", self._memory)
        self._made = ffi.new("size_t *")
        self._queue: list[bytes] = []
        self._sending: Any = None
        lib.td_hdlc_encoder_init(self._state, config)

    def send(self, frame: bytes) -> None:
        """Queue a frame without FCS; LocalError when it is empty or too long."""
        if not 1 <= len(frame) <= self._max:
            raise LocalError(f"an HDLC frame of {len(frame)} octets: send 1 to {self._max}")
        self._queue.append(bytes(frame))

    def abort(self) -> bool:
        """Break off the frame being sent; False when there is none."""
        self._sending = None if (was := bool(lib.td_hdlc_abort(self._state))) else self._sending
        return was

    @property
    def pending(self) -> int:
        """Frames that are not wholly sent."""
        return len(self._queue) + (not lib.td_hdlc_ready(self._state))

    def encode(self, n: int) -> bytes:
        """The next ``n`` octets of the line: queued frames, then fill."""
        line = ffi.new("uint8_t[]", n)
        at = 0
        while at < n:
            if self._queue and lib.td_hdlc_ready(self._state):
                self._sending = ffi.from_buffer("uint8_t[]", self._queue.pop(0))
                lib.td_hdlc_send(self._state, self._sending, len(self._sending))
            lib.td_hdlc_encode(self._state, line + at, n - at, self._made)
            at += self._made[0]
        return bytes(ffi.buffer(line, n))


def hdlc_fcs(octets: bytes) -> bytes:
    """The two FCS octets that follow ``octets`` on the line (Q.921 2.7)."""
    return int(lib.td_hdlc_fcs(ffi.from_buffer("uint8_t[]", octets), len(octets))).to_bytes(
        2, "little"
    )


# ==== end of HDLC =================================================================================

# ==== G.711 =======================================================================================


def _octets(function: Any, octets: Buffer) -> bytes:
    given = ffi.from_buffer("uint8_t[]", octets)
    out = ffi.new("uint8_t[]", len(given))
    function(given, out, len(given))
    return bytes(ffi.buffer(out, len(given)))


def _to_linear(function: Any, octets: Buffer) -> bytes:
    given = ffi.from_buffer("uint8_t[]", octets)
    out = ffi.new("int16_t[]", len(given))
    function(given, out, len(given))
    return bytes(ffi.buffer(out, 2 * len(given)))


def _from_linear(function: Any, pcm: Buffer) -> bytes:
    given = ffi.from_buffer("uint8_t[]", pcm)
    if len(given) % 2:
        raise LocalError(f"{len(given)} octets are no whole number of 16-bit samples")
    samples = len(given) // 2
    if int(ffi.cast("uintptr_t", given)) % 2:  # C wants int16_t on even addresses
        given = ffi.new("int16_t[]", samples)
        ffi.memmove(given, pcm, 2 * samples)
    out = ffi.new("uint8_t[]", samples)
    function(ffi.cast("int16_t *", given), out, samples)
    return bytes(ffi.buffer(out, samples))


def alaw_encode(pcm: Buffer) -> bytes:
    """16-bit samples in native byte order (any contiguous buffer, a numpy array too) to A-law
    octets in line order (G.711 table 1, even bits inverted)."""
    return _from_linear(lib.td_alaw_encode, pcm)


def ulaw_encode(pcm: Buffer) -> bytes:
    """16-bit samples in native byte order to mu-law octets in line order (G.711 table 2)."""
    return _from_linear(lib.td_ulaw_encode, pcm)


def alaw_decode(octets: Buffer) -> bytes:
    """A-law octets to 16-bit samples in native byte order; full scale 32256."""
    return _to_linear(lib.td_alaw_decode, octets)


def ulaw_decode(octets: Buffer) -> bytes:
    """mu-law octets to 16-bit samples in native byte order; full scale 32124."""
    return _to_linear(lib.td_ulaw_decode, octets)


def alaw_to_ulaw(octets: Buffer) -> bytes:
    """A-law octets to mu-law octets by G.711 table 4."""
    return _octets(lib.td_alaw_to_ulaw, octets)


def ulaw_to_alaw(octets: Buffer) -> bytes:
    """mu-law octets to A-law octets by G.711 table 3."""
    return _octets(lib.td_ulaw_to_alaw, octets)


# ==== end of G.711 ================================================================================
