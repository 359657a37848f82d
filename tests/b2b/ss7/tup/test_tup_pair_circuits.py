"""Circuits between two exchanges: dual seizure, selection, blocking, reset."""

from __future__ import annotations

import pytest
from tup_rig import MINUTE, MS, SECOND, TupPair, calls_both_ways, messages, request, states

from trunkd.signaling import call as neutral

# Dual seizure


@pytest.mark.parametrize("variant", ["itu", "china"])
def test_dual_seizure_100_times_has_the_same_winner(variant: str) -> None:
    """A has the higher code and controls the even circuits (Q.724 2)."""
    pair = TupPair(variant=variant)
    for turn in range(100):
        cic = 1 + turn % 31
        pair.said.clear()
        first = len(pair.a.of(neutral.CallOffered)), len(pair.b.of(neutral.CallOffered))
        ours = pair.a.tup.place(request(channel=cic, exclusive=True), pair.now)
        pair.a.live.add(ours)
        theirs = pair.b.tup.place(request(channel=cic, exclusive=True), pair.now)
        pair.b.live.add(theirs)
        pair.run(100 * MS)
        at_a = len(pair.a.of(neutral.CallOffered)) - first[0]
        at_b = len(pair.b.of(neutral.CallOffered)) - first[1]
        assert (at_a, at_b) == ((0, 1) if cic % 2 == 0 else (1, 0)), f"circuit {cic}"
        winner, handle = (pair.a, ours) if cic % 2 == 0 else (pair.b, theirs)
        loser, lost = (pair.b, theirs) if cic % 2 == 0 else (pair.a, ours)
        assert lost in loser.dead and handle in winner.live
        winner.tup.clear(handle, 16, pair.now)
        pair.run(100 * MS)
        assert messages(pair)[-2:] == [f"{winner.name} CLF", f"{loser.name} RLG"]
        pair.assert_idle()
    assert pair.a.tup.seizures == [52, 48] and pair.b.tup.seizures == [48, 52]


def test_the_call_that_lost_is_tried_on_another_circuit() -> None:
    pair = TupPair(circuits=(1, 2), a={"selection": "ascending"}, b={"selection": "ascending"})
    pair.a.live.add(pair.a.tup.place(request("111"), pair.now))
    pair.b.live.add(pair.b.tup.place(request("222"), pair.now))
    pair.run(SECOND)
    assert sorted(pair.said) == ["A IAM 1", "A IAM 2", "B IAM 1"]
    assert pair.a.of(neutral.CallMoved) == [neutral.CallMoved(1, 2)]
    (at_b,) = pair.b.of(neutral.CallOffered)
    (at_a,) = pair.a.of(neutral.CallOffered)
    assert (at_a.channel, at_b.channel) == (1, 2)


def test_both_give_up_at_once_in_dual_seizure() -> None:
    """Each clears before it knows of the other's call."""
    pair = TupPair()
    for cic in (4, 5):
        ours = pair.a.tup.place(request(channel=cic, exclusive=True), pair.now)
        theirs = pair.b.tup.place(request(channel=cic, exclusive=True), pair.now)
        pair.a.live.add(ours)
        pair.b.live.add(theirs)
        pair.a.tup.clear(ours, 16, pair.now)
        pair.b.tup.clear(theirs, 16, pair.now)
        pair.run(SECOND)
        pair.assert_idle()


def test_selection_prefers_circuits_that_are_controlled() -> None:
    pair = TupPair(circuits=tuple(range(1, 9)))
    for _ in range(6):
        pair.place(pair.a, request())
    taken = [int(said.split()[2]) for said in pair.said]
    assert taken == [2, 4, 6, 8, 7, 5], "own circuits idle longest first, then others, latest first"


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("ascending", [1, 2, 3, 1]),
        ("descending", [8, 7, 6, 8]),
        ("cyclic", [1, 2, 3, 4]),
        ("longest_idle", [1, 2, 3, 4]),
    ],
)
def test_selection(selection: str, expected: list[int]) -> None:
    pair = TupPair(circuits=tuple(range(1, 9)), a={"selection": selection})
    calls = [pair.place(pair.a, request()) for _ in range(3)]
    for call in calls:
        pair.a.tup.clear(call, 16, pair.now)
        pair.run(SECOND)
    pair.place(pair.a, request())
    assert [int(x.split()[2]) for x in pair.said if x.startswith("A IAM")] == expected


# Blocking


def test_one_circuit_blocked_and_unblocked() -> None:
    pair = TupPair()
    pair.a.tup.block((3,), False, pair.now)
    pair.run(SECOND)
    assert pair.said == ["A BLO 3", "B BLA 3"]
    assert states(pair, 3) == (neutral.CHANNEL_BLOCKED_HERE, neutral.CHANNEL_BLOCKED_THERE)
    pair.place(pair.b, request(channel=3, exclusive=True))
    assert [e.cause for e in pair.b.of(neutral.CallReleased)] == [44]
    pair.b.tup.block((3,), False, pair.now)
    pair.run(SECOND)
    assert states(pair, 3) == (neutral.CHANNEL_BLOCKED_BOTH,) * 2
    pair.a.tup.unblock((3,), False, pair.now)
    pair.run(SECOND)
    assert states(pair, 3) == (neutral.CHANNEL_BLOCKED_THERE, neutral.CHANNEL_BLOCKED_HERE)
    pair.b.tup.unblock((3,), False, pair.now)
    pair.run(SECOND)
    assert pair.said[4:] == ["A UBL 3", "B UBA 3", "B UBL 3", "A UBA 3"]
    done = [(e.channels, e.what, e.ok) for e in pair.a.of(neutral.BlockingDone)]
    assert done == [((3,), "block", True), ((3,), "unblock", True)]
    pair.assert_idle()


@pytest.mark.parametrize("variant", ["itu", "china"])
@pytest.mark.parametrize(
    ("kind", "block", "ack", "unblock", "unack"),
    [
        ({"hardware": False}, "MGB", "MBA", "MGU", "MUA"),
        ({"hardware": True}, "HGB", "HBA", "HGU", "HUA"),
        ({"hardware": False, "software": True}, "SGB", "SBA", "SGU", "SUA"),
    ],
)
def test_a_group_blocked_and_unblocked(
    variant: str, kind: dict[str, bool], block: str, ack: str, unblock: str, unack: str
) -> None:
    pair = TupPair(variant=variant)
    group = (4, 5, 6, 7, 20, 21)
    pair.a.tup.block(group, now=pair.now, **kind)
    pair.run(SECOND)
    assert pair.said == [f"A {block} 4", f"A {block} 20", f"B {ack} 4", f"B {ack} 20"]
    for cic in group:
        assert states(pair, cic) == (neutral.CHANNEL_BLOCKED_HERE, neutral.CHANNEL_BLOCKED_THERE)
    assert len(pair.a.tup.pool) == len(pair.b.tup.pool) == 25
    pair.a.tup.unblock(group, now=pair.now, **kind)
    pair.run(SECOND)
    assert pair.said[4:] == [f"A {unblock} 4", f"A {unblock} 20", f"B {unack} 4", f"B {unack} 20"]
    done = [(e.channels, e.what, e.ok) for e in pair.a.of(neutral.BlockingDone)]
    assert done == [(group, "block", True), (group, "unblock", True)]
    pair.assert_idle()


def test_each_kind_of_blocking_is_undone_by_its_own_kind() -> None:
    pair = TupPair()
    for hardware in (False, True):
        pair.a.tup.block((1, 2), hardware, pair.now)
        pair.run(SECOND)
    pair.a.tup.unblock((1, 2), False, pair.now)
    pair.run(SECOND)
    assert states(pair, 1) == (neutral.CHANNEL_BLOCKED_HERE, neutral.CHANNEL_BLOCKED_THERE)
    pair.a.tup.unblock((1, 2), True, pair.now)
    pair.run(SECOND)
    pair.assert_idle()


def test_one_circuit_alone_in_a_group_message() -> None:
    pair = TupPair()
    pair.a.tup.block((31,), True, pair.now)
    pair.run(SECOND)
    assert pair.said == ["A HGB 31", "B HBA 31"]
    assert states(pair, 31) == (neutral.CHANNEL_BLOCKED_HERE, neutral.CHANNEL_BLOCKED_THERE)
    assert states(pair, 30) == (0, 0)


def test_maintenance_blocking_leaves_calls_alone() -> None:
    pair = TupPair()
    ours, theirs = calls_both_ways(pair)
    pair.a.tup.block((2, 3, 4), False, pair.now)
    pair.run(SECOND)
    assert not pair.a.of(neutral.CallReleased) and not pair.b.of(neutral.CallReleased)
    pair.a.tup.clear(ours, 16, pair.now)
    pair.b.tup.clear(theirs, 16, pair.now)
    pair.run(SECOND)
    for cic in (2, 3, 4):
        assert states(pair, cic) == (neutral.CHANNEL_BLOCKED_HERE, neutral.CHANNEL_BLOCKED_THERE)


def test_hardware_blocking_ends_calls() -> None:
    pair = TupPair()
    calls_both_ways(pair)
    pair.a.tup.block((2, 3, 4), True, pair.now)
    pair.run(SECOND)
    assert len(pair.a.of(neutral.CallReleased)) == len(pair.b.of(neutral.CallReleased)) == 2
    assert {e.cause for e in pair.b.of(neutral.CallReleased)} == {41}
    for cic in (2, 3, 4):
        assert states(pair, cic) == (neutral.CHANNEL_BLOCKED_HERE, neutral.CHANNEL_BLOCKED_THERE)
    pair.a.tup.unblock((2, 3, 4), True, pair.now)
    pair.run(SECOND)
    pair.assert_idle()


def test_blocking_that_crosses_a_call_sends_it_elsewhere() -> None:
    pair = TupPair(circuits=(1, 2))
    pair.b.tup.block((2,), False, pair.now)
    pair.place(pair.a, request())
    pair.run(SECOND)
    (offered,) = pair.b.of(neutral.CallOffered)
    assert offered.channel == 1
    assert pair.said[0] == "A IAM 2" and "A CLF 2" in pair.said and "B RLG 2" in pair.said
    assert states(pair, 2) == (neutral.CHANNEL_BLOCKED_THERE, neutral.CHANNEL_BLOCKED_HERE)


def test_nobody_acknowledges_blocking() -> None:
    pair = TupPair()
    pair.cut = True
    pair.a.tup.block((9,), False, pair.now)
    pair.a.tup.block((1, 2), True, pair.now)
    pair.run(59 * SECOND)
    assert pair.said.count("A BLO 9") == 6 and pair.said.count("A HGB 1") == 6
    pair.run(2 * SECOND)
    assert [(e.channels, e.ok) for e in pair.a.of(neutral.BlockingDone)] == [
        ((9,), False),
        ((1, 2), False),
    ]
    assert pair.a.faults() == ["no_blocking_answer", "no_group_answer"]
    pair.cut = False
    pair.run(2 * MINUTE)
    assert states(pair, 9) == (neutral.CHANNEL_BLOCKED_HERE, neutral.CHANNEL_BLOCKED_THERE)
    assert not pair.a.tup.deadlines, "the repetition ended with the acknowledgement"
    for cics, hardware in (((9,), False), ((1, 2), True)):
        pair.a.tup.unblock(cics, hardware, pair.now)
    pair.run(SECOND)
    pair.assert_idle()


def test_group_messages_that_count_when_they_come_twice() -> None:
    both = {"group_twice": True}
    pair = TupPair(a=both, b=both)
    pair.a.tup.block((1, 2), False, pair.now)
    pair.run(SECOND)
    assert pair.said == ["A MGB 1", "A MGB 1", "B MBA 1"]
    pair = TupPair(b=both)
    pair.a.tup.block((1, 2), False, pair.now)
    pair.run(9 * SECOND)
    assert states(pair, 1)[1] == neutral.CHANNEL_IDLE, "one alone does not count"


# Reset


@pytest.mark.parametrize("variant", ["itu", "china"])
def test_reset_of_all_circuits_with_calls(variant: str) -> None:
    pair = TupPair(variant=variant)
    calls_both_ways(pair)
    pair.a.tup.restart((), pair.now)
    pair.run(SECOND)
    assert pair.said[-2:] == ["A GRS 1", "B GRA 1"]
    assert len(pair.a.of(neutral.CallReleased)) == len(pair.b.of(neutral.CallReleased)) == 2
    (done,) = pair.a.of(neutral.RestartDone)
    assert (done.channels, done.local, done.ok) == (tuple(range(1, 32)), True, True)
    (told,) = pair.b.of(neutral.RestartDone)
    assert (told.channels, told.local) == (tuple(range(1, 32)), False)
    pair.assert_idle()


@pytest.mark.parametrize("who", ["A placed it", "B placed it"])
def test_reset_of_one_circuit_with_a_call(who: str) -> None:
    pair = TupPair()
    calls_both_ways(pair)
    cic = 2 if who.startswith("A") else 3
    pair.a.tup.restart((cic,), pair.now)
    pair.run(SECOND)
    answer = ["B RLG"] if cic == 2 else ["B CLF", "A RLG"]
    assert messages(pair)[-1 - len(answer) :] == ["A RSC", *answer]
    assert states(pair, cic) == (0, 0)
    assert [(e.channels, e.ok) for e in pair.a.of(neutral.RestartDone)] == [((cic,), True)]


def test_reset_before_the_called_side_said_anything_sends_the_call_elsewhere() -> None:
    pair = TupPair(circuits=(1, 2))
    pair.place(pair.a, request())
    pair.b.tup.restart((2,), pair.now)
    pair.run(SECOND)
    assert [e.channel for e in pair.b.of(neutral.CallOffered)][-1] == 1
    assert states(pair, 2) == (0, 0)
    assert not pair.a.of(neutral.CallReleased)


def test_a_reset_tells_who_blocks() -> None:
    pair = TupPair()
    pair.b.tup.block((5,), False, pair.now)
    pair.b.tup.block((8, 9), True, pair.now)
    pair.run(SECOND)
    pair.a.tup.restart((), pair.now)
    pair.run(SECOND)
    for cic in (5, 8, 9):
        assert states(pair, cic) == (neutral.CHANNEL_BLOCKED_THERE, neutral.CHANNEL_BLOCKED_HERE)
    pair.a.tup.restart((5,), pair.now)
    pair.run(SECOND)
    assert pair.said[-4:] == ["A RSC 5", "B BLO 5", "B RLG 5", "A BLA 5"]
    assert states(pair, 5) == (neutral.CHANNEL_BLOCKED_THERE, neutral.CHANNEL_BLOCKED_HERE)


def test_a_circuit_that_we_block_is_blocked_again_after_our_reset() -> None:
    pair = TupPair()
    pair.a.tup.block((5,), False, pair.now)
    pair.run(SECOND)
    pair.a.tup.restart((5,), pair.now)
    pair.run(SECOND)
    assert pair.said[-4:] == ["A RSC 5", "B RLG 5", "A BLO 5", "B BLA 5"]
    assert states(pair, 5) == (neutral.CHANNEL_BLOCKED_HERE, neutral.CHANNEL_BLOCKED_THERE)


def test_both_reset_at_once() -> None:
    pair = TupPair()
    pair.a.tup.restart((4,), pair.now)
    pair.b.tup.restart((4,), pair.now)
    pair.a.tup.restart((10, 11, 12), pair.now)
    pair.b.tup.restart((11, 12, 13), pair.now)
    pair.run(SECOND)
    pair.assert_idle()
    assert all(e.ok for end in pair.ends for e in end.of(neutral.RestartDone))


def test_a_reset_that_is_asked_for_twice_is_sent_once() -> None:
    """Else the second GRS would end a call that the far end placed after the first."""
    pair = TupPair()
    pair.a.tup.restart((2, 3, 4), pair.now)
    pair.a.tup.restart((3, 4), pair.now)
    pair.run(10_000_000)
    pair.place(pair.b, request(channel=3, exclusive=True))
    pair.run(SECOND)
    assert pair.said == ["A GRS 2", "B GRA 2", "B IAM 3"]
    assert [(e.channels, e.ok) for e in pair.a.of(neutral.RestartDone)] == [
        ((2, 3, 4), True),
        ((3, 4), True),
    ]
    pair.a.tup.restart((2, 3, 4), pair.now)
    pair.a.tup.restart((4, 5), pair.now)
    pair.run(SECOND)
    assert pair.said[3:] == ["A GRS 2", "A GRS 2", "B GRA 2", "B GRA 2"]
    assert [e.ok for e in pair.a.of(neutral.RestartDone)] == [True, True, False, True]
    pair.assert_idle()


def test_nobody_answers_a_reset() -> None:
    pair = TupPair()
    pair.cut = True
    pair.a.tup.restart((4,), pair.now)
    pair.a.tup.restart((7, 8), pair.now)
    pair.run(61 * SECOND)
    assert sorted(pair.a.faults()) == ["no_group_answer", "no_reset_answer"]
    assert [(e.ok) for e in pair.a.of(neutral.RestartDone)] == [False, False]
    assert pair.a.channel[4] == neutral.CHANNEL_OUT_OF_SERVICE
    pair.cut = False
    pair.run(2 * MINUTE)
    pair.assert_idle()


def test_reset_when_the_exchange_is_first_reached() -> None:
    pair = TupPair(circuits=(1, 2, 3, 17), a={"reset_on_start": True})
    pair.run(SECOND)
    assert pair.said == ["A GRS 1", "A RSC 17", "B GRA 1", "B RLG 17"]
    pair.assert_idle()
