"""Cause indicators (Q.763 3.12, Q.850): one codec for ITU and national standards."""

from __future__ import annotations

from typing import Final

from .isup_parameters_base import (
    CAUSE_INDICATORS,
    OCTET,
    ContentError,
    Parameter,
    at_least,
    check_range,
)

ITU_STANDARD: Final = 0
ISO_STANDARD: Final = 1
NATIONAL_STANDARD: Final = 2
LOCATION_STANDARD: Final = 3
"""Coding standards of Q.850 2.2.2."""

USER: Final = 0
PRIVATE_LOCAL: Final = 1
PUBLIC_LOCAL: Final = 2
TRANSIT: Final = 3
PUBLIC_REMOTE: Final = 4
PRIVATE_REMOTE: Final = 5
INTERNATIONAL_NETWORK: Final = 7
BEYOND_INTERWORKING: Final = 10
"""Locations of Q.850 2.2.3."""


class Cause(Parameter):
    """Cause indicators. ``value`` 0 to 127; ``location`` 0 to 15; ``standard``: a coding standard;
    ``recommendation``: octet 1a, -1 when it is not there; ``diagnostics``: the octets as sent."""

    def __init__(
        self,
        value: int,
        location: int = PUBLIC_LOCAL,
        diagnostics: bytes = b"",
        standard: int = ITU_STANDARD,
        recommendation: int = -1,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            first = check_range("coding standard", standard, 3) << 5 | check_range(
                "location", location, 15
            )
            check_range("cause", value, 127)
            if recommendation < 0:
                octets = OCTET[0x80 | first] + OCTET[0x80 | value] + diagnostics
            else:
                check_range("recommendation", recommendation, 127)
                octets = (
                    OCTET[first] + OCTET[0x80 | recommendation] + OCTET[0x80 | value] + diagnostics
                )
        super().__init__(CAUSE_INDICATORS, octets)
        self.value: Final = value
        self.location: Final = location
        self.diagnostics: Final = diagnostics
        self.standard: Final = standard
        self.recommendation: Final = recommendation


def read_cause(code: int, octets: bytes) -> Parameter:
    """Octet 1a is there when octet 1 is not the last of its group (ext bit 0)."""
    at_least(octets, 2, "cause indicators")
    first = octets[0]
    at = 1
    recommendation = -1
    if first < 0x80:
        recommendation = octets[1] & 0x7F
        at = 2
        if len(octets) < 3:
            raise ContentError("cause indicators end before the cause value")
    return Cause(
        octets[at] & 0x7F,
        first & 15,
        octets[at + 1 :],
        first >> 5 & 3,
        recommendation,
        octets,
    )
