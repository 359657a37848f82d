"""Implicit linkage: a call is held for the transfer, and whatever happens it is held no longer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trunkd.signaling import call as neutral
from trunkd.signaling import call_services as services
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m

SECOND = 1_000_000_000
Make = Callable[..., object]


def held_and_refused(pair_of: Make):
    """Implicit linkage: the call is held, and EctExecute is refused while RETRIEVE is lost."""
    pair = pair_of(transfer="implicit")
    first, second = pair.place(), pair.place()
    pair.user.services.transfer(first, second, pair.now)
    pair.run()
    pair.lost = {m.RETRIEVE}
    (asked,) = pair.network.told(services.TransferAsked)
    pair.network.services.grant(asked.call, False, pair.now)
    pair.run()
    assert pair.user.told(services.TransferDone) == []
    return pair, asked.call


def test_a_held_call_that_cannot_be_retrieved_is_cleared(pair_of: Make) -> None:
    pair, held = held_and_refused(pair_of)
    pair.wait(4 * SECOND)
    (done,) = pair.user.told(services.TransferDone)
    assert done.error.endswith("and the held call could not be retrieved")
    assert [(x.call, x.cause) for x in pair.user.told(neutral.CallReleased)] == [(held, 41)]


def test_a_held_call_ends_while_it_is_retrieved(pair_of: Make) -> None:
    pair, held = held_and_refused(pair_of)
    pair.network.control.clear(held, 16, pair.now)
    pair.run()
    (done,) = pair.user.told(services.TransferDone)
    assert done.error == "the network refused: not available"


def test_implicit_linkage_takes_exactly_two_calls(pair_of: Make) -> None:
    """With a third one the network could join the wrong parties."""
    pair = pair_of(transfer="implicit")
    first, second, third = pair.place(), pair.place(), pair.place()
    assert "more than two calls" in pair.user.services.can_transfer(first, second)
    pair.user.control.clear(third, 16, pair.now)
    pair.run()
    pair.user.services.transfer(first, second, pair.now)
    pair.offer()  # meanwhile
    pair.run()
    (done,) = pair.user.told(services.TransferDone)
    assert "more than two calls" in done.error
    assert pair.network.told(services.TransferAsked) == []
    assert not pair.network.services.network.held


def test_hold_is_refused(pair_of: Make) -> None:
    """A network that has explicit linkage knows no HOLD: STATUS, and then T-HOLD."""
    pair = pair_of(transfer="implicit")
    first, second = pair.place(), pair.place()
    pair.lost = {m.HOLD}
    pair.user.services.transfer(first, second, pair.now)
    pair.run()
    call = pair.user.control.calls[first]
    reject = m.encode(call.reference, 1, m.HOLD_REJECT, [e.Cause(29)])
    pair.user.control.receive(reject, pair.now)
    pair.run()
    (done,) = pair.user.told(services.TransferDone)
    assert (done.ok, done.error) == (False, "the network did not hold the call")
    assert pair.user.faults() == []
    pair.user.control.receive(reject, pair.now)  # nobody waits for it any more
    assert pair.user.services.can_transfer(first, second) == ""


def implicit_asked(pair_of: Make):
    """HOLD was sent; the network's acknowledgement is on its way."""
    pair = pair_of(transfer="implicit")
    first, second = pair.place(), pair.place()
    pair.user.services.transfer(first, second, pair.now)
    (hold,) = pair.user.control.take_units()
    pair.network.control.receive(hold, pair.now)
    (acknowledge,) = pair.network.control.take_units()
    assert pair.network.services.network.held == {first}
    pair.forget()
    return pair, first, second, acknowledge


def said(pair) -> list[int]:
    return [message.type for from_user, message in pair.wire if from_user]


def clear_both(pair, first: int, second: int) -> None:
    for call in (first, second):
        if call in pair.user.control.calls:
            pair.user.control.clear(call, 16, pair.now)
    pair.run()
    assert pair.idle()


def test_hold_is_acknowledged_late(pair_of: Make) -> None:
    """After T-HOLD nobody wants the call held, and there is no other way back."""
    pair, first, second, acknowledge = implicit_asked(pair_of)
    pair.wait(5 * SECOND)
    (done,) = pair.user.told(services.TransferDone)
    assert done.error == "the network did not answer"
    pair.user.control.receive(acknowledge, pair.now)
    assert "under way" in pair.user.services.can_transfer(first, second)
    pair.run()
    assert said(pair) == [m.RETRIEVE]
    assert not pair.network.services.network.held
    assert len(pair.user.told(services.TransferDone)) == 1
    assert pair.user.services.can_transfer(first, second) == ""
    assert pair.user.faults() == pair.network.faults() == []
    clear_both(pair, first, second)


def test_hold_is_refused_late(pair_of: Make) -> None:
    pair, first, second, _ = implicit_asked(pair_of)
    pair.wait(5 * SECOND)
    reference = pair.user.control.calls[first].reference
    for faults in ([], ["unrecognised_message"]):  # the second one answers nothing
        octets = m.encode(reference, 1, m.HOLD_REJECT, [e.Cause(29)])
        pair.user.control.receive(octets, pair.now)
        pair.user.take()
        assert pair.user.faults() == faults
    clear_both(pair, first, second)


def test_the_other_call_ends_before_hold_is_acknowledged(pair_of: Make) -> None:
    pair, first, second, acknowledge = implicit_asked(pair_of)
    reference = pair.user.control.calls[second].reference
    release = m.encode(reference, 1, m.RELEASE, [e.Cause(16)])
    pair.user.control.receive(release, pair.now)
    pair.user.take()
    (done,) = pair.user.told(services.TransferDone)
    assert not done.ok and "ended before" in done.error
    pair.user.control.receive(acknowledge, pair.now)
    pair.run()
    assert m.RETRIEVE in said(pair) and m.FACILITY not in said(pair)
    assert not pair.network.services.network.held
    assert pair.user.control.calls[first].state == 10
    pair.network.control.clear(second, 16, pair.now)
    pair.wait(60 * SECOND)
    clear_both(pair, first, second)


def test_a_call_whose_hold_was_given_up_ends(pair_of: Make) -> None:
    pair, first, second, _ = implicit_asked(pair_of)
    pair.wait(5 * SECOND)
    assert pair.user.services.unsettled == {first}
    clear_both(pair, first, second)


def test_a_hold_that_is_acknowledged_on_the_other_call(pair_of: Make) -> None:
    """It holds nothing: EctExecute does not go out."""
    pair, _, second, acknowledge = implicit_asked(pair_of)
    reference = pair.user.control.calls[second].reference
    pair.user.control.receive(m.encode(reference, 1, m.HOLD_ACKNOWLEDGE, []), pair.now)
    units = [m.decode(unit).type for unit in pair.user.take()]
    assert units == [m.STATUS] and pair.user.faults() == ["unrecognised_message"]
    pair.user.control.receive(acknowledge, pair.now)
    assert [m.decode(unit).type for unit in pair.user.take()] == [m.FACILITY]


@pytest.mark.parametrize("before", [True, False])
def test_the_link_is_lost_while_a_call_is_held(pair_of: Make, before: bool) -> None:
    """RETRIEVE is said when the link is back (again, if it was said before): the held call stays.
    The alerting one ends with the link (5.8.9)."""
    pair = pair_of(transfer="implicit")
    first, second = pair.place(), pair.place(answer=False)
    pair.user.services.transfer(first, second, pair.now)
    pair.run()
    assert pair.network.services.network.held == {first}
    if before:
        (asked,) = pair.network.told(services.TransferAsked)
        pair.lost = {m.RETRIEVE}
        pair.network.services.grant(asked.call, False, pair.now)
        pair.run()
    pair.user.control.link_down(pair.now)
    pair.network.control.link_down(pair.now)
    pair.run()
    pair.wait(5 * SECOND)  # T-RETRIEVE: nobody could answer
    pair.lost = set()
    pair.wire.clear()
    pair.network.control.link_up(pair.now)
    pair.user.control.link_up(pair.now)
    pair.run()
    assert m.RETRIEVE in said(pair)
    assert not pair.network.services.network.held
    pair.wait(60 * SECOND)
    assert pair.user.control.calls[first].state == 10
    assert [x.ok for x in pair.user.told(services.TransferDone)] == [False]
    clear_both(pair, first, second)


def test_a_retrieve_that_was_served_before_the_link_was_lost(pair_of: Make) -> None:
    """The second one is rejected, as nothing is held: the call goes on."""
    pair, held = held_and_refused(pair_of)
    pair.lost = {m.RETRIEVE_ACKNOWLEDGE}
    reference = pair.user.control.calls[held].reference
    pair.network.control.receive(m.encode(reference, 0, m.RETRIEVE, []), pair.now)
    pair.run()
    pair.user.control.link_reset(pair.now)
    pair.run()
    (done,) = pair.user.told(services.TransferDone)
    assert done.error == "the network refused: not available"
    pair.wait(60 * SECOND)
    assert pair.user.control.calls[held].state == 10


def test_hold_and_retrieve_out_of_turn(pair_of: Make) -> None:
    pair = pair_of(transfer="implicit")
    call = pair.place()
    reference = pair.network.control.calls[call].reference

    def say(type: int) -> int:
        pair.forget()
        pair.network.control.receive(m.encode(reference, 0, type, []), pair.now)
        (unit,) = pair.network.take()
        return m.decode(unit).type

    assert say(m.RETRIEVE) == m.RETRIEVE_REJECT
    assert say(m.HOLD) == m.HOLD_ACKNOWLEDGE
    assert pair.network.told(neutral.CallNotified)[0].indicator == 0x79
    assert say(m.HOLD) == m.HOLD_REJECT
    assert say(m.RETRIEVE) == m.RETRIEVE_ACKNOWLEDGE
    assert pair.network.told(neutral.CallNotified)[0].indicator == 0x7A
    other = pair_of()
    call = other.place()
    reference = other.network.control.calls[call].reference
    other.network.control.receive(m.encode(reference, 0, m.HOLD, []), 0)
    other.run()
    assert other.network.faults() == ["unrecognised_message"]
