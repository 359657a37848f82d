"""A board whose channels are those of a maker's library, in its child process.

Where the library cannot be used its channels are out of service, and the spans' ``fault`` says why;
it is started again from time to time.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import tempfile
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from ..board.clock import RealClock
from ..board.events import Alarm, AlarmChanged, BoardEvent, EventsLost
from ..board.model import Board, EngineStats, Feature, Span, SpanCounters, SpanKind
from ..errors import DriverError, LocalError
from .sdk_child import Child, Died, Hopeless, SdkConfig
from .sdk_protocol import Failed, Happened, Ready
from .sdk_timeslot import SdkTimeslot


class SdkSpan(Span):
    """A line system (``kind``) or all analog ports together."""

    def __init__(self, number: int, kind: SpanKind, timeslots: Sequence[SdkTimeslot]) -> None:
        self.number = number
        self.kind = kind
        self.timeslots: Sequence[SdkTimeslot] = timeslots
        self.raised: frozenset[Alarm] = frozenset()
        """Alarms as the library tells them."""
        self._counts: Final[dict[Alarm, int]] = {}

    @property
    def alarms(self) -> frozenset[Alarm]:
        return frozenset({Alarm.LOS}) if self.fault else self.raised

    def counters(self) -> SpanCounters:
        """Only how often alarms were raised: such libraries count no errors."""
        return SpanCounters(alarms=dict(self._counts))

    def became(self, raised: frozenset[Alarm], fault: str, now: int) -> list[BoardEvent]:
        """Its alarms, or what makes it useless, are others."""
        before = self.alarms
        self.raised, self.fault = raised, fault
        after = self.alarms
        for alarm in after - before:
            self._counts[alarm] = self._counts.get(alarm, 0) + 1
        return [AlarmChanged(now, self.number, a, a in after) for a in sorted(before ^ after)]


class SdkBoard(Board):
    """A driver's class calls ``open`` at the end of its ``__init__``, and says by the abstract
    methods what its library's survey and events mean."""

    spans: Sequence[SdkSpan]

    def __init__(
        self,
        address: str,
        config: SdkConfig,
        child: Child,
        features: Feature,
        limits: Mapping[Feature, str],
    ) -> None:
        self.address = address
        self.clock = RealClock()
        self.features = features
        self.limits = limits
        self.child: Final = child
        self.folder: Final = tempfile.mkdtemp(prefix="trunkd-sdk-")
        """Where the library may write; it is deleted in the end."""
        self.lives = 0
        """How often the library has gone."""
        self.missing: list[str] = []
        """Functions that the library lacks."""
        self.by_ch: Final[dict[int, SdkTimeslot]] = {}
        self._required: Final = config.required
        self.queue: list[BoardEvent] = []
        self._serial = 0
        self._started = False
        self._closed = False
        self._lost_events = 0
        self._wake: Final = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._epoll: Final = select.epoll()
        self._epoll.register(self._wake, select.EPOLLIN)

    # What a driver says

    @abstractmethod
    def made(self, survey: Any) -> Sequence[SdkSpan]:
        """Spans for what the library has."""

    @abstractmethod
    def expected(self) -> Sequence[SdkSpan]:
        """Spans by the configuration until the library tells; none: it says nothing of them."""

    @abstractmethod
    def mapped(self, survey: Any) -> None:
        """The library runs (again): enter its channels in ``by_ch``, and set the spans' alarms."""

    @abstractmethod
    def told(self, slot: SdkTimeslot, what: str, values: list[Any]) -> None:
        """An event of a channel that is not of its voice."""

    def told_of_span(self, message: Happened) -> bool:
        """An event of no channel; False: it is one of a channel."""
        return False

    # Opening

    def open(self) -> None:
        """Start the library. DriverError: ``required``, or nobody knows its channels."""
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        try:
            ready = self.child.first()
        except DriverError as exc:
            if self._required:
                raise DriverError(f"{self.address}: {exc}") from exc
            self.spans = self.expected()
            if not self.spans:
                raise DriverError(
                    f"{self.address}: {exc} (and {self.unknown()} nobody knows its channels)"
                ) from exc
            self._useless(str(exc), True, isinstance(exc, Hopeless))
            self.queue.clear()
            return
        self.spans = self.made(ready.survey)
        self.mapped(ready.survey)
        self.queue.clear()
        self._watch()

    def unknown(self) -> str:
        """What is missing where ``expected`` gives nothing."""
        return "without the library"

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

    def span(self, number: int) -> SdkSpan:
        return cast(SdkSpan, super().span(number))

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
        self.queue.append(event)
        if not self._closed:
            self._wake_up()

    def _useless(self, why: str, gone: bool, hopeless: bool = False) -> None:
        """The library cannot be used (any more): everything ends, and it is started again."""
        if gone:
            self.child.reap()
        self.lives += 1
        fault = f"{why} ({self._again(hopeless)})"
        self._watch()
        for span in self.spans:
            for slot in span.timeslots:
                slot.lost(fault)
                slot.ch = -1
            self.queue += span.became(frozenset(), fault, self.clock.now())
        self.by_ch.clear()
        self._wake_up()

    def _again(self, hopeless: bool) -> str:
        try:
            delay = self.child.again(hopeless)
        except DriverError as exc:
            return f"{exc}, and restart trunkd"
        if delay is None:
            return "it was started too often: see to it, and restart trunkd"
        return f"it is started again in {delay:g} s"

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
        events, self.queue = self.queue, []
        self._quiet()  # all that was told while these were handled is among them
        if self.child.waiting:
            self._wake_up()  # but for what came while a handler waited for an answer
        return events

    def _quiet(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake)

    def _came_back(self, ready: Ready) -> None:
        self.by_ch.clear()
        self.mapped(ready.survey)
        self._wake_up()
        for slot in self.by_ch.values():
            if slot.calls is not None:
                slot.control.back()

    def _not_back(self, failed: Failed) -> None:
        self._useless(failed.text, True, not failed.again)

    def _happened(self, message: Happened) -> None:
        values = message.values
        if message.what == "lost":
            self._lost_events += values[0]
            self.queue.append(EventsLost(self.clock.now(), values[0]))
            return
        if self.told_of_span(message):
            return
        slot = self.by_ch.get(message.ch)
        if slot is None:
            return
        if message.what == "digit":
            slot.digit(*values)
        elif message.what == "played":
            slot.played(*values)
        elif message.what == "sent":
            slot.sent(*values)
        elif message.what == "recorded":
            slot.record_ended(*values)
        else:
            self.told(slot, message.what, values)
