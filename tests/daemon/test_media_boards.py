"""Calls of two boards: connected, and in one conference. The daemon as a process, in real time."""

from __future__ import annotations

import pathlib
import sys
import time

import numpy as np
import pytest

from trunkd.daemon import methods_media as mm

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from media_rig import level_of, sine

SECOND_BOARD = """
[[board]]
name = "b1"
address = "sim://second"
[board.sim]
spans = 2
cable = "1-2"
[[trunk]]
name = "pstn1"
span = "b1/1"
signalling = "pri"
[trunk.pri]
side = "user"
[[trunk]]
name = "exchange1"
span = "b1/2"
signalling = "pri"
[trunk.pri]
side = "network"
"""


@pytest.fixture
def app(start_daemon, subscribed):
    app = subscribed(start_daemon(network=SECOND_BOARD))
    app.links_up("pstn", "exchange", "pstn1", "exchange1")
    return app


class Voice:
    """The far end of a call, by live audio: it says a tone without end and keeps what it hears."""

    def __init__(self, app, call_id: int, hz: float) -> None:
        _, self.audio = app.client.open_audio(mm.OpenAudio(call_id=call_id))
        self.audio.settimeout(5)
        self.hz = hz
        self._tone = np.rint(sine(hz, 60, -20)).astype("<i2")
        self._at = 0

    def listen(self, seconds: float) -> np.ndarray:
        """Answer each packet with one, as a bot does."""
        heard = b""
        end = time.monotonic() + 20
        while len(heard) < 16000 * seconds:
            assert time.monotonic() < end
            packet = self.audio.recv(4096)
            heard += packet
            n = len(packet) // 2
            self.audio.send(self._tone[self._at : self._at + n].tobytes())
            self._at += n
        return np.frombuffer(heard, "<i2").astype(float)


def hear_each_other(voices: list[Voice], expected: list[set[float]]) -> None:
    """Until each hears just these tones while all talk: a gap of a busy machine is no silence."""
    found: list[set[float]] = []
    end = time.monotonic() + 90
    while found != expected:
        assert time.monotonic() < end, f"heard {found}, not {expected}"
        heard: list[list[np.ndarray]] = [[] for _ in voices]
        for _ in range(15):
            for voice, kept in zip(voices, heard, strict=True):
                kept.append(voice.listen(0.02))
        found = []
        for kept in heard:
            last = np.concatenate(kept)[-2400:]
            found.append({v.hz for v in voices if level_of(last, v.hz) > -30})


def test_calls_of_two_boards_hear_each_other(app) -> None:
    near0, far0 = app.connect(device="trunk/pstn")
    near1, far1 = app.connect(device="trunk/pstn1")
    voices = [Voice(app, far0, 500), Voice(app, far1, 900)]
    hear_each_other(voices, [set(), set()])
    app.call(mm.ConnectCalls(call_id=near0, other=near1))
    hear_each_other(voices, [{900}, {500}])
    app.call(mm.DisconnectCalls(call_id=near1))
    hear_each_other(voices, [set(), set()])
    app.call(mm.ConnectCalls(call_id=near0, other=near1, half=True))
    hear_each_other(voices, [set(), {500}])
    app.call(mm.DisconnectCalls(call_id=near1))
    for voice in voices:
        voice.audio.close()


def test_one_conference_of_two_boards(app) -> None:
    calls = [app.connect(device=f"trunk/{name}") for name in ("pstn", "pstn", "pstn1")]
    voices = [Voice(app, far, hz) for (_, far), hz in zip(calls, (500, 900, 1300), strict=True)]
    number = app.call(mm.CreateConference()).conference
    for near, _ in calls:
        app.call(mm.Join(conference=number, call_id=near))
    hear_each_other(voices, [{900, 1300}, {500, 1300}, {500, 900}])
    app.call(mm.Leave(conference=number, call_id=calls[2][0]))
    hear_each_other(voices, [{900}, {500}, set()])
    app.call(mm.Join(conference=number, call_id=calls[2][0], role="listen"))
    hear_each_other(voices, [{900}, {500}, {500, 900}])
    app.call(mm.CloseConference(conference=number))
    for voice in voices:
        voice.audio.close()
