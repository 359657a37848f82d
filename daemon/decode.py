"""Captured frames for people and programs: text, JSON lines, ladder.

``decode_file`` reads any capture; the renderers take frames one by one and so serve live traces
too. What cannot be decoded is shown raw with the reason.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, TextIO

import msgspec
from rich.console import Console
from rich.markup import escape

from ..board.capture import CapturedFrame, Direction, read_capture
from ..errors import RemoteError
from ..signaling.dissect import (
    FROM_NETWORK,
    FROM_USER,
    RECEIVED,
    SENT,
    UNKNOWN_DIRECTION,
    Dissection,
    Field,
    dissect,
)
from .decode_ss7 import (
    LEAST_MSU,
    SS7_TYPES,
    Labels,
    Sides,
    dissect_ss7,
    ends,
    labels_of,
    ladder_key,
    link_of,
)
from .events import LINE_SIGNALS
from .ladder import Ladder, hidden_line

DIRECTION_WORDS: Final[dict[int, str]] = {
    FROM_USER: "user -> network",
    FROM_NETWORK: "network -> user",
    SENT: "sent",
    RECEIVED: "received",
    UNKNOWN_DIRECTION: "direction unknown",
}
DIRECTION_NAMES: Final[dict[int, str]] = {
    FROM_USER: "user-to-network",
    FROM_NETWORK: "network-to-user",
    SENT: "sent",
    RECEIVED: "received",
    UNKNOWN_DIRECTION: "unknown",
}
"""The same in JSON."""

RAW_SHOWN: Final = 16
"""Octets of a field shown beside its words; JSON has them all."""


class Renderer(Protocol):
    """Turns frames into lines. ``number``: the frame's, from 1."""

    def lines(self, number: int, frame: CapturedFrame) -> list[str]: ...

    def closing(self) -> list[str]:
        """What is to be said after the last frame."""


MINOR: Final = "minor"
"""Comment of a line's signal that is only the end of another."""

_SAID: Final = Labels()
"""The labels that captures of our own say."""


def dissected(frame: CapturedFrame, labels: Labels = _SAID) -> Dissection:
    """A captured frame's tree, with the direction made out as far as the capture says."""
    if frame.link_type == LINE_SIGNALS:
        minor = frame.comment == MINOR
        return Dissection("lines", frame.data.decode(), _direction(frame), [], bare=minor)
    if frame.link_type in SS7_TYPES:
        return dissect_ss7(frame, _direction(frame), labels.of(frame))
    return dissect(frame.link_type, frame.data, _direction(frame))


def _direction(frame: CapturedFrame) -> int:
    if frame.direction == Direction.UNKNOWN:
        return UNKNOWN_DIRECTION
    out = frame.direction == Direction.OUT
    if frame.network is None:
        return SENT if out else RECEIVED
    return FROM_NETWORK if out == frame.network else FROM_USER


def _cut(frame: CapturedFrame) -> str:
    """Says so if the capturing program did not keep the whole frame."""
    if frame.length <= len(frame.data):
        return ""
    return f"cut by the capture: {len(frame.data)} of {frame.length} octets kept"


class TextRenderer:
    """Each frame as a line that says what it is, and its fields indented below."""

    def __init__(self, markup: bool = False, labels: Labels = _SAID) -> None:
        self.markup: Final = markup
        self.labels: Final = labels

    def lines(self, number: int, frame: CapturedFrame) -> list[str]:
        tree = dissected(frame, self.labels)
        where = frame.interface or f"link type {frame.link_type}"
        head = f"{number}  {clock(frame.time_ns)}  {where}  {DIRECTION_WORDS[tree.direction]}"
        if self.markup:
            lines = [f"{escape(head)}  [bold]{escape(tree.summary)}[/bold]"]
        else:
            lines = [f"{head}  {tree.summary}"]
        if frame.link_type != LINE_SIGNALS:
            lines += [f"    {self._said(line)}" for line in frame.comment.splitlines()]
        cut = _cut(frame)
        if cut:
            lines.append(f"    {self._wrong(cut)}")
        for field in tree.fields:
            self._field(field, 1, lines)
        return lines

    def closing(self) -> list[str]:
        return []

    def _field(self, field: Field, depth: int, lines: list[str]) -> None:
        indent = "    " * depth
        lines.append(f"{indent}{self._said(f'{field.name}: {field.text}')}{self._octets(field)}")
        if field.reason:
            lines.append(f"{indent}    {self._wrong(field.reason)}")
            if len(field.raw) > RAW_SHOWN:
                lines.append(f"{indent}    {self._said(field.raw.hex(' '))}")
        for child in field.children:
            self._field(child, depth + 1, lines)

    def _octets(self, field: Field) -> str:
        if not field.raw or len(field.raw) > RAW_SHOWN or field.name.startswith("Q."):
            return ""
        octets = f"  [{field.raw.hex(' ')}]"
        return f"[dim]{escape(octets)}[/dim]" if self.markup else octets

    def _said(self, text: str) -> str:
        return escape(text) if self.markup else text

    def _wrong(self, text: str) -> str:
        return f"[red]! {escape(text)}[/red]" if self.markup else f"! {text}"


class JsonRenderer:
    """Each frame as one JSON object on one line; octets are in hexadecimal."""

    def __init__(self, labels: Labels = _SAID) -> None:
        self.labels: Final = labels

    def lines(self, number: int, frame: CapturedFrame) -> list[str]:
        tree = dissected(frame, self.labels)
        cut = _cut(frame)
        record = {
            "number": number,
            "time_ns": frame.time_ns,
            "interface": frame.interface,
            "link_type": frame.link_type,
            "direction": DIRECTION_NAMES[tree.direction],
            "protocol": tree.protocol,
            "title": tree.title,
            "call": tree.call,
            "notes": tree.notes,
            "fields": [field_object(field) for field in tree.fields],
            "reasons": tree.reasons() + ([cut] if cut else []),
            "raw": frame.data.hex(),
        }
        if frame.link_type == LINE_SIGNALS:
            record |= {"line": link_of(frame), "raw": "", "minor": tree.bare}
        elif frame.comment:
            record["comment"] = frame.comment
        return [msgspec.json.encode(record).decode()]

    def closing(self) -> list[str]:
        return []


def field_object(field: Field) -> dict[str, object]:
    """A field and what is below it, for JSON; "children" and "reason" only if there are."""
    value = field.value.hex() if isinstance(field.value, bytes) else field.value
    out: dict[str, object] = {
        "name": field.name,
        "text": field.text,
        "value": value,
        "raw": field.raw.hex(),
    }
    if field.children:
        out["children"] = [field_object(child) for child in field.children]
    if field.reason:
        out["reason"] = field.reason
    return out


class LadderRenderer:
    """A ladder for each interface; a heading says which one it is when that changes. The links of
    SS7 to one signalling point, and the calls on them, are one ladder."""

    def __init__(
        self,
        markup: bool = False,
        width: int = 100,
        link: bool = False,
        labels: Labels = _SAID,
    ) -> None:
        self.markup: Final = markup
        self.width: Final = width
        self.link: Final = link
        self.labels: Final = labels
        self._sides: Final = Sides()
        self._last: Final[dict[tuple[str, Direction], bytes]] = {}
        self.ladders: Final[dict[str, Ladder]] = {}
        self.start = -1
        self.shown: str | None = None

    def lines(self, number: int, frame: CapturedFrame) -> list[str]:
        if self.start < 0:
            self.start = frame.time_ns
        key = ladder_key(frame)
        tree = self._sides.placed(key, dissected(frame, self.labels))
        name = link_of(frame)
        if name:
            tree.notes.insert(0, name)
        ladder = self.ladders.get(key)
        lines: list[str] = []
        if ladder is None:
            left, right = _ends(frame, tree)
            ladder = Ladder(left, right, self.width, self.markup, self.link)
            ladder.start = self.start
            self.ladders[key] = ladder
        if self._repeats(frame) and not self.link:
            ladder.hide(tree)
            return []
        steps = ladder.step(frame.time_ns, tree)
        if steps and self.shown != key:
            lines += self._heading(key, ladder)
        cut = _cut(frame)
        if steps and cut:
            steps.append(f"            ! {cut}")
        return lines + steps

    def _repeats(self, frame: CapturedFrame) -> bool:
        """A fill-in of SS7 that is on the line again, as boards tell each twice."""
        if frame.link_type not in SS7_TYPES:
            return False
        where = (frame.interface, frame.direction)
        again = self._last.get(where) == frame.data and len(frame.data) < LEAST_MSU
        self._last[where] = frame.data
        return again

    def closing(self) -> list[str]:
        return hidden_line(self.ladders.values())

    def _heading(self, interface: str, ladder: Ladder) -> list[str]:
        self.shown = interface
        named = f"[bold]{escape(interface)}[/bold]" if self.markup else interface
        return ([named] if interface else []) + ladder.heading()


def _ends(frame: CapturedFrame, tree: Dissection) -> tuple[str, str]:
    """Names of the left and the right end of an interface's ladder."""
    codes = ends(tree)
    if codes is not None:
        here = "" if frame.direction == Direction.UNKNOWN else " (here)"
        return codes[0] + here, codes[1]
    if frame.network is not None:
        return ("user", "network (here)") if frame.network else ("user (here)", "network")
    if tree.direction in (SENT, RECEIVED):
        return "here", "far end"
    return "user", "network"


def clock(time_ns: int) -> str:
    """A capture's time in UTC to the microsecond; seconds where there is no such date."""
    try:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_ns // 1000)
    except OverflowError:
        return f"{time_ns // 1_000_000_000}.{time_ns % 1_000_000_000:09d}"
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")


def render_file(path: str | os.PathLike[str], renderer: Renderer) -> Iterator[str]:
    """The lines of a capture. ConfigError where it cannot be opened, CaptureError where it is
    broken, after the lines of all frames before that place.
    """
    for number, frame in enumerate(read_capture(path), 1):
        yield from renderer.lines(number, frame)
    yield from renderer.closing()


def ladder_file(path: str | os.PathLike[str], renderer: LadderRenderer) -> Iterator[str]:
    """The ladders of a capture, one after the other."""
    keys: dict[str, None] = {}
    broken: RemoteError | None = None
    try:
        for frame in read_capture(path):
            keys.setdefault(ladder_key(frame))
            if renderer.start < 0:
                renderer.start = frame.time_ns
    except RemoteError as error:
        broken = error
    for key in keys:
        frames = enumerate(read_capture(path), 1)
        while True:
            try:
                number, frame = next(frames)
            except (StopIteration, RemoteError):
                break
            if ladder_key(frame) == key:
                yield from renderer.lines(number, frame)
    yield from renderer.closing()
    if broken is not None:
        raise broken


def decode_file(
    path: str | os.PathLike[str],
    out: TextIO,
    as_json: bool = False,
    ladder: bool = False,
    link: bool = False,
    label: str = "",
) -> None:
    """Print a capture: as text, as JSON lines or as ladders. Colours if ``out`` is a terminal.

    ``link``: ladders also show the frames that only keep the link going (RR, FISU). ``label``:
    of SS7, itu, china24 or ansi24; empty: it is made out. The file may be broken: its good frames
    are printed, then CaptureError says where and why.
    """
    colours = out.isatty() and not as_json
    console = Console(file=out, highlight=False, soft_wrap=True) if colours else None
    width = console.width if console is not None else 100
    labels = labels_of(path, label)
    if as_json:
        lines = render_file(path, JsonRenderer(labels))
    elif ladder:
        lines = ladder_file(path, LadderRenderer(colours, width, link, labels))
    else:
        lines = render_file(path, TextRenderer(colours, labels))
    for line in lines:
        if console is not None:
            console.print(line)
        else:
            out.write(line + "\n")
