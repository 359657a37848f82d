"""Conferences, connections, listening, analysis and fax by the command, against a real daemon."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import pathlib
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_media as mm

_SPEC = importlib.util.spec_from_file_location(
    "trunkd_fax_rig", pathlib.Path(__file__).parent.parent / "daemon" / "fax_rig.py"
)
assert _SPEC is not None and _SPEC.loader is not None
fax_rig = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = fax_rig
_SPEC.loader.exec_module(fax_rig)


@contextlib.contextmanager
def running(daemon, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on for a while."""
    command = [sys.executable, "-m", "trunkd", "--socket", daemon.socket, *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def finish(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What it printed until it ended."""
    return process.communicate(timeout=300)


def calls_up(app, count: int) -> list[int]:
    """Calls placed by us; with those that answer there are twice as many."""
    return [app.connect()[0] for _ in range(count)]


def clear_all(app) -> None:
    for call in app.call(m.Calls()).calls:
        if call.direction == "out":
            app.call(m.ClearConnection(call_id=call.call_id))
    while app.call(m.Calls()).calls:
        app.wait(ev.ConnectionCleared)


def test_conferences(app, trunkd) -> None:
    one, two, three = calls_up(app, 3)
    assert trunkd("conference", "list").stdout == "no conferences\n"
    made = trunkd("conference", "create", str(one), str(two), "--name", "[red]sales[/]")
    assert made.returncode == 0, made.stderr
    number = made.stdout.split()[1]
    assert made.stdout == f"conference {number}\n"
    assert trunkd("conference", "join", number, str(three), "--role", "monitor").returncode == 0
    assert trunkd("conference", "mute", number, str(two)).returncode == 0
    listed = json.loads(trunkd("conference", "list", "--json").stdout)
    (found,) = listed
    assert found["name"] == "[red]sales[/]"
    assert {x["callId"]: x["role"] for x in found["members"]} == {
        one: "talk",
        two: "listen",
        three: "monitor",
    }
    text = trunkd("conference", "list").stdout
    assert "[red]sales[/]" in text and "monitor" in text
    assert len(text.splitlines()) == 4
    assert f"conference {number}" in trunkd("calls").stdout
    coach = ("conference", "join", number, str(three), "--role", "coach", "--coached", str(one))
    assert trunkd(*coach).returncode == 0
    assert f"coach {one}" in trunkd("conference", "list").stdout
    assert trunkd("conference", "unmute", number, str(two)).returncode == 0
    assert trunkd("conference", "leave", number, str(three)).returncode == 0
    (found,) = json.loads(trunkd("conference", "list", "--json").stdout)
    assert [x["role"] for x in found["members"]] == ["talk", "talk"]
    assert trunkd("conference", "close", number).returncode == 0
    assert json.loads(trunkd("conference", "list", "--json").stdout) == []
    clear_all(app)


def test_conference_mistakes(app, trunkd) -> None:
    (one,) = calls_up(app, 1)

    def refused(*arguments: str) -> str:
        done = trunkd("conference", *arguments)
        assert done.returncode == 1, done
        assert done.stderr.startswith("trunkd: ") and "Traceback" not in done.stderr
        return done.stderr

    assert "there is no call 999" in refused("create", str(one), "999")
    assert trunkd("conference", "list").stdout == "no conferences\n", "all or nothing"
    assert "no conference 77" in refused("join", "77", str(one))
    assert "no conference 77" in refused("close", "77")
    assert "no conference 77" in refused("mute", "77", str(one))
    number = trunkd("conference", "create").stdout.split()[1]
    assert "is not in conference" in refused("mute", number, str(one))
    assert "is not in conference" in refused("leave", number, str(one))
    assert trunkd("conference", "join", number, str(one), "--role", "coach").returncode == 2
    assert trunkd("conference", "join", number, str(one), "--role", "king").returncode == 2
    assert trunkd("conference", "close", number).returncode == 0
    clear_all(app)


def test_connect_and_disconnect(app, trunkd) -> None:
    one, two = calls_up(app, 2)
    assert trunkd("connect", str(one), str(two)).returncode == 0
    listed = trunkd("calls").stdout
    assert f"hears call {two}" in listed and f"hears call {one}" in listed
    again = trunkd("connect", str(one), str(two))
    assert again.returncode == 1 and "disconnect it" in again.stderr
    assert trunkd("disconnect", str(two)).returncode == 0
    assert "hears" not in trunkd("calls").stdout
    assert trunkd("connect", str(one), str(two), "--half").returncode == 0
    found = {c["callId"]: c["hears"] for c in json.loads(trunkd("calls", "--json").stdout)}
    assert (found[one], found[two]) == ("", f"call/{one}")
    assert trunkd("disconnect", str(two)).returncode == 0
    assert trunkd("disconnect", str(two)).returncode == 1
    assert trunkd("connect", str(one)).returncode == 2
    clear_all(app)


def line_of(process: subprocess.Popen[str], word: str) -> str:
    """The next line that holds a word."""
    assert process.stdout is not None
    for line in process.stdout:
        if word in line:
            return line
    raise AssertionError(f"it ended without '{word}': {process.stderr and process.stderr.read()}")


def test_hear(app, daemon, trunkd) -> None:
    out, into = app.connect()
    with running(daemon, "hear", str(out)) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == f"listening to call {out} (Ctrl-C ends)\n"
        app.call(mm.GenerateDigits(call_id=into, digits="42"))
        line = line_of(process, "dtmf 2, ")
        assert f"call {out}" in line and "ms" in line and "dBm0" in line
        assert len(line) <= 80, "for a terminal of 80 columns"
        process.send_signal(signal.SIGINT)
        _, errors = finish(process)
        assert process.returncode == 0, errors
    (info,) = [c for c in app.call(m.Calls()).calls if c.call_id == out]
    assert info.at_work == [], "Ctrl-C stops the listening"
    with running(daemon, "hear", str(out), "dtmf", "--json") as process:
        app.wait(ev.Stop)
        while not [c for c in app.call(m.Calls()).calls if "listen" in c.at_work]:
            assert process.poll() is None
        app.call(mm.GenerateDigits(call_id=into, digits="7"))
        assert json.loads(line_of(process, "DigitsDetected"))["digit"] == "7"
        app.hang_up(out, into)
        output, _ = finish(process)
        assert json.loads(output.splitlines()[-1])["event"] == "ConnectionCleared"
        assert process.returncode == 0
    gone = trunkd("hear", "999")
    assert gone.returncode == 1 and "there is no call 999" in gone.stderr
    assert trunkd("hear", "1", "smoke").returncode == 2
    strange = trunkd("hear", "999", "--country", "x")
    assert strange.returncode == 1 and "Traceback" not in strange.stderr


def test_analyse(app, daemon, trunkd) -> None:
    out, into = app.connect()
    app.call(mm.GenerateTone(call_id=into, tone="gb/busy"))
    output = ""
    for _ in range(5):  # a board that others keep waiting leaves time out, which is no busy tone
        with running(daemon, "analyse", str(out), "--country", "gb") as process:
            output, errors = finish(process)
            assert process.returncode == 0 or "unknown" in output.lower(), errors
        if "BUSY" in output:
            break
    assert "BUSY" in output and "% sure" in output
    app.call(mm.StopMedia(call_id=into))
    # Ctrl-C asks for the verdict at once: too early for one.
    with running(daemon, "analyse", str(out), "--json") as process:
        while not [c for c in app.call(m.Calls()).calls if "analysis" in c.at_work]:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        output, _ = finish(process)
        result = json.loads(output.splitlines()[-1])
        assert result["event"] == "CallProgressResult"
        assert process.returncode == (1 if result["verdict"] == "unknown" else 0)
    app.hang_up(out, into)
    assert trunkd("analyse", "999").returncode == 1


def faxed(daemon, out: int, into: int) -> tuple[str, list[dict[str, object]]] | None:
    """A fax from one call to the other by both commands: what they said. None: it did not get
    through, which each of them must say, too."""
    with (
        running(daemon, "fax", "receive", str(into), "in.tif", "--json") as receiver,
        running(daemon, "fax", "send", str(out), "out.tif", "--station", "+86 10 1") as sender,
    ):
        said, errors = finish(sender)
        told = [json.loads(line) for line in finish(receiver)[0].splitlines()]
    assert told[-1]["event"] == "FaxEnded" and told[-1]["ok"] == (receiver.returncode == 0)
    assert ("done; 1 page" in said) == (sender.returncode == 0), said + errors
    return (said, told) if sender.returncode == receiver.returncode == 0 else None


@pytest.mark.peer
def test_fax(app, daemon, trunkd) -> None:
    """A short page from one call to the other, followed by both commands."""
    media = daemon.directory / "media"
    fax_rig.write_tiff(media / "out.tif", [fax_rig.text_page(1, rows=60)])
    out, into = app.connect()
    for _ in range(5):  # gaps, of a machine that has much to do, are to a modem what noise is
        through = faxed(daemon, out, into)
        if through is not None:
            break
    assert through is not None
    said, events = through
    page = next(line for line in said.splitlines() if "page 1 MCF" in line)
    assert len(page) <= 90 and "call" in page and "1728 x 60 pixels" in page
    kinds = [e["event"] for e in events]
    assert kinds[0] == "FaxNegotiated" and kinds[-2:] == ["FaxPage", "FaxEnded"]
    # TSI may have fallen into a gap, and the frame behind it (DCS) not.
    assert events[0]["remoteId"] in ("+86 10 1", "")
    shown = trunkd("fax", "show", str(media / "in.tif"))
    assert shown.returncode == 0 and shown.stdout.startswith("page 1: ")
    app.hang_up(out, into)


def test_fax_mistakes(app, daemon, trunkd) -> None:
    missing = trunkd("fax", "send", "999", "x.tif")
    assert missing.returncode == 1 and "there is no call 999" in missing.stderr
    out, into = app.connect()
    nothing = trunkd("fax", "send", str(out), "nothing.tif")
    assert nothing.returncode == 1
    assert "nothing.tif" in nothing.stdout
    assert app.wait(ev.FaxEnded).reason == "file"
    outside = trunkd("fax", "send", str(out), "../../etc/passwd.tif")
    assert outside.returncode == 1 and "media" in outside.stderr
    assert trunkd("fax", "stop", str(out)).returncode == 1
    # Begun and left alone; ended by hand.
    begun = trunkd("fax", "receive", str(out), "a.tif", "--no-wait")
    assert begun.returncode == 0 and f"trunkd fax stop {out}" in begun.stdout
    assert "fax" in trunkd("calls").stdout
    assert trunkd("fax", "stop", str(out)).returncode == 0
    assert app.wait(ev.FaxEnded).reason == "stopped"
    with running(daemon, "fax", "receive", str(out), "a.tif", "--json") as process:
        while not [c for c in app.call(m.Calls()).calls if "fax" in c.at_work]:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        output, _ = finish(process)
        assert json.loads(output.splitlines()[-1])["reason"] == "stopped"
        assert process.returncode == 1
    app.hang_up(out, into)
