"""Release of calls and circuits (Q.724 1, 6, 10). Each function is one drawn input of a Circuit."""

from __future__ import annotations

from ..call import RestartDone
from .tup_call import Circuit
from .tup_causes import (
    CONGESTION,
    HEADING_OF,
    NORMAL_CLEARING,
    RECOVERY_ON_TIMER,
    TEMPORARY_FAILURE,
    USER_BUSY,
)
from .tup_circuits import MAINTENANCE
from .tup_config import T3, T4, T5, T6, T7, T17, T18, T19, T_GUARD
from .tup_messages import TupMessage
from .tup_messages_table import BLO, CBK, CFL, CLF, HEADINGS, RLG, RSC
from .tup_states import IC_CLEARED_BACK, IC_UNSUCCESSFUL, OG_WAIT_RLG, RESETTING

# The outgoing side


def clear_forward(circuit: Circuit, now: int) -> None:
    """CLF; T6 repeats it, T7 gives up waiting."""
    circuit.stop_all()
    circuit.end_check()
    circuit.signal(CLF)
    circuit.start(T6, now)
    circuit.start(T7, now)
    circuit.enter(OG_WAIT_RLG)


def clear_request_outgoing(circuit: Circuit, cause: int, now: int) -> None:
    """The calling side hangs up: CLF."""
    if circuit.call is not None:
        circuit.call.clearing(cause, circuit.core.location, True)
    clear_forward(circuit, now)


def release_outgoing(circuit: Circuit, cause: int, now: int) -> None:
    """The far end ended the call, or cannot go on with it: tell, CLF."""
    circuit.disconnected(cause, False)
    clear_forward(circuit, now)


def repeat_attempt(circuit: Circuit, cause: int) -> None:
    """Q.724 3: the call is tried once more on another circuit; else it ends with this cause."""
    call = circuit.call
    if call is None:
        return
    if call.attempts > 0 and not call.cause:
        call.attempts -= 1
        circuit.detach()
        circuit.core.again.append(call)
    else:
        circuit.end_call(cause, circuit.core.far_location, False)


def release_and_repeat(circuit: Circuit, arg: object, now: int) -> None:
    """Q.724 3: the seized circuit cannot be used: CLF, and the call goes to another one.

    Once the far end has the call, it is over.
    """
    if circuit.backward:
        release_outgoing(circuit, TEMPORARY_FAILURE, now)
        return
    repeat_attempt(circuit, TEMPORARY_FAILURE)
    clear_forward(circuit, now)


def unreasonable_before_backward(circuit: Circuit, message: TupMessage, now: int) -> None:
    """Q.724 3 v, 6: something that cannot be before ACM: CLF, and once more elsewhere."""
    circuit.core.fault(
        "unexpected_message",
        f"{message.name} on circuit {circuit.cic} before ACM",
        "Q.724 6",
        message.octets,
    )
    release_and_repeat(circuit, message, now)


def release_guard_received(circuit: Circuit, message: TupMessage, now: int) -> None:
    """RLG: the circuit is free at both ends."""
    circuit.end_call(NORMAL_CLEARING, circuit.core.location, True)
    circuit.idle()


def t6_expiry(circuit: Circuit, arg: object, now: int) -> None:
    circuit.signal(CLF)
    circuit.start(T6, now)


def t7_expiry(circuit: Circuit, arg: object, now: int) -> None:
    """No RLG for a minute: alert maintenance, and go on with a CLF each minute."""
    if not circuit.failed:
        circuit.core.fault(
            "no_release_guard", f"circuit {circuit.cic}: no RLG after CLF", "Q.724 6", b""
        )
        circuit.end_call(RECOVERY_ON_TIMER, circuit.core.location, True)
        circuit.failed = True
        circuit.stop(T6)
    else:
        circuit.signal(CLF)
    circuit.start(T7, now)
    circuit.report()


def clear_forward_while_outgoing(circuit: Circuit, message: TupMessage, now: int) -> None:
    """CLF of a call that lost against ours in dual seizure: RLG, ours goes on.

    When the far end has answered ours before, it has forgotten the call.
    """
    circuit.signal(RLG)
    if circuit.backward:
        circuit.core.fault(
            "unexpected_message",
            f"CLF on circuit {circuit.cic}, where the call is ours",
            "Q.724 6",
            message.octets,
        )
        release_outgoing(circuit, TEMPORARY_FAILURE, now)


def clear_forward_while_clearing(circuit: Circuit, message: TupMessage, now: int) -> None:
    """Both sent CLF: RLG for theirs, and ours is still waited for."""
    circuit.signal(RLG)


# The incoming side


def clear_forward_received(circuit: Circuit, message: TupMessage, now: int) -> None:
    """CLF in any state of an incoming call: RLG, the circuit is free."""
    circuit.end_call(NORMAL_CLEARING, circuit.core.far_location, False)
    circuit.signal(RLG)
    circuit.idle()


def clear_forward_when_idle(circuit: Circuit, message: TupMessage, now: int) -> None:
    """Q.724 6: CLF for an idle circuit is answered with RLG."""
    circuit.signal(RLG)


def refuse(circuit: Circuit, heading: int, now: int) -> None:
    """An unsuccessful backward message; then CLF is waited for (T3, or T4 and T5 after CFL)."""
    circuit.stop_all()
    circuit.end_check()
    circuit.signal(heading)
    if heading == CFL:
        circuit.start(T4, now)
        circuit.start(T5, now)
    else:
        circuit.start(T3, now)
    circuit.enter(IC_UNSUCCESSFUL)


def refusal_of(circuit: Circuit, cause: int) -> int:
    """The unsuccessful backward message that says a cause in this network."""
    variant = circuit.core.config.variant
    if cause == USER_BUSY:
        return variant.busy
    heading = HEADING_OF.get(cause, CFL)
    return heading if HEADINGS[heading].variants & variant.messages else CFL


def refuse_unoffered(circuit: Circuit, cause: int, now: int) -> None:
    """An incoming call that the application never hears of."""
    refused = circuit.core.refused
    refused[cause] = refused.get(cause, 0) + 1
    circuit.end_call(cause, circuit.core.location, True)
    refuse(circuit, refusal_of(circuit, cause), now)


def clear_request_address(circuit: Circuit, cause: int, now: int) -> None:
    """Before ACM: the unsuccessful message of the cause."""
    if circuit.call is not None:
        circuit.call.clearing(cause, circuit.core.location, True)
    refuse(circuit, refusal_of(circuit, cause), now)


def clear_request_complete(circuit: Circuit, cause: int, now: int) -> None:
    """After ACM only call failure can be said (Q.724 1)."""
    if circuit.call is not None:
        circuit.call.clearing(cause, circuit.core.location, True)
    refuse(circuit, CFL, now)


def clear_request_answered(circuit: Circuit, cause: int, now: int) -> None:
    """The called party hangs up: CBK; the calling side clears the circuit."""
    if circuit.call is not None:
        circuit.call.clearing(cause, circuit.core.location, True)
    clear_back(circuit, now)


def clear_back(circuit: Circuit, now: int) -> None:
    """CBK. A calling side that never clears is reset after TGRD."""
    circuit.signal(CBK)
    circuit.start(T_GUARD, now)
    circuit.enter(IC_CLEARED_BACK)


def clear_request_cleared_back(circuit: Circuit, cause: int, now: int) -> None:
    """The suspended call shall not come back; CBK was sent."""
    if circuit.call is not None:
        circuit.call.clearing(cause, circuit.core.location, True)


def t3_expiry(circuit: Circuit, arg: object, now: int) -> None:
    """No CLF after an unsuccessful message: CFL instead."""
    circuit.signal(CFL)
    circuit.start(T4, now)
    circuit.start(T5, now)


def t4_expiry(circuit: Circuit, arg: object, now: int) -> None:
    circuit.signal(CFL)
    circuit.start(T4, now)


def t5_expiry(circuit: Circuit, arg: object, now: int) -> None:
    """No CLF for a minute: alert maintenance, reset the circuit."""
    _not_cleared(circuit, "no CLF after CFL")
    reset_circuit(circuit, now)


def guard_expiry(circuit: Circuit, arg: object, now: int) -> None:
    """The calling side did not end what it ought to have ended: reset the circuit."""
    _not_cleared(circuit, "the far end left it half cleared")
    reset_circuit(circuit, now)


def _not_cleared(circuit: Circuit, text: str) -> None:
    core = circuit.core
    core.fault("no_clear_forward", f"circuit {circuit.cic}: {text}", "Q.724 6", b"")
    circuit.end_call(RECOVERY_ON_TIMER, core.location, True)


# Reset


def reset_circuit(circuit: Circuit, now: int) -> None:
    """RSC; T17 repeats it, T18 gives up waiting. The far end says BLO again if it blocks."""
    circuit.tidy()
    circuit.remote &= ~MAINTENANCE
    circuit.signal(RSC)
    circuit.start(T17, now)
    circuit.start(T18, now)
    circuit.enter(RESETTING)


def reset_request(circuit: Circuit, arg: object, now: int) -> None:
    """The application or maintenance wants the circuit idle at both ends."""
    circuit.end_call(TEMPORARY_FAILURE, circuit.core.location, True)
    reset_circuit(circuit, now)


def group_reset_request(circuit: Circuit, arg: object, now: int) -> None:
    """A GRS of ours names the circuit; its GRA ends the state."""
    circuit.end_call(TEMPORARY_FAILURE, circuit.core.location, True)
    circuit.tidy()
    circuit.remote &= ~MAINTENANCE
    circuit.group = True
    circuit.enter(RESETTING)


def t17_expiry(circuit: Circuit, arg: object, now: int) -> None:
    circuit.signal(RSC)
    circuit.start(T17, now)


def t18_expiry(circuit: Circuit, arg: object, now: int) -> None:
    """No answer to RSC for a minute: alert maintenance, go on with an RSC each minute."""
    circuit.core.fault("no_reset_answer", f"circuit {circuit.cic}: RSC", "Q.724 10", b"")
    circuit.stop(T17)
    circuit.failed = True
    order = circuit.reset_order
    circuit.reset_order = None
    circuit.core.part_done(order, False)
    circuit.start(T19, now)
    circuit.report()


def t19_expiry(circuit: Circuit, arg: object, now: int) -> None:
    circuit.signal(RSC)
    circuit.start(T19, now)


def reset_answered(circuit: Circuit, arg: object, now: int) -> None:
    """RLG after RSC: idle."""
    if not circuit.group:
        circuit.idle()


def reset_answered_by_clear(circuit: Circuit, arg: object, now: int) -> None:
    """CLF after RSC: the far end had a call of its own on it; RLG."""
    circuit.signal(RLG)
    reset_answered(circuit, arg, now)


def group_reset_answered(circuit: Circuit, arg: object, now: int) -> None:
    """GRA names the circuit."""
    if circuit.group:
        circuit.idle()


def reset_received(circuit: Circuit, message: TupMessage, now: int) -> None:
    """RSC where the call is incoming or the circuit idle: as CLF. If we block it, BLO first."""
    core = circuit.core
    circuit.end_call(TEMPORARY_FAILURE, core.far_location, False)
    if circuit.local & MAINTENANCE:
        circuit.signal(BLO)
    circuit.remote &= ~MAINTENANCE
    circuit.signal(RLG)
    circuit.idle()
    core.happened.append(RestartDone((circuit.cic,), False, True))


def reset_received_outgoing(circuit: Circuit, message: TupMessage, now: int) -> None:
    """RSC where the call is ours: CLF; before a backward message once more elsewhere."""
    if circuit.local & MAINTENANCE:
        circuit.signal(BLO)
    circuit.remote &= ~MAINTENANCE
    release_and_repeat(circuit, message, now)


def reset_received_clearing(circuit: Circuit, message: TupMessage, now: int) -> None:
    """RSC while RLG is waited for: CLF once more, which answers it."""
    circuit.remote &= ~MAINTENANCE
    circuit.signal(CLF)


def reset_collision(circuit: Circuit, message: TupMessage, now: int) -> None:
    """Both reset it: RLG for theirs."""
    circuit.signal(RLG)


def group_reset_received(circuit: Circuit, arg: object, now: int) -> None:
    """A GRS names the circuit: idle, without any other message."""
    core = circuit.core
    if circuit.call is not None and circuit.call.outgoing and not circuit.backward:
        repeat_attempt(circuit, TEMPORARY_FAILURE)
    circuit.end_call(TEMPORARY_FAILURE, core.far_location, False)
    circuit.idle()


def hardware_outgoing(circuit: Circuit, arg: object, now: int) -> None:
    """The far end's equipment failed under our call: CLF."""
    release_and_repeat(circuit, arg, now)


def hardware_incoming(circuit: Circuit, arg: object, now: int) -> None:
    """The far end's equipment failed under its call, which is over."""
    circuit.end_call(TEMPORARY_FAILURE, circuit.core.far_location, False)
    circuit.idle()


def refused_by_load(circuit: Circuit, now: int) -> None:
    """Calls are not taken now."""
    refuse_unoffered(circuit, CONGESTION, now)


def blocked_before_complete(circuit: Circuit, arg: object, now: int) -> None:
    """Q.724 3, 5: BLO crossed our IAM: the call goes elsewhere. Later it leaves the call alone."""
    if not circuit.backward:
        release_and_repeat(circuit, arg, now)
