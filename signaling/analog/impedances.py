"""Terminations of analog ports: the board's rows by name, and each country's.

Rows are those of drivers/line_rows.py (AnalogLine.impedance). Countries as the data sheets of line
interface chips list them, from memory: TBR 21 in most of Europe, 600 ohms where nothing else is
said.
"""

from __future__ import annotations

from typing import Final

ROWS: Final = (
    "600",
    "900",
    "600-2u16",
    "900-2u16",
    "cn",
    "tbr21",
    "uk",
    "nz",
    "au",
    "za",
    "de",
    "in",
    "jp",
    "us-loaded",
    "us-nonloaded",
)
SAME: Final = {"nz": "uk", "de": "za"}
"""Rows with the values of another one."""
OWN: Final = {
    "cn": "cn",
    "us": "600",
    "au": "au",
    "nz": "nz",
    "gb": "uk",
    "de": "de",
    "in": "in",
    "jp": "jp",
}
TBR21: Final = (
    *("at", "be", "bg", "ch", "cz", "dk", "es", "fi", "fr", "gr", "hu", "it", "nl", "no", "pl"),
    *("pt", "se"),
)


def country_row(country: str) -> str:
    """The row of a country."""
    return OWN.get(country, "tbr21" if country in TBR21 else "600")
