"""The drawing of an FXS port's line: state x input.

No Recommendation draws an exchange's analog line; clauses name where a procedure is described
(GR-506 and T1.401 for the line, Q.118 for the end of calls, GR-30 and EN 300 659 for caller
identity) or say why nothing is to be done. What a row does not say is said once for all states, in
``_everywhere``.
"""

from __future__ import annotations

from typing import Final

from ..fsm import Cell, Machine, error, handled, ignored
from . import fxs_clear as clear
from . import fxs_dial as dial
from . import fxs_line as line
from . import fxs_ring as ring
from . import fxs_states as s
from .fxs_calls import (
    cleared_active,
    flashed,
    flashed_talking,
    hung_up_active,
    not_answered_active,
)
from .fxs_dial import not_permitted

Row = dict[int, Cell]
_REQUESTS: Final = (
    s.PLACE_REQ,
    s.WANT_DIGITS_REQ,
    s.PROCEED_REQ,
    s.PROGRESS_REQ,
    s.ALERT_REQ,
    s.ANSWER_REQ,
    s.DIGITS_REQ,
    s.CLEAR_REQ,
    s.METER_REQ,
    s.TEST_REQ,
)
_TIMERS: Final = (
    s.T_RING_EXPIRY,
    s.T_RERING_EXPIRY,
    s.T_TONE_EXPIRY,
    s.T_HOWLER_EXPIRY,
    s.T_DROP_EXPIRY,
    s.T_GROUND_EXPIRY,
    s.T_PROBE_EXPIRY,
    s.T_ANSWER_EXPIRY,
)
_OVER: Final = (s.IDLE, s.BLOCKED)
_AFTER_SEIZURE: Final = (s.DIAL_TONE, s.OFFERED, s.TONE)
_TALKED: Final = (s.DROPPED, s.TONE)
_HANG_UP: Final = (s.IDLE, s.BLOCKED, s.RINGING, s.RERINGING)


def _everywhere(state: int) -> Row:
    """What is the same in all states unless a row says otherwise."""
    row: Row = {
        s.OFF_HOOK: ignored("GR-506: it is off hook already"),
        s.ON_HOOK: ignored("GR-506: it is on hook already"),
        s.FLASH: ignored("GR-506: a flash means nothing here"),
        s.PULSE: ignored("GR-506: no digits are taken here"),
        s.DIGIT: ignored("GR-506: no digits are taken here"),
        s.GROUND: ignored("T1.401 5: ground means something on an idle ground-start line only"),
        s.COLLECTED: ignored("nothing is collected here"),
        s.BLOCK_REQ: handled(line.blocked_later, "Q.118: calls are not ended", state),
        s.UNBLOCK_REQ: handled(line.blocked_later, "Q.118: it was not blocked yet", state),
        s.LAMP_REQ: handled(line.lamp_later, "GR-1401: when it is on hook", state),
        s.RESTART_REQ: handled(clear.restarted, "Q.931 5.5", s.IDLE, s.BLOCKED, s.TONE),
        s.LINE_DOWN: handled(line.lost, "Q.118 4.4", s.CUT),
        s.LINE_UP: ignored("it was not down"),
        s.RING_BEGAN: ignored("no caller identity is sent here"),
        s.TEST_DONE: ignored("no line test runs here"),
    }
    for request in _REQUESTS:
        row[request] = error(not_permitted, "Q.931 5.8.4: a request out of turn", state)
    for timer in _TIMERS:
        row[timer] = ignored("the timer does not run here")
    return row


def _at_rest() -> dict[int, Row]:
    return {
        s.IDLE: _everywhere(s.IDLE)
        | {
            s.OFF_HOOK: handled(dial.seized, "GR-506: origination", *_AFTER_SEIZURE),
            s.GROUND: handled(dial.ground_seen, "T1.401 5", s.SEIZING),
            s.PLACE_REQ: handled(ring.place, "GR-30; EN 300 659-1 6", s.PRESENTING),
            s.TEST_REQ: handled(line.test, "GR-909", s.TESTING),
            s.LAMP_REQ: handled(line.lamp, "GR-1401; EN 300 659-1 6.2", s.IDLE),
            s.BLOCK_REQ: handled(line.block, "Q.118", s.BLOCKED),
        },
        s.SEIZING: _everywhere(s.SEIZING)
        | {
            s.OFF_HOOK: handled(dial.seized, "T1.401 5", *_AFTER_SEIZURE),
            s.T_GROUND_EXPIRY: error(dial.no_loop, "T1.401 5", *_OVER),
        },
        s.BLOCKED: _everywhere(s.BLOCKED)
        | {
            s.OFF_HOOK: ignored("Q.118: blocked"),
            s.PLACE_REQ: handled(ring.place, "Q.118: test calls", s.PRESENTING),
            s.RESTART_REQ: handled(line.block, "Q.931 5.5: it stays blocked", s.BLOCKED),
            s.UNBLOCK_REQ: handled(line.unblock, "Q.118", s.IDLE),
        },
        s.CUT: _everywhere(s.CUT)
        | {
            s.OFF_HOOK: ignored("the line is gone"),
            s.RESTART_REQ: ignored("the line is gone"),
            s.LINE_DOWN: ignored("it is gone already"),
            s.LINE_UP: handled(line.came_back, "Q.118 4.4", *_OVER),
        },
        s.TESTING: _everywhere(s.TESTING)
        | {
            s.OFF_HOOK: handled(line.test_given_up, "GR-909", *_AFTER_SEIZURE),
            s.TEST_DONE: handled(line.test_done, "GR-909", *_OVER),
        },
    }


def _active(state: int) -> Row:
    """What states with a call, or on the way to one, have in common."""
    return _everywhere(state) | {s.ON_HOOK: handled(hung_up_active, "Q.118", *_HANG_UP)}


def _dialling() -> dict[int, Row]:
    flash = handled(flashed, "Q.953.2; GR-506", *_AFTER_SEIZURE, s.TALKING)
    end = handled(dial.collected, "GR-506: digit reception", s.OFFERED, s.TONE)
    taken = (s.DIALLING, s.OFFERED, s.TONE)
    return {
        s.DIAL_TONE: _active(s.DIAL_TONE)
        | {
            s.FLASH: flash,
            s.PULSE: handled(dial.first_pulse, "GR-506: digit reception", s.DIALLING),
            s.DIGIT: handled(dial.digit, "GR-506: digit reception", *taken),
            s.COLLECTED: end,
        },
        s.DIALLING: _active(s.DIALLING)
        | {
            s.FLASH: flash,
            s.DIGIT: handled(dial.digit, "GR-506: digit reception", *taken),
            s.COLLECTED: end,
        },
    }


def _calls() -> dict[int, Row]:
    offered = s.OFFERED
    clear_req = handled(cleared_active, "Q.118", *_TALKED)
    unanswered = handled(not_answered_active, "Q.118 4.3.1", *_TALKED)
    return {
        offered: _active(offered)
        | {
            s.FLASH: handled(flashed, "Q.953.2", offered, s.TALKING),
            s.DIGIT: handled(dial.more_digits, "Q.931 5.1.3", offered),
            s.COLLECTED: handled(dial.rest_collected, "Q.931 5.1.3", offered),
            s.WANT_DIGITS_REQ: handled(dial.want_digits, "Q.931 5.1.3", offered),
            s.PROCEED_REQ: handled(dial.proceed, "Q.931 5.1.5", offered),
            s.PROGRESS_REQ: handled(dial.progress, "Q.931 5.1.6", offered),
            s.ALERT_REQ: handled(dial.alert, "Q.931 5.1.7", s.ALERTING),
            s.ANSWER_REQ: handled(dial.answer, "Q.931 5.1.8; GR-506", s.TALKING),
            s.CLEAR_REQ: clear_req,
            s.T_ANSWER_EXPIRY: unanswered,
        },
        s.ALERTING: _active(s.ALERTING)
        | {
            s.FLASH: handled(flashed, "Q.953.2", s.ALERTING, s.TALKING),
            s.PROCEED_REQ: ignored("Q.931 5.1.5: it alerts already"),
            s.PROGRESS_REQ: handled(dial.progress, "Q.931 5.1.6", s.ALERTING),
            s.ALERT_REQ: handled(dial.alert, "Q.931 5.1.7", s.ALERTING),
            s.ANSWER_REQ: handled(dial.answer, "Q.931 5.1.8; GR-506", s.TALKING),
            s.CLEAR_REQ: clear_req,
            s.T_ANSWER_EXPIRY: unanswered,
        },
        s.TALKING: _active(s.TALKING)
        | {
            s.FLASH: handled(flashed_talking, "Q.953.2", *_AFTER_SEIZURE, s.TALKING),
            s.DIGIT: handled(dial.spoken_digit, "ours: pulses while the call is up", s.TALKING),
            s.DIGITS_REQ: handled(dial.send_digits, "ours: DTMF to what is behind", s.TALKING),
            s.PROGRESS_REQ: ignored("Q.931 5.1.6: it is answered"),
            s.PROCEED_REQ: ignored("Q.931 5.1.5: it is answered"),
            s.ALERT_REQ: ignored("Q.931 5.1.7: it is answered"),
            s.CLEAR_REQ: handled(cleared_active, "Q.118", *_TALKED, s.TALKING),
            s.METER_REQ: handled(line.meter, "EN 300 659-1; ETS 300 001 1.7.8", s.TALKING),
        },
    }


def _rung() -> dict[int, Row]:
    answered = handled(ring.answered, "GR-506: ring trip", s.TALKING)
    return {
        s.PRESENTING: _everywhere(s.PRESENTING)
        | {
            s.OFF_HOOK: answered,
            s.RING_BEGAN: handled(ring.ring_began, "GR-506", s.RINGING),
            s.CLEAR_REQ: handled(ring.withdrawn, "Q.118", *_OVER),
        },
        s.RINGING: _everywhere(s.RINGING)
        | {
            s.OFF_HOOK: answered,
            s.CLEAR_REQ: handled(ring.withdrawn, "Q.118", *_OVER),
            s.T_RING_EXPIRY: handled(ring.not_answered, "Q.118 4.3", *_OVER),
        },
        s.RERINGING: _everywhere(s.RERINGING)
        | {
            s.OFF_HOOK: handled(ring.came_back, "Q.953.2", s.TALKING),
            s.CLEAR_REQ: handled(ring.withdrawn, "Q.118", *_OVER),
            s.T_RERING_EXPIRY: handled(ring.not_answered, "Q.118 4.3", *_OVER),
        },
    }


def _ended() -> dict[int, Row]:
    flash = handled(flashed, "Q.953.2; GR-506", *_AFTER_SEIZURE, s.TALKING)
    return {
        s.DROPPED: _everywhere(s.DROPPED)
        | {
            s.ON_HOOK: ignored("without battery nobody can tell"),
            s.T_DROP_EXPIRY: handled(clear.drop_over, "T1.401; GR-506", s.TONE, *_OVER),
        },
        s.TONE: _active(s.TONE)
        | {
            s.FLASH: flash,
            s.T_TONE_EXPIRY: handled(clear.too_long, "GR-506: permanent signal", s.HOWLER),
        },
        s.HOWLER: _active(s.HOWLER)
        | {
            s.FLASH: flash,
            s.T_HOWLER_EXPIRY: handled(clear.park, "GR-506", s.PARKED, s.DENIED),
        },
        s.PARKED: _active(s.PARKED),
        s.DENIED: _everywhere(s.DENIED)
        | {
            s.ON_HOOK: ignored("without battery nobody can tell"),
            s.T_PROBE_EXPIRY: handled(clear.probe, "ours: battery is tried", s.PROBING),
        },
        s.PROBING: _active(s.PROBING)
        | {s.OFF_HOOK: handled(clear.deny, "ours: still off hook", s.DENIED)},
    }


LINE: Final = Machine(
    "FXS line",
    s.STATE_NAMES,
    s.INPUT_NAMES,
    _at_rest() | _dialling() | _calls() | _rung() | _ended(),
)
