"""Rows of tones, the learner, and supervision of real sound: every country within its stated time,
two hours of packaged speech and music without one false disconnect."""

from __future__ import annotations

import pathlib
import sys

import numpy as np
import pytest
import soundfile

from trunkd.board.progress_tones import COUNTRIES
from trunkd.errors import ConfigError
from trunkd.hil.exchange_line import PBX_TONES
from trunkd.signaling.analog.fxo_tones import GONE, ToneLayer
from trunkd.signaling.analog.learn_tone import ToneLearner
from trunkd.signaling.analog.tone_rows import CadenceMatcher, ToneRow

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from tone_ear import BLOCK, RATE, Ear, cadence_samples

SECOND = 10**9
SPEECH = pathlib.Path("/usr/share/asterisk/sounds")
MUSIC = pathlib.Path("/usr/share/asterisk/moh")
CHANNELS = 48


def noisy(samples: np.ndarray, seed: int, dbm0: float = -55.0) -> np.ndarray:
    """Behind 400 ms of silence, with line noise; one row of whole blocks."""
    rng = np.random.default_rng(seed)
    line = np.concatenate([np.zeros(3200), samples])
    line = line + rng.normal(0, 22827 / 2**0.5 * 10 ** (dbm0 / 20), len(line))
    whole = np.clip(np.rint(line), -32768, 32767).astype(np.int16)
    return whole[: len(whole) // BLOCK * BLOCK][None, :]


def first_told(layer: ToneLayer, samples: np.ndarray) -> tuple[str, int] | None:
    """(name, ns since the tone began) of what is told first."""
    ear = Ear()
    for at in range(0, samples.shape[1], BLOCK):
        for now, signal in ear.run(samples[:, at : at + BLOCK]):
            for name in layer.segment(signal, now):
                return name, now - 3200 * 125_000
        if ear.time >= layer.deadline:
            for name in layer.look(ear.time):
                return name, ear.time - 3200 * 125_000
    return None


@pytest.mark.parametrize("country", sorted(COUNTRIES))
def test_tones_that_end_a_call_within_their_stated_time(country: str):
    layer = ToneLayer(country, GONE, (), 3)
    stated = layer.stated()
    tones = COUNTRIES[country].tones
    for seed, name in enumerate(name for name in GONE if name in tones):
        for level in (-10.0, -30.0):
            if (country, name, level) == ("cn", "howler", -30.0):
                continue  # its first steps are then below what is heard at all
            layer.begin(True)
            told = first_told(layer, noisy(cadence_samples(tones[name], 16, level), seed))
            assert told is not None, (name, level)
            alike = {n for n in GONE if n in tones and tones[n] == tones[name]}
            assert told[0] in alike or name == "congestion", (name, level, told)
            assert told[1] <= stated[name], (name, level, told)


@pytest.mark.parametrize("name", PBX_TONES)
@pytest.mark.parametrize("level", [-8.0, -30.0])
def test_learned_from_a_recording(name: str, level: float):
    text = PBX_TONES[name]
    learner = ToneLearner()
    for now, signal in Ear().run(noisy(cadence_samples(text, 14, level), 3)):
        learner.receive(signal)
        learner.lasts(now)
    learner.lasts(14 * SECOND)
    row = learner.row("pbx")
    assert row is not None, learner.why()
    assert ToneRow.from_text("pbx", row.text).text == row.text
    layer = ToneLayer("cn", GONE, (row,), 3)
    layer.begin(True)
    told = first_told(layer, noisy(cadence_samples(text, 14, level - 3), 4))
    assert told is not None and told[0] == "pbx", row.text
    assert told[1] <= layer.stated()["pbx"]


def test_what_cannot_be_learned_says_why():
    learner = ToneLearner()
    assert learner.row("x") is None and "no tone was heard" in learner.why()
    for _, signal in Ear().run(noisy(cadence_samples("450/350,0/350", 1.5), 1)):
        learner.receive(signal)
    assert learner.row("x") is None and "no 4 rounds alike" in learner.why()


def test_rows_as_text():
    row = ToneRow.from_text("pbx", "480+620/330,0/270 ~12Hz ~10% x4")
    assert (row.hz, row.percent, row.cycles) == (12.0, 10.0, 4)
    assert CadenceMatcher(row, 3).wanted == 4
    for wrong in ("", "0/100", "450/350,0/350 fast", "450/350,0/350 ~500Hz", "450/x"):
        with pytest.raises(ConfigError):
            ToneRow.from_text("pbx", wrong)


def packaged() -> tuple[np.ndarray, float]:
    """Two hours: all of the music, and prompts of several languages; (seconds of each)."""
    music = [soundfile.read(f, dtype="int16")[0] for f in sorted(MUSIC.glob("*.wav"))]
    assert music, "apt-get install asterisk-moh-opsound-wav"
    length = sum(len(m) for m in music)
    speech: list[np.ndarray] = []
    seen: set[pathlib.Path] = set()
    for file in sorted(SPEECH.rglob("*.wav")):
        real = file.resolve()
        if length >= 7200 * RATE:
            break
        if real not in seen:
            seen.add(real)
            data, rate = soundfile.read(real, dtype="int16")
            if rate == RATE:
                speech.append(data)
                length += len(data)
    assert length >= 7200 * RATE, "apt-get install asterisk-core-sounds-{en,es,fr,it,ru}-wav"
    return np.concatenate(speech + music), length / RATE


def test_no_false_disconnect_in_two_hours_of_speech_and_music():
    """Through the native detector, 48 channels at a time, past the layers of all countries and a
    learned row of each private exchange."""
    samples, seconds = packaged()
    assert seconds >= 7200
    rows = tuple(ToneRow(name, text, 15.0, 10.0) for name, text in PBX_TONES.items())
    n = len(samples) // CHANNELS // BLOCK * BLOCK
    lines = samples[: CHANNELS * n].reshape(CHANNELS, n)
    layers = [
        [ToneLayer(country, GONE, rows if country == "cn" else (), 3) for country in COUNTRIES]
        for _ in range(CHANNELS)
    ]
    for of_channel in layers:
        for layer in of_channel:
            layer.begin(True)
    ear, false = Ear(CHANNELS), []
    for at in range(0, n, BLOCK):
        for now, signal in ear.run(lines[:, at : at + BLOCK]):
            for layer in layers[signal.channel]:
                false += [(name, now) for name in layer.segment(signal, now)]
        if at % (10 * BLOCK) == 0:
            due = (layer for of_channel in layers for layer in of_channel)
            for layer in due:
                if ear.time >= layer.deadline:
                    false += [(name, ear.time) for name in layer.look(ear.time)]
    assert not false
