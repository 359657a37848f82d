"""B-channels of one D-channel: their states, and which one a new call gets (5.1.2, 5.2.3)."""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import (
    CHANNEL_BLOCKED_BOTH,
    CHANNEL_BLOCKED_HERE,
    CHANNEL_BLOCKED_THERE,
    CHANNEL_BUSY,
    CHANNEL_IDLE,
    CHANNEL_OUT_OF_SERVICE,
    CHANNEL_RESTARTING,
    ChannelChanged,
    SignallingEvent,
)

NOBODY: Final = 0


class Channels:
    """State and holder of each B-channel. Every change is reported as ChannelChanged.

    A set of channels is an integer with bit ``n`` for channel ``n``: choosing one is arithmetic.
    """

    def __init__(
        self, numbers: tuple[int, ...], selection: str, events: list[SignallingEvent]
    ) -> None:
        self.numbers: Final = numbers
        self.events: list[SignallingEvent] = events
        """Where changes are reported; its owner puts a new list here when it takes the old."""
        self._descending: Final = selection == "descending"
        self._cyclic: Final = selection == "cyclic"
        self._last = 0
        width = max(numbers) + 1
        self.state: Final[list[int]] = [CHANNEL_OUT_OF_SERVICE] * width
        self.holder: Final[list[int]] = [NOBODY] * width
        """Handle of the call that holds the channel, or NOBODY."""
        self._exists: int = 0
        for number in numbers:
            self._exists |= 1 << number
            self.state[number] = CHANNEL_IDLE
        self._idle: int = self._exists
        self._here: int = 0
        self._there: int = 0
        """Channels that we, or the far end, blocked: they are not idle when they are free."""
        self._lost: int = 0
        """Channels whose span is lost: blocked by us too, until it is back."""

    def exists(self, number: int) -> bool:
        """Is this a B-channel of the interface?"""
        return 0 < number < len(self.state) and bool(self._exists >> number & 1)

    def is_idle(self, number: int) -> bool:
        """May a call have it?"""
        return bool(self._idle >> number & 1)

    def choose(self) -> int:
        """An idle channel by the trunk's own order, or 0 when there is none. Takes nothing."""
        idle = self._idle
        if not idle:
            return 0
        if self._descending:
            return idle.bit_length() - 1
        if self._cyclic:
            above = idle >> (self._last + 1) << (self._last + 1)
            if above:
                idle = above
        return (idle & -idle).bit_length() - 1

    def seize(self, number: int, call: int) -> None:
        """An idle channel goes to a call."""
        if not self.is_idle(number):
            raise LocalError(f"B-channel {number} is not idle")
        self._idle &= ~(1 << number)
        self._last = number
        self.holder[number] = call
        self._report(number, CHANNEL_BUSY)

    def pass_on(self, number: int, call: int) -> None:
        """A busy channel changes hands: the other call at a collision had it (5.7)."""
        self.holder[number] = call

    def free(self, number: int, call: int) -> None:
        """The call that holds the channel gives it back. Not its channel: nothing happens."""
        if number and self.holder[number] == call:
            self.holder[number] = NOBODY
            self.put_back(number)

    def put_back(self, number: int) -> None:
        """To idle, from whatever state; a channel that is idle stays so without a report. One
        that is blocked is blocked."""
        here = (self._here | self._lost) >> number & 1
        there = self._there >> number & 1
        if here or there:
            state = CHANNEL_BLOCKED_HERE if not there else CHANNEL_BLOCKED_THERE
            self.withdraw(number, CHANNEL_BLOCKED_BOTH if here and there else state)
        elif not self._idle >> number & 1:
            self._idle |= 1 << number
            self._report(number, CHANNEL_IDLE)

    def bar(self, number: int, here: bool, on: bool) -> None:
        """Block a channel at our end or the far end's, or take that back: at once where nobody uses
        it, else when it is free."""
        bit = 1 << number
        if here:
            self._here = self._here | bit if on else self._here & ~bit
        else:
            self._there = self._there | bit if on else self._there & ~bit
        self._bars_changed(number)

    def lose(self, number: int, lost: bool) -> None:
        """The span of a channel is lost, or back: as ``bar`` at our end, and independent of it."""
        bit = 1 << number
        self._lost = self._lost | bit if lost else self._lost & ~bit
        self._bars_changed(number)

    def _bars_changed(self, number: int) -> None:
        state = self.state[number]
        if state not in (CHANNEL_BUSY, CHANNEL_RESTARTING, CHANNEL_OUT_OF_SERVICE):
            self.put_back(number)

    def withdraw(self, number: int, state: int) -> None:
        """To CHANNEL_RESTARTING or CHANNEL_OUT_OF_SERVICE (5.3.3 maintenance, 5.5)."""
        self._idle &= ~(1 << number)
        self.holder[number] = NOBODY
        if self.state[number] != state:
            self._report(number, state)

    def is_restarting(self, number: int) -> bool:
        """Is a RESTART of ours for it under way?"""
        return self.state[number] == CHANNEL_RESTARTING

    def _report(self, number: int, state: int) -> None:
        self.state[number] = state
        self.events.append(ChannelChanged(number, state))
