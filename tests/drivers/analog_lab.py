"""A stepped simulated board of one analog line, for the tests of analog ports."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np

from trunkd.board.clock import MILLISECOND, VirtualClock
from trunkd.board.events import BoardEvent
from trunkd.board.line import AnalogLine
from trunkd.board.model import Law, Timeslot
from trunkd.drivers.sim import SimBoard, SimConfig, SpanConfig
from trunkd.drivers.sim.line_config import LineConfig
from trunkd.native import wrap

FXS, FXO, TAP = 1, 2, 3
RATE = 8000
FULL = 32768 / math.sqrt(2) / 10 ** (3.14 / 20)
"""RMS of 0 dBm0."""

Event = TypeVar("Event", bound=BoardEvent)


def analog_board(
    line: LineConfig | None = None, *, block_ms: int = 1, clock: VirtualClock | None = None, **span
) -> SimBoard:
    """Span 1 with an FXS, an FXO and a tap on one line; ``span``: keys of SpanConfig."""
    line = line or LineConfig(wire="none", loop_ohms=200)
    line.fxs, line.fxo, line.tap = f"1/{FXS}", f"1/{FXO}", f"1/{TAP}"
    config = SimConfig(
        spans=1,
        block_ms=block_ms,
        span=[SpanConfig(1, kind="analog", ports="fxs:1,fxo:2,tap:3", **span)],
        lines=[line],
        soft_spans=0,
    )
    return SimBoard("sim://analog", config, clock or VirtualClock())


class Lab:
    """The board, started, and what it has told."""

    def __init__(self, line: LineConfig | None = None, *, block_ms: int = 1, **span) -> None:
        self.board = analog_board(line, block_ms=block_ms, **span)
        self.board.start()
        self.slots: list[Timeslot] = list(self.board.span(1).timeslots)
        self.cable = self.board.line_cable(1)
        self.seen: list[BoardEvent] = []

    def line(self, port: int) -> AnalogLine:
        line = self.slots[port].line
        assert line is not None
        return line

    @property
    def fxs(self) -> AnalogLine:
        return self.line(FXS)

    @property
    def fxo(self) -> AnalogLine:
        return self.line(FXO)

    @property
    def tap(self) -> AnalogLine:
        return self.line(TAP)

    @property
    def ms(self) -> float:
        return self.board.clock.now() / MILLISECOND

    def run(self, milliseconds: float) -> None:
        end = self.board.clock.now() + round(milliseconds * MILLISECOND)
        while self.board.clock.now() < end:
            self.board.step(end)
            self.seen += self.board.events()

    def of(self, kind: type[Event], port: int | None = None) -> list[Event]:
        """Events of a kind so far, of one port."""
        return [
            event
            for event in self.seen
            if isinstance(event, kind) and (port is None or event.timeslot == port)  # type: ignore[attr-defined]
        ]

    def told(self, kind: type[Event], port: int, field: str) -> list[tuple[float, object]]:
        """(ms, a field) of such events."""
        return [(e.time / MILLISECOND, getattr(e, field)) for e in self.of(kind, port)]

    # ---- voice ------------------------------------------------------------------------------

    def open(self, law: Law = Law.A) -> None:
        for port in (FXS, FXO, TAP):
            self.slots[port].open_voice(law)

    def talk(self, **said: np.ndarray) -> dict[int, np.ndarray]:
        """Say linear samples at ``fxs`` and ``fxo``; what all three ports heard, 100 ms longer."""
        longest = max(len(samples) for samples in said.values()) + 800
        for port in (FXS, FXO, TAP):
            self.slots[port].record(longest)
        for name, samples in said.items():
            octets = wrap.alaw_encode(np.asarray(samples, np.int16).tobytes())
            self.slots[FXS if name == "fxs" else FXO].play(octets)
        self.run(longest / 8 + 2)
        return {
            port: np.frombuffer(wrap.alaw_decode(self.slots[port].recorded()), np.int16).astype(
                float
            )
            for port in (FXS, FXO, TAP)
        }


def sine(hz: float, dbm0: float, n: int = 2400) -> np.ndarray:
    samples = math.sqrt(2) * FULL * 10 ** (dbm0 / 20) * np.sin(2 * np.pi * hz * np.arange(n) / RATE)
    return np.round(samples).astype(np.int16)


def level(samples: np.ndarray, hz: float | None = None) -> float:
    """dBm0 of samples 400 to 2000; with ``hz`` of that frequency alone."""
    part = samples[400:2000]
    if hz is None:
        rms = math.sqrt(float(np.mean(part**2)))
    else:
        turn = np.exp(-2j * np.pi * hz * np.arange(len(part)) / RATE)
        rms = abs(2 * np.mean(part * turn)) / math.sqrt(2)
    return 20 * math.log10(max(rms, 1e-3) / FULL)
