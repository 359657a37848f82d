"""Q.703 12.3 and annex A: timers and error-rate thresholds as rows, and the settings of one link.

A row is a bit rate. 4.8 kbit/s and 64 kbit/s are the body of Q.703; 1 536 and 1 984 kbit/s are
annex A; 56 kbit/s is the row of ANSI T1.111.3, which Q.703 leaves to the networks that have it.
T4n, T4e, T5 to T7, Tin, Tie, M, T, D and N of 4.8 and 64 kbit/s were read in the Recommendation;
the numbers of the errored interval monitor (A.10) were compared with other stacks only, which
agree on the digits; their scale follows from Te = 4 Ue + a little in both rows.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError

_MS: Final = 1_000_000
_S: Final = 1_000_000_000

T1: Final = 1
T2: Final = 2
T3: Final = 3
T4: Final = 4
T5: Final = 5
T6: Final = 6
T7: Final = 7
T8: Final = 8
T4N: Final = 9
T4E: Final = 10
REPEAT: Final = 11
"""Index of a timer. T4 runs for T4n or T4e; T8 is the interval of annex A; REPEAT paces the
preventive cyclic retransmission where no line does (SignallingLink.transmit)."""

TIMER_NAMES: Final = {
    T1: "T1",
    T2: "T2",
    T3: "T3",
    T4N: "T4n",
    T4E: "T4e",
    T5: "T5",
    T6: "T6",
    T7: "T7",
    T8: "T8",
}

TIMER_TEXTS: Final = {
    T1: "alignment ready: the far end is to become ready",
    T2: "not aligned: the far end is to begin alignment",
    T3: "aligned: the far end is to begin to prove",
    T4N: "normal proving period",
    T4E: "emergency proving period",
    T5: "between SIBs while congested",
    T6: "longest congestion of the far end",
    T7: "longest delay of an acknowledgement",
    T8: "interval of the errored interval monitor (annex A)",
}


class TimerRow:
    """One timer at one bit rate, ns: what is used unless set, and the range accepted."""

    __slots__ = ("default", "high", "low")

    def __init__(self, default: int, low: int, high: int) -> None:
        self.default: Final = default
        self.low: Final = low
        self.high: Final = high


def _ms(default: int, low: int, high: int) -> TimerRow:
    return TimerRow(default * _MS, low * _MS, high * _MS)


class RateRow:
    """All that depends on the bit rate of the link.

    ``Tin``, ``Tie``, ``M``: AERM thresholds normal and emergency, proving attempts (10.3).
    ``T``, ``D``: SUERM threshold and the signal units that forgive one error (10.2). With
    ``interval`` the errored interval monitor of A.10 stands in for it: ``Te``, ``Ue``, ``De``.
    """

    __slots__ = ("D", "De", "M", "T", "Te", "Tie", "Tin", "Ue", "clause", "interval", "timers")

    def __init__(
        self,
        clause: str,
        timers: dict[int, TimerRow],
        T: int = 64,
        D: int = 256,
        interval: bool = False,
        Te: int = 0,
        Ue: int = 0,
        De: int = 0,
    ) -> None:
        self.clause: Final = clause
        self.timers: Final = timers
        self.Tin: Final = 4
        self.Tie: Final = 1
        self.M: Final = 5
        self.T: Final = T
        self.D: Final = D
        self.interval: Final = interval
        self.Te: Final = Te
        self.Ue: Final = Ue
        self.De: Final = De


_T5_ROW: Final = _ms(100, 80, 120)
_T8_ROW: Final = _ms(100, 80, 120)

_TIMERS_64: Final = {
    T1: _ms(45_000, 40_000, 50_000),
    T2: _ms(30_000, 5_000, 150_000),
    T3: _ms(1_500, 1_000, 2_000),
    T4N: _ms(8_200, 7_500, 9_500),
    T4E: _ms(500, 400, 600),
    T5: _T5_ROW,
    T6: _ms(4_500, 3_000, 6_000),
    T7: _ms(1_500, 500, 2_000),
    T8: _T8_ROW,
}
_TIMERS_4_8: Final = {
    **_TIMERS_64,
    T1: _ms(550_000, 500_000, 600_000),
    T4N: _ms(110_000, 100_000, 120_000),
    T4E: _ms(7_000, 6_000, 8_000),
    T6: _ms(10_000, 8_000, 12_000),
    T7: _ms(5_000, 4_000, 6_000),
}
_TIMERS_56: Final = {
    **_TIMERS_64,
    T1: _ms(13_000, 12_900, 16_000),
    T2: _ms(11_500, 5_000, 150_000),
    T3: _ms(11_500, 1_000, 14_000),
    T4N: _ms(2_300, 2_070, 9_500),
    T4E: _ms(600, 400, 660),
}
_TIMERS_ANNEX_A: Final = {
    **_TIMERS_64,
    T1: _ms(300_000, 25_000, 350_000),
    T4N: _ms(30_000, 3_000, 70_000),
}

RATES: Final[dict[int, RateRow]] = {
    4_800: RateRow("12.3, 4.8 kbit/s", _TIMERS_4_8, T=32),
    56_000: RateRow("T1.111.3, 56 kbit/s", _TIMERS_56),
    64_000: RateRow("12.3, 64 kbit/s", _TIMERS_64),
    1_536_000: RateRow(
        "A.10, 1.5 Mbit/s", _TIMERS_ANNEX_A, interval=True, Te=577_169, Ue=144_292, De=9_308
    ),
    1_984_000: RateRow(
        "A.10, 2 Mbit/s", _TIMERS_ANNEX_A, interval=True, Te=793_544, Ue=198_384, De=11_328
    ),
}
"""Rows by bit/s."""

SHORTEST_T7_PCR: Final = 800 * _MS
"""12.3: with preventive cyclic retransmission T7 is at least 0.8 s."""


def _check_timer(index: int, row: RateRow, pcr: bool, value: int) -> None:
    name = TIMER_NAMES[index]
    limits = row.timers[index]
    low = SHORTEST_T7_PCR if pcr and index == T7 and limits.low < SHORTEST_T7_PCR else limits.low
    if not low <= value <= limits.high:
        raise LocalError(
            f"Q.703 {name} is {value / _MS:g} ms; give {low // _MS} to {limits.high // _MS} "
            f"(usual: {limits.default // _MS}, {row.clause}): {TIMER_TEXTS[index]}"
        )


class Mtp2Config:
    """Settings of one signalling link; LocalError names what is out of range and what to give.

    ``pcr``: preventive cyclic retransmission (clause 6, for loop delays over 30 ms) instead of the
    basic method; both ends alike. ``rate``: bit/s, a key of RATES. ``timers``: ns by index (T1 to
    T3, T4N, T4E, T5 to T8) where they differ from the row's. ``n1``, ``n2``: messages and octets
    not acknowledged at which retransmission is forced (6.4; n2 is the octets of the loop and one
    more: here 600 ms at 64 kbit/s). ``onset`` and ``abate``: messages in transmission and
    retransmission buffer at which congestion level 1, 2, 3 begins and ends (Q.704 3.8; one pair
    for one level). ``longest``: octets of SIO and SIF (273; 63 in old national networks).
    ``line_fills``: behind a message the line itself goes on with the FISU of that message's
    numbers (native does; a socket to another stack needs none), so none is handed out.
    """

    __slots__ = (
        "abate",
        "line_fills",
        "longest",
        "n1",
        "n2",
        "onset",
        "pcr",
        "rate",
        "row",
        "timers",
    )

    def __init__(
        self,
        pcr: bool = False,
        rate: int = 64_000,
        timers: dict[int, int] | None = None,
        n1: int = 127,
        n2: int = 4_801,
        onset: tuple[int, ...] = (256, 512, 768),
        abate: tuple[int, ...] = (192, 384, 640),
        longest: int = 273,
        line_fills: bool = False,
    ) -> None:
        row = RATES.get(rate)
        if row is None:
            known = ", ".join(str(r) for r in RATES)
            raise LocalError(f"an SS7 link of {rate} bit/s is not known; give one of {known}")
        given = {} if timers is None else timers
        values = [0] * (REPEAT + 1)
        for index in TIMER_NAMES:
            default = row.timers[index].default
            values[index] = given.get(index, default)
            _check_timer(index, row, pcr, values[index])
        for index in given:
            if index not in TIMER_NAMES:
                raise LocalError(f"Q.703 has no timer with index {index}; give T1 to T8, T4N, T4E")
        if not 1 <= n1 <= 127:
            raise LocalError(f"N1 is {n1}; give 1 to 127 messages (Q.703 6.4)")
        if n2 < 1:
            raise LocalError(f"N2 is {n2}; give at least 1 octet (Q.703 6.4)")
        if not 62 <= longest <= 273:
            raise LocalError(f"longest is {longest}; give 62 to 273 octets of SIO and SIF (2.3.9)")
        _check_levels(onset, abate)
        self.pcr: Final = pcr
        self.rate: Final = rate
        self.row: Final = row
        self.timers: Final = values
        self.n1: Final = n1
        self.n2: Final = n2
        self.onset: Final = onset
        self.abate: Final = abate
        self.longest: Final = longest
        self.line_fills: Final = line_fills


def _check_levels(onset: tuple[int, ...], abate: tuple[int, ...]) -> None:
    if not 1 <= len(onset) == len(abate) <= 3:
        raise LocalError("give 1 to 3 congestion levels, as many onsets as abatements (Q.704 3.8)")
    before = 0
    for start, end in zip(onset, abate, strict=True):
        if not before <= end < start:
            raise LocalError(
                f"congestion begins at {onset} and ends at {abate} messages; each level must end "
                "below where it begins and not below where the one before begins (Q.704 3.8)"
            )
        before = start
