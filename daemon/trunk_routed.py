"""What routing asks of a trunk, and a trunk of routing (route_desk.py)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from .calls import Call
from .events import FAIL

if TYPE_CHECKING:
    from .node import Node


class RoutedCalls(ABC):
    """Calls that come from another trunk, or go on to one; Trunk inherits it."""

    node: Node
    calls: dict[int, Call]

    @abstractmethod
    def pump(self, now: int) -> None:
        """Carry out what the engine wants."""

    @abstractmethod
    def _give_back(self, call: Call) -> None:
        """The call has its channel no more."""

    @abstractmethod
    def _failed(self, call: Call, now: int, inband: bool) -> None:
        """Tell that it failed."""

    @abstractmethod
    def _ended(self, call: Call, now: int) -> None:
        """It is over."""

    @abstractmethod
    def _number_done(self, call: Call, said: bool, now: int) -> None:
        """The number of a call that came in is complete."""

    def let_go(self, call: Call) -> None:
        """The call goes on elsewhere; the engine clears by itself what is left of it here."""
        self.calls.pop(call.handle, None)
        if call.channel:
            self._give_back(call)

    def fail(self, call: Call, cause: int, location: int, local: bool, now: int) -> None:
        """The call, which no engine knows, is over; it is told as failed, if nobody cleared it.
        ``local``: no far end had anything to do with it."""
        call.cause, call.location = cause, location
        if not call.cleared_here:
            call.state = FAIL
            self._failed(call, now, False)
        call.cleared_here = call.cleared_here or local
        self._ended(call, now)

    def number_complete(self, call: Call, now: int) -> None:
        """No digit came for so long that the number is complete."""
        call.number_done = True
        self._number_done(call, False, now)
        self.pump(now)

    def _goes_on(
        self, call: Call, cause: int, location: int, local: bool, inband: bool, now: int
    ) -> bool:
        """The far end, or the engine, ends the call. True: routing, or what its device is forwarded
        to, takes it elsewhere."""
        node = self.node
        if call.direction == "in":
            return False
        if call.plan is not None and node.routing.overflows(
            call, cause, location, local, inband, now
        ):
            return True
        return node.switch.forwards.takes(call, cause, inband, now)
