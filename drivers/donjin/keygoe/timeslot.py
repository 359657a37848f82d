"""A channel of the service as a timeslot."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, ClassVar

from ....board.model import Law
from ....errors import DriverError
from ...sdk_timeslot import SdkTimeslot
from . import facts
from .calls import KeygoeCalls

if TYPE_CHECKING:
    from .board import KeygoeBoard


class KeygoeTimeslot(SdkTimeslot):
    """One interface channel. While it is open it has a voice device of its module."""

    LAWS: ClassVar[dict[Law, int]] = {Law.A: facts.A_LAW, Law.MU: facts.MU_LAW}
    CODINGS: ClassVar[dict[str, tuple[int, int]]] = {
        "alaw": (facts.A_LAW, 1),
        "mulaw": (facts.MU_LAW, 1),
        "pcm16": (facts.LINEAR16, 2),
    }
    control: KeygoeCalls

    def __init__(self, board: KeygoeBoard, span: int, number: int, calls: bool) -> None:
        super().__init__(board, span, number)
        self._exchange = board.exchange
        self.control = KeygoeCalls(self)
        self.calls = self.control if calls else None

    def open_voice(self, law: Law = Law.A, idle: int | None = None) -> None:
        super().open_voice(law, idle)
        try:
            self.ask("open_voice")
        except DriverError:
            self._open = False
            raise

    def close(self) -> None:
        was = self._open
        super().close()
        if was and self.ch >= 0:
            with contextlib.suppress(DriverError):
                self.ask("close_voice")

    def reopen(self) -> None:
        """The library is there again: the voice device that an open channel had."""
        if self._open:
            with contextlib.suppress(DriverError):
                self.ask("open_voice")

    def _path(self) -> str:
        serial = self._board.next_serial()
        name = f"r{os.getpid()}-{self.span}-{self.number}-{serial}.raw"
        return os.path.join(self._exchange, name)
