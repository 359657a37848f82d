"""What kind of call it is: bearer capability, low layer and high layer compatibility."""

from __future__ import annotations

from typing import Final

from .elements_base import (
    BEARER_CAPABILITY,
    HIGH_LAYER_COMPATIBILITY,
    LOW_LAYER_COMPATIBILITY,
    OCTET,
    ContentError,
    Element,
    check_range,
    framed,
)

CIRCUIT_MODE: Final = 0
PACKET_MODE: Final = 2

RATE_64K: Final = 0x10
MULTIRATE: Final = 0x18

LAYER1_V110: Final = 1
LAYER1_MU_LAW: Final = 2
LAYER1_A_LAW: Final = 3
LAYER2_Q921: Final = 2
LAYER2_X25: Final = 6
LAYER3_Q931: Final = 2
LAYER3_X25: Final = 6


class Bearer(Element):
    """What bearer capability and low layer compatibility have in common (octets 3 to 7).

    ``capability``: 0 speech, 8 unrestricted, 9 restricted, 0x10 3.1 kHz audio, 0x11 unrestricted
    with tones, 0x18 video. ``mode``: 0 circuit, 2 packet. ``rate``: 0x10 64 kbit/s … 0x18
    multirate, then with ``multiplier``. ``layer1`` to ``layer3``: the user information layer
    protocols, -1 where absent, each with the octets that extend it (5a …, 6a …, 7a …) as sent.
    """

    def __init__(
        self,
        id: int,
        head: bytes,
        capability: int,
        coding: int,
        mode: int,
        rate: int,
        multiplier: int,
        layer1: int,
        layer2: int,
        layer3: int,
        layer1_octets: bytes,
        layer2_octets: bytes,
        layer3_octets: bytes,
        octets: bytes,
    ) -> None:
        if not octets:
            check_range("transfer mode", mode, 3)
            check_range("information transfer rate", rate, 31)
            contents = head + OCTET[0x80 | mode << 5 | rate]
            if rate == MULTIRATE:
                check_range("rate multiplier", multiplier, 127)
                contents += OCTET[0x80 | multiplier]
            contents += _layer(0x20, layer1, layer1_octets)
            contents += _layer(0x40, layer2, layer2_octets)
            contents += _layer(0x60, layer3, layer3_octets)
            octets = framed(id, contents)
        super().__init__(id, 0, octets)
        self.capability: Final = capability
        self.coding: Final = coding
        self.mode: Final = mode
        self.rate: Final = rate
        self.multiplier: Final = multiplier
        self.layer1: Final = layer1
        self.layer2: Final = layer2
        self.layer3: Final = layer3
        self.layer1_octets: Final = layer1_octets
        self.layer2_octets: Final = layer2_octets
        self.layer3_octets: Final = layer3_octets


class BearerCapability(Bearer):
    """Bearer capability (4.5.5)."""

    def __init__(
        self,
        capability: int,
        layer1: int = LAYER1_A_LAW,
        mode: int = CIRCUIT_MODE,
        rate: int = RATE_64K,
        layer2: int = -1,
        layer3: int = -1,
        multiplier: int = 0,
        coding: int = 0,
        layer1_octets: bytes = b"",
        layer2_octets: bytes = b"",
        layer3_octets: bytes = b"",
        octets: bytes = b"",
    ) -> None:
        head = b""
        if not octets:
            check_range("information transfer capability", capability, 31)
            check_range("coding standard", coding, 3)
            head = OCTET[0x80 | coding << 5 | capability]
        super().__init__(
            BEARER_CAPABILITY,
            head,
            capability,
            coding,
            mode,
            rate,
            multiplier,
            layer1,
            layer2,
            layer3,
            layer1_octets,
            layer2_octets,
            layer3_octets,
            octets,
        )


class LowLayerCompatibility(Bearer):
    """Low layer compatibility (4.5.19). ``negotiation``: octet 3a's bit 7, -1 where absent."""

    def __init__(
        self,
        capability: int,
        layer1: int = -1,
        mode: int = CIRCUIT_MODE,
        rate: int = RATE_64K,
        layer2: int = -1,
        layer3: int = -1,
        multiplier: int = 0,
        coding: int = 0,
        negotiation: int = -1,
        layer1_octets: bytes = b"",
        layer2_octets: bytes = b"",
        layer3_octets: bytes = b"",
        octets: bytes = b"",
    ) -> None:
        head = b""
        if not octets:
            check_range("information transfer capability", capability, 31)
            check_range("coding standard", coding, 3)
            octet3 = coding << 5 | capability
            head = OCTET[0x80 | octet3]
            if negotiation >= 0:
                check_range("negotiation indicator", negotiation, 1)
                head = OCTET[octet3] + OCTET[0x80 | negotiation << 6]
        super().__init__(
            LOW_LAYER_COMPATIBILITY,
            head,
            capability,
            coding,
            mode,
            rate,
            multiplier,
            layer1,
            layer2,
            layer3,
            layer1_octets,
            layer2_octets,
            layer3_octets,
            octets,
        )
        self.negotiation: Final = negotiation


def _layer(mark: int, protocol: int, extension: bytes) -> bytes:
    """Octet 5, 6 or 7 and those that extend it; nothing where the protocol is -1."""
    if protocol < 0:
        return b""
    check_range("user information layer protocol", protocol, 31)
    return OCTET[(0 if extension else 0x80) | mark | protocol] + extension


class _Layers:
    """Octets 4 to 7 as read. Layers come in ascending order, each at most once."""

    def __init__(self, octets: bytes, at: int) -> None:
        end = len(octets)
        if at >= end:
            raise ContentError("octet 4, transfer mode and rate, is missing")
        octet4 = octets[at]
        at += 1
        self.mode: Final = octet4 >> 5 & 3
        self.rate: Final = octet4 & 0x1F
        multiplier = 0
        if self.rate == MULTIRATE:
            if at >= end:
                raise ContentError("octet 4.1, the rate multiplier, is missing")
            multiplier = octets[at] & 0x7F
            at += 1
        self.multiplier: Final = multiplier
        protocols = [-1, -1, -1]
        extensions = [b"", b"", b""]
        layer = 0
        while at < end:
            octet = octets[at]
            at += 1
            found = octet >> 5 & 3
            if found <= layer:
                raise ContentError(f"layer {found} identification where layer {layer + 1} may be")
            layer = found
            protocols[layer - 1] = octet & 0x1F
            start = at
            while octet < 0x80:
                if at >= end:
                    raise ContentError(f"octet {layer + 4} is extended but has no end")
                octet = octets[at]
                at += 1
            extensions[layer - 1] = octets[start:at]
        self.protocols: Final = protocols
        self.extensions: Final = extensions


def read_bearer_capability(octets: bytes) -> Element:
    """Bearer capability from the wire."""
    octet3 = octets[2]
    if octet3 < 0x80:
        raise ContentError("octet 3: the extension bit must be 1")
    rest = _Layers(octets, 3)
    return BearerCapability(
        octet3 & 0x1F,
        rest.protocols[0],
        rest.mode,
        rest.rate,
        rest.protocols[1],
        rest.protocols[2],
        rest.multiplier,
        octet3 >> 5 & 3,
        rest.extensions[0],
        rest.extensions[1],
        rest.extensions[2],
        octets,
    )


def read_low_layer_compatibility(octets: bytes) -> Element:
    """Low layer compatibility from the wire."""
    octet3 = octets[2]
    negotiation = -1
    at = 3
    if octet3 < 0x80:
        octet3a = octets[3]
        if octet3a < 0x80:
            raise ContentError("octet 3a: the extension bit must be 1")
        negotiation = octet3a >> 6 & 1
        at = 4
    rest = _Layers(octets, at)
    return LowLayerCompatibility(
        octet3 & 0x1F,
        rest.protocols[0],
        rest.mode,
        rest.rate,
        rest.protocols[1],
        rest.protocols[2],
        rest.multiplier,
        octet3 >> 5 & 3,
        negotiation,
        rest.extensions[0],
        rest.extensions[1],
        rest.extensions[2],
        octets,
    )


class HighLayerCompatibility(Element):
    """High layer compatibility (4.5.17). ``characteristics``: 1 telephony, 4 facsimile G2/G3 …"""

    def __init__(
        self,
        characteristics: int,
        extended: int = -1,
        interpretation: int = 4,
        presentation: int = 1,
        coding: int = 0,
        octets: bytes = b"",
    ) -> None:
        if not octets:
            check_range("high layer characteristics", characteristics, 127)
            check_range("interpretation", interpretation, 7)
            check_range("presentation method", presentation, 3)
            check_range("coding standard", coding, 3)
            contents = OCTET[0x80 | coding << 5 | interpretation << 2 | presentation]
            if extended >= 0:
                check_range("extended characteristics", extended, 127)
                contents += OCTET[characteristics] + OCTET[0x80 | extended]
            else:
                contents += OCTET[0x80 | characteristics]
            octets = framed(HIGH_LAYER_COMPATIBILITY, contents)
        super().__init__(HIGH_LAYER_COMPATIBILITY, 0, octets)
        self.characteristics: Final = characteristics
        self.extended: Final = extended
        self.interpretation: Final = interpretation
        self.presentation: Final = presentation
        self.coding: Final = coding


def read_high_layer_compatibility(octets: bytes) -> Element:
    """High layer compatibility from the wire."""
    octet3, octet4 = octets[2], octets[3]
    extended = -1
    if octet4 < 0x80:
        if len(octets) < 5:
            raise ContentError("octet 4 is extended (bit 8 is 0) but octet 4a is missing")
        extended = octets[4] & 0x7F
    return HighLayerCompatibility(
        octet4 & 0x7F, extended, octet3 >> 2 & 7, octet3 & 3, octet3 >> 5 & 3, octets
    )
