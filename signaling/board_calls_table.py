"""The machine of a channel whose calls the board controls: state x input -> what answers it, by
which part of the contract of board/call_control.py, and the states it may lead to.
"""

from __future__ import annotations

from typing import Final

from . import board_calls_channel as c
from .board_calls_states import (
    ALERT,
    ALERTING,
    ANSWER,
    ANSWERED,
    ANSWERING,
    ARRIVED,
    CLEAR,
    CLEARING,
    COLLECTING,
    DIALLING,
    ENDED,
    GREW,
    IDLE,
    INPUT_NAMES,
    OFFERED,
    OUT_OF_SERVICE,
    PLACE,
    PROGRESSING,
    RESTART,
    RINGING,
    SAYS_BUSY,
    SAYS_IDLE,
    SAYS_OUT,
    SEIZED,
    STATE_NAMES,
    TALKING,
    TIMEOUT,
    TONES,
)
from .fsm import Cell, Machine, error, handled, ignored

Row = dict[int, Cell]

_CALL: Final = "CallControl, a channel has one call at a time"
_ENDED: Final = "CallEnded"
_CONDITION: Final = "ConditionChanged"
_IN: Final = (OFFERED, COLLECTING, CLEARING)
_END: Final = (IDLE, TONES, CLEARING)


def _with(base: Row, special: Row) -> Row:
    row = dict(base)
    row.update(special)
    return row


def _wrong(clause: str, inputs: tuple[int, ...]) -> Row:
    return {input_: error(c.out_of_turn, clause) for input_ in inputs}


_NOBODY: Final[Row] = {
    **_wrong("no call is on the channel", (PLACE, ALERT, ANSWER, CLEAR)),
    **_wrong(_CALL, (GREW, PROGRESSING, ALERTING, ANSWERED)),
    RESTART: handled(c.look, _CONDITION, IDLE, SEIZED, OUT_OF_SERVICE),
    ARRIVED: handled(c.arrived, "CallArrived", *_IN),
    ENDED: ignored("nobody here knows of that call"),
    SAYS_IDLE: handled(c.over, _CONDITION, IDLE),
    SAYS_BUSY: handled(c.seized, _CONDITION, SEIZED),
    SAYS_OUT: handled(c.out, _CONDITION, OUT_OF_SERVICE),
    TIMEOUT: ignored("no time is measured in this state"),
}
_CALLING: Final[Row] = {
    **_wrong("the channel has a call", (PLACE, ALERT, ANSWER, ARRIVED)),
    **_wrong(_CALL, (GREW, PROGRESSING, ALERTING, ANSWERED)),
    CLEAR: handled(c.clear, "CallControl.hang_up", CLEARING),
    RESTART: handled(c.restart, "CallControl.hang_up", CLEARING),
    ENDED: handled(c.ended, _ENDED, *_END),
    SAYS_BUSY: ignored("a channel with a call is busy"),
    SAYS_OUT: handled(c.out, _CONDITION, OUT_OF_SERVICE),
    TIMEOUT: ignored("no time is measured in this state"),
}


def _active(state: int) -> Row:
    return _with(_CALLING, {SAYS_IDLE: error(c.over_untold, _CONDITION, IDLE, state)})


BOARD_CALLS: Final = Machine(
    "Calls by the board",
    STATE_NAMES,
    INPUT_NAMES,
    {
        OUT_OF_SERVICE: _NOBODY,
        IDLE: _with(
            _NOBODY,
            {
                PLACE: handled(c.place, "CallControl.dial", DIALLING, IDLE),
                RESTART: ignored("it is idle"),
            },
        ),
        SEIZED: _NOBODY,
        DIALLING: _with(
            _CALLING,
            {
                ARRIVED: handled(c.collided, "CallArrived at a collision", *_IN),
                PROGRESSING: handled(c.progressing, "CallProgressing", DIALLING),
                ALERTING: handled(c.alerting, "CallProgressing", RINGING),
                ANSWERED: handled(c.answered, "CallAnswered", TALKING),
                SAYS_IDLE: ignored("the report is older than the call: CallEnded ends one"),
            },
        ),
        RINGING: _with(
            _active(RINGING),
            {
                PROGRESSING: ignored("it is alerting already"),
                ALERTING: ignored("it is alerting already"),
                ANSWERED: handled(c.answered, "CallAnswered", TALKING),
            },
        ),
        COLLECTING: _with(
            _active(COLLECTING),
            {
                ALERT: handled(c.alert, "CallControl.alert", COLLECTING),
                ANSWER: handled(c.answer, "CallControl.answer", ANSWERING, COLLECTING),
                GREW: handled(c.grew, "NumberGrew", COLLECTING, OFFERED),
                ANSWERED: handled(c.answered, "CallAnswered", TALKING),
            },
        ),
        OFFERED: _with(
            _active(OFFERED),
            {
                ALERT: handled(c.alert, "CallControl.alert", OFFERED),
                ANSWER: handled(c.answer, "CallControl.answer", ANSWERING, OFFERED),
                ANSWERED: handled(c.answered, "CallAnswered", TALKING),
            },
        ),
        ANSWERING: _with(
            _active(ANSWERING),
            {
                ALERT: ignored("it is being answered"),
                GREW: ignored("it is being answered"),
                ANSWERED: handled(c.answered, "CallAnswered", TALKING),
            },
        ),
        TALKING: _with(_active(TALKING), {ANSWERED: ignored("it is answered")}),
        TONES: _with(
            _active(TONES),
            {
                ARRIVED: handled(c.arrived_late, "CallArrived", *_IN),
                ENDED: handled(c.cleared, _ENDED, IDLE, TONES),
                SAYS_IDLE: handled(c.over, _CONDITION, IDLE),
            },
        ),
        CLEARING: _with(
            _CALLING,
            {
                CLEAR: ignored("it is being cleared"),
                RESTART: ignored("it is being cleared"),
                GREW: ignored("it is being cleared"),
                PROGRESSING: ignored("it is being cleared"),
                ALERTING: ignored("it is being cleared"),
                ANSWERED: ignored("it is being cleared"),
                ARRIVED: handled(c.arrived_late, "CallArrived", *_IN),
                ENDED: handled(c.cleared, _ENDED, IDLE, CLEARING),
                SAYS_IDLE: handled(c.over, _CONDITION, IDLE),
                TIMEOUT: handled(c.stuck, "our guard time", OUT_OF_SERVICE),
            },
        ),
    },
)
