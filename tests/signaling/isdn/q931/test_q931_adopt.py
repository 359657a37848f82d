"""An adopted call and what a far end may say of it (5.8.9 to 5.8.11)."""

from __future__ import annotations

import pytest

from trunkd.signaling import call as neutral
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn import q931_states as s
from trunkd.signaling.isdn.q931 import CallControl
from trunkd.signaling.isdn.q931_config import PriConfig

SECOND = 1_000_000_000
OURS = neutral.KeptCall(3, True, 9)
THEIRS = neutral.KeptCall(4, False, 0x8000 + 9)


def adopted(desk, *kept, **settings):
    """A new process with these calls, its link up."""
    settings = {"send_proceeding": False} | settings
    desk.control = CallControl(PriConfig("network" if desk.network else "user", **settings))
    for call in kept:
        desk.control.adopt(call, desk.now)
    desk.control.link_up(desk.now)
    return desk


def status(desk, call, state: int, cause: int = 30) -> None:
    desk.say(
        m.STATUS,
        e.Cause(cause),
        e.CallState(state),
        reference=call.reference & 0x7FFF,
        theirs=not call.outgoing,
    )


def test_each_is_asked_for_by_its_reference(desk) -> None:
    adopted(desk, OURS, THEIRS)
    asked = [(x.type, x.call_reference, x.flag) for x in desk.heard()]
    assert asked == [(m.STATUS_ENQUIRY, 9, 0), (m.STATUS_ENQUIRY, 9, 1)]
    status(desk, THEIRS, s.ACTIVE)
    assert desk.happened() == [neutral.CallKept(2, 4)]
    status(desk, OURS, s.ACTIVE)
    assert desk.happened() == [neutral.CallKept(1, 3)]
    assert not desk.control.deadlines
    status(desk, OURS, s.ACTIVE)
    assert desk.happened() == []


@pytest.mark.parametrize("cause", [31, 97, 98])
def test_any_status_with_state_10_will_do(desk, cause: int) -> None:
    """Told unasked (5.8.9), or by a far end that has no STATUS ENQUIRY (5.8.4)."""
    adopted(desk, OURS)
    status(desk, OURS, s.ACTIVE, cause)
    assert neutral.CallKept(1, 3) in desk.happened()
    assert desk.state() == s.ACTIVE


@pytest.mark.parametrize("state", sorted(set(s.STATE_NAMES) - {s.NULL, s.ACTIVE}))
def test_another_state_ends_it(desk, state: int) -> None:
    adopted(desk, OURS)
    desk.heard()
    status(desk, OURS, state)
    (said,) = desk.heard()
    if desk.network and state == s.CONNECT_REQUEST:
        # 5.2.8: it waits for the CONNECT ACKNOWLEDGE that was lost with our process.
        assert said.type == m.CONNECT_ACKNOWLEDGE
        assert desk.happened() == [neutral.CallKept(1, 3)]
        return
    assert (said.type, said.cause().value) == (m.DISCONNECT, 101)
    assert not [x for x in desk.happened() if isinstance(x, neutral.CallKept)]
    desk.say(m.RELEASE, e.Cause(16), reference=9, theirs=False)
    assert desk.released().cause == 101
    assert desk.idle()


def test_no_call_there(desk) -> None:
    adopted(desk, OURS)
    status(desk, OURS, s.NULL)
    released = desk.released()
    assert (released.call, released.channel, released.cause, released.local) == (1, 3, 41, False)
    assert desk.idle()


@pytest.mark.parametrize("cause", [81, 101])
def test_release_complete(desk, cause: int) -> None:
    adopted(desk, OURS)
    desk.say(m.RELEASE_COMPLETE, e.Cause(cause), reference=9, theirs=False)
    assert desk.released().cause == cause
    assert desk.idle()


def test_no_answer(desk) -> None:
    """T322 three times, then cause 41 (5.8.10)."""
    adopted(desk, OURS)
    desk.wait(11 * SECOND)
    assert desk.types() == [m.STATUS_ENQUIRY] * 3
    desk.wait(2 * SECOND)
    (said,) = desk.heard()
    assert (said.type, said.cause().value) == (m.DISCONNECT, 41)
    desk.say(m.RELEASE_COMPLETE, e.Cause(81), reference=9, theirs=False)
    assert desk.released().cause == 41
    assert desk.idle()


def test_both_ask(desk) -> None:
    """A STATUS ENQUIRY that crosses ours is answered; it confirms nothing."""
    adopted(desk, OURS)
    desk.heard()
    desk.say(m.STATUS_ENQUIRY, reference=9, theirs=False)
    (said,) = desk.heard()
    assert (said.type, said.cause().value) == (m.STATUS, 30)
    assert said.find(e.CALL_STATE).state == s.ACTIVE
    assert desk.happened() == []
    status(desk, OURS, s.ACTIVE)
    assert desk.happened() == [neutral.CallKept(1, 3)]


def test_the_far_end_restarts_the_channel(desk) -> None:
    """5.5.2: the call is over at once, the other one goes on."""
    adopted(desk, OURS, THEIRS)
    desk.heard()
    octets = m.encode(0, 0, m.RESTART, [e.b_channel(3, True), e.RestartIndicator(0)])
    desk.control.receive(octets, desk.now)
    assert desk.types() == [m.RESTART_ACKNOWLEDGE]
    assert desk.released().cause == 41
    status(desk, THEIRS, s.ACTIVE)
    assert desk.happened() == [neutral.CallKept(2, 4)]


def test_restart_names_one_channel_at_a_time(desk) -> None:
    adopted(desk, OURS, THEIRS, restart_on_start=True, channels=(1, 2, 3, 4, 5))
    named = []
    for _ in range(3):
        restart = next(x for x in desk.heard() if x.type == m.RESTART)
        element = restart.find(e.CHANNEL_IDENTIFICATION)
        assert restart.find(e.RESTART_INDICATOR).class_ == 0
        named.append(element.channels)
        octets = m.encode(0, 1, m.RESTART_ACKNOWLEDGE, [element, e.RestartIndicator(0)])
        desk.control.receive(octets, desk.now)
    assert named == [(1,), (2,), (5,)]
    assert desk.happened()[-1] == neutral.RestartDone((1, 2, 5), True, True)
    assert {desk.state(1), desk.state(2)} == {s.ACTIVE}
