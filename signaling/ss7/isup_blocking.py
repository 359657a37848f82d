"""Blocking for maintenance, circuit by circuit: BLS and BLR (Q.764 2.8.2.1, 2.8.2.3, annex B)."""

from __future__ import annotations

from typing import Final

from ..call import BlockingDone
from ..fsm import Cell, Machine, error, handled, ignored
from .isup_call import BLA_OCTET, BLO_OCTET, UBA_OCTET, UBL_OCTET, UserPart
from .isup_circuits import (
    BLOCKED,
    BLOCKING_NAMES,
    UNBLOCKED,
    WAIT_BLA,
    WAIT_CGBA,
    WAIT_CGUA,
    WAIT_UBA,
    Circuit,
)
from .isup_config import T12, T13, T14, T15

BLOCK_REQ: Final = 0
UNBLOCK_REQ: Final = 1
M_BLA: Final = 2
M_UBA: Final = 3
GROUP_BLOCK: Final = 4
GROUP_UNBLOCK: Final = 5
GROUP_BLOCKED: Final = 6
GROUP_UNBLOCKED: Final = 7
BLOCK_AGAIN: Final = 8
UNEQUIPPED: Final = 9
T12_EXPIRY: Final = 10
T13_EXPIRY: Final = 11
T14_EXPIRY: Final = 12
T15_EXPIRY: Final = 13

INPUT_NAMES: Final = {
    BLOCK_REQ: "BLOCK request",
    UNBLOCK_REQ: "UNBLOCK request",
    M_BLA: "BLA",
    M_UBA: "UBA",
    GROUP_BLOCK: "CGB sent",
    GROUP_UNBLOCK: "CGU sent",
    GROUP_BLOCKED: "CGBA",
    GROUP_UNBLOCKED: "CGUA",
    BLOCK_AGAIN: "RSC, or IAM on a blocked circuit",
    UNEQUIPPED: "UCIC",
    T12_EXPIRY: "T12",
    T13_EXPIRY: "T13",
    T14_EXPIRY: "T14",
    T15_EXPIRY: "T15",
}
EXPIRY_INPUT: Final = {T12: T12_EXPIRY, T13: T13_EXPIRY, T14: T14_EXPIRY, T15: T15_EXPIRY}
TIMERS: Final = 1 << T12 | 1 << T13 | 1 << T14 | 1 << T15


def _done(part: UserPart, circuit: Circuit, what: str, ok: bool) -> None:
    part.happened.append(BlockingDone((circuit.cic,), what, ok))


def block_request(part: UserPart, circuit: Circuit, now: int) -> None:
    """BLO, T12, T13."""
    part.stop_timers(circuit, TIMERS)
    part.send(circuit, BLO_OCTET)
    part.start_timer(circuit, T12, now)
    part.start_timer(circuit, T13, now)
    circuit.bls = WAIT_BLA


def blocked_already(part: UserPart, circuit: Circuit, now: int) -> None:
    """Nothing to send."""
    _done(part, circuit, "block", True)


def unblock_request(part: UserPart, circuit: Circuit, now: int) -> None:
    """UBL, T14, T15."""
    part.stop_timers(circuit, TIMERS)
    part.send(circuit, UBL_OCTET)
    part.start_timer(circuit, T14, now)
    part.start_timer(circuit, T15, now)
    circuit.bls = WAIT_UBA


def unblocked_already(part: UserPart, circuit: Circuit, now: int) -> None:
    """Nothing to send."""
    _done(part, circuit, "unblock", True)


def bla_received(part: UserPart, circuit: Circuit, now: int) -> None:
    """Acknowledged."""
    part.stop_timers(circuit, TIMERS)
    circuit.bls = BLOCKED
    _done(part, circuit, "block", True)


def uba_received(part: UserPart, circuit: Circuit, now: int) -> None:
    """Acknowledged."""
    part.stop_timers(circuit, TIMERS)
    circuit.bls = UNBLOCKED
    _done(part, circuit, "unblock", True)


def bla_unexpected(part: UserPart, circuit: Circuit, now: int) -> None:
    """The far end holds a circuit blocked that is not: UBL (2.8.2.3)."""
    part.fault("unexpected_message", "BLA without BLO of ours", "2.8.2.3", b"")
    unblock_request(part, circuit, now)


def uba_unexpected(part: UserPart, circuit: Circuit, now: int) -> None:
    """The far end holds a circuit unblocked that is blocked: BLO (2.8.2.3)."""
    part.fault("unexpected_message", "UBA without UBL of ours", "2.8.2.3", b"")
    block_request(part, circuit, now)


def group_block(part: UserPart, circuit: Circuit, now: int) -> None:
    """CGB goes out; its timers are those of the group."""
    part.stop_timers(circuit, TIMERS)
    circuit.bls = WAIT_CGBA


def group_unblock(part: UserPart, circuit: Circuit, now: int) -> None:
    """CGU goes out; its timers are those of the group."""
    part.stop_timers(circuit, TIMERS)
    circuit.bls = WAIT_CGUA


def group_blocked(part: UserPart, circuit: Circuit, now: int) -> None:
    circuit.bls = BLOCKED


def group_unblocked(part: UserPart, circuit: Circuit, now: int) -> None:
    circuit.bls = UNBLOCKED


def unequipped(part: UserPart, circuit: Circuit, now: int) -> None:
    """The far end has not the circuit: there is nothing to be blocked (2.12)."""
    part.stop_timers(circuit, TIMERS)
    what = "unblock" if circuit.bls in (WAIT_UBA, WAIT_CGUA) else "block"
    if circuit.bls in (WAIT_BLA, WAIT_UBA):
        _done(part, circuit, what, False)
    circuit.bls = UNBLOCKED


def t12_expiry(part: UserPart, circuit: Circuit, now: int) -> None:
    """BLO again."""
    part.send(circuit, BLO_OCTET)
    part.start_timer(circuit, T12, now)


def t13_expiry(part: UserPart, circuit: Circuit, now: int) -> None:
    """Maintenance is alerted; BLO once each T13 from now on (2.9.4)."""
    part.fault("blocking_unanswered", f"no BLA for CIC {circuit.cic}", "2.9.4", b"")
    part.stop_timer(circuit, T12)
    part.send(circuit, BLO_OCTET)
    part.start_timer(circuit, T13, now)
    _done(part, circuit, "block", False)


def t14_expiry(part: UserPart, circuit: Circuit, now: int) -> None:
    """UBL again."""
    part.send(circuit, UBL_OCTET)
    part.start_timer(circuit, T14, now)


def t15_expiry(part: UserPart, circuit: Circuit, now: int) -> None:
    """Maintenance is alerted; UBL once each T15 from now on (2.9.4)."""
    part.fault("unblocking_unanswered", f"no UBA for CIC {circuit.cic}", "2.9.4", b"")
    part.stop_timer(circuit, T14)
    part.send(circuit, UBL_OCTET)
    part.start_timer(circuit, T15, now)
    _done(part, circuit, "unblock", False)


_SINGLE: Final = "2.8.2.1"
_GROUP: Final = "2.8.2.2"
_ABNORMAL: Final = "2.8.2.3"
Row = dict[int, Cell]


def _every() -> Row:
    """What any state does with any input that its own row does not name."""
    crossed = ignored(f"{_ABNORMAL}: an answer to what was overtaken")
    row: Row = dict.fromkeys((M_BLA, M_UBA, GROUP_BLOCKED, GROUP_UNBLOCKED), crossed)
    row |= dict.fromkeys(EXPIRY_INPUT.values(), ignored("A.1: it does not run in this state"))
    return row | {
        BLOCK_REQ: handled(block_request, _SINGLE, WAIT_BLA),
        UNBLOCK_REQ: handled(unblock_request, _SINGLE, WAIT_UBA),
        GROUP_BLOCK: handled(group_block, _GROUP, WAIT_CGBA),
        GROUP_UNBLOCK: handled(group_unblock, _GROUP, WAIT_CGUA),
        BLOCK_AGAIN: handled(block_request, "2.9.3.1 e", WAIT_BLA),
        UNEQUIPPED: handled(unequipped, "2.12", UNBLOCKED),
    }


def _settled(every: Row) -> dict[int, Row]:
    return {
        UNBLOCKED: every
        | {
            UNBLOCK_REQ: handled(unblocked_already, _SINGLE, UNBLOCKED),
            M_BLA: error(bla_unexpected, _ABNORMAL, WAIT_UBA),
            BLOCK_AGAIN: ignored("2.9.3.1: not blocked"),
        },
        BLOCKED: every
        | {
            BLOCK_REQ: handled(blocked_already, _SINGLE, BLOCKED),
            M_UBA: error(uba_unexpected, _ABNORMAL, WAIT_BLA),
        },
    }


def _waiting(every: Row) -> dict[int, Row]:
    under_way = ignored(f"{_SINGLE}: under way already")
    unblocking = ignored("2.9.3.1: about to be unblocked")
    return {
        WAIT_BLA: every
        | {
            BLOCK_REQ: under_way,
            M_BLA: handled(bla_received, _SINGLE, BLOCKED),
            T12_EXPIRY: handled(t12_expiry, "2.9.4", WAIT_BLA),
            T13_EXPIRY: handled(t13_expiry, "2.9.4", WAIT_BLA),
        },
        WAIT_UBA: every
        | {
            UNBLOCK_REQ: under_way,
            M_UBA: handled(uba_received, _SINGLE, UNBLOCKED),
            BLOCK_AGAIN: unblocking,
            T14_EXPIRY: handled(t14_expiry, "2.9.4", WAIT_UBA),
            T15_EXPIRY: handled(t15_expiry, "2.9.4", WAIT_UBA),
        },
        WAIT_CGBA: every
        | {
            GROUP_BLOCKED: handled(group_blocked, _GROUP, BLOCKED),
            GROUP_UNBLOCKED: handled(group_unblocked, f"{_GROUP}: not acknowledged", UNBLOCKED),
        },
        WAIT_CGUA: every
        | {
            GROUP_UNBLOCKED: handled(group_unblocked, _GROUP, UNBLOCKED),
            GROUP_BLOCKED: handled(group_blocked, f"{_GROUP}: not acknowledged", BLOCKED),
            BLOCK_AGAIN: unblocking,
        },
    }


def _table() -> dict[int, Row]:
    every = _every()
    return _settled(every) | _waiting(every)


BLS: Final = Machine("ISUP BLS", BLOCKING_NAMES, INPUT_NAMES, _table())


def bls_input(part: UserPart, circuit: Circuit, input_: int, now: int) -> None:
    """An input of BLS; the circuit's state is reported if it changed."""
    before = circuit.bls
    method = BLS.table[before][input_].method
    if method is not None:
        method(part, circuit, now)
        BLS.check(before, input_, circuit.bls)
        part.circuits.update(circuit)


def block_again(part: UserPart, circuit: Circuit, now: int) -> None:
    """The far end seems not to know that the circuit is blocked: BLO again."""
    bls_input(part, circuit, BLOCK_AGAIN, now)


# BLR: two states, blocked or not, and two messages.

M_BLO: Final = 0
M_UBL: Final = 1
M_CGB: Final = 2
M_CGU: Final = 3
UNBLOCK: Final = 4
BLR_NAMES: Final = {
    M_BLO: "BLO",
    M_UBL: "UBL",
    M_CGB: "CGB",
    M_CGU: "CGU",
    UNBLOCK: "IAM, RSC or GRS",
}


def blo_received(part: UserPart, circuit: Circuit, now: int) -> None:
    """BLA; no calls of ours on it from now on."""
    circuit.blr = BLOCKED
    part.send(circuit, BLA_OCTET)


def ubl_received(part: UserPart, circuit: Circuit, now: int) -> None:
    """UBA, also for a circuit that is not blocked (2.8.2.3)."""
    circuit.blr = UNBLOCKED
    part.send(circuit, UBA_OCTET)


def cgb_received(part: UserPart, circuit: Circuit, now: int) -> None:
    """Marked in CGB; CGBA answers for the group."""
    circuit.blr = BLOCKED


def unblocked(part: UserPart, circuit: Circuit, now: int) -> None:
    """Marked in CGU, reset, or used by the far end itself."""
    circuit.blr = UNBLOCKED


def _blr_table() -> dict[int, dict[int, Cell]]:
    row = {
        M_BLO: handled(blo_received, "2.8.2.1", BLOCKED),
        M_UBL: handled(ubl_received, "2.8.2.1", UNBLOCKED),
        M_CGB: handled(cgb_received, "2.8.2.2", BLOCKED),
        M_CGU: handled(unblocked, "2.8.2.2", UNBLOCKED),
        UNBLOCK: handled(unblocked, "2.8.2.3, 2.9.3", UNBLOCKED),
    }
    return {UNBLOCKED: row, BLOCKED: row}


BLR: Final = Machine(
    "ISUP BLR", {UNBLOCKED: "Unblocked", BLOCKED: "Blocked"}, BLR_NAMES, _blr_table()
)


def blr_input(part: UserPart, circuit: Circuit, input_: int, now: int) -> None:
    """An input of BLR; the circuit's state is reported if it changed."""
    before = circuit.blr
    method = BLR.table[before][input_].method
    if method is not None:
        method(part, circuit, now)
        BLR.check(before, input_, circuit.blr)
        part.circuits.update(circuit)


def unblocked_by_iam(part: UserPart, circuit: Circuit) -> None:
    """The far end calls on a circuit that it had blocked: it is blocked no more (2.8.2.3)."""
    circuit.blr = UNBLOCKED
    circuit.hlr = UNBLOCKED
    part.circuits.update(circuit)
    part.count("unblocked_by_iam")
