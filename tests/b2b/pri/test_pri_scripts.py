"""10,000 random call scripts against a bad line: both sides end idle and no channel is stuck."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trunkd.signaling import call as neutral

MS = 1_000_000
SECOND = 1_000_000_000
RUNS = 10
"""Runs in a test."""
CALLS = 100
"""Calls in a run; there are 30 channels, so some find none free."""
BUSY = 40 * SECOND
"""Calls are placed and the line is bad until then."""
PATIENCE = 60 * SECOND
"""After that an application clears whatever call it has."""
END = 1000 * SECOND
"""Longer than any timer: T301 180 s, T309 90 s, T316 twice 120 s."""

PROFILES = {
    "clean": {},
    "loss 1%": {"loss": 0.01},
    "loss 10%": {"loss": 0.10},
    "loss 30%": {"loss": 0.30},
    "doubled": {"double": 0.2, "loss": 0.02},
    "bit errors": {"damage": 0.05},
    "undetected": {"damage": 0.02, "undetected": 0.5},
    "cuts": {"loss": 0.01},
    "layer 1 failures": {"loss": 0.01},
    "restarts": {"loss": 0.02, "double": 0.02},
}


class Script:
    """What the applications do: drawn call by call from the run's own generator."""

    def __init__(self, pair, rng: random.Random) -> None:
        self.pair = pair
        self.rng = rng
        self.placed = 0
        for end in pair.ends:
            end.app = self.told

    def soon(self, most: int) -> int:
        """A delay, often none."""
        return 0 if self.rng.random() < 0.3 else self.rng.randrange(most)

    def later(self, delay: int, action) -> None:
        self.pair.after(delay, lambda: self.pair.try_(action))

    def place(self, end) -> None:
        """Place a call with random properties, and plan the caller's part."""
        rng, pair, trunk = self.rng, self.pair, end.trunk
        overlap = rng.random() < 0.3
        request = neutral.CallRequest(
            neutral.PartyNumber("12345"[: rng.randrange(6)] if overlap else "12345"),
            neutral.PartyNumber("99") if rng.random() < 0.5 else None,
            channel=rng.choice((0, 0, 0, *trunk.config.channels)),
            exclusive=rng.random() < 0.3,
            complete=not overlap,
            bearer=rng.choice((neutral.SPEECH, neutral.UNRESTRICTED, 0x18)),
            user_user=b"u" if rng.random() < 0.2 else b"",
        )
        handle = pair.place(end, request)
        self.placed += 1
        if overlap:
            for n in range(rng.randrange(6)):
                delay = (n + 1) * self.soon(2 * SECOND)
                last = rng.random() < 0.3
                self.later(delay, lambda c=last: trunk.send_digits(handle, "6", c, pair.now))
        self.in_call(end, handle)
        hang_up = min(self.soon(30 * SECOND) + self.soon(20 * SECOND), PATIENCE)
        if rng.random() < 0.5:
            self.later(hang_up, lambda: trunk.clear(handle, 16, pair.now))
        self.later(PATIENCE, lambda: trunk.clear(handle, 31, pair.now))

    def in_call(self, end, handle: int) -> None:
        """Things that may be done at any time."""
        rng, pair, trunk = self.rng, self.pair, end.trunk
        for action in (
            lambda: trunk.notify(handle, 0, pair.now),
            lambda: trunk.send_user_information(handle, b"data", pair.now),
            lambda: trunk.enquire(handle, pair.now),
        ):
            if rng.random() < 0.1:
                self.later(self.soon(20 * SECOND), action)

    def told(self, end, event) -> None:
        if isinstance(event, neutral.CallOffered):
            self.take(end, event.call, event.request.complete)
        elif isinstance(event, neutral.CallDisconnected) and event.inband:
            call = event.call
            self.later(self.soon(5 * SECOND), lambda: end.trunk.clear(call, 16, self.pair.now))

    def take(self, end, handle: int, complete: bool) -> None:
        """The called application's part: refuse, answer, or anything between."""
        rng, pair, trunk = self.rng, self.pair, end.trunk
        self.later(PATIENCE, lambda: trunk.clear(handle, 31, pair.now))
        self.in_call(end, handle)
        fate = rng.random()
        if fate < 0.05:
            return
        delay = self.soon(2 * SECOND)
        if fate < 0.2:
            cause = rng.choice((17, 21, 27, 34))
            self.later(delay, lambda: trunk.clear(handle, cause, pair.now))
            return
        if not complete and rng.random() < 0.7:
            self.later(delay, lambda: trunk.want_digits(handle, pair.now))
            delay += self.soon(8 * SECOND)
        for action in (
            lambda: trunk.proceed(handle, pair.now),
            lambda: trunk.progress(handle, rng.choice((1, 2, 8)), pair.now),
            lambda: trunk.alert(handle, rng.random() < 0.5, pair.now),
            lambda: trunk.answer(handle, pair.now),
        ):
            if rng.random() < 0.8:
                self.later(delay, action)
                delay += self.soon(5 * SECOND)
        if rng.random() < 0.5:
            self.later(delay + self.soon(20 * SECOND), lambda: trunk.clear(handle, 16, pair.now))


def trouble(pair, script: Script, profile: str) -> None:
    """What a profile does beyond its wire: cuts, layer 1 failures, restarts."""
    rng = script.rng

    def cut(on: bool) -> None:
        pair.wire.cut = on

    def line(down: bool) -> None:
        for end in pair.ends:
            (end.trunk.line_down if down else end.trunk.line_up)(pair.now)

    if profile == "cuts":
        begin = rng.randrange(BUSY)
        pair.at(begin, lambda: cut(True))
        pair.at(begin + rng.choice((1, 3, 5, 20, 100)) * SECOND, lambda: cut(False))
    if profile == "layer 1 failures":
        begin = rng.randrange(BUSY)
        pair.at(begin, lambda: line(True))
        pair.at(begin + rng.choice((1, 5, 20, 100)) * SECOND, lambda: line(False))
    if profile == "restarts":
        for end in pair.ends:
            some = tuple(rng.sample(end.trunk.config.channels, rng.randrange(4)))
            pair.at(rng.randrange(BUSY), lambda e=end, c=some: e.trunk.restart(c, pair.now))


def run(pair_of, wire_of, seed: int, profile: str, calls: int = CALLS) -> tuple[int, object]:
    """One run; how many calls were placed, and the pair as it ended."""
    rng = random.Random(seed)
    options = {
        "overlap_receiving": rng.random() < 0.7,
        "min_digits": rng.randrange(4),
        "send_proceeding": rng.random() < 0.7,
    }
    pair = pair_of(
        seed,
        wire_of(**PROFILES[profile]),
        user=options | {"connect_acknowledge": rng.random() < 0.8},
        network=options | {"disconnect_tones": rng.random() < 0.3},
    )
    script = Script(pair, rng)
    pair.start()
    for _ in range(calls):
        end = rng.choice(pair.ends)
        pair.at(rng.randrange(SECOND, BUSY), lambda e=end: script.place(e))
    trouble(pair, script, profile)
    pair.run(BUSY + 2 * SECOND)
    pair.wire.loss = pair.wire.double = pair.wire.damage = 0.0
    pair.run(END)
    pair.assert_idle()
    return script.placed, pair


@pytest.mark.parametrize("profile", PROFILES)
def test_random_scripts_end_idle(pair_of, wire_of, profile: str) -> None:
    """1,000 scripts for each of ten lines."""
    placed = connected = 0
    for n in range(RUNS):
        count, pair = run(pair_of, wire_of, 1000 * n + len(profile), profile)
        placed += count
        connected += sum(
            isinstance(event, neutral.CallConnected) for end in pair.ends for event in end.log
        )
    assert placed == RUNS * CALLS
    assert connected > placed // 20, "hardly a call came through: the test tests nothing"


def test_same_seed_same_history(pair_of, wire_of) -> None:
    first = run(pair_of, wire_of, 7, "loss 10%")[1]
    second = run(pair_of, wire_of, 7, "loss 10%")[1]
    for one, two in zip(first.ends, second.ends, strict=True):
        assert [repr(x) for x in one.released] == [repr(x) for x in two.released]
    assert first.frames == second.frames


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
@given(
    seed=st.integers(0, 2**32),
    calls=st.integers(1, 12),
    profile=st.sampled_from(sorted(PROFILES)),
    loss=st.floats(0, 0.4),
    undetected=st.floats(0, 1),
)
def test_any_line(pair_of, wire_of, seed, calls, profile, loss, undetected) -> None:
    """Hypothesis looks for the line and script that leave something behind."""
    saved = dict(PROFILES[profile])
    PROFILES[profile] = saved | {"loss": loss, "undetected": undetected}
    try:
        run(pair_of, wire_of, seed, profile, calls)
    finally:
        PROFILES[profile] = saved
