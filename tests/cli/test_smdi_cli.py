"""``trunkd smdi``, as a technician types it."""

from __future__ import annotations

import contextlib
import json
import pathlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "daemon"))
from line_rig import analog_config
from smdi_far import Master

from trunkd.daemon import events as ev
from trunkd.daemon import methods_smdi as ms
from trunkd.daemon.present import event_line
from trunkd.hil.smdi_pbx import Pbx, Voicemail

Run = Callable[..., subprocess.CompletedProcess[str]]

PATIENCE = 120.0

LINKS = """
[[smdi]]
name = "vm"
port = "{desk}"
role = "desk"
answer = "100ms"
[smdi.terminals]
"1-2" = "office/5-6"

[[smdi]]
name = "out"
port = "{exchange}"
role = "exchange"
[smdi.terminals]
"3" = "phones/3"

[[smdi]]
name = "slow"
port = "{slow}"
role = "desk"
answer = "60s"
[smdi.terminals]
"1" = "office/7"

[[smdi]]
name = "lost"
port = "/dev/ttyNONE8"
role = "desk"
[smdi.terminals]
"1" = "office/8"

[[smdi]]
name = "broken"
port = "/dev/ttyNONE7"
role = "exchange"
[smdi.terminals]
"1" = "phones/1"
"""

ABSENT = {"lost", "broken"}

DAEMON = """\
[daemon]
runtime_dir = "{dir}"
records = "off"
media_dir = "{dir}/media"
metrics = ""
"""


@pytest.fixture(scope="module")
def lines() -> Iterator[tuple[Master, ...]]:
    made = (Master(), Master(), Master())
    yield made
    for line in made:
        line.close()


@pytest.fixture(scope="module")
def smdi_daemon(daemon_with, lines) -> Any:
    text = analog_config().replace('[daemon]\nrecords = "off"\n', DAEMON)
    names = dict(zip(("desk", "exchange", "slow"), (line.name for line in lines), strict=True))
    return daemon_with(text + LINKS.format(**names))


@pytest.fixture
def app(smdi_daemon, subscribed) -> Any:
    """When each port was opened, or could not be: all are at the same time, by threads."""
    made = subscribed(smdi_daemon, after=0)
    waiting = {link.name for link in made.call(ms.Smdi()).links}
    while waiting:
        told = made.wait(ev.SmdiChanged, timeout=PATIENCE)
        if told.up != (told.smdi in ABSENT):
            waiting.discard(told.smdi)
    return made


@pytest.fixture
def trunkd(smdi_daemon, app, at_socket) -> Run:
    return at_socket(smdi_daemon)


@contextlib.contextmanager
def running(daemon: Any, *arguments: str) -> Iterator[subprocess.Popen[str]]:
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


def test_status(trunkd: Run) -> None:
    done = trunkd("smdi", "status")
    assert done.returncode == 0
    rows = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert rows["vm"].split()[1] == "desk" and " up " in rows["vm"]
    assert " down " in rows["broken"] and "no such device" in done.stdout
    one = trunkd("smdi", "status", "vm").stdout
    assert "octets" in one and "broken" not in one
    (link,) = json.loads(trunkd("smdi", "status", "out", "--json").stdout)
    assert link["role"] == "exchange" and link["up"] and link["terminals"] == 1
    wrong = trunkd("smdi", "status", "nobody")
    assert wrong.returncode == 2 and "vm, out, slow, lost, broken" in wrong.stderr
    assert "broken" in trunkd("status").stdout


def test_message_waiting(trunkd: Run) -> None:
    none = trunkd("smdi", "waiting", "--smdi", "vm")
    assert none.stdout == "no message waiting is known\n"
    done = trunkd("smdi", "waiting", "3500", "on", "--smdi", "vm")
    assert done.returncode == 0 and "message waiting on for 3500 set" in done.stdout
    assert trunkd("smdi", "waiting", "--smdi", "vm").stdout.split()[-3:] == ["3500", "wait", "set"]
    assert json.loads(trunkd("smdi", "waiting", "3500", "--json", "--smdi", "vm").stdout) == [
        {"number": "3500", "on": True, "state": "set", "why": ""}
    ]
    assert json.loads(trunkd("smdi", "waiting", "3501", "--json", "--smdi", "vm").stdout) == []
    wrong = trunkd("smdi", "waiting", "35x", "on", "--smdi", "vm")
    assert wrong.returncode == 1 and "number" in wrong.stderr
    wrong = trunkd("smdi", "waiting", "1", "on", "--smdi", "out")
    assert wrong.returncode == 1 and "no message desk 'out': vm, slow, lost" in wrong.stderr


def test_one_that_waits_for_its_line_is_not_done(trunkd: Run) -> None:
    done = trunkd("smdi", "waiting", "3502", "on", "--smdi", "lost", "--timeout", "0.1")
    assert done.returncode == 1
    assert "wanted after 0.1 s; it goes on: `trunkd smdi waiting`" in done.stderr
    assert "name the message desk: vm, slow, lost" in trunkd("smdi", "waiting").stderr


def test_one_that_is_refused_fails(smdi_daemon, app, lines) -> None:
    pbx = Pbx(lines[2])
    pbx.invalid.add("777")
    pbx.open()
    words = ["smdi", "waiting", "777", "on", "--smdi", "slow", "--timeout", str(PATIENCE)]
    with running(smdi_daemon, *words) as process:
        pbx.until(lambda: process.poll() is not None, PATIENCE)
        _, errors = process.communicate()
    assert process.returncode == 1
    assert errors == ("trunkd: message waiting of 777: the exchange knows no such number (INV)\n")


def test_a_message_is_sent_by_hand_and_traced(trunkd: Run, lines) -> None:
    voicemail = Voicemail(lines[1])
    voicemail.open()
    sent = trunkd("smdi", "send", "out", "3", "--kind", "B", "--forwarding", "3500")
    assert sent.returncode == 0 and sent.stdout == "out: sent for terminal 0003\n"
    voicemail.until(lambda: bool(voicemail.histories), PATIENCE)
    assert voicemail.histories[0].text().startswith("desk 001 terminal 0003: forwarded on busy")
    down = trunkd("smdi", "send", "broken", "1")
    assert down.returncode == 1 and "link 'broken' is down: /dev/ttyNONE7" in down.stderr
    assert trunkd("smdi", "send", "out", "0").returncode == 2


def test_trace(smdi_daemon, app, lines) -> None:
    with running(smdi_daemon, "smdi", "trace", "vm", "--count", "2") as process:
        while process.poll() is None:  # it subscribes at some time: say it until it is through
            lines[0].write(b"\r\nMD0010001D  \r\n\x19xx\x19")
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
        text, _ = process.communicate()
    assert process.returncode == 0
    assert len(text.splitlines()) == 2
    assert all("vm" in line for line in text.splitlines())


def test_words_of_events() -> None:
    def words(event: ev.Event) -> str:
        return event_line(event).plain.split(maxsplit=2)[2]

    assert words(ev.SmdiMessage(1, 0, "vm", True, "t", "00")) == "vm -> t"
    assert words(ev.SmdiChanged(1, 0, "vm", False, "gone")) == "vm down: gone"
    assert words(ev.SmdiUnmatched(1, 0, "vm", "expired", 1, 7)) == (
        "vm no call for a message of terminal 001/0007 (expired)"
    )
    assert words(ev.MessageWaitingChanged(1, 0, "vm", "3500", True, "failed", "INV", "p/1")) == (
        "vm message waiting on for 3500 (p/1) failed: INV"
    )
    assert words(ev.MessageWaitingRequested(1, 0, "vm", "3500", False)) == (
        "vm message waiting off asked of 3500"
    )
    assert words(ev.CallRedirected(1, 0, 4, "trunk/a/1", "", "3500", 2)) == (
        "call 4 caller not told, forwarded by 3500 on no answer"
    )
