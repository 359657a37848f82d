"""What outlives the daemon: its events, its numbers, and the calls that were up.

Every event is in the journal (ring.py) before a client gets it, and every call's state before the
event that tells of it. A daemon that starts after another was killed finds there what the other
told last: it goes on with the numbers, has the events for clients that come back, and closes the
records of calls that nobody ended. What it does then is in the journal, too, step by step: it may
be killed while it does it, and the one after it goes on from there.
"""

from __future__ import annotations

import collections
import datetime
import logging
import os
from typing import Final

import msgspec

from ..errors import ConfigError
from .calls import Call
from .callstore import CallStore, no_room
from .config import Daemon
from .journal import Entry
from .kept import Kept, record_of_kept
from .kept_calls import LOST, read
from .kept_file import KeptFile
from .records import CallRecord, filed_in, record_of, timestamp
from .ring import Ring, RingEntry

log: Final = logging.getLogger("trunkd")

EVENT: Final = 1
CALL: Final = 2
RUN: Final = 3
END: Final = 4
FILED: Final = 5
"""Kinds of entries: an event; a call's record as it is; a run begins; it ended as it should; a
call's record is in the file of records."""

TEMPORARY_FAILURE: Final = 41
"""Q.850."""

_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(CallRecord)


class Past:
    """What a journal tells of the runs before."""

    def __init__(self, keep: int) -> None:
        self.seq = 0
        self.call_id = 0
        self.events: Final[collections.deque[tuple[int, Entry]]] = collections.deque(maxlen=keep)
        self.instances: list[str] = []
        """Runs whose events a client may go on from, the latest last."""
        self.latest = ""
        """The run that told the last event."""
        self.ended = True
        """The latest run ended as it should."""
        self.time = 0
        """ns since 1970 of its last event."""
        self.up: Final[dict[tuple[str, int], CallRecord]] = {}
        """Calls that nobody ended."""
        self.over: Final[set[tuple[str, int]]] = set()
        """Calls whose end is in the journal."""
        self.kept: Final[list[Kept]] = []
        """Answered ones that nobody ended and that may go on."""
        self.unfiled: Final[dict[int, CallRecord]] = {}
        """By callId, those that ended and may not be in the file of records."""
        self.untold: Final[dict[int, CallRecord]] = {}
        """By callId, those that ended and of which no ConnectionCleared was told."""
        self.lost = 0
        """Calls that were up when the latest run ended; they are among ``untold``."""


def journal_path(config: Daemon) -> str:
    """Beside the socket: who has the one has the other."""
    return os.path.splitext(config.socket_path())[0] + ".journal"


def kept_path(config: Daemon) -> str:
    return os.path.splitext(config.socket_path())[0] + ".kept"


class Durable:
    """The journal in a file and the call store of one daemon."""

    def __init__(self, config: Daemon, instance: str) -> None:
        self._instance: Final = instance
        self._records: Final = config.records_path()
        path = journal_path(config)
        self._ring: Final = Ring(path, config.journal_mb << 20)
        self._store: CallStore | None = None
        self._call_id = 0
        self._row: CallRecord | None = None
        """Of the event that comes next, for the store."""
        self._waiting: Final[dict[tuple[str, int], CallRecord]] = {}
        """Records of those in ``past.kept``."""
        try:
            self.kept: Final = KeptFile(kept_path(config))
        except BaseException:
            self._ring.close()
            raise
        try:
            self._store = self._open_store(config, path)
            self.past: Final = self._read(config.client_queue)
            self._find_kept()
            self._close_lost()
        except BaseException:
            self.kept.close()
            if self._store is not None:
                self._store.close()
            self._ring.close()
            raise
        self._call_id = self.past.call_id
        self._ring.note(self.past.seq, self._call_id)
        self._ring.label = instance
        self._ring.append(0, RUN, instance.encode())
        if self._store is not None:
            self._store.start()

    def _open_store(self, config: Daemon, path: str) -> CallStore | None:
        store = config.call_store_path()
        if not store:
            return None
        try:
            days = config.call_store_days
            return CallStore(store, os.path.abspath(path), self._instance, days)
        except ConfigError as exc:
            if not no_room(exc):
                raise
            # A full disk must not keep the exchange down. What the journal still has then comes
            # into the table with the next start.
            log.error("%s; calls of this run are not kept there", exc)
            return None

    # What was

    def _read(self, keep: int) -> Past:
        past = Past(keep)
        begin = 0
        if self._ring.label:
            past.instances.append(self._ring.label)  # its own entry may have made room
        if self._store is not None:
            past.instances += [name for name in self._store.runs() if name != self._ring.label]
            # Beyond the end: the journal is a new one, the machine was started anew.
            begin = self._store.position()
            begin = begin if begin <= self._ring.head else 0
        rows: dict[tuple[str, int], CallRecord] = {}
        for entry in self._ring.entries():
            if entry.kind == EVENT:
                self._read_event(entry, past)
            elif entry.kind == CALL:
                record = self._read_call(entry, past)
                if record is not None and entry.position >= begin:
                    rows[record.instance, record.call_id] = record
            elif entry.kind == FILED:
                past.unfiled.pop(entry.number, None)
            elif entry.kind == RUN:
                self._read_run(entry, past)
            past.ended = entry.kind == END
        if past.events:
            past.time = _time_of(past.events[-1][1].line)
        self._go_on(past)
        if self._store is not None:
            self._store.catch_up(list(rows.values()), self._ring.head)
        return past

    def _go_on(self, past: Past) -> None:
        """Numbers go on also from those whose entries made room for others."""
        seq, call_id = self._ring.noted
        if seq > past.seq:
            past.events.clear()
        past.seq, past.call_id = max(past.seq, seq), max(past.call_id, call_id)
        if self._ring.fresh:
            # What clients were told last may be lost: numbers say nothing about this run.
            past.instances.clear()
            past.events.clear()

    @staticmethod
    def _read_event(entry: RingEntry, past: Past) -> None:
        name, trunk, line = entry.payload.split(b"\0", 2)
        if entry.number != past.seq + 1:
            past.events.clear()  # those before it do not lead to it
        past.events.append((entry.number, Entry(line, name.decode(), trunk.decode())))
        past.seq = entry.number
        past.latest = past.instances[-1] if past.instances else past.latest
        if name == b"ConnectionCleared":
            past.untold.pop(_call_of(line), None)

    def _read_call(self, entry: RingEntry, past: Past) -> CallRecord | None:
        try:
            record = _decoder.decode(entry.payload)
        except msgspec.MsgspecError as exc:
            log.error("journal: the record of call %d cannot be read: %s", entry.number, exc)
            return None
        past.call_id = max(past.call_id, entry.number)
        if record.ended:
            past.up.pop((record.instance, record.call_id), None)
            past.over.add((record.instance, record.call_id))
            past.untold[entry.number] = record
            if self._records:
                past.unfiled[entry.number] = record
        else:
            past.up[record.instance, record.call_id] = record
        return record

    @staticmethod
    def _read_run(entry: RingEntry, past: Past) -> None:
        name = entry.payload.decode()
        if name in past.instances:
            past.instances.remove(name)
        past.instances.append(name)

    def _find_kept(self) -> None:
        """Who was killed may have written a call's end, and not that nothing is kept of it."""
        past = self.past
        for each in read(self.kept):
            if past.ended or (each.instance, each.call_id) in past.over:
                self.kept.remove(each.call_id)
            else:
                past.kept.append(each)
                past.call_id = max(past.call_id, each.call_id)

    def _close_lost(self) -> None:
        """Calls that nobody ended, and that cannot go on."""
        past = self.past
        found = dict(past.up)
        if self._store is not None:
            # Longer ones than the journal reaches back are in the table alone.
            for record in self._store.unfinished():
                found.setdefault((record.instance, record.call_id), record)
        for each in past.kept:
            key = each.instance, each.call_id
            self._waiting[key] = found.pop(key) if key in found else record_of_kept(each)
        self._close(found)
        if past.kept:
            past.ended = False
        if self._store is not None:
            self._store.forget_runs(all_of_them=self._ring.fresh)

    def not_told(self) -> set[int]:
        """Those in ``past.kept`` of which nobody was told that they were answered: who was killed
        had just written it down."""
        return {call_id for (_, call_id), record in self._waiting.items() if not record.answered}

    def lose(self, kept: list[Kept]) -> list[CallRecord]:
        """These cannot go on after all; their records, for the file of records."""
        keys = [(each.instance, each.call_id) for each in kept]
        self._close({key: self._waiting[key] for key in keys})
        unfiled = self.past.unfiled
        return [unfiled[call_id] for _, call_id in keys if call_id in unfiled]

    def _close(self, found: dict[tuple[str, int], CallRecord]) -> None:
        """They end when the last event of their run was told."""
        past = self.past
        known = filed_in(self._records, found) if found and self._records else {}
        closed = []
        for key, record in sorted(found.items(), key=lambda item: item[0][1]):
            # After a loss of power the file may know more than journal and table do.
            ended = known.get(key) or _closed(record, timestamp(past.time))
            closed.append(ended)
            self._append(record.call_id, CALL, _encoder.encode(ended))
            if key in known:
                self._ring.append(record.call_id, FILED, b"")
            elif self._records:
                past.unfiled[record.call_id] = ended
            past.untold[record.call_id] = ended
        if self._store is not None:
            self._store.catch_up(closed, self._ring.head)
        past.lost = sum(1 for record in past.untold.values() if record.lost)
        if past.lost:
            past.ended = False
            past.latest = past.latest or closed[-1].instance if closed else past.latest
        past.call_id = max([past.call_id, *(r.call_id for r in closed)])

    # What is

    def event(self, number: int, entry: Entry) -> None:
        """An event, before anybody gets it."""
        payload = b"%b\0%b\0%b" % (entry.name.encode(), entry.trunk.encode(), entry.line)
        self._append(number, EVENT, payload)
        self._ring.note(number, self._call_id)
        record, self._row = self._row, None
        if record is not None and self._store is not None:
            self._store.put(record, self._ring.head)

    def call(self, call: Call) -> None:
        """A call began, or is another than it was; its end among that. The event that tells of it
        comes next: who is killed has written both, or none of the two."""
        record = record_of(call, self._instance)
        number = call.call_id
        if number > self._call_id:
            self._call_id = number
        self._append(number, CALL, _encoder.encode(record), held=True)
        self._row = record

    def _append(self, number: int, kind: int, payload: bytes, held: bool = False) -> None:
        try:
            self._ring.append(number, kind, payload, held)
        except ValueError as exc:
            # Nobody who is connected misses it; it would not be there for the next run, which
            # then tells that numbers are missing.
            log.error("journal: %s: set [daemon] journal_mb higher", exc)

    def filed(self, call_id: int) -> None:
        """A call's record is in the file of records."""
        self._ring.append(call_id, FILED, b"")

    def unfiled(self) -> list[CallRecord]:
        """Records that ended and are not in the file of records (nor in one that it was renamed
        to): the daemon was killed in between, or the disk was full."""
        wanted = {(r.instance, r.call_id): r for r in self.past.unfiled.values()}
        known = filed_in(self._records, wanted) if wanted and self._records else {}
        return [record for key, record in wanted.items() if key not in known]

    def told(self) -> None:
        """Of the runs before, nothing more is wanted than their names."""
        past = self.past
        for kept in (past.events, past.up, past.over, past.kept, past.unfiled, past.untold):
            kept.clear()
        self._waiting.clear()

    @property
    def store(self) -> CallStore | None:
        return self._store

    def sync(self) -> None:
        """Force the journal to disk; may block."""
        self._ring.sync()

    def close(self, ended: bool) -> None:
        """``ended``: the run ended as it should."""
        if ended:
            self._ring.append(0, END, b"")
        if self._store is not None:
            self._store.close()
        self.kept.close()
        self._ring.sync()
        self._ring.close()


def _closed(record: CallRecord, last: str) -> CallRecord:
    """A record that nobody closed; ``last``: the last time that anything was told."""
    ended = max(last, record.answered, record.delivered, record.started)
    return msgspec.structs.replace(
        record,
        ended=ended,
        setup_ms=_between(record.started, record.answered or ended),
        talk_ms=_between(record.answered, ended) if record.answered else 0,
        releasing="local",
        cause=LOST,
        q850=TEMPORARY_FAILURE,
        lost=LOST,
    )


def _between(first: str, second: str) -> int:
    """ms."""
    begin, end = (datetime.datetime.fromisoformat(t) for t in (first, second))
    return max(0, round((end - begin).total_seconds() * 1000))


class _Told(msgspec.Struct, rename="camel"):
    time: int = 0
    call_id: int = 0


class _Line(msgspec.Struct):
    params: _Told


_line_decoder: Final = msgspec.json.Decoder(_Line)


def _call_of(line: bytes) -> int:
    return _line_decoder.decode(line).params.call_id


def _time_of(line: bytes) -> int:
    return _line_decoder.decode(line).params.time
