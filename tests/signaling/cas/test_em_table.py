"""The machine of an E&M trunk is whole: every state answers every input."""

from __future__ import annotations

import pytest

from trunkd.signaling.cas import em_states as s
from trunkd.signaling.cas.em import EmTrunk
from trunkd.signaling.cas.em_config import EmConfig
from trunkd.signaling.cas.em_table import EM


def test_no_cell_is_empty() -> None:
    assert EM.missing() == []
    assert len(EM.states) * len(EM.inputs) == 26 * 20


@pytest.mark.parametrize("state", EM.states)
def test_every_cell_says_where_it_comes_from_and_leads_to(state: int) -> None:
    for input_ in EM.inputs:
        cell = EM.table[state][input_]
        assert cell.clause
        assert set(cell.next) <= set(EM.states)
        assert (cell.method is None) == (cell.kind == "ignored")


def test_every_state_can_be_reached_and_left() -> None:
    reached = {s.OUT_OF_SERVICE}
    while True:
        more = {
            after for state in reached for cell in EM.table[state].values() for after in cell.next
        }
        if more <= reached:
            break
        reached |= more
    assert reached == set(EM.states)
    for state in EM.states:
        assert any(set(cell.next) - {state} for cell in EM.table[state].values())


def test_every_state_ends_with_the_line() -> None:
    for state in EM.states:
        cell = EM.table[state][s.LINE_DOWN]
        assert state == s.OUT_OF_SERVICE or cell.next == (s.OUT_OF_SERVICE,)


def test_the_drawing_names_every_state() -> None:
    drawing = EM.mermaid()
    for name in s.STATE_NAMES.values():
        assert name in drawing


def test_it_is_a_line_engine() -> None:
    import inspect

    from trunkd.signaling.line import LineEngine

    for name, method in inspect.getmembers(LineEngine, inspect.isfunction):
        if name.startswith("_"):
            continue
        ours = inspect.signature(getattr(EmTrunk, name))
        assert list(ours.parameters) == list(inspect.signature(method).parameters), name


def test_a_new_engine_is_idle_and_wants_nothing() -> None:
    trunk = EmTrunk(EmConfig((3, 1)))
    trunk.start(0)
    assert [a.channel for a in trunk.transmit()] == [1, 3]
    guard = trunk.next_timeout()
    assert guard == 750_000_000
    trunk.handle_timeout(guard)
    assert trunk.next_timeout() is None and trunk.events() == []
    assert trunk.channel_text(1) == "Idle; far end on-hook"
    assert trunk.counters() == {}
