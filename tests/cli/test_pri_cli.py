"""``trunkd pri``, and ``status``, ``channels``, ``trace`` of an NFAS trunk."""

from __future__ import annotations

import json
import pathlib
import subprocess
from collections.abc import Callable

import pytest

from trunkd.board.capture import read_capture
from trunkd.daemon import events as ev

CONFIG = """\
[daemon]
runtime_dir = "{dir}"
records = "off"
metrics = ""

[[board]]
name = "b0"
address = "sim://nfas"
[board.sim]
spans = 7
cable = "1-4,2-5"
kind = "t1"
[[board.sim.span]]
number = 7
kind = "e1"

[[trunk]]
name = "pstn"
signalling = "pri"
[trunk.pri]
side = "user"
variant = "ni2"
backup = "b0/2"
interfaces = [{span = "b0/1"}, {span = "b0/2", id = 3}]
link = {t203 = "2s"}

[[trunk]]
name = "exchange"
signalling = "pri"
[trunk.pri]
side = "network"
variant = "ni2"
backup = "b0/5"
interfaces = [{span = "b0/4"}, {span = "b0/5", id = 3}]
link = {t203 = "2s"}

[[trunk]]
name = "euro"
span = "b0/7"
signalling = "pri"
[trunk.pri]
side = "user"
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def nfas(daemon_with):
    return daemon_with(CONFIG)


@pytest.fixture
def app(nfas, subscribed):
    made = subscribed(nfas, after=None)
    made.links_up("pstn", "exchange")
    return made


@pytest.fixture
def trunkd(nfas, app, at_socket) -> Run:
    return at_socket(nfas)


def states(run: Run, trunk: str) -> dict[str, str]:
    (found,) = json.loads(run("pri", "dchannels", trunk, "--json").stdout).values()
    return {d["span"]: d["state"] for d in found}


def test_switch_there_and_back(trunkd: Run) -> None:
    before = states(trunkd, "pstn")
    assert sorted(before.values()) == ["in service", "stand-by"]
    for _ in range(2):
        done = trunkd("pri", "switch", "pstn")
        assert done.returncode == 0 and "D-channel" in done.stdout and "in service" in done.stdout
        after = states(trunkd, "trunk/exchange")
        assert sorted(after.values()) == ["in service", "stand-by"]
    assert states(trunkd, "pstn") == before
    refused = trunkd("pri", "switch", "euro")
    assert refused.returncode == 1 and "no stand-by D-channel" in refused.stderr
    assert trunkd("pri", "dchannels", "nobody").returncode == 2


def test_block_and_unblock(trunkd: Run, app) -> None:
    done = trunkd("pri", "block", "pstn", "2,97-98")
    assert done.returncode == 0, done.stderr
    app.wait(ev.ChannelChanged, trunk="exchange", channel=98, state="blockedThere")
    shown = [line.split() for line in trunkd("channels", "exchange").stdout.splitlines()]
    assert ["exchange", "97", "b0/5/1", "blockedThere"] in [row[:4] for row in shown]
    assert trunkd("pri", "unblock", "trunk/pstn", "2,97-98").returncode == 0
    app.wait(ev.ChannelChanged, trunk="exchange", channel=98, state="idle")
    etsi = trunkd("pri", "block", "euro", "1")
    assert etsi.returncode == 1 and "has no SERVICE messages" in etsi.stderr
    assert "no channel 24" in trunkd("pri", "block", "pstn", "24").stderr


def test_status_names_both_d_channels(trunkd: Run) -> None:
    text = trunkd("status").stdout
    rows = [line.split() for line in text.splitlines()]
    assert [row[:3] for row in rows if row[:1] == ["pstn"] and len(row) < 7] == [
        ["pstn", "b0/1/24", "0"],
        ["pstn", "b0/2/24", "3"],
    ]
    assert ["pstn", "b0/1,", "b0/2", "user", "up"] in [row[:5] for row in rows]
    assert "b0/7/16" not in text


def test_trace_of_two_d_channels(trunkd: Run, tmp_path: pathlib.Path) -> None:
    """Both links are supervised (T203): each is asked every 2 s."""
    path = tmp_path / "t.pcapng"
    done = trunkd(
        "trace", "--trunk", "pstn", "--pcap", str(path), "--count", "8", "--duration", "30"
    )
    assert done.returncode == 0, done.stderr
    assert " b0/1/24 pstn " in done.stdout and " b0/2/24 pstn " in done.stdout
    assert {frame.interface for frame in read_capture(path)} == {"b0/1/24 pstn", "b0/2/24 pstn"}
    refused = trunkd("trace", "--trunk", "nobody", "--count", "1")
    assert refused.returncode == 1 and "pstn, exchange, euro\n" in refused.stderr
