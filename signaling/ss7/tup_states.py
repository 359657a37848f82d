"""States of a circuit and the inputs of its machine (Q.724; the diagrams' CPCO, CPCI, CRS, CCO,
CCI drawn as one machine, because one circuit has one of them at work at a time)."""

from __future__ import annotations

from typing import Final

NULL: Final = 0
OG_CHECK: Final = 1
OG_WAIT_ACM: Final = 2
OG_WAIT_ANSWER: Final = 3
OG_ANSWERED: Final = 4
OG_CLEARED_BACK: Final = 5
OG_WAIT_RLG: Final = 6
OG_WAIT_RETEST: Final = 7
OG_RETEST: Final = 8
IC_CHECK: Final = 9
IC_INFORMATION: Final = 10
IC_ADDRESS: Final = 11
IC_WAIT_ANSWER: Final = 12
IC_ANSWERED: Final = 13
IC_CLEARED_BACK: Final = 14
IC_UNSUCCESSFUL: Final = 15
IC_WAIT_RETEST: Final = 16
IC_RETEST: Final = 17
RESETTING: Final = 18

STATE_NAMES: Final = {
    NULL: "Idle",
    OG_CHECK: "Outgoing, continuity check",
    OG_WAIT_ACM: "Wait for address complete",
    OG_WAIT_ANSWER: "Outgoing, wait for answer",
    OG_ANSWERED: "Outgoing, answered",
    OG_CLEARED_BACK: "Outgoing, cleared back",
    OG_WAIT_RLG: "Wait for release guard",
    OG_WAIT_RETEST: "Continuity failed, wait to check anew",
    OG_RETEST: "Continuity check anew",
    IC_CHECK: "Incoming, wait for continuity",
    IC_INFORMATION: "Incoming, wait for information",
    IC_ADDRESS: "Incoming, address",
    IC_WAIT_ANSWER: "Incoming, wait for answer",
    IC_ANSWERED: "Incoming, answered",
    IC_CLEARED_BACK: "Incoming, cleared back",
    IC_UNSUCCESSFUL: "Unsuccessful, wait for clear forward",
    IC_WAIT_RETEST: "Continuity failed, wait for request",
    IC_RETEST: "Continuity check at request",
    RESETTING: "Reset",
}

OUTGOING: Final = (OG_CHECK, OG_WAIT_ACM, OG_WAIT_ANSWER, OG_ANSWERED, OG_CLEARED_BACK)
INCOMING: Final = (
    IC_CHECK,
    IC_INFORMATION,
    IC_ADDRESS,
    IC_WAIT_ANSWER,
    IC_ANSWERED,
    IC_CLEARED_BACK,
)
TESTS: Final = (OG_WAIT_RETEST, OG_RETEST, IC_WAIT_RETEST, IC_RETEST)

# Inputs: requests.
SETUP_REQ: Final = 0
DIGITS_REQ: Final = 1
WANT_DIGITS_REQ: Final = 2
PROCEED_REQ: Final = 3
PROGRESS_REQ: Final = 4
ALERT_REQ: Final = 5
ANSWER_REQ: Final = 6
CLEAR_REQ: Final = 7
NOTIFY_REQ: Final = 8
SIGNAL_REQ: Final = 9
IDENTIFY_REQ: Final = 10
CHECK_OK: Final = 11
CHECK_FAILED: Final = 12
TEST_REQ: Final = 13
RESET_REQ: Final = 14
GROUP_RESET_REQ: Final = 15

# Inputs: received messages.
IAM: Final = 16
SAM: Final = 17
GSM: Final = 18
COT: Final = 19
CCF: Final = 20
GRQ: Final = 21
ACM: Final = 22
CHG: Final = 23
UNSUCCESSFUL: Final = 24
ANSWER: Final = 25
CBK: Final = 26
CLF: Final = 27
RAN: Final = 28
SIGNAL: Final = 29
RLG: Final = 30
CCR: Final = 31
RSC: Final = 32

# Inputs: what group supervision and blocking have for the circuit.
BLOCKED: Final = 33
HARDWARE: Final = 34
GROUP_RESET: Final = 35
RESET_DONE: Final = 36

# Inputs: timers.
T1_EXPIRY: Final = 37
T2_EXPIRY: Final = 38
T3_EXPIRY: Final = 39
T4_EXPIRY: Final = 40
T5_EXPIRY: Final = 41
T6_EXPIRY: Final = 42
T7_EXPIRY: Final = 43
T8_EXPIRY: Final = 44
T9_EXPIRY: Final = 45
T10_EXPIRY: Final = 46
T17_EXPIRY: Final = 47
T18_EXPIRY: Final = 48
T19_EXPIRY: Final = 49
ANSWER_EXPIRY: Final = 50
CLEAR_BACK_EXPIRY: Final = 51
DIGITS_EXPIRY: Final = 52
INFORMATION_EXPIRY: Final = 53
GUARD_EXPIRY: Final = 54

REQUESTS: Final = {
    SETUP_REQ: "Setup request",
    DIGITS_REQ: "More digits request",
    WANT_DIGITS_REQ: "Digits wanted request",
    PROCEED_REQ: "Address complete request",
    PROGRESS_REQ: "Progress request",
    ALERT_REQ: "Subscriber free request",
    ANSWER_REQ: "Answer request",
    CLEAR_REQ: "Clear request",
    NOTIFY_REQ: "Suspend or resume request",
    SIGNAL_REQ: "Signal request",
    IDENTIFY_REQ: "Identify request",
    CHECK_OK: "Check tone received",
    CHECK_FAILED: "Check tone not received",
    TEST_REQ: "Continuity test request",
    RESET_REQ: "Reset request",
    GROUP_RESET_REQ: "Group reset request",
}
MESSAGES: Final = {
    IAM: "IAM or IAI",
    SAM: "SAM or SAO",
    GSM: "GSM",
    COT: "COT",
    CCF: "CCF",
    GRQ: "GRQ",
    ACM: "ACM",
    CHG: "CHG or MPM",
    UNSUCCESSFUL: "Unsuccessful backward message",
    ANSWER: "ANC, ANN or ANU",
    CBK: "CBK",
    CLF: "CLF",
    RAN: "RAN",
    SIGNAL: "FOT, OPR, CCL or MAL",
    RLG: "RLG",
    CCR: "CCR",
    RSC: "RSC",
}
SUPERVISION: Final = {
    BLOCKED: "Blocking received",
    HARDWARE: "Hardware failure blocking received",
    GROUP_RESET: "Group reset received",
    RESET_DONE: "Group reset acknowledged",
}
EXPIRIES: Final = {
    T1_EXPIRY: "T1 expiry",
    T2_EXPIRY: "T2 expiry",
    T3_EXPIRY: "T3 expiry",
    T4_EXPIRY: "T4 expiry",
    T5_EXPIRY: "T5 expiry",
    T6_EXPIRY: "T6 expiry",
    T7_EXPIRY: "T7 expiry",
    T8_EXPIRY: "T8 expiry",
    T9_EXPIRY: "T9 expiry",
    T10_EXPIRY: "T10 expiry",
    T17_EXPIRY: "T17 expiry",
    T18_EXPIRY: "T18 expiry",
    T19_EXPIRY: "T19 expiry",
    ANSWER_EXPIRY: "TANS expiry",
    CLEAR_BACK_EXPIRY: "TCBK expiry",
    DIGITS_EXPIRY: "TDIG expiry",
    INFORMATION_EXPIRY: "TGSM expiry",
    GUARD_EXPIRY: "TGRD expiry",
}
INPUT_NAMES: Final = REQUESTS | MESSAGES | SUPERVISION | EXPIRIES
