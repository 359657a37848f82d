"""Reset and continuity recheck of one circuit: CRS, CRR, CRCS and CRCR (Q.764 2.9.3.1, 2.1.8).

A circuit without a call is in one of these at a time, so they are one machine; its table is below
the inputs.
"""

from __future__ import annotations

from typing import Final

from ..call import (
    CONTINUITY_LOOP,
    CONTINUITY_OFF,
    CONTINUITY_TONE,
    ContinuityCheck,
    ContinuityDone,
    RestartDone,
)
from ..fsm import Cell, Machine, error, handled, ignored
from . import isup_blocking as blocking
from .isup_call import NORMAL_CLEARING, RLC_OCTETS, RSC_OCTET, UserPart
from .isup_circuits import (
    CHECK_RELEASE,
    CHECK_RUNS,
    CHECK_T25,
    CHECK_T26,
    CHECK_TEST,
    CSC_IDLE,
    CSC_NAMES,
    GROUP_RESET_SENT,
    RECHECK_AWAITED,
    RECHECK_LOOP,
    RESET_SENT,
    UNBLOCKED,
    Circuit,
)
from .isup_config import T1, T5, T16, T17, T24, T25, T26, T27, T36
from .isup_parameters_base import OCTET

RESET_REQ: Final = 0
RESET_AFTER_T5: Final = 1
TEST_REQ: Final = 2
FIRST_FAILURE: Final = 3
COT_FAILURE: Final = 4
CHECK_OK: Final = 5
CHECK_FAILED: Final = 6
M_RSC: Final = 7
M_RLC: Final = 8
M_REL: Final = 9
M_COT_OK: Final = 10
M_COT_FAILED: Final = 11
M_CCR: Final = 12
M_LPA: Final = 13
M_GRS: Final = 14
OTHER: Final = 15
"""IAM, or any other message of a call."""
GROUP_RESET: Final = 16
GROUP_DONE: Final = 17
UNEQUIPPED: Final = 18
T1_EXPIRY: Final = 19
T5_EXPIRY: Final = 20
T16_EXPIRY: Final = 21
T17_EXPIRY: Final = 22
T24_EXPIRY: Final = 23
T25_EXPIRY: Final = 24
T26_EXPIRY: Final = 25
T27_EXPIRY: Final = 26
T36_EXPIRY: Final = 27

INPUT_NAMES: Final = {
    RESET_REQ: "RESET request",
    RESET_AFTER_T5: "T5 of a call",
    TEST_REQ: "CONTINUITY TEST request",
    FIRST_FAILURE: "check failed in a call",
    COT_FAILURE: "COT with failure in a call",
    CHECK_OK: "check successful",
    CHECK_FAILED: "check failed",
    M_RSC: "RSC",
    M_RLC: "RLC",
    M_REL: "REL",
    M_COT_OK: "COT, successful",
    M_COT_FAILED: "COT, failed",
    M_CCR: "CCR",
    M_LPA: "LPA",
    M_GRS: "GRS",
    OTHER: "other message",
    GROUP_RESET: "GRS sent",
    GROUP_DONE: "GRA",
    UNEQUIPPED: "UCIC",
    T1_EXPIRY: "T1",
    T5_EXPIRY: "T5",
    T16_EXPIRY: "T16",
    T17_EXPIRY: "T17",
    T24_EXPIRY: "T24",
    T25_EXPIRY: "T25",
    T26_EXPIRY: "T26",
    T27_EXPIRY: "T27",
    T36_EXPIRY: "T36",
}
EXPIRY_INPUT: Final = {
    T1: T1_EXPIRY,
    T5: T5_EXPIRY,
    T16: T16_EXPIRY,
    T17: T17_EXPIRY,
    T24: T24_EXPIRY,
    T25: T25_EXPIRY,
    T26: T26_EXPIRY,
    T27: T27_EXPIRY,
    T36: T36_EXPIRY,
}
TIMERS: Final = sum(1 << number for number in EXPIRY_INPUT)

_MODE: Final = {
    CHECK_RUNS: CONTINUITY_TONE,
    CHECK_TEST: CONTINUITY_TONE,
    RECHECK_LOOP: CONTINUITY_LOOP,
}


def enter(part: UserPart, circuit: Circuit, state: int) -> None:
    """Another state: its timers stop, the tone or the loop comes or goes."""
    part.stop_timers(circuit, TIMERS)
    before = _MODE.get(circuit.csc, CONTINUITY_OFF)
    after = _MODE.get(state, CONTINUITY_OFF)
    if before != after:
        part.happened.append(ContinuityCheck(circuit.cic, after))
    circuit.csc = state


def reset_request(part: UserPart, circuit: Circuit, now: int) -> None:
    """RSC, T16, T17. A blocking of the far end ends; it says so again if it lasts (2.9.3.1)."""
    enter(part, circuit, RESET_SENT)
    circuit.blr = UNBLOCKED
    circuit.hlr = UNBLOCKED
    part.send(circuit, RSC_OCTET)
    part.start_timer(circuit, T16, now)
    part.start_timer(circuit, T17, now)


def reset_after_t5(part: UserPart, circuit: Circuit, now: int) -> None:
    """RSC once each T17: T5 has alerted maintenance (2.9.6)."""
    reset_request(part, circuit, now)
    part.stop_timer(circuit, T16)


def reset_acknowledged(part: UserPart, circuit: Circuit, now: int) -> None:
    """RLC to our RSC: the circuit is idle."""
    enter(part, circuit, CSC_IDLE)
    circuit.withdrawn = False
    part.circuits.update(circuit)
    part.reset_done(circuit.cic, True)


def t16_expiry(part: UserPart, circuit: Circuit, now: int) -> None:
    """RSC again."""
    part.send(circuit, RSC_OCTET)
    part.start_timer(circuit, T16, now)


def t17_expiry(part: UserPart, circuit: Circuit, now: int) -> None:
    """Maintenance is alerted; RSC once each T17 from now on (2.9.3.1)."""
    part.fault("reset_unanswered", f"no RLC to RSC for CIC {circuit.cic}", "2.9.3.1", b"")
    part.stop_timer(circuit, T16)
    circuit.withdrawn = True
    part.send(circuit, RSC_OCTET)
    part.start_timer(circuit, T17, now)
    part.reset_done(circuit.cic, False)


# CRR


def rsc_received(part: UserPart, circuit: Circuit, now: int) -> None:
    """RLC, after BLO where the circuit is blocked by us; their blocking ends (2.9.3.1 b to f)."""
    if circuit.csc not in (RESET_SENT, GROUP_RESET_SENT):
        enter(part, circuit, CSC_IDLE)
    _unblock_there(part, circuit)
    blocking.block_again(part, circuit, now)
    part.send(circuit, RLC_OCTETS)
    part.happened.append(RestartDone((circuit.cic,), False, True))


def grs_received(part: UserPart, circuit: Circuit, now: int) -> None:
    """As RSC, but GRA answers for the group and tells what is blocked (2.9.3.2)."""
    if circuit.csc not in (RESET_SENT, GROUP_RESET_SENT):
        enter(part, circuit, CSC_IDLE)
    _unblock_there(part, circuit)


def _unblock_there(part: UserPart, circuit: Circuit) -> None:
    circuit.blr = UNBLOCKED
    circuit.hlr = UNBLOCKED


def group_reset(part: UserPart, circuit: Circuit, now: int) -> None:
    """GRS goes out; its timers are those of the group."""
    enter(part, circuit, GROUP_RESET_SENT)
    _unblock_there(part, circuit)


def group_done(part: UserPart, circuit: Circuit, now: int) -> None:
    """GRA: the circuit is idle."""
    reset_acknowledged(part, circuit, now)


def unequipped(part: UserPart, circuit: Circuit, now: int) -> None:
    """The far end has not the circuit (2.12): it stays out of service."""
    enter(part, circuit, CSC_IDLE)
    part.reset_done(circuit.cic, False)


# CRCS: the check again, by the side that sends the tone


def test_request(part: UserPart, circuit: Circuit, now: int) -> None:
    """CCR, tone, T24."""
    part.send(circuit, b"\x11")
    enter(part, circuit, CHECK_TEST)
    part.start_timer(circuit, T24, now)


def first_failure(part: UserPart, circuit: Circuit, now: int) -> None:
    """A call's check failed: again after T25."""
    enter(part, circuit, CHECK_T25)
    part.start_timer(circuit, T25, now)


def check_again(part: UserPart, circuit: Circuit, now: int) -> None:
    """T25 or T26: CCR, tone, T24."""
    part.send(circuit, b"\x11")
    enter(part, circuit, CHECK_RUNS)
    part.start_timer(circuit, T24, now)


def loop_acknowledged(part: UserPart, circuit: Circuit, now: int) -> None:
    """LPA: the loop is there now; T24 anew."""
    part.start_timer(circuit, T24, now)


def test_failed(part: UserPart, circuit: Circuit, now: int) -> None:
    """The first failure of a test: COT, again after T25."""
    part.send(circuit, b"\x05\x00")
    part.happened.append(ContinuityDone(circuit.cic, False))
    enter(part, circuit, CHECK_T25)
    part.start_timer(circuit, T25, now)


def again_failed(part: UserPart, circuit: Circuit, now: int) -> None:
    """A second or later failure: maintenance is alerted; COT, again after T26."""
    part.send(circuit, b"\x05\x00")
    part.fault("continuity", f"CIC {circuit.cic} has no continuity", "2.1.8", b"")
    part.happened.append(ContinuityDone(circuit.cic, False))
    enter(part, circuit, CHECK_T26)
    part.start_timer(circuit, T26, now)


def check_successful(part: UserPart, circuit: Circuit, now: int) -> None:
    """The tone came back: REL gives the circuit back, T1, T5 (2.1.8)."""
    part.happened.append(ContinuityDone(circuit.cic, True))
    enter(part, circuit, CHECK_RELEASE)
    _send_rel(part, circuit)
    part.start_timer(circuit, T1, now)
    part.start_timer(circuit, T5, now)


def _send_rel(part: UserPart, circuit: Circuit) -> None:
    location = OCTET[0x80 | part.config.location]
    part.send(circuit, b"\x0c\x02\x00\x02" + location + OCTET[0x80 | NORMAL_CLEARING])


def released(part: UserPart, circuit: Circuit, now: int) -> None:
    """RLC after the check: the circuit is idle."""
    enter(part, circuit, CSC_IDLE)


def release_again(part: UserPart, circuit: Circuit, now: int) -> None:
    """T1: REL again."""
    _send_rel(part, circuit)
    part.start_timer(circuit, T1, now)


def release_unanswered(part: UserPart, circuit: Circuit, now: int) -> None:
    """T5: RSC, maintenance is alerted (2.9.6)."""
    part.fault("release_unanswered", f"no RLC for CIC {circuit.cic}", "2.9.6", b"")
    circuit.withdrawn = True
    reset_after_t5(part, circuit, now)


def released_there(part: UserPart, circuit: Circuit, now: int) -> None:
    """REL: the far end gives up the check, or it is done: RLC."""
    part.send(circuit, RLC_OCTETS)
    enter(part, circuit, CSC_IDLE)


def rel_collision(part: UserPart, circuit: Circuit, now: int) -> None:
    """REL crossed ours: RLC; ours is still to be answered."""
    part.send(circuit, RLC_OCTETS)


# CRCR: the check again, by the side that makes the loop


def cot_failure(part: UserPart, circuit: Circuit, now: int) -> None:
    """COT with failure: CCR is to come within T27."""
    enter(part, circuit, RECHECK_AWAITED)
    part.start_timer(circuit, T27, now)


def ccr_received(part: UserPart, circuit: Circuit, now: int) -> None:
    """The loop, LPA where it is used, T36."""
    enter(part, circuit, RECHECK_LOOP)
    if part.config.variant.lpa:
        part.send(circuit, b"\x24")
    part.start_timer(circuit, T36, now)


def ccr_collision(part: UserPart, circuit: Circuit, now: int) -> None:
    """Both ends check the circuit. The text is silent; as at dual seizure, the end that controls
    it goes on, and the other makes the loop: else both would send tones for ever."""
    if circuit.mine:
        unexpected(part, circuit, now)
        return
    part.happened.append(ContinuityDone(circuit.cic, False))
    ccr_received(part, circuit, now)


def cot_successful(part: UserPart, circuit: Circuit, now: int) -> None:
    """The circuit is sound; REL that may follow finds it idle."""
    enter(part, circuit, CSC_IDLE)


def recheck_expiry(part: UserPart, circuit: Circuit, now: int) -> None:
    """T27 or T36: nothing came; RSC (table A.1)."""
    reset_request(part, circuit, now)


def unexpected(part: UserPart, circuit: Circuit, now: int) -> None:
    """Discarded: the reset or the check goes on."""
    part.fault(
        "unexpected_message",
        f"CIC {circuit.cic}: a message in state {CSC_NAMES[circuit.csc]}",
        "2.9.5.1",
        b"",
    )


Row = dict[int, Cell]
_RESET: Final = "2.9.3.1"
_CHECK: Final = "2.1.8"


def _every() -> Row:
    """What any state does with any input that its own row does not name."""
    discarded = error(unexpected, "2.9.5.1")
    row: Row = dict.fromkeys(EXPIRY_INPUT.values(), ignored("A.1: it does not run in this state"))
    row |= dict.fromkeys((M_COT_OK, M_COT_FAILED, M_CCR, M_LPA, OTHER), discarded)
    row |= dict.fromkeys((FIRST_FAILURE, COT_FAILURE), ignored(f"{_CHECK}: only from a call"))
    row |= dict.fromkeys((CHECK_OK, CHECK_FAILED), ignored(f"{_CHECK}: no check is made"))
    return row | {
        RESET_REQ: handled(reset_request, _RESET, RESET_SENT),
        RESET_AFTER_T5: handled(reset_after_t5, "2.9.6", RESET_SENT),
        TEST_REQ: ignored(f"{_CHECK}: the circuit is not idle"),
        M_RSC: handled(rsc_received, _RESET, CSC_IDLE),
        M_RLC: ignored("2.9.5.1 a"),
        M_REL: handled(released_there, "2.9.5.1 b", CSC_IDLE),
        M_GRS: handled(grs_received, "2.9.3.2", CSC_IDLE),
        GROUP_RESET: handled(group_reset, "2.9.3.2", GROUP_RESET_SENT),
        GROUP_DONE: ignored("2.9.3.2: overtaken"),
        UNEQUIPPED: handled(unequipped, "2.12", CSC_IDLE),
    }


def _resetting(every: Row) -> dict[int, Row]:
    """CRS and CGRS."""
    crossing = (M_REL, OTHER, M_CCR, M_LPA, M_COT_OK, M_COT_FAILED)
    row = every | dict.fromkeys(crossing, ignored("2.9.3.1: crossed RSC"))
    stays = ignored("2.9.3.1: RLC or GRA is awaited")
    row |= {RESET_REQ: stays, RESET_AFTER_T5: stays}
    return {
        RESET_SENT: row
        | {
            M_RSC: handled(rsc_received, "2.9.3.1 g", RESET_SENT),
            M_GRS: handled(grs_received, "2.9.3.2 e", RESET_SENT),
            M_RLC: handled(reset_acknowledged, _RESET, CSC_IDLE),
            T16_EXPIRY: handled(t16_expiry, _RESET, RESET_SENT),
            T17_EXPIRY: handled(t17_expiry, _RESET, RESET_SENT),
        },
        GROUP_RESET_SENT: row
        | {
            M_RSC: handled(rsc_received, "2.9.3.1 g", GROUP_RESET_SENT),
            M_GRS: handled(grs_received, "2.9.3.2 e", GROUP_RESET_SENT),
            RESET_REQ: handled(reset_request, _RESET, RESET_SENT),
            GROUP_DONE: handled(group_done, "2.9.3.2", CSC_IDLE),
        },
    }


def _tone(every: Row, state: int, bad: Cell) -> Row:
    """CRCS: the tone is sent; ``bad``: what follows when it does not come back."""
    return every | {
        CHECK_OK: handled(check_successful, _CHECK, CHECK_RELEASE),
        CHECK_FAILED: bad,
        T24_EXPIRY: bad,
        M_CCR: handled(ccr_collision, _CHECK, state, RECHECK_LOOP),
        M_LPA: handled(loop_acknowledged, _CHECK, state),
    }


def _checking(every: Row) -> dict[int, Row]:
    """CRCS and CRCR."""
    looped = handled(ccr_received, _CHECK, RECHECK_LOOP)
    again = handled(check_again, _CHECK, CHECK_RUNS)
    late = handled(recheck_expiry, _CHECK, RESET_SENT)
    return {
        CHECK_TEST: _tone(every, CHECK_TEST, handled(test_failed, _CHECK, CHECK_T25)),
        CHECK_T25: every | {M_CCR: looped, T25_EXPIRY: again},
        CHECK_RUNS: _tone(every, CHECK_RUNS, handled(again_failed, _CHECK, CHECK_T26)),
        CHECK_T26: every | {M_CCR: looped, T26_EXPIRY: again},
        CHECK_RELEASE: every
        | {
            M_RLC: handled(released, _CHECK, CSC_IDLE),
            M_REL: handled(rel_collision, "2.3.1 e", CHECK_RELEASE),
            T1_EXPIRY: handled(release_again, "2.9.6", CHECK_RELEASE),
            T5_EXPIRY: handled(release_unanswered, "2.9.6", RESET_SENT),
        },
        RECHECK_AWAITED: every | {M_CCR: looped, T27_EXPIRY: late},
        RECHECK_LOOP: every
        | {
            M_CCR: looped,
            M_COT_OK: handled(cot_successful, _CHECK, CSC_IDLE),
            M_COT_FAILED: handled(cot_failure, _CHECK, RECHECK_AWAITED),
            T36_EXPIRY: late,
        },
    }


def _table() -> dict[int, Row]:
    every = _every()
    idle = every | {
        TEST_REQ: handled(test_request, _CHECK, CHECK_TEST),
        FIRST_FAILURE: handled(first_failure, _CHECK, CHECK_T25),
        COT_FAILURE: handled(cot_failure, _CHECK, RECHECK_AWAITED),
        M_CCR: handled(ccr_received, _CHECK, RECHECK_LOOP),
    }
    return {CSC_IDLE: idle} | _resetting(every) | _checking(every)


CSC: Final = Machine("ISUP CRS, CRR, CRCS, CRCR", CSC_NAMES, INPUT_NAMES, _table())


def csc_input(part: UserPart, circuit: Circuit, input_: int, now: int) -> None:
    """An input of the circuit's machine; the circuit's state is reported if it changed."""
    before = circuit.csc
    method = CSC.table[before][input_].method
    if method is not None:
        method(part, circuit, now)
        CSC.check(before, input_, circuit.csc)
        part.circuits.update(circuit)
