"""Decadic pulses: digits as pulses, times of their edges, and counting by windows."""

from __future__ import annotations

import pytest

from trunkd.errors import ConfigError, LocalError
from trunkd.signaling.analog.pulse import (
    CODES,
    NEVER,
    PulseCounter,
    PulseWindows,
    digit_of,
    edges,
    pulses_of,
)

MS = 1_000_000


def counted(changes: list[tuple[int, bool]], windows: PulseWindows | None = None) -> list[int]:
    counter = PulseCounter(windows or PulseWindows())
    found = []
    for at, open_ in changes:
        found += [counter.expire(counter.deadline) for _ in range(counter.deadline <= at)]
        found.append(counter.edge(open_, at))
    if counter.deadline != NEVER:
        found.append(counter.expire(counter.deadline))
    return [pulses for pulses in found if pulses]


@pytest.mark.parametrize("code", CODES)
def test_digits_of_every_dial(code: str) -> None:
    digits = [digit_of(pulses, code) for pulses in range(1, 11)]
    assert sorted(digits) == list("0123456789")
    assert [pulses_of(digit, code) for digit in digits] == list(range(1, 11))


def test_dials_that_differ() -> None:
    assert [pulses_of("0", code) for code in CODES] == [10, 1, 10]
    assert [pulses_of("9", code) for code in CODES] == [9, 10, 1]
    assert digit_of(0) == digit_of(11) == ""


def test_times_of_the_edges() -> None:
    assert edges("2", 10.0, 60.0, 800) == [
        (0, True),
        (60 * MS, False),
        (100 * MS, True),
        (160 * MS, False),
    ]
    # The pause is measured from the last make to the next break.
    second = edges("11", 10.0, 60.0, 800)[2:]
    assert second == [(860 * MS, True), (920 * MS, False)]


@pytest.mark.parametrize("digits", ["", "x", "#", "12*"])
def test_what_cannot_be_dialled(digits: str) -> None:
    if digits:
        with pytest.raises(LocalError, match="digits 0 to 9"):
            edges(digits)
    else:
        assert edges(digits) == []


@pytest.mark.parametrize(("pps", "broken"), [(0.5, 60.0), (30.0, 60.0), (10.0, 5.0), (10.0, 95.0)])
def test_shapes_out_of_range(pps: float, broken: float) -> None:
    with pytest.raises(LocalError, match="1 to 25"):
        edges("1", pps, broken)


def test_twenty_pulses_a_second_too() -> None:
    for broken in (45, 50, 60, 67):
        assert counted(edges("3905", 20.0, broken, 300)) == [3, 9, 10, 5]


def test_a_break_that_is_too_long_ends_the_digit() -> None:
    assert counted([*edges("3"), (500 * MS, True), (700 * MS, False)]) == [3]
    assert counted([(0, True), (106 * MS, False)]) == []


def test_a_make_that_bounces_leaves_the_break_whole() -> None:
    # 30 ms, 4 ms closed, 30 ms: one break of 64 ms.
    bounced = [(0, True), (30 * MS, False), (34 * MS, True), (64 * MS, False)]
    counter = PulseCounter(PulseWindows())
    for at, open_ in bounced:
        assert counter.edge(open_, at) == 0
    assert (counter.pulses, counter.longest, counter.bounces) == (1, 64 * MS, 1)
    assert counter.expire(counter.deadline - 1) == 0
    assert counter.expire(counter.deadline) == 1


def test_the_same_edge_twice_is_one() -> None:
    assert counted([(0, True), (1 * MS, True), (60 * MS, False), (61 * MS, False)]) == [1]


def test_reset_forgets() -> None:
    counter = PulseCounter(PulseWindows())
    for at, open_ in edges("3")[:4]:
        counter.edge(open_, at)
    counter.reset()
    assert counter.deadline == NEVER and counter.expire(1 << 60) == 0


@pytest.mark.parametrize(
    "windows", [(0, 100, 8, 130), (50, 50, 8, 130), (18, 3000, 8, 130), (18, 100, 200, 130)]
)
def test_wrong_windows(windows: tuple[int, int, int, int]) -> None:
    with pytest.raises(ConfigError, match="the shorter first"):
        PulseWindows(*windows)
