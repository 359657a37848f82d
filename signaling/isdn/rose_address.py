"""Numbers inside remote operations: Addressing-Data-Elements of Q.932 and EN 300 196-1.

PartyNumber is a choice by numbering plan; PresentedNumberUnscreened adds what may be shown of it.
Data, telex and national standard numbers are read as digits of an unknown plan. An NSAP address is
no digits: it is read as a number without any.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import PartyNumber
from .rose import (
    ENUMERATED,
    NUMERIC_STRING,
    SEQUENCE,
    Value,
    integer,
    read_value,
    read_values,
    to_integer,
    value,
)

UNKNOWN_PLAN: Final = 0
ISDN_PLAN: Final = 1
PRIVATE_PLAN: Final = 9
_UNKNOWN: Final = 0x80
_PUBLIC: Final = 0xA1
_PRIVATE: Final = 0xA5
_PLAIN: Final = (0x80, 0x83, 0x84, 0x88)
"""unknown, data, telex and national standard numbers: digits alone."""
_NSAP: Final = 0x82
MOST_DIGITS: Final = 20
"""NumberDigits (SIZE (1..20))."""
MOST_READ: Final = 32
_DIGITS: Final = "0123456789*#ABCD"

ALLOWED: Final = 0
RESTRICTED_PRESENTATION: Final = 1
NOT_AVAILABLE: Final = 2


def can_be_sent(number: PartyNumber) -> bool:
    """Can a PartyNumber hold it?"""
    digits = number.digits
    return 1 <= len(digits) <= MOST_DIGITS and set(digits) <= set(_DIGITS)


def party_number(number: PartyNumber) -> bytes:
    """A PartyNumber; LocalError when it cannot be one."""
    digits = number.digits
    if not can_be_sent(number):
        raise LocalError(f"{digits!r} is no number for a network service: 1 to 20 digits")
    octets = digits.encode("ascii")
    if number.plan == ISDN_PLAN:
        choice = _PUBLIC
    elif number.plan == PRIVATE_PLAN:
        choice = _PRIVATE
    else:
        return value(_UNKNOWN, octets)
    kind = integer(number.type_of_number, ENUMERATED)
    return value(choice, kind + value(NUMERIC_STRING, octets))


def address(number: PartyNumber) -> bytes:
    """An Address without subaddress."""
    return value(SEQUENCE, party_number(number))


def presented(number: PartyNumber | None) -> bytes:
    """A PresentedNumberUnscreened; None: not available."""
    if number is None or number.presentation == NOT_AVAILABLE or not number.digits:
        return value(0x82, b"")
    if number.presentation == RESTRICTED_PRESENTATION:
        return value(0xA3, party_number(number))
    return value(0xA0, party_number(number))


def read_party(found: Value, presentation: int = ALLOWED) -> PartyNumber | None:
    """A PartyNumber from the wire; None when it is none."""
    if found.tag in _PLAIN:
        return _party(found.contents, 0, UNKNOWN_PLAN, presentation)
    if found.tag == _NSAP:
        return PartyNumber("", presentation=presentation)
    if found.tag not in (_PUBLIC, _PRIVATE):
        return None
    parts = read_values(found.contents)
    if parts is None or len(parts) != 2 or parts[0].tag != ENUMERATED:
        return None
    kind = to_integer(parts[0].contents)
    if kind is None or not 0 <= kind <= 7 or parts[1].tag != NUMERIC_STRING:
        return None
    plan = ISDN_PLAN if found.tag == _PUBLIC else PRIVATE_PLAN
    return _party(parts[1].contents, kind, plan, presentation)


def _party(octets: bytes, kind: int, plan: int, presentation: int) -> PartyNumber | None:
    digits = octets.decode("latin-1").replace(" ", "")
    if len(digits) > MOST_READ or not set(digits) <= set(_DIGITS):
        return None
    return PartyNumber(digits, kind, plan, presentation)


def read_address(found: Value) -> PartyNumber | None:
    """The number of an Address; its subaddress is passed over."""
    parts = read_values(found.contents) if found.tag == SEQUENCE else None
    return read_party(parts[0]) if parts else None


def read_presented(found: Value) -> PartyNumber | None:
    """A PresentedNumberUnscreened; without number its digits are "" and it says why."""
    if found.tag == 0x81:
        return PartyNumber("", presentation=RESTRICTED_PRESENTATION)
    if found.tag == 0x82:
        return PartyNumber("", presentation=NOT_AVAILABLE)
    if found.tag not in (0xA0, 0xA3):
        return None
    inner = read_value(found.contents, 0)
    if inner is None:
        return None
    return read_party(inner, ALLOWED if found.tag == 0xA0 else RESTRICTED_PRESENTATION)
