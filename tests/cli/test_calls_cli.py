"""``trunkd call show``, hold, transfer, monitor, park, pickup, forward, against a daemon."""

from __future__ import annotations

import json
import pathlib
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.methods_switch import JoinCalls
from trunkd.daemon.methods_switch_more import MakePredictiveCall

GROUP = '[[group]]\nname = "agents"\nmembers = ["pstn"]\n'

Run = Callable[..., subprocess.CompletedProcess[str]]


class Desk:
    """A daemon and the command against it; ``app`` answers at the far ends."""

    def __init__(self, app: Any, run: Run) -> None:
        self.app = app
        self.run = run

    def answered(self, call_id: int) -> int:
        """Wait for its far end, and answer it there."""
        met = self.app.wait(ev.Delivered, direction="in")
        self.app.call(m.AnswerCall(call_id=met.call_id))
        self.app.wait(ev.Established, call_id=call_id)
        return call_id

    def dial(self, number: str) -> int:
        made = self.app.call(m.MakeCall(called=number, device="trunk/pstn"))
        return self.answered(made.call_id)

    def do(self, *words: object) -> str:
        done = self.run(*[str(word) for word in words])
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def said(self, *words: object) -> Any:
        return json.loads(self.do(*words, "--json"))

    def new_call(self, *words: object) -> int:
        """A command that places a connection, answered."""
        call_id: int = self.said(*words)["callId"]
        return self.answered(call_id)


@pytest.fixture
def desk(
    start_daemon: Callable[..., Any],
    subscribed: Callable[..., Any],
    at_socket: Callable[[Any], Run],
) -> Desk:
    daemon = start_daemon(network=GROUP)
    app = subscribed(daemon)
    app.links_up()
    return Desk(app, at_socket(daemon))


def test_calls_from_the_command_line(desk: Desk) -> None:
    a, b = desk.dial("5551001"), desk.dial("5551002")
    desk.app.call(JoinCalls(call_id=a, other=b))
    desk.do("hold", b)
    assert "hold" in desk.do("calls")
    shown = desk.do("call", "show", a)
    assert f"call {a} connected" in shown and "pstn" in shown and "hold" in shown
    assert desk.said("call", "show", b)["held"] is True
    desk.do("retrieve", b)
    assert desk.said("call", "show", b)["held"] is False

    s = desk.new_call("monitor", a, "5551003", "--trunk", "pstn")
    roles = {c["callId"]: c["role"] for c in desk.said("call", "show", a)["connections"]}
    assert roles == {a: "talk", b: "talk", s: "monitor"}
    assert f"call {s}" in desk.do("monitor", a, "--by", s, "--coach")
    assert "coaches" in desk.do("call", "show", a)
    desk.do("monitor", a, "--by", s, "--intrude")
    desk.do("hangup", s)
    desk.app.wait(ev.ConnectionCleared, call_id=s)

    assert desk.do("park", b, "--orbit", "7") == "orbit 7"
    assert desk.do("parked").splitlines()[1].split()[:2] == ["7", str(b)]
    assert desk.said("parked")[0]["callId"] == b
    assert "parked 7" in desk.do("calls")
    desk.app.wait(ev.ConnectionCleared, call_id=a)
    c = desk.dial("5551004")
    desk.do("pickup", c, "--orbit", "7")
    assert desk.do("parked") == "nobody waits in an orbit"
    d = desk.new_call("transfer", b, "5551005", "--trunk", "pstn")
    assert {x["callId"] for x in desk.said("call", "show", b)["connections"]} == {b, d}


def test_pickup_of_a_call_that_rings(desk: Desk) -> None:
    a = desk.dial("5551001")
    far = desk.app.call(m.MakeCall(called="5551002", device="trunk/exchange")).call_id
    met = desk.app.wait(ev.Delivered, direction="in")
    assert met.device.startswith("trunk/pstn/")
    found = desk.said("pickup", a, "--at", "trunk/pstn")["picked"]
    waiting = {far, found}
    while waiting:
        waiting.discard(desk.app.wait(ev.Established).call_id)
    assert desk.said("call", "show", found)["state"] == "connected"
    refused = desk.run("pickup", str(a), "--at", "group/agents")
    assert refused.returncode == 1 and "nothing alerts" in refused.stderr


def test_forwarding_is_listed_and_taken_back(desk: Desk) -> None:
    assert desk.do("forward") == "nothing is forwarded"
    desk.do("forward", "group/agents", "5559", "--trunk", "pstn", "--when", "noAnswer")
    assert "noAnswer 20 s" in desk.do("forward")
    assert desk.said("forward")[0]["to"] == "5559"
    desk.do("forward", "group/agents", "--when", "noAnswer", "--off")
    assert desk.do("forward") == "nothing is forwarded"
    assert desk.run("forward", "trunk/pstn/1", "1").returncode == 1


def test_predictive_calls_are_counted(desk: Desk) -> None:
    assert "0 connected, 0 abandoned (0.0%), 0 on the way" in desk.do("predictions")
    made = desk.app.call(
        MakePredictiveCall(called="5551001", device="trunk/pstn", analyse=False, ring_time=600)
    )
    desk.answered(made.call_id)
    told = desk.app.wait(ev.PredictiveResult, call_id=made.call_id)
    assert (told.result, told.action) == ("person", "hand"), "there is no agent"
    assert desk.said("predictions")["results"] == {"person": 1}
    assert "person" in desk.do("predictions")


@pytest.mark.parametrize(
    "words",
    [
        ("transfer", "1"),
        ("transfer", "1", "2", "--with", "3"),
        ("transfer", "1", "two"),
        ("monitor", "1"),
        ("monitor", "1", "2", "--coach", "--intrude"),
        ("pickup", "1"),
        ("pickup", "1", "--orbit", "1", "--call", "2"),
        ("call", "show"),
    ],
)
def test_wrong_usage(inside: Run, words: tuple[str, ...], tmp_path: pathlib.Path) -> None:
    assert inside("--socket", str(tmp_path / "none.sock"), *words).returncode in (2, 3)


def test_no_daemon(inside: Run, tmp_path: pathlib.Path) -> None:
    for words in (("hold", "1"), ("call", "show", "1"), ("parked",), ("forward",), ("park", "1")):
        assert inside("--socket", str(tmp_path / "none.sock"), *words).returncode == 3
