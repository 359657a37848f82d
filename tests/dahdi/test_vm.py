"""The driver in a machine with DAHDI's real kernel driver: each test boots one (vm.sh)."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

NO_CABLE = "test_alarms or test_errors_are_told_with_their_number"
"""These cut the line in one direction, which the kernel's joined spans have not; vm_removal.py has
their alarms."""
NO_TWO = "test_abcd_wrong_use or test_three_parties_hear_exactly"
"""The one opens two boards on the same spans; vm_channels.py has its refusals. The other needs
sounds of three timeslots that begin in one block; of two it is tested here too."""
NO_WAIT = (
    "test_echo_is_cancelled or test_the_time_before_is_in_it or test_a_fast_writer "
    "or test_an_echoing_application"
)
"""What waits in the kernel's blocks is longer than an echo's tail, and than what is prerecorded
there; and Python in an emulated processor is late for a buffer of 40 ms. All are the engine's
own work, tested on the simulated board."""


def run(out: pathlib.Path, *arguments: str) -> str:
    """pytest in the machine, whose /out is ``out``; what it said."""
    command = [HERE / "vm.sh", sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--color=no", "--tb=short", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "DAHDI_VM_OUT": str(out)},
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-12000:]
    return said


def test_the_contract(tmp_path: pathlib.Path) -> None:
    which = f"dahdi and not ({NO_CABLE} or {NO_TWO} or {NO_WAIT}) and not e1d"
    assert " passed" in run(tmp_path, "tests/contract", "-k", which)


@pytest.mark.parametrize("parts", [("pri", "signalling"), ("channels", "removal")])
def test_parts(parts: tuple[str, ...], tmp_path: pathlib.Path) -> None:
    """pri: 50 calls of the daemon. channels: octets, frames, bits, ports. signalling: R2, MTP2 and
    ISUP. removal: alarms, spans taken away, busy devices, permissions."""
    assert " passed" in run(tmp_path, *(f"tests/dahdi/guest/vm_{part}.py" for part in parts))


def test_a_minute_of_thirty_channels(tmp_path: pathlib.Path) -> None:
    said = run(tmp_path, "tests/dahdi/guest/vm_load.py")
    report = json.loads((tmp_path / "load.json").read_text())
    assert report["channels"] == 60 and report["repeated"] == report["left_out"] == 0
    print("load:", report)
    assert " passed" in said
