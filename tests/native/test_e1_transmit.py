"""The E1 transmitter in C, bit for bit against a slow reading of G.704's tables."""

from __future__ import annotations

import importlib.util
import pathlib
import random

import pytest

from trunkd.native.wrap_engine import E1Transmitter

_spec = importlib.util.spec_from_file_location(
    "e1_reference", pathlib.Path(__file__).with_name("e1_reference.py")
)
assert _spec and _spec.loader
ref = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(ref)

FRAMES = 16 * 12


def payload(seed: int, frames: int = FRAMES) -> list[bytes]:
    rng = random.Random(seed)
    return [rng.randbytes(32) for _ in range(frames)]


@pytest.mark.parametrize("crc4", [True, False])
@pytest.mark.parametrize("cas", [True, False])
@pytest.mark.parametrize("rai", [True, False])
def test_each_bit_is_where_g704_puts_it(crc4: bool, cas: bool, rai: bool) -> None:
    frames = payload(crc4 + 2 * cas + 4 * rai)
    slow = ref.Framer(crc4=crc4, cas=cas, rai=rai, rai16=rai, sa=[1, 0, 1, 1, 0])
    slow.abcd = {n: n % 15 + 1 for n in [*range(1, 16), *range(17, 32)]} | {20: 0}
    fast = E1Transmitter(crc4, cas)
    fast.set(rai=rai, rai16=rai, sa=0b10110)
    for timeslot, bits in slow.abcd.items():
        fast.abcd(timeslot, bits)

    line = fast.frames(b"".join(frames))

    assert ref.bits_of(line) == [bit for frame in frames for bit in slow.frame(frame)]


def test_the_state_does_not_depend_on_how_frames_are_split() -> None:
    frames = payload(9)
    rng = random.Random(1)
    whole = E1Transmitter().frames(b"".join(frames))
    pieces = E1Transmitter()
    line = b""
    while frames:
        n = rng.randint(1, 11)
        line += pieces.frames(b"".join(frames[:n]))
        frames = frames[n:]
    assert line == whole


def test_e_bits_tell_each_errored_submultiframe_once() -> None:
    """G.704 2.3.3.4: 0 for a submultiframe in error, 1 for a good one, in frames 13 and 15."""
    frames = payload(3)
    fast = E1Transmitter()
    fast.set(e_line=True)
    fast.owe(5)
    slow = ref.Framer(e=[0] * 5 + [1] * (FRAMES // 8 - 5))
    line = fast.frames(b"".join(frames))
    assert ref.bits_of(line) == [bit for frame in frames for bit in slow.frame(frame)]


def test_e_bits_are_0_while_the_receiver_has_no_multiframe() -> None:
    frames = payload(4)
    slow = ref.Framer(e=[0] * (FRAMES // 8))
    line = E1Transmitter().frames(b"".join(frames))
    assert ref.bits_of(line) == [bit for frame in frames for bit in slow.frame(frame)]


def test_ais_is_all_ones_and_framing_goes_on_behind_it() -> None:
    frames = payload(5)
    tx, twin = E1Transmitter(), E1Transmitter()
    tx.set(ais=True)
    half = b"".join(frames[: FRAMES // 2])
    assert tx.frames(half) == b"\xff" * len(half)
    twin.frames(half)
    tx.set()
    rest = b"".join(frames[FRAMES // 2 :])
    assert tx.frames(rest) == twin.frames(rest)


def test_crc4_of_the_octets_is_that_of_the_polynomial() -> None:
    """One bit set at each place of a submultiframe: the check is x^(n+4) mod x^4 + x + 1."""
    for place in range(8, 2048, 7):
        octets = bytearray(8 * 32)
        octets[place // 8] |= 0x80 >> place % 8
        if place // 8 % 32 == 0:
            continue  # timeslot 0 is not the payload's
        slow = ref.Framer()
        expected = [bit for at in range(0, 256, 32) for bit in slow.frame(octets[at : at + 32])]
        tx = E1Transmitter()
        assert ref.bits_of(tx.frames(bytes(octets))) == expected
        after = ref.bits_of(tx.frames(bytes(8 * 32)))
        assert [after[i * 512] for i in range(4)] == slow.check
