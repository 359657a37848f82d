"""Conference groups of a maker's library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from ..board.media import Conference, Role
from ..board.model import Timeslot
from ..errors import DriverError, LocalError
from .sdk_timeslot import SdkTimeslot

if TYPE_CHECKING:
    from .sdk_board import SdkBoard


class SdkConference(Conference):
    """One group. ``modes``: the library's numbers of roles. Coaching is beyond such boards, and who
    talks is not told."""

    def __init__(self, board: SdkBoard, number: int, modes: Mapping[Role, int]) -> None:
        self._board: Final = board
        self.number = number
        self._modes: Final = modes
        self._members: dict[SdkTimeslot, Role] = {}
        self._open = True
        self._life: Final = board.lives

    def _where(self) -> str:
        return f"{self._board.address} conference {self.number}"

    def _is_there(self) -> bool:
        """A library that was started again has none of its groups, or others by their numbers."""
        return self._life == self._board.lives

    def join(
        self, timeslot: Timeslot, role: Role = Role.TALK, coached: Timeslot | None = None
    ) -> None:
        if not isinstance(timeslot, SdkTimeslot):
            raise LocalError(f"{self._where()}: {timeslot!r} is of another board")
        mode = self._modes.get(role)
        if mode is None or coached is not None:
            raise DriverError(f"{self._where()}: this board cannot coach in conferences")
        if not self._is_there():
            raise DriverError(
                f"{self._where()} ended with the library, which was started again: open another"
            )
        if timeslot in self._members:
            if self._members[timeslot] is role:
                return
            self.leave(timeslot)
        timeslot.ask("join", self.number, mode)
        self._members[timeslot] = role

    def leave(self, timeslot: Timeslot) -> None:
        if not isinstance(timeslot, SdkTimeslot) or timeslot not in self._members:
            raise LocalError(f"{timeslot!r} is no member of {self._where()}")
        del self._members[timeslot]
        if self._is_there():
            timeslot.ask("exit")

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        self._members.clear()
        if self._is_there():
            self._board.ask(self._where(), "free_group", self.number)
