"""Timers of R2 as rows: line signalling, registers, and those that are ours.

Values and clauses of Q.400 to Q.490 are from memory: the Blue Book's text could not be read here.
openr2 works with them, which shows that they are compatible, not that they are the text's.
"""

from __future__ import annotations

from typing import Final

MS: Final = 1_000_000
"""ns."""

RECOGNITION: Final = 0
ACK: Final = 1
DOUBLE: Final = 2
GUARD: Final = 3
RELEASE: Final = 4
ANSWER: Final = 5
CLEAR_BACK: Final = 6
ALARM: Final = 7
REFUSED: Final = 8
FAULT: Final = 9
METER: Final = 10
PULSE: Final = 11
AGAIN_ON: Final = 12
AGAIN_OFF: Final = 13
ANSWER_DELAY: Final = 14
T1: Final = 15
T2: Final = 16
T3: Final = 17
MF_PULSE: Final = 18
MF_GAP: Final = 19
MF_GUARD: Final = 20
DIGITS: Final = 21
OFFER: Final = 22
START: Final = 23
BREAK: Final = 24
MAKE: Final = 25
INTERDIGIT: Final = 26
DIGIT_END: Final = 27
HANG_UP: Final = 28
DTMF_ON: Final = 29
DTMF_OFF: Final = 30
HOLD: Final = 31


class TimerRow:
    """A timer. Times are ms; ``low`` and ``high`` are what R2Config accepts. ``clause``: whose it
    is, "ours" where no Recommendation has it."""

    def __init__(
        self, number: int, name: str, default: int, low: int, high: int, clause: str, text: str
    ) -> None:
        self.number: Final = number
        self.name: Final = name
        self.default: Final = default
        self.low: Final = low
        self.high: Final = high
        self.clause: Final = clause
        self.text: Final = text


_ROWS: Final = (
    (RECOGNITION, "TREC", 20, 13, 27, "Q.422 3.2.1", "a change of bits counts after"),
    (ACK, "TACK", 2000, 100, 10_000, "Q.422 3.2.2", "wait for seizing-acknowledgement"),
    (DOUBLE, "TDOUBLE", 100, 100, 1000, "Q.422 3.2.7", "double seizure: seizing kept at least"),
    (GUARD, "TGUARD", 100, 0, 2000, "Q.422 3.2.7", "idle this long before we seize again"),
    (RELEASE, "TRELEASE", 0, 0, 2000, "Q.422 3.2.4", "release guard before idle is sent"),
    (ANSWER, "TANSWER", 180_000, 10_000, 900_000, "Q.118 4.3.1", "wait for the answer"),
    (CLEAR_BACK, "T2CB", 60_000, 0, 120_000, "Q.118 4.3.2", "clear forward after clear-back"),
    (ALARM, "TALARM", 10_000, 1000, 120_000, "Q.422 3.2.5", "wait for idle after clear-forward"),
    (REFUSED, "TREFUSED", 30_000, 1000, 600_000, "ours", "wait for clear-forward"),
    (FAULT, "TFAULT", 2000, 100, 60_000, "Q.424", "a faulty code ends a call after"),
    (METER, "TMETER", 0, 0, 1000, "ours", "a clear-back this short is a metering pulse"),
    (PULSE, "TPULSE", 150, 50, 500, "ours", "length of metering pulses that we send"),
    (AGAIN_ON, "TDA1", 1000, 200, 5000, "ours", "double answer: the first answer"),
    (AGAIN_OFF, "TDA2", 1500, 200, 5000, "ours", "double answer: the clear-back"),
    (ANSWER_DELAY, "TADELAY", 150, 0, 2000, "ours", "from the last register signal to answer"),
    (T1, "T1", 15_000, 12_000, 18_000, "Q.476 5.5.1", "forward signal sent at most"),
    (T2, "T2", 24_000, 24_000, 60_000, "Q.476 5.5.1", "no forward signal sent at most"),
    (T3, "T3", 15_000, 8_000, 24_000, "Q.476 5.5.2", "between two forward signals"),
    (MF_PULSE, "TMF", 150, 100, 200, "Q.442 4.2.4", "pulsed signal"),
    (MF_GAP, "TGAP", 100, 100, 1000, "Q.442 4.2.4", "silence before a pulsed signal"),
    (MF_GUARD, "TMFG", 300, 200, 400, "Q.442 4.2.4", "forward signals ignored from its start"),
    (DIGITS, "TDIG", 4000, 500, 20_000, "ours", "no more digits come"),
    (OFFER, "TOFFER", 8000, 500, 12_000, "ours", "the application decides"),
    (START, "TSTART", 200, 0, 5000, "ours", "from seizing-acknowledgement to the first digit"),
    (BREAK, "TBREAK", 60, 30, 100, "Q.23", "decadic: pulse"),
    (MAKE, "TMAKE", 40, 20, 100, "Q.23", "decadic: between pulses"),
    (INTERDIGIT, "TIDP", 800, 400, 2000, "Q.23", "decadic: between digits"),
    (DIGIT_END, "TIDR", 200, 120, 400, "ours", "decadic: a digit is over"),
    (HANG_UP, "THU", 300, 150, 1000, "ours", "decadic: a longer pulse is clear-forward"),
    (DTMF_ON, "TDTMF", 70, 40, 500, "Q.23", "DTMF digit"),
    (DTMF_OFF, "TDTMFP", 70, 40, 500, "Q.23", "between DTMF digits"),
    (HOLD, "THOLD", 40, 0, 100, "ours", "bits are shown at least"),
)
TIMERS: Final = {row[1]: TimerRow(*row) for row in _ROWS}
COUNT: Final = len(_ROWS)
NAMES: Final = tuple(row[1] for row in _ROWS)
