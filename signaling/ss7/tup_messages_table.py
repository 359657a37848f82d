"""Heading codes of the telephone user part: Q.723 3, table 3; GF 001-9001 for China.

The octet behind the label is H1 << 4 | H0: H0 is sent first (Q.723 3.1), so IAM is 0x11.

Where the codes come from. Each was compared in two published sources:

- BNR: "China Telephone User Part (CTUP), Technical Specification GF 001-9001, August 1990, based
  on CCITT Blue Book Q.721-Q.725", the protocol definition of BNR's tester (Alwyn-Teh/G3O,
  g3octupi.cxx, 1995): every code, field and indicator bit;
- CHART: the heading code chart of a Chinese operators' course ("No.7 signalling system, TUP",
  document 230663642): groups and codes, with notes on what is used in the international network
  only (SSB, NNC, FOT) and what is not used yet (ANU, CHG);
- FREEMAN: Figure 3/Q.723 and the codes of IAM, IAI, SAM and SAO as quoted in R. Freeman's
  textbook, 14.12.

In the CHART's copy the columns of the groups with one message each (ACC, MPM, OPR, MAL) are lost:
their H0 has two sources, their H1 has BNR alone. MPR (Q.722 3.4, misdialled trunk prefix) was
found in neither and is as remembered from Q.723: ``sources`` says so in each row.
"""

from __future__ import annotations

from typing import Final

FORWARD: Final = 1
BACKWARD: Final = 2
EITHER: Final = 3

ITU: Final = 1
CHINA: Final = 2
BOTH: Final = 3

IAM: Final = 0x11
IAI: Final = 0x21
SAM: Final = 0x31
SAO: Final = 0x41
GSM: Final = 0x12
COT: Final = 0x32
CCF: Final = 0x42
GRQ: Final = 0x13
ACM: Final = 0x14
CHG: Final = 0x24
SEC: Final = 0x15
CGC: Final = 0x25
NNC: Final = 0x35
ADI: Final = 0x45
CFL: Final = 0x55
SSB: Final = 0x65
UNN: Final = 0x75
LOS: Final = 0x85
SST: Final = 0x95
ACB: Final = 0xA5
DPN: Final = 0xB5
MPR: Final = 0xC5
EUM: Final = 0xF5
ANU: Final = 0x06
ANC: Final = 0x16
ANN: Final = 0x26
CBK: Final = 0x36
CLF: Final = 0x46
RAN: Final = 0x56
FOT: Final = 0x66
CCL: Final = 0x76
RLG: Final = 0x17
BLO: Final = 0x27
BLA: Final = 0x37
UBL: Final = 0x47
UBA: Final = 0x57
CCR: Final = 0x67
RSC: Final = 0x77
MGB: Final = 0x18
MBA: Final = 0x28
MGU: Final = 0x38
MUA: Final = 0x48
HGB: Final = 0x58
HBA: Final = 0x68
HGU: Final = 0x78
HUA: Final = 0x88
GRS: Final = 0x98
GRA: Final = 0xA8
SGB: Final = 0xB8
SBA: Final = 0xC8
SGU: Final = 0xD8
SUA: Final = 0xE8
ACC: Final = 0x1A
MPM: Final = 0x2C
OPR: Final = 0x1D
SLB: Final = 0x1E
STB: Final = 0x2E
MAL: Final = 0x1F

GROUPS: Final = {
    0x1: ("FAM", "forward address"),
    0x2: ("FSM", "forward set-up"),
    0x3: ("BSM", "backward set-up"),
    0x4: ("SBM", "successful backward set-up"),
    0x5: ("UBM", "unsuccessful backward set-up"),
    0x6: ("CSM", "call supervision"),
    0x7: ("CCM", "circuit supervision"),
    0x8: ("GRM", "circuit group supervision"),
    0xA: ("CNM", "circuit network management"),
    0xC: ("NSB", "national successful backward set-up"),
    0xD: ("NCB", "national call supervision"),
    0xE: ("NUB", "national unsuccessful backward set-up"),
    0xF: ("NAM", "national area"),
}
"""Message groups by H0; 0, 9 and 11 are spare."""

_TWO: Final = "BNR, CHART"
_THREE: Final = "BNR, CHART, FREEMAN"
_ONE_H1: Final = "BNR; the group also CHART"

NO_CONTENT: Final = 0
ADDRESS: Final = 1
MORE_ADDRESS: Final = 2
ONE_ADDRESS: Final = 3
FORWARD_INFORMATION: Final = 4
REQUEST: Final = 5
COMPLETE: Final = 6
CHARGING: Final = 7
EXTENDED: Final = 8
GROUP: Final = 9
GROUP_RESET: Final = 10
CONGESTION: Final = 11
METERING: Final = 12


class HeadingRow:
    """A heading code. ``content``: which of the formats above follows it. ``variants``: where it
    is used, ITU, CHINA or BOTH. ``sources``: where it was found (see above)."""

    def __init__(
        self,
        code: int,
        acronym: str,
        name: str,
        direction: int,
        content: int,
        variants: int,
        sources: str,
    ) -> None:
        self.code: Final = code
        self.acronym: Final = acronym
        self.name: Final = name
        self.direction: Final = direction
        self.content: Final = content
        self.variants: Final = variants
        self.sources: Final = sources


def _call_rows() -> list[HeadingRow]:
    r, f, b, n, two = HeadingRow, FORWARD, BACKWARD, NO_CONTENT, _TWO
    return [
        r(IAM, "IAM", "initial address", f, ADDRESS, BOTH, _THREE),
        r(IAI, "IAI", "initial address with additional information", f, ADDRESS, BOTH, _THREE),
        r(SAM, "SAM", "subsequent address", f, MORE_ADDRESS, BOTH, _THREE),
        r(SAO, "SAO", "subsequent address, one signal", f, ONE_ADDRESS, BOTH, _THREE),
        r(GSM, "GSM", "general forward set-up information", f, FORWARD_INFORMATION, BOTH, two),
        r(COT, "COT", "continuity", f, n, BOTH, two),
        r(CCF, "CCF", "continuity failure", f, n, BOTH, two),
        r(GRQ, "GRQ", "general request", b, REQUEST, BOTH, two),
        r(ACM, "ACM", "address complete", b, COMPLETE, BOTH, two),
        r(CHG, "CHG", "charging", b, CHARGING, BOTH, two),
        r(SEC, "SEC", "switching equipment congestion", b, n, BOTH, two),
        r(CGC, "CGC", "circuit group congestion", b, n, BOTH, two),
        r(NNC, "NNC", "national network congestion", b, n, BOTH, two),
        r(ADI, "ADI", "address incomplete", b, n, BOTH, two),
        r(CFL, "CFL", "call failure", b, n, BOTH, two),
        r(SSB, "SSB", "subscriber busy", b, n, BOTH, two),
        r(UNN, "UNN", "unallocated number", b, n, BOTH, two),
        r(LOS, "LOS", "line out of service", b, n, BOTH, two),
        r(SST, "SST", "send special information tone", b, n, BOTH, two),
        r(ACB, "ACB", "access barred", b, n, BOTH, two),
        r(DPN, "DPN", "digital path not provided", b, n, BOTH, two),
        r(MPR, "MPR", "misdialled trunk prefix", b, n, ITU, "not verified"),
        r(EUM, "EUM", "extended unsuccessful backward set-up", b, EXTENDED, BOTH, two),
        r(ANU, "ANU", "answer, unqualified", b, n, BOTH, two),
        r(ANC, "ANC", "answer, charge", b, n, BOTH, two),
        r(ANN, "ANN", "answer, no charge", b, n, BOTH, two),
        r(CBK, "CBK", "clear back", b, n, BOTH, two),
        r(CLF, "CLF", "clear forward", f, n, BOTH, two),
        r(RAN, "RAN", "re-answer", b, n, BOTH, two),
        r(FOT, "FOT", "forward transfer", f, n, BOTH, two),
        r(CCL, "CCL", "calling party clear", f, n, BOTH, two),
        r(MPM, "MPM", "metering pulses", b, METERING, CHINA, _ONE_H1),
        r(OPR, "OPR", "operator", EITHER, n, CHINA, _ONE_H1),
        r(SLB, "SLB", "subscriber local busy", b, n, CHINA, two),
        r(STB, "STB", "subscriber toll busy", b, n, CHINA, two),
        r(MAL, "MAL", "malicious call identification", b, n, CHINA, _ONE_H1),
    ]


def _circuit_rows() -> list[HeadingRow]:
    r, e, n, g, two = HeadingRow, EITHER, NO_CONTENT, GROUP, _TWO
    return [
        r(RLG, "RLG", "release guard", BACKWARD, n, BOTH, two),
        r(BLO, "BLO", "blocking", e, n, BOTH, two),
        r(BLA, "BLA", "blocking acknowledgement", e, n, BOTH, two),
        r(UBL, "UBL", "unblocking", e, n, BOTH, two),
        r(UBA, "UBA", "unblocking acknowledgement", e, n, BOTH, two),
        r(CCR, "CCR", "continuity check request", FORWARD, n, BOTH, two),
        r(RSC, "RSC", "reset circuit", e, n, BOTH, two),
        r(MGB, "MGB", "maintenance group blocking", e, g, BOTH, two),
        r(MBA, "MBA", "maintenance group blocking acknowledgement", e, g, BOTH, two),
        r(MGU, "MGU", "maintenance group unblocking", e, g, BOTH, two),
        r(MUA, "MUA", "maintenance group unblocking acknowledgement", e, g, BOTH, two),
        r(HGB, "HGB", "hardware failure group blocking", e, g, BOTH, two),
        r(HBA, "HBA", "hardware failure group blocking acknowledgement", e, g, BOTH, two),
        r(HGU, "HGU", "hardware failure group unblocking", e, g, BOTH, two),
        r(HUA, "HUA", "hardware failure group unblocking acknowledgement", e, g, BOTH, two),
        r(GRS, "GRS", "circuit group reset", e, GROUP_RESET, BOTH, two),
        r(GRA, "GRA", "circuit group reset acknowledgement", e, g, BOTH, two),
        r(SGB, "SGB", "software group blocking", e, g, BOTH, two),
        r(SBA, "SBA", "software group blocking acknowledgement", e, g, BOTH, two),
        r(SGU, "SGU", "software group unblocking", e, g, BOTH, two),
        r(SUA, "SUA", "software group unblocking acknowledgement", e, g, BOTH, two),
        r(ACC, "ACC", "automatic congestion control", BACKWARD, CONGESTION, BOTH, _ONE_H1),
    ]


HEADINGS: Final[dict[int, HeadingRow]] = {
    row.code: row for row in (*_call_rows(), *_circuit_rows())
}
BY_ACRONYM: Final[dict[str, int]] = {row.acronym: row.code for row in HEADINGS.values()}

UNSUCCESSFUL: Final = (
    *(SEC, CGC, NNC, ADI, CFL, SSB, UNN, LOS, SST, ACB, DPN, MPR, EUM),
    *(SLB, STB),
)
"""Messages that say that a call cannot be set up."""


def name_of(code: int) -> str:
    """The acronym of a heading code; "H0=9 H1=3" for one that has none."""
    row = HEADINGS.get(code)
    return row.acronym if row is not None else f"H0={code & 15} H1={code >> 4}"
