"""Where the daemon keeps its files, unless it is told otherwise."""

from __future__ import annotations

import os
import pathlib


def runtime_dir() -> str:
    """Where the socket lives: /run/trunkd for root, else below $XDG_RUNTIME_DIR."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    if os.geteuid() != 0 and base:
        return os.path.join(base, "trunkd")
    return "/run/trunkd"


def state_dir() -> str:
    """Where records and voice files live: /var/lib/trunkd for root, else below the home."""
    if os.geteuid() == 0:
        return "/var/lib/trunkd"
    base = os.environ.get("XDG_STATE_HOME") or str(pathlib.Path.home() / ".local" / "state")
    return os.path.join(base, "trunkd")
