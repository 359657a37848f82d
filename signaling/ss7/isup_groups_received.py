"""Group messages of the far end's (Q.764 2.8.2.2, 2.9.3.2, 2.8.3): MGBR, HGBR, CGRR, CQR."""

from __future__ import annotations

from ..call import RestartDone
from . import isup_blocking as blocking
from . import isup_reset as reset
from .isup_call import UserPart
from .isup_circuits import (
    BLOCKED,
    UNBLOCKED,
    WAIT_BLA,
    WAIT_CGBA,
    Circuit,
)
from .isup_groups import MOST_CIRCUITS, Groups
from .isup_messages import IsupMessage
from .isup_messages_table import CGB, CGU, CQM, GRS
from .isup_parameters_base import GROUP_SUPERVISION_TYPE, OCTET
from .isup_parameters_circuit import HARDWARE, UNEQUIPPED, RangeAndStatus, status_of
from .isup_query import state_octet


def read_range(part: UserPart, message: IsupMessage) -> RangeAndStatus | None:
    """The range of a group message, None where it is not one that may be served (Q.763 3.43)."""
    found = message.range_and_status()
    kind = message.kind
    text = ""
    if found is None:
        text = "range and status cannot be read"
    elif kind in (CGB, CGU):
        if found.range == 0:
            text = "range 0 is reserved"
        elif not found.complete:
            text = "the status field is shorter than the range"
        elif len(found.circuits(message.cic)) > MOST_CIRCUITS:
            text = f"more than {MOST_CIRCUITS} circuits are marked"
        elif message.value(GROUP_SUPERVISION_TYPE, 0) & 3 > HARDWARE:
            text = "the supervision type is reserved"
    elif found.range >= MOST_CIRCUITS or (kind == GRS and found.range == 0):
        text = f"range {found.range} is not one of {'0' if kind == CQM else '1'} to 31"
    if text:
        part.fault("group_range", f"{message.name}: {text}", "2.8.2.3, 2.9.3.2", message.raw)
        return None
    return found


def affected(part: UserPart, message: IsupMessage, found: RangeAndStatus) -> list[Circuit]:
    """The circuits of ours that the message is about."""
    group = part.circuits.group(message.cic, found.count)
    if message.kind in (CGB, CGU):
        return [c for c in group if found.marked(c.cic - message.cic)]
    return group


def is_hardware(message: IsupMessage) -> bool:
    """Hardware failure oriented, else maintenance oriented?"""
    return message.value(GROUP_SUPERVISION_TYPE, 0) & 3 == HARDWARE


def _answer(
    part: UserPart, message: IsupMessage, kind: int, found: RangeAndStatus, status: bytes
) -> None:
    contents = OCTET[found.range] + status
    head = OCTET[kind]
    if message.kind in (CGB, CGU):
        head += b"\x01" if is_hardware(message) else b"\x00"
    circuit = part.circuits.by_cic[message.cic]
    part.send(circuit, head + b"\x01" + OCTET[len(contents)] + contents)


def _marks(message: IsupMessage, found: RangeAndStatus, circuits: list[Circuit]) -> bytes:
    cics = {circuit.cic for circuit in circuits}
    return status_of([message.cic + at in cics for at in range(found.count)])


def serve_blocking(
    part: UserPart, message: IsupMessage, found: RangeAndStatus, circuits: list[Circuit], now: int
) -> None:
    """CGB or CGU, its calls dealt with: CGBA or CGUA for those circuits that there are."""
    block = message.kind == CGB
    for circuit in circuits:
        if is_hardware(message):
            circuit.hlr = BLOCKED if block else UNBLOCKED
            part.circuits.update(circuit)
        else:
            blocking.blr_input(part, circuit, blocking.M_CGB if block else blocking.M_CGU, now)
    _answer(part, message, 0x1A if block else 0x1B, found, _marks(message, found, circuits))


def serve_reset(
    groups: Groups, message: IsupMessage, found: RangeAndStatus, circuits: list[Circuit], now: int
) -> None:
    """GRS, its calls ended: CGB again for hardware failures, then GRA (2.9.3.2)."""
    part = groups.part
    for circuit in circuits:
        reset.csc_input(part, circuit, reset.M_GRS, now)
    broken = tuple(c.cic for c in circuits if c.hls in (BLOCKED, WAIT_CGBA))
    if broken:
        groups.begin(CGB, True, broken, now)
    held = [c for c in circuits if c.bls in (WAIT_BLA, BLOCKED, WAIT_CGBA)]
    _answer(part, message, 0x29, found, _marks(message, found, held))
    part.happened.append(RestartDone(tuple(c.cic for c in circuits), False, True))


def serve_query(part: UserPart, message: IsupMessage, found: RangeAndStatus) -> None:
    """CQM: CQR with the state of each circuit (2.8.3)."""
    by_cic = part.circuits.by_cic
    states = b""
    for cic in range(message.cic, message.cic + found.count):
        circuit = by_cic.get(cic)
        states += OCTET[UNEQUIPPED if circuit is None else state_octet(part, circuit)]
    circuit = by_cic[message.cic]
    head = b"\x2b\x02\x03\x01" + OCTET[found.range]
    part.send(circuit, head + OCTET[len(states)] + states)
