"""HDLC back to back with libosmocore's osmo_isdnhdlc, an independent implementation."""

from __future__ import annotations

import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
NATIVE = HERE.parent.parent / "native"

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    target = tmp_path_factory.mktemp("osmo") / "hdlc_osmo"
    done = subprocess.run(
        [
            "gcc",
            "-std=gnu11",
            "-O2",
            f"-I{NATIVE / 'include'}",
            f"-I{NATIVE / 'src'}",
            str(HERE / "hdlc_osmo.c"),
            *map(str, sorted(NATIVE.glob("src/hdlc*.c"))),
            "-losmocore",
            "-o",
            str(target),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, (
        f"cannot build against libosmocore (apt-get install libosmocore-dev):\n{done.stderr}"
    )
    return target


@pytest.mark.parametrize("mark", ["0", "1"], ids=["flags", "mark"])
@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_both_ways(program: pathlib.Path, seed: str, mark: str) -> None:
    done = subprocess.run(
        [program, seed, "500", mark], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
