"""Checks of ``[[ss7]]``: point codes, linksets, links, routes and timers of signalling points."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, Final, Protocol

from ..errors import ConfigError, LocalError
from ..signaling.ss7.labels import FORMATS, LabelFormat, parse_point_code, show_point_code
from ..signaling.ss7.mtp3_timers import TIMERS
from .config_read import MISSING, Path, Reader, show_duration
from .config_slots import Slots
from .config_ss7 import (
    LinksetTable,
    SignallingLinkTable,
    SignallingPointTable,
    link_name,
    network_indicator,
    network_name,
)
from .ss7_engines import LABELS, level2_rows

MOST_LINKS: Final = 16
"""Of a linkset: the signalling link code has four bits (Q.704 15.2)."""


class TimerRow(Protocol):
    """A row of a table of timers, as all parts of SS7 have."""

    @property
    def low(self) -> int: ...
    @property
    def high(self) -> int: ...
    @property
    def clause(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def used(self) -> bool: ...


class Point:
    """A signalling point whose own table is good."""

    def __init__(
        self, index: int, table: SignallingPointTable, label: LabelFormat, opc: int, ni: int
    ) -> None:
        self.index: Final = index
        self.table: Final = table
        self.name: Final = table.name
        self.label: Final = label
        self.opc: Final = opc
        self.ni: Final = ni
        self.adjacent: Final[dict[str, int]] = {}
        """Point code by linkset."""
        self.reached: Final[set[int]] = set()
        """Destinations with a route."""

    def show(self, code: int) -> str:
        return show_point_code(code, self.label)


def read_point(reader: Reader, value: Any, path: Path) -> Any:
    """``[[ss7]]`` as a SignallingPointTable, or MISSING with findings noted."""
    if isinstance(value, dict):
        for key, where in (("link", "[[ss7.linkset.link]]"), ("links", "[[ss7.linkset.link]]")):
            if key in value:
                what = "a link belongs to a linkset"
                reader.wrong((*path, key), what, f"write {where}, below its [[ss7.linkset]]")
                return MISSING
        for key in ("linkset", "route"):
            if isinstance(value.get(key), dict):
                what = f"there may be several {key}s"
                reader.wrong((*path, key), what, f"write [[ss7.{key}]], not [ss7.{key}]")
                return MISSING
    return reader.read(value, SignallingPointTable, path)


def check_points(
    reader: Reader, tables: list[tuple[int, SignallingPointTable]], slots: Slots
) -> dict[str, Point]:
    """Every signalling point, by name, as far as it is good."""
    points: dict[str, Point] = {}
    linksets: dict[str, str] = {}
    for index, table in tables:
        path: Path = ("ss7", index)
        point = _point(reader, index, table, path)
        check_timers(reader, table.timers, TIMERS, (*path, "timers"), "Q.704")
        if not table.linkset:
            what = "there is no linkset: no signalling can leave this point"
            reader.wrong(path, what, "add [[ss7.linkset]] with name and adjacent")
        for n, linkset in enumerate(table.linkset):
            where: Path = (*path, "linkset", n)
            if linkset.name in linksets:
                reader.wrong(
                    (*where, "name"),
                    f"there are two linksets '{linkset.name}'",
                    "rename one: links are called by it, as in "
                    f"`trunkd ss7 activate {linkset.name}/0`",
                )
            linksets.setdefault(linkset.name, table.name)
            _check_linkset(reader, point, linkset, where, slots)
        if point is not None:
            _check_adjacents(reader, point)
            _check_routes(reader, point)
            points.setdefault(table.name, point)
    _check_same_code(reader, points)
    return points


def code_of(reader: Reader, value: str | int, label: LabelFormat, path: Path) -> int | None:
    """A point code, or None with the mistake noted."""
    try:
        return parse_point_code(value, label)
    except (ConfigError, LocalError) as exc:
        what, _, remedy = str(exc).partition("; ")
        if not remedy:
            what, _, remedy = str(exc).rpartition(": ")
        reader.wrong(path, what, remedy)
        return None


def _point(reader: Reader, index: int, table: SignallingPointTable, path: Path) -> Point | None:
    label = LABELS.get(table.variant.lower())
    if label is None:
        near = difflib.get_close_matches(table.variant.lower(), LABELS, 1, 0.6)
        known = ", ".join(f'"{row.name}" ({row.text})' for row in FORMATS.values())
        hint = f"did you mean '{near[0]}'? " if near else ""
        reader.wrong(
            (*path, "variant"), f"there is no label '{table.variant}'", f"{hint}choose of {known}"
        )
    ni = -1
    try:
        ni = network_indicator(table.network_indicator)
    except ValueError as exc:
        names = '"international" (0), "international-spare" (1), "national" (2)'
        reader.wrong(
            (*path, "network_indicator"), str(exc), f'write {names} or "national-spare" (3)'
        )
    if label is None:
        return None
    opc = code_of(reader, table.point_code, label, (*path, "point_code"))
    if opc is None or ni < 0:
        return None
    if label.bits == 24 and ni < 2:
        reader.wrong(
            (*path, "network_indicator"),
            f"24-bit codes are national, and this is {network_name(ni)} ({ni})",
            'it is "national" (2) nearly everywhere: ask what the far end has',
            warning=True,
        )
    return Point(index, table, label, opc, ni)


def _check_adjacents(reader: Reader, point: Point) -> None:
    """Point codes of the linksets: not our own, not one twice."""
    seen: dict[int, str] = {}
    for n, linkset in enumerate(point.table.linkset):
        path: Path = ("ss7", point.index, "linkset", n, "adjacent")
        code = code_of(reader, linkset.adjacent, point.label, path)
        if code is None:
            continue
        if code == point.opc:
            reader.wrong(
                path,
                f"{point.show(code)} is our own point code",
                "give the code of the exchange or STP at the far end of the links",
            )
            continue
        if code in seen:
            reader.wrong(
                path,
                f"linkset '{seen[code]}' goes to {point.show(code)} already",
                "put all links to one point into one linkset",
            )
        seen.setdefault(code, linkset.name)
        point.adjacent[linkset.name] = code
        point.reached.add(code)


def _check_linkset(
    reader: Reader, point: Point | None, linkset: LinksetTable, path: Path, slots: Slots
) -> None:
    if not linkset.link:
        what = f"linkset '{linkset.name}' has no link"
        reader.wrong(path, what, "add [[ss7.linkset.link]] with slc, span and timeslot")
    if len(linkset.link) > MOST_LINKS:
        what = f"linkset '{linkset.name}' has {len(linkset.link)} links"
        reader.wrong(path, what, f"a linkset has at most {MOST_LINKS}: make a second one")
    codes: dict[int, int] = {}
    for n, link in enumerate(linkset.link):
        where: Path = (*path, "link", n)
        if link.slc in codes:
            reader.wrong(
                (*where, "slc"),
                f"link[{codes[link.slc] + 1}] of linkset '{linkset.name}' has SLC {link.slc} too",
                "give each link of a linkset an SLC of its own, as agreed with the far end",
            )
        codes.setdefault(link.slc, n)
        _check_link(reader, linkset, link, where, slots)


def _check_link(
    reader: Reader, linkset: LinksetTable, link: SignallingLinkTable, path: Path, slots: Slots
) -> None:
    check_timers(reader, link.timers, level2_rows(link), (*path, "timers"), "Q.703")
    if not slots.span(link.span, (*path, "span")):
        return
    owner = slots.owner(link.span, link.timeslot)
    if owner:
        reader.wrong(
            (*path, "timeslot"),
            f"timeslot {link.timeslot} of {link.span} already belongs to {owner}",
            "give the link a timeslot of its own",
        )
    slots.take(link.span, link.timeslot, f"link '{link_name(linkset, link)}'")


def _check_routes(reader: Reader, point: Point) -> None:
    known = [linkset.name for linkset in point.table.linkset]
    for n, route in enumerate(point.table.route):
        path: Path = ("ss7", point.index, "route", n)
        dpc = code_of(reader, route.dpc, point.label, (*path, "dpc"))
        if not route.linksets:
            what = "this route names no linkset"
            reader.wrong((*path, "linksets"), what, f"name of {', '.join(known)}")
        for name in route.linksets:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1, 0.6)
                hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(known)}"
                reader.wrong((*path, "linksets"), f"'{point.name}' has no linkset '{name}'", hint)
            elif dpc is not None and point.adjacent.get(name) == dpc:
                reader.wrong(
                    (*path, "linksets"),
                    f"{point.show(dpc)} is at the far end of linkset '{name}' anyway",
                    "leave it out: that route is made by itself, before all others",
                )
        if dpc is None:
            continue
        if dpc == point.opc:
            what = f"{point.show(dpc)} is our own point code"
            reader.wrong((*path, "dpc"), what, "give the code of a far exchange")
        point.reached.add(dpc)


def _check_same_code(reader: Reader, points: dict[str, Point]) -> None:
    """Two points of ours with one code in one network are one point (or one is wrong)."""
    seen: dict[tuple[str, int, int], str] = {}
    for point in points.values():
        key = (point.label.name, point.ni, point.opc)
        if key in seen:
            reader.wrong(
                ("ss7", point.index, "point_code"),
                f"'{seen[key]}' has {point.show(point.opc)} in the same network",
                "put the linksets of one point into one [[ss7]], or correct the code",
            )
        seen.setdefault(key, point.name)


# Timers


def check_timers(
    reader: Reader,
    given: Mapping[str, int],
    rows: Mapping[str, TimerRow],
    path: Path,
    standard: str,
) -> None:
    """Timers by name against their rows: unknown ones, unused ones, ranges."""
    for name, value in given.items():
        row = rows.get(name)
        if row is None:
            near = difflib.get_close_matches(name.upper(), rows, 1, 0.6)
            hint = f"did you mean '{near[0]}'?" if near else "known are " + ", ".join(rows)
            reader.wrong((*path, name), f"{standard} has no timer '{name}'", hint)
        elif not row.used:
            what = f"{name} ({row.text}) does not serve an end point"
            reader.wrong((*path, name), what, "leave it out")
        elif not row.low <= value <= row.high:
            reader.wrong(
                (*path, name),
                f"{show_duration(value)} is out of range ({row.text}, {standard} {row.clause})",
                f'give "{show_duration(row.low)}" to "{show_duration(row.high)}"',
            )
