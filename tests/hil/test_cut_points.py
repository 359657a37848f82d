"""The daemon killed between two lines of its own; all of them:
`python -m trunkd.hil.cut_points --points 0 --twice`."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.mark.parametrize("more", [["--points", "16"], ["--points", "6", "--twice"]])
def test_no_call_and_no_event_is_lost_between_two_lines(more: list[str]) -> None:
    """In a process of its own: it forks, and the one of the tests has threads."""
    command = [sys.executable, "-m", "trunkd.hil.cut_points", "--seed", "11", *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    assert found["wrong"] == {}, done.stderr
    assert found["lines"] > 1000 and found["kills"] >= 12
    assert done.returncode == 0
