"""Whose turn it is: boards, events, long answers; and which timer is the next."""

from __future__ import annotations

import ast
import asyncio
import gc
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys

import pytest

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.daemon import events as ev
from trunkd.daemon import runner
from trunkd.daemon.config_check import loads
from trunkd.daemon.node import Node
from trunkd.hil.cti_load import VirtualDaemon, config_text
from trunkd.hil.cti_load_real import may_come_first

SUBSCRIBE = b'{"jsonrpc":"2.0","id":1,"method":"subscribe","params":{}}\n'
CHANNELS = b'{"jsonrpc":"2.0","id":2,"method":"channels","params":{}}\n'
"""480 of them: a long answer."""
STATUS = b'{"jsonrpc":"2.0","id":3,"method":"calls","params":{}}\n'
CLIENTS = b'{"jsonrpc":"2.0","id":3,"method":"clients","params":{}}\n'
"""Says how many requests of each were handled before it."""


@pytest.fixture
def daemon(tmp_path: pathlib.Path) -> VirtualDaemon:
    (tmp_path / "media").mkdir()
    return VirtualDaemon(config_text(str(tmp_path)))


class Peer:
    """A subscribed client."""

    @classmethod
    async def made(cls, daemon: VirtualDaemon) -> Peer:
        self = cls()
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(daemon.runner.config.daemon.socket_path())
        self.socket.setblocking(False)
        self.rest = b""
        self.socket.send(SUBSCRIBE)
        assert (await self.read())["id"] == 1
        return self

    async def read(self) -> dict:
        """The next line."""
        while b"\n" not in self.rest:
            read = await asyncio.get_running_loop().sock_recv(self.socket, 1 << 16)
            assert read, "the daemon closed the connection"
            self.rest += read
        line, _, self.rest = self.rest.partition(b"\n")
        return json.loads(line)

    async def answer(self, id: int) -> dict:
        while (line := await self.read()).get("id") != id:
            pass
        return line["result"]

    async def until(self, id: int) -> list[str]:
        """Names of the events before this answer."""
        names = []
        while (line := await self.read()).get("id") != id:
            names.append(line["params"]["event"])
        return names


def test_events_come_before_a_second_long_answer(daemon: VirtualDaemon) -> None:
    async def work(daemon: VirtualDaemon) -> None:
        peers = [await Peer.made(daemon) for _ in range(3)]
        node, server = daemon.runner.node, daemon.runner.server
        arm = server.after_requests

        def once() -> None:
            """Something happens when the first of them has its answer."""
            server.after_requests = arm
            node.tell(ev.Draining, 0)
            arm()

        with daemon.loop.held():
            server.after_requests = once
            for peer in peers:
                peer.socket.send(CHANNELS)
            told = sorted([await peer.until(2) for peer in peers])
            # All three asked in one round of the loop: the first had its answer before it happened.
            assert [names.count("Draining") for names in told] == [0, 1, 1]
        for peer in peers:
            peer.socket.close()

    daemon.run(work)


def test_a_client_with_many_long_answers_gets_all_of_them_in_order(daemon: VirtualDaemon) -> None:
    async def work(daemon: VirtualDaemon) -> None:
        one, other = await Peer.made(daemon), await Peer.made(daemon)
        with daemon.loop.held():
            count = 40  # more than a client may have in one round
            asked = [CHANNELS.replace(b":2,", b":%d," % n) for n in range(100, 100 + count)]
            one.socket.send(b"".join(asked))
            other.socket.send(STATUS)
            for n in range(100, 100 + count):
                await one.until(n)
            await other.until(3)
        for peer in (one, other):
            peer.socket.close()

    daemon.run(work)


@pytest.mark.parametrize("greedy", [1, 3])
def test_others_wait_for_few_of_a_clients_long_answers(daemon: VirtualDaemon, greedy: int) -> None:
    """Who had a long answer has his next one when all who waited had theirs."""

    async def work(daemon: VirtualDaemon) -> None:
        many = [await Peer.made(daemon) for _ in range(greedy)]
        few = [await Peer.made(daemon) for _ in range(3)]
        asked = range(100, 140)
        with daemon.loop.held():
            for peer in many:
                peer.socket.send(b"".join(CHANNELS.replace(b":2,", b":%d," % n) for n in asked))
            for peer in few:
                peer.socket.send(CLIENTS)
            all_ = [asyncio.ensure_future(peer.answer(asked[-1])) for peer in many]
            for result in await asyncio.gather(*(peer.answer(3) for peer in few)):
                had = [found["requests"] - 1 for found in result["clients"][:greedy]]  # subscribe
                # One before they were read from, one when they were the first who waited.
                assert max(had) <= 2
            assert all(len(result["channels"]) == 480 for result in await asyncio.gather(*all_))
        for peer in many + few:
            peer.socket.close()

    daemon.run(work)


def test_who_waits_and_goes_holds_nobody_up(daemon: VirtualDaemon) -> None:
    async def work(daemon: VirtualDaemon) -> None:
        one, gone, last = [await Peer.made(daemon) for _ in range(3)]
        with daemon.loop.held():
            one.socket.send(CHANNELS * 8)
            gone.socket.send(CHANNELS * 8)
            gone.socket.close()
            last.socket.send(STATUS)
            await last.until(3)
            for _ in range(8):
                await one.until(2)
        for peer in (one, last):
            peer.socket.close()

    daemon.run(work)


def test_a_read_asks_for_no_more_memory_than_is_at_hand(daemon: VirtualDaemon) -> None:
    """256 KiB, as asyncio asks for, are mapped and given back each time."""

    async def work(daemon: VirtualDaemon) -> None:
        peer = await Peer.made(daemon)
        (client,) = daemon.runner.server.clients
        feed, sizes = client._splitter.feed, []

        def fed(data: bytes) -> object:
            sizes.append(len(data))
            return feed(data)

        client._splitter.feed = fed
        with daemon.loop.held():
            line = STATUS.rstrip() + b" " * 150_000 + b"\n"
            await asyncio.get_running_loop().sock_sendall(peer.socket, line)
            await peer.until(3)
        assert sum(sizes) == len(line)
        assert max(sizes) <= 1 << 16
        peer.socket.close()

    daemon.run(work)


def test_what_a_board_tells_is_sent_at_once(daemon: VirtualDaemon) -> None:
    async def work(daemon: VirtualDaemon) -> None:
        peer = await Peer.made(daemon)
        with daemon.loop.held():
            (client,) = daemon.runner.server.clients
            (unit,) = daemon.runner.node.boards.values()
            daemon.runner.node.tell(ev.Draining, 0)
            assert client.behind == 1
            daemon.runner._board_ready(unit)
            assert client.behind == 0
            assert (await peer.read())["params"]["event"] == "Draining"
        peer.socket.close()

    daemon.run(work)


def test_collections_of_garbage_leave_out_what_was_there_at_the_start(
    tmp_path: pathlib.Path,
) -> None:
    (tmp_path / "media").mkdir()
    frozen = []

    def ready() -> None:
        frozen.append(gc.get_freeze_count())
        # Nor may another thread, as of the metrics, keep the loop waiting for longer than a block.
        assert sys.getswitchinterval() < 0.001
        os.kill(os.getpid(), signal.SIGTERM)

    before = sys.getswitchinterval()
    try:
        runner.run(loads(config_text(str(tmp_path), 2)), ready=ready)
    finally:
        gc.unfreeze()
        sys.setswitchinterval(before)
    assert frozen
    assert frozen[0] > 10_000


SCHEDULED = """\
import os, signal, sys, threading
from trunkd.daemon import config_check, runner

def all_of_them():
    found = {}
    for thread in map(int, os.listdir("/proc/self/task")):
        name = "own" if thread == os.getpid() else "other"
        policy = os.sched_getscheduler(thread) & ~os.SCHED_RESET_ON_FORK
        found.setdefault(name, set()).add((policy, os.sched_getparam(thread).sched_priority))
    return {name: sorted(each) for name, each in found.items()}

def ready():
    other = threading.Thread(target=lambda: print(all_of_them()))
    other.start()
    other.join()
    os.kill(os.getpid(), signal.SIGTERM)

runner.run(config_check.loads(open(sys.argv[1]).read()), ready=ready)
"""


def test_boards_and_the_event_loop_come_before_others_where_that_is_asked_for(
    tmp_path: pathlib.Path,
) -> None:
    """Or the daemon says what is missing."""
    (tmp_path / "media").mkdir()
    config = tmp_path / "trunkd.toml"
    config.write_text(config_text(str(tmp_path), 2, priority=7))
    done = subprocess.run(
        [sys.executable, "-c", SCHEDULED, str(config)], capture_output=True, text=True, check=False
    )
    if may_come_first():
        threads = {"own": [(os.SCHED_RR, 7)], "other": [(os.SCHED_OTHER, 0), (os.SCHED_RR, 8)]}
        assert done.returncode == 0, done.stderr
        assert ast.literal_eval(done.stdout) == threads
    else:
        assert "daemon.priority: 8 cannot be had" in done.stderr
        assert "LimitRTPRIO=8" in done.stderr


def test_the_next_timer_is_the_earliest_of_all(tmp_path: pathlib.Path) -> None:
    (tmp_path / "media").mkdir()
    node = Node(loads(config_text(str(tmp_path), 4)), VirtualClock())
    pick = random.Random(1)
    due: list[int] = []

    def deadlines() -> list[int]:
        return [*due, *(s.deadline for s in node.signallers if s.deadline is not None)]

    node.open()
    try:
        for step in range(300):
            time = pick.randrange(step, step + 50) * SECOND
            if pick.random() < 0.2:
                due.append(time)
                node.at(time, due.remove)
            else:
                one = pick.choice(node.signallers)
                one.deadline = pick.choice((None, time))
            assert node.next_timeout() == min(deadlines(), default=None)
            node.handle_timeout(step * SECOND)
            assert node.next_timeout() == min(deadlines(), default=None)
    finally:
        node.close()
