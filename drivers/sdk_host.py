"""The child process that has a maker's library: commands in, events out.

``python -m HOST SOCKET MARK``, started by sdk_child.py; HOST is the driver's module, whose ``main``
calls ``serve``. One thread calls the library, command after command and between them for events:
how far it may be used by several is not public. A crash ends this process alone, and MARK, memory
shared with the driver, says in which call.
"""

from __future__ import annotations

import array
import collections
import contextlib
import mmap
import os
import select
import signal
import socket
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Final

from ..errors import DriverError
from .sdk_library import Unusable
from .sdk_protocol import (
    BACKLOG,
    MARK,
    PACKET,
    Answer,
    Ask,
    Failed,
    Happened,
    Ready,
    Start,
    encode,
    requests,
)


class SdkHost(ABC):
    """The library at work for one driver: a method ``do_COMMAND(ch, *values)`` per command."""

    def __init__(self, sock: socket.socket, poll_ms: int) -> None:
        self.sock: Final = sock
        self.poll: Final = poll_ms / 1000
        self.waiting: collections.deque[bytes] = collections.deque()
        self.lost = 0
        self.fds: list[int] = []
        """Descriptors that came with the command under way."""
        self.closing = False

    # For the driver's own

    @abstractmethod
    def look(self) -> None:
        """Called every ``poll_ms`` and after every command: what has happened is told."""

    @abstractmethod
    def end(self) -> None:
        """The driver has gone, or said so: close the library."""

    def do_close(self, ch: int) -> None:
        self.closing = True

    def sound(self) -> bytes:
        """The octets of the descriptor that came with the command."""
        with open(os.dup(self.fds[0]), "rb") as file:
            return file.read()

    # Out

    def tell(self, what: str, ch: int, *values: Any) -> None:
        """An event for the driver, in order; what does not fit is counted."""
        if len(self.waiting) >= BACKLOG:
            self.lost += 1
            return
        if self.lost:
            self.waiting.append(encode(Happened("lost", 0, [self.lost])))
            self.lost = 0
        self.waiting.append(encode(Happened(what, ch, list(values))))

    def send(self) -> None:
        """As much of what waits as the socket takes."""
        while self.waiting:
            try:
                self.sock.send(self.waiting[0], socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            except OSError:
                self.closing = True  # the driver has gone
                return
            self.waiting.popleft()

    # The loop

    def run(self) -> None:
        """Until the driver goes or says so."""
        while not self.closing:
            self.send()
            ready, _, _ = select.select([self.sock], [], [], self.poll)
            if ready and not self.receive():
                break
            self.look()
        with contextlib.suppress(DriverError):
            self.end()

    def receive(self) -> bool:
        """One command. False: the driver has gone."""
        try:
            packet, ancillary, _, _ = self.sock.recvmsg(PACKET, socket.CMSG_SPACE(4))
        except OSError:
            return False
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                self.fds += array.array("i", data[:4])
        if not packet:
            return False
        ask = requests.decode(packet)
        assert isinstance(ask, Ask)
        value, error = None, ""
        method = getattr(self, f"do_{ask.what}", None)
        try:
            if method is None:
                words = ask.what.replace("_", " ")
                raise DriverError(f"this board cannot do that: there is no {words}")
            value = method(ask.ch, *ask.values)
        except DriverError as exc:
            error = str(exc)
        except (OSError, OverflowError) as exc:
            # A full disk, a number beyond the library's int: no reason to end everybody's calls.
            error = f"{ask.what.replace('_', ' ')}: {getattr(exc, 'strerror', None) or exc}"
        finally:
            while self.fds:
                os.close(self.fds.pop())
        self.send()
        # The answer overtakes no event: the driver reads events as they were when it was given.
        self.waiting.append(encode(Answer(ask.serial, value, error)))
        return True


OUTLIVES: Final = 30.0
"""Seconds that a child may live on without its driver, for closing the library."""


def _outlive(sock: socket.socket) -> None:
    """A driver that was killed leaves nobody to end a library that hangs, and that would keep the
    board from the next one."""
    poll = select.poll()
    poll.register(sock, 0)  # hanging up alone
    poll.poll()
    time.sleep(OUTLIVES)
    os._exit(1)


Begin = Callable[[Start, mmap.mmap, socket.socket], tuple[SdkHost, Any]]
"""Opens and starts the library; the host, and the survey for Ready. Unusable says why not."""


def serve(begin: Begin) -> None:
    """The process: load, start, work. Does not return: threads of the library may still run, and
    must not meet an interpreter that is going down."""
    sock = socket.socket(fileno=int(sys.argv[1]))
    mark = mmap.mmap(int(sys.argv[2]), MARK)
    # Ctrl-C at the terminal and the end of the service are the driver's to handle: it ends calls,
    # then closes the socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    packet = sock.recv(PACKET)
    if not packet:
        os._exit(0)
    start = requests.decode(packet)
    assert isinstance(start, Start)
    if select.select([sock], [], [], start.delay_ms / 1000)[0]:
        os._exit(0)  # the driver has gone before the library was wanted
    threading.Thread(target=_outlive, args=(sock,), daemon=True).start()
    try:
        host, survey = begin(start, mark, sock)
    except DriverError as exc:
        again = isinstance(exc, Unusable) and exc.again
        sock.send(encode(Failed(str(exc), again)))
    else:
        sock.send(encode(Ready(survey)))
        host.run()
    sys.stdout.flush()
    os._exit(0)
