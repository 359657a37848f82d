"""TUP messages: label, heading code, contents (Q.723). Decoding is total: it never raises.

A message never changes once made. ``octets`` is what stands behind the label, from the heading
code on, as it came or as the constructor built it; spare bits and what is behind the known fields
survive a decode and encode round trip.

Labels (Q.723 2.2, GF 001-9001 4.2):

- ITU, 40 bits: DPC 14, OPC 14, CIC 12. The four low bits of the CIC stand where other users of MTP
  have the SLS, so all messages of a circuit take one link. Behind the 32-bit routing label is one
  octet with bits 4 to 11 of the CIC.
- China, 64 bits: DPC 24, OPC 24, CIC 12, spare 4, the least significant bit of each first. Behind
  the OPC is an octet with bits 0 to 7 of the CIC, whose low four are the SLS; the next has bits 8
  to 11 and the four spare bits. Sources: BNR's CTUP definition, label "like ANSI but is CTUP GF
  001-9001"; the label figure of the course named in tup_messages_table (48 = 4 spare, 8 and 4 of
  CIC/SLS, 24 OPC, 24 DPC, right to left).
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from .tup_messages_table import (
    ACC,
    ACM,
    CHARGING,
    CHG,
    COMPLETE,
    CONGESTION,
    EUM,
    EXTENDED,
    GROUP,
    GROUP_RESET,
    GRQ,
    GRS,
    HEADINGS,
    METERING,
    MORE_ADDRESS,
    MPM,
    NO_CONTENT,
    ONE_ADDRESS,
    REQUEST,
    SAM,
    SAO,
    name_of,
)

OCTET: Final = [bytes((n,)) for n in range(256)]
SIGNALS: Final = "0123456789ABCDEF"
"""Address signals of Q.723 3.3.1 f as text: B is code 11, C code 12, F end of pulsing (ST)."""
ST: Final = "F"
MOST_SIGNALS: Final = 15
"""Address signals that one message holds: their number has four bits."""

ITU_LABEL: Final = 0
CHINA_LABEL: Final = 1


def split_cic(cic: int, label: int) -> tuple[int, bytes]:
    """What Mtp3.send takes as ``sls``, and the octet behind the routing label, of a circuit."""
    if label == ITU_LABEL:
        return cic & 15, OCTET[cic >> 4 & 255]
    return cic & 255, OCTET[cic >> 8 & 15]


def join_cic(sls: int, octet: int, label: int) -> int:
    """The CIC, 0 to 4095, of the SLS field that MTP reports and the octet behind it."""
    if label == ITU_LABEL:
        return sls & 15 | octet << 4
    return sls & 255 | (octet & 15) << 8


def signals_octets(signals: str, low: int) -> bytes:
    """Four bits ``low``, the number of signals, and the signals two an octet (Q.723 3.3.1 e, f)."""
    if len(signals) > MOST_SIGNALS:
        raise LocalError(f"{len(signals)} address signals; a message holds {MOST_SIGNALS}")
    out = bytearray((low | len(signals) << 4,))
    for at in range(0, len(signals), 2):
        first = _signal(signals[at])
        second = _signal(signals[at + 1]) if at + 1 < len(signals) else 0
        out.append(first | second << 4)
    return bytes(out)


def _signal(character: str) -> int:
    value = SIGNALS.find(character)
    if value < 0:
        raise LocalError(f"{character!r} is no address signal; digits are 0-9, B, C (Q.723 3.3.1)")
    return value


def signals_text(octets: bytes, at: int, number: int) -> str:
    """``number`` signals from ``octets[at]`` on, fewer where the octets end."""
    out = []
    for n in range(number):
        place = at + (n >> 1)
        if place >= len(octets):
            break
        out.append(SIGNALS[octets[place] >> (4 * (n & 1)) & 15])
    return "".join(out)


class TupMessage:
    """A message; as such, one without contents (most signals), or of a heading code that has no
    meaning. ``reason``: why its contents cannot be read, "" if they can."""

    def __init__(self, heading: int, octets: bytes = b"", reason: str = "") -> None:
        self.heading: Final = heading
        self.octets: Final = octets or OCTET[heading]
        self.reason: Final = reason

    @property
    def name(self) -> str:
        """The acronym."""
        return name_of(self.heading)

    @property
    def known(self) -> bool:
        """Does the heading code have a meaning?"""
        return self.heading in HEADINGS

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TupMessage) and self.octets == other.octets

    def __hash__(self) -> int:
        return hash(self.octets)

    def __repr__(self) -> str:
        return f"{self.name}({self.octets.hex()})"


class SubsequentAddress(TupMessage):
    """SAM (3.3.3) and SAO (3.3.4): more address ``signals``."""

    def __init__(self, signals: str, octets: bytes = b"") -> None:
        if octets:
            super().__init__(octets[0], octets)
        elif len(signals) == 1:
            super().__init__(SAO, OCTET[SAO] + OCTET[_signal(signals)])
        elif signals:
            super().__init__(SAM, OCTET[SAM] + signals_octets(signals, 0))
        else:
            raise LocalError("a subsequent address message without address signals")
        self.signals: Final = signals


REQUEST_CATEGORY: Final = 0x01
REQUEST_CALLING_LINE: Final = 0x02
REQUEST_ORIGINAL_CALLED: Final = 0x04
REQUEST_MALICIOUS: Final = 0x08
REQUEST_HOLD: Final = 0x10
REQUEST_ECHO_SUPPRESSOR: Final = 0x20


class GeneralRequest(TupMessage):
    """GRQ (3.5.1): what of the calling side is wanted, REQUEST_ bits."""

    def __init__(self, wanted: int, octets: bytes = b"") -> None:
        super().__init__(GRQ, octets or OCTET[GRQ] + OCTET[wanted])
        self.wanted: Final = wanted


CHARGE_UNQUALIFIED: Final = 0
CHARGE: Final = 1
NO_CHARGE: Final = 2
COINBOX: Final = 3


class AddressComplete(TupMessage):
    """ACM (3.6.1). ``kind``: one of the four above. ``free``: the subscriber is free."""

    def __init__(
        self,
        kind: int = CHARGE,
        free: bool = False,
        echo: bool = False,
        forwarded: bool = False,
        all_ss7: bool = False,
        octets: bytes = b"",
    ) -> None:
        indicators = kind | free << 2 | echo << 3 | forwarded << 4 | all_ss7 << 5
        super().__init__(ACM, octets or OCTET[ACM] + OCTET[indicators])
        self.kind: Final = kind
        self.free: Final = free
        self.echo: Final = echo
        """An incoming half echo suppressor is included."""
        self.forwarded: Final = forwarded
        self.all_ss7: Final = all_ss7


class Charging(TupMessage):
    """CHG (3.6.2): ``data`` is as the administrations agreed."""

    def __init__(self, data: bytes, octets: bytes = b"") -> None:
        super().__init__(CHG, octets or OCTET[CHG] + data)
        self.data: Final = data


class Metering(TupMessage):
    """MPM (GF 001-9001): ``pulses`` for each unit of time, 16 bits."""

    def __init__(self, pulses: int, octets: bytes = b"") -> None:
        if not 0 <= pulses <= 0xFFFF:
            raise LocalError(f"{pulses} metering pulses; give 0 to 65535")
        super().__init__(MPM, octets or OCTET[MPM] + OCTET[pulses & 255] + OCTET[pulses >> 8])
        self.pulses: Final = pulses


class ExtendedUnsuccessful(TupMessage):
    """EUM (3.7.2). ``indicator``: 1 subscriber busy; else spare. ``origin``: the point code of the
    exchange that began it, as octets."""

    def __init__(self, indicator: int, origin: bytes, octets: bytes = b"") -> None:
        super().__init__(EUM, octets or OCTET[EUM] + OCTET[indicator & 15] + origin)
        self.indicator: Final = indicator
        self.origin: Final = origin


class CongestionControl(TupMessage):
    """ACC (3.11): ``level`` 1 or 2; 0 and 3 are spare."""

    def __init__(self, level: int, octets: bytes = b"") -> None:
        super().__init__(ACC, octets or OCTET[ACC] + OCTET[level & 3])
        self.level: Final = level


class GroupMessage(TupMessage):
    """GRM (3.10): ``range`` + 1 circuits from the label's CIC on; ``status`` has a bit for each,
    bit 0 the first circuit. Range 0 (reserved for national use) has no status, nor has GRS."""

    def __init__(self, heading: int, range: int, status: int = 0, octets: bytes = b"") -> None:
        if not 0 <= range <= 255:
            raise LocalError(f"range {range} of a group message; give 0 to 255")
        status &= (2 << range) - 1
        out = octets
        if not out:
            out = OCTET[heading] + OCTET[range]
            if range and heading != GRS:
                out += status.to_bytes((range >> 3) + 1, "little")
        super().__init__(heading, out)
        self.range: Final = range
        self.status: Final = status


def malformed(heading: int, octets: bytes, reason: str) -> TupMessage:
    """A message whose contents cannot be read."""
    return TupMessage(heading, octets, reason)


def decode_simple(octets: bytes) -> TupMessage | None:
    """Messages of this module from the heading code on; None: not one of them."""
    heading = octets[0]
    row = HEADINGS.get(heading)
    if row is None or row.content == NO_CONTENT:
        return TupMessage(heading, octets)
    content = row.content
    if content in (GROUP, GROUP_RESET):
        return _group(heading, octets, content)
    if content == MORE_ADDRESS:
        return _more_address(octets)
    if content == CHARGING:
        return Charging(octets[1:], octets)
    if content not in _FIXED:
        return None
    if len(octets) < _FIXED[content]:
        return malformed(heading, octets, f"{row.acronym} has {len(octets)} octets, too few")
    value = octets[1]
    if content == ONE_ADDRESS:
        return SubsequentAddress(SIGNALS[value & 15], octets)
    if content == REQUEST:
        return GeneralRequest(value, octets)
    if content == COMPLETE:
        flags = [bool(value >> bit & 1) for bit in (2, 3, 4, 5)]
        return AddressComplete(value & 3, flags[0], flags[1], flags[2], flags[3], octets)
    if content == METERING:
        return Metering(value | octets[2] << 8, octets)
    if content == CONGESTION:
        return CongestionControl(value & 3, octets)
    return ExtendedUnsuccessful(value & 15, octets[2:], octets)


_FIXED: Final = {ONE_ADDRESS: 2, REQUEST: 2, COMPLETE: 2, METERING: 3, CONGESTION: 2, EXTENDED: 2}
"""Octets that a content needs at least, the heading code included."""


def _more_address(octets: bytes) -> TupMessage:
    if len(octets) < 2:
        return malformed(SAM, octets, "SAM has no number of address signals")
    number = octets[1] >> 4
    if number == 0:
        return malformed(SAM, octets, "SAM has no address signals")
    signals = signals_text(octets, 2, number)
    if len(signals) < number:
        return malformed(SAM, octets, f"SAM says {number} address signals and has {len(signals)}")
    return SubsequentAddress(signals, octets)


def _group(heading: int, octets: bytes, content: int) -> TupMessage:
    if len(octets) < 2:
        return malformed(heading, octets, f"{name_of(heading)} has no range")
    range_ = octets[1]
    if content == GROUP_RESET or range_ == 0:
        return GroupMessage(heading, range_, 0, octets)
    size = (range_ >> 3) + 1
    if len(octets) < 2 + size:
        text = f"{name_of(heading)}: range {range_} needs {size} octets of status"
        return malformed(heading, octets, text)
    status = int.from_bytes(octets[2 : 2 + size], "little")
    return GroupMessage(heading, range_, status, octets)
