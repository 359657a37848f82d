"""CPC, call processing control (Q.764 annex B): its states and inputs as integers.

The states of outgoing calls are those of CPCO, of incoming calls those of CPCI; one machine a
circuit holds both, since a circuit has one call.
"""

from __future__ import annotations

from typing import Final

from .isup_messages_table import (
    ACM,
    ANM,
    CFN,
    CON,
    COT,
    CPG,
    CRG,
    FOT,
    IAM,
    INF,
    INR,
    REL,
    RES,
    RLC,
    SAM,
    SGM,
    SUS,
    USR,
)

IDLE: Final = 0
OUT_CONTINUITY: Final = 1
OUT_WAIT_ACM: Final = 2
OUT_WAIT_ANM: Final = 3
OUT_ANSWERED: Final = 4
OUT_SUSPENDED: Final = 5
IN_SEGMENT: Final = 6
IN_CONTINUITY: Final = 7
IN_DIGITS: Final = 8
IN_INFORMATION: Final = 9
IN_WAIT_ACM: Final = 10
IN_WAIT_ANM: Final = 11
IN_ANSWERED: Final = 12
IN_SUSPENDED: Final = 13
WAIT_RLC: Final = 14

STATE_NAMES: Final = {
    IDLE: "Idle",
    OUT_CONTINUITY: "Outgoing: continuity check",
    OUT_WAIT_ACM: "Outgoing: wait for ACM",
    OUT_WAIT_ANM: "Outgoing: wait for ANM",
    OUT_ANSWERED: "Outgoing: answered",
    OUT_SUSPENDED: "Outgoing: suspended",
    IN_SEGMENT: "Incoming: wait for SGM",
    IN_CONTINUITY: "Incoming: wait for COT",
    IN_DIGITS: "Incoming: wait for digits",
    IN_INFORMATION: "Incoming: wait for INF",
    IN_WAIT_ACM: "Incoming: ACM to be sent",
    IN_WAIT_ANM: "Incoming: ANM to be sent",
    IN_ANSWERED: "Incoming: answered",
    IN_SUSPENDED: "Incoming: suspended",
    WAIT_RLC: "Wait for RLC",
}

OUTGOING: Final = (OUT_CONTINUITY, OUT_WAIT_ACM, OUT_WAIT_ANM, OUT_ANSWERED, OUT_SUSPENDED)
UNOFFERED: Final = (IN_SEGMENT, IN_CONTINUITY, IN_DIGITS, IN_INFORMATION)
"""Incoming calls of which the application has not been told."""
INCOMING: Final = (*UNOFFERED, IN_WAIT_ACM, IN_WAIT_ANM, IN_ANSWERED, IN_SUSPENDED)
BEFORE_BACKWARD: Final = (OUT_CONTINUITY, OUT_WAIT_ACM)
"""IAM sent and no backward message required for call set-up received (2.9.1.4, 2.9.5.1)."""

# Requests
SETUP_REQ: Final = 0
ADDRESS_REQ: Final = 1
MORE_DIGITS_REQ: Final = 2
PROCEED_REQ: Final = 3
PROGRESS_REQ: Final = 4
ALERT_REQ: Final = 5
ANSWER_REQ: Final = 6
RELEASE_REQ: Final = 7
SUSPEND_REQ: Final = 8
RESUME_REQ: Final = 9
USER_INFO_REQ: Final = 10
FORWARD_TRANSFER_REQ: Final = 11
NOTIFY_REQ: Final = 12
# Messages
M_IAM: Final = 13
M_SAM: Final = 14
M_INR: Final = 15
M_INF: Final = 16
M_COT: Final = 17
M_ACM: Final = 18
M_CON: Final = 19
M_CPG: Final = 20
M_ANM: Final = 21
M_FOT: Final = 22
M_SUS: Final = 23
M_RES: Final = 24
M_REL: Final = 25
M_RLC: Final = 26
M_USR: Final = 27
M_SGM: Final = 28
M_CFN: Final = 29
M_CRG: Final = 30
M_SERVICE: Final = 31
"""A message of a supplementary service that is not offered (FAC, NRM, IDR, LOP, APM …)."""
# From the other machines of the circuit
CHECK_OK: Final = 32
CHECK_FAILED: Final = 33
CIRCUIT_RESET: Final = 34
"""RSC or GRS came."""
CIRCUIT_TAKEN: Final = 35
"""We reset the circuit, or the far end has it not (UCIC)."""
CIRCUIT_BLOCKED: Final = 36
"""BLO or CGB came."""
# Timers
T1_EXPIRY: Final = 37
T2_EXPIRY: Final = 38
T5_EXPIRY: Final = 39
T6_EXPIRY: Final = 40
T7_EXPIRY: Final = 41
T8_EXPIRY: Final = 42
T9_EXPIRY: Final = 43
T10_EXPIRY: Final = 44
T11_EXPIRY: Final = 45
T24_EXPIRY: Final = 46
T33_EXPIRY: Final = 47
T34_EXPIRY: Final = 48
T35_EXPIRY: Final = 49
T38_EXPIRY: Final = 50

INPUT_NAMES: Final = {
    SETUP_REQ: "SETUP request",
    ADDRESS_REQ: "ADDRESS request",
    MORE_DIGITS_REQ: "MORE DIGITS request",
    PROCEED_REQ: "PROCEEDING request",
    PROGRESS_REQ: "PROGRESS request",
    ALERT_REQ: "ALERTING request",
    ANSWER_REQ: "ANSWER request",
    RELEASE_REQ: "RELEASE request",
    SUSPEND_REQ: "SUSPEND request",
    RESUME_REQ: "RESUME request",
    USER_INFO_REQ: "USER INFORMATION request",
    FORWARD_TRANSFER_REQ: "FORWARD TRANSFER request",
    NOTIFY_REQ: "NOTIFY request",
    M_IAM: "IAM",
    M_SAM: "SAM",
    M_INR: "INR",
    M_INF: "INF",
    M_COT: "COT",
    M_ACM: "ACM",
    M_CON: "CON",
    M_CPG: "CPG",
    M_ANM: "ANM",
    M_FOT: "FOT",
    M_SUS: "SUS",
    M_RES: "RES",
    M_REL: "REL",
    M_RLC: "RLC",
    M_USR: "USR",
    M_SGM: "SGM",
    M_CFN: "CFN",
    M_CRG: "CRG",
    M_SERVICE: "message of a service",
    CHECK_OK: "check successful",
    CHECK_FAILED: "check failed",
    CIRCUIT_RESET: "RSC or GRS",
    CIRCUIT_TAKEN: "circuit taken",
    CIRCUIT_BLOCKED: "BLO or CGB",
    T1_EXPIRY: "T1",
    T2_EXPIRY: "T2",
    T5_EXPIRY: "T5",
    T6_EXPIRY: "T6",
    T7_EXPIRY: "T7",
    T8_EXPIRY: "T8",
    T9_EXPIRY: "T9",
    T10_EXPIRY: "T10",
    T11_EXPIRY: "T11",
    T24_EXPIRY: "T24",
    T33_EXPIRY: "T33",
    T34_EXPIRY: "T34",
    T35_EXPIRY: "T35",
    T38_EXPIRY: "T38",
}

REQUESTS: Final = range(SETUP_REQ, M_IAM)
MESSAGES: Final = range(M_IAM, CHECK_OK)
EXPIRIES: Final = range(T1_EXPIRY, T38_EXPIRY + 1)

EXPIRY_INPUT: Final = {
    1: T1_EXPIRY,
    2: T2_EXPIRY,
    5: T5_EXPIRY,
    6: T6_EXPIRY,
    7: T7_EXPIRY,
    8: T8_EXPIRY,
    9: T9_EXPIRY,
    10: T10_EXPIRY,
    11: T11_EXPIRY,
    24: T24_EXPIRY,
    33: T33_EXPIRY,
    34: T34_EXPIRY,
    35: T35_EXPIRY,
    38: T38_EXPIRY,
}
"""By timer number. T1, T5 and T24 belong to the continuity recheck when the circuit has no call."""

CALL_TIMERS: Final = sum(1 << number for number in EXPIRY_INPUT)
"""Bit n: Tn is a timer of a call."""

_INPUT_OF: Final = {
    IAM: M_IAM,
    SAM: M_SAM,
    INR: M_INR,
    INF: M_INF,
    COT: M_COT,
    ACM: M_ACM,
    CON: M_CON,
    FOT: M_FOT,
    ANM: M_ANM,
    REL: M_REL,
    SUS: M_SUS,
    RES: M_RES,
    RLC: M_RLC,
    CPG: M_CPG,
    USR: M_USR,
    SGM: M_SGM,
    CFN: M_CFN,
    CRG: M_CRG,
}
INPUT_OF_KIND: Final = [_INPUT_OF.get(kind, M_SERVICE) for kind in range(256)]
"""CPC's input for a message type; supervision messages do not come here."""
