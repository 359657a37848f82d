"""Elements about the state of a call and its channel: clauses 4.5.6 to 4.5.29 in part."""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from .elements_base import (
    CALL_IDENTITY,
    CALL_STATE,
    CAUSE,
    CHANNEL_IDENTIFICATION,
    NOTIFICATION_INDICATOR,
    OCTET,
    PROGRESS_INDICATOR,
    RESTART_INDICATOR,
    SIGNAL,
    ContentError,
    Element,
    check_range,
    framed,
)


class Cause(Element):
    """Cause (4.5.12; Q.850 2.1). ``recommendation`` is -1 where octet 3a is not there."""

    def __init__(
        self,
        value: int,
        location: int = 0,
        coding: int = 0,
        recommendation: int = -1,
        diagnostics: bytes = b"",
        octets: bytes = b"",
    ) -> None:
        if not octets:
            check_range("cause value", value, 127)
            check_range("cause location", location, 15)
            check_range("coding standard", coding, 3)
            contents = OCTET[0x80 | coding << 5 | location]
            if recommendation >= 0:
                check_range("recommendation", recommendation, 127)
                contents = OCTET[coding << 5 | location] + OCTET[0x80 | recommendation]
            octets = framed(CAUSE, contents + OCTET[0x80 | value] + diagnostics)
        super().__init__(CAUSE, 0, octets)
        self.value: Final = value
        self.location: Final = location
        self.coding: Final = coding
        self.recommendation: Final = recommendation
        self.diagnostics: Final = diagnostics


def read_cause(octets: bytes) -> Element:
    """Cause from the wire."""
    octet3 = octets[2]
    at = 3
    recommendation = -1
    if octet3 < 0x80:
        recommendation = octets[3] & 0x7F
        at = 4
    if at >= len(octets):
        raise ContentError("octet 4, the cause value, is missing")
    return Cause(
        octets[at] & 0x7F, octet3 & 15, octet3 >> 5 & 3, recommendation, octets[at + 1 :], octets
    )


class CallState(Element):
    """Call state (4.5.7): ``state`` 0 to 25 of clause 2.1, or 61, 62 for the global reference."""

    def __init__(self, state: int, coding: int = 0, octets: bytes = b"") -> None:
        if not octets:
            check_range("call state", state, 63)
            check_range("coding standard", coding, 3)
            octets = framed(CALL_STATE, OCTET[coding << 6 | state])
        super().__init__(CALL_STATE, 0, octets)
        self.state: Final = state
        self.coding: Final = coding


def read_call_state(octets: bytes) -> Element:
    """Call state from the wire."""
    return CallState(octets[2] & 0x3F, octets[2] >> 6, octets)


class ProgressIndicator(Element):
    """Progress indicator (4.5.23): ``description`` 8 says that in-band information is there."""

    def __init__(
        self, description: int, location: int = 0, coding: int = 0, octets: bytes = b""
    ) -> None:
        if not octets:
            check_range("progress description", description, 127)
            check_range("location", location, 15)
            check_range("coding standard", coding, 3)
            octets = framed(
                PROGRESS_INDICATOR, OCTET[0x80 | coding << 5 | location] + OCTET[0x80 | description]
            )
        super().__init__(PROGRESS_INDICATOR, 0, octets)
        self.description: Final = description
        self.location: Final = location
        self.coding: Final = coding


def read_progress_indicator(octets: bytes) -> Element:
    """Progress indicator from the wire."""
    octet3 = octets[2]
    return ProgressIndicator(octets[3] & 0x7F, octet3 & 15, octet3 >> 5 & 3, octets)


NO_CHANNEL: Final = 0
AS_INDICATED: Final = 1
ANY_CHANNEL: Final = 3
"""Information channel selection on a primary rate interface; on a basic one 1 is B1, 2 is B2."""


class ChannelIdentification(Element):
    """Channel identification (4.5.13).

    ``channels``: the numbers of the channels asked for or given, timeslot numbers on a primary
    rate interface; () where the selection says none or any. ``channel_type``: 3 B-channels, 6 H0,
    8 H11, 9 H12. ``interface``: its identifier (7 bits an octet) where explicit, else -1.
    ``by_map``: the channels come as a slot map of ``map_octets`` octets (3 at 1544, 4 at 2048
    kbit/s), not as numbers.
    """

    def __init__(
        self,
        channels: tuple[int, ...] = (),
        exclusive: bool = False,
        selection: int = AS_INDICATED,
        primary: bool = True,
        interface: int = -1,
        d_channel: bool = False,
        coding: int = 0,
        channel_type: int = 3,
        by_map: bool = False,
        map_octets: int = 4,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            check_range("channel selection", selection, 3)
            check_range("coding standard", coding, 3)
            check_range("channel type", channel_type, 15)
            octet3 = 0x80 | (0x20 if primary else 0) | selection
            octet3 |= (8 if exclusive else 0) | (4 if d_channel else 0)
            contents = OCTET[octet3]
            if interface >= 0:
                contents = OCTET[octet3 | 0x40] + _interface_octets(interface)
            if channels:
                octet3_2 = 0x80 | coding << 5 | (0x10 if by_map else 0) | channel_type
                contents += OCTET[octet3_2]
                contents += _slot_map(channels, map_octets) if by_map else _numbers(channels)
            octets = framed(CHANNEL_IDENTIFICATION, contents)
        super().__init__(CHANNEL_IDENTIFICATION, 0, octets)
        self.channels: Final = channels
        self.exclusive: Final = exclusive
        self.selection: Final = selection
        self.primary: Final = primary
        self.interface: Final = interface
        self.d_channel: Final = d_channel
        self.coding: Final = coding
        self.channel_type: Final = channel_type
        self.by_map: Final = by_map


def _interface_octets(interface: int) -> bytes:
    """Octets 3.1: seven bits each, the last with its extension bit set."""
    out = OCTET[0x80 | interface & 0x7F]
    rest = interface >> 7
    while rest:
        out = OCTET[rest & 0x7F] + out
        rest >>= 7
    return out


def _numbers(channels: tuple[int, ...]) -> bytes:
    """Octets 3.3: a channel number each, the last with its extension bit set."""
    out = b""
    for channel in channels:
        check_range("channel number", channel, 127)
        out += OCTET[channel]
    return out[:-1] + OCTET[0x80 | channels[-1]]


def _slot_map(channels: tuple[int, ...], size: int) -> bytes:
    """Figure 4-19: the highest slot first. At 1544 kbit/s slots are 1 to 24, else 0 to 31."""
    first = 1 if size == 3 else 0
    bits = 0
    for channel in channels:
        if channel < first or channel >= first + 8 * size:
            raise LocalError(f"slot {channel} is not in a slot map of {size} octets")
        bits |= 1 << (channel - first)
    return bits.to_bytes(size, "big")


def read_channel_identification(octets: bytes) -> Element:
    """Channel identification from the wire."""
    octet3 = octets[2]
    if octet3 < 0x80:
        raise ContentError("octet 3: the extension bit must be 1")
    at = 3
    end = len(octets)
    interface = -1
    if octet3 & 0x40:
        interface = 0
        while True:
            if at >= end:
                raise ContentError("octet 3.1, the interface identifier, has no end")
            octet = octets[at]
            at += 1
            interface = interface << 7 | octet & 0x7F
            if octet >= 0x80:
                break
    coding, channel_type, by_map = 0, 3, False
    channels: tuple[int, ...] = ()
    if at < end:
        octet = octets[at]
        if octet < 0x80:
            raise ContentError("octet 3.2: the extension bit must be 1")
        coding, channel_type, by_map = octet >> 5 & 3, octet & 15, octet & 0x10 != 0
        channels = _read_channels(octets[at + 1 :], by_map)
    elif octet3 & 0x23 == 0x21:
        raise ContentError("octet 3.2 is missing, yet octet 3 says that the channel is indicated")
    return ChannelIdentification(
        channels,
        octet3 & 8 != 0,
        octet3 & 3,
        octet3 & 0x20 != 0,
        interface,
        octet3 & 4 != 0,
        coding,
        channel_type,
        by_map,
        0,
        octets,
    )


def _read_channels(octets: bytes, by_map: bool) -> tuple[int, ...]:
    """Octets 3.3: numbers, or the slots set in a map, ascending."""
    if not octets:
        raise ContentError("octet 3.3, the channel number or slot map, is missing")
    if not by_map:
        if len(octets) == 1:
            return (octets[0] & 0x7F,)
        return tuple([octet & 0x7F for octet in octets])
    first = 1 if len(octets) == 3 else 0
    bits = int.from_bytes(octets, "big")
    return tuple([first + n for n in range(8 * len(octets)) if bits >> n & 1])


class RestartIndicator(Element):
    """Restart indicator (4.5.25). ``class_``: 0 channels, 6 single interface, 7 all interfaces."""

    def __init__(self, class_: int, octets: bytes = b"") -> None:
        if not octets:
            check_range("restart class", class_, 7)
            octets = framed(RESTART_INDICATOR, OCTET[0x80 | class_])
        super().__init__(RESTART_INDICATOR, 0, octets)
        self.class_: Final = class_


def read_restart_indicator(octets: bytes) -> Element:
    """Restart indicator from the wire."""
    return RestartIndicator(octets[2] & 7, octets)


class NotificationIndicator(Element):
    """Notification indicator (4.5.22). ``description``: 0 suspended, 1 resumed, 2 bearer change."""

    def __init__(self, description: int, octets: bytes = b"") -> None:
        if not octets:
            check_range("notification description", description, 127)
            octets = framed(NOTIFICATION_INDICATOR, OCTET[0x80 | description])
        super().__init__(NOTIFICATION_INDICATOR, 0, octets)
        self.description: Final = description


def read_notification_indicator(octets: bytes) -> Element:
    """Notification indicator from the wire."""
    return NotificationIndicator(octets[2] & 0x7F, octets)


class Signal(Element):
    """Signal (4.5.28): which tone or alerting pattern the terminal is to give."""

    def __init__(self, value: int, octets: bytes = b"") -> None:
        if not octets:
            check_range("signal", value, 255)
            octets = framed(SIGNAL, OCTET[value])
        super().__init__(SIGNAL, 0, octets)
        self.value: Final = value


def read_signal(octets: bytes) -> Element:
    """Signal from the wire."""
    return Signal(octets[2], octets)


class CallIdentity(Element):
    """Call identity (4.5.6): names a suspended call; 1 to 8 octets of the user's choice."""

    def __init__(self, identity: bytes, octets: bytes = b"") -> None:
        if not octets:
            octets = framed(CALL_IDENTITY, identity)
        super().__init__(CALL_IDENTITY, 0, octets)
        self.identity: Final = identity


def read_call_identity(octets: bytes) -> Element:
    """Call identity from the wire."""
    return CallIdentity(octets[2:], octets)


_causes: Final[dict[int, Cause]] = {}
_channels: Final[dict[int, ChannelIdentification]] = {}


def cause(value: int, location: int = 0) -> Cause:
    """A plain Cause, made once for each value and location."""
    key = location << 8 | value
    found = _causes.get(key)
    if found is None:
        found = Cause(value, location)
        _causes[key] = found
    return found


def b_channel(number: int, exclusive: bool, interface: int = -1) -> ChannelIdentification:
    """One B-channel of a primary rate interface, made once for each number. ``interface``: its
    identifier where it is explicit."""
    key = (interface + 1) << 8 | number << 1 | (1 if exclusive else 0)
    found = _channels.get(key)
    if found is None:
        found = ChannelIdentification((number,), exclusive, AS_INDICATED, True, interface)
        _channels[key] = found
    return found
