"""Facility elements as trees of fields: each component with the name of its operation."""

from __future__ import annotations

from typing import Final

from ..dissect_tree import Field
from . import elements as e
from .elements_names import FACILITY_PROFILE, words
from .rose import (
    INVOKE,
    KIND_NAMES,
    NO_ID,
    PROFILES,
    REJECT,
    RETURN_ERROR,
    Component,
    code_name,
    problem_name,
    read_element,
)
from .services_operations import error_name, operation_name

INTERPRETATIONS: Final = {
    0: "discard an invoke that is not recognised",
    1: "clear the call when an invoke is not recognised",
    2: "reject an invoke that is not recognised",
}
_NORTEL: Final = "dms100"


def facility_words(element: e.Facility) -> str:
    """What its components are: "invoke ExplicitEctExecute", one after the other."""
    if element.profile not in PROFILES:
        return ""
    variant = _variant(element)
    return ", ".join([_words(one, variant) for one in read_element(element.octets).found])


def facility_fields(element: e.Element) -> tuple[str, list[Field]]:
    """The element in words, and its fields."""
    assert isinstance(element, e.Facility)
    raw = element.raw
    profile = words(FACILITY_PROFILE, element.profile)
    fields = [Field("Protocol profile", profile, element.profile, raw[:1])]
    if element.profile not in PROFILES:
        fields.append(Field("Contents", raw[1:].hex(" "), raw[1:], raw[1:]))
        return f"{profile}, {len(element.components)} octets", fields
    read = read_element(element.octets)
    if read.nfe:
        fields.append(Field("Network facility extension", read.nfe.hex(" "), read.nfe, read.nfe))
    if read.network_profile >= 0:
        number = read.network_profile
        fields.append(Field("Network protocol profile", str(number), number))
    if read.interpretation >= 0:
        text = words(INTERPRETATIONS, read.interpretation)
        fields.append(Field("Interpretation", text, read.interpretation))
    variant = _variant(element)
    fields += [_component(one, variant) for one in read.found]
    if read.text:
        fields.append(Field("Components", "cannot be read", reason=read.text))
    said = facility_words(element)
    return f"{profile}, {len(element.components)} octets" + (f": {said}" if said else ""), fields


def _variant(element: e.Facility) -> str:
    """Whose local operations they are: Nortel's have a header of their own."""
    return "" if element.octets[2] & 0x80 else _NORTEL


def _code(component: Component, variant: str) -> str:
    """An operation or error by its name, else its value."""
    code = component.operation
    if component.kind == RETURN_ERROR:
        return error_name(code) or f"error {code_name(code)}"
    return operation_name(variant, code) or f"operation {code_name(code)}"


def _words(component: Component, variant: str) -> str:
    name = KIND_NAMES[component.kind]
    if component.kind == REJECT:
        return f"{name}: {problem_name(component.problem_class, component.problem)}"
    return f"{name} {_code(component, variant)}" if component.operation else name


def _component(component: Component, variant: str) -> Field:
    octets = component.octets
    children: list[Field] = []
    if component.id != NO_ID:
        children.append(Field("Invoke identifier", str(component.id), component.id))
    if component.linked != NO_ID:
        children.append(Field("Linked identifier", str(component.linked), component.linked))
    if component.operation:
        what = "Error" if component.kind == RETURN_ERROR else "Operation"
        code = code_name(component.operation)
        children.append(Field(what, f"{_code(component, variant)} ({code})", code))
    if component.kind == REJECT:
        problem = problem_name(component.problem_class, component.problem)
        children.append(Field("Problem", problem, component.problem))
    if component.argument:
        what = "Argument" if component.kind == INVOKE else "Result"
        argument = component.argument
        children.append(Field(what, argument.hex(" "), argument, argument))
    name = KIND_NAMES[component.kind].capitalize()
    return Field(name, _words(component, variant), octets, octets, children)
