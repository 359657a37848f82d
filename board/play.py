"""What a voice timeslot can be given to play: octets, tones, digits and silence in a list.

``Timeslot.play_list`` (model.py) takes these. Levels are dBm0, volumes dB, times ns unless the name
says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ..errors import LocalError
from . import progress_tones
from .media_events import DigitKind
from .model import Law
from .progress_tones import RATE, Step

STOP_DIGITS: Final = "0123456789*#ABCD"
"""Digits that can end a list."""
FASTEST: Final = 2.0
SLOWEST: Final = 0.5
LOUDEST_DB: Final = 30.0
SOFTEST_DB: Final = -60.0


@dataclass(frozen=True)
class Octets:
    """Companded octets in line order, 8000 a second. One object serves any number of timeslots."""

    octets: bytes
    law: Law
    """Octets of the timeslot's own law go out as they are."""
    damage: str = ""
    """What was wrong with their source, so that they are not all (``Prompt.damage``): the list ends
    behind them with MediaEnd.DAMAGED."""


@dataclass(frozen=True)
class Tones:
    """Steps of tones and silence, from ``repeat_from`` on again and again (None: not)."""

    steps: tuple[Step, ...]
    repeat_from: int | None = None
    ms: int | None = None
    """No longer than this; None: as long as the steps say, maybe for ever."""


@dataclass(frozen=True)
class Silence:
    """Nothing, for so long: the timeslot's idle octet."""

    ms: int


@dataclass(frozen=True)
class Fsk:
    """Characters by V.23 or Bell 202 at 1200 bit/s, as caller ID is sent (ETSI EN 300 659-1)."""

    octets: bytes
    bell202: bool = False
    seizure_bits: int = 300
    """Alternating bits before the mark; 0: none (off hook)."""
    mark_bits: int = 180
    level_dbm0: float = -13.5


PlayItem = Octets | Tones | Silence | Fsk


@dataclass(frozen=True)
class PlayOptions:
    """How a list is played."""

    times: int = 1
    """So often; 0: for ever, as music on hold is."""
    start: int = 0
    """Begin so far into the list."""
    volume_db: float = 0.0
    """-60 to 30; 0: octets as they are."""
    speed: float = 1.0
    """0.5 to 2, with the pitch kept: for speech."""
    paused: bool = False
    """Wait for ``resume_play``."""
    stop_digits: str = ""
    """DTMF digits that end it; the timeslot must listen to Listen.DTMF."""
    stop_on_voice: bool = False
    """Speech that begins ends it; the timeslot must listen to Listen.LEVEL."""


def tone(country: str, name: str, ms: int | None = None) -> Tones:
    """A country's call progress tone. ConfigError names the countries and tones there are."""
    steps, repeat_from = progress_tones.cadence(country, name)
    return Tones(steps, repeat_from, ms)


_DTMF_LOW: Final = (697, 770, 852, 941)
_DTMF_HIGH: Final = (1209, 1336, 1477, 1633)
_SIX: Final = {
    DigitKind.R2_FORWARD: ((1380, 1500, 1620, 1740, 1860, 1980), "1234567890BCDEF"),
    DigitKind.R2_BACKWARD: ((1140, 1020, 900, 780, 660, 540), "1234567890BCDEF"),
    DigitKind.R1: ((700, 900, 1100, 1300, 1500, 1700), "1234567890CAKBS"),
}
"""Frequencies of weight 0, 1, 2, 4, 7, 11 (Q.441 table 5, Q.320), and what two of them mean."""
_PAIRS: Final = [(low, high) for high in range(1, 6) for low in range(high)]


def _frequencies() -> dict[DigitKind, dict[str, tuple[float, ...]]]:
    table: dict[DigitKind, dict[str, tuple[float, ...]]] = {
        kind: {
            digit: (float(hz[low]), float(hz[high]))
            for digit, (low, high) in zip(digits, _PAIRS, strict=True)
        }
        for kind, (hz, digits) in _SIX.items()
    }
    table[DigitKind.DTMF] = {
        digit: (float(_DTMF_LOW[n // 4]), float(_DTMF_HIGH[n % 4]))
        for n, digit in enumerate("123A456B789C*0#D")
    }
    return table


_FREQUENCIES: Final = _frequencies()


def digits(
    kind: DigitKind, text: str, level_dbm0: float = -8.0, on_ms: int = 70, off_ms: int = 70
) -> Tones:
    """Digits, each followed by ``off_ms`` of silence; the level is each frequency's.

    LocalError: no digit of that kind, or a time that is none.
    """
    if not text:
        raise LocalError("no digits: give at least one")
    if not (1 <= on_ms <= 3_600_000 and 0 <= off_ms <= 3_600_000):
        raise LocalError(f"digits of {on_ms} ms on and {off_ms} ms off: give 1 to 3600000 ms")
    known = _FREQUENCIES[kind]
    steps = []
    for digit in text:
        if digit not in known:
            raise LocalError(f"no {kind.name} digit {digit!r}: there are {''.join(known)}")
        steps.append(Step(known[digit], on_ms * RATE // 1000, level_dbm0))
        if off_ms:
            steps.append(Step((), off_ms * RATE // 1000))
    return Tones(tuple(steps))


def signal(kind: DigitKind, digit: str, level_dbm0: float, ms: int = 0) -> Tones:
    """One digit's tones, for ever or for ``ms``: what compelled signalling sends. LocalError as
    ``digits``."""
    known = _FREQUENCIES[kind]
    if digit not in known:
        raise LocalError(f"no {kind.name} digit {digit!r}: there are {''.join(known)}")
    return Tones((Step(known[digit], ms * RATE // 1000, level_dbm0),))


def stop_mask(digits: Sequence[str]) -> int:
    """Digits as td_play_options.stop_digits has them. LocalError names the digits there are."""
    mask = 0
    for digit in digits:
        if len(digit) != 1 or digit not in STOP_DIGITS:
            raise LocalError(f"digit {digit!r} cannot end playing: give some of {STOP_DIGITS}")
        mask |= 1 << STOP_DIGITS.index(digit)
    return mask
