"""Recording into files on every board: what is in them, and what ends them."""

from __future__ import annotations

import os
import random
import wave
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import soundfile

from trunkd.board.events import MediaEnd, PlayEnded, RecordEnded
from trunkd.board.media import Listen, Role
from trunkd.board.media_events import VoiceHeard
from trunkd.board.model import Feature, Timeslot
from trunkd.board.record import RecordOptions, RecordWhat
from trunkd.daemon.media_recording import RecordingFile, finish, open_recording
from trunkd.errors import LocalError
from trunkd.native import wrap

IDLE = b"\xd5"
RATE = 8000

Open = Callable[..., RecordingFile]


@pytest.fixture
def up(bench):
    if Feature.RECORD_TO not in bench.board.features:
        pytest.fail(f"{bench.board.address} says that it records no files: take its maker out")
    bench.start()
    return bench


@pytest.fixture
def files(tmp_path) -> Iterator[Open]:
    """Opens recordings; the descriptors are closed in the end."""
    opened: list[RecordingFile] = []

    def make(
        name: str = "a.wav", encoding: str = "alaw", channels: int = 1, append: bool = False
    ) -> RecordingFile:
        opened.append(open_recording(str(tmp_path / name), encoding, channels, append))
        return opened[-1]

    yield make
    for file in opened:
        finish(file)


def sound(file: RecordingFile) -> bytes:
    """The octets that the header tells of: one may have been added to make them even."""
    with open(file.path, "rb") as whole:
        octets = whole.read()
    n = int.from_bytes(octets[file.data_size_at : file.data_size_at + 4], "little")
    riff = int.from_bytes(octets[file.riff_size_at : file.riff_size_at + 4], "little")
    assert len(octets) == file.data_start + n + (n & 1) == riff + 8
    if file.fact_count_at >= 0:
        count = int.from_bytes(octets[file.fact_count_at : file.fact_count_at + 4], "little")
        assert count * file.frame_octets == n
    return octets[file.data_start : file.data_start + n]


def speech(seed: int, ms: int) -> bytes:
    """Octets with which nothing else is confused."""
    return random.Random(seed).randbytes(8 * ms)


def tone(ms: int, *frequencies: float, dbm0: float = -10.0) -> bytes:
    """A-law octets of tones, each with this level."""
    t = np.arange(8 * ms) / RATE
    peak = 22827 * 10 ** (dbm0 / 20)
    samples = sum(peak * np.sin(2 * np.pi * f * t) for f in frequencies)
    return wrap.alaw_encode(np.rint(samples).astype(np.int16))


def dtmf(digit: str, ms: int) -> bytes:
    at = "123A456B789C*0#D".index(digit)
    return tone(ms, (697, 770, 852, 941)[at // 4], (1209, 1336, 1477, 1633)[at % 4])


def play(bench, where: Timeslot, octets: bytes) -> None:
    """Play to the end."""
    before = len(bench.of(PlayEnded))
    where.play(octets)
    bench.wait(lambda: len(bench.of(PlayEnded)) > before, 20_000)


def end_of(bench, n: int = 1) -> RecordEnded:
    bench.wait(lambda: len(bench.of(RecordEnded)) >= n, 20_000)
    return bench.of(RecordEnded)[n - 1]


def settle(bench) -> None:
    """What was played has arrived at the far end."""
    bench.pass_time(60)


# ---- what is in it -------------------------------------------------------------------------------


def test_octets_are_those_of_the_line(up, files: Open) -> None:
    there, back = speech(1, 200), speech(2, 200)
    near, far = up.voice()
    wanted = {
        RecordWhat.RECEIVED: files("received.wav"),
        RecordWhat.SENT: files("sent.wav"),
        RecordWhat.BOTH: files("both.wav", channels=2),
    }
    for n, (what, file) in enumerate(wanted.items(), 1):
        far.record_to(file, RecordOptions(what), tag=n)
        near.play(there)
        far.play(back)
        up.wait(lambda n=n: len(up.of(PlayEnded)) == 2 * n)
        settle(up)
        far.stop_record()
        ended = end_of(up, n)
        assert (ended.tag, ended.reason, ended.lost, ended.error) == (n, MediaEnd.STOPPED, 0, "")
        assert ended.octets * file.frame_octets == len(sound(file))
    received, sent = sound(wanted[RecordWhat.RECEIVED]), sound(wanted[RecordWhat.SENT])
    both = sound(wanted[RecordWhat.BOTH])
    assert received.replace(there, b"").strip(IDLE) == b""
    assert sent.replace(back, b"").strip(IDLE) == b""
    assert there in received and back in sent
    assert there in both[0::2] and back in both[1::2]


def test_linear_samples_are_those_of_the_octets(up, files: Open) -> None:
    there = speech(3, 200)
    near, far = up.voice()
    file = files(encoding="pcm16")
    far.record_to(file)
    play(up, near, there)
    settle(up)
    far.stop_record()
    ended = end_of(up)
    with wave.open(file.path) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (1, 2, RATE)
        assert wav.getnframes() == ended.octets
        assert wrap.alaw_decode(there) in wav.readframes(ended.octets)


def test_a_pause_is_left_out(up, files: Open) -> None:
    one, two, three = speech(4, 100), speech(5, 100), speech(6, 100)
    near, far = up.voice()
    file = files()
    far.record_to(file, RecordOptions(paused=True))
    play(up, near, two)
    settle(up)
    far.resume_record()
    for octets in (one, two, three):
        if octets is two:
            far.pause_record()
        up.pass_time(25)
        play(up, near, octets)
        settle(up)
        if octets is two:
            before = far.recorded_samples()
            assert before >= len(one)
            far.resume_record()
    far.stop_record()
    ended = end_of(up)
    assert sound(file).replace(IDLE, b"") == (one + three).replace(IDLE, b"")
    assert ended.octets == len(sound(file)) == far.recorded_samples() > before
    # Nothing is recorded: nothing happens.
    far.pause_record()
    far.resume_record()
    far.stop_record()
    up.pass_time(25)
    assert len(up.of(RecordEnded)) == 1


def test_it_goes_on_behind_what_is_there(up, files: Open) -> None:
    near, far = up.voice()
    parts = [speech(n, 60) for n in range(3)]
    for n, part in enumerate(parts):
        file = files(append=True)
        assert (file.data_octets > 0) == (n > 0)
        before = file.data_octets
        far.record_to(file, tag=n)
        # The recorder has its own descriptor.
        os.close(file.fd)
        file.fd = -1
        play(up, near, part)
        settle(up)
        far.stop_record()
        ended = end_of(up, n + 1)
        assert len(sound(file)) == before + ended.octets
    whole = sound(file)
    assert whole.index(parts[0]) < whole.index(parts[1]) < whole.index(parts[2])


def test_the_time_before_is_in_it(up, files: Open) -> None:
    near, far = up.voice()
    before, after = speech(7, 150), speech(8, 100)
    with pytest.raises(LocalError, match=r"call prerecord\(\) on it first"):
        far.record_to(files("none.wav"), RecordOptions(prerecord_ms=100))
    late = 10 * up.LATENCY_MS
    far.prerecord(300 + late)
    settle(up)
    play(up, near, before)
    settle(up)
    for n, what in enumerate((RecordWhat.RECEIVED, RecordWhat.BOTH), 1):
        file = files(f"{n}.wav", channels=n)
        far.record_to(file, RecordOptions(what, prerecord_ms=250 + late))
        play(up, near, after)
        settle(up)
        far.stop_record()
        ended = end_of(up, n)
        octets = sound(file)[::n]
        assert ended.octets == len(octets)
        assert octets.index(before if n == 1 else after) < octets.rindex(after)
        # 250 ms before the start, exactly as they were, and what came since then.
        assert octets.rindex(after) >= 2000
        if n == 1:
            assert octets.replace(before, b"").replace(after, b"").strip(IDLE) == b""
    far.prerecord(0)
    with pytest.raises(LocalError, match="call prerecord"):
        far.record_to(files("more.wav"), RecordOptions(prerecord_ms=100))


def test_playing_and_recording_at_once(up, files: Open) -> None:
    _, far = up.voice()
    prompt = speech(9, 150)
    file = files(encoding="pcm16", channels=2)
    far.record_to(file, RecordOptions(RecordWhat.BOTH))
    play(up, far, prompt)
    settle(up)
    far.stop_record()
    ended = end_of(up)
    samples = soundfile.read(file.path, dtype="int16")[0]
    assert samples.shape == (ended.octets, 2)
    assert wrap.alaw_decode(prompt) in samples[:, 1].tobytes()
    assert not (samples[:, 0] != 8).any()


def test_a_soft_channel_records_a_conference(up, files: Open) -> None:
    near, far = up.voice()
    soft = up.board.soft[0]
    soft.open_voice()
    conference = up.board.conference()
    conference.join(far)
    conference.join(soft, Role.HEAR)
    file = files()
    settle(up)
    soft.record_to(file, RecordOptions(RecordWhat.SENT))
    play(up, near, tone(200, 440))
    settle(up)
    soft.stop_record()
    end_of(up)
    heard = np.frombuffer(wrap.alaw_decode(sound(file)), np.int16).astype(float)
    loud = np.flatnonzero(np.abs(heard) > 500)
    assert 1500 < loud[-1] - loud[0] < 1700
    conference.close()


# ---- what ends it --------------------------------------------------------------------------------


def test_enough_samples(up, files: Open) -> None:
    _, far = up.voice()
    for n, samples in enumerate((1, 801, 4000), 1):
        file = files(f"{n}.wav", channels=2)
        far.record_to(file, RecordOptions(RecordWhat.BOTH, max_samples=samples), tag=n)
        ended = end_of(up, n)
        assert (ended.tag, ended.octets, ended.reason) == (n, samples, MediaEnd.COMPLETE)
        assert len(sound(file)) == 2 * samples
    odd = files("odd.wav")
    far.record_to(odd, RecordOptions(max_samples=801))
    end_of(up, 4)
    assert len(sound(odd)) == 801
    assert soundfile.info(odd.path).frames == 801
    assert finish(odd) == 801 == len(sound(odd))


def test_nobody_speaks_at_all(up, files: Open) -> None:
    _, far = up.voice()
    options = RecordOptions(initial_silence_ms=400, silence_ms=5000)
    with pytest.raises(LocalError, match="does not hear what is to end"):
        far.record_to(files("none.wav"), options)
    far.listen(Listen.LEVEL)
    settle(up)
    file = files()
    far.record_to(file, options)
    ended = end_of(up)
    assert ended.reason is MediaEnd.SILENCE
    assert len(sound(file)) == ended.octets
    assert 3200 <= ended.octets <= 3200 + 64 + up.board.stats().block_ns // 125_000


def test_nobody_speaks_any_more(up, files: Open) -> None:
    near, far = up.voice()
    far.listen(Listen.LEVEL)
    play(up, near, IDLE * 800)
    file = files()
    far.record_to(file, RecordOptions(initial_silence_ms=5000, silence_ms=600))
    play(up, near, IDLE * 1600 + tone(300, 300, 1000))
    ended = end_of(up)
    assert ended.reason is MediaEnd.SILENCE
    assert up.of(VoiceHeard)
    octets = sound(file)
    quiet = len(octets) - len(octets.rstrip(IDLE))
    assert abs(quiet - 4800) <= 400


def test_a_digit_ends_it_and_is_cut(up, files: Open) -> None:
    near, far = up.voice()
    before = tone(200, 450)
    with pytest.raises(LocalError, match=r"listen to Listen\.DTMF"):
        far.record_to(files("none.wav"), RecordOptions(stop_digits="#"))
    far.listen(Listen.DTMF)
    settle(up)
    for n, cut in enumerate((True, False), 1):
        file = files(f"{n}.wav", encoding="pcm16")
        far.record_to(file, RecordOptions(stop_digits="#*9", cut_digit=cut))
        play(up, near, before + IDLE * 800 + dtmf("5", 80) + IDLE * 800 + dtmf("*", 120))
        ended = end_of(up, n)
        assert (ended.reason, ended.digit) == (MediaEnd.DIGIT, "*")
        samples = np.frombuffer(sound(file), np.int16).astype(int)
        assert len(samples) == ended.octets
        last = np.flatnonzero(np.abs(samples) > 40)[-1]
        if cut:
            assert wrap.alaw_decode(before + IDLE * 800 + dtmf("5", 80)) in sound(file)
            # Of the 800 samples of silence before the digit nearly all are there, of it nothing.
            assert 700 <= len(samples) - 1 - last <= 800
        else:
            assert len(samples) - 1 - last < 10
        settle(up)


def test_closing_the_timeslot(up, files: Open) -> None:
    _, far = up.voice()
    file = files()
    far.record_to(file, tag=3)
    settle(up)
    far.close()
    ended = end_of(up)
    assert (ended.tag, ended.reason) == (3, MediaEnd.STOPPED)
    assert len(sound(file)) == ended.octets >= 240


def test_closing_the_board_completes_files(up, files: Open) -> None:
    near, far = up.voice()
    file = files()
    far.record_to(file)
    there = speech(11, 120)
    play(up, near, there)
    settle(up)
    recorded = far.recorded_samples()
    up.board.close()
    assert there in sound(file)
    assert len(sound(file)) >= recorded


def test_a_full_disk(up, files: Open) -> None:
    _, far = up.voice()
    file = files()
    full = os.open("/dev/full", os.O_RDWR)
    os.dup2(full, file.fd)
    os.close(full)
    far.record_to(file, tag=4)
    os.close(file.fd)
    file.fd = -1
    ended = end_of(up)
    assert (ended.tag, ended.reason, ended.octets) == (4, MediaEnd.ERROR, 0)
    assert ended.error == os.strerror(28)
    # The timeslot records again.
    again = files("b.wav")
    far.record_to(again, RecordOptions(max_samples=800))
    assert end_of(up, 2).reason is MediaEnd.COMPLETE


# ---- wrong use -----------------------------------------------------------------------------------


def test_wrong_use(up, files: Open, tmp_path) -> None:
    _, far = up.voice()
    file = files()
    with pytest.raises(LocalError, match="has 1 channels, recording BOTH makes 2"):
        far.record_to(file, RecordOptions(RecordWhat.BOTH))
    with pytest.raises(LocalError, match="digit 'x' cannot end recording"):
        far.record_to(file, RecordOptions(stop_digits="1x"))
    with pytest.raises(LocalError, match="silence_ms of -1: give 0 to"):
        far.record_to(file, RecordOptions(silence_ms=-1))
    with pytest.raises(LocalError, match="give 0 to 60000"):
        far.prerecord(60_001)
    with pytest.raises(LocalError, match="is closed: open it"):
        up.far.timeslots[9].record_to(file)
    far.prerecord(100)
    with pytest.raises(LocalError, match="prerecord_ms not together with paused"):
        far.record_to(file, RecordOptions(prerecord_ms=100, paused=True))
    far.record_to(file)
    with pytest.raises(LocalError, match="busy"):
        far.record_to(files("b.wav"))
    with pytest.raises(LocalError, match="busy"):
        far.record(800)
    far.stop_record()
    end_of(up)
    os.close(file.fd)
    with open(file.path, "rb") as readable:
        file.fd = readable.fileno()
        with pytest.raises(LocalError, match="open a file for reading and writing"):
            far.record_to(file)
    file.fd = -1
