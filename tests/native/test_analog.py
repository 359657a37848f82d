"""The circuit of analog lines (analog_dc.c, analog_path.c) against Ohm's law in numpy."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from trunkd.drivers.line_rows import IMPEDANCES, WIRES, Impedance
from trunkd.native import wrap_analog as analog
from trunkd.native.wrap_engine import SPAN_ANALOG, SPAN_E1, Engine

MS = 1_000_000
BATTERY, FEED, LIMIT, HOLD = 48.0, 400.0, 0.023, 300.0
TELEPHONE, RINGER, ON_HOOK, ACROSS = 250.0, 7000.0, 5e6, 10e6
NEAR, FAR = 1.03, 0.97
"""How far the terminations of FXS and FXO are off their values."""


class Line:
    """FXS 1/1, FXO 1/2 and tap 1/3 on one line."""

    def __init__(
        self, near: str = "600", far: str = "600", tap: bool = True, **fields: float
    ) -> None:
        self.engine = Engine(1, 8, 1 << 16, True)
        assert self.engine.set_kind(1, SPAN_ANALOG) == 0
        for port, kind in enumerate((analog.FXS, analog.FXO, analog.TAP), 1):
            row = IMPEDANCES[near if port == 1 else far]
            assert self.port(port, kind, row) == 0
        self.fields = {
            "fxs_span": 1,
            "fxs_port": 1,
            "fxo_span": 1,
            "fxo_port": 2,
            "tap_span": int(tap),
            "tap_port": 3 * tap,
            "noise_dbm0": -1000,
            "hum_dbm0": -1000,
            **fields,
        }
        self.number = analog.add_line(self.engine, analog.line(self.fields))
        assert self.number == 1
        assert self.engine.start() == 0

    def port(self, number: int, kind: int, impedance: Impedance, **other: float) -> int:
        values = {
            "battery_volts": BATTERY,
            "feed_ohms": FEED,
            "limit_amps": LIMIT,
            "off_hook_amps": 0.01,
            "hold_ohms": HOLD,
            "ring_volts": 40,
            "ring_hz_min": 15,
            "ring_hz_max": 70,
            "ren": 1,
            **other,
        }
        return analog.set_port(self.engine, 1, number, kind, impedance.values, **values)

    def run(self, ms: int) -> None:
        end = self.engine.time() + ms * MS
        while self.engine.time() < end:
            self.engine.step(end)
            self.engine.events()

    def state(self, port: int) -> analog.State:
        state = analog.state(self.engine, 1, port)
        assert isinstance(state, analog.State)
        return state

    def response(self, which: int, off_hook: bool, hz: np.ndarray) -> np.ndarray:
        """Of a path, its delay taken out."""
        taps = np.array(analog.path(self.engine, 1, which, off_hook))
        n = np.arange(len(taps)) - analog.DELAY
        return np.exp(-2j * np.pi * np.outer(hz, n) / 8000) @ taps


# ---- direct current ----------------------------------------------------------------------------

STATES = [
    {"off": off, "parallel": parallel, "leak": leak, "short": short}
    for off, parallel, leak, short in itertools.product(
        (False, True), (False, True), (0, 1500, 100_000), (None, 0.0, 100.0)
    )
]


@pytest.mark.parametrize("state", STATES, ids=str)
@pytest.mark.parametrize("loop", [0, 350, 1800, 6000])
def test_ohms_law(state: dict, loop: float) -> None:
    faults = analog.PARALLEL * state["parallel"]
    faults |= analog.SHORT * (state["short"] is not None)
    line = Line(
        loop_ohms=loop, leak_ohms=state["leak"], short_ohms=state["short"] or 0, faults=faults
    )
    analog.loop(line.engine, 1, 2, state["off"])
    line.run(5)
    across = [ACROSS, HOLD if state["off"] else ON_HOOK]
    across += [TELEPHONE] if state["parallel"] else []
    across += [state["leak"]] if state["leak"] else []
    across += [max(state["short"], 0.01)] if state["short"] is not None else []
    far = 1 / np.sum(1 / np.array(across))
    amps = min(BATTERY / (FEED + loop + far), LIMIT)
    fxs, fxo, tap = (line.state(port) for port in (1, 2, 3))
    assert fxs.amps == pytest.approx(amps, rel=1e-9)
    assert fxs.volts == pytest.approx(amps * (loop + far), rel=1e-9)
    assert fxo.volts == tap.volts == pytest.approx(amps * far, rel=1e-9)
    assert fxo.amps == pytest.approx(amps * far / HOLD if state["off"] else 0, rel=1e-9)
    assert bool(fxs.off_hook) is bool(amps >= 0.01)


@pytest.mark.parametrize("crossed", [False, True])
@pytest.mark.parametrize("feed, sign", [(1, 1), (2, -1), (0, 0), (4, 0)])
def test_polarity(feed: int, sign: int, crossed: bool) -> None:
    line = Line(loop_ohms=500, faults=analog.CROSSED * crossed)
    analog.loop(line.engine, 1, 2, True)
    analog.feed(line.engine, 1, 1, feed, 0, 0)
    line.run(20)
    at_fxo = sign * (-1 if crossed else 1)
    assert np.sign(line.state(1).volts) == np.sign(line.state(1).amps) == sign
    assert np.sign(line.state(2).volts) == np.sign(line.state(2).amps) == at_fxo
    assert line.state(2).battery == line.state(3).battery == {0: 0, 1: 1, -1: 2}[at_fxo]


@pytest.mark.parametrize("loop, ren, extra", [(0, 1, 0), (1000, 0.5, 2), (300, 3, 5)])
def test_ringing_voltage(loop: float, ren: float, extra: float) -> None:
    line = Line(loop_ohms=loop, ren=extra, tap=False)
    # Another FXO with that many ringers takes the place of the first.
    engine = line.engine = Engine(1, 8, 1 << 16, True)
    engine.set_kind(1, SPAN_ANALOG)
    assert line.port(1, analog.FXS, IMPEDANCES["600"]) == 0
    assert line.port(2, analog.FXO, IMPEDANCES["600"], ren=ren) == 0
    assert analog.add_line(engine, analog.line(line.fields)) == 1
    engine.start()
    analog.feed(engine, 1, 1, 3, 20, 90)
    line.run(3)
    load = 1 / (ren / RINGER + extra / RINGER)
    amps = 90 / (FEED + loop + load)
    assert line.state(2).ring_volts == pytest.approx(amps * load, rel=1e-9)
    assert line.state(1).ring_volts == pytest.approx(amps * (load + loop), rel=1e-9)
    assert line.state(1).ring_hz == line.state(2).ring_hz == 20


# ---- voice: reflections and loss ---------------------------------------------------------------

HZ = np.arange(300, 3401, 50.0)


def at(name: str) -> np.ndarray:
    return np.array([IMPEDANCES[name].at(hz) for hz in HZ])


def beside(*ohms: np.ndarray | float) -> np.ndarray:
    return 1 / sum(1 / np.asarray(z, complex) for z in ohms)


class Ladder:
    """A cable of 200 sections of resistance and capacity: no formula of the code under test."""

    def __init__(self, ohms: float, farads: float, sections: int = 200) -> None:
        self.steps = [(ohms / sections, 2j * np.pi * HZ * farads / sections)] * sections

    def drive(self, source: np.ndarray, load: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Voltages at both ends for 1 V behind ``source``, with ``load`` at the far end."""
        volts, amps = np.ones(len(HZ), complex), 1 / load
        for ohms, siemens in self.steps:
            amps = amps + volts * siemens / 2
            volts = volts + amps * ohms
            amps = amps + volts * siemens / 2
        whole = volts + amps * source
        return volts / whole, 1 / whole


def close(one: np.ndarray, other: np.ndarray) -> float:
    """The largest difference, in dB of full level."""
    return 20 * math.log10(max(float(np.max(np.abs(one - other))), 1e-9))


@pytest.mark.parametrize("near, far", list(itertools.product(IMPEDANCES, IMPEDANCES)))
def test_reflection_of_every_pair_of_impedances(near: str, far: str) -> None:
    line = Line(near, far)
    source, load = at(near) * NEAR, beside(at(far) * FAR, 1e6, 1e7)
    expected = (load - source) / (load + source)
    assert close(line.response(analog.ECHO_FXS, True, HZ), expected) < -38
    back = beside(source, 1e6)
    there = (back - at(far) * FAR) / (back + at(far) * FAR)
    assert close(line.response(analog.ECHO_FXO, True, HZ), there) < -38
    forward = 2 * load / (load + source)
    assert close(line.response(analog.TO_FXO, True, HZ), forward) < -38
    assert close(line.response(analog.TAP_FXS, True, HZ), forward) < -38


@pytest.mark.parametrize("name", IMPEDANCES)
def test_return_loss_of_a_match_and_of_600_ohms(name: str) -> None:
    def loss(near: str, far: str) -> float:
        """Echo return loss, the mean power over the band (as G.122 B.4 does without weights)."""
        power = np.abs(Line(near, far).response(analog.ECHO_FXS, True, HZ)) ** 2
        return -10 * math.log10(float(np.mean(power)))

    assert loss(name, name) > 26
    if not name.startswith("600"):
        assert 3 < loss("600", name) < 22


@pytest.mark.parametrize("km", [0.5, 2, 5])
@pytest.mark.parametrize("wire", ["0.4", "0.6", "awg24"])
@pytest.mark.parametrize("impedance", ["600", "cn"])
def test_cable(wire: str, km: float, impedance: str) -> None:
    row = WIRES[wire]
    line = Line(impedance, impedance, cable_ohms=row.ohms * km, cable_farads=row.farads * km)
    ladder = Ladder(row.ohms * km, row.farads * km)
    source, load = at(impedance) * NEAR, at(impedance) * FAR
    near, far = ladder.drive(source, beside(load, 1e6, 1e7))
    assert close(line.response(analog.TO_FXO, True, HZ), 2 * far) < -45
    assert close(line.response(analog.ECHO_FXS, True, HZ), 2 * near - 1) < -45
    loss = -20 * math.log10(abs(far[HZ == 1000][0] * 2))
    # Against the attenuation between image impedances, which is what loss_db means.
    assert loss == pytest.approx(row.db_per_km(1000) * km, abs=1.6)


def test_on_hook_the_fxo_hears_and_does_not_speak() -> None:
    line = Line()
    open_line = beside(1e6, 100e3, 1e7)
    source = at("600") * NEAR
    heard = open_line / (open_line + source)
    assert close(line.response(analog.TO_FXO, False, HZ), heard) < -40
    assert close(line.response(analog.ECHO_FXS, False, HZ), 2 * heard - 1) < -40
    for which in (analog.TO_FXS, analog.ECHO_FXO, analog.TAP_FXO):
        assert not np.any(analog.path(line.engine, 1, which, False))


def test_two_telephones_take_3_5_db() -> None:
    alone, two = Line(), Line(faults=analog.PARALLEL)
    levels = [
        20 * math.log10(abs(it.response(analog.TO_FXO, True, np.array([1020.0]))[0]))
        for it in (alone, two)
    ]
    assert levels[0] - levels[1] == pytest.approx(3.5, abs=0.15)


def test_nothing_passes_a_cut_line() -> None:
    line = Line(faults=analog.CUT, cable_ohms=300, cable_farads=50e-9)
    for which in (analog.TO_FXO, analog.TO_FXS, analog.TAP_FXS):
        assert not np.any(analog.path(line.engine, 1, which, True))
    assert close(line.response(analog.ECHO_FXS, True, HZ), np.ones(len(HZ))) < -40


def test_wrong_numbers() -> None:
    line = Line()
    engine = line.engine
    assert analog.set_line(engine, 2, analog.line(line.fields)) == -19
    assert analog.set_line(engine, 1, analog.line({**line.fields, "loop_ohms": -1})) == -22
    assert analog.set_line(engine, 1, analog.line({**line.fields, "faults": 16})) == -22
    assert analog.add_line(engine, analog.line(line.fields)) == -16
    assert line.port(4, analog.FXS, IMPEDANCES["600"]) == -16
    assert analog.state(engine, 1, 4) == analog.state(engine, 2, 1) == -19
    assert analog.state(engine, 1, 32) == analog.loop(engine, 1, 0, True) == -19
    assert analog.path(engine, 2, 0, True) == []


@pytest.mark.parametrize(
    "other",
    [
        {"battery_volts": 10},
        {"feed_ohms": 0},
        {"limit_amps": 1},
        {"off_hook_amps": 0.05},
        {"battery_volts": math.nan},
    ],
    ids=str,
)
def test_a_port_out_of_range(other: dict) -> None:
    line = Line()
    line.engine = Engine(1, 8, 1 << 16, True)
    assert line.port(1, analog.FXS, IMPEDANCES["600"]) == -19
    line.engine.set_kind(1, SPAN_ANALOG)
    assert line.port(1, analog.FXS, IMPEDANCES["600"], **other) == -22
    assert line.port(1, analog.FXS, Impedance(10)) == -22
    assert line.port(1, 9, IMPEDANCES["600"]) == -22
    assert line.port(1, analog.FXS, IMPEDANCES["600"]) == 0
    assert line.port(1, analog.FXS, IMPEDANCES["600"]) == -16


def test_a_span_with_ports_stays_analog() -> None:
    line = Line()
    line.engine = Engine(2, 8, 1 << 16, True)
    assert line.engine.set_kind(1, SPAN_ANALOG) == line.engine.set_kind(2, SPAN_ANALOG) == 0
    assert line.port(1, analog.FXS, IMPEDANCES["600"]) == 0
    assert line.engine.set_kind(1, SPAN_E1) == -16
    assert line.engine.set_kind(1, SPAN_ANALOG) == 0


def test_a_span_that_was_analog_hears_its_line() -> None:
    engine = Engine(2, 8, 1 << 16, True)
    assert engine.set_kind(1, SPAN_ANALOG) == engine.set_kind(1, SPAN_E1) == 0
    assert engine.line_connect(2, 1) == 0
    assert engine.start() == 0
    assert engine.open_voice(1, 5, False, 0xD5) == engine.open_voice(2, 5, False, 0xD5) == 0
    for ms in range(100):
        engine.step(ms * MS)
    code, kept = engine.play(2, 5, b"\x2a" * 800, 1)
    recorded, heard = engine.record(1, 5, 800, 2)
    assert code == recorded == 0
    for ms in range(100, 220):
        engine.step(ms * MS)
    assert kept is not None
    assert engine.octets(heard, 800).count(b"\x2a") > 700
