"""The drawing of the line: state x input of a channel, after Table 3/Q.421 and Q.422 3.2.

Clauses are those of Q.421, Q.422, Q.424 and Q.118 as far as they are remembered: the Blue Book's
text could not be read here. What a row does not say is said once for all states, below the rows.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..fsm import Cell, Machine, error, handled, ignored
from . import r2_line_idle as idle
from . import r2_line_in as inc
from . import r2_line_out as out
from . import r2_states as s
from .r2_channel import Channel

Row = dict[int, Cell]
_SETTLED: Final = (
    s.IDLE,
    s.BLOCKED_HERE,
    s.BLOCKED_THERE,
    s.BLOCKED_BOTH,
    s.FAULTY,
    s.IN_REGISTER,
)
"""Where an end of guard may lead."""
_CLEARED: Final = (s.OUT_CLEARING, s.GUARD)


def not_permitted(channel: Channel, arg: int, now: int) -> None:
    """A request that the state forbids is the caller's mistake."""
    raise LocalError(
        f"channel {channel.number} is in state {channel.state}, {s.STATE_NAMES[channel.state]}"
    )


def _resting(state: int) -> Row:
    shown = handled(idle.shown, "Q.422 3.2.6", *_SETTLED)
    row = {
        s.IDLE_CODE: shown,
        s.BLOCKED_CODE: shown,
        s.SEIZED_CODE: handled(idle.seized, "Q.422 3.2.2", s.IN_REGISTER),
        s.FAULTY_CODE: error(idle.faulty, "Q.422 3.2.5", s.FAULTY),
        s.BLOCK_REQ: handled(idle.block, "Q.422 3.2.6", *_SETTLED),
        s.UNBLOCK_REQ: handled(idle.block, "Q.422 3.2.6", *_SETTLED),
        s.CLEAR_REQ: error(not_permitted, "Q.421", state),
    }
    if state == s.IDLE:
        row[s.PLACE_REQ] = handled(out.place, "Q.422 3.2.2", s.OUT_SEIZED, s.OUT_REGISTER)
    if state == s.FAULTY:
        row[s.SEIZED_CODE] = error(idle.seized_faulty, "Q.422 3.2.5", s.FAULTY)
        row[s.FAULTY_CODE] = ignored("Q.422 3.2.5: known already")
    return row


def _seizing() -> dict[int, Row]:
    double = handled(out.double, "Q.422 3.2.7", s.OUT_DOUBLE)
    waiting = handled(out.clear_waiting, "Q.422 3.2.2")
    late = handled(out.clear_unacknowledged, "Q.422 3.2.2", s.OUT_UNACKNOWLEDGED)
    cleared = handled(out.late_acknowledged, "Q.422 3.2.2", *_CLEARED)
    return {
        s.OUT_SEIZED: {
            s.ACK_CODE: handled(out.acknowledged, "Q.422 3.2.2", s.OUT_REGISTER),
            s.SEIZED_CODE: double,
            s.IDLE_CODE: handled(out.harmless, "Q.422 3.2.2"),
            s.FAULTY_CODE: error(out.faulty, "Q.422 3.2.5"),
            s.CLEAR_REQ: late,
            s.ACK_EXPIRY: handled(out.ack_expiry, "Q.422 3.2.2", s.OUT_UNACKNOWLEDGED),
            s.FAULT_EXPIRY: handled(out.fault_expiry, "Q.424", *_CLEARED),
        },
        s.OUT_UNACKNOWLEDGED: {
            s.ACK_CODE: cleared,
            s.SEIZED_CODE: double,
            s.IDLE_CODE: ignored("Q.422 3.2.2: not acknowledged yet"),
            s.FAULTY_CODE: ignored("Q.422 3.2.2: it is to be cleared anyway"),
            s.CLEAR_REQ: waiting,
            s.ALARM_EXPIRY: handled(out.unacknowledged_expiry, "ours", *_CLEARED),
            s.FAULT_EXPIRY: handled(out.fault_expiry, "Q.424", *_CLEARED),
        },
        s.OUT_DOUBLE: {
            s.SEIZED_CODE: ignored("Q.422 3.2.7: known already"),
            s.IDLE_CODE: ignored("Q.422 3.2.7: looked at after TDOUBLE"),
            s.FAULTY_CODE: ignored("Q.422 3.2.7: looked at after TDOUBLE"),
            s.CLEAR_REQ: waiting,
            s.DOUBLE_EXPIRY: handled(out.double_expiry, "Q.422 3.2.7", *_CLEARED),
            s.FAULT_EXPIRY: ignored("Q.422 3.2.7: TDOUBLE runs"),
        },
    }


def _outgoing(state: int) -> Row:
    """What all states of an acknowledged call of ours have in common."""
    return {
        s.IDLE_CODE: error(out.idle_in_call, "Q.422 3.2.5"),
        s.ACK_CODE: handled(out.harmless, "Q.422 3.2.5"),
        s.FORCED_CODE: handled(out.forced, "Q.422 3.2.4", *_CLEARED),
        s.FAULTY_CODE: error(out.faulty, "Q.422 3.2.5"),
        s.CLEAR_REQ: handled(out.clear, "Q.422 3.2.4", *_CLEARED),
        s.FAULT_EXPIRY: handled(out.fault_expiry, "Q.424", *_CLEARED),
    }


def _placing() -> dict[int, Row]:
    answered = handled(out.answered, "Q.422 3.2.3", s.OUT_ANSWERED)
    return {
        s.OUT_REGISTER: _outgoing(s.OUT_REGISTER)
        | {
            s.ANSWER_CODE: answered,
            s.ACCEPT_CODE: handled(out.accepted, "ours", s.OUT_REGISTER, s.OUT_WAIT_ANSWER),
            s.REGISTER_DONE: handled(out.register_done, "Q.441 4.2.3", s.OUT_WAIT_ANSWER),
            s.REGISTER_FAILED: handled(out.register_failed, "Q.476 5.5.1", *_CLEARED),
        },
        s.OUT_WAIT_ANSWER: _outgoing(s.OUT_WAIT_ANSWER)
        | {
            s.ANSWER_CODE: answered,
            s.ACCEPT_CODE: handled(out.accepted, "ours"),
            s.ANSWER_EXPIRY: handled(out.answer_expiry, "Q.118 4.3.1", *_CLEARED),
        },
    }


def _talking() -> dict[int, Row]:
    answered, pulse, back = s.OUT_ANSWERED, s.OUT_PULSE, s.OUT_CLEARED_BACK
    suspended = (back, *_CLEARED)
    return {
        answered: _outgoing(answered)
        | {
            s.ANSWER_CODE: handled(out.harmless, "Q.422 3.2.5"),
            s.CLEAR_BACK_CODE: handled(out.cleared_back, "Q.422 3.2.3", pulse, *suspended),
            s.METER_CODE: handled(out.pulse_begins, "ours", pulse),
        },
        pulse: _outgoing(pulse)
        | {
            s.ANSWER_CODE: handled(out.pulse_ended, "ours", answered),
            s.CLEAR_BACK_CODE: ignored("ours: TMETER says"),
            s.METER_CODE: ignored("ours: TMETER says"),
            s.METER_EXPIRY: handled(out.meter_expiry, "ours", *suspended),
        },
        back: _outgoing(back)
        | {
            s.ANSWER_CODE: handled(out.reanswered, "Q.422 3.2.3", answered),
            s.CLEAR_BACK_CODE: handled(out.harmless, "Q.422 3.2.5"),
            s.METER_CODE: handled(out.harmless, "Q.422 3.2.5"),
            s.CLEAR_BACK_EXPIRY: handled(out.clear_back_expiry, "Q.118 4.3.2", *_CLEARED),
        },
    }


def _clearing() -> Row:
    waits = ignored("Q.422 3.2.4: idle is waited for")
    return {
        s.IDLE_CODE: handled(out.idle_seen, "Q.422 3.2.4", s.GUARD),
        s.SEIZED_CODE: waits,
        s.ACK_CODE: waits,
        s.ANSWER_CODE: waits,
        s.FAULTY_CODE: waits,
        s.CLEAR_REQ: handled(out.clear_waiting, "Q.422 3.2.4"),
        s.ALARM_EXPIRY: handled(out.alarm_expiry, "Q.422 3.2.5", s.FAULTY, s.BLOCKED_THERE),
        s.FAULT_EXPIRY: ignored("Q.422 3.2.4: idle is waited for"),
    }


def _guard() -> Row:
    later = ignored("Q.422 3.2.7: looked at after TGUARD")
    return {
        s.IDLE_CODE: later,
        s.BLOCKED_CODE: later,
        s.FAULTY_CODE: later,
        s.SEIZED_CODE: handled(idle.seized, "Q.422 3.2.2", s.IN_REGISTER),
        s.GUARD_EXPIRY: handled(idle.guard_expiry, "Q.422 3.2.7", *_SETTLED),
        s.CLEAR_REQ: handled(idle.clear_over, "Q.422 3.2.4"),
    }


def _incoming(state: int) -> Row:
    """What all states of a call of theirs have in common."""
    return {
        s.CLEAR_FORWARD_CODE: handled(inc.cleared_forward, "Q.422 3.2.4", s.IN_RELEASING, s.GUARD),
        s.SEIZED_CODE: handled(inc.harmless, "Q.422 3.2.5"),
        s.FAULTY_CODE: error(inc.faulty, "Q.422 3.2.5"),
        s.FAULT_EXPIRY: handled(inc.fault_expiry, "Q.424", s.GUARD),
        s.CLEAR_REQ: handled(inc.clear_answered, "Q.422 3.2.3", s.IN_REFUSED),
    }


def _taking() -> dict[int, Row]:
    again = s.IN_AGAIN_ON
    answered = (s.IN_ANSWERED, again)
    refused = handled(inc.refuse, "Q.422 3.2.4", s.IN_REFUSED)
    return {
        s.IN_REGISTER: _incoming(s.IN_REGISTER)
        | {
            s.ANSWER_REQ: handled(inc.answer_register, "Q.441 4.2.3", s.IN_REGISTER),
            s.CLEAR_REQ: handled(inc.clear_register, "Q.441 4.2.3", s.IN_REGISTER, s.IN_REFUSED),
            s.REGISTER_DONE: handled(inc.register_done, "Q.441 4.2.3", s.IN_DELAY, s.IN_REFUSED),
            s.REGISTER_FAILED: handled(inc.register_failed, "Q.476 5.5.2", s.IN_REFUSED),
        },
        s.IN_DELAY: _incoming(s.IN_DELAY)
        | {
            s.ANSWER_REQ: handled(inc.answer_later, "ours"),
            s.CLEAR_REQ: refused,
            s.DELAY_EXPIRY: handled(inc.delay_expiry, "ours", s.IN_WAIT_ANSWER, *answered),
        },
        s.IN_WAIT_ANSWER: _incoming(s.IN_WAIT_ANSWER)
        | {
            s.ANSWER_REQ: handled(inc.answer, "Q.422 3.2.3", *answered),
            s.CLEAR_REQ: refused,
        },
        again: _incoming(again)
        | {s.AGAIN_ON_EXPIRY: handled(inc.again_on_expiry, "ours", s.IN_AGAIN_OFF)},
        s.IN_AGAIN_OFF: _incoming(s.IN_AGAIN_OFF)
        | {s.AGAIN_OFF_EXPIRY: handled(inc.again_off_expiry, "ours", s.IN_ANSWERED)},
    }


def _taken() -> dict[int, Row]:
    answered, on, off = s.IN_ANSWERED, s.IN_PULSE_ON, s.IN_PULSE_OFF
    meter = handled(inc.meter, "ours", answered, on)
    more = handled(inc.meter, "ours")
    said = ignored("Q.422 3.2.3: it was said already")
    return {
        answered: _incoming(answered)
        | {
            s.METER_REQ: meter,
            s.SUSPEND_REQ: handled(inc.suspend, "Q.422 3.2.3", s.IN_CLEARED_BACK),
            s.RESUME_REQ: said,
        },
        on: _incoming(on)
        | {
            s.METER_REQ: more,
            s.PULSE_EXPIRY: handled(inc.pulse_on_expiry, "ours", off),
        },
        off: _incoming(off)
        | {
            s.METER_REQ: more,
            s.PULSE_EXPIRY: handled(inc.pulse_off_expiry, "ours", answered, on),
        },
        s.IN_CLEARED_BACK: _incoming(s.IN_CLEARED_BACK)
        | {
            s.SUSPEND_REQ: said,
            s.RESUME_REQ: handled(inc.resume, "Q.422 3.2.3", answered),
        },
        s.IN_REFUSED: _incoming(s.IN_REFUSED)
        | {
            s.CLEAR_REQ: handled(inc.clear_waiting, "Q.422 3.2.4"),
            s.REFUSED_EXPIRY: handled(inc.refused_expiry, "ours"),
        },
        s.IN_RELEASING: {
            s.CLEAR_FORWARD_CODE: ignored("Q.422 3.2.4: known already"),
            s.SEIZED_CODE: ignored("Q.422 3.2.4: idle was not sent yet"),
            s.FAULTY_CODE: ignored("Q.422 3.2.4: looked at after TGUARD"),
            s.CLEAR_REQ: ignored("Q.422 3.2.4: it is over already"),
            s.RELEASE_EXPIRY: handled(inc.release_expiry, "Q.422 3.2.4", s.GUARD),
        },
    }


def _any_state(state: int) -> Row:
    """What is so in every state unless its row says otherwise."""
    not_here = ignored("Table 3/Q.421: no code has this meaning in this state")
    row: Row = dict.fromkeys(s.CODES, not_here)
    row |= {request: error(not_permitted, "Q.421", state) for request in s.REQUESTS}
    ended = ignored("Q.422 3.2.4: the register was stopped by the line")
    row |= {s.REGISTER_DONE: ended, s.REGISTER_FAILED: ended}
    row |= {
        s.BLOCK_REQ: handled(idle.block_later, "Q.422 3.2.6"),
        s.UNBLOCK_REQ: handled(idle.block_later, "Q.422 3.2.6"),
        s.RESTART_REQ: handled(out.restart, "ours", *_CLEARED),
        s.DOWN_IND: handled(idle.down, "Q.424", s.DOWN),
        s.UP_IND: ignored("Q.424: it was not down"),
    }
    return row | dict.fromkeys(s.EXPIRIES, ignored("it does not run in this state"))


def _down() -> Row:
    gone = ignored("Q.424: the line is down")
    return dict.fromkeys(s.CODES, gone) | {
        s.RESTART_REQ: gone,
        s.DOWN_IND: gone,
        s.UP_IND: handled(idle.up, "Q.424", *_SETTLED),
        s.CLEAR_REQ: error(not_permitted, "Q.424", s.DOWN),
    }


def _table() -> dict[int, Row]:
    resting = (s.IDLE, s.BLOCKED_HERE, s.BLOCKED_THERE, s.BLOCKED_BOTH, s.FAULTY)
    rows = {state: _resting(state) for state in resting}
    rows |= {s.DOWN: _down(), s.OUT_CLEARING: _clearing(), s.GUARD: _guard()}
    for more in (_seizing(), _placing(), _talking(), _taking(), _taken()):
        rows |= more
    return {state: _any_state(state) | row for state, row in sorted(rows.items())}


LINE: Final = Machine("R2 line", s.STATE_NAMES, s.INPUT_NAMES, _table())
