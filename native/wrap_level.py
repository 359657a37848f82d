"""Level meters, voice activity, conditioning: td_level.h and td_condition.h say what each does."""

from __future__ import annotations

import array
from typing import Any, NamedTuple

from ..errors import LocalError
from .wrap import Buffer, ffi, lib

HOP: int = lib.TD_LEVEL_HOP
"""Samples from judgement to judgement: 8 ms."""
VOICE: int = lib.TD_LEVEL_VOICE
CLIP: int = lib.TD_LEVEL_CLIP
LIMIT_KNEE: int = lib.TD_LIMIT_KNEE
"""What a limiter leaves as it is: -3 dB of full scale."""
NOTHING = lib.TD_LEVEL_NOTHING / 100
"""dBm0 of no energy at all."""


class LevelEvent(NamedTuple):
    """Begin or end of speech (VOICE) or of a burst of clipped samples (CLIP). Times in samples."""

    sample: int
    """Where it began."""
    channel: int
    duration: int
    """So far; at the end all of it, without the hangover."""
    level_dbm0: float
    kind: int
    active: bool
    clipped: int
    """CLIP: clipped samples so far."""


class Levels(NamedTuple):
    """What a channel's meter shows. Levels in dBm0 without the DC offset."""

    sample: int
    since_voice: int
    """Samples: 0 while voice sounds; since the channel was selected if none did yet."""
    clipped: int
    """Clipped samples since the channel was selected."""
    rms: float
    """Of the last 32 ms."""
    fast: float
    """Exponential average of 125 ms."""
    peak_level: float
    """Of a sine with the peak."""
    floor: float
    """Noise floor, at most ``floor_max``."""
    peak: int
    """Largest magnitude since it was last reset, DC and all."""
    dc: int
    voice: bool
    on: bool


def _hundredths(db: float) -> int:
    return round(db * 100)


class LevelBank:
    """Meters for 1 to 1024 channels, off until selected. 0 asks for a default.

    Defaults: ``voice_min`` -52 dBm0, ``floor_max`` -33 dBm0, ``voice_over`` 6 dB, ``hangover_ms``
    200, ``clip_level`` 32124, ``clip_samples`` 4. LocalError: something is out of range.
    """

    def __init__(
        self,
        channels: int,
        *,
        voice_min: float = 0,
        floor_max: float = 0,
        voice_over: float = 0,
        hangover_ms: int = 0,
        clip_level: int = 0,
        clip_samples: int = 0,
        plain: bool = False,
    ) -> None:
        values = (_hundredths(voice_min), _hundredths(floor_max), _hundredths(voice_over))
        error = ffi.new("int *")
        try:
            config = ffi.new(
                "td_level_config *", (*values, hangover_ms, clip_level, clip_samples, plain)
            )
            bank = lib.td_level_new(channels, config, error)
        except OverflowError as exc:
            raise LocalError(f"level meters: {exc}; td_level.h gives the ranges") from exc
        if bank == ffi.NULL:
            raise LocalError(
                f"level meters of {channels} channels, {config_text(config)}: give 1 to "
                f"{lib.TD_LEVEL_CHANNELS} channels, voice_min and floor_max of -80 to 0 dBm0, "
                "voice_over of 1 to 30 dB, hangover_ms of 8 to 10000, clip_level up to 32767"
            )
        self._bank: Any = ffi.gc(bank, lib.td_level_free)
        self.channels = channels

    @property
    def vector(self) -> bool:
        """Vector instructions are used."""
        return bool(lib.td_level_vector(self._bank))

    @property
    def lost(self) -> int:
        """Events that found no room."""
        return int(lib.td_level_lost(self._bank))

    def select(self, channel: int, on: bool = True) -> None:
        """Begin afresh on a channel, or end. LocalError: no such channel."""
        self._check(lib.td_level_select(self._bank, channel, on), channel)

    def run(self, frames: Buffer, stride: int | None = None) -> list[LevelEvent]:
        """Take int16 frames, one every ``stride`` samples (default: as many as channels).

        Raises LocalError when the block is not whole frames.
        """
        stride = self.channels if stride is None else stride
        memory = ffi.from_buffer("int16_t[]", frames)
        if stride < self.channels or len(memory) % stride:
            raise LocalError(
                f"a block of {len(memory)} samples is not whole frames of {stride} with "
                f"{self.channels} channels in each"
            )
        n = len(memory) // stride
        room = 3 * (n // HOP + 2) * self.channels
        events = ffi.new("td_level_event[]", room)
        found = lib.td_level_run(self._bank, memory, n, stride, events, room)
        return [
            LevelEvent(
                e.sample,
                e.channel,
                e.duration,
                e.level / 100,
                e.kind,
                bool(e.active),
                e.clipped,
            )
            for e in events[0:found]
        ]

    def read(self, channel: int, reset: bool = False) -> Levels:
        """What a channel shows as of the last run; with ``reset`` its peak begins anew."""
        now = ffi.new("td_level_now *")
        read = lib.td_level_read_reset if reset else lib.td_level_read
        self._check(read(self._bank, channel, now), channel)
        return Levels(
            now.sample,
            now.since_voice,
            now.clipped,
            now.rms / 100,
            now.fast / 100,
            now.peak_level / 100,
            now.floor / 100,
            now.peak,
            now.dc,
            bool(now.voice),
            bool(now.on),
        )

    def _check(self, result: int, channel: int) -> None:
        if result < 0:
            raise LocalError(f"no channel {channel}: there are 0 to {self.channels - 1}")


def config_text(config: Any) -> str:
    """The settings of a td_level_config, for a message."""
    names = ("voice_min", "floor_max", "voice_over", "hangover_ms", "clip_level", "clip_samples")
    return ", ".join(f"{name} {getattr(config, name)}" for name in names)


class Condition(NamedTuple):
    """Settings of a Conditioner. dB and dBm0; 0 asks for a default (but gain's is 0 dB)."""

    gain: float = 0.0
    """-40 to 40, reached within 12 ms."""
    agc: bool = False
    gate: bool = False
    limit: bool = False
    agc_target: float = 0.0
    """Active speech level; -18."""
    agc_max_gain: float = 0.0
    """24"""
    agc_max_loss: float = 0.0
    """20"""
    agc_attack_ms: int = 0
    """50"""
    agc_release_ms: int = 0
    """400"""
    agc_speech: float = 0.0
    """What is weaker is no speech; -48."""
    gate_threshold: float = 0.0
    """-50"""
    gate_hold_ms: int = 0
    """200"""
    gate_loss: float = 0.0
    """90: silence"""
    gate_release_ms: int = 0
    """40"""


class Conditioned(NamedTuple):
    """What a Conditioner does at present."""

    gain: float
    agc: float
    speech: float
    """Active speech level learnt, dBm0; NOTHING: none yet."""
    open: bool
    """The gate is."""


class Conditioner:
    """Gate, AGC, gain and limiter of one channel, in place. LocalError: out of range."""

    def __init__(self, condition: Condition) -> None:
        memory = ffi.new("uint64_t[]", (lib.td_condition_size() + 7) // 8)
        self._memory = memory
        self._state = ffi.cast("td_condition *", memory)
        self._take(lib.td_condition_init, condition)

    def set(self, condition: Condition) -> None:
        """Change the settings under way; what was learnt stays."""
        self._take(lib.td_condition_set, condition)

    def run(self, samples: Any, stride: int = 1) -> None:
        """Change int16 samples in place: the first of each ``stride``.

        ``samples`` is a writable buffer (bytearray, array, numpy array).
        """
        if stride < 1:
            raise LocalError(f"a stride of {stride}: give 1 or more")
        memory = ffi.from_buffer("int16_t[]", samples, require_writable=True)
        lib.td_condition_run(self._state, memory, (len(memory) + stride - 1) // stride, stride)

    def read(self) -> Conditioned:
        now = ffi.new("td_condition_now *")
        lib.td_condition_read(self._state, now)
        return Conditioned(now.gain / 100, now.agc / 100, now.speech / 100, bool(now.open))

    def _take(self, function: Any, c: Condition) -> None:
        options = (
            (lib.TD_CONDITION_AGC if c.agc else 0)
            | (lib.TD_CONDITION_GATE if c.gate else 0)
            | (lib.TD_CONDITION_LIMIT if c.limit else 0)
        )
        try:
            config = ffi.new(
                "td_condition_config *",
                {
                    "options": options,
                    "gain": _hundredths(c.gain),
                    "agc_target": _hundredths(c.agc_target),
                    "agc_max_gain": _hundredths(c.agc_max_gain),
                    "agc_max_loss": _hundredths(c.agc_max_loss),
                    "agc_attack_ms": c.agc_attack_ms,
                    "agc_release_ms": c.agc_release_ms,
                    "agc_speech": _hundredths(c.agc_speech),
                    "gate_threshold": _hundredths(c.gate_threshold),
                    "gate_hold_ms": c.gate_hold_ms,
                    "gate_loss": _hundredths(c.gate_loss),
                    "gate_release_ms": c.gate_release_ms,
                },
            )
        except OverflowError as exc:
            raise LocalError(f"{c}: {exc}; td_condition.h gives the ranges") from exc
        if function(self._state, config) < 0:
            raise LocalError(f"{c}: out of range; td_condition.h gives the ranges")


def mix_limit(sums: Buffer, plain: bool = False) -> array.array[int]:
    """int32 sums to int16 samples: exact up to LIMIT_KNEE, bent smoothly to 32767 above."""
    memory = ffi.from_buffer("int32_t[]", sums)
    out = array.array("h", bytes(2 * len(memory)))
    limit = lib.td_mix_limit_plain if plain else lib.td_mix_limit
    limit(memory, ffi.from_buffer("int16_t[]", out, require_writable=True), len(memory))
    return out
