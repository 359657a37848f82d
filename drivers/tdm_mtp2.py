"""Events and counters of timeslots with MTP2's signal units (HdlcConfig.mtp2)."""

from __future__ import annotations

from typing import Final

from ..board.events import BoardEvent, SignalUnitErrors, SignalUnitReceived, TransmitLow
from ..native import wrap_mtp2 as native

KINDS: Final = frozenset({native.EVENT_SU, native.EVENT_SU_ERRORS, native.EVENT_TX_LOW})


class SignalUnitCounts:
    """The engine tells running counts, so that lost events lose none of them; these are the last
    ones told, a pair for each timeslot."""

    def __init__(self) -> None:
        self._told: Final[dict[int, tuple[int, int, int]]] = {}
        """By span and timeslot: which opening of it, signal units, errors."""

    def event(
        self,
        kind: int,
        time: int,
        span: int,
        timeslot: int,
        opening: int,
        sus: int,
        errors: int,
        frame: bytes,
    ) -> BoardEvent:
        """The board's event of one of KINDS."""
        if kind == native.EVENT_TX_LOW:
            return TransmitLow(time, span, timeslot)
        where = span << 5 | timeslot
        last, last_sus, last_errors = self._told.get(where, (opening, 0, 0))
        if last != opening:
            last_sus = last_errors = 0
        self._told[where] = opening, sus, errors
        if kind == native.EVENT_SU:
            return SignalUnitReceived(time, span, timeslot, frame, sus - last_sus)
        failed = (errors - last_errors) & 0xFFFFFFFF
        return SignalUnitErrors(time, span, timeslot, failed, sus - last_sus)
