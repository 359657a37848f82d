"""R2's machines have no empty cells, and their drawings hold together."""

from __future__ import annotations

import pytest
from r2_rig import MACHINES

from trunkd.signaling.cas import r2_states as s
from trunkd.signaling.cas import r2_timers as t
from trunkd.signaling.cas.r2_line_table import LINE
from trunkd.signaling.fsm import Machine

by_name = pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)


@by_name
def test_no_empty_cell(machine: Machine) -> None:
    assert machine.missing() == []


@by_name
def test_every_cell_has_clause_and_known_states(machine: Machine) -> None:
    for row in machine.table.values():
        for cell in row.values():
            assert cell.clause
            assert set(cell.next) <= set(machine.states)
            assert (cell.method is None) == (cell.kind == "ignored")


@by_name
def test_every_state_is_reached_and_left(machine: Machine) -> None:
    reached = {
        after
        for state, row in machine.table.items()
        for cell in row.values()
        for after in cell.next
        if after != state
    }
    entered_by_start = {
        machine.states[0] and 0,
        s.F_START if machine.states is s.FORWARD_STATES else 0,
        s.B_WAIT if machine.states is s.BACKWARD_STATES else 0,
    }
    if machine.states is s.PLAIN_STATES:
        entered_by_start |= {s.P_STARTING, s.P_RECEIVING}
    assert set(machine.states) - reached <= entered_by_start
    for state, row in machine.table.items():
        leaves = any(set(cell.next) - {state} for cell in row.values())
        # The registers' "off" is left by the line, which starts them
        assert leaves or (machine is not LINE and state == 0)


@by_name
def test_every_input_does_something_somewhere(machine: Machine) -> None:
    for input_ in machine.inputs:
        assert any(row[input_].method is not None for row in machine.table.values())


@by_name
def test_it_can_be_drawn(machine: Machine) -> None:
    drawn = machine.mermaid()
    assert all(name in drawn for name in machine.states.values())


def test_every_timer_belongs_to_a_machine() -> None:
    registers = {t.START, t.T1, t.T2, t.T3, t.DIGITS, t.OFFER, t.MF_GAP, t.MF_GUARD}
    decadic = {t.BREAK, t.MAKE, t.INTERDIGIT, t.DIGIT_END, t.HANG_UP}
    lengths = {t.MF_PULSE, t.DTMF_ON, t.DTMF_OFF}
    known = set(s.LINE_TIMERS) | registers | decadic | lengths | {t.RECOGNITION, t.HOLD}
    assert known == set(range(t.COUNT))


def test_timer_rows_are_sound() -> None:
    for row in t.TIMERS.values():
        assert row.low <= row.default <= row.high
        assert row.clause and row.text
    assert len(t.TIMERS) == t.COUNT
    assert [t.TIMERS[name].number for name in t.NAMES] == list(range(t.COUNT))
    # Timer numbers share an integer with the channel
    assert t.COUNT <= 32
