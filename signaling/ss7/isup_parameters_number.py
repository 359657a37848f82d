"""The numbers of ISUP: called, calling, redirecting, connected, generic and their kin (Q.763 3.9,
3.10, 3.16, 3.26, 3.30, 3.39, 3.44, 3.46, 3.51, 3.73 …).

Digits are a string of ``0`` to ``9``, ``B`` (code 11), ``C`` (code 12) and the spare ``A``, ``D``,
``E``; ``F`` is the end of pulsing (ST), which ``Number.digits`` leaves off and ``st`` tells.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from .isup_parameters_base import (
    CALL_TRANSFER_NUMBER,
    CALLED_DIRECTORY_NUMBER,
    CALLED_IN_NUMBER,
    CALLED_PARTY_NUMBER,
    CALLING_PARTY_NUMBER,
    CONNECTED_NUMBER,
    GENERIC_NUMBER,
    HTR_INFORMATION,
    LOCATION_NUMBER,
    OCTET,
    ORIGINAL_CALLED_IN_NUMBER,
    ORIGINAL_CALLED_NUMBER,
    REDIRECTING_NUMBER,
    REDIRECTION_NUMBER,
    SUBSEQUENT_NUMBER,
    Parameter,
    at_least,
    check_range,
)

SUBSCRIBER: Final = 1
UNKNOWN: Final = 2
NATIONAL: Final = 3
INTERNATIONAL: Final = 4
NETWORK_SPECIFIC: Final = 5
"""Nature of address indicators of 3.9 b."""

ISDN_PLAN: Final = 1
"""Numbering plan E.164."""

ALLOWED: Final = 0
RESTRICTED: Final = 1
NOT_AVAILABLE: Final = 2
"""Address presentation restricted indicator of 3.10 e."""

USER_NOT_VERIFIED: Final = 0
USER_PASSED: Final = 1
USER_FAILED: Final = 2
NETWORK_PROVIDED: Final = 3
"""Screening indicator of 3.10 f."""

SWAPPED: Final = bytes([(n & 15) << 4 | n >> 4 for n in range(256)])
"""Digits go low nibble first: an octet with its halves exchanged."""

INDICATOR_INN: Final = 1
"""Octet 2 bit 8 is the internal network number indicator (called, redirection …)."""
INDICATOR_NI: Final = 2
"""Octet 2 bit 8 is the number incomplete indicator (calling, generic)."""
SCREENED: Final = 4
"""Bits 4 to 1 hold presentation and screening."""
PRESENTED: Final = 8
"""Bits 4 and 3 hold presentation, bits 2 and 1 are spare."""

FORMATS: Final[dict[int, int]] = {
    CALLED_PARTY_NUMBER: INDICATOR_INN,
    REDIRECTION_NUMBER: INDICATOR_INN,
    CALLED_DIRECTORY_NUMBER: INDICATOR_INN,
    CALLING_PARTY_NUMBER: INDICATOR_NI | SCREENED,
    GENERIC_NUMBER: INDICATOR_NI | SCREENED,
    CONNECTED_NUMBER: SCREENED,
    CALL_TRANSFER_NUMBER: SCREENED,
    LOCATION_NUMBER: INDICATOR_INN | SCREENED,
    REDIRECTING_NUMBER: PRESENTED,
    ORIGINAL_CALLED_NUMBER: PRESENTED,
    CALLED_IN_NUMBER: PRESENTED,
    ORIGINAL_CALLED_IN_NUMBER: PRESENTED,
    HTR_INFORMATION: 0,
}
"""What the second octet of each number says, beside the numbering plan."""


def digits_of(octets: bytes, odd: bool) -> str:
    """Address signals as characters, ST included."""
    text = octets.translate(SWAPPED).hex().upper()
    return text[:-1] if odd else text


def digit_octets(digits: str) -> bytes:
    """Address signals, with the filler 0 after an odd count. LocalError for other characters."""
    try:
        return bytes.fromhex(digits + "0" if len(digits) & 1 else digits).translate(SWAPPED)
    except ValueError:
        raise LocalError(
            f"a number holds 0 to 9, B (code 11) and C (code 12), not {digits!r}"
        ) from None


class Number(Parameter):
    """A party's number.

    ``nai``: nature of address (SUBSCRIBER …). ``plan``: 1 E.164. ``presentation``, ``screening``:
    0 where the parameter has none. ``inn``: routing to an internal network number not allowed.
    ``incomplete``: the number is not complete. ``st``: ends with the end of pulsing signal.
    ``qualifier``: number qualifier of a generic number (3.26), else 0.
    """

    def __init__(
        self,
        code: int,
        digits: str,
        nai: int = NATIONAL,
        plan: int = ISDN_PLAN,
        presentation: int = ALLOWED,
        screening: int = USER_NOT_VERIFIED,
        inn: bool = False,
        incomplete: bool = False,
        st: bool = False,
        qualifier: int = 0,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            signals = digits + "F" if st else digits
            second = (check_range("numbering plan", plan, 7) << 4) | (
                0x80 if inn or incomplete else 0
            )
            second |= check_range("presentation", presentation, 3) << 2
            second |= check_range("screening", screening, 3)
            octets = (
                OCTET[check_range("nature of address", nai, 127) | (len(signals) & 1) << 7]
                + OCTET[second]
                + digit_octets(signals)
            )
            if code == GENERIC_NUMBER:
                octets = OCTET[check_range("number qualifier", qualifier, 255)] + octets
        super().__init__(code, octets)
        self.digits: Final = digits
        self.nai: Final = nai
        self.plan: Final = plan
        self.presentation: Final = presentation
        self.screening: Final = screening
        self.inn: Final = inn
        self.incomplete: Final = incomplete
        self.st: Final = st
        self.qualifier: Final = qualifier


def read_number(code: int, octets: bytes) -> Parameter:
    """Any of FORMATS. ContentError when it is too short."""
    qualifier = 0
    at = 0
    if code == GENERIC_NUMBER:
        at_least(octets, 3, "a generic number")
        qualifier = octets[0]
        at = 1
    at_least(octets, 2, "a number")
    first = octets[at]
    second = octets[at + 1]
    digits = digits_of(octets[at + 2 :], first >= 0x80)
    st = digits.endswith("F")
    format = FORMATS[code]
    top = second >= 0x80
    return Number(
        code,
        digits[:-1] if st else digits,
        first & 0x7F,
        second >> 4 & 7,
        second >> 2 & 3 if format & (SCREENED | PRESENTED) else 0,
        second & 3 if format & SCREENED else 0,
        top and format & INDICATOR_INN != 0,
        top and format & INDICATOR_NI != 0,
        st,
        qualifier,
        octets,
    )


class SubsequentNumber(Parameter):
    """More digits of the called number (3.51); ``st``: these were the last."""

    def __init__(self, digits: str, st: bool = False, octets: bytes = b"") -> None:
        if not octets:
            signals = digits + "F" if st else digits
            octets = OCTET[(len(signals) & 1) << 7] + digit_octets(signals)
        super().__init__(SUBSEQUENT_NUMBER, octets)
        self.digits: Final = digits
        self.st: Final = st


def read_subsequent_number(code: int, octets: bytes) -> Parameter:
    """ContentError when there is no digit."""
    at_least(octets, 2, "a subsequent number")
    digits = digits_of(octets[1:], octets[0] >= 0x80)
    st = digits.endswith("F")
    return SubsequentNumber(digits[:-1] if st else digits, st, octets)
