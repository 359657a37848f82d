"""Conference groups of the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...board.media import Conference, Role
from ...board.model import Timeslot
from ...errors import DriverError, LocalError
from .timeslot import SynwayTimeslot

if TYPE_CHECKING:
    from .board import SynwayBoard

MODES: Final = {Role.TALK: 0, Role.HEAR: 2, Role.SPEAK: 3}
"""Modes of SsmJoinConfGroup."""


class SynwayConference(Conference):
    """One group. Coaching is beyond the board, and who talks is not told."""

    def __init__(self, board: SynwayBoard, number: int) -> None:
        self._board: Final = board
        self.number = number
        self._members: dict[SynwayTimeslot, Role] = {}
        self._open = True

    def _where(self) -> str:
        return f"{self._board.address} conference {self.number}"

    def join(
        self, timeslot: Timeslot, role: Role = Role.TALK, coached: Timeslot | None = None
    ) -> None:
        if not isinstance(timeslot, SynwayTimeslot):
            raise LocalError(f"{self._where()}: {timeslot!r} is of another board")
        mode = MODES.get(role)
        if mode is None or coached is not None:
            raise DriverError(f"{self._where()}: this board cannot coach in conferences")
        if timeslot in self._members:
            if self._members[timeslot] is role:
                return
            self.leave(timeslot)
        timeslot.ask("join", self.number, mode)
        self._members[timeslot] = role

    def leave(self, timeslot: Timeslot) -> None:
        if not isinstance(timeslot, SynwayTimeslot) or timeslot not in self._members:
            raise LocalError(f"{timeslot!r} is no member of {self._where()}")
        del self._members[timeslot]
        timeslot.ask("exit")

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        self._members.clear()
        self._board.ask(self._where(), "free_group", self.number)
