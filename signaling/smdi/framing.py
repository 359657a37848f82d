"""Messages out of the octets of a line: framing, parity, and finding the next one after damage.

A message ends with ^Y or ^D and may begin with CR LF. Damage of any kind (an octet with a wrong
parity, one that does not belong there, a lost end, a line that stops in the middle) costs the
message that it is in, which is counted and told, and none behind it.
"""

from __future__ import annotations

from typing import Final

from ...errors import RemoteError
from ..call import ProtocolFault
from .codec import CALLS, LAMPS, Lengths, Message, decode

LONGEST_MESSAGE: Final = 128
"""Octets; the longest real one has 16 + 2 * 32."""

GAP: Final = 5_000_000_000
"""A message that stops for so long (ns) is not continued: the line was cut (our choice: at 300
bit/s the longest message takes 3 s)."""

DAMAGED: Final = 0x80
"""What the port hands up for an octet that the line broke (parity, framing, break)."""

FILL: Final = (0x00, 0x7F, 0xFF, 0x11, 0x13)
"""Octets without a meaning: NUL, DEL (DMS-100 sends two before ^Y), XON and XOFF."""

NO_PARITY: Final = 0
EVEN: Final = 1
ODD: Final = 2

_CR: Final = 0x0D
_LF: Final = 0x0A
_CLAUSE: Final = "GR-283-CORE"
_STARTS: Final = {CALLS: (b"MD", b"MWI"), LAMPS: (b"OP:", b"RMV:")}
_PARITY: Final = bytes([bin(n).count("1") & 1 for n in range(256)])


def with_parity(data: bytes, parity: int) -> bytes:
    """Octets of seven bits with their parity as the eighth."""
    if parity == NO_PARITY:
        return data
    odd = 1 if parity == ODD else 0
    return bytes([(n & 0x7F) | ((_PARITY[n & 0x7F] ^ odd) << 7) for n in data])


class Framer:
    """Takes octets as they come, gives whole messages. ``parity``: EVEN or ODD where the octets
    bear it as their eighth bit, NO_PARITY where the port has checked it (or there is none)."""

    def __init__(self, lengths: Lengths, parity: int = NO_PARITY) -> None:
        self.lengths: Final = lengths
        self.parity: Final = parity
        self.faults: Final[list[ProtocolFault]] = []
        """What was found wrong; to be taken."""
        self.octets: int = 0
        self._text: bytearray = bytearray()
        """The line so far, without CR, LF and fill."""
        self._done: bytes = b""
        """The message's line that its CR LF closed; its end octet is to come."""
        self._damaged: bool = False
        self._lost: bool = False
        """Too long to be a message: wait for an end."""
        self._last: int = 0

    def receive(self, data: bytes, now: int) -> list[Message]:
        """Octets from the line; the messages that they complete."""
        if self.pending and now - self._last > GAP:
            self.fault("cut", "the line stopped in the middle of a message")
        self._last = now
        found: list[Message] = []
        for octet in data:
            self.octets += 1
            octet = self._checked(octet)
            if octet in (CALLS, LAMPS):
                self._end(octet, found)
            elif octet in (_LF, _CR):
                self._line()
            elif octet not in FILL:
                self._take(octet)
        return found

    @property
    def pending(self) -> bool:
        """A message has begun."""
        return bool(self._text or self._done or self._lost)

    def line_lost(self) -> None:
        """The line went away: what had begun does not end any more."""
        if self.pending:
            self.fault("cut", "the line was lost in the middle of a message")

    def fault(self, kind: str, text: str) -> None:
        """Tell what is wrong with the message that is being taken, and begin anew."""
        raw = bytes(self._done + self._text)
        self.faults.append(ProtocolFault(kind, text, _CLAUSE, raw))
        self._begin()

    def _begin(self) -> None:
        self._text.clear()
        self._done = b""
        self._damaged = False
        self._lost = False

    def _checked(self, octet: int) -> int:
        if self.parity == NO_PARITY or octet == 0xFF:
            return octet
        odd = 1 if self.parity == ODD else 0
        return octet & 0x7F if _PARITY[octet] == odd else DAMAGED

    def _take(self, octet: int) -> None:
        if self._lost:
            return
        if self._done:
            # More text behind a whole line: the end of that message was lost.
            self.fault("end_lost", "the message has no end")
        if octet < 0x20 or octet >= 0x7F:
            self._damaged = True
        self._text.append(octet)
        if len(self._text) > LONGEST_MESSAGE:
            self.fault("too_long", f"{LONGEST_MESSAGE} octets without an end")
            self._lost = True

    def _line(self) -> None:
        if self._lost:
            self._begin()
        elif self._text:
            self._done = bytes(self._text)
            self._text.clear()

    def _end(self, end: int, found: list[Message]) -> None:
        text = self._done or bytes(self._text)
        if self._lost or not text:
            self._begin()
            return
        if self._damaged:
            self.fault("damaged", "an octet of the message was damaged (parity or framing)")
            return
        try:
            message = decode(self._without_prefix(text, end), end, self.lengths)
        except RemoteError as exc:
            self.fault("malformed", str(exc))
            return
        self._begin()
        found.append(message)

    def _without_prefix(self, text: bytes, end: int) -> bytes:
        """Noise before a message costs nothing but a mark in the counters."""
        place = max(text.rfind(start) for start in _STARTS[end])
        if place <= 0:
            return text
        if text[:place].strip():
            noise = ProtocolFault("noise", "octets between messages", _CLAUSE, text[:place])
            self.faults.append(noise)
        return text[place:]
