"""Compile the library of Synway's calls (docs/synway.md): two shared objects beside native/.

    python native/shpa3/build.py [FOLDER]

``libshpa3_trunkd.so`` has a DWORD of 32 bits as the newer published header, and
``libshpa3_trunkd_long.so`` an ``unsigned long`` as the older one. setup.py calls ``build`` too.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from typing import Final

HERE: Final = pathlib.Path(__file__).resolve().parent
NAMES: Final = {"libshpa3_trunkd.so": [], "libshpa3_trunkd_long.so": ["-DSHPA3_DWORD_LONG"]}
FLAGS: Final = [
    *("-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Werror=implicit", "-fvisibility=hidden"),
    *("-fPIC", "-pthread", "-D_FORTIFY_SOURCE=2", "-fstack-protector-strong"),
]


def sources() -> list[pathlib.Path]:
    """All C files of the library."""
    return sorted(HERE.glob("*.c"))


def command(target: pathlib.Path, *more: str) -> list[str]:
    """How a shared object is made. $CC: another compiler."""
    made = [str(path) for path in sources()]
    return [
        *os.environ.get("CC", "cc").split(),
        *(*FLAGS, *more, *made, "-shared", "-lm", "-o", str(target)),
    ]


def stale(target: pathlib.Path) -> bool:
    """There is none yet, or a source is newer."""
    if not target.exists():
        return True
    built = target.stat().st_mtime
    return any(path.stat().st_mtime > built for path in HERE.iterdir() if path.is_file())


def build(folder: pathlib.Path, force: bool = False) -> list[pathlib.Path]:
    """Both libraries in ``folder``; subprocess.CalledProcessError: the compiler refused."""
    made = []
    for name, define in NAMES.items():
        target = folder / name
        if force or stale(target):
            fresh = target.with_suffix(f".{os.getpid()}")
            subprocess.run(
                command(fresh, *define, "-Wl,-z,defs", f"-Wl,-soname,{name}"), check=True
            )
            fresh.replace(target)  # a program that has the old one loaded keeps it
        made.append(target)
    return made


if __name__ == "__main__":
    for path in build(pathlib.Path(sys.argv[1]) if sys.argv[1:] else HERE.parent):
        print(path)
