"""Blocking, reset, query and continuity of circuits, in virtual time."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from ss7_rig import Ss7Bench, ss7_config

from trunkd.daemon import events as ev
from trunkd.errors import LocalError

BOTH = pytest.mark.parametrize("user", ["isup", "tup"])


def states(bench: Ss7Bench, *cics: int) -> list[tuple[str, str]]:
    near = {c.cic: c.state for c in bench.pstn.circuit_infos()}
    far = {c.cic: c.state for c in bench.exchange.circuit_infos()}
    return [(near[cic], far[cic]) for cic in cics]


@BOTH
@pytest.mark.parametrize("cics", [(7,), (1, 2, 3, 4), (*range(1, 16), *range(17, 32))])
def test_block_and_unblock(user: str, cics: tuple[int, ...]) -> None:
    bench = Ss7Bench(ss7_config(user=user))
    bench.pstn.block(cics, False, bench.pstn.now())
    bench.run(6)
    done = bench.of(ev.CircuitsBlocked, action="block")
    assert {cic for e in done for cic in e.circuits} == set(cics) and all(e.ok for e in done)
    assert set(states(bench, *cics)) == {("blockedHere", "blockedThere")}
    assert bench.pstn.info().blocked == bench.exchange.info().blocked == len(cics)
    refused = bench.place(bench.exchange, cics[0], exclusive=True)
    bench.run(1)
    assert bench.of(ev.Failed, call_id=refused.call_id)
    bench.pstn.unblock(cics, False, bench.pstn.now())
    bench.run(6)
    done = bench.of(ev.CircuitsBlocked, action="unblock")
    assert {cic for e in done for cic in e.circuits} == set(cics) and all(e.ok for e in done)
    assert set(states(bench, *cics)) == {("idle", "idle")}
    call = bench.place(bench.exchange, cics[0])
    bench.run(2)
    assert call.state == "connected" and call.channel == cics[0]
    bench.close()


@BOTH
def test_blocking_from_both_ends(user: str) -> None:
    bench = Ss7Bench(ss7_config(user=user))
    bench.pstn.block((9,), False, bench.pstn.now())
    bench.exchange.block((9,), False, bench.exchange.now())
    bench.run(5)
    assert states(bench, 9) == [("blockedBoth", "blockedBoth")]
    bench.pstn.unblock((9,), False, bench.pstn.now())
    bench.run(5)
    assert states(bench, 9) == [("blockedThere", "blockedHere")]
    bench.close()


@BOTH
def test_maintenance_blocking_lets_a_call_go_on_and_hardware_does_not(user: str) -> None:
    bench = Ss7Bench(ss7_config(user=user))
    calls = [bench.place(bench.pstn, cic) for cic in (1, 3)]
    bench.run(2)
    assert [c.state for c in calls] == ["connected"] * 2
    bench.exchange.block((1, 2), False, bench.exchange.now())
    bench.run(6)
    assert calls[0].state == "connected"
    bench.exchange.block((3, 4), True, bench.exchange.now())
    bench.run(20)
    assert calls[1].state == "null"
    assert states(bench, 4) == [("blockedThere", "blockedHere")]
    bench.close()


@BOTH
@pytest.mark.parametrize("cics", [(5,), (1, 2, 3)])
def test_reset_ends_calls_and_returns_to_idle(user: str, cics: tuple[int, ...]) -> None:
    bench = Ss7Bench(ss7_config(user=user))
    calls = [bench.place(bench.pstn, cic) for cic in cics]
    bench.run(2)
    assert {c.state for c in calls} == {"connected"}
    bench.pstn.reset(cics, bench.pstn.now())
    bench.run(20)
    done = bench.of(ev.RestartDone, local=True)
    assert {cic for e in done for cic in e.channels} == set(cics) and all(e.ok for e in done)
    assert not bench.node.calls
    assert set(states(bench, *cics)) == {("idle", "idle")}
    bench.close()


def test_query() -> None:
    bench = Ss7Bench(ss7_config())
    bench.place(bench.pstn, 2)
    bench.exchange.block((3,), False, bench.exchange.now())
    bench.run(2)
    bench.pstn.query((1, 2, 3), bench.pstn.now())
    bench.run(2)
    (told,) = bench.of(ev.CircuitsQueried)
    assert told.circuits == (1, 2, 3) and len(told.states) == 3
    # Q.763 3.14: idle 12, busy bits, locally blocked 1.
    assert told.states[0] == 0b1100 and told.states[2] & 3 == 1 and told.differ == ()
    bench.close()


def test_circuits_that_are_not_there() -> None:
    bench = Ss7Bench(ss7_config())
    for request in (bench.pstn.reset, bench.pstn.query):
        with pytest.raises(LocalError, match="no circuit 16"):
            request((15, 16), bench.pstn.now())
    with pytest.raises(LocalError, match="no circuit 99"):
        bench.pstn.block((99,), False, bench.pstn.now())
    bench.close()


@BOTH
def test_every_call_with_a_continuity_check(user: str) -> None:
    bench = Ss7Bench(ss7_config(user=user, near="continuity = 1"))
    calls = [bench.place(bench.pstn, cic) for cic in (1, 33)]
    bench.run(4)
    assert [c.state for c in calls] == ["connected"] * 2
    checked = bench.of(ev.ContinuityChecked)
    assert {e.circuit for e in checked} == {1, 33} and all(e.ok for e in checked)
    assert all(-13.5 < e.level < -10.5 for e in checked)
    # Loop and tone are gone: what one end says is heard at the other, and only there.
    for call in calls:
        far = bench.other(call)
        speech = bytes(range(256)) * 4
        far.trunk.timeslot(call.channel).record(3000)
        call.trunk.timeslot(call.channel).record(3000)
        call.trunk.timeslot(call.channel).play(speech)
        bench.run(0.5)
        assert speech in far.trunk.timeslot(call.channel).recorded()
        assert speech not in call.trunk.timeslot(call.channel).recorded()
    bench.close()


def test_continuity_of_an_idle_circuit() -> None:
    bench = Ss7Bench(ss7_config())
    bench.pstn.test_continuity(21, bench.pstn.now())
    bench.run(0.05)
    assert states(bench, 21) == [("testing", "testing")]
    bench.run(4)
    (tested,) = bench.of(ev.ContinuityTested)
    assert (tested.trunk, tested.circuit, tested.ok) == ("pstn", 21, True)
    assert states(bench, 21) == [("idle", "idle")]
    call = bench.place(bench.exchange, 21)
    bench.run(1)
    assert call.state == "connected"
    bench.close()


def test_a_circuit_without_continuity_is_not_used() -> None:
    bench = Ss7Bench(ss7_config(near="continuity = 1"))
    slot = bench.exchange.timeslot(1)
    slot.connect = lambda source: None  # type: ignore[method-assign]  # a transponder that is broken
    call = bench.place(bench.pstn, 1)
    bench.run(8)
    assert call.state == "connected" and call.channel != 1
    assert not bench.of(ev.ContinuityChecked, circuit=1, ok=True)
    bench.close()
