"""Initial alignment control (Figure 9/Q.703), the error rate monitors (Figures 17, 18 and A.10)
and congestion control on the receiving side (Figure 19): the drawings."""

from __future__ import annotations

from . import mtp2_signals as s
from .mtp2_config import T2, T3, T4, T4E, T4N, T5, T8
from .mtp2_events import OUT_ERRORS, OUT_PROVING, OUT_SIOS, OUT_T2, OUT_T3
from .mtp2_lsc import LinkStateControl


class InitialAlignment(LinkStateControl):
    """Figures 9, 17, 18 and 19."""

    # Figure 9: common ends

    def iac_give_up(self, reason: str) -> None:
        """Alignment is not possible; idle again."""
        self.reason = reason
        self.signal(s.LSC, s.LSC_ALIGNMENT_NOT_POSSIBLE)
        self.stop_iac(0)

    def stop_iac(self, now: int) -> None:
        self.stop_timer(T2)
        self.stop_timer(T3)
        self.stop_timer(T4)
        self.signal(s.AERM, s.AERM_STOP)
        self.iac_emergency = False
        self.state[s.IAC] = s.IAC_IDLE

    def begin_proving(self, now: int) -> None:
        self.stop_timer(T3)
        if self.t4_period == T4E:
            self.signal(s.AERM, s.AERM_SET_TI_TO_TIE)
        self.signal(s.AERM, s.AERM_START)
        self.start_timer(T4, self.t4_ns(), now)
        self.cp = 0
        self.further_proving = False
        self.state[s.IAC] = s.PROVING

    def prove_again(self, now: int) -> None:
        """T4 and the AERM begin anew."""
        self.stop_timer(T4)
        self.signal(s.AERM, s.AERM_START)
        self.start_timer(T4, self.t4_ns(), now)
        self.further_proving = False

    def prove_in_emergency(self, now: int) -> None:
        self.t4_period = T4E
        self.signal(s.AERM, s.AERM_STOP)
        self.signal(s.AERM, s.AERM_SET_TI_TO_TIE)
        self.prove_again(now)

    # Idle, not aligned

    def start_iac(self, now: int) -> None:
        self.signal(s.TXC, s.TXC_SEND_SIO)
        self.start_timer(T2, self.config.timers[T2], now)
        self.state[s.IAC] = s.NOT_ALIGNED

    def mark_iac_emergency(self, now: int) -> None:
        self.iac_emergency = True

    def aligned_by_sio_or_sin(self, now: int) -> None:
        self.align(T4E if self.iac_emergency else T4N, now)

    def aligned_by_sie(self, now: int) -> None:
        self.align(T4E, now)

    def align(self, period: int, now: int) -> None:
        self.stop_timer(T2)
        self.t4_period = period
        self.signal(s.TXC, s.TXC_SEND_SIE if self.iac_emergency else s.TXC_SEND_SIN)
        self.start_timer(T3, self.config.timers[T3], now)
        self.state[s.IAC] = s.ALIGNED

    def t2_expired(self, now: int) -> None:
        self.iac_give_up(OUT_T2)

    # Aligned

    def emergency_aligned(self, now: int) -> None:
        self.t4_period = T4E
        self.signal(s.TXC, s.TXC_SEND_SIE)

    def sin_aligned(self, now: int) -> None:
        self.begin_proving(now)

    def sie_aligned(self, now: int) -> None:
        self.t4_period = T4E
        self.begin_proving(now)

    def sios_iac(self, now: int) -> None:
        self.iac_give_up(OUT_SIOS)

    def t3_expired(self, now: int) -> None:
        self.iac_give_up(OUT_T3)

    # Proving

    def sio_proving(self, now: int) -> None:
        self.stop_timer(T4)
        self.signal(s.AERM, s.AERM_STOP)
        self.start_timer(T3, self.config.timers[T3], now)
        self.state[s.IAC] = s.ALIGNED

    def sie_proving(self, now: int) -> None:
        if self.t4_period != T4E:
            self.prove_in_emergency(now)

    def emergency_proving(self, now: int) -> None:
        self.signal(s.TXC, s.TXC_SEND_SIE)
        self.prove_in_emergency(now)

    def abort_proving(self, now: int) -> None:
        self.cp += 1
        if self.cp == self.config.row.M:
            self.iac_give_up(OUT_PROVING)
        else:
            self.further_proving = True

    def correct_su_proving(self, now: int) -> None:
        if self.further_proving:
            self.prove_again(now)

    def t4_expired(self, now: int) -> None:
        if self.further_proving:
            self.prove_again(now)
            return
        self.signal(s.LSC, s.LSC_ALIGNMENT_COMPLETE)
        self.signal(s.AERM, s.AERM_STOP)
        self.iac_emergency = False
        self.state[s.IAC] = s.IAC_IDLE

    # Figure 17: alignment error rate monitor

    def start_aerm(self, now: int) -> None:
        self.ca = 0
        self.aborted_proving = False
        self.state[s.AERM] = s.AERM_MONITORING

    def stop_aerm(self, now: int) -> None:
        self.ti = self.config.row.Tin
        self.aborted_proving = False
        self.state[s.AERM] = s.AERM_IDLE

    def set_ti_to_tin(self, now: int) -> None:
        self.ti = self.config.row.Tin

    def set_ti_to_tie(self, now: int) -> None:
        self.ti = self.config.row.Tie

    def su_in_error_aerm(self, now: int) -> None:
        self.ca += 1
        if self.ca == self.ti:
            self.counters.proving_aborts += 1
            self.signal(s.IAC, s.IAC_ABORT_PROVING)
            self.aborted_proving = True
            self.state[s.AERM] = s.AERM_IDLE

    def correct_su_aerm(self, now: int) -> None:
        if self.aborted_proving:
            self.aborted_proving = False
            self.signal(s.IAC, s.IAC_CORRECT_SU)

    # Figure 18: signal unit error rate monitor

    def start_suerm(self, now: int) -> None:
        self.cs = 0
        self.ns_base = self.counters.rx_units
        self.state[s.SUERM] = s.SUERM_IN_SERVICE

    def stop_suerm(self, now: int) -> None:
        self.state[s.SUERM] = s.SUERM_IDLE

    def forgive(self) -> None:
        """Ns: each D signal units take one from Cs."""
        passed = self.counters.rx_units - self.ns_base
        d = self.config.row.D
        if passed >= d:
            self.cs = max(0, self.cs - passed // d)
            self.ns_base = self.counters.rx_units - passed % d

    def su_in_error_suerm(self, now: int) -> None:
        self.forgive()
        self.cs += 1
        if self.cs == self.config.row.T:
            self.link_failure(OUT_ERRORS)
            self.state[s.SUERM] = s.SUERM_IDLE
            return
        self.ns_base -= 1
        self.forgive()

    # A.10: errored interval monitor, in the place of the SUERM

    def start_eim(self, now: int) -> None:
        self.ce = 0
        self.interval_error = False
        self.su_received = self.counters.rx_units
        self.start_timer(T8, self.config.timers[T8], now)
        self.state[s.SUERM] = s.SUERM_IN_SERVICE

    def stop_eim(self, now: int) -> None:
        self.stop_timer(T8)
        self.state[s.SUERM] = s.SUERM_IDLE

    def su_in_error_eim(self, now: int) -> None:
        self.interval_error = True

    def t8_expired(self, now: int) -> None:
        """An interval without any good unit is errored too; a fill-in that the line repeats and
        filters is a good unit."""
        row = self.config.row
        self.start_timer(T8, self.config.timers[T8], now)
        silent = self.su_received == self.counters.rx_units and not self.fill_live
        self.su_received = self.counters.rx_units
        if not silent and not self.interval_error:
            self.ce = max(0, self.ce - row.De)
            return
        self.interval_error = False
        self.ce += row.Ue
        if self.ce > row.Te:
            self.link_failure(OUT_ERRORS)
            self.stop_eim(now)

    # Figure 19: congestion control

    def busy_cc(self, now: int) -> None:
        self.signal(s.TXC, s.TXC_SEND_SIB)
        self.start_timer(T5, self.config.timers[T5], now)
        self.state[s.CC] = s.CC_BUSY

    def t5_expired(self, now: int) -> None:
        self.signal(s.TXC, s.TXC_SEND_SIB)
        self.start_timer(T5, self.config.timers[T5], now)

    def normal_cc(self, now: int) -> None:
        self.stop_timer(T5)
        self.state[s.CC] = s.CC_NORMAL
