"""Management inhibiting (Q.704 10)."""

from __future__ import annotations

import pytest
from mtp3_rig import SECOND, one

from trunkd.signaling.ss7 import mtp3_messages as m
from trunkd.signaling.ss7.labels import OCTET
from trunkd.signaling.ss7.mtp3_events import LinkStateChanged, ManagementDone, Paused, Resumed


def say(bench, heading, slc=0):
    """A message about link 0, over link 1."""
    return [msu.name for msu in bench.tell(1, OCTET[heading], sls=slc)]


def done(bench):
    return [(event.what, event.ok) for event in bench.told(ManagementDone)]


def inhibited():
    bench = one()
    bench.start()
    bench.node.inhibit(0, bench.now)
    say(bench, m.LIA)
    bench.run(SECOND)
    bench.got.clear()
    return bench


def test_inhibit_and_uninhibit():
    bench = one()
    bench.start()
    bench.node.inhibit(0, bench.now)
    bench.run(0)
    assert [(msu.name, msu.sls) for msu in bench.got] == [("LIN", 0)]
    say(bench, m.LIA)
    assert done(bench) == [("inhibit", True)]
    assert bench.told(LinkStateChanged)[-1].reason == "inhibited here"
    bench.send(200, 0, b"waits for T1")
    bench.run(SECOND)
    assert bench.texts(1) == [b"waits for T1"], "5.6.2: time-controlled, no COO"
    assert bench.carriers(200) == [1] * 16
    bench.node.inhibit(0, bench.now)
    bench.node.uninhibit(0, bench.now)
    bench.run(0)
    assert bench.names() == ["LUN"]
    say(bench, m.LUA)
    assert done(bench) == [("inhibit", True), ("inhibit", True), ("uninhibit", True)]
    bench.run(3 * SECOND)
    assert bench.carriers(200) == [0, 1] * 8


def test_denied_by_the_far_end():
    bench = one()
    bench.start()
    bench.node.inhibit(0, bench.now)
    say(bench, m.LID)
    (event,) = bench.told(ManagementDone)
    assert (event.ok, event.reason) == (False, "the far end denied it: it needs this link")
    assert bench.node.links[0].available


def test_not_if_a_destination_would_be_lost():
    bench = one(1)
    bench.start()
    bench.node.inhibit(0, bench.now)
    bench.run(0)
    (event,) = bench.told(ManagementDone)
    assert not event.ok
    assert "could not be reached" in event.reason
    assert bench.got == []
    bench.say(0, OCTET[m.LIN])
    bench.run(0)
    assert bench.names() == ["LID"]


@pytest.mark.parametrize(
    ("ask", "message", "wait"),
    [("inhibit", "LIN", 5), ("uninhibit", "LUN", 3)],
)
def test_a_far_end_that_does_not_answer(ask, message, wait):
    """Asked twice (T14, T12), then management is told."""
    bench = inhibited() if ask == "uninhibit" else one()
    if ask == "inhibit":
        bench.start()
    bench.events.clear()
    getattr(bench.node, ask)(0, bench.now)
    bench.run(wait * SECOND)
    assert bench.names() == [message, message]
    assert done(bench) == [(ask, False)]


def test_the_far_end_inhibits():
    bench = one()
    bench.start()
    assert say(bench, m.LIN) == ["LIA"]
    bench.run(SECOND)
    assert bench.carriers(200) == [1] * 16
    assert bench.told(LinkStateChanged)[-1].reason == "inhibited by the far end"
    assert say(bench, m.LIN) == ["LIA"], "once more is as once"
    assert say(bench, m.LIN, slc=1) == ["LID"], "the last one is needed"
    bench.node.uninhibit(0, bench.now)
    bench.run(0)
    assert bench.told(ManagementDone)[-1].reason.startswith("the far end inhibited it")
    assert say(bench, m.LUN)[0] == "LUA"
    bench.run(3 * SECOND)
    assert bench.carriers(200) == [0, 1] * 8


def test_both_marks_must_go():
    bench = inhibited()
    say(bench, m.LIN)
    bench.node.uninhibit(0, bench.now)
    say(bench, m.LUA)
    assert not bench.node.links[0].available
    say(bench, m.LUN)
    assert bench.node.links[0].available


def test_an_inhibited_link_is_still_tested_and_survives_its_failure():
    bench = inhibited()
    bench.node.link_test(0, bench.now)
    bench.run(0)
    assert [(msu.name, msu.link) for msu in bench.got] == [("SLTM", 0)]
    bench.fail(0)
    bench.mend(0)
    bench.run(30 * SECOND)
    assert bench.node.links[0].tlac.state_name == "Unavailable (inhibited)"
    assert bench.carriers(200) == [1] * 16


def test_forced_by_routing_when_we_inhibited():
    bench = inhibited()
    bench.dead[1] = True
    bench.events.clear()
    bench.node.line_down(1, bench.now)
    bench.run(0)
    assert "LUN" in bench.names()
    assert all(msu.link == 0 for msu in bench.got), "over the inhibited link itself"
    bench.say(0, OCTET[m.LUA])
    bench.run(3 * SECOND)
    assert [event.dpc for event in bench.told(Paused)] == [200]
    assert [event.dpc for event in bench.told(Resumed)] == [200]
    assert bench.carriers(200) == [0] * 16


def test_forced_by_routing_when_the_far_end_inhibited():
    bench = one()
    bench.start()
    say(bench, m.LIN)
    bench.run(SECOND)
    bench.got.clear()
    bench.dead[1] = True
    bench.node.line_down(1, bench.now)
    bench.run(2 * SECOND)
    assert [name for name in bench.names() if name == "LFU"] == ["LFU", "LFU"], "T13, twice"
    bench.say(0, OCTET[m.LUN])
    bench.run(2 * SECOND)
    assert "LUA" in bench.names()
    assert bench.carriers(200) == [0] * 16


def test_forced_by_the_far_end():
    bench = inhibited()
    assert say(bench, m.LFU) == ["LUN"]
    say(bench, m.LUA)
    assert bench.node.links[0].available


def test_the_inhibit_tests():
    bench = inhibited()
    bench.run(250 * SECOND)
    assert bench.names().count("LLT") == 1
    assert say(bench, m.LLT) == ["LFU"], "we do not hold it remotely inhibited"
    assert say(bench, m.LRT) == [], "we hold it locally inhibited"
    bench.node.uninhibit(0, bench.now)
    say(bench, m.LUA)
    assert say(bench, m.LRT) == ["LUN"], "it thinks that we do"
    say(bench, m.LUA)
    assert say(bench, m.LIN) == ["LIA"]
    assert say(bench, m.LLT) == []
    bench.got.clear()
    bench.run(250 * SECOND)
    assert bench.names().count("LRT") == 1


def test_uninhibit_before_the_answer_came():
    bench = one()
    bench.start()
    bench.node.inhibit(0, bench.now)
    bench.node.uninhibit(0, bench.now)
    bench.run(0)
    assert bench.names() == ["LIN", "LUN"]
    say(bench, m.LIA)
    say(bench, m.LUA)
    bench.run(SECOND)
    assert bench.node.links[0].available
    assert done(bench) == [("inhibit", False), ("uninhibit", True)]
    assert bench.told(ManagementDone)[0].reason == "uninhibit was asked for meanwhile"


def test_stray_acknowledgements():
    bench = one()
    bench.start()
    for heading in (m.LIA, m.LUA, m.LID):
        assert say(bench, heading) == []
    assert bench.node.links[0].available
    assert bench.node.links[0].counters.faults == 1
