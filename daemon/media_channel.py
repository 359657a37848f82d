"""A timeslot that carries speech, and everything that media does on it.

``MediaChannel`` belongs to a call, or to a conference (its announcer or recorder, on soft
channels). It knows who wants to listen for what, and gives the board's events to those who are at
work: players, recorders, collections, listeners, analyses, live audio.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from ..board.events import BoardEvent
from ..board.media import Listen
from ..board.model import Law, Timeslot
from ..errors import DriverError, LocalError
from .events_base import CallEvent

if TYPE_CHECKING:
    from .node import BoardUnit, Node


class Owner(Protocol):
    """Whose channel it is: a call, or a conference."""

    @property
    def call_id(self) -> int:
        """0 for a conference."""

    @property
    def device(self) -> str: ...

    playing: str
    recording: str


class Work(Protocol):
    """Something at work on a channel."""

    def heard(self, event: BoardEvent) -> None:
        """An event of the channel's timeslot."""

    def channel_closes(self) -> None:
        """The timeslot is about to be closed: end, and tell so."""

    def events_lost(self) -> None:
        """The board lost events; look at what is there."""


SENDING: Final = frozenset({"play", "audio", "fax"})
"""Kinds of work that send."""


class MediaChannel:
    """One open voice timeslot."""

    def __init__(
        self,
        node: Node,
        unit: BoardUnit,
        timeslot: Timeslot,
        law: Law,
        owner: Owner,
        trunk: str,
        country: str,
    ) -> None:
        self.node: Final = node
        self.unit: Final = unit
        self.timeslot: Final = timeslot
        self.law: Final = law
        self.owner: Final = owner
        self.trunk: Final = trunk
        """Name of the trunk, for those who filter events; "" for conferences."""
        self.country: Final = country
        self.work: dict[str, Work] = {}
        """By kind: "play", "record", "collect", "listen", "analysis", "audio", "fax" …"""
        self._conference: Any = None
        self._source = ""
        self.sends = False
        """Something is sent on it: a message, live audio, a connection, a conference."""
        self.sends_changed: Callable[[bool], None] | None = None
        """Told when ``sends`` is another."""
        self.line_ends: Callable[[Callable[[], None]], bool] | None = None
        """Of lines: calls back when the line's own sound (ringback, dial tone), which was told to
        end, has ended. False: there is none that is ending."""
        self.bridge: Any = None
        """The Bridge by which it hears a call of another board, when that is one way."""
        self.closed = False
        self._wants: dict[str, Listen] = {}
        self._listens = Listen.NONE

    def __repr__(self) -> str:
        return f"<channel {self.owner.device}>"

    # Sending

    @property
    def conference(self) -> Any:
        """The Conference that it is a member of."""
        return self._conference

    @conference.setter
    def conference(self, conference: Any) -> None:
        self._conference = conference
        self._look_at_sending()

    @property
    def source(self) -> str:
        """Whom it hears by a connection: ``call/N`` or ``music/NAME``."""
        return self._source

    @source.setter
    def source(self, source: str) -> None:
        self._source = source
        self._look_at_sending()

    def _look_at_sending(self) -> None:
        self.node.kept.changed(self.owner.call_id)
        work = not SENDING.isdisjoint(self.work)
        sends = work or self._source != "" or self._conference is not None
        if sends != self.sends:
            self.sends = sends
            if self.sends_changed is not None:
                self.sends_changed(sends)

    # Listening

    def want(self, who: str, kinds: Listen) -> None:
        """``who`` (a kind of work) wants these events, and no others any more."""
        if kinds:
            self._wants[who] = kinds
        else:
            self._wants.pop(who, None)
        wanted = Listen.NONE
        for each in self._wants.values():
            wanted |= each
        if wanted != self._listens and not self.closed:
            self.timeslot.listen(wanted)
            self._listens = wanted

    @property
    def listens(self) -> Listen:
        """What all who want to hear something want together."""
        return self._listens

    def waits_for_line(self, begin: Callable[[], None]) -> bool:
        """``begin`` is called later: until then the line's own sound has the timeslot."""
        return not self.closed and self.line_ends is not None and self.line_ends(begin)

    # Work

    def begin(self, kind: str, work: Work) -> None:
        """LocalError when there is work of that kind already."""
        self.check()
        if kind in self.work:
            raise LocalError(f"{self.owner.device} is busy with {kind} already: stop it first")
        self.work[kind] = work
        self._look_at_sending()

    def end(self, kind: str) -> None:
        """That work is over: it wants to hear nothing more."""
        self.work.pop(kind, None)
        self.want(kind, Listen.NONE)
        self._look_at_sending()

    def check(self) -> None:
        """LocalError when the channel is gone."""
        if self.closed:
            raise LocalError(f"{self.owner.device} is closed")

    def heard(self, event: BoardEvent) -> None:
        """An event of the timeslot, for all that is at work."""
        for work in list(self.work.values()):
            try:
                work.heard(event)
            except (LocalError, DriverError) as exc:
                self.node.problem(exc)

    def events_lost(self) -> None:
        for work in list(self.work.values()):
            try:
                work.events_lost()
            except (LocalError, DriverError) as exc:
                self.node.problem(exc)

    def close(self) -> None:
        """The timeslot is about to be closed: everything ends and is told."""
        for work in list(self.work.values()):
            try:
                work.channel_closes()
            except (LocalError, DriverError) as exc:
                self.node.problem(exc)
        self.work.clear()
        self.closed = True
        self.sends_changed = None
        self.line_ends = None

    # Time and telling

    def now(self) -> int:
        """Board time."""
        return self.unit.moment(self.unit.board.clock.now())

    def wall(self, time: int) -> int:
        """Board time as ns since 1970-01-01 UTC."""
        return self.unit.board.clock.wall(time)

    def later(self, seconds: float, action: Callable[[int], None]) -> None:
        """Call ``action(now)`` after so many seconds of board time."""
        self.node.at(self.now() + round(seconds * 1e9), action)

    def tell(self, kind: type[CallEvent], *rest: Any, **named: Any) -> None:
        """An event of the owner, now."""
        node = self.node
        node.seq += 1
        event = kind(
            node.seq, self.wall(self.now()), self.owner.call_id, self.owner.device, *rest, **named
        )
        node.emit(event, self.trunk)
