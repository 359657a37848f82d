"""Frames as trees of fields for people: names, values in words, octets, reasons.

``dissect`` takes a link type and a frame's octets and never fails: what cannot be decoded is a
field with the reason. Protocols register as rows of ``DISSECTORS`` by link type (the numbers of
pcap): LAPD, MTP2 and MTP3 with ITU labels (``dissect_mtp2`` and ``dissect_mtp3`` take others).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .dissect_tree import (
    FROM_NETWORK,
    FROM_USER,
    RECEIVED,
    SENT,
    UNKNOWN_DIRECTION,
    Dissection,
    Field,
)
from .isdn.dissect_q921 import dissect_lapd
from .ss7.dissect_mtp import dissect_mtp2, dissect_mtp3

__all__ = [
    "DISSECTORS",
    "FROM_NETWORK",
    "FROM_USER",
    "LINUX_LAPD",
    "MTP2",
    "MTP2_WITH_PHDR",
    "MTP3",
    "PLAIN_LAPD",
    "RECEIVED",
    "SENT",
    "UNKNOWN_DIRECTION",
    "Dissection",
    "Dissector",
    "Field",
    "Row",
    "dissect",
]

Dissector = Callable[[bytes, int], Dissection]

MTP2_WITH_PHDR: Final = 139
MTP2: Final = 140
MTP3: Final = 141
LINUX_LAPD: Final = 177
PLAIN_LAPD: Final = 203


class Row:
    """A link type: its number and name in pcap, and what dissects its frames."""

    def __init__(self, link_type: int, name: str, dissector: Dissector) -> None:
        self.link_type: Final = link_type
        self.name: Final = name
        self.dissector: Final = dissector


DISSECTORS: Final[dict[int, Row]] = {
    row.link_type: row
    for row in (
        Row(LINUX_LAPD, "LINUX_LAPD", dissect_lapd),
        Row(PLAIN_LAPD, "LAPD", dissect_lapd),
        Row(MTP2_WITH_PHDR, "MTP2_WITH_PHDR", dissect_mtp2),
        Row(MTP2, "MTP2", dissect_mtp2),
        Row(MTP3, "MTP3", dissect_mtp3),
    )
}


def dissect(link_type: int, octets: bytes, direction: int = UNKNOWN_DIRECTION) -> Dissection:
    """The tree of a frame, without its FCS and without what pcap puts before it.

    ``direction`` is one of the constants above; the protocol may know it better.
    """
    row = DISSECTORS.get(link_type)
    if row is None:
        known = ", ".join(f"{n} ({r.name})" for n, r in sorted(DISSECTORS.items()))
        reason = f"link type {link_type} is not known; those that are: {known}"
        whole = Field("Frame", f"{len(octets)} octets", None, octets, reason=reason)
        return Dissection(f"link type {link_type}", "not decoded", direction, [whole])
    return row.dissector(octets, direction)
