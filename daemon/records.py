"""Call records: one line of JSON for each call that ended, exactly once.

A record is written when its call ends and forced to disk (fsync) every ``records_sync``, so a
power failure loses at most the calls of that time; a killed daemon loses none that ended. Every
line is whole: what a kill within a write left of one is completed or cut off when the file is
opened, and a record that was cut off is written again from the journal. The file may be renamed at
any time (logrotate): it is opened anew on SIGHUP, and when the next sync finds another file, or
none, under its name. Records that cannot be written (disk full) are kept and tried again at each
sync, up to ``MAX_KEPT``; those that are dropped then are counted.
"""

from __future__ import annotations

import collections
import datetime
import functools
import logging
import os
from collections.abc import Callable, Container
from typing import Any, Final

import msgspec

from ..errors import ConfigError
from .calls import Call
from .events import csta_cause

log: Final = logging.getLogger("trunkd.records")

MAX_KEPT: Final = 100_000
"""Records held in memory while the file cannot be written."""


def timestamp(ns: int) -> str:
    """RFC 3339 in UTC with milliseconds; "" for 0."""
    if ns == 0:
        return ""
    seconds, rest = divmod(ns, 1_000_000_000)
    return f"{_second(seconds)}.{rest // 1_000_000:03d}Z"


@functools.lru_cache(maxsize=1024)
def _second(seconds: int) -> str:
    """Each state of a call has the times of those before it: most are asked for again."""
    return f"{datetime.datetime.fromtimestamp(seconds, datetime.UTC):%Y-%m-%dT%H:%M:%S}"


class CallRecord(msgspec.Struct, rename="camel"):
    """One call. Times are RFC 3339 UTC, "" for what never happened; durations in ms."""

    instance: str
    """Run of the daemon; with ``callId`` it names the call for ever."""
    call_id: int
    trunk: str
    channel: int
    direction: str
    calling: str
    called: str
    answering: str
    started: str
    delivered: str
    answered: str
    ended: str
    setup_ms: int
    """From start to answer, or to the end of a call that was not answered."""
    talk_ms: int
    bearer: str
    releasing: str
    cause: str
    q850: int
    location: int
    route: str = ""
    """Row of `[[route]]`, `[[emergency]]` or `[[dnis]]` that it went by."""
    trunk_group: str = ""
    """Trunk group, the last one of an outgoing call."""
    attempts: int = 0
    """Places where routing tried it."""
    application: str = ""
    linkage: int = 0
    """callId of the first of the calls that belong together by consultation, transfer …"""
    correlator: str = ""
    """Data with the call, as CallInfo has it."""
    user_data: str = ""
    account_code: str = ""
    owner: str = ""
    """Session that owned it last."""
    network: str = ""
    """"transfer", "deflection": the network took its far end elsewhere, and it ended here."""
    lost: str = ""
    """"restart": trunkd was killed, or the machine was, while the call was up; ``ended`` is when it
    last told anything, ``cause`` is "restart"."""


def record_of(call: Call, instance: str) -> CallRecord:
    """The record of a call as it is; one that ended has ``ended``."""
    wall = call.trunk.clock.wall
    until = call.answered or call.ended
    return CallRecord(
        instance=call.instance or instance,
        call_id=call.call_id,
        trunk=call.trunk.name,
        channel=call.channel,
        direction=call.direction,
        calling=call.calling,
        called=call.called,
        answering=call.answering,
        started=timestamp(wall(call.started)),
        delivered=timestamp(wall(call.delivered) if call.delivered else 0),
        answered=timestamp(wall(call.answered) if call.answered else 0),
        ended=timestamp(wall(call.ended) if call.ended else 0),
        setup_ms=max(0, until - call.started) // 1_000_000,
        talk_ms=max(0, call.ended - call.answered) // 1_000_000
        if call.answered and call.ended
        else 0,
        bearer=call.bearer,
        releasing="local" if call.cleared_here else "remote",
        cause=call.lost or csta_cause(call.cause),
        q850=call.cause,
        location=call.location,
        linkage=call.linkage,
        route=call.route,
        trunk_group=call.group,
        attempts=call.attempts,
        application=call.application,
        owner=call.trunk.node.sessions.owner_of(call.call_id),
        correlator=call.data.correlator,
        user_data=call.data.user_data,
        account_code=call.data.account_code,
        network=call.network,
        lost=call.lost,
    )


class RecordFile:
    """The file of records. ``write`` never raises: a full disk must not end calls."""

    def __init__(self, path: str, instance: str) -> None:
        self.path = path
        self._instance = instance
        self._encoder = msgspec.json.Encoder()
        self._kept: collections.deque[tuple[int, bytes]] = collections.deque()
        """callId and line, or what is left of it."""
        self._begun = b""
        """What of the first of these is in the file already."""
        self._file = -1
        self._dirty = False
        self.filed: Callable[[int], None] = lambda call_id: None
        """Called with the callId of each record that is in the file."""
        self.written = 0
        self.dropped = 0
        self.failing = ""
        """Why records cannot be written now, or ""."""
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            self._open()
        except OSError as exc:
            raise ConfigError(
                f"records: {path} cannot be written ({exc.strerror}): "
                'set [daemon] records to another file, or to "off"'
            ) from exc

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._file = os.open(self.path, flags, 0o640)
        _mend(self._file, self.path)

    def call_ended(self, call: Call) -> None:
        """Sink of the node's calls."""
        self.write(record_of(call, self._instance))

    def write(self, record: msgspec.Struct) -> None:
        """Append a record, after those that wait."""
        call_id = record.call_id if isinstance(record, CallRecord) else 0
        self._kept.append((call_id, self._encoder.encode(record) + b"\n"))
        if len(self._kept) > MAX_KEPT:
            self._kept.popleft()
            self.dropped += 1
        if not self.failing:
            self._write_kept()

    def _write_kept(self) -> None:
        try:
            while self._kept:
                call_id, line = self._kept[0]
                done = os.write(self._file, line)
                if done < len(line):
                    # Half a record: what is left must follow, or the line would be broken.
                    self._kept[0] = (call_id, line[done:])
                    self._begun += line[:done]
                    continue
                self._kept.popleft()
                self._begun = b""
                self.written += 1
                self._dirty = True
                self.filed(call_id)
            if self.failing:
                log.warning("records: %s can be written again", self.path)
            self.failing = ""
        except OSError as exc:
            if not self.failing:
                log.error("records: %s: %s; kept until it works", self.path, exc.strerror)
            self.failing = exc.strerror or str(exc)

    def due(self) -> int:
        """The descriptor that wants an fsync, or -1; the caller does it where it may block."""
        self._reopen_if_moved()
        if self._kept:
            self._write_kept()
        if not self._dirty:
            return -1
        self._dirty = False
        return os.dup(self._file)

    def _reopen_if_moved(self) -> None:
        try:
            there: Any = os.stat(self.path)
        except OSError:
            there = None
        mine = os.fstat(self._file)
        if there is None or (there.st_dev, there.st_ino) != (mine.st_dev, mine.st_ino):
            self.reopen()

    def reopen(self) -> None:
        """Open the file under its name anew (SIGHUP, or after it was renamed)."""
        old = self._file
        try:
            self._take_back(old)
            os.fsync(old)
            self._open()
        except OSError as exc:
            log.error("records: %s: %s", self.path, exc.strerror)
            return
        os.close(old)

    def _take_back(self, file: int) -> None:
        """Half a line does not stay in a file whose name may be another's now."""
        if not self._begun:
            return
        os.ftruncate(file, os.fstat(file).st_size - len(self._begun))
        call_id, rest = self._kept[0]
        self._kept[0] = (call_id, self._begun + rest)
        self._begun = b""

    def sync(self) -> None:
        """Force all to disk now."""
        descriptor = self.due()
        if descriptor >= 0:
            sync_descriptor(descriptor)

    def close(self) -> None:
        self.sync()
        os.close(self._file)
        self._file = -1


_TAIL: Final = 1 << 20
_FILES: Final = 3


def _mend(file: int, path: str) -> None:
    """The last line gets its end, or goes if it is half a record: who wrote it was killed.

    What does not begin as a record was written by somebody else: it is ended, and stays.
    """
    end = os.lseek(file, 0, os.SEEK_END)
    with open(path, "rb") as whole:
        whole.seek(max(0, end - _TAIL))
        tail = whole.read(_TAIL).rpartition(b"\n")[2]
    if not tail:
        return
    if tail.startswith(b"{") and not _is_json(tail):
        os.ftruncate(file, end - len(tail))
        log.warning("records: %s: half a record of a crash was cut off: %.200s", path, tail)
    else:
        os.write(file, b"\n")


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True


def filed_in(path: str, wanted: Container[tuple[str, int]]) -> dict[tuple[str, int], CallRecord]:
    """Those of the records (instance, callId) that are at the end of the file, or of one that it
    was renamed to lately."""
    found = {}
    for name in _files(path):
        for line in _last_lines(name):
            try:
                record = _decoder.decode(line)
            except msgspec.MsgspecError:
                continue  # half a line of a crash, or somebody else's
            if (record.instance, record.call_id) in wanted:
                found[record.instance, record.call_id] = record
    return found


_decoder: Final = msgspec.json.Decoder(CallRecord)


def _files(path: str) -> list[str]:
    """The file and what logrotate may have made of it, the latest first."""
    folder, name = os.path.split(os.path.abspath(path))
    try:
        found = [os.path.join(folder, n) for n in os.listdir(folder) if n.startswith(name)]
        found.sort(key=os.path.getmtime, reverse=True)
    except OSError as exc:
        log.error("records: %s: %s", folder, exc.strerror)
        return []
    return found[:_FILES]


def _last_lines(path: str) -> list[bytes]:
    try:
        with open(path, "rb") as file:
            length = file.seek(0, os.SEEK_END)
            file.seek(max(0, length - _TAIL))
            return file.read().splitlines()
    except OSError as exc:
        log.error("records: %s: %s", path, exc.strerror)
        return []


def sync_descriptor(descriptor: int) -> None:
    """fsync and close what ``due`` gave."""
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
