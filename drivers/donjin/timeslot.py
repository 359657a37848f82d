"""A channel of the library as a timeslot."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...board.model import Law
from ..sdk_timeslot import SdkTimeslot
from . import facts
from .calls import DonjinCalls

if TYPE_CHECKING:
    from .board import DonjinBoard


class DonjinTimeslot(SdkTimeslot):
    """One channel. ``ch``: the library's number of it, -1: there is none. What it plays is turned
    into the library's law; a recording is in that law alone."""

    HEADER: ClassVar[int] = facts.WAVE_HEADER
    PAUSES: ClassVar[bool] = False
    control: DonjinCalls

    def __init__(self, board: DonjinBoard, span: int, number: int, calls: bool) -> None:
        super().__init__(board, span, number)
        self.control = DonjinCalls(self)
        self.calls = self.control if calls else None


class ALawTimeslot(DonjinTimeslot):
    """Of a library that codes by A-law."""

    LAWS: ClassVar[dict[Law, int]] = {Law.A: 0}
    CODINGS: ClassVar[dict[str, tuple[int, int]]] = {"alaw": (0, 1)}


class MuLawTimeslot(DonjinTimeslot):
    """Of a library that codes by mu-law."""

    LAWS: ClassVar[dict[Law, int]] = {Law.MU: 0}
    CODINGS: ClassVar[dict[str, tuple[int, int]]] = {"mulaw": (0, 1)}
