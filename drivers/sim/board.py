"""The simulated board's own: cables that can be cut and spoilt, ports, AIS."""

from __future__ import annotations

import errno
import os
from typing import ClassVar, cast

import msgspec

from ...board.capability import TDM, Capabilities, Capability, by_board
from ...board.clock import FRAME, Clock, VirtualClock
from ...board.events import BoardEvent, SaBitsChanged
from ...board.model import Board, Feature, SpanKind
from ...board.registry import Address
from ...errors import ConfigError, DriverError, LocalError
from ...native import wrap_engine as native
from ...native import wrap_t1
from ..tdm import TdmBoard, TdmSpan
from ..tdm_t1 import TdmT1
from .config import (
    CableConfig,
    PortConfig,
    SimConfig,
    SpanOptions,
    analog_plan,
    check,
    engine_block_ms,
    span_options,
)
from .lines import LineCable, make_ports

FRAMES_PER_MS = 8
MTP2_OCTETS = 276
"""Longest signal unit of a port, BSN to SIF: 272 octets of SIF (Q.703 2.3.8)."""
_MODES = {
    "hdlc": native.PORT_HDLC,
    "raw": native.PORT_RAW,
    "cas": native.PORT_CAS,
    "stream": native.PORT_STREAM,
}


class Cable:
    """A cable of a simulated board. ``to`` names the receiving span; None means both directions.

    What is asked for takes effect with the next block.
    """

    def __init__(self, board: SimBoard, number: int, config: CableConfig) -> None:
        self.number = number
        self.ends = tuple(config.ends)
        self._board = board
        self._receivers = {end: config.ends[-1 - i] for i, end in enumerate(config.ends)}
        """Receiving span -> sending span."""
        self._block_ms = board.block_ms
        self._ber = config.ber
        for end, sender in self._receivers.items():
            board.check(board.engine.line_connect(sender, end))
        if config.ber or config.bursts_per_second or config.ppm or config.delay_ms:
            self.impair(
                ber=config.ber,
                bursts_per_second=config.bursts_per_second,
                burst_bits=config.burst_bits,
                burst_density=config.burst_density,
                ppm=config.ppm,
                delay_ms=config.delay_ms,
            )

    def __repr__(self) -> str:
        return f"<cable {self.number} of {self._board.address}, spans {self.ends}>"

    def _to(self, to: int | None) -> tuple[int, ...]:
        if to is None:
            return self.ends
        if to not in self._receivers:
            raise LocalError(f"cable {self.number} does not end at span {to}: it joins {self.ends}")
        return (to,)

    def _state(self, state: int, to: int | None) -> None:
        for end in self._to(to):
            self._board.check(self._board.engine.line_state(end, state))

    def cut(self, to: int | None = None) -> None:
        """No signal any more: LOS at the receiver."""
        self._state(native.LINE_CUT, to)

    def mend(self, to: int | None = None) -> None:
        """Carry the signal again, after ``cut`` or ``ais``."""
        self._state(native.LINE_NORMAL, to)

    def ais(self, on: bool = True, to: int | None = None) -> None:
        """All ones instead of the signal, as from a repeater that lost it."""
        self._state(native.LINE_AIS if on else native.LINE_NORMAL, to)

    def slip(self, frames: int = -1, to: int | None = None) -> None:
        """One controlled slip at the receiver: +1 repeats a frame, -1 deletes one."""
        if frames not in (1, -1):
            raise LocalError(f"a slip of {frames} frames: give +1 or -1, as often as wanted")
        for end in self._to(to):
            self._board.check(self._board.engine.line_slip(end, frames))

    def slip_bit(self, bits: int = -1, to: int | None = None) -> None:
        """The line gains (+1) or loses (-1) a bit, so that frame alignment is really lost."""
        if bits not in (1, -1):
            raise LocalError(f"a slip of {bits} bits: give +1 or -1, as often as wanted")
        for end in self._to(to):
            self._board.check(self._board.engine.line_slip_bit(end, bits))

    def impair(
        self,
        ber: float = 0.0,
        bursts_per_second: float = 0.0,
        burst_bits: int = 0,
        burst_density: float = 0.5,
        ppm: float = 0.0,
        delay_ms: int = 0,
        seed: int = 0,
        to: int | None = None,
    ) -> None:
        """Set all impairments anew (see CableConfig); without arguments the cable is good again.

        ``seed`` begins the random sequence anew; 0 goes on with the one there is.
        """
        blocks = -(-delay_ms // self._block_ms)
        for end in self._to(to):
            code = self._board.engine.line_impair(
                end,
                ber,
                bursts_per_second,
                burst_bits,
                burst_density,
                round(ppm * 1000),
                blocks,
                # The two directions are not to have the same errors.
                (seed * 2 + (end != self.ends[0])) % (1 << 64) if seed else 0,
            )
            if code == -errno.EINVAL:
                raise LocalError(
                    f"cable {self.number}: impairment out of range: give ber 0 to 0.5, bursts with "
                    "burst_bits > 0 and 0 < burst_density <= 1, ppm -1000 to 1000, delay up to "
                    "1000 blocks"
                )
            self._board.check(code)


class SimSpan(TdmSpan):
    """A simulated E1, T1 or row of analog ports."""

    def line_errors(self) -> int:
        """Bits that the cable inverted on their way to this span (the truth behind CRC-4)."""
        return int(self._board.engine.span_counters(self.number)["line_errors"])

    def set_sa_bits(self, sa: int) -> None:
        """Send Sa4 (bit 4) to Sa8 (bit 0) from now on; 31: nothing to say (G.704 2.3.2)."""
        code = self._board.engine.set_sa(self.number, sa)
        if code == -errno.EINVAL:
            raise LocalError(f"Sa bits {sa}: give 0 to 31, Sa4 is bit 4")
        if code == -errno.EOPNOTSUPP:
            raise LocalError(
                f"{self._board.address} span {self.number} is no E1: it has no Sa bits"
            )
        self._board.check(code)

    def reframes(self) -> int:
        """How often frame alignment was lost or moved."""
        return int(self._board.engine.span_counters(self.number)["reframes"])


class SimT1Span(SimSpan, TdmT1):
    """A simulated T1."""


class SimBoard(TdmBoard):
    """The simulated board. ``cable(n)`` gives its cables, in the order of the configuration."""

    def __init__(self, address: str, config: SimConfig, clock: Clock | None) -> None:
        cables = check(config)
        stepped = isinstance(clock, VirtualClock)
        self._options = span_options(config)
        self.block_ms = engine_block_ms(config)
        engine = native.Engine(
            config.spans,
            self.block_ms * FRAMES_PER_MS,
            config.ring_octets,
            stepped,
            clock.now() if clock is not None and stepped else 0,
            config.seed,
            config.soft_spans,
        )
        features = (
            Feature.HDLC
            | Feature.MTP2
            | Feature.PLAY
            | Feature.PLAY_LIST
            | Feature.RECORD
            | Feature.RECORD_TO
            | Feature.CONNECT
            | Feature.CAS
            | Feature.LOOPBACK
            | Feature.LISTEN
            | Feature.CONDITION
            | Feature.CONFERENCE
            | Feature.SOFT
            | Feature.STREAM
        )
        if any(options.kind == "analog" for options in self._options.values()):
            features |= Feature.ANALOG
        super().__init__(address, engine, config.spans, clock, features, config.soft_spans)
        try:
            self._configure(config, cables)
        except BaseException:
            self.close()
            raise

    def _configure(self, config: SimConfig, cables: list[CableConfig]) -> None:
        for number, options in self._options.items():
            self._configure_span(number, options)
        self.cables = [Cable(self, i + 1, cable) for i, cable in enumerate(cables)]
        ports, lines = analog_plan(config)
        make_ports(self, ports)
        self.line_cables = [LineCable(self, line) for line in lines]
        for i, port in enumerate(config.ports):
            self._listen(f"ports[{i}]", port)

    def _configure_span(self, number: int, options: SpanOptions) -> None:
        if options.kind == "e1":
            self.check(self.engine.configure_span(number, options.crc4, bool(options.cas)))
            return
        if options.kind == "analog":
            self.check(self.engine.set_kind(number, native.SPAN_ANALOG))
            return
        flags = (
            (wrap_t1.AMI if options.line_code == "ami" else 0)
            | (wrap_t1.PRM if options.prm else 0)
            | (wrap_t1.OBEY_LOOPS if options.loop_codes else 0)
        )
        framing = wrap_t1.ESF if options.framing == "esf" else wrap_t1.D4
        self.check(self.engine.set_kind(number, native.SPAN_T1))
        self.check(wrap_t1.configure(self.engine, number, framing, flags, options.cas))

    def make_span(self, number: int) -> SimSpan:
        kind = SpanKind(self._options[number].kind)
        return (SimT1Span if kind is SpanKind.T1 else SimSpan)(self, number, kind)

    def span(self, number: int) -> SimSpan:
        return cast(SimSpan, super().span(number))

    def cable(self, number: int) -> Cable:
        """A cable, numbered from 1 as configured; DriverError when there is none such."""
        if not 1 <= number <= len(self.cables):
            have = f"cables 1 to {len(self.cables)}" if self.cables else "no cable"
            raise DriverError(f"{self.address} has no cable {number}: it has {have}")
        return self.cables[number - 1]

    def line_cable(self, number: int) -> LineCable:
        """The wires of an analog line, numbered from 1 as configured."""
        if not 1 <= number <= len(self.line_cables):
            have = f"lines 1 to {len(self.line_cables)}" if self.line_cables else "no line"
            raise DriverError(f"{self.address} has no analog line {number}: it has {have}")
        return self.line_cables[number - 1]

    def own_event(
        self, kind: int, time: int, span: int, timeslot: int, code: int, value: int
    ) -> BoardEvent | None:
        return SaBitsChanged(time, span, code) if kind == native.EVENT_SA else None

    @property
    def block_ns(self) -> int:
        """Length of a block: what is sent in one is received at its end."""
        return self.block_ms * FRAMES_PER_MS * FRAME

    # ---- ports ------------------------------------------------------------------------------

    def _listen(self, key: str, port: PortConfig) -> None:
        code = self.engine.port_listen(
            port.span,
            port.timeslot,
            native.PORT_MTP2 if port.mtp2 else _MODES[port.mode],
            port.path,
            min(port.max_octets, MTP2_OCTETS) if port.mtp2 else port.max_octets,
        )
        if code >= 0:
            return
        where = f"{key}.path: cannot listen at {port.path}"
        if code == -errno.EADDRINUSE:
            raise ConfigError(f"{where}: somebody else does: end that process or give another path")
        if code == -errno.EEXIST:
            raise ConfigError(f"{where}: a file that is no socket is there: give another path")
        if code == -errno.ENOENT:
            raise ConfigError(f"{where}: its folder does not exist: make it")
        if code in (-errno.EACCES, -errno.EPERM):
            raise ConfigError(f"{where}: no permission: give a folder that you may write")
        raise ConfigError(f"{where}: {os.strerror(-code)}")

    def add_port(self, port: PortConfig) -> None:
        """Hand a timeslot to whoever connects to ``port.path``; ConfigError names the remedy.

        ``timeslot.close()`` ends it.
        """
        self._need_closed(port.span, port.timeslot)
        self._listen("port", port)

    def attach_port(
        self,
        span: int,
        timeslot: int,
        fd: int,
        mode: str = "hdlc",
        max_octets: int = 1024,
        mtp2: bool = False,
    ) -> None:
        """The same on a connected SOCK_SEQPACKET socket, which the board then owns and closes.

        Mode "stream" is for a SOCK_STREAM socket: the timeslot's octets, ``max_octets`` at a time
        towards the process; while it gives none, ones are sent.
        """
        self._need_closed(span, timeslot)
        if mode not in _MODES:
            raise LocalError(f"port mode '{mode}': give one of {', '.join(_MODES)}")
        if mtp2 and mode != "hdlc":
            raise LocalError(f"port mode '{mode}' has no signal units: give mode 'hdlc' with mtp2")
        native_mode = native.PORT_MTP2 if mtp2 else _MODES[mode]
        octets = min(max_octets, MTP2_OCTETS) if mtp2 else max_octets
        code = self.engine.port_attach(span, timeslot, native_mode, fd, octets)
        if code < 0:
            raise DriverError(
                f"{self.address} span {span} timeslot {timeslot}: no port: {os.strerror(-code)}"
            )

    def _need_closed(self, span: int, timeslot: int) -> None:
        self.span(span)
        where = f"{self.address} span {span} timeslot {timeslot}"
        last = len(self.span(span).timeslots) - 1
        if not 1 <= timeslot <= last:
            raise LocalError(f"{where} cannot be a port: give 1 to {last}")
        if self.engine.slot_counters(span, timeslot):
            raise LocalError(f"{where} is open already: close it first")

    def port_counters(self, span: int, timeslot: int) -> dict[str, int]:
        """``port_dropped``, ``underruns`` and the timeslot's counters; empty when closed."""
        return self.engine.slot_counters(span, timeslot)


class SimDriver:
    """Entry point ``sim`` of the group ``trunkd.drivers``."""

    config_type: ClassVar[type[msgspec.Struct]] = SimConfig
    capabilities: ClassVar[Capabilities] = {
        **TDM,
        Capability.E1: by_board(),
        Capability.T1: by_board(),
        Capability.FXS: by_board(),
        Capability.FXO: by_board(),
        Capability.TAP: by_board(),
        Capability.ANALOG: by_board(),
        Capability.CAS: by_board(),
        Capability.LOOPBACK: by_board(),
        Capability.STEPPED: by_board(),
    }

    @staticmethod
    def check(config: msgspec.Struct) -> None:
        """What a configuration's types cannot say: ConfigError "key: what is wrong: remedy"."""
        if isinstance(config, SimConfig):
            check(config)

    @staticmethod
    def open(address: Address, config: msgspec.Struct, clock: Clock | None) -> Board:
        """A simulated board, not started; with a VirtualClock a stepped one."""
        if not isinstance(config, SimConfig):
            raise ConfigError(f"{address}: {type(config).__name__} given: give a SimConfig")
        return SimBoard(str(address), config, clock)
