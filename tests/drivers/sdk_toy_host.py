"""A host (drivers/sdk_host.py) whose library is a few lines of its own: it does what it is told."""

from __future__ import annotations

import mmap
import os
import socket
import time
from typing import Any

from trunkd.drivers.sdk_host import SdkHost, serve
from trunkd.drivers.sdk_library import Unusable
from trunkd.drivers.sdk_protocol import Failed, Start, encode


class Host(SdkHost):
    def look(self) -> None:
        pass

    def end(self) -> None:
        pass

    def do_echo(self, ch: int, value: Any) -> Any:
        return value

    def do_tell_first(self, ch: int, digit: str) -> None:
        """An event that comes while the driver waits for the answer."""
        self.tell("digit", ch, digit)

    def do_number(self, ch: int, value: int) -> int:
        """As cffi does with what is no int of C."""
        if abs(value) >= 1 << 31:
            raise OverflowError("integer does not fit 'int'")
        return value

    def do_write(self, ch: int, path: str) -> None:
        with open(path, "wb"):
            pass

    def do_break(self, ch: int) -> None:
        """The link to the maker's service goes: it is said, and the process ends."""
        self.sock.send(encode(Failed("the service: the link is broken", True)))
        self.sock.close()
        raise SystemExit

    def do_hang(self, ch: int) -> None:
        time.sleep(1000)

    def do_group(self, ch: int) -> int:
        return 1

    def do_join(self, ch: int, group: int, mode: int) -> None:
        self.tell("digit", ch, "J")

    def do_exit(self, ch: int) -> None:
        self.tell("digit", ch, "X")

    def do_free_group(self, group: int) -> None:
        self.tell("digit", 0, "F")


def begin(start: Start, mark: mmap.mmap, sock: socket.socket) -> tuple[Host, Any]:
    if os.path.exists(start.library):
        raise Unusable(f"{start.library} is in the way")
    return Host(sock, start.poll_ms), 2


if __name__ == "__main__":
    serve(begin)
