"""The cable between the simulated boards of two daemons: timeslots of the one go to the other.

Each board hands the timeslots out by ports (`[[board.sim.ports]]`), which listen; this connects to
both and passes the packets on. An end that goes, since its daemon was killed, is connected again as
soon as it listens; what the other end says meanwhile is lost, as on a line that is cut.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
from types import TracebackType
from typing import Final

LONGEST: Final = 8192
_RETRY: Final = 0.02
"""Seconds between two attempts to connect an end."""


class _End:
    """One port of one board."""

    def __init__(self, path: str) -> None:
        self.path: Final = path
        self.socket: socket.socket | None = None
        self.other: _End

    def connect(self) -> bool:
        """False: nobody listens there now."""
        made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        made.setblocking(False)
        try:
            made.connect(self.path)
        except OSError:
            made.close()
            return False
        self.socket = made
        return True

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def pass_on(self) -> bool:
        """Take one packet and give it to the other end; False: this one is gone."""
        assert self.socket is not None
        try:
            packet = self.socket.recv(LONGEST)
        except BlockingIOError:
            return True
        except OSError:
            packet = b""
        if not packet:
            return False
        if self.other.socket is not None:
            with contextlib.suppress(OSError):  # it is full, or just went: lost
                self.other.socket.send(packet)
        return True


class PortRelay:
    """Joins each pair of paths, from ``start`` until ``close``, in a thread of its own."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._ends: Final[list[_End]] = []
        for one, other in pairs:
            a, b = _End(one), _End(other)
            a.other, b.other = b, a
            self._ends.extend((a, b))
        self._stop_read, self._stop_write = os.pipe()
        self._thread: Final = threading.Thread(target=self._run, name="port-relay", daemon=True)

    def start(self) -> PortRelay:
        self._thread.start()
        return self

    def __enter__(self) -> PortRelay:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._stop_read, select.POLLIN)
        by_fd: dict[int, _End] = {}
        while True:
            waiting = [end for end in self._ends if end.socket is None]
            for end in waiting:
                if end.connect():
                    assert end.socket is not None
                    by_fd[end.socket.fileno()] = end
                    poll.register(end.socket, select.POLLIN)
            missing = any(end.socket is None for end in self._ends)
            for fd, _ in poll.poll(1000 * _RETRY if missing else None):
                if fd == self._stop_read:
                    return
                if not by_fd[fd].pass_on():
                    poll.unregister(fd)
                    by_fd.pop(fd).close()

    def close(self) -> None:
        os.write(self._stop_write, b"x")
        self._thread.join()
        for end in self._ends:
            end.close()
        os.close(self._stop_read)
        os.close(self._stop_write)
