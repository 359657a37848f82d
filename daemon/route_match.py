"""Many rows against one number: the longest match, and whether more digits can change it.

All rows are walked at once: a place is the set of patterns that are still alive and their states.
Places are made when they are first reached and kept, as in a trie, so that a number costs a look-up
a digit however many rows there are.
"""

from __future__ import annotations

from typing import Final

from .config_route import Match
from .route_pattern import (
    DEAD,
    DIGITS,
    INDEX,
    Bounds,
    Pattern,
    PatternError,
    pattern,
    prefix,
    regex,
)

MOST_PLACES: Final = 50_000
"""Places that are kept; beyond, all are forgotten and made anew."""


def patterns_of(row: Match) -> list[Pattern]:
    """A row's patterns; PatternError names the key and says what is wrong."""
    bounds = Bounds(row.min, row.max)
    made: list[Pattern] = []
    for key, texts, read in (("prefix", row.prefix, prefix), ("pattern", row.pattern, pattern)):
        for text in texts:
            try:
                made.append(read(text, bounds))
            except PatternError as exc:
                raise PatternError(f"{key}: '{text}': {exc}") from exc
    if row.regex:
        try:
            made.append(regex(row.regex, bounds))
        except PatternError as exc:
            raise PatternError(f"regex: '{row.regex}': {exc}") from exc
    return made or [prefix("", bounds)]


def rank(one: Pattern) -> tuple[int, int, int]:
    """What makes a match longer: fixed digits at the beginning, then positions, then fewer ways
    that these leave open. Less is better."""
    return -one.lead, -one.fixed, one.wide


class Place:
    """Where a number so far leads."""

    __slots__ = ("alive", "matches", "nexts", "open")

    def __init__(self, alive: tuple[tuple[int, int], ...], best: Matcher) -> None:
        self.alive: Final = alive
        """(pattern, state), the better patterns first."""
        self.matches: Final = best.rows_of(alive)
        """(row, its pattern) of all that match, the longest match first."""
        patterns = best.patterns
        self.open: Final = any(patterns[p].open[s] for p, s in alive)
        """More digits could match (another one, or the same)."""
        self.nexts: Final[list[Place | None]] = [None] * len(DIGITS)

    @property
    def certain(self) -> bool:
        """No digit that could follow leads to another row than the best one here."""
        return bool(self.matches) and not self.open


class Matcher:
    """``rows``: the patterns of each row, in the order of the file."""

    def __init__(self, rows: list[list[Pattern]]) -> None:
        atoms = [(rank(one), row, one) for row, many in enumerate(rows) for one in many]
        atoms.sort(key=lambda atom: (atom[0], atom[1]))
        self.patterns: Final = [one for _, _, one in atoms]
        self.row: Final = [row for _, row, _ in atoms]
        self._places: dict[tuple[tuple[int, int], ...], Place] = {}
        self._start: Place | None = None

    def rows_of(self, alive: tuple[tuple[int, int], ...]) -> tuple[tuple[int, Pattern], ...]:
        """Rows that match, each once."""
        found: dict[int, Pattern] = {}
        for p, state in alive:
            one = self.patterns[p]
            if one.accepts[state]:
                found.setdefault(self.row[p], one)
        return tuple(found.items())

    def _place(self, alive: tuple[tuple[int, int], ...]) -> Place:
        place = self._places.get(alive)
        if place is None:
            if len(self._places) >= MOST_PLACES:
                self._places = {}
                self._start = None
            place = self._places[alive] = Place(alive, self)
        return place

    def walk(self, digits: str) -> Place:
        """Where these digits lead."""
        place = self._start
        if place is None:
            alive = tuple((p, 0) for p, one in enumerate(self.patterns) if not one.empty)
            place = self._start = self._place(alive)
        for digit in digits:
            index = INDEX.get(digit, -1)
            if index < 0:
                return self._place(())
            after = place.nexts[index]
            if after is None:
                after = place.nexts[index] = self._place(self._after(place.alive, index))
            place = after
        return place

    def _after(self, alive: tuple[tuple[int, int], ...], index: int) -> tuple[tuple[int, int], ...]:
        patterns = self.patterns
        return tuple(
            (p, to) for p, state in alive if (to := patterns[p].rows[state][index]) != DEAD
        )

    def matches(self, digits: str) -> tuple[tuple[int, Pattern], ...]:
        """(row, its pattern) of all rows that match, the longest match first."""
        return self.walk(digits).matches
