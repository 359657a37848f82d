"""Digit by digit, and calls that come in: complete by match, in virtual time."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from route_rig import RouteBench, two

from trunkd.board.clock import SECOND
from trunkd.daemon import events as ev
from trunkd.daemon.calls import Call
from trunkd.daemon.route_plan import RouteRefused
from trunkd.signaling.call import CallRequest, PartyNumber


def test_overlap_dialling_is_complete_by_match() -> None:
    rows = """
[[route]]
name = "local"
pattern = ["2XXXXXX"]
choices = ["two"]
[[route]]
name = "short"
pattern = ["19X"]
choices = ["two"]
[[route]]
name = "longer"
pattern = ["19XX"]
choices = ["one"]
"""
    bench = RouteBench(two(more=rows))
    call = bench.dial("21", complete=False)
    assert bench.names(call) == ["ServiceInitiated"]
    for digit in "34567":
        assert not call.handle
        call.trunk.send_digits(call, digit, False, call.trunk.now())
    assert call.handle
    bench.connected(call)
    assert (call.called, call.route) == ("2134567", "local")
    # 19X could become 19XX: it waits for the time between digits.
    short = bench.dial("191", complete=False)
    begun = bench.node.now()
    bench.until(lambda: short.handle)
    assert bench.node.now() - begun >= 4 * SECOND
    assert short.route == "short"
    said = bench.dial("19", complete=False)
    said.trunk.send_digits(said, "2", True, said.trunk.now())
    assert said.route == "short"
    # No further digit can make a route of this: it fails at once.
    none = bench.dial("1", complete=False)
    none.trunk.send_digits(none, "7", False, none.trunk.now())
    assert (none.state, none.cause) == ("null", 3)
    assert bench.names(none) == ["ServiceInitiated", "Failed", "ConnectionCleared"]
    with pytest.raises(RouteRefused, match="no route is for 7"):
        bench.dial("7", complete=False)
    # Nothing more comes: what is there is the number.
    idle = bench.dial("2", complete=False)
    bench.run(5)
    assert (idle.state, idle.cause) == ("null", 3)
    bench.close()


INCOMING = """
[[group]]
name = "in"
members = ["p1", "p2/1-15"]
[[number]]
on = "incoming"
type = "national"
party = "calling"
prepend = "0"
set_type = "unknown"
[[dnis]]
prefix = ["800"]
application = "sales"
priority = 3
treatment = "offer"
[[dnis]]
name = "out of order"
pattern = ["8009"]
treatment = "refuse"
cause = 27
[[dnis]]
pattern = ["7XX"]
application = "ivr"
treatment = "answer"
[[dnis]]
pattern = ["7"]
application = "menu"
[[barred]]
direction = "incoming"
party = "calling"
prefix = ["0900"]
cause = 55
"""


def test_incoming_calls_get_an_application() -> None:
    bench = RouteBench(INCOMING, far="alert")
    node = bench.node

    def come(called: str, calling: PartyNumber | None = None) -> object:
        return node.routing.dial("trunk/x1", CallRequest(PartyNumber(called), calling))

    come("8001", PartyNumber("21555", 2))
    bench.until(lambda: bench.of(ev.Offered))
    (offered,) = bench.of(ev.Offered)
    assert (offered.called, offered.calling) == ("8001", "021555")
    assert (offered.application, offered.priority) == ("sales", 3)
    call = node.calls[offered.call_id]
    assert (call.group, call.application) == ("in", "sales")
    ringing = come("755")
    bench.until(lambda: ringing.state == "connected")  # type: ignore[attr-defined]
    plain = come("55")
    bench.until(lambda: plain.state == "alerting")  # type: ignore[attr-defined]
    assert not [e for e in bench.of(ev.Delivered) if e.called == "55" and e.application]
    for called, calling, cause in (("8009", None, 27), ("8001", PartyNumber("900", 2), 55)):
        bench.seen.clear()
        refused = come(called, calling)
        bench.over(refused)  # type: ignore[arg-type]
        assert refused.cause == cause  # type: ignore[attr-defined]
        assert not bench.of(ev.Offered) and not [
            e for e in bench.of(ev.Delivered) if e.direction == "in"
        ]
    assert node.routing.arrivals.applications == {"sales": 1, "ivr": 1}
    assert node.routing.arrivals.refused == {("out of order", 27): 1, ("barred[1]", 55): 1}
    assert node.routing.groups["in"].counters.incoming == 5
    bench.close()


def test_incoming_overlap_is_complete_by_match() -> None:
    rows = INCOMING.replace('prefix = ["800"]', 'pattern = ["800X"]')
    bench = RouteBench(rows, far="alert", user="overlap_receiving = true")
    exchange = bench.node.trunks["x1"]

    def come(called: str) -> Call:
        return bench.dial(called, "trunk/x1", complete=False)

    call = come("80")
    bench.run(0.1)
    for digit in ("0", "5"):
        assert not bench.of(ev.Offered)
        exchange.send_digits(call, digit, False, exchange.now())
        bench.run(0.1)
    (offered,) = bench.of(ev.Offered)
    assert (offered.called, offered.application) == ("8005", "sales")
    # 7 is a number, and the beginning of others: it is complete when nothing more comes.
    menu = come("7")
    begun = bench.node.now()
    bench.until(lambda: menu.state == "alerting")
    assert bench.node.now() - begun >= 4 * SECOND
    assert bench.of(ev.Delivered)[-1].direction == "out"
    assert [e.application for e in bench.of(ev.Delivered) if e.direction == "in"][-1] == "menu"
    # No row is for it, and none could be: more digits are not waited for.
    other = come("9")
    bench.until(lambda: other.state == "alerting", 1)
    bench.close()
