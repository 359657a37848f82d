"""Random calls between two E&M engines, with glare, hits and lost digits: none is stuck."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkd.errors import LocalError
from trunkd.hil.em_lines import MS, SECOND, EmPair, End
from trunkd.signaling import call as neutral
from trunkd.signaling.cas.em_config import EmConfig
from trunkd.signaling.cas.em_table import EM

CHANNELS = tuple(range(1, 25))
VARIANTS = ("wink", "wink-mf", "delay", "immediate", "immediate-pulse", "fgd", "fgd-tandem")


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    EM.strict = True
    yield
    EM.strict = False


class Callers:
    """Both ends place calls; what is offered is answered, refused or left; anybody clears."""

    def __init__(self, pair: EmPair, rng: random.Random, calls: int, gap_ms: int) -> None:
        self.pair = pair
        self.rng = rng
        self.placed = 0
        for end in pair.ends:
            end.app = self.told
        for n in range(calls):
            end = pair.ends[n % 2]
            # Both ends at nearly the same time, so that they often seize the same trunk.
            at = n // 2 * 2 * gap_ms + rng.randrange(200)
            pair.at(pair.now + at * MS, lambda end=end: self.place(end))

    def place(self, end: End) -> None:
        self.placed += 1
        digits = "".join(self.rng.choice("0123456789") for _ in range(self.rng.randrange(3, 8)))
        call = self.pair.place(end, digits, "2125550100")
        if self.rng.random() < 0.3:
            self.pair.after(self.rng.randrange(8000) * MS, lambda: self.clear(end, call))

    def told(self, end: End, event: neutral.SignallingEvent) -> None:
        rng, pair = self.rng, self.pair
        if isinstance(event, neutral.CallOffered):
            fate = rng.random()
            delay = rng.randrange(3000) * MS
            if fate < 0.7:
                pair.after(delay, lambda: self.answer(end, event.call))
            else:
                pair.after(delay, lambda: self.clear(end, event.call, 17))
        elif isinstance(event, neutral.CallConnected):
            pair.after(rng.randrange(6000) * MS, lambda: self.clear(end, event.call))
        elif isinstance(event, neutral.CallProceeding):
            pair.after(40 * SECOND, lambda: self.clear(end, event.call))

    def answer(self, end: End, call: int) -> None:
        if call in end.live:
            try:
                end.trunk.answer(call, self.pair.now)
            except LocalError:
                assert end.trunk.shared.calls[call].call.cause

    def clear(self, end: End, call: int, cause: int = 16) -> None:
        if call in end.live:
            end.trunk.clear(call, cause, self.pair.now)


def run(
    variant: str, seed: int, calls: int, delay_ms: int, hits: float, lost: float, gap_ms: int = 150
) -> EmPair:
    times = {"interdigit": 2000, "refuse_wait": 60000}
    common = {"channels": CHANNELS, "variant": variant, "times": times, "selection": "ascending"}
    pair = EmPair(
        EmConfig(glare="hold", **common),
        EmConfig(**common),
        delay=delay_ms * MS,
        seed=seed,
        hits=hits,
        lost=lost,
    ).start()
    callers = Callers(pair, random.Random(seed), calls, gap_ms)
    pair.run_for((calls * gap_ms // 1000 + 300) * SECOND)
    pair.assert_idle()
    assert callers.placed == calls
    assert sum(len(end.released) for end in pair.ends) >= calls
    return pair


def test_two_thousand_random_calls_none_stuck() -> None:
    """Wink start, both ends ours: hits on one change in ten, 20 ms on the way."""
    pair = run("wink", 7, 2000, 20, 0.1, 0.0, 1000)
    connected = len(pair.a.kinds(neutral.CallConnected))
    assert connected > 800
    assert pair.b.trunk.counters()["glare"] > 5
    wrong = [e.request.called for e in pair.b.kinds(neutral.CallOffered) if not e.request.called]
    assert not wrong


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_start_under_hits_and_lost_digits(variant: str) -> None:
    run(variant, 11, 120, 20, 0.2, 0.02)


@settings(max_examples=25, deadline=None)
@given(
    variant=st.sampled_from(VARIANTS),
    seed=st.integers(0, 2**32),
    delay_ms=st.integers(0, 150),
    hits=st.floats(0, 0.5),
    lost=st.floats(0, 0.2),
    gap_ms=st.integers(1, 400),
)
def test_any_line(
    variant: str, seed: int, delay_ms: int, hits: float, lost: float, gap_ms: int
) -> None:
    EM.strict = True
    run(variant, seed, 24, delay_ms, hits, lost, gap_ms)


def test_same_seed_same_history() -> None:
    def history(pair: EmPair) -> list:
        return [(t, type(e).__name__) for end in pair.ends for t, e in end.log]

    first = history(run("fgd", 5, 60, 5, 0.2, 0.0))
    assert first == history(run("fgd", 5, 60, 5, 0.2, 0.0))
