"""Some kills under load; a thousand: `python -m trunkd.hil.kill_storm --kills 1000 --clients 4`."""

from __future__ import annotations

import pathlib

import pytest

from trunkd.hil.kill_storm import Storm


@pytest.mark.parametrize(("signalling", "longest"), [("pri", 1.0), ("isup", 3.0)])
def test_a_killed_daemon_loses_no_call_and_no_event(
    tmp_path: pathlib.Path, signalling: str, longest: float
) -> None:
    """Kills at work, at the start, and of clients."""
    storm = Storm(str(tmp_path), seed=7, signalling=signalling, clients=2)
    try:
        storm.start()
        storm.kill()
        storm.kill_at_start(storm.start_seconds / 2)
        found = storm.run(kills=3, longest=longest)
    finally:
        storm.close()
    assert found["wrong"] == []
    assert found["kills"] >= 5 and found["calls"] > 0
