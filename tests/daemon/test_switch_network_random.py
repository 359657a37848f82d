"""Transfers and deflections by the network, at random: calls end, rights are missing and the line
is cut meanwhile. Every request gets one answer, and nothing stays behind on any side."""

from __future__ import annotations

import pathlib
import random
import sys
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from network_rig import NetworkBench

from trunkd.daemon import events as ev
from trunkd.daemon.wire import WireError

STEPS = 60
VARIANTS = {
    0: ("etsi", "", ""),
    1: ("etsi", 'transfer = "implicit"', 'transfer = "implicit"'),
    2: ("ni2", "", ""),
    3: ("dms100", 'transfer = "rlt"', 'transfer = "rlt"'),
    4: ("etsi", "", "offer_transfer = false\noffer_deflection = false"),
}


class Storm:
    """Random requests to a bench, by one seed."""

    def __init__(self, bench: NetworkBench, seed: int) -> None:
        self.bench = bench
        self.random = random.Random(seed)
        self.asked: list[tuple[str, list[tuple[Any, Exception | None]]]] = []
        self.done = 0
        self.refused = 0

    def pick(self, trunk: str, *states: str) -> int | None:
        found = [
            call.call_id
            for call in self.bench.node.calls.values()
            if call.trunk.name == trunk and call.state in states
        ]
        return self.random.choice(found) if found else None

    def begin(self, method: str, **params: Any) -> None:
        try:
            self.asked.append((method, self.bench.begin(method, **params)))
        except WireError:
            self.refused += 1

    def step(self) -> None:
        act = self.random.choice(
            (self.call, self.call, self.consult, self.consult, self.transfer, self.transfer,
             self.transfer, self.single_step, self.come_in, self.deflect, self.deflect,
             self.answer, self.hang_up, self.far_hangs_up, self.cut, self.alternate, self.give_up)
        )  # fmt: skip
        act()
        self.bench.run(self.random.choice((0, 0.005, 0.02, 0.2, 1)))

    def number(self) -> str:
        return f"555{self.random.randrange(1000):03}"

    def call(self) -> None:
        self.begin("makeCall", called=self.number(), device="trunk/pbx")

    def consult(self) -> None:
        held = self.pick("pbx", "connected")
        if held is not None:
            where = {"called": self.number(), "device": "trunk/pbx"}
            self.begin("consultationCall", heldCall=held, **where)

    def two(self) -> dict[str, int] | None:
        """Two of a consultation, mostly."""
        call = self.pick("pbx", "connected", "alerting")
        if call is None:
            return None
        other = self.bench.ask("snapshotCall", callId=call).consultation
        other = other or self.pick("pbx", "connected", "alerting") or call
        return {"heldCall": call, "activeCall": other}

    def transfer(self) -> None:
        two = self.two()
        if two is not None:
            by = self.random.choice(("network", "network", "any", "switch"))
            self.begin("transferCall", **two, by=by, keep=self.random.random() < 0.3)

    def alternate(self) -> None:
        two = self.two()
        if two is not None:
            self.begin(self.random.choice(("alternateCall", "reconnectCall")), **two)

    def single_step(self) -> None:
        call = self.pick("pbx", "connected")
        if call is not None:
            by = self.random.choice(("network", "network", "any", "switch"))
            self.begin("singleStepTransferCall", callId=call, called=self.number(), by=by)

    def give_up(self) -> None:
        """Something else with a call that may be waiting for its transfer."""
        call, other = self.pick("pbx", "connected"), self.pick("pbx", "connected", "alerting")
        if call is None or other in (None, call) or self.random.random() < 0.4:
            if call is not None:
                self.begin("retrieveCall", callId=call)
            return
        self.begin("joinCalls", callId=call, other=other, after="clear")

    def come_in(self) -> None:
        """A call of the office's own to the PBX."""
        self.begin("makeCall", called="4001", device="trunk/office")

    def deflect(self) -> None:
        call = self.pick("pbx", "initiated", "alerting")
        if call is not None:
            by = self.random.choice(("network", "network", "any", "switch"))
            self.begin("deflectCall", callId=call, called=self.number(), by=by)

    def answer(self) -> None:
        trunk = self.random.choice(("pbx", "world"))
        call = self.pick(trunk, "initiated", "alerting")
        if call is not None:
            self.begin(self.random.choice(("acceptCall", "answerCall")), callId=call)

    def hang_up(self) -> None:
        call = self.pick("pbx", "connected", "alerting", "initiated")
        if call is not None:
            self.begin("clearConnection", callId=call)

    def far_hangs_up(self) -> None:
        call = self.pick(self.random.choice(("office", "world")), "connected", "alerting")
        if call is not None:
            self.begin("clearConnection", callId=call)

    def cut(self) -> None:
        """The line, for too short or long enough a time."""
        if self.random.random() < 0.3:
            cable = self.bench.node.boards["b0"].board.cable(1)  # type: ignore[attr-defined]
            cable.cut()
            self.bench.run(self.random.choice((0.1, 3)))
            cable.mend()


@pytest.mark.parametrize("seed", VARIANTS)
def test_at_random(seed: int) -> None:
    variant, pbx, office = VARIANTS[seed]
    bench = NetworkBench(variant, pbx, office)
    bench.silent = {f"555{n:03}" for n in range(0, 1000, 4)}
    bench.busy = {f"555{n:03}" for n in range(1, 1000, 9)}
    storm = Storm(bench, seed)
    for _ in range(STEPS):
        storm.step()
    # Each request gets its answer: T-LINK and T-ECT are 25 s, a number rings for 180 s.
    bench.until(lambda: all(outcome for _, outcome in storm.asked), 60)
    assert all(len(outcome) == 1 for _, outcome in storm.asked)
    by_network = bench.of(ev.Transferred, by="network") + bench.of(ev.Diverted, by="network")
    refused = bench.of(ev.NetworkRefused)
    assert refused if seed == 4 else by_network
    assert bool(by_network) == (seed != 4)
    for event in by_network:
        bench.until(lambda event=event: event.call_id not in bench.node.calls)
    bench.until(lambda: all(t.up for t in bench.node.trunks.values()), 120)
    for call in list(bench.node.calls.values()):
        if call.call_id in bench.node.calls and call.trunk.name == "office":
            bench.begin("clearConnection", callId=call.call_id)
    bench.close()
