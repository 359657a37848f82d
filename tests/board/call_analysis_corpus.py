"""A labelled corpus of outbound calls, the same each time: speech by espeak-ng and from prompts.

Calls come through A-law, at -10 to -35 dBm0, over line noise of -60 to -45 dBm0, rung before they
are answered. The halves ``train`` and ``test`` share neither texts nor voices. Not people on the
telephone: how a person answers (delay, length, waiting for the caller) is drawn at random here.
"""

from __future__ import annotations

import functools
import math
import pathlib
import subprocess
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import soundfile
from call_analysis_texts import (
    MACHINE,
    PERSON,
    RECORDED,
    RECORDED_ANSWERS,
    RECORDED_GREETINGS,
    VOICES,
)
from scipy.signal import resample_poly

from trunkd.board.progress_tones import cadence
from trunkd.native import wrap
from trunkd.native.wrap_progress import CadenceGenerator, CadenceStep

Wave = npt.NDArray[np.float64]

RATE = 8000
PEAK = 22827.0
"""Of a sine at 0 dBm0."""
SOUNDS = pathlib.Path("/usr/share/asterisk/sounds")
COUNTRY_CODES = ("us", "de", "gb", "fr", "cn", "es", "it", "ru", "jp", "br")
MODEM_SIGNALS = ("ced", "cng", "ans/", "ansam/", "bell")
BEEPS = (440, 500, 620, 700, 800, 850, 950, 1000, 1100, 1200, 1400, 1500, 1750, 2000)


class Call(NamedTuple):
    """A call: what it is and how it sounds to the caller."""

    name: str
    kind: str
    """A value of Verdict."""
    country: str
    samples: npt.NDArray[np.int16]
    answered: int | None
    """Sample at which the network says connected."""
    beep: tuple[int, int, float] | None = None
    """Of a machine: first sample, samples, Hz."""
    greeting: int = 0
    """Samples of the greeting, pauses and all."""


def silence(seconds: float) -> Wave:
    return np.zeros(round(seconds * RATE))


def _trimmed(wave: Wave) -> Wave:
    loud = np.flatnonzero(np.abs(wave) > 0.02 * np.max(np.abs(wave), initial=0.0))
    return wave[loud[0] : loud[-1] + 1] if len(loud) else wave


@functools.cache
def spoken(language: str, variant: str, speed: int, pitch: int, text: str) -> Wave:
    """A sentence by espeak-ng at 8000 Hz. AssertionError names the package that is missing."""
    voice = f"{language}+{variant}"
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", text]
    try:
        done = subprocess.run(command, capture_output=True, check=True, timeout=300)
    except FileNotFoundError as exc:
        raise AssertionError("apt-get install espeak-ng") from exc
    data = np.frombuffer(done.stdout[44:], np.int16).astype(np.float64)
    return _trimmed(resample_poly(data, 160, 441))


@functools.cache
def recorded(speaker: str, name: str) -> Wave:
    """A prompt. AssertionError names the package that is missing."""
    path = SOUNDS / speaker / f"{name}.wav"
    assert path.exists(), f"apt-get install asterisk-core-sounds-{speaker[:2]}-wav ({path})"
    data, rate = soundfile.read(path, dtype="int16")
    assert rate == RATE
    return _trimmed(data.astype(np.float64))


def steps(country: str, tone: str, seconds: float, level: float | None = None) -> Wave:
    """A country's tone, its loudest step at ``level``."""
    made = cadence(country, tone)
    shaped = [CadenceStep(*step) for step in made.steps]
    if level is not None:
        more = level - max(step.level for step in shaped if step.frequencies)
        shaped = [step._replace(level=step.level + more) for step in shaped]
    samples = CadenceGenerator(shaped, made.repeat_from).run(round(seconds * RATE))
    return np.array(samples, np.float64)


def sine(hz: float, seconds: float, level: float) -> Wave:
    """With 5 ms of rise and fall."""
    n = round(seconds * RATE)
    edge = np.minimum(1.0, np.minimum(np.arange(n), np.arange(n)[::-1]) / 40)
    wave: Wave = PEAK * 10 ** (level / 20) * np.sin(2 * np.pi * hz * np.arange(n) / RATE) * edge
    return wave


def levelled(wave: Wave, dbm0: float) -> Wave:
    """Speech whose louder half has this level."""
    power = np.square(wave[: len(wave) // 160 * 160]).reshape(-1, 160).mean(axis=1)
    loud = power[power > 0.05 * power.max(initial=1.0)].mean() if len(power) else 1.0
    return wave * (PEAK * 10 ** (dbm0 / 20) / math.sqrt(2 * max(loud, 1e-9)))


def finish(wave: Wave, rng: np.random.Generator, noise: float) -> npt.NDArray[np.int16]:
    """Line noise, and through A-law."""
    noisy = wave + rng.normal(0, PEAK * 10 ** (noise / 20) / math.sqrt(2), len(wave))
    samples = np.clip(np.rint(noisy), -32768, 32767).astype(np.int16)
    coded = wrap.alaw_decode(wrap.alaw_encode(samples.tobytes()))
    return np.frombuffer(coded, np.int16)


class _Line(NamedTuple):
    """What a call comes over."""

    country: str
    level: float
    noise: float
    ring: Wave


def _line(rng: np.random.Generator) -> _Line:
    country = str(rng.choice(COUNTRY_CODES))
    level = float(rng.uniform(-35, -10))
    noise = float(rng.uniform(-60, max(-59.0, min(-45.0, level - 18))))
    ring = steps(country, "ringback", float(rng.uniform(0.4, 9)), float(rng.uniform(-24, -10)))
    return _Line(country, level, noise, np.concatenate([silence(0.5), ring]))


def _delay(rng: np.random.Generator) -> float:
    """Seconds from answer to voice: alike for person and machine, so that it tells nothing."""
    return 0.05 + float(rng.gamma(2.0, 0.25))


def _voice(half: str, rng: np.random.Generator) -> tuple[str, int, int]:
    return (
        str(rng.choice(VOICES[half])),
        int(rng.integers(140, 200)),
        int(rng.integers(35, 66)),
    )


def _is_there(speaker: str, row: tuple[str, ...]) -> bool:
    """Not every prompt is spoken in every language."""
    return all((SOUNDS / speaker / f"{name}.wav").exists() for name in row)


def _parts(half: str, rng: np.random.Generator, kind: str) -> list[Wave]:
    """The sentences of one answer, by a synthetic or a real voice."""
    if rng.uniform() < 0.35:
        speaker = str(rng.choice(RECORDED[half]))
        table = RECORDED_ANSWERS if kind == "person" else RECORDED_GREETINGS
        table = tuple(row for row in table if _is_there(speaker, row))
        row = table[int(rng.integers(len(table)))]
        return [recorded(speaker, name) for name in row]
    texts = (PERSON if kind == "person" else MACHINE)[half]
    language, sentences = texts[int(rng.integers(len(texts)))]
    voice = _voice(half, rng)
    return [spoken(language, *voice, text) for text in sentences]


def _joined(parts: list[Wave], rng: np.random.Generator, least: float, most: float) -> Wave:
    waves: list[Wave] = []
    for part in parts:
        waves += [part, silence(float(rng.uniform(least, most)))]
    return np.concatenate(waves[:-1])


def person(half: str, seed: int) -> Call:
    """Answers at once or after a second, waits for the caller, and may ask again."""
    rng = np.random.default_rng((seed, 1, half == "test"))
    line = _line(rng)
    parts = _parts(half, rng, "person")
    speech = _joined(parts, rng, 0.05, 0.35)
    delay = _delay(rng)
    waves = [silence(delay), levelled(speech, line.level)]
    if rng.uniform() < 0.3:
        waves += [silence(float(rng.uniform(1.5, 3.0))), levelled(parts[0], line.level)]
    body = np.concatenate([*waves, silence(4.0)])
    samples = finish(np.concatenate([line.ring, body]), rng, line.noise)
    name = f"person {seed}"
    return Call(name, "person", line.country, samples, len(line.ring), None, len(speech))


def machine(half: str, seed: int) -> Call:
    """A greeting, a beep after it in most cases, and the recording's silence."""
    rng = np.random.default_rng((seed, 2, half == "test"))
    line = _line(rng)
    speech = _joined(_parts(half, rng, "machine"), rng, 0.15, 0.75)[: 20 * RATE]
    delay = _delay(rng)
    waves = [silence(delay), levelled(speech, line.level)]
    beep: tuple[int, int, float] | None = None
    if rng.uniform() < 0.8:
        gap, length = float(rng.uniform(0.1, 1.5)), float(rng.uniform(0.15, 1.2))
        hz = float(rng.choice(BEEPS)) * float(rng.uniform(0.98, 1.02))
        level = min(-5.0, line.level + float(rng.uniform(-5, 5)))
        start = len(line.ring) + round(delay * RATE) + len(speech) + round(gap * RATE)
        beep = (start, round(length * RATE), hz)
        waves += [silence(gap), sine(hz, length, level)]
    body = np.concatenate([*waves, silence(4.5)])
    samples = finish(np.concatenate([line.ring, body]), rng, line.noise)
    name = f"machine {seed}"
    return Call(name, "machine", line.country, samples, len(line.ring), beep, len(speech))


def read_aloud(speaker: str, names: list[str], gap: float = 0.4) -> Call:
    """Prompts one after the other, as a machine without end."""
    rng = np.random.default_rng(9)
    parts = [levelled(recorded(speaker, name), float(rng.uniform(-28, -12))) for name in names]
    speech = _joined(parts, rng, gap / 2, gap)
    samples = finish(np.concatenate([silence(0.5), speech, silence(1.0)]), rng, -58.0)
    return Call(speaker, "machine", "us", samples, 0, None, len(speech))
