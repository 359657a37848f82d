"""Caller identity by DTMF: which letters stand around the number, as rows (ETSI EN 300 659-3
annex B in part; the rest as national networks are known to send it).

Digits come with or without a reversal before them, before the first ring or between rings, without
any seizure. China's and Taiwan's ``D number C``, the ``A number #`` of older Danish exchanges, a
number with ``#`` behind it, and ETSI's fields ``A calling D redirecting B information C`` are told
apart by their letters alone, so that a receiver needs no setting. The texts of the national
documents could not be read; the rows are what public descriptions of receivers agree upon.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError


class Framing:
    """A row. ``start`` and ``end``: letters around the number; ``absent``: what is sent instead for
    a number that is withheld, not available, or of a call from abroad."""

    def __init__(self, name: str, start: str, end: str, absent: dict[str, str], where: str) -> None:
        self.name: Final = name
        self.start: Final = start
        self.end: Final = end
        self.absent: Final = absent
        self.where: Final = where


PRIVATE: Final = "P"
UNAVAILABLE: Final = "O"
ABROAD: Final = "I"
"""Reasons of absence: withheld, not available, a call from abroad."""

_BY_D: Final = {PRIVATE: "D1", ABROAD: "D2", UNAVAILABLE: "D3"}

FRAMINGS: Final[dict[str, Framing]] = {
    row.name: row
    for row in (
        Framing("d-c", "D", "C", _BY_D, "China, Taiwan, Kuwait"),
        Framing(
            "a-c",
            "A",
            "C",
            {PRIVATE: "B10", UNAVAILABLE: "B00"},
            "Belgium, Brazil, Denmark, Finland, Iceland, India, Netherlands, Saudi Arabia, "
            "Sweden, Uruguay (EN 300 659-3)",
        ),
        Framing("a-hash", "A", "#", _BY_D, "Denmark, Sweden, Brazil, India: older exchanges"),
        Framing("d-hash", "D", "#", _BY_D, "India, exchanges that mix both"),
        Framing("b-c", "B", "C", _BY_D, "private exchanges in Asia"),
        Framing("hash", "", "#", _BY_D, "Denmark, Netherlands"),
    )
}

ENDS: Final = "C#"
_REASONS: Final = {"1": PRIVATE, "2": ABROAD, "3": UNAVAILABLE, "10": PRIVATE, "00": UNAVAILABLE}
"""Codes behind D or B that are no number."""
LONGEST: Final = 20
"""Digits of a number (E.164: 15, with prefixes)."""
SHORTEST: Final = 3
"""Digits of a number without letters: fewer may be anything."""


class DtmfIdentity:
    """What was read: ``number``, or why there is none (``absent``: PRIVATE, UNAVAILABLE, ABROAD);
    ``redirecting``: who diverted the call; ``digits``: all as they came."""

    def __init__(self, number: str, absent: str, redirecting: str, digits: str) -> None:
        self.number: Final = number
        self.absent: Final = absent
        self.redirecting: Final = redirecting
        self.digits: Final = digits

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DtmfIdentity) and (
            self.number,
            self.absent,
            self.redirecting,
        ) == (other.number, other.absent, other.redirecting)

    def __hash__(self) -> int:
        return hash((self.number, self.absent, self.redirecting))

    def __repr__(self) -> str:
        return f"DtmfIdentity({self.number!r}, {self.absent!r}, {self.redirecting!r})"


def encode_dtmf(framing: str, number: str, absent: str = "") -> str:
    """The digits to send. LocalError names the framings there are, and what no number is."""
    row = FRAMINGS.get(framing)
    if row is None:
        raise LocalError(f"no DTMF framing {framing!r}: there are {', '.join(FRAMINGS)}")
    if absent:
        if absent not in row.absent:
            known = ", ".join(row.absent)
            raise LocalError(f"framing {framing} has no reason {absent!r}: there are {known}")
        return row.absent[absent] + row.end
    if not number or not all(digit in "0123456789*" for digit in number):
        raise LocalError(f"{number!r} cannot be sent as caller ID: give digits")
    if len(number) > LONGEST:
        raise LocalError(f"{number!r} is longer than {LONGEST} digits")
    return row.start + number + row.end


def _fields(digits: str) -> list[tuple[str, str]]:
    """Cut at the letters: (letter, digits behind it); what stands before the first has ""."""
    fields: list[tuple[str, str]] = [("", "")]
    for digit in digits:
        if digit in "ABD":
            fields.append((digit, ""))
        else:
            letter, before = fields[-1]
            fields[-1] = letter, before + digit
    return [(letter, text) for letter, text in fields if letter or text]


def read_dtmf(digits: str) -> DtmfIdentity | None:
    """The identity in a whole sequence; None when it is none.

    The sequence ends with C or #; without, a start letter or SHORTEST digits must be there."""
    ended = digits[-1:] in ENDS and bool(digits)
    body = digits[:-1] if ended else digits
    if not body or any(digit in ENDS for digit in body):
        return None
    number = absent = redirecting = ""
    fields = _fields(body)
    has_a = any(letter == "A" for letter, _ in fields)
    for letter, text in fields:
        if len(text) > LONGEST:
            return None
        if letter in ("D", "B") and text in _REASONS:
            absent = absent or _REASONS[text]
        elif letter == "D" and has_a:
            redirecting = redirecting or text
        elif letter == "" and (len(text) < SHORTEST or len(fields) > 1):
            return None
        else:
            number = number or text
    if not number and not absent:
        return None
    if not ended and len(number) < SHORTEST:
        return None
    return DtmfIdentity(number, "" if number else absent, redirecting, digits)
