"""Timers of the telephone user part, its variants, settings of the circuits to one exchange.

Timer values are those of Q.724, the waiting for an answer and for the calling party after clear
back those of Q.118 4.3. The numbers T1 to T12 are the ones that Q.724's diagrams use; the text of
its list could not be read, and the numbers from T13 on follow the order of the procedures and
must not be quoted as the ITU's. ``kind`` says whose a timer is: "Q.724", "Q.118", or "ours".
"""

from __future__ import annotations

from typing import Final

from ...errors import ConfigError
from .tup_messages import CHINA_LABEL, ITU_LABEL
from .tup_messages_table import CHINA, ITU, SLB, SSB

_MS: Final = 1_000_000
_S: Final = 1_000_000_000
_MINUTE: Final = 60 * _S

T1: Final = 1
T2: Final = 2
T3: Final = 3
T4: Final = 4
T5: Final = 5
T6: Final = 6
T7: Final = 7
T8: Final = 8
T9: Final = 9
T10: Final = 10
T11: Final = 11
T12: Final = 12
T13: Final = 13
T14: Final = 14
T15: Final = 15
T16: Final = 16
T17: Final = 17
T18: Final = 18
T19: Final = 19
T20: Final = 20
T21: Final = 21
T22: Final = 22
T23: Final = 23
T_ANSWER: Final = 24
T_CLEAR_BACK: Final = 25
T_DIGITS: Final = 26
T_INFORMATION: Final = 27
T_GUARD: Final = 28
T_CONGESTION: Final = 29
T_USER_PART: Final = 30


class TimerRow:
    """A timer. Times are ns; ``low`` and ``high`` are what TupConfig accepts."""

    def __init__(
        self,
        number: int,
        name: str,
        default: int,
        low: int,
        high: int,
        clause: str,
        text: str,
        kind: str = "Q.724",
    ) -> None:
        self.number: Final = number
        self.name: Final = name
        self.default: Final = default
        self.low: Final = low
        self.high: Final = high
        self.clause: Final = clause
        self.text: Final = text
        self.kind: Final = kind


def _rows() -> dict[int, TimerRow]:
    s, m, r = _S, _MINUTE, TimerRow
    rows = (
        r(T1, "T1", 12 * s, 10 * s, 15 * s, "7", "wait for COT or CCF"),
        r(T2, "T2", 25 * s, 20 * s, 30 * s, "1, 6", "wait for ACM"),
        r(T3, "T3", 10 * s, 4 * s, 15 * s, "6", "wait for CLF after an unsuccessful message"),
        r(T4, "T4", 10 * s, 4 * s, 15 * s, "6", "wait for CLF after CFL"),
        r(T5, "T5", m, m, m, "6", "stop sending CFL"),
        r(T6, "T6", 10 * s, 4 * s, 15 * s, "6", "wait for RLG"),
        r(T7, "T7", m, m, m, "6", "stop sending CLF, alert maintenance"),
        r(T8, "T8", 2 * s, 100 * _MS, 2 * s, "7", "wait for the check tone"),
        r(T9, "T9", 5 * s, s, 10 * s, "7", "before the first check anew"),
        r(T10, "T10", 2 * m, m, 3 * m, "7", "between further checks"),
        r(T11, "T11", 10 * s, 4 * s, 15 * s, "5", "wait for BLA"),
        r(T12, "T12", m, m, m, "5", "stop sending BLO, alert maintenance"),
        r(T13, "T13", m, m, m, "5", "repeat BLO"),
        r(T14, "T14", 10 * s, 4 * s, 15 * s, "5", "wait for UBA"),
        r(T15, "T15", m, m, m, "5", "stop sending UBL, alert maintenance"),
        r(T16, "T16", m, m, m, "5", "repeat UBL"),
        r(T17, "T17", 10 * s, 4 * s, 15 * s, "10", "wait for the answer to RSC"),
        r(T18, "T18", m, m, m, "10", "stop sending RSC, alert maintenance"),
        r(T19, "T19", m, m, m, "10", "repeat RSC"),
        r(T20, "T20", 10 * s, 4 * s, 15 * s, "10", "wait for a group acknowledgement"),
        r(T21, "T21", m, m, m, "10", "stop sending a group message, alert maintenance"),
        r(T22, "T22", m, m, m, "10", "repeat a group message"),
        r(T23, "T23", 5 * s, 5 * s, 5 * s, "10", "the second of two equal group messages"),
        r(
            *(T_ANSWER, "TANS", 3 * m, 30 * s, 15 * m),
            *("Q.118 4.3.1", "wait for the answer", "Q.118"),
        ),
        r(
            *(T_CLEAR_BACK, "TCBK", m, 0, 2 * m),
            *("Q.118 4.3.2", "CLF after CBK; 0: at once", "Q.118"),
        ),
        r(T_DIGITS, "TDIG", 15 * s, s, m, "1, Q.120", "next address signals", "Q.724"),
        r(T_INFORMATION, "TGSM", 10 * s, s, 30 * s, "1", "wait for GSM", "ours"),
        r(
            *(T_GUARD, "TGRD", 4 * m, m, 30 * m),
            *("", "the far end left a call or a check half cleared: RSC", "ours"),
        ),
        r(T_CONGESTION, "TCON", 5 * s, s, m, "11", "congestion falls by a level", "ours"),
        r(T_USER_PART, "TUPA", 30 * s, s, 15 * m, "", "ask an unavailable user part", "ours"),
    )
    return {row.number: row for row in rows}


TIMERS: Final = _rows()

ORDINARY: Final = 10
PRIORITY: Final = 11

_CHINA_CATEGORIES: Final = dict.fromkeys((16, 17, 18, 19, 24), ORDINARY) | dict.fromkeys(
    (20, 21), PRIORITY
)
"""Free of charge, charged periodically, at once …: what they are in Q.763."""


class Variant:
    """What a network does its own way, as data.

    ``label``: ITU_LABEL or CHINA_LABEL. ``messages``: ITU or CHINA, which heading codes exist.
    ``busy``: the message for a busy subscriber. ``end_of_pulsing``: a complete number ends in ST.
    ``unqualified``: ANU and unqualified ACM are in use. ``categories``: Q.763 3.11 categories that
    TUP codes otherwise; ``from_categories``: the way back.
    """

    def __init__(
        self,
        name: str,
        text: str,
        label: int,
        messages: int,
        busy: int,
        end_of_pulsing: bool,
        unqualified: bool,
        categories: dict[int, int],
        from_categories: dict[int, int],
    ) -> None:
        self.name: Final = name
        self.text: Final = text
        self.label: Final = label
        self.messages: Final = messages
        self.busy: Final = busy
        self.end_of_pulsing: Final = end_of_pulsing
        self.unqualified: Final = unqualified
        self.categories: Final = categories
        self.from_categories: Final = from_categories


VARIANTS: Final = {
    v.name: v
    for v in (
        Variant("itu", "Q.721 to Q.724, 14-bit labels", ITU_LABEL, ITU, SSB, True, True, {}, {}),
        Variant(
            "china",
            "GF 001-9001, 24-bit labels, between local exchanges",
            CHINA_LABEL,
            CHINA,
            SLB,
            False,
            False,
            {ORDINARY: 24},
            _CHINA_CATEGORIES,
        ),
        Variant(
            "china_toll",
            "GF 001-9001, 24-bit labels, between toll and local exchanges",
            CHINA_LABEL,
            CHINA,
            SLB,
            False,
            False,
            {},
            _CHINA_CATEGORIES,
        ),
        Variant(
            "china14",
            "GF 001-9001 with 14-bit labels",
            ITU_LABEL,
            CHINA,
            SLB,
            False,
            False,
            {ORDINARY: 24},
            _CHINA_CATEGORIES,
        ),
    )
}

SELECTIONS: Final = ("controlled", "ascending", "descending", "cyclic", "longest_idle")
CONTROLS: Final = ("even", "odd", "all", "none")
CHARGES: Final = ("charge", "no_charge", "unqualified")
MOST_CIC: Final = 4095


class TupConfig:
    """Settings of the circuits towards one exchange; ConfigError names what is wrong.

    ``circuits``: their CICs. ``variant``: a key of VARIANTS. ``opc``, ``dpc``: our and their point
    code; they decide which circuits we control in dual seizure (Q.724 2: the higher code the even
    ones) unless ``controls`` says it, one of CONTROLS. ``selection``, one of SELECTIONS:
    "controlled" takes circuits that we control, the longest idle first, then the others, the
    shortest idle first (Q.724 2, method 2).
    ``continuity``: check each n-th outgoing call, 0 none. ``overlap_receiving``: a number without
    ST may be incomplete; one that stays shorter than ``min_digits`` until TDIG is refused (ADI).
    ``send_calling_line``: IAI with the calling number when there is one; else it is told on
    request. ``request_calling_line``: ask by GRQ when it did not come. ``charge``: of our ACM and
    answer, one of CHARGES. ``nature``: of called numbers whose type the call leaves open.
    ``international``: calls are marked as coming in from abroad; ``satellite``: as having a
    satellite circuit. ``attempts``: automatic repeat
    attempts of a call (Q.724 3). ``group_twice``: a group message counts when it came twice in
    T23, and ours are sent twice. ``reset_on_start``: reset all circuits when the exchange can first
    be reached. ``location`` and ``far_location``: of causes, Q.850 table 1. ``timers``: ns by
    number, e.g. ``{T6: 4_000_000_000}``.
    """

    def __init__(
        self,
        circuits: tuple[int, ...],
        variant: str = "itu",
        opc: int = 0,
        dpc: int = 0,
        controls: str = "",
        selection: str = "controlled",
        continuity: int = 0,
        overlap_receiving: bool = False,
        min_digits: int = 0,
        send_calling_line: bool = True,
        request_calling_line: bool = False,
        charge: str = "charge",
        nature: int = 0,
        international: bool = False,
        satellite: bool = False,
        attempts: int = 1,
        group_twice: bool = False,
        reset_on_start: bool = False,
        location: int = 2,
        far_location: int = 4,
        timers: dict[int, int] | None = None,
    ) -> None:
        self.circuits: Final = _checked_circuits(circuits)
        self.variant: Final = VARIANTS[_choice("variant", variant, tuple(VARIANTS))]
        self.opc: Final = opc
        self.dpc: Final = dpc
        self.controls: Final = _controls(controls, opc, dpc)
        self.selection: Final = _choice("selection", selection, SELECTIONS)
        self.continuity: Final = _number("continuity", continuity, 0, 1000)
        self.overlap_receiving: Final = overlap_receiving
        self.min_digits: Final = _number("min_digits", min_digits, 0, 32)
        self.send_calling_line: Final = send_calling_line
        self.request_calling_line: Final = request_calling_line
        self.charge: Final = CHARGES.index(_choice("charge", charge, CHARGES))
        if charge == "unqualified" and not self.variant.unqualified:
            raise ConfigError(f"charge 'unqualified' (ANU) is not used in variant {variant}")
        self.nature: Final = _number("nature", nature, 0, 3)
        self.international: Final = international
        self.satellite: Final = satellite
        self.attempts: Final = _number("attempts", attempts, 0, 10)
        self.group_twice: Final = group_twice
        self.reset_on_start: Final = reset_on_start
        self.location: Final = _number("location", location, 0, 15)
        self.far_location: Final = _number("far_location", far_location, 0, 15)
        self.duration: Final = _durations(timers or {})

    def is_controlled(self, cic: int) -> bool:
        """Do we control this circuit when both ends seize it (Q.724 2)?"""
        if self.controls in ("all", "none"):
            return self.controls == "all"
        return (cic & 1 == 0) == (self.controls == "even")


def _choice(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ConfigError(f"{name} is {value!r}; give one of {', '.join(known)}")
    return value


def _number(name: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise ConfigError(f"{name} is {value}; give {low} to {high}")
    return value


def _controls(controls: str, opc: int, dpc: int) -> str:
    if controls:
        return _choice("controls", controls, CONTROLS)
    if opc == dpc:
        raise ConfigError(
            "opc and dpc are equal, so neither end controls the even circuits: give both point "
            "codes, or controls 'even' at one end and 'odd' at the other (Q.724 2)"
        )
    return "even" if opc > dpc else "odd"


def _checked_circuits(circuits: tuple[int, ...]) -> tuple[int, ...]:
    if not circuits:
        raise ConfigError("circuits is empty; give at least one CIC, e.g. 1-15,17-31")
    for cic in circuits:
        if not 1 <= cic <= MOST_CIC:
            raise ConfigError(f"circuits has {cic}; a CIC is 1 to {MOST_CIC} (Q.723 2.2)")
    if len(set(circuits)) != len(circuits):
        raise ConfigError("circuits names a CIC twice")
    return tuple(sorted(circuits))


def _durations(overrides: dict[int, int]) -> list[int]:
    duration = [0] * 32
    for number, row in TIMERS.items():
        duration[number] = row.default
    for number, value in overrides.items():
        found = TIMERS.get(number)
        if found is None:
            known = ", ".join(f"{n} ({r.name})" for n, r in TIMERS.items())
            raise ConfigError(f"timers: there is no timer {number}; there are {known}")
        if not found.low <= value <= found.high:
            raise ConfigError(
                f"timers: {found.name} is {value // _MS} ms; give {found.low // _MS} to "
                f"{found.high // _MS} ({found.kind} {found.clause}, {found.text})"
            )
        duration[number] = value
    return duration
