"""The messages of Q.763: type codes (table 4), mandatory parts as rows (tables 21 to 55)."""

from __future__ import annotations

from typing import Final

from .isup_parameters_base import (
    BACKWARD_CALL_INDICATORS,
    CALL_MODIFICATION_INDICATORS,
    CALLED_PARTY_NUMBER,
    CALLING_PARTYS_CATEGORY,
    CAUSE_INDICATORS,
    CIRCUIT_STATE_INDICATOR,
    CONTINUITY_INDICATORS,
    EVENT_INFORMATION,
    FACILITY_INDICATOR,
    FORWARD_CALL_INDICATORS,
    GROUP_SUPERVISION_TYPE,
    INFORMATION_INDICATORS,
    INFORMATION_REQUEST_INDICATORS,
    NATURE_OF_CONNECTION,
    RANGE_AND_STATUS,
    SUBSEQUENT_NUMBER,
    SUSPEND_RESUME_INDICATORS,
    TRANSMISSION_MEDIUM_REQUIREMENT,
    USER_TO_USER_INFORMATION,
)

IAM: Final = 0x01
SAM: Final = 0x02
INR: Final = 0x03
INF: Final = 0x04
COT: Final = 0x05
ACM: Final = 0x06
CON: Final = 0x07
FOT: Final = 0x08
ANM: Final = 0x09
REL: Final = 0x0C
SUS: Final = 0x0D
RES: Final = 0x0E
RLC: Final = 0x10
CCR: Final = 0x11
RSC: Final = 0x12
BLO: Final = 0x13
UBL: Final = 0x14
BLA: Final = 0x15
UBA: Final = 0x16
GRS: Final = 0x17
CGB: Final = 0x18
CGU: Final = 0x19
CGBA: Final = 0x1A
CGUA: Final = 0x1B
CMR: Final = 0x1C
CMC: Final = 0x1D
CMRJ: Final = 0x1E
FAR: Final = 0x1F
FAA: Final = 0x20
FRJ: Final = 0x21
LPA: Final = 0x24
DRS: Final = 0x27
PAM: Final = 0x28
GRA: Final = 0x29
CQM: Final = 0x2A
CQR: Final = 0x2B
CPG: Final = 0x2C
USR: Final = 0x2D
UCIC: Final = 0x2E
CFN: Final = 0x2F
OLM: Final = 0x30
CRG: Final = 0x31
NRM: Final = 0x32
FAC: Final = 0x33
UPT: Final = 0x34
UPA: Final = 0x35
IDR: Final = 0x36
IRS: Final = 0x37
SGM: Final = 0x38
LOP: Final = 0x40
APM: Final = 0x41
PRI: Final = 0x42
SDN: Final = 0x43
CCL: Final = 0xFC
MPM: Final = 0xFD
OPR: Final = 0xFE
"""Messages of China's network, YDN 038 (1997), as the Dialogic ISUP Programmer's Manual (issue 15,
A.7) lists their codes; their use there: CCL forward and OPR both ways while answered, MPM backward
while answered or suspended."""
NO_MESSAGE: Final = 0
"""What ``decode`` makes of octets that hold no message type."""


class Layout:
    """How a message is laid out. ``fixed``: (parameter, octets) of its mandatory fixed part;
    ``variable``: parameters of its mandatory variable part; ``optional``: it has a pointer to an
    optional part; ``opaque``: what follows the type is not laid out that way and stays as it is."""

    def __init__(
        self,
        kind: int,
        name: str,
        text: str,
        fixed: tuple[tuple[int, int], ...],
        variable: tuple[int, ...],
        optional: bool,
        opaque: bool = False,
    ) -> None:
        self.kind: Final = kind
        self.name: Final = name
        self.text: Final = text
        self.fixed: Final = fixed
        self.fixed_octets: Final = sum([size for _, size in fixed])
        self.variable: Final = variable
        self.optional: Final = optional
        self.opaque: Final = opaque
        self.mandatory: Final = frozenset([code for code, _ in fixed] + list(variable))


_BCI: Final = (BACKWARD_CALL_INDICATORS, 2)
_TYPE: Final = (GROUP_SUPERVISION_TYPE, 1)
_SUS: Final = (SUSPEND_RESUME_INDICATORS, 1)
_FACILITY: Final = (FACILITY_INDICATOR, 1)
_CAUSE: Final = (CAUSE_INDICATORS,)
_RANGE: Final = (RANGE_AND_STATUS,)
_MODIFY: Final = (CALL_MODIFICATION_INDICATORS, 1)

ROWS: Final[list[Layout]] = [
    Layout(
        IAM,
        "IAM",
        "initial address",
        (
            (NATURE_OF_CONNECTION, 1),
            (FORWARD_CALL_INDICATORS, 2),
            (CALLING_PARTYS_CATEGORY, 1),
            (TRANSMISSION_MEDIUM_REQUIREMENT, 1),
        ),
        (CALLED_PARTY_NUMBER,),
        True,
    ),
    Layout(SAM, "SAM", "subsequent address", (), (SUBSEQUENT_NUMBER,), True),
    Layout(INR, "INR", "information request", ((INFORMATION_REQUEST_INDICATORS, 2),), (), True),
    Layout(INF, "INF", "information", ((INFORMATION_INDICATORS, 2),), (), True),
    Layout(COT, "COT", "continuity", ((CONTINUITY_INDICATORS, 1),), (), False),
    Layout(ACM, "ACM", "address complete", (_BCI,), (), True),
    Layout(CON, "CON", "connect", (_BCI,), (), True),
    Layout(FOT, "FOT", "forward transfer", (), (), True),
    Layout(ANM, "ANM", "answer", (), (), True),
    Layout(REL, "REL", "release", (), _CAUSE, True),
    Layout(SUS, "SUS", "suspend", (_SUS,), (), True),
    Layout(RES, "RES", "resume", (_SUS,), (), True),
    Layout(RLC, "RLC", "release complete", (), (), True),
    Layout(CCR, "CCR", "continuity check request", (), (), False),
    Layout(RSC, "RSC", "reset circuit", (), (), False),
    Layout(BLO, "BLO", "blocking", (), (), False),
    Layout(UBL, "UBL", "unblocking", (), (), False),
    Layout(BLA, "BLA", "blocking acknowledgement", (), (), False),
    Layout(UBA, "UBA", "unblocking acknowledgement", (), (), False),
    Layout(GRS, "GRS", "circuit group reset", (), _RANGE, False),
    Layout(CGB, "CGB", "circuit group blocking", (_TYPE,), _RANGE, False),
    Layout(CGU, "CGU", "circuit group unblocking", (_TYPE,), _RANGE, False),
    Layout(CGBA, "CGBA", "circuit group blocking acknowledgement", (_TYPE,), _RANGE, False),
    Layout(CGUA, "CGUA", "circuit group unblocking acknowledgement", (_TYPE,), _RANGE, False),
    Layout(CMR, "CMR", "call modification request", (_MODIFY,), (), True),
    Layout(CMC, "CMC", "call modification completed", (_MODIFY,), (), True),
    Layout(CMRJ, "CMRJ", "call modification reject", (_MODIFY,), _CAUSE, True),
    Layout(FAR, "FAR", "facility request", (_FACILITY,), (), True),
    Layout(FAA, "FAA", "facility accepted", (_FACILITY,), (), True),
    Layout(FRJ, "FRJ", "facility reject", (_FACILITY,), _CAUSE, True),
    Layout(LPA, "LPA", "loop back acknowledgement", (), (), False),
    Layout(DRS, "DRS", "delayed release", (), _CAUSE, True),
    Layout(PAM, "PAM", "pass-along", (), (), False, True),
    Layout(GRA, "GRA", "circuit group reset acknowledgement", (), _RANGE, False),
    Layout(CQM, "CQM", "circuit group query", (), _RANGE, False),
    Layout(
        CQR,
        "CQR",
        "circuit group query response",
        (),
        (RANGE_AND_STATUS, CIRCUIT_STATE_INDICATOR),
        False,
    ),
    Layout(CPG, "CPG", "call progress", ((EVENT_INFORMATION, 1),), (), True),
    Layout(USR, "USR", "user-to-user information", (), (USER_TO_USER_INFORMATION,), True),
    Layout(UCIC, "UCIC", "unequipped CIC", (), (), False),
    Layout(CFN, "CFN", "confusion", (), _CAUSE, True),
    Layout(OLM, "OLM", "overload", (), (), False),
    Layout(CRG, "CRG", "charge information", (), (), False, True),
    Layout(NRM, "NRM", "network resource management", (), (), True),
    Layout(FAC, "FAC", "facility", (), (), True),
    Layout(UPT, "UPT", "user part test", (), (), True),
    Layout(UPA, "UPA", "user part available", (), (), True),
    Layout(IDR, "IDR", "identification request", (), (), True),
    Layout(IRS, "IRS", "identification response", (), (), True),
    Layout(SGM, "SGM", "segmentation", (), (), True),
    Layout(LOP, "LOP", "loop prevention", (), (), True),
    Layout(APM, "APM", "application transport", (), (), True),
    Layout(PRI, "PRI", "pre-release information", (), (), True),
    Layout(SDN, "SDN", "subsequent directory number", (), (), True),
]

CHARGE_INFORMATION: Final = 0xFD
"""China's mandatory fixed parameter of MPM, two octets; its code is never on the wire."""

CHINA_ROWS: Final[list[Layout]] = [
    Layout(CCL, "CCL", "calling party clear", (), (), True),
    Layout(MPM, "MPM", "metering pulse", ((CHARGE_INFORMATION, 2),), (), True),
    Layout(OPR, "OPR", "operator", (), (), True),
]

Q767_KINDS: Final = frozenset(
    (
        *(IAM, SAM, ACM, CON, CPG, ANM, FOT, REL, RLC, COT, CCR, SUS, RES, RSC),
        *(BLO, BLA, UBL, UBA, CGB, CGBA, CGU, CGUA, GRS, GRA),
    )
)
"""The messages of the international interface of Q.767 (its table 4)."""

UNKNOWN: Final = Layout(NO_MESSAGE, "", "unknown message", (), (), True)
"""What Q.763 says of messages to come: an optional part and nothing else."""


def _by_kind(rows: list[Layout]) -> list[Layout]:
    layouts = [UNKNOWN] * 256
    for row in rows:
        layouts[row.kind] = row
    return layouts


LAYOUTS: Final[list[Layout]] = _by_kind(ROWS)
"""Q.763's, indexed by message type; UNKNOWN where there is none."""

LAYOUTS_CHINA: Final[list[Layout]] = _by_kind(ROWS + CHINA_ROWS)
LAYOUTS_Q767: Final[list[Layout]] = _by_kind([row for row in ROWS if row.kind in Q767_KINDS])

VARIANTS: Final[dict[str, list[Layout]]] = {
    "itu": LAYOUTS,
    "q767": LAYOUTS_Q767,
    "china": LAYOUTS_CHINA,
}
"""What ``decode`` knows, by the name of the network's variant."""

ENCODED: Final = LAYOUTS_CHINA
"""Every message that can be made, national ones included."""


def name_of(kind: int) -> str:
    """A message's abbreviation: ``IAM``; ``unknown message 0x99``."""
    return ENCODED[kind & 0xFF].name or f"unknown message {kind:#04x}"


def text_of(kind: int) -> str:
    """A message's name in words: ``initial address``."""
    return ENCODED[kind & 0xFF].text
