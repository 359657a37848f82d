"""Tones of an exchange as rows: a country's (board/progress_tones.py), one's own, or learned ones.

``CadenceMatcher`` finds a row's tone in segments of sound and wants whole beats of it, one after
the other, alike in frequency, length, pause and level: speech and music do not hold such a thing
for long. Times are ns.
"""

from __future__ import annotations

from typing import Final

from ...board.progress_tones import Cadence, Step, cadence, parse
from ...errors import ConfigError

_MS: Final = 1_000_000
_SAMPLE: Final = 125_000
HZ: Final = 26.0
"""E.180 allows a single frequency 25 Hz."""
PERCENT: Final = 12.5
CONTINUOUS: Final = 4_000 * _MS
"""So long a tone without a cadence must last."""
KNOWN_LATE: Final = 500 * _MS
"""A segment's end is known so late at most, behind the far end's own time."""
SLACK: Final = 30 * _MS
JOINED: Final = 60 * _MS
"""Steps without a pause between them touch so closely."""
LEVEL_DB: Final = 5.0
"""Beats of a tone are equally loud; what the row's own levels differ by is added."""
ALIKE_HZ: Final = 9.0
"""One oscillator makes all beats."""
KEPT: Final = 24


class ToneRow:
    """A tone by its cadence as board/progress_tones writes it ("480+620/330,0/270"; "425": for
    ever), ``hz`` and ``percent``: how far frequencies and lengths may be off. ``cycles``: whole
    rounds that must be heard, 0: what the line's settings say."""

    def __init__(
        self, name: str, text: str, hz: float = HZ, percent: float = PERCENT, cycles: int = 0
    ) -> None:
        tone = parse(text)
        if not any(step.frequencies for step in tone.steps):
            raise ConfigError(f"tone {name!r}: {text!r} has no sound; write it as 450/350,0/350")
        if not (1 <= hz <= 100 and 1 <= percent <= 40 and 0 <= cycles <= 20):
            raise ConfigError(
                f"tone {name!r}: give 1 to 100 Hz, 1 to 40 percent and at most 20 cycles"
            )
        self.name: Final = name
        self.cadence: Final = text
        self.hz: Final = hz
        self.percent: Final = percent
        self.cycles: Final = cycles
        self.tone: Final[Cadence] = tone

    @classmethod
    def from_text(cls, name: str, text: str) -> ToneRow:
        """As ``text`` writes it in a configuration: ``450/350,0/350 ~12Hz ~10% x3``."""
        words = text.split()
        hz, percent, cycles = HZ, PERCENT, 0
        try:
            for word in words[1:]:
                if word.startswith("~") and word.endswith("Hz"):
                    hz = float(word[1:-2])
                elif word.startswith("~") and word.endswith("%"):
                    percent = float(word[1:-1])
                elif word.startswith("x"):
                    cycles = int(word[1:])
                else:
                    raise ValueError(f"{word!r} is no tolerance")
        except ValueError as exc:
            raise ConfigError(
                f"tone {name!r}: {exc}; write it as '450/350,0/350 ~12Hz ~10% x3'"
            ) from exc
        return cls(name, words[0] if words else "", hz, percent, cycles)

    @property
    def text(self) -> str:
        """For a configuration; ``from_text`` reads it."""
        cycles = f" x{self.cycles}" if self.cycles else ""
        return f"{self.cadence} ~{self.hz:g}Hz ~{self.percent:g}%{cycles}"

    def __repr__(self) -> str:
        return f"ToneRow({self.name!r}, {self.text!r})"


def country_row(country: str, name: str) -> ToneRow:
    """A country's tone; ConfigError where it has none of this name."""
    from ...board.progress_tones import COUNTRIES

    cadence(country, name)
    return ToneRow(name, COUNTRIES[country].tones[name])


class Sound:
    """A segment that is over. ``frequencies`` empty: speech or noise."""

    def __init__(
        self, began: int, duration: int, frequencies: tuple[float, ...], level: float
    ) -> None:
        self.began: Final = began
        self.duration: Final = duration
        self.frequencies: Final = frequencies
        self.level: Final = level


class Beat:
    """A sounding step and the silence behind it (ns); ``on`` 0: for ever."""

    def __init__(self, step: Step, on: int, off: int) -> None:
        self.frequencies: Final = step.frequencies
        self.side: Final[float] = step.am_hz
        self.level: Final[float] = step.level
        self.on: Final = on
        self.off: Final = off


def _beats(tone: Cadence) -> list[Beat]:
    first = tone.repeat_from if tone.repeat_from is not None else 0
    steps = tone.steps[first:]
    beats: list[Beat] = []
    for at, step in enumerate(steps):
        if not step.frequencies:
            continue
        off, behind = 0, at + 1
        while behind < len(steps) and not steps[behind].frequencies:
            off += steps[behind].samples * _SAMPLE
            behind += 1
        if behind == len(steps) and tone.repeat_from is not None and not steps[0].frequencies:
            off += steps[0].samples * _SAMPLE
        beats.append(Beat(step, step.samples * _SAMPLE, off))
    return beats


class CadenceMatcher:
    """Finds one row's tone. ``cycles``: whole rounds of it that make it certain."""

    def __init__(self, row: ToneRow, cycles: int) -> None:
        self.row: Final = row
        self.name: Final = row.name
        self.beats: Final = _beats(row.tone)
        self.once: Final = row.tone.repeat_from is None
        last = self.beats[-1]
        self.continuous: Final = not last.on
        rounds = 1 if self.once else max(1, row.cycles or cycles)
        self.wanted: Final = max(rounds * len(self.beats), 1 if self.once else 2)
        self.spread: Final = max(b.level for b in self.beats) - min(b.level for b in self.beats)
        """dB: with beats of different levels only their sum of differences is watched."""

    @property
    def stated(self) -> int:
        """ns from the tone's beginning at any place of its cadence to when it is told, at most."""
        if self.continuous:
            before = sum(beat.on + beat.off for beat in self.beats[:-1])
            return before + CONTINUOUS + KNOWN_LATE
        period = sum(beat.on + beat.off for beat in self.beats)
        rounds = -(-self.wanted // len(self.beats)) + 1
        return rounds * period + KNOWN_LATE

    def fits(self, beat: Beat, frequencies: tuple[float, ...]) -> bool:
        """Are these the beat's frequencies, all of them and no others?"""
        several = len(beat.frequencies) > 1
        near = min(self.row.hz, 16.0) if several else self.row.hz
        for hz in beat.frequencies:
            if not self._near(hz, frequencies, near):
                return False
        side = beat.side + 10 if beat.side else 0.0
        for hz in frequencies:
            if not self._near(hz, beat.frequencies, near + side):
                return False
        return len(frequencies) > 0

    def _near(self, hz: float, others: tuple[float, ...], near: float) -> bool:
        return any(abs(hz - other) <= near for other in others)

    def _lasts(self, wanted: int, heard: int) -> bool:
        return abs(wanted - heard) <= max(SLACK, int(wanted * self.row.percent / 100))

    def lasting(self, frequencies: tuple[float, ...], duration: int) -> bool:
        """A tone without a cadence sounds since ``duration``: is it this one, for certain?"""
        return self.continuous and duration >= CONTINUOUS and self.fits(self.beats[-1], frequencies)

    def heard(self, sounds: list[Sound]) -> bool:
        """Do the latest sounds make it certain?"""
        if self.continuous or len(sounds) < self.wanted:
            return False
        count = len(self.beats)
        for last in range(count):
            if self.once and last != count - 1:
                continue
            if self._ends_with(sounds, last):
                return True
        return False

    def _ends_with(self, sounds: list[Sound], last: int) -> bool:
        count = len(self.beats)
        for back in range(self.wanted):
            sound = sounds[-1 - back]
            beat = self.beats[(last - back) % count]
            if not self.fits(beat, sound.frequencies):
                return False
            joined = count > 1 and (
                beat.off < JOINED or self.beats[(last - back - 1) % count].off < JOINED
            )
            if not self._lasts(beat.on, sound.duration) and not (
                joined and abs(beat.on - sound.duration) <= 160 * _MS
            ):
                return False
            if back:
                after = sounds[-back]
                silence = after.began - sound.began - sound.duration
                if not (self._lasts(beat.off, silence) or (joined and abs(silence) < 100 * _MS)):
                    return False
        return self._alike(sounds[-self.wanted :], last)

    def _alike(self, sounds: list[Sound], last: int) -> bool:
        """One oscillator, one level: beats of the same place in the round."""
        count = len(self.beats)
        for at in range(count, len(sounds)):
            one, other = sounds[at - count], sounds[at]
            if abs(one.level - other.level) > LEVEL_DB + self.spread:
                return False
            single = len(self.beats[0].frequencies) == 1 and not self.beats[0].side
            if single and abs(one.frequencies[0] - other.frequencies[0]) > ALIKE_HZ:
                return False
        return True
