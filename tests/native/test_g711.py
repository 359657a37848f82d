"""G.711 in C against the Recommendation's own figures, made here from its segments."""

from __future__ import annotations

import array

import numpy
import pytest

from trunkd.errors import LocalError
from trunkd.native.wrap import (
    alaw_decode,
    alaw_encode,
    alaw_to_ulaw,
    ulaw_decode,
    ulaw_encode,
    ulaw_to_alaw,
)

OCTETS = bytes(range(256))
SAMPLES = array.array("h", range(-32768, 32768))


def alaw_values() -> list[int]:
    """Quantized values y1 to y128 of table 1a, in units of a full scale of 4096."""
    values = [2 * n + 1 for n in range(32)]
    for segment in range(6):
        step = 4 << segment
        values += [(64 << segment) + step * n + step // 2 for n in range(16)]
    return values


def ulaw_values() -> list[int]:
    """Quantized values y0 to y127 of table 2a, in units of a full scale of 8159."""
    values = [2 * n for n in range(16)]
    for segment in range(1, 8):
        step = 2 << segment
        values += [(33 << segment) - 33 + step * n for n in range(16)]
    return values


def alaw_octet(number: int, positive: bool) -> int:
    """Value number 1 to 128 to the octet on the line: bits as drawn, even ones inverted."""
    return (number - 1 | (0x80 if positive else 0)) ^ 0x55


def ulaw_octet(number: int, positive: bool) -> int:
    return (0x7F - number) | (0x80 if positive else 0)


def decoded(octets: bytes) -> array.array[int]:
    return array.array("h", octets)


def test_alaw_values() -> None:
    values = alaw_values()
    assert len(values) == 128
    assert values[-1] == 4032
    linear = decoded(alaw_decode(OCTETS))
    for n, value in enumerate(values, 1):
        assert linear[alaw_octet(n, True)] == value * 8
        assert linear[alaw_octet(n, False)] == -value * 8


def test_ulaw_values() -> None:
    values = ulaw_values()
    assert len(values) == 128
    assert values[-1] == 8031
    linear = decoded(ulaw_decode(OCTETS))
    for n, value in enumerate(values):
        assert linear[ulaw_octet(n, True)] == value * 4
        assert linear[ulaw_octet(n, False)] == -value * 4


def alaw_decisions() -> list[int]:
    """Decision values x1 to x128 of table 1a, the lower ends of the values' ranges."""
    values = [2 * n for n in range(32)]
    for segment in range(6):
        values += [(64 << segment) + (4 << segment) * n for n in range(16)]
    return values


def ulaw_decisions() -> list[int]:
    """Decision values of table 2a, the lower ends of the ranges of values 0 to 127."""
    values = [0] + [2 * n - 1 for n in range(1, 16)]
    for segment in range(1, 8):
        step = 2 << segment
        values += [(33 << segment) - 33 + step * n - step // 2 for n in range(16)]
    return values


@pytest.mark.parametrize("law", ["a", "mu"])
def test_every_sample(law: str) -> None:
    """All 65536 samples against the decision values; one that lies on a decision value goes to the
    larger value when positive, to the smaller one when negative (G.191)."""
    if law == "a":
        octets, decisions = alaw_encode(memoryview(SAMPLES)), numpy.array(alaw_decisions()) * 8
        want = {(n, sign): alaw_octet(n + 1, sign) for n in range(128) for sign in (False, True)}
    else:
        octets, decisions = ulaw_encode(memoryview(SAMPLES)), numpy.array(ulaw_decisions()) * 4
        want = {(n, sign): ulaw_octet(n, sign) for n in range(128) for sign in (False, True)}
    for sample, octet in zip(SAMPLES, octets, strict=True):
        if sample >= 0:
            number = int(numpy.searchsorted(decisions, sample, "right")) - 1
        else:
            number = int(numpy.searchsorted(decisions, -sample, "left")) - 1
        assert octet == want[number, sample >= 0], sample


def test_round_trips() -> None:
    assert alaw_encode(alaw_decode(OCTETS)) == OCTETS
    # mu-law has two zeros; linear has one.
    assert ulaw_encode(ulaw_decode(OCTETS)) == OCTETS.replace(b"\x7f", b"\xff")


def test_test_signal() -> None:
    """Tables 5 and 6: the 1 kHz sequences at 0 dBm0, 8 octets each, and their level."""
    for octets, decode, full in (
        (bytes.fromhex("34212134b4a1a1b4"), alaw_decode, 32768 / 10 ** (3.14 / 20)),
        (bytes.fromhex("1e0b0b1e9e8b8b9e"), ulaw_decode, 8159 * 4 / 10 ** (3.17 / 20)),
    ):
        samples = numpy.array(decoded(decode(octets)), dtype=float)
        peak = numpy.sqrt(2 * numpy.mean(samples**2))
        assert abs(20 * numpy.log10(peak / full)) < 0.05


def test_conversions_follow_note_2() -> None:
    """G.711 3.6 note 2: what a conversion there and back changes, by value number, and that only
    bit 8 of the octet changes."""
    there_and_back = ulaw_to_alaw(alaw_to_ulaw(OCTETS))
    changed = {n for n in range(1, 129) if there_and_back[o := alaw_octet(n, True)] != o}
    assert changed == {26, 28, 30, 32, 45, 47, 63, 80}
    assert all((a ^ b) & ~1 == 0 for a, b in zip(there_and_back, OCTETS, strict=True))
    there_and_back = alaw_to_ulaw(ulaw_to_alaw(OCTETS))
    changed = {n for n in range(128) if there_and_back[o := ulaw_octet(n, True)] != o}
    assert changed == {0, 2, 4, 6, 8, 10, 12, 14}
    assert all((a ^ b) & ~1 == 0 for a, b in zip(there_and_back, OCTETS, strict=True))


def test_conversions_keep_the_sound() -> None:
    """Each conversion takes a neighbouring value, never further than one step of the other law."""
    for convert, before, after in (
        (alaw_to_ulaw, alaw_decode, ulaw_decode),
        (ulaw_to_alaw, ulaw_decode, alaw_decode),
    ):
        was = numpy.array(decoded(before(OCTETS)), dtype=float)
        now = numpy.array(decoded(after(convert(OCTETS))), dtype=float)
        assert numpy.all(numpy.abs(now - was) <= 8 + numpy.abs(was) / 16)
        assert numpy.all(now * was >= 0)


def test_buffers_of_any_kind() -> None:
    samples = numpy.arange(-1000, 1000, dtype=numpy.int16)
    want = alaw_encode(samples.tobytes())
    assert alaw_encode(samples) == want  # type: ignore[arg-type]
    assert alaw_encode(memoryview(b"x" + samples.tobytes())[1:]) == want
    assert alaw_decode(bytearray(want)) == alaw_decode(want)
    assert alaw_encode(b"") == alaw_decode(b"") == b""


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(LocalError, match="whole number"):
        ulaw_encode(b"123")
