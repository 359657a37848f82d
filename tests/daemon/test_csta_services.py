"""The services of ECMA-269, the same tests over PRI, ISUP, R2 and analog lines.

docs/csta.md names the test of each service and event; tests/daemon/test_csta_table.py checks that
they are there.
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from csta_rig import KINDS, CstaBench

from trunkd.daemon import events as ev
from trunkd.daemon import switch_forward
from trunkd.daemon.events import csta_cause
from trunkd.daemon.events_switch import CAUSES
from trunkd.daemon.records import record_of
from trunkd.daemon.wire import WireError


@pytest.fixture(scope="module", params=KINDS)
def trunks(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CstaBench]:
    made = CstaBench(request.param, tmp_path_factory.mktemp("media"))
    yield made
    made.node.close()


@pytest.fixture
def bench(trunks: CstaBench) -> Iterator[CstaBench]:
    yield trunks
    trunks.reset()


def join(bench: CstaBench, *names: str) -> None:
    bench.dial(*names)
    for name in names[1:]:
        bench.ask("joinCalls", callId=bench.id(names[0]), other=bench.id(name))


def consult(bench: CstaBench) -> dict[str, int]:
    """A talks with B and consults C; the parameters for what follows."""
    join(bench, "A", "B")
    made = bench.ask("consultationCall", heldCall=bench.id("B"), **to(bench))
    bench.placed("C", made.call_id)
    return {"heldCall": bench.id("B"), "activeCall": bench.id("C")}


def to(bench: CstaBench) -> dict[str, str]:
    return {"called": bench.number(), "device": f"trunk/{bench.near}"}


def causes(bench: CstaBench, kind: type[ev.Event]) -> list[str]:
    return [event.cause for event in bench.of(kind)]


# One connection


def test_make_call_and_clear_connection(bench: CstaBench) -> None:
    bench.dial("A")
    call_id = bench.id("A")
    told = [type(e).__name__ for e in bench.seen if getattr(e, "call_id", 0) == call_id]
    assert told[0] in ("Originated", "ServiceInitiated")
    assert "Established" in told
    assert bench.ask("snapshotCall", callId=call_id).state == "connected"
    bench.ask("clearConnection", callId=call_id)
    bench.until(lambda: bench.of(ev.ConnectionCleared, call_id=call_id))
    (cleared,) = bench.of(ev.ConnectionCleared, call_id=call_id)
    assert (cleared.releasing, cleared.cause) == ("local", "normalClearing")


def test_accept_and_answer(bench: CstaBench) -> None:
    call = bench.calls_in("A")
    assert call.state == "initiated"
    bench.ask("acceptCall", callId=call.call_id)
    assert bench.of(ev.Delivered, call_id=call.call_id) and call.state == "alerting"
    bench.ask("answerCall", callId=call.call_id)
    bench.until(lambda: bench.of(ev.Established, call_id=call.call_id))
    bench.until(lambda: bench.legs["A"].far.state == "connected")
    with pytest.raises(WireError, match="cannot be answered"):
        bench.ask("answerCall", callId=call.call_id)


def test_reject_with_a_cause(bench: CstaBench) -> None:
    call = bench.calls_in("A")
    bench.ask("rejectCall", callId=call.call_id, cause=17)
    bench.until(lambda: not bench.there("A"))
    (cleared,) = bench.of(ev.ConnectionCleared, call_id=call.call_id)
    assert (cleared.cause, cleared.q850) == ("busy", 17)
    far = bench.legs["A"].far
    bench.until(lambda: far.state == "null")
    if bench.kind != "analog":
        assert far.cause == 17
    bench.dial("B")
    with pytest.raises(WireError, match="cannot be refused"):
        bench.ask("rejectCall", callId=bench.id("B"))


def test_failed_tells_why(bench: CstaBench) -> None:
    called = bench.busy_number()
    made = bench.ask("makeCall", called=called, device=f"trunk/{bench.near}")
    bench.until(lambda: bench.of(ev.Failed, call_id=made.call_id))
    assert bench.of(ev.Failed, call_id=made.call_id)[0].cause == "busy"
    bench.until(lambda: bench.of(ev.ConnectionCleared, call_id=made.call_id))


# Elsewhere


def test_deflect_to_another_number(bench: CstaBench) -> None:
    call = bench.calls_in("A")
    made = bench.ask("deflectCall", callId=call.call_id, **to(bench))
    bench.placed("B", made.call_id)
    bench.until(lambda: call.state == "connected" and bench.legs["A"].far.state == "connected")
    (told,) = bench.of(ev.Diverted)
    assert (told.call_id, told.cause, told.new_call) == (
        call.call_id,
        "redirected",
        made.call_id,
    )
    assert bench.hearing() == {"A": "B", "B": "A"}
    assert call.linkage == bench.legs["B"].near.linkage
    bench.hang_up("B")
    bench.until(lambda: not bench.there("A") and not bench.there("B"))


def test_deflect_rings_first_and_fails_with_its_cause(bench: CstaBench) -> None:
    bench.mode = "ring"
    call = bench.calls_in("A")
    made = bench.ask("deflectCall", callId=call.call_id, **to(bench))
    bench.placed("B", made.call_id, "alerting")
    bench.until(lambda: call.state == "alerting")
    with pytest.raises(WireError, match="goes on to somebody else already"):
        bench.ask("deflectCall", callId=call.call_id, **to(bench))
    bench.hang_up("A")
    bench.until(lambda: not bench.there("A") and not bench.there("B"))
    with pytest.raises(WireError, match=r'by "switch"|there is no call'):
        bench.ask("deflectCall", callId=call.call_id, by="network", **to(bench))


def test_forwarding_at_once_and_do_not_disturb(bench: CstaBench) -> None:
    near = f"trunk/{bench.near}"
    where = {"device": "group/agents", "to": bench.number(), "toDevice": near}
    bench.ask("setForwarding", type="immediate", **where)
    made = bench.ask("makeCall", called="1", device="group/agents")
    bench.placed("A", made.call_id)
    (told,) = bench.of(ev.Diverted)
    assert (told.cause, told.diverting, told.to) == (
        "callForwardImmediate",
        "group/agents",
        where["to"],
    )
    assert bench.legs["A"].near.request.redirect_reason == 3
    bench.ask("setForwarding", device="group/agents", type="dnd")
    with pytest.raises(WireError, match="disturbed"):
        bench.ask("makeCall", called="1", device="group/agents")
    rows = bench.ask("forwardings").forwardings
    assert [row.type for row in rows] == ["dnd", "immediate"]
    with pytest.raises(WireError, match="no device that can be forwarded"):
        bench.ask("setForwarding", device="trunk/nowhere/1", to="1")


def test_forwarding_when_nobody_answers(bench: CstaBench) -> None:
    near = f"trunk/{bench.near}"
    first, other = ("8001", "8002") if bench.kind == "analog" else ("5551000", "5551001")
    bench.silent.add(first)
    where = {"device": "group/agents", "to": other, "toDevice": near}
    bench.ask("setForwarding", type="noAnswer", after=3, **where)
    made = bench.ask("makeCall", called=first, device="group/agents")
    bench.until(lambda: bench.of(ev.Established, call_id=made.call_id))
    (told,) = bench.of(ev.Diverted)
    assert (told.cause, told.call_id, told.to) == ("callForwardNoAnswer", made.call_id, other)
    bench.placed("A", made.call_id)
    assert bench.legs["A"].near.request.redirecting.digits == first


def test_forwarding_when_busy(bench: CstaBench) -> None:
    near, called = f"trunk/{bench.near}", bench.busy_number()
    to_number = bench.number()
    device, dialled = "group/agents", "group/agents"
    if bench.kind == "analog":
        device, dialled = bench.legs["busy"].near.device, near
    where = {"device": device, "to": to_number, "toDevice": near}
    bench.ask("setForwarding", type="busy", **where)
    made = bench.ask("makeCall", called=called, device=dialled)
    bench.until(lambda: bench.of(ev.Diverted))
    bench.placed("A", made.call_id)
    (told,) = bench.of(ev.Diverted)
    assert (told.cause, told.diverting, told.to) == ("callForwardBusy", device, to_number)
    assert not bench.of(ev.Failed)
    request = bench.legs["A"].near.request
    assert (request.redirecting.digits, request.redirect_reason) == (called, 1)


# Hold, consultation and what follows


def test_hold_and_retrieve(bench: CstaBench) -> None:
    join(bench, "A", "B")
    assert bench.hearing() == {"A": "B", "B": "A"}
    bench.ask("holdCall", callId=bench.id("B"))
    assert bench.of(ev.Held, call_id=bench.id("B"))
    assert bench.ask("snapshotCall", callId=bench.id("B")).held
    assert bench.hearing() == {"A": "", "B": "~"}
    bench.ask("retrieveCall", callId=bench.id("B"))
    assert bench.of(ev.Retrieved, call_id=bench.id("B"))
    assert bench.hearing() == {"A": "B", "B": "A"}


def test_consultation_alternate_reconnect(bench: CstaBench) -> None:
    two = consult(bench)
    assert causes(bench, ev.Held) == ["consultation"]
    snapshot = bench.ask("snapshotCall", callId=bench.id("B"))
    assert (snapshot.held, snapshot.consultation) == (True, bench.id("C"))
    assert bench.hearing() == {"A": "C", "B": "~", "C": "A"}
    bench.ask("alternateCall", **two)
    assert causes(bench, ev.Held)[-1] == causes(bench, ev.Retrieved)[-1] == "alternate"
    assert bench.hearing() == {"A": "B", "B": "A", "C": "~"}
    bench.ask("reconnectCall", heldCall=bench.id("C"), activeCall=bench.id("B"))
    bench.until(lambda: not bench.there("B"))
    assert bench.hearing() == {"A": "C", "C": "A"}


def test_conference_of_a_consultation(bench: CstaBench) -> None:
    bench.ask("conferenceCall", **consult(bench))
    assert causes(bench, ev.Conferenced) == ["conference"]
    assert bench.hearing() == {"A": "BC", "B": "AC", "C": "AB"}
    bench.ask("clearCall", callId=bench.id("A"))
    bench.until(lambda: not bench.node.calls or bench.kind == "analog")


def test_transfer_of_a_consultation_with_its_data(bench: CstaBench) -> None:
    two = consult(bench)
    bench.ask("setCallData", callId=bench.id("B"), correlator="0a0b", accountCode="4711")
    bench.ask("transferCall", **two)
    assert causes(bench, ev.Transferred) == ["transfer"]
    bench.until(lambda: not bench.there("A"))
    assert bench.hearing() == {"B": "C", "C": "B"}
    b, c = bench.legs["B"].near, bench.legs["C"].near
    assert b.linkage == c.linkage
    record = record_of(c, "x")
    assert (record.correlator, record.account_code) == ("0a0b", "4711")
    assert {e.call_id for e in bench.of(ev.CallData)} >= {b.call_id, c.call_id}
    bench.hang_up("B")
    bench.until(lambda: not bench.there("C"))


def test_transfer_by_whoever_can(bench: CstaBench) -> None:
    """ "any": there is no such network, or it refuses; then our switch does it, all the same."""
    two = consult(bench)
    asked = bench.begin("transferCall", **two, by="any")
    bench.until(lambda: asked)
    result, error = asked[0]
    assert error is None and result.by == "switch"
    assert [event.by for event in bench.of(ev.Transferred)] == ["switch"]
    assert len(bench.of(ev.NetworkRefused)) == (1 if bench.kind == "pri" else 0)
    bench.until(lambda: not bench.there("A"))
    assert bench.hearing() == {"B": "C", "C": "B"}


def test_single_step_conference_and_transfer(bench: CstaBench) -> None:
    join(bench, "A", "B")
    made = bench.ask("singleStepConferenceCall", callId=bench.id("A"), **to(bench))
    bench.placed("C", made.call_id)
    assert causes(bench, ev.Conferenced) == ["singleStepConference"]
    assert bench.hearing() == {"A": "BC", "B": "AC", "C": "AB"}
    bench.ask("clearConnection", callId=bench.id("A"))
    bench.until(lambda: not bench.there("A") and bench.legs["A"].far.state == "null")
    made = bench.ask("singleStepTransferCall", callId=bench.id("B"), **to(bench))
    bench.placed("D", made.call_id)
    assert causes(bench, ev.Transferred) == ["singleStepTransfer"]
    assert bench.hearing() == {"B": "D", "D": "B"}


def test_join_call(bench: CstaBench) -> None:
    bench.dial("A", "B")
    bench.ask("joinCalls", callId=bench.id("A"), other=bench.id("B"))
    assert bench.hearing() == {"A": "B", "B": "A"}
    bench.ask("partCall", callId=bench.id("A"))
    assert bench.hearing() == {"A": "", "B": ""}


# Park and pick up


def test_park_and_fetch(bench: CstaBench) -> None:
    join(bench, "A", "B")
    orbit = bench.ask("parkCall", callId=bench.id("B")).orbit
    bench.until(lambda: not bench.there("A"))
    assert (causes(bench, ev.Diverted), causes(bench, ev.Held)) == (["park"], ["park"])
    assert bench.ask("snapshotCall", callId=bench.id("B")).parked == orbit == "1"
    bench.dial("C")
    assert bench.hearing() == {"B": "~", "C": ""}
    bench.ask("retrieveParkedCall", orbit=orbit, callId=bench.id("C"))
    assert bench.hearing() == {"B": "C", "C": "B"}
    assert causes(bench, ev.Diverted) == ["park", "callPickup"]
    assert not bench.ask("parkedCalls").parked


def test_a_parked_call_comes_back(bench: CstaBench) -> None:
    """To who parked it: his connection that is there still, or one that is made."""
    join(bench, "A", "B")
    bench.ask("parkCall", callId=bench.id("B"), orbit="70", timeout=5, keep=True)
    bench.run(4)
    assert bench.ask("parkedCalls").parked[0].orbit == "70"
    bench.until(lambda: not bench.ask("parkedCalls").parked)
    assert bench.hearing() == {"A": "B", "B": "A"}
    bench.ask("parkCall", callId=bench.id("B"), timeout=5)
    bench.until(lambda: not bench.there("A"))
    bench.until(lambda: bench.of(ev.Diverted, cause="recall")[1:])
    new = bench.of(ev.Diverted, cause="recall")[-1].new_call
    bench.placed("D", new)
    assert bench.hearing() == {"B": "D", "D": "B"}


def test_directed_pickup(bench: CstaBench) -> None:
    """Of an incoming call, and of one that rings at somebody's while the caller waits."""
    bench.dial("A")
    call = bench.calls_in("B")
    bench.ask("acceptCall", callId=call.call_id)
    found = bench.ask("directedPickupCall", callId=bench.id("A"), picked=call.call_id)
    assert found.picked == call.call_id
    bench.until(lambda: bench.legs["B"].far.state == "connected")
    assert bench.hearing() == {"A": "B", "B": "A"}
    assert causes(bench, ev.Diverted) == ["callPickup"]


def test_group_pickup_of_a_call_that_rings_elsewhere(bench: CstaBench) -> None:
    bench.dial("A")
    bench.mode = "ring"
    caller = bench.calls_in("B")
    made = bench.ask("deflectCall", callId=caller.call_id, **to(bench))
    bench.until(lambda: caller.state == "alerting")
    found = bench.ask("groupPickupCall", callId=bench.id("A"), device="group/agents")
    assert found.picked == caller.call_id
    bench.until(lambda: made.call_id not in bench.node.calls)
    bench.until(lambda: bench.legs["B"].far.state == "connected")
    assert bench.hearing() == {"A": "B", "B": "A"}
    with pytest.raises(WireError, match="nothing alerts"):
        bench.ask("groupPickupCall", callId=bench.id("A"), device="group/agents")


# Supervisors


def test_monitor_coach_intrude(bench: CstaBench) -> None:
    join(bench, "A", "B")
    made = bench.ask("monitorCall", callId=bench.id("A"), **to(bench))
    bench.placed("S", made.call_id)
    assert bench.hearing() == {"A": "B", "B": "A", "S": "AB"}
    bench.ask("coachCall", callId=bench.id("A"), other=bench.id("S"))
    assert bench.hearing() == {"A": "BS", "B": "A", "S": "AB"}
    bench.ask("intrudeCall", callId=bench.id("A"), other=bench.id("S"))
    assert bench.hearing() == {"A": "BS", "B": "AS", "S": "AB"}
    assert causes(bench, ev.Conferenced) == [
        "silentParticipation",
        "activeParticipation",
        "intrude",
    ]


# Predictive calls


def test_predictive_call_to_a_waiting_agent(bench: CstaBench) -> None:
    bench.dial("A")
    wanted = {"agents": [bench.id("A")], "analyse": False}
    made = bench.ask("makePredictiveCall", **to(bench), **wanted)
    bench.placed("B", made.call_id)
    bench.until(lambda: bench.of(ev.PredictiveConnected))
    (told,) = bench.of(ev.PredictiveResult)
    assert (told.result, told.action, told.agent) == ("person", "connect", bench.id("A"))
    assert 0 < told.dialled <= told.answered <= told.decided
    assert bench.hearing() == {"A": "B", "B": "A"}
    bench.hang_up("B")
    bench.until(lambda: not bench.there("B"))
    assert bench.state("A") == "connected", "the agent waits for the next one"


def test_predictive_call_without_an_answer(bench: CstaBench) -> None:
    bench.mode = "ring"
    before = bench.ask("predictions").results.get("noAnswer", 0)
    made = bench.ask("makePredictiveCall", **to(bench), ringTime=4)
    bench.until(lambda: bench.of(ev.PredictiveResult))
    (told,) = bench.of(ev.PredictiveResult)
    assert (told.result, told.action, told.answered) == ("noAnswer", "clear", 0)
    bench.until(lambda: made.call_id not in bench.node.calls)
    assert bench.ask("predictions").results["noAnswer"] == before + 1


def test_predictive_call_that_is_abandoned(bench: CstaBench) -> None:
    before = bench.ask("predictions").abandoned
    bench.dial("A")
    bench.ask("holdCall", callId=bench.id("A"))
    wanted = {"agents": [bench.id("A")], "analyse": False, "abandonTime": 1}
    made = bench.ask("makePredictiveCall", **to(bench), **wanted)
    bench.until(lambda: bench.of(ev.PredictiveAbandoned))
    (told,) = bench.of(ev.PredictiveAbandoned)
    assert told.why == "timeout" and told.waited >= 1
    bench.until(lambda: made.call_id not in bench.node.calls)
    assert bench.ask("predictions").abandoned == before + 1


# Snapshots and data


def test_snapshots(bench: CstaBench) -> None:
    join(bench, "A", "B")
    call = bench.ask("snapshotCall", callId=bench.id("A"))
    assert [c.call_id for c in call.connections] == [bench.id("A"), bench.id("B")]
    assert call.linkage == bench.ask("snapshotCall", callId=bench.id("B")).linkage
    found = bench.ask("snapshotDevice", device=bench.legs["B"].near.device)
    assert [c.call_id for c in found.calls] == [bench.id("B")]
    every = bench.ask("snapshot")
    assert {c.call_id for c in every.calls} >= {bench.id("A"), bench.id("B")}
    assert every.seq == bench.node.seq


def test_call_data(bench: CstaBench) -> None:
    data = {"correlator": "00FF", "userData": "0102", "accountCode": "A-1"}
    made = bench.ask("makeCall", **to(bench), **data)
    (told,) = bench.of(ev.CallData)
    assert (told.correlator, told.user_data, told.account_code) == ("00ff", "0102", "A-1")
    bench.ask("setCallData", callId=made.call_id, accountCode="")
    info = bench.ask("snapshotCall", callId=made.call_id)
    assert (info.correlator, info.account_code) == ("00ff", "")
    with pytest.raises(WireError):
        bench.ask("setCallData", callId=made.call_id, correlator="0" * 34)


def test_user_user_information_at_setup_answer_and_clearing(bench: CstaBench) -> None:
    """Where the protocol has it; elsewhere calls go without."""
    call = bench.calls_in("A", user_user=b"\x04hello")
    carries = bench.kind in ("pri", "isup")
    offered = bench.of(ev.Offered, call_id=call.call_id)[0]
    assert offered.user_user == (b"\x04hello".hex() if carries else "")
    bench.ask("acceptCall", callId=call.call_id)
    bench.ask("answerCall", callId=call.call_id, userUser="04aa")
    far = bench.legs["A"].far
    bench.until(lambda: far.state == "connected")
    bench.run(1)
    bench.ask("clearConnection", callId=call.call_id, userUser="04bb")
    bench.until(lambda: far.state == "null")
    told = [e.user_user for e in bench.of(ev.CallInformation, call_id=far.call_id)]
    assert told == (["04aa", "04bb"] if carries else [])


def test_user_user_information_while_talking(bench: CstaBench) -> None:
    bench.dial("A")
    if bench.kind not in ("pri", "isup"):
        with pytest.raises(WireError, match="carries no user"):
            bench.ask("sendUserInformation", callId=bench.id("A"), data="04cc")
        return
    bench.ask("sendUserInformation", callId=bench.id("A"), data="04cc")
    far = bench.legs["A"].far
    bench.until(lambda: bench.of(ev.CallInformation, call_id=far.call_id))
    assert bench.of(ev.CallInformation)[-1].user_user == "04cc"


def test_events_of_a_call_out(bench: CstaBench) -> None:
    """In the order in which the far end tells of it."""
    made = bench.ask("makeCall", **to(bench))
    bench.placed("A", made.call_id)
    bench.hang_up("A")
    if bench.kind == "r2":
        # The called party's hanging up is a clear-back: who called ends the call.
        bench.until(lambda: bench.of(ev.Notified, call_id=made.call_id))
        bench.ask("clearConnection", callId=made.call_id)
    bench.until(lambda: made.call_id not in bench.node.calls)
    told = [type(e).__name__ for e in bench.seen if getattr(e, "call_id", 0) == made.call_id]
    wanted = ["Originated", "NetworkReached", "Delivered", "Established", "ConnectionCleared"]
    if bench.kind == "analog":
        wanted.remove("NetworkReached")  # a telephone of ours rings at once
    assert [name for name in told if name in wanted] == wanted


def test_causes_of_events_are_those_of_the_standard() -> None:
    causes = {csta_cause(q850) for q850 in range(1, 128)}
    assert causes <= CAUSES, causes - CAUSES
    assert set(switch_forward.CAUSES.values()) <= CAUSES
