"""Blocking and unblocking of single circuits, BLO and UBL (Q.724 5).

The machine is that of the sending end (the diagrams' BLS); the receiving end has no state but
``Circuit.remote`` and answers each message. A circuit is blocked here from the request on, and
free again with the far end's acknowledgement.
"""

from __future__ import annotations

from typing import Final

from ..fsm import Cell, Machine, handled, ignored
from .tup_call import Circuit
from .tup_circuits import MAINTENANCE
from .tup_config import T11, T12, T13, T14, T15, T16
from .tup_messages_table import BLA, BLO, UBA, UBL

SETTLED: Final = 0
WAIT_BLA: Final = 1
WAIT_UBA: Final = 2
STATE_NAMES: Final = {
    SETTLED: "Settled",
    WAIT_BLA: "Wait for BLA",
    WAIT_UBA: "Wait for UBA",
}

BLOCK_REQ: Final = 0
UNBLOCK_REQ: Final = 1
BLA_IND: Final = 2
UBA_IND: Final = 3
T11_EXPIRY: Final = 4
T12_EXPIRY: Final = 5
T13_EXPIRY: Final = 6
T14_EXPIRY: Final = 7
T15_EXPIRY: Final = 8
T16_EXPIRY: Final = 9
INPUT_NAMES: Final = {
    BLOCK_REQ: "Block request",
    UNBLOCK_REQ: "Unblock request",
    BLA_IND: "BLA",
    UBA_IND: "UBA",
    T11_EXPIRY: "T11 expiry",
    T12_EXPIRY: "T12 expiry",
    T13_EXPIRY: "T13 expiry",
    T14_EXPIRY: "T14 expiry",
    T15_EXPIRY: "T15 expiry",
    T16_EXPIRY: "T16 expiry",
}
TIMERS_OF: Final = (T11, T12, T13, T14, T15, T16)


def _stop(circuit: Circuit) -> None:
    for number in TIMERS_OF:
        circuit.core.stop_timer(circuit.cic, number)


def finish(circuit: Circuit, ok: bool) -> None:
    """The request that is waited for has its answer, or has none."""
    order = circuit.order
    circuit.order = None
    circuit.core.part_done(order, ok)


def give_up(circuit: Circuit) -> None:
    """A group message says anew what is wanted: BLO or UBL is not repeated any more."""
    _stop(circuit)
    circuit.blocking = SETTLED
    finish(circuit, False)


def block_request(circuit: Circuit, now: int) -> None:
    _stop(circuit)
    circuit.local |= MAINTENANCE
    circuit.report()
    circuit.signal(BLO)
    circuit.core.start_timer(circuit.cic, T11, now)
    circuit.core.start_timer(circuit.cic, T12, now)
    circuit.blocking = WAIT_BLA


def unblock_request(circuit: Circuit, now: int) -> None:
    _stop(circuit)
    circuit.signal(UBL)
    circuit.core.start_timer(circuit.cic, T14, now)
    circuit.core.start_timer(circuit.cic, T15, now)
    circuit.blocking = WAIT_UBA


def blocking_acknowledged(circuit: Circuit, now: int) -> None:
    _stop(circuit)
    circuit.blocking = SETTLED
    finish(circuit, True)


def unblocking_acknowledged(circuit: Circuit, now: int) -> None:
    _stop(circuit)
    circuit.blocking = SETTLED
    circuit.local &= ~MAINTENANCE
    circuit.report()
    finish(circuit, True)


def t11_expiry(circuit: Circuit, now: int) -> None:
    circuit.signal(BLO)
    circuit.core.start_timer(circuit.cic, T11, now)


def t12_expiry(circuit: Circuit, now: int) -> None:
    """A minute without BLA: alert maintenance; BLO each minute from now on."""
    _unanswered(circuit, "BLO", T11, T13, now)


def t13_expiry(circuit: Circuit, now: int) -> None:
    circuit.signal(BLO)
    circuit.core.start_timer(circuit.cic, T13, now)


def t14_expiry(circuit: Circuit, now: int) -> None:
    circuit.signal(UBL)
    circuit.core.start_timer(circuit.cic, T14, now)


def t15_expiry(circuit: Circuit, now: int) -> None:
    """A minute without UBA: alert maintenance; UBL each minute from now on."""
    _unanswered(circuit, "UBL", T14, T16, now)


def t16_expiry(circuit: Circuit, now: int) -> None:
    circuit.signal(UBL)
    circuit.core.start_timer(circuit.cic, T16, now)


def _unanswered(circuit: Circuit, name: str, wait: int, repeat: int, now: int) -> None:
    core = circuit.core
    core.fault("no_blocking_answer", f"circuit {circuit.cic}: {name}", "Q.724 5", b"")
    core.stop_timer(circuit.cic, wait)
    core.start_timer(circuit.cic, repeat, now)
    finish(circuit, False)


_NOT_RUNNING: Final = ignored("it does not run in this state")
_BLOCK: Final = handled(block_request, "5", WAIT_BLA)
_UNBLOCK: Final = handled(unblock_request, "5", WAIT_UBA)
_UNWANTED: Final = ignored("6: an acknowledgement that is not waited for")

_ROWS: Final[dict[int, dict[int, Cell]]] = {
    SETTLED: {BLOCK_REQ: _BLOCK, UNBLOCK_REQ: _UNBLOCK},
    WAIT_BLA: {
        BLOCK_REQ: _BLOCK,
        UNBLOCK_REQ: _UNBLOCK,
        BLA_IND: handled(blocking_acknowledged, "5", SETTLED),
        T11_EXPIRY: handled(t11_expiry, "5", WAIT_BLA),
        T12_EXPIRY: handled(t12_expiry, "5", WAIT_BLA),
        T13_EXPIRY: handled(t13_expiry, "5", WAIT_BLA),
    },
    WAIT_UBA: {
        BLOCK_REQ: _BLOCK,
        UNBLOCK_REQ: _UNBLOCK,
        UBA_IND: handled(unblocking_acknowledged, "5", SETTLED),
        T14_EXPIRY: handled(t14_expiry, "5", WAIT_UBA),
        T15_EXPIRY: handled(t15_expiry, "5", WAIT_UBA),
        T16_EXPIRY: handled(t16_expiry, "5", WAIT_UBA),
    },
}
BLOCKING: Final = Machine(
    "TUP blocking",
    STATE_NAMES,
    INPUT_NAMES,
    {
        state: dict.fromkeys((BLA_IND, UBA_IND), _UNWANTED)
        | dict.fromkeys(range(T11_EXPIRY, T16_EXPIRY + 1), _NOT_RUNNING)
        | row
        for state, row in _ROWS.items()
    },
)


def serve(circuit: Circuit, input_: int, now: int) -> None:
    """Let an input happen."""
    before = circuit.blocking
    method = BLOCKING.table[before][input_].method
    if method is not None:
        method(circuit, now)
        BLOCKING.check(before, input_, circuit.blocking)


def acknowledge(circuit: Circuit, heading: int) -> None:
    """BLO or UBL of the far end: note it, answer it."""
    if heading == BLO:
        circuit.remote |= MAINTENANCE
        circuit.signal(BLA)
    else:
        circuit.remote &= ~MAINTENANCE
        circuit.signal(UBA)
    circuit.report()
