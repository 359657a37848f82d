"""The machines of level 3: whole, and drawn for the docs."""

from __future__ import annotations

import pytest
from mtp3_rig import MACHINES

from trunkd.errors import ConfigError
from trunkd.signaling.ss7.mtp3_timers import TIMERS, durations

MS = 1_000_000


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_no_cell_is_empty(machine):
    assert machine.missing() == []


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_cell_has_its_clause_and_known_next_states(machine):
    for state, row in machine.table.items():
        for input_, cell in row.items():
            where = f"{machine.states[state]} + {machine.inputs[input_]}"
            assert cell.clause, where
            assert (cell.method is None) == (cell.kind == "ignored"), where
            assert set(cell.next) <= set(machine.states), where


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_state_can_be_reached_and_left(machine):
    """From its first state (0; the restart's is "isolated")."""
    reached = {1 if machine.name == "TRES" else 0}
    while True:
        more = {
            after
            for state in reached
            for cell in machine.table[state].values()
            for after in cell.next
        }
        if more <= reached:
            break
        reached |= more
    assert reached == set(machine.states)
    assert machine.mermaid().startswith("stateDiagram-v2")


def test_the_timers_of_16_8_are_all_there():
    assert [name for name in TIMERS if name.startswith("T")] == [f"T{n}" for n in range(1, 33)]
    for row in TIMERS.values():
        assert row.low <= row.default <= row.high, row.name
        assert row.clause and row.text and row.given


@pytest.mark.parametrize(
    ("timer", "low", "high"),
    [
        ("T1", 500, 1200),
        ("T2", 700, 2000),
        ("T3", 500, 1200),
        ("T4", 500, 1200),
        ("T5", 500, 1200),
        ("T6", 500, 1200),
        ("T10", 30_000, 60_000),
        ("T12", 800, 1500),
        ("T13", 800, 1500),
        ("T14", 2000, 3000),
        ("T15", 2000, 3000),
        ("T16", 1400, 2000),
        ("T17", 800, 1500),
        ("T19", 67_000, 69_000),
        ("T20", 59_000, 61_000),
        ("T21", 63_000, 65_000),
        ("T22", 180_000, 360_000),
        ("T23", 180_000, 360_000),
        ("T32", 5_000, 120_000),
        ("Q707-T1", 4_000, 12_000),
        ("Q707-T2", 30_000, 90_000),
    ],
)
def test_defaults_lie_in_the_recommended_range(timer, low, high):
    assert low * MS <= TIMERS[timer].default <= high * MS


def test_a_timer_that_is_not_there_is_named():
    with pytest.raises(ConfigError, match="there is no T99; level 3 has T1, T2"):
        durations({"T99": 1})
    with pytest.raises(ConfigError, match=r"T2 is 90000 ms; give 100 to 10000 ms .*700 to 2000 ms"):
        durations({"T2": 90_000 * MS})
    assert durations({"T2": 700 * MS})["T2"] == 700 * MS
