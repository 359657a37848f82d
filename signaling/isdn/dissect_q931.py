"""Q.931 messages as trees, with the notes that a ladder shows beside them."""

from __future__ import annotations

from ..dissect_tree import Dissection, Field
from .causes import name as cause_name
from .dissect_elements import channel_words, element_field, printable
from .dissect_facility import facility_words
from .elements import (
    CALLED_PARTY_NUMBER,
    CALLING_PARTY_NUMBER,
    CallState,
    Cause,
    ChannelIdentification,
    Element,
    Facility,
    KeypadFacility,
    Malformed,
    NotificationIndicator,
    Number,
    ProgressIndicator,
    RestartIndicator,
)
from .elements_names import CALL_STATES, NOTIFICATION, RESTART_CLASS, words
from .messages import HeaderError, Message, decode, name_of
from .messages_check import Finding, check
from .q931_maintenance import (
    SERVICE,
    STATUS_NAMES,
    ServiceMessage,
    decode_service,
    is_service,
)


def dissect_q931(octets: bytes, direction: int) -> Dissection:
    """What layer 3 of a D-channel frame says."""
    try:
        message = decode(octets)
    except HeaderError as error:
        service = decode_service(octets) if is_service(octets) else None
        if service is not None:
            return _service(service, octets, direction)
        field = Field("Q.931", "unreadable header", None, octets, reason=str(error))
        return Dissection("Q.931", "unreadable message", direction, [field])
    title = name_of(message.type)
    return Dissection(
        "Q.931",
        title,
        direction,
        [_message_field(message)],
        _call(message),
        _notes(message),
    )


def _service(message: ServiceMessage, octets: bytes, direction: int) -> Dissection:
    """SERVICE and its acknowledgement, of North American maintenance."""
    title = "SERVICE" if message.type == SERVICE else "SERVICE ACKNOWLEDGE"
    status = STATUS_NAMES.get(message.status, f"status {message.status}")
    fields = [
        Field("Protocol discriminator", "maintenance", octets[0], octets[:1]),
        Field("New status", status, message.status, b""),
    ]
    notes = [status]
    if message.element is not None:
        fields.append(element_field(message.element, ""))
        notes.append(channel_words(message.element))
    tree = [Field("Q.931", title, None, octets, fields)]
    return Dissection("Q.931", title, direction, tree, "global ref", notes)


def _call(message: Message) -> str:
    if message.reference_octets == 0:
        return "dummy ref"
    if message.call_reference == 0:
        return "global ref"
    return f"ref {message.call_reference}"


def _message_field(message: Message) -> Field:
    raw = message.raw
    size = message.reference_octets
    who = "from the side that chose it" if message.flag == 0 else "to the side that chose it"
    reference = _call(message) if message.call_reference == 0 else str(message.call_reference)
    at = 2 + size
    after = at + (2 if message.type > 0xFF else 1)
    fields = [
        Field("Protocol discriminator", "Q.931 call control", 8, raw[:1]),
        Field("Call reference", f"{reference} ({who})", message.call_reference, raw[1:at]),
        Field("Message type", name_of(message.type), message.type, raw[at:after]),
    ]
    findings = check(message)
    fields += [element_field(element, _reason(element, findings)) for element in message.elements]
    for finding in findings:
        if finding.element is None:
            reason = f"{finding.text} ({finding.clause})"
            fields.append(Field("Missing element", finding.text, finding.id, b"", reason=reason))
    return Field("Q.931", name_of(message.type), None, raw, fields)


def _reason(element: Element, findings: list[Finding]) -> str:
    """What is wrong with this element: its own reason, or where it stands."""
    if isinstance(element, Malformed):
        return element.reason
    for finding in findings:
        if finding.element is element:
            return f"{finding.text} ({finding.clause})"
    return ""


def _notes(message: Message) -> list[str]:
    """The channel, the numbers, the cause: what one looks for first."""
    notes: list[str] = []
    for element in message.elements:
        if isinstance(element, Malformed):
            notes.append("malformed element")
        elif isinstance(element, ChannelIdentification):
            notes.append(channel_words(element))
        elif isinstance(element, Cause):
            notes.append(f"cause {element.value} {cause_name(element.value)}")
        elif isinstance(element, Number):
            if element.id == CALLING_PARTY_NUMBER:
                notes.append(f"from {printable(element.digits) or '(no digits)'}")
            elif element.id == CALLED_PARTY_NUMBER:
                notes.append(f"to {printable(element.digits) or '(no digits)'}")
        elif isinstance(element, ProgressIndicator):
            short = "in-band information" if element.description in (1, 8) else ""
            notes.append(short or f"progress {element.description}")
        elif isinstance(element, CallState):
            notes.append(f"in state {element.state} {words(CALL_STATES, element.state)}")
        elif isinstance(element, KeypadFacility):
            notes.append(f"keypad {printable(element.text)}")
        elif isinstance(element, RestartIndicator):
            notes.append(words(RESTART_CLASS, element.class_))
        elif isinstance(element, NotificationIndicator):
            notes.append(words(NOTIFICATION, element.description))
        elif isinstance(element, Facility):
            said = facility_words(element)
            if said:
                notes.append(said)
    return notes
