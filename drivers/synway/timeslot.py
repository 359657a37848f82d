"""A channel of the library as a timeslot."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...board.model import Law
from ..sdk_timeslot import SdkTimeslot
from . import facts
from .calls import SynwayCalls

if TYPE_CHECKING:
    from .board import SynwayBoard


class SynwayTimeslot(SdkTimeslot):
    """One channel. ``ch``: the library's number of it, -1: there is none."""

    LAWS: ClassVar[dict[Law, int]] = {Law.A: facts.A_LAW, Law.MU: facts.MU_LAW}
    CODINGS: ClassVar[dict[str, tuple[int, int]]] = {
        "alaw": (facts.A_LAW, 1),
        "mulaw": (facts.MU_LAW, 1),
        "pcm16": (facts.PCM16, 2),
    }
    STEP_DB: ClassVar[float] = 3.0
    STEPS: ClassVar[tuple[int, int]] = (-7, 6)  # SsmSetPlayVolume
    control: SynwayCalls

    def __init__(self, board: SynwayBoard, span: int, number: int, calls: bool) -> None:
        super().__init__(board, span, number)
        self.control = SynwayCalls(self)
        self.calls = self.control if calls else None
