"""Q.704's promise: links are cut at random under full load and no message is lost, doubled or out
of order, by numbers inside the user part.

The runs here are short ones of ``python -m trunkd.hil.ss7_cuts``, which runs 1,000 s and more. With
TRUNKD_LONG=1 in the environment they are 1,000 s long here too.

Bit errors are as many as links bear: at 2e-5 and these lengths one unit in 120 is damaged, and the
error rate monitor (one in 256, Q.703 10.2) takes links out of service by itself, both of two too.
"""

from __future__ import annotations

import gc
import os

import pytest

from trunkd.hil import ss7_cuts
from trunkd.hil.ss7_lines import SECOND, Lines
from trunkd.signaling.ss7.labels import CHINA24
from trunkd.signaling.ss7.mtp3 import Mtp3
from trunkd.signaling.ss7.mtp3_config import LinkConfig, LinksetConfig, Mtp3Config
from trunkd.signaling.ss7.mtp3_events import Paused, Resumed

LONG = bool(os.environ.get("TRUNKD_LONG"))


@pytest.mark.parametrize(
    ("name", "seconds", "settings"),
    [
        ("two links", 100, {"links": 2, "pause": 2.0}),
        ("two links, real bits", 30, {"links": 2, "pause": 1.0, "bits": True, "seed": 3}),
        ("four links", 60, {"links": 4, "pause": 0.7}),
        ("two links, bit errors", 60, {"links": 2, "pause": 1.0, "error_rate": 5e-6}),
        ("four links, bit errors", 60, {"links": 4, "pause": 0.7, "error_rate": 1e-5}),
        (
            "four links, bit errors, real bits",
            15,
            {"links": 4, "pause": 0.5, "error_rate": 1e-5, "bits": True},
        ),
        ("sixteen links", 20, {"links": 16, "pause": 0.2}),
        ("two links, PCR", 60, {"links": 2, "pause": 1.0, "pcr": True}),
        (
            "two links, PCR, bit errors",
            60,
            {
                "links": 2,
                "pause": 1.0,
                "pcr": True,
                "load": 0.7,
                "error_rate": 5e-6,
                "seed": 4,
            },
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_is_lost_doubled_or_out_of_order(name, seconds, settings):
    outcome = ss7_cuts.run(seconds=1000 if LONG else seconds, **settings)
    assert outcome.clean, str(outcome)
    assert outcome.cuts >= 3, str(outcome)
    assert outcome.changeovers >= 2
    assert outcome.changebacks >= 2
    assert outcome.retrieved > 0
    assert outcome.load > 0.85 * settings.get("load", 1.0)
    if settings.get("error_rate"):
        assert outcome.damaged > 0


def test_the_same_seed_gives_the_same_run():
    first, second = (str(ss7_cuts.run(2, 10.0, seed=7, pause=1.0)) for _ in range(2))
    assert first == second


def test_without_a_way_to_the_far_end_messages_are_lost_and_users_know():
    """The limit of the promise: with all links cut, what was on its way is gone, and both ends say
    so (MTP-PAUSE); afterwards numbers go on without doubles or disorder."""
    lines = Lines(ss7_cuts.nodes(2), 5)
    for node in lines.nodes:
        node.start(0)
    lines.run(15 * SECOND)
    users = ss7_cuts.Users(lines, 6)
    lines.after(0, ss7_cuts.Tick(users, 60 * SECOND))
    lines.run(20 * SECOND)
    lines.cut(0)
    lines.cut(1)
    lines.run(25 * SECOND)
    for told in lines.told:
        assert any(isinstance(event, Paused) for _, event in told)
    assert not users.send(0, 3)
    assert not users.send(1, 3)
    lines.mend(0)
    lines.mend(1)
    lines.run(100 * SECOND)
    users.check()
    for told in lines.told:
        assert isinstance(
            [event for _, event in told if isinstance(event, (Paused, Resumed))][-1], Resumed
        )
    assert users.doubled == 0
    assert users.lost > 0
    assert users.received + users.lost == sum(users.sent[0]) + sum(users.sent[1])


def test_deactivation_loses_nothing():
    """12.2.4: a link taken out of service by management under full load."""
    lines = Lines(ss7_cuts.nodes(2), 9)
    for node in lines.nodes:
        node.start(0)
    lines.run(15 * SECOND)
    users = ss7_cuts.Users(lines, 6)
    lines.after(0, ss7_cuts.Tick(users, 50 * SECOND))
    lines.run(20 * SECOND)
    lines.nodes[1].deactivate(0, lines.now)
    lines.run(30 * SECOND)
    assert not lines.nodes[0].links[0].available
    lines.nodes[1].activate(0, lines.now)
    lines.run(70 * SECOND)
    assert lines.nodes[0].links[0].available
    users.check()
    assert (users.missing(), users.lost, users.doubled, users.refused) == (0, 0, 0, 0)


def test_inhibiting_loses_nothing():
    """10.2: time-controlled changeover, then changeback, under full load."""
    lines = Lines(ss7_cuts.nodes(2), 9)
    for node in lines.nodes:
        node.start(0)
    lines.run(15 * SECOND)
    users = ss7_cuts.Users(lines, 6)
    lines.after(0, ss7_cuts.Tick(users, 40 * SECOND))
    lines.run(20 * SECOND)
    lines.nodes[0].inhibit(1, lines.now)
    lines.run(25 * SECOND)
    assert lines.nodes[0].links[1].local_inhibited
    assert lines.nodes[1].links[1].remote_inhibited
    lines.nodes[0].uninhibit(1, lines.now)
    lines.run(50 * SECOND)
    assert lines.nodes[1].links[1].available
    users.check()
    assert (users.missing(), users.lost, users.doubled, users.refused) == (0, 0, 0, 0)


def test_24_bit_labels_are_carried_alike():
    ends = []
    for own, far in (ss7_cuts.CODES, ss7_cuts.CODES[::-1]):
        linkset = LinksetConfig("far", far, (LinkConfig(0), LinkConfig(1)))
        ends.append(Mtp3(Mtp3Config(own, (linkset,), label=CHINA24)))
    lines = Lines((ends[0], ends[1]), 3)
    for node in lines.nodes:
        node.start(0)
    lines.run(15 * SECOND)
    users = ss7_cuts.Users(lines, 4)
    lines.after(0, ss7_cuts.Tick(users, 30 * SECOND))
    lines.run(20 * SECOND)
    lines.cut(1)
    lines.run(22 * SECOND)
    lines.mend(1)
    lines.run(50 * SECOND)
    users.check()
    assert users.missing() == 0
    assert (users.lost, users.doubled, users.refused) == (0, 0, 0)
    assert users.received > 2000
    assert sum(link.counters.retrieved for node in ends for link in node.links) > 0


def objects(lines: Lines) -> int:
    """Objects of the engines' classes that are alive."""
    for told in lines.told:
        told.clear()
    gc.collect()
    package = ss7_cuts.Mtp3.__module__.rpartition(".")[0]
    return sum(str(type(thing).__module__).startswith(package) for thing in gc.get_objects())


def test_traffic_and_changeovers_leave_nothing_behind():
    lines = Lines(ss7_cuts.nodes(2), 11)
    for node in lines.nodes:
        node.start(0)
    lines.run(15 * SECOND)
    users = ss7_cuts.Users(lines, 12)
    lines.after(0, ss7_cuts.Tick(users, 150 * SECOND))
    lines.after(0, ss7_cuts.Cutter(13, 150 * SECOND, 0.5))
    lines.run(50 * SECOND)
    links = lines.nodes[0].links + lines.nodes[1].links
    before = sum(link.counters.changebacks for link in links)
    alive = objects(lines)
    lines.run(150 * SECOND)
    assert users.received > 30_000
    assert sum(link.counters.changebacks for link in links) - before >= 15
    assert objects(lines) - alive < 40
