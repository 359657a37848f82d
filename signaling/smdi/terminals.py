"""A line of the message desk: its call, its message, and what answers the inputs of its machine.

terminals_table.py draws the machine, matching.py feeds it.
"""

from __future__ import annotations

from typing import Final

from ..call import SignallingEvent
from . import terminals_states as s
from .codec import CallHistory
from .events import CallIdentified, CallUnidentified, HistoryUnmatched, Terminal

NEVER: Final = 1 << 62


class Shared:
    """What the terminals of a line share. ``hold``: ns that a call waits for its message;
    ``window``: ns that a message waits for its call, and a call may still have one."""

    def __init__(self, hold: int, window: int) -> None:
        self.hold: Final = hold
        self.window: Final = window
        self.happened: list[SignallingEvent] = []
        self.counts: list[str] = []
        """What is to be counted; to be taken."""


class Place:
    """A terminal."""

    def __init__(self, desk: Shared, terminal: Terminal) -> None:
        self.desk: Final = desk
        self.terminal: Final = terminal
        self.state: int = s.IDLE
        self.waiting: CallHistory | None = None
        """The message that has no call yet."""
        self.last: CallHistory | None = None
        """The last one that was taken, while the same again can only be a double."""
        self.last_at: int = 0
        self.offered_at: int = 0
        self.due: int = NEVER


# What answers the inputs: (place, history, now)


def expect(place: Place, history: CallHistory, now: int) -> None:
    """A message without a call: keep it for the next one."""
    if place.waiting is not None:
        place.desk.counts.append("replaced")
        place.desk.happened.append(HistoryUnmatched(place.waiting, "replaced"))
    place.waiting = place.last = history
    place.last_at = now
    place.due = now + place.desk.window
    place.state = s.EXPECTED if place.state in (s.IDLE, s.EXPECTED) else s.NEXT


def double(place: Place, history: CallHistory, now: int) -> None:
    """The same message again: the line or the exchange doubled it."""
    place.desk.counts.append("doubled")


def meet(place: Place, history: CallHistory | None, now: int) -> None:
    """A call, and its message was here before."""
    waiting = place.waiting
    assert waiting is not None
    place.waiting = None
    place.due = NEVER
    place.state = s.BUSY
    place.desk.counts.append("matched")
    place.desk.happened.append(CallIdentified(place.terminal, waiting, False))


def identify(place: Place, history: CallHistory, now: int) -> None:
    """The message, and its call was here before."""
    late = place.state == s.LATE
    place.last = history
    place.last_at = now
    place.due = NEVER
    place.state = s.BUSY
    place.desk.counts.append("late" if late else "matched")
    place.desk.happened.append(CallIdentified(place.terminal, history, late))


def offer(place: Place, history: CallHistory | None, now: int) -> None:
    """A call without a message so far."""
    place.last = None
    place.offered_at = now
    if place.desk.hold:
        place.state = s.HELD
        place.due = now + place.desk.hold
    else:
        go_on(place, None, now)


def go_on(place: Place, history: CallHistory | None, now: int) -> None:
    """The call has waited long enough."""
    place.state = s.LATE
    place.due = max(now, place.offered_at + place.desk.window)
    place.desk.counts.append("without")
    place.desk.happened.append(CallUnidentified(place.terminal))


def give_up(place: Place, history: CallHistory | None, now: int) -> None:
    """What comes now is not this call's."""
    place.state = s.BUSY


def expire(place: Place, history: CallHistory | None, now: int) -> None:
    """No call came for the message."""
    waiting = place.waiting
    assert waiting is not None
    place.waiting = place.last = None
    place.state = s.IDLE if place.state == s.EXPECTED else s.BUSY
    place.desk.counts.append("expired")
    place.desk.happened.append(HistoryUnmatched(waiting, "expired"))


def end(place: Place, history: CallHistory | None, now: int) -> None:
    """The call is over; a message for the next one stays."""
    if place.state == s.NEXT:
        place.state = s.EXPECTED
        return
    place.last = None
    place.due = NEVER
    place.state = s.IDLE
