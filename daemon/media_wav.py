"""WAV headers: where the sound of a file lies and what it is, and headers for new recordings.

RIFF as of the "Multimedia Programming Interface and Data Specifications 1.0", RF64 and BW64 as of
EBU Tech 3306 and ITU-R BS.2088. What a header says of sizes is compared with the file, not
believed.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from ..errors import LocalError

PCM: Final = 0x0001
FLOAT: Final = 0x0003
ALAW: Final = 0x0006
MULAW: Final = 0x0007
OKI: Final = 0x0010
IMA: Final = 0x0011
DIALOGIC: Final = 0x0017
GSM: Final = 0x0031
EXTENSIBLE: Final = 0xFFFE

STREAMED: Final = 0x7FFFF000
"""Sizes from here on are what writers put that could not know any (sox; others 0xFFFFFFFF)."""
_GUID: Final = bytes.fromhex("000000001000800000aa00389b71")
_CHUNKS: Final = 4096
_FORM_MOST: Final = 4096

Read = Callable[[int, int], bytes]
"""Octets at an offset, at most so many; fewer at the end of the file."""


class Wav(NamedTuple):
    """What a WAV file's header says, and where it says it (offsets in octets)."""

    tag: int
    """Of the format; of WAVE_FORMAT_EXTENSIBLE that of its sub-format, 0 when it has none."""
    channels: int
    rate: int
    block: int
    """Octets of a frame, or of a block of a compressed format."""
    bits: int
    data_start: int
    data_size: int | None
    """None: the header does not tell, the sound goes on to the end of the file."""
    riff_size_at: int
    """Of the 32-bit RIFF length; -1 in RF64."""
    data_size_at: int
    fact_count_at: int
    """Of the 32-bit count of frames in a fact chunk, or -1."""
    samples: int | None
    """That count: of a compressed format, the frames that are sound."""


class _Form(NamedTuple):
    tag: int
    channels: int
    rate: int
    block: int
    bits: int


def is_wav(head: bytes) -> bool:
    """Whether a file with these first 12 octets is one for ``parse``."""
    return head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE"


def parse(read: Read, size: int, path: str) -> Wav:
    """Find format and sound of a WAV file of ``size`` octets.

    LocalError: it has no format or no sound, or the format cannot be.
    """
    big = read(0, 4) != b"RIFF"
    form: _Form | None = None
    data: tuple[int, int] | None = None
    fact_at, samples = -1, None
    large: int | None = None
    for at, name, length in _chunks(read, size):
        if name == b"fmt ":
            form = _form(read(at + 8, min(length, _FORM_MOST)), path)
        elif name == b"fact" and length >= 4:
            fact_at, samples = at + 8, int.from_bytes(read(at + 8, 4), "little")
        elif name == b"ds64" and big and length >= 24:
            large = int.from_bytes(read(at + 16, 8), "little")
        elif name == b"data" and data is None:
            data = (at, length)
        if data is not None and form is not None:
            break
    if form is None:
        raise LocalError(f"{path}: a WAV file without a format chunk: make it again")
    if data is None:
        raise LocalError(f"{path}: a WAV file without a data chunk: there is no sound in it")
    at, length = data
    return Wav(
        *form,
        data_start=at + 8,
        data_size=_data_size(read, at + 8, length, large if big else None, size),
        riff_size_at=-1 if big else 4,
        data_size_at=at + 4,
        fact_count_at=fact_at,
        samples=samples if samples and samples < STREAMED else None,
    )


def _chunks(read: Read, size: int) -> Iterator[tuple[int, bytes, int]]:
    """Offset, name and length of the chunks of a file, as far as they can be followed."""
    at, before = 12, 0
    for _ in range(_CHUNKS):
        head = read(at, 8)
        if before & 1 and not _is_name(head[:4]):
            head, at = read(at - 1, 8), at - 1  # a writer that does not pad odd chunks
        if len(head) < 8:
            return
        length = int.from_bytes(head[4:], "little")
        yield at, head[:4], length
        before, at = length, at + 8 + length + (length & 1)
        if at > size:
            return


def _is_name(octets: bytes) -> bool:
    return len(octets) == 4 and all(0x20 <= octet < 0x7F for octet in octets)


def _data_size(read: Read, start: int, length: int, large: int | None, size: int) -> int | None:
    """The sound's octets as the header says, or None: to the end of the file."""
    if length == 0xFFFFFFFF and large:
        return large
    if length == 0:
        # An empty sound may have other chunks behind it; a writer that was killed left sound.
        return 0 if are_chunks(read, start, size) else None
    return None if length >= STREAMED and start + length > size else length


def are_chunks(read: Read, at: int, size: int) -> bool:
    """Whether what lies from ``at`` to the end of the file is nothing but whole chunks."""
    for _ in range(_CHUNKS):
        if at >= size:
            return True
        head = read(at, 8)
        if len(head) < 8 or not _is_name(head[:4]):
            return False
        length = int.from_bytes(head[4:], "little")
        if at + 8 + length > size:
            return False
        at += 8 + length + (length & 1)
    return False


def _form(body: bytes, path: str) -> _Form:
    if len(body) < 14:
        raise LocalError(f"{path}: the format chunk has {len(body)} octets: make the file again")
    tag, channels, rate, _, block = struct.unpack_from("<HHIIH", body)
    bits = int.from_bytes(body[14:16], "little")
    if tag == EXTENSIBLE:
        tag = 0
        if len(body) >= 40 and body[26:40] == _GUID:
            tag = int.from_bytes(body[24:26], "little")
    if not channels or not block:
        raise LocalError(
            f"{path}: {channels} channels in blocks of {block} octets cannot be: "
            "make the file again"
        )
    return _Form(tag, channels, rate, block, bits)


class Header(NamedTuple):
    """A header for a file that begins, and where its lengths are."""

    octets: bytes
    riff_size_at: int
    data_size_at: int
    fact_count_at: int
    """-1: this format has no fact chunk."""


def header(tag: int, channels: int, rate: int, bits: int, data: int = 0) -> Header:
    """The header of ``data`` octets of PCM, A-law or mu-law, up to the first octet of sound."""
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    fact = b""
    if tag != PCM:
        form += b"\0\0"  # formats other than PCM have the length of an extension
        fact = b"fact" + struct.pack("<II", 4, data // block)
    chunks = b"WAVEfmt " + struct.pack("<I", len(form)) + form + fact + b"data"
    size = len(chunks) + 4 + data + (data & 1)
    octets = b"RIFF" + struct.pack("<I", size) + chunks + struct.pack("<I", data)
    return Header(octets, 4, len(octets) - 4, len(octets) - 12 if fact else -1)
