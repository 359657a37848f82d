"""examples/talkback.py as a process, called through a real daemon."""

from __future__ import annotations

import contextlib
import pathlib
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from trunkd.board.model import Law
from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_media as mm
from trunkd.daemon.media_files import load

BOT = pathlib.Path(__file__).parent.parent.parent / "examples" / "talkback.py"
SPEECH = pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison/activated.wav")
SILENCE = 0xD5


@contextlib.contextmanager
def bot(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, str(BOT), *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "waiting for calls\n"
        yield process
    finally:
        process.kill()
        process.communicate(timeout=90)


def call(app) -> tuple[int, socket.socket]:
    """A call that the bot answers, and our end of its audio."""
    made = app.call(m.MakeCall(called="5551000", device="trunk/pstn"))
    app.wait(ev.Established, call_id=made.call_id)
    _, audio = app.client.open_audio(mm.OpenAudio(call_id=made.call_id, coding="alaw"))
    audio.settimeout(90)
    return made.call_id, audio


def until_silent(audio: socket.socket, packets: int = 20) -> bytes:
    """What is heard from the first sound to 0.4 s of silence."""
    heard, silent = b"", 0
    while not heard or silent < packets:
        packet = audio.recv(4096)
        silent = silent + 1 if set(packet) <= {SILENCE, SILENCE ^ 0x80} else 0
        if heard or not silent:
            heard += packet
    return heard


@pytest.mark.peer
def test_it_says_back_what_it_heard(daemon, app) -> None:
    assert SPEECH.exists(), "install asterisk-core-sounds-en-wav"
    octets = load(str(SPEECH), Law.A).octets
    with bot("--socket", daemon.socket, "--trunk", "exchange", "--say", "") as process:
        call_id, audio = call(app)
        assert process.stdout is not None
        assert process.stdout.readline().endswith("answered\n")
        with audio:
            for at in range(0, len(octets), 160):
                audio.send(octets[at : at + 160].ljust(160, b"\xd5"))
            heard = b""
            while octets[1600:-1600] not in heard:
                packet = audio.recv(4096)
                assert packet, "the call ended"
                heard += packet
                assert len(heard) < 8000 * 20, "nothing came back"
            assert "said back" in process.stdout.readline()
        app.call(m.ClearConnection(call_id=call_id))
        assert process.stdout.readline().endswith("over\n")
        app.wait(ev.ConnectionCleared, call_id=call_id)


@pytest.mark.peer
def test_it_speaks_first_and_two_calls_do_not_mix(daemon, app) -> None:
    # Long enough that who begins to listen late hears some of it.
    say = "This is a sentence of some seconds, so that there is time to begin to listen to it"
    with bot("--socket", daemon.socket, "--trunk", "exchange", "--say", say) as process:
        (one, first), (two, second) = call(app), call(app)
        with first, second:
            assert len(until_silent(first)) > 2000
            assert len(until_silent(second)) > 2000
            tone = bytes(load(str(SPEECH), Law.A).octets[:8000])
            for at in range(0, len(tone), 160):
                first.send(tone[at : at + 160])
            back = until_silent(first, 40)
            assert tone[3200:4800] in back
            quiet = b""
            while True:
                second.setblocking(False)
                try:
                    quiet += second.recv(4096)
                except BlockingIOError:
                    break
            assert set(quiet) <= {SILENCE, SILENCE ^ 0x80}, "the other caller heard nothing of it"
        for call_id in (one, two):
            app.call(m.ClearConnection(call_id=call_id))
            app.wait(ev.ConnectionCleared, call_id=call_id)
        assert process.poll() is None


def test_without_a_daemon_it_says_so(tmp_path: pathlib.Path) -> None:
    command = [sys.executable, str(BOT), "--socket", str(tmp_path / "none"), "--say", ""]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("talkback: no trunkd at ") and "Traceback" not in done.stderr
