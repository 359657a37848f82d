"""Play lists sample for sample: exact octets, gapless items, tones, seek, pause, volume, ends."""

from __future__ import annotations

import errno
import os
import pathlib
import random
import sys
import wave

import numpy as np
import pytest

from trunkd.board.media_events import DigitKind
from trunkd.board.model import Law
from trunkd.board.play import digits, tone
from trunkd.daemon import media_files
from trunkd.native import wrap, wrap_player, wrap_tones
from trunkd.native.wrap_player import PAUSE, RESUME, SEEK_BY, SEEK_TO, SPEED, VOLUME, Item, Options
from trunkd.native.wrap_progress import CadenceGenerator, CadenceStep

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import player_rig
from player_rig import PEAK, Rig, alaw, octets, silence, sine, tones

FADE = 32
RAMP = 64
COMPLETE, STOPPED, DAMAGED = 0, 1, wrap_player.END_DAMAGED
ANY = random.Random(5).randbytes(4000)
STEP = CadenceStep((697.0, 1209.0), 480, -8.0)


@pytest.fixture(params=[8, 20, 160])
def rig(request):
    made = Rig(request.param)
    yield made
    made.close()


def linear(data: bytes) -> np.ndarray:
    return np.frombuffer(wrap.alaw_decode(data), np.int16).astype(float)


# ---- what goes out ---------------------------------------------------------------------------


def test_items_follow_each_other_without_a_gap_and_bit_for_bit(rig):
    rig.run(40)
    at = len(rig.octets)
    items = [octets(ANY[:777]), silence(13), octets(ANY[777:778]), octets(ANY[778:2000])]
    assert rig.play(items) == 0
    end = rig.run_to_end()
    n = 777 + 13 + 1 + 1222
    # The first sample is in the block that follows the call.
    expected = bytes([player_rig.IDLE]) * at + ANY[:777] + bytes([0xD5]) * 13 + ANY[777:2000]
    assert rig.octets[: at + n] == expected
    assert set(rig.octets[at + n :]) <= {0xD5}
    assert end == (at + n, COMPLETE, n, 0)
    assert rig.position() == n and not rig.playing()


def test_all_256_octets_pass_both_laws_and_the_tables_between_them():
    every = bytes(range(256))
    for ulaw in (False, True):
        own = wrap_tones.ULAW if ulaw else wrap_tones.ALAW
        other = wrap_tones.ALAW if ulaw else wrap_tones.ULAW
        rig = Rig(160, ulaw)
        rig.play([octets(every, own), octets(every, other), octets(every, 0)])
        rig.run_to_end()
        table = wrap.alaw_to_ulaw if ulaw else wrap.ulaw_to_alaw
        assert rig.octets[:768] == every + table(every) + every
        rig.close()


def test_a_list_is_played_as_often_as_asked_for(rig):
    rig.play([octets(ANY[:100]), octets(ANY[100:133])], Options(times=3))
    end = rig.run_to_end()
    assert rig.octets[:399] == ANY[:133] * 3
    assert end.octets == end.time == 399 and rig.position() == 133


def test_a_list_for_ever_goes_round_until_it_is_stopped(rig):
    rig.play([octets(ANY[:133])], Options(times=0))
    rig.run(4000)
    assert rig.octets[:4000] == (ANY[:133] * 31)[:4000]
    assert rig.engine.stop_play(player_rig.SPAN, 1) == 0
    end = rig.run_to_end()
    assert end.code == STOPPED and end.octets == end.time


def test_the_start_offset(rig):
    rig.play([octets(ANY[:100]), octets(ANY[100:400])], Options(start=150))
    assert rig.position() == 150
    rig.run_to_end()
    assert rig.octets[:250] == ANY[150:400]
    # Behind the end: it ends at once.
    rig.play([octets(ANY[:100])], Options(start=5000))
    assert rig.run_to_end().octets == 0 and rig.position() == 100


def test_damage_ends_the_list_after_the_good_part(rig):
    rig.play([octets(ANY[:300]), octets(ANY[300:501], damaged=True), octets(ANY[501:])])
    end = rig.run_to_end()
    rig.run(200)
    assert (end.code, end.octets, end.time) == (DAMAGED, 501, 501)
    assert rig.octets[:501] == ANY[:501] and set(rig.octets[501:]) == {0xD5}
    # Nothing good at all, and for ever: the damage is told once.
    rig.play([octets(b"", damaged=True)], Options(times=0))
    assert rig.run_to_end()[1:] == (DAMAGED, 0, 0)


def test_a_file_cut_short_gives_its_good_part_then_the_error_and_silence(tmp_path):
    pcm = np.rint(sine(700, 80000, -10)).astype("<i2").tobytes()
    path = tmp_path / "cut.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(pcm)
    os.truncate(path, 44 + 2 * 33333)
    prompt = media_files.load(str(path), Law.A)
    assert "cut short" in prompt.damage
    rig = Rig(40)
    rig.play([octets(prompt.octets, damaged=bool(prompt.damage)), octets(ANY)], Options(times=0))
    end = rig.run_to_end()
    rig.run(8000)
    assert (end.code, end.octets) == (DAMAGED, 33333)
    assert rig.octets[:33333] == wrap.alaw_encode(pcm)[:33333]
    assert set(rig.octets[33333:]) == {0xD5}
    rig.close()


# ---- tones -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "steps",
    [
        [CadenceStep((425.0,), 700), CadenceStep((), 300)],
        [CadenceStep((350.0, 440.0), 900, -13.0)],
        [CadenceStep((400.0,), 1000, -6.0, am_hz=25.0, am_depth=0.9)],
        [CadenceStep((2100.0,), 1500, -12.0, am_hz=15.0, am_depth=0.2, reversal=450)],
        [CadenceStep((1400.0, 2060.0, 2450.0, 2600.0), 800, -9.0), CadenceStep((), 400)],
    ],
)
def test_tones_are_those_of_the_cadence_generator(rig, steps):
    rig.play([tones(*steps, repeat_from=0, samples=5000)])
    end = rig.run_to_end()
    made = np.array(CadenceGenerator(steps).run(5000), float)
    sent = linear(alaw(made))
    assert end.octets == 5000
    # Now and then a sample lies so near a border of A-law that the last digit decides.
    assert np.mean(rig.samples[:5000] != sent) < 0.01
    assert np.abs(rig.samples[:5000] - made).max() <= np.abs(sent - made).max() + 2


def test_steps_that_come_once_and_steps_that_repeat(rig):
    once, again = CadenceStep((950.0,), 160), [CadenceStep((450.0,), 320), CadenceStep((), 80)]
    rig.play([tones(once, *again, repeat_from=1, samples=160 + 400 * 5 + 7)])
    rig.run_to_end()
    sent = rig.samples
    assert np.allclose(sent[160:560], sent[160 + 1600 : 560 + 1600])
    assert player_rig.peak_hz(sent[160:480]) == pytest.approx(450, abs=3)
    assert np.abs(sent[480:560]).max() <= 8
    assert len(np.flatnonzero(np.abs(sent[:160]) > 100)) > 140


def test_any_sample_of_a_tone_can_be_sought(rig):
    steps = [CadenceStep((697.0, 1209.0), 480, -8.0), CadenceStep((), 301), STEP]
    items = [octets(ANY[:100]), tones(*steps, repeat_from=1, samples=9000)]
    rig.play(items)
    rig.run_to_end()
    whole = rig.octets[:9100]
    for start in (99, 100, 101, 580, 881, 882, 4000, 9099):
        at = len(rig.octets)
        rig.play(items, Options(start=start))
        rig.run_to_end()
        assert rig.octets[at : at + 9100 - start] == whole[start:]


def test_a_tone_for_ever_is_stopped(rig):
    steps, repeat_from = tone("cn", "dial").steps, 0
    rig.play([Item(wrap_player.TONES, steps=steps, repeat_from=repeat_from)])
    rig.run(4000)
    sent = rig.samples[:4000]
    assert player_rig.peak_hz(sent) == pytest.approx(450, abs=0.5)
    assert np.sqrt(np.mean(sent**2)) == pytest.approx(PEAK / 2**0.5 * 10 ** (-10 / 20), rel=0.02)
    rig.engine.stop_play(player_rig.SPAN, 1)
    assert rig.run_to_end().code == STOPPED


@pytest.mark.parametrize(
    ("kind", "text", "bank"),
    [
        (DigitKind.DTMF, "1234567890*#ABCD", None),
        (DigitKind.R1, "K1234567890SABC", wrap_tones.R1),
        (DigitKind.R2_FORWARD, "1234567890BCDEF", wrap_tones.R2_FORWARD),
        (DigitKind.R2_BACKWARD, "1234567890BCDEF", wrap_tones.R2_BACKWARD),
    ],
)
def test_digits_are_heard_by_the_detectors_and_have_the_right_frequencies(kind, text, bank):
    rig = Rig(16)
    on, off = 60, 60
    made = digits(kind, text, -9.0, on, off)
    rig.play([Item(wrap_player.TONES, steps=made.steps)])
    end = rig.run_to_end()
    rig.run(400)
    assert end.octets == len(text) * (on + off) * 8
    heard = wrap_tones.MfBank(1, bank) if bank else wrap_tones.DtmfBank(1)
    events = [e for e in heard.process(rig.octets, wrap_tones.ALAW) if e.phase == wrap_tones.END]
    assert "".join(e.digit for e in events) == text
    assert all(abs(e.level_dbm0 + 9) < 0.5 and abs(e.twist_db) < 0.5 for e in events)
    for n, digit in enumerate(text):
        one = rig.samples[n * 960 : n * 960 + 480]
        spectrum = np.abs(np.fft.rfft(one * np.hanning(480), 8000))
        first = int(spectrum.argmax())
        rest = spectrum.copy()
        rest[max(0, first - 60) : first + 60] = 0
        found = sorted((first, int(rest.argmax())))
        expected = sorted(wrap_tones.frequencies(int(kind), digit))
        assert np.allclose(found, expected, atol=8), digit
    rig.close()


# ---- controls --------------------------------------------------------------------------------


def tone_octets(n: int, hz: float = 300.0) -> bytes:
    return alaw(sine(hz, n, -6))


def jump(samples: np.ndarray) -> float:
    """The largest step from sample to sample."""
    return float(np.abs(np.diff(samples)).max())


def test_a_pause_keeps_its_place_and_does_not_click(rig):
    said = tone_octets(8000)
    rig.play([octets(said)])
    rig.run(1000)
    rig.control(PAUSE)
    rig.control(PAUSE)
    place = rig.position()
    rig.run(800)
    assert rig.position() == place and rig.playing()
    rig.control(RESUME)
    rig.control(RESUME)
    back = len(rig.octets)
    end = rig.run_to_end()
    assert rig.octets[:place] == said[:place]
    assert set(rig.octets[place + FADE : back]) == {0xD5}
    assert rig.octets[back + FADE : end.time] == said[place + FADE :]
    assert jump(rig.samples) <= 1.25 * jump(linear(said))
    assert end.octets == len(said) + FADE


def test_paused_from_the_start_it_begins_exactly_where_it_should(rig):
    rig.play([octets(ANY[:500])], Options(paused=True, start=20))
    rig.run(480)
    assert set(rig.octets) == {0xD5} and rig.position() == 20
    at = len(rig.octets)
    rig.control(RESUME)
    rig.run_to_end()
    assert rig.octets[at : at + 480] == ANY[20:500]


@pytest.mark.parametrize("control", ["to", "by", "back"])
def test_seek_is_exact_to_the_sample(rig, control):
    said = tone_octets(4000, 300) + tone_octets(4000, 411) + ANY
    rig.play([octets(said[:3000]), octets(said[3000:])])
    rig.run(1600)
    at = len(rig.octets)
    if control == "to":
        rig.control(SEEK_TO, 7001)
        to = 7001
    elif control == "by":
        rig.control(SEEK_BY, 4444)
        to = at + 4444
    else:
        rig.control(SEEK_BY, -999)
        to = at - 999
    rig.run(rig.block)
    assert rig.position() == to + rig.block
    end = rig.run_to_end()
    assert rig.octets[:at] == said[:at]
    assert rig.octets[at + FADE : end.time] == said[to + FADE :]
    mixed = rig.samples[at - 1 : at + FADE + 1]
    assert jump(mixed) <= 1.25 * jump(linear(said[:8000]))


def test_seek_stays_within_the_list_and_the_repetition(rig):
    rig.play([octets(ANY[:1000])], Options(times=3))
    rig.run(1600)
    rig.control(SEEK_BY, -5000)
    rig.run(rig.block)
    assert rig.position() == rig.block
    rig.control(SEEK_TO, 1 << 62)
    at = len(rig.octets)
    end = rig.run_to_end()
    # From the end of the second repetition into the third.
    assert rig.octets[at + FADE : end.time] == ANY[FADE:1000]
    assert end.time == at + 1000


def test_volume_is_right_and_back_at_0_db_octets_are_exact(rig):
    said = tone_octets(16000, 1000)
    rig.play([octets(said)], Options(volume=-600))
    rig.run(1600)
    rig.control(VOLUME, 300)
    rig.run(1600)
    rig.control(VOLUME, 0)
    back = len(rig.octets)
    rig.run_to_end()
    level = np.sqrt(np.mean(linear(said)[:1600] ** 2))
    for begin, end, db in ((0, 1600, -6), (1600 + RAMP, back, 3)):
        got = np.sqrt(np.mean(rig.samples[begin:end] ** 2))
        assert 20 * np.log10(got / level) == pytest.approx(db, abs=0.1)
    assert rig.octets[back + RAMP : 16000] == said[back + RAMP :]


def test_a_change_of_volume_is_no_click(rig):
    rig.play([octets(alaw(np.full(8000, 1000.0)))])
    rig.run(400)
    rig.control(VOLUME, -2000)
    rig.run(400)
    rig.control(VOLUME, 1200)
    rig.run(400)
    sent = rig.samples[: len(rig.octets)]
    assert jump(sent) < 150
    assert sent[-1] == pytest.approx(1000 * 10 ** (12 / 20), rel=0.05)


def test_what_is_too_loud_is_limited(rig):
    rig.play([octets(tone_octets(1000))], Options(volume=3000))
    rig.run_to_end()
    assert rig.samples.max() == 32256 and rig.samples.min() == -32256


def test_controls_of_nothing_do_nothing(rig):
    for what in (PAUSE, RESUME, SEEK_TO, SEEK_BY):
        rig.control(what)
    rig.control(VOLUME, 100)
    rig.control(SPEED, 1500)
    rig.run(400)
    assert set(rig.octets) == {0xD5} and not rig.ends
    rig.play([octets(ANY)])
    rig.run_to_end()
    assert ANY in rig.octets


def test_what_is_wrong_is_refused(rig):
    good = octets(ANY)
    bad_items = [
        [],
        [good] * 65537,
        [octets(b"")],
        [silence(0)],
        [silence(1 << 49)],
        [Item(9)],
        [Item(wrap_player.OCTETS, ANY, 7)],
        [tones()],
        [tones(STEP, repeat_from=2)],
        [tones(CadenceStep((4000.0,), 8))],
        [tones(CadenceStep((float("nan"),), 8))],
        [tones(CadenceStep((400.0,), 8, 4.0))],
        [tones(CadenceStep((400.0,), 8, am_hz=10, am_depth=1.5))],
        [tones(CadenceStep((400.0,))), good],
        [tones(STEP, repeat_from=0), good],
    ]
    for items in bad_items:
        assert rig.play(items) == -errno.EINVAL
    bad_options = [
        {"volume": 3001},
        {"volume": -6001},
        {"speed": 499},
        {"speed": 2001},
        {"stop_digits": 1 << 16},
        {"start": 1 << 49},
    ]
    for option in bad_options:
        assert rig.play([good], Options(**option)) == -errno.EINVAL
    for option in ({"stop_digits": 1}, {"stop_on_voice": True}):
        assert rig.play([good], Options(**option)) == -errno.ENODATA
    controls = [(0, 0), (7, 0), (SEEK_TO, -1), (VOLUME, 3001), (VOLUME, -6001), (SPEED, 0)]
    for what, value in controls:
        code = wrap_player.control(rig.engine, player_rig.SPAN, 1, what, value)
        assert code == -errno.EINVAL
    assert wrap_player.control(rig.engine, player_rig.SPAN, 2, PAUSE, 0) == -errno.ENOTCONN
    assert wrap_player.position(rig.engine, 9, 1) == -errno.ENODEV
    assert rig.play([good]) == 0
    assert rig.play([good]) == -errno.EBUSY
    assert not rig.ends
