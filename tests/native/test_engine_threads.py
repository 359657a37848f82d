"""The hand-over between the engine's thread and its caller under TSan, used at random."""

from __future__ import annotations

import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
NATIVE = HERE.parent.parent / "native"


def test_no_data_race(tmp_path: pathlib.Path) -> None:
    program = tmp_path / "fuzz_engine"
    sources = sorted(str(path) for path in (NATIVE / "src").glob("*.c"))
    command = ["gcc", "-std=gnu11", "-O1", "-g", "-fsanitize=thread"]
    command += [f"-I{NATIVE}/include", f"-I{NATIVE}/src", *sources]
    command += [str(HERE / "fuzz_engine.c"), "-o", str(program), "-pthread", "-lm"]
    subprocess.run(command, check=True)
    done = subprocess.run(
        [str(program), "1", "300", "threads"],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "TSAN_OPTIONS": "halt_on_error=1"},
    )
    assert done.returncode == 0, done.stderr[-4000:]
