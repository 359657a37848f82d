"""Ladder diagrams in text: who said what to whom, when, and what mattered in it.

      time  user                             network
     0.000  |--SETUP ref 1------------------------>|  channel 1 preferred  from 4960  to 2071
     0.012  |<--------------CALL PROCEEDING ref 1--|  channel 1 exclusive

Good in 100 columns; plain text, or with rich markup for a terminal in colours.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from rich.markup import escape

from ..signaling.dissect import FROM_NETWORK, FROM_USER, RECEIVED, SENT, Dissection

SECOND: Final = 1_000_000_000
TIME_COLUMN: Final = 10
ARROW_COLUMN: Final = 38
GAP: Final = "  "
LEAST_WIDTH: Final = 72

CALL_COLOURS: Final = ("cyan", "magenta", "green", "yellow", "blue")


class Ladder:
    """Draws one link, step by step, for files and for live traces.

    ``left`` and ``right``: names of the two ends; what FROM_USER or SENT says goes to the right.
    ``width``: columns. ``markup``: lines are rich markup. ``link``: also the receive-ready frames
    that only keep the link going.
    """

    def __init__(
        self,
        left: str = "user",
        right: str = "network",
        width: int = 100,
        markup: bool = False,
        link: bool = False,
    ) -> None:
        self.left: Final = left
        self.right: Final = right
        self.width: Final = max(width, LEAST_WIDTH)
        self.markup: Final = markup
        self.link: Final = link
        self.start = -1
        self.hidden: dict[str, int] = {}
        """Frames left out so far because they only keep the link going, by what they are."""

    def heading(self) -> list[str]:
        """The line that names the columns."""
        room = ARROW_COLUMN + 2 - len(self.right)
        ends = f"{self.left[: room - 1]:<{room}}{self.right}"
        line = f"{'time':>{TIME_COLUMN}}{GAP}{ends}"
        return [f"[bold]{escape(line)}[/bold]" if self.markup else line]

    def step(self, time: int, frame: Dissection) -> list[str]:
        """The lines of a frame at ``time`` (ns); [] if it is left out."""
        if self.start < 0:
            self.start = time
        if frame.bare and not self.link:
            self.hide(frame)
            return []
        clock = f"{(time - self.start) / SECOND:{TIME_COLUMN}.3f}"
        arrow = self._arrow(frame)
        notes = list(frame.notes)
        notes += [f"! {reason}" for reason in frame.reasons()]
        column = TIME_COLUMN + len(GAP) + ARROW_COLUMN + 2 + len(GAP)
        wrapped = _wrap(notes, self.width - column)
        first = wrapped[0] if wrapped else ""
        lines = [f"{clock}{GAP}{arrow}{GAP}{self._note(first)}".rstrip()]
        rung = f"|{' ' * ARROW_COLUMN}|"
        margin = " " * TIME_COLUMN
        return lines + [f"{margin}{GAP}{rung}{GAP}{self._note(more)}" for more in wrapped[1:]]

    def hide(self, frame: Dissection) -> None:
        """Count a frame that is not drawn."""
        self.hidden[frame.title] = self.hidden.get(frame.title, 0) + 1

    def _arrow(self, frame: Dissection) -> str:
        """``|--SETUP ref 1---->|``, its head where the frame went, ``?`` where that is unknown."""
        label = f"{frame.title} {frame.call}".rstrip()
        if len(label) > ARROW_COLUMN - 6:
            label = label[: ARROW_COLUMN - 7] + "…"
        rest = ARROW_COLUMN - len(label) - 3
        shown = label
        if self.markup:
            colour = CALL_COLOURS[sum(frame.call.encode()) % len(CALL_COLOURS)]
            shown = f"[bold {colour}]{escape(label)}[/bold {colour}]"
        if frame.direction in (FROM_USER, SENT):
            return f"|--{shown}{'-' * rest}>|"
        if frame.direction in (FROM_NETWORK, RECEIVED):
            return f"|<{'-' * rest}{shown}--|"
        return f"|?-{shown}{'-' * rest}?|"

    def _note(self, note: str) -> str:
        if not self.markup:
            return note
        return f"[red]{escape(note)}[/red]" if note.startswith("!") else escape(note)


def ladder(
    frames: Iterable[tuple[int, Dissection]],
    left: str = "user",
    right: str = "network",
    width: int = 100,
    markup: bool = False,
    link: bool = False,
) -> Iterator[str]:
    """The whole diagram of ``frames``: times in ns and what was dissected, in order."""
    drawing = Ladder(left, right, width, markup, link)
    yield from drawing.heading()
    for time, frame in frames:
        yield from drawing.step(time, frame)
    yield from hidden_line([drawing])


def hidden_line(ladders: Iterable[Ladder]) -> list[str]:
    """How many frames were left out, of which kinds; [] if none were."""
    hidden: dict[str, int] = {}
    for drawing in ladders:
        for title, count in drawing.hidden.items():
            hidden[title] = hidden.get(title, 0) + count
    if not hidden:
        return []
    total = sum(hidden.values())
    return [f"({total} {' and '.join(hidden)} frame{'' if total == 1 else 's'} not shown)"]


def _wrap(notes: list[str], width: int) -> list[str]:
    """Notes side by side as long as they fit, each kept whole if it can be."""
    lines: list[str] = []
    for note in notes:
        if lines and len(lines[-1]) + 2 + len(note) <= width and not note.startswith("!"):
            lines[-1] += "  " + note
        else:
            lines += textwrap.wrap(note, width) or [""]
    return lines
