"""Random traffic over random tables, in virtual time: every call ends once, no channel is lost."""

from __future__ import annotations

import collections
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from route_rig import RouteBench

from trunkd.daemon import events as ev
from trunkd.daemon.calls import Call
from trunkd.daemon.events_route import CallRerouted
from trunkd.errors import LocalError

HUNTS = ("ascending", "descending", "cyclic", "least_used", "even", "odd")
CAUSES = (1, 17, 27, 34, 38, 41, 42, 44, 47)


def tables(rng: random.Random, third: str) -> str:
    """Three groups that share channels, two routes over them, an emergency number."""
    text = ""
    other = '"s1/1-4"' if third else '"p2/2-5"'
    members = ('["p1/1-4"]', '["p2/1-3", "p1/5-6"]', f'["p1/3-8", {other}]')
    for name, member in zip(("a", "b", "c"), members, strict=True):
        text += f'[[group]]\nname = "{name}"\nmembers = {member}\nhunt = "{rng.choice(HUNTS)}"\n'
        text += f"repeat = {rng.randrange(3)}\nreserve_priority = {rng.randrange(3)}\n"
        if rng.random() < 0.5:
            text += f'calls_per_second = {rng.choice((2, 5, 20))}\nwait = "300ms"\n'
            text += f"burst = {rng.choice((1, 3))}\n"
        if rng.random() < 0.3:
            text += f"max_calls = {rng.choice((1, 3))}\n"
    for number, prefix in enumerate("12"):
        choices = rng.sample(["a", "b", "c"], rng.choice((2, 3)))
        text += f'[[route]]\nname = "r{number}"\nprefix = ["{prefix}"]\n'
        text += "choices = [" + ", ".join(f'"{c}"' for c in choices) + "]\n"
    return text + '[[emergency]]\nname = "help"\npattern = ["110"]\nchoices = ["a", "b"]\n'


class Traffic:
    """Calls that come, stay, move and go, as the seed says."""

    def __init__(self, seed: int, third: str = "") -> None:
        self.rng = random.Random(seed)
        self.bench = RouteBench(tables(self.rng, third), third)
        self.far = ("x1", "x2", "y1") if third else ("x1", "x2")
        self.calls: list[Call] = []
        self.refused = 0

    def step(self) -> None:
        rng, bench = self.rng, self.bench
        kind = rng.random()
        if kind < 0.55:
            self.dial()
        elif kind < 0.8 and self.up():
            call = rng.choice(self.up())
            bench.clear(call, rng.choice((16, 31)))
        elif kind < 0.9:
            trunk = rng.choice(self.far)
            bench.refuse.pop(trunk, None)
            if rng.random() < 0.6:
                bench.refuse[trunk] = rng.choice(CAUSES)
        else:
            # The far end takes a channel: the near end may want it at the same time.
            trunk = bench.node.trunks[rng.choice(self.far)]
            if trunk.up:
                self.calls.append(bench.dial("77", f"trunk/{trunk.name}"))
        bench.run(rng.choice((0, 0, 0.01, 0.05, 0.4)))
        self.check()

    def dial(self) -> None:
        number = self.rng.choice(("10", "15", "20", "27", "110"))
        device = self.rng.choice(("", "", "", "group/b"))
        try:
            self.calls.append(self.bench.dial(number, device, priority=self.rng.choice((0, 0, 3))))
        except LocalError:
            self.refused += 1

    def up(self) -> list[Call]:
        return [c for c in self.calls if c.call_id in self.bench.node.calls and not c.cleared_here]

    def check(self) -> None:
        """Groups agree with the trunks that they are of."""
        node = self.bench.node
        for circuit in node.routing.table.circuits.values():
            trunk = node.trunks[circuit.trunk]
            assert circuit.in_call == (circuit.channel in trunk.by_channel)
            if circuit.idle:
                assert trunk.channel_state[circuit.channel] == 0
        holders = collections.Counter((c.trunk.name, c.channel) for c in self.up() if c.channel)
        assert not [place for place, count in holders.items() if count > 1]


@pytest.mark.parametrize(("seed", "third"), [*((n, "") for n in range(6)), (6, "isup"), (7, "r2")])
def test_every_call_ends_once(seed: int, third: str) -> None:
    traffic = Traffic(seed, third)
    bench = traffic.bench
    for _ in range(60):
        traffic.step()
    bench.refuse.clear()
    for call in traffic.up():
        bench.clear(call)
    bench.until(lambda: not bench.node.calls, 120)
    ends = collections.Counter(e.call_id for e in bench.of(ev.ConnectionCleared))
    assert set(ends.values()) <= {1}
    ended = collections.Counter(c.call_id for c in bench.ended)
    for call in traffic.calls:
        assert ends[call.call_id] == ended[call.call_id] == 1
        names = bench.names(call)
        assert names.count("Originated") <= 1 and names.count("Failed") <= 1
        assert names[-1] == "ConnectionCleared"
        moves = bench.of(CallRerouted, call)
        assert [m.attempt for m in moves] == list(range(2, len(moves) + 2))
        assert call.attempts == (len(moves) + 1 if "Originated" in names and call.plan else 0)
        if moves:
            # It never goes on once it alerted.
            first = names.index("CallRerouted")
            assert "Delivered" not in names[:first] and "Established" not in names[:first]
    for group in bench.node.routing.groups.values():
        counters = group.counters
        assert counters.attempts >= counters.seizures
        assert group.calls() == 0
    bench.close()


def test_the_same_seed_gives_the_same_calls() -> None:
    def run() -> list[tuple[str, int]]:
        traffic = Traffic(99)
        for _ in range(30):
            traffic.step()
        seen = [(type(e).__name__, e.time) for e in traffic.bench.seen]
        for call in traffic.up():
            traffic.bench.clear(call)
        traffic.bench.close()
        return seen

    assert run() == run()
