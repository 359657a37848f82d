"""Readers of pcap and pcapng (draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng), any byte order.

Every length is checked against the block it is in and against a limit before anything is read, so
that no file makes a reader take more memory than one block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .pcap_common import (
    LAPD_HEADER,
    LINKTYPE_LINUX_LAPD,
    LINKTYPE_MTP2_WITH_PHDR,
    MAX_FRAME,
    MTP2_HEADER,
    CapturedFrame,
    Direction,
    Source,
    read_lapd_header,
    read_mtp2_header,
)

Order = Literal["little", "big"]

SECTION_HEADER = 0x0A0D0D0A
INTERFACE = 1
PACKET = 2
"""Obsolete, but old files have it."""
SIMPLE_PACKET = 3
ENHANCED_PACKET = 6
BYTE_ORDER_MAGIC = 0x1A2B3C4D
MAX_BLOCK = 16 << 20
MAX_INTERFACES = 65_536

OPT_COMMENT = 1
IF_NAME = 2
IF_DESCRIPTION = 3
IF_TSRESOL = 9
IF_TSOFFSET = 14
EPB_FLAGS = 2

PCAP_MAGICS: dict[bytes, tuple[Order, int]] = {
    bytes.fromhex("a1b2c3d4"): ("big", 1_000),
    bytes.fromhex("d4c3b2a1"): ("little", 1_000),
    bytes.fromhex("a1b23c4d"): ("big", 1),
    bytes.fromhex("4d3cb2a1"): ("little", 1),
}
"""Magic -> byte order and nanoseconds of the fraction's unit."""


@dataclass
class Interface:
    """What an interface description block says; times are ``ticks * num / den + offset``."""

    link_type: int
    snap_length: int
    name: str = ""
    description: str = ""
    num: int = 1_000_000_000
    den: int = 1_000_000
    offset_ns: int = 0

    def time_ns(self, ticks: int) -> int:
        return ticks * self.num // self.den + self.offset_ns


def finished(
    source: Source,
    interface: Interface,
    offset: int,
    time_ns: int,
    data: bytes,
    length: int,
    direction: Direction = Direction.UNKNOWN,
    comment: str = "",
) -> CapturedFrame:
    """A frame with its pseudo header, if its link type has one, read and taken off."""
    network: bool | None = None
    name = interface.name
    if interface.link_type == LINKTYPE_LINUX_LAPD:
        header = read_lapd_header(data)
        if header is None:
            raise source.error(
                f"the record at offset {offset} has no pseudo header of link type "
                f"{LINKTYPE_LINUX_LAPD} (LINUX_LAPD): {data[:LAPD_HEADER].hex(' ') or 'no octets'}"
            )
        direction = header.direction
        network = header.network
        data = data[LAPD_HEADER:]
        length = max(length - LAPD_HEADER, len(data))
    elif interface.link_type == LINKTYPE_MTP2_WITH_PHDR:
        before = read_mtp2_header(data)
        if before is None:
            raise source.error(
                f"the record at offset {offset} has no pseudo header of link type "
                f"{LINKTYPE_MTP2_WITH_PHDR} (MTP2_WITH_PHDR): {data.hex(' ') or 'no octets'}"
            )
        direction = before.direction
        if before.link:
            name = f"{name} link {before.link}".lstrip()
        if before.annex_a:
            comment = f"{comment}\nsequence numbers of 12 bits (Q.703 annex A)".lstrip()
        data = data[MTP2_HEADER:]
        length = max(length - MTP2_HEADER, len(data))
    return CapturedFrame(
        time_ns,
        name,
        interface.link_type,
        direction,
        data,
        length,
        network,
        comment,
        offset,
        interface.description,
    )


def read_pcap(source: Source, magic: bytes) -> Iterator[CapturedFrame]:
    """Classic pcap; ``magic`` is its first 4 octets, read already."""
    order, unit = PCAP_MAGICS[magic]
    header = source.read(20, "the file header")
    major = int.from_bytes(header[0:2], order)
    if major != 2:
        raise source.error(f"pcap version {major} is not known, only 2 is", 20)
    # The upper 16 bits tell of an FCS and of nothing that LAPD or MTP use.
    link_type = int.from_bytes(header[16:20], order) & 0xFFFF
    interface = Interface(link_type, 0)
    while True:
        offset = source.offset
        record = source.read_some(16)
        if not record:
            return
        if len(record) < 16:
            raise source.error(
                f"the file ends within a record header: {len(record)} of 16 octets", len(record)
            )
        seconds, fraction, captured, length = (
            int.from_bytes(record[i : i + 4], order) for i in range(0, 16, 4)
        )
        if captured > MAX_FRAME:
            raise source.error(f"a frame of {captured} octets: {MAX_FRAME} are the limit", 16)
        data = source.read(captured, "a frame")
        time_ns = seconds * 1_000_000_000 + fraction * unit
        yield finished(source, interface, offset, time_ns, data, max(length, captured))


def read_pcapng(source: Source, magic: bytes) -> Iterator[CapturedFrame]:
    """pcapng; ``magic`` is its first 4 octets, read already: a section header's type."""
    return _PcapngReader(source).frames(magic)


class _PcapngReader:
    """One file: sections with their byte order and interfaces, one after the other."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.order: Order = "little"
        self.interfaces: list[Interface] = []

    def number(self, data: bytes, at: int, octets: int = 4) -> int:
        return int.from_bytes(data[at : at + octets], self.order)

    def frames(self, head: bytes) -> Iterator[CapturedFrame]:
        while head:
            offset = self.source.offset - len(head)
            if len(head) < 4:
                raise self.source.error("the file ends within a block's type", len(head))
            # A section header's type reads alike in both byte orders.
            kind = int.from_bytes(head, self.order)
            body = self.block(kind)
            if kind == SECTION_HEADER:
                self.interfaces = []
            elif kind == INTERFACE:
                self.add_interface(body)
            elif kind == ENHANCED_PACKET:
                yield self.enhanced(body, offset)
            elif kind == SIMPLE_PACKET:
                yield self.simple(body, offset)
            elif kind == PACKET:
                yield self.obsolete(body, offset)
            head = self.source.read_some(4)

    def block(self, kind: int) -> bytes:
        """The block's body, between its two lengths, which are checked."""
        source = self.source
        size = source.read(4, "a block's length")
        done = 8
        start = b""
        if kind == SECTION_HEADER:
            start = source.read(4, "a section header")
            done = 12
            if int.from_bytes(start, "little") == BYTE_ORDER_MAGIC:
                self.order = "little"
            elif int.from_bytes(start, "big") == BYTE_ORDER_MAGIC:
                self.order = "big"
            else:
                raise source.error(f"byte-order magic {start.hex()} is not known", 4)
        total = int.from_bytes(size, self.order)
        least = 28 if kind == SECTION_HEADER else 12
        if total < least or total % 4 or total > MAX_BLOCK:
            raise source.error(
                f"a block of type {kind:#x} has the length {total}: a multiple of 4 from {least} "
                f"to {MAX_BLOCK} is allowed",
                done,
            )
        body = start + source.read(total - done - 4, f"a block of type {kind:#x}")
        again = int.from_bytes(source.read(4, "a block's second length"), self.order)
        if again != total:
            raise source.error(f"a block's two lengths differ: {total} and {again}", 4)
        return body

    def options(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Options up to the end mark or the end of the block."""
        at = 0
        while at + 4 <= len(data):
            code, octets = self.number(data, at, 2), self.number(data, at + 2, 2)
            if code == 0:
                return
            if at + 4 + octets > len(data):
                raise self.source.error(
                    f"option {code} has {octets} octets, but its block has {len(data) - at - 4}"
                )
            yield code, data[at + 4 : at + 4 + octets]
            at += 4 + octets + -octets % 4

    def add_interface(self, body: bytes) -> None:
        if len(body) < 8:
            raise self.source.error("an interface description is shorter than 8 octets")
        if len(self.interfaces) >= MAX_INTERFACES:
            raise self.source.error(f"more than {MAX_INTERFACES} interfaces")
        interface = Interface(self.number(body, 0, 2), self.number(body, 4))
        for code, value in self.options(body[8:]):
            if code == IF_NAME:
                interface.name = text(value)
            elif code == IF_DESCRIPTION:
                interface.description = text(value)
            elif code == IF_TSRESOL and len(value) == 1:
                # The top bit chooses between powers of 2 and of 10.
                power = value[0] & 0x7F
                interface.den = 1 << power if value[0] & 0x80 else 10**power
            elif code == IF_TSOFFSET and len(value) == 8:
                seconds = int.from_bytes(value, self.order, signed=True)
                interface.offset_ns = seconds * 1_000_000_000
        self.interfaces.append(interface)

    def interface(self, number: int) -> Interface:
        if number >= len(self.interfaces):
            raise self.source.error(
                f"a frame of interface {number}, but {len(self.interfaces)} are described"
            )
        return self.interfaces[number]

    def enhanced(self, body: bytes, offset: int) -> CapturedFrame:
        self.fits(body, 20)
        number = self.number(body, 0)
        return self.packet(body, offset, number)

    def obsolete(self, body: bytes, offset: int) -> CapturedFrame:
        self.fits(body, 20)
        return self.packet(body, offset, self.number(body, 0, 2))

    def packet(self, body: bytes, offset: int, number: int) -> CapturedFrame:
        """What enhanced and obsolete packet blocks have in common."""
        interface = self.interface(number)
        ticks = self.number(body, 4) << 32 | self.number(body, 8)
        captured, length = self.number(body, 12), self.number(body, 16)
        data = self.frame(body, 20, captured)
        direction, comments = Direction.UNKNOWN, []
        for code, value in self.options(body[20 + captured + -captured % 4 :]):
            if code == OPT_COMMENT:
                comments.append(text(value))
            elif code == EPB_FLAGS and len(value) == 4:
                direction = DIRECTIONS[self.number(value, 0) & 3]
        return finished(
            self.source,
            interface,
            offset,
            interface.time_ns(ticks),
            data,
            max(length, captured),
            direction,
            "\n".join(comments),
        )

    def simple(self, body: bytes, offset: int) -> CapturedFrame:
        self.fits(body, 4)
        interface = self.interface(0)
        length = captured = self.number(body, 0)
        if interface.snap_length:
            captured = min(captured, interface.snap_length)
        data = self.frame(body, 4, captured)
        return finished(self.source, interface, offset, 0, data, length)

    def fits(self, body: bytes, octets: int) -> None:
        if len(body) < octets:
            raise self.source.error(
                f"a packet block of {len(body)} octets, at least {octets} needed"
            )

    def frame(self, body: bytes, at: int, captured: int) -> bytes:
        if captured > MAX_FRAME or at + captured > len(body):
            raise self.source.error(
                f"a frame of {captured} octets in a block that has room for {len(body) - at}, "
                f"{MAX_FRAME} at most"
            )
        return body[at : at + captured]


DIRECTIONS = (Direction.UNKNOWN, Direction.IN, Direction.OUT, Direction.UNKNOWN)


def text(value: bytes) -> str:
    """A text option; files in the wild have a NUL at its end, and not always UTF-8."""
    return value.rstrip(b"\0").decode("utf-8", "replace")
