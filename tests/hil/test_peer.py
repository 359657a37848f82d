"""``trunkd peer pri`` as a process: options, JSON lines, summary, exit codes."""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from trunkd.errors import DriverError
from trunkd.hil.packets import PacketWire, open_socket
from trunkd.hil.peer_pair import PairResult, run_pair

SUMMARY = ["placed", "offered", "connected", "released", "failed", "errors", "cpu_s"]
PEER = [sys.executable, "-m", "trunkd", "peer", "pri"]


def pair(net: str, cpe: str) -> PairResult:
    """Both sides are ours; the network side is ``a``."""

    def command(side: str, options: str) -> Callable[[int], list[str]]:
        return lambda fd: [*PEER, "--fd", str(fd), "--side", side, *options.split()]

    return run_pair(command("net", net), command("cpe", cpe), timeout=180)


def test_calls_and_summary() -> None:
    result = pair("--mode call --calls 40 --conc 30 --called 123 --calling 456", "--mode answer")
    for peer, mine, other in ((result.a, "placed", "offered"), (result.b, "offered", "placed")):
        assert peer.code == 0, peer.stderr
        assert [k for k in peer.summary if k in SUMMARY] == SUMMARY
        assert peer.summary[mine] == peer.summary["connected"] == peer.summary["released"] == 40
        assert peer.summary[other] == peer.summary["failed"] == peer.summary["errors"] == 0
        assert peer.summary["cpu_s"] > 0
        times = [e["time"] for e in peer.events]
        assert times == sorted(times)
    assert {(e["called"], e["calling"]) for e in result.b.named("offered")} == {("123", "456")}
    stages = [e["event"] for e in result.a.events if e.get("call") == result.a.events[1]["call"]]
    assert stages == ["placed", "proceeding", "alerting", "connected", "released"]


def test_quiet_says_the_summary_only() -> None:
    result = pair("--mode call --quiet", "--mode answer --quiet")
    assert [e["event"] for e in result.a.events + result.b.events] == ["summary"] * 2


def test_overlap_and_minimum_of_digits() -> None:
    result = pair(
        "--mode call --called 0123456 --overlap 2 --calls 3", "--mode answer --min-digits 7"
    )
    assert result.a.code == result.b.code == 0
    assert [e["called"] for e in result.b.named("offered")] == ["01"] * 3
    assert [e["called"] for e in result.b.named("digits")] == [
        "0123456"[:n] for n in range(3, 8)
    ] * 3
    assert len(result.a.named("more_digits")) == 3


def test_too_few_digits_are_refused() -> None:
    result = pair("--mode call --called 012 --expect-reject", "--mode answer --min-digits 7")
    assert result.a.code == 0
    assert result.b.code == 1, "a call that was to be answered was not"
    for peer in (result.a, result.b):
        assert [e["cause"] for e in peer.named("released")] == [28]


@pytest.mark.parametrize(
    ("call", "answer", "codes", "cause"),
    [
        ("--expect-reject", "--reject 17", (0, 0), 17),
        ("", "--reject 17", (1, 0), 17),
        ("--expect-reject", "", (1, 0), 16),
        ("--hold 60000", "--drop-ms 20 --cause 102", (0, 0), 102),
        ("--cause 34", "", (0, 0), 34),
    ],
)
def test_exit_codes(call: str, answer: str, codes: tuple[int, int], cause: int) -> None:
    result = pair(f"--mode call {call}", f"--mode answer {answer}")
    assert (result.a.code, result.b.code) == codes
    for peer in (result.a, result.b):
        assert [e["cause"] for e in peer.named("released")] == [cause]


def test_restart_comes_before_the_first_call() -> None:
    result = pair("--mode call --restart --chans 4", "--mode answer --chans 4")
    assert result.a.code == result.b.code == 0
    order = [e["event"] for e in result.a.events if e["event"] in ("restart", "placed")]
    assert order == ["restart", "placed"]
    assert result.a.named("restart")[0]["channels"] == [1, 2, 3, 4]


def test_channels_limit_what_is_up_at_once() -> None:
    result = pair("--mode call --calls 9 --conc 9 --chans 3 --hold 30", "--mode answer")
    assert result.a.code == 0
    assert {e["channel"] for e in result.b.named("offered")} <= {1, 2, 3}


def test_rate_spreads_the_calls() -> None:
    result = pair("--mode call --calls 5 --conc 5 --rate 50", "--mode answer")
    placed = [e["time"] for e in result.a.named("placed")]
    assert all(b - a >= 20_000_000 for a, b in itertools.pairwise(placed))


def test_out_of_time() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        done = subprocess.run(
            [*PEER, "--fd", str(theirs.fileno()), "--side=cpe", "--mode=call", "--timeout=0.2"],
            pass_fds=(theirs.fileno(),),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 2
        assert json.loads(done.stdout.splitlines()[-1])["timed_out"] is True
        assert ours.recv(100) == bytes.fromhex("00017f"), "SABME of the user side"


def test_far_end_hangs_up_in_the_middle() -> None:
    result = pair("--mode call --hold 60000 --timeout 1", "--mode answer --calls 3")
    assert result.a.code == 2
    assert result.b.code == 1
    assert result.b.summary["active"] == 1 and result.b.summary["offered"] == 1


def test_listen_and_connect(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "port"
    with subprocess.Popen(
        [*PEER, "--listen", str(path), "--side", "net", "--mode", "answer"], stdout=subprocess.PIPE
    ) as listener:
        while not path.exists():
            assert listener.poll() is None
            os.sched_yield()
        done = None
        while done is None or done.returncode == 1:
            # The path is there a moment before somebody listens at it.
            done = subprocess.run(
                [*PEER, "--connect", str(path), "--side", "cpe", "--mode", "call"],
                capture_output=True,
                check=False,
            )
        assert done.returncode == 0, done.stderr
        assert listener.wait(90) == 0
    assert not path.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--side net --mode call", "give one of --fd, --connect and --listen"),
        ("--fd 0 --connect x --side net --mode call", "give one of --fd"),
        ("--fd 0 --mode call", "Missing option '--side'"),
        ("--fd 0 --side net --mode talk", "'talk' is not one of 'call', 'answer'"),
        ("--fd 0 --side net --mode call --chans 31", "31 is not in the range 1<=x<=30"),
    ],
)
def test_usage_errors(options: str, said: str) -> None:
    done = subprocess.run([*PEER, *options.split()], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert said in done.stderr


def test_nobody_listens(tmp_path: pathlib.Path) -> None:
    done = subprocess.run(
        [*PEER, "--connect", str(tmp_path / "no"), "--side", "net", "--mode", "call"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "No such file or directory; is the board running and the port open?" in done.stderr


def test_a_descriptor_of_another_kind_is_refused(tmp_path: pathlib.Path) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(DriverError, match="not a SOCK_SEQPACKET socket"):
        open_socket(os.dup(theirs.fileno()), "", "", 1.0)
    with pytest.raises(DriverError, match=r"nobody connected to .* within 0\.01 s"):
        open_socket(-1, "", str(tmp_path / "port"), 0.01)


def test_a_full_socket_loses_nothing() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    frames = [b"same frame"] * 3000 + [bytes([n % 251]) * 20 for n in range(3000)]
    sender = threading.Thread(target=PacketWire(ours).transmit, args=(frames,))
    with ours, theirs:
        sender.start()
        assert [theirs.recv(100) for _ in frames] == frames
        sender.join()
