"""What the benchmarks share: how one is registered, its result, C programs built for it.

A benchmark is a function in ``bench/bench_*.py``::

    @bench("hdlc_frames")
    def hdlc_frames() -> Result:
        return compare("hdlc_frames", ours=1.0, peer=0.5, peer_name="libosmocore", unit="MB/s")

It returns one result or a list of them, measured beside the peer in the same run, or raises
BenchError saying what is missing. ``ratio`` is above 1 where ours is better.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
from collections.abc import Callable, Iterable, Sequence
from typing import TypedDict

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "bench"


class Result(TypedDict):
    """A row of bench/results.json. Without a peer, ``peer`` is an aim; ``peer_name`` says so."""

    name: str
    ours: float
    peer: float
    peer_name: str
    ratio: float
    unit: str


class BenchError(Exception):
    """A benchmark cannot run or its run failed; the text names the remedy."""


Bench = Callable[[], Result | list[Result]]
REGISTERED: dict[str, Bench] = {}


def bench(name: str) -> Callable[[Bench], Bench]:
    """Register a benchmark under a name that ``bench/run.py NAME`` finds by its beginning."""

    def register(function: Bench) -> Bench:
        if name in REGISTERED:
            raise BenchError(f"two benchmarks are called {name}")
        REGISTERED[name] = function
        return function

    return register


def compare(
    name: str,
    *,
    ours: float,
    peer: float,
    peer_name: str,
    unit: str,
    lower_is_better: bool = False,
) -> Result:
    """A result with its ratio."""
    better, other = (peer, ours) if lower_is_better else (ours, peer)
    return Result(
        name=name,
        ours=round(ours, 4),
        peer=round(peer, 4),
        peer_name=peer_name,
        ratio=round(better / other, 3) if other else float("inf"),
        unit=unit,
    )


def run(command: Sequence[str | os.PathLike[str]], timeout: float = 300) -> str:
    """The standard output of a program; BenchError with its last words when it fails."""
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=timeout)
    except FileNotFoundError as exc:
        raise BenchError(f"{command[0]} is not installed") from exc
    except subprocess.TimeoutExpired as exc:
        raise BenchError(f"{command[0]} took longer than {timeout:.0f} s") from exc
    if done.returncode:
        raise BenchError(f"{command[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def build_c(
    name: str,
    sources: Iterable[pathlib.Path],
    libraries: Sequence[str] = (),
    package: str = "",
    options: Sequence[str] = (),
) -> pathlib.Path:
    """Build a C program against native/, -O2 as Debian builds its libraries.

    ``package`` is the Debian package to name when that fails; ``options``: more for gcc.
    """
    WORK.mkdir(parents=True, exist_ok=True)
    program = WORK / name
    native = ROOT / "native"
    include = [f"-I{native / 'include'}", f"-I{native / 'src'}"]
    linked = [f"-l{library}" for library in libraries]
    try:
        gcc = ["gcc", "-std=gnu11", "-O2", *options, *include]
        run([*gcc, *sources, *linked, "-pthread", "-o", program])
    except BenchError as exc:
        hint = f" (apt-get install {package})" if package else ""
        raise BenchError(f"cannot build {name}{hint}: {exc}") from exc
    return program
