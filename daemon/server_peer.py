"""Who is at the other end of a connection."""

from __future__ import annotations

import os
import socket
import struct
from typing import Final, Literal

from .config import Daemon

_SO_PEERGROUPS: Final = 59

By = Literal["unix", "tcp", "tls"]


class Peer:
    """A process of this machine (SO_PEERCRED)."""

    by: By = "unix"
    address = ""

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


class RemotePeer:
    """Somebody behind TCP or TLS: known by the token that hello shows, or a certificate."""

    pid = 0
    uid = -1

    def __init__(self, by: By, address: str) -> None:
        self.by: By = by
        self.address = address
        self.gids: set[int] = set()

    def allowed(self, config: Daemon) -> bool:
        """To connect; what it may do then is another matter."""
        return True
