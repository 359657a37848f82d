"""Ports with ``mtp2``: one packet is one signal unit, a repeated fill-in is one packet."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator

import msgspec
import pytest

from trunkd.board.clock import MILLISECOND, VirtualClock
from trunkd.board.events import BoardEvent, PortChanged, SignalUnitErrors, SignalUnitReceived
from trunkd.board.model import HdlcConfig, Timeslot
from trunkd.board.registry import open_board
from trunkd.drivers.sim import PortConfig, SimBoard, SimConfig
from trunkd.errors import ConfigError, LocalError

FISU = bytes.fromhex("ffff00")
SIO = bytes.fromhex("ffff0100")


class Lab:
    """Timeslot 16 of span 1 is ours; that of span 2 is a port."""

    def __init__(self) -> None:
        board = open_board("sim://lab?cable=1-2", clock=VirtualClock())
        assert isinstance(board, SimBoard)
        self.board = board
        self.board.start()
        self.ours: Timeslot = board.span(1).timeslots[16]
        self.ours.open_hdlc(HdlcConfig(mtp2=True))
        self.run(50)

    def run(self, milliseconds: float) -> list[BoardEvent]:
        seen: list[BoardEvent] = []
        end = self.board.clock.now() + round(milliseconds * MILLISECOND)
        while self.board.clock.now() < end:
            self.board.step(end)
            seen += self.board.events()
        return seen

    def attach(self) -> socket.socket:
        port, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.board.attach_port(2, 16, theirs.detach(), mtp2=True)
        port.setblocking(False)
        return port


@pytest.fixture
def lab() -> Iterator[Lab]:
    made = Lab()
    yield made
    made.board.close()


def packets(port: socket.socket) -> list[bytes]:
    got = []
    while True:
        try:
            got.append(port.recv(4096))
        except BlockingIOError:
            return got


def sus(events: list[BoardEvent]) -> list[bytes]:
    return [e.frame for e in events if isinstance(e, SignalUnitReceived)]


def errors(events: list[BoardEvent]) -> int:
    return sum(e.errors for e in events if isinstance(e, SignalUnitErrors))


def test_a_fill_in_is_one_packet_each_way(lab: Lab) -> None:
    with lab.attach() as port:
        lab.ours.transmit(SIO)
        port.send(FISU)
        assert sus(lab.run(200)) == [FISU, FISU]
        assert packets(port) == [SIO]
        lab.ours.transmit(FISU)
        port.send(SIO)
        assert sus(lab.run(200)) == [SIO, SIO]
        assert packets(port) == [FISU]
        counts = lab.board.port_counters(2, 16)
        assert counts["rx_frames"] > 300 and counts["tx_frames"] == 2


def test_nothing_genuine_is_dropped(lab: Lab) -> None:
    """Equal messages, equal fill-ins with a message between, the longest and the shortest."""
    rng = random.Random(4)
    plan = [FISU]
    for n in range(150):
        su = bytes((n, n, 63)) + bytes(rng.choice((3, 4, 60, 273)))
        plan += [su] * rng.randrange(1, 4) + [rng.choice((FISU, SIO))] * rng.randrange(2)
    with lab.attach() as port:
        seen: list[bytes] = []
        there: list[bytes] = []
        for su in plan:
            port.send(su)
            assert lab.ours.transmit(su)
            seen += sus(lab.run(1 + len(su) // 8))
            there += packets(port)
        seen += sus(lab.run(2000))
        assert there + packets(port) == plan
        # What we hear has fill-ins twice while nothing follows at once: none is missing.
        rest = list(plan)
        for su in seen:
            if rest and su == rest[0]:
                rest.pop(0)
            else:
                assert len(su) <= 5
        assert not rest
        assert lab.board.port_counters(2, 16)["port_dropped"] == 0


def test_without_a_process_the_line_is_dead(lab: Lab, tmp_path: object) -> None:
    """All ones: octet counting at our end, an error for each 16 octets; a process ends that."""
    path = f"{tmp_path}/port"
    lab.board.add_port(PortConfig(2, 16, path, mtp2=True))
    lab.run(50)
    assert errors(lab.run(200)) == 100
    for round_trip in range(2):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as port:
            port.connect(path)
            port.send(FISU)
            port.send(FISU[:2] + bytes((5,)) + bytes(5))
            seen = lab.run(100)
            assert [e.connected for e in seen if isinstance(e, PortChanged)] == [True]
            assert sus(seen)[-2:] == [FISU, FISU]
            lab.ours.transmit(SIO)
            assert errors(lab.run(100)) == 0
            port.setblocking(False)
            # The second process sees the fill-in that the first one left on the line, too.
            assert packets(port)[-1] == SIO and round_trip < 2
            port.send(bytes((1, 1, 7)) + bytes(7))
        seen = lab.run(100)
        assert sus(seen)[0] == bytes((1, 1, 7)) + bytes(7)
        assert errors(seen) > 30


def test_wrong_settings(lab: Lab) -> None:
    for config, where in (
        ("mode = 'raw'", r"^ports\[0\].mtp2: not in mode 'raw': set mode = 'hdlc'"),
        ("max_octets = 4", r"^ports\[0\].max_octets: 4 with mtp2: give 276"),
    ):
        key, _, value = config.partition(" = ")
        port = {"span": 1, "timeslot": 1, "path": "/x", "mtp2": True}
        port[key] = value.strip("'") if key == "mode" else int(value)
        with pytest.raises(ConfigError, match=where):
            open_board("sim://lab", msgspec.convert({"ports": [port]}, SimConfig))
    with pytest.raises(LocalError, match="mode 'raw' has no signal units"):
        lab.board.attach_port(2, 1, 0, "raw", mtp2=True)
