"""What playing and recording have in common: reasons, tags, and beginning after a stop."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ..board.events import MediaEnd
from ..errors import LocalError

if TYPE_CHECKING:
    from .media_channel import MediaChannel

Done = Callable[[Exception | None], None]
"""Called once: it plays, records or collects, or why not."""

REASONS: Final = {
    MediaEnd.COMPLETE: "complete",
    MediaEnd.STOPPED: "stopped",
    MediaEnd.DIGIT: "digit",
    MediaEnd.SILENCE: "silence",
    MediaEnd.ERROR: "failed",
    MediaEnd.VOICE: "voice",
    MediaEnd.DAMAGED: "damaged",
}
LOOK: Final = 0.5
"""Seconds between two looks at what may have ended unnoticed."""
UNNOTICED: Final = "the board lost the event of its end"
CALL_ENDED: Final = "the call ended"

_tags: Final = itertools.count(1)


def next_tag() -> int:
    """A number by which the board's event of an end is known to be of this playing or recording."""
    return next(_tags)


class Stoppable:
    """Work that ends some time after it was told to: the board tells when, or a disk is slow.

    Whoever begins the same kind of work meanwhile waits, so that an application may say stop and
    begin in one breath.
    """

    def __init__(self) -> None:
        self.stopping = False
        self._waiting: tuple[Callable[[], None], Done] | None = None

    def wait(self, begin: Callable[[], None], refuse: Done) -> bool:
        """``begin`` will be called when this has ended. False: it goes on, or another waits."""
        if not self.stopping or self._waiting is not None:
            return False
        self._waiting = begin, refuse
        return True

    def let_begin(self, error: LocalError | None = None) -> None:
        """It has ended; with ``error`` nothing can begin any more."""
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return
        begin, refuse = waiting
        if error is None:
            begin()
        else:
            refuse(error)


def after_stop(channel: MediaChannel, kind: str, begin: Callable[[], None], refuse: Done) -> None:
    """Begin now, or when work of that kind that is being stopped has ended."""
    current = channel.work.get(kind)
    if not isinstance(current, Stoppable) or not current.wait(begin, refuse):
        begin()
