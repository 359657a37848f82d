"""Isup against Isup: calls and their outcomes, as a laboratory would provoke them."""

from __future__ import annotations

import inspect

import pytest

from trunkd.errors import LocalError
from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import isup_messages_table as m
from trunkd.signaling.ss7 import isup_states as s
from trunkd.signaling.ss7.isup import Isup
from trunkd.signaling.ss7.isup_messages import decode

MS = 1_000_000
SECOND = 1_000_000_000
ROUND = 100 * MS


def offered(end) -> neutral.CallOffered:
    return end.kinds(neutral.CallOffered)[-1]


def released(end) -> neutral.CallReleased:
    return end.kinds(neutral.CallReleased)[-1]


def incoming(pair, **fields) -> tuple[int, int]:
    """A call from a that waits for b's answer: handles at a and b."""
    handle = pair.place(pair.a, **fields)
    pair.run(ROUND)
    return handle, offered(pair.b).call


def answered(pair, **fields) -> tuple[int, int]:
    mine, theirs = incoming(pair, **fields)
    pair.do(lambda: pair.b.isup.alert(theirs, False, pair.now))
    pair.do(lambda: pair.b.isup.answer(theirs, pair.now))
    pair.run(ROUND)
    assert pair.a.isup.calls[mine].state == s.OUT_ANSWERED
    assert pair.b.isup.calls[theirs].state == s.IN_ANSWERED
    return mine, theirs


def test_requests_are_those_of_a_signalling_engine() -> None:
    """Every request of the protocol, with the parameters it has there first."""
    other = ("line_down", "line_up", "receive", "transmit")
    for name, method in inspect.getmembers(neutral.SignallingEngine, inspect.isfunction):
        if name.startswith("_") or name in other:
            continue
        wanted = list(inspect.signature(method).parameters)
        have = inspect.signature(getattr(Isup, name)).parameters
        assert list(have)[: len(wanted)] == wanted, name
        extras = list(have.values())[len(wanted) :]
        assert all(extra.default is not inspect.Parameter.empty for extra in extras), name


def test_basic_call(pair_of) -> None:
    pair = pair_of()
    request = {
        "calling": neutral.PartyNumber("998877", 1, presentation=1, screening=3),
        "redirecting": neutral.PartyNumber("555", 2),
        "original_called": neutral.PartyNumber("556", 2),
        "redirect_reason": 3,
        "redirect_count": 2,
        "user_user": b"hello",
        "hop_counter": 9,
    }
    mine, theirs = incoming(pair, **request)
    event = offered(pair.b)
    got = event.request
    assert (got.called.digits, got.called.type_of_number) == ("1234", 2)
    assert got.complete
    assert got.calling == request["calling"]
    assert got.redirecting == request["redirecting"]
    assert got.original_called == request["original_called"]
    assert (got.redirect_reason, got.redirect_count, got.hop_counter) == (3, 2, 9)
    assert got.user_user == b"hello"
    assert got.category == neutral.ORDINARY_SUBSCRIBER
    assert got.bearer == neutral.AUDIO_3K1
    pair.do(lambda: pair.b.isup.proceed(theirs, pair.now))
    pair.do(lambda: pair.b.isup.progress(theirs, 8, pair.now))
    pair.do(lambda: pair.b.isup.alert(theirs, True, pair.now))
    who = neutral.PartyNumber("1234", 2, screening=3)
    pair.do(lambda: pair.b.isup.answer(theirs, pair.now, who))
    pair.run(ROUND)
    assert pair.a.names(mine) == [
        "CallProceeding",
        "CallProgressed",
        "CallAlerting",
        "CallConnected",
    ]
    assert pair.a.kinds(neutral.CallConnected)[0].connected == who
    pair.do(lambda: pair.a.isup.clear(mine, 16, pair.now, b"bye"))
    pair.run(ROUND)
    assert released(pair.a) == neutral.CallReleased(mine, event.channel, 16, 2, True)
    assert released(pair.b) == neutral.CallReleased(theirs, event.channel, 16, 2, False)
    assert pair.b.kinds(neutral.UserInformation) == [neutral.UserInformation(theirs, b"bye")]
    assert pair.a.wire() == [m.IAM, m.REL]
    assert pair.b.wire() == [m.ACM, m.CPG, m.CPG, m.ANM, m.RLC]
    pair.assert_idle()


@pytest.mark.parametrize("kind", range(5))
def test_types_of_number(pair_of, kind: int) -> None:
    pair = pair_of()
    handle = pair.a.isup.place(
        neutral.CallRequest(
            neutral.PartyNumber("86101", kind), neutral.PartyNumber("1", kind or 2)
        ),
        0,
    )
    pair.a.live.add(handle)
    pair.settle()
    pair.run(ROUND)
    request = offered(pair.b).request
    assert request.called.type_of_number == kind
    assert request.calling.type_of_number == (kind or 2)


def test_connect_without_acm(pair_of) -> None:
    pair = pair_of()
    mine, theirs = incoming(pair)
    pair.do(lambda: pair.b.isup.answer(theirs, pair.now))
    pair.run(ROUND)
    assert pair.b.wire() == [m.CON]
    assert pair.a.names(mine) == ["CallConnected"]


@pytest.mark.parametrize("cause", [1, 17, 20, 21, 27, 28, 34, 42, 65])
@pytest.mark.parametrize("alerted", [False, True])
def test_refusals(pair_of, cause: int, alerted: bool) -> None:
    pair = pair_of()
    _mine, theirs = incoming(pair)
    if alerted:
        pair.do(lambda: pair.b.isup.alert(theirs, False, pair.now))
    pair.do(lambda: pair.b.isup.clear(theirs, cause, pair.now))
    pair.run(ROUND)
    assert released(pair.a).cause == cause
    assert not released(pair.a).local
    assert released(pair.b).local
    pair.assert_idle()


@pytest.mark.parametrize("stage", ["iam", "offered", "acm", "answered"])
def test_caller_hangs_up(pair_of, stage: str) -> None:
    pair = pair_of()
    mine = pair.place(pair.a)
    if stage != "iam":
        pair.run(ROUND)
    if stage == "acm":
        pair.do(lambda: pair.b.isup.alert(offered(pair.b).call, False, pair.now))
    if stage == "answered":
        pair.do(lambda: pair.b.isup.answer(offered(pair.b).call, pair.now))
    pair.do(lambda: pair.a.isup.clear(mine, 16, pair.now))
    pair.run(ROUND)
    assert released(pair.a).cause == 16
    assert released(pair.b).cause == 16
    pair.assert_idle()


def test_release_collision(pair_of) -> None:
    """2.3.1 e: both ends send REL, both answer, both calls end as their own side wanted."""
    pair = pair_of()
    mine, theirs = answered(pair)
    pair.a.isup.clear(mine, 16, pair.now)
    pair.b.isup.clear(theirs, 31, pair.now)
    pair.settle()
    pair.run(ROUND)
    assert (released(pair.a).cause, released(pair.b).cause) == (16, 31)
    assert pair.a.wire()[-2:] == [m.REL, m.RLC]
    pair.assert_idle()


def test_thirty_calls_each_on_its_circuit(pair_of) -> None:
    pair = pair_of()
    pair.answering()
    for n in range(30):
        pair.place(pair.ends[n % 2])
        pair.run(50 * MS)
    pair.run(SECOND)
    for end in pair.ends:
        assert sorted(end.channel.values()) == [neutral.CHANNEL_BUSY] * 30
        assert {c.state for c in end.isup.calls.values()} == {s.OUT_ANSWERED, s.IN_ANSWERED}
    handle = pair.place(pair.a)
    assert released(pair.a) == neutral.CallReleased(handle, 0, 34, 2, True)
    for end in pair.ends:
        for handle in sorted(end.live):
            pair.try_(lambda e=end, h=handle: e.isup.clear(h, 16, pair.now))
    pair.run(SECOND)
    pair.assert_idle()


def test_overlap_with_digits_passed_on(pair_of) -> None:
    """2.1.2: IAM with three digits, SAMs; b is told when three are there; ST ends it."""
    config = {"overlap": True, "min_digits": 3}
    pair = pair_of(b=config)
    mine = pair.place(pair.a, "12", complete=False)
    pair.run(ROUND)
    assert not pair.b.kinds(neutral.CallOffered)
    pair.do(lambda: pair.a.isup.send_digits(mine, "3", False, pair.now))
    pair.run(ROUND)
    event = offered(pair.b)
    assert (event.request.called.digits, event.request.complete) == ("123", False)
    pair.do(lambda: pair.a.isup.send_digits(mine, "45", False, pair.now))
    pair.do(lambda: pair.a.isup.send_digits(mine, "6", True, pair.now))
    pair.run(ROUND)
    assert pair.b.kinds(neutral.DigitsReceived) == [
        neutral.DigitsReceived(event.call, "45", False),
        neutral.DigitsReceived(event.call, "6", True),
    ]
    assert pair.b.isup.calls[event.call].digits == "123456"
    pair.do(lambda: pair.b.isup.alert(event.call, False, pair.now))
    pair.run(ROUND)
    pair.do(lambda: pair.a.isup.send_digits(mine, "7", False, pair.now))
    assert pair.a.wire() == [m.IAM, m.SAM, m.SAM, m.SAM]


def test_max_digits_end_the_number(pair_of) -> None:
    pair = pair_of(a={"variant": "china"}, b={"variant": "china", "overlap": True, "max_digits": 5})
    mine = pair.place(pair.a, "123", complete=False)
    pair.run(ROUND)
    pair.do(lambda: pair.a.isup.send_digits(mine, "45", True, pair.now))
    pair.run(ROUND)
    assert pair.b.kinds(neutral.DigitsReceived)[0].complete


def test_end_of_number_by_t10(pair_of) -> None:
    pair = pair_of(b={"overlap": True})
    pair.place(pair.a, "123", complete=False)
    pair.run(5 * SECOND)
    call = offered(pair.b).call
    assert pair.b.kinds(neutral.DigitsReceived) == [neutral.DigitsReceived(call, "", True)]


def test_wanted_digits_do_not_come(pair_of) -> None:
    """want_digits: T35 instead of T10; then REL, cause 28."""
    pair = pair_of(b={"overlap": True})
    pair.place(pair.a, "123", complete=False)
    pair.run(ROUND)
    pair.do(lambda: pair.b.isup.want_digits(offered(pair.b).call, pair.now))
    pair.run(20 * SECOND)
    assert not pair.b.kinds(neutral.DigitsReceived)
    assert (released(pair.a).cause, released(pair.b).cause) == (28, 28)
    pair.assert_idle()


def test_too_few_digits(pair_of) -> None:
    pair = pair_of(b={"min_digits": 5})
    pair.place(pair.a, "123", complete=False)
    pair.run(16 * SECOND)
    assert released(pair.a).cause == 28
    assert not pair.b.kinds(neutral.CallOffered, neutral.CallReleased)
    pair.assert_idle()


def test_suspend_and_resume(pair_of) -> None:
    pair = pair_of()
    mine, theirs = answered(pair)
    pair.do(lambda: pair.b.isup.suspend(theirs, pair.now))
    pair.run(30 * SECOND)
    assert pair.a.kinds(neutral.CallSuspended) == [neutral.CallSuspended(mine, True)]
    pair.do(lambda: pair.b.isup.resume(theirs, pair.now))
    pair.run(5 * 60 * SECOND)
    assert pair.a.kinds(neutral.CallResumed) == [neutral.CallResumed(mine, True)]
    assert pair.a.isup.calls[mine].state == s.OUT_ANSWERED
    assert not pair.a.isup.deadlines


def test_suspended_too_long(pair_of) -> None:
    """T6: the controlling side releases (2.4.3)."""
    pair = pair_of(a={"variant": "china"}, b={"variant": "china"})
    _mine, theirs = answered(pair)
    pair.do(lambda: pair.b.isup.suspend(theirs, pair.now))
    pair.run(61 * SECOND)
    assert (released(pair.a).cause, released(pair.b).cause) == (16, 16)
    pair.assert_idle()


def test_user_suspends(pair_of) -> None:
    """NOTIFY 0 and 1 are SUS and RES of the user's; T2 supervises."""
    pair = pair_of()
    mine, theirs = answered(pair)
    pair.do(lambda: pair.a.isup.notify(mine, 0, pair.now))
    pair.run(ROUND)
    assert pair.b.kinds(neutral.CallSuspended) == [neutral.CallSuspended(theirs, False)]
    pair.run(181 * SECOND)
    assert (released(pair.a).cause, released(pair.b).local) == (102, True)
    pair.assert_idle()


def test_user_information_both_ways(pair_of) -> None:
    pair = pair_of()
    mine, theirs = incoming(pair)
    pair.do(lambda: pair.b.isup.send_user_information(theirs, b"later", pair.now))
    pair.do(lambda: pair.b.isup.alert(theirs, False, pair.now))
    pair.run(ROUND)
    pair.do(lambda: pair.a.isup.send_user_information(mine, b"up", pair.now))
    pair.do(lambda: pair.b.isup.answer(theirs, pair.now))
    pair.do(lambda: pair.b.isup.send_user_information(theirs, b"down", pair.now))
    pair.run(ROUND)
    assert [e.data for e in pair.a.kinds(neutral.UserInformation)] == [b"later", b"down"]
    assert [e.data for e in pair.b.kinds(neutral.UserInformation)] == [b"up"]


def test_forward_transfer(pair_of) -> None:
    pair = pair_of()
    mine, theirs = answered(pair)
    pair.do(lambda: pair.a.isup.forward_transfer(mine, pair.now))
    pair.run(ROUND)
    assert pair.b.kinds(neutral.ForwardTransfer) == [neutral.ForwardTransfer(theirs)]


def test_propagation_delay(pair_of) -> None:
    """2.6: the counter grows; the sum comes back as call history."""
    pair = pair_of(a={"delay": 30}, b={"delay": 12})
    answered(pair)
    answer = decode(pair.b.sent[-1])
    assert answer.get(0x2D) == (42).to_bytes(2, "big")
    assert decode(pair.a.sent[0]).get(0x31) == (30).to_bytes(2, "big")


def test_calling_number_is_asked_for(pair_of) -> None:
    """2.1.6: INR where the IAM had no calling number; INF says that there is none."""
    pair = pair_of(b={"ask_calling": True})
    pair.place(pair.a)
    pair.run(ROUND)
    assert pair.b.wire() == [m.INR]
    assert pair.a.wire() == [m.IAM, m.INF]
    assert offered(pair.b).request.calling is None


def test_user_resumes(pair_of) -> None:
    pair = pair_of()
    mine, theirs = answered(pair)
    pair.do(lambda: pair.b.isup.notify(theirs, 0, pair.now))
    pair.run(ROUND)
    pair.do(lambda: pair.b.isup.notify(theirs, 1, pair.now))
    pair.do(lambda: pair.b.isup.notify(theirs, 2, pair.now))
    pair.run(ROUND)
    assert pair.a.kinds(neutral.CallResumed) == [neutral.CallResumed(mine, False)]
    assert pair.a.kinds(neutral.CallNotified) == [neutral.CallNotified(mine, 2)]
    assert not pair.a.isup.deadlines


def test_digits_sent_before_a_repeat_attempt_go_along(pair_of) -> None:
    """The second IAM has all digits that were sent so far."""
    pair = pair_of(b={"min_digits": 3, "overlap": True})
    mine = pair.place(pair.a, "12", complete=False, channel=2)
    pair.place(pair.b, "99", channel=2)
    pair.do(lambda: pair.a.isup.send_digits(mine, "34", False, pair.now))
    pair.run(SECOND)
    assert pair.a.kinds(neutral.CallMoved)
    assert [e.request.called.digits for e in pair.b.kinds(neutral.CallOffered)] == ["1234"]


def test_fallback(pair_of) -> None:
    """2.5: 64 kbit/s preferred; the called side takes speech and says so."""
    pair = pair_of()
    _mine, theirs = incoming(pair, bearer=neutral.UNRESTRICTED, fallback=neutral.SPEECH)
    request = offered(pair.b).request
    assert (request.bearer, request.fallback) == (neutral.UNRESTRICTED, neutral.SPEECH)
    pair.do(lambda: pair.b.isup.answer(theirs, pair.now, None, neutral.SPEECH))
    pair.run(ROUND)
    assert pair.a.kinds(neutral.CallConnected)[0].bearer == neutral.SPEECH


@pytest.mark.parametrize("bearer", [neutral.SPEECH, neutral.UNRESTRICTED, neutral.AUDIO_3K1])
def test_bearers(pair_of, bearer: int) -> None:
    pair = pair_of(b={"bearers": (neutral.SPEECH, neutral.AUDIO_3K1)})
    pair.place(pair.a, bearer=bearer)
    pair.run(ROUND)
    if bearer == neutral.UNRESTRICTED:
        assert released(pair.a).cause == 65
        pair.assert_idle()
    else:
        assert offered(pair.b).request.bearer == bearer


def test_no_route_no_call(pair_of) -> None:
    """2.9.4: while the destination cannot be reached no call is placed; calls that are stay."""
    pair = pair_of()
    mine, _theirs = answered(pair)
    pair.pause(True)
    handle = pair.place(pair.a)
    assert released(pair.a) == neutral.CallReleased(handle, 0, 27, 2, True)
    pair.run(60 * SECOND)
    pair.pause(False)
    assert pair.a.isup.calls[mine].state == s.OUT_ANSWERED
    pair.do(lambda: pair.a.isup.clear(mine, 16, pair.now))
    pair.run(SECOND)
    pair.assert_idle()


def test_release_during_a_pause(pair_of) -> None:
    """T1 repeats REL until the route is back."""
    pair = pair_of()
    mine, theirs = answered(pair)
    pair.pause(True)
    pair.do(lambda: pair.a.isup.clear(mine, 16, pair.now))
    pair.run(40 * SECOND)
    assert theirs in pair.b.live
    pair.pause(False)
    pair.run(16 * SECOND)
    pair.assert_idle()


def test_draining(pair_of) -> None:
    pair = pair_of()
    pair.b.isup.drain(True, pair.now)
    with pytest.raises(LocalError, match="drained"):
        pair.b.isup.place(neutral.CallRequest(neutral.PartyNumber("1")), pair.now)
    pair.place(pair.a)
    pair.run(ROUND)
    assert released(pair.a).cause == 42
    assert not pair.b.log or not pair.b.kinds(neutral.CallOffered)
    pair.assert_idle()


def test_test_call_on_a_blocked_circuit(pair_of) -> None:
    """2.8.2.1: blocked for maintenance, a circuit still takes test calls, and those only."""
    pair = pair_of()
    pair.do(lambda: pair.b.isup.block((5,), False, pair.now))
    pair.run(ROUND)
    handle = pair.place(pair.a, channel=5, exclusive=True)
    assert released(pair.a) == neutral.CallReleased(handle, 0, 44, 2, True)
    pair.place(pair.a, channel=5, exclusive=True, category=neutral.TEST_CALL)
    pair.run(ROUND)
    assert offered(pair.b).channel == 5
    assert offered(pair.b).request.category == neutral.TEST_CALL
    assert pair.a.isup.circuits.by_cic[5].blr


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (lambda isup: isup.clear(77, 16, 0), "no call 77"),
        (lambda isup: isup.restart((99,), 0), "no CIC 99"),
        (
            lambda isup: isup.place(neutral.CallRequest(neutral.PartyNumber("1"), channel=16), 0),
            "no CIC 16",
        ),
        (
            lambda isup: isup.place(neutral.CallRequest(neutral.PartyNumber("12X")), 0),
            "12X",
        ),
        (
            lambda isup: isup.place(
                neutral.CallRequest(neutral.PartyNumber("1"), user_user=b"x" * 129), 0
            ),
            "at most 128",
        ),
        (
            lambda isup: isup.place(neutral.CallRequest(neutral.PartyNumber("1"), bearer=0x18), 0),
            "0x18",
        ),
        (lambda isup: isup.congested(3), "level 3"),
        (lambda isup: isup.clear(1, 128, 0), "cause 128"),
        (
            lambda isup: isup.place(
                neutral.CallRequest(neutral.PartyNumber("1"), access=b"x" * 201), 0
            ),
            "at most 200",
        ),
    ],
)
def test_callers_mistakes(pair_of, action, text: str) -> None:
    pair = pair_of()
    with pytest.raises(LocalError, match=text):
        action(pair.a.isup)
    pair.assert_idle()
