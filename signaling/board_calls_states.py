"""States and inputs of a channel whose calls the board controls (board_calls_table.py)."""

from __future__ import annotations

from typing import Final

OUT_OF_SERVICE: Final = 0
IDLE: Final = 1
SEIZED: Final = 2
DIALLING: Final = 3
RINGING: Final = 4
COLLECTING: Final = 5
OFFERED: Final = 6
ANSWERING: Final = 7
TALKING: Final = 8
TONES: Final = 9
CLEARING: Final = 10

STATE_NAMES: Final = {
    OUT_OF_SERVICE: "Out of service",
    IDLE: "Idle",
    SEIZED: "Busy without a call",
    DIALLING: "Dials",
    RINGING: "Waits for answer",
    COLLECTING: "Number is coming in",
    OFFERED: "Offered",
    ANSWERING: "Being answered",
    TALKING: "Answered",
    TONES: "Far end has cleared, tones are heard",
    CLEARING: "Hung up, waits for the board",
}

PLACE: Final = 0
ALERT: Final = 1
ANSWER: Final = 2
CLEAR: Final = 3
RESTART: Final = 4
ARRIVED: Final = 5
GREW: Final = 6
PROGRESSING: Final = 7
ALERTING: Final = 8
ANSWERED: Final = 9
ENDED: Final = 10
SAYS_IDLE: Final = 11
SAYS_BUSY: Final = 12
SAYS_OUT: Final = 13
TIMEOUT: Final = 14

INPUT_NAMES: Final = {
    PLACE: "place",
    ALERT: "alert",
    ANSWER: "answer",
    CLEAR: "clear",
    RESTART: "restart",
    ARRIVED: "CallArrived",
    GREW: "NumberGrew",
    PROGRESSING: "CallProgressing",
    ALERTING: "CallProgressing, alerting",
    ANSWERED: "CallAnswered",
    ENDED: "CallEnded",
    SAYS_IDLE: "ConditionChanged, idle or blocked",
    SAYS_BUSY: "ConditionChanged, busy",
    SAYS_OUT: "ConditionChanged, out of service",
    TIMEOUT: "the board has not become idle in time",
}
