"""Learns a tone from what is heard: frequencies, cadence, tolerances, for any private exchange
whose busy tone no table has (``trunkd line learn-tone``).

A call is made to the exchange, its far end hangs up, and what comes then is a tone that repeats:
the shortest run of beats (a sound and its pause) that comes round ``cycles`` times alike, or one
sound that lasts. Times are ns.
"""

from __future__ import annotations

from typing import Final

from ..line_signals import ToneReceived
from .tone_rows import ToneRow

_MS: Final = 1_000_000
CONTINUOUS: Final = 6_000 * _MS
"""A sound that lasts so long has no cadence."""
MOST_BEATS: Final = 6
"""In a round."""
ALIKE_HZ: Final = 12.0
ALIKE_DB: Final = 6.0
ALIKE: Final = 40 * _MS
SHORTEST: Final = 40 * _MS
LONGEST_PAUSE: Final = 8_000 * _MS
KEPT: Final = 64
LOUDEST: Final = 4
"""Frequencies of a row."""


class _Beat:
    def __init__(
        self, began: int, duration: int, frequencies: tuple[float, ...], level: float
    ) -> None:
        self.began: Final = began
        self.duration: Final = duration
        self.frequencies: Final = frequencies
        self.level: Final = level


def _same_sound(one: _Beat, other: _Beat) -> bool:
    if len(one.frequencies) != len(other.frequencies):
        return False
    if abs(one.level - other.level) > ALIKE_DB:
        return False
    for a, b in zip(sorted(one.frequencies), sorted(other.frequencies), strict=True):
        if abs(a - b) > ALIKE_HZ:
            return False
    return abs(one.duration - other.duration) <= max(ALIKE, one.duration // 10)


class ToneLearner:
    """Feed ToneReceived of a line, or of a recording; ask ``row``. ``why`` says what is missing."""

    def __init__(self, cycles: int = 4) -> None:
        self.cycles: Final = cycles
        self._beats: list[_Beat] = []
        self._lasting: _Beat | None = None
        self._on: ToneReceived | None = None

    def receive(self, tone: ToneReceived) -> None:
        """Sounds that are over. Speech and noise between beats begin the learning anew."""
        self._on = tone if tone.on else None
        if tone.on:
            return
        if not tone.frequencies:
            if tone.duration >= 100 * _MS:
                self._beats.clear()
            return
        if tone.duration < SHORTEST:
            return
        beat = _Beat(tone.began, tone.duration, tone.frequencies, tone.level_dbm0)
        if tone.duration >= CONTINUOUS:
            self._lasting = beat
        self._beats.append(beat)
        del self._beats[:-KEPT]

    def lasts(self, now: int) -> None:
        """What sounds goes on up to ``now``, or up to the end of a recording."""
        tone = self._on
        if tone is not None and tone.frequencies and now - tone.began >= CONTINUOUS:
            self._lasting = _Beat(tone.began, now - tone.began, tone.frequencies, tone.level_dbm0)

    def _pause(self, at: int) -> int:
        beat, after = self._beats[at], self._beats[at + 1]
        return after.began - beat.began - beat.duration

    def _round(self) -> int:
        """Beats of a round; 0: there is none yet."""
        beats = self._beats
        for size in range(1, MOST_BEATS + 1):
            wanted = size * self.cycles
            if len(beats) < wanted + 1:
                return 0
            if self._comes_round(len(beats) - wanted - 1, size):
                return size
        return 0

    def _comes_round(self, first: int, size: int) -> bool:
        beats = self._beats
        for at in range(first + size, len(beats)):
            if not _same_sound(beats[at - size], beats[at]):
                return False
        for at in range(first + size, len(beats) - 1):
            one, other = self._pause(at - size), self._pause(at)
            if other > LONGEST_PAUSE or abs(one - other) > max(ALIKE, one // 10):
                return False
        return True

    def row(self, name: str) -> ToneRow | None:
        """What was learned; None: nothing that repeats yet."""
        if self._lasting is not None:
            return ToneRow(name, _frequencies([self._lasting]), 15.0)
        size = self._round()
        if not size:
            return None
        beats = self._beats
        first = len(beats) - size * self.cycles - 1
        # Begin behind the longest pause: that is where a round begins for an ear.
        pauses = [self._pause(first + n) for n in range(size)]
        begin = (pauses.index(max(pauses)) + 1) % size
        steps: list[str] = []
        worst = 0.0
        for place in range(size):
            at = [first + (begin + place) % size + n * size for n in range(self.cycles)]
            on, spread = _mean([beats[i].duration for i in at])
            worst = max(worst, spread)
            steps.append(f"{_frequencies([beats[i] for i in at])}/{on}")
            off, spread = _mean([self._pause(i) for i in at if i + 1 < len(beats)])
            worst = max(worst, spread)
            if off >= 20:
                steps.append(f"0/{off}")
        percent = min(25.0, max(10.0, round(100 * worst + 5)))
        return ToneRow(name, ",".join(steps), 15.0, percent)

    def why(self) -> str:
        """What keeps it from a row, for people."""
        if not self._beats:
            return "no tone was heard: let the far end hang up and listen to what follows"
        return (
            f"{len(self._beats)} sounds were heard, but no {self.cycles} rounds alike: "
            "listen for longer, with nobody speaking"
        )


def _mean(lengths: list[int]) -> tuple[int, float]:
    """ms, and the greatest deviation as a part of it."""
    mean = sum(lengths) / len(lengths)
    spread = max(abs(length - mean) for length in lengths) / max(mean, 1.0)
    return round(mean / _MS), spread


def _frequencies(beats: list[_Beat]) -> str:
    """As a cadence writes them; the mean of all beats."""
    ordered = [sorted(beat.frequencies) for beat in beats]
    count = min(len(ordered[0]), LOUDEST)
    means = [sum(f[n] for f in ordered) / len(ordered) for n in range(count)]
    return "+".join(f"{hz:.0f}" for hz in means)
