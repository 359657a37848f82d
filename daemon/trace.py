"""The live trace: frames of the signalling links, both ways, with board time, to who listens."""

from __future__ import annotations

import functools
from collections.abc import Callable

from ..signaling.dissect import FROM_NETWORK, FROM_USER, LINUX_LAPD, RECEIVED, SENT, dissect
from ..signaling.ss7.dissect_mtp import dissect_mtp2
from ..signaling.ss7.labels import LabelFormat
from .events import LINE_SIGNALS, TraceFrame
from .node import Node
from .node_parts import LineSource, Source


class Trace:
    """Taps a node while somebody listens, and costs nothing while nobody does."""

    def __init__(self, node: Node, sink: Callable[[TraceFrame], None]) -> None:
        self._node = node
        self._sink = sink

    @functools.cached_property
    def _labels(self) -> dict[str, LabelFormat]:
        """Of SS7 links, by their names."""
        points = self._node.points.values()
        return {line.name: point.label for point in points for line in point.lines}

    def switch(self, on: bool) -> None:
        """Begin or stop to listen; doing so twice changes nothing."""
        if on and self._tap not in self._node.taps:
            self._node.taps.append(self._tap)
            self._node.line_taps.append(self._line_tap)
        elif not on and self._tap in self._node.taps:
            self._node.taps.remove(self._tap)
            self._node.line_taps.remove(self._line_tap)

    def text(self, frame: TraceFrame) -> str:
        """One line of decode."""
        if frame.link_type == LINE_SIGNALS:
            return frame.text
        octets = bytes.fromhex(frame.frame)
        direction = SENT if frame.sent else RECEIVED
        label = self._labels.get(frame.trunk)
        if label is not None:
            return dissect_mtp2(octets, direction, label).summary
        if frame.link_type == LINUX_LAPD:
            network = self._node.trunks[frame.trunk].side == "network"
            direction = FROM_NETWORK if frame.sent == network else FROM_USER
        return dissect(frame.link_type, octets, direction).summary

    def _tap(self, source: Source, time: int, sent: bool, frame: bytes) -> None:
        span, timeslot = source.where()
        self._sink(
            TraceFrame(
                0,
                source.clock.wall(time),
                source.name,
                span,
                timeslot,
                sent,
                frame.hex(),
                link_type=source.link_type,
            )
        )

    def _line_tap(
        self, source: LineSource, time: int, sent: bool, channel: int, text: str, minor: bool
    ) -> None:
        self._sink(
            TraceFrame(
                0,
                source.clock.wall(time),
                source.name,
                source.spans(),
                channel,
                sent,
                "",
                text=text,
                link_type=LINE_SIGNALS,
                minor=minor,
            )
        )
