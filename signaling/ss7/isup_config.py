"""ISUP: the timers of Q.764 table A.1, the national variants and the settings of one destination.

Timer values and clauses are those of Q.764 (12/99) table A.1, written from knowledge of the
Recommendation; the text itself could not be had while this was written.
"""

from __future__ import annotations

from typing import Final

from ...errors import ConfigError

_MS: Final = 1_000_000
_S: Final = 1_000_000_000
_MIN: Final = 60 * _S

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
T24: Final = 24
T25: Final = 25
T26: Final = 26
T27: Final = 27
T28: Final = 28
T29: Final = 29
T30: Final = 30
T31: Final = 31
T32: Final = 32
T33: Final = 33
T34: Final = 34
T35: Final = 35
T36: Final = 36
T37: Final = 37
T38: Final = 38
T39: Final = 39

LEAST: Final = 10 * _MS
MOST: Final = 24 * 60 * _MIN
"""What IsupConfig accepts for a timer: national values leave the Recommendation's ranges."""


class TimerRow:
    """A row of table A.1, ns. ``low`` to ``high``: the Recommendation's own range.

    ``used`` False: it belongs to a procedure that this engine has not (signalling connections,
    malicious call identification …); listed so that the table is whole.
    """

    __slots__ = ("clause", "default", "high", "low", "number", "text", "used")

    def __init__(
        self,
        number: int,
        default: int,
        low: int,
        high: int,
        clause: str,
        text: str,
        used: bool = True,
    ) -> None:
        self.number: Final = number
        self.default: Final = default
        self.low: Final = low
        self.high: Final = high
        self.clause: Final = clause
        self.text: Final = text
        self.used: Final = used


def _rows() -> dict[int, TimerRow]:
    r, s, m = TimerRow, _S, _MIN
    rows = (
        r(T1, 15 * s, 15 * s, m, "2.3", "REL sent, RLC awaited: REL again"),
        r(T2, 3 * m, 3 * m, 3 * m, "2.4.1", "suspended by the user: release"),
        r(T3, 2 * m, 2 * m, 2 * m, "2.10", "overload message received", False),
        r(T4, 5 * m, 5 * m, 15 * m, "2.13", "user part inaccessible: UPT again"),
        r(T5, 5 * m, 5 * m, 15 * m, "2.9.6", "first REL, no RLC: RSC, maintenance"),
        r(T6, m, 10 * s, 2 * m, "2.4.1, Q.118", "suspended by the network: release"),
        r(T7, 20 * s, 20 * s, 30 * s, "2.2.5", "latest address message: release"),
        r(T8, 10 * s, 10 * s, 15 * s, "2.1.8", "IAM, COT awaited: release"),
        r(T9, 2 * m, 90 * s, 3 * m, "2.1.4, Q.118", "ACM, answer awaited: release"),
        r(T10, 4 * s, 4 * s, 6 * s, "2.1.2.1", "digits, perhaps the last: number complete"),
        r(T11, 15 * s, 15 * s, 20 * s, "2.1.4.8", "latest address message: ACM sent early"),
        r(T12, 15 * s, 15 * s, m, "2.8.2", "BLO sent: BLO again"),
        r(T13, 5 * m, 5 * m, 15 * m, "2.9.4", "first BLO: maintenance, BLO again"),
        r(T14, 15 * s, 15 * s, m, "2.8.2", "UBL sent: UBL again"),
        r(T15, 5 * m, 5 * m, 15 * m, "2.9.4", "first UBL: maintenance, UBL again"),
        r(T16, 15 * s, 15 * s, m, "2.9.3.1", "RSC sent: RSC again"),
        r(T17, 5 * m, 5 * m, 15 * m, "2.9.3.1", "first RSC: maintenance, RSC again"),
        r(T18, 15 * s, 15 * s, m, "2.8.2", "CGB sent: CGB again"),
        r(T19, 5 * m, 5 * m, 15 * m, "2.9.4", "first CGB: maintenance, CGB again"),
        r(T20, 15 * s, 15 * s, m, "2.8.2", "CGU sent: CGU again"),
        r(T21, 5 * m, 5 * m, 15 * m, "2.9.4", "first CGU: maintenance, CGU again"),
        r(T22, 15 * s, 15 * s, m, "2.9.3.2", "GRS sent: GRS again"),
        r(T23, 5 * m, 5 * m, 15 * m, "2.9.3.2", "first GRS: maintenance, GRS again"),
        r(T24, 2 * s, 0, 2 * s, "2.1.8, Q.724 7", "check tone sent: continuity failed"),
        r(T25, 5 * s, s, 10 * s, "2.1.8", "first failure: CCR, check again"),
        r(T26, 2 * m, m, 3 * m, "2.1.8", "second or later failure: CCR, check again"),
        r(T27, 4 * m, 4 * m, 4 * m, "2.1.8", "COT with failure, CCR awaited: RSC"),
        r(T28, 10 * s, 10 * s, 10 * s, "2.8.3", "CQM sent: maintenance"),
        r(T29, 500 * _MS, 300 * _MS, 600 * _MS, "2.11", "congestion: more of it is passed over"),
        r(T30, 7 * s, 5 * s, 10 * s, "2.11", "congestion over: a step of traffic back"),
        r(T31, 6 * m, 6 * m, 6 * m, "3.5", "call reference frozen", False),
        r(T32, 4 * s, 3 * s, 5 * s, "3.5", "end-to-end message", False),
        r(T33, 12 * s, 12 * s, 15 * s, "2.1.6", "INR sent, INF awaited: release"),
        r(T34, 3 * s, 2 * s, 4 * s, "2.1.12", "segmented message, SGM awaited: go on"),
        r(T35, 15 * s, 15 * s, 20 * s, "2.2.4", "too few digits: release, cause 28"),
        r(T36, 10 * s, 10 * s, 15 * s, "2.1.8", "CCR received, COT or REL awaited: RSC"),
        r(T37, 3 * s, 2 * s, 4 * s, "2.7", "echo control device", False),
        r(T38, m, 10 * s, 2 * m, "2.4.1, Q.118", "SUS sent by us: release"),
        r(T39, 10 * s, 4 * s, 15 * s, "Q.731.7", "identification request", False),
    )
    return {row.number: row for row in rows}


TIMERS: Final = _rows()


def durations(overrides: dict[int, int]) -> list[int]:
    """Durations of one engine, ns, by number; ConfigError for one that there is not."""
    result = [0] * 64
    for number, row in TIMERS.items():
        result[number] = row.default
    for number, value in overrides.items():
        if number not in TIMERS:
            raise ConfigError(
                f"timers: there is no T{number}; ISUP has T1 to T39 (Q.764 table A.1)"
            )
        row = TIMERS[number]
        if not LEAST <= value <= MOST:
            raise ConfigError(
                f"timers: T{number} is {value // _MS} ms; give {LEAST // _MS} ms to one day; "
                f"Q.764 has {row.low // _MS} to {row.high // _MS} ms ({row.text})"
            )
        result[number] = value
    return result


class Variant:
    """What a national variant does its own way, as data.

    ``codec``: the messages that it has, a key of isup_messages_table.VARIANTS.
    ``ucic``: UCIC answers messages for circuits that are not equipped (2.12, national option).
    ``confusion``: CFN is sent (2.9.5; Q.767 has none). ``compatibility``: instruction indicators
    are obeyed (Q.767 has none). ``segmentation``: SGM is sent and awaited. ``lpa``: a continuity
    check request is answered by LPA (2.1.8, national option). ``queries``: CQM is answered.
    ``information``: INR and INF. ``user_part_test``: UPT and UPA. ``send_st``: a complete number
    ends with ST (2.1.1.1). ``suspend_cause``: Q.850 value when T2, T6 or T38 runs out.
    ``t7_cause``: when T7 runs out. ``hop_counter`` and ``delay``: the parameters are sent.
    ``national``: nature of address of a number of unknown type, 3 national, 2 unknown.
    """

    __slots__ = (
        "codec",
        "compatibility",
        "confusion",
        "delay",
        "hop_counter",
        "information",
        "lpa",
        "name",
        "national",
        "queries",
        "segmentation",
        "send_st",
        "suspend_cause",
        "t7_cause",
        "text",
        "ucic",
        "user_part_test",
    )

    def __init__(
        self,
        name: str,
        text: str,
        codec: str = "itu",
        ucic: bool = True,
        confusion: bool = True,
        compatibility: bool = True,
        segmentation: bool = True,
        lpa: bool = True,
        queries: bool = True,
        information: bool = True,
        user_part_test: bool = True,
        send_st: bool = True,
        suspend_cause: int = 102,
        t7_cause: int = 31,
        hop_counter: bool = True,
        delay: bool = True,
        national: int = 2,
    ) -> None:
        self.name: Final = name
        self.text: Final = text
        self.codec: Final = codec
        self.ucic: Final = ucic
        self.confusion: Final = confusion
        self.compatibility: Final = compatibility
        self.segmentation: Final = segmentation
        self.lpa: Final = lpa
        self.queries: Final = queries
        self.information: Final = information
        self.user_part_test: Final = user_part_test
        self.send_st: Final = send_st
        self.suspend_cause: Final = suspend_cause
        self.t7_cause: Final = t7_cause
        self.hop_counter: Final = hop_counter
        self.delay: Final = delay
        self.national: Final = national


VARIANTS: Final = {
    v.name: v
    for v in (
        Variant("itu", "Q.761 to Q.764 (12/99), national options on"),
        Variant(
            "international",
            "Q.761 to Q.764 (12/99) on international circuits, without the national options",
            ucic=False,
            lpa=False,
            queries=False,
            information=False,
        ),
        Variant(
            "q767",
            "Q.767 (1991), international interface",
            codec="q767",
            ucic=False,
            confusion=False,
            compatibility=False,
            segmentation=False,
            lpa=False,
            queries=False,
            information=False,
            user_part_test=False,
            suspend_cause=16,
            hop_counter=False,
            delay=False,
        ),
        # YDN 038-1997 follows the Blue and White Books with 24-bit labels; its numbers are sent
        # without ST, and the national options CQM, LPA, UCIC are not used between exchanges.
        Variant(
            "china",
            "China YDN 038-1997 on the MTP of GF 001-9001",
            codec="china",
            ucic=False,
            lpa=False,
            queries=True,
            send_st=False,
            suspend_cause=16,
            hop_counter=False,
            national=3,
        ),
    )
}

E1_CIRCUITS: Final = (*range(1, 16), *range(17, 32))
"""CICs of a first E1 whose timeslot 16 carries the signalling link (Q.763 1.2 a)."""

SELECTIONS: Final = ("lowest", "highest", "cyclic", "longest_idle")
CONTROLS: Final = ("auto", "even", "odd", "all", "none")
MOST_CIC: Final = 0xFFF


class IsupConfig:
    """Settings of the circuits towards one destination; ConfigError names what is wrong.

    ``circuits``: CICs, 0 to 4095. ``variant``: a key of VARIANTS. ``opc``, ``dpc``: point codes as
    numbers. ``controls``: which circuits we control at dual seizure (2.9.1.4): "auto" the higher
    point code the even ones, the lower the odd ones; "even", "odd", "all", "none".
    ``selection``: one of SELECTIONS; circuits that we control come first, of the others the
    longest idle (2.9.1.3). ``min_digits``: a call is offered when that many digits are there;
    with ``overlap`` True the rest follows in DigitsReceived, else the number is then complete.
    ``max_digits``: the number is complete with as many (0: only by ST or, with overlap, T10).
    ``continuity``: one outgoing call in so many is preceded by a continuity check, 0 none, 1 each.
    ``reattempts``: automatic repeat attempts of one call (2.9.1.4, 2.9.6). ``exchange_type``: "A"
    (end, gateway) or "B" (transit) for the compatibility procedure 2.9.5. ``international``: the
    calls cross a border (forward call indicators bit A). ``isdn_access``: what we say our
    accesses are. ``satellites``: satellite circuits in the connection so far, 0 to 2, counting
    this one. ``echo_control``: an outgoing half echo control device is in (2.7). ``hop_counter``:
    value a call begins with (0: none). ``delay``: propagation delay of these circuits, ms, -1: the
    procedure is off (2.6). ``ask_calling``: INR when an IAM has no calling number (2.1.6).
    ``early_acm``: ACM without indication when T11 runs out before the application says anything,
    so that the far end's T7 does not. ``connected_line``: our calls ask who answered (Q.731.5).
    ``bearers``: transfer capabilities of Q.931 that are taken; others get cause 65.
    ``location``: of causes we give (Q.850; 0 user, 4 public network serving the remote user).
    ``reset_on_start``: GRS over all circuits when the destination can first be reached.
    ``group_messages`` False: several circuits are blocked one by one. ``timers``: ns by number.
    """

    def __init__(
        self,
        circuits: tuple[int, ...] = E1_CIRCUITS,
        variant: str = "itu",
        opc: int = 1,
        dpc: int = 2,
        controls: str = "auto",
        selection: str = "cyclic",
        min_digits: int = 0,
        max_digits: int = 0,
        overlap: bool = False,
        continuity: int = 0,
        reattempts: int = 1,
        exchange_type: str = "A",
        international: bool = False,
        isdn_access: bool = True,
        satellites: int = 0,
        echo_control: bool = False,
        hop_counter: int = 0,
        delay: int = -1,
        ask_calling: bool = False,
        early_acm: bool = False,
        connected_line: bool = True,
        bearers: tuple[int, ...] = (0x00, 0x08, 0x09, 0x10),
        location: int = 2,
        reset_on_start: bool = False,
        group_messages: bool = True,
        timers: dict[int, int] | None = None,
    ) -> None:
        self.circuits: Final = _checked_circuits(circuits)
        _one_of("variant", variant, (*VARIANTS,))
        _one_of("controls", controls, CONTROLS)
        _one_of("selection", selection, SELECTIONS)
        _one_of("exchange_type", exchange_type, ("A", "B"))
        if opc == dpc:
            raise ConfigError(f"opc and dpc are both {opc}; give the far end's point code as dpc")
        self.variant: Final = VARIANTS[variant]
        self.opc: Final = opc
        self.dpc: Final = dpc
        self.controls: Final = controls
        self.selection: Final = selection
        _between("min_digits", min_digits, 0, 32)
        _between("max_digits", max_digits, 0, 32)
        if max_digits and max_digits < min_digits:
            raise ConfigError(f"max_digits is {max_digits}, less than min_digits {min_digits}")
        self.min_digits: Final = min_digits
        self.max_digits: Final = max_digits
        self.overlap: Final = overlap
        _between("continuity", continuity, 0, 1_000_000)
        self.continuity: Final = continuity
        _between("reattempts", reattempts, 0, 10)
        self.reattempts: Final = reattempts
        self.transit: Final[bool] = exchange_type == "B"
        self.international: Final = international
        self.isdn_access: Final = isdn_access
        _between("satellites", satellites, 0, 2)
        self.satellites: Final = satellites
        self.echo_control: Final = echo_control
        _between("hop_counter", hop_counter, 0, 31)
        self.hop_counter: Final = hop_counter
        _between("delay", delay, -1, 65535)
        self.delay: Final = delay
        self.ask_calling: Final = ask_calling
        self.early_acm: Final = early_acm
        self.connected_line: Final = connected_line
        self.bearers: Final = bearers
        _between("location", location, 0, 15)
        self.location: Final = location
        self.reset_on_start: Final = reset_on_start
        self.group_messages: Final = group_messages
        self.durations: Final[list[int]] = durations(timers or {})

    def controlled(self, cic: int) -> bool:
        """Is our call the one that is completed at dual seizure on this circuit (2.9.1.4)?"""
        controls = self.controls
        if controls == "auto":
            return (cic & 1 == 0) == (self.opc > self.dpc)
        if controls == "even":
            return cic & 1 == 0
        if controls == "odd":
            return cic & 1 == 1
        return controls == "all"


def _one_of(key: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigError(f"{key} is {value!r}; give one of {', '.join(known)}")


def _between(key: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ConfigError(f"{key} is {value}; give {low} to {high}")


def _checked_circuits(circuits: tuple[int, ...]) -> tuple[int, ...]:
    if not circuits:
        raise ConfigError("circuits is empty; give at least one CIC, e.g. 1-15,17-31")
    for cic in circuits:
        _between("a CIC of circuits", cic, 0, MOST_CIC)
    if len(set(circuits)) != len(circuits):
        raise ConfigError("circuits names a CIC twice")
    return tuple(sorted(circuits))
