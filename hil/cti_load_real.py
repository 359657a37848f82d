"""The load of cti_load.py on a daemon in a process of its own, in real time: what it costs."""

from __future__ import annotations

import asyncio
import contextlib
import json
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
from collections.abc import Callable, Iterator
from typing import Any, Final

from ..errors import Error
from .cti_load import Load, config_text

_PATIENCE: Final = 120.0
PRIORITY: Final = 10
"""Of a daemon that comes before other programs, and of who takes the time."""
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
while data := sock.recv(1 << 16):
    now = time.time_ns()
    *lines, rest = (rest + data).split(b"\\n")
    for line in lines:
        if b'"method":"event"' in line:
            told = decode(line).params
            if told.event in names:
                found.append((now - told.time) / 1e6)
print(json.dumps(found), flush=True)
"""


def may_come_first() -> bool:
    """This machine lets us have a real-time priority."""
    ask = f"import os; os.sched_setscheduler(0, os.SCHED_RR, os.sched_param({PRIORITY + 1}))"
    done = subprocess.run([sys.executable, "-c", ask], check=False, stderr=subprocess.DEVNULL)
    return done.returncode == 0


def before_others(pid: int) -> None:
    """Other programs on this machine shall not be what is measured. Error: not permitted."""
    try:
        os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(PRIORITY))
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
    """CPU seconds of a process's first thread; where the kernel counts them, in nanoseconds and not
    by ticks of the clock."""
    try:
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/schedstat").read_text()
    except FileNotFoundError:
        return _seconds(f"/proc/{pid}/task/{pid}/stat")
    return int(text.split()[0]) / 1e9


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


class Stopped:
    """One more client, in a process of its own, that stands still (SIGSTOP) for ``seconds``."""

    def __init__(self, path: str, seconds: float) -> None:
        self._seconds: Final = seconds
        command = [sys.executable, "-m", "trunkd.hil.cti_load_watch", path]
        self._process: Final = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()
        self._process.send_signal(signal.SIGSTOP)
        loop = asyncio.get_running_loop()
        self._goes_on: Final = loop.create_future()
        loop.call_later(seconds, self._go_on)

    def _go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)
        self._goes_on.set_result(None)

    def __enter__(self) -> Stopped:
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.kill()
        self._process.communicate()

    def _ask(self) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    async def found(self, last: int) -> tuple[dict[str, Any], list[str]]:
        """How it came back, once all calls are over and the daemon told events up to ``last``; and
        what it knows otherwise than it must."""
        await self._goes_on
        knows = await asyncio.get_running_loop().run_in_executor(None, self._ask)
        wrong = [f"the stopped client: {text}" for text in knows["wrong"]]
        if knows["up"]:
            wrong.append(f"the stopped client: knows {len(knows['up'])} calls that are over")
        if knows["last"] < last:
            wrong.append(f"the stopped client: was told events up to {knows['last']} of {last}")
        lost = sum(end - begin + 1 for begin, end in knows["lost"])
        came = {"seconds": self._seconds, "eventsLost": lost, "eventsTold": knows["events"]}
        return came, wrong


async def _loaded(daemon: RealDaemon, load: Load, seconds: float, stop: float) -> dict[str, Any]:
    async with load:
        truth = await load.begin_far()
        idle = [daemon.cpu(), daemon.cpu_all(), time.monotonic()]
        await asyncio.sleep(2.0)
        before = [daemon.cpu(), daemon.cpu_all(), time.monotonic()]
        with Stopped(daemon.path, stop) if stop else contextlib.nullcontext() as stands:
            await load.offer(seconds)
            await load.settle()
            after = [daemon.cpu(), daemon.cpu_all(), time.monotonic()]
            found: dict[str, Any] = {}
            wrong = load.faults(truth)
            if stands is not None:
                whole = next(client for client in load.clients if client.wanted.whole)
                found["stopped"], more = await stands.found(whole.last)
                wrong += more
        rest, rest_all = (
            (b - a) / (before[2] - idle[2]) for a, b in zip(idle[:2], before, strict=False)
        )
        took = after[2] - before[2]
        calls = max(1, sum(client.placed for client in load.clients))
        busy = after[0] - before[0] - rest * took
        busy_all = after[1] - before[1] - rest_all * took
        return {
            **load.summary(),
            **found,
            "events": truth.events,
            "seconds": round(took, 2),
            "idleShare": round(rest, 4),
            "loopMsPerCall": round(1000 * busy / calls, 3),
            "allMsPerCall": round(1000 * busy_all / calls, 3),
            "callsPerSecondOfOneCore": round((1 - rest) * calls / busy, 1),
            "rssMiB": round(daemon.rss() / (1 << 20), 1),
            "wrong": wrong,
        }


def beside(folder: str, work: Callable[[str, float], dict[str, Any]], stop: float) -> Any:
    """The same run without a stopped client, and with it: ``work(folder, stop)``."""
    found = {}
    for name, seconds in (("without", 0.0), ("with", stop)):
        pathlib.Path(folder, name, "media").mkdir(parents=True)
        found[name] = work(f"{folder}/{name}", seconds)
    return {**found, "wrong": [text for one in found.values() for text in one["wrong"]]}


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
    text = config_text(folder, priority=PRIORITY if first else 0)
    with RealDaemon(folder, profile=profile, text=text) as daemon:

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
