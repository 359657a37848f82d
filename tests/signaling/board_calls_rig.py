"""A board in memory that keeps to call_control.py, and the engine of the calls that it controls."""

from __future__ import annotations

from trunkd.board.call_control import (
    CallAnswered,
    CallArrived,
    CallControl,
    CallEnded,
    CallProgressing,
    ChannelCondition,
    ConditionChanged,
    ControlEvent,
    LineType,
    NumberGrew,
)
from trunkd.errors import DriverError
from trunkd.signaling import call as c
from trunkd.signaling.board_calls import BoardCalls


class Line(CallControl):
    """A channel of a board in memory: one call at a time, as its commands and its far end say."""

    def __init__(self, number: int, line: LineType = LineType.PRI) -> None:
        self.number = number
        self.line = line
        self.told: list[ControlEvent] = []
        self.call = ""
        self.where = ChannelCondition.IDLE
        self.refuses = ""
        self.numb = False
        self.dialled = ("", "")
        self.alerted = 0
        self.causes: list[int] = []

    def condition(self) -> ChannelCondition:
        return ChannelCondition.BUSY if self.call else self.where

    def state_text(self) -> str:
        return self.call or self.where.value

    def _take(self) -> None:
        if self.refuses:
            raise DriverError(self.refuses)

    def dial(self, called: str, calling: str = "") -> None:
        self._take()
        assert not self.call
        self.call, self.dialled = "out", (called, calling)
        self.told.append(CallProgressing(0, 1, self.number, False))

    def alert(self) -> None:
        self._take()
        self.alerted += 1

    def answer(self) -> None:
        self._take()
        assert self.call == "in"
        self.told.append(CallAnswered(0, 1, self.number))

    def hang_up(self, cause: int = 16) -> None:
        self._take()
        self.causes.append(cause)
        if not self.numb:
            self.over(cause, far=False, idle=True)

    def block(self, on: bool) -> None:
        self._take()
        self.where = ChannelCondition.BLOCKED_HERE if on else ChannelCondition.IDLE
        self.told.append(ConditionChanged(0, 1, self.number, self.where))

    # The far end

    def rings(self, called: str = "8801", calling: str = "", complete: bool = True) -> None:
        self.call = "in"
        self.told.append(CallArrived(0, 1, self.number, called, calling, "Ann", 10, complete))

    def more(self, digits: str, complete: bool) -> None:
        self.told.append(NumberGrew(0, 1, self.number, digits, complete))

    def alerts(self) -> None:
        self.told.append(CallProgressing(0, 1, self.number, True))

    def answers(self, how: str = "") -> None:
        self.told.append(CallAnswered(0, 1, self.number, how))

    def over(self, cause: int, far: bool, idle: bool, how: str = "") -> None:
        if idle:
            self.call = ""
        self.told.append(CallEnded(0, 1, self.number, cause, far, idle, how))

    def says(self, condition: ChannelCondition) -> None:
        self.where = condition
        self.told.append(ConditionChanged(0, 1, self.number, condition))


class Bench:
    """Three channels and their engine; ``run`` gives the engine what the board told."""

    def __init__(self, line: LineType = LineType.PRI, **options: object) -> None:
        self.lines = {n: Line(n, line) for n in (1, 2, 3)}
        self.engine = BoardCalls(dict(self.lines), **options)  # type: ignore[arg-type]
        self.now = 0
        self.engine.start(0)
        self.seen: list[c.SignallingEvent] = []
        self.run()
        self.seen.clear()

    def run(self) -> list[c.SignallingEvent]:
        while True:
            told = [event for line in self.lines.values() for event in line.told]
            for line in self.lines.values():
                line.told = []
            for event in told:
                self.engine.receive(event, self.now)
            if not told:
                break
        new = self.engine.events()
        self.seen += new
        return new

    def offered(self, number: int = 1, **how: object) -> int:
        self.lines[number].rings(**how)  # type: ignore[arg-type]
        (event,) = [e for e in self.run() if isinstance(e, c.CallOffered)]
        return event.call

    def placed(self, **how: object) -> int:
        call = self.engine.place(c.CallRequest(c.PartyNumber("8801"), **how), self.now)  # type: ignore[arg-type]
        self.run()
        return call

    def of(self, kind: type[c.SignallingEvent]) -> list[c.SignallingEvent]:
        return [event for event in self.seen if type(event) is kind]

    def state(self, number: int = 1) -> int:
        return self.engine.lines[number].state
