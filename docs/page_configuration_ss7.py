"""The part of docs/configuration.md that is about SS7: points, links, routes, circuits, timers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import msgspec
from page_tools import ROOT, block, summary, table

from trunkd.daemon import config_ss7
from trunkd.daemon.config_read import show_duration
from trunkd.daemon.config_ss7 import SignallingLinkTable
from trunkd.daemon.ss7_engines import RATES, Range, level2_rows
from trunkd.signaling.ss7 import isup_config, mtp3_timers, tup_config
from trunkd.signaling.ss7.labels import FORMATS, show_point_code

EXAMPLE: Final = "examples/ss7-china24.toml"

CIRCUITS: Final = """\
[trunk.isup]
ss7 = "local"
dpc = "1-2-4"
[[trunk.isup.circuits]]
cics = "1-15,17-31"      # the first E1; timeslot 16 carries a link
span = "b0/1"
[[trunk.isup.circuits]]
cics = "33-63"           # the second E1, without a link
span = "b0/2"
"""

Keys = Callable[[type[msgspec.Struct]], str]


def limits(low: int, high: int) -> str:
    return f'"{show_duration(low)}" to "{show_duration(high)}"'


def labels() -> str:
    rows = []
    for row in FORMATS.values():
        code = 0x20B if row.bits == 14 else 0x01020B
        example = f'`"{show_point_code(code, row)}"`, `"0x{code:x}"`, `{code}`'
        rows.append((f"`{row.name}`", row.text, example))
    return table(("variant", "what it is", "a point code, three ways to write it"), rows)


def level3_timers() -> str:
    rows = [
        (
            f"`{row.name}`",
            f'`"{show_duration(row.default)}"`',
            limits(row.low, row.high),
            row.given,
            row.text,
            row.clause,
        )
        for row in mtp3_timers.TIMERS.values()
        if row.used
    ]
    return table(("timer", "default", "range", "the Recommendation's", "what for", "Q.704"), rows)


def level2_timers() -> str:
    """A column for each rate."""
    links = {
        rate: SignallingLinkTable(slc=0, span="b0/1", timeslot=16, rate=rate)  # type: ignore[arg-type]
        for rate in RATES
    }
    by_rate: dict[str, dict[str, Range]] = {r: level2_rows(link) for r, link in links.items()}
    rows = []
    for name, first in by_rate["64k"].items():
        if first.used:
            ranges = [limits(rows_[name].low, rows_[name].high) for rows_ in by_rate.values()]
            rows.append((f"`{name}`", *ranges, first.text))
    return table(("timer", *(f"range at {rate}" for rate in by_rate), "what for"), rows)


def isup_timers() -> str:
    rows = [
        (
            f"`T{row.number}`",
            f'`"{show_duration(row.default)}"`',
            limits(row.low, row.high),
            row.text,
            row.clause,
        )
        for row in isup_config.TIMERS.values()
        if row.used
    ]
    return table(("timer", "default", "Q.764's range", "waits for, then", "Q.764"), rows)


def tup_timers() -> str:
    rows = [
        (
            f"`{row.name}`",
            f'`"{show_duration(row.default)}"`',
            limits(row.low, row.high),
            row.text,
            row.clause if row.clause.startswith("Q.") else f"{row.kind} {row.clause}".strip(),
        )
        for row in tup_config.TIMERS.values()
    ]
    return table(("timer", "default", "range", "waits for", "clause"), rows)


def variants(rows: Iterable[isup_config.Variant | tup_config.Variant]) -> str:
    return table(("variant", "what it is"), [(f"`{v.name}`", v.text) for v in rows])


def choices(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def points(keys: Keys) -> list[str]:
    """Signalling points, linksets, links, routes."""
    return [
        "## `[[ss7]]`\n",
        f"{about(config_ss7.SignallingPointTable)} [ss7.md](ss7.md) says how to set one up; a"
        " complete file:\n",
        block("toml", (ROOT / EXAMPLE).read_text()),
        keys(config_ss7.SignallingPointTable),
        "Variants:\n",
        labels(),
        "`itu`, `china` and `ansi` mean the same.\n",
        "### `[ss7.timers]`\n",
        level3_timers(),
        "### `[[ss7.linkset]]`\n",
        f"{about(config_ss7.LinksetTable)}\n",
        keys(config_ss7.LinksetTable),
        "### `[[ss7.linkset.link]]`\n",
        f"{about(config_ss7.SignallingLinkTable)}\n",
        keys(config_ss7.SignallingLinkTable),
        "### `[ss7.linkset.link.timers]`\n",
        "Timers of Q.703 12.3.\n",
        level2_timers(),
        "### `[[ss7.route]]`\n",
        f"{about(config_ss7.RouteTable)}\n",
        keys(config_ss7.RouteTable),
    ]


def user_parts(keys: Keys) -> list[str]:
    """Circuits, ISUP and TUP."""
    return [
        "## `[trunk.isup]`\n",
        f"{about(config_ss7.IsupTable)}\n",
        block("ini", CIRCUITS),
        keys(config_ss7.IsupTable),
        "Variants:\n",
        variants(isup_config.VARIANTS.values()),
        f"`selection`: {choices(isup_config.SELECTIONS)}; circuits that we control come first.\n",
        "### `[[trunk.isup.circuits]]`\n",
        f"{about(config_ss7.CircuitsTable)}\n",
        keys(config_ss7.CircuitsTable),
        "### `[trunk.isup.timers]`\n",
        "Timers of Q.764 table A.1. Values outside the Recommendation's range are taken, with a"
        " warning.\n",
        isup_timers(),
        "## `[trunk.tup]`\n",
        f"{about(config_ss7.TupTable)} Its circuits are `[[trunk.tup.circuits]]`, as of ISUP.\n",
        keys(config_ss7.TupTable),
        "Variants; `china` needs 24-bit labels, the others 14-bit ones:\n",
        variants(tup_config.VARIANTS.values()),
        f"`selection`: {choices(tup_config.SELECTIONS)}.\n",
        "### `[trunk.tup.timers]`\n",
        tup_timers(),
    ]


def about(cls: type[msgspec.Struct]) -> str:
    """A table's docstring, without the table's name that stands above it anyway."""
    text = summary(cls).split(": ", 1)[1]
    return text[:1].upper() + text[1:]
