"""Answered circuits of a process that is no more: kept by the far end, gone on with here.

TUP cannot ask for the state of a circuit, so an adopted call is taken for good as soon as the
exchange can be reached; an exchange that has it not says so by CLF, RSC or GRS (Q.724 6, 10).
Circuits that are not adopted are reset as at any start.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import CallKept, CallRequest, KeptCall, PartyNumber
from .tup_call import Call, Circuit, Core
from .tup_config import T_CLEAR_BACK, T_GUARD
from .tup_states import IC_ANSWERED, IC_CLEARED_BACK, NULL, OG_ANSWERED, OG_CLEARED_BACK

CLEARED_BACK: Final = 1
"""KeptCall.suspended: CBK went or came, the called party may come back (RAN)."""
GONE: Final = 2
"""The calling party hung up under the called party's control (CCL)."""
ANSWERED: Final = (OG_ANSWERED, OG_CLEARED_BACK, IC_ANSWERED, IC_CLEARED_BACK)


def goes_on(call: Call) -> bool:
    """Is it answered and not being cleared?"""
    circuit = call.circuit
    return circuit is not None and circuit.state in ANSWERED and not call.cause


def keep(core: Core, handle: int) -> KeptCall | None:
    """What to write down of a call, if it is answered."""
    call = core.calls.get(handle)
    if call is None or call.circuit is None or not goes_on(call):
        return None
    circuit = call.circuit
    suspended = CLEARED_BACK if circuit.state in (OG_CLEARED_BACK, IC_CLEARED_BACK) else 0
    if circuit.gone:
        suspended |= GONE
    return KeptCall(circuit.cic, call.outgoing, 0, suspended)


def adopt(core: Core, handle: int, circuit: Circuit, kept: KeptCall, now: int) -> None:
    """An answered call on this circuit. The wait for a called party that hung up begins anew."""
    if circuit.state != NULL or not core.pool.has(circuit.cic):
        raise LocalError(f"circuit {circuit.cic} is not idle: its call cannot be adopted")
    call = Call(handle, CallRequest(PartyNumber("")), kept.outgoing)
    call.offered = True
    call.complete = True
    call.adopted = True
    call.circuit = circuit
    circuit.call = call
    core.calls[handle] = call
    core.adopted.append(circuit)
    back = kept.suspended & CLEARED_BACK
    if kept.outgoing:
        circuit.backward = True
        circuit.gone = bool(kept.suspended & GONE)
        circuit.enter(OG_CLEARED_BACK if back else OG_ANSWERED)
        if back:
            circuit.start(T_CLEAR_BACK, now)
    else:
        circuit.enter(IC_CLEARED_BACK if back else IC_ANSWERED)
        if back:
            circuit.start(T_GUARD, now)


def to_reset(core: Core) -> tuple[int, ...]:
    """CICs to reset when the exchange can be reached for the first time: all that no adopted call
    has; without ``reset_on_start`` those of calls that we cleared before it could be told of it."""
    held = {circuit.cic for circuit in core.adopted if waits(circuit)}
    config = core.config
    cics = config.circuits if config.reset_on_start else tuple([c.cic for c in core.adopted])
    return tuple([cic for cic in cics if cic not in held])


def waits(circuit: Circuit) -> bool:
    """Has it an adopted call that is not confirmed?"""
    call = circuit.call
    return call is not None and call.adopted and goes_on(call)


def confirm(core: Core) -> None:
    """The exchange can be reached: adopted calls go on."""
    for circuit in core.adopted:
        call = circuit.call
        if call is not None and waits(circuit):
            call.adopted = False
            core.happened.append(CallKept(call.handle, circuit.cic))
    core.adopted.clear()
