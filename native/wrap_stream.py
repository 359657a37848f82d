"""Live audio and bridges of an engine's timeslots; td_stream.h says what each does.

Functions return what the C functions return: 0 or more, or a negative errno.
"""

from __future__ import annotations

import struct

from .wrap import ffi, lib
from .wrap_engine import Engine

EVENT_LIVE_END: int = lib.TD_EVENT_LIVE_END
EVENT_BRIDGE_END: int = lib.TD_EVENT_BRIDGE_END
END_GONE: int = lib.TD_END_GONE

COUNTS = struct.Struct("<5Q")
"""packets, dropped, spoken, gaps, malformed"""
if COUNTS.size != ffi.sizeof("td_live_counts"):
    raise ImportError("td_live_counts is not what this module was written for")

RECEIVED: int = lib.TD_LIVE_RECEIVED
SENT: int = lib.TD_LIVE_SENT
SPEAK: int = lib.TD_LIVE_SPEAK
DATA: int = lib.TD_LIVE_DATA
CODINGS: dict[str, int] = {"pcm16": lib.TD_LINEAR, "alaw": lib.TD_ALAW, "mulaw": lib.TD_ULAW}


def live(
    engine: Engine,
    span: int,
    timeslot: int,
    fd: int,
    tag: int,
    directions: int,
    coding: int,
    rate: int,
    packet_ms: int,
    buffer_ms: int,
    prefill_ms: int,
    wait_ms: int,
) -> int:
    """On success the descriptor belongs to the engine."""
    config = ffi.new(
        "td_live_config *",
        (directions, coding, rate, packet_ms, buffer_ms, prefill_ms, wait_ms, 0),
    )
    return int(lib.td_slot_live(engine.handle, span, timeslot, config, fd, tag))


def stop(engine: Engine, span: int, timeslot: int) -> int:
    return int(lib.td_slot_stop_stream(engine.handle, span, timeslot))


def streaming(engine: Engine, span: int, timeslot: int) -> int:
    return int(lib.td_slot_streaming(engine.handle, span, timeslot))


def bridge(
    engine: Engine, span: int, timeslot: int, other: Engine, other_span: int, other_timeslot: int
) -> int:
    return int(
        lib.td_bridge(engine.handle, span, timeslot, other.handle, other_span, other_timeslot)
    )


def bridge_slips(engine: Engine, span: int, timeslot: int) -> int:
    return int(lib.td_bridge_slips(engine.handle, span, timeslot))
