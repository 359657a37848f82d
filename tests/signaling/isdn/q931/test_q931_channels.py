"""B-channel selection and negotiation: 5.1.2, 5.2.3, 5.7."""

from __future__ import annotations

import pytest

from trunkd.errors import ConfigError
from trunkd.signaling import call as neutral
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn import q931_states as s
from trunkd.signaling.isdn.q931_channels import Channels
from trunkd.signaling.isdn.q931_config import E1_CHANNELS, PriConfig

SPEECH = e.BearerCapability(0)


def chosen(selection: str, numbers: tuple[int, ...], count: int) -> list[int]:
    channels = Channels(numbers, selection, [])
    out = []
    for n in range(count):
        number = channels.choose()
        out.append(number)
        if number:
            channels.seize(number, n + 1)
            if selection == "cyclic":
                channels.free(number, n + 1)
    return out


@pytest.mark.parametrize(
    ("selection", "order"),
    [
        ("ascending", [1, 2, 15, 17, 31, 0]),
        ("descending", [31, 17, 15, 2, 1, 0]),
        ("cyclic", [1, 2, 15, 17, 31, 1]),
    ],
)
def test_selection(selection: str, order: list[int]) -> None:
    assert chosen(selection, (1, 2, 15, 17, 31), 6) == order


def test_sides_choose_from_opposite_ends() -> None:
    assert PriConfig("user").selection == "ascending"
    assert PriConfig("network").selection == "descending"
    assert (*range(1, 16), *range(17, 32)) == E1_CHANNELS


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"side": "nt"}, "'user' or 'network'"),
        ({"channels": ()}, "channels is empty"),
        ({"channels": (1, 1)}, "twice"),
        ({"channels": (0,)}, "channels has 0"),
        ({"selection": "random"}, "selection is 'random'"),
        ({"variant": "ni3"}, "variant is 'ni3'"),
        ({"min_digits": 99}, "min_digits is 99"),
        ({"location": 16}, "location is 16"),
    ],
)
def test_wrong_settings(settings, text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        PriConfig(**settings)


@pytest.mark.parametrize("exclusive", [True, False])
def test_free_channel_is_given(desk, exclusive: bool) -> None:
    """5.1.2 a, b: the one that was asked for, exclusive in the first answer."""
    desk.say(m.SETUP, SPEECH, e.b_channel(12, exclusive))
    (answer,) = desk.heard()
    assert (answer.channel().channels, answer.channel().exclusive) == ((12,), True)


@pytest.mark.parametrize(
    "element", [None, e.ChannelIdentification(selection=e.ANY_CHANNEL)], ids=["absent", "any"]
)
def test_any_channel(desk, element: e.Element | None) -> None:
    """5.1.2 c, d: by our own order."""
    desk.say(m.SETUP, SPEECH, *([element] if element else []))
    assert desk.heard()[0].channel().channels == ((31,) if desk.network else (1,))


def test_preferred_channel_is_busy(desk) -> None:
    """5.1.2 b: another one."""
    desk.offer(channel=12)
    desk.heard()
    desk.say(m.SETUP, SPEECH, e.b_channel(12, False), reference=78)
    assert desk.heard()[0].channel().channels == ((31,) if desk.network else (1,))


def test_exclusive_channel_is_busy(desk) -> None:
    """5.1.2 a: cause 44."""
    desk.offer(channel=12)
    desk.heard()
    desk.say(m.SETUP, SPEECH, e.b_channel(12, True), reference=78)
    (answer,) = desk.heard()
    assert (answer.type, answer.cause().value) == (m.RELEASE_COMPLETE, 44)
    assert desk.control.refused == {44: 1}
    assert desk.control.channels.holder[12] == 1


@pytest.mark.parametrize("preferred", [True, False])
def test_all_channels_busy(desk_of, side: str, preferred: bool) -> None:
    """Cause 34."""
    desk = desk_of(side, channels=(1, 2))
    desk.offer(channel=1)
    desk.say(m.SETUP, SPEECH, e.b_channel(2, True), reference=78)
    desk.heard()
    element = e.b_channel(1, False) if preferred else e.ChannelIdentification(selection=3)
    desk.say(m.SETUP, SPEECH, element, reference=79)
    (answer,) = desk.heard()
    assert (answer.type, answer.cause().value) == (m.RELEASE_COMPLETE, 34)
    handle = desk.place()
    ended = desk.released()
    assert (ended.call, ended.channel, ended.cause) == (handle, 0, 34)


@pytest.mark.parametrize(
    ("element", "cause"),
    [
        (e.b_channel(16, True), 82),
        (e.b_channel(90, False), 82),
        (e.ChannelIdentification((3, 4), True), 82),
        (e.ChannelIdentification((3,), True, d_channel=True), 82),
        (e.ChannelIdentification(selection=e.NO_CHANNEL), 34),
    ],
)
def test_channels_that_cannot_be(desk, element: e.Element, cause: int) -> None:
    desk.say(m.SETUP, SPEECH, element)
    (answer,) = desk.heard()
    assert (answer.type, answer.cause().value) == (m.RELEASE_COMPLETE, cause)
    assert desk.idle()


def test_channel_by_slot_map(desk) -> None:
    """4.5.13: one slot of a map is as good as a number."""
    desk.say(m.SETUP, SPEECH, e.ChannelIdentification((21,), True, by_map=True))
    assert desk.heard()[0].channel().channels == (21,)


def test_far_end_chooses_another(desk) -> None:
    """5.1.2 b, 5.2.3.2: the call moves, the first channel is free again."""
    desk.place(channel=3)
    desk.control.events()
    desk.say(m.CALL_PROCEEDING, e.b_channel(8, True), theirs=False)
    changes = [x for x in desk.control.events() if isinstance(x, neutral.ChannelChanged)]
    assert [(x.channel, x.state) for x in changes] == [(3, 0), (8, 1)]
    assert desk.control.calls[1].channel == 8
    desk.say(m.RELEASE, e.Cause(16), theirs=False)
    assert desk.idle()


def test_answer_without_channel_means_ours(desk) -> None:
    desk.place(channel=3)
    desk.say(m.ALERTING, theirs=False)
    assert desk.control.calls[1].channel == 3


@pytest.mark.parametrize(
    ("element", "cause"),
    [
        (e.b_channel(9, True), 6),
        (e.b_channel(16, True), 82),
        (e.ChannelIdentification(selection=3), 82),
    ],
)
def test_answered_channel_is_unacceptable(desk, element: e.Element, cause: int) -> None:
    """5.1.2: RELEASE."""
    desk.offer(channel=9)
    desk.control.alert(1, False, 0)
    desk.place()
    desk.heard()
    desk.say(m.ALERTING, element, theirs=False)
    (release,) = desk.heard()
    assert (release.type, release.cause().value) == (m.RELEASE, cause)
    desk.happened()
    desk.say(m.RELEASE_COMPLETE, theirs=False)
    ended = desk.released()
    assert (ended.call, ended.cause, ended.local) == (2, cause, True)
    assert desk.control.channels.holder[9] == 1


def test_exclusive_means_exclusive(desk) -> None:
    desk.place(channel=3, exclusive=True)
    desk.heard()
    desk.say(m.CALL_PROCEEDING, e.b_channel(8, True), theirs=False)
    (release,) = desk.heard()
    assert release.cause().value == 6


def test_busy_channel_wanted_exclusively(desk) -> None:
    desk.offer(channel=9)
    desk.happened()
    desk.place(channel=9, exclusive=True)
    assert desk.released().cause == 44


def test_busy_channel_wanted_preferably(desk) -> None:
    desk.offer(channel=9)
    desk.place(channel=9)
    assert desk.control.calls[2].channel not in (0, 9)


def test_glare_seen_by_the_user(desk_of) -> None:
    """5.7: the network's call gets the channel; the user's gets what the network answers."""
    desk = desk_of("user")
    mine = desk.place(channel=7)
    desk.offer(channel=7)
    assert desk.control.channels.holder[7] == 2
    assert desk.control.calls[mine].channel == 0
    desk.say(m.CALL_PROCEEDING, e.b_channel(8, True), theirs=False)
    assert desk.control.calls[mine].channel == 8
    desk.say(m.RELEASE_COMPLETE, e.Cause(16))
    desk.say(m.RELEASE, e.Cause(16), theirs=False)
    assert desk.idle()


def test_glare_lost_by_the_user(desk_of) -> None:
    """The network has no other channel, or the answer grants the lost one: cause 44."""
    desk = desk_of("user")
    desk.place(channel=7)
    desk.offer(channel=7)
    desk.heard()
    desk.say(m.CALL_PROCEEDING, theirs=False)
    (release,) = desk.heard()
    assert (release.type, release.cause().value) == (m.RELEASE, 44)
    desk.say(m.RELEASE_COMPLETE, theirs=False)
    desk.say(m.RELEASE_COMPLETE, e.Cause(16))
    assert desk.idle()


def test_glare_in_the_answer(desk_of) -> None:
    """The network answers one of the user's calls with the channel another one proposed."""
    desk = desk_of("user")
    desk.place(channel=7)
    desk.place(channel=8)
    desk.say(m.CALL_PROCEEDING, e.b_channel(8, True), theirs=False, reference=1)
    assert desk.control.calls[1].channel == 8
    assert desk.control.calls[2].channel == 0
    desk.say(m.CALL_PROCEEDING, e.b_channel(7, True), theirs=False, reference=2)
    assert desk.control.calls[2].channel == 7


def test_glare_seen_by_the_network(desk_of) -> None:
    """5.7: its own call keeps the channel; the user's gets another, or 44 if it insists."""
    desk = desk_of("network")
    desk.place(channel=7)
    desk.heard()
    desk.say(m.SETUP, SPEECH, e.b_channel(7, False))
    assert desk.heard()[0].channel().channels == (31,)
    desk.say(m.SETUP, SPEECH, e.b_channel(7, True), reference=78)
    assert desk.heard()[0].cause().value == 44
    assert desk.control.calls[1].channel == 7


def test_every_call_ends_with_its_channel_idle_once(desk) -> None:
    desk.reach(s.ACTIVE)
    channel = desk.control.calls[1].channel
    desk.say(m.RELEASE, e.Cause(16), theirs=False)
    changes = [
        x.state
        for x in desk.control.events()
        if isinstance(x, neutral.ChannelChanged) and x.channel == channel
    ]
    assert changes == [neutral.CHANNEL_IDLE]
