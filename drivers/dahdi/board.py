"""``dahdi://``: spans of DAHDI's kernel driver as a board."""

from __future__ import annotations

import errno
import os
import pathlib
from typing import ClassVar

import msgspec

from ...board.capability import TDM, Capabilities, Capability, by_board, by_engine
from ...board.clock import MILLISECOND, Clock, VirtualClock
from ...board.events import BoardEvent, FrameFaulty, FrameReceived
from ...board.line import HookChanged, PortKind, RingChanged
from ...board.model import Board, Feature, Loopback, SpanKind, Timeslot
from ...board.registry import Address
from ...errors import ConfigError, DriverError, LocalError
from ...native import wrap_dahdi as native
from ...native import wrap_engine
from .. import tdm_t1
from ..tdm import TdmBoard, TdmSpan
from .config import FRAMES_PER_MS, DahdiConfig, check, numbers
from .events import SpanRemoved, SpanReturned, kernel_event
from .find import channel_infos, holders, span_infos, why_no_channel, why_not
from .line import DahdiLine
from .timeslot import DahdiTimeslot

MOST_TIMESLOTS = 31
"""Of a span; channels of larger ones beyond it cannot be used."""
FAR_BEHIND = 150 * MILLISECOND
"""Of board time, behind the system's: more than any block that is late."""
_KINDS = {
    SpanKind.E1: wrap_engine.SPAN_E1,
    SpanKind.T1: wrap_engine.SPAN_T1,
    SpanKind.ANALOG: wrap_engine.SPAN_ANALOG,
}


def kind_of(info: native.SpanInfo) -> SpanKind:
    """What a span is: DAHDI names E1, T1, J1, E3 and BRI; analog spans have no trunk signalling."""
    if info.type.upper() in ("E1", "BRI"):
        return SpanKind.E1
    if info.type.upper() in ("T1", "J1"):
        return SpanKind.T1
    if info.can_signal == 0 or info.type.upper() in ("FXS", "FXO", "ANALOG"):
        return SpanKind.ANALOG if info.channels <= MOST_TIMESLOTS and _analog(info) else SpanKind.E1
    return SpanKind.T1 if info.channels == 24 else SpanKind.E1


def _analog(info: native.SpanInfo) -> bool:
    return not info.name.startswith(("DYN/", "DYNAMIC"))


class DahdiSpan(TdmSpan):
    """A span of DAHDI's."""

    _board: DahdiBoard

    def __init__(self, board: DahdiBoard, number: int, info: native.SpanInfo) -> None:
        super().__init__(board, number, kind_of(info))
        last = min(info.channels, MOST_TIMESLOTS)
        self.timeslots = [DahdiTimeslot(board, number, n) for n in range(last + 1)]
        self.dahdi = info
        """As it was when the board was opened."""

    @property
    def removed(self) -> bool:
        """It was unplugged, or its module unloaded."""
        return self._board.is_removed(self.number)

    def info(self) -> native.SpanInfo:
        """The kernel's own description, now: timing source, missed interrupts, all counters."""
        found = native.span_info(self.dahdi.number)
        if isinstance(found, native.SpanInfo):
            return found
        raise DriverError(
            f"{self._board.address} span {self.number}: DAHDI span {self.dahdi.number} was removed"
        )

    def set_loopback(self, loopback: Loopback) -> None:
        if self.removed:
            self.info()
        code = self._board.engine.maintenance(self.number, tdm_t1.LOOPBACKS[loopback])
        if code in (-errno.ENOSYS, -errno.EOPNOTSUPP, -errno.ENOTTY, -errno.EINVAL):
            raise DriverError(
                f"{self._board.address} span {self.number}: this board has no loopback"
            )
        self._board.check(code)

    def send_ais(self, on: bool) -> None:
        raise DriverError(
            f"{self._board.address} span {self.number}: DAHDI sends no AIS at a program's will"
        )


class DahdiBoard(TdmBoard):
    """Spans of DAHDI. ``channels`` has DAHDI's description of each timeslot that is ours."""

    def __init__(self, address: str, config: DahdiConfig, clock: Clock | None) -> None:
        check(config)
        if isinstance(clock, VirtualClock):
            raise DriverError(f"{address} is a real board: it runs in real time only")
        self.config = config
        self.channels: dict[tuple[int, int], native.ChannelInfo] = {}
        self.kernel_links = 0
        """Timeslots on which the kernel has framed signal units."""
        self._removed: set[int] = set()
        self._ahead = 0
        self._told = 0
        self._infos = _chosen(address, config, span_infos())
        engine = native.DahdiEngine(
            len(self._infos),
            config.block_ms * FRAMES_PER_MS,
            config.ring_octets,
            config.soft_spans,
            config.blocks,
        )
        if engine.error:
            raise DriverError(f"{address}: {why_not('/dev/dahdi/timer', engine.error)}")
        features = (
            Feature.HDLC
            | Feature.MTP2
            | Feature.PLAY
            | Feature.PLAY_LIST
            | Feature.RECORD
            | Feature.RECORD_TO
            | Feature.CONNECT
            | Feature.LISTEN
            | Feature.CONDITION
            | Feature.CONFERENCE
            | Feature.SOFT
            | Feature.STREAM
        )
        super().__init__(address, engine, len(self._infos), clock, features, config.soft_spans)
        try:
            self._open_channels()
        except BaseException:
            self.close()
            raise

    @property
    def engine(self) -> native.DahdiEngine:
        found = super().engine
        assert isinstance(found, native.DahdiEngine)
        return found

    def make_span(self, number: int) -> DahdiSpan:
        return DahdiSpan(self, number, self._infos[number - 1])

    def dahdi_span(self, span: int) -> int:
        """DAHDI's number of a span."""
        return self._infos[span - 1].number

    def is_removed(self, span: int) -> bool:
        return span in self._removed

    def has_cas(self, span: int) -> bool:
        """Whether a span's channels are configured with ABCD bits."""
        return any(s == span and c.signalling == native.CAS for (s, _), c in self.channels.items())

    # ---- opening ----------------------------------------------------------------------------

    def _open_channels(self) -> None:
        for i, info in enumerate(self._infos):
            span = self.spans[i]
            code = self.engine.add_span(span.number, info.number, _KINDS[span.kind])
            if code < 0:
                raise DriverError(
                    f"{self.address}: DAHDI span {info.number}: {os.strerror(-code)}: look at "
                    "`cat /proc/dahdi/*`"
                )
        named = numbers("channels", self.config.channels)
        ours = {info.number: i + 1 for i, info in enumerate(self._infos)}
        wanted = [
            c
            for c in channel_infos(span_infos())
            if c.span in ours
            and c.position <= MOST_TIMESLOTS
            and (c.number in named if named else c.signalling != 0)
        ]
        missing = sorted(set(named) - {c.number for c in wanted})
        if missing:
            raise DriverError(f"{self.address}: {why_no_channel(missing[0], errno.EINVAL)}")
        for channel in wanted:
            self._open_channel(ours[channel.span], channel)
        if any(self.engine.maintenance(s.number, wrap_engine.LOOP_NONE) == 0 for s in self.spans):
            self.features |= Feature.LOOPBACK
        if any(c.signalling == native.CAS for c in wanted):
            self.features |= Feature.CAS
        self._idle_bits()

    def _open_channel(self, span: int, channel: native.ChannelInfo) -> None:
        code = self.engine.add_channel(span, channel.position, channel.number)
        if (
            code == -errno.EBUSY
            and not self.config.channels
            and os.geteuid() == 0
            and not holders()
        ):
            return  # joined to another channel (slave, DACS): that one has it
        if code < 0:
            raise DriverError(f"{self.address}: {why_no_channel(channel.number, -code)}")
        self.channels[span, channel.position] = channel
        kind = None
        if channel.signalling & native.FXS_PORT:
            kind = PortKind.FXS
        elif channel.signalling & native.FXO_PORT:
            kind = PortKind.FXO
        if kind is not None:
            self.features |= Feature.ANALOG
            timeslot = self.timeslot(span, channel.position)
            timeslot.line = DahdiLine(self, span, channel.position, kind)

    def _idle_bits(self) -> None:
        if not self.config.cas_idle:
            return
        bits = int(self.config.cas_idle, 2)
        for (span, number), channel in self.channels.items():
            if channel.signalling == native.CAS:
                self.timeslot(span, number).set_bits(bits)

    def timeslot(self, span: int, number: int) -> DahdiTimeslot:
        found: Timeslot = super().timeslot(span, number)
        return found  # type: ignore[return-value]

    def start(self) -> None:
        super().start()
        _hurry()

    # ---- events -----------------------------------------------------------------------------

    def events(self) -> list[BoardEvent]:
        found = super().events()
        if found:
            self._keep_time(found)
        for i, event in enumerate(found):
            if isinstance(event, SpanRemoved):
                self._left(event.span)
            elif isinstance(event, SpanReturned):
                self._removed.discard(event.span)
            elif self.kernel_links and isinstance(event, FrameReceived | FrameFaulty):
                found[i] = self.timeslot(event.span, event.timeslot).signal_unit(event)
        return found

    def own_event(
        self, kind: int, time: int, span: int, timeslot: int, code: int, value: int
    ) -> BoardEvent | None:
        if code == native.REMOVED:
            return SpanRemoved(time, span)
        if code == native.RETURNED:
            return SpanReturned(time, span)
        return kernel_event(time, span, timeslot, value)

    def _keep_time(self, found: list[BoardEvent]) -> None:
        """Board time is counted by the board's own crystal, which in an hour may part by a fifth
        of a second from the system's clock, by which the timers of signalling run: events are told
        by that one."""
        ahead = self.engine.time() - self.clock.now() - self._ahead
        if ahead > 0:
            self._ahead += ahead
        elif ahead < -FAR_BEHIND:
            self._ahead -= MILLISECOND
        for event in found:
            event.time -= self._ahead
            if type(event) not in (HookChanged, RingChanged):  # which may be of the past
                event.time = self._told = max(event.time, self._told)

    def _left(self, span: int) -> None:
        """Close what was open there: nothing on it works any more."""
        for number in range(1, len(self.spans[span - 1].timeslots)):
            self.timeslot(span, number).left()
        self._removed.add(span)


def _hurry() -> None:
    """Let the engine's thread go before all others, where we may (root, or RLIMIT_RTPRIO): the
    kernel waits for it no longer than ``blocks``."""
    for task in pathlib.Path("/proc/self/task").iterdir():
        try:
            if (task / "comm").read_text().strip() == "trunkd-tdm":
                os.sched_setscheduler(int(task.name), os.SCHED_FIFO, os.sched_param(1))
        except OSError:
            continue


def _chosen(
    address: str, config: DahdiConfig, infos: list[native.SpanInfo]
) -> list[native.SpanInfo]:
    """The spans of this board, in the order asked for."""
    if not infos:
        raise DriverError(
            f"{address}: DAHDI has no spans: load the board's module (`dahdi_hardware` names it), "
            "and assign spans (`dahdi_span_assignments auto`, or auto_assign_spans=1)"
        )
    by_number = {info.number: info for info in infos}
    asked = numbers("spans", config.spans) or sorted(by_number)
    for number in asked:
        if number not in by_number:
            have = ", ".join(str(n) for n in sorted(by_number))
            raise DriverError(f"{address}: there is no DAHDI span {number}: there are {have}")
    if len(asked) > 64:
        raise LocalError(f"{address}: {len(asked)} spans: name up to 64 in 'spans' for one board")
    return [by_number[number] for number in asked]


class DahdiDriver:
    """Entry point ``dahdi`` of the group ``trunkd.drivers``."""

    config_type: ClassVar[type[msgspec.Struct]] = DahdiConfig
    capabilities: ClassVar[Capabilities] = {
        **TDM,
        Capability.E1: by_board(),
        Capability.T1: by_board(),
        Capability.FXS: by_board(),
        Capability.FXO: by_board(),
        Capability.ANALOG: by_board(),
        Capability.HDLC: by_board("`dchan` and `hardhdlc` channels by DAHDI")
        | by_engine("clear channels by trunkd"),
        Capability.MTP2: by_board("`mtp2` channels by DAHDI")
        | by_engine("clear channels by trunkd"),
        Capability.CAS: by_board("channels that system.conf configures for it"),
        Capability.ECHO: by_board('`echo = "kernel"`') | by_engine(),
        Capability.LOOPBACK: by_board("where the span's driver has it"),
    }

    @staticmethod
    def check(config: msgspec.Struct) -> None:
        """What a configuration's types cannot say: ConfigError "key: what is wrong: remedy"."""
        if isinstance(config, DahdiConfig):
            check(config)

    @staticmethod
    def open(address: Address, config: msgspec.Struct, clock: Clock | None) -> Board:
        """DAHDI's spans, their channels opened; DriverError says what is missing, who holds a
        channel, or which group to be in."""
        if not isinstance(config, DahdiConfig):
            raise ConfigError(f"{address}: {type(config).__name__} given: give a DahdiConfig")
        return DahdiBoard(str(address), config, clock)
