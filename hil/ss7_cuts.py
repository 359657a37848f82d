"""Q.704's promise put to the test: links cut at random under full load, no message lost, doubled
or out of order, by numbers inside the user part.

    python -m trunkd.hil.ss7_cuts --links 2 --seconds 1000
    python -m trunkd.hil.ss7_cuts --links 4 --seconds 1000 --bit-errors 1e-5
    python -m trunkd.hil.ss7_cuts --links 2 --seconds 100 --bits

A link is cut only while another one is whole and available to both ends: the promise is
changeover's, which needs a way to the far end. Both nodes send all the time as much as their
available links carry.

With preventive cyclic retransmission (--pcr) and --bit-errors give --load 0.4: from half load on
what was sent since a lost message catches up only when N1 or N2 forces it (Q.703 6.4); two losses
in a row take longer than T2 of Q.704, and a changeover acknowledgement that waits so does not
arrive in time (Q.704 5.7.2).
"""

from __future__ import annotations

import random
import sys
from typing import Final

from ..signaling.ss7.mtp2_config import Mtp2Config
from ..signaling.ss7.mtp3 import Mtp3
from ..signaling.ss7.mtp3_config import LinkConfig, LinksetConfig, Mtp3Config
from ..signaling.ss7.mtp3_events import Paused
from ..signaling.ss7.mtp3_network import Link
from .ss7_bits import BitLines
from .ss7_lines import MS, SECOND, Call, Lines, Wires

TICK: Final = 5 * MS
CODES: Final = (1001, 2002)
ISUP: Final = 5
DEEPEST: Final = 12
"""Messages that wait at a link at most: full load without congestion."""


class Users:
    """A user part at each end: numbers what it sends by SLS, checks what it gets."""

    def __init__(self, lines: Wires, seed: int, load: float = 1.0) -> None:
        self.lines: Final[Wires] = lines
        self.dice: Final = random.Random(seed)
        self.load: Final = load
        """Of what the available links carry."""
        self.sent: Final = [[0] * 16, [0] * 16]
        self.expected: Final = [[0] * 16, [0] * 16]
        self.refused: int = 0
        self.received: int = 0
        self.lost: int = 0
        self.doubled: int = 0
        self.offered: int = 0
        """Octets on the line."""
        self.capacity: int = 0
        """ns of link time there was for them."""
        self.budget: Final = [0.0, 0.0]
        self.filler: Final = bytes(range(256))

    def send(self, end: int, sls: int) -> int:
        """One message; its octets on the line, 0 if it was refused."""
        node = self.lines.nodes[end]
        size = self.dice.randrange(14, 60)
        data = self.sent[end][sls].to_bytes(4, "big") + self.filler[:size]
        if not node.send(CODES[1 - end], sls, ISUP, data, self.lines.now):
            self.refused += 1
            return 0
        self.sent[end][sls] += 1
        return size + 4 + 5 + 6

    def fill(self, end: int) -> None:
        """What a tick's worth of the available links carries and a little more, by links that have
        less than ``DEEPEST`` messages waiting."""
        node = self.lines.nodes[end]
        outlets = node.destinations[CODES[1 - end]].outlets
        count = sum(link.available for link in node.links)
        self.capacity += TICK * count
        octets = 8.4 * TICK / MS * count * self.load
        self.budget[end] = min(self.budget[end] + octets, 400.0 + octets)
        for _ in range(8 * count):
            if self.budget[end] <= 0:
                return
            sls = self.dice.randrange(16)
            outlet = outlets[sls]
            if isinstance(outlet, Link) and len(outlet.l2.tb) >= DEEPEST:
                continue
            spent = self.send(end, sls)
            self.budget[end] -= spent
            self.offered += spent
            if not spent:
                return

    def check(self) -> None:
        """Compare what came with what is due."""
        for end in (0, 1):
            got = self.lines.got[end]
            expected = self.expected[end]
            for indication in got:
                number = int.from_bytes(indication.data[:4], "big")
                due = expected[indication.sls]
                self.received += 1
                if number < due:
                    self.doubled += 1
                else:
                    self.lost += number - due
                    expected[indication.sls] = number + 1
            got.clear()

    def missing(self) -> int:
        """Sent and never come (after the lines have fallen silent)."""
        total = 0
        for end in (0, 1):
            total += sum(self.sent[end]) - sum(self.expected[1 - end])
        return total


class Tick(Call):
    """The users' clock."""

    def __init__(self, users: Users, until: int) -> None:
        self.users: Final = users
        self.until: Final = until

    def happen(self, lines: Wires) -> None:
        if lines.now < self.until:
            self.users.fill(0)
            self.users.fill(1)
            lines.after(TICK, self)
        self.users.check()


class Cutter(Call):
    """Cuts a link, mends it, and waits for the next chance. ``pause``: mean s between cuts."""

    def __init__(self, seed: int, until: int, pause: float) -> None:
        self.dice: Final = random.Random(seed)
        self.until: Final = until
        self.pause: Final = pause
        self.cuts: int = 0
        self.kinds: Final = {"both directions": 0, "one direction": 0, "alarm": 0, "short": 0}
        self.refused: int = 0
        """Times that no link could be spared."""

    def happen(self, lines: Wires) -> None:
        if lines.now >= self.until:
            return
        lines.after(int(self.dice.expovariate(1 / self.pause) * SECOND) + MS, self)
        first, second = lines.nodes
        both = [
            link.index
            for link in first.links
            if link.available and second.links[link.index].available
            if lines.whole(link.index)
        ]
        if len(both) < 2:
            self.refused += 1
            return
        self.cuts += 1
        link = self.dice.choice(both)
        kind = self.dice.choice(list(self.kinds))
        self.kinds[kind] += 1
        length = self.dice.uniform(0.2, 6.0)
        if kind == "short":
            length = self.dice.uniform(0.002, 0.15)
        lines.cut(
            link,
            both=kind != "one direction",
            source=self.dice.randrange(2),
            alarm=kind == "alarm",
        )
        lines.after(int(length * SECOND), Mend(link))


class Mend(Call):
    """The end of a cut."""

    def __init__(self, link: int) -> None:
        self.link: Final = link

    def happen(self, lines: Wires) -> None:
        lines.mend(self.link)


class Outcome:
    """What a run showed. ``clean``: the promise was kept."""

    def __init__(self, users: Users, cutter: Cutter, lines: Wires) -> None:
        self.sent: Final = sum(users.sent[0]) + sum(users.sent[1])
        self.received: Final[int] = users.received
        self.lost: Final[int] = users.missing()
        self.gaps: Final[int] = users.lost
        self.doubled: Final[int] = users.doubled
        self.refused: Final[int] = users.refused
        self.cuts: Final[int] = cutter.cuts
        self.kinds: Final[dict[str, int]] = cutter.kinds
        links = lines.nodes[0].links + lines.nodes[1].links
        self.changeovers: Final = sum(link.counters.changeovers for link in links)
        self.changebacks: Final = sum(link.counters.changebacks for link in links)
        self.retrieved: Final = sum(link.counters.retrieved for link in links)
        self.units: Final[int] = lines.units
        self.damaged: Final[int] = lines.damaged
        self.load: Final = users.offered * 8 * SECOND / 64000 / max(users.capacity, 1)
        self.pauses: Final = sum(
            isinstance(event, Paused) for told in lines.told for _, event in told
        )

    @property
    def clean(self) -> bool:
        """Nothing lost, doubled, out of order; nothing refused."""
        wrong = self.lost + self.gaps + self.doubled + self.refused + self.pauses
        return wrong == 0 and self.received == self.sent

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.kinds.items())
        return (
            f"{self.sent} messages sent, {self.received} received, {self.lost} lost, "
            f"{self.gaps} skipped, {self.doubled} doubled or late, {self.refused} refused, "
            f"{self.pauses} pauses; {self.cuts} cuts ({kinds}), {self.changeovers} changeovers, "
            f"{self.changebacks} changebacks, {self.retrieved} messages retrieved, "
            f"{self.units} signal units, {self.damaged} damaged; load {100 * self.load:.0f} % of "
            "the links available"
        )


def nodes(links: int, pcr: bool = False) -> tuple[Mtp3, Mtp3]:
    """Two points with one linkset between them."""
    made = []
    for end in (0, 1):
        rows = tuple(LinkConfig(slc, Mtp2Config(pcr=pcr)) for slc in range(links))
        linkset = LinksetConfig("far", CODES[1 - end], rows)
        made.append(Mtp3(Mtp3Config(CODES[end], (linkset,))))
    return made[0], made[1]


def run(
    links: int,
    seconds: float,
    seed: int = 1,
    error_rate: float = 0.0,
    pcr: bool = False,
    pause: float = 4.0,
    load: float = 1.0,
    bits: bool = False,
) -> Outcome:
    """``seconds`` of virtual time under load with cuts, then silence until all has arrived.

    ``bits``: through the native framer, bit by bit; otherwise signal units at octet times.
    """
    lines: Wires
    if bits:
        lines = BitLines(nodes(links, pcr), seed, error_rate)
    else:
        lines = Lines(nodes(links, pcr), seed, error_rate=error_rate)
    for node in lines.nodes:
        node.start(0)
    lines.run(15 * SECOND)
    until = lines.now + int(seconds * SECOND)
    users = Users(lines, seed + 1, load)
    cutter = Cutter(seed + 2, until, pause)
    lines.after(0, Tick(users, until))
    lines.after(SECOND, cutter)
    lines.run(until)
    lines.run(until + 20 * SECOND)
    users.check()
    return Outcome(users, cutter, lines)


def main(arguments: list[str]) -> int:
    """The command; exit status 1 if the promise was broken."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m trunkd.hil.ss7_cuts", description=__doc__)
    parser.add_argument("--links", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1000.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bit-errors", type=float, default=0.0, help="rate, such as 1e-5")
    parser.add_argument("--pcr", action="store_true", help="preventive cyclic retransmission")
    parser.add_argument("--pause", type=float, default=4.0, help="mean seconds between cuts")
    parser.add_argument("--load", type=float, default=1.0, help="of what the links carry")
    parser.add_argument("--bits", action="store_true", help="real HDLC bits, by the native framer")
    given = parser.parse_args(arguments)
    outcome = run(
        given.links,
        given.seconds,
        given.seed,
        given.bit_errors,
        given.pcr,
        given.pause,
        given.load,
        given.bits,
    )
    print(outcome)
    return 0 if outcome.clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
