"""``trunkd ss7 …`` against a daemon with two signalling points, as a technician types it."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "daemon"))
from ss7_rig import ss7_config

DAEMON = 'runtime_dir = "{dir}"\nrecords = "off"\nmedia_dir = "{dir}/media"\nmetrics = ""'


@pytest.fixture(scope="module")
def ss7_daemon(daemon_with):
    return daemon_with(ss7_config(daemon=DAEMON))


@pytest.fixture
def app(ss7_daemon, subscribed):
    made = subscribed(ss7_daemon, after=None)
    made.links_up("pstn", "exchange")
    made.circuits_idle()
    return made


@pytest.fixture
def trunkd(ss7_daemon, app, at_socket):
    return at_socket(ss7_daemon)


def test_tables(trunkd) -> None:
    links = trunkd("ss7", "links")
    assert links.returncode == 0
    first = next(x for x in links.stdout.splitlines() if x.startswith("near-set/0"))
    for word in ("b0/1/16", "1-2-4", "up", "in service"):
        assert word in first
    linksets = trunkd("ss7", "linksets").stdout.splitlines()
    assert linksets[1].split()[:4] == ["near-set", "near", "1-2-3", "1-2-4"]
    routes = trunkd("ss7", "routes").stdout.splitlines()
    assert routes[1].split() == ["near", "1-2-4", "near-set", "adjacent", "allowed", "yes", "-",
                                 "pstn"]  # fmt: skip
    circuits = trunkd("ss7", "circuits", "pstn").stdout.splitlines()
    assert circuits[1].split() == ["pstn", "1-15,17-31", "30", "b0/1", "1-15,17-31", "idle", "odd"]
    assert len(circuits) == 3
    each = trunkd("ss7", "circuits", "--each").stdout.splitlines()
    assert len(each) == 121


def test_json(trunkd) -> None:
    links = json.loads(trunkd("ss7", "links", "--json").stdout)
    assert [x["name"] for x in links] == ["near-set/0", "near-set/1", "far-set/0", "far-set/1"]
    assert {x["state"] for x in json.loads(trunkd("ss7", "routes", "--json").stdout)} == {"allowed"}
    assert len(json.loads(trunkd("ss7", "circuits", "--json").stdout)) == 120
    assert len(json.loads(trunkd("ss7", "linksets", "--json").stdout)) == 2


def test_status_shows_links(trunkd) -> None:
    status = trunkd("status").stdout
    assert "near-set/1" in status and "in service" in status
    assert "b0/1, b0/2" in status


def test_block_unblock_reset_query(trunkd) -> None:
    blocked = trunkd("ss7", "block", "pstn", "1-3,5")
    assert blocked.returncode == 0, blocked.stderr
    assert "acknowledged" in blocked.stdout
    table = trunkd("ss7", "circuits", "pstn").stdout
    assert "1-3,5" in table and "blocked here" in table
    assert "blocked by the far end" in trunkd("ss7", "circuits", "exchange").stdout
    unblocked = trunkd("ss7", "unblock", "pstn", "1-3,5")
    assert unblocked.returncode == 0, unblocked.stderr
    reset = trunkd("ss7", "reset", "trunk/pstn", "1,2")
    assert reset.returncode == 0 and "RestartDone" in reset.stdout
    query = trunkd("ss7", "query", "pstn", "7")
    assert query.returncode == 0 and "as here" in query.stdout
    checked = trunkd("ss7", "continuity", "pstn", "9")
    assert checked.returncode == 0 and "pstn/9 ok" in checked.stdout


def test_hardware_blocking_ends_calls(trunkd, app) -> None:
    app.connect(device="trunk/pstn/11")
    done = trunkd("ss7", "block", "--hardware", "pstn", "11")
    assert done.returncode == 0, done.stderr
    assert "no calls" in trunkd("calls").stdout
    assert trunkd("ss7", "unblock", "--hardware", "pstn", "11").returncode == 0


def test_links_are_inhibited_tested_and_put_back(trunkd) -> None:
    inhibited = trunkd("ss7", "inhibit", "near-set/1")
    assert inhibited.returncode == 0 and "near-set/1 is inhibited" in inhibited.stdout
    table = trunkd("ss7", "links").stdout
    assert "inhibited here" in table and "! link near-set/1 down" in table
    last = trunkd("ss7", "inhibit", "near-set/0")
    assert last.returncode == 1 and "inhibit failed" in last.stderr
    assert trunkd("ss7", "uninhibit", "near-set/1").returncode == 0
    tested = trunkd("ss7", "link", "test", "near-set/1")
    assert tested.returncode == 0 and "passed the test" in tested.stdout


def test_deactivate_and_activate(trunkd) -> None:
    assert trunkd("ss7", "deactivate", "near-set/1").returncode == 0
    assert "`trunkd ss7 activate near-set/1`" in trunkd("ss7", "links").stdout
    refused = trunkd("ss7", "link", "test", "near-set/1")
    assert refused.returncode == 1 and "link near-set/1 is not in service" in refused.stderr
    slow = trunkd("ss7", "activate", "near-set/1", "--timeout", "0.5")
    assert slow.returncode == 1 and "not done after 0.5 s" in slow.stderr


def test_trace_to_terminal_and_file(trunkd, app, ss7_daemon, tmp_path: pathlib.Path) -> None:
    # Fill-ins count, too: 60 frames are more than a call.
    # Of a link that is still being aligned other frames would be traced.
    assert trunkd("ss7", "activate", "near-set/1", "--timeout", "90").returncode == 0
    pcap = tmp_path / "t.pcapng"
    command = [sys.executable, "-m", "trunkd", "--socket", ss7_daemon.socket, "trace", "--ladder",
               "--trunk", "pstn", "--pcap", str(pcap), "--count", "60"]  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        while process.poll() is None:
            app.hang_up(*app.connect(device="trunk/pstn"))
        output, notes = process.communicate(timeout=90)
    assert process.returncode == 0, notes
    assert "IAM CIC" in output and "near-set/" in output and "far-set" not in output
    assert "60 frames" in notes
    ladder = trunkd("decode", "--ladder", str(pcap)).stdout
    assert "near to 1-2-4" in ladder and "IAM CIC" in ladder
    every = [json.loads(line) for line in trunkd("decode", "--json", str(pcap)).stdout.splitlines()]
    assert len(every) == 60 and {frame["link_type"] for frame in every} == {139}
    assert not [frame["reasons"] for frame in every if frame["reasons"]]
    assert trunkd("decode", "--label", "martian", str(pcap)).returncode == 1
    assert trunkd("trace", "--trunk", "nobody").returncode == 1


def test_mistakes(trunkd, tmp_path: pathlib.Path) -> None:
    unknown = trunkd("ss7", "block", "pstn", "16")
    assert unknown.returncode == 1 and "no circuit 16" in unknown.stderr
    for arguments in (("block", "pstn", "3-1"), ("block", "pstn", "one"), ("block", "pstn")):
        assert trunkd("ss7", *arguments).returncode == 2
    link = trunkd("ss7", "inhibit", "near-set")
    assert link.returncode == 1 and "near-set/0, near-set/1" in link.stderr
    nobody = subprocess.run(
        [sys.executable, "-m", "trunkd", "--socket", str(tmp_path / "s"), "ss7", "links"],
        capture_output=True,
        check=False,
    )
    assert nobody.returncode == 3
