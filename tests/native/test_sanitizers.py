"""The C sources under ASan and UBSan, driven with random input by each ``fuzz_*.c`` here."""

from __future__ import annotations

import os
import pathlib
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

HERE = pathlib.Path(__file__).parent
NATIVE = HERE.parent.parent / "native"
FLAGS = [
    "-std=gnu11",
    "-O1",
    "-g",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=undefined",
    "-fno-omit-frame-pointer",
    f"-I{NATIVE / 'include'}",
    f"-I{NATIVE / 'src'}",
]


def run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, (
        f"{command[0]} ended with {done.returncode}:\n{done.stderr[-4000:]}"
    )


def compile_object(source: pathlib.Path, folder: pathlib.Path) -> str:
    target = str(folder / f"{source.stem}.o")
    run(["gcc", *FLAGS, "-c", str(source), "-o", target])
    return target


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """All of native/src with the sanitizers in, as object files."""
    folder = tmp_path_factory.mktemp("sanitized")
    sources = sorted(NATIVE.glob("src/*.c"))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda source: compile_object(source, folder), sources))


@pytest.mark.parametrize("driver", sorted(HERE.glob("fuzz_*.c")), ids=lambda path: path.stem)
def test_random_input(driver: pathlib.Path, library: list[str], tmp_path: pathlib.Path) -> None:
    """A driver takes a seed and a number of rounds, and exits with 0 when all was right."""
    program = str(tmp_path / driver.stem)
    run(["gcc", *FLAGS, str(driver), *library, "-pthread", "-lm", "-o", program])
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, [[program, seed, "400"] for seed in ("1", "2")]))


def test_plain_c(tmp_path: pathlib.Path) -> None:
    """What other processors get: HDLC and G.711 without any vector instruction."""
    program = str(tmp_path / "plain")
    sources = [*NATIVE.glob("src/hdlc*.c"), NATIVE / "src" / "g711.c", HERE / "fuzz_hdlc.c"]
    run(["gcc", *FLAGS, "-DTD_PLAIN_C", *map(str, sources), "-o", program])
    run([program, "3", "400"])
