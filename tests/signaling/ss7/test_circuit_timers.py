"""Timers of circuits: what a plain search of all of them would do, in the same order."""

from __future__ import annotations

import random

import pytest

from trunkd.signaling.ss7.circuit_timers import HORIZON, CircuitTimers

MS = 1_000_000
SECOND = 1_000_000_000


def serve(timers: CircuitTimers, now: int) -> list[int]:
    """What is due, in order. Timers of odd keys start again, as those that repeat a message do."""
    keys = []
    while (key := timers.take_due(now)) >= 0:
        keys.append(key)
        if key & 1:
            timers.start_key(key, now + 300 * MS)
    return keys


def search(deadlines: dict[int, int], highest_first: bool, now: int) -> list[int]:
    """The model: all of them are looked through each time."""
    sign = -1 if highest_first else 1
    due = sorted((deadline, sign * key) for key, deadline in deadlines.items() if deadline <= now)
    keys = [sign * signed for _, signed in due]
    for key in keys:
        del deadlines[key]
        if key & 1:
            deadlines[key] = now + 300 * MS
    return keys


@pytest.mark.parametrize("highest_first", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_as_a_plain_search(highest_first: bool, seed: int) -> None:
    rng = random.Random(seed)
    timers = CircuitTimers(highest_first)
    plain: dict[int, int] = {}
    now = ended = 0
    for _ in range(600):
        key = rng.randrange(40)
        turn = rng.random()
        if turn < 0.5:
            after = rng.choice((10 * MS, 100 * MS, SECOND, 2 * SECOND, HORIZON, 15 * SECOND))
            timers.start_key(key, now + after)
            plain[key] = now + after
        elif turn < 0.7:
            timers.deadlines.pop(key, None)
            plain.pop(key, None)
        else:
            now += rng.choice((0, 10 * MS, 90 * MS, 700 * MS, 5 * SECOND))
            keys = serve(timers, now)
            assert keys == search(plain, highest_first, now)
            ended += len(keys)
        assert timers.deadlines == plain
        if plain:
            due = timers.next_timeout()
            assert due is not None and due <= min(plain.values())
    assert ended > 100


def test_nothing_runs() -> None:
    timers = CircuitTimers(False)
    assert timers.next_timeout() is None
    assert serve(timers, SECOND) == []
    timers.start_key(2, 5 * SECOND)
    assert timers.next_timeout() == 5 * SECOND
    timers.deadlines.clear()
    assert timers.next_timeout() is None


def test_what_was_stopped_is_not_kept() -> None:
    """Calls start and stop timers for years: the heap holds a second's worth at the most."""
    timers = CircuitTimers(False)
    for turn in range(20_000):
        now = turn * 10 * MS
        timers.start_key(turn % 7 * 2, now + 20 * MS)
        timers.start_key(1000, now + 20 * SECOND)
        serve(timers, now)
    assert len(timers._soon) <= 2 * HORIZON // (10 * MS)
