"""The drawing: no empty cell, and each cell does what it says, on both sides."""

from __future__ import annotations

import pytest

from trunkd.errors import LocalError
from trunkd.signaling import call as neutral
from trunkd.signaling.fsm import UndrawnTransition
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn import q931_states as s
from trunkd.signaling.isdn.q931_restart import GLOBAL
from trunkd.signaling.isdn.q931_table import NETWORK, USER

MACHINES = {"user": USER, "network": NETWORK}
RESTING = [
    (side, state)
    for side in ("user", "network")
    for state in s.STATE_NAMES
    if state != s.NULL
    and (side, state) not in (("network", s.CONNECT_REQUEST), ("network", s.DISCONNECT_REQUEST))
]
"""States in which a call can stay. N8 and N11 are left as they are entered."""

MESSAGES = {
    s.SETUP: (m.SETUP, [e.BearerCapability(0), e.b_channel(5, True)]),
    s.SETUP_ACKNOWLEDGE: (m.SETUP_ACKNOWLEDGE, []),
    s.CALL_PROCEEDING: (m.CALL_PROCEEDING, []),
    s.PROGRESS: (m.PROGRESS, [e.ProgressIndicator(1)]),
    s.ALERTING: (m.ALERTING, []),
    s.CONNECT: (m.CONNECT, []),
    s.CONNECT_ACKNOWLEDGE: (m.CONNECT_ACKNOWLEDGE, []),
    s.DISCONNECT: (m.DISCONNECT, [e.Cause(16)]),
    s.RELEASE: (m.RELEASE, [e.Cause(16)]),
    s.RELEASE_COMPLETE: (m.RELEASE_COMPLETE, [e.Cause(16)]),
    s.INFORMATION: (m.INFORMATION, [e.CalledPartyNumber("5")]),
    s.NOTIFY: (m.NOTIFY, [e.NotificationIndicator(0)]),
    s.USER_INFORMATION: (m.USER_INFORMATION, [e.UserUser(4, b"hi")]),
    s.STATUS: (m.STATUS, [e.Cause(30), e.CallState(10)]),
    s.STATUS_ENQUIRY: (m.STATUS_ENQUIRY, []),
    s.FACILITY: (m.FACILITY, [e.Facility(17, b"\xa1\x06\x02\x01\x01\x02\x01\x07")]),
    s.CONGESTION_CONTROL: (m.CONGESTION_CONTROL, [e.CongestionLevel(15), e.Cause(31)]),
    s.SUSPEND: (m.SUSPEND, []),
    s.RESUME: (m.RESUME, []),
    s.UNRECOGNIZED: (0x3F, []),
}


def request(desk, input_: int) -> None:
    """A request of the application, by its input."""
    control, now = desk.control, desk.now
    {
        s.MORE_INFO_REQ: lambda: control.want_digits(1, now),
        s.PROCEEDING_REQ: lambda: control.proceed(1, now),
        s.PROGRESS_REQ: lambda: control.progress(1, 8, now),
        s.ALERTING_REQ: lambda: control.alert(1, True, now),
        s.SETUP_RESP: lambda: control.answer(1, now),
        s.INFO_REQ: lambda: control.send_digits(1, "5", False, now),
        s.DISCONNECT_REQ: lambda: control.clear(1, 17, now),
        s.NOTIFY_REQ: lambda: control.notify(1, 0, now),
        s.USER_INFO_REQ: lambda: control.send_user_information(1, b"x", now),
        s.STATUS_ENQUIRY_REQ: lambda: control.enquire(1, now),
    }[input_]()


def put(desk, input_: int, theirs: bool) -> None:
    """Any input but a timer."""
    if input_ in MESSAGES:
        type, elements = MESSAGES[input_]
        desk.say(type, *elements, theirs=theirs)
    elif input_ == s.DL_RESET:
        desk.control.link_reset(desk.now)
    elif input_ == s.DL_FAILURE:
        desk.control.link_down(desk.now)
    elif input_ == s.DL_RECOVERED:
        desk.control.link_up(desk.now)
    else:
        request(desk, input_)


@pytest.mark.parametrize("machine", [USER, NETWORK, GLOBAL], ids=lambda x: x.name)
def test_no_cell_is_empty(machine) -> None:
    assert machine.missing() == []
    cells = [cell for row in machine.table.values() for cell in row.values()]
    assert all(cell.clause for cell in cells)
    assert all((cell.method is None) == (cell.kind == "ignored") for cell in cells)


def test_the_table_has_both_sides_whole() -> None:
    for machine in (USER, NETWORK):
        assert len(machine.states) == 14
        assert len(machine.inputs) == 45
        assert sum(len(row) for row in machine.table.values()) == 14 * 45


@pytest.mark.parametrize(("side", "state"), RESTING)
def test_every_cell_happens(desk_of, side: str, state: int) -> None:
    """Each input in each state leads where the table says (strict), and the call can then end."""
    machine = MACHINES[side]
    for input_ in s.INPUT_NAMES:
        if input_ in s.EXPIRIES or input_ == s.SETUP_REQ:
            continue
        desk = desk_of(side)
        theirs = desk.reach(state)
        cell = machine.table[state][input_]
        if input_ in s.REQUESTS and cell.kind == "error":
            with pytest.raises(LocalError, match="call 1 is in state"):
                put(desk, input_, theirs)
            assert desk.state() == state
        else:
            put(desk, input_, theirs)
            assert desk.state() in (cell.next or (state,))
            if cell.kind == "ignored":
                assert not desk.heard()
            if cell.kind == "error":
                assert desk.faults(), "an error that was not counted"
        end(desk, theirs)


def end(desk, theirs: bool) -> None:
    """Whatever state it is in: the call ends, once, and leaves nothing."""
    desk.events.extend(desk.control.events())
    desk.control.link_up(desk.now)
    if desk.state():
        desk.control.clear(1, 16, desk.now)
    if desk.state():
        desk.say(m.RELEASE, e.Cause(16), theirs=theirs)
    desk.events.extend(desk.control.events())
    ended = [x for x in desk.events if isinstance(x, neutral.CallReleased)]
    assert len(ended) == 1
    idled = [
        x
        for x in desk.events
        if isinstance(x, neutral.ChannelChanged) and x.state == neutral.CHANNEL_IDLE
    ]
    assert len(idled) == 1
    assert desk.idle()


def test_states_passed_through_at_once(desk_of) -> None:
    """N8 and N11 are left as they are entered, so nothing can come in them."""
    desk = desk_of("network")
    desk.place()
    desk.say(m.CONNECT, theirs=False)
    assert desk.state() == s.ACTIVE
    assert desk.types() == [m.SETUP, m.CONNECT_ACKNOWLEDGE]
    desk.say(m.DISCONNECT, e.Cause(16), e.ProgressIndicator(8), theirs=False)
    assert desk.state() == s.RELEASE_REQUEST


def test_strict_machines_raise() -> None:
    with pytest.raises(UndrawnTransition, match="Call initiated"):
        USER.check(s.CALL_INITIATED, s.CONNECT, s.CALL_DELIVERED)


def test_null_state_serves_what_has_no_call(desk) -> None:
    """5.8.3.2: each message for a call reference that is not in use."""
    for input_, (type, elements) in MESSAGES.items():
        desk.say(type, *elements, theirs=False, reference=4000)
        said = desk.heard()
        if input_ in (s.SETUP, s.RELEASE_COMPLETE):
            assert said == []
        elif input_ == s.STATUS_ENQUIRY:
            (status,) = said
            assert status.type == m.STATUS
            assert status.cause().value == 30
            assert status.find(e.CALL_STATE).state == 0
        else:
            (answer,) = said
            assert answer.type == m.RELEASE_COMPLETE
            assert answer.cause().value == (101 if input_ == s.STATUS else 81)
            assert (answer.call_reference, answer.flag) == (4000, 0)
    assert desk.idle()


def test_machines_can_be_drawn() -> None:
    drawing = NETWORK.mermaid()
    assert "s6 --> s9: CALL PROCEEDING" in drawing
    assert "s10: Active" in drawing
