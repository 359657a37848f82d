"""T1 at 1544 kbit/s as G.704 2.1 and T1.403 read, on lists of bits, without any speed.

Written from the tables and not from trunkd's C code: the framing tests compare the two.
"""

from __future__ import annotations

FT = [1, 0, 1, 0, 1, 0]
"""D4: F of frames 1, 3, 5, 7, 9, 11."""
FS = [0, 0, 1, 1, 1, 0]
"""D4: F of frames 2, 4, 6, 8, 10, 12."""
FAS = [0, 0, 1, 0, 1, 1]
"""ESF: F of frames 4, 8, 12, 16, 20, 24."""
FLAG = [0, 1, 1, 1, 1, 1, 1, 0]


def bits_of(octets: bytes, n: int | None = None) -> list[int]:
    """MSB first, as on the line."""
    return [octet >> (7 - i) & 1 for octet in octets for i in range(8)][:n]


def octets_of(bits: list[int]) -> bytes:
    """The other way; the last octet is filled with zeros."""
    padded = bits + [0] * (-len(bits) % 8)
    return bytes(
        sum(bit << (7 - i) for i, bit in enumerate(padded[at : at + 8]))
        for at in range(0, len(padded), 8)
    )


def remainder(bits: list[int], polynomial: list[int]) -> list[int]:
    """Of bits times x^n by a polynomial of degree n, by long division."""
    rest = bits + [0] * (len(polynomial) - 1)
    for i in range(len(bits)):
        if rest[i]:
            for j, coefficient in enumerate(polynomial):
                rest[i + j] ^= coefficient
    return rest[len(bits) :]


def crc6(superframe: list[list[int]]) -> list[int]:
    """G.704 2.1.3.1.2: 24 frames of 193 bits, each F taken as 1; polynomial x^6 + x + 1."""
    return remainder(
        [bit for frame in superframe for bit in [1, *frame[1:]]], [1, 0, 0, 0, 0, 1, 1]
    )


def fcs(octets: bytes) -> bytes:
    """FCS-16 of ISO/IEC 13239: bits LSB first, preset to ones, complemented."""
    bits = [octet >> i & 1 for octet in octets for i in range(8)]
    preset = [bit ^ 1 for bit in bits[:16]] + bits[16:]
    check = [bit ^ 1 for bit in remainder(preset, [1, 0, 0, 0, 1, *[0] * 6, 1, 0, 0, 0, 0, 1])]
    return bytes(sum(check[at + i] << i for i in range(8)) for at in (0, 8))


def message(octets: bytes) -> list[int]:
    """The bits between two flags: octets and FCS, a zero behind five ones."""
    out: list[int] = []
    ones = 0
    for octet in octets + fcs(octets):
        for i in range(8):
            bit = octet >> i & 1
            out.append(bit)
            ones = ones + 1 if bit else 0
            if ones == 5:
                out.append(0)
                ones = 0
    return out


def codeword(code: int) -> list[int]:
    """T1.403 9.4.1: 0xxxxxx0 11111111, sent from right to left."""
    return [int(bit) for bit in reversed(f"{code:08b}" + "1" * 8)]


class Framer:
    """One transmitter. ``link``: bits of the data link, taken from the front; then flags."""

    def __init__(
        self,
        esf: bool = True,
        ami: bool = False,
        cas: tuple[int, ...] = (),
        rai: bool = False,
        link: list[int] | None = None,
    ) -> None:
        self.esf = esf
        self.ami = ami
        self.cas = cas
        self.rai = rai
        self.link = link or []
        self.abcd: dict[int, int] = {}
        self.number = 1
        self.check = [0] * 6
        self.superframe: list[list[int]] = []

    def _f(self) -> int:
        n = self.number
        if not self.esf:
            return FT[n // 2] if n % 2 else FS[n // 2 - 1]
        if n % 2:
            if not self.link:
                self.link = list(FLAG)
            return self.link.pop(0)
        return FAS[n // 4 - 1] if n % 4 == 0 else self.check[(n - 2) // 4]

    def frame(self, octets: bytes) -> list[int]:
        """193 bits of one frame; octets: 24, timeslot 1 first."""
        out = list(octets)
        if self.number % 6 == 0:
            for timeslot in self.cas:
                bit = self.abcd.get(timeslot, 0) >> (4 - self.number // 6) & 1
                out[timeslot - 1] = out[timeslot - 1] & 0xFE | bit
        if self.rai and not self.esf:
            out = [octet & 0xBF for octet in out]
        if self.ami:
            out = [octet or 0x02 for octet in out]
        bits = [self._f(), *bits_of(bytes(out))]
        self.superframe.append(bits)
        self.number += 1
        if self.number > (24 if self.esf else 12):
            if self.esf:
                self.check = crc6(self.superframe)
            self.superframe = []
            self.number = 1
        return bits
