"""Parameters of circuit supervision: range and status, group supervision type, continuity, circuit
state (Q.763 3.13, 3.14, 3.18, 3.43)."""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from .isup_parameters_base import (
    CIRCUIT_STATE_INDICATOR,
    OCTET,
    RANGE_AND_STATUS,
    Parameter,
    at_least,
    check_range,
)

MAINTENANCE: Final = 0
HARDWARE: Final = 1
"""Circuit group supervision message type of 3.13: maintenance or hardware failure oriented."""

CONTINUITY_FAILED: Final = 0
CONTINUITY_SUCCESSFUL: Final = 1
"""Continuity indicator of 3.18."""


class RangeAndStatus(Parameter):
    """Range and status (3.43). ``range``: circuits beyond the first one, 0 to 255. ``status``: one
    bit a circuit, the first in bit 1 of the first octet; b"" where the message has none."""

    def __init__(self, range: int, status: bytes = b"", octets: bytes = b"") -> None:
        super().__init__(
            RANGE_AND_STATUS, octets or OCTET[check_range("range", range, 255)] + status
        )
        self.range: Final = range
        self.status: Final = status

    @property
    def count(self) -> int:
        """How many circuits it speaks of."""
        return self.range + 1

    @property
    def complete(self) -> bool:
        """Does the status field have a bit for each circuit?"""
        return len(self.status) * 8 >= self.range + 1

    def marked(self, index: int) -> bool:
        """Status bit of circuit ``index`` counted from 0; False where the field is too short."""
        at = index >> 3
        return at < len(self.status) and self.status[at] >> (index & 7) & 1 != 0

    def circuits(self, cic: int) -> tuple[int, ...]:
        """CICs whose status bit is set, for a message with this CIC."""
        out: list[int] = []
        index = 0
        while index <= self.range:
            if self.marked(index):
                out.append(cic + index)
            index += 1
        return tuple(out)


def status_of(marks: list[bool]) -> bytes:
    """Status field with a bit for each circuit."""
    bits = 0
    for index, mark in enumerate(marks):
        if mark:
            bits |= 1 << index
    return bits.to_bytes((len(marks) + 7) >> 3, "little")


def group_of(cics: tuple[int, ...]) -> tuple[int, RangeAndStatus]:
    """The CIC for the label and the range and status that mark just these circuits.

    LocalError when there are none or they span more than 256 circuits.
    """
    if not cics:
        raise LocalError("no circuit was named")
    first = min(cics)
    last = max(cics)
    if last - first > 255:
        raise LocalError(f"circuits {first} to {last} are more than one message can name (256)")
    named = set(cics)
    return first, RangeAndStatus(
        last - first, status_of([cic in named for cic in range(first, last + 1)])
    )


def read_range_and_status(code: int, octets: bytes) -> Parameter:
    at_least(octets, 1, "range and status")
    return RangeAndStatus(octets[0], octets[1:], octets)


TRANSIENT: Final = 0x00
UNEQUIPPED: Final = 0x03
INCOMING_BUSY: Final = 1
OUTGOING_BUSY: Final = 2
IDLE: Final = 3
"""Call processing states of 3.14, bits D and C."""
LOCALLY_BLOCKED: Final = 1
REMOTELY_BLOCKED: Final = 2
BOTH_BLOCKED: Final = 3
"""Blocking states of 3.14, maintenance in bits B and A, hardware in bits F and E."""


def circuit_state(processing: int, maintenance: int = 0, hardware: int = 0) -> int:
    """An octet of the circuit state indicator (3.14) of an equipped circuit."""
    return maintenance | processing << 2 | hardware << 4


class CircuitStates(Parameter):
    """Circuit state indicator (3.14): an octet for each circuit of the range."""

    def __init__(self, states: bytes) -> None:
        super().__init__(CIRCUIT_STATE_INDICATOR, states)
        self.states: Final = states


def read_circuit_states(code: int, octets: bytes) -> Parameter:
    at_least(octets, 1, "the circuit state indicator")
    return CircuitStates(octets)
