"""Caller identity messages over FSK: Bellcore GR-30 and ETSI EN 300 659-3 (ES 200 778).

A message is a type, a length of at most 255, the contents and a checksum that makes the sum of all
octets 0 modulo 256. In the single data message format (SDMF) the contents are the date, time and
number; in the multiple format (MDMF) they are parameters, each a type, a length and its octets.
What the modem brings (characters, carrier) goes into CallerIdReceiver; nothing here does I/O.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError

# Message types (GR-30 table 2-1, EN 300 659-3 table 1).
SDMF_CALL: Final = 0x04
SDMF_WAITING: Final = 0x06
CALL_SETUP: Final = 0x80
MESSAGE_WAITING: Final = 0x82
CHARGE: Final = 0x86
SHORT_MESSAGE: Final = 0x89
MESSAGE_TYPES: Final = frozenset(
    (SDMF_CALL, SDMF_WAITING, CALL_SETUP, MESSAGE_WAITING, CHARGE, SHORT_MESSAGE)
)

# Parameter types (EN 300 659-3 clause 5.4; GR-30 has 1 to 8 and 11 in common with it).
DATE_TIME: Final = 0x01
CALLING_NUMBER: Final = 0x02
CALLED_NUMBER: Final = 0x03
NUMBER_ABSENT: Final = 0x04
REDIRECTION_REASON: Final = 0x05
QUALIFIER: Final = 0x06
CALLING_NAME: Final = 0x07
NAME_ABSENT: Final = 0x08
VISUAL_INDICATOR: Final = 0x0B
MESSAGE_IDENTIFICATION: Final = 0x0D
LAST_CALL_NUMBER: Final = 0x0E
COMPLEMENTARY_DATE_TIME: Final = 0x0F
COMPLEMENTARY_NUMBER: Final = 0x10
CALL_TYPE: Final = 0x11
FIRST_CALLED_NUMBER: Final = 0x12
MESSAGES: Final = 0x13
FORWARDED_TYPE: Final = 0x15
CALLING_USER_TYPE: Final = 0x16
REDIRECTING_NUMBER: Final = 0x1A
CHARGE_AMOUNT: Final = 0x20
DURATION: Final = 0x23
NETWORK_PROVIDER: Final = 0x30
CARRIER_IDENTITY: Final = 0x31
DISPLAY: Final = 0x50

LAMP_ON: Final = b"BBB"
LAMP_OFF: Final = b"ooo"
"""Contents of SDMF_WAITING (GR-1401): 42 or 6F hex, three times."""

# Reasons of absence of number and name.
UNAVAILABLE: Final = "O"
PRIVATE: Final = "P"

LONGEST: Final = 255
"""Octets of contents at most."""

# What was wrong with a message.
CHECKSUM: Final = 1
CUT_SHORT: Final = 2
CONTENTS: Final = 3


class Parameter:
    """A parameter of an MDMF message, of whatever type."""

    def __init__(self, kind: int, octets: bytes) -> None:
        self.kind: Final = kind
        self.octets: Final = octets

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Parameter) and self.kind == other.kind and self.octets == other.octets
        )

    def __hash__(self) -> int:
        return hash((self.kind, self.octets))

    def __repr__(self) -> str:
        return f"Parameter({self.kind:#04x}, {self.octets!r})"


class CallerIdMessage:
    """A message with a right checksum. What could not be read stays in ``parameters`` and ``raw``.

    ``date_time`` is month, day, hour, minute, or None. ``number`` and ``name`` are empty when
    absent; then ``number_absent`` and ``name_absent`` are the reason letters that were sent.
    """

    def __init__(self, kind: int, parameters: list[Parameter], raw: bytes) -> None:
        self.kind: Final = kind
        self.parameters: Final = parameters
        self.raw: Final = raw
        self.number: Final = self.text(CALLING_NUMBER)
        self.name: Final = self.text(CALLING_NAME)
        self.number_absent: Final = self.text(NUMBER_ABSENT)
        self.name_absent: Final = self.text(NAME_ABSENT)
        self.called_number: Final = self.text(CALLED_NUMBER)
        self.date_time: Final = read_date_time(self.octets(DATE_TIME))

    def octets(self, kind: int) -> bytes:
        """The octets of the first parameter of a type; empty when there is none."""
        for parameter in self.parameters:
            if parameter.kind == kind:
                return parameter.octets
        return b""

    def text(self, kind: int) -> str:
        """The characters of a parameter; octets above 127 as in ISO 8859-1."""
        return self.octets(kind).decode("latin-1")

    @property
    def waiting(self) -> bool | None:
        """Whether messages wait; None when the message does not say (GR-30: 255 on, 0 off)."""
        octets = self.octets(VISUAL_INDICATOR)
        return octets[0] != 0 if octets else None

    def __repr__(self) -> str:
        return f"CallerIdMessage({self.kind:#04x}, {self.parameters!r})"


class CallerIdFault:
    """Something that began as a message and was none: CHECKSUM, CUT_SHORT or CONTENTS."""

    def __init__(self, fault: int, raw: bytes) -> None:
        self.fault: Final = fault
        self.raw: Final = raw

    def __repr__(self) -> str:
        return f"CallerIdFault({self.fault}, {self.raw!r})"


Event = CallerIdMessage | CallerIdFault


def checksum(octets: bytes) -> int:
    """The octet that makes the sum of all 0 modulo 256."""
    return -sum(octets) & 0xFF


def read_date_time(octets: bytes) -> tuple[int, int, int, int] | None:
    """Month, day, hour, minute from eight digits; None when they are no date and time."""
    if len(octets) != 8 or not octets.isdigit():
        return None
    month, day = int(octets[0:2]), int(octets[2:4])
    hour, minute = int(octets[4:6]), int(octets[6:8])
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour <= 23 and minute <= 59):
        return None
    return month, day, hour, minute


def date_time(month: int, day: int, hour: int, minute: int) -> bytes:
    """Eight digits (EN 300 659-3 5.4.1)."""
    octets = f"{month:02d}{day:02d}{hour:02d}{minute:02d}".encode()
    if read_date_time(octets) is None:
        raise LocalError(f"{month}-{day} {hour}:{minute} is no date and time")
    return octets


def encode(kind: int, parameters: list[Parameter]) -> bytes:
    """An MDMF message with its checksum.

    Raises LocalError when an octet count or type is beyond 255.
    """
    contents = bytearray()
    for parameter in parameters:
        if not 0 <= parameter.kind <= 255 or len(parameter.octets) > LONGEST:
            raise LocalError(
                f"parameter {parameter.kind:#x} of {len(parameter.octets)} octets: give a type "
                f"of 0 to 255 and at most {LONGEST} octets"
            )
        contents += bytes((parameter.kind, len(parameter.octets))) + parameter.octets
    return _closed(kind, bytes(contents))


def encode_single(kind: int, contents: bytes) -> bytes:
    """An SDMF message with its checksum."""
    return _closed(kind, contents)


def _closed(kind: int, contents: bytes) -> bytes:
    if not 0 <= kind <= 255 or len(contents) > LONGEST:
        raise LocalError(
            f"message {kind:#x} with {len(contents)} octets of contents: give a type of 0 to 255 "
            f"and at most {LONGEST} octets"
        )
    octets = bytes((kind, len(contents))) + contents
    return octets + bytes((checksum(octets),))


def _text_octets(text: str, most: int, what: str) -> bytes:
    try:
        octets = text.encode("latin-1")
    except UnicodeEncodeError:
        raise LocalError(f"{what} {text!r}: give characters of ISO 8859-1") from None
    if len(octets) > most:
        raise LocalError(f"{what} {text!r} is longer than {most} characters")
    return octets


def call_setup(
    number: str = "",
    name: str = "",
    when: tuple[int, int, int, int] | None = None,
    number_absent: str = UNAVAILABLE,
    name_absent: str = "",
) -> bytes:
    """A call set-up message (MDMF) as EN 300 659-3 clause 5.2 and GR-30 want it.

    Without a number its reason of absence is sent; without a name that only when it is given.
    Numbers have up to 20 characters, names up to 50.
    """
    parameters: list[Parameter] = []
    if when is not None:
        parameters.append(Parameter(DATE_TIME, date_time(when[0], when[1], when[2], when[3])))
    if number:
        parameters.append(Parameter(CALLING_NUMBER, _text_octets(number, 20, "number")))
    else:
        parameters.append(Parameter(NUMBER_ABSENT, _text_octets(number_absent, 1, "reason")))
    if name:
        parameters.append(Parameter(CALLING_NAME, _text_octets(name, 50, "name")))
    elif name_absent:
        parameters.append(Parameter(NAME_ABSENT, _text_octets(name_absent, 1, "reason")))
    return encode(CALL_SETUP, parameters)


def single_call(
    when: tuple[int, int, int, int], number: str = "", absent: str = UNAVAILABLE
) -> bytes:
    """A caller identity message in SDMF (GR-30): date, time, number or reason of its absence."""
    text = _text_octets(number, 20, "number") if number else _text_octets(absent, 1, "reason")
    return encode_single(SDMF_CALL, date_time(when[0], when[1], when[2], when[3]) + text)


def _read_single(kind: int, contents: bytes) -> list[Parameter]:
    """SDMF's contents as the parameters that MDMF would have."""
    if kind == SDMF_WAITING:
        if contents in (LAMP_ON, LAMP_OFF):
            return [Parameter(VISUAL_INDICATOR, b"\xff" if contents == LAMP_ON else b"\0")]
        return [Parameter(VISUAL_INDICATOR, contents[:1])] if contents else []
    parameters: list[Parameter] = []
    if contents[:8]:
        parameters.append(Parameter(DATE_TIME, contents[:8]))
    text = contents[8:]
    if len(text) == 1 and text.isalpha():
        parameters.append(Parameter(NUMBER_ABSENT, text))
    elif text:
        parameters.append(Parameter(CALLING_NUMBER, text))
    return parameters


def decode(raw: bytes) -> Event:
    """A message from its type to its checksum; a fault when it is none."""
    if len(raw) < 3 or len(raw) != 3 + raw[1]:
        return CallerIdFault(CUT_SHORT, raw)
    if sum(raw) & 0xFF:
        return CallerIdFault(CHECKSUM, raw)
    kind, contents = raw[0], raw[2:-1]
    if kind in (SDMF_CALL, SDMF_WAITING):
        return CallerIdMessage(kind, _read_single(kind, contents), raw)
    parameters: list[Parameter] = []
    at = 0
    while at < len(contents):
        end = at + 2 + contents[at + 1] if at + 1 < len(contents) else len(contents) + 1
        if end > len(contents):
            return CallerIdFault(CONTENTS, raw)
        parameters.append(Parameter(contents[at], contents[at + 2 : end]))
        at = end
    return CallerIdMessage(kind, parameters, raw)


class CallerIdReceiver:
    """Finds messages among the modem's characters.

    Before a message come the seizure's characters (0x55) and perhaps noise. An octet that could be
    a type begins a candidate; when its checksum is wrong, or the carrier goes before its end, the
    octets after that first one are looked at again, so that noise in front hides no message. A
    fault is told only when a transmission brought no message at all.
    """

    def __init__(self) -> None:
        self._octets: Final = bytearray()
        self._events: list[Event] = []
        self._fault: CallerIdFault | None = None
        self._found = False
        self.messages = 0
        self.faults = 0

    def carrier(self) -> None:
        """The modem has found a carrier: a transmission begins."""
        self._octets.clear()
        self._fault = None
        self._found = False

    def receive(self, octet: int) -> None:
        """A character, with or without a good stop bit: the checksum tells."""
        if not 0 <= octet <= 255:
            raise LocalError(f"{octet} is no octet: give 0 to 255")
        self._octets.append(octet)
        self._scan(False)

    def lost(self) -> None:
        """The carrier is gone: what is incomplete will stay so."""
        self._scan(True)
        fault = self._fault
        if fault is not None and not self._found:
            self.faults += 1
            self._events.append(fault)
        self._fault = None
        self._found = False

    def events(self) -> list[Event]:
        """What was found since the last call."""
        found, self._events = self._events, []
        return found

    def _scan(self, at_end: bool) -> None:
        octets = self._octets
        while octets:
            if octets[0] not in MESSAGE_TYPES:
                del octets[0]
                continue
            size = 3 + octets[1] if len(octets) > 1 else 3
            if len(octets) < size and not at_end:
                return
            found = decode(bytes(octets[:size]))
            if isinstance(found, CallerIdMessage):
                self._found = True
                self.messages += 1
                self._events.append(found)
                del octets[:size]
                continue
            if self._fault is None:
                self._fault = found
            del octets[0]
