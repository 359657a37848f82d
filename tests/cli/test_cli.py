"""The command as a technician runs it: real processes against a real daemon."""

from __future__ import annotations

import json
import os
import pathlib
import pty
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from trunkd.cli import main
from trunkd.daemon import events as ev
from trunkd.daemon import methods as m


def alone(*arguments: str, **more) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "trunkd", *arguments],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        **more,
    )


def test_no_daemon_is_exit_3_and_says_how_to_start_it(tmp_path: pathlib.Path) -> None:
    for command in (("status",), ("calls", "--json"), ("hangup", "1"), ("trace",)):
        done = alone("--socket", str(tmp_path / "none"), *command)
        assert done.returncode == 3, done
        assert str(tmp_path / "none") in done.stderr
        assert "trunkd run -c FILE" in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""


def test_socket_by_environment(daemon) -> None:
    done = alone("status", "--json", env={**os.environ, "TRUNKD_SOCKET": daemon.socket})
    assert json.loads(done.stdout)["pid"] == daemon.process.pid


@pytest.mark.parametrize(
    "arguments",
    [
        ("fly",),
        ("hangup",),
        ("hangup", "x"),
        ("call",),
        ("call", "abc"),
        ("call", "1", "--wait", "x"),
        ("config", "check", "--no"),
        ("decode", "/no/such/file"),
        ("completion", "tcsh"),
    ],
)
def test_wrong_usage_is_exit_2(arguments: tuple[str, ...]) -> None:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2, done
    assert done.stderr.startswith("Usage:")


def test_config_check(tmp_path: pathlib.Path, daemon, inside) -> None:
    good = inside("config", "check", str(daemon.config))
    assert good.returncode == 0
    assert "1 board(s), 2 trunk(s): no mistakes found" in good.stdout
    bad = tmp_path / "bad.toml"
    bad.write_text(daemon.config.read_text().replace('"user"', '"usr"').replace("b0/2", "b7/2"))
    done = inside("config", "check", str(bad))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 2
    assert "did you mean 'user'" in done.stderr
    document = json.loads(inside("config", "check", "--json", str(bad)).stdout)
    assert document["ok"] is False
    assert {f["key"] for f in document["findings"]} == {"trunk[1].pri.side", "trunk[2].span"}
    run = alone("run", "-c", str(bad))
    assert run.returncode == 1
    assert "did you mean 'user'" in run.stderr
    assert "Traceback" not in run.stderr


def test_config_show_can_be_used_again(tmp_path: pathlib.Path, daemon, inside) -> None:
    shown = inside("config", "show", str(daemon.config))
    again = tmp_path / "again.toml"
    again.write_text(shown.stdout)
    assert inside("config", "show", str(again)).stdout == shown.stdout
    assert json.loads(inside("config", "show", "--json", str(again)).stdout)["trunk"]


def test_listings(app, trunkd) -> None:
    out, into = app.connect(called="4711", calling="0815")
    status = trunkd("status")
    assert status.returncode == 0
    assert "running" in status.stdout
    assert "\x1b[" not in status.stdout, "no colours when piped"
    assert "pstn" in status.stdout and "b0/1" in status.stdout
    listed = trunkd("calls").stdout
    assert "4711" in listed and "connected" in listed
    calls = json.loads(trunkd("calls", "--json").stdout)
    assert {c["callId"] for c in calls} == {out, into}
    channels = json.loads(trunkd("channels", "pstn", "--json").stdout)
    assert len(channels) == 30
    assert [c["callId"] for c in channels if c["state"] == "busy"] == [out]
    assert "0815 -> 4711" in trunkd("channels").stdout
    spans = json.loads(trunkd("spans", "--json").stdout)
    assert [s["alarms"] for s in spans] == [[], []]
    assert "ok" in trunkd("spans").stdout
    assert trunkd("hangup", str(out)).returncode == 0
    app.wait(ev.ConnectionCleared, call_id=into)
    assert json.loads(trunkd("calls", "--json").stdout) == []
    assert trunkd("calls").stdout == "no calls\n"


def test_alarms_come_with_advice(app, trunkd) -> None:
    assert trunkd("cable", "b0/1", "cut").returncode == 0
    app.wait(ev.AlarmChanged, span="b0/1", alarm="LOS", active=True)
    app.wait(ev.LinkChanged, trunk="pstn", up=False)
    text = trunkd("status").stdout
    assert "no signal" in text
    assert "check the cable" in text
    assert "DOWN" in text
    assert trunkd("cable", "b0/1", "mend").returncode == 0
    app.links_up()


def test_call_and_hangup(app, trunkd, daemon) -> None:
    command = [sys.executable, "-m", "trunkd", "--socket", daemon.socket, "call", "12345",
               "--trunk", "pstn", "--calling", "99", "--json"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        ring = app.wait(ev.Delivered, direction="in")
        assert (ring.called, ring.calling) == ("12345", "99")
        app.call(m.AnswerCall(call_id=ring.call_id))
        output, _ = process.communicate(timeout=90)
    assert process.returncode == 0
    lines = [json.loads(line) for line in output.splitlines()]
    assert [line["event"] for line in lines][-1] == "Established"
    done = trunkd("hangup", "--all")
    assert done.returncode == 0
    app.wait(ev.ConnectionCleared, call_id=lines[0]["callId"])
    assert trunkd("hangup", "99999").returncode == 1


def test_call_that_is_refused_is_exit_1(app, daemon) -> None:
    command = [sys.executable, "-m", "trunkd", "--socket", daemon.socket, "call", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        ring = app.wait(ev.Delivered, direction="in")
        app.call(m.ClearConnection(call_id=ring.call_id, cause=17))
        output, _ = process.communicate(timeout=90)
    assert process.returncode == 1
    assert "cause=busy" in output


def test_call_with_hold_waits_for_the_end(app, daemon) -> None:
    command = [sys.executable, "-m", "trunkd", "--socket", daemon.socket, "call", "1",
               "--hold", "0.1"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        ring = app.wait(ev.Delivered, direction="in")
        app.call(m.AnswerCall(call_id=ring.call_id))
        output, _ = process.communicate(timeout=90)
    assert process.returncode == 0
    assert "ConnectionCleared" in output


def test_restart_waits_for_the_acknowledgement(trunkd, app) -> None:
    done = trunkd("restart", "pstn", "5")
    assert done.returncode == 0
    assert "RestartDone" in done.stdout
    assert trunkd("restart", "none").returncode == 1


def test_trace_to_terminal_and_file(app, daemon, trunkd, tmp_path: pathlib.Path) -> None:
    pcap = tmp_path / "t.pcapng"
    command = [sys.executable, "-m", "trunkd", "--socket", daemon.socket, "trace", "--json",
               "--pcap", str(pcap), "--count", "24"]  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        lines = []
        assert process.stdout is not None
        while process.poll() is None and len(lines) < 24:
            out, into = app.connect()
            app.hang_up(out, into)
            while len(lines) < 24 and not _would_wait(process.stdout):
                lines.append(json.loads(process.stdout.readline()))
        rest, notes = process.communicate(timeout=90)
        lines += [json.loads(line) for line in rest.splitlines()]
    assert process.returncode == 0
    assert len(lines) == 24
    texts = " ".join(line["title"] for line in lines)
    for message in ("SETUP", "CALL PROCEEDING", "ALERTING", "CONNECT", "RELEASE COMPLETE"):
        assert message in texts
    assert "wireshark" in notes
    decoded = trunkd("decode", str(pcap))
    assert decoded.returncode == 0
    assert "SETUP" in decoded.stdout
    ladder = trunkd("decode", "--ladder", str(pcap)).stdout
    assert "SETUP" in ladder and "|" in ladder


def _would_wait(pipe) -> bool:
    import select

    return not select.select([pipe], [], [], 0)[0]


def test_live_ladder(app, daemon) -> None:
    command = [sys.executable, "-m", "trunkd", "--socket", daemon.socket, "trace", "--ladder",
               "--trunk", "pstn", "--count", "40"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            out, into = app.connect()
            app.hang_up(out, into)
        output, _ = process.communicate(timeout=90)
    assert process.returncode == 0
    assert "b0/1/16 pstn" in output
    assert "b0/2/16" not in output
    assert "SETUP" in output
    assert "->|" in output


def test_calls_watch_on_a_terminal(app, daemon) -> None:
    """On a terminal it draws with colours and follows; Ctrl-C ends it."""
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "trunkd", "--socket", daemon.socket, "calls", "--watch"]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "30"}
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    )
    os.close(slave)
    try:
        seen = _read_until(master, b"calls")
        out, into = app.connect(called="556677")
        seen = _read_until(master, b"556677")
        assert b"\x1b[" in seen
        app.hang_up(out, into)
    finally:
        process.send_signal(2)
        process.wait(90)
        os.close(master)


def _read_until(fd: int, wanted: bytes) -> bytes:
    import select

    seen = b""
    while wanted not in seen:
        assert select.select([fd], [], [], 90)[0], seen
        seen += os.read(fd, 65536)
    return seen


def test_events_follow(app, trunkd) -> None:
    app.hang_up(*app.connect())  # of a daemon of which no other test asked anything
    done = trunkd("events", "--after", "0", "--count", "3", "--json")
    assert done.returncode == 0
    assert [json.loads(line)["seq"] for line in done.stdout.splitlines()] == [1, 2, 3]
    text = trunkd("events", "--after", "0", "--count", "3").stdout
    assert len(text.splitlines()) == 3


def test_schema_is_one_json_document(inside) -> None:
    document = json.loads(inside("schema").stdout)
    assert document["openrpc"].startswith("1.")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_accepted_by_the_shell(shell: str, tmp_path: pathlib.Path, inside) -> None:
    script = inside("completion", shell).stdout
    assert "_TRUNKD_COMPLETE" in script
    found = shutil.which(shell)
    if found is None and shell != "bash":
        return
    assert found is not None
    path = tmp_path / "script"
    path.write_text(script)
    subprocess.run([found, "-n", str(path)], check=True, timeout=90)


def test_completion_works() -> None:
    words = {**os.environ, "COMP_WORDS": "trunkd sta", "COMP_CWORD": "1"}
    script = f"{sys.executable} -c \"from trunkd.cli import main; main(prog_name='trunkd')\""
    done = subprocess.run(
        script,
        shell=True,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        env={**words, "_TRUNKD_COMPLETE": "bash_complete"},
    )
    assert "status" in done.stdout
