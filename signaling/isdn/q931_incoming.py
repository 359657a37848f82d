"""Calls that come in: 5.2 on the user side, 5.1 on the network side.

Each function is one drawn input of a Call.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import CallConnected, CallOffered, CallRequest, DigitsReceived, PartyNumber
from .elements import (
    CALLING_PARTY_NUMBER,
    DISPLAY,
    FACILITY,
    KEYPAD_FACILITY,
    SENDING_COMPLETE,
    USER_USER,
    ConnectedNumber,
    Display,
    Facility,
    KeypadFacility,
    ProgressIndicator,
    UserUser,
)
from .facility_name import calling_name
from .messages import Message
from .q931_call import (
    ALERTING_OCTET,
    CALL_PROCEEDING_OCTET,
    CONNECT_OCTET,
    PROGRESS_OCTET,
    SETUP_ACKNOWLEDGE_OCTET,
    Call,
)
from .q931_clearing import disconnect
from .q931_config import T302, T313
from .q931_negotiation import accept_offered
from .q931_numbering import identification, numbers_of
from .q931_outgoing import RECOVERY_ON_TIMER
from .q931_redirecting import party_of, read_redirecting, reason_of
from .q931_states import ACTIVE, CONNECT_REQUEST

INVALID_NUMBER: Final = 28
CONGESTION: Final = 42
BEARER_NOT_IMPLEMENTED: Final = 65
RATE_64K: Final = 0x10
NO_NUMBER: Final = PartyNumber("")


# Null


def setup_received(call: Call, message: Message, now: int) -> None:
    """5.1.1 to 5.1.3, 5.2.2 to 5.2.4: offer the call, ask for more digits, or refuse it."""
    layer3 = call.layer3
    config = layer3.config
    if call.flag == 0:
        layer3.fault(
            "call_reference_flag", "SETUP with the call reference flag 1", "5.8.3.2 d", message.raw
        )
        return
    cause = refusal(call, message)
    if cause:
        call.send_release_complete(cause)
        layer3.refused[cause] = layer3.refused.get(cause, 0) + 1
        return
    call.register()
    call.setup = message.raw
    call.complete = not config.overlap_receiving or SENDING_COMPLETE in message.first
    request = read_request(call, message)
    call.digits = request.called.digits
    call.state = layer3.taking
    layer3.happened.append(CallOffered(call.handle, call.channel, request))
    if not call.complete:
        if len(call.digits) < config.min_digits or not call.digits:
            more_info_request(call, now)
    elif config.send_proceeding:
        proceeding_request(call, now)


def refusal(call: Call, message: Message) -> int:
    """Take a channel for a SETUP; or the cause why it cannot be taken (5.1.2, 5.1.5.1, 5.2.3)."""
    layer3 = call.layer3
    if layer3.draining:
        return CONGESTION
    bearer = message.bearer()
    if bearer is None or bearer.coding != 0 or bearer.mode != 0 or bearer.rate != RATE_64K:
        return BEARER_NOT_IMPLEMENTED
    if bearer.capability not in layer3.config.bearers:
        return BEARER_NOT_IMPLEMENTED
    return accept_offered(call, message.channel())


def read_request(call: Call, message: Message) -> CallRequest:
    """What the far end asks for, in neutral form."""
    first = message.first
    bearer = message.bearer()
    channel = message.channel()
    wanted = numbers_of(call.layer3.config, channel) if channel is not None else ()
    called = message.called()
    calling = message.calling() if CALLING_PARTY_NUMBER in first else None
    display = message.find(DISPLAY) if DISPLAY in first else None
    keypad = message.find(KEYPAD_FACILITY) if KEYPAD_FACILITY in first else None
    user_user = message.find(USER_USER) if USER_USER in first else None
    diverted = read_redirecting(message)
    return CallRequest(
        called.party() if called is not None else NO_NUMBER,
        calling.party() if calling is not None else None,
        wanted[0] if wanted else 0,
        channel.exclusive if channel is not None else False,
        call.complete,
        bearer.capability if bearer is not None else 0,
        display.text if isinstance(display, Display) else _facility_name(call, message),
        keypad.text if isinstance(keypad, KeypadFacility) else "",
        user_user.data if isinstance(user_user, UserUser) else b"",
        redirecting=party_of(diverted, -1),
        original_called=party_of(diverted, 0) if len(diverted) > 1 else None,
        redirect_reason=reason_of(diverted),
    )


def _facility_name(call: Call, message: Message) -> str:
    """The caller's name in a Facility element, where the variant has it there; or ""."""
    if FACILITY in message.first and call.layer3.config.variant.facility_name:
        for element in message.find_all(FACILITY):
            if isinstance(element, Facility):
                name = calling_name(element.components)
                if name:
                    return name.decode("latin-1")
    return ""


# Call present (U6), call initiated (N1): the first answer says which channel it is


def channel_octets(call: Call) -> bytes:
    """The channel, exclusive, in the first answer to SETUP; b"" later (5.1.2, 5.2.3)."""
    if call.state == call.layer3.taking:
        return identification(call.layer3.config, call.channel, True).octets
    return b""


def more_info_request(call: Call, now: int) -> None:
    """5.1.3, 5.2.4: SETUP ACKNOWLEDGE and T302, with dial tone for one who dialled nothing."""
    if call.complete:
        raise LocalError(f"call {call.handle}: the far end said that its number is complete")
    layer3 = call.layer3
    out = channel_octets(call)
    if layer3.config.dial_tone and layer3.network and not call.digits:
        out += layer3.inband_octets
    call.send(SETUP_ACKNOWLEDGE_OCTET, out)
    call.start(T302, now)
    call.state = layer3.taking_overlap


def proceeding_request(call: Call, now: int) -> None:
    """5.1.5, 5.2.5.1: CALL PROCEEDING."""
    call.send(CALL_PROCEEDING_OCTET, channel_octets(call))
    call.stop(T302)
    call.complete = True
    call.state = call.layer3.taking_proceeding


def progress_request(call: Call, indicator: int, now: int) -> None:
    """5.1.6, 5.2.5: PROGRESS; CALL PROCEEDING carries it where nothing was answered yet."""
    layer3 = call.layer3
    octets = ProgressIndicator(indicator, layer3.location).octets
    if call.state == layer3.taking:
        call.send(CALL_PROCEEDING_OCTET, channel_octets(call) + octets)
        call.complete = True
        call.state = layer3.taking_proceeding
    else:
        call.send(PROGRESS_OCTET, octets)


def alerting_request(call: Call, inband: bool, now: int) -> None:
    """5.1.7, 5.2.5.2: ALERTING."""
    layer3 = call.layer3
    out = channel_octets(call)
    if inband:
        out += layer3.inband_octets
    if call.user_user:
        out += call.take_user_user()
    call.send(ALERTING_OCTET, out)
    call.stop(T302)
    call.complete = True
    call.state = layer3.taking_received


def connect_octets(call: Call, connected: PartyNumber | None) -> bytes:
    """The elements of CONNECT (3.1.3)."""
    out = channel_octets(call)
    if connected is not None:
        out += ConnectedNumber(
            connected.digits,
            connected.type_of_number,
            connected.plan,
            connected.presentation,
            connected.screening,
        ).octets
    if call.user_user:
        out += call.take_user_user()
    return out


def setup_response_of_user(call: Call, connected: PartyNumber | None, now: int) -> None:
    """5.2.7: CONNECT, T313; active when the network has acknowledged it."""
    call.send(CONNECT_OCTET, connect_octets(call, connected))
    call.stop(T302)
    call.start(T313, now)
    call.complete = True
    call.state = CONNECT_REQUEST


def setup_response_of_network(call: Call, connected: PartyNumber | None, now: int) -> None:
    """5.1.8: CONNECT; the call is active at once."""
    call.send(CONNECT_OCTET, connect_octets(call, connected))
    call.stop(T302)
    call.complete = True
    call.state = ACTIVE
    call.layer3.happened.append(CallConnected(call.handle, call.channel, None))


# Overlap receiving (U25), overlap sending as the network sees it (N2)


def digits_received(call: Call, message: Message, now: int) -> None:
    """INFORMATION (5.1.3, 5.2.4): digits to the application; T302 anew, unless complete."""
    element = message.called()
    digits = element.digits if element is not None else ""
    keypad = message.find(KEYPAD_FACILITY)
    keyed = keypad.text if isinstance(keypad, KeypadFacility) else ""
    call.digits += digits
    complete = SENDING_COMPLETE in message.first
    if digits or keyed or complete:
        call.layer3.happened.append(DigitsReceived(call.handle, digits, complete, keyed))
    if complete:
        digits_complete(call, now)
    else:
        call.start(T302, now)


def digits_complete(call: Call, now: int) -> None:
    """The number is complete: CALL PROCEEDING now, or when the application says so."""
    call.complete = True
    call.stop(T302)
    if call.layer3.config.send_proceeding:
        proceeding_request(call, now)


def t302_expiry(call: Call, now: int) -> None:
    """No more digits: what is there must do (5.1.3, 5.2.4), or cause 28 if it is too little."""
    layer3 = call.layer3
    if len(call.digits) < layer3.config.min_digits or not call.digits:
        call.clearing(INVALID_NUMBER, layer3.location, True)
        disconnect(call, INVALID_NUMBER, now)
        return
    layer3.happened.append(DigitsReceived(call.handle, "", True))
    digits_complete(call, now)


# Connect request (U8)


def connect_acknowledge_received(call: Call, message: Message, now: int) -> None:
    """5.2.8: the call is ours."""
    call.stop(T313)
    call.state = ACTIVE
    call.layer3.happened.append(CallConnected(call.handle, call.channel, None))


def t313_expiry(call: Call, now: int) -> None:
    """CONNECT was not acknowledged (5.2.8)."""
    call.clearing(RECOVERY_ON_TIMER, call.layer3.location, True)
    disconnect(call, RECOVERY_ON_TIMER, now)
