"""Names of an exchange line's states and inputs; the machine is drawn in fxo_table."""

from __future__ import annotations

from typing import Final

OUT: Final = 0
IDLE: Final = 1
IN_USE: Final = 2
RINGING: Final = 3
CALLER_ID: Final = 4
OFFERED: Final = 5
TALKING: Final = 6
GROUNDING: Final = 7
SEIZING: Final = 8
DIALLING: Final = 9
WAITING: Final = 10
DIALLED: Final = 11
ALERTING: Final = 12
CONNECTED: Final = 13
GLARE: Final = 14
GUARD: Final = 15
TRAIN_SEIZED: Final = 16
TRAINING: Final = 17

STATES: Final[dict[int, str]] = {
    OUT: "out of service",
    IDLE: "idle",
    IN_USE: "line in use",
    RINGING: "ringing, not validated",
    CALLER_ID: "ringing, waits for caller ID",
    OFFERED: "ringing, offered",
    TALKING: "incoming, answered",
    GROUNDING: "ground sent, waits for ground",
    SEIZING: "seized, waits for dial tone",
    DIALLING: "dialling",
    WAITING: "dialling, waits",
    DIALLED: "dialled",
    ALERTING: "ringback heard",
    CONNECTED: "outgoing, answered",
    GLARE: "glare, the caller is on the line",
    GUARD: "on hook, guard time",
    TRAIN_SEIZED: "training, waits for dial tone",
    TRAINING: "training",
}

SEIZE: Final = 0
ANSWER: Final = 1
CLEAR: Final = 2
DIGITS: Final = 3
FLASH: Final = 4
RING_ON: Final = 5
RING_OFF: Final = 6
BATTERY_LOST: Final = 7
BATTERY_BACK: Final = 8
REVERSED: Final = 9
GROUND_ON: Final = 10
GROUND_OFF: Final = 11
OTHER_OFF_HOOK: Final = 12
OTHER_ON_HOOK: Final = 13
TONE: Final = 14
SOUND: Final = 15
IDENTITY: Final = 16
ALERTING_SIGNAL: Final = 17
SENT: Final = 18
LINE_DOWN: Final = 19
LINE_UP: Final = 20
T_RING: Final = 21
T_IDENTITY: Final = 22
T_STEP: Final = 23
T_ANSWER: Final = 24
T_BATTERY: Final = 25
T_REVERSAL: Final = 26
T_SILENCE: Final = 27
T_LIMIT: Final = 28
T_GUARD: Final = 29
T_MUTE: Final = 30
TRAIN: Final = 31
MEASURED: Final = 32

INPUTS: Final[dict[int, str]] = {
    SEIZE: "a call is placed",
    ANSWER: "answer",
    CLEAR: "clear",
    DIGITS: "more digits",
    FLASH: "hookflash wanted",
    RING_ON: "ringing",
    RING_OFF: "ringing stops",
    BATTERY_LOST: "no battery",
    BATTERY_BACK: "battery",
    REVERSED: "polarity changed",
    GROUND_ON: "exchange grounds tip",
    GROUND_OFF: "tip is open",
    OTHER_OFF_HOOK: "another telephone off hook",
    OTHER_ON_HOOK: "no other telephone",
    TONE: "tone recognised",
    SOUND: "sound",
    IDENTITY: "caller ID",
    ALERTING_SIGNAL: "dual tone alerting signal",
    SENT: "sent",
    LINE_DOWN: "layer 1 lost",
    LINE_UP: "layer 1 back",
    T_RING: "ring timer",
    T_IDENTITY: "caller ID timer",
    T_STEP: "step timer",
    T_ANSWER: "answer timer",
    T_BATTERY: "battery timer",
    T_REVERSAL: "reversal timer",
    T_SILENCE: "silence timer",
    T_LIMIT: "limit timer",
    T_GUARD: "guard timer",
    T_MUTE: "mute timer",
    TRAIN: "training wanted",
    MEASURED: "level measured",
}
FIRST_TIMER: Final = T_RING

ON_HOOK: Final = (OUT, IDLE, IN_USE, RINGING, CALLER_ID, OFFERED, GROUNDING, GUARD)
TALKS: Final = (TALKING, CONNECTED)
