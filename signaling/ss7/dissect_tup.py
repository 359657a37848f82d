"""TUP messages as trees, with the notes that a ladder shows beside them."""

from __future__ import annotations

from ..dissect_tree import Dissection, Field
from .tup_causes import cause_of
from .tup_messages import (
    CHINA_LABEL,
    ITU_LABEL,
    ST,
    AddressComplete,
    Charging,
    CongestionControl,
    ExtendedUnsuccessful,
    GeneralRequest,
    GroupMessage,
    Metering,
    SubsequentAddress,
    TupMessage,
    join_cic,
)
from .tup_messages_address import GeneralForward, Indicators, InitialAddress, Line, decode
from .tup_messages_table import GROUPS, HEADINGS, UNSUCCESSFUL
from .tup_names import (
    COMPLETE_BITS,
    CONTINUITY,
    INDICATOR_BITS,
    KINDS,
    NATURES,
    PRESENT_BITS,
    REQUEST_BITS,
    RESPONSE_BITS,
    SATELLITE,
    bits_text,
    category_name,
)


def dissect_tup(
    data: bytes, direction: int, sls: int = 0, label: int = ITU_LABEL, china: bool = False
) -> Dissection:
    """What the octets behind the routing label say; ``sls``: its SLS field, with CHINA_LABEL the
    whole octet. ``china``: categories and messages of GF 001-9001."""
    china = china or label == CHINA_LABEL
    if len(data) < 2:
        reason = "there is no heading code" if data else "there is nothing behind the label"
        field = Field("TUP", "too short", None, data, reason=reason)
        return Dissection("TUP", "unreadable message", direction, [field])
    cic = join_cic(sls, data[0], label)
    message = decode(data[1:])
    row = HEADINGS.get(message.heading)
    title = message.name
    group = GROUPS.get(message.heading & 15, ("spare", "spare"))
    fields = [
        Field("Circuit", f"CIC {cic}", cic, data[:1]),
        Field("Message group", f"{group[0]}, {group[1]}", message.heading & 15, data[1:2]),
        Field("Heading code", row.name if row else title, message.heading, data[1:2]),
    ]
    reason = message.reason or ("" if row else "no message has this heading code")
    if message.reason:
        fields.append(Field("Contents", "unreadable", None, data[2:], reason=message.reason))
    else:
        fields += contents(message, china)
    whole = Field("TUP", title, None, data, fields, "" if message.reason else reason)
    return Dissection("TUP", title, direction, [whole], f"CIC {cic}", notes(message))


def contents(message: TupMessage, china: bool) -> list[Field]:
    """The fields behind the heading code."""
    if isinstance(message, InitialAddress):
        return _initial(message, china)
    if isinstance(message, SubsequentAddress):
        return [_signals("Address signals", message.signals)]
    if isinstance(message, GeneralForward):
        return _forward(message, china)
    if isinstance(message, GeneralRequest):
        text = bits_text(message.wanted, REQUEST_BITS)
        return [Field("Request type", text, message.wanted, message.octets[1:2])]
    if isinstance(message, AddressComplete):
        value = message.octets[1]
        kind = Field("Address complete", KINDS[message.kind], message.kind, message.octets[1:2])
        return [kind, Field("Indicators", bits_text(value, COMPLETE_BITS), value)]
    if isinstance(message, GroupMessage):
        return _group(message)
    if isinstance(message, Metering):
        return [Field("Metering", f"{message.pulses} pulses", message.pulses, message.octets[1:3])]
    if isinstance(message, Charging):
        return [Field("Charging information", message.data.hex(), message.data, message.data)]
    if isinstance(message, CongestionControl):
        return [Field("Congestion", f"level {message.level}", message.level, message.octets[1:2])]
    if isinstance(message, ExtendedUnsuccessful):
        text = "subscriber busy" if message.indicator == 1 else "spare"
        origin = Field("Origin", message.origin.hex(), message.origin, message.origin)
        return [Field("Indicator", text, message.indicator, message.octets[1:2]), origin]
    rest = message.octets[1:]
    return [Field("More", rest.hex(), rest, rest)] if rest else []


def _signals(name: str, signals: str) -> Field:
    number = signals.rstrip(ST)
    text = f"{number} and end of pulsing (ST)" if ST in signals else number
    return Field(name, text or "none", signals)


def _initial(message: InitialAddress, china: bool) -> list[Field]:
    raw = message.octets
    value = raw[2] | (raw[3] & 15) << 8
    fields = [
        Field(
            "Calling party's category",
            category_name(message.category, china),
            message.category,
            raw[1:2],
        ),
        Field("Message indicators", "", value, raw[2:4], _indicators(message.indicators)),
        _signals("Called number", message.signals),
    ]
    if message.name == "IAI":
        text = bits_text(message.present, PRESENT_BITS)
        fields.append(Field("Additional information", text, message.present))
    if message.group:
        fields.append(Field("Closed user group", message.group.hex(), message.group, message.group))
    fields += _lines(message.calling, message.original)
    return fields + _rest(message.rest)


def _indicators(indicators: Indicators) -> list[Field]:
    nature, continuity = indicators.nature, indicators.continuity
    fields = [
        Field("Nature of address", NATURES[nature], nature),
        Field("Nature of circuit", SATELLITE[indicators.satellite], indicators.satellite),
        Field("Continuity", CONTINUITY[continuity], continuity),
    ]
    bits = indicators.bits
    for bit, name, text in INDICATOR_BITS:
        if bits >> bit & 1:
            fields.append(Field(name, text, 1))
    return fields


def _line(name: str, line: Line) -> Field:
    words = [line.signals.rstrip(ST) or "not available", NATURES[line.nature]]
    words += ["presentation restricted"] if line.restricted else []
    words += ["incomplete"] if line.incomplete else []
    return Field(name, ", ".join(words), line.signals)


def _lines(calling: Line | None, original: Line | None) -> list[Field]:
    fields = []
    if calling is not None:
        fields.append(_line("Calling line identity", calling))
    if original is not None:
        fields.append(_line("Original called address", original))
    return fields


def _rest(rest: bytes) -> list[Field]:
    return [Field("More", rest.hex(), rest, rest)] if rest else []


def _forward(message: GeneralForward, china: bool) -> list[Field]:
    text = bits_text(message.present, RESPONSE_BITS)
    fields = [Field("Response type", text, message.present, message.octets[1:2])]
    if message.category >= 0:
        name = category_name(message.category, china)
        fields.append(Field("Calling party's category", name, message.category))
    if message.trunk:
        fields.append(Field("Incoming trunk", message.trunk.hex(), message.trunk, message.trunk))
    return fields + _lines(message.calling, message.original) + _rest(message.rest)


def _group(message: GroupMessage) -> list[Field]:
    fields = [
        Field("Range", f"{message.range + 1} circuits", message.range, message.octets[1:2]),
    ]
    if len(message.octets) > 2:
        named = [str(n) for n in range(message.range + 1) if message.status >> n & 1]
        text = f"circuits {', '.join(named)} of the range" if named else "none"
        fields.append(Field("Status", text, message.status, message.octets[2:]))
    return fields


def notes(message: TupMessage) -> list[str]:
    """The numbers, the cause: what one looks for first."""
    found: list[str] = []
    if message.reason:
        return ["malformed"]
    if isinstance(message, InitialAddress):
        if message.calling is not None and message.calling.signals:
            found.append(f"from {message.calling.signals.rstrip(ST)}")
        found.append(f"to {message.signals.rstrip(ST) or '(no digits)'}")
        if message.indicators.continuity:
            found.append(CONTINUITY[message.indicators.continuity])
    elif isinstance(message, SubsequentAddress):
        found.append(f"digits {message.signals.rstrip(ST) or 'end'}")
    elif isinstance(message, AddressComplete):
        found += ["subscriber free"] if message.free else []
        found.append(KINDS[message.kind])
    elif isinstance(message, GeneralForward) and message.calling is not None:
        found.append(f"from {message.calling.signals.rstrip(ST) or '(not available)'}")
    elif isinstance(message, GroupMessage):
        found.append(f"{message.range + 1} circuits")
    elif message.heading in UNSUCCESSFUL:
        indicator = message.indicator if isinstance(message, ExtendedUnsuccessful) else 0
        found.append(f"cause {cause_of(message.heading, indicator)}")
    return found
