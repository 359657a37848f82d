"""A daemon, as an asyncio application sees it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from typing import Any, Final, TypeVar

from ..daemon import events as ev
from ..daemon import methods as m
from ..daemon import methods_media as mm
from ..daemon.client_address import Access
from ..daemon.methods_session import OnLoss
from ..errors import Error
from .calls import Call
from .conference import Conference
from .errors import CallEnded, ConnectionLost
from .link import Link, Then
from .streams import EventStream

log = logging.getLogger(__name__)
E = TypeVar("E", bound=ev.Event)
Handler = Callable[[Call], Awaitable[None]]


class Client:
    """``async with Client() as trunkd``: calls, events and every method of a daemon.

    ``address``: a socket's path, ``tcp://host:port``, ``tls://host:port``; left out: where the
    daemon usually is. A remote one wants a ``token`` (or a ``token_file`` that holds it) or, with
    TLS, a ``certificate`` with its ``key``; ``ca`` is the file of who signed the daemon's. They
    are read again at each connection. ``name``: told to the daemon. ``session``: name that owns the
    calls, the same over reconnects; left out: one of this client's own; with a name of the
    application's and the ``secret`` that the daemon gave for it, its calls are taken back after a
    crash. ``on_loss``:
    what becomes of calls while no connection is there; left out: they stay up. ``trunks`` and
    ``events``: only events of these trunks and kinds are asked for; empty: all (calls are followed
    by events of calls, so those are always asked for). ``timeout``: seconds for an answer.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        name: str = "",
        session: str = "",
        secret: str = "",
        token: str = "",
        token_file: str = "",
        ca: str = "",
        certificate: str = "",
        key: str = "",
        on_loss: OnLoss | None = None,
        trunks: Iterable[str] = (),
        events: Iterable[type[ev.Event]] = (),
        timeout: float = 30.0,
    ) -> None:
        access = Access(token, ca, certificate, key, token_file)
        self._link: Final = Link(self, address, access, timeout)
        self.name: Final = name or f"python-{os.getpid()}"
        self.session: Final = session or f"{_label(self.name)}-{secrets.token_hex(5)}"
        self.secret = secret
        """Of the session; keep it to take the session over after a crash."""
        self._on_loss: Final = on_loss
        self._trunks: Final = list(trunks)
        self._kinds: Final = tuple(events)
        self._streams: Final[set[EventStream[Any]]] = set()
        self._traces: Final[set[EventStream[Any]]] = set()
        self.calls: Final[dict[int, Call]] = {}
        """By callId: all that there are at the trunks asked for, whoever placed them."""
        self._arrivals: Final[set[asyncio.Queue[Call | None]]] = set()
        self._tasks: Final[set[asyncio.Task[Any]]] = set()
        self.welcome: m.Welcome | None = None
        """The daemon's last hello."""
        self.seq = 0
        """The last event seen."""
        self.resynchronised = 0
        """How often events were lost and the state was taken from a snapshot instead."""

    async def __aenter__(self) -> Client:
        await self.open()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def open(self) -> Client:
        """Connect; Unreachable when no daemon answers. From then on it reconnects by itself."""
        await self._link.open()
        return self

    async def close(self) -> None:
        """End the connection, all streams and the tasks of ``serve``. Calls stay up."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._link.close()
        self._end_streams(None)

    @property
    def address(self) -> str:
        return self._link.address

    @property
    def instance(self) -> str:
        """The daemon's run that it is connected to, or was last."""
        return self.welcome.instance if self.welcome is not None else ""

    @property
    def local(self) -> bool:
        """The daemon is on this machine, on a Unix socket."""
        return self._link.local

    @property
    def connections(self) -> int:
        """How many there were: above 1 it has reconnected."""
        return self._link.connections

    # Requests

    async def request(self, params: m.Params, then: Then | None = None) -> Any:
        """Any method of the daemon: its parameters in, its typed result out; Refused when the
        daemon says no."""
        return await self._link.ask(params, then)

    def post(self, params: m.Params) -> None:
        """A request whose result nobody waits for; that it was refused is logged."""
        self.spawn(self._posted(params))

    async def _posted(self, params: m.Params) -> None:
        try:
            await self._link.ask(params)
        except Error as exc:
            log.info("%s: %s", type(params).__name__, exc)

    async def place(self, params: m.Params) -> Call:
        """A request whose result names a connection that is made: makeCall, consultationCall …"""
        call: Call = await self._link.ask(params, self.placed)
        return call

    def placed(self, made: Any) -> Call:
        """The connection that a result names."""
        # At its place among the events: the call may be over before anybody looks.
        call = self._call(made.call_id, made.device)
        call.direction = "out"
        return call

    async def make_call(self, called: str = "", device: str = "", **more: Any) -> Call:
        """Place a call (``more``: fields of MakeCall). ``await call.answered()`` waits for it."""
        return await self.place(m.MakeCall(called=called, device=device, **more))

    async def snapshot(self) -> m.SnapshotInfo:
        """Calls, trunks and spans as of one event."""
        result: m.SnapshotInfo = await self.request(m.Snapshot())
        return result

    async def links_up(self, *trunks: str) -> None:
        """Wait until the signalling of these trunks is up; none named: of all."""
        with self.events(ev.LinkChanged, up=True) as stream:
            there = (await self.request(m.Trunks())).trunks
            waiting = {t.name for t in there if not t.up}
            waiting &= set(trunks) if trunks else waiting
            while waiting:
                event = await stream.next()
                if event is None:
                    raise ConnectionLost("the client was closed")
                waiting.discard(event.trunk)

    async def conference(self, name: str = "", **more: Any) -> Conference:
        """Make a conference (``more``: fields of CreateConference)."""
        params = mm.CreateConference(name=name, **more)
        made = await self.request(params)
        return Conference(self, made.conference, params)

    # What happens

    def events(self, *kinds: type[E], **fields: Any) -> EventStream[E]:
        """Events from now on; of these kinds, and with these values, where they are given."""
        return self._stream(self._streams, kinds, fields)

    def trace(self) -> EventStream[Any]:
        """Frames of signalling, as TraceStart asks for them."""
        return self._stream(self._traces, (ev.TraceFrame,), {})

    def _stream(self, streams: set[EventStream[Any]], kinds: Any, fields: Any) -> EventStream[Any]:
        stream = EventStream(kinds, fields, streams.discard)
        streams.add(stream)
        return stream

    async def incoming(
        self, trunk: str = "", application: str = "", called: str = ""
    ) -> AsyncGenerator[Call, None]:
        """Calls that come in; at first those that ring already and that nobody owns. Only those of
        a trunk, for an application (`[[dnis]]`) or to a number, where they are given."""
        queue: asyncio.Queue[Call | None] = asyncio.Queue()
        for call in list(self.calls.values()):
            if (
                call.direction == "in"
                and call.state in ("initiated", "alerting")
                and not call.owner
            ):
                queue.put_nowait(call)
        self._arrivals.add(queue)
        try:
            while (arrived := await queue.get()) is not None:
                ours = trunk in ("", arrived.trunk) and called in ("", arrived.called)
                if ours and application in ("", arrived.application):
                    yield arrived
        finally:
            self._arrivals.discard(queue)

    async def serve(
        self, handler: Handler, trunk: str = "", application: str = "", called: str = ""
    ) -> None:
        """``handler(call)`` as a task of its own for each call that comes in (as of ``incoming``),
        until cancelled.

        A handler ends with its call (CallEnded) or hangs up; what else it raises is logged, and the
        call is cleared.
        """
        async with contextlib.aclosing(self.incoming(trunk, application, called)) as calls:
            async for call in calls:
                self.spawn(self._handle(handler, call))

    def spawn(self, work: Awaitable[Any]) -> asyncio.Task[Any]:
        """A task that ends with the client at the latest."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _handle(self, handler: Handler, call: Call) -> None:
        try:
            async with call:
                await handler(call)
        except CallEnded:
            pass
        except Exception:
            log.exception("call %d: the application failed", call.call_id)

    # Of the link

    async def greet(self, link: Link) -> bool:
        """Say hello and subscribe from the last event seen."""
        instance = self.instance
        hello = m.Hello(
            client=self.name,
            session=self.session,
            secret=self.secret,
            token=link.token(),
            on_loss=self._on_loss,
        )
        welcome: m.Welcome = await link.ask(hello, greeting=True)
        first, self.welcome = self.welcome is None, welcome
        self.secret = welcome.secret or self.secret
        wanted = m.Subscribe(
            after=None if first else self.seq,
            instance=instance,
            trunks=self._trunks,
            events=sorted({k.__name__ for k in (*self._kinds, *FOLLOWED)}) if self._kinds else [],
        )
        answer: m.Subscribed = await link.ask(wanted, greeting=True, then=self._subscribed)
        if first or not answer.resumed:
            self.resynchronised += not first
            await link.ask(m.Snapshot(), greeting=True, then=self._take_snapshot)
        return "keys" in welcome.features

    def _subscribed(self, answer: m.Subscribed) -> m.Subscribed:
        if not self.seq or not answer.resumed:
            self.seq = answer.seq
        return answer

    def event(self, event: ev.Event) -> None:
        """One event, in order."""
        self.seq = max(self.seq, event.seq)
        call = None
        if isinstance(event, ev.CallEvent) and event.call_id:
            # Some follow the end of a call: only what begins one makes one.
            call = self.calls.get(event.call_id)
            if call is None and isinstance(event, BEGIN):
                call = self._call(event.call_id, event.device)
            if call is not None and call.take(event):
                self._arrived(call)
        for stream in list(self._streams):
            stream.put(event)
        if call is not None:
            call.tell(event)
        if isinstance(event, ev.ConnectionCleared):
            self.calls.pop(event.call_id, None)
        elif isinstance(event, ev.EventsLost):
            self.spawn(self._resynchronise())
        elif isinstance(event, ev.Restarted):
            for call in list(self.calls.values()):
                call.restarted()

    def frame(self, frame: ev.TraceFrame) -> None:
        for stream in list(self._traces):
            stream.put(frame)

    def ended(self, error: Exception) -> None:
        """The daemon refuses us: nothing more will come."""
        self._end_streams(error)

    async def _resynchronise(self) -> None:
        self.resynchronised += 1
        try:
            await self._link.ask(m.Snapshot(), self._take_snapshot)
        except Error as exc:
            log.warning("no snapshot after lost events: %s", exc)

    def _take_snapshot(self, snapshot: m.SnapshotInfo) -> m.SnapshotInfo:
        """Calls as they are at this place among the events."""
        there = {info.call_id for info in snapshot.calls}
        for call_id in [c for c in self.calls if c not in there]:
            self.calls.pop(call_id).lost()
        for info in snapshot.calls:
            if self._trunks and info.trunk not in self._trunks:
                continue
            call = self._call(info.call_id, "")
            if call.put_info(info):
                self._arrived(call)
        return snapshot

    def _call(self, call_id: int, device: str) -> Call:
        call = self.calls.get(call_id)
        if call is None:
            call = self.calls[call_id] = Call(self, call_id)
        if device:
            call.device = device
        return call

    def _arrived(self, call: Call) -> None:
        for queue in self._arrivals:
            queue.put_nowait(call)

    def _end_streams(self, error: Exception | None) -> None:
        for stream in [*self._streams, *self._traces]:
            stream.end(error)
        for call in self.calls.values():
            call.end_streams(error)
        for queue in self._arrivals:
            queue.put_nowait(None)


BEGIN: Final = (ev.ServiceInitiated, ev.Originated, ev.Offered, ev.Delivered)
FOLLOWED: Final[tuple[type[ev.Event], ...]] = tuple(
    kind for kind in ev.EVENTS if issubclass(kind, ev.CallEvent)
)
"""Kinds by which calls are followed."""


def _label(name: str) -> str:
    """A name as the name of a session may begin."""
    return re.sub(r"[^A-Za-z0-9_.:@-]", "-", name[:48]).lstrip("_.:@-") or "python"
