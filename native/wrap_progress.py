"""Modem and fax tones, call progress segments and cadences of native/ (modem_tones.c, progress.c,
cadence.c).

Samples are linear, 16 bits, 8000 a second, in anything with a buffer; levels are dBm0, where a
sine of full scale is +3.14; places and lengths are counted in samples.
"""

from __future__ import annotations

import array
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import LocalError
from .wrap import ffi, lib

TONE_ON: int = lib.TD_MODEM_ON
TONE_OFF: int = lib.TD_MODEM_OFF
TONE_REVERSAL: int = lib.TD_MODEM_REVERSAL
TONE_AM: int = lib.TD_MODEM_AM
TONE_SIT: int = lib.TD_MODEM_SIT

SEGMENT_ON: int = lib.TD_PROGRESS_ON
SEGMENT_OFF: int = lib.TD_PROGRESS_OFF

TONE_HZ = (950, 1100, 1300, 1400, 1800, 2100, 2225)


class ModemTone(NamedTuple):
    """A modem or fax tone: ON once it is certain, OFF at its end, and what it does between."""

    sample: int
    """Where the tone began; of TONE_REVERSAL, where the phase turned (within 64 samples)."""
    duration: int
    channel: int
    kind: int
    """TONE_ON, TONE_OFF, TONE_REVERSAL, TONE_AM (15 Hz: ANSam), TONE_SIT."""
    tone: int
    """Nominal frequency in Hz, one of TONE_HZ."""
    frequency: float
    level: float
    reversals: int


class Segment(NamedTuple):
    """Something that sounds, with up to four frequencies; none: speech or noise."""

    sample: int
    duration: int
    """Samples so far (SEGMENT_ON), or in all (SEGMENT_OFF)."""
    channel: int
    kind: int
    level: float
    frequencies: tuple[float, ...]
    """Hz, the strongest first."""
    levels: tuple[float, ...]


class CadenceStep(NamedTuple):
    """A step of a cadence. No frequencies: silence; 0 samples: for ever."""

    frequencies: tuple[float, ...]
    samples: int = 0
    level: float = -10.0
    """dBm0 of each frequency."""
    am_hz: float = 0.0
    am_depth: float = 0.0
    reversal: int = 0
    """Samples between phase reversals."""


def _check(channel: int, channels: int) -> None:
    if not 0 <= channel < channels:
        raise LocalError(f"channel {channel}: there are 0 to {channels - 1}")


def _per_channel(memory: Any, channels: int) -> int:
    n, rest = divmod(len(memory), channels)
    if rest:
        raise LocalError(f"{len(memory)} samples for {channels} channels: give each equally many")
    return n


class ModemToneDetector:
    """Detectors of CNG, CED, ANSam, Bell 2225 Hz, 1300 Hz and special information tones."""

    def __init__(self, channels: int = 1, *, vector: bool = True) -> None:
        error = ffi.new("int *")
        state = lib.td_modem_tones_new(channels, error) if channels > 0 else ffi.NULL
        if state == ffi.NULL:
            raise LocalError(f"no tone detectors for {channels} channels: give 1 to 4096")
        self._state = ffi.gc(state, lib.td_modem_tones_free)
        self.channels = channels
        self.vector: bool = bool(lib.td_modem_tones_vector(self._state, vector))

    def select(self, channel: int, on: bool) -> None:
        """Listen to a channel or not; switched on it is heard afresh, as after silence."""
        _check(channel, self.channels)
        lib.td_modem_tones_select(self._state, channel, on)

    def run(self, samples: Any) -> list[ModemTone]:
        """Take a block: channel 0's samples, then channel 1's, all equally many."""
        memory = ffi.from_buffer("int16_t[]", samples)
        n = _per_channel(memory, self.channels)
        room = self.channels * (n // 64 * 2 + 4)
        events = ffi.new("td_modem_tone_event[]", room)
        found = lib.td_modem_tones_run(self._state, memory, n, n, events, room)
        return [
            ModemTone(
                e.sample,
                e.duration,
                e.channel,
                e.kind,
                TONE_HZ[e.tone],
                e.frequency / 10,
                e.level / 100,
                e.reversals,
            )
            for e in events[0:found]
        ]


class SegmentDetector:
    """What sounds on each channel: segments with level and frequencies."""

    def __init__(self, channels: int = 1, *, floor: float = -45.0, vector: bool = True) -> None:
        error = ffi.new("int *")
        state = lib.td_progress_new(channels, floor, error) if channels > 0 else ffi.NULL
        if state == ffi.NULL:
            raise LocalError(
                f"no segment detectors for {channels} channels above {floor} dBm0: "
                "give 1 to 4096 channels and -60 to 0 dBm0"
            )
        self._state = ffi.gc(state, lib.td_progress_free)
        self.channels = channels
        self.vector: bool = bool(lib.td_progress_vector(self._state, vector))

    def select(self, channel: int, on: bool) -> None:
        """Listen to a channel or not; switched on it is heard afresh, as after silence."""
        _check(channel, self.channels)
        lib.td_progress_select(self._state, channel, on)

    def run(self, samples: Any) -> list[Segment]:
        """Take a block: channel 0's samples, then channel 1's, all equally many."""
        memory = ffi.from_buffer("int16_t[]", samples)
        n = _per_channel(memory, self.channels)
        room = self.channels * (n // 64 * 2 + 4)
        events = ffi.new("td_progress_event[]", room)
        found = lib.td_progress_run(self._state, memory, n, n, events, room)
        return [
            Segment(
                e.sample,
                e.duration,
                e.channel,
                e.kind,
                e.level / 100,
                tuple(hz / 10 for hz in e.frequency[0 : e.n]),
                tuple(level / 100 for level in e.levels[0 : e.n]),
            )
            for e in events[0:found]
        ]


class CadenceGenerator:
    """Makes a cadence: all steps once, then those from ``repeat_from`` on for ever."""

    def __init__(self, steps: Sequence[CadenceStep], repeat_from: int | None = 0) -> None:
        self._steps = ffi.new("td_cadence_step[]", max(1, len(steps)))
        for native, step in zip(self._steps, steps, strict=False):
            if len(step.frequencies) > lib.TD_CADENCE_TONES:
                raise LocalError(
                    f"{len(step.frequencies)} frequencies in a step: give at most "
                    f"{lib.TD_CADENCE_TONES}"
                )
            for i, hz in enumerate(step.frequencies):
                native.frequency[i] = hz
                native.level[i] = step.level
            native.am_hz, native.am_depth = step.am_hz, step.am_depth
            native.samples, native.reversal = step.samples, step.reversal
        memory = ffi.new("uint64_t[]", (lib.td_cadence_size() + 7) // 8)
        self._memory = memory
        self._state = ffi.cast("td_cadence *", memory)
        again = len(steps) if repeat_from is None else repeat_from
        if lib.td_cadence_init(self._state, self._steps, len(steps), again) < 0:
            raise LocalError(
                f"cannot make a cadence of {len(steps)} steps repeated from {repeat_from}: give "
                "frequencies below 4000 Hz at -80 to 3.14 dBm0, and a modulation depth of 0 to 1"
            )

    def run(self, n: int) -> array.array[int]:
        """The next n samples; fewer at the end of a cadence that is not repeated."""
        samples = array.array("h", bytes(2 * n))
        made = lib.td_cadence_run(self._state, ffi.from_buffer("int16_t[]", samples), n)
        return samples[:made]
