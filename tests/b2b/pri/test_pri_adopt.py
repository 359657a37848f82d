"""A process is killed and the next one goes on with its answered calls: Q.931 5.8.9 to 5.8.11."""

from __future__ import annotations

import pri_adopt_rig as rig
import pytest
from pri_adopt_rig import ROUND, SECOND, assert_active, cleared, established, kinds, reborn, request

from trunkd.errors import LocalError
from trunkd.signaling import call as neutral
from trunkd.signaling.isdn import messages as m

LOSS = 40 * SECOND
"""Long enough for the far end to give up its data link, short of its T309."""


def side(pair, name: str):
    return pair.user if name == "user" else pair.network


@pytest.mark.parametrize("restarting", [False, True])
@pytest.mark.parametrize("down", [0, LOSS])
@pytest.mark.parametrize("name", ["user", "network"])
def test_calls_go_on(pair_of, name: str, down: int, restarting: bool) -> None:
    settings = {"restart_on_start": restarting}
    pair = established(pair_of, 3, **{name: settings})
    end = side(pair, name)
    kept = sorted(call.channel for call in end.trunk.control.calls.values())
    handles = reborn(pair, end, down)
    pair.run(pair.now + 5 * SECOND)
    assert [event.call for event in kinds(end, neutral.CallKept)] == handles
    assert sorted(event.channel for event in kinds(end, neutral.CallKept)) == kept
    assert_active(pair, 6)
    assert not end.released
    assert not pair.other(end).released
    for both in pair.ends:
        faults = [x.kind for x in kinds(both, neutral.ProtocolFault)]
        assert not [kind for kind in faults if not kind.startswith("mdl_")]  # layer 2 lost us
    # New calls both ways, beside the old ones.
    for both in pair.ends:
        pair.place(both, request())
    pair.run(pair.now + 3 * ROUND)
    assert_active(pair, 8)
    cleared(pair)


def test_the_far_end_clears_an_adopted_call(pair_of) -> None:
    pair = established(pair_of)
    reborn(pair, pair.user)
    pair.run(pair.now + SECOND)
    for handle in sorted(pair.network.live):
        pair.network.trunk.clear(handle, 17, pair.now)
    pair.run(pair.now + SECOND)
    assert [event.cause for event in pair.user.released] == [17, 17]
    assert not any(event.local for event in pair.user.released)
    pair.assert_idle()


def test_the_far_end_cleared_one_meanwhile(pair_of) -> None:
    pair = established(pair_of, user={"restart_on_start": True})
    kept = rig.kill(pair, pair.user)
    pair.wire.cut = True
    pair.run(pair.now + LOSS)
    gone = sorted(pair.network.live)[0]
    pair.network.trunk.clear(gone, 16, pair.now)
    pair.wire.cut = False
    rig.start(pair, pair.user, kept)
    pair.run(pair.now + 5 * SECOND)
    assert len(kinds(pair.user, neutral.CallKept)) == 1
    (end,) = pair.user.released
    assert (end.cause, end.local) == (41, False)
    assert_active(pair, 1)
    cleared(pair)


@pytest.mark.parametrize("restarting", [False, True])
def test_the_far_end_lost_all(pair_of, restarting: bool) -> None:
    both = {"restart_on_start": restarting}
    pair = established(pair_of, 2, user=both, network=both)
    kept = rig.kill(pair, pair.user)
    rig.kill(pair, pair.network)
    rig.start(pair, pair.network)
    rig.start(pair, pair.user, kept)
    pair.run(pair.now + 5 * SECOND)
    assert not kinds(pair.user, neutral.CallKept)
    assert [event.cause for event in pair.user.released] == [41] * 4
    pair.assert_idle()


@pytest.mark.parametrize("restarting", [False, True])
def test_both_start_anew_at_once(pair_of, restarting: bool) -> None:
    """Each asks the other, and each answers (5.8.10)."""
    both = {"restart_on_start": restarting}
    pair = established(pair_of, 2, user=both, network=both)
    kept = [rig.kill(pair, end) for end in pair.ends]
    for end, calls in zip(pair.ends, kept, strict=True):
        rig.start(pair, end, calls)
    pair.run(pair.now + 5 * SECOND)
    for end in pair.ends:
        assert len(kinds(end, neutral.CallKept)) == 4
        assert not end.released
    assert_active(pair, 4)
    cleared(pair)


def test_back_after_t309(pair_of) -> None:
    """The far end has given the calls up (5.8.9): it says so."""
    pair = established(pair_of, 2)
    reborn(pair, pair.user, 200 * SECOND)
    assert [event.cause for event in pair.network.released] == [27] * 4
    pair.run(pair.now + 5 * SECOND)
    assert not kinds(pair.user, neutral.CallKept)
    assert [event.cause for event in pair.user.released] == [41] * 4
    pair.assert_idle()


def test_the_link_does_not_come(pair_of) -> None:
    """T309 runs for us too (5.8.9); what ended without a word is restarted when it comes."""
    pair = established(pair_of, network={"timers": {309: 500 * SECOND}})
    kept = rig.kill(pair, pair.user)
    pair.wire.cut = True
    rig.start(pair, pair.user, kept)
    pair.run(pair.now + 100 * SECOND)
    assert [event.cause for event in pair.user.released] == [27, 27]
    assert len(pair.network.live) == 2
    pair.wire.cut = False
    pair.run(pair.now + 10 * SECOND)
    assert [event.cause for event in pair.network.released] == [41, 41]
    pair.assert_idle()


@pytest.mark.parametrize("restarting", [False, True])
def test_cleared_before_the_link_is_up(pair_of, restarting: bool) -> None:
    """The call ends at once, and a RESTART of its channel tells the far end."""
    pair = established(pair_of, user={"restart_on_start": restarting}, network={"enquire": False})
    kept = rig.kill(pair, pair.user)
    handles = [pair.user.trunk.adopt(call, pair.now) for call in kept]
    pair.user.live.update(handles)  # not started yet
    pair.user.trunk.clear(handles[0], 16, pair.now)
    pair.settle()
    (end,) = pair.user.released
    assert (end.call, end.cause, end.local) == (handles[0], 16, True)
    pair.user.trunk.start(pair.now)
    pair.run(pair.now + 5 * SECOND)
    assert [event.call for event in kinds(pair.user, neutral.CallKept)] == [handles[1]]
    assert [event.cause for event in pair.network.released] == [41]
    assert_active(pair, 1)
    cleared(pair)


def test_cleared_before_the_far_end_answered(pair_of) -> None:
    """An adopted call may be cleared when only STATUS ENQUIRY has gone out."""
    pair = established(pair_of)
    handles = reborn(pair, pair.user)
    while pair.user.trunk.control.link == 0:
        pair.run(pair.now + 1_000_000)
    for handle in handles:
        pair.user.trunk.clear(handle, 16, pair.now)
    pair.run(pair.now + 5 * SECOND)
    assert not kinds(pair.user, neutral.CallKept)
    assert [event.cause for event in pair.user.released] == [16, 16]
    assert [event.cause for event in pair.network.released] == [16, 16]
    pair.assert_idle()


def test_what_was_not_answered_is_restarted(pair_of) -> None:
    """Only active calls outlive the link (5.8.9 a); RESTART goes out for each other channel."""
    pair = established(pair_of, user={"restart_on_start": True})
    for end in pair.ends:
        end.app = None
        pair.place(end, request())
    pair.run(pair.now + ROUND)
    assert {len(end.live) for end in pair.ends} == {4}
    spy = rig.Spy(pair, pair.user)
    handles = reborn(pair, pair.user)
    busy = {call.channel for call in pair.user.trunk.control.calls.values()}
    assert len(handles) == len(busy) == 2
    pair.run(pair.now + 10 * SECOND)
    others = [(n,) for n in pair.user.trunk.config.channels if n not in busy]
    assert spy.channels(m.RESTART) == others
    assert [x.type for x in spy.messages[:2]] == [m.STATUS_ENQUIRY] * 2
    (done,) = (x for x in kinds(pair.user, neutral.RestartDone) if x.local)
    assert (done.channels, done.ok) == (tuple(n for (n,) in others), True)
    assert {event.cause for event in pair.network.released} == {41}
    assert len(pair.network.released) == 2
    assert_active(pair, 2)
    cleared(pair)


def test_no_adoption_restarts_the_interface(pair_of) -> None:
    """As before: one RESTART, no channel named."""
    pair = established(pair_of, user={"restart_on_start": True})
    rig.kill(pair, pair.user)
    spy = rig.Spy(pair, pair.user)
    rig.start(pair, pair.user)
    pair.run(pair.now + 5 * SECOND)
    assert spy.channels(m.RESTART) == [()]
    assert not pair.network.live
    pair.assert_idle()


def test_references_are_not_used_twice(pair_of) -> None:
    """The far end still has calls of ours that nobody wrote down: a SETUP with one of their
    references would be passed over (5.8.3.2 e)."""
    pair = established(pair_of, 4, network={"enquire": False}, user={"enquire": False})
    kept = [call for call in rig.kill(pair, pair.user) if call.outgoing][:2]
    rig.start(pair, pair.user, kept)
    pair.run(pair.now + 2 * SECOND)
    forgotten = set(pair.network.trunk.control.references)
    pair.place(pair.user, request(channel=20, exclusive=True))
    pair.run(pair.now + 3 * ROUND)
    assert kinds(pair.user, neutral.CallConnected)
    (new,) = set(pair.network.trunk.control.references) - forgotten
    assert new & 0x7FFF > 100
    assert not [x for x in kinds(pair.network, neutral.ProtocolFault) if "setup" in x.kind]


def test_asked_although_enquiries_are_off(pair_of) -> None:
    """Nothing else tells whether the far end has an adopted call."""
    pair = established(pair_of, user={"enquire": False}, network={"enquire": False})
    reborn(pair, pair.user)
    pair.run(pair.now + 5 * SECOND)
    assert len(kinds(pair.user, neutral.CallKept)) == 2
    assert_active(pair, 2)
    cleared(pair)


def test_the_link_is_lost_before_the_answer(pair_of) -> None:
    """T309 again, and the question again."""
    pair = established(pair_of)
    reborn(pair, pair.user)
    while pair.user.trunk.control.link == 0:
        pair.run(pair.now + 1_000_000)
    pair.wire.cut = True
    pair.run(pair.now + LOSS)
    assert not kinds(pair.user, neutral.CallKept)
    pair.wire.cut = False
    pair.run(pair.now + 10 * SECOND)
    assert len(kinds(pair.user, neutral.CallKept)) == 2
    assert_active(pair, 2)
    cleared(pair)


def test_adopted_twice_in_a_row(pair_of) -> None:
    """What was adopted is kept for the next process, confirmed or not."""
    pair = established(pair_of, 2, user={"restart_on_start": True})
    for _ in range(3):
        before = sorted((c.channel, c.outgoing) for c in rig_kept(pair.user))
        reborn(pair, pair.user)
        assert sorted((c.channel, c.outgoing) for c in rig_kept(pair.user)) == before
        pair.run(pair.now + 20 * 1_000_000)
    pair.run(pair.now + 5 * SECOND)
    assert_active(pair, 4)
    cleared(pair)


def rig_kept(end) -> list[neutral.KeptCall]:
    return [call for call in map(end.trunk.keep, sorted(end.live)) if call is not None]


def test_what_cannot_be_adopted(pair_of) -> None:
    pair = established(pair_of)
    trunk = pair.user.trunk
    assert trunk.keep(4711) is None
    with pytest.raises(LocalError, match="before the start"):
        trunk.adopt(neutral.KeptCall(5, True, 9), pair.now)
    ours, _ = kept = sorted(rig.kill(pair, pair.user), key=lambda call: not call.outgoing)
    assert [call.outgoing for call in kept] == [True, False]
    assert [call.reference >= 0x8000 for call in kept] == [False, True]
    trunk = pair.user.trunk
    trunk.adopt(ours, pair.now)
    for channel, reference, text in (
        (ours.channel, 9, "is not idle"),
        (20, ours.reference, "has a call already"),
        (16, 9, "16"),
        (0, 9, "not idle"),
        (20, 0, "none of Q.931's"),
        (20, 0x8000, "none of Q.931's"),
        (20, 0x10000, "none of Q.931's"),
    ):
        with pytest.raises(LocalError, match=text):
            trunk.adopt(neutral.KeptCall(channel, True, reference), pair.now)
    assert len(trunk.control.calls) == 1


def test_only_answered_calls_are_kept(pair_of) -> None:
    """Nothing to write down of a call before the answer, or once it is being cleared."""
    pair = pair_of()
    pair.start()
    pair.run(SECOND)
    handle = pair.place(pair.user, request())
    pair.run(pair.now + ROUND)
    (incoming,) = pair.network.live
    trunk, other = pair.user.trunk, pair.network.trunk
    assert trunk.keep(handle) is None
    other.alert(incoming, False, pair.now)
    pair.run(pair.now + ROUND)
    assert trunk.keep(handle) is None
    assert other.keep(incoming) is None
    other.answer(incoming, pair.now)
    pair.run(pair.now + ROUND)
    (channel,) = (call.channel for call in trunk.control.calls.values())
    assert trunk.keep(handle) == neutral.KeptCall(channel, True, 1)
    assert other.keep(incoming) == neutral.KeptCall(channel, False, 0x8001)
    trunk.clear(handle, 16, pair.now)
    assert trunk.keep(handle) is None
    pair.run(pair.now + SECOND)
    pair.assert_idle()
