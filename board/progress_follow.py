"""Which call progress tone is heard: segments of sound against a country's cadences.

A segment is what trunkd.native.wrap_progress.SegmentDetector tells: where it began, how long it
lasted, its frequencies. Times here are in samples, 8000 a second.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from .progress_tones import COUNTRIES, RATE, Cadence, Step, cadence

MS: Final = RATE // 1000
NEAR_HZ: Final = 26.0
"""E.180 allows a single frequency 25 Hz; of a pair each is known better."""
NEAR_PAIR_HZ: Final = 14.0
FAINT_DB: Final = 11.0
"""A frequency so much below the strongest does not count."""
WITHOUT_GAP: Final = 60 * MS
KEPT: Final = 16


class Heard(NamedTuple):
    """A tone that was recognized; it goes on until another, or until ``ended``."""

    name: str
    start: int
    """Where its first recognized step began."""
    told: int
    """When it was certain."""


class _Sound(NamedTuple):
    start: int
    length: int
    frequencies: tuple[float, ...]


class _Beat(NamedTuple):
    """A sounding step and the silence after it; length 0: for ever, silence -1: whatever."""

    step: Step
    silence: int


class _Pattern(NamedTuple):
    name: str
    beats: tuple[_Beat, ...]
    repeats: bool


def _pattern(name: str, tone: Cadence) -> _Pattern:
    steps = tone.steps[tone.repeat_from :] if tone.repeat_from is not None else tone.steps
    beats: list[_Beat] = []
    for step in steps:
        if step.frequencies:
            beats.append(_Beat(step, 0))
        elif beats:
            beats[-1] = _Beat(beats[-1].step, step.samples)
    repeats = tone.repeat_from is not None
    if not repeats:
        beats[-1] = _Beat(beats[-1].step, -1)
    return _Pattern(name, tuple(beats), repeats)


def _is_frequency(step: Step, frequencies: tuple[float, ...]) -> bool:
    wanted = step.frequencies
    near = NEAR_HZ if len(wanted) == 1 else NEAR_PAIR_HZ
    for hz in wanted:
        if not any(abs(hz - heard) <= near for heard in frequencies):
            return False
    side = step.am_hz + 10 if step.am_hz else 0.0
    return all(any(abs(hz - heard) <= near + side for hz in wanted) for heard in frequencies)


def _is_length(wanted: int, heard: int, loose: bool) -> bool:
    if loose:
        return abs(wanted - heard) <= 160 * MS
    return abs(wanted - heard) <= max(25 * MS, wanted // 8)


def _is_silence(wanted: int, heard: int) -> bool:
    if wanted < 0:
        return True
    if wanted <= WITHOUT_GAP // 2:
        return heard <= WITHOUT_GAP
    return abs(wanted - heard) <= max(25 * MS, wanted // 8)


class ProgressFollower:
    """Follows one channel's segments and tells the country's tones as they become certain.

    A tone with a cadence is certain when two of its beats and the silence between were heard and
    nothing else fits as much; where several tones are alike, when a whole round was heard. One
    that has a long and unmistakable first beat is certain at the end of that, a continuous one
    when it has lasted longer than any beat of its frequency could.
    """

    def __init__(self, country: str) -> None:
        tones = {name: cadence(country, name) for name in COUNTRIES[country].tones}
        patterns = [_pattern(name, tone) for name, tone in tones.items()]
        self._continuous: Final = [p for p in patterns if not p.beats[-1].step.samples]
        self._patterns: Final = [p for p in patterns if p.beats[-1].step.samples]
        self._sounds: list[_Sound] = []
        self._on: _Sound | None = None
        self._told = ""
        self._heard: list[Heard] = []
        self._count = 0
        self._covered = 0
        self.explained = 0
        """Segments so far that belong to a tone that was told."""

    def begin(self, start: int, frequencies: tuple[float, ...], levels: tuple[float, ...]) -> None:
        """A segment sounds since ``start``."""
        self._on = _Sound(start, 0, self._loud(frequencies, levels))

    def end(
        self, start: int, length: int, frequencies: tuple[float, ...], levels: tuple[float, ...]
    ) -> None:
        """A segment is over. Without frequencies it was noise or speech, and counts as silence."""
        sound = _Sound(start, length, self._loud(frequencies, levels))
        self._on = None
        if not frequencies:
            return
        if self._lasts(sound, start + length):
            self.explained += 1
        self._sounds.append(sound)
        self._count += 1
        del self._sounds[:-KEPT]
        self._match(start + length)

    def time(self, now: int) -> None:
        """Nothing has changed up to ``now``: what sounds goes on, or the silence."""
        on = self._on
        if on is not None:
            self._lasts(_Sound(on.start, now - on.start, on.frequencies), now)

    @property
    def sounding(self) -> bool:
        """Something sounds now: ``time`` may bring something to light."""
        return self._on is not None

    def heard(self) -> list[Heard]:
        """Tones recognized since the last call."""
        heard, self._heard = self._heard, []
        return heard

    def _loud(self, frequencies: tuple[float, ...], levels: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(
            hz
            for hz, level in zip(frequencies, levels, strict=True)
            if level > levels[0] - FAINT_DB
        )

    def _tell(self, name: str, start: int, now: int) -> None:
        if name != self._told:
            self._told = name
            self._heard.append(Heard(name, start, now))

    def _covers(self, beats: int) -> None:
        first = max(self._covered, self._count - beats)
        self.explained += self._count - first
        self._covered = self._count

    def _lasts(self, sound: _Sound, now: int) -> bool:
        for pattern in self._continuous:
            if not _is_frequency(pattern.beats[-1].step, sound.frequencies):
                continue
            longest = max(
                (
                    beat.step.samples
                    for other in self._patterns
                    for beat in other.beats
                    if _is_frequency(beat.step, sound.frequencies)
                ),
                default=0,
            )
            if sound.length > max(1000 * MS, longest * 5 // 4 + 300 * MS):
                self._sounds.clear()
                self._tell(pattern.name, sound.start, now)
                return True
        return False

    def _match(self, now: int) -> None:
        fits = [(p, n) for p in self._patterns if (n := self._beats_heard(p))]
        if not fits:
            if self._told not in {p.name for p in self._continuous}:
                self._told = ""
            return
        most = max(n for _, n in fits)
        best = [p for p, n in fits if n == most]
        pattern = best[0]
        if not pattern.repeats:
            certain = True
        elif len(best) > 1:
            certain = most > max(len(p.beats) for p in best)
        else:
            certain = most > 1 or (len(fits) == 1 and pattern.beats[0].step.samples >= 900 * MS)
        if certain:
            self._covers(most)
            self._tell(pattern.name, self._sounds[-most].start, now)

    def _beats_heard(self, pattern: _Pattern) -> int:
        """How many of the last sounds are this pattern's; 0 when it comes once and is not whole."""
        most = 0
        for last in range(len(pattern.beats)):
            if not pattern.repeats and last != len(pattern.beats) - 1:
                continue
            most = max(most, self._beats_back(pattern, last))
        return most if pattern.repeats or most == len(pattern.beats) else 0

    def _beats_back(self, pattern: _Pattern, last: int) -> int:
        count, beats = 0, pattern.beats
        limit = KEPT if pattern.repeats else len(beats)
        while count < min(limit, len(self._sounds)):
            sound = self._sounds[-1 - count]
            beat = beats[(last - count) % len(beats)]
            before = beats[(last - count - 1) % len(beats)]
            loose = len(beats) > 1 and (
                0 <= beat.silence <= WITHOUT_GAP or 0 <= before.silence <= WITHOUT_GAP
            )
            if not _is_frequency(beat.step, sound.frequencies) or not _is_length(
                beat.step.samples, sound.length, loose
            ):
                break
            if count:
                after = self._sounds[-count]
                if not _is_silence(beat.silence, after.start - sound.start - sound.length):
                    break
            count += 1
        return count
