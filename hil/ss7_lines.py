"""Signalling links at octet times: two MTP nodes, the lines between them, and what befalls lines.

A line takes signal units from level 2 as they come free to be sent (limit 1), gives each its time
at the bit rate (its octets, two of FCS, one flag; bit stuffing is left out) and hands it over after
the propagation delay. While nothing else waits the last fill-in is repeated; as native does,
repeats are counted, not handed over. A bit error damages the unit it hits; a cut line gives the
octet counting errors of Q.703 4.1 (one each 16 octets) until it is mended. All time is virtual.
"""

from __future__ import annotations

import heapq
import random
from abc import ABC, abstractmethod
from typing import Final

from ..signaling.ss7.mtp3 import Mtp3
from ..signaling.ss7.mtp3_events import Mtp3Event, TransferIndication

MS: Final = 1_000_000
SECOND: Final = 1_000_000_000
COUNTING: Final = 16
"""Octets for which octet counting mode reports one error."""
OVERHEAD: Final = 3
"""FCS and one flag."""

_FREE: Final = 0
_ARRIVE: Final = 1
_TICK: Final = 2
_CALL: Final = 3

_ERRORS_AT_ONCE: Final = 8


class Direction:
    """One direction of a link: from node ``source`` to node ``1 - source``."""

    def __init__(self, source: int, link: int, rate: int, delay: int) -> None:
        self.source: Final = source
        self.link: Final = link
        self.octet_ns: Final[int] = 8 * SECOND // rate
        self.delay: Final = delay
        self.sending: list[bytes] = []
        """Taken from level 2, not yet on the line."""
        self.idle: bool = True
        self.repeated: bytes = b""
        """The fill-in that the line sends again and again."""
        self.fill_in: bytes = b""
        """The same at the far end."""
        self.since: int = 0
        """When the repeated fill-in was first over."""
        self.cut: bool = False
        self.era: int = 0
        """Counts cuts: what was under way when the line was cut does not arrive."""


class Wires(ABC):
    """Two nodes whose links of equal index are joined. ``error_rate``: of bits.

    ``told``: every event of a node but TransferIndication, as (ns, event); ``got``: those.
    """

    def __init__(self, nodes: tuple[Mtp3, Mtp3], seed: int, error_rate: float) -> None:
        self.nodes: Final = nodes
        self.dice: Final = random.Random(seed)
        self.error_rate: Final = error_rate
        self.now: int = 0
        self.told: Final[tuple[list[tuple[int, Mtp3Event]], list[tuple[int, Mtp3Event]]]] = (
            [],
            [],
        )
        self.got: Final[tuple[list[TransferIndication], list[TransferIndication]]] = ([], [])
        self.units: int = 0
        self.damaged: int = 0
        """Units, or in BitLines bits."""

    def take(self, node: int) -> None:
        """The events of a node."""
        for event in self.nodes[node].events():
            if isinstance(event, TransferIndication):
                self.got[node].append(event)
            else:
                self.told[node].append((self.now, event))

    @abstractmethod
    def run(self, until: int) -> None:
        """Let time pass until ``until`` (ns)."""

    @abstractmethod
    def after(self, delay: int, call: Call) -> None:
        """Something that happens later."""

    @abstractmethod
    def cut(self, link: int, both: bool = True, source: int = 0, alarm: bool = False) -> None:
        """Cut a link, in both directions or in that of ``source``. ``alarm``: the board sees loss
        of signal and says so (line_down); otherwise level 2 must find out."""

    @abstractmethod
    def mend(self, link: int) -> None:
        """The link is whole again."""

    @abstractmethod
    def whole(self, link: int) -> bool:
        """Not cut in either direction."""


class Lines(Wires):
    """Lines at octet times."""

    def __init__(
        self,
        nodes: tuple[Mtp3, Mtp3],
        seed: int = 0,
        rate: int = 64000,
        delay: int = 2 * MS,
        error_rate: float = 0.0,
    ) -> None:
        super().__init__(nodes, seed, error_rate)
        self.serial: int = 0
        self.queue: Final[list[tuple[int, int, int, Direction | Call, bytes, int]]] = []
        count = len(nodes[0].links)
        self.directions: Final[tuple[list[Direction], list[Direction]]] = (
            [Direction(0, link, rate, delay) for link in range(count)],
            [Direction(1, link, rate, delay) for link in range(count)],
        )

    # Time

    def put(self, at: int, what: int, whom: Direction | Call, unit: bytes, era: int) -> None:
        self.serial += 1
        heapq.heappush(self.queue, (at, self.serial, what, whom, unit, era))

    def run(self, until: int) -> None:
        queue = self.queue
        self.touched(0)
        self.touched(1)
        while True:
            due = self.due()
            at = queue[0][0] if queue else until + 1
            if due is not None and due <= at:
                if due > until:
                    break
                self.now = max(self.now, due)
                for index, node in enumerate(self.nodes):
                    node.handle_timeout(self.now)
                    self.touched(index)
                continue
            if at > until:
                break
            _, _, what, whom, unit, era = heapq.heappop(queue)
            self.now = at
            self.serve(what, whom, unit, era)
        self.now = until

    def due(self) -> int | None:
        first = self.nodes[0].next_timeout()
        second = self.nodes[1].next_timeout()
        if first is None or second is None:
            return second if first is None else first
        return min(first, second)

    def serve(self, what: int, whom: Direction | Call, unit: bytes, era: int) -> None:
        if isinstance(whom, Call):
            whom.happen(self)
            self.touched(0)
            self.touched(1)
        elif what == _FREE:
            self.next_unit(whom)
        elif what == _TICK:
            self.silence(whom, era)
        elif era == whom.era and not whom.cut:
            self.arrive(whom, unit)

    # The lines

    def touched(self, node: int) -> None:
        """A node was called: take its events, and start lines that have something to send."""
        self.take(node)
        for direction in self.directions[node]:
            if direction.idle:
                self.next_unit(direction)

    def next_unit(self, direction: Direction) -> None:
        """The line is free: what is next?"""
        waiting = direction.sending
        if not waiting:
            waiting += self.nodes[direction.source].transmit(direction.link, 1)
        if not waiting:
            if not direction.idle:
                direction.idle = True
                direction.since = self.now
            return
        unit = waiting.pop(0)
        if len(unit) <= 5:
            direction.repeated = unit
        direction.idle = False
        over = self.now + (len(unit) + OVERHEAD) * direction.octet_ns
        self.put(over, _FREE, direction, b"", 0)
        self.put(over + direction.delay, _ARRIVE, direction, unit, direction.era)

    def arrive(self, direction: Direction, unit: bytes) -> None:
        """A unit is at the far end, whole or damaged."""
        node = self.nodes[1 - direction.source]
        self.units += 1
        fill = direction.fill_in
        repeats = 0
        if fill:
            spent = self.now - direction.delay - direction.since
            repeats = max(spent // ((len(fill) + OVERHEAD) * direction.octet_ns) - 1, 0)
            direction.fill_in = b""
        if self.error_rate:
            errors = self.errors(repeats, len(fill) + 2)
            if errors:
                node.receive_error(direction.link, self.now, errors, errors)
            if self.errors(1, len(unit) + 2):
                self.damaged += 1
                node.receive_error(direction.link, self.now, 1, 1)
                if len(unit) <= 5:
                    # It is repeated: the next one arrives.
                    again = self.now + (len(unit) + OVERHEAD) * direction.octet_ns
                    if direction.idle:
                        self.put(again, _ARRIVE, direction, unit, direction.era)
                self.touched(1 - direction.source)
                return
        node.receive(direction.link, unit, self.now, 1 + repeats)
        if len(unit) <= 5:
            direction.fill_in = unit
            direction.since = self.now - direction.delay
        self.touched(1 - direction.source)

    def errors(self, units: int, octets: int) -> int:
        """How many of so many units are damaged: the mean, to the nearest whole by chance."""
        expected = units * (1.0 - (1.0 - self.error_rate) ** (8 * octets))
        whole = int(expected)
        return whole + (self.dice.random() < expected - whole)

    # What befalls them

    def cut(self, link: int, both: bool = True, source: int = 0, alarm: bool = False) -> None:
        for sender in (0, 1):
            if both or sender == source:
                direction = self.directions[sender][link]
                direction.cut = True
                direction.era += 1
                direction.fill_in = b""
                if alarm:
                    self.nodes[1 - sender].line_down(link, self.now)
                    self.touched(1 - sender)
                else:
                    self.silence(direction, direction.era)

    def whole(self, link: int) -> bool:
        return not self.directions[0][link].cut and not self.directions[1][link].cut

    def mend(self, link: int) -> None:
        """The link is whole again: the fill-in that is being repeated arrives."""
        for sender in (0, 1):
            direction = self.directions[sender][link]
            if direction.cut:
                direction.cut = False
                direction.era += 1
                self.nodes[1 - sender].line_up(link, self.now)
                fill = direction.repeated
                if fill and direction.idle:
                    at = self.now + (len(fill) + OVERHEAD) * direction.octet_ns
                    self.put(at + direction.delay, _ARRIVE, direction, fill, direction.era)

    def silence(self, direction: Direction, era: int) -> None:
        """Octet counting mode on a cut line."""
        if not direction.cut or era != direction.era:
            return
        node = self.nodes[1 - direction.source]
        node.receive_error(direction.link, self.now, _ERRORS_AT_ONCE, _ERRORS_AT_ONCE)
        self.touched(1 - direction.source)
        at = self.now + _ERRORS_AT_ONCE * COUNTING * direction.octet_ns
        self.put(at, _TICK, direction, b"", era)

    def after(self, delay: int, call: Call) -> None:
        self.put(self.now + delay, _CALL, call, b"", 0)


class Call(ABC):
    """Something that happens at a time; subclasses say what."""

    @abstractmethod
    def happen(self, lines: Wires) -> None:
        """It is time."""
