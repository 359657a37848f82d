"""The compiled IVR, unchanged, on DAHDI's real kernel driver (in the machine of tests/dahdi)."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import shpa3_rig as rig


def test_the_same_program(libraries: dict[str, pathlib.Path], tmp_path: pathlib.Path) -> None:
    """Compiled once: this file runs on the simulated board, then on the kernel's spans."""
    library = libraries["libshpa3_trunkd.so"]
    ivr = rig.compile_program(rig.HERE / "ivr.c", library, tmp_path / "ivr")
    words = [sys.executable, str(rig.HERE / "vm_ivr.py"), ivr]
    said = {}
    for name, before in (("sim", []), ("dahdi", [str(rig.ROOT / "tests/dahdi/vm.sh")])):
        done = subprocess.run(
            [*before, *words, name], capture_output=True, text=True, check=False, cwd=rig.ROOT
        )
        said[name] = done.stdout
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        for mode in ("polling", "callback"):
            assert f"{mode}: the menu was heard octet for octet" in done.stdout
    lines = [line for line in said["sim"].splitlines() if line.startswith(("digit", "ringing"))]
    assert len(lines) == 10
    assert all(line in said["dahdi"] for line in lines)
