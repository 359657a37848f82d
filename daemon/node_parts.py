"""What a node is made of: boards at work, and what those must have that use them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from ..board.call_control import ControlEvent
from ..board.clock import Clock
from ..board.events import BoardEvent
from ..board.model import Board, Loopback, Span
from ..board.t1 import FdlCode, FdlReceived, T1Span
from .methods import BoardInfo, SpanInfo

if TYPE_CHECKING:
    from .node import Node
    from .ss7_line import Line


class Source(Protocol):
    """A signalling link whose frames can be traced: a PRI trunk's or one of a signalling point."""

    name: str
    clock: Clock
    link_type: int
    """Of pcap: 177 LAPD, 140 MTP2."""

    def where(self) -> tuple[str, int]:
        """Span (``b0/1``) and timeslot."""


class Tap(Protocol):
    """Sees every frame of the signalling links: ``sent`` is True for those from us; ``time`` is
    board time."""

    def __call__(self, source: Source, time: int, sent: bool, frame: bytes) -> None: ...


class LineTap(Protocol):
    """Sees what the lines of a trunk show and what is asked of them, in words; else as Tap.
    ``minor``: only the end of what was told before."""

    def __call__(
        self, source: LineSource, time: int, sent: bool, channel: int, text: str, minor: bool
    ) -> None: ...


class LineSource(Protocol):
    """A trunk of lines that can be traced."""

    name: str
    clock: Clock

    def spans(self) -> str:
        """Span (``b0/1``)."""


class LineEventTaker(Protocol):
    """Who gets what a board tells of a timeslot's bits or loop."""

    def line_event(self, event: BoardEvent) -> None: ...
    def events_lost(self, now: int) -> None: ...


class ControlEventTaker(Protocol):
    """Who gets what a board tells of a channel's calls."""

    def control_event(self, event: ControlEvent) -> None: ...
    def events_lost(self, now: int) -> None: ...


class Signaller(Protocol):
    """What has an engine: a PRI trunk, a signalling point."""

    deadline: int | None
    """Board time when ``handle_timeout`` is due."""

    def start(self, now: int) -> None: ...
    def now(self) -> int: ...
    def handle_timeout(self, now: int) -> None: ...


class Timed:
    """A Signaller whose deadline the node looks at only when it is another than it was."""

    node: Node
    _deadline: int | None = None

    @property
    def deadline(self) -> int | None:
        """Board time when ``handle_timeout`` is due."""
        return self._deadline

    @deadline.setter
    def deadline(self, time: int | None) -> None:
        if time != self._deadline:
            self._deadline = time
            self.node.deadlines_changed()


class FrameTaker(Protocol):
    """Who gets the frames of a timeslot."""

    def receive(self, frame: bytes, now: int) -> None: ...


class SpanUser(Protocol):
    """Who wants to know of a span's alarms."""

    name: str

    def alarms_changed(self, now: int) -> None: ...


class Watcher(Protocol):
    """Who calls when a descriptor is readable: the event loop."""

    def add_reader(self, fd: int, callback: Callable[[], None], /) -> object: ...
    def remove_reader(self, fd: int, /) -> object: ...


_FDL_WORDS: Final = {-1: "message", **{c.value: c.name.lower().replace("_", " ") for c in FdlCode}}


class BoardUnit:
    """One ``[[board]]`` at work."""

    def __init__(self, name: str, board: Board) -> None:
        self.name = name
        self.board = board
        self.by_timeslot: dict[tuple[int, int], FrameTaker] = {}
        self.by_span: dict[int, list[SpanUser]] = {}
        self.lines: dict[tuple[int, int], Line] = {}
        """SS7 links, by span and timeslot."""
        self.line_takers: dict[tuple[int, int], LineEventTaker] = {}
        """Trunks of lines, by span and timeslot."""
        self.controlled: dict[tuple[int, int], ControlEventTaker] = {}
        """Trunks whose calls the board controls, by span and timeslot."""
        self.hearers: dict[tuple[int, int], Callable[[BoardEvent], bool]] = {}
        """By span and timeslot: who hears media events first; True: nobody else shall."""
        self.alarms_since: dict[int, int] = {}
        self.loopback: dict[int, Loopback] = {}
        self.events_lost = 0
        self._latest = 0

    def moment(self, time: int) -> int:
        """``time``, or the latest time that this board's engines were told, if that is later.

        A block's events come after it ended, so a request may have been served at a later time
        already; an engine's time must not go back.
        """
        if time > self._latest:
            self._latest = time
        return self._latest

    def info(self) -> BoardInfo:
        stats = self.board.stats()
        ran = stats.blocks * stats.block_ns
        return BoardInfo(
            name=self.name,
            address=self.board.address,
            spans=len(self.board.spans),
            load=round(stats.busy_ns / ran, 4) if ran else 0.0,
            overruns=stats.overruns,
            events_lost=stats.events_lost,
        )

    def looped(self, span: Span) -> Loopback:
        """What a span loops now; a T1 knows what the far end made it loop."""
        if isinstance(span, T1Span):
            return span.looped()
        return self.loopback.get(span.number, Loopback.NONE)

    def fdl_words(self, event: FdlReceived) -> tuple[str, str, int, str, str, str]:
        """The trunk on the event's span, and the fields of events.FdlReceived."""
        what = _FDL_WORDS.get(event.code, "")
        users = self.by_span.get(event.span, [])
        return (
            users[0].name if users else "",
            f"{self.name}/{event.span}",
            event.code,
            what,
            event.message.hex(),
            self.looped(self.board.span(event.span)).value,
        )

    def span_infos(self) -> list[SpanInfo]:
        """Its spans as clients see them."""
        made = []
        for span in self.board.spans:
            counters = span.counters()
            users = self.by_span.get(span.number, [])
            since = self.alarms_since.get(span.number, 0)
            made.append(
                SpanInfo(
                    name=f"{self.name}/{span.number}",
                    board=self.name,
                    number=span.number,
                    kind=span.kind.value,
                    trunk=", ".join(dict.fromkeys(user.name for user in users)),
                    alarms=[a.name for a in sorted(span.alarms)],
                    since=self.board.clock.wall(since) if since else 0,
                    counters={
                        "frames": counters.frames,
                        "fas_errors": counters.fas_errors,
                        "crc4_errors": counters.crc4_errors,
                        "e_bits": counters.e_bits,
                        "slips": counters.slips,
                        "crc6_errors": counters.crc6_errors,
                        **(
                            dataclasses.asdict(span.t1_counters())
                            if isinstance(span, T1Span)
                            else {}
                        ),
                        **{f"alarm_{a.name}": n for a, n in counters.alarms.items()},
                    },
                    loopback=self.looped(span).value,
                )
            )
        return made
