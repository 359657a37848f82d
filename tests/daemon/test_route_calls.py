"""Routing through the daemon, in virtual time: overflow, glare, limits, emergency, overlap."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from route_rig import RouteBench, two

from trunkd.board.clock import SECOND
from trunkd.daemon import events as ev
from trunkd.daemon.events_route import CallRerouted, EmergencyCall
from trunkd.daemon.records import record_of
from trunkd.daemon.route_plan import RouteRefused
from trunkd.errors import LocalError
from trunkd.signaling.call import CallRequest, PartyNumber


def test_numbers_as_rules_make_them() -> None:
    bench = RouteBench(two())
    call = bench.dial("0102345", calling="555")
    bench.connected(call)
    assert (call.called, call.calling, call.route, call.group) == (
        "0102345",
        "555",
        "national",
        "one",
    )
    assert (call.trunk.name, call.channel, call.attempts) == ("p1", 1, 1)
    (met,) = bench.node.trunks["x1"].calls.values()
    assert met.request.called == PartyNumber("102345", 2)
    assert met.calling == "021555"
    assert bench.names(call)[0] == "Originated"
    bench.close()


@pytest.mark.parametrize("cause", [34, 38, 41, 42, 44, 47])
def test_overflow_on_a_cause_keeps_the_call(cause: int) -> None:
    bench = RouteBench(two(one="repeat = 0"))
    bench.refuse["x1"] = cause
    call = bench.dial("0102345", calling="555")
    bench.connected(call)
    assert (call.trunk.name, call.channel, call.attempts, call.group) == ("p2", 31, 2, "two")
    (moved,) = bench.of(CallRerouted, call)
    assert (moved.q850, moved.attempt, moved.route, moved.group) == (cause, 2, "national", "two")
    assert (moved.from_, moved.to) == ("trunk/p1/1", "trunk/p2/31")
    (met,) = bench.node.trunks["x2"].calls.values()
    assert (met.called, met.calling) == ("0102345", "555")
    assert bench.names(call).count("Originated") == 1
    assert not bench.of(ev.Failed, call)
    assert bench.node.routing.groups["one"].counters.overflows == {cause: 1}
    bench.clear(call)
    bench.over(call)
    assert [c.call_id for c in bench.ended].count(call.call_id) == 1
    record = record_of(call, "x")
    assert (record.route, record.trunk_group, record.attempts, record.trunk) == (
        "national",
        "two",
        2,
        "p2",
    )
    bench.close()


@pytest.mark.parametrize("cause", [1, 17, 18, 21, 27])
def test_no_overflow_on_other_causes(cause: int) -> None:
    bench = RouteBench(two())
    bench.refuse["x1"] = cause
    call = bench.dial("0102345")
    bench.over(call)
    (failed,) = bench.of(ev.Failed, call)
    assert (failed.q850, call.attempts) == (cause, 1)
    assert not bench.of(CallRerouted)
    bench.close()


def test_causes_of_a_route() -> None:
    bench = RouteBench(two(more="overflow = [1]"))
    bench.refuse["x1"] = 1
    call = bench.dial("0102345")
    bench.connected(call)
    assert call.trunk.name == "p2"
    bench.refuse["x1"] = 42
    other = bench.dial("0102345")
    bench.over(other)
    assert other.cause == 42
    bench.close()


def test_one_failed_with_the_last_cause() -> None:
    bench = RouteBench(two(one="repeat = 0"))
    bench.refuse = {"x1": 34, "x2": 41}
    call = bench.dial("0102345")
    bench.over(call)
    told = [name for name in bench.names(call) if name != "NetworkReached"]
    assert told == ["Originated", "CallRerouted", "Failed", "ConnectionCleared"]
    (failed,) = bench.of(ev.Failed, call)
    assert (failed.q850, call.cause, call.attempts) == (41, 41, 2)
    assert len([c for c in bench.ended if c is call]) == 1
    bench.close()


def test_no_overflow_once_it_alerted() -> None:
    bench = RouteBench(two())
    bench.answers = False
    call = bench.dial("0102345")
    bench.until(lambda: bench.of(ev.Offered))
    (met,) = bench.node.trunks["x1"].calls.values()
    met.trunk.accept(met, False, met.trunk.now())
    bench.until(lambda: call.state == "alerting")
    bench.clear(met, 42)
    bench.over(call)
    assert (call.cause, call.attempts) == (42, 1)
    bench.close()


def test_announcements_are_not_waited_for() -> None:
    """DISCONNECT with tones: the call goes on at once, and the old channel is cleared."""
    bench = RouteBench(two(one="repeat = 0"), net="disconnect_tones = true")
    bench.refuse["x1"] = 34
    call = bench.dial("0102345")
    bench.connected(call)
    assert (call.trunk.name, call.attempts) == ("p2", 2)
    bench.until(lambda: not bench.node.trunks["p1"].calls and not bench.node.trunks["x1"].calls)
    bench.close()


def test_a_trunk_that_takes_no_calls() -> None:
    """Its engine says no (here: it is drained): the next choice is tried."""
    bench = RouteBench(two())
    near = bench.node.trunks["p1"]
    near.engine.drain(True, near.now())
    call = bench.dial("0102345")
    bench.connected(call)
    assert (call.trunk.name, call.attempts) == ("p2", 1)
    assert not bench.of(CallRerouted)
    assert bench.node.routing.groups["one"].counters.refused == {"error": 1}
    bench.close()


def test_overflow_when_all_are_busy() -> None:
    bench = RouteBench(two())
    calls = [bench.dial(f"01{n}") for n in range(4)]
    bench.until(lambda: all(c.state == "connected" for c in calls))
    assert [c.group for c in calls] == ["one"] * 3 + ["two"]
    assert calls[3].attempts == 1
    assert not bench.of(CallRerouted)
    counters = bench.node.routing.groups["one"].counters
    assert (counters.attempts, counters.seizures, counters.refused) == (4, 3, {"busy": 1})
    assert counters.overflows == {34: 1}
    bench.clear(calls[1])
    bench.over(calls[1])
    bench.until(lambda: bench.node.routing.groups["one"].idle() == 1)
    again = bench.dial("0199")
    bench.connected(again)
    assert (again.group, again.channel) == ("one", 2)
    bench.close()


def test_overflow_when_a_trunk_is_down() -> None:
    bench = RouteBench(two())
    cable = bench.cut(1)
    bench.until(lambda: not bench.node.trunks["p1"].up)
    call = bench.dial("0102345")
    bench.connected(call)
    assert call.group == "two"
    assert bench.node.routing.groups["one"].counters.refused == {"down": 1}
    cable.mend()
    bench.until(lambda: bench.node.trunks["p1"].up)
    back = bench.dial("0102345")
    bench.connected(back)
    assert back.group == "one"
    bench.close()


def test_a_trunk_that_goes_down_under_a_call() -> None:
    bench = RouteBench(two())
    bench.answers = False
    call = bench.dial("0102345")
    bench.until(lambda: bench.of(ev.Offered))
    bench.answers = True
    cable = bench.cut(1)
    bench.connected(call)
    assert (call.trunk.name, call.attempts) == ("p2", 2)
    cable.mend()
    bench.until(lambda: all(t.up for t in bench.node.trunks.values()), 90)
    bench.close()


def test_everything_down_is_refused_at_once() -> None:
    bench = RouteBench(two())
    cables = [bench.cut(1), bench.cut(2)]
    bench.until(lambda: not any(bench.node.trunks[n].up for n in ("p1", "p2")))
    with pytest.raises(RouteRefused, match="one: p1 is down; two: p2 is down") as refused:
        bench.dial("0102345")
    assert refused.value.q850 == 38
    assert not bench.node.calls
    for cable in cables:
        cable.mend()
    bench.until(lambda: all(t.up for t in bench.node.trunks.values()), 90)
    bench.close()


def test_glare_takes_another_channel_of_the_group() -> None:
    """Both ends take channel 1 at the same time: the network's call has it (Q.931 5.7)."""
    bench = RouteBench(two(one="repeat = 1"), far="alert")
    far = bench.node.routing.dial(
        "trunk/x1/1", CallRequest(PartyNumber("77"), channel=1, exclusive=True)
    )
    call = bench.dial("0102345")
    bench.until(lambda: call.state == "alerting" and far.state == "alerting")
    assert far.channel == 1
    assert (call.trunk.name, call.channel, call.group, call.attempts) == ("p1", 2, "one", 2)
    (moved,) = bench.of(CallRerouted, call)
    assert (moved.q850, moved.to) == (44, "trunk/p1/2")
    bench.close()


def test_reserved_channels_and_emergency_with_everything_busy() -> None:
    rows = """
[[emergency]]
name = "police"
prefix = ["110"]
max = 3
choices = ["one"]
[[barred]]
prefix = ["1"]
"""
    bench = RouteBench(two(one="reserve_priority = 1\nmax_calls = 2", more=rows))
    calls = [bench.dial(f"01{n}") for n in range(3)]
    bench.until(lambda: all(c.state == "connected" for c in calls))
    assert [c.group for c in calls] == ["one", "one", "two"]
    urgent = bench.dial("110", calling="555")
    bench.connected(urgent)
    assert (urgent.group, urgent.channel, urgent.priority) == ("one", 3, 10)
    (told,) = bench.of(EmergencyCall)
    assert (told.row, told.called, told.calling, told.call_id, told.q850) == (
        "police",
        "110",
        "555",
        urgent.call_id,
        0,
    )
    bench.seen.clear()
    with pytest.raises(RouteRefused, match=r"one: 0 of 3 channels idle"):
        bench.dial("110")
    (lost,) = bench.of(EmergencyCall)
    assert (lost.call_id, lost.q850) == (0, 34)
    with pytest.raises(RouteRefused, match=r"'barred\[1\]' bars the number") as refused:
        bench.dial("123")
    assert refused.value.q850 == 21
    assert bench.node.routing.refused == {("barred", 21): 1}
    bench.close()


def test_an_emergency_call_tries_on_but_not_for_a_busy_user() -> None:
    rows = '[[emergency]]\nprefix = ["110"]\nchoices = ["one", "two"]\n'
    bench = RouteBench(two(more=rows))
    bench.refuse["x1"] = 1
    call = bench.dial("110")
    bench.connected(call)
    assert call.group == "two"
    bench.refuse["x1"] = 17
    busy = bench.dial("110")
    bench.over(busy)
    assert busy.cause == 17
    assert bench.of(EmergencyCall)[-1].q850 == 17
    bench.close()


def test_calls_per_second_wait_their_turn() -> None:
    bench = RouteBench(two(one='calls_per_second = 2\nburst = 2\nwait = "600ms"'))
    begun = bench.node.now()
    calls = [bench.dial(f"01{n}") for n in range(4)]
    assert [c.handle != 0 for c in calls] == [True, True, False, True]
    assert [c.group for c in calls] == ["one", "one", "one", "two"]
    waiting = calls[2]
    assert waiting.device == "group/one"
    assert waiting.info().state == "initiated"
    # It is told at once: who placed it may be gone, or the daemon, before its turn comes.
    assert bench.names(waiting) == ["ServiceInitiated"]
    bench.until(lambda: waiting.handle)
    (placed,) = bench.of(ev.Originated, waiting)
    assert placed.time - bench.node.wall(begun) == SECOND // 2
    bench.connected(waiting)
    counters = bench.node.routing.groups["one"].counters
    assert (counters.waited, counters.refused, counters.overflows) == (1, {"rate": 1}, {42: 1})
    bench.close()


def test_a_waiting_call_may_be_cleared() -> None:
    bench = RouteBench(two(one='calls_per_second = 1\nwait = "5s"'))
    bench.dial("011")
    waiting = bench.dial("012")
    with pytest.raises(LocalError):
        waiting.trunk.send_digits(waiting, "1", True, waiting.trunk.now())
    bench.clear(waiting)
    assert waiting.state == "null"
    assert bench.names(waiting) == ["ServiceInitiated", "ConnectionCleared"]
    assert waiting in bench.ended
    (over,) = bench.of(ev.ConnectionCleared, waiting)
    assert (over.releasing, over.q850) == ("local", 16)
    bench.run(6)
    assert not bench.of(ev.Originated, waiting)
    bench.close()


def test_a_waiting_call_finds_its_group_busy() -> None:
    bench = RouteBench(two(one='calls_per_second = 1\nwait = "5s"'))
    bench.dial("011")
    waiting = bench.dial("012")
    bench.fill("p1", 29)
    bench.connected(waiting)
    assert waiting.group == "two"
    bench.close()


def test_a_group_by_name_and_unknown_ones() -> None:
    bench = RouteBench(two())
    call = bench.dial("0102", "group/two")
    bench.connected(call)
    assert (call.group, call.route, call.channel) == ("two", "", 31)
    with pytest.raises(LocalError, match="there is no group 'three': one, two"):
        bench.dial("0102", "group/three")
    with pytest.raises(RouteRefused, match="no route is for 5") as refused:
        bench.dial("5")
    assert refused.value.q850 == 3
    bench.close()


def test_a_call_can_be_cleared_between_two_choices() -> None:
    bench = RouteBench(two(one="repeat = 0"))
    bench.refuse["x1"] = 42
    call = bench.dial("0102345")
    bench.until(lambda: not call.handle or call.attempts == 2)
    while call.attempts == 1 and call.handle:
        bench.run(0.001)
    bench.clear(call)
    bench.over(call)
    assert call.cleared_here
    bench.close()
