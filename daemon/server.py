"""The socket, all clients, and the journal that they read from."""

from __future__ import annotations

import asyncio
import collections
import errno
import functools
import grp
import logging
import os
import socket
import stat
from collections.abc import Callable
from typing import Final

from ..errors import DriverError
from . import wire
from .audit_log import AuditEntry
from .config import Daemon
from .events import Event, TraceFrame
from .journal import Entry, Journal
from .listen_tcp import Listener
from .roles import Roles
from .server_client import Client
from .server_peer import Peer
from .service import Service

log: Final = logging.getLogger("trunkd.server")

_TRACE_FRAMES: Final = 4096


class Server:
    """All clients, the journal they read from, and the socket."""

    def __init__(
        self, config: Daemon, loop: asyncio.AbstractEventLoop, wall: Callable[[], int]
    ) -> None:
        self.config = config
        self.loop = loop
        self.wall = wall
        self.service: Service
        self.clients: set[Client] = set()
        self.journal = Journal(config.client_queue)
        self.frames = Journal(_TRACE_FRAMES)
        self.requests = 0
        self.refused = 0
        self.denied = 0
        self.events_lost = 0
        self._last_client = 0
        self._closed = False
        """The daemon ends: nobody loses his calls by that his connection is closed."""
        self.audit: Callable[[AuditEntry], None] | None = None
        """Writes who did what."""
        self._listeners: list[Listener] = []
        self.keep: Callable[[int, Entry], None] = lambda number, entry: None
        """Makes an event durable before anybody gets it."""
        self.on_trace: Callable[[bool], None] = lambda on: None
        self.after_requests: Callable[[], None] = lambda: None
        """Called when requests were handled: timers may have changed."""
        self.frame_text: Callable[[TraceFrame], str] = lambda frame: ""
        """One line of decode of a frame, for clients that ask for it."""
        self._server: asyncio.Server | None = None
        self._socket: socket.socket | None = None
        self._flushing = False
        self.crowded = False
        """A client had a long answer in this round of the loop, or some wait that were put off."""
        self._waiting: collections.deque[Client] = collections.deque()
        """Their turns are in later rounds, so that boards and events do not wait for all of them,
        and in the order in which they came, so that nobody comes twice before another."""
        self._identity: tuple[int, int] | None = None

    @functools.cached_property
    def roles(self) -> Roles:
        return Roles(self.service.access.role)

    def next_client(self) -> int:
        """Connections are numbered from 1."""
        self._last_client += 1
        return self._last_client

    def bind(self) -> None:
        """Make the socket with owner and mode; SocketInUse names the remedy.

        Whoever connects from now on waits until ``serve``.
        """
        path = self.config.socket_path()
        self._socket = bind(path, int(self.config.socket_mode, 8), self.config.socket_group)
        made = os.stat(path)
        self._identity = (made.st_dev, made.st_ino)

    async def serve(self) -> None:
        """Take the connections."""
        access = self.service.access
        for table in access.listen:
            listener = Listener(table, access.role)
            self._listeners.append(listener)
            await listener.listen(self.loop, functools.partial(Client, self, listener))
            log.info("listening on %s", listener.address)
        self._server = await self.loop.create_unix_server(lambda: Client(self), sock=self._socket)

    async def close(self) -> None:
        """Tell no more, close every connection and remove the socket if it is still ours."""
        self._closed = True
        if self._server is not None:
            self._server.close()
        elif self._socket is not None:
            self._socket.close()
        for listener in self._listeners:
            listener.close()
        for client in list(self.clients):
            client.close()
        path = self.config.socket_path()
        try:
            found = os.stat(path)
            if (found.st_dev, found.st_ino) == self._identity:
                os.unlink(path)
        except OSError:
            pass  # it is gone, or its directory was closed to us: nothing is left to do

    def left(self, client: Client) -> None:
        self.clients.discard(client)
        self.trace_changed()
        if client.member is not None and not self._closed:
            self.service.left(client.member, client)
            self.after_requests()

    def make_way(self) -> None:
        """A client had a long answer."""
        if not self.crowded:
            self.crowded = True
            self.loop.call_soon(self._next_round)

    def put_off(self, client: Client) -> None:
        """It is crowded: the client's turn comes when those had theirs who wait already."""
        self._waiting.append(client)

    def _next_round(self) -> None:
        """What came up meanwhile, and turns of those who wait until one has a long answer."""
        self.crowded = False
        self.flush()
        waiting = self._waiting
        try:
            while waiting and not self.crowded:
                waiting.popleft().turn()
        finally:
            if waiting:
                self.make_way()

    # Sinks of the node

    def event(self, event: Event, trunk: str) -> None:
        """Sink of the node's events."""
        line = wire.event_line(event)
        entry = Entry(line, type(event).__name__, trunk)
        self.keep(event.seq, entry)
        self.journal.append(entry)
        self.flush_soon()

    def frame(self, frame: TraceFrame) -> None:
        """A frame for those who trace. Its ``index`` is set here."""
        frame.index = self.frames.last + 1
        if any(c.decode for c in self.clients if c.frames is not None):
            frame.text = self.frame_text(frame)
        line = wire.notification_line("frame", frame) + b"\n"
        self.frames.append(Entry(line, "frame", frame.trunk))
        self.flush_soon()

    def trace_changed(self) -> None:
        self.on_trace(any(client.frames is not None for client in self.clients))

    def flush_soon(self) -> None:
        """Send what came up in this round of the loop, in one write a client."""
        if not self._flushing:
            self._flushing = True
            self.loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send what came up now: it is no part of an answer, which comes first."""
        if self._flushing:
            self.flush_now()

    def flush_now(self) -> None:
        """Send all that waits."""
        self._flushing = False
        for client in list(self.clients):
            client.push()


class SocketInUse(DriverError):
    """The socket cannot be made; the text says why and what to do."""


def bind(path: str, mode: int, group: str) -> socket.socket:
    """A bound Unix socket with this mode and group. A stale one is replaced, a live one is not."""
    folder = os.path.dirname(path)
    try:
        os.makedirs(folder, mode=0o755, exist_ok=True)
    except OSError as exc:
        raise SocketInUse(
            f"{folder} cannot be made ({exc.strerror}): make it, or set [daemon] runtime_dir"
        ) from exc
    _clear_stale(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        sock.bind(path)
    except OSError as exc:
        sock.close()
        raise SocketInUse(f"{path} cannot be made ({exc.strerror})") from exc
    finally:
        os.umask(before)
    try:
        # Listening at once: a socket that refuses would be taken for a stale one.
        sock.listen(128)
        if group:
            os.chown(path, -1, grp.getgrnam(group).gr_gid)
        os.chmod(path, mode)
    except (OSError, KeyError) as exc:
        sock.close()
        os.unlink(path)
        raise SocketInUse(f"{path} cannot be given to group '{group}' ({exc})") from exc
    return sock


def _clear_stale(path: str) -> None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return
    except OSError as exc:
        raise SocketInUse(
            f"{path} cannot be looked at ({exc.strerror}): set [daemon] socket"
        ) from exc
    if not stat.S_ISSOCK(found.st_mode):
        raise SocketInUse(f"{path} is there and is no socket: remove it or set [daemon] socket")
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        probe.connect(path)
    except OSError as exc:
        if exc.errno not in (errno.ECONNREFUSED, errno.ENOENT):
            raise SocketInUse(f"{path} cannot be tried ({exc.strerror})") from exc
        os.unlink(path)
    else:
        raise SocketInUse(f"another trunkd listens on {path}: `trunkd status` shows it")
    finally:
        probe.close()


__all__ = ["Client", "Peer", "Server", "SocketInUse", "bind"]
