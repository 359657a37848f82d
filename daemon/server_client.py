"""One connection: its lines, its answers, its place in the journal."""

from __future__ import annotations

import asyncio
import collections
import os
import select
import socket
from typing import TYPE_CHECKING, Any, Final

from . import wire
from .events import EventsLost
from .journal import Cursor, Filter
from .methods_session import ClientInfo
from .reads import read_less
from .roles import NOTHING, Role
from .server_peer import Peer, RemotePeer
from .server_requests import Requests
from .session import Session as Member
from .wire import WireError
from .wire_pass import Passing

if TYPE_CHECKING:
    from .listen_tcp import Listener
    from .server import Server

_HIGH_WATER: Final = 256 * 1024
_WRITE: Final = 64 * 1024
_LINES_A_TURN: Final = 32
"""Requests of one client that are handled before others get their turn."""
_LONG: Final = 16 * 1024
"""Octets of answers after which boards, events and other clients get their turn."""
_DENIED_SECONDS: Final = 1.0
_TOKEN_SECONDS: Final = 10.0
"""For a remote client to show its token."""


class Client(asyncio.Protocol):
    """One connection. Also the Session that methods see."""

    def __init__(self, server: Server, listener: Listener | None = None) -> None:
        self.server = server
        self._listener = listener
        """By which it came; None: the Unix socket."""
        self._splitter = wire.LineSplitter()
        self._lines: collections.deque[bytes | wire.TooLong] = collections.deque()
        self._working = False
        """Its turn is to come."""
        self._ending = False
        """The client sends no more."""
        self._passing: collections.deque[tuple[bytes, socket.socket]] = collections.deque()
        """Answers that wait to go out with their descriptor."""
        self._room: int | None = None
        """A copy of the socket's descriptor, watched until there is room for one of them."""
        self._writable = True
        self._reading = True
        self._transport: asyncio.Transport | None = None
        self.peer: Peer | RemotePeer | None = None
        self.number = server.next_client()
        self.name = ""
        """As it said in hello."""
        self.since = server.wall()
        self.member: Member | None = None
        """Session that it is of."""
        self.role: Role = NOTHING
        self.awaits_token = False
        self.requests = Requests(self)
        self.events: Cursor | None = None
        self.frames: Cursor | None = None
        self.decode = False

    # The connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        read_less(transport)
        transport.set_write_buffer_limits(_HIGH_WATER)
        if self._listener is not None:
            self._remote(self._listener, transport)
            return
        peer = self.peer = Peer(transport.get_extra_info("socket"))
        if not peer.allowed(self.server.config):
            self._deny(f"user {peer.uid} may not use this socket (allow_uids, allow_gids)")
            return
        self.role = self.server.roles.of(peer)
        self.server.clients.add(self)

    def _remote(self, listener: Listener, transport: asyncio.Transport) -> None:
        """Over TCP or TLS: a token in hello says who it is, or its certificate did."""
        self.peer = RemotePeer(listener.by, listener.name_of(transport))
        self.server.clients.add(self)
        if listener.needs_token:
            self.awaits_token = True
            self.server.loop.call_later(_TOKEN_SECONDS, self._no_token)
        else:
            self.role = self.server.roles.named(listener.role)

    def _no_token(self) -> None:
        if self.awaits_token and self._transport is not None:
            self.server.denied += 1
            self._transport.abort()

    def _deny(self, text: str) -> None:
        """Say why, and close."""
        assert self._transport is not None
        self.send(wire.error_line(None, WireError(wire.DENIED, text)) + b"\n")
        self._end_soon()

    def _end_soon(self) -> None:
        """It may be sending its first request: close when it has read why, or soon."""
        assert self._transport is not None
        self.server.denied += 1
        self.server.clients.discard(self)
        if self._transport.can_write_eof():
            self.server.loop.call_soon(self._shut)
        self.server.loop.call_later(_DENIED_SECONDS, self._transport.close)

    def _shut(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        self.server.left(self)
        self._transport = None
        self._lines.clear()
        self._stop_waiting()
        while self._passing:
            self._passing.popleft()[1].close()

    def data_received(self, data: bytes) -> None:
        server = self.server
        if self not in server.clients:
            return
        lines = self._splitter.feed(data)
        server.requests += len(lines)
        crowded = server.crowded
        if len(lines) == 1 and not (self._working or self._lines or crowded):
            # As of most: the client waits for its answer before it asks again.
            answer = self._handle(lines[0])
            if answer:
                self.send(answer + b"\n")
            self._worked(len(answer))
        elif lines:
            self._lines.extend(lines)
            if crowded:
                self._go_on()
            elif not self._working:
                self.turn()

    def eof_received(self) -> bool:
        """A client may shut its sending side and read on; one that is gone is let go at once."""
        if self not in self.server.clients or self._hung_up():
            return False
        if self._listener is not None and self._listener.by == "tls":
            return False  # TLS has no half-closed connections
        self._ending = True
        self.end_if_done()
        return True

    def _hung_up(self) -> bool:
        """Both directions are shut: POLLHUP, which a half-closed peer does not give."""
        assert self._transport is not None
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket").fileno(), 0)
        return bool(poll.poll(0))

    def end_if_done(self) -> None:
        """Close when nothing more can be asked and everything was answered."""
        if not self._ending:
            return
        waits = (
            self._lines or self.requests.outstanding or self._passing or self.events or self.frames
        )
        if not waits and self._transport is not None:
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
            if self.server.crowded:
                self.server.put_off(self)
            else:
                self.server.loop.call_soon(self._work)
        self._read(able and not self._working)
        self.end_if_done()

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
        """A turn in the loop's next round, unless somebody had a long answer meanwhile."""
        if self.server.crowded:
            self.server.put_off(self)
        else:
            self.turn()

    def turn(self) -> None:
        """Handle some requests; the rest when others had their turns."""
        self._working = False
        lines, handle, out, octets = self._lines, self._handle, [], 0
        for _ in range(min(len(lines), _LINES_A_TURN)):
            answer = handle(lines.popleft())
            if answer:
                out.append(answer)
                octets += len(answer)
                if octets > _LONG:
                    break
        if out:
            out.append(b"")
            self.send(b"\n".join(out))
        self._worked(octets)

    def _worked(self, octets: int) -> None:
        """Requests were handled, with so long answers: what they may have changed, what is left."""
        server = self.server
        if octets > _LONG:
            server.make_way()
        if self._passing:
            self._pass()
        server.after_requests()
        if self._lines or self._passing or self._ending or not self._reading:
            self._go_on()

    def _handle(self, line: bytes | wire.TooLong) -> bytes:
        """The answer to a line, or nothing for notifications and for what comes later."""
        if isinstance(line, bytes):
            parsed = wire.parse(line)
            if not isinstance(parsed, list):
                return self.requests.answer(parsed)
            answers = [answer for r in parsed if (answer := self.requests.answer(r))]
            return b"[" + b",".join(answers) + b"]" if answers else b""
        text = f"a line has at most {wire.MAX_LINE} octets; this one was skipped"
        return self.requests.answer(WireError(wire.LINE_TOO_LONG, text))

    def pass_on(self, id: wire.RequestId, silent: bool, result: Passing) -> None:
        """An answer that a descriptor goes with."""
        if silent:
            result.sock.close()  # it wants no answer, so it can have no descriptor
            return
        line = wire.result_line(id, result.result) + b"\n"
        self._passing.append((line, result.sock))

    def _pass(self) -> None:
        """Answers with a descriptor go past the transport's buffer, once that is empty."""
        transport = self._transport
        if not self._passing or transport is None or self._room is not None:
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
            self.send(line[sent:])
        transport.set_write_buffer_limits(_HIGH_WATER)

    def _wait_for_room(self, transport: asyncio.Transport) -> None:
        """The kernel's buffer is full while the transport's is empty: nobody else would tell."""
        self._room = os.dup(transport.get_extra_info("socket").fileno())
        self.server.loop.add_writer(self._room, self._room_again)

    def _stop_waiting(self) -> None:
        if self._room is not None:
            self.server.loop.remove_writer(self._room)
            os.close(self._room)
            self._room = None

    def _room_again(self) -> None:
        self._stop_waiting()
        self._pass()
        self._go_on()

    def send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    # The session

    def sign_on(self, name: str, token: str) -> Role:
        """hello: the role that it has now; WireError denied where the token is wrong."""
        if self.awaits_token:
            assert self._listener is not None
            one_try = self in self.server.clients
            role = self._listener.role_of(token) if one_try else ""
            if not role:
                if one_try:
                    self._end_soon()
                text = "this is not the token of the daemon's token file"
                if not token:
                    text = "hello needs the token of the daemon's token file"
                remedy = "give it as token or token_file, or in TRUNKD_TOKEN or TRUNKD_TOKEN_FILE"
                raise WireError(wire.DENIED, f"{text}: {remedy}")
            self.awaits_token = False
            self.role = self.server.roles.named(role)
        self.name = name
        return self.role

    @property
    def local(self) -> bool:
        """It is on the Unix socket: descriptors can be passed."""
        return self._listener is None

    def client_infos(self) -> list[ClientInfo]:
        """All that are connected."""
        return [client.info() for client in sorted(self.server.clients, key=lambda c: c.number)]

    def info(self) -> ClientInfo:
        peer, requests, member = self.peer, self.requests, self.member
        assert peer is not None
        return ClientInfo(
            client=self.number,
            name=self.name,
            session=member.name if member is not None else "",
            role=self.role.name,
            by=peer.by,
            address=peer.address,
            uid=peer.uid,
            pid=peer.pid,
            since=self.since,
            behind=self.behind,
            requests=requests.count,
            refused=requests.refused,
            outstanding=requests.outstanding,
            calls=len(member.calls) if member is not None else 0,
        )

    def subscribe(self, after: int, wanted: Filter) -> None:
        self.events = Cursor(self.server.journal, after, wanted)
        self.server.flush_soon()

    def unsubscribe(self) -> None:
        self.events = None

    def trace(self, trunks: frozenset[str], decode: bool) -> None:
        frames = self.server.frames
        self.frames = Cursor(frames, frames.last, Filter(frozenset(), trunks))
        self.decode = decode
        self.server.trace_changed()

    def trace_stop(self) -> None:
        self.frames = None
        self.server.trace_changed()

    @property
    def behind(self) -> int:
        """Events that wait for this client."""
        events = self.events
        return events.journal.last - events.next + 1 if events is not None else 0

    def push(self) -> None:
        """Send what waits, as long as the client takes it."""
        events, transport = self.events, self._transport
        if events is not None:
            journal = events.journal
            while events.next <= journal.last and self._writable:
                data, lost = events.take(_WRITE)
                if lost is not None:
                    data = self._events_lost(*lost) + data
                if data and transport is not None and not transport.is_closing():
                    transport.write(data)
        if self.frames is not None:
            self._push_frames(self.frames)

    def _push_frames(self, frames: Cursor) -> None:
        while frames.behind > 0 and self._writable:
            data, _ = frames.take(_WRITE)
            if data:
                self.send(data)

    def _events_lost(self, first: int, last: int) -> bytes:
        self.server.events_lost += last - first + 1
        event = EventsLost(last, self.server.wall(), first, last)
        return wire.notification_line("event", event) + b"\n"

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _send_with(transport_socket: Any, line: bytes, fd: int) -> int:
    """Send the beginning of a line with a descriptor; how much of it went."""
    with socket.socket(fileno=os.dup(transport_socket.fileno())) as raw:
        return socket.send_fds(raw, [line], [fd], socket.MSG_DONTWAIT)
