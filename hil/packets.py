"""Frames on a SOCK_SEQPACKET Unix socket: one packet is one frame without its FCS."""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable
from typing import Final

from ..errors import DriverError

LONGEST: Final = 448
"""Octets of the longest packet read whole (a LAPD frame has at most 264). Python keeps objects of
up to 512 octets in its own pools, which makes receiving cheaper."""
BATCH: Final = 2
"""Frames handled before answers go out. With more, both ends take turns: each waits for the other
to empty its window (k = 7 of Q.921), and the sleeping costs more than the frames. Where the window
is wide (127 of MTP2) a larger one saves acknowledgements."""

Feed = Callable[[list[bytes], int], list[bytes]]
"""Takes frames and the time (ns), gives the frames that are to go out."""


class OutOfTime(DriverError):
    """The far end did not come in time."""


def open_socket(fd: int, connect: str, listen: str, timeout: float) -> socket.socket:
    """The descriptor ``fd`` (>= 0), or a connection to or from a path; ``timeout`` s for the
    far end to connect, 0 for no limit. DriverError says what is wrong with it."""
    try:
        if fd >= 0:
            found = socket.socket(fileno=fd)
        elif connect:
            found = _connect(connect)
        else:
            found = _accept(listen, timeout)
    except TimeoutError:
        raise OutOfTime(f"nobody connected to {listen} within {timeout:g} s") from None
    except OSError as error:
        name = f"descriptor {fd}" if fd >= 0 else connect or listen
        hint = "; is the board running and the port open?" if connect else ""
        raise DriverError(f"{name}: {error.strerror or error}{hint}") from error
    if found.type != socket.SOCK_SEQPACKET:
        found.close()
        raise DriverError(f"descriptor {fd} is not a SOCK_SEQPACKET socket")
    return found


def _connect(path: str) -> socket.socket:
    found = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        found.connect(path)
    except OSError:
        found.close()
        raise
    return found


def _accept(path: str, timeout: float) -> socket.socket:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(path)
        try:
            listener.listen(1)
            listener.settimeout(timeout or None)
            return listener.accept()[0]
        finally:
            os.unlink(path)


class PacketWire:
    """A socket as a wire: all frames that have come, all frames that are to go.

    ``closed``: the far end hung up and all that it sent has been read. What is sent after a
    hang-up is dropped.
    """

    def __init__(self, sock: socket.socket, batch: int = BATCH) -> None:
        sock.setblocking(False)
        self.batch: Final[int] = batch
        self.sock: Final = sock
        self.closed = False
        self._deaf = False
        """The far end reads no more; what it sent before may still wait to be read."""
        self._poll: Final = select.poll()
        self._poll.register(sock, select.POLLIN)
        self._recv: Final = sock.recv
        self._send: Final = sock.send

    def exchange(self, feed: Feed, until: int) -> None:
        """Read what has come, ``batch`` frames at a time, and send what ``feed`` makes of them.

        Returns when there is no more to read, or at ``until`` (CLOCK_MONOTONIC, ns).
        """
        recv = self._recv
        batch = self.batch
        clock = time.monotonic_ns
        drained = False
        while not drained:
            frames: list[bytes] = []
            try:
                while len(frames) < batch:
                    frames.append(recv(LONGEST))
            except BlockingIOError:
                drained = True
            except OSError:
                self.closed = True
            if not all(frames):
                self.closed = True
                frames = [frame for frame in frames if frame]
            now = clock()
            if frames:
                self.transmit(feed(frames, now))
            if self.closed or now >= until:
                return

    def transmit(self, frames: list[bytes]) -> None:
        """Send all of them, waiting for room as needed."""
        send = self._send
        left = iter(frames)
        for frame in left:
            try:
                send(frame)
            except OSError:
                self._transmit_rest([frame, *left])

    def _transmit_rest(self, frames: list[bytes]) -> None:
        """The socket is full or the far end gone: wait for room, frame by frame."""
        for frame in frames:
            while not self._deaf:
                try:
                    self._send(frame)
                    break
                except BlockingIOError:
                    select.select([], [self.sock], [], 1.0)
                except OSError:
                    self._deaf = True

    def wait(self, timeout_ns: int | None) -> bool:
        """Wait for a frame, at most ``timeout_ns``; true when there is something to read.

        poll counts in ms: a shorter wait is rounded up, so a timer never spins.
        """
        if timeout_ns is None:
            return bool(self._poll.poll())
        return bool(self._poll.poll(-(-timeout_ns // 1_000_000)))
