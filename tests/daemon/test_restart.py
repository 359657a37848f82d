"""The daemon killed (SIGKILL) with calls up, and started anew: numbers, events, records. Calls end
here; those that go on: test_kept_process.py."""

from __future__ import annotations

import contextlib
import json
import pathlib
import signal
import sqlite3
import sys
import urllib.request
from collections import Counter

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from conftest import Daemon

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.client import Client, Refused

END = {"pstn": "keep_calls = false", "exchange": "keep_calls = false"}


def up(client: Client) -> None:
    """Wait for both trunks."""
    client.call(m.Subscribe(after=0))
    found: set[str] = set()
    while found != {"pstn", "exchange"}:
        event = client.next_event(30)
        if isinstance(event, ev.LinkChanged) and event.up:
            found.add(event.trunk)


def wait_for(
    client: Client, kind: type[ev.Event], seen: list[ev.Event], **what: object
) -> ev.Event:
    while True:
        event = client.next_event(30)
        if not isinstance(event, ev.Event):
            told = [e for e in seen if not isinstance(e, ev.ChannelChanged)]
            raise AssertionError(f"no {kind.__name__} {what}: {told[-9:]}")
        seen.append(event)
        if isinstance(event, kind) and all(getattr(event, k) == v for k, v in what.items()):
            return event


def calls(client: Client, number: int, seen: list[ev.Event]) -> list[int]:
    """So many answered calls; both ends are calls of this daemon."""
    made = []
    for n in range(number):
        near = client.call(m.MakeCall(called=f"10{n}", device="trunk/pstn")).call_id
        offered = wait_for(client, ev.Delivered, seen, direction="in")
        assert isinstance(offered, ev.Delivered)
        client.call(m.AnswerCall(call_id=offered.call_id))
        wait_for(client, ev.Established, seen, call_id=near)
        made += [near, offered.call_id]
    return made


def records(directory: pathlib.Path) -> Counter[tuple[str, int]]:
    lines = (directory / "records.jsonl").read_text().splitlines()
    return Counter((r["instance"], r["callId"]) for r in map(json.loads, lines))


def rows(directory: pathlib.Path) -> dict[tuple[str, int], tuple[str, str]]:
    database = sqlite3.connect(f"file:{directory}/calls.db?mode=ro", uri=True)
    try:
        return {
            (instance, call): (ended, lost)
            for instance, call, ended, lost in database.execute(
                "SELECT instance, callId, ended, lost FROM call"
            )
        }
    finally:
        database.close()


def test_killed_with_calls_up(tmp_path: pathlib.Path) -> None:
    daemon = Daemon(tmp_path, **END)
    try:
        client = daemon.client()
        instance = client.call(m.Hello()).instance
        up(client)
        seen: list[ev.Event] = []
        first = calls(client, 1, seen)
        client.call(m.ClearConnection(call_id=first[0]))
        for call in first:
            wait_for(client, ev.ConnectionCleared, seen, call_id=call)
        lost = calls(client, 3, seen)
        daemon.stop(signal.SIGKILL)
    finally:
        daemon.close()
    last = seen[-1].seq
    assert [e.seq for e in seen] == list(range(seen[0].seq, last + 1))

    daemon = Daemon(tmp_path, **END)
    try:
        client = daemon.client()
        welcome = client.call(m.Hello())
        assert welcome.instance != instance and welcome.seq >= last
        answer = client.call(m.Subscribe(after=last, instance=instance))
        assert answer.resumed and not answer.lost_first
        after: list[ev.Event] = []
        restarted = wait_for(client, ev.Restarted, after)
        assert isinstance(restarted, ev.Restarted)
        assert (restarted.instance, restarted.calls) == (instance, 6)
        ended = [wait_for(client, ev.ConnectionCleared, after) for _ in range(6)]
        assert {e.call_id for e in ended} == set(lost)  # type: ignore[attr-defined]
        assert {e.cause for e in ended} == {"restart"}  # type: ignore[attr-defined]
        assert [e.seq for e in after] == list(range(last + 1, after[-1].seq + 1))
        # The channels are free again at both ends, and new calls have numbers of their own.
        for trunk in ("pstn", "exchange"):
            done = [e for e in after if isinstance(e, ev.RestartDone) and e.local]
            if trunk not in {e.trunk for e in done}:
                wait_for(client, ev.RestartDone, after, local=True, ok=True, trunk=trunk)
        again = calls(client, 4, after)
        assert min(again) > max(lost)
        assert client.call(m.Calls()).calls[0].call_id in again
        assert counted(client, "trunkd_calls_lost_total") == len(lost)
        for call in again:
            with contextlib.suppress(Refused):  # with its other end it is over, or will be
                client.call(m.ClearConnection(call_id=call))
        assert daemon.stop() == 0
    finally:
        daemon.close()
    filed = records(tmp_path)
    assert set(filed.values()) == {1}, "a record is written once"
    assert {call for run, call in filed if run == instance} == {*first, *lost}
    kept = rows(tmp_path)
    assert set(kept) == set(filed)
    assert all(ended for ended, _ in kept.values())
    assert {key[1] for key, (_, why) in kept.items() if why} == set(lost)


def counted(client: Client, name: str) -> float:
    """A value of the metrics page."""
    address = client.call(m.Status()).metrics
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=90) as page:
        lines = page.read().decode().splitlines()
    (found,) = [line for line in lines if line.startswith(f"{name} ")]
    return float(found.split()[1])


def test_killed_twice_while_it_starts(tmp_path: pathlib.Path) -> None:
    """Both ends of the calls are killed together, again and again: they ask one another."""
    daemon = Daemon(tmp_path)
    try:
        client = daemon.client()
        instance = client.call(m.Hello()).instance
        up(client)
        seen: list[ev.Event] = []
        both = calls(client, 1, seen)
        daemon.stop(signal.SIGKILL)
    finally:
        daemon.close()
    for _ in range(2):
        daemon = Daemon(tmp_path)
        daemon.stop(signal.SIGKILL)  # as soon as it is ready
        daemon.close()
    daemon = Daemon(tmp_path)
    try:
        client = daemon.client()
        client.call(m.Hello())
        client.call(m.Subscribe(after=seen[-1].seq, instance=instance))
        after: list[ev.Event] = []
        starts = [wait_for(client, ev.Restarted, after) for _ in range(3)]
        assert {(e.calls, e.kept) for e in starts} == {(0, 2)}  # type: ignore[attr-defined]
        kept = [wait_for(client, ev.CallKept, after) for _ in both]
        assert {e.call_id for e in kept} == set(both)  # type: ignore[attr-defined]
        assert counted(client, "trunkd_calls_kept_total") == 2
        client.call(m.ClearConnection(call_id=both[1]))
        ended = [wait_for(client, ev.ConnectionCleared, after) for _ in both]
        assert {e.cause for e in ended} == {"normalClearing"}  # type: ignore[attr-defined]
        assert daemon.stop() == 0
    finally:
        daemon.close()
    assert set(records(tmp_path).values()) == {1}
    assert {why for _, why in rows(tmp_path).values()} == {""}


def test_stopped_as_it_should_be(tmp_path: pathlib.Path) -> None:
    """Nothing is lost, so nothing is told; numbers go on all the same."""
    daemon = Daemon(tmp_path)
    try:
        client = daemon.client()
        instance = client.call(m.Hello()).instance
        up(client)
        daemon.stop()
    finally:
        daemon.close()
    daemon = Daemon(tmp_path)
    try:
        client = daemon.client()
        welcome = client.call(m.Hello())
        assert welcome.seq > 2
        answer = client.call(m.Subscribe(after=1, instance=instance))
        assert answer.resumed
        events = [client.next_event(30)]
        while not (isinstance(events[-1], ev.LinkChanged) and events[-1].seq > welcome.seq):
            events.append(client.next_event(30))
        assert not [e for e in events if isinstance(e, ev.Restarted)]
        assert [e.seq for e in events if e is not None] == list(range(2, 2 + len(events)))
        unknown = client.call(m.Subscribe(after=1, instance="nobody"))
        assert not unknown.resumed
    finally:
        daemon.close()
