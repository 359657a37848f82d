"""Unsuccessful backward messages and the causes of Q.850, as rows.

The meanings are those of Q.722 3.4 and of Q.850 2.2.7; no published table of the two together was
to be had (Q.614 and Q.616 have one for ISUP), so the pairs follow the meanings. Several causes
give one message; the way back is ``cause`` of that message's row.
"""

from __future__ import annotations

from typing import Final

from .tup_messages_table import (
    ACB,
    ADI,
    CFL,
    CGC,
    DPN,
    EUM,
    LOS,
    MPR,
    NNC,
    SEC,
    SLB,
    SSB,
    SST,
    STB,
    UNN,
)

NORMAL_CLEARING: Final = 16
USER_BUSY: Final = 17
NO_ANSWER: Final = 19
INCOMPLETE: Final = 28
NORMAL_UNSPECIFIED: Final = 31
NO_CIRCUIT: Final = 34
OUT_OF_ORDER: Final = 27
TEMPORARY_FAILURE: Final = 41
CONGESTION: Final = 42
CIRCUIT_NOT_AVAILABLE: Final = 44
RECOVERY_ON_TIMER: Final = 102
PROTOCOL_ERROR: Final = 111


class CauseRow:
    """A message: the ``cause`` that it is reported as, the ``causes`` that are sent as it."""

    def __init__(self, heading: int, cause: int, causes: tuple[int, ...]) -> None:
        self.heading: Final = heading
        self.cause: Final = cause
        self.causes: Final = causes


ROWS: Final = (
    CauseRow(SEC, 42, (42, 43, 47)),
    CauseRow(CGC, 34, (34, 44)),
    CauseRow(NNC, 38, ()),
    CauseRow(ADI, 28, (28,)),
    CauseRow(CFL, 31, ()),
    CauseRow(SSB, 17, (17,)),
    CauseRow(UNN, 1, (1, 3)),
    CauseRow(LOS, 27, (27,)),
    CauseRow(SST, 4, (4, 21, 22)),
    CauseRow(ACB, 87, (29, 50, 53, 55, 57, 62, 87)),
    CauseRow(DPN, 65, (58, 65, 66, 70, 88)),
    CauseRow(MPR, 5, (5,)),
    CauseRow(EUM, 31, ()),
    CauseRow(SLB, 17, ()),
    CauseRow(STB, 17, ()),
)
"""A cause that no row has goes as CFL, call failure."""

CAUSE_OF: Final[dict[int, int]] = {row.heading: row.cause for row in ROWS}
HEADING_OF: Final[dict[int, int]] = {c: row.heading for row in ROWS for c in row.causes}
EUM_SUBSCRIBER_BUSY: Final = 1


def cause_of(heading: int, indicator: int = 0) -> int:
    """The cause an unsuccessful backward message says; ``indicator``: that of EUM."""
    if heading == EUM and indicator == EUM_SUBSCRIBER_BUSY:
        return USER_BUSY
    return CAUSE_OF.get(heading, NORMAL_UNSPECIFIED)
