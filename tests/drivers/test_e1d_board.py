"""e1d:// in real time on our own server: its mistakes named, and servers that come and go."""

from __future__ import annotations

import os
import pathlib
import random
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from trunkd.board.clock import VirtualClock
from trunkd.board.events import (
    Alarm,
    BoardEvent,
    FrameReceived,
    RecordEnded,
    RecordGap,
    SaBitsChanged,
    Slipped,
)
from trunkd.board.model import Feature, HdlcConfig, Loopback
from trunkd.board.registry import open_board
from trunkd.drivers.e1d import E1dBoard, ServerChanged, TimeslotChanged, proto
from trunkd.drivers.e1d.link import ControlLink
from trunkd.errors import ConfigError, DriverError, LocalError, RemoteError
from trunkd.hil.e1d_thread import ServedLines


class Lab:
    """A server, and a board on its lines whose events are gathered."""

    def __init__(self) -> None:
        self.served = ServedLines()
        self.boards: list[E1dBoard] = []
        self.seen: list[BoardEvent] = []

    def open(self, options: str = "lines=0:0,0:1&buffer_ms=150&retry_ms=20") -> E1dBoard:
        board = self.served.client(options)
        board.start()
        self.boards.append(board)
        return board

    def wait(self, until: Callable[[], bool], seconds: float = 15) -> None:
        end = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < end, self.seen[-20:]
            select.select([b.fileno() for b in self.boards], [], [], 0.02)
            for board in self.boards:
                self.seen += board.events()

    def of(self, kind: type[BoardEvent]) -> list[Any]:
        return [event for event in self.seen if type(event) is kind]

    def close(self) -> None:
        for board in self.boards:
            board.close()
        self.served.close()


@pytest.fixture
def lab() -> Iterator[Lab]:
    made = Lab()
    yield made
    made.close()


def flows(lab: Lab, board: E1dBoard, timeslot: int) -> None:
    """Until octets are heard on a timeslot of both spans."""
    slots = [board.span(n).timeslots[timeslot] for n in (1, 2)]
    lab.wait(lambda: all(slot.line_counters()["waiting"] >= 1200 for slot in slots))


def test_frames_and_voice_in_real_time(lab: Lab) -> None:
    board = lab.open()
    a, b = (board.span(n) for n in (1, 2))
    for span in (a, b):
        span.timeslots[16].open_hdlc(HdlcConfig())
        span.timeslots[1].open_voice()
    flows(lab, board, 1)
    speech = random.Random(3).randbytes(4000)
    b.timeslots[1].record(8000)
    a.timeslots[1].play(speech)
    a.timeslots[16].transmit(b"from a")
    b.timeslots[16].transmit(b"from b")
    lab.wait(lambda: len(lab.of(FrameReceived)) == 2 and lab.of(RecordEnded) != [])
    assert {(e.span, e.frame) for e in lab.of(FrameReceived)} == {(1, b"from b"), (2, b"from a")}
    if not lab.of(Slipped):  # a machine that stood still for 150 ms tells so
        assert speech in b.timeslots[1].recorded()
    assert not lab.of(RecordGap)
    counts = b.timeslots[1].line_counters()
    assert counts["left_out"] == counts["refused"] == counts["lost"] == 0
    assert b.counters().frames > 0


def test_the_server_does_hdlc(lab: Lab) -> None:
    board = lab.open("lines=0:0,0:1&hdlc=server&retry_ms=20")
    a, b = (board.span(n).timeslots[16] for n in (1, 2))
    a.open_hdlc(HdlcConfig())
    b.open_hdlc(HdlcConfig(max_octets=100))
    frames = [bytes([n]) * n for n in (2, 99, 200, 100)]
    for frame in frames:
        assert a.transmit(frame)
    lab.wait(lambda: len(lab.of(FrameReceived)) == 3)
    assert [e.frame for e in lab.of(FrameReceived)] == [frames[0], frames[1], frames[3]]
    assert b.counters().long == 1
    assert a.counters().tx_frames == 4


def test_alarms_of_a_cable_cut_and_mended(lab: Lab) -> None:
    board = lab.open()
    lab.served.cut(to=2)
    lab.wait(lambda: board.span(2).alarms == {Alarm.LOS, Alarm.LOF})
    lab.wait(lambda: board.span(1).alarms == {Alarm.RAI})
    late = lab.open("line=1")  # one that comes now is told, too
    lab.wait(lambda: late.span(1).alarms == {Alarm.LOS, Alarm.LOF})
    lab.served.mend(to=2)
    lab.wait(lambda: not any(s.alarms for b in (board, late) for s in b.spans))
    assert board.span(2).counters().alarms == {Alarm.LOS: 1, Alarm.LOF: 1}
    lab.served.do(lambda: lab.served.sim.span(1).send_ais(True))
    lab.wait(lambda: Alarm.AIS in board.span(2).alarms)


def test_sa_bits_both_ways(lab: Lab) -> None:
    board = lab.open()
    board.span(1).set_sa_bits(0b01001)
    lab.wait(lambda: lab.of(SaBitsChanged) != [])
    assert [(e.span, e.sa) for e in lab.of(SaBitsChanged)] == [(2, 0b01001)]
    assert board.span(2).sa_bits == 0b01001
    with pytest.raises(LocalError, match="give 0 to 31"):
        board.span(1).set_sa_bits(32)


def test_a_server_that_goes_and_comes_back(lab: Lab) -> None:
    board = lab.open()
    a, b = (board.span(n).timeslots[16] for n in (1, 2))
    a.open_hdlc(HdlcConfig())
    b.open_hdlc(HdlcConfig())
    flows(lab, board, 16)
    lab.served.stop()
    lab.wait(lambda: len(lab.of(TimeslotChanged)) == 2)
    lab.wait(lambda: all(span.alarms == {Alarm.LOS} for span in board.spans))
    assert [e.present for e in lab.of(ServerChanged)] == [False]
    with pytest.raises(DriverError, match="the server went away: start it again"):
        board.span(1).set_sa_bits(0)
    board.span(1).timeslots[5].open_voice()  # carried once the server is back
    lab.served.start()
    lab.wait(lambda: len(lab.of(TimeslotChanged)) == 5)
    lab.wait(lambda: not any(span.alarms for span in board.spans))
    assert {(e.span, e.timeslot) for e in lab.of(TimeslotChanged) if e.carried} == {
        (1, 5),
        (1, 16),
        (2, 16),
    }
    flows(lab, board, 16)
    a.transmit(b"back again")
    lab.wait(lambda: b"back again" in [e.frame for e in lab.of(FrameReceived)])


def test_a_timeslot_that_somebody_has(lab: Lab) -> None:
    first, second = lab.open(), lab.open()
    first.span(1).timeslots[7].open_voice()
    with pytest.raises(DriverError, match=r"another program has it.*set force = true"):
        second.span(1).timeslots[7].open_voice()
    second.span(1).timeslots[8].open_voice()
    thief = lab.open("force=1")
    thief.span(1).timeslots[7].open_voice()
    lab.wait(lambda: [(e.timeslot, e.carried) for e in lab.of(TimeslotChanged)] == [(7, False)])
    thief.span(1).timeslots[7].close()
    lab.wait(lambda: [(e.timeslot, e.carried) for e in lab.of(TimeslotChanged)][1:] == [(7, True)])


def test_opening_again_at_once(lab: Lab) -> None:
    slot = lab.open().span(1).timeslots[3]
    for _ in range(20):
        slot.open_voice()
        with pytest.raises(LocalError, match="is open already"):
            slot.open_voice()
        slot.close()
        slot.close()


def test_what_is_not_there_is_named(lab: Lab, tmp_path: pathlib.Path) -> None:
    path = lab.served.path
    with pytest.raises(DriverError, match=r"no line 5 of interface 0: it serves 0:0, 0:1"):
        open_board(f"e1d://{path}?line=5")
    with pytest.raises(DriverError, match=r"no such socket: start osmo-e1d"):
        open_board(f"e1d://{tmp_path}/none")
    left = str(tmp_path / "left")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as gone:
        gone.bind(left)
    with pytest.raises(DriverError, match="nobody listens any more"):
        open_board(f"e1d://{left}")
    with pytest.raises(DriverError, match="runs in real time"):
        open_board(f"e1d://{path}", clock=VirtualClock())
    board = lab.open()
    assert Feature.CAS not in board.features and Feature.LOOPBACK not in board.features
    for cannot in (
        lambda: board.span(1).set_loopback(Loopback.LOCAL),
        lambda: board.span(1).send_ais(True),
        lambda: board.span(1).timeslots[1].set_bits(9),
        board.span(1).timeslots[1].bits,
    ):
        with pytest.raises(DriverError, match="osmo-e1d"):
            cannot()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("lines=0", "write INTF:LINE"),
        ("lines=0:0,0:0", "named twice"),
        ("lines=254:0", "are 0 to 253"),
        ("lines=" + ",".join(f"1:{n}" for n in range(65)), "up to 64"),
        ("hdlc=theirs", "'own' or 'server'"),
        ("block_ms=0", "block_ms: 0: give 1 to 20"),
        ("buffer_ms=251", "buffer_ms: 251: give 4 to 250"),
        ("retry_ms=1", "retry_ms: 1: give 10 to 60000"),
        ("soft_spans=65", "soft_spans: 65"),
        ("speed=3", "unknown field"),
    ],
)
def test_configurations_that_are_wrong(options: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        open_board(f"e1d:///nowhere?{options}")


# ---- a server that misbehaves --------------------------------------------------------------------


class BadServer:
    """A socket whose answers are given by the test."""

    def __init__(self, path: str) -> None:
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(path)
        self.listener.listen()
        self.link = ControlLink(path, 0.02)
        self.peer, _ = self.listener.accept()

    def close(self) -> None:
        self.link.close()
        self.peer.close()
        self.listener.close()


@pytest.fixture
def bad(tmp_path: pathlib.Path) -> Iterator[BadServer]:
    made = BadServer(str(tmp_path / "ctl"))
    yield made
    made.close()


QUERY = proto.Message(proto.INTF_QUERY)


@pytest.mark.parametrize(
    "answer", [b"", b"x", bytes(8), b"\xe1\x01\xff\xff\x80\0\0\0", bytes(4096)]
)
def test_answers_that_are_none(bad: BadServer, answer: bytes) -> None:
    """The connection ends, with what the caller asked, and the link connects again."""
    bad.peer.send(answer) if answer else bad.peer.shutdown(socket.SHUT_RDWR)
    with pytest.raises(DriverError, match=r"went away|Broken pipe"):
        bad.link.ask(QUERY)
    again, _ = bad.listener.accept()
    again.close()


def test_an_answer_to_another_command(bad: BadServer) -> None:
    """One that nobody awaits is left out, and its descriptor is closed."""
    reading, writing = os.pipe()
    socket.send_fds(bad.peer, [proto.Message(proto.RESPONSE | proto.TS_OPEN).encode()], [writing])
    os.close(writing)
    assert select.select([reading], [], [], 90)[0] and os.read(reading, 1) == b""
    os.close(reading)


def test_an_error_is_an_answer(bad: BadServer) -> None:
    def serve() -> None:
        bad.peer.recv(100)
        bad.peer.send(proto.Message(proto.ERROR | 5).encode())

    thread = threading.Thread(target=serve)
    thread.start()
    with pytest.raises(RemoteError, match="INTF_QUERY was answered by type 0xc5"):
        bad.link.ask(QUERY)
    thread.join()


def test_events_are_kept_in_order(bad: BadServer) -> None:
    for code in (0x40, 0x41, 0x46, 0x7F):
        bad.peer.send(proto.Message(code, 0, 0, 0, b"\x01").encode())
    seen: list[Any] = []
    while len(seen) < 4:
        assert select.select([bad.link.fileno()], [], [], 90)[0]
        seen += bad.link.take()
    assert [message.type for message in seen] == [0x40, 0x41, 0x46, 0x7F]
    assert bad.link.malformed == 0
