"""States and inputs of an E&M trunk's machine (em_table.py)."""

from __future__ import annotations

from typing import Final

OUT_OF_SERVICE: Final = 0
IDLE: Final = 1
GUARD: Final = 2
BLOCKED_HERE: Final = 3
BLOCKED_THERE: Final = 4
BLOCKED_BOTH: Final = 5
SEIZING: Final = 6
START_SIGNAL: Final = 7
HOLDING: Final = 8
PAUSE: Final = 9
SENDING: Final = 10
AWAIT_DIGITS: Final = 11
AWAIT_WINK: Final = 12
STAGE_WINK: Final = 13
DIALLED: Final = 14
ANSWERING: Final = 15
TALKING_OUT: Final = 16
HUNG_UP: Final = 17
RELEASING: Final = 18
WINK_DUE: Final = 19
WINK_SENT: Final = 20
RECEIVING: Final = 21
OFFERED: Final = 22
TALKING_IN: Final = 23
CLEARED_BACK: Final = 24
REFUSING: Final = 25

STATE_NAMES: Final = {
    OUT_OF_SERVICE: "Out of service",
    IDLE: "Idle",
    GUARD: "Guard",
    BLOCKED_HERE: "Blocked by us",
    BLOCKED_THERE: "Blocked by the far end",
    BLOCKED_BOTH: "Blocked by both",
    SEIZING: "Seized, waits for the start signal",
    START_SIGNAL: "Start signal",
    HOLDING: "Glare, waits for the far end to give way",
    PAUSE: "Pause before digits",
    SENDING: "Sends digits",
    AWAIT_DIGITS: "Waits for digits to send",
    AWAIT_WINK: "Waits for a wink behind digits",
    STAGE_WINK: "Wink behind digits",
    DIALLED: "Waits for answer",
    ANSWERING: "Answer being timed",
    TALKING_OUT: "Answered, outgoing",
    HUNG_UP: "Called party has hung up",
    RELEASING: "Released, waits for the far end",
    WINK_DUE: "Is seized, wink is due",
    WINK_SENT: "Sends wink or delay dial",
    RECEIVING: "Receives digits",
    OFFERED: "Offered",
    TALKING_IN: "Answered, incoming",
    CLEARED_BACK: "Cleared back by us",
    REFUSING: "Refused, waits for the far end",
}

PLACE: Final = 0
MORE_DIGITS: Final = 1
COMPLETE: Final = 2
ALERT: Final = 3
ANSWER: Final = 4
CLEAR: Final = 5
SUSPEND: Final = 6
RESUME: Final = 7
FLASH: Final = 8
BLOCK: Final = 9
UNBLOCK: Final = 10
RESTART: Final = 11
OFF_HOOK: Final = 12
ON_HOOK: Final = 13
DISCONNECT: Final = 14
DIGIT: Final = 15
SENT: Final = 16
TIMEOUT: Final = 17
LINE_DOWN: Final = 18
LINE_UP: Final = 19

INPUT_NAMES: Final = {
    PLACE: "place",
    MORE_DIGITS: "more digits",
    COMPLETE: "number complete",
    ALERT: "alert",
    ANSWER: "answer",
    CLEAR: "clear",
    SUSPEND: "suspend",
    RESUME: "resume",
    FLASH: "flash",
    BLOCK: "block",
    UNBLOCK: "unblock",
    RESTART: "restart",
    OFF_HOOK: "off-hook",
    ON_HOOK: "on-hook",
    DISCONNECT: "on-hook for the disconnect time",
    DIGIT: "digit",
    SENT: "digits sent",
    TIMEOUT: "the state's time is over",
    LINE_DOWN: "line down",
    LINE_UP: "line up",
}
