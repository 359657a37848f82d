"""The line side of an engine's analog ports, and their events."""

from __future__ import annotations

import errno
import math
from typing import TYPE_CHECKING

from ..board.events import BoardEvent
from ..board.line import (
    AnalogLine,
    Battery,
    BatteryChanged,
    Feed,
    GroundChanged,
    HookChanged,
    InUseChanged,
    LineMeasure,
    LineSent,
    MeteringPulse,
    PortKind,
    PulseShape,
    RingChanged,
    Ringing,
)
from ..errors import LocalError
from ..native import wrap_analog as native
from .line_rows import IMPEDANCES, Impedance

if TYPE_CHECKING:
    from .tdm import TdmBoard

KIND = native.EVENT_LINE
_LEAST_AMPS = 1e-4
"""Less is leakage: no loop to measure."""


def impedance_row(name: str) -> Impedance:
    """A row by its name; LocalError names the rows."""
    if name not in IMPEDANCES:
        raise LocalError(f"no impedance '{name}': give one of {', '.join(IMPEDANCES)}")
    return IMPEDANCES[name]


class TdmLine(AnalogLine):
    """One analog port of an engine."""

    def __init__(self, board: TdmBoard, span: int, number: int, kind: PortKind) -> None:
        self.kind = kind
        self.span = span
        self.number = number
        self._board = board

    def where(self) -> str:
        """For texts of errors."""
        return f"{self._board.address} span {self.span} port {self.number}"

    def _check(self, code: int, what: str) -> None:
        if code == -errno.EOPNOTSUPP:
            raise LocalError(f"{self.where()} is {_A[self.kind]} and cannot {what}")
        if code == -errno.ENOTCONN:
            raise LocalError(f"{self.where()} is on hook: close the loop to {what}")
        if code == -errno.EBUSY:
            raise LocalError(
                f"{self.where()} is sending pulses, a flash or metering: wait for its LineSent"
            )
        self._board.check(code)

    def feed(self, feed: Feed, ringing: Ringing | None = None) -> None:
        if feed is Feed.RINGING and ringing is None:
            raise LocalError(f"{self.where()}: Feed.RINGING needs a Ringing")
        how = ringing or Ringing()
        code = native.feed(self._board.engine, self.span, self.number, int(feed), how.hz, how.volts)
        if code == -errno.EINVAL:
            raise LocalError(
                f"{self.where()}: ringing of {how.hz} Hz, {how.volts} V: give 15 to 70 Hz and 10 "
                "to 120 V"
            )
        self._check(code, "feed a line")

    def loop(self, closed: bool) -> None:
        code = native.loop(self._board.engine, self.span, self.number, closed)
        self._check(code, "close a loop")

    def ground(self, on: bool) -> None:
        code = native.ground(self._board.engine, self.span, self.number, on)
        self._check(code, "ground the ring")

    def pulses(self, digits: str, shape: PulseShape, tag: int = 0) -> None:
        code = native.pulses(
            self._board.engine,
            self.span,
            self.number,
            digits if digits.isascii() and digits.isdigit() else "?",
            shape.pps,
            shape.break_percent,
            shape.interdigit_ms,
            tag,
        )
        if code == -errno.EINVAL:
            raise LocalError(
                f"{self.where()}: pulses '{digits}' with {shape}: give 1 to 32 digits 0 to 9, 1 to "
                "50 pulses a second, a break of 10 to 90 percent, up to 10000 ms between digits"
            )
        self._check(code, "dial by pulses")

    def flash(self, ms: int, tag: int = 0) -> None:
        code = native.flash(self._board.engine, self.span, self.number, ms, tag)
        if code == -errno.EINVAL:
            raise LocalError(f"{self.where()}: a flash of {ms} ms: give 1 to 10000")
        self._check(code, "flash")

    def metering(self, ms: int, hz: int = 16000, tag: int = 0) -> None:
        code = native.metering(self._board.engine, self.span, self.number, ms, hz, tag)
        if code == -errno.EINVAL:
            raise LocalError(
                f"{self.where()}: metering of {ms} ms at {hz} Hz: give 1 to 10000 ms, and 12000 or "
                "16000 Hz"
            )
        self._check(code, "send metering pulses")

    def monitor(self, on: bool) -> None:
        code = native.monitor(self._board.engine, self.span, self.number, on)
        self._check(code, "keep a voice path on hook")

    def lamp(self, on: bool) -> None:
        code = native.lamp(self._board.engine, self.span, self.number, on)
        self._check(code, "light a lamp")

    def impedance(self, name: str) -> None:
        row = impedance_row(name)
        code = native.set_impedance(self._board.engine, self.span, self.number, row.values)
        self._check(code, "have an impedance")

    def sending(self) -> bool:
        return bool(self._state().busy)

    def off_hook(self) -> bool:
        return bool(self._state().off_hook)

    def battery(self) -> Battery:
        return Battery(self._state().battery)

    def measure(self) -> LineMeasure:
        return measured(self._state())

    def _state(self) -> native.State:
        state = native.state(self._board.engine, self.span, self.number)
        if isinstance(state, int):
            self._board.check(state)
            raise AssertionError(state)
        return state


_A = {PortKind.FXS: "an FXS", PortKind.FXO: "an FXO", PortKind.TAP: "a tap"}


def measured(state: native.State) -> LineMeasure:
    """What the meters of a port show."""
    ohms = math.inf
    if abs(state.amps) > _LEAST_AMPS:
        ohms = abs(state.volts / state.amps)
    elif state.ring_amps > _LEAST_AMPS:
        ohms = state.ring_volts / state.ring_amps
    return LineMeasure(state.volts, state.amps * 1000, state.ring_volts, state.ring_hz, ohms)


def event(
    time: int, span: int, timeslot: int, code: int, value: int, octets: int, tag: int
) -> BoardEvent:
    """An event of kind KIND."""
    if code == native.HOOK:
        return HookChanged(time, span, timeslot, value != 0)
    if code == native.RING:
        return RingChanged(time, span, timeslot, value != 0, tag / 1000, octets / 1000)
    if code == native.BATTERY:
        return BatteryChanged(time, span, timeslot, Battery(value))
    if code == native.GROUND:
        return GroundChanged(time, span, timeslot, value != 0)
    if code == native.IN_USE:
        return InUseChanged(time, span, timeslot, value != 0)
    if code == native.METERING:
        return MeteringPulse(time, span, timeslot, tag)
    return LineSent(time, span, timeslot, tag)
