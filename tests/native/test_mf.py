"""MFC-R2 and R1: Q.454's and Q.455's limits, and 10,000 random signals each way with spandsp."""

from __future__ import annotations

import pathlib
import sys

import numpy as np
import pytest

from trunkd.errors import LocalError
from trunkd.native import wrap_tones
from trunkd.native.wrap_tones import (
    BEGIN,
    DIGITS,
    END,
    R1,
    R2_BACKWARD,
    R2_FORWARD,
    MfBank,
    TonePair,
    digits,
    frequencies,
)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import tone_rig as rig

KINDS = {"r2f": R2_FORWARD, "r2b": R2_BACKWARD, "r1": R1}
R2 = (R2_FORWARD, R2_BACKWARD)
BOTH = pytest.mark.parametrize("kind", R2, ids=["forward", "backward"])


def signal(
    hz: tuple[float, ...], level: float, ms: float, twist: float = 0, before: int = 800
) -> bytes:
    """Two frequencies (the second may be 0 Hz: silent) between silences."""
    sound = bytearray(2 * round(ms * 8))
    low, high = level - twist / 2, level + twist / 2
    levels = (low, high) if hz[0] < hz[1] or not hz[1] else (high, low)
    TonePair(hz, (levels[0], levels[1] if hz[1] else -100)).add(sound)
    return bytes(2 * before) + bytes(sound) + bytes(3200)


def heard(kind: int, samples: bytes) -> str:
    return "".join(e.digit for e in MfBank(1, kind).process(samples) if e.phase == BEGIN)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_signal(kind: int) -> None:
    for level in (-5, -11.5, -20, -35):
        assert (
            heard(kind, digits(kind, DIGITS[kind], level_dbm0=level) + bytes(800)) == (DIGITS[kind])
        ), level


@BOTH
@pytest.mark.parametrize("error", [(10, 10), (-10, -10), (10, -10), (-10, 10)])
def test_10_hz_off_and_7_db_apart_are_accepted(kind: int, error: tuple[int, int]) -> None:
    for digit in DIGITS[kind]:
        hz = [f + e for f, e in zip(frequencies(kind, digit), error, strict=True)]
        for twist in (7, 0, -7):
            for level in (-8.5, -31.5):
                assert heard(kind, signal(tuple(hz), level, 80, twist)) == digit, (hz, twist)


@BOTH
def test_not_recognised(kind: int) -> None:
    """Too weak, too short, one frequency alone, too far apart, off frequency, three at once."""
    for digit in DIGITS[kind]:
        hz = frequencies(kind, digit)
        assert heard(kind, signal(hz, -42, 200)) == ""
        assert heard(kind, signal(hz, -15, 200, 20)) == ""
        for before in (800, 812, 825):
            assert heard(kind, signal(hz, -5, 7, 0, before)) == ""
        for f in hz:
            assert heard(kind, signal((f, 0), -5, 200)) == ""
        assert heard(kind, signal((hz[0] + 30, hz[1] + 30), -10, 200)) == ""
        third = next(f for f in frequencies(kind, "F") + frequencies(kind, "1") if f not in hz)
        mixed = np.frombuffer(signal(hz, -10, 200), np.int16).astype(int)
        mixed += np.frombuffer(signal((third, 0), -10, 200), np.int16)
        assert heard(kind, mixed.astype(np.int16).tobytes()) == ""


@BOTH
def test_operate_and_release_within_80_ms(kind: int) -> None:
    """Q.455: the sum, at the weakest level, the greatest difference and 10 Hz off, is below 80."""
    worst = 0.0
    for digit in DIGITS[kind]:
        hz = [f + 10 for f in frequencies(kind, digit)]
        for level, twist in ((-5, 0), (-31.5, 7), (-31.5, -7)):
            samples = signal(tuple(hz), level, 100, twist)
            bank, times = MfBank(1, kind), {}
            for at in range(0, len(samples), 16):
                for event in bank.process(samples[at : at + 16]):
                    times[event.phase] = (at + 16) / 16
            worst = max(worst, times[BEGIN] - 100 + times[END] - 200)
    assert worst <= 60


@BOTH
def test_interruption_of_7_ms_does_not_release(kind: int) -> None:
    for digit in DIGITS[kind]:
        half = digits(kind, digit, level_dbm0=-20, on=0.08, off=0)
        assert heard(kind, half + bytes(2 * 7 * 8) + half + bytes(800)) == digit


def sine(hz: float, level: float, samples: int) -> np.ndarray:
    out = bytearray(2 * samples)
    TonePair((hz, 0), (level, -100)).add(out)
    return np.frombuffer(bytes(out), np.int16).astype(int)


@BOTH
def test_a_disturbing_tone_20_db_down_does_no_harm(kind: int) -> None:
    """Anywhere in the band, with signals at Q.455's limits of level, difference and frequency."""
    rng = np.random.default_rng(21)
    for _ in range(200):
        digit = str(rng.choice(list(DIGITS[kind])))
        hz = [f + e for f, e in zip(frequencies(kind, digit), rng.uniform(-10, 10, 2), strict=True)]
        level, twist = rng.uniform(-28, -8.5), rng.uniform(-7, 7)
        samples = np.frombuffer(signal(tuple(hz), level, 120, twist), np.int16).astype(int)
        samples += sine(rng.uniform(300, 3400), level + abs(twist) / 2 - 20, len(samples))
        assert heard(kind, samples.astype(np.int16).tobytes()) == digit, (hz, level, twist)


@BOTH
def test_pairs_of_the_other_direction(kind: int) -> None:
    """Two tones outside the set's own band are no signal; an own signal's echo hides none."""
    rng = np.random.default_rng(22)
    other = R2_BACKWARD if kind == R2_FORWARD else R2_FORWARD
    bands = ((330, 1150), (2130, 3400)) if kind == R2_FORWARD else ((1300, 3400),)
    for _ in range(200):
        hz = tuple(rng.uniform(*bands[rng.integers(len(bands))]) for _ in range(2))
        assert heard(kind, signal(hz, rng.uniform(-30, -5), 200)) == "", hz
    for digit in DIGITS[kind]:
        echo = signal(frequencies(other, str(rng.choice(list(DIGITS[other])))), -17.5, 120)
        both = np.frombuffer(signal(frequencies(kind, digit), -11.5, 120), np.int16).astype(int)
        both += np.frombuffer(echo, np.int16)
        assert heard(kind, both.astype(np.int16).tobytes()) == digit


@BOTH
def test_level_twist_and_times(kind: int) -> None:
    sound = digits(kind, "4", level_dbm0=-18, twist_db=4, on=0.15)
    _, end = MfBank(1, kind).process(bytes(1600) + sound + bytes(800))
    assert end.level_dbm0 == pytest.approx(-18, abs=0.5)
    assert end.twist_db == pytest.approx(4, abs=0.7)
    assert abs(end.start - 800) <= 4 * 8
    assert abs(end.duration - 1200) <= 8 * 8


def test_noise() -> None:
    rng = np.random.default_rng(2)
    for kind in KINDS.values():
        sent = "".join(rng.choice(list(DIGITS[kind]), 200))
        sound = np.frombuffer(digits(kind, sent, level_dbm0=-10), np.int16)
        noisy = sound + rng.normal(0, rig.PEAK / 2**0.5 * 10 ** (-22 / 20), len(sound))
        assert heard(kind, noisy.astype(np.int16).tobytes() + bytes(800)) == sent
        noise = rng.normal(0, 3000, 8000 * 60).astype(np.int16)
        assert heard(kind, noise.tobytes()) == ""


@pytest.mark.parametrize("name", ["r2f", "r2b"])
def test_spandsp_hears_5000_random_signals_of_ours(name: str) -> None:
    rng = np.random.default_rng(11)
    kind, rows, sent = KINDS[name], [], []
    for _ in range(250):
        text = "".join(rng.choice(list(DIGITS[kind]), 20))
        level, twist = rng.uniform(-30, -6), rng.uniform(-3, 3)
        sound = digits(kind, text, level_dbm0=level, twist_db=twist, on=0.06, off=0.06)
        rows.append(np.frombuffer(sound, np.int16))
        sent.append(text)
    signals = np.stack(rows)
    assert rig.spandsp_hears(name, signals) == sent
    assert rig.we_hear(MfBank(250, kind), np.pad(signals, ((0, 0), (0, 400)))) == sent


@pytest.mark.parametrize("name", ["r2f", "r2b"])
def test_we_hear_5000_random_signals_of_spandsp(name: str) -> None:
    rng = np.random.default_rng(12)
    sent = "".join(rng.choice(list(DIGITS[KINDS[name]]), 5000))
    signals = rig.spandsp_sends(name, sent, 440, 440)
    assert rig.we_hear(MfBank(1, KINDS[name]), signals.reshape(1, -1)) == [sent]


def test_r1_both_ways_with_spandsp() -> None:
    """spandsp writes KP as *, ST as #."""
    theirs = str.maketrans("KS", "*#")
    rng = np.random.default_rng(13)
    for level in (-7, -20):
        sent = "K" + "".join(rng.choice(list("0123456789"), 200)) + "S"
        sound = digits(R1, sent[0], level_dbm0=level, on=0.1, off=0.068)
        sound += digits(R1, sent[1:], level_dbm0=level, on=0.068, off=0.068)
        samples = np.pad(np.frombuffer(sound, np.int16), (0, 1600)).reshape(1, -1)
        assert rig.spandsp_hears("r1", samples) == [sent.translate(theirs)]
        assert rig.we_hear(MfBank(1, R1), samples) == [sent]
    sound = rig.spandsp_sends("r1", sent.translate(theirs))
    assert rig.we_hear(MfBank(1, R1), np.pad(sound, (0, 1600)).reshape(1, -1)) == [sent]


def test_vector_and_plain_give_the_same_events() -> None:
    rng = np.random.default_rng(5)
    for kind in KINDS.values():
        rows = []
        for _ in range(21):
            text = "".join(rng.choice(list(DIGITS[kind]), 30))
            sound = np.frombuffer(digits(kind, text, level_dbm0=rng.uniform(-40, 0)), np.int16)
            rows.append(sound + rng.normal(0, rng.uniform(1, 1500), len(sound)))
        frames = np.ascontiguousarray(np.clip(np.stack(rows), -32768, 32767).T.astype(np.int16))
        vector, plain, avx2 = (MfBank(21, kind, plain=limit) for limit in (0, 1, 2))
        at = count = 0
        while at < len(frames):
            n = int(rng.integers(1, 500))
            block = frames[at : at + n].tobytes()
            found = vector.process(block)
            assert found == plain.process(block) == avx2.process(block)
            count += len(found)
            at += n
        assert count > 300


def test_frequencies_are_those_of_the_recommendations() -> None:
    assert frequencies(R2_FORWARD, "1") == (1380, 1500)
    assert frequencies(R2_FORWARD, "0") == (1740, 1860)
    assert frequencies(R2_FORWARD, "F") == (1860, 1980)
    assert frequencies(R2_BACKWARD, "1") == (1140, 1020)
    assert frequencies(R2_BACKWARD, "6") == (900, 780)
    assert frequencies(R1, "K") == (1100, 1700)
    assert frequencies(R1, "S") == (1500, 1700)
    assert frequencies(R1, "0") == (1300, 1500)
    assert frequencies(wrap_tones.DTMF, "#") == (941, 1477)


def test_wrong_use_names_the_remedy() -> None:
    with pytest.raises(LocalError, match="R2_FORWARD, R2_BACKWARD or R1"):
        MfBank(1, wrap_tones.DTMF)
    with pytest.raises(LocalError, match="1 to 65536"):
        MfBank(70000, R1)
    with pytest.raises(LocalError, match="0 to 4000"):
        TonePair((5000, 100), (0, 0))
