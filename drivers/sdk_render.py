"""What is to be played as octets for the library's memory: tones, silence, prompts, at a volume.

Octets of the timeslot's own law go out as they are at volume 0. Speed and FSK are beyond the board.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ..board.media_events import DigitKind
from ..board.model import Law
from ..board.play import Octets, PlayItem, PlayOptions, Silence, Tones
from ..board.play import digits as digit_tones
from ..board.progress_tones import RATE, Step
from ..errors import DriverError, LocalError
from ..native import wrap

IDLE: Final = {Law.A: 0xD5, Law.MU: 0xFF}
FULL_SCALE_DBM0: Final = {Law.A: 3.14, Law.MU: 3.17}
"""Of a sine at the coder's overload point (G.711)."""
OVERLOAD: Final = 32256.0
"""That point, in steps of 16 bits."""
SAMPLES_A_MS: Final = RATE // 1000

Samples = npt.NDArray[np.float64]


class Sound(NamedTuple):
    """Octets; after the first turn they begin again at ``loop_from``, ``loops`` times (-1: for
    ever)."""

    octets: bytes
    loop_from: int
    loops: int
    damaged: bool


def render(items: Sequence[PlayItem], options: PlayOptions, law: Law) -> Sound:
    """A list as the octets of one buffer. DriverError: what the board cannot do."""
    if options.speed != 1.0:
        raise DriverError("this board plays at its own speed only: leave speed out")
    if options.stop_on_voice:
        raise DriverError("this board does not tell speech: it cannot end what it plays at it")
    parts: list[bytes] = []
    loop_from, endless, damaged = 0, False, False
    for item in items:
        if isinstance(item, Octets):
            parts.append(_octets(item, options.volume_db, law))
            damaged = item.damage != ""
        elif isinstance(item, Silence):
            parts.append(bytes([IDLE[law]]) * (item.ms * SAMPLES_A_MS))
        elif isinstance(item, Tones):
            before = sum(map(len, parts))
            first, again = _tones(item, options.volume_db, law)
            parts += [first, again or b""]
            if again is not None:
                loop_from, endless = before + len(first), True
        else:
            raise DriverError("this board sends no FSK")
        if endless or damaged:
            break
    octets = b"".join(parts)
    if not octets:
        raise LocalError("nothing to play")
    if endless:
        return Sound(octets, loop_from, -1, False)
    return Sound(octets, 0, 0 if damaged else options.times - 1, damaged)


def _octets(item: Octets, volume_db: float, law: Law) -> bytes:
    if item.law is law and volume_db == 0:
        return item.octets
    if volume_db == 0:
        change = wrap.alaw_to_ulaw if law is Law.MU else wrap.ulaw_to_alaw
        return change(item.octets)
    decode = wrap.alaw_decode if item.law is Law.A else wrap.ulaw_decode
    samples = np.frombuffer(decode(item.octets), "<i2").astype(np.float64)
    return _encode(samples * 10 ** (volume_db / 20), law)


def _encode(samples: Samples, law: Law) -> bytes:
    pcm = np.rint(np.clip(samples, -32768, 32767)).astype("<i2").tobytes()
    return wrap.alaw_encode(pcm) if law is Law.A else wrap.ulaw_encode(pcm)


def _tones(item: Tones, volume_db: float, law: Law) -> tuple[bytes, bytes | None]:
    """What comes once, and what comes again and again (None: nothing does)."""
    most = item.ms * SAMPLES_A_MS if item.ms is not None else None
    steps = item.steps
    first = b"".join(_step(s, volume_db, law) for s in steps if s.samples)
    if item.repeat_from is None:
        if any(step.samples == 0 for step in steps):
            first += _step(_endless(steps, most), volume_db, law)
            return (first[:most], None) if most is not None else (b"", first)
        return first[:most], None
    lead = b"".join(_step(s, volume_db, law) for s in steps[: item.repeat_from] if s.samples)
    body = steps[item.repeat_from :]
    again = b"".join(_step(s, volume_db, law) for s in body if s.samples)
    if any(step.samples == 0 for step in body):
        again += _step(_endless(body, most), volume_db, law)
    if most is None:
        return lead, again
    turns = max(0, math.ceil((most - len(lead)) / max(1, len(again))))
    return (lead + again * turns)[:most], None


def _endless(steps: tuple[Step, ...], most: int | None) -> Step:
    """The step that has no end, as long as it is wanted."""
    step = next(s for s in steps if s.samples == 0)
    return step._replace(samples=most if most is not None else 5 * RATE)


def _step(step: Step, volume_db: float, law: Law) -> bytes:
    """A step's octets; frequencies are whole Hz in common use, so 5 s of them join without a
    click."""
    if not step.frequencies:
        return bytes([IDLE[law]]) * step.samples
    t = np.arange(step.samples, dtype=np.float64) / RATE
    level = step.level + volume_db - FULL_SCALE_DBM0[law]
    amplitude = OVERLOAD * 10 ** (level / 20)
    wave = np.zeros(step.samples)
    for hz in step.frequencies:
        wave += amplitude * np.sin(2 * np.pi * hz * t)
    if step.am_hz:
        wave *= (1 + step.am_depth * np.sin(2 * np.pi * step.am_hz * t)) / (1 + step.am_depth)
    return _encode(wave, law)


def _digit_steps() -> dict[tuple[float, ...], str]:
    known = {}
    for digit in "0123456789*#ABCD":
        known[digit_tones(DigitKind.DTMF, digit).steps[0].frequencies] = digit
    return known


_DIGITS: Final = _digit_steps()


def as_digits(items: Sequence[PlayItem]) -> tuple[str, int, int] | None:
    """A list that is DTMF digits alone: the digits, ms on and ms off; None: it is not."""
    if len(items) != 1 or not isinstance(items[0], Tones) or items[0].repeat_from is not None:
        return None
    if items[0].ms is not None:
        return None
    steps = items[0].steps
    on, off = steps[0::2], steps[1::2]
    if len(on) != len(off) or any(step.frequencies for step in off):
        return None
    digits = "".join(_DIGITS.get(step.frequencies, "?") for step in on)
    lengths = {(a.samples, b.samples) for a, b in zip(on, off, strict=True)}
    if "?" in digits or not digits or len(lengths) != 1:
        return None
    (length,) = lengths
    return digits, length[0] // SAMPLES_A_MS, length[1] // SAMPLES_A_MS
