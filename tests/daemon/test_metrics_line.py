"""Metrics of lines: counters of engines, what told answers and hang-ups, reports of lines."""

from __future__ import annotations

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from line_rig import LineBench, analog_config, r2_config

from trunkd.daemon.config_check import loads
from trunkd.daemon.metrics_line import line_families
from trunkd.daemon.node import Node
from trunkd.hil.virtual_load import config_text


def values(bench: LineBench) -> dict[tuple[str, ...], float]:
    """Samples by name and the values of their labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in line_families(bench.node)
        for sample in family.samples
    }


def test_r2_counters() -> None:
    bench = LineBench(r2_config())
    call = bench.place("near")
    bench.until(lambda: call.state == "connected")
    bench.clear(call)
    bench.until(bench.idle)
    got = values(bench)
    assert got["trunkd_line_total", "near", "refused"] == 0
    assert not [key for key in got if key[-1] == "calls"]
    assert [key for key in got if key[:2] == ("trunkd_line_total", "far")]
    bench.close()


def test_what_told_answers_and_hang_ups() -> None:
    bench = LineBench(analog_config(fxs="max_digits = 4\nreversal_on_answer = true"))
    call = bench.place("office", "5551", 5)
    bench.until(lambda: call.state == "connected", 20)
    (met,) = bench.trunk("phones").calls.values()
    bench.clear(met)
    bench.until(lambda: call.state == "null", 30)
    got = values(bench)
    assert got["trunkd_line_supervision_total", "office", "answer", "reversal"] == 1
    assert got["trunkd_line_supervision_total", "office", "hang-up", call.ended_by] == 1
    assert call.ended_by
    bench.node.boards["b0"].board.line_cable(2).cut()  # type: ignore[attr-defined]
    bench.run(4)
    assert values(bench)["trunkd_line_reports_total", "office", "line cut"] == 1
    bench.close()


def test_there_are_none_without_lines() -> None:
    assert line_families(Node(loads(config_text(1, 1)))) == []
