"""Processes killed at any moment of any calls: both ends agree afterwards, and nothing is stuck."""

from __future__ import annotations

import pri_adopt_rig as rig
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pri_adopt_rig import SECOND, answering, assert_active, cleared, kinds, request

from trunkd.signaling import call as neutral

MS = 1_000_000

PAUSES = st.integers(0, 400).map(lambda n: n * MS) | st.sampled_from((2 * SECOND, 15 * SECOND))
STEPS = st.one_of(
    st.tuples(st.just("place"), st.integers(0, 1), PAUSES),
    st.tuples(st.just("place"), st.integers(0, 1), PAUSES),
    st.tuples(st.just("clear"), st.integers(0, 1), PAUSES),
    st.tuples(st.just("kill"), st.integers(0, 1), PAUSES),
    st.tuples(st.just("down"), st.integers(0, 1), PAUSES),
    st.tuples(st.just("long"), st.integers(0, 1), PAUSES),
    st.tuples(st.just("both"), st.integers(0, 1), PAUSES),
    st.tuples(st.just("some"), st.integers(0, 1), PAUSES),
)


def step(pair, what: str, end) -> None:
    if what == "place":
        pair.try_(lambda: pair.place(end, request()))
    elif what == "clear":
        for handle in sorted(end.live)[:1]:
            pair.try_(lambda h=handle: end.trunk.clear(h, 16, pair.now))
    elif what == "both":
        kept = [rig.kill(pair, each) for each in pair.ends]
        for each, calls in zip(pair.ends, kept, strict=True):
            rig.start(pair, each, calls)
    elif what == "some":
        rig.start(pair, end, rig.kill(pair, end)[::2])
    else:
        rig.reborn(pair, end, {"kill": 0, "down": 30 * SECOND, "long": 150 * SECOND}[what])
    pair.settle()


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(STEPS, min_size=3, max_size=14),
    st.booleans(),
    st.booleans(),
    st.integers(0, 10**6),
    st.sampled_from((0.0, 0.0, 0.05)),
)
def test_any_cut(pair_of, wire_of, steps, user: bool, network: bool, seed: int, loss: float):
    pair = pair_of(
        seed,
        wire_of(loss=loss),
        {"restart_on_start": user},
        {"restart_on_start": network},
    )
    answering(pair)
    pair.start()
    pair.run(SECOND)
    for what, index, pause in steps:
        step(pair, what, pair.ends[index])
        pair.run(pair.now + pause)
    pair.wire.loss = 0.0
    pair.run(pair.now + 400 * SECOND)  # T309, T316 twice
    for end in pair.ends:
        kept = [event.call for event in kinds(end, neutral.CallKept)]
        assert len(kept) == len(set(kept))
    assert_active(pair, len(pair.user.live))
    cleared(pair)
