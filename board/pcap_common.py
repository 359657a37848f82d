"""What captures are made of, whichever file format they came in."""

from __future__ import annotations

import enum
import os
from typing import BinaryIO, NamedTuple

import msgspec

from ..errors import ConfigError, RemoteError

LINKTYPE_MTP2_WITH_PHDR = 139
"""A signal unit of MTP2, without FCS, behind a pseudo header of 4 octets that tells the direction
and the link."""
LINKTYPE_MTP2 = 140
"""A signal unit of MTP2 alone."""
LINKTYPE_MTP3 = 141
"""A message of MTP3: SIO and SIF."""
LINKTYPE_LINUX_LAPD = 177
"""Q.921 behind a pseudo header of 16 octets that tells the direction."""
LINKTYPE_LAPD = 203
"""Q.921 alone."""

MAX_FRAME = 262_144
"""Octets of a captured frame, the limit that Wireshark has too."""

PACKET_OUTGOING = 4
ARPHRD_LAPD = 8445
ETH_P_LAPD = 0x0030
LAPD_HEADER = 16
MTP2_HEADER = 4


class Direction(enum.IntEnum):
    """Seen from the side that captured; the values are those of pcapng's epb_flags."""

    UNKNOWN = 0
    IN = 1
    OUT = 2


class CapturedFrame(msgspec.Struct, frozen=True):
    """One frame of a capture file."""

    time_ns: int
    """Nanoseconds since 1970-01-01 UTC; 0 where the file has no time."""
    interface: str
    """The interface's name, e.g. "b0/1/16"; empty where the file has none."""
    link_type: int
    """A LINKTYPE_ number; pseudo headers (177, 139) are taken off already."""
    direction: Direction
    data: bytes
    """The frame without FCS and pseudo header."""
    length: int
    """Octets that ``data`` had before the capturing program cut it to its snap length."""
    network: bool | None
    """Whether the side that captured is the network side; None: the file does not say."""
    comment: str
    """Comments on the frame, one a line."""
    offset: int
    """Where the record begins in the file."""
    description: str = ""
    """What the file says of the interface."""


class CaptureError(RemoteError):
    """A capture file is broken at ``offset``; what was before it has been read."""

    def __init__(self, name: str, offset: int, text: str) -> None:
        super().__init__(f"{name}, offset {offset}: {text}")
        self.offset = offset


class Source:
    """A file read strictly forward, that knows its name and offset."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.name = name
        self.offset = 0
        self._file = file

    def read(self, octets: int, what: str) -> bytes:
        """Exactly so many octets; CaptureError when the file ends before."""
        data = self.read_some(octets)
        if len(data) < octets:
            raise self.error(
                f"the file ends within {what}: {octets} octets should follow, {len(data)} do",
                len(data),
            )
        return data

    def read_some(self, octets: int) -> bytes:
        """As many octets as there are, up to ``octets``."""
        data = b""
        while len(data) < octets:
            try:
                more = self._file.read(octets - len(data))
            except OSError as exc:
                raise self.error(f"cannot be read: {exc.strerror}") from exc
            if not more:
                break
            data += more
        self.offset += len(data)
        return data

    def error(self, text: str, back: int = 0) -> CaptureError:
        """An error at ``back`` octets before the present offset."""
        return CaptureError(self.name, self.offset - back, text)


class LapdHeader(NamedTuple):
    """What the pseudo header of LINUX_LAPD says."""

    direction: Direction
    network: bool


def lapd_header(direction: Direction, network: bool) -> bytes:
    """The pseudo header of link type 177: a Linux cooked header, of which tshark reads the packet
    type, the protocol, and as first octet of the address whether we are the network side."""
    kind = PACKET_OUTGOING if direction == Direction.OUT else 0
    return (
        kind.to_bytes(2, "big")
        + ARPHRD_LAPD.to_bytes(2, "big")
        + b"\x00\x01"
        + bytes([network])
        + bytes(7)
        + ETH_P_LAPD.to_bytes(2, "big")
    )


def read_lapd_header(data: bytes) -> LapdHeader | None:
    """None when ``data`` does not begin with such a header."""
    if len(data) < LAPD_HEADER or int.from_bytes(data[14:16], "big") != ETH_P_LAPD:
        return None
    outgoing = int.from_bytes(data[:2], "big") == PACKET_OUTGOING
    return LapdHeader(Direction.OUT if outgoing else Direction.IN, data[6] != 0)


class Mtp2Header(NamedTuple):
    """What the pseudo header of MTP2_WITH_PHDR says. ``annex_a``: sequence numbers have 12 bits."""

    direction: Direction
    annex_a: bool
    link: int


def mtp2_header(direction: Direction, link: int = 0) -> bytes:
    """The pseudo header of link type 139: sent or not, annex A of Q.703 or not, link number."""
    return bytes([direction == Direction.OUT, 0]) + link.to_bytes(2, "big")


def read_mtp2_header(data: bytes) -> Mtp2Header | None:
    """None when ``data`` is too short for one."""
    if len(data) < MTP2_HEADER:
        return None
    direction = Direction.OUT if data[0] else Direction.IN
    return Mtp2Header(direction, data[1] == 1, int.from_bytes(data[2:4], "big"))


def open_file(path: str | os.PathLike[str], mode: str) -> BinaryIO:
    """Open a capture file; ConfigError names it and says why not."""
    try:
        file: BinaryIO = open(path, mode)  # type: ignore[assignment]  # noqa: SIM115
    except OSError as exc:
        todo = "read" if mode == "rb" else "written"
        raise ConfigError(
            f"capture file {os.fspath(path)} cannot be {todo}: {exc.strerror}"
        ) from exc
    return file
