"""The daemon of tests/daemon, and the command run against it."""

from __future__ import annotations

import importlib.util
import pathlib
import subprocess
import sys
from typing import Any

import pytest

_PATH = pathlib.Path(__file__).parent.parent / "daemon" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("trunkd_daemon_fixtures", _PATH)
assert _SPEC is not None and _SPEC.loader is not None
_fixtures: Any = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = _fixtures
_SPEC.loader.exec_module(_fixtures)

daemon = _fixtures.daemon
app = _fixtures.app
start_daemon = _fixtures.start_daemon
daemon_with = _fixtures.daemon_with
subscribed = _fixtures.subscribed


@pytest.fixture
def trunkd(daemon: Any) -> Any:
    """Run the command against the daemon; the finished process."""

    def run(*arguments: str, timeout: float = 30) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "trunkd", "--socket", daemon.socket, *arguments],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run
