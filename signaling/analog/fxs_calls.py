"""Where the line's machine asks the one of the second call (fxs_service)."""

from __future__ import annotations

from typing import Final

from ..fsm import Cell, ignored
from .fxs_port import NO_ANSWER, Port
from .fxs_service import SERVICE
from .fxs_states import (
    ALERTING,
    S_CLEAR_ACTIVE,
    S_FLASH_ELSE,
    S_FLASH_TALKING,
    S_HANG_UP_ALERTING,
    S_HANG_UP_ELSE,
    S_HANG_UP_TALKING,
    TALKING,
)

_NOTHING: Final = ignored("no such state")
CELLS: Final[list[list[Cell]]] = [[cell or _NOTHING for cell in row] for row in SERVICE.cells]


def serve_second(port: Port, input_: int, arg: object, now: int) -> None:
    """An input of the second call's machine."""
    before = port.service
    method = CELLS[before][input_].method
    if method is not None:
        method(port, arg, now)
        SERVICE.check(before, input_, port.service)


def flashed_talking(port: Port, arg: object, now: int) -> None:
    """A flash while a call is up."""
    serve_second(port, S_FLASH_TALKING, arg, now)


def flashed(port: Port, arg: object, now: int) -> None:
    """A flash at another time."""
    serve_second(port, S_FLASH_ELSE, arg, now)


def hung_up_active(port: Port, arg: object, now: int) -> None:
    """The telephone is on hook."""
    if port.state == TALKING:
        serve_second(port, S_HANG_UP_TALKING, arg, now)
    elif port.state == ALERTING:
        serve_second(port, S_HANG_UP_ALERTING, arg, now)
    else:
        serve_second(port, S_HANG_UP_ELSE, arg, now)


def not_answered_active(port: Port, arg: object, now: int) -> None:
    """Nobody answers what the telephone dialled."""
    serve_second(port, S_CLEAR_ACTIVE, NO_ANSWER, now)


def cleared_active(port: Port, arg: object, now: int) -> None:
    """The application ends the call that the telephone is busy with."""
    serve_second(port, S_CLEAR_ACTIVE, arg, now)
