"""The machine of a terminal: state x input -> what answers it, why, and the states it may lead to.

GR-283-CORE draws none: the rules are ours, from what the messages mean.
"""

from __future__ import annotations

from typing import Final

from ..fsm import Machine, error, handled, ignored
from . import terminals as t
from .terminals_states import (
    BUSY,
    DOUBLE,
    ENDED,
    EXPECTED,
    HELD,
    HISTORY,
    IDLE,
    INPUT_NAMES,
    LATE,
    NEXT,
    OFFERED,
    STATE_NAMES,
    TIMEOUT,
)

_FIRST: Final = "whichever comes first waits for the other"
_ONE: Final = "a line has one call at a time: the end of the last was not told"
_NONE: Final = "nothing was taken that this could double"
_NO_TIME: Final = "no time is measured in this state"
_SAME: Final = "a line has one call at a time: the same again is a double"

TERMINALS: Final = Machine(
    "SMDI terminal",
    STATE_NAMES,
    INPUT_NAMES,
    {
        IDLE: {
            HISTORY: handled(t.expect, _FIRST, EXPECTED),
            DOUBLE: ignored(_NONE),
            OFFERED: handled(t.offer, _FIRST, HELD, LATE),
            ENDED: ignored("there is no call"),
            TIMEOUT: ignored(_NO_TIME),
        },
        EXPECTED: {
            HISTORY: handled(t.expect, "the exchange speaks of the next call", EXPECTED),
            DOUBLE: handled(t.double, _SAME, EXPECTED),
            OFFERED: handled(t.meet, _FIRST, BUSY),
            ENDED: ignored("there is no call"),
            TIMEOUT: handled(t.expire, "window", IDLE),
        },
        HELD: {
            HISTORY: handled(t.identify, _FIRST, BUSY),
            DOUBLE: ignored(_NONE),
            OFFERED: error(t.offer, _ONE, HELD),
            ENDED: handled(t.end, "the caller gave up", IDLE),
            TIMEOUT: handled(t.go_on, "hold", LATE),
        },
        LATE: {
            HISTORY: handled(t.identify, "window", BUSY),
            DOUBLE: ignored(_NONE),
            OFFERED: error(t.offer, _ONE, HELD, LATE),
            ENDED: handled(t.end, "the call is over", IDLE),
            TIMEOUT: handled(t.give_up, "window", BUSY),
        },
        BUSY: {
            HISTORY: handled(t.expect, "the exchange saw the call's end first", NEXT),
            DOUBLE: handled(t.double, _SAME, BUSY),
            OFFERED: error(t.offer, _ONE, HELD, LATE),
            ENDED: handled(t.end, "the call is over", IDLE),
            TIMEOUT: ignored(_NO_TIME),
        },
        NEXT: {
            HISTORY: handled(t.expect, "the exchange speaks of the next call", NEXT),
            DOUBLE: handled(t.double, _SAME, NEXT),
            OFFERED: error(t.meet, _ONE, BUSY),
            ENDED: handled(t.end, "the message waits on", EXPECTED),
            TIMEOUT: handled(t.expire, "window", BUSY),
        },
    },
)
