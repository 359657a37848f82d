"""Parameters that are bit fields, as rows: name, where, words (Q.763 3). Dissectors read them; the
typed classes of the other modules are for the fields that engines act on."""

from __future__ import annotations

from typing import Final

from . import isup_names as n
from . import isup_parameters_base as p
from .isup_names import Words, words


class FieldRow:
    """A field of a parameter. ``octet``: from 0; ``shift``: its lowest bit, 0 is bit A;
    ``width``: bits. ``words``: by value; of one bit, what 0 and 1 mean."""

    def __init__(self, name: str, octet: int, shift: int, width: int, words: Words) -> None:
        self.name: Final = name
        self.octet: Final = octet
        self.shift: Final = shift
        self.width: Final = width
        self.words: Final = words

    def value(self, octets: bytes) -> int:
        """The field's value; -1 where the octets end before it."""
        if self.octet >= len(octets):
            return -1
        return octets[self.octet] >> self.shift & (1 << self.width) - 1

    def text(self, octets: bytes) -> str:
        """The value in words."""
        value = self.value(octets)
        if value < 0:
            return "not there"
        return words(self.words, value) if self.words else str(value)


def _flag(name: str, octet: int, shift: int, no: str = "no", yes: str = "yes") -> FieldRow:
    return FieldRow(name, octet, shift, 1, {0: no, 1: yes})


def _bits(name: str, octet: int, shift: int, width: int, table: Words) -> FieldRow:
    return FieldRow(name, octet, shift, width, table)


def _number(name: str, octet: int, shift: int = 0, width: int = 8) -> FieldRow:
    return FieldRow(name, octet, shift, width, {})


_MEDIUM: Final = (_bits("Transmission medium", 0, 0, 8, n.MEDIUM),)

FIELDS: Final[dict[int, tuple[FieldRow, ...]]] = {
    p.NATURE_OF_CONNECTION: (
        _bits("Satellite", 0, 0, 2, n.SATELLITE),
        _bits("Continuity check", 0, 2, 2, n.CONTINUITY_CHECK),
        _flag("Outgoing echo control device", 0, 4, "not included", "included"),
    ),
    p.FORWARD_CALL_INDICATORS: (
        _flag("National/international call", 0, 0, "national", "international"),
        _bits("End-to-end method", 0, 1, 2, n.END_TO_END),
        _flag("Interworking", 0, 3, "not encountered", "encountered"),
        _flag("End-to-end information", 0, 4, "not available", "available"),
        _flag("ISDN user part", 0, 5, "not used all the way", "used all the way"),
        _bits("ISDN user part preference", 0, 6, 2, n.PREFERENCE),
        _flag("Originating access", 1, 0, "non-ISDN", "ISDN"),
        _bits("SCCP method", 1, 1, 2, n.SCCP_METHOD),
        _flag("Ported number translation", 1, 4, "not translated", "translated"),
    ),
    p.BACKWARD_CALL_INDICATORS: (
        _bits("Charge", 0, 0, 2, n.CHARGE),
        _bits("Called party's status", 0, 2, 2, n.CALLED_STATUS),
        _bits("Called party's category", 0, 4, 2, n.CALLED_CATEGORY),
        _bits("End-to-end method", 0, 6, 2, n.END_TO_END),
        _flag("Interworking", 1, 0, "not encountered", "encountered"),
        _flag("End-to-end information", 1, 1, "not available", "available"),
        _flag("ISDN user part", 1, 2, "not used all the way", "used all the way"),
        _flag("Holding", 1, 3, "not requested", "requested"),
        _flag("Terminating access", 1, 4, "non-ISDN", "ISDN"),
        _flag("Incoming echo control device", 1, 5, "not included", "included"),
        _bits("SCCP method", 1, 6, 2, n.SCCP_METHOD),
    ),
    p.OPTIONAL_FORWARD_CALL_INDICATORS: (
        _bits("Closed user group call", 0, 0, 2, n.CUG),
        _flag("Simple segmentation", 0, 2, "nothing follows", "more follows in SGM"),
        _flag("Connected line identity", 0, 7, "not requested", "requested"),
    ),
    p.OPTIONAL_BACKWARD_CALL_INDICATORS: (
        _flag("In-band information", 0, 0, "no indication", "available"),
        _flag("Call diversion may occur", 0, 1, "no indication", "yes"),
        _flag("Simple segmentation", 0, 2, "nothing follows", "more follows in SGM"),
        _flag("MLPP user", 0, 3, "no indication", "yes"),
    ),
    p.CALLING_PARTYS_CATEGORY: (_bits("Category", 0, 0, 8, n.CATEGORY),),
    p.TRANSMISSION_MEDIUM_REQUIREMENT: _MEDIUM,
    p.TRANSMISSION_MEDIUM_REQUIREMENT_PRIME: _MEDIUM,
    p.TRANSMISSION_MEDIUM_USED: _MEDIUM,
    p.EVENT_INFORMATION: (
        _bits("Event", 0, 0, 7, n.EVENT),
        _flag("Presentation", 0, 7, "no indication", "restricted"),
    ),
    p.SUSPEND_RESUME_INDICATORS: (_flag("Initiated by", 0, 0, "ISDN subscriber", "network"),),
    p.CONTINUITY_INDICATORS: (_flag("Continuity check", 0, 0, "failed", "successful"),),
    p.GROUP_SUPERVISION_TYPE: (_bits("Type", 0, 0, 2, n.GROUP_TYPE),),
    p.AUTOMATIC_CONGESTION_LEVEL: (_bits("Level", 0, 0, 8, n.CONGESTION),),
    p.FACILITY_INDICATOR: (_bits("Facility", 0, 0, 8, n.FACILITY),),
    p.HOP_COUNTER: (_number("Hops left", 0, 0, 5),),
    p.REDIRECT_COUNTER: (_number("Redirections", 0, 0, 5),),
    p.PIVOT_COUNTER: (_number("Pivots", 0, 0, 5),),
    p.REDIRECTION_INFORMATION: (
        _bits("Redirecting", 0, 0, 3, n.REDIRECTING),
        _bits("Original redirection reason", 0, 4, 4, n.REDIRECTION_REASON),
        _number("Redirection counter", 1, 0, 3),
        _bits("Redirecting reason", 1, 4, 4, n.REDIRECTION_REASON),
    ),
    p.REDIRECTION_NUMBER_RESTRICTION: (_bits("Presentation", 0, 0, 2, n.PRESENTATION),),
    p.CALL_DIVERSION: (
        _bits("Notification subscription", 0, 0, 3, n.DIVERSION_OPTION),
        _bits("Redirecting reason", 0, 3, 4, n.REDIRECTION_REASON),
    ),
    p.INFORMATION_REQUEST_INDICATORS: (
        _flag("Calling party address", 0, 0, "not requested", "requested"),
        _flag("Holding", 0, 1, "not requested", "requested"),
        _flag("Calling party's category", 0, 3, "not requested", "requested"),
        _flag("Charge information", 0, 4, "not requested", "requested"),
        _flag("Malicious call identification", 0, 7, "not requested", "requested"),
    ),
    p.INFORMATION_INDICATORS: (
        _bits("Calling party address", 0, 0, 2, n.ADDRESS_RESPONSE),
        _flag("Hold", 0, 2, "not provided", "provided"),
        _flag("Calling party's category", 0, 5, "not included", "included"),
        _flag("Charge information", 0, 6, "not included", "included"),
        _flag("Sent", 0, 7, "solicited", "unsolicited"),
    ),
    p.MCID_REQUEST: (
        _flag("MCID", 0, 0, "not requested", "requested"),
        _flag("Holding", 0, 1, "not requested", "requested"),
    ),
    p.MCID_RESPONSE: (
        _flag("MCID", 0, 0, "not included", "included"),
        _flag("Holding", 0, 1, "not provided", "provided"),
    ),
    p.ECHO_CONTROL: (
        _bits("Outgoing device", 0, 0, 2, n.ECHO_STATE),
        _bits("Incoming device", 0, 2, 2, n.ECHO_STATE),
        _bits("Outgoing device request", 0, 4, 2, n.ECHO_REQUEST),
        _bits("Incoming device request", 0, 6, 2, n.ECHO_REQUEST),
    ),
    p.ACCESS_DELIVERY: (_flag("Set-up message", 0, 0, "generated", "not generated"),),
    p.CCSS: (_flag("CCSS call", 0, 0, "no indication", "yes"),),
    p.LOOP_PREVENTION: (
        _flag("Type", 0, 0, "request", "response"),
        _bits("Response", 0, 1, 2, n.LOOP_RESPONSE),
    ),
    p.CALL_TRANSFER_REFERENCE: (_number("Identity", 0),),
    p.NETWORK_MANAGEMENT_CONTROLS: (
        _flag("Temporary alternative routing", 0, 0, "no indication", "controlled call"),
    ),
    p.BACKWARD_GVNS: (_bits("Terminating access", 0, 0, 2, n.TERMINATING_ACCESS),),
    p.CALL_DIVERSION_TREATMENT: (_bits("Diversion", 0, 0, 2, n.DIVERSION_TREATMENT),),
    p.CALL_OFFERING_TREATMENT: (_bits("Offering", 0, 0, 2, n.OFFERING_TREATMENT),),
    p.CONFERENCE_TREATMENT: (_bits("Conference request", 0, 0, 2, n.CONFERENCE),),
    p.UID_ACTION: (
        _flag("Through-connection", 0, 0, "no indication", "in both directions"),
        _flag("T9", 0, 1, "no indication", "stop or do not start"),
    ),
    p.UID_CAPABILITY: (
        _flag("Through-connection modification", 0, 0, "no indication", "possible"),
        _flag("Stopping of T9", 0, 1, "no indication", "possible"),
    ),
    p.COLLECT_CALL_REQUEST: (_flag("Collect call", 0, 0, "no indication", "requested"),),
    p.CCNR_POSSIBLE: (_flag("CCNR", 0, 0, "not possible", "possible"),),
    p.REDIRECT_CAPABILITY: (_bits("Redirection", 0, 0, 3, n.REDIRECT_POSSIBLE),),
    p.PIVOT_CAPABILITY: (
        _bits("Pivot routing", 0, 0, 3, n.REDIRECT_POSSIBLE),
        _flag("Interworking to redirection", 0, 6, "allowed", "not allowed"),
    ),
    p.PIVOT_ROUTING_INDICATORS: (_bits("Pivot routing", 0, 0, 7, n.PIVOT),),
    p.PIVOT_STATUS: (_bits("Pivot routing", 0, 0, 2, n.REDIRECT_STATUS),),
    p.REDIRECT_STATUS: (_bits("Redirection", 0, 0, 2, n.REDIRECT_STATUS),),
    p.QUERY_ON_RELEASE_CAPABILITY: (_flag("QoR support", 0, 0, "no indication", "yes"),),
    p.NUMBER_PORTABILITY_FORWARD: (_bits("Number portability", 0, 0, 4, n.PORTABILITY),),
    p.MLPP_PRECEDENCE: (
        _bits("Precedence", 0, 0, 4, n.PRECEDENCE),
        _bits("Look ahead for busy", 0, 5, 2, n.LOOK_AHEAD),
    ),
}
"""By parameter code. A field that is not in the octets is told as such."""
