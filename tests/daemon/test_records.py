"""Call records: written whole, once, and through rotation and full disks."""

from __future__ import annotations

import json
import os
import pathlib
import resource
import signal

import pytest

from trunkd.daemon.records import CallRecord, RecordFile, timestamp
from trunkd.errors import ConfigError


def record(number: int) -> CallRecord:
    return CallRecord(
        "i", number, "pstn", 1, "in", "100", "200", "", "", "", "", "", 1, 2, "audio", "local",
        "normalClearing", 16, 0,
    )  # fmt: skip


def ids(path: pathlib.Path) -> list[int]:
    return [json.loads(line)["callId"] for line in path.read_text().splitlines()]


def test_rotation_loses_and_doubles_nothing(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "r.jsonl"
    records = RecordFile(str(path), "i")
    records.write(record(1))
    path.rename(tmp_path / "r.1")
    records.write(record(2))  # logrotate renamed it; nobody has told us yet
    records.sync()
    records.write(record(3))
    path.unlink()
    records.reopen()
    records.write(record(4))
    records.close()
    assert ids(tmp_path / "r.1") == [1, 2]
    assert ids(path) == [4]
    assert records.written == 4


def test_half_a_line_of_a_crash_is_left_alone(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(b'{"callId": 1, "tr')
    records = RecordFile(str(path), "i")
    records.write(record(2))
    records.close()
    lines = path.read_text().splitlines()
    assert len(lines) == 2
    assert json.loads(lines[1])["callId"] == 2


def test_full_disk_keeps_the_records(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "r.jsonl"
    records = RecordFile(str(path), "i")
    records.write(record(1))
    size = path.stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, hard))
        records.write(record(2))
        records.write(record(3))
        assert records.failing
        assert records.written == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    records.sync()
    assert not records.failing
    records.close()
    assert ids(path) == [1, 2, 3]


def test_place_that_cannot_be_written(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="set \\[daemon\\] records"):
        RecordFile(str(tmp_path / "file" / "r.jsonl"), "i")


def test_due_gives_a_descriptor_once(tmp_path: pathlib.Path) -> None:
    records = RecordFile(str(tmp_path / "r.jsonl"), "i")
    assert records.due() == -1
    records.write(record(1))
    descriptor = records.due()
    assert descriptor >= 0
    os.close(descriptor)
    assert records.due() == -1
    records.close()


def test_timestamp() -> None:
    assert timestamp(0) == ""
    assert timestamp(1_700_000_000_123_456_789) == "2023-11-14T22:13:20.123Z"
