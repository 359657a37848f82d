"""Recording of an engine's timeslots into files; td_recorder.h says what each function does.

Functions take the ``Engine``; they return what the C functions return: 0 or more, or a negative
errno.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

from .wrap import ffi, lib
from .wrap_engine import Engine

EVENT_GAP: int = lib.TD_EVENT_RECORD_GAP
PAUSED: int = lib.TD_RECORD_PAUSED
CUT_DIGIT: int = lib.TD_RECORD_CUT_DIGIT
PAUSE: int = lib.TD_RECORD_PAUSE
RESUME: int = lib.TD_RECORD_RESUME

END = struct.Struct("<QQQIi")
"""samples, lost, ended, gaps, error"""
GAP = struct.Struct("<QQ")
"""at, lost"""

for _form, _name in ((END, "td_record_end"), (GAP, "td_record_gap")):
    if _form.size != ffi.sizeof(_name):
        raise ImportError(f"{_name} has {ffi.sizeof(_name)} octets, not {_form.size}")


class Config(NamedTuple):
    """td_record_config."""

    fd: int
    what: int
    encoding: int
    options: int
    data_start: int
    data_octets: int
    riff_size_at: int
    data_size_at: int
    fact_count_at: int
    prerecord_ms: int
    max_samples: int
    initial_silence_ms: int
    silence_ms: int
    stop_digits: int
    buffer_ms: int = 0


def start(engine: Engine, span: int, timeslot: int, config: Config, tag: int) -> int:
    given: Any = ffi.new("td_record_config *", config._asdict())
    return int(lib.td_slot_record_start(engine.handle, span, timeslot, given, tag))


def control(engine: Engine, span: int, timeslot: int, what: int) -> int:
    return int(lib.td_slot_record_control(engine.handle, span, timeslot, what))


def prerecord(engine: Engine, span: int, timeslot: int, ms: int) -> int:
    return int(lib.td_slot_prerecord(engine.handle, span, timeslot, ms))


def flush(engine: Engine) -> int:
    """Waits for the disk."""
    return int(lib.td_recorder_flush(engine.handle))


def stats(engine: Engine) -> dict[str, int]:
    """busy_ns, octets, lost, errors, recordings."""
    stats = ffi.new("td_recorder_stats *")
    lib.td_recorder_get_stats(engine.handle, stats)
    return {name: getattr(stats, name) for name, _ in ffi.typeof("td_recorder_stats").fields}
