"""A station's message waiting at the message desk: what answers the inputs of its machine.

SMDI acknowledges nothing: a request that is not refused within ``answer`` is taken for done. BLK
says that the exchange cannot do it now, so it is tried again later; INV that there is no such
number, which is asked once more, since noise on the line makes other numbers of numbers.
lamps_table.py draws the machine, waiting.py feeds it.
"""

from __future__ import annotations

from typing import Final

from ..call import SignallingEvent
from . import lamps_states as s
from .events import LampChanged

NEVER: Final = 1 << 62

INVALID_TRIES: Final = 2
"""How often a number that the exchange calls invalid is asked for."""


class LampTimes:
    """``pace``: ns between two requests; ``answer``: ns in which one is refused, if it is;
    ``retry``: ns before one that was blocked is tried again, ``tries`` times in all."""

    def __init__(self, pace: int, answer: int, retry: int, tries: int) -> None:
        self.pace: Final = pace
        self.answer: Final = answer
        self.retry: Final = retry
        self.tries: Final = tries


class Lamp:
    """A station. ``on``: what is wanted."""

    def __init__(self, number: str, times: LampTimes, happened: list[SignallingEvent]) -> None:
        self.number: Final = number
        self.times: Final = times
        self.happened: Final = happened
        self.on: bool = False
        self.state: int = s.DONE
        self.why: str = ""
        """Why it is blocked or failed."""
        self.tried: int = 0
        self.due: int = NEVER

    def become(self, state: int, due: int, why: str = "") -> None:
        self.state = state
        self.due = due
        self.why = why
        self.happened.append(LampChanged(self.number, self.on, state, why))


# What answers the inputs: (lamp, now)


def want(lamp: Lamp, now: int) -> None:
    """The application wants it on or off: the last one wins."""
    lamp.tried = 0
    lamp.become(s.WANTED, NEVER)


def send(lamp: Lamp, now: int) -> None:
    """It goes on the line."""
    lamp.tried += 1
    lamp.become(s.SENT, now + lamp.times.answer)


def done(lamp: Lamp, now: int) -> None:
    """Nobody refused it."""
    lamp.become(s.DONE, NEVER)


def invalid(lamp: Lamp, now: int) -> None:
    """The exchange knows no such number."""
    if lamp.tried < INVALID_TRIES:
        lamp.become(s.WANTED, NEVER)
    else:
        lamp.become(s.FAILED, NEVER, "the exchange knows no such number (INV)")


def blocked(lamp: Lamp, now: int) -> None:
    """The exchange cannot do it now."""
    if lamp.tried < lamp.times.tries:
        lamp.become(s.BLOCKED, now + lamp.times.retry, "the exchange cannot do it now (BLK)")
    else:
        why = f"the exchange could not do it {lamp.tried} times (BLK)"
        lamp.become(s.FAILED, NEVER, why)


def doubt(lamp: Lamp, now: int) -> None:
    """The exchange got a number that nobody sent: this may be the one that was damaged."""
    if lamp.tried < lamp.times.tries:
        lamp.become(s.WANTED, NEVER)


def retry(lamp: Lamp, now: int) -> None:
    """It was blocked: try again."""
    lamp.become(s.WANTED, NEVER)


def again(lamp: Lamp, now: int) -> None:
    """The line is lost, or back: the exchange may not have it."""
    lamp.tried = 0
    lamp.become(s.WANTED, NEVER)
