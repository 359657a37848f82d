"""The daemon as a real process on a real socket, with two simulated spans cabled together."""

from __future__ import annotations

import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.client import Client
from trunkd.daemon.config_check import loads
from trunkd.daemon.node import Node
from trunkd.daemon.virtual import run_until
from trunkd.hil.virtual_load import config_text

CONFIG = """\
[daemon]
runtime_dir = "{dir}"
records = "{dir}/records.jsonl"
records_sync = "50ms"
media_dir = "{dir}/media"
metrics = "127.0.0.1:0"
{daemon}

[[board]]
name = "b0"
address = "sim://test"
[board.sim]
spans = 2
[[board.sim.cables]]
ends = [1, 2]

[[trunk]]
name = "pstn"
span = "b0/1"
signalling = "pri"
{pstn}
[trunk.pri]
side = "user"
{user}

[[trunk]]
name = "exchange"
span = "b0/2"
signalling = "pri"
{exchange}
[trunk.pri]
side = "network"
{network}
"""


class Daemon:
    """A running daemon. ``directory`` holds its socket, records and voice files."""

    def __init__(
        self,
        directory: pathlib.Path,
        environment: dict[str, str] | None = None,
        text: str = "",
        **extra: str,
    ) -> None:
        self.directory = directory
        values = dict.fromkeys(("daemon", "pstn", "user", "exchange", "network"), "")
        if text:
            text = text.replace("{dir}", str(directory))
        else:
            text = CONFIG.format(dir=directory, **{**values, **extra})
        self.config = directory / "trunkd.toml"
        self.config.write_text(text)
        (directory / "media").mkdir(exist_ok=True)
        self.socket = str(directory / "trunkd.sock")
        self.clients: list[Client] = []
        self._environment = environment or {}
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        (directory / "notify").unlink(missing_ok=True)
        self.notices.bind(str(directory / "notify"))
        self.log = (directory / "log").open("ab")
        self.start()

    def start(self) -> None:
        """At first, and again after it was stopped or killed."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "trunkd", "run", "-c", str(self.config)],
            stdout=self.log,
            stderr=subprocess.STDOUT,
            env={
                "NOTIFY_SOCKET": str(self.directory / "notify"),
                "PATH": "/usr/bin:/bin",
                **self._environment,
            },
        )
        try:
            self.until("READY=1")
        except BaseException:
            self.close()
            raise

    def until(self, notice: str) -> None:
        """Wait for what the daemon tells systemd."""
        end = os.pidfd_open(self.process.pid)
        poll = select.poll()  # tests with many clients have descriptors above 1024
        poll.register(self.notices, select.POLLIN)
        poll.register(end, select.POLLIN)
        try:
            while True:
                ready = [fd for fd, _ in poll.poll(120_000)]
                if self.notices.fileno() not in ready:
                    raise AssertionError(f"no {notice}: {self.log_text()}")
                if self.notices.recv(4096).startswith(notice.encode()):
                    return
        finally:
            os.close(end)

    def log_text(self) -> str:
        return (self.directory / "log").read_text()

    def client(self) -> Client:
        made = Client(self.socket)
        self.clients.append(made)
        return made

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(120)

    def close(self) -> None:
        for client in self.clients:
            client.close()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(60)
        self.notices.close()
        self.log.close()


class App:
    """A client that has subscribed, with all it has seen."""

    def __init__(self, client: Client, after: int | None = 0) -> None:
        self.client = client
        self.seen: list[Any] = []
        client.call(m.Subscribe(after=after))

    def call(self, params: m.Params) -> Any:
        return self.client.call(params)

    def wait(self, wanted: type[Any], /, timeout: float = 90.0, **fields: Any) -> Any:
        """The next event of this kind with these fields; those before are only kept."""
        deadline = time.monotonic() + timeout
        while True:
            event = self.client.next_event(max(0.0, deadline - time.monotonic()))
            if event is None:
                raise AssertionError(f"no {wanted.__name__} {fields}; seen: {self.seen[-12:]}")
            self.seen.append(event)
            if isinstance(event, wanted) and all(getattr(event, k) == v for k, v in fields.items()):
                return event

    def links_up(self, *trunks: str) -> None:
        """Wait until these trunks' links are up."""
        waiting = set(trunks or ("pstn", "exchange"))
        waiting -= {t.name for t in self.call(m.Trunks()).trunks if t.up}
        while waiting:
            event = self.wait(ev.LinkChanged, up=True)
            waiting.discard(event.trunk)

    def circuits_idle(self) -> None:
        """Wait until all circuits are: SS7 resets them when the exchange is reached first."""
        while any(t.idle < t.channels for t in self.call(m.Trunks()).trunks):
            self.wait(ev.ChannelChanged, state="idle")

    def dial(self, called: str = "200", device: str = "trunk/pstn", **more: Any) -> tuple[int, int]:
        """Place a call; the ids of both ends once it alerts at both."""
        made = self.call(m.MakeCall(called=called, device=device, **more))
        ring = self.wait(ev.Delivered, direction="in")
        self.wait(ev.Delivered, direction="out", call_id=made.call_id)
        return made.call_id, ring.call_id

    def connect(self, **more: Any) -> tuple[int, int]:
        """Place a call and answer it; the ids of both ends once both are connected."""
        out, into = self.dial(**more)
        self.call(m.AnswerCall(call_id=into))
        waiting = {out, into}
        while waiting:
            waiting.discard(self.wait(ev.Established).call_id)
        return out, into

    def hang_up(self, call_id: int, *others: int, cause: int = 16) -> list[Any]:
        """Clear a call; the ConnectionCleared of all its ends, in order of call id."""
        self.call(m.ClearConnection(call_id=call_id, cause=cause))
        ends: dict[int, Any] = {}
        while set(ends) < {call_id, *others}:
            event = self.wait(ev.ConnectionCleared)
            ends[event.call_id] = event
        return [ends[i] for i in sorted(ends)]


@pytest.fixture(autouse=True)
def held_to_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests, answers and events of every test here fit the OpenRPC document."""
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    import wire_contract

    wire_contract.watch(monkeypatch)


StartDaemon = Callable[..., Daemon]


@pytest.fixture
def start_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartDaemon]:
    running: list[Daemon] = []

    def start(**extra: Any) -> Daemon:
        running.append(Daemon(tmp_path_factory.mktemp("d"), **extra))
        return running[-1]

    yield start
    for daemon in running:
        daemon.close()


@pytest.fixture(scope="module")
def daemon_with(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Daemon]]:
    """Start a daemon of a module with a whole configuration; "{dir}" in it is its directory."""
    running: list[Daemon] = []

    def start(text: str) -> Daemon:
        running.append(Daemon(tmp_path_factory.mktemp("d"), text=text))
        return running[-1]

    yield start
    for daemon in running:
        daemon.close()


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One daemon for the tests of a module that leave no call behind."""
    running = Daemon(tmp_path_factory.mktemp("d"))
    yield running
    running.close()


@pytest.fixture
def app(daemon: Daemon) -> App:
    made = App(daemon.client(), after=None)
    made.links_up()
    return made


@pytest.fixture
def subscribed() -> Callable[..., App]:
    """A client of a daemon that sees all events from the first, or those behind ``after``."""
    return lambda daemon, after=0: App(daemon.client(), after)


@pytest.fixture
def pair():
    """A node in virtual time: user1 and network1 on one cable, the link up."""
    node = Node(loads(config_text(1, 1)), VirtualClock())
    node.open()
    node.start()
    run_until(node, 3 * SECOND)
    assert node.trunk("user1").up and node.trunk("network1").up
    yield node
    node.close()
