"""Inputs that do not change a call's state: NOTIFY (5.9), INFORMATION, user-user, names.

Each function is one drawn input of a Call.
"""

from __future__ import annotations

from ..call import CallNotified, DigitsReceived
from ..call_line import CallerIdentified
from .elements import (
    FACILITY,
    KEYPAD_FACILITY,
    NOTIFICATION_INDICATOR,
    Facility,
    KeypadFacility,
    NotificationIndicator,
)
from .facility_name import calling_name
from .messages import Message
from .q931_call import (
    NOTIFY_OCTET,
    USER_INFORMATION_OCTET,
    Call,
    user_user_octets,
)


def notify_request(call: Call, indicator: int, now: int) -> None:
    """5.9: NOTIFY."""
    call.send(NOTIFY_OCTET, NotificationIndicator(indicator).octets)


def notify_received(call: Call, message: Message, now: int) -> None:
    """5.9: tell the application."""
    element = message.find(NOTIFICATION_INDICATOR)
    if isinstance(element, NotificationIndicator):
        call.layer3.happened.append(CallNotified(call.handle, element.description))


def user_information_request(call: Call, data: bytes, now: int) -> None:
    """7.1.6 (user-user signalling service 3): USER INFORMATION."""
    call.send(USER_INFORMATION_OCTET, user_user_octets(data))


def user_information_waits(call: Call, data: bytes, now: int) -> None:
    """7.1.4 (service 1): before the answer it goes with ALERTING or CONNECT."""
    call.user_user = user_user_octets(data)


def user_information_received(call: Call, message: Message, now: int) -> None:
    """7.1.6: tell the application."""
    call.report_user_user(message)


def information_received(call: Call, message: Message, now: int) -> None:
    """INFORMATION once the number is complete: keypad to the application, late digits dropped."""
    keypad = message.find(KEYPAD_FACILITY)
    if isinstance(keypad, KeypadFacility):
        call.layer3.happened.append(DigitsReceived(call.handle, "", True, keypad.text))


def facility_received(call: Call, message: Message, now: int) -> None:
    """SR-4994: the caller's name may follow the SETUP. No other service is offered (EN 300 196-1
    8.3): what else comes is passed over."""
    if not call.layer3.config.variant.facility_name:
        return
    for element in message.find_all(FACILITY):
        if isinstance(element, Facility):
            name = calling_name(element.components)
            if name:
                call.layer3.happened.append(
                    CallerIdentified(call.handle, None, name.decode("latin-1"), name, "ni2", None)
                )
