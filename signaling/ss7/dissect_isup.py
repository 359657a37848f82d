"""ISUP messages as trees, with the notes that a ladder shows beside them."""

from __future__ import annotations

from typing import Final

from ..dissect_tree import Dissection, Field
from ..isdn.causes import name as cause_name
from . import isup_names as n
from .dissect_isup_parameters import number_words, parameter_field
from .isup_messages import IsupMessage, decode
from .isup_messages_table import (
    CHINA_ROWS,
    LAYOUTS,
    NO_MESSAGE,
    PAM,
    Layout,
    text_of,
)
from .isup_names import parameter_name, words
from .isup_parameters_base import (
    AUTOMATIC_CONGESTION_LEVEL,
    CALLED_PARTY_NUMBER,
    CALLING_PARTY_NUMBER,
    CONNECTED_NUMBER,
    CONTINUITY_INDICATORS,
    GROUP_SUPERVISION_TYPE,
    REDIRECTING_NUMBER,
    REDIRECTION_NUMBER,
    Malformed,
    Parameter,
)
from .isup_parameters_call import (
    CHECK_REQUIRED,
    SUBSCRIBER_FREE,
    BackwardCallIndicators,
    EventInformation,
    NatureOfConnection,
    SuspendResume,
)
from .isup_parameters_cause import Cause
from .isup_parameters_circuit import RangeAndStatus
from .isup_parameters_number import Number, SubsequentNumber
from .isup_parameters_services import GenericNotification
from .isup_parameters_table import read


def dissect_isup(octets: bytes, direction: int, layouts: list[Layout] = LAYOUTS) -> Dissection:
    """What the octets behind the routing label (CIC first) say. ``layouts``: the variant's."""
    message = decode(octets, layouts)
    if message.kind == NO_MESSAGE and message.faults:
        reason = message.faults[0].text
        field = Field("ISUP", "unreadable header", None, octets, reason=reason)
        return Dissection("ISUP", "unreadable message", direction, [field])
    return Dissection(
        "ISUP",
        message.name,
        direction,
        [_message_field(message, layouts)],
        f"CIC {message.cic}",
        _notes(message),
    )


def _message_field(message: IsupMessage, layouts: list[Layout]) -> Field:
    raw = message.raw
    kind = f"{message.name} ({text_of(message.kind)})"
    reason = "" if message.known else "this message is not known (2.9.5.2/Q.764)"
    fields = [
        Field("CIC", str(message.cic), message.cic, raw[:2]),
        Field("Message type", kind, message.kind, raw[2:3], None, reason),
    ]
    layout = layouts[message.kind]
    for code, contents in message.parameters.items():
        fields.append(_parameter(message, layout, code, contents))
    if message.repeats is not None:
        for code, contents in message.repeats:
            fields.append(_parameter(message, layout, code, contents))
    if message.kind == PAM and message.body:
        fields += dissect_isup(raw[:2] + message.body, 0, layouts).fields
    elif message.body and not message.parameters:
        fields.append(Field("Contents", message.body.hex(" "), message.body, message.body))
    for fault in message.faults:
        reason = f"{fault.text} ({fault.clause})"
        fields.append(Field("Format error", fault.text, None, b"", reason=reason))
    return Field("ISUP", message.name, None, raw, fields)


def _parameter(message: IsupMessage, layout: Layout, code: int, contents: bytes) -> Field:
    if code in layout.mandatory and layout in CHINA_ROWS:
        return Field("Charge information", contents.hex(" "), contents, contents)
    reason = ""
    if code in message.unrecognized:
        known = code in n.PARAMETERS
        what = "not expected in this message" if known else "not known"
        reason = f"{parameter_name(code)} is {what} (2.9.5.3/Q.764)"
    return parameter_field(code, contents, reason)


def _notes(message: IsupMessage) -> list[str]:
    """The numbers, the cause, the circuits: what one looks for first."""
    notes = [fault.text for fault in message.faults]
    for code, contents in message.parameters.items():
        note = _note(message, read(code, contents))
        if note:
            notes.append(note)
    return notes


def _note(message: IsupMessage, parameter: Parameter) -> str:
    code = parameter.code
    if isinstance(parameter, Malformed):
        return f"malformed {parameter_name(code).lower()}"
    if isinstance(parameter, Number):
        word = NUMBER_NOTES.get(code, "")
        return f"{word} {number_words(parameter)}" if word else ""
    if isinstance(parameter, SubsequentNumber):
        return f"digits {parameter.digits}{' ST' if parameter.st else ''}"
    if isinstance(parameter, Cause):
        return f"cause {parameter.value} {cause_name(parameter.value)}"
    if isinstance(parameter, RangeAndStatus):
        return _circuits(message, parameter)
    if isinstance(parameter, EventInformation):
        return words(n.EVENT, parameter.event)
    if isinstance(parameter, BackwardCallIndicators):
        free = parameter.called_status == SUBSCRIBER_FREE
        return "subscriber free" if free else ""
    if isinstance(parameter, NatureOfConnection):
        return "continuity check" if parameter.continuity == CHECK_REQUIRED else ""
    if isinstance(parameter, SuspendResume):
        return "network initiated" if parameter.network else "subscriber initiated"
    if isinstance(parameter, GenericNotification):
        return words(n.NOTIFICATION, parameter.notification)
    if code == CONTINUITY_INDICATORS:
        return "successful" if parameter.octets[0] & 1 else "failed"
    if code == GROUP_SUPERVISION_TYPE:
        return words(n.GROUP_TYPE, parameter.octets[0] & 3)
    if code == AUTOMATIC_CONGESTION_LEVEL:
        return words(n.CONGESTION, parameter.octets[0])
    return ""


def _circuits(message: IsupMessage, parameter: RangeAndStatus) -> str:
    last = message.cic + parameter.range
    if not parameter.status:
        return f"CICs {message.cic} to {last}"
    marked = parameter.circuits(message.cic)
    if len(marked) == parameter.count:
        return f"CICs {message.cic} to {last}"
    return "CICs " + (", ".join([str(cic) for cic in marked]) or "none")


NUMBER_NOTES: Final = {
    CALLED_PARTY_NUMBER: "to",
    CALLING_PARTY_NUMBER: "from",
    REDIRECTING_NUMBER: "redirected by",
    REDIRECTION_NUMBER: "redirected to",
    CONNECTED_NUMBER: "connected",
}
