"""A channel's calls: the library's events become events of board/call_control.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ....board.call_control import (
    CallAnswered,
    CallArrived,
    CallEnded,
    CallProgressing,
    ChannelCondition,
    ConditionChanged,
    LineType,
)
from ....board.events import BoardEvent
from ....errors import DriverError
from ...sdk_timeslot import SdkCalls
from . import facts

if TYPE_CHECKING:
    from .timeslot import KeygoeTimeslot

NONE: Final = 0
INCOMING: Final = 1
OUTGOING: Final = 2
"""Whose call is on the channel."""


class KeygoeCalls(SdkCalls):
    """Call control of one channel.

    A call that the far end has ended becomes free by itself (S): CallEnded is told when it has. An
    analog trunk alone only hears busy tone, and waits for our hang_up.
    """

    def __init__(self, slot: KeygoeTimeslot) -> None:
        self._slot: Final = slot
        self.line = LineType.OTHER
        self.sub = facts.UNUSABLE
        self.state = facts.UNAVAILABLE
        self.call = NONE
        self.answered = False
        self.alerted = False
        self.cause = 0
        """Why it is over, once that is known."""
        self.fault = "the library is not running"
        """Why the channel is of no use; "" when it is."""

    # What it is

    def exists(self, sub: int, state: int) -> None:
        """The service has this channel."""
        self.sub = sub
        self.line = facts.LINE_TYPES.get(sub, LineType.OTHER)
        self.state = state
        self.fault = ""
        self._none()

    def absent(self) -> None:
        """The service runs, and has no channel there."""
        self.exists(facts.UNUSABLE, facts.UNAVAILABLE)
        self.fault = "the service has no channel there"

    def _none(self) -> None:
        self.call, self.answered, self.alerted, self.cause = NONE, False, False, 0

    def condition(self) -> ChannelCondition:
        if self.fault:
            return ChannelCondition.OUT_OF_SERVICE
        if self.call != NONE:
            return ChannelCondition.BUSY
        return facts.state_of(self.state).condition

    def state_text(self) -> str:
        if self.fault:
            return self.fault
        kind = facts.SUB_NAMES.get(self.sub, f"type {self.sub}")
        return f"{facts.state_of(self.state).name} ({kind})"

    @property
    def _analog(self) -> bool:
        return self.sub == facts.ANALOG_TRUNK

    # Commands

    def _ask(self, what: str, *values: Any) -> Any:
        if self.fault:
            raise DriverError(f"{self._slot.where()}: {self.fault}")
        return self._slot.ask(what, *values)

    def dial(self, called: str, calling: str = "") -> None:
        if self.call != NONE:
            raise DriverError(f"{self._slot.where()} has a call: hang up first")
        self.call, self.answered, self.cause = OUTGOING, False, 0
        try:
            self._ask("dial", called, calling)
        except DriverError:
            self._none()
            raise
        if self.sub == facts.ANALOG_USER:
            self._tell(CallProgressing(*self._when(), True))

    def alert(self) -> None:
        if self.call == INCOMING and not self.alerted:
            self._ask("alert")
            self.alerted = True

    def answer(self) -> None:
        """Published programs let it ring first, always."""
        self.alert()
        self._ask("answer")

    def hang_up(self, cause: int = 16) -> None:
        if self.call == NONE or (self.cause and not self._analog):
            return  # the channel becomes free by itself, or is
        self._ask("hang_up", cause)

    def block(self, on: bool) -> None:
        self._ask("block", on)

    # What the library tells

    def _when(self) -> tuple[int, int, int]:
        return self._slot.now(), self._slot.span, self._slot.number

    def _tell(self, event: BoardEvent) -> None:
        self._slot.tell(event)

    def came(self, called: str, calling: str) -> None:
        if self.call != NONE and self.cause == 0 and self.state != facts.FREE:
            return  # told twice
        if self.call != NONE:
            self._over(True)
        self.call, self.answered, self.alerted, self.cause = INCOMING, False, False, 0
        self._slot.hanging = False
        self._tell(CallArrived(*self._when(), called, calling, ""))

    def dialled(self, good: bool, cause: int) -> None:
        """Our call was answered, or did not get through. An analog trunk has only dialled."""
        if self.call != OUTGOING or self.answered:
            return
        if not good:
            self.cause = facts.cause_of(cause, True)
            self._settle()
        elif self._analog:
            self._tell(CallProgressing(*self._when(), False))
        else:
            self._answered("")

    def _answered(self, how: str) -> None:
        if not self.answered:
            self.answered = True
            self._tell(CallAnswered(*self._when(), how))

    def answer_done(self, good: bool) -> None:
        if self.call != INCOMING or self.cause:
            return
        if good:
            self._answered("")
        else:
            self.cause = 41
            self._settle()

    def cleared(self, cause: int) -> None:
        if self.call != NONE and not self.cause:
            self.cause = facts.cause_of(cause, False)
            self._settle()

    def failed(self, error: int) -> None:
        """A command for the channel did not do: a call that is being made is over."""
        if self.call == OUTGOING and not self.answered:
            self.cause = 41
            self._settle()

    def tone(self, sign: str) -> None:
        """Tones on an analog trunk: ringback, its end, busy."""
        if not self._analog or self.call == NONE or self.cause:
            return
        if sign == facts.RINGBACK and self.call == OUTGOING and not self.answered:
            self._tell(CallProgressing(*self._when(), True))
        elif sign == facts.RINGBACK_OVER and self.call == OUTGOING:
            self._answered("voice")
        elif sign in facts.BUSY:
            self.cause = 17 if self.call == OUTGOING and not self.answered else 16
            how = "busy tone" if not self.answered else ""
            self._tell(CallEnded(*self._when(), self.cause, True, False, how))

    def changed(self, state: int) -> None:
        """The channel's state; without a call of ours, its condition."""
        before, self.state = self.state, state
        condition = facts.state_of(state).condition
        if condition is ChannelCondition.BUSY:
            self._busy(state, before)
            return
        if self.call != NONE:
            self._over(not self._slot.hanging)
        if state != before:
            self._tell(ConditionChanged(*self._when(), condition, facts.state_of(state).name))

    def _busy(self, state: int, before: int) -> None:
        if self.call == OUTGOING and not self.answered and not self.cause:
            if state in facts.ALERTS:
                self._tell(CallProgressing(*self._when(), True))
            elif state in (facts.CALL_OUT, facts.DSS1_PROCEEDING):
                self._tell(CallProgressing(*self._when(), False))
            elif state == facts.CONNECTED and not self._analog:
                self._answered("")
        elif state == facts.CALL_IN:
            return  # an event of its own says who calls
        elif self.call == NONE and facts.state_of(before).condition is not ChannelCondition.BUSY:
            text = facts.state_of(state).name
            self._tell(ConditionChanged(*self._when(), ChannelCondition.BUSY, text))

    def _settle(self) -> None:
        """Over; when the channel is free already that is told now."""
        if facts.state_of(self.state).condition is not ChannelCondition.BUSY:
            self._over(not self._slot.hanging)

    def _over(self, far: bool) -> None:
        cause = self.cause or 16
        self._none()
        self._slot.hanging = False
        self._tell(CallEnded(*self._when(), cause, far, True))

    # The library

    def lost(self, why: str) -> None:
        self.fault = why
        self._none()
        self.state = facts.UNAVAILABLE
        self._tell(ConditionChanged(*self._when(), ChannelCondition.OUT_OF_SERVICE, why))

    def back(self) -> None:
        text = facts.state_of(self.state).name
        self._tell(ConditionChanged(*self._when(), self.condition(), text))
