"""Messages of Q.931 and Q.932: types (table 4-2), names, and the elements each may have (3.1).

Rows of data. ``CONTENTS[type][id]``: 0 the element is not of this message, 1 optional,
2 mandatory. Conditional elements ("mandatory in the first response", "in the first clearing
message") are optional here; call control knows which message was the first.
"""

from __future__ import annotations

from typing import Final

from .elements_base import (
    BEARER_CAPABILITY,
    CALL_IDENTITY,
    CALL_STATE,
    CALLED_PARTY_NUMBER,
    CALLED_PARTY_SUBADDRESS,
    CALLING_PARTY_NUMBER,
    CALLING_PARTY_SUBADDRESS,
    CAUSE,
    CHANNEL_IDENTIFICATION,
    CLOSED_USER_GROUP,
    CONGESTION_LEVEL,
    CONNECTED_NUMBER,
    CONNECTED_SUBADDRESS,
    DATE_TIME,
    DISPLAY,
    END_TO_END_TRANSIT_DELAY,
    HIGH_LAYER_COMPATIBILITY,
    INFORMATION_RATE,
    KEYPAD_FACILITY,
    LOW_LAYER_COMPATIBILITY,
    MORE_DATA,
    NETWORK_SPECIFIC_FACILITIES,
    NOTIFICATION_INDICATOR,
    PACKET_LAYER_BINARY_PARAMETERS,
    PACKET_LAYER_WINDOW_SIZE,
    PACKET_SIZE,
    PROGRESS_INDICATOR,
    REDIRECTING_NUMBER,
    REDIRECTION_NUMBER,
    REPEAT_INDICATOR,
    RESTART_INDICATOR,
    REVERSE_CHARGING,
    SEGMENTED_MESSAGE,
    SENDING_COMPLETE,
    SIGNAL,
    TRANSIT_DELAY_SELECTION,
    TRANSIT_NETWORK_SELECTION,
    USER_USER,
)
from .elements_base import FACILITY as FACILITY_ELEMENT

ALERTING: Final = 0x01
CALL_PROCEEDING: Final = 0x02
PROGRESS: Final = 0x03
SETUP: Final = 0x05
CONNECT: Final = 0x07
SETUP_ACKNOWLEDGE: Final = 0x0D
CONNECT_ACKNOWLEDGE: Final = 0x0F
USER_INFORMATION: Final = 0x20
SUSPEND_REJECT: Final = 0x21
RESUME_REJECT: Final = 0x22
HOLD: Final = 0x24
SUSPEND: Final = 0x25
RESUME: Final = 0x26
HOLD_ACKNOWLEDGE: Final = 0x28
SUSPEND_ACKNOWLEDGE: Final = 0x2D
RESUME_ACKNOWLEDGE: Final = 0x2E
HOLD_REJECT: Final = 0x30
RETRIEVE: Final = 0x31
RETRIEVE_ACKNOWLEDGE: Final = 0x33
RETRIEVE_REJECT: Final = 0x37
DISCONNECT: Final = 0x45
RESTART: Final = 0x46
RELEASE: Final = 0x4D
RESTART_ACKNOWLEDGE: Final = 0x4E
RELEASE_COMPLETE: Final = 0x5A
SEGMENT: Final = 0x60
FACILITY: Final = 0x62
REGISTER: Final = 0x64
NOTIFY: Final = 0x6E
STATUS_ENQUIRY: Final = 0x75
CONGESTION_CONTROL: Final = 0x79
INFORMATION: Final = 0x7B
STATUS: Final = 0x7D

NAMES: Final[dict[int, str]] = {
    ALERTING: "ALERTING",
    CALL_PROCEEDING: "CALL PROCEEDING",
    PROGRESS: "PROGRESS",
    SETUP: "SETUP",
    CONNECT: "CONNECT",
    SETUP_ACKNOWLEDGE: "SETUP ACKNOWLEDGE",
    CONNECT_ACKNOWLEDGE: "CONNECT ACKNOWLEDGE",
    USER_INFORMATION: "USER INFORMATION",
    SUSPEND_REJECT: "SUSPEND REJECT",
    RESUME_REJECT: "RESUME REJECT",
    HOLD: "HOLD",
    SUSPEND: "SUSPEND",
    RESUME: "RESUME",
    HOLD_ACKNOWLEDGE: "HOLD ACKNOWLEDGE",
    SUSPEND_ACKNOWLEDGE: "SUSPEND ACKNOWLEDGE",
    RESUME_ACKNOWLEDGE: "RESUME ACKNOWLEDGE",
    HOLD_REJECT: "HOLD REJECT",
    RETRIEVE: "RETRIEVE",
    RETRIEVE_ACKNOWLEDGE: "RETRIEVE ACKNOWLEDGE",
    RETRIEVE_REJECT: "RETRIEVE REJECT",
    DISCONNECT: "DISCONNECT",
    RESTART: "RESTART",
    RELEASE: "RELEASE",
    RESTART_ACKNOWLEDGE: "RESTART ACKNOWLEDGE",
    RELEASE_COMPLETE: "RELEASE COMPLETE",
    SEGMENT: "SEGMENT",
    FACILITY: "FACILITY",
    REGISTER: "REGISTER",
    NOTIFY: "NOTIFY",
    STATUS_ENQUIRY: "STATUS ENQUIRY",
    CONGESTION_CONTROL: "CONGESTION CONTROL",
    INFORMATION: "INFORMATION",
    STATUS: "STATUS",
}


def name_of(type: int) -> str:
    """A message type's name, or its number in hexadecimal."""
    name = NAMES.get(type)
    if name is not None:
        return name
    if type > 0xFF:
        return f"national message type 0x{type & 0xFF:02x}"
    return f"unknown message type 0x{type:02x}"


_SETUP_OPTIONAL: Final = (
    REPEAT_INDICATOR,
    SENDING_COMPLETE,
    CHANNEL_IDENTIFICATION,
    FACILITY_ELEMENT,
    PROGRESS_INDICATOR,
    NETWORK_SPECIFIC_FACILITIES,
    NOTIFICATION_INDICATOR,
    DISPLAY,
    DATE_TIME,
    KEYPAD_FACILITY,
    SIGNAL,
    INFORMATION_RATE,
    END_TO_END_TRANSIT_DELAY,
    TRANSIT_DELAY_SELECTION,
    PACKET_LAYER_BINARY_PARAMETERS,
    PACKET_LAYER_WINDOW_SIZE,
    PACKET_SIZE,
    CLOSED_USER_GROUP,
    REVERSE_CHARGING,
    CALLING_PARTY_NUMBER,
    CALLING_PARTY_SUBADDRESS,
    CALLED_PARTY_NUMBER,
    CALLED_PARTY_SUBADDRESS,
    REDIRECTING_NUMBER,
    TRANSIT_NETWORK_SELECTION,
    LOW_LAYER_COMPATIBILITY,
    HIGH_LAYER_COMPATIBILITY,
    USER_USER,
)

_PACKET_ANSWER: Final = (
    INFORMATION_RATE,
    END_TO_END_TRANSIT_DELAY,
    TRANSIT_DELAY_SELECTION,
    PACKET_LAYER_BINARY_PARAMETERS,
    PACKET_LAYER_WINDOW_SIZE,
    PACKET_SIZE,
)
"""What CONNECT may carry in a packet-mode call (table 3-22 and following)."""

_ANSWER: Final = (
    BEARER_CAPABILITY,
    CHANNEL_IDENTIFICATION,
    FACILITY_ELEMENT,
    PROGRESS_INDICATOR,
    NOTIFICATION_INDICATOR,
    DISPLAY,
    DATE_TIME,
    SIGNAL,
    CONNECTED_NUMBER,
    CONNECTED_SUBADDRESS,
    REDIRECTION_NUMBER,
    LOW_LAYER_COMPATIBILITY,
    HIGH_LAYER_COMPATIBILITY,
    USER_USER,
)
_CLEARING: Final = (FACILITY_ELEMENT, NOTIFICATION_INDICATOR, DISPLAY, SIGNAL, USER_USER)

ROWS: Final[list[tuple[int, str, tuple[int, ...], tuple[int, ...]]]] = [
    # type, clause, mandatory, optional
    (ALERTING, "3.1.1", (), _ANSWER),
    (CALL_PROCEEDING, "3.1.2", (), _ANSWER),
    (CONNECT, "3.1.3", (), _ANSWER + _PACKET_ANSWER),
    (
        CONNECT_ACKNOWLEDGE,
        "3.1.4",
        (),
        (CHANNEL_IDENTIFICATION, DISPLAY, SIGNAL, NOTIFICATION_INDICATOR),
    ),
    (DISCONNECT, "3.1.5", (CAUSE,), (PROGRESS_INDICATOR, *_CLEARING)),
    (
        INFORMATION,
        "3.1.6",
        (),
        (
            SENDING_COMPLETE,
            DISPLAY,
            KEYPAD_FACILITY,
            SIGNAL,
            CALLED_PARTY_NUMBER,
        ),
    ),
    (
        NOTIFY,
        "3.1.7",
        (NOTIFICATION_INDICATOR,),
        (BEARER_CAPABILITY, FACILITY_ELEMENT, DISPLAY, CONNECTED_NUMBER, REDIRECTION_NUMBER),
    ),
    (
        PROGRESS,
        "3.1.8",
        (PROGRESS_INDICATOR,),
        (
            BEARER_CAPABILITY,
            CAUSE,
            CHANNEL_IDENTIFICATION,
            FACILITY_ELEMENT,
            NOTIFICATION_INDICATOR,
            DISPLAY,
            SIGNAL,
            CONNECTED_NUMBER,
            REDIRECTION_NUMBER,
            HIGH_LAYER_COMPATIBILITY,
            USER_USER,
        ),
    ),
    (RELEASE, "3.1.9", (), (CAUSE, *_CLEARING)),
    (RELEASE_COMPLETE, "3.1.10", (), (CAUSE, *_CLEARING)),
    (RESUME, "3.1.11", (), (CALL_IDENTITY,)),
    (RESUME_ACKNOWLEDGE, "3.1.12", (CHANNEL_IDENTIFICATION,), (DISPLAY,)),
    (RESUME_REJECT, "3.1.13", (CAUSE,), (DISPLAY,)),
    (SETUP, "3.1.14", (BEARER_CAPABILITY,), _SETUP_OPTIONAL),
    (
        SETUP_ACKNOWLEDGE,
        "3.1.15",
        (),
        (CHANNEL_IDENTIFICATION, FACILITY_ELEMENT, PROGRESS_INDICATOR, DISPLAY, SIGNAL),
    ),
    (STATUS, "3.1.16", (CAUSE, CALL_STATE), (DISPLAY,)),
    (STATUS_ENQUIRY, "3.1.17", (), (DISPLAY,)),
    (SUSPEND, "3.1.18", (), (CALL_IDENTITY,)),
    (SUSPEND_ACKNOWLEDGE, "3.1.19", (), (DISPLAY,)),
    (SUSPEND_REJECT, "3.1.20", (CAUSE,), (DISPLAY,)),
    (CONGESTION_CONTROL, "3.3.2", (CONGESTION_LEVEL, CAUSE), (DISPLAY,)),
    (USER_INFORMATION, "3.3.13", (USER_USER,), (MORE_DATA,)),
    (RESTART, "3.4.1", (RESTART_INDICATOR,), (CHANNEL_IDENTIFICATION, DISPLAY)),
    (RESTART_ACKNOWLEDGE, "3.4.2", (RESTART_INDICATOR,), (CHANNEL_IDENTIFICATION, DISPLAY)),
    (SEGMENT, "3.5.1", (SEGMENTED_MESSAGE,), ()),
    (FACILITY, "Q.932 7.1.1", (FACILITY_ELEMENT,), (DISPLAY,)),
    (HOLD, "Q.932 7.1.2", (), (DISPLAY,)),
    (HOLD_ACKNOWLEDGE, "Q.932 7.1.3", (), (DISPLAY,)),
    (HOLD_REJECT, "Q.932 7.1.4", (CAUSE,), (DISPLAY,)),
    (REGISTER, "Q.932 7.1.5", (), (FACILITY_ELEMENT, DISPLAY)),
    (RETRIEVE, "Q.932 7.1.6", (), (CHANNEL_IDENTIFICATION, DISPLAY)),
    (RETRIEVE_ACKNOWLEDGE, "Q.932 7.1.7", (CHANNEL_IDENTIFICATION,), (DISPLAY,)),
    (RETRIEVE_REJECT, "Q.932 7.1.8", (CAUSE,), (DISPLAY,)),
]

REPEATS: Final[dict[int, int]] = {
    # id: how often at most
    CAUSE: 2,  # Q.850 2.1
    PROGRESS_INDICATOR: 3,  # 4.5.23: twice; ETS 300 403-1: three times
    NETWORK_SPECIFIC_FACILITIES: 4,  # 4.5.21
    TRANSIT_NETWORK_SELECTION: 4,  # annex C.1
    NOTIFICATION_INDICATOR: 255,  # Q.953
    FACILITY_ELEMENT: 255,  # Q.932 8.2.3
    DISPLAY: 255,  # ETS 300 403-1 4.5.16
    CALLING_PARTY_NUMBER: 2,  # ETS 300 092-1: user's and network's number
    REDIRECTING_NUMBER: 2,  # Q.952
}
"""Elements that may come more than once in a message."""

REPEATS_AS_INDICATED: Final[dict[int, int]] = {
    BEARER_CAPABILITY: 2,  # 5.11
    HIGH_LAYER_COMPATIBILITY: 2,  # 5.12
    LOW_LAYER_COMPATIBILITY: 4,  # 4.5.19
}
"""Elements that may come more than once after a repeat indicator (4.5.24)."""


def _contents() -> list[bytes]:
    """For each type (0 to 0x1FF) a table by identifier; of an unknown type all may be there."""
    tables = [b"\x01" * 256] * 0x200
    for type, _, mandatory, optional in ROWS:
        table = bytearray(256)
        for id in optional:
            table[id] = 1
        for id in mandatory:
            table[id] = 2
        tables[type] = bytes(table)
    return tables


def _mandatory() -> list[tuple[int, ...]]:
    mandatory: list[tuple[int, ...]] = [()] * 0x200
    for type, _, ids, _ in ROWS:
        mandatory[type] = ids
    return mandatory


CONTENTS: Final = _contents()
MANDATORY: Final = _mandatory()
MANDATORY_COUNT: Final = [len(ids) for ids in MANDATORY]
