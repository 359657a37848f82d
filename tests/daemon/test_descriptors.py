"""Descriptors that come with answers (openAudio), on real sockets: none is lost or mixed up."""

from __future__ import annotations

import asyncio
import collections
import gc
import json
import os
import pathlib
import socket
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from media_rig import Rig

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_media as mm
from trunkd.daemon import wire
from trunkd.daemon.client import Refused, Unreachable
from trunkd.daemon.client_async import AsyncClient
from trunkd.daemon.server import Client as Connection
from trunkd.daemon.server import Server
from trunkd.errors import LocalError


class Asker:
    """A client that keeps each descriptor with the line it came with."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.answers: dict[object, dict] = {}
        self.sockets: dict[object, socket.socket] = {}
        self.events: list[dict] = []
        self._data = b""
        self._fds: collections.deque[int] = collections.deque()

    def send(self, *requests: tuple[int, str, dict]) -> None:
        self.socket.sendall(b"".join(wire.request_line(*one) for one in requests))

    def take(self) -> bool:
        """What one read brings; False at the end of the connection."""
        data, fds, _, _ = socket.recv_fds(self.socket, 1 << 20, 4)
        assert len(fds) <= 1
        self._fds.extend(fds)
        self._data += data
        *lines, self._data = self._data.split(b"\n")
        for line in filter(None, lines):
            message = json.loads(line)
            if "method" in message:
                self.events.append(message["params"])
                continue
            self.answers[message["id"]] = message
            if "audio" in message.get("result", {}):
                self.sockets[message["id"]] = socket.socket(fileno=self._fds.popleft())
        return bool(data)

    def until(self, *ids: int) -> None:
        while not set(ids) <= set(self.answers):
            assert self.take(), "the connection was closed"

    def close(self) -> None:
        assert not self._fds
        self.socket.close()
        for sock in self.sockets.values():
            sock.close()


@pytest.fixture
def asker(daemon) -> Iterator[Callable[[], Asker]]:
    made: list[Asker] = []

    def connect() -> Asker:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(90)
        sock.connect(daemon.socket)
        made.append(Asker(sock))
        return made[-1]

    yield connect
    for each in made:
        each.close()


def open_files(daemon) -> int:
    return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


# A real daemon


def test_audio_goes_both_ways(app) -> None:
    out, into = app.connect()
    opened, here = app.client.open_audio(mm.OpenAudio(call_id=out, coding="alaw"))
    other, there = app.client.open_audio(mm.OpenAudio(call_id=into, coding="alaw"))
    assert other.audio == opened.audio + 1
    with here, there:
        assert here.type == socket.SOCK_SEQPACKET
        said = np.random.default_rng(3).integers(0, 256, 800, dtype=np.uint8).tobytes()
        here.send(said)
        there.settimeout(90)
        heard = b""
        while said not in heard:
            packet = there.recv(4096)
            assert len(packet) == 160
            heard += packet
    ends = [app.wait(ev.AudioClosed), app.wait(ev.AudioClosed)]
    assert {e.reason for e in ends} == {"gone"}
    assert {e.call_id: e.spoken for e in ends} == {out: 800, into: 0}
    app.hang_up(out, into)


def test_audio_outlives_the_client_that_asked(daemon, app) -> None:
    out, into = app.connect()
    client = daemon.client()
    _, sock = client.open_audio(mm.OpenAudio(call_id=out))
    client.close()
    with sock:
        sock.settimeout(90)
        for _ in range(5):
            assert len(sock.recv(4096)) == 320
    assert app.wait(ev.AudioClosed).reason == "gone"
    app.hang_up(out, into)


def test_refusals_bring_no_descriptor(app) -> None:
    with pytest.raises(Refused, match="there is no call 999"):
        app.client.open_audio(mm.OpenAudio(call_id=999))
    with pytest.raises(LocalError, match=r"use open_audio\(\)"):
        app.call(mm.OpenAudio(call_id=1))
    out, into = app.connect()
    # As plain request: the answer is there, the descriptor is closed.
    answer = app.client.request("openAudio", {"callId": out})
    closed = app.wait(ev.AudioClosed)
    assert json.loads(bytes(answer)) == {"audio": closed.audio} and closed.reason == "gone"
    app.hang_up(out, into)


def test_many_in_one_pipeline(daemon, app, asker) -> None:
    """Answers with and without descriptors and events, all at once: each with its own."""
    calls = [app.connect()[0] for _ in range(6)]
    before = open_files(daemon)
    client = asker()
    client.send((1, "subscribe", {}))
    for n, call in enumerate(calls):
        client.send(
            (10 + n, "openAudio", {"callId": call}),
            (30 + n, "status", {}),
            (50 + n, "openAudio", {"callId": call}),
            (70 + n, "generateDigits", {"callId": call, "digits": "1"}),
        )
    client.until(*range(10, 16), *range(30, 36), *range(50, 56))
    assert all("error" in client.answers[n] for n in range(50, 56))
    assert set(client.sockets) == set(range(10, 16))
    # Which is which: the one that is closed is told by its number.
    for n in (3, 0, 5):
        client.sockets[10 + n].close()
        closed = app.wait(ev.AudioClosed)
        assert closed.audio == client.answers[10 + n]["result"]["audio"]
        assert closed.call_id == calls[n]
    for call in calls:
        app.call(mm.CloseAudio(call_id=call)) if call in (calls[1], calls[2], calls[4]) else None
        app.call(m.ClearConnection(call_id=call))
    ended = 0
    while ended < 2 * len(calls):
        app.wait(ev.ConnectionCleared)
        ended += 1
    assert open_files(daemon) <= before + 1


def test_batch_and_notification(daemon, app, asker) -> None:
    out, into = app.connect()
    client = asker()
    batch = [
        {"jsonrpc": "2.0", "id": 1, "method": "calls"},
        {"jsonrpc": "2.0", "id": 2, "method": "openAudio", "params": {"callId": out}},
    ]
    client.socket.sendall(json.dumps(batch).encode() + b"\n")
    # The one with a descriptor has a line of its own.
    data = b""
    fds: list[int] = []
    while data.count(b"\n") < 2:
        more, passed, _, _ = socket.recv_fds(client.socket, 65536, 4)
        data += more
        fds += passed
    first, second = map(json.loads, data.splitlines())
    assert [a["id"] for a in first] == [1] and second["id"] == 2
    assert len(fds) == 1
    os.close(fds[0])
    assert app.wait(ev.AudioClosed).audio == second["result"]["audio"]
    silent = {"jsonrpc": "2.0", "method": "openAudio", "params": {"callId": out}}
    client.socket.sendall(json.dumps(silent).encode() + b"\n")
    assert app.wait(ev.AudioClosed).audio == second["result"]["audio"] + 1
    client.send((3, "calls", {}))
    client.until(3)
    app.hang_up(out, into)


def test_clients_that_go_with_their_descriptor_unread(daemon, app, asker) -> None:
    out, into = app.connect()
    before = open_files(daemon)
    for _ in range(3):
        client = asker()
        client.send((1, "openAudio", {"callId": out}))
        assert client.socket.recv(1, socket.MSG_PEEK), "the answer is there, and stays unread"
        with pytest.raises(Refused, match="live audio already"):
            app.client.open_audio(mm.OpenAudio(call_id=out))
        client.close()
        assert app.wait(ev.AudioClosed).reason == "gone"
    app.hang_up(out, into)
    end = time.monotonic() + 90
    while open_files(daemon) > before:  # the engine's thread gives them back when it comes to it
        assert time.monotonic() < end, f"{open_files(daemon)} files are open, not {before}"
        app.call(m.Status())


def test_client_shuts_its_side_and_still_gets_it(app, asker) -> None:
    out, into = app.connect()
    client = asker()
    client.send((1, "openAudio", {"callId": out}))
    client.socket.shutdown(socket.SHUT_WR)
    client.until(1)
    assert client.sockets[1].recv(4096)
    assert not client.take(), "closed when all was answered"
    client.sockets[1].close()
    app.wait(ev.AudioClosed)
    app.hang_up(out, into)


def test_asyncio_client(daemon, app) -> None:
    out, into = app.connect()

    async def main() -> None:
        client = await AsyncClient.connect(daemon.socket)
        with pytest.raises(LocalError, match=r"use open_audio\(\)"):
            await client.call(mm.OpenAudio(call_id=out))
        opened, sock = await client.open_audio(mm.OpenAudio(call_id=out))
        packet = await asyncio.get_running_loop().sock_recv(sock, 4096)
        assert len(packet) == 320
        await client.call(mm.CloseAudio(call_id=out))
        sock.close()
        await client.close()
        assert app.wait(ev.AudioClosed).audio == opened.audio

    asyncio.run(main())
    app.hang_up(out, into)


def test_no_descriptor_left_for_it(daemon, app) -> None:
    """A client at its limit of open files is told so; what was lost is not taken for another's."""
    import resource

    out, into = app.connect()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    held: list[int] = []
    gc.collect()
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
    try:
        try:
            while True:
                held.append(os.dup(0))
        except OSError:
            pass
        with pytest.raises(Unreachable, match="too many open files"):
            app.client.open_audio(mm.OpenAudio(call_id=out))
    finally:
        for fd in held:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    app.wait(ev.AudioClosed)
    opened, sock = app.client.open_audio(mm.OpenAudio(call_id=out))
    sock.close()
    assert app.wait(ev.AudioClosed).audio == opened.audio
    app.hang_up(out, into)


# Full buffers: server and node in this process, virtual time


class Bench:
    """A node with some calls, the server around it, and connections to it."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.rig = Rig(directory)
        node = self.rig.node
        self.loop = asyncio.new_event_loop()
        self.server = Server(node.config.daemon, self.loop, lambda: 0)
        self.server.service = self.rig.service
        for event in self.rig.seen:
            self.server.event(event, "")
        node.sinks.append(self.server.event)
        self.run = self.rig.run
        self.calls = [self.rig.call().near.call_id for _ in range(4)]

    def turn(self, rounds: int = 8) -> None:
        for _ in range(rounds):
            self.loop.run_until_complete(asyncio.sleep(0))

    def connect(self) -> tuple[Asker, socket.socket]:
        """A client, and the server's socket to it."""
        here, there = socket.socketpair()
        here.setblocking(False)
        same = there.dup()
        self.loop.run_until_complete(
            self.loop.connect_accepted_socket(lambda: Connection(self.server), there)
        )
        return Asker(here), same

    def read(self, client: Asker, *ids: int) -> None:
        """Let both sides work until these answers came."""
        for _ in range(2000):
            self.turn(2)
            try:
                while client.take():
                    pass
            except BlockingIOError:
                pass
            if set(ids) <= set(client.answers):
                return
        raise AssertionError(f"no answers {set(ids) - set(client.answers)}")

    def close(self) -> None:
        for client in list(self.server.clients):
            client.close()
        self.turn()
        self.rig.close()
        self.loop.close()


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def fill(sock: socket.socket) -> None:
    """Empty lines until the kernel takes no more."""
    try:
        while True:
            sock.send(b"\n" * 4096, socket.MSG_DONTWAIT)
    except BlockingIOError:
        pass


def test_kernel_buffer_full(bench: Bench) -> None:
    """Nothing waits in the daemon, yet the answer with the descriptor does not fit."""
    client, same = bench.connect()
    fill(same)
    client.send((1, "openAudio", {"callId": bench.calls[0]}))
    bench.turn()
    (connection,) = bench.server.clients
    client.send((2, "calls", {}))
    bench.turn()
    client.send((3, "openAudio", {"callId": bench.calls[1]}), (4, "subscribe", {}))
    bench.turn()
    assert not client.answers
    assert connection in bench.server.clients, "slow is not gone"
    bench.read(client, 1, 2, 3, 4)
    check_sockets(bench, client, {1: bench.calls[0], 3: bench.calls[1]})
    same.close()
    client.close()


def test_daemon_buffer_full(bench: Bench) -> None:
    """What waits goes first, and whole lines stay whole."""
    client, same = bench.connect()
    count = 0
    while True:
        try:
            client.send(*((1000 + count + n, "status", {}) for n in range(10)))
        except BlockingIOError:
            break
        count += 10
        bench.turn(1)
        if count > 300:
            break
    requests = [(n + 1, "openAudio", {"callId": call}) for n, call in enumerate(bench.calls)]
    client.send(*requests, (99, "subscribe", {}))
    bench.turn()
    assert not client.answers
    bench.read(client, 1, 2, 3, 4, 99, *range(1000, 1000 + count))
    check_sockets(bench, client, dict(zip((1, 2, 3, 4), bench.calls, strict=True)))
    same.close()
    client.close()


def test_a_deaf_client_holds_few_descriptors(bench: Bench) -> None:
    """One that opens and closes audio for ever and never reads is not read from either."""
    client, same = bench.connect()
    fill(same)
    before = len(os.listdir("/proc/self/fd"))
    where = {"callId": bench.calls[0]}
    pair = ((1, "openAudio", where), (2, "closeAudio", where))
    sent = 0
    try:
        while sent < 3000:
            client.send(*pair)
            sent += 1
            if sent % 10 == 0:
                bench.turn(2)
                bench.run(0.05)
    except BlockingIOError:
        pass
    assert sent > 200
    assert len(os.listdir("/proc/self/fd")) < before + 40
    # It goes: all is given back.
    client.close()
    same.close()
    bench.turn()
    bench.run(0.1)
    assert not bench.server.clients
    assert len(os.listdir("/proc/self/fd")) < before + 2


def test_gone_while_it_waits(bench: Bench) -> None:
    client, same = bench.connect()
    fill(same)
    client.send((1, "openAudio", {"callId": bench.calls[0]}))
    bench.turn()
    client.close()
    same.close()
    bench.turn()
    assert not bench.server.clients
    bench.run(0.1)
    assert [e.reason for e in bench.rig.of(ev.AudioClosed)] == ["gone"]


def check_sockets(bench: Bench, client: Asker, calls: dict[int, int]) -> None:
    """Each descriptor is the audio of the call that its request named."""
    assert set(client.sockets) == set(calls)
    for id, call in reversed(calls.items()):
        client.sockets[id].close()
        bench.run(0.1)
        bench.turn()
        bench.read(client)
        closed = [e for e in client.events if e["event"] == "AudioClosed"][-1]
        assert closed["audio"] == client.answers[id]["result"]["audio"]
        assert closed["callId"] == call
