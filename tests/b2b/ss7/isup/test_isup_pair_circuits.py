"""Isup against Isup: dual seizure, blocking, reset, queries, congestion."""

from __future__ import annotations

import pytest

from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import isup_messages_table as m
from trunkd.signaling.ss7 import isup_states as s
from trunkd.signaling.ss7.isup_circuits import BLOCKED

MS = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
ROUND = 100 * MS


def answered(pair, end=None, **fields) -> tuple[int, int]:
    end = end or pair.a
    pair.answering()
    mine = pair.place(end, **fields)
    pair.run(ROUND)
    assert end.isup.calls[mine].state == s.OUT_ANSWERED
    return mine, max(pair.other(end).live)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("cic", range(1, 31))
def test_dual_seizure(pair_of, cic: int, first: int) -> None:
    """2.9.1.4: both seize the same circuit; the higher point code (b) wins the even ones, a the odd
    ones; the loser's call gets another circuit by itself and is answered too."""
    if cic == 16:
        cic = 31
    pair = pair_of()
    pair.answering()
    handles = {}
    for end in (pair.ends[first], pair.ends[1 - first]):
        handles[end.name] = pair.place(end, channel=cic)
    pair.run(SECOND)
    winner, loser = (pair.b, pair.a) if cic % 2 == 0 else (pair.a, pair.b)
    assert winner.isup.calls[handles[winner.name]].circuit.cic == cic
    moved = loser.kinds(neutral.CallMoved)
    assert [event.call for event in moved] == [handles[loser.name]]
    assert not winner.kinds(neutral.CallMoved)
    assert loser.isup.calls[handles[loser.name]].circuit.cic == moved[0].channel != cic
    for end in pair.ends:
        assert sorted(c.state for c in end.isup.calls.values()) == [s.OUT_ANSWERED, s.IN_ANSWERED]
        pair.try_(lambda e=end: e.isup.clear(handles[e.name], 16, pair.now))
    pair.run(SECOND)
    pair.assert_idle()


def test_two_hundred_dual_seizures(pair_of) -> None:
    """One after the other on one pair: the same winner each time, no call lost, none stuck."""
    pair = pair_of()
    pair.answering()
    cics = pair.a.isup.config.circuits
    for n in range(200):
        cic = cics[n % 30]
        handles = [pair.place(end, channel=cic, exclusive=False) for end in pair.ends]
        pair.run(ROUND)
        for end, handle in zip(pair.ends, handles, strict=True):
            won = end.isup.config.controlled(cic)
            call = end.isup.calls[handle]
            assert call.state == s.OUT_ANSWERED
            assert (call.circuit.cic == cic) == won
            pair.do(lambda e=end, h=handle: e.isup.clear(h, 16, pair.now))
        pair.run(ROUND)
        pair.assert_idle()
    assert sum(len(end.kinds(neutral.CallMoved)) for end in pair.ends) == 200
    assert sum(end.isup.counters["dual_seizures"] for end in pair.ends) == 400


def test_dual_seizure_of_all_circuits_at_once(pair_of) -> None:
    """Both ends want every circuit in the same instant: each has the half that it controls."""
    pair = pair_of(a={"selection": "lowest"}, b={"selection": "lowest"})
    pair.answering()
    for cic in pair.a.isup.config.circuits:
        for end in pair.ends:
            pair.place(end, channel=cic)
    pair.run(SECOND)
    for end in pair.ends:
        out = [c for c in end.isup.calls.values() if c.state == s.OUT_ANSWERED]
        assert all(call.circuit.mine for call in out)
    total = sum(c.state == s.OUT_ANSWERED for e in pair.ends for c in e.isup.calls.values())
    assert total == 30
    assert {e.cause for end in pair.ends for e in end.kinds(neutral.CallReleased)} == {34}


def test_dual_seizure_of_an_exclusive_call(pair_of) -> None:
    pair = pair_of()
    pair.answering()
    mine = pair.place(pair.a, channel=2, exclusive=True)
    pair.place(pair.b, channel=2, exclusive=True)
    pair.run(SECOND)
    assert pair.a.kinds(neutral.CallReleased) == [neutral.CallReleased(mine, 2, 44, 2, True)]
    assert len(pair.b.live) == 1


@pytest.mark.parametrize("cics", [(5,), (3, 4, 5), tuple(range(1, 16)), ()])
@pytest.mark.parametrize("hardware", [False, True])
def test_blocking_from_both_ends(pair_of, cics: tuple[int, ...], hardware: bool) -> None:
    pair = pair_of()
    for end in pair.ends:
        pair.do(lambda e=end: e.isup.block(cics, hardware, pair.now))
    pair.run(ROUND)
    blocked = cics or pair.a.isup.config.circuits
    for end in pair.ends:
        assert {n for n, state in end.channel.items() if state} == set(blocked)
        assert {end.channel[n] for n in blocked} == {neutral.CHANNEL_BLOCKED_BOTH}
        done = end.kinds(neutral.BlockingDone)
        assert sorted(n for event in done for n in event.channels) == sorted(blocked)
        assert all(event.ok and event.what == "block" for event in done)
    pair.assert_idle(blocked=True)
    pair.do(lambda: pair.a.isup.unblock(cics, hardware, pair.now))
    pair.run(ROUND)
    assert {pair.a.channel[n] for n in blocked} == {neutral.CHANNEL_BLOCKED_THERE}
    assert {pair.b.channel[n] for n in blocked} == {neutral.CHANNEL_BLOCKED_HERE}
    pair.do(lambda: pair.b.isup.unblock(cics, hardware, pair.now))
    pair.run(ROUND)
    pair.assert_idle()


def test_maintenance_blocking_keeps_calls_hardware_ends_them(pair_of) -> None:
    pair = pair_of()
    answered(pair, channel=3)
    answered(pair, pair.b, channel=4)
    pair.do(lambda: pair.a.isup.block((3, 4), False, pair.now))
    pair.run(ROUND)
    assert len(pair.a.live) == len(pair.b.live) == 2
    pair.do(lambda: pair.b.isup.block((3, 4), True, pair.now))
    pair.run(ROUND)
    assert not pair.a.live
    assert not pair.b.live
    assert m.REL not in pair.a.wire() + pair.b.wire()


def test_no_call_on_circuits_blocked_there(pair_of) -> None:
    pair = pair_of()
    pair.do(lambda: pair.b.isup.block((), False, pair.now))
    pair.run(ROUND)
    handle = pair.place(pair.a)
    assert pair.a.kinds(neutral.CallReleased) == [neutral.CallReleased(handle, 0, 34, 2, True)]
    handle = pair.place(pair.b)
    assert pair.b.kinds(neutral.CallReleased) == [neutral.CallReleased(handle, 0, 34, 2, True)]


@pytest.mark.parametrize("group", [False, True])
def test_blocking_crosses_a_call(pair_of, group: bool) -> None:
    """2.8.2.1: BLO or CGB after IAM and before ACM: the call goes to another circuit."""
    pair = pair_of()
    pair.place(pair.a, channel=3)
    cics = (3, 4) if group else (3,)
    pair.do(lambda: pair.b.isup.block(cics, False, pair.now))
    pair.run(ROUND)
    assert [e.channel for e in pair.a.kinds(neutral.CallMoved)] != []
    assert pair.a.kinds(neutral.CallMoved)[0].channel not in cics
    assert len(pair.a.live) == 1
    assert m.REL in pair.a.wire()
    assert pair.b.isup.circuits.by_cic[3].bls == BLOCKED


def test_cgb_undone_by_ubl(pair_of) -> None:
    pair = pair_of()
    pair.do(lambda: pair.a.isup.block((3, 4, 5), False, pair.now))
    pair.run(ROUND)
    pair.do(lambda: pair.a.isup.unblock((4,), False, pair.now))
    pair.run(ROUND)
    assert pair.a.wire() == [m.CGB, m.UBL]
    assert {n for n, state in pair.b.channel.items() if state} == {3, 5}


def test_requests_overtake_each_other(pair_of) -> None:
    """Block, unblock, block again before any answer: the last one counts at both ends."""
    pair = pair_of()
    for cics in ((3, 4, 5), (7,)):
        pair.do(lambda c=cics: pair.a.isup.block(c, False, pair.now))
        pair.do(lambda c=cics: pair.a.isup.unblock(c, False, pair.now))
        pair.do(lambda c=cics: pair.a.isup.block(c, False, pair.now))
    pair.run(ROUND)
    assert {n for n, state in pair.b.channel.items() if state} == {3, 4, 5, 7}
    pair.assert_idle(blocked=True)


@pytest.mark.parametrize("hardware", [False, True])
@pytest.mark.parametrize("block", [False, True])
def test_a_reset_of_one_circuit_in_a_pending_group(pair_of, hardware: bool, block: bool) -> None:
    """A group message waits for its answer when the far end resets one of its circuits: the others
    are not forgotten, at either end."""
    group = tuple(range(1, 16))
    pair = pair_of()
    if not block:
        pair.do(lambda: pair.a.isup.block(group, hardware, pair.now))
        pair.run(ROUND)
    pair.pause(True)
    request = pair.a.isup.block if block else pair.a.isup.unblock
    pair.do(lambda: request(group, hardware, pair.now))
    pair.run(SECOND)
    pair.pause(False)
    pair.do(lambda: pair.b.isup.restart((5,), pair.now))
    pair.run(MINUTE)
    pair.assert_idle(blocked=block)
    circuits = pair.b.isup.circuits.by_cic
    there = [circuits[n].hlr if hardware else circuits[n].blr for n in group]
    assert there == [BLOCKED if block else 0] * 15
    pair.do(lambda: pair.a.isup.unblock(group, hardware, pair.now))
    pair.run(ROUND)
    pair.assert_idle()


@pytest.mark.parametrize("block", [False, True])
def test_one_circuit_is_asked_for_otherwise_than_its_group(pair_of, block: bool) -> None:
    """CGB or CGU for fifteen is pending; BLO or UBL for one of them; the last word counts."""
    group = tuple(range(1, 16))
    pair = pair_of()
    if not block:
        pair.do(lambda: pair.a.isup.block(group, False, pair.now))
        pair.run(ROUND)
    pair.pause(True)
    request = pair.a.isup.block if block else pair.a.isup.unblock
    other = pair.a.isup.unblock if block else pair.a.isup.block
    pair.do(lambda: request(group, False, pair.now))
    pair.do(lambda: other((5,), False, pair.now))
    pair.pause(False)
    pair.run(MINUTE)
    pair.assert_idle(blocked=True)
    there = {n for n in group if pair.b.isup.circuits.by_cic[n].blr}
    assert there == (set(group) - {5} if block else {5})


def test_resets_overlap(pair_of) -> None:
    """GRS over fifteen is pending; one of them, then five, are reset anew: all end idle."""
    pair = pair_of()
    answered(pair)
    pair.pause(True)
    for cics in (tuple(range(1, 16)), (3,), tuple(range(7, 12))):
        pair.do(lambda c=cics: pair.a.isup.restart(c, pair.now))
    pair.run(SECOND)
    pair.pause(False)
    pair.run(MINUTE)
    pair.assert_idle()
    assert len(pair.a.kinds(neutral.RestartDone)) == 3
    assert all(event.ok for event in pair.a.kinds(neutral.RestartDone))


@pytest.mark.parametrize("cics", [(7,), (7, 8), tuple(range(1, 16)), ()])
@pytest.mark.parametrize("from_caller", [False, True])
def test_reset_during_calls(pair_of, cics: tuple[int, ...], from_caller: bool) -> None:
    pair = pair_of()
    answered(pair, channel=7)
    answered(pair, pair.b, channel=8)
    end = pair.a if from_caller else pair.b
    pair.do(lambda: end.isup.restart(cics, pair.now))
    pair.run(ROUND)
    gone = {7, 8} & set(cics or (7, 8))
    for side in pair.ends:
        assert {e.channel for e in side.kinds(neutral.CallReleased)} == gone
        assert len(side.live) == 2 - len(gone)
        assert all(event.ok for event in side.kinds(neutral.RestartDone))
    done = [e for e in end.kinds(neutral.RestartDone) if e.local]
    assert [e.channels for e in done] == [cics or end.isup.config.circuits]


def test_reset_removes_their_blocking_and_keeps_ours(pair_of) -> None:
    """2.9.3: who resets is told again what is blocked there; what he blocked himself is undone."""
    pair = pair_of()
    pair.do(lambda: pair.a.isup.block((2, 3), False, pair.now))
    pair.do(lambda: pair.b.isup.block((3, 4), False, pair.now))
    pair.do(lambda: pair.b.isup.block((9, 10), True, pair.now))
    pair.run(ROUND)
    pair.do(lambda: pair.a.isup.restart((), pair.now))
    pair.run(ROUND)
    state = {n: v for n, v in pair.a.channel.items() if v}
    there, here, both = (
        neutral.CHANNEL_BLOCKED_THERE,
        neutral.CHANNEL_BLOCKED_HERE,
        neutral.CHANNEL_BLOCKED_BOTH,
    )
    assert state == {2: here, 3: both, 4: there, 9: there, 10: there}
    pair.do(lambda: pair.a.isup.restart((4,), pair.now))
    pair.do(lambda: pair.a.isup.restart((9,), pair.now))
    pair.run(ROUND)
    assert pair.a.channel[4] == pair.a.channel[9] == there
    assert pair.b.wire().count(m.BLO) == 1


def test_restart_collision(pair_of) -> None:
    """Both ends reset everything at once."""
    pair = pair_of()
    answered(pair)
    for end in pair.ends:
        pair.do(lambda e=end: e.isup.restart((), pair.now))
        pair.do(lambda e=end: e.isup.restart((20,), pair.now))
    pair.run(SECOND)
    pair.assert_idle()


def test_reset_on_start(pair_of) -> None:
    pair = pair_of(a={"reset_on_start": True})
    pair.run(ROUND)
    assert pair.a.wire() == [m.GRS, m.GRS]
    pair.assert_idle()


def test_query_finds_the_difference(pair_of) -> None:
    """2.8.3: a call that only one end knows of."""
    pair = pair_of()
    answered(pair, channel=3)
    pair.do(lambda: pair.a.isup.query((1, 2, 3, 4), pair.now))
    pair.run(ROUND)
    assert pair.a.kinds(neutral.CircuitsQueried)[-1].differ == ()
    call = pair.b.isup.calls[pair.b.isup.circuits.by_cic[3].call]
    call.end(16, 0, True)
    pair.b.isup.circuits.by_cic[4].bls = BLOCKED
    pair.settle()
    pair.do(lambda: pair.a.isup.query((1, 2, 3, 4), pair.now))
    pair.run(ROUND)
    assert pair.a.kinds(neutral.CircuitsQueried)[-1].differ == (3, 4)


def test_circuits_that_the_far_end_has_not(pair_of) -> None:
    """2.12: UCIC; the circuit is out of service, the call goes elsewhere."""
    pair = pair_of(b={"circuits": (*range(1, 6), *range(7, 16))})
    pair.answering()
    mine = pair.place(pair.a, channel=6)
    pair.run(ROUND)
    assert pair.a.channel[6] == neutral.CHANNEL_OUT_OF_SERVICE
    assert pair.a.isup.calls[mine].state == s.OUT_ANSWERED
    pair.do(lambda: pair.a.isup.block((20,), False, pair.now))
    pair.do(lambda: pair.a.isup.block((21, 22), False, pair.now))
    pair.do(lambda: pair.a.isup.restart((23,), pair.now))
    pair.run(ROUND)
    assert [(e.channels, e.ok) for e in pair.a.kinds(neutral.BlockingDone)] == [
        ((20,), False),
        ((21,), False),
        ((22,), False),
    ]
    assert [e.ok for e in pair.a.kinds(neutral.RestartDone)] == [False]


# Congestion and the user part


def test_congestion_takes_and_gives_back_traffic(pair_of) -> None:
    """2.11: a step for each indication outside T29; T30 gives one back."""
    pair = pair_of()
    for _ in range(4):
        pair.a.isup.mtp_status(0, 1, pair.now)
        pair.a.isup.mtp_status(0, 1, pair.now)
        pair.run(600 * MS)
    assert pair.a.isup.steps == 4
    for _ in range(16):
        pair.place(pair.a)
    assert [e.cause for e in pair.a.kinds(neutral.CallReleased)] == [42] * 8
    pair.run(7 * SECOND)
    assert pair.a.isup.steps == 3
    pair.run(21 * SECOND)
    assert pair.a.isup.steps == 0


def test_congestion_level_of_the_far_end(pair_of) -> None:
    """2.12: REL tells of it; it counts 5 s."""
    pair = pair_of()
    _mine, theirs = answered(pair)
    pair.b.isup.congested(2)
    pair.do(lambda: pair.b.isup.clear(theirs, 42, pair.now))
    pair.run(ROUND)
    assert pair.a.isup.steps == 4
    pair.run(5 * SECOND)
    assert pair.a.isup.steps == 0
    pair.assert_idle()


@pytest.mark.parametrize("cause", [1, 2, 3])
def test_user_part_unavailable(pair_of, cause: int) -> None:
    """2.13: no calls; UPT each T4, unless it is not equipped; UPA or any message ends it."""
    pair = pair_of()
    pair.a.isup.mtp_status(cause, 0, pair.now)
    pair.settle()
    handle = pair.place(pair.a)
    assert pair.a.kinds(neutral.CallReleased)[0] == neutral.CallReleased(handle, 0, 27, 2, True)
    assert pair.a.wire() == ([] if cause == 2 else [m.UPT])
    pair.run(ROUND)
    assert (pair.a.isup.user_part == 0) == (cause != 2)
    assert pair.b.wire() == ([] if cause == 2 else [m.UPA])
    if cause == 2:
        pair.do(lambda: pair.b.isup.block((1,), False, pair.now))
        pair.run(ROUND)
    assert pair.a.isup.user_part == 0
    assert not pair.a.isup.deadlines


def test_silent_user_part_is_tested_each_t4(pair_of) -> None:
    pair = pair_of()
    pair.paused = True
    pair.a.isup.mtp_status(3, 0, pair.now)
    pair.run(16 * MINUTE)
    assert pair.a.wire() == [m.UPT] * 4
