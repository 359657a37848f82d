"""Call control by the board: an SDK board runs its lines' signalling itself and takes commands.

``Timeslot.calls`` has one where the board does so; elsewhere trunkd's own engines do the signalling
and it is None. Causes are Q.850 values, times board time in ns. A channel has one call at a time.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Final

from ..errors import DriverError
from .events import BoardEvent


class LineType(enum.Enum):
    """What a channel's line is, as far as the board says."""

    ANALOG_TRUNK = "analog trunk"
    STATION = "station"
    PRI = "pri"
    TUP = "tup"
    ISUP = "isup"
    R2 = "r2"
    CAS = "cas"
    RECORDING = "recording"
    OTHER = "other"


class ChannelCondition(enum.Enum):
    """A channel's own condition, beside its call."""

    IDLE = "idle"
    BUSY = "busy"
    BLOCKED_HERE = "blockedHere"
    BLOCKED_THERE = "blockedThere"
    OUT_OF_SERVICE = "outOfService"


@dataclass(init=False)
class ControlEvent(BoardEvent):
    """Base: something happened to a channel's call."""

    __slots__ = ("span", "timeslot")
    span: int
    timeslot: int


@dataclass(init=False)
class CallArrived(ControlEvent):
    """A call comes in. ``complete`` False: more digits of the called number follow."""

    __slots__ = ("called", "calling", "category", "complete", "name")
    called: str
    calling: str
    name: str
    category: int
    complete: bool

    def __init__(
        self,
        time: int,
        span: int,
        timeslot: int,
        called: str = "",
        calling: str = "",
        name: str = "",
        category: int = 10,
        complete: bool = True,
    ) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.called = called
        self.calling = calling
        self.name = name
        self.category = category
        self.complete = complete


@dataclass(init=False)
class NumberGrew(ControlEvent):
    """More digits of the called number came; ``complete``: these were the last."""

    __slots__ = ("complete", "digits")
    digits: str
    complete: bool

    def __init__(self, time: int, span: int, timeslot: int, digits: str, complete: bool) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.digits = digits
        self.complete = complete


@dataclass(init=False)
class CallProgressing(ControlEvent):
    """Our call was sent (``alerting`` False), or the called party is being told (True)."""

    __slots__ = ("alerting",)
    alerting: bool

    def __init__(self, time: int, span: int, timeslot: int, alerting: bool) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.alerting = alerting


@dataclass(init=False)
class CallAnswered(ControlEvent):
    """The call is answered, whoever began it. ``how``: as CallConnected.how (signaling/call.py)."""

    __slots__ = ("how",)
    how: str

    def __init__(self, time: int, span: int, timeslot: int, how: str = "") -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.how = how


@dataclass(init=False)
class CallEnded(ControlEvent):
    """The call is over, or our attempt failed. ``far``: the far end ended it; the channel waits for
    ``hang_up`` (its tones can be heard) unless ``idle`` says that it is free already."""

    __slots__ = ("cause", "far", "how", "idle")
    cause: int
    far: bool
    idle: bool
    how: str

    def __init__(
        self,
        time: int,
        span: int,
        timeslot: int,
        cause: int,
        far: bool,
        idle: bool,
        how: str = "",
    ) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.cause = cause
        self.far = far
        self.idle = idle
        self.how = how


@dataclass(init=False)
class ConditionChanged(ControlEvent):
    """The channel's own condition."""

    __slots__ = ("condition", "text")
    condition: ChannelCondition
    text: str
    """The board's own word for it."""

    def __init__(
        self, time: int, span: int, timeslot: int, condition: ChannelCondition, text: str = ""
    ) -> None:
        self.time = time
        self.span = span
        self.timeslot = timeslot
        self.condition = condition
        self.text = text


CONTROL_EVENTS: Final = (
    CallArrived,
    NumberGrew,
    CallProgressing,
    CallAnswered,
    CallEnded,
    ConditionChanged,
)


class CallControl(ABC):
    """Commands to one channel. DriverError: the board refused, with its own code and words."""

    line: LineType

    @abstractmethod
    def condition(self) -> ChannelCondition: ...

    @abstractmethod
    def state_text(self) -> str:
        """The board's own word for the channel's state, for people."""

    @abstractmethod
    def dial(self, called: str, calling: str = "") -> None:
        """Seize the idle channel and call; CallProgressing, CallAnswered or CallEnded follow."""

    @abstractmethod
    def alert(self) -> None:
        """Incoming: tell the caller that it rings, where the line has a signal for it."""

    @abstractmethod
    def answer(self) -> None:
        """Incoming: answer; CallAnswered follows."""

    @abstractmethod
    def hang_up(self, cause: int = 16) -> None:
        """End or refuse the call; CallEnded or ConditionChanged(IDLE) follows."""

    def block(self, on: bool) -> None:
        """Take the channel out of service, where the board can."""
        raise DriverError("this board cannot block channels")
