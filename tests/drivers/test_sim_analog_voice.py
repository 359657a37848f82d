"""Voice over analog lines: levels, echo, noise, caller ID on hook, taps, pulses that are heard."""

from __future__ import annotations

import math
import pathlib
import sys

import numpy as np
import pytest

from trunkd.board.line import Feed, HookChanged, PulseShape, Ringing
from trunkd.board.media import EchoCancelling, Listen
from trunkd.board.media_events import DigitHeard, FskHeard
from trunkd.board.model import Law
from trunkd.drivers.sim.line_config import LineConfig
from trunkd.native import wrap, wrap_fsk, wrap_tones

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from analog_lab import FXO, FXS, TAP, Lab, level, sine

QUIET = -65


def flat(**other) -> LineConfig:
    return LineConfig(wire="none", loop_ohms=300, **other)


def talking(line: LineConfig | None = None, **span) -> Lab:
    """Off hook, both ends open for voice."""
    lab = Lab(line or flat(), **span)
    lab.open()
    lab.fxo.loop(True)
    lab.run(50)
    return lab


# ---- levels ------------------------------------------------------------------------------------


@pytest.mark.parametrize("hz", [300, 1020, 3400])
@pytest.mark.parametrize("dbm0", [0, -10, -30])
def test_flat_line_both_ways(hz: float, dbm0: float) -> None:
    lab = talking()
    heard = lab.talk(fxs=sine(hz, dbm0))
    assert level(heard[FXO], hz) == pytest.approx(dbm0, abs=0.5)
    assert level(heard[TAP], hz) == pytest.approx(dbm0, abs=0.5)
    assert level(heard[FXS], hz) < dbm0 - 26
    heard = lab.talk(fxo=sine(hz, dbm0))
    assert level(heard[FXS], hz) == pytest.approx(dbm0, abs=0.5)
    assert level(heard[TAP], hz) == pytest.approx(dbm0, abs=0.5)
    assert level(heard[FXO], hz) < dbm0 - 26


def test_two_way_talk() -> None:
    lab = talking()
    heard = lab.talk(fxs=sine(700, -12), fxo=sine(1900, -16))
    assert level(heard[FXO], 700) == pytest.approx(-12, abs=0.5)
    assert level(heard[FXS], 1900) == pytest.approx(-16, abs=0.5)
    assert level(heard[FXO], 1900) < -42 and level(heard[FXS], 700) < -38
    assert level(heard[TAP], 700) == pytest.approx(-12, abs=0.5)
    assert level(heard[TAP], 1900) == pytest.approx(-16, abs=0.5)


@pytest.mark.parametrize("loss", [0, 2, 4, 8, 15])
def test_loss_and_tilt(loss: float) -> None:
    lab = talking(LineConfig(loop_ohms=500, loss_db=loss))
    levels = {hz: level(lab.talk(fxs=sine(hz, -5))[FXO], hz) for hz in (300, 1020, 3400)}
    # Between 600 ohms, which are not the cable's own impedance.
    assert -5 - levels[1020] == pytest.approx(loss, abs=2.2)
    if loss >= 2:
        assert levels[300] > levels[1020] > levels[3400]
        # An RC line of that loss has 0.83 times as much more at 3400 Hz.
        assert levels[1020] - levels[3400] == pytest.approx(0.8 * loss, abs=0.2 * loss + 0.6)


def test_loss_follows_the_loop() -> None:
    levels = []
    for ohms in (100, 600, 1200):
        lab = talking(LineConfig(loop_ohms=ohms))
        levels.append(level(lab.talk(fxs=sine(1020, -5))[FXO], 1020))
    assert levels[0] > levels[1] > levels[2] and -14 < levels[2] < -10


@pytest.mark.parametrize("ours, least, most", [("600", 26, 40), ("cn", 10, 17), ("900", 11, 16)])
def test_echo_is_the_mismatch(ours: str, least: float, most: float) -> None:
    lab = talking()
    lab.fxs.impedance(ours)
    lab.run(5)
    loss = -10 - level(lab.talk(fxs=sine(1020, -10))[FXS], 1020)
    assert least < loss < most
    lab.fxo.impedance(ours)
    lab.run(5)
    assert -10 - level(lab.talk(fxs=sine(1020, -10))[FXS], 1020) > 26


def test_mu_law_port() -> None:
    lab = Lab(flat())
    lab.open(Law.MU)
    lab.fxo.loop(True)
    lab.run(50)
    for port in (FXS, FXO, TAP):
        lab.slots[port].record(2400)
    lab.slots[FXS].play(wrap.ulaw_encode(sine(1020, -10).tobytes()))
    lab.run(320)
    heard = np.frombuffer(wrap.ulaw_decode(lab.slots[FXO].recorded()), np.int16).astype(float)
    assert level(heard, 1020) == pytest.approx(-10, abs=0.5)


# ---- silence -----------------------------------------------------------------------------------


def test_idle_ports_hear_the_idle_octet() -> None:
    for law, octet in ((Law.A, 0xD5), (Law.MU, 0xFF)):
        lab = Lab()
        lab.open(law)
        lab.run(20)
        lab.slots[FXO].record(800)
        lab.run(110)
        assert lab.slots[FXO].recorded() == bytes([octet]) * 800


def test_what_was_said_ends() -> None:
    lab = talking()
    heard = lab.talk(fxs=sine(1020, 0, 800))
    assert np.all(np.abs(heard[FXO][900:]) <= 8)


def test_noise_and_hum_are_heard_by_all() -> None:
    lab = talking(flat(noise_dbm0=-50))
    heard = lab.talk(fxs=np.zeros(2400, np.int16))
    for port in (FXS, FXO, TAP):
        assert level(heard[port]) == pytest.approx(-50, abs=0.7)
    lab.cable.noise(None)
    lab.cable.hum(-30)
    lab.run(10)
    heard = lab.talk(fxs=np.zeros(2400, np.int16))
    for port in (FXS, FXO, TAP):
        assert level(heard[port], 50) == pytest.approx(-30, abs=0.3)
        assert level(heard[port], 150) == pytest.approx(-40, abs=0.3)
    lab.cable.hum(None)
    lab.run(10)
    assert np.all(np.abs(lab.talk(fxs=np.zeros(800, np.int16))[FXO]) <= 8)


def test_noise_is_the_same_from_the_same_seed() -> None:
    heard = [talking(flat(noise_dbm0=-40)).talk(fxs=np.zeros(800, np.int16))[FXO] for _ in range(2)]
    assert np.array_equal(*heard)


# ---- hook and feed -----------------------------------------------------------------------------


def test_on_hook_the_fxo_hears_and_does_not_speak() -> None:
    lab = Lab(flat())
    lab.open()
    heard = lab.talk(fxs=sine(1020, -10), fxo=sine(700, -10))
    assert level(heard[FXO], 1020) == pytest.approx(-10, abs=0.5)
    for port in (FXS, FXO, TAP):
        assert level(heard[port], 700) < QUIET
    # Nobody loads the line: twice the voltage.
    assert level(heard[TAP], 1020) == pytest.approx(-4, abs=0.5)
    lab.fxo.monitor(False)
    lab.run(2)
    assert level(lab.talk(fxs=sine(1020, -10))[FXO]) < QUIET
    lab.fxo.monitor(True)
    lab.run(2)
    assert level(lab.talk(fxs=sine(1020, -10))[FXO], 1020) == pytest.approx(-10, abs=0.5)


@pytest.mark.parametrize("feed", [Feed.OPEN, Feed.TIP_OPEN, Feed.RINGING])
def test_no_voice_without_battery(feed: Feed) -> None:
    lab = Lab(flat())
    lab.open()
    lab.fxs.feed(feed, Ringing())
    lab.run(300)
    heard = lab.talk(fxs=sine(1020, -10))
    for port in (FXS, FXO, TAP):
        assert level(heard[port], 1020) < QUIET


def test_voice_on_reversed_battery() -> None:
    lab = talking()
    lab.fxs.feed(Feed.REVERSED)
    lab.run(50)
    heard = lab.talk(fxs=sine(1020, -10))
    assert level(heard[FXO], 1020) == pytest.approx(-10, abs=0.5)


def test_a_second_telephone_takes_3_5_db() -> None:
    lab = talking()
    before = level(lab.talk(fxs=sine(1020, -10))[FXO], 1020)
    lab.cable.parallel()
    lab.run(50)
    after = level(lab.talk(fxs=sine(1020, -10))[FXO], 1020)
    assert before - after == pytest.approx(3.5, abs=0.2)


def test_a_cut_line_carries_nothing() -> None:
    lab = talking()
    lab.cable.cut()
    lab.run(50)
    heard = lab.talk(fxs=sine(1020, -10), fxo=sine(700, -10))
    assert level(heard[FXO], 1020) < QUIET and level(heard[FXS], 700) < QUIET
    assert level(heard[TAP], 1020) < QUIET
    # What is left of the line reflects everything.
    assert level(heard[FXO], 700) == pytest.approx(-10, abs=0.5)
    assert level(heard[FXS], 1020) == pytest.approx(-10, abs=0.5)


def test_a_short_reflects_and_lets_nothing_pass() -> None:
    lab = talking()
    lab.cable.short()
    lab.run(50)
    heard = lab.talk(fxs=sine(1020, -10))
    assert level(heard[FXO], 1020) < QUIET
    assert level(heard[FXS], 1020) == pytest.approx(-10, abs=0.5)


def test_pulses_click_at_the_far_end() -> None:
    lab = talking()
    lab.slots[FXS].record(8000)
    begun = lab.ms
    lab.fxo.pulses("4", PulseShape(10, 60))
    lab.run(600)
    heard = np.abs(np.frombuffer(wrap.alaw_decode(lab.slots[FXS].recorded()), np.int16).astype(int))
    edges = [t - 2 - begun for t, _ in lab.told(HookChanged, FXS, "off") if t - 2 >= begun]
    assert len(edges) == 8
    for edge in edges:
        at = round(edge * 8)
        assert heard[at : at + 16].max() > 1000
        assert heard[at + 80 : at + 240].max() <= 16
    assert heard[:1].max() > 1000 or heard[:16].max() > 1000


def test_a_click_in_the_middle_of_a_block_is_heard_there() -> None:
    lab = Lab(block_ms=20)
    lab.open()
    lab.fxo.loop(True)
    lab.run(500)
    lab.slots[FXS].record(8000)
    begun = lab.ms
    lab.fxo.flash(105)
    lab.run(600)
    heard = np.abs(np.frombuffer(wrap.alaw_decode(lab.slots[FXS].recorded()), np.int16).astype(int))
    ended = 105 * 8
    assert lab.told(HookChanged, FXS, "off")[-1] == (begun + 107, True)
    assert heard[ended : ended + 16].max() > 1000
    assert heard[200:ended].max() <= 16 and heard[ended + 80 : 4000].max() <= 16


# ---- caller ID, digits -------------------------------------------------------------------------

MESSAGE = bytes([0x80, 11, 2, 9]) + b"073154321"
MODEMS = [(wrap_fsk.BELL202, True), (wrap_fsk.V23, False)]


@pytest.mark.parametrize("modem, bell", MODEMS)
@pytest.mark.parametrize(
    "line", [{"wire": "none"}, {"loop_ohms": 1200, "noise_dbm0": -55}], ids=str
)
def test_caller_id_before_ringing_is_heard_on_hook(modem: int, bell: bool, line: dict) -> None:
    lab = Lab(LineConfig(**line))
    lab.open()
    kind = Listen.FSK_BELL202 if bell else Listen.FSK_V23
    for port in (FXO, TAP):
        lab.slots[port].listen(kind)
    samples = wrap_fsk.fsk_samples(MESSAGE, modem, level=-14)
    lab.slots[FXS].play(wrap.alaw_encode(samples.tobytes()))
    lab.run(700)
    for port in (FXO, TAP):
        assert MESSAGE in _characters(lab, port)


def test_caller_id_between_rings() -> None:
    lab = Lab(LineConfig(loop_ohms=600))
    lab.open()
    lab.slots[FXO].listen(Listen.FSK_BELL202)
    lab.fxs.feed(Feed.RINGING, Ringing(20, 86))
    lab.run(2000)
    lab.fxs.feed(Feed.NORMAL)
    lab.run(500)
    samples = wrap_fsk.fsk_samples(MESSAGE, wrap_fsk.BELL202, level=-14)
    lab.slots[FXS].play(wrap.alaw_encode(samples.tobytes()))
    lab.run(900)
    lab.fxs.feed(Feed.RINGING, Ringing(20, 86))
    lab.run(500)
    assert MESSAGE in _characters(lab, FXO)


def test_digits_both_ways_and_at_the_tap() -> None:
    lab = talking(LineConfig(loop_ohms=800))
    for port in (FXS, FXO, TAP):
        lab.slots[port].listen(Listen.DTMF)
    lab.slots[FXO].play(wrap.alaw_encode(_dtmf("159#").tobytes()))
    lab.run(800)
    lab.slots[FXS].play(wrap.alaw_encode(_dtmf("480*").tobytes()))
    lab.run(800)
    digits = {
        port: "".join(e.digit for e in lab.of(DigitHeard, port) if not e.ended)
        for port in (FXS, FXO, TAP)
    }
    assert digits[FXS].startswith("159#") and digits[FXO].endswith("480*")
    assert digits[TAP] == "159#480*"


def _characters(lab: Lab, port: int) -> bytes:
    return bytes(e.octet for e in lab.of(FskHeard, port) if e.kind == wrap_fsk.OCTET)


def _dtmf(digits: str) -> np.ndarray:
    part = []
    for digit in digits:
        low, high = wrap_tones.frequencies(wrap_tones.DTMF, digit)
        part += [sine(low, -8, 640) + sine(high, -6, 640), np.zeros(560, np.int16)]
    return np.concatenate(part)


def test_full_level_is_not_folded() -> None:
    lab = talking()
    peak = 32767 * np.sign(np.sin(2 * math.pi * 400 * np.arange(2400) / 8000))
    heard = lab.talk(fxs=peak)[FXO]
    assert level(heard, 400) > 3.14 and np.max(np.abs(heard)) <= 32256


def test_the_echo_canceller_takes_the_ports_own_echo_away() -> None:
    lab = talking(LineConfig(loop_ohms=1200))
    rng = np.random.default_rng(3)
    said = np.clip(rng.normal(0, 2000, 16000), -20000, 20000).astype(np.int16)
    echo = level(lab.talk(fxo=said)[FXO][14000:])
    assert echo > -30
    lab.slots[FXO].cancel_echo(EchoCancelling())
    lab.run(10)
    assert level(lab.talk(fxo=said)[FXO][13000:]) < echo - 20


def test_a_power_line_hums() -> None:
    lab = talking()
    lab.cable.power_cross(100)
    lab.run(10)
    assert level(lab.talk(fxs=np.zeros(2400, np.int16))[FXO], 50) == pytest.approx(-20, abs=0.5)


def test_noise_that_nobody_hears_is_there_again_when_somebody_does() -> None:
    lab = Lab(flat(noise_dbm0=-40))
    lab.run(200)
    lab.open()
    lab.run(100)
    assert level(lab.talk(fxs=np.zeros(2400, np.int16))[FXO]) == pytest.approx(-40, abs=0.7)
