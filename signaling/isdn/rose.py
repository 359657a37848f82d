"""Components of remote operations as Q.932 puts them into Facility elements (X.229, Q.932 8.2.3).

X.690 BER, bounded: identifiers of at most three octets, lengths of at most two octets behind the
first or indefinite, nesting of at most 16, 16 components in an element. An operation or error value
is kept as its own octets, INTEGER (local) or OBJECT IDENTIFIER (global), in the shortest form, so
that values compare. Arguments and results stay raw; services_operations reads them.
"""

from __future__ import annotations

from typing import Final

from .elements import OCTET

INTEGER: Final = 0x02
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OBJECT_IDENTIFIER: Final = 0x06
BOOLEAN: Final = 0x01
ENUMERATED: Final = 0x0A
NUMERIC_STRING: Final = 0x12
SEQUENCE: Final = 0x30

INVOKE: Final = 0xA1
RETURN_RESULT: Final = 0xA2
RETURN_ERROR: Final = 0xA3
REJECT: Final = 0xA4
KIND_NAMES: Final = {
    INVOKE: "invoke",
    RETURN_RESULT: "return result",
    RETURN_ERROR: "return error",
    REJECT: "reject",
}

GENERAL_PROBLEM: Final = 0
INVOKE_PROBLEM: Final = 1
RETURN_RESULT_PROBLEM: Final = 2
RETURN_ERROR_PROBLEM: Final = 3
UNRECOGNISED_COMPONENT: Final = 0
MISTYPED_COMPONENT: Final = 1
BADLY_STRUCTURED: Final = 2
"""General problems."""
UNRECOGNISED_OPERATION: Final = 1
MISTYPED_ARGUMENT: Final = 2
"""Invoke problems."""
PROBLEM_NAMES: Final = (
    ("unrecognised component", "mistyped component", "badly structured component"),
    (
        "duplicate invocation",
        "unrecognised operation",
        "mistyped argument",
        "resource limitation",
        "initiator releasing",
        "unrecognised linked identifier",
        "linked response unexpected",
        "unexpected child operation",
    ),
    ("unrecognised invocation", "result response unexpected", "mistyped result"),
    (
        "unrecognised invocation",
        "error response unexpected",
        "unrecognised error",
        "unexpected error",
        "mistyped parameter",
    ),
)
"""Problems of a reject by their class (X.229, Q.932 table D.1)."""

NO_ID: Final = -(1 << 31)
"""A reject that names no invocation."""

ROSE_PROFILE: Final = 17
EXTENSIONS_PROFILE: Final = 31
PROFILES: Final = (ROSE_PROFILE, EXTENSIONS_PROFILE)
"""Protocol profiles: remote operations alone; networking extensions before them. What is of another
one (CMIP, ACSE) is not for us."""

DISCARD: Final = 0
"""Interpretation: an invoke that is not recognised is to be passed over. The others, clear the call
(1) and reject it (2), are both answered by a reject: no call is lost for a service."""

_NFE: Final = 0xAA
_PROFILE: Final = 0x92
_INTERPRETATION: Final = 0x8B
_MOST_DEPTH: Final = 16
MOST_COMPONENTS: Final = 16
_MOST_INTEGER: Final = 4
_MOST_OID: Final = 16


class Value:
    """A BER value: ``tag`` (its identifier octets as one number), contents, where it ends."""

    def __init__(self, tag: int, contents: bytes, end: int) -> None:
        self.tag: Final = tag
        self.contents: Final = contents
        self.end: Final = end


def read_value(octets: bytes, at: int, depth: int = 0) -> Value | None:
    """The value at ``at``; None where there is none that fits or it exceeds our bounds."""
    begin = at + 1
    if begin >= len(octets) or depth > _MOST_DEPTH:
        return None
    tag = octets[at]
    if tag & 0x1F == 0x1F:
        while True:
            if begin >= len(octets) or begin > at + 2:
                return None
            tag = tag << 8 | octets[begin]
            begin += 1
            if not octets[begin - 1] & 0x80:
                break
        if begin >= len(octets):
            return None
    length = octets[begin]
    begin += 1
    if length == 0x80:
        return _indefinite(octets, at, tag, begin, depth)
    if length & 0x80:
        size = length & 0x7F
        if size > 2 or begin + size > len(octets):
            return None
        length = int.from_bytes(octets[begin : begin + size], "big")
        begin += size
    if begin + length > len(octets):
        return None
    return Value(tag, octets[begin : begin + length], begin + length)


def _indefinite(octets: bytes, start: int, tag: int, begin: int, depth: int) -> Value | None:
    """A value whose end is marked by two zero octets (X.690 8.1.3.6); constructed ones only."""
    if not octets[start] & 0x20:
        return None
    at = begin
    while octets[at : at + 2] != b"\x00\x00":
        inner = read_value(octets, at, depth + 1)
        if inner is None:
            return None
        at = inner.end
    return Value(tag, octets[begin:at], at + 2)


def read_values(contents: bytes) -> list[Value] | None:
    """The values that ``contents`` is made of; None when it does not come out even."""
    found: list[Value] = []
    at = 0
    while at < len(contents):
        value = read_value(contents, at)
        if value is None:
            return None
        found.append(value)
        at = value.end
    return found


def to_integer(contents: bytes) -> int | None:
    """Contents of an INTEGER or ENUMERATED of at most 32 bits."""
    if not 1 <= len(contents) <= _MOST_INTEGER:
        return None
    return int.from_bytes(contents, "big", signed=True)


# Writing


def value(tag: int, contents: bytes) -> bytes:
    """A value with a definite length, the shortest form; tags of one octet."""
    length = len(contents)
    if length < 0x80:
        return OCTET[tag] + OCTET[length] + contents
    if length < 0x100:
        return OCTET[tag] + b"\x81" + OCTET[length] + contents
    return OCTET[tag] + b"\x82" + length.to_bytes(2, "big") + contents


def integer(number: int, tag: int = INTEGER) -> bytes:
    """An INTEGER, or with another tag an ENUMERATED or an implicitly tagged one."""
    size = 1
    while not -(1 << 8 * size - 1) <= number < 1 << 8 * size - 1:
        size += 1
    return value(tag, number.to_bytes(size, "big", signed=True))


def local(number: int) -> bytes:
    """An operation or error value that is an integer."""
    return integer(number)


def oid(arcs: tuple[int, ...]) -> bytes:
    """An operation or error value that is an object identifier."""
    out = b""
    for arc in (arcs[0] * 40 + arcs[1], *arcs[2:]):
        octets = OCTET[arc & 0x7F]
        rest = arc >> 7
        while rest:
            octets = OCTET[0x80 | rest & 0x7F] + octets
            rest >>= 7
        out += octets
    return value(OBJECT_IDENTIFIER, out)


# Components


class Component:
    """An invoke, return result, return error or reject.

    ``id``: invoke identifier, NO_ID in a reject without one. ``operation``: operation value of an
    invoke or of a result that has one, error value of an error; b"" where there is none.
    ``argument``: the argument, result or parameter, raw, with its tag; b"": none. ``linked``: the
    linked identifier or NO_ID. ``problem_class``, ``problem``: of a reject.
    """

    def __init__(
        self,
        kind: int,
        id: int,
        operation: bytes = b"",
        argument: bytes = b"",
        linked: int = NO_ID,
        problem_class: int = 0,
        problem: int = 0,
    ) -> None:
        self.kind: Final = kind
        self.id: Final = id
        self.operation: Final = operation
        self.argument: Final = argument
        self.linked: Final = linked
        self.problem_class: Final = problem_class
        self.problem: Final = problem

    @property
    def octets(self) -> bytes:
        """On the wire."""
        if self.kind == REJECT:
            who = value(NULL, b"") if self.id == NO_ID else integer(self.id)
            return value(REJECT, who + integer(self.problem, 0x80 | self.problem_class))
        inside = integer(self.id)
        if self.kind == RETURN_RESULT:
            if self.operation:
                inside += value(SEQUENCE, self.operation + self.argument)
        else:
            if self.linked != NO_ID:
                inside += integer(self.linked, 0x80)
            inside += self.operation + self.argument
        return value(self.kind, inside)


def invoke(id: int, operation: bytes, argument: bytes = b"") -> bytes:
    """An invoke component."""
    return Component(INVOKE, id, operation, argument).octets


def result(id: int, operation: bytes = b"", argument: bytes = b"") -> bytes:
    """A return result; ``operation`` and ``argument`` where the result is not empty."""
    return Component(RETURN_RESULT, id, operation, argument).octets


def failure(id: int, error: bytes) -> bytes:
    """A return error without a parameter."""
    return Component(RETURN_ERROR, id, error).octets


def rejection(id: int, problem_class: int, problem: int) -> bytes:
    """A reject; ``id`` NO_ID when the invocation is not known."""
    return Component(REJECT, id, problem_class=problem_class, problem=problem).octets


class Components:
    """What a Facility element holds. ``interpretation``: what it asks to be done with invokes that
    are not recognised, -1: nothing said. ``nfe``: contents of its network facility extension or
    b"". ``network_profile``: its network protocol profile or -1. ``found``: the good components.
    ``problem``: a general problem of the first bad one, -1: none is to be rejected; ``text`` says
    what. A bad reject has a ``text`` only: no reject is answered (X.229)."""

    def __init__(self) -> None:
        self.interpretation: int = -1
        self.nfe: bytes = b""
        self.network_profile: int = -1
        self.found: Final[list[Component]] = []
        self.problem: int = -1
        self.text: str = ""

    def bad(self, problem: int, text: str) -> None:
        if self.problem < 0:
            self.problem = problem
            self.text = text

    def bad_reject(self, text: str) -> None:
        if not self.text:
            self.text = text


def read_components(octets: bytes) -> Components:
    """The contents of a Facility element behind its protocol profile; never raises.

    What precedes the components is read in any profile, as its tags differ from theirs.
    """
    read = Components()
    at = 0
    while at < len(octets):
        found = read_value(octets, at)
        if found is None:
            text = f"no BER value at octet {at}"
            if octets[at] == REJECT:
                read.bad_reject(text)
            else:
                read.bad(BADLY_STRUCTURED, text)
            break
        if len(read.found) == MOST_COMPONENTS:
            read.bad(BADLY_STRUCTURED, f"more than {MOST_COMPONENTS} components")
            break
        at = found.end
        if found.tag in KIND_NAMES:
            _read_component(read, found)
        elif not read.found and found.tag in (_NFE, _PROFILE, _INTERPRETATION):
            _read_extension(read, found)
        else:
            read.bad(UNRECOGNISED_COMPONENT, f"tag {found.tag:#04x} is no component")
    return read


def read_element(octets: bytes) -> Components:
    """The components of a whole Facility element. A protocol profile without extension bit is
    followed by a service identifier (Nortel)."""
    begin = 3
    if len(octets) > 3 and not octets[2] & 0x80 and octets[3] & 0x80:
        begin = 4
    return read_components(octets[begin:])


def _read_extension(read: Components, found: Value) -> None:
    """Network facility extension, network protocol profile, interpretation (Q.932 8.2.3)."""
    if found.tag == _NFE:
        read.nfe = found.contents
        return
    number = to_integer(found.contents)
    if number is None:
        read.bad(MISTYPED_COMPONENT, f"tag {found.tag:#04x} holds no integer")
    elif found.tag == _PROFILE:
        read.network_profile = number
    else:
        read.interpretation = number


def _read_component(read: Components, found: Value) -> None:
    values = read_values(found.contents)
    name = KIND_NAMES[found.tag]
    if values is None or not values:
        text = f"{name}: its contents are no BER values"
        if found.tag == REJECT:
            read.bad_reject(text)
        else:
            read.bad(BADLY_STRUCTURED, text)
        return
    first = values[0]
    id = to_integer(first.contents) if first.tag == INTEGER else None
    if found.tag == REJECT:
        _read_reject(read, values, NO_ID if id is None else id)
        return
    if id is None:
        read.bad(MISTYPED_COMPONENT, f"{name}: its invoke identifier is no integer")
    elif found.tag == RETURN_RESULT:
        _read_result(read, values, id)
    else:
        _read_invoke(read, found, values, id)


def _read_invoke(read: Components, found: Value, values: list[Value], id: int) -> None:
    """Invoke and return error, which have operation or error value and argument alike."""
    name = KIND_NAMES[found.tag]
    at = 1
    linked: int | None = NO_ID
    if found.tag == INVOKE and len(values) > 1 and values[1].tag == 0x80:
        linked = to_integer(values[1].contents)
        at = 2
    operation = _code(values[at]) if at < len(values) else b""
    if linked is None or not operation:
        read.bad(MISTYPED_COMPONENT, f"{name}: it has no operation or error value that fits")
        return
    argument = found.contents[values[at].end :]
    read.found.append(Component(found.tag, id, operation, argument, linked))


def _read_result(read: Components, values: list[Value], id: int) -> None:
    if len(values) == 1:
        read.found.append(Component(RETURN_RESULT, id))
        return
    inside = values[1].contents
    parts = read_values(inside) if values[1].tag == SEQUENCE else None
    operation = _code(parts[0]) if parts else b""
    if not parts or not operation:
        read.bad(MISTYPED_COMPONENT, "return result: it has no operation value that fits")
        return
    read.found.append(Component(RETURN_RESULT, id, operation, inside[parts[0].end :]))


def _read_reject(read: Components, values: list[Value], id: int) -> None:
    problem = to_integer(values[1].contents) if len(values) > 1 else None
    if problem is None or values[1].tag not in (0x80, 0x81, 0x82, 0x83):
        read.bad_reject("reject: it states no problem")
        return
    problem_class = values[1].tag & 3
    read.found.append(Component(REJECT, id, problem_class=problem_class, problem=problem))


def _code(found: Value) -> bytes:
    """An operation or error value in its shortest form; b"" when it is none."""
    if found.tag == INTEGER:
        number = to_integer(found.contents)
        return b"" if number is None else integer(number)
    if found.tag == OBJECT_IDENTIFIER and 1 <= len(found.contents) <= _MOST_OID:
        return value(OBJECT_IDENTIFIER, found.contents)
    return b""


def code_name(code: bytes) -> str:
    """A value in figures: "6", "0.4.0.369.1.1"."""
    if code[:1] != b"\x06":
        number = to_integer(code[2:])
        return "?" if number is None else str(number)
    arcs: list[int] = []
    arc = 0
    for octet in code[2:]:
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            if not arcs:
                root = min(arc // 40, 2)
                arcs = [root, arc - 40 * root]
            else:
                arcs.append(arc)
            arc = 0
    return ".".join([str(a) for a in arcs])


def problem_name(problem_class: int, problem: int) -> str:
    """A reject's problem in words."""
    names = PROBLEM_NAMES[problem_class & 3]
    return names[problem] if 0 <= problem < len(names) else f"problem {problem}"
