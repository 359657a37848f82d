"""The message desk's end of SMDI: calls get their history, stations their message waiting."""

from __future__ import annotations

from typing import Final

from ...errors import LocalError, RemoteError
from ..call import ProtocolFault
from .codec import CallHistory, Lengths, Message, WaitingRefused, WaitingRequest
from .events import Terminal
from .framing import NO_PARITY
from .lamps import LampTimes
from .link import NEVER, SECOND, Link
from .matching import Matching
from .waiting import Waiting


class DeskConfig:
    """``hold``, ``window``: see matching.py. ``keepalive``: a number that the exchange does not
    have; every ``keepalive_every`` ns its lamp is put out, and INV shows that the line works."""

    def __init__(
        self,
        terminals: tuple[Terminal, ...],
        lengths: Lengths,
        times: LampTimes,
        parity: int = NO_PARITY,
        silence: int = 0,
        hold: int = 3 * SECOND,
        window: int = 30 * SECOND,
        queue: int = 10_000,
        resend_on_connect: bool = False,
        keepalive: str = "",
        keepalive_every: int = 60 * SECOND,
    ) -> None:
        self.terminals: Final = terminals
        self.lengths: Final = lengths
        self.times: Final = times
        self.parity: Final = parity
        self.silence: Final = silence
        self.hold: Final = hold
        self.window: Final = window
        self.queue: Final = queue
        self.resend_on_connect: Final = resend_on_connect
        self.keepalive: Final = keepalive
        self.keepalive_every: Final = keepalive_every


class DeskEngine(Link):
    """We are the message desk (voicemail); the far end is the exchange."""

    def __init__(self, config: DeskConfig) -> None:
        super().__init__(config.lengths, config.parity, config.silence)
        self.config: Final = config
        self.matching: Final = Matching(config.terminals, config.hold, config.window)
        self.waiting: Final = Waiting(config.times, config.queue, config.resend_on_connect)
        self._keepalive_due: int = NEVER

    # Requests

    def call_offered(self, terminal: Terminal, now: int) -> None:
        """A call is offered on a line of the desk; CallIdentified or CallUnidentified follows."""
        if terminal not in self.matching.places:
            raise LocalError(f"there is no terminal {terminal[0]:03}/{terminal[1]:04}")
        self.matching.offered(terminal, now)
        self._collect()

    def call_ended(self, terminal: Terminal, now: int) -> None:
        """The call on a line of the desk is over."""
        self.matching.ended(terminal, now)
        self._collect()

    def set_waiting(self, number: str, on: bool, now: int) -> None:
        """Messages wait for a station, or no more. LampChanged tells what becomes of it; LocalError
        for what cannot be a number, or when too many wait."""
        try:
            self.lengths.check(number, "station's", False)
        except RemoteError as exc:
            raise LocalError(str(exc)) from exc
        if not (number.isascii() and number.isdigit()):
            raise LocalError(f"'{number}' is no number: it has digits only")
        self.waiting.want(number, on, now)
        self._turns(now)

    # The line

    def opened(self, now: int) -> None:
        self.waiting.line_back(now)
        if self.config.keepalive:
            self._keepalive_due = now
        self.expire(now)

    def closed(self, now: int) -> None:
        self._keepalive_due = NEVER
        self.waiting.line_lost(now)
        self._collect()

    def take(self, message: Message, now: int) -> None:
        if isinstance(message, CallHistory):
            self.matching.history(message, now)
        elif isinstance(message, WaitingRefused):
            if self.config.keepalive and message.number == self.config.keepalive:
                self.count("keepalives_answered")
                return
            self.count(f"refused_{message.why.lower()}")
            self.waiting.refused(message, now)
        else:
            self.count("wrong_way")
            text = "a message desk's request came from the exchange: are both ends desks?"
            self.happened.append(ProtocolFault("wrong_way", text, "GR-283-CORE", message.raw))
        self._turns(now)

    # Time

    def deadline(self) -> int:
        waiting = self.waiting.deadline(self.connected)
        return min(self.matching.deadline(), waiting, self._keepalive_due)

    def expire(self, now: int) -> None:
        self.matching.expire(now)
        self.waiting.expire(now)
        if now >= self._keepalive_due:
            self._keepalive_due = now + self.config.keepalive_every
            self.send(WaitingRequest(self.config.keepalive, False))
        self._turns(now)

    def _turns(self, now: int) -> None:
        """Send what has its turn, and collect what happened."""
        if self.connected:
            lamp = self.waiting.turn(now)
            while lamp is not None:
                self.send(WaitingRequest(lamp.number, lamp.on))
                lamp = self.waiting.turn(now)
        self._collect()

    def _collect(self) -> None:
        for counts in (self.matching.shared.counts, self.waiting.counts):
            for what in counts:
                self.count(what)
            counts.clear()
        for happened in (self.matching.shared.happened, self.waiting.happened):
            self.happened += happened
            happened.clear()
