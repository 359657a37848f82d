"""The exchange's end of SMDI: calls to the lines of an outside message desk are told it, and its
requests for message waiting are taken."""

from __future__ import annotations

from typing import Final

from ..call import ProtocolFault
from .codec import BLOCKED, INVALID, CallHistory, Lengths, Message, WaitingRefused, WaitingRequest
from .events import LampWanted
from .framing import NO_PARITY
from .link import SECOND, Link

DOUBLE: Final = SECOND
"""The same request again within so long (ns) was doubled on the line (our choice: a desk that
repeats itself does so after many seconds)."""


class ExchangeEngine(Link):
    """We are the exchange; the far end is the message desk."""

    def __init__(self, lengths: Lengths, parity: int = NO_PARITY, silence: int = 0) -> None:
        super().__init__(lengths, parity, silence)
        self._last: dict[str, tuple[bool, int]] = {}
        """The last request for a station and when it came, while it can be doubled."""

    # Requests

    def offer(self, history: CallHistory, now: int) -> bool:
        """Tell the desk of a call that is about to be offered on one of its lines. False: the line
        is down, and the call goes without."""
        return self.send(history)

    def refuse(self, number: str, no_such_number: bool, now: int) -> None:
        """A lamp that was wanted cannot be changed: INV, or BLK."""
        self._last.pop(number, None)
        self.send(WaitingRefused(number, INVALID if no_such_number else BLOCKED))

    # The line

    def closed(self, now: int) -> None:
        self._last.clear()

    def take(self, message: Message, now: int) -> None:
        if not isinstance(message, WaitingRequest):
            self.count("wrong_way")
            text = "an exchange's message came from the message desk: are both ends exchanges?"
            self.happened.append(ProtocolFault("wrong_way", text, "GR-283-CORE", message.raw))
            return
        number = message.number
        if self.lengths.digits and len(number) not in self.lengths.digits:
            self.count("wrong_length")
            wanted = ", ".join(str(n) for n in self.lengths.digits)
            text = f"the station's number has {len(number)} digits, not {wanted}"
            self.happened.append(ProtocolFault("wrong_length", text, "GR-283-CORE", message.raw))
            self.refuse(number, True, now)
            return
        self._last = {n: x for n, x in self._last.items() if now - x[1] < DOUBLE}
        last = self._last.get(number)
        if last is not None and last[0] == message.on:
            self.count("doubled")
            return
        self._last[number] = (message.on, now)
        self.happened.append(LampWanted(number, message.on))
