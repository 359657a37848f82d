"""Inputs that outgoing and incoming calls share: suspension, user information, notices."""

from __future__ import annotations

from typing import Final

from ..call import CallNotified, CallResumed, CallSuspended, UserInformation
from .isup_call import (
    SUSPENDED_HERE_NETWORK,
    SUSPENDED_HERE_USER,
    SUSPENDED_THERE_NETWORK,
    SUSPENDED_THERE_USER,
    Call,
    option,
    optional_part,
    user_user_octets,
)
from .isup_config import T2, T6, T38
from .isup_messages import IsupMessage
from .isup_parameters_base import (
    CAUSE_INDICATORS,
    GENERIC_NOTIFICATION,
    OCTET,
    SUSPEND_RESUME_INDICATORS,
    USER_TO_USER_INFORMATION,
)
from .isup_states import (
    IN_ANSWERED,
    IN_SUSPENDED,
    IN_WAIT_ACM,
    OUT_ANSWERED,
    OUT_SUSPENDED,
    OUTGOING,
)

_SUSPENDED_STATE: Final = {
    OUT_ANSWERED: OUT_SUSPENDED,
    OUT_SUSPENDED: OUT_SUSPENDED,
    IN_ANSWERED: IN_SUSPENDED,
    IN_SUSPENDED: IN_SUSPENDED,
}
_ANSWERED_STATE: Final = {OUT_SUSPENDED: OUT_ANSWERED, IN_SUSPENDED: IN_ANSWERED}


def suspend_received(call: Call, message: IsupMessage, now: int) -> None:
    """SUS: T6 if the network, T2 if the subscriber did it; we control the release (2.4.1)."""
    network = message.value(SUSPEND_RESUME_INDICATORS, 0) & 1 != 0
    bit = SUSPENDED_THERE_NETWORK if network else SUSPENDED_THERE_USER
    if call.suspended & bit:
        # Said again it must not start the timer again: the call would never be released.
        call.part.fault("unexpected_message", "SUS for what is suspended", "2.4.1", message.raw)
        return
    call.suspended |= bit
    if network and call.state in OUTGOING:
        call.start(T6, now)
    elif not network:
        call.start(T2, now)
    call.state = _SUSPENDED_STATE[call.state]
    call.part.happened.append(CallSuspended(call.handle, network))


def resume_received(call: Call, message: IsupMessage, now: int) -> None:
    """RES: the timer stops; when nobody suspends the call it is answered again (2.4.2)."""
    network = message.value(SUSPEND_RESUME_INDICATORS, 0) & 1 != 0
    bit = SUSPENDED_THERE_NETWORK if network else SUSPENDED_THERE_USER
    if not call.suspended & bit:
        call.part.fault("unexpected_message", "RES for what is not suspended", "2.4.2", message.raw)
        return
    call.suspended &= ~bit
    call.stop(T6 if network else T2)
    call.part.happened.append(CallResumed(call.handle, network))
    if not call.suspended:
        call.state = _ANSWERED_STATE[call.state]


def suspend_request(call: Call, network: bool, now: int) -> None:
    """SUS; an incoming international exchange supervises with T38 (2.4.1)."""
    bit = SUSPENDED_HERE_NETWORK if network else SUSPENDED_HERE_USER
    if call.suspended & bit:
        return
    call.suspended |= bit
    call.send(b"\x0d" + (b"\x01" if network else b"\x00") + optional_part(call.take_user_user()))
    if network and call.part.config.international and call.state not in OUTGOING:
        call.start(T38, now)
    call.state = _SUSPENDED_STATE[call.state]


def resume_request(call: Call, network: bool, now: int) -> None:
    """RES, for what we suspended (2.4.2)."""
    bit = SUSPENDED_HERE_NETWORK if network else SUSPENDED_HERE_USER
    if not call.suspended & bit:
        return
    call.suspended &= ~bit
    call.stop(T38)
    call.send(b"\x0e" + (b"\x01" if network else b"\x00") + optional_part(call.take_user_user()))
    if not call.suspended:
        call.state = _ANSWERED_STATE[call.state]


def suspension_expiry(call: Call, now: int) -> None:
    """T2, T6 or T38: the call was suspended for too long (2.4.3)."""
    call.release(call.part.config.variant.suspend_cause, now)


def user_information_received(call: Call, message: IsupMessage, now: int) -> None:
    """USR (Q.737.1)."""
    octets = message.parameters.get(USER_TO_USER_INFORMATION)
    if octets:
        call.part.happened.append(UserInformation(call.handle, octets[1:]))


def user_information_request(call: Call, data: bytes, now: int) -> None:
    """USR, once the number is complete (service 2 and 3 of Q.737.1)."""
    octets = user_user_octets(data)
    if octets:
        call.send(b"\x2d\x02\x00" + octets[1:])


def user_information_waits(call: Call, data: bytes, now: int) -> None:
    """It goes with the next message back (service 1 of Q.737.1)."""
    call.user_user = user_user_octets(data)


def notify_request(call: Call, indicator: int, now: int) -> None:
    """CPG with a generic notification (Q.763 3.25); before ACM there is no message for it."""
    contents = OCTET[0x80 | (indicator & 0x7F)]
    event = b"\x2c\x02"
    if call.state != IN_WAIT_ACM:
        call.send(event + optional_part(option(GENERIC_NOTIFICATION, contents)))


def progress_received(call: Call, message: IsupMessage, now: int) -> None:
    """CPG on an answered call: a notification (2.1.5, Q.732, Q.733)."""
    octets = message.parameters.get(GENERIC_NOTIFICATION)
    if octets:
        call.part.happened.append(CallNotified(call.handle, octets[0] & 0x7F))
    call.report_user_user(message)


def forward_transfer_request(call: Call, now: int) -> None:
    """FOT (2.1.9)."""
    call.send(b"\x08\x00")


def confusion_received(call: Call, message: IsupMessage, now: int) -> None:
    """CFN: the far end did not understand something; the call goes on (2.9.5)."""
    cause = message.cause() if message.has(CAUSE_INDICATORS) else None
    value = cause.value if cause is not None else 0
    call.part.fault("confusion", f"the far end sent CFN with cause {value}", "2.9.5", message.raw)


def service_ignored(call: Call, message: IsupMessage, now: int) -> None:
    """A message of a service that is not offered: discarded (2.9.5.1)."""
    call.part.count("service_messages_ignored")


def unexpected(call: Call, message: IsupMessage, now: int) -> None:
    """Discarded: a backward message has come or gone, the call goes on (2.9.5.1 d 2)."""
    call.part.fault(
        "unexpected_message",
        f"{message.name} in this state of the call",
        "2.9.5.1",
        message.raw,
    )
