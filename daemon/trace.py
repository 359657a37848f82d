"""The live trace: D-channel frames of both directions, with board time, to whoever listens."""

from __future__ import annotations

from collections.abc import Callable

from ..signaling.dissect import FROM_NETWORK, FROM_USER, LINUX_LAPD, dissect
from .events import TraceFrame
from .node import Node
from .trunk import Trunk


class Trace:
    """Taps a node while somebody listens, and costs nothing while nobody does."""

    def __init__(self, node: Node, sink: Callable[[TraceFrame], None]) -> None:
        self._node = node
        self._sink = sink

    def switch(self, on: bool) -> None:
        """Begin or stop to listen; doing so twice changes nothing."""
        if on and self._tap not in self._node.taps:
            self._node.taps.append(self._tap)
        elif not on and self._tap in self._node.taps:
            self._node.taps.remove(self._tap)

    def text(self, frame: TraceFrame) -> str:
        """One line of decode."""
        network = self._node.trunks[frame.trunk].side == "network"
        direction = FROM_NETWORK if frame.sent == network else FROM_USER
        return dissect(LINUX_LAPD, bytes.fromhex(frame.frame), direction).summary

    def _tap(self, trunk: Trunk, time: int, sent: bool, frame: bytes) -> None:
        self._sink(
            TraceFrame(
                0,
                trunk.clock.wall(time),
                trunk.name,
                trunk.table.span,
                trunk.d_channel,
                sent,
                frame.hex(),
            )
        )
