"""ISUP messages: decoding and encoding (Q.763 1, Q.764 2.9.5).

Decoding is total: whatever comes gives an ``IsupMessage``; what is wrong with it is in ``faults``.
Parameters stay octets until they are asked for; ``read`` makes the typed value.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from .isup_messages_optional import OPTIONAL
from .isup_messages_table import (
    ACM,
    ANM,
    APM,
    BLA,
    BLO,
    CCL,
    CCR,
    CFN,
    CGB,
    CGBA,
    CGU,
    CGUA,
    CMC,
    CMR,
    CMRJ,
    CON,
    COT,
    CPG,
    CQM,
    CQR,
    CRG,
    DRS,
    ENCODED,
    FAA,
    FAC,
    FAR,
    FOT,
    FRJ,
    GRA,
    GRS,
    IAM,
    IDR,
    INF,
    INR,
    IRS,
    LAYOUTS,
    LOP,
    LPA,
    MPM,
    NO_MESSAGE,
    NRM,
    OLM,
    OPR,
    PAM,
    PRI,
    REL,
    RES,
    RLC,
    RSC,
    SAM,
    SDN,
    SGM,
    SUS,
    UBA,
    UBL,
    UCIC,
    UPA,
    UPT,
    USR,
    Layout,
    name_of,
)
from .isup_parameters_base import (
    BACKWARD_CALL_INDICATORS,
    CALLED_PARTY_NUMBER,
    CALLING_PARTY_NUMBER,
    CAUSE_INDICATORS,
    OCTET,
    RANGE_AND_STATUS,
    Parameter,
)
from .isup_parameters_call import BackwardCallIndicators
from .isup_parameters_cause import Cause
from .isup_parameters_circuit import RangeAndStatus
from .isup_parameters_number import Number
from .isup_parameters_table import read

__all__ = [
    "ACM",
    "ANM",
    "APM",
    "BLA",
    "BLO",
    "CCL",
    "CCR",
    "CFN",
    "CGB",
    "CGBA",
    "CGU",
    "CGUA",
    "CMC",
    "CMR",
    "CMRJ",
    "CON",
    "COT",
    "CPG",
    "CQM",
    "CQR",
    "CRG",
    "DRS",
    "FAA",
    "FAC",
    "FAR",
    "FOT",
    "FRJ",
    "GRA",
    "GRS",
    "IAM",
    "IDR",
    "INF",
    "INR",
    "IRS",
    "LOP",
    "LPA",
    "MPM",
    "NO_MESSAGE",
    "NRM",
    "OLM",
    "OPR",
    "PAM",
    "PRI",
    "REL",
    "RES",
    "RLC",
    "RSC",
    "SAM",
    "SDN",
    "SGM",
    "SUS",
    "UBA",
    "UBL",
    "UCIC",
    "UPA",
    "UPT",
    "USR",
    "IsupFault",
    "IsupMessage",
    "decode",
    "encode",
    "message",
    "name_of",
]


class IsupFault:
    """What is wrong with a received message. ``kind``: a short stable name for metrics;
    ``discard``: it is a format error and the message is to be discarded (2.9.5/Q.764);
    ``code``: the parameter, -1 for the message as a whole."""

    def __init__(
        self, kind: str, text: str, clause: str, code: int = -1, discard: bool = False
    ) -> None:
        self.kind: Final = kind
        self.text: Final = text
        self.clause: Final = clause
        self.code: Final = code
        self.discard: Final = discard

    def __repr__(self) -> str:
        return f"IsupFault({self.kind!r}, {self.text!r}, {self.clause!r})"


class IsupMessage:
    """An ISUP message; never changed once made.

    ``kind``: message type (IAM …). ``cic``: 0 to 4095. ``parameters``: contents by parameter code,
    the first of each code. ``repeats``: the later ones of a code, in order. ``raw``: the octets it
    came from, CIC first; b"" if we made it. ``body``: the octets behind the type of a message whose
    parameters are not known. ``unrecognized``: codes of optional parameters that are unknown or not
    expected in this message, in order (2.9.5.3/Q.764). ``faults``: what the decoder found wrong.
    ``known``: its type is one of the variant's; what is not is handled as 2.9.5.2/Q.764 says.
    """

    def __init__(
        self,
        kind: int,
        cic: int,
        parameters: dict[int, bytes] | None = None,
        repeats: list[tuple[int, bytes]] | None = None,
        raw: bytes = b"",
        body: bytes = b"",
        unrecognized: list[int] | None = None,
        faults: list[IsupFault] | None = None,
        known: bool = True,
    ) -> None:
        self.kind: Final = kind
        self.cic: Final = cic
        self.parameters: Final[dict[int, bytes]] = {} if parameters is None else parameters
        self.repeats: Final = repeats
        self.raw: Final = raw
        self.body: Final = body
        self.unrecognized: Final[list[int]] = NO_CODES if unrecognized is None else unrecognized
        self.faults: Final[list[IsupFault]] = NO_FAULTS if faults is None else faults
        self.known: Final = known

    @property
    def name(self) -> str:
        """Its abbreviation."""
        return name_of(self.kind)

    @property
    def discard(self) -> bool:
        """Has it a format error, so that it is to be discarded (2.9.5/Q.764)?"""
        return any(fault.discard for fault in self.faults)

    def get(self, code: int) -> bytes | None:
        """Contents of a parameter (the first of that code), or None."""
        return self.parameters.get(code)

    def has(self, code: int) -> bool:
        return code in self.parameters

    def read(self, code: int) -> Parameter | None:
        """A parameter as a value of its class (Malformed if it cannot be read), or None."""
        octets = self.parameters.get(code)
        return None if octets is None else read(code, octets)

    def read_all(self, code: int) -> list[Parameter]:
        """All parameters of that code, in order."""
        octets = self.parameters.get(code)
        if octets is None:
            return []
        out = [read(code, octets)]
        if self.repeats is not None:
            out += [read(other, more) for other, more in self.repeats if other == code]
        return out

    def number(self, code: int) -> Number | None:
        """The number of that parameter code, if there is one that can be read."""
        parameter = self.read(code)
        return parameter if isinstance(parameter, Number) else None

    def called(self) -> Number | None:
        """The called party number, if there is one that can be read."""
        return self.number(CALLED_PARTY_NUMBER)

    def calling(self) -> Number | None:
        """The calling party number, if there is one that can be read."""
        return self.number(CALLING_PARTY_NUMBER)

    def cause(self) -> Cause | None:
        """The cause indicators, if there are any that can be read."""
        parameter = self.read(CAUSE_INDICATORS)
        return parameter if isinstance(parameter, Cause) else None

    def backward(self) -> BackwardCallIndicators | None:
        """The backward call indicators, if there are any that can be read."""
        parameter = self.read(BACKWARD_CALL_INDICATORS)
        return parameter if isinstance(parameter, BackwardCallIndicators) else None

    def range_and_status(self) -> RangeAndStatus | None:
        """Range and status, if there are any that can be read."""
        parameter = self.read(RANGE_AND_STATUS)
        return parameter if isinstance(parameter, RangeAndStatus) else None

    def value(self, code: int, default: int = -1) -> int:
        """First octet of a parameter that is one value (category, TMR, continuity …)."""
        octets = self.parameters.get(code)
        return octets[0] if octets else default

    def encode(self) -> bytes:
        """Its octets, CIC first: those it came from, if it did."""
        if self.raw or self.kind == NO_MESSAGE:
            return self.raw
        return encode(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IsupMessage) and self.encode() == other.encode()

    def __hash__(self) -> int:
        return hash((self.kind, self.cic))

    def __repr__(self) -> str:
        shown = ", ".join(
            [f"{code:#04x}: {octets.hex()}" for code, octets in self.parameters.items()]
        )
        return f"IsupMessage({self.name}, {self.cic}, {{{shown}}})"


NO_CODES: Final[list[int]] = []
NO_FAULTS: Final[list[IsupFault]] = []


def message(kind: int, cic: int, parameters: list[Parameter]) -> IsupMessage:
    """A message of typed parameters; what comes twice is repeated."""
    first: dict[int, bytes] = {}
    repeats: list[tuple[int, bytes]] = []
    for parameter in parameters:
        if parameter.code in first:
            repeats.append((parameter.code, parameter.octets))
        else:
            first[parameter.code] = parameter.octets
    return IsupMessage(kind, cic, first, repeats or None)


def encode(message: IsupMessage) -> bytes:
    """The octets of its parameters, CIC first. Optional parameters in the order of the dict.

    LocalError when a mandatory parameter is missing or something does not fit.
    """
    kind = message.kind
    layout = ENCODED[kind]
    cic = message.cic
    if cic < 0 or cic > 0xFFF:
        raise LocalError(f"a CIC is 0 to 4095, not {cic}")
    out = cic.to_bytes(2, "little") + OCTET[kind]
    if message.body or layout.opaque:
        return out + message.body
    parameters = message.parameters
    try:
        for code, size in layout.fixed:
            contents = parameters[code]
            if len(contents) != size:
                raise LocalError(
                    f"{message.name}: parameter {code:#04x} has {size} octets, not {len(contents)}"
                )
            out += contents
        if len(parameters) == len(layout.mandatory) and message.repeats is None:
            optional = b""
        else:
            optional = _optional(message, layout)
        if not layout.variable:
            if not layout.optional:
                return out
            return out + (b"\x01" + optional + b"\0" if optional else b"\0")
        return out + _variable(layout, parameters, optional)
    except KeyError as error:
        raise LocalError(f"{message.name} lacks parameter {error.args[0]:#04x}") from None


def _variable(layout: Layout, parameters: dict[int, bytes], optional: bytes) -> bytes:
    """Pointers, the mandatory variable part and the optional part."""
    count = len(layout.variable)
    pointers = b""
    at = count + (1 if layout.optional else 0)
    body = b""
    for code in layout.variable:
        contents = parameters[code]
        if at > 255 or len(contents) > 255:
            raise LocalError(f"{layout.name}: the variable part is too long")
        pointers += OCTET[at]
        body += OCTET[len(contents)] + contents
        at += len(contents)
    if not layout.optional:
        return pointers + body
    if not optional:
        return pointers + b"\0" + body
    if len(body) + 1 > 255:
        raise LocalError(f"{layout.name}: the variable part is too long for optional parameters")
    return pointers + OCTET[len(body) + 1] + body + optional + b"\0"


def _optional(message: IsupMessage, layout: Layout) -> bytes:
    """Names, lengths and contents of what is not mandatory."""
    out = b""
    mandatory = layout.mandatory
    items = [item for item in message.parameters.items() if item[0] not in mandatory]
    if message.repeats is not None:
        items += message.repeats
    for code, contents in items:
        size = len(contents)
        if size > 255 or code <= 0 or code > 255:
            raise LocalError(f"{layout.name}: parameter {code:#04x} of {size} octets does not fit")
        out += OCTET[code] + OCTET[size] + contents
    if out and not layout.optional:
        raise LocalError(f"{message.name} has no optional part")
    return out


def decode(data: bytes, layouts: list[Layout] = LAYOUTS) -> IsupMessage:
    """A message from the octets behind the routing label, CIC first. Never raises.

    ``layouts``: the messages of the network's variant, one of isup_messages_table.VARIANTS.
    """
    size = len(data)
    if size < 3:
        fault = IsupFault("short", "no CIC and message type", "2.9.5/Q.764", -1, True)
        return IsupMessage(NO_MESSAGE, 0, None, None, data, data, None, [fault], False)
    cic = data[0] | (data[1] & 15) << 8
    kind = data[2]
    layout = layouts[kind]
    if layout.kind == NO_MESSAGE:
        return _unknown(data, cic, kind)
    at = 3
    parameters: dict[int, bytes] = {}
    if at + layout.fixed_octets + len(layout.variable) > size:
        return _broken(data, cic, parameters, "short", "ends before its mandatory part does")
    for code, octets in layout.fixed:
        parameters[code] = data[at : at + octets]
        at += octets
    for code in layout.variable:
        pointer = data[at]
        start = at + pointer
        at += 1
        if pointer == 0 or start >= size:
            return _broken(data, cic, parameters, "pointer", "a pointer leads out of it", code)
        end = start + 1 + data[start]
        if end > size:
            text = "a mandatory parameter runs over its end"
            return _broken(data, cic, parameters, "length", text, code)
        parameters[code] = data[start + 1 : end]
    if not layout.optional or at >= size or data[at] == 0:
        body = data[3:] if layout.opaque else b""
        return IsupMessage(kind, cic, parameters, None, data, body)
    return _with_options(data, cic, kind, parameters, at + data[at])


def _with_options(
    data: bytes, cic: int, kind: int, parameters: dict[int, bytes], at: int
) -> IsupMessage:
    """The rest of a message that has an optional part, which begins at ``at``."""
    size = len(data)
    allowed = OPTIONAL[kind]
    repeats: list[tuple[int, bytes]] | None = None
    unrecognized: list[int] | None = None
    if at >= size:
        return _broken(data, cic, parameters, "pointer", "a pointer leads out of it")
    while at < size:
        code = data[at]
        if code == 0:
            return IsupMessage(kind, cic, parameters, repeats, data, b"", unrecognized)
        if at + 1 >= size:
            text = "an optional parameter has no length"
            return _broken(data, cic, parameters, "length", text, code)
        end = at + 2 + data[at + 1]
        if end > size:
            text = "an optional parameter runs over its end"
            return _broken(data, cic, parameters, "length", text, code)
        if code not in allowed:
            if unrecognized is None:
                unrecognized = []
            if code not in unrecognized:
                unrecognized.append(code)
        if code not in parameters:
            parameters[code] = data[at + 2 : end]
        elif repeats is None:
            repeats = [(code, data[at + 2 : end])]
        else:
            repeats.append((code, data[at + 2 : end]))
        at = end
    fault = IsupFault("unended", f"{name_of(kind)}: no end of optional parameters", "3.20/Q.763")
    return IsupMessage(kind, cic, parameters, repeats, data, b"", unrecognized, [fault])


def _unknown(data: bytes, cic: int, kind: int) -> IsupMessage:
    """A message that the variant has not: its optional part, where it has a readable one."""
    body = data[3:]
    if len(data) > 3 and data[3] != 0:
        read = _with_options(data, cic, kind, {}, 3 + data[3])
        if not read.faults:
            return IsupMessage(
                kind, cic, read.parameters, read.repeats, data, body, None, None, False
            )
    return IsupMessage(kind, cic, None, None, data, body, None, None, False)


def _broken(
    data: bytes, cic: int, parameters: dict[int, bytes], what: str, text: str, code: int = -1
) -> IsupMessage:
    """A message with a format error."""
    kind = data[2]
    named = f" (parameter {code:#04x})" if code >= 0 else ""
    fault = IsupFault(what, f"{name_of(kind)}: {text}{named}", "2.9.5/Q.764", code, True)
    return IsupMessage(kind, cic, parameters, None, data, data[3:], None, [fault])
