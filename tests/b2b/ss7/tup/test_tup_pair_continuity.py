"""Continuity checks in calls and outside them, and what MTP says of the way to the exchange."""

from __future__ import annotations

from tup_rig import MINUTE, MS, SECOND, TupPair, calls_both_ways, messages, request, states

from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import mtp3_events, tup_states
from trunkd.signaling.ss7.tup_events import FarCongestion


def checks(pair: TupPair) -> tuple[list[int], list[int]]:
    """What the boards of A and B were asked to do."""
    asked = [[e.mode for e in end.of(neutral.ContinuityCheck)] for end in pair.ends]
    return asked[0], asked[1]


def test_a_call_with_a_continuity_check() -> None:
    pair = TupPair(a={"continuity": 1})
    pair.place(pair.a, request())
    pair.run(500 * MS)
    assert checks(pair) == ([neutral.CONTINUITY_TONE], [neutral.CONTINUITY_LOOP])
    assert not pair.b.of(neutral.CallOffered), "not before COT"
    pair.a.tup.continuity_result(2, True, pair.now)
    pair.run(500 * MS)
    assert messages(pair) == ["A IAM", "A COT"]
    assert checks(pair)[0][-1] == checks(pair)[1][-1] == neutral.CONTINUITY_OFF
    assert len(pair.b.of(neutral.CallOffered)) == 1


def test_a_failed_check_sends_the_call_elsewhere_and_is_made_anew() -> None:
    pair = TupPair(a={"continuity": 2, "attempts": 1})
    pair.a.tup.clear(pair.place(pair.a, request()), 16, pair.now)
    pair.run(SECOND)
    pair.said.clear()
    pair.place(pair.a, request())
    pair.run(3 * SECOND)
    assert pair.said == ["A IAM 4", "A CCF 4", "A IAM 6"]
    assert pair.a.channel[4] == pair.b.channel[4] == neutral.CHANNEL_TESTING
    assert pair.a.faults() == ["continuity_failure"]
    pair.run(6 * SECOND)
    assert pair.said[3:] == ["A CCR 4", "A CCF 4"], "no tone within T8 again"
    pair.run(2 * MINUTE)
    pair.a.tup.continuity_result(4, True, pair.now)
    pair.run(SECOND)
    assert pair.said[-3:] == ["A CCR 4", "A CLF 4", "B RLG 4"]
    assert states(pair, 4) == (0, 0)
    assert all(modes[-1] == neutral.CONTINUITY_OFF for modes in checks(pair))


def test_without_another_attempt_a_failed_check_ends_the_call() -> None:
    pair = TupPair(a={"continuity": 1, "attempts": 0})
    pair.place(pair.a, request())
    pair.a.tup.continuity_result(2, False, pair.now)
    pair.run(SECOND)
    assert [e.cause for e in pair.a.of(neutral.CallReleased)] == [41]
    assert not pair.b.of(neutral.CallOffered)


def test_nobody_says_what_became_of_the_check() -> None:
    pair = TupPair(a={"continuity": 1})
    pair.place(pair.a, request())
    pair.run(20 * MS)
    pair.cut = True
    pair.a.tup.mtp_pause(pair.now)
    pair.run(13 * SECOND)
    assert pair.said[-1] == "B CFL 2"
    assert not pair.b.of(neutral.CallOffered)
    assert pair.b.channel[2] == neutral.CHANNEL_BUSY


def test_a_continuity_test_without_a_call() -> None:
    pair = TupPair()
    pair.a.tup.continuity_test(6, pair.now)
    pair.run(SECOND)
    assert states(pair, 6) == (neutral.CHANNEL_TESTING,) * 2
    pair.a.tup.continuity_result(6, True, pair.now)
    pair.run(SECOND)
    assert pair.said == ["A CCR 6", "A CLF 6", "B RLG 6"]
    assert pair.a.of(neutral.ContinuityDone) == [neutral.ContinuityDone(6, True)]
    pair.assert_idle()


def test_a_continuity_test_that_fails_is_told_once() -> None:
    pair = TupPair()
    pair.a.tup.continuity_test(6, pair.now)
    pair.run(5 * MINUTE)
    assert pair.a.of(neutral.ContinuityDone) == [neutral.ContinuityDone(6, False)]
    assert pair.said.count("A CCR 6") == 3, "the circuit is checked on until it is good"


def test_a_test_call_may_use_a_circuit_that_we_block() -> None:
    pair = TupPair()
    pair.a.tup.block((4,), False, pair.now)
    pair.run(SECOND)
    pair.place(pair.a, request(channel=4, exclusive=True))
    assert [e.cause for e in pair.a.of(neutral.CallReleased)] == [44]
    test = pair.place(pair.a, request(channel=4, exclusive=True, category=neutral.TEST_CALL))
    pair.run(SECOND)
    assert [e.channel for e in pair.b.of(neutral.CallOffered)] == [4]
    pair.a.tup.clear(test, 16, pair.now)
    pair.run(SECOND)
    assert states(pair, 4) == (neutral.CHANNEL_BLOCKED_HERE, neutral.CHANNEL_BLOCKED_THERE)


def test_both_test_the_same_circuit() -> None:
    pair = TupPair()
    for cic in (6, 7):
        pair.a.tup.continuity_test(cic, pair.now)
        pair.b.tup.continuity_test(cic, pair.now)
    pair.run(SECOND)
    assert (pair.a.state(6), pair.b.state(6)) == (tup_states.OG_RETEST, tup_states.IC_RETEST)
    assert (pair.a.state(7), pair.b.state(7)) == (tup_states.IC_RETEST, tup_states.OG_RETEST)
    pair.a.tup.continuity_result(6, True, pair.now)
    pair.b.tup.continuity_result(7, True, pair.now)
    pair.run(SECOND)
    pair.assert_idle()


def test_a_call_crosses_a_test() -> None:
    pair = TupPair(a={"attempts": 0}, b={"attempts": 0})
    for cic in (6, 7):
        pair.b.tup.continuity_test(cic, pair.now)
        pair.place(pair.a, request(channel=cic, exclusive=True))
    pair.run(500 * MS)
    assert [e.channel for e in pair.b.of(neutral.CallOffered)] == [6]
    assert (pair.a.state(7), pair.b.state(7)) == (tup_states.IC_RETEST, tup_states.OG_RETEST)


# What MTP says


def test_while_the_exchange_cannot_be_reached() -> None:
    pair = TupPair(up=False)
    pair.place(pair.a, request())
    assert [(e.cause, e.channel) for e in pair.a.of(neutral.CallReleased)] == [(27, 0)]
    for end in pair.ends:
        end.tup.mtp_resume(pair.now)
    calls_both_ways(pair)
    for end in pair.ends:
        end.tup.mtp_pause(pair.now)
    pair.a.tup.clear(next(iter(pair.a.tup.calls)), 16, pair.now)
    pair.run(25 * SECOND)
    said = len(pair.said)
    for end in pair.ends:
        end.tup.mtp_resume(pair.now)
    pair.run(15 * SECOND)
    assert pair.said[said:] == ["A CLF 2", "B RLG 2"], "T6 goes on; the other call stayed"
    assert len(pair.a.tup.calls) == len(pair.b.tup.calls) == 1


def test_nobody_guards_the_release() -> None:
    pair = TupPair()
    calls_both_ways(pair)
    pair.cut = True
    pair.a.tup.clear(next(iter(pair.a.tup.calls)), 16, pair.now)
    pair.run(61 * SECOND)
    assert pair.said.count("A CLF 2") == 7
    assert pair.a.faults() == ["no_release_guard"]
    assert pair.a.channel[2] == neutral.CHANNEL_OUT_OF_SERVICE
    assert len(pair.a.of(neutral.CallReleased)) == 1
    pair.cut = False
    pair.run(MINUTE)
    assert states(pair, 2) == (0, 0)


def test_congestion_spares_the_far_end_some_calls() -> None:
    pair = TupPair()
    pair.a.tup.mtp_status(mtp3_events.STATUS_CONGESTED, 2, pair.now)
    for _ in range(20):
        pair.place(pair.a, request())
    refused = [e for e in pair.a.of(neutral.CallReleased) if e.cause == 42]
    assert len(refused) == 10
    pair.run(11 * SECOND)
    assert [e.level for e in pair.a.of(FarCongestion)] == [2, 1, 0]
    pair.place(pair.a, request())
    assert len(pair.a.of(neutral.CallReleased)) == 10


def test_user_part_that_is_not_there() -> None:
    pair = TupPair()
    pair.a.tup.mtp_status(mtp3_events.STATUS_USER_UNEQUIPPED, 0, pair.now)
    pair.place(pair.a, request())
    assert [e.cause for e in pair.a.of(neutral.CallReleased)] == [27]
    pair.run(31 * SECOND)
    pair.place(pair.a, request())
    pair.run(SECOND)
    assert len(pair.b.of(neutral.CallOffered)) == 1
    assert [e.up for e in pair.a.of(neutral.LinkChanged)] == [False, True]
    pair.a.tup.mtp_status(mtp3_events.STATUS_USER_UNKNOWN, 0, pair.now)
    pair.b.tup.block((9,), False, pair.now)
    pair.run(SECOND)
    assert pair.said[-1] == "A BLA 9", "a message says that the user part is back"
