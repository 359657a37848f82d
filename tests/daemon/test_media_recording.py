"""Recordings' files: valid from the first moment, after a kill, and to go on with."""

from __future__ import annotations

import os
import pathlib
import signal
import stat
import struct
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from trunkd.board.model import Law
from trunkd.daemon import media_wav
from trunkd.daemon.media_files import describe, load
from trunkd.daemon.media_recording import RecordingFile, finish, open_recording
from trunkd.errors import LocalError

KINDS = [("alaw", 1), ("alaw", 2), ("mulaw", 1), ("mulaw", 2), ("pcm16", 1), ("pcm16", 2)]


def append(file: RecordingFile, octets: bytes, done: int = 0) -> int:
    """As the native recorder does: the sound, then its lengths. Returns what there is."""
    at = file.data_octets + done
    os.pwrite(file.fd, octets, file.data_start + at)
    total = at + len(octets)
    lengths = [(file.data_size_at, total), (file.riff_size_at, file.data_start - 8 + total)]
    if file.fact_count_at >= 0:
        lengths.append((file.fact_count_at, total // file.frame_octets))
    for place, length in lengths:
        os.pwrite(file.fd, struct.pack("<I", length), place)
    return done + len(octets)


def frames_of_sox(path: pathlib.Path) -> tuple[int, int]:
    """Frames and channels as sox reads them, with nothing to complain of."""
    done = subprocess.run(
        ["sox", "-V2", str(path), "-t", "raw", "-e", "signed", "-b", "16", "-"],
        check=True,
        capture_output=True,
    )
    assert b"WARN" not in done.stderr, done.stderr
    info = ["soxi", "-c", str(path)]
    channels = int(subprocess.run(info, check=True, capture_output=True).stdout)
    return len(done.stdout) // 2 // channels, channels


@pytest.mark.parametrize(("encoding", "channels"), KINDS)
def test_valid_at_every_step(encoding: str, channels: int, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.wav"
    file = open_recording(str(path), encoding, channels, False)
    assert (file.data_octets, file.channels, file.encoding) == (0, channels, encoding)
    assert file.frame_octets == channels * (2 if encoding == "pcm16" else 1)
    assert frames_of_sox(path) == (0, channels)
    done = 0
    for n in (1, 160, 799):
        done = append(file, bytes(range(1, 256)) * n * file.frame_octets, done)
        assert frames_of_sox(path) == (done // file.frame_octets, channels)
        info = soundfile.info(path)
        assert (info.frames, info.channels) == (done // file.frame_octets, channels)
    assert finish(file) == done
    assert file.fd == -1
    assert finish(file) == 0
    assert path.stat().st_size % 2 == 0
    assert frames_of_sox(path) == (done // file.frame_octets, channels)
    riff, data = (int.from_bytes(path.read_bytes()[at : at + 4], "little")
                  for at in (file.riff_size_at, file.data_size_at))  # fmt: skip
    assert (riff + 8, data) == (path.stat().st_size, done)
    assert describe(str(path)).damage == ""


@pytest.mark.parametrize(("encoding", "channels"), KINDS)
def test_going_on(encoding: str, channels: int, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.wav"
    sound = bytes(range(256)) * 7
    file = open_recording(str(path), encoding, channels, False)
    odd = 3 * file.frame_octets
    append(file, sound[:odd])
    finish(file, sync=True)
    file = open_recording(str(path), encoding, channels, True)
    assert file.data_octets == odd
    assert file.data_start == (44 if encoding == "pcm16" else 58)
    append(file, sound[odd : 64 * file.frame_octets])
    finish(file)
    at = file.data_start
    assert path.read_bytes()[at : at + 64 * file.frame_octets] == sound[: 64 * file.frame_octets]
    assert frames_of_sox(path) == (64, channels)


def test_recording_over_begins_anew(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(b"anything" * 1000)
    finish(open_recording(str(path), "alaw", 1, False))
    assert path.stat().st_size == 58
    path.write_bytes(b"")
    file = open_recording(str(path), "alaw", 1, True)
    assert file.data_octets == 0
    finish(file)


def crashed(path: pathlib.Path, behind: bytes) -> None:
    file = open_recording(str(path), "alaw", 1, False)
    append(file, b"\x11" * 1001)
    os.pwrite(file.fd, behind, file.data_start + 1001)
    os.close(file.fd)


@pytest.mark.parametrize("behind", [b"\x22" * 4000, b"\0" * 3, b"\xd5" * 8, b"LIST\xff\xff\0\0"])
def test_sound_behind_the_header_is_kept(behind: bytes, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.wav"
    crashed(path, behind)
    assert load(str(path), Law.A).octets == b"\x11" * 1001  # what the header says, meanwhile
    file = open_recording(str(path), "alaw", 1, True)
    assert file.data_octets == 1001 + len(behind)
    finish(file)
    assert load(str(path), Law.A).octets == b"\x11" * 1001 + behind


def test_header_says_more_than_there_is(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.wav"
    file = open_recording(str(path), "pcm16", 2, False)
    append(file, b"\1\2\3\4" * 100)
    os.close(file.fd)
    os.truncate(path, 44 + 4 * 50 + 3)
    file = open_recording(str(path), "pcm16", 2, True)
    assert file.data_octets == 200
    finish(file)
    assert frames_of_sox(path) == (50, 2)


def test_killed_while_it_records(tmp_path: pathlib.Path) -> None:
    """kill -9 between any two system calls leaves a file that sox reads, all but the last piece."""
    path = tmp_path / "x.wav"
    code = """
import os, struct, sys
from trunkd.daemon.media_recording import open_recording
file = open_recording(sys.argv[1], "pcm16", 1, False)
total = 0
while True:
    total += os.pwrite(file.fd, bytes([1, 2]) * 4000, file.data_start + total)
    os.pwrite(file.fd, struct.pack("<I", total), file.data_size_at)
    os.pwrite(file.fd, struct.pack("<I", 36 + total), file.riff_size_at)
    print(total, flush=True)
    sys.stdin.readline()
"""
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin
        assert child.stdout
        told = 0
        for _ in range(5):
            told = int(child.stdout.readline())
            child.stdin.write("\n")
            child.stdin.flush()
        child.send_signal(signal.SIGKILL)
    frames, _ = frames_of_sox(path)
    assert frames >= told // 2
    file = open_recording(str(path), "pcm16", 1, True)
    assert file.data_octets >= told
    finish(file)
    samples, _ = soundfile.read(path, dtype="int16")
    assert (samples == 0x0201).all()


def test_files_that_are_not_gone_on_with(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.wav"

    def refused(match: str, encoding: str = "alaw", channels: int = 1) -> None:
        before = path.read_bytes()
        with pytest.raises(LocalError, match=rf"x\.wav: .*{match}"):
            open_recording(str(path), encoding, channels, True)
        assert path.read_bytes() == before

    finish(open_recording(str(path), "alaw", 1, False))
    refused("its format is not mulaw of 1 channels", "mulaw")
    refused("its format is not alaw of 2 channels", "alaw", 2)
    path.write_bytes(b"no WAV at all")
    refused("no WAV file")
    soundfile.write(path, np.zeros(100, np.int16), 16000)
    refused("its format is not pcm16 .* at 8000 Hz", "pcm16")
    crashed(path, b"")
    with path.open("ab") as file:
        file.write(b"\0LIST" + struct.pack("<I", 4) + b"INFO")
    refused("it has other chunks behind its sound")
    with pytest.raises(LocalError, match="no encoding 'mp3'"):
        open_recording(str(path), "mp3", 1, False)
    with pytest.raises(LocalError, match="3 channels"):
        open_recording(str(path), "alaw", 3, False)


def test_one_recorder_at_a_time(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "x.wav")
    file = open_recording(path, "alaw", 1, False)
    append(file, b"\x33" * 500)
    for going_on in (True, False):
        with pytest.raises(LocalError, match=r"it is being recorded: stop that first"):
            open_recording(path, "alaw", 1, going_on)
    finish(file)
    assert load(path, Law.A).octets == b"\x33" * 500
    finish(open_recording(path, "alaw", 1, True))


def test_length_of_4_gib(tmp_path: pathlib.Path) -> None:
    """A sparse file stands for 6 days of recording."""
    path = tmp_path / "x.wav"
    file = open_recording(str(path), "alaw", 2, False)
    assert file.limit_octets % 2 == 0
    assert file.limit_octets + file.data_start - 8 <= 0xFFFFFFFF
    os.ftruncate(file.fd, file.data_start + file.limit_octets + 7)
    assert finish(file) == file.limit_octets
    with path.open("rb") as start:
        head = start.read(58)
    assert int.from_bytes(head[4:8], "little") + 8 == path.stat().st_size
    with pytest.raises(LocalError, match=r"it is full, a WAV holds 4 GiB"):
        open_recording(str(path), "alaw", 2, True)
    os.truncate(path, 58 + file.limit_octets - 40000)
    file = open_recording(str(path), "alaw", 2, True)
    assert file.data_octets == file.limit_octets - 40000
    finish(file)


def test_folders_modes_and_links(tmp_path: pathlib.Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    old = os.umask(0)
    try:
        file = open_recording("a/b/x.wav", "alaw", 1, False, below=str(media))
    finally:
        os.umask(old)
    assert stat.S_IMODE((media / "a/b/x.wav").stat().st_mode) == 0o640
    assert stat.S_IMODE((media / "a").stat().st_mode) == 0o750
    finish(file)
    finish(open_recording(str(media / "a/b/x.wav"), "alaw", 1, True, below=str(media)))
    (media / "out").symlink_to(tmp_path)
    (media / "link.wav").symlink_to(tmp_path / "target.wav")
    (media / "dir.wav").mkdir()
    os.mkfifo(media / "fifo.wav")
    for name, match in [
        ("out/x.wav", "symbolic link"),
        ("link.wav", "symbolic link"),
        ("../x.wav", "not below the media directory"),
        ("/etc/x.wav", "not below the media directory"),
        ("dir.wav", "a directory: give the name of a file"),
        ("fifo.wav", "not a regular file"),
        ("a/b/x.wav/y.wav", "no directory"),
        ("a\0b.wav", "no name of a file"),
    ]:
        with pytest.raises(LocalError, match=match):
            open_recording(name, "alaw", 1, False, below=str(media))
    assert not (tmp_path / "x.wav").exists()
    assert not (tmp_path / "target.wav").exists()
    with pytest.raises(LocalError, match="symbolic link"):
        open_recording(str(media / "link.wav"), "alaw", 1, False)
    with pytest.raises(LocalError, match="/dev/full: not a regular file"):
        open_recording("/dev/full", "alaw", 1, True)


def test_header_of_other_writers_is_gone_on_with(tmp_path: pathlib.Path) -> None:
    """sox's A-law has a fact chunk and an extended format; libsndfile's PCM a plain one."""
    for name, encoding, command in [
        ("a.wav", "alaw", ["-e", "a-law"]),
        ("u.wav", "mulaw", ["-e", "u-law"]),
        ("p.wav", "pcm16", ["-e", "signed", "-b", "16"]),
    ]:
        path = tmp_path / name
        subprocess.run(
            ["sox", "-V1", "-n", "-r", "8000", "-c", "1", *command, str(path), "synth", "0.1",
             "sine", "800"], check=True,
        )  # fmt: skip
        file = open_recording(str(path), encoding, 1, True)
        assert file.data_octets == 800 * file.frame_octets
        append(file, b"\x55" * 800 * file.frame_octets)
        finish(file)
        assert frames_of_sox(path) == (1600, 1)


def test_header_lengths() -> None:
    for tag, bits in ((media_wav.PCM, 16), (media_wav.ALAW, 8)):
        head = media_wav.header(tag, 2, 8000, bits, 1001)
        assert head.octets[:4] == b"RIFF"
        assert head.octets[head.data_size_at :] == struct.pack("<I", 1001)
        size = int.from_bytes(head.octets[4:8], "little")
        assert size + 8 == len(head.octets) + 1002
