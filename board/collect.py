"""Collecting digits: how many, how long to wait, what ends an entry and which entries are valid.

An engine without I/O: it is told of digits and of time, and says once how the collection ended.
Times are board time in ns. Waiting begins when the prompt is over, or with the first digit.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final, NamedTuple

from ..errors import LocalError

DIGITS: Final = "0123456789*#ABCD"
_CLASSES: Final = {"X": "0123456789", "Z": "123456789", "N": "23456789"}
_MOST_TEXT: Final = 128


class CollectEnd(enum.Enum):
    """Why a collection ended."""

    MAXIMUM = "maximum"
    TERMINATOR = "terminator"
    PATTERN = "pattern"
    """What came is valid: nothing longer can be, or nothing more came in time."""
    NO_MATCH = "noMatch"
    """No pattern can match any more, or too few digits came before a terminator."""
    FIRST_TIMEOUT = "firstTimeout"
    INTERDIGIT_TIMEOUT = "interdigitTimeout"
    TIMEOUT = "timeout"
    STOPPED = "stopped"
    ENDED = "ended"
    """The call was cleared."""


class Collected(NamedTuple):
    """What came of a collection."""

    digits: str
    """Without the terminator."""
    reason: CollectEnd
    terminator: str = ""
    pattern: str = ""
    """The first pattern that matches all of ``digits``."""


class _Item(NamedTuple):
    digits: frozenset[str]
    optional: bool
    repeated: bool


class Pattern:
    """A valid entry: digits, ``X`` any of 0-9, ``Z`` 1-9, ``N`` 2-9, ``[2-9*]`` one of a set; after
    each of them ``.`` for one or more, ``?`` for none or one.

    A set of places in the pattern says what came so far: place i waits for item i, the last place
    is the end. LocalError: it is not written so.
    """

    def __init__(self, text: str) -> None:
        self.text: Final = text
        self._items: Final = _parse(text)
        self.end: Final = len(self._items)
        self.start: Final = self._passed(frozenset({0}))

    def _passed(self, places: frozenset[int]) -> frozenset[int]:
        """And those behind items that may be left out."""
        found = set(places)
        for place in places:
            while place < self.end and self._items[place].optional:
                place += 1
                found.add(place)
        return frozenset(found)

    def step(self, places: frozenset[int], digit: str) -> frozenset[int]:
        """The places after one more digit; none: it does not match."""
        after = set()
        for place in places:
            if place < self.end and digit in self._items[place].digits:
                after.add(place + 1)
                if self._items[place].repeated:
                    after.add(place)
        return self._passed(frozenset(after))

    def matches(self, digits: str) -> bool:
        """The whole of ``digits`` is a valid entry."""
        places = self.start
        for digit in digits:
            places = self.step(places, digit)
        return self.end in places


def _parse(text: str) -> list[_Item]:
    if not text or len(text) > _MOST_TEXT:
        raise _wrong(text, f"give 1 to {_MOST_TEXT} characters")
    items: list[_Item] = []
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if char in ".?":
            if not items or items[-1].optional or items[-1].repeated:
                raise _wrong(text, f"'{char}' must come right after a digit or a set")
            items[-1] = items[-1]._replace(optional=char == "?", repeated=char == ".")
            continue
        if char == "[":
            close = text.find("]", at)
            if close < 0:
                raise _wrong(text, "a '[' has no ']'")
            digits = _set(text, text[at:close])
            at = close + 1
        elif char in _CLASSES:
            digits = frozenset(_CLASSES[char])
        elif char in DIGITS:
            digits = frozenset(char)
        else:
            raise _wrong(text, f"'{char}' is none of {DIGITS} X Z N [ ] . ?")
        items.append(_Item(digits, False, False))
    return items


def _set(text: str, inside: str) -> frozenset[str]:
    found: set[str] = set()
    at = 0
    while at < len(inside):
        first = inside[at]
        last = first
        if inside[at + 1 : at + 2] == "-":
            last = inside[at + 2 : at + 3]
            at += 2
        at += 1
        if first not in DIGITS or not last or last not in DIGITS:
            raise _wrong(text, f"[{inside}] is no set: write it as in [2-9] or [135*]")
        low, high = DIGITS.index(first), DIGITS.index(last)
        if low > high or (
            low != high and not ((first + last).isdigit() or (first + last).isalpha())
        ):
            raise _wrong(text, f"{first}-{last} is no range: write two digits, the smaller first")
        found.update(DIGITS[low : high + 1])
    if not found:
        raise _wrong(text, "[] holds nothing: write it as in [2-9]")
    return frozenset(found)


def _wrong(text: str, what: str) -> LocalError:
    return LocalError(f"pattern '{text[:_MOST_TEXT]}': {what}")


@dataclass(frozen=True)
class CollectConfig:
    """What is to be collected. Times in ns, 0: no limit."""

    min_digits: int = 0
    max_digits: int = 32
    first_timeout: int = 5_000_000_000
    """For the first digit, from the end of the prompt."""
    interdigit_timeout: int = 3_000_000_000
    """From the end of a digit to the beginning of the next one."""
    timeout: int = 0
    """For all of it, from the end of the prompt or the first digit."""
    terminators: str = "#"
    patterns: tuple[str, ...] = ()
    barge_in: bool = True
    """Digits are taken during the prompt, and end it."""


class DigitCollector:
    """One collection. ``result`` is None until it has ended."""

    def __init__(self, config: CollectConfig, prompt: bool = False) -> None:
        """``prompt``: one plays; ``prompt_ended`` tells its end. LocalError names what is wrong."""
        if not 0 <= config.min_digits <= config.max_digits or config.max_digits < 1:
            raise LocalError(
                f"collect {config.min_digits} to {config.max_digits} digits: give a least number "
                "that is not above the most, and 1 or more for that"
            )
        for digit in config.terminators:
            if digit not in DIGITS:
                raise LocalError(f"terminator '{digit}': give some of {DIGITS}")
        self._config: Final = config
        self._patterns: Final = [Pattern(text) for text in config.patterns]
        self._places = [pattern.start for pattern in self._patterns]
        self._digits = ""
        self._prompt = prompt
        self._sounding = False
        self._wait: int | None = None
        self._whole: int | None = None
        self.result: Collected | None = None

    @property
    def digits(self) -> str:
        """Those so far."""
        return self._digits

    def takes(self) -> bool:
        """A digit that comes now belongs to the collection."""
        return self.result is None and (self._config.barge_in or not self._prompt)

    # What happens

    def begin(self, now: int) -> None:
        """It begins; without a prompt waiting begins, too."""
        if not self._prompt:
            self._wait_first(now)

    def prompt_ended(self, now: int) -> None:
        """The prompt is over, or was ended by a digit."""
        if self._prompt and self.result is None:
            self._prompt = False
            if not self._digits:
                self._wait_first(now)

    def digit(self, digit: str, now: int) -> None:
        """A digit began."""
        if not self.takes():
            return
        self._prompt = False
        self._begin_whole(now)
        self._sounding = True
        self._wait = None
        places = [p.step(at, digit) for p, at in zip(self._patterns, self._places, strict=True)]
        if digit in self._config.terminators and not any(places):
            self._terminated(digit)
            return
        self._digits += digit
        self._places = places
        self._look()

    def released(self, now: int) -> None:
        """The digit is over, or nobody knows."""
        if self.result is None and self._sounding:
            self._sounding = False
            self._wait = _after(now, self._config.interdigit_timeout)

    def stop(self) -> None:
        """End it."""
        self._end(CollectEnd.STOPPED)

    def call_ended(self) -> None:
        """The call was cleared."""
        self._end(CollectEnd.ENDED)

    # Time

    def next_timeout(self) -> int | None:
        """When ``handle_timeout`` is due; asking changes nothing."""
        if self.result is not None:
            return None
        due = [time for time in (self._wait, self._whole) if time is not None]
        return min(due, default=None)

    def handle_timeout(self, now: int) -> None:
        if self.result is not None:
            return
        late = self._wait is not None and self._wait <= now
        if self._whole is not None and self._whole <= now:
            self._waited(CollectEnd.TIMEOUT)
        elif late and self._digits:
            self._waited(CollectEnd.INTERDIGIT_TIMEOUT)
        elif late:
            self._waited(CollectEnd.FIRST_TIMEOUT)

    # How it ends

    def _wait_first(self, now: int) -> None:
        self._begin_whole(now)
        self._wait = _after(now, self._config.first_timeout)

    def _begin_whole(self, now: int) -> None:
        if self._whole is None:
            self._whole = _after(now, self._config.timeout)

    def _enough(self) -> bool:
        return len(self._digits) >= self._config.min_digits

    def _matched(self) -> str:
        """The first pattern that what came matches; "": none."""
        for pattern, places in zip(self._patterns, self._places, strict=True):
            if pattern.end in places:
                return pattern.text
        return ""

    def _look(self) -> None:
        """After a digit: is that all?"""
        full = len(self._digits) >= self._config.max_digits
        if not self._patterns:
            if full:
                self._end(CollectEnd.MAXIMUM)
            return
        longer = not full and any(
            place < pattern.end
            for pattern, places in zip(self._patterns, self._places, strict=True)
            for place in places
        )
        if longer:
            return
        valid = self._matched() and self._enough()
        self._end(CollectEnd.PATTERN if valid else CollectEnd.NO_MATCH)

    def _terminated(self, digit: str) -> None:
        valid = self._enough() and (not self._patterns or self._matched() != "")
        self._end(CollectEnd.TERMINATOR if valid else CollectEnd.NO_MATCH, digit)

    def _waited(self, reason: CollectEnd) -> None:
        valid = self._enough() and self._matched() != ""
        self._end(CollectEnd.PATTERN if valid else reason)

    def _end(self, reason: CollectEnd, terminator: str = "") -> None:
        if self.result is None:
            pattern = "" if reason is CollectEnd.NO_MATCH else self._matched()
            self.result = Collected(self._digits, reason, terminator, pattern)


def _after(now: int, wait: int) -> int | None:
    return now + wait if wait else None
