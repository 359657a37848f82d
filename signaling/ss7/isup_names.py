"""The values of ISUP's parameters in words, for people: a row a value, by parameter (Q.763 3)."""

from __future__ import annotations

from typing import Final

from . import isup_parameters_base as p

Words = dict[int, str]

END_TO_END: Final[Words] = {
    0: "only link-by-link",
    1: "pass-along",
    2: "SCCP",
    3: "pass-along and SCCP",
}
SCCP_METHOD: Final[Words] = {
    0: "no indication",
    1: "connectionless",
    2: "connection oriented",
    3: "connectionless and connection oriented",
}
CHARGE: Final[Words] = {0: "no indication", 1: "no charge", 2: "charge"}
CALLED_STATUS: Final[Words] = {0: "no indication", 1: "subscriber free", 2: "connect when free"}
CALLED_CATEGORY: Final[Words] = {0: "no indication", 1: "ordinary subscriber", 2: "payphone"}
SATELLITE: Final[Words] = {
    0: "no satellite circuit",
    1: "one satellite circuit",
    2: "two satellite circuits",
}
CONTINUITY_CHECK: Final[Words] = {
    0: "not required",
    1: "required on this circuit",
    2: "performed on a previous circuit",
}
PREFERENCE: Final[Words] = {
    0: "ISUP preferred all the way",
    1: "ISUP not required all the way",
    2: "ISUP required all the way",
}
CATEGORY: Final[Words] = {
    0: "unknown at this time",
    1: "operator, French",
    2: "operator, English",
    3: "operator, German",
    4: "operator, Russian",
    5: "operator, Spanish",
    9: "national operator",
    10: "ordinary calling subscriber",
    11: "calling subscriber with priority",
    12: "data call (voice band data)",
    13: "test call",
    15: "payphone",
}
MEDIUM: Final[Words] = {
    0: "speech",
    2: "64 kbit/s unrestricted",
    3: "3.1 kHz audio",
    4: "alternate speech / 64 kbit/s unrestricted",
    5: "alternate 64 kbit/s unrestricted / speech",
    6: "64 kbit/s preferred",
    7: "2 x 64 kbit/s unrestricted",
    8: "384 kbit/s unrestricted",
    9: "1536 kbit/s unrestricted",
    10: "1920 kbit/s unrestricted",
    16: "3 x 64 kbit/s unrestricted",
    17: "4 x 64 kbit/s unrestricted",
    18: "5 x 64 kbit/s unrestricted",
    **{code: f"{code - 13} x 64 kbit/s unrestricted" for code in range(20, 37)},
    **{code: f"{code - 13} x 64 kbit/s unrestricted" for code in range(38, 43)},
}
"""Transmission medium requirement (3.54), its prime (3.55) and medium used (3.56)."""
MULTIRATE_CHANNELS: Final[dict[int, int]] = {
    7: 2,
    8: 6,
    9: 24,
    10: 30,
    16: 3,
    17: 4,
    18: 5,
    **{code: code - 13 for code in range(20, 37)},
    **{code: code - 13 for code in range(38, 43)},
}
"""How many 64 kbit/s circuits a transmission medium requirement asks for."""
NATURE: Final[Words] = {
    0: "spare",
    1: "subscriber number",
    2: "unknown",
    3: "national (significant) number",
    4: "international number",
    5: "network-specific number",
    6: "network routing number, national format",
    7: "network routing number, network-specific format",
    8: "network routing number with the called directory number",
}
PLAN: Final[Words] = {
    0: "spare",
    1: "E.164",
    3: "X.121",
    4: "F.69",
    5: "private",
    6: "reserved for national use",
}
PRESENTATION: Final[Words] = {
    0: "presentation allowed",
    1: "presentation restricted",
    2: "address not available",
    3: "restricted by the network",
}
SCREENING: Final[Words] = {
    0: "user provided, not verified",
    1: "user provided, verified and passed",
    2: "user provided, verified and failed",
    3: "network provided",
}
QUALIFIER: Final[Words] = {
    0: "dialled digits",
    1: "additional called number",
    2: "supplemental user provided calling number, failed network screening",
    3: "supplemental user provided calling number, not screened",
    4: "redirecting terminating number",
    5: "additional connected number",
    6: "additional calling party number",
    7: "additional original called number",
    8: "additional redirecting number",
    9: "additional redirection number",
    255: "reserved for expansion",
}
EVENT: Final[Words] = {
    0: "spare",
    1: "alerting",
    2: "progress",
    3: "in-band information or an appropriate pattern is now available",
    4: "call forwarded on busy",
    5: "call forwarded on no reply",
    6: "call forwarded unconditional",
}
CUG: Final[Words] = {
    0: "not a CUG call",
    2: "CUG call, outgoing access allowed",
    3: "CUG call, outgoing access not allowed",
}
GROUP_TYPE: Final[Words] = {
    0: "maintenance oriented",
    1: "hardware failure oriented",
    2: "reserved for national use",
}
BLOCKING: Final[Words] = {
    0: "no blocking (active)",
    1: "locally blocked",
    2: "remotely blocked",
    3: "locally and remotely blocked",
}
PROCESSING: Final[Words] = {
    1: "circuit incoming busy",
    2: "circuit outgoing busy",
    3: "idle",
}
UNEQUIPPED: Final[Words] = {0: "transient", 3: "unequipped"}
CONGESTION: Final[Words] = {1: "congestion level 1 exceeded", 2: "congestion level 2 exceeded"}
FACILITY: Final[Words] = {2: "user-to-user service"}
REDIRECTING: Final[Words] = {
    0: "no redirection",
    1: "call rerouted",
    2: "call rerouted, all redirection information presentation restricted",
    3: "call diverted",
    4: "call diverted, all redirection information presentation restricted",
    5: "call rerouted, redirection number presentation restricted",
    6: "call diversion, redirection number presentation restricted",
}
REDIRECTION_REASON: Final[Words] = {
    0: "unknown",
    1: "user busy",
    2: "no reply",
    3: "unconditional",
    4: "deflection during alerting",
    5: "deflection immediate response",
    6: "mobile subscriber not reachable",
}
DIVERSION_OPTION: Final[Words] = {
    0: "unknown",
    1: "presentation not allowed",
    2: "presentation allowed with redirection number",
    3: "presentation allowed without redirection number",
}
NOTIFICATION: Final[Words] = {
    0x00: "user suspended",
    0x01: "user resumed",
    0x02: "bearer service change",
    0x03: "extension to an ASN.1 component",
    0x04: "call completion delay",
    0x40: "other party disconnected",
    0x41: "conference floating",
    0x42: "conference established",
    0x43: "conference disconnected",
    0x44: "other party added",
    0x45: "isolated",
    0x46: "reattached",
    0x47: "other party isolated",
    0x48: "other party reattached",
    0x49: "other party split",
    0x60: "call is a waiting call",
    0x68: "diversion activated",
    0x69: "call transfer, alerting",
    0x6A: "call transfer, active",
    0x79: "remote hold",
    0x7A: "remote retrieval",
    0x7B: "call is diverting",
}
ADDRESS_RESPONSE: Final[Words] = {0: "not included", 1: "not available", 3: "included"}
USER_REQUEST: Final[Words] = {
    0: "no information",
    2: "requested, not essential",
    3: "requested, essential",
}
USER_RESPONSE: Final[Words] = {0: "no information", 1: "not provided", 2: "provided"}
ECHO_REQUEST: Final[Words] = {
    0: "no information",
    1: "activation requested",
    2: "deactivation requested",
}
ECHO_STATE: Final[Words] = {
    0: "no information",
    1: "not included and not available",
    2: "included",
    3: "not included but available",
}
PASS_ON_MESSAGE: Final[Words] = {0: "release call", 1: "discard information"}
PASS_ON_PARAMETER: Final[Words] = {
    0: "release call",
    1: "discard message",
    2: "discard parameter",
    3: "reserved, taken as release call",
}
BROADBAND: Final[Words] = {0: "pass on", 1: "discard message", 2: "release call"}
PRECEDENCE: Final[Words] = {
    0: "flash override",
    1: "flash",
    2: "immediate",
    3: "priority",
    4: "routine",
}
LOOK_AHEAD: Final[Words] = {0: "allowed", 1: "path reserved", 2: "not allowed"}
LOOP_RESPONSE: Final[Words] = {
    0: "insufficient information",
    1: "no loop exists",
    2: "simultaneous transfer",
}
TERMINATING_ACCESS: Final[Words] = {0: "no information", 1: "dedicated", 2: "switched"}
DIVERSION_TREATMENT: Final[Words] = {0: "no indication", 1: "allowed", 2: "not allowed"}
OFFERING_TREATMENT: Final[Words] = {0: "no indication", 1: "not allowed", 2: "allowed"}
CONFERENCE: Final[Words] = {0: "no indication", 1: "accept", 2: "reject"}
REDIRECT_POSSIBLE: Final[Words] = {
    0: "no indication",
    1: "possible before ACM",
    2: "possible before ANM",
    3: "possible at any time during the call",
}
PIVOT: Final[Words] = {
    0: "no indication",
    1: "pivot request",
    2: "cancel pivot request",
    3: "pivot request failure",
    4: "interworking to redirection prohibited (backward)",
}
REDIRECT_STATUS: Final[Words] = {1: "acknowledged", 2: "will not be invoked"}
PORTABILITY: Final[Words] = {
    0: "no indication",
    1: "query not done",
    2: "query done, not ported",
    3: "query done, ported",
}
MAP_TYPE: Final[Words] = {1: "1544 kbit/s, 64 kbit/s base", 2: "2048 kbit/s, 64 kbit/s base"}
DIGITS_ENCODING: Final[Words] = {0: "BCD, even", 1: "BCD, odd", 2: "IA5", 3: "binary"}
DIGITS_TYPE: Final[Words] = {
    0: "account code",
    1: "authorisation code",
    2: "travelling class mark",
    3: "business group identity",
}
NETWORK_TYPE: Final[Words] = {0: "ITU-T", 2: "national network", 3: "international network"}
APPLICATION: Final[Words] = {
    0: "unidentified context and error handling",
    1: "PSS1 (VPN)",
    3: "charging",
    4: "GAT",
    5: "BAT",
    6: "enhanced UCEH",
}
FEATURE: Final[Words] = {1: "call transfer"}
SHAPE: Final[Words] = {
    0: "ellipsoid point",
    1: "ellipsoid point with uncertainty",
    2: "point with altitude and uncertainty",
    3: "ellipse on the ellipsoid",
    4: "ellipsoid circle sector",
    5: "polygon",
}
LOCATION_PRESENTATION: Final[Words] = {
    0: "presentation allowed",
    1: "presentation restricted",
    2: "location not available",
}
CODING: Final[Words] = {
    0: "ITU-T",
    1: "ISO/IEC",
    2: "national",
    3: "specific to the location",
}

PARAMETERS: Final[Words] = {
    p.END_OF_OPTIONAL: "End of optional parameters",
    p.CALL_REFERENCE: "Call reference",
    p.TRANSMISSION_MEDIUM_REQUIREMENT: "Transmission medium requirement",
    p.ACCESS_TRANSPORT: "Access transport",
    p.CALLED_PARTY_NUMBER: "Called party number",
    p.SUBSEQUENT_NUMBER: "Subsequent number",
    p.NATURE_OF_CONNECTION: "Nature of connection indicators",
    p.FORWARD_CALL_INDICATORS: "Forward call indicators",
    p.OPTIONAL_FORWARD_CALL_INDICATORS: "Optional forward call indicators",
    p.CALLING_PARTYS_CATEGORY: "Calling party's category",
    p.CALLING_PARTY_NUMBER: "Calling party number",
    p.REDIRECTING_NUMBER: "Redirecting number",
    p.REDIRECTION_NUMBER: "Redirection number",
    p.CONNECTION_REQUEST: "Connection request",
    p.INFORMATION_REQUEST_INDICATORS: "Information request indicators",
    p.INFORMATION_INDICATORS: "Information indicators",
    p.CONTINUITY_INDICATORS: "Continuity indicators",
    p.BACKWARD_CALL_INDICATORS: "Backward call indicators",
    p.CAUSE_INDICATORS: "Cause indicators",
    p.REDIRECTION_INFORMATION: "Redirection information",
    p.GROUP_SUPERVISION_TYPE: "Circuit group supervision message type",
    p.RANGE_AND_STATUS: "Range and status",
    p.CALL_MODIFICATION_INDICATORS: "Call modification indicators",
    p.FACILITY_INDICATOR: "Facility indicator",
    p.CUG_INTERLOCK_CODE: "Closed user group interlock code",
    p.USER_SERVICE_INFORMATION: "User service information",
    p.SIGNALLING_POINT_CODE: "Signalling point code",
    p.USER_TO_USER_INFORMATION: "User-to-user information",
    p.CONNECTED_NUMBER: "Connected number",
    p.SUSPEND_RESUME_INDICATORS: "Suspend/resume indicators",
    p.TRANSIT_NETWORK_SELECTION: "Transit network selection",
    p.EVENT_INFORMATION: "Event information",
    p.CIRCUIT_ASSIGNMENT_MAP: "Circuit assignment map",
    p.CIRCUIT_STATE_INDICATOR: "Circuit state indicator",
    p.AUTOMATIC_CONGESTION_LEVEL: "Automatic congestion level",
    p.ORIGINAL_CALLED_NUMBER: "Original called number",
    p.OPTIONAL_BACKWARD_CALL_INDICATORS: "Optional backward call indicators",
    p.USER_TO_USER_INDICATORS: "User-to-user indicators",
    p.ORIGINATION_ISC_POINT_CODE: "Origination ISC point code",
    p.GENERIC_NOTIFICATION: "Generic notification indicator",
    p.CALL_HISTORY: "Call history information",
    p.ACCESS_DELIVERY: "Access delivery information",
    p.NETWORK_SPECIFIC_FACILITY: "Network specific facility",
    p.USER_SERVICE_INFORMATION_PRIME: "User service information prime",
    p.PROPAGATION_DELAY_COUNTER: "Propagation delay counter",
    p.REMOTE_OPERATIONS: "Remote operations",
    p.SERVICE_ACTIVATION: "Service activation",
    p.USER_TELESERVICE: "User teleservice information",
    p.TRANSMISSION_MEDIUM_USED: "Transmission medium used",
    p.CALL_DIVERSION: "Call diversion information",
    p.ECHO_CONTROL: "Echo control information",
    p.MESSAGE_COMPATIBILITY: "Message compatibility information",
    p.PARAMETER_COMPATIBILITY: "Parameter compatibility information",
    p.MLPP_PRECEDENCE: "MLPP precedence",
    p.MCID_REQUEST: "MCID request indicators",
    p.MCID_RESPONSE: "MCID response indicators",
    p.HOP_COUNTER: "Hop counter",
    p.TRANSMISSION_MEDIUM_REQUIREMENT_PRIME: "Transmission medium requirement prime",
    p.LOCATION_NUMBER: "Location number",
    p.REDIRECTION_NUMBER_RESTRICTION: "Redirection number restriction",
    p.CALL_TRANSFER_REFERENCE: "Call transfer reference",
    p.LOOP_PREVENTION: "Loop prevention indicators",
    p.CALL_TRANSFER_NUMBER: "Call transfer number",
    p.CCSS: "CCSS",
    p.FORWARD_GVNS: "Forward GVNS",
    p.BACKWARD_GVNS: "Backward GVNS",
    p.REDIRECT_CAPABILITY: "Redirect capability",
    p.NETWORK_MANAGEMENT_CONTROLS: "Network management controls",
    p.CORRELATION_ID: "Correlation id",
    p.SCF_ID: "SCF id",
    p.CALL_DIVERSION_TREATMENT: "Call diversion treatment indicators",
    p.CALLED_IN_NUMBER: "Called IN number",
    p.CALL_OFFERING_TREATMENT: "Call offering treatment indicators",
    p.CHARGED_PARTY_IDENTIFICATION: "Charged party identification",
    p.CONFERENCE_TREATMENT: "Conference treatment indicators",
    p.DISPLAY_INFORMATION: "Display information",
    p.UID_ACTION: "UID action indicators",
    p.UID_CAPABILITY: "UID capability indicators",
    p.REDIRECT_COUNTER: "Redirect counter",
    p.APPLICATION_TRANSPORT: "Application transport",
    p.COLLECT_CALL_REQUEST: "Collect call request",
    p.CCNR_POSSIBLE: "CCNR possible indicator",
    p.PIVOT_CAPABILITY: "Pivot capability",
    p.PIVOT_ROUTING_INDICATORS: "Pivot routing indicators",
    p.CALLED_DIRECTORY_NUMBER: "Called directory number",
    p.ORIGINAL_CALLED_IN_NUMBER: "Original called IN number",
    p.CALLING_GEODETIC_LOCATION: "Calling geodetic location",
    p.HTR_INFORMATION: "HTR information",
    p.NETWORK_ROUTING_NUMBER: "Network routing number",
    p.QUERY_ON_RELEASE_CAPABILITY: "Query on release capability",
    p.PIVOT_STATUS: "Pivot status",
    p.PIVOT_COUNTER: "Pivot counter",
    p.PIVOT_ROUTING_FORWARD: "Pivot routing forward information",
    p.PIVOT_ROUTING_BACKWARD: "Pivot routing backward information",
    p.REDIRECT_STATUS: "Redirect status",
    p.REDIRECT_FORWARD: "Redirect forward information",
    p.REDIRECT_BACKWARD: "Redirect backward information",
    p.NUMBER_PORTABILITY_FORWARD: "Number portability forward information",
    p.FORWARD_CAT: "Forward CAT indicators",
    p.BACKWARD_CAT: "Backward CAT indicators",
    p.AUTOMATIC_REROUTING: "Automatic re-routing",
    p.IEPS_CALL: "IEPS call information",
    p.VED: "VED information",
    p.GENERIC_NUMBER: "Generic number",
    p.GENERIC_DIGITS: "Generic digits",
}
"""Table 5/Q.763; its parameters of 0x8E and on from the later amendments."""


def parameter_name(code: int) -> str:
    """A parameter's name in words."""
    return PARAMETERS.get(code) or f"Unknown parameter {code:#04x}"


def words(table: Words, value: int) -> str:
    """A value's words; its number where it has none."""
    return table.get(value) or f"value {value}"
