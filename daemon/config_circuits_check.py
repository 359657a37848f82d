"""Checks of ``[trunk.isup]`` and ``[trunk.tup]``: circuits, timeslots, point codes, both ends."""

from __future__ import annotations

from typing import Any, Final

from ..errors import ConfigError, LocalError
from ..signaling.ss7 import isup_config, tup_config, tup_messages
from .config import TrunkTable
from .config_read import MISSING, Path, Reader, show_duration
from .config_slots import Slots
from .config_ss7 import (
    MAX_CIC,
    Circuit,
    CircuitsTable,
    CircuitUser,
    IsupTable,
    TupTable,
    group_circuits,
    parse_numbers,
    show_numbers,
)
from .config_ss7_check import Point, check_timers, code_of
from .ss7_engines import isup_config_of, isup_rows, tup_config_of, tup_rows

FIRST_E1: Final = '"1-15,17-31"'


class CircuitTrunk:
    """A trunk of SS7 whose table is good."""

    def __init__(
        self, index: int, trunk: TrunkTable, table: CircuitUser, point: Point, dpc: int
    ) -> None:
        self.index: Final = index
        self.trunk: Final = trunk
        self.table: Final = table
        self.point: Final = point
        self.dpc: Final = dpc
        self.path: Final[Path] = ("trunk", index, trunk.signalling)


def read_circuit_trunk(reader: Reader, trunk: TrunkTable, path: Path) -> Any:
    """A trunk of SS7 with its own table; MISSING where the table lacks."""
    kind = trunk.signalling
    table = trunk.ss7
    if table is None:
        remedy = f"add [trunk.{kind}] with ss7, dpc and [[trunk.{kind}.circuits]]"
        reader.wrong(path, f"an {kind} trunk needs its circuits", remedy)
        return MISSING
    if trunk.span:
        reader.wrong(
            (*path, "span"),
            f"an {kind} trunk has no span of its own",
            f"leave it out: [[trunk.{kind}.circuits]] name the spans",
        )
    before = len(reader.errors)
    if isinstance(table, IsupTable):
        _check_isup(reader, table, (*path, kind))
    else:
        _check_tup(reader, table, (*path, kind))
    return trunk if len(reader.errors) == before else MISSING


def _check_isup(reader: Reader, table: IsupTable, path: Path) -> None:
    if table.variant not in isup_config.VARIANTS:
        have = ", ".join(f"{v.name} ({v.text})" for v in isup_config.VARIANTS.values())
        reader.wrong((*path, "variant"), f"there is no variant '{table.variant}'", have)
    check_timers(reader, table.timers, isup_rows(), (*path, "timers"), "Q.764")
    for name, value in table.timers.items():
        row = isup_config.TIMERS.get(int(name[1:])) if name[1:].isdigit() else None
        if row is not None and row.used and not row.low <= value <= row.high:
            reader.wrong(
                (*path, "timers", name),
                f"{show_duration(value)} is not what Q.764 says ({row.text})",
                f'"{show_duration(row.low)}" to "{show_duration(row.high)}", unless agreed',
                warning=True,
            )


def _check_tup(reader: Reader, table: TupTable, path: Path) -> None:
    if table.variant not in tup_config.VARIANTS:
        have = ", ".join(f"{v.name} ({v.text})" for v in tup_config.VARIANTS.values())
        reader.wrong((*path, "variant"), f"there is no variant '{table.variant}'", have)
    check_timers(reader, table.timers, tup_rows(), (*path, "timers"), "TUP")


def check_circuit_trunks(
    reader: Reader,
    trunks: list[tuple[int, TrunkTable]],
    points: dict[str, Point],
    slots: Slots,
    named: set[str],
) -> list[CircuitTrunk]:
    """Every trunk of SS7 against the signalling points and the timeslots; the good ones.

    ``named``: the names of all signalling points in the file.
    """
    made = []
    for index, trunk in trunks:
        table = trunk.ss7
        if table is None:
            continue
        path: Path = ("trunk", index, trunk.signalling)
        before = len(reader.errors)
        _check_groups(reader, trunk, table, path, slots)
        point = points.get(table.ss7)
        if table.ss7 not in named:
            have = ", ".join(sorted(named))
            remedy = f"there are: {have}" if have else "add [[ss7]] with its links"
            reader.wrong((*path, "ss7"), f"there is no signalling point '{table.ss7}'", remedy)
        dpc = None if point is None else _check_dpc(reader, table, point, path)
        if point is None or dpc is None or len(reader.errors) > before:
            continue
        one = CircuitTrunk(index, trunk, table, point, dpc)
        _check_engine(reader, one)
        _check_controls(reader, one)
        made.append(one)
    _check_same_circuits(reader, made)
    return made


def _check_dpc(reader: Reader, table: CircuitUser, point: Point, path: Path) -> int | None:
    dpc = code_of(reader, table.dpc, point.label, (*path, "dpc"))
    if dpc is None:
        return None
    if dpc == point.opc:
        what = f"{point.show(dpc)} is the point code of '{point.name}' itself"
        reader.wrong((*path, "dpc"), what, "give the code of the exchange at the far end")
        return None
    if dpc not in point.reached:
        have = ", ".join(point.show(code) for code in sorted(point.reached)) or "none"
        reader.wrong(
            (*path, "dpc"),
            f"'{point.name}' has no route to {point.show(dpc)}",
            f"add [[ss7.route]] with this dpc, or a linkset to it (there are: {have})",
        )
        return None
    return dpc


def _check_groups(
    reader: Reader, trunk: TrunkTable, table: CircuitUser, path: Path, slots: Slots
) -> None:
    if not table.circuits:
        what = "there are no circuits"
        reader.wrong(path, what, f"add [[{'.'.join(('trunk', trunk.signalling))}.circuits]]")
    seen: dict[int, int] = {}
    for n, group in enumerate(table.circuits):
        where: Path = (*path, "circuits", n)
        found = _group(reader, group, where)
        if not slots.span(group.span, (*where, "span")):
            continue
        _check_overlap(reader, found, seen, n, where)
        for circuit in found:
            if not _take(reader, trunk, group, circuit, where, slots):
                break


def _group(reader: Reader, group: CircuitsTable, path: Path) -> list[Circuit]:
    """The circuits of a table; what is wrong with its numbers is noted."""
    try:
        cics = parse_numbers(group.cics, "CIC", MAX_CIC)
    except ValueError as exc:
        reader.wrong((*path, "cics"), str(exc), f"write it as {FIRST_E1}")
        return []
    if not group.timeslots:
        zero = next((cic for cic in cics if cic & 31 == 0), None)
        if zero is not None:
            reader.wrong(
                (*path, "cics"),
                f"CIC {zero} would be on timeslot 0, which carries framing",
                f"leave it out ({_without(cics, 0)}), or give `timeslots` if CICs are offset",
            )
            return []
    else:
        try:
            slots = parse_numbers(group.timeslots, "timeslot", 31, 1)
        except ValueError as exc:
            reader.wrong((*path, "timeslots"), str(exc), f"write it as {FIRST_E1}")
            return []
        if len(slots) != len(cics):
            reader.wrong(
                (*path, "timeslots"),
                f"there are {len(cics)} CICs ({group.cics}) and {len(slots)} timeslots",
                "give one timeslot for each CIC, in the same order",
            )
            return []
    found = group_circuits(group)
    _check_offset(reader, group, found, path)
    return found


def _without(cics: tuple[int, ...], low: int) -> str:
    """`cics = "…"` without those on timeslot ``low``."""
    return f'cics = "{show_numbers(cic for cic in cics if cic & 31 != low)}"'


def _check_offset(reader: Reader, group: CircuitsTable, found: list[Circuit], path: Path) -> None:
    """CICs whose low bits are not the timeslot are legal, and nearly always a mistake."""
    shifted = next((c for c in found if c.cic & 31 != c.timeslot), None)
    if shifted is not None:
        reader.wrong(
            (*path, "timeslots"),
            f"CIC {shifted.cic} is on timeslot {shifted.timeslot}, and its five low bits say"
            f" {shifted.cic & 31} (Q.763 1.2)",
            "leave `timeslots` out, unless the far end has the same offset",
            warning=True,
        )


def _check_overlap(
    reader: Reader, found: list[Circuit], seen: dict[int, int], n: int, path: Path
) -> None:
    twice = [c.cic for c in found if c.cic in seen]
    if twice:
        reader.wrong(
            (*path, "cics"),
            f"CIC {show_numbers(twice)} is in circuits[{seen[twice[0]] + 1}] too",
            "a CIC names one circuit: on the second E1 they go on with 33-47,49-63",
        )
    for circuit in found:
        seen.setdefault(circuit.cic, n)


def _take(
    reader: Reader,
    trunk: TrunkTable,
    group: CircuitsTable,
    circuit: Circuit,
    path: Path,
    slots: Slots,
) -> bool:
    """The circuit's timeslot is this trunk's now; False: it was somebody's already."""
    owner = slots.owner(circuit.span, circuit.timeslot)
    if not owner:
        slots.take(circuit.span, circuit.timeslot, f"trunk '{trunk.name}'")
        return True
    what = f"timeslot {circuit.timeslot} of {circuit.span} (CIC {circuit.cic})"
    if owner.startswith("link"):
        cics = [c.cic for c in group_circuits(group) if c.timeslot != circuit.timeslot]
        remedy = f'leave the CIC out: cics = "{show_numbers(cics)}"'
        if group.timeslots:
            kept = [c.timeslot for c in group_circuits(group) if c.timeslot != circuit.timeslot]
            remedy += f', timeslots = "{show_numbers(kept)}"'
        reader.wrong((*path, "cics"), f"{what} carries the signalling {owner}", remedy)
    else:
        remedy = "give each trunk timeslots of its own"
        reader.wrong((*path, "span"), f"{what} already belongs to {owner}", remedy)
    return False


def _check_engine(reader: Reader, one: CircuitTrunk) -> None:
    """What the engine itself would not take, in its own words."""
    try:
        if isinstance(one.table, IsupTable):
            isup_config_of(one.table, one.point.label, one.point.opc)
        else:
            tup_config_of(one.table, one.point.label, one.point.opc)
            _check_tup_label(reader, one, one.table)
    except (ConfigError, LocalError) as exc:
        key = str(exc).partition(" ")[0].rstrip(":")
        what, _, remedy = str(exc).partition("; ")
        path = (*one.path, key) if hasattr(one.table, key) else one.path
        reader.wrong(path, what, remedy or "see docs/configuration.md")


def _check_tup_label(reader: Reader, one: CircuitTrunk, table: TupTable) -> None:
    """TUP has the low bits of the CIC in the label: its variant must have the network's label."""
    china = tup_config.VARIANTS[table.variant].label == tup_messages.CHINA_LABEL
    if china != (one.point.label.bits == 24):
        fit = "china" if one.point.label.bits == 24 else "itu or china14"
        reader.wrong(
            (*one.path, "variant"),
            f"'{table.variant}' has labels of {24 if china else 14} bits, and '{one.point.name}'"
            f" has {one.point.label.bits}",
            f"use variant {fit}",
        )


def _check_controls(reader: Reader, one: CircuitTrunk) -> None:
    """Both ends would control the same circuits if the far end goes by the rule."""
    controls = one.table.controls
    rule = "even" if one.point.opc > one.dpc else "odd"
    if controls in ("even", "odd") and controls != rule:
        point = one.point
        order = "higher" if rule == "even" else "lower"
        reader.wrong(
            (*one.path, "controls"),
            f"our point code {point.show(point.opc)} is the {order} one, which controls {rule}"
            f" circuits (Q.764 2.9.1.4): with a far end that goes by this, both are {controls}",
            'use "auto", unless the far end is set the other way too',
            warning=True,
        )


def _check_same_circuits(reader: Reader, trunks: list[CircuitTrunk]) -> None:
    """A CIC towards one exchange from one point of ours names one circuit."""
    seen: dict[tuple[str, int, int], str] = {}
    for one in trunks:
        cics = [c.cic for group in one.table.circuits for c in group_circuits(group)]
        twice = [cic for cic in cics if (one.point.name, one.dpc, cic) in seen]
        if twice:
            other = seen[one.point.name, one.dpc, twice[0]]
            reader.wrong(
                (*one.path, "circuits"),
                f"CIC {show_numbers(twice)} towards {one.point.show(one.dpc)} belongs to trunk"
                f" '{other}' already",
                "number the circuits to one exchange without doubles over all trunks",
            )
        for cic in cics:
            seen.setdefault((one.point.name, one.dpc, cic), one.trunk.name)
