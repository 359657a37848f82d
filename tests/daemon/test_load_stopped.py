"""A client that stands still (SIGSTOP) for a minute of virtual time while calls go on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pathlib
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from trunkd.daemon.methods_session import ClientsOf
from trunkd.hil.cti_load import Load, VirtualDaemon, config_text

STOPPED = 60.0
RATE = 12.0


@contextlib.asynccontextmanager
async def watching(daemon: VirtualDaemon, path: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A client in a process of its own, once it has subscribed."""
    with daemon.loop.held():
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "trunkd.hil.cti_load_watch",
            path,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        assert await process.stdout.readline()
    try:
        yield process
    finally:
        with daemon.loop.held():
            process.kill()
            await process.wait()


async def what_it_knows(
    daemon: VirtualDaemon, process: asyncio.subprocess.Process
) -> dict[str, Any]:
    """While time stands still for the daemon."""
    assert process.stdin is not None
    assert process.stdout is not None
    with daemon.loop.held():
        process.stdin.write(b"\n")
        found: dict[str, Any] = json.loads(await process.stdout.readline())
        return found


async def behind(load: Load, pid: int) -> int:
    clients = (await load.clients[0].asked(ClientsOf())).clients
    return next(client.behind for client in clients if client.pid == pid)


async def stop_one(daemon: VirtualDaemon, load: Load, path: str) -> None:
    """It stands still for a minute, and must know what the others know soon after."""
    async with watching(daemon, path) as process:
        await load.offer(1.0)
        os.kill(process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        await load.offer(STOPPED)
        assert await behind(load, process.pid) > 2048
        os.kill(process.pid, signal.SIGCONT)
        await load.offer(1.5)

        found = await what_it_knows(daemon, process)
        whole = next(client for client in load.clients if client.wanted.whole)
        ((first, last),) = found["lost"]
        assert found["wrong"] == []
        assert found["snapshots"] == 1
        assert last - first > 2048
        assert found["last"] == whole.last == daemon.runner.node.seq
        assert found["up"] == sorted([call, *state] for call, state in whole.model.up.items())
        assert len(found["up"]) > RATE  # both ends of the calls that are up


async def stop_none(daemon: VirtualDaemon, load: Load, path: str) -> None:
    """The same calls, and nobody else."""
    await load.offer(1.0)
    await load.offer(STOPPED)
    await load.clients[0].asked(ClientsOf())
    await load.offer(1.5)


def others(
    folder: pathlib.Path, calls: Callable[[VirtualDaemon, Load, str], Awaitable[None]]
) -> tuple[list[int], dict[str, Any]]:
    """How many events each of the others was told, and what they count altogether."""
    (folder / "media").mkdir(parents=True)
    daemon = VirtualDaemon(config_text(str(folder), queue=2048))
    path = str(folder / "trunkd.sock")
    told: list[int] = []
    summary: dict[str, Any] = {}

    async def work(daemon: VirtualDaemon) -> None:
        async with Load(path, clients=22, rate=RATE, seed=3) as load:
            truth = await load.begin(daemon)
            await calls(daemon, load, path)
            await load.settle()
            assert load.faults(truth) == []
            told.extend(client.told.count for client in load.clients)
            summary.update(load.summary())

    daemon.run(work)
    return told, summary


def test_a_stopped_client_costs_others_nothing_and_finds_its_way_back(
    tmp_path: pathlib.Path,
) -> None:
    told, summary = others(tmp_path / "a", stop_one)
    told_alone, alone = others(tmp_path / "b", stop_none)
    # As many calls, and events for each of the others, as without it.
    assert told == told_alone
    for count in ("offered", "placed", "answered", "refused"):
        assert summary[count] == alone[count]
    assert summary["placed"] == summary["offered"] > RATE * STOPPED
    # Nobody waited for it: each event was there in the block in which it came about.
    assert summary["latestMs"] <= 1.0
    assert alone["latestMs"] <= 1.0
