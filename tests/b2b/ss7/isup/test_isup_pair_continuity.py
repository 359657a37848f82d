"""Isup against Isup: continuity checks (Q.764 2.1.8), in calls and outside them."""

from __future__ import annotations

import pytest

from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import isup_messages_table as m
from trunkd.signaling.ss7 import isup_states as s
from trunkd.signaling.ss7.isup_circuits import RECHECK_AWAITED, RECHECK_LOOP

MS = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND


def test_continuity_check_in_a_call(pair_of) -> None:
    pair = pair_of(a={"continuity": 1})
    answered_handle = answered_after_check(pair)
    assert pair.a.wire() == [m.IAM, m.COT]
    assert pair.a.isup.calls[answered_handle].state == s.OUT_ANSWERED
    assert set(pair.a.check.values()) == set(pair.b.check.values()) == {neutral.CONTINUITY_OFF}


def answered_after_check(pair) -> int:
    pair.answering()
    mine = pair.place(pair.a, channel=5)
    pair.run(30 * MS)
    assert pair.a.check[5] == neutral.CONTINUITY_TONE
    assert pair.b.check[5] == neutral.CONTINUITY_LOOP
    assert not pair.b.kinds(neutral.CallOffered)
    pair.run(SECOND)
    return mine


def test_one_call_in_three_is_checked(pair_of) -> None:
    pair = pair_of(a={"continuity": 3})
    for _ in range(9):
        pair.place(pair.a)
    pair.run(SECOND)
    assert pair.a.wire().count(m.COT) == 3
    assert len(pair.b.kinds(neutral.CallOffered)) == 9


@pytest.mark.parametrize("heal", [3 * SECOND, 20 * SECOND, 5 * MINUTE])
def test_broken_circuit_is_checked_until_it_is_sound(pair_of, heal: int) -> None:
    """2.1.8: COT with failure, another circuit for the call, CCR after T25, then each T26."""
    pair = pair_of(a={"continuity": 1})
    pair.broken.add(5)
    mine = answered_after_check(pair)
    moved = pair.a.kinds(neutral.CallMoved)
    assert [event.call for event in moved] == [mine]
    assert pair.a.isup.calls[mine].state == s.OUT_ANSWERED
    assert pair.b.isup.circuits.by_cic[5].csc == RECHECK_AWAITED
    pair.run(heal)
    pair.broken.clear()
    pair.run(3 * MINUTE)
    assert pair.a.kinds(neutral.ContinuityDone)[-1].ok
    pair.do(lambda: pair.a.isup.clear(mine, 16, pair.now))
    pair.run(SECOND)
    pair.assert_idle()


def test_second_circuit_broken_too(pair_of) -> None:
    """After the one repeat attempt the call ends, cause 41."""
    pair = pair_of(a={"continuity": 1})
    pair.broken.update(range(32))
    mine = pair.place(pair.a)
    pair.run(SECOND)
    event = pair.a.kinds(neutral.CallReleased)[0]
    assert (event.call, event.cause) == (mine, 41)


@pytest.mark.parametrize("lpa", ["itu", "international"])
def test_continuity_test_outside_a_call(pair_of, lpa: str) -> None:
    pair = pair_of(a={"variant": lpa}, b={"variant": lpa})
    pair.do(lambda: pair.a.isup.continuity_test(9, pair.now))
    pair.run(30 * MS)
    assert pair.a.channel[9] == pair.b.channel[9] == neutral.CHANNEL_TESTING
    pair.run(SECOND)
    assert pair.a.kinds(neutral.ContinuityDone) == [neutral.ContinuityDone(9, True)]
    assert pair.b.wire() == ([m.LPA] if lpa == "itu" else []) + [m.RLC]
    pair.assert_idle()


@pytest.mark.parametrize("cic", [8, 9])
def test_both_ends_test_a_circuit(pair_of, cic: int) -> None:
    """The end that controls it goes on, the other makes the loop."""
    pair = pair_of()
    for end in pair.ends:
        pair.do(lambda e=end: e.isup.continuity_test(cic, pair.now))
    pair.run(SECOND)
    first, second = (pair.b, pair.a) if cic % 2 == 0 else (pair.a, pair.b)
    assert first.kinds(neutral.ContinuityDone) == [neutral.ContinuityDone(cic, True)]
    assert second.kinds(neutral.ContinuityDone) == [neutral.ContinuityDone(cic, False)]
    pair.assert_idle()


@pytest.mark.parametrize("cic", [8, 9])
def test_both_ends_test_a_broken_circuit(pair_of, cic: int) -> None:
    pair = pair_of()
    pair.broken.add(cic)
    for end in pair.ends:
        pair.do(lambda e=end: e.isup.continuity_test(cic, pair.now))
    pair.run(5 * MINUTE)
    pair.broken.clear()
    pair.run(5 * MINUTE)
    pair.assert_idle()


def test_no_second_check_comes(pair_of) -> None:
    """T27: RSC."""
    pair = pair_of()
    pair.b.isup.receive(bytes.fromhex("0500010460000a03020005831021430f"), 0)
    pair.b.isup.receive(bytes.fromhex("05000500"), 0)
    pair.settle()
    assert pair.b.isup.circuits.by_cic[5].csc == RECHECK_AWAITED
    pair.run(4 * MINUTE + SECOND)
    assert pair.b.wire() == [m.RSC]
    pair.assert_idle()


def test_tested_circuit_without_an_end(pair_of) -> None:
    """T36: RSC."""
    pair = pair_of()
    pair.b.isup.receive(bytes.fromhex("050011"), 0)
    pair.settle()
    assert pair.b.isup.circuits.by_cic[5].csc == RECHECK_LOOP
    pair.run(11 * SECOND)
    assert pair.b.wire() == [m.LPA, m.RSC]
    assert pair.b.check[5] == neutral.CONTINUITY_OFF
    pair.assert_idle()
