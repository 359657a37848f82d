"""Basic calls by the message: 5.1, 5.2, 5.3, 5.9 and 7.1, on both sides."""

from __future__ import annotations

import pytest

from trunkd.errors import LocalError
from trunkd.signaling import call as neutral
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn import q931_states as s


def names(events) -> list[str]:
    return [type(event).__name__ for event in events]


def test_setup_carries_what_was_asked(desk) -> None:
    """3.1.14, 5.1.1, 5.2.1."""
    request = neutral.CallRequest(
        neutral.PartyNumber("4420", 2, 1),
        neutral.PartyNumber("999", 4, 1, 1, 3),
        channel=7,
        exclusive=True,
        bearer=neutral.UNRESTRICTED,
        display="Anna",
        keypad="*1",
        user_user=b"hello",
    )
    assert desk.control.place(request, 0) == 1
    (setup,) = desk.heard()
    assert (setup.type, setup.call_reference, setup.flag) == (m.SETUP, 1, 0)
    assert setup.has(e.SENDING_COMPLETE)
    bearer = setup.bearer()
    assert (bearer.capability, bearer.layer1) == (neutral.UNRESTRICTED, -1)
    assert (setup.channel().channels, setup.channel().exclusive) == ((7,), True)
    assert setup.called().party() == neutral.PartyNumber("4420", 2, 1)
    assert setup.calling().party() == neutral.PartyNumber("999", 4, 1, 1, 3)
    assert setup.find(e.USER_USER).data == b"hello"
    assert setup.has(e.DISPLAY) == desk.network
    assert setup.has(e.KEYPAD_FACILITY) == (not desk.network)
    ids = [x.id for x in setup.elements if x.id < 0x80]
    assert ids == sorted(ids)


def test_speech_says_its_law(desk) -> None:
    desk.place(bearer=neutral.SPEECH)
    (setup,) = desk.heard()
    assert setup.bearer().layer1 == e.LAYER1_A_LAW


def test_offer_reports_what_came(desk) -> None:
    """5.1.1, 5.2.2: the request of the far end, whole."""
    desk.offer(
        e.SendingComplete(),
        e.Display("Anna"),
        e.KeypadFacility("*1"),
        e.CallingPartyNumber("999", 4, 1, 1, 3),
        e.UserUser(4, b"hi"),
        channel=9,
        digits="4420",
    )
    (offered,) = desk.happened()
    assert isinstance(offered, neutral.CallOffered)
    request = offered.request
    assert (offered.call, offered.channel, request.channel, request.exclusive) == (1, 9, 9, True)
    assert request.called == neutral.PartyNumber("4420")
    assert request.calling == neutral.PartyNumber("999", 4, 1, 1, 3)
    assert (request.display, request.keypad, request.user_user) == ("Anna", "*1", b"hi")
    assert (request.complete, request.bearer) == (True, neutral.SPEECH)


def test_outgoing_call_en_bloc(desk) -> None:
    """5.1.5 to 5.1.8, 5.2.5 to 5.2.8; 5.3.3, 5.3.4."""
    desk.place()
    desk.say(m.CALL_PROCEEDING, e.b_channel(desk.control.calls[1].channel, True), theirs=False)
    desk.say(m.PROGRESS, e.ProgressIndicator(8, 2), e.UserUser(4, b"p"), theirs=False)
    desk.say(m.ALERTING, e.ProgressIndicator(8, 2), e.UserUser(4, b"a"), theirs=False)
    desk.say(m.CONNECT, e.ConnectedNumber("321", 2), e.UserUser(4, b"c"), theirs=False)
    assert desk.state() == s.ACTIVE
    assert desk.types() == [m.SETUP, m.CONNECT_ACKNOWLEDGE]
    events = desk.happened()
    assert names(events) == [
        "CallProceeding",
        "CallProgressed",
        "UserInformation",
        "CallAlerting",
        "UserInformation",
        "CallConnected",
        "UserInformation",
    ]
    assert (events[0].inband, events[1].indicator, events[1].inband) == (False, 8, True)
    assert events[3].inband
    assert events[5].connected == neutral.PartyNumber("321", 2)
    assert [x.data for x in events if isinstance(x, neutral.UserInformation)] == [b"p", b"a", b"c"]
    desk.control.clear(1, 16, 0, b"bye")
    (disconnect,) = desk.heard()
    assert (disconnect.type, disconnect.cause().value) == (m.DISCONNECT, 16)
    assert disconnect.find(e.USER_USER).data == b"bye"
    desk.say(m.RELEASE, theirs=False)
    assert desk.types() == [m.RELEASE_COMPLETE]
    ended = desk.released()
    assert (ended.call, ended.cause, ended.local) == (1, 16, True)
    assert desk.idle()


@pytest.mark.parametrize("first", [m.SETUP_ACKNOWLEDGE, m.ALERTING, m.CONNECT])
def test_any_first_answer_settles_the_channel(desk, first: int) -> None:
    """5.1.2, 5.2.3."""
    desk.place()
    desk.say(first, e.b_channel(20, True), theirs=False)
    assert desk.control.calls[1].channel == 20
    assert desk.control.channels.holder[20] == 1


def test_incoming_call_en_bloc(desk) -> None:
    desk.offer(e.SendingComplete(), channel=5)
    control = desk.control
    control.proceed(1, 0)
    control.progress(1, 8, 0)
    control.alert(1, True, 0)
    proceeding, progress, alerting = desk.heard()
    assert proceeding.type == m.CALL_PROCEEDING
    assert (proceeding.channel().channels, proceeding.channel().exclusive) == ((5,), True)
    assert [x.description for x in progress.progress()] == [8]
    assert (alerting.type, alerting.channel()) == (m.ALERTING, None)
    assert [x.description for x in alerting.progress()] == [8]
    control.send_user_information(1, b"soon", 0)
    control.answer(1, 0, neutral.PartyNumber("321", 2))
    (connect,) = desk.heard()
    assert connect.find(e.CONNECTED_NUMBER).party() == neutral.PartyNumber("321", 2)
    assert connect.find(e.USER_USER).data == b"soon"
    desk.say(m.CONNECT_ACKNOWLEDGE)
    assert desk.state() == s.ACTIVE
    assert names(desk.happened()) == ["CallOffered", "CallConnected"]
    desk.say(m.DISCONNECT, e.Cause(16, 2), e.UserUser(4, b"bye"))
    (release,) = desk.heard()
    assert (release.type, release.cause().value) == (m.RELEASE, 16)
    desk.say(m.RELEASE_COMPLETE)
    told, disconnected, released = desk.happened()
    assert told.data == b"bye"
    assert (disconnected.cause, disconnected.location, disconnected.inband) == (16, 2, False)
    assert (released.cause, released.location, released.local) == (16, 2, False)
    assert desk.idle()


def test_second_disconnect_ends_the_tones(desk_of) -> None:
    """5.3.4.1: who offered tones with DISCONNECT and says it again has no more to offer."""
    desk = desk_of("user")
    desk.reach(desk.control.disconnected)
    desk.say(m.DISCONNECT, e.Cause(31), theirs=False)
    (release,) = desk.heard()
    assert (release.type, release.cause().value) == (m.RELEASE, 17)
    assert desk.happened() == []
    desk.say(m.RELEASE_COMPLETE, theirs=False)
    assert desk.released().cause == 17
    assert desk.idle()


def test_proceeding_is_sent_by_itself(desk_of, side: str) -> None:
    desk = desk_of(side, send_proceeding=True)
    desk.offer(e.SendingComplete())
    assert desk.types() == [m.CALL_PROCEEDING]
    desk.control.proceed(1, 0)
    assert desk.types() == []


def test_progress_first_proceeds(desk) -> None:
    desk.offer(e.SendingComplete())
    desk.control.progress(1, 1, 0)
    (answer,) = desk.heard()
    assert answer.type == m.CALL_PROCEEDING
    assert answer.channel() is not None
    assert [x.description for x in answer.progress()] == [1]


def test_overlap_sending(desk) -> None:
    """5.1.3, 5.2.4: digits wait for SETUP ACKNOWLEDGE, then go one message each."""
    desk.control.place(neutral.CallRequest(neutral.PartyNumber("0", 2, 1), complete=False), 0)
    desk.control.send_digits(1, "1", False, 0)
    desk.control.send_digits(1, "2", False, 0)
    (setup,) = desk.heard()
    assert not setup.has(e.SENDING_COMPLETE)
    desk.say(m.SETUP_ACKNOWLEDGE, e.b_channel(3, True), theirs=False)
    assert names(desk.happened()) == ["MoreDigitsWanted"]
    desk.control.send_digits(1, "3", False, 0)
    desk.control.send_digits(1, "", True, 0)
    infos = desk.heard()
    assert [x.type for x in infos] == [m.INFORMATION] * 3
    assert infos[0].called().party() == neutral.PartyNumber("12", 2, 1)
    assert infos[1].called().digits == "3"
    assert infos[2].called() is None
    assert infos[2].has(e.SENDING_COMPLETE)
    desk.say(m.CALL_PROCEEDING, theirs=False)
    desk.control.send_digits(1, "9", False, 0)
    assert desk.types() == []
    desk.say(m.CONNECT, theirs=False)
    desk.control.send_digits(1, "", False, 0, "#1")
    _, keyed = desk.heard()
    assert keyed.find(e.KEYPAD_FACILITY).text == "#1"


def test_overlap_receiving(desk_of, side: str) -> None:
    """5.1.3, 5.2.4: asked for digits by itself below min_digits, and dial tone for none."""
    desk = desk_of(side, min_digits=3, send_proceeding=True)
    desk.offer(digits="")
    (ack,) = desk.heard()
    assert ack.type == m.SETUP_ACKNOWLEDGE
    assert ack.channel().channels == (5,)
    assert [x.description for x in ack.progress()] == ([8] if desk.network else [])
    desk.say(m.INFORMATION, e.CalledPartyNumber("1"))
    desk.say(m.INFORMATION, e.KeypadFacility("*"))
    desk.say(m.INFORMATION, e.SendingComplete(), e.CalledPartyNumber("23"))
    assert desk.types() == [m.CALL_PROCEEDING]
    offered, one, star, last = desk.happened()
    assert (offered.request.complete, offered.request.called.digits) == (False, "")
    assert (one.digits, one.complete, star.keypad) == ("1", False, "*")
    assert (last.digits, last.complete) == ("23", True)
    assert desk.state() == desk.control.taking_proceeding


def test_application_may_ask_for_more(desk) -> None:
    desk.offer(digits="12")
    assert desk.types() == []
    desk.control.want_digits(1, 0)
    desk.control.want_digits(1, 0)
    assert desk.types() == [m.SETUP_ACKNOWLEDGE]
    desk.control.alert(1, False, 0)
    (alerting,) = desk.heard()
    assert (alerting.type, alerting.channel()) == (m.ALERTING, None)


def test_complete_number_needs_no_more(desk) -> None:
    desk.offer(e.SendingComplete())
    with pytest.raises(LocalError, match="its number is complete"):
        desk.control.want_digits(1, 0)


def test_without_overlap_every_setup_is_complete(desk_of, side: str) -> None:
    desk = desk_of(side, overlap_receiving=False)
    desk.offer(digits="1")
    assert desk.happened()[0].request.complete


def test_refused_by_the_application(desk) -> None:
    """5.3.2: RELEASE COMPLETE if nothing was answered yet."""
    desk.offer(e.SendingComplete())
    desk.control.clear(1, 17, 0)
    (answer,) = desk.heard()
    assert (answer.type, answer.cause().value) == (m.RELEASE_COMPLETE, 17)
    assert desk.released().local
    assert desk.idle()


@pytest.mark.parametrize("cause", [17, 21, 27])
def test_refused_by_the_far_end(desk, cause: int) -> None:
    desk.place()
    desk.say(m.RELEASE_COMPLETE, e.Cause(cause, 1), theirs=False)
    ended = desk.released()
    assert (ended.cause, ended.location, ended.local) == (cause, 1, False)
    assert desk.idle()


def test_tones_of_the_network(desk_of) -> None:
    """5.3.4.1: the user listens until the application clears, or the network releases."""
    desk = desk_of("user")
    for hang_up in (True, False):
        handle = desk.place()
        reference = desk.control.calls[handle].reference
        desk.say(m.CALL_PROCEEDING, theirs=False, reference=reference)
        desk.say(
            m.DISCONNECT,
            e.Cause(1, 2),
            e.ProgressIndicator(8, 2),
            theirs=False,
            reference=reference,
        )
        assert desk.state(handle) == s.DISCONNECT_INDICATION
        assert m.RELEASE not in desk.types()
        if hang_up:
            desk.control.clear(handle, 16, 0)
            assert desk.types() == [m.RELEASE]
            desk.say(m.RELEASE_COMPLETE, theirs=False, reference=reference)
        else:
            desk.say(m.RELEASE, e.Cause(1, 2), theirs=False, reference=reference)
            assert desk.types() == [m.RELEASE_COMPLETE]
        ended = desk.released()
        assert (ended.cause, ended.local) == (1, False)
        assert desk.idle()


def test_tones_to_the_user(desk_of) -> None:
    desk = desk_of("network", disconnect_tones=True)
    desk.reach(s.ACTIVE)
    desk.control.clear(1, 16, 0)
    (disconnect,) = desk.heard()
    assert [x.description for x in disconnect.progress()] == [8]
    desk.wait(29_000_000_000)
    assert desk.types() == []
    desk.wait(1_000_000_000)
    (release,) = desk.heard()
    assert (release.type, release.cause().value) == (m.RELEASE, 16)


def test_clear_collisions(desk) -> None:
    """5.3.5: DISCONNECT against DISCONNECT, RELEASE against RELEASE."""
    desk.reach(s.ACTIVE)
    desk.control.clear(1, 16, 0)
    desk.say(m.DISCONNECT, e.Cause(31), theirs=False)
    assert desk.types() == [m.DISCONNECT, m.RELEASE]
    desk.say(m.RELEASE, e.Cause(31), theirs=False)
    assert desk.types() == []
    ended = desk.released()
    assert (ended.cause, ended.local) == (16, True)
    assert desk.idle()


def test_clearing_twice_is_once(desk) -> None:
    desk.reach(s.ACTIVE)
    desk.control.clear(1, 16, 0)
    desk.control.clear(1, 17, 0)
    assert desk.types() == [m.DISCONNECT]
    desk.say(m.RELEASE, theirs=False)
    assert desk.released().cause == 16


def test_release_first(desk) -> None:
    """5.8.4 a: RELEASE without DISCONNECT is good in any state."""
    desk.reach(s.ACTIVE)
    desk.say(m.RELEASE, e.Cause(38, 2), theirs=False)
    (answer,) = desk.heard()
    assert (answer.type, answer.cause()) == (m.RELEASE_COMPLETE, None)
    assert desk.released().cause == 38


def test_notify_and_user_information(desk) -> None:
    """5.9, 7.1."""
    desk.reach(s.ACTIVE)
    desk.control.notify(1, 1, 0)
    desk.control.send_user_information(1, b"data", 0)
    notify, info = desk.heard()
    assert notify.find(e.NOTIFICATION_INDICATOR).description == 1
    assert (info.type, info.find(e.USER_USER).data) == (m.USER_INFORMATION, b"data")
    desk.say(m.NOTIFY, e.NotificationIndicator(0), theirs=False)
    desk.say(m.USER_INFORMATION, e.UserUser(4, b"yes"), theirs=False)
    desk.say(m.INFORMATION, e.KeypadFacility("12"), theirs=False)
    notified, told, keyed = desk.happened()
    assert (notified.indicator, told.data, keyed.keypad) == (0, b"yes", "12")


def test_drain(desk) -> None:
    desk.control.drain(True, 0)
    with pytest.raises(LocalError, match="drained"):
        desk.place()
    desk.offer()
    (answer,) = desk.heard()
    assert (answer.type, answer.cause().value) == (m.RELEASE_COMPLETE, 42)
    assert desk.happened() == []
    assert desk.control.refused == {42: 1}
    desk.control.drain(False, 0)
    desk.offer()
    assert desk.state(2) == desk.control.taking
    assert desk.idle() is False


@pytest.mark.parametrize(
    ("bearer", "taken"),
    [
        (e.BearerCapability(0x10), True),
        (e.BearerCapability(0x08, -1), True),
        (e.BearerCapability(0x18, -1), False),
        (e.BearerCapability(0x08, -1, mode=e.PACKET_MODE, rate=0), False),
        (e.BearerCapability(0x08, -1, rate=0x13), False),
    ],
)
def test_bearers(desk, bearer: e.Element, taken: bool) -> None:
    """5.1.5.1: cause 65 for what is not offered."""
    desk.say(m.SETUP, bearer, e.b_channel(5, True))
    if taken:
        assert desk.state() == desk.control.taking_overlap
    else:
        (answer,) = desk.heard()
        assert (answer.type, answer.cause().value) == (m.RELEASE_COMPLETE, 65)
        assert desk.idle()


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (lambda d: d.control.alert(9, False, 0), "there is no call 9"),
        (lambda d: d.control.clear(1, 0, 0), "cause 0 does not exist"),
        (lambda d: d.control.answer(1, 0), "call 1 is in state 10, Active: no SETUP RESPONSE now"),
        (lambda d: d.control.send_user_information(1, bytes(129), 0), "129 octets; at most 128"),
        (lambda d: d.place(channel=16), "no B-channel 16"),
        (lambda d: d.place(user_user=bytes(200)), "200 octets"),
        (lambda d: d.control.restart((1, 99), 0), "no B-channel 99"),
        (lambda d: d.control.progress(1, 8, 0), "no PROGRESS REQUEST now"),
        (lambda d: d.place(calling=neutral.PartyNumber("Ä")), "IA5"),
    ],
)
def test_wrong_requests_change_nothing(desk, ask, text: str) -> None:
    desk.reach(s.ACTIVE)
    with pytest.raises(LocalError, match=text):
        ask(desk)
    assert (desk.state(), desk.types(), desk.happened()) == (s.ACTIVE, [], [])
    assert len(desk.control.calls) == 1


def test_setup_that_does_not_fit_is_refused(desk_of) -> None:
    desk = desk_of("network")
    with pytest.raises(LocalError, match="fit"):
        desk.place(display="x" * 80, user_user=bytes(128), calling=neutral.PartyNumber("1" * 60))
    assert desk.idle()


def test_call_references_wrap_and_skip_those_in_use(desk) -> None:
    """4.3: 1 to 32767."""
    desk.place()
    desk.control.last_reference = 0x7FFE
    desk.place()
    desk.place()
    assert [x.call_reference for x in desk.heard()] == [1, 0x7FFF, 2]


def test_same_reference_value_of_both_sides(desk) -> None:
    """4.3: the flag keeps two calls with one value apart."""
    desk.place()
    desk.say(m.SETUP, e.BearerCapability(0), e.b_channel(9, True), reference=1)
    assert len(desk.control.calls) == 2
    desk.say(m.RELEASE_COMPLETE, e.Cause(16), reference=1)
    assert list(desk.control.calls) == [1]
    desk.say(m.RELEASE_COMPLETE, e.Cause(17), theirs=False)
    assert desk.idle()
