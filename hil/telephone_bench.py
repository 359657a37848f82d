"""Telephones, the lines to them and an FXS engine, on a stepped simulated board: the real path in
virtual time. Port n of span 1 is an FXS, its telephone is port ``PHONES`` + n."""

from __future__ import annotations

from typing import Final

from ..board.clock import VirtualClock
from ..board.events import BoardEvent
from ..drivers.sim import SimBoard, SimConfig, SpanConfig
from ..drivers.sim.line_config import LineConfig
from ..signaling.analog.fxs import FxsTrunk
from ..signaling.analog.fxs_config import FxsConfig
from ..signaling.call import SignallingEvent
from ..signaling.line_port import LinePort
from .telephone import Telephone

MS: Final = 1_000_000
PHONES: Final = 15


class TelephoneBench:
    """``count`` telephones. ``told``: every event of the engine as (ns, event); ``seen``: of the
    board. ``line``: keys of LineConfig for all lines (loop_ohms, wire, noise_dbm0, ren …)."""

    def __init__(
        self,
        settings: dict[str, object] | None = None,
        country: str = "cn",
        count: int = 1,
        numbers: dict[int, str] | None = None,
        **line: object,
    ) -> None:
        self.board: Final = _board(count, line)
        self.board.start()
        slots = self.board.span(1).timeslots
        channels = tuple(range(1, count + 1))
        self.trunk: Final = FxsTrunk(FxsConfig(channels, country, settings, numbers))
        self.port: Final = LinePort({n: slots[n] for n in channels})
        self.phones: Final = {n: Telephone(slots[PHONES + n], country) for n in channels}
        self.told: Final[list[tuple[int, SignallingEvent]]] = []
        self.seen: Final[list[BoardEvent]] = []
        self.trunk.start(0)
        for signal in self.port.first_signals():
            self.trunk.receive(signal, 0)
        self.settle(0)

    @property
    def now(self) -> int:
        return self.board.clock.now()

    def settle(self, now: int) -> None:
        """Carry out what the engine wants, and take what it tells."""
        while True:
            actions = self.trunk.transmit()
            for action in actions:
                self.port.carry_out(action)
            for signal in self.port.taken():
                self.trunk.receive(signal, now)
            if not actions:
                break
        self.told.extend((now, event) for event in self.trunk.events())

    def run(self, until: int) -> None:
        """Let time pass until ``until`` ns."""
        self.settle(self.now)
        while self.now < until:
            due = min(phone.next_timeout() for phone in self.phones.values())
            timer = self.trunk.next_timeout()
            due = min(due, until, until if timer is None else timer)
            if due > self.now:
                self.board.step(due)
            self._deliver()
            now = self.now
            for phone in self.phones.values():
                phone.handle_timeout(now)
            self.trunk.handle_timeout(now)
            self.settle(now)

    def _deliver(self) -> None:
        for event in self.board.events():
            self.seen.append(event)
            for phone in self.phones.values():
                phone.event(event)
            signal = self.port.signal(event)
            if signal is not None:
                self.trunk.receive(signal, event.time)
                self.settle(event.time)

    def run_for(self, ms: int) -> None:
        self.run(self.now + ms * MS)

    def events(self, kind: type) -> list[SignallingEvent]:
        """What was told of one kind."""
        return [event for _, event in self.told if isinstance(event, kind)]

    def close(self) -> None:
        self.board.close()


def _board(count: int, line: dict[str, object]) -> SimBoard:
    keys: dict[str, object] = {"wire": "none", **line}
    lines = [
        LineConfig(fxs=f"1/{n}", fxo=f"1/{PHONES + n}", **keys)  # type: ignore[arg-type]
        for n in range(1, count + 1)
    ]
    ports = f"fxs:1-{count},fxo:{PHONES + 1}-{PHONES + count}"
    config = SimConfig(
        spans=1, span=[SpanConfig(1, kind="analog", ports=ports)], lines=lines, soft_spans=0
    )
    return SimBoard("sim://telephones", config, VirtualClock())
