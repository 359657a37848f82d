"""The drawing of a telephone's second call: state x input (fxs_second has the methods).

No Recommendation draws it for analog lines; the procedures are those of Q.953 (hold, call waiting),
Q.954 (conference, three-party) and Q.952 (transfer) as GR-506 features give them to a hookflash.
"""

from __future__ import annotations

from typing import Final

from ..fsm import Cell, Machine, error, handled, ignored
from . import fxs_second as do
from .fxs_dial import not_permitted
from .fxs_states import (
    HOLDING,
    JOINED,
    S_AGAIN,
    S_CLEAR_ACTIVE,
    S_CLEAR_OTHER,
    S_END,
    S_FLASH_ELSE,
    S_FLASH_TALKING,
    S_HANG_UP_ALERTING,
    S_HANG_UP_ELSE,
    S_HANG_UP_TALKING,
    S_OFFER,
    SERVICE_INPUTS,
    SERVICE_NAMES,
    SINGLE,
    WAITING,
)

Row = dict[int, Cell]
_HOLD: Final = "Q.953.2"
_WAIT: Final = "Q.953.1"
_JOIN: Final = "Q.954.2"
_MOVE: Final = "Q.952.7"


def _single() -> Row:
    return {
        S_FLASH_TALKING: handled(do.flash_single, _HOLD, SINGLE, HOLDING),
        S_FLASH_ELSE: handled(do.flash_single_else, "GR-506", SINGLE),
        S_HANG_UP_TALKING: handled(do.hang_up_single, "Q.118", SINGLE),
        S_HANG_UP_ALERTING: handled(do.hang_up_single, "Q.118", SINGLE),
        S_HANG_UP_ELSE: handled(do.hang_up_single, "Q.118", SINGLE),
        S_CLEAR_ACTIVE: handled(do.active_cleared, "Q.118", SINGLE),
        S_CLEAR_OTHER: error(not_permitted, "there is no other call", SINGLE),
        S_OFFER: handled(do.offered, _WAIT, WAITING),
        S_AGAIN: ignored("nothing waits"),
        S_END: handled(do.line_lost, "Q.118", SINGLE),
    }


def _holding() -> Row:
    return {
        S_FLASH_TALKING: handled(do.flash_holding, _JOIN, HOLDING, JOINED),
        S_FLASH_ELSE: handled(do.back_to_held, _HOLD, SINGLE),
        S_HANG_UP_TALKING: handled(do.hang_up_holding, _MOVE, SINGLE),
        S_HANG_UP_ALERTING: handled(do.hang_up_holding, _MOVE, SINGLE),
        S_HANG_UP_ELSE: handled(do.ring_held, _HOLD, SINGLE),
        S_CLEAR_ACTIVE: handled(do.active_cleared_holding, _HOLD, HOLDING),
        S_CLEAR_OTHER: handled(do.other_cleared, _HOLD, SINGLE),
        S_OFFER: error(not_permitted, "a telephone has two calls at most", HOLDING),
        S_AGAIN: ignored("nothing waits"),
        S_END: handled(do.line_lost, "Q.118", SINGLE),
    }


def _waiting() -> Row:
    return {
        S_FLASH_TALKING: handled(do.answer_waiting, _WAIT, HOLDING),
        S_FLASH_ELSE: handled(do.take_waiting, _WAIT, SINGLE),
        S_HANG_UP_TALKING: handled(do.ring_waiting, _WAIT, SINGLE),
        S_HANG_UP_ALERTING: error(do.ring_waiting, "calls wait for telephones that talk", SINGLE),
        S_HANG_UP_ELSE: handled(do.ring_waiting, _WAIT, SINGLE),
        S_CLEAR_ACTIVE: handled(do.active_cleared_holding, _WAIT, WAITING),
        S_CLEAR_OTHER: handled(do.waiting_cleared, _WAIT, SINGLE),
        S_OFFER: error(not_permitted, "a telephone has two calls at most", WAITING),
        S_AGAIN: handled(do.again, "GR-506", WAITING, SINGLE),
        S_END: handled(do.line_lost, "Q.118", SINGLE),
    }


def _joined() -> Row:
    return {
        S_FLASH_TALKING: handled(do.drop_last, _JOIN, SINGLE),
        S_FLASH_ELSE: ignored("a conference talks"),
        S_HANG_UP_TALKING: handled(do.hang_up_joined, _JOIN, SINGLE),
        S_HANG_UP_ALERTING: ignored("a conference talks"),
        S_HANG_UP_ELSE: ignored("a conference talks"),
        S_CLEAR_ACTIVE: handled(do.active_cleared_joined, _JOIN, SINGLE),
        S_CLEAR_OTHER: handled(do.other_cleared, _JOIN, SINGLE),
        S_OFFER: error(not_permitted, "a telephone has two calls at most", JOINED),
        S_AGAIN: ignored("nothing waits"),
        S_END: handled(do.line_lost, "Q.118", SINGLE),
    }


SERVICE: Final = Machine(
    "FXS second call",
    SERVICE_NAMES,
    SERVICE_INPUTS,
    {SINGLE: _single(), HOLDING: _holding(), WAITING: _waiting(), JOINED: _joined()},
)
