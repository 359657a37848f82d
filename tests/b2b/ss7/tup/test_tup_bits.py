"""TUP calls between two of our nodes through real bits: all outcomes, dual seizure, groups.

Each node is Mtp3 with its signalling links and TUP above it; between them the native framer makes
and reads every bit of a 64 kbit/s timeslot."""

from __future__ import annotations

import pytest
from tup_bits import MS, SECOND, A, B, BitLine, mtp3_config

from trunkd.signaling import call as neutral
from trunkd.signaling.ss7.stack import Ss7Stack, TupPart
from trunkd.signaling.ss7.tup_causes import ROWS
from trunkd.signaling.ss7.tup_config import TupConfig
from trunkd.signaling.ss7.tup_states import NULL

CIRCUITS = (*range(1, 16), *range(17, 32))


class Node:
    """One end. ``app`` answers as the test says."""

    def __init__(self, own: int, far: int, variant: str, links: int) -> None:
        self.stack = Ss7Stack(mtp3_config(own, far, variant == "china", links))
        self.part: TupPart = self.stack.add_tup(TupConfig(CIRCUITS, variant, own, far))
        self.tup = self.part.engine
        self.log: list[neutral.SignallingEvent] = []

    def of(self, kind: type) -> list:
        return [event for event in self.log if isinstance(event, kind)]

    def idle(self) -> bool:
        return not self.tup.calls and {c.state for c in self.tup.circuits.values()} == {NULL}


class Nodes:
    """Both, aligned and with their exchange in reach."""

    def __init__(self, variant: str, links: int = 1) -> None:
        self.a = Node(A, B, variant, links)
        self.b = Node(B, A, variant, links)
        self.line = BitLine(self.a.stack, self.b.stack, links)
        self.line.serve = self.serve
        for _ in range(300):
            if self.a.part.reachable and self.b.part.reachable:
                break
            self.line.advance(100 * MS)
        assert self.a.part.reachable and self.b.part.reachable, "the link did not come up"

    def serve(self) -> None:
        for node in (self.a, self.b):
            happened = node.part.events()
            if happened:
                self.line.stir()
                node.log += happened

    def run(self, ns: int) -> None:
        for node in (self.a, self.b):
            node.stack.pump(self.line.now)
        self.line.stir()
        self.line.advance(ns)

    def until(self, node: Node, kind: type, count: int) -> None:
        """Run until a node was told so many events of a kind; a changeover takes its time."""
        for _ in range(100):
            if len(node.of(kind)) >= count:
                return
            self.run(50 * MS)
        raise AssertionError(f"{kind.__name__} did not come")

    def call(self, request: neutral.CallRequest) -> tuple[int, neutral.CallOffered]:
        """A places a call; how B was offered it."""
        before = len(self.b.of(neutral.CallOffered))
        handle = self.a.tup.place(request, self.line.now)
        self.until(self.b, neutral.CallOffered, before + 1)
        return handle, self.b.of(neutral.CallOffered)[-1]


def request(cic: int = 0) -> neutral.CallRequest:
    return neutral.CallRequest(
        neutral.PartyNumber("2345678", 4), neutral.PartyNumber("8001234", 2), cic, bool(cic)
    )


def released(node: Node) -> neutral.CallReleased:
    return node.of(neutral.CallReleased)[-1]


@pytest.mark.parametrize("variant", ["itu", "china"])
def test_every_outcome(variant: str) -> None:
    nodes = Nodes(variant)
    a, b, line = nodes.a.tup, nodes.b.tup, nodes.line
    for hangs_up in ("calling", "called"):
        ours, offer = nodes.call(request())
        assert offer.request.called.digits == "2345678"
        assert offer.request.calling is not None and offer.request.calling.digits == "8001234"
        b.alert(offer.call, True, line.now)
        nodes.run(200 * MS)
        b.answer(offer.call, line.now)
        nodes.run(200 * MS)
        assert nodes.a.of(neutral.CallConnected)[-1].call == ours
        if hangs_up == "called":
            b.clear(offer.call, 16, line.now)
            nodes.run(200 * MS)
            assert nodes.a.of(neutral.CallDisconnected)[-1].cause == 16
        a.clear(ours, 16, line.now)
        nodes.run(300 * MS)
        assert released(nodes.a).local is (hangs_up == "calling")
        assert nodes.a.idle() and nodes.b.idle()
    for cause in sorted({c for row in ROWS for c in row.causes if c != 5}):
        _, offer = nodes.call(request())
        b.clear(offer.call, cause, line.now)
        nodes.run(300 * MS)
        (said,) = {row.cause for row in ROWS if cause in row.causes}
        assert (released(nodes.a).cause, released(nodes.b).cause) == (said, cause)
        assert nodes.a.idle() and nodes.b.idle()
    ours, offer = nodes.call(request())
    a.clear(ours, 16, line.now)
    nodes.run(300 * MS)
    assert not released(nodes.b).local and nodes.a.idle() and nodes.b.idle()
    nodes.call(request())
    nodes.run(26 * SECOND)
    assert released(nodes.a).cause == 102, "nobody completed the address"
    _, offer = nodes.call(request())
    b.alert(offer.call, True, line.now)
    nodes.run(181 * SECOND)
    assert released(nodes.a).cause == 19, "nobody answered"
    assert nodes.a.idle() and nodes.b.idle()
    faults = [e.kind for n in (nodes.a, nodes.b) for e in n.of(neutral.ProtocolFault)]
    assert faults == []


@pytest.mark.parametrize("variant", ["itu", "china"])
def test_dual_seizure_100_times_through_bits(variant: str) -> None:
    nodes = Nodes(variant)
    line = nodes.line
    for turn in range(100):
        cic = CIRCUITS[turn % len(CIRCUITS)]
        handles = [node.tup.place(request(cic), line.now) for node in (nodes.a, nodes.b)]
        nodes.run(150 * MS)
        winner, loser = (nodes.a, nodes.b) if cic % 2 == 0 else (nodes.b, nodes.a)
        handle = handles[0 if winner is nodes.a else 1]
        assert released(loser).call == handles[0 if loser is nodes.a else 1]
        assert loser.of(neutral.CallOffered)[-1].channel == cic
        assert handle in winner.tup.calls
        winner.tup.clear(handle, 16, line.now)
        nodes.run(150 * MS)
        assert nodes.a.idle() and nodes.b.idle()
    assert len(nodes.a.of(neutral.CallOffered)) + len(nodes.b.of(neutral.CallOffered)) == 100


@pytest.mark.parametrize("variant", ["itu", "china"])
def test_groups_and_circuits_blocked_and_reset_through_bits(variant: str) -> None:
    nodes = Nodes(variant)
    a, b, line = nodes.a.tup, nodes.b.tup, nodes.line
    for hardware, software in ((False, False), (True, False), (False, True)):
        a.block(CIRCUITS, hardware, line.now, software)
        b.block((3,), False, line.now)
        nodes.run(300 * MS)
        assert len(a.pool) == len(b.pool) == 0
        a.unblock(CIRCUITS, hardware, line.now, software)
        b.unblock((3,), False, line.now)
        nodes.run(300 * MS)
        assert len(a.pool) == len(b.pool) == len(CIRCUITS)
    done = [e.ok for node in (nodes.a, nodes.b) for e in node.of(neutral.BlockingDone)]
    assert done == [True] * 12
    _, offer = nodes.call(request())
    b.answer(offer.call, line.now)
    nodes.run(200 * MS)
    b.restart((), line.now)
    nodes.run(300 * MS)
    assert released(nodes.a).cause == released(nodes.b).cause == 41
    assert [e.ok for e in nodes.b.of(neutral.RestartDone)] == [True]
    assert nodes.a.idle() and nodes.b.idle()


def test_calls_outlive_the_loss_of_a_link_of_two() -> None:
    """80 calls over two links, one cut and mended meanwhile: every call ends as it should."""
    nodes = Nodes("china", 2)
    line = nodes.line
    for turn in range(80):
        line.cut[0] = turn % 20 >= 10
        ours, offer = nodes.call(request())
        nodes.b.tup.answer(offer.call, line.now)
        nodes.until(nodes.a, neutral.CallConnected, turn + 1)
        nodes.a.tup.clear(ours, 16, line.now)
        nodes.until(nodes.a, neutral.CallReleased, turn + 1)
    assert nodes.a.idle() and nodes.b.idle()
    assert len(nodes.a.of(neutral.CallConnected)) == len(nodes.b.of(neutral.CallOffered)) == 80
    assert nodes.a.of(neutral.ProtocolFault) == nodes.b.of(neutral.ProtocolFault) == []
    assert {e.cause for e in nodes.a.of(neutral.CallReleased)} == {16}


def test_the_only_link_is_lost_and_comes_back() -> None:
    nodes = Nodes("itu")
    line = nodes.line
    ours, offer = nodes.call(request())
    nodes.b.tup.answer(offer.call, line.now)
    nodes.run(200 * MS)
    line.cut[0] = True
    nodes.run(5 * SECOND)
    assert not nodes.a.part.reachable and ours in nodes.a.tup.calls
    refused = nodes.a.tup.place(request(), line.now)
    nodes.run(10 * MS)
    assert (released(nodes.a).call, released(nodes.a).cause) == (refused, 27)
    nodes.a.tup.clear(ours, 16, line.now)
    line.cut[0] = False
    nodes.run(40 * SECOND)
    assert nodes.a.part.reachable and nodes.a.idle() and nodes.b.idle()
    changes = [e.up for e in nodes.a.of(neutral.LinkChanged)]
    assert changes == [True, False, True]
