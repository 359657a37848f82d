"""What a primary rate trunk is asked for: the requests of SignallingEngine, handed to call control.

PriTrunk (one D-channel) and NfasTrunk (two) are alike in this; after each request they do what call
control wants (``_pump``).
"""

from __future__ import annotations

from typing import Final

from ..call import CallRequest, KeptCall, PartyNumber
from .q931 import CallControl
from .q931_config import PriConfig


class PriRequests:
    """Requests, as signaling/call.py has them; ``control`` is layer 3."""

    def __init__(self, config: PriConfig) -> None:
        self.config: Final = config
        self.control: Final = CallControl(config)

    def _pump(self, now: int) -> None:
        """Carry out what call control wants; each kind of trunk in its way."""
        raise NotImplementedError

    def place(self, request: CallRequest, now: int) -> int:
        """Place a call; its handle. Without link or channel CallReleased follows at once."""
        handle = self.control.place(request, now)
        self._pump(now)
        return handle

    def send_digits(
        self, call: int, digits: str, complete: bool, now: int, keypad: str = ""
    ) -> None:
        """More digits of an overlap call."""
        self.control.send_digits(call, digits, complete, now, keypad)
        self._pump(now)

    def want_digits(self, call: int, now: int) -> None:
        """Incoming: the number is not complete yet (SETUP ACKNOWLEDGE)."""
        self.control.want_digits(call, now)
        self._pump(now)

    def proceed(self, call: int, now: int) -> None:
        """Incoming: the number is complete."""
        self.control.proceed(call, now)
        self._pump(now)

    def progress(self, call: int, indicator: int, now: int) -> None:
        """Incoming: PROGRESS with this description."""
        self.control.progress(call, indicator, now)
        self._pump(now)

    def alert(self, call: int, inband: bool, now: int) -> None:
        """Incoming: the called party is being told."""
        self.control.alert(call, inband, now)
        self._pump(now)

    def answer(self, call: int, now: int, connected: PartyNumber | None = None) -> None:
        """Incoming: answered."""
        self.control.answer(call, now, connected)
        self._pump(now)

    def clear(self, call: int, cause: int, now: int, user_user: bytes = b"") -> None:
        """End or refuse the call; CallReleased follows when the far end has confirmed."""
        self.control.clear(call, cause, now, user_user)
        self._pump(now)

    def notify(self, call: int, indicator: int, now: int) -> None:
        """Send NOTIFY."""
        self.control.notify(call, indicator, now)
        self._pump(now)

    def send_user_information(self, call: int, data: bytes, now: int) -> None:
        """User-user information: at once when active, else with ALERTING or CONNECT."""
        self.control.send_user_information(call, data, now)
        self._pump(now)

    def enquire(self, call: int, now: int) -> None:
        """Ask for the far end's call state (STATUS ENQUIRY, Q.931 5.8.10)."""
        self.control.enquire(call, now)
        self._pump(now)

    def restart(self, channels: tuple[int, ...], now: int) -> None:
        """Return channels to idle at both ends; () means all of them. RestartDone follows."""
        self.control.restart(channels, now)
        self._pump(now)

    def block(self, channels: tuple[int, ...], now: int) -> None:
        """Take B-channels out of service by SERVICE messages; LocalError where the variant has
        none. BlockingDone follows."""
        self.control.block(channels, now)
        self._pump(now)

    def unblock(self, channels: tuple[int, ...], now: int) -> None:
        """Put them back."""
        self.control.unblock(channels, now)
        self._pump(now)

    def lose(self, channels: tuple[int, ...], lost: bool, now: int) -> None:
        """NFAS: layer 1 of the span with these channels is lost, or back. No call gets them; calls
        that have them stay. The D-channel is told by ``line_down``."""
        self.control.lose(channels, lost)
        self._pump(now)

    def can_transfer(self, call: int, other: int) -> str:
        """ "" when the network can be asked to join the far ends of two calls, or why not."""
        return self.control.services.can_transfer(call, other)

    def transfer(self, call: int, other: int, now: int) -> None:
        """Ask the network to join the far ends of two calls; TransferDone follows."""
        self.control.services.transfer(call, other, now)
        self._pump(now)

    def can_deflect(self, call: int) -> str:
        """ "" when the network can be asked to send an offered call elsewhere, or why not."""
        return self.control.services.can_deflect(call)

    def deflect(
        self, call: int, number: PartyNumber, reason: int, now: int, subscription: int = 0
    ) -> None:
        """Ask the network to send an offered call to ``number``; DeflectionDone follows.
        ``reason``: as of Q.763 3.45 (1 busy, 2 no reply, 3 unconditional, 4 or 5 deflection);
        ``subscription``: the caller is told 0 nothing, 1 the diversion, 2 also the number."""
        self.control.services.deflect(call, number, reason, now, subscription)
        self._pump(now)

    def grant(self, call: int, ok: bool, now: int, cause: int = 0) -> None:
        """Answer TransferAsked or DeflectionAsked. Granted: the calls end, cause 16 (31 after a
        deflection); else they stay as they are. ``cause``: of the refusal, 0: not said."""
        self.control.services.grant(call, ok, now, cause)
        self._pump(now)

    def inform_transfer(
        self, call: int, number: PartyNumber | None, alerting: bool, now: int
    ) -> None:
        """As the network: tell the user of a call that its far end is now ``number`` (EctInform);
        LocalError where the variant has no such message."""
        self.control.services.inform(call, number, alerting, now)
        self._pump(now)

    def drain(self, on: bool, now: int) -> None:
        """While on, new calls are refused (cause 42) and none can be placed."""
        self.control.drain(on, now)

    def keep(self, call: int) -> KeptCall | None:
        """What a new process needs to go on with the call; None: it is not active."""
        return self.control.keep(call)

    def adopt(self, kept: KeptCall, now: int) -> int:
        """Before ``start``: go on with a call of a process that is no more; its handle. The far end
        is asked for it when the link is up (Q.931 5.8.10): CallKept or CallReleased follows."""
        handle = self.control.adopt(kept, now)
        self._pump(now)
        return handle
