"""Calls per CPU second of both sides of a primary rate trunk, beside libpri's two sides.

A call is SETUP, CALL PROCEEDING, ALERTING, CONNECT, CONNECT ACKNOWLEDGE, DISCONNECT, RELEASE and
RELEASE COMPLETE through Q.921, 30 calls at once. Over a socket pair each side is a process, as
``trunkd peer pri`` is; in process nothing but the stack is there. The engines run plain, as in an
editable install, and compiled, as in a wheel, which is built for it when a source has changed.

``python bench/bench_pri.py CALLS`` runs ours in process and prints one JSON line.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from harness import ROOT, BenchError, Result, bench, build_c, compare, run

from trunkd.signaling import call as neutral
from trunkd.signaling.isdn.q931_config import PriConfig
from trunkd.signaling.isdn.trunk import PriTrunk

AT_ONCE = 30
ROUNDS = 7
"""Ours and the peer's take turns; the best of each counts, as with timeit: other work on the
machine only ever takes away, from us more (caches) than from libpri."""
SITE = ROOT / "build" / "compiled"
INTEROP = ROOT / "tests" / "interop"
UNIT = "calls per CPU second"


# Ours in process


def exchange(user: PriTrunk, network: PriTrunk, now: int) -> None:
    """Carry frames both ways until there are none."""
    while True:
        up = user.transmit()
        down = network.transmit()
        if not up and not down:
            return
        for frame in up:
            network.receive(frame, now)
        for frame in down:
            user.receive(frame, now)


def linked() -> tuple[PriTrunk, PriTrunk]:
    """Two ends with the link up."""
    user = PriTrunk(PriConfig(side="user"))
    network = PriTrunk(PriConfig(side="network"))
    user.start(0)
    network.start(0)
    exchange(user, network, 0)
    user.events()
    network.events()
    return user, network


def round_of_calls(user: PriTrunk, network: PriTrunk, now: int) -> int:
    """AT_ONCE calls from the user, all up at once, answered and cleared; how many ended well."""
    request = neutral.CallRequest(neutral.PartyNumber("5551000"), neutral.PartyNumber("5550000"))
    handles = [user.place(request, now) for _ in range(AT_ONCE)]
    exchange(user, network, now)
    for event in network.events():
        if isinstance(event, neutral.CallOffered):
            network.alert(event.call, False, now)
            network.answer(event.call, now)
    exchange(user, network, now)
    for handle in handles:
        user.clear(handle, 16, now)
    exchange(user, network, now)
    ended = 0
    for event in user.events():
        if isinstance(event, neutral.CallReleased) and event.cause == 16:
            ended += 1
    network.events()
    return ended


def in_process(calls: int) -> dict[str, object]:
    """Both sides of ``calls`` calls; RuntimeError when one of them fails."""
    user, network = linked()
    rounds = max(1, calls // AT_ONCE)
    ended = 0
    begin = time.process_time()
    for n in range(rounds):
        ended += round_of_calls(user, network, n * 1_000_000)
    used = time.process_time() - begin
    if ended != AT_ONCE * rounds:
        raise RuntimeError(f"{AT_ONCE * rounds - ended} of {AT_ONCE * rounds} calls failed")
    compiled = not sys.modules[PriTrunk.__module__].__file__.endswith(".py")
    return {"compiled": compiled, "calls": ended, "calls_per_cpu_s": ended / used}


def own_in_process(calls: int, compiled: bool) -> float:
    """Calls per CPU second of a process of its own, with the engines plain or compiled."""
    said = json.loads(run([*python(compiled), __file__, str(calls)]))
    if said["compiled"] is not compiled:
        raise BenchError(f"the engines of {SITE} are not what was to be measured")
    return float(said["calls_per_cpu_s"])


# The compiled build


def python(compiled: bool) -> list[str]:
    """Our interpreter on the checkout, or on the wheel with compiled engines."""
    if compiled:
        built()
    return ["env", f"PYTHONPATH={SITE if compiled else ''}", sys.executable]


def built() -> None:
    """Have the wheel with compiled engines made and unpacked, as the tests use it."""
    run(["make", "--no-print-directory", "-s", "-C", ROOT, "compiled"], timeout=1800)


# Over a socket pair


SIDES = (["--side", "net"], ["--side", "cpe"])


def over_a_pair(
    command: list[str | Path], calls: int, ours: tuple[list[str], list[str]] = SIDES
) -> float:
    """Calls per CPU second of both processes: the first calls, the second answers. ``ours``: the
    options of each end."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    common = ["--quiet", "--calls", str(calls), "--timeout", "120"]
    roles = ([*ours[0], "--mode", "call", "--conc", str(AT_ONCE)], [*ours[1], "--mode", "answer"])
    peers = [
        subprocess.Popen(
            [*command, "--fd", str(end.fileno()), *role, *common],
            pass_fds=(end.fileno(),),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ,
        )
        for end, role in zip(ends, roles, strict=True)
    ]
    for end in ends:
        end.close()
    used = 0.0
    for peer in peers:
        out, _ = peer.communicate()
        if peer.returncode:
            raise BenchError(f"{command[0]}: not all calls ended as expected: {out!r}")
        used += json.loads(out.splitlines()[-1])["cpu_s"]
    return calls / used


def libpri(name: str) -> Path:
    """One of the libpri programs of tests/interop, built."""
    sources = [INTEROP / "libpri_side.c", INTEROP / "libpri_services.c", INTEROP / f"{name}.c"]
    return build_c(name, sources, ["pri"], "libpri-dev")


def turns(ours: Callable[[], float], peer: Callable[[], float]) -> tuple[float, float]:
    """The best of ROUNDS turns of each."""
    seen = [(ours(), peer()) for _ in range(ROUNDS)]
    return max(o for o, _ in seen), max(p for _, p in seen)


def pair_result(name: str, compiled: bool, calls: int) -> Result:
    peer = libpri("libpri_peer")
    command: list[str | Path] = [*python(compiled), "-m", "trunkd.hil.peer_pri"]
    ours, theirs = turns(lambda: over_a_pair(command, calls), lambda: over_a_pair([peer], calls))
    return compare(name, ours=ours, peer=theirs, peer_name="libpri, socket pair", unit=UNIT)


def in_process_result(name: str, compiled: bool, calls: int) -> Result:
    program = libpri("libpri_inprocess")

    def theirs() -> float:
        return float(json.loads(run([program, "60000", str(AT_ONCE)]))["calls_per_cpu_s"])

    ours, peer = turns(lambda: own_in_process(calls, compiled), theirs)
    return compare(name, ours=ours, peer=peer, peer_name="libpri, one process", unit=UNIT)


@bench("pri_calls")
def pri_calls() -> list[Result]:
    """Compiled engines, each side a process, over a socket pair (aim: libpri's or more)."""
    return [
        pair_result("pri_calls", True, 30_000),
        pair_result("pri_calls_plain", False, 6_000),
    ]


@bench("pri_calls_inprocess")
def pri_calls_inprocess() -> list[Result]:
    """Both sides in one process (aims: 50,000 compiled, 10,000 plain)."""
    return [
        in_process_result("pri_calls_inprocess", True, 60_000),
        in_process_result("pri_calls_inprocess_plain", False, 12_000),
    ]


if __name__ == "__main__":
    print(json.dumps(in_process(int(sys.argv[1]) if len(sys.argv) > 1 else 30_000)))
