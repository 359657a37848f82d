"""Voice activity: steady noise, hum and offsets are none, speech is, at the right time."""

from __future__ import annotations

import pathlib
import random
import sys

import numpy as np
import pytest

from trunkd.native import wrap
from trunkd.native.wrap_level import VOICE

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from level_rig import (
    RATE,
    SOUNDS,
    VOICES,
    ZERO_DBM0,
    at_level,
    int16,
    listen,
    noise,
    sounds,
    spans,
    speech,
    tone,
)


@pytest.mark.parametrize("level", range(-70, -34, 5))
def test_line_noise(level: int) -> None:
    """Half a minute, from the start, white and as a telephone line colours it."""
    white = noise(level, 30, -level)
    bank, events = listen(white)
    assert not events
    assert bank.read(0).floor == pytest.approx(level, abs=0.8)
    assert bank.read(0).since_voice == 30 * RATE
    low = np.convolve(white, np.ones(4) / 2, "same")  # strongest below 1 kHz
    assert not listen(low)[1]


@pytest.mark.parametrize("law", ["alaw", "ulaw"])
def test_idle_channel(law: str) -> None:
    """Silence and faint noise through a law's coarse steps."""
    line = int16(noise(-66, 10)).tobytes()
    encode, decode = getattr(wrap, f"{law}_encode"), getattr(wrap, f"{law}_decode")
    coded = np.frombuffer(decode(encode(line)), np.int16)
    assert len(np.unique(coded)) > 2
    assert not listen(coded.astype(float))[1]


@pytest.mark.parametrize("hz", [50, 60])
@pytest.mark.parametrize("level", [-10, -20, -40])
def test_hum(hz: int, level: int) -> None:
    """From the start and coming later; with its third harmonic 20 dB below."""
    hum = tone(hz, level, 10) + tone(3 * hz, level - 20, 10)
    assert not listen(hum + noise(-65, 10))[1]
    assert not listen(np.concatenate([np.zeros(8000), hum]) + noise(-65, 11))[1]


def test_hum_does_not_cover_speech() -> None:
    said = at_level(speech(SOUNDS / VOICES[0] / "please-try-call-later.wav"), -18)
    line = np.concatenate([np.zeros(8000), said, np.zeros(8000)])
    line += tone(50, -15, len(line) / RATE)[: len(line)] + noise(-65, len(line) / RATE)[: len(line)]
    ((begin, end),) = spans(listen(line)[1], len(line))
    assert begin == pytest.approx(8000 + 0.10 * RATE, abs=0.03 * RATE)
    assert end == pytest.approx(8000 + 2.0 * RATE, abs=0.12 * RATE)


@pytest.mark.parametrize(("before", "after"), [(-70, -50), (-60, -40), (-70, -35)])
def test_noise_that_begins(before: int, after: int) -> None:
    """Taken for noise once it has been steady for half a second."""
    line = np.concatenate([noise(before, 5), noise(after, 10, 1)])
    found = spans(listen(line)[1], len(line))
    assert len(found) <= 1
    assert all(begin >= 39900 and end - begin < 0.7 * RATE for begin, end in found)


def test_click() -> None:
    line = noise(-60, 4)
    line[8000::1600] += 8000
    assert not listen(line)[1]


@pytest.mark.parametrize("level", [-5, -20, -40])
@pytest.mark.parametrize("offset", [0, 21, 50])
def test_onset(level: int, offset: int) -> None:
    """A burst is told within three hops of its begin, which is known to a hop; so is its end."""
    begin, length = 16000 + offset, 4000
    line = noise(-60, 4)
    line[begin : begin + length] += tone(500, level, length / RATE)
    bank, events = listen(line)
    on, off = events
    assert (on.kind, on.active, off.active) == (VOICE, True, False)
    assert begin - 64 <= on.sample <= begin + 64
    assert on.sample + on.duration <= begin + 192 + 16 * 8
    assert off.sample == on.sample
    assert off.sample + off.duration == pytest.approx(begin + length, abs=2 * 64 + 64)
    assert off.level_dbm0 == pytest.approx(level, abs=0.4)
    assert bank.read(0).since_voice == 32000 - off.sample - off.duration


@pytest.mark.parametrize("ms", [80, 200, 600])
def test_hangover(ms: int) -> None:
    """Pauses shorter than the hangover do not end voice, and it is told that much later."""
    parts = [noise(-60, 1), tone(500, -20, 0.2)]
    for pause in (ms - 40, ms + 40):
        parts += [noise(-60, pause / 1000, pause), tone(500, -20, 0.2)]
    line = np.concatenate([*parts, noise(-60, 1)])
    bank, events = listen(line, hangover_ms=ms)
    assert len(spans(events, len(line))) == 2
    assert not bank.read(0).voice


def test_continuous_tone_is_activity() -> None:
    """Above floor_max + voice_over for as long as it lasts; below that until it is steady noise."""
    _, events = listen(np.concatenate([noise(-60, 1), tone(450, -10, 20)]))
    assert [e.active for e in events] == [True]
    line = np.concatenate([noise(-60, 1), tone(450, -38, 20)])
    ((begin, end),) = spans(listen(line)[1], len(line))
    assert end - begin < 0.8 * RATE
    assert [e.active for e in listen(line, floor_max=-50)[1]] == [True]


# Read off the energy of each file in steps of 20 ms: seconds of voice, and of the pauses in it
# that are longer than the hangover.
BY_HAND = {
    "vm-goodbye": [(0.06, 0.82)],
    "please-try-call-later": [(0.10, 2.06)],
    "tt-monkeysintro": [(0.14, 2.46)],
    "ss-noservice": [(0.18, 2.36), (2.64, 4.82)],
}


@pytest.mark.parametrize("level", [-12, -40])
@pytest.mark.parametrize("name", list(BY_HAND))
def test_speech_by_hand(name: str, level: int) -> None:
    said = at_level(speech(SOUNDS / VOICES[0] / f"{name}.wav"), level)
    line = np.concatenate([np.zeros(8000), said, np.zeros(8000)])
    line += noise(-65, len(line) / RATE, 7)[: len(line)]
    found = spans(listen(line)[1], len(line))
    wanted = BY_HAND[name]
    if level == -40:  # faint ends are below the noise
        wanted = [(begin, end - 0.1) for begin, end in wanted]
    assert len(found) == len(wanted)
    for (begin, end), (true_begin, true_end) in zip(found, wanted, strict=True):
        assert begin / RATE - 1 == pytest.approx(true_begin, abs=0.05)
        assert end / RATE - 1 == pytest.approx(true_end, abs=0.16)


@pytest.mark.parametrize(("level", "floor"), [(-10, -50), (-20, -60), (-30, -45), (-40, -60)])
def test_speech_in_noise(level: int, floor: int) -> None:
    """Five languages: of hops within 10 dB of the speech level 0.1 % are missed at most, and
    nothing is heard further than the hangover from any speech 15 dB above that noise."""
    missed = strong_hops = false = 0
    chosen = random.Random(level)
    for n, voice in enumerate(VOICES):
        for path in chosen.sample(sounds(voice), 5):
            said = speech(path)
            if len(said) < RATE:
                continue
            clean = np.concatenate([np.zeros(8000), at_level(said, level), np.zeros(8000)])
            line = clean + noise(floor, len(clean) / RATE, n)[: len(clean)]
            hops = len(line) // 64
            heard = np.zeros(hops, bool)
            for begin, end in spans(listen(line)[1], len(line)):
                heard[begin // 64 : end // 64] = True
            energy = np.mean(np.square(clean[: hops * 64]).reshape(-1, 64), axis=1) / ZERO_DBM0
            strong = energy > 10 ** (level / 10 - 1)
            some = np.convolve(energy > 10 ** (floor / 10 - 1.5), np.ones(51), "same") > 0
            missed += int(np.sum(strong & ~heard))
            strong_hops += int(np.sum(strong))
            false += int(np.sum(heard & ~some))
    assert strong_hops > 2000
    assert missed <= strong_hops // 1000
    assert false == 0
