"""The control socket's client: commands and answers, events, and coming back to a server that left.

One thread reads the socket and connects again; commands come from the board's thread. Both share
one lock, held for moments only. What the thread has to tell goes into ``take()``; ``fileno()`` is
readable then.
"""

from __future__ import annotations

import array
import contextlib
import os
import select
import socket
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from ...errors import DriverError, RemoteError
from . import proto
from .proto import Malformed, Message

PATIENCE_S = 3.0
"""How long an answer may take."""
MOST_HEARD = 1 << 16
"""Events that wait to be taken; of more, the oldest go."""


@dataclass(frozen=True)
class Came:
    """The server is there: ``Message`` events follow."""


@dataclass(frozen=True)
class Left:
    """The server is gone. ``text``: how that was seen."""

    text: str


Heard = Came | Left | Message


def explain(path: str, exc: OSError) -> str:
    """Why one cannot connect, and what to do."""
    if isinstance(exc, FileNotFoundError):
        how = "there is no such socket: start osmo-e1d (or 'trunkd e1d-serve'), or give its path"
    elif isinstance(exc, ConnectionRefusedError):
        how = "nobody listens any more: start osmo-e1d (or 'trunkd e1d-serve')"
    elif isinstance(exc, PermissionError):
        how = f"no permission: run as the owner of {path}, or have it made accessible to your group"
    else:
        how = exc.strerror or str(exc)
    return f"cannot connect to {path}: {how}"


class ControlLink:
    """A client of ``path``. DriverError when nobody answers there at first."""

    def __init__(self, path: str, retry_s: float) -> None:
        self.path = path
        self.malformed = 0
        """Packets that were no messages."""
        self.remind = False
        """Wake the board now and then: it misses something."""
        self._retry_s = retry_s
        self._lock = threading.Condition()
        self._heard: deque[Heard] = deque(maxlen=MOST_HEARD)
        self._answer: tuple[Message, int] | None = None
        self._asked = -1
        """The command whose answer is awaited, -1: none."""
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._stop = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._socket: socket.socket | None = None
        try:
            self._socket = self._connect()
        except OSError as exc:
            self._close_wakes()
            raise DriverError(explain(path, exc)) from exc
        self._thread = threading.Thread(target=self._run, name="trunkd-e1d", daemon=True)
        self._thread.start()

    def _connect(self) -> socket.socket:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
        try:
            made.connect(self.path)
        except BaseException:
            made.close()
            raise
        return made

    def _close_wakes(self) -> None:
        os.close(self._wake)
        os.close(self._stop)

    # ---- the board's thread ------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        return self._socket is not None

    def fileno(self) -> int:
        return self._wake

    def take(self) -> list[Heard]:
        """What was heard since the last time, in order."""
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake)
        with self._lock:
            heard = list(self._heard)
            self._heard.clear()
        return heard

    def ask(self, message: Message) -> tuple[Message, int]:
        """Send a command and wait for its answer, with the descriptor that came (or -1).

        DriverError: the server is not there, or says nothing; RemoteError: it answers wrongly.
        """
        with self._lock:
            if self._socket is None:
                raise DriverError(f"{self.path}: the server went away: start it again")
            self._asked, self._answer = message.command, None
            try:
                self._socket.send(message.encode(), socket.MSG_NOSIGNAL | socket.MSG_DONTWAIT)
            except OSError as exc:
                self._asked = -1
                raise DriverError(f"{self.path}: {exc.strerror}") from exc
            name = proto.COMMANDS[message.command]
            came = self._lock.wait_for(
                lambda: self._answer is not None or self._socket is None, PATIENCE_S
            )
            self._asked, answer = -1, self._answer
            self._answer = None
            if not came:
                # Its answer may still come: on this connection it would be the next one's.
                self._socket.shutdown(socket.SHUT_RDWR)
        if answer is None:
            how = "the server went away" if came else f"no answer within {PATIENCE_S:.0f} s"
            raise DriverError(f"{self.path}: {name}: {how}")
        if answer[0].type != message.command | proto.RESPONSE:
            if answer[1] >= 0:
                os.close(answer[1])
            raise RemoteError(f"{self.path}: {name} was answered by type {answer[0].type:#04x}")
        return answer

    def close(self) -> None:
        os.eventfd_write(self._stop, 1)
        self._thread.join()
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._close_wakes()

    # ---- the link's own thread ---------------------------------------------------------------

    def _run(self) -> None:
        while True:
            read = self._socket
            watched = [self._stop] if read is None else [self._stop, read.fileno()]
            ready = select.select(watched, [], [], self._retry_s)[0]
            if self._stop in ready:
                return
            if read is None:
                self._come_back()
            elif ready:
                self._read(read)
            elif self.remind:
                os.eventfd_write(self._wake, 1)

    def _come_back(self) -> None:
        try:
            made = self._connect()
        except OSError:
            return
        with self._lock:
            self._socket = made
        self._tell(Came())

    def _read(self, read: socket.socket) -> None:
        try:
            packet, fds = receive(read)
        except OSError as exc:
            packet, fds = b"", []
            why = exc.strerror or str(exc)
        else:
            why = "it closed the control socket"
        if not packet:
            close_all(fds)  # an empty packet may bring some
            self._lost(read, why)
            return
        message = decode_or_count(packet)
        if isinstance(message, Malformed):
            self.malformed += 1
            close_all(fds)
            self._lost(read, message.text)
        elif message.kind == proto.EVENT:
            close_all(fds)
            self._tell(message)
        else:
            self._answered(message, fds)

    def _answered(self, message: Message, fds: list[int]) -> None:
        with self._lock:
            wanted = message.kind == proto.ERROR or message.command == self._asked
            if self._asked >= 0 and wanted and self._answer is None:
                self._answer = (message, fds.pop(0) if fds else -1)
                self._lock.notify_all()
        close_all(fds)

    def _lost(self, read: socket.socket, why: str) -> None:
        with self._lock:
            self._socket = None
            read.close()
            self._lock.notify_all()
        self._tell(Left(why))

    def _tell(self, heard: Heard) -> None:
        with self._lock:
            self._heard.append(heard)
        os.eventfd_write(self._wake, 1)


def decode_or_count(packet: bytes) -> Message | Malformed:
    """A message that a server may send: a command is none."""
    message = proto.decode(packet)
    if isinstance(message, Message) and message.kind == 0:
        return Malformed(f"a server sent the command {message.type}")
    return message


def receive(read: socket.socket) -> tuple[bytes, list[int]]:
    """One packet and the descriptors that came with it, close-on-exec."""
    room = socket.CMSG_SPACE(4 * 4)
    packet, controls, _, _ = read.recvmsg(proto.MAX_LENGTH, room, socket.MSG_CMSG_CLOEXEC)
    return packet, list(_descriptors(controls))


def _descriptors(controls: list[tuple[int, int, bytes]]) -> Iterator[int]:
    for level, kind, octets in controls:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds = array.array("i")
            fds.frombytes(octets[: len(octets) - len(octets) % fds.itemsize])
            yield from fds


def close_all(fds: list[int]) -> None:
    for fd in fds:
        os.close(fd)
