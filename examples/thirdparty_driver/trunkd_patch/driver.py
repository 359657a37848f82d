"""``patch://``: the panel's spans as a board."""

from __future__ import annotations

import pathlib
from typing import ClassVar

import msgspec

from trunkd.board.capability import TDM, Capabilities, Capability, by_board
from trunkd.board.clock import Clock, VirtualClock
from trunkd.board.events import Alarm
from trunkd.board.found import Found
from trunkd.board.model import Board, Feature, HdlcConfig, Law, Loopback
from trunkd.board.registry import Address
from trunkd.drivers.tdm import TdmBoard, TdmSpan, TdmTimeslot
from trunkd.errors import ConfigError, DriverError
from trunkd.native.wrap_e1d import E1dEngine

from .panel import Panel

FRAMES_PER_MS = 8


class PatchConfig(msgspec.Struct, forbid_unknown_fields=True):
    """The panel."""

    block_ms: int = 2
    """What is read and written at a time, 1 to 20 ms."""
    buffer_ms: int = 100
    """What waits in each direction, 4 to 250 ms: delay against how late the machine may be."""


class PatchTimeslot(TdmTimeslot):
    """A timeslot gets the panel's descriptor when it is opened, and gives it back when closed."""

    _board: PatchBoard

    def open_hdlc(self, config: HdlcConfig) -> None:
        super().open_hdlc(config)
        self._board.plug(self.span, self.number)

    def open_voice(self, law: Law = Law.A, idle: int | None = None) -> None:
        super().open_voice(law, idle)
        self._board.plug(self.span, self.number)

    def close(self) -> None:
        super().close()
        self._board.unplug(self.span, self.number)

    def set_bits(self, bits: int) -> None:
        raise DriverError(f"{self.where()}: this board has no CAS")

    def bits(self) -> int:
        raise DriverError(f"{self.where()}: this board has no CAS")


class PatchSpan(TdmSpan):
    """One of the panel's spans."""

    def __init__(self, board: PatchBoard, number: int) -> None:
        super().__init__(board, number)
        self.timeslots = [PatchTimeslot(board, number, n) for n in range(32)]

    def set_loopback(self, loopback: Loopback) -> None:
        raise DriverError("this board has no loopback")


class PatchBoard(TdmBoard):
    """Both spans, on an engine that reads and writes descriptors."""

    def __init__(self, address: str, config: PatchConfig, clock: Clock | None) -> None:
        self.panel = Panel()
        engine = E1dEngine(
            2,  # spans
            config.block_ms * FRAMES_PER_MS,
            1 << 20,  # octets of room for events
            1,  # spans of soft channels
            config.buffer_ms * FRAMES_PER_MS,
            clock.now() if isinstance(clock, VirtualClock) else -1,
        )
        features = (
            Feature.HDLC | Feature.MTP2 | Feature.PLAY | Feature.PLAY_LIST | Feature.RECORD
            | Feature.RECORD_TO | Feature.CONNECT | Feature.LISTEN | Feature.CONDITION
            | Feature.CONFERENCE | Feature.SOFT | Feature.STREAM
        )  # fmt: skip
        super().__init__(address, engine, 2, clock, features, 1)

    @property
    def engine(self) -> E1dEngine:
        found = super().engine
        assert isinstance(found, E1dEngine)
        return found

    def make_span(self, number: int) -> PatchSpan:
        return PatchSpan(self, number)

    def plug(self, span: int, timeslot: int) -> None:
        """Have an opened timeslot carried; soft channels have no line."""
        if span <= len(self.spans):
            fd = self.panel.open(span, timeslot)
            self.check(self.engine.timeslot(span, timeslot, fd))

    def unplug(self, span: int, timeslot: int) -> None:
        if span <= len(self.spans):
            self.check(self.engine.timeslot(span, timeslot, -1))

    def cut(self, cut: bool) -> None:
        """What hardware tells by an interrupt: nothing comes in at span 2 any more, or does again;
        its framer tells the far end by RAI (G.704)."""
        self.panel.cut = cut
        self.check(self.engine.alarm(2, Alarm.LOS, cut))
        self.check(self.engine.alarm(1, Alarm.RAI, cut))

    def start(self) -> None:
        super().start()
        if not isinstance(self.clock, VirtualClock):
            self.panel.run()

    def step(self, until: int) -> int:
        self.panel.pass_on()
        return super().step(min(until, self.clock.now() + self.stats().block_ns))

    def close(self) -> None:
        super().close()
        self.panel.close()


class PatchDriver:
    """Entry point ``patch`` of the group ``trunkd.drivers``."""

    config_type: ClassVar[type[msgspec.Struct]] = PatchConfig
    capabilities: ClassVar[Capabilities] = {
        **TDM,
        Capability.E1: by_board(),
        Capability.STEPPED: by_board(),
    }

    @staticmethod
    def check(config: msgspec.Struct) -> None:
        """ConfigError "key: what is wrong: remedy"."""
        assert isinstance(config, PatchConfig)
        if not 1 <= config.block_ms <= 20:
            raise ConfigError(f"block_ms: {config.block_ms} is out of range: give 1 to 20")
        if not 4 <= config.buffer_ms <= 250:
            raise ConfigError(f"buffer_ms: {config.buffer_ms} is out of range: give 4 to 250")

    @staticmethod
    def discover(root: pathlib.Path) -> list[Found]:
        """What `trunkd boards` shows: this panel needs nothing of the machine."""
        panel = Found(kind="driver", what="patch panel", driver="patch", address="patch://panel")
        return [panel]

    @staticmethod
    def open(address: Address, config: msgspec.Struct, clock: Clock | None) -> Board:
        """The board, not started."""
        if not isinstance(config, PatchConfig):
            raise ConfigError(f"{address}: give a PatchConfig")
        PatchDriver.check(config)
        return PatchBoard(str(address), config, clock)
