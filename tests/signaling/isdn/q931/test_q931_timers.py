"""Every timer of tables 9-1 and 9-2 that a primary rate trunk has, on the sides that have it."""

from __future__ import annotations

import pytest

from trunkd.errors import ConfigError
from trunkd.signaling import call as neutral
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn import q931_states as s
from trunkd.signaling.isdn.q921_config import LinkConfig
from trunkd.signaling.isdn.q931_config import TIMERS, PriConfig, Timers

SECOND = 1_000_000_000


def duration(desk, number: int) -> int:
    return desk.control.duration[number - 300]


def just_before(desk, number: int) -> None:
    """Wait until 1 ns before the timer ends: nothing may have happened."""
    desk.wait(duration(desk, number) - 1)
    assert desk.heard() == []


@pytest.mark.parametrize(
    ("number", "user", "network"),
    [
        (301, 180, 180),
        (302, 15, 12),
        (303, 4, 4),
        (304, 30, 20),
        (305, 30, 30),
        (306, 0, 30),
        (308, 4, 4),
        (309, 90, 90),
        (310, 40, 10),
        (313, 4, 0),
        (316, 120, 120),
        (322, 4, 4),
    ],
)
def test_defaults(number: int, user: int, network: int) -> None:
    """ETS 300 403-1 tables 9.1 and 9.2."""
    assert TIMERS[number].used
    assert Timers(False, {}).duration[number - 300] == user * SECOND
    assert Timers(True, {}).duration[number - 300] == network * SECOND


@pytest.mark.parametrize(
    ("side", "timers", "text"),
    [
        ("user", {311: SECOND}, "there is no T311"),
        ("user", {306: SECOND}, "the user side has no T306"),
        ("network", {313: SECOND}, "the network side has no T313"),
        ("user", {303: 1}, "T303 is 0 ms; give 100 to 60000"),
        ("user", {316: 50 * SECOND, 317: 60 * SECOND}, "T317 must be shorter"),
    ],
)
def test_wrong_durations(side: str, timers: dict[int, int], text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        PriConfig(side=side, timers=timers)


def test_t316_alone_can_be_short(desk_of, side: str) -> None:
    """Its bound from below, T317, follows it (table 9-1): a trunk has no other use for T317."""
    desk = desk_of(side, timers={316: SECOND})
    desk.control.restart((3,), 0)
    desk.heard()
    desk.wait(SECOND)
    assert desk.types() == [m.RESTART]


def test_durations_are_settings(desk_of, side: str) -> None:
    desk = desk_of(side, timers={303: SECOND})
    desk.place()
    desk.heard()
    desk.wait(SECOND)
    assert desk.types() == [m.SETUP]


def test_t301(desk) -> None:
    """ALERTING to CONNECT: DISCONNECT 102; the network's other leg hears 19 (5.2.5.3)."""
    desk.reach(desk.control.placing_delivered)
    just_before(desk, 301)
    desk.wait(1)
    (disconnect,) = desk.heard()
    assert (disconnect.type, disconnect.cause().value) == (m.DISCONNECT, 102)
    desk.say(m.RELEASE, theirs=False)
    assert desk.released().cause == (19 if desk.network else 102)
    assert desk.idle()


def test_t302_with_enough_digits(desk_of, side: str) -> None:
    """5.1.3, 5.2.4: what is there must do."""
    desk = desk_of(side, min_digits=2)
    desk.offer(digits="1")
    desk.heard()
    desk.wait(duration(desk, 302) - 1)
    desk.say(m.INFORMATION, e.CalledPartyNumber("2"))
    just_before(desk, 302)
    desk.happened()
    desk.wait(1)
    (told,) = desk.happened()
    assert (told.digits, told.complete) == ("", True)
    assert desk.state() == desk.control.taking_overlap
    desk.control.proceed(1, desk.now)
    assert desk.types() == [m.CALL_PROCEEDING]


def test_t302_with_too_few_digits(desk_of, side: str) -> None:
    """5.1.3, 5.2.4: cause 28."""
    desk = desk_of(side, min_digits=3)
    desk.offer(digits="12")
    desk.heard()
    just_before(desk, 302)
    desk.wait(1)
    (disconnect,) = desk.heard()
    assert (disconnect.type, disconnect.cause().value) == (m.DISCONNECT, 28)
    desk.say(m.RELEASE)
    assert desk.released().cause == 28
    assert desk.idle()


def test_t303(desk) -> None:
    """5.1.1, 5.2.1: SETUP once more, then RELEASE COMPLETE 102 and the channel is free."""
    desk.place()
    (first,) = desk.heard()
    just_before(desk, 303)
    desk.wait(1)
    (second,) = desk.heard()
    assert second.raw == first.raw
    just_before(desk, 303)
    desk.wait(1)
    (given_up,) = desk.heard()
    assert (given_up.type, given_up.cause().value) == (m.RELEASE_COMPLETE, 102)
    ended = desk.released()
    assert (ended.cause, ended.local) == (18 if desk.network else 102, True)
    assert desk.idle()


def test_t303_stops_with_the_answer(desk) -> None:
    desk.place()
    desk.wait(5 * SECOND)
    desk.say(m.ALERTING, theirs=False)
    desk.heard()
    desk.wait(100 * SECOND)
    assert desk.heard() == []


def test_t304(desk) -> None:
    """5.1.3, 5.2.4: restarted by each digit."""
    desk.reach(desk.control.placing_overlap)
    desk.wait(duration(desk, 304) - 1)
    desk.control.send_digits(1, "1", False, desk.now)
    desk.heard()
    just_before(desk, 304)
    desk.wait(1)
    (disconnect,) = desk.heard()
    assert (disconnect.type, disconnect.cause().value) == (m.DISCONNECT, 102)
    desk.say(m.RELEASE, theirs=False)
    assert desk.released().cause == (28 if desk.network else 102)


def test_t304_does_not_run_beyond_isdn(desk) -> None:
    """Table 9-2: not started when progress 1 or 2 has come."""
    desk.place(complete=False)
    desk.say(m.SETUP_ACKNOWLEDGE, e.ProgressIndicator(1), theirs=False)
    desk.heard()
    desk.wait(100 * SECOND)
    assert desk.heard() == []


def test_t305(desk) -> None:
    """5.3.3, 5.3.4: RELEASE with the cause of the DISCONNECT."""
    desk.reach(s.ACTIVE)
    desk.control.clear(1, 17, 0)
    desk.heard()
    just_before(desk, 305)
    desk.wait(1)
    (release,) = desk.heard()
    assert (release.type, release.cause().value) == (m.RELEASE, 17)
    desk.say(m.RELEASE_COMPLETE, theirs=False)
    ended = desk.released()
    assert (ended.cause, ended.local) == (17, True)
    assert desk.idle()


def test_t306(desk_of) -> None:
    """5.3.4.1, network side only."""
    desk = desk_of("network", disconnect_tones=True)
    desk.reach(s.ACTIVE)
    desk.control.clear(1, 17, 0)
    desk.heard()
    just_before(desk, 306)
    desk.wait(1)
    assert desk.types() == [m.RELEASE]


def test_t308_and_the_maintenance_state(desk_of, side: str) -> None:
    """5.3.3, 5.3.4: RELEASE twice, then the channel is out of service."""
    desk = desk_of(side, restart_maintenance=False)
    desk.reach(s.RELEASE_REQUEST)
    channel = desk.control.calls[1].channel
    just_before(desk, 308)
    desk.wait(1)
    (release,) = desk.heard()
    assert (release.type, release.cause().value) == (m.RELEASE, 16)
    just_before(desk, 308)
    desk.wait(1)
    assert desk.heard() == []
    events = desk.control.events()
    changed, ended = events
    assert (changed.channel, changed.state) == (channel, neutral.CHANNEL_OUT_OF_SERVICE)
    assert isinstance(ended, neutral.CallReleased)
    assert not desk.control.channels.is_idle(channel)
    desk.place(channel=channel, exclusive=True)
    assert desk.released().cause == 44
    desk.control.restart((channel,), desk.now)
    desk.control.receive(
        m.encode(0, 1, m.RESTART_ACKNOWLEDGE, [e.b_channel(channel, True), e.RestartIndicator(0)]),
        desk.now,
    )
    assert desk.idle()


def test_channels_in_maintenance_are_restarted(desk) -> None:
    """5.3.3 note: RESTART brings the channel back."""
    desk.reach(s.RELEASE_REQUEST)
    channel = desk.control.calls[1].channel
    desk.wait(8 * SECOND)
    release, restart = desk.heard()
    assert (release.type, restart.type, restart.call_reference) == (m.RELEASE, m.RESTART, 0)
    assert restart.channel().channels == (channel,)
    desk.control.receive(
        m.encode(0, 1, m.RESTART_ACKNOWLEDGE, [restart.channel(), e.RestartIndicator(0)]), desk.now
    )
    assert desk.idle()


def test_t309(desk) -> None:
    """5.8.9: active calls wait for the data link, others end with it."""
    desk.reach(s.ACTIVE)
    desk.place()
    desk.heard()
    desk.control.link_down(desk.now)
    ended = desk.released()
    assert (ended.call, ended.cause) == (2, 27)
    desk.wait(60 * SECOND)
    desk.control.link_down(desk.now)
    desk.wait(30 * SECOND - 1)
    assert desk.state() == s.ACTIVE
    desk.wait(1)
    ended = desk.released()
    assert (ended.call, ended.cause, ended.local) == (1, 27, True)
    assert desk.heard() == []
    assert desk.idle()


@pytest.mark.parametrize("enquire", [True, False])
def test_t309_stops_when_the_link_is_back(desk_of, side: str, enquire: bool) -> None:
    """5.8.9: STATUS ENQUIRY, or STATUS with cause 31."""
    desk = desk_of(side, enquire=enquire)
    desk.reach(s.ACTIVE)
    desk.control.link_down(0)
    desk.wait(89 * SECOND)
    desk.control.link_up(desk.now)
    (said,) = desk.heard()
    if enquire:
        assert said.type == m.STATUS_ENQUIRY
        desk.say(m.STATUS, e.Cause(30), e.CallState(10), theirs=False)
    else:
        assert (said.type, said.cause().value) == (m.STATUS, 31)
        assert said.find(e.CALL_STATE).state == 10
    desk.wait(1000 * SECOND)
    assert desk.state() == s.ACTIVE
    assert desk.heard() == []


def test_active_call_cleared_without_a_link(desk) -> None:
    desk.reach(s.ACTIVE)
    desk.control.link_down(0)
    desk.control.clear(1, 16, 0)
    ended = desk.released()
    assert (ended.cause, ended.local) == (16, True)
    assert desk.idle()
    desk.place()
    assert desk.released().cause == 27
    assert desk.idle()


def test_t310(desk) -> None:
    """5.1.6, 5.2.5.3."""
    desk.reach(desk.control.placing_proceeding)
    just_before(desk, 310)
    desk.wait(1)
    (disconnect,) = desk.heard()
    assert (disconnect.type, disconnect.cause().value) == (m.DISCONNECT, 102)
    desk.say(m.RELEASE, theirs=False)
    assert desk.released().cause == (18 if desk.network else 102)


@pytest.mark.parametrize("description", [1, 2, 8])
def test_t310_is_not_started_beyond_isdn(desk, description: int) -> None:
    desk.place()
    desk.say(m.CALL_PROCEEDING, e.ProgressIndicator(description), theirs=False)
    desk.heard()
    desk.wait(1000 * SECOND)
    assert desk.heard() == []


def test_t310_stops_with_progress(desk) -> None:
    """Table 9-2."""
    desk.reach(desk.control.placing_proceeding)
    desk.say(m.PROGRESS, e.ProgressIndicator(3), theirs=False)
    desk.wait(1000 * SECOND)
    assert desk.heard() == []
    assert desk.state() == desk.control.placing_proceeding


def test_t313(desk_of) -> None:
    """5.2.8, user side only."""
    desk = desk_of("user")
    desk.reach(s.CONNECT_REQUEST)
    just_before(desk, 313)
    desk.wait(1)
    (disconnect,) = desk.heard()
    assert (disconnect.type, disconnect.cause().value) == (m.DISCONNECT, 102)
    desk.say(m.RELEASE)
    assert desk.released().cause == 102


def test_t322(desk) -> None:
    """5.8.10: STATUS ENQUIRY three times, then the call is cleared with cause 41."""
    desk.reach(s.ACTIVE)
    desk.control.enquire(1, 0)
    desk.control.enquire(1, 0)
    assert desk.types() == [m.STATUS_ENQUIRY]
    for _ in range(2):
        just_before(desk, 322)
        desk.wait(1)
        assert desk.types() == [m.STATUS_ENQUIRY]
    just_before(desk, 322)
    desk.wait(1)
    (disconnect,) = desk.heard()
    assert (disconnect.type, disconnect.cause().value) == (m.DISCONNECT, 41)


def test_t322_stops_with_clearing(desk) -> None:
    desk.reach(s.ACTIVE)
    desk.control.enquire(1, 0)
    desk.say(m.DISCONNECT, e.Cause(16), theirs=False)
    desk.say(m.RELEASE_COMPLETE, theirs=False)
    assert desk.idle()


def test_next_timeout_changes_nothing(desk) -> None:
    desk.place()
    before = desk.control.next_timeout()
    assert before == 4 * SECOND
    assert desk.control.next_timeout() == before
    desk.control.handle_timeout(before - 1)
    assert desk.control.next_timeout() == before


def test_messages_fit_the_link(side: str) -> None:
    """A link too short for our own answers is refused, or a far end could make us stumble."""
    network = side == "network"
    assert PriConfig(side, link=LinkConfig(network, n201=200)).link.n201 == 200
    with pytest.raises(ConfigError, match=r"n201 is 199 octets.*; give 200 to 260"):
        PriConfig(side, link=LinkConfig(network, n201=199))
