"""Table 4-3/Q.931: each information element with its name, clause, length and reader."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from . import elements_address as address
from . import elements_bearer as bearer
from . import elements_call as call
from . import elements_packet as packet
from . import elements_text as text
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
    ESCAPE,
    FACILITY,
    HIGH_LAYER_COMPATIBILITY,
    INFORMATION_RATE,
    KEYPAD_FACILITY,
    LOW_LAYER_COMPATIBILITY,
    MESSAGE_SEGMENT,
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
    SHIFT,
    SIGNAL,
    TRANSIT_DELAY_SELECTION,
    TRANSIT_NETWORK_SELECTION,
    USER_USER,
    ContentError,
    Element,
    Malformed,
)


class Row:
    """A row of table 4-3. ``least`` and ``most``: octets of contents, not counting id and length.

    ``memo``: its few usual values are worth keeping decoded. ``access``: it is handed to the user
    at the far end as it is, so it may be dropped with cause 43 when too long (5.8.7.2).
    """

    def __init__(
        self,
        id: int,
        name: str,
        clause: str,
        least: int,
        most: int,
        read: Callable[[bytes], Element],
        memo: bool = False,
        access: bool = False,
    ) -> None:
        self.id: Final = id
        self.name: Final = name
        self.clause: Final = clause
        self.least: Final = least
        self.most: Final = most
        self.read: Final = read
        self.memo: Final = memo
        self.access: Final = access


_ANY: Final = 253
"""Most contents where the table says that the maximum length depends on the network."""

TABLE_4_3: Final[list[Row]] = [
    Row(SEGMENTED_MESSAGE, "Segmented message", "4.5.26", 2, 2, text.read_segmented_message),
    Row(
        BEARER_CAPABILITY, "Bearer capability", "4.5.5", 2, 10, bearer.read_bearer_capability, True
    ),
    Row(CAUSE, "Cause", "4.5.12", 2, 30, call.read_cause, True),
    Row(CALL_IDENTITY, "Call identity", "4.5.6", 1, 8, call.read_call_identity),
    Row(CALL_STATE, "Call state", "4.5.7", 1, 1, call.read_call_state, True),
    Row(
        CHANNEL_IDENTIFICATION,
        "Channel identification",
        "4.5.13",
        1,
        _ANY,
        call.read_channel_identification,
        True,
    ),
    Row(FACILITY, "Facility", "Q.932 8.2.3", 1, _ANY, text.read_facility),
    Row(
        PROGRESS_INDICATOR,
        "Progress indicator",
        "4.5.23",
        2,
        2,
        call.read_progress_indicator,
        True,
    ),
    Row(
        NETWORK_SPECIFIC_FACILITIES,
        "Network-specific facilities",
        "4.5.21",
        1,
        _ANY,
        address.read_network_specific_facilities,
        True,
    ),
    Row(
        NOTIFICATION_INDICATOR,
        "Notification indicator",
        "4.5.22",
        1,
        _ANY,
        call.read_notification_indicator,
        True,
    ),
    Row(DISPLAY, "Display", "4.5.16", 1, 80, text.read_display),
    Row(DATE_TIME, "Date/time", "4.5.15", 3, 6, text.read_date_time),
    Row(KEYPAD_FACILITY, "Keypad facility", "4.5.18", 1, 32, text.read_keypad_facility),
    Row(SIGNAL, "Signal", "4.5.28", 1, 1, call.read_signal, True),
    Row(INFORMATION_RATE, "Information rate", "4.6.3", 4, 4, packet.read_information_rate),
    Row(
        END_TO_END_TRANSIT_DELAY,
        "End-to-end transit delay",
        "4.6.2",
        3,
        9,
        packet.read_end_to_end_transit_delay,
    ),
    Row(
        TRANSIT_DELAY_SELECTION,
        "Transit delay selection and indication",
        "4.6.9",
        3,
        3,
        packet.read_transit_delay_selection,
    ),
    Row(
        PACKET_LAYER_BINARY_PARAMETERS,
        "Packet layer binary parameters",
        "4.6.4",
        1,
        1,
        packet.read_packet_layer_binary_parameters,
    ),
    Row(
        PACKET_LAYER_WINDOW_SIZE,
        "Packet layer window size",
        "4.6.5",
        1,
        2,
        packet.read_packet_layer_window_size,
    ),
    Row(PACKET_SIZE, "Packet size", "4.6.6", 1, 2, packet.read_packet_size),
    Row(CLOSED_USER_GROUP, "Closed user group", "4.6.1", 2, 5, packet.read_closed_user_group),
    Row(
        REVERSE_CHARGING, "Reverse charging indication", "4.6.8", 1, 1, packet.read_reverse_charging
    ),
    Row(
        CONNECTED_NUMBER,
        "Connected number",
        "Q.951.5 5.4.1",
        1,
        _ANY,
        address.read_connected_number,
    ),
    Row(
        CONNECTED_SUBADDRESS,
        "Connected subaddress",
        "Q.951.5 5.4.2",
        1,
        21,
        address.read_connected_subaddress,
        False,
        True,
    ),
    Row(
        CALLING_PARTY_NUMBER,
        "Calling party number",
        "4.5.10",
        1,
        _ANY,
        address.read_calling_party_number,
    ),
    Row(
        CALLING_PARTY_SUBADDRESS,
        "Calling party subaddress",
        "4.5.11",
        1,
        21,
        address.read_calling_party_subaddress,
        False,
        True,
    ),
    Row(
        CALLED_PARTY_NUMBER,
        "Called party number",
        "4.5.8",
        1,
        _ANY,
        address.read_called_party_number,
    ),
    Row(
        CALLED_PARTY_SUBADDRESS,
        "Called party subaddress",
        "4.5.9",
        1,
        21,
        address.read_called_party_subaddress,
        False,
        True,
    ),
    Row(
        REDIRECTING_NUMBER,
        "Redirecting number",
        "4.6.7",
        1,
        _ANY,
        address.read_redirecting_number,
    ),
    Row(
        REDIRECTION_NUMBER,
        "Redirection number",
        "Q.952",
        1,
        _ANY,
        address.read_redirection_number,
    ),
    Row(
        TRANSIT_NETWORK_SELECTION,
        "Transit network selection",
        "4.5.29",
        1,
        _ANY,
        address.read_transit_network_selection,
    ),
    Row(RESTART_INDICATOR, "Restart indicator", "4.5.25", 1, 1, call.read_restart_indicator, True),
    Row(
        LOW_LAYER_COMPATIBILITY,
        "Low layer compatibility",
        "4.5.19",
        2,
        16,
        bearer.read_low_layer_compatibility,
        True,
        True,
    ),
    Row(
        HIGH_LAYER_COMPATIBILITY,
        "High layer compatibility",
        "4.5.17",
        2,
        3,
        bearer.read_high_layer_compatibility,
        True,
        True,
    ),
    Row(USER_USER, "User-user", "4.5.30", 1, 129, text.read_user_user, False, True),
]

NAMES: Final[dict[int, str]] = {row.id: row.name for row in TABLE_4_3} | {
    SHIFT: "Shift",
    MORE_DATA: "More data",
    SENDING_COMPLETE: "Sending complete",
    CONGESTION_LEVEL: "Congestion level",
    REPEAT_INDICATOR: "Repeat indicator",
    ESCAPE: "Escape for extension",
    MESSAGE_SEGMENT: "Message segment",
}
"""Elements of codeset 0 by identifier."""

OTHER_NAMES: Final[dict[int, str]] = {
    0x0D: "Extended facility",
    0x32: "Information request",
    0x36: "Switchhook",
    0x38: "Feature activation",
    0x39: "Feature indication",
    0x3A: "Service profile identification",
    0x3B: "Endpoint identifier",
}
"""Elements of Q.932 that are not read, by name for people."""

_MEMO_LIMIT: Final = 256


def _rows() -> list[Row | None]:
    by_id: list[Row | None] = [None] * 128
    for row in TABLE_4_3:
        by_id[row.id] = row
    return by_id


ROWS: Final = _rows()
MEMO: Final[list[dict[bytes, Element]]] = [{} for _ in range(128)]
"""For each identifier, elements already decoded by their octets; see ``Row.memo``."""


def name_of(id: int, codeset: int = 0) -> str:
    """An element's name, or its identifier in hexadecimal."""
    if codeset == 0 and id in NAMES:
        return NAMES[id]
    if codeset == 0:
        return OTHER_NAMES.get(id, f"unknown element 0x{id:02x}")
    return f"element 0x{id:02x} of codeset {codeset}"


def read(id: int, octets: bytes) -> Element:
    """The codeset 0 element that ``octets`` (identifier, length, contents) are.

    Malformed if its clause is not followed; a plain Element if it is empty or unknown.
    """
    row = ROWS[id]
    length = len(octets) - 2
    if row is None or length == 0:
        return Element(id, 0, octets)
    if length < row.least:
        return Malformed(id, 0, octets, f"too short: {length} of {row.least} octets ({row.clause})")
    if length > row.most:
        return Malformed(id, 0, octets, f"too long: {length} of {row.most} octets ({row.clause})")
    try:
        element = row.read(octets)
    except ContentError as error:
        return Malformed(id, 0, octets, f"{error} ({row.clause})")
    except IndexError:
        return Malformed(id, 0, octets, f"ends within an extended octet ({row.clause})")
    if row.memo:
        memo = MEMO[id]
        if len(memo) < _MEMO_LIMIT:
            memo[octets] = element
    return element
