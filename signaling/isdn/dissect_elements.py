"""Information elements as trees of fields: each value in words, beside its octets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..dissect_tree import Field
from . import elements as e
from . import elements_names as n
from .causes import location_name
from .causes import name as cause_name
from .dissect_bearer import bearer_fields, bearer_words, high_layer_fields, low_layer_fields
from .dissect_facility import facility_fields
from .elements_names import words
from .messages_table import name_of as message_name

Described = tuple[str, list[Field]]
"""An element in words, and the fields below it."""


def element_field(element: e.Element, reason: str = "") -> Field:
    """An element's tree. ``reason``: what is wrong with it, if anything."""
    name = e.name_of(element.id, element.codeset)
    if name[0].islower():
        name = name[0].upper() + name[1:]
    if isinstance(element, e.Malformed):
        return Field(name, "cannot be read", element.raw, element.octets, reason=element.reason)
    if element.codeset == 0:
        describe = DESCRIBERS.get(element.id)
        if describe is not None and (
            element.id < 0 or element.id >= 0x80 or len(element.octets) > 2
        ):
            text, children = describe(element)
            return Field(name, text, None, element.octets, children, reason)
    if element.id < 0x80 and len(element.octets) == 2:
        return Field(name, "empty: as if it were not there", b"", element.octets, None, reason)
    text = element.raw.hex(" ") if element.id < 0x80 else f"0x{element.octets[0]:02x}"
    if element.codeset != 0:
        text += f" (codeset {element.codeset}, {CODESETS[element.codeset]}, is not read)"
    elif not reason:
        reason = "this element is not known"
    return Field(name, text, element.raw, element.octets, None, reason)


CODESETS: Final = (
    "ITU-T",
    "reserved",
    "reserved",
    "reserved",
    "ISO/IEC",
    "national",
    "of the local network",
    "of the user",
)


def _octet(name: str, table: dict[int, str], value: int, raw: bytes) -> Field:
    return Field(name, words(table, value), value, raw)


def _flag(name: str, value: bool, yes: str, no: str, raw: bytes) -> Field:
    return Field(name, yes if value else no, 1 if value else 0, raw)


def _shift(element: e.Element) -> Described:
    assert isinstance(element, e.Shift)
    how = "all that follow" if element.locking else "the next element"
    return f"codeset {element.to} ({CODESETS[element.to]}) for {how}", []


def _plain(element: e.Element) -> Described:
    return "present", []


def _congestion_level(element: e.Element) -> Described:
    assert isinstance(element, e.CongestionLevel)
    return words(n.CONGESTION, element.level), []


def _repeat_indicator(element: e.Element) -> Described:
    assert isinstance(element, e.RepeatIndicator)
    return words(n.REPEAT, element.indication), []


def _segmented_message(element: e.Element) -> Described:
    assert isinstance(element, e.SegmentedMessage)
    raw = element.raw
    name = message_name(element.type)
    which = "first segment" if element.first else "subsequent segment"
    return f"{which} of {name}, {element.remaining} to follow", [
        _flag("First segment", element.first, "yes", "no", raw[:1]),
        Field("Segments remaining", str(element.remaining), element.remaining, raw[:1]),
        Field("Segmented message type", name, element.type, raw[1:]),
    ]


def _message_segment(element: e.Element) -> Described:
    assert isinstance(element, e.MessageSegment)
    return f"{len(element.segment)} octets of it: {element.segment.hex(' ')}", []


def _bearer_capability(element: e.Element) -> Described:
    assert isinstance(element, e.BearerCapability)
    return bearer_words(element), bearer_fields(element)


def _low_layer_compatibility(element: e.Element) -> Described:
    assert isinstance(element, e.LowLayerCompatibility)
    return bearer_words(element), low_layer_fields(element)


def _high_layer_compatibility(element: e.Element) -> Described:
    assert isinstance(element, e.HighLayerCompatibility)
    return words(n.HIGH_LAYER, element.characteristics), high_layer_fields(element)


def _cause(element: e.Element) -> Described:
    assert isinstance(element, e.Cause)
    raw = element.raw
    at = 1 if element.recommendation < 0 else 2
    name = cause_name(element.value)
    fields = [
        _octet("Coding standard", n.CODING, element.coding, raw[:1]),
        Field("Location", location_name(element.location), element.location, raw[:1]),
    ]
    if element.recommendation >= 0:
        fields.append(
            Field("Recommendation", str(element.recommendation), element.recommendation, raw[1:2])
        )
    fields.append(Field("Cause value", f"{element.value} {name}", element.value, raw[at : at + 1]))
    if element.diagnostics:
        fields.append(_diagnostics(element))
    return f"{element.value} {name} (from: {location_name(element.location)})", fields


def _diagnostics(element: e.Cause) -> Field:
    """The diagnostics whose meaning table 1/Q.850 gives."""
    octets = element.diagnostics
    text = octets.hex(" ")
    if element.value in (96, 99, 100, 43):
        text = ", ".join([e.name_of(octet) for octet in octets])
    elif element.value in (97, 98, 101):
        text = message_name(octets[0])
    elif element.value == 102 and octets.isascii():
        text = "timer T" + octets.decode("ascii")
    return Field("Diagnostics", text, octets, octets)


def _call_identity(element: e.Element) -> Described:
    assert isinstance(element, e.CallIdentity)
    return element.identity.hex(" "), []


def _call_state(element: e.Element) -> Described:
    assert isinstance(element, e.CallState)
    name = words(n.CALL_STATES, element.state)
    return f"{element.state} {name}", [
        _octet("Coding standard", n.CODING, element.coding, element.raw),
        Field("State", f"{element.state} {name}", element.state, element.raw),
    ]


def channel_words(element: e.ChannelIdentification) -> str:
    """Which channel, in a few words."""
    how = "exclusive" if element.exclusive else "preferred"
    if element.d_channel:
        return "D-channel"
    if element.selection == e.AS_INDICATED and element.primary:
        what = ",".join([str(channel) for channel in element.channels])
        return f"channel {what} {how}"
    table = n.SELECTION_PRIMARY if element.primary else n.SELECTION_BASIC
    return f"{words(table, element.selection)} {how}"


def _channel_identification(element: e.Element) -> Described:
    assert isinstance(element, e.ChannelIdentification)
    raw = element.raw
    octet3 = raw[:1]
    table = n.SELECTION_PRIMARY if element.primary else n.SELECTION_BASIC
    fields = [
        _flag("Interface", element.interface >= 0, "explicitly identified", "implicit", octet3),
        _flag("Interface type", element.primary, "primary rate or other", "basic", octet3),
        _flag("Channel is", element.exclusive, "exclusive", "preferred", octet3),
        _flag("D-channel", element.d_channel, "is the D-channel", "is not the D-channel", octet3),
        _octet("Selection", table, element.selection, octet3),
    ]
    if element.interface >= 0:
        text = str(element.interface)
        fields.append(Field("Interface identifier", text, element.interface, raw[1:]))
    if element.channels or element.by_map:
        fields += [
            _octet("Coding standard", n.CODING, element.coding, b""),
            _octet("Channel type", n.CHANNEL_TYPE, element.channel_type, b""),
            _flag("Given as", element.by_map, "slot map", "numbers", b""),
            Field("Channels", ", ".join([str(channel) for channel in element.channels]), None),
        ]
    return channel_words(element), fields


def _progress_indicator(element: e.Element) -> Described:
    assert isinstance(element, e.ProgressIndicator)
    raw = element.raw
    text = f"{element.description} {words(n.PROGRESS, element.description)}"
    return f"{text} (from: {location_name(element.location)})", [
        _octet("Coding standard", n.CODING, element.coding, raw[:1]),
        Field("Location", location_name(element.location), element.location, raw[:1]),
        Field("Progress description", text, element.description, raw[1:2]),
    ]


def _network_specific_facilities(element: e.Element) -> Described:
    assert isinstance(element, e.NetworkSpecificFacilities)
    raw = element.raw
    fields = []
    if element.network:
        fields = [
            _octet("Type of network", n.NETWORK_TYPE, element.type, raw[1:2]),
            _octet("Identification plan", n.NETWORK_PLAN, element.plan, raw[1:2]),
            Field("Network", element.network, element.network, raw[2 : 1 + raw[0]]),
        ]
    facility = element.facility
    fields.append(Field("Facility", facility.hex(" "), facility, facility))
    return f"{element.network or 'this network'}: {facility.hex(' ')}", fields


def _notification_indicator(element: e.Element) -> Described:
    assert isinstance(element, e.NotificationIndicator)
    text = words(n.NOTIFICATION, element.description)
    return text, [Field("Notification description", text, element.description, element.raw)]


def _display(element: e.Element) -> Described:
    assert isinstance(element, e.Display)
    fields = []
    if element.type >= 0:
        fields.append(Field("Display type", str(element.type), element.type, element.raw[:1]))
    fields.append(Field("Text", printable(element.text), element.text, element.raw))
    return printable(element.text), fields


def _date_time(element: e.Element) -> Described:
    assert isinstance(element, e.DateTime)
    text = f"{element.year:02d}-{element.month:02d}-{element.day:02d}"
    if element.hour >= 0:
        text += f" {element.hour:02d}"
    if element.minute >= 0:
        text += f":{element.minute:02d}"
    if element.second >= 0:
        text += f":{element.second:02d}"
    return text, []


def _keypad_facility(element: e.Element) -> Described:
    assert isinstance(element, e.KeypadFacility)
    text = printable(element.text)
    return text, [Field("Keys", text, element.text, element.raw)]


def _signal(element: e.Element) -> Described:
    assert isinstance(element, e.Signal)
    return words(n.SIGNAL, element.value), []


def _information_rate(element: e.Element) -> Described:
    assert isinstance(element, e.InformationRate)
    raw = element.raw
    incoming, outgoing = (
        words(n.THROUGHPUT, element.incoming),
        words(n.THROUGHPUT, element.outgoing),
    )
    return f"in {incoming}, out {outgoing}", [
        _octet("Incoming rate", n.THROUGHPUT, element.incoming, raw[:1]),
        _octet("Outgoing rate", n.THROUGHPUT, element.outgoing, raw[1:2]),
        _octet("Minimum incoming rate", n.THROUGHPUT, element.minimum_incoming, raw[2:3]),
        _octet("Minimum outgoing rate", n.THROUGHPUT, element.minimum_outgoing, raw[3:4]),
    ]


def _end_to_end_transit_delay(element: e.Element) -> Described:
    assert isinstance(element, e.EndToEndTransitDelay)
    raw = element.raw
    fields = [Field("Cumulative", f"{element.cumulative} ms", element.cumulative, raw[:3])]
    if element.requested >= 0:
        text = f"{element.requested} ms"
        fields.append(Field("Requested end-to-end", text, element.requested, raw[3:6]))
    if element.maximum >= 0:
        fields.append(Field("Maximum", f"{element.maximum} ms", element.maximum, raw[6:9]))
    return f"{element.cumulative} ms so far", fields


def _transit_delay_selection(element: e.Element) -> Described:
    assert isinstance(element, e.TransitDelaySelection)
    return f"{element.delay} ms", [Field("Delay", f"{element.delay} ms", element.delay)]


def _packet_layer_binary_parameters(element: e.Element) -> Described:
    assert isinstance(element, e.PacketLayerBinaryParameters)
    raw = element.raw
    modulus = "modulo 128" if element.modulo_128 else "modulo 8"
    return modulus, [
        _octet("Fast select", n.FAST_SELECT, element.fast_select, raw),
        _flag("Expedited data", element.expedited, "requested", "not requested", raw),
        _flag(
            "Delivery confirmation",
            element.delivery_confirmation,
            "end-to-end",
            "link by link",
            raw,
        ),
        Field("Sequence numbers", modulus, 1 if element.modulo_128 else 0, raw),
    ]


def _packet_layer_window_size(element: e.Element) -> Described:
    assert isinstance(element, e.PacketLayerWindowSize)
    return _both_ways(element.forward, element.backward, "", element.raw)


def _packet_size(element: e.Element) -> Described:
    assert isinstance(element, e.PacketSize)
    return _both_ways(element.forward, element.backward, "2^", element.raw)


def _both_ways(forward: int, backward: int, prefix: str, raw: bytes) -> Described:
    fields = [Field("Forward", f"{prefix}{forward}", forward, raw[:1])]
    text = f"forward {prefix}{forward}"
    if backward >= 0:
        fields.append(Field("Backward", f"{prefix}{backward}", backward, raw[1:2]))
        text += f", backward {prefix}{backward}"
    return text, fields


def _closed_user_group(element: e.Element) -> Described:
    assert isinstance(element, e.ClosedUserGroup)
    raw = element.raw
    return f"index {element.index}", [
        _octet("Indication", n.CUG_INDICATION, element.indication, raw[:1]),
        Field("Index code", printable(element.index), element.index, raw[1:]),
    ]


def _reverse_charging(element: e.Element) -> Described:
    assert isinstance(element, e.ReverseCharging)
    return words(n.REVERSE_CHARGING, element.indication), []


def _number(element: e.Element) -> Described:
    assert isinstance(element, e.Number)
    raw = element.raw
    fields = [
        _octet("Type of number", n.TYPE_OF_NUMBER, element.type_of_number, raw[:1]),
        _octet("Numbering plan", n.PLAN, element.plan, raw[:1]),
    ]
    text = printable(element.digits) or "(no digits)"
    if element.explicit:
        fields.append(_octet("Presentation", n.PRESENTATION, element.presentation, raw[1:2]))
        fields.append(_octet("Screening", n.SCREENING, element.screening, raw[1:2]))
        if element.presentation:
            text += f" (presentation {words(n.PRESENTATION, element.presentation)})"
    if element.reason >= 0:
        fields.append(_octet("Reason", n.REDIRECTION_REASON, element.reason, raw[2:3]))
    at = len(raw) - len(element.digits)
    fields.append(Field("Digits", printable(element.digits), element.digits, raw[at:]))
    return text, fields


def _subaddress(element: e.Element) -> Described:
    assert isinstance(element, e.Subaddress)
    raw = element.raw
    address = element.address
    text = address.hex(" ")
    if element.type == 0 and address[:1] == b"\x50" and address[1:].isascii():
        text = printable(address[1:].decode("ascii"))  # NSAP with AFI 50: IA5 follows (X.213)
    return text, [
        _octet("Type", n.SUBADDRESS_TYPE, element.type, raw[:1]),
        _flag("Number of half octets", element.odd, "odd", "even", raw[:1]),
        Field("Subaddress", text, address, raw[1:]),
    ]


def _transit_network_selection(element: e.Element) -> Described:
    assert isinstance(element, e.TransitNetworkSelection)
    raw = element.raw
    text = printable(element.network)
    return text, [
        _octet("Type of network", n.NETWORK_TYPE, element.type, raw[:1]),
        _octet("Identification plan", n.NETWORK_PLAN, element.plan, raw[:1]),
        Field("Network", text, element.network, raw[1:]),
    ]


def _restart_indicator(element: e.Element) -> Described:
    assert isinstance(element, e.RestartIndicator)
    return words(n.RESTART_CLASS, element.class_), []


def _user_user(element: e.Element) -> Described:
    assert isinstance(element, e.UserUser)
    raw = element.raw
    text = element.data.hex(" ")
    if element.protocol == 4 and element.data.isascii():
        text = printable(element.data.decode("ascii"))
    return text, [
        _octet("Protocol discriminator", n.USER_PROTOCOL, element.protocol, raw[:1]),
        Field("User information", text, element.data, raw[1:]),
    ]


def printable(text: str) -> str:
    """Text that may go to a terminal: control characters as escapes."""
    if text.isprintable():
        return text
    return "".join([c if c.isprintable() else f"\\x{ord(c):02x}" for c in text])


DESCRIBERS: Final[dict[int, Callable[[e.Element], Described]]] = {
    e.MESSAGE_SEGMENT: _message_segment,
    e.SHIFT: _shift,
    e.MORE_DATA: _plain,
    e.SENDING_COMPLETE: _plain,
    e.CONGESTION_LEVEL: _congestion_level,
    e.REPEAT_INDICATOR: _repeat_indicator,
    e.SEGMENTED_MESSAGE: _segmented_message,
    e.BEARER_CAPABILITY: _bearer_capability,
    e.CAUSE: _cause,
    e.CALL_IDENTITY: _call_identity,
    e.CALL_STATE: _call_state,
    e.CHANNEL_IDENTIFICATION: _channel_identification,
    e.FACILITY: facility_fields,
    e.PROGRESS_INDICATOR: _progress_indicator,
    e.NETWORK_SPECIFIC_FACILITIES: _network_specific_facilities,
    e.NOTIFICATION_INDICATOR: _notification_indicator,
    e.DISPLAY: _display,
    e.DATE_TIME: _date_time,
    e.KEYPAD_FACILITY: _keypad_facility,
    e.SIGNAL: _signal,
    e.INFORMATION_RATE: _information_rate,
    e.END_TO_END_TRANSIT_DELAY: _end_to_end_transit_delay,
    e.TRANSIT_DELAY_SELECTION: _transit_delay_selection,
    e.PACKET_LAYER_BINARY_PARAMETERS: _packet_layer_binary_parameters,
    e.PACKET_LAYER_WINDOW_SIZE: _packet_layer_window_size,
    e.PACKET_SIZE: _packet_size,
    e.CLOSED_USER_GROUP: _closed_user_group,
    e.REVERSE_CHARGING: _reverse_charging,
    e.CONNECTED_NUMBER: _number,
    e.CONNECTED_SUBADDRESS: _subaddress,
    e.CALLING_PARTY_NUMBER: _number,
    e.CALLING_PARTY_SUBADDRESS: _subaddress,
    e.CALLED_PARTY_NUMBER: _number,
    e.CALLED_PARTY_SUBADDRESS: _subaddress,
    e.REDIRECTING_NUMBER: _number,
    e.REDIRECTION_NUMBER: _number,
    e.TRANSIT_NETWORK_SELECTION: _transit_network_selection,
    e.RESTART_INDICATOR: _restart_indicator,
    e.LOW_LAYER_COMPATIBILITY: _low_layer_compatibility,
    e.HIGH_LAYER_COMPATIBILITY: _high_layer_compatibility,
    e.USER_USER: _user_user,
}
"""By identifier of codeset 0."""
