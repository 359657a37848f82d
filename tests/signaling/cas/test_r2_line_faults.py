"""The line of R2 by hand: faults, blocking, transmission lost, forbidden requests."""

from __future__ import annotations

import pytest
from r2_rig import SECOND, Rig, incoming

from trunkd.errors import LocalError
from trunkd.signaling import call as ev
from trunkd.signaling.cas import r2_states as s
from trunkd.signaling.line_actions import ListenFor
from trunkd.signaling.line_names import LISTEN_R2_BACKWARD, LISTEN_R2_FORWARD, R2_FORWARD


def kinds(rig: Rig) -> list[str]:
    return [fault.kind for fault in rig.of(ev.ProtocolFault)]


# Faults


def test_idle_does_not_come_after_clear_forward() -> None:
    rig = Rig()
    call = rig.answered()
    rig.request("clear", call, 16)
    rig.run(10_001)
    assert len(rig.of(ev.CallReleased)) == 1
    assert rig.state() == s.FAULTY
    assert rig.of(ev.ChannelChanged)[-1].state == ev.CHANNEL_OUT_OF_SERVICE
    rig.bits("1001")
    assert rig.state() == s.IDLE


def test_blocked_in_place_of_idle_after_clear_forward() -> None:
    rig = Rig()
    call = rig.placed()
    rig.request("clear", call, 16)
    rig.run(10_001)
    assert rig.state() == s.BLOCKED_THERE


@pytest.mark.parametrize("direction", ["out", "both"])
def test_faulty_code_on_an_idle_line(direction: str) -> None:
    rig = Rig(direction=direction)
    rig.bits("0101")
    assert rig.state() == s.FAULTY
    assert kinds(rig) == ["faulty_code"]
    rig.place()
    assert [e.cause for e in rig.of(ev.CallReleased)] == [34]
    rig.bits("1001")
    assert rig.state() == s.IDLE


def test_seizing_out_of_a_faulty_code_is_not_obeyed() -> None:
    rig = incoming()
    rig.bits("0101")
    rig.bits("0001")
    assert rig.state() == s.FAULTY
    assert kinds(rig) == ["faulty_code", "seized_not_idle"]


def test_a_faulty_code_that_goes_leaves_the_call_alone() -> None:
    rig = incoming()
    rig.taken()
    rig.bits("0101", 1900)
    rig.bits("0001")
    rig.run(5000)
    assert rig.state() == s.IN_ANSWERED
    assert kinds(rig) == ["faulty_code"]


def test_a_faulty_code_that_stays_ends_an_incoming_call() -> None:
    rig = incoming()
    rig.taken()
    rig.bits("0101", 2150)
    assert [e.cause for e in rig.of(ev.CallReleased)] == [27]
    assert rig.done() == ["bits 1001"]
    assert rig.state() == s.FAULTY
    rig.bits("1001", 200)
    assert rig.state() == s.IDLE


@pytest.mark.parametrize("cleared", [False, True])
def test_two_incoming_ends_do_not_wait_for_each_other(cleared: bool) -> None:
    """Both acknowledge what was no seizure: each sees the other's 11 and would keep its own."""
    rig = incoming()
    call = rig.taken()
    rig.bits("1101")
    if cleared:
        rig.request("clear", call, 16)
    rig.run(2200)
    assert rig.done()[-1] == "bits 1001"
    rig.bits("1001", 100)
    assert rig.state() == s.IDLE


def test_the_far_end_is_idle_in_the_middle_of_a_call() -> None:
    rig = Rig()
    rig.answered()
    rig.bits("1001", 2100)
    assert [e.cause for e in rig.of(ev.CallDisconnected)] == [27]
    rig.run(200)
    assert [e.cause for e in rig.of(ev.CallReleased)] == [27]
    assert rig.state() == s.IDLE
    assert kinds(rig) == ["idle_in_call"]


def test_the_far_end_does_not_clear_forward() -> None:
    rig = incoming(timers={"TREFUSED": 5 * SECOND})
    call = rig.taken()
    rig.request("clear", call, 16)
    rig.run(5001)
    assert len(rig.of(ev.CallReleased)) == 1
    assert rig.state() == s.IN_REFUSED
    rig.bits("1001", 200)
    assert rig.state() == s.IDLE


@pytest.mark.parametrize("when", ["idle", "seized", "register", "answered", "taken", "offered"])
def test_line_down_in_each_state(when: str) -> None:
    rig = incoming() if when in ("taken", "offered") else Rig()
    begin = {
        "seized": rig.place,
        "register": rig.placed,
        "answered": rig.answered,
        "taken": rig.taken,
        "offered": rig.offered,
    }
    if when in begin:
        begin[when]()
    rig.request("line_down", (1,))
    assert rig.state() == s.DOWN
    assert [e.cause for e in rig.of(ev.CallReleased)] == ([27] if when in begin else [])
    assert rig.of(ev.ChannelChanged)[-1].state == ev.CHANNEL_OUT_OF_SERVICE
    rig.run(50)
    assert rig.trunk.next_timeout() is None
    with pytest.raises(LocalError):
        rig.trunk.answer(1, rig.now)
    rig.bits("1001")
    rig.request("line_up", (1,))
    assert rig.state() == s.IDLE
    assert rig.done()[-1:] in ([], ["bits 1001"])


@pytest.mark.parametrize(
    ("bits", "state"), [("0001", s.FAULTY), ("1101", s.BLOCKED_THERE), ("0101", s.FAULTY)]
)
def test_what_the_line_shows_when_it_is_back(bits: str, state: int) -> None:
    rig = incoming()
    rig.request("line_down", (1,))
    rig.bits(bits)
    rig.request("line_up", (1,))
    assert rig.state() == state
    rig.bits("1001")
    assert rig.state() == s.IDLE


# Blocking


def test_blocked_by_the_far_end() -> None:
    rig = Rig()
    rig.bits("1101")
    assert rig.of(ev.ChannelChanged) == [ev.ChannelChanged(1, ev.CHANNEL_BLOCKED_THERE)]
    rig.place()
    assert [e.cause for e in rig.of(ev.CallReleased)] == [34]
    rig.bits("1001")
    assert rig.of(ev.ChannelChanged)[-1].state == ev.CHANNEL_IDLE


def test_blocking_an_idle_channel() -> None:
    rig = Rig()
    rig.request("block", ())
    assert rig.done() == ["bits 1101"]
    assert rig.of(ev.BlockingDone) == [ev.BlockingDone((1,), "block", True)]
    rig.bits("1101", 50)
    assert rig.state() == s.BLOCKED_BOTH
    rig.request("unblock", (1,))
    assert rig.done() == ["bits 1001"]
    assert rig.state() == s.BLOCKED_THERE
    rig.bits("1001")
    assert rig.state() == s.IDLE


def test_blocking_waits_for_the_end_of_the_call() -> None:
    rig = incoming()
    rig.taken()
    rig.request("block", (1,))
    assert rig.done() == []
    rig.bits("1001", 50)
    assert rig.done() == ["bits 1001"]
    rig.run(100)
    assert rig.done() == ["bits 1101"]
    assert rig.state() == s.BLOCKED_HERE


def test_a_seizure_that_crosses_blocking_is_refused() -> None:
    rig = incoming()
    rig.request("block", (1,))
    rig.bits("0001", 100)
    assert kinds(rig) == ["seized_while_blocked"]
    rig.done()
    assert rig.forward(1) == ["R2 backward 4", "silence"]
    rig.bits("1001", 300)
    assert rig.state() == s.BLOCKED_HERE
    assert rig.of(ev.CallOffered) == []


# The rest


def test_restart_clears_everything() -> None:
    rig = Rig(1, 2, 3)
    rig.placed()
    rig.bits("0001", channel=2)
    rig.done()
    rig.request("restart", ())
    assert rig.of(ev.RestartDone) == [ev.RestartDone((1, 2, 3), True, True)]
    assert [rig.state(n) for n in (1, 2, 3)] == [s.OUT_CLEARING, s.GUARD, s.IDLE]
    assert [e.cause for e in rig.of(ev.CallReleased)] == [41]


def test_drain() -> None:
    rig = incoming()
    rig.request("drain", True)
    with pytest.raises(LocalError, match="drained"):
        rig.place()
    rig.bits("0001")
    rig.forward(1)
    rig.on(R2_FORWARD, 1)
    assert rig.done()[-1] == "R2 backward 4"
    assert rig.of(ev.CallOffered) == []


def test_detectors_run_while_a_register_does() -> None:
    """And no longer, however the call ends: they cost something on every channel."""
    for end in ("cleared", "refused", "down", "answered"):
        rig = Rig()
        call = rig.placed()
        listening = [a.kinds for a in rig.actions if isinstance(a, ListenFor)]
        assert listening == [LISTEN_R2_BACKWARD]
        if end == "cleared":
            rig.request("clear", call, 16)
        elif end == "refused":
            rig.backward(4)
        elif end == "down":
            rig.request("line_down", (1,))
        else:
            rig.bits("0101")
        assert rig.trunk.channels[1].listening == 0
    for forward in ("clear", "offer"):
        rig = incoming()
        rig.bits("0001")
        assert rig.trunk.channels[1].listening == LISTEN_R2_FORWARD
        if forward == "offer":
            rig.forward(1)
            rig.on(R2_FORWARD, 1)
        rig.bits("1001")
        assert rig.trunk.channels[1].listening == 0


def test_requests_that_the_state_forbids() -> None:
    rig = Rig()
    with pytest.raises(LocalError, match="there is no call 7"):
        rig.request("clear", 7, 16)
    with pytest.raises(LocalError, match="channel 9"):
        rig.place(channel=9)
    with pytest.raises(LocalError, match="cannot be sent"):
        rig.place("12#")
    with pytest.raises(LocalError, match="empty"):
        rig.place("")
    call = rig.place()
    with pytest.raises(LocalError, match="one of ours"):
        rig.request("answer", call)
    with pytest.raises(LocalError, match="0 does not exist"):
        rig.request("clear", call, 0)
    with pytest.raises(LocalError, match="no user-user"):
        rig.request("send_user_information", call, b"x")
    with pytest.raises(LocalError, match="channel 5"):
        rig.request("block", (5,))
    with pytest.raises(LocalError, match="whole number"):
        rig.request("send_digits", call, "1", True)


def test_channel_text_and_counters() -> None:
    rig = Rig()
    rig.placed()
    text = rig.trunk.channel_text(1)
    assert text == "outgoing, register; register sends; bits sent 0001, received 1100"
    assert rig.trunk.counters()["placed"] == 1
