"""The T1 receiver: alignment from any bit, loss, false framing, CRC-6, robbed bits."""

from __future__ import annotations

import pathlib
import random
import sys

import pytest

from trunkd.board.events import Alarm
from trunkd.native import wrap_t1
from trunkd.native.wrap_t1 import D4, ESF, FRAME_BITS, T1Transmitter

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import t1_rig as rig
from t1_rig import Line

BOTH = pytest.mark.parametrize("framing", [D4, ESF], ids=["d4", "esf"])

# ---- alignment -----------------------------------------------------------------------------------


@BOTH
def test_alignment_is_found_from_every_bit(framing: int) -> None:
    """Whatever the first bit: 36 framing bits of D4, 24 alignment bits of ESF, and each frame from
    there on is delivered unchanged (T1.403: 50 ms at most; here 4.5 to 5 ms and 12 to 15 ms)."""
    octets = rig.noise(200)
    source = rig.sent(T1Transmitter(framing), octets)
    for start in range(0, 12 * FRAME_BITS, 29):
        line = Line(framing)
        line.feed(source[start:])
        assert line.alarms() == []
        got = len(line.frames) // 32
        searched = len(source) - start - got * FRAME_BITS
        assert rig.SYNC[framing] <= searched / FRAME_BITS < rig.SYNC[framing] + 24
        assert rig.timeslots(line.frames) == rig.timeslots(octets)[-got:]


@BOTH
@pytest.mark.parametrize("ber", [1e-3, 3e-3])
def test_alignment_in_spite_of_errors(framing: int, ber: float) -> None:
    """T1.231 asks framers to work at 1e-3: 60 beginnings each, found within 50 ms."""
    tx = T1Transmitter(framing)
    rng = random.Random(7)
    slow = 0
    for n in range(60):
        bits = rig.sent(tx, rig.noise(400, n))
        places = [i for i in range(len(bits)) if rng.random() < ber]
        line = Line(framing)
        line.feed(rig.flipped(bits, places)[rng.randrange(4000) :])
        first = line.now - rig.frames_ns(len(line.frames) // 32)
        slow += first > 20_000_000
        assert line.frames, f"not aligned in 50 ms, line {n}"
    assert slow <= 10


@BOTH
def test_two_of_four_alignment_bits_lose_it(framing: int) -> None:
    """Every pair of wrong alignment bits with fewer than 3 between: lost with the second. With 3 or
    more: not."""
    step = {D4: 2, ESF: 4}[framing]
    first = {D4: 120, ESF: 123}[framing]
    for apart in range(1, 7):
        source = rig.sent(T1Transmitter(framing), rig.noise(360))
        places = [(first + step * n) * FRAME_BITS for n in (0, apart)]
        line = Line(framing)
        line.feed(rig.flipped(source, places))
        lost = [rig.frames_ns(first + step * apart + 1)] if apart < 4 else []
        assert line.times(Alarm.LOF, True) == lost
        found = line.times(Alarm.LOF, False)
        assert len(found) == len(lost)
        assert line.rx.counts()["fas_errors"] == 2
        severe = apart < {D4: 3, ESF: 6}[framing]
        assert line.rx.counts()["severely_errored"] == int(severe)
        for before, after in zip(lost, found, strict=True):
            assert rig.frames_ns(rig.SYNC[framing]) <= after - before
            assert after - before <= rig.frames_ns(rig.SYNC[framing] + 24)


def test_superframe_alignment_of_d4_is_lost_by_three_of_six() -> None:
    source = rig.sent(T1Transmitter(D4), rig.noise(300))
    for wrong, lost in (((121, 125), False), ((121, 125, 129), True), ((121, 127, 133), False)):
        line = Line(D4)
        line.feed(rig.flipped(source, [n * FRAME_BITS for n in wrong]))
        assert (line.times(Alarm.LOF, True) != []) is lost
        assert line.rx.counts()["nfas_errors"] == len(wrong)


@BOTH
@pytest.mark.parametrize("bits", [1, 5, 8, 100, 192])
def test_a_gap_in_the_line_moves_alignment(framing: int, bits: int) -> None:
    octets = rig.noise(400, bits)
    source = rig.sent(T1Transmitter(framing), octets)
    line = Line(framing)
    line.feed(source[: 150 * FRAME_BITS] + "1" * bits + source[150 * FRAME_BITS :])
    lost, found = line.times(Alarm.LOF, True), line.times(Alarm.LOF, False)
    assert len(lost) == len(found) == 1
    assert lost[0] - rig.frames_ns(150) < 15_000_000
    assert found[0] - lost[0] < 20_000_000
    assert line.rx.counts()["reframes"] == 1
    assert rig.timeslots(line.frames)[-100:] == rig.timeslots(octets)[-100:]


def test_nothing_else_is_taken_for_frames() -> None:
    """Random bits, silence, ones, a repeated octet: 20 s of each, never aligned for long: D4 never,
    ESF by chance no more than once in 25 s (24 right bits of 4632 places) and not for a second."""
    rng = random.Random(3)
    for make in (
        lambda: f"{rng.getrandbits(8 * FRAME_BITS * 10):0{8 * FRAME_BITS * 10}b}",
        lambda: "1" * (8 * FRAME_BITS * 10),
        lambda: "01111110" * (FRAME_BITS * 10),
        lambda: "0000000100000000" * (FRAME_BITS * 5),
    ):
        for framing in (D4, ESF):
            line = Line(framing)
            for _ in range(300):
                line.feed(make(), block=160 * FRAME_BITS)
            found = len(line.times(Alarm.LOF, False))
            assert found == 0 if framing == D4 else found <= 2
            assert len(line.frames) // 32 < 8000


# ---- false framing -------------------------------------------------------------------------------

D4_F = [1, 0, 0, 0, 1, 1, 0, 1, 1, 1, 0, 0]
ESF_F = {3: 0, 7: 0, 11: 1, 15: 0, 19: 1, 23: 1}


def mimic(framing: int, frames: int, end: int | None = None) -> bytes:
    """Noise in which bit 8 of timeslot 9 has the framing pattern, 5 frames out of step, up to
    frame ``end``."""
    octets = bytearray(rig.noise(frames, 11))
    for n in range(frames if end is None else end):
        place = n * 32 + 9
        if framing == D4:
            octets[place] = octets[place] & 0xFE | D4_F[(n + 5) % 12]
        elif (n + 5) % 24 in ESF_F:
            octets[place] = octets[place] & 0xFE | ESF_F[(n + 5) % 24]
    return bytes(octets)


@BOTH
def test_an_imitation_delays_alignment_and_is_not_taken(framing: int) -> None:
    """While two places look right neither is taken; 24 frames after the imitation ends the true one
    is. Begun anywhere: the imitation comes first at times."""
    octets = mimic(framing, 500, 240)
    source = rig.sent(T1Transmitter(framing), octets)
    for start in (0, 1, 80, 200, 1000):
        line = Line(framing)
        line.feed(source[start:])
        got = len(line.frames) // 32
        assert 500 - 240 - 48 <= got < 500 - 240
        assert rig.timeslots(line.frames) == rig.timeslots(octets)[-got:]


def test_crc6_tells_an_imitation_of_esf_that_stays() -> None:
    """48 ms with two places: one is tried. Its CRC-6 fails for a second (320 of 333): the other one
    is looked for beside it, without loss of frame, and stays."""
    tries = set()
    octets = mimic(ESF, 20_000)
    source = rig.sent(T1Transmitter(ESF), octets)
    for start in range(0, 24 * FRAME_BITS, 5 * FRAME_BITS + 77):
        line = Line(ESF)
        line.feed(source[start:], block=160 * FRAME_BITS)
        counts = line.rx.counts()
        tries.add(counts["reframes"])
        assert counts["reframes"] <= 1
        assert Alarm.LOF not in {alarm for alarm, _ in line.alarms()[2:]}
        assert rig.timeslots(line.frames)[-9000:] == rig.timeslots(octets)[-9000:]
    assert 1 in tries


# ---- CRC-6 ---------------------------------------------------------------------------------------


def test_every_single_error_is_found() -> None:
    """CRC-6 finds each single bit error of a superframe, in whichever bit it counts."""
    superframes = 150
    source = rig.sent(T1Transmitter(), rig.noise(24 * superframes))
    rng = random.Random(5)
    places = []
    for superframe in range(8, 8 + 100):
        frame, bit = rng.randrange(24), rng.randrange(1, FRAME_BITS)
        places.append((superframe * 24 + frame) * FRAME_BITS + bit)
    line = Line()
    line.feed(rig.flipped(source, places))
    counts = line.rx.counts()
    assert counts["crc6_errors"] == 100
    assert counts["fas_errors"] == 0 and not line.events


def test_a_wrong_check_bit_is_an_error_and_a_wrong_link_bit_none() -> None:
    source = rig.sent(T1Transmitter(), rig.noise(24 * 40))
    line = Line()
    line.feed(rig.flipped(source, [(240 + n) * FRAME_BITS for n in (1, 24 + 5, 48 + 21)]))
    assert line.rx.counts()["crc6_errors"] == 3
    line = Line()
    line.feed(rig.flipped(source, [(240 + n) * FRAME_BITS for n in range(0, 240, 2)]))
    assert line.rx.counts()["crc6_errors"] == 0


@pytest.mark.parametrize(("bad", "searched"), [(319, 0), (320, 1)])
def test_320_of_333_checks_begin_a_search_beside(bad: int, searched: int) -> None:
    """Alignment stands meanwhile, and frames go on; an imitation is then found and tried, whose own
    checks fail, and the true place is taken again."""
    octets = mimic(ESF, 20_000)
    clean = bytearray(octets)
    for n in range(200):
        clean[n * 32 + 9] ^= (n % 3 == 0) & 1  # no imitation while alignment is found
    source = rig.sent(T1Transmitter(), bytes(clean))
    spoilt = [(24 * n + 2) * FRAME_BITS + 50 for n in range(6, 6 + bad)]
    line = Line()
    line.feed(rig.flipped(source, spoilt), block=160 * FRAME_BITS)
    assert line.rx.counts()["reframes"] == 2 * searched
    assert Alarm.LOF not in {alarm for alarm, _ in line.alarms()}
    assert rig.timeslots(line.frames)[-500:] == rig.timeslots(bytes(clean))[-500:]


# ---- robbed bits ---------------------------------------------------------------------------------


@BOTH
def test_robbed_bits_arrive_on_every_timeslot(framing: int) -> None:
    tx, line = T1Transmitter(framing, 0, rig.ALL), Line(framing, rig.ALL)
    line.feed(rig.sent(tx, rig.noise(240)))
    assert line.bits() == []
    for timeslot in range(1, 25):
        tx.abcd(timeslot, timeslot % 16)
    asked = line.now
    line.feed(rig.sent(tx, rig.noise(96)))
    want = {}
    for timeslot in range(1, 25):
        abcd = timeslot % 16
        want[timeslot] = abcd if framing == ESF else (abcd >> 2) * 5
    assert {ts: value for _, ts, value in line.bits()} == {ts: v for ts, v in want.items() if v}
    # Asked for between superframes: told after two of them.
    told = asked + rig.frames_ns(2 * rig.SUPERFRAME[framing])
    assert {time for time, _, _ in line.bits()} == {told}


@BOTH
def test_bits_that_last_one_superframe_are_not_told(framing: int) -> None:
    n = rig.SUPERFRAME[framing]
    tx, line = T1Transmitter(framing, 0, 1 << 4), Line(framing, 1 << 4)
    line.feed(rig.sent(tx, rig.noise(240)))
    for _ in range(10):
        tx.abcd(4, 0b1010)
        line.feed(rig.sent(tx, rig.noise(n)))
        tx.abcd(4, 0b0000)
        line.feed(rig.sent(tx, rig.noise(n)))
    assert line.bits() == []
    tx.abcd(4, 0b0101)
    line.feed(rig.sent(tx, rig.noise(3 * n)))
    assert [value for _, _, value in line.bits()] == [0b0101]


def test_bits_are_frozen_without_alignment() -> None:
    tx, line = T1Transmitter(ESF, 0, 2), Line(ESF, 2)
    tx.abcd(1, 0b1111)
    line.feed(rig.sent(tx, rig.noise(240)))
    assert [value for _, _, value in line.bits()] == [0b1111]
    line.silence(400)
    tx.abcd(1, 0b1100)
    line.feed(rig.sent(tx, rig.noise(24)))
    assert len(line.bits()) == 1
    line.feed(rig.sent(tx, rig.noise(240)))
    assert [value for _, _, value in line.bits()] == [0b1111, 0b1100]


def test_timeslots_without_robbed_bits_tell_none() -> None:
    tx, line = T1Transmitter(ESF, 0, rig.ALL), Line(ESF, 1 << 5)
    for timeslot in range(1, 25):
        tx.abcd(timeslot, 15)
    line.feed(rig.sent(tx, rig.noise(240)))
    assert [timeslot for _, timeslot, _ in line.bits()] == [5]


def test_received_octets_are_as_heard() -> None:
    """Voice keeps the robbed bit that came with it: nothing is put in its place."""
    tx, line = T1Transmitter(D4, 0, rig.ALL), Line(D4, rig.ALL)
    line.feed(rig.sent(tx, rig.idle(240)))
    got = rig.timeslots(line.frames)
    assert {bytes(octets) for octets in got} == {b"\xff" * 24, b"\xfe" * 24}
    assert sum(octets[0] == 0xFE for octets in got) == len(got) // 6


def test_rows_name_their_source() -> None:
    rows = wrap_t1.rows()
    assert rows["oof_errors"][0] == 2 and rows["oof_of"][0] == 4
    assert len(rows) == 22 and all(source for _, source in rows.values())
