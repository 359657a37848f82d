"""``trunkd peer pri`` told wrong: exit 2 for usage and time-out, 1 for what cannot be had."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

CALL = ("--side", "net", "--mode", "call")


def peer(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "trunkd", "peer", "pri", *arguments],
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (CALL, 2, "give one of --fd, --connect and --listen"),
        (("--fd", "3", "--connect", "x", *CALL), 2, "give one of"),
        (("--listen", "x", "--side", "net"), 2, "--mode"),
        (("--listen", "x", *CALL, "--called", "12é"), 2, "0-9, *, # and A-D"),
        (("--listen", "x", *CALL, "--called", ""), 2, "0-9, *, # and A-D"),
        (("--listen", "x", *CALL, "--rate", "nan"), 2, "are numbers"),
        (("--listen", "x", *CALL, "--chans", "31"), 2, "1<=x<=30"),
        (("--connect", "/nowhere/x", *CALL), 1, "is the board running and the port open?"),
        (("--listen", "/nowhere/x", *CALL), 1, "No such file or directory"),
        (("--listen", "x" * 200, *CALL), 1, "too long"),
        (("--fd", "77", *CALL), 1, "descriptor 77"),
    ],
)
def test_wrong_use(arguments: tuple[str, ...], code: int, text: str) -> None:
    ran = peer(*arguments)
    assert ran.returncode == code
    assert text in ran.stderr
    assert "Traceback" not in ran.stderr


def test_nobody_comes(tmp_path: pathlib.Path) -> None:
    ran = peer("--listen", str(tmp_path / "port"), *CALL, "--timeout", "0.2")
    assert ran.returncode == 2
    assert "nobody connected" in ran.stderr
