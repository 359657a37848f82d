"""docs/machines.md: the state machines as the engines have them, from their tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from page_tools import GENERATED, block, md, sentence, table

from trunkd.signaling.fsm import Cell, Machine
from trunkd.signaling.isdn.q921_table import Q921
from trunkd.signaling.isdn.q931_restart import GLOBAL
from trunkd.signaling.isdn.q931_table import NETWORK, USER
from trunkd.signaling.isdn.services_deflect import DEFLECT
from trunkd.signaling.isdn.services_transfer import TRANSFER

Row = tuple[Machine, str, str]
"""Machine, letter before its state numbers, what it is."""

MACHINES: Final[tuple[Row, ...]] = (
    (
        Q921,
        "",
        "The data link (layer 2): Q.921 Annex B for a point-to-point link. A link with a fixed TEI"
        " begins in\nstate 4 and works in state 7; state 8 asks the far end whether it is still"
        " there.",
    ),
    (USER, "U", "A call as the user side sees it: Q.931 Annex A, user side."),
    (
        NETWORK,
        "N",
        "A call as the network side sees it. States are numbered for the user (2.1): a call that"
        " the\nnetwork offers goes through N6 to N9, one that the user places through N1 to N4.",
    ),
    (GLOBAL, "", "Restarts (5.5), which have the global call reference for their own."),
    (
        TRANSFER,
        "",
        "A transfer that the network is asked for (EN 300 369-1, GR-2865, NIS-A211-1): the user's"
        " side.\nAs the network we only check what is asked and have the application decide.",
    ),
    (
        DEFLECT,
        "",
        "An offered call that the network is asked to send elsewhere (EN 300 207-1): the user's"
        " side.",
    ),
)

COMMON: Final = 5
"""A step that is drawn alike in so many states is told below the picture, not drawn in it."""
LABEL: Final = 3
"""Inputs on an arrow; more are counted."""

KINDS: Final = {"handled": "", "error": "**error**", "ignored": "ignored"}


def state_name(machine: Machine, letter: str, state: int) -> str:
    """``U1 Call initiated``; the names of Q.921 have their number already."""
    return f"{letter}{state} {machine.states[state]}" if letter else machine.states[state]


_STEP: Final = re.compile(r"^    s(\d+) --> s(\d+): (.*)$")


def steps(machine: Machine) -> list[tuple[int, int, list[str]]]:
    """The arrows of Machine.mermaid(): from, to, inputs."""
    found = (_STEP.match(line) for line in machine.mermaid().splitlines())
    return [(int(m[1]), int(m[2]), m[3].split(", ")) for m in found if m]


def common_steps(arrows: list[tuple[int, int, list[str]]]) -> dict[tuple[str, int], list[int]]:
    """(input, next state) -> the states that it is drawn in, where those are many."""
    found: dict[tuple[str, int], list[int]] = {}
    for before, after, inputs in arrows:
        for name in inputs:
            found.setdefault((name, after), []).append(before)
    return {key: states for key, states in found.items() if len(states) >= COMMON}


def diagram(machine: Machine, letter: str) -> str:
    """A mermaid picture of the main steps, and the others in words."""
    arrows = steps(machine)
    common = common_steps(arrows)
    lines = ["stateDiagram-v2"]
    lines += [f"    s{state}: {state_name(machine, letter, state)}" for state in machine.states]
    for before, after, inputs in arrows:
        own = [name for name in inputs if (name, after) not in common]
        if own:
            more = f" +{len(own) - LABEL}" if len(own) > LABEL else ""
            lines.append(f"    s{before} --> s{after}: {', '.join(own[:LABEL])}{more}")
    text = block("mermaid", "\n".join(lines))
    if common:
        rows = []
        for after in machine.states:
            names = [name for name, to in common if to == after]
            if names:
                rows.append((", ".join(names), state_name(machine, letter, after)))
        text += "\nNot drawn, because they lead there from five states or more:\n\n"
        text += table(("input", "to"), rows)
    return text


def rows_of(machine: Machine, letter: str, state: int) -> list[tuple[str, ...]]:
    """One row for all inputs of a state that are answered alike: handled, errors, ignored."""
    groups: dict[tuple[str, str, str, tuple[int, ...]], list[str]] = {}
    kept: dict[tuple[str, str, str, tuple[int, ...]], Cell] = {}
    for input_, name in machine.inputs.items():
        found = machine.cells[state][input_]
        assert found is not None, f"{machine.name} has no cell {machine.states[state]} x {name}"
        method = found.method.__name__ if found.method is not None else ""
        key = (found.kind, method, found.clause, found.next)
        groups.setdefault(key, []).append(name)
        kept[key] = found
    order = list(KINDS)
    made: list[tuple[str, ...]] = []
    for key in sorted(groups, key=lambda k: order.index(k[0])):
        found = kept[key]
        after = [s for s in found.next if found.next != (state,)]
        next_ = " or ".join(
            "stays" if s == state else state_name(machine, letter, s) for s in after
        )
        made.append((", ".join(groups[key]), KINDS[found.kind], next_, what(found), found.clause))
    return made


_CLAUSES: Final = re.compile(r"^\d+\.[\d.]+( [a-z])?((, | to )(\d+\.[\d.]+( [a-z])?|[a-z]))*: ")
"""Clauses before a docstring's first sentence: the last column has them."""


def what(found: Cell) -> str:
    """The method that answers, and what its docstring adds to the clause."""
    if found.method is None:
        return ""
    doc = md((found.method.__doc__ or "").split("\n\n")[0])
    doc = _CLAUSES.sub("", doc)
    return f"`{found.method.__name__}`" + (f": {sentence(doc)}" if doc else "")


def machine_text(machine: Machine, letter: str, about: str) -> str:
    cells = [c for row in machine.table.values() for c in row.values()]
    counts = ", ".join(f"{sum(c.kind == kind for c in cells)} {kind}" for kind in KINDS)
    parts = [
        f"## {machine.name}\n",
        f"{about}\n",
        f"{len(machine.states)} states, {len(machine.inputs)} inputs; cells: {counts}.\n",
        diagram(machine, letter),
    ]
    for state in machine.states:
        parts.append(f"### {machine.name}: {state_name(machine, letter, state)}\n")
        parts.append(
            table(
                ("input", "", "next state", "answered by", "clause"),
                rows_of(machine, letter, state),
            )
        )
    return "\n".join(parts)


INTRO: Final = """\
These are the tables that the engines run on (`signaling/fsm.py`), not a drawing beside them. Tests
hold that every state answers every input and that no step is taken that is not here.

Rows without a mark are handled as the Recommendation draws them. An **error** is a mistake of the
far end (counted, told by the event `ProtocolFault`, answered as the clause says) or of the
application (the request is refused). What is ignored changes nothing. Where no next state is
given, the state stays. Inputs in capitals are messages, or requests and indications of the
neighbouring layer; `T303` and the like are timers that expire.
"""

_NO_ANCHOR: Final = re.compile(r"[^a-z0-9 -]")


def page(title: str, machines: Sequence[Row]) -> str:
    """A page of machines, with a list of them at its head."""
    names = [machine.name for machine, _, _ in machines]
    links = [f"- [{name}](#{_NO_ANCHOR.sub('', name.lower()).replace(' ', '-')})" for name in names]
    parts = [GENERATED, f"# {title}\n", INTRO, "\n".join(links) + "\n"]
    parts += [machine_text(*row) for row in machines]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def text() -> str:
    """The page of ISDN."""
    return page("State machines", MACHINES)
