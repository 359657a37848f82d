"""Analog ports of the simulated board: every method and event of board/line.py, with its times."""

from __future__ import annotations

import math
import pathlib
import sys

import pytest

from trunkd.board.line import (
    Battery,
    BatteryChanged,
    Feed,
    HookChanged,
    InUseChanged,
    LineSent,
    MeteringPulse,
    PortKind,
    PulseShape,
    RingChanged,
    Ringing,
)
from trunkd.board.model import Feature, HdlcConfig, Loopback, SpanKind
from trunkd.drivers.sim.line_config import LineConfig
from trunkd.errors import DriverError, LocalError

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from analog_lab import FXO, FXS, TAP, Lab

# ---- what there is -----------------------------------------------------------------------------


def test_the_board_shows_its_ports() -> None:
    lab = Lab()
    assert Feature.ANALOG in lab.board.features
    assert lab.board.span(1).kind is SpanKind.ANALOG
    assert [lab.line(port).kind for port in (1, 2, 3)] == [
        PortKind.FXS,
        PortKind.FXO,
        PortKind.TAP,
    ]
    assert lab.slots[4].line is None and lab.slots[0].line is None
    assert not lab.board.span(1).alarms


def test_the_state_at_start_is_there_without_events() -> None:
    lab = Lab()
    assert lab.fxo.battery() is lab.fxs.battery() is lab.tap.battery() is Battery.NORMAL
    assert not (lab.fxs.off_hook() or lab.fxo.off_hook() or lab.tap.off_hook())
    lab.run(200)
    assert not lab.seen


def test_ports_carry_voice_alone() -> None:
    lab = Lab()
    with pytest.raises(LocalError, match=r"span 1 timeslot 1 is an analog port: .*open_voice"):
        lab.slots[FXS].open_hdlc(HdlcConfig())
    with pytest.raises(LocalError, match=r"timeslot 4 is no port: name it in .*'ports'"):
        lab.slots[4].open_voice()
    with pytest.raises(LocalError, match="is an analog port: it carries voice"):
        lab.slots[FXS].set_bits(5)
    with pytest.raises(LocalError, match="is analog: it has no loopback"):
        lab.board.span(1).set_loopback(Loopback.LOCAL)
    lab.slots[FXO].open_voice()


WRONG_KIND = [
    (FXO, lambda line: line.feed(Feed.OPEN), "is an FXO and cannot feed a line"),
    (TAP, lambda line: line.feed(Feed.OPEN), "is a tap and cannot feed"),
    (FXS, lambda line: line.loop(True), "is an FXS and cannot close a loop"),
    (FXS, lambda line: line.ground(True), "cannot ground the ring"),
    (FXS, lambda line: line.pulses("1", PulseShape()), "cannot dial by pulses"),
    (TAP, lambda line: line.flash(90), "is a tap and cannot flash"),
    (FXO, lambda line: line.metering(100), "cannot send metering pulses"),
    (FXS, lambda line: line.monitor(True), "cannot keep a voice path on hook"),
    (FXO, lambda line: line.lamp(True), "cannot light a lamp"),
    (TAP, lambda line: line.impedance("600"), "is a tap and cannot have an impedance"),
    (FXS, lambda line: line.impedance("700"), "no impedance '700': give one of 600, 900,"),
    (FXS, lambda line: line.feed(Feed.RINGING), "Feed.RINGING needs a Ringing"),
    (FXS, lambda line: line.feed(Feed.RINGING, Ringing(80)), "give 15 to 70 Hz and 10 to 120 V"),
    (FXS, lambda line: line.flash(0), "a flash of 0 ms: give 1 to 10000"),
    (FXS, lambda line: line.flash(-1), "a flash of -1 ms: give 1 to 10000"),
    (FXS, lambda line: line.flash(1 << 40), "give 1 to 10000"),
    (FXS, lambda line: line.metering(-5), "metering of -5 ms at 16000 Hz: give 1 to 10000 ms"),
    (FXS, lambda line: line.metering(50, -1), "at -1 Hz: give 1 to 10000 ms, and 12000 or"),
    (FXS, lambda line: line.metering(100, 14000), "give 1 to 10000 ms, and 12000 or 16000"),
    (FXO, lambda line: line.pulses("1", PulseShape()), "is on hook: close the loop to dial"),
    (FXO, lambda line: line.flash(90), "is on hook: close the loop to flash"),
]


@pytest.mark.parametrize("port, call, message", WRONG_KIND, ids=[m for _, _, m in WRONG_KIND])
def test_what_a_port_cannot_do(port: int, call, message: str) -> None:
    with pytest.raises(LocalError, match=message):
        call(Lab().line(port))


@pytest.mark.parametrize(
    "digits, shape",
    [
        ("", PulseShape()),
        ("1a", PulseShape()),
        ("１", PulseShape()),
        ("1" * 33, PulseShape()),
        ("1\0002", PulseShape()),
        ("1", PulseShape(interdigit_ms=-1)),
        ("1", PulseShape(pps=0.5)),
        ("1", PulseShape(break_percent=95)),
        ("1", PulseShape(interdigit_ms=20000)),
    ],
)
def test_wrong_pulses(digits: str, shape: PulseShape) -> None:
    lab = Lab()
    lab.fxo.loop(True)
    with pytest.raises(LocalError, match="give 1 to 32 digits 0 to 9, 1 to 50 pulses"):
        lab.fxo.pulses(digits, shape)


# ---- hook, battery, polarity -------------------------------------------------------------------


def test_hook() -> None:
    lab = Lab()
    lab.run(10)
    lab.fxo.loop(True)
    assert lab.fxo.off_hook() and not lab.fxs.off_hook()
    lab.run(50)
    lab.fxo.loop(False)
    lab.run(50)
    expected = [(12.0, True), (62.0, False)]
    assert lab.told(HookChanged, FXS, "off") == lab.told(HookChanged, TAP, "off") == expected
    assert not lab.of(HookChanged, FXO) and len(lab.seen) == 4


def test_off_hook_is_seen_by_fxs_and_tap() -> None:
    lab = Lab()
    lab.fxo.loop(True)
    lab.run(3)
    assert lab.fxs.off_hook() and lab.tap.off_hook() and lab.fxo.off_hook()


@pytest.mark.parametrize("off_hook", [False, True])
def test_reversal_is_told_after_5_ms_and_is_no_hook(off_hook: bool) -> None:
    lab = Lab()
    lab.fxo.loop(off_hook)
    lab.run(20)
    lab.seen.clear()
    lab.fxs.feed(Feed.REVERSED)
    lab.run(100)
    lab.fxs.feed(Feed.NORMAL)
    lab.run(100)
    expected = [(25.0, Battery.REVERSED), (125.0, Battery.NORMAL)]
    assert lab.told(BatteryChanged, FXO, "battery") == expected
    assert lab.told(BatteryChanged, TAP, "battery") == expected
    assert len(lab.seen) == 4


def test_a_reversal_of_4_ms_is_not_told() -> None:
    lab = Lab()
    lab.fxs.feed(Feed.REVERSED)
    lab.run(4)
    lab.fxs.feed(Feed.NORMAL)
    lab.run(50)
    assert not lab.seen


def test_battery_drop_by_feed_and_by_flash() -> None:
    lab = Lab()
    lab.fxo.loop(True)
    lab.run(20)
    lab.seen.clear()
    lab.fxs.feed(Feed.OPEN)
    assert lab.fxs.battery() is Battery.ABSENT
    lab.run(80)
    lab.fxs.feed(Feed.NORMAL)
    lab.run(100)
    lab.fxs.flash(200, 5)
    lab.run(300)
    assert lab.told(BatteryChanged, FXO, "battery") == [
        (25.0, Battery.ABSENT),
        (105.0, Battery.NORMAL),
        (205.0, Battery.ABSENT),
        (405.0, Battery.NORMAL),
    ]
    assert lab.told(HookChanged, FXS, "off") == [
        (22.0, False),
        (102.0, True),
        (202.0, False),
        (402.0, True),
    ]
    assert lab.told(LineSent, FXS, "tag") == [(400.0, 5)]


def test_crossed_wires() -> None:
    lab = Lab(LineConfig(crossed=True))
    assert lab.fxo.battery() is Battery.REVERSED and lab.fxs.battery() is Battery.NORMAL
    lab.cable.reverse(False)
    lab.run(10)
    assert lab.fxo.battery() is Battery.NORMAL


# ---- pulses, flash, metering -------------------------------------------------------------------


@pytest.mark.parametrize("block_ms", [1, 7, 20])
@pytest.mark.parametrize(
    "pps, percent", [(8, 50), (10, 61.5), (12, 75), (16, 66.7), (20, 60), (22, 80)]
)
def test_pulses_are_exact_to_the_sample(pps: float, percent: float, block_ms: int) -> None:
    lab = Lab(block_ms=block_ms)
    lab.fxo.loop(True)
    lab.run(50 * block_ms)
    lab.seen.clear()
    begun = lab.ms
    lab.fxo.pulses("302", PulseShape(pps, percent, 640), 9)
    lab.run(20 * block_ms * math.ceil(4000 / 20 / block_ms))
    period, made = 1000 / pps, 1000 / pps * (1 - percent / 100)
    expected, at = [], 0.0
    for digit in (3, 10, 2):
        for _ in range(digit):
            expected += [(at, False), (at + period - made, True)]
            at += period
        at += 640 - made
    told = [(t - begun - 2, off) for t, off in lab.told(HookChanged, FXS, "off")]
    assert [off for _, off in told] == [off for _, off in expected]
    assert all(abs(t - e) <= 0.125 for (t, _), (e, _) in zip(told, expected, strict=True))
    (sent,) = lab.told(LineSent, FXO, "tag")
    assert sent[0] - begun == pytest.approx(at - 640 + made, abs=0.125) and sent[1] == 9


def test_one_thing_is_sent_at_a_time() -> None:
    lab = Lab()
    lab.fxo.loop(True)
    lab.run(10)
    lab.fxo.pulses("1", PulseShape())
    with pytest.raises(LocalError, match=r"is sending pulses, .*: wait for its LineSent"):
        lab.fxo.flash(90)
    lab.run(150)
    assert len(lab.of(LineSent)) == 1
    lab.fxo.flash(90, 2)
    lab.run(100)
    assert lab.of(LineSent)[1].tag == 2


def test_going_on_hook_ends_pulses() -> None:
    lab = Lab()
    lab.fxo.loop(True)
    lab.run(10)
    lab.fxo.pulses("0", PulseShape(), 4)
    lab.run(330)
    lab.fxo.loop(False)
    lab.run(100)
    assert lab.told(LineSent, FXO, "tag") == [(340.0, 4)]
    assert not lab.fxs.off_hook()
    lab.fxo.loop(True)
    lab.run(10)
    assert lab.fxs.off_hook()


@pytest.mark.parametrize("ms", [1, 3, 80, 300, 800])
def test_hookflash(ms: int) -> None:
    lab = Lab()
    lab.fxo.loop(True)
    lab.run(100)
    lab.seen.clear()
    lab.fxo.flash(ms, 3)
    lab.run(ms + 50)
    expected = [(102.0, False), (102.0 + ms, True)] if ms > 2 else []
    assert lab.told(HookChanged, FXS, "off") == expected
    assert lab.told(LineSent, FXO, "tag") == [(100.0 + ms, 3)]


@pytest.mark.parametrize("hz", [12000, 16000])
def test_metering(hz: int) -> None:
    lab = Lab()
    lab.fxo.loop(True)
    lab.run(100)
    lab.fxs.metering(150, hz, 6)
    lab.run(200)
    assert lab.told(MeteringPulse, FXO, "duration") == [(250.0, 150_000_000)]
    assert lab.told(LineSent, FXS, "tag") == [(250.0, 6)]


def test_metering_lasts_until_the_line_is_cut() -> None:
    lab = Lab()
    lab.fxs.metering(150)
    lab.run(60)
    lab.cable.cut()
    lab.run(150)
    assert lab.told(MeteringPulse, FXO, "duration") == [(60.0, 60_000_000)]


# ---- somebody else on the line -----------------------------------------------------------------


def test_in_use_on_hook() -> None:
    lab = Lab()
    lab.run(10)
    lab.cable.parallel()
    lab.run(100)
    lab.cable.parallel(False)
    lab.run(100)
    assert lab.told(InUseChanged, FXO, "in_use") == [(30.0, True), (130.0, False)]
    assert lab.told(HookChanged, FXS, "off") == [(12.0, True), (112.0, False)]
    assert lab.told(HookChanged, TAP, "off") == [(12.0, True), (112.0, False)]


@pytest.mark.parametrize("loop_ohms", [0, 500, 1500])
def test_another_telephone_while_we_hold_the_loop(loop_ohms: float) -> None:
    lab = Lab(LineConfig(loop_ohms=loop_ohms))
    lab.fxo.loop(True)
    lab.run(100)
    lab.cable.parallel()
    lab.run(100)
    lab.cable.parallel(False)
    lab.run(100)
    lab.cable.parallel()
    lab.run(100)
    expected = [(120.0, True), (220.0, False), (320.0, True)]
    assert lab.told(InUseChanged, FXO, "in_use") == expected


def test_we_join_another_telephone_and_it_leaves() -> None:
    lab = Lab(LineConfig(parallel=True))
    lab.run(50)
    lab.fxo.loop(True)
    lab.run(50)
    assert not lab.of(InUseChanged)
    lab.cable.parallel(False)
    lab.run(100)
    assert lab.told(InUseChanged, FXO, "in_use") == [(120.0, False)]


def test_our_own_pulses_and_flashes_are_not_somebody_else() -> None:
    lab = Lab()
    lab.fxo.loop(True)
    lab.run(20)
    lab.fxo.pulses("12", PulseShape())
    lab.run(1500)
    lab.fxo.flash(300)
    lab.run(500)
    assert not lab.of(InUseChanged) and not lab.of(BatteryChanged)


# ---- faults of the line ------------------------------------------------------------------------


def test_cut_and_mended() -> None:
    lab = Lab()
    lab.fxo.loop(True)
    lab.run(20)
    lab.seen.clear()
    lab.cable.cut()
    lab.run(50)
    assert lab.told(HookChanged, FXS, "off") == [(22.0, False)]
    assert lab.told(BatteryChanged, FXO, "battery") == [(25.0, Battery.ABSENT)]
    assert lab.fxo.off_hook()
    assert lab.fxs.measure().milliamps == 0
    lab.cable.mend()
    lab.run(50)
    assert lab.told(HookChanged, FXS, "off")[1:] == [(72.0, True)]
    assert lab.told(BatteryChanged, FXO, "battery")[1:] == [(75.0, Battery.NORMAL)]


def test_cut_while_it_rings() -> None:
    lab = Lab()
    lab.fxs.feed(Feed.RINGING, Ringing())
    lab.run(500)
    lab.cable.cut()
    lab.run(200)
    assert [e.on for e in lab.of(RingChanged, FXO)] == [True, False]
    assert lab.told(BatteryChanged, FXO, "battery") == [(505.0, Battery.ABSENT)]


def test_short() -> None:
    lab = Lab()
    lab.cable.short()
    lab.run(50)
    assert lab.fxs.off_hook() and lab.fxo.battery() is Battery.ABSENT
    assert lab.cable.measure().volts == pytest.approx(0, abs=1e-3)
    lab.cable.mend()
    lab.run(50)
    assert not lab.fxs.off_hook() and lab.fxo.battery() is Battery.NORMAL
    with pytest.raises(LocalError, match="give short up to 1000 ohms"):
        lab.cable.short(5000)
    lab.cable.leak(10_000)


def test_leak_trips_a_ringing_line() -> None:
    lab = Lab()
    lab.cable.leak(2000)
    lab.run(20)
    lab.fxs.feed(Feed.RINGING, Ringing())
    lab.run(300)
    assert lab.fxs.off_hook()


def test_power_cross() -> None:
    lab = Lab()
    lab.cable.power_cross(120, 50)
    lab.run(500)
    (ring,) = lab.of(RingChanged, FXO)
    assert ring.hz == pytest.approx(50, rel=0.01) and ring.volts == pytest.approx(120, rel=0.03)
    assert lab.fxs.measure().ring_volts == 120
    lab.cable.power_cross(None)
    lab.run(200)
    assert not lab.of(RingChanged, FXO)[1].on


def test_lamp() -> None:
    lab = Lab()
    lab.fxs.lamp(True)
    lab.run(10)
    assert lab.fxo.measure().volts == pytest.approx(95, abs=0.1)
    lab.fxo.loop(True)
    lab.run(10)
    assert lab.fxs.off_hook() and lab.fxs.measure().milliamps == pytest.approx(23)
    lab.fxo.loop(False)
    lab.run(10)
    assert lab.fxo.measure().volts == pytest.approx(95, abs=0.1)
    lab.fxs.lamp(False)
    lab.run(10)
    assert lab.fxo.measure().volts == pytest.approx(48, abs=0.1)
    assert not lab.of(BatteryChanged) and not lab.of(InUseChanged)


def test_there_is_no_other_line() -> None:
    with pytest.raises(DriverError, match="has no analog line 2: it has lines 1 to 1"):
        Lab().board.line_cable(2)


def test_two_telephones_at_a_weak_battery_are_still_off_hook_at_the_tap() -> None:
    lab = Lab(LineConfig(wire="none", loop_ohms=200), feed="24")
    lab.fxo.loop(True)
    lab.run(50)
    lab.cable.parallel()
    lab.run(200)
    assert lab.told(HookChanged, TAP, "off") == [(2.0, True)]
    assert lab.tap.battery() is Battery.NORMAL and lab.tap.off_hook()


def test_an_analog_span_sends_no_ais() -> None:
    with pytest.raises(LocalError, match="sim://analog span 1 is analog: it sends no AIS"):
        Lab().board.span(1).send_ais(True)


def test_a_port_says_whether_it_is_sending() -> None:
    lab = Lab()
    lab.fxo.loop(True)
    lab.run(20)
    assert not lab.fxo.sending() and not lab.fxs.sending()
    lab.fxo.flash(100)
    lab.fxs.metering(50)
    assert lab.fxo.sending() and lab.fxs.sending()
    lab.run(80)
    assert lab.fxo.sending() and not lab.fxs.sending()
    lab.fxo.loop(False)
    lab.run(5)
    assert not lab.fxo.sending()
    assert len(lab.of(LineSent)) == 2
