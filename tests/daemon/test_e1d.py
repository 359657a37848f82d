"""The daemon, unchanged, on lines that osmo-e1d's protocol gives: PRI up, calls both ways."""

from __future__ import annotations

import pathlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))

from build_c import compiled

DAEMON = """\
[daemon]
runtime_dir = "{dir}"
records = "{dir}/records.jsonl"
media_dir = "{dir}/media"
metrics = "127.0.0.1:0"

[[board]]
name = "lines"
address = "e1d://SOCKET"
[board.e1d]
lines = "LINES"
buffer_ms = 40

[[trunk]]
name = "pstn"
span = "lines/1"
signalling = "pri"
[trunk.pri]
side = "user"

[[trunk]]
name = "exchange"
span = "lines/2"
signalling = "pri"
[trunk.pri]
side = "network"
"""
CALLS = 3


def osmocoms(path: str) -> list[str]:
    sources = ("osmo_e1d_server.c", "osmo_e1d_wire.c")
    packages = "libosmocore-dev"
    program = compiled("osmo_e1d_server", sources, ("osmo_e1d.h",), ("-losmocore",), packages)
    return [program, path]


def ours(path: str) -> list[str]:
    board = "sim://served?spans=2&cable=1-2"
    return [sys.executable, "-u", "-m", "trunkd", "e1d-serve", "--board", board, "--socket", path]


SERVERS = {"osmocom": (osmocoms, "0:0,1:0"), "ours": (ours, "0:0,0:1")}


@pytest.fixture(params=sorted(SERVERS))
def served(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[tuple[str, str]]:
    """Two lines joined, served by another process: the socket, and the lines' names."""
    words, lines = SERVERS[request.param]
    path = str(tmp_path / "ctl")
    server = subprocess.Popen(words(path), stdout=subprocess.PIPE)
    assert server.stdout is not None
    try:
        assert server.stdout.readline()
        yield path, lines
    finally:
        server.terminate()
        server.wait(90)
        server.stdout.close()


@pytest.mark.peer
def test_calls_both_ways(
    served: tuple[str, str], start_daemon: Any, subscribed: Callable[..., Any]
) -> None:
    path, lines = served
    text = DAEMON.replace("SOCKET", path).replace("LINES", lines)
    app = subscribed(start_daemon(text=text))
    app.links_up()
    for device in ("trunk/pstn", "trunk/exchange"):
        for n in range(CALLS):
            ids = app.connect(called=str(200 + n), device=device)
            ends = app.hang_up(*ids)
            assert [end.cause for end in ends] == ["normalClearing"] * 2
