"""The line of R2 by hand: seizing to release, the signals and timers of Q.421 to Q.424."""

from __future__ import annotations

import pytest
from r2_rig import MS, SECOND, Rig, incoming

from trunkd.errors import LocalError
from trunkd.signaling import call as ev
from trunkd.signaling.call_line import CallMetered, LineReported
from trunkd.signaling.cas import r2_states as s
from trunkd.signaling.line_names import R2_FORWARD


def kinds(rig: Rig) -> list[str]:
    return [fault.kind for fault in rig.of(ev.ProtocolFault)]


# Recognition


def test_start_sends_idle_on_every_channel() -> None:
    rig = Rig(1, 2, variant="cn")
    rig.trunk.channels[1].sent = -1
    rig.request("start")
    assert rig.done(1) == ["bits 1011"]


@pytest.mark.parametrize(("ms", "state"), [(12, s.IDLE), (19, s.IDLE), (21, s.IN_REGISTER)])
def test_changes_count_after_20_ms(ms: int, state: int) -> None:
    rig = incoming()
    rig.bits("0001", ms)
    rig.bits("1001", 100)
    if state == s.IDLE:
        assert rig.state() == s.IDLE
        assert rig.trunk.counters()["glitches"] == 1
        assert rig.of(ev.ChannelChanged) == []
    else:
        assert rig.trunk.counters()["seizures"] == 1


def test_a_glitch_while_a_change_is_recognised_starts_it_anew() -> None:
    rig = incoming()
    rig.bits("0001", 15)
    rig.bits("1101", 5)
    rig.bits("0001", 15)
    assert rig.state() == s.IDLE
    rig.run(6)
    assert rig.state() == s.IN_REGISTER


def test_bits_outside_the_mask_say_nothing() -> None:
    rig = incoming()
    for bits in ("1000", "1011", "1010"):
        rig.bits(bits)
    assert rig.state() == s.IDLE
    assert kinds(rig) == []


def test_bits_that_are_sent_are_shown_long_enough() -> None:
    """An answer and a clear-back at once: the far end sees both."""
    rig = incoming()
    call = rig.offered()
    rig.request("alert", call, False)
    rig.off(R2_FORWARD, 1)
    rig.run(500)
    rig.done()
    rig.request("answer", call)
    rig.request("notify", call, 0)
    rig.request("notify", call, 1)
    assert rig.done() == ["bits 0101"]
    rig.run(39)
    assert rig.done() == []
    rig.run(2)
    assert rig.done() == ["bits 1101"]
    rig.run(40)
    assert rig.done() == ["bits 0101"]


# Seizing


def test_seizing_and_acknowledgement() -> None:
    rig = Rig()
    rig.place()
    assert rig.done() == ["bits 0001"]
    rig.bits("1101")
    assert rig.state() == s.OUT_REGISTER
    rig.run(500)
    assert rig.done() == ["R2 forward 1"]


def test_no_acknowledgement_in_tack() -> None:
    rig = Rig(timers={"TACK": 200 * MS})
    call = rig.place()
    rig.run(199)
    assert rig.state() == s.OUT_SEIZED
    rig.run(2)
    assert rig.state() == s.OUT_UNACKNOWLEDGED
    assert rig.done() == ["bits 0001"]
    # Nowhere else to go: the call ends
    assert [e.cause for e in rig.of(ev.CallReleased)] == [34]
    assert call not in rig.trunk.calls
    # It comes late: clear-forward, then idle, then the guard
    rig.bits("1101")
    assert (rig.state(), rig.done()) == (s.OUT_CLEARING, ["bits 1001"])
    rig.bits("1001")
    assert rig.state() == s.GUARD
    rig.run(101)
    assert rig.state() == s.IDLE
    assert "seizure not acknowledged" in [e.what for e in rig.of(LineReported)]


def test_acknowledgement_never_comes() -> None:
    rig = Rig()
    rig.place()
    rig.run(2001)
    assert rig.state() == s.OUT_UNACKNOWLEDGED
    rig.run(10_000)
    assert rig.state() in (s.GUARD, s.IDLE)
    assert rig.done() == ["bits 0001", "bits 1001"]
    rig.run(200)
    assert rig.state() == s.IDLE


def test_the_call_is_tried_on_another_channel() -> None:
    rig = Rig(1, 2)
    call = rig.place()
    rig.run(2001)
    assert rig.of(ev.CallMoved) == [ev.CallMoved(call, 2)]
    assert rig.state(2) == s.OUT_SEIZED
    rig.run(2001)
    assert [e.cause for e in rig.of(ev.CallReleased)] == [34]


def test_clearing_waits_for_the_acknowledgement() -> None:
    rig = Rig()
    call = rig.place()
    rig.done()
    rig.request("clear", call, 16)
    assert (rig.state(), rig.done()) == (s.OUT_UNACKNOWLEDGED, [])
    rig.bits("1101", 50)
    assert rig.done() == ["bits 1001"]
    rig.bits("1001", 150)
    assert [(e.cause, e.local) for e in rig.of(ev.CallReleased)] == [(16, True)]


def test_double_seizure() -> None:
    """Seizing is kept for 100 ms, then cleared; the call goes elsewhere (Q.422 3.2.7)."""
    rig = Rig(1, 2)
    call = rig.place()
    rig.bits("0001")
    assert rig.state() == s.OUT_DOUBLE
    assert [e.what for e in rig.of(LineReported)] == ["glare"]
    assert rig.of(ev.CallMoved) == [ev.CallMoved(call, 2)]
    rig.done()
    rig.run(90)
    assert rig.done() == []
    rig.run(15)
    assert rig.done() == ["bits 1001"]
    rig.bits("1001")
    rig.run(101)
    assert rig.state() == s.IDLE


def test_double_seizure_of_an_exclusive_channel_ends_the_call() -> None:
    rig = Rig(1, 2)
    rig.place(channel=1, exclusive=True)
    rig.bits("0001")
    rig.bits("1001")
    rig.run(200)
    assert [e.cause for e in rig.of(ev.CallReleased)] == [44]


def test_one_way_circuits_know_no_double_seizure() -> None:
    rig = Rig(direction="out")
    rig.place()
    rig.bits("0001")
    assert kinds(rig) == ["faulty_code"]
    rig.run(2100)
    assert rig.of(LineReported)[0].what != "glare"


def test_incoming_circuits_are_not_seized_by_us() -> None:
    rig = Rig(1, 2, direction={1: "in", 2: "both"})
    rig.place()
    assert rig.state(2) == s.OUT_SEIZED
    rig.place()
    assert [e.cause for e in rig.of(ev.CallReleased)] == [34]


def test_a_seizure_that_is_being_recognised_wins() -> None:
    rig = Rig()
    rig.bits("0001", 5)
    rig.place()
    assert [e.cause for e in rig.of(ev.CallReleased)] == [34]
    rig.run(30)
    assert rig.state() == s.IN_REGISTER


def test_a_variant_without_acknowledgement() -> None:
    rig = Rig(overrides={"line.seize_ack": ""})
    rig.place()
    rig.run(500)
    assert rig.done() == ["bits 0001", "R2 forward 1"]


@pytest.mark.parametrize(
    ("hunting", "order"),
    [("ascending", [1, 1]), ("descending", [3, 3]), ("cyclic", [1, 2])],
)
def test_hunting(hunting: str, order: list[int]) -> None:
    rig = Rig(1, 2, 3, hunting=hunting)
    for expected in order:
        rig.place()
        taken = rig.trunk.last_placed
        assert taken == expected
        rig.bits("1101", channel=taken)
        rig.request("clear", max(rig.trunk.calls), 16)
        rig.bits("1001", 200, channel=taken)


# Answer, clear-back, clear-forward


def test_answer_and_clear_forward() -> None:
    rig = Rig()
    call = rig.answered()
    assert len(rig.of(ev.CallConnected)) == 1
    rig.request("clear", call, 16)
    assert rig.done() == ["bits 1001"]
    assert rig.of(ev.CallReleased) == []
    rig.bits("1001")
    assert rig.state() == s.GUARD
    assert rig.of(ev.CallReleased) == []
    rig.request("clear", call, 16)
    rig.run(101)
    assert rig.state() == s.IDLE
    assert [(e.cause, e.local) for e in rig.of(ev.CallReleased)] == [(16, True)]


def test_answer_without_the_register_being_done() -> None:
    rig = Rig()
    rig.placed("123")
    rig.bits("0101")
    assert len(rig.of(ev.CallConnected)) == 1
    assert "silence" in rig.done()


def test_nobody_answers() -> None:
    rig = Rig(timers={"TANSWER": 10 * SECOND})
    rig.waiting()
    rig.run(10_001)
    assert [e.cause for e in rig.of(ev.CallDisconnected)] == [19]
    assert rig.done() == ["bits 1001"]


def test_clear_back_and_reanswer() -> None:
    rig = Rig()
    call = rig.answered()
    rig.bits("1101")
    assert rig.of(ev.CallSuspended) == [ev.CallSuspended(call, False)]
    rig.run(59_000)
    rig.bits("0101")
    assert rig.of(ev.CallResumed) == [ev.CallResumed(call, False)]
    rig.run(61_000)
    assert rig.state() == s.OUT_ANSWERED
    rig.bits("1101")
    rig.run(60_001)
    assert rig.state() == s.OUT_CLEARING
    assert [e.cause for e in rig.of(ev.CallDisconnected)] == [16]


def test_clear_back_ends_the_call_at_once_if_wanted() -> None:
    rig = Rig(timers={"T2CB": 0})
    rig.answered()
    rig.bits("1101")
    assert rig.of(ev.CallSuspended) == []
    assert rig.done() == ["bits 1001"]


def test_forced_release() -> None:
    rig = Rig()
    rig.answered()
    rig.bits("0001")
    assert rig.done() == ["bits 1001"]
    assert rig.trunk.counters()["forced_releases"] == 1


def test_metering_pulses_and_a_real_clear_back() -> None:
    rig = Rig(variant="ar", metering="pulses")
    call = rig.answered()
    for _ in range(3):
        rig.bits("1101", 150)
        rig.bits("0101", 150)
    assert rig.of(CallMetered) == [CallMetered(call, 1)] * 3
    assert rig.of(ev.CallSuspended) == []
    rig.bits("1101", 400)
    assert rig.of(ev.CallSuspended) == []
    rig.run(25)
    assert len(rig.of(ev.CallSuspended)) == 1


def test_metering_pulses_with_a_code_of_their_own() -> None:
    rig = Rig(metering="pulses", overrides={"line.metering": "0001", "timer.TMETER": 300})
    call = rig.answered()
    rig.bits("0001", 100)
    rig.bits("0101", 100)
    assert rig.of(CallMetered) == [CallMetered(call, 1)]


def test_metering_pulses_sent() -> None:
    rig = incoming()
    call = rig.taken()
    rig.request("meter", call, 2)
    rig.run(1000)
    assert rig.done() == ["bits 1101", "bits 0101"] * 2
    assert rig.state() == s.IN_ANSWERED


def test_the_called_party_hangs_up_and_comes_back() -> None:
    rig = incoming()
    call = rig.taken()
    rig.request("notify", call, 0)
    assert rig.done() == ["bits 1101"]
    rig.run(50)
    rig.request("notify", call, 1)
    assert rig.done() == ["bits 0101"]
    with pytest.raises(LocalError, match="notice 2"):
        rig.request("notify", call, 2)


@pytest.mark.parametrize(("forced", "bits"), [(False, "bits 1101"), (True, "bits 0001")])
def test_the_called_side_clears(forced: bool, bits: str) -> None:
    rig = incoming(forced_release=forced)
    call = rig.taken()
    rig.request("clear", call, 16)
    assert rig.done() == [bits]
    rig.bits("1001", 150)
    assert rig.done() == ["bits 1001"]
    assert [(e.cause, e.local) for e in rig.of(ev.CallReleased)] == [(16, True)]


def test_double_answer() -> None:
    rig = incoming(collect="double_answer")
    rig.taken()
    rig.events.clear()
    assert rig.state() == s.IN_AGAIN_ON
    rig.run(1000)
    assert rig.done() == ["bits 1101"]
    rig.run(1500)
    assert rig.done() == ["bits 0101"]
    assert rig.state() == s.IN_ANSWERED


def test_clear_forward_while_between_two_answers() -> None:
    """That is how a collect call ends."""
    rig = incoming(collect="double_answer")
    rig.taken()
    rig.run(1100)
    rig.bits("1001")
    rig.run(200)
    assert rig.state() == s.IDLE
    assert len(rig.of(ev.CallReleased)) == 1


def test_release_guard() -> None:
    rig = incoming(timers={"TRELEASE": 450 * MS})
    rig.taken()
    rig.bits("1001", 449)
    assert rig.state() == s.IN_RELEASING
    assert rig.done() == []
    rig.run(25)
    assert rig.done() == ["bits 1001"]


def test_clear_forward_in_every_incoming_state() -> None:
    for steps in range(5):
        rig = incoming()
        rig.bits("0001")
        if steps >= 1:
            rig.on(R2_FORWARD, 1)
        if steps >= 2:
            rig.run(30)
            rig.off(R2_FORWARD, 1)
        if steps >= 3:
            rig.on(R2_FORWARD, 1)
        if steps >= 4:
            rig.request("alert", rig.of(ev.CallOffered)[0].call, False)
        rig.bits("1001", 200)
        assert rig.state() == s.IDLE
        assert len(rig.of(ev.CallReleased)) == len(rig.of(ev.CallOffered)) == (steps >= 3)
        assert rig.trunk.next_timeout() is None
        assert not rig.trunk.channels[1].sounding
