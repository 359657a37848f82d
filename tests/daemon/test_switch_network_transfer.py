"""Transfer by the network: a PBX asks, and we are the network; user side and network side of each
service, in one node (network_rig.py)."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable, Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from csta_rig import CstaBench
from media_rig import begin
from network_rig import NetworkBench
from test_nfas import NfasBench

from trunkd.daemon import events as ev
from trunkd.daemon.calls import Call
from trunkd.daemon.wire import WireError

Make = Callable[..., NetworkBench]
SERVICES = (
    ("etsi", "explicit"),
    ("etsi", "implicit"),
    ("ni2", "2bct"),
    ("5ess", "2bct"),
    ("4ess", "2bct"),
    ("dms100", "rlt"),
)


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[NetworkBench] = []

    def bench(
        variant: str = "etsi", pbx: str = "", office: str = "", more: str = ""
    ) -> NetworkBench:
        made.append(NetworkBench(variant, pbx, office, more))
        return made[-1]

    yield bench
    for one in made:
        one.close()


def two(held: Call, active: Call) -> dict[str, int]:
    return {"heldCall": held.call_id, "activeCall": active.call_id}


def gone(bench: NetworkBench, *calls: Call) -> None:
    bench.until(lambda: not any(bench.there(call) for call in calls))


# A consultation


@pytest.mark.parametrize(("variant", "service"), SERVICES)
def test_both_channels_come_free(make: Make, variant: str, service: str) -> None:
    key = f'transfer = "{service}"'
    bench = make(variant, key, key)
    held, active = bench.consult()
    legs = [bench.other_end(call) for call in (held, active)]
    (pstn1,), (pstn2,) = (bench.node.switch.partners(leg) for leg in legs)
    one, other = bench.party(held), bench.party(active)
    assert bench.ask("transferCall", **two(held, active), by="network").by == "network"
    gone(bench, held, active, *legs)
    assert bench.hear_one_another(one, other)
    (told,) = bench.of(ev.Transferred, call_id=held.call_id)
    assert (told.secondary, told.by, told.cause) == (active.call_id, "network", "transfer")
    assert (told.connections, told.asked_by) == ((), 0)
    (joined,) = [e for e in bench.of(ev.Transferred) if e.asked_by]
    assert {joined.call_id, joined.secondary} == {pstn1.call_id, pstn2.call_id}
    assert joined.asked_by in [leg.call_id for leg in legs] and joined.by == "switch"
    assert {c.call_id for c in joined.connections} == {pstn1.call_id, pstn2.call_id}
    for call in (held, active):
        assert bench.record(call).network == "transfer"
        (cleared,) = bench.of(ev.ConnectionCleared, call_id=call.call_id)
        assert (cleared.cause, cleared.how) == ("normalClearing", "transferred by the network")
    for call in legs:
        assert bench.record(call).network == "" and bench.record(call).q850 == 16
    assert not bench.of(ev.NetworkRefused)
    # Linkage: what came from one call has one number, on both sides.
    assert held.linkage == active.linkage != pstn1.linkage == pstn2.linkage
    assert {leg.linkage for leg in legs} == {pstn1.linkage}
    # Nobody else is in it: when one hangs up the other is cleared.
    one.trunk.clear(one, 16, one.trunk.now())
    gone(bench, one, other, pstn1, pstn2)


def test_data_of_the_consultation_goes_with_it(make: Make) -> None:
    bench = make()
    held, active = bench.consult()
    bench.ask("setCallData", callId=held.call_id, correlator="0a0b", accountCode="4711")
    bench.ask("transferCall", **two(held, active), by="any")
    gone(bench, held, active)
    for call in (held, active):
        record = bench.record(call)
        assert (record.correlator, record.account_code, record.linkage) == ("0a0b", "4711", 1)


def test_who_consulted_is_out_of_it_or_stays(make: Make) -> None:
    """The PBX's own party: a third connection of it, that talked with the held one."""
    bench = make()
    for keep in (False, True):
        agent = bench.dial("5551009")
        held = bench.dial("5551001")
        bench.ask("joinCalls", callId=agent.call_id, other=held.call_id)
        made = bench.ask(
            "consultationCall", heldCall=held.call_id, called="5551002", device="trunk/pbx"
        )
        active = bench.node.calls[made.call_id]
        bench.until(lambda call=active: call.state == "connected")
        assert bench.node.switch.partners(agent) == [active]
        bench.ask("transferCall", **two(held, active), by="network", keep=keep)
        gone(bench, held, active)
        bench.run(3)
        assert bench.there(agent) == keep
        assert bench.node.switch.partners(agent) == []
        if keep:
            assert bench.ask("snapshotCall", callId=agent.call_id).state == "connected"


@pytest.mark.parametrize("variant", ["etsi", "ni2"])
def test_a_second_call_that_only_rings(make: Make, variant: str) -> None:
    """Explicit call transfer (EN 300 369-1) and two B-channel transfer permit it: who waits
    hears the ringing, and both talk once it is answered."""
    bench = make(variant)
    bench.silent.add("5551002")
    held = bench.dial("5551001")
    one = bench.party(held)
    made = bench.ask(
        "consultationCall", heldCall=held.call_id, called="5551002", device="trunk/pbx"
    )
    active = bench.node.calls[made.call_id]
    bench.until(lambda: active.state == "alerting")
    other = bench.party(active)
    assert bench.ask("transferCall", **two(held, active), by="network").by == "network"
    gone(bench, held, active)
    assert one.state == "connected" and other.state == "alerting"
    bench.ask("answerCall", callId=other.call_id)
    bench.until(lambda: other.state == "connected")
    assert bench.hear_one_another(one, other)


def test_a_second_call_that_only_rings_and_is_not_answered(make: Make) -> None:
    """No application of the network's would have the one who waits: he is cleared."""
    bench = make()
    bench.silent.add("5551002")
    held = bench.dial("5551001")
    one = bench.party(held)
    made = bench.ask(
        "consultationCall", heldCall=held.call_id, called="5551002", device="trunk/pbx"
    )
    active = bench.node.calls[made.call_id]
    bench.until(lambda: active.state == "alerting")
    other = bench.party(active)
    bench.ask("transferCall", **two(held, active), by="network")
    bench.ask("rejectCall", callId=other.call_id, cause=17)
    gone(bench, held, active, other, one)


# Refusals


REFUSALS = {
    "not offered": ("offer_transfer = false", "not subscribed|resource|refused"),
    "other service": ('transfer = "2bct"', "reject|refused|not answer"),
}


@pytest.mark.parametrize("why", REFUSALS)
def test_a_refusal_leaves_the_consultation(make: Make, why: str) -> None:
    office, words = REFUSALS[why]
    bench = make("etsi", 'transfer = "explicit"', office)
    held, active = bench.consult()
    one, other = bench.party(held), bench.party(active)
    with pytest.raises(WireError, match=words) as refused:
        bench.ask("transferCall", **two(held, active), by="network")
    assert refused.value.code == -32013
    (told,) = bench.of(ev.NetworkRefused)
    assert (told.call_id, told.secondary, told.service) == (
        held.call_id,
        active.call_id,
        "transfer",
    )
    assert told.why and told.why in str(refused.value) and told.then == ""
    assert not bench.of(ev.Transferred)
    assert bench.ask("snapshotCall", callId=held.call_id).held
    assert bench.ask("snapshotCall", callId=active.call_id).consultation == held.call_id
    bench.ask("alternateCall", **two(held, active))
    bench.ask("transferCall", **two(active, held))
    assert bench.hear_one_another(one, other)
    assert [(e.by, e.asked_by) for e in bench.of(ev.Transferred)] == [("switch", 0)]


def test_then_our_switch_does_it(make: Make) -> None:
    bench = make(office="offer_transfer = false")
    held, active = bench.consult()
    one, other = bench.party(held), bench.party(active)
    assert bench.ask("transferCall", **two(held, active), by="any").by == "switch"
    assert bench.hear_one_another(one, other)
    (told,) = bench.of(ev.Transferred)
    assert (told.by, {c.call_id for c in told.connections}) == (
        "switch",
        {held.call_id, active.call_id},
    )
    (why,) = bench.of(ev.NetworkRefused)
    assert why.then == "switch" and why.why
    one.trunk.clear(one, 16, one.trunk.now())
    gone(bench, held, active, other)
    assert bench.record(held).network == ""


def test_calls_that_an_application_of_the_network_has(make: Make) -> None:
    """Nobody is there to be joined with: refused, and both calls stay."""
    bench = make()
    bench.alone = {"5551002"}
    held, active = bench.consult()
    with pytest.raises(WireError, match="refused"):
        bench.ask("transferCall", **two(held, active), by="network")
    assert bench.there(held) and bench.there(active)
    assert bench.ask("snapshotCall", callId=active.call_id).consultation == held.call_id


def test_a_call_that_ends_while_the_network_is_asked(make: Make) -> None:
    """There is nothing left to transfer, and who waited is not lost: he is back with whom he
    talked with."""
    bench = make()
    agent, held = bench.dial("5551009"), bench.dial("5551001")
    bench.ask("joinCalls", callId=agent.call_id, other=held.call_id)
    made = bench.ask(
        "consultationCall", heldCall=held.call_id, called="5551002", device="trunk/pbx"
    )
    active = bench.node.calls[made.call_id]
    bench.until(lambda: active.state == "connected")
    asked = bench.begin("transferCall", **two(held, active), by="network")
    assert not asked
    with pytest.raises(WireError, match="being transferred by the network already"):
        bench.ask("transferCall", **two(held, active))
    one, other = bench.party(agent), bench.party(held)
    office = bench.other_end(active)
    office.trunk.clear(office, 16, office.trunk.now())
    bench.until(lambda: asked)
    assert "not transferred by the network" in str(asked[0][1])
    gone(bench, active)
    assert len(bench.of(ev.NetworkRefused)) == 1 and not bench.of(ev.Transferred)
    assert bench.hear_one_another(one, other)


def test_the_line_is_cut_while_the_network_is_asked(make: Make) -> None:
    bench = make()
    held, active = bench.consult()
    cable = bench.node.boards["b0"].board.cable(1)  # type: ignore[attr-defined]
    cable.cut()
    asked = bench.begin("transferCall", **two(held, active), by="network")
    bench.until(lambda: asked)
    assert asked[0][1] is not None and "not transferred by the network" in str(asked[0][1])
    cable.mend()
    bench.until(lambda: all(t.up for t in bench.node.trunks.values()), 120)
    assert bench.there(held) and bench.ask("snapshotCall", callId=held.call_id).held


def test_where_no_network_can_be_asked(make: Make, tmp_path: pathlib.Path) -> None:
    bench = make(pbx='transfer = "off"')
    held, active = bench.consult()
    with pytest.raises(WireError, match="no transfer by the network"):
        bench.ask("transferCall", **two(held, active), by="network")
    assert bench.ask("transferCall", **two(held, active), by="any").by == "switch"
    assert not bench.of(ev.NetworkRefused)
    # Of two trunks.
    held = bench.dial("5551003")
    made = bench.ask("consultationCall", heldCall=held.call_id, called="5551", device="trunk/pstn")
    active = bench.node.calls[made.call_id]
    bench.until(lambda: active.state == "connected")
    with pytest.raises(WireError, match="of one trunk only"):
        bench.ask("transferCall", **two(held, active), by="network")
    with pytest.raises(WireError, match="are no consultation"):
        bench.ask("transferCall", heldCall=held.call_id, activeCall=held.call_id, by="network")
    isup = CstaBench("isup", tmp_path)
    isup.dial("A")
    made = isup.ask("consultationCall", heldCall=isup.id("A"), called="1", device="trunk/pstn")
    isup.placed("B", made.call_id)
    with pytest.raises(WireError, match="isup cannot let the network transfer"):
        isup.ask("transferCall", heldCall=isup.id("A"), activeCall=made.call_id, by="network")
    isup.node.close()


# A single step


@pytest.mark.parametrize(("variant", "service"), SERVICES)
def test_a_single_step(make: Make, variant: str, service: str) -> None:
    key = f'transfer = "{service}"'
    bench = make(variant, key, key)
    call = bench.dial("5551001")
    agents = []
    if service != "implicit":  # which knows the second call by there being no third
        agents = [bench.dial("5551009")]
        bench.ask("joinCalls", callId=agents[0].call_id, other=call.call_id)
    one = bench.party(call)
    made = bench.ask("singleStepTransferCall", callId=call.call_id, called="5551002", by="network")
    target = bench.node.calls[made.call_id]
    bench.until(lambda: bench.of(ev.Transferred, call_id=call.call_id))
    (told,) = bench.of(ev.Transferred, call_id=call.call_id)
    assert (told.secondary, told.by, told.cause) == (made.call_id, "network", "singleStepTransfer")
    gone(bench, call, target, *agents)
    (other,) = [
        c for c in bench.node.calls.values() if c.trunk.name == "world" and c.called == "5551002"
    ]
    bench.until(lambda: other.state == "connected")
    assert bench.hear_one_another(one, other)
    assert bench.record(call).linkage == bench.record(target).linkage


@pytest.mark.parametrize("by", ["network", "any"])
def test_a_single_step_that_is_refused(make: Make, by: str) -> None:
    bench = make(office="offer_transfer = false")
    agent, call = bench.dial("5551009"), bench.dial("5551001")
    bench.ask("joinCalls", callId=agent.call_id, other=call.call_id)
    one, partner = bench.party(call), bench.party(agent)
    made = bench.ask("singleStepTransferCall", callId=call.call_id, called="5551002", by=by)
    target = bench.node.calls[made.call_id]
    bench.until(lambda: bench.of(ev.NetworkRefused))
    (told,) = bench.of(ev.NetworkRefused)
    assert (told.call_id, told.secondary, told.service) == (
        call.call_id,
        target.call_id,
        "singleStepTransfer",
    )
    if by == "network":
        gone(bench, target)
        assert told.then == "" and not bench.of(ev.Transferred)
        assert bench.hear_one_another(one, partner)
    else:
        gone(bench, agent)
        assert told.then == "switch"
        (done,) = bench.of(ev.Transferred)
        assert (done.by, done.cause) == ("switch", "singleStepTransfer")
        assert bench.hear_one_another(one, bench.party(target))


def test_a_single_step_to_somebody_who_is_busy(make: Make) -> None:
    """The one who was to be transferred is back with his partner."""
    bench = make()
    bench.busy.add("5551002")
    agent, call = bench.dial("5551009"), bench.dial("5551001")
    bench.ask("joinCalls", callId=agent.call_id, other=call.call_id)
    one, partner = bench.party(call), bench.party(agent)
    bench.ask("singleStepTransferCall", callId=call.call_id, called="5551002", by="network")
    bench.until(lambda: bench.of(ev.NetworkRefused))
    (told,) = bench.of(ev.NetworkRefused)
    assert "busy" in told.why and told.then == ""
    assert [e.cause for e in bench.of(ev.Retrieved)] == ["reconnect"]
    assert bench.hear_one_another(one, partner)


def test_a_single_step_whose_caller_hangs_up(make: Make) -> None:
    bench = make()
    bench.silent.add("5551002")
    call = bench.dial("5551001")
    one = bench.party(call)
    bench.ask("singleStepTransferCall", callId=call.call_id, called="5551002", by="network")
    one.trunk.clear(one, 16, one.trunk.now())
    bench.until(lambda: not bench.node.calls)


def test_a_single_step_that_cannot_be_begun(make: Make) -> None:
    bench = make()
    call = bench.dial("5551001")
    which = {"callId": call.call_id, "by": "network"}
    with pytest.raises(WireError, match="needs the number"):
        bench.ask("singleStepTransferCall", **which, device="trunk/pbx")
    with pytest.raises(WireError, match="leave out device 'trunk/pstn'"):
        bench.ask("singleStepTransferCall", **which, called="1", device="trunk/pstn")
    office = bench.other_end(call)
    with pytest.raises(WireError, match="is the network side"):
        bench.ask("singleStepTransferCall", callId=office.call_id, called="1", by="network")
    assert not bench.ask("snapshotCall", callId=call.call_id).held


def pending(bench: NetworkBench) -> tuple[Call, Call, Call]:
    """An agent, whom he transfers in a single step, and who is being called for that: the network
    has not been asked yet."""
    agent, call = bench.dial("5551009"), bench.dial("5551001")
    bench.ask("joinCalls", callId=agent.call_id, other=call.call_id)
    made = bench.ask("singleStepTransferCall", callId=call.call_id, called="5551002", by="network")
    return agent, call, bench.node.calls[made.call_id]


def test_one_transfer_of_a_call_at_a_time(make: Make) -> None:
    bench = make()
    agent, call, target = pending(bench)
    for by in ("network", "any", "switch"):
        with pytest.raises(WireError, match="being transferred by the network already"):
            which = {"callId": call.call_id, "called": "5551003", "by": by}
            bench.ask("singleStepTransferCall", **which, device="trunk/pbx")
    bench.until(lambda: bench.of(ev.Transferred, by="network"))
    (told,) = bench.of(ev.Transferred, by="network")
    assert (told.call_id, told.secondary) == (call.call_id, target.call_id)
    gone(bench, agent, call, target)
    assert not [c for c in bench.node.calls.values() if c.called == "5551003"]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("retrieveCall", {"callId": "call"}),
        ("joinCalls", {"callId": "agent", "other": "call"}),
        ("singleStepConferenceCall", {"callId": "agent", "other": "call"}),
        ("intrudeCall", {"callId": "agent", "other": "call"}),
        ("partCall", {"callId": "call"}),
        ("parkCall", {"callId": "call", "orbit": "7"}),
        ("consultationCall", {"heldCall": "call", "called": "5551003", "device": "trunk/pbx"}),
    ],
)
def test_a_single_step_that_the_application_gives_up(
    make: Make, method: str, params: dict[str, str]
) -> None:
    bench = make()
    bench.silent.add("5551002")
    agent, call, target = pending(bench)
    ids = {"agent": agent.call_id, "call": call.call_id}
    bench.ask(method, **{name: ids.get(value, value) for name, value in params.items()})
    (told,) = bench.of(ev.NetworkRefused)
    assert (told.call_id, told.secondary, told.then) == (call.call_id, target.call_id, "")
    assert told.service == "singleStepTransfer" and "given up" in told.why
    gone(bench, target)
    bench.run(3)
    assert bench.there(agent) and bench.there(call), "nobody transfers it later"
    assert len(bench.of(ev.NetworkRefused)) == 1 and not bench.of(ev.Transferred, by="network")
    others = {bench.ask("snapshotCall", callId=call.call_id).consultation} - {0}
    assert len(others) == (method == "consultationCall") and target.call_id not in others


@pytest.mark.parametrize("method", ["joinCalls", "conferenceCall", "reconnectCall"])
def test_a_single_step_whose_consultation_is_ended(make: Make, method: str) -> None:
    bench = make()
    bench.silent.add("5551002")
    agent, call, target = pending(bench)
    if method == "joinCalls":
        bench.ask(method, callId=call.call_id, other=target.call_id)
    else:
        bench.ask(method, **two(call, target))
    bench.until(lambda: bench.of(ev.NetworkRefused))
    bench.run(3)
    assert len(bench.of(ev.NetworkRefused)) == 1
    assert bench.there(target) == (method != "reconnectCall")
    partner = agent if method == "reconnectCall" else target
    assert bench.node.switch.partners(call) == [partner]


@pytest.mark.parametrize("offered", ["true", "false"])
def test_a_partner_who_talks_with_somebody_else_by_then(make: Make, offered: str) -> None:
    """He is neither cleared, nor is who was not transferred brought into that call."""
    bench = make(office=f"offer_transfer = {offered}")
    third = bench.dial("5551008")
    agent, call, _ = pending(bench)
    bench.ask("joinCalls", callId=agent.call_id, other=third.call_id)
    outcome = ev.Transferred if offered == "true" else ev.NetworkRefused
    bench.until(lambda: bench.of(outcome, call_id=call.call_id))
    bench.run(3)
    assert bench.there(agent) and bench.node.switch.partners(agent) == [third]
    assert bench.there(call) == (offered == "false")


# What users are told


def test_a_user_of_ours_is_told_who_is_there_now(make: Make) -> None:
    """EctInform, EN 300 369-1: the world's network tells nobody of a transfer that our switch made;
    here the two who remain are calls of the PBX's own trunk."""
    bench = make()
    bench.alone = {"5551001", "5551002"}
    first, second = bench.dial("5551001"), bench.dial("5551002")
    one, other = bench.other_end(first), bench.other_end(second)
    third = bench.node.calls[
        bench.ask(
            "consultationCall", heldCall=one.call_id, called="4003", device="trunk/office"
        ).call_id
    ]
    bench.until(lambda: bench.offers("pbx"))
    arrived = bench.node.calls[bench.offers("pbx")[0].call_id]
    bench.ask("acceptCall", callId=arrived.call_id)
    bench.until(lambda: third.state == "alerting")
    bench.ask("transferCall", heldCall=one.call_id, activeCall=third.call_id)
    bench.until(lambda: bench.of(ev.PartyChanged, call_id=first.call_id))
    bench.ask("answerCall", callId=arrived.call_id)
    bench.until(lambda: len(bench.of(ev.PartyChanged, call_id=first.call_id)) == 2)
    told = bench.of(ev.PartyChanged, call_id=first.call_id)
    assert [(e.number, e.alerting) for e in told] == [("", True), ("4003", False)]
    assert first.answering == "4003" and other.state == "connected"


def test_those_who_cannot_be_joined_are_cleared() -> None:
    """The office's connections go in any case: nobody may be left with no one to talk with."""
    bench = NetworkBench()
    held, active = bench.consult()
    one, other = bench.party(held), bench.party(active)
    problems: list[Exception] = []
    bench.node.on_problem = problems.append
    # Of one of them the board has no speech any more.
    (away,) = bench.node.switch.partners(bench.other_end(held))
    away.trunk.timeslot(away.channel).close()
    bench.ask("transferCall", **two(held, active), by="network")
    gone(bench, held, active, one, other)
    assert problems
    bench.node.close()


def test_calls_of_a_group_of_spans_with_two_d_channels() -> None:
    """NFAS: the two are on different spans, and the stand-by D-channel has taken over."""
    bench = NfasBench()
    held, active = bench.dial(bench.user, 5), bench.dial(bench.user, 230)
    legs = [bench.network.by_channel[call.channel] for call in (held, active)]
    away = [bench.dial(bench.network, 40), bench.dial(bench.network, 10)]
    ends = [bench.user.by_channel[call.channel] for call in away]
    switch = bench.node.switch
    for leg, other in zip(legs, away, strict=True):
        switch.join(leg, other)
    switch.hold(held)
    switch.consult(held, active, None)
    begin(bench.node, "switchDChannel", trunk="pstn")
    bench.until(lambda: bench.states(bench.user) == ["stand-by", "in service"])
    asked = begin(bench.node, "transferCall", **two(held, active), by="network")
    bench.until(lambda: asked)
    assert asked[0][1] is None and asked[0][0].by == "network"
    bench.until(lambda: len(bench.node.calls) == 4)
    assert {c.call_id for c in bench.node.calls.values()} == {c.call_id for c in (*away, *ends)}
    assert switch.partners(away[0]) == [away[1]]
    bench.clear(ends[0])
    bench.until(bench.good)
    bench.close()
