"""Bit errors on the simulated cable: what they must do, by arithmetic, and what they did.

Each count is that of independent trials: n of them with chance q give n q, with a standard
deviation of at most sqrt(n q). Bounds are five of those, so a right board fails a check less than
once in a million runs; seeds are fixed, so that a check that passes always passes.
"""

from __future__ import annotations

import functools
import itertools
import math
import random

import pytest

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.board.events import Alarm, BoardEvent, FrameFault, FrameFaulty, FrameReceived
from trunkd.board.model import HdlcConfig, SpanCounters, TimeslotCounters
from trunkd.board.registry import open_board
from trunkd.drivers.sim import SimBoard
from trunkd.native.wrap import HdlcDecoder, HdlcEncoder

LINE = 2_048_000
FRAME = random.Random(8).randbytes(100)


def board(seed: int = 1) -> SimBoard:
    made = open_board(f"sim://ber?cable=1-2&seed={seed}", clock=VirtualClock())
    assert isinstance(made, SimBoard)
    made.start()
    made.step(SECOND // 20)
    made.events()
    return made


def near(seen: float, expected: float, more: float = 0.0) -> bool:
    """Within five standard deviations, and ``more`` of the expected for what is left out."""
    return abs(seen - expected) <= 5 * math.sqrt(max(expected, 1)) + more * expected


def line_bits_of_a_frame() -> list[int]:
    """The bits of FRAME sent without a pause, one flag between frames, from flag to flag."""
    encoder = HdlcEncoder()
    encoder.send(FRAME)
    octets = encoder.encode(200)
    bits = [octet >> (7 - i) & 1 for octet in octets for i in range(8)]
    flag = [0, 1, 1, 1, 1, 1, 1, 0]
    places = [i for i in range(len(bits) - 8) if bits[i : i + 8] == flag]
    # From the last opening flag to the closing flag behind the frame.
    start = max(p for p, q in itertools.pairwise(places) if q - p > 100)
    return bits[start : min(q for q in places if q > start + 100)]


@functools.cache
def single_error_faults() -> dict[str, float]:
    """For one period of the line, how many of its bits make each fault when inverted alone."""
    period = line_bits_of_a_frame()
    totals = dict.fromkeys(("lost", "fcs", "aborts", "shorts", "octet"), 0.0)
    for place in range(len(period)):
        bits = period * 4
        bits[len(period) + place] ^= 1
        bits += [0] * (-len(bits) % 8)
        octets = bytes(int("".join(map(str, bits[i : i + 8])), 2) for i in range(0, len(bits), 8))
        decoder = HdlcDecoder()
        good = sum(1 for one in decoder.decode(octets) if one.frame == FRAME)
        counts = decoder.counts()
        # The last frame has no closing flag here.
        totals["lost"] += 3 - good
        totals["fcs"] += counts.fcs
        totals["aborts"] += counts.aborts
        totals["shorts"] += counts.shorts
        totals["octet"] += counts.unaligned
    return totals


@pytest.mark.parametrize(
    ("ber", "seconds"), [(1e-3, 60), (1e-4, 240), (1e-6, 1200)], ids=["1e-3", "1e-4", "1e-6"]
)
def test_bit_error_rate(ber: float, seconds: int) -> None:
    """One direction with errors: cable, FAS, CRC-4, E bits, HDLC frames and faults, alarms."""
    it = board()
    source, sink = it.span(1).timeslots[16], it.span(2).timeslots[16]
    source.open_hdlc(HdlcConfig())
    sink.open_hdlc(HdlcConfig())
    it.step(it.clock.now() + SECOND // 50)
    it.events()
    before, told = it.span(2).counters(), it.span(1).counters().e_bits
    heard = sink.counters()
    it.cable(1).impair(ber=ber, seed=3, to=2)

    end = it.clock.now() + seconds * SECOND
    events: list[BoardEvent] = []
    while it.clock.now() < end:
        while source.transmit(FRAME):
            pass
        it.step(min(end, it.clock.now() + SECOND))
        events += it.events()
    it.cable(1).impair(to=2)
    it.step(it.clock.now() + SECOND // 50)
    events += it.events()
    after = it.span(2).counters()

    # Inverted bits: LINE * seconds trials of chance ber.
    errors = it.span(2).line_errors()
    assert near(errors, LINE * seconds * ber)

    check_frame(it, before, after, told, ber, seconds)
    check_hdlc(it, heard, events, ber, seconds)
    it.close()


def check_frame(
    it: SimBoard,
    before: SpanCounters,
    after: SpanCounters,
    told: int,
    ber: float,
    seconds: int,
) -> None:
    """FAS, LOF, CRC-4 and E bits against arithmetic. ``told``: E bits before."""
    # FAS: 4000 a second, wrong when one or more of 7 bits is.
    fas = 1 - (1 - ber) ** 7
    assert near(after.fas_errors - before.fas_errors, 4000 * seconds * fas)

    # LOF: three FAS running, 4000 chances a second: 0.08 in the minute at 1e-3, nothing below.
    lost = 4000 * seconds * fas**3
    assert after.alarms.get(Alarm.LOF, 0) <= (2 if lost > 1e-2 else 0)

    # CRC-4: 1000 submultiframes a second. Each inverted bit adds one of the 15 remainders other
    # than 0, all equally often: of 2048 bits 8/15 change a given parity of the remainder, so it is
    # 0 with chance 1/16 + 15/16 (1 - 2 ber)^(2048 * 8 / 15) (sum over the 16 characters).
    blocks = 15 / 16 * (1 - (1 - 2 * ber) ** (2048 * 8 / 15))
    crc4 = after.crc4_errors - before.crc4_errors
    assert near(crc4, 1000 * seconds * blocks)

    # E bits bring each of them back, on a good return line; they are 0 also while the multiframe
    # is being found again, 8 ms at most, of 1 ms for each bit.
    extra = it.span(1).counters().e_bits - told - crc4
    assert 0 <= extra <= 8 * after.alarms.get(Alarm.LOF, 0)


def check_hdlc(
    it: SimBoard, heard: TimeslotCounters, events: list[BoardEvent], ber: float, seconds: int
) -> None:
    """Frames and their faults, by kind. ``heard``: the sink's counters before."""
    source, sink = it.span(1).timeslots[16], it.span(2).timeslots[16]
    # A frame is good when none of its bits, stuffed ones and both flags included, is hit;
    # its period has them all but the closing flag's 8.
    period = line_bits_of_a_frame()
    frames = sink.counters().rx_frames - heard.rx_frames
    sent = source.counters().tx_frames
    assert near(sent, 64_000 * seconds / len(period), 0.001)
    bad = 1 - (1 - ber) ** (len(period) + 8)
    assert near(sent - frames, sent * bad)
    assert len([e for e in events if isinstance(e, FrameReceived)]) == frames

    # Faults of each kind by inverting every bit of the period once. That leaves out two errors in
    # one frame: a part of len(period) * ber, half of which falls to the same fault.
    each = single_error_faults()
    two = 1 - math.exp(-len(period) * ber)
    counts = sink.counters()
    for kind, seen in [
        ("fcs", counts.fcs - heard.fcs),
        ("aborts", counts.aborts - heard.aborts),
        ("octet", counts.octet - heard.octet),
        ("shorts", counts.short - heard.short),
    ]:
        assert near(seen, sent * each[kind] * ber, two), kind
    faults = [e.fault for e in events if isinstance(e, FrameFaulty)]
    assert faults.count(FrameFault.ABORT) == counts.aborts
    assert faults.count(FrameFault.FCS) == counts.fcs


def test_bursts() -> None:
    """Bursts come at their rate, and inside half of the bits are wrong."""
    it = board()
    it.cable(1).impair(bursts_per_second=5, burst_bits=400, burst_density=0.5, seed=2, to=2)
    it.step(it.clock.now() + 100 * SECOND)
    while it.clock.now() < 100 * SECOND:
        it.step(100 * SECOND)
    # A burst gives 200 errors with deviation 10, and there are 500 bursts with deviation 22:
    # the latter is all that counts, so count bursts.
    assert near(it.span(2).line_errors() / 200, 500)
    # A burst of 400 bits lies in one or two submultiframes (2048 bits), and CRC-4 misses 1 in 16
    # of those it fills at random: 500 bursts, 400/2048 of them in two.
    expected = 500 * (1 + 400 / 2048) * 15 / 16
    assert near(it.span(2).counters().crc4_errors, expected, 0.05)
    it.close()


def run(seed: int, impair_seed: int) -> tuple[list[BoardEvent], int]:
    it = board(seed)
    for span in (1, 2):
        it.span(span).timeslots[16].open_hdlc(HdlcConfig())
    it.cable(1).impair(
        ber=2e-4, bursts_per_second=3, burst_bits=3000, ppm=80, delay_ms=3, seed=impair_seed
    )
    events: list[BoardEvent] = []
    while it.clock.now() < 20 * SECOND:
        for span in (1, 2):
            it.span(span).timeslots[16].transmit(b"%d" % it.clock.now())
        it.step(it.clock.now() + SECOND // 40)
        events += it.events()
    errors = it.span(1).line_errors() + it.span(2).line_errors()
    it.close()
    return events, errors


def test_the_same_seed_gives_the_same_run() -> None:
    one, errors = run(1, 0)
    again, errors_again = run(1, 0)
    assert len(one) > 1000 and one == again and errors == errors_again
    other, errors_other = run(2, 0)
    assert one != other and errors != errors_other
    # A cable's own seed wins over the board's.
    assert run(1, 5) == run(2, 5)


def test_the_two_directions_differ() -> None:
    it = board()
    it.cable(1).impair(ber=1e-3, seed=4)
    it.step(it.clock.now() + SECOND)
    while it.clock.now() < 3 * SECOND:
        it.step(3 * SECOND)
    assert it.span(1).line_errors() != it.span(2).line_errors()
    it.close()
