"""A simulated board's spans served by osmo-e1d's protocol, for any Osmocom program.

Span n of the board is line n - 1 of interface 0. A timeslot that a client opens becomes a port of
the board: the native engine passes its octets (RAW: a stream, ``bufsize`` octets at a time) or its
frames (HDLC-FCS: packets of up to 264 octets without FCS). The control socket's work is done here,
by one thread and no timers. What a client asks wrongly ends its connection, as with osmo-e1d;
a timeslot's descriptor lives on its own.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ..board.events import AlarmChanged, BoardEvent, PortChanged, SaBitsChanged
from ..board.model import Board, SpanKind
from ..drivers.e1d import proto
from ..drivers.e1d.proto import INVALID, Malformed, Message
from ..drivers.sim import SimBoard
from ..errors import ConfigError, DriverError
from .e1d_socket import listen_at

INTERFACE: Final = 0
BACKLOG: Final = 16
MOST_CLIENTS: Final = 64
LAST: Final = 31

_NEEDS: Final = {
    proto.INTF_QUERY: ("", "i", 0),
    proto.LINE_QUERY: ("i", "il", 0),
    proto.TS_QUERY: ("il", "ilt", 0),
    proto.LINE_CONFIG: ("il", "il", 1),
    proto.TS_OPEN: ("ilt", "ilt", 4),
    proto.SABITS: ("il", "il", 1),
}
"""Command -> which of interface, line and timeslot it must name, may name; octets of its body."""


@dataclass
class Opened:
    """A timeslot that a client has."""

    mode: int
    flags: int
    bufsize: int


Place = tuple[int, int]


class Refused(Exception):
    """A command that osmo-e1d answers by ending the connection."""


def servable(board: Board) -> SimBoard:
    """The board itself; ConfigError when its timeslots cannot be handed to other processes."""
    if not isinstance(board, SimBoard):
        raise ConfigError(f"{board.address}: only a simulated board is served: give sim://…")
    if not any(span.kind is SpanKind.E1 for span in board.spans):
        raise ConfigError(f"{board.address} has no E1: give it spans of kind e1")
    return board


class E1dServer:
    """Serves ``board``, which is started here, at the socket ``path``. ``say`` is told, in words,
    what happens."""

    def __init__(
        self,
        board: SimBoard,
        path: str,
        *,
        mode: int = 0o600,
        group: str = "",
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.board = servable(board)
        self.path = path
        self.refused = 0
        """Clients that were turned away for what they asked."""
        self._say = say
        self._clients: set[socket.socket] = set()
        self._opened: dict[Place, Opened] = {}
        self._replaced: Counter[Place] = Counter()
        """Closed here, while the board's word of it is still to come."""
        self._posted: deque[Callable[[], None]] = deque()
        self._stop = False
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._listener = listen_at(path, mode, group, BACKLOG)
        self._listener.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._wake, selectors.EVENT_READ, self._woken)
        self._selector.register(board.fileno(), selectors.EVENT_READ, self.take_events)
        board.start()

    # ---- the loop ----------------------------------------------------------------------------

    def run(self) -> None:
        """Serve until ``stop``; then everything is closed, the board too."""
        try:
            while not self._stop:
                for key, _ in self._selector.select():
                    key.data()
        finally:
            self.close()

    def post(self, work: Callable[[], None]) -> None:
        """From any thread: have this done by the one that serves."""
        self._posted.append(work)
        os.eventfd_write(self._wake, 1)

    def stop(self) -> None:
        """From any thread: end ``run``."""

        def end() -> None:
            self._stop = True

        self.post(end)

    def _woken(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake)
        while self._posted:
            self._posted.popleft()()

    def close(self) -> None:
        """Leave: clients see the end of their sockets."""
        for client in list(self._clients):
            self._drop(client)
        self._selector.close()
        self._listener.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        os.close(self._wake)
        self.board.close()

    # ---- clients -----------------------------------------------------------------------------

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:
            return
        if len(self._clients) >= MOST_CLIENTS:
            client.close()
            self._say(f"a client turned away: {MOST_CLIENTS} are connected")
            return
        client.setblocking(False)
        self._clients.add(client)
        self._selector.register(client, selectors.EVENT_READ, lambda: self._read(client))
        self._say("a client connected")
        for message in self._present_state():
            if not self._send(client, message):
                return

    def _present_state(self) -> list[Message]:
        """A client that comes is told what those before were: the protocol has no query for it."""
        told = []
        for span in self.board.spans:
            for alarm in sorted(span.alarms):
                code = proto.ALARM_CODES.get((alarm, True))
                if code is not None:
                    told.append(Message(code, INTERFACE, span.number - 1, 0))
        return told

    def _drop(self, client: socket.socket) -> None:
        if client not in self._clients:
            return
        self._clients.discard(client)
        self._selector.unregister(client)
        client.close()
        self._say("a client left")

    def _send(self, client: socket.socket, message: Message, fd: int = -1) -> bool:
        try:
            socket.send_fds(client, [message.encode()], [fd] if fd >= 0 else [])
        except OSError as exc:
            # One that does not read would have to be waited for.
            self._say(f"a client dropped: {exc.strerror}")
            self._drop(client)
            return False
        return True

    def _read(self, client: socket.socket) -> None:
        try:
            packet = client.recv(proto.MAX_LENGTH)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        if not packet:
            self._drop(client)
            return
        message = proto.decode(packet)
        try:
            if isinstance(message, Malformed):
                raise Refused(message.text)
            body, fd = self._answer(message)
        except Refused as exc:
            self.refused += 1
            self._say(f"a client turned away: {exc}")
            self._drop(client)
            return
        answer = Message(
            message.type | proto.RESPONSE, message.intf, message.line, message.timeslot, body
        )
        self._send(client, answer, fd)
        if fd >= 0:
            os.close(fd)

    # ---- commands ----------------------------------------------------------------------------

    def _answer(self, message: Message) -> tuple[bytes, int]:
        """Body and descriptor (-1: none) of the answer. What does not exist has an empty answer."""
        needs = _NEEDS.get(message.type)
        if needs is None:
            raise Refused(f"no command {message.type:#04x}")
        must, may, octets = needs
        named = zip("ilt", (message.intf, message.line, message.timeslot), strict=True)
        for letter, number in named:
            if (number == INVALID and letter in must) or (number != INVALID and letter not in may):
                raise Refused(f"{proto.COMMANDS[message.type]} names too much or too little")
        if len(message.body) != octets:
            raise Refused(f"{proto.COMMANDS[message.type]} with a body of {len(message.body)}")
        if message.intf not in (INTERFACE, INVALID):
            return b"", -1
        return self._HANDLERS[message.type](self, message)

    def _lines(self) -> list[int]:
        return [s.number - 1 for s in self.board.spans if s.kind is SpanKind.E1]

    def _interfaces(self, message: Message) -> tuple[bytes, int]:
        return proto.InterfaceInfo(INTERFACE, len(self._lines())).encode(), -1

    def _line_infos(self, message: Message) -> tuple[bytes, int]:
        found = [n for n in self._lines() if message.line in (n, INVALID)]
        infos = [proto.LineInfo(n, proto.LINE_CHANNELIZED).encode() for n in found]
        return b"".join(infos), -1

    def _timeslot_infos(self, message: Message) -> tuple[bytes, int]:
        if message.line not in self._lines():
            return b"", -1
        numbers = range(LAST + 1) if message.timeslot == INVALID else [message.timeslot]
        return b"".join(self._info(message.line, n) for n in numbers if n <= LAST), -1

    def _info(self, line: int, timeslot: int) -> bytes:
        opened = self._opened.get((line + 1, timeslot), Opened(proto.TS_OFF, 0, 0))
        return proto.TimeslotInfo(timeslot, opened.mode, opened.flags, opened.bufsize).encode()

    def _configure(self, message: Message) -> tuple[bytes, int]:
        """Lines stay channelized: a superchannel is refused as osmo-e1d refuses what it cannot."""
        if message.body[0] != proto.LINE_CHANNELIZED:
            self._say(f"line {message.line}: mode {message.body[0]:#04x} refused")
            return b"", -1
        return self._line_infos(message)

    def _send_sa(self, message: Message) -> tuple[bytes, int]:
        if message.line not in self._lines():
            raise Refused(f"Sa bits of line {message.line}, which there is not")
        self.board.span(message.line + 1).set_sa_bits(proto.sa_from_wire(message.body[0]))
        return b"", -1

    def _open(self, message: Message) -> tuple[bytes, int]:
        config = proto.timeslot_config(message.body)
        assert config is not None  # its length was looked at
        place = (message.line + 1, message.timeslot)
        where = f"timeslot {INTERFACE}:{message.line}:{message.timeslot}"
        known = message.line in self._lines() and 1 <= message.timeslot <= LAST
        if not known or config.mode not in (proto.TS_RAW, proto.TS_HDLC) or not config.bufsize:
            self._say(f"{where}: refused, mode {config.mode:#04x}, {config.bufsize} octets")
            return b"", -1
        if place in self._opened:
            if not config.flags & proto.FORCE:
                self._say(f"{where}: refused, a client has it")
                return b"", -1
            self._close(place)
            self._replaced[place] += 1
        try:
            fd = self._attach(place, config)
        except DriverError as exc:
            self._say(f"{where}: {exc}")
            return b"", -1
        self._opened[place] = Opened(config.mode, config.flags, config.bufsize)
        self._say(f"{where} opened, {'HDLC' if config.mode == proto.TS_HDLC else 'RAW'}")
        info = proto.TimeslotInfo(message.timeslot, config.mode, 0, 0, proto.OPENED)
        return info.encode(), fd

    def _attach(self, place: Place, config: proto.TimeslotConfig) -> int:
        """Join the timeslot to one end of a pair; the other end, which is the caller's."""
        raw = config.mode == proto.TS_RAW
        kind = socket.SOCK_STREAM if raw else socket.SOCK_SEQPACKET
        ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
        try:
            octets = config.bufsize if raw else proto.MAX_HDLC
            self.board.attach_port(*place, ours.fileno(), "stream" if raw else "hdlc", octets)
        except BaseException:
            ours.close()
            theirs.close()
            raise
        ours.detach()  # the board's
        return theirs.detach()

    def _close(self, place: Place) -> None:
        self._opened.pop(place, None)
        self.board.timeslot(*place).close()

    _HANDLERS: Final = {
        proto.INTF_QUERY: _interfaces,
        proto.LINE_QUERY: _line_infos,
        proto.TS_QUERY: _timeslot_infos,
        proto.LINE_CONFIG: _configure,
        proto.TS_OPEN: _open,
        proto.SABITS: _send_sa,
    }

    # ---- the board ---------------------------------------------------------------------------

    def take_events(self) -> int:
        """Tell clients what the board reports; how many messages that were."""
        told = 0
        for event in self.board.events():
            message = self._event(event)
            if message is not None:
                told += 1
                for client in list(self._clients):
                    self._send(client, message)
        return told

    def _event(self, event: BoardEvent) -> Message | None:
        if isinstance(event, AlarmChanged):
            code = proto.ALARM_CODES.get((event.alarm, event.active))
            if code is None:
                return None
            self._say(
                f"line {event.span - 1}: {event.alarm.name} {'on' if event.active else 'off'}"
            )
            return Message(code, INTERFACE, event.span - 1, 0)
        if isinstance(event, SaBitsChanged):
            body = bytes([proto.sa_to_wire(event.sa)])
            return Message(proto.EVENT_SABITS, INTERFACE, event.span - 1, 0, body)
        if isinstance(event, PortChanged) and not event.connected:
            self._port_left((event.span, event.timeslot))
        return None

    def _port_left(self, place: Place) -> None:
        if self._replaced[place]:
            self._replaced[place] -= 1
        elif place in self._opened:
            self._close(place)
            self._say(f"timeslot {INTERFACE}:{place[0] - 1}:{place[1]} closed")
