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
    cut_began: int = 0
    """When it was cut (time.time_ns), 0 before: one frame was in the way by then."""


class FrameRelay:
    """Joins ``a`` and ``b``. ``loss``: probability that a frame is lost, drawn from ``seed`` for
    each direction by itself, so that the n-th frame of a direction has the same fate each time.
    ``capture`` gets its interface from the relay; ``a_is_network`` says whose frame is whose, and
    ``link_type`` what they are (board/capture.py).

    ``cut``: (start, length) in s after both ends were heard, since a peer takes as long as the
    machine likes to start (a start of 0 is from the first frame). The relay owns and closes the
    sockets.
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
        self._heard: Final = [False, False]
        self._both = 0  # monotonic ns when both ends had been heard
        self.frames: Final = Passed()

    def run(self, timeout: float) -> bool:
        """Pass frames until one end hangs up (true) or for ``timeout`` s (false)."""
        end = time.monotonic_ns() + int(timeout * 1e9)
        poll = select.poll()
        index = {}
        for side, sock in enumerate(self._ends):
            sock.setblocking(False)
            index[sock.fileno()] = side
            poll.register(sock, select.POLLIN)
        try:
            while (now := time.monotonic_ns()) < end:
                for fd, _ in poll.poll((end - now) // 1_000_000 + 1):
                    if not self._pass_all(index[fd]):
                        return True
            return False
        finally:
            for sock in self._ends:
                sock.close()

    def _pass_all(self, side: int) -> bool:
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
            self._pass(side, frame)

    def _pass(self, side: int, frame: bytes) -> None:
        cut = self._is_cut(side)
        if self._loss and self._chance[side].random() < self._loss:
            self.frames.lost[side] += 1
        elif cut:
            self.frames.cut[side] += 1
        else:
            self.frames.passed[side] += 1
            if self._capture is not None:
                direction = Direction.IN if side else Direction.OUT
                self._capture.frame(self._interface, time.time_ns(), direction, frame)
            self._send(self._ends[1 - side], frame)

    def _is_cut(self, side: int) -> bool:
        """Whether the frame that ``side`` sends now finds the cable cut."""
        now = time.monotonic_ns()
        self._heard[side] = True
        if not self._both and (all(self._heard) or not self._cut[0]):
            self._both = now
        cut = bool(self._both) and self._cut[0] <= now - self._both < self._cut[1]
        if cut and not self.frames.cut_began:
            self.frames.cut_began = time.time_ns()
        return cut

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
