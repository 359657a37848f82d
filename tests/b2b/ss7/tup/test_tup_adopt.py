"""A process is killed and the next one goes on with its answered circuits (TUP, Q.724 6, 10)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tup_rig import MINUTE, MS, SECOND, TupPair, request

from trunkd.errors import LocalError
from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import tup_states as s
from trunkd.signaling.ss7.tup import Tup
from trunkd.signaling.ss7.tup_adopt import ANSWERED, CLEARED_BACK, GONE
from trunkd.signaling.ss7.tup_config import T_CLEAR_BACK, T_GUARD
from trunkd.signaling.ss7.tup_messages_table import BY_ACRONYM

VARIANTS = ("itu", "china")
RESETTING = {"reset_on_start": True}


def answering(pair) -> None:
    def app(end, event) -> None:
        if isinstance(event, neutral.CallOffered):
            end.tup.alert(event.call, True, pair.now)
            end.tup.answer(event.call, pair.now)

    for end in pair.ends:
        end.app = app


def kill(pair, end) -> list[neutral.KeptCall]:
    """The process is gone, and with it the way to it; what it had written down."""
    kept = [end.tup.keep(handle) for handle in sorted(end.live)]
    pair._agenda.clear()  # what was on its way
    pair.other(end).tup.mtp_pause(pair.now)
    end.tup = Tup(end.tup.config)
    end.live, end.dead, end.channel, end.log = set(), set(), {}, []
    pair.said.clear()
    return [call for call in kept if call is not None]


def adopt(pair, end, kept) -> list[int]:
    handles = [end.tup.adopt(call, pair.now) for call in kept]
    end.live.update(handles)
    pair.settle()
    return handles


def back(pair) -> None:
    for end in pair.ends:
        end.tup.start(pair.now)
        end.tup.mtp_resume(pair.now)
    pair.settle()


def reborn(pair, end, down: int = SECOND) -> list[int]:
    kept = kill(pair, end)
    pair.run(down)
    handles = adopt(pair, end, kept)
    back(pair)
    return handles


def established(count: int = 2, **options):
    pair = TupPair(**options)
    pair.run(SECOND)
    answering(pair)
    for _ in range(count):
        for end in pair.ends:
            pair.place(end, request())
    pair.run(SECOND)
    assert_answered(pair, 2 * count)
    return pair


def assert_answered(pair, count: int) -> None:
    """Both ends have so many calls, answered, one's outgoing being the other's incoming."""
    views = []
    for end in pair.ends:
        calls = end.tup.calls.values()
        view = {call.circuit.cic: call.outgoing for call in calls}
        assert len(view) == count, (end.name, view)
        assert {call.circuit.state for call in calls} <= {*ANSWERED}
        busy = {cic for cic, state in end.channel.items() if state == neutral.CHANNEL_BUSY}
        assert busy == set(view)
        views.append(view)
    assert views[0] == {cic: not outgoing for cic, outgoing in views[1].items()}


def cleared(pair) -> None:
    """The calling sides clear."""
    for end in pair.ends:
        for handle in sorted(end.live):
            if handle in end.tup.calls and end.tup.calls[handle].outgoing:
                end.tup.clear(handle, 16, pair.now)
    pair.run(2 * MINUTE)
    pair.assert_idle()


@pytest.mark.parametrize("restarting", [False, True])
@pytest.mark.parametrize("variant", VARIANTS)
def test_calls_go_on(variant: str, restarting: bool) -> None:
    both = {"reset_on_start": restarting}
    pair = established(3, variant=variant, a=both, b=both)
    cics = sorted(call.circuit.cic for call in pair.a.tup.calls.values())
    handles = reborn(pair, pair.a)
    pair.run(20 * SECOND)
    assert [event.call for event in pair.a.of(neutral.CallKept)] == handles
    assert sorted(event.channel for event in pair.a.of(neutral.CallKept)) == cics
    assert_answered(pair, 6)
    for end in pair.ends:
        assert not end.of(neutral.CallReleased)
        assert not end.of(neutral.ProtocolFault)
        pair.place(end, request())
    pair.run(SECOND)
    assert_answered(pair, 8)
    cleared(pair)


def test_others_are_reset() -> None:
    """GRS for runs without adopted circuits, RSC for those that are alone; never an adopted one."""
    pair = TupPair(circuits=tuple(range(1, 12)), a=RESETTING)
    pair.run(SECOND)
    answering(pair)
    for cic in (2, 4, 11):
        pair.place(pair.b, request(channel=cic, exclusive=True))
    pair.run(SECOND)
    pair.a.app = None
    pair.place(pair.b, request(channel=7, exclusive=True))
    pair.run(SECOND)
    kept = kill(pair, pair.a)
    adopt(pair, pair.a, kept)
    back(pair)
    assert sorted(said for said in pair.said if said.startswith("A")) == [
        "A GRS 5",
        "A RSC 1",
        "A RSC 3",
    ]
    pair.run(20 * SECOND)
    (done,) = (x for x in pair.a.of(neutral.RestartDone) if x.local)
    assert (set(done.channels), done.ok) == ({1, 3, 5, 6, 7, 8, 9, 10}, True)
    (lost,) = pair.b.of(neutral.CallReleased)
    assert lost.channel == 7
    assert_answered(pair, 3)
    cleared(pair)


def test_both_start_anew_at_once() -> None:
    pair = established(3, a=RESETTING, b=RESETTING)
    kept = [kill(pair, end) for end in pair.ends]
    for end, calls in zip(pair.ends, kept, strict=True):
        adopt(pair, end, calls)
    back(pair)
    pair.run(20 * SECOND)
    for end in pair.ends:
        assert len(end.of(neutral.CallKept)) == 6
        assert not end.of(neutral.CallReleased)
    assert_answered(pair, 6)
    cleared(pair)


def test_the_far_end_lost_all() -> None:
    """Its resets end our calls (Q.724 10)."""
    pair = established(3, a=RESETTING, b=RESETTING)
    kept = kill(pair, pair.a)
    kill(pair, pair.b)
    adopt(pair, pair.a, kept)
    back(pair)
    pair.run(2 * MINUTE)
    assert len(pair.a.of(neutral.CallReleased)) == 6
    pair.assert_idle()


@pytest.mark.parametrize("restarting", [False, True])
def test_the_far_end_cleared_one_meanwhile(restarting: bool) -> None:
    """Its CLF is repeated until we answer (T6)."""
    pair = established(2, a={"reset_on_start": restarting})
    kept = kill(pair, pair.a)
    gone = next(h for h, call in pair.b.tup.calls.items() if call.outgoing)
    pair.b.tup.clear(gone, 16, pair.now)
    pair.run(2 * SECOND)
    adopt(pair, pair.a, kept)
    back(pair)
    pair.run(MINUTE)
    (lost,) = pair.a.of(neutral.CallReleased)
    assert not lost.local
    assert_answered(pair, 3)
    cleared(pair)


@pytest.mark.parametrize("restarting", [False, True])
@pytest.mark.parametrize("outgoing", [False, True])
def test_cleared_before_the_exchange_is_back(outgoing: bool, restarting: bool) -> None:
    """Nobody could be told: the circuit is reset when there is somebody."""
    pair = established(1, a={"reset_on_start": restarting})
    kept = sorted(kill(pair, pair.a), key=lambda call: call.outgoing != outgoing)
    first, second = adopt(pair, pair.a, kept)
    pair.a.tup.clear(first, 17, pair.now)
    pair.settle()
    assert pair.a.tup.keep(first) is None
    back(pair)
    pair.run(SECOND)
    (lost,) = pair.a.of(neutral.CallReleased)
    assert (lost.call, lost.cause, lost.local) == (first, 17, True)
    assert [event.call for event in pair.a.of(neutral.CallKept)] == [second]
    assert_answered(pair, 1)
    cleared(pair)


def test_cleared_back_stays_so() -> None:
    """TCBK begins anew at the calling end; RAN ends it; CLF ends it at the called one."""
    pair = established(1)
    by_cic = {call.circuit.cic: call for call in pair.b.tup.calls.values()}
    (theirs,) = (cic for cic, call in by_cic.items() if not call.outgoing)
    pair.b.tup.suspend(by_cic[theirs].handle, pair.now)
    pair.run(SECOND)
    kept = {call.channel: call for call in kill(pair, pair.a)}
    assert kept[theirs].suspended == CLEARED_BACK
    adopt(pair, pair.a, kept.values())
    back(pair)
    pair.run(SECOND)
    assert pair.a.state(theirs) == s.OG_CLEARED_BACK
    assert theirs << 5 | T_CLEAR_BACK in pair.a.tup.deadlines
    assert len(pair.a.of(neutral.CallKept)) == 2
    pair.b.tup.resume(by_cic[theirs].handle, pair.now)
    pair.run(SECOND)
    assert pair.a.state(theirs) == s.OG_ANSWERED
    kept = kill(pair, pair.b)
    assert {call.suspended for call in kept} == {0}
    adopt(pair, pair.b, kept)
    back(pair)
    pair.run(5 * MINUTE)
    assert_answered(pair, 2)
    cleared(pair)


def one_call(**options) -> TupPair:
    """An answered call from A on circuit 3."""
    pair = TupPair(**options)
    pair.run(SECOND)
    answering(pair)
    pair.place(pair.a, request(channel=3, exclusive=True))
    pair.run(SECOND)
    assert_answered(pair, 1)
    return pair


def test_the_called_end_is_guarded_still() -> None:
    """CBK of ours went out; the calling end that never clears is reset after TGRD."""
    pair = one_call(a={"timers": {T_CLEAR_BACK: 0}})
    (handle,) = pair.b.live
    pair.b.tup.suspend(handle, pair.now)
    assert pair.b.tup.keep(handle) == neutral.KeptCall(3, False, 0, CLEARED_BACK)
    kept = kill(pair, pair.b)  # before CBK is there
    adopt(pair, pair.b, kept)
    assert list(pair.b.tup.deadlines) == [3 << 5 | T_GUARD]
    back(pair)
    pair.run(30 * MINUTE)
    assert pair.b.faults() == ["no_clear_forward"]
    pair.assert_idle()


def test_the_far_end_forgot_our_call() -> None:
    """CLF of a call of theirs where ours is answered: it has forgotten ours (Q.724 6)."""
    pair = one_call()
    kept = kill(pair, pair.a)
    kill(pair, pair.b)
    adopt(pair, pair.a, kept)
    back(pair)
    pair.a.tup.receive(bytes((0, BY_ACRONYM["CLF"])), 3, pair.now)
    pair.run(MINUTE)
    (lost,) = pair.a.of(neutral.CallReleased)
    assert (lost.channel, lost.local) == (3, False)
    pair.assert_idle()


def test_a_calling_party_that_hung_up_stays_so() -> None:
    """CCL went out: CBK then ends the call at once, it is not waited for RAN."""
    pair = one_call(variant="china")
    (handle,) = pair.a.live
    pair.a.tup.signal(handle, "CCL", pair.now)
    pair.run(SECOND)
    (kept,) = kill(pair, pair.a)
    assert kept == neutral.KeptCall(3, True, 0, GONE)
    adopt(pair, pair.a, [kept])
    back(pair)
    (called,) = pair.b.live
    pair.b.tup.suspend(called, pair.now)
    pair.run(SECOND)
    assert pair.a.of(neutral.CallReleased)
    pair.run(MINUTE)
    pair.assert_idle()


def test_what_cannot_be_adopted() -> None:
    pair = established(1)
    with pytest.raises(LocalError, match="before the start"):
        pair.a.tup.adopt(neutral.KeptCall(9, True), pair.now)
    assert pair.a.tup.keep(4711) is None
    kept = kill(pair, pair.a)
    adopt(pair, pair.a, kept[:1])
    for cic, text in ((kept[0].channel, "not idle"), (99, "no circuit 99")):
        with pytest.raises(LocalError, match=text):
            pair.a.tup.adopt(neutral.KeptCall(cic, True), pair.now)


def test_only_answered_calls_are_kept() -> None:
    pair = TupPair()
    handle = pair.place(pair.a, request())
    pair.run(SECOND)
    (incoming,) = pair.b.live
    assert pair.a.tup.keep(handle) is None
    assert pair.b.tup.keep(incoming) is None
    pair.b.tup.answer(incoming, pair.now)
    pair.run(SECOND)
    cic = pair.a.tup.calls[handle].circuit.cic
    assert pair.a.tup.keep(handle) == neutral.KeptCall(cic, True)
    assert pair.b.tup.keep(incoming) == neutral.KeptCall(cic, False)
    pair.a.tup.clear(handle, 16, pair.now)
    assert pair.a.tup.keep(handle) is None


def test_a_question_about_an_adopted_call_is_answered() -> None:
    """GRQ: the calling line is not known any more, and so is said (Q.723 3.4.3)."""
    pair = TupPair()
    pair.place(pair.a, request(channel=3, exclusive=True))
    pair.run(SECOND)
    answer = pair.b.of(neutral.CallOffered)[0].call
    pair.b.tup.answer(answer, pair.now)
    pair.run(SECOND)
    kept = kill(pair, pair.a)
    adopt(pair, pair.a, kept)
    back(pair)
    pair.a.tup.receive(b"\x00" + b"\x13\x01", 3, pair.now)
    pair.settle()
    assert pair.said[-1] == "A GSM 3"
    pair.run(SECOND)
    assert pair.a.state(3) == s.OG_ANSWERED


PAUSES = st.integers(0, 400).map(lambda n: n * MS) | st.sampled_from((2 * SECOND, 15 * SECOND))
WHATS = ("place", "place", "place", "clear", "kill", "kill", "long", "both", "some")


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.sampled_from(WHATS), st.integers(0, 1), PAUSES), min_size=3, max_size=14),
    st.sampled_from(VARIANTS),
)
def test_any_cut(steps, variant: str) -> None:
    """Killed at any moment of any calls: both ends agree afterwards, and nothing is stuck."""
    pair = TupPair(variant=variant, a=RESETTING, b=RESETTING)
    answering(pair)
    for what, index, pause in steps:
        end = pair.ends[index]
        if what == "place":
            pair.place(end, request())
        elif what == "clear":
            for handle in [h for h in sorted(end.live) if end.tup.keep(h) is not None][:1]:
                end.tup.clear(handle, 16, pair.now)
                pair.settle()
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
        pair.run(pause)
    pair.run(30 * MINUTE)
    for end in pair.ends:
        kept = [event.call for event in end.of(neutral.CallKept)]
        assert len(kept) == len(set(kept))
    assert_answered(pair, len(pair.a.live))
    cleared(pair)
