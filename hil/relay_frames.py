"""A cable between two peers: passes frames both ways, loses some from a seed, can be cut.

Stands between two SOCK_SEQPACKET ends, one frame without FCS a packet, and captures what
*arrives* at the far end, seen from end A: what A sent goes out.
"""

from __future__ import annotations

import random
import select
import socket
import time
from dataclasses import dataclass, field
from typing import Final

from ..board.capture import LINKTYPE_LINUX_LAPD, CaptureWriter, Direction


@dataclass
class Passed:
    """What went through, by sender (0 is A, 1 is B)."""

    passed: list[int] = field(default_factory=lambda: [0, 0])
    lost: list[int] = field(default_factory=lambda: [0, 0])
    """By the ``loss`` probability."""
    cut: list[int] = field(default_factory=lambda: [0, 0])
    """While the cable was cut."""


class FrameRelay:
    """Joins ``a`` and ``b``. ``loss``: probability that a frame is lost, drawn from ``seed`` for
    each direction by itself, so that the n-th frame of a direction has the same fate each time.
    ``capture`` gets its interface from the relay; ``a_is_network`` says whose frame is whose, and
    ``link_type`` what they are (board/capture.py).

    ``cut``: (start, length) in s after ``run`` began. The relay owns and closes the sockets.
    """

    def __init__(
        self,
        a: socket.socket,
        b: socket.socket,
        loss: float = 0.0,
        seed: int = 0,
        cut: tuple[float, float] = (0.0, 0.0),
        capture: CaptureWriter | None = None,
        a_is_network: bool = True,
        link_type: int = LINKTYPE_LINUX_LAPD,
    ) -> None:
        self._ends: Final = (a, b)
        self._loss: Final = loss
        self._chance: Final = (random.Random(seed), random.Random(seed + 1))
        self._cut: Final = (int(cut[0] * 1e9), int((cut[0] + cut[1]) * 1e9))
        self._capture: Final = capture
        if capture is not None:
            self._interface = capture.add_interface(
                "cable", link_type=link_type, network=a_is_network
            )
        self.frames: Final = Passed()

    def run(self, timeout: float) -> bool:
        """Pass frames until one end hangs up (true) or for ``timeout`` s (false)."""
        began = time.monotonic_ns()
        end = began + int(timeout * 1e9)
        poll = select.poll()
        index = {}
        for side, sock in enumerate(self._ends):
            sock.setblocking(False)
            index[sock.fileno()] = side
            poll.register(sock, select.POLLIN)
        try:
            while (now := time.monotonic_ns()) < end:
                for fd, _ in poll.poll((end - now) // 1_000_000 + 1):
                    if not self._pass_all(index[fd], time.monotonic_ns() - began):
                        return True
            return False
        finally:
            for sock in self._ends:
                sock.close()

    def _pass_all(self, side: int, elapsed: int) -> bool:
        """Pass what this end sent; false when it hung up."""
        while True:
            try:
                frame = self._ends[side].recv(4096)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not frame:
                return False
            self._pass(side, frame, elapsed)

    def _pass(self, side: int, frame: bytes, elapsed: int) -> None:
        if self._loss and self._chance[side].random() < self._loss:
            self.frames.lost[side] += 1
        elif self._cut[0] <= elapsed < self._cut[1]:
            self.frames.cut[side] += 1
        else:
            self.frames.passed[side] += 1
            if self._capture is not None:
                direction = Direction.IN if side else Direction.OUT
                self._capture.frame(self._interface, time.time_ns(), direction, frame)
            self._send(self._ends[1 - side], frame)

    @staticmethod
    def _send(sock: socket.socket, frame: bytes) -> None:
        while True:
            try:
                sock.send(frame)
                return
            except BlockingIOError:
                select.select([], [sock], [], 1.0)
            except OSError:
                return
