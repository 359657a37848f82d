"""``trunkd route`` and ``trunkd groups``, against a daemon and against a file."""

from __future__ import annotations

import json
import pathlib
import subprocess
from collections.abc import Callable

import pytest

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.client import Refused

BOARD = """\
[daemon]
runtime_dir = "{dir}"
records = "{dir}/records.jsonl"
metrics = ""

[[board]]
name = "b0"
address = "sim://routes"
[board.sim]
spans = 2
cable = "1-2"

[[trunk]]
name = "pstn"
span = "b0/1"
signalling = "pri"
[trunk.pri]
side = "user"

[[trunk]]
name = "exchange"
span = "b0/2"
signalling = "pri"
[trunk.pri]
side = "network"
"""

ROUTING = """
[[group]]
name = "first"
members = ["pstn/1-2"]
reserve_priority = 1
[[group]]
name = "second"
members = ["pstn/3-15"]
hunt = "cyclic"
[[number]]
name = "outside line"
on = "dialled"
prefix = ["9"]
strip = 1
[[number]]
name = "national"
on = "outgoing"
prefix = ["0"]
strip = 1
set_type = "national"
[[route]]
name = "national"
prefix = ["0"]
choices = ["first", "second"]
[[route]]
name = "urgent"
prefix = ["00"]
priority = 5
choices = ["first"]
[[emergency]]
name = "police"
pattern = ["110"]
choices = ["first"]
[[barred]]
name = "premium"
prefix = ["0900"]
[[dnis]]
name = "sales"
pattern = ["8XXX"]
application = "sales"
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def routed(daemon_with):
    return daemon_with(BOARD + ROUTING)


@pytest.fixture
def app(routed, subscribed):
    made = subscribed(routed, after=None)
    made.links_up("pstn", "exchange")
    return made


@pytest.fixture
def trunkd(routed, app, at_socket) -> Run:
    return at_socket(routed)


def test_every_step_is_explained(trunkd: Run) -> None:
    done = trunkd("route", "test", "9 021-555", "--calling", "8001")
    assert done.returncode == 0, done.stderr
    stages = [line.split()[0] for line in done.stdout.splitlines()]
    assert stages == [
        *("number", "emergency", "dialled", "barred", "route"),
        *("outgoing", "outgoing", "choice", "choice", "result", "overflow"),
    ]
    assert "'outside line' called: prefix 9: strip 1 -> 021555" in done.stdout
    assert "'national' prefix 0 is the longest match" in done.stdout
    assert "2 of 2 channels idle, 1 reserved; ascending: pstn/1" in done.stdout
    assert "'first' 21555 on trunk/pstn/1, calling 8001" in done.stdout


def test_refusals_say_why(trunkd: Run) -> None:
    barred = trunkd("route", "test", "0900123")
    assert barred.returncode == 1
    assert "'premium' called prefix 0900: refused with cause 21" in barred.stdout
    assert "21 call rejected" in barred.stdout
    nowhere = trunkd("route", "test", "5")
    assert nowhere.returncode == 1 and "none of 2 routes is for 5" in nowhere.stdout
    for wrong in (["12x"], ["1", "--group", "a", "--by", "b"], ["1", "--priority", "10"]):
        assert trunkd("route", "test", *wrong).returncode == 2
    for wrong in (["1", "--at", "late"], ["1", "--by", "third"], ["1", "--trunk", "nobody"]):
        done = trunkd("route", "test", *wrong)
        assert done.returncode == 1 and done.stderr.startswith("trunkd: ")


def test_as_json(trunkd: Run) -> None:
    tested = json.loads(trunkd("route", "test", "00123", "--json").stdout)
    assert (tested["route"], tested["priority"], tested["refused"]) == ("urgent", 5, 0)
    (choice,) = tested["choices"]
    assert (choice["called"], choice["calledType"]) == ("0123", "national")
    come = json.loads(trunkd("route", "test", "8123", "--trunk", "pstn/2", "--json").stdout)
    assert (come["application"], come["called"]) == ("sales", "8123")
    police = json.loads(trunkd("route", "test", "110", "--json").stdout)
    assert (police["emergency"], police["priority"]) == ("police", 10)


def test_a_file_needs_no_daemon(inside: Run, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text(BOARD.replace("{dir}", str(tmp_path)) + ROUTING)
    done = inside("route", "test", "021555", "-c", str(path))
    assert done.returncode == 0 and "'first' 21555 on trunk/pstn/1" in done.stdout
    come = inside("route", "test", "8123", "--trunk", "pstn", "-c", str(path))
    assert come.returncode == 0 and "by group first" in come.stdout
    path.write_text(path.read_text().replace('"second"]', '"third"]'))
    wrong = inside("route", "test", "021555", "-c", str(path))
    assert wrong.returncode == 1 and "there is no [[group]] 'third'" in wrong.stderr


def test_use_of_groups_and_routes(trunkd: Run, app) -> None:
    for left in app.call(m.Calls()).calls:  # of a try that failed
        if left.direction == "out":
            app.hang_up(left.call_id)
    (before,) = json.loads(trunkd("groups", "first", "--json").stdout)
    made = [app.call(m.MakeCall(called="021555")) for _ in range(3)]
    for call in made:
        app.wait(ev.Delivered, direction="out", call_id=call.call_id)
    infos = [app.call(m.SnapshotCall(call_id=call.call_id)) for call in made]
    assert [(i.route, i.group, i.attempts) for i in infos] == [
        ("national", "first", 1),
        ("national", "second", 1),
        ("national", "second", 1),
    ]
    assert infos[0].channel == 1 and infos[2].channel == infos[1].channel + 1
    rows = [line.split() for line in trunkd("groups").stdout.splitlines()]
    assert rows[0][:5] == ["group", "trunks", "hunt", "channels", "idle"]
    assert rows[1][:6] == ["first", "pstn", "ascending", "2", "1", "1"]
    (first,) = json.loads(trunkd("groups", "first", "--json").stdout)
    more = [first[key] - before[key] for key in ("seizures", "attempts")]
    assert more == [1, 3]
    assert first["refused"]["reserved"] - before["refused"].get("reserved", 0) == 2
    assert (first["reserved"], first["reservedInUse"]) == (1, 0)
    assert first["blocked"] == round(first["refused"]["reserved"] / first["attempts"], 4)
    assert trunkd("groups", "third").returncode == 1
    shown = trunkd("route", "list").stdout
    assert "prefix 0 " in shown and "(34: " in shown
    listed = json.loads(trunkd("route", "list", "--json").stdout)
    assert listed["routes"][0]["calls"] >= 3
    with pytest.raises(Refused, match="'premium' bars the number") as refused:
        app.call(m.MakeCall(called="0900123"))
    assert refused.value.data["q850"] == 21
    with pytest.raises(Refused, match="there is no group 'x'"):
        app.call(m.MakeCall(called="0900123", device="group/x"))
    urgent = app.call(m.MakeCall(called="110"))
    event = app.wait(ev.EmergencyCall)
    assert (event.row, event.call_id) == ("police", urgent.call_id)
    for call in (*made, urgent):
        app.hang_up(call.call_id)
