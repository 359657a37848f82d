"""Continuity checks outside a call (Q.724 7). Each function is one drawn input of a Circuit."""

from __future__ import annotations

from ..call import CONTINUITY_LOOP, CONTINUITY_TONE
from .tup_call import Circuit, unexpected
from .tup_call_clearing import clear_forward, repeat_attempt
from .tup_causes import TEMPORARY_FAILURE
from .tup_config import T8, T10, T_GUARD
from .tup_messages import TupMessage
from .tup_messages_table import CCF, CCR, RLG
from .tup_states import IC_RETEST, IC_WAIT_RETEST, OG_RETEST, OG_WAIT_RETEST


def test_request(circuit: Circuit, arg: object, now: int) -> None:
    """CCR; the far end makes a loop, and the tone is looked for (T8)."""
    circuit.signal(CCR)
    circuit.start(T8, now)
    circuit.enter(OG_RETEST)
    circuit.want_check(CONTINUITY_TONE)


def test_requested(circuit: Circuit, arg: object, now: int) -> None:
    """The application wants a check and hears what came of the first attempt."""
    circuit.testing = True
    test_request(circuit, arg, now)


def retest_passed(circuit: Circuit, arg: object, now: int) -> None:
    """The tone came back: CLF ends the check."""
    circuit.test_done(True)
    circuit.backward = True
    clear_forward(circuit, now)


def retest_failed(circuit: Circuit, arg: object, now: int) -> None:
    """CCF, maintenance is told, and once more after T10."""
    circuit.test_done(False)
    circuit.stop(T8)
    circuit.end_check()
    circuit.signal(CCF)
    circuit.core.fault(
        "continuity_failure", f"circuit {circuit.cic}: no check tone", "Q.724 7", b""
    )
    circuit.start(T10, now)
    circuit.enter(OG_WAIT_RETEST)


def request_received(circuit: Circuit, message: TupMessage, now: int) -> None:
    """CCR: connect receive to transmit until CCF or CLF."""
    circuit.start(T_GUARD, now)
    circuit.enter(IC_RETEST)
    circuit.want_check(CONTINUITY_LOOP)


def request_collision(circuit: Circuit, message: TupMessage, now: int) -> None:
    """Both ends ask: who controls the circuit goes on with its check, as in dual seizure."""
    if not circuit.controlled:
        circuit.idle()
        request_received(circuit, message, now)


def failure_received(circuit: Circuit, message: TupMessage, now: int) -> None:
    """CCF: the loop is undone; another CCR, or CLF, follows."""
    circuit.end_check()
    circuit.start(T_GUARD, now)
    circuit.enter(IC_WAIT_RETEST)


def test_ended(circuit: Circuit, message: TupMessage, now: int) -> None:
    """CLF: the circuit is good."""
    circuit.signal(RLG)
    circuit.idle()


def request_crossing_call(circuit: Circuit, message: TupMessage, now: int) -> None:
    """CCR crossed our IAM: as in dual seizure, who controls the circuit goes on."""
    if circuit.backward:
        unexpected(circuit, message, now)
    elif not circuit.controlled:
        repeat_attempt(circuit, TEMPORARY_FAILURE)
        circuit.idle()
        request_received(circuit, message, now)
