"""What only osmo-e1d's lines report."""

from __future__ import annotations

from dataclasses import dataclass

from ...board.events import BoardEvent


@dataclass(init=False)
class ServerChanged(BoardEvent):
    """The server at the control socket went away (every span has Alarm.LOS then) or came back."""

    __slots__ = ("present",)
    present: bool

    def __init__(self, time: int, present: bool) -> None:
        self.time = time
        self.present = present


@dataclass(init=False)
class TimeslotChanged(BoardEvent):
    """The server closed an open timeslot (another program took it), or gave it back."""

    __slots__ = ("carried", "span", "timeslot")
    span: int
    timeslot: int
    carried: bool

    def __init__(self, time: int, span: int, timeslot: int, carried: bool) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.carried = carried
