"""Two links back to back: whatever the line does, each message arrives once and in order.

When a link fails, level 3 changes over (BSNT, retrieval) to the same link, aligned again: even
then nothing is lost or doubled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trunkd.signaling.ss7.mtp2_config import T7, Mtp2Config

MS = 1_000_000
SECOND = 1_000_000_000
SIO_SIF = b"\x85"

NewPair = Callable[[int, float, float, tuple[int, int], Mtp2Config], Any]

ACTIONS = st.lists(
    st.tuples(
        st.sampled_from("sssssswwcop"),
        st.integers(0, 1),
        st.integers(1, 40),
        st.integers(0, 800),
    ),
    max_size=25,
)
RATES = st.sampled_from([0.0, 0.01, 0.05, 0.2])
DELAYS = st.sampled_from([(1, 1), (1, 5), (5, 60), (250, 300)])
QUICK = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)


def play(pair: Any, actions: list[tuple[str, int, int, int]], rough: bool) -> None:
    """Send, wait, cut (layer 1), processor outage, congestion of level 3."""
    serial = 0
    for what, index, count, pause in actions:
        link = pair.ends[index].link
        if what == "s":
            for _ in range(count):
                serial += 1
                pair.send(index, b"%c%d:%d" % (0x85, index, serial))
        elif what == "c" and rough:
            link.line_down(pair.now)
        elif what == "o" and rough:
            link.local_processor_outage(True, pair.now)
            pair.run(pair.now + pause * MS)
            link.local_processor_outage(False, pair.now)
            pair.run(pair.now + SECOND)
            for end in pair.ends:
                end.link.continue_(pair.now)
        elif what == "p" and rough:
            (link.congestion_discard if count % 2 else link.congestion_accept)(pair.now)
            pair.run(pair.now + pause * MS)
            link.congestion_ceases(pair.now)
        pair.run(pair.now + pause * MS)


def check(pair: Any) -> None:
    pair.settle()
    for here, there in ((0, 1), (1, 0)):
        assert pair.ends[there].got == pair.ends[here].sent


@QUICK
@given(st.integers(0, 2**32), RATES, RATES, DELAYS, ACTIONS)
def test_basic_delivers_once_and_in_order(
    new_pair: NewPair,
    seed: int,
    loss: float,
    double: float,
    delay: tuple[int, int],
    actions: list[tuple[str, int, int, int]],
) -> None:
    pair = new_pair(seed, loss, double, delay, Mtp2Config())
    pair.start()
    play(pair, actions, rough=False)
    check(pair)


@QUICK
@given(st.integers(0, 2**32), RATES, RATES, DELAYS, ACTIONS)
def test_pcr_delivers_once_and_in_order(
    new_pair: NewPair,
    seed: int,
    loss: float,
    double: float,
    delay: tuple[int, int],
    actions: list[tuple[str, int, int, int]],
) -> None:
    pair = new_pair(seed, loss, double, delay, Mtp2Config(pcr=True, n1=20, n2=400))
    pair.emergency = True
    pair.start()
    play(pair, actions, rough=False)
    check(pair)


@QUICK
@given(st.integers(0, 2**32), RATES, ACTIONS, st.booleans())
def test_outages_cuts_and_congestion_lose_nothing(
    new_pair: NewPair,
    seed: int,
    loss: float,
    actions: list[tuple[str, int, int, int]],
    pcr: bool,
) -> None:
    pair = new_pair(seed, loss, 0.0, (1, 5), Mtp2Config(pcr=pcr))
    pair.start()
    play(pair, actions, rough=True)
    check(pair)


@pytest.mark.parametrize("pcr", [False, True], ids=["basic", "pcr"])
def test_a_long_transfer_over_a_bad_line(new_pair: NewPair, pcr: bool) -> None:
    """3000 messages each way at an error rate that the SUERM forgives; the link never fails."""
    config = Mtp2Config(pcr=pcr, timers={T7: 2 * SECOND})
    pair = new_pair(5, 0.003, 0.01, (1, 3), config)
    pair.start()
    pair.run(10 * SECOND)
    for n in range(3000):
        pair.send(0, b"\x85a%d" % n)
        pair.send(1, b"\x85b%d" % n)
        if n % 5 == 0:
            pair.run(pair.now + 20 * MS)
    check(pair)
    for end in pair.ends:
        assert end.failed == 0 and end.link.counters.failures == 0
        assert end.link.counters.retransmitted > 3
    assert len(pair.ends[0].got) == 3000


def test_same_seed_same_story(new_pair: NewPair) -> None:
    stories = []
    for _ in range(2):
        pair = new_pair(42, 0.05, 0.1, (1, 5), Mtp2Config())
        pair.start()
        for n in range(100):
            pair.send(n % 2, b"\x85 %d" % n)
            pair.run(pair.now + 200 * MS)
        stories.append([(end.events, end.link.counters.totals()) for end in pair.ends])
    assert stories[0] == stories[1]
