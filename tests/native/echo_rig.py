"""Signals, echo paths and meters for the echo canceller's tests: ITU-T G.168 and real speech.

A Bench is a canceller with one channel for each echo path D.2 to D.9 at each receive level, so that
a test runs all of them at once. Signals are arrays of samples x channels; levels are in dBm0. What
goes to the line and what comes from it is A-law, as on a trunk.
"""

from __future__ import annotations

import itertools
import pathlib

import echo_g168 as g168
import numpy as np
import soundfile
from scipy.signal import fftconvolve, lfilter, resample_poly

from trunkd.native.wrap_echo import EchoCanceller

RATE = 8000
ZERO = 260.54e6
"""The mean square of a sample at 0 dBm0."""
NAMES = tuple(g168.PATHS)
LEVELS = (-30.0, -20.0, -10.0, 0.0)
SPEECH = pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison")
IDLE = -120.0
"""Noise of the line, where a test has none of its own: none."""
FAST = 44100
"""The rate of Annex C's tables."""
SPECTRUM = (
    (0, -60), (49, -60), (50, -25.8), (100, -12.8), (200, 17.4), (215, 17.8), (500, 12.2),
    (1000, 7.2), (2850, 0), (3600, -2), (3660, -20), (3680, -30), (3700, -60), (22050, -60),
)  # fmt: skip
"""Of the noise part of the composite source signals (Figure C.2): Hz, dB."""
SPECTRUM_HZ, SPECTRUM_DB = np.array(SPECTRUM, float).T


# ---- levels ----


def db(power: np.ndarray | float) -> np.ndarray:
    return 10 * np.log10(np.maximum(power, 1e-9))


def dbm0(x: np.ndarray) -> np.ndarray:
    """The level of each channel."""
    return db(np.mean(np.square(x.astype(float)), axis=0) / ZERO)


def amplitude(level: float) -> float:
    """The effective value of a signal at a level."""
    return float(np.sqrt(ZERO) * 10 ** (level / 20))


def meter(x: np.ndarray) -> np.ndarray:
    """The level at every sample by the meter of 6.4.1.2.1: band-pass, then 35 ms."""
    band = fftconvolve(x.astype(float), np.array(g168.METER)[:, None], axes=0)[: len(x)]
    keep = np.exp(-1 / (0.035 * RATE))
    return db(lfilter([1 - keep], [1, -keep], band**2, axis=0) / ZERO)


def alaw(x: np.ndarray) -> np.ndarray:
    """Through an A-law coder and decoder (G.711)."""
    whole = np.clip(np.rint(x), -32768, 32767).astype(np.int64)
    size = np.where(whole >= 0, whole, -whole - 1) >> 4
    segment = np.where(size >= 32, np.log2(np.maximum(size, 1)).astype(int) - 3, size >= 16)
    step = 1 << np.maximum(segment - 1, 0)
    return (np.where(whole >= 0, 1, -1) * (size // step * step * 16 + step * 8)).astype(np.int16)


# ---- signals ----


def css(kind: str, seconds: float, seed: int = 0) -> np.ndarray:
    """A composite source signal of Annex C at 0 dBm0 while it is active.

    ``single``: 48.62 ms voiced, 200 ms noise, 101.38 ms pause; ``double``: 72.69, 200, 127.31 ms.
    Every second period is inverted.
    """
    rng = np.random.default_rng(100 + seed)
    points = 8192
    shape = 10 ** (
        np.interp(np.arange(points // 2 + 1) * FAST / points, SPECTRUM_HZ, SPECTRUM_DB) / 20
    )
    if kind == "single":
        voiced, pause = np.tile(g168.C1, 16).astype(float), 4471
        spectrum = 1j * rng.choice([-1, 1], points // 2 + 1) * shape
    else:
        voiced, pause = np.tile(g168.C3, 14).astype(float), 5614
        spectrum = np.fft.rfft(rng.normal(0, 1, points)) * shape
    noise = np.fft.irfft(spectrum)
    noise *= np.sqrt(np.mean(voiced**2) / np.mean(noise**2))
    period = np.concatenate([voiced, noise, noise[: 8820 - points], np.zeros(pause)])
    periods = int(seconds * FAST / len(period)) + 3
    long = np.concatenate([period * (1 - 2 * (i % 2)) for i in range(periods)])
    x = resample_poly(long, 80, 441)[: int(seconds * RATE)]
    active = 1 - pause / len(period)
    return x * np.sqrt(ZERO * active / np.mean(x**2))


def hoth(count: int, seed: int) -> np.ndarray:
    """Room noise (falling 5 dB an octave, nearly) at 0 dBm0."""
    x = lfilter([0.375], [1, -0.625], np.random.default_rng(seed).normal(0, 1, count))
    return x * np.sqrt(ZERO / np.mean(x**2))


def white(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, np.sqrt(ZERO), count)


def tone(hz: float, seconds: float, phase: float = 0) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    return np.sqrt(2 * ZERO) * np.sin(2 * np.pi * hz * t + phase) * (hz > 0)


def answer_tone(seconds: float, hz: float = 2100, turn: float = 180, every: float = 0.45):
    """V.25: the phase turns by so many degrees each 450 ms. At 0 dBm0."""
    t = np.arange(int(seconds * RATE)) / RATE
    phase = np.radians(turn) * np.floor(t / every)
    return np.sqrt(2 * ZERO) * np.sin(2 * np.pi * hz * t + phase)


def v21(bits: str, low: bool) -> np.ndarray:
    """300 bit/s: channel 1 (low) 980 and 1180 Hz, or channel 2 1650 and 1850 Hz. At 0 dBm0."""
    mark, space = (980, 1180) if low else (1650, 1850)
    at = np.arange(int(len(bits) * RATE / 300)) * 300 // RATE
    hz = np.where(np.frombuffer(bits.encode(), np.uint8)[at] == ord("1"), mark, space)
    return np.sqrt(2 * ZERO) * np.sin(2 * np.pi * np.cumsum(hz) / RATE)


def speech(seconds: float, seed: int) -> np.ndarray:
    """Prompts in a random order, at 0 dBm0 while somebody speaks (frames within 40 dB of the peak).

    AssertionError names the package missing.
    """
    files = sorted(SPEECH.glob("*.wav"))
    assert files, "apt-get install asterisk-core-sounds-en-wav"
    rng, parts, have = np.random.default_rng(seed), [], 0
    while have < seconds * RATE:
        x, rate = soundfile.read(files[rng.integers(len(files))], dtype="int16")
        if rate == RATE and len(x) >= RATE:
            parts.append(x.astype(float))
            have += len(x)
    x = np.concatenate(parts)[: int(seconds * RATE)]
    power = np.mean(x[: len(x) // 160 * 160].reshape(-1, 160) ** 2, axis=1)
    return x * np.sqrt(ZERO / np.mean(power[power > np.max(power) * 1e-4]))


# ---- benches ----


def path(name: str, erl: float, delay_ms: float) -> np.ndarray:
    """An echo path of Annex D with an echo return loss, after a pure delay."""
    response = np.array(g168.PATHS[name]) * g168.GAINS[name] * 10 ** (-erl / 20)
    return np.concatenate([np.zeros(int(delay_ms * RATE / 1000)), response])


class Bench:
    """Cancellers on all paths at all levels; a channel is level-major: level * 8 + path."""

    def __init__(
        self,
        options: int,
        tail_ms: int = 64,
        delay_ms: float = 25,
        erl: float = 6,
        levels: tuple[float, ...] = LEVELS,
        plain: bool = False,
    ) -> None:
        self.levels = np.repeat(levels, len(NAMES))
        self.channels = len(self.levels)
        self.echo = EchoCanceller(self.channels, tail_ms, plain)
        self.options(options)
        self.rng = np.random.default_rng(7)
        self.before = np.zeros((2048, self.channels))
        self.set_paths(erl, delay_ms)

    def options(self, options: int) -> None:
        for channel in range(self.channels):
            self.echo.select(channel, options)

    def set_paths(self, erl: float, delay_ms: float, shift: int = 0) -> None:
        """Other paths from now on; ``shift`` gives each channel another model."""
        longest = np.zeros((2048, self.channels))
        for channel in range(self.channels):
            response = path(NAMES[(channel + shift) % len(NAMES)], erl, delay_ms)
            longest[: len(response), channel] = response
        self.response = longest

    def run(self, far: np.ndarray, near: np.ndarray | None = None, idle: float = IDLE):
        """Run with a far end (one signal at 0 dBm0, set to each level) and a near end (all).

        Gives what was sent, what came back, and that without echo.
        """
        sent = alaw(far[:, None] * 10 ** (self.levels / 20) if far.ndim == 1 else far)
        line = np.concatenate([self.before, sent.astype(float)])
        self.before = line[-len(self.before) :]
        echo = fftconvolve(line, self.response, axes=0)[2048 : 2048 + len(sent)]
        echo += self.rng.normal(0, amplitude(idle), sent.shape)
        received = alaw(echo if near is None else echo + near)
        cleaned = np.frombuffer(
            self.echo.run(sent.tobytes(), received.tobytes()), np.int16
        ).reshape(sent.shape)
        return sent, received, cleaned

    def near(self, signal: np.ndarray, below: float) -> np.ndarray:
        """A near end so many dB below each receive level; the signal is at 0 dBm0."""
        return signal[:, None] * 10 ** ((self.levels - below) / 20)


# ---- real speech ----


def speech_bench(tail_ms: int, delay_ms: float, options: int, seconds: float, seed: int = 0):
    """Eight voices on the eight paths at -16 dBm0, echo return loss 10 dB: what Bench.run gives."""
    bench = Bench(options, tail_ms, delay_ms, erl=10, levels=(-16.0,))
    far = np.stack([speech(seconds, seed * 8 + c) for c in range(8)], axis=1) * 10 ** (-16 / 20)
    return bench.run(far)


def enhancement(sent, received, cleaned, edges: tuple[float, ...]) -> np.ndarray:
    """Echo return loss enhancement, channels x windows. Time is that in which the far end speaks
    (frames of 20 ms above -40 dBm0), as the acceptance has it: seconds of far-end speech."""
    rows = []
    for channel in range(sent.shape[1]):
        frames = [
            np.mean(x[:, channel].astype(float).reshape(-1, 160) ** 2, axis=1)
            for x in (sent, received, cleaned)
        ]
        active = frames[0] > ZERO * 1e-4
        back, left = frames[1][active], frames[2][active]
        time = np.arange(len(back)) * 0.02
        spans = [(time >= a) & (time < b) for a, b in itertools.pairwise(edges)]
        rows.append([float(db(back[s].mean() / max(left[s].mean(), 1e-3))) for s in spans])
    return np.array(rows)
