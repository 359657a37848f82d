"""HDLC bit by bit, written from ISO/IEC 13239 alone and slowly: what the C code is held against."""

from __future__ import annotations

FLAG = [0, 1, 1, 1, 1, 1, 1, 0]


def fcs16(octets: bytes) -> bytes:
    """Remainder of the division by x^16 + x^12 + x^5 + 1, one bit at a time (Q.921 2.7)."""
    register = 0xFFFF
    for octet in octets:
        for i in range(8):
            bit = (octet >> i ^ register) & 1
            register = register >> 1 ^ (0x8408 if bit else 0)
    return (register ^ 0xFFFF).to_bytes(2, "little")


def bits_of(octets: bytes) -> list[int]:
    """LSB first, as a frame's octets are sent."""
    return [octet >> i & 1 for octet in octets for i in range(8)]


def line_bits(line: bytes) -> list[int]:
    """MSB first, as a timeslot's octets are sent."""
    return [octet >> i & 1 for octet in line for i in range(7, -1, -1)]


def line_octets(bits: list[int], fill: int = 1) -> bytes:
    """Bits in the order sent to line octets; the last octet is filled up with ``fill``."""
    bits = bits + [fill] * (-len(bits) % 8)
    return bytes(
        sum(bit << 7 - k for k, bit in enumerate(bits[i : i + 8])) for i in range(0, len(bits), 8)
    )


def stuffed(octets: bytes) -> list[int]:
    """A frame's bits with a 0 behind five contiguous ones."""
    out: list[int] = []
    ones = 0
    for bit in bits_of(octets):
        out.append(bit)
        ones = ones + 1 if bit else 0
        if ones == 5:
            out.append(0)
            ones = 0
    return out


def frame_bits(frame: bytes) -> list[int]:
    """Stuffed frame and FCS, no flags."""
    return stuffed(frame + fcs16(frame))


class ReferenceDecoder:
    """One bit at a time; ``found`` collects (name, frame octets)."""

    def __init__(self, max_octets: int = 264, min_octets: int = 2, raw: bool = False) -> None:
        self.fcs = 0 if raw else 2
        self.limit = max_octets + self.fcs
        self.least = min_octets + self.fcs
        self.found: list[tuple[str, bytes]] = []
        self.ones = 7  # what came before is unknown: no flag may end on it
        self.data: list[int] | None = None

    def feed(self, bits: list[int]) -> None:
        for bit in bits:
            if bit:
                self.one()
            else:
                self.zero()

    def one(self) -> None:
        self.ones += 1
        if self.data is None:
            return
        if self.ones <= 5:
            self.store(1)
        elif self.ones == 7:
            if len(self.data) > 6:
                self.found.append(("abort", b""))
            self.data = None

    def zero(self) -> None:
        ones, self.ones = self.ones, 0
        if ones == 6:
            if self.data is not None and len(self.data) > 6:
                self.judge(self.data[:-6])
            self.data = []
        elif ones != 5 and self.data is not None:
            self.store(0)

    def store(self, bit: int) -> None:
        assert self.data is not None
        self.data.append(bit)
        if len(self.data) >= 8 * (self.limit + 1):
            self.found.append(("long", b""))
            self.data = None

    def judge(self, bits: list[int]) -> None:
        octets = bytes(
            sum(bit << k for k, bit in enumerate(bits[i : i + 8]))
            for i in range(0, len(bits) // 8 * 8, 8)
        )
        if len(octets) < self.least:
            self.found.append(("short", b""))
        elif len(bits) % 8:
            self.found.append(("octet", b""))
        elif self.fcs and fcs16(octets[:-2]) != octets[-2:]:
            self.found.append(("fcs", b""))
        else:
            self.found.append(("frame", octets[: len(octets) - self.fcs]))
