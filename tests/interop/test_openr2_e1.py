"""openr2 on the `cas` port of a simulated board: timeslots 16 and 17 of an E1, a cable, and our R2
on the other end's port. And in real time, without a board."""

from __future__ import annotations

import pathlib
import socket
import subprocess
import sys
from typing import Any

import pytest
from openr2_rig import ANI, DNIS, OpenR2, pairs

from trunkd.board.clock import VirtualClock
from trunkd.board.registry import open_board
from trunkd.drivers.sim import PortConfig, SimBoard, SimConfig
from trunkd.hil.cas_port import CasPorts
from trunkd.hil.peer_cas import CasPeer
from trunkd.hil.peer_r2 import R2Lines
from trunkd.signaling.cas.r2 import R2Trunk
from trunkd.signaling.cas.r2_config import R2Config
from trunkd.signaling.script import Script

MS = 1_000_000
BLOCK = 20 * MS


class E1:
    """A stepped board with two spans and a cable; both ends of timeslot 17 are cas ports."""

    def __init__(self, folder: pathlib.Path) -> None:
        config = SimConfig(spans=2, cable="1-2", cas=True, soft_spans=0, block_ms=20)
        board = open_board("sim://r2", config, VirtualClock())
        assert isinstance(board, SimBoard)
        self.board = board
        self.ends: list[socket.socket] = []
        for span in (1, 2):
            path = str(folder / f"{span}.port")
            board.add_port(PortConfig(span=span, timeslot=17, path=path, mode="cas"))
            self.ends.append(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        board.start()
        for span, end in enumerate(self.ends, 1):
            end.connect(str(folder / f"{span}.port"))
        self.now = 0

    def step(self) -> int:
        self.now = self.board.step(self.now + BLOCK)
        self.board.events()
        return self.now

    def close(self) -> None:
        for end in self.ends:
            end.close()
        self.board.close()


def carried(port: socket.socket, far: socket.socket) -> None:
    """What has come from the port to openr2, and its answer to each block back."""
    while True:
        try:
            packet = port.recv(321, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        far.send(packet)
        answered = packet[:1] != b"A"
        while not answered:
            packet = far.recv(321)
            port.send(packet)
            answered = packet[:1] == b"A"


@pytest.mark.parametrize("variant", ["itu", "cn", "mx"])
@pytest.mark.parametrize("we_call", [True, False], ids=["we call", "openr2 calls"])
def test_calls_through_an_e1(
    openr2_peer: str, tmp_path: pathlib.Path, we_call: bool, variant: str
) -> None:
    e1 = E1(tmp_path)
    near, far = pairs(1)
    most = 20 if variant == "cn" else len(ANI)
    answer = f"--mode answer --max-dnis 7 --max-ani {most}"
    options = f"{answer if we_call else '--mode call'} --calls 5"
    theirs = OpenR2(openr2_peer, far, variant, options)
    script = Script(answer=not we_call, calls=5, called=DNIS, calling=ANI, category=10)
    config: dict[str, Any] = {"variant": variant}
    if not we_call:
        config |= {"dnis_max": len(DNIS)} | ({"ani": "none"} if variant == "cn" else {})
    engine = R2Trunk(R2Config(channels=(1,), **config))
    ports = CasPorts(e1.ends[:1])
    peer = CasPeer(script, engine, ports, R2Lines(sys.stdout.buffer, VirtualClock(), {}), True)
    peer.begin(0)
    while not peer.calls.finished():
        now = e1.step()
        while (octets := ports.take(1, engine, now)) >= 0:
            if octets:
                ports.send(1, octets, engine, now)
            peer.serve(now)
        peer.serve(now)
        carried(e1.ends[1], near[0])
        assert now < 60_000 * MS, engine.channel_text(1)
    for _ in range(20):
        e1.step()
        carried(e1.ends[1], near[0])
    near[0].close()
    told = theirs.end()
    e1.close()
    totals = peer.calls.totals()
    assert totals["connected"] == totals["released"] == 5 and not totals["failed"], totals
    summary = told.summary
    assert summary["connected"] == summary["released"] == 5 and not summary["failed"], told.events
    if we_call:
        seen = {(e["called"], e["calling"]) for e in told.named("offered")}
        assert seen == {(DNIS, ANI)}


@pytest.mark.parametrize("we_call", [True, False], ids=["we call", "openr2 calls"])
def test_a_call_in_real_time(openr2_peer: str, we_call: bool) -> None:
    """Each end answers what comes; ours keeps the line's pace."""
    near, far = pairs(1)
    call, answer = ["--mode", "call"], ["--mode", "answer", "--calls", "1"]
    ours = call if we_call else [*answer, "--ani", "34", "--dnis", "12"]
    theirs = [*answer, "--max-dnis", "2", "--max-ani", "2"] if we_call else call
    numbers = ["--called", "12", "--calling", "34"]
    words = [sys.executable, "-m", "trunkd", "peer", "r2", *ours, *numbers]
    peers = []
    for end, command in ((near[0], words), (far[0], [openr2_peer, *theirs, *numbers])):
        fd = end.fileno()
        peers.append(
            subprocess.Popen([*command, f"--fd={fd}"], pass_fds=[fd], stdout=subprocess.PIPE)
        )
        end.close()
    said = [peer.communicate(timeout=180)[0] for peer in peers]
    assert [peer.returncode for peer in peers] == [0, 0], said
    assert b'"called":"12","calling":"34"' in said[1 if we_call else 0]
