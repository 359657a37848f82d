"""The machine of a station's message waiting: state x input -> what answers it, and why.

GR-283-CORE draws none: the rules are ours, from what INV and BLK mean.
"""

from __future__ import annotations

from typing import Final

from ..fsm import Machine, error, handled, ignored
from . import lamps as p
from .lamps_states import (
    AGAIN,
    BLK,
    BLOCKED,
    DONE,
    DOUBT,
    FAILED,
    INPUT_NAMES,
    INV,
    LOST,
    SENT,
    STATE_NAMES,
    TIMEOUT,
    TURN,
    WANT,
    WANTED,
)

_LAST: Final = "the state wanted last wins"
_OLD: Final = "this refuses a request that is not wanted any more, or refuses it twice"
_NO_TIME: Final = "no time is measured in this state"
_NOT_OUT: Final = "it is not on the line"
_QUEUED: Final = "it is to be sent anyway"
_NO_TURN: Final = "only what is wanted has a turn"

LAMPS: Final = Machine(
    "SMDI message waiting",
    STATE_NAMES,
    INPUT_NAMES,
    {
        WANTED: {
            WANT: handled(p.want, _LAST, WANTED),
            TURN: handled(p.send, "pace", SENT),
            INV: ignored(_OLD),
            BLK: ignored(_OLD),
            DOUBT: ignored(_QUEUED),
            TIMEOUT: ignored(_NO_TIME),
            LOST: ignored("it waits until the line is back"),
            AGAIN: ignored(_QUEUED),
        },
        SENT: {
            WANT: handled(p.want, _LAST, WANTED),
            TURN: ignored(_NO_TURN),
            INV: handled(p.invalid, "MWI INV", WANTED, FAILED),
            BLK: handled(p.blocked, "MWI BLK", BLOCKED, FAILED),
            DOUBT: handled(p.doubt, "the line damages numbers", WANTED, SENT),
            TIMEOUT: handled(p.done, "answer: silence is consent", DONE),
            LOST: handled(p.again, "its answer is lost with the line", WANTED),
            AGAIN: ignored("no line is back while one is up"),
        },
        DONE: {
            WANT: handled(p.want, _LAST, WANTED),
            TURN: ignored(_NO_TURN),
            INV: error(p.invalid, "a refusal that came late", WANTED, FAILED),
            BLK: error(p.blocked, "a refusal that came late", BLOCKED, FAILED),
            DOUBT: ignored(_NOT_OUT),
            TIMEOUT: ignored(_NO_TIME),
            LOST: ignored("the exchange has it"),
            AGAIN: handled(p.again, "resend_on_connect", WANTED),
        },
        BLOCKED: {
            WANT: handled(p.want, _LAST, WANTED),
            TURN: ignored(_NO_TURN),
            INV: error(p.invalid, "the last answer counts", WANTED, FAILED),
            BLK: ignored(_OLD),
            DOUBT: ignored(_NOT_OUT),
            TIMEOUT: handled(p.retry, "retry", WANTED),
            LOST: handled(p.again, "it is new to the exchange that comes back", WANTED),
            AGAIN: ignored("no line is back while one is up"),
        },
        FAILED: {
            WANT: handled(p.want, _LAST, WANTED),
            TURN: ignored(_NO_TURN),
            INV: ignored(_OLD),
            BLK: ignored(_OLD),
            DOUBT: ignored(_NOT_OUT),
            TIMEOUT: ignored(_NO_TIME),
            LOST: ignored("it has failed, and the application knows"),
            AGAIN: handled(p.again, "resend_on_connect", WANTED),
        },
    },
)
