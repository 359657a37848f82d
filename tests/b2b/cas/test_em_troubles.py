"""E&M engines in trouble: glare, no wink, hits, lost bits at each step, blocking, lines that go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from trunkd.errors import LocalError
from trunkd.hil.em_lines import MS, SECOND, EmPair, answering
from trunkd.signaling import call as neutral
from trunkd.signaling.cas import em_states as s
from trunkd.signaling.cas.em_config import EmConfig
from trunkd.signaling.cas.em_table import EM
from trunkd.signaling.line_signals import BitsReceived, SendingEnded

STARTS = ("wink", "delay", "immediate", "fgd", "immediate-pulse")
LONG = 400 * SECOND
"""Longer than every time of the rows, one behind the other."""


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    EM.strict = True
    yield
    EM.strict = False


def pair_of(variant: str = "wink", both: dict | None = None, **more) -> EmPair:
    """a holds in glare and b yields; both would choose timeslot 1 first."""
    settings = {"channels": (1, 2, 3), "variant": variant, "selection": "ascending", **(both or {})}
    return EmPair(EmConfig(glare="hold", **settings), EmConfig(**settings), **more).start()


def clear_all(pair: EmPair) -> None:
    for end in pair.ends:
        for call in sorted(end.live):
            end.trunk.clear(call, 16, pair.now)


@pytest.mark.parametrize("variant", STARTS)
@pytest.mark.parametrize("later_ms", [0, 3, 20, 60, 90])
@pytest.mark.parametrize("delay_ms", [1, 20])
def test_glare(variant: str, later_ms: int, delay_ms: int) -> None:
    """Both seize timeslot 1: one gives way, and both calls are answered."""
    times = {"interdigit": 1500}
    pair = pair_of(variant, {"times": times}, delay=delay_ms * MS)
    answering(pair)
    pair.place(pair.a, "111", "7")
    pair.after(later_ms * MS, lambda: pair.place(pair.b, "222", "8"))
    pair.run_for(15 * SECOND)
    for end, digits in ((pair.a, "222"), (pair.b, "111")):
        assert [e.request.called.digits for e in end.kinds(neutral.CallOffered)] == [digits]
        assert len(end.kinds(neutral.CallConnected)) == 2, end.faults()
        assert not end.faults()
    moved = pair.b.kinds(neutral.CallMoved)
    counts = [end.trunk.counters().get("glare", 0) for end in pair.ends]
    assert len(moved) == (1 if max(counts) else 0)
    clear_all(pair)
    pair.run_for(5 * SECOND)
    pair.assert_idle()


def test_glare_on_the_only_trunk_ends_the_call_that_gives_way() -> None:
    pair = pair_of(both={"channels": (4,)})
    answering(pair)
    pair.place(pair.a, "111")
    theirs = pair.place(pair.b, "222")
    pair.run_for(12 * SECOND)
    assert [(e.call, e.cause) for e in pair.b.released] == [(theirs, 44)]
    assert len(pair.a.kinds(neutral.CallConnected)) == 1


@pytest.mark.parametrize("glare", ["hold", "yield"])
@pytest.mark.parametrize("variant", ["wink", "delay", "immediate"])
def test_glare_between_ends_of_the_same_mind_resolves(variant: str, glare: str) -> None:
    """A mistake of configuration: both hold, or both yield. Nothing stays for ever."""
    config = EmConfig((1, 2), variant, glare=glare, selection="ascending")
    pair = EmPair(config, config).start()
    answering(pair)
    pair.place(pair.a, "111")
    pair.place(pair.b, "222")
    pair.run_for(60 * SECOND)
    clear_all(pair)
    pair.run_for(LONG)
    pair.assert_idle()


def test_no_wink_is_tried_on_another_trunk_and_then_given_up() -> None:
    pair = pair_of()
    answering(pair)
    pair.cut = {1}
    call = pair.place(pair.a, "5551234")
    pair.run_for(20 * SECOND)
    assert [(e.call, e.channel) for e in pair.a.kinds(neutral.CallMoved)] == [(call, 2)]
    assert pair.a.kinds(neutral.CallConnected)[0].channel == 2
    assert pair.a.faults() == ["no_start_signal"]
    clear_all(pair)
    pair.cut = {1, 2, 3}
    pair.run_for(2 * SECOND)
    failed = pair.place(pair.a, "5551234")
    begin = pair.now
    pair.run_for(20 * SECOND)
    released = next(e for e in pair.a.released if e.call == failed)
    assert released.cause == 27
    at = next(t for t, e in pair.a.log if e is released)
    assert at - begin == 2 * 4500 * MS


@pytest.mark.parametrize("variant", STARTS)
@pytest.mark.parametrize("from_b", [False, True])
def test_bits_lost_at_each_step(variant: str, from_b: bool) -> None:
    """The line of bits is cut at every moment of a call, for a second or for good and mended: both
    ends come back to idle, in time, and the next call goes through."""
    for step_ms in range(0, 6000, 250):
        pair = pair_of(variant, {"channels": (1,), "times": {"interdigit": 1000}})
        answering(pair)
        end = pair.b if from_b else pair.a
        pair.place(end, "12", "3")
        pair.run_for(step_ms * MS)
        pair.cut = {1}
        pair.run_for((1000 if step_ms % 500 else 60000) * MS)
        clear_all(pair)
        pair.cut = set()
        for one in pair.ends:  # what the bits are now is seen anew, as after an alarm
            other = pair.other(one)
            one.trunk.receive(BitsReceived(1, other.bits[1]), pair.now)
        pair.run_for(20 * SECOND)
        clear_all(pair)
        pair.run_for(LONG)
        pair.assert_idle()
        pair.place(end, "12", "3")
        pair.run_for(10 * SECOND)
        assert end.kinds(neutral.CallConnected), (step_ms, end.log)
        clear_all(pair)
        pair.run_for(10 * SECOND)
        pair.assert_idle()


@pytest.mark.parametrize("variant", ["wink", "fgd"])
def test_line_down_in_each_state(variant: str) -> None:
    for step_ms in range(0, 8000, 300):
        pair = pair_of(variant, {"times": {"interdigit": 1000}})
        answering(pair)
        call = pair.place(pair.a, "12", "3")
        pair.run_for(step_ms * MS)
        for end in pair.ends:
            end.trunk.line_down((1, 2, 3), pair.now)
        pair.settle()
        assert [(e.call, e.cause) for e in pair.a.released] == [(call, 27)]
        assert not pair.b.live
        assert set(pair.a.state.values()) == {neutral.CHANNEL_OUT_OF_SERVICE}
        pair.run_for(3 * SECOND)
        refused = pair.place(pair.a, "12")
        pair.settle()
        assert pair.a.released[-1].call == refused and pair.a.released[-1].cause == 34
        for end in pair.ends:
            end.trunk.line_up((1, 2, 3), pair.now)
        pair.run_for(30 * SECOND)
        pair.assert_idle()


def test_restart_frees_every_channel() -> None:
    pair = pair_of()
    answering(pair)
    for end in pair.ends:
        pair.place(end)
        pair.run_for(9 * SECOND)
    pair.a.trunk.restart((), pair.now)
    pair.run_for(5 * SECOND)
    done = pair.a.kinds(neutral.RestartDone)[0]
    assert done.channels == (1, 2, 3) and done.ok
    assert {e.cause for e in pair.a.released} == {41}
    assert len(pair.b.released) == 2
    pair.assert_idle()


def test_block_and_unblock_from_both_sides() -> None:
    pair = pair_of(both={"times": {"first_digit": 2000}})
    trunk_a, trunk_b = pair.a.trunk, pair.b.trunk
    trunk_a.block((1,), pair.now)
    pair.run_for(5 * SECOND)
    assert pair.a.state[1] == neutral.CHANNEL_BLOCKED_HERE
    assert pair.b.state[1] == neutral.CHANNEL_BLOCKED_THERE
    assert pair.b.faults() == ["no_digits"]
    assert pair.a.kinds(neutral.BlockingDone)[0].ok
    trunk_b.block((1,), pair.now)
    pair.run_for(5 * SECOND)
    assert {end.state[1] for end in pair.ends} == {neutral.CHANNEL_BLOCKED_BOTH}
    pair.place(pair.a)
    pair.settle()
    assert pair.a.trunk.lines[2].call is not None  # nobody takes a blocked one
    trunk_a.unblock((1,), pair.now)
    pair.run_for(5 * SECOND)
    assert pair.a.state[1] == neutral.CHANNEL_BLOCKED_THERE
    assert pair.b.state[1] == neutral.CHANNEL_BLOCKED_HERE
    trunk_b.unblock((1,), pair.now)
    clear_all(pair)
    pair.run_for(LONG)
    clear_all(pair)
    pair.run_for(60 * SECOND)
    pair.assert_idle()


def test_a_busy_trunk_is_blocked_behind_its_call() -> None:
    pair = pair_of()
    answering(pair)
    call = pair.place(pair.a)
    pair.run_for(10 * SECOND)
    pair.a.trunk.block((1,), pair.now)
    pair.run_for(SECOND)
    assert pair.a.state[1] == neutral.CHANNEL_BUSY
    pair.a.trunk.clear(call, 16, pair.now)
    pair.run_for(3 * SECOND)
    assert pair.a.state[1] == neutral.CHANNEL_BLOCKED_HERE


def test_blocking_that_the_line_does_not_show() -> None:
    pair = pair_of(both={"busy_out": "nothing"})
    pair.a.trunk.block((1,), pair.now)
    pair.run_for(30 * SECOND)
    assert pair.a.state[1] == neutral.CHANNEL_BLOCKED_HERE
    assert 1 not in pair.b.state


def test_off_hook_makes_a_trunk_busy_where_only_we_call() -> None:
    caller = EmConfig((1, 2), direction="out")
    called = EmConfig((1, 2), direction="in")
    pair = EmPair(caller, called).start()
    pair.b.trunk.block((1,), pair.now)
    pair.run_for(SECOND)
    assert pair.a.state[1] == neutral.CHANNEL_BLOCKED_THERE
    assert not pair.a.faults()
    answering(pair)
    pair.place(pair.a)
    pair.run_for(10 * SECOND)
    assert pair.a.kinds(neutral.CallConnected)[0].channel == 2
    with pytest.raises(LocalError, match="direction"):
        pair.b.trunk.place(neutral.CallRequest(neutral.PartyNumber("1")), pair.now)
    pair.b.trunk.unblock((1,), pair.now)
    clear_all(pair)
    pair.run_for(5 * SECOND)
    pair.assert_idle()


def test_drain_refuses_new_calls_and_keeps_the_old() -> None:
    pair = pair_of()
    answering(pair)
    ours = pair.place(pair.a)
    pair.run_for(10 * SECOND)
    pair.b.trunk.drain(True, pair.now)
    with pytest.raises(LocalError, match="drained"):
        pair.b.trunk.place(neutral.CallRequest(neutral.PartyNumber("1")), pair.now)
    pair.place(pair.a)
    pair.run_for(30 * SECOND)
    assert "congestion" in [name for _, name in pair.b.tones]
    assert ours in pair.a.live
    assert len(pair.b.kinds(neutral.CallOffered)) == 1


def test_stray_and_odd_signals_are_counted() -> None:
    pair = pair_of("fgd")
    pair.a.trunk.receive(BitsReceived(9, 15), pair.now)
    assert pair.a.trunk.counters()["stray_signals"] == 1
    pair.lost = 0.3
    pair.rng.seed(4)
    pair.place(pair.a, "8005551212", "2125550100")
    pair.run_for(30 * SECOND)
    assert pair.b.faults() or pair.b.kinds(neutral.CallOffered)
    clear_all(pair)
    pair.run_for(LONG)
    pair.assert_idle()


def test_sending_that_somebody_stops_ends_the_call() -> None:
    pair = pair_of()
    call = pair.place(pair.a)
    pair.run_for(700 * MS)
    line = pair.a.trunk.lines[1]
    assert line.state == s.SENDING
    pair.a.trunk.receive(SendingEnded(1, line.tag, False), pair.now)
    pair.run_for(30 * SECOND)
    assert [(e.call, e.cause) for e in pair.a.released] == [(call, 41)]
    pair.assert_idle()


def test_no_acknowledgement_wink_ends_the_call() -> None:
    """Far end without feature group D's wink."""
    a = EmConfig((1,), "fgd")
    b = EmConfig((1,), "fgd", address="KP II ANI ST KP DNIS ST")
    pair = EmPair(a, b).start()
    pair.place(pair.a, "8005551212", "2125550100")
    pair.run_for(30 * SECOND)
    assert pair.a.faults() == ["no_wink"]
    assert pair.a.released[0].cause == 41
    pair.assert_idle()


def test_an_answer_in_the_place_of_the_acknowledgement_wink() -> None:
    a = EmConfig((1,), "fgd")
    b = EmConfig((1,), "fgd", address="KP II ANI ST KP DNIS ST")
    pair = EmPair(a, b).start()
    answering(pair)
    pair.place(pair.a, "8005551212", "2125550100")
    pair.run_for(10 * SECOND)
    assert pair.a.faults() == ["long_wink"]
    assert len(pair.a.kinds(neutral.CallConnected)) == 1


@pytest.mark.parametrize(("wink_ms", "good"), [(60, False), (140, True), (290, True), (340, True)])
def test_winks_are_taken_from_100_to_350_ms(wink_ms: int, good: bool) -> None:
    pair = EmPair(EmConfig((1,), "wink", glare="hold"), EmConfig((1,), "wink")).start()
    pair.cut = {1}
    pair.place(pair.a)
    pair.run_for(300 * MS)
    pair.a.trunk.receive(BitsReceived(1, 15), pair.now)
    pair.run_for(wink_ms * MS)
    pair.a.trunk.receive(BitsReceived(1, 0), pair.now)
    pair.run_for(120 * MS)
    assert (pair.a.trunk.lines[1].state == s.SENDING) == good
    assert pair.a.faults() == ([] if good else ["short_wink"])
