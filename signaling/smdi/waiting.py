"""Message waiting at the message desk: the state that is wanted for each station, and the queue to
the exchange: one request in ``pace``, bounded, kept while the line is away."""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import SignallingEvent
from . import lamps_states as s
from .codec import INVALID, WaitingRefused
from .lamps import NEVER, Lamp, LampTimes
from .lamps_table import LAMPS


def serve(lamp: Lamp, input_: int, now: int) -> None:
    """Let the machine of a lamp take an input."""
    before = lamp.state
    cell = LAMPS.cells[before][input_]
    if cell is not None and cell.method is not None:
        cell.method(lamp, now)
        LAMPS.check(before, input_, lamp.state)


class Waiting:
    """All stations that anything is known of, at most ``limit``."""

    def __init__(self, times: LampTimes, limit: int, refresh: bool) -> None:
        self.times: Final = times
        self.limit: Final = limit
        self.refresh: Final = refresh
        self.lamps: Final[dict[str, Lamp]] = {}
        self.queue: Final[dict[str, Lamp]] = {}
        """Those that wait for their turn, in order."""
        self.happened: list[SignallingEvent] = []
        self.counts: list[str] = []
        """What is to be counted; to be taken."""
        self._due: int = NEVER
        """No timer of a lamp is earlier than this."""
        self._next_turn: int = 0

    def want(self, number: str, on: bool, now: int) -> None:
        """Messages wait for this station, or no more. LocalError when too many are known."""
        lamp = self.lamps.get(number)
        if lamp is None:
            self._make_room()
            lamp = self.lamps[number] = Lamp(number, self.times, self.happened)
        lamp.on = on
        self._serve(lamp, s.WANT, now)

    def _make_room(self) -> None:
        """What failed or is done may be forgotten, the oldest first; what is wanted may not."""
        if len(self.lamps) < self.limit:
            return
        for state in (s.FAILED, s.DONE):
            for number, lamp in self.lamps.items():
                if lamp.state == state:
                    del self.lamps[number]
                    self.counts.append("forgotten")
                    return
        self.counts.append("queue_full")
        raise LocalError(
            f"{self.limit} stations wait for their turn already (queue): is the line up?"
        )

    def refused(self, message: WaitingRefused, now: int) -> None:
        """MWI INV or MWI BLK came."""
        lamp = self.lamps.get(message.number)
        if lamp is not None:
            self._serve(lamp, s.INV if message.why == INVALID else s.BLK, now)
            return
        self.counts.append("refused_unknown")
        for each in list(self.lamps.values()):
            self._serve(each, s.DOUBT, now)

    def line_lost(self, now: int) -> None:
        """What was sent and not answered is sent again."""
        for lamp in list(self.lamps.values()):
            self._serve(lamp, s.LOST, now)

    def line_back(self, now: int) -> None:
        """With ``refresh``: everything is sent again, for an exchange that forgot."""
        if self.refresh:
            for lamp in list(self.lamps.values()):
                self._serve(lamp, s.AGAIN, now)

    def _serve(self, lamp: Lamp, input_: int, now: int) -> None:
        serve(lamp, input_, now)
        if lamp.state == s.WANTED:
            self.queue.setdefault(lamp.number, lamp)
        else:
            self.queue.pop(lamp.number, None)
        if lamp.due < self._due:
            self._due = lamp.due
        if lamp.state == s.DONE and not lamp.on:
            self.lamps.pop(lamp.number, None)

    def turn(self, now: int) -> Lamp | None:
        """The station that is to be sent now, if it is time for one."""
        if not self.queue or now < self._next_turn:
            return None
        number = next(iter(self.queue))
        lamp = self.queue[number]
        self._next_turn = now + self.times.pace
        self._serve(lamp, s.TURN, now)
        return lamp

    def deadline(self, connected: bool) -> int:
        """The earliest timer; NEVER: none. Without a line nobody has a turn."""
        return min(self._due, self._next_turn if self.queue and connected else NEVER)

    def expire(self, now: int) -> None:
        """Let every timer that is due by ``now`` expire."""
        if now < self._due:
            return
        for lamp in list(self.lamps.values()):
            if lamp.due <= now:
                lamp.due = NEVER
                self._serve(lamp, s.TIMEOUT, now)
        self._due = min((x.due for x in self.lamps.values()), default=NEVER)
