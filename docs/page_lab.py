"""A daemon in virtual time for the pages: the real node, server and metrics, the same each run.

What the pages show as "a real run" is one: the lines are those that the server writes to a
connected socket, on the board of examples/back-to-back.toml.
"""

from __future__ import annotations

import asyncio
import pathlib
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec
from page_tools import ROOT

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.daemon.callstore import CallStore
from trunkd.daemon.config_check import load
from trunkd.daemon.metrics import Metrics
from trunkd.daemon.node import Node
from trunkd.daemon.records import RecordFile
from trunkd.daemon.server import Client, Server
from trunkd.daemon.service import Service
from trunkd.daemon.virtual import run_until

EXAMPLE: Final = ROOT / "examples" / "back-to-back.toml"
SS7_EXAMPLE: Final = ROOT / "examples" / "ss7-china24.toml"
R2_EXAMPLE: Final = ROOT / "examples" / "r2-china.toml"
POTS_EXAMPLE: Final = ROOT / "examples" / "pots.toml"
SMDI_EXAMPLE: Final = ROOT / "examples" / "voicemail.toml"
INSTANCE: Final = "9b1dc0fe"
EPOCH: Final = 1_767_600_000 * SECOND
"""2026-01-05 08:00:00 UTC."""
_TURNS: Final = 12
"""Rounds of the event loop after which everything that one line causes was written."""


class Terminal:
    """A connection to the daemon, as ``nc -U`` has it, with all that went over it."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._here, there = socket.socketpair()
        self._here.setblocking(False)
        loop = lab.loop
        loop.run_until_complete(loop.connect_accepted_socket(lambda: Client(lab.server), there))
        self.lines: list[str] = []

    def type(self, line: str) -> dict[str, object]:
        """Send a line; the answer to it. Events that come with it are kept too."""
        self.lines.append(f"> {line}")
        self._here.sendall(line.encode() + b"\n")
        for message in self._receive():
            if "id" in message:
                return message
        raise AssertionError(f"no answer to {line}")

    def listen(self, seconds: float) -> list[dict[str, object]]:
        """Let virtual time pass; the events that came."""
        self._lab.run(seconds)
        return self._receive()

    def say(self, text: str) -> None:
        """A remark between the lines."""
        self.lines += ["", f"# {text}"]

    def hang_up(self) -> None:
        """Close the connection."""
        self._here.close()
        self._lab.turn()

    def _receive(self) -> list[dict[str, object]]:
        self._lab.turn()
        data = b""
        try:
            while more := self._here.recv(1 << 20):
                data += more
        except BlockingIOError:
            pass
        made = []
        for line in data.decode().splitlines():
            self.lines.append(f"< {line}")
            made.append(msgspec.json.decode(line))
        return made


class Lab:
    """Node, server and metrics; also the Host that methods ask."""

    def __init__(self, directory: pathlib.Path, client_queue: int, example: pathlib.Path) -> None:
        config = load(example)
        config.daemon.records = str(directory / "records.jsonl")
        config.daemon.media_dir = str(directory)
        config.daemon.client_queue = client_queue
        self.config_path = str(example)
        self.started = EPOCH
        self.loop = asyncio.new_event_loop()
        self.node = Node(config, VirtualClock(0, EPOCH), INSTANCE)
        self.server = Server(config.daemon, self.loop, lambda: self.node.wall(self.node.now()))
        self.server.service = Service(self.node, self)
        self.records = RecordFile(config.daemon.records, INSTANCE)
        self.metrics = Metrics(self.node, self.server, self.records)
        self.metrics.store = CallStore(f"{config.daemon.records}.db", "")
        self.node.sinks += [self.server.event, self.metrics.media.event]
        self.node.call_sinks += [self.metrics.call_ended, self.records.call_ended]

    def journal_first(self) -> int:
        return self.server.journal.first

    def client_count(self) -> int:
        return len(self.server.clients)

    def metrics_address(self) -> str:
        return self.node.config.daemon.metrics

    def shut_down(self, drain: int | None) -> None:
        self.node.drain(True)

    def turn(self) -> None:
        """Some rounds of the event loop."""
        for _ in range(_TURNS):
            self.loop.run_until_complete(asyncio.sleep(0))

    def run(self, seconds: float) -> None:
        """Let virtual time pass."""
        run_until(self.node, self.node.now() + round(seconds * SECOND))
        self.turn()

    def close(self) -> None:
        self.node.close()
        self.records.close()
        if self.metrics.store is not None:
            self.metrics.store.close()
        for client in list(self.server.clients):
            client.close()
        self.turn()
        self.loop.close()


@contextmanager
def lab(client_queue: int = 8192, example: pathlib.Path = EXAMPLE) -> Iterator[Lab]:
    """A daemon whose links are up."""
    with tempfile.TemporaryDirectory(prefix="trunkd-docs-") as directory:
        made = Lab(pathlib.Path(directory), client_queue, example)
        try:
            made.node.open()
            made.node.start()
            made.run(5)
            yield made
        finally:
            made.close()
