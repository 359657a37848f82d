"""FSK signals made here with numpy, with what lines and clocks do to them."""

from __future__ import annotations

import numpy
import numpy.typing

from trunkd.native.wrap_fsk import BELL202, V23

Samples = numpy.typing.NDArray[numpy.int16]
TONES = {V23: (1300.0, 2100.0), BELL202: (1200.0, 2200.0)}
FINE = 8


def amplitude(level: float) -> float:
    """Of a sine of that many dBm0."""
    return 32768.0 * 10.0 ** ((level - 3.14) / 20)


def message_bits(octets: bytes, seizure: int, mark: int, stop: int, tail: int) -> list[int]:
    bits = [i & 1 for i in range(seizure)] + [1] * mark
    for octet in octets:
        bits += [0, *(octet >> k & 1 for k in range(8)), *[1] * stop]
    return bits + [1] * tail


def modulated(
    octets: bytes,
    modem: int,
    level: float,
    *,
    clock: float = 0.0,
    twist: float = 0.0,
    seizure: int = 300,
    mark: int = 180,
    stop: int = 1,
    tail: int = 10,
) -> numpy.typing.NDArray[numpy.float64]:
    """Samples of a transmission; ``clock`` is the sender's bit rate error, ``twist`` dB of mark
    over space."""
    bits = numpy.array(message_bits(octets, seizure, mark, stop, tail))
    rate = 1200 * (1 + clock)
    moment = numpy.arange(int(len(bits) * 8000 / rate) * FINE) / (8000 * FINE)
    at = bits[numpy.minimum((moment * rate).astype(int), len(bits) - 1)]
    mark_hz, space_hz = TONES[modem]
    phase = 2 * numpy.pi * numpy.cumsum(numpy.where(at, mark_hz, space_hz)) / (8000 * FINE)
    size = numpy.where(at, 10 ** (twist / 40), 10 ** (-twist / 40))
    made: numpy.typing.NDArray[numpy.float64] = (amplitude(level) * size * numpy.sin(phase))[::FINE]
    return made


def received(
    signal: numpy.typing.NDArray[numpy.float64],
    level: float,
    snr: float,
    rng: numpy.random.Generator,
    length: int,
) -> Samples:
    """The signal somewhere in ``length`` samples, in white noise over the whole 4 kHz."""
    noise = amplitude(level) / 2**0.5 * 10 ** (-snr / 20)
    line = rng.normal(0, noise, length)
    at = int(rng.integers(0, length - len(signal) + 1))
    line[at : at + len(signal)] += signal
    return numpy.clip(numpy.rint(line), -32768, 32767).astype(numpy.int16)
