"""Sessions that come, go, place, claim and give away calls in any order: what must always hold."""

from __future__ import annotations

import pathlib
import sys
import tempfile
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from session_rig import Connection, Rig

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_session as ms
from trunkd.daemon.methods_session import OnLoss
from trunkd.daemon.wire import WireError

NAMES = ("a", "b", "c")
TREATMENT = '[[treatment]]\nname = "sorry"\nmessage = "sorry.wav"\n'
LOSS = st.sampled_from(
    [
        OnLoss(),
        OnLoss(keep_for=3),
        OnLoss(keep_for=2, then="release"),
        OnLoss(keep_for=0, then="handOver", to="a"),
        OnLoss(action="clear"),
        OnLoss(action="handOver", to="b", treatment="sorry"),
        OnLoss(action="handOver", to="c"),
        OnLoss(action="treatment", treatment="sorry"),
        OnLoss(keep_for=1, then="treatment", treatment="sorry"),
    ]
)
NAME = st.sampled_from(NAMES)
PICK = st.integers(0, 99)


class Ownership(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory(prefix="trunkd-sessions-")
        self.rig = Rig(pathlib.Path(self.directory.name), TREATMENT)
        self.here: dict[str, list[Connection]] = {name: [] for name in NAMES}

    def teardown(self) -> None:
        """All applications go for ever: every call that had to end has ended."""
        for connections in self.here.values():
            while connections:
                self.rig.leave(connections.pop())
        self.rig.run(30)
        for call in self.rig.node.calls.values():
            owner = self.rig.sessions.owner_of(call.call_id)
            assert not self.rig.sessions.treatments.running
            assert owner in ("", *NAMES)
        infos = {s.name: s for s in self.rig.sessions.infos()}
        told = {e.call_id for e in self.rig.of(ev.OwnerLost) if e.action == "keep"}
        for info in infos.values():
            assert set(info.calls) <= told, "only calls that are kept for ever are left"
        self.rig.node.close()
        self.directory.cleanup()

    def a_call(self, pick: int) -> int:
        calls = list(self.rig.node.calls)
        return calls[pick % len(calls)] if calls else 1

    def ask(self, name: str, params: m.Params) -> Any:
        """Refusals are part of the game; anything else is a defect."""
        connections = self.here[name]
        try:
            return self.rig.ask(connections[0] if connections else None, params)
        except WireError:
            return None

    @rule(name=NAME, on_loss=LOSS, priority=st.integers(0, 2))
    def joins(self, name: str, on_loss: OnLoss, priority: int) -> None:
        self.here[name].append(self.rig.join(name, on_loss, priority))

    @rule(name=NAME)
    def leaves(self, name: str) -> None:
        if self.here[name]:
            self.rig.leave(self.here[name].pop())

    @precondition(lambda self: len(self.rig.node.calls) < 10)
    @rule(name=NAME, answers=NAME)
    def calls(self, name: str, answers: str) -> None:
        made = self.ask(name, m.MakeCall(called="200", device="trunk/pstn"))
        self.rig.run(0.3)
        if made is not None:
            last = max(self.rig.node.calls)
            self.ask(answers, m.AnswerCall(call_id=last))

    @rule(name=NAME, pick=PICK, preempt=st.booleans(), on_loss=st.none() | LOSS)
    def claims(self, name: str, pick: int, preempt: bool, on_loss: OnLoss | None) -> None:
        call = self.a_call(pick)
        self.ask(name, ms.ClaimCall(call_id=call, preempt=preempt, on_loss=on_loss))

    @rule(name=NAME, pick=PICK, to=NAME, preempt=st.booleans())
    def hands_over(self, name: str, pick: int, to: str, preempt: bool) -> None:
        self.ask(name, ms.HandOverCall(call_id=self.a_call(pick), to=to, preempt=preempt))

    @rule(name=NAME, pick=PICK)
    def releases(self, name: str, pick: int) -> None:
        self.ask(name, ms.ReleaseCall(call_id=self.a_call(pick)))

    @rule(pick=PICK)
    def hangs_up(self, pick: int) -> None:
        self.ask("a", m.ClearConnection(call_id=self.a_call(pick)))

    @rule(seconds=st.sampled_from([0.1, 0.9, 2.5, 5.0]))
    def time_passes(self, seconds: float) -> None:
        self.rig.run(seconds)

    @invariant()
    def owners_agree(self) -> None:
        """Events, CallInfo and sessions say the same of every call."""
        sessions = self.rig.sessions
        owned = {call: s.name for s in sessions.infos() for call in s.calls}
        assert len(owned) == sum(len(s.calls) for s in sessions.infos())
        for call_id, call in self.rig.node.calls.items():
            assert call.info().owner == owned.pop(call_id, "")
        assert not owned, "calls that are over belong to nobody"
        told: dict[int, str] = {}
        for event in self.rig.seen:
            if isinstance(event, ev.CallEvent):
                told[event.call_id] = event.owner
        for call_id in self.rig.node.calls:
            assert told.get(call_id, "") == sessions.owner_of(call_id)


Ownership.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
test_ownership = Ownership.TestCase
