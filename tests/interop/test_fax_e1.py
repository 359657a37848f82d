"""A fax over a simulated E1: our channel against spandsp's own T.30 in another process.

Both ends sit on live audio of a B-channel; between them are G.711, G.704 frames and a cable with
bit errors. Virtual time: the board waits for both processes.
"""

from __future__ import annotations

import importlib.util
import pathlib
import subprocess
import sys
from typing import Any

import pytest

from trunkd.board.clock import MILLISECOND, SECOND, VirtualClock
from trunkd.board.media import LiveAudio
from trunkd.board.model import Law
from trunkd.board.registry import open_board
from trunkd.daemon.fax import FaxSession
from trunkd.daemon.fax_events import FaxPage, FaxRequest
from trunkd.drivers.sim import SimBoard

_spec = importlib.util.spec_from_file_location(
    "fax_rig", pathlib.Path(__file__).parent.parent / "daemon" / "fax_rig.py"
)
assert _spec is not None and _spec.loader is not None
rig = importlib.util.module_from_spec(_spec)
sys.modules["fax_rig"] = rig
_spec.loader.exec_module(rig)

pytestmark = pytest.mark.peer
LIVE = LiveAudio(wait_ms=10_000)
TIMESLOT = 7


def run_e1(request: FaxRequest, far: list[str], ber: float) -> tuple[list[Any], list[str], int]:
    """Events of our fax, the far terminal's last line, bits inverted by the cable."""
    board = open_board("sim://lab?cable=1-2", clock=VirtualClock())
    assert isinstance(board, SimBoard)
    with FaxSession(request) as session:
        events = rig.started(session)

        def step(nanoseconds: int) -> None:
            end = board.clock.now() + nanoseconds
            while board.clock.now() < end:
                board.step(end)
                board.events()

        try:
            board.start()
            step(50 * MILLISECOND)
            near, there = (board.span(n).timeslots[TIMESLOT] for n in (1, 2))
            near.open_voice(Law.A)
            there.open_voice(Law.A)
            board.cable(1).impair(ber=ber, seed=5)
            with near.live_audio(LIVE) as audio:
                session.connect(audio)
            with there.live_audio(LIVE) as audio:
                number = audio.fileno()
                command = [rig.build(), *far[:3], str(number), *far[3:]]
                peer = subprocess.Popen(
                    command, pass_fds=(number,), stdout=subprocess.PIPE, text=True
                )
            while session.result is None:
                step(SECOND // 5)
                events += session.events()
                assert board.clock.now() < 600 * SECOND, "the fax has no end"
            step(SECOND)
            errors = board.span(1).line_errors() + board.span(2).line_errors()
        finally:
            board.close()
        said = peer.communicate(timeout=90)[0]
        rig.wait_for_end(session, events)
    return events, said.split(), errors


@pytest.mark.parametrize("ber", [0.0, 1e-5], ids=["clean", "1e-5"])
@pytest.mark.parametrize("mode", ["send", "receive"])
def test_pages_over_an_e1(mode: Any, ber: float, tmp_path: pathlib.Path) -> None:
    pages = [rig.text_page(n, rows=500, y=196) for n in (60, 61)]
    file, out = tmp_path / "in.tif", tmp_path / "out.tif"
    rig.write_tiff(file, pages)
    if mode == "send":
        request, far = FaxRequest("send", str(file)), ["answer", "receive", str(out)]
    else:
        request, far = FaxRequest("receive", str(out)), ["call", "send", str(file)]
    events, said, errors = run_e1(request, far, ber)
    assert (errors > 100) == bool(ber)
    assert events[-1].reason == "ok", events[-1]
    assert [e.number for e in events if isinstance(e, FaxPage)] == [1, 2]
    assert [p.pixels for p in rig.read_pages(out)] == [p.pixels for p in pages]
    assert said[:3] == ["result", "0", "1"]
