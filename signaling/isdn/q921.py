"""Q.921 LAPD data link, point to point, fixed TEI: multiple-frame operation, both sides, no I/O.

The states are those of Annex B: 4 to 8 (1 to 3 have no TEI and are not reachable). Figures are in
q921_states.py, the table that draws them together in q921_table.py.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..fsm import Cell
from . import q921_frames as q
from . import q921_table as t
from .q921_config import LinkConfig
from .q921_events import LOOP_TEXT, LinkEvent
from .q921_procedures import MULTIPLE_FRAME_ESTABLISHED, NEVER
from .q921_states import Drawings

ROWS: Final[list[list[Cell | None]]] = t.Q921.cells


class DataLink(Drawings):
    """One data link connection endpoint.

    After any call take ``transmit``, ``events`` and ``next_timeout`` anew. ``now`` is ns and never
    goes back. What the far end does wrong is counted (``counters``) and told as ManagementError.
    ``able_to_establish`` False refuses SABME with DM (Figure B-4).
    """

    def __init__(self, config: LinkConfig) -> None:
        super().__init__(config)
        self.machine: Final = t.Q921
        self.n201: Final[int] = config.n201
        self.address_0: Final[int] = config.sapi << 2
        self.address_1: Final[int] = config.tei << 1 | 1
        self.peer_cr: Final[int] = 0 if config.network else 2

    # From layer 1

    def receive(self, frame: bytes, now: int) -> None:
        """A frame without flags and FCS. Invalid and foreign ones (2.9) are counted only."""
        size = len(frame)
        if size < 3 or frame[0] & 1 or not frame[1] & 1:
            self.counters.invalid += 1
            return
        cr = frame[0] & 2
        if frame[0] - cr != self.address_0 or frame[1] != self.address_1:
            self.counters.foreign += 1
            return
        self.command = command = cr == self.peer_cr
        control = frame[2]
        kind = q.KINDS[control]
        if kind > q.REJ:
            self._receive_u(kind, frame, now)
            return
        if size < 4:
            self.counters.invalid += 1
            return
        self.nr = frame[3] >> 1
        self.pf = frame[3] & 1
        self.counters.rx[kind] += 1
        if kind != q.I:
            self._serve(t.IN_ERROR_N if size > 4 else kind, now)
            return
        self.ns = control >> 1
        self.info = frame[4:]
        if not command:
            self.reason = ""
            self._serve(t.IN_ERROR_L, now)
        elif size - 4 > self.n201:
            self._serve(t.IN_ERROR_O, now)
        else:
            self._serve(t.IN_I, now)

    def _receive_u(self, kind: int, frame: bytes, now: int) -> None:
        """U frames: Table 5/Q.921 says which are commands and which have information."""
        self.counters.rx[kind] += 1
        self.pf = 1 if frame[2] & q.PF_U else 0
        self.info = frame[3:]
        allowed = q.AS_COMMAND[kind] if self.command else q.AS_RESPONSE[kind]
        if not allowed:
            self.reason = ""
            if kind == q.SABME or kind == q.DISC:
                self.counters.looped += 1
                self.reason = LOOP_TEXT
            self._serve(t.IN_ERROR_L, now)
        elif kind == q.UI or kind == q.XID:
            if len(self.info) > self.n201:
                self._serve(t.IN_ERROR_O, now)
            else:
                self._serve(kind, now)
        elif kind == q.FRMR:
            wrong = len(self.info) != q.FRMR_OCTETS
            self._serve(t.IN_ERROR_N if wrong else kind, now)
        elif self.info:
            self._serve(t.IN_ERROR_M, now)
        else:
            self._serve(kind, now)

    def activate(self, now: int) -> None:
        """Layer 1 is back (PH-ACTIVATE INDICATION). The link comes back by ``establish``."""
        self._serve(t.PH_ACTIVATE, now)

    def deactivate(self, now: int) -> None:
        """Layer 1 is lost for good (persistent deactivation): Released follows if up or rising."""
        self._serve(t.PERSISTENT_DEACTIVATION, now)

    # From layer 3

    def establish(self, now: int) -> None:
        """DL-ESTABLISH REQUEST: Established or Released follows."""
        self._serve(t.DL_ESTABLISH_REQUEST, now)

    def release(self, now: int) -> None:
        """DL-RELEASE REQUEST: Released follows."""
        self._serve(t.DL_RELEASE_REQUEST, now)

    def send(self, data: bytes, now: int) -> None:
        """DL-DATA REQUEST: one acknowledged unit of 1 to N201 octets.

        Without a link the unit is counted as refused; LocalError for a wrong length.
        """
        if not 0 < len(data) <= self.n201:
            raise LocalError(f"a data unit has 1 to {self.n201} octets (N201), not {len(data)}")
        self.info = data
        self._serve(t.DL_DATA_REQUEST, now)

    def send_unit(self, data: bytes, now: int) -> None:
        """DL-UNIT DATA REQUEST: one unacknowledged unit of 0 to N201 octets, in any state."""
        if len(data) > self.n201:
            raise LocalError(f"a data unit has at most {self.n201} octets (N201), not {len(data)}")
        self.info = data
        self._serve(t.DL_UNIT_DATA_REQUEST, now)

    def set_busy(self, on: bool, now: int) -> None:
        """Set or clear the own receiver busy condition (5.6.6) of an established link."""
        self._serve(t.SET_OWN_RECEIVER_BUSY if on else t.CLEAR_OWN_RECEIVER_BUSY, now)

    # To layers 1 and 3

    def transmit(self) -> list[bytes]:
        """Take the frames that are to go out, in order.

        One RR acknowledges all that came since the last call, unless an I frame did so: this is
        where ACKNOWLEDGE PENDING of Figures B-7 and B-8 is served.
        """
        if self.acknowledge_pending:
            self._serve(t.ACKNOWLEDGE_PENDING, 0)
        out = self.out
        self.out = []
        return out

    def events(self) -> list[LinkEvent]:
        """Take what happened, in order."""
        happened = self.happened
        self.happened = []
        return happened

    def next_timeout(self) -> int | None:
        """When ``handle_timeout`` wants to be called (ns); asking changes nothing."""
        earliest = min(self.t200, self.t203)
        return None if earliest == NEVER else earliest

    def handle_timeout(self, now: int) -> None:
        """Let T200 or T203 expire if due."""
        if self.t200 <= now:
            self.t200 = NEVER
            self._serve(t.T200_EXPIRY, now)
        elif self.t203 <= now:
            self.t203 = NEVER
            self._serve(t.T203_EXPIRY, now)

    @property
    def established(self) -> bool:
        """Can data be sent (states 7 and 8)?"""
        return self.state >= MULTIPLE_FRAME_ESTABLISHED

    # The machine

    def _serve(self, input_: int, now: int) -> None:
        """Look the input up in the table, do what is drawn, then serve queue and saved signals."""
        before = self.state
        self.input = input_
        cell = ROWS[before][input_]
        if cell is None or cell.method is None:
            if input_ <= t.IN_XID:
                self.counters.ignored += 1
            return
        cell.method(self, now)
        after = self.state
        if after != before or self.machine.strict:
            self.machine.check(before, input_, after)
        if after == MULTIPLE_FRAME_ESTABLISHED and (self.vs != self.vn or self.i_queue):
            self.i_frame_queued_up_7(now)
        if after != before and self.saved:
            self._serve_saved(now)

    def _serve_saved(self, now: int) -> None:
        """A new state: saved primitives are put to it, in order; it may save them again."""
        saved = self.saved
        self.saved = []
        for input_ in saved:
            self._serve(input_, now)
