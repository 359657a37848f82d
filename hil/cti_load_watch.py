"""A client in a process of its own that follows all calls: to be stopped, and looked at after.

It prints a line of JSON when it has subscribed, and one for each line that it reads: what it knows.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from ..daemon import methods as m
from .cti_load_client import LoadClient
from .cti_load_model import Wanted


def report(client: LoadClient) -> dict[str, Any]:
    """What the client knows and what it was told."""
    return {
        "last": client.last,
        "events": client.told.count,
        "up": sorted((call, *state) for call, state in client.model.up.items()),
        "lost": client.lost,
        "snapshots": client.snapshots,
        "wrong": client.faults,
    }


async def _caught_up(client: LoadClient) -> None:
    """All that the daemon has told is here, and compared with a snapshot of now."""
    client.look()
    seq = (await client.asked(m.Calls())).seq
    while client.last < seq:
        await asyncio.sleep(0.01)
    client.finish()


async def watch(path: str) -> None:
    """Follow until standard input ends."""
    loop = asyncio.get_running_loop()
    client = LoadClient(Wanted())
    await loop.create_unix_connection(lambda: client, path)
    await client.asked(m.Hello(client="watch"))
    await client.subscribe(None)
    print(json.dumps(report(client)), flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        await _caught_up(client)
        print(json.dumps(report(client)), flush=True)
    await client.close()


if __name__ == "__main__":
    asyncio.run(watch(sys.argv[1]))
