"""Link state control (Figure 8/Q.703) and processor outage control (Figure 10): the drawings.

A method is named after its input and the state that draws it so.
"""

from __future__ import annotations

from . import mtp2_signals as s
from .mtp2_config import T1
from .mtp2_events import (
    OUT_SIE,
    OUT_SIN,
    OUT_SIO,
    OUT_SIOS,
    OUT_STOPPED,
    OUT_T1,
    Bsnt,
    InService,
    RemoteProcessorOutage,
    Retrieved,
)
from .mtp2_state import LinkVariables


class LinkStateControl(LinkVariables):
    """Figures 8 and 10."""

    # Common ends of the drawings

    def lsc_fall(self) -> None:
        """Every way to out of service: RC, SUERM, POC stop, SIOS is sent, marks are cancelled."""
        self.stop_timer(T1)
        self.signal(s.RC, s.RC_STOP)
        self.signal(s.SUERM, s.SUERM_STOP)
        self.signal(s.POC, s.POC_STOP)
        self.signal(s.TXC, s.TXC_SEND_SIOS)
        self.emergency_marked = False
        self.local_processor_outage_marked = False
        self.level_3_indication_received = False
        self.state[s.LSC] = s.OUT_OF_SERVICE

    def lsc_fail(self, reason: str) -> None:
        """Out of service with an indication to level 3."""
        self.out_of_service(reason)
        self.counters.failures += 1
        self.lsc_fall()

    def lsc_go_in_service(self) -> None:
        self.level_3_indication_received = False
        self.signal(s.TXC, s.TXC_SEND_MSU)
        self.local_processor_outage_marked = False
        self.signal(s.RC, s.RC_ACCEPT_MSU_FISU)
        self.state[s.LSC] = s.IN_SERVICE

    # Power off, out of service

    def power_on(self, now: int) -> None:
        self.signal(s.TXC, s.TXC_START)
        self.signal(s.TXC, s.TXC_SEND_SIOS)
        self.signal(s.AERM, s.AERM_SET_TI_TO_TIN)
        self.emergency_marked = False
        self.local_processor_outage_marked = False
        self.state[s.LSC] = s.OUT_OF_SERVICE

    def start_oos(self, now: int) -> None:
        self.signal(s.RC, s.RC_START)
        self.signal(s.TXC, s.TXC_START)
        if self.emergency_marked:
            self.signal(s.IAC, s.IAC_EMERGENCY)
        self.signal(s.IAC, s.IAC_START)
        self.state[s.LSC] = s.INITIAL_ALIGNMENT

    def mark_emergency(self, now: int) -> None:
        self.emergency_marked = True

    def cancel_emergency(self, now: int) -> None:
        self.emergency_marked = False

    def mark_local_processor_outage(self, now: int) -> None:
        self.local_processor_outage_marked = True

    def cancel_local_processor_outage(self, now: int) -> None:
        self.local_processor_outage_marked = False

    def retrieve_bsnt_drawn(self, now: int) -> None:
        self.signal(s.RC, s.RC_RETRIEVE_BSNT)

    def retrieval_request(self, now: int) -> None:
        self.signal(s.TXC, s.TXC_RETRIEVAL_REQUEST)

    def no_bsnt(self, now: int) -> None:
        """Asked of a link that carries traffic or aligns: level 3 hears that there is none."""
        self.happened.append(Bsnt(-1))

    def no_retrieval(self, now: int) -> None:
        self.happened.append(Retrieved([]))

    # Initial alignment

    def emergency_initial_alignment(self, now: int) -> None:
        self.emergency_marked = True
        self.signal(s.IAC, s.IAC_EMERGENCY)

    def alignment_complete(self, now: int) -> None:
        """Without an outage figure 8 orders FISUs here, but Q.781 1.9(b) expects that a message
        that waits goes out in "aligned ready": MSUs are ordered."""
        self.signal(s.SUERM, s.SUERM_START)
        self.start_timer(T1, self.config.timers[T1], now)
        if self.local_processor_outage_marked:
            self.signal(s.POC, s.POC_LOCAL_PROCESSOR_OUTAGE)
            self.signal(s.TXC, s.TXC_SEND_SIPO)
            self.signal(s.RC, s.RC_REJECT_MSU_FISU)
            self.state[s.LSC] = s.ALIGNED_NOT_READY
        else:
            self.signal(s.TXC, s.TXC_SEND_MSU)
            self.signal(s.RC, s.RC_ACCEPT_MSU_FISU)
            self.state[s.LSC] = s.ALIGNED_READY

    def alignment_not_possible(self, now: int) -> None:
        self.lsc_fail(self.reason)

    def stop_initial_alignment(self, now: int) -> None:
        self.signal(s.IAC, s.IAC_STOP)
        self.out_of_service(OUT_STOPPED)
        self.lsc_fall()

    def link_failure_initial_alignment(self, now: int) -> None:
        self.signal(s.IAC, s.IAC_STOP)
        self.lsc_fail(self.reason)

    # Aligned ready, aligned not ready, in service, processor outage: what they draw alike

    def stop_aligned(self, now: int) -> None:
        self.out_of_service(OUT_STOPPED)
        self.lsc_fall()

    def link_failure_aligned(self, now: int) -> None:
        self.lsc_fail(self.reason)

    def sio_aligned(self, now: int) -> None:
        self.lsc_fail(OUT_SIO)

    def sios_aligned(self, now: int) -> None:
        self.lsc_fail(OUT_SIOS)

    def sin_in_service(self, now: int) -> None:
        self.lsc_fail(OUT_SIN)

    def sie_in_service(self, now: int) -> None:
        self.lsc_fail(OUT_SIE)

    def t1_expired(self, now: int) -> None:
        self.lsc_fail(OUT_T1)

    # Aligned ready

    def fisu_msu_received_ready(self, now: int) -> None:
        self.stop_timer(T1)
        self.counters.alignments += 1
        self.happened.append(InService())
        self.signal(s.TXC, s.TXC_SEND_MSU)
        self.state[s.LSC] = s.IN_SERVICE

    def sipo_ready(self, now: int) -> None:
        self.signal(s.TXC, s.TXC_SEND_FISU)
        self.sipo_not_ready(now)

    def sipo_not_ready(self, now: int) -> None:
        """Level 3 hears of the outage, not "in service": the link is aligned all the same."""
        self.stop_timer(T1)
        self.counters.alignments += 1
        self.happened.append(RemoteProcessorOutage(True))
        self.signal(s.POC, s.POC_REMOTE_PROCESSOR_OUTAGE)
        self.state[s.LSC] = s.PROCESSOR_OUTAGE

    def local_processor_outage_ready(self, now: int) -> None:
        self.signal(s.POC, s.POC_LOCAL_PROCESSOR_OUTAGE)
        self.signal(s.TXC, s.TXC_SEND_SIPO)
        self.signal(s.RC, s.RC_REJECT_MSU_FISU)
        self.state[s.LSC] = s.ALIGNED_NOT_READY

    # Aligned not ready

    def fisu_msu_received_not_ready(self, now: int) -> None:
        self.stop_timer(T1)
        self.counters.alignments += 1
        self.happened.append(InService())
        self.state[s.LSC] = s.PROCESSOR_OUTAGE

    def local_processor_recovered_not_ready(self, now: int) -> None:
        self.signal(s.POC, s.POC_LOCAL_PROCESSOR_RECOVERED)
        self.local_processor_outage_marked = False
        self.signal(s.TXC, s.TXC_SEND_FISU)
        self.signal(s.RC, s.RC_ACCEPT_MSU_FISU)
        self.state[s.LSC] = s.ALIGNED_READY

    # In service

    def sipo_in_service(self, now: int) -> None:
        self.signal(s.TXC, s.TXC_SEND_FISU)
        self.happened.append(RemoteProcessorOutage(True))
        self.signal(s.POC, s.POC_REMOTE_PROCESSOR_OUTAGE)
        self.state[s.LSC] = s.PROCESSOR_OUTAGE

    def local_processor_outage_in_service(self, now: int) -> None:
        self.signal(s.POC, s.POC_LOCAL_PROCESSOR_OUTAGE)
        self.signal(s.TXC, s.TXC_SEND_SIPO)
        self.signal(s.RC, s.RC_REJECT_MSU_FISU)
        self.state[s.LSC] = s.PROCESSOR_OUTAGE

    # Processor outage

    def fisu_msu_received_outage(self, now: int) -> None:
        """Level 3 hears of the recovery once, not with every FISU as drawn."""
        if self.state[s.POC] >= s.REMOTE_PROCESSOR_OUTAGE:
            self.happened.append(RemoteProcessorOutage(False))
        self.signal(s.POC, s.POC_REMOTE_PROCESSOR_RECOVERED)

    def sipo_outage(self, now: int) -> None:
        """Level 3 hears of the outage once, not with every SIPO as drawn."""
        if self.state[s.POC] < s.REMOTE_PROCESSOR_OUTAGE:
            self.happened.append(RemoteProcessorOutage(True))
        self.signal(s.POC, s.POC_REMOTE_PROCESSOR_OUTAGE)

    def local_processor_outage_outage(self, now: int) -> None:
        """RC rejects here too: a remote outage alone had left it accepting (8.2: all MSUs are
        discarded during a local outage)."""
        self.level_3_indication_received = False
        self.signal(s.POC, s.POC_LOCAL_PROCESSOR_OUTAGE)
        self.signal(s.TXC, s.TXC_SEND_SIPO)
        self.signal(s.RC, s.RC_REJECT_MSU_FISU)

    def local_processor_recovered_outage(self, now: int) -> None:
        self.signal(s.POC, s.POC_LOCAL_PROCESSOR_RECOVERED)
        self.signal(s.RC, s.RC_RETRIEVE_FSNX)
        self.signal(s.TXC, s.TXC_SEND_FISU)

    def flush_buffers_outage(self, now: int) -> None:
        self.signal(s.TXC, s.TXC_FLUSH_BUFFERS)
        self.continue_outage(now)

    def continue_outage(self, now: int) -> None:
        """ "Processor outage?" is what POC knows: idle means none."""
        self.level_3_indication_received = True
        if self.state[s.POC] == s.POC_IDLE:
            self.lsc_go_in_service()

    def no_processor_outage(self, now: int) -> None:
        if self.level_3_indication_received:
            self.lsc_go_in_service()

    # Figure 10: processor outage control

    def local_processor_outage_idle(self, now: int) -> None:
        self.state[s.POC] = s.LOCAL_PROCESSOR_OUTAGE

    def remote_processor_outage_idle(self, now: int) -> None:
        self.state[s.POC] = s.REMOTE_PROCESSOR_OUTAGE

    def second_processor_outage(self, now: int) -> None:
        self.state[s.POC] = s.BOTH_PROCESSORS_OUT

    def processor_recovered(self, now: int) -> None:
        """The only outage ended."""
        self.signal(s.LSC, s.LSC_NO_PROCESSOR_OUTAGE)
        self.state[s.POC] = s.POC_IDLE

    def local_processor_recovered_both(self, now: int) -> None:
        self.state[s.POC] = s.REMOTE_PROCESSOR_OUTAGE

    def remote_processor_recovered_both(self, now: int) -> None:
        self.state[s.POC] = s.LOCAL_PROCESSOR_OUTAGE

    def stop_poc(self, now: int) -> None:
        self.state[s.POC] = s.POC_IDLE
