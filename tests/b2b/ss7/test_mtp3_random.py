"""Two nodes and everything that can befall them, at random: cuts, processor outages, inhibiting,
deactivation, tests, and messages of level 3 that nobody asked for.

No transition may be undrawn, no message may come twice or late; when all is well again, both nodes
carry traffic over all links without a loss.
"""

from __future__ import annotations

import random

import pytest

from trunkd.hil import ss7_cuts
from trunkd.hil.ss7_lines import MS, SECOND, Call, Lines, Wires
from trunkd.signaling.ss7 import mtp3_messages as m
from trunkd.signaling.ss7.labels import OCTET, encode_label
from trunkd.signaling.ss7.mtp3_events import LinkTested, ManagementDone

MISCHIEF = 40 * SECOND
OPERATIONS = ["cut", "mend", "inhibit", "uninhibit", "outage", "recovery", "test", "nonsense"]
OPERATIONS += ["deactivate", "activate"]


class Mischief(Call):
    """Something random, every now and then."""

    def __init__(self, seed: int, until: int) -> None:
        self.dice = random.Random(seed)
        self.until = until
        self.done: dict[str, int] = {}

    def happen(self, lines: Wires) -> None:
        if lines.now >= self.until:
            return
        lines.after(self.dice.randrange(1500) * MS + MS, self)
        what = self.dice.choice(OPERATIONS)
        self.done[what] = self.done.get(what, 0) + 1
        end = self.dice.randrange(2)
        node = lines.nodes[end]
        link = self.dice.randrange(len(node.links))
        if what == "cut" and lines.whole(link):
            lines.cut(link, alarm=self.dice.random() < 0.5)
        elif what == "mend":
            lines.mend(link)
        elif what == "inhibit":
            node.inhibit(link, lines.now)
        elif what == "uninhibit":
            node.uninhibit(link, lines.now)
        elif what in ("outage", "recovery"):
            node.local_processor_outage(link, what == "outage", lines.now)
        elif what == "test" and node.links[link].in_service:
            node.link_test(link, lines.now)
        elif what == "activate":
            node.activate(link, lines.now)
        elif what == "deactivate":
            node.deactivate(link, lines.now)
        elif what == "nonsense":
            self.nonsense(lines, end)

    def nonsense(self, lines: Wires, end: int) -> None:
        """A message that the far end's level 3 would not send now. Changeback and changeover are
        left out: to believe them is the protocol."""
        node = lines.nodes[end]
        heading = self.dice.choice(
            [code for code in m.SNM_NAMES if code not in (m.COO, m.ECO, m.COA, m.ECA, m.CBA)]
        )
        body = OCTET[heading] + self.dice.randbytes(self.dice.randrange(5))
        sls = self.dice.randrange(16)
        own, far = ss7_cuts.CODES[end], ss7_cuts.CODES[1 - end]
        head = OCTET[0x80 | self.dice.randrange(3)] + encode_label(node.format, own, far, sls)
        node.message(self.dice.choice(node.links), head + body, lines.now)
        node.settle(lines.now)


def repair(lines: Lines) -> None:
    """Undo whatever was done."""
    for link in range(len(lines.nodes[0].links)):
        lines.mend(link)
        for node in lines.nodes:
            if node.links[link].lpo:
                node.local_processor_outage(link, False, lines.now)
            node.activate(link, lines.now)
    for _ in range(3):
        lines.run(lines.now + 45 * SECOND)
        for node in lines.nodes:
            for link in node.links:
                if link.local_inhibited:
                    node.uninhibit(link.index, lines.now)
    if any(link.remote_inhibited for node in lines.nodes for link in node.links):
        # A mark that only one end has (a nonsense LUA): T23 and LRT find it (10.2.4).
        lines.run(lines.now + 300 * SECOND)


@pytest.mark.parametrize("links", [1, 2, 4])
@pytest.mark.parametrize("seed", range(4))
def test_nothing_comes_twice_and_all_recovers(links, seed):
    lines = Lines(ss7_cuts.nodes(links), seed)
    for node in lines.nodes:
        node.start(0)
    lines.run(15 * SECOND)
    users = ss7_cuts.Users(lines, seed + 1, load=0.3)
    until = lines.now + MISCHIEF
    mischief = Mischief(seed + 2, until)
    lines.after(0, ss7_cuts.Tick(users, until))
    lines.after(0, mischief)
    lines.run(until)
    users.check()
    assert users.doubled == 0, mischief.done
    repair(lines)
    users.check()
    assert users.doubled == 0, mischief.done
    for node in lines.nodes:
        assert all(link.available for link in node.links), [link.reason for link in node.links]
        slots = len(node.links)
        normal = [node.links[slot % slots] for slot in range(16)]
        assert node.linksets[0].assigned == normal
        assert not node.changebacks or all(back.over for back in node.changebacks)
    kinds = {type(event) for told in lines.told for _, event in told}
    assert {ManagementDone, LinkTested} & kinds
    lost = users.lost
    until = lines.now + 10 * SECOND
    received = users.received
    lines.after(0, ss7_cuts.Tick(users, until))
    lines.run(until + SECOND)
    users.check()
    # The first message of each flow tells of what was lost before; after it there is no loss.
    first = sum(users.sent[0]) + sum(users.sent[1]) - users.received
    assert users.received > received + 400 * links
    assert users.lost >= lost
    assert first == users.lost
    again = lines.now + 10 * SECOND
    lost = users.lost
    lines.after(0, ss7_cuts.Tick(users, again))
    lines.run(again + SECOND)
    users.check()
    assert (users.lost, users.doubled, users.missing()) == (lost, 0, 0)
