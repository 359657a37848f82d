"""Set and clear times of the T1 receiver's alarms: T1.231 as RFC 2495 tells it, T1.403."""

from __future__ import annotations

import pathlib
import random
import sys

import pytest

from trunkd.board.events import Alarm
from trunkd.native.wrap_t1 import D4, ESF, FRAME_BITS, T1Transmitter

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import t1_rig as rig
from t1_rig import Line, frames_ns, nanoseconds

BOTH = pytest.mark.parametrize("framing", [D4, ESF], ids=["d4", "esf"])


def aligned(framing: int) -> tuple[T1Transmitter, Line]:
    tx, line = T1Transmitter(framing), Line(framing)
    line.feed(rig.sent(tx, rig.noise(240)))
    assert line.events == []
    return tx, line


# ---- LOS, LOF ------------------------------------------------------------------------------------


@BOTH
def test_los_after_175_pulse_positions_and_clear_after_as_many(framing: int) -> None:
    tx, line = aligned(framing)
    begun = line.now
    line.feed("0" * 174, signal=False)
    assert line.events == []
    line.feed("0", signal=False)
    assert line.times(Alarm.LOS, True) == [begun + nanoseconds(175)]
    line.silence(400)
    begun = line.now
    line.feed(rig.sent(tx, rig.noise(120)))
    (cleared,) = line.times(Alarm.LOS, False)
    assert abs(cleared - begun - nanoseconds(175)) <= 1
    assert line.alarms() == [
        (Alarm.LOS, True),
        (Alarm.LOF, True),
        (Alarm.LOS, False),
        (Alarm.LOF, False),
    ]
    (found,) = line.times(Alarm.LOF, False)
    assert abs(found - begun - frames_ns(rig.SYNC[framing])) <= 1


@BOTH
def test_no_alignment_at_the_beginning_is_told_after_24_ms(framing: int) -> None:
    line = Line(framing)
    rng = random.Random(1)
    line.feed("".join(rng.choice("01") for _ in range(191 * FRAME_BITS)))
    assert line.events == []
    line.feed("".join(rng.choice("01") for _ in range(2 * FRAME_BITS)))
    assert line.times(Alarm.LOF, True) == [frames_ns(192)]


@BOTH
def test_a_receiver_that_begins_on_a_good_line_tells_nothing(framing: int) -> None:
    _, line = aligned(framing)
    assert len(line.frames) // 32 == 240 - rig.SYNC[framing]


# ---- blue alarm ----------------------------------------------------------------------------------


def ones(frames: int, zeros_per_period: int, seed: int = 1) -> str:
    """All ones but for so many zeros at random places of each 24 frames."""
    rng = random.Random(seed)
    out = []
    for _ in range(frames // 24):
        period = ["1"] * (24 * FRAME_BITS)
        for place in rng.sample(range(24 * FRAME_BITS), zeros_per_period):
            period[place] = "0"
        out += period
    return "".join(out)


@BOTH
def test_ais_after_two_periods_of_3_ms_and_gone_with_alignment(framing: int) -> None:
    tx, line = aligned(framing)
    begun = line.now
    line.feed(ones(480, 0))
    (lost,) = line.times(Alarm.LOF, True)
    (raised,) = line.times(Alarm.AIS, True)
    assert lost - begun < frames_ns(24) and raised - lost <= 6_000_000 + 1_000_000
    assert line.times(Alarm.AIS, False) == []
    begun = line.now
    line.feed(rig.sent(tx, rig.noise(240)))
    (cleared,) = line.times(Alarm.AIS, False)
    # Gone after two periods without, or with alignment, whichever is first.
    assert cleared - begun <= 9_000_000
    assert line.rx.alarms() == 0


@pytest.mark.parametrize(("zeros", "ais"), [(5, True), (6, False)])
def test_five_zeros_in_3_ms_are_still_ais(zeros: int, ais: bool) -> None:
    line = Line()
    line.feed(ones(24 * 30, zeros))
    assert (line.times(Alarm.AIS, True) != []) is ais


def test_ais_is_found_at_an_error_rate_of_1e_3() -> None:
    """99.9 % ones: within 75 ms, for each of 20 lines."""
    for seed in range(20):
        rng = random.Random(seed)
        line = Line()
        line.feed("".join("0" if rng.random() < 1e-3 else "1" for _ in range(600 * FRAME_BITS)))
        assert line.times(Alarm.AIS, True)[0] <= 75_000_000


@BOTH
def test_framed_ones_are_no_ais(framing: int) -> None:
    tx, line = aligned(framing)
    line.feed(rig.sent(tx, rig.idle(4000)))
    assert line.events == []
    line = Line(framing)
    line.feed(rig.sent(tx, rig.idle(4000)))
    assert line.events == []


# ---- yellow alarm --------------------------------------------------------------------------------


def test_yellow_of_d4_after_335_ms_and_clear_after_51() -> None:
    tx, line = aligned(D4)
    tx.set(rai=True)
    begun = line.now
    line.feed(rig.sent(tx, rig.noise(223 * 12 - 1)))
    assert line.events == []
    line.feed(rig.sent(tx, rig.noise(1)))
    assert line.times(Alarm.RAI, True) == [begun + 223 * 1_500_000]
    line.feed(rig.sent(tx, rig.noise(1200)))
    tx.set(rai=False)
    begun = line.now
    line.feed(rig.sent(tx, rig.noise(600)))
    assert line.times(Alarm.RAI, False) == [begun + 34 * 1_500_000]


def test_yellow_of_d4_at_1e_3_and_no_yellow_by_a_loud_channel() -> None:
    tx, line = aligned(D4)
    tx.set(rai=True)
    rng = random.Random(4)
    bits = rig.sent(tx, rig.noise(6000))
    line.feed(rig.flipped(bits, [i for i in range(len(bits)) if rng.random() < 3e-4 and i % 193]))
    assert len(line.times(Alarm.RAI, True)) == 1 and line.times(Alarm.RAI, False) == []
    # 23 timeslots with bit 2 = 0, one with speech: no alarm.
    tx, line = aligned(D4)
    quiet = bytearray(rig.idle(6000, 0x3F))
    quiet[7::32] = random.Random(5).randbytes(6000)
    line.feed(rig.sent(tx, bytes(quiet)))
    assert line.events == []


def test_yellow_of_esf_by_seven_of_ten_codewords() -> None:
    tx, line = aligned(ESF)
    tx.set(rai=True)
    begun = line.now
    line.feed(rig.sent(tx, rig.noise(600)))
    (raised,) = line.times(Alarm.RAI, True)
    # Seven codewords of 4 ms, and what was on the link before.
    assert 27_500_000 <= raised - begun <= 34_000_000
    tx.set(rai=False)
    begun = line.now
    line.feed(rig.sent(tx, rig.noise(1200)))
    (cleared,) = line.times(Alarm.RAI, False)
    assert 104_000_000 <= cleared - begun <= 114_000_000


def test_a_report_in_the_middle_does_not_end_yellow() -> None:
    """T1.403: reports interrupt the codeword, for up to 100 ms."""
    tx, line = aligned(ESF)
    tx.set(rai=True)
    for n in range(20):
        tx.message(bytes([0x38, 1, 3, *([n] * 8)]))
        line.feed(rig.sent(tx, rig.noise(1600, n)))
    assert line.alarms() == [(Alarm.RAI, True)]
    assert len(line.messages) == 20


def test_yellow_of_esf_at_1e_3_stays() -> None:
    tx, line = aligned(ESF)
    tx.set(rai=True)
    rng = random.Random(9)
    for n in range(40):
        bits = rig.sent(tx, rig.noise(800, n))
        wrong = [i for i in range(0, len(bits), 2 * FRAME_BITS) if rng.random() < 3e-2]
        line.feed(rig.flipped(bits, wrong))
    assert line.alarms() == [(Alarm.RAI, True)]


@BOTH
def test_yellow_is_not_known_without_alignment(framing: int) -> None:
    tx, line = aligned(framing)
    tx.set(rai=True)
    line.feed(rig.sent(tx, rig.noise(3600)))
    assert line.rx.alarms() == 1 << Alarm.RAI
    line.silence(100)
    assert line.rx.alarms() == 1 << Alarm.LOS | 1 << Alarm.LOF
