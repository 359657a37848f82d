"""Answered circuits of a process that is no more: kept by the far end, gone on with here.

For the far end our process's end is the loss of the signalling route: calls stay (Q.764 2.9.4).
When the destination can be reached again a circuit group query asks what the far end has on these
circuits (2.8.3), where the variant has queries; a state that contradicts ours ends the call and
resets the circuit. A query that is not answered in T28, or for some circuits only, tells nothing
against the call: queries are a national option, and what has no call is answered by RSC (2.9.5.1
d 1) or REL sooner or later. While the far end's user part is not available (2.13) T28 tells nothing
at all; the query goes out anew when it is back.
Circuits that are not adopted are reset by GRS and RSC as at any start (2.9.3).
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import CallKept, KeptCall
from .isup_call import (
    SUSPENDED_HERE_NETWORK,
    SUSPENDED_THERE_NETWORK,
    SUSPENDED_THERE_USER,
    Call,
    UserPart,
)
from .isup_circuits import Circuit
from .isup_config import T2, T6, T38
from .isup_parameters_circuit import INCOMING_BUSY, OUTGOING_BUSY, UNEQUIPPED
from .isup_states import IN_ANSWERED, IN_SUSPENDED, OUT_ANSWERED, OUT_SUSPENDED, OUTGOING

ANSWERED: Final = (OUT_ANSWERED, OUT_SUSPENDED, IN_ANSWERED, IN_SUSPENDED)
_EVERY_SUSPENSION: Final = 15


def keep(part: UserPart, handle: int) -> KeptCall | None:
    """What to write down of a call, if it is answered."""
    call = part.calls.get(handle)
    if call is None or call.state not in ANSWERED:
        return None
    return KeptCall(call.circuit.cic, call.state in OUTGOING, 0, call.suspended)


def adopt(part: UserPart, circuit: Circuit, kept: KeptCall, now: int) -> int:
    """An answered call on this circuit; its handle. Timers of a suspension begin anew (2.4.3)."""
    if not part.circuits.is_idle(circuit):
        raise LocalError(f"CIC {circuit.cic} is not idle: its call cannot be adopted")
    call = Call(part, circuit, part.new_handle())
    call.offered = True
    call.complete = True
    call.adopted = True
    suspended = kept.suspended & _EVERY_SUSPENSION
    call.suspended = suspended
    if kept.outgoing:
        call.state = OUT_SUSPENDED if suspended else OUT_ANSWERED
        if suspended & SUSPENDED_THERE_NETWORK:
            call.start(T6, now)
    else:
        call.state = IN_SUSPENDED if suspended else IN_ANSWERED
        if suspended & SUSPENDED_HERE_NETWORK and part.config.international:
            call.start(T38, now)
    if suspended & SUSPENDED_THERE_USER:
        call.start(T2, now)
    call.register(circuit)
    part.adopted.append(circuit.cic)
    return call.handle


def waiting(part: UserPart) -> tuple[int, ...]:
    """CICs of adopted calls that are neither confirmed nor being cleared."""
    by_cic = part.circuits.by_cic
    found: list[int] = []
    for cic in part.adopted:
        call = part.calls.get(by_cic[cic].call)
        if call is not None and call.adopted and call.state in ANSWERED:
            found.append(cic)
    return tuple(sorted(found))


def to_reset(part: UserPart) -> tuple[int, ...]:
    """CICs to reset when the destination can be reached for the first time: all that no adopted
    call has; without ``reset_on_start`` those of calls that we cleared before the far end could be
    told of it."""
    held = set(waiting(part))
    cics = part.config.circuits if part.config.reset_on_start else tuple(part.adopted)
    return tuple([cic for cic in cics if cic not in held])


def confirm(part: UserPart, circuit: Circuit) -> None:
    """Nothing speaks against the adopted call on this circuit."""
    call = part.calls.get(circuit.call)
    if call is not None and call.adopted and call.state in ANSWERED:
        call.adopted = False
        part.happened.append(CallKept(call.handle, circuit.cic))


def told(part: UserPart, circuit: Circuit, theirs: int) -> None:
    """CQR's octet for a circuit (Q.763 3.14). Busy the other way round confirms an adopted call; so
    does a transient state, which agrees with any (2.8.3.3). Its blocking says nothing of it."""
    call = part.calls.get(circuit.call)
    if call is None or not call.adopted or call.state not in ANSWERED:
        return
    seen = INCOMING_BUSY if call.state in OUTGOING else OUTGOING_BUSY
    busy = theirs >> 2 & 3
    if busy == seen or (not busy and theirs & 3 != UNEQUIPPED):
        confirm(part, circuit)
    else:
        part.fault(
            "adopted_call_unknown",
            f"CIC {circuit.cic}: circuit state {theirs:#04x} there, a call here",
            "2.8.3.3",
            b"",
        )
        part.refuted.append(circuit)
