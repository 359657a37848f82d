"""Boards that give octets for each timeslot: the native engine does HDLC, voice and connections.

``TdmBoard`` is the model of board/model.py over a native ``Engine``. A driver makes the engine
with its back-end, hands it over, and adds what only its boards have.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from ..board.clock import Clock, RealClock, VirtualClock
from ..board.events import (
    Alarm,
    AlarmChanged,
    BitsChanged,
    BoardEvent,
    EventsLost,
    FrameFault,
    FrameFaulty,
    FrameReceived,
    MediaEnd,
    PlayEnded,
    PortChanged,
    Slipped,
)
from ..board.media import ConferenceConfig
from ..board.model import (
    Board,
    EngineStats,
    Feature,
    HdlcConfig,
    Interframe,
    Law,
    Loopback,
    Span,
    SpanCounters,
    SpanKind,
    Timeslot,
    TimeslotCounters,
)
from ..errors import DriverError, LocalError
from ..native import wrap_engine as native
from ..native import wrap_t1
from ..native.wrap_mtp2 import slot_counts
from . import tdm_line, tdm_record, tdm_t1, tdm_voice
from .tdm_mtp2 import KINDS as MTP2_KINDS
from .tdm_mtp2 import SignalUnitCounts
from .tdm_play import TdmPlay
from .tdm_record import TdmRecord
from .tdm_stream import TdmStream
from .tdm_voice import TdmConference

IDLE = {Law.A: 0xD5, Law.MU: 0xFF}
"""What is sent while nothing plays: the octet of the smallest positive value (G.711)."""

QUEUE_OCTETS = 16384
"""Frames that wait on one timeslot, 2 s at 64 kbit/s; then ``transmit`` gives False."""

OWN_KINDS = 64
"""Kinds of engine events from here on are a driver's own."""

_ALARMS = tuple(Alarm)
_ALARM_SETS: dict[int, frozenset[Alarm]] = {}
_FAULTS = {int(fault): fault for fault in FrameFault}
_ENDS = {int(end): end for end in MediaEnd}
_TIME = attrgetter("time")


class TdmTimeslot(TdmPlay, TdmRecord, TdmStream):
    """One timeslot of an engine's span."""

    def _check_open(self, code: int) -> None:
        if code == -errno.EBUSY:
            raise LocalError(f"{self.where()} is open already: close it first")
        if code == -errno.EOPNOTSUPP:
            carries = "framing" if self.number == 0 else "CAS of this span"
            raise LocalError(f"{self.where()} carries {carries}: open another timeslot")
        self.checked(code, "open it")

    def _need_trunk(self) -> None:
        """Ports of an analog span carry voice; its other timeslots are nothing."""
        spans = self._board.spans
        if self.span > len(spans) or spans[self.span - 1].kind is not SpanKind.ANALOG:
            return
        if self.line is None:
            raise LocalError(f"{self.where()} is no port: name it in the analog span's 'ports'")
        raise LocalError(f"{self.where()} is an analog port: it carries voice (open_voice) alone")

    def open_hdlc(self, config: HdlcConfig) -> None:
        self._need_trunk()
        if not 1 <= config.max_octets <= 8192 or not 0 <= config.min_octets <= config.max_octets:
            raise LocalError(
                f"{self.where()}: HDLC frames of {config.min_octets} to {config.max_octets} "
                "octets: give 0 <= min_octets <= max_octets <= 8192"
            )
        if config.mtp2 and (
            config.interframe is Interframe.MARK or config.min_octets != 3 or config.max_octets < 5
        ):
            raise LocalError(
                f"{self.where()}: MTP2 has flags between signal units of at least 3 octets (Q.703 "
                "2.2, 4.1.3): give Interframe.FLAGS, min_octets 3 and max_octets 5 or more"
            )
        mark = config.interframe is Interframe.MARK
        self._check_open(
            self._board.engine.open_hdlc(
                self.span,
                self.number,
                config.max_octets,
                config.min_octets,
                mark,
                QUEUE_OCTETS,
                config.mtp2,
                config.rate56,
            )
        )

    def open_voice(self, law: Law = Law.A, idle: int | None = None) -> None:
        if self.line is None:
            self._need_trunk()
        octet = IDLE[law] if idle is None else idle
        if not 0 <= octet <= 255:
            raise LocalError(f"{self.where()}: idle octet {octet}: give 0 to 255")
        self._check_open(
            self._board.engine.open_voice(self.span, self.number, law is Law.MU, octet)
        )

    def close(self) -> None:
        code = self._board.engine.close(self.span, self.number)
        if code != -errno.ENOTCONN:
            self.checked(code, "close it")

    def transmit(self, frame: bytes) -> bool:
        code = self._board.engine.transmit(self.span, self.number, frame)
        if code > 0:
            return True
        if code == -errno.EMSGSIZE:
            raise LocalError(
                f"{self.where()}: a frame of {len(frame)} octets is empty or longer than "
                "max_octets of open_hdlc"
            )
        self.checked(code, "transmit on it")
        return False

    def counters(self) -> TimeslotCounters:
        counts = self._board.engine.slot_counters(self.span, self.number)
        if not counts:
            raise LocalError(f"{self.where()} is closed: its counters begin with open_hdlc")
        mtp2 = slot_counts(self._board.engine, self.span, self.number)
        return TimeslotCounters(
            counts["rx_frames"],
            counts["rx_octets"],
            counts["tx_frames"],
            counts["tx_octets"],
            counts["fcs"],
            counts["aborts"],
            counts["shorts"],
            counts["longs"],
            counts["unaligned"],
            counts["tx_refused"],
            *(mtp2 or ()),
        )

    def connect(self, source: Timeslot | None) -> None:
        engine = self._board.engine
        if source is None:
            code = engine.connect(self.span, self.number, 0, 0)
        elif not isinstance(source, TdmTimeslot) or source._board is not self._board:
            raise LocalError(f"{self.where()} can be connected with a timeslot of its own board")
        elif source.number == 0:
            raise LocalError(f"{source.where()} carries framing: connect another timeslot")
        else:
            code = engine.connect(self.span, self.number, source.span, source.number)
        self.checked(code, "connect it")

    def set_bits(self, bits: int) -> None:
        code = self._board.engine.set_bits(self.span, self.number, bits)
        if code == -errno.EINVAL:
            least = "0" if self._on_t1() else "1"
            also = "" if self._on_t1() else ", on timeslots 17 to 31 also 0 (G.704 5.1.3.2.2)"
            raise LocalError(f"{self.where()}: ABCD bits {bits}: give {least} to 15{also}")
        if code == -errno.EACCES:
            raise LocalError(f"{self.where()} is a clear channel: close it, then set its bits")
        self._check_cas(code)

    def bits(self) -> int:
        code = self._board.engine.bits(self.span, self.number)
        self._check_cas(code)
        return code

    def _on_t1(self) -> bool:
        return self._board.spans[self.span - 1].kind is SpanKind.T1

    def _check_cas(self, code: int) -> None:
        if code == -errno.EOPNOTSUPP and self._on_t1():
            raise LocalError(f"{self.where()} has no robbed bits: name it in the span's 'cas'")
        if code == -errno.EOPNOTSUPP:
            self._need_trunk()
            raise LocalError(f"{self.where()}: the span has no CAS: configure it with cas = true")
        if code == -errno.ENODEV:
            have = "1-24" if self._on_t1() else "1-15 and 17-31"
            raise LocalError(f"{self.where()} has no ABCD bits: timeslots {have} have")
        self.checked(code, "use its ABCD bits")


class TdmSpan(Span):
    """One E1 of an engine, or a T1, whose timeslots are 1 to 24 (0 is its framing bit), or a row of
    analog ports."""

    def __init__(self, board: TdmBoard, number: int, kind: SpanKind = SpanKind.E1) -> None:
        self.number = number
        self.kind = kind
        self._board = board
        last = 24 if kind is SpanKind.T1 else 31
        self.timeslots: Sequence[TdmTimeslot] = [
            TdmTimeslot(board, number, n) for n in range(last + 1)
        ]

    @property
    def alarms(self) -> frozenset[Alarm]:
        mask = self._board.engine.alarms(self.number)
        found = _ALARM_SETS.get(mask)
        if found is None:
            found = _ALARM_SETS[mask] = frozenset(a for a in _ALARMS if mask >> a & 1)
        return found

    def counters(self) -> SpanCounters:
        counts = self._board.engine.span_counters(self.number)
        return SpanCounters(
            counts["frames"],
            counts["fas_errors"],
            counts["crc4_errors"],
            counts["e_bits"],
            counts["slips"],
            {alarm: counts["raised"][alarm] for alarm in _ALARMS if counts["raised"][alarm]},
            wrap_t1.counters(self._board.engine, self.number).get("crc6_errors", 0),
        )

    def set_loopback(self, loopback: Loopback) -> None:
        if self.kind is SpanKind.ANALOG:
            raise LocalError(
                f"{self._board.address} span {self.number} is analog: it has no loopback"
            )
        self._board.check(self._board.engine.loopback(self.number, tdm_t1.LOOPBACKS[loopback]))

    def send_ais(self, on: bool) -> None:
        """Send all ones instead of frames (what a repeater does that has lost its input)."""
        if self.kind is SpanKind.ANALOG:
            raise LocalError(f"{self._board.address} span {self.number} is analog: it sends no AIS")
        self._board.check(self._board.engine.send_ais(self.number, on))


class TdmBoard(Board):
    """A board over a native engine, which it owns."""

    def __init__(
        self,
        address: str,
        engine: native.Engine,
        n_spans: int,
        clock: Clock | None,
        features: Feature,
        soft_spans: int = 0,
    ) -> None:
        self.address = address
        self.clock: Clock = RealClock() if clock is None else clock
        self.features = features
        if isinstance(self.clock, VirtualClock):
            self.features |= Feature.STEPPED
        self._engine: native.Engine | None = engine
        self._kept: dict[int, tuple[int, Any]] = {}
        self._signal_units = SignalUnitCounts()
        self._serial = 0
        self._media_lost_at = -1
        self._lost_serial = 0
        self.spans = [self.make_span(n) for n in range(1, n_spans + 1)]
        self.soft = [
            TdmTimeslot(self, n_spans + 1 + n, timeslot)
            for n in range(soft_spans)
            for timeslot in range(1, 32)
        ]

    def make_span(self, number: int) -> TdmSpan:
        """One span's object; drivers with more to offer override it."""
        return TdmSpan(self, number)

    @property
    def engine(self) -> native.Engine:
        """The engine; LocalError once the board is closed."""
        if self._engine is None:
            raise LocalError(f"{self.address} is closed: open it again")
        return self._engine

    def conference(self, config: ConferenceConfig | None = None) -> TdmConference:
        return TdmConference(self, config or ConferenceConfig())

    def timeslot(self, span: int, number: int) -> TdmTimeslot:
        """By its numbers, as events give them; soft channels too."""
        if span <= len(self.spans):
            found = self.spans[span - 1].timeslots[number]
        else:
            found = self.soft[(span - len(self.spans) - 1) * 31 + number - 1]
        assert isinstance(found, TdmTimeslot)
        return found

    def check(self, code: int) -> None:
        """DriverError for what the engine refused for the whole board or a span."""
        if code == -errno.EAGAIN:
            raise DriverError(f"{self.address}: the engine does not keep up; retry")
        if code == -errno.EBUSY:
            raise LocalError(f"{self.address} is started already")
        if code < 0:
            raise DriverError(f"{self.address}: {os.strerror(-code)}")

    def start(self) -> None:
        self.check(self.engine.start())

    def close(self) -> None:
        if self._engine is not None:
            self._engine.free()
            self._engine = None
            self._kept.clear()

    def fileno(self) -> int:
        return self.engine.fileno()

    def stats(self) -> EngineStats:
        stats = self.engine.stats()
        return EngineStats(
            stats["blocks"], stats["block_ns"], stats["busy_ns"], stats["overruns"], stats["lost"]
        )

    def step(self, until: int) -> int:
        if not isinstance(self.clock, VirtualClock):
            raise DriverError(f"{self.address} runs in real time: open it with a VirtualClock")
        code = self.engine.step(until)
        if code == -errno.EINVAL:
            raise LocalError(f"{self.address} is not started: call start() before step()")
        now = self.engine.time() if code else until
        if now > self.clock.now():
            self.clock.advance(now)
        return self.clock.now()

    # ---- media that is under way ------------------------------------------------------------

    def next_serial(self) -> int:
        """A number for one play or record, which the engine gives back with its end."""
        self._serial += 1
        return self._serial

    def keep(self, serial: int, tag: int, kept: object) -> None:
        """Keep the engine's buffer until its end is told."""
        self._kept[serial] = (tag, kept)

    def _ended(self, serial: int) -> tuple[int, Any]:
        return self._kept.pop(serial, (0, None))

    def _unused(self) -> list[int]:
        """Ends may be among lost events: what the engine cannot be using any more.

        To be asked before its events are taken: an end that was not lost is among them then.
        """
        engine = self.engine
        if engine.time() <= self._media_lost_at:
            return []
        self._media_lost_at = -1
        if any(
            engine.playing(span, n) or engine.recording(span, n)
            for span in range(1, len(self.spans) + len(self.soft) // 31 + 1)
            for n in range(1, 32)
        ):
            return []
        return [serial for serial in self._kept if serial <= self._lost_serial]

    # ---- events -----------------------------------------------------------------------------

    def events(self) -> list[BoardEvent]:
        unused = self._unused() if self._media_lost_at >= 0 else ()
        raw = self.engine.events()
        events = self._read(raw) if raw else []
        for serial in unused:
            self._kept.pop(serial, None)
        return events

    def _read(self, raw: bytes) -> list[BoardEvent]:
        events: list[BoardEvent] = []
        append = events.append
        unpack = native.EVENT.unpack_from
        at = 0
        while at < len(raw):
            time, tag, size, octets, length, value, kind, span, timeslot, code = unpack(raw, at)
            if kind == native.EVENT_FRAME:
                frame = raw[at + 32 : at + 32 + length]
                append(FrameReceived(time, span, timeslot, frame))
            elif kind in MTP2_KINDS:
                su = raw[at + 32 : at + 32 + length]
                append(self._signal_units.event(kind, time, span, timeslot, value, tag, octets, su))
            elif kind == tdm_t1.KIND:
                append(tdm_t1.event(time, span, value, raw[at + 32 : at + 32 + length]))
            elif kind == tdm_line.KIND:
                append(tdm_line.event(time, span, timeslot, code, value, octets, tag))
            elif kind in tdm_record.KINDS:
                payload = raw[at + 32 : at + 32 + length]
                append(self._recording(kind, time, span, timeslot, code, value, tag, payload))
            elif kind >= OWN_KINDS:
                own = self.own_event(kind, time, span, timeslot, code, value)
                if own is not None:
                    append(own)
            elif kind >= tdm_voice.FIRST_KIND:
                payload = raw[at + 32 : at + 32 + length]
                append(tdm_voice.event(kind, time, span, timeslot, code, tag, payload))
            else:
                append(self._event(kind, time, span, timeslot, code, value, octets, tag))
            at += size
        if len(events) > 1:
            # Spans are processed one after another: put the events of a block in order.
            events.sort(key=_TIME)
        return events

    def own_event(
        self, kind: int, time: int, span: int, timeslot: int, code: int, value: int
    ) -> BoardEvent | None:
        """The event of a kind from OWN_KINDS on, which only some boards' engines have."""
        return None

    def _recording(
        self,
        kind: int,
        time: int,
        span: int,
        timeslot: int,
        code: int,
        value: int,
        tag: int,
        payload: bytes,
    ) -> BoardEvent:
        if kind != native.EVENT_RECORD_END:
            user, _ = self._kept.get(tag, (0, None))
            return tdm_record.gap(time, span, timeslot, user, payload)
        user, kept = self._ended(tag)
        event = tdm_record.ended(time, span, timeslot, user, code, value, payload)
        self.timeslot(span, timeslot).record_ended(kept, event.octets)
        return event

    def _event(
        self,
        kind: int,
        time: int,
        span: int,
        timeslot: int,
        code: int,
        value: int,
        octets: int,
        tag: int,
    ) -> BoardEvent:
        if kind == native.EVENT_FAULT:
            return FrameFaulty(time, span, timeslot, _FAULTS[code])
        if kind == native.EVENT_ALARM:
            return AlarmChanged(time, span, _ALARMS[code], value != 0)
        if kind == native.EVENT_PLAY_END:
            user, _ = self._ended(tag)
            digit = chr(value) if value else ""
            return PlayEnded(time, span, timeslot, user, octets, _ENDS[code], digit)
        if kind == native.EVENT_SLIP:
            return Slipped(time, span, value)
        if kind == native.EVENT_BITS:
            return BitsChanged(time, span, timeslot, code)
        if kind == native.EVENT_PORT:
            return PortChanged(time, span, timeslot, value != 0)
        self._lost_serial = self._serial
        self._media_lost_at = self.engine.time() + 2 * self.engine.stats()["block_ns"]
        return EventsLost(time, tag)
