"""A short run of the fuzzer of MTP level 3; `make fuzz` runs it for longer."""

from __future__ import annotations

import pathlib
import subprocess
import sys

FUZZER = pathlib.Path(__file__).with_name("fuzz_mtp3.py")


def test_six_thousand_messages_leave_a_node_that_works() -> None:
    command = [sys.executable, str(FUZZER), "--messages", "6000", "--seed", "7"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    assert done.stdout == "6000 messages from seed 7 on: nothing found\n"
