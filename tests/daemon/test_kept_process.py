"""A daemon is killed (SIGKILL) with answered calls, and its far end lives on in a process of its
own: the next daemon goes on with them."""

from __future__ import annotations

import pathlib
import sys
import wave

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from kept_rig import Pair

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_media as mm
from trunkd.daemon import methods_switch as sw


@pytest.mark.parametrize("signalling", ["pri", "isup", "tup"])
def test_a_joined_pair_goes_on(tmp_path: pathlib.Path, signalling: str) -> None:
    """Speech passes through it, either end clears, and each call has one record."""
    with Pair(tmp_path, signalling) as pair:
        one, there_one = pair.answered("201")
        two, there_two = pair.answered("202")
        pair.app.call(sw.JoinCalls(call_id=one, other=two, after="clear"))
        pair.hears(there_one, there_two)
        before = pair.info(one)
        restarted = pair.again()
        assert (restarted.calls, restarted.kept) == (0, 2)
        pair.kept(one, two)
        after = pair.info(one)
        assert (after.channel, after.called, after.state) == (before.channel, "201", "connected")
        assert (after.started, after.answered) == (before.started, before.answered)
        assert {c.call_id for c in after.connections} == {one, two}
        pair.hears(there_one, there_two)
        pair.hears(there_two, there_one)
        # One end clears; the other follows, as it would have before. TUP's called party cannot
        # clear: it hangs up (CBK), which is kept, too, and the calling party clears.
        pair.there.call(m.ClearConnection(call_id=there_one))
        if signalling == "tup":
            pair.app.wait(ev.Failed, call_id=one)
            pair.again()
            pair.kept(one, two)
            assert pair.info(one).state == "fail"
            pair.app.call(m.ClearConnection(call_id=one))
        ends = [pair.app.wait(ev.ConnectionCleared) for _ in range(2)]
        assert [(e.call_id, e.releasing, e.cause) for e in ends] == [
            (one, "remote", "normalClearing"),
            (two, "local", "normalClearing"),
        ]
        pair.there.wait(ev.ConnectionCleared, call_id=there_two)
        pair.reset()
        three, there_three = pair.answered("203")
        assert three > two
        pair.app.call(m.ClearConnection(call_id=three))
        pair.there.wait(ev.ConnectionCleared, call_id=there_three)
        pair.app.wait(ev.ConnectionCleared, call_id=three)
        pair.end({one: "", two: "", three: ""})


def test_the_far_end_cleared_in_between(tmp_path: pathlib.Path) -> None:
    """It is asked, and says that it does not have the call. The partner follows where it was told
    to; another call goes on."""
    with Pair(tmp_path) as pair:
        one, there_one = pair.answered("201")
        two, there_two = pair.answered("202")
        three, there_three = pair.answered("203")
        pair.app.call(sw.JoinCalls(call_id=one, other=two, after="clear"))
        pair.kill()
        pair.there.call(m.ClearConnection(call_id=there_one))
        restarted = pair.start()
        assert (restarted.calls, restarted.kept) == (0, 3)
        ended = pair.app.wait(ev.ConnectionCleared, call_id=one)
        assert (ended.cause, ended.q850, ended.releasing) == ("restart", 41, "local")
        pair.over(two, there=(there_one, there_two))
        pair.kept(three)
        pair.app.call(m.ClearConnection(call_id=three))
        pair.over(three, there=(there_three,))
        pair.end({one: "restart", two: "", three: ""})


def test_hold_and_consultation(tmp_path: pathlib.Path) -> None:
    """Who waits waits on, and the consultation ends by a transfer; the daemon is killed twice."""
    with Pair(tmp_path) as pair:
        held, there_held = pair.answered("201")
        placed = pair.app.call(
            sw.ConsultationCall(held_call=held, called="202", device="trunk/near")
        ).call_id
        there_active = pair.there.wait(ev.Delivered, direction="in").call_id
        pair.there.call(m.AnswerCall(call_id=there_active))
        pair.app.wait(ev.Established, call_id=placed)
        alone, there_alone = pair.answered("203")
        pair.app.call(sw.HoldCall(call_id=alone))
        assert pair.again().kept == 3
        pair.kept(held, placed, alone)
        assert pair.again().kept == 3
        pair.kept(held, placed, alone)
        found = {c.call_id: c for c in pair.app.call(m.Calls()).calls}
        assert [found[c].held for c in (held, placed, alone)] == [True, False, True]
        assert found[held].consultation == placed and found[placed].consultation == held
        assert found[placed].linkage == found[held].linkage == held
        pair.app.call(sw.TransferCall(held_call=held, active_call=placed))
        pair.hears(there_held, there_active)
        pair.app.call(sw.RetrieveCall(call_id=alone))
        for call in (held, alone):
            pair.app.call(m.ClearConnection(call_id=call))
        pair.over(held, placed, alone, there=(there_held, there_active, there_alone))
        pair.end({held: "", placed: "", alone: ""})


def test_keep_calls_off_and_calls_that_were_not_answered(tmp_path: pathlib.Path) -> None:
    """They end, and the far end is told so by RESTART."""
    with Pair(tmp_path, more="keep_calls = false") as pair:
        one, there_one = pair.answered("201")
        made = pair.app.call(m.MakeCall(called="202", device="trunk/near")).call_id
        ringing = pair.there.wait(ev.Delivered, direction="in").call_id
        pair.app.wait(ev.Delivered, call_id=made)
        restarted = pair.again()
        assert (restarted.calls, restarted.kept) == (2, 0)
        for call in (one, made):
            assert pair.app.wait(ev.ConnectionCleared, call_id=call).cause == "restart"
        pair.over(there=(there_one, ringing))
        pair.end({one: "restart", made: "restart"})


def test_an_unanswered_call_ends_and_an_answered_one_goes_on(tmp_path: pathlib.Path) -> None:
    """Its recording is over; the file is whole, and the next one may add to it."""
    with Pair(tmp_path) as pair:
        one, there_one = pair.answered("201")
        record = mm.RecordMessage(call_id=one, message="one.wav", encoding="pcm16", append=True)
        pair.app.call(record)
        pair.app.wait(ev.Record, call_id=one)
        made = pair.app.call(m.MakeCall(called="202", device="trunk/near")).call_id
        ringing = pair.there.wait(ev.Delivered, direction="in").call_id
        pair.app.wait(ev.Delivered, call_id=made)
        restarted = pair.again()
        assert (restarted.calls, restarted.kept) == (1, 1)
        assert pair.app.wait(ev.ConnectionCleared).call_id == made
        stop = pair.app.wait(ev.Stop, call_id=one)
        assert (stop.kind, stop.message, stop.reason) == ("record", "one.wav", "failed")
        with wave.open(str(tmp_path / "n" / "media" / "one.wav")) as file:
            assert file.getframerate() == 8000
        pair.app.call(record)
        pair.app.wait(ev.Record, call_id=one)
        pair.over(there=(ringing,))
        pair.kept(one)
        pair.there.call(m.ClearConnection(call_id=there_one))
        pair.over(one)
        pair.end({one: "", made: "restart"})
