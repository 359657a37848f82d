"""Signals for the tone tests, and spandsp beside ours: shared with bench/page_dtmf.py."""

from __future__ import annotations

import difflib
import functools
import os
import pathlib
import subprocess
import tempfile
from typing import NamedTuple

import numpy as np

from trunkd.native import wrap, wrap_tones

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent.parent / "build" / "interop"
SOUNDS = pathlib.Path("/usr/share/asterisk/sounds")
VOICES = (
    "en_US_f_Allison",
    "es_MX_f_Allison",
    "fr_CA_f_June",
    "it_IT_m_Carlo",
    "ru_RU_f_IvrvoiceRU",
)
PEAK = 22827.0
"""The peak of a sine at 0 dBm0."""
KEYS = "123A456B789C*0#D"
LOW, HIGH = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
CHANNELS = 16
DIGITS_EACH = 10
LEAD = 3200
"""Samples before the first digit: a dial tone is there before somebody dials."""


def spandsp_program() -> str:
    """The referee, compiled when its source changed. AssertionError names the package missing."""
    source, program = HERE / "tone_spandsp.c", BUILD / "tone_spandsp"
    if program.exists() and program.stat().st_mtime > source.stat().st_mtime:
        return str(program)
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=BUILD, prefix="tone_spandsp", delete=False) as fresh:
        pass
    command = ["gcc", "-std=gnu11", "-O2", "-Wall", "-Wextra", str(source), "-o", fresh.name]
    done = subprocess.run([*command, "-lspandsp"], capture_output=True, text=True, check=False)
    if done.returncode:
        os.unlink(fresh.name)
    assert done.returncode == 0, f"apt-get install gcc libspandsp-dev\n{done.stderr}"
    os.replace(fresh.name, program)
    return str(program)


def spandsp_hears(kind: str, signals: np.ndarray) -> list[str]:
    """Digits in each row of int16 samples; ``kind`` is dtmf, r2f, r2b or r1."""
    done = subprocess.run(
        [spandsp_program(), kind, str(signals.shape[1])],
        input=np.ascontiguousarray(signals, np.int16).tobytes(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return done.stdout.decode().split("\n")[: signals.shape[0]]


def spandsp_sends(kind: str, digits: str, *arguments: int) -> np.ndarray:
    done = subprocess.run(
        [spandsp_program(), f"{kind}-send", *map(str, arguments)],
        input=digits.encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return np.frombuffer(done.stdout, np.int16)


def we_hear(bank, signals: np.ndarray, coding: int = wrap_tones.LINEAR) -> list[str]:
    """Digits in each row of samples, by a bank of as many channels."""
    heard = [""] * signals.shape[0]
    frames = np.ascontiguousarray(signals.T)
    for at in range(0, len(frames), 2000):
        for event in bank.process(frames[at : at + 2000].tobytes(), coding):
            if event.phase == wrap_tones.BEGIN:
                heard[event.channel] += event.digit
    assert bank.lost == 0
    return heard


class Dtmf(NamedTuple):
    """How digits are sent; the defaults are an ordinary telephone."""

    level: float = -10
    twist: float = 0
    low_error: float = 0
    high_error: float = 0
    on: float = 0.05
    off: float = 0.05
    snr: float | None = None
    dial_tone: float | None = None
    law: str = ""
    erl: float | None = None
    """Own prompts at -15 dBm0 come back through a hybrid, weaker by so many dB."""
    echo_ms: float | None = None
    """The digits' own echo, 10 dB below them and so much later (Q.24, AT&T)."""


def dtmf(texts: list[str], how: Dtmf, seed: int = 1) -> np.ndarray:
    """Rows of int16 samples, one a text, of equal lengths."""
    rng = np.random.default_rng(seed)
    on, off = round(how.on * 8000), round(how.off * 8000)
    t = np.arange(on) / 8000
    low_peak = PEAK * 10 ** ((how.level - how.twist / 2) / 20)
    high_peak = PEAK * 10 ** ((how.level + how.twist / 2) / 20)
    rows = []
    for text in texts:
        parts = [np.zeros(LEAD + rng.integers(0, 160))]
        for key in text:
            at = KEYS.index(key)
            low = LOW[at // 4] * (1 + how.low_error) * t + rng.uniform()
            high = HIGH[at % 4] * (1 + how.high_error) * t + rng.uniform()
            tones = low_peak * np.sin(2 * np.pi * low) + high_peak * np.sin(2 * np.pi * high)
            parts += [tones, np.zeros(off)]
        rows.append(np.concatenate(parts))
    length = max(map(len, rows)) + 800
    signals = np.stack([np.pad(row, (0, length - len(row))) for row in rows])
    if how.snr is not None:
        power = (low_peak**2 + high_peak**2) / 2
        signals += rng.normal(0, np.sqrt(power / 10 ** (how.snr / 10)), signals.shape)
    if how.dial_tone is not None:
        for hz in (350, 440):
            wave = np.sin(2 * np.pi * hz * np.arange(length) / 8000)
            signals += PEAK * 10 ** (how.dial_tone / 20) * wave
    if how.echo_ms is not None:
        late = round(how.echo_ms * 8)
        signals[:, late:] += signals[:, :-late] * 10 ** (-10 / 20)
    if how.erl is not None:
        signals += prompts(signals.shape, seed) * 10 ** (-how.erl / 20)
    samples = np.clip(np.rint(signals), -32768, 32767).astype(np.int16)
    return through(samples, how.law)


HYBRID = np.array([0, 0.3, 0.8, 1, -0.6, -0.8, 0.2, 0.5, 0.1, -0.3, -0.2, 0.1, 0.1])
"""The response of an echo path, of which ``erl`` sets the loss; 5 ms away."""


def prompts(shape: tuple[int, int], seed: int) -> np.ndarray:
    """Rows of prompts without a pause, at -15 dBm0, as a hybrid without loss sends them back."""
    whole, _ = speech()
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(shape[0]):
        row = whole[rng.integers(0, len(whole))].astype(float)
        frames = row[: len(row) // 160 * 160].reshape(-1, 160)
        power = np.mean(frames**2, axis=1)
        spoken = frames[power > PEAK**2 / 2 * 10 ** (-35 / 10)].ravel()
        at = rng.integers(0, len(spoken) - shape[1])
        echo = np.convolve(spoken[at : at + shape[1]], HYBRID)
        echo = np.concatenate([np.zeros(40), echo])[: shape[1]]
        rows.append(echo * PEAK / 2**0.5 * 10 ** (-15 / 20) / np.sqrt(np.mean(echo**2)))
    return np.stack(rows)


def through(samples: np.ndarray, law: str) -> np.ndarray:
    """Coded by ``alaw`` or ``ulaw`` and decoded again; ``""`` leaves them."""
    if not law:
        return samples
    octets = getattr(wrap, f"{law}_encode")(samples.tobytes())
    decoded = getattr(wrap, f"{law}_decode")(octets)
    return np.frombuffer(decoded, np.int16).reshape(samples.shape)


def texts(seed: int = 1) -> list[str]:
    """All 16 digits, and neighbours that are the same, in CHANNELS rows."""
    rng = np.random.default_rng(seed)
    return [
        "".join(rng.permutation(list(KEYS))[:DIGITS_EACH]) if n % 2 else KEYS[n] * DIGITS_EACH
        for n in range(CHANNELS)
    ]


def score(sent: list[str], heard: list[str]) -> tuple[float, int]:
    """Per cent of the digits sent that were heard in their order, and how many more there were."""
    good = extra = 0
    for text, got in zip(sent, heard, strict=True):
        match = difflib.SequenceMatcher(None, text, got, autojunk=False)
        same = sum(block.size for block in match.get_matching_blocks())
        good += same
        extra += len(got) - same
    return 100 * good / sum(map(len, sent)), extra


def both(how: Dtmf, seed: int = 1) -> tuple[tuple[float, int], tuple[float, int]]:
    """Scores of ours and of spandsp on the same signals."""
    sent = texts(seed)
    signals = dtmf(sent, how, seed)
    ours = we_hear(wrap_tones.DtmfBank(CHANNELS), signals)
    return score(sent, ours), score(sent, spandsp_hears("dtmf", signals))


def ours(how: Dtmf, seed: int = 1) -> tuple[float, int]:
    sent = texts(seed)
    return score(sent, we_hear(wrap_tones.DtmfBank(CHANNELS), dtmf(sent, how, seed)))


@functools.cache
def speech() -> tuple[np.ndarray, int]:
    """All packaged prompts one after the other in 64 rows, and the number of files."""
    import soundfile

    parts, files = [], 0
    for voice in VOICES:
        found = sorted((SOUNDS / voice).rglob("*.wav"))
        assert found, f"apt-get install asterisk-core-sounds-{voice[:2]}-wav"
        for path in found:
            samples, rate = soundfile.read(path, dtype="int16")
            assert rate == 8000, path
            parts += [samples, np.zeros(400, np.int16)]
            files += 1
    whole = np.concatenate(parts)
    columns = len(whole) // 64
    return whole[: columns * 64].reshape(64, columns), files
