"""The line itself: blocking, loss, message waiting, metering, line tests."""

from __future__ import annotations

from typing import Final

from ..call import CHANNEL_OUT_OF_SERVICE
from ..line_actions import SendMetering, SetLamp
from ..line_names import FEED_NORMAL, FEED_OPEN
from .callerid_send import data_step, parse_order, presentation, waiting_message
from .fxs_config import T_METER, FxsConfig
from .fxs_dial import collect
from .fxs_port import OUT_OF_ORDER, LineTest, Port
from .fxs_sequence import FEED, MARK, MEASURE, QUIET, RING, WAIT, Step
from .fxs_states import CUT, TALKING, TEST_DONE, TESTING

REN_OHMS: Final = 7000.0
"""Of one ringer equivalence at ringing frequency (ANSI T1.401; 47 CFR 68.312)."""

# ---- blocking, loss


def block(port: Port, arg: object, now: int) -> None:
    """No calls on it any more; ``rest`` knows."""
    port.rest()


def blocked_later(port: Port, arg: object, now: int) -> None:
    """As soon as the telephone is on hook."""


def unblock(port: Port, arg: object, now: int) -> None:
    port.rest()
    if port.core.config.power_denial:
        port.hook.reset(False, False, now)
    elif port.hook.off:
        port.hook.reset(False, port.current, now)


def lost(port: Port, arg: object, now: int) -> None:
    """The board or the line is gone."""
    port.silence()
    port.release(OUT_OF_ORDER, True)
    port.rest()
    port.state = CUT
    port.show(CHANNEL_OUT_OF_SERVICE)


def came_back(port: Port, arg: object, now: int) -> None:
    """It is back: a telephone that is off hook then begins anew."""
    port.rest()
    port.hook.reset(False, port.current, now)


# ---- message waiting


def lamp(port: Port, arg: object, now: int) -> None:
    """Tell an idle telephone whether messages wait."""
    config = port.core.config
    if port.lamp == port.lamp_shown:
        return
    port.lamp_shown = port.lamp
    if "neon" in config.message_waiting:
        port.put(SetLamp(port.channel, port.lamp))
    if "fsk" in config.message_waiting:
        port.feed(FEED_NORMAL)
        port.begin(lamp_steps(port), now)


def lamp_later(port: Port, arg: object, now: int) -> None:
    """The next dial tone says so; the lamp when it is on hook."""


def lamp_steps(port: Port) -> list[Step]:
    """FSK to a telephone that does not ring (GR-30 3.1; EN 300 659-1 6.2)."""
    config = port.core.config
    standard = config.lamp_standard
    order = parse_order(config.lamp_order)
    data = data_step(port.channel, standard, waiting_message(port.lamp), "")
    steps = presentation(
        port.channel, order, data, standard.alert_dbm0, config.cadence, config.ring_hz
    )
    return [*steps, Step(FEED, to=port.resting_feed())]


# ---- metering


def meter(port: Port, arg: object, now: int) -> None:
    """So many pulses to the telephone's meter."""
    assert isinstance(arg, int)
    running = port.meter_left > 0
    port.meter_left += arg
    if not running:
        pulse(port, now)


def pulse(port: Port, now: int) -> None:
    config = port.core.config
    port.put(SendMetering(port.channel, config.number("metering_on"), config.number("metering_hz")))
    port.start(T_METER, now)


def pulse_over(port: Port, now: int) -> None:
    """A pulse and the pause behind it are over."""
    if port.state == TALKING and port.meter_left > 1:
        port.meter_left -= 1
        pulse(port, now)
    else:
        port.meter_left = 0


# ---- line test


def test(port: Port, arg: object, now: int) -> None:
    """DC with battery, DC without, ringing; then what was found is told."""
    port.busy()
    port.measures.clear()
    port.state = TESTING
    hz = port.core.config.ring_hz
    steps = [
        Step(FEED, to=FEED_NORMAL),
        Step(WAIT, 300),
        Step(MEASURE, 500),
        Step(FEED, to=FEED_OPEN),
        Step(WAIT, 300),
        Step(MEASURE, 500),
        Step(FEED, to=FEED_NORMAL),
        Step(WAIT, 100),
        Step(RING, 500, hz=hz),
        Step(MEASURE, 500),
        Step(QUIET, 200),
        Step(MARK, to=TEST_DONE),
    ]
    port.begin(steps, now)


def test_done(port: Port, arg: object, now: int) -> None:
    found = found_by(port)
    if found is None:
        port.report("line test", "the port's meters gave nothing")
    else:
        port.core.tests[port.channel] = found
        port.report("line test", str(found))
    port.rest()


def test_given_up(port: Port, arg: object, now: int) -> None:
    """The telephone is lifted during the test."""
    port.silence()
    port.report("line test", "given up: the telephone is off hook")
    port.feed(FEED_NORMAL)
    collect(port, now, False)


def found_by(port: Port) -> LineTest | None:
    if len(port.measures) < 3:
        return None
    battery, foreign, ringing = port.measures[:3]
    leak = float("inf")
    if abs(battery.milliamps) > 0.001:
        leak = abs(battery.volts / battery.milliamps) * 1000.0
    return LineTest(
        battery.volts,
        battery.milliamps,
        leak,
        max(abs(foreign.volts), foreign.ring_volts),
        ringing.ring_volts,
        ringing.ring_hz,
        ren(ringing.ring_volts, port.core.config),
    )


def ren(ring_volts: float, config: FxsConfig) -> float:
    """Ringers as parts of 7 kilohms, by what they take from the ringing voltage."""
    source = float(config.number("ring_source_ohms"))
    lost = config.number("ring_open_volts") - ring_volts
    if ring_volts <= 1.0:
        return -1.0
    if lost <= 0.0:
        return 0.0
    load = source * ring_volts / lost - config.number("loop_ohms")
    return REN_OHMS / max(load, 1.0)
