"""The demo, as a user runs it: every step is checked by the demo itself."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys

import pytest


@pytest.mark.peer
def test_demo_against_libpri(tmp_path: pathlib.Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "trunkd", "demo"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "libpri, an independent stack" in ran.stdout, "install libpri-dev and gcc"
    assert ran.stdout.count("bit-exact") == 2
    assert "still connected" in ran.stdout
    assert "LOS no signal" in ran.stdout and "LOS cleared" in ran.stdout
    assert (tmp_path / "trunkd-demo.pcapng").stat().st_size > 1000
    tshark = shutil.which("tshark")
    assert tshark, "install tshark"
    bad = subprocess.run(
        [tshark, "-r", "trunkd-demo.pcapng", "-Y",
         "_ws.malformed || _ws.expert.severity >= 0x800000"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert bad.stdout == ""
