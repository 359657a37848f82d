"""Collecting digits: patterns, times and what ends an entry."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkd.board.collect import CollectConfig, Collected, CollectEnd, DigitCollector, Pattern
from trunkd.errors import LocalError

S = 1_000_000_000


def keyed(collector: DigitCollector, digits: str, start: int = 0, step: int = S // 5) -> int:
    """Key digits of 80 ms, one every ``step`` ns; the time after the last one."""
    now = start
    for digit in digits:
        due = collector.next_timeout()
        if due is not None and due <= now:
            collector.handle_timeout(now)
        collector.digit(digit, now)
        collector.released(now + 80_000_000)
        now += step
    return now


def collect(digits: str, start: bool = True, **config: object) -> Collected | None:
    """What comes of these digits, without waiting after them."""
    collector = DigitCollector(CollectConfig(**config))  # type: ignore[arg-type]
    collector.begin(0)
    keyed(collector, digits)
    return collector.result


def waited(digits: str, **config: object) -> Collected:
    """What comes of these digits when nothing follows."""
    collector = DigitCollector(CollectConfig(**config))  # type: ignore[arg-type]
    collector.begin(0)
    keyed(collector, digits)
    due = collector.next_timeout()
    assert due is not None
    collector.handle_timeout(due - 1)
    assert collector.result is None
    collector.handle_timeout(due)
    assert collector.result is not None
    return collector.result


# Patterns


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ("123", ["123"], ["", "12", "1234", "124"]),
        ("X", list("0123456789"), list("*#A")),
        ("Z", list("123456789"), ["0", "*"]),
        ("N", list("23456789"), ["0", "1"]),
        ("[2-46]", list("2346"), ["1", "5", "7"]),
        ("[*#]1", ["*1", "#1"], ["11", "*"]),
        ("[A-C]", list("ABC"), ["D"]),
        ("0X.", ["01", "0123456789"], ["0", "1", "10"]),
        ("9?1XX", ["9112", "112", "100"], ["99112", "9912", "911"]),
        ("1?2?", ["", "1", "2", "12"], ["21", "11"]),
        ("X.#", ["1#", "123#"], ["#", "123"]),
        ("1[3-9]XXXXXXXXX", ["13812345678"], ["12812345678", "1381234567"]),
        ("*21*X.#", ["*21*5551234#"], ["*21*#", "21*5#"]),
        ("1.2.", ["12", "1122"], ["1", "2", "121"]),
    ],
)
def test_patterns(pattern: str, good: list[str], bad: list[str]) -> None:
    made = Pattern(pattern)
    assert [d for d in good if not made.matches(d)] == []
    assert [d for d in bad if made.matches(d)] == []


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "1 to 128"),
        ("1" * 129, "1 to 128"),
        (".", "'.' must come"),
        ("?1", r"'\?' must come"),
        ("1..", "'.' must come"),
        ("1?.", "'.' must come"),
        ("[12", "no ']'"),
        ("[]", "holds nothing"),
        ("[2-]", "is no set"),
        ("[-2]", "is no set"),
        ("[5-2]", "no range"),
        ("[9-A]", "no range"),
        ("[x]", "is no set"),
        ("1]", "']' is none"),
        ("x", "'x' is none"),
        ("1 2", "' ' is none"),
    ],
)
def test_patterns_that_are_none(pattern: str, words: str) -> None:
    with pytest.raises(LocalError, match=words):
        Pattern(pattern)


_ITEMS = st.sampled_from(["1", "2", "*", "X", "N", "Z", "[12]", "[2-4*]"])
_TEXTS = st.lists(st.tuples(_ITEMS, st.sampled_from(["", "", ".", "?"])), min_size=1, max_size=6)


@given(_TEXTS, st.text("12345*", max_size=8))
def test_patterns_mean_what_regular_expressions_say(
    items: list[tuple[str, str]], digits: str
) -> None:
    text = "".join(a + b for a, b in items)
    words = {"X": "[0-9]", "N": "[2-9]", "Z": "[1-9]", "*": r"\*"}
    again = {"": "", ".": "+", "?": "?"}
    same = re.compile("".join(words.get(a, a) + again[b] for a, b in items))
    assert Pattern(text).matches(digits) == bool(same.fullmatch(digits)), text


@given(st.lists(_TEXTS, min_size=1, max_size=3), st.text("12345*", min_size=1, max_size=8))
def test_it_ends_as_soon_as_nothing_longer_is_valid(
    lists: list[list[tuple[str, str]]], digits: str
) -> None:
    """And never before: held against all digits that could follow."""
    patterns = tuple("".join(a + b for a, b in items) for items in lists)
    collector = DigitCollector(CollectConfig(patterns=patterns, terminators=""))
    collector.begin(0)
    made = [Pattern(text) for text in patterns]
    for n in range(1, len(digits) + 1):
        collector.digit(digits[n - 1], n)
        now = digits[:n]
        valid = any(p.matches(now) for p in made)
        longer = any(p.matches(now + more) for p in made for more in _continuations(p))
        if longer:
            assert collector.result is None, (patterns, now)
            continue
        assert collector.result is not None, (patterns, now)
        reason = CollectEnd.PATTERN if valid else CollectEnd.NO_MATCH
        assert collector.result[:2] == (now, reason)
        return


def _continuations(pattern: Pattern) -> list[str]:
    """Enough of what can follow: for each tail of the pattern a text that matches it."""
    tails = []
    for start in range(pattern.end):
        items = pattern._items[start:]
        tails.append("".join(min(item.digits) for item in items))
        tails.append("".join(min(item.digits) for item in items if not item.optional))
    return [tail for tail in tails if tail]


# What ends a collection


@pytest.mark.parametrize(
    ("digits", "config", "result"),
    [
        ("12", {"max_digits": 3}, None),
        ("123", {"max_digits": 3}, ("123", "maximum", "", "")),
        ("12345", {"max_digits": 3}, ("123", "maximum", "", "")),
        ("12#", {}, ("12", "terminator", "#", "")),
        ("#", {}, ("", "terminator", "#", "")),
        ("12#", {"terminators": ""}, None),
        ("1*", {"terminators": "*#"}, ("1", "terminator", "*", "")),
        ("1#", {"min_digits": 2}, ("1", "noMatch", "#", "")),
        ("12#", {"min_digits": 2}, ("12", "terminator", "#", "")),
        ("1A", {"max_digits": 2}, ("1A", "maximum", "", "")),
        ("11", {"patterns": ("112", "12")}, None),
        ("112", {"patterns": ("112", "12")}, ("112", "pattern", "", "112")),
        ("12", {"patterns": ("112", "12")}, ("12", "pattern", "", "12")),
        ("2", {"patterns": ("112", "12")}, ("2", "noMatch", "", "")),
        ("12", {"patterns": ("12", "123")}, None),
        ("12#", {"patterns": ("12", "123")}, ("12", "terminator", "#", "12")),
        ("1#", {"patterns": ("12", "123")}, ("1", "noMatch", "#", "")),
        ("*21*55#", {"patterns": ("*21*X.#",)}, ("*21*55#", "pattern", "", "*21*X.#")),
        ("55#", {"patterns": ("*21*X.#", "X.")}, ("55", "terminator", "#", "X.")),
        ("1234", {"patterns": ("X.",), "max_digits": 4}, ("1234", "pattern", "", "X.")),
        ("123", {"patterns": ("1234",), "max_digits": 3}, ("123", "noMatch", "", "")),
        ("1", {"patterns": ("1",), "min_digits": 2}, ("1", "noMatch", "", "")),
    ],
)
def test_ends_by_digits(digits: str, config: dict[str, object], result: tuple[str, ...]) -> None:
    got = collect(digits, **config)
    assert (got and (got.digits, got.reason.value, *got[2:])) == result


@pytest.mark.parametrize(
    ("digits", "config", "result"),
    [
        ("", {}, ("", "firstTimeout", "", "")),
        ("12", {}, ("12", "interdigitTimeout", "", "")),
        ("12", {"patterns": ("12", "123")}, ("12", "pattern", "", "12")),
        ("12", {"patterns": ("1234",)}, ("12", "interdigitTimeout", "", "")),
        ("12", {"patterns": ("X.",), "min_digits": 3}, ("12", "interdigitTimeout", "", "X.")),
        ("12", {"timeout": S, "interdigit_timeout": 0}, ("12", "timeout", "", "")),
        ("12", {"timeout": S, "interdigit_timeout": 5 * S}, ("12", "timeout", "", "")),
        ("", {"timeout": S, "first_timeout": 0}, ("", "timeout", "", "")),
    ],
)
def test_ends_by_time(digits: str, config: dict[str, object], result: tuple[str, ...]) -> None:
    got = waited(digits, **config)
    assert (got.digits, got.reason.value, *got[2:]) == result


def test_times_are_counted_from_where_they_should() -> None:
    collector = DigitCollector(CollectConfig(timeout=20 * S), prompt=True)
    collector.begin(0)
    assert collector.next_timeout() is None, "the prompt takes its time"
    collector.prompt_ended(7 * S)
    assert collector.next_timeout() == 12 * S
    collector.digit("1", 9 * S)
    assert collector.next_timeout() == 27 * S, "a digit that is held down is no silence"
    collector.released(14 * S)
    assert collector.next_timeout() == 17 * S
    collector.released(15 * S)
    assert collector.next_timeout() == 17 * S
    collector.handle_timeout(16 * S)
    assert collector.result is None


def test_no_times() -> None:
    collector = DigitCollector(CollectConfig(first_timeout=0, interdigit_timeout=0))
    collector.begin(0)
    keyed(collector, "123")
    assert collector.next_timeout() is None
    collector.stop()
    assert collector.result == Collected("123", CollectEnd.STOPPED)
    collector.call_ended()
    collector.digit("4", S)
    collector.handle_timeout(S)
    collector.prompt_ended(S)
    assert collector.result == Collected("123", CollectEnd.STOPPED)
    assert collector.next_timeout() is None


def test_barge_in() -> None:
    collector = DigitCollector(CollectConfig(max_digits=2), prompt=True)
    collector.begin(0)
    keyed(collector, "1", S)
    assert collector.next_timeout() == S + 80_000_000 + 3 * S
    collector.prompt_ended(2 * S)
    assert collector.next_timeout() == S + 80_000_000 + 3 * S, "the prompt's end changes nothing"
    keyed(collector, "2", 2 * S)
    assert collector.result == Collected("12", CollectEnd.MAXIMUM)


def test_without_barge_in_digits_during_the_prompt_are_not_taken() -> None:
    collector = DigitCollector(CollectConfig(barge_in=False), prompt=True)
    collector.begin(0)
    assert not collector.takes()
    keyed(collector, "12#")
    assert collector.digits == "" and collector.result is None
    collector.prompt_ended(5 * S)
    assert collector.takes()
    keyed(collector, "3#", 6 * S)
    assert collector.result == Collected("3", CollectEnd.TERMINATOR, "#")


def test_end_of_the_call() -> None:
    collector = DigitCollector(CollectConfig(patterns=("12", "123")))
    collector.begin(0)
    keyed(collector, "12")
    collector.call_ended()
    assert collector.result == Collected("12", CollectEnd.ENDED, "", "12")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"min_digits": 4, "max_digits": 3}, "collect 4 to 3 digits"),
        ({"max_digits": 0}, "collect 0 to 0 digits"),
        ({"terminators": "x"}, "terminator 'x'"),
        ({"patterns": ("1", "(")}, "pattern '\\('"),
    ],
)
def test_bad_settings(config: dict[str, object], words: str) -> None:
    with pytest.raises(LocalError, match=words):
        DigitCollector(CollectConfig(**config))  # type: ignore[arg-type]
