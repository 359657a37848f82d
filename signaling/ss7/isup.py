"""ISUP: the circuits towards one destination, their calls and their supervision (Q.761 to Q.764).

CPC, the calls' machine, is drawn in isup_call_table; BLS and BLR in isup_blocking; reset and
continuity recheck in isup_reset; groups in isup_groups. Here are the requests.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import (
    TEST_CALL,
    BlockingDone,
    CallReleased,
    CallRequest,
    KeptCall,
    PartyNumber,
    SignallingEvent,
)
from ..fsm import Cell
from . import isup_adopt as adoption
from . import isup_availability as availability
from . import isup_blocking as blocking
from . import isup_reset as reset
from . import isup_states as s
from .isup_call import (
    CONGESTION,
    DESTINATION_OUT_OF_ORDER,
    NO_CIRCUIT,
    NOT_AVAILABLE,
    Call,
    Job,
    user_user_octets,
)
from .isup_call_table import CELLS, CPC, not_permitted
from .isup_circuits import BLOCKED, UNBLOCKED, Circuit
from .isup_config import IsupConfig
from .isup_distribution import Distribution
from .isup_groups import split
from .isup_messages_table import CGB, CGU, CQM, GRS
from .isup_offer import initial_address

SUSPENDED: Final = 0
RESUMED: Final = 1
"""Notification indicators of Q.931 4.5.22 for which ISUP has messages of their own."""


class Isup(Distribution):
    """Call control and circuit supervision towards one destination; a channel is a CIC.

    ``transmit`` gives (SLS, octets behind the routing label, CIC first). Requests raise LocalError
    when the call does not exist or its state forbids them. A call that finds no circuit, no
    destination or no room is released at once, cause 34, 44, 27 or 42. Until ``mtp_resume`` the
    destination cannot be reached. ``want_digits`` sends nothing, as ISUP has no message for it:
    the engine then waits for T35 instead of T10. ``proceed`` is the early ACM.
    """

    def __init__(self, config: IsupConfig) -> None:
        super().__init__(config)
        self.resumed_once: bool = False

    def start(self, now: int) -> None:
        """Nothing to do: circuits work from the first MTP-RESUME on."""

    # MTP

    def mtp_pause(self, now: int) -> None:
        """MTP-PAUSE: the destination cannot be reached (2.9.4)."""
        availability.paused(self)

    def mtp_resume(self, now: int) -> None:
        """MTP-RESUME: the destination can be reached."""
        if not availability.resumed(self):
            return
        if not self.resumed_once:
            self.resumed_once = True
            cics = adoption.to_reset(self)
            if cics:
                self.restart(cics, now)
        self.ask_adopted(now)

    def mtp_status(self, cause: int, level: int, now: int) -> None:
        """MTP-STATUS: a STATUS_ value of mtp3_events, congestion level (2.11, 2.13)."""
        availability.mtp_status(self, cause, level, now)

    # What is to be taken

    def transmit(self) -> list[tuple[int, bytes]]:
        """Take the MTP-TRANSFER requests, in order: SLS, octets behind the routing label."""
        units = self.units
        self.units = []
        return units

    def events(self) -> list[SignallingEvent]:
        """Take what happened, in order."""
        happened = self.happened
        self.happened = []
        self.circuits.events = self.happened
        return happened

    # Calls

    def place(self, request: CallRequest, now: int) -> int:
        """Place a call; its handle. ``request.channel`` is a CIC; CIC 0 cannot be asked for."""
        if self.draining:
            raise LocalError("the circuits are being drained: no call can be placed")
        call = Call(self, self.circuits.all[0], self.new_handle())
        handle = call.handle
        call.request = request
        call.digits = request.called.digits
        call.complete = request.complete
        call.iam = initial_address(call)
        if not self.reachable or self.user_part:
            return self._failed(handle, DESTINATION_OUT_OF_ORDER)
        test = request.category == TEST_CALL
        if not test and not availability.has_room(self):
            self.count("refused_congestion")
            return self._failed(handle, CONGESTION)
        circuit = self._chosen(request, test)
        if circuit is None:
            exclusive = request.channel and request.exclusive
            return self._failed(handle, NOT_AVAILABLE if exclusive else NO_CIRCUIT)
        call.register(circuit)
        cell = CELLS[s.IDLE][s.SETUP_REQ]
        assert cell.method is not None
        cell.method(call, now)
        CPC.check(s.IDLE, s.SETUP_REQ, call.state)
        return handle

    def _chosen(self, request: CallRequest, test: bool) -> Circuit | None:
        """The circuit asked for if it may be had, else one by the selection policy."""
        channel = request.channel
        if channel:
            circuit = self._circuit(channel)
            if self.circuits.is_idle(circuit) or (test and self._testable(circuit)):
                return circuit
            if request.exclusive:
                return None
        return self.circuits.choose()

    def _testable(self, circuit: Circuit) -> bool:
        """Test calls may use what is blocked for maintenance (2.8.2.1)."""
        hardware = circuit.hls != UNBLOCKED or circuit.hlr != UNBLOCKED
        broken = circuit.unequipped or circuit.withdrawn or circuit.csc
        return not circuit.call and not hardware and not broken

    def _failed(self, handle: int, cause: int) -> int:
        location = self.config.location
        self.happened.append(CallReleased(handle, 0, cause, location, True))
        return handle

    def send_digits(self, call: int, digits: str, complete: bool, now: int) -> None:
        """More digits of an overlap call (SAM)."""
        found = self._call(call)
        before = found.state
        cell = self._permitted(found, s.ADDRESS_REQ)
        if cell.method is not None:
            cell.method(found, digits, complete, now)
            CPC.check(before, s.ADDRESS_REQ, found.state)

    def want_digits(self, call: int, now: int) -> None:
        """Incoming: the number is not complete yet; the next digit is to come within T35."""
        self._simple(call, s.MORE_DIGITS_REQ, now)

    def proceed(self, call: int, now: int) -> None:
        """Incoming: the number is complete (ACM, no indication), unless that was said already."""
        self._simple(call, s.PROCEED_REQ, now)

    def progress(self, call: int, indicator: int, now: int) -> None:
        """Incoming: ACM or CPG with this description of Q.931 (8: in-band information)."""
        self._with_number(call, s.PROGRESS_REQ, indicator, now)

    def alert(self, call: int, inband: bool, now: int) -> None:
        """Incoming: the called party is being told (ACM or CPG)."""
        self._with_flag(call, s.ALERT_REQ, inband, now)

    def answer(
        self, call: int, now: int, connected: PartyNumber | None = None, bearer: int = -1
    ) -> None:
        """Incoming: answered (ANM or CON). ``bearer``: the capability that it fell back to."""
        found = self._call(call)
        before = found.state
        cell = self._permitted(found, s.ANSWER_REQ)
        if cell.method is not None:
            cell.method(found, connected, bearer, now)
            CPC.check(before, s.ANSWER_REQ, found.state)

    def clear(self, call: int, cause: int, now: int, user_user: bytes = b"") -> None:
        """End or refuse the call (REL); nothing happens where it is being released already."""
        if not 1 <= cause <= 127:
            raise LocalError(f"cause {cause} does not exist; Q.850 has 1 to 127")
        if user_user:
            self._call(call).user_user = user_user_octets(user_user)
        self._with_number(call, s.RELEASE_REQ, cause, now)

    def suspend(self, call: int, now: int, network: bool = True) -> None:
        """SUS: our party hung up (``network``), or asked for it (2.4.1)."""
        self._with_flag(call, s.SUSPEND_REQ, network, now)

    def resume(self, call: int, now: int, network: bool = True) -> None:
        """RES (2.4.2)."""
        self._with_flag(call, s.RESUME_REQ, network, now)

    def notify(self, call: int, indicator: int, now: int) -> None:
        """User suspended (0) or resumed (1): SUS, RES of the user's; other indicators: CPG."""
        if indicator == SUSPENDED:
            self._with_flag(call, s.SUSPEND_REQ, False, now)
        elif indicator == RESUMED:
            self._with_flag(call, s.RESUME_REQ, False, now)
        else:
            self._with_number(call, s.NOTIFY_REQ, indicator, now)

    def forward_transfer(self, call: int, now: int) -> None:
        """Outgoing: the operator wants help (FOT, 2.1.9)."""
        self._simple(call, s.FORWARD_TRANSFER_REQ, now)

    def send_user_information(self, call: int, data: bytes, now: int) -> None:
        """User-user information: USR, or with the next message back while the call is set up."""
        found = self._call(call)
        before = found.state
        cell = self._permitted(found, s.USER_INFO_REQ)
        if cell.method is not None:
            cell.method(found, data, now)
            CPC.check(before, s.USER_INFO_REQ, found.state)

    # Circuits

    def restart(self, channels: tuple[int, ...], now: int) -> None:
        """Reset circuits at both ends (RSC, GRS); () means all. RestartDone follows."""
        cics = channels or self.config.circuits
        circuits = [self._circuit(cic) for cic in cics]
        self.to_calls(circuits, s.CIRCUIT_TAKEN, now)
        for group in split(cics, True):
            if len(group) == 1:
                circuit = self._circuit(group[0])
                reset.csc_input(self, circuit, reset.RESET_REQ, now)
            else:
                self.groups.begin(GRS, False, group, now)
        self.jobs.append(Job(tuple(sorted(set(cics)))))
        self._pending(now)

    def block(self, cics: tuple[int, ...], hardware: bool, now: int) -> None:
        """Block circuits (BLO, CGB); () means all. Calls go on, but not with ``hardware``."""
        self._blocking(cics or self.config.circuits, hardware, True, now)

    def unblock(self, cics: tuple[int, ...], hardware: bool, now: int) -> None:
        """Unblock circuits (UBL, CGU); () means all."""
        self._blocking(cics or self.config.circuits, hardware, False, now)

    def _blocking(self, cics: tuple[int, ...], hardware: bool, block: bool, now: int) -> None:
        circuits = [self._circuit(cic) for cic in cics]
        wanted = BLOCKED if block else UNBLOCKED
        done = [c.cic for c in circuits if (c.hls if hardware else c.bls) == wanted]
        if done:
            self.happened.append(BlockingDone(tuple(done), "block" if block else "unblock", True))
            circuits = [c for c in circuits if (c.hls if hardware else c.bls) != wanted]
            cics = tuple([c.cic for c in circuits])
        if hardware and block:
            self.to_calls(circuits, s.CIRCUIT_TAKEN, now)
        if hardware or (len(circuits) > 1 and self.config.group_messages):
            for group in split(cics, False):
                self.groups.begin(CGB if block else CGU, hardware, group, now)
        else:
            input_ = blocking.BLOCK_REQ if block else blocking.UNBLOCK_REQ
            for circuit in circuits:
                self.groups.leave(circuit.cic, now)
                blocking.bls_input(self, circuit, input_, now)
        self._pending(now)

    def query(self, cics: tuple[int, ...], now: int) -> None:
        """Ask for the far end's state of circuits (CQM). CircuitsQueried follows."""
        for cic in cics:
            self._circuit(cic)
        for group in split(cics or self.config.circuits, True):
            self.groups.begin(CQM, False, group, now)

    def continuity_test(self, cic: int, now: int) -> None:
        """Check an idle circuit outside a call (CCR). ContinuityCheck and ContinuityDone follow."""
        circuit = self._circuit(cic)
        if circuit.call or circuit.csc:
            raise LocalError(f"CIC {cic} is not idle: it cannot be tested")
        reset.csc_input(self, circuit, reset.TEST_REQ, now)

    def continuity_result(self, cic: int, ok: bool, now: int) -> None:
        """What became of the check tone that ContinuityCheck asked for."""
        circuit = self._circuit(cic)
        if circuit.call:
            self.call_to(circuit, s.CHECK_OK if ok else s.CHECK_FAILED, now)
        else:
            reset.csc_input(self, circuit, reset.CHECK_OK if ok else reset.CHECK_FAILED, now)
        self._pending(now)

    def drain(self, on: bool, now: int) -> None:
        """While on, calls are neither taken (cause 42) nor placed."""
        self.draining = on

    def keep(self, call: int) -> KeptCall | None:
        """What a new process needs to go on with the call; None: it is not answered."""
        return adoption.keep(self, call)

    def adopt(self, kept: KeptCall, now: int) -> int:
        """Before the destination was ever reached: go on with a call of a process that is no more;
        its handle. CallKept or CallReleased follows when it can be reached."""
        if self.resumed_once:
            raise LocalError("the circuits work already: calls are adopted before the start")
        return adoption.adopt(self, self._circuit(kept.channel), kept, now)

    def congested(self, level: int) -> None:
        """Our own congestion, 1 or 2, that our REL messages tell of; 0: it is over (2.12)."""
        if not 0 <= level <= 2:
            raise LocalError(f"congestion level {level} does not exist; give 0, 1 or 2")
        self.overload = level

    # Common to requests

    def _pending(self, now: int) -> None:
        if self.again:
            self.serve_again(now)

    def _circuit(self, cic: int) -> Circuit:
        circuit = self.circuits.by_cic.get(cic)
        if circuit is None:
            raise LocalError(f"there is no CIC {cic} towards point code {self.config.dpc}")
        return circuit

    def _call(self, handle: int) -> Call:
        call = self.calls.get(handle)
        if call is None or not call.offered:
            raise LocalError(f"there is no call {handle}")
        return call

    def _permitted(self, call: Call, input_: int) -> Cell:
        """The cell of a request; LocalError where the state forbids it."""
        cell = CELLS[call.state][input_]
        if cell.kind == "error":
            not_permitted(call)
        return cell

    def _simple(self, handle: int, input_: int, now: int) -> None:
        call = self._call(handle)
        before = call.state
        cell = self._permitted(call, input_)
        if cell.method is not None:
            cell.method(call, now)
            CPC.check(before, input_, call.state)

    def _with_number(self, handle: int, input_: int, number: int, now: int) -> None:
        call = self._call(handle)
        before = call.state
        cell = self._permitted(call, input_)
        if cell.method is not None:
            cell.method(call, number, now)
            CPC.check(before, input_, call.state)

    def _with_flag(self, handle: int, input_: int, flag: bool, now: int) -> None:
        call = self._call(handle)
        before = call.state
        cell = self._permitted(call, input_)
        if cell.method is not None:
            cell.method(call, flag, now)
            CPC.check(before, input_, call.state)
