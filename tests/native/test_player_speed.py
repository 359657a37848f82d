"""Speed without a change of pitch: tones, voices, digits; lengths; edges."""

from __future__ import annotations

import pathlib
import sys

import numpy as np
import pytest

from trunkd.board.media_events import DigitKind
from trunkd.board.model import Law
from trunkd.board.play import digits
from trunkd.daemon import media_files
from trunkd.native import wrap, wrap_player, wrap_tones
from trunkd.native.wrap_player import SEEK_TO, SPEED, Item, Options

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from player_rig import Rig, alaw, octets, peak_hz, sine

SPEEDS = (500, 750, 900, 1100, 1333, 1700, 2000)
SOUNDS = pathlib.Path("/usr/share/asterisk/sounds")
VOICES = {"woman": "en_US_f_Allison", "man": "it_IT_m_Carlo"}


def at_speed(said: bytes, speed: int, block: int = 80) -> np.ndarray:
    rig = Rig(block)
    assert rig.play([octets(said)], Options(speed=speed)) == 0
    end = rig.run_to_end(3 * len(said) + 4000)
    made = rig.samples[: end.time]
    rig.close()
    assert end.octets == len(made)
    return made


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize("hz", [110, 440, 1000, 2500])
def test_a_tone_keeps_its_frequency_and_level(speed, hz):
    n = 40000
    made = at_speed(alaw(sine(hz, n, -10)), speed)
    assert len(made) == pytest.approx(n * 1000 / speed, rel=0.02)
    assert peak_hz(made) == pytest.approx(hz, rel=0.002)
    spectrum = np.abs(np.fft.rfft(made * np.hanning(len(made)))) ** 2
    at = round(hz * len(made) / 8000)
    near = spectrum[at - at // 50 - 30 : at + at // 50 + 30].sum()
    assert near > 0.9 * spectrum.sum()
    assert np.sqrt(np.mean(made**2)) == pytest.approx(
        np.sqrt(np.mean(sine(hz, n, -10) ** 2)), rel=0.12
    )


def pitch(samples: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """F0 around these samples by autocorrelation of 60 ms; 0 where there is no clear voice."""
    found = np.zeros(len(centres))
    loud = np.sqrt(np.mean(samples**2))
    for i, begin in enumerate(centres.astype(int) - 240):
        frame = samples[max(0, begin) : begin + 480]
        if len(frame) < 480 or np.sqrt(np.mean(frame**2)) < loud:
            continue
        frame = frame - frame.mean()
        same = np.correlate(frame, frame, "full")[479:]
        lags = same[18:136] / (same[0] * (1 - np.arange(18, 136) / 480))
        k = int(lags[1:-1].argmax()) + 1
        if lags[k] > 0.8:
            before, at, after = lags[k - 1 : k + 2]
            found[i] = 8000 / (18 + k + (before - after) / (2 * (before - 2 * at + after)))
    return found


@pytest.fixture(scope="module", params=sorted(VOICES))
def voice(request) -> bytes:
    """Most of a minute of somebody's prompts."""
    folder = SOUNDS / VOICES[request.param]
    assert folder.is_dir(), "apt-get install asterisk-core-sounds-{en,it}-wav"
    said = b""
    for path in sorted(folder.glob("vm-*.wav")):
        said += media_files.load(str(path), Law.A).octets
        if len(said) > 400_000:
            break
    assert len(said) > 250_000
    return said


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_voice_keeps_its_pitch(voice, speed):
    as_it_is = np.frombuffer(wrap.alaw_decode(voice), np.int16).astype(float)
    made = at_speed(voice, speed)
    assert len(made) == pytest.approx(len(voice) * 1000 / speed, rel=0.02)
    centres = np.arange(240, len(made) - 240, 160)
    before = pitch(as_it_is, centres * speed / 1000)
    after = pitch(made, centres)
    voiced = (before > 0) & (after > 0)
    assert voiced.sum() > 0.6 * (before > 0).sum() > 150
    ratio = after[voiced] / before[voiced]
    # 4 %: the voice itself moves as much in the 10 ms that a splice may be off.
    assert np.median(ratio) == pytest.approx(1, abs=0.005)
    assert np.mean(np.abs(ratio - 1) < 0.04) > 0.8
    # No clicks: those would be far above what speech has in the way of edges.
    assert np.abs(np.diff(made, 3)).max() < 1.5 * np.abs(np.diff(as_it_is, 3)).max()


@pytest.mark.parametrize("speed", [500, 800, 1250])
def test_digits_are_still_heard_at_another_speed(speed):
    made = digits(DigitKind.DTMF, "1590#D", -10, 120, 120)
    rig = Rig(40)
    rig.play([Item(wrap_player.TONES, steps=made.steps)], Options(speed=speed))
    rig.run_to_end()
    rig.run(400)
    heard = wrap_tones.DtmfBank(1).process(rig.octets, wrap_tones.ALAW)
    assert "".join(e.digit for e in heard if e.phase == wrap_tones.END) == "1590#D"
    rig.close()


def test_back_at_its_own_speed_octets_are_exact_again():
    said = alaw(sine(311, 40000, -8) + sine(1777, 40000, -14))
    rig = Rig(40)
    rig.play([octets(said)])
    rig.run(4000)
    assert rig.octets[:4000] == said[:4000]
    for speed in (1500, 700):
        rig.control(SPEED, speed)
        rig.run(4000)
        rig.control(SPEED, 1000)
        rig.run(120)
        at = len(rig.octets)
        rig.run(2000)
        place = rig.position()
        assert rig.octets[at : at + 2000] == said[place - 2000 : place]
    assert rig.position() == pytest.approx(8240 + 4000 * 1.5 + 4000 * 0.7, abs=300)
    rig.control(SPEED, 1700)
    rig.run(800)
    rig.control(SEEK_TO, 20000)
    rig.run(40)
    assert rig.position() == 20000 + 40 * 1.7
    rig.close()


@pytest.mark.parametrize("n", [1, 2, 79, 80, 81, 159, 161, 500])
@pytest.mark.parametrize("speed", [500, 2000])
def test_short_lists_end_too(n, speed):
    made = at_speed(alaw(sine(500, n, -10)), speed, 8)
    assert n // 2 <= len(made) <= 2 * n + 1


def test_a_list_for_ever_goes_round_at_any_speed():
    for speed in (500, 2000):
        rig = Rig(40)
        rig.play([octets(alaw(sine(400, 800, -10)))], Options(times=0, speed=speed))
        rig.run(80000)
        assert not rig.ends
        assert peak_hz(rig.samples) == pytest.approx(400, rel=0.002)
        rig.close()
