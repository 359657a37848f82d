"""Calls that go on from one signalling to another."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from route_rig import RouteBench

from trunkd.daemon.events_route import CallRerouted
from trunkd.daemon.route_plan import RouteRefused
from trunkd.signaling.call import CallRequest, PartyNumber


def test_overflow_between_isup_and_pri() -> None:
    rows = """
[[group]]
name = "ss7"
members = ["s1/1-4"]
hunt = "even"
[[group]]
name = "isdn"
members = ["p1/1-2"]
[[route]]
name = "all"
choices = ["ss7", "isdn"]
"""
    bench = RouteBench(rows, third="isup")
    calls = [bench.dial(f"10{n}") for n in range(6)]
    bench.until(lambda: all(c.state == "connected" for c in calls), 60)
    where = [(c.trunk.name, c.channel) for c in calls]
    assert set(where[:2]) == {("s1", 2), ("s1", 4)}
    assert set(where[2:4]) == {("s1", 1), ("s1", 3)}
    assert where[4:] == [("p1", 1), ("p1", 2)]
    with pytest.raises(RouteRefused, match="ss7: 0 of 4 channels idle; isdn: 0 of 2"):
        bench.dial("200")
    for call in calls:
        bench.clear(call)
    bench.until(lambda: all(c.idle for c in bench.node.routing.table.circuits.values()))
    bench.refuse["y1"] = 42
    moved = bench.dial("300")
    bench.connected(moved)
    assert (moved.trunk.name, moved.attempts) == ("p1", 2)
    assert bench.of(CallRerouted, moved)[0].q850 == 42
    bench.refuse = {"y1": 34, "x1": 17}
    busy = bench.dial("400")
    bench.over(busy)
    assert (busy.cause, busy.attempts) == (17, 2)
    bench.close()


def test_overflow_between_r2_and_pri() -> None:
    rows = """
[[group]]
name = "r2"
members = ["s1/1-2"]
hunt = "cyclic"
[[group]]
name = "isdn"
members = ["p1"]
[[route]]
name = "first"
prefix = ["1"]
choices = ["r2", "isdn"]
[[route]]
name = "second"
prefix = ["2"]
choices = ["isdn", "r2"]
"""
    bench = RouteBench(rows, third="r2")
    calls = [bench.dial("1234567") for _ in range(3)]
    bench.until(lambda: all(c.state == "connected" for c in calls), 60)
    assert [c.trunk.name for c in calls] == ["s1", "s1", "p1"]
    for call in calls:
        bench.clear(call)
    bench.until(lambda: all(c.idle for c in bench.node.routing.table.circuits.values()))
    # Congestion by register signals (B-4 of Q.474 is cause 34) and by RELEASE COMPLETE.
    bench.refuse["y1"] = 34
    moved = bench.dial("1234567")
    bench.connected(moved)
    assert (moved.trunk.name, moved.attempts) == ("p1", 2)
    bench.refuse = {"x1": 42}
    other = bench.dial("2345678")
    bench.connected(other)
    assert (other.trunk.name, other.attempts) == ("s1", 2)
    (met,) = bench.node.trunks["y1"].calls.values()
    assert met.called == "2345678"
    bench.close()


@pytest.mark.parametrize("members", ["s1/1-4", "s1"])
def test_glare_of_circuits(members: str) -> None:
    """Dual seizure (Q.764 2.9.1): the end that controls the circuit keeps it; the other one's call
    goes on to another circuit of its group."""
    rows = f"""
[[group]]
name = "ss7"
members = ["{members}"]
[[route]]
name = "all"
choices = ["ss7"]
"""
    bench = RouteBench(rows, third="isup", far="alert")
    call = bench.dial("1000")
    assert call.trunk.name == "s1"
    request = CallRequest(PartyNumber("77"), channel=2, exclusive=True)
    second = bench.dial("1001")
    far = bench.node.routing.dial("trunk/y1/2", request)
    bench.until(lambda: all(c.state == "alerting" for c in (call, second, far)))
    assert (call.channel, far.channel) == (1, 2)
    assert second.channel == 3
    assert second.group == "ss7"
    bench.close()


def test_glare_does_not_leave_the_group() -> None:
    """Circuit 3 is none of the group's, so the next choice has the call, or none."""
    rows = """
[[group]]
name = "ss7"
members = ["s1/1-2"]
[[group]]
name = "isdn"
members = ["p1"]
[[route]]
name = "all"
choices = ["ss7", "isdn"]
[[route]]
name = "only"
prefix = ["5"]
choices = ["ss7"]
"""
    bench = RouteBench(rows, third="isup", far="alert")
    request = CallRequest(PartyNumber("77"), channel=2, exclusive=True)
    first, second = bench.dial("1000"), bench.dial("1001")
    far = bench.node.routing.dial("trunk/y1/2", request)
    bench.until(lambda: all(c.state == "alerting" for c in (first, second, far)))
    assert (first.channel, far.channel) == (1, 2)
    assert (second.trunk.name, second.group, second.attempts) == ("p1", "isdn", 2)
    for call in (first, second, far):
        bench.clear(call)
    bench.until(lambda: not bench.node.calls)
    bench.until(lambda: bench.node.trunks["s1"].info().idle == 30)
    first, only = bench.dial("5000"), bench.dial("5001")
    far = bench.node.routing.dial("trunk/y1/2", request)
    bench.over(only)
    assert only.cause == 44 and not bench.of(CallRerouted, only)
    bench.close()
