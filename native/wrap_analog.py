"""Analog ports and lines of an engine; td_analog.h says what each function does.

Functions return what the C functions return: 0 or more, or a negative errno.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .wrap import ffi, lib
from .wrap_engine import Engine, or_far

EVENT_LINE: int = lib.TD_EVENT_LINE
HOOK: int = lib.TD_LINE_HOOK
GROUND: int = lib.TD_LINE_GROUND
RING: int = lib.TD_LINE_RING
BATTERY: int = lib.TD_LINE_BATTERY
IN_USE: int = lib.TD_LINE_IN_USE
METERING: int = lib.TD_LINE_METERING
SENT: int = lib.TD_LINE_SENT

FXS: int = lib.TD_ANALOG_FXS
FXO: int = lib.TD_ANALOG_FXO
TAP: int = lib.TD_ANALOG_TAP

CUT: int = lib.TD_ANALOG_CUT
SHORT: int = lib.TD_ANALOG_SHORT
CROSSED: int = lib.TD_ANALOG_CROSSED
PARALLEL: int = lib.TD_ANALOG_PARALLEL

TAPS: int = lib.TD_ANALOG_TAPS
DELAY: int = lib.TD_ANALOG_DELAY
TO_FXO: int = lib.TD_ANALOG_TO_FXO
TO_FXS: int = lib.TD_ANALOG_TO_FXS
ECHO_FXS: int = lib.TD_ANALOG_ECHO_FXS
ECHO_FXO: int = lib.TD_ANALOG_ECHO_FXO
TAP_FXS: int = lib.TD_ANALOG_TAP_FXS
TAP_FXO: int = lib.TD_ANALOG_TAP_FXO

NetworkValues = tuple[float, float, float, float, float]
"""series ohms, series farads, parallel ohms, branch ohms, parallel farads."""


def set_port(
    engine: Engine,
    span: int,
    port: int,
    kind: int,
    impedance: NetworkValues,
    *,
    battery_volts: float,
    feed_ohms: float,
    limit_amps: float,
    off_hook_amps: float,
    hold_ohms: float,
    ring_volts: float,
    ring_hz_min: float,
    ring_hz_max: float,
    ren: float,
) -> int:
    """Make a port, before start."""
    config = ffi.new("td_analog_port *")
    config.kind = kind
    _network(config.impedance, impedance)
    config.battery_volts = battery_volts
    config.feed_ohms = feed_ohms
    config.limit_amps = limit_amps
    config.off_hook_amps = off_hook_amps
    config.hold_ohms = hold_ohms
    config.ring_volts = ring_volts
    config.ring_hz_min = ring_hz_min
    config.ring_hz_max = ring_hz_max
    config.ren = ren
    return int(lib.td_analog_set_port(engine.handle, span, port, config))


def _network(to: Any, values: NetworkValues) -> None:
    (
        to.series_ohms,
        to.series_farads,
        to.parallel_ohms,
        to.branch_ohms,
        to.parallel_farads,
    ) = values


Line = Any
"""A ``td_analog_line``."""


def line(fields: dict[str, float]) -> Line:
    """Of its fields by name; the others are 0."""
    made = ffi.new("td_analog_line *")
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def add_line(engine: Engine, made: Line) -> int:
    return int(lib.td_analog_add_line(engine.handle, made))


def set_line(engine: Engine, number: int, made: Line) -> int:
    return int(lib.td_analog_set_line(engine.handle, number, made))


def feed(engine: Engine, span: int, port: int, what: int, hz: float, volts: float) -> int:
    return int(lib.td_analog_feed(engine.handle, span, port, what, hz, volts))


def loop(engine: Engine, span: int, port: int, closed: bool) -> int:
    return int(lib.td_analog_loop(engine.handle, span, port, closed))


def ground(engine: Engine, span: int, port: int, on: bool) -> int:
    return int(lib.td_analog_ground(engine.handle, span, port, on))


def monitor(engine: Engine, span: int, port: int, on: bool) -> int:
    return int(lib.td_analog_monitor(engine.handle, span, port, on))


def pulses(
    engine: Engine,
    span: int,
    port: int,
    digits: str,
    pps: float,
    break_percent: float,
    interdigit_ms: int,
    tag: int,
) -> int:
    return int(
        lib.td_analog_pulses(
            engine.handle,
            span,
            port,
            digits.encode(),
            pps,
            break_percent,
            or_far(interdigit_ms),
            tag,
        )
    )


def flash(engine: Engine, span: int, port: int, ms: int, tag: int) -> int:
    return int(lib.td_analog_flash(engine.handle, span, port, or_far(ms), tag))


def metering(engine: Engine, span: int, port: int, ms: int, hz: int, tag: int) -> int:
    ms, hz = or_far(ms), or_far(hz)
    return int(lib.td_analog_metering(engine.handle, span, port, ms, hz, tag))


def set_impedance(engine: Engine, span: int, port: int, values: NetworkValues) -> int:
    impedance = ffi.new("td_impedance *")
    _network(impedance, values)
    return int(lib.td_analog_set_impedance(engine.handle, span, port, impedance))


def lamp(engine: Engine, span: int, port: int, on: bool) -> int:
    return int(lib.td_analog_lamp(engine.handle, span, port, on))


class State(NamedTuple):
    """``td_analog_state``."""

    volts: float
    amps: float
    ring_volts: float
    ring_hz: float
    ring_amps: float
    kind: int
    off_hook: int
    battery: int
    busy: int


def state(engine: Engine, span: int, port: int) -> State | int:
    """What the port shows, or a negative errno."""
    found = ffi.new("td_analog_state *")
    error = int(lib.td_analog_get_state(engine.handle, span, port, found))
    return error or State(*(getattr(found, name) for name in State._fields))


def path(engine: Engine, number: int, which: int, off_hook: bool) -> list[float]:
    """The taps of a path; empty when there is no such line."""
    taps = ffi.new("float[]", TAPS)
    error = lib.td_analog_path(engine.handle, number, which, off_hook, taps)
    return list(taps) if error == 0 else []
