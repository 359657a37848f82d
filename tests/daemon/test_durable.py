"""The journal across runs: killed at each single step, also of what a start does."""

from __future__ import annotations

import json
import pathlib
import sys
import types
from collections import Counter
from collections.abc import Callable

import msgspec
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from killed_files import close_left

from trunkd.daemon import durable as d
from trunkd.daemon.callquery import Wanted, find
from trunkd.daemon.config import Daemon
from trunkd.daemon.durable import Durable, journal_path
from trunkd.daemon.journal import Entry, Journal
from trunkd.daemon.records import CallRecord, RecordFile
from trunkd.daemon.ring import PAGE, Ring


class Killed(BaseException):
    """Nothing that is open is closed in an orderly way."""


def config_of(path: pathlib.Path, **more: object) -> Daemon:
    return Daemon(runtime_dir=str(path), records=str(path / "records.jsonl"), journal_mb=1, **more)  # type: ignore[arg-type]


def record(instance: str, call: int, **more: str) -> CallRecord:
    made = CallRecord(
        instance=instance, call_id=call, trunk="pstn", channel=1, direction="in", calling="1",
        called="2", answering="", bearer="audio", started="2026-11-22T10:00:00.000Z",
        delivered="", answered="2026-11-22T10:00:05.000Z", ended="", setup_ms=0, talk_ms=0,
        releasing="local", cause="", q850=0, location=0,
    )  # fmt: skip
    return msgspec.structs.replace(made, **more)


def line_of(name: str, number: int, call: int) -> Entry:
    told = {"event": name, "seq": number, "time": 1_795_341_630 * 10**9 + number, "callId": call}
    line = json.dumps({"jsonrpc": "2.0", "method": "event", "params": told})
    return Entry(line.encode(), name, "pstn")


class Run:
    """One run of the daemon, as the runner does it: events, states of calls, records."""

    def __init__(self, path: pathlib.Path, name: str, **more: object) -> None:
        self.name = name
        self.config = config_of(path, **more)
        self.file = RecordFile(self.config.records_path(), name)
        self.durable = Durable(self.config, name)
        past = self.past = self.durable.past
        self.seq, self.call_id = past.seq, past.call_id
        self.file.filed = self.durable.filed
        for each in self.durable.unfiled():
            self.file.write(each)
        if not past.ended:
            self.tell("Restarted", 0)
        for each in past.untold.values():
            self.tell("ConnectionCleared", each.call_id)

    def tell(self, name: str, call: int) -> None:
        self.seq += 1
        self.durable.event(self.seq, line_of(name, self.seq, call))

    def state(self, made: CallRecord) -> None:
        """As Durable.call does with a Call."""
        self.durable._call_id = max(self.durable._call_id, made.call_id)
        self.durable._append(made.call_id, d.CALL, msgspec.json.encode(made), held=True)
        self.durable._row = made

    def begin(self) -> int:
        self.call_id += 1
        self.state(record(self.name, self.call_id))
        self.tell("Originated", self.call_id)
        return self.call_id

    def end(self, call: int) -> None:
        made = record(self.name, call, ended="2026-11-22T10:01:00.000Z", cause="normalClearing")
        self.state(made)
        self.tell("ConnectionCleared", call)
        self.file.write(made)

    def kill(self) -> None:
        """What a SIGKILL leaves; the store's thread has written, or not."""
        self.durable._ring.close()
        if self.durable.store is not None:
            self.durable.store._database.close()


def work(path: pathlib.Path) -> None:
    run = Run(path, "first")
    one, two = run.begin(), run.begin()
    run.end(one)
    three = run.begin()
    run.end(three)
    assert two == 2


def restart(name: str) -> Callable[[pathlib.Path], None]:
    def again(path: pathlib.Path) -> None:
        run = Run(path, name)
        run.end(run.begin())
        run.begin()

    return again


STEPS = ("append", "write")


def killed_at(
    path: pathlib.Path, step: int, runs: list[Callable[[pathlib.Path], None]]
) -> tuple[bool, int]:
    """Run them one after the other; the ``step``-th thing that is written is the last one of its
    run. Was there such a step; which run was killed."""
    left = [step]
    with pytest.MonkeyPatch.context() as patch:
        real_append, real_write = Ring.append, RecordFile._write_kept

        def append(ring: Ring, number: int, kind: int, payload: bytes, held: bool = False) -> int:
            count()
            return real_append(ring, number, kind, payload, held)

        def write(file: RecordFile) -> None:
            count()
            real_write(file)

        def count() -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Killed

        patch.setattr(Ring, "append", append)
        patch.setattr(RecordFile, "_write_kept", write)
        patch.setattr(d.CallStore, "start", lambda store: None)
        for place, run in enumerate(runs):
            try:
                run(path)
            except Killed:
                return True, place
    return False, 0


def check(path: pathlib.Path) -> None:
    """The last run, which nobody kills, leaves everything as it should be."""
    last = Run(path, "last")
    last.durable.close(ended=True)
    last.file.close()
    ring = Ring(journal_path(last.config))
    begun: set[int] = set()
    ended: Counter[int] = Counter()
    numbers = []
    for entry in ring.entries():
        if entry.kind == d.EVENT:
            numbers.append(entry.number)
            told = json.loads(entry.payload.split(b"\0", 2)[2])["params"]
            begun |= {told["callId"]} if told["event"] == "Originated" else set()
            ended[told["callId"]] += told["event"] == "ConnectionCleared"
    ring.close()
    assert numbers == list(range(1, len(numbers) + 1)), "each number once, none left out"
    told_of = {c: n for c, n in ended.items() if c}
    assert told_of == dict.fromkeys(begun, 1), "one end, of those whose begin was told"
    filed = Counter(
        json.loads(line)["callId"] for line in (path / "records.jsonl").read_text().splitlines()
    )
    assert filed == Counter(dict.fromkeys(begun, 1))
    rows = find(str(path / "calls.db"), Wanted())
    assert Counter(r.call_id for r in rows) == filed and all(r.ended for r in rows)
    assert all(r.talk_ms == d._between(r.answered, r.ended) for r in rows if r.lost)


def test_killed_before_each_step(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Of three runs that all are killed in the end, one is killed earlier."""
    step, hit = 0, True
    while hit:
        step += 1
        path = tmp_path_factory.mktemp("run")
        runs = [work, restart("second"), restart("third")]
        hit, place = killed_at(path, step, runs)
        if hit:
            # The others, each killed when it is at its end.
            killed_at(path, 10**9, runs[place + 1 :])
        check(path)
        close_left(path)
    assert step > 40


def test_a_start_that_is_killed_at_each_step(tmp_path_factory: pytest.TempPathFactory) -> None:
    """And so is the start after it, at any of its steps."""
    for first in range(1, 14):
        for second in (first, 2 * first + 1):
            path = tmp_path_factory.mktemp("run")
            killed_at(path, 10**9, [work])
            killed_at(path, first, [restart("second")])
            killed_at(path, second, [restart("third")])
            check(path)
            close_left(path)


def test_a_start_that_fails_leaves_all_to_the_next(tmp_path: pathlib.Path) -> None:
    run = Run(tmp_path, "first")
    call = run.begin()
    run.kill()
    failed = Durable(run.config, "failed")  # its boards cannot be opened, say
    assert not failed.past.ended
    failed.close(ended=failed.past.ended)
    again = Durable(run.config, "second")
    assert (again.past.ended, again.past.latest, again.past.lost) == (False, "first", 1)
    assert list(again.past.untold) == [call]
    again.close(ended=True)
    third = Durable(run.config, "third")
    assert third.past.instances == ["first", "failed", "second"]
    third.close(ended=True)


@pytest.mark.parametrize("store", ["", "off"])
def test_more_than_the_journal_holds(tmp_path: pathlib.Path, store: str) -> None:
    """The entry of the run's begin has made room; the call that was up all the time, too."""
    run = Run(tmp_path, "first", call_store=store)
    call = run.begin()
    entry = types.SimpleNamespace(name="ProtocolFault", trunk="t", line=bytes(2000))
    for _ in range(1500):
        run.seq += 1
        run.durable.event(run.seq, entry)  # type: ignore[arg-type]
    run.tell("Originated", call)
    if run.durable.store is not None:
        run.durable.store._closing.set()
        run.durable.store._work.set()
        assert run.durable.store._thread is not None
        run.durable.store._thread.join()
    run.kill()
    again = Durable(config_of(tmp_path, call_store=store), "second")
    past = again.past
    assert not past.ended and (past.seq, past.call_id) == (run.seq, call)
    assert past.instances == ["first"] and past.latest == "first"
    assert past.lost == (0 if store else 1)
    journal = Journal(len(past.events))
    journal.load(list(past.events), past.seq)
    assert journal.last == run.seq
    again.close(ended=True)


def test_a_machine_that_was_started_anew(tmp_path: pathlib.Path) -> None:
    """/run is empty: numbers begin anew, so clients of the runs before cannot go on; the table
    knows the calls that were up, the file of records some that ended since."""
    run = Run(tmp_path, "first")
    up, ended = run.begin(), run.begin()
    assert run.durable.store is not None
    run.durable.store.close()
    run.file.write(record("first", ended, ended="2026-11-22T10:02:00.000Z", cause="busy"))
    run.kill()
    pathlib.Path(journal_path(run.config)).unlink()
    again = Run(tmp_path, "second")
    past = again.past
    assert past.instances == [] and not past.ended and past.lost == 1
    assert {c: r.cause for c, r in past.untold.items()} == {up: "restart", ended: "busy"}
    again.durable.close(ended=True)
    filed = [json.loads(x) for x in (tmp_path / "records.jsonl").read_text().splitlines()]
    assert sorted((r["callId"], r["cause"]) for r in filed) == [(up, "restart"), (ended, "busy")]
    rows = {r.call_id: r.cause for r in find(str(tmp_path / "calls.db"), Wanted())}
    assert rows == {up: "restart", ended: "busy"}


def test_an_event_that_is_too_long(tmp_path: pathlib.Path) -> None:
    """It reaches those who are connected; the next run knows that it is not there."""
    run = Run(tmp_path, "first")
    run.tell("Originated", 1)
    run.seq += 1
    run.durable.event(run.seq, Entry(b"x" * (1 << 19), "LineReport", "pstn"))
    run.tell("Originated", 2)
    run.kill()
    again = Durable(run.config, "second")
    assert [number for number, _ in again.past.events] == [3]
    again.close(ended=True)


def test_a_journal_of_another_version_is_set_aside(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "trunkd.journal"
    path.write_bytes(b"trunkd ring 1\n\0\0".ljust(2 * PAGE, b"\1"))
    run = Run(tmp_path, "first")
    assert run.past.seq == 0 and (tmp_path / "trunkd.journal.old").exists()
    run.kill()
    # Whoever made it was killed before its header was written.
    path.write_bytes(bytes(5 * PAGE))
    again = Durable(run.config, "second")
    assert again._ring.capacity == 1 << 20
    again.close(ended=True)
