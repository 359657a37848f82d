"""What an SDK driver and its child process (sdk_host.py) say to each other: a message a packet.

Packets go over a SOCK_SEQPACKET pair, MessagePack within; octets to be played come as a descriptor
beside their request.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

PACKET: Final = 1 << 17
"""Octets of a packet at most."""
BACKLOG: Final = 4096
"""Events that wait for the driver at most; what does not fit is counted and told."""
MARK: Final = 64
"""Octets of the memory in which the child says which call it is in."""

MOST: Final = 0x7FFFFFFF
"""Octets of a recording without a limit: the library's DWORD may be 4 octets."""

# How what plays or records ended
STOPPED: Final = 1
BY_DIGIT: Final = 2
RECORDED_TO_END: Final = 4
PLAYED_TO_END: Final = 5


class Start(msgspec.Struct, tag=True, array_like=True):
    """Load the library and start it, after ``delay_ms``. ``options``: the driver's own."""

    library: str
    poll_ms: int
    delay_ms: int
    options: dict[str, Any]


class Ask(msgspec.Struct, tag=True, array_like=True):
    """A command; an Answer follows."""

    serial: int
    what: str
    ch: int
    values: list[Any]


class Ready(msgspec.Struct, tag=True, array_like=True):
    """The library runs. ``survey``: what it has, in the driver's own words."""

    survey: Any


class Failed(msgspec.Struct, tag=True, array_like=True):
    """The library cannot be used. ``again``: another try may help."""

    text: str
    again: bool


class Answer(msgspec.Struct, tag=True, array_like=True):
    """To an Ask; ``error`` "": it was done."""

    serial: int
    value: Any
    error: str


class Happened(msgspec.Struct, tag=True, array_like=True):
    """An event of channel ``ch``, in the driver's own words, or "lost" with how many did not
    fit."""

    what: str
    ch: int
    values: list[Any]


Reply = Ready | Failed | Answer | Happened
encode: Final = msgspec.msgpack.encode
requests: Final = msgspec.msgpack.Decoder(Start | Ask)
replies: Final = msgspec.msgpack.Decoder(Reply)
