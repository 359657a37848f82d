"""Patterns of numbers: what they match, what they still could, and what they have in common."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trunkd.daemon.config_route import RouteTable
from trunkd.daemon.route_match import Matcher, patterns_of, rank
from trunkd.daemon.route_pattern import (
    Bounds,
    Pattern,
    PatternError,
    common,
    pattern,
    prefix,
    regex,
    uncovered,
)

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A slow machine fails nothing."""
NUMBERS = st.text("0123*", max_size=7)


def expressions(depth: int = 3) -> st.SearchStrategy[str]:
    """Regular expressions that trunkd and Python's re read alike."""
    atoms = st.sampled_from(["0", "1", "2", "3", "[12]", "[0-2]", "[^1]", ".", r"\d", r"\*"])
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map("".join),
            st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})"),
            st.tuples(
                inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}", "{0,2}", "{0}"])
            ).map(lambda two: f"(?:{two[0]}){two[1]}"),
        ),
        max_leaves=2**depth,
    )


@PATIENT
@given(expressions(), st.lists(NUMBERS, max_size=8))
def test_expressions_match_what_re_matches(text: str, numbers: list[str]) -> None:
    mine, theirs = regex(text), re.compile(text)
    for number in numbers:
        assert mine.matches(number) == bool(theirs.fullmatch(number)), number


LETTERS = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]"}


@PATIENT
@given(
    st.lists(st.sampled_from(["0", "1", "2", "*", "X", "Z", "N", "[0-2]", "[^3]"]), max_size=5),
    st.sampled_from(["", ".", "!"]),
    st.integers(0, 6),
    st.integers(0, 6),
    NUMBERS,
)
def test_patterns_and_lengths(
    positions: list[str], tail: str, least: int, most: int, number: str
) -> None:
    if not positions and not tail:
        return
    text = "".join(LETTERS.get(p, re.escape(p) if len(p) == 1 else p) for p in positions)
    text += {"": "", ".": ".+", "!": ".*"}[tail]
    fits = least <= len(number) <= (most or 32)
    mine = pattern("".join(positions) + tail, Bounds(least, most))
    assert mine.matches(number) == (bool(re.fullmatch(text, number)) and fits)


@PATIENT
@given(NUMBERS, NUMBERS)
def test_prefixes(begin: str, number: str) -> None:
    one = prefix(begin)
    assert one.matches(number) == number.startswith(begin)
    assert one.beginning() == begin


@PATIENT
@given(expressions(), NUMBERS)
def test_what_is_open_can_go_on(text: str, number: str) -> None:
    """A state is dead exactly if nothing that begins so matches, and open if something longer
    does."""
    one = regex(text)
    state = one.walk(number)
    rest = regex(f"{re.escape(number)}.*") if number else prefix("")
    assert (state >= 0) == (common(one, rest) is not None)
    if state >= 0:
        longer = regex(f"{re.escape(number)}.+")
        assert one.open[state] == (common(one, longer) is not None)


@PATIENT
@given(expressions(2), expressions(2), NUMBERS)
def test_common_and_uncovered(a: str, b: str, number: str) -> None:
    one, two = regex(a), regex(b)
    both, rest = common(one, two), uncovered(one, [two])
    if both is not None:
        assert one.matches(both) and two.matches(both)
    else:
        assert not (one.matches(number) and two.matches(number))
    if rest is not None:
        assert one.matches(rest) and not two.matches(rest)
    else:
        assert not one.matches(number) or two.matches(number)


@PATIENT
@given(
    st.lists(
        st.one_of(
            st.text("0123", max_size=4).map(lambda t: RouteTable(name="a", prefix=[t])),
            st.text("01XN", min_size=1, max_size=4).map(
                lambda t: RouteTable(name="a", pattern=[t, t + "."])
            ),
            expressions(1).map(lambda t: RouteTable(name="a", regex=t)),
        ),
        max_size=6,
    ),
    st.lists(NUMBERS, max_size=6),
)
def test_the_longest_match_wins(rows: list[RouteTable], numbers: list[str]) -> None:
    """As walking every pattern by itself finds it; the place says whether more digits count."""
    made: list[list[Pattern]] = [patterns_of(row) for row in rows]
    matcher = Matcher(made)
    for number in numbers:
        found = [(rank(p), i) for i, many in enumerate(made) for p in many if p.matches(number)]
        expected = list(dict.fromkeys(i for _, i in sorted(found)))
        place = matcher.walk(number)
        assert [row for row, _ in place.matches] == expected
        longer = regex(f"{re.escape(number)}.+") if number else pattern(".")
        more = any(common(p, longer) is not None for many in made for p in many)
        assert place.open == more
        assert place.certain == (bool(expected) and not more)


def test_what_is_longer() -> None:
    """Digits at the beginning count first, then positions, then how few ways they leave."""
    order = ["2100!", "21XXXXXX", "21[0-4]X", "21XX", "21!", "2XXXXXXX", "NXXXXXXX", "X.", "!"]
    ranks = [rank(pattern(text)) for text in order]
    assert ranks == sorted(ranks)
    assert rank(regex("21.*")) < rank(pattern("2!"))
    assert regex("(138|139)X?".replace("X?", r"\d{8}")).fixed == 11


@pytest.mark.parametrize(
    ("read", "text", "says"),
    [
        (prefix, "0x", "'x' is no digit"),
        (pattern, "", "it is empty"),
        (pattern, "1.2", "'.' stands at the end only"),
        (pattern, "[12", "a [ has no ]"),
        (pattern, "[2-1]", "is no set of digits"),
        (pattern, "[]", "[] has no digit"),
        (pattern, "Y", "none of X, Z, N"),
        (regex, "(1", "a ( has no )"),
        (regex, "1)", "a ) too much at column 2"),
        (regex, "*1", "'*' at column 1 repeats nothing"),
        (regex, "1{2", "is no number of times"),
        (regex, "1{3,2}", "runs back"),
        (regex, "a", "'a' at column 1 is no digit"),
        (regex, "[1", "a [ has no ]"),
        (regex, "(.{32}){32}", "it is too long"),
        (regex, ".*1.{20}", "it is too complicated"),
        (regex, "1\\", "is no digit"),
    ],
)
def test_what_is_no_pattern(read: object, text: str, says: str) -> None:
    with pytest.raises(PatternError) as wrong:
        read(text)  # type: ignore[operator]
    assert says in str(wrong.value)


def test_no_number_can_match() -> None:
    assert pattern("123", Bounds(4)).empty
    assert prefix("123", Bounds(0, 2)).empty
    assert not prefix("123", Bounds(3, 3)).empty


def test_many_rows_cost_no_more() -> None:
    """1,000 prefixes: places are kept, so the second call of a number walks eleven links."""
    matcher = Matcher([[prefix(f"{n:04d}")] for n in range(1000)])
    first = matcher.walk("01234567890")
    assert [row for row, _ in first.matches] == [123]
    assert matcher.walk("01234567890") is first
