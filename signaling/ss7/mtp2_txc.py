"""Transmission control: Figures 13/Q.703 (basic) and 15 (preventive cyclic retransmission)."""

from __future__ import annotations

from . import mtp2_units as u
from .mtp2_config import REPEAT, T6
from .mtp2_events import OUT_T6, OUT_T7, BuffersCleared, Retrieved, TransmitCongestion
from .mtp2_iac import InitialAlignment
from .mtp2_signals import TXC, TXC_IN_SERVICE
from .mtp2_state import NEVER

_OCTET = u.OCTET


class TransmissionControl(InitialAlignment):
    """Figures 13 and 15. FSNT of reception control is FSNL here: they never differ."""

    # Start and what is to be sent

    def start_txc(self, now: int) -> None:
        self.stop_timer(T6)
        self.stop_timer(REPEAT)
        self.t7 = NEVER
        self.forced_retransmission = False
        self.rtb_full = False
        self.retransmission_cycle = False
        self.repeat_due = False
        self.sib_received = False
        self.msu_inhibited = False
        self.fsnl = 127
        self.fsnf = 0
        self.z = 0
        self.fib = u.BIT
        self.back = self.acked = u.BIT | 127
        self.clear_buffers()
        self.state[TXC] = TXC_IN_SERVICE

    def clear_buffers(self) -> None:
        """TB and RTB; level 3 hears that the congestion ended with them."""
        self.tb = []
        self.rtb_octets = 0
        for fsn in range(128):
            self.rtb[fsn] = b""
        if self.level:
            self.set_level(0)

    def send_status(self, status: int) -> None:
        """An LSSU to be repeated: messages wait, so T7 does not run. What was ordered before and
        not taken yet goes out first, once: the far end is to see the SIO before the SIN."""
        self.t7 = NEVER
        if self.lssu_available and len(self.ordered) < 8:
            self.lssu(self.ordered)
        self.status = status
        self.lssu_available = True
        self.msu_inhibited = True

    def send_sio(self, now: int) -> None:
        self.send_status(u.SIO)

    def send_sin(self, now: int) -> None:
        self.send_status(u.SIN)

    def send_sie(self, now: int) -> None:
        self.send_status(u.SIE)

    def send_sios(self, now: int) -> None:
        """What was ordered before and not taken belongs to an alignment that is over."""
        self.ordered = []
        self.lssu_available = False
        self.stop_timer(T6)
        self.sib_received = False
        self.send_status(u.SIOS)

    def send_sipo(self, now: int) -> None:
        self.stop_timer(T6)
        self.sib_received = False
        self.send_status(u.SIPO)

    def send_sib(self, now: int) -> None:
        """One SIB, then what was sent before (9.3); not into an LSSU of another kind."""
        if not self.msu_inhibited:
            self.status = u.SIB
            self.lssu_available = True

    def send_fisu(self, now: int) -> None:
        self.t7 = NEVER
        self.stop_timer(T6)
        self.sib_received = False
        self.msu_inhibited = True
        self.lssu_available = False
        self.ordered = []

    def send_msu(self, now: int) -> None:
        if self.fsnl != (self.fsnf - 1) & 127:
            self.t7 = now + self.t7_ns
            self.repeat_later(now)
        self.msu_inhibited = False
        self.lssu_available = False
        self.ordered = []

    # Acknowledgement

    def bsnr_and_bibr(self, octet: int, now: int) -> None:
        """BSNR (between FSNF - 1 and FSNL) and BIBR, as they stand in the first octet."""
        fsnf = (octet + 1) & 127
        if fsnf != self.fsnf:
            self.end_of_sib()
            if self.pcr:
                self.count_acknowledged(fsnf)
            # In retransmission, and in PCR, Z does not stay behind the oldest message.
            if (self.z - self.fsnf) & 127 < (fsnf - self.fsnf) & 127:
                self.z = fsnf
            self.fsnf = fsnf
            if fsnf == (self.fsnl + 1) & 127:
                self.t7 = NEVER
                self.retransmission_cycle = False
                self.forced_retransmission = False
            elif not self.msu_inhibited:
                self.t7 = now + self.t7_ns
            if self.level:
                self.check_abatement()
        if octet & u.BIT != self.fib and not self.pcr:
            self.counters.rx_nacks += 1
            self.end_of_sib()
            self.fib = octet & u.BIT
            self.z = fsnf
            self.retransmission_cycle = fsnf != (self.fsnl + 1) & 127
        self.acked = self.fib | (fsnf - 1) & 127

    def bsnr_and_bibr_drawn(self, now: int) -> None:
        self.bsnr_and_bibr(self.su[0], now)

    def count_acknowledged(self, fsnf: int) -> None:
        """N1 and N2 count what is left in RTB (6.4.1). A forced retransmission goes on to the last
        message all the same: what follows a lost one was discarded, and is to be sent again."""
        fsn = self.fsnf
        while fsn != fsnf:
            self.rtb_octets -= len(self.rtb[fsn])
            fsn = (fsn + 1) & 127
        left = (self.fsnl + 1 - fsnf) & 127
        if left < self.config.n1 and self.rtb_octets < self.config.n2:
            self.rtb_full = False

    def end_of_sib(self) -> None:
        if self.sib_received:
            self.sib_received = False
            self.stop_timer(T6)

    def sib_received_drawn(self, now: int) -> None:
        """9.3.2: T7 begins anew with each SIB, T6 with the first. Nothing waits: nothing to do."""
        if self.msu_inhibited or self.fsnl == (self.fsnf - 1) & 127:
            return
        if not self.sib_received:
            self.sib_received = True
            self.start_timer(T6, self.config.timers[T6], now)
        self.t7 = now + self.t7_ns

    def t6_expired(self, now: int) -> None:
        self.sib_received = False
        self.t7 = NEVER
        self.link_failure(OUT_T6)

    def t7_expired(self, now: int) -> None:
        """A line that filters repeats hands over the first SIBs of a far end that sends nothing
        else: they still come, and T6 limits them (9.3.2)."""
        if self.sib_received and self.fill_live and self.fill_in[3:4] == _OCTET[u.SIB]:
            self.t7 = now + self.t7_ns
            return
        self.end_of_sib()
        self.link_failure(OUT_T7)

    # What reception control says of its FSNX

    def fsnx_value(self, now: int) -> None:
        self.back = self.back & u.BIT | (self.fsnx - 1) & 127

    def nack_to_be_sent(self, now: int) -> None:
        self.counters.tx_nacks += 1
        self.back = (self.back & u.BIT ^ u.BIT) | (self.fsnx - 1) & 127

    # Buffers of level 3

    def flush_buffers_txc(self, now: int) -> None:
        """FSNF = BSNR + 1 and FSNL = BSNR: the next message takes the number the far end awaits."""
        self.t7 = NEVER
        self.stop_timer(REPEAT)
        self.forced_retransmission = False
        self.rtb_full = False
        self.retransmission_cycle = False
        self.fsnl = (self.fsnf - 1) & 127
        self.z = self.fsnf
        self.clear_buffers()
        self.happened.append(BuffersCleared())

    def retrieval_request_and_fsnc(self, now: int) -> None:
        """All after FSNC, then TB (Q.704 5.6, 5.7). FSNC -1: the far end's is not known, so only
        what was never sent. An unreasonable FSNC retrieves nothing (Q.704 5.7.2)."""
        messages: list[bytes] = []
        fsnc = self.fsnc
        last = (self.fsnf - 1) & 127
        if fsnc >= 0 and (fsnc - last) & 127 > (self.fsnl - last) & 127:
            self.fault(
                "unreasonable_fsnc",
                f"changeover with FSN {fsnc}, but {last} to {self.fsnl} are possible",
                "Q.704 5.7.2",
            )
        else:
            fsn = fsnc if fsnc >= 0 else self.fsnl
            while fsn != self.fsnl:
                fsn = (fsn + 1) & 127
                messages.append(self.rtb[fsn][1:])
            messages += [body[1:] for body in self.tb]
        if fsnc >= 0:
            self.fsnf = (fsnc + 1) & 127
            self.fsnl = fsnc
        else:
            self.fsnf = (self.fsnl + 1) & 127
        self.z = self.fsnf
        self.rtb_full = False
        self.forced_retransmission = False
        self.retransmission_cycle = False
        self.t7 = NEVER
        self.stop_timer(REPEAT)
        self.clear_buffers()
        self.happened.append(Retrieved(messages))
        self.happened.append(BuffersCleared())

    def message_for_transmission(self, now: int) -> None:
        """The drawing of ``send``, which does it in a straight line."""
        self.tb.append(self.su)
        if len(self.tb) + ((self.fsnl + 1 - self.fsnf) & 127) >= self.onset:
            self.check_onset()

    # Congestion told to level 3 (Q.704 3.8)

    def set_level(self, level: int) -> None:
        config = self.config
        self.level = level
        self.onset = config.onset[level] if level < len(config.onset) else NEVER
        self.abatement = config.abate[level - 1] if level else -1
        self.happened.append(TransmitCongestion(level))

    def check_onset(self) -> None:
        while len(self.tb) + self.waiting() >= self.onset:
            self.set_level(self.level + 1)

    def check_abatement(self) -> None:
        while len(self.tb) + self.waiting() <= self.abatement:
            self.set_level(self.level - 1)

    # Transmission request

    def lssu(self, out: list[bytes]) -> bool:
        """The status unit that is to be sent; True if nothing else may follow."""
        if self.ordered and out is not self.ordered:
            out += self.ordered
            self.ordered = []
        front = self.fib | self.fsnl
        unit = _OCTET[self.back] + _OCTET[front] + u.LSSU_LI + _OCTET[self.status]
        if self.status == u.SIB:
            self.lssu_available = False
            self.counters.tx[u.SIB] += 1
            self.on_line = -1
            out.append(unit)
            return False
        key = self.back << 16 | front << 8 | self.status
        if key != self.on_line:
            self.on_line = key
            self.counters.tx[self.status] += 1
            out.append(unit)
        return True

    def fisu(self, out: list[bytes]) -> None:
        """The fill-in of a link without messages, if it is not on the line already."""
        front = self.fib | self.fsnl
        key = self.back << 16 | front << 8 | u.FISU
        if key != self.on_line:
            self.on_line = key
            self.counters.tx[u.FISU] += 1
            out.append(_OCTET[self.back] + _OCTET[front] + u.FISU_LI)

    def new_messages(self, out: list[bytes], count: int) -> None:
        """``count`` from TB (it has them, RTB has room): they get the numbers after FSNL."""
        rtb = self.rtb
        fsnl = self.fsnl
        fib = self.fib
        back = _OCTET[self.back]
        octets = 0
        if fsnl == (self.fsnf - 1) & 127:
            self.t7 = self.now + self.t7_ns
        for body in self.tb[:count]:
            fsnl = (fsnl + 1) & 127
            rtb[fsnl] = body
            octets += len(body)
            out.append(back + _OCTET[fib | fsnl] + body)
        del self.tb[:count]
        self.fsnl = fsnl
        self.rtb_octets += octets
        self.counters.tx[u.MSU] += count
        self.counters.tx_octets += octets - count
        self.on_line = self.back << 16 | (fib | fsnl) << 8 | u.FISU if self.line_fills else -1

    def send_again(self, out: list[bytes]) -> None:
        """The message Z, with today's BSN, BIB and FIB."""
        z = self.z
        front = self.fib | z
        out.append(_OCTET[self.back] + _OCTET[front] + self.rtb[z])
        self.z = (z + 1) & 127
        self.counters.retransmitted += 1
        self.on_line = self.back << 16 | front << 8 | u.FISU if self.line_fills else -1

    def transmission_request_basic(self, out: list[bytes], limit: int) -> None:
        """Figure 13: LSSU, else retransmission, else new messages while RTB has room, else FISU."""
        if self.lssu_available and self.lssu(out):
            return
        if not self.msu_inhibited:
            left = limit if limit >= 0 else 1 << 30
            while self.retransmission_cycle and left:
                self.send_again(out)
                left -= 1
                if self.z == (self.fsnl + 1) & 127:
                    self.retransmission_cycle = False
            if self.retransmission_cycle:
                return
            waiting = len(self.tb)
            if waiting:
                room = 127 - ((self.fsnl + 1 - self.fsnf) & 127)
                count = min(waiting, room, left)
                if count:
                    self.new_messages(out, count)
                if count == left and count < waiting and count < room:
                    return
        self.fisu(out)

    def transmission_request_pcr(self, out: list[bytes], limit: int) -> None:
        """Figure 15: LSSU, else forced retransmission, else new messages, else what RTB has, over
        and over, else FISU."""
        if self.lssu_available and self.lssu(out):
            return
        if self.msu_inhibited:
            self.fisu(out)
            return
        if limit < 0:
            self.unpaced_pcr(out)
            return
        left = limit
        while left:
            waiting = (self.fsnl + 1 - self.fsnf) & 127
            if self.forced_retransmission or (not self.tb and waiting):
                self.send_cyclic(out)
            elif self.tb:
                self.new_message_pcr(out)
            else:
                self.fisu(out)
                return
            left -= 1

    def send_cyclic(self, out: list[bytes]) -> None:
        """The message Z; behind the last one the cycle begins again with the oldest. 6.4.1: all
        sent once, a forced retransmission ends if there is room below N1 and N2."""
        if (self.z - self.fsnf) & 127 >= (self.fsnl + 1 - self.fsnf) & 127:
            self.z = self.fsnf
        self.send_again(out)
        if self.z == (self.fsnl + 1) & 127:
            self.z = self.fsnf
            self.forced_retransmission = self.rtb_full

    def new_message_pcr(self, out: list[bytes]) -> None:
        self.new_messages(out, 1)
        if self.waiting() >= self.config.n1 or self.rtb_octets >= self.config.n2:
            self.rtb_full = True
            self.forced_retransmission = True
            self.z = self.fsnf

    def unpaced_pcr(self, out: list[bytes]) -> None:
        """Without a line that asks: new messages up to N1 and N2, and one cycle of RTB each time
        that REPEAT, the time of a cycle on the line, expires."""
        if self.repeat_due:
            self.repeat_due = False
            self.z = self.fsnf
            while self.z != (self.fsnl + 1) & 127:
                self.send_again(out)
        while self.tb and not self.rtb_full:
            self.new_message_pcr(out)
        self.fisu(out)
        self.repeat_later(self.now)

    def repeat_later(self, now: int) -> None:
        """Messages wait for acknowledgement: the next cycle is due when this one is over."""
        count = self.waiting()
        if self.pcr and count and self.timers[REPEAT] == NEVER:
            octets = self.rtb_octets + count * 6
            self.start_timer(REPEAT, octets * 8_000_000_000 // self.config.rate, now)

    def repeat_expired(self, now: int) -> None:
        self.repeat_due = True

    def transmission_request_drawn(self, now: int) -> None:
        """The drawing of ``transmit``, which does it in a straight line."""
        if self.pcr:
            self.transmission_request_pcr(self.ordered, -1)
        else:
            self.transmission_request_basic(self.ordered, -1)
