"""Metrics of message desk links (SMDI)."""

from __future__ import annotations

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from ..signaling.smdi.lamps_states import FAILED
from .node import Node
from .smdi_desk import DeskLink


def smdi_families(node: Node) -> list[Metric]:
    """All of them; none where there is no such link."""
    if not node.smdi:
        return []
    up = GaugeMetricFamily(
        "trunkd_smdi_up",
        "1: the message desk link is open, and heard where it must be; 0: it is not",
        labels=["smdi"],
    )
    counters = CounterMetricFamily(
        "trunkd_smdi", "What a message desk link counted", labels=["smdi", "counter"]
    )
    queue = GaugeMetricFamily(
        "trunkd_smdi_queue", "Requests for message waiting that wait for a turn", labels=["smdi"]
    )
    failed = GaugeMetricFamily(
        "trunkd_smdi_stations_failed",
        "Stations whose message waiting the exchange refused for good",
        labels=["smdi"],
    )
    for name, link in node.smdi.items():
        up.add_metric([name], int(link.engine.up))
        for counter, value in link.engine.counters().items():
            counters.add_metric([name, counter], value)
        if isinstance(link, DeskLink):
            queue.add_metric([name], link.stations()[1])
            lamps = link.engine.waiting.lamps.values()
            failed.add_metric([name], sum(lamp.state == FAILED for lamp in lamps))
    return [up, counters, queue, failed]
