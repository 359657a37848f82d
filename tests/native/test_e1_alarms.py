"""Set and clear times of the E1 receiver's alarms: G.775, G.732 5.2, G.704 5.1.3.2."""

from __future__ import annotations

import random

import pytest

from trunkd.board.events import Alarm
from trunkd.native.wrap_engine import E1Receiver, E1Transmitter

FRAME_NS = 125_000
PERIOD_NS = 250_000  # 512 bits


class Line:
    """A receiver fed with whole frames, and the alarms it told: (frames since start, alarm, on)."""

    def __init__(self, crc4: bool = False, cas: bool = False) -> None:
        self.rx = E1Receiver(crc4, cas)
        self.now = 0
        self.alarms: list[tuple[int, Alarm, bool]] = []
        self.bits: list[tuple[int, int, int]] = []

    def feed(self, octets: bytes, signal: bool = True) -> None:
        for at in range(0, len(octets), 256):
            piece = octets[at : at + 256]
            _, events = self.rx.line(piece, len(piece) * 8, self.now, signal)
            self.now += len(piece) // 32 * FRAME_NS
            for time, alarm, value, timeslot in events:
                if alarm < 0:
                    self.bits.append((time, timeslot, value))
                else:
                    self.alarms.append((time, Alarm(alarm), bool(value)))

    def times(self, alarm: Alarm, active: bool) -> list[int]:
        return [time for time, a, on in self.alarms if a is alarm and on is active]


def idle(frames: int) -> bytes:
    return bytes([0xD5]) * (32 * frames)


def with_zeros(frames: int, per_period: int, seed: int = 1) -> bytes:
    """All ones but for so many zeros at random places of each 512 bits."""
    rng = random.Random(seed)
    octets = bytearray(b"\xff" * (32 * frames))
    for period in range(frames // 2):
        for place in rng.sample(range(512), per_period):
            octets[period * 64 + place // 8] &= ~(0x80 >> place % 8)
    return bytes(octets)


# ---- LOS (G.775 4.2) -----------------------------------------------------------------------------


def test_los_after_255_pulse_intervals_and_clear_after_as_many() -> None:
    tx, line = E1Transmitter(), Line()
    line.feed(tx.frames(idle(16)))
    begun = line.now
    line.feed(bytes(32 * 80), signal=False)
    assert line.times(Alarm.LOS, True) == [begun + 255 * 125_000 // 256]
    # Zeros are no FAS: alignment goes with the third (G.706 4.1.1), in frame 20.
    assert line.times(Alarm.LOF, True) == [begun + 5 * FRAME_NS]
    mended = line.now
    line.feed(tx.frames(idle(16)))
    assert line.times(Alarm.LOS, False) == [mended + 255 * 125_000 // 256]
    found = mended + 2 * FRAME_NS + 8 * FRAME_NS // 256
    assert line.times(Alarm.LOF, False) == [found]
    assert line.times(Alarm.AIS, True) == []


# ---- AIS (G.775 5.2) -----------------------------------------------------------------------------


@pytest.mark.parametrize(("zeros", "raised"), [(0, True), (1, True), (2, True), (3, False)])
def test_ais_is_two_zeros_or_fewer_in_two_periods(zeros: int, raised: bool) -> None:
    tx, line = E1Transmitter(), Line()
    line.feed(tx.frames(idle(16)))
    begun = line.now
    line.feed(with_zeros(64, zeros))
    assert line.times(Alarm.AIS, True) == ([begun + 2 * PERIOD_NS] if raised else [])
    assert line.times(Alarm.LOF, True) != []


def test_one_period_of_ones_is_no_ais() -> None:
    """Each of two consecutive periods: ones in every other period are not AIS."""
    line = Line()
    for _ in range(20):
        line.feed(b"\xff" * 64 + with_zeros(2, 3))
    assert line.times(Alarm.AIS, True) == []


def test_ais_clears_with_two_periods_of_three_zeros() -> None:
    """Zeros at places that are no FAS: it clears by the second criterion alone."""
    line = Line()
    line.feed(b"\xff" * 32 * 16)
    assert line.times(Alarm.AIS, True) == [2 * PERIOD_NS]
    begun = line.now
    line.feed(b"\xff" * 32 * 2 + (b"\xfe" + b"\xff" * 20) * 300)
    assert line.times(Alarm.AIS, False) == [begun + 3 * PERIOD_NS]
    assert line.rx.alarms() == 1 << Alarm.LOF


def test_ais_clears_when_the_frame_alignment_signal_is_found() -> None:
    tx, line = E1Transmitter(), Line()
    line.feed(tx.frames(idle(16)))
    line.feed(b"\xff" * 32 * 64)
    begun = line.now
    line.feed(tx.frames(idle(64)))
    found = begun + 2 * FRAME_NS + 8 * FRAME_NS // 256
    assert line.times(Alarm.LOF, False)[-1] == found
    # Two periods with three zeros are over a little before: the first of the two criteria counts.
    assert line.times(Alarm.AIS, False) == [min(found, begun + 2 * PERIOD_NS)]


# ---- RAI (G.775 6.2) -----------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "raised"), [(1, False), (2, False), (3, True)])
def test_rai_persists_three_frames_without_fas(count: int, raised: bool) -> None:
    tx, line = E1Transmitter(), Line()
    line.feed(tx.frames(idle(16)))
    begun = line.now
    tx.set(rai=True)
    line.feed(tx.frames(idle(2 * count)))
    tx.set(rai=False)
    ended = line.now
    line.feed(tx.frames(idle(16)))
    assert line.times(Alarm.RAI, True) == ([begun + 6 * FRAME_NS] if raised else [])
    assert line.times(Alarm.RAI, False) == ([ended + 6 * FRAME_NS] if raised else [])


# ---- timeslot 16 (G.704 5.1.3.2, G.732 5.2) ------------------------------------------------------


def aligned_cas() -> tuple[E1Transmitter, Line]:
    tx, line = E1Transmitter(crc4=False, cas=True), Line(cas=True)
    line.feed(tx.frames(idle(64)))
    assert not line.rx.alarms()
    return tx, line


def test_signalling_multiframe_brings_every_timeslots_bits() -> None:
    tx, line = aligned_cas()
    line.bits.clear()
    want = {n: n % 15 + 1 for n in [*range(1, 16), *range(17, 32)]} | {21: 0, 31: 9}
    want = {n: bits for n, bits in want.items() if bits != 13}
    for timeslot, bits in want.items():
        tx.abcd(timeslot, bits)
    begun = line.now
    line.feed(tx.frames(idle(16)))
    assert {timeslot: bits for _, timeslot, bits in line.bits} == want
    for time, timeslot, _ in line.bits:
        # Timeslots n and n + 16 are in frame n.
        assert time == begun + (timeslot % 16 + 1) * FRAME_NS
    line.bits.clear()
    line.feed(tx.frames(idle(160)))
    assert line.bits == []


@pytest.mark.parametrize(("bad", "lost"), [(1, False), (2, True)])
def test_signalling_multiframe_is_lost_by_two_signals_in_error(bad: int, lost: bool) -> None:
    tx, line = aligned_cas()
    begun = line.now
    octets = bytearray(tx.frames(idle(160)))
    for n in range(bad):
        octets[(16 * n) * 32 + 16] |= 0x20
    line.feed(bytes(octets))
    assert line.times(Alarm.LOMF_CAS, True) == ([begun + 17 * FRAME_NS] if lost else [])
    assert line.times(Alarm.LOMF_CAS, False) == ([begun + 33 * FRAME_NS] if lost else [])
    assert line.times(Alarm.LOF, True) == []


def test_alignment_of_timeslot_16_needs_a_1_before_it() -> None:
    """G.732 5.2: 0000 after a timeslot 16 of zeros is not taken for the alignment signal."""
    tx, line = aligned_cas()
    octets = bytearray(tx.frames(idle(64)))
    for n in range(24):
        octets[n * 32 + 16] = 0
    begun = line.now
    line.feed(bytes(octets))
    # One multiframe of zeros: lost. Then frames 24 to 31, and the signal of frame 32.
    assert line.times(Alarm.LOMF_CAS, True) == [begun + 16 * FRAME_NS]
    assert line.times(Alarm.LOMF_CAS, False) == [begun + 33 * FRAME_NS]


def test_far_end_without_signalling_multiframe() -> None:
    """Never found: LOMF_CAS two multiframes after frame alignment."""
    line = Line(cas=True)
    line.feed(E1Transmitter(crc4=False).frames(idle(64)))
    assert line.times(Alarm.LOMF_CAS, True) == [(2 + 32) * FRAME_NS]


@pytest.mark.parametrize(("zeros", "raised"), [(0, True), (3, True), (4, False)])
def test_ais16_is_three_zeros_or_fewer_in_two_multiframes(zeros: int, raised: bool) -> None:
    tx, line = aligned_cas()
    octets = bytearray(tx.frames(idle(160)))
    for n in range(128):
        octets[n * 32 + 16] = 0xFF
        if n % 16 in range(5, 5 + zeros):
            octets[n * 32 + 16] = 0xFE
    line.feed(bytes(octets))
    assert (line.times(Alarm.AIS16, True) != []) is raised
    if raised:
        begun = 64 * FRAME_NS
        raised_at = line.times(Alarm.AIS16, True)[0] - begun
        # Periods are not tied to the multiframe: within three of them.
        assert 32 * FRAME_NS <= raised_at <= 48 * FRAME_NS
        # Cleared by the multiframe alignment signal of frame 128.
        assert line.times(Alarm.AIS16, False) == [begun + 129 * FRAME_NS]


def test_rai16_is_the_y_bit_twice() -> None:
    tx, line = aligned_cas()
    begun = line.now
    tx.set(rai16=True)
    line.feed(tx.frames(idle(64)))
    tx.set(rai16=False)
    line.feed(tx.frames(idle(64)))
    assert line.times(Alarm.RAI16, True) == [begun + 17 * FRAME_NS]
    assert line.times(Alarm.RAI16, False) == [begun + (64 + 17) * FRAME_NS]


def test_loss_of_frame_ends_what_only_alignment_can_know() -> None:
    tx, line = aligned_cas()
    tx.set(rai=True, rai16=True)
    line.feed(tx.frames(idle(64)))
    assert line.rx.alarms() == 1 << Alarm.RAI | 1 << Alarm.RAI16
    line.feed(b"\x55" * 32 * 16)
    assert line.rx.alarms() == 1 << Alarm.LOF
