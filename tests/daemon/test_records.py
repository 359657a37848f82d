"""Call records: written whole, once, and through rotation and full disks."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import resource
import signal
from collections.abc import Iterator

import msgspec
import pytest

from trunkd.daemon.records import CallRecord, RecordFile, timestamp
from trunkd.errors import ConfigError


def record(number: int) -> CallRecord:
    return CallRecord(
        "i", number, "pstn", 1, "in", "100", "200", "", "", "", "", "", 1, 2, "audio", "local",
        "normalClearing", 16, 0,
    )  # fmt: skip


@contextlib.contextmanager
def limited(octets: int) -> Iterator[None]:
    """No file can become longer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


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


def test_a_line_that_a_kill_cut_is_completed_or_goes(tmp_path: pathlib.Path) -> None:
    """At each octet: every line that is left can be read, and only whole records are."""
    path = tmp_path / "r.jsonl"
    first, second = (msgspec.json.encode(record(n)) for n in (1, 2))
    for cut in range(len(second) + 2):
        path.write_bytes(first + b"\n" + (second + b"\n")[:cut])
        records = RecordFile(str(path), "i")
        records.write(record(3))
        records.close()
        assert ids(path) == ([1, 2, 3] if cut >= len(second) else [1, 3]), cut
    path.write_bytes(second[:40])
    RecordFile(str(path), "i").close()
    assert path.read_bytes() == b""


def test_what_others_wrote_stays(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(b"# begun by hand")
    RecordFile(str(path), "i").close()
    assert path.read_bytes() == b"# begun by hand\n"


def test_half_a_line_does_not_stay_in_a_file_that_was_renamed(tmp_path: pathlib.Path) -> None:
    """The disk was full in the middle of a line, and then the file was rotated."""
    path = tmp_path / "r.jsonl"
    records = RecordFile(str(path), "i")
    records.write(record(1))
    with limited(path.stat().st_size + 20):
        records.write(record(2))
        assert records.failing
    path.rename(tmp_path / "r.1")
    records.sync()
    records.close()
    assert ids(tmp_path / "r.1") == [1]
    assert ids(path) == [2]


def test_full_disk_keeps_the_records(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "r.jsonl"
    records = RecordFile(str(path), "i")
    records.write(record(1))
    with limited(path.stat().st_size + 20):
        records.write(record(2))
        records.write(record(3))
        assert records.failing
        assert records.written == 1
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
