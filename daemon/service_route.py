"""The methods of methods_route.py at work."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from ..errors import LocalError
from . import methods_route as m
from . import wire
from .config_route import RouteTable
from .node import Node
from .route_explain import RouteTester
from .route_groups import Group
from .route_match import patterns_of
from .wire import WireError


class RouteService(ABC):
    """Handlers ``_method(params, session)``; Service inherits them and knows ``_device``."""

    _node: Node

    @abstractmethod
    def _device(self, device: str) -> tuple[Any, int]:
        """Trunk and channel; WireError invalidObjectID."""

    def _dialled_channel(self, device: str) -> int:
        """The channel that makeCall names, or 0; WireError where there is no such device."""
        if device.startswith("group/"):
            self._group(device)
            return 0
        return self._device(device)[1] if device else 0

    def _group(self, device: str) -> str:
        name = device.removeprefix("group/")
        if name not in self._node.routing.groups:
            have = ", ".join(self._node.routing.groups) or "none is configured"
            raise WireError(wire.INVALID_OBJECT, f"there is no group '{name}': {have}")
        return name

    def _route_test(self, p: m.RouteTest, session: Any) -> m.RouteTested:
        node, group = self._node, ""
        if p.device.startswith("group/"):
            group = self._group(p.device)
        elif p.device and p.direction == "out":
            text = f"'{p.device}' is no group: a trunk takes numbers as they are, without routing"
            raise WireError(wire.INVALID_OBJECT, text)
        elif p.device:
            trunk, channel = self._device(p.device)
            group = node.routing.table.first_of(trunk.name, channel)
        routing = node.routing
        now = node.now()
        tester = RouteTester(routing.router, routing.groups, node.wall(now), now)
        try:
            return tester.test(p, group)
        except LocalError as exc:
            raise WireError(wire.INVALID_PARAMS, str(exc)) from exc

    def _routes(self, p: m.Routes, session: Any) -> m.RouteList:
        routing = self._node.routing
        refused = dict(routing.refused)
        return m.RouteList(
            routes=[self._route_info(table) for table in routing.tables.route],
            refused={f"{why} {q850}": count for (why, q850), count in refused.items()},
            emergencies=dict(routing.emergencies),
        )

    def _route_info(self, table: RouteTable) -> m.RouteInfo:
        routing = self._node.routing
        counters = routing.routes[table.name]
        return m.RouteInfo(
            **route_words(table),
            choices=routing.router.choices_of(table),
            overflow=list(table.overflow),
            priority=table.priority,
            calls=counters.calls,
            overflows={str(q850): n for q850, n in sorted(counters.overflows.items())},
            failed=counters.failed,
        )

    def _groups(self, p: m.Groups, session: Any) -> m.GroupList:
        return m.GroupList(groups=group_infos(self._node))


def route_words(table: RouteTable) -> dict[str, Any]:
    """What a route matches, in words."""
    limits = [f"at {', '.join(table.times)}"] if table.times else []
    limits += [f"from {', '.join(table.calling)}"] if table.calling else []
    return {
        "name": table.name,
        "match": [one.text for one in patterns_of(table)],
        "min": table.min,
        "max": table.max,
        "limits": limits,
    }


def group_infos(node: Node) -> list[m.GroupInfo]:
    """The groups as clients see them."""
    now = node.now()
    return [_group_info(node, group, now) for group in node.routing.groups.values()]


def _group_info(node: Node, group: Group, now: int) -> m.GroupInfo:
    c, table = group.counters, group.table
    return m.GroupInfo(
        name=group.name,
        hunt=table.hunt,
        trunks={name: node.trunks[name].up for name in group.trunks},
        channels=len(group.circuits),
        idle=group.idle(),
        calls=group.calls(),
        peak=c.peak,
        max_calls=table.max_calls,
        calls_per_second=table.calls_per_second,
        reserved=table.reserve_priority + table.reserve_incoming,
        reserved_in_use=group.reserved_in_use(),
        attempts=c.attempts,
        seizures=c.seizures,
        incoming=c.incoming,
        waited=c.waited,
        refused=dict(c.refused),
        overflows={str(q850): n for q850, n in sorted(c.overflows.items())},
        blocked=round(sum(c.refused.values()) / c.attempts, 4) if c.attempts else 0.0,
        busy_seconds=round(node.routing.table.busy_ns(group, now) / 1e9, 3),
    )
