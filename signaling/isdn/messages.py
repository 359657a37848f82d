"""Q.931 messages: decoding, encoding, and the parts of 5.8 that a decoder can see.

Only the first element of each identifier counts (5.8.5.2) unless the message permits repeats;
``Message.find`` gives that one, ``Message.elements`` has them all in the order received.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError, RemoteError
from .elements import (
    BEARER_CAPABILITY,
    CALLED_PARTY_NUMBER,
    CALLING_PARTY_NUMBER,
    CAUSE,
    CHANNEL_IDENTIFICATION,
    MEMO,
    OCTET,
    PROGRESS_INDICATOR,
    SEGMENTED_MESSAGE,
    BearerCapability,
    CalledPartyNumber,
    CallingPartyNumber,
    Cause,
    ChannelIdentification,
    Element,
    Malformed,
    MessageSegment,
    ProgressIndicator,
    Shift,
    read,
    single_octet,
)
from .messages_table import (
    ALERTING,
    CALL_PROCEEDING,
    CONGESTION_CONTROL,
    CONNECT,
    CONNECT_ACKNOWLEDGE,
    CONTENTS,
    DISCONNECT,
    FACILITY,
    HOLD,
    HOLD_ACKNOWLEDGE,
    HOLD_REJECT,
    INFORMATION,
    MANDATORY_COUNT,
    NAMES,
    NOTIFY,
    PROGRESS,
    REGISTER,
    RELEASE,
    RELEASE_COMPLETE,
    RESTART,
    RESTART_ACKNOWLEDGE,
    RESUME,
    RESUME_ACKNOWLEDGE,
    RESUME_REJECT,
    RETRIEVE,
    RETRIEVE_ACKNOWLEDGE,
    RETRIEVE_REJECT,
    SEGMENT,
    SETUP,
    SETUP_ACKNOWLEDGE,
    STATUS,
    STATUS_ENQUIRY,
    SUSPEND,
    SUSPEND_ACKNOWLEDGE,
    SUSPEND_REJECT,
    USER_INFORMATION,
    name_of,
)

__all__ = [
    "ALERTING",
    "BAD_CALL_REFERENCE",
    "CALL_PROCEEDING",
    "CONGESTION_CONTROL",
    "CONNECT",
    "CONNECT_ACKNOWLEDGE",
    "DISCONNECT",
    "FACILITY",
    "HOLD",
    "HOLD_ACKNOWLEDGE",
    "HOLD_REJECT",
    "INFORMATION",
    "NAMES",
    "NOTIFY",
    "PROGRESS",
    "PROTOCOL_DISCRIMINATOR",
    "REGISTER",
    "RELEASE",
    "RELEASE_COMPLETE",
    "RESTART",
    "RESTART_ACKNOWLEDGE",
    "RESUME",
    "RESUME_ACKNOWLEDGE",
    "RESUME_REJECT",
    "RETRIEVE",
    "RETRIEVE_ACKNOWLEDGE",
    "RETRIEVE_REJECT",
    "SEGMENT",
    "SETUP",
    "SETUP_ACKNOWLEDGE",
    "STATUS",
    "STATUS_ENQUIRY",
    "SUSPEND",
    "SUSPEND_ACKNOWLEDGE",
    "SUSPEND_REJECT",
    "TOO_SHORT",
    "USER_INFORMATION",
    "WRONG_DISCRIMINATOR",
    "HeaderError",
    "Message",
    "decode",
    "encode",
    "name_of",
]

PROTOCOL_DISCRIMINATOR: Final = 8
"""Q.931 user-network call control messages (table 4-1)."""

WRONG_DISCRIMINATOR: Final = 1
TOO_SHORT: Final = 2
BAD_CALL_REFERENCE: Final = 3


class HeaderError(RemoteError):
    """A message that has no readable header and is to be ignored.

    ``kind``: WRONG_DISCRIMINATOR (5.8.1), TOO_SHORT (5.8.2) or BAD_CALL_REFERENCE (5.8.3.1).
    """

    def __init__(self, kind: int, clause: str, text: str) -> None:
        super().__init__(f"{text} ({clause})")
        self.kind: Final = kind
        self.clause: Final = clause


class Message:
    """A Q.931 message.

    ``flag`` is 0 from the side that chose the call reference, 1 towards it (4.3).
    ``reference_octets``: 2 on a primary rate interface, 1 on a basic one, 0 for the dummy call
    reference. ``type`` above 0xFF is 0x100 + the octet that follows the escape to nationally
    specific types (4.4). ``elements``: as sent, shifts included. ``raw``: the octets it came
    from, b"" if it did not come from the wire. ``clean``: the decoder saw nothing that ``check``
    could find: elements in order, none repeated, unknown, misplaced or malformed, none missing.
    """

    def __init__(
        self,
        call_reference: int,
        flag: int,
        type: int,
        elements: list[Element],
        reference_octets: int = 2,
        raw: bytes = b"",
        first: dict[int, Element] | None = None,
        clean: bool = False,
    ) -> None:
        self.call_reference: Final = call_reference
        self.flag: Final = flag
        self.type: Final = type
        self.elements: Final = elements
        self.reference_octets: Final = reference_octets
        self.raw: Final = raw
        self.clean: Final = clean
        if first is None:
            first = {}
            for element in elements:
                if element.codeset == 0 and len(element.octets) != 2 and element.id not in first:
                    first[element.id] = element
        self.first: Final = first

    def find(self, id: int, codeset: int = 0) -> Element | None:
        """The first element of that identifier, or None. An empty one counts as absent (4.5.1)."""
        if codeset == 0:
            return self.first.get(id)
        for element in self.elements:
            if element.id == id and element.codeset == codeset and len(element.octets) != 2:
                return element
        return None

    def has(self, id: int) -> bool:
        """Is there a codeset 0 element of that identifier that is not empty?"""
        return id in self.first

    def find_all(self, id: int, codeset: int = 0) -> list[Element]:
        """All elements of that identifier, in order."""
        return [e for e in self.elements if e.id == id and e.codeset == codeset]

    def cause(self) -> Cause | None:
        """The cause, if there is one that can be read."""
        element = self.first.get(CAUSE)
        return element if isinstance(element, Cause) else None

    def channel(self) -> ChannelIdentification | None:
        """The channel identification, if there is one that can be read."""
        element = self.first.get(CHANNEL_IDENTIFICATION)
        return element if isinstance(element, ChannelIdentification) else None

    def called(self) -> CalledPartyNumber | None:
        """The called party number, if there is one that can be read."""
        element = self.first.get(CALLED_PARTY_NUMBER)
        return element if isinstance(element, CalledPartyNumber) else None

    def calling(self) -> CallingPartyNumber | None:
        """The calling party number, if there is one that can be read."""
        element = self.first.get(CALLING_PARTY_NUMBER)
        return element if isinstance(element, CallingPartyNumber) else None

    def bearer(self) -> BearerCapability | None:
        """The bearer capability, if there is one that can be read."""
        element = self.first.get(BEARER_CAPABILITY)
        return element if isinstance(element, BearerCapability) else None

    def progress(self) -> list[ProgressIndicator]:
        """All progress indicators that can be read: several may come in one message."""
        if PROGRESS_INDICATOR not in self.first:
            return []
        return [e for e in self.elements if isinstance(e, ProgressIndicator)]

    def encode(self) -> bytes:
        """Its octets: those it came from, if it did."""
        if self.raw:
            return self.raw
        return encode(
            self.call_reference, self.flag, self.type, self.elements, self.reference_octets
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self.encode() == other.encode()

    def __hash__(self) -> int:
        return hash((self.call_reference, self.type))

    def __repr__(self) -> str:
        return (
            f"Message({name_of(self.type)}, {self.call_reference}, flag {self.flag}, "
            f"{self.elements})"
        )


def decode(octets: bytes) -> Message:
    """The message that ``octets`` (layer 3 of a frame) are, or HeaderError.

    Nothing but the header can fail: an element that cannot be read becomes Malformed.
    """
    end = len(octets)
    if end == 0:
        raise HeaderError(TOO_SHORT, "5.8.2", "no octets")
    if octets[0] != 8:
        raise HeaderError(
            WRONG_DISCRIMINATOR, "5.8.1", f"protocol discriminator {octets[0]}, not 8"
        )
    if end < 3:
        raise HeaderError(TOO_SHORT, "5.8.2", f"{end} octets hold no message type")
    size = octets[1]
    if size == 2 and end >= 5:
        high = octets[2]
        flag = high >> 7
        reference = (high & 0x7F) << 8 | octets[3]
        at = 5
    else:
        flag, reference = _call_reference(octets, size, end)
        at = 3 + size
    type = octets[at - 1]
    if type == 0:
        if at >= end:
            raise HeaderError(TOO_SHORT, "5.8.2", "the escaped message type is missing")
        type = 0x100 | octets[at]
        at += 1
    if type == SEGMENT and octets[at : at + 2] == b"\x00\x02" and end >= at + 4:
        elements = [read(SEGMENTED_MESSAGE, octets[at : at + 4]), MessageSegment(octets[at + 4 :])]
        return Message(reference, flag, type, elements, size, octets, None, True)
    return _decode_elements(octets, at, end, reference, flag, type, size)


def _call_reference(octets: bytes, size: int, end: int) -> tuple[int, int]:
    """Flag and value of a call reference of any length (4.3), or HeaderError."""
    if size > 15:
        raise HeaderError(
            BAD_CALL_REFERENCE, "5.8.3.1", f"call reference octet 1 is 0x{size:02x}: bits 8-5 not 0"
        )
    if size > 2:
        raise HeaderError(
            BAD_CALL_REFERENCE, "5.8.3.1", f"a call reference of {size} octets, longer than 2"
        )
    if end < 3 + size:
        raise HeaderError(TOO_SHORT, "5.8.2", f"{end} octets hold no message type")
    if size == 0:
        return 0, 0
    value = octets[2] & 0x7F
    if size == 2:
        value = value << 8 | octets[3]
    return octets[2] >> 7, value


def _decode_elements(
    octets: bytes, at: int, end: int, reference: int, flag: int, type: int, size: int
) -> Message:
    """The elements (4.5.1), noting on the way whether ``check`` may have something to say."""
    elements: list[Element] = []
    first: dict[int, Element] = {}
    contents = CONTENTS[type]
    last = -1
    mandatory = 0
    clean = True
    while at < end:
        id = octets[at]
        if id >= 0x80:
            element = single_octet(id, 0)
            at += 1
            if id >= 0x90 and id < 0xA0:
                elements.append(element)
                return _decode_shifted(
                    octets, at, end, Message(reference, flag, type, elements, size, octets, first)
                )
        else:
            after = at + 2 + octets[at + 1] if at + 1 < end else end + 1
            if after > end:
                element = _cut_off(id, 0, octets[at:])
            else:
                tlv = octets[at:after]
                known = MEMO[id].get(tlv)
                element = known if known is not None else read(id, tlv)
            at = after
            if id <= last:
                clean = False
            last = id
        elements.append(element)
        kind = contents[element.id]
        if kind == 2:
            mandatory += 1
        elif kind == 0:
            clean = False
        if len(element.octets) == 2:
            clean = False
        elif element.id not in first:
            first[element.id] = element
        if isinstance(element, Malformed):
            clean = False
    if mandatory != MANDATORY_COUNT[type]:
        clean = False
    return Message(reference, flag, type, elements, size, octets, first, clean)


def _decode_shifted(octets: bytes, at: int, end: int, message: Message) -> Message:
    """The elements that follow the first shift (4.5.2 to 4.5.4), appended to ``message``."""
    elements = message.elements
    first = message.first
    shift = elements[-1]
    locked = 0
    next_one = -1
    if isinstance(shift, Shift):
        locked, next_one = _shifted(shift, locked)
    while at < end:
        codeset = locked if next_one < 0 else next_one
        next_one = -1
        id = octets[at]
        if id >= 0x80:
            element = single_octet(id, codeset)
            at += 1
            if isinstance(element, Shift):
                locked, next_one = _shifted(element, locked)
        else:
            after = at + 2 + octets[at + 1] if at + 1 < end else end + 1
            if after > end:
                element = _cut_off(id, codeset, octets[at:])
            elif codeset == 0:
                element = read(id, octets[at:after])
            else:
                element = Element(id, codeset, octets[at:after])
            at = after
        elements.append(element)
        if codeset == 0 and len(element.octets) != 2 and element.id not in first:
            first[element.id] = element
    return message


def _shifted(shift: Shift, locked: int) -> tuple[int, int]:
    """The active codeset and that of the next element (-1: the active one) after a shift.

    A locking shift to a lower codeset, codeset 0 again included, is not permitted (4.5.3); it
    is followed all the same, as the far end must mean it.
    """
    if shift.locking:
        return shift.to, -1
    return locked, shift.to


def _cut_off(id: int, codeset: int, octets: bytes) -> Element:
    """The last element of a message that ends within it."""
    if len(octets) < 2:
        return Malformed(id, codeset, octets, "the length octet is missing (4.5.1)")
    have = len(octets) - 2
    return Malformed(
        id, codeset, octets, f"its length says {octets[1]} octets, the message has {have} (4.5.1)"
    )


_HIGH: Final = [b"\x08\x02" + OCTET[n] for n in range(256)]
"""Discriminator, length 2 and first octet of a call reference of two octets."""


def encode(
    call_reference: int, flag: int, type: int, elements: list[Element], reference_octets: int = 2
) -> bytes:
    """A message's octets. Elements of other codesets get the shifts they need (4.5.2).

    Elements are sent in the order given; 4.5.1 wants it ascending in each codeset.
    """
    if reference_octets == 2:
        if call_reference < 0 or call_reference > 0x7FFF:
            raise LocalError(f"call reference {call_reference} does not fit two octets")
        head = _HIGH[flag << 7 | call_reference >> 8] + OCTET[call_reference & 0xFF]
    elif reference_octets == 1:
        if call_reference < 0 or call_reference > 0x7F:
            raise LocalError(f"call reference {call_reference} does not fit one octet")
        head = b"\x08\x01" + OCTET[flag << 7 | call_reference]
    else:
        head = b"\x08\x00"
    if type > 0xFF:
        head += b"\x00"
    out = head + OCTET[type & 0xFF]
    for element in elements:
        if element.codeset != 0 or element.id == 0x90:
            return out[: len(head) + 1] + _encode_shifted(elements)
        out += element.octets
    return out


def _encode_shifted(elements: list[Element]) -> bytes:
    """Elements of several codesets: shifts that are among them hold, missing ones are put in."""
    out = b""
    locked = 0
    next_one = -1
    for at in range(len(elements)):
        element = elements[at]
        if isinstance(element, Shift):
            locked, next_one = _shifted(element, locked)
        else:
            active = locked if next_one < 0 else next_one
            next_one = -1
            if element.codeset != active:
                if element.codeset > locked and _none_below(elements, at, element.codeset):
                    locked = element.codeset
                    out += OCTET[0x90 | locked]
                else:
                    out += OCTET[0x98 | element.codeset]
        out += element.octets
    return out


def _none_below(elements: list[Element], at: int, codeset: int) -> bool:
    """May ``codeset`` be locked from here on: does no later element need a lower one?"""
    for element in elements[at:]:
        if element.codeset < codeset or isinstance(element, Shift):
            return False
    return True
