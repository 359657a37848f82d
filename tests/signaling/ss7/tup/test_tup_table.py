"""The machines: no empty cell, every cell's method named after its clause, timers and settings."""

from __future__ import annotations

import pytest

from trunkd.errors import ConfigError
from trunkd.signaling.fsm import Machine
from trunkd.signaling.ss7 import tup_circuits_blocking, tup_circuits_group, tup_table
from trunkd.signaling.ss7 import tup_config as c
from trunkd.signaling.ss7.tup_circuits import runs
from trunkd.signaling.ss7.tup_circuits_control import BLOCKING_INPUT, EXPIRY_INPUT, GROUP_INPUT
from trunkd.signaling.ss7.tup_states import EXPIRIES, INPUT_NAMES, STATE_NAMES

MACHINES = (tup_table.TUP, tup_circuits_blocking.BLOCKING, tup_circuits_group.GROUP)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)
def test_no_cell_is_empty(machine: Machine) -> None:
    assert machine.missing() == []
    for row in machine.table.values():
        for cell in row.values():
            assert cell.clause
            assert (cell.method is None) == (cell.kind == "ignored")
            assert set(cell.next) <= set(machine.states)
    assert machine.mermaid().startswith("stateDiagram-v2")


def test_the_circuit_machine_is_whole() -> None:
    assert len(tup_table.TUP.table) == len(STATE_NAMES) == 19
    assert sorted(INPUT_NAMES) == list(range(55))
    assert set(EXPIRY_INPUT.values()) == set(EXPIRIES)


def test_every_timer_has_an_owner() -> None:
    of_the_exchange = {c.T_CONGESTION, c.T_USER_PART, c.T23}
    owned = set(EXPIRY_INPUT) | set(BLOCKING_INPUT) | set(GROUP_INPUT) | of_the_exchange
    assert owned == set(c.TIMERS)
    for row in c.TIMERS.values():
        assert row.low <= row.default <= row.high
        assert row.kind in ("Q.724", "Q.118", "ours")
        assert row.text and (row.clause or row.kind == "ours")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"circuits": ()}, "empty"),
        ({"circuits": (0,)}, "1 to 4095"),
        ({"circuits": (4096,)}, "1 to 4095"),
        ({"circuits": (1, 1)}, "twice"),
        ({"variant": "ansi"}, "itu, china"),
        ({"opc": 0, "dpc": 0}, "point codes"),
        ({"controls": "both"}, "even, odd"),
        ({"selection": "best"}, "controlled"),
        ({"charge": "free"}, "no_charge"),
        ({"charge": "unqualified", "variant": "china"}, "ANU"),
        ({"continuity": -1}, "0 to 1000"),
        ({"timers": {99: 1}}, "no timer 99"),
        ({"timers": {c.T6: 1}}, "T6 is 0 ms; give 4000 to 15000"),
        ({"location": 16}, "0 to 15"),
    ],
)
def test_settings_that_are_wrong_are_named(settings: dict[str, object], words: str) -> None:
    good: dict[str, object] = {"circuits": (1, 2), "opc": 1, "dpc": 2}
    with pytest.raises(ConfigError, match=words):
        c.TupConfig(**(good | settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "even", "odd"),
    [
        ({"opc": 2, "dpc": 1}, True, False),
        ({"opc": 1, "dpc": 2}, False, True),
        ({"controls": "odd"}, False, True),
        ({"controls": "all"}, True, True),
        ({"controls": "none"}, False, False),
    ],
)
def test_who_controls_which_circuits(settings: dict[str, object], even: bool, odd: bool) -> None:
    config = c.TupConfig((1, 2), **settings)  # type: ignore[arg-type]
    assert (config.is_controlled(2), config.is_controlled(1)) == (even, odd)


def test_runs_of_circuits() -> None:
    assert runs((3, 1, 2, 7, 9, 8, 20), 32) == [(1, 2, 3), (7, 8, 9), (20,)]
    assert runs(tuple(range(1, 71)), 32) == [
        tuple(range(1, 33)),
        tuple(range(33, 65)),
        tuple(range(65, 71)),
    ]
    assert runs((), 32) == []
