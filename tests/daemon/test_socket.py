"""Abuse of the socket: every wrong line gets its error, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
import shutil
import socket
import stat
import subprocess
import sys
import time

import pytest

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import wire
from trunkd.daemon.client import Client, Refused, Unreachable
from trunkd.daemon.client_async import AsyncClient
from trunkd.daemon.server import SocketInUse, bind

STATUS = b'{"jsonrpc":"2.0","id":7,"method":"status"}\n'


class Raw:
    """A connection without manners."""

    def __init__(self, path: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(90)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read(self) -> dict:
        line = self.file.readline()
        assert line, "the connection was closed"
        return json.loads(line)

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture
def raw(daemon):
    made = Raw(daemon.socket)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"GET / HTTP/1.1\r\n", wire.PARSE_ERROR),
        (b"\x00\xff\xfe garbage\n", wire.PARSE_ERROR),
        (b"{}\n", wire.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1,"method":"fly"}\n', wire.METHOD_NOT_FOUND),
        (b'{"jsonrpc":"2.0","id":1,"method":"makeCall"}\n', wire.INVALID_PARAMS),
        (b'{"jsonrpc":"2.0","id":1,"method":"makeCall","params":[1]}\n', wire.INVALID_PARAMS),
        (
            b'{"jsonrpc":"2.0","id":1,"method":"makeCall","params":{"called":5}}\n',
            wire.INVALID_PARAMS,
        ),
        (
            b'{"jsonrpc":"2.0","id":1,"method":"makeCall","params":{"called":"5","x":1}}\n',
            wire.INVALID_PARAMS,
        ),
        (
            b'{"jsonrpc":"2.0","id":1,"method":"makeCall","params":{"called":"drop table"}}\n',
            wire.INVALID_PARAMS,
        ),
        (
            b'{"jsonrpc":"2.0","id":1,"method":"answerCall","params":{"callId":-1}}\n',
            wire.INVALID_PARAMS,
        ),
        (
            b'{"jsonrpc":"2.0","id":1,"method":"answerCall","params":{"callId":77777}}\n',
            wire.INVALID_CALL,
        ),
        (
            b'{"jsonrpc":"2.0","id":1,"method":"hello","params":{"versions":[99]}}\n',
            wire.BAD_VERSION,
        ),
        (b'{"jsonrpc":"2.0","id":1,"method":"status","params":{"a":\xff}}\n', wire.PARSE_ERROR),
        (b"[" * 5000 + b"\n", wire.PARSE_ERROR),
    ],
)
def test_wrong_lines(raw: Raw, line: bytes, code: int) -> None:
    raw.send(line + STATUS)
    assert raw.read()["error"]["code"] == code
    assert raw.read()["id"] == 7


def test_ten_megabytes_in_one_line(raw: Raw) -> None:
    raw.send(b"x" * 10_000_000 + b"\n" + STATUS)
    assert raw.read()["error"]["code"] == wire.LINE_TOO_LONG
    assert raw.read()["result"]["pid"] > 0


def test_half_lines_and_goodbye(daemon, raw: Raw) -> None:
    for octet in STATUS:
        raw.send(bytes([octet]))
    assert raw.read()["id"] == 7
    other = Raw(daemon.socket)
    other.send(STATUS[:20])
    other.close()  # half a line, then gone
    raw.send(STATUS)
    assert raw.read()["id"] == 7


def test_client_may_shut_its_side_and_still_read(raw: Raw) -> None:
    raw.send(STATUS * 3)
    raw.socket.shutdown(socket.SHUT_WR)
    assert [raw.read()["id"] for _ in range(3)] == [7, 7, 7]


def test_clients_that_leave_are_let_go(daemon, app) -> None:
    before = app.call(m.Status()).clients
    for _ in range(20):
        one = Raw(daemon.socket)
        one.send(STATUS)
        one.close()
    half = Raw(daemon.socket)
    half.send(STATUS)
    half.socket.shutdown(socket.SHUT_WR)
    assert half.read()["id"] == 7
    assert half.file.readline() == b"", "closed when it was answered and can ask no more"
    half.close()
    listener = Raw(daemon.socket)
    listener.send(b'{"jsonrpc":"2.0","id":1,"method":"subscribe"}\n')
    listener.socket.shutdown(socket.SHUT_WR)
    assert listener.read()["id"] == 1
    make_events(app, 1)
    assert listener.read()["method"] == "event"
    assert app.call(m.Status()).clients == before + 1
    listener.close()


def test_notifications_get_no_answer_and_batches_one(raw: Raw) -> None:
    raw.send(b'{"jsonrpc":"2.0","method":"fly"}\n{"jsonrpc":"2.0","method":"status"}\n' + STATUS)
    assert raw.read()["id"] == 7
    raw.send(
        b'[{"jsonrpc":"2.0","id":1,"method":"calls"},{"jsonrpc":"2.0","method":"calls"},'
        b'5,{"jsonrpc":"2.0","id":"b","method":"fly"}]\n'
    )
    line = raw.file.readline()
    answers = json.loads(line)
    assert [a["id"] for a in answers] == [1, None, "b"]
    assert "result" in answers[0]


def test_null_id_is_answered(raw: Raw) -> None:
    raw.send(b'{"jsonrpc":"2.0","id":null,"method":"calls"}\n')
    assert raw.read()["result"]["calls"] == []


def test_hello(app) -> None:
    welcome = app.call(m.Hello(versions=(1, 2, 9), client="test"))
    assert welcome.version == 1
    assert set(welcome.methods) == set(m.METHODS)


def test_socket_has_mode_and_owner(daemon) -> None:
    found = os.stat(daemon.socket)
    assert stat.S_IMODE(found.st_mode) == 0o660
    assert found.st_uid == os.geteuid()


def test_flood_does_not_delay_others(daemon, app) -> None:
    """Four clients send as fast as they can; a fifth still gets its answers."""
    flood = [Raw(daemon.socket) for _ in range(4)]
    for one in flood:
        one.socket.setblocking(False)
    took = []
    for _ in range(40):
        for one in flood:
            for _ in range(20):
                try:
                    one.socket.send(STATUS * 200)
                except BlockingIOError:
                    break
        begin = time.perf_counter()
        app.call(m.Calls())
        took.append(time.perf_counter() - begin)
    for one in flood:
        one.close()
    took.sort()
    assert took[len(took) // 2] < 0.25, took
    app.call(m.Status())


def make_events(app, count: int) -> None:
    """Calls to a busy party: about a dozen events each."""
    for _ in range(count):
        out, into = app.dial()
        app.hang_up(into, out, cause=17)


def test_client_that_stops_reading(start_daemon, subscribed) -> None:
    """It never delays another, is told what it lost, and can begin again from a snapshot."""
    daemon = start_daemon(daemon="client_queue = 64")
    app = subscribed(daemon)
    app.links_up()
    deaf = Raw(daemon.socket)
    deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.send(b'{"jsonrpc":"2.0","id":1,"method":"subscribe"}\n')
    assert deaf.read()["result"]["resumed"]
    # It asks for much and reads nothing: its own buffers fill up, nobody else's.
    deaf.socket.setblocking(False)
    try:
        while True:
            deaf.socket.send(STATUS)
    except BlockingIOError:
        pass
    took = []
    for _ in range(40):
        begin = time.perf_counter()
        make_events(app, 1)
        took.append(time.perf_counter() - begin)
    assert app.call(m.Status()).clients == 2
    took.sort()
    assert took[len(took) // 2] < 1.0
    sequence = [e.seq for e in app.seen]
    assert sequence == list(range(1, len(sequence) + 1)), "the quick client lost nothing"
    deaf.socket.setblocking(True)
    deaf.socket.settimeout(90)
    expected, lost = None, None
    while lost is None or expected <= lost[1]:
        message = deaf.read()
        if message.get("method") != "event":
            continue
        event = message["params"]
        if event["event"] == "EventsLost":
            lost = (event["first"], event["last"])
            assert expected is None or lost[0] == expected
            expected = lost[1] + 1
        else:
            assert expected is None or event["seq"] == expected
            expected = event["seq"] + 1
    deaf.close()


def test_resume_misses_nothing(daemon, app) -> None:
    make_events(app, 1)
    last = app.seen[-1].seq
    instance = app.call(m.Hello()).instance
    make_events(app, 1)
    again = daemon.client()
    subscribed = again.call(m.Subscribe(after=last, instance=instance))
    assert subscribed.resumed
    events = [again.next_event(5) for _ in range(subscribed.seq - last)]
    assert [e.seq for e in events] == list(range(last + 1, subscribed.seq + 1))
    assert not again.call(m.Subscribe(after=last, instance="another")).resumed
    assert again.next_event(0.0) is None
    assert not again.call(m.Subscribe(after=10**9)).resumed


def test_resume_too_late_is_told(start_daemon, subscribed) -> None:
    daemon = start_daemon(daemon="client_queue = 16")
    app = subscribed(daemon)
    app.links_up()
    make_events(app, 3)
    client = daemon.client()
    told = client.call(m.Subscribe(after=1))
    assert not told.resumed
    assert told.lost_first == 2
    first = client.next_event(5)
    assert first is not None and first.seq == told.lost_last + 1
    snapshot = client.call(m.Snapshot())
    assert snapshot.seq >= told.seq


def test_filters(daemon, app) -> None:
    client = daemon.client()
    client.call(m.Subscribe(events=["ConnectionCleared"], trunks=["exchange"]))
    out, into = app.dial()
    app.hang_up(into, out, cause=17)
    event = client.next_event(5)
    assert isinstance(event, ev.ConnectionCleared)
    assert event.call_id == into
    assert client.next_event(0.0) is None
    with pytest.raises(Refused):
        client.call(m.Subscribe(trunks=["none"]))


def test_asyncio_client(daemon) -> None:
    async def main() -> None:
        client = await AsyncClient.connect(daemon.socket)
        await client.call(m.Subscribe())
        made = await client.call(m.MakeCall(called="9", device="trunk/pstn"))
        while True:
            event = await client.next_event()
            if isinstance(event, ev.Delivered) and event.direction == "in":
                await client.call(m.ClearConnection(call_id=event.call_id, cause=17))
            if isinstance(event, ev.ConnectionCleared) and event.call_id == made.call_id:
                break
        with pytest.raises(Refused):
            await client.call(m.AnswerCall(call_id=made.call_id))
        await client.close()

    asyncio.run(asyncio.wait_for(main(), 20))


def test_other_users(start_daemon) -> None:
    """A user who is not on the list is refused, one who is may work."""
    as_root: list[str] = []
    if os.geteuid() != 0:
        as_root = ["sudo", "-n"]
        if shutil.which("sudo") is None or subprocess.call(["sudo", "-n", "true"]):
            pytest.skip("to act as other users this test needs root, or sudo without a password")
    daemon = start_daemon(daemon="allow_uids = [65533]\nallow_gids = [65531]")
    os.chmod(daemon.socket, 0o666)  # the door is open: the lists alone decide
    os.chmod(daemon.directory, 0o755)
    for parent in daemon.directory.parents:
        if str(parent).startswith("/tmp/"):
            os.chmod(parent, 0o755)
    program = (
        "import os,socket,sys\n"
        "os.setgroups([65534, *map(int, sys.argv[3:])])\n"
        "os.setgid(65534); os.setuid(int(sys.argv[2]))\n"
        "s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
        's.sendall(b\'{"jsonrpc":"2.0","id":1,"method":"calls"}\\n\')\n'
        "print(s.makefile().readline())"
    )

    def ask(uid: int, *groups: int) -> dict:
        done = subprocess.run(
            [*as_root, sys.executable, "-c", program, daemon.socket, str(uid), *map(str, groups)],
            capture_output=True,
            text=True,
            timeout=90,
            check=True,
        )
        return json.loads(done.stdout)

    assert ask(65533)["result"]["calls"] == []
    assert ask(65532)["error"]["code"] == wire.DENIED
    assert ask(65532, 65531)["result"]["calls"] == []


def test_stale_socket_is_replaced_and_a_live_one_is_not(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "s")
    first = bind(path, 0o600, "")
    first.listen()
    with pytest.raises(SocketInUse, match="another trunkd"):
        bind(path, 0o600, "")
    first.close()
    bind(path, 0o600, "").close()
    os.unlink(path)
    (tmp_path / "s").write_text("precious")
    with pytest.raises(SocketInUse, match="no socket"):
        bind(path, 0o600, "")
    assert (tmp_path / "s").read_text() == "precious"


def test_second_daemon_on_the_same_socket(daemon) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "trunkd", "run", "-c", str(daemon.config)],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 1
    assert "another trunkd listens" in done.stderr
    assert "Traceback" not in done.stderr
    with Client(daemon.socket) as client:
        assert client.call(m.Status()).pid == daemon.process.pid


def test_no_daemon(tmp_path: pathlib.Path) -> None:
    with pytest.raises(Unreachable, match="trunkd run -c FILE"):
        Client(str(tmp_path / "none.sock"))


def test_daemon_that_dies_is_reported(start_daemon) -> None:
    daemon = start_daemon()
    client = daemon.client()
    daemon.process.kill()
    with pytest.raises(Unreachable, match=r"closed|reset|Broken"):
        while True:
            client.call(m.Calls())
