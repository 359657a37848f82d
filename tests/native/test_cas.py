"""The outside end of cas ports (td_cas.h): packets, receivers, what is played."""

from __future__ import annotations

import array
import math
import socket

import pytest

from trunkd.errors import LocalError
from trunkd.native.wrap import alaw_decode, alaw_encode
from trunkd.native.wrap_cas import ALONE, EARLY, LEVELS, TOGETHER, CasLines, signal
from trunkd.native.wrap_tones import ALAW as TONE_ALAW
from trunkd.native.wrap_tones import (
    DIGITS,
    DTMF,
    R1,
    R2_BACKWARD,
    R2_FORWARD,
    MfBank,
    digits,
    frequencies,
)

BITS, DIGIT, SENT, CLOSED = 1, 2, 3, 4
DO_BITS, DO_SIGNAL, DO_SILENCE, DO_LISTEN = 1, 2, 3, 4
QUIET = b"A" + bytes((0xD5,)) * 160
Line = tuple[CasLines, list[socket.socket]]


def joined(channels: int = 1, together: int = TOGETHER, block: int = 160) -> Line:
    pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(channels)]
    lines = CasLines([near.fileno() for near, _ in pairs], block, together)
    # The near ends are kept with the far ones: their descriptors are what CasLines works on.
    return lines, [end for pair in zip(*pairs, strict=True) for end in pair]


def far_ends(line: Line) -> list[socket.socket]:
    return line[1][len(line[1]) // 2 :]


def rows(events: list[int]) -> list[dict[str, int]]:
    names = ("what", "channel", "at", "value", "kind", "on", "start", "duration")
    return [dict(zip(names, events[n : n + 8], strict=True)) for n in range(0, len(events), 8)]


def close(line: Line) -> None:
    for end in line[1]:
        end.close()


def order(what: int, channel: int = 0, value: int = 0, kind: int = 0, ms: int = 0, tag: int = 0):
    return [what, channel, value, kind, ms * 8, tag]


def heard_by(far: socket.socket, blocks: int) -> bytes:
    packets = [far.recv(321) for _ in range(blocks)]
    assert all(packet[:1] == b"A" for packet in packets)
    return b"".join(packet[1:] for packet in packets)


@pytest.mark.parametrize("kind", [R2_FORWARD, R2_BACKWARD, R1])
def test_every_signal_that_is_sent_is_what_a_receiver_hears(kind: int) -> None:
    line = joined()
    (far,) = far_ends(line)
    for digit in DIGITS[kind]:
        line[0].do(order(DO_SIGNAL, value=ord(digit), kind=kind))
        for _ in range(5):
            far.send(QUIET)
        line[0].run(line[0].heard() + 800)
        line[0].do(order(DO_SILENCE))
        octets = heard_by(far, 5)
        assert octets == (signal(kind, digit) * 2)[:800]
        found = MfBank(1, kind).process(octets + QUIET[1:], TONE_ALAW)
        assert [(e.digit, e.phase) for e in found] == [(digit, 1), (digit, 2)]
        level = -7.0 if kind == R1 else -11.5
        assert found[1].level_dbm0 == pytest.approx(level, abs=0.5)
        assert found[1].duration == pytest.approx(800, abs=40)
    close(line)


@pytest.mark.parametrize("kind", [DTMF, R2_FORWARD, R2_BACKWARD, R1])
def test_signals_come_round_without_a_seam(kind: int) -> None:
    """Two sines, in A-law, one period after the other."""
    for digit in DIGITS[kind]:
        octets = signal(kind, digit)
        heard = array.array("h", alaw_decode(octets * 2))
        peak = 22827 * 10 ** (LEVELS[kind] / 20)
        seam = len(octets)
        for n in (*range(100), *range(seam - 100, seam + 100)):
            sample = heard[n]
            turn = 2 * math.pi * n / 8000
            due = peak * sum(math.sin(hz * turn) for hz in frequencies(kind, digit))
            assert abs(sample - due) < 20 + abs(due) / 28, (digit, n)


@pytest.mark.parametrize("kind", [DTMF, R2_FORWARD, R2_BACKWARD, R1])
def test_digits_are_told_only_of_channels_that_listen(kind: int) -> None:
    line = joined(3)
    lines, far = line[0], far_ends(line)
    lines.do(order(DO_LISTEN, 1, 1 << (kind - 1)))
    sound = alaw_encode(bytes(640) + digits(kind, "5", on=0.1, off=0.1))
    for at in range(0, len(sound), 160):
        for end in far:
            end.send(b"A" + sound[at : at + 160])
    seen = []
    while lines.heard() < len(sound):
        seen += rows(lines.run(len(sound)))
    begun, over = seen
    assert {e["channel"] for e in seen} == {1} and {e["what"] for e in seen} == {DIGIT}
    assert chr(begun["value"]) == "5" and begun["kind"] == kind
    assert (begun["on"], over["on"]) == (1, 0)
    assert over["start"] == pytest.approx(320, abs=24)
    assert over["duration"] == pytest.approx(800, abs=40)
    assert begun["at"] <= 320 + 480 and begun["at"] % 160 == 0
    close(line)


def test_bits_are_told_before_the_block_they_came_before() -> None:
    line = joined(2)
    lines, far = line[0], far_ends(line)
    for end, bits in zip(far, (9, 1), strict=True):
        end.send(bytes((ord("C"), bits)))
        end.send(QUIET)
    assert [(e["what"], e["channel"], e["value"]) for e in rows(lines.run(320))] == [
        (BITS, 1, 1),
        (BITS, 0, 9),
    ]
    assert lines.heard() == 160
    lines.do(order(DO_BITS, 0, 13))
    assert far[0].recv(321)[:1] == b"A" and far[0].recv(321) == bytes((ord("C"), 13))
    close(line)


def test_what_is_played_once_ends_to_the_sample_and_is_told() -> None:
    line = joined()
    (far,) = far_ends(line)
    line[0].do(order(DO_SIGNAL, value=ord("1"), kind=R2_FORWARD, ms=50, tag=7))
    for _ in range(4):
        far.send(QUIET)
    assert [(e["what"], e["value"], e["on"]) for e in rows(line[0].run(640))] == [(SENT, 7, 1)]
    line[0].run(640)
    octets = heard_by(far, 4)
    assert octets[400:] == QUIET[1:] + bytes((0xD5,)) * 80
    assert octets[:400].count(0xD5) < 40
    line[0].play(0, bytes(range(200)), False, 8)
    line[0].do(order(DO_SILENCE))
    far.send(QUIET)
    assert [(e["what"], e["value"], e["on"]) for e in rows(line[0].run(800))] == [(SENT, 8, 0)]
    assert heard_by(far, 1) == QUIET[1:]
    line[0].play(0, bytes(range(1, 101)), True)
    for _ in range(2):
        far.send(QUIET)
    line[0].run(1120)
    assert heard_by(far, 2) == (bytes(range(1, 101)) * 4)[:320]
    close(line)


def test_answers_are_as_long_as_what_came() -> None:
    line = joined(block=80)
    (far,) = far_ends(line)
    far.send(QUIET[:41])
    far.send(QUIET + QUIET[1:])
    far.send(QUIET)
    line[0].run(520)
    assert [len(far.recv(400)) for _ in range(3)] == [81, 41, 321]
    assert line[0].heard() == 520
    close(line)


def test_a_far_end_that_hangs_up_is_told_once_after_what_it_sent() -> None:
    line = joined(2)
    lines, far = line[0], far_ends(line)
    far[0].send(bytes((ord("C"), 9)))
    far[0].close()
    far[1].send(QUIET)
    assert [(e["what"], e["channel"]) for e in rows(lines.run(480))] == [(BITS, 0), (CLOSED, 0)]
    far[1].send(QUIET)
    far[1].send(QUIET)
    assert lines.run(480) == [] and lines.heard() == 480
    lines.do(order(DO_BITS, 0, 1))
    far[1].close()
    assert [(e["what"], e["channel"]) for e in rows(lines.run(999))] == [(CLOSED, 1)]
    assert lines.run(999) == []
    close(line)


def test_nothing_comes_for_a_while_then_the_round_goes_on() -> None:
    line = joined(2)
    lines, far = line[0], far_ends(line)
    far[0].send(QUIET)
    assert lines.run(160) == [] and lines.heard() == 0
    far[1].send(QUIET)
    assert lines.run(160) == [] and lines.heard() == 160
    assert len(heard_by(far[0], 1)) == 160
    far[0].setblocking(False)
    with pytest.raises(BlockingIOError):
        far[0].recv(321)
    close(line)


def test_one_end_may_hear_first_and_answer_then() -> None:
    line = joined(together=EARLY)
    (far,) = far_ends(line)
    far.send(QUIET)
    far.send(QUIET)
    line[0].run(320)
    assert line[0].heard() == 320 and heard_by(far, 1) == QUIET[1:]
    line[0].play(0, bytes(range(1, 161)), False)
    far.send(QUIET)
    line[0].run(480)
    assert heard_by(far, 1) == bytes(range(1, 161))
    close(line)


def test_a_far_end_that_waits_for_us_is_not_kept_waiting() -> None:
    line = joined(together=EARLY)
    (far,) = far_ends(line)
    far.send(QUIET)
    assert line[0].run(320) == [] and line[0].heard() == 160
    assert line[0].run(320) == [] and line[0].heard() == 160
    assert len(heard_by(far, 2)) == 320
    far.send(QUIET)
    line[0].run(320)
    assert line[0].heard() == 320
    close(line)


def test_strange_packets_and_unequal_blocks_are_counted() -> None:
    line = joined(2)
    lines, far = line[0], far_ends(line)
    for packet in (b"X", b"C", b"C\x10", b"C12", b"A", b"A" + bytes(321)):
        far[0].send(packet)
    far[0].send(QUIET)
    far[1].send(QUIET[:100])
    assert lines.run(99) == []
    assert lines.counts() == (99, 0, 7, 0)
    close(line)


def test_one_by_one_each_channel_has_its_own_time() -> None:
    line = joined(2, together=ALONE)
    lines, far = line[0], far_ends(line)
    lines.do(order(DO_LISTEN, 1, 2))
    assert lines.take(0)[0] < 0
    sound = alaw_encode(digits(R2_FORWARD, "B", on=0.04, off=0.04))
    for at in range(0, len(sound), 80):
        far[1].send(b"A" + sound[at : at + 80])
    far[1].send(bytes((ord("C"), 5)))
    found: list[int] = []
    taken = []
    while not taken or taken[-1] >= 0:
        octets, events = lines.take(1)
        taken.append(octets)
        found += events
    assert taken[:-1] == [80] * 8 + [0]
    assert [(e["what"], e["value"]) for e in rows(found)] == [
        (DIGIT, ord("B")),
        (DIGIT, ord("B")),
        (BITS, 5),
    ]
    assert (lines.heard(0), lines.heard(1)) == (0, 640)
    assert lines.send(1, 33) == [] and len(far[1].recv(400)) == 34
    close(line)


def test_a_far_end_that_reads_nothing_loses_packets_and_holds_nobody_up() -> None:
    line = joined(together=ALONE)
    for _ in range(2000):
        line[0].send(0, 320)
    assert line[0].counts().dropped > 0
    close(line)


@pytest.mark.parametrize(
    "wrong",
    [
        order(9),
        order(DO_BITS, 1),
        order(DO_BITS, -1),
        order(DO_BITS, 0, 16),
        order(DO_SIGNAL, 0, ord("Z"), R2_FORWARD),
        order(DO_SIGNAL, 0, ord("1"), 5),
        order(DO_SIGNAL, 0, 1000, R2_FORWARD),
        order(DO_LISTEN, 0, 16),
    ],
)
def test_orders_that_cannot_be_done_are_named(wrong: list[int]) -> None:
    line = joined()
    with pytest.raises(LocalError, match="no such order"):
        line[0].do(order(DO_SILENCE) + wrong)
    close(line)


def test_numbers_out_of_range() -> None:
    for channels, block in ((0, 160), (513, 160), (1, 0), (1, 321)):
        with pytest.raises(LocalError, match="channels with blocks"):
            CasLines([0] * channels, block)
    line = joined()
    with pytest.raises(LocalError, match="channel 1"):
        line[0].play(1, b"x", False)
    with pytest.raises(LocalError, match="no octets"):
        line[0].play(0, b"", False)
    close(line)
