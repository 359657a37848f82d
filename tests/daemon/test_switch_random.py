"""Services of the switching function in any order: who hears whom is what the model says, nobody is
in two joints, and nothing is left over."""

from __future__ import annotations

import pathlib
import string
import sys
from collections.abc import Iterator
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from csta_rig import CstaBench
from switch_model import MOST, Consult, Model

from trunkd.daemon.wire import WireError

PICK = st.integers(0, 10_000)


BENCHES: list[CstaBench] = []
"""The one of this module: examples leave nothing behind."""


@pytest.fixture(scope="module", autouse=True)
def one_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    BENCHES.append(CstaBench("pri", tmp_path_factory.mktemp("media")))
    yield
    BENCHES.pop().node.close()


class Switching(RuleBasedStateMachine):
    """Each rule asks one service of the daemon and the same of the model."""

    def __init__(self) -> None:
        super().__init__()
        (self.bench,) = BENCHES
        self.model = Model()
        self.names = iter(string.ascii_letters)

    # Helpers

    def pick(self, number: int, *without: str) -> str:
        """One of the connections that are up; "" if there is none."""
        have = [n for n in self.model.up if n not in without]
        return have[number % len(have)] if have else ""

    def ids(self, **names: str) -> dict[str, int]:
        return {key: self.bench.id(name) for key, name in names.items()}

    def ask(self, method: str, allowed: bool, **params: Any) -> Any:
        """The service; where the model forbids it, it must be refused and change nothing."""
        try:
            result = self.bench.ask(method, **params)
        except WireError as exc:
            assert not allowed, f"{method} {params}: {exc}"
            return None
        assert allowed, f"{method} {params} is not refused"
        return result

    def new(self, call_id: int) -> str:
        name = next(self.names)
        self.bench.placed(name, call_id)
        self.model.up.append(name)
        return name

    def to(self) -> dict[str, str]:
        return {"called": self.bench.number(), "device": f"trunk/{self.bench.near}"}

    def consult(self, number: int) -> Consult:
        return self.model.consults[number % len(self.model.consults)]

    def two(self, consult: Consult) -> dict[str, int]:
        return self.ids(heldCall=consult.held, activeCall=consult.active)

    # Services

    @precondition(lambda self: len(self.model.up) < MOST)
    @rule()
    def dial(self) -> None:
        made = self.bench.ask("makeCall", **self.to())
        self.new(made.call_id)

    @precondition(lambda self: len(self.model.up) > 1)
    @rule(a=PICK, b=PICK, role=st.sampled_from(("talk", "talk", "monitor")))
    def join(self, a: int, b: int, role: str) -> None:
        one = self.pick(a)
        other = self.pick(b, one)
        self.ask("joinCalls", True, **self.ids(callId=one, other=other), role=role)
        self.model.join(one, other, role, after="keep")

    @precondition(lambda self: len(self.model.up) > 2)
    @rule(a=PICK, b=PICK, c=PICK)
    def coach(self, a: int, b: int, c: int) -> None:
        one = self.pick(a)
        other = self.pick(b, one)
        coached = self.pick(c, other)
        together = [one, *self.model.partners(one), *self.model.partners(other)]
        allowed = coached in together
        who = self.ids(callId=one, other=other, coached=coached)
        self.ask("joinCalls", allowed, **who, role="coach")
        if allowed:
            self.model.join(one, other, "coach", coached, "keep")

    @precondition(lambda self: self.model.up)
    @rule(a=PICK)
    def part(self, a: int) -> None:
        name = self.pick(a)
        self.ask("partCall", True, **self.ids(callId=name))
        self.model.part(name)

    @precondition(lambda self: self.model.up)
    @rule(a=PICK)
    def hold(self, a: int) -> None:
        name = self.pick(a)
        allowed = not self.model.held(name)
        self.ask("holdCall", allowed, **self.ids(callId=name))
        if allowed:
            self.model.hold(name)

    @precondition(lambda self: self.model.up)
    @rule(a=PICK)
    def retrieve(self, a: int) -> None:
        name = self.pick(a)
        allowed = self.model.held(name)
        self.ask("retrieveCall", allowed, **self.ids(callId=name))
        if allowed:
            self.model.retrieve(name)

    @precondition(lambda self: 0 < len(self.model.up) < MOST)
    @rule(a=PICK)
    def consultation(self, a: int) -> None:
        held = self.pick(a)
        allowed = len(self.model.partners(held)) < 2
        made = self.ask("consultationCall", allowed, **self.ids(heldCall=held), **self.to())
        if made is not None:
            self.model.consult(held, self.new(made.call_id))

    @precondition(lambda self: self.model.consults)
    @rule(a=PICK)
    def alternate(self, a: int) -> None:
        consult = self.consult(a)
        allowed = self.model.held(consult.held) and not self.model.held(consult.active)
        self.ask("alternateCall", allowed, **self.two(consult))
        if allowed:
            self.model.alternate(consult)

    @precondition(lambda self: self.model.consults)
    @rule(a=PICK)
    def reconnect(self, a: int) -> None:
        consult = self.consult(a)
        self.ask("reconnectCall", True, **self.two(consult))
        self.model.reconnect(consult)

    @precondition(lambda self: self.model.consults)
    @rule(a=PICK)
    def conference(self, a: int) -> None:
        consult = self.consult(a)
        self.ask("conferenceCall", True, **self.two(consult))
        self.model.conference(consult)

    @precondition(lambda self: self.model.consults)
    @rule(a=PICK)
    def transfer(self, a: int) -> None:
        consult = self.consult(a)
        self.ask("transferCall", True, **self.two(consult))
        self.model.transfer(consult)

    @precondition(lambda self: 0 < len(self.model.up) < MOST)
    @rule(a=PICK)
    def single_step_transfer(self, a: int) -> None:
        name = self.pick(a)
        allowed = len(self.model.partners(name)) < 2
        made = self.ask("singleStepTransferCall", allowed, **self.ids(callId=name), **self.to())
        if made is not None:
            self.model.single_step_transfer(name, self.new(made.call_id))

    @precondition(lambda self: self.model.up)
    @rule(a=PICK)
    def park(self, a: int) -> None:
        name = self.pick(a)
        parked = name in self.model.orbits.values()
        allowed = not parked and len(self.model.partners(name)) < 2
        made = self.ask("parkCall", allowed, **self.ids(callId=name))
        if made is not None:
            self.model.park(name, made.orbit)

    @precondition(lambda self: self.model.orbits and len(self.model.up) > 1)
    @rule(a=PICK, b=PICK)
    def fetch(self, a: int, b: int) -> None:
        orbit = sorted(self.model.orbits)[a % len(self.model.orbits)]
        picker = self.pick(b, self.model.orbits[orbit])
        self.ask("retrieveParkedCall", True, orbit=orbit, **self.ids(callId=picker))
        self.model.fetch(orbit, picker)

    @precondition(lambda self: self.model.up)
    @rule(a=PICK)
    def clear_call(self, a: int) -> None:
        name = self.pick(a)
        self.ask("clearCall", True, **self.ids(callId=name))
        self.model.clear_call(name)

    @precondition(lambda self: self.model.up)
    @rule(a=PICK, far=st.booleans())
    def hang_up(self, a: int, far: bool) -> None:
        name = self.pick(a)
        if far:
            self.bench.hang_up(name)
        else:
            self.ask("clearConnection", True, **self.ids(callId=name))
        self.model.gone(name)

    # What always holds

    @invariant()
    def all_is_as_the_model_says(self) -> None:
        bench, model = self.bench, self.model
        bench.run(0.5)
        up = [name for name, ends in bench.legs.items() if ends.near.call_id in bench.node.calls]
        assert sorted(up) == sorted(model.up)
        for name in up:
            found = bench.ask("callConnections", **self.ids(callId=name)).connections
            place = (model.joint(name) or {}).get(name)
            partners = {bench.id(n) for n in model.partners(name)}
            assert {c.call_id for c in found[1:]} == partners
            assert (found[0].state == "hold") == model.held(name)
            assert found[0].role == (place.role if place is not None else "talk")
        conferences = list(bench.node.media.conferences)
        assert len(conferences) == sum(model.mixes(joint) for joint in model.joints)
        parked = {p.orbit: p.call_id for p in bench.ask("parkedCalls").parked}
        assert parked == {orbit: bench.id(n) for orbit, n in model.orbits.items()}

    @invariant()
    def everybody_hears_whom_he_is_to_hear(self) -> None:
        self.bench.legs = {n: e for n, e in self.bench.legs.items() if n in self.model.up}
        heard = {name: "".join(sorted(text)) for name, text in self.bench.hearing().items()}
        assert heard == {name: self.model.hears(name) for name in self.model.up}

    def teardown(self) -> None:
        self.bench.run(1)
        self.bench.reset()
        soft = self.bench.node.media.conferences.soft
        used = sum(soft.used(unit) for unit in self.bench.node.boards.values())
        assert used <= 1, "more than the music is left over"


TestSwitching = Switching.TestCase
TestSwitching.settings = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # the steps are few: nothing is made shorter
    suppress_health_check=list(HealthCheck),
)
