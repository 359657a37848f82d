"""Signal units (Q.703 2) and the tester's line: bits made and read one by one at 64 kbit/s.

The tester can do what a level 2 never would: wrong check bits, aborts, any number of flags, a
broken path. Bits are text of 0 and 1 in the order sent; a timeslot's octet carries eight of them,
the first in its most significant bit.
"""

from __future__ import annotations

import functools

from trunkd.native.wrap import HDLC_FRAME, HdlcDecoder, hdlc_fcs

OCTET = 125_000
"""One octet at 64 kbit/s, in ns."""
FLAG = "01111110"

STATUS = {"SIO": 0, "SIN": 1, "SIE": 2, "SIOS": 3, "SIPO": 4, "SIB": 5}
"""Status indications (Q.703 11.1.3)."""
NAMES = {value: name for name, value in STATUS.items()}


class SignalUnit:
    """One signal unit: ``kind`` MSU, FISU, a status indication or LSSU<n> (a spare indication)."""

    def __init__(
        self, kind: str, bsn: int, bib: int, fsn: int, fib: int, body: bytes = b""
    ) -> None:
        self.kind = kind
        self.bsn = bsn
        self.bib = bib
        self.fsn = fsn
        self.fib = fib
        self.body = body
        """SIO and SIF of an MSU; the status field of an LSSU."""

    def octets(self) -> bytes:
        """As given to HDLC, without check bits (figure 3/Q.703)."""
        numbers = (self.bsn | self.bib << 7, self.fsn | self.fib << 7)
        return bytes((*numbers, min(len(self.body), 63))) + self.body

    def numbers(self) -> dict[str, int]:
        return {"bsn": self.bsn, "bib": self.bib, "fsn": self.fsn, "fib": self.fib}

    def __str__(self) -> str:
        text = f"{self.kind} bsn={self.bsn} bib={self.bib} fsn={self.fsn} fib={self.fib}"
        return f"{text} {self.body[:6].hex()}" if self.kind == "MSU" else text


def read(octets: bytes) -> SignalUnit:
    """A received signal unit (at least 3 octets). A length indicator that lies gives kind "?"."""
    bsn, fsn, li = octets[0], octets[1], octets[2] & 63
    body = octets[3:]
    if li != min(len(body), 63):
        kind = "?"
    elif li == 0:
        kind = "FISU"
    elif li <= 2:
        kind = NAMES.get(body[0] & 7, f"LSSU{body[0] & 7}")
    else:
        kind = "MSU"
    return SignalUnit(kind, bsn & 127, bsn >> 7, fsn & 127, fsn >> 7, body)


@functools.lru_cache(4096)
def stuffed(octets: bytes) -> str:
    """The bits of a frame and its check bits: a 0 behind five ones, each octet LSB first."""
    bits = "".join(f"{octet:08b}"[::-1] for octet in octets)
    return bits.replace("11111", "111110")


def framed(octets: bytes) -> str:
    """A good signal unit with the flag that opens it; what follows brings the closing flag."""
    return FLAG + stuffed(octets + hdlc_fcs(octets))


def corrupt(octets: bytes) -> str:
    """The same with check bits that do not fit."""
    fcs = hdlc_fcs(octets)
    return FLAG + stuffed(octets + bytes((fcs[0] ^ 0x55, fcs[1])))


def seven_ones(octets: bytes) -> str:
    """The same, broken off in its middle by more than seven ones."""
    bits = framed(octets)
    return bits[: len(bits) // 2] + "0" + "1" * 9


def short(octets: bytes) -> str:
    """A signal unit that lacks its length indicator and all behind it: four octets with CK."""
    return framed(octets[:2])


class TesterTransmitter:
    """What the tester's end puts on the line: ``queue`` first, then ``fill`` again and again."""

    def __init__(self) -> None:
        self.queue = ""
        self.fill = FLAG

    def put(self, bits: str) -> None:
        self.queue += bits

    def take(self, octets: int) -> bytes:
        """The next octets of the line."""
        need = 8 * octets
        missing = need - len(self.queue)
        if missing > 0:
            self.queue += self.fill * (-(-missing // len(self.fill)))
        bits, self.queue = self.queue[:need], self.queue[need:]
        return int(bits, 2).to_bytes(octets, "big")


class Run:
    """Equal signal units one behind the other; ``first``: ns when the first had wholly come."""

    def __init__(self, su: SignalUnit, octets: bytes, first: int) -> None:
        self.su = su
        self.octets = octets
        self.first = first
        self.last = first
        self.count = 1

    def __str__(self) -> str:
        return f"{self.first / 1e6:.1f} ms: {self.su}" + (f" x{self.count}" * (self.count > 1))


class TesterReceiver:
    """Every signal unit on the line from the link under test, with its time."""

    def __init__(self) -> None:
        self.decoder = HdlcDecoder(max_octets=300, min_octets=3)
        self.runs: list[Run] = []
        self.faults = 0
        self.octets = 0

    def take(self, line: bytes) -> None:
        """The next octets of the line."""
        for found in self.decoder.decode(line):
            self.octets += found.octets
            self.found(found.kind, found.frame, self.octets * OCTET)

    def found(self, kind: int, frame: bytes, now: int) -> None:
        if kind != HDLC_FRAME:
            self.faults += 1
            return
        last = self.runs[-1] if self.runs else None
        if last is not None and last.octets == frame and last.su.kind != "MSU":
            last.count += 1
            last.last = now
        else:
            self.runs.append(Run(read(frame), frame, now))
