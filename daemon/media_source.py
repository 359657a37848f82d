"""What a voice file is, where its sound lies, and its octets piece by piece."""

from __future__ import annotations

import os
import pathlib
import stat
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, Protocol

from ..board.model import Law
from ..errors import LocalError
from ..native import wrap_files
from . import media_wav
from .media_decode import RATE, Decoder, Gsm, Ima, Octets, Samples, Vox

FORMS: Final[dict[str, tuple[str, int]]] = {
    "alaw": ("A-law", RATE),
    "mulaw": ("mu-law", RATE),
    "pcm16": ("PCM 16 bit", RATE),
    "pcm16-12k": ("PCM 16 bit", 12000),
    "pcm16-16k": ("PCM 16 bit", 16000),
    "pcm16-24k": ("PCM 16 bit", 24000),
    "pcm16-32k": ("PCM 16 bit", 32000),
    "pcm16-44k": ("PCM 16 bit", 44100),
    "pcm16-48k": ("PCM 16 bit", 48000),
    "vox": ("Dialogic ADPCM", RATE),
    "vox-6k": ("Dialogic ADPCM", 6000),
    "gsm": ("GSM 06.10", RATE),
}
"""Files without a header: name, format in words, rate."""
SUFFIXES: Final = {
    ".al": "alaw",
    ".alaw": "alaw",
    ".ul": "mulaw",
    ".ulaw": "mulaw",
    ".mulaw": "mulaw",
    ".pcm": "pcm16",
    ".raw": "pcm16",
    ".sln": "pcm16",
    ".sln12": "pcm16-12k",
    ".sln16": "pcm16-16k",
    ".sln24": "pcm16-24k",
    ".sln32": "pcm16-32k",
    ".sln44": "pcm16-44k",
    ".sln48": "pcm16-48k",
    ".vox": "vox",
    ".vox6": "vox-6k",
    ".gsm": "gsm",
}
_PCM: Final = {
    1: wrap_files.PCM_U8,
    2: wrap_files.PCM_S16,
    3: wrap_files.PCM_S24,
    4: wrap_files.PCM_S32,
}
_FLOAT: Final = {4: wrap_files.PCM_F32, 8: wrap_files.PCM_F64}
_PIECE: Final = 1 << 18
_FRAMES: Final = 1 << 14


class Pieces(Protocol):
    """The octets of a file's sound. ``damage`` is known at the end of the iteration."""

    damage: str

    def __iter__(self) -> Iterator[bytes]: ...


class Source(NamedTuple):
    """How a file's sound is read: its format, its octets and what decodes them."""

    format: str
    rate: int
    channels: int
    pieces: Pieces
    decoder: Decoder


class FilePieces:
    """``size`` octets of a file from ``start``; None: to its end."""

    def __init__(self, fd: int, start: int, size: int | None) -> None:
        self.damage = ""
        self._fd = fd
        self._start = start
        self._size = size

    def __iter__(self) -> Iterator[bytes]:
        done = 0
        while self._size is None or done < self._size:
            n = _PIECE if self._size is None else min(_PIECE, self._size - done)
            try:
                piece = os.pread(self._fd, n, self._start + done)
            except OSError as exc:
                self.damage = f"it cannot be read on: {exc.strerror}"
                return
            if not piece:
                if self._size is not None:
                    lost = self._size - done
                    self.damage = f"it is cut short: {lost} of {self._size} octets are missing"
                return
            done += len(piece)
            yield piece


class SoundfilePieces:
    """Frames of 32-bit float as libsndfile reads them."""

    def __init__(self, sound: Any, error: type[Exception], damage: str) -> None:
        self.damage = damage
        self._sound = sound
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        done, frames = 0, int(self._sound.frames)
        while True:
            try:
                piece = self._sound.read(_FRAMES, dtype="float32", always_2d=True)
            except self._error as exc:
                self.damage = f"it cannot be decoded on: {exc}"
                return
            if not len(piece):
                break
            done += len(piece)
            yield piece.astype("<f4").tobytes()
        # Where libsndfile knows no length it says a very large one.
        if done < frames < 1 << 40:
            self.damage = f"it is cut short: {frames - done} of {frames} frames are missing"


def find(fd: int, path: str, law: Law, form: str | None) -> Source:
    """What an open file holds, by ``form``, its beginning, or its suffix.

    LocalError: it is nothing that can be read; the text says what would help.
    """
    try:
        head = os.pread(fd, 12, 0)
    except OSError as exc:
        raise LocalError(f"{path}: {exc.strerror}") from exc
    if form is not None:
        if form not in FORMS:
            raise LocalError(f"no form '{form}': give one of {', '.join(FORMS)}")
        return _raw(fd, form, law)
    if not head:
        raise LocalError(f"{path}: an empty file: there is no sound in it")
    if media_wav.is_wav(head):
        return _wav(fd, path, law)
    suffix = pathlib.PurePath(path).suffix.lower()
    if suffix in SUFFIXES:
        return _raw(fd, SUFFIXES[suffix], law)
    return _soundfile(fd, path, law)


def _raw(fd: int, form: str, law: Law) -> Source:
    words, rate = FORMS[form]
    decoder: Decoder
    if form in ("alaw", "mulaw"):
        decoder = Octets(Law.A if form == "alaw" else Law.MU, law)
    elif form == "gsm":
        decoder = Gsm(False, rate, law)
    elif form in ("vox", "vox-6k"):
        decoder = Vox(rate, law)
    else:
        decoder = Samples(wrap_files.PCM_S16, 1, rate, law)
    return Source(f"raw {words}", rate, 1, FilePieces(fd, 0, None), decoder)


def _wav(fd: int, path: str, law: Law) -> Source:
    def read(at: int, n: int) -> bytes:
        try:
            return os.pread(fd, n, at) if at < 1 << 62 else b""
        except OSError as exc:
            raise LocalError(f"{path}: {exc.strerror}") from exc

    wav = media_wav.parse(read, os.fstat(fd).st_size, path)
    known = _wav_decoder(wav, law, path)
    if known is None:
        # libsndfile takes a file that is cut short for one that is shorter.
        missing = wav.data_start + (wav.data_size or 0) - os.fstat(fd).st_size
        cut = f"it is cut short: {missing} of {wav.data_size} octets are missing"
        return _soundfile(fd, path, law, cut if missing > 0 else "")
    words, decoder = known
    pieces = FilePieces(fd, wav.data_start, wav.data_size)
    return Source(f"WAV {words}", wav.rate, wav.channels, pieces, decoder)


def _wav_decoder(wav: media_wav.Wav, law: Law, path: str) -> tuple[str, Decoder] | None:
    """Format in words and decoder; None: not one of ours."""
    if not wrap_files.RATE_LEAST <= wav.rate <= wrap_files.RATE_MOST:
        raise LocalError(
            f"{path}: {wav.rate} samples a second: convert it to a rate of "
            f"{wrap_files.RATE_LEAST} to {wrap_files.RATE_MOST} Hz"
        )
    if wav.channels > wrap_files.MOST_CHANNELS:
        raise LocalError(
            f"{path}: {wav.channels} channels: give {wrap_files.MOST_CHANNELS} at most"
        )
    width = wav.block // wav.channels
    if wav.block % wav.channels == 0:
        if wav.tag == media_wav.PCM and width in _PCM:
            words = f"PCM {8 * width} bit"
            return words, Samples(_PCM[width], wav.channels, wav.rate, law)
        if wav.tag == media_wav.FLOAT and width in _FLOAT:
            words = f"float {8 * width} bit"
            return words, Samples(_FLOAT[width], wav.channels, wav.rate, law)
        if wav.tag in (media_wav.ALAW, media_wav.MULAW) and width == 1:
            return _g711(wav, law)
    return _compressed(wav, law, path)


def _g711(wav: media_wav.Wav, law: Law) -> tuple[str, Decoder]:
    has = Law.A if wav.tag == media_wav.ALAW else Law.MU
    words = "A-law" if has is Law.A else "mu-law"
    if wav.channels == 1 and wav.rate == RATE:
        return words, Octets(has, law)
    coding = wrap_files.PCM_ALAW if has is Law.A else wrap_files.PCM_ULAW
    return words, Samples(coding, wav.channels, wav.rate, law)


def _compressed(wav: media_wav.Wav, law: Law, path: str) -> tuple[str, Decoder] | None:
    if wav.tag == media_wav.IMA:
        if wav.channels > 8 or wav.block <= 4 * wav.channels:
            raise LocalError(
                f"{path}: IMA ADPCM of {wav.channels} channels in blocks of {wav.block} octets "
                "cannot be: make the file again"
            )
        frames = _counted(wav, 1 + 8 * (wav.block // (4 * wav.channels) - 1))
        return "IMA ADPCM", Ima(wav.block, wav.channels, wav.rate, law, frames)
    if wav.channels == 1 and wav.tag == media_wav.GSM and wav.block == 65:
        return "GSM 06.10", Gsm(True, wav.rate, law, _counted(wav, 320))
    if wav.channels == 1 and wav.tag in (media_wav.OKI, media_wav.DIALOGIC):
        return "Dialogic ADPCM", Vox(wav.rate, law)
    return None


def _counted(wav: media_wav.Wav, frames: int) -> int | None:
    """The fact chunk's count where it can be believed: it may end the last block early, no more."""
    if wav.samples is None or not wav.data_size:
        return None
    blocks = -(-wav.data_size // wav.block)
    return wav.samples if (blocks - 1) * frames < wav.samples <= blocks * frames else None


def _soundfile(fd: int, path: str, law: Law, damage: str = "") -> Source:
    """All else by libsndfile; numpy comes with it, so this is loaded when it is wanted."""
    try:
        import soundfile
    except (ImportError, OSError) as exc:
        raise LocalError(
            f"{path}: neither WAV nor of a known suffix, and libsndfile cannot be asked "
            f"({exc}): convert it to WAV, or pip install soundfile"
        ) from exc
    try:
        os.lseek(fd, 0, os.SEEK_SET)
        sound = soundfile.SoundFile(fd, closefd=False)
    except (soundfile.SoundFileError, OSError, TypeError, ValueError) as exc:
        reason = str(exc).split(": ")[-1]
        raise LocalError(
            f"{path}: not a sound file that can be read ({reason}): convert it to WAV"
        ) from exc
    if not 1 <= sound.channels <= wrap_files.MOST_CHANNELS:
        raise LocalError(f"{path}: {sound.channels} channels: give 1 to {wrap_files.MOST_CHANNELS}")
    try:
        decoder = Samples(wrap_files.PCM_F32, sound.channels, sound.samplerate, law)
    except LocalError as exc:
        raise LocalError(f"{path}: {exc}") from exc
    words = f"{sound.format} {sound.subtype}".replace("_", " ")
    pieces = SoundfilePieces(sound, soundfile.SoundFileError, damage)
    return Source(words, sound.samplerate, sound.channels, pieces, decoder)


def open_to_read(path: str, links: bool = True) -> int:
    """A descriptor of a regular file. LocalError: there is none, or it may not be read.

    Without ``links`` no part of the (absolute) path may be a symbolic link by now.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except (OSError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else str(exc)
        raise LocalError(f"{path}: {why}: give the name of a voice file that may be read") from exc
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise LocalError(f"{path}: not a regular file: give the name of a voice file")
    if not links and os.readlink(f"/proc/self/fd/{fd}") not in (path, f"{path} (deleted)"):
        os.close(fd)
        raise LocalError(f"{path}: a part of it became a symbolic link: give its real name")
    return fd
