"""Transfers that the user asks for, by each service, through to their ends and their failures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trunkd.errors import LocalError
from trunkd.signaling import call as neutral
from trunkd.signaling import call_services as services
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn import rose
from trunkd.signaling.isdn.services_operations import INVALID_CALL_STATE, error_name

SECOND = 1_000_000_000
SERVICES = {
    "explicit": ({}, "explicit ect"),
    "implicit": ({"transfer": "implicit"}, "ect"),
    "ni2": ({"variant": "ni2"}, "2bct"),
    "5ess": ({"variant": "5ess"}, "2bct"),
    "rlt": ({"variant": "dms100", "transfer": "rlt"}, "rlt"),
}
Make = Callable[..., object]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kinds", ["placed both", "placed and received", "received and placed"])
def test_a_transfer_that_is_granted(pair_of: Make, service: str, kinds: str) -> None:
    settings, name = SERVICES[service]
    pair = pair_of(**settings)
    first = pair.receive() if kinds == "received and placed" else pair.place()
    second = pair.receive() if kinds == "placed and received" else pair.place()
    pair.forget()
    assert pair.user.services.can_transfer(first, second) == ""
    pair.user.services.transfer(first, second, pair.now)
    pair.run()
    (asked,) = pair.network.told(services.TransferAsked)
    assert {asked.call, asked.other} == {first, second} and asked.service == name
    assert pair.user.told(services.TransferDone) == []
    assert "under way" in pair.user.services.can_transfer(first, second)
    pair.network.services.grant(asked.call, True, pair.now)
    pair.run()
    (done,) = pair.user.told(services.TransferDone)
    assert (done.call, done.other, done.ok, done.error) == (first, second, True, "")
    for end in (pair.user, pair.network):
        ends = [(x.call, x.cause) for x in end.told(neutral.CallReleased)]
        assert sorted(ends) == [(first, 16), (second, 16)]
        assert end.faults() == []
    assert pair.idle()


@pytest.mark.parametrize("service", SERVICES)
def test_a_transfer_that_is_refused(pair_of: Make, service: str) -> None:
    settings, _ = SERVICES[service]
    pair = pair_of(**settings)
    first, second = pair.place(), pair.place()
    pair.user.services.transfer(first, second, pair.now)
    pair.run()
    (asked,) = pair.network.told(services.TransferAsked)
    pair.network.services.grant(asked.call, False, pair.now, 50)
    pair.run()
    (done,) = pair.user.told(services.TransferDone)
    assert (done.ok, done.error) == (False, "the network refused: not subscribed")
    assert not pair.network.services.network.held
    assert pair.user.services.can_transfer(first, second) == ""
    pair.user.control.clear(first, 16, pair.now)
    pair.user.control.clear(second, 16, pair.now)
    pair.run()
    assert pair.idle()


@pytest.mark.parametrize("service", ["explicit", "implicit", "ni2"])
@pytest.mark.parametrize("order", [False, True])
def test_the_second_call_may_be_alerting(pair_of: Make, service: str, order: bool) -> None:
    pair = pair_of(**SERVICES[service][0])
    first, second = pair.place(), pair.place(answer=False)
    named = (second, first) if order else (first, second)
    pair.user.services.transfer(*named, pair.now)
    pair.run()
    (asked,) = pair.network.told(services.TransferAsked)
    pair.network.services.grant(asked.call, True, pair.now)
    pair.run()
    (done,) = pair.user.told(services.TransferDone)
    assert (done.call, done.other, done.ok) == (*named, True)
    assert pair.idle()


def test_why_it_cannot_be(pair_of: Make) -> None:
    pair = pair_of()
    first, second = pair.place(), pair.place(answer=False)
    third = pair.place(answer=False)
    can = pair.user.services.can_transfer
    assert can(first, first) == "a transfer takes two calls"
    assert can(first, 99) == "there is no call 99"
    assert can(second, third) == "neither call is answered"
    assert "the user's to ask for" in pair.network.services.can_transfer(first, second)
    offered = pair.offer()
    assert can(first, offered) == f"call {offered} is in state 9, Incoming call proceeding"
    other = pair_of(variant="dms100", transfer="rlt")
    first, second = other.place(), other.place(answer=False)
    assert other.user.services.can_transfer(first, second).endswith("state 4, Call delivered")
    with pytest.raises(LocalError, match="Call delivered"):
        other.user.services.transfer(first, second, other.now)
    none = pair_of(variant="itu")
    first, second = none.place(), none.place()
    assert "transfer is 'none' (itu)" in none.user.services.can_transfer(first, second)
    rlt = pair_of(variant="dms100", transfer="rlt")
    first, second = rlt.receive(), rlt.receive()
    assert "gave neither call" in rlt.user.services.can_transfer(first, second)


def test_the_link_is_down(pair_of: Make) -> None:
    pair = pair_of()
    first, second = pair.place(), pair.place()
    pair.user.control.link_down(pair.now)
    assert pair.user.services.can_transfer(first, second) == "the data link is down"


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_answers(pair_of: Make, service: str) -> None:
    """Each request ends in time, and the calls go on."""
    pair = pair_of(**SERVICES[service][0])
    first, second = pair.place(), pair.place()
    pair.lost = {m.FACILITY, m.HOLD}
    pair.user.services.transfer(first, second, pair.now)
    pair.run()
    pair.wait(30 * SECOND)
    (done,) = pair.user.told(services.TransferDone)
    assert (done.ok, done.error) == (False, "the network did not answer")
    assert pair.user.services.can_transfer(first, second) == ""
    assert not pair.user.told(neutral.CallReleased)


def test_the_application_does_not_answer(pair_of: Make) -> None:
    pair = pair_of()
    first, second = pair.place(), pair.place()
    pair.user.services.transfer(first, second, pair.now)
    pair.run()
    pair.wait(8 * SECOND)
    (done,) = pair.user.told(services.TransferDone)
    assert (done.ok, done.error) == (False, "the network refused: not available")
    (asked,) = pair.network.told(services.TransferAsked)
    with pytest.raises(LocalError, match="waits for no answer"):
        pair.network.services.grant(asked.call, True, pair.now)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("which", [0, 1])
def test_a_call_ends_meanwhile(pair_of: Make, service: str, which: int) -> None:
    pair = pair_of(**SERVICES[service][0])
    calls = pair.place(), pair.place()
    pair.user.services.transfer(*calls, pair.now)
    pair.run()
    (asked,) = pair.network.told(services.TransferAsked)
    pair.network.control.clear(calls[which], 16, pair.now)
    pair.run()
    (done,) = pair.user.told(services.TransferDone)
    assert not done.ok and "ended before" in done.error
    with pytest.raises(LocalError):
        pair.network.services.grant(asked.call, True, pair.now)
    pair.run()
    assert not pair.network.services.network.held
    pair.user.control.clear(calls[1 - which], 16, pair.now)
    pair.run()
    assert pair.idle()


def test_a_network_that_leaves_the_clearing_to_us(pair_of: Make) -> None:
    pair = pair_of()
    first, second = pair.place(), pair.place()
    pair.user.services.transfer(first, second, pair.now)
    pair.run()
    pair.lost = {m.DISCONNECT}
    (asked,) = pair.network.told(services.TransferAsked)
    pair.network.services.grant(asked.call, True, pair.now)
    pair.run()
    assert pair.user.told(services.TransferDone)[0].ok
    pair.lost = set()
    pair.wait(5 * SECOND)
    assert {x.call for x in pair.user.told(neutral.CallReleased)} == {first, second}
    pair.wait(60 * SECOND)
    assert pair.idle()


def test_a_grant_while_the_other_call_is_being_cleared(pair_of: Make) -> None:
    """The user was told that it failed: the first call is not cleared."""
    pair = pair_of()
    first, second = pair.place(), pair.place()
    pair.user.services.transfer(first, second, pair.now)
    pair.run()
    (asked,) = pair.network.told(services.TransferAsked)
    pair.lost = {m.RELEASE_COMPLETE}
    pair.user.control.clear(second, 16, pair.now)
    pair.run()
    with pytest.raises(LocalError, match="cannot be joined any more"):
        pair.network.services.grant(asked.call, True, pair.now)
    pair.run()
    assert [x.ok for x in pair.user.told(services.TransferDone)] == [False]
    for end in (pair.user, pair.network):
        assert end.control.calls[first].state == 10


def test_a_party_that_was_transferred_is_told(pair_of: Make) -> None:
    pair = pair_of()
    call = pair.place()
    inform = pair.network.services.inform
    inform(call, neutral.PartyNumber("4930123", 1), False, pair.now)
    inform(call, neutral.PartyNumber("4930123", 1, 1, 1), False, pair.now)
    inform(call, None, False, pair.now)
    inform(call, None, True, pair.now)
    pair.run()
    told = [(x.call, x.number, x.alerting) for x in pair.user.told(services.PartyChanged)]
    assert told == [
        (call, neutral.PartyNumber("4930123", 1), False),
        (call, neutral.PartyNumber("4930123", 1, 1, 1), False),
        (call, None, False),
        (call, None, True),
    ]
    with pytest.raises(LocalError, match="there is no call 9"):
        inform(9, None, True, pair.now)
    other = pair_of(variant="ni2")
    with pytest.raises(LocalError, match="EN 300 369-1"):
        other.network.services.inform(other.place(), None, True, 0)


REJECTION = rose.rejection(1, rose.INVOKE_PROBLEM, rose.UNRECOGNISED_OPERATION)


@pytest.mark.parametrize("answer", [REJECTION, rose.failure(1, rose.oid((1, 2, 3)))])
def test_a_network_that_does_not_know_the_service(pair_of: Make, answer: bytes) -> None:
    pair = pair_of()
    first, second = pair.place(), pair.place()
    pair.lost = {m.FACILITY}
    pair.user.services.transfer(first, second, pair.now)
    pair.run()
    call = pair.user.control.calls[second]
    facility = m.encode(call.reference, 1, m.FACILITY, [e.Facility(17, answer)])
    pair.user.control.receive(facility, pair.now)
    pair.run()
    (done,) = pair.user.told(services.TransferDone)
    assert done.error in (
        "the network rejected the request: unrecognised operation",
        "the network refused: error 1.2.3",
    )


def test_a_result_in_a_clearing_message(pair_of: Make) -> None:
    """EN 300 369-1 lets the network answer in DISCONNECT."""
    pair = pair_of(variant="ni2")
    first, second = pair.place(), pair.place()
    pair.user.services.transfer(first, second, pair.now)
    pair.run()
    call = pair.user.control.calls[first]
    elements = [e.Cause(16), e.Facility(17, rose.result(1))]
    pair.user.control.receive(m.encode(call.reference, 1, m.DISCONNECT, elements), pair.now)
    pair.run()
    (done,) = pair.user.told(services.TransferDone)
    assert done.ok


def test_an_answer_counts_on_the_call_that_was_asked(pair_of: Make) -> None:
    pair = pair_of(variant="ni2")
    first, second = pair.place(), pair.place()
    pair.user.services.transfer(first, second, pair.now)
    pair.run()
    for call, outcomes in ((second, 0), (first, 1)):
        reference = pair.user.control.calls[call].reference
        facility = e.Facility(17, rose.result(1))
        pair.user.control.receive(m.encode(reference, 1, m.FACILITY, [facility]), pair.now)
        pair.user.take()
        assert len(pair.user.told(services.TransferDone)) == outcomes


def test_names_of_errors() -> None:
    assert error_name(INVALID_CALL_STATE) == "invalid call state"
    assert error_name(rose.local(99)) == ""
