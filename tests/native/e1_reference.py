"""G.704 at 2048 kbit/s as the Recommendation's tables read, on lists of bits, without any speed.

Written from the tables and not from trunkd's C code: the framing tests compare the two.
"""

from __future__ import annotations

FAS = [0, 0, 1, 1, 0, 1, 1]
MFAS = [0, 0, 1, 0, 1, 1]


def bits_of(octets: bytes) -> list[int]:
    """MSB first, as on the line."""
    return [octet >> (7 - i) & 1 for octet in octets for i in range(8)]


def octets_of(bits: list[int]) -> bytes:
    """The other way; the last octet is filled with zeros."""
    padded = bits + [0] * (-len(bits) % 8)
    return bytes(
        sum(bit << (7 - i) for i, bit in enumerate(padded[at : at + 8]))
        for at in range(0, len(padded), 8)
    )


def crc4(bits: list[int]) -> list[int]:
    """Remainder of bits * x^4 divided by x^4 + x + 1, by long division (G.704 2.3.3.5.1)."""
    rest = [*bits, 0, 0, 0, 0]
    for i in range(len(bits)):
        if rest[i]:
            for j, coefficient in enumerate([1, 0, 0, 1, 1]):
                rest[i + j] ^= coefficient
    return rest[-4:]


class Framer:
    """One transmitter. ``e`` are the E bits to send, two a multiframe, taken from the front."""

    def __init__(
        self,
        crc4: bool = True,
        cas: bool = False,
        rai: bool = False,
        rai16: bool = False,
        sa: list[int] | None = None,
        e: list[int] | None = None,
    ) -> None:
        self.crc4 = crc4
        self.cas = cas
        self.rai = rai
        self.rai16 = rai16
        self.sa = sa or [1, 1, 1, 1, 1]
        self.e = e or []
        self.abcd: dict[int, int] = {}
        self.number = 0
        self.check = [0, 0, 0, 0]
        self.submultiframe: list[int] = []

    def _si(self) -> int:
        """Bit 1 of timeslot 0: table 5B (frames 0 to 15), or 1 (table 5A note 1)."""
        if not self.crc4:
            return 1
        if self.number % 2 == 0:
            return self.check[self.number % 8 // 2]
        if self.number < 12:
            return MFAS[self.number // 2]
        return self.e.pop(0) if self.e else 0

    def _timeslot16(self) -> list[int]:
        """Table 9: frame 0 is 0000xyxx, frame n has timeslot n and timeslot n + 16."""
        if self.number == 0:
            return [0, 0, 0, 0, 1, int(self.rai16), 1, 1]
        one = self.abcd.get(self.number, 13)
        other = self.abcd.get(self.number + 16, 13)
        return [one >> i & 1 for i in (3, 2, 1, 0)] + [other >> i & 1 for i in (3, 2, 1, 0)]

    def frame(self, octets: bytes) -> list[int]:
        """256 bits of one frame; octets 0 (and 16 with CAS) are not used."""
        bits = bits_of(octets)
        si = self._si()
        if self.number % 2 == 0:
            bits[0:8] = [si, *FAS]
        else:
            bits[0:8] = [si, 1, int(self.rai), *self.sa]
        if self.cas:
            bits[128:136] = self._timeslot16()
        counted = list(bits)
        if self.number % 2 == 0:
            counted[0] = 0
        self.submultiframe += counted
        if self.number % 8 == 7:
            self.check = crc4(self.submultiframe)
            self.submultiframe = []
        self.number = (self.number + 1) % 16
        return bits
