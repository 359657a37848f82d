"""State machines as the Recommendations draw them: a table of state x input beside the class.

The engine has one method for each drawn input. The table says, for each state and input, which
method answers it, by which clause, and which states it may leave the machine in. No cell may be
empty: an input that a state does not expect is ``ignored`` or an ``error``, with its clause.

In tests (``strict`` on) a transition that is not drawn raises UndrawnTransition; in production it
is counted and the machine goes on from the state it is in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ..errors import Error


class UndrawnTransition(Error):
    """A method left its machine in a state that the table does not permit."""


class Cell:
    """One state x input. ``kind`` is "handled", "ignored" or "error"."""

    __slots__ = ("clause", "kind", "method", "next")

    def __init__(
        self, kind: str, method: Callable[..., None] | None, clause: str, next: tuple[int, ...]
    ) -> None:
        self.kind: Final = kind
        self.method: Final = method
        self.clause: Final = clause
        self.next: Final = next


def handled(method: Callable[..., Any], clause: str, *next_states: int) -> Cell:
    """The input does this, as drawn in ``clause``; afterwards one of ``next_states``."""
    return Cell("handled", method, clause, next_states)


def error(method: Callable[..., Any], clause: str, *next_states: int) -> Cell:
    """The input is an error here; ``method`` does what ``clause`` says about it."""
    return Cell("error", method, clause, next_states)


def ignored(clause: str) -> Cell:
    """The input changes nothing here, says ``clause``."""
    return Cell("ignored", None, clause, ())


class Machine:
    """A drawn machine: names of states and inputs, and ``cells[state][input]``.

    ``states`` and ``inputs`` map the integers used on the hot path to the figure's names. States
    need not be contiguous (Q.931 has U0, U1, … U25).
    """

    def __init__(
        self,
        name: str,
        states: dict[int, str],
        inputs: dict[int, str],
        table: dict[int, dict[int, Cell]],
    ) -> None:
        self.name: Final = name
        self.states: Final = states
        self.inputs: Final = inputs
        self.table: Final = table
        width = max(inputs) + 1
        self.cells: Final[list[list[Cell | None]]] = [
            [table.get(s, {}).get(i) for i in range(width)] for s in range(max(states) + 1)
        ]
        self.strict = False
        self.undrawn = 0

    def missing(self) -> list[tuple[str, str]]:
        """The empty cells, by name. A test holds that there are none."""
        return [
            (state_name, input_name)
            for state, state_name in self.states.items()
            for input_, input_name in self.inputs.items()
            if self.cells[state][input_] is None
        ]

    def check(self, before: int, input_: int, after: int) -> None:
        """Called after a cell's method: is the state it left one that the cell permits?"""
        cell = self.cells[before][input_]
        if cell is not None and (after in cell.next or (not cell.next and after == before)):
            return
        self.undrawn += 1
        if self.strict:
            raise UndrawnTransition(
                f"{self.name}: {self.states[before]} + {self.inputs[input_]} -> "
                f"{self.states.get(after, after)} is not drawn"
            )

    def mermaid(self) -> str:
        """The machine as a mermaid state diagram, for the docs."""
        lines = ["stateDiagram-v2"]
        for state, state_name in self.states.items():
            lines.append(f"    s{state}: {state_name}")
        for state in self.states:
            to: dict[int, list[str]] = {}
            for input_, input_name in self.inputs.items():
                cell = self.cells[state][input_]
                if cell is not None and cell.kind == "handled":
                    for after in cell.next:
                        to.setdefault(after, []).append(input_name)
            for after, names in to.items():
                if after != state:
                    lines.append(f"    s{state} --> s{after}: {', '.join(names)}")
        return "\n".join(lines) + "\n"
