"""Q.703, message transfer part level 2: one signalling link, both methods, without I/O.

The drawings (Figures 8 to 19) are in mtp2_lsc.py, mtp2_iac.py, mtp2_txc.py and mtp2_rc.py, the
tables that draw them together in mtp2_table.py.

What the line does for the link (native, or the far end of an ``hdlc`` port): it repeats the last
fill-in (FISU, or LSSU but SIB) while no other signal unit waits, sends each unit handed out at
least once and in order, hands a received fill-in over when it changes and at most once more, and
counts the rest.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..fsm import Cell, Machine
from . import mtp2_signals as s
from . import mtp2_table as t
from . import mtp2_units as u
from .mtp2_config import REPEAT, T1, T2, T3, T4, T5, T6, T8, Mtp2Config
from .mtp2_events import OUT_LAYER1, Level2Event, Message
from .mtp2_rc import ReceptionControl
from .mtp2_state import MOST_QUEUED, NEVER, NOT_IN_SERVICE

BAD_RUN: Final = 8
"""So many signal units in error without a good one: the line does not repeat the last fill-in any
more (octet counting mode, 4.1)."""

_TIMER_SIGNALS: Final = (
    (T1, s.LSC, s.LSC_T1_EXPIRED),
    (T2, s.IAC, s.IAC_T2_EXPIRED),
    (T3, s.IAC, s.IAC_T3_EXPIRED),
    (T4, s.IAC, s.IAC_T4_EXPIRED),
    (T5, s.CC, s.CC_T5_EXPIRED),
    (T6, s.TXC, s.TXC_T6_EXPIRED),
    (T8, s.SUERM, s.SUERM_T8_EXPIRED),
)


class SignallingLink(ReceptionControl):
    """One signalling link.

    After any call take ``transmit``, ``events`` and ``next_timeout`` anew. ``now`` is ns and never
    goes back. What the far end does wrong is counted (``counters``) and told as Level2Fault.
    """

    def __init__(self, config: Mtp2Config) -> None:
        super().__init__(config)
        self.machines: Final[list[Machine]] = [
            t.LSC_MACHINE,
            t.IAC_MACHINE,
            t.POC_MACHINE,
            t.TXC_PCR if config.pcr else t.TXC_BASIC,
            t.RC_PCR if config.pcr else t.RC_BASIC,
            t.AERM_MACHINE,
            t.EIM_MACHINE if config.row.interval else t.SUERM_MACHINE,
            t.CC_MACHINE,
        ]
        self._put(s.LSC, s.LSC_POWER_ON, 0)

    # Level 3

    def start(self, now: int) -> None:
        """Align the link and bring it into service: InService or OutOfService follows; if the far
        end is in processor outage at that moment, RemoteProcessorOutage(True) and no InService."""
        self._put(s.LSC, s.LSC_START, now)

    def stop(self, now: int) -> None:
        """Out of service: OutOfService follows unless it is so already."""
        self._put(s.LSC, s.LSC_STOP, now)

    def emergency(self, on: bool, now: int) -> None:
        """Prove with the emergency period (7.2); holds until the link is out of service again."""
        self._put(s.LSC, s.LSC_EMERGENCY if on else s.LSC_EMERGENCY_CEASES, now)

    def local_processor_outage(self, on: bool, now: int) -> None:
        """Level 3 cannot take messages (8), or can again. Afterwards the link is in service again
        when level 3 says ``continue_`` or ``flush_buffers``."""
        self._put(
            s.LSC,
            s.LSC_LOCAL_PROCESSOR_OUTAGE if on else s.LSC_LOCAL_PROCESSOR_RECOVERED,
            now,
        )

    def flush_buffers(self, now: int) -> None:
        """After a processor outage: forget what was not acknowledged and go on."""
        self._put(s.LSC, s.LSC_FLUSH_BUFFERS, now)

    def continue_(self, now: int) -> None:
        """After a processor outage: go on where the link stopped."""
        self._put(s.LSC, s.LSC_CONTINUE, now)

    def retrieve_bsnt(self, now: int) -> None:
        """Bsnt follows: what the far end is told in a changeover (Q.704 5.4)."""
        self._put(s.LSC, s.LSC_RETRIEVE_BSNT, now)

    def retrieve(self, fsnc: int, now: int) -> None:
        """Retrieved follows: what the far end has not got, after its ``fsnc`` (0 to 127), and what
        was not sent; -1: only what was never sent. The buffers are empty then."""
        if not -1 <= fsnc <= 127:
            raise LocalError(f"FSNC is {fsnc}; give 0 to 127, or -1 when it is not known")
        self.fsnc = fsnc
        self._put(s.LSC, s.LSC_RETRIEVAL_REQUEST, now)

    def congestion_accept(self, now: int) -> None:
        """Level 3 is congested: take messages, but do not acknowledge (9.2, 9.3)."""
        self._put(s.RC, s.RC_CONGESTION_ACCEPT, now)

    def congestion_discard(self, now: int) -> None:
        """Level 3 is congested: drop messages."""
        self._put(s.RC, s.RC_CONGESTION_DISCARD, now)

    def congestion_ceases(self, now: int) -> None:
        """Level 3 takes messages again (9.4)."""
        self._put(s.RC, s.RC_NO_CONGESTION, now)

    def send(self, msu: bytes, now: int, priority: int = 0) -> None:
        """A message: SIO and SIF, 3 to 273 octets (2.3.9; two are taken too).

        It waits if the link is not in service. ``priority`` 0 to 3: the two bits beside LI, where
        a network uses them. LocalError for a wrong length; a full buffer counts ``refused``.
        """
        size = len(msu)
        if size < 3 or size + 3 > self.longest:
            self._check_size(size)
        if priority:
            if not 0 < priority <= 3:
                raise LocalError(f"MSU priority is {priority}; give 0 to 3")
            body = u.OCTET[u.LENGTH[size][0] | priority << 6] + msu
        else:
            body = u.LENGTH[size] + msu
        self.now = now
        tb = self.tb
        waiting = len(tb)
        if waiting >= MOST_QUEUED:
            self.counters.refused += 1
            return
        tb.append(body)
        if waiting + ((self.fsnl + 1 - self.fsnf) & 127) + 1 >= self.onset:
            self.check_onset()

    def _check_size(self, size: int) -> None:
        if not 3 <= size <= self.longest - 3:
            raise LocalError(
                f"a message (SIO and SIF) has 3 to {self.longest - 3} octets, not {size}"
            )

    # The line

    def receive(self, su: bytes, now: int, sus: int = 1) -> None:
        """A good signal unit, BSN octet first, without FCS. ``sus``: good units that the line
        counted since the last call, filtered repeats and this one included."""
        counters = self.counters
        counters.rx_units += sus
        size = len(su)
        if self.marks == 0 and 2 < size <= self.longest:
            # The common cases of Figures 14 and 16 on a link in service: a message in sequence,
            # and a FISU that says that there is none.
            back = su[0]
            if size > 5:
                li = su[2] & 63
                if (
                    su[1] == self.expected
                    and (li == size - 3 or (li == 63 and size > 65))
                    and (back == self.acked or self._acknowledged(back, now))
                ):
                    self.fsnx = fsnx = (self.fsnx + 1) & 127
                    self.expected = self.fibx | fsnx
                    self.back = self.back & 128 | su[1] & 127
                    self.fill_live = False
                    self.bad_run = 0
                    counters.rx[u.MSU] += 1
                    counters.rx_octets += size - 3
                    self.happened.append(Message(su[3:]))
                    return
            elif (
                size == 3
                and su[1] == self.fibx | (self.fsnx - 1) & 127
                and su[2] & 63 == 0
                and (back == self.acked or self._acknowledged(back, now))
            ):
                self.fill_in = su
                self.fill_live = True
                self.bad_run = 0
                counters.rx[u.FISU] += 1
                return
        self._receive_other(su, now)

    def _acknowledged(self, back: int, now: int) -> bool:
        """BSNR and BIBR, if BSNR is a possible one."""
        last = (self.fsnf - 1) & 127
        if (back - last) & 127 > (self.fsnl - last) & 127:
            return False
        self.bsnr_and_bibr(back, now)
        return True

    def _receive_other(self, su: bytes, now: int) -> None:
        """Everything else: fill-ins, messages out of sequence, units that are none."""
        size = len(su)
        self.bad_run = 0
        li = su[2] & 63 if size > 2 else 0
        if size > self.longest or not (li == size - 3 or (li == 63 and size > 65)):
            self._invalid("length", f"{size} octets with LI {li}", "2.3.3")
            return
        if self.aborted_proving:
            self._put(s.AERM, s.AERM_CORRECT_SU, now)
        if li > 2:
            self.fill_live = False
        elif li and su[3] & 7 > u.SIB:
            self._invalid("status", f"status indication {su[3] & 7}", "11.1.3")
            return
        else:
            self.fill_in = su
            self.fill_live = True
        self._serve_unit(su, li, now)
        self._arrive_again(now)

    def _invalid(self, kind: str, text: str, clause: str) -> None:
        self.counters.invalid += 1
        self.fault(kind, text, clause)

    def _serve_unit(self, su: bytes, li: int, now: int) -> None:
        self.su = su
        if li == 1 or li == 2:
            self.counters.rx[su[3] & 7] += 1
            self._put(s.RC, s.RC_STATUS_UNIT, now)
            return
        self.counters.rx[u.MSU if li else u.FISU] += 1
        # Q.781 2.2 to 2.4: FISU and MSU are unexpected before alignment is complete, and ignored,
        # whatever their numbers are: the far end may not know yet that the link is down.
        if self.state[s.LSC] != s.INITIAL_ALIGNMENT:
            self._put(s.RC, s.RC_SIGNAL_UNIT, now)

    def _arrive_again(self, now: int) -> None:
        """The line repeats the fill-in, but hands it over once: a new state sees it again."""
        while self.moved and self.fill_live:
            self.moved = False
            li = self.fill_in[2] & 63
            kind = self.fill_in[3] & 7 if li else u.FISU
            if kind == u.SIB:
                return
            self._serve_unit(self.fill_in, li, now)
            self.counters.rx[kind] -= 1
        self.moved = False

    def receive_error(self, now: int, errors: int = 1, sus: int = 1) -> None:
        """``errors`` signal units in error (in octet counting mode one each 16 octets) among the
        ``sus`` units that the line counted since the last call."""
        good = sus - errors
        if good > 0:
            # Good units that were not handed over are repeats of the last fill-in.
            self.counters.rx_units += good
            self.bad_run = 0
            self.fill_live = self.fill_live or len(self.fill_in) > 2
            if self.aborted_proving:
                self._put(s.AERM, s.AERM_CORRECT_SU, now)
        self.counters.rx_errors += errors
        self.bad_run += errors
        if self.bad_run >= BAD_RUN:
            self.fill_live = False
        for _ in range(errors):
            watched = False
            if self.state[s.SUERM] == s.SUERM_IN_SERVICE:
                watched = True
                self._put(s.SUERM, s.SUERM_SU_IN_ERROR, now)
            if self.state[s.AERM] == s.AERM_MONITORING:
                watched = True
                self._put(s.AERM, s.AERM_SU_IN_ERROR, now)
            if not watched:
                break
        self._arrive_again(now)

    def line_down(self, now: int) -> None:
        """Layer 1 is lost: what aligns or carries traffic fails at once."""
        self.fill_in = b""
        self.fill_live = False
        self.reason = OUT_LAYER1
        self._put(s.LSC, s.LSC_LINK_FAILURE, now)

    def line_up(self, now: int) -> None:
        """Layer 1 is back. Level 3 starts the link again."""
        self.fill_in = b""
        self.fill_live = False
        self.bad_run = 0
        self.now = now

    def transmit(self, limit: int = -1) -> list[bytes]:
        """Take the signal units that are to go out, in order, without FCS.

        ``limit``: messages at most, new ones and repeated ones; -1: all the window allows. A line
        of 64 kbit/s must ask with a limit, since T7 runs from the moment a message is taken, and
        again before it runs dry; with PCR it then gets the cycles of retransmission as long as
        anything is not acknowledged. A fill-in comes once, when it changed; the line repeats it.
        Behind the last message there is a FISU, unless the config says that the line makes it.
        """
        out: list[bytes] = []
        if self.pcr:
            self.transmission_request_pcr(out, limit)
        elif not self.tb and not self.retransmission_cycle and not self.lssu_available:
            self.fisu(out)
        else:
            self.transmission_request_basic(out, limit)
        return out

    def events(self) -> list[Level2Event]:
        """Take what happened, in order."""
        happened = self.happened
        self.happened = []
        return happened

    # Time

    def next_timeout(self) -> int | None:
        """When ``handle_timeout`` wants to be called (ns); asking changes nothing."""
        earliest = self.t7 if self.t7 < self.earliest else self.earliest
        return None if earliest == NEVER else earliest

    def handle_timeout(self, now: int) -> None:
        """Let the timers that are due expire."""
        self.now = now
        if self.t7 <= now:
            self.t7 = NEVER
            self._put(s.TXC, s.TXC_T7_EXPIRED, now)
        if self.earliest > now:
            return
        if self.timers[REPEAT] <= now:
            self.stop_timer(REPEAT)
            self.repeat_expired(now)
        for index, machine, input_ in _TIMER_SIGNALS:
            if self.timers[index] <= now:
                self.stop_timer(index)
                self._put(machine, input_, now)

    # For people

    @property
    def in_service(self) -> bool:
        """Do messages flow?"""
        return self.state[s.LSC] == s.IN_SERVICE

    @property
    def state_text(self) -> str:
        """The state in the Recommendation's words: "initial alignment: proving"."""
        text = s.LSC_STATES[self.state[s.LSC]]
        if self.state[s.LSC] == s.INITIAL_ALIGNMENT:
            text += ": " + s.IAC_STATES[self.state[s.IAC]]
        elif self.state[s.LSC] == s.PROCESSOR_OUTAGE:
            text += ": " + s.POC_STATES[self.state[s.POC]]
        return text

    # The machines

    def _put(self, machine: int, input_: int, now: int) -> None:
        """A signal from outside: serve it and all that follow from it."""
        self.now = now
        self.signals.append(machine << 8 | input_)
        self.serve_signals(now)
        if self.moved and self.fill_live and machine != s.RC:
            self._arrive_again(now)

    def serve_signals(self, now: int) -> None:
        while self.signals:
            signals = self.signals
            self.signals = []
            for signal in signals:
                self._serve(signal >> 8, signal & 255, now)

    def _serve(self, machine: int, input_: int, now: int) -> None:
        """Look the input up in its machine's table and do what is drawn."""
        drawn = self.machines[machine]
        before = self.state[machine]
        cell: Cell | None = drawn.cells[before][input_]
        if cell is None or cell.method is None:
            return
        cell.method(self, now)
        after = self.state[machine]
        if after == before and not drawn.strict:
            return
        drawn.check(before, input_, after)
        if machine <= s.IAC and after != before:
            self.moved = True
            if machine == s.LSC:
                if after == s.IN_SERVICE:
                    self.marks &= ~NOT_IN_SERVICE
                else:
                    self.marks |= NOT_IN_SERVICE
