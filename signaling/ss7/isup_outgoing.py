"""Inputs of outgoing calls (CPCO): set-up, answer, automatic repeat attempt, dual seizure."""

from __future__ import annotations

from typing import Final

from ..call import (
    CONTINUITY_OFF,
    CONTINUITY_TONE,
    CallAlerting,
    CallConnected,
    CallMoved,
    CallProceeding,
    CallProgressed,
    MoreDigitsWanted,
)
from . import isup_reset as reset
from .isup_call import (
    NO_ANSWER,
    NO_CIRCUIT,
    NORMAL_UNSPECIFIED,
    NOT_AVAILABLE,
    TEMPORARY_FAILURE,
    Call,
    option,
)
from .isup_circuits import Circuit
from .isup_config import T7, T9, T24, T34
from .isup_messages import IsupMessage
from .isup_offer import BEARER_OF_TMR, initial_address, party, party_octets, with_check
from .isup_parameters_base import (
    BACKWARD_CALL_INDICATORS,
    CALLING_PARTY_NUMBER,
    CALLING_PARTYS_CATEGORY,
    CAUSE_INDICATORS,
    CONNECTED_NUMBER,
    EVENT_INFORMATION,
    OCTET,
    OPTIONAL_BACKWARD_CALL_INDICATORS,
    TRANSMISSION_MEDIUM_USED,
)
from .isup_parameters_number import SubsequentNumber
from .isup_segments import MOST_OCTETS, hold, join, split, unhold
from .isup_states import (
    OUT_ANSWERED,
    OUT_CONTINUITY,
    OUT_WAIT_ACM,
    OUT_WAIT_ANM,
)

SUBSCRIBER_FREE: Final = 1
EVENT_ALERTING: Final = 1
EVENT_PROGRESS: Final = 2
EVENT_INBAND: Final = 3

# Progress descriptions of Q.931 4.5.23
NOT_ISDN: Final = 1
DESTINATION_NOT_ISDN: Final = 2
INBAND: Final = 8


def setup_request(call: Call, now: int) -> None:
    """IAM, T7; with a continuity check of this circuit also the tone and T24 (2.1.1, 2.1.8)."""
    call.offered = True
    send_setup(call, now)
    if not call.complete:
        # Nobody asks for more digits in SS7: subsequent addresses may follow at once.
        call.part.happened.append(MoreDigitsWanted(call.handle, call.circuit.cic))


def send_setup(call: Call, now: int) -> None:
    """IAM on the circuit that the call has now."""
    if call.part.check_wanted():
        _send_iam(call, True)
        call.set_check(CONTINUITY_TONE)
        call.start(T24, now)
        call.state = OUT_CONTINUITY
    else:
        _send_iam(call, False)
        call.state = OUT_WAIT_ACM
    call.start(T7, now)


def _send_iam(call: Call, check: bool) -> None:
    """IAM, in two segments where one cannot hold it (2.1.12.1)."""
    octets = call.iam
    if not octets:
        octets = initial_address(call)
        call.iam = octets
    if check:
        octets = with_check(octets)
    if len(octets) + 2 <= MOST_OCTETS or not call.part.config.variant.segmentation:
        call.send(octets)
        return
    for part in split(call.circuit.head, octets):
        call.send(part)


def digits_request(call: Call, digits: str, complete: bool, now: int) -> None:
    """SAM, T7 anew (2.1.2.1)."""
    st = complete and call.part.config.variant.send_st
    if call.complete or not (digits or st):
        call.complete = call.complete or complete
        return
    contents = SubsequentNumber(digits, st).octets
    call.digits += digits
    call.complete = complete
    call.iam = b""
    call.send(b"\x02\x02\0" + OCTET[len(contents)] + contents)
    call.start(T7, now)


def has_inband(message: IsupMessage) -> bool:
    """Is there something to be heard (3.37 bit A; 3.5 bits I, K, M: tones come from there)?"""
    optional = message.parameters.get(OPTIONAL_BACKWARD_CALL_INDICATORS)
    if optional and optional[0] & 1:
        return True
    backward = message.parameters.get(BACKWARD_CALL_INDICATORS)
    if backward is None or len(backward) < 2:
        return False
    second = backward[1]
    return second & 1 != 0 or second & 4 == 0 or second & 0x10 == 0


def note_medium(call: Call, message: IsupMessage) -> None:
    """Transmission medium used: the call fell back (2.5)."""
    octets = message.parameters.get(TRANSMISSION_MEDIUM_USED)
    if octets:
        call.bearer = BEARER_OF_TMR.get(octets[0], -1)


def acm_received(call: Call, message: IsupMessage, now: int) -> None:
    """ACM: the number is complete; T9 supervises the answer (2.1.4)."""
    if OPTIONAL_BACKWARD_CALL_INDICATORS in message.parameters and hold(call, message, now):
        return
    unhold(call)
    call.stop(T7)
    call.start(T9, now)
    call.state = OUT_WAIT_ANM
    happened = call.part.happened
    cic = call.circuit.cic
    note_medium(call, message)
    inband = has_inband(message)
    backward = message.parameters.get(BACKWARD_CALL_INDICATORS, b"\0")
    call.report_user_user(message)
    if backward[0] >> 2 & 3 == SUBSCRIBER_FREE:
        happened.append(CallAlerting(call.handle, cic, inband))
    else:
        happened.append(CallProceeding(call.handle, cic, inband))
    cause = message.cause() if CAUSE_INDICATORS in message.parameters else None
    if cause is not None:
        happened.append(CallProgressed(call.handle, INBAND, inband, cause.value))


def cpg_received(call: Call, message: IsupMessage, now: int) -> None:
    """CPG: alerting, progress, in-band information, forwarding (2.1.5)."""
    if OPTIONAL_BACKWARD_CALL_INDICATORS in message.parameters and hold(call, message, now):
        return
    unhold(call)
    note_medium(call, message)
    call.report_user_user(message)
    event = message.value(EVENT_INFORMATION, 0) & 0x7F
    optional = message.value(OPTIONAL_BACKWARD_CALL_INDICATORS, 0)
    inband = event == EVENT_INBAND or optional & 1 != 0
    happened = call.part.happened
    if event == EVENT_ALERTING:
        happened.append(CallAlerting(call.handle, call.circuit.cic, inband or has_inband(message)))
        return
    cause = message.cause() if CAUSE_INDICATORS in message.parameters else None
    value = cause.value if cause is not None else 0
    happened.append(CallProgressed(call.handle, INBAND if inband else 0, inband, value))


def anm_received(call: Call, message: IsupMessage, now: int) -> None:
    """ANM: answered (2.1.7)."""
    if OPTIONAL_BACKWARD_CALL_INDICATORS in message.parameters and hold(call, message, now):
        return
    _answered(call, message)


def con_received(call: Call, message: IsupMessage, now: int) -> None:
    """CON: complete and answered at once (2.1.7)."""
    if OPTIONAL_BACKWARD_CALL_INDICATORS in message.parameters and hold(call, message, now):
        return
    _answered(call, message)


def _answered(call: Call, message: IsupMessage) -> None:
    unhold(call)
    call.stop(T7)
    call.stop(T9)
    call.state = OUT_ANSWERED
    parameters = message.parameters
    connected = None
    if parameters:
        note_medium(call, message)
        call.report_user_user(message)
        if CONNECTED_NUMBER in parameters:
            connected = party(message.number(CONNECTED_NUMBER))
    call.part.happened.append(CallConnected(call.handle, call.circuit.cic, connected, call.bearer))


def segment_received(call: Call, segment: IsupMessage, now: int) -> None:
    """SGM: the message that waited goes on with what it brought (2.1.12.2)."""
    held = call.held
    if held is None:
        call.part.fault(
            "unexpected_message", "SGM without a message before it", "2.1.12", segment.raw
        )
        return
    call.stop(T34)
    joined = join(held, segment)
    call.held = joined
    call.part.again.append(joined)


def t34_expiry(call: Call, now: int) -> None:
    """No SGM: the message that waited goes on without (2.1.12.2)."""
    if call.held is not None:
        call.part.again.append(call.held)


def inr_received(call: Call, message: IsupMessage, now: int) -> None:
    """INR: answer with what is asked for, if there is it (2.1.6)."""
    request = call.request
    assert request is not None
    if not call.part.config.variant.information:
        call.part.fault("unexpected_message", "INR is not used here", "2.1.6", message.raw)
        return
    asked = message.value(0x0E, 0)
    first = 0
    optional = b""
    if asked & 1:
        if request.calling is not None:
            first |= 3
            optional += option(CALLING_PARTY_NUMBER, party_octets(call.part, request.calling))
        else:
            first |= 1
    if asked & 8:
        first |= 0x20
        optional += option(CALLING_PARTYS_CATEGORY, OCTET[request.category & 0xFF])
    tail = b"\x01" + optional + b"\0" if optional else b"\0"
    call.send(b"\x04" + OCTET[first] + b"\0" + tail)


# Continuity (2.1.8)


def check_successful(call: Call, now: int) -> None:
    """The tone came back: COT, successful."""
    call.set_check(CONTINUITY_OFF)
    call.stop(T24)
    call.send(b"\x05\x01")
    call.state = OUT_WAIT_ACM


def check_failed(call: Call, now: int) -> None:
    """COT with failure, another circuit for the call, and the check again after T25 (2.1.8)."""
    call.send(b"\x05\x00")
    circuit = call.leave_circuit()
    reset.csc_input(call.part, circuit, reset.FIRST_FAILURE, now)
    call.part.count("continuity_failures")
    reattempt(call, TEMPORARY_FAILURE, now)


# Automatic repeat attempt (2.9.1.4, 2.9.3, 2.9.5.1, 2.1.8, 2.8.2)


def reattempt(call: Call, cause: int, now: int) -> None:
    """The call, which has left its circuit, is tried on another one; else it ends."""
    part = call.part
    request = call.request
    circuit: Circuit | None = None
    if (
        part.reachable
        and call.attempts < part.config.reattempts
        and request is not None
        and not (request.exclusive and request.channel)
    ):
        circuit = part.circuits.choose(call.circuit)
    if circuit is None:
        call.abandon(cause, part.config.location, True)
        return
    call.attempts += 1
    part.count("repeat_attempts")
    call.register(circuit)
    part.happened.append(CallMoved(call.handle, circuit.cic))
    send_setup(call, now)


def dual_seizure(call: Call, message: IsupMessage, now: int) -> None:
    """IAM while our own has no answer: the one who controls the circuit goes on (2.9.1.4)."""
    part = call.part
    part.count("dual_seizures")
    if call.circuit.mine:
        return
    call.leave_circuit()
    part.again.append(message)
    exclusive = call.request is not None and call.request.exclusive
    reattempt(call, NOT_AVAILABLE if exclusive else NO_CIRCUIT, now)


def circuit_reset(call: Call, now: int) -> None:
    """RSC or GRS after IAM: try again elsewhere (2.9.3.1 d)."""
    call.leave_circuit()
    reattempt(call, TEMPORARY_FAILURE, now)


def circuit_blocked(call: Call, now: int) -> None:
    """BLO or CGB after IAM: release the circuit, try again elsewhere (2.8.2.1).

    REL goes out on the old circuit; what is left of it there is a call without an owner.
    """
    part = call.part
    circuit = call.leave_circuit()
    ghost = Call(part, circuit, part.new_handle())
    ghost.register(circuit)
    ghost.release(NORMAL_UNSPECIFIED, now)
    reattempt(call, NOT_AVAILABLE, now)


def circuit_taken(call: Call, now: int) -> None:
    """We reset the circuit, or the far end has it not: try again elsewhere (2.12)."""
    call.leave_circuit()
    reattempt(call, TEMPORARY_FAILURE, now)


def unexpected_before_backward(call: Call, message: IsupMessage, now: int) -> None:
    """RSC, and the call again on another circuit (2.9.5.1 d 3)."""
    part = call.part
    part.fault("unexpected_message", f"{message.name} before ACM or CON", "2.9.5.1", message.raw)
    circuit = call.leave_circuit()
    reset.csc_input(part, circuit, reset.RESET_REQ, now)
    reattempt(call, TEMPORARY_FAILURE, now)


# Timers


def t7_expiry(call: Call, now: int) -> None:
    """Neither ACM nor CON: release (2.2.5)."""
    call.release(call.part.config.variant.t7_cause, now)


def t9_expiry(call: Call, now: int) -> None:
    """No answer: release (2.1.4, 2.2.5)."""
    call.release(NO_ANSWER, now)
