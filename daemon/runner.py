"""The daemon in real time: one event loop for boards, timers, socket, records and metrics."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import secrets
import signal
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from ..board.clock import Clock
from ..errors import Error
from . import events
from .audit_log import AuditLog
from .config import Config
from .config_check import parse_endpoint
from .durable import Durable, journal_path
from .events_route import CallRerouted
from .events_switch import CallData
from .http import HttpServer
from .metrics import CONTENT_TYPE, Metrics
from .node import BoardUnit, Node
from .notify import Notifier
from .real_time import real_time
from .records import RecordFile, sync_descriptor, timestamp
from .server import Server, SocketInUse
from .service import Service
from .session_store import SessionStore, store_path
from .trace import Trace

log: Final = logging.getLogger("trunkd")

CLEARING: Final = 41
"""Q.850 cause of calls that a stopping daemon clears: temporary failure."""
_CLEAR_TIME: Final = 6.0
"""Seconds for DISCONNECT and RELEASE of the last calls (T308 is 4 s)."""
CALL_STATES: Final = frozenset(
    (
        events.ServiceInitiated,
        events.Originated,
        events.Offered,
        events.Delivered,
        events.Established,
        events.Failed,
        events.OwnerChanged,
        CallRerouted,
        CallData,
        events.ConnectionCleared,
    )
)
"""Events after which a call's record is another."""
_MEDIA_TIME: Final = 2.0
"""Seconds for the last samples of recordings to be in their files."""


class Runner:
    """One run of the daemon; also the Host that the service asks."""

    def __init__(self, config: Config, config_path: str = "", clock: Clock | None = None) -> None:
        """``clock``: a VirtualClock asks for stepped boards; whoever made the loop steps them."""
        self.config = config
        self.config_path = config_path
        self.started = time.time_ns()
        self._loop = asyncio.get_running_loop()
        self._notifier = Notifier()
        self.node = Node(config, clock, secrets.token_hex(4), self._offload, self)
        self.server = Server(config.daemon, self._loop, time.time_ns)
        self.server.service = Service(self.node, self)
        path = config.daemon.records_path()
        self._records = RecordFile(path, self.node.instance) if path else None
        audit = config.access.sessions.audit_log
        self._audit = AuditLog(audit) if audit else None
        self._metrics = Metrics(self.node, self.server, self._records)
        self._trace = Trace(self.node, self.server.frame)
        self._durable: Durable | None = None
        self._begun = False
        self._http = HttpServer({"/metrics": self._metrics_page, "/health": self._health_page})
        self._metrics_address = ""
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due: int | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._stopped = asyncio.Event()
        self._no_calls = asyncio.Event()
        self._tasks: set[asyncio.Future[Any]] = set()

    # Host

    def journal_first(self) -> int:
        return self.server.journal.first

    def follows(self, instance: str) -> bool:
        return self._durable is not None and instance in self._durable.past.instances

    def client_count(self) -> int:
        return len(self.server.clients)

    def metrics_address(self) -> str:
        return self._metrics_address

    def shut_down(self, drain: int | None) -> None:
        """Begin to stop; a second time: at once."""
        wait = self.config.daemon.drain if drain is None else drain
        if self._stopping is None:
            self._stopping = self._loop.create_task(self._stop(wait))
        else:
            self._no_calls.set()

    # Life

    async def run(self, ready: Callable[[], None] | None = None) -> None:
        """Run until a signal or the method shutdown ends it. Errors at start are raised."""
        self.node.sinks += [self._keep_call, self.server.event, self._metrics.media.event]
        self.node.call_sinks.append(self._metrics.call_ended)
        if self._records is not None:
            self.node.call_sinks.append(self._records.call_ended)
        self.node.call_sinks.append(self._call_ended)
        self.node.on_problem = self._problem
        self.server.on_trace = self._trace.switch
        self.server.frame_text = self._trace.text
        try:
            # The socket first: it is how a second daemon learns that the boards are taken.
            self.server.bind()
            self._remember()
            with real_time(self.config.daemon.priority):
                self.node.open()
                self._know_clients()
                await self._listen()
                self._begin()
            self._tell_past()
            if ready is not None:
                ready()
            self._notifier.tell("READY=1\nSTATUS=running")
            log.info("ready on %s", self.config.daemon.socket_path())
            await self._stopped.wait()
        finally:
            await self._end()

    def _remember(self) -> None:
        """Go on from where the run before was."""
        self._durable = Durable(self.config.daemon, self.node.instance)
        past = self._durable.past
        self.node.go_on_from(past.seq, past.call_id, recovering=not past.ended)
        self.server.journal.load(list(past.events), past.seq)
        self.server.keep = self._durable.event
        kept = self.node.kept
        kept.open(self._durable.kept, list(past.kept), past.time, self._durable.not_told())
        self._metrics.store = self._durable.store
        if self._records is not None:
            self._records.filed = self._durable.filed
            for record in self._durable.unfiled():
                self._records.write(record)

    def _know_clients(self) -> None:
        """Sessions of the runs before; and from now on who does what is written down."""
        self.node.sessions.open(SessionStore(store_path(journal_path(self.config.daemon))))
        if self._audit is not None:
            self.server.audit = self._audit.write

    def _tell_past(self) -> None:
        """What clients do not know of the run before: which calls it could not end."""
        assert self._durable is not None
        past = self._durable.past
        node = self.node
        kept = node.kept
        for record in self._durable.lose(kept.lost):
            if self._records is not None:
                self._records.write(record)
        if not past.ended:
            kept.outcomes["lost"] += past.lost
            node.tell(events.Restarted, past.latest, past.time, past.lost, kept.restored)
            log.warning(
                "the run before (%s) was killed at %s; of its calls %d are over now and %d go on",
                past.latest or "unknown",
                timestamp(past.time) or "an unknown time",
                past.lost,
                kept.restored,
            )
        for record in past.untold.values():
            node.seq += 1
            cleared = events.ConnectionCleared(
                node.seq,
                time.time_ns(),
                record.call_id,
                f"trunk/{record.trunk}/{record.channel}",
                "remote" if record.releasing == "remote" else "local",
                record.cause,
                record.q850,
                record.location,
            )
            cleared.owner = record.owner
            node.emit(cleared, record.trunk)
        self._durable.told()
        kept.resume()

    def _keep_call(self, event: events.Event, trunk: str) -> None:
        """The call's state goes before the event that tells of it."""
        if type(event) in CALL_STATES and self._durable is not None:
            call = self.node.calls.get(event.call_id)  # type: ignore[attr-defined]
            if call is not None:
                self._durable.call(call)
        self.node.kept.told(event)

    async def _listen(self) -> None:
        await self.server.serve()
        if self.config.daemon.metrics:
            host, port = parse_endpoint(self.config.daemon.metrics)
            try:
                port = await self._http.listen(host, port)
            except OSError as exc:
                raise SocketInUse(
                    f"{host}:{port} cannot be listened on ({exc.strerror}): "
                    'set [daemon] metrics to another port, or to ""'
                ) from exc
            shown = f"[{host}]" if ":" in host else host
            self._metrics_address = f"{shown}:{port}"

    def _begin(self) -> None:
        self._begun = True
        self.node.start()
        for unit in self.node.boards.values():
            self._loop.add_reader(unit.board.fileno(), self._board_ready, unit)
            self._board_ready(unit)
        self.server.after_requests = self._arm
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self.shut_down, None)
        self._loop.add_signal_handler(signal.SIGHUP, self._hangup)
        for file in self._files():
            self._spawn(self._sync(file))
        self._spawn(self._sync_journal())
        interval = self._notifier.watchdog_interval()
        if interval and self.config.daemon.watchdog:
            self._spawn(self._watchdog(interval))
        self._arm()

    def _spawn(self, work: Any) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)

    def _hangup(self) -> None:
        for file in self._files():
            file.reopen()

    def _files(self) -> list[RecordFile]:
        """Those that are written line by line, and may be renamed at any time."""
        found = [self._records, self._audit.file if self._audit is not None else None]
        return [file for file in found if file is not None]

    # Boards, descriptors and timers

    def add_reader(self, fd: int, callback: Callable[[], None]) -> None:
        """For the node: call back when ``fd`` is readable; timers may be others then."""
        self._loop.add_reader(fd, self._descriptor_ready, callback)

    def remove_reader(self, fd: int) -> None:
        self._loop.remove_reader(fd)

    def _descriptor_ready(self, callback: Callable[[], None]) -> None:
        callback()
        self._arm()

    def _board_ready(self, unit: BoardUnit) -> None:
        self.node.drain_board(unit)
        self.server.flush()  # not after the requests that came in the same round of the loop
        self._arm()

    def _arm(self) -> None:
        """Have the loop call us when the node's next timer is due, or before: deadlines move to
        later times with every frame, and a call that comes too early asks again."""
        self.node.kept.flush()
        due = self.node.next_timeout()
        armed = self._timer_due
        if due is None or (armed is not None and armed <= due):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_due = due
        delay = max(0, due - self.node.now()) / 1e9
        self._timer = self._loop.call_later(delay, self._timer_ready)

    def _timer_ready(self) -> None:
        self._timer = None
        self._timer_due = None
        self.node.handle_timeout(self.node.now())
        self._arm()

    def _offload(self, work: Callable[[], Any], done: Callable[..., None]) -> None:
        future = self._loop.run_in_executor(None, work)
        self._tasks.add(future)

        def finished(ended: asyncio.Future[Any]) -> None:
            self._tasks.discard(ended)
            error = ended.exception()
            if error is not None and not isinstance(error, Error):
                log.error("a file job failed", exc_info=error)
                error = Error(f"{type(error).__name__}: {error}")
            done(None if error is not None else ended.result(), error)
            self._arm()

        future.add_done_callback(finished)

    @staticmethod
    def _problem(error: Exception) -> None:
        log.error("this should not happen: %s", error, exc_info=error)

    # Stopping

    def _call_ended(self, call: Any) -> None:
        if self.node.draining and not self.node.calls:
            self._no_calls.set()

    async def _stop(self, drain: int) -> None:
        """No new calls; wait for the others; clear what is left; end."""
        self._notifier.tell("STOPPING=1\nSTATUS=waiting for calls to end")
        node = self.node
        node.drain(True)
        node.tell(events.Draining, time.time_ns() + drain)
        log.info("stopping: %d calls are up", len(node.calls))
        if node.calls:
            await self._wait_for_calls(drain / 1e9)
        try:
            await self._clear_calls()
        finally:
            self._stopped.set()

    async def _clear_calls(self) -> None:
        node = self.node
        for call in list(node.calls.values()):
            with contextlib.suppress(Error):
                call.trunk.clear(call, CLEARING, call.trunk.now())
        self._arm()
        if node.calls:
            await self._wait_for_calls(_CLEAR_TIME)
        for call in list(node.calls.values()):
            # The far end does not answer; every call that ends has its record all the same.
            call.trunk.abandon(call, CLEARING, call.trunk.now())
        await self._end_media()

    async def _end_media(self) -> None:
        """What was recorded is told, too, once the boards are done with the files."""
        media = self.node.media
        for conference in media.conferences:
            with contextlib.suppress(Error):
                media.conferences.close(conference.number)
        end = self._loop.time() + _MEDIA_TIME
        while (media.late or media.late_audio) and self._loop.time() < end:
            await asyncio.sleep(0.01)

    async def _wait_for_calls(self, seconds: float) -> None:
        self._no_calls.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._no_calls.wait(), seconds)

    async def _end(self) -> None:
        for task in self._tasks:
            if isinstance(task, asyncio.Task):
                task.cancel()
        for unit in self.node.boards.values():
            self._loop.remove_reader(unit.board.fileno())
        if self._timer is not None:
            self._timer.cancel()
        pending = [t for t in self._tasks if not isinstance(t, asyncio.Task)]
        if pending:
            await asyncio.wait(pending, timeout=5)
        self.server.flush_now()
        await self._http.close()
        await self.server.close()
        self.node.close()
        for file in self._files():
            file.close()
        self.node.sessions.close()
        if self._durable is not None:
            # A start that failed leaves what it found to the next one.
            same = not self._begun and self._durable.past.ended
            self._durable.close(ended=same or self._stopped.is_set())

    # Regular work

    async def _sync(self, file: RecordFile) -> None:
        while True:
            await asyncio.sleep(self.config.daemon.records_sync / 1e9)
            descriptor = file.due()
            if descriptor >= 0:
                await self._loop.run_in_executor(None, sync_descriptor, descriptor)

    async def _sync_journal(self) -> None:
        """For those who have it on a disk: /run is memory."""
        assert self._durable is not None
        while True:
            await asyncio.sleep(self.config.daemon.records_sync / 1e9)
            await self._loop.run_in_executor(None, self._durable.sync)

    async def _watchdog(self, interval: float) -> None:
        while True:
            self._notifier.tell("WATCHDOG=1")
            await asyncio.sleep(interval)

    async def _metrics_page(self) -> tuple[str, bytes]:
        snapshot = self._metrics.snapshot()
        return CONTENT_TYPE, await self._loop.run_in_executor(None, snapshot.text)

    async def _health_page(self) -> tuple[str, bytes]:
        trunks = {name: trunk.up for name, trunk in self.node.trunks.items()}
        body = json.dumps({"ok": all(trunks.values()), "trunks": trunks})
        return "application/json", body.encode() + b"\n"


_SWITCH: Final = 0.000_5
"""Seconds for which another thread (a metrics page, the call store) may keep the event loop from
going on, instead of Python's usual 5 ms: every write to a client lets them in."""


def run(config: Config, config_path: str = "", ready: Callable[[], None] | None = None) -> None:
    """Run the daemon until it is told to stop: all that this process does."""

    def begun() -> None:
        # What is there now stays, modules for the most part: to look at all of it again would
        # hold up everything for 40 ms, now and then.
        gc.collect()
        gc.freeze()
        sys.setswitchinterval(_SWITCH)
        if ready is not None:
            ready()

    async def main() -> None:
        await Runner(config, config_path).run(begun)

    asyncio.run(main())
