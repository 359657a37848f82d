"""RESTART: 5.5, both ways, on both sides."""

from __future__ import annotations

import pytest

from trunkd.signaling import call as neutral
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn import q931_states as s
from trunkd.signaling.isdn.q931_config import E1_CHANNELS, PriConfig
from trunkd.signaling.isdn.q931_restart import REST0, REST1

SECOND = 1_000_000_000
ALL = e.RestartIndicator(6)
ONE = e.RestartIndicator(0)


def far(desk, type: int, *elements: e.Element, flag: int = 0) -> None:
    desk.control.receive(m.encode(0, flag, type, list(elements)), desk.now)


def acknowledge(desk, *elements: e.Element) -> None:
    far(desk, m.RESTART_ACKNOWLEDGE, *elements, flag=1)


def channel_states(desk, channels) -> set[int]:
    return {desk.control.channels.state[n] for n in channels}


def test_whole_interface(desk) -> None:
    """5.5.1: calls end at once and without a message; channels wait for the answer."""
    desk.reach(s.ACTIVE)
    desk.control.restart((), 0)
    (restart,) = desk.heard()
    assert (restart.type, restart.call_reference, restart.flag) == (m.RESTART, 0, 0)
    assert restart.find(e.RESTART_INDICATOR).class_ == 6
    assert restart.channel() is None
    ended = desk.released()
    assert (ended.cause, ended.local) == (41, True)
    assert channel_states(desk, E1_CHANNELS) == {neutral.CHANNEL_RESTARTING}
    desk.place()
    assert desk.released().cause == 34
    acknowledge(desk, ALL)
    (done,) = desk.happened()
    assert (done.channels, done.local, done.ok) == (E1_CHANNELS, True, True)
    assert desk.idle()


def test_channels_one_by_one(desk) -> None:
    desk.control.restart((5, 3, 5), 0)
    for channel in (3, 5):
        (restart,) = desk.heard()
        assert restart.channel().channels == (channel,)
        assert restart.find(e.RESTART_INDICATOR).class_ == 0
        acknowledge(desk, restart.channel(), ONE)
    (done,) = desk.happened()
    assert (done.channels, done.ok) == ((3, 5), True)
    assert desk.idle()


def test_channels_in_one_message(desk_of, side: str) -> None:
    """The ITU variant: one RESTART lists them; what the answer leaves out stays blocked."""
    desk = desk_of(side, variant="itu")
    desk.control.restart((3, 5, 7), 0)
    (restart,) = desk.heard()
    assert restart.channel().channels == (3, 5, 7)
    acknowledge(desk, e.ChannelIdentification((3, 7), True), ONE)
    (done,) = desk.happened()
    assert (done.channels, done.ok) == ((3, 5, 7), False)
    assert channel_states(desk, (3, 7)) == {neutral.CHANNEL_IDLE}
    assert channel_states(desk, (5,)) == {neutral.CHANNEL_OUT_OF_SERVICE}


def test_only_calls_on_those_channels_end(desk) -> None:
    desk.offer(channel=5)
    desk.say(m.SETUP, e.BearerCapability(0), e.b_channel(6, True), reference=78)
    desk.happened()
    desk.control.restart((5,), 0)
    assert desk.released().call == 1
    assert list(desk.control.calls) == [2]


def test_t316(desk) -> None:
    """5.5.1: RESTART twice, then the channels are out of service."""
    desk.control.restart((3, 4), 0)
    desk.heard()
    desk.wait(120 * SECOND - 1)
    assert desk.heard() == []
    desk.wait(1)
    (again,) = desk.heard()
    assert again.channel().channels == (3,)
    desk.wait(120 * SECOND)
    assert desk.heard() == []
    (done,) = desk.happened()
    assert (done.channels, done.local, done.ok) == ((3, 4), True, False)
    assert channel_states(desk, (3, 4)) == {neutral.CHANNEL_OUT_OF_SERVICE}
    assert desk.control.asking.state == REST0
    desk.control.restart((3, 4), desk.now)
    acknowledge(desk, e.b_channel(3, True), ONE)
    acknowledge(desk, e.b_channel(4, True), ONE)
    assert desk.idle()


def test_requests_wait_for_each_other(desk) -> None:
    """5.5.1: one RESTART at a time."""
    desk.control.restart((3,), 0)
    desk.control.restart((4,), 0)
    assert [x.channel().channels for x in desk.heard()] == [(3,)]
    acknowledge(desk, e.b_channel(3, True), ONE)
    assert [x.channel().channels for x in desk.heard()] == [(4,)]
    acknowledge(desk, e.b_channel(4, True), ONE)
    assert [x.channels for x in desk.happened()] == [(3,), (4,)]
    assert desk.idle()


def test_channel_stays_blocked_while_another_restart_of_it_waits(desk) -> None:
    """No call gets a channel that is about to be restarted again."""
    desk.control.restart((3, 4), 0)
    desk.control.restart((3,), 0)
    for channel, idle in ((3, False), (4, False), (3, True)):
        acknowledge(desk, e.b_channel(channel, True), ONE)
        assert desk.control.channels.is_idle(3) == idle
    assert [x.channels for x in desk.happened()] == [(3, 4), (3,)]
    assert desk.idle()


def test_waiting_restart_ends_calls_that_came_meanwhile(desk) -> None:
    """The far end may restart a channel itself, and use it, before our RESTART is sent."""
    desk.control.restart((3,), 0)
    desk.wait(120 * SECOND)
    desk.control.restart((2, 3), 0)
    desk.wait(120 * SECOND)  # the first one is given up: 3 is out of service
    far(desk, m.RESTART, e.b_channel(3, True), ONE)
    desk.offer(channel=3)
    desk.happened()
    acknowledge(desk, e.b_channel(2, True), ONE)
    assert desk.released().local
    acknowledge(desk, e.b_channel(3, True), ONE)
    assert desk.idle()


def test_restart_answered_twice(desk) -> None:
    """A RESTART repeated for a new data link has two answers; the second is not the next one's."""
    desk.control.restart((3, 4), 0)
    desk.control.link_reset(0)
    assert [x.channel().channels for x in desk.heard()] == [(3,), (3,)]
    for channel in (3, 3, 4):
        acknowledge(desk, e.b_channel(channel, True), ONE)
    fault, done = desk.happened()
    assert (fault.kind, done.ok) == ("unexpected_message", True)
    assert desk.idle()


@pytest.mark.parametrize("maintenance", [True, False])
def test_channels_out_of_service_get_another_chance(desk_of, side: str, maintenance: bool) -> None:
    """A far end that did not answer RESTART is asked again when the link was down."""
    desk = desk_of(side, restart_on_start=True, restart_maintenance=maintenance, variant="itu")
    desk.wait(300 * SECOND)
    assert channel_states(desk, E1_CHANNELS) == {neutral.CHANNEL_OUT_OF_SERVICE}
    desk.heard()
    desk.control.link_down(desk.now)
    desk.control.link_up(desk.now)
    assert desk.types() == ([m.RESTART] if maintenance else [])
    if maintenance:
        acknowledge(desk, e.ChannelIdentification(E1_CHANNELS, True), ONE)
        assert desk.idle()


@pytest.mark.parametrize("class_", [6, 7])
def test_far_end_restarts_the_interface(desk, class_: int) -> None:
    """5.5.2: calls end without a message, even such as have no channel."""
    desk.reach(s.ACTIVE)
    far(desk, m.RESTART, e.RestartIndicator(class_))
    (answer,) = desk.heard()
    assert (answer.type, answer.call_reference, answer.flag) == (m.RESTART_ACKNOWLEDGE, 0, 1)
    assert answer.find(e.RESTART_INDICATOR).class_ == class_
    ended, done = desk.happened()
    assert (ended.cause, ended.local) == (41, False)
    assert (done.channels, done.local, done.ok) == (E1_CHANNELS, False, True)
    assert desk.idle()


def test_far_end_restarts_channels(desk) -> None:
    desk.offer(channel=5)
    desk.say(m.SETUP, e.BearerCapability(0), e.b_channel(6, True), reference=78)
    desk.heard()
    desk.happened()
    wanted = e.ChannelIdentification((5, 7, 16), True)
    far(desk, m.RESTART, wanted, ONE)
    (answer,) = desk.heard()
    assert answer.type == m.RESTART_ACKNOWLEDGE
    assert answer.channel().octets == wanted.octets
    ended, done = desk.happened()
    assert (ended.call, done.channels) == (1, (5, 7))
    assert list(desk.control.calls) == [2]


def test_far_end_restarts_idle_channels(desk) -> None:
    """5.5.2: acknowledged even if nothing is to be done."""
    far(desk, m.RESTART, e.b_channel(9, True), ONE)
    assert desk.types() == [m.RESTART_ACKNOWLEDGE]
    assert desk.idle()


@pytest.mark.parametrize(
    ("elements", "cause"),
    [
        ([], 96),
        ([ONE], 96),
        ([e.b_channel(16, True), ONE], 82),
        ([e.RestartIndicator(3)], 100),
        ([e.variable(e.RESTART_INDICATOR, b"\x80\x80")], 100),
    ],
)
def test_restart_that_cannot_be_served(desk, elements, cause: int) -> None:
    desk.reach(s.ACTIVE)
    far(desk, m.RESTART, *elements)
    (status,) = desk.heard()
    assert (status.type, status.call_reference, status.cause().value) == (m.STATUS, 0, cause)
    assert desk.state() == s.ACTIVE
    assert len(desk.faults()) == 1


def test_restarts_that_cross(desk) -> None:
    """5.5.1: independent; channels are free only when both are done."""
    desk.control.restart((5,), 0)
    far(desk, m.RESTART, e.b_channel(5, True), ONE)
    assert desk.types() == [m.RESTART, m.RESTART_ACKNOWLEDGE]
    assert not desk.control.channels.is_idle(5)
    acknowledge(desk, e.b_channel(5, True), ONE)
    assert desk.idle()


def test_far_end_does_not_know_restart(desk) -> None:
    """5.8.11: STATUS 97. The channels stay in use."""
    desk.control.restart((), 0)
    far(desk, m.STATUS, e.Cause(97), e.CallState(0), flag=1)
    done = desk.happened()[-1]
    assert (done.local, done.ok) == (True, False)
    assert desk.idle()


def test_other_complaints_are_counted(desk) -> None:
    desk.control.restart((), 0)
    far(desk, m.STATUS, e.Cause(81), e.CallState(0), flag=1)
    assert desk.control.asking.state == REST1
    assert desk.faults() == [("restart_status", "5.8.11")]


def test_late_acknowledge(desk) -> None:
    acknowledge(desk, ALL)
    assert desk.heard() == []
    assert desk.faults() == [("unexpected_message", "5.8.4")]


def test_restart_outlives_the_link(desk) -> None:
    desk.control.restart((5,), 0)
    desk.control.link_down(0)
    desk.heard()
    desk.wait(1000 * SECOND)
    assert desk.happened() == []
    desk.control.link_up(desk.now)
    assert desk.types() == [m.RESTART]
    acknowledge(desk, e.b_channel(5, True), ONE)
    assert desk.idle()


def test_restart_asked_without_a_link(desk) -> None:
    desk.control.link_down(0)
    desk.control.restart((5,), 0)
    assert desk.heard() == []
    desk.control.link_up(0)
    assert desk.types() == [m.RESTART]


def test_restart_on_start(desk_of, side: str) -> None:
    desk = desk_of(side, restart_on_start=True)
    (restart,) = desk.heard()
    assert (restart.type, restart.find(e.RESTART_INDICATOR).class_) == (m.RESTART, 6)
    acknowledge(desk, ALL)
    assert desk.idle()
    desk.control.link_down(0)
    desk.control.link_up(0)
    assert desk.heard() == []


def test_call_while_restarting(desk) -> None:
    desk.control.restart((5,), 0)
    desk.heard()
    desk.offer(channel=5)
    (answer,) = desk.heard()
    assert answer.cause().value == 44


def test_variants() -> None:
    assert PriConfig(variant="etsi").variant.restart_each
    assert not PriConfig(variant="itu").variant.restart_each
