"""C programs of the tests that stand between us and a GPL library, compiled when they change."""

from __future__ import annotations

import os
import pathlib
import subprocess
import tempfile
from collections.abc import Sequence

import pytest

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent.parent / "build" / "interop"


def compiled(
    name: str,
    sources: Sequence[str],
    headers: Sequence[str],
    libraries: Sequence[str],
    package: str,
) -> str:
    """The program ``name`` made of ``sources``; ``libraries``: the linker's words; ``package``:
    what to install when that fails."""
    program = BUILD / name
    files = [HERE / source for source in (*sources, *headers)]
    if program.exists() and all(program.stat().st_mtime > f.stat().st_mtime for f in files):
        return str(program)
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=BUILD, prefix=name, delete=False) as fresh:
        pass
    words = ["gcc", "-std=c11", "-O2", "-Wall", "-Wextra", "-o", fresh.name]
    words += [str(HERE / source) for source in sources] + [*libraries]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        os.unlink(fresh.name)
        pytest.fail(
            f"{name} does not compile; if the library is missing: apt-get install gcc {package}\n"
            + done.stderr
        )
    os.replace(fresh.name, program)
    return str(program)
