"""Calling party name in Facility elements: National ISDN-2 and QSIG, as far as it is received.

SR-4994 carries the name as QSIG's callingName does (ISO/IEC 13868): a ROSE invoke, operation 0
(local) or 1.3.12.9.0 0 (global), its argument a name with or without presentation. X.690 BER.
"""

from __future__ import annotations

from typing import Final

CALLING_NAME_LOCAL: Final = b"\x02\x01\x00"
CALLING_NAME_GLOBAL: Final = b"\x06\x04\x2b\x0c\x09\x00"
"""Operation values, with tag and length."""
_INVOKE: Final = 0xA1
_MOST_DEPTH: Final = 4


class Value:
    """A BER value: its tag, contents, and where the next one begins."""

    def __init__(self, tag: int, contents: bytes, end: int) -> None:
        self.tag: Final = tag
        self.contents: Final = contents
        self.end: Final = end


def read_value(octets: bytes, at: int) -> Value | None:
    """The value at ``at``; None where there is none that fits (tags of one octet)."""
    if at + 2 > len(octets):
        return None
    tag, length = octets[at], octets[at + 1]
    begin = at + 2
    if length & 0x80:
        size = length & 0x7F
        if not 1 <= size <= 2 or begin + size > len(octets):
            return None
        length = int.from_bytes(octets[begin : begin + size], "big")
        begin += size
    if begin + length > len(octets):
        return None
    return Value(tag, octets[begin : begin + length], begin + length)


def calling_name(components: bytes) -> bytes | None:
    """The octets of the name in a Facility element's components; None: none, or it is withheld."""
    at = 0
    while at < len(components):
        value = read_value(components, at)
        if value is None:
            return None
        if value.tag == _INVOKE:
            return _of_invoke(value.contents)
        at = value.end
    return None


def _of_invoke(contents: bytes) -> bytes | None:
    """Invoke identifier, perhaps a linked one, operation, argument."""
    invoke = read_value(contents, 0)
    if invoke is None:
        return None
    at = invoke.end
    if at < len(contents) and contents[at] == 0x80:
        linked = read_value(contents, at)
        at = linked.end if linked is not None else at
    operation = read_value(contents, at)
    if operation is None:
        return None
    if contents[at : operation.end] not in (CALLING_NAME_LOCAL, CALLING_NAME_GLOBAL):
        return None
    return _name(contents[operation.end :], 0)


def _name(octets: bytes, depth: int) -> bytes | None:
    """A Name: simple, or extended with a character set behind it, or in a sequence."""
    value = read_value(octets, 0)
    if value is None or depth > _MOST_DEPTH:
        return None
    if value.tag == 0x80 or value.tag == 0x04:
        return value.contents
    if value.tag == 0xA1 or value.tag == 0x30 or value.tag == 0xA0:
        return _name(value.contents, depth + 1)
    return None
