"""``trunkd peer r2`` as processes: options, JSON lines, exit codes, lockstep and real time; and two
ends through a simulated E1."""

from __future__ import annotations

import itertools
import json
import pathlib
import socket
import subprocess
import sys
import time
from typing import Any

import pytest

from trunkd.board.clock import VirtualClock
from trunkd.board.registry import open_board
from trunkd.drivers.sim import PortConfig, SimBoard, SimConfig
from trunkd.hil.cas_port import CasPorts
from trunkd.hil.peer_cas import AHEAD, SILENT, CasPeer, Pace
from trunkd.hil.peer_r2 import R2Lines
from trunkd.signaling.cas.r2 import R2Trunk
from trunkd.signaling.cas.r2_config import R2Config
from trunkd.signaling.script import Script

PEER = [sys.executable, "-m", "trunkd", "peer", "r2"]
MS = 1_000_000


class Ended:
    """What a peer told and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.err = err
        self.events: list[dict[str, Any]] = [json.loads(line) for line in out.splitlines()]

    @property
    def summary(self) -> dict[str, Any]:
        assert self.events and self.events[-1]["event"] == "summary", self.err
        return self.events[-1]

    def named(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == name]


def pair(a: str, b: str, channels: int = 1) -> tuple[Ended, Ended]:
    """Two peers, each its own process, with nothing between them."""
    pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(channels)]
    peers = []
    for side, options in enumerate((a, b)):
        fds = [ends[side].fileno() for ends in pairs]
        words = [*PEER, *options.split(), *(f"--fd={fd}" for fd in fds)]
        peers.append(
            subprocess.Popen(
                words,
                pass_fds=fds,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    for ends in pairs:
        for end in ends:
            end.close()
    said = [peer.communicate(timeout=60) for peer in peers]
    ended = [Ended(p.returncode, *words) for p, words in zip(peers, said, strict=True)]
    return ended[0], ended[1]


@pytest.mark.parametrize("variant", ["itu", "cn", "br"])
def test_calls_in_lockstep(variant: str) -> None:
    numbers = "--dnis 5551234 --ani 9876543210"
    a, b = pair(
        f"--lockstep --variant {variant} --mode call --calls 20 --conc 4 --category priority "
        + numbers,
        f"--lockstep --variant {variant} --mode answer --calls 20 {numbers}",
        channels=4,
    )
    for peer, mine in ((a, "placed"), (b, "offered")):
        assert peer.code == 0, peer.err
        assert peer.summary[mine] == peer.summary["connected"] == peer.summary["released"] == 20
        assert peer.summary["failed"] == peer.summary["errors"] == peer.summary["active"] == 0
        assert peer.summary["cpu_s"] > 0 and not peer.summary["timed_out"]
    offered = b.named("offered")
    assert {(e["dnis"], e["ani"]) for e in offered} == {("5551234", "9876543210")}
    assert {(e["called"], e["calling"]) for e in offered} == {("5551234", "9876543210")}
    assert {e["category"] for e in offered} == {"priority"}
    assert {e["channel"] for e in offered} == {1, 2, 3, 4}
    assert {e["cause"] for e in a.named("released")} == {16}
    times = [e["time"] for e in a.events]
    assert times == sorted(times) and times[-1] - times[0] > 5e9


def test_refused_calls_and_their_cause() -> None:
    a, b = pair(
        "--lockstep --mode call --calls 3 --expect-reject",
        "--lockstep --mode answer --calls 3 --reject 17 --quiet",
    )
    assert a.code == b.code == 0, (a.events, b.events)
    assert [e["cause"] for e in a.named("released")] == [17, 17, 17]
    assert len(b.events) == 1


def test_clearing_by_the_called_side() -> None:
    a, b = pair(
        "--lockstep --mode call --calls 2 --hold 60000 --set timer.T2CB=0",
        "--lockstep --mode answer --calls 2 --drop-ms 300",
    )
    assert a.code == b.code == 0, (a.events, b.events)
    assert {e["local"] for e in b.named("released")} == {True}


def test_a_call_in_real_time() -> None:
    """Two ends that both answer what comes run at the line's pace: about 2 s a call, not less."""
    begin = time.monotonic()
    a, b = pair(
        "--mode call --dnis 12 --ani 34",
        "--mode answer --calls 1 --dnis 12 --ani 34",
    )
    assert a.code == b.code == 0, (a.events, b.events)
    assert time.monotonic() - begin > 1.5
    assert [(e["dnis"], e["ani"]) for e in b.named("offered")] == [("12", "34")]


def test_a_far_end_that_hangs_up() -> None:
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    far.close()
    with near:
        done = subprocess.run(
            [*PEER, "--lockstep", "--mode", "call", f"--fd={near.fileno()}"],
            pass_fds=[near.fileno()],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert json.loads(done.stdout.splitlines()[-1])["placed"] == 0


@pytest.mark.parametrize("lockstep", ["--lockstep", "--quiet"])
def test_out_of_time(lockstep: str) -> None:
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with near, far:
        done = subprocess.run(
            [*PEER, lockstep, "--mode", "call", f"--fd={near.fileno()}", "--timeout", "0.6"],
            pass_fds=[near.fileno()],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert json.loads(done.stdout.splitlines()[-1])["timed_out"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("--mode call", "once for each channel"),
        ("--mode call --fd 99", "descriptor 99"),
        ("--mode call --connect /nowhere", "is the board running"),
        ("--mode call --fd {fd} --dnis 12a", "no number"),
        ("--mode call --fd {fd} --category 99", "a signal that the variant has"),
        ("--mode call --fd {fd} --variant xx", "is not one of"),
        ("--mode call --fd {fd} --set TSTART", "give NAME=VALUE"),
        ("--mode call --fd {fd} --set speed=3", "there are"),
        ("--mode call --fd {fd} --set dnis_max=x", "give a number"),
        ("--mode call --fd {fd} --set a.99=category", "a.99"),
    ],
)
def test_wrong_usage_is_named(options: str, text: str) -> None:
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with near, far:
        done = subprocess.run(
            [*PEER, *options.format(fd=near.fileno()).split()],
            pass_fds=[near.fileno()],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode in (1, 2)
    assert text in done.stderr and "Traceback" not in done.stderr


# ---- pace ----------------------------------------------------------------------------------------


def test_blocks_are_answered_but_not_faster_than_a_line() -> None:
    pace = Pace(0, 160)
    assert pace.due(0) == 160 and pace.due(0) == 0
    sent = 0
    now = 0
    for _ in range(500):  # a far end that answers at once, for 1 s
        now += 2 * MS
        pace.heard(160, now)
        sent += pace.due(now)
    line = (1000 * MS + AHEAD) // 125_000
    assert line - 320 <= sent <= line * 1.02 + 320
    assert pace.next() >= now - 2 * MS


def test_a_silent_far_end_gets_blocks_by_the_clock() -> None:
    pace = Pace(0, 160)
    pace.due(0)
    times = []
    now = 0
    while now < 1000 * MS:
        now = max(now + MS, pace.next())
        if pace.due(now):
            times.append(now)
    assert times[0] == SILENT
    gaps = [later - one for one, later in itertools.pairwise(times)]
    assert min(gaps) > 18 * MS and max(gaps) < 22 * MS


# ---- through a simulated E1 ----------------------------------------------------------------------


class Outside:
    """A peer on a port of a stepped board: what comes is answered, at board time."""

    def __init__(self, sock: socket.socket, script: Script, config: dict[str, Any]) -> None:
        self.sock = sock
        self.engine = R2Trunk(R2Config(channels=(1,), **config))
        self.ports = CasPorts([sock])
        lines = R2Lines(sys.stdout.buffer, VirtualClock(), {})
        self.peer = CasPeer(script, self.engine, self.ports, lines, quiet=True)
        self.peer.begin(0)

    def turn(self, now: int) -> None:
        """Read all packets, answer each block, let time pass."""
        while (octets := self.ports.take(1, self.engine, now)) >= 0:
            if octets:
                self.ports.send(1, octets, self.engine, now)
            self.peer.serve(now)
        self.peer.serve(now)


@pytest.mark.parametrize("variant", ["itu", "cn"])
def test_both_ends_through_an_e1(tmp_path: pathlib.Path, variant: str) -> None:
    """Bits go by timeslot 16, sound by timeslot 5, of two spans and a cable; 20 calls."""
    clock = VirtualClock()
    config = SimConfig(spans=2, cable="1-2", cas=True, soft_spans=0)
    board = open_board("sim://r2", config, clock)
    assert isinstance(board, SimBoard)
    paths = [str(tmp_path / f"{span}.port") for span in (1, 2)]
    for span, path in zip((1, 2), paths, strict=True):
        board.add_port(PortConfig(span=span, timeslot=5, path=path, mode="cas"))
    board.start()
    ends = []
    for path in paths:
        ends.append(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        ends[-1].connect(path)
    caller = Outside(
        ends[0],
        Script(calls=20, called="5551234", calling="9876543210", category=10),
        {"variant": variant},
    )
    callee = Outside(
        ends[1],
        Script(answer=True, calls=20, category=10),
        {"variant": variant, "dnis_max": 7},
    )
    now = 0
    while not (caller.peer.calls.finished() and callee.peer.calls.finished()):
        now = board.step(now + 5 * MS)
        board.events()
        caller.turn(now)
        callee.turn(now)
        assert now < 120_000 * MS, caller.engine.channel_text(1)
    for outside, mine in ((caller, "placed"), (callee, "offered")):
        totals = outside.peer.calls.totals()
        assert totals[mine] == totals["connected"] == totals["released"] == 20
        assert totals["failed"] == 0
        outside.sock.close()
    board.close()
