"""Information elements: identifiers of table 4-3/Q.931, the base classes, single-octet elements.

An element never changes once made. ``octets`` is its whole encoding (identifier, length,
contents), as it came from the wire or as its constructor built it, so that encoding a message is
joining them, and what we do not understand survives a decode and encode round trip.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError, RemoteError

SEGMENTED_MESSAGE: Final = 0x00
BEARER_CAPABILITY: Final = 0x04
CAUSE: Final = 0x08
CALL_IDENTITY: Final = 0x10
CALL_STATE: Final = 0x14
CHANNEL_IDENTIFICATION: Final = 0x18
FACILITY: Final = 0x1C
PROGRESS_INDICATOR: Final = 0x1E
NETWORK_SPECIFIC_FACILITIES: Final = 0x20
NOTIFICATION_INDICATOR: Final = 0x27
DISPLAY: Final = 0x28
DATE_TIME: Final = 0x29
KEYPAD_FACILITY: Final = 0x2C
SIGNAL: Final = 0x34
INFORMATION_RATE: Final = 0x40
END_TO_END_TRANSIT_DELAY: Final = 0x42
TRANSIT_DELAY_SELECTION: Final = 0x43
PACKET_LAYER_BINARY_PARAMETERS: Final = 0x44
PACKET_LAYER_WINDOW_SIZE: Final = 0x45
PACKET_SIZE: Final = 0x46
CLOSED_USER_GROUP: Final = 0x47
REVERSE_CHARGING: Final = 0x4A
CONNECTED_NUMBER: Final = 0x4C
CONNECTED_SUBADDRESS: Final = 0x4D
CALLING_PARTY_NUMBER: Final = 0x6C
CALLING_PARTY_SUBADDRESS: Final = 0x6D
CALLED_PARTY_NUMBER: Final = 0x70
CALLED_PARTY_SUBADDRESS: Final = 0x71
REDIRECTING_NUMBER: Final = 0x74
REDIRECTION_NUMBER: Final = 0x76
TRANSIT_NETWORK_SELECTION: Final = 0x78
RESTART_INDICATOR: Final = 0x79
LOW_LAYER_COMPATIBILITY: Final = 0x7C
HIGH_LAYER_COMPATIBILITY: Final = 0x7D
USER_USER: Final = 0x7E
ESCAPE: Final = 0x7F

SHIFT: Final = 0x90
MORE_DATA: Final = 0xA0
SENDING_COMPLETE: Final = 0xA1
CONGESTION_LEVEL: Final = 0xB0
REPEAT_INDICATOR: Final = 0xD0

MESSAGE_SEGMENT: Final = -1
"""No element of table 4-3: the rest of a SEGMENT message (annex H)."""

OCTET: Final = [bytes((n,)) for n in range(256)]
"""Every single octet: concatenating these beats ``bytes((…))``."""


class ContentError(RemoteError):
    """The contents of an element do not follow its clause. Answered with cause 100 (5.8.6.2)."""

    def __init__(self, text: str) -> None:
        super().__init__(text, 100)


class Element:
    """An information element; as such, one that is empty, unknown or of another codeset.

    ``id`` is the identifier of table 4-3; a type 1 single-octet element has its low four bits
    zero there. ``codeset`` is 0 to 7 (4.5.2). ``octets`` is the whole encoding.
    """

    def __init__(self, id: int, codeset: int, octets: bytes) -> None:
        self.id: Final = id
        self.codeset: Final = codeset
        self.octets: Final = octets

    @property
    def raw(self) -> bytes:
        """The contents: what follows the length octet. Empty for a single-octet element."""
        if self.id & 0x80:
            return b""
        return self.octets[2:]

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Element)
            and self.octets == other.octets
            and self.codeset == other.codeset
        )

    def __hash__(self) -> int:
        return hash(self.octets)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.octets.hex(' ')})"


class Malformed(Element):
    """An element whose contents could not be read; ``reason`` says why, in words."""

    def __init__(self, id: int, codeset: int, octets: bytes, reason: str) -> None:
        super().__init__(id, codeset, octets)
        self.reason: Final = reason


class MessageSegment(Element):
    """Message segment (annex H.2): a part of another message, cut anywhere, as it stands."""

    def __init__(self, segment: bytes) -> None:
        super().__init__(MESSAGE_SEGMENT, 0, segment)
        self.segment: Final = segment


class Shift(Element):
    """Shift (4.5.3, 4.5.4): the elements that follow, or the next one, are of ``to``."""

    def __init__(self, to: int, locking: bool) -> None:
        check_range("codeset", to, 7)
        super().__init__(SHIFT, 0, OCTET[0x90 | (0 if locking else 8) | to])
        self.to: Final = to
        self.locking: Final = locking


class MoreData(Element):
    """More data (4.5.20): another USER INFORMATION follows with the rest of the block."""

    def __init__(self) -> None:
        super().__init__(MORE_DATA, 0, b"\xa0")


class SendingComplete(Element):
    """Sending complete (4.5.27): the called party number is complete."""

    def __init__(self) -> None:
        super().__init__(SENDING_COMPLETE, 0, b"\xa1")


class CongestionLevel(Element):
    """Congestion level (4.5.14): 0 receiver ready, 15 receiver not ready."""

    def __init__(self, level: int) -> None:
        check_range("congestion level", level, 15)
        super().__init__(CONGESTION_LEVEL, 0, OCTET[0xB0 | level])
        self.level: Final = level


class RepeatIndicator(Element):
    """Repeat indicator (4.5.24): 2 means that one of the repeated elements is to be chosen."""

    def __init__(self, indication: int) -> None:
        check_range("repeat indication", indication, 15)
        super().__init__(REPEAT_INDICATOR, 0, OCTET[0xD0 | indication])
        self.indication: Final = indication


def single_octet(octet: int, codeset: int) -> Element:
    """The element that an octet with bit 8 set is (figure 4-7 a and b)."""
    nibble = octet & 0xF0
    if nibble == SHIFT:
        return Shift(octet & 7, octet & 8 == 0)
    if codeset == 0:
        if octet == SENDING_COMPLETE:
            return SENDING_COMPLETE_ELEMENT
        if octet == MORE_DATA:
            return MORE_DATA_ELEMENT
        if nibble == CONGESTION_LEVEL:
            return CongestionLevel(octet & 15)
        if nibble == REPEAT_INDICATOR:
            return RepeatIndicator(octet & 15)
    return Element(octet if nibble == 0xA0 else nibble, codeset, OCTET[octet])


def variable(id: int, contents: bytes, codeset: int = 0) -> Element:
    """A plain element of any identifier and codeset, from its contents."""
    check_range("identifier", id, 0x7F)
    check_range("codeset", codeset, 7)
    return Element(id, codeset, framed(id, contents))


def framed(id: int, contents: bytes) -> bytes:
    """Identifier, length and contents."""
    length = len(contents)
    if length > 255:
        raise LocalError(f"an information element holds at most 255 octets, not {length}")
    return OCTET[id] + OCTET[length] + contents


def check_range(what: str, value: int, highest: int) -> None:
    """LocalError unless 0 <= value <= highest."""
    if value < 0 or value > highest:
        raise LocalError(f"{what} must be 0 to {highest}, not {value}")


def ia5(what: str, octets: bytes) -> str:
    """Received IA5 characters (T.50: bit 8 is zero) as a string, or ContentError."""
    if not octets.isascii():
        raise ContentError(f"{what}: an octet is not an IA5 character (bit 8 is set)")
    return octets.decode("ascii")


def to_ia5(what: str, text: str) -> bytes:
    """Characters that are to be sent as IA5 octets, or LocalError."""
    if not text.isascii():
        raise LocalError(f"{what}: {text!r} has characters that IA5 (T.50) has not")
    return text.encode("ascii")


SENDING_COMPLETE_ELEMENT: Final = SendingComplete()
MORE_DATA_ELEMENT: Final = MoreData()
