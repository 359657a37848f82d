"""States and inputs of a terminal: a line of the message desk, its call and its message."""

from __future__ import annotations

from typing import Final

IDLE: Final = 0
EXPECTED: Final = 1
HELD: Final = 2
LATE: Final = 3
BUSY: Final = 4
NEXT: Final = 5

STATE_NAMES: Final = {
    IDLE: "no call and no message",
    EXPECTED: "a message waits for its call",
    HELD: "a call waits for its message",
    LATE: "a call went on without its message",
    BUSY: "a call has its message, or none",
    NEXT: "a call is up, and the next one's message is here",
}

HISTORY: Final = 0
DOUBLE: Final = 1
OFFERED: Final = 2
ENDED: Final = 3
TIMEOUT: Final = 4

INPUT_NAMES: Final = {
    HISTORY: "MD",
    DOUBLE: "the same MD again",
    OFFERED: "call offered",
    ENDED: "call ended",
    TIMEOUT: "time is up",
}
