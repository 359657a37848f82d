"""The FSK receivers and transmitter against signals and lines made with numpy."""

from __future__ import annotations

import importlib.util
import pathlib

import numpy
import pytest

from trunkd.errors import LocalError
from trunkd.native.wrap_fsk import (
    BELL202,
    CARRIER,
    FRAMING,
    LOST,
    OCTET,
    V23,
    FskEvent,
    FskReceiver,
    fsk_samples,
)

_spec = importlib.util.spec_from_file_location(
    "fsk_reference", pathlib.Path(__file__).with_name("fsk_reference.py")
)
assert _spec is not None and _spec.loader is not None
reference = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(reference)
TONES = reference.TONES
amplitude = reference.amplitude
message_bits = reference.message_bits
modulated = reference.modulated
received = reference.received

MODEMS = [pytest.param(V23, id="V.23"), pytest.param(BELL202, id="Bell 202")]
LENGTH = 9600


def missed(
    modem: int, level: float, snr: float, *, count: int = 100, seed: int = 1, **line: float
) -> int:
    """How many of ``count`` messages of 40 random octets did not come through whole."""
    rng = numpy.random.default_rng(seed)
    sent, lines = [], []
    for _ in range(count):
        octets = rng.integers(0, 256, 40, dtype=numpy.uint8).tobytes()
        sent.append(octets)
        signal = modulated(octets, modem, level, **line)  # type: ignore[arg-type]
        lines.append(received(signal, level, snr, rng, LENGTH))
    events = FskReceiver(count, modem).run(numpy.concatenate(lines))
    got = [bytearray() for _ in range(count)]
    for event in events:
        if event.kind == OCTET:
            got[event.channel].append(event.octet)
    return sum(octets not in bytes(heard) for octets, heard in zip(sent, got, strict=True))


@pytest.mark.parametrize("modem", MODEMS)
@pytest.mark.parametrize("level", [3, 0, -9, -18, -27, -36, -40])
def test_levels(modem: int, level: float) -> None:
    assert missed(modem, level, 15) == 0


@pytest.mark.parametrize("modem", MODEMS)
def test_noise(modem: int) -> None:
    """12 dB of white noise over 4 kHz: a bit has 17 dB over the noise in its own bandwidth."""
    assert missed(modem, -13.5, 12, count=300) == 0


@pytest.mark.parametrize("modem", MODEMS)
@pytest.mark.parametrize("clock", [-0.03, 0.03])
def test_clock(modem: int, clock: float) -> None:
    assert missed(modem, -13.5, 20, clock=clock) == 0


@pytest.mark.parametrize("modem", MODEMS)
@pytest.mark.parametrize("twist", [-6, 6])
def test_twist(modem: int, twist: float) -> None:
    assert missed(modem, -13.5, 15, twist=twist) == 0


@pytest.mark.parametrize("modem", MODEMS)
@pytest.mark.parametrize(("seizure", "mark"), [(0, 80), (96, 24), (30, 20), (0, 20)])
def test_cut_short(modem: int, seizure: int, mark: int) -> None:
    """The beginning is often lost: the line was still ringing, or a relay was slow."""
    assert missed(modem, -13.5, 25, seizure=seizure, mark=mark) == 0


@pytest.mark.parametrize("modem", MODEMS)
def test_stop_bits(modem: int) -> None:
    """ETSI allows up to 10 mark bits between characters."""
    assert missed(modem, -13.5, 20, count=30, stop=2) == 0
    assert missed(modem, -13.5, 20, count=30, stop=5) == 0


def by_kind(events: list[FskEvent]) -> list[int]:
    return [event.kind for event in events if event.kind in (CARRIER, LOST)]


def test_carrier() -> None:
    octets = bytes(range(256))
    signal = modulated(octets, V23, -20)
    line = numpy.zeros(len(signal) + 4000)
    line[2000 : 2000 + len(signal)] = signal
    events = FskReceiver(1).run(numpy.rint(line).astype(numpy.int16))
    assert by_kind(events) == [CARRIER, LOST]
    assert events[0].level == pytest.approx(-20, abs=3)
    assert events[-1].level == pytest.approx(-20, abs=0.3)
    assert 2000 < events[0].sample <= 2000 + 80
    assert len(signal) + 2000 < events[-1].sample <= len(signal) + 2000 + 160


def test_no_carrier_in_noise() -> None:
    """Noise at any level brings no characters."""
    rng = numpy.random.default_rng(3)
    octets = 0
    for level in (-60.0, -30.0, -10.0):
        noise = rng.normal(0, amplitude(level), 8000 * 60)
        line = numpy.clip(noise, -32768, 32767).astype(numpy.int16)
        octets += sum(event.kind == OCTET for event in FskReceiver(1).run(line))
    assert octets == 0


def test_framing_error() -> None:
    """A character whose stop bit is space, and one after it that is good again."""
    bits = message_bits(b"", 0, 60, 1, 0) + [0, *[1, 0] * 4, 0] + [1] * 12
    bits += message_bits(b"A", 0, 0, 1, 20)
    boundaries = numpy.minimum(numpy.arange(len(bits) * 20 // 3) * 3 // 20, len(bits) - 1)
    mark, space = TONES[V23]
    step = numpy.where(numpy.array(bits)[boundaries], mark, space)
    line = (8000 * numpy.sin(2 * numpy.pi * numpy.cumsum(step) / 8000)).astype(numpy.int16)
    events = FskReceiver(1).run(numpy.concatenate([line, numpy.zeros(200, numpy.int16)]))
    found = [(e.kind, e.octet) for e in events if e.kind in (OCTET, FRAMING)]
    assert found == [(FRAMING, 0x55), (OCTET, 0x41)]


@pytest.mark.parametrize("modem", MODEMS)
def test_blocks_and_vectors_do_not_matter(modem: int) -> None:
    """Plain C, vector instructions, and every way of cutting the samples give the same events."""
    rng = numpy.random.default_rng(11)
    channels, length = 7, 16000
    lines = rng.integers(-32768, 32768, (channels, length)).astype(numpy.int16)
    for c in range(channels - 1):
        signal = modulated(rng.bytes(60), modem, -6.0 * c)
        lines[c] = received(signal, -6.0 * c, 18, rng, length)
    whole = FskReceiver(channels, modem).run(lines.copy())
    plain = FskReceiver(channels, modem, vector=False)
    assert not plain.vector
    cut: list[FskEvent] = []
    at = 0
    while at < length:
        n = min(int(rng.integers(1, 400)), length - at)
        cut += plain.run(numpy.ascontiguousarray(lines[:, at : at + n]))
        at += n
    assert sorted(whole) == sorted(cut)
    assert sum(event.kind == OCTET for event in whole) > 300


def test_reset() -> None:
    """Begun afresh in the middle, a channel forgets the carrier; its neighbour does not."""
    signal = numpy.rint(modulated(bytes(200), V23, -10)).astype(numpy.int16)
    half = signal[: len(signal) // 2]
    receiver = FskReceiver(2)
    receiver.run(numpy.concatenate([half, half]))
    receiver.reset(0)
    silence = numpy.zeros(1600, numpy.int16)
    events = receiver.run(silence)
    assert [(e.kind, e.channel) for e in events if e.kind == LOST] == [(LOST, 1)]


@pytest.mark.parametrize("modem", MODEMS)
def test_transmitter(modem: int) -> None:
    """Level and frequencies as asked, and no step of phase anywhere."""
    samples = numpy.array(fsk_samples(b"\x00\xff" * 30, modem, level=-13.5, seizure=60, mark=40))
    power = numpy.mean(samples.astype(float) ** 2)
    assert 10 * numpy.log10(power / 2**29) + 3.14 == pytest.approx(-13.5, abs=0.1)
    spectrum = numpy.abs(numpy.fft.rfft(samples[400:640], 8000))  # mark only
    assert abs(int(numpy.argmax(spectrum)) - TONES[modem][0]) < 8
    steepest = numpy.max(numpy.abs(numpy.diff(samples)))
    assert steepest <= 2 * numpy.pi * TONES[modem][1] / 8000 * amplitude(-13.5)
    assert len(samples) == -(-(60 + 40 + 600 + 10) * 20 // 3)


def test_own_ends() -> None:
    octets = bytes(range(256))
    samples = fsk_samples(octets, BELL202, level=-30, stop=2)
    events = FskReceiver(1, BELL202).run(samples)
    assert octets in bytes(event.octet for event in events if event.kind == OCTET)


def test_wrong_use() -> None:
    with pytest.raises(LocalError, match="1 to 4096 channels"):
        FskReceiver(0)
    with pytest.raises(LocalError, match="V23 or BELL202"):
        FskReceiver(1, 7)
    with pytest.raises(LocalError, match="equally many"):
        FskReceiver(2).run(numpy.zeros(3, numpy.int16))
    with pytest.raises(LocalError, match="channel 2"):
        FskReceiver(2).reset(2)
    with pytest.raises(LocalError, match="stop bits"):
        fsk_samples(b"a", stop=0)
    with pytest.raises(LocalError, match="8000 bits"):
        fsk_samples(b"a", mark=9000)
