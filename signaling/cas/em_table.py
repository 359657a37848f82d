"""The machine of an E&M trunk: state x input -> what answers it, by which document, and the states
it may lead to. Cells that all states of a kind share are written once (``_with``).
"""

from __future__ import annotations

from typing import Final

from ..fsm import Cell, Machine, error, handled, ignored
from . import em_clearing as c
from . import em_incoming as i
from . import em_outgoing as o
from .em_states import (
    ALERT,
    ANSWER,
    ANSWERING,
    AWAIT_DIGITS,
    AWAIT_WINK,
    BLOCK,
    BLOCKED_BOTH,
    BLOCKED_HERE,
    BLOCKED_THERE,
    CLEAR,
    CLEARED_BACK,
    COMPLETE,
    DIALLED,
    DIGIT,
    DISCONNECT,
    FLASH,
    GUARD,
    HOLDING,
    HUNG_UP,
    IDLE,
    INPUT_NAMES,
    LINE_DOWN,
    LINE_UP,
    MORE_DIGITS,
    OFF_HOOK,
    OFFERED,
    ON_HOOK,
    OUT_OF_SERVICE,
    PAUSE,
    PLACE,
    RECEIVING,
    REFUSING,
    RELEASING,
    RESTART,
    RESUME,
    SEIZING,
    SENDING,
    SENT,
    STAGE_WINK,
    START_SIGNAL,
    STATE_NAMES,
    SUSPEND,
    TALKING_IN,
    TALKING_OUT,
    TIMEOUT,
    UNBLOCK,
    WINK_DUE,
    WINK_SENT,
)

Row = dict[int, Cell]

_NO_CALL: Final = "no call is on the trunk"
_GR506: Final = "GR-506"
_GR690: Final = "GR-690"
_TIA: Final = "TIA-464"


def _with(base: Row, special: Row) -> Row:
    row = dict(base)
    row.update(special)
    return row


def _refused(method_clause: str, inputs: tuple[int, ...]) -> Row:
    return {input_: error(c.nothing, method_clause) for input_ in inputs}


_REQUESTS: Final = (
    PLACE,
    MORE_DIGITS,
    COMPLETE,
    ALERT,
    ANSWER,
    CLEAR,
    SUSPEND,
    RESUME,
    FLASH,
)
_LINE: Final[Row] = {
    LINE_DOWN: handled(c.line_down, "T1.403: carrier group alarm", OUT_OF_SERVICE),
    LINE_UP: ignored("the line was not down"),
}
_NO_TIMER: Final = ignored("no time is measured in this state")
_QUIET: Final[Row] = {
    DIGIT: ignored("no register listens"),
    SENT: ignored("nothing is being sent any more"),
    TIMEOUT: _NO_TIMER,
    OFF_HOOK: ignored("it is off-hook as it was: a hit is over"),
    ON_HOOK: ignored("it counts when it has lasted for the disconnect time"),
    DISCONNECT: ignored("the far end is on-hook in this state"),
}
_NOBODY: Final[Row] = _LINE | _QUIET | _refused(_NO_CALL, _REQUESTS)
_LATER: Final[Row] = {
    BLOCK: handled(c.block_later, "blocked when the call is over"),
    UNBLOCK: handled(c.unblock_later, "the blocking that waits is taken back"),
    RESTART: handled(c.restarted, _GR506, RELEASING, GUARD),
}
_RELEASE: Final = (RELEASING, GUARD)
_OUTGOING: Final[Row] = _with(
    _NOBODY | _LATER,
    _refused("an outgoing call", (COMPLETE, ALERT, ANSWER, SUSPEND, RESUME, FLASH))
    | {CLEAR: handled(c.cleared, _GR506, *_RELEASE)},
)
_KEPT: Final[Row] = {MORE_DIGITS: ignored("the digits are kept until they can be sent")}
_INCOMING: Final[Row] = _with(_NOBODY | _LATER, {DISCONNECT: handled(c.abandoned, _GR506, GUARD)})
_ACTIVE: Final[Row] = {
    FLASH: handled(o.send_flash, _TIA),
    OFF_HOOK: handled(o.off_hook_again, _TIA),
}
_GLARE_LATE: Final = (RECEIVING, HOLDING, RELEASING, GUARD)

EM: Final = Machine(
    "E&M trunk",
    STATE_NAMES,
    INPUT_NAMES,
    {
        OUT_OF_SERVICE: _with(
            _NOBODY,
            {
                BLOCK: handled(c.block_later, "blocked when the line is back"),
                UNBLOCK: handled(c.unblock_later, "not blocked when the line is back"),
                RESTART: ignored("the line is down: all is idle here"),
                LINE_DOWN: ignored("the line is down already"),
                LINE_UP: handled(
                    c.line_up, "T1.403", GUARD, BLOCKED_HERE, BLOCKED_THERE, BLOCKED_BOTH
                ),
            },
        ),
        IDLE: _with(
            _NOBODY,
            {
                PLACE: handled(o.seize, _GR506, SEIZING, PAUSE),
                BLOCK: handled(c.block_here, _GR506, BLOCKED_HERE, BLOCKED_BOTH),
                UNBLOCK: ignored("it is not blocked"),
                RESTART: ignored("it is idle"),
                OFF_HOOK: handled(
                    i.seized,
                    _GR506,
                    WINK_DUE,
                    WINK_SENT,
                    RECEIVING,
                    REFUSING,
                    BLOCKED_THERE,
                    BLOCKED_BOTH,
                ),
                DISCONNECT: ignored("on-hook is its idle state"),
            },
        ),
        GUARD: _with(
            _NOBODY,
            {
                PLACE: handled(c.place_later, "the far end has to see our on-hook first"),
                CLEAR: handled(c.cleared_in_guard, "it ends with the guard time"),
                MORE_DIGITS: ignored("the digits are kept until they can be sent"),
                BLOCK: handled(c.block_later, "blocked when the guard time is over"),
                UNBLOCK: handled(c.unblock_later, "the blocking that waits is taken back"),
                RESTART: ignored("it is as good as idle"),
                OFF_HOOK: handled(
                    i.seized_in_guard,
                    _GR506,
                    GUARD,
                    WINK_SENT,
                    RECEIVING,
                    REFUSING,
                    BLOCKED_THERE,
                    BLOCKED_BOTH,
                ),
                TIMEOUT: handled(
                    o.guard_over, _GR506, IDLE, SEIZING, PAUSE, BLOCKED_HERE, BLOCKED_BOTH
                ),
            },
        ),
        BLOCKED_HERE: _with(
            _NOBODY,
            {
                BLOCK: ignored("it is blocked"),
                UNBLOCK: handled(c.unblock, _GR506, GUARD, BLOCKED_THERE),
                RESTART: ignored("a restart leaves blocking as it is"),
                OFF_HOOK: handled(c.block_both, _GR506, BLOCKED_BOTH),
            },
        ),
        BLOCKED_THERE: _with(
            _NOBODY,
            {
                BLOCK: handled(c.block_both, _GR506, BLOCKED_BOTH),
                UNBLOCK: ignored("it is not blocked by us"),
                RESTART: ignored("only the far end can release it"),
                DISCONNECT: handled(c.far_unblocked, _GR506, GUARD, BLOCKED_HERE),
            },
        ),
        BLOCKED_BOTH: _with(
            _NOBODY,
            {
                BLOCK: ignored("it is blocked"),
                UNBLOCK: handled(c.unblock, _GR506, GUARD, BLOCKED_THERE),
                RESTART: ignored("a restart leaves blocking as it is"),
                DISCONNECT: handled(c.block_here, _GR506, BLOCKED_HERE),
            },
        ),
        SEIZING: _with(
            _OUTGOING | _KEPT,
            {
                OFF_HOOK: handled(o.start_signal_begins, _GR506, START_SIGNAL),
                TIMEOUT: handled(o.no_start_signal, _GR506, *_RELEASE),
            },
        ),
        START_SIGNAL: _with(
            _OUTGOING | _KEPT,
            {
                ON_HOOK: handled(o.start_signal_ends, _GR506, SEIZING, PAUSE),
                TIMEOUT: handled(o.glare, _GR506, RECEIVING, HOLDING, *_RELEASE),
            },
        ),
        HOLDING: _with(
            _OUTGOING | _KEPT,
            {
                ON_HOOK: handled(o.far_gave_way, _GR506, PAUSE),
                TIMEOUT: handled(o.far_holds, _GR506, *_RELEASE),
            },
        ),
        PAUSE: _with(
            _OUTGOING | _KEPT,
            {
                OFF_HOOK: handled(
                    o.off_hook_in_pause, _TIA, START_SIGNAL, STAGE_WINK, *_GLARE_LATE
                ),
                TIMEOUT: handled(
                    o.send_stage,
                    _GR506,
                    SENDING,
                    AWAIT_DIGITS,
                    AWAIT_WINK,
                    STAGE_WINK,
                    DIALLED,
                    ANSWERING,
                ),
            },
        ),
        SENDING: _with(
            _OUTGOING | _KEPT,
            {
                OFF_HOOK: handled(o.off_hook_in_digits, _TIA, SENDING, *_GLARE_LATE),
                SENT: handled(
                    o.digits_sent,
                    _GR506,
                    SENDING,
                    AWAIT_DIGITS,
                    AWAIT_WINK,
                    STAGE_WINK,
                    DIALLED,
                    ANSWERING,
                ),
            },
        ),
        AWAIT_DIGITS: _with(
            _OUTGOING,
            {
                MORE_DIGITS: handled(
                    o.more_digits,
                    _GR506,
                    AWAIT_DIGITS,
                    SENDING,
                    AWAIT_WINK,
                    STAGE_WINK,
                    DIALLED,
                    ANSWERING,
                ),
                OFF_HOOK: handled(o.off_hook_in_digits, _TIA, AWAIT_DIGITS, *_GLARE_LATE),
                TIMEOUT: handled(o.no_more_digits, _GR506, *_RELEASE),
            },
        ),
        AWAIT_WINK: _with(
            _OUTGOING,
            {
                OFF_HOOK: handled(o.stage_wink_begins, _GR690, STAGE_WINK),
                TIMEOUT: handled(o.no_stage_wink, _GR690, *_RELEASE),
            },
        ),
        STAGE_WINK: _with(
            _OUTGOING,
            {
                ON_HOOK: handled(o.stage_wink_ends, _GR690, AWAIT_WINK, PAUSE, DIALLED),
                TIMEOUT: handled(o.stage_wink_stays, _GR690, TALKING_OUT, *_RELEASE),
            },
        ),
        DIALLED: _with(
            _OUTGOING,
            {
                OFF_HOOK: handled(o.answer_begins, _GR506, ANSWERING),
                TIMEOUT: handled(o.not_answered, "Q.118", *_RELEASE),
            },
        ),
        ANSWERING: _with(
            _OUTGOING,
            {
                ON_HOOK: handled(o.no_answer_yet, _GR506, DIALLED),
                TIMEOUT: handled(o.answered, _GR506, TALKING_OUT),
            },
        ),
        TALKING_OUT: _with(
            _OUTGOING | _ACTIVE,
            {DISCONNECT: handled(o.called_hung_up, _GR506, HUNG_UP, *_RELEASE)},
        ),
        HUNG_UP: _with(
            _OUTGOING,
            {
                OFF_HOOK: handled(o.called_back, _GR506, TALKING_OUT),
                TIMEOUT: handled(o.called_gone, _GR506, *_RELEASE),
            },
        ),
        RELEASING: _with(
            _NOBODY | _LATER,
            {
                CLEAR: ignored("it is being cleared"),
                RESTART: ignored("it is being released"),
                ON_HOOK: handled(c.released, _GR506, GUARD),
                TIMEOUT: handled(c.stuck, _GR506, BLOCKED_THERE, BLOCKED_BOTH),
            },
        ),
        WINK_DUE: _with(
            _INCOMING,
            {
                DIGIT: error(i.early_digit, _GR506, WINK_DUE),
                TIMEOUT: handled(i.wink, _GR506, WINK_SENT),
            },
        ),
        WINK_SENT: _with(
            _INCOMING,
            {
                DIGIT: error(i.early_digit, _GR506, WINK_SENT),
                TIMEOUT: handled(i.wink_over, _GR506, RECEIVING, OFFERED, REFUSING),
            },
        ),
        RECEIVING: _with(
            _INCOMING,
            {
                COMPLETE: handled(i.complete_asked, _GR506, OFFERED),
                ALERT: handled(i.alert_asked, _GR506, OFFERED),
                ANSWER: handled(i.answer_asked, _GR506, TALKING_IN),
                CLEAR: handled(c.refused, _GR506, REFUSING),
                OFF_HOOK: handled(i.edge, _TIA, RECEIVING, OFFERED, REFUSING),
                ON_HOOK: handled(i.edge, _TIA, RECEIVING, OFFERED, REFUSING),
                DIGIT: handled(i.digit_received, _GR506, RECEIVING, WINK_DUE, OFFERED, REFUSING),
                TIMEOUT: handled(
                    i.digits_over, _GR506, OFFERED, REFUSING, BLOCKED_THERE, BLOCKED_BOTH
                ),
            },
        ),
        OFFERED: _with(
            _INCOMING,
            {
                COMPLETE: ignored("the number is complete"),
                ALERT: handled(i.alert_asked, _GR506, OFFERED),
                ANSWER: handled(i.answer_asked, _GR506, TALKING_IN),
                CLEAR: handled(c.refused, _GR506, REFUSING),
                DISCONNECT: handled(c.caller_gone, _GR506, GUARD),
            },
        ),
        TALKING_IN: _with(
            _INCOMING | _ACTIVE,
            {
                CLEAR: handled(c.hung_up, _GR506, REFUSING),
                SUSPEND: handled(i.clear_back, _GR506, CLEARED_BACK),
                RESUME: ignored("the call goes on"),
                DISCONNECT: handled(c.caller_gone, _GR506, GUARD),
            },
        ),
        CLEARED_BACK: _with(
            _INCOMING,
            {
                CLEAR: handled(c.hung_up, _GR506, REFUSING),
                SUSPEND: ignored("it is suspended"),
                RESUME: handled(i.re_answer, _GR506, TALKING_IN),
                DISCONNECT: handled(c.caller_gone, _GR506, GUARD),
            },
        ),
        REFUSING: _with(
            _NOBODY | _LATER,
            {
                CLEAR: ignored("it is being cleared"),
                RESTART: ignored("it is being cleared"),
                DISCONNECT: handled(c.released, _GR506, GUARD),
                TIMEOUT: handled(c.refusal_over, _GR506, BLOCKED_THERE, BLOCKED_BOTH),
            },
        ),
    },
)
