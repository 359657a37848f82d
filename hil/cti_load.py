"""Many clients of one daemon under load: is every event of each one there, in order, and legal?

Sixteen E1 in pairs (480 channels), each trunk's incoming calls answered by one client, and all
clients placing calls in turn, every client with a subscription of its own. What each was told is
held against a model (cti_load_model.py) and against what the daemon told altogether.

`python -m trunkd.hil.cti_load` runs in virtual time and prints a JSON summary; its exit code tells.
With ``--real`` the daemon is a process of its own, in real time (cti_load_real.py).
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import functools
import json
import pathlib
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import msgspec

from ..board.clock import SECOND, VirtualClock
from ..daemon import events as ev
from ..daemon import methods as m
from ..daemon.config_check import loads
from ..daemon.runner import Runner
from ..errors import Error
from .cti_load_client import LoadClient
from .cti_load_loop import VirtualLoop
from .cti_load_model import STATE_EVENTS, Digest, Told, Wanted

_CONFIG: Final = """\
[daemon]
runtime_dir = "{dir}"
records = "{dir}/records.jsonl"
media_dir = "{dir}/media"
metrics = ""
drain = "100ms"
client_queue = {queue}
priority = {priority}
[[board]]
name = "b0"
address = "sim://load"
[board.sim]
spans = {spans}
block_ms = 1
cable = "{cables}"
"""
_TRUNK: Final = """\
[[trunk]]
name = "t{span}"
span = "b0/{span}"
signalling = "pri"
[trunk.pri]
side = "{side}"
"""

CHANNELS: Final = 30
"""Of one E1 with a D-channel."""
_PATIENCE: Final = 300.0
"""Seconds for anything that has to happen at last."""


def config_text(folder: str, spans: int = 16, queue: int = 8192, priority: int = 0) -> str:
    """Spans cabled in pairs, a PRI trunk on each. ``queue``: events that are kept for clients."""
    cables = ",".join(f"{n}-{n + 1}" for n in range(1, spans, 2))
    text = _CONFIG.format(dir=folder, spans=spans, cables=cables, queue=queue, priority=priority)
    for span in range(1, spans + 1):
        text += _TRUNK.format(span=span, side="user" if span % 2 else "network")
    return text


_EPOCH: Final = 1_700_000_000 * SECOND
"""Wall time at which virtual time begins, in ns."""


def session_of(number: int) -> str:
    """Session of client ``number``: the calls that it places and answers are its own."""
    return f"load{number}"


def wanted_of(number: int, spans: int) -> tuple[Wanted, str]:
    """Subscription of client ``number``, and the trunk whose calls it answers ("": none)."""
    trunk = f"t{number % spans + 1}"
    if number < spans:
        return Wanted(trunks=(trunk,)), trunk
    return (
        Wanted(),
        Wanted(events=("Established", "ConnectionCleared")),
        Wanted(devices=(f"trunk/{trunk}",)),
        Wanted(events=tuple(sorted(STATE_EVENTS))),
        Wanted(events=("Originated", "Failed"), trunks=(trunk,)),
        Wanted(sessions=(session_of(number),)),
        Wanted(devices=tuple(f"trunk/{trunk}/{channel}" for channel in range(1, 6))),
    )[number % 7], ""


def _same(client: LoadClient) -> LoadClient:
    return client


class Truth:
    """What the daemon told altogether, by subscription: heard from its node, or from a client that
    hears everything."""

    def __init__(self, wanted: set[Wanted]) -> None:
        self.events = 0
        self.first = 0
        """The first event that counts."""
        self._digests: Final = {one: Digest() for one in wanted}
        self._encode: Final = msgspec.json.Encoder().encode
        self._read: Final = msgspec.json.Decoder(Told).decode

    def event(self, event: ev.Event, trunk: str) -> None:
        """The daemon tells this."""
        if event.seq >= self.first:
            params = self._encode(event)
            self.add(self._read(params), params, trunk)

    def heard(self, told: Told, params: bytes) -> None:
        """A client that hears everything was told this; which trunk, its device says."""
        trunk = told.trunk or (told.device.split("/")[1] if told.device else "")
        self.add(told, params, trunk)

    def add(self, told: Told, params: bytes, trunk: str) -> None:
        """An event is due to all whose subscription has it."""
        self.events += 1
        for wanted, digest in self._digests.items():
            if wanted.has(told, trunk):
                digest.add(params)

    def of(self, wanted: Wanted) -> Digest:
        """What a client with this subscription must have been told."""
        return self._digests[wanted]


class Load:
    """``rate``: calls a second that the clients offer together; ``hold``: seconds from the answer
    of a call to its end. The same ``seed`` dials the same numbers."""

    def __init__(
        self,
        path: str,
        clients: int = 50,
        rate: float = 200.0,
        hold: float = 1.0,
        spans: int = 16,
        seed: int = 1,
    ) -> None:
        self._path: Final = path
        self._rate: Final = rate
        self._spans: Final = spans
        self._random: Final = random.Random(seed)
        self.offered = 0
        self.peak = 0
        """Channels that were in use at once, as far as looked at."""
        self.clients: list[LoadClient] = []
        for number in range(clients):
            wanted, answers = wanted_of(number, spans)
            self.clients.append(LoadClient(wanted, f"trunk/{answers}/" if answers else "", hold))

    async def __aenter__(self) -> Load:
        return self

    async def __aexit__(self, *exc: object) -> None:
        """All clients hang up."""
        for client in self.clients:
            await client.close()

    async def connect(self) -> int:
        """All clients connect, and subscribe when the links are up; the last event before that."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _PATIENCE
        for client in self.clients:
            await loop.create_unix_connection(functools.partial(_same, client), self._path)
        first = self.clients[0]
        while True:
            trunks = (await first.asked(m.Trunks())).trunks
            if len(trunks) == self._spans and all(t.up for t in trunks):
                break
            if loop.time() > end:
                raise Error(f"the links do not come up: {[t.reason for t in trunks if not t.up]}")
            await asyncio.sleep(0.05)
        seq = 0
        for number, client in enumerate(self.clients):
            hello = m.Hello(client="load", session=session_of(number))
            seq = int((await client.asked(hello)).seq)
        for client in self.clients:
            await client.subscribe(seq)
        return seq

    async def begin(self, daemon: VirtualDaemon) -> Truth:
        """Connect, and hear from the daemon itself what it tells from then on."""
        truth = Truth({client.wanted for client in self.clients})
        for client in self.clients:
            client.wall = daemon.wall
        truth.first = await self.connect() + 1
        daemon.runner.node.sinks.append(truth.event)
        return truth

    async def begin_far(self) -> Truth:
        """Connect to a daemon in another process."""
        truth = Truth({client.wanted for client in self.clients})
        next(client for client in self.clients if client.wanted.whole).heard = truth.heard
        await self.connect()
        return truth

    async def offer(self, seconds: float) -> None:
        """Calls at even intervals, from each client and on each trunk in turn."""
        loop = asyncio.get_running_loop()
        begin, calls = loop.time(), round(self._rate * seconds)
        for n in range(calls):
            await asyncio.sleep(max(0.0, begin + n / self._rate - loop.time()))
            client = self.clients[n % len(self.clients)]
            trunk = n % len(self.clients) % self._spans + 1
            client.place(f"trunk/t{trunk}", f"{self._random.randrange(10**7):07d}")
            self.offered += 1
            if n % max(1, round(self._rate / 4)) == 0:
                # A quarter of a second passed: some of the clients look whether they are right.
                for one in self._random.sample(self.clients, min(5, len(self.clients))):
                    one.look()
                self.peak = max([self.peak, *(len(c.model.up) for c in self.clients)])

    async def settle(self) -> None:
        """Until every call is over and every client was told all that there is."""
        first = self.clients[0]
        end = asyncio.get_running_loop().time() + _PATIENCE
        while calls := (await first.asked(m.Calls())).calls:
            if asyncio.get_running_loop().time() > end:
                raise Error(f"{len(calls)} calls do not end, as {calls[0]}")
            await asyncio.sleep(0.05)
        for client in self.clients:
            client.look()
        for client in self.clients:
            await client.asked(m.Calls())
        for client in self.clients:
            client.finish()

    def faults(self, truth: Truth) -> list[str]:
        """What any client was told otherwise than it must be."""
        wrong = []
        for number, client in enumerate(self.clients):
            wrong += [f"client {number}: {text}" for text in client.faults]
            due = truth.of(client.wanted)
            if not client.lost and client.told != due:
                wrong.append(f"client {number}: was told {client.told} instead of {due}")
            if client.follows and client.model.up:
                wrong.append(f"client {number}: knows {len(client.model.up)} calls that are over")
        return wrong

    def summary(self) -> dict[str, Any]:
        """Counts of all clients."""
        refused: collections.Counter[str] = collections.Counter()
        for client in self.clients:
            refused.update(client.refused)
        whole = [client for client in self.clients if client.wanted.whole]
        return {
            "clients": len(self.clients),
            "offered": self.offered,
            "placed": sum(client.placed for client in self.clients),
            "answered": whole[0].model.established // 2 if whole else 0,
            "refused": dict(refused),
            "peakChannels": self.peak,
            "eventsToClients": sum(client.told.count for client in self.clients),
            "snapshots": sum(client.snapshots for client in self.clients),
            "latestMs": round(1000 * max(client.latest for client in self.clients), 3),
        }


class VirtualDaemon:
    """The daemon on a stepped board, with everything that it has, in this process."""

    def __init__(self, text: str) -> None:
        self.clock: Final = VirtualClock(0, _EPOCH)
        self.loop: Final = VirtualLoop(self.clock)
        self._text: Final = text
        self.runner: Runner

    def wall(self) -> int:
        """Virtual time, as events have it."""
        return self.clock.wall(self.clock.now())

    def run(self, work: Callable[[VirtualDaemon], Awaitable[None]]) -> None:
        """Start it, do ``work``, and stop it as it should be."""
        with contextlib.closing(self.loop):
            asyncio.set_event_loop(self.loop)
            try:
                self.loop.run_until_complete(self._run(work))
            finally:
                asyncio.set_event_loop(None)

    async def _run(self, work: Callable[[VirtualDaemon], Awaitable[None]]) -> None:
        async with self._running():
            await work(self)

    @contextlib.asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        self.runner = Runner(loads(self._text), clock=self.clock)
        begun = asyncio.Event()
        life = self.loop.create_task(self.runner.run(begun.set))
        started = self.loop.create_task(begun.wait())
        await asyncio.wait([life, started], return_when=asyncio.FIRST_COMPLETED)
        if life.done():
            started.cancel()
            life.result()
        self.loop.stepped(self.runner.node.boards)
        try:
            yield
        finally:
            self.runner.shut_down(0)
            await life


def virtual(folder: str, seconds: float, clients: int, rate: float, hold: float, seed: int) -> Any:
    """A run in virtual time; its summary."""
    daemon = VirtualDaemon(config_text(folder))
    found: dict[str, Any] = {}

    async def work(daemon: VirtualDaemon) -> None:
        async with Load(f"{folder}/trunkd.sock", clients, rate, hold, seed=seed) as load:
            truth = await load.begin(daemon)
            await load.offer(seconds)
            await load.settle()
            found.update(load.summary(), events=truth.events, wrong=load.faults(truth))

    begin, cpu = time.perf_counter(), time.process_time()
    daemon.run(work)
    found["seconds"] = round(time.perf_counter() - begin, 2)
    found["cpuSeconds"] = round(time.process_time() - cpu, 2)
    return found


def options() -> argparse.ArgumentParser:
    """The command's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="of load")
    parser.add_argument("--clients", type=int, default=50, help="with a subscription each")
    parser.add_argument("--rate", type=float, default=200.0, help="calls a second offered")
    parser.add_argument("--hold", type=float, default=1.0, help="seconds from answer to end")
    parser.add_argument("--seed", type=int, default=1, help="of all that is random")
    parser.add_argument("--real", action="store_true", help="a daemon in real time")
    parser.add_argument(
        "--first", action="store_true", help="real time: with [daemon] priority (SCHED_RR, root)"
    )
    parser.add_argument("--profile", default="", help="real time: file for the daemon's profile")
    parser.add_argument(
        "--stop", type=float, default=0.0, help="real time: SIGSTOP one client for so many seconds"
    )
    parser.add_argument(
        "--beside", action="store_true", help="the same run without the stopped client before it"
    )
    return parser


def main() -> int:
    asked = options().parse_args()
    with tempfile.TemporaryDirectory(prefix="trunkd-load-") as folder:
        pathlib.Path(folder, "media").mkdir()
        what = (folder, asked.seconds, asked.clients, asked.rate, asked.hold, asked.seed)
        if asked.real:
            from .cti_load_real import beside, real  # it imports this

            def run(folder: str, stop: float) -> Any:
                return real(folder, *what[1:], asked.first, asked.profile, stop)

            found = beside(folder, run, asked.stop) if asked.beside else run(folder, asked.stop)
        else:
            found = virtual(*what)
    print(json.dumps(found))
    return 1 if found["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
