"""Message desk links as a person at a terminal sees them."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from . import events_smdi as ev
from .events import Event
from .methods_smdi import SmdiInfo, StationInfo
from .present_base import short_when, simple_table

_STYLES = {"set": "green", "failed": "bold red", "blocked": "yellow"}

_REASONS = {0: "", 1: " on busy", 2: " on no answer", 3: " always"}


def links_table(links: list[SmdiInfo], now: int) -> Table:
    """One line a link."""
    table = simple_table(
        "link", "role", "port", "state", "terminals", "stations", "waiting", "heard", "why",
        right=("terminals", "stations", "waiting"),
    )  # fmt: skip
    for link in links:
        state = Text("up", style="green") if link.up else Text("down", style="bold red")
        table.add_row(
            link.name,
            link.role,
            link.port,
            state,
            str(link.terminals),
            str(link.stations),
            str(link.waiting),
            short_when(link.heard, now),
            link.reason,
        )
    return table


def counters_table(link: SmdiInfo) -> Table:
    """What one link counted."""
    table = simple_table("counter", "count", right=("count",))
    for name, value in sorted(link.counters.items()):
        table.add_row(name.replace("_", " "), str(value))
    return table


def stations_table(stations: list[StationInfo]) -> Table:
    """One line a station."""
    table = simple_table("station", "messages", "state", "why")
    for each in stations:
        state = Text(each.state, style=_STYLES.get(each.state, ""))
        table.add_row(each.number, "wait" if each.on else "none", state, each.why)
    return table


def smdi_words(event: Event) -> str | None:
    """What matters of an event of message desk links; None: it is none."""
    if isinstance(event, ev.SmdiMessage):
        return f"{event.smdi} {'->' if event.sent else '<-'} {event.text}"
    if isinstance(event, ev.SmdiChanged):
        return f"{event.smdi} {'up' if event.up else 'down'}: {event.reason}"
    if isinstance(event, ev.SmdiUnmatched):
        place = f"terminal {event.desk:03}/{event.terminal:04}"
        return f"{event.smdi} no call for a message of {place} ({event.why})"
    if isinstance(event, ev.MessageWaitingChanged):
        why = f": {event.why}" if event.why else ""
        where = f" ({event.line})" if event.line else ""
        what = "on" if event.on else "off"
        return f"{event.smdi} message waiting {what} for {event.number}{where} {event.state}{why}"
    if isinstance(event, ev.MessageWaitingRequested):
        return f"{event.smdi} message waiting {'on' if event.on else 'off'} asked of {event.number}"
    if isinstance(event, ev.CallRedirected):
        by = f"forwarded by {event.redirecting}" if event.redirecting else "called directly"
        why = _REASONS.get(event.redirect_reason, "")
        return f"call {event.call_id} caller {event.calling or 'not told'}, {by}{why}"
    return None


def is_bad(event: Event) -> bool:
    if isinstance(event, ev.SmdiChanged):
        return not event.up
    return isinstance(event, ev.MessageWaitingChanged) and event.state == "failed"
