"""ISUP parameters: the codes of table 5/Q.763 and the base classes.

A parameter never changes once made. ``octets`` is its contents (no name, no length), as they came
from the wire or as its constructor built them, so that what we do not understand survives.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError, RemoteError

END_OF_OPTIONAL: Final = 0x00
CALL_REFERENCE: Final = 0x01
TRANSMISSION_MEDIUM_REQUIREMENT: Final = 0x02
ACCESS_TRANSPORT: Final = 0x03
CALLED_PARTY_NUMBER: Final = 0x04
SUBSEQUENT_NUMBER: Final = 0x05
NATURE_OF_CONNECTION: Final = 0x06
FORWARD_CALL_INDICATORS: Final = 0x07
OPTIONAL_FORWARD_CALL_INDICATORS: Final = 0x08
CALLING_PARTYS_CATEGORY: Final = 0x09
CALLING_PARTY_NUMBER: Final = 0x0A
REDIRECTING_NUMBER: Final = 0x0B
REDIRECTION_NUMBER: Final = 0x0C
CONNECTION_REQUEST: Final = 0x0D
INFORMATION_REQUEST_INDICATORS: Final = 0x0E
INFORMATION_INDICATORS: Final = 0x0F
CONTINUITY_INDICATORS: Final = 0x10
BACKWARD_CALL_INDICATORS: Final = 0x11
CAUSE_INDICATORS: Final = 0x12
REDIRECTION_INFORMATION: Final = 0x13
GROUP_SUPERVISION_TYPE: Final = 0x15
RANGE_AND_STATUS: Final = 0x16
CALL_MODIFICATION_INDICATORS: Final = 0x17
FACILITY_INDICATOR: Final = 0x18
CUG_INTERLOCK_CODE: Final = 0x1A
USER_SERVICE_INFORMATION: Final = 0x1D
SIGNALLING_POINT_CODE: Final = 0x1E
USER_TO_USER_INFORMATION: Final = 0x20
CONNECTED_NUMBER: Final = 0x21
SUSPEND_RESUME_INDICATORS: Final = 0x22
TRANSIT_NETWORK_SELECTION: Final = 0x23
EVENT_INFORMATION: Final = 0x24
CIRCUIT_ASSIGNMENT_MAP: Final = 0x25
CIRCUIT_STATE_INDICATOR: Final = 0x26
AUTOMATIC_CONGESTION_LEVEL: Final = 0x27
ORIGINAL_CALLED_NUMBER: Final = 0x28
OPTIONAL_BACKWARD_CALL_INDICATORS: Final = 0x29
USER_TO_USER_INDICATORS: Final = 0x2A
ORIGINATION_ISC_POINT_CODE: Final = 0x2B
GENERIC_NOTIFICATION: Final = 0x2C
CALL_HISTORY: Final = 0x2D
ACCESS_DELIVERY: Final = 0x2E
NETWORK_SPECIFIC_FACILITY: Final = 0x2F
USER_SERVICE_INFORMATION_PRIME: Final = 0x30
PROPAGATION_DELAY_COUNTER: Final = 0x31
REMOTE_OPERATIONS: Final = 0x32
SERVICE_ACTIVATION: Final = 0x33
USER_TELESERVICE: Final = 0x34
TRANSMISSION_MEDIUM_USED: Final = 0x35
CALL_DIVERSION: Final = 0x36
ECHO_CONTROL: Final = 0x37
MESSAGE_COMPATIBILITY: Final = 0x38
PARAMETER_COMPATIBILITY: Final = 0x39
MLPP_PRECEDENCE: Final = 0x3A
MCID_REQUEST: Final = 0x3B
MCID_RESPONSE: Final = 0x3C
HOP_COUNTER: Final = 0x3D
TRANSMISSION_MEDIUM_REQUIREMENT_PRIME: Final = 0x3E
LOCATION_NUMBER: Final = 0x3F
REDIRECTION_NUMBER_RESTRICTION: Final = 0x40
CALL_TRANSFER_REFERENCE: Final = 0x43
LOOP_PREVENTION: Final = 0x44
CALL_TRANSFER_NUMBER: Final = 0x45
CCSS: Final = 0x4B
FORWARD_GVNS: Final = 0x4C
BACKWARD_GVNS: Final = 0x4D
REDIRECT_CAPABILITY: Final = 0x4E
NETWORK_MANAGEMENT_CONTROLS: Final = 0x5B
CORRELATION_ID: Final = 0x65
SCF_ID: Final = 0x66
CALL_DIVERSION_TREATMENT: Final = 0x6E
CALLED_IN_NUMBER: Final = 0x6F
CALL_OFFERING_TREATMENT: Final = 0x70
CHARGED_PARTY_IDENTIFICATION: Final = 0x71
CONFERENCE_TREATMENT: Final = 0x72
DISPLAY_INFORMATION: Final = 0x73
UID_ACTION: Final = 0x74
UID_CAPABILITY: Final = 0x75
REDIRECT_COUNTER: Final = 0x77
APPLICATION_TRANSPORT: Final = 0x78
COLLECT_CALL_REQUEST: Final = 0x79
CCNR_POSSIBLE: Final = 0x7A
PIVOT_CAPABILITY: Final = 0x7B
PIVOT_ROUTING_INDICATORS: Final = 0x7C
CALLED_DIRECTORY_NUMBER: Final = 0x7D
ORIGINAL_CALLED_IN_NUMBER: Final = 0x7F
CALLING_GEODETIC_LOCATION: Final = 0x81
HTR_INFORMATION: Final = 0x82
NETWORK_ROUTING_NUMBER: Final = 0x84
QUERY_ON_RELEASE_CAPABILITY: Final = 0x85
PIVOT_STATUS: Final = 0x86
PIVOT_COUNTER: Final = 0x87
PIVOT_ROUTING_FORWARD: Final = 0x88
PIVOT_ROUTING_BACKWARD: Final = 0x89
REDIRECT_STATUS: Final = 0x8A
REDIRECT_FORWARD: Final = 0x8B
REDIRECT_BACKWARD: Final = 0x8C
NUMBER_PORTABILITY_FORWARD: Final = 0x8D
FORWARD_CAT: Final = 0x8E
BACKWARD_CAT: Final = 0x8F
AUTOMATIC_REROUTING: Final = 0x96
IEPS_CALL: Final = 0xA6
VED: Final = 0xA8
GENERIC_NUMBER: Final = 0xC0
GENERIC_DIGITS: Final = 0xC1

OCTET: Final = [bytes((n,)) for n in range(256)]
"""Every single octet: concatenating these beats ``bytes((…))``."""


class ContentError(RemoteError):
    """The contents of a parameter do not follow its clause; ``read`` turns it into Malformed."""


class Parameter:
    """A parameter; as such, one of which only the octets are known.

    ``code``: its name of table 5/Q.763. ``octets``: its contents.
    """

    def __init__(self, code: int, octets: bytes) -> None:
        self.code: Final = code
        self.octets: Final = octets

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Parameter) and self.octets == other.octets and self.code == other.code
        )

    def __hash__(self) -> int:
        return hash(self.octets)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code:#04x}, {self.octets.hex(' ')})"


class Malformed(Parameter):
    """A parameter whose contents could not be read; ``reason`` says why, in words."""

    def __init__(self, code: int, octets: bytes, reason: str) -> None:
        super().__init__(code, octets)
        self.reason: Final = reason


def check_range(what: str, value: int, highest: int) -> int:
    """The value; LocalError unless 0 <= value <= highest."""
    if value < 0 or value > highest:
        raise LocalError(f"{what} must be 0 to {highest}, not {value}")
    return value


def at_least(octets: bytes, size: int, what: str) -> None:
    """ContentError unless there are so many octets."""
    if len(octets) < size:
        raise ContentError(f"{what} has {len(octets)} octets, fewer than {size}")
