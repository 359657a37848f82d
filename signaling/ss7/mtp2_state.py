"""A signalling link's variables under their names in Q.703 (12.2), its timers and its signals."""

from __future__ import annotations

from typing import Final

from . import mtp2_signals as s
from . import mtp2_units as u
from .mtp2_config import REPEAT, T4E, T4N, T7, Mtp2Config
from .mtp2_events import Level2Event, Level2Fault, OutOfService

NEVER: Final = 1 << 61
"""Deadline of a timer that is not running (ns)."""

MOST_QUEUED: Final = 8192
"""Messages that may wait in TB: level 3 was told of congestion long before; one more is refused."""

# What reception control marks (Figures 14 and 16), as bits of ``marks``: all clear is the common
# case, a message in sequence on a link in service.

NOT_IN_SERVICE: Final = 1
"""Link state control is not in the state in service."""
RC_STOPPED: Final = 2
MSU_FISU_REJECTED: Final = 4
ABNORMAL_BSNR: Final = 8
ABNORMAL_FIBR: Final = 16
RTR: Final = 32
"""A retransmission is expected."""
CONGESTION_DISCARD: Final = 64
CONGESTION_ACCEPT: Final = 128
CONGESTED: Final = CONGESTION_DISCARD | CONGESTION_ACCEPT


class CommonVariables:
    """What all blocks share: configuration, states, signals and events."""

    def __init__(self, config: Mtp2Config) -> None:
        self.config: Final = config
        self.pcr: Final[bool] = config.pcr
        self.line_fills: Final[bool] = config.line_fills
        self.longest: Final[int] = config.longest + 3
        """Octets of the longest signal unit without flags and check bits."""
        self.counters: Final = u.Counters()
        self.state: Final[list[int]] = [0] * 8
        """State of each machine, by LSC to CC."""
        self.signals: list[int] = []
        self.happened: list[Level2Event] = []
        self.moved: bool = False
        """Link state control or initial alignment control changed its state."""
        self.now: int = 0


class AlignmentVariables(CommonVariables):
    """Marks of level 3 and link state control, initial alignment control, error rate monitors."""

    def __init__(self, config: Mtp2Config) -> None:
        super().__init__(config)
        # Level 3's and link state control's marks.
        self.emergency_marked: bool = False
        self.local_processor_outage_marked: bool = False
        self.level_3_indication_received: bool = False
        self.reason: str = ""
        """Why a link failure is signalled."""
        # Initial alignment control.
        self.iac_emergency: bool = False
        self.t4_period: int = T4N
        self.cp: int = 0
        """Proving attempts that failed."""
        self.further_proving: bool = False
        # Error rate monitors.
        self.ca: int = 0
        self.ti: int = config.row.Tin
        self.aborted_proving: bool = False
        self.cs: int = 0
        self.ns_base: int = 0
        """Ns of the SUERM is counters.rx_units + errors since ``ns_base``: decrements are made up
        when the next error comes, which gives the same counts."""
        self.ce: int = 0
        self.interval_error: bool = False
        self.su_received: int = 0
        """counters.rx_units when the interval of T8 began."""


class TransmissionVariables(AlignmentVariables):
    """Transmission control, and congestion control."""

    def __init__(self, config: Mtp2Config) -> None:
        super().__init__(config)
        self.tb: list[bytes] = []
        """Not sent yet: LI octet, SIO and SIF."""
        self.rtb: Final[list[bytes]] = [b""] * 128
        """Sent and not acknowledged: FSNF to FSNL, by FSN."""
        self.rtb_octets: int = 0
        self.fsnf: int = 0
        self.fsnl: int = 127
        """Of the last message sent (FSNL); reception control's FSNT has the same value."""
        self.fib: int = u.BIT
        self.back: int = u.BIT | 127
        """First octet of what is sent: BIB, and BSN = FSNX - 1 as transmission control knows it."""
        self.acked: int = u.BIT | 127
        """First octet received that says nothing new: FIB, and FSNF - 1."""
        self.z: int = 0
        """The message to send again next."""
        self.retransmission_cycle: bool = False
        self.forced_retransmission: bool = False
        self.rtb_full: bool = False
        self.lssu_available: bool = False
        self.status: int = u.SIOS
        self.msu_inhibited: bool = False
        self.sib_received: bool = False
        self.repeat_due: bool = False
        """Preventive cyclic retransmission without a line's pace: a cycle is due."""
        self.fsnc: int = 0
        self.on_line: int = -1
        """The fill-in handed out last, that the line repeats: its two first octets
        and its kind; -1: none."""
        self.ordered: list[bytes] = []
        """LSSUs that were ordered before the one of now and not handed out yet."""
        self.level: int = 0
        """Congestion level told to level 3."""
        self.onset: int = config.onset[0]
        self.abatement: int = -1


class ReceptionVariables(TransmissionVariables):
    """Reception control."""

    def __init__(self, config: Mtp2Config) -> None:
        super().__init__(config)
        self.marks: int = NOT_IN_SERVICE | RC_STOPPED | MSU_FISU_REJECTED
        self.fsnx: int = 0
        self.fibx: int = u.BIT
        self.expected: int = u.BIT
        """Second octet of the message in sequence: FIBX and FSNX."""
        self.unb: int = 0
        self.unf: int = 0
        self.su: bytes = b""
        """The unit that is being served."""
        self.fill_in: bytes = b""
        """The fill-in last received; ``fill_live``: it is on the line now, repeated."""
        self.fill_live: bool = False
        self.bad_run: int = 0
        """Units in error since the last good one."""


class LinkVariables(ReceptionVariables):
    """Variables of all blocks, timers, and the queue of signals between the blocks."""

    def __init__(self, config: Mtp2Config) -> None:
        super().__init__(config)
        # Timers: deadlines, T7 apart because it is the one that always runs.
        self.t7: int = NEVER
        self.t7_ns: Final[int] = config.timers[T7]
        self.timers: Final[list[int]] = [NEVER] * (REPEAT + 1)
        self.earliest: int = NEVER

    # Timers

    def start_timer(self, index: int, ns: int, now: int) -> None:
        self.timers[index] = now + ns
        self.earliest = min(self.timers)

    def stop_timer(self, index: int) -> None:
        if self.timers[index] != NEVER:
            self.timers[index] = NEVER
            self.earliest = min(self.timers)

    def t4_ns(self) -> int:
        return self.config.timers[T4E if self.t4_period == T4E else T4N]

    # Signals between the blocks

    def signal(self, machine: int, input_: int) -> None:
        """Put a signal on the queue."""
        self.signals.append(machine << 8 | input_)

    def link_failure(self, reason: str) -> None:
        self.reason = reason
        self.signal(s.LSC, s.LSC_LINK_FAILURE)

    # To level 3

    def fault(self, kind: str, text: str, clause: str) -> None:
        self.happened.append(Level2Fault(kind, text, clause))

    def out_of_service(self, reason: str) -> None:
        self.happened.append(OutOfService(reason))

    # Buffers

    def waiting(self) -> int:
        """Messages sent and not acknowledged: what is in RTB."""
        return (self.fsnl - self.fsnf + 1) & 127

    def set_expected(self) -> None:
        self.expected = self.fibx | self.fsnx
