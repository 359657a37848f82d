"""What a training of an exchange line has found out (fxo_train.py)."""

from __future__ import annotations

from typing import Final

from .impedances import ROWS, SAME


class Training:
    """What is known so far. ``row``: of those to be tried, -1 before, ``len(rows)`` behind."""

    def __init__(self) -> None:
        self.rows: Final = [row for row in ROWS if row not in SAME]
        self.row: int = -1
        self.found: Final[list[float]] = []
        """dB of echo return loss by row."""
        self.looks: int = 0
        self.sounding: bool = False

    def best(self) -> int:
        """The row with the greatest loss, the first of equal ones."""
        best = 0
        for n, loss in enumerate(self.found):
            if loss > self.found[best] + 0.01:
                best = n
        return best
