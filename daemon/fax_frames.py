"""T.30 frames as they pass: names are spandsp's, the contents of a DCS are read here.

Frames begin with address and control (HDLC, T.30 5.3.4 and 5.3.5), then the facsimile control
field (5.3.6.1), then the information field. Octets are as spandsp hands them: the bit sent first
is the lowest.
"""

from __future__ import annotations

from typing import Final, NamedTuple

DCS: Final = 0x82
CFR: Final = 0x84
PAGE_DATA: Final = {0, 0x06, 0x86}
"""What is no T.30 frame but a page's (FCD, RCP: T.4 Annex A), or nothing."""
_X: Final = 0x01
"""The X bit of a facsimile control field: set by who received a DIS (T.30 5.3.6.1)."""

_RATES: Final = {
    0b0000: ("V.27ter", 2400),
    0b0010: ("V.27ter", 4800),
    0b0001: ("V.29", 9600),
    0b0011: ("V.29", 7200),
    0b1000: ("V.17", 14400),
    0b1010: ("V.17", 12000),
    0b1001: ("V.17", 9600),
    0b1011: ("V.17", 7200),
}
"""Bits 11 to 14 of a DCS, bit 11 lowest (T.30 Table 2)."""


class Dcs(NamedTuple):
    """What a digital command signal sets (T.30 Table 2)."""

    modem: str
    bit_rate: int
    ecm: bool
    compression: str
    resolution: str


def control_field(frame: bytes) -> int:
    """The facsimile control field without its X bit; 0 for what is too short."""
    if len(frame) < 3:
        return 0
    octet = frame[2]
    # Only frames that go after a DIS have the X bit; DIS, CSI, NSF and DTC, CIG, NSC do not.
    return octet & ~_X if octet & 0x0E else octet


def dcs(frame: bytes) -> Dcs | None:
    """The contents of a DCS; None for any other frame."""
    if control_field(frame) != DCS or len(frame) < 6:
        return None
    fields = frame[3:]

    def bit(number: int) -> bool:
        index, place = divmod(number - 1, 8)
        # Bits 8, 16, … beyond the third octet say whether another octet follows (note to Table 2).
        return index < len(fields) and bool(fields[index] >> place & 1)

    modem, rate = _RATES.get(sum(bit(11 + i) << i for i in range(4)), ("", 0))
    if bit(43):
        resolution = "408x391"
    elif bit(42):
        resolution = "300x300"
    elif bit(41):
        resolution = "204x391"
    else:
        resolution = "204x196" if bit(15) else "204x98"
    compression = "MMR" if bit(31) else "MR" if bit(16) else "MH"
    return Dcs(modem, rate, bit(27), compression, resolution)
