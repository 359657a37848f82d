"""Calls between two exchanges: every outcome, in both variants; the messages, events and causes."""

from __future__ import annotations

import pytest
from tup_rig import MINUTE, MS, SECOND, TupPair, messages, number, request

from trunkd.errors import LocalError
from trunkd.signaling import call as neutral
from trunkd.signaling.ss7.tup_causes import ROWS
from trunkd.signaling.ss7.tup_config import T_CLEAR_BACK
from trunkd.signaling.ss7.tup_events import ChargeInformation, MeteringPulses, OperatorSignal
from trunkd.signaling.ss7.tup_messages import (
    REQUEST_CALLING_LINE,
    REQUEST_CATEGORY,
    REQUEST_ORIGINAL_CALLED,
)

VARIANTS = ("itu", "china", "china14", "china_toll")


def offered(pair: TupPair) -> neutral.CallOffered:
    """The one call that B was offered."""
    (event,) = pair.b.of(neutral.CallOffered)
    return event


def up(pair: TupPair, **more: object) -> tuple[int, int]:
    """A call that is answered: handles at A and B."""
    ours = pair.place(pair.a, request(**more))
    pair.run(100 * MS)
    theirs = offered(pair).call
    pair.b.tup.alert(theirs, True, pair.now)
    pair.run(100 * MS)
    pair.b.tup.answer(theirs, pair.now)
    pair.run(100 * MS)
    return ours, theirs


@pytest.mark.parametrize("variant", VARIANTS)
def test_answered_and_cleared_by_the_calling_side(variant: str) -> None:
    pair = TupPair(variant=variant)
    ours, _ = up(pair)
    circuit = offered(pair).channel
    assert pair.a.of(neutral.CallAlerting) == [neutral.CallAlerting(ours, circuit, True)]
    assert [event.call for event in pair.a.of(neutral.CallConnected)] == [ours]
    pair.a.tup.clear(ours, 16, pair.now)
    pair.run(100 * MS)
    assert messages(pair) == ["A IAM", "B ACM", "B ANC", "A CLF", "B RLG"]
    assert [(e.cause, e.local) for e in pair.a.of(neutral.CallReleased)] == [(16, True)]
    assert [(e.cause, e.local) for e in pair.b.of(neutral.CallReleased)] == [(16, False)]
    pair.assert_idle()


@pytest.mark.parametrize("variant", VARIANTS)
def test_cleared_by_the_called_side(variant: str) -> None:
    pair = TupPair(variant=variant)
    ours, theirs = up(pair)
    pair.b.tup.clear(theirs, 16, pair.now)
    pair.run(100 * MS)
    assert [(e.cause, e.inband) for e in pair.a.of(neutral.CallDisconnected)] == [(16, True)]
    pair.a.tup.clear(ours, 16, pair.now)
    pair.run(100 * MS)
    assert messages(pair)[-3:] == ["B CBK", "A CLF", "B RLG"]
    assert [(e.cause, e.local) for e in pair.a.of(neutral.CallReleased)] == [(16, False)]
    assert [(e.cause, e.local) for e in pair.b.of(neutral.CallReleased)] == [(16, True)]
    pair.assert_idle()


def test_a_calling_party_that_stays_is_cleared_by_the_clear_back_timer() -> None:
    pair = TupPair()
    _, theirs = up(pair)
    pair.b.tup.clear(theirs, 16, pair.now)
    pair.run(MINUTE - SECOND)
    assert messages(pair)[-1] == "B CBK"
    pair.run(2 * SECOND)
    assert messages(pair)[-2:] == ["A CLF", "B RLG"]
    assert [(e.cause, e.local) for e in pair.a.of(neutral.CallReleased)] == [(16, False)]
    pair.assert_idle()


def test_without_clear_back_time_the_circuit_is_cleared_at_once() -> None:
    pair = TupPair(a={"timers": {T_CLEAR_BACK: 0}})
    _, theirs = up(pair)
    pair.b.tup.clear(theirs, 16, pair.now)
    pair.run(100 * MS)
    assert messages(pair)[-3:] == ["B CBK", "A CLF", "B RLG"]
    pair.assert_idle()


def test_the_called_party_comes_back() -> None:
    pair = TupPair()
    ours, theirs = up(pair)
    pair.b.tup.suspend(theirs, pair.now)
    pair.run(SECOND)
    pair.b.tup.resume(theirs, pair.now)
    pair.run(2 * MINUTE)
    assert messages(pair)[-2:] == ["B CBK", "B RAN"]
    assert pair.a.of(neutral.CallNotified) == [neutral.CallNotified(ours, 1)]
    pair.a.tup.clear(ours, 16, pair.now)
    pair.run(SECOND)
    pair.assert_idle()


def test_a_call_cleared_for_good_does_not_come_back() -> None:
    pair = TupPair()
    _, theirs = up(pair)
    pair.b.tup.clear(theirs, 16, pair.now)
    pair.b.tup.resume(theirs, pair.now)
    pair.run(2 * MINUTE)
    assert "B RAN" not in messages(pair)
    pair.assert_idle()


@pytest.mark.parametrize("variant", ["itu", "china"])
@pytest.mark.parametrize("cause", sorted({c for row in ROWS for c in row.causes} | {18, 31, 41}))
def test_refused_before_the_number_is_complete(variant: str, cause: int) -> None:
    pair = TupPair(variant=variant)
    pair.place(pair.a, request())
    pair.run(100 * MS)
    pair.b.tup.clear(offered(pair).call, cause, pair.now)
    pair.run(100 * MS)
    said = messages(pair)
    assert said[0] == "A IAM" and said[2:] == ["A CLF", "B RLG"]
    expected = {row.cause for row in ROWS if cause in row.causes} or {31}
    if cause == 5 and variant == "china":
        expected = {31}  # GF 001-9001 has no MPR
    heard = {e.cause for e in pair.a.of(neutral.CallReleased)}
    assert heard == expected
    assert {e.cause for e in pair.a.of(neutral.CallDisconnected)} == expected
    assert [(e.cause, e.local) for e in pair.b.of(neutral.CallReleased)] == [(cause, True)]
    pair.assert_idle()


@pytest.mark.parametrize(("variant", "busy"), [("itu", "B SSB"), ("china", "B SLB")])
def test_busy_is_said_as_the_network_says_it(variant: str, busy: str) -> None:
    pair = TupPair(variant=variant)
    pair.place(pair.a, request())
    pair.run(100 * MS)
    pair.b.tup.clear(offered(pair).call, 17, pair.now)
    pair.run(100 * MS)
    assert messages(pair) == ["A IAM", busy, "A CLF", "B RLG"]


def test_refused_after_address_complete_is_call_failure() -> None:
    pair = TupPair()
    pair.place(pair.a, request())
    pair.run(100 * MS)
    theirs = offered(pair).call
    pair.b.tup.proceed(theirs, pair.now)
    pair.run(100 * MS)
    pair.b.tup.clear(theirs, 17, pair.now)
    pair.run(100 * MS)
    assert messages(pair) == ["A IAM", "B ACM", "B CFL", "A CLF", "B RLG"]
    assert [e.cause for e in pair.a.of(neutral.CallReleased)] == [31]
    pair.assert_idle()


@pytest.mark.parametrize("moment", ["before ACM", "after ACM"])
def test_the_calling_side_gives_up(moment: str) -> None:
    pair = TupPair()
    ours = pair.place(pair.a, request())
    pair.run(100 * MS)
    if moment == "after ACM":
        pair.b.tup.proceed(offered(pair).call, pair.now)
        pair.run(100 * MS)
        assert [e.inband for e in pair.a.of(neutral.CallProceeding)] == [True]
    pair.a.tup.clear(ours, 16, pair.now)
    pair.run(100 * MS)
    assert messages(pair)[-2:] == ["A CLF", "B RLG"]
    pair.assert_idle()


def test_cleared_before_the_far_end_heard_of_it() -> None:
    pair = TupPair()
    ours = pair.place(pair.a, request())
    pair.a.tup.clear(ours, 16, pair.now)
    pair.run(100 * MS)
    assert messages(pair) == ["A IAM", "A CLF", "B RLG"]
    pair.assert_idle()


def test_nobody_completes_the_address() -> None:
    pair = TupPair()
    pair.place(pair.a, request())
    pair.run(24 * SECOND)
    assert messages(pair) == ["A IAM"]
    pair.run(2 * SECOND)
    assert messages(pair) == ["A IAM", "A CLF", "B RLG"]
    assert [e.cause for e in pair.a.of(neutral.CallReleased)] == [102]
    pair.assert_idle()


def test_nobody_answers() -> None:
    pair = TupPair()
    pair.place(pair.a, request())
    pair.run(100 * MS)
    pair.b.tup.alert(offered(pair).call, True, pair.now)
    pair.run(4 * MINUTE)
    assert messages(pair) == ["A IAM", "B ACM", "A CLF", "B RLG"]
    assert [e.cause for e in pair.a.of(neutral.CallReleased)] == [19]
    pair.assert_idle()


def test_answer_sends_address_complete_first() -> None:
    pair = TupPair()
    pair.place(pair.a, request())
    pair.run(100 * MS)
    pair.b.tup.answer(offered(pair).call, pair.now)
    pair.run(100 * MS)
    assert messages(pair) == ["A IAM", "B ACM", "B ANC"]


@pytest.mark.parametrize(
    ("charge", "answer"), [("charge", "B ANC"), ("no_charge", "B ANN"), ("unqualified", "B ANU")]
)
def test_kinds_of_answer(charge: str, answer: str) -> None:
    pair = TupPair(b={"charge": charge})
    up(pair)
    assert messages(pair)[-1] == answer


def test_overlap_digit_by_digit() -> None:
    pair = TupPair(b={"overlap_receiving": True})
    ours = pair.place(pair.a, request("12", complete=False))
    pair.run(SECOND)
    assert not offered(pair).request.complete
    for digits, last in (("3", False), ("45", False), ("6", True)):
        pair.a.tup.send_digits(ours, digits, last, pair.now)
        pair.run(SECOND)
    assert messages(pair) == ["A IAM", "A SAO", "A SAM", "A SAM"]
    got = [(e.digits, e.complete) for e in pair.b.of(neutral.DigitsReceived)]
    assert got == [("3", False), ("45", False), ("6", True)]
    with pytest.raises(LocalError, match="complete"):
        pair.a.tup.send_digits(ours, "7", False, pair.now)
    pair.a.tup.clear(ours, 16, pair.now)
    pair.run(SECOND)
    pair.assert_idle()


def test_overlap_without_end_of_pulsing_ends_by_time() -> None:
    pair = TupPair(variant="china", b={"overlap_receiving": True, "min_digits": 3})
    pair.place(pair.a, request("1234"))
    pair.run(14 * SECOND)
    assert not pair.b.of(neutral.DigitsReceived)
    pair.run(2 * SECOND)
    assert [(e.digits, e.complete) for e in pair.b.of(neutral.DigitsReceived)] == [("", True)]


def test_too_few_digits_are_refused() -> None:
    pair = TupPair(b={"overlap_receiving": True, "min_digits": 5})
    pair.place(pair.a, request("12", complete=False))
    pair.run(20 * SECOND)
    assert messages(pair) == ["A IAM", "B ADI", "A CLF", "B RLG"]
    assert [e.cause for e in pair.a.of(neutral.CallReleased)] == [28]
    assert [e.cause for e in pair.b.of(neutral.CallReleased)] == [28]
    pair.assert_idle()


def test_a_long_number_takes_two_messages() -> None:
    pair = TupPair(b={"overlap_receiving": True})
    pair.place(pair.a, request("12345678901234567890"))
    pair.run(SECOND)
    assert messages(pair) == ["A IAM", "A SAM"]
    digits = offered(pair).request.called.digits
    digits += "".join(e.digits for e in pair.b.of(neutral.DigitsReceived))
    assert digits == "12345678901234567890"


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_the_initial_address_tells(variant: str) -> None:
    pair = TupPair(variant=variant)
    pair.place(
        pair.a,
        neutral.CallRequest(
            neutral.PartyNumber("2345678", 4),
            number("8001234", presentation=1),
            bearer=neutral.UNRESTRICTED,
            redirecting=number("77"),
        ),
    )
    pair.run(SECOND)
    assert messages(pair) == ["A IAI"]
    got = offered(pair).request
    assert got.complete and got.exclusive and got.channel == offered(pair).channel
    assert (got.called.digits, got.called.type_of_number) == ("2345678", 4)
    assert got.calling is not None and got.redirecting is not None
    assert (got.calling.digits, got.calling.presentation) == ("8001234", 1)
    assert got.redirecting.digits == "77"
    assert got.bearer == neutral.UNRESTRICTED
    assert got.category == neutral.ORDINARY_SUBSCRIBER


@pytest.mark.parametrize(("sent", "heard"), [(10, 10), (11, 11), (13, 13), (20, 11), (2, 2)])
def test_categories_of_china(sent: int, heard: int) -> None:
    pair = TupPair(variant="china")
    pair.place(pair.a, request(category=sent))
    pair.run(SECOND)
    assert offered(pair).request.category == heard


def test_ordinary_subscribers_between_toll_and_local_exchanges() -> None:
    for variant, octet in (("china", 24), ("china_toll", 10), ("itu", 10)):
        pair = TupPair(variant=variant)
        pair.a.tup.place(request(), pair.now)
        ((_, data),) = pair.a.tup.transmit()
        assert data[2] == octet


def test_calling_line_by_general_request() -> None:
    pair = TupPair(
        variant="china", a={"send_calling_line": False}, b={"request_calling_line": True}
    )
    pair.place(pair.a, request(calling=number("8001234")))
    pair.run(SECOND)
    assert messages(pair) == ["A IAM", "B GRQ", "A GSM"]
    calling = offered(pair).request.calling
    assert calling is not None and calling.digits == "8001234"


def test_calling_line_that_nobody_knows() -> None:
    pair = TupPair(b={"request_calling_line": True})
    pair.place(pair.a, request())
    pair.run(SECOND)
    assert messages(pair) == ["A IAM", "B GRQ", "A GSM"]
    assert offered(pair).request.calling is None


def test_calling_line_that_is_not_told_in_time() -> None:
    pair = TupPair(b={"request_calling_line": True})
    pair.place(pair.a, request("12", complete=False))
    pair.cut = True
    pair.run(20 * MS)
    pair.cut = False
    pair.run(5 * SECOND)
    assert not pair.b.of(neutral.CallOffered)
    pair.run(6 * SECOND)
    assert offered(pair).request.calling is None


def test_identify_at_request() -> None:
    pair = TupPair(a={"send_calling_line": False})
    pair.place(pair.a, request(calling=number("99"), redirecting=number("77")))
    pair.run(SECOND)
    wanted = REQUEST_CALLING_LINE | REQUEST_CATEGORY | REQUEST_ORIGINAL_CALLED
    pair.b.tup.identify(offered(pair).call, pair.now, wanted)
    pair.run(SECOND)
    assert messages(pair)[-2:] == ["B GRQ", "A GSM"]
    got = pair.b.tup.calls[offered(pair).call].request
    assert got.calling is not None and got.calling.digits == "99"
    assert got.redirecting is not None and got.redirecting.digits == "77"


def test_signals_of_operators_and_charging_in_china() -> None:
    pair = TupPair(variant="china")
    ours, theirs = up(pair)
    a, b, now = pair.a.tup, pair.b.tup, pair.now
    a.signal(ours, "FOT", now)
    a.signal(ours, "OPR", now)
    b.signal(theirs, "OPR", now)
    b.signal(theirs, "MAL", now)
    b.charge(theirs, b"\x01\x02", now)
    b.meter(theirs, 258, now)
    pair.run(SECOND)
    assert pair.b.of(neutral.ForwardTransfer) == [neutral.ForwardTransfer(theirs)]
    assert [e.signal for e in pair.b.of(OperatorSignal)] == ["OPR"]
    assert [e.signal for e in pair.a.of(OperatorSignal)] == ["OPR", "MAL"]
    assert [e.data for e in pair.a.of(ChargeInformation)] == [b"\x01\x02"]
    assert [e.pulses for e in pair.a.of(MeteringPulses)] == [258]


def test_signals_that_the_other_side_or_network_has() -> None:
    pair = TupPair()
    ours, theirs = up(pair)
    with pytest.raises(LocalError, match="not used in variant itu"):
        pair.b.tup.meter(theirs, 1, pair.now)
    with pytest.raises(LocalError, match="called side only"):
        pair.a.tup.charge(ours, b"\x01", pair.now)
    with pytest.raises(LocalError, match="calling side only"):
        pair.b.tup.signal(theirs, "FOT", pair.now)


def test_the_called_party_controls_the_call() -> None:
    """China: the calling party hangs up, CCL; the call stays until the called party hangs up."""
    pair = TupPair(variant="china")
    ours, theirs = up(pair)
    pair.a.tup.signal(ours, "CCL", pair.now)
    pair.run(5 * MINUTE)
    assert [e.signal for e in pair.b.of(OperatorSignal)] == ["CCL"]
    pair.b.tup.clear(theirs, 16, pair.now)
    pair.run(SECOND)
    assert messages(pair)[-4:] == ["A CCL", "B CBK", "A CLF", "B RLG"]
    pair.assert_idle()


def test_no_circuit_is_free() -> None:
    pair = TupPair(circuits=(1, 2))
    for _ in range(3):
        pair.place(pair.a, request())
    assert [(e.cause, e.channel) for e in pair.a.of(neutral.CallReleased)] == [(34, 0)]


def test_exactly_this_circuit() -> None:
    pair = TupPair()
    pair.place(pair.a, request(channel=7, exclusive=True))
    pair.place(pair.a, request(channel=7, exclusive=True))
    pair.run(SECOND)
    assert offered(pair).channel == 7
    assert [e.cause for e in pair.a.of(neutral.CallReleased)] == [44]
    pair.place(pair.a, request(channel=7))
    pair.run(SECOND)
    assert len(pair.b.of(neutral.CallOffered)) == 2
    with pytest.raises(LocalError, match="no circuit 40"):
        pair.place(pair.a, request(channel=40))


def test_drained() -> None:
    pair = TupPair()
    pair.b.tup.drain(True, pair.now)
    with pytest.raises(LocalError, match="drained"):
        pair.place(pair.b, request())
    pair.place(pair.a, request())
    pair.run(SECOND)
    assert messages(pair) == ["A IAM", "B SEC", "A CLF", "B RLG"]
    assert [e.cause for e in pair.a.of(neutral.CallReleased)] == [42]
    assert pair.b.tup.refused == {42: 1}
    pair.b.tup.drain(False, pair.now)
    pair.place(pair.a, request())
    pair.run(SECOND)
    assert len(pair.b.of(neutral.CallOffered)) == 1


def test_requests_that_make_no_sense() -> None:
    pair = TupPair()
    ours = pair.place(pair.a, request())
    for action in (
        lambda: pair.a.tup.answer(ours, pair.now),
        lambda: pair.a.tup.proceed(99, pair.now),
        lambda: pair.a.tup.clear(ours, 0, pair.now),
        lambda: pair.place(pair.a, request("")),
        lambda: pair.place(pair.a, request("12*")),
        lambda: pair.place(pair.a, request(category=200)),
        lambda: pair.a.tup.query((1,), pair.now),
        lambda: pair.a.tup.block((99,), False, pair.now),
        lambda: pair.a.tup.send_user_information(ours, b"x", pair.now),
        lambda: pair.a.tup.signal(ours, "IAM", pair.now),
    ):
        with pytest.raises(LocalError):
            action()
    pair.a.tup.clear(ours, 16, pair.now)
    pair.run(SECOND)
    pair.assert_idle()
