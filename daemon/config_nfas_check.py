"""Checks of the interfaces of a PRI trunk: T1 spans that share D-channels (NFAS)."""

from __future__ import annotations

from typing import Any, Final

from ..signaling.isdn.q931_config import MOST_INTERFACES
from ..signaling.isdn.q931_variants import VARIANTS
from .config import (
    T1_LAST,
    BoardTable,
    PriTable,
    TrunkTable,
    d_channel,
    has_d_channel,
    interface_slots,
    interfaces,
)
from .config_cabled_check import cable_ends
from .config_read import Path, Reader

ADD: Final = 'add [[trunk.pri.interfaces]] with span = "board/1", one for each span'


def check_interfaces(reader: Reader, trunk: TrunkTable, path: Path) -> bool:
    """The interfaces of a trunk, if it has any; ``span`` becomes that of the first."""
    pri = trunk.pri
    assert pri is not None
    before = len(reader.errors)
    here = (*path, "pri")
    if not pri.interfaces:
        if pri.backup:
            text = "a trunk of one span has no stand-by D-channel"
            reader.wrong((*here, "backup"), text, ADD)
        return len(reader.errors) == before
    _check_variant(reader, pri, here)
    _check_places(reader, pri, here)
    first = pri.interfaces[0].span
    if trunk.span and trunk.span != first:
        reader.wrong(
            (*path, "span"),
            f"the D-channel is on {first}, the first of the interfaces, not on {trunk.span}",
            f"leave span out, or name the interface of {trunk.span} first",
        )
    trunk.span = first
    _check_backup(reader, pri, here)
    if len(reader.errors) == before:
        _check_slots(reader, pri, here)
    return len(reader.errors) == before


def _check_variant(reader: Reader, pri: PriTable, path: Path) -> None:
    variant = VARIANTS.get(pri.variant)
    if variant is not None and not variant.nfas:
        can = ", ".join(f'"{v.name}"' for v in VARIANTS.values() if v.nfas)
        text = f"variant {pri.variant} has no NFAS: a D-channel serves one span"
        reader.wrong((*path, "variant"), text, f"choose {can}, or leave interfaces out")
        return
    if pri.channels:
        text = "with interfaces each one has channels of its own"
        reader.wrong((*path, "channels"), text, "write it into [[trunk.pri.interfaces]]")
    if variant is not None and d_channel(pri) != T1_LAST:
        text = f"with interfaces the D-channel is timeslot {T1_LAST}, not {pri.d_channel}"
        reader.wrong((*path, "d_channel"), text, "leave it out")


def _check_places(reader: Reader, pri: PriTable, path: Path) -> None:
    """Spans and identifiers, each once."""
    if len(pri.interfaces) > MOST_INTERFACES:
        text = f"{len(pri.interfaces)} interfaces are too many"
        reader.wrong((*path, "interfaces"), text, f"a D-channel serves up to {MOST_INTERFACES}")
    spans: dict[str, int] = {}
    ids: dict[int, int] = {}
    for n, table in enumerate(pri.interfaces):
        here = (*path, "interfaces", n)
        if table.span in spans:
            text = f"span {table.span} is interface {spans[table.span] + 1} already"
            reader.wrong((*here, "span"), text, "name each span once")
        spans.setdefault(table.span, n)
        number = n if table.id is None else table.id
        if number in ids:
            text = f"identifier {number} is that of {pri.interfaces[ids[number]].span} already"
            reader.wrong((*here, "id"), text, "give each interface the far end's number for it")
        ids.setdefault(number, n)


def _check_backup(reader: Reader, pri: PriTable, path: Path) -> None:
    if not pri.backup:
        return
    others = [table.span for table in pri.interfaces[1:]]
    if pri.backup == pri.interfaces[0].span:
        text = f"{pri.backup} has the primary D-channel"
    elif pri.backup not in others:
        text = f"{pri.backup} is none of the interfaces"
    else:
        return
    can = ", ".join(others)
    reader.wrong((*path, "backup"), text, f"choose of {can}" if can else "add a second interface")


def _check_slots(reader: Reader, pri: PriTable, path: Path) -> None:
    for n, table in enumerate(pri.interfaces):
        here = (*path, "interfaces", n, "channels")
        try:
            slots = interface_slots(pri, table)
        except ValueError as exc:
            reader.wrong(here, str(exc), 'write it as "1-12,14-24"')
            continue
        if has_d_channel(pri, table) and d_channel(pri) in slots:
            reader.wrong(here, f"timeslot {d_channel(pri)} is the D-channel", "leave it out")


def check_cabled_interfaces(
    reader: Reader, boards: list[tuple[int, BoardTable]], trunks: list[tuple[int, TrunkTable]]
) -> None:
    """Both ends of a simulated cable must have the same identifier, and D-channels or none."""
    known = {
        table.span: (index, n, number, table, trunk.pri)
        for index, trunk in trunks
        if trunk.pri is not None
        for number, table in interfaces(trunk.pri)
        for n in [trunk.pri.interfaces.index(table)]
    }
    for _, board in boards:
        for cable in getattr(board.driver, "cables", ()) or ():
            ends = [f"{board.name}/{n}" for n in cable_ends(cable)]
            if len(set(ends)) == 2 and ends[0] in known and ends[1] in known:
                _check_fit(reader, known[ends[0]], known[ends[1]])


def _check_fit(reader: Reader, near: Any, far: Any) -> None:
    _, _, near_id, near_table, near_pri = near
    index, n, far_id, far_table, far_pri = far
    path: Path = ("trunk", index, "pri", "interfaces", n)
    cable = f"the cable {near_table.span} - {far_table.span}"
    if near_id != far_id:
        text = f"{cable} is interface {near_id} at one end and {far_id} at the other"
        reader.wrong((*path, "id"), text, f"set id = {near_id}", warning=True)
    if has_d_channel(near_pri, near_table) != has_d_channel(far_pri, far_table):
        text = f"{cable} has a D-channel at one end only"
        reader.wrong(path, text, "name the same interfaces first and as backup", warning=True)
