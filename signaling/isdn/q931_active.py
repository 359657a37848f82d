"""Inputs that do not change a call's state: NOTIFY (5.9), INFORMATION, user-user information.

Each function is one drawn input of a Call.
"""

from __future__ import annotations

from ..call import CallNotified, DigitsReceived
from .elements import (
    KEYPAD_FACILITY,
    NOTIFICATION_INDICATOR,
    KeypadFacility,
    NotificationIndicator,
)
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
