"""Ringing of telephones by country, as rows of data: frequency, cadence, distinctive cadences.

A cadence is ringing and silence in ms by turns, repeated; its last silence is the long one. Caller
identity between rings comes in the first long silence. Where no text of a country's own rules was
at hand the row says so: the cadence is then that of its ringback tone (board/progress_tones.py),
which national rules commonly make the same.
"""

from __future__ import annotations

from typing import Final

from ...board.progress_tones import COUNTRIES, cadence
from ...errors import ConfigError

Cadence = tuple[int, ...]


class RingRow:
    """Ringing of one country. ``hz``: 16 to 68. ``cadences``: "normal", "distinctive-1" … in ms."""

    def __init__(self, country: str, hz: float, cadences: dict[str, Cadence], source: str) -> None:
        self.country: Final = country
        self.hz: Final = hz
        self.cadences: Final = cadences
        self.source: Final = source


_GR: Final = "GR-506: distinctive ringing 2 to 4 as LSSGR has them"
_US: Final[dict[str, Cadence]] = {
    "normal": (2000, 4000),
    "distinctive-1": (800, 400, 800, 4000),
    "distinctive-2": (400, 200, 400, 200, 800, 4000),
    "distinctive-3": (300, 200, 1000, 200, 300, 4000),
    "recall": (500, 4000),
}
_GB: Final[dict[str, Cadence]] = {
    "normal": (400, 200, 400, 2000),
    "distinctive-1": (1000, 2000),
    "distinctive-2": (400, 800, 400, 2000),
    "distinctive-3": (250, 250, 250, 250, 250, 1750),
    "recall": (250, 250, 250, 2250),
}


def _others(normal: Cadence) -> dict[str, Cadence]:
    return {
        "normal": normal,
        "distinctive-1": (400, 200, 400, max(normal[-1], 2000)),
        "distinctive-2": (400, 200, 400, 200, 400, max(normal[-1], 2000)),
        "distinctive-3": (1000, 500, 300, max(normal[-1], 2000)),
        "recall": (300, 300, 300, max(normal[-1], 2000)),
    }


_OWN: Final = "ours: distinctive cadences, which PBXs choose freely; normal: "
_ROWS: Final = (
    RingRow("cn", 25.0, _others((1000, 4000)), _OWN + "GB/T 3378, 25 Hz, 1 s on, 4 s off"),
    RingRow("us", 20.0, _US, _GR + "; 20 Hz, 2 s on, 4 s off"),
    RingRow("gb", 25.0, _GB, "BT SIN 351: 25 Hz, 400-200-400-2000 ms; distinctive ones ours"),
    RingRow("au", 25.0, _others((400, 200, 400, 2000)), _OWN + "AS/ACIF S002"),
    RingRow("nz", 20.0, _others((400, 200, 400, 2000)), _OWN + "Telepermit PTC 200"),
    RingRow("jp", 16.0, _others((1000, 2000)), _OWN + "NTT technical reference: 16 Hz, 1 s, 2 s"),
    RingRow("fr", 50.0, _others((1500, 3500)), _OWN + "France Telecom STI 1: 50 Hz, 1.5 s, 3.5 s"),
    RingRow("de", 25.0, _others((1000, 4000)), _OWN + "1 TR 110-1: 25 Hz, 1 s on, 4 s off"),
    RingRow("se", 25.0, _others((1000, 5000)), _OWN + "Telia 8211-A111: 1 s on, 5 s off"),
    RingRow("in", 25.0, _others((400, 200, 400, 2000)), _OWN + "TEC: as the ringback tone"),
    RingRow("br", 25.0, _others((1000, 4000)), _OWN + "Anatel: 25 Hz, 1 s on, 4 s off"),
)


def _from_ringback(country: str) -> RingRow:
    """The cadence of the ringback tone."""
    steps = cadence(country, "ringback").steps
    normal = [step.samples // 8 for step in steps]
    return RingRow(
        country, 25.0, _others(tuple(normal)), _OWN + "its ringback tone; frequency not verified"
    )


def _rings() -> dict[str, RingRow]:
    rows = {row.country: row for row in _ROWS}
    for country in COUNTRIES:
        if country not in rows:
            rows[country] = _from_ringback(country)
    return rows


RINGS: Final = _rings()


def ring_cadence(country: str, text: str) -> Cadence:
    """A country's cadence by name, or one written out: "1000,4000" (ms on, off …).

    Raises ConfigError naming what is wrong.
    """
    row = RINGS[country]
    if text in row.cadences:
        return row.cadences[text]
    names = ", ".join(row.cadences)
    try:
        steps = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ConfigError(
            f"ring cadence {text!r}: give one of {names}, or e.g. 1000,4000"
        ) from None
    if len(steps) % 2 or not steps or not all(100 <= ms <= 20_000 for ms in steps):
        raise ConfigError(
            f"ring cadence {text!r}: give on and off by turns, each 100 to 20000 ms, e.g. 1000,4000"
        )
    return steps
