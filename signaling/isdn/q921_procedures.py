"""Q.921 data link: its variables (3.5.2), queues (B.4) and the procedures of Figure B-9.

The names are the Recommendation's: va, vs, vr are V(A), V(S), V(R); rc the retransmission count.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from . import q921_frames as q
from .q921_config import LinkConfig
from .q921_events import (
    ERROR_CODES,
    ERROR_J,
    ERROR_TEXTS,
    LinkCounters,
    LinkEvent,
    ManagementError,
)

TEI_ASSIGNED: Final = 4
AWAITING_ESTABLISHMENT: Final = 5
AWAITING_RELEASE: Final = 6
MULTIPLE_FRAME_ESTABLISHED: Final = 7
TIMER_RECOVERY: Final = 8
"""States of B.2. 1 to 3 are without a TEI: a fixed TEI never is."""

MOST_QUEUED: Final = 8192
"""Units that may wait in the I queue: a far end that is busy (RNR) for ever must not fill memory.
One more is refused; the timers of layer 3 recover from that as from any loss."""

NEVER: Final = 1 << 61
"""Deadline of a timer that is not running (ns)."""


class Procedures:
    """Variables, timers, transmission, and what Figure B-9 draws once for several states."""

    def __init__(self, config: LinkConfig) -> None:
        self.config: Final = config
        self.t200_ns: Final[int] = config.t200
        self.t203_ns: Final[int] = config.t203
        self.k: Final[int] = config.k
        self.counters: Final = LinkCounters()
        self.state: int = TEI_ASSIGNED
        self.va: int = 0
        self.vs: int = 0
        self.vr: int = 0
        self.rc: int = 0
        self.layer_3_initiated: bool = False
        self.peer_receiver_busy: bool = False
        self.own_receiver_busy: bool = False
        self.reject_exception: bool = False
        self.acknowledge_pending: bool = False
        self.able_to_establish: bool = True
        """The decision "able to establish?" of Figure B-4; False bars the link."""
        self.t200: int = NEVER
        self.t203: int = NEVER
        """Deadlines, ns."""
        # The received frame or primitive that is being served.
        self.input: int = 0
        self.ns: int = 0
        self.nr: int = 0
        self.pf: int = 0
        self.command: bool = False
        self.info: bytes = b""
        self.reason: str = ""
        # The I queue of B.4: units not sent yet, and sent ones by N(S), of which those from vs up
        # to vn went back into the queue (invoke retransmission).
        self.i_queue: deque[bytes] = deque()
        self.slots: Final[list[bytes]] = [b""] * 128
        self.vn: int = 0
        # Saved signals (the SDL save symbol), as inputs.
        self.saved: list[int] = []
        self.out: list[bytes] = []
        self.happened: list[LinkEvent] = []
        cr = 1 if config.network else 0
        self.command_address: Final[bytes] = q.address(config.sapi, config.tei, cr)
        self.response_address: Final[bytes] = q.address(config.sapi, config.tei, 1 - cr)
        self.rr_responses: Final[list[bytes]] = [
            self.response_address + bytes([q.CONTROL[q.RR], octet]) for octet in range(256)
        ]

    # Transmission

    def tx_u(self, kind: int, pf: int) -> None:
        """Send a SABME or DISC command, or a UA or DM response."""
        address = self.command_address if q.AS_COMMAND[kind] else self.response_address
        self.out.append(address + q.OCTET[q.CONTROL[kind] | (q.PF_U if pf else 0)])
        self.counters.tx[kind] += 1

    def tx_rr(self, f: int) -> None:
        """RR response."""
        self.out.append(self.rr_responses[self.vr << 1 | f])
        self.counters.tx[q.RR] += 1

    def tx_s(self, kind: int, command: bool, pf: int) -> None:
        """RR, RNR or REJ with N(R) = V(R)."""
        address = self.command_address if command else self.response_address
        self.out.append(address + q.OCTET[q.CONTROL[kind]] + q.OCTET[self.vr << 1 | pf])
        self.counters.tx[kind] += 1

    def mdl_error(self, code: int, text: str = "") -> None:
        """MDL-ERROR INDICATION with a code of Table II.1."""
        self.counters.errors[code] += 1
        meaning, clause = ERROR_TEXTS[code]
        self.happened.append(ManagementError(ERROR_CODES[code], text or meaning, clause))

    # Queues

    def i_frame_waits(self) -> bool:
        """Is there anything in the I queue?"""
        return self.vs != self.vn or len(self.i_queue) > 0

    def queue_up(self) -> None:
        """The unit of a DL-DATA REQUEST goes into the I queue."""
        if len(self.i_queue) < MOST_QUEUED:
            self.i_queue.append(self.info)
        else:
            self.counters.refused += 1

    def discard_i_queue(self) -> None:
        self.counters.refused += len(self.i_queue)
        self.i_queue.clear()
        self.vn = self.vs

    def reset_variables(self) -> None:
        """V(S) = V(A) = V(R) = 0. What waits in the I queue gets new numbers."""
        while self.vn != self.vs:
            self.vn = (self.vn - 1) & 127
            self.i_queue.appendleft(self.slots[self.vn])
        self.va = self.vs = self.vr = self.vn = 0

    def nr_valid(self) -> bool:
        """V(A) <= N(R) <= V(S), modulo 128 (3.5.2.5)."""
        return (self.nr - self.va) & 127 <= (self.vs - self.va) & 127

    # Figure B-9 (4 of 5) and (5 of 5)

    def nr_error_recovery(self, now: int) -> None:
        self.mdl_error(ERROR_J)
        self.establish_data_link(now)
        self.layer_3_initiated = False
        self.state = AWAITING_ESTABLISHMENT

    def establish_data_link(self, now: int) -> None:
        self.clear_exception_conditions()
        self.rc = 0
        self.tx_u(q.SABME, 1)
        self.t200 = now + self.t200_ns
        self.t203 = NEVER

    def clear_exception_conditions(self) -> None:
        self.peer_receiver_busy = False
        self.reject_exception = False
        self.own_receiver_busy = False
        self.acknowledge_pending = False

    def transmit_enquiry(self, now: int) -> None:
        self.tx_s(q.RNR if self.own_receiver_busy else q.RR, True, 1)
        self.acknowledge_pending = False
        self.t200 = now + self.t200_ns
        self.t203 = NEVER

    def enquiry_response(self) -> None:
        if self.own_receiver_busy:
            self.tx_s(q.RNR, False, 1)
        else:
            self.tx_rr(1)
        self.acknowledge_pending = False

    def invoke_retransmission(self) -> None:
        """V(S) goes back to N(R); what was sent from there is in the I queue again."""
        self.vs = self.nr

    def release_data_link(self, now: int) -> None:
        """DL-RELEASE REQUEST in states 7 and 8 (Figures B-7, B-8)."""
        self.discard_i_queue()
        self.rc = 0
        self.tx_u(q.DISC, 1)
        self.t203 = NEVER
        self.t200 = now + self.t200_ns
        self.state = AWAITING_RELEASE
