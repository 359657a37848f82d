"""The tables of Q.703: no empty cell, every drawing in one, none left for an undrawn state."""

from __future__ import annotations

import pytest

from trunkd.errors import Error
from trunkd.signaling import fsm
from trunkd.signaling.ss7 import mtp2_signals as s
from trunkd.signaling.ss7.mtp2 import SignallingLink
from trunkd.signaling.ss7.mtp2_config import Mtp2Config
from trunkd.signaling.ss7.mtp2_table import EIM_MACHINE, MACHINES, RC_PCR, TXC_PCR

FISU = b"\xff\xff\x00"
SIO = b"\xff\xff\x01\x00"
CELLS = [
    (machine, state, input_)
    for machine in MACHINES
    for state in machine.states
    for input_ in machine.inputs
]


def named(value: object) -> str | None:
    return value.name.replace(" ", "") if isinstance(value, fsm.Machine) else None


@pytest.mark.parametrize("machine", MACHINES, ids=named)
def test_no_cell_is_empty_and_each_has_its_figure(machine: fsm.Machine) -> None:
    assert machine.missing() == []
    for row in machine.table.values():
        assert set(row) == set(machine.inputs)
        for cell in row.values():
            assert cell.clause
            assert set(cell.next) <= set(machine.states)
            assert (cell.method is None) == (cell.kind == "ignored")


def test_states_of_figure_8() -> None:
    assert list(s.LSC_STATES.values()) == [
        "power off",
        "out of service",
        "initial alignment",
        "aligned ready",
        "aligned not ready",
        "in service",
        "processor outage",
    ]


@pytest.mark.parametrize(("machine", "state", "input_"), CELLS, ids=named)
def test_every_input_in_every_state_goes_where_it_is_drawn(
    machine: fsm.Machine, state: int, input_: int
) -> None:
    rate = 1_984_000 if machine is EIM_MACHINE else 64_000
    link = SignallingLink(Mtp2Config(pcr=machine in {TXC_PCR, RC_PCR}, rate=rate))
    number = link.machines.index(machine)
    link.start(0)
    link.state[number] = state
    link.su = SIO if number == s.RC and input_ == s.RC_STATUS_UNIT else FISU
    if machine.name.startswith("TXC") and input_ == s.TXC_MESSAGE_FOR_TRANSMISSION:
        link.su = b"\x03\x85ab"
    link._put(number, input_, 1)
    cell = machine.table[state][input_]
    after = link.state[number]
    if machine.inputs[input_] not in {"stop", "link failure"}:
        assert after in machine.states
    if cell.kind == "ignored":
        assert after == state


def test_an_undrawn_transition_raises_when_strict() -> None:
    link = SignallingLink(Mtp2Config())
    machine = link.machines[s.LSC]
    link.state[s.LSC] = s.IN_SERVICE
    with pytest.raises(Error, match="is not drawn"):
        machine.check(s.OUT_OF_SERVICE, s.LSC_STOP, s.IN_SERVICE)
    assert machine.mermaid().startswith("stateDiagram-v2")
