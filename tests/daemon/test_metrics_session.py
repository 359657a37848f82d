"""Clients, sessions, requests, resumes and predictive calls on a real daemon's /metrics page."""

from __future__ import annotations

import json
import pathlib
import re
import socket
import sys
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from conftest import App, Daemon
from test_metrics import key, scrape

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_session as ms
from trunkd.daemon import methods_switch_more as mm
from trunkd.daemon.client import Client, Refused
from trunkd.daemon.client_address import Access
from trunkd.daemon.events_switch import PredictiveAbandoned, PredictiveConnected, PredictiveResult
from trunkd.daemon.methods_session import OnLoss
from trunkd.daemon.session_counts import MAX_APPLICATIONS, Counts

OPERATE = "0123456789abcdef0123456789abcdef"
OBSERVE = "fedcba9876543210fedcba9876543210"
QUEUE = 64


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A daemon with TCP, tokens of two roles, and a short journal; its address."""
    folder = tmp_path_factory.mktemp("tokens")
    for name, token in (("operate", OPERATE), ("observe", OBSERVE)):
        (folder / name).write_text(token + "\n")
        (folder / name).chmod(0o640)
    text = (
        f"client_queue = {QUEUE}\n"
        f'[[listen]]\naddress = "tcp://127.0.0.1:0"\ntoken_file = "{folder}/operate"\n'
        f'[[role]]\nname = "observe"\ntoken_file = "{folder}/observe"\n'
        "[sessions]\nrequests_per_second = 500\nburst = 500\n"
    )
    daemon = Daemon(tmp_path_factory.mktemp("d"), daemon=text)
    (address,) = re.findall(r"listening on (\S+)", daemon.log_text())
    yield daemon, address
    daemon.close()


@pytest.fixture
def near(far: tuple[Daemon, str]) -> App:
    made = App(far[0].client(), after=None)
    made.links_up()
    return made


def test_clients_by_role_and_application(far: tuple[Daemon, str], near: App) -> None:
    with (
        Client(far[1], access=Access(OPERATE)) as one,
        Client(far[1], access=Access(OPERATE)) as two,
        Client(far[1], access=Access(OBSERVE)) as wall,
    ):
        one.call(m.Hello(client="dialler-1"))
        two.call(m.Hello(client="dialler-22"))
        wall.call(m.Hello(client="wallboard"))
        host, _, port = far[1].partition("://")[2].rpartition(":")
        with socket.create_connection((host, int(port)), 60) as silent:
            silent.sendall(b'{"jsonrpc":"2.0","id":1,"method":"calls"}\n')
            assert b"denied" in silent.recv(4096)
            values = scrape(near)
    clients = "trunkd_connected_clients"
    assert values[key(clients, role="operate", by="tcp", application="dialler")] == 2
    assert values[key(clients, role="observe", by="tcp", application="wallboard")] == 1
    assert values[key(clients, role="none", by="tcp", application="")] == 1
    assert values[key("trunkd_clients_by_role", role="operate")] == 2
    assert values[key("trunkd_clients_by_role", role="observe")] == 1
    assert values[key("trunkd_clients_by_role", role="administer")] >= 1


def test_requests_by_method_and_outcome(far: tuple[Daemon, str], near: App) -> None:
    before = scrape(near)
    with Client(far[1], access=Access(OBSERVE)) as wall:
        wall.call(m.Calls())
        with pytest.raises(Refused):
            wall.call(m.MakeCall(called="1"))
        with pytest.raises(Refused):
            wall.request("fly", {})
    with pytest.raises(Refused):
        near.call(m.ClearConnection(call_id=999_999))
    for _ in range(3):
        made = near.client.call(m.MakeCall(called="200", device="trunk/pstn"), key="once")
    near.hang_up(made.call_id, near.wait(ev.Delivered, direction="in").call_id)
    after = scrape(near)

    def grew(name: str, **labels: str) -> float:
        return after.get(key(name, **labels), 0.0) - before.get(key(name, **labels), 0.0)

    requests = "trunkd_method_requests_total"
    assert grew(requests, method="calls", outcome="done") == 1
    assert grew(requests, method="makeCall", outcome="denied") == 1
    assert grew(requests, method="makeCall", outcome="done") == 1, "once by its key"
    assert grew(requests, method="unknown", outcome="methodNotFound") == 1
    assert grew(requests, method="clearConnection", outcome="invalidCallID") == 1
    assert grew(requests, method="clearConnection", outcome="done") == 1
    assert grew("trunkd_requests_turned_away_total", why="role") == 1
    assert grew("trunkd_requests_replayed_total") == 2


def test_too_many_requests_are_counted(far: tuple[Daemon, str], near: App) -> None:
    line = b'{"jsonrpc":"2.0","id":1,"method":"calls","params":{}}\n'
    with socket.socket(socket.AF_UNIX) as sock, sock.makefile("rb") as file:
        sock.settimeout(90)
        sock.connect(far[0].socket)
        refused = 0
        while not refused:  # as many as it takes on this machine
            sock.sendall(400 * line)
            answers = [json.loads(file.readline()) for _ in range(400)]
            refused = sum("error" in answer for answer in answers)
    values = scrape(near)
    assert values[key("trunkd_requests_turned_away_total", why="rate")] == refused
    limited = key("trunkd_method_requests_total", method="calls", outcome="rateLimited")
    assert values[limited] == refused


def test_sessions_that_wait_for_their_owner(far: tuple[Daemon, str], near: App) -> None:
    leases = "trunkd_leases"
    with far[0].client() as kept:
        loss = OnLoss(keep_for=3600.0)
        kept.call(m.Hello(session="ivr", secret="of this test", on_loss=loss))
        first = kept.call(m.MakeCall(called="200", device="trunk/pstn")).call_id
        second = kept.call(m.MakeCall(called="201", device="trunk/pstn")).call_id
        kept.call(ms.ClaimCall(call_id=second, on_loss=OnLoss()))
        rings = [near.wait(ev.Delivered, direction="in").call_id for _ in range(2)]
        values = scrape(near)
        assert values[key("trunkd_sessions", state="connected")] == 1
        assert values[key("trunkd_owned_calls", owner="connected")] == 2
        assert values[key("trunkd_owned_calls", owner="none")] == 2, "those that came in"
        assert values[key(leases, term="timed")] == 0
    near.wait(ev.OwnerLost, call_id=second)
    values = scrape(near)
    assert values[key("trunkd_sessions", state="waiting")] == 1
    assert values[key("trunkd_sessions", state="connected")] == 0
    assert values[key("trunkd_owned_calls", owner="gone")] == 2
    assert values[key(leases, term="timed")] == 1
    assert values[key(leases, term="forever")] == 1
    near.call(m.ClearConnection(call_id=first))
    near.call(m.ClearConnection(call_id=second))
    over = {near.wait(ev.ConnectionCleared).call_id for _ in range(4)}
    assert over == {first, second, *rings}
    values = scrape(near)
    assert values[key("trunkd_sessions", state="idle")] == 1
    assert values[key(leases, term="timed")] == values[key(leases, term="forever")] == 0


def test_resumes_and_what_they_missed(far: tuple[Daemon, str], near: App) -> None:
    while near.call(m.Status()).seq < 2 * QUEUE:  # more than the journal holds
        near.hang_up(*near.dial())
    with far[0].client() as client:
        seq = client.call(m.Subscribe()).seq
        before = scrape(near)
        assert client.call(m.Subscribe(after=seq - 5)).resumed
        lost = client.call(m.Subscribe(after=0))
        assert not lost.resumed
        assert not client.call(m.Subscribe(after=seq, instance="another")).resumed
        after = scrape(near)

    def grew(name: str, **labels: str) -> float:
        return after[key(name, **labels)] - before[key(name, **labels)]

    for result in ("complete", "lost", "unknown"):
        assert grew("trunkd_resumes_total", result=result) == 1
    missed = lost.lost_last - lost.lost_first + 1
    assert missed > 0 and grew("trunkd_resume_events_lost_total") == missed
    assert grew("trunkd_resume_events_total") == 5 + lost.seq - missed


def predict(near: App, **more: Any) -> tuple[int, int]:
    """The ids of both ends of a predictive call that alerts."""
    made = near.call(
        mm.MakePredictiveCall(called="200", device="trunk/pstn", analyse=False, **more)
    ).call_id
    ring = near.wait(ev.Delivered, direction="in").call_id
    near.wait(ev.Delivered, direction="out", call_id=made)
    return made, ring


def test_predictive_calls(near: App) -> None:
    agent, far_agent = near.connect()
    first, ring = predict(near, agents=[agent])
    near.call(m.AnswerCall(call_id=ring))
    near.wait(PredictiveConnected)
    # The agent speaks now: nobody is there for the next one.
    _, second = predict(near, agents=[agent], abandon_time=0)
    near.call(m.AnswerCall(call_id=second))
    near.wait(PredictiveAbandoned)
    _, third = predict(near, agents=[agent])
    near.call(m.ClearConnection(call_id=third, cause=17))
    assert near.wait(PredictiveResult).result == "busy"
    values = scrape(near)
    assert values[key("trunkd_predictive_attempts_total")] == 3
    assert values[key("trunkd_predictive_answered_total")] == 2
    assert values[key("trunkd_predictive_results_total", result="person")] == 2
    assert values[key("trunkd_predictive_results_total", result="busy")] == 1
    assert values[key("trunkd_predictive_results_total", result="machine")] == 0
    assert values[key("trunkd_predictive_connected_total")] == 1
    assert values[key("trunkd_predictive_abandoned_total")] == 1
    assert values[key("trunkd_predictive_abandon_ratio")] == 0.5
    assert values[key("trunkd_predictive_waiting")] == 0
    near.call(m.ClearConnection(call_id=agent))
    left = {agent, far_agent, first, ring}
    while left:  # those of the other two may come in between
        left.discard(near.wait(ev.ConnectionCleared).call_id)


def test_the_set_of_applications_is_bounded() -> None:
    counts = Counts()
    names = {counts.application(f"app {chr(0x4E00 + n)}") for n in range(10 * MAX_APPLICATIONS)}
    assert len(names) == MAX_APPLICATIONS + 1 and "other" in names
    assert counts.application("") == "" and counts.application("4711") == "other"
    assert Counts().application("4711") == "4711"
    assert Counts().application("python-4711") == "python"
