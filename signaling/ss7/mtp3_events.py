"""What level 3 tells the user parts (Q.704, Q.701 table 1) and management."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(init=False)
class Mtp3Event:
    """Base of what MTP level 3 reports."""


@dataclass(init=False)
class TransferIndication(Mtp3Event):
    """MTP-TRANSFER indication. ``data``: the octets behind the routing label (for ISUP the CIC
    first). ``sls``: ITU 4 bits; with 24-bit labels the whole octet behind the OPC."""

    opc: int
    dpc: int
    sls: int
    service: int
    """Service indicator: 4 TUP, 5 ISUP."""
    data: bytes
    link: int
    """Index of the link it came on."""

    def __init__(self, opc: int, dpc: int, sls: int, service: int, data: bytes, link: int) -> None:
        self.opc = opc
        self.dpc = dpc
        self.sls = sls
        self.service = service
        self.data = data
        self.link = link


@dataclass(init=False)
class Paused(Mtp3Event):
    """MTP-PAUSE indication: this destination cannot be reached."""

    dpc: int

    def __init__(self, dpc: int) -> None:
        self.dpc = dpc


@dataclass(init=False)
class Resumed(Mtp3Event):
    """MTP-RESUME indication: this destination can be reached (again)."""

    dpc: int

    def __init__(self, dpc: int) -> None:
        self.dpc = dpc


STATUS_CONGESTED: Final = 0
STATUS_USER_UNKNOWN: Final = 1
STATUS_USER_UNEQUIPPED: Final = 2
STATUS_USER_INACCESSIBLE: Final = 3


@dataclass(init=False)
class Status(Mtp3Event):
    """MTP-STATUS indication: ``cause`` is a STATUS_ value; ``level``: congestion level 0 to 3;
    ``service``: the user part that is unavailable, else 0."""

    dpc: int
    cause: int
    level: int
    service: int

    def __init__(self, dpc: int, cause: int, level: int, service: int = 0) -> None:
        self.dpc = dpc
        self.cause = cause
        self.level = level
        self.service = service


@dataclass(init=False)
class LinkStateChanged(Mtp3Event):
    """A link's state towards management. ``available``: traffic may use it. ``reason``: in a
    technician's words."""

    link: int
    available: bool
    reason: str

    def __init__(self, link: int, available: bool, reason: str) -> None:
        self.link = link
        self.available = available
        self.reason = reason


@dataclass(init=False)
class RouteChanged(Mtp3Event):
    """A route's state: "allowed", "restricted" or "prohibited" by the STP, "down" without links."""

    dpc: int
    linkset: str
    state: str

    def __init__(self, dpc: int, linkset: str, state: str) -> None:
        self.dpc = dpc
        self.linkset = linkset
        self.state = state


@dataclass(init=False)
class LinkTested(Mtp3Event):
    """A signalling link test (Q.707) ended."""

    link: int
    ok: bool
    reason: str

    def __init__(self, link: int, ok: bool, reason: str) -> None:
        self.link = link
        self.ok = ok
        self.reason = reason


@dataclass(init=False)
class ManagementDone(Mtp3Event):
    """A request of management ended: ``what`` "inhibit", "uninhibit", "activate", "deactivate"."""

    link: int
    what: str
    ok: bool
    reason: str

    def __init__(self, link: int, what: str, ok: bool, reason: str) -> None:
        self.link = link
        self.what = what
        self.ok = ok
        self.reason = reason


@dataclass(init=False)
class Level3Fault(Mtp3Event):
    """Counted: the far end broke the protocol. ``link`` -1: not of one link. ``raw``: the MSU."""

    link: int
    kind: str
    text: str
    clause: str
    raw: bytes

    def __init__(self, link: int, kind: str, text: str, clause: str, raw: bytes) -> None:
        self.link = link
        self.kind = kind
        self.text = text
        self.clause = clause
        self.raw = raw
