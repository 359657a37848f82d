"""Telephone user part: call control and supervision of the circuits towards one exchange, no I/O.

The circuits' machine is drawn in tup_table, blocking in tup_circuits_blocking, group messages in
tup_circuits_group. Here are the requests. A channel is a CIC. Until ``mtp_resume`` says that the
exchange can be reached, calls that are placed are released at once.
"""

from __future__ import annotations

from ...errors import LocalError
from ..call import (
    TEST_CALL,
    CallRequest,
    KeptCall,
    LinkChanged,
    PartyNumber,
    SignallingEvent,
)
from . import tup_adopt as adoption
from . import tup_circuits_blocking as blocking
from . import tup_circuits_group as group
from . import tup_messages_table as h
from . import tup_states as s
from .mtp3_events import STATUS_CONGESTED
from .tup_call import Call, Circuit, Order
from .tup_call_outgoing import checked_digits, initial_address
from .tup_causes import CIRCUIT_NOT_AVAILABLE, CONGESTION, NO_CIRCUIT, OUT_OF_ORDER
from .tup_circuits import HARDWARE, MAINTENANCE, SOFTWARE, runs
from .tup_circuits_control import CORE_OWNER, MOST_LEVEL, RELEASE_CAUSE, CircuitControl
from .tup_config import T_USER_PART, TupConfig
from .tup_messages import (
    MOST_SIGNALS,
    REQUEST_CALLING_LINE,
    ST,
    Charging,
    Metering,
    TupMessage,
)


class Tup(CircuitControl):
    """Call control of TUP circuits. After any method take ``transmit`` and ``events``.

    Requests raise LocalError when the call does not exist or its state forbids them.
    """

    def __init__(self, config: TupConfig) -> None:
        super().__init__(config)
        self.starts: int = 0
        """Times that the exchange became reachable."""

    # MTP

    def start(self, now: int) -> None:
        """The board runs; MTP says by ``mtp_resume`` when the exchange can be reached."""

    def mtp_resume(self, now: int) -> None:
        """MTP-RESUME: the exchange can be reached."""
        self.available = True
        self.stop_timer(CORE_OWNER, T_USER_PART)
        self.starts += 1
        if self.starts == 1:
            cics = adoption.to_reset(self)
            if cics:
                self.restart(cics, now)
            adoption.confirm(self)

    def mtp_pause(self, now: int) -> None:
        """MTP-PAUSE: it cannot. Calls stay; nothing is sent until it can."""
        self.available = False
        # That the user part may be back is of no use until there is a way to it.
        self.stop_timer(CORE_OWNER, T_USER_PART)
        self.out.clear()

    def mtp_status(self, cause: int, level: int, now: int) -> None:
        """MTP-STATUS, ``cause`` one of mtp3_events.STATUS_: congestion, user part unavailable."""
        if cause == STATUS_CONGESTED:
            self.congested(max(level, min(self.level + 1, MOST_LEVEL)), now)
            return
        if not self.available and not self.stopped_by_user_part():
            return  # MTP-PAUSE came before: MTP-RESUME will say more
        if self.available:
            self.available = False
            self.happened.append(LinkChanged(False, "the far end's TUP is not available"))
        self.start_timer(CORE_OWNER, T_USER_PART, now)

    def ask_user_part(self, now: int) -> None:
        self.available = True
        self.happened.append(LinkChanged(True, "the far end's TUP is tried again"))

    def receive(self, data: bytes, sls: int, now: int) -> None:
        if not self.available and self.stopped_by_user_part():
            self.stop_timer(CORE_OWNER, T_USER_PART)
            self.ask_user_part(now)
        super().receive(data, sls, now)

    def stopped_by_user_part(self) -> bool:
        """Is it the far end's user part, not the way to it, that is not available?"""
        return CORE_OWNER << 5 | T_USER_PART in self.deadlines

    # What is to be taken

    def transmit(self) -> list[tuple[int, bytes]]:
        """Take the MTP-TRANSFER requests, in order: SLS field and octets behind the label."""
        out = self.out
        self.out = []
        return out

    def events(self) -> list[SignallingEvent]:
        """Take what happened, in order."""
        happened = self.happened
        self.happened = []
        return happened

    # Calls

    def place(self, request: CallRequest, now: int) -> int:
        """Place a call (Q.724 1); its handle. The number needs at least one digit."""
        config = self.config
        if self.draining:
            raise LocalError("the trunk is being drained: no call can be placed")
        if request.channel and request.channel not in self.circuits:
            raise LocalError(f"there is no circuit {request.channel} here")
        signals = checked_digits(request.called.digits)
        if not signals:
            raise LocalError("the called number is empty: TUP has no IAM without a digit")
        if request.complete and config.variant.end_of_pulsing:
            signals += ST
        initial_address(
            request, signals[:MOST_SIGNALS], False, config
        )  # LocalError before a seizure
        self.last_handle += 1
        call = Call(self.last_handle, request, True)
        call.signals = signals
        call.complete = request.complete
        call.offered = True
        cic = request.channel
        asked = request.exclusive or self.pool.has(cic) or (cic and self._may_test(request, cic))
        if not cic or not asked:
            cic = self.pool.choose()
        if not self.available:
            self.failed_call(call, OUT_OF_ORDER)
        elif self._too_much():
            self.failed_call(call, CONGESTION)
        elif not cic or not (self.pool.has(cic) or self._may_test(request, cic)):
            self.failed_call(call, CIRCUIT_NOT_AVAILABLE if cic else NO_CIRCUIT)
        else:
            call.attempts = 0 if request.exclusive else config.attempts
            self.calls[call.handle] = call
            self.seize(call, cic, now)
        return call.handle

    def _may_test(self, request: CallRequest, cic: int) -> bool:
        """Test calls may use a circuit that we block for maintenance (Q.724 5)."""
        circuit = self.circuits[cic]
        blocked = circuit.local == MAINTENANCE and not circuit.remote and not circuit.failed
        return request.category == TEST_CALL and circuit.state == s.NULL and blocked

    def _too_much(self) -> bool:
        """The far exchange is congested and this call is one of those it is spared."""
        return self.level > 0 and self.last_handle % 4 < self.level

    def _circuit(self, handle: int) -> Circuit:
        call = self.calls.get(handle)
        if call is None or call.circuit is None or not call.offered:
            raise LocalError(f"there is no call {handle}")
        return call.circuit

    def send_digits(
        self, handle: int, digits: str, complete: bool, now: int, keypad: str = ""
    ) -> None:
        """More digits of an overlap call: SAM or SAO."""
        self.serve(self._circuit(handle), s.DIGITS_REQ, (digits, complete), now)

    def want_digits(self, handle: int, now: int) -> None:
        """TUP asks for no digits: they come or T_DIGITS runs out."""
        self.serve(self._circuit(handle), s.WANT_DIGITS_REQ, None, now)

    def proceed(self, handle: int, now: int) -> None:
        """Incoming: the number is complete: ACM."""
        self.serve(self._circuit(handle), s.PROCEED_REQ, None, now)

    def progress(self, handle: int, indicator: int, now: int) -> None:
        """Incoming: tones can be heard, which ACM says."""
        self.serve(self._circuit(handle), s.PROGRESS_REQ, indicator, now)

    def alert(self, handle: int, inband: bool, now: int) -> None:
        """Incoming: ACM, subscriber free, unless ACM was sent."""
        self.serve(self._circuit(handle), s.ALERT_REQ, inband, now)

    def answer(self, handle: int, now: int, connected: PartyNumber | None = None) -> None:
        """Incoming: ANC, ANN or ANU. TUP has no connected number."""
        self.serve(self._circuit(handle), s.ANSWER_REQ, None, now)

    def clear(self, handle: int, cause: int, now: int, user_user: bytes = b"") -> None:
        """End or refuse the call: CLF; CBK or an unsuccessful message at the called side."""
        if not 1 <= cause <= 127:
            raise LocalError(f"cause {cause} does not exist; Q.850 has 1 to 127")
        self.serve(self._circuit(handle), s.CLEAR_REQ, cause, now)

    def notify(self, handle: int, indicator: int, now: int) -> None:
        """Called side: user suspended (0) is CBK, resumed (1) RAN; TUP has no other notices."""
        self.serve(self._circuit(handle), s.NOTIFY_REQ, indicator, now)

    def suspend(self, handle: int, now: int) -> None:
        """The called party hung up and may come back: CBK."""
        self.notify(handle, 0, now)

    def resume(self, handle: int, now: int) -> None:
        """The called party is back: RAN."""
        self.notify(handle, 1, now)

    def send_user_information(self, handle: int, data: bytes, now: int) -> None:
        """TUP carries none: LocalError."""
        self._circuit(handle)
        raise LocalError("TUP carries no user-user information")

    def identify(self, handle: int, now: int, wanted: int = REQUEST_CALLING_LINE) -> None:
        """Incoming: GRQ, ``wanted`` REQUEST_ bits of tup_messages; the GSM completes the call."""
        self.serve(self._circuit(handle), s.IDENTIFY_REQ, wanted, now)

    def forward_transfer(self, handle: int, now: int) -> None:
        """Outgoing: FOT, bring an operator in."""
        self.signal(handle, "FOT", now)

    def signal(self, handle: int, name: str, now: int) -> None:
        """FOT, OPR or CCL of the calling, OPR or MAL of the called side, by acronym."""
        if name not in ("FOT", "OPR", "CCL", "MAL"):
            raise LocalError(f"signal {name!r}; give FOT, OPR, CCL or MAL")
        self._signal(handle, TupMessage(h.BY_ACRONYM[name]), now)

    def charge(self, handle: int, data: bytes, now: int) -> None:
        """Called side: CHG."""
        self._signal(handle, Charging(data), now)

    def meter(self, handle: int, pulses: int, now: int) -> None:
        """Called side, China: MPM."""
        self._signal(handle, Metering(pulses), now)

    def _signal(self, handle: int, message: TupMessage, now: int) -> None:
        circuit = self._circuit(handle)
        if not h.HEADINGS[message.heading].variants & self.config.variant.messages:
            raise LocalError(f"{message.name} is not used in variant {self.config.variant.name}")
        self.serve(circuit, s.SIGNAL_REQ, message, now)

    # Circuits

    def _checked(self, cics: tuple[int, ...]) -> tuple[int, ...]:
        for cic in cics:
            if cic not in self.circuits:
                raise LocalError(f"there is no circuit {cic} here")
        return tuple(sorted(set(cics)))

    def restart(self, channels: tuple[int, ...], now: int) -> None:
        """Reset circuits (Q.724 10): RSC, or GRS for runs of them; () means all."""
        cics = self._checked(channels) or self.config.circuits
        self.reset_circuits(cics, now)

    def block(
        self, cics: tuple[int, ...], hardware: bool, now: int, software: bool = False
    ) -> None:
        """Block circuits, () means all (Q.724 5, 10): BLO, MGB for runs of them; HGB, which ends
        their calls, or SGB where asked. BlockingDone follows."""
        flag = HARDWARE if hardware else SOFTWARE if software else MAINTENANCE
        cics = self._checked(cics) or self.config.circuits
        for cic in cics:
            circuit = self.circuits[cic]
            circuit.local |= flag
            circuit.report()
        self._supervise(cics, flag, "block", now)
        if hardware:
            for cic in cics:
                self._release_failed(self.circuits[cic], now)

    def unblock(
        self, cics: tuple[int, ...], hardware: bool, now: int, software: bool = False
    ) -> None:
        """Undo the same kind of blocking; () means all. BlockingDone follows."""
        flag = HARDWARE if hardware else SOFTWARE if software else MAINTENANCE
        self._supervise(self._checked(cics) or self.config.circuits, flag, "unblock", now)

    def _supervise(self, cics: tuple[int, ...], flag: int, what: str, now: int) -> None:
        parts = runs(cics, group.MOST_IN_GROUP)
        order = Order(cics, what, len(parts))
        kind = group.KIND_OF_FLAG[flag]
        for part in parts:
            if flag == MAINTENANCE:
                for cic in part:
                    blocking.give_up(self.circuits[cic])
            if len(part) == 1 and flag == MAINTENANCE:
                circuit = self.circuits[part[0]]
                circuit.order = order
                self.leave_jobs(circuit.cic, now)
                input_ = blocking.BLOCK_REQ if what == "block" else blocking.UNBLOCK_REQ
                blocking.serve(circuit, input_, now)
            else:
                heading = kind.block if what == "block" else kind.unblock
                self.start_job(heading, part, order, now)

    def _release_failed(self, circuit: Circuit, now: int) -> None:
        """The call on a circuit whose hardware failed here ends."""
        busy = circuit.state in s.OUTGOING or circuit.state in s.INCOMING
        if circuit.call is not None and busy:
            if circuit.call.offered:
                self.serve(circuit, s.CLEAR_REQ, RELEASE_CAUSE, now)
            else:
                self.serve(circuit, s.GROUP_RESET, None, now)

    def query(self, cics: tuple[int, ...], now: int) -> None:
        """TUP cannot ask for the state of circuits: LocalError."""
        raise LocalError("TUP has no circuit query; reset or block and unblock the circuits")

    def continuity_test(self, cic: int, now: int) -> None:
        """Check an idle circuit (Q.724 7): CCR; ContinuityCheck says what the board shall do."""
        self._checked((cic,))
        self.serve(self.circuits[cic], s.TEST_REQ, None, now)

    def continuity_result(self, cic: int, ok: bool, now: int) -> None:
        """What became of a ContinuityCheck with a tone: did it come back?"""
        self._checked((cic,))
        self.serve(self.circuits[cic], s.CHECK_OK if ok else s.CHECK_FAILED, None, now)

    def drain(self, on: bool, now: int) -> None:
        """While on, calls are neither taken (SEC) nor placed."""
        self.draining = on

    def keep(self, handle: int) -> KeptCall | None:
        """What a new process needs to go on with the call; None: it is not answered."""
        return adoption.keep(self, handle)

    def adopt(self, kept: KeptCall, now: int) -> int:
        """Before the exchange was ever reached: go on with a call of a process that is no more; its
        handle. CallKept follows when it can be reached, or CallReleased."""
        if self.starts:
            raise LocalError("the circuits work already: calls are adopted before the start")
        self._checked((kept.channel,))
        handle = self.last_handle + 1
        adoption.adopt(self, handle, self.circuits[kept.channel], kept, now)
        self.last_handle = handle
        return handle
