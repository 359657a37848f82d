"""osmo-e1d's protocol with Osmocom's own libraries as the other party, both ways.

Debian has libosmocore (sockets, select loop, HDLC) and libosmo-abis (LAPD), not osmo-e1d itself:
the server and the client here are small programs of those libraries' functions.
"""

from __future__ import annotations

import os
import pathlib
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from build_c import compiled

from trunkd.board.events import (
    Alarm,
    AlarmChanged,
    BoardEvent,
    FrameFaulty,
    FrameReceived,
    RecordEnded,
    SaBitsChanged,
)
from trunkd.board.model import HdlcConfig
from trunkd.board.registry import open_board
from trunkd.drivers.e1d import E1dBoard, ServerChanged, proto
from trunkd.drivers.e1d.link import ControlLink
from trunkd.hil.e1d_thread import ServedLines

PACKAGES = "libosmocore-dev libosmo-abis-dev"
HEADERS = ("osmo_e1d.h",)


class Lines:
    """A board on lines, whose events are gathered."""

    def __init__(self, board: E1dBoard) -> None:
        self.board = board
        self.seen: list[BoardEvent] = []
        board.start()

    def wait(self, until: Callable[[], bool], seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < end, self.seen[-20:]
            select.select([self.board.fileno()], [], [], 0.05)
            self.seen += self.board.events()

    def run(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() >= end)

    def of(self, kind: type[BoardEvent]) -> list[Any]:
        return [event for event in self.seen if type(event) is kind]


@pytest.fixture
def osmo_server(tmp_path: pathlib.Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Two lines back to back, by libosmocore: the socket and the process."""
    sources = ("osmo_e1d_server.c", "osmo_e1d_wire.c")
    program = compiled("osmo_e1d_server", sources, HEADERS, ("-losmocore",), PACKAGES)
    path = str(tmp_path / "ctl")
    server = subprocess.Popen([program, path], stdout=subprocess.PIPE)
    assert server.stdout is not None
    try:
        assert server.stdout.readline() == b"ready\n"
        yield path, server
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


@pytest.fixture
def lines(osmo_server: tuple[str, Any]) -> Iterator[Lines]:
    board = open_board(f"e1d://{osmo_server[0]}?lines=0:0,1:0&block_ms=20&buffer_ms=240")
    assert isinstance(board, E1dBoard)
    with board:
        yield Lines(board)


@pytest.mark.peer
@pytest.mark.parametrize("who", ["own", "server"])
def test_frames_through_osmocoms_server(lines: Lines, who: str) -> None:
    """Our HDLC against itself on RAW timeslots; and Osmocom's HDLC at both ends."""
    lines.board.config.hdlc = who
    a, b = (lines.board.span(n).timeslots[16] for n in (1, 2))
    a.open_hdlc(HdlcConfig())
    b.open_hdlc(HdlcConfig())
    lines.run(0.4)
    rng = random.Random(5)
    there = [rng.randbytes(n) for n in (2, 3, 17, 64, 260, 262)]
    back = [bytes([0x7E, 0xFF, 0x1F][n % 3] for _ in range(n)) for n in (3, 40, 260)]
    for frame in there:
        assert a.transmit(frame)
    for frame in back:
        assert b.transmit(frame)
    lines.wait(lambda: len(lines.of(FrameReceived)) == len(there) + len(back))
    heard = lines.of(FrameReceived)
    assert [e.frame for e in heard if e.span == 2] == there
    assert [e.frame for e in heard if e.span == 1] == back
    assert not lines.of(FrameFaulty)


@pytest.mark.peer
def test_our_hdlc_and_osmocoms_understand_each_other(lines: Lines) -> None:
    a, b = (lines.board.span(n).timeslots[3] for n in (1, 2))
    a.open_hdlc(HdlcConfig())
    lines.board.config.hdlc = "server"
    b.open_hdlc(HdlcConfig())
    lines.run(0.4)
    frames = [random.Random(n).randbytes(n) for n in (2, 30, 133, 262)]
    for frame in frames:
        a.transmit(frame)
        b.transmit(frame)
    lines.wait(lambda: len(lines.of(FrameReceived)) == 2 * len(frames))
    for span in (1, 2):
        assert [e.frame for e in lines.of(FrameReceived) if e.span == span] == frames


@pytest.mark.peer
def test_voice_is_bit_exact(lines: Lines) -> None:
    """A second in each direction at once, in one go: a board or server that others keep waiting for
    longer than what is buffered slips, and has to say it again."""
    a, b = (lines.board.span(n).timeslots[1] for n in (1, 2))
    a.open_voice()
    b.open_voice()
    lines.run(0.5)
    there, back = random.Random(1).randbytes(8000), random.Random(2).randbytes(8000)
    for _ in range(20):
        lines.seen.clear()
        b.record(18000)
        a.record(18000)
        a.play(there)
        b.play(back)
        lines.wait(lambda: len(lines.of(RecordEnded)) == 2)
        if there in b.recorded() and back in a.recorded():
            return
    pytest.fail("never a second without a slip")


@pytest.mark.peer
def test_alarms_sa_bits_and_a_server_that_dies(
    lines: Lines, osmo_server: tuple[str, subprocess.Popen[bytes]]
) -> None:
    _, server = osmo_server
    lines.board.span(1).timeslots[1].open_voice()
    server.send_signal(signal.SIGUSR1)
    lines.wait(lambda: len(lines.of(AlarmChanged)) == 2)
    assert all(span.alarms == {Alarm.LOS} for span in lines.board.spans)
    server.send_signal(signal.SIGUSR2)
    lines.wait(lambda: not any(span.alarms for span in lines.board.spans))
    lines.board.span(1).set_sa_bits(0b10110)
    lines.wait(lambda: lines.of(SaBitsChanged) != [])
    (sa,) = lines.of(SaBitsChanged)
    assert (sa.span, sa.sa) == (2, 0b10110)
    server.kill()
    lines.wait(lambda: all(span.alarms == {Alarm.LOS} for span in lines.board.spans))
    assert [e.present for e in lines.of(ServerChanged)] == [False]


# ---- Osmocom's client on our server -----------------------------------------------------------


@pytest.mark.peer
def test_osmocoms_client_on_our_server(tmp_path: pathlib.Path) -> None:
    """Queries, an HDLC timeslot on which libosmo-abis' LAPD comes up against our Q.921 and Q.931, a
    RAW timeslot that is bit-exact there and back, and events of a cable that is cut and mended."""
    sources = ("osmo_e1d_client.c", "osmo_e1d_wire.c")
    libraries = ("-losmocore", "-losmoabis", "-losmogsm")
    program = compiled("osmo_e1d_client", sources, HEADERS, libraries, PACKAGES)
    served = ServedLines()
    far = ControlLink(served.path, 1.0)
    config = proto.TimeslotConfig(proto.TS_HDLC).encode()
    _, wire = far.ask(proto.Message(proto.TS_OPEN, 0, 1, 16, config))
    words = [sys.executable, "-m", "trunkd.hil.peer_pri", "--fd", str(wire), "--side", "net"]
    ours = subprocess.Popen([*words, "--mode", "answer", "--calls", "1"], pass_fds=[wire])
    os.close(wire)
    echo = open_board(f"e1d://{served.path}?line=1&block_ms=20&buffer_ms=100")
    loop = echo.span(1).timeslots[1]
    loop.open_voice()
    loop.connect(loop)
    echo.start()
    theirs = subprocess.Popen([program, served.path, "0", "0"], stdout=subprocess.PIPE)
    told = Told(theirs)
    try:
        said = told.until("done")
        assert "interface 0 has 2 lines" in said
        assert "line 0 mode 20" in said
        assert "32 timeslots" in said
        assert "LAPD established" in said
        # Q.931 5.8.11: STATUS (7d) for a call that there is not, as to our call reference 7.
        (status,) = [line for line in said if line.startswith("Q.931 ")]
        assert status.startswith("Q.931 0802") and status[10:12] in ("80", "00")
        assert "a second of octets came back as it was sent" in said
        served.cut(to=1)
        told.until("event 0:0 LOF on")
        served.mend(to=1)
        told.until("event 0:0 LOF off")
        served.do(lambda: served.sim.span(2).set_sa_bits(0b00100))
        told.until("event 0:0 Sa 01")
    finally:
        for process in (ours, theirs):
            process.kill()
            process.wait()
        assert theirs.stdout is not None
        theirs.stdout.close()
        far.close()
        echo.close()
        served.close()


class Told:
    """The lines that a process writes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.rest = b""

    def until(self, last: str) -> list[str]:
        """Lines up to this one, which must come within 90 s each."""
        lines: list[str] = []
        assert self.process.stdout is not None
        while last not in lines:
            while b"\n" not in self.rest:
                assert select.select([self.process.stdout], [], [], 90)[0], lines
                more = os.read(self.process.stdout.fileno(), 4096)
                assert more, f"it ended with {self.process.wait()}: {lines}"
                self.rest += more
            line, self.rest = self.rest.split(b"\n", 1)
            lines.append(line.decode())
        return lines
