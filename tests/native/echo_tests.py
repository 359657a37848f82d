"""The tests of G.168 clause 6.4.2, each as a function that gives rows of figures and limits.

Limits are those of G.168 (04/2015) as far as they could be found in public descriptions of it:
Figure 9 (returned level with the non-linear processor) runs from -70 dBm0 at a receive level of
-30 dBm0 to -55 dBm0 at 0 dBm0; Figure 11 (residual level without it) from -55 to -35 dBm0.
"""

from __future__ import annotations

from typing import NamedTuple

import echo_g168 as g168
import numpy as np
from echo_rig import (
    RATE,
    Bench,
    css,
    dbm0,
    hoth,
    meter,
    tone,
    v21,
)

from trunkd.native.wrap_echo import COMFORT, FREEZE, NLP, ON, TONE_DISABLE


class Row(NamedTuple):
    """The worst of all paths and levels: how far it stands from its limit, and where."""

    test: str
    what: str
    margin: float
    """dB within the limit; negative: it fails."""
    value: float
    limit: float
    where: str


def figure_9(level: np.ndarray) -> np.ndarray:
    return -55 + level * 15 / 30


def figure_11(level: np.ndarray) -> np.ndarray:
    return -35 + level * 20 / 30


def at_most(bench: Bench, test: str, what: str, value: np.ndarray, limit: np.ndarray) -> Row:
    """The channel that is nearest to its limit from below."""
    limit = np.broadcast_to(limit, value.shape)
    worst = int(np.argmin(limit - value))
    return Row(
        test, what, float((limit - value)[worst]), float(value[worst]), float(limit[worst]),
        f"{list(g168.PATHS)[worst % 8]}, {bench.levels[worst]:.0f} dBm0",
    )  # fmt: skip


def at_least(bench: Bench, test: str, what: str, value: np.ndarray, limit) -> Row:
    row = at_most(bench, test, what, -value, -np.asarray(limit, float))
    return row._replace(value=-row.value, limit=-row.limit)


def s(seconds: float) -> int:
    return int(seconds * RATE)


def mask(bench: Bench, test: str, name: str, run, line, delay: float, ms=50) -> list[Row]:
    """Combined loss from 50 (250) ms and from 1 s on, and the level after 10 s, of a run of 12 s.

    After a change of path the old one's estimate is worse than none for a while, so the time until
    that is noticed (250 ms) is let pass. The loss is between the highest level of what is sent and
    the level of what goes out; at first it need not be more than the path's own, where that is
    less than 6 dB by this signal.
    """
    level = meter(run[2])
    wait = s(delay / 1000)
    sent = meter(run[0]).max(0)
    losses, path = sent - level, sent - meter(run[1]).max(0)
    return [
        at_least(
            bench,
            test,
            f"{name}: loss from {ms} ms on",
            losses[s(ms / 1000) + wait :].min(0),
            np.minimum(6, path),
        ),
        at_least(bench, test, f"{name}: loss from 1 s on", losses[s(1) + wait :].min(0), 20),
        at_most(
            bench, test, f"{name}: level after 10 s", level[s(10) :].max(0), line(bench.levels)
        ),
    ]


def test_2(letter: str, options: int, line, tail: int, delay: float, erl: float) -> list[Row]:
    """2A (with the processor), 2B (without): convergence, and again after a change of path."""
    bench = Bench(options, tail, delay, erl)
    rows = mask(bench, f"2{letter}(a)", "convergence", bench.run(css("single", 12)), line, delay)
    bench.set_paths(erl, delay / 2, shift=3)
    out = bench.run(css("single", 12, 1))
    return rows + mask(bench, f"2{letter}(b)", "reconvergence", out, line, delay, 250)


def test_2a(tail: int, delay: float, erl: float) -> list[Row]:
    return test_2("A", ON | NLP, figure_9, tail, delay, erl)


def test_2b(tail: int, delay: float, erl: float) -> list[Row]:
    return test_2("B", ON, figure_11, tail, delay, erl)


def test_2c(tail: int, delay: float, erl: float) -> list[Row]:
    """Convergence in room noise 15 dB below the receive level."""
    bench = Bench(ON | NLP, tail, delay, erl)
    noise = bench.near(hoth(s(6), 1), 15)
    level = meter(bench.run(css("single", 6), noise)[2])[s(1) :].max(0)
    peak = meter(noise)[s(1) :].max(0)
    rows = [
        at_most(bench, "2C(a)", "level from 1 s on, by the noise's own + 1.5 dB", level, peak + 1.5)
    ]
    bench = Bench(ON, tail, delay, erl)
    bench.run(css("single", 1), bench.near(hoth(s(1), 2), 15))
    bench.options(ON | FREEZE)
    loss = bench.levels - meter(bench.run(css("single", 4))[2])[s(0.4) :].max(0)
    rows.append(at_least(bench, "2C(b)", "loss learnt in 1 s", loss, 17))
    return rows


def test_3a(tail: int, delay: float, erl: float) -> list[Row]:
    """Low near-end level: must not hinder the convergence."""
    bench = Bench(ON, tail, delay, erl)
    bench.run(css("single", 5), bench.near(css("double", 5), 15))
    bench.options(ON | FREEZE)
    level = meter(bench.run(css("single", 5))[2])[s(0.5) :].max(0)
    return [at_most(bench, "3A", "residual after 5 s", level, bench.levels - 15)]


def test_3b(tail: int, delay: float, erl: float) -> list[Row]:
    """Stability in double talk, with a near end as loud, and 10 dB below."""
    rows = []
    for letter, below, more in (("a", 0, 10), ("b", 10, 3)):
        bench = Bench(ON, tail, delay, erl)
        bench.run(css("single", 10))
        bench.run(css("single", 5, 1), bench.near(css("double", 5, 2), below))
        bench.options(ON | FREEZE)
        level = meter(bench.run(css("single", 5))[2])[s(0.5) :].max(0)
        limit = figure_11(bench.levels) + more
        rows.append(at_most(bench, f"3B({letter})", "residual after double talk", level, limit))
    return rows


def test_3c(tail: int, delay: float, erl: float) -> list[Row]:
    """A conversation: both, far end alone, both, near end alone."""
    bench = Bench(ON | NLP, tail, delay, erl)
    near = bench.near(css("double", 5.6), 15)
    bench.run(css("single", 5.6), near)
    own = bench.levels - 15
    alone = meter(bench.run(css("single", 1.4, 1))[2])[s(0.2) :].max(0)
    rows = [at_most(bench, "3C", "far end alone, after double talk", alone, own)]
    later = meter(bench.run(css("single", 7, 2))[2])[s(5) :].max(0)
    rows.append(at_most(bench, "3C", "5 s later", later, figure_9(bench.levels)))
    near = bench.near(css("double", 5.6, 3), 0)
    both = meter(bench.run(css("single", 5.6, 3), near)[2])[s(0.2) :].max(0)
    peak = meter(near)[s(0.2) :].max(0)
    rows.append(at_most(bench, "3C", "both, by the near end's own", both, peak + 6))
    near = bench.near(css("double", 5.6, 4), 0)
    out = bench.run(np.zeros(s(5.6)), near)[2]
    change = np.abs(dbm0(out[s(0.5) :]) - dbm0(near[s(0.5) :]))
    rows.append(at_most(bench, "3C", "near end alone, change of its level", change, np.array(1.0)))
    return rows


def test_4(tail: int, delay: float, erl: float) -> list[Row]:
    """Two minutes of silence: the filter must not leak."""
    bench = Bench(ON, tail, delay, erl)
    bench.run(css("single", 10))
    for _ in range(12):
        bench.run(np.zeros(s(10)))
    bench.options(ON | FREEZE)
    level = meter(bench.run(css("single", 5))[2])[s(0.4) :].max(0)
    return [at_most(bench, "4", "residual after 2 min", level, figure_11(bench.levels) + 10)]


def test_5(tail: int, delay: float, erl: float) -> list[Row]:
    """The echo path opens (A), and swings between its return loss and 46 dB (B)."""
    bench = Bench(ON, tail, delay, erl)
    bench.run(css("single", 10))
    bench.set_paths(99, delay)
    rows = mask(bench, "5A", "open path", bench.run(css("single", 12, 1)), figure_11, delay)
    bench = Bench(ON, tail, delay, erl)
    for swing in range(3):
        bench.set_paths(46 if swing % 2 else erl, delay)
        out = bench.run(css("single", 12, swing))
        rows += mask(bench, "5B", f"swing {swing + 1}", out, figure_11, delay, 250)
    return rows


def test_6(tail: int, delay: float, erl: float) -> list[Row]:
    """Tones of 5 s each, then the residual of speech."""
    bench = Bench(ON, tail, delay, erl)
    bench.run(css("single", 10))
    for low, high in g168.TONES:
        bench.run((tone(low, 5) + tone(high, 5)) * (10 ** (-3 / 20) if high else 1))
    bench.options(ON | FREEZE)
    level = meter(bench.run(css("single", 5))[2])[s(0.4) :].max(0)
    return [at_most(bench, "6", "residual after tones", level, figure_11(bench.levels) + 10)]


def test_7(tail: int, delay: float, erl: float) -> list[Row]:
    """A tone for 2 minutes to a cleared canceller."""
    bench = Bench(ON, tail, delay, erl)
    worst = np.full(bench.channels, -99.0)
    for i in range(12):
        level = meter(bench.run(tone(1004, 10))[2])
        if i:
            worst = np.maximum(worst, level.max(0))
    limit = np.maximum(0.83 * bench.levels - 30, -60)
    return [at_most(bench, "7", "residual from 10 s to 2 min", worst, limit)]


def test_9(tail: int, delay: float, erl: float) -> list[Row]:
    """Comfort noise: its level and the near end's, as that goes down and up, and on a ramp."""
    bench = Bench(ON | NLP | COMFORT, tail, delay, erl, levels=(-10.0,))
    bench.run(css("single", 5))
    rows = []
    for what, level, wait in (
        ("matching", -45.0, 30.0), ("down 10 dB", -55.0, 10.0), ("up 10 dB", -45.0, 10.0),
    ):  # fmt: skip
        bench.run(np.zeros(s(wait)), idle=level)
        out = bench.run(css("single", 2.1), idle=level)[2]
        off = np.abs(dbm0(out[s(0.35) :]) - level)
        rows.append(at_most(bench, "9A", f"noise {what}", off, np.array(2.0)))
    worst = np.zeros(bench.channels)
    for step in range(34):
        level = -70 + step * 50 / 34
        noise = dbm0(bench.run(np.zeros(s(4)), idle=level)[1])
        out = bench.run(css("single", 1.05), idle=level + 0.6)[2]
        worst = np.maximum(worst, np.abs(dbm0(out) - noise - 0.6))
    rows.append(at_most(bench, "9B", "ramp of 50 dB in 170 s", worst, np.array(6.0)))
    return rows


def fax_bits(count: int, seed: int) -> str:
    """HDLC flags, then what T.30 frames are like."""
    return "01111110" * 37 + "".join(np.random.default_rng(seed).choice(["0", "1"], count))


def test_10(tail: int, delay: float, erl: float) -> list[Row]:
    """A fax call's beginning: CED (no reversals), then frames of V.21 each way in turn."""
    options = ON | NLP | COMFORT | TONE_DISABLE
    bench = Bench(options, tail, delay, erl)
    ced = bench.near(tone(2100, 3), 5)
    out = bench.run(np.zeros(s(3)), ced)[2]
    change = np.abs(dbm0(out[s(0.1) :]) - dbm0(ced[s(0.1) :]))
    rows = [at_most(bench, "10A", "change of CED from the near end", change, np.array(0.5))]
    dis, dcs = v21(fax_bits(300, 1), False), v21(fax_bits(400, 2), False)
    near = bench.near(dis, 5)
    out = bench.run(np.zeros(len(dis)), near)[2]
    change = np.abs(dbm0(out) - dbm0(near))
    rows.append(at_most(bench, "10A", "change of DIS from the near end", change, np.array(0.5)))
    level = bench.levels - meter(bench.run(dcs)[2])[s(1.5) :].max(0)
    rows.append(at_least(bench, "10A", "loss of DCS from the far end after 1.5 s", level, 20))
    bench = Bench(options, tail, delay, erl)
    level = bench.levels - meter(bench.run(tone(2100, 3))[2])[s(1) :].max(0)
    rows.append(at_least(bench, "10B", "loss of CED from the far end after 1 s", level, 20))
    near = bench.near(dcs, 5)
    out = bench.run(np.zeros(len(dcs)), near)[2]
    change = np.abs(dbm0(out) - dbm0(near))
    rows.append(at_most(bench, "10B", "change of DCS from the near end", change, np.array(0.5)))
    stays = np.array([float(bench.echo.stats(c).disabled) for c in range(bench.channels)])
    rows.append(at_most(bench, "10", "disabled by CED without reversals", stays, np.array(0.0)))
    return rows


TESTS = {
    "2A": test_2a,
    "2B": test_2b,
    "2C": test_2c,
    "3A": test_3a,
    "3B": test_3b,
    "3C": test_3c,
    "4": test_4,
    "5": test_5,
    "6": test_6,
    "7": test_7,
    "9": test_9,
    "10": test_10,
}
