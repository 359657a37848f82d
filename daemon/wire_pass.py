"""Descriptors that go with an answer (SCM_RIGHTS)."""

from __future__ import annotations

import socket
from typing import Any, Final


class Passing:
    """A result and the socket that goes with its line; the socket is closed once it is sent."""

    __slots__ = ("result", "sock")

    def __init__(self, result: Any, sock: socket.socket) -> None:
        self.result: Final = result
        self.sock: Final = sock
