"""Special information tones: which one three successive tones are.

E.180 clause 7 has 950, 1400 and 1800 Hz, +-50 Hz, 330 +-70 ms each, at most 30 ms between. The
North American network uses the freedom in it to say why the call failed (GR-674, precise SIT): the
first and second tone are low or high and short or long, the third is 1776.7 Hz for 380 ms.
"""

from __future__ import annotations

from typing import Final, NamedTuple

MS: Final = 1_000_000
LOW_1: Final = 913.8
HIGH_1: Final = 985.2
LOW_2: Final = 1370.6
HIGH_2: Final = 1428.5
THIRD: Final = 1776.7
SHORT: Final = 274
LONG: Final = 380
NOMINAL: Final = 330
GAP: Final = 60 * MS
"""30 ms are allowed; the detectors know the edges to about 8 ms."""


class SitTone(NamedTuple):
    """One of the three as it was heard; times in ns."""

    time: int
    duration: int
    frequency: float


class SitPattern(NamedTuple):
    """A row: name, Hz and ms of the first and the second tone, what it means."""

    name: str
    first_hz: float
    first_ms: int
    second_hz: float
    second_ms: int
    about: str


PATTERNS: Final[tuple[SitPattern, ...]] = (
    SitPattern("intercept", LOW_1, SHORT, LOW_2, SHORT, "IC: number changed or disconnected"),
    SitPattern("vacant-code", HIGH_1, LONG, LOW_2, SHORT, "VC: no such number"),
    SitPattern("reorder", LOW_1, SHORT, HIGH_2, LONG, "RO': not completed, local network"),
    SitPattern("no-circuit", HIGH_1, LONG, HIGH_2, LONG, "NC': all circuits busy, local network"),
    SitPattern("reorder-distant", HIGH_1, SHORT, LOW_2, LONG, 'RO": not completed, carrier'),
    SitPattern("no-circuit-distant", LOW_1, LONG, LOW_2, LONG, 'NC": all circuits busy, carrier'),
    SitPattern("ineffective", LOW_1, LONG, HIGH_2, SHORT, "IO: ineffective, other reasons"),
    SitPattern("reserved", HIGH_1, SHORT, HIGH_2, SHORT, "reserved for future use"),
    SitPattern("itu", 950.0, NOMINAL, 1400.0, NOMINAL, "E.180: no reason encoded"),
)
"""E.180's own pattern stands for all national ones near it (1450 Hz, 1440 Hz, 900 Hz)."""

HZ_SCALE: Final = 18.0
"""Half the distance between a coded and the nominal frequency."""
MS_SCALE: Final = 26.0
"""Half the distance between short or long and nominal."""
PLAIN: Final = "itu"


def _distance(pattern: SitPattern, first: SitTone, second: SitTone) -> float:
    hz = ((first.frequency - pattern.first_hz) / HZ_SCALE) ** 2
    hz += ((second.frequency - pattern.second_hz) / HZ_SCALE) ** 2
    ms = ((first.duration / MS - pattern.first_ms) / MS_SCALE) ** 2
    ms += ((second.duration / MS - pattern.second_ms) / MS_SCALE) ** 2
    return hz + ms


def follow(first: SitTone, second: SitTone) -> bool:
    """Does the second come directly after the first?"""
    return abs(second.time - first.time - first.duration) <= GAP


def which(first: SitTone, second: SitTone, third_hz: float) -> tuple[str, float]:
    """The name of the pattern and a confidence: how much nearer it is than the next one.

    What is near to none, or has a third tone that is not 1776.7 Hz, is the plain one of E.180.
    """
    ranked = sorted((_distance(p, first, second), p.name) for p in PATTERNS)
    (near, name), (next_near, _) = ranked[0], ranked[1]
    coded = name != PLAIN and near < 4.0 and abs(third_hz - THIRD) < 15.0
    if not coded:
        return PLAIN, 0.97
    return name, round(min(0.99, 0.5 + 0.5 * (next_near - near) / (next_near + near + 1e-9)), 3)
