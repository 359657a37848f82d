"""The board for trunkd's contract suite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trunkd.board.clock import VirtualClock
from trunkd.board.events import Alarm
from trunkd.board.registry import open_board

from .driver import PatchConfig


def bench(base: type[Any]) -> Callable[[bool], Any]:
    """``base`` is the suite's Bench; the result makes one, with CAS where it is asked for."""

    class PatchBench(base):
        SIGNAL_LOST = (Alarm.LOS,)

        def cut(self) -> None:
            self.board.cut(True)

        def mend(self) -> None:
            self.board.cut(False)

    def make(cas: bool) -> Any:
        board = open_board("patch://bench", PatchConfig(1, 4), VirtualClock())
        made = PatchBench(board, near=1, far=2)
        made.thorough = False  # what is sent is heard after buffer_ms, not in the next block
        return made

    return make
