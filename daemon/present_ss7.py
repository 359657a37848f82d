"""SS7 for a person at a terminal: links, linksets, routes, circuits, and what to look at next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich.table import Table
from rich.text import Text

from . import events_ss7 as ev
from .config_ss7 import show_numbers
from .events_base import Event
from .methods_ss7 import Ss7CircuitInfo, Ss7LinkInfo, Ss7LinksetInfo, Ss7RouteInfo
from .present_base import short_when, simple_table

HINTS: Final[tuple[tuple[str, str], ...]] = (
    ("layer 1", "look at the span first: `trunkd spans`"),
    ("deactivated", "`trunkd ss7 activate {link}`"),
    ("not activated", "`trunkd ss7 activate {link}`"),
    ("inhibited", "`trunkd ss7 uninhibit {link}`, or the far end must, whoever inhibited it"),
    ("SLTA", "SLTA is wrong or missing: are point codes, network indicator and SLC right?"),
    ("tested", "no right SLTA: are point codes, network indicator and SLC those of the far end?"),
    ("T2", "nothing that aligns comes in: is {timeslot} their link, and is it activated there?"),
    ("T3", "they began and did not go on: `trunkd trace --trunk {link}`"),
    ("AERM", "bit errors: `trunkd spans`; cable, plugs, clock (slips)"),
    ("SUERM", "bit errors: `trunkd spans`; cable, plugs, clock (slips)"),
    ("errors", "bit errors: `trunkd spans`; cable, plugs, clock (slips)"),
    ("T7", "they do not acknowledge: do they hear us? look for a remote alarm"),
    ("SIOS", "the far end took it out of service: call them"),
    ("aligning", "nothing that aligns comes in: is {timeslot} their link, and activated there?"),
)
"""A word of the reason -> what to look at next."""


def _available(yes: bool) -> Text:
    return Text("up", style="green") if yes else Text("DOWN", style="bold red")


def _percent(share: float) -> str:
    return f"{share:.0%}" if share else "-"


def links_table(links: list[Ss7LinkInfo], now: int) -> Table:
    """One line a link."""
    table = simple_table(
        *("link", "timeslot", "far end", "", "since", "level 2", "in", "out", "window"),
        *("resent", "errors", "why"),
        right=("in", "out", "window", "resent", "errors"),
    )
    for x in links:
        marks = [
            word
            for word, on in (
                ("inhibited here", x.inhibited_here),
                ("inhibited there", x.inhibited_there),
                (f"congestion level {x.congestion}", x.congestion > 0),
            )
            if on and word.split(" level")[0] not in x.reason
        ]
        reason = "" if x.available and x.reason == "available" else x.reason
        table.add_row(
            x.name,
            f"{x.span}/{x.timeslot}",
            x.adjacent,
            _available(x.available),
            short_when(x.since, now),
            x.state,
            _percent(x.load_in),
            _percent(x.load_out),
            str(x.unacknowledged),
            str(x.counters.get("retransmitted", 0)),
            str(x.counters.get("rx_errors", 0)),
            "; ".join([*([reason] if reason else []), *marks]),
        )
    return table


def links_advice(links: list[Ss7LinkInfo]) -> list[str]:
    """What to look at next, one line for each link that is down."""
    lines = []
    for x in links:
        if x.available:
            continue
        hint = next((text for word, text in HINTS if word in x.reason), "`trunkd trace` shows it")
        hint = hint.format(link=x.name, timeslot=f"{x.span}/{x.timeslot}")
        lines.append(f"link {x.name} down ({x.reason}): {hint}")
    return lines


def linksets_table(linksets: list[Ss7LinksetInfo]) -> Table:
    """One line a linkset."""
    table = simple_table(
        *("linkset", "point", "code", "adjacent", "", "links up", "destinations"),
        right=("links up", "destinations"),
    )
    for x in linksets:
        row = (x.name, x.point, x.point_code, x.adjacent, _available(x.available > 0))
        table.add_row(*row, f"{x.available} of {x.links}", str(x.routes))
    return table


_ROUTE_STATES: Final = {
    "allowed": "green",
    "restricted": "yellow",
    "prohibited": "bold red",
    "down": "bold red",
}


def routes_table(routes: list[Ss7RouteInfo]) -> Table:
    """One line a route, those of a destination in the order of their use."""
    table = simple_table(
        *("point", "destination", "linkset", "priority", "state", "used", "congestion", "trunks"),
        right=("priority", "congestion"),
    )
    for x in routes:
        table.add_row(
            x.point,
            x.destination,
            x.linkset,
            str(x.priority) if x.priority else "adjacent",
            Text(x.state, style=_ROUTE_STATES.get(x.state, "")),
            "yes" if x.current else "-",
            str(x.congestion) if x.congestion else "-",
            ", ".join(x.trunks) or "-",
        )
    return table


_CIRCUIT_STATES: Final = {
    "idle": "",
    "busy": "cyan",
    "restarting": "yellow",
    "testing": "yellow",
}
_CIRCUIT_WORDS: Final = {
    "blockedHere": "blocked here",
    "blockedThere": "blocked by the far end",
    "blockedBoth": "blocked at both ends",
    "outOfService": "out of service",
}


def circuit_word(circuit: Ss7CircuitInfo) -> str:
    word = _CIRCUIT_WORDS.get(circuit.state, circuit.state)
    return f"{word}, span alarm" if circuit.alarm else word


def _groups(circuits: list[Ss7CircuitInfo], each: bool) -> list[list[Ss7CircuitInfo]]:
    """Circuits that are alike, together; ``each``: every one for itself."""
    groups: dict[tuple[object, ...], list[Ss7CircuitInfo]] = {}
    for c in circuits:
        key: tuple[object, ...] = (c.trunk, c.span, circuit_word(c))
        groups.setdefault((*key, c.cic) if each else key, []).append(c)
    return list(groups.values())


def circuits_table(circuits: list[Ss7CircuitInfo], each: bool) -> Table:
    """Circuits that are alike on one line, or one line each."""
    columns = ("trunk", "CICs", "count", "span", "timeslots", "state", "ours")
    table = simple_table(*columns, *(("call",) if each else ()), right=("count",))
    for group in _groups(circuits, each):
        first = group[0]
        ours = [c.cic for c in group if c.controlled]
        row: list[str | Text] = [
            first.trunk,
            show_numbers(c.cic for c in group),
            str(len(group)),
            first.span,
            show_numbers(c.timeslot for c in group),
            Text(circuit_word(first), style=_CIRCUIT_STATES.get(first.state, "bold red")),
            _ours(ours, group),
        ]
        table.add_row(*row, *((str(first.call_id or "-"),) if each else ()))
    return table


def _ours(ours: list[int], group: list[Ss7CircuitInfo]) -> str:
    """Which of them we control in dual seizure, in a word where there is one."""
    cics = [c.cic for c in group]
    if len(ours) == len(cics):
        return "yes" if len(cics) == 1 else "all"
    if not ours:
        return "no" if len(cics) == 1 else "none"
    for word, odd in (("even", 0), ("odd", 1)):
        if ours == [cic for cic in cics if cic & 1 == odd]:
            return word
    return show_numbers(ours)


# Events


def ss7_words(event: Event) -> str | None:
    """An event of SS7 in words; None for others."""
    if isinstance(event, ev.SignallingLinkChanged):
        return f"{event.link} {'up' if event.available else 'down'}: {event.reason}"
    if isinstance(event, ev.SignallingRouteChanged):
        return f"{event.destination} over {event.linkset}: {event.state}"
    if isinstance(event, ev.DestinationChanged):
        return f"{event.destination} {'can' if event.reachable else 'cannot'} be reached"
    if isinstance(event, ev.DestinationCongested):
        level = f"level {event.level}" if event.level else "no more"
        return f"{event.destination}: {level}"
    if isinstance(event, ev.SignallingLinkTested):
        return f"{event.link} {_outcome(event.ok, event.reason)}"
    if isinstance(event, ev.SignallingManagementDone):
        return f"{event.link} {event.action} {_outcome(event.ok, event.reason)}"
    if isinstance(event, ev.CircuitsBlocked):
        outcome = "acknowledged" if event.ok else "NOT acknowledged"
        return f"{event.trunk} {event.action} {_numbers(event.circuits)} {outcome}"
    if isinstance(event, ev.CircuitsQueried):
        differ = f"{show_numbers(event.differ)} differed" if event.differ else "as here"
        return f"{event.trunk} query {_numbers(event.circuits)}: {differ}"
    if isinstance(event, ev.ContinuityTested):
        return f"{event.trunk}/{event.circuit} {'ok' if event.ok else 'FAILED'}"
    if isinstance(event, ev.ContinuityChecked):
        heard = f"came back with {event.level:.1f} dBm0" if event.ok else "did not come back"
        return f"{event.trunk}/{event.circuit} check tone {heard}"
    return None


def _outcome(ok: bool, reason: str) -> str:
    word = "ok" if ok else "failed"
    return f"{word}: {reason}" if reason else word


def _numbers(circuits: Iterable[int]) -> str:
    return show_numbers(circuits) or "all"


def is_bad(event: Event) -> bool:
    """An event to be shown in red."""
    if isinstance(event, ev.SignallingLinkChanged):
        return not event.available
    if isinstance(event, ev.SignallingRouteChanged):
        return event.state in ("down", "prohibited")
    if isinstance(event, ev.DestinationChanged):
        return not event.reachable
    if isinstance(event, ev.SignallingFault):
        return True
    done = ev.SignallingLinkTested | ev.SignallingManagementDone | ev.CircuitsBlocked
    return isinstance(event, done | ev.ContinuityChecked | ev.ContinuityTested) and not event.ok
