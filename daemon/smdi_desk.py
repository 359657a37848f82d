"""A link with ``role = "desk"``: we are the message desk, the exchange is at the far end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..signaling.call import SignallingEvent
from ..signaling.smdi.desk import DeskConfig, DeskEngine
from ..signaling.smdi.events import (
    CallIdentified,
    CallUnidentified,
    HistoryUnmatched,
    LampChanged,
    Terminal,
)
from ..signaling.smdi.lamps import LampTimes
from ..signaling.smdi.lamps_states import STATE_NAMES
from . import events_smdi as ev
from .config_smdi import SmdiTable
from .methods_smdi import StationInfo
from .smdi import SmdiLink, lengths_of, parity_of

if TYPE_CHECKING:
    from .node import Node
    from .smdi_calls import DeskLines


class DeskLink(SmdiLink):
    """Calls that come in on the desk's lines get their history; stations their lamps."""

    engine: DeskEngine

    def __init__(
        self, node: Node, table: SmdiTable, lines: dict[Terminal, tuple[DeskLines, int]]
    ) -> None:
        super().__init__(node, table)
        self.lines: Final = lines
        times = LampTimes(table.pace, table.answer, table.retry, table.tries)
        self.engine = DeskEngine(
            DeskConfig(
                tuple(lines),
                lengths_of(table),
                times,
                parity_of(table),
                table.silence,
                table.hold,
                table.window,
                table.queue,
                table.resend_on_connect,
                table.keepalive,
                table.keepalive_every,
            )
        )

    # Calls

    def call_offered(self, terminal: Terminal, now: int) -> None:
        self.engine.call_offered(terminal, now)
        self.pump(now)

    def call_ended(self, terminal: Terminal, now: int) -> None:
        self.engine.call_ended(terminal, now)
        self.pump(now)

    def happened(self, event: SignallingEvent, now: int) -> None:
        if isinstance(event, CallIdentified):
            lines, channel = self.lines[event.terminal]
            lines.identified(channel, event.history, now)
        elif isinstance(event, CallUnidentified):
            lines, channel = self.lines[event.terminal]
            lines.unidentified(channel, now)
        elif isinstance(event, HistoryUnmatched):
            h = event.history
            rest = (event.why, h.desk, h.terminal, h.calling, h.forwarding, h.reason)
            self.tell(ev.SmdiUnmatched, now, *rest)
        elif isinstance(event, LampChanged):
            rest2 = (event.number, event.on, STATE_NAMES[event.state], event.why)
            self.tell(ev.MessageWaitingChanged, now, *rest2)

    # Message waiting

    def set_waiting(self, number: str, on: bool, now: int) -> None:
        """LocalError for what is no number, or when too many wait."""
        self.engine.set_waiting(number, on, now)
        self.pump(now)

    def station_infos(self, after: str, limit: int) -> tuple[list[StationInfo], bool]:
        """Stations behind ``after``, by number, and whether there are more."""
        lamps = self.engine.waiting.lamps
        numbers = sorted(n for n in lamps if n > after)
        made = [
            StationInfo(number=n, on=x.on, state=STATE_NAMES[x.state], why=x.why)
            for n in numbers[:limit]
            for x in (lamps[n],)
        ]
        return made, len(numbers) > limit

    def terminals(self) -> int:
        return len(self.lines)

    def stations(self) -> tuple[int, int]:
        waiting = self.engine.waiting
        return len(waiting.lamps), len(waiting.queue)
