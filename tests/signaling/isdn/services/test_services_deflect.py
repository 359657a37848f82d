"""Deflection and rerouteing of EN 300 207-1, both sides."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trunkd.errors import LocalError
from trunkd.signaling import call as neutral
from trunkd.signaling import call_services as services
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn import rose
from trunkd.signaling.isdn.q921_config import LinkConfig
from trunkd.signaling.isdn.rose import read_components
from trunkd.signaling.isdn.services_base import Asking
from trunkd.signaling.isdn.services_deflect import DEFLECT
from trunkd.signaling.isdn.services_operations import CALL_REROUTEING, read_rerouteing

SECOND = 1_000_000_000
BEARER = bytes.fromhex("04039090a3")
ELSEWHERE = neutral.PartyNumber("49301234", 1)
Make = Callable[..., object]


@pytest.mark.parametrize("service", ["rerouting", "deflection"])
@pytest.mark.parametrize("alerting", [False, True])
@pytest.mark.parametrize("ok", [False, True])
def test_through_to_its_end(pair_of: Make, service: str, alerting: bool, ok: bool) -> None:
    pair = pair_of(deflection=service)
    call = pair.offer()
    if alerting:
        pair.user.control.alert(call, False, pair.now)
        pair.run()
    pair.forget()
    assert pair.user.services.can_deflect(call) == ""
    pair.user.services.deflect(call, ELSEWHERE, 2, pair.now)
    pair.run()
    (asked,) = pair.network.told(services.DeflectionAsked)
    assert (asked.call, asked.number, asked.service) == (call, ELSEWHERE, service)
    assert asked.reason == (2 if service == "rerouting" else (4 if alerting else 5))
    assert (asked.diversions, asked.subscription) == (1, 0)
    assert "under way" in pair.user.services.can_deflect(call)
    pair.network.services.grant(call, ok, pair.now, 28)
    pair.run()
    (done,) = pair.user.told(services.DeflectionDone)
    error = "" if ok else "the network refused: invalid diverted-to number"
    assert (done.call, done.ok, done.error) == (call, ok, error)
    if ok:
        assert pair.user.told(neutral.CallReleased)[0].cause == 31
        assert pair.idle()
    else:
        pair.user.control.answer(call, pair.now)
        pair.run()
        assert pair.network.told(neutral.CallConnected)
    assert pair.user.faults() == pair.network.faults() == []


@pytest.mark.parametrize("reason", range(6))
def test_what_rerouteing_says(pair_of: Make, reason: int) -> None:
    """The counter, who diverts, and what of SETUP the network needs again."""
    pair = pair_of(send_proceeding=False)
    before = neutral.PartyNumber("333")
    call = pair.offer(redirecting=before, user_user=b"hi", bearer=neutral.UNRESTRICTED)
    pair.forget()
    pair.user.services.deflect(call, ELSEWHERE, reason, pair.now, 2)
    pair.run()
    assert [message.type for side, message in pair.wire if side] == [m.CALL_PROCEEDING, m.FACILITY]
    (facility,) = pair.facilities(True)
    (invoke,) = read_components(facility.components).found
    said = read_rerouteing(invoke.argument)
    assert (said.number, said.reason, said.counter) == (ELSEWHERE, reason, 2)
    assert said.last == neutral.PartyNumber("222", 2) and said.subscription == 2
    assert said.setup == b"\x04\x02\x88\x90" + e.UserUser(0, b"hi").octets
    (asked,) = pair.network.told(services.DeflectionAsked)
    assert (asked.reason, asked.diversions, asked.subscription) == (reason, 2, 2)


def offer_with(pair, *extra: e.Element, **fields: object) -> int:
    """A call offered by a SETUP that has these elements, too; its handle."""
    digits = str(fields.pop("digits", "222"))
    request = neutral.CallRequest(neutral.PartyNumber(digits, 2), **fields)
    pair.network.control.place(request, pair.now)
    (unit,) = pair.network.control.take_units()
    setup = m.decode(unit)
    elements = sorted([*setup.elements, *extra], key=lambda x: (x.id < 0x80, x.id))
    octets = m.encode(setup.call_reference, 0, m.SETUP, elements)
    pair.user.control.receive(octets, pair.now)
    pair.run()
    pair.forget()
    return max(pair.user.control.calls)


def said_in(pair):
    """What the user's one CallRerouteing says, and how long its message is."""
    (unit,) = [x for x in pair.user.control.take_units() if m.decode(x).type == m.FACILITY]
    (facility,) = m.decode(unit).find_all(e.FACILITY)
    (invoke,) = read_components(facility.components).found
    return read_rerouteing(invoke.argument), len(unit)


@pytest.mark.parametrize(("octets", "user_user"), [(60, 120), (30, 128), (16, 128)])
def test_a_malformed_element_of_setup_is_left_out(
    pair_of: Make, octets: int, user_user: int
) -> None:
    """4.5.19: low layer compatibility has 18 octets at most."""
    pair = pair_of()
    malformed = e.variable(e.LOW_LAYER_COMPATIBILITY, b"\x88\x90\xa1" + b"\x80" * octets)
    data = b"x" * user_user
    call = offer_with(pair, malformed, digits="2" * 20, user_user=data)
    pair.user.services.deflect(call, neutral.PartyNumber("3" * 20, 2), 4, pair.now, 2)
    said, length = said_in(pair)
    assert length <= 260
    assert said.setup == BEARER + e.UserUser(0, data).octets


def test_what_the_caller_says_is_left_out_where_it_does_not_fit(pair_of: Make) -> None:
    """Q.921 5.9.3: a message has N201 octets at most."""
    pair = pair_of()
    pair.user = type(pair.user)("user", {"link": LinkConfig(n201=200)})
    call = offer_with(pair, digits="2" * 20, user_user=b"x" * 128)
    pair.user.services.deflect(call, neutral.PartyNumber("3" * 20, 2), 4, pair.now)
    said, length = said_in(pair)
    assert length <= 200 and said.setup == BEARER


def test_a_request_that_cannot_be_sent_is_not_under_way(pair_of: Make) -> None:
    pair = pair_of()
    call = pair.offer()
    base = pair.user.services
    asking = Asking(DEFLECT, base, pair.user.control.calls[call], None)
    asking.operation, asking.argument = CALL_REROUTEING, bytes(300)
    assert not base.fits(asking.operation, asking.argument)
    with pytest.raises(LocalError, match="at most 255 octets"):
        base.begin(asking, pair.now)
    assert base.askings == [] and base.can_deflect(call) == ""


def test_a_called_number_that_is_too_long_is_not_said(pair_of: Make) -> None:
    pair = pair_of()
    call = offer_with(pair, digits="2" * 22)
    pair.user.services.deflect(call, ELSEWHERE, 4, pair.now)
    said, _ = said_in(pair)
    assert (said.number, said.last.digits, said.last.presentation) == (ELSEWHERE, "", 2)


def leg_2(counter: int) -> e.Facility:
    """DivertingLegInformation2: the call was diverted so often."""
    argument = rose.integer(counter) + rose.integer(1, rose.ENUMERATED)
    argument += rose.value(0xA1, rose.value(0x82, b""))
    return e.Facility(17, rose.invoke(5, rose.local(15), rose.value(rose.SEQUENCE, argument)))


@pytest.mark.parametrize(("told", "numbers", "counter"), [(3, 0, 4), (1, 2, 3), (4, 1, 5)])
def test_earlier_diversions_count(pair_of: Make, told: int, numbers: int, counter: int) -> None:
    pair = pair_of()
    redirecting = [e.RedirectingNumber("333")] * numbers
    call = offer_with(pair, leg_2(told), *redirecting)
    pair.user.services.deflect(call, ELSEWHERE, 4, pair.now)
    assert said_in(pair)[0].counter == counter


@pytest.mark.parametrize("told", [5, 100])
def test_a_call_is_not_diverted_for_ever(pair_of: Make, told: int) -> None:
    """EN 300 207-1: five times at most; the counter keeps calls from going round."""
    pair = pair_of()
    call = offer_with(pair, leg_2(told))
    with pytest.raises(LocalError, match="number of diversions exceeded"):
        pair.user.services.deflect(call, ELSEWHERE, 4, pair.now)
    assert pair.user.control.take_units() == [] and pair.user.services.askings == []
    pair.user.control.answer(call, pair.now)


def test_a_grant_that_crosses_the_answer(pair_of: Make) -> None:
    """The user answered while the application thought: the call stays."""
    pair = pair_of()
    call = pair.offer()
    pair.user.services.deflect(call, ELSEWHERE, 4, pair.now)
    pair.user.control.answer(call, pair.now)
    pair.run()
    (asked,) = pair.network.told(services.DeflectionAsked)
    with pytest.raises(LocalError, match="is answered, or over"):
        pair.network.services.grant(asked.call, True, pair.now)
    pair.run()
    (done,) = pair.user.told(services.DeflectionDone)
    assert (done.ok, done.error) == (False, "the network refused: incoming call accepted")
    for end in (pair.user, pair.network):
        assert end.control.calls[call].state == 10 and end.faults() == []


def test_why_it_cannot_be(pair_of: Make) -> None:
    pair = pair_of()
    can = pair.user.services.can_deflect
    assert can(7) == "there is no call 7"
    placed = pair.place(answer=False)
    assert can(placed) == f"call {placed} is in state 4, Call delivered"
    answered = pair.receive()
    assert can(answered) == f"call {answered} is in state 10, Active"
    assert "the user's to ask for" in pair.network.services.can_deflect(placed)
    with pytest.raises(LocalError, match="Active"):
        pair.user.services.deflect(answered, ELSEWHERE, 4, pair.now)
    offered = pair.offer()
    deflect = pair.user.services.deflect
    with pytest.raises(LocalError, match="no number for a network service"):
        deflect(offered, neutral.PartyNumber("x"), 4, pair.now)
    with pytest.raises(LocalError, match="no number for a network service"):
        deflect(offered, neutral.PartyNumber("1" * 21), 4, pair.now)
    with pytest.raises(LocalError, match="reason 6 does not exist"):
        deflect(offered, ELSEWHERE, 6, pair.now)
    with pytest.raises(LocalError, match="subscription is 3"):
        deflect(offered, ELSEWHERE, 4, pair.now, 3)
    assert can(offered) == ""
    pair.user.control.link_down(pair.now)
    assert can(offered) == f"there is no call {offered}"
    other = pair_of(variant="ni2")
    assert "deflection is 'none' (ni2)" in other.user.services.can_deflect(other.offer())


def test_nobody_answers(pair_of: Make) -> None:
    pair = pair_of()
    call = pair.offer()
    pair.user.control.alert(call, False, pair.now)
    pair.run()
    pair.lost = {m.FACILITY}
    pair.user.services.deflect(call, ELSEWHERE, 4, pair.now)
    pair.wait(15 * SECOND)
    (done,) = pair.user.told(services.DeflectionDone)
    assert done.error == "the network did not answer"


def test_the_caller_gives_up_meanwhile(pair_of: Make) -> None:
    pair = pair_of()
    call = pair.offer()
    pair.user.services.deflect(call, ELSEWHERE, 4, pair.now)
    pair.run()
    pair.network.control.clear(call, 16, pair.now)
    pair.run()
    (done,) = pair.user.told(services.DeflectionDone)
    assert done.error == "the call ended before the network answered"
    with pytest.raises(LocalError):
        pair.network.services.grant(call, True, pair.now)
    assert pair.idle()


def test_a_network_that_leaves_the_clearing_to_us(pair_of: Make) -> None:
    pair = pair_of()
    call = pair.offer()
    pair.user.services.deflect(call, ELSEWHERE, 4, pair.now)
    pair.run()
    pair.lost = {m.DISCONNECT}
    pair.network.services.grant(call, True, pair.now)
    pair.run()
    pair.lost = set()
    pair.wait(5 * SECOND)
    assert pair.user.told(services.DeflectionDone)[0].ok
    assert pair.user.told(neutral.CallReleased)
    pair.wait(40 * SECOND)
    assert pair.idle()


def test_a_call_that_is_answered_is_not_deflected(pair_of: Make) -> None:
    """What an older request of the user finds when it arrives late."""
    pair = pair_of()
    call = pair.offer()
    pair.user.services.deflect(call, ELSEWHERE, 4, pair.now)
    sent = pair.user.control.take_units()
    pair.user.control.answer(call, pair.now)
    pair.run()
    for unit in sent:
        pair.network.control.receive(unit, pair.now)
    pair.run()
    (done,) = pair.user.told(services.DeflectionDone)
    assert done.error == "the network refused: invalid call state"
    assert pair.network.told(services.DeflectionAsked) == []
