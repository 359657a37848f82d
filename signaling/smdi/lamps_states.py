"""States and inputs of a station's message waiting, at the message desk."""

from __future__ import annotations

from typing import Final

WANTED: Final = 0
SENT: Final = 1
DONE: Final = 2
BLOCKED: Final = 3
FAILED: Final = 4

STATE_NAMES: Final = {
    WANTED: "wanted",
    SENT: "sent",
    DONE: "set",
    BLOCKED: "blocked",
    FAILED: "failed",
}

WANT: Final = 0
TURN: Final = 1
INV: Final = 2
BLK: Final = 3
DOUBT: Final = 4
TIMEOUT: Final = 5
LOST: Final = 6
AGAIN: Final = 7

INPUT_NAMES: Final = {
    WANT: "asked for",
    TURN: "its turn to be sent",
    INV: "MWI INV",
    BLK: "MWI BLK",
    DOUBT: "a refusal of a number that was not sent",
    TIMEOUT: "time is up",
    LOST: "line lost",
    AGAIN: "line back, to be refreshed",
}
