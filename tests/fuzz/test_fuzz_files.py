"""A short run of the fuzzer of voice files; CI runs it for longer."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

FUZZER = pathlib.Path(__file__).with_name("fuzz_files.py")


def test_spoilt_files_for_two_seconds() -> None:
    command = [sys.executable, str(FUZZER), "--seconds", "2", "--engine", "mutator", "--seed", "7"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    runs = re.search(r"^(\d+) spoilt files, seed 7: nothing found", done.stdout, re.M)
    assert runs, done.stdout
    assert int(runs[1]) > 20
