"""A short run of the fuzzer of MTP2 links; `make fuzz` runs it for longer."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

FUZZER = pathlib.Path(__file__).with_name("fuzz_mtp2_link.py")


def test_a_hundred_thousand_random_signal_units_leave_a_link_able_to_align() -> None:
    command = [sys.executable, str(FUZZER), "--units", "100000", "--seed", "7"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    assert re.search(r"^100000 signal units, .* can be aligned", done.stdout, re.M), done.stdout
