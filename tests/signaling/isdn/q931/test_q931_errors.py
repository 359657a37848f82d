"""5.8: handling of error conditions, under its clauses, on both sides."""

from __future__ import annotations

import pytest

from trunkd.signaling import call as neutral
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn import q931_states as s


def raw(desk, octets: str) -> None:
    desk.control.receive(bytes.fromhex(octets), desk.now)


@pytest.mark.parametrize(
    ("octets", "kind", "clause"),
    [
        ("09 02 00 01 05", "protocol_discriminator", "5.8.1"),
        ("08", "too_short", "5.8.2"),
        ("08 02 00 01", "too_short", "5.8.2"),
        ("", "too_short", "5.8.2"),
        ("08 12 00 01 05", "call_reference_format", "5.8.3.1"),
        ("08 03 00 00 01 05", "call_reference_format", "5.8.3.1"),
    ],
)
def test_headers_that_cannot_be_read_are_ignored(desk, octets, kind, clause) -> None:
    raw(desk, octets)
    (fault,) = desk.happened()
    assert (fault.kind, fault.clause, fault.raw) == (kind, clause, bytes.fromhex(octets))
    assert desk.heard() == []
    assert desk.idle()


def test_dummy_call_reference_is_ignored(desk) -> None:
    """5.8.3.1: nothing with a dummy call reference is offered."""
    raw(desk, "08 00 62 1c 01 91")
    assert (desk.heard(), desk.happened()) == ([], [])


def test_one_octet_call_reference(desk) -> None:
    """4.3: shorter than the usual two octets, but of the same value."""
    desk.place()
    desk.heard()
    raw(desk, "08 01 81 01")
    assert desk.state() == desk.control.placing_delivered


def test_5_8_3_2_a_unknown_reference(desk) -> None:
    desk.say(m.CONNECT, theirs=False, reference=500)
    (answer,) = desk.heard()
    assert (answer.type, answer.cause().value) == (m.RELEASE_COMPLETE, 81)
    assert (answer.call_reference, answer.flag) == (500, 0)
    assert desk.faults() == [("unknown_call_reference", "5.8.3.2")]


def test_5_8_3_2_b_release_for_unknown(desk) -> None:
    desk.say(m.RELEASE, e.Cause(16), reference=500)
    (answer,) = desk.heard()
    assert (answer.type, answer.cause().value, answer.flag) == (m.RELEASE_COMPLETE, 81, 1)


def test_5_8_3_2_c_release_complete_for_unknown(desk) -> None:
    desk.say(m.RELEASE_COMPLETE, e.Cause(16), reference=500)
    assert (desk.heard(), desk.happened()) == ([], [])


def test_5_8_3_2_d_setup_with_the_flag_set(desk) -> None:
    desk.say(m.SETUP, e.BearerCapability(0), e.b_channel(5, True), theirs=False)
    assert desk.heard() == []
    assert desk.faults() == [("call_reference_flag", "5.8.3.2 d")]
    assert desk.idle()


def test_5_8_3_2_e_setup_for_a_call_in_progress(desk) -> None:
    """As T303 sends it."""
    desk.offer()
    desk.control.alert(1, False, 0)
    desk.heard()
    desk.happened()
    desk.offer()
    assert desk.heard() == []
    assert [x.kind for x in desk.happened()] == ["repeated_setup"]
    assert desk.state() == desk.control.taking_received


@pytest.mark.parametrize("flag", [0, 1])
def test_5_8_3_2_f_global_reference(desk, flag: int) -> None:
    desk.control.receive(m.encode(0, flag, m.STATUS_ENQUIRY, []), 0)
    (status,) = desk.heard()
    assert (status.type, status.call_reference, status.flag) == (m.STATUS, 0, 1 - flag)
    assert (status.cause().value, status.find(e.CALL_STATE).state) == (81, 0)


def test_5_8_3_2_i_restart_flags(desk) -> None:
    restart = [e.RestartIndicator(6)]
    desk.control.receive(m.encode(0, 1, m.RESTART, restart), 0)
    desk.control.receive(m.encode(0, 0, m.RESTART_ACKNOWLEDGE, restart), 0)
    assert [(x.type, x.cause().value) for x in desk.heard()] == [(m.STATUS, 81)] * 2
    assert [x.clause for x in desk.happened()] == ["5.8.3.2"] * 2


def test_5_8_4_message_that_the_state_does_not_expect(desk) -> None:
    desk.reach(s.ACTIVE)
    desk.say(m.SETUP_ACKNOWLEDGE, theirs=False)
    (status,) = desk.heard()
    assert (status.type, status.cause().value) == (m.STATUS, 101)
    assert status.cause().diagnostics == bytes([m.SETUP_ACKNOWLEDGE])
    assert status.find(e.CALL_STATE).state == 10
    assert desk.faults() == [("unexpected_message", "5.8.4")]
    assert desk.state() == s.ACTIVE


@pytest.mark.parametrize("type", [0x3F, 0x16D, m.SUSPEND, m.RESUME, m.SEGMENT, m.HOLD])
def test_5_8_4_unrecognized_message(desk, type: int) -> None:
    desk.reach(s.ACTIVE)
    desk.say(type, theirs=False)
    (status,) = desk.heard()
    assert (status.type, status.cause().value) == (m.STATUS, 97)
    assert status.cause().diagnostics == bytes([type & 0xFF])
    assert desk.faults() == [("unrecognised_message", "5.8.4")]


def test_5_8_5_1_out_of_sequence_is_used(desk) -> None:
    desk.reach(s.ACTIVE)
    desk.say(m.DISCONNECT, e.Display("x"), e.Cause(17), theirs=False)
    assert desk.types() == [m.RELEASE]
    fault, disconnected = desk.happened()
    assert (fault.kind, fault.clause, disconnected.cause) == ("out_of_sequence", "5.8.5.1", 17)


def test_5_8_5_2_repeated_first_counts(desk) -> None:
    desk.reach(s.ACTIVE)
    desk.say(m.NOTIFY, e.NotificationIndicator(1), e.NotificationIndicator(0), theirs=False)
    desk.say(m.USER_INFORMATION, e.UserUser(4, b"a"), e.UserUser(4, b"b"), theirs=False)
    assert desk.heard() == []
    events = desk.happened()
    assert [x.data for x in events if isinstance(x, neutral.UserInformation)] == [b"a"]


def test_5_8_6_1_mandatory_missing_in_setup(desk) -> None:
    desk.say(m.SETUP, e.b_channel(5, True))
    (answer,) = desk.heard()
    assert (answer.type, answer.cause().value) == (m.RELEASE_COMPLETE, 96)
    assert desk.faults() == [("mandatory_missing", "5.8.6.1")]
    assert desk.idle()


def test_5_8_6_1_mandatory_missing_elsewhere(desk) -> None:
    desk.reach(s.ACTIVE)
    desk.say(m.NOTIFY, theirs=False)
    (status,) = desk.heard()
    assert (status.type, status.cause().value) == (m.STATUS, 96)
    assert status.cause().diagnostics == bytes([e.NOTIFICATION_INDICATOR])
    assert status.find(e.CALL_STATE).state == 10
    assert desk.faults() == [("mandatory_missing", "5.8.6.1")]


def test_5_8_6_1_disconnect_without_cause(desk) -> None:
    """As with cause 31, and RELEASE says 96."""
    desk.reach(s.ACTIVE)
    desk.say(m.DISCONNECT, theirs=False)
    (release,) = desk.heard()
    assert (release.type, release.cause().value) == (m.RELEASE, 96)
    desk.say(m.RELEASE_COMPLETE, theirs=False)
    assert desk.released().cause == 31


def test_5_8_6_1_release_without_cause(desk) -> None:
    """Mandatory in the first clearing message: as with cause 31, RELEASE COMPLETE says 96."""
    desk.reach(s.ACTIVE)
    desk.say(m.RELEASE, theirs=False)
    (answer,) = desk.heard()
    assert (answer.type, answer.cause().value) == (m.RELEASE_COMPLETE, 96)
    events = desk.happened()
    assert [x.kind for x in events if isinstance(x, neutral.ProtocolFault)] == ["mandatory_missing"]
    assert events[-1].cause == 31
    assert desk.idle()


def test_5_8_6_1_release_complete_without_cause(desk) -> None:
    desk.place()
    desk.heard()
    desk.say(m.RELEASE_COMPLETE, theirs=False)
    assert desk.heard() == []
    assert desk.released().cause == 31


def test_5_8_6_2_mandatory_content_in_setup(desk) -> None:
    desk.say(m.SETUP, e.variable(e.BEARER_CAPABILITY, b"\x80"), e.b_channel(5, True))
    (answer,) = desk.heard()
    assert (answer.type, answer.cause().value) == (m.RELEASE_COMPLETE, 100)
    assert desk.faults() == [("mandatory_content", "5.8.6.2")]


def test_5_8_6_2_mandatory_content_elsewhere(desk) -> None:
    desk.reach(s.ACTIVE)
    desk.say(m.STATUS, e.variable(e.CAUSE, b"\x00"), e.CallState(10), theirs=False)
    (status,) = desk.heard()
    assert (status.type, status.cause().value) == (m.STATUS, 100)
    assert status.cause().diagnostics == bytes([e.CAUSE])


def test_5_8_6_2_disconnect_with_bad_cause(desk) -> None:
    desk.reach(s.ACTIVE)
    desk.say(m.DISCONNECT, e.variable(e.CAUSE, b"\x00"), theirs=False)
    (release,) = desk.heard()
    assert (release.type, release.cause().value) == (m.RELEASE, 100)
    desk.say(m.RELEASE_COMPLETE, theirs=False)
    assert desk.released().cause == 31


def test_5_8_6_2_release_with_bad_cause(desk) -> None:
    desk.reach(s.ACTIVE)
    desk.say(m.RELEASE, e.variable(e.CAUSE, b"\x00"), theirs=False)
    (answer,) = desk.heard()
    assert (answer.type, answer.cause().value) == (m.RELEASE_COMPLETE, 100)
    assert desk.released().cause == 31


def test_5_8_7_1_unrecognized_element(desk) -> None:
    """The message is served; STATUS 99 tells the state it led to."""
    desk.reach(desk.control.placing_proceeding)
    desk.say(m.ALERTING, e.variable(0x35, b"\x01"), theirs=False)
    (status,) = desk.heard()
    assert (status.type, status.cause().value) == (m.STATUS, 99)
    assert status.cause().diagnostics == b"\x35"
    assert status.find(e.CALL_STATE).state == desk.control.placing_delivered
    assert desk.faults() == [("unrecognised_element", "5.8.7.1")]


def test_5_8_7_1_status_may_be_left_out(desk_of, side: str) -> None:
    desk = desk_of(side, report_ignored=False)
    desk.reach(desk.control.placing_proceeding)
    desk.say(m.ALERTING, e.variable(0x35, b"\x01"), theirs=False)
    assert desk.heard() == []
    assert desk.faults() == [("unrecognised_element", "5.8.7.1")]


def test_5_8_7_1_comprehension_required(desk) -> None:
    """Identifiers with bits 8 to 5 zero: as if a mandatory element were missing."""
    desk.reach(desk.control.placing_proceeding)
    desk.say(m.ALERTING, e.variable(0x05, b"\x01"), theirs=False)
    (status,) = desk.heard()
    assert (status.cause().value, status.cause().diagnostics) == (96, b"\x05")
    assert desk.state() == desk.control.placing_proceeding
    desk.say(m.SETUP, e.BearerCapability(0), e.variable(0x05, b"\x01"), e.b_channel(9, True))
    (answer,) = desk.heard()
    assert (answer.type, answer.cause().value) == (m.RELEASE_COMPLETE, 96)


def test_5_8_7_1_in_clearing_messages(desk) -> None:
    desk.reach(s.ACTIVE)
    desk.say(m.DISCONNECT, e.Cause(17), e.variable(0x35, b"\x01"), theirs=False)
    (release,) = desk.heard()
    assert (release.type, release.cause().value) == (m.RELEASE, 99)
    desk.say(m.RELEASE_COMPLETE, e.variable(0x35, b"\x01"), theirs=False)
    assert desk.heard() == []
    assert desk.released().cause == 17


def test_5_8_7_1_in_release(desk) -> None:
    desk.reach(s.ACTIVE)
    desk.say(m.RELEASE, e.Cause(17), e.variable(0x35, b"\x01"), theirs=False)
    (answer,) = desk.heard()
    assert (answer.type, answer.cause().value) == (m.RELEASE_COMPLETE, 99)
    assert desk.released().cause == 17


def test_5_8_7_2_optional_content(desk) -> None:
    desk.reach(s.ACTIVE)
    desk.say(m.INFORMATION, e.variable(e.CALLED_PARTY_NUMBER, b"\x81\xff"), theirs=False)
    (status,) = desk.heard()
    assert (status.cause().value, status.cause().diagnostics) == (
        100,
        bytes([e.CALLED_PARTY_NUMBER]),
    )
    assert desk.faults() == [("content_error", "5.8.7.2")]


def test_5_8_7_2_access_information_discarded(desk) -> None:
    """Cause 43 for what was only to be handed on: here user-user information that is too long."""
    desk.offer(e.UserUser(4, bytes(129)), e.SendingComplete())
    (status,) = desk.heard()
    assert (status.cause().value, status.cause().diagnostics) == (43, bytes([e.USER_USER]))
    fault, offered = desk.happened()
    assert (fault.kind, offered.request.user_user) == ("content_error", b"")


def test_5_8_7_3_element_of_another_message(desk) -> None:
    desk.reach(s.ACTIVE)
    desk.say(m.NOTIFY, e.NotificationIndicator(0), e.RestartIndicator(6), theirs=False)
    (status,) = desk.heard()
    assert status.cause().value == 99
    events = desk.happened()
    assert [type(x).__name__ for x in events] == ["ProtocolFault", "CallNotified"]


def test_5_8_8_data_link_reset(desk) -> None:
    """a: overlap is cleared with 41; b: clearing goes on; c: the rest is kept."""
    for state in s.STATE_NAMES:
        if state in (s.NULL, desk.control.disconnected):
            continue
        if desk.network and state == s.CONNECT_REQUEST:
            continue
        theirs = desk.reach(state)
        desk.control.link_reset(desk.now)
        said = desk.heard()
        if state in (s.OVERLAP_SENDING, s.OVERLAP_RECEIVING):
            (disconnect,) = said
            assert (disconnect.type, disconnect.cause().value) == (m.DISCONNECT, 41)
        else:
            assert [x.type for x in said] in ([], [m.STATUS_ENQUIRY])
            assert desk.state() == state
            assert (said != []) == (state in (3, 4, 7, 9, 10))
        desk.say(m.RELEASE_COMPLETE, e.Cause(16), theirs=theirs)
        assert desk.idle()
        desk.control.last_handle = desk.control.last_reference = 0


def test_5_8_10_status_enquiry(desk) -> None:
    for state in (s.ACTIVE, desk.control.disconnecting):
        desk.reach(state)
        desk.say(m.STATUS_ENQUIRY, theirs=False)
        (status,) = desk.heard()
        assert (status.type, status.cause().value) == (m.STATUS, 30)
        assert status.find(e.CALL_STATE).state == state
        assert desk.state() == state
        desk.say(m.RELEASE_COMPLETE, e.Cause(16), theirs=False)
        desk.control.last_handle = desk.control.last_reference = 0


def test_5_8_11_status_null(desk) -> None:
    desk.reach(s.ACTIVE)
    desk.say(m.STATUS, e.Cause(30), e.CallState(0), theirs=False)
    assert desk.heard() == []
    assert desk.released().cause == 41
    assert desk.idle()


def test_5_8_11_status_null_in_release_request(desk) -> None:
    desk.reach(s.RELEASE_REQUEST)
    desk.say(m.STATUS, e.Cause(30), e.CallState(10), theirs=False)
    assert desk.state() == s.RELEASE_REQUEST
    desk.say(m.STATUS, e.Cause(30), e.CallState(0), theirs=False)
    assert desk.idle()


def test_5_8_11_status_in_null(desk) -> None:
    desk.say(m.STATUS, e.Cause(30), e.CallState(0), reference=9)
    assert desk.heard() == []
    desk.say(m.STATUS, e.Cause(30), e.CallState(10), reference=9)
    (answer,) = desk.heard()
    assert (answer.type, answer.cause().value) == (m.RELEASE_COMPLETE, 101)


def test_5_8_11_incompatible_state(desk) -> None:
    desk.reach(s.ACTIVE)
    desk.say(m.STATUS, e.Cause(30), e.CallState(19), theirs=False)
    (disconnect,) = desk.heard()
    assert (disconnect.type, disconnect.cause().value) == (m.DISCONNECT, 101)
    assert ("incompatible_state", "5.8.11") in desk.faults()


def test_5_8_11_incompatible_in_call_present(desk) -> None:
    desk.offer(e.SendingComplete())
    desk.say(m.STATUS, e.Cause(30), e.CallState(10))
    (answer,) = desk.heard()
    assert (answer.type, answer.cause().value) == (m.RELEASE_COMPLETE, 101)
    assert desk.idle()


def test_5_8_11_incompatible_while_clearing(desk) -> None:
    desk.reach(desk.control.disconnecting)
    desk.say(m.STATUS, e.Cause(30), e.CallState(19), theirs=False)
    assert desk.types() == [m.RELEASE]


@pytest.mark.parametrize(("cause", "cleared"), [(96, True), (97, False), (99, False), (100, False)])
def test_5_8_11_compatible_state_with_a_complaint(desk, cause: int, cleared: bool) -> None:
    """With 96 a message of ours was not served: the establishment cannot go on. With 99 and 100
    it was, but for an element (5.8.7)."""
    state = desk.control.placing_proceeding
    desk.reach(state)
    desk.say(m.STATUS, e.Cause(cause), e.CallState(state), theirs=False)
    said = desk.heard()
    if cleared:
        (disconnect,) = said
        assert (disconnect.type, disconnect.cause().value) == (m.DISCONNECT, cause)
    else:
        assert said == []
    assert ("status", "5.8.11") in desk.faults()


def test_garbage_never_escapes(desk) -> None:
    """What random octets do is counted; the call that is up stays up or ends properly."""
    import random

    rng = random.Random(931)
    desk.reach(s.ACTIVE)
    for _ in range(3000):
        head = rng.choice([b"\x08\x02\x80\x01", b"\x08\x02\x00\x4d", b"\x08", b""])
        desk.control.receive(head + rng.randbytes(rng.randrange(40)), desk.now)
        desk.control.events()
        desk.heard()
    for handle in list(desk.control.calls):
        call = desk.control.calls[handle]
        desk.say(m.RELEASE_COMPLETE, e.Cause(16), theirs=bool(call.flag), reference=call.reference)
    assert not desk.control.calls
    assert not desk.control.deadlines
