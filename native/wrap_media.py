"""Listening, conditioning, echo cancelling, conferences of an engine; td_media.h says what it is.

Functions take the ``Engine``; they return what the C functions return: 0 or more, or a negative
errno.
"""

from __future__ import annotations

import struct
from typing import Any

from .wrap import ffi, lib
from .wrap_engine import Engine

EVENT_DIGIT: int = lib.TD_EVENT_DIGIT
EVENT_FSK: int = lib.TD_EVENT_FSK
EVENT_MODEM: int = lib.TD_EVENT_MODEM
EVENT_PROGRESS: int = lib.TD_EVENT_PROGRESS
EVENT_LEVEL: int = lib.TD_EVENT_LEVEL
EVENT_TALKERS: int = lib.TD_EVENT_TALKERS

DIGIT = struct.Struct("<QIIBBBBffI")
"""start, duration, channel, kind, phase, digit, -, level, twist, -"""
FSK = struct.Struct("<QIhBB")
"""sample, channel, level, kind, octet"""
MODEM = struct.Struct("<QIIhHHBB")
"""sample, duration, channel, level, frequency, reversals, kind, tone"""
PROGRESS = struct.Struct("<QIIhBB4H4hI")
"""sample, duration, channel, level, kind, n, frequencies, levels, -"""
LEVEL = struct.Struct("<QIIhBBI")
"""sample, channel, duration, level, kind, active, clipped"""
TALKER = struct.Struct("<BBh")
"""span, timeslot, level"""

TONE_END: int = lib.TD_TONE_END
PROGRESS_OFF: int = lib.TD_PROGRESS_OFF
LEVEL_VOICE: int = lib.TD_LEVEL_VOICE

for _form, _name in (
    (DIGIT, "td_digit_event"),
    (FSK, "td_fsk_event"),
    (MODEM, "td_modem_tone_event"),
    (PROGRESS, "td_progress_event"),
    (LEVEL, "td_level_event"),
    (TALKER, "td_talker"),
):
    if _form.size != ffi.sizeof(_name):
        raise ImportError(f"{_name} has {ffi.sizeof(_name)} octets, not {_form.size}")


def listen(engine: Engine, span: int, timeslot: int, kinds: int) -> int:
    return int(lib.td_slot_listen(engine.handle, span, timeslot, kinds))


def _fields(name: str, fill: Any, *where: Any) -> tuple[int, dict[str, Any]]:
    values = ffi.new(f"{name} *")
    code = int(fill(*where, values))
    if code < 0:
        return code, {}
    return code, {field: getattr(values, field) for field, _ in ffi.typeof(name).fields}


def level(engine: Engine, span: int, timeslot: int) -> tuple[int, dict[str, Any]]:
    """Code and the fields of td_level_now."""
    return _fields("td_level_now", lib.td_slot_level, engine.handle, span, timeslot)


def condition(
    engine: Engine, span: int, timeslot: int, direction: int, config: dict[str, int] | None
) -> int:
    """``config``: fields of td_condition_config, or None for none."""
    made = ffi.NULL if config is None else ffi.new("td_condition_config *", config)
    return int(lib.td_slot_condition(engine.handle, span, timeslot, direction, made))


CONDITION_AGC: int = lib.TD_CONDITION_AGC
CONDITION_GATE: int = lib.TD_CONDITION_GATE
CONDITION_LIMIT: int = lib.TD_CONDITION_LIMIT
ECHO_ON: int = lib.TD_ECHO_ON
ECHO_NLP: int = lib.TD_ECHO_NLP
ECHO_COMFORT: int = lib.TD_ECHO_COMFORT
ECHO_TONE_DISABLE: int = lib.TD_ECHO_TONE_DISABLE


def echo(engine: Engine, span: int, timeslot: int, options: int, tail_ms: int) -> int:
    return int(lib.td_slot_echo(engine.handle, span, timeslot, options, tail_ms))


def echo_stats(engine: Engine, span: int, timeslot: int) -> tuple[int, dict[str, Any]]:
    """Code and the fields of td_echo_stats."""
    return _fields("td_echo_stats", lib.td_slot_echo_stats, engine.handle, span, timeslot)


def conference_open(
    engine: Engine, gate_above: int, talk_level: int, hold_ms: int, report_ms: int
) -> int:
    config = ffi.new("td_conference_config *", (gate_above, talk_level, hold_ms, report_ms))
    return int(lib.td_conference_open(engine.handle, config))


def conference_close(engine: Engine, conference: int) -> int:
    return int(lib.td_conference_close(engine.handle, conference))


def conference_join(
    engine: Engine,
    conference: int,
    span: int,
    timeslot: int,
    roles: int,
    coached_span: int,
    coached_timeslot: int,
) -> int:
    return int(
        lib.td_conference_join(
            engine.handle, conference, span, timeslot, roles, coached_span, coached_timeslot
        )
    )


def conference_leave(engine: Engine, conference: int, span: int, timeslot: int) -> int:
    return int(lib.td_conference_leave(engine.handle, conference, span, timeslot))
