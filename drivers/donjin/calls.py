"""A channel's calls: what the child process tells becomes events of board/call_control.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ...board.call_control import (
    CallAnswered,
    CallArrived,
    CallEnded,
    CallProgressing,
    ChannelCondition,
    ConditionChanged,
    LineType,
)
from ...board.events import BoardEvent
from ...errors import DriverError
from ..sdk_timeslot import SdkCalls
from . import facts

if TYPE_CHECKING:
    from .timeslot import DonjinTimeslot

STEP_CONDITIONS: Final = {
    facts.BLOCKED: ChannelCondition.BLOCKED_HERE,
    facts.DISABLED: ChannelCondition.OUT_OF_SERVICE,
}


class DonjinCalls(SdkCalls):
    """Call control of one channel. Analog lines give no called number."""

    def __init__(self, slot: DonjinTimeslot) -> None:
        self._slot: Final = slot
        self.line = LineType.OTHER
        self.kind = facts.EMPTY
        self.call = False
        self.answered = False
        self.step = facts.FREE
        """Of an E1 trunk."""
        self.rest = ChannelCondition.IDLE
        """Its condition when it has no call."""
        self.fault = "the library is not running"
        """Why the channel is of no use; "" when it is."""

    def exists(self, kind: int) -> None:
        """The library has this channel."""
        self.kind = kind
        self.line = facts.KINDS[kind].line
        self.fault = ""
        self.call = self.answered = False
        self.step, self.rest = facts.FREE, ChannelCondition.IDLE

    def condition(self) -> ChannelCondition:
        if self.fault:
            return ChannelCondition.OUT_OF_SERVICE
        return ChannelCondition.BUSY if self.call else self.rest

    def state_text(self) -> str:
        if self.fault:
            return self.fault
        name = facts.KINDS[self.kind].name
        if self.kind == facts.E1:
            return f"{facts.STEPS.get(self.step, f'step {self.step}')} ({name})"
        call = "connected" if self.answered else "call" if self.call else "idle"
        return f"{call} ({name})"

    # Commands

    def _ask(self, what: str, *values: Any) -> Any:
        if self.fault:
            raise DriverError(f"{self._slot.where()}: {self.fault}")
        return self._slot.ask(what, *values)

    def dial(self, called: str, calling: str = "") -> None:
        """On analog lines the caller's number is the line's own: ``calling`` is not sent."""
        if self.call:
            raise DriverError(f"{self._slot.where()} has a call: hang up first")
        self._ask("dial", called, calling)
        self.call, self.answered = True, False

    def alert(self) -> None:
        """The card does it by itself (DJSys_EnableAutoKB)."""

    def answer(self) -> None:
        self._ask("answer")

    def hang_up(self, cause: int = 16) -> None:
        """The library has no call that gives a cause."""
        self._ask("hang_up")

    def block(self, on: bool) -> None:
        self._ask("block", on)
        self.rest = ChannelCondition.BLOCKED_HERE if on else ChannelCondition.IDLE
        if not self.call:
            self._rests()

    # What the library tells

    def _when(self) -> tuple[int, int, int]:
        return self._slot.now(), self._slot.span, self._slot.number

    def _tell(self, event: BoardEvent) -> None:
        self._slot.tell(event)

    def _rests(self) -> None:
        self._tell(ConditionChanged(*self._when(), self.condition(), self.state_text()))

    def told(self, what: str, values: list[Any]) -> None:
        """An event of the child process (protocol.py)."""
        if what == "arrived":
            self.call, self.answered = True, False
            self._tell(CallArrived(*self._when(), *values))
        elif what == "progress":
            self._tell(CallProgressing(*self._when(), *values))
        elif what == "answered":
            self.answered = True
            self._tell(CallAnswered(*self._when(), *values))
        elif what == "ended":
            self._ended(*values)
        elif what == "step":
            self._stepped(*values)

    def _ended(self, cause: int, far: bool, idle: bool, how: str) -> None:
        analog = self.line is LineType.ANALOG_TRUNK
        how = how if analog and not self.answered else ""
        if idle:
            self.call = self.answered = False
        self._tell(CallEnded(*self._when(), cause, far, idle, how))
        if idle:
            self._rests()

    def _stepped(self, step: int) -> None:
        self.step = step
        rest = STEP_CONDITIONS.get(step, ChannelCondition.IDLE)
        if rest is not self.rest and not self.call and step in (facts.FREE, *STEP_CONDITIONS):
            self.rest = rest
            self._rests()

    def lost(self, why: str) -> None:
        self.fault = why
        self.call = self.answered = False
        self._tell(ConditionChanged(*self._when(), ChannelCondition.OUT_OF_SERVICE, why))

    def back(self) -> None:
        self._rests()
