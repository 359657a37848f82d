"""Metrics of routing: groups and routes."""

from __future__ import annotations

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from .node import Node


def route_families(node: Node) -> list[Metric]:
    """All of them; none where nothing is routed."""
    if not (node.routing.groups or node.routing.routes or node.routing.arrivals.applications):
        return []
    return [*_group_gauges(node), *_group_counters(node), *_routes(node)]


def _group_gauges(node: Node) -> list[Metric]:
    channels = GaugeMetricFamily(
        "trunkd_group_channels",
        "Channels of a group: idle (may be seized), call, or neither (out)",
        labels=["group", "state"],
    )
    reserved = GaugeMetricFamily(
        "trunkd_group_reserved_in_use",
        "Reserved channels that have a call or are out of order",
        labels=["group"],
    )
    for group in node.routing.groups.values():
        idle, calls = group.idle(), group.calls()
        states = {"idle": idle, "call": calls, "out": len(group.circuits) - idle - calls}
        for state, count in states.items():
            channels.add_metric([group.name, state], count)
        reserved.add_metric([group.name], group.reserved_in_use())
    return [channels, reserved]


def _group_counters(node: Node) -> list[Metric]:
    one = ["group"]
    attempts = CounterMetricFamily(
        "trunkd_group_attempts", "Outgoing calls that wanted a channel of the group", labels=one
    )
    seizures = CounterMetricFamily(
        "trunkd_group_seizures", "Calls that got one", labels=["group", "direction"]
    )
    refused = CounterMetricFamily(
        "trunkd_group_refused",
        "Outgoing calls that got none: down, busy, reserved, calls (max_calls), rate, error",
        labels=["group", "why"],
    )
    overflows = CounterMetricFamily(
        "trunkd_group_overflows",
        "Calls that left the group for another choice or for the end",
        labels=["group", "q850"],
    )
    waited = CounterMetricFamily(
        "trunkd_group_waited", "Calls that waited for calls_per_second", labels=one
    )
    busy = CounterMetricFamily(
        "trunkd_group_busy_seconds", "Time that channels had calls; its rate is erlang", labels=one
    )
    now = node.now()
    for group in node.routing.groups.values():
        name, counted = group.name, group.counters
        attempts.add_metric([name], counted.attempts)
        seizures.add_metric([name, "out"], counted.seizures)
        seizures.add_metric([name, "in"], counted.incoming)
        for why, count in counted.refused.items():
            refused.add_metric([name, why], count)
        for q850, count in counted.overflows.items():
            overflows.add_metric([name, str(q850)], count)
        waited.add_metric([name], counted.waited)
        busy.add_metric([name], node.routing.table.busy_ns(group, now) / 1e9)
    return [attempts, seizures, refused, overflows, waited, busy]


def _routes(node: Node) -> list[Metric]:
    routing = node.routing
    calls = CounterMetricFamily("trunkd_route_calls", "Calls of a route", labels=["route"])
    overflows = CounterMetricFamily(
        "trunkd_route_overflows",
        "Times a choice of the route was left for the next one",
        labels=["route", "q850"],
    )
    failed = CounterMetricFamily(
        "trunkd_route_failed", "Calls for which no choice was left", labels=["route"]
    )
    refused = CounterMetricFamily(
        "trunkd_route_refused",
        "Calls that were barred, or that no route was for",
        labels=["why", "q850"],
    )
    emergency = CounterMetricFamily(
        "trunkd_emergency_calls", "Calls to emergency numbers", labels=["row"]
    )
    lost = CounterMetricFamily(
        "trunkd_emergency_failed", "Emergency calls that did not get through", labels=["row"]
    )
    applications = CounterMetricFamily(
        "trunkd_application_calls", "Incoming calls by application", labels=["application"]
    )
    for name, counters in routing.routes.items():
        calls.add_metric([name], counters.calls)
        failed.add_metric([name], counters.failed)
        for q850, count in counters.overflows.items():
            overflows.add_metric([name, str(q850)], count)
    for (why, q850), count in routing.refused.items():
        refused.add_metric([why, str(q850)], count)
    for row, count in routing.emergencies.items():
        emergency.add_metric([row], count)
    for row, count in routing.emergencies_failed.items():
        lost.add_metric([row], count)
    for application, count in routing.arrivals.applications.items():
        applications.add_metric([application], count)
    return [calls, overflows, failed, refused, emergency, lost, applications]
