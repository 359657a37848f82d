"""A link with ``role = "exchange"``: the message desk (voicemail) is at the far end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import Error
from ..signaling.call import CallRequest, SignallingEvent
from ..signaling.smdi.codec import CallHistory
from ..signaling.smdi.events import LampWanted, Terminal
from ..signaling.smdi.exchange import ExchangeEngine
from . import events_smdi as ev
from . import line_requests
from .config_smdi import SmdiTable
from .smdi import SmdiLink, lengths_of, parity_of
from .smdi_calls import history_of
from .trunk_line import LineTrunk

if TYPE_CHECKING:
    from .node import Node


class ExchangeLink(SmdiLink):
    """Calls to the desk's lines are told to it; its requests light the lamps of our telephones."""

    engine: ExchangeEngine

    def __init__(
        self,
        node: Node,
        table: SmdiTable,
        terminals: int,
        stations: dict[str, tuple[LineTrunk, int]],
    ) -> None:
        super().__init__(node, table)
        self._terminals: Final = terminals
        self._stations: Final = stations
        self.engine = ExchangeEngine(lengths_of(table), parity_of(table), table.silence)

    def tell_call(self, terminal: Terminal, request: CallRequest, now: int) -> None:
        """A call is being placed on a line of the desk."""
        table = self.table
        first = table.forwarding == "first"
        history = history_of(request, terminal, first, table.keep_digits, table.digits)
        self.send_history(history, now)

    def send_history(self, history: CallHistory, now: int) -> bool:
        """False: the line is down."""
        sent = self.engine.offer(history, now)
        self.pump(now)
        return sent

    def happened(self, event: SignallingEvent, now: int) -> None:
        if isinstance(event, LampWanted):
            self._lamp(event.number, event.on, now)

    def _lamp(self, number: str, on: bool, now: int) -> None:
        """The desk wants a station's lamp lit or put out."""
        station = self._stations.get(number)
        if station is None:
            if self.table.unknown_stations == "tell":
                self.tell(ev.MessageWaitingRequested, now, number, on)
                return
            self._refuse(number, on, True, "no station has this number", "", now)
            return
        trunk, channel = station
        line = f"{trunk.name}/{channel}"
        try:
            line_requests.message_waiting(trunk, channel, on, now)
        except Error as exc:
            self._refuse(number, on, False, str(exc), line, now)
            return
        self.engine.count("lamps_set")
        self.tell(ev.MessageWaitingChanged, now, number, on, "set", "", line)

    def _refuse(self, number: str, on: bool, no_such: bool, why: str, line: str, now: int) -> None:
        self.engine.count("lamps_refused")
        self.engine.refuse(number, no_such, now)
        self.tell(ev.MessageWaitingChanged, now, number, on, "failed", why, line)

    def terminals(self) -> int:
        return self._terminals

    def stations(self) -> tuple[int, int]:
        return len(self._stations), 0
