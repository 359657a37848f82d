"""The Unix socket: who may connect, what each client sends, and what it is told."""

from __future__ import annotations

import asyncio
import collections
import errno
import grp
import logging
import os
import select
import socket
import stat
import struct
from collections.abc import Callable
from typing import Any, Final

import msgspec

from ..errors import DriverError, Error
from . import wire
from .config import Daemon
from .events import Event, EventsLost, TraceFrame
from .journal import Cursor, Entry, Filter, Journal
from .later import Later
from .service import Service, as_wire_error
from .wire import WireError
from .wire_pass import Passing

log: Final = logging.getLogger("trunkd.server")

_HIGH_WATER: Final = 256 * 1024
_WRITE: Final = 64 * 1024
_LINES_A_TURN: Final = 32
"""Requests of one client that are handled before others get their turn."""
_SO_PEERGROUPS: Final = 59
_TRACE_FRAMES: Final = 4096
_DENIED_SECONDS: Final = 1.0


class Peer:
    """Who is at the other end of a connection (SO_PEERCRED)."""

    def __init__(self, sock: socket.socket) -> None:
        raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        self.pid, self.uid, gid = struct.unpack("3i", raw)
        self.gids = {gid}
        try:
            groups = sock.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, 1024)
            self.gids |= set(struct.unpack(f"{len(groups) // 4}I", groups))
        except OSError:
            pass  # Linux before 4.13, or more than 256 groups: the primary one is what we know

    def allowed(self, config: Daemon) -> bool:
        """Root and the daemon's own user always; with allow lists, nobody else but those."""
        if self.uid in (0, os.geteuid()):
            return True
        if not config.allow_uids and not config.allow_gids:
            return True  # the socket's mode and group let it in
        return self.uid in config.allow_uids or bool(self.gids & set(config.allow_gids))


class Client(asyncio.Protocol):
    """One connection. Also the Session that methods see."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._splitter = wire.LineSplitter()
        self._lines: collections.deque[bytes | wire.TooLong] = collections.deque()
        self._working = False
        self._ending = False
        """The client sends no more."""
        self._passing: collections.deque[tuple[bytes, socket.socket]] = collections.deque()
        """Answers that wait to go out with their descriptor."""
        self._room: int | None = None
        """A copy of the socket's descriptor, watched until there is room for one of them."""
        self._unsettled = 0
        """Requests whose results come later."""
        self._writable = True
        self._reading = True
        self._transport: asyncio.Transport | None = None
        self.peer: Peer | None = None
        self.events: Cursor | None = None
        self.frames: Cursor | None = None
        self.decode = False

    # The connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(_HIGH_WATER)
        self.peer = Peer(transport.get_extra_info("socket"))
        if not self.peer.allowed(self._server.config):
            text = f"user {self.peer.uid} may not use this socket (allow_uids, allow_gids)"
            self._send(wire.error_line(None, WireError(wire.DENIED, text)) + b"\n")
            self._server.denied += 1
            # It may be sending its first request: close when it has read why, or soon.
            transport.write_eof()
            self._server.loop.call_later(_DENIED_SECONDS, transport.close)
            return
        self._server.clients.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.left(self)
        self._transport = None
        self._lines.clear()
        self._stop_waiting()
        while self._passing:
            self._passing.popleft()[1].close()

    def data_received(self, data: bytes) -> None:
        if self not in self._server.clients:
            return
        self._lines.extend(self._splitter.feed(data))
        if not self._working:
            self._work()

    def eof_received(self) -> bool:
        """A client may shut its sending side and read on; one that is gone is let go at once."""
        if self not in self._server.clients or self._hung_up():
            return False
        self._ending = True
        self._end_if_done()
        return True

    def _hung_up(self) -> bool:
        """Both directions are shut: POLLHUP, which a half-closed peer does not give."""
        assert self._transport is not None
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket").fileno(), 0)
        return bool(poll.poll(0))

    def _end_if_done(self) -> None:
        """Close when nothing more can be asked and everything was answered."""
        waits = self._lines or self._unsettled or self._passing or self.events or self.frames
        if self._ending and not waits and self._transport is not None:
            self._transport.close()

    def pause_writing(self) -> None:
        self._writable = False
        self._read(False)

    def resume_writing(self) -> None:
        self._writable = True
        self._pass()
        self._go_on()
        self.push()

    def _go_on(self) -> None:
        """Take requests again, as long as the client takes its answers."""
        able = self._writable and not self._passing and self._transport is not None
        if able and self._lines and not self._working:
            self._working = True
            self._server.loop.call_soon(self._work)
        self._read(able and not self._working)
        self._end_if_done()

    def _read(self, on: bool) -> None:
        """A client that does not read its answers is not read from either."""
        if self._transport is None or on == self._reading:
            return
        self._reading = on
        if on:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    # Requests

    def _work(self) -> None:
        """Handle some requests; the rest in the loop's next round, when others had theirs."""
        self._working = False
        out: list[bytes] = []
        for _ in range(_LINES_A_TURN):
            if not self._lines or self._transport is None:
                break
            line = self._handle(self._lines.popleft())
            if line:
                out.append(line)
        if out:
            out.append(b"")
            self._send(b"\n".join(out))
        self._pass()
        self._server.after_requests()
        self._go_on()

    def _handle(self, line: bytes | wire.TooLong) -> bytes:
        """The answer to a line, or nothing for notifications and for what comes later."""
        self._server.requests += 1
        if isinstance(line, wire.TooLong):
            text = f"a line has at most {wire.MAX_LINE} octets; this one was skipped"
            return self._refuse(None, WireError(wire.LINE_TOO_LONG, text))
        parsed = wire.parse(line)
        if isinstance(parsed, list):
            answers = [answer for r in parsed if (answer := self._answer(r))]
            return b"[" + b",".join(answers) + b"]" if answers else b""
        return self._answer(parsed)

    def _answer(self, request: wire.Request | WireError) -> bytes:
        if isinstance(request, WireError):
            return self._refuse((request.data or {}).get("id"), request)
        # Without an id it is a notification: done, but never answered (JSON-RPC 2.0, 4.1).
        silent = isinstance(request.id, msgspec.UnsetType)
        id = None if isinstance(request.id, msgspec.UnsetType) else request.id
        try:
            result = self._server.service.call(request, self)
        except WireError as exc:
            answer = self._refuse(id, exc)
        except Exception:
            log.exception("method %s failed", request.method)
            error = WireError(wire.INTERNAL_ERROR, "trunkd failed here; its log tells more")
            answer = self._refuse(id, error)
        else:
            if isinstance(result, Later):
                self._unsettled += 1
                result.then(lambda value, error: self._answer_later(id, silent, value, error))
                return b""
            if isinstance(result, Passing):
                if silent:
                    result.sock.close()  # it wants no answer, so it can have no descriptor
                else:
                    line = wire.result_line(id, result.result) + b"\n"
                    self._passing.append((line, result.sock))
                return b""
            answer = b"" if silent else wire.result_line(id, result)
        return b"" if silent else answer

    def _answer_later(
        self, id: wire.RequestId, silent: bool, value: Any, error: Exception | None
    ) -> None:
        self._unsettled -= 1
        if error is not None:
            answer = self._refuse(id, as_wire_error(error))
        else:
            answer = wire.result_line(id, value)
        if not silent:
            self._send(answer + b"\n")
        self._end_if_done()

    def _pass(self) -> None:
        """Answers with a descriptor go past the transport's buffer, once that is empty."""
        transport = self._transport
        if transport is None or self._room is not None:
            return
        while self._passing and not transport.is_closing():
            if transport.get_write_buffer_size():
                transport.set_write_buffer_limits(0)  # resume_writing when it is
                return
            line, sock = self._passing[0]
            try:
                sent = _send_with(transport.get_extra_info("socket"), line, sock.fileno())
            except BlockingIOError:
                self._wait_for_room(transport)
                return
            except OSError:
                transport.abort()  # it is gone
                return
            self._passing.popleft()
            sock.close()
            self._send(line[sent:])
        transport.set_write_buffer_limits(_HIGH_WATER)

    def _wait_for_room(self, transport: asyncio.Transport) -> None:
        """The kernel's buffer is full while the transport's is empty: nobody else would tell."""
        self._room = os.dup(transport.get_extra_info("socket").fileno())
        self._server.loop.add_writer(self._room, self._room_again)

    def _stop_waiting(self) -> None:
        if self._room is not None:
            self._server.loop.remove_writer(self._room)
            os.close(self._room)
            self._room = None

    def _room_again(self) -> None:
        self._stop_waiting()
        self._pass()
        self._go_on()

    def _refuse(self, id: wire.RequestId, error: WireError) -> bytes:
        self._server.refused += 1
        return wire.error_line(id, error)

    def _send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    # The session

    def subscribe(self, after: int, wanted: Filter) -> None:
        self.events = Cursor(self._server.journal, after, wanted)
        self._server.flush_soon()

    def unsubscribe(self) -> None:
        self.events = None

    def trace(self, trunks: frozenset[str], decode: bool) -> None:
        frames = self._server.frames
        self.frames = Cursor(frames, frames.last, Filter(frozenset(), trunks))
        self.decode = decode
        self._server.trace_changed()

    def trace_stop(self) -> None:
        self.frames = None
        self._server.trace_changed()

    @property
    def behind(self) -> int:
        """Events that wait for this client."""
        return self.events.behind if self.events is not None else 0

    def push(self) -> None:
        """Send what waits, as long as the client takes it."""
        for cursor, lost_line in ((self.events, self._events_lost), (self.frames, None)):
            while cursor is not None and self._writable and cursor.behind > 0:
                data, lost = cursor.take(_WRITE)
                if lost is not None and lost_line is not None:
                    self._server.events_lost += lost[1] - lost[0] + 1
                    data = lost_line(*lost) + data
                if data:
                    self._send(data)

    def _events_lost(self, first: int, last: int) -> bytes:
        event = EventsLost(last, self._server.wall(), first, last)
        return wire.notification_line("event", event) + b"\n"

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _send_with(transport_socket: Any, line: bytes, fd: int) -> int:
    """Send the beginning of a line with a descriptor; how much of it went."""
    with socket.socket(fileno=os.dup(transport_socket.fileno())) as raw:
        return socket.send_fds(raw, [line], [fd], socket.MSG_DONTWAIT)


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
        self.on_trace: Callable[[bool], None] = lambda on: None
        self.after_requests: Callable[[], None] = lambda: None
        """Called when requests were handled: timers may have changed."""
        self.frame_text: Callable[[TraceFrame], str] = lambda frame: ""
        """One line of decode of a frame, for clients that ask for it."""
        self._server: asyncio.Server | None = None
        self._socket: socket.socket | None = None
        self._flushing = False
        self._identity: tuple[int, int] | None = None

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
        self._server = await self.loop.create_unix_server(lambda: Client(self), sock=self._socket)

    async def close(self) -> None:
        """Tell no more, close every connection and remove the socket if it is still ours."""
        if self._server is not None:
            self._server.close()
        elif self._socket is not None:
            self._socket.close()
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

    # Sinks of the node

    def event(self, event: Event, trunk: str) -> None:
        """Sink of the node's events."""
        line = wire.notification_line("event", event) + b"\n"
        self.journal.append(Entry(line, type(event).__name__, trunk))
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
            self.loop.call_soon(self.flush_now)

    def flush_now(self) -> None:
        """Send what waits: the daemon is about to end."""
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


__all__ = ["Client", "Error", "Peer", "Server", "SocketInUse", "bind"]
