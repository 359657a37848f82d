"""One signalling link and the circuits behind it, as a SignallingEngine: for peers and benches.

A daemon with several links and exchanges uses Ss7Stack itself.
"""

from __future__ import annotations

from typing import Final

from ..call import (
    CallRequest,
    KeptCall,
    LinkChanged,
    PartyNumber,
    ProtocolFault,
    SignallingEvent,
)
from .isup_config import IsupConfig
from .mtp3_config import Mtp3Config
from .mtp3_events import Level3Fault, LinkStateChanged
from .stack import CircuitEngine, Ss7Stack, UserPart
from .tup_config import TupConfig


class Ss7Trunk:
    """The SignallingEngine of one link (signaling/call.py); a frame is a signal unit without FCS.

    ``mtp3`` has one linkset of one link. A channel is a CIC. Beyond SignallingEngine: ``block``,
    ``unblock``, ``receive_error``, and ``stack`` for all else.
    """

    def __init__(self, mtp3: Mtp3Config, user: IsupConfig | TupConfig) -> None:
        self.stack: Final = Ss7Stack(mtp3)
        part: UserPart
        calls: CircuitEngine
        if isinstance(user, IsupConfig):
            isup = self.stack.add_isup(user)
            part, calls = isup, isup.engine
        else:
            tup = self.stack.add_tup(user)
            part, calls = tup, tup.engine
        self.part: Final[UserPart] = part
        self.calls: Final[CircuitEngine] = calls

    # The link

    def start(self, now: int) -> None:
        """The board runs: bring the link up."""
        self.stack.start(now)

    def line_down(self, now: int) -> None:
        """Layer 1 is lost."""
        self.stack.line_down(0, now)

    def line_up(self, now: int) -> None:
        """Layer 1 is back."""
        self.stack.line_up(0, now)

    def receive(self, frame: bytes, now: int) -> None:
        """A good signal unit from the wire, without FCS."""
        self.stack.receive(0, frame, now)

    def receive_error(self, now: int, errors: int = 1, sus: int = 1) -> None:
        """Signal units in error."""
        self.stack.receive_error(0, now, errors, sus)

    def transmit(self) -> list[bytes]:
        """Take the signal units that are to go on the wire, in order."""
        return self.stack.transmit(0)

    def events(self) -> list[SignallingEvent]:
        """Take what happened, in order."""
        happened = self.part.events()
        if self.stack.told:
            happened = [*self._management(), *happened]
        return happened

    def _management(self) -> list[SignallingEvent]:
        """Faults of MTP, and why the link is down."""
        told: list[SignallingEvent] = []
        for event in self.stack.events():
            if isinstance(event, Level3Fault):
                told.append(ProtocolFault(event.kind, event.text, event.clause, event.raw))
            elif isinstance(event, LinkStateChanged) and not event.available:
                told.append(LinkChanged(False, event.reason))
        return told

    def next_timeout(self) -> int | None:
        """When ``handle_timeout`` wants to be called; asking changes nothing."""
        return self.stack.next_timeout()

    def handle_timeout(self, now: int) -> None:
        """Let every timer that is due by ``now`` expire."""
        self.stack.handle_timeout(now)

    # Calls: as in SignallingEngine

    def place(self, request: CallRequest, now: int) -> int:
        """Place a call; its handle."""
        handle = self.calls.place(request, now)
        self.stack.pump(now)
        return handle

    def send_digits(self, call: int, digits: str, complete: bool, now: int) -> None:
        """More digits of an overlap call."""
        self.calls.send_digits(call, digits, complete, now)
        self.stack.pump(now)

    def want_digits(self, call: int, now: int) -> None:
        """Incoming: the number is not complete yet; SS7 says nothing of it and waits."""
        self.calls.want_digits(call, now)
        self.stack.pump(now)

    def proceed(self, call: int, now: int) -> None:
        """Incoming: the number is complete."""
        self.calls.proceed(call, now)
        self.stack.pump(now)

    def progress(self, call: int, indicator: int, now: int) -> None:
        """Incoming: CPG with this description."""
        self.calls.progress(call, indicator, now)
        self.stack.pump(now)

    def alert(self, call: int, inband: bool, now: int) -> None:
        """Incoming: the called party is being told."""
        self.calls.alert(call, inband, now)
        self.stack.pump(now)

    def answer(self, call: int, now: int, connected: PartyNumber | None = None) -> None:
        """Incoming: answered."""
        self.calls.answer(call, now, connected)
        self.stack.pump(now)

    def clear(self, call: int, cause: int, now: int) -> None:
        """End or refuse the call; CallReleased follows when the far end has confirmed."""
        self.calls.clear(call, cause, now)
        self.stack.pump(now)

    def notify(self, call: int, indicator: int, now: int) -> None:
        """User suspended (0) or resumed (1): SUS, RES."""
        self.calls.notify(call, indicator, now)
        self.stack.pump(now)

    def send_user_information(self, call: int, data: bytes, now: int) -> None:
        """User-user information (ISUP)."""
        self.calls.send_user_information(call, data, now)
        self.stack.pump(now)

    def restart(self, channels: tuple[int, ...], now: int) -> None:
        """Reset circuits (RSC, GRS); () means all of them. RestartDone follows."""
        self.calls.restart(channels, now)
        self.stack.pump(now)

    def block(self, channels: tuple[int, ...], hardware: bool, now: int) -> None:
        """Block circuits towards the far end (BLO, CGB). BlockingDone follows."""
        self.calls.block(channels, hardware, now)
        self.stack.pump(now)

    def unblock(self, channels: tuple[int, ...], hardware: bool, now: int) -> None:
        """Unblock circuits (UBL, CGU). BlockingDone follows."""
        self.calls.unblock(channels, hardware, now)
        self.stack.pump(now)

    def drain(self, on: bool, now: int) -> None:
        """While on, new calls are refused (cause 42) and none can be placed."""
        self.calls.drain(on, now)

    def keep(self, call: int) -> KeptCall | None:
        """What a new process needs to go on with the call; None: it is not answered."""
        return self.calls.keep(call)

    def adopt(self, kept: KeptCall, now: int) -> int:
        """Before ``start``: go on with a call of a process that is no more; its handle."""
        return self.calls.adopt(kept, now)
