"""What a killed process would not leave behind, but one that only plays to be killed does."""

from __future__ import annotations

import contextlib
import gc
import os
import pathlib

NAMES = ("records.jsonl", "trunkd.journal", "trunkd.kept")


def close_left(path: pathlib.Path) -> None:
    """Close the descriptors of files below ``path`` that runs which were "killed" have open: a
    thousand of them would be too many for those tests that come after in the same process."""
    gc.collect()  # what closes by itself must not do so later, when the number is another file's
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            there = pathlib.Path(os.readlink(f"/proc/self/fd/{name}").removesuffix(" (deleted)"))
            if there.name in NAMES and there.is_relative_to(path.resolve()):
                os.close(int(name))
