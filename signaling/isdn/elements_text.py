"""Elements that carry text or octets for people, users and services."""

from __future__ import annotations

from typing import Final

from .elements_base import (
    DATE_TIME,
    DISPLAY,
    FACILITY,
    KEYPAD_FACILITY,
    OCTET,
    SEGMENTED_MESSAGE,
    USER_USER,
    ContentError,
    Element,
    check_range,
    framed,
    ia5,
    to_ia5,
)


class Display(Element):
    """Display (4.5.16): IA5 text for a person.

    ``type`` is octet 3 without its extension bit where networks put one before the text (a
    display type with bit 8 set, as QSIG and North American ones do), else -1.
    """

    def __init__(self, text: str, type: int = -1, octets: bytes = b"") -> None:
        if not octets:
            contents = to_ia5("display", text)
            if type >= 0:
                check_range("display type", type, 127)
                contents = OCTET[0x80 | type] + contents
            octets = framed(DISPLAY, contents)
        super().__init__(DISPLAY, 0, octets)
        self.text: Final = text
        self.type: Final = type


def read_display(octets: bytes) -> Element:
    """Display from the wire. National sets with bit 8 used are shown as ISO 8859-1."""
    octet3 = octets[2]
    if octet3 >= 0x80 and octets[3:].isascii():
        return Display(octets[3:].decode("ascii"), octet3 & 0x7F, octets)
    return Display(octets[2:].decode("latin-1"), -1, octets)


class KeypadFacility(Element):
    """Keypad facility (4.5.18): IA5 characters as keyed by the user."""

    def __init__(self, text: str, octets: bytes = b"") -> None:
        if not octets:
            octets = framed(KEYPAD_FACILITY, to_ia5("keypad", text))
        super().__init__(KEYPAD_FACILITY, 0, octets)
        self.text: Final = text


def read_keypad_facility(octets: bytes) -> Element:
    """Keypad facility from the wire."""
    return KeypadFacility(ia5("keypad", octets[2:]), octets)


class UserUser(Element):
    """User-user (4.5.30). ``protocol``: 0 user-specific, 4 IA5 characters …"""

    def __init__(self, protocol: int, data: bytes, octets: bytes = b"") -> None:
        if not octets:
            check_range("user-user protocol discriminator", protocol, 255)
            octets = framed(USER_USER, OCTET[protocol] + data)
        super().__init__(USER_USER, 0, octets)
        self.protocol: Final = protocol
        self.data: Final = data


def read_user_user(octets: bytes) -> Element:
    """User-user from the wire."""
    return UserUser(octets[2], octets[3:], octets)


class DateTime(Element):
    """Date/time (4.5.15). ``year`` is of the century; the time of day may be -1: not said."""

    def __init__(
        self,
        year: int,
        month: int,
        day: int,
        hour: int = -1,
        minute: int = -1,
        second: int = -1,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            check_range("year of the century", year, 99)
            check_range("month", month, 12)
            check_range("day", day, 31)
            contents = OCTET[year] + OCTET[month] + OCTET[day]
            if hour >= 0:
                check_range("hour", hour, 23)
                contents += OCTET[hour]
                if minute >= 0:
                    check_range("minute", minute, 59)
                    contents += OCTET[minute]
                    if second >= 0:
                        check_range("second", second, 59)
                        contents += OCTET[second]
            octets = framed(DATE_TIME, contents)
        super().__init__(DATE_TIME, 0, octets)
        self.year: Final = year
        self.month: Final = month
        self.day: Final = day
        self.hour: Final = hour
        self.minute: Final = minute
        self.second: Final = second


def read_date_time(octets: bytes) -> Element:
    """Date/time from the wire."""
    year, month, day = octets[2], octets[3], octets[4]
    if not (year < 100 and 0 < month < 13 and 0 < day < 32):
        raise ContentError(f"no such date: year {year}, month {month}, day {day}")
    end = len(octets)
    hour = octets[5] if end > 5 else -1
    minute = octets[6] if end > 6 else -1
    second = octets[7] if end > 7 else -1
    if hour > 23 or minute > 59 or second > 59:
        raise ContentError(f"no such time: hour {hour}, minute {minute}, second {second}")
    return DateTime(year, month, day, hour, minute, second, octets)


class SegmentedMessage(Element):
    """Segmented message (4.5.26): a part of a message of ``type``, ``remaining`` to follow."""

    def __init__(self, first: bool, remaining: int, type: int, octets: bytes = b"") -> None:
        if not octets:
            check_range("number of segments remaining", remaining, 127)
            check_range("segmented message type", type, 127)
            octet3 = (0x80 if first else 0) | remaining
            octets = framed(SEGMENTED_MESSAGE, OCTET[octet3] + OCTET[type])
        super().__init__(SEGMENTED_MESSAGE, 0, octets)
        self.first: Final = first
        self.remaining: Final = remaining
        self.type: Final = type


def read_segmented_message(octets: bytes) -> Element:
    """Segmented message from the wire."""
    return SegmentedMessage(octets[2] >= 0x80, octets[2] & 0x7F, octets[3] & 0x7F, octets)


class Facility(Element):
    """Facility (Q.932 8.2.3): ``profile`` 17 is remote operations; ``components`` stay raw."""

    def __init__(self, profile: int, components: bytes, octets: bytes = b"") -> None:
        if not octets:
            check_range("protocol profile", profile, 31)
            octets = framed(FACILITY, OCTET[0x80 | profile] + components)
        super().__init__(FACILITY, 0, octets)
        self.profile: Final = profile
        self.components: Final = components


def read_facility(octets: bytes) -> Element:
    """Facility from the wire."""
    return Facility(octets[2] & 0x1F, octets[3:], octets)
