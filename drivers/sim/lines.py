"""Analog ports of the simulated board, and the pairs of wires between them."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...board.line import LineMeasure, PortKind
from ...errors import Error, LocalError
from ...native import wrap_analog as native
from ..line_rows import FEEDS, HOLD_OHMS, IMPEDANCES, RINGS, WIRES
from ..tdm_line import TdmLine, measured
from .line_config import LineConfig, LinePlan, PortPlan

if TYPE_CHECKING:
    from .board import SimBoard

_KINDS = {PortKind.FXS: native.FXS, PortKind.FXO: native.FXO, PortKind.TAP: native.TAP}
_NO_DBM0 = -1000.0


def make_ports(board: SimBoard, ports: Mapping[tuple[int, int], PortPlan]) -> None:
    """Make the ports in the engine, and give their timeslots a line."""
    for (span, number), plan in ports.items():
        feed, ring = FEEDS[plan.feed], RINGS[plan.ring]
        board.check(
            native.set_port(
                board.engine,
                span,
                number,
                _KINDS[plan.kind],
                IMPEDANCES[plan.impedance].values,
                battery_volts=feed.volts,
                feed_ohms=feed.feed_ohms,
                limit_amps=feed.limit_ma / 1000,
                off_hook_amps=feed.off_hook_ma / 1000,
                hold_ohms=HOLD_OHMS,
                ring_volts=ring.volts,
                ring_hz_min=ring.low_hz,
                ring_hz_max=ring.high_hz,
                ren=ring.ren,
            )
        )
        board.span(span).timeslots[number].line = TdmLine(board, span, number, plan.kind)


def cable_of(config: LineConfig) -> tuple[float, float]:
    """Ohms and farads of the whole cable, for voice."""
    if config.wire == "none":
        return 0.0, 0.0
    wire = WIRES[config.wire]
    if config.loss_db is None:
        km = config.loop_ohms / wire.ohms
    else:
        km = config.loss_db / wire.db_per_km()
    return wire.ohms * km, wire.farads * km


class LineCable:
    """The wires of a line, and what can be wrong with them. Takes effect with the next block."""

    def __init__(self, board: SimBoard, plan: LinePlan) -> None:
        self.fxs = plan.fxs
        self.fxo = plan.fxo
        self.tap = plan.tap
        """(span, port), or None."""
        self._board = board
        config = plan.config
        ohms, farads = cable_of(config)
        self._faults = native.PARALLEL * config.parallel | native.CROSSED * config.crossed
        none = (0, 0)
        (fxs, fxo, tap) = (end or none for end in (plan.fxs, plan.fxo, plan.tap))
        self._values: dict[str, float] = {
            "fxs_span": fxs[0],
            "fxs_port": fxs[1],
            "fxo_span": fxo[0],
            "fxo_port": fxo[1],
            "tap_span": tap[0],
            "tap_port": tap[1],
            "loop_ohms": config.loop_ohms,
            "cable_ohms": ohms,
            "cable_farads": farads,
            "leak_ohms": config.leak_ohms or 0.0,
            "ren": config.ren,
            "noise_dbm0": _NO_DBM0 if config.noise_dbm0 is None else config.noise_dbm0,
            "hum_dbm0": _NO_DBM0 if config.hum_dbm0 is None else config.hum_dbm0,
        }
        number = native.add_line(board.engine, self._made())
        board.check(number)
        self.number = number
        """From 1 on, as configured."""

    def __repr__(self) -> str:
        ends = [f"{e[0]}/{e[1]}" for e in (self.fxs, self.fxo, self.tap) if e is not None]
        return f"<line {self.number} of {self._board.address}, ports {', '.join(ends)}>"

    def _made(self) -> native.Line:
        return native.line({**self._values, "faults": self._faults})

    def _set(self) -> None:
        code = native.set_line(self._board.engine, self.number, self._made())
        if code == -errno.EINVAL:
            raise LocalError(
                f"line {self.number}: out of range: {self._values}: give short up to 1000 ohms, "
                "noise and hum up to 3 dBm0, foreign voltage up to 1000 V at 10 to 100 Hz"
            )
        self._board.check(code)

    def _change(self, faults: int, **values: float) -> None:
        before = self._faults, dict(self._values)
        self._faults = faults
        self._values.update(values)
        try:
            self._set()
        except Error:
            self._faults, self._values = before
            raise

    def _fault(self, bit: int, on: bool) -> None:
        self._change(self._faults | bit if on else self._faults & ~bit)

    def _value(self, **values: float) -> None:
        self._change(self._faults, **values)

    def cut(self) -> None:
        """Open between the FXS and all the rest: no battery, no voice."""
        self._fault(native.CUT, True)

    def short(self, ohms: float = 0.0) -> None:
        """The wires touch at the FXO's end, by 0 to 1000 ohms."""
        self._change(self._faults | native.SHORT, short_ohms=ohms)

    def mend(self) -> None:
        """Neither cut nor short, no leak, no crossed wires, no foreign voltage."""
        self._change(self._faults & native.PARALLEL, leak_ohms=0.0, foreign_volts=0.0)

    def parallel(self, off: bool = True) -> None:
        """The telephone beside the FXO goes off hook, or on."""
        self._fault(native.PARALLEL, off)

    def reverse(self, on: bool = True) -> None:
        """Tip and ring are exchanged."""
        self._fault(native.CROSSED, on)

    def leak(self, ohms: float | None) -> None:
        """Current leaks between the wires; None: no more."""
        self._value(leak_ohms=ohms or 0.0)

    def noise(self, dbm0: float | None) -> None:
        """White noise on the line; None: no more."""
        self._value(noise_dbm0=_NO_DBM0 if dbm0 is None else dbm0)

    def hum(self, dbm0: float | None) -> None:
        """50 Hz and, 10 dB below, 150 Hz on the line; None: no more."""
        self._value(hum_dbm0=_NO_DBM0 if dbm0 is None else dbm0)

    def power_cross(self, volts: float | None, hz: float = 50.0) -> None:
        """A power line touches the wires: alternating voltage, RMS; None: no more."""
        self._value(foreign_volts=volts or 0.0, foreign_hz=hz)

    def measure(self) -> LineMeasure:
        """A meter across the FXO's end, and one in the FXS's loop."""
        end = self.fxo or self.tap or self.fxs
        assert end is not None
        state = native.state(self._board.engine, *end)
        assert not isinstance(state, int)
        if self.fxs is not None:
            feed = native.state(self._board.engine, *self.fxs)
            assert not isinstance(feed, int)
            state = state._replace(amps=feed.amps)
        return measured(state)
