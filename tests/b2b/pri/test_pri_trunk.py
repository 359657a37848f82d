"""PriTrunk against PriTrunk: what a laboratory would provoke by hand."""

from __future__ import annotations

import inspect

import pytest

from trunkd.signaling import call as neutral
from trunkd.signaling.isdn.q931_states import ACTIVE
from trunkd.signaling.isdn.trunk import LOOPED, PriTrunk

MS = 1_000_000
SECOND = 1_000_000_000
ROUND = 50 * MS
"""Enough for a message, its answer and what follows."""


def request(**fields) -> neutral.CallRequest:
    return neutral.CallRequest(neutral.PartyNumber("1234"), neutral.PartyNumber("99"), **fields)


def answering(pair) -> None:
    """Both ends alert and answer what is offered."""

    def app(end, event) -> None:
        if isinstance(event, neutral.CallOffered) and event.request.complete:
            pair.try_(lambda: end.trunk.alert(event.call, False, pair.now))
            pair.try_(lambda: end.trunk.answer(event.call, pair.now))

    for end in pair.ends:
        end.app = app


def established(pair_of, count: int = 1, **settings):
    """A pair with ``count`` active calls from each side."""
    pair = pair_of(**settings)
    answering(pair)
    pair.start()
    pair.run(ROUND)
    for _ in range(count):
        for end in pair.ends:
            pair.place(end, request())
    pair.settle()
    pair.run(pair.now + 3 * ROUND)
    for end in pair.ends:
        assert len(end.live) == 2 * count
    assert_active(pair)
    return pair


def assert_active(pair) -> None:
    for end in pair.ends:
        calls = end.trunk.control.calls
        assert {call.state for call in calls.values()} == {ACTIVE}
    mine, theirs = (
        sorted(
            (call.reference, call.flag, call.channel) for call in end.trunk.control.calls.values()
        )
        for end in pair.ends
    )
    assert mine == sorted((reference, 1 - flag, channel) for reference, flag, channel in theirs)


def cleared(pair) -> None:
    """Each end clears its own calls; nothing is left."""
    for end in pair.ends:
        for handle in sorted(end.live):
            pair.try_(lambda e=end, h=handle: e.trunk.clear(h, 16, pair.now))
    pair.settle()
    pair.run(pair.now + 20 * SECOND)
    pair.assert_idle()


def kinds(end, kind) -> list:
    return [event for event in end.log if isinstance(event, kind)]


def told(end) -> list[tuple[bool, str]]:
    """What the end said of its link, in order."""
    return [(x.up, x.reason) for x in kinds(end, neutral.LinkChanged)]


def test_it_is_a_signalling_engine() -> None:
    """Every method of the protocol, with the parameters it has there first."""
    for name, method in inspect.getmembers(neutral.SignallingEngine, inspect.isfunction):
        if name.startswith("_"):
            continue
        wanted = list(inspect.signature(method).parameters)
        have = inspect.signature(getattr(PriTrunk, name)).parameters
        assert list(have)[: len(wanted)] == wanted, name
        extras = list(have.values())[len(wanted) :]
        assert all(extra.default is not inspect.Parameter.empty for extra in extras), name


def test_thirty_calls_each_with_its_channel(pair_of) -> None:
    pair = established(pair_of, 15)
    for end in pair.ends:
        assert sorted(end.channel.values()) == [neutral.CHANNEL_BUSY] * 30
    handle = pair.place(pair.user, request())
    pair.settle()
    assert pair.user.released[-1].call == handle
    assert pair.user.released[-1].cause == 34
    cleared(pair)


def test_events_in_order(pair_of) -> None:
    pair = established(pair_of)
    names = [
        type(event).__name__
        for event in pair.user.log
        if getattr(event, "call", 0) == 1 and not isinstance(event, neutral.ChannelChanged)
    ]
    assert names == ["CallProceeding", "CallAlerting", "CallConnected"]
    cleared(pair)


@pytest.mark.parametrize("exclusive", [False, True])
def test_glare(pair_of, exclusive: bool) -> None:
    """5.7: both ends propose channel 5 in the same instant. The network's call gets it."""
    pair = pair_of()
    answering(pair)
    pair.start()
    pair.run(ROUND)
    mine = pair.place(pair.user, request(channel=5, exclusive=exclusive))
    theirs = pair.place(pair.network, request(channel=5, exclusive=exclusive))
    pair.settle()
    pair.run(pair.now + ROUND)
    assert pair.network.trunk.control.calls[theirs].channel == 5
    if exclusive:
        assert [(x.call, x.cause) for x in pair.user.released] == [(mine, 44)]
    else:
        assert pair.user.trunk.control.calls[mine].channel == 31
    assert_active(pair)
    cleared(pair)


def test_glare_on_every_channel(pair_of) -> None:
    """Thirty calls at once from each side, both choosing from the same end: 30 get through."""
    pair = pair_of(user={"selection": "ascending"}, network={"selection": "ascending"})
    answering(pair)
    pair.start()
    pair.run(ROUND)
    for _ in range(30):
        for end in pair.ends:
            pair.place(end, request())
    pair.settle()
    pair.run(pair.now + 10 * ROUND)
    assert_active(pair)
    assert len(pair.network.live) == 30
    assert len(pair.user.released) == 30
    assert {x.cause for x in pair.user.released} <= {34, 44}
    cleared(pair)


def test_d_channel_cut_for_five_seconds(pair_of) -> None:
    """5.8.9: active calls stay; what was being set up ends; the line works again after."""
    pair = established(pair_of, 3)
    pair.wire.cut = True
    pair.run(pair.now + 5 * SECOND)
    pair.wire.cut = False
    pair.run(pair.now + 20 * SECOND)
    assert_active(pair)
    assert len(pair.user.live) == 6
    assert not pair.user.released and not pair.network.released
    cleared(pair)


def test_a_silent_far_end_is_said_to_be_silent(pair_of) -> None:
    pair = pair_of()
    pair.user.trunk.start(0)
    pair.network.trunk.line_down(0)
    pair.run(60 * SECOND)
    assert told(pair.user) == [(False, "no answer to SABME after N200 retries")]


def test_layer_1_down_for_five_seconds(pair_of) -> None:
    pair = established(pair_of, 3)
    pending = pair.place(pair.user, request())
    for end in pair.ends:
        end.trunk.line_down(pair.now)
    pair.settle()
    assert [(x.call, x.cause) for x in pair.user.released] == [(pending, 27)]
    pair.run(pair.now + 5 * SECOND)
    for end in pair.ends:
        end.trunk.line_up(pair.now)
    pair.settle()
    pair.run(pair.now + SECOND)
    assert_active(pair)
    assert told(pair.user)[1:] == [
        (False, "layer 1 is down"),
        (False, "layer 1 is back; the link is being set up"),
        (True, "multiple frame established"),
    ]
    cleared(pair)


def test_t309_ends_what_the_link_left(pair_of) -> None:
    """5.8.9: 90 s without a link."""
    pair = established(pair_of, 2)
    for end in pair.ends:
        end.trunk.line_down(pair.now)
    pair.run(pair.now + 90 * SECOND - 1)
    assert len(pair.user.live) == len(pair.network.live) == 4
    pair.run(pair.now + 1)
    for end in pair.ends:
        assert {x.cause for x in end.released} == {27}
        assert len(end.released) == 4
    pair.assert_idle()


def test_call_that_one_side_lost(pair_of) -> None:
    """5.8.9, 5.8.10: what was cleared during the failure is found out after it."""
    pair = established(pair_of, 2)
    for end in pair.ends:
        end.trunk.line_down(pair.now)
    pair.settle()
    handle = min(pair.user.live)
    pair.user.trunk.clear(handle, 16, pair.now)
    pair.settle()
    assert handle not in pair.user.live
    for end in pair.ends:
        end.trunk.line_up(pair.now)
    pair.settle()
    pair.run(pair.now + SECOND)
    assert_active(pair)
    assert len(pair.network.live) == 3
    assert [x.kind for x in kinds(pair.network, neutral.ProtocolFault)] == ["status_null"]
    cleared(pair)


def test_data_link_reset_keeps_calls(pair_of) -> None:
    """5.8.8 c: SABME in the middle of calls."""
    pair = established(pair_of, 2)
    pair.user.trunk.link.establish(pair.now)
    pair.run(pair.now + SECOND)
    assert_active(pair)
    assert len(kinds(pair.user, neutral.LinkChanged)) == 1
    cleared(pair)


def test_far_end_takes_the_link_down(pair_of) -> None:
    """DISC, and both come back by themselves."""
    pair = established(pair_of, 1)
    pair.user.trunk.link.release(pair.now)
    pair.settle()
    pair.run(pair.now + 3 * SECOND)
    assert [x.up for x in kinds(pair.network, neutral.LinkChanged)] == [True, False, True]
    assert_active(pair)
    cleared(pair)


def test_far_end_that_refuses_is_asked_again_in_time(pair_of) -> None:
    """A far end answering DM is not hammered: one SABME a second."""
    pair = pair_of()
    pair.network.trunk.link.able_to_establish = False
    pair.user.trunk.start(0)
    pair.settle()
    pair.run(10 * SECOND)
    assert pair.frames <= 24
    pair.network.trunk.link.able_to_establish = True
    pair.run(12 * SECOND)
    assert told(pair.user) == [
        (False, "the far end refused the link (DM)"),
        (True, "multiple frame established"),
    ]


@pytest.mark.parametrize("by_user", [True, False])
def test_restart_in_the_middle_of_calls(pair_of, by_user: bool) -> None:
    """5.5: all calls end on both sides, without a message each, and calls go on after."""
    pair = established(pair_of, 5)
    end = pair.user if by_user else pair.network
    end.trunk.restart((), pair.now)
    pair.settle()
    pair.run(pair.now + ROUND)
    pair.assert_idle()
    assert [x.local for x in kinds(end, neutral.RestartDone)] == [True]
    assert [x.local for x in kinds(pair.other(end), neutral.RestartDone)] == [False]
    assert {x.cause for e in pair.ends for x in e.released} == {41}
    pair.place(end, request())
    pair.settle()
    pair.run(pair.now + ROUND)
    assert_active(pair)
    cleared(pair)


def test_restart_both_ways_at_once(pair_of) -> None:
    pair = established(pair_of, 5)
    for end in pair.ends:
        end.trunk.restart((), pair.now)
    pair.settle()
    pair.run(pair.now + SECOND)
    pair.assert_idle()


def test_restart_of_one_channel(pair_of) -> None:
    pair = established(pair_of, 2)
    pair.network.trunk.restart((1,), pair.now)
    pair.settle()
    pair.run(pair.now + SECOND)
    assert len(pair.user.live) == len(pair.network.live) == 3
    assert_active(pair)
    cleared(pair)


def test_restart_on_start(pair_of) -> None:
    pair = pair_of(user={"restart_on_start": True}, network={"restart_on_start": True})
    pair.start()
    pair.run(SECOND)
    pair.assert_idle()
    for end in pair.ends:
        assert sorted(x.local for x in kinds(end, neutral.RestartDone)) == [False, True]
        assert all(x.ok for x in kinds(end, neutral.RestartDone))


@pytest.mark.parametrize("from_user", [True, False])
def test_overlap(pair_of, from_user: bool) -> None:
    """Digit by digit both ways: the called side decides when the number is complete."""
    settings = {"overlap_receiving": True, "min_digits": 2}
    pair = pair_of(user=settings, network=settings)
    pair.start()
    pair.run(ROUND)
    caller, called = pair.ends if from_user else reversed(pair.ends)
    number = ["4"]

    def app(end, event) -> None:
        if end is called and isinstance(event, neutral.DigitsReceived):
            number.append(event.digits)
            if len("".join(number)) == 5:
                end.trunk.proceed(event.call, pair.now)
                end.trunk.answer(event.call, pair.now)

    called.app = app
    call = neutral.CallRequest(neutral.PartyNumber("4"), complete=False)
    handle = pair.place(caller, call)
    for n, digit in enumerate("0123456"):
        pair.after(
            n * ROUND,
            lambda d=digit: pair.try_(lambda: caller.trunk.send_digits(handle, d, False, pair.now)),
        )
    pair.run(pair.now + 7 * ROUND)
    assert "".join(number) == "40123"
    assert len(kinds(caller, neutral.MoreDigitsWanted)) == 1
    assert_active(pair)
    cleared(pair)


def test_drain_lets_calls_finish(pair_of) -> None:
    pair = established(pair_of, 2)
    pair.network.trunk.drain(True, pair.now)
    handle = pair.place(pair.user, request())
    pair.settle()
    pair.run(pair.now + ROUND)
    assert [(x.call, x.cause) for x in pair.user.released] == [(handle, 42)]
    assert_active(pair)
    cleared(pair)


def test_same_side_twice_is_noticed(pair_of) -> None:
    """Two users on one line: the loop text of Q.921 comes as a fault, and no link."""
    from trunkd.signaling.isdn.q931_config import PriConfig

    pair = pair_of()
    pair.network.trunk = PriTrunk(PriConfig("user"))
    pair.start()
    pair.run(5 * SECOND)
    faults = kinds(pair.user, neutral.ProtocolFault)
    assert "mdl_l" in {x.kind for x in faults}
    assert told(pair.user) == [(False, LOOPED)]  # once, not with each SABME


@pytest.mark.parametrize("new_side", ["user", "network"])
def test_far_end_starts_anew_without_the_link_going_down(pair_of, new_side: str) -> None:
    """A far end that lost its memory sends SABME. Nothing was outstanding, so Q.921 tells layer 3
    nothing, and still the calls that only we know must end."""
    from trunkd.signaling.isdn.q931_config import PriConfig

    pair = established(pair_of, 2)
    new, old = pair.ends if new_side == "user" else reversed(pair.ends)
    new.trunk = PriTrunk(PriConfig(new_side))
    new.live.clear()
    new.channel.clear()
    new.trunk.start(pair.now)
    pair.run(pair.now + SECOND)
    assert len(old.released) == 4
    assert all(x.up for x in kinds(old, neutral.LinkChanged))
    pair.assert_idle()


def test_frames_while_layer_1_is_lost(pair_of) -> None:
    """RAI: we hear the far end, it does not hear us; its SABME must not bring the link up."""
    pair = established(pair_of)
    pair.user.trunk.line_down(pair.now)
    pair.network.trunk.line_down(pair.now)
    pair.network.trunk.line_up(pair.now)
    pair.run(pair.now + 30 * SECOND)
    assert [x.up for x in kinds(pair.user, neutral.LinkChanged)] == [True, False]
    pair.user.trunk.line_up(pair.now)
    pair.run(pair.now + ROUND)
    assert [up for up, _ in told(pair.user)] == [True, False, False, True]
    assert_active(pair)
    cleared(pair)
