"""Voice files for playing: every format to companded octets in line order, 8000 Hz, one channel.

G.711 of the line's law keeps its octets; of the other law it goes through the tables of G.711. WAV
(PCM, float, G.711, GSM, IMA and Dialogic ADPCM) and raw files are read by our own code; what
else libsndfile knows (FLAC, Ogg, MP3, AU, AIFF, …) is read by it, if the package soundfile is
there. A file is read in pieces, so memory holds the result and little more, whatever its header
claims.

What is wrong in the middle of a file ends its sound there: the sound before is kept and
``Prompt.damage`` says what and where.
"""

from __future__ import annotations

import os
import pathlib
from typing import Final, NamedTuple

from ..board.model import Law
from ..errors import LocalError
from ..native import wrap
from . import media_source, media_wav
from .media_decode import RATE
from .media_source import Source

MAX_SECONDS: Final = 7200
"""Two hours: the longest message that is taken."""
FORMS: Final = tuple(media_source.FORMS)
"""Formats of files without a header, for ``load(form=…)``."""
PLAYABLE: Final = (
    *(".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".au", ".aif", ".aiff", ".w64", ".caf"),
    *media_source.SUFFIXES,
)
"""Suffixes, in small letters, of files that ``load`` reads."""
_ATTEMPTS: Final = 3


class Prompt(NamedTuple):
    """A voice file ready for the line."""

    path: str
    law: Law
    octets: bytes
    """Companded, in line order, 8000 a second."""
    damage: str
    """What is wrong with the file and at which second, "" for nothing. The octets end there."""
    format: str
    """Of the file, in words."""
    rate: int
    """Of the file, in Hz."""
    channels: int
    """Of the file; the octets are their mean."""

    @property
    def samples(self) -> int:
        """Octets of the line: samples at 8000 Hz."""
        return len(self.octets)

    @property
    def seconds(self) -> float:
        """How long the sound is that can be played."""
        return len(self.octets) / RATE


class Description(NamedTuple):
    """What a voice file is, for a person."""

    path: str
    format: str
    rate: int
    """Hz."""
    channels: int
    seconds: float
    """Of sound that can be read."""
    file_octets: int
    damage: str
    """"" or what is wrong, and at which second."""


class _Sound(NamedTuple):
    source: Source
    octets: bytes
    samples: int
    damage: str


def resolve(media_dir: str, name: str, suffixes: tuple[str, ...] = PLAYABLE) -> str:
    """The path of a message below the media directory; LocalError for any other place."""
    root = os.path.realpath(media_dir)
    path = os.path.realpath(os.path.join(root, name)) if "\0" not in name else root
    if not name or os.path.commonpath((root, path)) != root or path == root:
        raise LocalError(f"'{name}' is not below the media directory {root}")
    if not path.lower().endswith(suffixes):
        raise LocalError(f"'{name}' is no voice file: its name must end in {', '.join(suffixes)}")
    return path


def load(path: str, law: Law, *, form: str | None = None, links: bool = True) -> Prompt:
    """A voice file as companded octets in line order; LocalError says why it cannot be played.

    The format is found by the file's beginning, else by its suffix; ``form``, one of FORMS, says
    it of a file that has neither. With sound before it, damage is no error but told in the result.
    ``links``: as of ``open_to_read``.
    """
    fd = media_source.open_to_read(path, links)
    try:
        sound = _read_steady(fd, path, law, form)
    finally:
        os.close(fd)
    if not sound.octets:
        raise LocalError(f"{path}: {sound.damage or 'there is no sound in it'}")
    source = sound.source
    return Prompt(
        path, law, sound.octets, sound.damage, source.format, source.rate, source.channels
    )


def describe(path: str, *, form: str | None = None) -> Description:
    """What a voice file is, found by reading all of it. LocalError: nothing that can be read."""
    fd = media_source.open_to_read(path)
    try:
        sound = _read(fd, path, Law.A, form, keep=False)
        size = os.fstat(fd).st_size
    finally:
        os.close(fd)
    source = sound.source
    return Description(
        path,
        source.format,
        source.rate,
        source.channels,
        sound.samples / RATE,
        size,
        sound.damage,
    )


def _read_steady(fd: int, path: str, law: Law, form: str | None) -> _Sound:
    """Read a file that may be written to: again, until it stays the same, some times at most."""
    before: _Sound | None = None
    for _ in range(_ATTEMPTS):
        stamp = _stamp(fd)
        sound = _read(fd, path, law, form)
        if _stamp(fd) == stamp:
            return sound
        if before is not None:
            sound = _agreed(before, sound)
        before = sound
    return sound


def _stamp(fd: int) -> tuple[int, int, int]:
    status = os.fstat(fd)
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _agreed(one: _Sound, other: _Sound) -> _Sound:
    """What two readings of a file that changes agree on."""
    least, most = 0, min(len(one.octets), len(other.octets))
    while least < most:
        middle = (least + most + 1) // 2
        if one.octets[:middle] == other.octets[:middle]:
            least = middle
        else:
            most = middle - 1
    octets = one.octets[:least]
    damage = f"it changed while it was read, at second {len(octets) / RATE:.1f}"
    return _Sound(other.source, octets, len(octets), damage)


def _read(fd: int, path: str, law: Law, form: str | None, keep: bool = True) -> _Sound:
    """Read a file once. LocalError: nothing that can be read, or too long to be kept."""
    source = media_source.find(fd, path, law, form)
    decoder = source.decoder
    out = bytearray()
    samples = 0
    for piece in source.pieces:
        octets = decoder.feed(piece)
        samples += len(octets)
        if keep:
            out += octets
            if samples > MAX_SECONDS * RATE:
                raise LocalError(f"{path}: longer than two hours: cut it into shorter files")
        if decoder.wrong:
            break
    octets = decoder.finish()
    samples += len(octets)
    if keep:
        out += octets
    damage = decoder.wrong or source.pieces.damage
    if damage:
        damage = f"{damage}, at second {samples / RATE:.1f}"
    return _Sound(source, bytes(out), samples, damage)


def save(path: str, octets: bytes, law: Law, encoding: str) -> None:
    """Write a WAV at once: the line's octets as they are ("g711"), or 16-bit samples ("pcm16").

    LocalError: it cannot be written.
    """
    if encoding == "g711":
        tag = media_wav.ALAW if law is Law.A else media_wav.MULAW
        body, bits = octets, 8
    else:
        body = wrap.alaw_decode(octets) if law is Law.A else wrap.ulaw_decode(octets)
        tag, bits = media_wav.PCM, 16
    head = media_wav.header(tag, 1, RATE, bits, len(body)).octets
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        pathlib.Path(path).write_bytes(head + body + b"\0" * (len(body) & 1))
    except OSError as exc:
        raise LocalError(f"{path}: {exc.strerror}") from exc
