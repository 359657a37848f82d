"""A short run of the fuzzer of osmo-e1d's protocol; `make fuzz` runs it for longer."""

from __future__ import annotations

import pathlib
import subprocess
import sys

FUZZER = pathlib.Path(__file__).with_name("fuzz_e1d.py")


def test_three_thousand_packets_each_way() -> None:
    command = [sys.executable, str(FUZZER), "--messages", "3000", "--seed", "7"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    assert done.stdout.startswith("3000 packets each way, seed 7: nothing found"), done.stdout
