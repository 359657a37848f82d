"""systemd's notification protocol (sd_notify(3)) over its datagram socket."""

from __future__ import annotations

import os
import socket


class Notifier:
    """Tells systemd how the daemon is; without systemd it does nothing."""

    def __init__(self) -> None:
        self._path = os.environ.get("NOTIFY_SOCKET", "")
        self._socket: socket.socket | None = None
        if self._path:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)

    def tell(self, state: str) -> None:
        """Send e.g. ``READY=1``; what cannot be sent is not worth failing for."""
        if self._socket is None:
            return
        path = "\0" + self._path[1:] if self._path.startswith("@") else self._path
        try:
            self._socket.sendto(state.encode(), path)
        except OSError:
            self._socket.close()
            self._socket = None

    @staticmethod
    def watchdog_interval() -> float:
        """Seconds between WATCHDOG=1, half of what systemd wants; 0 without a watchdog."""
        pid = os.environ.get("WATCHDOG_PID", "")
        usec = os.environ.get("WATCHDOG_USEC", "0")
        if not usec.isdigit() or (pid and pid != str(os.getpid())):
            return 0.0
        return int(usec) / 2e6
