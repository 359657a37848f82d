"""What the far end or the data link does wrong: 5.8, and what asks for a call's state (5.8.10).

Each function is one drawn input of a Call, but ``examine``, which every message passes first.
Whatever the far end breaks is a ProtocolFault, answered as its clause says.
"""

from __future__ import annotations

from typing import Final

from ..call import CallKept
from .elements import (
    CALL_STATE,
    OCTET,
    CallState,
)
from .messages import Message, name_of
from .messages_check import (
    COMPREHENSION_REQUIRED,
    MANDATORY_CONTENT,
    MANDATORY_MISSING,
    UNRECOGNISED,
    Finding,
    check,
)
from .q931_call import (
    CONNECT_ACKNOWLEDGE_OCTET,
    NORMAL_UNSPECIFIED,
    STATUS_ENQUIRY_OCTET,
    TEMPORARY_FAILURE,
    Call,
)
from .q931_clearing import disconnect, reject_request
from .q931_config import T309, T322
from .q931_states import (
    ACTIVE,
    COMPATIBLE,
    CONNECT_REQUEST,
    DISCONNECT,
    ESTABLISHING,
    INPUT_OF_TYPE,
    NULL,
    RELEASE,
    RELEASE_COMPLETE,
    RELEASE_REQUEST,
    SETUP,
    STATE_NAMES,
)

OUT_OF_ORDER: Final = 27
STATUS_ENQUIRY_ANSWER: Final = 30
INVALID_REFERENCE: Final = 81
ELEMENT_MISSING: Final = 96
NOT_IMPLEMENTED: Final = 97
ELEMENT_NOT_IMPLEMENTED: Final = 99
WRONG_STATE: Final = 101
MOST_ENQUIRIES: Final = 3
"""STATUS ENQUIRY messages before the call is given up (5.8.10 leaves the number to us)."""

KINDS: Final = (
    "",
    "mandatory_missing",
    "comprehension_required",
    "mandatory_content",
    "unrecognised_element",
    "unexpected_element",
    "content_error",
    "repeated_element",
    "out_of_sequence",
)
"""Names of the kinds of Finding, for metrics."""


def examine(call: Call, message: Message) -> int:
    """5.8.5 to 5.8.7: count what is wrong with the elements, and answer what is not served.

    -1: the message is not to be served. Else it is, and afterwards ``answer_optional`` is to be
    called with the cause that is returned, unless it is 0.
    """
    findings = check(message)
    for finding in findings:
        call.layer3.fault(
            KINDS[finding.kind],
            f"{name_of(message.type)}: {finding.text}",
            finding.clause,
            message.raw,
        )
    if not findings or not findings[0].cause:
        return 0
    gravest = findings[0]
    input_ = INPUT_OF_TYPE[message.type & 0xFF]
    if input_ in (DISCONNECT, RELEASE):
        # Served as if all were well; the answer bears the cause (5.8.6.1, 5.8.6.2, 5.8.7.1).
        call.answer = gravest.cause
        return 0
    if input_ == RELEASE_COMPLETE:
        return 0
    if gravest.kind not in (MANDATORY_MISSING, COMPREHENSION_REQUIRED, MANDATORY_CONTENT):
        return gravest.cause
    if input_ == SETUP:
        call.send_release_complete(gravest.cause)
    else:
        call.send_status(gravest.cause, identifiers(findings, gravest.kind))
    return -1


def identifiers(findings: list[Finding], kind: int) -> bytes:
    """The diagnostics of causes 96, 99 and 100 (Q.850): identifiers of the elements."""
    out = b""
    for finding in findings:
        if finding.kind == kind:
            out += OCTET[finding.id]
    return out[:27]


def answer_optional(call: Call, message: Message, value: int) -> None:
    """5.8.7.1, 5.8.7.2: STATUS with the state that the served message led to."""
    if call.state == NULL or not call.layer3.config.report_ignored:
        return
    findings = check(message)
    kind = findings[0].kind if findings else UNRECOGNISED
    call.send_status(value, identifiers(findings, kind))


# Null


def unknown_reference(call: Call, message: Message, now: int) -> None:
    """5.8.3.2 a, b: there is no such call. RELEASE COMPLETE with cause 81."""
    call.layer3.fault(
        "unknown_call_reference",
        f"{name_of(message.type)} for call reference {call.reference}, which is not in use",
        "5.8.3.2",
        message.raw,
    )
    call.send_release_complete(INVALID_REFERENCE)


def release_of_unknown(call: Call, message: Message, now: int) -> None:
    """5.8.3.2 b: a repeated RELEASE, most likely; it is confirmed."""
    call.send_release_complete(INVALID_REFERENCE)


def status_of_unknown(call: Call, message: Message, now: int) -> None:
    """5.8.11 a: they have a call that we have not. RELEASE COMPLETE with cause 101."""
    element = message.find(CALL_STATE)
    if isinstance(element, CallState) and element.state == NULL:
        return
    call.layer3.fault(
        "incompatible_state",
        f"STATUS for call reference {call.reference}, which is not in use",
        "5.8.11",
        message.raw,
    )
    call.send_release_complete(WRONG_STATE)


# Any state


def repeated_setup(call: Call, message: Message, now: int) -> None:
    """5.8.3.2 e: SETUP for a call that exists, as T303 sends it, is ignored."""
    call.layer3.fault(
        "repeated_setup", f"SETUP for call reference {call.reference}, in use", "5.8.3.2", b""
    )


def unexpected_message(call: Call, message: Message, now: int) -> None:
    """5.8.4: STATUS with cause 101."""
    call.layer3.fault(
        "unexpected_message",
        f"{name_of(message.type)} in state {call.state}, {STATE_NAMES[call.state]}",
        "5.8.4",
        message.raw,
    )
    call.send_status(WRONG_STATE, OCTET[message.type & 0xFF])


def unrecognized_message(call: Call, message: Message, now: int) -> None:
    """5.8.4: STATUS with cause 97. SUSPEND too, where it is not offered (5.6.3)."""
    call.layer3.fault("unrecognised_message", name_of(message.type), "5.8.4", message.raw)
    call.send_status(NOT_IMPLEMENTED, OCTET[message.type & 0xFF])


def status_enquiry_received(call: Call, message: Message, now: int) -> None:
    """5.8.10: say in which state we are."""
    call.send_status(STATUS_ENQUIRY_ANSWER, b"")


def status_enquiry_request(call: Call, now: int) -> None:
    """5.8.10: STATUS ENQUIRY and T322; one at a time."""
    if call.timers >> (T322 - 300) & 1:
        return
    call.enquiries = 1
    call.send(STATUS_ENQUIRY_OCTET, b"")
    call.start(T322, now)


def t322_expiry(call: Call, now: int) -> None:
    """Ask again; without any answer the call is cleared with cause 41 (5.8.10)."""
    if call.enquiries < MOST_ENQUIRIES:
        call.enquiries += 1
        call.send(STATUS_ENQUIRY_OCTET, b"")
        call.start(T322, now)
        return
    clear_as_state_permits(call, TEMPORARY_FAILURE, now)


def status_received(call: Call, message: Message, now: int) -> None:
    """5.8.11: is what they say compatible with where we are?"""
    call.stop(T322)
    call.enquiries = 0
    layer3 = call.layer3
    element = message.find(CALL_STATE)
    read = message.cause()
    value = read.value if read is not None else NORMAL_UNSPECIFIED
    theirs = element.state if isinstance(element, CallState) else call.state
    if theirs == NULL:
        layer3.fault("status_null", f"no call at the far end, cause {value}", "5.8.11", message.raw)
        call.end(TEMPORARY_FAILURE, layer3.location, False)
        return
    adopted = call.adopted and call.state == ACTIVE
    if adopted and theirs == CONNECT_REQUEST and layer3.network:
        # 5.2.8: our CONNECT ACKNOWLEDGE was lost with the process; the user still waits for it.
        call.send(CONNECT_ACKNOWLEDGE_OCTET, b"")
        theirs = ACTIVE
    if theirs not in COMPATIBLE[call.state] or (adopted and theirs != ACTIVE):
        layer3.fault(
            "incompatible_state",
            f"state {theirs} at the far end, {call.state} here, cause {value}",
            "5.8.11",
            message.raw,
        )
        clear_as_state_permits(call, WRONG_STATE, now)
        return
    if adopted:
        call.adopted = False
        layer3.happened.append(CallKept(call.handle, call.channel))
    if value != STATUS_ENQUIRY_ANSWER and value != NORMAL_UNSPECIFIED:
        layer3.fault("status", f"STATUS with cause {value}", "5.8.11", message.raw)
        if value == ELEMENT_MISSING and call.state in ESTABLISHING:
            # A message of ours was not served, so the call will not get any further. With 100 it
            # was: what 5.8.7.2 so answers are elements that the far end could do without.
            clear_as_state_permits(call, value, now)


def status_in_release(call: Call, message: Message, now: int) -> None:
    """5.8.11 b, c: in the release request state only the Null state at the far end matters."""
    element = message.find(CALL_STATE)
    if isinstance(element, CallState) and element.state == NULL:
        call.end(TEMPORARY_FAILURE, call.layer3.location, False)


def clear_as_state_permits(call: Call, value: int, now: int) -> None:
    """The appropriate clearing message of 5.3 for the state."""
    layer3 = call.layer3
    if call.state == layer3.taking:
        reject_request(call, value, now)
    elif call.state == layer3.disconnecting or call.state == layer3.disconnected:
        call.clearing(value, layer3.location, True)
        call.send_release(value, now)
    elif call.state != RELEASE_REQUEST:
        call.clearing(value, layer3.location, True)
        disconnect(call, value, now)


# The data link


def dl_reset_in_overlap(call: Call, now: int) -> None:
    """5.8.8 a: digits may be lost. DISCONNECT with cause 41."""
    call.clearing(TEMPORARY_FAILURE, call.layer3.location, True)
    disconnect(call, TEMPORARY_FAILURE, now)


def dl_reset_maintained(call: Call, now: int) -> None:
    """5.8.8 c: the call goes on. As messages may be lost, ask for its state (5.8.10)."""
    if call.layer3.config.enquire:
        status_enquiry_request(call, now)


def dl_failure(call: Call, now: int) -> None:
    """5.8.9 a: a call that is not active is cleared internally."""
    call.end(OUT_OF_ORDER, call.layer3.location, True)


def dl_failure_of_active(call: Call, now: int) -> None:
    """5.8.9 b: an active call waits for T309."""
    call.stop(T322)
    if not call.timers >> (T309 - 300) & 1:
        call.start(T309, now)


def dl_recovered(call: Call, now: int) -> None:
    """5.8.9: the link is back. Ask for the far end's state, or tell ours."""
    call.stop(T309)
    if call.layer3.config.enquire or call.adopted:
        status_enquiry_request(call, now)
    else:
        call.send_status(NORMAL_UNSPECIFIED, b"")


def t309_expiry(call: Call, now: int) -> None:
    """5.8.9: the link did not come back in time."""
    call.end(OUT_OF_ORDER, call.layer3.location, True)
