"""Sockets of osmo-e1d in a machine, and the lines that they serve."""

from __future__ import annotations

from typing import Final

from ..board.found import Found, Missing, changed
from ..errors import Error
from .discover_machine import Machine, configured

E1D_SOCKETS: Final = (
    "/tmp/osmo-e1d.ctl",
    "/run/osmo-e1d.ctl",
    "/run/osmo-e1d/osmo-e1d.ctl",
    "/run/osmocom/osmo-e1d.ctl",
)
"""osmo-e1d's default, and where services put it (RuntimeDirectory=)."""

START_E1D: Final = "start osmo-e1d (`systemctl start osmo-e1d`), or `trunkd e1d-serve`"


def missing(machine: Machine) -> tuple[Missing, ...]:
    """What is missing where no socket was found."""
    return (Missing(f"there is no socket of osmo-e1d, as {E1D_SOCKETS[0]}", START_E1D),)


def find(machine: Machine) -> list[Found]:
    """Sockets of osmo-e1d, asked for their lines: each server, and each of its lines."""
    found: list[Found] = []
    named = [name for name, _ in configured(machine, "e1d")]
    for name in dict.fromkeys((*E1D_SOCKETS, *filter(None, named))):
        if machine.exists(name):
            found += _server(machine, name)
        elif name in named:
            why = Missing(f"there is no {name}, which the configuration names", START_E1D)
            row = Found(kind="server", what="osmo-e1d", where=name, driver="e1d", missing=(why,))
            found.append(row)
    return found


def _server(machine: Machine, name: str) -> list[Found]:
    path = str(machine.path(name))
    row = Found(kind="server", what="osmo-e1d", where=path, driver="e1d")
    if not machine.path(name).is_socket():
        why = Missing(f"{name} is no socket", f"remove it, and {START_E1D}")
        return [changed(row, missing=(why,))]
    if not machine.may_use(name):
        return [changed(row, missing=(machine.permission(name),))]
    lines = _lines(path)
    if isinstance(lines, Missing):
        return [changed(row, missing=(lines,))]
    if not lines:
        plug = "plug an icE1usb in, or add a line to osmo-e1d's configuration"
        return [changed(row, missing=(Missing("it serves no lines", plug),))]
    every = ",".join(lines)
    server = changed(row, what=f"osmo-e1d, lines {every}", address=f"e1d://{path}?lines={every}")
    each = [
        changed(row, kind="span", what=f"E1 line {line}", address=f"e1d://{path}?lines={line}")
        for line in lines
    ]
    return [server, *each]


def _lines(path: str) -> list[str] | Missing:
    """Its lines as INTF:LINE; what is missing when it does not answer."""
    from .e1d import proto
    from .e1d.link import ControlLink

    try:
        link = ControlLink(path, 1.0)
        try:
            answer, _ = link.ask(proto.Message(proto.INTF_QUERY))
        finally:
            link.close()
    except Error as exc:
        what, _, remedy = str(exc).rpartition(": ")
        return Missing(what, remedy if "start" in remedy else f"{remedy}: {START_E1D}")
    return [f"{intf.id}:{n}" for intf in proto.interfaces(answer.body) for n in range(intf.lines)]
