"""Checks of both ends of a simulated cable: links, networks and circuits must fit each other."""

from __future__ import annotations

from typing import Any

from .config import BoardTable
from .config_circuits_check import CircuitTrunk
from .config_read import Path, Reader
from .config_ss7 import Circuit, group_circuits
from .config_ss7_check import Point


def cable_ends(cable: Any) -> list[int]:
    """The spans that a driver's cable table joins."""
    return [end for end in getattr(cable, "ends", ()) if isinstance(end, int)]


def check_cabled(
    reader: Reader,
    boards: list[tuple[int, BoardTable]],
    points: dict[str, Point],
    trunks: list[CircuitTrunk],
) -> None:
    """Where both ends of a cable are in this file, they must fit each other."""
    for index, board in boards:
        _check_ports(reader, index, board, points)
        for cable in getattr(board.driver, "cables", ()) or ():
            ends = [f"{board.name}/{n}" for n in cable_ends(cable)]
            if len(set(ends)) == 2:
                _check_links_fit(reader, points, ends[0], ends[1])
                _check_circuits_fit(reader, trunks, ends[0], ends[1])


def _links_on(points: dict[str, Point], span: str) -> dict[int, tuple[Point, int, int]]:
    """By timeslot: the point, and the places of linkset and link in it."""
    return {
        link.timeslot: (point, n, m)
        for point in points.values()
        for n, linkset in enumerate(point.table.linkset)
        for m, link in enumerate(linkset.link)
        if link.span == span
    }


def _check_links_fit(reader: Reader, points: dict[str, Point], near: str, far: str) -> None:
    here, there = _links_on(points, near), _links_on(points, far)
    for timeslot in sorted(here.keys() & there.keys()):
        a, b = here[timeslot], there[timeslot]
        for (one, n, m), (other, other_n, other_m) in ((a, b), (b, a)):
            linkset = one.table.linkset[n]
            path: Path = ("ss7", one.index, "linkset", n)
            code = one.adjacent.get(linkset.name)
            if one.label is other.label and code is not None and code != other.opc:
                reader.wrong(
                    (*path, "adjacent"),
                    f"{one.show(code)} is not at the far end of {near}-{far}: there is"
                    f" '{other.name}' with {other.show(other.opc)}",
                    f'give adjacent = "{other.show(other.opc)}"',
                    warning=True,
                )
            slc = other.table.linkset[other_n].link[other_m].slc
            if (one, other) == (a[0], b[0]) and linkset.link[m].slc != slc:
                reader.wrong(
                    (*path, "link", m, "slc"),
                    f"the far end of this link on the cable {near} - {far} has SLC {slc}",
                    "give both ends the same SLC",
                    warning=True,
                )
        _check_networks_fit(reader, a[0], b[0])


def _check_networks_fit(reader: Reader, one: Point, other: Point) -> None:
    if one.label is not other.label:
        reader.wrong(
            ("ss7", other.index, "variant"),
            f"'{one.name}' at the other end of the links has \"{one.label.name}\"",
            "labels must be alike at both ends",
            warning=True,
        )
    if one.ni != other.ni:
        reader.wrong(
            ("ss7", other.index, "network_indicator"),
            f"'{one.name}' at the other end of the links has {one.ni}, this is {other.ni}",
            "each end discards messages with a network indicator that is not its own",
            warning=True,
        )


def _circuits_on(
    trunks: list[CircuitTrunk], span: str
) -> dict[int, tuple[CircuitTrunk, int, Circuit]]:
    return {
        circuit.timeslot: (one, n, circuit)
        for one in trunks
        for n, group in enumerate(one.table.circuits)
        for circuit in group_circuits(group)
        if circuit.span == span
    }


def _check_circuits_fit(reader: Reader, trunks: list[CircuitTrunk], near: str, far: str) -> None:
    here, there = _circuits_on(trunks, near), _circuits_on(trunks, far)
    pairs: set[tuple[int, int]] = set()
    for timeslot in sorted(here.keys() & there.keys()):
        one, _, circuit = here[timeslot]
        other, n, far_circuit = there[timeslot]
        if (one.index, other.index) in pairs:
            continue
        pairs.add((one.index, other.index))
        if circuit.cic != far_circuit.cic:
            reader.wrong(
                (*other.path, "circuits", n, "cics"),
                f"timeslot {timeslot} is CIC {far_circuit.cic} here and CIC {circuit.cic} at the"
                f" other end of the cable ({near}, trunk '{one.trunk.name}')",
                "both ends number a circuit alike",
                warning=True,
            )
        same = one.table.controls
        if same == other.table.controls and same != "auto":
            reader.wrong(
                (*other.path, "controls"),
                f'both ends ({one.trunk.name}, {other.trunk.name}) have "{same}"',
                'dual seizure would have two winners or none: use "auto" at both',
                warning=True,
            )


# Ports: the far end is another program


def _check_ports(reader: Reader, index: int, board: BoardTable, points: dict[str, Point]) -> None:
    scheme = board.address.partition(":")[0]
    across = {
        one: other
        for cable in getattr(board.driver, "cables", ()) or ()
        for ends in (cable_ends(cable),)
        if len(ends) == 2
        for one, other in (ends, ends[::-1])
    }
    for n, port in enumerate(getattr(board.driver, "ports", ()) or ()):
        path: Path = ("board", index, scheme, "ports", n)
        here = _links_on(points, f"{board.name}/{port.span}").get(port.timeslot)
        if here is not None:
            reader.wrong(
                (*path, "timeslot"),
                f"timeslot {port.timeslot} of {board.name}/{port.span} is a link of"
                f" '{here[0].name}' already",
                "put the port at the other end of the cable",
            )
        there = _links_on(points, f"{board.name}/{across.get(port.span)}").get(port.timeslot)
        if there is not None and not getattr(port, "mtp2", True):
            reader.wrong(
                (*path, "mtp2"),
                f"a link of '{there[0].name}' ends here, and the port makes no fill-ins (FISU)",
                "set mtp2 = true",
                warning=True,
            )
