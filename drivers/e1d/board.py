"""The board: lines of osmo-e1d as spans of our own engine."""

from __future__ import annotations

import errno
import os
import select
from collections.abc import Sequence
from typing import ClassVar, cast

import msgspec

from ...board.capability import TDM, Capabilities, Capability, by_board, by_engine
from ...board.clock import MILLISECOND, SECOND, Clock, RealClock, VirtualClock
from ...board.events import Alarm, BoardEvent, SaBitsChanged
from ...board.model import Board, Feature, HdlcConfig, Law, Loopback
from ...board.registry import Address
from ...errors import ConfigError, DriverError, LocalError
from ...native import wrap_e1d as native
from ..tdm import TdmBoard, TdmSpan, TdmTimeslot
from . import proto
from .config import FRAMES_PER_MS, E1dConfig, check, socket_path
from .events import ServerChanged, TimeslotChanged
from .link import Came, ControlLink, Heard, Left
from .proto import Message

Place = tuple[int, int]
"""Span and timeslot."""


class E1dTimeslot(TdmTimeslot):
    """One timeslot of a line; it is opened at the server when it is opened here."""

    _board: E1dBoard

    def open_hdlc(self, config: HdlcConfig) -> None:
        server = self._board.config.hdlc == "server" and not config.mtp2 and not config.rate56
        super().open_hdlc(config)
        self._open_there(proto.TS_HDLC if server else proto.TS_RAW)

    def open_voice(self, law: Law = Law.A, idle: int | None = None) -> None:
        super().open_voice(law, idle)
        self._open_there(proto.TS_RAW)

    def _open_there(self, mode: int) -> None:
        if self.span > len(self._board.spans):
            return  # a soft channel
        try:
            self._board.want((self.span, self.number), mode)
        except BaseException:
            super().close()
            raise

    def close(self) -> None:
        super().close()
        self._board.forget((self.span, self.number))

    def set_bits(self, bits: int) -> None:
        raise DriverError(f"{self.where()}: osmo-e1d's protocol has no CAS bits")

    def bits(self) -> int:
        raise DriverError(f"{self.where()}: osmo-e1d's protocol has no CAS bits")

    def line_counters(self) -> dict[str, int]:
        """Of the descriptor: ``starved``, ``left_out``, ``refused``, ``lost``, ``waiting``."""
        return self._board.engine.line_counters(self.span, self.number)


class E1dSpan(TdmSpan):
    """One line."""

    _board: E1dBoard

    def __init__(self, board: E1dBoard, number: int, intf: int, line: int) -> None:
        super().__init__(board, number)
        self.intf = intf
        self.line = line
        self.sa_bits = 31
        """Sa4 (bit 4) to Sa8 received last; 31 until the server tells others."""
        self.timeslots: Sequence[E1dTimeslot] = [E1dTimeslot(board, number, n) for n in range(32)]

    def set_loopback(self, loopback: Loopback) -> None:
        raise DriverError(
            f"{self._board.address} span {self.number}: osmo-e1d has no loopback: plug one"
        )

    def send_ais(self, on: bool) -> None:
        raise DriverError(f"{self._board.address} span {self.number}: osmo-e1d cannot send AIS")

    def set_sa_bits(self, sa: int) -> None:
        """Send Sa4 (bit 4) to Sa8 (bit 0) from now on; 31 is nothing to say (G.704 2.3.2)."""
        if not 0 <= sa <= 31:
            raise LocalError(f"Sa bits {sa}: give 0 to 31, Sa4 is bit 4")
        body = bytes([proto.sa_to_wire(sa)])
        self._board.link.ask(Message(proto.SABITS, self.intf, self.line, body=body))


class E1dBoard(TdmBoard):
    """Lines of one server. DriverError when it is not there, or has no such line."""

    def __init__(
        self, address: str, config: E1dConfig, path: str, clock: Clock | None = None
    ) -> None:
        self.config = config
        self._lines = check(config)
        self._wanted: dict[Place, int] = {}
        """Open timeslots and their TS_ modes."""
        self._carried: set[Place] = set()
        """Those that have a descriptor."""
        self._released: dict[Place, int] = {}
        """When we closed a timeslot: the server sees that a little later."""
        self._retry_at = 0
        self.link = ControlLink(path, config.retry_ms / 1000)
        self._epoll = select.epoll()
        try:
            self._configure_lines()
            engine = native.E1dEngine(
                len(self._lines),
                config.block_ms * FRAMES_PER_MS,
                config.ring_octets,
                config.soft_spans,
                config.buffer_ms * FRAMES_PER_MS,
                clock.now() if isinstance(clock, VirtualClock) else -1,
            )
        except BaseException:
            self._epoll.close()
            self.link.close()
            raise
        features = (
            Feature.HDLC | Feature.PLAY | Feature.PLAY_LIST | Feature.RECORD | Feature.RECORD_TO
            | Feature.CONNECT | Feature.LISTEN | Feature.CONDITION | Feature.CONFERENCE
            | Feature.STREAM | Feature.MTP2
        )  # fmt: skip
        if config.soft_spans:
            features |= Feature.SOFT
        count = len(self._lines)
        super().__init__(address, engine, count, clock or RealClock(), features, config.soft_spans)
        self._epoll.register(engine.fileno(), select.EPOLLIN)
        self._epoll.register(self.link.fileno(), select.EPOLLIN)

    @property
    def engine(self) -> native.E1dEngine:
        return cast(native.E1dEngine, super().engine)

    def make_span(self, number: int) -> E1dSpan:
        return E1dSpan(self, number, *self._lines[number - 1])

    def span(self, number: int) -> E1dSpan:
        return cast(E1dSpan, super().span(number))

    def fileno(self) -> int:
        return self._epoll.fileno() if self.engine else -1

    def close(self) -> None:
        super().close()
        if not self._epoll.closed:
            self._epoll.close()
            self.link.close()

    # ---- the server --------------------------------------------------------------------------

    def _configure_lines(self) -> None:
        """Every line must be there, and have timeslots."""
        for intf, line in self._lines:
            answer, _ = self.link.ask(Message(proto.LINE_QUERY, intf, line))
            found = [info for info in proto.lines(answer.body) if info.id == line]
            if not found:
                raise DriverError(
                    f"{self.link.path}: no line {line} of interface {intf}: {self._there_are()}"
                )
            if found[0].mode == proto.LINE_CHANNELIZED:
                continue
            body = bytes([proto.LINE_CHANNELIZED])
            answer, _ = self.link.ask(Message(proto.LINE_CONFIG, intf, line, body=body))
            if not proto.lines(answer.body):
                raise DriverError(
                    f"{self.link.path}: line {intf}:{line} has no timeslots (mode "
                    f"{found[0].mode:#04x}): make it channelized in osmo-e1d's configuration"
                )

    def _there_are(self) -> str:
        answer, _ = self.link.ask(Message(proto.INTF_QUERY))
        have = [
            f"{intf.id}:{n}" for intf in proto.interfaces(answer.body) for n in range(intf.lines)
        ]
        return f"it serves {', '.join(have)}" if have else "it serves none: plug the interface"

    def want(self, place: Place, mode: int) -> None:
        """A timeslot was opened: have it carried. While the server is away, later."""
        self._wanted[place] = mode
        if not self.link.connected:
            return
        try:
            self._open_there(place)
        except BaseException:
            del self._wanted[place]
            raise

    def forget(self, place: Place) -> None:
        self._wanted.pop(place, None)
        if place in self._carried:
            self._carried.discard(place)
            self._released[place] = self.clock.now()
            self.check(self.engine.timeslot(*place, -1))

    def _open_there(self, place: Place) -> None:
        span, timeslot = place
        mode = self._wanted[place]
        intf, line = self._lines[span - 1]
        ours = self.clock.now() - self._released.pop(place, -SECOND) < SECOND
        flags = proto.FORCE if self.config.force or ours else 0
        bufsize = self.config.block_ms * FRAMES_PER_MS
        body = proto.TimeslotConfig(mode, flags, bufsize).encode()
        _, fd = self.link.ask(Message(proto.TS_OPEN, intf, line, timeslot, body))
        if fd < 0:
            raise DriverError(
                f"{self.address} span {span} timeslot {timeslot} is not given to us by "
                f"{self.link.path}: another program has it: end that program, or set force = true"
            )
        how = native.HDLC if mode == proto.TS_HDLC else native.RAW
        code = self.engine.timeslot(span, timeslot, fd, how)
        if code < 0:
            os.close(fd)
        self.check(code)
        self._carried.add(place)

    def _open_missing(self, now: int) -> list[BoardEvent]:
        """Timeslots that are open here and not there: after the server came back, or gave way."""
        events: list[BoardEvent] = []
        self._retry_at = now + self.config.retry_ms * MILLISECOND
        for place in sorted(set(self._wanted) - self._carried):
            try:
                self._open_there(place)
            except DriverError:
                continue  # it is tried again; the application has been told of the loss
            events.append(TimeslotChanged(now, *place, True))
        return events

    # ---- events ------------------------------------------------------------------------------

    def events(self) -> list[BoardEvent]:
        told = super().events()
        now = self.clock.now()
        events: list[BoardEvent] = []
        for heard in self.link.take():
            events += self._heard(heard, now)
        if self.link.connected and len(self._wanted) > len(self._carried) and now > self._retry_at:
            events += self._open_missing(now)
        self.link.remind = len(self._wanted) > len(self._carried)
        return events + told + (super().events() if events else [])

    def _heard(self, heard: Heard, now: int) -> list[BoardEvent]:
        if isinstance(heard, Came):
            for span in self.spans:
                for alarm in (Alarm.LOS, Alarm.LOF, Alarm.AIS, Alarm.RAI):
                    self.check(self.engine.alarm(span.number, alarm, False))
            return [ServerChanged(now, True), *self._open_missing(now)]
        if isinstance(heard, Left):
            for span in self.spans:
                self.check(self.engine.alarm(span.number, Alarm.LOS, True))
            return [ServerChanged(now, False)]
        return self._line_event(heard, now)

    def _line_event(self, message: Message, now: int) -> list[BoardEvent]:
        place = (message.intf, message.line)
        if place not in self._lines:
            return []
        span = self._lines.index(place) + 1
        changed = proto.ALARM_EVENTS.get(message.type)
        if changed is not None:
            self.check(self.engine.alarm(span, *changed))
        elif message.type == proto.EVENT_SABITS and message.body:
            sa = proto.sa_from_wire(message.body[0])
            self.span(span).sa_bits = sa
            return [SaBitsChanged(now, span, sa)]
        return []

    def own_event(
        self, kind: int, time: int, span: int, timeslot: int, code: int, value: int
    ) -> BoardEvent | None:
        if kind != native.EVENT_E1D:
            return None
        place = (span, timeslot)
        if place not in self._carried:
            return None  # closed here meanwhile
        self._carried.discard(place)
        self._retry_at = time + self.config.retry_ms * MILLISECOND
        return TimeslotChanged(time, span, timeslot, False)

    def check(self, code: int) -> None:
        if code == -errno.EOPNOTSUPP:
            raise LocalError(f"{self.address}: osmo-e1d's lines cannot do that")
        super().check(code)


class E1dDriver:
    """Entry point ``e1d`` of the group ``trunkd.drivers``."""

    config_type: ClassVar[type[msgspec.Struct]] = E1dConfig
    capabilities: ClassVar[Capabilities] = {
        **TDM,
        Capability.E1: by_board(),
        Capability.HDLC: by_engine() | by_board('`hdlc = "server"`'),
        Capability.STEPPED: by_engine("benches that step the server too"),
    }

    @staticmethod
    def check(config: msgspec.Struct) -> None:
        """What a configuration's types cannot say: ConfigError "key: what is wrong: remedy"."""
        if isinstance(config, E1dConfig):
            check(config)

    @staticmethod
    def open(address: Address, config: msgspec.Struct, clock: Clock | None) -> Board:
        """A board on a server's lines, not started. Real servers have real time: only a bench that
        steps its server too opens an E1dBoard with a VirtualClock."""
        if not isinstance(config, E1dConfig):
            raise ConfigError(f"{address}: {type(config).__name__} given: give an E1dConfig")
        if isinstance(clock, VirtualClock):
            raise DriverError(f"{address} runs in real time: open it without a VirtualClock")
        return E1dBoard(str(address), config, socket_path(address.name))
