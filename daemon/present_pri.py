"""D-channels as a person at a terminal sees them."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from .events import Event
from .events_pri import DChannelChanged
from .methods import TrunkInfo
from .present_base import simple_table

_STYLES = {"in service": "green", "stand-by": "", "out of service": "bold red"}


def d_channels_table(trunks: list[TrunkInfo]) -> Table:
    """One line a D-channel."""
    table = simple_table("trunk", "D-channel", "interface", "state", right=("interface",))
    for trunk in trunks:
        for d in trunk.d_channels:
            state = Text(d.state, style=_STYLES.get(d.state, "yellow"))
            table.add_row(trunk.name, f"{d.span}/{d.timeslot}", str(d.interface), state)
    return table


def backed_up(trunks: list[TrunkInfo]) -> list[TrunkInfo]:
    """Those with a stand-by D-channel."""
    return [trunk for trunk in trunks if len(trunk.d_channels) > 1]


def d_channels_advice(trunks: list[TrunkInfo], alarmed: set[str]) -> list[str]:
    """Trunks that are up and would not be if one more D-channel went."""
    return [
        f"{trunk.name}: D-channel {d.span}/{d.timeslot} is {d.state}: the other one has no stand-by"
        for trunk in backed_up(trunks)
        for d in trunk.d_channels
        if trunk.up and d.state == "out of service" and d.span not in alarmed
    ]


def pri_words(event: Event) -> str | None:
    """What matters of an event of PRI trunks; None: it is none."""
    if not isinstance(event, DChannelChanged):
        return None
    place = f"{event.trunk} D-channel {event.span}/{event.timeslot}"
    return f"{place} (interface {event.interface}): {event.state}"


def is_bad(event: Event) -> bool:
    return isinstance(event, DChannelChanged) and event.state == "out of service"
