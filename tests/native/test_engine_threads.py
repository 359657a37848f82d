"""The hand-over between the engine's thread and its caller under TSan, used at random."""

from __future__ import annotations

import os
import pathlib
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

HERE = pathlib.Path(__file__).resolve().parent
NATIVE = HERE.parent.parent / "native"


FLAGS = ["-std=gnu11", "-O1", "-g", "-fsanitize=thread"]
FLAGS += [f"-I{NATIVE}/include", f"-I{NATIVE}/src"]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """All of native/src with TSan in, as object files."""
    folder = tmp_path_factory.mktemp("threads")

    def compile_object(source: pathlib.Path) -> str:
        target = str(folder / f"{source.stem}.o")
        subprocess.run(["gcc", *FLAGS, "-c", str(source), "-o", target], check=True)
        return target

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(compile_object, sorted(NATIVE.glob("src/*.c"))))


@pytest.mark.parametrize("driver", ["fuzz_engine", "fuzz_media", "fuzz_analog"])
def test_no_data_race(driver: str, library: list[str], tmp_path: pathlib.Path) -> None:
    program = tmp_path / driver
    command = ["gcc", *FLAGS, str(HERE / f"{driver}.c"), *library, "-o", str(program)]
    subprocess.run([*command, "-pthread", "-lm"], check=True)
    done = subprocess.run(
        [str(program), "1", "300", "threads"],
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "TSAN_OPTIONS": "halt_on_error=1"},
    )
    assert done.returncode == 0, done.stderr[-4000:]
