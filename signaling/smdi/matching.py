"""Which message belongs to which call: one machine for each line of the message desk.

The exchange sends a call's message when it offers the call, and the two come by different ways:
either may be first. A message waits ``window`` for its call, a call waits ``hold`` for its message
and may have it later, until ``window`` after it was offered. Asterisk keeps messages for 30 s and
waits 3 s for one (res_smdi), and those are the defaults here; GR-283-CORE's own times are not known
to us.
"""

from __future__ import annotations

from typing import Final

from . import terminals_states as s
from .codec import CallHistory
from .events import HistoryUnmatched, Terminal
from .terminals import NEVER, Place, Shared
from .terminals_table import TERMINALS


def serve(place: Place, input_: int, history: CallHistory | None, now: int) -> None:
    """Let the machine of a terminal take an input."""
    before = place.state
    cell = TERMINALS.cells[before][input_]
    if cell is not None and cell.method is not None:
        cell.method(place, history, now)
        TERMINALS.check(before, input_, place.state)


class Matching:
    """The terminals of a message desk."""

    def __init__(self, terminals: tuple[Terminal, ...], hold: int, window: int) -> None:
        self.shared: Final = Shared(hold, window)
        self.places: Final[dict[Terminal, Place]] = {}
        for terminal in terminals:
            self.places[terminal] = Place(self.shared, terminal)

    def history(self, history: CallHistory, now: int) -> None:
        """A message came."""
        place = self.places.get((history.desk, history.terminal))
        if place is None:
            self.shared.counts.append("unknown_terminal")
            self.shared.happened.append(HistoryUnmatched(history, "unknown terminal"))
            return
        last = place.last
        double = (
            last is not None and last.same(history) and now <= place.last_at + self.shared.window
        )
        serve(place, s.DOUBLE if double else s.HISTORY, history, now)

    def offered(self, terminal: Terminal, now: int) -> None:
        """A call is offered on this line. CallIdentified or CallUnidentified follows."""
        serve(self.places[terminal], s.OFFERED, None, now)

    def ended(self, terminal: Terminal, now: int) -> None:
        """The call on this line is over."""
        serve(self.places[terminal], s.ENDED, None, now)

    def deadline(self) -> int:
        """The earliest timer; NEVER: none."""
        earliest = NEVER
        for place in self.places.values():
            if place.due < earliest:
                earliest = place.due
        return earliest

    def expire(self, now: int) -> None:
        """Let every timer that is due by ``now`` expire."""
        for place in self.places.values():
            if place.due <= now:
                place.due = NEVER
                serve(place, s.TIMEOUT, None, now)
