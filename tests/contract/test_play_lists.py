"""Play lists on every board that has them: what goes on the line, controls, ends, music on hold."""

from __future__ import annotations

import random
import sys

import numpy as np
import pytest

from trunkd.board.clock import FRAME, MILLISECOND
from trunkd.board.events import MediaEnd, PlayEnded, RecordEnded
from trunkd.board.media import Listen
from trunkd.board.media_events import DigitHeard, DigitKind
from trunkd.board.model import Feature, Law
from trunkd.board.play import Octets, PlayOptions, Silence, Tones, digits, tone
from trunkd.board.progress_tones import Step
from trunkd.errors import ConfigError, DriverError, LocalError
from trunkd.native import wrap

SPEECH = random.Random(4).randbytes(4000)
IDLE = b"\xd5"


@pytest.fixture
def up(bench):
    """A started board; one without play lists must say so."""
    bench.start()
    if Feature.PLAY_LIST not in bench.board.features:
        with pytest.raises(DriverError, match="cannot play lists"):
            bench.near.timeslots[1].play_list([Silence(20)])
        pytest.fail(f"{bench.board.address} plays no lists: take its maker out")
    return bench


def ended(bench, n: int = 1) -> list[PlayEnded]:
    bench.wait(lambda: len(bench.of(PlayEnded)) >= n, 20000)
    return bench.of(PlayEnded)


def recorded(bench, timeslot) -> bytes:
    timeslot.stop_record()
    bench.wait(lambda: bench.of(RecordEnded) != [])
    return timeslot.recorded()


def test_items_arrive_without_a_gap(up):
    near, far = up.voice()
    far.record(8000)
    prompt = Octets(SPEECH[:1234], Law.A)
    busy = tone("cn", "busy", 50)
    near.play_list([prompt, Silence(10), busy, prompt], tag=9)
    (end,) = ended(up)
    up.pass_time(45)
    kept = recorded(up, far)
    at = kept.index(SPEECH[:1234] + IDLE * 80)
    assert set(kept[:at]) <= {0xD5}
    between = kept[at + 1314 : at + 1714]
    assert kept[at + 1714 : at + 2948] == SPEECH[:1234]
    assert set(kept[at + 2948 :]) == {0xD5}
    samples = np.frombuffer(wrap.alaw_decode(between), np.int16).astype(float)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(400), 8000))
    assert abs(int(spectrum.argmax()) - 450) <= 4
    assert (end.tag, end.octets, end.reason, end.digit) == (9, 2948, MediaEnd.COMPLETE, "")
    assert near.play_position() == 2948 * FRAME


def test_the_first_sample_is_on_the_wire_within_two_blocks(up):
    near, far = up.voice()
    block = up.board.stats().block_ns
    for n in range(1, 6):
        far.record(3 * block // FRAME)
        overruns = up.board.stats().overruns
        before = up.board.clock.now()
        near.play_list([Octets(b"\x11\x22\x33" * 800, Law.A)])
        after = up.board.clock.now()
        end = ended(up, n)[-1]
        # Sent from its own block's beginning on; a board that is late lags behind the clock.
        begun = end.time - end.octets * FRAME
        # One so late that it leaves blocks out has a clock that goes on without them.
        assert begun <= after + 2 * block or up.board.stats().overruns > overruns
        if up.thorough:
            assert 0 <= begun - before < block
            assert far.recorded().index(b"\x11\x22\x33") <= 2 * block // FRAME
        far.stop_record()
        up.pass_time(45)


def test_both_laws(up):
    near, far = up.near.timeslots[7], up.far.timeslots[7]
    near.open_voice(Law.MU)
    far.open_voice(Law.MU)
    up.pass_time(20)
    far.record(8000)
    near.play_list([Octets(SPEECH[:500], Law.MU), Octets(SPEECH[500:900], Law.A)])
    ended(up)
    up.pass_time(45)
    assert SPEECH[:500] + wrap.alaw_to_ulaw(SPEECH[500:900]) in recorded(up, far)


def test_pause_seek_volume_and_speed(up):
    near, far = up.voice()
    said = Octets(SPEECH * 40, Law.A)
    near.play_list([said], PlayOptions(start=1000 * MILLISECOND, paused=True), tag=3)
    up.pass_time(60)
    assert near.play_position() == 1000 * MILLISECOND
    far.record(1 << 18)
    near.resume_play()
    up.pass_time(100)
    near.pause_play()
    up.pass_time(45)
    place = near.play_position()
    assert place >= 1100 * MILLISECOND
    up.pass_time(45)
    assert near.play_position() == place
    near.seek_play(-200 * MILLISECOND, relative=True)
    up.pass_time(45)
    assert near.play_position() == place - 200 * MILLISECOND
    near.set_play_volume(-12.5)
    near.set_play_speed(2)
    near.resume_play()
    up.pass_time(200)
    assert near.play_position() > place + 50 * MILLISECOND
    near.set_play_volume(0)
    near.set_play_speed(1)
    near.seek_play(19_900 * MILLISECOND)
    (end,) = ended(up)
    assert (end.tag, end.reason) == (3, MediaEnd.COMPLETE)
    assert near.play_position() == 20_000 * MILLISECOND
    up.pass_time(45)
    # After the ramps of 8 ms: the last 100 ms are octets as they are.
    assert (SPEECH * 40)[-800 + 64 :] in recorded(up, far)


@pytest.mark.parametrize("digit", ["#", "7"])
def test_a_digit_ends_it(up, digit):
    near, far = up.voice()
    with pytest.raises(LocalError, match=r"listen to Listen\.DTMF"):
        near.play_list([Silence(60_000)], PlayOptions(stop_digits="#7"))
    near.listen(Listen.DTMF)
    prompt = Octets(SPEECH, Law.A)
    near.play_list([tone("cn", "dial")], PlayOptions(stop_digits="#7"), tag=5)
    far.play_list([digits(DigitKind.DTMF, f"123{digit}9", -10)], tag=6)
    end = ended(up)[0]
    heard = [e.digit for e in up.of(DigitHeard) if not e.ended]
    assert heard[:4] == ["1", "2", "3", digit]  # where time stood still, more came since
    assert (end.tag, end.reason, end.digit) == (5, MediaEnd.DIGIT, digit)
    near.play_list([prompt], tag=7)
    assert [e.tag for e in ended(up, 3)] in ([5, 6, 7], [5, 7, 6])


def test_speech_ends_it(up):
    near, far = up.voice()
    with pytest.raises(LocalError, match=r"Listen\.LEVEL for stop_on_voice"):
        near.play_list([Silence(60_000)], PlayOptions(stop_on_voice=True))
    near.listen(Listen.LEVEL)
    near.play_list([Silence(60_000)], PlayOptions(stop_on_voice=True), tag=5)
    up.pass_time(300)
    assert up.of(PlayEnded) == []
    voice = Step((210.0, 420.0, 630.0, 1890.0), 4000, -14.0, am_hz=4.0, am_depth=0.6)
    far.play_list([Tones((voice,))], tag=6)
    end = ended(up)[0]
    assert (end.tag, end.reason, end.digit) == (5, MediaEnd.VOICE, "")


def test_damage_is_told_and_silence_follows(up):
    near, far = up.voice()
    far.record(8000)
    bad = Octets(SPEECH[:801], Law.A, damage="cut short at 0.1 s")
    near.play_list([bad, Octets(SPEECH[801:], Law.A)], tag=1)
    (end,) = ended(up)
    assert (end.tag, end.reason, end.octets) == (1, MediaEnd.DAMAGED, 801)
    up.pass_time(100)
    kept = recorded(up, far)
    at = kept.index(SPEECH[:801])
    assert set(kept[:at] + kept[at + 801 :]) == {0xD5}


def test_stopping_and_closing_end_it_once(up):
    near, _ = up.voice()
    music = Octets(SPEECH, Law.A)
    near.play_list([music], PlayOptions(times=0), tag=1)
    with pytest.raises(LocalError, match="busy"):
        near.play_list([music])
    with pytest.raises(LocalError, match="busy"):
        near.play(SPEECH)
    up.pass_time(60)
    near.stop_play()
    assert ended(up)[0].reason is MediaEnd.STOPPED
    near.play_list([music], PlayOptions(times=0), tag=2)
    up.pass_time(60)
    near.close()
    assert [e.tag for e in ended(up, 2)] == [1, 2]
    with pytest.raises(LocalError, match="closed"):
        near.play_list([music])
    with pytest.raises(LocalError, match="closed"):
        near.pause_play()
    up.pass_time(60)
    assert len(up.of(PlayEnded)) == 2


def test_octets_are_kept_while_they_are_played_and_no_longer(up):
    near, _ = up.voice()
    prompt = random.Random(6).randbytes(3000)
    references = sys.getrefcount(prompt)
    near.play_list([Octets(prompt, Law.A), Octets(prompt, Law.A)])
    assert sys.getrefcount(prompt) >= references + 2
    ended(up)
    assert sys.getrefcount(prompt) == references


def test_music_on_hold_for_many_is_bit_exact(up):
    """One source, played by a soft channel for ever, and a connection for each who waits."""
    if Feature.SOFT not in up.board.features:
        with pytest.raises(IndexError):
            _ = up.board.soft[0]
        return
    source = up.board.soft[0]
    source.open_voice()
    numbers = [n for n in range(1, up.last) if n != 16]
    for n in numbers:
        up.near.timeslots[n].open_voice()
        up.far.timeslots[n].open_voice()
        up.near.timeslots[n].connect(source)
    music = SPEECH[:1777]
    source.play_list([Octets(music[:700], Law.A), Octets(music[700:], Law.A)], PlayOptions(times=0))
    up.pass_time(100)
    for n in numbers:
        up.far.timeslots[n].record(3 * len(music))
    up.wait(lambda: len(up.of(RecordEnded)) == len(numbers))
    for n in numbers:
        kept = up.far.timeslots[n].recorded()
        at = (music * 2).index(kept[:200])
        assert kept == (music * 5)[at : at + len(kept)]
    source.stop_play()
    ended(up)


def test_what_is_wrong_is_named(up):
    near, _ = up.voice()
    bad = [
        ([], {}, "a list of 0 items"),
        ([Octets(b"", Law.A)], {}, "nothing to play"),
        ([Silence(0)], {}, "0 ms"),
        ([Tones(())], {}, "0 steps"),
        ([Tones((Step((440.0,), 80),), 3)], {}, "repeated from 3"),
        ([Tones((Step((4400.0,), 80),))], {}, "below 3999 Hz"),
        ([Tones((Step((1.0, 2.0, 3.0, 4.0, 5.0), 80),))], {}, "up to 4 frequencies"),
        ([tone("cn", "dial"), Silence(10)], {}, "item 2 of the list comes after one that never"),
        ([Silence(10)], {"volume_db": 31}, "volume 31 dB: give -60 to 30"),
        ([Silence(10)], {"volume_db": float("nan")}, "volume nan"),
        ([Silence(10)], {"speed": 2.1}, "speed 2.1: give 0.5 to 2"),
        ([Silence(10)], {"times": -1}, "play -1 times"),
        ([Silence(10)], {"start": -1}, "start at -1 ns"),
        ([Silence(10)], {"stop_digits": "1x"}, "digit 'x' cannot end playing"),
    ]
    for items, options, match in bad:
        with pytest.raises(LocalError, match=match):
            near.play_list(items, PlayOptions(**options))
    with pytest.raises(LocalError, match="seek to -1 ns"):
        near.seek_play(-1)
    with pytest.raises(LocalError, match="speed 0: give"):
        near.set_play_speed(0)
    with pytest.raises(LocalError, match="volume -61 dB"):
        near.set_play_volume(-61)
    with pytest.raises(LocalError, match="no DTMF digit 'E'"):
        digits(DigitKind.DTMF, "12E")
    with pytest.raises(LocalError, match="no digits"):
        digits(DigitKind.R1, "")
    with pytest.raises(LocalError, match="0 ms on"):
        digits(DigitKind.R1, "1", on_ms=0)
    with pytest.raises(ConfigError, match="no tones of country"):
        tone("xx", "dial")
    # Nothing plays: controls do nothing.
    near.pause_play()
    near.resume_play()
    near.seek_play(0)
    near.set_play_volume(3)
    near.set_play_speed(1.5)
    up.pass_time(45)
    assert up.of(PlayEnded) == []
