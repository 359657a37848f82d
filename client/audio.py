"""A call's live audio."""

from __future__ import annotations

import asyncio
import socket
from typing import Final


class Audio:
    """Packets of samples both ways, 20 ms each unless asked for otherwise; ``with`` closes it."""

    def __init__(self, number: int, sock: socket.socket) -> None:
        self.number: Final = number
        """As the event AudioClosed names it."""
        self.socket: Final = sock

    def __enter__(self) -> Audio:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    async def read(self) -> bytes:
        """The next packet; nothing: the call is over."""
        try:
            return await asyncio.get_running_loop().sock_recv(self.socket, 1 << 16)
        except ConnectionError:
            return b""

    async def write(self, packet: bytes) -> bool:
        """Say one packet; waits while the daemon's buffer is full. False: the call is over."""
        try:
            await asyncio.get_running_loop().sock_sendall(self.socket, packet)
        except ConnectionError:
            return False
        return True

    def close(self) -> None:
        self.socket.close()
