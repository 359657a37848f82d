"""Deflection by the network: a PBX asks, and we are the network, in one node (network_rig.py)."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable, Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from network_rig import NetworkBench

from trunkd.daemon import events as ev
from trunkd.daemon.calls import Call
from trunkd.daemon.node_parts import FrameTaker
from trunkd.daemon.wire import WireError

Make = Callable[..., NetworkBench]
ELSEWHERE = "5552000"
SERVICES = ("deflection", "rerouting")


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[NetworkBench] = []

    def bench(pbx: str = "", office: str = "", more: str = "") -> NetworkBench:
        made.append(NetworkBench("etsi", pbx, office, more))
        return made[-1]

    yield bench
    for one in made:
        one.close()


def gone(bench: NetworkBench, *calls: Call) -> None:
    bench.until(lambda: not any(bench.there(call) for call in calls))


@pytest.mark.parametrize("rings", [False, True])
@pytest.mark.parametrize("service", SERVICES)
def test_the_call_goes_on_and_its_channel_comes_free(make: Make, service: str, rings: bool) -> None:
    key = f'deflection = "{service}"'
    bench = make(key, key)
    caller, call = bench.offered()
    office = bench.other_end(call)
    if rings:
        bench.ask("acceptCall", callId=call.call_id)
        bench.until(lambda: caller.state == "alerting")
    made = bench.ask("deflectCall", callId=call.call_id, called=ELSEWHERE, by="network")
    assert made.call_id == call.call_id
    gone(bench, call)
    (told,) = bench.of(ev.Diverted, call_id=call.call_id)
    assert (told.by, told.to, told.cause, told.new_call) == ("network", ELSEWHERE, "redirected", 0)
    assert bench.record(call).network == "deflection" and bench.record(call).answered == ""
    (cleared,) = bench.of(ev.ConnectionCleared, call_id=call.call_id)
    assert cleared.how == "deflected by the network"
    # The network: its connection has its callId still, and is on its way to the new number.
    (on,) = bench.of(ev.Diverted, call_id=office.call_id)
    assert (on.by, on.to, on.cause) == ("switch", ELSEWHERE, "redirected")
    bench.until(lambda: office.state == "connected" and caller.state == "connected")
    assert office.trunk.name == "pstn" and office.request.called.digits == ELSEWHERE
    assert office.request.redirecting.digits == "4001"
    assert office.request.redirect_reason == (4 if rings else 5)
    other = bench.other_end(office)
    assert other.called == ELSEWHERE and other.request.redirecting.digits == "4001"
    assert bench.hear_one_another(caller, other)
    (arrived,) = bench.node.switch.partners(office)
    assert arrived.linkage == office.linkage
    other.trunk.clear(other, 16, other.trunk.now())
    gone(bench, caller, office, arrived)


def test_by_any_the_network_does_it_unless_a_device_is_named(make: Make) -> None:
    bench = make()
    caller, call = bench.offered()
    made = bench.ask("deflectCall", callId=call.call_id, called=ELSEWHERE)
    assert made.call_id == call.call_id
    gone(bench, call)
    bench.until(lambda: caller.state == "connected")
    _, call = bench.offered("4002")
    made = bench.ask("deflectCall", callId=call.call_id, called=ELSEWHERE, device="trunk/pbx")
    assert made.call_id != call.call_id
    bench.until(lambda: call.state == "connected")
    (told,) = bench.of(ev.Diverted, call_id=call.call_id)
    assert told.by == "switch"


REFUSALS = {
    "not offered": ("offer_deflection = false", "", ELSEWHERE),
    "barred": ("", '[[barred]]\nname = "dear"\nprefix = ["59"]\ncause = 21\n', "5900000"),
    "no route": ("", "", "77"),
}


@pytest.mark.parametrize("why", REFUSALS)
def test_a_refusal_lets_it_alert_on(make: Make, why: str) -> None:
    office, more, number = REFUSALS[why]
    bench = make("", office, more)
    caller, call = bench.offered()
    bench.ask("acceptCall", callId=call.call_id)
    with pytest.raises(WireError, match="is not deflected by the network") as refused:
        bench.ask("deflectCall", callId=call.call_id, called=number, by="network")
    assert refused.value.code == -32013
    (told,) = bench.of(ev.NetworkRefused)
    assert (told.call_id, told.service, told.then) == (call.call_id, "deflection", "")
    assert told.why and not bench.of(ev.Diverted, call_id=call.call_id)
    bench.until(lambda: caller.state == "alerting")
    assert call.state == "alerting"
    bench.ask("answerCall", callId=call.call_id)
    bench.until(lambda: caller.state == "connected")
    assert bench.hear_one_another(caller, call)


OUT = """
[[group]]
name = "out"
members = ["pbx"]
[[route]]
name = "out"
prefix = ["8"]
choices = ["out"]
"""


def test_then_our_switch_does_it(make: Make) -> None:
    bench = make(office="offer_deflection = false", more=OUT)
    caller, call = bench.offered()
    made = bench.ask("deflectCall", callId=call.call_id, called="8001000", by="any")
    assert made.call_id != call.call_id
    (told,) = bench.of(ev.NetworkRefused)
    assert told.then == "switch"
    (on,) = bench.of(ev.Diverted, call_id=call.call_id)
    assert (on.by, on.new_call) == ("switch", made.call_id)
    bench.until(lambda: caller.state == "connected" and call.state == "connected")


def test_our_switch_does_not_do_it_meanwhile(make: Make) -> None:
    bench = make(more=OUT)
    _, call = bench.offered()
    asked = bench.begin("deflectCall", callId=call.call_id, called=ELSEWHERE, by="any")
    for by in ("switch", "any", "network"):
        with pytest.raises(WireError, match="being deflected by the network already"):
            bench.ask("deflectCall", callId=call.call_id, called="8001000", by=by)
    bench.until(lambda: asked)
    assert asked[0][1] is None and asked[0][0].call_id == call.call_id
    (told,) = bench.of(ev.Diverted, call_id=call.call_id)
    assert (told.by, told.to) == ("network", ELSEWHERE)


def test_a_caller_who_hangs_up_meanwhile(make: Make) -> None:
    bench = make()
    caller, call = bench.offered()
    asked = bench.begin("deflectCall", callId=call.call_id, called=ELSEWHERE, by="network")
    with pytest.raises(WireError, match="being deflected"):
        bench.ask("deflectCall", callId=call.call_id, called=ELSEWHERE, by="network")
    caller.trunk.clear(caller, 16, caller.trunk.now())
    bench.until(lambda: asked)
    bench.until(lambda: not bench.node.calls)


BACK = """
[[group]]
name = "in"
members = ["office"]
[[route]]
name = "back"
prefix = ["41"]
choices = ["in"]
"""


def test_a_call_that_is_deflected_again_and_again(make: Make) -> None:
    """Five times at the most, counted over both switches: then it is refused (Q.763 3.44)."""
    bench = make(more=BACK)
    caller, call = bench.offered()
    done = 0
    while not bench.of(ev.NetworkRefused):
        assert done < 5
        count = len(bench.offers("pbx"))
        asked = bench.begin("deflectCall", callId=call.call_id, called="41", by="network")
        bench.until(lambda asked=asked: asked)
        if asked[0][1] is None:
            bench.until(lambda count=count: len(bench.offers("pbx")) > count)
            call, done = bench.node.calls[bench.offers("pbx")[-1].call_id], done + 1
    assert done == 4 and bench.there(call), "the office's own application was the first"
    bench.ask("answerCall", callId=call.call_id)
    bench.until(lambda: caller.state == "connected")
    assert bench.hear_one_another(caller, call)


def test_where_no_network_can_be_asked(make: Make) -> None:
    bench = make(pbx='deflection = "off"')
    _, call = bench.offered()
    which = {"callId": call.call_id, "by": "network"}
    with pytest.raises(WireError, match="no deflection by the network"):
        bench.ask("deflectCall", **which, called=ELSEWHERE)
    bench.node.drain(True)
    with pytest.raises(WireError, match="no deflection by the network"):
        bench.ask("deflectCall", **which, called=ELSEWHERE)
    bench.node.drain(False)
    bench.ask("answerCall", callId=call.call_id)
    bench.until(lambda: call.state == "connected")
    with pytest.raises(WireError, match="cannot be deflected"):
        bench.ask("deflectCall", **which, called=ELSEWHERE)


class NoFacility:
    """A D-channel of a network that does not know FACILITY (0x62): the message comes to it as one
    of another type (0x7F)."""

    def __init__(self, taker: FrameTaker) -> None:
        self.taker = taker
        self.asked = 0

    def receive(self, frame: bytes, now: int) -> None:
        if frame[4:5] == b"\x08" and frame[8:9] == b"\x62":
            self.asked += 1
            frame = frame[:8] + b"\x7f" + frame[9:]
        self.taker.receive(frame, now)


def test_a_network_that_does_not_answer_is_not_waited_for_again(make: Make) -> None:
    bench = make(more=OUT)
    where = bench.node.boards["b0"].by_timeslot
    network = where[2, 16] = NoFacility(where[2, 16])
    for count, then in enumerate(["switch", ""]):
        caller, call = bench.offered()
        made = bench.ask("deflectCall", callId=call.call_id, called="8001000", by="any")
        assert made.call_id != call.call_id
        assert [e.then for e in bench.of(ev.NetworkRefused, call_id=call.call_id)] == [then][
            : 1 - count
        ]
        bench.until(lambda caller=caller: caller.state == "connected")
    assert network.asked == 1
    # Who names the network has it asked all the same.
    _, call = bench.offered()
    with pytest.raises(WireError, match="did not answer"):
        bench.ask("deflectCall", callId=call.call_id, called="8001000", by="network")
    assert network.asked == 2
    # It answers by now: it is asked by "any", too.
    where[2, 16] = network.taker
    _, other = bench.offered()
    bench.ask("deflectCall", callId=other.call_id, called=ELSEWHERE, by="network")
    _, last = bench.offered()
    assert (
        bench.ask("deflectCall", callId=last.call_id, called=ELSEWHERE, by="any").call_id
        == last.call_id
    )
