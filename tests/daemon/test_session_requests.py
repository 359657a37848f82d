"""Requests over the real socket: once by key, bounded in time and number, by role, on record."""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from conftest import App, Daemon
from session_rig import Rig

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_session as ms
from trunkd.daemon import wire
from trunkd.daemon.client import Refused
from trunkd.daemon.methods_media import PlayMessage
from trunkd.daemon.methods_session import OnLoss
from trunkd.daemon.node import run_here
from trunkd.daemon.server import Client as ServerClient
from trunkd.daemon.server import Server

NOBODY = 65534


class Wire:
    """A connection that is written to by hand."""

    def __init__(self, path: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(90)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")

    def send(self, method: str, id: int | None = 1, key: Any = None, **params: Any) -> None:
        request: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": params}
        if id is not None:
            request["id"] = id
        if key is not None:
            request["key"] = key
        self.socket.sendall(json.dumps(request).encode() + b"\n")

    def read(self) -> dict[str, Any]:
        """The next answer; events are passed over."""
        while True:
            line = self.file.readline()
            assert line, "the connection was closed"
            message: dict[str, Any] = json.loads(line)
            if "id" in message:
                return message

    def ask(self, method: str, **more: Any) -> dict[str, Any]:
        self.send(method, **more)
        return self.read()

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture
def by_hand() -> Iterator[Callable[[Daemon], Wire]]:
    made: list[Wire] = []

    def connect(daemon: Daemon) -> Wire:
        made.append(Wire(daemon.socket))
        return made[-1]

    yield connect
    for one in made:
        one.close()


def until_gone(app: App, session: str) -> None:
    """Wait until the daemon has seen that a session's connections are closed."""
    while any(s.connections for s in app.call(ms.ClientsOf()).sessions if s.name == session):
        pass


CALL = {"called": "200", "device": "trunk/pstn"}


# Keys


def test_a_key_is_done_once_also_over_a_reconnect(
    daemon: Daemon, app: App, by_hand: Callable[[Daemon], Wire]
) -> None:
    first = by_hand(daemon)
    secret = first.ask("hello", session="dialler")["result"]["secret"]
    before = app.call(m.Status()).calls_total
    # The connection dies between the request and its answer.
    first.send("makeCall", key="k1", **CALL)
    first.socket.shutdown(socket.SHUT_WR)
    app.wait(ev.Delivered, direction="in")
    first.close()
    second = by_hand(daemon)
    welcome = second.ask("hello", session="dialler", secret=secret)["result"]
    assert welcome["secret"] == "" and len(welcome["calls"]) == 1
    answers = [second.ask("makeCall", id=n, key="k1", **CALL) for n in (7, 8)]
    assert [a["id"] for a in answers] == [7, 8]
    assert {a["result"]["callId"] for a in answers} == set(welcome["calls"])
    assert app.call(m.Status()).calls_total == before + 2, "one call, two ends"
    wrong = second.ask("makeCall", key="k1", called="201", device="trunk/pstn")
    assert wrong["error"]["data"]["error"] == "keyReused"
    other = second.ask("makeCall", key="k2", **CALL)
    assert other["result"]["callId"] not in welcome["calls"]
    # An error is an answer like any other.
    bad = [second.ask("clearConnection", key="k3", callId=99999) for _ in range(2)]
    assert bad[0] == bad[1] and bad[0]["error"]["code"] == wire.INVALID_CALL
    for call in [*welcome["calls"], other["result"]["callId"]]:
        app.hang_up(call)


def test_keys_of_others_are_others(daemon: Daemon, by_hand: Callable[[Daemon], Wire]) -> None:
    one, two = by_hand(daemon), by_hand(daemon)
    text = {"callId": 424242}
    assert one.ask("clearConnection", key="same", **text)["error"]["code"] == wire.INVALID_CALL
    answer = two.ask("answerCall", key="same", **text)
    assert answer["error"]["code"] == wire.INVALID_CALL, "not keyReused"


@pytest.mark.parametrize("key", ["", "x" * 129, 5, None, [], {}, True])
def test_wrong_keys(daemon: Daemon, by_hand: Callable[[Daemon], Wire], key: Any) -> None:
    client = by_hand(daemon)
    request = {"jsonrpc": "2.0", "id": 4, "method": "calls", "key": key}
    client.socket.sendall(json.dumps(request).encode() + b"\n")
    answer = client.read()
    assert answer["id"] == 4 and answer["error"]["code"] == wire.INVALID_REQUEST


def test_same_key_while_the_first_is_at_work(
    daemon: Daemon, app: App, by_hand: Callable[[Daemon], Wire]
) -> None:
    """playMessage is answered when the file was read: both get that answer, it plays once."""
    near, far = app.connect()
    from trunkd.board.model import Law
    from trunkd.daemon.media_files import save

    save(str(daemon.directory / "media" / "a.wav"), bytes(4000), Law.A, "g711")
    client = by_hand(daemon)
    asked = {"callId": near, "message": "a.wav"}
    for id in (1, 2, 3):
        client.send("playMessage", id=id, key="p", **asked)
    assert {client.read()["id"] for _ in range(3)} == {1, 2, 3}
    app.wait(ev.Stop, call_id=near)
    app.hang_up(near, far)
    assert len([e for e in app.seen if isinstance(e, ev.Play) and e.call_id == near]) == 1


# Sessions on the socket


def test_sessions_come_and_go_with_their_connections(daemon: Daemon, app: App) -> None:
    first = daemon.client()
    welcome = first.call(m.Hello(session="ivr", on_loss=OnLoss(keep_for=3600)))
    assert welcome.secret and welcome.session == "ivr" and "keys" in welcome.features
    assert first.call(m.Hello(session="ivr")).secret == "", "this connection is known already"
    with pytest.raises(Refused):
        first.call(m.Hello(session="another"))
    near = first.call(m.MakeCall(called="200", device="trunk/pstn")).call_id
    assert app.wait(ev.Originated, call_id=near).owner == "ivr"
    with pytest.raises(Refused) as caught:
        daemon.client().call(m.Hello(session="ivr", secret="guess"))
    assert caught.value.word == "denied"
    first.close()
    assert app.wait(ev.OwnerLost, call_id=near).action == "clear"
    again = daemon.client()
    back = again.call(m.Hello(session="ivr", secret=welcome.secret))
    assert back.calls == [near]
    assert app.wait(ev.OwnerChanged, call_id=near).reason == "back"
    again.call(ms.SetSession(on_loss=OnLoss(action="clear", cause=31)))
    again.close()
    assert app.wait(ev.ConnectionCleared, call_id=near).q850 == 31


def test_application_that_is_killed_loses_its_calls(daemon: Daemon, app: App) -> None:
    """A process with kill -9, and a lease that is over."""
    script = (
        "import sys, time\n"
        "from trunkd.daemon import methods as m\n"
        "from trunkd.daemon.client import Client\n"
        "from trunkd.daemon.methods_session import OnLoss\n"
        "c = Client(sys.argv[1])\n"
        "c.call(m.Hello(session='victim', on_loss=OnLoss(keep_for=0.2)))\n"
        "print(c.call(m.MakeCall(called='200', device='trunk/pstn')).call_id, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, daemon.socket], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        call = int(process.stdout.readline())
        app.wait(ev.Delivered, call_id=call)
        process.kill()
    assert app.wait(ev.OwnerLost, call_id=call).session == "victim"
    assert app.wait(ev.ConnectionCleared, call_id=call).owner == "victim"


def test_filters_of_the_server(daemon: Daemon, app: App) -> None:
    mine, other = daemon.client(), daemon.client()
    mine.call(m.Hello(session="mine"))
    mine.call(m.Subscribe(sessions=["mine"]))
    free = App(daemon.client(), after=None)
    free.call(m.Subscribe(sessions=[""]))
    device = App(daemon.client(), after=None)
    device.call(m.Subscribe(devices=["trunk/exchange"]))
    out = mine.call(m.MakeCall(called="200", device="trunk/pstn")).call_id
    into = app.wait(ev.Delivered, direction="in").call_id
    one = App(daemon.client(), after=None)
    one.call(m.Subscribe(after=0, calls=[into]))
    mine.call(m.AnswerCall(call_id=into))
    ends = [app.wait(ev.Established) for _ in range(2)]
    assert {e.owner for e in ends} == {"mine"}
    mine.call(ms.HandOverCall(call_id=into, to="mine"))
    with pytest.raises(Refused):
        other.call(ms.ReleaseCall(call_id=into))
    mine.call(ms.ReleaseCall(call_id=into))
    app.hang_up(out, into)
    got = []
    while True:
        event = mine.next_event(60)
        assert event is not None
        got.append(event)
        if isinstance(event, ev.ConnectionCleared) and event.call_id == out:
            break
    released = [e for e in got if isinstance(e, ev.OwnerChanged) and e.reason == "released"]
    assert len(released) == 1, "who loses a call is told"
    assert all(e.owner == "mine" or e in released for e in got if isinstance(e, ev.CallEvent))
    assert not [e for e in got if isinstance(e, ev.ChannelChanged)]
    free.wait(ev.ConnectionCleared, call_id=into)
    assert all(
        e.owner == ""
        for e in free.seen
        if e.seq and isinstance(e, ev.CallEvent) and not isinstance(e, ev.OwnerChanged)
    )
    device.wait(ev.ChannelChanged, trunk="exchange", state="idle")
    assert all(
        "exchange" in (getattr(e, "device", ""), getattr(e, "trunk", ""))
        or "trunk/exchange" in getattr(e, "device", "")
        for e in device.seen
    )
    one.wait(ev.ConnectionCleared, call_id=into)
    assert {e.call_id for e in one.seen if isinstance(e, ev.CallEvent)} == {into}
    with pytest.raises(Refused):
        other.call(m.Subscribe(devices=["trunk/none"]))


def test_stopped_client_costs_others_nothing(daemon: Daemon, app: App) -> None:
    """SIGSTOP of a client that has asked for every event: the others have theirs, and it loses its
    calls only when it is gone."""
    script = (
        "import sys, time\n"
        "from trunkd.daemon import methods as m\n"
        "from trunkd.daemon.client import Client\n"
        "c = Client(sys.argv[1])\n"
        "c.call(m.Hello(session='slow'))\n"
        "c.call(m.Subscribe())\n"
        "print('ready', flush=True)\n"
        "while True: c.next_event(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, daemon.socket], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGSTOP)
        try:
            for _ in range(20):
                out, into = app.connect()
                app.hang_up(out, into)
            numbers = [e.seq for e in app.seen]
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
            session = next(s for s in app.call(ms.ClientsOf()).sessions if s.name == "slow")
            assert session.connections == 1
        finally:
            process.send_signal(signal.SIGCONT)
            process.kill()
    until_gone(app, "slow")


# Bounds


def test_rate_limits_refuse_and_hold_up_nobody_else(start_daemon: Callable[..., Daemon]) -> None:
    limits = "[sessions]\nrequests_per_second = 1\nburst = 5\n"
    daemon = start_daemon(daemon=limits)
    flood, other = Wire(daemon.socket), daemon.client()
    try:
        for n in range(200):
            flood.send("calls", id=n)
        assert other.call(m.Status()).pid == daemon.process.pid
        answers = [flood.read() for _ in range(200)]
        assert [a["id"] for a in answers] == list(range(200))
        refused = [a["error"] for a in answers if "error" in a]
        assert len(refused) >= 100 and "result" in answers[0]
        assert {e["data"]["error"] for e in refused} == {"rateLimited"}
        assert all(0 < e["data"]["retryAfter"] <= 1 for e in refused)
        infos = other.call(ms.ClientsOf()).clients
        assert max(c.refused for c in infos) == len(refused)
        assert next(c for c in infos if c.uid == os.getuid()).by == "unix"
    finally:
        flood.close()


class Slow:
    """Jobs with files, which are done when the test says so."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Callable[[], Any], Callable[..., None]]] = []

    def offload(self, work: Callable[[], Any], done: Callable[..., None]) -> None:
        self.jobs.append((work, done))

    def do(self) -> None:
        for work, done in self.jobs:
            run_here(work, done)
        self.jobs.clear()


def test_answer_that_takes_too_long_is_a_timeout_and_an_event(tmp_path: pathlib.Path) -> None:
    slow = Slow()
    extra = '[sessions]\nanswer_within = "100ms"\noutstanding = 1\n'
    rig = Rig(tmp_path, extra, slow.offload)
    near, _ = rig.connect(None)
    asyncio.run(_ask_slowly(rig, slow, near.call_id))
    rig.node.close()


async def _ask_slowly(rig: Rig, slow: Slow, call: int) -> None:
    loop = asyncio.get_running_loop()
    server = Server(rig.node.config.daemon, loop, lambda: 0)
    server.service = rig.service
    here, there = socket.socketpair()
    await loop.connect_accepted_socket(lambda: ServerClient(server), there)
    reader, writer = await asyncio.open_connection(sock=here)

    def ask(id: int, method: str, params: m.Params, key: str) -> None:
        writer.write(wire.request_line(id, method, params, key))

    async def answer() -> Any:
        return json.loads(await asyncio.wait_for(reader.readline(), 60))

    play = PlayMessage(call_id=call, message="sorry.wav")
    ask(5, "playMessage", play, "slow")
    ask(6, "calls", m.Calls(), "")
    answers = {a["id"]: a["error"]["data"]["error"] for a in (await answer(), await answer())}
    assert answers == {5: "timeout", 6: "rateLimited"}
    ask(7, "calls", m.Calls(), "")
    assert (await answer())["error"]["data"]["error"] == "rateLimited", "it is outstanding still"
    assert not rig.of(ev.RequestSettled)
    slow.do()
    (settled,) = rig.of(ev.RequestSettled)
    assert (settled.request, settled.method, settled.key) == ("5", "playMessage", "slow")
    assert settled.error == ""
    ask(8, "playMessage", play, "slow")
    assert await answer() == {"jsonrpc": "2.0", "id": 8, "result": {}}, "the outcome, once known"
    assert not slow.jobs, "it was not done twice"
    writer.close()
    await writer.wait_closed()


# Roles and the audit log


ROLES = """\
[sessions]
audit_log = "{dir}/audit.jsonl"
[[role]]
name = "observe"
uids = [{uid}]
[[role]]
name = "operate"
gids = [{gid}]
priority = 3
"""

AS_SOMEBODY = """
import json, os, socket, sys
os.setgroups([int(g) for g in sys.argv[3:]]); os.setgid(65534); os.setuid(int(sys.argv[2]))
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); f = s.makefile("rb")
for line in sys.stdin:
    s.sendall(line.encode()); print(f.readline().decode(), end="", flush=True)
"""


def as_somebody(
    daemon: Daemon, uid: int, requests: list[dict[str, Any]], *groups: int
) -> list[Any]:
    """Answers to requests of another user; needs root, or sudo without a password."""
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    arguments = [
        *as_root,
        sys.executable,
        "-c",
        AS_SOMEBODY,
        daemon.socket,
        str(uid),
        *map(str, groups),
    ]
    lines = "".join(json.dumps({"jsonrpc": "2.0", "id": 1, **r}) + "\n" for r in requests)
    done = subprocess.run(arguments, input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_roles_and_who_did_what(
    start_daemon: Callable[..., Daemon], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("log")
    text = ROLES.format(dir=folder, uid=NOBODY, gid=54321)
    door = 'socket_mode = "0660"\nsocket_group = "nogroup"\n'
    if os.geteuid() != 0:
        if shutil.which("sudo") is None or subprocess.call(["sudo", "-n", "true"]):
            pytest.skip("to act as other users this test needs root, or sudo without a password")
        door = ""  # who is not of a group cannot give it the socket
    daemon = start_daemon(daemon=door + text)
    if not door:
        os.chmod(daemon.socket, 0o666)
    os.chmod(daemon.directory, 0o755)
    for parent in daemon.directory.parents[:3]:
        os.chmod(parent, 0o755)
    requests: list[dict[str, Any]] = [
        {"method": "hello", "params": {"client": "x", "session": "s", "secret": "very hidden"}},
        {"method": "calls"},
        {"method": "makeCall", "params": {"called": "200", "device": "trunk/pstn"}},
        {"method": "shutdown"},
    ]
    looks = as_somebody(daemon, NOBODY, requests)
    assert looks[0]["result"]["role"] == "observe"
    assert "makeCall" not in looks[0]["result"]["permitted"]
    assert "result" in looks[1]
    assert [a["error"]["data"]["role"] for a in looks[2:]] == ["operate", "administer"]
    requests[0]["params"]["session"] = "t"
    works = as_somebody(daemon, NOBODY, requests, 54321)
    assert works[0]["result"]["role"] == "operate", "the highest of its rows"
    assert "result" in works[1] and works[3]["error"]["data"]["role"] == "administer"
    assert works[2].get("error", {}).get("data", {}).get("error") != "denied"
    strange = as_somebody(daemon, 12345, [{"method": "hello"}, requests[1]])
    assert strange[0]["result"]["role"] == "" and strange[0]["result"]["permitted"] == ["hello"]
    assert strange[1]["error"]["data"] == {"error": "denied", "role": "observe"}
    ours = os.geteuid()
    root = daemon.client()
    priorities = {s.name: s.priority for s in root.call(ms.ClientsOf()).sessions}
    assert priorities == {"s": 0, "t": 3}, "that of the role"
    assert root.call(m.Hello()).role == "administer"
    root.call(m.SetLoopback(span="b0/1", loopback="none"))
    log = folder / "audit.jsonl"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert "very hidden" not in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o640
    told = [(x["method"], x.get("error", ""), x["uid"]) for x in lines]
    assert ("makeCall", "denied", NOBODY) in told and ("shutdown", "denied", NOBODY) in told
    assert ("setLoopback", "", ours) in told and not [t for t in told if t == ("calls", "", NOBODY)]
    assert next(x for x in lines if x["method"] == "setLoopback")["params"]["span"] == "b0/1"
    assert {x.get("session") for x in lines} >= {"s", "t"}
    log.rename(folder / "audit.1")
    daemon.process.send_signal(signal.SIGHUP)
    while not log.exists():
        root.call(m.SetLoopback(span="b0/1", loopback="none"))
    root.call(m.SetLoopback(span="b0/2", loopback="none"))
    assert "b0/2" in log.read_text()


def test_sessions_after_kill_9_of_the_daemon(tmp_path: pathlib.Path) -> None:
    """The secret counts on, what was said counts on, and the lost calls are the session's."""
    daemon = Daemon(tmp_path)
    try:
        app = App(daemon.client())
        app.links_up()
        client = daemon.client()
        secret = client.call(m.Hello(session="ivr", on_loss=OnLoss(keep_for=60))).secret
        near = client.call(m.MakeCall(called="200", device="trunk/pstn")).call_id
        app.wait(ev.Delivered, call_id=near)
        seq, instance = app.seen[-1].seq, client.call(m.Hello()).instance
        daemon.stop(signal.SIGKILL)
    finally:
        daemon.close()
    daemon = Daemon(tmp_path)
    try:
        client = daemon.client()
        with pytest.raises(Refused):
            client.call(m.Hello(session="ivr", secret="guess"))
        back = client.call(m.Hello(session="ivr", secret=secret))
        assert back.secret == "" and back.calls == []
        client.call(m.Subscribe(after=seq, instance=instance, sessions=["ivr"]))
        restarted, ended = client.next_event(60), client.next_event(60)
        assert isinstance(restarted, ev.Restarted) and isinstance(ended, ev.ConnectionCleared)
        assert (ended.call_id, ended.owner, ended.cause) == (near, "ivr", "restart")
        found = [s for s in client.call(ms.ClientsOf()).sessions if s.name == "ivr"]
        assert [s.connections for s in found] == [1]
    finally:
        daemon.close()
