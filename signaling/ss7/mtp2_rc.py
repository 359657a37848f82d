"""Reception control: Figures 14/Q.703 (basic) and 16 (preventive cyclic retransmission)."""

from __future__ import annotations

from . import mtp2_signals as s
from . import mtp2_units as u
from .mtp2_events import OUT_ABNORMAL_BSN, OUT_ABNORMAL_FIB, Bsnt, Message
from .mtp2_state import (
    ABNORMAL_BSNR,
    ABNORMAL_FIBR,
    CONGESTED,
    CONGESTION_ACCEPT,
    CONGESTION_DISCARD,
    MSU_FISU_REJECTED,
    NOT_IN_SERVICE,
    RC_STOPPED,
    RTR,
)
from .mtp2_txc import TransmissionControl

_STATUS_SIGNALS = (
    (s.IAC_SIO, s.LSC_SIO),
    (s.IAC_SIN, s.LSC_SIN),
    (s.IAC_SIE, s.LSC_SIE),
    (s.IAC_SIOS, s.LSC_SIOS),
)


class ReceptionControl(TransmissionControl):
    """Figures 14 and 16."""

    # Start, stop, orders of link state control and level 3

    def start_rc(self, now: int) -> None:
        self.fsnx = 0
        self.fibx = u.BIT
        self.set_expected()
        self.unb = 0
        self.unf = 0
        self.marks = self.marks & NOT_IN_SERVICE | MSU_FISU_REJECTED
        self.state[s.RC] = s.RC_IN_SERVICE

    def stop_rc(self, now: int) -> None:
        """FSNX stays: level 3 may ask for BSNT."""
        self.signal(s.CC, s.CC_STOP)
        self.marks |= RC_STOPPED
        self.state[s.RC] = s.RC_IDLE

    def accept_msu_fisu(self, now: int) -> None:
        self.marks &= ~MSU_FISU_REJECTED

    def reject_msu_fisu(self, now: int) -> None:
        self.marks |= MSU_FISU_REJECTED

    def retrieve_fsnx(self, now: int) -> None:
        self.signal(s.TXC, s.TXC_FSNX_VALUE)
        self.marks &= ~(CONGESTED | RTR)
        self.signal(s.CC, s.CC_INPUT_NORMAL)

    def retrieve_bsnt_rc(self, now: int) -> None:
        self.happened.append(Bsnt((self.fsnx - 1) & 127))

    def congestion_accept_rc(self, now: int) -> None:
        self.marks = self.marks & ~CONGESTED | CONGESTION_ACCEPT
        self.signal(s.CC, s.CC_INPUT_BUSY)

    def congestion_discard_rc(self, now: int) -> None:
        self.marks = self.marks & ~CONGESTED | CONGESTION_DISCARD
        self.signal(s.CC, s.CC_INPUT_BUSY)

    def no_congestion_rc(self, now: int) -> None:
        """9.4: acknowledge what was accepted; ask for what was discarded."""
        self.marks &= ~CONGESTED
        self.signal(s.CC, s.CC_INPUT_NORMAL)
        self.signal(s.TXC, s.TXC_FSNX_VALUE)
        if self.marks & RTR:
            self.signal(s.TXC, s.TXC_NACK_TO_BE_SENT)
            self.fibx ^= u.BIT
            self.set_expected()

    # Status units

    def status_unit(self, now: int) -> None:
        status = self.su[3] & 7
        if status < u.SIPO:
            to_iac, to_lsc = _STATUS_SIGNALS[status]
            self.signal(s.IAC, to_iac)
            self.signal(s.LSC, to_lsc)
        elif status == u.SIPO:
            self.signal(s.LSC, s.LSC_SIPO)
        else:
            self.signal(s.TXC, s.TXC_SIB_RECEIVED)

    # MSU and FISU

    def abnormal_bsnr(self) -> bool:
        """5.3.1: BSNR outside FSNF - 1 to FSNT in two of three units in a row ends the link. True:
        the unit is to be discarded, or the link failed."""
        last = (self.fsnf - 1) & 127
        if (self.su[0] - last) & 127 > (self.fsnl - last) & 127:
            text = f"BSN {self.su[0] & 127}, but {last} to {self.fsnl} are possible"
            self.fault("abnormal_bsn", text, "5.3.1")
            if self.marks & ABNORMAL_BSNR:
                self.link_failure(OUT_ABNORMAL_BSN)
                self.state[s.RC] = s.RC_IDLE
                self.marks |= RC_STOPPED
            self.marks |= ABNORMAL_BSNR
            self.unb = 0
            return True
        if self.marks & ABNORMAL_BSNR:
            if self.unb == 0:
                self.unb = 1
                return True
            self.marks &= ~ABNORMAL_BSNR
        return False

    def acknowledgement(self, now: int) -> None:
        """FISU/MSU received to link state control, BSNR and BIBR to transmission control."""
        if self.marks & NOT_IN_SERVICE:
            self.signal(s.LSC, s.LSC_FISU_MSU_RECEIVED)
            self.serve_signals(now)
        if self.su[0] != self.acked:
            self.bsnr_and_bibr(self.su[0], now)

    def serve_signals(self, now: int) -> None:
        """Serve the queue at once: level 3 hears "in service" before the message that made it."""
        raise NotImplementedError

    def signal_unit_basic(self, now: int) -> None:
        """Figure 14, sheets 2 to 5."""
        if self.abnormal_bsnr():
            self.counters.discarded += 1
            return
        front = self.su[1]
        if front & u.BIT != self.fibx:
            self.unexpected_fib(now)
            return
        if self.marks & ABNORMAL_FIBR:
            if self.unf == 0:
                self.unf = 1
                self.counters.discarded += 1
                return
            self.marks &= ~ABNORMAL_FIBR
        self.acknowledgement(now)
        if self.marks & MSU_FISU_REJECTED:
            self.counters.discarded += 1
            return
        if self.marks & CONGESTION_DISCARD:
            self.discard_congested(front & 127)
            return
        if front & 127 == self.fsnx and len(self.su) > 5:
            self.marks &= ~RTR
            self.accept_message()
        elif front & 127 == (self.fsnx - 1) & 127:
            if len(self.su) > 5:
                self.counters.discarded += 1
        else:
            self.out_of_sequence()

    def unexpected_fib(self, now: int) -> None:
        """5.3.2: awaited when a retransmission was asked for; else two of three end the link."""
        self.counters.discarded += 1
        if self.marks & ABNORMAL_FIBR:
            self.link_failure(OUT_ABNORMAL_FIB)
        elif self.marks & RTR:
            self.acknowledgement(now)
        else:
            self.fault("abnormal_fib", "FIB inverted, but no retransmission was asked for", "5.3.2")
            self.marks |= ABNORMAL_FIBR
            self.unf = 0

    def discard_congested(self, fsnr: int) -> None:
        """9.3.1: what is new is to be asked for when the congestion ends; it ends the SIB-free
        time, if there was any."""
        if len(self.su) > 5:
            self.counters.discarded += 1
        if not self.pcr and fsnr != (self.fsnx - 1) & 127:
            self.marks |= RTR
        self.signal(s.CC, s.CC_INPUT_BUSY)

    def accept_message(self) -> None:
        self.fsnx = (self.fsnx + 1) & 127
        self.set_expected()
        self.counters.rx_octets += len(self.su) - 3
        self.happened.append(Message(self.su[3:]))
        if self.marks & CONGESTION_ACCEPT:
            self.signal(s.CC, s.CC_INPUT_BUSY)
        else:
            self.signal(s.TXC, s.TXC_FSNX_VALUE)

    def out_of_sequence(self) -> None:
        """5.2: something was lost; ask for it (not while congested: 9.3)."""
        if len(self.su) > 5:
            self.counters.discarded += 1
        if self.marks & CONGESTION_ACCEPT:
            self.marks |= RTR
            self.signal(s.CC, s.CC_INPUT_BUSY)
            return
        self.signal(s.TXC, s.TXC_NACK_TO_BE_SENT)
        self.marks |= RTR
        self.fibx ^= u.BIT
        self.set_expected()

    def signal_unit_pcr(self, now: int) -> None:
        """Figure 16, sheets 2 to 4."""
        if self.abnormal_bsnr():
            self.counters.discarded += 1
            return
        self.acknowledgement(now)
        if self.marks & MSU_FISU_REJECTED:
            self.counters.discarded += 1
            return
        if self.marks & CONGESTION_DISCARD:
            self.discard_congested(self.su[1] & 127)
            return
        if len(self.su) > 5:
            if self.su[1] & 127 == self.fsnx:
                self.accept_message()
            else:
                self.counters.discarded += 1
