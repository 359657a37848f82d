"""The drawing: state x input of an exchange line.

There is no Recommendation that draws one; clauses name what a row follows: EN 300 001 and ES 203
021 (terminals on the public network: seizing, ringing, loop), EN 300 659 and GR-30 (caller ID),
GR-506 and T1.401 (ground start, disconnect by an open loop), "ours" for the rest. What a row does
not say is said once for all states, below the rows.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..fsm import Cell, Machine, error, handled, ignored
from . import fxo_incoming as incoming
from . import fxo_outgoing as outgoing
from . import fxo_states as s
from . import fxo_talking as talking
from . import fxo_train as train
from .fxo_line import Line

Row = dict[int, Cell]

TES: Final = "ES 203 021"
CID: Final = "EN 300 659-1"
OSI: Final = "GR-506 6.2.1.4"
GROUND: Final = "T1.401 5.2"
OURS: Final = "ours"
REST: Final = (s.IDLE, s.IN_USE, s.OUT)
_DIALS: Final = (s.DIALLING, s.WAITING, s.DIALLED, s.CONNECTED)
"""An answer by reversal may come before the last digit's end is told."""


def not_permitted(line: Line, arg: object, now: int) -> None:
    """A request that the state forbids is the caller's mistake."""
    raise LocalError(f"port {line.channel} is in state {s.STATES[line.state]}")


_NO_REQUEST: Final = error(not_permitted, OURS)


def _on_hook() -> Row:
    """What the states on hook without a finished call have in common."""
    return {
        s.BATTERY_LOST: handled(incoming.battery_lost_on_hook, TES),
        s.BATTERY_BACK: handled(incoming.battery_back, TES),
        s.REVERSED: handled(talking.reversal_begins, CID),
        s.T_REVERSAL: handled(incoming.polarity_settled, CID),
        s.T_BATTERY: handled(incoming.line_cut, TES, s.OUT),
        s.OTHER_OFF_HOOK: handled(incoming.other_off_hook, OURS, *REST),
        s.LINE_DOWN: handled(incoming.layer_lost, OURS, s.OUT),
    }


def _idle() -> Row:
    return _on_hook() | {
        s.SEIZE: handled(outgoing.seize, TES, s.SEIZING, s.GROUNDING),
        s.TRAIN: handled(train.train, OURS, s.TRAIN_SEIZED),
        s.RING_ON: handled(incoming.ring_when_idle, TES, s.IDLE, s.RINGING, s.GUARD),
        s.REVERSED: handled(incoming.reversed_when_idle, CID),
        s.GROUND_ON: handled(incoming.ground_when_idle, GROUND),
        s.IDENTITY: handled(incoming.identity_when_idle, CID),
        s.T_IDENTITY: handled(incoming.woken_in_vain, CID, *REST),
        s.T_STEP: handled(incoming.woken_in_vain, CID, *REST),
    }


def _in_use() -> Row:
    return _on_hook() | {
        s.SEIZE: handled(outgoing.seize, OURS, s.SEIZING, s.GROUNDING),
        s.OTHER_OFF_HOOK: ignored("known"),
        s.OTHER_ON_HOOK: handled(incoming.other_on_hook, OURS, *REST),
        s.RING_ON: handled(incoming.ring_when_idle, TES, s.IN_USE, s.RINGING, s.GUARD),
    }


def _out() -> Row:
    return {
        s.BATTERY_BACK: handled(incoming.line_back, OURS, s.OUT, s.IDLE, s.IN_USE),
        s.LINE_UP: handled(incoming.layer_back, OURS, *REST),
        s.LINE_DOWN: ignored("out of service already"),
    }


def _ringing() -> Row:
    validated = (s.CALLER_ID, s.OFFERED)
    return _on_hook() | {
        s.RING_ON: handled(incoming.ring_again, TES, *validated),
        s.RING_OFF: handled(incoming.ring_pauses, TES),
        s.T_RING: handled(incoming.ring_timer, TES, *validated, *REST),
        s.IDENTITY: handled(incoming.identity_while_ringing, CID),
    }


def _caller_id() -> Row:
    return _on_hook() | {
        s.RING_ON: handled(incoming.ring_while_waiting, CID, s.CALLER_ID, s.OFFERED),
        s.RING_OFF: handled(incoming.pause_while_waiting, CID),
        s.IDENTITY: handled(incoming.identity_while_waiting, CID, s.CALLER_ID, s.OFFERED),
        s.T_IDENTITY: handled(incoming.identity_timer, CID, s.CALLER_ID, s.OFFERED),
        s.T_RING: handled(incoming.gave_up_unoffered, TES, *REST),
    }


def _offered() -> Row:
    return _on_hook() | {
        s.ANSWER: handled(incoming.answer, TES, s.TALKING),
        s.CLEAR: handled(incoming.refuse, OURS, s.GUARD),
        s.RING_ON: handled(incoming.ring_when_offered, TES),
        s.RING_OFF: handled(incoming.pause_when_offered, TES),
        s.IDENTITY: handled(incoming.identity_when_offered, CID),
        s.T_RING: handled(incoming.caller_gave_up, TES, *REST),
    }


def _guard() -> Row:
    after = (s.GUARD, s.IDLE, s.IN_USE, s.OUT, s.RINGING)
    return {
        s.RING_ON: handled(incoming.ring_in_guard, OURS, *after),
        s.RING_OFF: handled(incoming.pause_in_guard, OURS),
        s.T_GUARD: handled(incoming.guard_over, OURS, s.GUARD, *REST),
        s.REVERSED: handled(talking.reversal_begins, CID),
        s.T_REVERSAL: handled(incoming.polarity_settled, CID),
        s.CLEAR: ignored("on hook already"),
        s.LINE_DOWN: handled(talking.layer_lost_guard, OURS, *REST),
    }


def _off_hook() -> Row:
    """What the states off hook have in common."""
    return {
        s.CLEAR: handled(talking.clear, TES, s.GUARD),
        s.BATTERY_LOST: handled(talking.battery_lost, OSI),
        s.BATTERY_BACK: handled(talking.battery_returned, OSI),
        s.T_BATTERY: handled(talking.battery_gone, OSI, s.GUARD),
        s.GROUND_ON: handled(talking.ground_returned, GROUND),
        s.GROUND_OFF: handled(talking.ground_gone, GROUND),
        s.REVERSED: handled(talking.reversal_begins, TES),
        s.T_REVERSAL: handled(talking.polarity_follows, TES),
        s.OTHER_OFF_HOOK: handled(talking.other_beside, OURS),
        s.LINE_DOWN: handled(talking.layer_lost_talking, OURS, s.GUARD),
    }


def _grounding() -> Row:
    return _off_hook() | {
        s.GROUND_ON: handled(outgoing.ground_heard, GROUND, s.SEIZING),
        s.T_STEP: handled(outgoing.no_ground, GROUND, s.GUARD),
        s.RING_ON: handled(outgoing.glare_at_ground, GROUND, s.RINGING, s.GUARD, *REST),
        s.BATTERY_LOST: ignored("its tip is open until it grounds it"),
        s.GROUND_OFF: ignored("its tip is open until it grounds it"),
        s.DIGITS: handled(outgoing.more_digits, OURS),
    }


def _seizing() -> Row:
    on = (s.SEIZING, s.DIALLING, s.WAITING, s.DIALLED, s.GUARD)
    return _off_hook() | {
        s.RING_ON: handled(outgoing.glare, OURS, s.GLARE, s.GUARD),
        s.TONE: handled(outgoing.seizing_tone, TES, *on),
        s.SOUND: handled(outgoing.seizing_sound, TES, s.SEIZING, s.GLARE, s.GUARD),
        s.T_ANSWER: handled(outgoing.dial_tone_certain, TES, *on),
        s.T_STEP: handled(outgoing.seizing_timer, TES, *on),
        s.DIGITS: handled(outgoing.more_digits, OURS),
        s.T_LIMIT: handled(outgoing.setup_limit, OURS, s.GUARD),
    }


def _dialling() -> Row:
    return _off_hook() | {
        s.SENT: handled(outgoing.digits_sent, TES, *_DIALS),
        s.DIGITS: handled(outgoing.more_digits, OURS),
        s.T_LIMIT: handled(outgoing.setup_limit, OURS, s.GUARD),
    }


def _waiting() -> Row:
    on = _DIALS
    return _off_hook() | {
        s.T_STEP: handled(outgoing.waiting_timer, TES, *on, s.GUARD),
        s.TONE: handled(outgoing.waiting_tone, TES, *on, s.GUARD),
        s.SOUND: handled(outgoing.waiting_sound, TES),
        s.T_ANSWER: handled(outgoing.dial_tone_certain, TES, *on),
        s.DIGITS: handled(outgoing.more_digits, OURS, *on),
        s.T_LIMIT: handled(outgoing.setup_limit, OURS, s.GUARD),
    }


def _dialled(state: int) -> Row:
    return _off_hook() | {
        s.TONE: handled(outgoing.progress_tone, "E.180", state, s.ALERTING, s.GUARD),
        s.SOUND: handled(outgoing.progress_sound, OURS, state, s.CONNECTED),
        s.T_STEP: handled(outgoing.judge, OURS, state, s.CONNECTED),
        s.T_ANSWER: handled(outgoing.answer_time, OURS, s.CONNECTED),
        s.T_REVERSAL: handled(outgoing.setup_reversal, TES, state, s.CONNECTED),
        s.T_LIMIT: handled(outgoing.no_answer, "Q.118 4.3.1", s.GUARD),
        s.FLASH: handled(talking.flash, TES),
    }


def _talks() -> Row:
    state = ()
    return _off_hook() | {
        s.TONE: handled(talking.talking_tone, "E.180", *state),
        s.T_SILENCE: handled(talking.silence_over, OURS, s.GUARD),
        s.T_LIMIT: handled(talking.limit_over, OURS, s.GUARD),
        s.FLASH: handled(talking.flash, TES),
        s.ALERTING_SIGNAL: handled(talking.alerting_signal, "EN 300 659-2"),
        s.IDENTITY: handled(talking.identity_talking, "EN 300 659-2"),
        s.T_MUTE: handled(talking.mute_over, "EN 300 659-2"),
    }


def _talking(state: int) -> Row:
    return _talks() | {
        s.TONE: handled(talking.talking_tone, "E.180", state, s.GUARD),
        s.T_REVERSAL: handled(talking.reversal_talking, TES, state, s.GUARD),
    }


def _glare() -> Row:
    return _talks() | {
        s.ANSWER: handled(outgoing.glare_answered, OURS, s.TALKING),
        s.TONE: handled(talking.talking_tone, "E.180", s.GLARE, s.GUARD),
        s.T_LIMIT: handled(talking.glare_limit, OURS, s.GUARD),
    }


def _training() -> Row:
    """No call is there."""
    return {
        s.BATTERY_LOST: handled(train.battery_lost, OSI),
        s.BATTERY_BACK: handled(talking.battery_returned, OSI),
        s.T_BATTERY: handled(train.battery_gone, OSI, s.GUARD),
        s.REVERSED: handled(talking.reversal_begins, TES),
        s.T_REVERSAL: handled(talking.polarity_follows, TES),
        s.OTHER_OFF_HOOK: handled(train.other_beside, OURS, s.GUARD),
        s.LINE_DOWN: handled(train.layer_lost, OURS, *REST),
        s.T_LIMIT: handled(train.too_long, OURS, s.GUARD),
    }


def _train_seized() -> Row:
    return _training() | {
        s.RING_ON: handled(outgoing.glare, OURS, s.GLARE, s.GUARD),
        s.TONE: handled(train.seized_tone, OURS, s.TRAINING, s.GUARD),
        s.T_STEP: handled(train.no_dial_tone, OURS, s.GUARD),
    }


def _measuring() -> Row:
    return _training() | {
        s.SENT: handled(train.ended, OURS, s.TRAINING, s.GUARD),
        s.T_STEP: handled(train.step, OURS),
        s.MEASURED: handled(train.measured, "G.122", s.TRAINING, s.GUARD),
    }


def _common(state: int) -> Row:
    """What is the same in all states that do not say otherwise."""
    requests = (s.SEIZE, s.ANSWER, s.DIGITS, s.FLASH, s.CLEAR, s.TRAIN)
    row = dict.fromkeys(requests, _NO_REQUEST)
    row |= dict.fromkeys((s.RING_ON, s.RING_OFF), ignored("no ringing is expected here"))
    row |= dict.fromkeys(
        (s.BATTERY_LOST, s.BATTERY_BACK, s.REVERSED, s.GROUND_ON, s.GROUND_OFF),
        ignored("remembered, looked at when the line rests"),
    )
    row |= dict.fromkeys(
        (s.OTHER_OFF_HOOK, s.OTHER_ON_HOOK), ignored("remembered, looked at when the line rests")
    )
    row |= dict.fromkeys(
        (s.TONE, s.SOUND, s.IDENTITY, s.ALERTING_SIGNAL), ignored("of no meaning here")
    )
    row[s.SENT] = ignored("what was stopped")
    row[s.MEASURED] = ignored("the training is over")
    row |= dict.fromkeys((s.LINE_DOWN, s.LINE_UP), ignored("nothing is to be done"))
    row |= dict.fromkeys(range(s.FIRST_TIMER, s.T_MUTE + 1), ignored("does not run here"))
    return row


_ROWS: Final[dict[int, Row]] = {
    s.OUT: _out(),
    s.IDLE: _idle(),
    s.IN_USE: _in_use(),
    s.RINGING: _ringing(),
    s.CALLER_ID: _caller_id(),
    s.OFFERED: _offered(),
    s.TALKING: _talking(s.TALKING),
    s.GROUNDING: _grounding(),
    s.SEIZING: _seizing(),
    s.DIALLING: _dialling(),
    s.WAITING: _waiting(),
    s.DIALLED: _dialled(s.DIALLED),
    s.ALERTING: _dialled(s.ALERTING),
    s.CONNECTED: _talking(s.CONNECTED),
    s.GLARE: _glare(),
    s.GUARD: _guard(),
    s.TRAIN_SEIZED: _train_seized(),
    s.TRAINING: _measuring(),
}
FXO: Final = Machine(
    "FXO", s.STATES, s.INPUTS, {state: _common(state) | row for state, row in _ROWS.items()}
)
