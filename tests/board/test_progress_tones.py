"""The rows of tones: how they are read, and that all of them can be made."""

from __future__ import annotations

import pytest

from trunkd.board.progress_tones import COUNTRIES, Step, cadence, parse
from trunkd.errors import ConfigError


def test_notation() -> None:
    read = parse("!350+440/100@-13,!0/40,400*25")
    assert read.repeat_from == 2
    assert read.steps == (
        Step((350.0, 440.0), 800, -13.0),
        Step((), 320),
        Step((400.0,), 0, -10.0, 25.0, 0.9),
    )
    assert parse("450/350,0/350").repeat_from == 0
    assert parse("!450/600").repeat_from is None
    assert parse("450@-20/400").steps == (Step((450.0,), 3200, -20.0),)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("450/100,!0/100", "first"),
        ("450/x", "write steps as"),
        ("", "write steps as"),
        ("450,0/100", "without a length"),
        ("4000/100", "below 4000"),
        ("1+2+3+4+5/100", "at most four"),
    ],
)
def test_mistakes(text: str, wrong: str) -> None:
    with pytest.raises(ConfigError, match=wrong):
        parse(text)


def test_rows() -> None:
    """At least twenty countries, each with its source and the tones that every call needs."""
    assert len(COUNTRIES) >= 20
    for code, country in COUNTRIES.items():
        assert len(code) == 2
        assert country.name
        assert country.source
        needed = {"dial", "busy", "congestion", "ringback", "special-information", "call-waiting"}
        assert needed <= set(country.tones), code
        for name in country.tones:
            read = cadence(code, name)
            assert all(-80 <= step.level <= 3 for step in read.steps)


def test_unknown() -> None:
    with pytest.raises(ConfigError, match="no tones of country 'xx'"):
        cadence("xx", "dial")
    with pytest.raises(ConfigError, match="cn has no tone 'ring'"):
        cadence("cn", "ring")
