"""An hour of 60 channels of 20 s calls, back to back, in virtual time, twice the same."""

from __future__ import annotations

import pytest

from trunkd.board.clock import SECOND
from trunkd.errors import LocalError
from trunkd.hil.virtual_load import VirtualLoad

HOUR = 3600
CHANNELS = 60


def run(seconds: float) -> VirtualLoad:
    load = VirtualLoad()
    load.run(seconds)
    return load


def test_an_hour_twice() -> None:
    first, second = run(HOUR), run(HOUR)  # how long that takes: bench_daemon.py, virtual_hour
    assert first.failed == second.failed == []
    # Every channel is busy all the time: a call takes 20 s and its set-up, the last ones are up.
    least = CHANNELS * int((HOUR - 5) / 20.5)
    assert least <= first.completed <= CHANNELS * HOUR // 20
    assert first.placed == first.completed + CHANNELS
    assert first.longest_setup < SECOND
    assert first.digest == second.digest
    assert first.events == second.events > 10 * first.completed


def test_another_hold_time_is_another_log() -> None:
    loads = [VirtualLoad(hold=hold) for hold in (20 * SECOND, 20 * SECOND + 1_000_000)]
    for load in loads:
        load.run(60)
    assert loads[0].digest != loads[1].digest


def test_virtual_time_wants_a_stepped_board() -> None:
    from trunkd.daemon.config_check import loads
    from trunkd.daemon.node import Node
    from trunkd.daemon.virtual import run_until
    from trunkd.hil.virtual_load import config_text

    node = Node(loads(config_text(1, 1)))
    node.open()
    with pytest.raises(LocalError, match="real time only"):
        run_until(node, SECOND)
    node.close()
