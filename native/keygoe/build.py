"""Compile the library of Keygoe's calls (docs/donjin.md): two shared objects beside native/.

    python native/keygoe/build.py [FOLDER]

It is a layer on the library of Synway's calls (native/shpa3), whose sources are compiled with it.
``libkeygoe_trunkd.so`` has U32 as ``unsigned long``, as the published header; in
``libkeygoe_trunkd_int.so`` it has 4 octets everywhere, to test that the driver tells them apart.
"""

from __future__ import annotations

import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile
from typing import Any, Final

HERE: Final = pathlib.Path(__file__).resolve().parent
EXPORTS: Final = "{ global: XMS_*; keygoe_trunkd_word; local: *; };\n"
"""A linker's version script: Synway's calls stay within."""
NAMES: Final = {"libkeygoe_trunkd.so": [], "libkeygoe_trunkd_int.so": ["-DKEYGOE_WORD=int"]}


def below() -> Any:
    """native/shpa3/build.py, which is no module of the package."""
    spec = importlib.util.spec_from_file_location("shpa3_build", HERE.parent / "shpa3" / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sources() -> list[pathlib.Path]:
    """All C files of the library."""
    return [*below().sources(), *sorted(HERE.glob("*.c"))]


def stale(target: pathlib.Path) -> bool:
    """There is none yet, or a source is newer."""
    if not target.exists():
        return True
    built = target.stat().st_mtime
    folders = {HERE, *(path.parent for path in sources())}
    files = [path for folder in folders for path in folder.iterdir() if path.is_file()]
    return any(path.stat().st_mtime > built for path in files)


def command(target: pathlib.Path, exports: str, *more: str) -> list[str]:
    """How a shared object is made. ``exports``: a file with EXPORTS. $CC: another compiler."""
    made = sources()
    folders = sorted({str(path.parent) for path in made})
    return [
        *os.environ.get("CC", "cc").split(),
        *(*below().FLAGS, *more, *(f"-I{folder}" for folder in folders), *map(str, made)),
        *("-shared", "-lm", f"-Wl,--version-script={exports}", "-o", str(target)),
    ]


def build(folder: pathlib.Path, force: bool = False) -> list[pathlib.Path]:
    """Both libraries in ``folder``; subprocess.CalledProcessError: the compiler refused."""
    made = []
    for name, define in NAMES.items():
        target = folder / name
        if force or stale(target):
            fresh = target.with_suffix(f".{os.getpid()}")
            with tempfile.NamedTemporaryFile("w", suffix=".map") as exports:
                exports.write(EXPORTS)
                exports.flush()
                words = command(fresh, exports.name, *define, "-Wl,-z,defs", f"-Wl,-soname,{name}")
                subprocess.run(words, check=True)
            fresh.replace(target)  # a program that has the old one loaded keeps it
        made.append(target)
    return made


if __name__ == "__main__":
    for path in build(pathlib.Path(sys.argv[1]) if sys.argv[1:] else HERE.parent):
        print(path)
