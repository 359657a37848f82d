"""Which circuit a call gets (Q.724 2), and what is known of each circuit."""

from __future__ import annotations

from typing import Final

from .tup_config import TupConfig

MAINTENANCE: Final = 1
HARDWARE: Final = 2
SOFTWARE: Final = 4
"""Why a circuit is blocked: BLO and MGB, HGB, SGB. Each is undone by its own message only."""


class Pool:
    """Idle circuits in the order that the selection wants.

    For "controlled" and "longest_idle" a dict keeps them in the order in which they became idle;
    for the other policies a set of CICs is an integer with bit ``n`` for CIC ``n``.
    """

    def __init__(self, config: TupConfig) -> None:
        self._ordered: Final = config.selection in ("controlled", "longest_idle")
        self._split: Final = config.selection == "controlled"
        self._descending: Final = config.selection == "descending"
        self._cyclic: Final = config.selection == "cyclic"
        self._last = 0
        self._bits: int = 0
        self._own: Final[dict[int, bool]] = {}
        self._others: Final[dict[int, bool]] = {}
        self._controlled: Final = frozenset(c for c in config.circuits if config.is_controlled(c))

    def add(self, cic: int) -> None:
        """It is idle now."""
        self._bits |= 1 << cic
        if self._ordered:
            group = self._group(cic)
            if cic not in group:
                group[cic] = True

    def remove(self, cic: int) -> None:
        """No call may have it now."""
        self._bits &= ~(1 << cic)
        if self._ordered:
            self._group(cic).pop(cic, None)

    def _group(self, cic: int) -> dict[int, bool]:
        return self._own if not self._split or cic in self._controlled else self._others

    def has(self, cic: int) -> bool:
        """May a call have it?"""
        return bool(self._bits >> cic & 1)

    def choose(self) -> int:
        """The circuit whose turn it is, 0 when none is idle. Takes nothing."""
        idle = self._bits
        if not idle:
            return 0
        if self._ordered:
            for cic in self._own:
                return cic
            for cic in reversed(self._others):
                return cic
        if self._descending:
            return idle.bit_length() - 1
        if self._cyclic:
            above = idle >> (self._last + 1) << (self._last + 1)
            if above:
                idle = above
        return (idle & -idle).bit_length() - 1

    def taken(self, cic: int) -> None:
        """A call has it: the next in turn is the one behind."""
        self._last = cic

    def __len__(self) -> int:
        return self._bits.bit_count()


def runs(cics: tuple[int, ...], longest: int) -> list[tuple[int, ...]]:
    """Circuits in runs without gaps, each at most ``longest``: what one group message names."""
    out: list[tuple[int, ...]] = []
    run: list[int] = []
    for cic in sorted(cics):
        if run and (cic != run[-1] + 1 or len(run) == longest):
            out.append(tuple(run))
            run = []
        run.append(cic)
    if run:
        out.append(tuple(run))
    return out
