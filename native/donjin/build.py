"""Compile the library of DonJin's calls (docs/donjin.md): a shared object beside native/.

    python native/donjin/build.py [FOLDER]

``libdonjin_trunkd.so`` has the calls of the analog cards (Tc08a32 with NewSig) and of the E1 cards
(tce1_32) in one file; below them is native/shpa3, compiled in. setup.py calls ``build`` too.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from typing import Final

HERE: Final = pathlib.Path(__file__).resolve().parent
BELOW: Final = HERE.parent / "shpa3"
NAME: Final = "libdonjin_trunkd.so"
FLAGS: Final = [
    *("-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Werror=implicit", "-fvisibility=hidden"),
    *("-fPIC", "-pthread", "-D_FORTIFY_SOURCE=2", "-fstack-protector-strong", "-DSHPA3_WITHIN"),
]


def sources() -> list[pathlib.Path]:
    """All C files of the library."""
    return [*sorted(HERE.glob("*.c")), *sorted(BELOW.glob("*.c"))]


def command(target: pathlib.Path, *more: str) -> list[str]:
    """How the shared object is made. $CC: another compiler."""
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
    files = [path for folder in (HERE, BELOW) for path in folder.iterdir() if path.is_file()]
    return any(path.stat().st_mtime > built for path in files)


def build(folder: pathlib.Path, force: bool = False) -> pathlib.Path:
    """The library in ``folder``; subprocess.CalledProcessError: the compiler refused."""
    target = folder / NAME
    if force or stale(target):
        fresh = target.with_suffix(f".{os.getpid()}")
        subprocess.run(command(fresh, "-Wl,-z,defs", f"-Wl,-soname,{NAME}"), check=True)
        fresh.replace(target)  # a program that has the old one loaded keeps it
    return target


if __name__ == "__main__":
    print(build(pathlib.Path(sys.argv[1]) if sys.argv[1:] else HERE.parent))
