"""Simple segmentation (Q.764 2.1.12): a message whose rest follows in SGM is held for it, T34."""

from __future__ import annotations

from typing import Final

from .isup_call import Call
from .isup_config import T34
from .isup_messages import IsupMessage, decode, encode
from .isup_messages_table import CFN, COT, IAM, SGM
from .isup_parameters_base import (
    ACCESS_TRANSPORT,
    GENERIC_DIGITS,
    GENERIC_NUMBER,
    MESSAGE_COMPATIBILITY,
    OCTET,
    OPTIONAL_BACKWARD_CALL_INDICATORS,
    OPTIONAL_FORWARD_CALL_INDICATORS,
    USER_TO_USER_INFORMATION,
)

MOST_OCTETS: Final = 265
"""CIC, type and parameters: 272 octets in the SIF less the longest routing label, 7 octets."""
SEGMENTABLE: Final = (
    ACCESS_TRANSPORT,
    USER_TO_USER_INFORMATION,
    GENERIC_NUMBER,
    GENERIC_DIGITS,
    MESSAGE_COMPATIBILITY,
    0x2C,
)
"""What may go in SGM (Q.763 table 53; 0x2C is the generic notification)."""
TRANSPARENT: Final = (SGM, COT, CFN)
"""Messages that may come between a message and its segment without ending the wait (2.1.12.3)."""
_SEGMENT_BIT: Final = 0x04


def announces_segment(message: IsupMessage) -> bool:
    """Does its simple segmentation indicator say that SGM follows (3.37, 3.38 bit C)?"""
    code = (
        OPTIONAL_FORWARD_CALL_INDICATORS
        if message.kind == IAM
        else OPTIONAL_BACKWARD_CALL_INDICATORS
    )
    octets = message.parameters.get(code)
    return octets is not None and len(octets) > 0 and octets[0] & _SEGMENT_BIT != 0


def hold(call: Call, message: IsupMessage, now: int) -> bool:
    """True: the message waits for its segment. A message that waited is let go at once."""
    if call.held is message or not announces_segment(message):
        return False
    if not call.part.config.variant.segmentation:
        return False
    call.held = message
    call.start(T34, now)
    return True


def unhold(call: Call) -> None:
    """A message that waited is being served."""
    if call.held is not None:
        call.held = None
        call.stop(T34)


def join(message: IsupMessage, segment: IsupMessage) -> IsupMessage:
    """The message with what its segment added. What is there already is not replaced."""
    parameters = dict(message.parameters)
    repeats = list(message.repeats or ())
    for code, contents in segment.parameters.items():
        if code not in SEGMENTABLE:
            continue
        if code in parameters:
            repeats.append((code, contents))
        else:
            parameters[code] = contents
    repeats += segment.repeats or []
    return IsupMessage(
        message.kind, message.cic, parameters, repeats or None, message.raw, message.body
    )


def split(head: bytes, octets: bytes) -> list[bytes]:
    """A message from its type on, and its SGM where it is too long for one (2.1.12.1)."""
    message = decode(head + octets)
    code = (
        OPTIONAL_FORWARD_CALL_INDICATORS
        if message.kind == IAM
        else OPTIONAL_BACKWARD_CALL_INDICATORS
    )
    first = dict(message.parameters)
    indicators = first.get(code, b"\0")
    first[code] = OCTET[indicators[0] | _SEGMENT_BIT]
    moved: dict[int, bytes] = {}
    for movable in SEGMENTABLE:
        if movable in first:
            moved[movable] = first.pop(movable)
            short = encode(IsupMessage(message.kind, message.cic, first, message.repeats))
            if len(short) <= MOST_OCTETS:
                break
    short = encode(IsupMessage(message.kind, message.cic, first, message.repeats))
    return [short[2:], encode(IsupMessage(SGM, message.cic, moved))[2:]]
