"""Inputs of incoming calls (CPCI): IAM, digits, continuity, and the backward messages."""

from __future__ import annotations

from typing import Final

from ..call import (
    CONTINUITY_LOOP,
    CONTINUITY_OFF,
    TEST_CALL,
    CallConnected,
    CallOffered,
    DigitsReceived,
    ForwardTransfer,
    PartyNumber,
)
from . import isup_blocking as blocking
from . import isup_reset as reset
from .isup_call import (
    ADDRESS_INCOMPLETE,
    BEARER_NOT_IMPLEMENTED,
    CONGESTION,
    COT_FAILED,
    COT_PASSED,
    NORMAL_UNSPECIFIED,
    TEMPORARY_FAILURE,
    Call,
    option,
    optional_part,
)
from .isup_circuits import BLOCKED, UNBLOCKED, WAIT_CGBA
from .isup_config import T8, T10, T11, T33, T34, T35
from .isup_messages import IsupMessage
from .isup_offer import (
    TMR_OF_BEARER,
    bearer_of,
    continuity_of,
    offered_request,
    party_octets,
    wants_connected_line,
)
from .isup_parameters_base import (
    CALL_HISTORY,
    CALLING_PARTY_NUMBER,
    CALLING_PARTYS_CATEGORY,
    CONNECTED_NUMBER,
    CONTINUITY_INDICATORS,
    HOP_COUNTER,
    NATURE_OF_CONNECTION,
    OCTET,
    PROPAGATION_DELAY_COUNTER,
    SUBSEQUENT_NUMBER,
    TRANSMISSION_MEDIUM_USED,
)
from .isup_parameters_number import SubsequentNumber
from .isup_segments import announces_segment, join
from .isup_states import (
    IN_ANSWERED,
    IN_CONTINUITY,
    IN_DIGITS,
    IN_INFORMATION,
    IN_SEGMENT,
    IN_WAIT_ACM,
    IN_WAIT_ANM,
)

CHECK_THIS: Final = 1
EXCHANGE_ROUTING_ERROR: Final = 25
NOT_SUBSCRIBED: Final = 57

NO_INDICATION: Final = 0
SUBSCRIBER_FREE: Final = 1

INBAND_OPTION: Final = b"\x29\x01\x01"
"""Optional backward call indicators: in-band information is available."""
INBAND_DESCRIPTION: Final = 8


def iam_received(call: Call, message: IsupMessage, now: int) -> None:
    """IAM on an idle circuit (2.1.1.2): seize it, refuse it, or go and see what is missing."""
    part = call.part
    circuit = call.circuit
    called = message.called()
    if called is None:
        part.fault("called_number", "IAM whose called number cannot be read", "2.9.2", message.raw)
        return
    test = message.value(CALLING_PARTYS_CATEGORY) == TEST_CALL
    broken = circuit.hls in (BLOCKED, WAIT_CGBA)
    if broken or (circuit.bls == BLOCKED and not test):
        part.fault("blocked", "IAM on a circuit that we blocked", "2.8.2.1", message.raw)
        if circuit.hls == BLOCKED:
            part.broken.append(circuit)
        blocking.block_again(part, circuit, now)
        return
    if (circuit.blr != UNBLOCKED or circuit.hlr != UNBLOCKED) and not test:
        blocking.unblocked_by_iam(part, circuit)
    call.setup = message
    call.called = called
    call.digits = called.digits
    call.complete = called.st
    call.register(circuit)
    cause = refusal(call, message)
    if cause:
        call.release(cause, now)
    elif announces_segment(message) and part.config.variant.segmentation:
        call.start(T34, now)
        _prepare_check(call, message, now)
        call.state = IN_SEGMENT
    else:
        _prepare_check(call, message, now)
        after_segments(call, now)


def refusal(call: Call, message: IsupMessage) -> int:
    """The cause for which a call is refused before anybody is told, or 0."""
    part = call.part
    config = part.config
    if part.draining:
        part.count("refused_draining")
        return CONGESTION
    if bearer_of(message) not in config.bearers:
        part.count("refused_bearer")
        return BEARER_NOT_IMPLEMENTED
    if config.transit and message.has(HOP_COUNTER) and message.value(HOP_COUNTER) & 31 <= 1:
        part.count("refused_hops")
        return EXCHANGE_ROUTING_ERROR
    return 0


def _prepare_check(call: Call, message: IsupMessage, now: int) -> None:
    """T8, and the loop, where the IAM says that continuity is checked (2.1.8)."""
    check = continuity_of(message)
    if check in (1, 2):
        call.start(T8, now)
        if check == CHECK_THIS:
            call.set_check(CONTINUITY_LOOP)
    else:
        call.cot = COT_PASSED


def after_segments(call: Call, now: int) -> None:
    """The IAM is whole: is there a continuity check to wait for?"""
    if call.cot != COT_PASSED:
        call.state = IN_CONTINUITY
    else:
        after_continuity(call, now)


def after_continuity(call: Call, now: int) -> None:
    """Are there digits enough, and the calling number?"""
    config = call.part.config
    count = len(call.digits)
    if config.max_digits and count >= config.max_digits:
        call.complete = True
    least = config.min_digits or (0 if config.overlap else 1)
    if not call.complete and count < least:
        call.state = IN_DIGITS
        call.start(T35, now)
        return
    call.stop(T35)
    if not config.overlap:
        call.complete = True
    message = call.setup
    assert message is not None
    if config.ask_calling and config.variant.information and not message.has(CALLING_PARTY_NUMBER):
        call.send(b"\x03\x01\x00\x00")
        call.start(T33, now)
        call.state = IN_INFORMATION
    else:
        offer(call, now)


def offer(call: Call, now: int) -> None:
    """Tell the application."""
    message = call.setup
    assert message is not None
    call.offered = True
    call.state = IN_WAIT_ACM
    if not call.complete:
        call.start(T10, now)
    elif call.part.config.early_acm:
        call.start(T11, now)
    call.part.happened.append(
        CallOffered(call.handle, call.circuit.cic, offered_request(call, message))
    )


# Before the call is offered


def segment_received(call: Call, segment: IsupMessage, now: int) -> None:
    """SGM: the IAM with its rest (2.1.12.2)."""
    assert call.setup is not None
    call.stop(T34)
    call.setup = join(call.setup, segment)
    after_segments(call, now)


def t34_expiry(call: Call, now: int) -> None:
    """No SGM: on with what there is (2.1.12.2)."""
    after_segments(call, now)


def t8_expiry(call: Call, now: int) -> None:
    """No COT: release (2.1.8)."""
    call.release(TEMPORARY_FAILURE, now)


def cot_received(call: Call, message: IsupMessage, now: int) -> None:
    """COT: the loop goes; with failure the circuit waits for CCR, T27 (2.1.8)."""
    call.set_check(CONTINUITY_OFF)
    call.stop(T8)
    if message.value(CONTINUITY_INDICATORS, 0) & 1:
        call.cot = COT_PASSED
        if call.state == IN_CONTINUITY:
            after_continuity(call, now)
        return
    part = call.part
    call.cot = COT_FAILED
    this = call.setup is not None and continuity_of(call.setup) == CHECK_THIS
    if not this:
        # The check was made on a circuit before this one, which is sound: the far end releases.
        call.release(TEMPORARY_FAILURE, now)
        return
    circuit = call.circuit
    call.end(TEMPORARY_FAILURE, part.config.location, False)
    reset.csc_input(part, circuit, reset.COT_FAILURE, now)


def digits_collected(call: Call, message: IsupMessage, now: int) -> None:
    """SAM before the call is offered (2.1.2.2)."""
    add_digits(call, message)
    if call.state == IN_DIGITS:
        after_continuity(call, now)


def add_digits(call: Call, message: IsupMessage) -> str:
    """The digits of SAM, added to the number; whether it is complete now is in the call."""
    number = message.read(SUBSEQUENT_NUMBER)
    if not isinstance(number, SubsequentNumber):
        call.part.fault("subsequent_number", "SAM that cannot be read", "2.9.2", message.raw)
        return ""
    call.digits += number.digits
    if number.st:
        call.complete = True
    return number.digits


def t35_expiry(call: Call, now: int) -> None:
    """Too few digits: release (2.2.4)."""
    call.release(ADDRESS_INCOMPLETE, now)


def inf_received(call: Call, message: IsupMessage, now: int) -> None:
    """INF: the calling number, if there is one (2.1.6)."""
    assert call.setup is not None
    call.stop(T33)
    setup = call.setup
    parameters = dict(setup.parameters)
    for code in (CALLING_PARTY_NUMBER, CALLING_PARTYS_CATEGORY):
        contents = message.parameters.get(code)
        if contents is not None:
            parameters[code] = contents
    call.setup = IsupMessage(setup.kind, setup.cic, parameters, setup.repeats, setup.raw)
    offer(call, now)


def t33_expiry(call: Call, now: int) -> None:
    """No INF: release (table A.1)."""
    call.part.fault("information_unanswered", "no INF to our INR", "2.1.6", b"")
    call.release(NORMAL_UNSPECIFIED, now)


# While the application decides


def digits_received(call: Call, message: IsupMessage, now: int) -> None:
    """SAM: more digits for the application (2.1.2.2)."""
    part = call.part
    if call.complete:
        part.fault("unexpected_message", "SAM after the last digit", "2.9.5.1", message.raw)
        return
    digits = add_digits(call, message)
    most = part.config.max_digits
    if most and len(call.digits) >= most:
        call.complete = True
    call.stop(T35)
    if not call.complete:
        call.start(T10, now)
    else:
        call.stop(T10)
        if part.config.early_acm:
            call.start(T11, now)
    part.happened.append(DigitsReceived(call.handle, digits, call.complete))


def more_digits_request(call: Call, now: int) -> None:
    """ISUP has no message that asks for digits: T35 supervises the next one (2.2.4)."""
    if not call.complete:
        call.stop(T10)
        call.start(T35, now)


def t10_expiry(call: Call, now: int) -> None:
    """No digit has come for a while: the number is complete (2.1.2.1 b)."""
    call.complete = True
    if call.part.config.early_acm:
        call.start(T11, now)
    call.part.happened.append(DigitsReceived(call.handle, "", True))


def t11_expiry(call: Call, now: int) -> None:
    """The application takes its time: ACM, so that T7 does not run out there (2.1.4.8)."""
    _address_complete(call, NO_INDICATION, False)


def backward_indicators(call: Call, status: int) -> bytes:
    """Backward call indicators (3.5): charge, status, ordinary subscriber; ISUP all the way."""
    config = call.part.config
    second = 0x14 if config.isdn_access else 0x04
    setup = call.setup
    if config.echo_control and setup is not None and setup.value(NATURE_OF_CONNECTION, 0) & 0x10:
        # An outgoing half echo control device is in: ours is the other half (2.7).
        second |= 0x20
    return OCTET[0x12 | status << 2] + OCTET[second]


def _number_ends(call: Call) -> None:
    """Digits are waited for no longer."""
    call.stop(T10)
    call.stop(T11)
    call.stop(T35)
    call.complete = True


def _address_complete(call: Call, status: int, inband: bool) -> None:
    optional = (INBAND_OPTION if inband else b"") + call.take_user_user()
    _number_ends(call)
    call.send(b"\x06" + backward_indicators(call, status) + optional_part(optional))
    call.state = IN_WAIT_ANM


def proceed_request(call: Call, now: int) -> None:
    """ACM without indication: the number is complete (2.1.4.2)."""
    _address_complete(call, NO_INDICATION, False)


def progress_first_request(call: Call, indicator: int, now: int) -> None:
    """ACM without indication; something to be heard is said (2.1.4.2, 2.1.4.3)."""
    _address_complete(call, NO_INDICATION, indicator == INBAND_DESCRIPTION)


def alert_first_request(call: Call, inband: bool, now: int) -> None:
    """ACM, subscriber free (2.1.4.1)."""
    _address_complete(call, SUBSCRIBER_FREE, inband)


def progress_request(call: Call, indicator: int, now: int) -> None:
    """CPG: in-band information, or progress (2.1.5)."""
    event = b"\x03" if indicator == INBAND_DESCRIPTION else b"\x02"
    call.send(b"\x2c" + event + optional_part(call.take_user_user()))


def alert_request(call: Call, inband: bool, now: int) -> None:
    """CPG, alerting (2.1.5)."""
    optional = b"\x11\x02" + backward_indicators(call, SUBSCRIBER_FREE)
    optional += (INBAND_OPTION if inband else b"") + call.take_user_user()
    call.send(b"\x2c\x01" + optional_part(optional))


def _answer_options(call: Call, connected: PartyNumber | None, bearer: int) -> bytes:
    """Connected number if it was asked for (Q.731.5), call history (2.6), medium used (2.5)."""
    message = call.setup
    assert message is not None
    part = call.part
    optional = call.take_user_user()
    if connected is not None and wants_connected_line(message):
        optional += option(CONNECTED_NUMBER, party_octets(part, connected))
    delay = message.parameters.get(PROPAGATION_DELAY_COUNTER)
    if delay is not None and len(delay) == 2 and part.config.delay >= 0:
        total = min((delay[0] << 8 | delay[1]) + part.config.delay, 0xFFFF)
        optional += option(CALL_HISTORY, total.to_bytes(2, "big"))
    if bearer >= 0:
        optional += option(TRANSMISSION_MEDIUM_USED, OCTET[TMR_OF_BEARER.get(bearer, 0)])
    return optional


def _answered(call: Call) -> None:
    """Nothing confirms an answer in SS7: from here on speech flows both ways."""
    call.state = IN_ANSWERED
    call.part.happened.append(CallConnected(call.handle, call.circuit.cic, None))


def connect_request(call: Call, connected: PartyNumber | None, bearer: int, now: int) -> None:
    """CON: complete and answered at once (2.1.7)."""
    _number_ends(call)
    optional = _answer_options(call, connected, bearer)
    call.send(b"\x07" + backward_indicators(call, NO_INDICATION) + optional_part(optional))
    _answered(call)


def answer_request(call: Call, connected: PartyNumber | None, bearer: int, now: int) -> None:
    """ANM (2.1.7)."""
    call.send(b"\x09" + optional_part(_answer_options(call, connected, bearer)))
    _answered(call)


def forward_transfer_received(call: Call, message: IsupMessage, now: int) -> None:
    """FOT: the calling operator wants help (2.1.9)."""
    call.part.happened.append(ForwardTransfer(call.handle))


def unexpected_before_acm(call: Call, message: IsupMessage, now: int) -> None:
    """RSC, and the incoming call is released (2.9.5.1 d 3)."""
    part = call.part
    part.fault("unexpected_message", f"{message.name} before ACM was sent", "2.9.5.1", message.raw)
    circuit = call.circuit
    call.end(TEMPORARY_FAILURE, part.config.location, True)
    reset.csc_input(part, circuit, reset.RESET_REQ, now)
