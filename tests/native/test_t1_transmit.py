"""The T1 transmitter in C, bit for bit against a slow reading of G.704 2.1 and T1.403."""

from __future__ import annotations

import importlib.util
import pathlib
import random

import pytest

from trunkd.native import wrap_t1
from trunkd.native.wrap_t1 import D4, ESF, T1Transmitter

_spec = importlib.util.spec_from_file_location(
    "t1_reference", pathlib.Path(__file__).with_name("t1_reference.py")
)
assert _spec and _spec.loader
ref = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(ref)

FRAMES = 24 * 12


def payload(seed: int, frames: int = FRAMES, zeros: bool = False) -> list[bytes]:
    rng = random.Random(seed)
    made = [rng.randbytes(32) for _ in range(frames)]
    if zeros:
        made = [bytes(octet if rng.random() < 0.7 else 0 for octet in frame) for frame in made]
    return made


def mask(timeslots: tuple[int, ...]) -> int:
    return sum(1 << timeslot for timeslot in timeslots)


def slow_line(slow: object, frames: list[bytes]) -> list[int]:
    return [bit for frame in frames for bit in slow.frame(frame[1:25])]  # type: ignore[attr-defined]


@pytest.mark.parametrize("framing", [D4, ESF])
@pytest.mark.parametrize("ami", [True, False])
@pytest.mark.parametrize("rai", [True, False])
@pytest.mark.parametrize("cas", [(), (1, 2, 8, 9, 23), tuple(range(1, 25))])
def test_each_bit_is_where_the_tables_put_it(
    framing: int, ami: bool, rai: bool, cas: tuple[int, ...]
) -> None:
    frames = payload(framing + 2 * ami + 4 * rai, zeros=ami)
    link = ref.codeword(0) * 200 if rai else []
    slow = ref.Framer(framing == ESF, ami, cas, rai, link)
    fast = T1Transmitter(framing, wrap_t1.AMI if ami else 0, mask(cas))
    fast.set(rai=rai)
    for timeslot in cas:
        slow.abcd[timeslot] = timeslot % 16
        fast.abcd(timeslot, timeslot % 16)

    line, n = fast.frames(b"".join(frames))

    assert ref.bits_of(line, n) == slow_line(slow, frames)


def test_the_state_does_not_depend_on_how_frames_are_split() -> None:
    """Blocks begin at any bit of an octet."""
    frames = payload(9)
    rng = random.Random(1)
    whole = ref.bits_of(*T1Transmitter().frames(b"".join(frames)))
    pieces = T1Transmitter()
    line: list[int] = []
    while frames:
        n = rng.randint(1, 11)
        line += ref.bits_of(*pieces.frames(b"".join(frames[:n])))
        frames = frames[n:]
    assert line == whole


def test_crc6_of_long_division() -> None:
    """The check bits of a superframe are those of the frames before, F bits taken as ones."""
    frames = payload(4, 24 * 40)
    line = ref.bits_of(*T1Transmitter().frames(b"".join(frames)))
    rows = [line[at : at + 193] for at in range(0, len(line), 193)]
    for number in range(39):
        want = ref.crc6(rows[number * 24 : number * 24 + 24])
        after = rows[number * 24 + 24 : number * 24 + 48]
        assert [after[n][0] for n in (1, 5, 9, 13, 17, 21)] == want


def test_robbed_bits_change_at_superframes_only() -> None:
    """Whenever a change is asked for, A to D of a superframe are of one value."""
    for ask_after in range(1, 24):
        tx = T1Transmitter(ESF, 0, 1 << 7)
        zeros = bytes(32)
        line = ref.bits_of(*tx.frames(zeros * ask_after))
        tx.abcd(7, 0b1111)
        line += ref.bits_of(*tx.frames(zeros * (72 - ask_after)))
        robbed = [line[frame * 193 + 1 + 6 * 8 + 7] for frame in range(5, 72, 6)]
        assert robbed == [0] * 4 + [1] * 8


def test_clear_channels_and_the_other_bits_are_as_given() -> None:
    cas = (3, 17)
    frames = payload(6)
    tx = T1Transmitter(ESF, 0, mask(cas))
    line = ref.bits_of(*tx.frames(b"".join(frames)))
    for number, frame in enumerate(frames):
        octets = bytearray(ref.octets_of(line[number * 193 + 1 : number * 193 + 193]))
        given = bytearray(frame[1:25])
        if number % 6 == 5:
            for timeslot in cas:
                assert octets[timeslot - 1] & 1 == 0
                octets[timeslot - 1] &= 0xFE
                given[timeslot - 1] &= 0xFE
        assert octets == given


def test_ami_has_no_more_than_15_zeros() -> None:
    """The most there are: 1000 0000, F = 0, 0000 0001."""
    rng = random.Random(2)
    frames = b"".join(
        bytes([0, 1, *(rng.choice((0, 0, 1, 0x80)) for _ in range(22)), 0x80, *bytes(7)])
        for _ in range(960)
    )
    tx = T1Transmitter(D4, wrap_t1.AMI, 0)
    text = "".join(map(str, ref.bits_of(*tx.frames(frames))))
    assert "0" * 15 in text and "0" * 16 not in text


def test_ais_is_unframed_ones_and_framing_goes_on_behind_it() -> None:
    frames = payload(5)
    tx, twin = T1Transmitter(), T1Transmitter()
    tx.set(ais=True)
    half = b"".join(frames[: FRAMES // 2])
    line, n = tx.frames(half)
    twin.frames(half)
    assert set(ref.bits_of(line, n)) == {1}
    tx.set()
    rest = b"".join(frames[FRAMES // 2 :])
    assert tx.frames(rest) == twin.frames(rest)


def test_the_data_link_carries_messages_and_codewords() -> None:
    tx = T1Transmitter()
    text = bytes([0x38, 0x01, 0x03, *range(0xF0, 0xFF), 0xFF, 0xFF])
    assert tx.message(text) == 1 and tx.message(text) == 0
    line = ref.bits_of(*tx.frames(bytes(32) * 1200))
    link = [line[n * 193] for n in range(0, 1200, 2)]
    wanted = ref.FLAG + ref.message(text) + ref.FLAG
    at = next(i for i in range(len(link)) if link[i : i + len(wanted)] == wanted)
    rest = link[at + len(wanted) :]
    assert rest == (ref.FLAG * 100)[: len(rest)] and set(link[:at]) <= {0, 1}

    tx.code(0x0E, 10)
    line = ref.bits_of(*tx.frames(bytes(32) * 1200))
    link = [line[n * 193] for n in range(0, 1200, 2)]
    codes = ref.codeword(0x0E) * 10
    at = next(i for i in range(len(link)) if link[i : i + len(codes)] == codes)
    assert at < 8
    assert link[at + len(codes) : at + len(codes) + 24] == ref.FLAG * 3
