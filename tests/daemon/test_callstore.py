"""The call store: rows once, whatever is written again; what `trunkd records` finds in it."""

from __future__ import annotations

import csv
import datetime
import io
import json
import pathlib
import sqlite3
import threading
import time

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkd.cli import main
from trunkd.daemon import callstore
from trunkd.daemon.callquery import Wanted, _where, find, moment, summary, write_csv
from trunkd.daemon.callstore import CallStore
from trunkd.daemon.records import CallRecord
from trunkd.errors import ConfigError, Error


def record(call: int, **changes: object) -> CallRecord:
    made = CallRecord(
        instance="run1", call_id=call, trunk="pstn", channel=call % 30 + 1, direction="in",
        calling="13901234567", called="4008001234", answering="", bearer="audio",
        started=f"2026-11-22T10:{call % 60:02d}:00.000Z", delivered="",
        answered=f"2026-11-22T10:{call % 60:02d}:05.000Z",
        ended=f"2026-11-22T10:{call % 60:02d}:35.000Z", setup_ms=5000, talk_ms=30000,
        releasing="remote", cause="normalClearing", q850=16, location=0,
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def store_of(path: pathlib.Path, *records: CallRecord) -> str:
    store = CallStore(str(path / "calls.db"), "j")
    store.catch_up(list(records), 7)
    store.close()
    return str(path / "calls.db")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=40))
def test_the_last_state_of_a_call_is_its_row(
    tmp_path_factory: pytest.TempPathFactory, states: list[tuple[int, bool]]
) -> None:
    """However often its states are written, also again after a crash."""
    path = tmp_path_factory.mktemp("store")
    store = CallStore(str(path / "calls.db"), "j", "run1")
    store.start()
    last: dict[int, CallRecord] = {}
    for position, (call, ended) in enumerate(states):
        last[call] = record(call, **({} if ended else {"ended": "", "talk_ms": 0}))
        store.put(last[call], position)
    store.close()
    again = CallStore(str(path / "calls.db"), "j", "run2")
    assert again.position() == max(0, len(states) - 1)
    assert again.runs() == (["run1"] if states else [])
    again.catch_up(list(last.values()), len(states))
    assert sorted(r.call_id for r in again.unfinished()) == sorted(
        n for n, r in last.items() if not r.ended
    )
    again.close()
    assert {r.call_id: r for r in find(str(path / "calls.db"), Wanted())} == last


def test_rows_wait_while_the_file_is_locked(tmp_path: pathlib.Path) -> None:
    store = CallStore(str(tmp_path / "calls.db"), "j")
    other = sqlite3.connect(tmp_path / "calls.db")
    other.execute("BEGIN IMMEDIATE")
    store.start()
    store.put(record(1), 1)
    other.rollback()
    other.close()
    store.close()
    assert len(find(store.path, Wanted())) == 1 and store.written == 1


def test_a_file_of_an_earlier_version_gets_the_new_columns(tmp_path: pathlib.Path) -> None:
    path = store_of(tmp_path, record(1))
    old = sqlite3.connect(path)
    old.execute("ALTER TABLE call DROP COLUMN lost")
    old.commit()
    old.close()
    store = CallStore(path, "j")
    store.catch_up([record(2, lost="restart")], 9)
    store.close()
    assert [r.lost for r in find(path, Wanted())] == ["", "restart"]


def test_what_cannot_be_a_store(tmp_path: pathlib.Path) -> None:
    (tmp_path / "calls.db").write_text("no database at all, but long enough to look at " * 50)
    with pytest.raises(ConfigError, match="set \\[daemon\\] call_store"):
        CallStore(str(tmp_path / "calls.db"), "j")
    with pytest.raises(ConfigError, match="there are no call records"):
        find(str(tmp_path / "nothing.db"), Wanted())


CALLS = (
    record(1),
    record(2, called="4008009999", direction="out", trunk="carrier"),
    record(3, cause="busy", q850=17, answered="", talk_ms=0),
    record(4, ended="", talk_ms=0),
    record(5, lost="restart", cause="restart", q850=41, linkage=1),
    record(6, calling="02112345678", answering="8001", started="2026-11-21T23:00:00.000Z"),
)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), [6, 1, 2, 3, 4, 5]),
        (Wanted(number="4008009999"), [2]),
        (Wanted(number="8001"), [6]),
        (Wanted(called="400800*"), [6, 1, 2, 3, 4, 5]),
        (Wanted(called="400800"), []),
        (Wanted(calling="021*"), [6]),
        (Wanted(cause="busy"), [3]),
        (Wanted(cause="17"), [3]),
        (Wanted(trunk="carrier", direction="out"), [2]),
        (Wanted(answered=False), [3]),
        (Wanted(up=True), [4]),
        (Wanted(lost=True), [5]),
        (Wanted(since="2026-11-22T10:03:00.000Z", until="2026-11-22T10:05:00.000Z"), [3, 4]),
        (Wanted(instance="run1", call_id=6), [6]),
        (Wanted(linkage=1), [5]),
    ],
)
def test_which_calls_are_found(tmp_path: pathlib.Path, wanted: Wanted, found: list[int]) -> None:
    path = store_of(tmp_path, *CALLS)
    assert [r.call_id for r in find(path, wanted)] == found
    assert [r.call_id for r in find(path, wanted, 2)] == found[-2:]


def test_sums(tmp_path: pathlib.Path) -> None:
    path = store_of(tmp_path, *CALLS)
    by = {s.key: s for s in summary(path, Wanted(), "cause")}
    assert (by["normalClearing"].calls, by["normalClearing"].answered) == (4, 4)
    assert (by["busy"].calls, by["busy"].answered, by["busy"].setup_ms) == (1, 0, 0)
    assert by["normalClearing"].talk_ms == 90_000


@pytest.mark.parametrize(
    ("zone", "days", "hour"),
    [
        ("UTC0", ["2026-11-21", "2026-11-22"], "2026-11-21 23:00"),
        ("CST-8", ["2026-11-22"], "2026-11-22 07:00"),
    ],
)
def test_sums_by_local_time(
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
    days: list[str],
    hour: str,
) -> None:
    path = store_of(tmp_path, *CALLS)
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert [s.key for s in summary(path, Wanted(), "day")] == days
        assert summary(path, Wanted(), "hour")[0].key == hour
    finally:
        monkeypatch.undo()
        time.tzset()


def test_times_as_people_write_them() -> None:
    now = datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.UTC)
    assert moment("2h", now) == "2026-11-22T10:00:00.000Z"
    assert moment("90 s", now) == "2026-11-22T11:58:30.000Z"
    assert moment("2026-11-22T14:30:00+08:00", now) == "2026-11-22T06:30:00.000Z"
    local = now.astimezone().replace(hour=9, minute=5)
    assert moment("9:05", now)[11:16] == f"{local.astimezone(datetime.UTC):%H:%M}"
    with pytest.raises(Error, match="is no time: write 2h"):
        moment("yesterday", now)


def test_a_number_that_is_none(tmp_path: pathlib.Path) -> None:
    path = store_of(tmp_path, *CALLS)
    with pytest.raises(Error, match="is no number"):
        find(path, Wanted(number="x' OR 1=1"))


def test_export(tmp_path: pathlib.Path) -> None:
    path = store_of(tmp_path, *CALLS)
    out = io.StringIO()
    write_csv(find(path, Wanted()), out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert [int(r["callId"]) for r in rows] == [6, 1, 2, 3, 4, 5]
    assert rows[1]["calling"] == "13901234567"


def test_readers_beside_the_writer(tmp_path: pathlib.Path) -> None:
    """What is read is whole and never goes back, while rows are written."""
    store = CallStore(str(tmp_path / "calls.db"), "j")
    store.start()
    end = threading.Event()

    def write() -> None:
        for n in range(1, 2001):
            store.put(record(n), n)
        store.close()
        end.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = 0
    while not end.is_set():
        found = len(find(store.path, Wanted()))
        assert found >= seen
        seen = found
    writer.join()
    assert len(find(store.path, Wanted())) == 2000


def test_the_command(tmp_path: pathlib.Path) -> None:
    path = store_of(tmp_path, *CALLS)

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["records", "--file", path, *arguments])
        return done.exit_code, done.output

    code, text = run()
    assert code == 0 and "trunkd was killed" in text and "is up" in text
    code, text = run("4008009999", "--json")
    assert [r["callId"] for r in json.loads(text)] == [2]
    code, text = run("--summary", "cause")
    assert code == 0 and text.splitlines()[-1].startswith("all")
    assert run("--called", "5*") == (0, f"no such calls in {path}\n")
    code, text = run("--csv", "-n", "1")
    assert text.splitlines()[1].startswith("run1,5,")
    code, text = run("--csv")
    assert len(text.splitlines()) == 1 + len(CALLS)
    code, text = run("--call", "run1/5")
    assert code == 0 and "trunkd was killed" in text and "30.000 s" in text
    assert run("--call", "5")[0] == 2
    assert run("--csv", "--json")[0] == 2
    code, text = run("--since", "yesterday")
    assert code == 1 and "is no time" in text


def test_what_found_no_room_is_read_from_the_journal_anew(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls that are dropped hold the position back."""
    monkeypatch.setattr(callstore, "MAX_WAITING", 2)
    store = CallStore(str(tmp_path / "calls.db"), "j", "run1")
    for n in (1, 2, 3, 4):
        store.put(record(n), 100 * n)
    store.put(record(1, called="1"), 500)
    assert store.dropped == 2
    store.start()
    store.close()
    again = CallStore(store.path, "j", "run2")
    assert again.position() == 200
    again.close()
    assert [(r.call_id, r.called) for r in find(store.path, Wanted())] == [
        (1, "1"),
        (2, "4008001234"),
    ]


def test_a_full_disk_at_the_start(tmp_path: pathlib.Path) -> None:
    """What cannot be written waits; nothing is raised."""
    store = CallStore(str(tmp_path / "calls.db"), "j", "run1")
    store._database.execute("PRAGMA max_page_count = 1")
    store.catch_up([record(n, user_data="x" * 3000) for n in range(1, 30)], 9)
    assert "full" in store.failing and store.position() == 0
    store._database.execute("PRAGMA max_page_count = 100000")
    store.start()
    store.close()
    assert len(find(store.path, Wanted())) == 29


def test_old_calls_are_deleted_if_wanted(tmp_path: pathlib.Path) -> None:
    now = datetime.datetime.now(datetime.UTC)
    old = now - datetime.timedelta(days=31)
    records = [record(n, started=f"{old:%Y-%m-%dT%H:%M:%S}.000Z") for n in range(1, 2501)]
    records += [record(n, started=f"{now:%Y-%m-%dT%H:%M:%S}.000Z") for n in range(3000, 3010)]
    records.append(record(1, instance="run0", started=records[0].started, ended=""))
    path = store_of(tmp_path, *records)
    kept = CallStore(path, "j", "run2", 0)
    kept.start()
    kept.close()
    assert len(find(path, Wanted())) == len(records)
    store = CallStore(path, "j", "run2", 30)
    store.start()
    deadline = time.monotonic() + 60
    while store.pruned < 2500 and time.monotonic() < deadline:
        store.put(record(4000, started=records[-2].started), 1)
        threading.Event().wait(0.05)
    store.close()
    # One that has no end stays, and what comes meanwhile is written.
    left = {(r.instance, r.call_id) for r in find(path, Wanted())}
    assert left == {*(("run1", n) for n in range(3000, 3010)), ("run0", 1), ("run1", 4000)}


def test_runs_that_are_over_are_forgotten(tmp_path: pathlib.Path) -> None:
    for n in range(5):
        store = CallStore(str(tmp_path / "calls.db"), "j", f"run{n}")
        store.catch_up([record(1, instance="run1", ended="")] if n == 1 else [], 0)
        store.close()
    store = CallStore(str(tmp_path / "calls.db"), "j", "run9")
    assert store.runs() == [f"run{n}" for n in range(5)]
    store.forget_runs(all_of_them=True)
    assert store.runs() == ["run1"]
    assert [r.instance for r in store.unfinished()] == ["run1"]
    store.close()


def test_numbers_are_found_by_index(tmp_path: pathlib.Path) -> None:
    path = store_of(tmp_path, *CALLS)
    database = sqlite3.connect(path)
    for wanted in (Wanted(number="0086*"), Wanted(number="4008"), Wanted(called="40*")):
        where, values = _where(wanted)
        text = f"EXPLAIN QUERY PLAN SELECT * FROM call{where}"  # noqa: S608
        plan = database.execute(text, values).fetchall()
        assert not [row[3] for row in plan if row[3].startswith("SCAN")], plan
    database.close()
