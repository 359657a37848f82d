"""Clocks of boards."""

from __future__ import annotations

import pytest

from trunkd.board import clock
from trunkd.board.clock import MILLISECOND, SECOND, RealClock


def test_the_wall_clock_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times follow within a second; small differences are how the two clocks were read."""
    wall, mono = 1_000 * SECOND, 5 * SECOND
    monkeypatch.setattr(clock.time, "time_ns", lambda: wall)
    monkeypatch.setattr(clock.time, "monotonic_ns", lambda: mono)
    made = RealClock()
    assert made.wall(made.now()) == wall
    mono, wall = mono + SECOND, wall + SECOND + MILLISECOND
    assert made.wall(made.now()) == wall - MILLISECOND
    wall += 3_600 * SECOND
    assert made.wall(made.now()) == wall - MILLISECOND - 3_600 * SECOND, "it looks once a second"
    mono, wall = mono + SECOND, wall + SECOND
    assert made.wall(made.now()) == wall
    wall -= 7_200 * SECOND
    mono, wall = mono + SECOND, wall + SECOND
    assert made.wall(made.now()) == wall
    assert made.wall(mono - SECOND) == wall - SECOND
