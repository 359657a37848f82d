"""Recordings that a killed process or a full disk leaves behind; mixing and laws to the sample."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from trunkd.board.clock import MILLISECOND, VirtualClock
from trunkd.board.events import BoardEvent, MediaEnd, RecordEnded
from trunkd.board.model import Law
from trunkd.board.record import RecordOptions, RecordWhat
from trunkd.board.registry import open_board
from trunkd.daemon.media_recording import finish, open_recording
from trunkd.native import wrap, wrap_recorder
from trunkd.native.wrap import ffi, lib

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import recorder_child

CHILD = str(pathlib.Path(recorder_child.__file__))
LOST = 4000
"""Samples that a killed process may lose: 0.5 s."""
LAWS = {
    "alaw": (wrap.alaw_decode, wrap.alaw_encode),
    "mulaw": (wrap.ulaw_decode, wrap.ulaw_encode),
}


def linear(octets: bytes) -> np.ndarray:
    return np.frombuffer(wrap.alaw_decode(octets), np.int16)


def read_by_sox(path: pathlib.Path) -> np.ndarray:
    """Samples by channel; sox must have nothing to say."""
    try:
        done = subprocess.run(
            ["sox", str(path), "-t", "raw", "-e", "signed", "-b", "16", "-L", "-"],
            check=False,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.fail("sox is not there: install the Debian package sox")
    assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode()
    return np.frombuffer(done.stdout, "<i2").reshape(-1, soundfile.info(path).channels)


def mixed(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    total = (one.astype(np.int32) + other).astype(np.int32)
    out = np.empty(len(total), np.int16)
    lib.td_mix_limit_plain(
        ffi.from_buffer("int32_t[]", total), ffi.from_buffer("int16_t[]", out), len(total)
    )
    return out


def check_sound(samples: np.ndarray, timeslot: int) -> None:
    """A recording of the child's: after the line's silence what was played, nothing missing."""
    encoding, what = recorder_child.kind(timeslot)
    wanted = [linear(recorder_child.received(timeslot)), linear(recorder_child.sent(timeslot))]
    if what is RecordWhat.MIXED:
        return  # where the two meet is not known: test_mixes_and_other_laws_are_exact is about that
    if what is not RecordWhat.BOTH:
        wanted = [wanted[what is RecordWhat.SENT]]
    for channel, octets in zip(samples.T, wanted, strict=True):
        starts = np.flatnonzero(np.all(windows(channel, 16) == octets[:16], axis=1))
        assert len(starts) == 1, f"timeslot {timeslot}: {encoding} {what.name}"
        rest = channel[starts[0] :]
        assert np.array_equal(rest, octets[: len(rest)])


def windows(samples: np.ndarray, n: int) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(samples[:20_000], n)


def lead(folder: pathlib.Path, recorded: list[int]) -> list[int]:
    """By how many samples each file is ahead of what its timeslot had recorded."""
    files = (folder / f"{timeslot}.wav" for timeslot in range(1, len(recorded) + 1))
    return [soundfile.info(str(f)).frames - n for f, n in zip(files, recorded, strict=True)]


@pytest.mark.parametrize("lines", [30, 61])
def test_a_killed_process_leaves_whole_files(tmp_path: pathlib.Path, lines: int) -> None:
    with subprocess.Popen([sys.executable, CHILD, str(tmp_path)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for line in child.stdout:
            recorded = [int(word) for word in line.split()]
            # Whoever writes the files may be kept waiting by others: not at this moment.
            if min(recorded) > 400 * lines and min(lead(tmp_path, recorded)) >= -LOST:
                break
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    assert len(recorded) == 30
    for timeslot, samples in enumerate(recorded, 1):
        path = tmp_path / f"{timeslot}.wav"
        heard = read_by_sox(path)
        assert soundfile.info(path).frames == len(heard) >= samples - LOST
        check_sound(heard, timeslot)
        # It can be gone on with.
        encoding, what = recorder_child.kind(timeslot)
        channels = 2 if what is RecordWhat.BOTH else 1
        again = open_recording(str(path), encoding, channels, append=True)
        assert again.data_octets >= len(heard) * again.frame_octets
        finish(again)


def test_a_full_disk_ends_recordings_that_stay_whole(tmp_path: pathlib.Path) -> None:
    limit = 50_001
    child = subprocess.run(
        [sys.executable, CHILD, str(tmp_path), str(limit)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    ends = [line.split("\t") for line in child.stdout.splitlines()]
    assert sorted(int(end[0]) for end in ends) == list(range(1, 31))
    for tag, reason, octets, error in ends:
        assert (reason, error) == (MediaEnd.ERROR.name, os.strerror(27))
        path = tmp_path / f"{tag}.wav"
        heard = read_by_sox(path)
        assert limit - 8 <= path.stat().st_size <= limit
        assert soundfile.info(path).frames == len(heard) == int(octets) > 10_000
        check_sound(heard, int(tag))


# ---- to the sample, stepped ----------------------------------------------------------------------


class Rig:
    """Two spans joined; timeslots 1 and 2 alike, so that one tells what the other should be."""

    def __init__(self, law: Law) -> None:
        self.board = open_board("sim://lab?spans=2&cable=1-2", clock=VirtualClock())
        self.board.start()
        self.run(60)
        self.near = self.board.span(1).timeslots
        self.far = self.board.span(2).timeslots
        for n in (1, 2):
            self.near[n].open_voice(law)
            self.far[n].open_voice(law)

    def run(self, milliseconds: int) -> list[BoardEvent]:
        end = self.board.clock.now() + milliseconds * MILLISECOND
        seen: list[BoardEvent] = []
        while self.board.clock.now() < end:
            self.board.step(end)
            seen += self.board.events()
        return seen


@pytest.mark.parametrize("encoding", ["alaw", "mulaw", "pcm16"])
@pytest.mark.parametrize("law", list(Law))
def test_mixes_and_other_laws_are_exact(tmp_path: pathlib.Path, law: Law, encoding: str) -> None:
    rig = Rig(law)
    files = {}
    for n, what in ((1, RecordWhat.BOTH), (2, RecordWhat.MIXED)):
        channels = 2 if what is RecordWhat.BOTH else 1
        name = {Law.A: "alaw", Law.MU: "mulaw"}[law] if channels == 2 else encoding
        files[what] = open_recording(str(tmp_path / f"{n}.wav"), name, channels, False)
        rig.far[n].record_to(files[what], RecordOptions(what, max_samples=16_003), tag=n)
        rig.near[n].play(recorder_child.received(1)[:9000])
        rig.far[n].play(recorder_child.sent(1)[:12_000])
    rig.far[3].open_voice(law)
    rig.near[3].open_voice(law)
    rig.near[3].play(recorder_child.received(1)[:9000])
    converted = open_recording(str(tmp_path / "3.wav"), encoding, 1, False)
    rig.far[3].record_to(converted, RecordOptions(max_samples=16_003), tag=3)
    ends = [e for e in rig.run(2100) if isinstance(e, RecordEnded)]
    assert {(e.tag, e.octets, e.reason) for e in ends} == {
        (n, 16_003, MediaEnd.COMPLETE) for n in (1, 2, 3)
    }
    raw = {file.path: pathlib.Path(file.path).read_bytes() for file in (*files.values(), converted)}
    both = raw[files[RecordWhat.BOTH].path][files[RecordWhat.BOTH].data_start :]
    decode, _ = LAWS["alaw" if law is Law.A else "mulaw"]
    one, other = (np.frombuffer(decode(both[side::2]), np.int16) for side in (0, 1))
    encode = LAWS[encoding][1] if encoding in LAWS else lambda samples: samples.tobytes()
    wanted = encode(mixed(one, other))
    mix = files[RecordWhat.MIXED]
    assert raw[mix.path][mix.data_start :][: len(wanted)] == wanted
    # A law becomes another one by the tables of G.711, linear by decoding.
    received = both[0::2]
    if encoding == "pcm16":
        alike = decode(received)
    elif encoding == ("alaw" if law is Law.A else "mulaw"):
        alike = received
    else:
        alike = (wrap.alaw_to_ulaw if law is Law.A else wrap.ulaw_to_alaw)(received)
    assert raw[converted.path][converted.data_start :][: len(alike)] == alike
    assert recorder_child.received(1)[:9000] in received
    rig.board.close()
    for file in (*files.values(), converted):
        finish(file)


def test_flush_writes_what_there_is(tmp_path: pathlib.Path) -> None:
    rig = Rig(Law.A)
    file = open_recording(str(tmp_path / "a.wav"), "alaw", 1, False)
    rig.far[1].record_to(file)
    rig.run(50)
    assert soundfile.info(file.path).frames == 0
    assert wrap_recorder.flush(rig.board.engine) == 0
    assert soundfile.info(file.path).frames == rig.far[1].recorded_samples() == 400
    stats = wrap_recorder.stats(rig.board.engine)
    assert (stats["octets"], stats["recordings"], stats["errors"]) == (400, 1, 0)
    rig.board.close()
    finish(file)
