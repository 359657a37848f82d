"""Playing and recording where it counts: 240 channels at once, and a daemon that is killed."""

from __future__ import annotations

import pathlib
import signal
import subprocess
import time
from typing import Any

import numpy as np
import soundfile

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.board.model import Law
from trunkd.daemon import events as ev
from trunkd.daemon import media_play
from trunkd.daemon import methods_media as mm
from trunkd.daemon.config_check import loads
from trunkd.daemon.media_files import save
from trunkd.daemon.node import Node
from trunkd.daemon.virtual import run_until
from trunkd.hil.virtual_load import config_text
from trunkd.native import wrap
from trunkd.signaling.call import CallRequest, PartyNumber


def write(folder: pathlib.Path, name: str, seconds: float) -> bytes:
    samples = np.random.default_rng(1).normal(0, 2000, round(8000 * seconds))
    octets = wrap.alaw_encode(np.rint(samples).astype("<i2").tobytes())
    save(str(folder / name), octets, Law.A, "g711")
    return octets


def test_240_channels_play_one_prompt_with_one_copy_in_memory(tmp_path: pathlib.Path) -> None:
    prompt = write(tmp_path, "a.wav", 1)
    text = config_text(4, 20).replace("[daemon]\n", f'[daemon]\nmedia_dir = "{tmp_path}"\n')
    node = Node(loads(text), VirtualClock())
    seen: list[ev.Event] = []

    def sink(event: ev.Event, trunk: str) -> None:
        seen.append(event)
        if isinstance(event, ev.Delivered) and event.direction == "in":
            call = node.call(event.call_id)
            node.at(node.now(), lambda now: call.trunk.answer(call, now))

    def run(seconds: float) -> None:
        run_until(node, node.now() + round(seconds * SECOND))

    node.sinks.append(sink)
    node.open()
    node.start()
    run(3)
    for link in range(1, 5):
        for _ in range(30):
            node.place(node.trunk(f"user{link}"), CallRequest(PartyNumber("1"), None, 0))
    run(3)
    channels = node.media.calls()
    assert len(channels) == 240
    errors: list[Exception | None] = []
    for channel in channels:
        channel.timeslot.record(12000)
        request = mm.PlayMessage(call_id=channel.owner.call_id, message="a.wav")
        media_play.play(channel, node.media, request, errors.append)
    assert errors == [None] * 240
    counts = node.media.cache.counts()
    assert (counts.misses, counts.prompts, counts.octets) == (1, 1, len(prompt))
    run(1.5)
    stops = [e for e in seen if isinstance(e, ev.Stop)]
    assert {(e.reason, e.octets) for e in stops} == {("complete", 8000)} and len(stops) == 240
    assert all(prompt in channel.timeslot.recorded() for channel in channels)
    assert node.media.cache.counts().in_use == 0
    node.close()


def test_a_daemon_that_is_killed_leaves_recordings_that_can_be_read(
    start_daemon: Any, subscribed: Any
) -> None:
    """At most half a second is missing."""
    daemon = start_daemon()
    folder = daemon.directory / "media"
    write(folder, "a.wav", 2)
    app = subscribed(daemon)
    app.links_up()
    near, far = app.connect()
    files = {"alaw": "one.wav", "pcm16": "two.wav"}
    ends = dict(zip(files, (near, far), strict=True))
    began = {}
    for encoding, name in files.items():
        app.call(
            mm.RecordMessage(
                call_id=ends[encoding],
                message=name,
                encoding=encoding,  # type: ignore[arg-type]
                direction="both",
            )
        )
        began[name] = app.wait(ev.Record, message=name).time
    app.call(mm.PlayMessage(call_id=far, message="a.wav"))
    app.wait(ev.Stop, kind="play")

    def missing(name: str) -> float:
        """Seconds that would be lost now."""
        passed = (time.time_ns() - began[name]) / 1e9
        return passed - soundfile.info(str(folder / name)).frames / 8000

    # A busy machine may keep the writer waiting for longer at times, not for ever.
    end = time.monotonic() + 60
    while max(map(missing, began)) > 0.5:
        assert time.monotonic() < end, {name: missing(name) for name in began}
    kept = {name: soundfile.info(str(folder / name)).frames for name in began}
    daemon.process.send_signal(signal.SIGKILL)
    daemon.process.wait(60)
    for name in files.values():
        assert kept[name] > 1.4 * 8000
        told = subprocess.run(
            ["sox", str(folder / name), "-n", "stat"], capture_output=True, text=True, check=False
        )
        assert told.returncode == 0, f"sox is needed here: {told.stderr}"
        assert "WARN" not in told.stderr
        info = soundfile.info(str(folder / name))
        assert info.frames >= kept[name]
        assert info.channels == 2
    samples, _ = soundfile.read(str(folder / "one.wav"))
    assert np.abs(samples[:, 0]).max() > 0.1
