"""Inputs of the machines of level 3, by machine: what they send each other and what comes in."""

from __future__ import annotations

from typing import Final

# LSAC: signalling link activity control (Q.704 12, figures 36 to 41)
A_ACTIVATE: Final = 0
A_DEACTIVATE: Final = 1
A_IN_SERVICE: Final = 2
A_OUT_OF_SERVICE: Final = 3
A_TEST_OK: Final = 4
A_TEST_FAILED: Final = 5
A_T17: Final = 6
A_CHANGED_OVER: Final = 7
A_ORDER: Final = 8

LSAC_INPUTS: Final = {
    A_ACTIVATE: "activate link",
    A_DEACTIVATE: "deactivate link",
    A_IN_SERVICE: "L2 in service",
    A_OUT_OF_SERVICE: "L2 out of service",
    A_TEST_OK: "signalling link test successful",
    A_TEST_FAILED: "signalling link test failed",
    A_T17: "T17 or T32 expiry",
    A_CHANGED_OVER: "changeover complete",
    A_ORDER: "changeover order of the far end",
}

# SLTC: signalling link test control (Q.707, figure 2)
S_START: Final = 0
S_STOP: Final = 1
S_SLTA: Final = 2
S_WRONG: Final = 3
S_T1: Final = 4
S_T2: Final = 5

SLTC_INPUTS: Final = {
    S_START: "start test",
    S_STOP: "stop",
    S_SLTA: "SLTA",
    S_WRONG: "SLTA that does not match",
    S_T1: "T1 expiry",
    S_T2: "T2 expiry",
}

# TLAC: link availability control (figure 27)
L_RESTORED: Final = 0
L_FAILED: Final = 1
L_BLOCKED: Final = 2
L_UNBLOCKED: Final = 3
L_INHIBIT: Final = 4
L_UNINHIBIT: Final = 5

TLAC_INPUTS: Final = {
    L_RESTORED: "link in service",
    L_FAILED: "link failed",
    L_BLOCKED: "processor outage",
    L_UNBLOCKED: "processor recovered",
    L_INHIBIT: "inhibited",
    L_UNINHIBIT: "uninhibited",
}

# TCOC: changeover control (figure 28)
C_START: Final = 0
C_TIMED: Final = 1
C_BSNT: Final = 2
C_ORDER: Final = 3
C_ACKNOWLEDGE: Final = 4
C_T1: Final = 5
C_T2: Final = 6
C_RETRIEVED: Final = 7
C_AVAILABLE: Final = 8

TCOC_INPUTS: Final = {
    C_START: "link unavailable, failed",
    C_TIMED: "link unavailable, blocked or inhibited",
    C_BSNT: "BSNT",
    C_ORDER: "COO or ECO",
    C_ACKNOWLEDGE: "COA or ECA",
    C_T1: "T1 expiry",
    C_T2: "T2 expiry",
    C_RETRIEVED: "retrieval complete",
    C_AVAILABLE: "link available again",
}

# TCBC: changeback control (figure 29)
B_DECLARE: Final = 0
B_TIMED: Final = 1
B_CBA: Final = 2
B_T3: Final = 3
B_T4: Final = 4
B_T5: Final = 5
B_ABSORBED: Final = 6

TCBC_INPUTS: Final = {
    B_DECLARE: "link available, path to declare",
    B_TIMED: "link available, no path",
    B_CBA: "CBA",
    B_T3: "T3 expiry",
    B_T4: "T4 expiry",
    B_T5: "T5 expiry",
    B_ABSORBED: "alternative link failed",
}

# TSRC: restart of an adjacent point (9, figure 31)
R_LINK_UP: Final = 0
R_LINK_DOWN: Final = 1
R_TRA: Final = 2
R_T21: Final = 3
R_NOT_NEEDED: Final = 4
R_T19: Final = 5
R_USE: Final = 6

TSRC_INPUTS: Final = {
    R_LINK_UP: "first link available",
    R_LINK_DOWN: "no link in service",
    R_TRA: "TRA",
    R_T21: "T20 or T21 expiry",
    R_T19: "T19 expiry",
    R_USE: "routes may be used",
    R_NOT_NEEDED: "first link available, point was accessible",
}

# TCRC: controlled rerouting control (8, figure 31)
P_MOVE: Final = 0
P_T6: Final = 1

TCRC_INPUTS: Final = {
    P_MOVE: "flows to be moved",
    P_T6: "T6 expiry",
}

# TMIN: management inhibiting (10, figure 45)
I_INHIBIT: Final = 0
I_UNINHIBIT: Final = 1
I_NEEDED: Final = 2
I_LIN: Final = 3
I_LIA: Final = 4
I_LID: Final = 5
I_LUN: Final = 6
I_LUA: Final = 7
I_LFU: Final = 8
I_LLT: Final = 9
I_LRT: Final = 10
I_T12: Final = 11
I_T13: Final = 12
I_T14: Final = 13
I_T22: Final = 14
I_T23: Final = 15

TMIN_INPUTS: Final = {
    I_INHIBIT: "inhibit",
    I_UNINHIBIT: "uninhibit",
    I_NEEDED: "a destination needs the link",
    I_LIN: "LIN",
    I_LIA: "LIA",
    I_LID: "LID",
    I_LUN: "LUN",
    I_LUA: "LUA",
    I_LFU: "LFU",
    I_LLT: "LLT",
    I_LRT: "LRT",
    I_T12: "T12 expiry",
    I_T13: "T13 expiry",
    I_T14: "T14 expiry",
    I_T22: "T22 expiry",
    I_T23: "T23 expiry",
}

# RSRT: signalling route set test (13.5, figure 46)
T_UNAVAILABLE: Final = 0
T_ALLOWED: Final = 1
T_T10: Final = 2

RSRT_INPUTS: Final = {
    T_UNAVAILABLE: "TFP or TFR",
    T_ALLOWED: "TFA, or the adjacent point is lost",
    T_T10: "T10 expiry",
}

# RCAT: signalling route set congestion test (13.9, national option)
G_TFC: Final = 0
G_T15: Final = 1
G_T16: Final = 2
G_LOST: Final = 3

RCAT_INPUTS: Final = {
    G_TFC: "TFC",
    G_T15: "T15 expiry",
    G_T16: "T16 expiry",
    G_LOST: "destination inaccessible",
}

# TRES: the MTP's own restart (9.2)
M_ADJACENT: Final = 0
M_TRA: Final = 1
M_T20: Final = 2
M_ISOLATED: Final = 3

TRES_INPUTS: Final = {
    M_ADJACENT: "first link to an adjacent point available",
    M_TRA: "TRA or T21",
    M_T20: "T20 expiry",
    M_ISOLATED: "no link in service",
}
