"""Random operations at both ends: whatever happens, all circuits are idle in the end."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import isup_config as t
from trunkd.signaling.ss7 import isup_states as s

MS = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
WAITING = (s.IN_WAIT_ACM, s.IN_WAIT_ANM)
CICS = tuple(range(1, 9))
FAST = {
    number: max(row.default // 10, 30 * MS)
    for number, row in t.TIMERS.items()
    if number in (1, 5, 7, 8, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 26, 27)
}

OPERATIONS = (
    *["place"] * 12,
    *["clear"] * 3,
    *["alert"] * 6,
    *["answer"] * 10,
    "proceed",
    "suspend",
    "resume",
    "digits",
    "user",
    "block",
    "unblock",
    "hardware",
    "repair",
    "restart",
    "restart_all",
    "query",
    "test",
    "pause",
    "break",
    "wait",
    "noise",
)


class Script:
    """One random operation after the other."""

    def __init__(self, pair, rng: random.Random) -> None:
        self.pair = pair
        self.rng = rng

    def step(self, name: str) -> None:
        pair, rng = self.pair, self.rng
        end = rng.choice(pair.ends)
        isup = end.isup
        now = pair.now
        cic = rng.choice(CICS)
        some = tuple(sorted(rng.sample(CICS, rng.randrange(1, len(CICS)))))
        open_calls = [
            h for h in sorted(end.live) if h in isup.calls and isup.calls[h].state in WAITING
        ]
        calls = open_calls if name in ("alert", "answer", "proceed") else sorted(end.live)
        call = rng.choice(calls) if calls else 0
        if name == "place":
            self.place(end)
        elif name == "pause":
            if not pair.paused:
                pair.pause(True)
                pair.after(rng.choice((1, 5, 20)) * SECOND, lambda: pair.pause(False))
        elif name == "break":
            pair.broken.symmetric_difference_update({cic})
        elif name == "noise":
            kind = rng.choice((1, 2, 5, 6, 7, 9, 12, 16, 44, 0x12, 0x13, 0x14, 0x15, 0x16, 0x11))
            body = rng.choice(("", "0460000a03020005831021430f", "1404", "0200028290", "00", "01"))
            isup.receive(bytes((cic, 0, kind)) + bytes.fromhex(body), now)
            pair.settle()
        elif name != "wait":
            actions = {
                "clear": lambda: isup.clear(call, 16, now),
                "alert": lambda: isup.alert(call, True, now),
                "answer": lambda: isup.answer(call, now),
                "proceed": lambda: isup.proceed(call, now),
                "suspend": lambda: isup.suspend(call, now),
                "resume": lambda: isup.resume(call, now),
                "digits": lambda: isup.send_digits(call, "5", rng.random() < 0.5, now),
                "user": lambda: isup.send_user_information(call, b"x", now),
                "block": lambda: isup.block(some, False, now),
                "unblock": lambda: isup.unblock(some, False, now),
                "hardware": lambda: isup.block(some, True, now),
                "repair": lambda: isup.unblock(some, True, now),
                "restart": lambda: isup.restart((cic,), now),
                "restart_all": lambda: isup.restart(some, now),
                "query": lambda: isup.query(some, now),
                "test": lambda: isup.continuity_test(cic, now),
            }
            pair.try_(actions[name])
        pair.run(rng.choice((0, 0, 5, 15, 30, 100, 2000)) * MS)

    def place(self, end) -> None:
        channel = self.rng.choice((0, 0, *CICS))
        complete = self.rng.random() < 0.7
        exclusive = self.rng.random() < 0.3
        self.pair.place(end, "123", channel=channel, exclusive=exclusive, complete=complete)

    def finish(self, noise: bool) -> None:
        """Whoever has a call clears it, again and again; everything is repaired and unblocked."""
        pair = self.pair
        pair.broken.clear()
        pair.run(30 * SECOND)
        for _ in range(3):
            for end in pair.ends:
                for handle in sorted(end.live):
                    pair.try_(lambda e=end, h=handle: e.isup.clear(h, 31, pair.now))
                pair.do(lambda e=end: e.isup.unblock((), False, pair.now))
                pair.do(lambda e=end: e.isup.unblock((), True, pair.now))
            pair.run(5 * MINUTE)
        # What noise made believe of blocking is put right by a reset, as technicians do.
        if noise:
            for end in pair.ends:
                pair.do(lambda e=end: e.isup.restart((), pair.now))
                pair.run(MINUTE)
            pair.run(5 * MINUTE)


def scenario(pair_of, seed: int, names: list[str]) -> None:
    rng = random.Random(seed)
    sides = [
        {
            "circuits": CICS,
            "timers": FAST,
            "selection": rng.choice(t.SELECTIONS),
            "continuity": rng.choice((0, 0, 1, 3)),
            "overlap": rng.random() < 0.3,
            "group_messages": rng.random() < 0.8,
            "reattempts": rng.choice((0, 1, 3)),
            "ask_calling": rng.random() < 0.2,
        }
        for _ in range(2)
    ]
    pair = pair_of(seed, *sides)
    script = Script(pair, rng)
    for name in names:
        script.step(name)
    script.finish("noise" in names)
    pair.assert_idle()


@given(
    seed=st.integers(0, 2**32),
    names=st.lists(st.sampled_from(OPERATIONS), min_size=1, max_size=60),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_random_operations(pair_of, seed: int, names: list[str]) -> None:
    scenario(pair_of, seed, names)


@pytest.mark.parametrize("seed", range(30))
def test_long_random_runs(pair_of, seed: int) -> None:
    rng = random.Random(seed)
    operations = OPERATIONS if seed % 2 else OPERATIONS[:-1]
    scenario(pair_of, seed, rng.choices(operations, k=250))


@pytest.mark.parametrize("seed", range(4))
def test_loaded_circuits_without_noise(pair_of, seed: int) -> None:
    """Only calls, all the time, from both ends: each ends at both ends with the same cause."""
    rng = random.Random(seed)
    pair = pair_of(seed, {"circuits": CICS}, {"circuits": CICS})
    pair.answering(50 * MS)
    for _ in range(300):
        end = rng.choice(pair.ends)
        handle = pair.place(end)
        if handle in end.live:
            cause = rng.choice((16, 17, 31))
            pair.after(
                rng.randrange(SECOND),
                lambda e=end, h=handle, c=cause: pair.try_(
                    lambda: e.isup.clear(h, c, pair.now) if h in e.live else None
                ),
            )
        pair.run(rng.randrange(60 * MS))
    pair.run(20 * SECOND)
    pair.assert_idle()
    totals = [
        sum(e.isup.counters.get("dual_seizures", 0) for e in pair.ends),
        sum(e.isup.counters.get("repeat_attempts", 0) for e in pair.ends),
    ]
    assert totals[0] > 0
    for end in pair.ends:
        assert not end.kinds(neutral.ProtocolFault)
