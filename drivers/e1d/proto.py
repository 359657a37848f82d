"""osmo-e1d's control protocol: its messages, bounded on both sides.

One packet of a SOCK_SEQPACKET socket is one message: a head of 8 octets in the host's order (magic,
length of the whole message, type, interface, line, timeslot) and a body. Facts of include/osmocom/
e1d/proto.h and of what osmo-e1d's server does. Nothing here raises for what the other side sent:
``decode`` gives a ``Malformed``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ...board.events import Alarm

MAGIC = 0x01E1
"""The high octet is the protocol's version."""
MAX_LENGTH = 4096
INVALID = 0xFF
"""Of an interface, line or timeslot: none, or all of them."""
SUPERCHANNEL = 0xFE
"""A timeslot number: 1 to 31 of a line as one channel."""
DEFAULT_SOCKET = "/tmp/osmo-e1d.ctl"
MAX_HDLC = 264
"""Octets of a frame of an HDLC timeslot."""

INTF_QUERY, LINE_QUERY, TS_QUERY, LINE_CONFIG, TS_OPEN, SABITS = range(6)
COMMANDS = ("INTF_QUERY", "LINE_QUERY", "TS_QUERY", "LINE_CONFIG", "TS_OPEN", "SABITS")
EVENT = 0x40
RESPONSE = 0x80
ERROR = 0xC0
KIND = 0xC0
"""Mask of what a message is: 0 command, else EVENT, RESPONSE or ERROR."""
EVENT_SABITS = 0x7F

ALARM_EVENTS = {
    0x40: (Alarm.LOS, True),
    0x41: (Alarm.LOS, False),
    0x42: (Alarm.AIS, True),
    0x43: (Alarm.AIS, False),
    0x44: (Alarm.RAI, True),
    0x45: (Alarm.RAI, False),
    0x46: (Alarm.LOF, True),
    0x47: (Alarm.LOF, False),
}
ALARM_CODES = {state: code for code, state in ALARM_EVENTS.items()}

LINE_OFF, LINE_CHANNELIZED, LINE_SUPERCHANNEL, LINE_E1OIP = 0x00, 0x20, 0x21, 0x22
TS_OFF, TS_RAW, TS_HDLC = 0x00, 0x10, 0x11
FORCE = 0x80
"""Flag of TS_OPEN: take the timeslot from whoever has it."""
OPENED = 0xA5
"""``TimeslotInfo.status`` of a timeslot that was just opened."""

_HEAD = struct.Struct("=HHBBBB")
_INTERFACE = struct.Struct("=BB")
_LINE = struct.Struct("=BBB")
_CONFIG = struct.Struct("=BBH")
_TIMESLOT = struct.Struct("=BBBHB")
HEAD_LENGTH = _HEAD.size


@dataclass(frozen=True)
class Message:
    """One message. ``intf``, ``line`` and ``timeslot`` are 0 to 255, INVALID for none."""

    type: int
    intf: int = INVALID
    line: int = INVALID
    timeslot: int = INVALID
    body: bytes = b""

    @property
    def kind(self) -> int:
        """0 of a command, or EVENT, RESPONSE, ERROR."""
        return self.type & KIND

    @property
    def command(self) -> int:
        """The command, or the one that a RESPONSE answers."""
        return self.type & ~KIND

    def encode(self) -> bytes:
        """The packet; ValueError when the body is longer than a message may be."""
        length = HEAD_LENGTH + len(self.body)
        if length > MAX_LENGTH:
            raise ValueError(f"a message of {length} octets: the protocol's limit is {MAX_LENGTH}")
        head = _HEAD.pack(MAGIC, length, self.type, self.intf, self.line, self.timeslot)
        return head + self.body


@dataclass(frozen=True)
class Malformed:
    """A packet that is no message of this protocol; ``text`` says why."""

    text: str


def decode(packet: bytes) -> Message | Malformed:
    """Read a packet. What goes beyond the length it gives is cut off; less is Malformed."""
    if len(packet) < HEAD_LENGTH:
        return Malformed(f"{len(packet)} octets: a head has {HEAD_LENGTH}")
    magic, length, kind, intf, line, timeslot = _HEAD.unpack_from(packet)
    if magic != MAGIC:
        return Malformed(
            f"magic {magic:#06x} where {MAGIC:#06x} was expected: another version of osmo-e1d, or "
            "another program's socket"
        )
    if not HEAD_LENGTH <= length <= min(len(packet), MAX_LENGTH):
        return Malformed(f"length {length} in a packet of {len(packet)} octets")
    return Message(kind, intf, line, timeslot, packet[HEAD_LENGTH:length])


# ---- bodies ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class InterfaceInfo:
    """One E1 interface: its number and how many lines it has."""

    id: int
    lines: int

    def encode(self) -> bytes:
        return _INTERFACE.pack(self.id, self.lines)


@dataclass(frozen=True)
class LineInfo:
    """One line. ``mode``: LINE_*; ``status`` is not defined yet (0)."""

    id: int
    mode: int
    status: int = 0

    def encode(self) -> bytes:
        return _LINE.pack(self.id, self.mode, self.status)


@dataclass(frozen=True)
class TimeslotConfig:
    """How a timeslot is opened. ``mode``: TS_*; ``bufsize``: octets that are told at a time."""

    mode: int
    flags: int = 0
    bufsize: int = 160

    def encode(self) -> bytes:
        return _CONFIG.pack(self.mode, self.flags, self.bufsize)


@dataclass(frozen=True)
class TimeslotInfo:
    """One timeslot. ``mode``: TS_*."""

    id: int
    mode: int
    flags: int = 0
    bufsize: int = 0
    status: int = 0

    def encode(self) -> bytes:
        return _TIMESLOT.pack(self.id, self.mode, self.flags, self.bufsize, self.status)


def interfaces(body: bytes) -> list[InterfaceInfo]:
    """Of an answer to INTF_QUERY; octets beyond whole entries are left out, here and below."""
    return [InterfaceInfo(*e) for e in _INTERFACE.iter_unpack(_whole(body, _INTERFACE))]


def lines(body: bytes) -> list[LineInfo]:
    """Of an answer to LINE_QUERY or LINE_CONFIG."""
    return [LineInfo(*e) for e in _LINE.iter_unpack(_whole(body, _LINE))]


def timeslots(body: bytes) -> list[TimeslotInfo]:
    """Of an answer to TS_QUERY or TS_OPEN."""
    return [TimeslotInfo(*e) for e in _TIMESLOT.iter_unpack(_whole(body, _TIMESLOT))]


def timeslot_config(body: bytes) -> TimeslotConfig | None:
    """Of the command TS_OPEN; None when its length is wrong."""
    return TimeslotConfig(*_CONFIG.unpack(body)) if len(body) == _CONFIG.size else None


def _whole(body: bytes, of: struct.Struct) -> bytes:
    return body[: len(body) - len(body) % of.size]


# ---- Sa bits ---------------------------------------------------------------------------------

_SA = ((0x10, 0x10), (0x08, 0x20), (0x04, 0x01), (0x02, 0x40), (0x01, 0x80))
"""Sa4 to Sa8: bit of timeslot 0's octet, bit of the protocol's octet. Sa6 is bit 0, Sa4,
Sa5, Sa7 and Sa8 are bits 4 to 7; bits 1 to 3 are not used."""


def sa_to_wire(sa: int) -> int:
    """Sa4 (bit 4) to Sa8 (bit 0) as SABITS carries them."""
    return sum(there for here, there in _SA if sa & here)


def sa_from_wire(octet: int) -> int:
    """The other way."""
    return sum(here for here, there in _SA if octet & there)
