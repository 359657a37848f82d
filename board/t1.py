"""What a T1 span does beyond an E1: the data link of ESF, its codewords and reports (T1.403)."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from dataclasses import dataclass

from .events import BoardEvent
from .model import Loopback


class FdlCode(enum.IntEnum):
    """Codewords of the data link (T1.403 9.4.1): the octet written before the eight ones. The line
    sends both from right to left."""

    RAI = 0x00
    """Yellow alarm: the board sends it by itself, and Alarm.RAI tells it."""
    LINE_UP = 0x0E
    LINE_DOWN = 0x38
    PAYLOAD_UP = 0x14
    PAYLOAD_DOWN = 0x32
    NETWORK_UP = 0x12
    """For the network's own equipment: told, not obeyed."""
    DOWN = 0x24
    """Universal loopback deactivate."""


@dataclass(init=False)
class FdlReceived(BoardEvent):
    """Something came on the data link of a T1 with ESF.

    ``code`` is the codeword's octet (FdlCode has those that are known), told once each time it is
    sent; -1 for a message, whose octets without FCS are in ``message``. Performance reports are
    counted and not told.
    """

    __slots__ = ("code", "message", "span")
    span: int
    code: int
    message: bytes

    def __init__(self, time: int, span: int, code: int, message: bytes) -> None:
        self.time = time
        self.span = span
        self.code = code
        self.message = message


@dataclass(frozen=True)
class T1Counters:
    """Totals since the board was opened, beside SpanCounters."""

    crc6_errors: int
    """Extended superframes received with a wrong CRC-6."""
    severely_errored: int
    """Severely errored framing events: two alignment bits wrong in 3 ms (D4: in 0.75 ms)."""
    fdl_messages: int
    """Good messages received on the data link, reports among them."""
    fdl_faults: int
    fdl_codes: int
    """Commands received."""
    prm_sent: int
    prm_received: int
    """Performance reports (T1.403 9.4.2)."""
    far_errored: int
    """Seconds in which the far end found errors, by its reports."""
    far_severely_errored: int
    """Of those: 320 CRC-6 errors and more, or a severely errored framing event."""
    far_slipped: int
    """Seconds in which the far end slipped."""
    suppressed: int
    """Octets of zeros that went out with bit 7 set, as AMI asks for."""


class T1Span(ABC):
    """A span with ``kind`` SpanKind.T1."""

    @abstractmethod
    def send_code(self, code: int, repeats: int = 10) -> None:
        """ESF: send a codeword so often; LocalError for a D4 span, or what is no command."""

    @abstractmethod
    def looped(self) -> Loopback:
        """What is looped now, by ``set_loopback`` or by the far end's command."""

    @abstractmethod
    def t1_counters(self) -> T1Counters:
        """Counters of a T1."""
