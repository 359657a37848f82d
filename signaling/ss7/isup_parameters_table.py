"""The reader of each of ISUP's parameters, by code (Q.763 table 5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from . import isup_parameters_base as p
from .isup_parameters_access import (
    read_access_transport,
    read_display,
    read_user_service,
    read_user_teleservice,
)
from .isup_parameters_base import ContentError, Malformed, Parameter
from .isup_parameters_call import (
    read_backward_call_indicators,
    read_event_information,
    read_forward_call_indicators,
    read_nature_of_connection,
    read_optional_backward_call_indicators,
    read_optional_forward_call_indicators,
    read_propagation_delay,
    read_suspend_resume,
    read_value,
)
from .isup_parameters_cause import read_cause
from .isup_parameters_circuit import read_circuit_states, read_range_and_status
from .isup_parameters_compat import read_message_compatibility, read_parameter_compatibility
from .isup_parameters_network import (
    read_application_transport,
    read_forward_gvns,
    read_generic_digits,
    read_network_facility,
    read_network_routing_number,
    read_remote_operations,
    read_tagged,
    read_transit_network,
)
from .isup_parameters_number import FORMATS, read_number, read_subsequent_number
from .isup_parameters_services import (
    read_call_diversion,
    read_call_reference,
    read_circuit_assignment_map,
    read_connection_request,
    read_cug_interlock,
    read_echo_control,
    read_generic_notification,
    read_information,
    read_information_request,
    read_mcid,
    read_mlpp_precedence,
    read_point_code,
    read_redirection_information,
    read_user_to_user_indicators,
)

VALUES: Final = (
    p.CALLING_PARTYS_CATEGORY,
    p.TRANSMISSION_MEDIUM_REQUIREMENT,
    p.TRANSMISSION_MEDIUM_REQUIREMENT_PRIME,
    p.TRANSMISSION_MEDIUM_USED,
    p.CONTINUITY_INDICATORS,
    p.GROUP_SUPERVISION_TYPE,
    p.FACILITY_INDICATOR,
    p.AUTOMATIC_CONGESTION_LEVEL,
    p.ACCESS_DELIVERY,
    p.HOP_COUNTER,
    p.REDIRECTION_NUMBER_RESTRICTION,
    p.CALL_TRANSFER_REFERENCE,
    p.LOOP_PREVENTION,
    p.CCSS,
    p.BACKWARD_GVNS,
    p.REDIRECT_CAPABILITY,
    p.NETWORK_MANAGEMENT_CONTROLS,
    p.CALL_DIVERSION_TREATMENT,
    p.CALL_OFFERING_TREATMENT,
    p.CONFERENCE_TREATMENT,
    p.UID_ACTION,
    p.UID_CAPABILITY,
    p.REDIRECT_COUNTER,
    p.COLLECT_CALL_REQUEST,
    p.CCNR_POSSIBLE,
    p.PIVOT_CAPABILITY,
    p.PIVOT_ROUTING_INDICATORS,
    p.QUERY_ON_RELEASE_CAPABILITY,
    p.PIVOT_STATUS,
    p.PIVOT_COUNTER,
    p.REDIRECT_STATUS,
    p.NUMBER_PORTABILITY_FORWARD,
)
"""Parameters of one octet, ``Value``; isup_parameters_fields tells what their bits are."""


def _readers() -> dict[int, Callable[[int, bytes], Parameter]]:
    readers: dict[int, Callable[[int, bytes], Parameter]] = {
        p.NATURE_OF_CONNECTION: read_nature_of_connection,
        p.FORWARD_CALL_INDICATORS: read_forward_call_indicators,
        p.BACKWARD_CALL_INDICATORS: read_backward_call_indicators,
        p.OPTIONAL_FORWARD_CALL_INDICATORS: read_optional_forward_call_indicators,
        p.OPTIONAL_BACKWARD_CALL_INDICATORS: read_optional_backward_call_indicators,
        p.EVENT_INFORMATION: read_event_information,
        p.SUSPEND_RESUME_INDICATORS: read_suspend_resume,
        p.PROPAGATION_DELAY_COUNTER: read_propagation_delay,
        p.CALL_HISTORY: read_propagation_delay,
        p.CAUSE_INDICATORS: read_cause,
        p.RANGE_AND_STATUS: read_range_and_status,
        p.CIRCUIT_STATE_INDICATOR: read_circuit_states,
        p.SUBSEQUENT_NUMBER: read_subsequent_number,
        p.MESSAGE_COMPATIBILITY: read_message_compatibility,
        p.PARAMETER_COMPATIBILITY: read_parameter_compatibility,
        p.REDIRECTION_INFORMATION: read_redirection_information,
        p.CALL_DIVERSION: read_call_diversion,
        p.USER_TO_USER_INDICATORS: read_user_to_user_indicators,
        p.GENERIC_NOTIFICATION: read_generic_notification,
        p.CALL_REFERENCE: read_call_reference,
        p.SIGNALLING_POINT_CODE: read_point_code,
        p.ORIGINATION_ISC_POINT_CODE: read_point_code,
        p.CONNECTION_REQUEST: read_connection_request,
        p.CUG_INTERLOCK_CODE: read_cug_interlock,
        p.MLPP_PRECEDENCE: read_mlpp_precedence,
        p.CIRCUIT_ASSIGNMENT_MAP: read_circuit_assignment_map,
        p.ECHO_CONTROL: read_echo_control,
        p.INFORMATION_REQUEST_INDICATORS: read_information_request,
        p.INFORMATION_INDICATORS: read_information,
        p.MCID_REQUEST: read_mcid,
        p.MCID_RESPONSE: read_mcid,
        p.GENERIC_DIGITS: read_generic_digits,
        p.TRANSIT_NETWORK_SELECTION: read_transit_network,
        p.NETWORK_ROUTING_NUMBER: read_network_routing_number,
        p.FORWARD_GVNS: read_forward_gvns,
        p.APPLICATION_TRANSPORT: read_application_transport,
        p.NETWORK_SPECIFIC_FACILITY: read_network_facility,
        p.REMOTE_OPERATIONS: read_remote_operations,
        p.ACCESS_TRANSPORT: read_access_transport,
        p.USER_SERVICE_INFORMATION: read_user_service,
        p.USER_SERVICE_INFORMATION_PRIME: read_user_service,
        p.USER_TELESERVICE: read_user_teleservice,
        p.DISPLAY_INFORMATION: read_display,
        p.REDIRECT_FORWARD: read_tagged,
        p.REDIRECT_BACKWARD: read_tagged,
        p.PIVOT_ROUTING_FORWARD: read_tagged,
        p.PIVOT_ROUTING_BACKWARD: read_tagged,
    }
    for code in FORMATS:
        readers[code] = read_number
    for code in VALUES:
        readers[code] = read_value
    return readers


READERS: Final = _readers()


def read(code: int, octets: bytes) -> Parameter:
    """A parameter from its contents: of its own class, a plain Parameter when it has none,
    Malformed when the contents do not follow its clause. Never raises."""
    reader = READERS.get(code)
    if reader is None:
        return Parameter(code, octets)
    try:
        return reader(code, octets)
    except ContentError as error:
        return Malformed(code, octets, str(error))
