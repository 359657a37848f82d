"""States and inputs of an FXS port's machines (fxs_table.py, fxs_service.py)."""

from __future__ import annotations

from typing import Final

# The line: what the telephone is doing and what it hears.
IDLE: Final = 0
SEIZING: Final = 1
DIAL_TONE: Final = 2
DIALLING: Final = 3
OFFERED: Final = 4
ALERTING: Final = 5
TALKING: Final = 6
PRESENTING: Final = 7
RINGING: Final = 8
RERINGING: Final = 9
DROPPED: Final = 10
TONE: Final = 11
HOWLER: Final = 12
PARKED: Final = 13
DENIED: Final = 14
PROBING: Final = 15
BLOCKED: Final = 16
CUT: Final = 17
TESTING: Final = 18

STATE_NAMES: Final = {
    IDLE: "idle",
    SEIZING: "ground, waiting for the loop",
    DIAL_TONE: "dial tone",
    DIALLING: "dialling",
    OFFERED: "dialled",
    ALERTING: "far end alerting",
    TALKING: "talking",
    PRESENTING: "caller ID before ringing",
    RINGING: "ringing",
    RERINGING: "ringing back",
    DROPPED: "battery drop",
    TONE: "tone",
    HOWLER: "howler",
    PARKED: "parked",
    DENIED: "power denied",
    PROBING: "power probed",
    BLOCKED: "blocked",
    CUT: "out of service",
    TESTING: "line test",
}

OFF_HOOK: Final = 0
ON_HOOK: Final = 1
FLASH: Final = 2
PULSE: Final = 3
DIGIT: Final = 4
GROUND: Final = 5
COLLECTED: Final = 6
PLACE_REQ: Final = 7
WANT_DIGITS_REQ: Final = 8
PROCEED_REQ: Final = 9
PROGRESS_REQ: Final = 10
ALERT_REQ: Final = 11
ANSWER_REQ: Final = 12
DIGITS_REQ: Final = 13
CLEAR_REQ: Final = 14
METER_REQ: Final = 15
TEST_REQ: Final = 16
LAMP_REQ: Final = 17
BLOCK_REQ: Final = 18
UNBLOCK_REQ: Final = 19
RESTART_REQ: Final = 20
LINE_DOWN: Final = 21
LINE_UP: Final = 22
RING_BEGAN: Final = 23
T_RING_EXPIRY: Final = 24
T_RERING_EXPIRY: Final = 25
T_TONE_EXPIRY: Final = 26
T_HOWLER_EXPIRY: Final = 27
T_DROP_EXPIRY: Final = 28
T_GROUND_EXPIRY: Final = 29
T_PROBE_EXPIRY: Final = 30
TEST_DONE: Final = 31
T_ANSWER_EXPIRY: Final = 32

INPUT_NAMES: Final = {
    OFF_HOOK: "off hook",
    ON_HOOK: "on hook",
    FLASH: "flash",
    PULSE: "first pulse",
    DIGIT: "digit",
    GROUND: "ground",
    COLLECTED: "number collected",
    PLACE_REQ: "place req",
    WANT_DIGITS_REQ: "want digits req",
    PROCEED_REQ: "proceed req",
    PROGRESS_REQ: "progress req",
    ALERT_REQ: "alert req",
    ANSWER_REQ: "answer req",
    DIGITS_REQ: "digits req",
    CLEAR_REQ: "clear req",
    METER_REQ: "meter req",
    TEST_REQ: "line test req",
    LAMP_REQ: "message waiting req",
    BLOCK_REQ: "block req",
    UNBLOCK_REQ: "unblock req",
    RESTART_REQ: "restart req",
    LINE_DOWN: "line down",
    LINE_UP: "line up",
    RING_BEGAN: "first ring begins",
    T_RING_EXPIRY: "ring time-out",
    T_RERING_EXPIRY: "ringing-back time-out",
    T_TONE_EXPIRY: "tone time-out",
    T_HOWLER_EXPIRY: "howler time-out",
    T_DROP_EXPIRY: "drop over",
    T_GROUND_EXPIRY: "ground time-out",
    T_PROBE_EXPIRY: "probe due",
    TEST_DONE: "line test done",
    T_ANSWER_EXPIRY: "answer time-out",
}

# The second call of a telephone.
SINGLE: Final = 0
HOLDING: Final = 1
WAITING: Final = 2
JOINED: Final = 3

SERVICE_NAMES: Final = {
    SINGLE: "one call at most",
    HOLDING: "one call held",
    WAITING: "a call waiting",
    JOINED: "conference",
}

S_FLASH_TALKING: Final = 0
S_FLASH_ELSE: Final = 1
S_HANG_UP_TALKING: Final = 2
S_HANG_UP_ALERTING: Final = 3
S_HANG_UP_ELSE: Final = 4
S_CLEAR_ACTIVE: Final = 5
S_CLEAR_OTHER: Final = 6
S_OFFER: Final = 7
S_AGAIN: Final = 8
S_END: Final = 9

SERVICE_INPUTS: Final = {
    S_FLASH_TALKING: "flash while talking",
    S_FLASH_ELSE: "flash while not",
    S_HANG_UP_TALKING: "hang-up while talking",
    S_HANG_UP_ALERTING: "hang-up while the far end alerts",
    S_HANG_UP_ELSE: "hang-up else",
    S_CLEAR_ACTIVE: "active call cleared",
    S_CLEAR_OTHER: "other call cleared",
    S_OFFER: "second call placed",
    S_AGAIN: "call waiting again",
    S_END: "line lost",
}
