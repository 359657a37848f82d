"""Gain, AGC, gate and limiter of a channel; the limiter of a conference."""

from __future__ import annotations

import ctypes
import pathlib
import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trunkd.errors import LocalError
from trunkd.native.wrap import ffi, lib
from trunkd.native.wrap_level import LIMIT_KNEE, NOTHING, Condition, Conditioner, mix_limit

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from level_rig import (
    RATE,
    VOICES,
    active_level,
    at_level,
    dbm0,
    int16,
    noise,
    sounds,
    speech,
    tone,
)

ALL = Condition(gain=3, agc=True, gate=True, limit=True)


def conditioned(samples: np.ndarray, condition: Condition, block: int = 64) -> np.ndarray:
    line, conditioner = int16(samples), Conditioner(condition)
    for at in range(0, len(line), block):
        conditioner.run(line[at : at + block])
    return line.astype(float)


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(0, 3000), stride=st.integers(1, 40))
@settings(deadline=None, max_examples=30)
def test_neutral_passes_bit_for_bit(seed: int, n: int, stride: int) -> None:
    line = np.random.default_rng(seed).integers(-32768, 32768, n * stride).astype(np.int16)
    after = line.copy()
    Conditioner(Condition()).run(after, stride)
    assert (after == line).all()


@given(
    seed=st.integers(0, 2**32 - 1),
    cuts=st.lists(st.integers(1, 500), min_size=1, max_size=6),
    stride=st.integers(1, 33),
)
@settings(deadline=None, max_examples=30)
def test_calls_and_strides(seed: int, cuts: list[int], stride: int) -> None:
    """Any cut into calls gives the same, and nothing but the channel's samples is touched."""
    rng = np.random.default_rng(seed)
    line = int16(rng.normal(0, 1, 6000) * np.repeat(10 ** rng.uniform(0, 4.5, 10), 600))
    whole = line.copy()
    Conditioner(ALL).run(whole)
    frames = rng.integers(-32768, 32767, (6000, stride)).astype(np.int16)
    frames[:, 0] = line
    others = frames[:, 1:].copy()
    conditioner, at, n = Conditioner(ALL), 0, 0
    while at < 6000:
        part = frames[at : at + cuts[n % len(cuts)]]
        conditioner.run(part.reshape(-1), stride)
        at, n = at + len(part), n + 1
    assert (frames[:, 0] == whole).all()
    assert (frames[:, 1:] == others).all()


def test_plain_c_gives_the_same(tmp_path: pathlib.Path) -> None:
    """The source as other processors get it, without vectors, and this machine's."""
    native = pathlib.Path(__file__).resolve().parent.parent.parent / "native"
    library = tmp_path / "plain.so"
    sources = [native / "src" / "condition.c", *sorted((native / "src").glob("tone*.c"))]
    include = [f"-I{native / 'include'}", f"-I{native / 'src'}"]
    flags = ["-std=c11", "-O1", "-shared", "-fPIC", "-DTD_PLAIN_C"]
    subprocess.run(["gcc", *flags, *include, *map(str, sources), "-lm", "-o", library], check=True)
    plain = ctypes.CDLL(str(library))
    rng = np.random.default_rng(8)
    line = int16(rng.normal(0, 1, 60000) * np.repeat(10 ** rng.uniform(0, 4.5, 50), 1200))
    assert lib.TD_CONDITION_AGC | lib.TD_CONDITION_GATE | lib.TD_CONDITION_LIMIT == 7
    for options in range(8):
        config = bytes(ffi.buffer(ffi.new("td_condition_config *", (options, 650))))
        state = ctypes.create_string_buffer(lib.td_condition_size())
        assert plain.td_condition_init(state, config) == 0
        one = ctypes.create_string_buffer(line.tobytes())
        plain.td_condition_run(state, one, len(line), 1)
        mine = Condition(6.5, bool(options & 1), bool(options & 2), bool(options & 4))
        two = line.copy()
        Conditioner(mine).run(two)
        assert one.raw[:-1] == two.tobytes()


@pytest.mark.parametrize("gain", [-40, -6, 0.5, 20, 40])
def test_gain(gain: float) -> None:
    level = -20 if gain < 10 else -50
    line = tone(1000, level, 1)
    after = conditioned(line, Condition(gain=gain))
    assert dbm0(after) == pytest.approx(level + gain, abs=0.1 if level + gain > -45 else 0.3)
    exact = np.rint(int16(line) * np.float64(np.float32(10 ** (gain / 20))))
    assert np.abs(after - exact).max() <= 1


def test_gain_without_a_click() -> None:
    """A change is over after 12 ms, and no step is larger than that of the louder sine."""
    line = int16(tone(400, -20, 1))
    conditioner = Conditioner(Condition())
    conditioner.run(line[:4000])
    conditioner.set(Condition(gain=12))
    conditioner.run(line[4000:6000])
    conditioner.set(Condition())
    conditioner.run(line[6000:])
    plain = tone(400, -20, 1)
    louder = 10 ** (12 / 20)
    assert np.abs(np.diff(line.astype(float))).max() <= np.abs(np.diff(plain)).max() * louder + 2
    assert dbm0(line[4096:5900]) == pytest.approx(-8, abs=0.1)
    assert (line[6096:] == int16(plain)[6096:]).all()
    assert (line[:4000] == int16(plain)[:4000]).all()


def test_too_loud_is_held() -> None:
    square = np.tile(np.repeat([30000.0, -30000.0], 8), 100)
    after = conditioned(square, Condition(gain=6))
    assert set(after) == {32767, -32768}
    limited = conditioned(square, Condition(gain=6, limit=True))
    assert np.abs(limited).max() < 32767
    assert np.abs(limited).min() > 30000


def test_limiter_of_a_channel() -> None:
    """Below the knee nothing changes; above it is the conference's curve."""
    line = int16(tone(440, 3, 0.5))
    after = conditioned(line, Condition(limit=True))
    assert (after == np.array(mix_limit(line.astype(np.int32).tobytes()))).all()
    small = np.abs(line.astype(int)) <= LIMIT_KNEE
    assert (after[small] == line[small]).all()
    assert 1000 < small.sum() < 4000


def conversation(voice: str, seed: int, seconds: float) -> np.ndarray:
    """Announcements with pauses of 0.2 to 1.5 s."""
    chosen, parts, length = random.Random(seed), [], 0.0
    files = sounds(voice)
    while length < seconds:
        said = speech(chosen.choice(files))
        if len(said) < RATE:
            continue
        parts += [said, np.zeros(chosen.randrange(1600, 12000))]
        length += (len(parts[-1]) + len(said)) / RATE
    return np.concatenate(parts)


@pytest.mark.parametrize("level", [-35, -25, -15, -5])
@pytest.mark.parametrize("voice", [v for v in VOICES if "es_" not in v])
def test_agc_brings_speech_to_its_target(voice: str, level: int) -> None:
    """After 5 s within 3 dB of -18 dBm0, and not 10 dB too loud before."""
    said = at_level(conversation(voice, 3, 14), level)
    line = said + noise(-65, len(said) / RATE + 1)[: len(said)]
    after = conditioned(line, Condition(agc=True, limit=True))
    assert active_level(after[5 * RATE :]) == pytest.approx(-18, abs=3)
    assert active_level(after[RATE : 5 * RATE]) < -12


@pytest.mark.parametrize(("first", "then"), [(-5, -30), (-30, -5)])
def test_agc_follows_another_speaker(first: int, then: int) -> None:
    one = at_level(conversation(VOICES[0], 1, 8), first)
    two = at_level(conversation(VOICES[3], 2, 12), then)
    after = conditioned(np.concatenate([one, two]), Condition(agc=True, limit=True))
    assert active_level(after[len(one) + 4 * RATE :]) == pytest.approx(-18, abs=3)


@pytest.mark.parametrize("level", [-70, -50, -40, -30])
def test_agc_leaves_noise_alone(level: int) -> None:
    """Alone it is not touched; in a pause the gain stays as it was."""
    alone = noise(level, 20)
    assert (conditioned(alone, Condition(agc=True)) == int16(alone)).all()
    said = at_level(conversation(VOICES[2], 4, 8), -25)
    line = np.concatenate([said, np.zeros(10 * RATE)])
    line += noise(-60, len(line) / RATE + 1)[: len(line)]
    conditioner, samples = Conditioner(Condition(agc=True)), int16(line)
    conditioner.run(samples[: len(said) + RATE // 2])
    gain = conditioner.read().agc
    conditioner.run(samples[len(said) + RATE // 2 :])
    assert conditioner.read().agc == gain
    assert 2 < gain < 12


def test_agc_limits() -> None:
    soft = at_level(conversation(VOICES[0], 5, 8), -40)
    conditioner, samples = Conditioner(Condition(agc=True, agc_max_gain=6)), int16(soft)
    conditioner.run(samples)
    assert conditioner.read().agc == pytest.approx(6, abs=0.05)
    assert conditioner.read().speech == pytest.approx(-40, abs=2.5)
    loud = Conditioner(Condition(agc=True, agc_max_loss=4))
    loud.run(int16(at_level(soft, -4)))
    assert loud.read().agc == pytest.approx(-4, abs=0.05)


def test_gate() -> None:
    """Noise is silenced, a burst opens it within 8 ms, it shuts softly after its hold."""
    line = noise(-60, 3)
    line[8000:12000] += tone(500, -30, 0.5)
    after = conditioned(line, Condition(gate=True))
    assert not after[2500:8000].any()
    assert (after[8064:12000] == int16(line)[8064:12000]).all()
    shut = 12000 + round(0.2 * RATE)
    assert (after[12064 : shut - 64] == int16(line)[12064 : shut - 64]).all()
    assert not after[shut + round(0.05 * RATE) + 128 :].any()
    closing = after[shut + 128 : shut + 320]
    assert closing.any()
    assert np.abs(closing).max() <= np.abs(line[12100:]).max()


def test_gate_of_less_loss() -> None:
    line = noise(-60, 3)
    after = conditioned(line, Condition(gate=True, gate_loss=12))
    assert dbm0(after[8000:]) == pytest.approx(-72, abs=0.7)


def test_gate_hysteresis() -> None:
    """Between its two thresholds it stays as it is: open after something louder, else shut."""
    between = tone(500, -51.5, 1)
    shut = conditioned(
        np.concatenate([np.zeros(4000), between]), Condition(gate=True, gate_hold_ms=20)
    )
    assert not shut.any()
    line = np.concatenate([tone(500, -40, 0.5), between])
    assert (conditioned(line, Condition(gate=True, gate_hold_ms=20)) == int16(line)).all()


def test_read() -> None:
    conditioner = Conditioner(Condition(gain=-7, gate=True))
    assert conditioner.read().gain == pytest.approx(-7, abs=0.01)
    assert conditioner.read().open
    conditioner.run(np.zeros(8000, np.int16))
    now = conditioner.read()
    assert (now.gain, now.open, now.agc, now.speech) == (NOTHING, False, 0, NOTHING)


def test_wrong_use() -> None:
    for wrong in (
        Condition(gain=40.01),
        Condition(gain=-400),
        Condition(agc_target=1),
        Condition(agc_attack_ms=10001),
        Condition(gate_threshold=-81),
        Condition(gate_release_ms=3),
        Condition(gate_loss=-1),
    ):
        with pytest.raises(LocalError, match=r"td_condition\.h gives the ranges"):
            Conditioner(wrong)
    with pytest.raises(LocalError, match="stride of 0"):
        Conditioner(ALL).run(bytearray(8), 0)


# ---- the limiter of a conference ----


def limited(sums: np.ndarray, plain: bool = False) -> np.ndarray:
    return np.array(mix_limit(np.ascontiguousarray(sums, np.int32).tobytes(), plain), int)


def curve(size: np.ndarray) -> np.ndarray:
    u = (size - 23197) / 9570
    return np.where(size <= 23197, size, 32767 - 9570 / (1 + u * (1 + u)))


def test_limiter_everywhere() -> None:
    """Every sum up to 2^21: exact below the knee, ever rising, odd, and on its curve above."""
    sums = np.arange(1 << 21)
    out = limited(sums)
    assert (out[: LIMIT_KNEE + 1] == sums[: LIMIT_KNEE + 1]).all()
    steps = np.diff(out)
    assert steps.min() >= 0
    assert steps.max() == 1
    assert out[-1] == 32767
    assert np.abs(out - curve(sums)).max() <= 0.51
    assert (limited(-sums) == -out).all()
    assert (limited(sums, plain=True) == out).all()


SUMS = st.integers(-(2**31), 2**31 - 1)


@given(st.lists(SUMS, max_size=200))
@example([-(2**31), 2**31 - 1, 0, 23197, -23197, 23198, -23198, 32767, -32768])
@settings(deadline=None)
def test_limiter_of_any_sums(values: list[int]) -> None:
    out = limited(np.array(values, np.int64))
    assert (out == limited(np.array(values, np.int64), plain=True)).all()
    for x, y in zip(values, out, strict=True):
        assert y == x if abs(x) <= LIMIT_KNEE else LIMIT_KNEE < abs(y) <= min(abs(x), 32767)
        assert (x < 0) == (y < 0)
    order = np.argsort(values, kind="stable")
    assert (np.diff(out[order]) >= 0).all()
