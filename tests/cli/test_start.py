"""What a command imports before it has asked anything: every command waits for that."""

from __future__ import annotations

import subprocess
import sys

import pytest

DEAR = ("asyncio", "numpy", "prometheus_client", "rich", "scipy", "ssl", "trunkd.board.model")
DEAR += ("trunkd.drivers", "trunkd.hil", "trunkd.native")


@pytest.mark.parametrize("module", ["trunkd.cli", "trunkd.daemon.client"])
def test_nothing_dear_is_imported(module: str) -> None:
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert sorted(set(done.stdout.split()) & set(DEAR)) == []
