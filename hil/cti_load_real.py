"""The load of cti_load.py on a daemon in a process of its own, in real time: what it costs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
import pstats
import select
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any, Final

from ..errors import Error
from .cti_load import Load, config_text

_PATIENCE: Final = 120.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")
FROM_FRAMES: Final = frozenset({"NetworkReached", "Delivered", "Established", "ConnectionCleared"})
"""Events that a received frame causes, most of them; ``time`` is the board's time of the frame."""
_OBSERVER: Final = """\
import socket, sys, time, json, msgspec
from trunkd.hil.cti_load_model import Told
class Line(msgspec.Struct):
    params: Told
decode = msgspec.json.Decoder(Line).decode
sock = socket.socket(socket.AF_UNIX)
sock.connect(sys.argv[1])
sock.sendall(b'{"jsonrpc":"2.0","id":1,"method":"subscribe","params":{}}\\n')
names, found, rest = set(sys.argv[2].split(",")), [], b""
print("ready", flush=True)
while data := sock.recv(1 << 18):
    now = time.time_ns()
    *lines, rest = (rest + data).split(b"\\n")
    for line in lines:
        if b'"method":"event"' in line:
            told = decode(line).params
            if told.event in names:
                found.append((now - told.time) / 1e6)
print(json.dumps(found), flush=True)
"""


def before_others(pid: int) -> None:
    """Other programs on this machine shall not be what is measured. Error: not permitted."""
    try:
        os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(10))
    except OSError as exc:
        raise Error(f"SCHED_RR: {exc.strerror}: run it as root, or without --first") from exc


class RealDaemon:
    """``python -m trunkd run`` with cabled spans. ``profile``: a file for cProfile's numbers."""

    def __init__(self, folder: str, spans: int = 16, profile: str = "", text: str = "") -> None:
        self.path: Final = f"{folder}/trunkd.sock"
        self._told = False
        config = pathlib.Path(folder, "trunkd.toml")
        config.write_text(text or config_text(folder, spans))
        command = [sys.executable]
        if profile:
            command += ["-m", "cProfile", "-o", profile]
        notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        with notices, open(f"{folder}/log", "ab") as log:
            notices.bind(f"{folder}/notify")
            self.process: Final = subprocess.Popen(
                [*command, "-m", "trunkd", "run", "-c", str(config)],
                stdout=log,
                stderr=log,
                env={**os.environ, "NOTIFY_SOCKET": f"{folder}/notify"},
            )
            if not select.select([notices], [], [], _PATIENCE)[0]:
                self.process.kill()
                raise Error(f"the daemon did not start: {pathlib.Path(folder, 'log').read_text()}")

    def __enter__(self) -> RealDaemon:
        return self

    def end(self) -> None:
        """Tell it to stop, once: it still writes its profile."""
        if not self._told:
            self._told = True
            self.process.terminate()

    def __exit__(self, *exc: object) -> None:
        self.end()
        try:
            self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def pid(self) -> int:
        """Of the process, and of the thread with its event loop."""
        return self.process.pid

    def cpu(self) -> float:
        """CPU seconds of the event loop's thread."""
        return thread_seconds(self.pid)

    def cpu_all(self) -> float:
        """CPU seconds of all threads: the boards' and the call store's among them."""
        return _seconds(f"/proc/{self.pid}/stat")

    def rss(self) -> int:
        """Octets of memory that it has."""
        text = pathlib.Path(f"/proc/{self.pid}/statm").read_text()
        return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE")


def thread_seconds(pid: int) -> float:
    """CPU seconds of a process's first thread."""
    return _seconds(f"/proc/{pid}/task/{pid}/stat")


def _seconds(path: str) -> float:
    fields = pathlib.Path(path).read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@contextlib.contextmanager
def observer(path: str, first: bool) -> Iterator[subprocess.Popen[str]]:
    """A client in a process of its own that takes the time of every event."""
    process = subprocess.Popen(
        [sys.executable, "-c", _OBSERVER, path, ",".join(FROM_FRAMES)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        if first:
            before_others(process.pid)
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextlib.contextmanager
def stopped(path: str, seconds: float) -> Iterator[None]:
    """One more client, which stands still for the first ``seconds``."""
    if not seconds:
        yield
        return
    command = [sys.executable, "-m", "trunkd.hil.cti_load_watch", path]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGSTOP)
        asyncio.get_running_loop().call_later(seconds, process.send_signal, signal.SIGCONT)
        yield
    finally:
        process.kill()
        process.communicate()


async def _loaded(daemon: RealDaemon, load: Load, seconds: float, stop: float) -> dict[str, Any]:
    async with load:
        truth = await load.begin_far()
        idle = [daemon.cpu(), daemon.cpu_all(), time.monotonic()]
        await asyncio.sleep(2.0)
        before = [daemon.cpu(), daemon.cpu_all(), time.monotonic()]
        with stopped(daemon.path, stop):
            await load.offer(seconds)
            await load.settle()
        after = [daemon.cpu(), daemon.cpu_all(), time.monotonic()]
        rest, rest_all = (
            (b - a) / (before[2] - idle[2]) for a, b in zip(idle[:2], before, strict=False)
        )
        took = after[2] - before[2]
        calls = max(1, sum(client.placed for client in load.clients))
        busy = after[0] - before[0] - rest * took
        busy_all = after[1] - before[1] - rest_all * took
        return {
            **load.summary(),
            "events": truth.events,
            "seconds": round(took, 2),
            "idleShare": round(rest, 4),
            "loopMsPerCall": round(1000 * busy / calls, 3),
            "allMsPerCall": round(1000 * busy_all / calls, 3),
            "callsPerSecondOfOneCore": round((1 - rest) * calls / busy, 1),
            "wrong": load.faults(truth),
        }


def real(
    folder: str,
    seconds: float,
    clients: int,
    rate: float,
    hold: float,
    seed: int,
    first: bool = False,
    profile: str = "",
    stop: float = 0.0,
) -> dict[str, Any]:
    """A run in real time; its summary. The daemon's time is what its threads used (CPU)."""
    with RealDaemon(folder, profile=profile) as daemon:
        if first:
            before_others(daemon.pid)

        async def run() -> dict[str, Any]:
            load = Load(daemon.path, clients, rate, hold, seed=seed)
            with observer(daemon.path, first) as watching:
                found = await _loaded(daemon, load, seconds, stop)
                daemon.end()
                loop = asyncio.get_running_loop()
                text, _ = await loop.run_in_executor(None, watching.communicate)
            cuts = statistics.quantiles(map(float, text.strip("[]\n").split(",")), n=100)
            return {**found, "latencyMs": {"p50": cuts[49], "p99": cuts[98]}}

        found = asyncio.run(run())
    if profile:
        report(profile)
    return found


def report(profile: str, rows: int = 15) -> str:
    """The profile as text beside it; its first ``rows``, by own time."""
    path = pathlib.Path(profile).with_suffix(".txt")
    with path.open("w") as out:
        pstats.Stats(profile, stream=out).sort_stats("tottime").print_stats(60)
    lines = path.read_text().splitlines()
    begin = next(n for n, line in enumerate(lines) if line.lstrip().startswith("ncalls"))
    return "\n".join(lines[begin : begin + rows + 1])
