"""The line echo canceller on real speech, in double talk, with tones; its switches and figures."""

from __future__ import annotations

import pathlib
import sys

import numpy as np
import pytest

from trunkd.errors import LocalError
from trunkd.native.wrap_echo import COMFORT, FREEZE, NLP, ON, TONE_DISABLE, EchoCanceller

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from echo_rig import (
    RATE,
    Bench,
    alaw,
    answer_tone,
    css,
    db,
    dbm0,
    enhancement,
    hoth,
    speech,
    speech_bench,
    tone,
    white,
)

ALL = ON | NLP | COMFORT | TONE_DISABLE


@pytest.mark.parametrize(
    "tail,delay", [(16, 0), (32, 12), (48, 30), (64, 45), (96, 70), (128, 105)]
)
def test_thirty_decibels_within_a_second_of_speech(tail: int, delay: int) -> None:
    for seed in (0, 1):
        run = speech_bench(tail, delay, ON | NLP | COMFORT, 5, seed)
        total = enhancement(*run, (0.9, 1.9))
        assert total.min() >= 30, total


@pytest.mark.parametrize("tail,delay,floor", [(16, 0, 28), (64, 45, 26), (128, 105, 25)])
def test_linear_filter_alone_converges_on_speech(tail: int, delay: int, floor: float) -> None:
    linear = enhancement(*speech_bench(tail, delay, ON, 8), (0.5, 1.0, 2.0, 6.0))
    assert linear[:, 2].min() >= 28, linear
    assert np.median(linear[:, 1]) >= floor, linear


@pytest.mark.parametrize("below", [0, 15])
def test_double_talk_leaves_the_filter_and_the_near_end_alone(below: int) -> None:
    bench = Bench(ALL, 64, 25, erl=10, levels=(-16.0,))
    far = np.stack([speech(12, c) for c in range(8)], axis=1) * 10 ** (-16 / 20)
    near = np.stack([speech(12, 500 + c) for c in range(8)], axis=1) * 10 ** ((-16 - below) / 20)
    near[: 3 * RATE] = near[8 * RATE :] = 0
    cleaned = bench.run(far, near)[2].astype(float)
    talk, after = slice(3 * RATE, 8 * RATE), slice(10 * RATE, 12 * RATE)
    gain = np.sum(near[talk] * cleaned[talk], axis=0) / np.sum(near[talk] ** 2, axis=0)
    assert np.abs(20 * np.log10(gain)).max() < 0.5, gain
    assert (dbm0(far[after]) - dbm0(cleaned[after])).min() > 35


def test_another_path_is_learnt() -> None:
    bench = Bench(ON, 64, 25, erl=10, levels=(-16.0,))
    far = np.stack([speech(8, c) for c in range(8)], axis=1) * 10 ** (-16 / 20)
    bench.run(far[: 4 * RATE])
    bench.set_paths(10, 10, shift=3)
    _, received, cleaned = bench.run(far[4 * RATE :])
    last = slice(2 * RATE, 4 * RATE)
    assert (dbm0(received[last]) - dbm0(cleaned[last])).min() > 24


def test_never_much_worse_than_none() -> None:
    """An echo that stops, a line that answers with something else, a far end of noise and tones."""
    bench = Bench(ALL, 64, 25, erl=6, levels=(-10.0,))
    bench.run(css("single", 4))
    bench.set_paths(99, 25)
    for far, near in ((css("single", 4, 1), None), (tone(1004, 2), None), (white(2 * RATE, 3), 10)):
        noise = np.zeros(len(far)) if near is None else hoth(len(far), 4)
        wanted = bench.near(noise, near or 0)
        out = bench.run(far * (0.1 if near else 1), wanted)[2]
        late = slice(RATE // 4, None)
        assert (dbm0(out[late]) <= np.maximum(dbm0(wanted[late]) + 1, -40)).all()


# ---- disabling (clause 7) ----


def disabled(bench: Bench) -> list[bool]:
    return [bench.echo.stats(c).disabled for c in range(bench.channels)]


@pytest.mark.parametrize("side", ["far", "near"])
@pytest.mark.parametrize("hz", [2079.0, 2100.0, 2121.0])
def test_phase_reversals_disable_within_a_second(side: str, hz: float) -> None:
    """7.2, 7.3, 7.5: -31 to -6 dBm0, +-21 Hz, in noise 11 dB below."""
    bench = Bench(ALL, 64, 25, erl=20, levels=(-31.0, -20.0, -6.0))
    noise = np.random.default_rng(5).normal(0, 1, (RATE, bench.channels))
    signal = answer_tone(1.0, hz)[:, None] * 10 ** (bench.levels / 20)
    signal = signal + noise * np.sqrt(260.54e6) * 10 ** ((bench.levels - 11.5) / 20)
    if side == "far":
        bench.run(signal)
    else:
        bench.run(np.zeros(RATE), signal)
    assert all(disabled(bench))
    _, received, cleaned = bench.run(css("single", 1))
    assert (received == cleaned).all()


@pytest.mark.parametrize("turn", [0, 60, 110, -110])
def test_a_tone_without_reversals_does_not_disable(turn: float) -> None:
    bench = Bench(ALL, 64, 25, levels=(-20.0, -10.0))
    bench.run(answer_tone(4, turn=turn))
    assert not any(disabled(bench))


def test_speech_does_not_disable() -> None:
    bench = Bench(ALL, 16, 0, levels=(-16.0,))
    far = np.stack([speech(60, 900 + c) for c in range(8)], axis=1) * 10 ** (-16 / 20)
    bench.run(far)
    assert not any(disabled(bench))


def test_disabled_holds_while_there_is_a_signal_and_is_released_by_silence() -> None:
    """7.4 and 7.8: held by -31 dBm0 in one direction, over gaps of 100 ms; released in 400 ms."""
    bench = Bench(ALL, 64, 25, erl=20, levels=(-12.0,))
    bench.run(answer_tone(1.2))
    for _ in range(3):
        bench.run(tone(1200, 1) * 10 ** (-19 / 20))
        bench.run(np.zeros(RATE // 10))
    assert all(disabled(bench))
    bench.run(np.zeros(int(0.42 * RATE)))
    assert not any(disabled(bench))


# ---- the engine's view ----


def test_vector_and_plain_code_agree() -> None:
    rng = np.random.default_rng(11)
    frames, channels = 6000, 21
    sent = rng.normal(0, 3000, (frames, channels)) * rng.choice([0, 0.01, 1], (1, channels))
    echo = np.roll(sent, 130, axis=0) * 0.3 + np.roll(sent, 170, axis=0) * 0.1
    received = alaw(echo + rng.normal(0, 300, echo.shape) * (np.arange(frames) > 4000)[:, None])
    sent = alaw(sent)
    for tail in (16, 40):
        pair = [EchoCanceller(channels, tail, plain) for plain in (False, True)]
        for echo_canceller in pair:
            for channel in range(channels):
                echo_canceller.select(channel, ALL if channel % 5 else ON)
        at = 0
        while at < frames:
            n = int(rng.integers(1, 161))
            block = sent[at : at + n].tobytes(), received[at : at + n].tobytes()
            assert pair[0].run(*block) == pair[1].run(*block)
            at += n
        assert [pair[0].stats(c) for c in range(channels)] == [
            pair[1].stats(c) for c in range(channels)
        ]


def test_blocks_of_any_length_give_the_same() -> None:
    far = speech(1.5, 3)[:, None] * 10 ** (-16 / 20)
    sent, received = alaw(far), alaw(np.roll(far, 60, axis=0) * 0.3)
    results = []
    for size in (8, 37, 12000):
        canceller = EchoCanceller(1, 32)
        canceller.select(0, ALL)
        results.append(
            b"".join(
                canceller.run(sent[i : i + size].tobytes(), received[i : i + size].tobytes())
                for i in range(0, len(sent), size)
            )
        )
    assert results[0] == results[1] == results[2]


def test_channels_that_are_off_pass_unchanged() -> None:
    canceller = EchoCanceller(12, 64)
    for channel in (3, 9):
        canceller.select(channel, ALL)
    sent, received = (white(8 * 12 * 200, i).reshape(-1, 12) / 8 for i in (1, 2))
    received = alaw(received)
    cleaned = canceller.run(alaw(sent).tobytes(), received.tobytes())
    cleaned = np.frombuffer(cleaned, np.int16).reshape(received.shape)
    off = [c for c in range(12) if c not in (3, 9)]
    assert (cleaned[:, off] == received[:, off]).all()


def test_switching_on_begins_anew() -> None:
    bench = Bench(ON, 32, 5, levels=(-10.0,))
    bench.run(css("single", 3))
    assert bench.echo.stats(0).erl_db < 20
    bench.echo.select(0, 0)
    bench.echo.select(0, ON)
    assert bench.echo.stats(0).erl_db == 99


def test_frozen_filter_stays() -> None:
    bench = Bench(ON, 32, 5, levels=(-10.0,))
    bench.run(css("single", 3))
    bench.options(ON | FREEZE)
    before = bench.echo.stats(2)
    bench.set_paths(6, 10)
    bench.run(css("single", 1))
    assert bench.echo.stats(2).erl_db == before.erl_db


def test_statistics() -> None:
    bench = Bench(ON | NLP, 64, 32, erl=10, levels=(-10.0,))
    bench.run(white(4 * RATE, 1) * 10 ** (0 / 20))
    for channel in range(8):
        stats = bench.echo.stats(channel)
        echo = bench.response[:, channel]
        assert stats.erl_db == pytest.approx(-db(float(np.sum(echo**2))), abs=0.5)
        assert stats.delay_ms in (32, 40, 24)
        assert stats.erle_db > 28 and stats.sent_dbm0 == pytest.approx(-10, abs=1.5)
        assert stats.cleaned_dbm0 < stats.residual_dbm0 < stats.received_dbm0
        assert not stats.double_talk and stats.suppressing


def test_what_is_not_allowed_is_said() -> None:
    for channels, tail in ((0, 64), (1025, 64), (1, 8), (1, 136), (1, 20)):
        with pytest.raises(LocalError, match="16 to 128 ms in steps of 8"):
            EchoCanceller(channels, tail)
    canceller = EchoCanceller(2, 16)
    with pytest.raises(LocalError, match="no channel 2: give 0 to 1"):
        canceller.select(2, ON)
    with pytest.raises(LocalError, match="no channel -1"):
        canceller.stats(-1)
    with pytest.raises(LocalError, match="give 0, or ON"):
        canceller.select(0, NLP)
    with pytest.raises(LocalError, match="whole frames of 2"):
        canceller.run(bytes(6), bytes(6))


@pytest.mark.parametrize("turn", [155, 205])
def test_reversals_may_be_25_degrees_off(turn: float) -> None:
    bench = Bench(ALL, 64, 25, erl=20, levels=(-31.0, -6.0))
    bench.run(answer_tone(1.0, turn=turn))
    assert all(disabled(bench))
