"""A short run of the fuzzer of ISUP messages; `make fuzz` runs it for longer."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

FUZZER = pathlib.Path(__file__).with_name("fuzz_isup.py")


def test_five_thousand_spoilt_messages_are_read() -> None:
    command = [sys.executable, str(FUZZER), "--messages", "5000", "--seed", "7"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    assert re.search(r"^5\d{3} messages by mutation, seed 7: nothing found", done.stdout), (
        done.stdout
    )
