"""Sound of lines that is the engine's: tones, register signals, what it listens for; and that of
applications beside it, which waits until the engine's has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ..board.media import Listen

if TYPE_CHECKING:
    from .trunk_line import LineTrunk

BY_LINE: Final = "line"
"""Who has a timeslot open for the engine."""


class LineSound:
    """Opens timeslots for the engine, beside the calls that have them open."""

    def __init__(self, trunk: LineTrunk) -> None:
        self._trunk: Final = trunk
        self.kinds: Final[dict[int, Listen]] = {}
        self._waiting: Final[dict[int, list[Callable[[], None]]]] = {}
        """By channel: what applications play when the line's own sound has ended."""

    def open(self, channel: int) -> None:
        self._trunk.open_voice(channel, BY_LINE)

    def close(self, channel: int) -> None:
        self.kinds.pop(channel, None)
        self._trunk.close_voice(channel, BY_LINE)

    def listen(self, channel: int, kinds: Listen) -> None:
        self.kinds[channel] = kinds
        self.apply(channel)

    def apply(self, channel: int) -> None:
        """Let the board listen for what the engine and, with a call, the application want."""
        kinds = self.kinds.get(channel, Listen.NONE)
        trunk = self._trunk
        call = trunk.by_channel.get(channel)
        media = trunk.node.media.of_call(call.call_id) if call is not None else None
        if media is not None:
            media.want(BY_LINE, kinds)
        elif trunk.is_open(channel):
            trunk.timeslot(channel).listen(kinds)

    def after(self, channel: int, begin: Callable[[], None]) -> bool:
        """An application plays: at once (False), or when the tone that the engine has ended
        (ringback at the answer) is off the board, which takes a block and more."""
        if not self._trunk.port.ending(channel):
            return False
        self._waiting.setdefault(channel, []).append(begin)
        return True

    def let_play(self) -> None:
        """Something may have ended."""
        port = self._trunk.port
        for channel in [c for c in self._waiting if not port.ending(c)]:
            for begin in self._waiting.pop(channel):
                begin()
