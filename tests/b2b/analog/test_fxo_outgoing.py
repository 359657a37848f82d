"""Calls that go out on an exchange line: seizing, dial tone, dialling, answer, glare."""

from __future__ import annotations

import pytest
from fxo_rig import LineRig
from test_fxo_incoming import is_idle, rig

from trunkd.errors import ConfigError, LocalError
from trunkd.signaling import line_actions as act
from trunkd.signaling import line_signals as sig
from trunkd.signaling.analog import fxo_states as s
from trunkd.signaling.analog.fxo import FxoTrunk
from trunkd.signaling.analog.fxo_config import CHOICES, NUMBERS, FxoConfig
from trunkd.signaling.analog.fxo_table import FXO
from trunkd.signaling.call import (
    CallAlerting,
    CallConnected,
    CallDisconnected,
    CallOffered,
    CallProceeding,
    CallReleased,
    CallRequest,
    PartyNumber,
)
from trunkd.signaling.call_line import CallFlashed, CallMetered, LineReported

DIAL = "450"
RINGBACK = "450/1000,0/4000"
BUSY = "450/350,0/350"


def place(line: LineRig, digits: str = "10086", channel: int = 1, complete: bool = True) -> int:
    request = CallRequest(PartyNumber(digits), channel=channel, exclusive=True, complete=complete)
    return int(line.request(line.engine.place, request))


def dialled(line: LineRig, digits: str = "10086") -> int:
    """A call whose number is through."""
    call = place(line, digits)
    line.tone(DIAL, 1.5, after=0.3)
    line.run(3.5 + 0.2 * len(digits))
    assert line.of(CallProceeding)
    return call


def test_every_state_has_an_answer_to_every_input():
    assert not FXO.missing()
    assert set(FXO.states) == set(s.STATES)
    assert "idle" in FXO.mermaid()


def test_a_call_from_seizing_to_clearing():
    line = rig()
    call = place(line)
    assert line.loop[1]
    line.run(2)
    assert not line.did(act.SendDigits), "no digit before dial tone"
    line.tone(DIAL, 1.2)
    line.run(1.1)
    assert [a.digits for a in line.did(act.SendDigits)] == ["10086"]
    line.run(2)
    assert line.of(CallProceeding)[0].inband
    line.tone(RINGBACK, 11, after=0.5)
    line.run(12)
    assert line.of(CallAlerting)[0].call == call
    line.at(0, sig.BatteryReceived(1, 2))
    line.run(0.1)
    assert [(e.call, e.how) for e in line.of(CallConnected)] == [(call, "reversal")]
    line.at(60_000, sig.BatteryReceived(1, 1))
    line.run(60.1)
    assert [(e.cause, e.how) for e in line.of(CallDisconnected)] == [(16, "reversal")]
    assert not line.loop[1]
    line.run(1.1)
    assert [(e.call, e.cause, e.local) for e in line.of(CallReleased)] == [(call, 16, False)]
    assert is_idle(line)


@pytest.mark.parametrize(
    ("how", "cause", "seconds"), [("wait", 27, 5.1), ("time", 0, 5.1), ("blind", 0, 1.1)]
)
def test_without_dial_tone(how: str, cause: int, seconds: float):
    line = rig(dial_tone=how)
    place(line)
    line.run(seconds)
    if cause:
        line.run(1.1)
        assert [e.cause for e in line.of(CallReleased)] == [cause] and is_idle(line)
        assert "no dial tone" in [e.what for e in line.of(LineReported)]
        assert not line.did(act.SendDigits)
    else:
        assert line.did(act.SendDigits)


def test_busy_instead_of_dial_tone():
    line = rig()
    place(line)
    line.tone(BUSY, 6, after=0.4)
    line.run(7)
    assert line.of(CallReleased)[0].cause == 27 and not line.did(act.SendDigits)
    assert is_idle(line)


@pytest.mark.parametrize("country", ["cz", "gr", "it"])
def test_a_dial_tone_with_a_cadence(country: str):
    from trunkd.board.progress_tones import COUNTRIES

    line = rig(country=country)
    place(line)
    line.tone(COUNTRIES[country].tones["dial"], 5, after=0.2)
    line.run(4.5)
    assert line.did(act.SendDigits)


def test_pauses_waits_flash_and_pulses_in_a_number():
    line = rig()
    place(line, "0,p12t3w!45")
    line.tone(DIAL, 1.2, after=0.2)
    line.run(1.2)
    assert [a.digits for a in line.did(act.SendDigits)] == ["0"]
    line.run(2.4)
    assert [a.digits for a in line.did(act.SendPulses)] == ["12"]
    line.run(2.5)
    assert [a.digits for a in line.did(act.SendDigits)] == ["0", "3"]
    line.tone(DIAL, 2, after=1)
    line.run(2.2)
    assert line.did(act.SendFlash)
    line.run(2)
    assert [a.digits for a in line.did(act.SendDigits)] == ["0", "3", "45"]
    assert line.of(CallProceeding)


@pytest.mark.parametrize("wrong", ["12x", "p1*", "+86"])
def test_what_cannot_be_dialled(wrong: str):
    line = rig()
    with pytest.raises(LocalError, match="cannot be dialled"):
        place(line, wrong)
    assert is_idle(line)


def test_digits_that_follow():
    line = rig(digits_wait=2000)
    call = place(line, "1", complete=False)
    line.tone(DIAL, 1.2, after=0.2)
    line.run(2)
    line.request(line.engine.send_digits, call, "0086", False)
    line.run(1)
    assert [a.digits for a in line.did(act.SendDigits)] == ["1", "0086"]
    assert not line.of(CallProceeding)
    line.run(2)
    assert line.of(CallProceeding), "nothing more came: that was the number"


@pytest.mark.parametrize(
    ("tone", "cause", "how"),
    [
        (BUSY, 17, "busy tone"),
        ("450/700,0/700", 34, "congestion tone"),
        ("450/100,0/100,450/100,0/100,450/100,0/100,450/400,0/400", 1, "special-information tone"),
    ],
)
def test_the_call_fails(tone: str, cause: int, how: str):
    line = rig()
    dialled(line)
    line.tone(tone, 8, after=0.5)
    line.run(8)
    assert [(e.cause, e.how) for e in line.of(CallDisconnected)] == [(cause, how)]
    assert [e.cause for e in line.of(CallReleased)] == [cause] and is_idle(line)


def test_answer_by_voice_behind_ringback():
    line = rig(answer="tone")
    dialled(line)
    line.tone(RINGBACK, 10.9, after=0.5)
    line.sound((), 300, after=12)
    line.sound((), 350, after=12.4)
    line.run(13)
    assert [e.how for e in line.of(CallConnected)] == ["voice"]


def test_answer_by_ringback_that_stops():
    line = rig(answer=["tone"])
    dialled(line)
    line.tone(RINGBACK, 6.5, after=0.5)
    line.run(20)
    assert [e.how for e in line.of(CallConnected)] == ["tone"]
    assert line.when(CallConnected) < 16 * 10**9


def test_answer_by_time():
    line = rig(answer="time", answer_time=5000)
    dialled(line)
    line.run(5)
    assert [e.how for e in line.of(CallConnected)] == ["time"]


def test_a_better_sign_of_answer_is_waited_for():
    line = rig(answer="reversal, tone")
    dialled(line)
    line.sound((), 600, after=1)
    line.at(2000, sig.BatteryReceived(1, 2))
    line.run(5)
    assert [e.how for e in line.of(CallConnected)] == ["reversal"]
    line = rig(answer="reversal, tone")
    dialled(line)
    line.sound((), 600, after=1)
    line.run(5)
    assert [e.how for e in line.of(CallConnected)] == ["voice"]


def test_a_late_reversal_is_the_answer_not_the_end():
    line = rig(answer="reversal, tone", answer_prefer=0)
    dialled(line)
    line.sound((), 600, after=0.2)
    line.at(3000, sig.BatteryReceived(1, 2))
    line.run(6)
    assert [e.how for e in line.of(CallConnected)] == ["voice"]
    assert not line.of(CallDisconnected)
    line.at(0, sig.BatteryReceived(1, 1))
    line.run(2)
    assert [e.how for e in line.of(CallDisconnected)] == ["reversal"] and is_idle(line)


def test_ringing_without_end():
    line = rig(ringing_limit=30_000)
    dialled(line)
    line.tone(RINGBACK, 60, after=0.5)
    line.run(33)
    assert [(e.cause, e.how) for e in line.of(CallDisconnected)] == [(19, "time limit")]
    assert is_idle(line)


def test_glare_the_incoming_call_wins():
    line = rig()
    call = place(line)
    line.at(30, sig.RingReceived(1, True, 25.0))
    line.at(130, sig.RingReceived(1, False, 25.0))
    line.run(0.3)
    assert "glare" in [e.what for e in line.of(LineReported)]
    assert [(e.call, e.cause) for e in line.of(CallReleased)] == [(call, 44)]
    (taken,) = line.of(CallOffered)
    assert line.loop[1]
    line.request(line.engine.answer, taken.call)
    assert line.of(CallConnected)
    line.request(line.engine.clear, taken.call, 16)
    line.run(2)
    assert is_idle(line)


def test_glare_refused():
    line = rig(glare="refuse")
    call = place(line)
    line.at(30, sig.RingReceived(1, True, 25.0))
    line.at(130, sig.RingReceived(1, False, 25.0))
    line.run(3)
    assert [(e.call, e.cause) for e in line.of(CallReleased)] == [(call, 44)]
    assert not line.of(CallOffered) and is_idle(line)


def test_glare_that_nobody_answers():
    line = rig(ringing_limit=20_000)
    place(line)
    line.at(30, sig.RingReceived(1, True, 25.0))
    line.run(25)
    assert is_idle(line) and line.of(CallDisconnected)[0].how == "time limit"


def test_ground_start():
    line = LineRig(FxoTrunk(FxoConfig((1,), "us", {"start": "ground"})), battery=0)
    assert line.engine.channel_text(1).startswith("idle")
    call = place(line)
    assert line.did(act.SetGround)[-1].on and not line.loop[1]
    line.at(200, sig.GroundReceived(1, True))
    line.at(210, sig.BatteryReceived(1, 1))
    line.run(0.3)
    assert line.loop[1] and not line.did(act.SetGround)[-1].on
    line.tone("350+440", 2)
    line.run(4)
    assert line.of(CallProceeding)
    line.at(10_000, sig.GroundReceived(1, False))
    line.at(10_001, sig.BatteryReceived(1, 0))
    line.run(10.5)
    assert [e.how for e in line.of(CallDisconnected)] == ["battery drop"]
    line.run(1)
    assert [e.call for e in line.of(CallReleased)] == [call]
    assert line.engine.channel_text(1).startswith("idle, on hook")


def test_ground_start_without_an_answer_and_at_glare():
    line = LineRig(FxoTrunk(FxoConfig((1,), "us", {"start": "ground"})), battery=0)
    place(line)
    line.run(5)
    assert "no ground" in [e.what for e in line.of(LineReported)]
    assert [e.cause for e in line.of(CallReleased)] == [27]
    place(line)
    line.ring((2000, 4000), 1, hz=20.0)
    line.run(7)
    assert [e.cause for e in line.of(CallReleased)] == [27, 44]
    assert line.of(CallOffered)


def test_hookflash_and_the_dial_tone_behind_it():
    line = rig()
    call = dialled(line)
    line.at(0, sig.BatteryReceived(1, 2))
    line.run(1)
    line.request(line.engine.flash, call)
    assert line.did(act.SendFlash)[0].ms == 100
    line.tone(DIAL, 10, after=0.3)
    line.run(12)
    assert not line.of(CallDisconnected) and not line.of(CallFlashed)


def test_metering_pulses_are_told():
    line = rig()
    call = dialled(line)
    line.at(0, sig.BatteryReceived(1, 2))
    for n in range(3):
        line.at(1000 + 3000 * n, sig.MeteringReceived(1, 150_000_000))
    line.run(10)
    assert [(e.call, e.pulses) for e in line.of(CallMetered)] == [(call, 1)] * 3


def test_lines_are_used_in_turn_and_none_is_left():
    engine = FxoTrunk(FxoConfig((1, 2, 3)))
    line = LineRig(engine, (1, 2, 3))
    line.show(sig.InUseReceived(2, True))
    for _ in range(3):
        line.request(engine.place, CallRequest(PartyNumber("1")))
    assert line.loop == {1: True, 2: False, 3: True}
    assert [e.cause for e in line.of(CallReleased)] == [34]


def test_settings():
    for row in CHOICES.values():
        with pytest.raises(ConfigError, match=f"{row.name} = 'nonsense'"):
            FxoConfig((1,), settings={row.name: "nonsense"})
    for number in NUMBERS.values():
        with pytest.raises(ConfigError, match=number.name):
            FxoConfig((1,), settings={number.name: number.most * 2 + 1})
        assert number.least <= number.default <= number.most
    with pytest.raises(ConfigError, match="no setting colour"):
        FxoConfig((1,), settings={"colour": 1})
    with pytest.raises(ConfigError, match="no tones of country"):
        FxoConfig((1,), "zz")
