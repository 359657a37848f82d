"""A channel's calls: the library's states become events of board/call_control.py."""

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
    NumberGrew,
)
from ...board.events import BoardEvent
from ...errors import DriverError
from ..sdk_timeslot import SdkCalls
from . import facts

if TYPE_CHECKING:
    from .timeslot import SynwayTimeslot

NONE: Final = 0
INCOMING: Final = 1
OUTGOING: Final = 2
"""Whose call is on the channel."""

OVERLAP: Final = frozenset({30, 71, 84, 120})
"""States in which a number comes in: SS1, TUP, ISDN, ISUP."""


class SynwayCalls(SdkCalls):
    """Call control of one channel. Digits of a number that comes in are kept until it rings: the
    library gives the whole number then."""

    def __init__(self, slot: SynwayTimeslot) -> None:
        self._slot: Final = slot
        self.line = LineType.OTHER
        self.type = facts.EMPTY
        self.state = facts.UNAVAILABLE
        self.call = NONE
        self.answered = False
        self.pending = 0
        self.fault = "the library is not running"
        """Why the channel is of no use; "" when it is."""

    # What it is

    def exists(self, kind: int, state: int) -> None:
        """The library has this channel."""
        self.type = kind
        self.line = facts.LINE_TYPES.get(kind, LineType.OTHER)
        self.state = state
        self.fault = ""
        self.call, self.answered = NONE, False

    def condition(self) -> ChannelCondition:
        if self.fault:
            return ChannelCondition.OUT_OF_SERVICE
        if self.call != NONE:
            return ChannelCondition.BUSY
        return facts.state_of(self.state).condition

    def state_text(self) -> str:
        if self.fault:
            return self.fault
        kind = facts.TYPE_NAMES.get(self.type, f"type {self.type}")
        return f"{facts.state_of(self.state).name} ({kind})"

    # Commands

    def _ask(self, what: str, *values: Any) -> Any:
        if self.fault:
            raise DriverError(f"{self._slot.where()}: {self.fault}")
        return self._slot.ask(what, *values)

    def dial(self, called: str, calling: str = "") -> None:
        if self.line is LineType.RECORDING:
            raise DriverError(f"{self._slot.where()} records others' calls: it cannot dial")
        if self.call != NONE:
            raise DriverError(f"{self._slot.where()} has a call: hang up first")
        if self.type == facts.STATION:
            self._ask("ring", True)
            self.call, self.answered = OUTGOING, False
            self._slot.tell(CallProgressing(*self._when(), True))
            return
        self.call, self.answered = OUTGOING, False
        try:
            self._ask("dial", called, calling)
        except DriverError:
            self.call = NONE
            raise

    def alert(self) -> None:
        """Only SS1, TUP and ISUP channels wait for it, where AutoSendKB or AutoSendACM is 0."""
        if self.state == facts.PENDING and self.pending == facts.WAITS_FOR_ANSWER_SIGNAL:
            self._ask("alert")

    def answer(self) -> None:
        self.alert()
        if self.type == facts.STATION:  # its user has picked up already
            self._slot.tell(CallAnswered(*self._when()))
            self.answered = True
            return
        self._ask("answer")

    def hang_up(self, cause: int = 16) -> None:
        """The library has no call that gives a cause: it chooses its own."""
        if self.type == facts.STATION and self.call == OUTGOING and not self.answered:
            self._ask("ring", False)
            self._over(16, False, True)
            return
        self._ask("hang_up")

    def block(self, on: bool) -> None:
        self._ask("block", on)

    # What the library tells

    def _when(self) -> tuple[int, int, int]:
        return self._slot.now(), self._slot.span, self._slot.number

    def _tell(self, event: BoardEvent) -> None:
        self._slot.tell(event)

    def changed(
        self,
        before: int,
        state: int,
        calling: str,
        called: str,
        name: str,
        result: int,
        failure: int,
        pending: int,
    ) -> None:
        """E_CHG_ChState, with what the library said of the call at that time."""
        self.state, self.pending = state, pending
        if state == facts.RINGING or (
            state == facts.PENDING
            and pending == facts.WAITS_FOR_ANSWER_SIGNAL
            and self.call == NONE
        ):
            if self.call == NONE:
                self._arrived(calling, called, name)
        elif state == facts.PICKED_UP and self.type == facts.STATION:
            self._station_picked_up()
        elif state == facts.TALKING:
            self._talking(result)
        elif state == facts.PENDING:
            if self.call != NONE and pending != facts.WAITS_FOR_ANSWER_SIGNAL:
                outgoing = self.call == OUTGOING
                cause = facts.cause_of(outgoing, self.answered, result, failure, pending)
                how = facts.DIAL_CAUSES.get(result, (0, ""))[1] if outgoing else ""
                analog = self.line is LineType.ANALOG_TRUNK and not self.answered
                self._over(cause, True, False, how if analog else "")
        else:
            self._at_rest(state)

    def _arrived(self, calling: str, called: str, name: str) -> None:
        self.call, self.answered = INCOMING, False
        self._slot.hanging = False
        self._tell(CallArrived(*self._when(), called, calling, name))

    def _station_picked_up(self) -> None:
        if self.call == OUTGOING:
            self.answered = True
            self._tell(CallAnswered(*self._when()))
        elif self.call == NONE:
            self._arrived("", "", "")

    def _talking(self, result: int) -> None:
        if self.line is LineType.RECORDING and self.call == NONE:
            self._arrived("", "", "")
        if self.call == NONE or self.answered:
            return
        self.answered = True
        analog = self.line is LineType.ANALOG_TRUNK and self.call == OUTGOING
        self._tell(CallAnswered(*self._when(), "voice" if analog else ""))

    def _at_rest(self, state: int) -> None:
        """Standby, blocked, out of order; or some state of a call on its way."""
        condition = facts.state_of(state).condition
        if condition is ChannelCondition.BUSY:
            if self.call == NONE:
                text = facts.state_of(state).name
                self._tell(ConditionChanged(*self._when(), condition, text))
            return
        if self.call != NONE:
            self._over(16, not self._slot.hanging, True)
        text = facts.state_of(state).name
        self._tell(ConditionChanged(*self._when(), condition, text))

    def _over(self, cause: int, far: bool, idle: bool, how: str = "") -> None:
        if idle:
            self.call, self.answered = NONE, False
            self._slot.hanging = False
        self._tell(CallEnded(*self._when(), cause, far, idle, how))

    def dialled(self, value: int, result: int, failure: int, pending: int) -> None:
        """E_PROC_AutoDial: how far dialling has come. Answer and failure are states, too."""
        if self.call != OUTGOING or self.answered:
            return
        if value == facts.RING_BACK:
            self._tell(CallProgressing(*self._when(), True))
        elif value == 1:
            self._tell(CallProgressing(*self._when(), False))

    def grew(self, number: str) -> None:
        """E_CHG_RxPhoNumBuf. Before it rings there is no call yet."""
        if self.call == INCOMING and not self.answered and self.state in OVERLAP:
            self._tell(NumberGrew(*self._when(), number, False))

    def lost(self, why: str) -> None:
        """The library has gone, with whatever call there was."""
        self.fault = why
        self.call, self.answered = NONE, False
        self.state = facts.UNAVAILABLE
        self._tell(ConditionChanged(*self._when(), ChannelCondition.OUT_OF_SERVICE, why))

    def back(self) -> None:
        """The library is there again."""
        text = facts.state_of(self.state).name
        self._tell(ConditionChanged(*self._when(), self.condition(), text))
