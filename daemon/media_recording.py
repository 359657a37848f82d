"""WAV files for recordings, valid at every moment.

``open_recording`` makes a file, or opens one to go on with it, and says where its lengths are; the
native recorder writes sound at ``data_start + data_octets`` and then sets the lengths, both by
pwrite. A process that is killed between the two leaves sound behind what the header says: the next
``open_recording(append=True)`` keeps it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import struct
from typing import Final

from ..errors import LocalError
from . import media_wav
from .media_decode import RATE

ENCODINGS: Final = {
    "alaw": (media_wav.ALAW, 8),
    "mulaw": (media_wav.MULAW, 8),
    "pcm16": (media_wav.PCM, 16),
}
"""Format tag and bits of a sample of each encoding."""
_MOST: Final = 0xFFFFFFFF
_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


class RecordingFile:
    """An open file that sound is appended to. Offsets and lengths are octets."""

    __slots__ = (
        "channels",
        "data_octets",
        "data_size_at",
        "data_start",
        "encoding",
        "fact_count_at",
        "fd",
        "frame_octets",
        "limit_octets",
        "path",
        "riff_size_at",
    )

    def __init__(
        self,
        path: str,
        encoding: str,
        channels: int,
        fd: int,
        head: media_wav.Header,
        data_start: int,
        data_octets: int,
    ) -> None:
        self.path: Final = path
        self.encoding: Final = encoding
        self.channels: Final = channels
        self.fd = fd
        """For reading and writing, locked; -1 when finished."""
        self.data_start: Final = data_start
        self.data_octets: Final = data_octets
        """Of sound that is there already: where recording goes on."""
        self.riff_size_at: Final = head.riff_size_at
        """Of the RIFF chunk's length: data_start - 8 + the sound's octets, padded to even."""
        self.data_size_at: Final = head.data_size_at
        """Of the data chunk's length."""
        self.fact_count_at: Final = head.fact_count_at
        """Of the number of frames in the fact chunk; -1: there is none."""
        self.frame_octets: Final = channels * ENCODINGS[encoding][1] // 8
        most = _MOST - (data_start - 8) - 1
        self.limit_octets: Final = most - most % self.frame_octets
        """The most sound that the file's 32-bit lengths can tell of: stop there."""


def open_recording(
    path: str, encoding: str, channels: int, append: bool, *, below: str | None = None
) -> RecordingFile:
    """Make a WAV of 8000 Hz for a recording, or with ``append`` go on with the one that is there.

    ``encoding``: alaw, mulaw or pcm16; ``channels``: 1 or 2. Folders are made as needed. ``below``
    is the media directory: no symbolic link is followed on the way from there. Without ``append``
    a file that is there is recorded over.

    LocalError: it cannot be made; it is being recorded already; ``append`` to a file that is no
    WAV of this encoding and number of channels, has other chunks behind its sound, or is full.
    """
    if encoding not in ENCODINGS:
        raise LocalError(f"no encoding '{encoding}': give one of {', '.join(ENCODINGS)}")
    if channels not in (1, 2):
        raise LocalError(f"a recording of {channels} channels: give 1 or 2")
    try:
        fd = _open(path, below)
        try:
            _lock(fd, path)
            size = os.fstat(fd).st_size if append else 0
            made = _go_on if size else _begin
            return made(fd, path, encoding, channels)
        except BaseException:
            os.close(fd)
            raise
    except OSError as exc:
        raise LocalError(f"{path}: {_reason(exc)}") from exc


def finish(file: RecordingFile, *, sync: bool = False) -> int:
    """Set the lengths to what is there, pad to an even size, close; returns the sound's octets.

    Call it when the recorder has told its end: the file is locked until both have closed it.
    ``sync``: wait until it is on the disk. Finishing twice does nothing. LocalError: it cannot be
    written.
    """
    if file.fd < 0:
        return 0
    fd, file.fd = file.fd, -1
    try:
        try:
            octets = os.fstat(fd).st_size - file.data_start
            octets = min(max(0, octets), file.limit_octets)
            octets -= octets % file.frame_octets
            told = int.from_bytes(os.pread(fd, 4, file.data_size_at), "little")
            if told & 1 and octets == told + 1:
                octets = told  # what is more is the recorder's padding
            os.ftruncate(fd, file.data_start + octets + (octets & 1))
            _set_lengths(fd, file, octets)
            if sync:
                os.fsync(fd)
        finally:
            os.close(fd)
    except OSError as exc:
        raise LocalError(f"{file.path}: {_reason(exc)}") from exc
    return octets


def _reason(exc: OSError) -> str:
    remedies = {
        errno.ELOOP: "a symbolic link: recordings are not made through one; give another name",
        errno.EISDIR: "a directory: give the name of a file",
        errno.ENOTDIR: "a part of the way is no directory, or a symbolic link: give another name",
        errno.ENOSPC: "no space left on the disk: make room",
        errno.EACCES: "the daemon may not write there: change the owner or mode of the directory",
    }
    return remedies.get(exc.errno or 0, exc.strerror or str(exc))


def _open(path: str, below: str | None) -> int:
    if "\0" in path:
        raise LocalError(f"{path!r} is no name of a file")
    if below is None:
        os.makedirs(os.path.dirname(os.path.abspath(path)), mode=0o750, exist_ok=True)
        fd = os.open(path, _FLAGS, 0o640)
    else:
        fd = _open_below(path, below)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise LocalError(f"{path}: not a regular file: give another name")
    return fd


def _open_below(path: str, below: str) -> int:
    """Go down from the media directory, folder by folder, through no symbolic link."""
    root = os.path.realpath(below)
    parts = os.path.relpath(os.path.join(root, path), root).split(os.sep)
    if os.pardir in parts or parts == [os.curdir]:
        raise LocalError(f"{path}: not below the media directory {root}: give a name below it")
    flags = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_RDONLY
    at = os.open(root, flags)
    try:
        for part in parts[:-1]:
            with contextlib.suppress(FileExistsError):  # open says whether it is a directory
                os.mkdir(part, 0o750, dir_fd=at)
            deeper = os.open(part, flags, dir_fd=at)
            os.close(at)
            at = deeper
        return os.open(parts[-1], _FLAGS, 0o640, dir_fd=at)
    finally:
        os.close(at)


def _lock(fd: int, path: str) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        raise LocalError(
            f"{path}: it is being recorded: stop that first, or give another name"
        ) from exc


def _begin(fd: int, path: str, encoding: str, channels: int) -> RecordingFile:
    tag, bits = ENCODINGS[encoding]
    head = media_wav.header(tag, channels, RATE, bits)
    os.ftruncate(fd, 0)
    _write(fd, head.octets, 0)
    return RecordingFile(path, encoding, channels, fd, head, len(head.octets), 0)


def _go_on(fd: int, path: str, encoding: str, channels: int) -> RecordingFile:
    def read(at: int, n: int) -> bytes:
        return os.pread(fd, n, at) if at < 1 << 62 else b""

    size = os.fstat(fd).st_size
    if not media_wav.is_wav(read(0, 12)):
        raise LocalError(f"{path}: no WAV file: it cannot be appended to, give another name")
    wav = media_wav.parse(read, size, path)
    tag, bits = ENCODINGS[encoding]
    wanted = (tag, channels, RATE, channels * bits // 8)
    if (wav.tag, wav.channels, wav.rate, wav.block) != wanted or wav.riff_size_at < 0:
        raise LocalError(
            f"{path}: its format is not {encoding} of {channels} channels at {RATE} Hz: "
            "append in its own format, or give another name"
        )
    octets = _sound_there(read, wav, size, path)
    head = media_wav.Header(b"", wav.riff_size_at, wav.data_size_at, wav.fact_count_at)
    file = RecordingFile(path, encoding, channels, fd, head, wav.data_start, octets)
    if octets + RATE * file.frame_octets > file.limit_octets:
        raise LocalError(f"{path}: it is full, a WAV holds 4 GiB: record to another file")
    os.ftruncate(fd, wav.data_start + octets)
    _set_lengths(fd, file, octets)
    return file


def _sound_there(read: media_wav.Read, wav: media_wav.Wav, size: int, path: str) -> int:
    """Whole frames of sound in a file, however it was left."""
    there = size - wav.data_start
    if wav.data_size is not None and wav.data_size < there:
        end = wav.data_start + wav.data_size
        if there == wav.data_size + 1 and wav.data_size & 1:
            there = wav.data_size  # the octet that pads it to even
        elif media_wav.are_chunks(read, end + (end & 1), size):
            raise LocalError(
                f"{path}: it has other chunks behind its sound: record to another file"
            )
    return max(0, there - there % wav.block)


def _set_lengths(fd: int, file: RecordingFile, octets: int) -> None:
    riff = file.data_start - 8 + octets + (octets & 1)
    _write(fd, struct.pack("<I", octets), file.data_size_at)
    if file.fact_count_at >= 0:
        _write(fd, struct.pack("<I", octets // file.frame_octets), file.fact_count_at)
    _write(fd, struct.pack("<I", riff), file.riff_size_at)


def _write(fd: int, octets: bytes, at: int) -> None:
    if os.pwrite(fd, octets, at) != len(octets):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
