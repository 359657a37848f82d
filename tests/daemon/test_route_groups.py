"""Trunk groups against models: hunting, fairness, reservation, and the rate to the nanosecond."""

from __future__ import annotations

import collections

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trunkd.daemon.config_route import GroupTable
from trunkd.daemon.route_groups import NoPick, Pick, TokenBucket, parse_member
from trunkd.daemon.route_table import GroupTables

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A slow machine fails nothing."""
SECOND = 1_000_000_000
HUNTS = ["ascending", "descending", "cyclic", "least_used", "even", "odd"]


class Bench:
    """One group of two trunks, whose channels the test seizes and gives back."""

    def __init__(self, channels: int = 4, **keys: object) -> None:
        table = GroupTable(name="g", members=["a", "b"], **keys)  # type: ignore[arg-type]
        half = tuple(range(1, channels + 1))
        self.tables = GroupTables([table], {"a": half, "b": half})
        self.down: set[str] = set()
        self.tables.is_up = lambda trunk: trunk not in self.down
        self.group = self.tables.groups["g"]
        self.now = 0

    def pick(self, **how: object) -> Pick | NoPick:
        self.now += 1
        return self.group.pick(self.now, **how)  # type: ignore[arg-type]

    def seize(self, **how: object) -> str:
        """A call gets a channel; "" if it gets none."""
        pick = self.pick(**how)
        if isinstance(pick, NoPick):
            return ""
        self.group.take(pick, self.now, bool(how.get("emergency")))
        self.busy(repr(pick.circuit), True)
        return repr(pick.circuit)

    def busy(self, name: str, on: bool) -> None:
        trunk, channel = name.split("/")
        circuit = self.tables.circuits[trunk, int(channel)]
        self.now += 1
        self.tables.update(circuit, not on, on, self.now)


@PATIENT
@given(
    st.sampled_from(HUNTS),
    st.lists(
        st.one_of(st.just("seize"), st.integers(0, 7), st.sampled_from(["a", "b"])), max_size=60
    ),
)
def test_hunting_never_gives_a_busy_channel(hunt: str, steps: list[str | int]) -> None:
    bench = Bench(hunt=hunt)
    held: set[str] = set()
    places = [repr(c) for c in bench.group.circuits]
    for step in steps:
        if isinstance(step, int):
            name = places[step]
            bench.busy(name, name not in held)
            held ^= {name}
        elif step in ("a", "b"):
            bench.down ^= {step}
        else:
            free = [p for p in places if p not in held and p[0] not in bench.down]
            got = bench.seize()
            assert bool(got) == bool(free)
            assert not got or got in free
            held |= {got} - {""}


def test_orders() -> None:
    up, down = Bench(hunt="ascending"), Bench(hunt="descending")
    assert [up.seize() for _ in range(9)] == [
        *("a/1", "a/2", "a/3", "a/4", "b/1", "b/2", "b/3", "b/4", "")
    ]
    assert [down.seize() for _ in range(3)] == ["b/4", "b/3", "b/2"]
    down.busy("b/4", False)
    assert down.seize() == "b/4"


@pytest.mark.parametrize("hunt", ["cyclic", "least_used"])
@PATIENT
@given(holding=st.integers(0, 6), calls=st.integers(8, 80))
def test_fair_hunting(hunt: str, holding: int, calls: int) -> None:
    """With calls of one length every channel gets as many calls as any other, or one more."""
    bench = Bench(hunt=hunt)
    counts: collections.Counter[str] = collections.Counter()
    held: collections.deque[str] = collections.deque()
    for _ in range(calls):
        got = bench.seize()
        counts[got] += 1
        held.append(got)
        if len(held) > holding:
            bench.busy(held.popleft(), False)
    every = [counts[repr(c)] for c in bench.group.circuits]
    assert max(every) - min(every) <= 1


@PATIENT
@given(st.lists(st.integers(0, 7), max_size=40))
def test_least_used_is_idle_longest(frees: list[int]) -> None:
    bench = Bench(hunt="least_used")
    idle = [repr(c) for c in bench.group.circuits]
    held: list[str] = []
    for free in frees:
        if free < len(held):
            idle.append(held.pop(free))
            bench.busy(idle[-1], False)
        elif idle:
            held.append(bench.seize())
            assert held[-1] == idle.pop(0)


@pytest.mark.parametrize(("hunt", "mine"), [("even", 0), ("odd", 1)])
def test_glare_hunting(hunt: str, mine: int) -> None:
    """Q.764 2.9.1.3: ours first in, first out; then the far end's last in, first out."""
    bench = Bench(hunt=hunt)
    ours = [repr(c) for c in bench.group.circuits if c.channel % 2 == mine]
    theirs = [repr(c) for c in bench.group.circuits if c.channel % 2 != mine]
    assert {bench.seize() for _ in ours} == set(ours)
    assert {bench.seize() for _ in theirs} == set(theirs)
    for name in (ours[2], theirs[0], ours[1], theirs[3]):
        bench.busy(name, False)
    assert [bench.seize() for _ in range(5)] == [ours[2], ours[1], theirs[3], theirs[0], ""]


@PATIENT
@given(
    st.integers(0, 3),
    st.integers(0, 3),
    st.lists(st.one_of(st.sampled_from(["call", "priority", "emergency"]), st.integers(0, 7))),
)
def test_reserved_channels_stay_reserved(
    priority: int, incoming: int, steps: list[str | int]
) -> None:
    bench = Bench(reserve_priority=priority, reserve_incoming=incoming)
    places = [repr(c) for c in bench.group.circuits]
    for step in steps:
        if isinstance(step, int):
            bench.busy(places[step], bench.group.circuits[step].idle)
            continue
        kept = {"call": priority + incoming, "priority": incoming, "emergency": 0}[step]
        before = bench.group.idle()
        got = bench.seize(priority=int(step == "priority"), emergency=step == "emergency")
        assert bool(got) == (before > kept)
        assert not got or bench.group.idle() >= kept
        missing = max(0, priority + incoming - bench.group.idle())
        assert bench.group.reserved_in_use() == missing


def test_why_there_is_none() -> None:
    bench = Bench(channels=1, reserve_priority=1, max_calls=1)
    assert bench.seize() == "a/1"
    reserved = bench.pick()
    assert isinstance(reserved, NoPick)
    assert (reserved.why, reserved.q850) == ("reserved", 34)
    calls = bench.pick(priority=1)
    assert isinstance(calls, NoPick) and (calls.why, calls.q850) == ("calls", 42)
    assert bench.seize(emergency=True) == "b/1"
    busy = bench.pick(emergency=True)
    assert isinstance(busy, NoPick) and (busy.why, busy.q850) == ("busy", 34)
    bench.down = {"a", "b"}
    down = bench.pick(emergency=True)
    assert isinstance(down, NoPick) and (down.why, down.q850) == ("down", 38)
    assert down.text == "a, b are down"


class ExactBucket:
    """Tokens as fractions: one more every ``interval``, up to ``burst``; debt is turns given."""

    def __init__(self, interval: int, burst: int) -> None:
        self.interval, self.burst = interval, burst
        self.tokens_ns = interval * burst
        self.at = 0

    def wait(self, now: int) -> int:
        self.tokens_ns = min(self.burst * self.interval, self.tokens_ns + now - self.at)
        self.at = now
        return max(0, self.interval - self.tokens_ns)

    def take(self) -> None:
        self.tokens_ns -= self.interval


@PATIENT
@given(
    st.integers(1, 1000),
    st.integers(1, 5),
    st.lists(st.integers(0, 2 * SECOND), max_size=40),
    st.integers(0, 3 * SECOND),
)
def test_the_rate_is_exact(rate: int, burst: int, pauses: list[int], patience: int) -> None:
    bucket = TokenBucket(float(rate), burst)
    model = ExactBucket(bucket.interval, burst)
    now, starts = 0, []
    for pause in pauses:
        now += pause
        wait = bucket.wait(now)
        assert wait == model.wait(now)
        if wait <= patience:
            bucket.take(now)
            model.take()
            starts.append(now + wait)
    assert starts == sorted(starts)
    for first, later in zip(starts, starts[burst:], strict=False):
        assert later - first >= bucket.interval


def test_calls_a_second_and_emergencies() -> None:
    bench = Bench(calls_per_second=1.0, burst=2, wait=SECOND)
    assert [bench.seize(), bench.seize()] == ["a/1", "a/2"]
    pick = bench.pick()
    assert isinstance(pick, Pick) and SECOND - 10 <= pick.wait < SECOND
    bench.group.take(pick, bench.now)
    refused = bench.pick()
    assert isinstance(refused, NoPick) and (refused.why, refused.q850) == ("rate", 42)
    assert bench.seize(emergency=True) == "a/3"
    again = bench.pick()
    assert isinstance(again, NoPick)


def test_use_is_counted() -> None:
    bench = Bench()
    bench.busy("a/1", True)
    bench.busy("a/2", True)
    begun = bench.now
    bench.now += SECOND
    bench.busy("a/1", False)
    counters = bench.group.counters
    assert counters.peak == 2 and counters.busy_ns == SECOND + 2
    assert bench.tables.busy_ns(bench.group, bench.now) == 2 * SECOND + 3
    assert bench.now - begun == SECOND + 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pstn", ("pstn", ())),
        ("pstn/3", ("pstn", (3,))),
        ("pstn/1-3, 7,2", ("pstn", (1, 2, 3, 7))),
    ],
)
def test_members(text: str, found: tuple[str, tuple[int, ...]]) -> None:
    assert parse_member(text) == found


@pytest.mark.parametrize("text", ["pstn/", "pstn/a", "pstn/3-1", "pstn/1-99999", "pstn/1-"])
def test_what_is_no_member(text: str) -> None:
    with pytest.raises(ValueError, match=r"channel|range"):
        parse_member(text)
