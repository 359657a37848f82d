"""The initial address message: from a request to octets and back (Q.763 table 32, Q.764 2.1).

Types of number of Q.931 stand for natures of address: international 1/4, national 2/3, network
specific 3/5, subscriber 4/1, unknown 0/2. Transfer capabilities stand for the transmission medium
requirement: speech, 64 kbit/s unrestricted, 3.1 kHz audio.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import (
    AUDIO_3K1,
    RESTRICTED,
    SPEECH,
    UNRESTRICTED,
    CallRequest,
    PartyNumber,
)
from .isup_call import Call, UserPart, option, user_user_octets
from .isup_messages import IsupMessage
from .isup_parameters_base import (
    ACCESS_TRANSPORT,
    CALLING_PARTY_NUMBER,
    CALLING_PARTYS_CATEGORY,
    HOP_COUNTER,
    NATURE_OF_CONNECTION,
    OCTET,
    OPTIONAL_FORWARD_CALL_INDICATORS,
    ORIGINAL_CALLED_NUMBER,
    PROPAGATION_DELAY_COUNTER,
    REDIRECTING_NUMBER,
    REDIRECTION_INFORMATION,
    TRANSMISSION_MEDIUM_REQUIREMENT,
    TRANSMISSION_MEDIUM_REQUIREMENT_PRIME,
    USER_SERVICE_INFORMATION,
    USER_SERVICE_INFORMATION_PRIME,
    USER_TO_USER_INFORMATION,
)
from .isup_parameters_number import Number, digit_octets

NAI_OF_TYPE: Final = (2, 4, 3, 5, 1, 2, 2, 2)
TYPE_OF_NAI: Final = (0, 4, 0, 2, 1, 3)

TMR_OF_BEARER: Final = {SPEECH: 0, UNRESTRICTED: 2, RESTRICTED: 2, AUDIO_3K1: 3, 0x11: 6}
TMR_PREFERRED: Final = 6
"""64 kbit/s preferred: speech or 3.1 kHz will do (fallback, Q.764 2.5)."""
BEARER_OF_TMR: Final = {0: SPEECH, 2: UNRESTRICTED, 3: AUDIO_3K1, 6: UNRESTRICTED}
BEARER_UNKNOWN: Final = -1
USI: Final = {
    SPEECH: b"\x80\x90\xa3",
    AUDIO_3K1: b"\x90\x90\xa3",
    UNRESTRICTED: b"\x88\x90",
    RESTRICTED: b"\x89\x90",
}
"""User service information (Q.763 3.57): bearer capability of Q.931, G.711 A-law for speech."""

MOST_ACCESS: Final = 200
"""Octets of access transport: with user-user information they fill an IAM and its SGM."""

CALL_DIVERTED: Final = 3
"""Redirecting indicator of 3.45."""


def nature_of(part: UserPart, number: PartyNumber) -> int:
    """Nature of address for a type of number."""
    kind = number.type_of_number
    return NAI_OF_TYPE[kind & 7] if kind else part.config.variant.national


def called_octets(part: UserPart, number: PartyNumber, digits: str, st: bool) -> bytes:
    """Contents of a called party number (3.9)."""
    signals = digits + "F" if st else digits
    second = number.plan << 4 | (0x80 if part.config.international else 0)
    first = nature_of(part, number) | (len(signals) & 1) << 7
    return OCTET[first] + OCTET[second & 0xFF] + digit_octets(signals)


def party_octets(part: UserPart, number: PartyNumber) -> bytes:
    """Contents of a calling or connected party number (3.10, 3.16): with its screening."""
    digits = number.digits
    first = nature_of(part, number) | (len(digits) & 1) << 7 if digits else 0
    second = number.plan << 4 | (number.presentation & 3) << 2 | (number.screening & 3)
    return OCTET[first] + OCTET[second & 0x7F] + digit_octets(digits)


def diverted_octets(part: UserPart, number: PartyNumber) -> bytes:
    """Contents of a redirecting or original called number (3.39, 3.44)."""
    digits = number.digits
    first = nature_of(part, number) | (len(digits) & 1) << 7
    second = number.plan << 4 | (number.presentation & 3) << 2
    return OCTET[first] + OCTET[second & 0x7F] + digit_octets(digits)


def party(number: Number | None) -> PartyNumber | None:
    """A number of ours from one of theirs."""
    if number is None:
        return None
    nai = number.nai
    return PartyNumber(
        number.digits,
        TYPE_OF_NAI[nai] if nai < 6 else 0,
        number.plan,
        number.presentation,
        number.screening,
    )


def optional_octets(part: UserPart, request: CallRequest) -> bytes:
    """The optional parameters of an IAM, in the order of their use at the far end."""
    config = part.config
    out = b""
    if request.calling is not None:
        out += option(CALLING_PARTY_NUMBER, party_octets(part, request.calling))
    if config.connected_line:
        out += b"\x08\x01\x80"
    if request.redirecting is not None:
        reason = request.redirect_reason
        information = (
            OCTET[CALL_DIVERTED] + OCTET[(reason & 15) << 4 | (request.redirect_count & 7)]
        )
        out += option(REDIRECTING_NUMBER, diverted_octets(part, request.redirecting))
        out += option(REDIRECTION_INFORMATION, information)
    if request.original_called is not None:
        out += option(ORIGINAL_CALLED_NUMBER, diverted_octets(part, request.original_called))
    if request.fallback >= 0:
        out += option(
            TRANSMISSION_MEDIUM_REQUIREMENT_PRIME, OCTET[TMR_OF_BEARER.get(request.fallback, 0)]
        )
        out += option(USER_SERVICE_INFORMATION, USI.get(request.fallback, USI[SPEECH]))
        out += option(USER_SERVICE_INFORMATION_PRIME, USI[UNRESTRICTED])
    elif request.bearer in (UNRESTRICTED, RESTRICTED):
        out += option(USER_SERVICE_INFORMATION, USI[request.bearer])
    hops = request.hop_counter or config.hop_counter
    if hops and config.variant.hop_counter:
        out += option(HOP_COUNTER, OCTET[hops & 31])
    if config.delay >= 0 and config.variant.delay:
        out += option(PROPAGATION_DELAY_COUNTER, config.delay.to_bytes(2, "big"))
    if request.access:
        out += option(ACCESS_TRANSPORT, request.access)
    if request.user_user:
        out += user_user_octets(request.user_user)
    return out


def initial_address(call: Call) -> bytes:
    """IAM from its type on, with all digits so far; LocalError for what no IAM can carry."""
    part = call.part
    config = part.config
    request = call.request
    assert request is not None
    nature = config.satellites | (0x10 if config.echo_control else 0)
    bearer = request.bearer
    if bearer not in TMR_OF_BEARER:
        known = ", ".join(f"{one:#x}" for one in TMR_OF_BEARER)
        raise LocalError(f"ISUP has no transmission medium for capability {bearer:#x}: {known}")
    if len(request.access) > MOST_ACCESS:
        raise LocalError(f"access is {len(request.access)} octets; at most {MOST_ACCESS}")
    # ISUP is required all the way for data, not required for speech (3.23, table Q.730).
    required = bearer in (UNRESTRICTED, RESTRICTED) and request.fallback < 0
    forward = (0xA0 if required else 0x60) | (1 if config.international else 0)
    tmr = TMR_PREFERRED if request.fallback >= 0 else TMR_OF_BEARER[bearer]
    st = call.complete and config.variant.send_st
    called = called_octets(part, request.called, call.digits, st)
    optional = optional_octets(part, request)
    return (
        b"\x01"
        + OCTET[nature]
        + OCTET[forward]
        + (b"\x01" if config.isdn_access else b"\0")
        + OCTET[request.category & 0xFF]
        + OCTET[tmr]
        + b"\x02"
        + (OCTET[len(called) + 2] if optional else b"\0")
        + OCTET[len(called)]
        + called
        + (optional + b"\0" if optional else b"")
    )


def with_check(iam: bytes) -> bytes:
    """The same IAM, saying that continuity is checked on this circuit (3.35)."""
    return iam[:1] + OCTET[iam[1] | 4] + iam[2:]


def bearer_of(message: IsupMessage) -> int:
    """The transfer capability that an IAM asks for, BEARER_UNKNOWN if it is none of ours."""
    octets = message.parameters.get(TRANSMISSION_MEDIUM_REQUIREMENT)
    return BEARER_OF_TMR.get(octets[0], BEARER_UNKNOWN) if octets else BEARER_UNKNOWN


def offered_request(call: Call, message: IsupMessage) -> CallRequest:
    """What an IAM asks for, with the digits that have come since."""
    parameters = message.parameters
    called = call.called
    nai = called.nai if called is not None else 0
    plan = called.plan if called is not None else 1
    user_user = parameters.get(USER_TO_USER_INFORMATION)
    redirection = parameters.get(REDIRECTION_INFORMATION, b"")
    prime = parameters.get(TRANSMISSION_MEDIUM_REQUIREMENT_PRIME)
    return CallRequest(
        PartyNumber(call.digits, TYPE_OF_NAI[nai] if nai < 6 else 0, plan),
        party(message.calling()) if CALLING_PARTY_NUMBER in parameters else None,
        call.circuit.cic,
        True,
        call.complete,
        bearer_of(message),
        "",
        "",
        user_user[1:] if user_user else b"",
        message.value(CALLING_PARTYS_CATEGORY),
        party(message.number(REDIRECTING_NUMBER)) if REDIRECTING_NUMBER in parameters else None,
        party(message.number(ORIGINAL_CALLED_NUMBER))
        if ORIGINAL_CALLED_NUMBER in parameters
        else None,
        redirection[1] >> 4 if len(redirection) > 1 else 0,
        redirection[1] & 7 if len(redirection) > 1 else 1,
        message.value(HOP_COUNTER, 0) & 31,
        BEARER_OF_TMR.get(prime[0], -1) if prime else -1,
        parameters.get(ACCESS_TRANSPORT, b""),
    )


def wants_connected_line(message: IsupMessage) -> bool:
    """Does the IAM ask who answered (3.38, bit H)?"""
    return message.value(OPTIONAL_FORWARD_CALL_INDICATORS, 0) & 0x80 != 0


def continuity_of(message: IsupMessage) -> int:
    """Continuity check indicator: 0 none, 1 on this circuit, 2 on a previous one (3.35)."""
    return message.value(NATURE_OF_CONNECTION, 0) >> 2 & 3
