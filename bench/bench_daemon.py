"""The daemon: frame to socket event, requests on the socket, an hour of calls in virtual time."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pathlib
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

from harness import BenchError, Result, bench, compare

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.client import Client
from trunkd.hil.cti_load_real import PRIORITY, before_others, may_come_first
from trunkd.hil.virtual_load import VirtualLoad

CONFIG = """\
[daemon]
runtime_dir = "{dir}"
records = "{dir}/records.jsonl"
media_dir = "{dir}/media"
metrics = ""
drain = "10ms"
priority = {priority}
{boards}
"""

BOARD = """\
[[board]]
name = "{name}"
address = "sim://{name}"
[board.sim]
spans = 2
block_ms = 1
cable = "1-2"
[[trunk]]
name = "{name}-user"
span = "{name}/1"
signalling = "pri"
[trunk.pri]
side = "user"
[[trunk]]
name = "{name}-network"
span = "{name}/2"
signalling = "pri"
[trunk.pri]
side = "network"
"""

BLOCK_MS = 1.0
AIM_MS = 5.0 + BLOCK_MS
CALLS = 200
CONCURRENT = 8
REQUESTS = 40_000
PIPELINE = 32

ECHO = """\
import asyncio, sys, msgspec
class Request(msgspec.Struct):
    jsonrpc: str
    id: int
    method: str
    params: msgspec.Raw
decode = msgspec.json.Decoder(Request).decode
encode = msgspec.json.Encoder().encode
class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.rest = transport, b""
    def data_received(self, data):
        *lines, self.rest = (self.rest + data).split(b"\\n")
        out = []
        for line in lines:
            r = decode(line)
            out.append(encode({"jsonrpc": "2.0", "id": r.id, "result": r.params}))
        out.append(b"")
        self.transport.write(b"\\n".join(out))
async def main():
    server = await asyncio.get_running_loop().create_unix_server(Echo, sys.argv[1])
    print("ready", flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


@contextlib.contextmanager
def daemon(priority: int = 0) -> Iterator[str]:
    """A daemon with two cabled spans; the path of its socket once it is ready."""
    with tempfile.TemporaryDirectory(prefix="trunkd-bench-") as name:
        directory = pathlib.Path(name)
        config = directory / "trunkd.toml"
        boards = "".join(BOARD.format(name=name) for name in ("quiet", "busy"))
        config.write_text(CONFIG.format(dir=directory, boards=boards, priority=priority))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
            notices.bind(str(directory / "notify"))
            process = subprocess.Popen(
                [sys.executable, "-m", "trunkd", "run", "-c", str(config)],
                env={**os.environ, "NOTIFY_SOCKET": str(directory / "notify")},
                stderr=subprocess.PIPE,
            )
            try:
                if not select.select([notices], [], [], 20)[0]:
                    process.kill()
                    assert process.stderr is not None
                    raise BenchError(f"the daemon did not start: {process.stderr.read()!r}")
                yield str(directory / "trunkd.sock")
            finally:
                process.terminate()
                process.communicate(timeout=30)


@contextlib.contextmanager
def echo() -> Iterator[tuple[str, int]]:
    """ECHO at work: its socket and its process."""
    with tempfile.TemporaryDirectory(prefix="trunkd-bench-") as name:
        path = os.path.join(name, "echo.sock")
        command = [sys.executable, "-c", ECHO, path]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            yield path, process.pid
            process.kill()


def wait_links(client: Client) -> None:
    client.call(m.Subscribe(after=0))
    up = {t.name for t in client.call(m.Trunks()).trunks if t.up}
    while len(up) < 4:
        event = client.next_event(20)
        if event is None:
            raise BenchError("the links did not come up in 20 s")
        if isinstance(event, ev.LinkChanged) and event.up:
            up.add(event.trunk)


FROM_FRAMES = (ev.NetworkReached, ev.Delivered, ev.Established, ev.ConnectionCleared)
"""Events that a received frame causes, whose ``time`` is the board's time of that frame."""


class Caller:
    """Keeps so many calls going on a board, answers and clears them."""

    def __init__(self, client: Client, board: str, concurrent: int) -> None:
        self.client = client
        self.device = f"trunk/{board}-user"
        self.prefix = f"trunk/{board}-"
        self.concurrent = concurrent
        self.up: set[int] = set()
        self.ended = 0

    def fill(self) -> None:
        while len(self.up) < self.concurrent:
            made = self.client.call(m.MakeCall(called="100", device=self.device))
            self.up.add(made.call_id)

    def take(self, event: ev.Event) -> None:
        if isinstance(event, ev.Delivered) and event.direction == "in":
            if event.device.startswith(self.prefix):
                self.client.call(m.AnswerCall(call_id=event.call_id))
        elif isinstance(event, ev.Established) and event.call_id in self.up:
            self.client.call(m.ClearConnection(call_id=event.call_id))
        elif isinstance(event, ev.ConnectionCleared) and event.call_id in self.up:
            self.up.remove(event.call_id)
            self.ended += 1


def observe(path: str, results: Connection) -> None:
    """A client that only listens: latencies (ms) of the quiet board's events, in its process."""
    latencies: list[float] = []
    with Client(path) as client:
        client.call(m.Subscribe(trunks=["quiet-user", "quiet-network"]))
        results.send([])
        ended = 0
        while ended < CALLS:
            event = client.next_event(20)
            now = time.time_ns()
            if event is None:
                break
            if isinstance(event, FROM_FRAMES):
                latencies.append((now - event.time) / 1e6)
            ended += isinstance(event, ev.ConnectionCleared) and "user" in event.device
    results.send(latencies)


@bench("event_latency_p99")
def event_latency() -> list[Result]:
    """From the block in which a D-channel frame ended to its event in the client's hands.

    Measured on one board with one call at a time, so that no request of ours moves the times of
    its events; another board of the same daemon has CONCURRENT calls coming and going meanwhile.
    Daemon and observer come before other programs where that is permitted ([daemon] priority).
    """
    first = may_come_first()
    with daemon(PRIORITY if first else 0) as path, Client(path) as client:
        wait_links(client)
        ours, theirs = multiprocessing.Pipe()
        observer = multiprocessing.get_context("fork").Process(target=observe, args=(path, theirs))
        observer.start()
        if first:
            before_others(observer.pid or 0)
        ours.recv()
        quiet, busy = Caller(client, "quiet", 1), Caller(client, "busy", CONCURRENT)
        while quiet.ended < CALLS:
            quiet.fill()
            busy.fill()
            event = client.next_event(20)
            if not isinstance(event, ev.Event):
                raise BenchError("calls do not proceed")
            quiet.take(event)
            busy.take(event)
        load = busy.ended
        latencies: list[float] = ours.recv()
        observer.join(30)
    cuts = statistics.quantiles(latencies, n=100)
    aim = f"aim 5 ms + block ({len(latencies)} events, {load} other calls)"
    return [
        compare(
            f"event_latency_{name}",
            ours=value,
            peer=AIM_MS,
            peer_name=aim,
            unit="ms",
            lower_is_better=True,
        )
        for name, value in (("p50", cuts[49]), ("p99", cuts[98]))
    ]


def requests_a_second(path: str, line: bytes) -> float:
    """Answers a second to ``line`` with PIPELINE requests under way."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(30)
        sock.connect(path)
        batch = line * PIPELINE
        begin, got = time.perf_counter(), 0
        sock.sendall(batch)
        while got < REQUESTS:
            answers = sock.recv(1 << 18).count(b"\n")
            if not answers:
                continue
            got += answers
            sock.sendall(line * answers)
        return got / (time.perf_counter() - begin)


@contextlib.contextmanager
def all_first(pids: tuple[int, ...]) -> Iterator[None]:
    """These processes (0: this one) come before other programs, and do no more afterwards."""
    for pid in pids:
        before_others(pid)
    try:
        yield
    finally:
        for pid in pids:
            os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))


@bench("socket_requests_piped")
def socket_requests_piped() -> Result:
    """Requests a second beside a bare asyncio and msgspec echo of the same line, PIPELINE of them
    under way on one connection: what a request costs where the kernel costs next to nothing. In
    turns, by the clock; the best of nine, for other programs only ever take away."""
    params = b'{"device":"trunk/quiet-user/1"}'
    line = b'{"jsonrpc":"2.0","id":1,"method":"snapshotDevice","params":%b}\n' % params
    first = may_come_first()
    with (
        daemon(PRIORITY if first else 0) as path,
        Client(path) as client,
        echo() as (other, pid),
        all_first((0, pid) if first else ()),
    ):
        wait_links(client)
        rates = [(requests_a_second(path, line), requests_a_second(other, line)) for _ in range(9)]
    return compare(
        "socket_requests_piped",
        ours=max(rate for rate, _ in rates),
        peer=max(rate for _, rate in rates),
        peer_name="msgspec echo",
        unit="requests/s",
    )


@bench("virtual_hour")
def virtual_hour() -> Result:
    """An hour of 60 channels of 20 s calls on two simulated E1 links, both ends."""
    digests = set()
    took = []
    for _ in range(2):
        load = VirtualLoad()
        begin = time.perf_counter()
        load.run(3600)
        took.append(time.perf_counter() - begin)
        digests.add(load.digest)
        if load.failed:
            raise BenchError(f"{len(load.failed)} calls failed: {load.failed[:5]}")
    if len(digests) != 1:
        raise BenchError("two runs of the virtual hour have different logs")
    return compare(
        "virtual_hour",
        ours=max(took),
        peer=90.0,
        peer_name=f"aim ({load.completed} calls)",
        unit="s",
        lower_is_better=True,
    )
