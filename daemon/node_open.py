"""The trunks and signalling points of a configuration, made for a node whose boards are open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .config import TrunkTable
from .config_ss7 import SignallingPointTable
from .ss7 import SERVICES, SignallingPoint
from .trunk_board import BoardTrunk
from .trunk_line import LineTrunk
from .trunk_nfas import NfasTrunk
from .trunk_pri import PriTrunk
from .trunk_ss7 import CircuitTrunk

if TYPE_CHECKING:
    from .node import Node


def open_signalling(node: Node) -> None:
    """All of them; an Error of one leaves those before it."""
    for point_table in node.config.ss7:
        _open_point(node, point_table)
    for table in node.config.trunk:
        if table.ss7 is not None:
            _open_circuits(node, table, node.points[table.ss7.ss7])
        elif table.pri is not None:
            _open_pri(node, table)
        elif table.signalling == "board":
            _open_board(node, table)
        else:
            _open_lines(node, table)


def _open_pri(node: Node, table: TrunkTable) -> None:
    assert table.pri is not None
    trunk = NfasTrunk(node, table) if table.pri.backup else PriTrunk(node, table)
    node.trunks[trunk.name] = trunk
    node.signallers.append(trunk)
    for interface in trunk.interfaces:
        interface.unit.by_span.setdefault(interface.span.number, []).append(interface)
    for interface in trunk.d_channels:
        interface.unit.by_timeslot[interface.span.number, interface.timeslot] = interface


def _open_lines(node: Node, table: TrunkTable) -> None:
    unit = node.boards[table.board]
    trunk = LineTrunk(node, table, unit)
    node.trunks[trunk.name] = trunk
    node.signallers.append(trunk)
    unit.by_span.setdefault(trunk.span.number, []).append(trunk)
    for channel in trunk.channels:
        unit.line_takers[trunk.span.number, channel] = trunk
        unit.hearers[trunk.span.number, channel] = trunk.media_event


def _open_board(node: Node, table: TrunkTable) -> None:
    unit = node.boards[table.board]
    trunk = BoardTrunk(node, table, unit)
    node.trunks[trunk.name] = trunk
    node.signallers.append(trunk)
    unit.by_span.setdefault(trunk.span.number, []).append(trunk)
    for channel in trunk.channels:
        unit.controlled[trunk.span.number, channel] = trunk


def _open_point(node: Node, table: SignallingPointTable) -> None:
    users = {
        SERVICES[trunk.signalling]
        for trunk in node.config.trunk
        if trunk.ss7 is not None and trunk.ss7.ss7 == table.name
    }
    point = SignallingPoint(node, table, tuple(sorted(users)))
    node.points[point.name] = point
    node.signallers.append(point)
    for line in point.lines:
        line.unit.lines[line.span.number, line.table.timeslot] = line
        line.unit.by_span.setdefault(line.span.number, []).append(line)


def _open_circuits(node: Node, table: TrunkTable, point: SignallingPoint) -> None:
    trunk = CircuitTrunk(node, table, point)
    node.trunks[trunk.name] = trunk
    point.trunks.append(trunk)
    for name in table.spans:
        board, _, number = name.partition("/")
        node.boards[board].by_span.setdefault(int(number), []).append(trunk)
