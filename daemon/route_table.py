"""The groups of a node: circuits kept in step with its trunks, and what was counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ..errors import ConfigError
from ..signaling.call import CHANNEL_IDLE
from .config_route import GroupTable
from .route_groups import Circuit, Group, parse_member

if TYPE_CHECKING:
    from .trunk_reports import TrunkReports


class RouteCounters:
    """What was counted of one ``[[route]]``."""

    def __init__(self) -> None:
        self.calls = 0
        self.overflows: dict[int, int] = {}
        """Times a choice was left for the next one, by Q.850 cause."""
        self.failed = 0
        """Calls for which no choice was left."""


class GroupTables:
    """All ``[[group]]`` and their circuits."""

    def __init__(self, tables: list[GroupTable], trunks: dict[str, tuple[int, ...]]) -> None:
        """``trunks``: name -> channels. All channels are idle and all trunks up until told."""
        self._up: Final = dict.fromkeys(trunks, True)
        self.circuits: Final[dict[tuple[str, int], Circuit]] = {}
        self.groups: Final[dict[str, Group]] = {}
        self.of: Final[dict[tuple[str, int], list[Group]]] = {}
        """Groups of a channel, the first one in the file first."""
        self.is_up: Callable[[str], bool] = lambda trunk: self._up[trunk]
        self._begun: Final[dict[Circuit, int]] = {}
        """When the call on a circuit began."""
        self._order = 0
        for table in tables:
            self._add(table, trunks)

    def _add(self, table: GroupTable, trunks: dict[str, tuple[int, ...]]) -> None:
        found: list[Circuit] = []
        for text in table.members:
            name, wanted = parse_member(text)
            have = trunks[name]
            missing = next((c for c in wanted if c not in have), None)
            if missing is not None:
                raise ConfigError(
                    f"group '{table.name}': trunk '{name}' has no channel {missing}: "
                    f"see `trunkd channels {name}`"
                )
            for channel in wanted or have:
                key = (name, channel)
                if key not in self.circuits:
                    self.circuits[key] = Circuit(name, channel)
                found.append(self.circuits[key])
        group = Group(table, found, self._is_up)
        self.groups[table.name] = group
        for circuit in found:
            self.of.setdefault((circuit.trunk, circuit.channel), []).append(group)

    def _is_up(self, trunk: str) -> bool:
        return self.is_up(trunk)

    def first_of(self, trunk: str, channel: int = 0) -> str:
        """The group that calls of a channel come by, of any of the trunk's for 0; "": none."""
        for (name, number), groups in self.of.items():
            if name == trunk and channel in (0, number):
                return groups[0].name
        return ""

    def changed(self, trunk: TrunkReports, channel: int, now: int) -> None:
        """A channel's state or its call changed: look at what is there."""
        circuit = self.circuits.get((trunk.name, channel))
        if circuit is None:
            return
        in_call = channel in trunk.by_channel
        idle = trunk.channel_state[channel] == CHANNEL_IDLE and not in_call
        self.update(circuit, idle, in_call, now)

    def update(self, circuit: Circuit, idle: bool, in_call: bool, now: int) -> None:
        if idle and not circuit.idle:
            self._order += 1
            circuit.order = self._order
        circuit.idle = idle
        if in_call == circuit.in_call:
            return
        circuit.in_call = in_call
        groups = self.of[circuit.trunk, circuit.channel]
        if in_call:
            self._begun[circuit] = now
            for group in groups:
                group.counters.peak = max(group.counters.peak, group.calls())
            return
        begun = self._begun.pop(circuit, now)
        for group in groups:
            group.counters.busy_ns += now - begun

    def busy_ns(self, group: Group, now: int) -> int:
        """Time that a group's channels had calls, also of those that are up."""
        going = sum(now - self._begun.get(circuit, now) for circuit in group.circuits)
        return group.counters.busy_ns + going
