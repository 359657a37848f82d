"""What the machines of level 3 share: signals between them, alarms, and the look-up in a table.

As in the SDL of Q.704 the machines send each other signals. A signal waits in the node's queue
until the one before it is served, so that none meets a machine in the midst of a transition.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from ..fsm import Cell, Machine
from .mtp3_timers import NEVER


class Alarm:
    """A timer of a machine: which, and the input that its expiry is."""

    def __init__(self, owner: Drawn, input_: int) -> None:
        self.owner: Final = owner
        self.input: Final = input_


class Exchange:
    """The queue of signals and the running timers of a node."""

    def __init__(self) -> None:
        self.signals: Final[deque[tuple[Drawn, int]]] = deque()
        self.due: Final[dict[Alarm, int]] = {}
        self.earliest: int = NEVER
        """No alarm is due before this (it may be earlier than the first)."""

    def start(self, alarm: Alarm, at: int) -> None:
        """Start a timer, or start it anew."""
        self.due[alarm] = at
        if at < self.earliest:
            self.earliest = at

    def stop(self, alarm: Alarm) -> None:
        """Stop a timer, if it runs."""
        self.due.pop(alarm, None)

    def running(self, alarm: Alarm) -> bool:
        """Does it run?"""
        return alarm in self.due

    def expire(self, now: int) -> None:
        """Queue the expiries that are due, in their order."""
        if now < self.earliest:
            return
        over = sorted((at, n, a) for n, (a, at) in enumerate(self.due.items()) if at <= now)
        for _, _, alarm in over:
            del self.due[alarm]
            self.signals.append((alarm.owner, alarm.input))
        self.earliest = min(self.due.values()) if self.due else NEVER

    def deadline(self) -> int:
        """When the first running timer expires, NEVER if none runs."""
        return min(self.due.values()) if self.due else NEVER

    def drain(self, now: int) -> None:
        """Serve what is queued."""
        signals = self.signals
        while signals:
            machine, input_ = signals.popleft()
            machine.serve(input_, now)


class Drawn:
    """A machine with its state. Subclasses have one method for each drawn input."""

    def __init__(self, machine: Machine, exchange: Exchange) -> None:
        self.machine: Final = machine
        self.rows: Final[list[list[Cell | None]]] = machine.cells
        self.exchange: Final = exchange
        self.state: int = 0

    def serve(self, input_: int, now: int) -> None:
        """Do what is drawn for ``input_`` in this state."""
        before = self.state
        cell = self.rows[before][input_]
        if cell is None or cell.method is None:
            return
        cell.method(self, now)
        if self.state != before or self.machine.strict:
            self.machine.check(before, input_, self.state)

    def signal(self, to: Drawn, input_: int) -> None:
        """Queue a signal to another machine, or to this one."""
        self.exchange.signals.append((to, input_))

    @property
    def state_name(self) -> str:
        """As the figure has it."""
        return self.machine.states[self.state]
