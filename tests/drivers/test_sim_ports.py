"""Ports: a timeslot of the simulated board in another process's hands."""

from __future__ import annotations

import os
import select
import socket
import stat
import subprocess
import sys

import pytest

from trunkd.board.clock import MILLISECOND, VirtualClock
from trunkd.board.events import BitsChanged, BoardEvent, FrameReceived, PortChanged
from trunkd.board.model import HdlcConfig
from trunkd.board.registry import open_board
from trunkd.drivers.sim import PortConfig, SimBoard, SimConfig
from trunkd.errors import ConfigError, DriverError, LocalError


class Lab:
    def __init__(self, options: str = "cable=1-2", stepped: bool = True) -> None:
        board = open_board(f"sim://lab?{options}", clock=VirtualClock() if stepped else None)
        assert isinstance(board, SimBoard)
        self.board = board
        self.seen: list[BoardEvent] = []

    def run(self, milliseconds: float) -> None:
        end = self.board.clock.now() + round(milliseconds * MILLISECOND)
        while self.board.clock.now() < end:
            self.board.step(end)
            self.seen += self.board.events()

    def up(self) -> None:
        self.board.start()
        self.run(50)
        self.seen.clear()

    def attach(self, span: int, timeslot: int, mode: str, max_octets: int = 1024) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.board.attach_port(span, timeslot, theirs.detach(), mode, max_octets)
        ours.setblocking(False)
        return ours

    def frames(self) -> list[bytes]:
        return [e.frame for e in self.seen if isinstance(e, FrameReceived)]


@pytest.fixture
def lab():
    made = Lab()
    made.up()
    yield made
    made.board.close()


def everything(sock: socket.socket) -> list[bytes]:
    packets = []
    while True:
        try:
            packet = sock.recv(65536)
        except BlockingIOError:
            return packets
        if not packet:
            return packets
        packets.append(packet)


def test_hdlc_both_ways(lab: Lab) -> None:
    """One packet is one frame without FCS, each way, in order."""
    with lab.attach(2, 16, "hdlc") as port:
        ours = lab.board.span(1).timeslots[16]
        ours.open_hdlc(HdlcConfig())
        lab.run(5)
        there = [bytes([n]) * (n + 2) for n in range(200)]
        back = [bytes([255 - n, n]) for n in range(100)]
        for frame in there:
            assert ours.transmit(frame) or lab.run(400) or ours.transmit(frame)
        for frame in back:
            port.send(frame)
        got: list[bytes] = []
        for _ in range(80):
            lab.run(50)
            got += everything(port)
        assert got == there
        assert lab.frames() == back
        assert [e.connected for e in lab.seen if isinstance(e, PortChanged)] == [True]
        counters = lab.board.port_counters(2, 16)
        assert counters["tx_frames"] == 100 and counters["rx_frames"] == 200
        assert counters["port_dropped"] == 0


def test_packets_that_are_too_long_are_counted(lab: Lab) -> None:
    with lab.attach(2, 16, "hdlc", max_octets=100) as port:
        ours = lab.board.span(1).timeslots[16]
        ours.open_hdlc(HdlcConfig())
        lab.run(5)
        for packet in (b"ok", bytes(101), bytes(5000), b"still ok"):
            port.send(packet)
        lab.run(50)
        assert lab.frames() == [b"ok", b"still ok"]
        assert lab.board.port_counters(2, 16)["port_dropped"] == 2


def test_a_fast_process_is_held_back_and_loses_nothing(lab: Lab) -> None:
    """More than the line carries: the socket fills, every frame arrives in the end."""
    with lab.attach(2, 16, "hdlc") as port:
        lab.board.span(1).timeslots[16].open_hdlc(HdlcConfig())
        lab.run(5)
        sent, blocked = 0, 0
        while sent < 600:
            try:
                port.send(sent.to_bytes(4, "big") * 50)
                sent += 1
            except BlockingIOError:
                blocked += 1
                lab.run(100)
        lab.run(30_000)
        assert blocked > 0
        assert [int.from_bytes(frame[:4], "big") for frame in lab.frames()] == list(range(600))


def test_a_process_that_does_not_read_loses_frames_which_are_counted(lab: Lab) -> None:
    with lab.attach(2, 16, "hdlc") as port:
        ours = lab.board.span(1).timeslots[16]
        ours.open_hdlc(HdlcConfig())
        lab.run(5)
        for n in range(4000):
            while not ours.transmit(n.to_bytes(4, "big") * 30):
                lab.run(100)
        lab.run(3000)
        dropped = lab.board.port_counters(2, 16)["port_dropped"]
        got = [int.from_bytes(p[:4], "big") for p in everything(port)]
        assert dropped > 0 and len(got) + dropped == 4000
        assert got == list(range(len(got)))


def test_raw_octets(lab: Lab) -> None:
    """64 kbit/s both ways, a packet a block; too few are made up for by the idle octet."""
    with lab.attach(2, 5, "raw") as port:
        ours = lab.board.span(1).timeslots[5]
        ours.open_voice()
        lab.run(5)
        everything(port)
        speech, answer = os.urandom(400), os.urandom(400)
        ours.record(800)
        ours.play(speech)
        port.send(answer[:100])
        port.send(answer[100:])
        lab.run(120)
        packets = everything(port)
        assert {len(p) for p in packets} == {8}
        assert speech in b"".join(packets)
        assert answer + b"\xd5" * 40 in ours.recorded()
        # 800 octets of recording, 400 of them the process's: the rest were missing.
        assert lab.board.port_counters(2, 5)["underruns"] >= 400


def test_raw_octets_are_bounded(lab: Lab) -> None:
    """The board keeps little; the rest stays in the socket until the process is held back."""
    with lab.attach(2, 5, "raw") as port:
        lab.run(5)
        with pytest.raises(BlockingIOError):
            for _ in range(100_000):
                port.send(bytes(160))
        lab.run(100)
        port.send(bytes(160))
        assert lab.board.port_counters(2, 5)["port_dropped"] == 0


def test_cas_bits_and_speech() -> None:
    """`C` and ABCD, `A` and octets, each way."""
    lab = Lab("cable=1-2&cas=true")
    with lab.attach(2, 3, "cas") as port:
        lab.up()
        lab.run(50)
        ours = lab.board.span(1).timeslots[3]
        ours.open_voice()
        lab.run(20)
        everything(port)
        lab.seen.clear()
        ours.set_bits(9)
        lab.run(10)
        packets = everything(port)
        assert [p for p in packets if p[:1] == b"C"] == [b"C\x09"]
        assert {len(p) for p in packets if p[:1] == b"A"} == {9}
        port.send(b"C\x05")
        lab.run(10)
        changed = [e for e in lab.seen if isinstance(e, BitsChanged) and e.span == 1]
        assert [(e.timeslot, e.bits) for e in changed] == [(3, 5)]
        assert ours.bits() == 5
        speech = os.urandom(300)
        ours.record(600)
        port.send(b"A" + speech)
        ours.play(speech[::-1])
        lab.run(100)
        assert speech in ours.recorded()
        heard = b"".join(p[1:] for p in everything(port) if p[:1] == b"A")
        assert speech[::-1] in heard
        before = lab.board.port_counters(2, 3)["port_dropped"]
        for wrong in (b"C", b"C\x00", b"C\x10", b"X1", b"A" + bytes(321), b"C\x01\x02"):
            port.send(wrong)
        lab.run(5)
        assert lab.board.port_counters(2, 3)["port_dropped"] - before == 6
        assert ours.bits() == 5
    lab.board.close()


def connect(path: os.PathLike[str]) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.connect(str(path))
    sock.setblocking(False)
    return sock


def test_listening(lab: Lab, tmp_path) -> None:
    """Mode 0600; one at a time, whoever comes later is turned away; come and go is told."""
    path = tmp_path / "port"
    lab.board.add_port(PortConfig(2, 16, str(path)))
    lab.run(2)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    ours = lab.board.span(1).timeslots[16]
    ours.open_hdlc(HdlcConfig())
    first = connect(path)
    lab.run(5)
    second = connect(path)
    lab.run(5)
    assert second.recv(10) == b""
    second.close()
    first.send(b"from the first")
    lab.run(10)
    first.close()
    lab.run(5)
    with connect(path) as third:
        lab.run(5)
        third.send(b"from the third")
        ours.transmit(b"to the third")
        lab.run(10)
        assert everything(third) == [b"to the third"]
    assert lab.frames() == [b"from the first", b"from the third"]
    changes = [e for e in lab.seen if isinstance(e, PortChanged)]
    assert [(e.span, e.timeslot, e.connected) for e in changes] == [
        (2, 16, True),
        (2, 16, False),
        (2, 16, True),
    ]
    lab.board.span(2).timeslots[16].close()
    lab.run(5)
    assert not path.exists()
    lab.board.add_port(PortConfig(2, 16, str(path)))
    lab.run(5)
    lab.board.close()
    assert not path.exists()


@pytest.mark.parametrize("mode", ["hdlc", "raw"])
def test_a_successor_in_the_same_block_is_not_turned_away(lab: Lab, tmp_path, mode: str) -> None:
    """A program that ends and the next one that starts: the board sees both at once."""
    path = tmp_path / "port"
    lab.board.add_port(PortConfig(2, 16, str(path), mode))
    ours = lab.board.span(1).timeslots[16]
    if mode == "hdlc":
        ours.open_hdlc(HdlcConfig())
    first = connect(path)
    lab.run(5)
    first.send(b"last words")
    first.close()
    with connect(path) as second:
        second.send(b"first words")
        lab.run(20)
        changes = [e.connected for e in lab.seen if isinstance(e, PortChanged)]
        assert changes == [True, False, True]
        if mode == "hdlc":
            assert lab.frames() == [b"last words", b"first words"]


def test_a_socket_nobody_listens_on_is_taken_over(lab: Lab, tmp_path) -> None:
    path = tmp_path / "port"
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    dead.bind(str(path))
    dead.listen()
    with pytest.raises(ConfigError, match="somebody else does: end that process"):
        lab.board.add_port(PortConfig(2, 16, str(path)))
    dead.close()
    lab.board.add_port(PortConfig(2, 16, str(path)))
    lab.run(2)
    with connect(path):
        lab.run(2)
        assert [e.connected for e in lab.seen if isinstance(e, PortChanged)] == [True]


def test_other_files_are_left_alone(lab: Lab, tmp_path) -> None:
    path = tmp_path / "precious"
    path.write_text("not a socket")
    with pytest.raises(ConfigError, match="a file that is no socket is there"):
        lab.board.add_port(PortConfig(2, 16, str(path)))
    assert path.read_text() == "not a socket"
    with pytest.raises(ConfigError, match="File name too long"):
        lab.board.add_port(PortConfig(2, 16, str(tmp_path / ("x" * 120))))


def test_wrong_use(lab: Lab, tmp_path) -> None:
    path = str(tmp_path / "port")
    lab.board.add_port(PortConfig(2, 16, path))
    with pytest.raises(LocalError, match="timeslot 16 is open already: close it first"):
        lab.board.add_port(PortConfig(2, 16, path + "2"))
    with pytest.raises(LocalError, match="timeslot 16 is open already"):
        lab.board.span(2).timeslots[16].open_hdlc(HdlcConfig())
    with pytest.raises(LocalError, match="open for something else"):
        lab.board.span(2).timeslots[16].transmit(b"ab")
    with pytest.raises(DriverError, match="no span 3"):
        lab.board.add_port(PortConfig(3, 16, path + "3"))
    with pytest.raises(LocalError, match="cannot be a port: give 1 to 31"):
        lab.board.add_port(PortConfig(2, 32, path + "3"))
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, pytest.raises(LocalError, match="port mode 'lapd'"):
        lab.board.attach_port(2, 17, theirs.fileno(), "lapd")


ECHO = """
import socket, sys
port = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
port.connect(sys.argv[1])
print("there", flush=True)
while frame := port.recv(4096):
    if frame == b"\\x02\\x01\\x7f":            # SABME, TEI 0, from the user side
        port.send(b"\\x02\\x01\\x73")          # UA
    else:
        port.send(frame[::-1])
"""


def test_another_process_in_real_time(tmp_path) -> None:
    """A process of its own sees SABME, answers UA, and gets frames exactly."""
    path = tmp_path / "port"
    config = SimConfig(cable="1-2", ports=[PortConfig(2, 16, str(path))])
    board = open_board("sim://lab", config)
    board.start()
    process = subprocess.Popen(
        [sys.executable, "-c", ECHO, str(path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None and process.stdout.readline() == "there\n"
        ours = board.span(1).timeslots[16]
        ours.open_hdlc(HdlcConfig())
        poll = select.poll()
        poll.register(board.fileno(), select.POLLIN)
        seen: list[BoardEvent] = []

        def wait_for(kind: type[BoardEvent], n: int) -> list[BoardEvent]:
            while len(found := [e for e in seen if type(e) is kind]) < n:
                assert poll.poll(5000), f"nothing more than {seen}"
                seen.extend(board.events())
            return found

        assert wait_for(PortChanged, 1)[0].connected
        ours.transmit(b"\x02\x01\x7f")
        assert [e.frame for e in wait_for(FrameReceived, 1)] == [b"\x02\x01\x73"]
        frames = [os.urandom(n) for n in (2, 3, 50, 260)]
        for frame in frames:
            assert ours.transmit(frame)
        got = [e.frame for e in wait_for(FrameReceived, 5)][1:]
        assert got == [frame[::-1] for frame in frames]
        process.terminate()
        assert not wait_for(PortChanged, 2)[1].connected
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
        board.close()
    assert not path.exists()
