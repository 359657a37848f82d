"""``trunkd lines``, ``line``, ``cas``, ``r2``, ``trace`` of lines, as a technician types them."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from trunkd.daemon import events as ev
from trunkd.daemon import events_line
from trunkd.daemon import methods as m

CONFIG = """\
[daemon]
runtime_dir = "{dir}"
records = "off"
media_dir = "{dir}/media"
metrics = ""

[[board]]
name = "b0"
address = "sim://lines"
[board.sim]
spans = 3
cas = true
cable = "1-2"
[[board.sim.span]]
number = 3
kind = "analog"
ports = "fxs:1-2,fxo:3-4"
[[board.sim.lines]]
fxs = "3/1"
fxo = "3/3"
[[board.sim.lines]]
fxs = "3/2"
fxo = "3/4"

[[trunk]]
name = "out"
span = "b0/1"
signalling = "r2"
[trunk.r2]
variant = "cn"
channels = "1-4"
dnis_max = 2
ani = "none"

[[trunk]]
name = "in"
span = "b0/2"
signalling = "r2"
[trunk.r2]
variant = "cn"
channels = "1-4"
dnis_max = 2
ani = "none"

[[trunk]]
name = "phones"
span = "b0/3"
signalling = "fxs"
[trunk.fxs.numbers]
1 = "8001"

[[trunk]]
name = "office"
span = "b0/3"
signalling = "fxo"
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def line_daemon(daemon_with):
    return daemon_with(CONFIG)


@pytest.fixture
def app(line_daemon, subscribed):
    made = subscribed(line_daemon, after=None)
    made.links_up("out", "in")
    made.circuits_idle()
    yield made
    calls = made.call(m.Snapshot()).calls
    for call in calls:
        if call.direction == "out":
            made.call(m.ClearConnection(call_id=call.call_id))
    made.circuits_idle()


@pytest.fixture
def trunkd(line_daemon, app, at_socket) -> Run:
    return at_socket(line_daemon)


@contextlib.contextmanager
def running(daemon, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command, at work until it ends by itself or the test is through."""
    process = subprocess.Popen(
        [sys.executable, "-m", "trunkd", "--socket", daemon.socket, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def rows(text: str) -> dict[str, list[str]]:
    """The rows of a table by their first word."""
    return {line.split()[0]: line.split() for line in text.splitlines() if line.strip()}


def test_lines_of_all_kinds(trunkd: Run) -> None:
    done = trunkd("lines")
    assert done.returncode == 0
    found = rows(done.stdout)
    assert len(found) == 13
    assert found["out/1"][1:] == ["r2", "b0/1/1", "idle", "1011", "1011", "-", "idle"]
    assert found["phones/1"][1:5] == ["fxs", "b0/3/1", "idle", "battery"]
    assert found["office/3"][1:7] == ["fxo", "b0/3/3", "idle", "on", "hook", "battery"]
    assert set(rows(trunkd("lines", "trunk/phones").stdout)) == {"line", "phones/1", "phones/2"}
    assert max(len(line) for line in done.stdout.splitlines()) <= 100
    every = json.loads(trunkd("lines", "--json").stdout)
    assert [x["trunk"] for x in every] == ["out"] * 4 + ["in"] * 4 + ["phones"] * 2 + ["office"] * 2


def test_one_line_with_its_meters(trunkd: Run) -> None:
    text = trunkd("line", "show", "phones/1").stdout
    assert text.startswith("line phones/1 (fxs, b0/3/1): idle\n") and "48.0 V" in text
    assert "V.23" in trunkd("line", "show", "office/3").stdout
    assert "ohm" not in trunkd("line", "show", "trunk/in/2").stdout
    detail = json.loads(trunkd("line", "show", "office/3", "--json").stdout)
    assert detail["line"]["received"] == "battery" and detail["meters"]["ohms"] is None


def test_a_line_is_tested_and_rung(trunkd: Run, app) -> None:
    done = trunkd("line", "test", "phones/2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("phones/2 good: 48.0 V") and "REN" in done.stdout
    rung = trunkd("line", "ring", "phones/2", "--seconds", "1")
    assert (rung.returncode, rung.stdout) == (0, "phones/2 rings for 1 s\n")
    app.wait(ev.ConnectionCleared)


def test_blocking(trunkd: Run, app) -> None:
    assert trunkd("line", "block", "out/3").stdout == "out/3 blocked\n"
    app.wait(ev.ChannelChanged, trunk="in", channel=3, state="blockedThere")
    assert rows(trunkd("lines", "out").stdout)["out/3"][3] == "blockedHere"
    assert rows(trunkd("lines", "in").stdout)["in/3"][5] == "1111"
    assert trunkd("line", "unblock", "out/3").stdout == "out/3 unblocked\n"


def test_calls_on_r2_lines(trunkd: Run, app) -> None:
    assert trunkd("r2", "calls").stdout == "no calls on R2 lines\n"
    assert trunkd("r2", "calls", "--json").stdout.strip() == "[]"
    out, into = app.dial("55", "trunk/out/2")
    found = rows(trunkd("r2", "calls").stdout)
    assert found[str(out)][:8] == [str(out), "out/2", "out", "55", "-", "alerting", "0011", "1111"]
    assert "incoming" in found[str(into)][8]
    (only,) = json.loads(trunkd("r2", "calls", "in", "--json").stdout)
    assert only["line"] == "in/2" and only["direction"] == "in"
    assert rows(trunkd("lines", "out").stdout)["out/2"][6] == str(out)
    grid = trunkd("cas", "bits", "b0/1").stdout.splitlines()
    assert grid[0].strip() == "ABCD bits of span b0/1"
    assert grid[3].split()[:4] == ["2", "0011", "1111", "out"]


def test_bits(trunkd: Run, line_daemon) -> None:
    bits = json.loads(trunkd("cas", "bits", "b0/2", "--json").stdout)
    assert [row["timeslot"] for row in bits] == [n for n in range(1, 32) if n != 16]
    assert bits[0] == {"timeslot": 1, "sent": 11, "received": 11, "trunk": "in"}
    assert bits[10]["sent"] == -1
    analog = trunkd("cas", "bits", "b0/3")
    assert analog.returncode == 1 and "`trunkd lines`" in analog.stderr


def test_bits_live_on_a_terminal(line_daemon, app) -> None:
    command = [
        sys.executable,
        "-m",
        "trunkd",
        "--socket",
        line_daemon.socket,
        "cas",
        "bits",
        "b0/1",
    ]
    main, end = pty.openpty()
    process = subprocess.Popen(command, stdin=end, stdout=end, stderr=end, close_fds=True,
                               env={**os.environ, "TERM": "xterm", "COLUMNS": "100"})  # fmt: skip
    os.close(end)
    text = ""

    def until(wanted: str) -> None:
        nonlocal text
        while wanted not in text:
            ready, _, _ = select.select([main], [], [], 90)
            assert ready, text[-2000:]
            text += os.read(main, 65536).decode(errors="ignore")

    until("ABCD bits of span b0/1")
    assert "0011" not in text
    app.dial("55", "trunk/out/1")
    until("0011")
    process.send_signal(signal.SIGINT)
    assert process.wait(90) == 0
    os.close(main)
    assert "Traceback" not in text


@pytest.mark.parametrize("style", ["", "--ladder", "--fields", "--json"])
def test_trace(line_daemon, app, trunkd: Run, style: str) -> None:
    how = [style] if style else []
    with running(line_daemon, "trace", "--trunk", "in", "--count", "30", *how) as process:
        assert process.stdout is not None
        while process.poll() is None:
            out, into = app.dial("55", "trunk/out")
            app.hang_up(out, into)
            app.circuits_idle()
        text, notes = process.communicate(timeout=90)
    assert process.returncode == 0, notes
    if style == "--json":
        read = [json.loads(line) for line in text.splitlines()]
        assert len(read) == 30 and read[0]["line"].startswith("in/")
        assert any(x["minor"] for x in read) and not any(x["raw"] for x in read)
        return
    assert "b0/1/1 out" not in text
    for words in ("seizure", "backward A-", "forward "):
        assert words in text, text
    if style == "--fields":
        assert " ends after " in text
    else:
        assert " ends after " not in text and "--fields shows them" in notes


def test_trace_shows_caller_id_and_no_noise(line_daemon, app, tmp_path: pathlib.Path) -> None:
    pcap = tmp_path / "t.pcapng"
    with running(line_daemon, "trace", "--pcap", str(pcap)) as process:
        assert process.stdout is not None
        while not select.select([process.stdout], [], [], 0)[0]:  # until it runs
            out, into = app.dial("55", "trunk/out")
            app.hang_up(out, into)
        seen = [process.stdout.readline()]
        app.call(m.MakeCall(called="8001", device="trunk/phones", calling="13901234567"))
        while not seen or " < caller " not in seen[-1]:
            seen.append(process.stdout.readline())
            assert seen[-1], process.communicate()
        identified = app.wait(events_line.CallerIdentified)
        process.send_signal(signal.SIGINT)
        _, notes = process.communicate(timeout=90)
    text = "".join(seen)
    assert "phones > ring" in text and "phones > caller ID 13901234567" in text
    assert "office < ringing 25 Hz" in text
    assert text.count("< caller 13901234567") == 1 and identified.calling == "13901234567"
    for noise in ("sound", "ground", "listens", "speech"):
        assert noise not in text
    assert "no capture format has them" in notes and pcap.exists()


def test_events_say_what_happened_to_a_line(trunkd: Run, line_daemon, app) -> None:
    text = trunkd("line", "test", "phones/1").stdout
    last = app.wait(events_line.LineChanged, what="line test")
    shown = trunkd("events", "--after", str(last.seq - 1), "--count", "1").stdout
    assert "phones/1 line test: good" in shown and text.split()[1] == "good:"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("lines", "nobody"), 1, "there is no trunk 'nobody'"),
        (("line", "show", "foo"), 2, "write TRUNK/CHANNEL, as in pots/3"),
        (("line", "show", "out"), 2, "write TRUNK/CHANNEL"),
        (("line", "show", "out/99"), 1, "see `trunkd lines out`"),
        (("line", "show", "nobody/1"), 1, "there is no trunk 'nobody'"),
        (("line", "test", "out/1"), 1, "only fxs lines can be tested"),
        (("line", "ring", "office/3"), 1, "only FXS rings"),
        (("line", "ring", "phones/1", "--seconds", "99"), 2, "0<=x<=60"),
        (("line", "flash", "phones/1"), 1, "only fxo and em lines"),
        (("line", "flash", "office/3"), 1, "there is no call on office/3"),
        (("line", "learn-tone", "phones/1"), 1, "tones are learned on fxo lines"),
        (("line", "train", "phones/1"), 1, "impedances are found for fxo lines"),
        (("line", "block", "out/31"), 1, "no channel 31"),
        (("cas", "bits", "b0/9"), 1, "b0/1, b0/2, b0/3"),
        (("cas", "bits"), 2, "Missing argument 'SPAN'"),
        (("r2", "calls", "phones"), 1, "there is no R2 trunk 'phones': out, in"),
        (("trace", "--trunk", "nobody"), 1, "out, in, phones, office"),
    ],
)
def test_mistakes(trunkd: Run, arguments: tuple[str, ...], code: int, says: str) -> None:
    done = trunkd(*arguments)
    assert done.returncode == code, done
    assert says in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_tone_that_nobody_sends_is_not_learned(trunkd: Run) -> None:
    done = trunkd("line", "learn-tone", "office/4", "--seconds", "1")
    assert done.returncode == 1 and "no tone was heard that repeats" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    ["lines", "line show a/1", "line test a/1", "line ring a/1", "line flash a/1",
     "line learn-tone a/1", "line train a/1", "line block a/1", "line unblock a/1",
     "cas bits b0/1", "r2 calls"],
)  # fmt: skip
def test_without_a_daemon(tmp_path: pathlib.Path, arguments: str, inside: Run) -> None:
    done = inside("--socket", str(tmp_path / "s"), *arguments.split())
    assert done.returncode == 3 and "`trunkd run -c FILE`" in done.stderr
