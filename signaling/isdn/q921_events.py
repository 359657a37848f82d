"""What a data link reports: primitives to layer 3, errors to management, counters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .q921_frames import FRAME_NAMES


@dataclass(init=False)
class LinkEvent:
    """Base of what a data link reports."""


@dataclass(init=False)
class Established(LinkEvent):
    """DL-ESTABLISH: the link is up, or was re-established and may have lost data.

    ``local``: CONFIRM, we asked for it; else INDICATION.
    """

    local: bool

    def __init__(self, local: bool) -> None:
        self.local = local


@dataclass(init=False)
class Released(LinkEvent):
    """DL-RELEASE: the link is down. ``local``: CONFIRM, we asked for it; else INDICATION.

    ``reason``: one of the RELEASED_ texts.
    """

    local: bool
    reason: str

    def __init__(self, local: bool, reason: str) -> None:
        self.local = local
        self.reason = reason


RELEASED_ASKED: Final = "released at our request"
RELEASED_PEER: Final = "the far end released the link (DISC)"
RELEASED_REFUSED: Final = "the far end refused the link (DM)"
RELEASED_SILENT: Final = "no answer to SABME after N200 retries"
RELEASED_LAYER1: Final = "layer 1 is down"


@dataclass(init=False)
class Data(LinkEvent):
    """DL-DATA INDICATION: one acknowledged unit, in order."""

    octets: bytes

    def __init__(self, octets: bytes) -> None:
        self.octets = octets


@dataclass(init=False)
class UnitData(LinkEvent):
    """DL-UNIT DATA INDICATION: one unit of a UI frame."""

    octets: bytes

    def __init__(self, octets: bytes) -> None:
        self.octets = octets


@dataclass(init=False)
class ManagementError(LinkEvent):
    """MDL-ERROR INDICATION. ``code`` A to O (Q.921 Table II.1), with its meaning and clause."""

    code: str
    text: str
    clause: str

    def __init__(self, code: str, text: str, clause: str) -> None:
        self.code = code
        self.text = text
        self.clause = clause


ERROR_A: Final = 0
ERROR_B: Final = 1
ERROR_C: Final = 2
ERROR_D: Final = 3
ERROR_E: Final = 4
ERROR_F: Final = 5
ERROR_G: Final = 6
ERROR_H: Final = 7
ERROR_I: Final = 8
ERROR_J: Final = 9
ERROR_K: Final = 10
ERROR_L: Final = 11
ERROR_M: Final = 12
ERROR_N: Final = 13
ERROR_O: Final = 14
ERROR_CODES: Final = "ABCDEFGHIJKLMNO"

ERROR_TEXTS: Final = (
    ("supervisory response with F=1 that nobody asked for", "5.8.7"),
    ("DM with F=1 that nobody asked for", "5.8.7"),
    ("UA with F=1 that nobody asked for", "5.8.7"),
    ("UA with F=0", "5.8.7"),
    ("DM with F=0: the far end lost the link; re-establishing", "5.8.7"),
    ("SABME while the link was up: the far end re-established it", "5.7.1"),
    ("no answer to SABME after N200 retries", "5.5.1.3"),
    ("no answer to DISC after N200 retries", "5.5.3.3"),
    ("no answer to the status enquiry after N200 retries; re-establishing", "5.6.7"),
    ("N(R) acknowledges what was never sent; re-establishing", "5.8.5"),
    ("the far end rejected a frame (FRMR)", "5.8.6"),
    ("frame of a type that Table 5 does not have", "5.8.5"),
    ("information field in a frame that has none", "5.8.5"),
    ("frame of the wrong size", "5.8.5"),
    ("information field longer than N201", "5.8.5"),
)
"""Meaning and clause of each code, in order."""

LOOP_TEXT: Final = (
    "command of our own side came back: the line is looped, or both ends are set to the same side"
)
"""Code L for a SABME or DISC with the C/R bit that only we send (3.3.2)."""


class LinkCounters:
    """Totals since the link was made; each only grows. Index lists with frame type or ERROR_."""

    __slots__ = (
        "errors",
        "foreign",
        "ignored",
        "invalid",
        "looped",
        "recoveries",
        "refused",
        "retransmitted",
        "rx",
        "tx",
    )

    def __init__(self) -> None:
        self.rx: list[int] = [0] * len(FRAME_NAMES)
        self.tx: list[int] = [0] * len(FRAME_NAMES)
        self.errors: list[int] = [0] * len(ERROR_CODES)
        self.retransmitted = 0
        """I frames sent again."""
        self.invalid = 0
        """Invalid frames (2.9), discarded."""
        self.foreign = 0
        """Frames with another SAPI or TEI (2.9 f), discarded."""
        self.ignored = 0
        """Good frames that the state gives no meaning to."""
        self.looped = 0
        """Commands that only we send (a loop, or two equal sides)."""
        self.refused = 0
        """Units that ``send`` did not take, or that a release discarded."""
        self.recoveries = 0
        """Times that timer recovery was entered."""

    def totals(self) -> dict[str, int]:
        """All counters by stable names, for metrics: rx_i, tx_rej, error_a, invalid, …"""
        out: dict[str, int] = {}
        for kind, name in enumerate(FRAME_NAMES):
            out["rx_" + name.lower()] = self.rx[kind]
            out["tx_" + name.lower()] = self.tx[kind]
        for code, letter in enumerate(ERROR_CODES):
            out["error_" + letter.lower()] = self.errors[code]
        out["retransmitted"] = self.retransmitted
        out["invalid"] = self.invalid
        out["foreign"] = self.foreign
        out["ignored"] = self.ignored
        out["looped"] = self.looped
        out["refused"] = self.refused
        out["recoveries"] = self.recoveries
        return out
