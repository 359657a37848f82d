"""Routing as a person at a terminal sees it."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..signaling.isdn.causes import NAMES
from .events import Event
from .events_route import CallRerouted, EmergencyCall
from .methods_route import GroupInfo, RouteInfo, RouteList, RouteTested
from .present_base import simple_table

_STYLES: Final = {
    "done": "",
    "chosen": "green",
    "skipped": "yellow",
    "refused": "bold red",
    "note": "dim",
}


def cause_words(q850: int) -> str:
    """``34 no circuit/channel available``."""
    return f"{q850} {NAMES.get(q850, 'not in Q.850')}"


def show_tested(out: Console, tested: RouteTested) -> None:
    """Every step on a line: what was looked at, which row, what came of it."""
    for step in tested.steps:
        row = f"'{step.row}' " if step.row else ""
        style = _STYLES[step.outcome]
        bold = "bold" if step.stage == "result" and not style else style
        line = Text.assemble((f"{step.stage:<10}", "bold"), (row, "cyan"), (step.text, bold))
        out.print(line, soft_wrap=True)
    if tested.refused:
        out.print(Text(f"{'cause':<10}{cause_words(tested.refused)}"), soft_wrap=True)
    if len(tested.choices) > 1 and tested.overflow:
        if len(tested.overflow) > 20:
            causes = "any cause but 16 to 19"
        else:
            causes = "cause " + ", ".join(str(q850) for q850 in tested.overflow)
        text = f"{'overflow':<10}the next choice follows on {causes}, if the far end did not alert"
        out.print(Text(text, style="dim"), soft_wrap=True)


def routes_table(routes: list[RouteInfo]) -> Table:
    """One line a route."""
    table = simple_table(
        "route",
        "numbers",
        "digits",
        "choices",
        "only",
        "calls",
        "overflowed",
        "failed",
        right=("calls", "overflowed", "failed"),
    )
    for r in routes:
        digits = f"{r.min or ''}-{r.max or ''}" if r.min != r.max else str(r.min)
        table.add_row(
            r.name,
            ", ".join(r.match),
            digits if r.min or r.max else "-",
            ", ".join(r.choices),
            "; ".join(r.limits) or "-",
            str(r.calls),
            _counts(r.overflows),
            str(r.failed),
        )
    return table


def _counts(by_cause: dict[str, int]) -> str:
    """``3 (34: 2, 42: 1)``."""
    if not by_cause:
        return "0"
    causes = ", ".join(f"{cause}: {count}" for cause, count in by_cause.items())
    return f"{sum(by_cause.values())} ({causes})"


def refused_line(routes: RouteList) -> str:
    """Calls that got no route at all; "" for none."""
    words = [f"{why}: {count}" for why, count in routes.refused.items()]
    words += [f"emergency '{row}': {count} placed" for row, count in routes.emergencies.items()]
    return ", ".join(words)


def groups_table(groups: list[GroupInfo]) -> Table:
    """One line a group."""
    table = simple_table(
        "group",
        "trunks",
        "hunt",
        "channels",
        "idle",
        "calls",
        "peak",
        "reserved",
        "out",
        "in",
        "overflowed",
        "blocked",
        right=("channels", "idle", "calls", "peak", "reserved", "out", "in", "blocked"),
    )
    for g in groups:
        trunks = Text(", ").join(
            Text(name, style="" if up else "bold red") + ("" if up else " DOWN")
            for name, up in g.trunks.items()
        )
        reserved = f"{g.reserved_in_use} of {g.reserved} used" if g.reserved else "-"
        table.add_row(
            g.name,
            trunks,
            g.hunt.replace("_", " "),
            str(g.channels),
            Text(str(g.idle), style="" if g.idle else "bold red"),
            f"{g.calls} of {g.max_calls}" if g.max_calls else str(g.calls),
            str(g.peak),
            reserved,
            str(g.seizures),
            str(g.incoming),
            _counts(g.overflows),
            f"{g.blocked:.1%}",
        )
    return table


def route_words(event: Event) -> str | None:
    """What matters of an event of routing; None: it is none."""
    if isinstance(event, CallRerouted):
        way = f"call {event.call_id} from {event.from_} to {event.to}"
        return f"{way}: cause {cause_words(event.q850)}, attempt {event.attempt}"
    if isinstance(event, EmergencyCall):
        who = f"{event.called} ('{event.row}') from {event.calling or 'unknown'}"
        if event.q850:
            return f"{who} FAILED: cause {cause_words(event.q850)}"
        return f"{who}: call {event.call_id} on {event.device}"
    return None


def is_bad(event: Event) -> bool:
    return isinstance(event, EmergencyCall)
