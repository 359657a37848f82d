"""States and inputs of R2's machines: the line (r2_line_table.py), the two MF registers."""

from __future__ import annotations

from typing import Final

from . import r2_timers as t

# The line
IDLE: Final = 0
BLOCKED_HERE: Final = 1
BLOCKED_THERE: Final = 2
BLOCKED_BOTH: Final = 3
FAULTY: Final = 4
"""Idle, and the far end shows a code that means nothing there: no calls until it shows idle."""
DOWN: Final = 5
OUT_SEIZED: Final = 6
OUT_UNACKNOWLEDGED: Final = 7
"""Seizing is kept until it is acknowledged, and then cleared (Q.422 3.2.2)."""
OUT_DOUBLE: Final = 8
OUT_REGISTER: Final = 9
OUT_WAIT_ANSWER: Final = 10
OUT_ANSWERED: Final = 11
OUT_PULSE: Final = 12
"""Answered; the far end cleared back or gives a metering pulse: TMETER says."""
OUT_CLEARED_BACK: Final = 13
OUT_CLEARING: Final = 14
GUARD: Final = 15
IN_REGISTER: Final = 16
IN_DELAY: Final = 17
"""The far end was told that the called line is free; TADELAY until bits may say more."""
IN_WAIT_ANSWER: Final = 18
IN_ANSWERED: Final = 19
IN_PULSE_ON: Final = 20
IN_PULSE_OFF: Final = 21
IN_AGAIN_ON: Final = 22
IN_AGAIN_OFF: Final = 23
"""Double answer: the first answer, the clear-back."""
IN_CLEARED_BACK: Final = 24
IN_REFUSED: Final = 25
"""Nothing more is to come of the call: clear-forward is waited for."""
IN_RELEASING: Final = 26

STATE_NAMES: Final = {
    IDLE: "idle",
    BLOCKED_HERE: "blocked here",
    BLOCKED_THERE: "blocked there",
    BLOCKED_BOTH: "blocked both",
    FAULTY: "faulty code",
    DOWN: "line down",
    OUT_SEIZED: "outgoing, seized",
    OUT_UNACKNOWLEDGED: "outgoing, seizure not acknowledged",
    OUT_DOUBLE: "outgoing, double seizure",
    OUT_REGISTER: "outgoing, register",
    OUT_WAIT_ANSWER: "outgoing, waits for answer",
    OUT_ANSWERED: "outgoing, answered",
    OUT_PULSE: "outgoing, metering pulse or clear-back",
    OUT_CLEARED_BACK: "outgoing, cleared back",
    OUT_CLEARING: "outgoing, clearing",
    GUARD: "guard",
    IN_REGISTER: "incoming, register",
    IN_DELAY: "incoming, before answer",
    IN_WAIT_ANSWER: "incoming, waits for answer",
    IN_ANSWERED: "incoming, answered",
    IN_PULSE_ON: "incoming, metering pulse",
    IN_PULSE_OFF: "incoming, after metering pulse",
    IN_AGAIN_ON: "incoming, first answer of two",
    IN_AGAIN_OFF: "incoming, between two answers",
    IN_CLEARED_BACK: "incoming, cleared back",
    IN_REFUSED: "incoming, waits for clear-forward",
    IN_RELEASING: "incoming, releasing",
}
OUTGOING: Final = frozenset(
    (
        OUT_SEIZED,
        OUT_UNACKNOWLEDGED,
        OUT_DOUBLE,
        OUT_REGISTER,
        OUT_WAIT_ANSWER,
        OUT_ANSWERED,
        OUT_PULSE,
        OUT_CLEARED_BACK,
        OUT_CLEARING,
    )
)
RESTING: Final = frozenset((IDLE, BLOCKED_HERE, BLOCKED_THERE, BLOCKED_BOTH, FAULTY))
"""Without a call."""

# What the bits mean, by state
IDLE_CODE: Final = 0
SEIZED_CODE: Final = 1
ACK_CODE: Final = 2
ANSWER_CODE: Final = 3
CLEAR_BACK_CODE: Final = 4
FORCED_CODE: Final = 5
BLOCKED_CODE: Final = 6
CLEAR_FORWARD_CODE: Final = 7
ACCEPT_CODE: Final = 8
METER_CODE: Final = 9
FAULTY_CODE: Final = 10
CODES: Final = tuple(range(11))
# Requests
PLACE_REQ: Final = 11
ANSWER_REQ: Final = 12
CLEAR_REQ: Final = 13
SUSPEND_REQ: Final = 14
RESUME_REQ: Final = 15
METER_REQ: Final = 16
BLOCK_REQ: Final = 17
UNBLOCK_REQ: Final = 18
RESTART_REQ: Final = 19
REQUESTS: Final = (PLACE_REQ, ANSWER_REQ, CLEAR_REQ, SUSPEND_REQ, RESUME_REQ, METER_REQ)
"""Those that a state may forbid."""
# From the register
REGISTER_DONE: Final = 20
"""The called line is free (outgoing); that was said (incoming)."""
REGISTER_FAILED: Final = 21
"""Outgoing, with the cause; incoming: the refusal was said."""
DOWN_IND: Final = 22
UP_IND: Final = 23
ACK_EXPIRY: Final = 24
DOUBLE_EXPIRY: Final = 25
GUARD_EXPIRY: Final = 26
RELEASE_EXPIRY: Final = 27
ANSWER_EXPIRY: Final = 28
CLEAR_BACK_EXPIRY: Final = 29
ALARM_EXPIRY: Final = 30
REFUSED_EXPIRY: Final = 31
FAULT_EXPIRY: Final = 32
METER_EXPIRY: Final = 33
PULSE_EXPIRY: Final = 34
AGAIN_ON_EXPIRY: Final = 35
AGAIN_OFF_EXPIRY: Final = 36
DELAY_EXPIRY: Final = 37

INPUT_NAMES: Final = {
    IDLE_CODE: "idle",
    SEIZED_CODE: "seized",
    ACK_CODE: "seizure acknowledged",
    ANSWER_CODE: "answer",
    CLEAR_BACK_CODE: "clear-back",
    FORCED_CODE: "forced release",
    BLOCKED_CODE: "blocked",
    CLEAR_FORWARD_CODE: "clear-forward",
    ACCEPT_CODE: "accepted",
    METER_CODE: "metering pulse",
    FAULTY_CODE: "faulty code",
    PLACE_REQ: "place request",
    ANSWER_REQ: "answer request",
    CLEAR_REQ: "clear request",
    SUSPEND_REQ: "suspend request",
    RESUME_REQ: "resume request",
    METER_REQ: "meter request",
    BLOCK_REQ: "block request",
    UNBLOCK_REQ: "unblock request",
    RESTART_REQ: "restart request",
    REGISTER_DONE: "register done",
    REGISTER_FAILED: "register failed",
    DOWN_IND: "line down",
    UP_IND: "line up",
    ACK_EXPIRY: "TACK",
    DOUBLE_EXPIRY: "TDOUBLE",
    GUARD_EXPIRY: "TGUARD",
    RELEASE_EXPIRY: "TRELEASE",
    ANSWER_EXPIRY: "TANSWER",
    CLEAR_BACK_EXPIRY: "T2CB",
    ALARM_EXPIRY: "TALARM",
    REFUSED_EXPIRY: "TREFUSED",
    FAULT_EXPIRY: "TFAULT",
    METER_EXPIRY: "TMETER",
    PULSE_EXPIRY: "TPULSE",
    AGAIN_ON_EXPIRY: "TDA1",
    AGAIN_OFF_EXPIRY: "TDA2",
    DELAY_EXPIRY: "TADELAY",
}
LINE_TIMERS: Final = {
    t.ACK: ACK_EXPIRY,
    t.DOUBLE: DOUBLE_EXPIRY,
    t.GUARD: GUARD_EXPIRY,
    t.RELEASE: RELEASE_EXPIRY,
    t.ANSWER: ANSWER_EXPIRY,
    t.CLEAR_BACK: CLEAR_BACK_EXPIRY,
    t.ALARM: ALARM_EXPIRY,
    t.REFUSED: REFUSED_EXPIRY,
    t.FAULT: FAULT_EXPIRY,
    t.METER: METER_EXPIRY,
    t.PULSE: PULSE_EXPIRY,
    t.AGAIN_ON: AGAIN_ON_EXPIRY,
    t.AGAIN_OFF: AGAIN_OFF_EXPIRY,
    t.ANSWER_DELAY: DELAY_EXPIRY,
}
EXPIRIES: Final = tuple(LINE_TIMERS.values())

# Outgoing MF register
F_OFF: Final = 0
F_START: Final = 1
"""Before the first digit."""
F_SENDING: Final = 2
"""A forward signal is sent, or was (pulsed): a backward signal is waited for."""
F_BACKWARD: Final = 3
"""A backward signal is heard: its end is waited for."""
F_SILENT: Final = 4
"""Nothing is to be sent: more digits, or a pulsed signal, are waited for."""
FORWARD_STATES: Final = {
    F_OFF: "off",
    F_START: "before the first digit",
    F_SENDING: "sends",
    F_BACKWARD: "backward signal",
    F_SILENT: "silent",
}
F_HEARD: Final = 0
F_ENDED: Final = 1
F_DIGITS: Final = 2
F_START_EXPIRY: Final = 3
F_T1: Final = 4
F_T2: Final = 5
FORWARD_INPUTS: Final = {
    F_HEARD: "backward signal",
    F_ENDED: "backward signal ends",
    F_DIGITS: "more digits",
    F_START_EXPIRY: "TSTART",
    F_T1: "T1",
    F_T2: "T2",
}

# Incoming MF register
B_OFF: Final = 0
B_WAIT: Final = 1
"""A forward signal is waited for."""
B_SENDING: Final = 2
"""A backward signal is sent: the end of the forward signal is waited for."""
B_HOLD: Final = 3
"""The forward signal is heard: the application decides."""
B_HOLD_SILENT: Final = 4
"""It decides, and the forward signal has ended."""
B_GAP: Final = 5
"""The silence before a pulsed signal."""
B_PULSE: Final = 6
"""A pulsed signal; forward signals are not recognised."""
BACKWARD_STATES: Final = {
    B_OFF: "off",
    B_WAIT: "waits for a forward signal",
    B_SENDING: "sends",
    B_HOLD: "the application decides",
    B_HOLD_SILENT: "the application decides, forward signal over",
    B_GAP: "before a pulsed signal",
    B_PULSE: "pulsed signal",
}
B_HEARD: Final = 0
B_ENDED: Final = 1
B_DECIDED: Final = 2
B_T3: Final = 3
B_DIGITS: Final = 4
B_OFFER: Final = 5
B_GAP_EXPIRY: Final = 6
B_GUARD_EXPIRY: Final = 7
BACKWARD_INPUTS: Final = {
    B_HEARD: "forward signal",
    B_ENDED: "forward signal ends",
    B_DECIDED: "the application decides",
    B_T3: "T3",
    B_DIGITS: "TDIG",
    B_OFFER: "TOFFER",
    B_GAP_EXPIRY: "TGAP",
    B_GUARD_EXPIRY: "TMFG",
}

# Register without backward signals: DTMF, decadic pulses (either direction)
P_OFF: Final = 0
P_STARTING: Final = 1
P_SENDING: Final = 2
P_WAITING: Final = 3
"""For more digits of the application."""
P_RECEIVING: Final = 4
P_BREAKING: Final = 5
"""Decadic: the line is in a pulse."""
P_DECIDING: Final = 6
PLAIN_STATES: Final = {
    P_OFF: "off",
    P_STARTING: "before the first digit",
    P_SENDING: "sends",
    P_WAITING: "waits for digits to send",
    P_RECEIVING: "receives",
    P_BREAKING: "receives a pulse",
    P_DECIDING: "the application decides",
}
P_START_EXPIRY: Final = 0
P_BREAK_EXPIRY: Final = 1
P_MAKE_EXPIRY: Final = 2
P_INTERDIGIT_EXPIRY: Final = 3
P_SENT: Final = 4
P_GIVEN: Final = 5
P_DIGIT: Final = 6
P_BROKE: Final = 7
P_MADE: Final = 8
P_DIGIT_END: Final = 9
P_HANG_UP: Final = 10
P_DIGITS: Final = 11
P_T3: Final = 12
P_DECIDED: Final = 13
P_OFFER: Final = 14
P_T2: Final = 15
PLAIN_INPUTS: Final = {
    P_START_EXPIRY: "TSTART",
    P_BREAK_EXPIRY: "TBREAK",
    P_MAKE_EXPIRY: "TMAKE",
    P_INTERDIGIT_EXPIRY: "TIDP",
    P_SENT: "digits are sent",
    P_GIVEN: "more digits to send",
    P_DIGIT: "DTMF digit",
    P_BROKE: "pulse begins",
    P_MADE: "pulse ends",
    P_DIGIT_END: "TIDR",
    P_HANG_UP: "THU",
    P_DIGITS: "TDIG",
    P_T3: "T3",
    P_DECIDED: "the application decides",
    P_OFFER: "TOFFER",
    P_T2: "T2",
}
PLAIN_TIMERS: Final = {
    t.START: P_START_EXPIRY,
    t.BREAK: P_BREAK_EXPIRY,
    t.MAKE: P_MAKE_EXPIRY,
    t.INTERDIGIT: P_INTERDIGIT_EXPIRY,
    t.DIGIT_END: P_DIGIT_END,
    t.HANG_UP: P_HANG_UP,
    t.DIGITS: P_DIGITS,
    t.T3: P_T3,
    t.OFFER: P_OFFER,
    t.T2: P_T2,
}
