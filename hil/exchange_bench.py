"""Exchanges, the lines from them and an FXO engine, on a stepped simulated board: the real path in
virtual time. Port n of span 1 is the exchange's (FXS), port ``TRUNKS`` + n ours (FXO)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..board.clock import VirtualClock
from ..drivers.sim import SimBoard, SimConfig, SpanConfig
from ..drivers.sim.line_config import LineConfig
from ..signaling.analog.fxo import FxoTrunk
from ..signaling.analog.fxo_config import FxoConfig
from ..signaling.analog.tap import TapConfig, TapTrunk
from ..signaling.analog.tone_rows import ToneRow
from ..signaling.call import CallRequest, PartyNumber, SignallingEvent
from ..signaling.line_port import LinePort
from ..signaling.line_signals import LineSignal
from .exchange_line import ExchangeLine

MS: Final = 1_000_000
SECOND: Final = 1000 * MS
TRUNKS: Final = 15
TAP: Final = 31


class ExchangeBench:
    """``make``: the exchange of a channel. ``tap``: a recording tap lies on the first line, what it
    tells is in ``tapped``. ``told``: every event of the engine as (ns, event);
    ``signals``: what ports showed to it; ``line``: keys of LineConfig for all lines."""

    def __init__(
        self,
        make: Callable[[int], ExchangeLine],
        country: str = "cn",
        count: int = 1,
        settings: dict[str, object] | None = None,
        rows: tuple[ToneRow, ...] = (),
        tap: bool = False,
        **line: object,
    ) -> None:
        self.board: Final = _board(count, tap, line)
        self.board.start()
        slots = self.board.span(1).timeslots
        self.channels: Final = tuple(range(1, count + 1))
        self.exchanges: Final = {n: make(n) for n in self.channels}
        self.far: Final = LinePort({n: slots[n] for n in self.channels})
        self.trunk: Final = FxoTrunk(FxoConfig(self.channels, country, settings, rows))
        self.port: Final = LinePort({n: slots[TRUNKS + n] for n in self.channels})
        self.told: Final[list[tuple[int, SignallingEvent]]] = []
        self.signals: Final[list[tuple[int, LineSignal]]] = []
        self.tap: Final = TapTrunk(TapConfig((TAP,), country)) if tap else None
        self.listening: Final = LinePort({TAP: slots[TAP]} if tap else {})
        self.tapped: Final[list[SignallingEvent]] = []
        if self.tap is not None:
            self.tap.start(0)
        for exchange in self.exchanges.values():
            exchange.start()
        self.trunk.start(0)
        for signal in self.port.first_signals():
            self.trunk.receive(signal, 0)
        self.settle(0)

    @property
    def now(self) -> int:
        return int(self.board.clock.now())

    def settle(self, now: int) -> None:
        """Carry out what both ends want, and take what the engine tells."""
        for exchange in self.exchanges.values():
            for action in exchange.transmit():
                self.far.carry_out(action)
            for signal in self.far.taken():
                self.exchanges[signal.channel].receive(signal, now)
        while True:
            actions = self.trunk.transmit()
            for action in actions:
                self.port.carry_out(action)
            for signal in self.port.taken():
                self.trunk.receive(signal, now)
            if not actions:
                break
        if self.tap is not None:
            for action in self.tap.transmit():
                self.listening.carry_out(action)
            self.tapped.extend(self.tap.events())
        self.told.extend((now, event) for event in self.trunk.events())

    def run(self, seconds: float) -> None:
        """Let time pass."""
        until = self.now + round(seconds * SECOND)
        self.settle(self.now)
        while self.now < until:
            due = min(exchange.next_timeout() for exchange in self.exchanges.values())
            for engine in (self.trunk, self.tap):
                timer = engine.next_timeout() if engine is not None else None
                due = min(due, until if timer is None else timer)
            due = min(due, until)
            if due > self.now:
                self.board.step(due)
            self._deliver()
            now = self.now
            for exchange in self.exchanges.values():
                exchange.handle_timeout(now)
            self.trunk.handle_timeout(now)
            if self.tap is not None:
                self.tap.handle_timeout(now)
            self.settle(now)

    def _deliver(self) -> None:
        for event in self.board.events():
            signal = self.far.signal(event)
            if signal is not None:
                self.exchanges[signal.channel].receive(signal, event.time)
            signal = self.port.signal(event)
            if signal is not None:
                self.signals.append((event.time, signal))
                self.trunk.receive(signal, event.time)
            signal = self.listening.signal(event)
            if signal is not None and self.tap is not None:
                self.tap.receive(signal, event.time)
            self.settle(event.time)

    def place(self, digits: str, channel: int = 1) -> int:
        request = CallRequest(PartyNumber(digits), channel=channel, exclusive=True)
        call = self.trunk.place(request, self.now)
        self.settle(self.now)
        return call

    def events(self, kind: type) -> list[SignallingEvent]:
        """What was told of one kind."""
        return [event for _, event in self.told if isinstance(event, kind)]

    def is_idle(self, channel: int = 1) -> bool:
        """On hook at both ends, no call, ready."""
        text = self.trunk.channel_text(channel)
        quiet = not self.exchanges[channel].loops() and not self.trunk.core.calls
        return text.startswith("idle, on hook") and quiet

    def close(self) -> None:
        self.board.close()


def _board(count: int, tap: bool, line: dict[str, object]) -> SimBoard:
    keys: dict[str, object] = {"wire": "none", **line}
    lines = [
        LineConfig(fxs=f"1/{n}", fxo=f"1/{TRUNKS + n}", **keys)  # type: ignore[arg-type]
        for n in range(1, count + 1)
    ]
    ports = f"fxs:1-{count},fxo:{TRUNKS + 1}-{TRUNKS + count}"
    if tap:
        lines[0].tap = f"1/{TAP}"
        ports += f",tap:{TAP}"
    config = SimConfig(
        spans=1, span=[SpanConfig(1, kind="analog", ports=ports)], lines=lines, soft_spans=0
    )
    return SimBoard("sim://exchanges", config, VirtualClock())
