"""The engine on the timeslots of osmo-e1d's lines; td_e1d.h says what each function does."""

from __future__ import annotations

import os
from typing import Any

from ..errors import DriverError
from .wrap import ffi, lib
from .wrap_engine import Engine

EVENT_E1D: int = lib.TD_EVENT_E1D
RAW: int = lib.TD_E1D_RAW
HDLC: int = lib.TD_E1D_HDLC


class E1dEngine(Engine):
    """An engine whose timeslots are descriptors. ``depth``: octets that wait in each direction;
    ``start_ns``: stepped, from there."""

    def __init__(
        self,
        spans: int,
        block_frames: int,
        ring_octets: int,
        soft_spans: int,
        depth: int,
        start_ns: int = -1,
    ) -> None:
        stepped = start_ns >= 0
        config = ffi.new(
            "td_engine_config *",
            (spans, block_frames, ring_octets, stepped, max(start_ns, 0), 0, soft_spans, 0),
        )
        error = ffi.new("int *")
        engine = lib.td_engine_new_e1d(config, depth, error)
        if engine == ffi.NULL:
            raise DriverError(f"no engine of {spans} lines: {os.strerror(-error[0])}")
        self._engine: Any = ffi.gc(engine, lib.td_engine_free)
        self._room = max(ring_octets, 1 << 17)
        self._buffer = ffi.new("uint8_t[]", self._room)
        self._view = ffi.buffer(self._buffer)

    def timeslot(self, span: int, timeslot: int, fd: int, mode: int = RAW) -> int:
        """Give a timeslot its descriptor (-1: none any more). On success it is the engine's."""
        return int(lib.td_e1d_timeslot(self._engine, span, timeslot, fd, mode))

    def alarm(self, span: int, alarm: int, active: bool) -> int:
        return int(lib.td_e1d_alarm(self._engine, span, alarm, active))

    def line_counters(self, span: int, timeslot: int) -> dict[str, int]:
        """``td_e1d_counts``; empty when there is no such timeslot."""
        counts = ffi.new("td_e1d_counts *")
        if lib.td_e1d_counters(self._engine, span, timeslot, counts) < 0:
            return {}
        return {name: getattr(counts, name) for name, _ in ffi.typeof("td_e1d_counts").fields}
