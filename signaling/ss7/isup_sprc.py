"""SPRC, signalling procedure control (Q.764 annex B): brings inputs to the calls' machine."""

from __future__ import annotations

from . import isup_reset as reset
from . import isup_states as s
from .isup_call import Call, UserPart
from .isup_call_table import CELLS, CPC
from .isup_circuits import Circuit
from .isup_messages import IsupMessage
from .isup_messages_table import COT, IAM, REL, RLC
from .isup_parameters_base import CONTINUITY_INDICATORS
from .isup_segments import TRANSPARENT


class CallProcessing(UserPart):
    """Serves CPC's inputs; what they leave to be served again is served too."""

    def serve(self, call: Call, input_: int, now: int) -> None:
        """An input that brings nothing with it: a timer, another machine of the circuit."""
        before = call.state
        method = CELLS[before][input_].method
        if method is not None:
            method(call, now)
            CPC.check(before, input_, call.state)

    def call_message(self, circuit: Circuit, message: IsupMessage, now: int) -> None:
        """A message of a call, for CPC, or for the reset or check that the circuit is in."""
        kind = message.kind
        handle = circuit.call
        if handle:
            call = self.calls[handle]
            held = call.held
            if held is not None and held is not message and kind not in TRANSPARENT:
                # 2.1.12.3: what should follow was lost; the message that waits goes first.
                self.call_message(circuit, held, now)
                self.call_message(circuit, message, now)
                return
        elif circuit.csc:
            self._supervised(circuit, message, now)
            return
        else:
            call = Call(self, circuit, self.new_handle() if kind == IAM else 0)
        input_ = s.INPUT_OF_KIND[kind]
        before = call.state
        cell = CELLS[before][input_]
        if cell.method is not None:
            cell.method(call, message, now)
            after = call.state
            if after != before or CPC.strict:
                CPC.check(before, input_, after)

    def _supervised(self, circuit: Circuit, message: IsupMessage, now: int) -> None:
        """While a circuit is being reset or checked, messages of calls mean something else."""
        kind = message.kind
        input_ = reset.OTHER
        if kind == RLC:
            input_ = reset.M_RLC
        elif kind == REL:
            input_ = reset.M_REL
        elif kind == COT:
            good = message.value(CONTINUITY_INDICATORS, 0) & 1
            input_ = reset.M_COT_OK if good else reset.M_COT_FAILED
        reset.csc_input(self, circuit, input_, now)

    def serve_again(self, now: int) -> None:
        """IAMs that won a dual seizure, messages whose segment has come or will not come."""
        again = self.again
        while again:
            message = again.pop(0)
            circuit = self.circuits.by_cic[message.cic]
            self.call_message(circuit, message, now)

    def to_calls(self, circuits: list[Circuit], input_: int, now: int) -> None:
        """An input for the calls on these circuits. Calls that are tried again because of it get
        none of them."""
        busy = [circuit for circuit in circuits if circuit.call]
        if not busy:
            return
        barred = 0
        for circuit in circuits:
            barred |= 1 << circuit.bit
        self.circuits.barred = barred
        for circuit in busy:
            self.call_to(circuit, input_, now)
        self.circuits.barred = 0

    def call_to(self, circuit: Circuit, input_: int, now: int) -> None:
        """An input for the call on this circuit, if there is one."""
        if circuit.call:
            self.serve(self.calls[circuit.call], input_, now)
