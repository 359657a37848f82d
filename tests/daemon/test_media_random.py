"""Requests in any order, in virtual time: whatever happens, each beginning has one end."""

from __future__ import annotations

import collections
import contextlib
import pathlib
import random
import socket
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from media_rig import Rig
from test_media_play import dtmf, noise

from trunkd.board.clock import MILLISECOND
from trunkd.daemon import events as ev
from trunkd.daemon import wire
from trunkd.daemon.later import Later
from trunkd.daemon.wire import WireError
from trunkd.daemon.wire_pass import Passing
from trunkd.errors import LocalError

MUSIC = '[[media.music]]\nname = "m"\nfiles = ["m.wav"]\n'
STEPS = 150


class Chaos:
    """A node, what was asked of it, and a slow disk."""

    def __init__(self, directory: pathlib.Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.rig = Rig(directory, media=MUSIC)
        for n, seconds in enumerate((0.05, 0.3, 2)):
            self.rig.write(f"{n}.wav", noise(seconds, n))
        self.rig.write("m.wav", noise(1))
        self.jobs: list[tuple[Callable[[], Any], Callable[..., None]]] = []
        self.rig.node.offload = lambda work, done: self.jobs.append((work, done))
        self.answers: list[tuple[str, list[Exception | None]]] = []
        self.sockets: list[socket.socket] = []
        self.opened: list[int] = []
        self.conferences: list[int] = []
        self.calls = [self.rig.call() for _ in range(3)]

    def disk(self, most: int) -> None:
        """The disk is done with some jobs, in any order."""
        for _ in range(min(most, len(self.jobs))):
            work, done = self.jobs.pop(self.random.randrange(len(self.jobs)))
            try:
                result = work()
            except LocalError as exc:
                done(None, exc)
            else:
                done(result, None)

    def ask(self, method: str, params: dict[str, Any]) -> None:
        raw = msgspec.Raw(msgspec.json.encode(params))
        request = wire.Request(jsonrpc="2.0", id=1, method=method, params=raw)
        try:
            result = self.rig.service.call(request, None)  # type: ignore[arg-type]
        except WireError:
            return
        if isinstance(result, Later):
            settled: list[Exception | None] = []
            self.answers.append((method, settled))
            result.then(lambda value, error: settled.append(error))
        elif isinstance(result, Passing):
            self.sockets.append(result.sock)
            self.opened.append(result.result.audio)
        elif method == "createConference":
            self.conferences.append(result.conference)
        elif method == "closeConference":
            self.conferences.remove(params["conference"])

    def request(self) -> tuple[str, dict[str, Any]]:
        choose = self.random.choice
        call = {"callId": choose(list(self.rig.node.calls) or [1])}
        number = {"conference": choose(self.conferences or [1])}
        where = number if self.conferences and self.random.random() < 0.3 else call
        other = choose(list(self.rig.node.calls) or [1])
        file = f"{self.random.randrange(4)}.wav"  # there is no 3.wav
        items = choose([[], [{"file": file}], [{"tone": "CN/busy"}]])
        recording = {"message": f"r{file}", "beep": choose([True, False]), "silence": 0.3}
        collecting = {"items": items, "maxDigits": 2, "firstTimeout": 0.5}
        found: tuple[str, dict[str, Any]] = choose(
            [
                ("playMessage", {**where, "message": file, "stopOnDigits": choose(["", "1"])}),
                ("playMessage", {**where, "message": file, "stopOnVoice": True}),
                ("recordMessage", {**where, **recording, "maxDuration": choose([0.1, 5])}),
                ("stopMedia", {**where, "kind": choose(["play", "record", "both"])}),
                ("stopMedia", where),
                ("suspendMedia", where),
                ("resumeMedia", where),
                ("startDigitsCollection", {**where, **collecting, "bargeIn": choose([1, 0]) == 1}),
                ("stopDigitsCollection", where),
                ("generateDigits", {**call, "digits": "12"}),
                ("playMusic", where),
                ("stopMusic", where),
                ("createConference", {}),
                ("joinConference", {**number, **call}),
                ("leaveConference", {**number, **call}),
                ("closeConference", number),
                ("openAudio", where),
                ("closeAudio", where),
                ("connectCalls", {**call, "other": other, "half": choose([True, False])}),
                ("disconnectCalls", call),
                ("startCallProgressAnalysis", call),
                ("startListening", {**where, "kinds": ["dtmf", "voice", "tones"]}),
            ]
        )
        return found

    def step(self) -> None:
        chance = self.random.random()
        unit = self.rig.node.boards["b0"]
        if chance < 0.8:
            self.ask(*self.request())
        elif chance < 0.85 and self.sockets:
            self.sockets.pop().close()
        elif chance < 0.9:
            far = self.random.choice(self.calls).far
            if far.state == "connected":
                with contextlib.suppress(LocalError):  # it plays something
                    self.rig.say(far, dtmf("12"))
        elif chance < 0.94:
            unit.board.step(self.rig.node.now() + 50 * MILLISECOND)
            unit.board.events()
            self.rig.node.media.lost(unit.board)
        elif chance < 0.96:
            self.ask("clearConnection", {"callId": next(iter(self.rig.node.calls), 1)})
            self.calls.append(self.rig.call())
        self.disk(self.random.choice([0, 1, 99]))
        self.rig.run(self.random.choice([0, 0, 0.002, 0.02, 0.3, 1]))

    def end(self) -> None:
        for call_id in list(self.rig.node.calls):
            self.ask("clearConnection", {"callId": call_id})
        for number in list(self.conferences):
            self.ask("closeConference", {"conference": number})
        for _ in range(4):
            self.rig.run(1)
            self.disk(99)


@pytest.mark.parametrize("seed", range(6))
def test_each_beginning_has_one_end(tmp_path: pathlib.Path, seed: int) -> None:
    chaos = Chaos(tmp_path, seed)
    rig, media = chaos.rig, chaos.rig.node.media
    for _ in range(STEPS):
        chaos.step()
    chaos.end()
    assert [method for method, settled in chaos.answers if len(settled) != 1] == []
    under_way = collections.Counter((e.device, "play", e.message) for e in rig.of(ev.Play))
    under_way.update((e.device, "record", e.message) for e in rig.of(ev.Record))
    assert under_way.total() > 10
    under_way.subtract((e.device, e.kind, e.message) for e in rig.of(ev.Stop))
    assert {
        key: count for key, count in under_way.items() if count and key[2] != "digits 12"
    } == {}, "generateDigits may be told to have failed before it began"
    collected = [s for m, s in chaos.answers if m == "startDigitsCollection" and s == [None]]
    assert len(rig.of(ev.DigitsCollected)) == len(collected)
    music = len(media.music._playing)
    assert media.conferences.soft.used(rig.node.boards["b0"]) == music
    assert media.cache.counts().in_use == music
    assert not (media.late or media.late_audio or media.channels() or media.calls())
    assert sorted(e.audio for e in rig.of(ev.AudioClosed)) == chaos.opened
    for sock in chaos.sockets:
        sock.close()
    rig.close()
