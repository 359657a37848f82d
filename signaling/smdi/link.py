"""One end of an SMDI line: octets in and out, is the line there, does anybody speak on it."""

from __future__ import annotations

from typing import Final

from ..call import LinkChanged, SignallingEvent
from .codec import Lengths, Message, encode
from .events import MessageSeen
from .framing import NO_PARITY, Framer, with_parity

NEVER: Final = 1 << 62

SECOND: Final = 1_000_000_000


class Link:
    """Base of both ends. ``silence``: ns without an octet from the far end after which the line is
    taken for dead; 0: it may be quiet for ever, as one between quiet ends is. A message that is to
    be sent while the line is down is not sent, and counted."""

    def __init__(self, lengths: Lengths, parity: int = NO_PARITY, silence: int = 0) -> None:
        self.lengths: Final = lengths
        self.framer: Final = Framer(lengths, parity)
        self.silence: Final = silence
        self.connected: bool = False
        """The port is open."""
        self.up: bool = False
        """And the far end is heard, where it must be."""
        self.reason: str = "not opened yet"
        self.happened: list[SignallingEvent] = []
        self.out: list[bytes] = []
        self.totals: Final[dict[str, int]] = {}
        self.heard: int = 0
        """When the far end was heard last, or the line came up."""

    def count(self, what: str) -> None:
        self.totals[what] = self.totals.get(what, 0) + 1

    # The line

    def line_up(self, now: int) -> None:
        """The port is open."""
        if self.connected:
            return
        self.connected = True
        self.heard = now
        self._changed(True, "the line is open")
        self.opened(now)

    def line_down(self, reason: str, now: int) -> None:
        """The port is lost or cannot be opened. ``reason``: in a technician's words."""
        if self.connected:
            self.connected = False
            self.out.clear()
            self.framer.line_lost()
            self._take_faults()
            self.count("line_lost")
            self.closed(now)
        elif reason == self.reason:
            return
        self._changed(False, reason)

    def _changed(self, up: bool, reason: str) -> None:
        self.up = up
        self.reason = reason
        self.happened.append(LinkChanged(up, reason))

    def opened(self, now: int) -> None:
        """For the ends: the line is there."""

    def closed(self, now: int) -> None:
        """For the ends: the line is gone."""

    def receive(self, data: bytes, now: int) -> None:
        """Octets from the port."""
        messages = self.framer.receive(data, now)
        self._take_faults()
        for message in messages:
            self.count("received")
            self.happened.append(MessageSeen(False, message.text(), message.raw))
            self.take(message, now)
        self.heard = now
        if self.connected and not self.up:
            self._changed(True, "the far end is heard again")

    def take(self, message: Message, now: int) -> None:
        """For the ends: a whole message came."""

    def _take_faults(self) -> None:
        for fault in self.framer.faults:
            self.count(fault.kind)
            self.happened.append(fault)
        self.framer.faults.clear()

    def send(self, message: Message) -> bool:
        """To the port; False: the line is down."""
        if not self.connected:
            self.count("unsent")
            return False
        octets = encode(message)
        self.out.append(with_parity(octets, self.framer.parity))
        self.count("sent")
        self.happened.append(MessageSeen(True, message.text(), octets))
        return True

    # As every engine

    def transmit(self) -> list[bytes]:
        """Take the octets that are to go on the line, in order."""
        out = self.out
        self.out = []
        return out

    def events(self) -> list[SignallingEvent]:
        """Take what happened, in order."""
        happened = self.happened
        self.happened = []
        return happened

    def next_timeout(self) -> int | None:
        """When ``handle_timeout`` wants to be called; asking changes nothing."""
        due = self.deadline()
        if self.silence and self.up:
            due = min(due, self.heard + self.silence)
        return None if due == NEVER else due

    def deadline(self) -> int:
        """For the ends: their earliest timer, NEVER: none."""
        return NEVER

    def handle_timeout(self, now: int) -> None:
        """Let every timer that is due by ``now`` expire."""
        if self.silence and self.up and now >= self.heard + self.silence:
            self.count("silent")
            self._changed(False, f"nothing was heard for {self.silence // SECOND} s")
        self.expire(now)

    def expire(self, now: int) -> None:
        """For the ends: their timers."""

    def counters(self) -> dict[str, int]:
        """What was counted, by name."""
        return {"octets": self.framer.octets, **self.totals}
