"""Cables of simulated boards, as far as the socket reaches them: cut, mend, impair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from ..board.model import Board
from ..errors import DriverError, LocalError
from .methods import SimCable


class Cable(Protocol):
    """What a simulated board's cable can do, in both directions at once."""

    ends: tuple[int, ...]

    def cut(self) -> None: ...
    def mend(self) -> None: ...
    def ais(self, on: bool = True) -> None: ...
    def impair(self, ber: float = 0.0, *, seed: int = 0) -> None: ...


@runtime_checkable
class HasCables(Protocol):
    """A board whose cables are simulated."""

    cables: Sequence[Cable]


def set_cable(board: Board, span: int, wanted: SimCable) -> None:
    """Do to the cable of ``span`` what ``wanted`` says; DriverError on a real board."""
    if not isinstance(board, HasCables):
        raise DriverError(f"{board.address} has real cables: only a simulated one can be cut here")
    found = [cable for cable in board.cables if span in cable.ends]
    if not found:
        raise LocalError(f"span {span} of {board.address} has no cable: add [[board.sim.cables]]")
    cable = found[0]
    if wanted.action == "cut":
        cable.cut()
    elif wanted.action == "mend":
        cable.mend()
        cable.impair()
    else:
        cable.ais(wanted.ais)
        cable.impair(wanted.error_rate, seed=wanted.seed)
