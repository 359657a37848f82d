"""ISUP parameters as trees of fields: each value in words, beside its octets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..dissect_tree import Field
from ..isdn.causes import location_name
from ..isdn.causes import name as cause_name
from ..isdn.dissect_bearer import bearer_fields, bearer_words, high_layer_fields
from ..isdn.dissect_elements import element_field, printable
from . import isup_names as n
from .isup_messages_table import name_of
from .isup_names import parameter_name, words
from .isup_parameters_access import (
    AccessTransport,
    DisplayInformation,
    UserServiceInformation,
    UserTeleservice,
)
from .isup_parameters_base import (
    ACCESS_TRANSPORT,
    APPLICATION_TRANSPORT,
    CALL_HISTORY,
    CALL_REFERENCE,
    CAUSE_INDICATORS,
    CIRCUIT_ASSIGNMENT_MAP,
    CIRCUIT_STATE_INDICATOR,
    CUG_INTERLOCK_CODE,
    DISPLAY_INFORMATION,
    FORWARD_GVNS,
    GENERIC_DIGITS,
    GENERIC_NOTIFICATION,
    GENERIC_NUMBER,
    MESSAGE_COMPATIBILITY,
    NETWORK_ROUTING_NUMBER,
    ORIGINATION_ISC_POINT_CODE,
    PARAMETER_COMPATIBILITY,
    PIVOT_ROUTING_BACKWARD,
    PIVOT_ROUTING_FORWARD,
    PROPAGATION_DELAY_COUNTER,
    RANGE_AND_STATUS,
    REDIRECT_BACKWARD,
    REDIRECT_FORWARD,
    SERVICE_ACTIVATION,
    SIGNALLING_POINT_CODE,
    SUBSEQUENT_NUMBER,
    TRANSIT_NETWORK_SELECTION,
    USER_SERVICE_INFORMATION,
    USER_SERVICE_INFORMATION_PRIME,
    USER_TELESERVICE,
    USER_TO_USER_INDICATORS,
    Malformed,
    Parameter,
)
from .isup_parameters_call import PropagationDelay
from .isup_parameters_cause import Cause
from .isup_parameters_circuit import CircuitStates, RangeAndStatus
from .isup_parameters_compat import Instruction, MessageCompatibility, ParameterCompatibility
from .isup_parameters_fields import FIELDS
from .isup_parameters_network import (
    ApplicationTransport,
    ForwardGvns,
    GenericDigits,
    NetworkRoutingNumber,
    Tagged,
    TransitNetwork,
)
from .isup_parameters_number import (
    FORMATS,
    INDICATOR_INN,
    INDICATOR_NI,
    NATIONAL,
    PRESENTED,
    SCREENED,
    SUBSCRIBER,
    UNKNOWN,
    Number,
    SubsequentNumber,
)
from .isup_parameters_services import (
    CallReference,
    CircuitAssignmentMap,
    CugInterlock,
    GenericNotification,
    PointCode,
    UserToUserIndicators,
)
from .isup_parameters_table import read

Described = tuple[str, list[Field]]
"""A parameter in words, and the fields below it."""


def parameter_field(code: int, octets: bytes, reason: str = "") -> Field:
    """A parameter's tree. ``reason``: what is wrong with its being there, if anything."""
    name = parameter_name(code)
    parameter = read(code, octets)
    if isinstance(parameter, Malformed):
        return Field(name, "cannot be read", octets, octets, reason=parameter.reason)
    describe = DESCRIBERS.get(code)
    if describe is not None:
        text, children = describe(parameter)
        return Field(name, text, None, octets, children, reason)
    rows = FIELDS.get(code)
    if rows is not None:
        children = [
            Field(row.name, row.text(octets), row.value(octets), octets[row.octet : row.octet + 1])
            for row in rows
        ]
        if len(rows) == 1:
            return Field(name, children[0].text, children[0].value, octets, None, reason)
        return Field(name, octets.hex(" "), None, octets, children, reason)
    if code not in n.PARAMETERS and not reason:
        reason = "this parameter is not known"
    return Field(name, octets.hex(" ") or "(no octets)", octets, octets, None, reason)


def number_words(number: Number) -> str:
    """Its digits, with ST and what is unusual."""
    text = printable(number.digits) or "(no digits)"
    if number.st:
        text += " ST"
    if number.nai not in (NATIONAL, SUBSCRIBER, UNKNOWN):
        text += f" ({words(n.NATURE, number.nai)})"
    if number.presentation:
        text += f" ({words(n.PRESENTATION, number.presentation)})"
    return text


def _number(parameter: Parameter) -> Described:
    assert isinstance(parameter, Number)
    octets = parameter.octets
    fields: list[Field] = []
    at = 0
    if parameter.code == GENERIC_NUMBER:
        text = words(n.QUALIFIER, parameter.qualifier)
        fields.append(Field("Number qualifier", text, parameter.qualifier, octets[:1]))
        at = 1
    first = octets[at : at + 1]
    second = octets[at + 1 : at + 2]
    fields.append(Field("Nature of address", words(n.NATURE, parameter.nai), parameter.nai, first))
    fields.append(Field("Numbering plan", words(n.PLAN, parameter.plan), parameter.plan, second))
    format = FORMATS[parameter.code]
    if format & INDICATOR_INN:
        text = "not allowed" if parameter.inn else "allowed"
        fields.append(Field("Routing to internal number", text, int(parameter.inn), second))
    if format & INDICATOR_NI:
        text = "incomplete" if parameter.incomplete else "complete"
        fields.append(Field("Number", text, int(parameter.incomplete), second))
    if format & (SCREENED | PRESENTED):
        text = words(n.PRESENTATION, parameter.presentation)
        fields.append(Field("Presentation", text, parameter.presentation, second))
    if format & SCREENED:
        text = words(n.SCREENING, parameter.screening)
        fields.append(Field("Screening", text, parameter.screening, second))
    fields.append(Field("Digits", parameter.digits, parameter.digits, octets[at + 2 :]))
    if parameter.st:
        fields.append(Field("End of pulsing", "ST", 15, octets[-1:]))
    return number_words(parameter), fields


def _subsequent_number(parameter: Parameter) -> Described:
    assert isinstance(parameter, SubsequentNumber)
    text = parameter.digits + (" ST" if parameter.st else "")
    return text, [Field("Digits", parameter.digits, parameter.digits, parameter.octets[1:])]


def _cause(parameter: Parameter) -> Described:
    assert isinstance(parameter, Cause)
    octets = parameter.octets
    at = 1 if parameter.recommendation < 0 else 2
    name = cause_name(parameter.value)
    where = location_name(parameter.location)
    fields = [
        Field("Coding standard", words(n.CODING, parameter.standard), parameter.standard),
        Field("Location", where, parameter.location, octets[:1]),
    ]
    if parameter.recommendation >= 0:
        text = str(parameter.recommendation)
        fields.append(Field("Recommendation", text, parameter.recommendation, octets[1:2]))
    text = f"{parameter.value} {name}"
    fields.append(Field("Cause value", text, parameter.value, octets[at : at + 1]))
    if parameter.diagnostics:
        fields.append(_diagnostics(parameter))
    return f"{text} (from: {where})", fields


def _diagnostics(cause: Cause) -> Field:
    """The diagnostics whose meaning table 1/Q.850 gives for ISUP."""
    octets = cause.diagnostics
    text = octets.hex(" ")
    if cause.value == 97:
        text = name_of(octets[0])
    elif cause.value in (99, 103):
        text = ", ".join([parameter_name(code) for code in octets])
    elif cause.value == 110:
        names = [parameter_name(code) for code in octets[1:]]
        text = ": ".join([name_of(octets[0]), ", ".join(names)])
    elif cause.value == 102 and octets.isascii():
        text = printable("timer T" + octets.decode("ascii"))
    return Field("Diagnostics", text, octets, octets)


def _range_and_status(parameter: Parameter) -> Described:
    assert isinstance(parameter, RangeAndStatus)
    fields = [Field("Range", str(parameter.range), parameter.range, parameter.octets[:1])]
    text = f"{parameter.count} circuits"
    if parameter.status:
        marked = [str(index) for index in range(parameter.count) if parameter.marked(index)]
        text += f", marked: {', '.join(marked) or 'none'}"
        fields.append(Field("Status", parameter.status.hex(" "), parameter.status, b""))
        if not parameter.complete:
            text += " (the status field is too short)"
    return text, fields


def _circuit_states(parameter: Parameter) -> Described:
    assert isinstance(parameter, CircuitStates)
    fields: list[Field] = []
    for index, state in enumerate(parameter.states):
        processing = state >> 2 & 3
        if processing == 0:
            text = words(n.UNEQUIPPED, state & 3)
        else:
            text = (
                f"{words(n.PROCESSING, processing)}; maintenance {words(n.BLOCKING, state & 3)}; "
                f"hardware {words(n.BLOCKING, state >> 4 & 3)}"
            )
        raw = parameter.states[index : index + 1]
        fields.append(Field(f"Circuit +{index}", text, state, raw))
    return f"{len(fields)} circuits", fields


def instruction_words(instruction: Instruction, of_message: bool) -> str:
    """What is wanted, in words: release call, send notification, discard …"""
    wanted: list[str] = []
    if instruction.release:
        wanted.append("release call")
    if instruction.notify:
        wanted.append("send notification")
    if instruction.discard_message:
        wanted.append("discard message")
    if instruction.discard_parameter:
        wanted.append("discard parameter")
    table = n.PASS_ON_MESSAGE if of_message else n.PASS_ON_PARAMETER
    if not wanted:
        wanted.append(f"pass on, else {words(table, instruction.pass_on)}")
    if instruction.end_node:
        wanted.append("end node interpretation")
    if instruction.broadband > 0:
        wanted.append(f"broadband interworking {words(n.BROADBAND, instruction.broadband)}")
    return ", ".join(wanted)


def _message_compatibility(parameter: Parameter) -> Described:
    assert isinstance(parameter, MessageCompatibility)
    return instruction_words(parameter.instruction, True), []


def _parameter_compatibility(parameter: Parameter) -> Described:
    assert isinstance(parameter, ParameterCompatibility)
    fields = [
        Field(parameter_name(code), instruction_words(instruction, False), code)
        for code, instruction in parameter.instructions
    ]
    return f"{len(fields)} parameters", fields


def _user_to_user_indicators(parameter: Parameter) -> Described:
    assert isinstance(parameter, UserToUserIndicators)
    table = n.USER_RESPONSE if parameter.response else n.USER_REQUEST
    services = (parameter.service1, parameter.service2, parameter.service3)
    fields = [
        Field(f"Service {at + 1}", words(table, value), value, parameter.octets)
        for at, value in enumerate(services)
    ]
    if parameter.discarded:
        fields.append(Field("Network discard", "user-to-user information discarded", 1))
    return "response" if parameter.response else "request", fields


def _notification(parameter: Parameter) -> Described:
    assert isinstance(parameter, GenericNotification)
    return words(n.NOTIFICATION, parameter.notification), []


def _delay(parameter: Parameter) -> Described:
    assert isinstance(parameter, PropagationDelay)
    return f"{parameter.ms} ms", []


def _point_code(parameter: Parameter) -> Described:
    assert isinstance(parameter, PointCode)
    return f"{parameter.point_code:#06x}", []


def _call_reference(parameter: Parameter) -> Described:
    assert isinstance(parameter, CallReference)
    return f"{parameter.identity} at {parameter.point_code:#06x}", []


def _cug(parameter: Parameter) -> Described:
    assert isinstance(parameter, CugInterlock)
    return f"network {parameter.network}, code {parameter.interlock}", []


def _circuit_assignment(parameter: Parameter) -> Described:
    assert isinstance(parameter, CircuitAssignmentMap)
    slots = ", ".join([str(slot) for slot in parameter.timeslots])
    return f"{words(n.MAP_TYPE, parameter.map_type)}: timeslots {slots or 'none'}", []


def _generic_digits(parameter: Parameter) -> Described:
    assert isinstance(parameter, GenericDigits)
    text = printable(parameter.digits) or parameter.contents.hex(" ")
    return f"{words(n.DIGITS_TYPE, parameter.type)}: {text}", [
        Field("Encoding", words(n.DIGITS_ENCODING, parameter.encoding), parameter.encoding),
    ]


def _transit_network(parameter: Parameter) -> Described:
    assert isinstance(parameter, TransitNetwork)
    return f"{parameter.digits} ({words(n.NETWORK_TYPE, parameter.type)})", []


def _routing_number(parameter: Parameter) -> Described:
    assert isinstance(parameter, NetworkRoutingNumber)
    return parameter.digits or "(no digits)", []


def _gvns(parameter: Parameter) -> Described:
    assert isinstance(parameter, ForwardGvns)
    return f"provider {parameter.provider}", [
        Field("Originating participating service provider", parameter.provider, parameter.provider),
        Field("GVNS user group", parameter.group, parameter.group),
        Field("Terminating network routing number", parameter.routing, parameter.routing),
    ]


def _application(parameter: Parameter) -> Described:
    assert isinstance(parameter, ApplicationTransport)
    more = f", {parameter.more} segments follow" if parameter.more else ""
    return f"{words(n.APPLICATION, parameter.context)}{more}", [
        Field("Encapsulated information", parameter.contents.hex(" "), parameter.contents),
    ]


def _tagged(parameter: Parameter) -> Described:
    assert isinstance(parameter, Tagged)
    fields = [
        Field(f"Information type {tag}", contents.hex(" "), contents)
        for tag, contents in parameter.items
    ]
    return f"{len(fields)} items", fields


def _access_transport(parameter: Parameter) -> Described:
    assert isinstance(parameter, AccessTransport)
    fields = [element_field(element) for element in parameter.elements]
    return ", ".join([field.name for field in fields]) or "(no elements)", fields


def _user_service(parameter: Parameter) -> Described:
    assert isinstance(parameter, UserServiceInformation)
    return bearer_words(parameter.bearer), bearer_fields(parameter.bearer)


def _teleservice(parameter: Parameter) -> Described:
    assert isinstance(parameter, UserTeleservice)
    fields = high_layer_fields(parameter.compatibility)
    return ", ".join([field.text for field in fields]), fields


def _display(parameter: Parameter) -> Described:
    assert isinstance(parameter, DisplayInformation)
    field = element_field(parameter.element)
    return field.text, [field]


def _service_activation(parameter: Parameter) -> Described:
    return ", ".join([words(n.FEATURE, code) for code in parameter.octets]), []


def _describers() -> dict[int, Callable[[Parameter], Described]]:
    describers: dict[int, Callable[[Parameter], Described]] = {
        SUBSEQUENT_NUMBER: _subsequent_number,
        CAUSE_INDICATORS: _cause,
        RANGE_AND_STATUS: _range_and_status,
        CIRCUIT_STATE_INDICATOR: _circuit_states,
        MESSAGE_COMPATIBILITY: _message_compatibility,
        PARAMETER_COMPATIBILITY: _parameter_compatibility,
        USER_TO_USER_INDICATORS: _user_to_user_indicators,
        GENERIC_NOTIFICATION: _notification,
        PROPAGATION_DELAY_COUNTER: _delay,
        CALL_HISTORY: _delay,
        SIGNALLING_POINT_CODE: _point_code,
        ORIGINATION_ISC_POINT_CODE: _point_code,
        CALL_REFERENCE: _call_reference,
        CUG_INTERLOCK_CODE: _cug,
        CIRCUIT_ASSIGNMENT_MAP: _circuit_assignment,
        GENERIC_DIGITS: _generic_digits,
        TRANSIT_NETWORK_SELECTION: _transit_network,
        NETWORK_ROUTING_NUMBER: _routing_number,
        FORWARD_GVNS: _gvns,
        APPLICATION_TRANSPORT: _application,
        REDIRECT_FORWARD: _tagged,
        REDIRECT_BACKWARD: _tagged,
        PIVOT_ROUTING_FORWARD: _tagged,
        PIVOT_ROUTING_BACKWARD: _tagged,
        ACCESS_TRANSPORT: _access_transport,
        USER_SERVICE_INFORMATION: _user_service,
        USER_SERVICE_INFORMATION_PRIME: _user_service,
        USER_TELESERVICE: _teleservice,
        DISPLAY_INFORMATION: _display,
        SERVICE_ACTIVATION: _service_activation,
    }
    for code in FORMATS:
        describers[code] = _number
    return describers


DESCRIBERS: Final = _describers()
