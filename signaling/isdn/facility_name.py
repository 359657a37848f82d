"""Calling party name in Facility elements: National ISDN-2 and QSIG, as far as it is received.

SR-4994 carries the name as QSIG's callingName does (ISO/IEC 13868): a ROSE invoke, operation 0
(local) or 1.3.12.9.0 0 (global), its argument a name with or without presentation. X.690 BER.
"""

from __future__ import annotations

from typing import Final

from .rose import INVOKE, OCTET_STRING, SEQUENCE, read_components, read_value

CALLING_NAME_LOCAL: Final = b"\x02\x01\x00"
CALLING_NAME_GLOBAL: Final = b"\x06\x04\x2b\x0c\x09\x00"
"""Operation values, with tag and length."""
_MOST_DEPTH: Final = 4


def calling_name(components: bytes) -> bytes | None:
    """The octets of the name in a Facility element's components; None: none, or it is withheld."""
    for component in read_components(components).found:
        if component.kind == INVOKE:
            if component.operation in (CALLING_NAME_LOCAL, CALLING_NAME_GLOBAL):
                return _name(component.argument, 0)
            return None
    return None


def _name(octets: bytes, depth: int) -> bytes | None:
    """A Name: simple, or extended with a character set behind it, or in a sequence."""
    value = read_value(octets, 0)
    if value is None or depth > _MOST_DEPTH:
        return None
    if value.tag in (0x80, OCTET_STRING):
        return value.contents
    if value.tag in (0xA0, 0xA1, SEQUENCE):
        return _name(value.contents, depth + 1)
    return None
