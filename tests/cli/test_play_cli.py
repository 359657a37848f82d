"""Playing, recording, digits, music, levels and listening by the command, against a real daemon."""

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
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from trunkd.board.model import Law
from trunkd.cli import main
from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_media as mm
from trunkd.daemon.media_files import save
from trunkd.native import wrap

LONG = 300
"""Seconds of what is to play until something ends it, however late that comes."""
SINE = 8000 * np.sin(2 * np.pi * 500 * np.arange(8000 * LONG) / 8000)


def write(daemon: Any, name: str, seconds: float) -> None:
    octets = wrap.alaw_encode(np.rint(SINE[: round(8000 * seconds)]).astype("<i2").tobytes())
    save(str(daemon.directory / "media" / name), octets, Law.A, "g711")


@contextlib.contextmanager
def running(daemon: Any, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command that goes on for a while."""
    command = [sys.executable, "-m", "trunkd", "--socket", daemon.socket, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def line(stream: Any, wanted: bytes) -> bytes:
    """The next line that a command prints with these words in it."""
    while True:
        ready, _, _ = select.select([stream], [], [], 90)
        assert ready, f"{wanted!r} was not printed"
        text: bytes = stream.readline()
        assert text, f"it ended without {wanted!r}"
        if wanted in text:
            return text


@pytest.fixture
def call(app: Any) -> Iterator[tuple[int, int]]:
    """Both ends of a call."""
    ends = app.connect()
    yield ends
    if any(c.call_id == ends[0] for c in app.call(m.Calls()).calls):
        app.hang_up(*ends)


def test_play(daemon: Any, app: Any, call: tuple[int, int], trunkd: Any) -> None:
    write(daemon, "a.wav", 0.3)
    write(daemon, "long.wav", LONG)
    number = str(call[0])
    done = trunkd("play", number, "a.wav", "--tone", "CN/busy", "--seconds", "0.4", "--wait")
    assert done.returncode == 0, done.stderr
    assert "plays 2 items" in done.stdout and "complete, 0.7 s" in done.stdout
    done = trunkd("play", number, "a.wav", "--repeat", "2", "--wait", "--json")
    played = [json.loads(text) for text in done.stdout.splitlines()]
    assert [e["event"] for e in played] == ["Play", "Stop"]
    assert (played[1]["reason"], played[1]["octets"]) == ("complete", 4800)
    done = trunkd("play", number, "long.wav", "--volume", "-6", "--speed", "1.5", "--from", "1")
    assert done.returncode == 0
    assert done.stdout.startswith(f"call {number} plays (`trunkd play {number} --stop` ends it")
    busy = trunkd("play", number, "a.wav")
    assert busy.returncode == 1
    assert "busy with play already" in busy.stderr and "Traceback" not in busy.stderr
    assert trunkd("play", number, "--pause").returncode == 0
    app.wait(ev.Suspend, call_id=call[0])
    assert trunkd("play", number, "--resume").returncode == 0
    app.wait(ev.Resume, call_id=call[0])
    assert trunkd("play", number, "--stop").returncode == 0
    assert app.wait(ev.Stop, call_id=call[0], message="long.wav").reason == "stopped"


def test_ctrl_c_stops_what_plays(daemon: Any, app: Any, call: tuple[int, int]) -> None:
    write(daemon, "long.wav", LONG)
    with running(daemon, "play", str(call[0]), "long.wav", "--wait") as process:
        line(process.stdout, b"plays long.wav")
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=90)
    assert process.returncode == 1, "not all was played"
    assert b"stopped" in out and b"Traceback" not in error
    assert app.wait(ev.Stop, call_id=call[0]).reason == "stopped"


def test_digits_and_tones(daemon: Any, app: Any, call: tuple[int, int], trunkd: Any) -> None:
    near, far = call
    app.call(mm.StartListening(call_id=far, kinds=["dtmf"]))
    done = trunkd("digits", str(near), "19*#", "--on", "60", "--off", "60", "--wait")
    assert done.returncode == 0, done.stderr
    assert "digits 19*#: complete" in done.stdout
    heard = ""
    while len(heard) < 4:
        heard += app.wait(ev.DigitsDetected, call_id=far, ended=True).digit
    assert heard == "19*#"
    done = trunkd("tone", str(near), "busy", "--seconds", "0.3", "--wait")
    assert done.returncode == 0 and "tone busy: complete, 0.3 s" in done.stdout
    done = trunkd("tone", str(near), "zz/busy")
    assert done.returncode == 1
    assert "no tones of country 'zz': " in done.stderr and "cn" in done.stderr


def test_record(daemon: Any, app: Any, call: tuple[int, int], trunkd: Any) -> None:
    number, folder = str(call[0]), daemon.directory / "media"
    done = trunkd("record", number, "r.wav", "--seconds", "0.5", "--beep", "--wait")
    assert done.returncode == 0, done.stderr
    assert "records r.wav" in done.stdout and "complete, 0.5 s" in done.stdout
    assert soundfile.info(str(folder / "r.wav")).frames == 4000
    with running(
        daemon, "record", number, "s.wav", "--direction", "both", "--encoding", "pcm16", "--wait"
    ) as process:
        line(process.stdout, b"records s.wav")
        app.call(mm.GenerateDigits(call_id=call[1], digits="1"))
        app.wait(ev.Stop, call_id=call[1], kind="play")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=90)
    assert process.returncode == 0, "that is how a recording ends"
    assert b"stopped" in out
    assert soundfile.info(str(folder / "s.wav")).channels == 2
    done = trunkd("record", number, "t.wav")
    assert f"call {number} records (`trunkd record {number} --stop` ends it" in done.stdout
    assert trunkd("record", number, "--stop").returncode == 0
    assert app.wait(ev.Stop, call_id=call[0], message="t.wav").reason == "stopped"
    done = trunkd("record", number, "../t.wav")
    assert done.returncode == 1 and "not below the media directory" in done.stderr


@pytest.mark.parametrize(
    ("options", "keyed", "printed", "code", "words"),
    [
        (["--max", "3"], "123", b"123\n", 0, b"all there"),
        (["--pattern", "1X.", "--pattern", "9"], "12#", b"12\n", 0, b"ended by #"),
        (["--pattern", "9"], "12", b"1\n", 1, b"matches no pattern"),
        (["--first", "0.5"], "", b"\n", 1, b"no digit came"),
        (["--between", "0.5", "--fresh"], "5", b"5\n", 0, b"no further digit came"),
    ],
)
def test_collect(
    daemon: Any,
    app: Any,
    call: tuple[int, int],
    options: list[str],
    keyed: str,
    printed: bytes,
    code: int,
    words: bytes,
) -> None:
    write(daemon, "prompt.wav", 0.1 if not keyed else LONG)
    near, far = call
    with running(daemon, "collect", str(near), "--play", "prompt.wav", *options) as process:
        app.wait(ev.Play, call_id=near)
        if keyed:
            app.call(mm.GenerateDigits(call_id=far, digits=keyed))
        out, error = process.communicate(timeout=90)
    assert (out, process.returncode) == (printed, code), error
    assert words in error and b"Traceback" not in error


def test_collect_as_json_and_by_ctrl_c(daemon: Any, app: Any, call: tuple[int, int]) -> None:
    write(daemon, "prompt.wav", LONG)
    with running(daemon, "collect", str(call[0]), "--play", "prompt.wav", "--json") as process:
        app.wait(ev.Play, call_id=call[0])
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=90)
    assert process.returncode == 1
    assert json.loads(out)["reason"] == "stopped"


def test_music(start_daemon: Any, subscribed: Any, at_socket: Any) -> None:
    own = start_daemon(daemon='[[media.music]]\nname = "wait"\nfiles = ["a.wav"]\n')
    write(own, "a.wav", 1)
    app = subscribed(own)
    app.links_up()
    near, far = app.connect()

    trunkd = at_socket(own)
    app.call(mm.StartListening(call_id=far, kinds=["voice"]))
    assert trunkd("music", str(near)).returncode == 0
    assert app.wait(ev.ConnectionChanged, call_id=near).source == "music/wait"
    assert app.wait(ev.VoiceActivity, call_id=far).active
    assert "hears music wait" in trunkd("calls").stdout
    assert trunkd("music", str(near), "--stop").returncode == 0
    assert app.wait(ev.ConnectionChanged, call_id=near).source == ""
    done = trunkd("music", str(near), "none")
    assert (done.returncode, done.stderr) == (1, "trunkd: there is no music 'none': wait\n")


def test_levels(daemon: Any, app: Any, call: tuple[int, int], trunkd: Any) -> None:
    near, far = call
    write(daemon, "long.wav", LONG)
    app.call(mm.PlayMessage(call_id=far, message="long.wav", repeat=0))
    listed = {x["callId"]: x for x in json.loads(trunkd("levels", "--once", "--json").stdout)}
    assert set(listed) == {near, far}
    assert listed[near]["fast"] == pytest.approx(-9.1, abs=1.5)
    assert listed[far]["peak"] < -60
    (one,) = json.loads(trunkd("levels", str(near), "--once", "--json").stdout)
    assert one["callId"] == near
    text = trunkd("levels", "--once").stdout
    assert "\x1b" not in text, "no colours when piped"
    head, *rows = text.splitlines()
    assert "-60" in head and len(rows) == 2
    assert "█" in rows[0] and "█" not in rows[1]
    gone = trunkd("levels", "9999", "--once")
    assert (gone.returncode, gone.stderr) == (1, "trunkd: there is no call 9999\n")


def test_levels_live(daemon: Any, app: Any, call: tuple[int, int]) -> None:
    write(daemon, "long.wav", LONG)
    app.call(mm.PlayMessage(call_id=call[1], message="long.wav", repeat=0))
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "trunkd", "--socket", daemon.socket, "levels", str(call[0])]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    )
    os.close(slave)
    try:
        seen = b""
        while seen.count(b"Ctrl-C ends") < 3:
            assert select.select([master], [], [], 90)[0], seen
            seen += os.read(master, 65536)
        assert "█".encode() in seen and b"\x1b[" in seen
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(90) == 0
        os.close(master)


def sounds(samples: np.ndarray) -> bool:
    return bool(np.abs(samples).max() > 5000)


@pytest.mark.parametrize("both", [False, True])
def test_listen_to_a_file(
    daemon: Any, app: Any, call: tuple[int, int], tmp_path: pathlib.Path, both: bool
) -> None:
    near, far = call
    write(daemon, "a.wav", 0.5)
    file = tmp_path / "heard.wav"
    more = ["--both"] if both else []
    with running(daemon, "listen", str(near), "-o", str(file), *more) as process:
        line(process.stderr, b"listening to call")
        app.call(mm.PlayMessage(call_id=far, message="a.wav"))
        app.wait(ev.Stop, call_id=far)
        app.call(mm.GenerateDigits(call_id=near, digits="1"))
        app.wait(ev.Stop, call_id=near)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=90)
    assert process.returncode == 0, error
    assert f" s in {file}".encode() in error
    samples, rate = soundfile.read(str(file), dtype="int16", always_2d=True)
    assert rate == 8000 and samples.shape[1] == 1 + both
    assert len(samples) > 4000
    assert sounds(samples[:, 0])
    assert not both or sounds(samples[4000:, 1])


def test_listen_to_stdout_until_the_call_ends(daemon: Any, app: Any) -> None:
    write(daemon, "a.wav", 0.3)
    near, far = app.connect()
    with (
        running(daemon, "listen", str(near)) as process,
        running(daemon, "listen", str(far), "--raw") as other,
    ):
        for each in (process, other):
            line(each.stderr, b"listening to call")
        app.call(mm.PlayMessage(call_id=far, message="a.wav"))
        app.wait(ev.Stop, call_id=far)
        app.hang_up(near, far)
        out, error = process.communicate(timeout=90)
        raw, _ = other.communicate(timeout=90)
    assert (process.returncode, other.returncode) == (0, 0)
    assert b"the call ended" in error
    assert (out[:4], out[8:16], out[40:44]) == (b"RIFF", b"WAVEfmt ", b"\xff" * 4)
    assert sounds(np.frombuffer(out[44:], "<i2"))
    assert len(raw) >= 2 * 2400 and not sounds(np.frombuffer(raw, "<i2"))


def test_listen_to_a_reader_that_leaves(daemon: Any, call: tuple[int, int]) -> None:
    with running(daemon, "listen", str(call[0])) as process:
        assert process.stdout is not None
        assert process.stdout.read(1000)
        process.stdout.close()
        assert process.stderr is not None
        error = process.stderr.read()
        assert process.wait(90) == 0
    assert b"Traceback" not in error and b"BrokenPipe" not in error


def test_listen_is_refused(
    daemon: Any, app: Any, call: tuple[int, int], trunkd: Any, tmp_path: pathlib.Path
) -> None:
    number = str(call[0])
    done = trunkd("listen", number, "-o", str(tmp_path / "none" / "x.wav"))
    assert done.returncode == 1 and "No such file" in done.stderr
    with running(daemon, "listen", number, "-o", str(tmp_path / "a.wav")) as process:
        line(process.stderr, b"listening to call")
        done = trunkd("listen", number, "-o", str(tmp_path / "b.wav"))
        assert done.returncode == 1 and "has live audio already" in done.stderr
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=90)
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "trunkd", "--socket", daemon.socket, "listen", number]
    terminal = subprocess.run(
        command, stdout=slave, stderr=subprocess.PIPE, timeout=90, check=False
    )
    for fd in (master, slave):
        os.close(fd)
    assert terminal.returncode == 1
    assert b"give -o FILE.wav, or pipe it" in terminal.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("play", "1"),
        ("play", "1", "a.wav", "--stop"),
        ("play", "1", "--digits", "12E"),
        ("play", "1", "a.wav", "--stop-on", "x"),
        ("play", "1", "a.wav", "--volume", "90"),
        ("record", "1"),
        ("record", "1", "a.wav", "--stop"),
        ("record", "1", "a.wav", "--seconds", "0"),
        ("record", "1", "a.wav", "--stop-on", "x"),
        ("digits", "1", "x"),
        ("tone", "1"),
        ("collect", "1", "--min", "5", "--max", "4"),
        ("collect", "1", "--end", "x"),
        ("music", "1", "one", "--stop"),
        ("levels", "x"),
        ("listen",),
    ],
)
def test_wrong_usage_is_exit_2(arguments: tuple[str, ...]) -> None:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2, done
    assert done.stderr.startswith("Usage:")


def test_no_daemon_is_exit_3(tmp_path: pathlib.Path) -> None:
    for arguments in (["play", "1", "a.wav"], ["levels"], ["listen", "1", "-o", "/dev/null"]):
        command = [sys.executable, "-m", "trunkd", "--socket", str(tmp_path / "none"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
        assert done.returncode == 3, done
        assert "trunkd run -c FILE" in done.stderr
