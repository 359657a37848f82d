"""What happens between two steps of a call on an exchange line: each of these went wrong once."""

from __future__ import annotations

from fxo_rig import LineRig
from test_fxo_incoming import is_idle, rig
from test_fxo_outgoing import DIAL, dialled, place
from test_fxo_supervision import talking

from trunkd.signaling import line_actions as act
from trunkd.signaling import line_signals as sig
from trunkd.signaling.analog.callerid import call_setup
from trunkd.signaling.analog.fxo import FxoTrunk
from trunkd.signaling.analog.fxo_config import FxoConfig
from trunkd.signaling.analog.tone_rows import ToneRow
from trunkd.signaling.call import (
    CHANNEL_BLOCKED_HERE,
    CHANNEL_BUSY,
    CHANNEL_IDLE,
    CallConnected,
    CallDisconnected,
    CallReleased,
    ChannelChanged,
)
from trunkd.signaling.line_names import LISTEN_PROGRESS


def dialling(line: LineRig) -> int:
    """Ten digits are on their way: two seconds."""
    call = place(line, "0123456789")
    line.tone(DIAL, 1.1, after=0.1)
    line.run(1.5)
    assert line.did(act.SendDigits)
    return call


def test_an_exchange_that_answers_before_the_last_digit_is_through():
    line = rig()
    call = dialling(line)
    line.at(500, sig.BatteryReceived(1, 2))
    line.run(3)
    assert [(e.call, e.how) for e in line.of(CallConnected)] == [(call, "reversal")]
    line.show(sig.BatteryReceived(1, 1))
    line.run(3)
    assert [e.how for e in line.of(CallDisconnected)] == ["reversal"] and is_idle(line)


def test_a_reversal_there_and_back_while_dialling_is_no_answer():
    line = rig()
    dialling(line)
    line.at(300, sig.BatteryReceived(1, 2))
    line.at(700, sig.BatteryReceived(1, 1))
    line.run(4)
    assert not line.of(CallConnected)


def test_a_reversal_at_the_seizure_is_no_answer():
    """Some exchanges reverse as they give dial tone."""
    line = rig()
    place(line, "0123456789")
    line.at(100, sig.BatteryReceived(1, 2))
    line.tone(DIAL, 1.1, after=0.3)
    line.run(6)
    assert line.did(act.SendDigits) and not line.of(CallConnected)


def test_detectors_of_a_learned_tone_are_given_back():
    line = rig()
    before = line.engine.lines[1].listening
    assert not before & LISTEN_PROGRESS
    line.request(line.engine.learn, 1, True)
    line.request(line.engine.learn, 1, False)
    assert line.did(act.ListenFor)[-1].kinds == before
    line.request(line.engine.learn, 1, True)
    line.tone("520/270,0/190", 10)
    line.run(10)
    assert line.did(act.ListenFor)[-1].kinds == before, "it is learned: nobody listens any more"


def test_a_line_blocked_in_a_call_is_busy_until_its_end():
    line = rig()
    call = talking(line)
    line.request(line.engine.block, (1,))
    assert line.of(ChannelChanged)[-1].state == CHANNEL_BUSY
    line.request(line.engine.clear, call, 16)
    line.run(3)
    assert line.of(ChannelChanged)[-1].state == CHANNEL_BLOCKED_HERE
    line.request(line.engine.unblock, (1,))
    assert line.of(ChannelChanged)[-1].state == CHANNEL_IDLE


def test_a_call_whose_board_is_lost_can_still_be_cleared():
    """Whoever answers CallDisconnected by clear() finds the call, as with every other end."""
    line = rig()
    call = talking(line)
    line.request(line.engine.line_down, (1,))
    assert [(e.call, e.cause) for e in line.of(CallDisconnected)] == [(call, 27)]
    line.request(line.engine.clear, call, 16)
    line.run(3)
    assert [(e.call, e.cause) for e in line.of(CallReleased)] == [(call, 27)]
    assert line.engine.channel_text(1).startswith("out of service, on hook")


def test_what_was_sent_before_the_answer_counts_against_silence():
    line = rig(silence=20_000)
    line.ring((1000, 4000), 1)
    line.run(6)
    line.request(line.engine.sending, 1, True)
    (call,) = line.engine.core.calls
    line.request(line.engine.answer, call)
    line.run(60)
    assert not line.of(CallDisconnected), "music is sent"
    line.request(line.engine.sending, 1, False)
    line.run(21)
    assert [e.how for e in line.of(CallDisconnected)] == ["silence"]
    # The next call begins with nothing sent, though nobody said so.
    line.run(5)
    line.request(line.engine.sending, 1, True)
    line.request(line.engine.clear, talking(line), 16)
    line.run(5)
    assert not line.engine.lines[1].sent


def test_a_learned_tone_that_ends_a_call_is_named_alike_before_and_behind_the_answer():
    own = ToneRow.from_text("pbx busy", "520/270,0/190 ~12Hz ~10% x3")
    line = LineRig(FxoTrunk(FxoConfig((1,), "cn", {}, (own,))))
    dialled(line)
    line.tone("520/270,0/190", 10)
    line.run(10)
    assert [e.how for e in line.of(CallDisconnected)] == ["learned tone"]
    assert line.engine.counters()["fxo_gone_learned_tone"] == 1


def test_no_call_is_placed_into_a_caller_id():
    """The message that goes before the first ring has begun: a call of ours would meet it."""
    line = rig()
    line.fsk(call_setup("13912345678"), True, 1)
    line.run(0.35)
    call = place(line)
    assert [(e.call, e.cause) for e in line.of(CallReleased)] == [(call, 44)]
    assert not line.loop[1]
