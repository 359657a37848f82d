"""From ``[[smdi]]`` to its link, and to the trunks whose lines it speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ConfigError
from ..signaling.smdi.events import Terminal
from .config_smdi import SmdiTable, parse_stations, parse_terminals
from .smdi import SmdiLink
from .smdi_calls import DeskLines
from .smdi_desk import DeskLink
from .smdi_exchange import ExchangeLink
from .trunk_line import LineTrunk

if TYPE_CHECKING:
    from .node import Node
    from .trunk import Trunk


def open_links(node: Node) -> None:
    """Make all links of the configuration; ConfigError for a line that its board does not have."""
    for table in node.config.smdi:
        link = _open(node, table)
        node.smdi[link.name] = link
        node.signallers.append(link)


def _open(node: Node, table: SmdiTable) -> SmdiLink:
    lines: dict[Terminal, tuple[DeskLines, int]] = {}
    for terminal, place in parse_terminals(table).items():
        trunk = _trunk(node, table, place)
        if trunk.desk_lines is None:
            trunk.desk_lines = DeskLines(trunk)
        lines[terminal] = (trunk.desk_lines, place[1])
    if table.role == "desk":
        desk = DeskLink(node, table, lines)
        for terminal, (group, channel) in lines.items():
            group.ours[channel] = (desk, terminal)
        return desk
    stations: dict[str, tuple[LineTrunk, int]] = {}
    for number, place in parse_stations(table).items():
        trunk = _trunk(node, table, place)
        if not isinstance(trunk, LineTrunk):
            raise ConfigError(
                f"smdi '{table.name}': {trunk.name} has no telephones: name an fxs trunk"
            )
        stations[number] = (trunk, place[1])
    exchange = ExchangeLink(node, table, len(lines), stations)
    for terminal, (group, channel) in lines.items():
        group.outside[channel] = (exchange, terminal)
    return exchange


def _trunk(node: Node, table: SmdiTable, place: tuple[str, int]) -> Trunk:
    trunk = node.trunks[place[0]]
    if place[1] not in trunk.channels:
        have = f"{trunk.channels[0]} to {trunk.channels[-1]}"
        raise ConfigError(
            f"smdi '{table.name}': trunk '{trunk.name}' has no channel {place[1]}: it has {have}"
        )
    return trunk
