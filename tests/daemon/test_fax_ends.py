"""How faxes end when the line goes dead, or the last frame is lost."""

from __future__ import annotations

import contextlib
import importlib.util
import pathlib
import socket
import subprocess
import sys
from typing import Any

import pytest

from trunkd.daemon.fax import FaxSession, audio_pair
from trunkd.daemon.fax_events import (
    DECODER,
    ENCODER,
    FaxFrame,
    FaxOrder,
    FaxRequest,
    FaxResult,
    FaxStarted,
)

_spec = importlib.util.spec_from_file_location(
    "fax_rig", pathlib.Path(__file__).with_name("fax_rig.py")
)
assert _spec is not None and _spec.loader is not None
rig = importlib.util.module_from_spec(_spec)
sys.modules["fax_rig"] = rig
_spec.loader.exec_module(rig)

pytestmark = pytest.mark.peer


def two_faxes(
    tmp_path: pathlib.Path, cut: Any, rows: int = 60, **fields: Any
) -> tuple[FaxResult, FaxResult, float]:
    """A page between two of our workers, over a line that goes dead from sender to receiver once
    ``cut(frames that the sender sent, ns since the last)``; the receiver's seconds after that."""
    file, out = tmp_path / "in.tif", tmp_path / "out.tif"
    rig.write_tiff(file, [rig.text_page(37, rows=rows)])
    requests = (
        FaxRequest("send", str(file), trace=True, **fields),
        FaxRequest("receive", str(out), **fields),
    )
    sessions = [FaxSession(request) for request in requests]
    events = [rig.started(session) for session in sessions]
    lines = [rig.connected(session) for session in sessions]
    carried = [bytes(2 * rig.BLOCK)] * 2
    blocks, dead = 0, 0
    while not all(session.result for session in sessions):
        for n, line in enumerate(lines):
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                line.send(carried[1 - n])
        heard = [bytes(2 * rig.BLOCK)] * 2
        for n, line in enumerate(lines):
            with contextlib.suppress(ConnectionResetError):  # it has ended
                heard[n] = line.recv(4 * rig.BLOCK) or heard[n]
            events[n] += sessions[n].events()
        blocks += 1
        frames = [e for e in events[0] if isinstance(e, FaxFrame) and e.direction == "sent"]
        if dead or (frames and cut([f.name for f in frames], blocks * 20_000_000 - frames[-1].at)):
            dead = dead or blocks
            heard[0] = bytes(2 * rig.BLOCK)
        carried = heard
        assert blocks < rig.LONGEST, f"the fax has no end: {[e[-3:] for e in events]}"
    for line, session, told in zip(lines, sessions, events, strict=True):
        line.close()
        rig.wait_for_end(session, told)
    one, two = (session.result for session in sessions)
    assert one is not None and two is not None
    return one, two, two.at / 1e9 - dead / 50


@pytest.mark.parametrize("heard", [0, 100, 300, 600, 900, 1100])
def test_a_farewell_that_is_lost(tmp_path: pathlib.Path, heard: int) -> None:
    """Of DCN so many ms are heard. spandsp waits for it for ever; the worker does not, and what was
    received whole is well received."""
    one, two, waited = two_faxes(
        tmp_path, lambda names, since: names[-1] == "DCN" and since >= heard * 1e6
    )
    assert one.reason == "ok" and one.pages == 1
    assert two.reason == "ok" and two.pages == 1 and "no DCN" in two.text, two
    assert waited < 15
    assert len(rig.read_pages(tmp_path / "out.tif")) == 1


@pytest.mark.parametrize("ecm", [True, False])
@pytest.mark.parametrize("since", [50, 700, 2500])
@pytest.mark.parametrize("frame", ["DCS", "EOP"])
def test_a_line_that_goes_dead(tmp_path: pathlib.Path, frame: str, since: int, ecm: bool) -> None:
    """Wherever it is, both ends learn of it in bounded time, with a result."""
    frame = "PPS" if ecm and frame == "EOP" else frame
    one, two, waited = two_faxes(
        tmp_path, lambda names, t: names[-1] == frame and t >= since * 1e6, rows=300, ecm=ecm
    )
    assert waited < 140
    assert (one.reason == "ok") <= (two.reason == "ok")
    if frame == "DCS":
        assert one.reason != "ok" and two.pages == 0


def test_a_slow_page_is_not_taken_for_a_dead_line(tmp_path: pathlib.Path) -> None:
    """Without error correction a page has no frames: at 2400 bit/s it takes two minutes."""
    page = rig.text_page(38, rows=2200)
    file, out = tmp_path / "in.tif", tmp_path / "out.tif"
    rig.write_tiff(file, [page])
    far = ["call", "send", str(file), "ecm=0", "modems=1"]
    told = rig.run_fax(FaxRequest("receive", str(out)), far)
    assert told.result.reason == "ok" and told.negotiated[0].bit_rate <= 4800
    (through,) = told.pages
    assert through.at - told.negotiated[0].at > 66e9, "longer than a dead line is waited for"
    assert [p.pixels for p in rig.read_pages(out)] == [page.pixels]


def test_a_board_that_gives_no_audio_any_more(tmp_path: pathlib.Path) -> None:
    """Its clock stands still, and nobody closes the channel: the worker does not wait for ever."""
    code = "import trunkd.daemon.fax_worker as w; w.NO_AUDIO = 0.1; raise SystemExit(w.main())"
    ours, theirs = socket.socketpair()
    near, far = audio_pair()
    with ours, near, theirs, far:
        worker = subprocess.Popen(
            [sys.executable, "-c", code], stdin=theirs.fileno(), stdout=subprocess.PIPE
        )
        assert worker.stdout is not None
        request = FaxRequest("receive", str(tmp_path / "out.tif"))
        ours.send(ENCODER.encode(request) + b"\n")
        assert isinstance(DECODER.decode(worker.stdout.readline()), FaxStarted)
        socket.send_fds(ours, [ENCODER.encode(FaxOrder("audio")) + b"\n"], [far.fileno()])
        output, _ = worker.communicate(timeout=120)
    result = DECODER.decode(output.splitlines()[-1])
    assert isinstance(result, FaxResult) and result.reason == "lineLost"
    assert "no audio" in result.text
    assert list(tmp_path.iterdir()) == []
