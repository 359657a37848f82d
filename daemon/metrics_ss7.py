"""Metrics of SS7: links, linksets, destinations and routes, circuits."""

from __future__ import annotations

from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from ..signaling.ss7.mtp3_network import ROUTE_STATES
from .methods_ss7 import Ss7LinkInfo
from .node import Node
from .ss7 import SignallingPoint
from .ss7_infos import link_infos, route_state
from .trunk import CHANNEL_STATES
from .trunk_ss7 import CircuitTrunk

STATES: Final = (
    "power off",
    "out of service",
    "initial alignment",
    "aligned ready",
    "aligned not ready",
    "in service",
    "processor outage",
)
"""Of level 2 (Q.703 figure 3), so that a state's series is there before a link was in it."""


def ss7_families(node: Node) -> list[Metric]:
    """All of them; none where no signalling point is configured."""
    points = list(node.points.values())
    if not points:
        return []
    links = link_infos(points)
    return [
        *_link_families(links),
        *_route_families(points),
        *_circuit_families(node),
        _faults(points),
    ]


def _link_families(links: list[Ss7LinkInfo]) -> list[Metric]:
    labels = ["point", "link"]
    up = GaugeMetricFamily("trunkd_ss7_link_up", "1: traffic may use the SS7 link", labels=labels)
    active = GaugeMetricFamily(
        "trunkd_ss7_link_active", "1: it shall be up (it was not deactivated)", labels=labels
    )
    state = GaugeMetricFamily(
        "trunkd_ss7_link_state", "1: level 2 is in this state", labels=[*labels, "state"]
    )
    window = GaugeMetricFamily(
        "trunkd_ss7_link_window",
        "Messages sent and not acknowledged, of 127 (the FSN window)",
        labels=labels,
    )
    waiting = GaugeMetricFamily(
        "trunkd_ss7_link_waiting", "Messages that wait to be sent", labels=labels
    )
    monitor = GaugeMetricFamily(
        "trunkd_ss7_link_error_monitor",
        "Count of the error rate monitor: SUERM fails a link at 64, AERM its proving at 4",
        labels=labels,
    )
    load = GaugeMetricFamily(
        "trunkd_ss7_link_load",
        "Share of the last 5 s of the line that messages took",
        labels=[*labels, "direction"],
    )
    congestion = GaugeMetricFamily(
        "trunkd_ss7_link_congestion", "Congestion level of its buffers, 0 to 3", labels=labels
    )
    inhibited = GaugeMetricFamily(
        "trunkd_ss7_link_inhibited", "1: management keeps traffic off it", labels=[*labels, "by"]
    )
    counters = CounterMetricFamily(
        "trunkd_ss7_link", "Counters of HDLC and levels 2 and 3", labels=[*labels, "counter"]
    )
    for x in links:
        key = [x.point, x.name]
        up.add_metric(key, int(x.available))
        active.add_metric(key, int(x.active))
        is_now = x.state.partition(":")[0].lower()
        for each in dict.fromkeys((*STATES, is_now)):
            state.add_metric([*key, each], int(each == is_now))
        window.add_metric(key, x.unacknowledged)
        waiting.add_metric(key, x.waiting)
        monitor.add_metric(key, x.errors)
        load.add_metric([*key, "in"], x.load_in)
        load.add_metric([*key, "out"], x.load_out)
        congestion.add_metric(key, x.congestion)
        inhibited.add_metric([*key, "here"], int(x.inhibited_here))
        inhibited.add_metric([*key, "there"], int(x.inhibited_there))
        for name, value in x.counters.items():
            counters.add_metric([*key, name], value)
    return [up, active, state, window, waiting, monitor, load, congestion, inhibited, counters]


def _route_families(points: list[SignallingPoint]) -> list[Metric]:
    labels = ["point", "destination"]
    linkset = GaugeMetricFamily(
        "trunkd_ss7_linkset_links", "Links of a linkset", labels=["point", "linkset", "state"]
    )
    reachable = GaugeMetricFamily(
        "trunkd_ss7_destination_up", "1: this point code can be reached", labels=labels
    )
    congestion = GaugeMetricFamily(
        "trunkd_ss7_destination_congestion", "Congestion level of the way there", labels=labels
    )
    sent = CounterMetricFamily(
        "trunkd_ss7_destination_messages", "Messages sent there", labels=labels
    )
    octets = CounterMetricFamily(
        "trunkd_ss7_destination_octets", "Octets of SIO and SIF sent there", labels=labels
    )
    discarded = CounterMetricFamily(
        "trunkd_ss7_destination_discarded", "Messages that had no way there", labels=labels
    )
    state = GaugeMetricFamily(
        "trunkd_ss7_route_state",
        "1: the route is in this state",
        labels=[*labels, "linkset", "state"],
    )
    current = GaugeMetricFamily(
        "trunkd_ss7_route_used", "1: traffic goes this way now", labels=[*labels, "linkset"]
    )
    for point in points:
        for one in point.mtp3.linksets:
            available = len(one.available_links())
            linkset.add_metric([point.name, one.name, "available"], available)
            linkset.add_metric([point.name, one.name, "down"], len(one.links) - available)
        for destination in point.mtp3.destinations.values():
            key = [point.name, point.show(destination.dpc)]
            counters = destination.counters
            reachable.add_metric(key, int(destination.accessible))
            congestion.add_metric(key, destination.congestion)
            sent.add_metric(key, counters.tx_messages)
            octets.add_metric(key, counters.tx_octets)
            discarded.add_metric(key, counters.discarded)
            for route in destination.routes:
                name = route.linkset.name
                current.add_metric([*key, name], int(route in destination.current))
                for each in (*ROUTE_STATES.values(), "down"):
                    state.add_metric([*key, name, each], int(each == route_state(route)))
    return [linkset, reachable, congestion, sent, octets, discarded, state, current]


def _circuit_families(node: Node) -> list[Metric]:
    family = GaugeMetricFamily(
        "trunkd_ss7_circuits", "Circuits by state", labels=["trunk", "state"]
    )
    for trunk in node.trunks.values():
        if isinstance(trunk, CircuitTrunk):
            states = list(trunk.channel_state.values())
            for number, name in CHANNEL_STATES.items():
                family.add_metric([trunk.name, name], states.count(number))
    return [family]


def _faults(points: list[SignallingPoint]) -> Metric:
    family = CounterMetricFamily(
        "trunkd_ss7_faults", "What far ends of links did wrong", labels=["point", "kind"]
    )
    for point in points:
        for kind, value in point.faults.items():
            family.add_metric([point.name, kind], value)
    return family
