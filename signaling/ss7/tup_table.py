"""The drawing: state x input of a circuit, after the diagrams of Q.724.

Clauses are the main ones of Q.724: 1 normal call set-up, 2 dual seizure, 3 automatic repeat
attempt, 5 blocking, 6 release and abnormal conditions, 7 continuity check, 10 reset and circuit
groups. Of the text only the opening could be read, so finer numbers than these are not given, and
10 is from memory. What a row does not say is said once for all states, below the rows.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..fsm import Cell, Machine, error, handled, ignored
from . import tup_call_clearing as clearing
from . import tup_call_incoming as incoming
from . import tup_call_outgoing as outgoing
from . import tup_circuits_tests as tests
from . import tup_states as s
from .tup_call import Circuit, unexpected

Row = dict[int, Cell]
_NO_MESSAGE: Final = ignored("Q.722: there is no such message")


def not_permitted(circuit: Circuit, arg: object, now: int) -> None:
    """A request that the state forbids is the caller's mistake."""
    raise LocalError(
        f"circuit {circuit.cic} is in state {circuit.state}, {s.STATE_NAMES[circuit.state]}"
    )


_AFTER_SEIZURE: Final = (
    s.NULL,
    s.IC_CHECK,
    s.IC_INFORMATION,
    s.IC_ADDRESS,
    s.IC_UNSUCCESSFUL,
)
"""Where an IAM may lead."""


def _null() -> Row:
    return {
        s.SETUP_REQ: handled(outgoing.setup_request, "1", s.OG_CHECK, s.OG_WAIT_ACM),
        s.TEST_REQ: handled(tests.test_requested, "7", s.OG_RETEST),
        s.IAM: handled(incoming.initial_address_received, "1, 7", *_AFTER_SEIZURE),
        s.CLF: handled(clearing.clear_forward_when_idle, "6", s.NULL),
        s.RLG: ignored("6: it answers a CLF that was repeated"),
        s.CCR: handled(tests.request_received, "7", s.IC_RETEST),
        s.RSC: handled(clearing.reset_received, "10", s.NULL),
        s.GROUP_RESET: ignored("10: idle already"),
        s.HARDWARE: ignored("5: no call is on it"),
    }


def _outgoing(state: int) -> Row:
    """What all states of a call of ours have in common."""
    wait_rlg = s.OG_WAIT_RLG
    return {
        s.CLEAR_REQ: handled(clearing.clear_request_outgoing, "1", wait_rlg),
        s.NOTIFY_REQ: _NO_MESSAGE,
        s.WANT_DIGITS_REQ: _NO_MESSAGE,
        s.DIGITS_REQ: ignored("1: digits that come too late"),
        s.IAM: handled(incoming.dual_seizure, "2", state, *_AFTER_SEIZURE),
        s.CLF: error(clearing.clear_forward_while_outgoing, "2, 6", state, wait_rlg),
        s.RLG: ignored("6: it answers a CLF that was repeated"),
        s.CCR: handled(tests.request_crossing_call, "2, 7", state, s.IC_RETEST),
        s.RSC: handled(clearing.reset_received_outgoing, "3, 10", wait_rlg),
        s.HARDWARE: handled(clearing.hardware_outgoing, "5", wait_rlg),
        s.UNSUCCESSFUL: handled(outgoing.unsuccessful_received, "1", wait_rlg),
        s.CHG: handled(outgoing.charging_received, "1", state),
        s.GRQ: handled(outgoing.general_request_received, "1", state),
    }


def _placing() -> dict[int, Row]:
    wait_rlg = s.OG_WAIT_RLG
    early = error(clearing.unreasonable_before_backward, "3, 6", wait_rlg)
    too_soon = dict.fromkeys((s.ACM, s.ANSWER, s.CBK, s.RAN, s.SIGNAL, s.CHG), early)
    blocked = handled(clearing.release_and_repeat, "3, 5", wait_rlg)
    answer = handled(outgoing.answer_received, "1", s.OG_ANSWERED)
    signal = handled(outgoing.signal_received, "1", s.OG_WAIT_ANSWER)
    return {
        s.OG_CHECK: _outgoing(s.OG_CHECK)
        | too_soon
        | {
            s.DIGITS_REQ: handled(outgoing.digits_request, "1", s.OG_CHECK),
            s.CHECK_OK: handled(outgoing.check_passed, "7", s.OG_WAIT_ACM),
            s.CHECK_FAILED: handled(outgoing.check_failed, "7", s.OG_WAIT_RETEST),
            s.T8_EXPIRY: handled(outgoing.check_failed, "7", s.OG_WAIT_RETEST),
            s.BLOCKED: blocked,
        },
        s.OG_WAIT_ACM: _outgoing(s.OG_WAIT_ACM)
        | too_soon
        | {
            s.DIGITS_REQ: handled(outgoing.digits_request, "1", s.OG_WAIT_ACM),
            s.ACM: handled(outgoing.address_complete_received, "1", s.OG_WAIT_ANSWER),
            s.ANSWER: error(outgoing.answered_without_complete, "6", s.OG_ANSWERED),
            s.CHG: handled(outgoing.charging_received, "1", s.OG_WAIT_ACM),
            s.T2_EXPIRY: handled(outgoing.t2_expiry, "1, 6", wait_rlg),
            s.BLOCKED: handled(clearing.blocked_before_complete, "3, 5", s.OG_WAIT_ACM, wait_rlg),
        },
        s.OG_WAIT_ANSWER: _outgoing(s.OG_WAIT_ANSWER)
        | {
            s.SIGNAL_REQ: handled(outgoing.signal_request, "1", s.OG_WAIT_ANSWER),
            s.ANSWER: answer,
            s.CBK: error(outgoing.clear_back_before_answer, "6", wait_rlg),
            s.SIGNAL: signal,
            s.ANSWER_EXPIRY: handled(outgoing.answer_expiry, "Q.118 4.3.1", wait_rlg),
        },
    }


def _talking() -> dict[int, Row]:
    wait_rlg = s.OG_WAIT_RLG
    return {
        s.OG_ANSWERED: _outgoing(s.OG_ANSWERED)
        | {
            s.SIGNAL_REQ: handled(outgoing.signal_request, "1", s.OG_ANSWERED),
            s.CBK: handled(outgoing.clear_back_received, "1", s.OG_CLEARED_BACK, wait_rlg),
            s.RAN: ignored("1: answered already"),
            s.ANSWER: ignored("1: answered already"),
            s.SIGNAL: handled(outgoing.signal_received, "1", s.OG_ANSWERED),
        },
        s.OG_CLEARED_BACK: _outgoing(s.OG_CLEARED_BACK)
        | {
            s.CLEAR_REQ: handled(outgoing.clear_request_cleared_back, "1", wait_rlg),
            s.SIGNAL_REQ: handled(outgoing.signal_request, "1", s.OG_CLEARED_BACK),
            s.RAN: handled(outgoing.reanswer_received, "1", s.OG_ANSWERED),
            s.CBK: ignored("1: cleared back already"),
            s.SIGNAL: handled(outgoing.signal_received, "1", s.OG_CLEARED_BACK),
            s.CLEAR_BACK_EXPIRY: handled(outgoing.clear_back_expiry, "Q.118 4.3.2", wait_rlg),
        },
    }


def _releasing() -> Row:
    """CLF was sent; whatever crossed it is passed over."""
    crossed = ignored("6: it crossed our CLF")
    wait_rlg = s.OG_WAIT_RLG
    row = dict.fromkeys(
        (s.GRQ, s.ACM, s.CHG, s.UNSUCCESSFUL, s.ANSWER, s.CBK, s.RAN, s.SIGNAL, s.CCR), crossed
    )
    return row | {
        s.CLEAR_REQ: ignored("1: the release goes on already"),
        s.DIGITS_REQ: ignored("1: the release goes on already"),
        s.NOTIFY_REQ: _NO_MESSAGE,
        s.IAM: handled(incoming.seizure_while_clearing, "2", wait_rlg, *_AFTER_SEIZURE),
        s.CLF: handled(clearing.clear_forward_while_clearing, "6", wait_rlg),
        s.RLG: handled(clearing.release_guard_received, "1", s.NULL),
        s.RSC: handled(clearing.reset_received_clearing, "10", wait_rlg),
        s.T6_EXPIRY: handled(clearing.t6_expiry, "6", wait_rlg),
        s.T7_EXPIRY: handled(clearing.t7_expiry, "6", wait_rlg),
    }


def _tests() -> dict[int, Row]:
    outgoing_wait, outgoing_test = s.OG_WAIT_RETEST, s.OG_RETEST
    incoming_wait, incoming_test = s.IC_WAIT_RETEST, s.IC_RETEST
    request = handled(tests.test_request, "7", outgoing_test)
    failed = handled(tests.retest_failed, "7", outgoing_wait)
    ended = handled(tests.test_ended, "7", s.NULL)
    reset = handled(clearing.reset_received, "10", s.NULL)
    guard = handled(clearing.guard_expiry, "7, 10", s.RESETTING)
    return {
        outgoing_wait: {
            s.TEST_REQ: handled(tests.test_requested, "7", outgoing_test),
            s.T9_EXPIRY: request,
            s.T10_EXPIRY: request,
            s.CLF: ended,
            s.RLG: ignored("6: it answers a CLF that was repeated"),
            s.CCR: handled(tests.request_collision, "7", outgoing_wait, incoming_test),
            s.RSC: reset,
        },
        outgoing_test: {
            s.CHECK_OK: handled(tests.retest_passed, "7", s.OG_WAIT_RLG),
            s.CHECK_FAILED: failed,
            s.T8_EXPIRY: failed,
            s.IAM: handled(incoming.seizure_of_tested, "2, 7", outgoing_test, *_AFTER_SEIZURE),
            s.CLF: ended,
            s.RLG: ignored("6: it answers a CLF that was repeated"),
            s.CCR: handled(tests.request_collision, "7", outgoing_test, incoming_test),
            s.RSC: reset,
        },
        incoming_wait: {
            s.IAM: handled(incoming.seizure_after_failure, "7", *_AFTER_SEIZURE),
            s.CCR: handled(tests.request_received, "7", incoming_test),
            s.CLF: ended,
            s.RSC: reset,
            s.GUARD_EXPIRY: guard,
        },
        incoming_test: {
            s.CCF: handled(tests.failure_received, "7", incoming_wait),
            s.CCR: ignored("7: the loop is made already"),
            s.CLF: ended,
            s.RSC: reset,
            s.GUARD_EXPIRY: guard,
        },
    }


def _incoming() -> Row:
    """What all states of a call of theirs have in common."""
    return {
        s.WANT_DIGITS_REQ: _NO_MESSAGE,
        s.NOTIFY_REQ: _NO_MESSAGE,
        s.PROGRESS_REQ: _NO_MESSAGE,
        s.SAM: ignored("1: digits that come too late"),
        s.CLF: handled(clearing.clear_forward_received, "1", s.NULL),
        s.RLG: ignored("2: it answers the CLF of our call that lost in dual seizure"),
        s.RSC: handled(clearing.reset_received, "10", s.NULL),
        s.HARDWARE: handled(clearing.hardware_incoming, "5", s.NULL),
    }


def _taking() -> dict[int, Row]:
    unsuccessful = s.IC_UNSUCCESSFUL
    offered = (s.IC_INFORMATION, s.IC_ADDRESS, unsuccessful)
    complete = handled(incoming.complete_request, "1", s.IC_WAIT_ANSWER)
    keep = handled(incoming.signals_before_offer, "1", s.IC_CHECK)
    keep_on = handled(incoming.signals_before_offer, "1", s.IC_INFORMATION)
    return {
        s.IC_CHECK: _incoming()
        | {
            s.SAM: keep,
            s.COT: handled(incoming.continuity_received, "7", *offered),
            s.CCF: handled(incoming.continuity_failure_received, "7", s.IC_WAIT_RETEST),
            s.T1_EXPIRY: handled(incoming.t1_expiry, "7", unsuccessful),
        },
        s.IC_INFORMATION: _incoming()
        | {
            s.SAM: keep_on,
            s.GSM: handled(incoming.information_received, "1", s.IC_ADDRESS, unsuccessful),
            s.INFORMATION_EXPIRY: handled(incoming.information_expiry, "1", s.IC_ADDRESS),
        },
        s.IC_ADDRESS: _incoming()
        | {
            s.PROCEED_REQ: complete,
            s.PROGRESS_REQ: complete,
            s.ALERT_REQ: handled(incoming.alert_request, "1", s.IC_WAIT_ANSWER),
            s.ANSWER_REQ: handled(incoming.answer_at_once, "1", s.IC_ANSWERED),
            s.CLEAR_REQ: handled(clearing.clear_request_address, "1", unsuccessful),
            s.IDENTIFY_REQ: handled(incoming.identify_request, "1", s.IC_ADDRESS),
            s.SAM: handled(incoming.signals_received, "1", s.IC_ADDRESS),
            s.GSM: handled(incoming.late_information_received, "1", s.IC_ADDRESS),
            s.DIGITS_EXPIRY: handled(incoming.digits_expiry, "1", s.IC_ADDRESS, unsuccessful),
        },
    }


def _taken() -> dict[int, Row]:
    wait, answered, back = s.IC_WAIT_ANSWER, s.IC_ANSWERED, s.IC_CLEARED_BACK
    said = ignored("1: ACM was sent already")
    return {
        wait: _incoming()
        | {
            s.PROCEED_REQ: said,
            s.ALERT_REQ: said,
            s.ANSWER_REQ: handled(incoming.answer_request, "1", answered),
            s.CLEAR_REQ: handled(clearing.clear_request_complete, "1", s.IC_UNSUCCESSFUL),
            s.SIGNAL_REQ: handled(incoming.signal_request, "1", wait),
            s.IDENTIFY_REQ: handled(incoming.identify_request, "1", wait),
            s.GSM: handled(incoming.late_information_received, "1", wait),
            s.SIGNAL: handled(outgoing.signal_received, "1", wait),
        },
        answered: _incoming()
        | {
            s.CLEAR_REQ: handled(clearing.clear_request_answered, "1", back),
            s.NOTIFY_REQ: handled(incoming.suspend_request, "1", answered, back),
            s.SIGNAL_REQ: handled(incoming.signal_request, "1", answered),
            s.SIGNAL: handled(outgoing.signal_received, "1", answered),
        },
        back: _incoming()
        | {
            s.CLEAR_REQ: handled(clearing.clear_request_cleared_back, "1", back),
            s.NOTIFY_REQ: handled(incoming.resume_request, "1", back, answered),
            s.SIGNAL: handled(outgoing.signal_received, "1", back),
            s.GUARD_EXPIRY: handled(clearing.guard_expiry, "6, 10", s.RESETTING),
        },
        s.IC_UNSUCCESSFUL: _incoming()
        | {
            s.CLEAR_REQ: ignored("1: refused already"),
            s.GSM: ignored("1: the call is refused"),
            s.COT: ignored("1: the call is refused"),
            s.CCF: handled(incoming.continuity_failure_received, "7", s.IC_WAIT_RETEST),
            s.SIGNAL: ignored("1: the call is refused"),
            s.T3_EXPIRY: handled(clearing.t3_expiry, "6", s.IC_UNSUCCESSFUL),
            s.T4_EXPIRY: handled(clearing.t4_expiry, "6", s.IC_UNSUCCESSFUL),
            s.T5_EXPIRY: handled(clearing.t5_expiry, "6, 10", s.RESETTING),
        },
    }


def _resetting() -> Row:
    state = s.RESETTING
    crossed = ignored("10: the circuit is being reset")
    return dict.fromkeys(s.MESSAGES, crossed) | {
        s.RESET_REQ: ignored("10: it is being reset already"),
        s.GROUP_RESET_REQ: handled(clearing.group_reset_request, "10", state),
        s.CLF: handled(clearing.reset_answered_by_clear, "10", s.NULL, state),
        s.RLG: handled(clearing.reset_answered, "10", s.NULL, state),
        s.RSC: handled(clearing.reset_collision, "10", state),
        s.GROUP_RESET: ignored("10: ours is waited for"),
        s.HARDWARE: ignored("5: no call is on it"),
        s.RESET_DONE: handled(clearing.group_reset_answered, "10", s.NULL, state),
        s.T17_EXPIRY: handled(clearing.t17_expiry, "10", state),
        s.T18_EXPIRY: handled(clearing.t18_expiry, "10", state),
        s.T19_EXPIRY: handled(clearing.t19_expiry, "10", state),
    }


def _any_state(state: int) -> Row:
    """What is so in every state unless its row says otherwise."""
    row = {request: error(not_permitted, "Q.722", state) for request in s.REQUESTS}
    row |= dict.fromkeys(s.MESSAGES, error(unexpected, "6", state))
    row |= {
        s.RESET_REQ: handled(clearing.reset_request, "10", s.RESETTING),
        s.GROUP_RESET_REQ: handled(clearing.group_reset_request, "10", s.RESETTING),
        s.CHECK_OK: ignored("7: no check is under way"),
        s.CHECK_FAILED: ignored("7: no check is under way"),
        s.BLOCKED: ignored("5: blocking leaves a call alone"),
        s.HARDWARE: ignored("5: no call is on it"),
        s.GROUP_RESET: handled(clearing.group_reset_received, "10", s.NULL),
        s.RESET_DONE: ignored("10: no reset is waited for"),
    }
    return row | dict.fromkeys(s.EXPIRIES, ignored("it does not run in this state"))


def _table() -> dict[int, Row]:
    rows = {s.NULL: _null(), s.OG_WAIT_RLG: _releasing(), s.RESETTING: _resetting()}
    for more in (_placing(), _talking(), _tests(), _taking(), _taken()):
        rows |= more
    return {state: _any_state(state) | row for state, row in sorted(rows.items())}


TUP: Final = Machine("TUP circuit", s.STATE_NAMES, s.INPUT_NAMES, _table())
