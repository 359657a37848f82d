"""Calls that we place: 5.1 on the user side, 5.2 on the network side.

Each function is one drawn input of a Call.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import AUDIO_3K1 as AUDIO
from ..call import (
    SPEECH,
    CallAlerting,
    CallConnected,
    CallProceeding,
    CallProgressed,
    CallRequest,
    MoreDigitsWanted,
    PartyNumber,
)
from .elements import (
    CONNECTED_NUMBER,
    SENDING_COMPLETE_ELEMENT,
    USER_USER,
    BearerCapability,
    CalledPartyNumber,
    CallingPartyNumber,
    ConnectedNumber,
    Display,
    KeypadFacility,
)
from .messages import Message
from .q931_call import (
    CONNECT_ACKNOWLEDGE_OCTET,
    INBAND,
    INFORMATION_OCTET,
    SETUP_OCTET,
    Call,
    Layer3,
    user_user_octets,
)
from .q931_clearing import clear_after_timer
from .q931_config import T301, T303, T304, T310
from .q931_negotiation import accept_answered
from .q931_numbering import identification
from .q931_redirecting import redirecting_octets
from .q931_states import ACTIVE, CONNECT_REQUEST

_COMPLETE_OCTETS: Final = SENDING_COMPLETE_ELEMENT.octets
NO_USER_RESPONDING: Final = 18
NO_ANSWER: Final = 19
INVALID_NUMBER: Final = 28
RECOVERY_ON_TIMER: Final = 102
_bearers: Final[dict[int, bytes]] = {}


def bearer_octets(capability: int, layer1: int) -> bytes:
    """Bearer capability of a 64 kbit/s circuit-mode call, made once for each kind."""
    key = capability << 8 | layer1
    octets = _bearers.get(key)
    if octets is None:
        audio = capability in (SPEECH, AUDIO)
        octets = BearerCapability(capability, layer1 if audio else -1).octets
        _bearers[key] = octets
    return octets


def setup_elements(layer3: Layer3, request: CallRequest, channel: int) -> bytes:
    """What a SETUP holds (3.1.14), in the order of 4.5.1. LocalError when it cannot be sent.

    ``channel`` 0: any is acceptable. Display goes to users only and keypad to networks only, as
    3.1.14 has it; the other side's request leaves it out.
    """
    variant = layer3.config.variant
    out = bearer_octets(request.bearer, variant.layer1)
    if request.complete and variant.sending_complete:
        out = _COMPLETE_OCTETS + out
    if channel:
        out += identification(layer3.config, channel, request.exclusive).octets
    out += layer3.setup_facility
    if request.display and (layer3.network or variant.display_from_user):
        out += Display(request.display, variant.display_type).octets
    if request.keypad and not layer3.network:
        out += KeypadFacility(request.keypad).octets
    calling = request.calling
    if calling is not None:
        out += CallingPartyNumber(
            calling.digits,
            variant.type_of(calling.digits, calling.type_of_number),
            calling.plan,
            calling.presentation,
            calling.screening,
        ).octets
    called = request.called
    if called.digits:
        kind = variant.type_of(called.digits, called.type_of_number) if request.complete else 0
        kind = kind or called.type_of_number
        out += CalledPartyNumber(called.digits, kind, called.plan).octets
    out += redirecting_octets(request)
    if request.user_user:
        out += user_user_octets(request.user_user)
    most = layer3.config.link.n201 - 5
    if len(out) > most:
        raise LocalError(f"SETUP would hold {len(out)} octets; {most} fit (N201)")
    return out


# Null


def setup_request(call: Call, now: int) -> None:
    """5.1.1, 5.2.1: SETUP with the elements in ``call.setup``; T303."""
    call.send(SETUP_OCTET, call.setup)
    call.start(T303, now)
    call.state = call.layer3.placing


# Call initiated (U1), call present (N6)


def t303_expiry(call: Call, now: int) -> None:
    """Send SETUP once more (5.1.1, 5.2.1); the second time give up."""
    call.tries += 1
    if call.tries == 1:
        call.send(SETUP_OCTET, call.setup)
        call.start(T303, now)
        return
    layer3 = call.layer3
    call.send_release_complete(RECOVERY_ON_TIMER)
    call.end(NO_USER_RESPONDING if layer3.network else RECOVERY_ON_TIMER, layer3.location, True)


def digits_wait(call: Call, digits: str, complete: bool, keypad: str, now: int) -> None:
    """Digits before SETUP ACKNOWLEDGE wait for it (5.1.3)."""
    call.digits += digits
    call.complete = call.complete or complete


def setup_acknowledge_received(call: Call, message: Message, now: int) -> None:
    """5.1.3, 5.2.4: the far end wants more digits; those that wait go at once. T304."""
    if not accept_answered(call, message, now):
        return
    layer3 = call.layer3
    call.stop(T303)
    call.state = layer3.placing_overlap
    call.note_progress(message)
    layer3.happened.append(MoreDigitsWanted(call.handle, call.channel))
    if call.digits or call.complete:
        digits = call.digits
        call.digits = ""
        digits_request(call, digits, call.complete, "", now)
    elif not call.progress or call.progress == INBAND:
        call.start(T304, now)


# Overlap sending (U2), overlap receiving as its network sees it (N25)


def digits_request(call: Call, digits: str, complete: bool, keypad: str, now: int) -> None:
    """INFORMATION with the digits (5.1.3, 5.2.4); T304 anew."""
    out = _COMPLETE_OCTETS if complete else b""
    if keypad:
        out += KeypadFacility(keypad).octets
    if digits:
        called = call.called
        kind, plan = (called.type_of_number, called.plan) if called else (0, 1)
        out += CalledPartyNumber(digits, kind, plan).octets
    call.send(INFORMATION_OCTET, out)
    call.start(T304, now)


def t304_expiry(call: Call, now: int) -> None:
    """Nothing came after the last digits (5.1.3, 5.2.4)."""
    clear_after_timer(call, INVALID_NUMBER, now)


def keypad_request(call: Call, digits: str, complete: bool, keypad: str, now: int) -> None:
    """INFORMATION in the active state carries keypad characters only (3.1.6)."""
    if keypad:
        call.send(INFORMATION_OCTET, KeypadFacility(keypad).octets)


# All states before the answer


def call_proceeding_received(call: Call, message: Message, now: int) -> None:
    """5.1.5, 5.2.5.1: the far end has all it needs. T310 unless supervised elsewhere."""
    layer3 = call.layer3
    if call.state == layer3.placing and not accept_answered(call, message, now):
        return
    call.stop(T303)
    call.stop(T304)
    inband = call.note_progress(message)
    if not call.progress:
        call.start(T310, now)
    call.state = layer3.placing_proceeding
    layer3.happened.append(CallProceeding(call.handle, call.channel, inband))


def progress_received(call: Call, message: Message, now: int) -> None:
    """5.1.6, 5.2.5: what goes on beyond; T310 stops, and T304 where tones are heard."""
    inband = call.note_progress(message)
    call.stop(T310)
    if inband:
        call.stop(T304)
    indicators = message.progress()
    read = message.cause()
    call.layer3.happened.append(
        CallProgressed(
            call.handle,
            indicators[0].description if indicators else 0,
            inband,
            read.value if read else 0,
        )
    )
    call.report_user_user(message)


def alerting_received(call: Call, message: Message, now: int) -> None:
    """5.1.7, 5.2.5.2: the called party is being told. T301."""
    layer3 = call.layer3
    if call.state == layer3.placing and not accept_answered(call, message, now):
        return
    call.stop_all()
    call.start(T301, now)
    inband = call.note_progress(message)
    call.state = layer3.placing_delivered
    layer3.happened.append(CallAlerting(call.handle, call.channel, inband))
    if USER_USER in message.first:
        call.report_user_user(message)


def connect_received_by_user(call: Call, message: Message, now: int) -> None:
    """5.1.8: answered. CONNECT ACKNOWLEDGE is the user's option."""
    if call.state == call.layer3.placing and not accept_answered(call, message, now):
        return
    call.stop_all()
    if call.layer3.config.connect_acknowledge:
        call.send(CONNECT_ACKNOWLEDGE_OCTET, b"")
    call.state = ACTIVE
    _report_connected(call, message)


def connect_received_by_network(call: Call, message: Message, now: int) -> None:
    """5.2.7, 5.2.8: a point-to-point call is awarded at once, so N8 is left as it is entered."""
    if call.state == call.layer3.placing and not accept_answered(call, message, now):
        return
    call.stop_all()
    call.state = CONNECT_REQUEST
    _report_connected(call, message)
    setup_complete_request(call)


def setup_complete_request(call: Call) -> None:
    """5.2.8: the call is awarded to the user that answered."""
    call.send(CONNECT_ACKNOWLEDGE_OCTET, b"")
    call.state = ACTIVE


def _report_connected(call: Call, message: Message) -> None:
    connected: PartyNumber | None = None
    if CONNECTED_NUMBER in message.first:
        element = message.find(CONNECTED_NUMBER)
        if isinstance(element, ConnectedNumber):
            connected = element.party()
    call.layer3.happened.append(CallConnected(call.handle, call.channel, connected))
    if USER_USER in message.first:
        call.report_user_user(message)


def t310_expiry(call: Call, now: int) -> None:
    """Nothing came after CALL PROCEEDING (5.1.6, 5.2.5.3)."""
    clear_after_timer(call, NO_USER_RESPONDING, now)


def t301_expiry(call: Call, now: int) -> None:
    """The called party did not answer (5.2.5.3; table 9-2)."""
    clear_after_timer(call, NO_ANSWER, now)
