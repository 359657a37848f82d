"""The board: channels of Synway's library, in its child process, as spans and timeslots."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import tempfile
from collections.abc import Sequence
from typing import Any, ClassVar, Final, cast

import msgspec

from ...board.clock import Clock, RealClock, VirtualClock
from ...board.events import Alarm, AlarmChanged, BoardEvent, EventsLost
from ...board.media import ConferenceConfig
from ...board.model import (
    Board,
    EngineStats,
    Feature,
    Span,
    SpanCounters,
    SpanKind,
)
from ...board.registry import Address
from ...errors import ConfigError, DriverError, LocalError
from . import facts, shconfig
from .child import Child, Died, Hopeless
from .conference import SynwayConference
from .config import SynwayConfig, check, read
from .protocol import Channel, Failed, Happened, Ready
from .timeslot import SynwayTimeslot

E1_TIMESLOTS: Final = 32


class SynwaySpan(Span):
    """A PCM link (E1), or all analog ports together. ``pcm``: the library's number, -1: analog."""

    def __init__(self, board: SynwayBoard, number: int, pcm: int, ports: dict[int, bool]) -> None:
        self.number = number
        self.pcm: Final = pcm
        self.kind = SpanKind.ANALOG if pcm < 0 else SpanKind.E1
        last = max(ports, default=0) if pcm < 0 else E1_TIMESLOTS - 1
        self.timeslots: Sequence[SynwayTimeslot] = [
            SynwayTimeslot(board, number, n, ports.get(n, False)) for n in range(last + 1)
        ]
        self.status = 0
        self._counts: Final[dict[Alarm, int]] = {}

    @property
    def alarms(self) -> frozenset[Alarm]:
        return frozenset({Alarm.LOS}) if self.fault else facts.alarms_of(self.status)

    def counters(self) -> SpanCounters:
        """Only how often alarms were raised: the library counts no errors."""
        return SpanCounters(alarms=dict(self._counts))

    def became(self, status: int, fault: str, now: int) -> list[BoardEvent]:
        """Its status, or what makes it useless, is another."""
        before = self.alarms
        self.status, self.fault = status, fault
        after = self.alarms
        for alarm in after - before:
            self._counts[alarm] = self._counts.get(alarm, 0) + 1
        return [AlarmChanged(now, self.number, a, a in after) for a in sorted(before ^ after)]


class SynwayBoard(Board):
    """All channels of the library. Where it cannot be used they are out of service, and the spans'
    ``fault`` says why; it is started again from time to time."""

    def __init__(self, address: str, config: SynwayConfig) -> None:
        self.address = address
        self.config: Final = config
        self.clock = RealClock()
        self.features = (
            Feature.PLAY | Feature.PLAY_LIST | Feature.RECORD | Feature.RECORD_TO
            | Feature.CONNECT | Feature.LISTEN | Feature.CONFERENCE | Feature.CALLS
        )  # fmt: skip
        self.limits = LIMITS
        self.child: Final = Child(config)
        self.folder: Final = tempfile.mkdtemp(prefix="trunkd-synway-")
        self.missing: list[str] = []
        """Functions that the library lacks."""
        self.dword = 0
        self._queue: list[BoardEvent] = []
        self._serial = 0
        self._started = False
        self._closed = False
        self._lost_events = 0
        self._by_ch: dict[int, SynwayTimeslot] = {}
        self._wake: Final = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._epoll: Final = select.epoll()
        self._epoll.register(self._wake, select.EPOLLIN)
        try:
            self.spans: Sequence[SynwaySpan] = self._open()
        except BaseException:
            self.close()
            raise

    # Layout

    def _open(self) -> list[SynwaySpan]:
        try:
            ready = self.child.first()
        except DriverError as exc:
            if self.config.required:
                raise DriverError(f"{self.address}: {exc}") from exc
            spans = self._expected()
            if not spans:
                raise DriverError(
                    f"{self.address}: {exc} (and without shconfig nobody knows its channels)"
                ) from exc
            self.spans = spans
            self._useless(str(exc), not isinstance(exc, Hopeless))
            self._queue.clear()
            return spans
        self.spans = spans = self._made(ready)
        self._map(ready)
        self._watch()
        return spans

    def _made(self, ready: Ready) -> list[SynwaySpan]:
        """Spans for what the library has."""
        spans = []
        for pcm in range(len(ready.links)):
            ports = {c.timeslot: _calls(c) for c in ready.channels if c.pcm == pcm}
            spans.append(SynwaySpan(self, pcm + 1, pcm, ports))
        analog = [c for c in ready.channels if c.pcm < 0]
        if analog:
            ports = {n: _calls(c) for n, c in enumerate(analog, 1)}
            spans.append(SynwaySpan(self, len(spans) + 1, -1, ports))
        return spans

    def _expected(self) -> list[SynwaySpan]:
        """Spans for what ShConfig.ini has, until the library tells."""
        if not self.config.shconfig:
            return []
        own = shconfig.parse(read(self.config.shconfig), self.config.shconfig)
        links = shconfig.total_links(own)
        every = dict.fromkeys(range(1, E1_TIMESLOTS), True)
        spans = [SynwaySpan(self, pcm + 1, pcm, every) for pcm in range(links)]
        if not links:
            ports = dict.fromkeys(range(1, shconfig.total_channels(own) + 1), True)
            spans = [SynwaySpan(self, 1, -1, ports)] if ports else []
        return spans

    def _map(self, ready: Ready) -> None:
        """Which channel of the library each timeslot is."""
        self.missing, self.dword = ready.missing, ready.dword
        self._by_ch.clear()
        analog = 0
        for ch, channel in enumerate(ready.channels):
            number = channel.timeslot
            if channel.pcm < 0:
                analog += 1
                number = analog
            span = next((s for s in self.spans if s.pcm == channel.pcm), None)
            if span is None or number >= len(span.timeslots):
                continue  # it came later than the spans were made: the next start has it
            slot = span.timeslots[number]
            slot.ch = ch
            slot.control.exists(channel.type, channel.state)
            self._by_ch[ch] = slot
        for span in self.spans:
            status = ready.links[span.pcm] if 0 <= span.pcm < len(ready.links) else 0
            self._queue += span.became(status, "", self.clock.now())
        self._queue.clear() if not self._started else self._wake_up()

    def _watch(self) -> None:
        if self.child.sock is not None:
            self._epoll.register(self.child.sock, select.EPOLLIN)

    # Life

    def start(self) -> None:
        """The library runs since the board was opened: what it tells is given from now on."""
        self.check_open()
        if self._started:
            raise LocalError(f"{self.address} is started already")
        self._started = True

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._epoll.close()
        os.close(self._wake)
        self.child.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def check_open(self) -> None:
        if self._closed:
            raise LocalError(f"{self.address} is closed: open it again")

    def fileno(self) -> int:
        self.check_open()
        return self._epoll.fileno()

    def stats(self) -> EngineStats:
        """The library's own engine is not seen: only events that were lost."""
        self.check_open()
        return EngineStats(events_lost=self._lost_events)

    def span(self, number: int) -> SynwaySpan:
        return cast(SynwaySpan, super().span(number))

    def conference(self, config: ConferenceConfig | None = None) -> SynwayConference:
        """``config`` is the library's affair, but for the numbers in [board.synway]."""
        values = (self.config.max_members, self.config.max_mixed)
        return SynwayConference(self, int(self.ask(self.address, "group", 0, *values)))

    def next_serial(self) -> int:
        self._serial += 1
        return self._serial

    # The library

    def ask(self, where: str, what: str, ch: int, *values: Any, fd: int = -1) -> Any:
        """A command; DriverError in the library's words. A crash is noted here, too."""
        self.check_open()
        if not self.child.running:
            fault = next((s.fault for s in self.spans if s.fault), "the library is not running")
            raise DriverError(f"{where}: {fault}")
        try:
            value = self.child.ask(what, ch, *values, fd=fd)
        except Died as exc:
            self._useless(str(exc), True)
            raise DriverError(f"{where}: {exc}") from exc
        except DriverError as exc:
            raise DriverError(f"{where}: {exc}") from exc
        if self.child.waiting:
            self._wake_up()
        return value

    def _wake_up(self) -> None:
        os.eventfd_write(self._wake, 1)

    def tell(self, event: BoardEvent) -> None:
        """An event of our own, for the next ``events``."""
        self._queue.append(event)
        if not self._closed:
            self._wake_up()

    def _useless(self, why: str, gone: bool) -> None:
        """The library cannot be used (any more): everything ends, and it is started again."""
        if gone:
            self.child.reap()
        delay = self.child.again()
        again = (
            f"it is started again in {delay:g} s"
            if delay is not None
            else "it was started too often: see to it, and restart trunkd"
        )
        fault = f"{why} ({again})"
        self._watch()
        for span in self.spans:
            for slot in span.timeslots:
                slot.lost(fault)
                slot.ch = -1
            self._queue += span.became(0, fault, self.clock.now())
        self._by_ch.clear()
        self._wake_up()

    # Events

    def events(self) -> list[BoardEvent]:
        self.check_open()
        self._quiet()
        came, gone = self.child.take()
        for message in came:
            if isinstance(message, Happened):
                self._happened(message)
            elif isinstance(message, Ready):
                self._came_back(message)
            else:
                self._not_back(message)
                gone = False
        if gone:
            why = self.child.reap()
            self._useless(why, False)
        events, self._queue = self._queue, []
        self._quiet()  # all that was told while these were handled is among them
        return events

    def _quiet(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake)

    def _came_back(self, ready: Ready) -> None:
        self._map(ready)
        for slot in self._by_ch.values():
            if slot.calls is not None:
                slot.control.back()

    def _not_back(self, failed: Failed) -> None:
        self._useless(failed.text, True)

    def _happened(self, message: Happened) -> None:
        values = message.values
        if message.what == "link":
            for span in self.spans:
                if span.pcm == message.ch:
                    self._queue += span.became(values[0], span.fault, self.clock.now())
            return
        if message.what == "lost":
            self._lost_events += values[0]
            self._queue.append(EventsLost(self.clock.now(), values[0]))
            return
        slot = self._by_ch.get(message.ch)
        if slot is None:
            return
        if message.what == "state":
            slot.control.changed(*values)
        elif message.what == "dialled":
            slot.control.dialled(*values)
        elif message.what == "number":
            slot.control.grew(*values)
        elif message.what == "digit":
            slot.digit(*values)
        elif message.what == "played":
            slot.played(*values)
        elif message.what == "sent":
            slot.sent(*values)
        elif message.what == "recorded":
            slot.record_ended(*values)


def _calls(channel: Channel) -> bool:
    return channel.type in facts.LINE_TYPES


LIMITS: Final = {
    Feature.PLAY_LIST: "no other speed, no FSK; volume in steps of 3 dB while it plays",
    Feature.RECORD_TO: "received or mixed; no end at silence, no time before",
    Feature.LISTEN: "DTMF only, without levels and lengths",
    Feature.CONFERENCE: "no coaching; who talks is not told",
}


class SynwayDriver:
    """Entry point ``synway`` of the group ``trunkd.drivers``."""

    config_type: ClassVar[type[msgspec.Struct]] = SynwayConfig

    @staticmethod
    def check(config: msgspec.Struct) -> None:
        """What a configuration's types cannot say: ConfigError "key: what is wrong: remedy"."""
        if isinstance(config, SynwayConfig):
            check(config)

    @staticmethod
    def open(address: Address, config: msgspec.Struct, clock: Clock | None) -> Board:
        """The library's board, not started."""
        if not isinstance(config, SynwayConfig):
            raise ConfigError(f"{address}: {type(config).__name__} given: give a SynwayConfig")
        if isinstance(clock, VirtualClock):
            raise DriverError(f"{address} runs in real time: open it without a VirtualClock")
        check(config)
        return SynwayBoard(str(address), config)
