"""Journal, table, file of records and what is kept of calls, across runs that are killed at each
single step: a call that goes on has one row and one record, and so has one that does not."""

from __future__ import annotations

import json
import pathlib
import sys
from collections import Counter
from collections.abc import Callable

import msgspec
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from killed_files import close_left
from test_durable import Killed
from test_durable import Run as Plain
from test_durable import record as record_of

from trunkd.daemon import durable as d
from trunkd.daemon import kept
from trunkd.daemon.callquery import Wanted, find
from trunkd.daemon.durable import journal_path
from trunkd.daemon.journal import Entry
from trunkd.daemon.kept import Kept
from trunkd.daemon.kept_file import KeptFile
from trunkd.daemon.records import CallRecord, RecordFile
from trunkd.daemon.ring import Ring

SECOND = 1_000_000_000


class Run(Plain):
    """As the runner does it; ``refuse``: callIds that cannot go on."""

    def __init__(self, path: pathlib.Path, name: str, refuse: set[int], **more: object) -> None:
        self.name = name
        self.config = d.Daemon(
            runtime_dir=str(path), records=str(path / "records.jsonl"), journal_mb=1, **more
        )  # type: ignore[arg-type]
        self.file = RecordFile(self.config.records_path(), name)
        self.durable = d.Durable(self.config, name)
        past = self.past = self.durable.past
        self.seq, self.call_id = past.seq, past.call_id
        self.file.filed = self.durable.filed
        for each in self.durable.unfiled():
            self.file.write(each)
        self.up: dict[int, str] = {}
        lost = []
        for kept_call in past.kept:
            if kept_call.call_id in refuse:
                self.durable.kept.remove(kept_call.call_id)
                lost.append(kept_call)
            else:
                self.up[kept_call.call_id] = kept_call.instance
        for each in self.durable.lose(lost):
            self.file.write(each)
        if not past.ended:
            self.tell("Restarted", 0)
        for each in past.untold.values():
            self.tell("ConnectionCleared", each.call_id)
        self.durable.told()

    def answer(self, call: int) -> None:
        """Established: its record, what is kept of it, the event."""
        self.state(self.made(call))
        self.durable.kept.put(call, kept.encode(kept_of(self.name, call)))
        self.tell("Established", call)
        self.up[call] = self.name

    def made(self, call: int, **more: str) -> CallRecord:
        return record_of(self.up.get(call, self.name), call, **more)

    def over(self, call: int) -> None:
        made = self.made(call, ended="2026-11-22T10:01:00.000Z", cause="normalClearing")
        self.state(made)
        self.durable.kept.remove(call)
        self.tell("ConnectionCleared", call)
        self.file.write(made)
        del self.up[call]


def kept_of(instance: str, call: int) -> Kept:
    at = 1_795_341_600 * SECOND
    signalling = {"channel": 1, "outgoing": 0, "reference": call, "suspended": 0}
    return Kept(call, instance, "pstn", "in", signalling, at, at + SECOND, {}, called="2")


def work(path: pathlib.Path) -> None:
    run = Run(path, "first", set())
    one, two, three = run.begin(), run.begin(), run.begin()
    run.answer(one)
    run.answer(two)
    run.over(two)
    assert three == 3


def restart(name: str, refuse: set[int]) -> Callable[[pathlib.Path], None]:
    def again(path: pathlib.Path) -> None:
        run = Run(path, name, refuse)
        for call in list(run.up)[:1]:
            run.over(call)
        run.answer(run.begin())
        run.answer(run.begin())

    return again


def killed_at(path: pathlib.Path, step: int, runs: list[Callable[[pathlib.Path], None]]) -> int:
    """Run them; the ``step``-th thing that is written is the last of its run. The run that was
    killed, -1: there are not so many."""
    left = [step]

    def count() -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    with pytest.MonkeyPatch.context() as patch:
        for kind, name in (
            (Ring, "append"),
            (RecordFile, "_write_kept"),
            (KeptFile, "put"),
            (KeptFile, "remove"),
        ):
            patch.setattr(kind, name, counting(getattr(kind, name), count))
        patch.setattr(d.CallStore, "start", lambda store: None)
        for place, run in enumerate(runs):
            try:
                run(path)
            except Killed:
                return place
    return -1


def counting(real: Callable[..., object], count: Callable[[], None]) -> Callable[..., object]:
    def counted(*given: object) -> object:
        count()
        return real(*given)

    return counted


def check(path: pathlib.Path) -> None:
    """The last run ends all that is up: each call that was begun has one end, and one of each."""
    last = Run(path, "last", set())
    for call in list(last.up):
        last.over(call)
    assert last.durable.kept.numbers == []
    last.durable.close(ended=True)
    last.file.close()
    ring = Ring(journal_path(last.config))
    begun: set[int] = set()
    ended: Counter[int] = Counter()
    for entry in ring.entries():
        if entry.kind == d.EVENT:
            told = json.loads(entry.payload.split(b"\0", 2)[2])["params"]
            begun |= {told["callId"]} if told["callId"] else set()
            ended[told["callId"]] += told["event"] == "ConnectionCleared"
    ring.close()
    assert {c: n for c, n in ended.items() if c} == dict.fromkeys(begun, 1)
    lines = (path / "records.jsonl").read_text().splitlines()
    filed = Counter(json.loads(line)["callId"] for line in lines)
    assert filed == Counter(dict.fromkeys(begun, 1))
    rows = find(str(path / "calls.db"), Wanted())
    assert Counter(r.call_id for r in rows) == filed and all(r.ended for r in rows)
    found = {json.loads(x)["callId"]: json.loads(x)["lost"] for x in lines}
    assert {r.call_id: r.lost for r in rows} == found


@pytest.mark.parametrize(("first", "refuse"), [(0, set()), (1, {1}), (2, {1, 4})])
def test_killed_before_each_step(
    tmp_path_factory: pytest.TempPathFactory, first: int, refuse: set[int]
) -> None:
    """Of three runs that all are killed in the end, one is killed earlier; and the run after that
    one somewhere in its start. Each of the three takes every third step."""
    step, hit = first - 2, 0
    while hit >= 0:
        step += 3
        path = tmp_path_factory.mktemp("run")
        runs = [work, restart("second", refuse), restart("third", refuse)]
        hit = killed_at(path, step, runs)
        if hit >= 0:
            killed_at(path, 1 + step % 9, [restart("between", refuse)])
            killed_at(path, 10**9, runs[hit + 1 :])
        check(path)
        close_left(path)
    assert step > 40


def test_a_call_goes_on_and_is_one_row(tmp_path: pathlib.Path) -> None:
    """Not closed at the start, neither in the journal nor in the table; and later as any other."""
    run = Run(tmp_path, "first", set())
    one, two = run.begin(), run.begin()
    run.answer(one)
    run.kill()
    run.durable.kept.close()
    again = Run(tmp_path, "second", set())
    assert not again.past.ended and list(again.up) == [one]
    rows = {r.call_id: r.ended for r in find(str(tmp_path / "calls.db"), Wanted())}
    assert rows[one] == "" and rows[two]
    again.over(one)
    again.durable.close(ended=True)
    again.file.close()
    (row,) = [r for r in find(str(tmp_path / "calls.db"), Wanted()) if r.call_id == one]
    assert (row.instance, row.cause, row.lost) == ("first", "normalClearing", "")
    third = Run(tmp_path, "third", set())
    assert third.past.ended and third.past.instances == ["first", "second"]
    third.durable.close(ended=True)


def test_one_that_journal_and_table_know_no_more(tmp_path: pathlib.Path) -> None:
    """The call was up for days, and there is no table: what is kept says all of its record."""
    run = Run(tmp_path, "first", set(), call_store="off")
    call = run.begin()
    run.answer(call)
    for _ in range(1500):
        run.seq += 1
        run.durable.event(run.seq, Entry(bytes(2000), "ProtocolFault", "t"))
    run.tell("LinkChanged", 0)
    run.kill()
    run.durable.kept.close()
    again = Run(tmp_path, "second", {call}, call_store="off")
    again.durable.close(ended=True)
    again.file.close()
    (line,) = (tmp_path / "records.jsonl").read_text().splitlines()
    record = msgspec.json.decode(line, type=CallRecord)
    assert (record.instance, record.call_id, record.called, record.channel) == ("first", 1, "2", 1)
    assert (record.lost, record.cause, record.setup_ms) == ("restart", "restart", 1000)


def test_after_an_end_as_it_should_be_nothing_is_kept(tmp_path: pathlib.Path) -> None:
    run = Run(tmp_path, "first", set())
    run.durable.kept.put(9, kept.encode(kept_of("first", 9)))
    run.durable.close(ended=True)
    run.file.close()
    again = Run(tmp_path, "second", set())
    assert again.past.ended and not again.up and again.durable.kept.numbers == []
    again.durable.close(ended=True)
