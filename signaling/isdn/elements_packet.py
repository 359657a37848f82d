"""Elements of packet-mode calls (3.2) and of the supplementary services they brought along."""

from __future__ import annotations

from typing import Final

from .elements_base import (
    CLOSED_USER_GROUP,
    END_TO_END_TRANSIT_DELAY,
    INFORMATION_RATE,
    OCTET,
    PACKET_LAYER_BINARY_PARAMETERS,
    PACKET_LAYER_WINDOW_SIZE,
    PACKET_SIZE,
    REVERSE_CHARGING,
    TRANSIT_DELAY_SELECTION,
    ContentError,
    Element,
    check_range,
    framed,
    ia5,
    to_ia5,
)


class InformationRate(Element):
    """Information rate (4.6.3): four rates, coded as X.25's throughput classes."""

    def __init__(
        self,
        incoming: int,
        outgoing: int,
        minimum_incoming: int,
        minimum_outgoing: int,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            contents = b""
            for rate in (incoming, outgoing, minimum_incoming, minimum_outgoing):
                check_range("information rate", rate, 31)
                contents += OCTET[0x80 | rate]
            octets = framed(INFORMATION_RATE, contents)
        super().__init__(INFORMATION_RATE, 0, octets)
        self.incoming: Final = incoming
        self.outgoing: Final = outgoing
        self.minimum_incoming: Final = minimum_incoming
        self.minimum_outgoing: Final = minimum_outgoing


def read_information_rate(octets: bytes) -> Element:
    """Information rate from the wire."""
    return InformationRate(octets[2] & 31, octets[3] & 31, octets[4] & 31, octets[5] & 31, octets)


class EndToEndTransitDelay(Element):
    """End-to-end transit delay (4.6.2), ms; ``requested`` and ``maximum`` -1 where absent."""

    def __init__(
        self, cumulative: int, requested: int = -1, maximum: int = -1, octets: bytes = b""
    ) -> None:
        if not octets:
            contents = _delay_octets(cumulative)
            if requested >= 0:
                contents += _delay_octets(requested)
                if maximum >= 0:
                    contents += _delay_octets(maximum)
            octets = framed(END_TO_END_TRANSIT_DELAY, contents)
        super().__init__(END_TO_END_TRANSIT_DELAY, 0, octets)
        self.cumulative: Final = cumulative
        self.requested: Final = requested
        self.maximum: Final = maximum


def read_end_to_end_transit_delay(octets: bytes) -> Element:
    """End-to-end transit delay from the wire."""
    end = len(octets)
    return EndToEndTransitDelay(
        _delay(octets, 2),
        _delay(octets, 5) if end > 5 else -1,
        _delay(octets, 8) if end > 8 else -1,
        octets,
    )


class TransitDelaySelection(Element):
    """Transit delay selection and indication (4.6.9), ms."""

    def __init__(self, delay: int, octets: bytes = b"") -> None:
        if not octets:
            octets = framed(TRANSIT_DELAY_SELECTION, _delay_octets(delay))
        super().__init__(TRANSIT_DELAY_SELECTION, 0, octets)
        self.delay: Final = delay


def read_transit_delay_selection(octets: bytes) -> Element:
    """Transit delay selection and indication from the wire."""
    return TransitDelaySelection(_delay(octets, 2), octets)


def _delay_octets(delay: int) -> bytes:
    """Sixteen bits in three octets: two, seven and seven, the last with its extension bit."""
    check_range("transit delay (ms)", delay, 0xFFFF)
    return OCTET[delay >> 14] + OCTET[delay >> 7 & 0x7F] + OCTET[0x80 | delay & 0x7F]


def _delay(octets: bytes, at: int) -> int:
    if at + 3 > len(octets):
        raise ContentError("a transit delay takes three octets")
    return (octets[at] & 3) << 14 | (octets[at + 1] & 0x7F) << 7 | octets[at + 2] & 0x7F


class PacketLayerBinaryParameters(Element):
    """Packet layer binary parameters (4.6.4). ``fast_select``: 0, 1 not, 2, 3 requested."""

    def __init__(
        self,
        fast_select: int = 0,
        expedited: bool = False,
        delivery_confirmation: bool = False,
        modulo_128: bool = False,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            check_range("fast select", fast_select, 3)
            octet3 = 0x80 | fast_select << 3 | (4 if expedited else 0)
            octet3 |= (2 if delivery_confirmation else 0) | (1 if modulo_128 else 0)
            octets = framed(PACKET_LAYER_BINARY_PARAMETERS, OCTET[octet3])
        super().__init__(PACKET_LAYER_BINARY_PARAMETERS, 0, octets)
        self.fast_select: Final = fast_select
        self.expedited: Final = expedited
        self.delivery_confirmation: Final = delivery_confirmation
        self.modulo_128: Final = modulo_128


def read_packet_layer_binary_parameters(octets: bytes) -> Element:
    """Packet layer binary parameters from the wire."""
    octet3 = octets[2]
    return PacketLayerBinaryParameters(
        octet3 >> 3 & 3, octet3 & 4 != 0, octet3 & 2 != 0, octet3 & 1 != 0, octets
    )


class PacketLayerWindowSize(Element):
    """Packet layer window size (4.6.5); ``backward`` -1 where absent."""

    def __init__(self, forward: int, backward: int = -1, octets: bytes = b"") -> None:
        if not octets:
            octets = framed(PACKET_LAYER_WINDOW_SIZE, _two("window size", forward, backward))
        super().__init__(PACKET_LAYER_WINDOW_SIZE, 0, octets)
        self.forward: Final = forward
        self.backward: Final = backward


def read_packet_layer_window_size(octets: bytes) -> Element:
    """Packet layer window size from the wire."""
    backward = octets[3] & 0x7F if len(octets) > 3 else -1
    return PacketLayerWindowSize(octets[2] & 0x7F, backward, octets)


class PacketSize(Element):
    """Packet size (4.6.6): logarithms to base 2 of octets; ``backward`` -1 where absent."""

    def __init__(self, forward: int, backward: int = -1, octets: bytes = b"") -> None:
        if not octets:
            octets = framed(PACKET_SIZE, _two("packet size", forward, backward))
        super().__init__(PACKET_SIZE, 0, octets)
        self.forward: Final = forward
        self.backward: Final = backward


def read_packet_size(octets: bytes) -> Element:
    """Packet size from the wire."""
    backward = octets[3] & 0x7F if len(octets) > 3 else -1
    return PacketSize(octets[2] & 0x7F, backward, octets)


def _two(what: str, forward: int, backward: int) -> bytes:
    check_range(what, forward, 127)
    if backward < 0:
        return OCTET[0x80 | forward]
    check_range(what, backward, 127)
    return OCTET[0x80 | forward] + OCTET[0x80 | backward]


class ClosedUserGroup(Element):
    """Closed user group (4.6.1). ``indication``: 1 selection, 2 with outgoing access."""

    def __init__(self, index: str, indication: int = 1, octets: bytes = b"") -> None:
        if not octets:
            check_range("closed user group indication", indication, 7)
            octets = framed(CLOSED_USER_GROUP, OCTET[0x80 | indication] + to_ia5("index", index))
        super().__init__(CLOSED_USER_GROUP, 0, octets)
        self.index: Final = index
        self.indication: Final = indication


def read_closed_user_group(octets: bytes) -> Element:
    """Closed user group from the wire."""
    return ClosedUserGroup(ia5("index code", octets[3:]), octets[2] & 7, octets)


class ReverseCharging(Element):
    """Reverse charging indication (4.6.8): ``indication`` 1 is requested."""

    def __init__(self, indication: int = 1, octets: bytes = b"") -> None:
        if not octets:
            check_range("reverse charging indication", indication, 7)
            octets = framed(REVERSE_CHARGING, OCTET[0x80 | indication])
        super().__init__(REVERSE_CHARGING, 0, octets)
        self.indication: Final = indication


def read_reverse_charging(octets: bytes) -> Element:
    """Reverse charging indication from the wire."""
    return ReverseCharging(octets[2] & 7, octets)
