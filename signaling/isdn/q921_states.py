"""Q.921 Annex B: what each drawn input does in states 4 to 8. One method a drawing.

A method is named after its input and the states whose figures draw it so: Figure B-4 is state 4,
B-5 state 5, B-6 state 6, B-7 state 7, B-8 state 8; B-9 is for all of them. The parameters of the
received frame stand in ns, nr, pf, command and info.
"""

from __future__ import annotations

from . import q921_frames as q
from .q921_events import (
    ERROR_A,
    ERROR_B,
    ERROR_C,
    ERROR_D,
    ERROR_E,
    ERROR_F,
    ERROR_G,
    ERROR_H,
    ERROR_I,
    ERROR_K,
    ERROR_L,
    ERROR_M,
    ERROR_N,
    ERROR_O,
    RELEASED_ASKED,
    RELEASED_LAYER1,
    RELEASED_PEER,
    RELEASED_REFUSED,
    RELEASED_SILENT,
    Data,
    Established,
    Released,
    UnitData,
)
from .q921_procedures import (
    AWAITING_ESTABLISHMENT,
    MULTIPLE_FRAME_ESTABLISHED,
    NEVER,
    TEI_ASSIGNED,
    TIMER_RECOVERY,
    Procedures,
)


class Drawings(Procedures):
    """Figures B-4 to B-9 (1 to 3 of 5)."""

    # Figure B-4: TEI assigned

    def dl_establish_request_4(self, now: int) -> None:
        self.establish_data_link(now)
        self.layer_3_initiated = True
        self.state = AWAITING_ESTABLISHMENT

    def dl_release_request_4(self, now: int) -> None:
        self.happened.append(Released(True, RELEASED_ASKED))

    def sabme_4(self, now: int) -> None:
        if not self.able_to_establish:
            self.tx_u(q.DM, self.pf)
            return
        self.tx_u(q.UA, self.pf)
        self.clear_exception_conditions()
        self.reset_variables()
        self.happened.append(Established(False))
        self.t203 = now + self.t203_ns
        self.state = MULTIPLE_FRAME_ESTABLISHED

    def disc_4_5(self, now: int) -> None:
        """State 5: a collision of unlike commands (5.5.5.2) is answered with DM too."""
        self.tx_u(q.DM, self.pf)

    def dm_4(self, now: int) -> None:
        if self.pf or not self.able_to_establish:
            return
        self.establish_data_link(now)
        self.layer_3_initiated = True
        self.state = AWAITING_ESTABLISHMENT

    def ua_4_7_8(self, now: int) -> None:
        self.mdl_error(ERROR_C if self.pf else ERROR_D)

    # Figure B-5: awaiting establishment

    def dl_establish_request_5(self, now: int) -> None:
        """Behind a saved release it waits too, so that what layer 3 said last counts."""
        if self.saved:
            self.saved.append(self.input)
            return
        self.discard_i_queue()
        self.layer_3_initiated = True

    def dl_data_request_5(self, now: int) -> None:
        if self.layer_3_initiated:
            self.counters.refused += 1
        else:
            self.queue_up()

    def persistent_deactivation_5_7_8(self, now: int) -> None:
        self.discard_i_queue()
        self.happened.append(Released(False, RELEASED_LAYER1))
        self.t200 = self.t203 = NEVER
        self.state = TEI_ASSIGNED

    def sabme_5(self, now: int) -> None:
        self.tx_u(q.UA, self.pf)

    def ua_5(self, now: int) -> None:
        if not self.pf:
            self.mdl_error(ERROR_D)
            return
        if self.layer_3_initiated:
            self.layer_3_initiated = False
            self.discard_i_queue()
            self.happened.append(Established(True))
        elif self.vs != self.va:
            self.discard_i_queue()
            self.happened.append(Established(False))
        self.t200 = NEVER
        self.t203 = now + self.t203_ns
        self.reset_variables()
        self.state = MULTIPLE_FRAME_ESTABLISHED

    def dm_5(self, now: int) -> None:
        if not self.pf:
            return
        self.discard_i_queue()
        self.happened.append(Released(False, RELEASED_REFUSED))
        self.t200 = NEVER
        self.state = TEI_ASSIGNED

    def t200_expiry_5(self, now: int) -> None:
        if self.rc == self.config.n200:
            self.discard_i_queue()
            self.mdl_error(ERROR_G)
            self.happened.append(Released(False, RELEASED_SILENT))
            self.state = TEI_ASSIGNED
            return
        self.rc += 1
        self.tx_u(q.SABME, 1)
        self.t200 = now + self.t200_ns

    # Figure B-6: awaiting release

    def dl_release_request_6(self, now: int) -> None:
        """Under way already, unless an establish request is saved: then it waits behind that."""
        if self.saved:
            self.saved.append(self.input)

    def sabme_6(self, now: int) -> None:
        """A collision of unlike commands (5.5.5.2)."""
        self.tx_u(q.DM, self.pf)

    def disc_6(self, now: int) -> None:
        self.tx_u(q.UA, self.pf)

    def ua_6(self, now: int) -> None:
        if self.pf:
            self.released_6()
        else:
            self.mdl_error(ERROR_D)

    def dm_6(self, now: int) -> None:
        if self.pf:
            self.released_6()

    def persistent_deactivation_6(self, now: int) -> None:
        self.released_6()

    def released_6(self) -> None:
        self.happened.append(Released(True, RELEASED_ASKED))
        self.t200 = NEVER
        self.state = TEI_ASSIGNED

    def t200_expiry_6(self, now: int) -> None:
        if self.rc == self.config.n200:
            self.mdl_error(ERROR_H)
            self.released_6()
            return
        self.rc += 1
        self.tx_u(q.DISC, 1)
        self.t200 = now + self.t200_ns

    # Figures B-7 and B-8, where they draw the same

    def dl_establish_request_7_8(self, now: int) -> None:
        self.discard_i_queue()
        self.establish_data_link(now)
        self.layer_3_initiated = True
        self.state = AWAITING_ESTABLISHMENT

    def dl_release_request_7_8(self, now: int) -> None:
        self.release_data_link(now)

    def dl_data_request_7_8(self, now: int) -> None:
        self.queue_up()

    def sabme_7_8(self, now: int) -> None:
        self.tx_u(q.UA, self.pf)
        self.clear_exception_conditions()
        self.mdl_error(ERROR_F)
        if self.vs != self.va:
            self.discard_i_queue()
            self.happened.append(Established(False))
        self.t200 = NEVER
        self.t203 = now + self.t203_ns
        self.reset_variables()
        self.state = MULTIPLE_FRAME_ESTABLISHED

    def disc_7_8(self, now: int) -> None:
        self.discard_i_queue()
        self.tx_u(q.UA, self.pf)
        self.happened.append(Released(False, RELEASED_PEER))
        self.t200 = self.t203 = NEVER
        self.state = TEI_ASSIGNED

    def frmr_7_8(self, now: int) -> None:
        self.mdl_error(ERROR_K)
        self.re_establish(now)

    def set_own_receiver_busy_7_8(self, now: int) -> None:
        if not self.own_receiver_busy:
            self.own_receiver_busy = True
            self.tx_s(q.RNR, False, 0)
            self.acknowledge_pending = False

    def clear_own_receiver_busy_7_8(self, now: int) -> None:
        if self.own_receiver_busy:
            self.own_receiver_busy = False
            self.tx_rr(0)
            self.acknowledge_pending = False

    def acknowledge_pending_7_8(self, now: int) -> None:
        if self.acknowledge_pending:
            self.acknowledge_pending = False
            self.tx_rr(0)

    def re_establish(self, now: int) -> None:
        """Establish data link, clear layer 3 initiated, state 5: as drawn in many places."""
        self.establish_data_link(now)
        self.layer_3_initiated = False
        self.state = AWAITING_ESTABLISHMENT

    def receive_i(self) -> None:
        """The receiving half of an I frame, Figures B-7 (8 of 10) and B-8 (7 of 9)."""
        if self.own_receiver_busy:
            if self.pf:
                self.tx_s(q.RNR, False, 1)
                self.acknowledge_pending = False
        elif self.ns == self.vr:
            self.vr = (self.vr + 1) & 127
            self.reject_exception = False
            self.happened.append(Data(self.info))
            if self.pf:
                self.tx_rr(1)
                self.acknowledge_pending = False
            else:
                self.acknowledge_pending = True
        elif self.reject_exception:
            if self.pf:
                self.tx_rr(1)
                self.acknowledge_pending = False
        else:
            self.reject_exception = True
            self.tx_s(q.REJ, False, self.pf)
            self.acknowledge_pending = False

    # Figure B-7: multiple frame established

    def i_frame_queued_up_7(self, now: int) -> None:
        """All that the window lets go: the drawing served once for each frame in the queue."""
        if self.peer_receiver_busy:
            return
        while (self.vs - self.va) & 127 < self.k:
            vs = self.vs
            if vs != self.vn:
                unit = self.slots[vs]
                self.counters.retransmitted += 1
                self.vs = (vs + 1) & 127
            elif self.i_queue:
                unit = self.slots[vs] = self.i_queue.popleft()
                self.vs = self.vn = (vs + 1) & 127
            else:
                return
            head = self.command_address + q.OCTET[vs << 1] + q.OCTET[self.vr << 1]
            self.out.append(head + unit)
            self.counters.tx[q.I] += 1
            self.acknowledge_pending = False
            if self.t200 == NEVER:
                self.t203 = NEVER
                self.t200 = now + self.t200_ns

    def t200_expiry_7(self, now: int) -> None:
        """Of the two drawn choices, the enquiry: it costs 4 octets and no data is sent twice."""
        self.counters.recoveries += 1
        self.rc = 0
        self.transmit_enquiry(now)
        self.rc += 1
        self.state = TIMER_RECOVERY

    def t203_expiry_7(self, now: int) -> None:
        self.counters.recoveries += 1
        self.transmit_enquiry(now)
        self.rc = 0
        self.state = TIMER_RECOVERY

    def dm_7(self, now: int) -> None:
        if self.pf:
            self.mdl_error(ERROR_B)
            return
        self.mdl_error(ERROR_E)
        self.re_establish(now)

    def answer_poll_7(self) -> None:
        """P = 1 of a supervisory command is answered; F = 1 of a response is an error here."""
        if self.command:
            self.enquiry_response()
        else:
            self.mdl_error(ERROR_A)

    def rr_7(self, now: int) -> None:
        self.peer_receiver_busy = False
        if self.pf:
            self.answer_poll_7()
        if self.nr_valid():
            self.acknowledged_7(now)
        else:
            self.nr_error_recovery(now)

    def acknowledged_7(self, now: int) -> None:
        nr = self.nr
        if nr == self.vs:
            self.va = nr
            self.t200 = NEVER
            self.t203 = now + self.t203_ns
        elif nr != self.va:
            self.va = nr
            self.t200 = now + self.t200_ns

    def rej_7(self, now: int) -> None:
        self.peer_receiver_busy = False
        if self.pf:
            self.answer_poll_7()
        if not self.nr_valid():
            self.nr_error_recovery(now)
            return
        self.va = self.nr
        self.t200 = NEVER
        self.t203 = now + self.t203_ns
        self.invoke_retransmission()

    def rnr_7(self, now: int) -> None:
        self.peer_receiver_busy = True
        if self.pf:
            self.answer_poll_7()
        if not self.nr_valid():
            self.nr_error_recovery(now)
            return
        self.va = self.nr
        self.t203 = NEVER
        self.t200 = now + self.t200_ns

    def i_7(self, now: int) -> None:
        self.receive_i()
        if not self.nr_valid():
            self.nr_error_recovery(now)
        elif self.peer_receiver_busy:
            self.va = self.nr
        else:
            self.acknowledged_7(now)

    # Figure B-8: timer recovery

    def t200_expiry_8(self, now: int) -> None:
        if self.rc == self.config.n200:
            self.mdl_error(ERROR_I)
            self.re_establish(now)
            return
        self.transmit_enquiry(now)
        self.rc += 1

    def dm_8(self, now: int) -> None:
        self.mdl_error(ERROR_B if self.pf else ERROR_E)
        self.re_establish(now)

    def rr_rej_8(self, now: int) -> None:
        self.peer_receiver_busy = False
        if self.command and self.pf:
            self.enquiry_response()
        if not self.nr_valid():
            self.nr_error_recovery(now)
            return
        self.va = self.nr
        if not self.command and self.pf:
            self.t200 = NEVER
            self.t203 = now + self.t203_ns
            self.invoke_retransmission()
            self.state = MULTIPLE_FRAME_ESTABLISHED

    def rnr_8(self, now: int) -> None:
        self.peer_receiver_busy = True
        if self.command and self.pf:
            self.enquiry_response()
        if not self.nr_valid():
            self.nr_error_recovery(now)
            return
        self.va = self.nr
        if not self.command and self.pf:
            self.t200 = now + self.t200_ns
            self.invoke_retransmission()
            self.state = MULTIPLE_FRAME_ESTABLISHED

    def i_8(self, now: int) -> None:
        self.receive_i()
        if self.nr_valid():
            self.va = self.nr
        else:
            self.nr_error_recovery(now)

    # Figure B-9: all states

    def dl_unit_data_request(self, now: int) -> None:
        self.out.append(self.command_address + q.OCTET[q.CONTROL[q.UI]] + self.info)
        self.counters.tx[q.UI] += 1

    def ui(self, now: int) -> None:
        self.happened.append(UnitData(self.info))

    def save(self, now: int) -> None:
        """The SDL save symbol: served once the state has changed (5.5.1, 5.5.3)."""
        self.saved.append(self.input)

    def refuse_data(self, now: int) -> None:
        """DL-DATA REQUEST without a link: Figure 8/Q.921 does not permit it; it is counted."""
        self.counters.refused += 1

    def frame_error_l_4_5_6(self, now: int) -> None:
        self.mdl_error(ERROR_L, self.reason)

    def frame_error_m_4_5_6(self, now: int) -> None:
        self.mdl_error(ERROR_M)

    def frame_error_n_4_5_6(self, now: int) -> None:
        self.mdl_error(ERROR_N)

    def frame_error_o_4_5_6(self, now: int) -> None:
        self.mdl_error(ERROR_O)

    def frame_error_l_7_8(self, now: int) -> None:
        self.mdl_error(ERROR_L, self.reason)
        self.re_establish(now)

    def frame_error_m_7_8(self, now: int) -> None:
        self.mdl_error(ERROR_M)
        self.re_establish(now)

    def frame_error_n_7_8(self, now: int) -> None:
        self.mdl_error(ERROR_N)
        self.re_establish(now)

    def frame_error_o_7_8(self, now: int) -> None:
        self.mdl_error(ERROR_O)
        self.re_establish(now)
