"""Messages that bear numbers: IAM and IAI (Q.723 3.3), GSM (3.4); and ``decode`` for them all."""

from __future__ import annotations

from typing import Final

from .tup_messages import (
    OCTET,
    TupMessage,
    decode_simple,
    malformed,
    signals_octets,
    signals_text,
)
from .tup_messages_table import GSM, IAI, IAM

SUBSCRIBER_NUMBER: Final = 0
NATIONAL_SPARE: Final = 1
NATIONAL_NUMBER: Final = 2
INTERNATIONAL_NUMBER: Final = 3

CHECK_NOT_REQUIRED: Final = 0
CHECK_REQUIRED: Final = 1
CHECK_PREVIOUS: Final = 2
"""Continuity check indicator; 3 is spare."""

HAS_NETWORK_CAPABILITY: Final = 0x01
HAS_CLOSED_USER_GROUP: Final = 0x02
HAS_CALLING_PARTY: Final = 0x04
HAS_ROUTING: Final = 0x08
HAS_CALLING_LINE: Final = 0x10
HAS_ORIGINAL_CALLED: Final = 0x20
HAS_CHARGING: Final = 0x40
"""First indicator octet of IAI."""
_UNREADABLE: Final = HAS_NETWORK_CAPABILITY | HAS_CALLING_PARTY | HAS_ROUTING
CUG_OCTETS: Final = 5
"""Closed user group information: call indicator and interlock code. The length is as remembered
from Q.723 3.3.2; GF 001-9001 has the field for further study (BNR), so no second source."""

RESPONSE_CATEGORY: Final = 0x01
RESPONSE_CALLING_LINE: Final = 0x02
RESPONSE_TRUNK: Final = 0x04
RESPONSE_ORIGINAL_CALLED: Final = 0x08
RESPONSE_ECHO: Final = 0x10
RESPONSE_MALICIOUS: Final = 0x20
RESPONSE_HOLD: Final = 0x40
"""Response type indicator of GSM."""


class Line:
    """A calling line identity or an original called address (3.3.2): address indicators, number.

    ``nature``: as of the called number. ``restricted``: not to be shown. No signals: not available.
    """

    def __init__(
        self, signals: str, nature: int = 2, restricted: bool = False, incomplete: bool = False
    ) -> None:
        self.signals: Final = signals
        self.nature: Final = nature
        self.restricted: Final = restricted
        self.incomplete: Final = incomplete

    @property
    def octets(self) -> bytes:
        low = self.nature | self.restricted << 2 | self.incomplete << 3
        return signals_octets(self.signals, low)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Line) and (
            (self.signals, self.nature, self.restricted, self.incomplete)
            == (other.signals, other.nature, other.restricted, other.incomplete)
        )

    def __hash__(self) -> int:
        return hash(self.signals)

    def __repr__(self) -> str:
        return f"Line({self.signals!r}, {self.nature})"


class Indicators:
    """The twelve message indicator bits of IAM and IAI (3.3.1 d), A the least significant."""

    def __init__(
        self,
        nature: int = NATIONAL_NUMBER,
        satellite: int = 0,
        continuity: int = CHECK_NOT_REQUIRED,
        echo: bool = False,
        international: bool = False,
        redirected: bool = False,
        digital: bool = False,
        all_ss7: bool = False,
    ) -> None:
        self.nature: Final = nature
        self.satellite: Final = satellite
        self.continuity: Final = continuity
        self.echo: Final = echo
        self.international: Final = international
        self.redirected: Final = redirected
        self.digital: Final = digital
        self.all_ss7: Final = all_ss7

    @property
    def bits(self) -> int:
        return (
            self.nature
            | self.satellite << 2
            | self.continuity << 4
            | self.echo << 6
            | self.international << 7
            | self.redirected << 8
            | self.digital << 9
            | self.all_ss7 << 10
        )


def read_indicators(bits: int) -> Indicators:
    """Of the twelve bits; bit L is spare."""
    return Indicators(
        bits & 3,
        bits >> 2 & 3,
        bits >> 4 & 3,
        bool(bits & 0x40),
        bool(bits & 0x80),
        bool(bits & 0x100),
        bool(bits & 0x200),
        bool(bits & 0x400),
    )


class InitialAddress(TupMessage):
    """IAM, or IAI when there is additional information.

    ``category``: the calling party's, 0 to 63. ``signals``: address signals of the called number.
    ``rest``: octets behind what can be read: fields whose format is not published, spare ones.
    """

    def __init__(
        self,
        category: int,
        indicators: Indicators,
        signals: str,
        calling: Line | None = None,
        original: Line | None = None,
        group: bytes = b"",
        additional: bool = False,
        rest: bytes = b"",
        octets: bytes = b"",
        present: int = 0,
    ) -> None:
        if not octets:
            present = (
                (HAS_CLOSED_USER_GROUP if group else 0)
                | (HAS_CALLING_LINE if calling is not None else 0)
                | (HAS_ORIGINAL_CALLED if original is not None else 0)
            )
            octets = _initial(category, indicators, signals, present or additional)
            if present or additional:
                octets += OCTET[present] + group
                octets += calling.octets if calling is not None else b""
                octets += original.octets if original is not None else b""
        super().__init__(octets[0], octets)
        self.category: Final = category
        self.indicators: Final = indicators
        self.signals: Final = signals
        self.calling: Final = calling
        self.original: Final = original
        self.group: Final = group
        self.present: Final = present
        """First indicator octet of IAI."""
        self.rest: Final = rest


def _initial(category: int, indicators: Indicators, signals: str, additional: int) -> bytes:
    bits = indicators.bits
    head = OCTET[IAI if additional else IAM] + OCTET[category & 63] + OCTET[bits & 255]
    return head + signals_octets(signals, bits >> 8)


class GeneralForward(TupMessage):
    """GSM (3.4.1): what GRQ asked for. ``category`` -1: not included. ``trunk``: incoming trunk
    and transit exchange identity, as octets."""

    def __init__(
        self,
        category: int = -1,
        calling: Line | None = None,
        original: Line | None = None,
        flags: int = 0,
        trunk: bytes = b"",
        rest: bytes = b"",
        octets: bytes = b"",
    ) -> None:
        if not octets:
            present = (
                flags
                | (RESPONSE_CATEGORY if category >= 0 else 0)
                | (RESPONSE_CALLING_LINE if calling is not None else 0)
                | (RESPONSE_TRUNK if trunk else 0)
                | (RESPONSE_ORIGINAL_CALLED if original is not None else 0)
            )
            octets = OCTET[GSM] + OCTET[present]
            octets += OCTET[category & 63] if category >= 0 else b""
            octets += calling.octets if calling is not None else b""
            octets += trunk
            octets += original.octets if original is not None else b""
        super().__init__(GSM, octets)
        self.category: Final = category
        self.calling: Final = calling
        self.original: Final = original
        self.present: Final = octets[1]
        self.trunk: Final = trunk
        self.rest: Final = rest


class _Reader:
    """Octets and a place in them. ``short``: what did not fit, "" while all did."""

    def __init__(self, octets: bytes, at: int) -> None:
        self.octets: Final = octets
        self.at: int = at
        self.short: str = ""

    def line(self, name: str) -> Line | None:
        """A Line, None where the octets end too soon."""
        octets, at = self.octets, self.at
        if self.short:
            return None
        if at >= len(octets):
            self.short = f"{name} is missing"
            return None
        head = octets[at]
        number = head >> 4
        signals = signals_text(octets, at + 1, number)
        if len(signals) < number:
            self.short = f"{name} says {number} address signals and has {len(signals)}"
            return None
        self.at = at + 1 + (number + 1) // 2
        return Line(signals, head & 3, bool(head & 4), bool(head & 8))

    def take(self, size: int, name: str) -> bytes:
        """The next ``size`` octets."""
        if self.short:
            return b""
        found = self.octets[self.at : self.at + size]
        if len(found) < size:
            self.short = f"{name} is too short"
            return b""
        self.at += size
        return found


def _read_initial(octets: bytes) -> TupMessage:
    heading = octets[0]
    name = "IAM" if heading == IAM else "IAI"
    if len(octets) < 4:
        return malformed(heading, octets, f"{name} has {len(octets)} octets, too few")
    number = octets[3] >> 4
    signals = signals_text(octets, 4, number)
    if len(signals) < number:
        text = f"{name} says {number} address signals and has {len(signals)}"
        return malformed(heading, octets, text)
    category = octets[1] & 63
    indicators = read_indicators(octets[2] | (octets[3] & 15) << 8)
    reader = _Reader(octets, 4 + (number + 1) // 2)
    if heading == IAM:
        rest = octets[reader.at :]
        return InitialAddress(category, indicators, signals, rest=rest, octets=octets)
    first = reader.take(1, "the first indicator octet")
    present = first[0] if first else 0
    group = b""
    calling: Line | None = None
    original: Line | None = None
    if not present & HAS_NETWORK_CAPABILITY:
        # A field whose format is not published hides those behind it: they stay in ``rest``.
        if present & HAS_CLOSED_USER_GROUP:
            group = reader.take(CUG_OCTETS, "closed user group information")
        if not present & _UNREADABLE:
            if present & HAS_CALLING_LINE:
                calling = reader.line("calling line identity")
            if present & HAS_ORIGINAL_CALLED:
                original = reader.line("original called address")
    if reader.short:
        return malformed(heading, octets, f"{name}: {reader.short}")
    rest = octets[reader.at :]
    return InitialAddress(
        category, indicators, signals, calling, original, group, True, rest, octets, present
    )


def _read_forward(octets: bytes) -> TupMessage:
    if len(octets) < 2:
        return malformed(GSM, octets, "GSM has no response type indicator")
    present = octets[1]
    reader = _Reader(octets, 2)
    category = -1
    calling: Line | None = None
    original: Line | None = None
    if present & RESPONSE_CATEGORY:
        found = reader.take(1, "calling party's category")
        category = found[0] & 63 if found else -1
    if present & RESPONSE_CALLING_LINE:
        calling = reader.line("calling line identity")
    trunk = b""
    if present & RESPONSE_TRUNK:
        trunk = _trunk(reader)
    if present & RESPONSE_ORIGINAL_CALLED:
        original = reader.line("original called address")
    if reader.short:
        return malformed(GSM, octets, f"GSM: {reader.short}")
    rest = octets[reader.at :]
    return GeneralForward(category, calling, original, 0, trunk, rest, octets)


def _trunk(reader: _Reader) -> bytes:
    """Incoming trunk and transit exchange identity: identity type 2 bits, spare 2, length 4, the
    exchange; spare 4, length 4 in octets, the trunk (BNR; Q.723 3.4.1 has the same figure).

    Type 1 is a point code of ``length`` octets; type 2 has ``length`` address signals.
    """
    name = "incoming trunk and transit exchange identity"
    head = reader.take(1, name)
    if not head:
        return b""
    length = head[0] >> 4
    size = (length + 1) // 2 if head[0] & 3 == 2 else length
    exchange = reader.take(size, name)
    second = reader.take(1, name)
    if not second:
        return b""
    return head + exchange + second + reader.take(second[0] >> 4, name)


def decode(octets: bytes) -> TupMessage:
    """A message from the heading code on, whatever the octets are; what is wrong is ``reason``."""
    if not octets:
        return TupMessage(0, b"\x00", "there is no heading code")
    heading = octets[0]
    if heading in (IAM, IAI):
        return _read_initial(octets)
    if heading == GSM:
        return _read_forward(octets)
    simple = decode_simple(octets)
    return simple if simple is not None else TupMessage(heading, octets)
