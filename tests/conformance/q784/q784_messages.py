"""ISUP messages as words: what a script's ``>`` line makes and its ``<`` line compares.

``IAM cic=1 called=7551234 continuity=1``; ``REL cause=16``; ``CGB hw range=2 marked=0,2``; ``0x7f
mci=release`` is a message type that there is not, with message compatibility information;
``x99=0102`` adds the parameter 0x99, ``pci=99:release+notify,9a:discard`` says what to do with it.
"""

from __future__ import annotations

from typing import Any

from trunkd.errors import LocalError
from trunkd.signaling.ss7 import isup_messages as m
from trunkd.signaling.ss7 import isup_parameters as p
from trunkd.signaling.ss7.isup_messages_table import ROWS

KINDS = {row.name: row.kind for row in ROWS}
FLAGS = {"hw", "st", "nost", "network", "user", "ok", "failed", "segment", "echo", "inband"}
Words = dict[str, str]


def split(words: list[str]) -> tuple[str, Words]:
    """The message's name and its fields; a word without ``=`` is a flag."""
    fields = {}
    for word in words[1:]:
        key, equals, value = word.partition("=")
        assert equals or key in FLAGS or key.startswith("no-"), f"{word!r} is no field"
        fields[key] = value
    return words[0], fields


def number_of(fields: Words, key: str, default: int) -> int:
    return int(fields.pop(key)) if key in fields else default


def flag_of(fields: Words, key: str) -> bool:
    return fields.pop(key, None) is not None


def instruction(text: str) -> p.Instruction:
    """``release+notify``: the bits of an instruction indicator (3.33, 3.41)."""
    words = text.split("+")
    known = {
        "release",
        "notify",
        "discard",
        "parameter",
        "end",
        "pon-message",
        "pon-parameter",
        "pass",
    }
    assert set(words) <= known, text
    pass_on = p.PASS_ON_RELEASE
    if "pon-message" in words:
        pass_on = p.PASS_ON_DISCARD_MESSAGE
    elif "pon-parameter" in words:
        pass_on = p.PASS_ON_DISCARD_PARAMETER
    return p.Instruction(
        "end" in words,
        "release" in words,
        "notify" in words,
        "discard" in words,
        "parameter" in words,
        pass_on,
    )


def optional(fields: Words) -> list[p.Parameter]:
    """Parameters that any message may bring."""
    unknown = [key for key in fields if key.startswith("x")]
    out: list[p.Parameter] = [
        p.Parameter(int(key[1:], 16), bytes.fromhex(fields.pop(key))) for key in unknown
    ]
    if "mci" in fields:
        out.append(p.MessageCompatibility(instruction(fields.pop("mci"))))
    if "pci" in fields:
        items = [item.split(":") for item in fields.pop("pci").split(",")]
        out.append(
            p.ParameterCompatibility(tuple((int(c, 16), instruction(text)) for c, text in items))
        )
    if "segment" in fields or "inband" in fields:
        segment, inband = flag_of(fields, "segment"), flag_of(fields, "inband")
        out.append(p.OptionalBackwardCallIndicators(inband, False, segment))
    if "calling" in fields:
        out.append(p.Number(p.CALLING_PARTY_NUMBER, fields.pop("calling"), screening=3))
    if "connected" in fields:
        out.append(p.Number(p.CONNECTED_NUMBER, fields.pop("connected"), screening=1))
    if "delay" in fields:
        out.append(p.PropagationDelay(int(fields.pop("delay"))))
    if "history" in fields:
        out.append(p.PropagationDelay(int(fields.pop("history")), p.CALL_HISTORY))
    if "used" in fields:
        out.append(p.Value(p.TRANSMISSION_MEDIUM_USED, int(fields.pop("used"))))
    if "prime" in fields:
        out.append(p.Value(p.TRANSMISSION_MEDIUM_REQUIREMENT_PRIME, int(fields.pop("prime"))))
    if "level" in fields:
        out.append(p.Value(p.AUTOMATIC_CONGESTION_LEVEL, int(fields.pop("level"))))
    if "generic" in fields:
        out.append(p.Number(p.GENERIC_NUMBER, fields.pop("generic"), qualifier=6, screening=0))
    if "uui" in fields:
        out.append(p.Parameter(p.USER_TO_USER_INFORMATION, bytes.fromhex(fields.pop("uui"))))
    if "with-cause" in fields:
        out.append(p.Cause(int(fields.pop("with-cause"))))
    if "ask" in fields:
        wanted = fields.pop("ask") == "connected"
        out.append(p.OptionalForwardCallIndicators(connected_line=wanted))
    return out


def backward(fields: Words) -> p.BackwardCallIndicators:
    return p.BackwardCallIndicators(
        number_of(fields, "charge", p.CHARGE),
        number_of(fields, "status", p.NO_INDICATION),
        number_of(fields, "category", p.ORDINARY),
        number_of(fields, "method", 0),
        number_of(fields, "interworking", 0) != 0,
        False,
        number_of(fields, "isup", 1) != 0,
        False,
        number_of(fields, "isdn", 1) != 0,
        flag_of(fields, "echo"),
    )


def range_and_status(fields: Words, bare: bool) -> p.RangeAndStatus:
    size = number_of(fields, "range", 1)
    if bare:
        return p.RangeAndStatus(size)
    text = fields.pop("marked", None)
    if text is None:
        marked = set(range(size + 1))
    else:
        marked = {int(word) for word in text.split(",") if word != "none"}
    return p.RangeAndStatus(size, p.status_of([at in marked for at in range(size + 1)]))


def address(fields: Words) -> list[p.Parameter]:
    """The mandatory part of an IAM."""
    forward = p.ForwardCallIndicators(isdn_access=number_of(fields, "isdn", 1) != 0)
    if "forward" in fields:
        forward = p.ForwardCallIndicators(octets=bytes.fromhex(fields.pop("forward")))
    out: list[p.Parameter] = [
        p.NatureOfConnection(
            number_of(fields, "satellites", 0),
            number_of(fields, "continuity", 0),
            flag_of(fields, "echo"),
        ),
        forward,
        p.Value(p.CALLING_PARTYS_CATEGORY, number_of(fields, "category", 10)),
        p.Value(p.TRANSMISSION_MEDIUM_REQUIREMENT, number_of(fields, "tmr", 3)),
        p.Number(
            p.CALLED_PARTY_NUMBER,
            fields.pop("called", "7551234"),
            number_of(fields, "nai", p.NATIONAL),
            st=not flag_of(fields, "nost"),
        ),
    ]
    if "segment" in fields:
        flag_of(fields, "segment")
        out.append(p.OptionalForwardCallIndicators(segmentation=True))
    return out


def mandatory(kind: int, fields: Words) -> list[p.Parameter]:
    if kind == m.IAM:
        return address(fields)
    if kind in (m.ACM, m.CON):
        return [backward(fields)]
    if kind == m.CPG:
        return [p.EventInformation(number_of(fields, "event", 1))]
    if kind in (m.REL, m.CFN):
        return [p.Cause(number_of(fields, "cause", 16), diagnostics=diagnostics_of(fields))]
    if kind in (m.SUS, m.RES):
        flag_of(fields, "user")
        return [p.SuspendResume(flag_of(fields, "network"))]
    if kind == m.COT:
        flag_of(fields, "failed")
        return [p.Value(p.CONTINUITY_INDICATORS, 1 if flag_of(fields, "ok") else 0)]
    if kind in (m.CGB, m.CGU, m.CGBA, m.CGUA):
        hardware = p.Value(p.GROUP_SUPERVISION_TYPE, 1 if flag_of(fields, "hw") else 0)
        return [hardware, range_and_status(fields, False)]
    if kind in (m.GRS, m.CQM):
        return [range_and_status(fields, True)]
    if kind == m.GRA:
        fields.setdefault("marked", "none")
        return [range_and_status(fields, False)]
    if kind == m.SAM:
        text = fields.pop("digits")
        return [p.SubsequentNumber(text, flag_of(fields, "st"))]
    if kind == m.INF:
        return [p.Information(p.ADDRESS_INCLUDED)]
    return []


def diagnostics_of(fields: Words) -> bytes:
    return bytes.fromhex(fields.pop("diag", ""))


def make(words: list[str], cic: int) -> bytes:
    """The octets of a ``>`` line."""
    name, fields = split(words)
    cic = number_of(fields, "cic", cic)
    raw = fields.pop("raw", None)
    if raw is not None:
        return cic.to_bytes(2, "little") + bytes([KINDS[name]]) + bytes.fromhex(raw)
    if name.startswith("0x"):
        part = b"".join(bytes((x.code, len(x.octets))) + x.octets for x in optional(fields))
        return cic.to_bytes(2, "little") + bytes([int(name, 16), 1]) + part + b"\0"
    kind = KINDS[name]
    message = m.message(kind, cic, mandatory(kind, fields) + optional(fields))
    assert not fields, f"{name} cannot have {fields}"
    try:
        return message.encode()
    except LocalError as error:
        raise AssertionError(f"{' '.join(words)}: {error}") from None


def number(read: m.IsupMessage, code: int) -> str | None:
    found = read.number(code)
    return None if found is None else found.digits


def attribute(read: m.IsupMessage, code: int, name: str) -> Any:
    found = read.read(code)
    return None if found is None else getattr(found, name)


def marked(read: m.IsupMessage) -> str:
    found = read.range_and_status()
    assert found is not None
    return ",".join(str(at) for at in range(found.count) if found.marked(at)) or "none"


CODES = {
    "category": (p.CALLING_PARTYS_CATEGORY, "value"),
    "tmr": (p.TRANSMISSION_MEDIUM_REQUIREMENT, "value"),
    "prime": (p.TRANSMISSION_MEDIUM_REQUIREMENT_PRIME, "value"),
    "used": (p.TRANSMISSION_MEDIUM_USED, "value"),
    "level": (p.AUTOMATIC_CONGESTION_LEVEL, "value"),
    "hop": (p.HOP_COUNTER, "value"),
    "continuity": (p.NATURE_OF_CONNECTION, "continuity"),
    "satellites": (p.NATURE_OF_CONNECTION, "satellites"),
    "event": (p.EVENT_INFORMATION, "event"),
    "cause": (p.CAUSE_INDICATORS, "value"),
    "location": (p.CAUSE_INDICATORS, "location"),
    "status": (p.BACKWARD_CALL_INDICATORS, "called_status"),
    "charge": (p.BACKWARD_CALL_INDICATORS, "charge"),
    "delay": (p.PROPAGATION_DELAY_COUNTER, "ms"),
    "history": (p.CALL_HISTORY, "ms"),
    "range": (p.RANGE_AND_STATUS, "range"),
    "digits": (p.SUBSEQUENT_NUMBER, "digits"),
    "preference": (p.FORWARD_CALL_INDICATORS, "preference"),
}
NUMBERS = {
    "called": p.CALLED_PARTY_NUMBER,
    "calling": p.CALLING_PARTY_NUMBER,
    "connected": p.CONNECTED_NUMBER,
    "generic": p.GENERIC_NUMBER,
}


def told(read: m.IsupMessage, key: str) -> str:
    """What a message says of a field, as a script writes it."""
    if key == "cic":
        return str(read.cic)
    if key in NUMBERS:
        return str(number(read, NUMBERS[key]))
    if key in CODES:
        code, name = CODES[key]
        return str(attribute(read, code, name))
    if key == "diag":
        return str(attribute(read, p.CAUSE_INDICATORS, "diagnostics").hex())
    if key == "marked":
        return marked(read)
    if key.startswith("x"):
        octets = read.get(int(key[1:], 16))
        return "none" if octets is None else octets.hex()
    raise AssertionError(f"nothing tells {key!r}")


def holds(read: m.IsupMessage, key: str) -> bool:
    """Is the flag true of the message?"""
    if key in ("st", "nost"):
        code = p.SUBSEQUENT_NUMBER if read.kind == m.SAM else p.CALLED_PARTY_NUMBER
        return bool(attribute(read, code, "st")) == (key == "st")
    if key in ("network", "user"):
        return bool(attribute(read, p.SUSPEND_RESUME_INDICATORS, "network")) == (key == "network")
    if key in ("ok", "failed"):
        return bool(read.value(p.CONTINUITY_INDICATORS) & 1) == (key == "ok")
    if key == "hw":
        return read.value(p.GROUP_SUPERVISION_TYPE) == p.HARDWARE
    if key in ("segment", "inband"):
        code = (
            p.OPTIONAL_FORWARD_CALL_INDICATORS
            if read.kind == m.IAM
            else p.OPTIONAL_BACKWARD_CALL_INDICATORS
        )
        name = "segmentation" if key == "segment" else key
        return bool(attribute(read, code, name))
    if key == "echo":
        code = p.NATURE_OF_CONNECTION if read.kind == m.IAM else p.BACKWARD_CALL_INDICATORS
        return bool(attribute(read, code, "echo"))
    raise AssertionError(f"{key!r} is no flag")


def differences(words: list[str], data: bytes, cic: int) -> str:
    """What of a ``<`` line is not so in the octets that were sent; "" if all is."""
    name, fields = split(words)
    read = m.decode(data)
    assert read.faults == [] and read.unrecognized == [], f"{data.hex(' ')}: {read.faults}"
    fields.setdefault("cic", str(cic))
    if read.name != name:
        return f"it is {read.name}"
    for key, value in fields.items():
        if key.startswith("no-"):
            if told(read, key[3:]) not in ("None", "none"):
                return f"it has {key[3:]} {told(read, key[3:])}"
        elif key in FLAGS:
            if not holds(read, key):
                return f"not {key}"
        elif told(read, key) != value:
            return f"{key} is {told(read, key)}"
    return ""
