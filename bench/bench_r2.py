"""R2 calls per CPU second of both ends, beside openr2's two ends, in lockstep over socket pairs.

A call is the same for both: ITU, 7 digits called, 10 of the caller, category, group B, answer, hold
0, clear-forward, release-guard; 20 ms of A-law a packet, 30 channels, one process an end. Both
answer as soon as they can: what an answering end says to a block comes with the next (TD_CAS_EARLY,
openr2_peer --early). openr2 sends the first digit at once, and seizes again at once: so do we here,
without TSTART and TGUARD.
``r2_calls_single``: one channel, where waiting for each other's packets is most of the work.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path

from bench_pri import INTEROP, python, turns
from harness import BenchError, Result, bench, build_c, compare

CHANNELS = 30
DNIS, ANI = "5551234", "9876543210"
UNIT = "calls per CPU second"
WRAPPED = ",".join(f"--wrap={name}" for name in ("ioctl", "read", "write", "gettimeofday"))

Command = list[str | Path]


def openr2() -> Path:
    """The openr2 end of tests/interop, built."""
    sources = [INTEROP / f"openr2_{part}.c" for part in ("wire", "side", "peer")]
    libraries = [":libopenr2.a", "m", "pthread"]
    return build_c("openr2_peer", sources, libraries, "libopenr2-dev", [f"-Wl,{WRAPPED}"])


def ours(compiled: bool) -> tuple[Command, Command]:
    """Our ends: who calls and who answers."""
    peer: Command = [*python(compiled), "-m", "trunkd.hil.peer_r2", "--set", "timer.TSTART=0"]
    peer += ["--set", "timer.TGUARD=0"]
    numbers = ["--dnis", DNIS, "--ani", ANI, "--variant", "itu"]
    return [*peer, *numbers, "--mode", "call"], [*peer, *numbers, "--mode", "answer"]


def theirs() -> tuple[Command, Command]:
    """openr2's."""
    numbers = ["--called", DNIS, "--calling", ANI, "--variant", "ITU"]
    peer: Command = [openr2(), *numbers]
    return [*peer, "--mode", "call"], [*peer, "--mode", "answer", "--early"]


def measured(ends: tuple[Command, Command], channels: int, calls: int) -> float:
    """Calls per CPU second of both processes."""
    pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(channels)]
    peers = []
    for side, command in enumerate(ends):
        fds = [pair[side].fileno() for pair in pairs]
        words = [*command, "--lockstep", "--quiet", "--calls", str(calls), "--timeout", "120"]
        words += ["--conc", str(channels), *(f"--fd={fd}" for fd in fds)]
        peers.append(
            subprocess.Popen(
                words,
                pass_fds=fds,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ,
            )
        )
    for pair in pairs:
        for end in pair:
            end.close()
    used = 0.0
    for peer in peers:
        out, _ = peer.communicate()
        if peer.returncode:
            raise BenchError(f"{peer.args}: not all calls ended as expected: {out!r}")
        used += json.loads(out.splitlines()[-1])["cpu_s"]
    return calls / used


def result(name: str, compiled: bool, channels: int, calls: int) -> Result:
    ours_, theirs_ = ours(compiled), theirs()
    best, peer = turns(
        lambda: measured(ours_, channels, calls), lambda: measured(theirs_, channels, calls)
    )
    where = f"openr2, {channels} channels" if channels > 1 else "openr2, one channel"
    return compare(name, ours=best, peer=peer, peer_name=where, unit=UNIT)


@bench("r2_calls")
def r2_calls() -> list[Result]:
    """Aim: twice openr2's with compiled engines."""
    return [
        result("r2_calls", True, CHANNELS, 3000),
        result("r2_calls_plain", False, CHANNELS, 1500),
        result("r2_calls_single", True, 1, 1000),
    ]
