"""Our server of osmo-e1d's protocol: its answers; clients that ask wrongly, leave, do not read."""

from __future__ import annotations

import os
import pathlib
import random
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from trunkd.board.registry import open_board
from trunkd.drivers.e1d import proto
from trunkd.drivers.e1d.link import receive
from trunkd.drivers.e1d.proto import INVALID, Message
from trunkd.drivers.sim import SimBoard
from trunkd.errors import ConfigError, DriverError
from trunkd.hil.e1d_serve import E1dServer, servable
from trunkd.hil.e1d_thread import ServedLines


@pytest.fixture
def served() -> Iterator[ServedLines]:
    made = ServedLines()
    yield made
    made.close()


class Raw:
    """A client by hand."""

    def __init__(self, path: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(90)
        self.socket.connect(path)

    def ask(self, message: Message | bytes) -> tuple[Message | None, list[int]]:
        """The answer and its descriptors; None: the server has ended the connection."""
        self.socket.send(message if isinstance(message, bytes) else message.encode())
        while True:
            try:
                packet, fds = receive(self.socket)
            except ConnectionResetError:
                return None, []
            if not packet:
                return None, []
            answer = proto.decode(packet)
            assert isinstance(answer, Message)
            if answer.kind != proto.EVENT:
                return answer, fds


@pytest.fixture
def client(served: ServedLines) -> Iterator[Raw]:
    made = Raw(served.path)
    yield made
    made.socket.close()


def opening(
    mode: int, timeslot: int = 1, line: int = 0, flags: int = 0, size: int = 160
) -> Message:
    body = proto.TimeslotConfig(mode, flags, size).encode()
    return Message(proto.TS_OPEN, 0, line, timeslot, body)


def body_of(client: Raw, message: Message) -> bytes:
    answer, fds = client.ask(message)
    assert answer is not None and not fds
    assert answer.type == message.type | proto.RESPONSE
    return answer.body


def test_queries(client: Raw) -> None:
    assert proto.interfaces(body_of(client, Message(proto.INTF_QUERY))) == [
        proto.InterfaceInfo(0, 2)
    ]
    assert body_of(client, Message(proto.INTF_QUERY, 1)) == b""
    both = [proto.LineInfo(n, proto.LINE_CHANNELIZED) for n in (0, 1)]
    assert proto.lines(body_of(client, Message(proto.LINE_QUERY, 0))) == both
    assert proto.lines(body_of(client, Message(proto.LINE_QUERY, 0, 1))) == both[1:]
    assert body_of(client, Message(proto.LINE_QUERY, 0, 2)) == b""
    assert len(proto.timeslots(body_of(client, Message(proto.TS_QUERY, 0, 0)))) == 32
    assert body_of(client, Message(proto.TS_QUERY, 0, 3)) == b""
    assert body_of(client, Message(proto.TS_QUERY, 0, 0, 32)) == b""
    keep = Message(proto.LINE_CONFIG, 0, 1, body=bytes([proto.LINE_CHANNELIZED]))
    assert proto.lines(body_of(client, keep)) == both[1:]
    other = Message(proto.LINE_CONFIG, 0, 1, body=bytes([proto.LINE_SUPERCHANNEL]))
    assert body_of(client, other) == b""


@pytest.mark.parametrize(
    "wrong",
    [
        b"short",
        bytes(8),
        Message(6),
        Message(0x40, 0, 0, 0),
        Message(proto.INTF_QUERY, 0, 0),
        Message(proto.LINE_QUERY),
        Message(proto.TS_QUERY, 0),
        Message(proto.TS_OPEN, 0, 0, INVALID, bytes(4)),
        Message(proto.TS_OPEN, 0, 0, 1, bytes(3)),
        Message(proto.SABITS, 0, 0),
        Message(proto.SABITS, 0, 7, body=b"\0"),
        Message(proto.INTF_QUERY, body=b"more"),
    ],
)
def test_wrong_requests_end_the_connection(
    served: ServedLines, client: Raw, wrong: Message | bytes
) -> None:
    assert client.ask(wrong) == (None, [])
    assert served.server.refused == 1
    other = Raw(served.path)
    assert body_of(other, Message(proto.INTF_QUERY))
    other.socket.close()


def test_packets_at_random(served: ServedLines) -> None:
    """None of 500 does more than end its own connection."""
    rng = random.Random(11)
    client = Raw(served.path)
    for _ in range(500):
        body = rng.randbytes(rng.choice((0, 0, 1, 4, 9)))
        numbers = [rng.choice((0, 1, 2, 31, 254, 255)) for _ in range(3)]
        packet = bytearray(Message(rng.choice((0, 1, 2, 3, 4, 5, 6, 64)), *numbers, body).encode())
        if rng.random() < 0.2:
            packet[rng.randrange(len(packet))] ^= 1 << rng.randrange(8)
        answer, fds = client.ask(bytes(packet))
        for fd in fds:
            os.close(fd)
        if answer is None:
            client.socket.close()
            client = Raw(served.path)
    assert body_of(client, Message(proto.INTF_QUERY))
    client.socket.close()


@pytest.mark.parametrize(
    "message",
    [
        opening(proto.TS_OFF),
        opening(0x12),
        opening(proto.TS_RAW, size=0),
        opening(proto.TS_RAW, timeslot=0),
        opening(proto.TS_RAW, timeslot=32),
        opening(proto.TS_RAW, timeslot=proto.SUPERCHANNEL),
        opening(proto.TS_RAW, line=2),
    ],
)
def test_timeslots_that_cannot_be_opened(client: Raw, message: Message) -> None:
    assert body_of(client, message) == b""


def test_a_timeslot_has_one_client(served: ServedLines, client: Raw) -> None:
    answer, (fd,) = client.ask(opening(proto.TS_HDLC))
    assert answer is not None
    assert proto.timeslots(answer.body) == [
        proto.TimeslotInfo(1, proto.TS_HDLC, 0, 0, proto.OPENED)
    ]
    infos = proto.timeslots(body_of(client, Message(proto.TS_QUERY, 0, 0, 1)))
    assert infos == [proto.TimeslotInfo(1, proto.TS_HDLC, 0, 160)]
    assert body_of(client, opening(proto.TS_RAW)) == b""
    _, (taken,) = client.ask(opening(proto.TS_RAW, flags=proto.FORCE))
    assert os.read(fd, 10) == b""  # the one before sees its end
    os.close(fd)
    # Ones are heard until the other side sends; in chunks of what was asked for.
    assert len(os.read(taken, 1000)) % 160 == 0
    os.close(taken)
    while proto.timeslots(body_of(client, Message(proto.TS_QUERY, 0, 0, 1)))[0].mode:
        select.select([], [], [], 0.005)
    assert any("closed" in line for line in served.told)


def test_frames_from_one_line_to_the_other(client: Raw) -> None:
    pairs = []
    for line in (0, 1):
        _, (fd,) = client.ask(opening(proto.TS_HDLC, 16, line))
        pairs.append(socket.socket(fileno=fd))
        pairs[-1].settimeout(90)
    frames = [bytes([n % 256]) * n for n in (2, 50, 264)]
    for frame in frames:
        pairs[0].send(frame)
    assert [pairs[1].recv(1000) for _ in frames] == frames
    for end in pairs:
        end.close()


def test_a_client_that_does_not_read_is_dropped(served: ServedLines) -> None:
    lazy = Raw(served.path)
    lazy.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    for n in range(3000):
        served.do(lambda n=n: served.sim.span(1).set_sa_bits(n % 32))  # type: ignore[misc]
        if any("client dropped" in line for line in served.told):
            break
        select.select([], [], [], 0.001)
    assert any("client dropped" in line for line in served.told)
    lazy.socket.close()


def test_what_cannot_be_served(tmp_path: pathlib.Path, served: ServedLines) -> None:
    board = open_board("sim://t1?spans=1&kind=t1")
    with pytest.raises(ConfigError, match="has no E1"):
        servable(board)
    board.close()
    client = served.client()
    with pytest.raises(ConfigError, match="only a simulated board"):
        servable(client)
    client.close()
    board = open_board("sim://x?spans=1")
    assert isinstance(board, SimBoard)
    with board:
        with pytest.raises(DriverError, match="another program listens"):
            E1dServer(board, served.path)
        with pytest.raises(DriverError, match="make the folder"):
            E1dServer(board, str(tmp_path / "none" / "ctl"))
        (tmp_path / "file").write_text("")
        with pytest.raises(DriverError, match="is no socket"):
            E1dServer(board, str(tmp_path / "file"))
        with pytest.raises(DriverError, match="no group 'no-such-group'"):
            E1dServer(board, str(tmp_path / "ctl"), group="no-such-group")


def test_the_command(tmp_path: pathlib.Path) -> None:
    """`trunkd e1d-serve` with a configuration, over a stale socket; SIGTERM ends it well."""
    config = tmp_path / "t.toml"
    config.write_text('[[board]]\nname = "lab"\naddress = "sim://lab?spans=1&cable=1"\n')
    path = tmp_path / "ctl"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as stale:
        stale.bind(str(path))
    words = [sys.executable, "-u", "-m", "trunkd", "e1d-serve", "-c", str(config)]
    server = subprocess.Popen([*words, "--socket", str(path)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        assert "is served at" in server.stdout.readline()
        assert path.stat().st_mode & 0o777 == 0o600
        client = Raw(str(path))
        assert body_of(client, Message(proto.INTF_QUERY)) == bytes([0, 1])
        server.send_signal(signal.SIGTERM)
        assert server.wait(90) == 0
        assert not path.exists()
        client.socket.close()
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
