"""Ringing, ring trip and ground start on the simulated board's analog ports."""

from __future__ import annotations

import pathlib
import sys

import pytest

from trunkd.board.line import (
    Battery,
    BatteryChanged,
    Feed,
    GroundChanged,
    HookChanged,
    RingChanged,
    Ringing,
)
from trunkd.drivers.sim.line_config import LineConfig

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from analog_lab import FXO, FXS, TAP, Lab

# ---- ringing -----------------------------------------------------------------------------------


@pytest.mark.parametrize("hz", [16.7, 20, 25, 30, 50, 60, 68])
def test_ringing_is_told_after_two_cycles_with_its_frequency(hz: float) -> None:
    lab = Lab()
    lab.run(20)
    lab.fxs.feed(Feed.RINGING, Ringing(hz, 80))
    lab.run(1000)
    lab.fxs.feed(Feed.NORMAL)
    lab.run(200)
    for port in (FXO, TAP):
        on, off = lab.of(RingChanged, port)
        assert on.on and not off.on
        assert 0 <= on.time / 1e6 - 20 - 2000 / hz <= 1
        assert on.hz == pytest.approx(hz, rel=0.01)
        # 7000 ohms behind 400 and 200.
        assert on.volts == pytest.approx(80 * 7000 / 7600, rel=0.03)
        assert 1000 / hz >= 1120 - off.time / 1e6 >= -1
    assert not lab.of(HookChanged) and not lab.of(BatteryChanged)


def test_weak_ringing_is_not_told() -> None:
    lab = Lab()
    lab.fxs.feed(Feed.RINGING, Ringing(25, 42))
    lab.run(1000)
    assert not lab.seen
    assert lab.fxo.measure().ring_volts == pytest.approx(42 * 7000 / 7600, rel=1e-4)


def test_many_ringers_weaken_ringing() -> None:
    lab = Lab(LineConfig(loop_ohms=1000, ren=4))
    lab.fxs.feed(Feed.RINGING, Ringing(25, 75))
    lab.run(500)
    assert not lab.of(RingChanged)
    assert lab.fxo.measure().ring_volts == pytest.approx(75 * 1400 / 2800, rel=1e-4)


def test_a_burst_shorter_than_two_cycles_is_not_told() -> None:
    lab = Lab()
    lab.fxs.feed(Feed.RINGING, Ringing(25, 75))
    lab.run(70)
    lab.fxs.feed(Feed.NORMAL)
    lab.run(300)
    assert not lab.seen


@pytest.mark.parametrize("at", range(0, 44, 4))
@pytest.mark.parametrize("hz, loop_ohms", [(25, 0), (25, 1500), (17, 800), (50, 300)])
def test_answer_in_the_on_cadence_trips_ringing(hz: float, loop_ohms: float, at: int) -> None:
    lab = Lab(LineConfig(wire="none", loop_ohms=loop_ohms, ren=3))
    lab.fxs.feed(Feed.RINGING, Ringing(hz, 75))
    lab.run(300 + at)
    lab.fxo.loop(True)
    lab.run(400)
    ((time, off),) = lab.told(HookChanged, FXS, "off")
    assert off and 10 <= time - 300 - at < 200
    assert lab.fxo.measure().ring_volts == 0 and lab.fxs.measure().milliamps > 10
    assert [e.on for e in lab.of(RingChanged, FXO)] in ([], [True, False])


@pytest.mark.parametrize("ren", [0, 1, 3, 5])
@pytest.mark.parametrize("hz", [16.7, 20, 25, 50, 68])
def test_ringers_alone_do_not_trip_ringing(hz: float, ren: float) -> None:
    lab = Lab(LineConfig(wire="none", loop_ohms=0, ren=ren))
    for _ in range(3):
        lab.fxs.feed(Feed.RINGING, Ringing(hz, 100))
        lab.run(1000)
        lab.fxs.feed(Feed.NORMAL)
        lab.run(230)
    assert not lab.of(HookChanged)


@pytest.mark.parametrize("hz, other", [(50, 17), (68, 20), (17, 50)])
def test_ringing_of_another_frequency_does_not_trip_itself(hz: float, other: float) -> None:
    lab = Lab(LineConfig(wire="none", loop_ohms=0, ren=4))
    lab.fxs.feed(Feed.RINGING, Ringing(hz, 100))
    lab.run(503)
    lab.fxs.feed(Feed.RINGING, Ringing(other, 100))
    lab.run(1000)
    assert not lab.of(HookChanged)
    lab.fxo.loop(True)
    lab.run(200)
    assert [e.off for e in lab.of(HookChanged, FXS)] == [True]


@pytest.mark.parametrize("hz", [10, 13, 50, 100])
def test_a_power_line_on_a_line_that_rings_does_not_trip_it(hz: float) -> None:
    lab = Lab(LineConfig(wire="none", loop_ohms=0, ren=4))
    lab.fxs.feed(Feed.RINGING, Ringing(30, 60))
    lab.run(300)
    lab.cable.power_cross(300, hz)
    lab.run(1000)
    assert not lab.of(HookChanged)
    lab.fxo.loop(True)
    lab.run(300)
    assert [e.off for e in lab.of(HookChanged, FXS)] == [True]


def test_answer_in_the_off_cadence() -> None:
    lab = Lab()
    lab.fxs.feed(Feed.RINGING, Ringing())
    lab.run(1000)
    lab.fxs.feed(Feed.NORMAL)
    lab.run(500)
    lab.fxo.loop(True)
    lab.run(10)
    assert lab.told(HookChanged, FXS, "off") == [(1502.0, True)]


def test_a_short_pulse_does_not_trip_ringing() -> None:
    lab = Lab()
    lab.fxs.feed(Feed.RINGING, Ringing())
    lab.run(400)
    lab.fxo.loop(True)
    lab.run(6)
    lab.fxo.loop(False)
    lab.run(200)
    assert not lab.of(HookChanged, FXS)


# ---- ground start ------------------------------------------------------------------------------


def test_ground_start_both_ways() -> None:
    lab = Lab()
    lab.fxs.feed(Feed.TIP_OPEN)
    lab.run(20)
    assert lab.fxo.battery() is Battery.ABSENT
    assert lab.told(GroundChanged, FXO, "on") == [(2.0, False)]
    lab.fxo.loop(True)
    lab.run(20)
    assert not lab.of(HookChanged)
    lab.fxo.ground(True)
    lab.run(20)
    assert lab.told(GroundChanged, FXS, "on") == [(42.0, True)]
    lab.fxs.feed(Feed.NORMAL)
    lab.run(20)
    assert lab.told(GroundChanged, FXO, "on")[1:] == [(62.0, True)]
    assert lab.fxo.battery() is Battery.NORMAL and lab.fxs.off_hook()
    lab.fxo.ground(False)
    lab.run(20)
    assert lab.told(GroundChanged, FXS, "on")[1:] == [(82.0, False)]


def test_crossed_wires_make_no_ground_start() -> None:
    lab = Lab(LineConfig(crossed=True))
    lab.fxs.feed(Feed.TIP_OPEN)
    lab.run(20)
    lab.fxo.ground(True)
    lab.run(50)
    assert not lab.of(GroundChanged, FXS)


# ---- line tests --------------------------------------------------------------------------------


@pytest.mark.parametrize("ren", [0, 2, 4])
def test_the_ringers_are_measured_while_it_rings(ren: float) -> None:
    lab = Lab(LineConfig(wire="none", loop_ohms=500, ren=ren))
    assert lab.fxs.measure().ohms == float("inf")
    lab.fxs.feed(Feed.RINGING, Ringing(20, 90))
    lab.run(100)
    assert lab.fxs.measure().ohms == pytest.approx(500 + 7000 / (1 + ren), rel=2e-3)
    lab.fxs.feed(Feed.NORMAL)
    lab.run(10)
    lab.fxo.loop(True)
    lab.run(10)
    assert lab.fxs.measure().ohms == pytest.approx(500 + 300, rel=1e-3)
