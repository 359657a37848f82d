"""The methods of methods_ss7.py at work."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from ..errors import LocalError
from . import methods_ss7 as m
from . import ss7_infos, wire
from .config_ss7 import MAX_CIC, parse_numbers
from .methods_base import Done
from .trunk_board import BoardTrunk
from .trunk_line import LineTrunk
from .trunk_pri import PriTrunk
from .trunk_ss7 import CircuitTrunk
from .wire import WireError

if TYPE_CHECKING:
    from .node import Node
    from .ss7 import SignallingPoint
    from .ss7_line import Line


class Ss7Service(ABC):
    """Handlers ``_method(params, session)``; Service inherits them and knows ``_trunk``."""

    _node: Node

    @abstractmethod
    def _trunk(self, name: str) -> Any:
        """The trunk; WireError invalidObjectID when there is none."""

    def _points(self, name: str = "") -> list[SignallingPoint]:
        points = self._node.points
        if not name:
            return list(points.values())
        if name not in points:
            have = ", ".join(points) or "none is configured"
            raise WireError(wire.INVALID_OBJECT, f"there is no signalling point '{name}': {have}")
        return [points[name]]

    def _ss7_lines(self) -> list[Line]:
        return [line for point in self._points() for line in point.lines]

    def _ss7_line(self, name: str) -> Line:
        lines = self._ss7_lines()
        for line in lines:
            if line.name == name:
                return line
        have = ", ".join(line.name for line in lines) or "none is configured"
        raise WireError(wire.INVALID_OBJECT, f"there is no SS7 link '{name}': {have}")

    def _circuit_trunk(self, name: str) -> CircuitTrunk:
        trunk = self._trunk(name)
        if not isinstance(trunk, CircuitTrunk):
            raise WireError(wire.INVALID_OBJECT, f"trunk '{trunk.name}' has no SS7 circuits")
        return trunk

    def _cics(self, trunk: CircuitTrunk, text: str) -> tuple[int, ...]:
        try:
            cics = parse_numbers(text, "CIC", MAX_CIC)
            trunk.check(cics)
        except (ValueError, LocalError) as exc:
            raise WireError(wire.INVALID_OBJECT, str(exc)) from exc
        return cics

    def _ss7_links(self, p: m.Ss7Links, session: Any) -> m.Ss7LinkList:
        links = ss7_infos.link_infos(self._points(p.point))
        return m.Ss7LinkList(links=links, now=self._node.wall(self._node.now()))

    def _ss7_linksets(self, p: m.Ss7Linksets, session: Any) -> m.Ss7LinksetList:
        return m.Ss7LinksetList(
            linksets=[i for point in self._points() for i in ss7_infos.linkset_infos(point)]
        )

    def _ss7_routes(self, p: m.Ss7Routes, session: Any) -> m.Ss7RouteList:
        return m.Ss7RouteList(
            routes=[i for point in self._points() for i in ss7_infos.route_infos(point)]
        )

    def _ss7_circuits(self, p: m.Ss7Circuits, session: Any) -> m.Ss7CircuitList:
        if p.trunk:
            return m.Ss7CircuitList(circuits=self._circuit_trunk(p.trunk).circuit_infos())
        trunks = [t for t in self._node.trunks.values() if isinstance(t, CircuitTrunk)]
        return m.Ss7CircuitList(circuits=[c for t in trunks for c in t.circuit_infos()])

    def _ss7_link(self, p: m.Ss7Link, session: Any) -> Done:
        line = self._ss7_line(p.link)
        line.point.manage(line, p.action, line.point.now())
        return Done()

    def _lines_to_block(
        self, name: str, text: str
    ) -> tuple[LineTrunk | PriTrunk | BoardTrunk, tuple[int, ...]] | None:
        """Lines and B-channels are blocked by their numbers; None: the trunk has circuits."""
        trunk = self._trunk(name)
        if not isinstance(trunk, LineTrunk | PriTrunk | BoardTrunk):
            return None
        try:
            channels = parse_numbers(text, "channel", max(31, *trunk.channels), 1)
            trunk.check(channels)
        except (ValueError, LocalError) as exc:
            raise WireError(wire.INVALID_OBJECT, str(exc)) from exc
        return trunk, channels

    def _block_circuits(self, p: m.BlockCircuits, session: Any) -> Done:
        lines = self._lines_to_block(p.trunk, p.circuits)
        if lines is not None:
            lines[0].block(lines[1], lines[0].now())
            return Done()
        trunk = self._circuit_trunk(p.trunk)
        trunk.block(self._cics(trunk, p.circuits), p.hardware, trunk.now())
        return Done()

    def _unblock_circuits(self, p: m.UnblockCircuits, session: Any) -> Done:
        lines = self._lines_to_block(p.trunk, p.circuits)
        if lines is not None:
            lines[0].unblock(lines[1], lines[0].now())
            return Done()
        trunk = self._circuit_trunk(p.trunk)
        trunk.unblock(self._cics(trunk, p.circuits), p.hardware, trunk.now())
        return Done()

    def _query_circuits(self, p: m.QueryCircuits, session: Any) -> Done:
        trunk = self._circuit_trunk(p.trunk)
        trunk.query(self._cics(trunk, p.circuits), trunk.now())
        return Done()

    def _test_continuity(self, p: m.TestContinuity, session: Any) -> Done:
        trunk = self._circuit_trunk(p.trunk)
        (cic,) = self._cics(trunk, str(p.circuit))
        trunk.test_continuity(cic, trunk.now())
        return Done()

    def _reset_circuits(self, p: m.ResetCircuits, session: Any) -> Done:
        trunk = self._circuit_trunk(p.trunk)
        trunk.reset(self._cics(trunk, p.circuits), trunk.now())
        return Done()
