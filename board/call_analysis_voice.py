"""A greeting as call progress analysis sees it: words, pauses, and what tones do not count.

A word is a stretch of voice; times are ns.
"""

from __future__ import annotations

from typing import Final, NamedTuple

KEPT: Final = 16
"""Tones remembered, to take them out of the voice."""
AFTER_TONE: Final = 400_000_000
"""A voice detector holds on for 200 ms, a ring may go on after 200 ms, and is told 128 ms later:
what seems to be voice so shortly after a tone is not yet believed."""


class Measure(NamedTuple):
    """A greeting up to a moment; lengths in ns."""

    initial_silence: int
    """From answer to the first word."""
    voice: int
    """Of all words, the present one too."""
    words: int
    longest_word: int
    word: int
    """The present one, 0 in a pause."""
    pause: int
    """Since the last word; 0 while there is one, or none yet."""
    longest_pause: int
    """Between words."""


class Greeting:
    """Follows voice and tones since the answer."""

    def __init__(self, answered: int, min_word: int, between_words: int) -> None:
        self._answered: Final = answered
        self._min_word: Final = min_word
        self._between: Final = between_words
        self._begun: int | None = None
        self._tones: Final[list[tuple[int, int]]] = []
        self._tone_since: int | None = None
        self._first: int | None = None
        self._last_length = 0
        self._last_end = 0
        self._voice = 0
        self._words = 0
        self._longest = 0
        self._longest_pause = 0

    @property
    def speaking(self) -> bool:
        return self._begun is not None

    @property
    def begun(self) -> int | None:
        """Where the present voice began."""
        return self._begun

    @property
    def first(self) -> int | None:
        """Where the first word began."""
        return self._first

    @property
    def ended(self) -> int:
        """Where the last word ended."""
        return self._last_end

    @property
    def tone(self) -> bool:
        """A tone sounds now."""
        return self._tone_since is not None

    @property
    def tone_ended(self) -> int:
        """Where the last tone ended; before the answer when there was none."""
        return self._tones[-1][1] if self._tones else -1

    def begin(self, time: int) -> None:
        """Voice since ``time``; what was before the answer is not counted."""
        if self._begun is None:
            self._begun = max(time, self._answered, self._last_end)

    def end(self, time: int) -> None:
        """The voice ended at ``time``."""
        begun, self._begun = self._begun, None
        if begun is None:
            return
        end = max(begun, time)
        length = self._net(begun, end)
        if length < self._min_word:
            return
        self._close(begun, end, length)

    def tone_begins(self, time: int) -> None:
        """What sounds since ``time`` is a tone; a word that it broke into ends there."""
        if self._tone_since is not None:
            return
        if self._begun is not None and time > self._begun:
            begun = self._begun
            self.end(time)
            self._begun = max(begun, time)
        self._tone_since = time

    def tone_ends(self, time: int) -> None:
        since, self._tone_since = self._tone_since, None
        if since is not None and time > since:
            self._tones.append((since, time))
            del self._tones[:-KEPT]

    def missing(self, now: int) -> int:
        """How much longer the sound at ``now`` must last to be a word."""
        if self._begun is None:
            return self._min_word
        doubted = self.tone_ended + AFTER_TONE - now if self.tone_ended > self._begun else 0
        return max(0, doubted, self._min_word - self._net(self._begun, now))

    def measure(self, now: int) -> Measure:
        """The greeting as it is known at ``now``."""
        word = 0
        first = self._first
        if self._begun is not None:
            word = 0 if self.missing(now) else self._net(self._begun, now)
        if word and first is None:
            first = self._begun
        silence = (now if first is None else first) - self._answered
        pause = 0 if word or self._first is None else now - self._last_end
        return Measure(
            max(0, silence),
            self._voice + word,
            self._words + (word > 0),
            max(self._longest, word),
            word,
            max(0, pause),
            self._longest_pause,
        )

    def _net(self, begin: int, end: int) -> int:
        """Length without the tones in it."""
        length = end - begin
        for since, until in self._tones:
            length -= max(0, min(end, until) - max(begin, since))
        if self._tone_since is not None:
            length -= max(0, end - max(begin, self._tone_since))
        return max(0, length)

    def _close(self, begun: int, end: int, length: int) -> None:
        gap = begun - self._last_end
        if self._first is None:
            self._first = begun
        elif gap >= self._between:
            self._longest_pause = max(self._longest_pause, gap)
        if self._words and gap < self._between:
            self._last_length += length
        else:
            self._words += 1
            self._last_length = length
        self._voice += length
        self._longest = max(self._longest, self._last_length)
        self._last_end = end
