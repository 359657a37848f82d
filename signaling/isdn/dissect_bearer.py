"""Bearer capability, low and high layer compatibility as trees (tables 4-6, 4-16, 4-17)."""

from __future__ import annotations

from typing import Final

from ..dissect_tree import Field
from . import elements_names as n
from .elements import (
    MULTIRATE,
    RATE_64K,
    Bearer,
    HighLayerCompatibility,
    LowLayerCompatibility,
)
from .elements_names import words

_RATE_ADAPTION: Final = (1, 7, 8)
"""Layer 1 protocols with octets 5a to 5d: V.110, not of the ITU-T, V.120."""
_V120: Final = 8
_USER_SPECIFIED: Final = 16
_X25_LIKE: Final = (6, 7, 8)


def bearer_words(element: Bearer) -> str:
    """What kind of call it is, in a few words."""
    parts = [words(n.CAPABILITY, element.capability)]
    if element.mode:
        parts.append(words(n.MODE, element.mode))
    elif element.rate == MULTIRATE:
        parts.append(f"{element.multiplier} x 64 kbit/s")
    elif element.rate != RATE_64K:
        parts.append(words(n.RATE, element.rate))
    if element.layer1 >= 0:
        parts.append(words(n.LAYER1, element.layer1))
    return ", ".join(parts)


def bearer_fields(element: Bearer) -> list[Field]:
    """Octets 3 to 7."""
    raw = element.raw
    return [
        Field("Coding standard", words(n.CODING, element.coding), element.coding, raw[:1]),
        Field("Capability", words(n.CAPABILITY, element.capability), element.capability, raw[:1]),
        *_rate_fields(element),
    ]


def low_layer_fields(element: LowLayerCompatibility) -> list[Field]:
    """Octets 3 to 7 with 3a."""
    raw = element.raw
    fields = [
        Field("Coding standard", words(n.CODING, element.coding), element.coding, raw[:1]),
        Field("Capability", words(n.CAPABILITY, element.capability), element.capability, raw[:1]),
    ]
    if element.negotiation >= 0:
        text = "possible" if element.negotiation else "not possible"
        fields.append(Field("Out-band negotiation", text, element.negotiation, raw[1:2]))
    return fields + _rate_fields(element)


def _rate_fields(element: Bearer) -> list[Field]:
    fields = [
        Field("Transfer mode", words(n.MODE, element.mode), element.mode),
        Field("Transfer rate", words(n.RATE, element.rate), element.rate),
    ]
    if element.rate == MULTIRATE:
        fields.append(Field("Rate multiplier", str(element.multiplier), element.multiplier))
    if element.layer1 >= 0:
        fields.append(_layer1(element))
    if element.layer2 >= 0:
        fields.append(_layer2(element))
    if element.layer3 >= 0:
        fields.append(_layer3(element))
    return fields


def _layer1(element: Bearer) -> Field:
    octets = element.layer1_octets
    text = words(n.LAYER1, element.layer1)
    children: list[Field] = []
    reason = ""
    if octets and element.layer1 in _RATE_ADAPTION:
        children = _rate_adaption(octets, element.layer1)
    elif octets:
        reason = f"octets 5a to 5{'abcdefgh'[min(len(octets), 8) - 1]} are not defined for it"
    return Field("Layer 1", text, element.layer1, octets, children, reason)


def _rate_adaption(octets: bytes, layer1: int) -> list[Field]:
    """Octets 5a to 5d (figure 4-11, notes 2 to 4)."""
    a = octets[0]
    fields = [
        _bit("Synchronization", a, 0x40, "asynchronous", "synchronous"),
        _bit("In-band negotiation", a, 0x20, "possible", "not possible"),
        Field("User rate", words(n.USER_RATE, a & 31), a & 31, octets[:1]),
    ]
    if len(octets) > 1:
        b = octets[1]
        if layer1 == _V120:
            fields += [
                _bit("Rate adaption header", b, 0x40, "included", "not included"),
                _bit("Multiple frame establishment", b, 0x20, "supported", "UI frames only"),
                _bit("Mode of operation", b, 0x10, "protocol sensitive", "bit transparent"),
                _bit("Logical link identifier negotiation", b, 0x08, "full", "default, LLI=256"),
                _bit("Assignor", b, 0x04, "originator is assignor", "default assignee"),
                _bit("Negotiation is done", b, 0x02, "in-band, LLI 0", "by USER INFORMATION"),
            ]
        else:
            fields += [
                Field("Intermediate rate", words(n.INTERMEDIATE_RATE, b >> 5 & 3), b >> 5 & 3),
                _bit("Sends with network independent clock", b, 0x10, "required", "not required"),
                _bit("Accepts network independent clock", b, 0x08, "yes", "no"),
                _bit("Sends with flow control", b, 0x04, "required", "not required"),
                _bit("Accepts flow control", b, 0x02, "yes", "no"),
            ]
    if len(octets) > 2:
        c = octets[2]
        fields += [
            Field("Stop bits", words(n.STOP_BITS, c >> 5 & 3), c >> 5 & 3, octets[2:3]),
            Field("Data bits", words(n.DATA_BITS, c >> 3 & 3), c >> 3 & 3, octets[2:3]),
            Field("Parity", words(n.PARITY, c & 7), c & 7, octets[2:3]),
        ]
    if len(octets) > 3:
        d = octets[3]
        fields += [
            _bit("Duplex", d, 0x40, "full duplex", "half duplex"),
            Field("Modem type", words(n.MODEM, d & 0x3F), d & 0x3F, octets[3:4]),
        ]
    return fields


def _bit(name: str, octet: int, mask: int, yes: str, no: str) -> Field:
    return Field(name, yes if octet & mask else no, 1 if octet & mask else 0, bytes((octet,)))


def _layer2(element: Bearer) -> Field:
    octets = element.layer2_octets
    children: list[Field] = []
    if octets and element.layer2 == _USER_SPECIFIED:
        value = octets[0] & 0x7F
        children.append(Field("User specified protocol", str(value), value, octets[:1]))
    elif octets:
        mode = octets[0] >> 5 & 3
        names = {1: "normal mode", 2: "extended mode"}
        children.append(Field("Mode", words(names, mode), mode, octets[:1]))
        if len(octets) > 1:
            k = octets[1] & 0x7F
            children.append(Field("Window size", str(k), k, octets[1:2]))
    return Field("Layer 2", words(n.LAYER2, element.layer2), element.layer2, octets, children)


def _layer3(element: Bearer) -> Field:
    octets = element.layer3_octets
    children: list[Field] = []
    if octets and element.layer3 == _USER_SPECIFIED:
        value = octets[0] & 0x7F
        children.append(Field("User specified protocol", str(value), value, octets[:1]))
    elif octets and element.layer3 in _X25_LIKE:
        mode = octets[0] >> 5 & 3
        names = {1: "normal packet sequence numbering", 2: "extended packet sequence numbering"}
        children.append(Field("Mode", words(names, mode), mode, octets[:1]))
        if len(octets) > 1:
            size = octets[1] & 15
            children.append(Field("Default packet size", f"2^{size}", size, octets[1:2]))
        if len(octets) > 2:
            window = octets[2] & 0x7F
            children.append(Field("Packet window size", str(window), window, octets[2:3]))
    elif octets:
        children.append(Field("Additional information", octets.hex(" "), octets, octets))
    return Field("Layer 3", words(n.LAYER3, element.layer3), element.layer3, octets, children)


def high_layer_fields(element: HighLayerCompatibility) -> list[Field]:
    """Octets 3, 4 and 4a."""
    raw = element.raw
    fields = [
        Field("Coding standard", words(n.CODING, element.coding), element.coding, raw[:1]),
        Field(
            "Interpretation",
            words(n.INTERPRETATION, element.interpretation),
            element.interpretation,
            raw[:1],
        ),
        Field(
            "Presentation method",
            words(n.PRESENTATION_METHOD, element.presentation),
            element.presentation,
            raw[:1],
        ),
        Field(
            "Characteristics",
            words(n.HIGH_LAYER, element.characteristics),
            element.characteristics,
            raw[1:2],
        ),
    ]
    if element.extended >= 0:
        fields.append(
            Field(
                "Extended characteristics",
                words(n.HIGH_LAYER, element.extended),
                element.extended,
                raw[2:3],
            )
        )
    return fields
