"""Frames on a SOCK_SEQPACKET Unix socket: one packet is one frame without its FCS."""

from __future__ import annotations

import os
import select
import socket
from typing import Final

from ..errors import DriverError

LONGEST: Final = 4096
"""Octets of the longest packet that is read whole (LAPD's longest frame is 264)."""


def open_socket(fd: int, connect: str, listen: str, timeout: float) -> socket.socket:
    """The descriptor ``fd`` (>= 0), or a connection to or from a path; ``timeout`` s for the
    far end to connect, 0 for no limit. DriverError says what is wrong with it."""
    try:
        if fd >= 0:
            found = socket.socket(fileno=fd)
        elif connect:
            found = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            found.connect(connect)
        else:
            found = _accept(listen, timeout)
    except TimeoutError:
        raise DriverError(f"nobody connected to {listen} within {timeout:g} s") from None
    except OSError as error:
        name = f"descriptor {fd}" if fd >= 0 else connect or listen
        hint = "; is the board running and the port open?" if connect else ""
        raise DriverError(f"{name}: {error.strerror}{hint}") from error
    if found.type != socket.SOCK_SEQPACKET:
        raise DriverError(f"descriptor {fd} is not a SOCK_SEQPACKET socket")
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

    ``closed`` becomes true when the far end hangs up; what is sent after that is dropped.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.sock: Final = sock
        self.closed = False
        self._poll: Final = select.poll()
        self._poll.register(sock, select.POLLIN)
        self._recv: Final = sock.recv
        self._send: Final = sock.send

    def receive(self, most: int) -> list[bytes]:
        """Frames that can be read now, in order; fewer than ``most``: there are no more."""
        frames: list[bytes] = []
        recv = self._recv
        try:
            while len(frames) < most:
                frame = recv(LONGEST)
                if not frame:
                    self.closed = True
                    break
                frames.append(frame)
        except BlockingIOError:
            pass
        except OSError:
            self.closed = True
        return frames

    def transmit(self, frames: list[bytes]) -> None:
        """Send all of them, waiting for room as needed."""
        send = self._send
        for frame in frames:
            while not self.closed:
                try:
                    send(frame)
                    break
                except BlockingIOError:
                    select.select([], [self.sock], [], 1.0)
                except OSError:
                    self.closed = True

    def wait(self, timeout_ns: int | None) -> bool:
        """Wait for a frame, at most ``timeout_ns``; true when there is something to read.

        poll counts in ms: a shorter wait is rounded up, so a timer never spins.
        """
        if timeout_ns is None:
            return bool(self._poll.poll())
        return bool(self._poll.poll(-(-timeout_ns // 1_000_000)))
