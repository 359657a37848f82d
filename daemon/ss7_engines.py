"""From the configuration of SS7 to its engines, and the ranges that the engines take."""

from __future__ import annotations

from typing import Final

from ..signaling.ss7 import isup_config, mtp2_config, mtp3_config, tup_config
from ..signaling.ss7.labels import FORMATS, LabelFormat, parse_point_code
from .calls import BEARERS
from .config_ss7 import (
    IsupTable,
    LinksetTable,
    SignallingLinkTable,
    SignallingPointTable,
    TupTable,
    circuits,
    link_name,
    network_indicator,
)

LABELS: Final = {
    "itu": FORMATS["itu14"],
    "china": FORMATS["china24"],
    "ansi": FORMATS["ansi24"],
    **FORMATS,
}
"""Variants of the label, by the names that the configuration takes."""

RATES: Final = {"64k": 64_000, "56k": 56_000, "4.8k": 4_800}

CONGESTION: Final = {
    "international": mtp3_config.CONGESTION_INTERNATIONAL,
    "levels": mtp3_config.CONGESTION_LEVELS,
}


class Range:
    """A timer's row as the checker wants it."""

    def __init__(self, low: int, high: int, clause: str, text: str, used: bool) -> None:
        self.low: Final = low
        self.high: Final = high
        self.clause: Final = clause
        self.text: Final = text
        self.used: Final = used


def level2_rows(link: SignallingLinkTable) -> dict[str, Range]:
    """Timers of Q.703 at the link's rate, by name."""
    row = mtp2_config.RATES[RATES[link.rate]]
    made = {}
    for index, name in mtp2_config.TIMER_NAMES.items():
        limits = row.timers[index]
        low = limits.low
        if link.error_correction == "pcr" and index == mtp2_config.T7:
            low = max(low, mtp2_config.SHORTEST_T7_PCR)
        used = row.interval or index != mtp2_config.T8
        made[name] = Range(low, limits.high, row.clause, mtp2_config.TIMER_TEXTS[index], used)
    return made


def isup_rows() -> dict[str, Range]:
    """Timers of Q.764 by name: what the engine accepts."""
    return {
        f"T{row.number}": Range(isup_config.LEAST, isup_config.MOST, row.clause, row.text, row.used)
        for row in isup_config.TIMERS.values()
    }


def link_config(linkset: LinksetTable, link: SignallingLinkTable) -> mtp3_config.LinkConfig:
    by_name = {name: index for index, name in mtp2_config.TIMER_NAMES.items()}
    mtp2 = mtp2_config.Mtp2Config(
        pcr=link.error_correction == "pcr",
        rate=RATES[link.rate],
        timers={by_name[name]: value for name, value in link.timers.items()},
        n1=link.n1,
        n2=link.n2,
        line_fills=True,  # boards do (HdlcConfig.mtp2)
    )
    return mtp3_config.LinkConfig(link.slc, mtp2, auto=link.active, name=link_name(linkset, link))


def point_config(table: SignallingPointTable, users: tuple[int, ...]) -> mtp3_config.Mtp3Config:
    """``[[ss7]]`` as level 3 wants it. ``users``: service indicators of its user parts."""
    label = LABELS[table.variant.lower()]
    linksets = tuple(
        mtp3_config.LinksetConfig(
            linkset.name,
            parse_point_code(linkset.adjacent, label),
            tuple(link_config(linkset, link) for link in linkset.link),
        )
        for linkset in table.linkset
    )
    routes = tuple(
        mtp3_config.RouteConfig(parse_point_code(route.dpc, label), name, route.priority)
        for route in table.route
        for name in route.linksets
    )
    return mtp3_config.Mtp3Config(
        parse_point_code(table.point_code, label),
        linksets,
        routes,
        label,
        network_indicator(table.network_indicator),
        users,
        table.timers,
        CONGESTION[table.congestion],
        test_links=table.test_links,
        wait_for_tra=table.wait_for_tra,
    )


def tup_rows() -> dict[str, Range]:
    """Timers of TUP by name."""
    return {
        row.name: Range(row.low, row.high, f"{row.kind} {row.clause}".rstrip(), row.text, True)
        for row in tup_config.TIMERS.values()
    }


def isup_config_of(table: IsupTable, label: LabelFormat, opc: int) -> isup_config.IsupConfig:
    """``[trunk.isup]`` as the engine wants it; ConfigError when it does not fit."""
    return isup_config.IsupConfig(
        circuits=tuple(circuits(table)),
        variant=table.variant,
        opc=opc,
        dpc=parse_point_code(table.dpc, label),
        controls=table.controls,
        selection=table.selection,
        min_digits=table.min_digits,
        max_digits=table.max_digits,
        overlap=table.overlap,
        continuity=table.continuity,
        reattempts=table.reattempts,
        exchange_type=table.exchange_type,
        international=table.international,
        isdn_access=table.isdn_access,
        satellites=table.satellites,
        echo_control=table.echo_control,
        hop_counter=table.hop_counter,
        delay=table.delay,
        ask_calling=table.ask_calling,
        connected_line=table.connected_line,
        bearers=tuple(BEARERS[name] for name in table.bearers),
        location=table.location,
        reset_on_start=table.reset_on_start,
        group_messages=table.group_messages,
        timers={int(name[1:]): value for name, value in table.timers.items()},
    )


def tup_config_of(table: TupTable, label: LabelFormat, opc: int) -> tup_config.TupConfig:
    """``[trunk.tup]`` as the engine wants it; ConfigError when it does not fit."""
    by_name = {row.name: number for number, row in tup_config.TIMERS.items()}
    return tup_config.TupConfig(
        circuits=tuple(circuits(table)),
        variant=table.variant,
        opc=opc,
        dpc=parse_point_code(table.dpc, label),
        controls="" if table.controls == "auto" else table.controls,
        selection=table.selection,
        continuity=table.continuity,
        overlap_receiving=table.overlap_receiving,
        min_digits=table.min_digits,
        send_calling_line=table.send_calling_line,
        request_calling_line=table.request_calling_line,
        charge=table.charge,
        nature=table.nature,
        international=table.international,
        attempts=table.attempts,
        group_twice=table.group_twice,
        reset_on_start=table.reset_on_start,
        location=table.location,
        far_location=table.far_location,
        timers={by_name[name]: value for name, value in table.timers.items()},
    )
