"""Captures: pcapng out, pcap and pcapng in.

``CaptureWriter`` writes what Wireshark and tshark read without a setting: an interface a link with
its span and timeslot named, both directions marked, nanoseconds. ``read_capture`` reads any pcap or
pcapng, whoever captured it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

from .pcap_common import (
    LINKTYPE_LAPD,
    LINKTYPE_LINUX_LAPD,
    LINKTYPE_MTP2,
    LINKTYPE_MTP2_WITH_PHDR,
    LINKTYPE_MTP3,
    CapturedFrame,
    CaptureError,
    Direction,
    Source,
    open_file,
)
from .pcap_read import PCAP_MAGICS, SECTION_HEADER, read_pcap, read_pcapng
from .pcap_write import CaptureWriter

__all__ = [
    "LINKTYPE_LAPD",
    "LINKTYPE_LINUX_LAPD",
    "LINKTYPE_MTP2",
    "LINKTYPE_MTP2_WITH_PHDR",
    "LINKTYPE_MTP3",
    "CaptureError",
    "CaptureWriter",
    "CapturedFrame",
    "Direction",
    "read_capture",
]

GZIP = b"\x1f\x8b"


def read_capture(file: str | os.PathLike[str] | BinaryIO) -> Iterator[CapturedFrame]:
    """The frames of a capture file in its order.

    ConfigError when it cannot be opened; CaptureError, with name and offset, where it is no capture
    or broken, after all frames before that place.
    """
    if isinstance(file, (str, os.PathLike)):
        with open_file(file, "rb") as opened:
            yield from _frames(Source(opened, os.fspath(file)))
    else:
        yield from _frames(Source(file, str(getattr(file, "name", "capture"))))


def _frames(source: Source) -> Iterator[CapturedFrame]:
    magic = source.read_some(4)
    if magic in PCAP_MAGICS:
        return read_pcap(source, magic)
    if int.from_bytes(magic, "big") == SECTION_HEADER and len(magic) == 4:
        return read_pcapng(source, magic)
    if magic[:2] == GZIP:
        raise source.error("the file is compressed: unpack it with gunzip first", len(magic))
    raise source.error(
        f"neither pcap nor pcapng: the file begins with {magic.hex(' ') or 'nothing'}", len(magic)
    )
