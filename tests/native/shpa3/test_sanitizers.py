"""The library under ASan with UBSan, and under TSan: many threads, mutated lines."""

from __future__ import annotations

import functools
import pathlib
import subprocess
from collections.abc import Callable

import pytest
import shpa3_rig as rig

SHPA3 = rig.NATIVE / "shpa3"
FLAGS = ["-std=gnu11", "-g1", "-O0", "-fno-omit-frame-pointer", "-pthread", "-Wall", "-Wextra"]
SANITIZERS = {
    "address": ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"],
    "thread": ["-fsanitize=thread"],
}


@functools.cache
def objects(kind: str, folder: pathlib.Path) -> list[str]:
    """The library's sources, compiled once with a sanitizer."""
    made = [str(path) for path in rig.builder().sources()]
    words = ["gcc", *FLAGS, *SANITIZERS[kind], f"-I{SHPA3}", "-c", *made]
    folder.mkdir()
    subprocess.run(words, check=True, cwd=folder)
    return [str(path) for path in sorted(folder.glob("*.o"))]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], str]:
    """A program with the library in it, under a sanitizer."""
    folder = tmp_path_factory.mktemp("p")

    def made(source: str, kind: str) -> str:
        to = folder / f"{source}-{kind}"
        include = f"-I{SHPA3 if source.startswith('fuzz') else rig.HERE}"
        words = ["gcc", *FLAGS, *SANITIZERS[kind], include, str(rig.HERE / source)]
        subprocess.run([*words, *objects(kind, folder / kind), "-lm", "-o", str(to)], check=True)
        return str(to)

    return made


@pytest.mark.parametrize("kind", SANITIZERS)
def test_threads(
    kind: str, build: Callable[[str, str], str], daemon: rig.Daemon, tmp_path: pathlib.Path
) -> None:
    rig.write_wav(tmp_path / "s.wav", rig.noise(1600))
    program = build("stress.c", kind)
    # Channels 0 to 9 call 30 to 39: the trunks are cabled, channel n to n.
    config = pathlib.Path(daemon.ini(Trunks="exchange,pstn"))
    text = config.read_text() + "[AppChToBoardChTable]\nTotalAppCh=40\n"
    config.write_text(text)
    words = [program, str(config), str(tmp_path / "s.wav"), "2"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "good\n"


def test_mutated_lines(build: Callable[[str, str], str]) -> None:
    program = build("fuzz_shpa3.c", "address")
    done = subprocess.run([program, "7", "20000"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "20000 rounds\n"
