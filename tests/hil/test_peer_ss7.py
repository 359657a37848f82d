"""``trunkd peer ss7`` as a process: options, JSON lines, summary, exit codes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from trunkd.hil.peer_pair import PairResult, run_pair

PEER = [sys.executable, "-m", "trunkd", "peer", "ss7"]
CODES = {"itu": ("2-3-1", "2-3-2"), "china24": ("1-2-3", "1-2-4")}


def pair(a: str, b: str, variant: str = "itu", user: str = "isup") -> PairResult:
    """Both ends are ours; ``a`` has the lower point code."""
    low, high = CODES[variant]

    def command(opc: str, dpc: str, options: str) -> Callable[[int], list[str]]:
        return lambda fd: [
            *PEER, "--fd", str(fd), "--opc", opc, "--dpc", dpc, "--variant", variant,
            "--user", user, *options.split(),
        ]  # fmt: skip

    return run_pair(command(low, high, a), command(high, low, b), timeout=60)


@pytest.mark.parametrize(
    ("variant", "user"),
    [("itu", "isup"), ("itu", "tup"), ("china24", "isup"), ("china24", "tup")],
)
def test_calls_of_every_user_part(variant: str, user: str) -> None:
    result = pair(
        "--mode call --calls 40 --conc 30 --called 123456 --calling 456789",
        "--mode answer --cause 16",
        variant,
        user,
    )
    for peer, mine, other in ((result.a, "placed", "offered"), (result.b, "offered", "placed")):
        assert peer.code == 0, peer.stderr
        assert peer.summary[mine] == peer.summary["connected"] == peer.summary["released"] == 40
        assert peer.summary[other] == peer.summary["failed"] == peer.summary["errors"] == 0
    assert {(e["called"], e["calling"]) for e in result.b.named("offered")} == {
        ("123456", "456789")
    }
    assert {e["cause"] for e in result.a.named("released")} == {16}
    channels = [e["channel"] for e in result.b.named("offered")]
    assert set(channels) <= set(range(1, 32))


@pytest.mark.parametrize("user", ["isup", "tup"])
def test_refused_calls_bring_their_cause(user: str) -> None:
    result = pair("--mode call --calls 5 --expect-reject", "--mode answer --reject 17", user=user)
    assert result.a.code == result.b.code == 0
    assert {e["cause"] for e in result.a.named("released")} == {17}


def test_overlap_and_minimum_of_digits() -> None:
    result = pair(
        "--mode call --called 0123456 --overlap 2 --calls 3", "--mode answer --min-digits 7"
    )
    assert result.a.code == result.b.code == 0, result.a.stderr
    assert result.b.summary["connected"] == 3
    assert {e["called"] for e in result.b.events if e["event"] in ("offered", "digits")} >= {
        "0123456"
    }


def test_reset_before_the_first_call() -> None:
    result = pair("--mode call --calls 2 --restart", "--mode answer")
    assert result.a.code == result.b.code == 0
    (done,) = result.a.named("restart")
    assert done["local"] and done["ok"] and set(done["channels"]) == set(range(1, 32))


USED = ("--listen", "x", "--mode", "call")


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("--opc", "1", "--dpc", "2", "--mode", "call"), 2, "give one of --fd"),
        ((*USED, "--dpc", "2"), 2, "--opc"),
        ((*USED, "--opc", "8-1-1", "--dpc", "2"), 1, "8-1-1"),
        ((*USED, "--opc", "1-2-3", "--dpc", "1-2-3"), 1, "far end"),
        ((*USED, "--opc", "1", "--dpc", "2", "--ni", "5"), 2, "network indicator"),
        ((*USED, "--opc", "1", "--dpc", "2", "--cics", "9-1"), 2, "lower one first"),
        ((*USED, "--opc", "1", "--dpc", "2", "--cics", "1-5000"), 2, "0 to 4095"),
        ((*USED, "--opc", "1", "--dpc", "2", "--cics", "x"), 2, "1-15,17-31"),
    ],
)
def test_wrong_use(arguments: tuple[str, ...], code: int, text: str) -> None:
    ran = subprocess.run(
        [*PEER, *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert (ran.returncode, "Traceback" in ran.stderr) == (code, False), ran.stderr
    assert text in ran.stderr
