"""Signalling network management and test messages: heading codes (Q.704 15.17) and contents.

After the label comes one octet H0 (low 4 bits) and H1 (high 4 bits), then what each message
carries. Point codes in them have 14 bits in two octets, or 24 in three.
"""

from __future__ import annotations

from typing import Final

from .labels import OCTET, LabelFormat

SNM: Final = 0
"""Service indicator: signalling network management."""
SLT: Final = 1
"""Service indicator: signalling network testing and maintenance (Q.707)."""
SLT_SPECIAL: Final = 2
"""Service indicator: national testing, special messages (ANSI)."""

COO: Final = 0x11
COA: Final = 0x21
CBD: Final = 0x51
CBA: Final = 0x61
ECO: Final = 0x12
ECA: Final = 0x22
RCT: Final = 0x13
TFC: Final = 0x23
TFP: Final = 0x14
TFR: Final = 0x34
TFA: Final = 0x54
RST: Final = 0x15
RSR: Final = 0x25
LIN: Final = 0x16
LUN: Final = 0x26
LIA: Final = 0x36
LUA: Final = 0x46
LID: Final = 0x56
LFU: Final = 0x66
LLT: Final = 0x76
LRT: Final = 0x86
TRA: Final = 0x17
DLC: Final = 0x18
CSS: Final = 0x28
CNS: Final = 0x38
CNP: Final = 0x48
UPU: Final = 0x1A

SLTM: Final = 0x11
SLTA: Final = 0x21

SNM_NAMES: Final[dict[int, tuple[str, str]]] = {
    COO: ("COO", "changeover order"),
    COA: ("COA", "changeover acknowledgement"),
    CBD: ("CBD", "changeback declaration"),
    CBA: ("CBA", "changeback acknowledgement"),
    ECO: ("ECO", "emergency changeover order"),
    ECA: ("ECA", "emergency changeover acknowledgement"),
    RCT: ("RCT", "signalling route set congestion test"),
    TFC: ("TFC", "transfer controlled"),
    TFP: ("TFP", "transfer prohibited"),
    TFR: ("TFR", "transfer restricted"),
    TFA: ("TFA", "transfer allowed"),
    RST: ("RST", "signalling route set test, prohibited destination"),
    RSR: ("RSR", "signalling route set test, restricted destination"),
    LIN: ("LIN", "link inhibit"),
    LUN: ("LUN", "link uninhibit"),
    LIA: ("LIA", "link inhibit acknowledgement"),
    LUA: ("LUA", "link uninhibit acknowledgement"),
    LID: ("LID", "link inhibit denied"),
    LFU: ("LFU", "link forced uninhibit"),
    LLT: ("LLT", "link local inhibit test"),
    LRT: ("LRT", "link remote inhibit test"),
    TRA: ("TRA", "traffic restart allowed"),
    DLC: ("DLC", "signalling data link connection order"),
    CSS: ("CSS", "connection successful"),
    CNS: ("CNS", "connection not successful"),
    CNP: ("CNP", "connection not possible"),
    UPU: ("UPU", "user part unavailable"),
}
"""H1 and H0 as one octet -> short and long name (table 1/Q.704)."""

GROUP_NAMES: Final[dict[int, str]] = {
    1: "CHM",
    2: "ECM",
    3: "FCM",
    4: "TFM",
    5: "RSM",
    6: "MIM",
    7: "TRM",
    8: "DLM",
    10: "UFC",
}
"""H0 -> message group."""

SLT_NAMES: Final[dict[int, tuple[str, str]]] = {
    SLTM: ("SLTM", "signalling link test message"),
    SLTA: ("SLTA", "signalling link test acknowledgement"),
}

OF_A_LINK: Final[frozenset[int]] = frozenset(
    (COO, COA, CBD, CBA, ECO, ECA, LIN, LUN, LIA, LUA, LID, LFU, LLT, LRT, DLC, CSS, CNS, CNP)
)
"""Messages that name a link by its SLC; the others have zero there (15.2)."""

UPU_UNKNOWN: Final = 0
UPU_UNEQUIPPED: Final = 1
UPU_INACCESSIBLE: Final = 2

UPU_CAUSES: Final[dict[int, str]] = {
    UPU_UNKNOWN: "unknown",
    UPU_UNEQUIPPED: "unequipped remote user",
    UPU_INACCESSIBLE: "inaccessible remote user",
}
"""15.17.5: unavailability cause."""

SERVICE_NAMES: Final[dict[int, tuple[str, str]]] = {
    0: ("SNM", "signalling network management"),
    1: ("SLT", "signalling network testing and maintenance"),
    2: ("SLTS", "special testing and maintenance"),
    3: ("SCCP", "signalling connection control part"),
    4: ("TUP", "telephone user part"),
    5: ("ISUP", "ISDN user part"),
    6: ("DUP", "data user part, call and circuit related"),
    7: ("DUP", "data user part, facility registration and cancellation"),
    8: ("MTUP", "MTP testing user part"),
    9: ("BISUP", "broadband ISDN user part"),
    10: ("SISUP", "satellite ISDN user part"),
}
"""14.2.1: service indicators."""

NETWORK_NAMES: Final[dict[int, str]] = {
    0: "international",
    1: "international, spare",
    2: "national",
    3: "national, reserved",
}
"""14.2.2: network indicators."""


def name_of(heading: int) -> str:
    """The short name of a network management message."""
    row = SNM_NAMES.get(heading)
    return row[0] if row is not None else f"H0={heading & 15} H1={heading >> 4}"


def changeover_order(format_: LabelFormat, heading: int, slc: int, fsn: int) -> bytes:
    """COO and COA: FSN of the last message accepted (15.4)."""
    if format_.slc_in_message:
        return OCTET[heading] + (slc & 15 | (fsn & 127) << 4).to_bytes(2, "little")
    return OCTET[heading] + OCTET[fsn & 127]


def changeback(format_: LabelFormat, heading: int, slc: int, code: int) -> bytes:
    """CBD and CBA: changeback code (15.5)."""
    if format_.slc_in_message:
        return OCTET[heading] + (slc & 15 | (code & 255) << 4).to_bytes(2, "little")
    return OCTET[heading] + OCTET[code & 255]


def of_link(format_: LabelFormat, heading: int, slc: int) -> bytes:
    """ECO, ECA, the inhibiting messages, DLC's answers: no contents but the SLC."""
    if format_.slc_in_message:
        return OCTET[heading] + OCTET[slc & 15]
    return OCTET[heading]


def of_destination(format_: LabelFormat, heading: int, point_code: int) -> bytes:
    """TFP, TFR, TFA, RST, RSR: a point code (15.7, 15.8)."""
    return OCTET[heading] + point_code.to_bytes(format_.pc_octets, "little")


def transfer_controlled(format_: LabelFormat, point_code: int, status: int) -> bytes:
    """TFC: destination and congestion status 0 to 3 (15.15)."""
    if format_.pc_octets == 2:
        return OCTET[TFC] + (point_code | (status & 3) << 14).to_bytes(2, "little")
    return OCTET[TFC] + point_code.to_bytes(3, "little") + OCTET[status & 3]


def user_part_unavailable(format_: LabelFormat, point_code: int, service: int, cause: int) -> bytes:
    """UPU: destination, then user part identity (low) and cause (high 4 bits) (15.17.2)."""
    body = point_code.to_bytes(format_.pc_octets, "little")
    return OCTET[UPU] + body + OCTET[service & 15 | (cause & 15) << 4]


def link_test(heading: int, slc: int, pattern: bytes, format_: LabelFormat) -> bytes:
    """SLTM and SLTA (Q.707 5.4): length in the high 4 bits, then 1 to 15 octets of pattern."""
    low = slc & 15 if format_.slc_in_message else 0
    return OCTET[heading] + OCTET[len(pattern) << 4 | low] + pattern


def point_code_in(format_: LabelFormat, data: bytes) -> int:
    """The point code behind the heading octet, -1 if it is cut short."""
    size = format_.pc_octets
    if len(data) < 1 + size:
        return -1
    return int.from_bytes(data[1 : 1 + size], "little") & format_.highest


def slc_in(format_: LabelFormat, sls: int, data: bytes) -> int:
    """The SLC of a message that names a link: in the label, or behind the heading (ANSI)."""
    if format_.slc_in_message:
        return data[1] & 15 if len(data) > 1 else -1
    return sls & 15


def code_in(format_: LabelFormat, data: bytes) -> int:
    """FSN of COO and COA or the code of CBD and CBA, -1 if cut short."""
    if format_.slc_in_message:
        return -1 if len(data) < 3 else (data[1] | data[2] << 8) >> 4 & 255
    return -1 if len(data) < 2 else data[1]
