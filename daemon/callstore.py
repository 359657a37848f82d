"""Call records in SQLite (WAL): one row for each call, by run of the daemon and callId.

Rows are written by a thread of their own, many in one transaction; a row that is written again is
the same row, so nothing is doubled when a journal is read anew after a crash. Each transaction is
forced to disk. Readers, such as `trunkd records`, open the file by themselves at any time.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import logging
import os
import sqlite3
import threading
import time
from typing import Any, Final

import msgspec

from ..errors import ConfigError
from .records import CallRecord

log: Final = logging.getLogger("trunkd.records")

COLUMNS: Final = tuple(field.encode_name for field in msgspec.structs.fields(CallRecord))
_TABLES: Final = f"""
CREATE TABLE IF NOT EXISTS call (
    {", ".join(f"{name} NOT NULL" for name in COLUMNS)},
    PRIMARY KEY (instance, callId)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS call_started ON call (started);
CREATE INDEX IF NOT EXISTS call_called ON call (called);
CREATE INDEX IF NOT EXISTS call_calling ON call (calling);
CREATE INDEX IF NOT EXISTS call_answering ON call (answering) WHERE answering != '';
CREATE INDEX IF NOT EXISTS call_open ON call (instance) WHERE ended = '';
CREATE TABLE IF NOT EXISTS journal (path TEXT PRIMARY KEY, position INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS run (instance TEXT PRIMARY KEY, path TEXT NOT NULL);
"""
_NAMES: Final = ", ".join(COLUMNS)
_ROW: Final = f"({', '.join('?' * len(COLUMNS))})"
_STEPS: Final = (200, 20, 1)
"""Rows by one statement: between statements the thread has to wait for the interpreter's lock."""
_BATCH_SECONDS: Final = 0.25
"""States of a call that are older than this are written; those in between are never."""
_BUSY_SECONDS: Final = 10.0
_RETRY_SECONDS: Final = 1.0
_PRUNE_SECONDS: Final = 3600.0
_PRUNE_ROWS: Final = 1000
"""Old rows deleted in one transaction."""
_MOST_RUNS: Final = 1000
MAX_WAITING: Final = 50_000
"""Calls held in memory while the database cannot be written."""

Key = tuple[str, int]
Row = tuple[Any, ...]


def row_of(record: CallRecord) -> Row:
    return msgspec.structs.astuple(record)


def open_database(path: str, write: bool) -> sqlite3.Connection:
    """ConfigError names the file and what to do."""
    try:
        if write:
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        elif not os.path.exists(path):
            raise ConfigError(
                f"there are no call records at {path}: name the file with --file, or look at "
                "[daemon] call_store"
            )
        uri = f"file:{path}" if write else f"file:{path}?mode=ro"
        made = sqlite3.connect(uri, timeout=_BUSY_SECONDS, uri=True, check_same_thread=False)
        if write:
            made.execute("PRAGMA journal_mode=WAL")
            made.execute("PRAGMA synchronous=FULL")
            made.executescript(_TABLES)
            _add_columns(made)
            os.chmod(path, 0o640)
        return made
    except (sqlite3.Error, OSError) as exc:
        raise ConfigError(
            f"call store: {path} cannot be opened ({exc}): set [daemon] call_store to another "
            'file, or to "off"'
        ) from exc


def _add_columns(database: sqlite3.Connection) -> None:
    """A file of an earlier version lacks some."""
    there = {row[1] for row in database.execute("PRAGMA table_info(call)")}
    for field in msgspec.structs.fields(CallRecord):
        if field.encode_name not in there:
            usual = 0 if field.type is int else "''"
            text = f"ALTER TABLE call ADD COLUMN {field.encode_name} NOT NULL DEFAULT {usual}"
            database.execute(text)


def no_room(error: ConfigError) -> bool:
    """It could not be opened because the disk is full."""
    cause = error.__cause__
    if isinstance(cause, OSError):
        return cause.errno in (errno.ENOSPC, errno.EDQUOT)
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)


class CallStore:
    """The writer. ``journal``: path of the ring whose position is kept with the rows; ``instance``:
    this run of the daemon; ``days``: calls that began before are deleted, 0: never."""

    def __init__(self, path: str, journal: str, instance: str = "", days: int = 0) -> None:
        self.path: Final = path
        self._journal: Final = journal
        self._instance: Final = instance
        self._days: Final = days
        self._database: Final = open_database(path, True)
        self._lock: Final = threading.Lock()
        self._waiting: dict[Key, CallRecord] = {}
        """The latest state of each call that is to be written."""
        self._position = 0
        self._held: int | None = None
        """Position before the first call that was dropped: the next start goes on from there."""
        self._work: Final = threading.Event()
        self._closing: Final = threading.Event()
        self._prune_at = time.monotonic()
        self._thread: threading.Thread | None = None
        self.written = 0
        self.dropped = 0
        self.pruned = 0
        self.failing = ""
        """Why rows cannot be written now, or ""."""

    # Before the daemon's work begins

    def _ask(self, text: str, *values: object) -> list[Any]:
        try:
            return self._database.execute(text, values).fetchall()
        except sqlite3.Error as exc:
            log.error("call store: %s cannot be read: %s", self.path, exc)
            return []

    def position(self) -> int:
        """Up to where the journal's calls are in the table."""
        found = self._ask("SELECT position FROM journal WHERE path = ?", self._journal)
        return int(found[0][0]) if found else 0

    def catch_up(self, records: list[CallRecord], position: int) -> None:
        """Write what a journal still had, at once; what cannot be written now waits."""
        try:
            self._write(records, position)
        except sqlite3.Error as exc:
            log.error("call store: %s: %s; kept until it works", self.path, exc)
            self.failing = str(exc)
            for record in records:
                self.put(record, position)

    def runs(self) -> list[str]:
        """Runs before this one with this journal, the latest last."""
        text = "SELECT instance FROM run WHERE path = ? AND instance != ? ORDER BY rowid"
        return [row[0] for row in self._ask(text, self._journal, self._instance)]

    def forget_runs(self, all_of_them: bool) -> None:
        """Of runs that have no unfinished call, all or all but the last ones are known no more."""
        text = (
            "DELETE FROM run WHERE path = ?1 AND instance != ?2 AND rowid NOT IN "
            "(SELECT rowid FROM run WHERE path = ?1 ORDER BY rowid DESC LIMIT ?3) AND "
            "instance NOT IN (SELECT instance FROM call WHERE ended = '')"
        )
        keep = 0 if all_of_them else _MOST_RUNS
        try:
            with self._database:
                self._database.execute(text, (self._journal, self._instance, keep))
        except sqlite3.Error as exc:
            log.error("call store: %s: %s", self.path, exc)

    def unfinished(self) -> list[CallRecord]:
        """Calls of runs with this journal that have no end."""
        text = (
            f"SELECT {_NAMES} FROM call WHERE ended = '' AND instance IN "  # noqa: S608
            "(SELECT instance FROM run WHERE path = ?)"
        )
        return [CallRecord(*row) for row in self._ask(text, self._journal)]

    # At work

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="call-store", daemon=True)
        self._thread.start()

    def put(self, record: CallRecord, position: int) -> None:
        """A call as it is now; ``position`` is behind it in the journal."""
        key = (record.instance, record.call_id)
        with self._lock:
            if len(self._waiting) >= MAX_WAITING and key not in self._waiting:
                self.dropped += 1  # it is in the journal, as long as that reaches back
                if self._held is None:
                    self._held = self._position
                return
            self._waiting[key] = record
            self._position = position
        if not self._work.is_set():
            self._work.set()

    def close(self) -> None:
        """Write what waits."""
        self._closing.set()
        self._work.set()
        if self._thread is not None:
            self._thread.join(2 * _BUSY_SECONDS)
            if self._thread.is_alive():
                log.error("call store: %s: the disk does not answer", self.path)
                return  # the journal has the rest
        else:
            self._write_waiting()
        self._database.close()

    def _run(self) -> None:
        while not self._closing.is_set():
            until = max(0.0, self._prune_at - time.monotonic()) if self._days else None
            self._work.wait(until)
            self._closing.wait(_RETRY_SECONDS if self.failing else _BATCH_SECONDS)
            self._work.clear()
            self._write_waiting()
            self._prune()
        self._write_waiting()

    def _write_waiting(self) -> None:
        with self._lock:
            rows, self._waiting = self._waiting, {}
            position = self._position if self._held is None else self._held
        if not rows:
            return
        try:
            self._write(list(rows.values()), position)
        except sqlite3.Error as exc:
            if not self.failing:
                log.error("call store: %s: %s; kept until it works", self.path, exc)
            self.failing = str(exc)
            with self._lock:
                self._waiting = {**rows, **self._waiting}
            self._work.set()
            return
        if self.failing:
            log.warning("call store: %s can be written again", self.path)
        self.failing = ""

    def _write(self, records: list[CallRecord], position: int) -> None:
        with contextlib.closing(self._database.cursor()) as cursor:
            try:
                cursor.execute("BEGIN IMMEDIATE")
                if self._instance:
                    run = (self._instance, self._journal)
                    cursor.execute("INSERT OR IGNORE INTO run VALUES (?, ?)", run)
                at = 0
                for step in _STEPS:
                    text = f"INSERT OR REPLACE INTO call ({_NAMES}) VALUES {_rows(step)}"  # noqa: S608
                    while len(records) - at >= step:
                        part = records[at : at + step]
                        cursor.execute(text, [value for r in part for value in row_of(r)])
                        at += step
                cursor.execute(
                    "INSERT OR REPLACE INTO journal VALUES (?, ?)", (self._journal, position)
                )
                cursor.execute("COMMIT")
            except sqlite3.Error:
                if self._database.in_transaction:
                    cursor.execute("ROLLBACK")
                raise
        self.written += len(records)

    # Old calls

    def _prune(self) -> None:
        """Delete some calls that are too old; the rest of them after what came meanwhile."""
        now = time.monotonic()
        if not self._days or now < self._prune_at:
            return
        since = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=self._days)
        count = 0
        try:
            with self._database:
                count = self._database.execute(
                    "DELETE FROM call WHERE (instance, callId) IN (SELECT instance, callId "
                    "FROM call WHERE started < ? AND ended != '' LIMIT ?)",
                    (f"{since:%Y-%m-%dT%H:%M:%S}", _PRUNE_ROWS),
                ).rowcount
        except sqlite3.Error as exc:
            log.error("call store: %s: old calls cannot be deleted: %s", self.path, exc)
        self.pruned += count
        self._prune_at = now + (_BATCH_SECONDS if count == _PRUNE_ROWS else _PRUNE_SECONDS)


def _rows(count: int) -> str:
    return ", ".join([_ROW] * count)
