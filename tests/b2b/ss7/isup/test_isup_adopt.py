"""A process is killed and the next one goes on with its answered circuits: Q.764 2.8.3, 2.9."""

from __future__ import annotations

import pathlib
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from isup_adopt_rig import adopt, assert_answered, back, cleared, established, kill, named, reborn

from trunkd.errors import LocalError
from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import isup_messages_table as k
from trunkd.signaling.ss7.isup_call import SUSPENDED_THERE_NETWORK, SUSPENDED_THERE_USER
from trunkd.signaling.ss7.isup_config import T2, T6, T38

MS = 1_000_000
SECOND = 1_000_000_000
VARIANTS = ("itu", "international", "q767", "china")
QUERIED = {"itu", "china"}


@pytest.mark.parametrize("restarting", [False, True])
@pytest.mark.parametrize("variant", VARIANTS)
def test_calls_go_on(pair_of, variant: str, restarting: bool) -> None:
    options = {"variant": variant, "reset_on_start": restarting}
    pair = established(pair_of, 3, a=options, b=options)
    cics = sorted(call.circuit.cic for call in pair.a.isup.calls.values())
    handles = reborn(pair, pair.a)
    pair.run(20 * SECOND)
    assert sorted(event.call for event in pair.a.kinds(neutral.CallKept)) == handles
    assert sorted(event.channel for event in pair.a.kinds(neutral.CallKept)) == cics
    assert bool(named(pair.a, k.CQM)) == (variant in QUERIED)
    assert_answered(pair, 6)
    assert not pair.a.kinds(neutral.CallReleased, neutral.ProtocolFault)
    assert not pair.a.kinds(neutral.CircuitsQueried, neutral.BlockingDone)  # nobody asked
    assert not pair.b.kinds(neutral.CallReleased, neutral.ProtocolFault)
    for end in pair.ends:
        pair.place(end)
    pair.run(SECOND)
    assert_answered(pair, 8)
    cleared(pair)


def test_others_are_reset(pair_of) -> None:
    """GRS for ranges without adopted circuits, RSC for those that are alone (2.9.3)."""
    pair = pair_of(a={"reset_on_start": True})
    pair.run(SECOND)
    pair.answering()
    for cic in (2, 9, 11, 31):
        pair.place(pair.b, channel=cic, exclusive=True)
    pair.run(SECOND)
    pair.a.app = None
    pair.place(pair.b, channel=5, exclusive=True)  # not answered
    pair.run(SECOND)
    reborn(pair, pair.a)
    pair.run(20 * SECOND)
    assert named(pair.a, k.GRS) == [(3, 5), (12, 3), (17, 13)]
    assert named(pair.a, k.RSC) == [(1, -1), (10, -1)]
    assert named(pair.a, k.CQM) == [(2, 0), (9, 0), (11, 0), (31, 0)]
    (done,) = (x for x in pair.a.kinds(neutral.RestartDone) if x.local)
    assert set(done.channels) == {*range(1, 32)} - {2, 9, 11, 16, 31}
    assert done.ok
    (lost,) = pair.b.kinds(neutral.CallReleased)
    assert lost.channel == 5
    assert_answered(pair, 4)
    cleared(pair)


@pytest.mark.parametrize("restarting", [False, True])
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_far_end_cleared_one_meanwhile(pair_of, variant: str, restarting: bool) -> None:
    """Its REL waits for the route (2.9.6: T1) and then tells why: nothing is made up here."""
    options = {"variant": variant, "reset_on_start": restarting}
    pair = established(pair_of, 2, a=options, b=options)
    kept = kill(pair, pair.a)
    gone = sorted(pair.b.live)[0]
    cic = pair.b.isup.calls[gone].circuit.cic
    pair.do(lambda: pair.b.isup.clear(gone, 17, pair.now))
    pair.run(2 * SECOND)
    adopt(pair, pair.a, kept)
    back(pair)
    pair.run(120 * SECOND)
    assert_answered(pair, 3)
    (lost,) = pair.a.kinds(neutral.CallReleased)
    assert (lost.channel, lost.cause, lost.local) == (cic, 17, False)
    cleared(pair)


@pytest.mark.parametrize("variant", sorted(QUERIED))
def test_the_query_finds_an_idle_circuit(pair_of, variant: str) -> None:
    """The far end's operator reset the call away: no message tells, CQR does."""
    pair = established(pair_of, 2, a={"variant": variant}, b={"variant": variant})
    kept = kill(pair, pair.a)
    kill(pair, pair.b)
    handles = adopt(pair, pair.a, kept)
    back(pair)
    pair.run(20 * SECOND)
    assert not pair.a.kinds(neutral.CallKept)
    assert sorted(event.call for event in pair.a.kinds(neutral.CallReleased)) == handles
    assert {event.cause for event in pair.a.kinds(neutral.CallReleased)} == {41}
    assert len(named(pair.a, k.RSC)) == 4
    faults = {event.kind for event in pair.a.kinds(neutral.ProtocolFault)}
    assert faults == {"adopted_call_unknown"}
    pair.assert_idle()


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_far_end_lost_all(pair_of, variant: str) -> None:
    """It resets its circuits (2.9.3), ours end; who does not is found by the query."""
    options = {"variant": variant, "reset_on_start": True}
    pair = established(pair_of, 2, a=options, b=options)
    kept = kill(pair, pair.a)
    kill(pair, pair.b)
    adopt(pair, pair.a, kept)
    back(pair)
    pair.run(20 * SECOND)
    assert len(pair.a.kinds(neutral.CallReleased)) == 4
    pair.assert_idle()


@pytest.mark.parametrize("restarting", [False, True])
@pytest.mark.parametrize("variant", VARIANTS)
def test_both_start_anew_at_once(pair_of, variant: str, restarting: bool) -> None:
    options = {"variant": variant, "reset_on_start": restarting}
    pair = established(pair_of, 3, a=options, b=options)
    kept = [kill(pair, end) for end in pair.ends]
    for end, calls in zip(pair.ends, kept, strict=True):
        adopt(pair, end, calls)
    back(pair)
    pair.run(20 * SECOND)
    for end in pair.ends:
        assert len(end.kinds(neutral.CallKept)) == 6
        assert not end.kinds(neutral.CallReleased)
    assert_answered(pair, 6)
    cleared(pair)


def test_a_query_without_answer(pair_of) -> None:
    """T28: queries are a national option; the call goes on (2.8.3)."""
    pair = established(pair_of, 1, b={"variant": "international"})
    assert not pair.b.isup.config.variant.queries
    reborn(pair, pair.a)
    pair.run(5 * SECOND)
    assert not pair.a.kinds(neutral.CallKept)
    pair.run(10 * SECOND)
    assert len(pair.a.kinds(neutral.CallKept)) == 2
    assert_answered(pair, 2)
    cleared(pair)


def test_the_route_is_lost_before_the_answer(pair_of) -> None:
    """Asked again when it is back; T28 in between confirms nothing."""
    pair = established(pair_of, 1)
    reborn(pair, pair.a)
    pair.run(10 * MS)
    pair.pause(True)
    pair.run(30 * SECOND)
    assert not pair.a.kinds(neutral.CallKept)
    pair.pause(False)
    pair.run(SECOND)
    assert len(pair.a.kinds(neutral.CallKept)) == 2
    assert_answered(pair, 2)
    cleared(pair)


@pytest.mark.parametrize("restarting", [False, True])
def test_cleared_before_the_route_is_back(pair_of, restarting: bool) -> None:
    pair = established(pair_of, 1, a={"reset_on_start": restarting})
    kept = kill(pair, pair.a)
    first, second = adopt(pair, pair.a, kept)
    pair.do(lambda: pair.a.isup.clear(first, 17, pair.now))
    back(pair)
    pair.run(SECOND)
    (lost,) = pair.a.kinds(neutral.CallReleased)
    assert (lost.call, lost.cause, lost.local) == (first, 17, True)
    assert [event.call for event in pair.a.kinds(neutral.CallKept)] == [second]
    assert_answered(pair, 1)
    cleared(pair)


def test_suspended_calls_stay_so(pair_of) -> None:
    """T6 and T2 begin anew, RES ends them (2.4)."""
    pair = established(pair_of, 2, a={"timers": {T6: 40 * SECOND}})
    outgoing = {call.circuit.cic for call in pair.a.isup.calls.values() if call.state < 6}
    by_cic = {call.circuit.cic: call.handle for call in pair.b.isup.calls.values()}
    theirs, ours = sorted(outgoing)
    pair.do(lambda: pair.b.isup.suspend(by_cic[theirs], pair.now))
    pair.do(lambda: pair.b.isup.suspend(by_cic[ours], pair.now, False))
    pair.run(SECOND)
    kept = {call.channel: call for call in kill(pair, pair.a)}
    assert kept[theirs].suspended == SUSPENDED_THERE_NETWORK
    assert kept[ours].suspended == SUSPENDED_THERE_USER
    adopt(pair, pair.a, kept.values())
    back(pair)
    pair.run(SECOND)
    running = {key >> 6: key & 63 for key in pair.a.isup.deadlines}
    assert running == {theirs: T6, ours: T2}
    assert len(pair.a.kinds(neutral.CallKept)) == 4
    pair.do(lambda: pair.b.isup.resume(by_cic[ours], pair.now, False))
    pair.run(SECOND)
    assert len(pair.a.kinds(neutral.CallResumed)) == 1
    pair.run(60 * SECOND)
    (lost,) = pair.a.kinds(neutral.CallReleased)
    assert lost.channel == theirs
    assert_answered(pair, 3)
    cleared(pair)


@pytest.mark.parametrize("kind", [k.REL, k.RSC, k.GRS, k.IAM])
@pytest.mark.parametrize("outgoing", [False, True])
def test_the_far_end_wants_an_adopted_circuit(pair_of, kind: int, outgoing: bool) -> None:
    """What comes for it before it is confirmed does what it does on an answered circuit."""
    pair = pair_of()
    pair.answering()
    placing = pair.a if outgoing else pair.b
    pair.place(placing, channel=4, exclusive=True)
    pair.place(placing, channel=5, exclusive=True)
    pair.run(SECOND)
    kept = kill(pair, pair.a)
    adopt(pair, pair.a, kept)
    pair.a.isup.mtp_resume(pair.now)
    message = {
        k.REL: b"\x0c\x02\x00\x02\x81\x90",
        k.RSC: b"\x12",
        k.GRS: b"\x17\x01\x01\x01",
        k.IAM: b"\x01\x00\x20\x00\x0a\x03\x02\x06\x04\x81\x10\x21\x43\x00",
    }[kind]
    pair.a.isup.receive(b"\x04\x00" + message, pair.now)
    pair.settle()
    released = [event.channel for event in pair.a.kinds(neutral.CallReleased)]
    assert released == {k.REL: [4], k.RSC: [4], k.GRS: [4, 5], k.IAM: []}[kind]
    answers = [data[2] for data in pair.a.sent if data[2] != k.CQM]
    assert answers == {k.REL: [k.RLC], k.RSC: [k.RLC], k.GRS: [k.GRA], k.IAM: []}[kind]
    if kind == k.IAM:  # 2.9.5.1 d 2: discarded, the query finds out
        assert "unexpected_message" in [x.kind for x in pair.a.kinds(neutral.ProtocolFault)]


def test_an_international_exchange_supervises_its_suspension(pair_of) -> None:
    """T38 begins anew (2.4.1)."""
    pair = pair_of(a={"international": True})
    pair.answering()
    pair.place(pair.b, channel=4, exclusive=True)
    pair.run(SECOND)
    (handle,) = pair.a.live
    pair.do(lambda: pair.a.isup.suspend(handle, pair.now))
    kept = kill(pair, pair.a)
    adopt(pair, pair.a, kept)
    assert [key & 63 for key in pair.a.isup.deadlines] == [T38]
    back(pair)
    pair.run(300 * SECOND)
    pair.assert_idle()


def test_what_cannot_be_adopted(pair_of) -> None:
    pair = established(pair_of, 1)
    with pytest.raises(LocalError, match="before the start"):
        pair.a.isup.adopt(neutral.KeptCall(5, True), pair.now)
    assert pair.a.isup.keep(4711) is None
    kept = kill(pair, pair.a)
    adopt(pair, pair.a, kept[:1])
    for cic, text in ((kept[0].channel, "not idle"), (16, "no CIC 16"), (0, "no CIC 0")):
        with pytest.raises(LocalError, match=text):
            pair.a.isup.adopt(neutral.KeptCall(cic, True), pair.now)


def test_only_answered_calls_are_kept(pair_of) -> None:
    pair = pair_of()
    handle = pair.place(pair.a)
    pair.run(SECOND)
    (incoming,) = pair.b.live
    assert pair.a.isup.keep(handle) is None
    pair.do(lambda: pair.b.isup.alert(incoming, True, pair.now))
    pair.run(SECOND)
    assert pair.a.isup.keep(handle) is None
    assert pair.b.isup.keep(incoming) is None
    pair.do(lambda: pair.b.isup.answer(incoming, pair.now))
    pair.run(SECOND)
    cic = pair.a.isup.calls[handle].circuit.cic
    assert pair.a.isup.keep(handle) == neutral.KeptCall(cic, True)
    assert pair.b.isup.keep(incoming) == neutral.KeptCall(cic, False)
    pair.do(lambda: pair.a.isup.clear(handle, 16, pair.now))
    assert pair.a.isup.keep(handle) is None


PAUSES = st.integers(0, 400).map(lambda n: n * MS) | st.sampled_from((2 * SECOND, 15 * SECOND))
WHATS = ("place", "place", "place", "clear", "kill", "kill", "long", "both", "some", "suspend")
STEPS = st.tuples(st.sampled_from(WHATS), st.integers(0, 1), PAUSES)


def step(pair, what: str, end) -> None:
    if what == "place":
        pair.place(end)
    elif what in ("clear", "suspend"):
        for handle in sorted(end.live)[:1]:
            if what == "clear":
                pair.try_(lambda h=handle: end.isup.clear(h, 16, pair.now))
            else:
                pair.try_(lambda h=handle: end.isup.suspend(h, pair.now))
    elif what == "both":
        kept = [kill(pair, each) for each in pair.ends]
        for each, calls in zip(pair.ends, kept, strict=True):
            adopt(pair, each, calls)
        back(pair)
    elif what == "some":
        kept = kill(pair, end)
        adopt(pair, end, kept[::2])
        back(pair)
    else:
        reborn(pair, end, {"kill": 0, "long": 150 * SECOND}[what])


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(STEPS, min_size=3, max_size=14),
    st.sampled_from(VARIANTS),
    st.sampled_from(VARIANTS),
)
def test_any_cut(pair_of, steps, a: str, b: str):
    """Killed at any moment of any calls: both ends agree afterwards, and nothing is stuck."""
    pair = pair_of(
        a={"variant": a, "reset_on_start": True}, b={"variant": b, "reset_on_start": True}
    )
    pair.answering(30 * MS)
    for what, index, pause in steps:
        step(pair, what, pair.ends[index])
        pair.run(pause)
    pair.run(1500 * SECOND)  # T5, T38 and all that may still run
    for end in pair.ends:
        kept = [event.call for event in end.kinds(neutral.CallKept)]
        assert len(kept) == len(set(kept))
    assert_answered(pair, len(pair.a.live))
    cleared(pair)
