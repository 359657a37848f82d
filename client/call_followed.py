"""What a call is, as its events tell; and what waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ..daemon import events as ev
from ..daemon import methods as m
from .errors import CallEnded, Refused
from .streams import EventStream

if TYPE_CHECKING:
    from .client import Client

E = TypeVar("E", bound=ev.Event)
R = TypeVar("R")
_STATES: Final[dict[type[ev.Event], str]] = {
    ev.ServiceInitiated: "initiated",
    ev.Originated: "initiated",
    ev.Offered: "initiated",
    ev.Delivered: "alerting",
    ev.Established: "connected",
    ev.Failed: "fail",
    ev.ConnectionCleared: "null",
    ev.Held: "hold",
    ev.Retrieved: "connected",
}
_TOLD: Final = (
    "direction",
    "calling",
    "called",
    "display",
    "application",
    "redirecting",
    "answering",
)


class FollowedCall:
    """A connection as its events tell of it: the attributes follow them."""

    def __init__(self, client: Client, call_id: int) -> None:
        self.client: Final = client
        self.call_id: Final = call_id
        self.device = ""
        """``trunk/NAME/CHANNEL``, as far as it is known."""
        self.direction = ""
        """"in" or "out"."""
        self.state = "initiated"
        """initiated, alerting, connected, hold, fail; null: it is over."""
        self.calling = ""
        self.called = ""
        self.answering = ""
        """Number that answered, if it was said."""
        self.display = ""
        self.redirecting = ""
        """Who diverted the call here."""
        self.application = ""
        self.owner = ""
        """Session that owns it."""
        self.cause = ""
        """Why it ended (ECMA-269)."""
        self.q850 = 0
        self._streams: Final[set[EventStream[Any]]] = set()
        self._listening: Final[set[EventStream[Any]]] = set()
        """Those of digits_heard."""
        self._presented = False

    def __repr__(self) -> str:
        return f"<Call {self.call_id} {self.device} {self.state}>"

    @property
    def trunk(self) -> str:
        """Name of its trunk."""
        return self.device.removeprefix("trunk/").split("/")[0]

    @property
    def waits(self) -> bool:
        """It came in and nobody has answered it."""
        return self.direction == "in" and self.state in ("initiated", "alerting")

    @property
    def ended(self) -> bool:
        return self.state == "null"

    # What the client tells

    def take(self, event: ev.CallEvent) -> bool:
        """Follow an event; true: now it is presented to applications."""
        self.device = event.device or self.device
        if not isinstance(event, ev.OwnerLost):
            self.owner = event.owner
        self.state = _STATES.get(type(event), self.state)
        for name in _TOLD:
            value = getattr(event, name, "")
            if value:
                setattr(self, name, value)
        if isinstance(event, ev.Offered):
            self.direction = "in"  # it says so by its name only
        if isinstance(event, ev.Failed | ev.ConnectionCleared):
            self.cause, self.q850 = event.cause, event.q850
        arrives = self.direction == "in" and isinstance(event, ev.Offered | ev.Delivered)
        return self._present(arrives)

    def put_info(self, info: m.CallInfo) -> bool:
        """As ``take``, of a snapshot."""
        self.device = f"trunk/{info.trunk}" + (f"/{info.channel}" if info.channel else "")
        for name in ("direction", "calling", "called", "answering", "application", "owner"):
            setattr(self, name, getattr(info, name))
        mine = [c.state for c in info.connections if c.call_id == self.call_id]
        self.state = mine[0] if mine else info.state
        return self._present(self.waits)

    def _present(self, arrives: bool) -> bool:
        first = arrives and not self._presented
        self._presented = self._presented or arrives
        return first

    def tell(self, event: ev.Event) -> None:
        """Hand an event to the streams."""
        for stream in list(self._streams):
            stream.put(event)
        if self.ended:
            self.end_streams(None)

    def restarted(self) -> None:
        """The daemon was killed and started anew: what listened there is over."""
        for stream in self._listening:
            stream.close()
        self._listening.clear()

    def lost(self) -> None:
        """It ended while nobody was told."""
        self.state, self.cause = "null", "lost"
        self.end_streams(None)

    def end_streams(self, error: Exception | None) -> None:
        for stream in list(self._streams):
            stream.end(error)
        self._streams.clear()

    # Events

    def events(self, *kinds: type[E], **fields: Any) -> EventStream[E]:
        """Its events from now on; the stream ends with the call."""
        stream: EventStream[E] = EventStream(kinds, fields, self._streams.discard)
        if self.ended:
            stream.end()
        else:
            self._streams.add(stream)
        return stream

    async def wait(self, kind: type[E], **fields: Any) -> E:
        """The next event of a kind with these values; CallEnded if there will be none."""
        with self.events(kind, **fields) as stream:
            return await self._next(stream)

    async def _next(self, stream: EventStream[E]) -> E:
        event = await stream.next()
        if event is None:
            raise CallEnded(self)
        return event

    async def over(self) -> str:
        """Wait until it has ended; the cause."""
        with self.events(ev.ConnectionCleared) as stream:
            await stream.next()
        return self.cause

    async def while_up(self, work: Coroutine[Any, Any, R]) -> R:
        """The result of ``work``; it is cancelled, and CallEnded raised, when the call ends
        first."""
        doing = asyncio.ensure_future(work)
        over = asyncio.ensure_future(self.over())
        try:
            await asyncio.wait((doing, over), return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise CallEnded(self)
            return doing.result()
        finally:
            doing.cancel()
            over.cancel()
            await asyncio.gather(doing, over, return_exceptions=True)

    # Requests

    async def request(self, params: m.Params, then: Callable[[Any], Any] | None = None) -> Any:
        """A request that concerns this call; CallEnded when it is over. ``then``: made of the
        result at its place among the events."""
        if self.ended:
            raise CallEnded(self)
        try:
            return await self.client.request(params, then)
        except Refused as exc:
            over = exc.word == "invalidCallID" or self.state in ("null", "fail")
            if over and exc.word in ("invalidCallID", "invalidConnectionState"):
                raise CallEnded(self) from exc
            raise
