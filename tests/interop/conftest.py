"""libpri as a peer (its own process, GPL) and tshark as the referee of what went over the wire."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence

import pytest

from trunkd.hil.peer_pair import PairResult, run_pair

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent.parent / "build" / "interop"


def compiled(name: str, sources: Sequence[str]) -> str:
    """The program ``name`` made of ``sources`` and libpri, cached until a source changes."""
    program = BUILD / name
    files = [HERE / source for source in (*sources, "libpri_side.h")]
    if program.exists() and all(program.stat().st_mtime > f.stat().st_mtime for f in files):
        return str(program)
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=BUILD, prefix=name, delete=False) as fresh:
        pass
    done = subprocess.run(
        ["gcc", "-std=c11", "-O2", "-Wall", "-Wextra", "-o", fresh.name]
        + [str(f) for f in files[:-1]]
        + ["-lpri"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        os.unlink(fresh.name)
        pytest.fail(
            f"{name} does not compile; if libpri is missing: apt-get install gcc libpri-dev\n"
            + done.stderr
        )
    os.replace(fresh.name, program)
    return str(program)


@pytest.fixture(scope="session")
def libpri_peer() -> str:
    """The path of the libpri peer's program."""
    return compiled("libpri_peer", ("libpri_side.c", "libpri_peer.c"))


Pair = Callable[..., PairResult]


@pytest.fixture
def pair(
    libpri_peer: str, tmp_path: pathlib.Path, captures: list[pathlib.Path]
) -> Callable[..., PairResult]:
    """Runs two peers: ``pair(net="libpri", cpe="trunkd", net_args=…, cpe_args=…, loss=…)``.

    The network side is end A. Everything that was passed is captured for tshark.
    """

    def command(which: str, side: str, args: str) -> Callable[[int], list[str]]:
        program = (
            [libpri_peer] if which == "libpri" else [sys.executable, "-m", "trunkd.hil.peer_pri"]
        )
        return lambda fd: [*program, "--fd", str(fd), "--side", side, *args.split()]

    def run(
        net: str,
        cpe: str,
        net_args: str,
        cpe_args: str,
        loss: float = 0.0,
        seed: int = 1,
        cut: tuple[float, float] = (0.0, 0.0),
        timeout: float = 60.0,
    ) -> PairResult:
        capture = tmp_path / f"{len(captures)}.pcapng"
        captures.append(capture)
        return run_pair(
            command(net, "net", net_args),
            command(cpe, "cpe", cpe_args),
            loss=loss,
            seed=seed,
            cut=cut,
            capture=capture,
            timeout=timeout,
        )

    return run


@pytest.fixture
def captures() -> Iterator[list[pathlib.Path]]:
    """Captures of a test; at its end tshark must read all of them without a mark."""
    files: list[pathlib.Path] = []
    yield files
    for file in files:
        assert marks(file) == "", f"tshark marks frames of {file}"


def marks(file: pathlib.Path) -> str:
    """What tshark finds malformed or in error, one frame a line; it must find Q.931 at all."""
    if shutil.which("tshark") is None:
        pytest.fail("tshark is missing: apt-get install tshark")
    fields = ("frame.number", "_ws.malformed", "_ws.expert.severity", "q931.message_type")
    done = subprocess.run(
        ["tshark", "-n", "-r", str(file), "-T", "fields"] + [f"-e{f}" for f in fields],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert any(message for *_, message in rows), f"tshark sees no Q.931 message in {file}"
    return "".join(
        f"frame {number}: malformed {malformed!r}, severity {severity!r}\n"
        for number, malformed, severity, _ in rows
        if malformed or any(int(s) >= ERROR for s in severity.split(",") if s)
    )


ERROR = 0x00800000
"""Wireshark's PI_ERROR severity."""
