"""A line never stays up: every layer of disconnect supervision, and the line cut in every state."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fxo_rig import LineRig
from test_fxo_incoming import is_idle, rig
from test_fxo_outgoing import BUSY, DIAL, RINGBACK, dialled, place

from trunkd.signaling import line_actions as act
from trunkd.signaling import line_signals as sig
from trunkd.signaling.analog import fxo_states as s
from trunkd.signaling.analog.fxo import FxoTrunk
from trunkd.signaling.analog.fxo_config import FxoConfig
from trunkd.signaling.analog.tone_rows import ToneRow
from trunkd.signaling.call import (
    CallConnected,
    CallDisconnected,
    CallOffered,
    CallReleased,
    ChannelChanged,
)
from trunkd.signaling.call_line import LineReported

SECOND = 10**9


def talking(line: LineRig) -> int:
    """An incoming call, answered and settled."""
    line.ring((1000, 4000), 1)
    line.run(6)
    call = int(line.of(CallOffered)[-1].call)
    line.request(line.engine.answer, call)
    line.run(2)
    return call


def how(line: LineRig) -> list[str]:
    return [event.how for event in line.of(CallDisconnected)]


def test_battery_drop():
    line = rig()
    call = talking(line)
    line.at(0, sig.BatteryReceived(1, 0))
    line.at(100, sig.BatteryReceived(1, 1))
    line.run(2)
    assert not how(line), "a short drop is none"
    line.at(0, sig.BatteryReceived(1, 0))
    line.at(400, sig.BatteryReceived(1, 1))
    line.run(0.26)
    assert how(line) == ["battery drop"] and not line.loop[1]
    line.run(2)
    assert [e.call for e in line.of(CallReleased)] == [call] and is_idle(line)


def test_reversal_in_the_middle():
    line = rig()
    talking(line)
    line.at(0, sig.BatteryReceived(1, 2))
    line.run(0.07)
    assert how(line) == ["reversal"]
    line.run(2)
    assert is_idle(line)


def test_reversal_is_no_layer_where_it_is_not_configured():
    line = rig(supervision="drop, tone, limit")
    talking(line)
    line.at(0, sig.BatteryReceived(1, 2))
    line.run(5)
    assert not how(line)


def test_an_exchange_that_reverses_as_we_answer():
    line = rig(cid_wait=0)
    line.ring((1000, 4000), 1)
    line.run(1)
    line.request(line.engine.answer, line.of(CallOffered)[0].call)
    line.at(200, sig.BatteryReceived(1, 2))
    line.run(5)
    assert not how(line)
    line.at(0, sig.BatteryReceived(1, 1))
    line.run(1)
    assert how(line) == ["reversal"]


@pytest.mark.parametrize(
    ("tone", "name", "seconds"),
    [
        (BUSY, "busy tone", 3.3),
        ("450/700,0/700", "congestion tone", 6.1),
        (DIAL, "dial tone", 4.6),
        ("950", "howler tone", 4.6),
    ],
)
def test_tones_of_the_country_within_their_stated_time(tone: str, name: str, seconds: float):
    line = rig()
    talking(line)
    began = line.now
    line.tone(tone, 20)
    line.run(20)
    assert how(line) == [name]
    assert line.when(CallDisconnected) - began <= seconds * SECOND
    stated = line.engine.lines[1].tones.stated()[name.removesuffix(" tone")]
    assert line.when(CallDisconnected) - began <= stated
    assert is_idle(line)


def test_two_rounds_of_busy_are_not_enough():
    line = rig()
    talking(line)
    line.tone(BUSY, 1.4)
    line.run(5)
    assert not how(line)


def test_speech_between_the_beats_is_no_tone():
    line = rig()
    talking(line)
    for n in range(10):
        line.sound((450.0,), 350, after=0.7 * n)
        line.sound((), 150, after=0.7 * n + 0.45)
    line.run(10)
    assert not how(line)


def test_a_learned_tone():
    rows = (ToneRow.from_text("pbx", "620/240,0/130,620/240,0/600 ~15Hz ~12%"),)
    line = LineRig(FxoTrunk(FxoConfig((1,), "cn", None, rows)))
    talking(line)
    line.tone(rows[0].cadence, 10)
    line.run(10)
    assert how(line) == ["learned tone"] and is_idle(line)


def test_silence_both_ways():
    line = rig(silence=60_000)
    talking(line)
    line.at(0, sig.VoiceReceived(1, True))
    line.at(1000, sig.VoiceReceived(1, False))
    line.run(10)
    line.request(line.engine.sending, 1, True)
    line.run(100)
    assert not how(line), "we talk"
    line.request(line.engine.sending, 1, False)
    line.run(59.9)
    assert not how(line)
    line.run(0.2)
    assert how(line) == ["silence"]
    line.run(2)
    assert is_idle(line)


def test_time_limit():
    line = rig(limit=600_000)
    talking(line)
    line.at(0, sig.VoiceReceived(1, True))
    line.run(599)
    assert how(line) == ["time limit"] and is_idle(line)


def test_nothing_but_a_limit_still_ends_it():
    line = rig(supervision="limit")
    talking(line)
    line.tone(BUSY, 60)
    line.at(0, sig.BatteryReceived(1, 0))
    line.run(14_410)
    assert how(line)[-1] in ("time limit", "battery drop") and not line.loop[1]


# The line is cut in every state


def _ringing(line: LineRig) -> None:
    line.at(0, sig.RingReceived(1, True, 25.0))
    line.run(0.1)


def _caller_id(line: LineRig) -> None:
    line.ring((1000, 4000), 1)
    line.run(2)


def _offered(line: LineRig) -> None:
    line.ring((1000, 4000), 1)
    line.run(6)


def _waiting(line: LineRig) -> None:
    place(line, "0,1")
    line.tone(DIAL, 1.1, after=0.1)
    line.run(1.5)


def _dialling(line: LineRig) -> None:
    place(line, "0123456789")
    line.tone(DIAL, 1.1, after=0.1)
    line.run(1.5)


def _alerting(line: LineRig) -> None:
    dialled(line)
    line.tone(RINGBACK, 6.5)
    line.run(6.5)


def _connected(line: LineRig) -> None:
    dialled(line)
    line.at(0, sig.BatteryReceived(1, 2))
    line.run(1)


def _glare(line: LineRig) -> None:
    place(line)
    line.at(30, sig.RingReceived(1, True, 25.0))
    line.at(130, sig.RingReceived(1, False, 25.0))
    line.run(1)


def _guard(line: LineRig) -> None:
    line.request(line.engine.clear, talking(line), 16)


def _train_seized(line: LineRig) -> None:
    line.request(line.engine.train, 1)


def _training(line: LineRig) -> None:
    line.request(line.engine.train, 1)
    line.tone(DIAL, 3.5, after=0.1)
    line.run(4)


STATES: dict[int, Callable[[LineRig], object]] = {
    s.IDLE: lambda line: None,
    s.IN_USE: lambda line: line.show(sig.InUseReceived(1, True)),
    s.RINGING: _ringing,
    s.CALLER_ID: _caller_id,
    s.OFFERED: _offered,
    s.TALKING: talking,
    s.SEIZING: place,
    s.DIALLING: _dialling,
    s.WAITING: _waiting,
    s.DIALLED: dialled,
    s.ALERTING: _alerting,
    s.CONNECTED: _connected,
    s.GLARE: _glare,
    s.GUARD: _guard,
    s.TRAIN_SEIZED: _train_seized,
    s.TRAINING: _training,
}


@pytest.mark.parametrize("state", STATES, ids=[s.STATES[state] for state in STATES])
def test_the_line_is_cut_and_mended(state: int):
    line = rig()
    STATES[state](line)
    assert line.engine.lines[1].state == state
    line.forget()
    line.show(sig.BatteryReceived(1, 0))
    if state == s.RINGING:
        line.at(100, sig.RingReceived(1, False, 25.0))
    if state == s.IN_USE:
        line.at(10, sig.InUseReceived(1, False))
    line.run(10)
    assert line.engine.channel_text(1).startswith("out of service, on hook")
    assert not line.loop[1] and not line.engine.core.calls
    assert "line cut" in [e.what for e in line.of(LineReported)]
    assert line.of(ChannelChanged)[-1].state == 3
    ended = {e.call for e in line.of(CallReleased)}
    assert {e.call for e in line.of(CallOffered)} <= ended
    line.show(sig.BatteryReceived(1, 1))
    assert is_idle(line) and line.of(ChannelChanged)[-1].state == 0
    assert "line back" in [e.what for e in line.of(LineReported)]


@pytest.mark.parametrize("state", STATES, ids=[s.STATES[state] for state in STATES])
def test_battery_reversal_in_every_state_leaves_no_line_up(state: int):
    line = rig(ringing_limit=20_000, limit=60_000)
    STATES[state](line)
    line.forget()
    line.show(sig.BatteryReceived(1, 2 if line.engine.lines[1].battery == 1 else 1))
    line.run(100)
    if line.engine.lines[1].in_use:
        line.show(sig.InUseReceived(1, False))
    if line.engine.lines[1].ringing:
        line.at(0, sig.RingReceived(1, False, 25.0))
        line.run(10)
    assert is_idle(line), line.engine.channel_text(1)


@pytest.mark.parametrize("state", STATES, ids=[s.STATES[state] for state in STATES])
def test_layer_1_is_lost_in_every_state(state: int):
    line = rig()
    STATES[state](line)
    line.forget()
    line.request(line.engine.line_down, (1,))
    line.run(3)
    assert line.engine.channel_text(1).startswith("out of service, on hook")
    assert not line.engine.core.calls and not line.loop[1]
    line.request(line.engine.line_up, (1,))
    if line.engine.lines[1].in_use:
        line.show(sig.InUseReceived(1, False))
    assert is_idle(line)


@pytest.mark.parametrize("state", STATES, ids=[s.STATES[state] for state in STATES])
def test_restart_in_every_state(state: int):
    line = rig()
    STATES[state](line)
    line.forget()
    line.engine.lines[1].ringing = False
    line.request(line.engine.restart, ())
    line.run(9)
    if line.engine.lines[1].in_use:
        line.show(sig.InUseReceived(1, False))
    assert is_idle(line)


def test_line_permanently_off_hook():
    """A telephone beside us is never put down: no call is placed, none is taken, nothing hangs."""
    line = rig()
    line.show(sig.InUseReceived(1, True))
    call = place(line)
    assert [(e.call, e.cause) for e in line.of(CallReleased)] == [(call, 44)]
    line.run(3600)
    assert line.engine.channel_text(1).startswith("line in use, on hook")
    line.show(sig.InUseReceived(1, False))
    assert is_idle(line)


def test_a_telephone_beside_our_call_stays_off_hook_when_we_clear():
    line = rig()
    call = talking(line)
    line.show(sig.InUseReceived(1, True))
    line.request(line.engine.clear, call, 16)
    line.run(2)
    assert line.engine.channel_text(1).startswith("line in use, on hook")
    line.show(sig.InUseReceived(1, False))
    assert is_idle(line)


def test_blocked_and_drained_lines():
    line = rig()
    line.request(line.engine.block, (1,))
    assert line.of(ChannelChanged)[-1].state == 4
    line.ring((1000, 4000), 3)
    line.run(40)
    assert not line.of(CallOffered)
    line.request(line.engine.unblock, (1,))
    assert is_idle(line)
    line.request(line.engine.drain, True)
    line.ring((1000, 4000), 2)
    line.run(40)
    assert not line.of(CallOffered) and is_idle(line)


def test_learning_on_a_line():
    line = rig()
    line.request(line.engine.learn, 1, True)
    assert line.did(act.ListenFor)[-1].kinds & 128
    line.tone("520/270,0/190", 10)
    line.run(10)
    (report,) = [e for e in line.of(LineReported) if e.what == "learned tone"]
    row = ToneRow.from_text("x", report.text)
    assert row.cadence == "520/270,0/190"
    assert not line.of(CallConnected)
