"""The optional part of each message (Q.763 tables 21 to 55): the parameters that may be in it.

A parameter that is known and not in its message's row is unexpected, which Q.764 2.9.5.3 treats as
unrecognized.
"""

from __future__ import annotations

from typing import Final

from . import isup_messages_table as m
from . import isup_parameters_base as p

_COMPATIBILITY: Final = (p.MESSAGE_COMPATIBILITY, p.PARAMETER_COMPATIBILITY)
_BACKWARD: Final = (
    p.CALL_REFERENCE,
    p.OPTIONAL_BACKWARD_CALL_INDICATORS,
    p.USER_TO_USER_INDICATORS,
    p.USER_TO_USER_INFORMATION,
    p.ACCESS_TRANSPORT,
    p.GENERIC_NOTIFICATION,
    p.TRANSMISSION_MEDIUM_USED,
    p.ECHO_CONTROL,
    p.ACCESS_DELIVERY,
    p.PARAMETER_COMPATIBILITY,
    p.NETWORK_SPECIFIC_FACILITY,
    p.REMOTE_OPERATIONS,
    p.SERVICE_ACTIVATION,
    p.REDIRECTION_NUMBER_RESTRICTION,
    p.CONFERENCE_TREATMENT,
    p.APPLICATION_TRANSPORT,
    p.PIVOT_ROUTING_BACKWARD,
    p.REDIRECT_STATUS,
)
"""In ACM, CPG, ANM and CON alike."""

_ANSWER: Final = (
    p.CONNECTED_NUMBER,
    p.BACKWARD_GVNS,
    p.CALL_HISTORY,
    p.GENERIC_NUMBER,
)
"""In ANM and CON alike."""

_INITIAL: Final = (
    p.TRANSIT_NETWORK_SELECTION,
    p.CALL_REFERENCE,
    p.CALLING_PARTY_NUMBER,
    p.OPTIONAL_FORWARD_CALL_INDICATORS,
    p.REDIRECTING_NUMBER,
    p.REDIRECTION_INFORMATION,
    p.CUG_INTERLOCK_CODE,
    p.CONNECTION_REQUEST,
    p.ORIGINAL_CALLED_NUMBER,
    p.USER_TO_USER_INFORMATION,
    p.ACCESS_TRANSPORT,
    p.USER_SERVICE_INFORMATION,
    p.USER_TO_USER_INDICATORS,
    p.GENERIC_NUMBER,
    p.PROPAGATION_DELAY_COUNTER,
    p.USER_SERVICE_INFORMATION_PRIME,
    p.NETWORK_SPECIFIC_FACILITY,
    p.GENERIC_DIGITS,
    p.ORIGINATION_ISC_POINT_CODE,
    p.USER_TELESERVICE,
    p.REMOTE_OPERATIONS,
    p.PARAMETER_COMPATIBILITY,
    p.GENERIC_NOTIFICATION,
    p.SERVICE_ACTIVATION,
    p.MLPP_PRECEDENCE,
    p.TRANSMISSION_MEDIUM_REQUIREMENT_PRIME,
    p.LOCATION_NUMBER,
    p.FORWARD_GVNS,
    p.CCSS,
    p.NETWORK_MANAGEMENT_CONTROLS,
    p.CIRCUIT_ASSIGNMENT_MAP,
    p.CORRELATION_ID,
    p.CALL_DIVERSION_TREATMENT,
    p.CALLED_IN_NUMBER,
    p.CALL_OFFERING_TREATMENT,
    p.CONFERENCE_TREATMENT,
    p.SCF_ID,
    p.UID_CAPABILITY,
    p.ECHO_CONTROL,
    p.HOP_COUNTER,
    p.COLLECT_CALL_REQUEST,
    p.APPLICATION_TRANSPORT,
    p.PIVOT_CAPABILITY,
    p.CALLED_DIRECTORY_NUMBER,
    p.ORIGINAL_CALLED_IN_NUMBER,
    p.CALLING_GEODETIC_LOCATION,
    p.NETWORK_ROUTING_NUMBER,
    p.QUERY_ON_RELEASE_CAPABILITY,
    p.PIVOT_COUNTER,
    p.PIVOT_ROUTING_FORWARD,
    p.REDIRECT_CAPABILITY,
    p.REDIRECT_COUNTER,
    p.REDIRECT_STATUS,
    p.REDIRECT_FORWARD,
    p.NUMBER_PORTABILITY_FORWARD,
    p.FORWARD_CAT,
    p.AUTOMATIC_REROUTING,
    p.IEPS_CALL,
    p.VED,
)

_FACILITY_ACCEPT: Final = (
    p.USER_TO_USER_INDICATORS,
    p.CALL_REFERENCE,
    p.CONNECTION_REQUEST,
    p.PARAMETER_COMPATIBILITY,
)

ROWS: Final[list[tuple[int, tuple[int, ...]]]] = [
    (m.IAM, _INITIAL),
    (m.SAM, ()),
    (
        m.ACM,
        (
            *_BACKWARD,
            p.CAUSE_INDICATORS,
            p.REDIRECTION_NUMBER,
            p.CALL_DIVERSION,
            p.UID_ACTION,
            p.CCNR_POSSIBLE,
            p.HTR_INFORMATION,
            p.BACKWARD_CAT,
            p.IEPS_CALL,
        ),
    ),
    (
        m.CPG,
        (
            *_BACKWARD,
            *_ANSWER,
            p.CAUSE_INDICATORS,
            p.BACKWARD_CALL_INDICATORS,
            p.REDIRECTION_NUMBER,
            p.CALL_DIVERSION,
            p.CALL_TRANSFER_NUMBER,
            p.UID_ACTION,
            p.CCNR_POSSIBLE,
            p.BACKWARD_CAT,
        ),
    ),
    (
        m.ANM,
        (
            *_BACKWARD,
            *_ANSWER,
            p.BACKWARD_CALL_INDICATORS,
            p.REDIRECTION_NUMBER,
            p.DISPLAY_INFORMATION,
            p.BACKWARD_CAT,
        ),
    ),
    (m.CON, (*_BACKWARD, *_ANSWER, p.HTR_INFORMATION, p.BACKWARD_CAT)),
    (
        m.REL,
        (
            p.REDIRECTION_INFORMATION,
            p.REDIRECTION_NUMBER,
            p.ACCESS_TRANSPORT,
            p.SIGNALLING_POINT_CODE,
            p.USER_TO_USER_INFORMATION,
            p.AUTOMATIC_CONGESTION_LEVEL,
            p.NETWORK_SPECIFIC_FACILITY,
            p.ACCESS_DELIVERY,
            p.PARAMETER_COMPATIBILITY,
            p.USER_TO_USER_INDICATORS,
            p.DISPLAY_INFORMATION,
            p.REMOTE_OPERATIONS,
            p.HTR_INFORMATION,
            p.REDIRECT_COUNTER,
            p.REDIRECT_BACKWARD,
            p.AUTOMATIC_REROUTING,
        ),
    ),
    (m.RLC, (p.CAUSE_INDICATORS,)),
    (m.CFN, ()),
    (m.FOT, (p.CALL_REFERENCE,)),
    (m.SUS, (p.CALL_REFERENCE,)),
    (m.RES, (p.CALL_REFERENCE,)),
    (m.INR, (p.CALL_REFERENCE, p.NETWORK_SPECIFIC_FACILITY, p.PARAMETER_COMPATIBILITY)),
    (
        m.INF,
        (
            p.CALLING_PARTYS_CATEGORY,
            p.CALLING_PARTY_NUMBER,
            p.CALL_REFERENCE,
            p.CONNECTION_REQUEST,
            p.PARAMETER_COMPATIBILITY,
            p.NETWORK_SPECIFIC_FACILITY,
        ),
    ),
    (m.USR, (p.ACCESS_TRANSPORT,)),
    (m.FAR, _FACILITY_ACCEPT),
    (m.FAA, _FACILITY_ACCEPT),
    (m.FRJ, (p.USER_TO_USER_INDICATORS,)),
    (m.CMR, (p.CALL_REFERENCE,)),
    (m.CMC, (p.CALL_REFERENCE,)),
    (m.CMRJ, (p.CALL_REFERENCE,)),
    (m.DRS, (p.CALL_REFERENCE,)),
    (m.UPT, (p.PARAMETER_COMPATIBILITY,)),
    (m.UPA, (p.PARAMETER_COMPATIBILITY,)),
    (
        m.FAC,
        (
            *_COMPATIBILITY,
            p.REMOTE_OPERATIONS,
            p.SERVICE_ACTIVATION,
            p.CALL_TRANSFER_NUMBER,
            p.ACCESS_TRANSPORT,
            p.GENERIC_NOTIFICATION,
            p.REDIRECTION_NUMBER,
            p.PIVOT_ROUTING_INDICATORS,
            p.PIVOT_STATUS,
            p.PIVOT_COUNTER,
            p.PIVOT_ROUTING_BACKWARD,
            p.REDIRECT_STATUS,
        ),
    ),
    (m.NRM, (*_COMPATIBILITY, p.ECHO_CONTROL)),
    (m.IDR, (*_COMPATIBILITY, p.MCID_REQUEST)),
    (
        m.IRS,
        (
            *_COMPATIBILITY,
            p.MCID_RESPONSE,
            p.CALLING_PARTY_NUMBER,
            p.ACCESS_TRANSPORT,
            p.GENERIC_NUMBER,
            p.CHARGED_PARTY_IDENTIFICATION,
        ),
    ),
    (
        m.SGM,
        (
            p.MESSAGE_COMPATIBILITY,
            p.ACCESS_TRANSPORT,
            p.USER_TO_USER_INFORMATION,
            p.GENERIC_DIGITS,
            p.GENERIC_NOTIFICATION,
            p.GENERIC_NUMBER,
        ),
    ),
    (m.LOP, (*_COMPATIBILITY, p.CALL_TRANSFER_REFERENCE, p.LOOP_PREVENTION)),
    (m.APM, (*_COMPATIBILITY, p.APPLICATION_TRANSPORT)),
    (
        m.PRI,
        (
            *_COMPATIBILITY,
            p.OPTIONAL_FORWARD_CALL_INDICATORS,
            p.OPTIONAL_BACKWARD_CALL_INDICATORS,
            p.APPLICATION_TRANSPORT,
        ),
    ),
    (m.SDN, (p.MESSAGE_COMPATIBILITY, p.SUBSEQUENT_NUMBER)),
    (m.CCL, _COMPATIBILITY),
    (m.OPR, _COMPATIBILITY),
    (m.MPM, _COMPATIBILITY),
]

SEGMENTED: Final = frozenset(
    (
        p.ACCESS_TRANSPORT,
        p.USER_TO_USER_INFORMATION,
        p.GENERIC_DIGITS,
        p.GENERIC_NOTIFICATION,
        p.GENERIC_NUMBER,
    )
)
"""Parameters that simple segmentation may move to SGM (Q.764 2.1.12)."""


def _by_kind() -> list[frozenset[int]]:
    allowed: list[frozenset[int]] = [frozenset()] * 256
    for kind, codes in ROWS:
        allowed[kind] = frozenset(codes)
    return allowed


OPTIONAL: Final[list[frozenset[int]]] = _by_kind()
"""Indexed by message type."""
