"""The messages of SMDI, and how they look on the line.

Towards the message desk, a call's history and a lamp that could not be changed:

    CR LF "MD" ddd tttt k forwarding SP calling SP CR LF ^Y
    CR LF "MWI" number SP "INV" or "BLK" CR LF ^Y

Towards the exchange, a lamp to be lit or put out:

    "OP:MWI"  SP number "!" ^D
    "RMV:MWI" SP number "!" ^D

``ddd`` is the message desk, 001 to 063; ``tttt`` the terminal, 0001 to 4095: the line of the desk
that the call is on; ``k`` the kind of call; numbers have 7 or 10 digits at an exchange, fewer at a
PBX, and either may be missing.

Where this comes from: GR-283-CORE could not be had. The layouts are those that manuals give, and
they agree: Nortel's DMS-100 (Meridian Digital Centrex user guide, "SMDI Quick References": all of
them, numbers of 7 or 10 digits, MWI without a space, DEL DEL before its ^Y); Toshiba VP 300 (MWI
with a space); Cisco CallManager and LG/Ericsson iPECS (kinds, terminals to 9999, numbers of other
lengths). Not verified against the standard's text: that a desk number of 000 is never used, and
which kinds of call other than A, B, D, N and U it allows.
"""

from __future__ import annotations

import re
from typing import Final

from ...errors import RemoteError

CALLS: Final = 0x19
"""^Y: the end of what an exchange sends."""
LAMPS: Final = 0x04
"""^D: the end of what a message desk sends."""

DIRECT: Final = "D"
ALL_CALLS: Final = "A"
BUSY: Final = "B"
NO_ANSWER: Final = "N"
UNKNOWN: Final = "U"

INVALID: Final = "INV"
BLOCKED: Final = "BLK"

LONGEST: Final = 32
"""Digits of a number that is still taken for one (Q.763 and Q.931 carry no more)."""

KINDS: Final[dict[str, tuple[str, int]]] = {
    DIRECT: ("direct call", 0),
    ALL_CALLS: ("all calls forwarded", 3),
    BUSY: ("forwarded on busy", 1),
    NO_ANSWER: ("forwarded on no answer", 2),
    UNKNOWN: ("forwarded, reason not known", 0),
}
"""Kinds of call: in words, and as redirecting reason of Q.763 3.45."""

KIND_OF_REASON: Final = {1: BUSY, 2: NO_ANSWER, 3: ALL_CALLS}
"""A redirecting reason of Q.763 3.45 as a kind; any other is UNKNOWN."""


class CallHistory:
    """A call that is offered on a line of the message desk: why, from where, by whom."""

    __slots__ = ("calling", "desk", "forwarding", "kind", "raw", "terminal")

    def __init__(
        self,
        desk: int,
        terminal: int,
        kind: str,
        forwarding: str,
        calling: str,
        raw: bytes = b"",
    ) -> None:
        self.desk: Final = desk
        self.terminal: Final = terminal
        self.kind: Final = kind
        """One of KINDS."""
        self.forwarding: Final = forwarding
        """The station that the call was forwarded from; "": none."""
        self.calling: Final = calling
        """"": not known."""
        self.raw: Final = raw
        """The octets as they came."""

    def same(self, other: CallHistory) -> bool:
        """The message says the same."""
        return (self.desk, self.terminal, self.kind, self.forwarding, self.calling) == (
            other.desk,
            other.terminal,
            other.kind,
            other.forwarding,
            other.calling,
        )

    @property
    def reason(self) -> int:
        """Redirecting reason of Q.763 3.45."""
        return KINDS[self.kind][1]

    def text(self) -> str:
        """In words, for people."""
        from_ = f" from {self.forwarding}" if self.forwarding else ""
        by = self.calling or "not told"
        where = f"desk {self.desk:03} terminal {self.terminal:04}"
        return f"{where}: {KINDS[self.kind][0]}{from_}, caller {by}"


class WaitingRequest:
    """The message desk wants a station's lamp lit or put out."""

    __slots__ = ("number", "on", "raw")

    def __init__(self, number: str, on: bool, raw: bytes = b"") -> None:
        self.number: Final = number
        self.on: Final = on
        self.raw: Final = raw

    def text(self) -> str:
        return f"message waiting {'on' if self.on else 'off'} for {self.number}"


class WaitingRefused:
    """The exchange could not change a lamp."""

    __slots__ = ("number", "raw", "why")

    def __init__(self, number: str, why: str, raw: bytes = b"") -> None:
        self.number: Final = number
        self.why: Final = why
        """INVALID or BLOCKED."""
        self.raw: Final = raw

    def text(self) -> str:
        words = "no such number" if self.why == INVALID else "cannot be done now"
        return f"message waiting refused for {self.number}: {words}"


Message = CallHistory | WaitingRequest | WaitingRefused

_HISTORY: Final = re.compile(rb"MD([0-9]{3})([0-9]{4})([A-Z])([0-9]*) ([0-9]*) ")
_REFUSED: Final = re.compile(rb"MWI ?([0-9]*) ([A-Z]{3})")
_REQUEST: Final = re.compile(rb"(OP|RMV): ?MWI ?([0-9]*)!")


class Lengths:
    """How many digits the exchange's numbers have. ``()``: any; a digit that the line loses or
    doubles can then not be told from a number that has no such digit."""

    def __init__(self, digits: tuple[int, ...] = ()) -> None:
        self.digits: Final = digits

    def check(self, number: str, name: str, may_be_empty: bool) -> None:
        """RemoteError for a number that cannot be one."""
        length = len(number)
        if length == 0 and may_be_empty:
            return
        if length == 0 or length > LONGEST or (self.digits and length not in self.digits):
            wanted = ", ".join(str(n) for n in self.digits) or f"1 to {LONGEST}"
            raise RemoteError(f"the {name} number has {length} digits, not {wanted}")


def encode(message: Message) -> bytes:
    """The octets of a message, without parity."""
    if isinstance(message, CallHistory):
        body = (
            f"\r\nMD{message.desk:03}{message.terminal:04}{message.kind}"
            f"{message.forwarding} {message.calling} \r\n\x19"
        )
    elif isinstance(message, WaitingRequest):
        body = f"{'OP' if message.on else 'RMV'}:MWI {message.number}!\x04"
    else:
        body = f"\r\nMWI{message.number} {message.why}\r\n\x19"
    return body.encode("ascii")


def decode(text: bytes, end: int, lengths: Lengths) -> Message:
    """The message of the octets between line feeds, or before ``end``; RemoteError says what is
    wrong with it. ``text`` has neither CR LF nor the end octet."""
    if end == LAMPS:
        return _decode_request(text)
    found = _HISTORY.fullmatch(text)
    if found is not None:
        return _decode_history(found, text, lengths)
    found = _REFUSED.fullmatch(text)
    if found is None:
        raise RemoteError("this is neither a call's history (MD) nor a refused lamp (MWI)")
    why = found[2].decode()
    if why not in (INVALID, BLOCKED):
        raise RemoteError(f"a lamp is refused with {why}, not INV or BLK")
    number = found[1].decode()
    # An exchange may say so without naming the number, or give back the wrong one that it got.
    Lengths().check(number, "refused", True)
    return WaitingRefused(number, why, text)


def _decode_history(found: re.Match[bytes], text: bytes, lengths: Lengths) -> CallHistory:
    kind = found[3].decode()
    if kind not in KINDS:
        raise RemoteError(f"calls of kind {kind} are not known")
    desk, terminal = int(found[1]), int(found[2])
    forwarding, calling = found[4].decode(), found[5].decode()
    if desk == 0 or terminal == 0:
        raise RemoteError("desks and terminals are counted from 1")
    lengths.check(forwarding, "forwarding", True)
    lengths.check(calling, "calling", True)
    return CallHistory(desk, terminal, kind, forwarding, calling, text)


def _decode_request(text: bytes) -> WaitingRequest:
    found = _REQUEST.fullmatch(text)
    if found is None:
        raise RemoteError("this is neither OP:MWI number! nor RMV:MWI number!")
    number = found[2].decode()
    # One of a wrong length is a request all the same, and answered INV.
    Lengths().check(number, "station's", False)
    return WaitingRequest(number, found[1] == b"OP", text)
