"""The socket beside plain msgspec programs: events to many clients, memory, calls, latency."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import pathlib
import selectors
import socket
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from multiprocessing.connection import Connection
from typing import ClassVar

import msgspec
from bench_daemon import echo
from harness import WORK, BenchError, Result, bench, compare

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.client import Client
from trunkd.daemon.config_check import loads
from trunkd.daemon.runner import Runner
from trunkd.errors import Error
from trunkd.hil.cti_load import config_text
from trunkd.hil.cti_load_real import (
    RealDaemon,
    may_come_first,
    real,
    report,
    thread_seconds,
)

CLIENTS = 50
ROUNDS = 4000
BURST = 5
"""Events that come up in one round of the loop, and go to a client in one write."""
ASKING = 32
REQUESTS = 60_000
LISTENERS = 400
CALLERS = 200
CLIENT_LIMIT = 32.0
"""KiB of a client that has subscribed."""
CALL_LIMIT = 16.0
"""KiB of a connection: a call has one at each of its two ends."""


def event(number: int) -> ev.Event:
    """An event as calls make most of them."""
    time = 1_700_000_000_000_000_000 + number
    return ev.Delivered(number, time, number, "trunk/t1/17", "in", "5550100", "5550123")


# Events to many clients


def drain(path: str, clients: int, bytes_each: Connection) -> None:
    """Take all that comes on so many connections, in a process of its own."""
    socks = []
    subscribe = b'{"jsonrpc":"2.0","id":1,"method":"subscribe","params":{}}\n'
    for _ in range(clients):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(path)
        sock.sendall(subscribe)
        socks.append(sock)
    lines = 0
    with selectors.EpollSelector() as selector:
        for sock in socks:
            selector.register(sock, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                assert isinstance(key.fileobj, socket.socket)
                data = key.fileobj.recv(1 << 18)
                lines += data.count(b'"method":"event"')
                if not data:
                    selector.unregister(key.fileobj)
    bytes_each.send(lines)


async def ours(directory: str, told: Connection) -> float:
    """CPU seconds of the daemon's loop for ROUNDS of events to CLIENTS."""
    runner = Runner(loads(config_text(directory, 2)))
    ready = asyncio.Event()
    life = asyncio.get_running_loop().create_task(runner.run(ready.set))
    await ready.wait()
    told.send(f"{directory}/trunkd.sock")
    node, server = runner.node, runner.server
    while sum(client.events is not None for client in server.clients) < CLIENTS:
        await asyncio.sleep(0.01)
    begin = time.thread_time()
    for _ in range(ROUNDS):
        for _ in range(BURST):
            node.seq += 1
            node.emit(event(node.seq), "t1")
        await asyncio.sleep(0)
        while any(client.behind for client in server.clients):
            await asyncio.sleep(0)
    took = time.thread_time() - begin
    runner.shut_down(0)
    await life
    return took


class Plain(asyncio.Protocol):
    """A client of the plain writer."""

    there: ClassVar[list[asyncio.Transport]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.there.append(transport)


async def plain(directory: str, told: Connection) -> float:
    """The same events, encoded by msgspec and written to everybody, and nothing else."""
    loop = asyncio.get_running_loop()
    encode = msgspec.json.Encoder().encode
    path = f"{directory}/plain.sock"
    server = await loop.create_unix_server(Plain, path)
    told.send(path)
    while len(Plain.there) < CLIENTS:
        await asyncio.sleep(0.01)
    number = 0
    begin = time.thread_time()
    for _ in range(ROUNDS):
        lines = []
        for _ in range(BURST):
            number += 1
            line = encode(event(number))
            lines.append(b'{"jsonrpc":"2.0","method":"event","params":' + line + b"}\n")
        data = b"".join(lines)
        for transport in Plain.there:
            transport.write(data)
        await asyncio.sleep(0)
        while any(transport.get_write_buffer_size() for transport in Plain.there):
            await asyncio.sleep(0)
    took = time.thread_time() - begin
    for transport in Plain.there:
        transport.close()
    server.close()
    await server.wait_closed()
    return took


Sender = Callable[[str, Connection], Awaitable[float]]


def send(sender: Sender, directory: str, told: Connection) -> None:
    """In a process of its own."""

    async def run() -> float:
        return await sender(directory, told)

    told.send(asyncio.run(run()))


def sent_a_second(sender: Sender) -> float:
    """Events to one client or another for a CPU second of the sender."""
    fork = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory(prefix="trunkd-bench-") as directory:
        ends = [fork.Pipe() for _ in range(2)]
        sending = fork.Process(target=send, args=(sender, directory, ends[0][1]))
        sending.start()
        path = ends[0][0].recv()
        taking = fork.Process(target=drain, args=(path, CLIENTS, ends[1][1]))
        taking.start()
        seconds = float(ends[0][0].recv())
        sending.join(60)
        lines = int(ends[1][0].recv())
        taking.join(60)
    if lines < CLIENTS * ROUNDS * BURST:
        raise BenchError(f"{lines} events came of {CLIENTS * ROUNDS * BURST}")
    return CLIENTS * ROUNDS * BURST / seconds


@bench("socket_events")
def socket_events() -> Result:
    """Events to 50 clients that hear everything, numbered, journalled and encoded, beside a
    program that encodes them and writes them. By the sender's CPU time; the best of three."""
    rates = [(sent_a_second(ours), sent_a_second(plain)) for _ in range(3)]
    return compare(
        "socket_events",
        ours=max(rate for rate, _ in rates),
        peer=max(rate for _, rate in rates),
        peer_name=f"plain msgspec writer ({CLIENTS} clients)",
        unit="events/CPU s",
    )


# Requests


def ask(path: str, line: bytes, count: int, done: Connection) -> None:
    """ASKING clients, each with one request under way, until ``count`` are answered."""
    with contextlib.ExitStack() as stack, selectors.EpollSelector() as selector:
        for _ in range(ASKING):
            sock = stack.enter_context(socket.socket(socket.AF_UNIX))
            sock.connect(path)
            sock.sendall(line)
            selector.register(sock, selectors.EVENT_READ)
        answered = 0
        while answered < count:
            for key, _ in selector.select():
                assert isinstance(key.fileobj, socket.socket)
                if key.fileobj.recv(1 << 16).endswith(b"\n"):
                    answered += 1
                    key.fileobj.sendall(line)
        done.send(answered)


def answered_a_second(path: str, pid: int) -> float:
    """Requests for a CPU second of the thread that answers them."""
    line = b'{"jsonrpc":"2.0","id":1,"method":"snapshotDevice","params":{"device":"trunk/t1/1"}}\n'
    here, there = multiprocessing.Pipe()
    fork = multiprocessing.get_context("fork")
    before = thread_seconds(pid)
    asking = fork.Process(target=ask, args=(path, line, REQUESTS, there))
    asking.start()
    answered = int(here.recv())
    took = thread_seconds(pid) - before
    asking.join(60)
    return answered / took


@bench("socket_requests")
def socket_requests() -> Result:
    """Requests of applications that wait for each answer, beside a bare asyncio and msgspec echo of
    the same line. By the CPU time of who answers; the best of three."""
    with daemon() as process, echo() as (path, pid):
        rates = [
            (answered_a_second(process.path, process.pid), answered_a_second(path, pid))
            for _ in range(3)
        ]
    return compare(
        "socket_requests",
        ours=max(rate for rate, _ in rates),
        peer=max(rate for _, rate in rates),
        peer_name=f"msgspec echo ({ASKING} clients)",
        unit="requests/CPU s",
    )


# Memory


def kib(daemon: RealDaemon) -> float:
    return daemon.rss() / 1024


@contextlib.contextmanager
def daemon() -> Iterator[RealDaemon]:
    """Sixteen spans in pairs; all links are up."""
    with tempfile.TemporaryDirectory(prefix="trunkd-bench-") as directory:
        pathlib.Path(directory, "media").mkdir()
        with RealDaemon(directory) as process:
            with Client(process.path, 60) as client:
                client.call(m.Subscribe(after=0))
                up = {t.name for t in client.call(m.Trunks()).trunks if t.up}
                while len(up) < 16:
                    told = client.next_event(60)
                    if told is None:
                        raise BenchError("the links did not come up in 60 s")
                    if isinstance(told, ev.LinkChanged) and told.up:
                        up.add(told.trunk)
            yield process


def connect_calls(client: Client, count: int) -> None:
    """So many calls, answered at the other end."""
    waiting: set[int] = set()
    for n in range(count):
        waiting.add(client.call(m.MakeCall(called="100", device=f"trunk/t{n % 8 * 2 + 1}")).call_id)
    while waiting:
        told = client.next_event(60)
        if told is None:
            raise BenchError(f"{len(waiting)} calls are not connected")
        if isinstance(told, ev.Delivered) and told.direction == "in":
            client.call(m.AnswerCall(call_id=told.call_id))
        elif isinstance(told, ev.Established | ev.ConnectionCleared):
            waiting.discard(told.call_id)


def clear_calls(client: Client) -> None:
    """All of them, until both ends are gone."""
    for call in client.call(m.Calls()).calls:
        if call.direction == "out":
            client.call(m.ClearConnection(call_id=call.call_id))
    while client.call(m.Calls()).calls:
        client.next_event(0.05)


@bench("socket_memory")
def socket_memory() -> list[Result]:
    """What a subscribed client and a connection add to the daemon's memory (RSS)."""
    with daemon() as process, Client(process.path, 60) as client:
        client.call(m.Subscribe())
        connect_calls(client, CALLERS)  # once before: what stays is no call's
        clear_calls(client)
        before = kib(process)
        connect_calls(client, CALLERS)
        call = (kib(process) - before) / (2 * CALLERS)
        clear_calls(client)
        before = kib(process)
        others = []
        for _ in range(LISTENERS):
            other = Client(process.path, 60)
            others.append(other)
            other.call(m.Subscribe())
        each = (kib(process) - before) / LISTENERS
        for other in others:
            other.close()
    return [
        compare(
            name,
            ours=max(0.1, value),
            peer=limit,
            peer_name="limit",
            unit="KiB",
            lower_is_better=True,
        )
        for name, value, limit in (
            ("socket_memory_client", each, CLIENT_LIMIT),
            ("socket_memory_connection", call, CALL_LIMIT),
        )
    ]


# Calls


AIM_CALLS = 200.0
AIM_LATENCY = 5.0
PROFILE = WORK / "socket_calls.prof"


def load(seconds: float, rate: float, profile: str = "") -> dict[str, object]:
    """Fifty clients on sixteen spans in real time, every event of each checked."""
    first = not profile and may_come_first()
    with tempfile.TemporaryDirectory(prefix="trunkd-bench-") as directory:
        pathlib.Path(directory, "media").mkdir()
        try:
            found = real(directory, seconds, CLIENTS, rate, 1.0, 1, first, profile)
        except Error as exc:
            raise BenchError(str(exc)) from exc
    if found["wrong"]:
        raise BenchError(f"clients were told wrong: {found['wrong'][:3]}")
    return found


@bench("socket_calls")
def socket_calls() -> list[Result]:
    """Calls through the whole daemon with CTI events to 50 clients: how many one core takes, by the
    CPU time of each, and how late events are at 100 calls a second. Its profile goes to
    build/bench/socket_calls.txt; the first lines of it are printed (by bench/bench_socket.py, too).
    """
    found = load(20, 100)
    latency = found["latencyMs"]
    assert isinstance(latency, dict)
    WORK.mkdir(parents=True, exist_ok=True)
    load(8, 100, str(PROFILE))
    print(report(str(PROFILE)))
    calls = found["callsPerSecondOfOneCore"]
    assert isinstance(calls, float)
    late = f"aim 5 ms ({CLIENTS} clients, 100 calls/s)"
    return [
        compare(
            "socket_calls",
            ours=calls,
            peer=AIM_CALLS,
            peer_name=f"aim ({CLIENTS} clients, 16 E1)",
            unit="calls/CPU s",
        ),
        *(
            compare(
                f"socket_latency_{name}",
                ours=value,
                peer=AIM_LATENCY,
                peer_name=late,
                unit="ms",
                lower_is_better=True,
            )
            for name, value in latency.items()
        ),
    ]


if __name__ == "__main__":
    if not PROFILE.exists():
        raise SystemExit("no profile yet: .venv/bin/python bench/run.py socket_calls")
    print(report(str(PROFILE)))
