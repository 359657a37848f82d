"""The far end of a message desk link on a pseudo-terminal that the daemon has opened."""

from __future__ import annotations

import os
import pty
import select
import tty

from trunkd.hil.serial_line import SerialLine


class Master(SerialLine):
    """The controlling end of a pseudo-terminal, as a line; ``name`` is the daemon's end."""

    def __init__(self) -> None:
        self.master, near = pty.openpty()
        tty.setraw(near)
        self.near = near
        self.name = os.ttyname(near)
        super().__init__(self.name)

    def write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self.master, data) :]

    def read(self, timeout_s: float = 0.0, limit: int = 4096) -> bytes:
        ready, _, _ = select.select([self.master], [], [], timeout_s)
        return os.read(self.master, limit) if ready else b""

    def close(self) -> None:
        for descriptor in (self.near, self.master):
            if descriptor >= 0:
                os.close(descriptor)
        self.near = self.master = -1
