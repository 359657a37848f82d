"""The state of a circuit as a circuit group query tells it (Q.763 3.14, Q.764 2.8.3)."""

from __future__ import annotations

from typing import Final

from .isup_call import UserPart
from .isup_circuits import (
    CSC_IDLE,
    UNBLOCKED,
    WAIT_BLA,
    WAIT_CGBA,
    WAIT_CGUA,
    WAIT_UBA,
    Circuit,
)
from .isup_parameters_circuit import (
    BOTH_BLOCKED,
    IDLE,
    INCOMING_BUSY,
    LOCALLY_BLOCKED,
    OUTGOING_BUSY,
    REMOTELY_BLOCKED,
    TRANSIENT,
    UNEQUIPPED,
    circuit_state,
)
from .isup_states import OUT_CONTINUITY, OUT_WAIT_ACM, OUTGOING, WAIT_RLC

_TRANSIENT_BLOCKING: Final = (WAIT_BLA, WAIT_UBA, WAIT_CGBA, WAIT_CGUA)


def _blocking_of(here: int, there: int) -> int:
    if here != UNBLOCKED:
        return BOTH_BLOCKED if there != UNBLOCKED else LOCALLY_BLOCKED
    return REMOTELY_BLOCKED if there != UNBLOCKED else 0


def state_octet(part: UserPart, circuit: Circuit) -> int:
    """A circuit as Q.763 3.14 codes it; transient while an answer is awaited (2.8.3.2)."""
    if circuit.unequipped:
        return UNEQUIPPED
    if circuit.bls in _TRANSIENT_BLOCKING or circuit.hls in _TRANSIENT_BLOCKING:
        return TRANSIENT
    if circuit.csc != CSC_IDLE:
        return TRANSIENT
    hardware = _blocking_of(circuit.hls, circuit.hlr)
    maintenance = _blocking_of(circuit.bls, circuit.blr)
    if not circuit.call:
        return circuit_state(IDLE, maintenance, hardware)
    state = part.calls[circuit.call].state
    if state in (OUT_CONTINUITY, OUT_WAIT_ACM, WAIT_RLC):
        return TRANSIENT
    call = OUTGOING_BUSY if state in OUTGOING else INCOMING_BUSY
    return circuit_state(call, maintenance, hardware)


_MIRROR: Final = (0, 2, 1, 3)
"""Blocked here is blocked there at the other end; incoming there is outgoing here."""


def agree(mine: int, theirs: int) -> bool:
    """Do two ends see a circuit in the same state? Transient states agree with any (2.8.3.3)."""
    if not (mine & 12 and theirs & 12):
        return mine & 3 == theirs & 3 == UNEQUIPPED or (mine == TRANSIENT or theirs == TRANSIENT)
    call = mine >> 2 & 3
    seen = {INCOMING_BUSY: OUTGOING_BUSY, OUTGOING_BUSY: INCOMING_BUSY, IDLE: IDLE}[call]
    return (
        theirs >> 2 & 3 == seen
        and theirs & 3 == _MIRROR[mine & 3]
        and theirs >> 4 & 3 == _MIRROR[mine >> 4 & 3]
    )
