"""Random calls, cuts, blocking and resets; in the end both ends must agree that all is idle."""

from __future__ import annotations

import contextlib
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from ss7_rig import Ss7Bench, ss7_config

from trunkd.errors import LocalError


class Storm:
    """One step after the other, by a seed."""

    def __init__(self, bench: Ss7Bench, seed: int) -> None:
        self.bench = bench
        self.random = random.Random(seed)
        self.cut: set[int] = set()
        self.blocked: dict[str, set[int]] = {"pstn": set(), "exchange": set()}

    def step(self) -> None:
        steps = [self.call] * 8 + [self.clear] * 6 + [self.cable, self.block, self.unblock]
        self.random.choice([*steps, self.reset, self.answer])()
        self.bench.run(self.random.choice((0.01, 0.1, 0.5, 2.0)))

    def trunk(self):
        return self.random.choice((self.bench.pstn, self.bench.exchange))

    def call(self) -> None:
        self.bench.answers = self.random.random() < 0.8
        channel = self.random.choice((0, 0, self.random.choice(self.bench.pstn.channels)))
        try:
            self.bench.place(self.trunk(), channel)
        except LocalError:
            assert not self.bench.pstn.up or not self.bench.exchange.up

    def clear(self) -> None:
        calls = list(self.bench.node.calls.values())
        if calls:
            call = self.random.choice(calls)
            call.trunk.clear(call, self.random.choice((16, 17, 31)), call.trunk.now())

    def answer(self) -> None:
        for call in list(self.bench.node.calls.values()):
            if call.direction == "in" and call.state == "alerting" and not call.cleared_here:
                with contextlib.suppress(LocalError):  # it may be waiting for its release
                    call.trunk.answer(call, call.trunk.now())

    def cable(self) -> None:
        span = self.random.choice((1, 2))
        if span in self.cut:
            self.cut.discard(span)
            self.bench.cable(span).mend()
        else:
            self.cut.add(span)
            self.bench.cable(span).cut()

    def block(self) -> None:
        trunk = self.trunk()
        cics = tuple(sorted(self.random.sample(trunk.channels, self.random.choice((1, 5)))))
        self.blocked[trunk.name].update(cics)
        trunk.block(cics, False, trunk.now())

    def unblock(self) -> None:
        trunk = self.trunk()
        if self.blocked[trunk.name]:
            trunk.unblock(tuple(sorted(self.blocked[trunk.name])), False, trunk.now())
            self.blocked[trunk.name].clear()

    def reset(self) -> None:
        trunk = self.trunk()
        trunk.reset((self.random.choice(trunk.channels),), trunk.now())

    def calm(self) -> None:
        """Mend, unblock and clear everything, and let every timer have its time."""
        for span in list(self.cut):
            self.bench.cable(span).mend()
        self.bench.run(30)
        for trunk in (self.bench.pstn, self.bench.exchange):
            if self.blocked[trunk.name]:
                trunk.unblock(tuple(sorted(self.blocked[trunk.name])), False, trunk.now())
        for call in list(self.bench.node.calls.values()):
            call.trunk.clear(call, 16, call.trunk.now())
        self.bench.run(700)


@pytest.mark.parametrize(("user", "seed"), [("isup", 0), ("isup", 5), ("tup", 4), ("tup", 6)])
def test_all_is_idle_after_a_storm(user: str, seed: int) -> None:
    bench = Ss7Bench(ss7_config(user=user))
    storm = Storm(bench, seed)
    for _ in range(150):
        storm.step()
    storm.calm()
    assert Ss7Bench.links_up(bench.near) == Ss7Bench.links_up(bench.far) == 2
    assert not bench.node.calls
    for trunk in (bench.pstn, bench.exchange):
        states = {c.cic: c.state for c in trunk.circuit_infos() if c.state != "idle"}
        assert not states, (trunk.name, states)
        assert not trunk._open, "timeslots left open"
    call = bench.place(bench.pstn)
    bench.answers = True
    bench.run(2)
    assert call.state == "connected"
    bench.close()
