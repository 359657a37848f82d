"""Random operations at both ends, MTP in order and without loss, then with loss: nothing stays."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tup_rig import MINUTE, SECOND, TupEnd, TupPair, request

from trunkd.errors import LocalError
from trunkd.signaling import call as neutral

CIRCUITS = (1, 2, 3, 4, 5, 8)
PATIENCE = 30 * MINUTE
"""More than TGRD, TANS, T10 and a minute of repetition together."""


class Apps:
    """What the applications do, drawn from one generator."""

    def __init__(self, pair: TupPair, rng: random.Random) -> None:
        self.pair = pair
        self.rng = rng
        for end in pair.ends:
            end.app = self.told

    def try_(self, action: Callable[[], object]) -> None:
        with contextlib.suppress(LocalError):
            action()

    def told(self, end: TupEnd, event: neutral.SignallingEvent) -> None:
        pair, rng, tup = self.pair, self.rng, end.tup
        if isinstance(event, neutral.ContinuityCheck) and event.mode == neutral.CONTINUITY_TONE:
            good, cic = rng.random() < 0.6, event.channel
            wait = rng.randrange(3 * SECOND)
            pair.after(wait, lambda: tup.continuity_result(cic, good, pair.now))
        elif isinstance(event, neutral.CallDisconnected):
            call, wait = event.call, rng.randrange(90 * SECOND)
            pair.after(wait, lambda: self.try_(lambda: tup.clear(call, 16, pair.now)))

    def good(self, end: TupEnd, event: neutral.SignallingEvent) -> None:
        """At the end every tone comes back."""
        if isinstance(event, neutral.ContinuityCheck) and event.mode == neutral.CONTINUITY_TONE:
            cic = event.channel
            self.pair.after(SECOND, lambda: end.tup.continuity_result(cic, True, self.pair.now))

    def act(self) -> None:
        """One thing, at either end."""
        pair, rng = self.pair, self.rng
        end = rng.choice(pair.ends)
        tup, now = end.tup, pair.now
        some = tuple(rng.sample(CIRCUITS, rng.randint(1, 4)))
        hard = rng.random() < 0.3
        what = rng.randrange(14)
        if what < 4:
            overlap = rng.random() < 0.3
            digits = "123456"[: rng.randint(1, 6)]
            cic = rng.choice((0, 0, *CIRCUITS))
            req = request(digits, complete=not overlap, channel=cic, exclusive=hard)
            self.try_(lambda: pair.place(end, req))
        elif what < 11 and tup.calls:
            self.in_call(end, rng.choice([*tup.calls]), what)
        elif what == 11:
            block = rng.choice((tup.block, tup.unblock))
            self.try_(lambda: block(some, hard, now, rng.random() < 0.2))
        elif what == 12:
            self.try_(lambda: tup.restart(some, now))
        elif what == 13:
            self.try_(lambda: tup.continuity_test(some[0], now))

    def in_call(self, end: TupEnd, call: int, what: int) -> None:
        rng, tup, now = self.rng, end.tup, self.pair.now
        actions = [
            lambda: tup.clear(call, rng.choice((16, 17, 28, 31, 34)), now),
            lambda: tup.alert(call, True, now),
            lambda: tup.answer(call, now),
            lambda: tup.proceed(call, now),
            lambda: tup.send_digits(call, "7", rng.random() < 0.3, now),
            lambda: tup.suspend(call, now),
            lambda: tup.resume(call, now),
            lambda: tup.identify(call, now),
            lambda: tup.signal(call, rng.choice(("FOT", "OPR", "CCL", "MAL")), now),
        ]
        chosen = actions[2] if what == 4 else rng.choice(actions)
        self.try_(chosen)

    def end(self) -> None:
        """Everybody hangs up, and undoes what is blocked."""
        pair = self.pair
        for end in pair.ends:
            for call in [*end.tup.calls]:
                self.try_(lambda e=end, c=call: e.tup.clear(c, 16, pair.now))
        pair.run(PATIENCE)
        for end in pair.ends:
            for hardware, software in ((False, False), (True, False), (False, True)):
                end.tup.unblock(CIRCUITS, hardware, pair.now, software)
        pair.run(PATIENCE)


def play(seed: int, steps: int, variant: str, loss: float, options: dict[str, object]) -> TupPair:
    rng = random.Random(seed)
    pair = TupPair(seed, CIRCUITS, variant, options, options)
    apps = Apps(pair, rng)
    pair.loss = loss
    for _ in range(steps):
        apps.act()
        pair.run(rng.choice((0, 0, 5_000_000, SECOND, 20 * SECOND)))
    pair.loss = 0.0
    for end in pair.ends:
        end.app = apps.good
    apps.end()
    return pair


@given(
    st.integers(0, 2**32),
    st.sampled_from(("itu", "china")),
    st.sampled_from((0.0, 0.0, 0.05, 0.3)),
    st.fixed_dictionaries(
        {
            "continuity": st.sampled_from((0, 0, 1, 2)),
            "overlap_receiving": st.booleans(),
            "min_digits": st.integers(0, 4),
            "send_calling_line": st.booleans(),
            "request_calling_line": st.booleans(),
            "attempts": st.integers(0, 2),
            "group_twice": st.booleans(),
        }
    ),
)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_random_operations_leave_nothing_stuck(
    seed: int, variant: str, loss: float, options: dict[str, object]
) -> None:
    play(seed, 40, variant, loss, options).assert_idle()


@pytest.mark.parametrize("seed", range(4))
def test_long_runs(seed: int) -> None:
    pair = play(seed, 400, ("itu", "china")[seed % 2], (0.0, 0.0, 0.1, 0.3)[seed], {})
    pair.assert_idle()
    assert len(pair.a.dead) + len(pair.b.dead) > 50
