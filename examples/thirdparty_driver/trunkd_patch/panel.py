"""The hardware: a panel that joins each timeslot of span 1 with the same one of span 2."""

from __future__ import annotations

import select
import socket
import threading


class Panel:
    """Two spans. ``open`` gives a timeslot's descriptor: octets at 64 kbit/s in both directions."""

    def __init__(self) -> None:
        self._ends: dict[tuple[int, int], socket.socket] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self.cut = False
        """Nothing goes from span 1 to span 2."""

    def open(self, span: int, timeslot: int) -> int:
        """The descriptor, which the caller closes."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with self._lock:
            old = self._ends.pop((span, timeslot), None)
            self._ends[span, timeslot] = ours
        if old is not None:
            old.close()
        return theirs.detach()

    def pass_on(self) -> None:
        """Carry all octets that wait, once."""
        with self._lock:
            for (span, timeslot), end in list(self._ends.items()):
                try:
                    octets = end.recv(65536)
                except BlockingIOError:
                    continue
                except OSError:
                    octets = b""
                if not octets:  # its timeslot was closed
                    del self._ends[span, timeslot]
                    end.close()
                    continue
                other = self._ends.get((3 - span, timeslot))
                if other is not None and not (self.cut and span == 1):
                    try:
                        other.send(octets)
                    except OSError:
                        continue  # it does not listen any more

    def run(self) -> None:
        """Carry octets until ``close``, in a thread."""
        self._thread = threading.Thread(target=self._work, name="patch-panel", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        while not self._ended.is_set():
            with self._lock:
                ends = list(self._ends.values())
            select.select(ends, [], [], 0.002)
            self.pass_on()

    def close(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        for end in self._ends.values():
            end.close()
        self._ends.clear()
