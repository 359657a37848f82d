"""The E1 receiver: alignment from any bit, loss, CRC-4 multiframe, each by its clause of G.706."""

from __future__ import annotations

import random

import pytest

from trunkd.board.events import Alarm
from trunkd.native.wrap_engine import E1Receiver, E1Transmitter

FRAME_NS = 125_000
FRAME_BITS = 256

Seen = list[tuple[int, int, int, int]]


def joined(prefix_bits: str, octets: bytes) -> tuple[bytes, int]:
    """Octets of a line that begins with some bits and goes on with those of ``octets``."""
    bits = prefix_bits + "".join(f"{octet:08b}" for octet in octets)
    padded = bits + "0" * (-len(bits) % 8)
    return int(padded, 2).to_bytes(len(padded) // 8, "big"), len(bits)


class Line:
    """Feeds a receiver in blocks and keeps what it gives. ``now``: ns since the first bit."""

    def __init__(self, crc4: bool = True, cas: bool = False) -> None:
        self.rx = E1Receiver(crc4, cas)
        self.bits_in = 0
        self.frames = b""
        self.events: Seen = []

    @property
    def now(self) -> int:
        return self.bits_in * 125_000 // 256

    def feed(self, octets: bytes, nbits: int | None = None, signal: bool = True) -> Seen:
        nbits = len(octets) * 8 if nbits is None else nbits
        seen: Seen = []
        for at in range(0, nbits, 2048):
            n = min(2048, nbits - at)
            frames, events = self.rx.line(octets[at // 8 :][: n // 8 + 1], n, self.now, signal)
            self.bits_in += n
            self.frames += frames
            seen += events
        self.events += seen
        return seen

    def alarm_times(self, alarm: Alarm, active: bool) -> list[int]:
        return [t for t, a, value, _ in self.events if a == alarm and value == active]


def idle(frames: int) -> bytes:
    return bytes([0xD5]) * (32 * frames)


def numbered(frames: int, seed: int = 0) -> bytes:
    """Frames whose octets 1 to 31 never look like a FAS at any bit place for long."""
    rng = random.Random(seed)
    return b"".join(bytes([0xD5, n & 0xFF, *rng.randbytes(30)]) for n in range(frames))


# ---- basic frame alignment (4.1) -----------------------------------------------------------------


@pytest.mark.parametrize("cut", range(8))
def test_alignment_is_found_from_every_bit(cut: int) -> None:
    """The line begins at any of 512 bits: alignment comes with the second FAS of the first pair
    whose FAS is whole, and every frame from there on is delivered unchanged."""
    source = E1Transmitter().frames(idle(16))
    bits = "".join(f"{octet:08b}" for octet in source)
    for start in range(cut, 512, 8):
        line = Line(crc4=False)
        octets, n = joined(bits[start:], b"")
        line.feed(octets, n)
        first_fas = -start % 512
        assert line.alarm_times(Alarm.LOF, False) == [] and not line.rx.alarms()
        whole = (n - first_fas) // FRAME_BITS - 2
        assert len(line.frames) == whole * 32
        sent = 16 - whole
        assert line.frames == source[sent * 32 :]


def test_alignment_needs_fas_bit2_and_fas() -> None:
    """4.1.2: a FAS whose next frame has bit 2 = 0, or no FAS after it, is not alignment."""
    good = bytearray(E1Transmitter().frames(idle(6)))
    wrong = good.copy()
    wrong[32] &= 0xBF  # bit 2 of the first NFAS
    line = Line(crc4=False)
    line.feed(bytes(wrong))
    # First pair refused: alignment by frames 2, 3, 4, and only 4 and 5 are delivered.
    assert line.frames == bytes(wrong[4 * 32 :])
    wrong = good.copy()
    wrong[64] ^= 0x10  # the FAS of frame 2
    line = Line(crc4=False)
    line.feed(bytes(wrong) + E1Transmitter().frames(idle(8)))
    assert line.frames == E1Transmitter().frames(idle(8))
    # Frames 4, 5, 6 are the first good three: frame 6 on is delivered.
    assert len(line.frames) == (14 - 6) * 32


@pytest.mark.parametrize("errors", [1, 2, 3])
def test_alignment_is_lost_by_three_fas_in_error(errors: int) -> None:
    """4.1.1: three consecutive incorrect FAS; two are not enough."""
    source = bytearray(E1Transmitter().frames(idle(64)))
    for i in range(errors):
        source[(16 + 2 * i) * 32] ^= 0x02
    line = Line(crc4=False)
    line.feed(bytes(source))
    assert line.rx.counts()["fas_errors"] == errors
    if errors < 3:
        assert not line.events
        return
    # Lost with the frame of the third; found again two frames and a timeslot after the next FAS.
    assert line.alarm_times(Alarm.LOF, True) == [21 * FRAME_NS]
    found = (22 + 2) * FRAME_NS + 8 * FRAME_NS // FRAME_BITS
    assert line.alarm_times(Alarm.LOF, False) == [found]


def test_errors_that_are_not_consecutive_do_not_count() -> None:
    source = bytearray(E1Transmitter().frames(idle(64)))
    for frame in (16, 18, 22, 24, 28, 30):
        source[frame * 32] ^= 0x40
    line = Line(crc4=False)
    line.feed(bytes(source))
    assert line.rx.counts()["fas_errors"] == 6 and not line.events


def test_alignment_is_lost_by_bit_2_three_times() -> None:
    """4.1.1: bit 2 of timeslot 0 in frames without FAS in error three times running."""
    source = bytearray(E1Transmitter().frames(idle(64)))
    for frame in (17, 19, 21):
        source[frame * 32] &= 0xBF
    line = Line(crc4=False)
    line.feed(bytes(source))
    assert line.alarm_times(Alarm.LOF, True) == [22 * FRAME_NS]


@pytest.mark.parametrize("bits", [1, 5, 8, 13, 100, 255])
def test_a_gap_in_the_line_moves_alignment(bits: int) -> None:
    """Bits inserted in mid-line: loss by three FAS, then the frames are right again."""
    source = E1Transmitter().frames(numbered(80, bits))
    line = Line()
    line.feed(source[: 32 * 32])
    octets, n = joined("1" * bits, source[32 * 32 :])
    line.feed(octets, n)
    lost = line.alarm_times(Alarm.LOF, True)
    found = line.alarm_times(Alarm.LOF, False)
    assert len(lost) == len(found) == 1 and lost < found
    assert (lost[0] - 32 * FRAME_NS) // FRAME_NS <= 6
    assert found[0] - lost[0] < 1_000_000
    assert line.frames.endswith(source[-32 * 30 :])


# ---- CRC-4 multiframe alignment (4.2) and monitoring (4.3) ---------------------------------------


def test_multiframe_takes_two_signals_and_then_counts_errors() -> None:
    """Frame alignment with frame 2, so the first multiframe alignment signal seen is in frames 17
    to 27, the second in 33 to 43: the first whole submultiframe is 48 to 55, checked by the C bits
    of 56 to 63. Bits spoilt before count nothing."""
    source = bytearray(E1Transmitter().frames(numbered(80)))
    for frame in (20, 30, 46, 48, 63):
        source[frame * 32 + 5] ^= 0x01
    line = Line()
    line.feed(bytes(source))
    assert line.rx.counts()["crc4_errors"] == 2


def test_every_single_error_is_found() -> None:
    """CRC-4 finds each single bit error of a submultiframe, wherever it is."""
    source = bytearray(E1Transmitter().frames(numbered(8 * 260)))
    rng = random.Random(5)
    for submultiframe in range(8, 250):
        place = submultiframe * 2048 + rng.randrange(2048)
        while place // 8 % 32 == 0:
            place = submultiframe * 2048 + rng.randrange(2048)
        source[place // 8] ^= 0x80 >> place % 8
    line = Line()
    line.feed(bytes(source))
    counts = line.rx.counts()
    assert counts["crc4_errors"] == 242
    assert counts["fas_errors"] == 0 and not line.events


def test_e_bits_are_counted() -> None:
    tx = E1Transmitter()
    tx.set(e_line=True)
    line = Line()
    line.feed(tx.frames(idle(64)))
    tx.owe(7)
    line.feed(tx.frames(idle(256)))
    assert line.rx.counts()["e_bits"] == 7


def mimic(frames: int) -> bytes:
    """Frames in which timeslot 5 imitates FAS and NFAS, one frame out of step with the true."""
    octets = bytearray(idle(frames))
    for n in range(frames):
        octets[n * 32 + 5] = 0x1B if n % 2 == 1 else 0xDF
    return bytes(octets)


def test_a_false_alignment_is_left_for_the_true_one() -> None:
    """4.2: without multiframe alignment in 8 ms (64 frames) the search goes on after the place
    that was wrong, beside it: no LOF is told. The true place shows its multiframe alignment signal
    twice in the next 4 ms; then frames come from there."""
    source = E1Transmitter().frames(mimic(400))
    # Begin just after a true FAS: the imitation comes first.
    line = Line()
    line.feed(source[1:])
    counts = line.rx.counts()
    assert counts["reframes"] == 1
    assert line.alarm_times(Alarm.LOF, True) == []
    right = 400 - 64 - 3 * 16 - 4
    assert line.frames.endswith(source[-32 * right :])
    assert len(line.frames) // 32 >= 400 - 8
    assert counts["crc4_errors"] == 0


def test_speech_that_imitates_alignment_harms_nothing_without_crc4() -> None:
    """Far end without CRC-4: places that look like alignment are tried and given up; the true
    alignment is never left, and every frame arrives."""
    rng = random.Random(2)
    source = E1Transmitter(crc4=False).frames(
        b"".join(
            bytes([0xD5, *([0x1B, 0xDF][n % 2],) * 4, *rng.randbytes(27)]) for n in range(4800)
        )
    )
    line = Line()
    line.feed(source)
    assert line.rx.counts()["reframes"] == 0
    assert line.frames == source[2 * 32 :]
    assert line.alarm_times(Alarm.LOMF_CRC, True) == [3202 * FRAME_NS]


def test_lomf_after_400_ms_and_clear_with_the_second_signal() -> None:
    """Far end without CRC-4: LOMF_CRC once frame alignment stood 3200 frames (400 ms) without
    multiframe alignment; gone with the second multiframe alignment signal."""
    line = Line()
    line.feed(E1Transmitter(crc4=False).frames(idle(3200 + 800)))
    aligned = 2  # the frames before alignment
    assert line.alarm_times(Alarm.LOMF_CRC, True) == [(3200 + aligned) * FRAME_NS]
    begun = line.now
    line.feed(E1Transmitter(crc4=True).frames(idle(64)))
    assert line.alarm_times(Alarm.LOMF_CRC, False) == [begun + 28 * FRAME_NS]
    assert line.alarm_times(Alarm.LOF, True) == []


@pytest.mark.parametrize(("bad", "lost"), [(914, False), (915, True)])
def test_915_of_1000_blocks_force_a_new_search(bad: int, lost: bool) -> None:
    """4.3.2: 915 or more errored CRC blocks out of 1000 are a false alignment."""
    source = bytearray(E1Transmitter().frames(idle(8 * 1010)))
    # Blocks are counted from the first that is checked: submultiframe 6 (frames 48 to 55).
    for submultiframe in range(6, 6 + bad):
        source[submultiframe * 256 + 7] ^= 0x10
    line = Line()
    line.feed(bytes(source))
    assert line.rx.counts()["crc4_errors"] == bad
    assert (line.alarm_times(Alarm.LOF, True) != []) is lost
    if lost:
        # The submultiframe after the last errored one carries its check.
        assert line.alarm_times(Alarm.LOF, True) == [(6 + 915 + 1) * 8 * FRAME_NS]


def test_counting_begins_anew_after_1000_blocks() -> None:
    source = bytearray(E1Transmitter().frames(idle(8 * 2010)))
    for submultiframe in [*range(6 + 200, 6 + 1000), *range(6 + 1000, 6 + 1800)]:
        source[submultiframe * 256 + 7] ^= 0x10
    line = Line()
    line.feed(bytes(source))
    assert line.rx.counts()["crc4_errors"] == 1600
    assert line.alarm_times(Alarm.LOF, True) == []


@pytest.mark.parametrize("size", [1, 3, 8, 13, 97, 160])
def test_the_result_does_not_depend_on_how_the_line_is_split(size: int) -> None:
    source = bytearray(E1Transmitter(cas=True).frames(numbered(480, 3)))
    rng = random.Random(size)
    for _ in range(40):
        place = rng.randrange(len(source) * 8)
        source[place // 8] ^= 0x80 >> place % 8
    octets, n = joined("101", bytes(source))
    whole, split = Line(cas=True), E1Receiver(True, True)
    whole.feed(octets, n)
    frames, events = b"", []
    bits = "".join(f"{octet:08b}" for octet in octets)[:n]
    for at in range(0, n, size * 256):
        piece, nbits = joined(bits[at : at + size * 256], b"")
        got, seen = split.line(piece, nbits, at * 125_000 // 256)
        frames += got
        events += seen
    assert frames == whole.frames
    # Times are whole ns of a bit of 488.28125 ns: they may differ by the rounding.
    assert [e[1:] for e in events] == [e[1:] for e in whole.events]
    for one, other in zip(events, whole.events, strict=True):
        assert abs(one[0] - other[0]) <= 1
    assert split.counts() == whole.rx.counts()
