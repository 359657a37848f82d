"""Tone detector banks and generators behind Python classes; td_tones.h says what each does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import LocalError
from .wrap import Buffer, ffi, lib

LINEAR: int = lib.TD_LINEAR
ALAW: int = lib.TD_ALAW
ULAW: int = lib.TD_ULAW

DTMF: int = lib.TD_TONE_DTMF
R2_FORWARD: int = lib.TD_TONE_R2_FORWARD
R2_BACKWARD: int = lib.TD_TONE_R2_BACKWARD
R1: int = lib.TD_TONE_R1

BEGIN: int = lib.TD_TONE_BEGIN
END: int = lib.TD_TONE_END

DIGITS = {
    DTMF: "1234567890*#ABCD",
    R2_FORWARD: "1234567890BCDEF",
    R2_BACKWARD: "1234567890BCDEF",
    R1: "1234567890CAKBS",
}
"""The digits of each kind. R2: signals 1 to 15. R1: K is KP, S is ST, A B C are the other STs."""

RATE = 8000
_ROOM = 4096


class ToneEvent(NamedTuple):
    """A signal of a channel. Times are in samples of 125 us since the bank was made."""

    start: int
    duration: int
    """Until now for BEGIN, the whole of it for END."""
    channel: int
    kind: int
    phase: int
    """BEGIN when it was recognised, END when it is over."""
    digit: str
    level_dbm0: float
    """Of each of the two frequencies, the mean of both."""
    twist_db: float
    """The higher frequency's level less the lower one's."""


class _Bank:
    """What the banks share: blocks in, events out."""

    def __init__(self, bank: Any, free: Any, process: Any, select: Any, channels: int) -> None:
        if bank == ffi.NULL:
            raise LocalError(f"a detector of {channels} channels: give 1 to 65536")
        self.channels = channels
        self.lost = 0
        """Events that found no room; only a block longer than a minute or so can do that."""
        self._bank: Any = ffi.gc(bank, free)
        self._process = process
        self._select = select
        self._events: Any = ffi.new("td_digit_event[]", _ROOM)
        self._lost: Any = ffi.new("uint64_t *")

    def select(self, channel: int, on: bool) -> None:
        """Listen to a channel or not; switched on it is heard afresh, as after silence."""
        if not 0 <= channel < self.channels:
            raise LocalError(f"channel {channel}: there are 0 to {self.channels - 1}")
        self._select(self._bank, channel, on)

    def process(self, samples: Buffer, coding: int = LINEAR) -> list[ToneEvent]:
        """Hear frames of one sample a channel: int16 in the machine's order, A-law or mu-law.

        Raises LocalError when the block is not whole frames.
        """
        size = self.channels * (2 if coding == LINEAR else 1)
        data = ffi.from_buffer(samples)
        if len(data) % size:
            raise LocalError(f"a block of {len(data)} octets is not whole frames of {size}")
        frames = len(data) // size
        n = self._process(self._bank, data, frames, coding, self._events, _ROOM, self._lost)
        if n < 0:
            raise LocalError(f"no coding {coding}: give LINEAR, ALAW or ULAW")
        self.lost = self._lost[0]
        return [
            ToneEvent(
                e.start,
                e.duration,
                e.channel,
                e.kind,
                e.phase,
                chr(e.digit),
                e.level_dbm0,
                e.twist_db,
            )
            for e in self._events[0:n]
        ]


class DtmfBank(_Bank):
    """DTMF receivers (Q.24) for so many channels. 0 asks for a default (10, 10, -44).

    ``plain``: 1 for plain C, 2 for AVX2 at most.
    """

    def __init__(
        self,
        channels: int,
        normal_twist_db: float = 0,
        reverse_twist_db: float = 0,
        threshold_dbm0: float = 0,
        plain: int = 0,
    ) -> None:
        config = ffi.new(
            "td_dtmf_config *", (normal_twist_db, reverse_twist_db, threshold_dbm0, plain)
        )
        bank = lib.td_dtmf_new(channels, config) if 0 < channels <= 65536 else ffi.NULL
        super().__init__(bank, lib.td_dtmf_free, lib.td_dtmf_process, lib.td_dtmf_select, channels)


class MfBank(_Bank):
    """Receivers of R2_FORWARD, R2_BACKWARD (Q.454) or R1 signals for so many channels."""

    def __init__(self, channels: int, kind: int, plain: int = 0) -> None:
        if kind not in (R2_FORWARD, R2_BACKWARD, R1):
            raise LocalError(f"no multi-frequency code {kind}: give R2_FORWARD, R2_BACKWARD or R1")
        bank = lib.td_mf_new(channels, kind, plain) if 0 < channels <= 65536 else ffi.NULL
        super().__init__(bank, lib.td_mf_free, lib.td_mf_process, lib.td_mf_select, channels)


def vectors() -> str:
    """The vector instructions in use: ``avx512``, ``avx2``, ``""`` for plain C."""
    return bytes(ffi.string(lib.td_tone_vectors())).decode()


def frequencies(kind: int, digit: str) -> tuple[float, float]:
    """Both frequencies of a digit in Hz. LocalError names the digits there are."""
    hz = ffi.new("double[2]")
    code = ord(digit) if len(digit) == 1 and digit.isascii() else 0
    if kind not in DIGITS or lib.td_tone_frequencies(kind, code, hz) < 0:
        raise LocalError(f"no digit {digit!r}: there are {DIGITS.get(kind, 'none')}")
    return hz[0], hz[1]


class TonePair:
    """Two sines, phase continuous from block to block. Levels are dBm0 of each; -100 is silence."""

    def __init__(self, hz: Sequence[float], level_dbm0: Sequence[float]) -> None:
        self._tone: Any = ffi.new("td_tone_pair *")
        for i in range(2):
            if not 0 <= hz[i] <= RATE / 2:
                raise LocalError(f"a tone of {hz[i]:g} Hz: give 0 to {RATE // 2}")
            self._tone.hz[i] = hz[i]
            self._tone.level_dbm0[i] = level_dbm0[i]

    def add(self, samples: bytearray) -> None:
        """Add to int16 samples in place, saturating."""
        out = ffi.from_buffer("int16_t[]", samples)
        lib.td_tone_generate(self._tone, out, len(out))


def digits(
    kind: int,
    text: str,
    *,
    level_dbm0: float = -8.0,
    twist_db: float = 0.0,
    on: float = 0.07,
    off: float = 0.07,
) -> bytes:
    """int16 samples of digits, each ``on`` seconds long and followed by ``off`` of silence.

    ``level_dbm0`` is the mean of the two frequencies' levels, ``twist_db`` how much stronger the
    higher one is. LocalError: an unknown digit, or a time that is not 0 to 3600 s.
    """
    if not (0 <= on <= 3600 and 0 <= off <= 3600):
        raise LocalError(f"on {on:g} s and off {off:g} s: give 0 to 3600")
    out = bytearray()
    for digit in text:
        hz = frequencies(kind, digit)
        low, high = level_dbm0 - twist_db / 2, level_dbm0 + twist_db / 2
        sound = bytearray(2 * round(on * RATE))
        TonePair(hz, (low, high) if hz[0] < hz[1] else (high, low)).add(sound)
        out += sound + bytes(2 * round(off * RATE))
    return bytes(out)
