"""What the fields of TUP messages say, in words (Q.723 3, GF 001-9001)."""

from __future__ import annotations

from typing import Final

CATEGORIES: Final = {
    0: "unknown source",
    1: "operator, French",
    2: "operator, English",
    3: "operator, German",
    4: "operator, Russian",
    5: "operator, Spanish",
    6: "operator, language agreed on (1)",
    7: "operator, language agreed on (2)",
    8: "operator, language agreed on (3)",
    9: "national operator, with offering",
    10: "ordinary subscriber",
    11: "subscriber with priority",
    12: "data call",
    13: "test call",
}
"""Calling party's category. China: 6 Chinese, 8 Japanese; 10 between toll and local exchanges."""
CHINA_CATEGORIES: Final = CATEGORIES | {
    6: "operator, Chinese",
    8: "operator, Japanese",
    16: "ordinary, free of charge",
    17: "ordinary, charged periodically",
    18: "ordinary, subscriber's meter, at once",
    19: "ordinary, printer, at once",
    20: "priority, free of charge",
    21: "priority, charged periodically",
    24: "ordinary, between local exchanges",
}
NATURES: Final = ("subscriber number", "spare, national", "national number", "international number")
SATELLITE: Final = ("no satellite", "one satellite", "spare", "spare")
CONTINUITY: Final = (
    "check not required",
    "check required on this circuit",
    "check made on a previous circuit",
    "spare",
)
KINDS: Final = ("unqualified", "charge", "no charge", "coin box")

INDICATOR_BITS: Final = (
    (6, "Echo suppressor", "outgoing half echo suppressor included"),
    (7, "International", "international incoming call"),
    (8, "Redirected", "redirected call"),
    (9, "Digital", "all digital path required"),
    (10, "Signalling", "all No. 7 path required"),
)
"""Bits G to K of the message indicators of IAM: place, name, what 1 says."""
PRESENT_BITS: Final = (
    (0, "network capability or user facility information"),
    (1, "closed user group information"),
    (2, "additional calling party information"),
    (3, "additional routing information"),
    (4, "calling line identity"),
    (5, "original called address"),
    (6, "charging information"),
)
RESPONSE_BITS: Final = (
    (0, "calling party's category"),
    (1, "calling line identity"),
    (2, "incoming trunk and transit exchange identity"),
    (3, "original called address"),
    (4, "outgoing echo suppressor"),
    (5, "malicious call identification"),
    (6, "hold"),
)
REQUEST_BITS: Final = (
    (0, "calling party's category"),
    (1, "calling line identity"),
    (2, "original called address"),
    (3, "malicious call identification"),
    (4, "hold"),
    (5, "outgoing echo suppressor"),
)
COMPLETE_BITS: Final = (
    (2, "subscriber free"),
    (3, "incoming half echo suppressor included"),
    (4, "call forwarded"),
    (5, "all No. 7 path"),
)


def category_name(value: int, china: bool) -> str:
    """A calling party's category."""
    return (CHINA_CATEGORIES if china else CATEGORIES).get(value, "spare")


def bits_text(value: int, rows: tuple[tuple[int, str], ...]) -> str:
    """The names of the bits that are set; "none"."""
    names = [name for bit, name in rows if value >> bit & 1]
    return ", ".join(names) if names else "none"
