"""Metrics of lines: what their signalling counted, and what told of answers and hang-ups."""

from __future__ import annotations

from prometheus_client.core import CounterMetricFamily, Metric

from .node import Node
from .trunk_line import LineTrunk


def line_families(node: Node) -> list[Metric]:
    """All of them; none where no trunk has lines."""
    trunks = [t for t in node.trunks.values() if isinstance(t, LineTrunk)]
    if not trunks:
        return []
    counters = CounterMetricFamily(
        "trunkd_line", "Counters of the signalling of lines", labels=["trunk", "counter"]
    )
    told = CounterMetricFamily(
        "trunkd_line_supervision",
        "What told that the far end answered or hung up, where no signal only says that",
        labels=["trunk", "event", "how"],
    )
    reports = CounterMetricFamily(
        "trunkd_line_reports",
        "Times something of a line itself was told (event LineChanged), by what",
        labels=["trunk", "what"],
    )
    for trunk in trunks:
        for name, value in trunk.counters().items():
            if name != "calls":  # those that are up now: trunkd_calls has them
                counters.add_metric([trunk.name, name], value)
        for what, count in trunk.reports.items():
            reports.add_metric([trunk.name, what], count)
        for (event, how), count in trunk.told_by.items():
            told.add_metric([trunk.name, event, how], count)
    return [counters, reports, told]
