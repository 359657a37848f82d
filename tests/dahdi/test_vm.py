"""The driver in a machine with DAHDI's real kernel driver: each test boots one (vm.sh). By
`make test`, apart from the others: it takes a processor for a few minutes."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

CALLS = ("channels", "pri", "signalling")
"""Of guest/vm_*.py; the others run in a machine of their own."""
NOT_IN_IT = {
    "test_alarms or test_errors_are_told_with_their_number": "they cut one direction, and the "
    "kernel's joined spans have no line: vm_removal.py cuts spans joined by Ethernet",
    "test_abcd_wrong_use": "two boards on the same spans: vm_channels.py has its refusals",
    "test_three_parties_hear_exactly": "what three timeslots say has to begin in one block: here "
    "each is a channel of its own, with its own queue",
    "test_echo_is_cancelled or test_the_time_before_is_in_it": "what waits in the kernel's blocks "
    "is longer than the echo's tail, and than what is prerecorded",
    "test_a_fast_writer or test_an_echoing_application": "Python on an emulated processor is late "
    "for a buffer of 40 ms",
}
"""Cases of the contract that do not run in the machine, and why: all are the engine's own work,
tested on the simulated board."""


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
    which = f"dahdi and not e1d and not ({' or '.join(NOT_IN_IT)})"
    assert " passed" in run(tmp_path, "tests/contract", "-k", which)


def parts(calls: bool) -> list[str]:
    found = sorted((HERE / "guest").glob("vm_*.py"))
    return [str(path) for path in found if (path.stem.removeprefix("vm_") in CALLS) is calls]


def test_channels_and_calls(tmp_path: pathlib.Path) -> None:
    """channels: octets, frames, bits, ports. pri: 50 calls of the daemon. signalling: R2, MTP2 and
    ISUP."""
    assert " passed" in run(tmp_path, *parts(calls=True))


def test_spans_and_a_minute_of_thirty_channels(tmp_path: pathlib.Path) -> None:
    """removal: alarms, spans and modules taken away, busy devices, permissions. load: a minute of
    30 channels both ways. boards: what `trunkd boards` says of them."""
    said = run(tmp_path, *parts(calls=False))
    assert " passed" in said
    report = json.loads((tmp_path / "load.json").read_text())
    assert report["channels"] == 60 and report["repeated"] == report["left_out"] == 0
    print("load:", report)
