"""Signals for the tests of meters and conditioning, and what is true of them."""

from __future__ import annotations

import pathlib

import numpy as np
import soundfile

from trunkd.native.wrap_level import VOICE, LevelBank, LevelEvent

RATE = 8000
PEAK = 22827.0
"""The peak of a sine at 0 dBm0."""
ZERO_DBM0 = PEAK**2 / 2
SOUNDS = pathlib.Path("/usr/share/asterisk/sounds")
VOICES = (
    "en_US_f_Allison",
    "es_MX_f_Allison",
    "fr_CA_f_June",
    "it_IT_m_Carlo",
    "ru_RU_f_IvrvoiceRU",
)


def dbm0(samples: np.ndarray) -> float:
    return 10 * float(np.log10(np.mean(np.square(samples, dtype=float)) / ZERO_DBM0))


def tone(hz: float, level: float, seconds: float) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    return PEAK * 10 ** (level / 20) * np.sin(2 * np.pi * hz * t)


def noise(level: float, seconds: float, seed: int = 0) -> np.ndarray:
    rms = PEAK / 2**0.5 * 10 ** (level / 20)
    return np.random.default_rng(seed).normal(0, rms, round(seconds * RATE))


def int16(samples: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16)


def sounds(voice: str) -> list[pathlib.Path]:
    found = sorted(p for p in (SOUNDS / voice).glob("*.wav") if not p.is_symlink())
    assert found, f"no speech in {SOUNDS / voice}: apt-get install asterisk-core-sounds-*-wav"
    return found


def speech(path: pathlib.Path) -> np.ndarray:
    samples, rate = soundfile.read(path, dtype="int16")
    assert rate == RATE
    return samples.astype(float)


def active_level(samples: np.ndarray) -> float:
    """Of windows of 16 ms that are within 30 dB of the loudest, as P.56 means it."""
    energy = np.mean(np.square(samples[: len(samples) // 128 * 128]).reshape(-1, 128), axis=1)
    return 10 * float(np.log10(np.mean(energy[energy > energy.max() / 1000]) / ZERO_DBM0))


def at_level(samples: np.ndarray, level: float) -> np.ndarray:
    return samples * 10 ** ((level - active_level(samples)) / 20)


def listen(samples: np.ndarray, **config: int | float) -> tuple[LevelBank, list[LevelEvent]]:
    """One channel's events and its bank afterwards, in calls of 64 frames."""
    bank = LevelBank(1, **config)  # type: ignore[arg-type]
    bank.select(0)
    line, events = int16(samples), []
    for at in range(0, len(line), 64):
        events += bank.run(line[at : at + 64].tobytes())
    return bank, events


def spans(events: list[LevelEvent], end: int) -> list[tuple[int, int]]:
    """Where voice began and ended, in samples; what still sounds ends at ``end``."""
    voice = [e for e in events if e.kind == VOICE]
    done = [(e.sample, e.sample + e.duration) for e in voice if not e.active]
    return [*done, (voice[-1].sample, end)] if voice and voice[-1].active else done
