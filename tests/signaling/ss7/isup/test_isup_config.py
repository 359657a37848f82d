"""Timers as rows, settings and what is wrong with them, which circuit a call gets."""

from __future__ import annotations

import pytest

from trunkd.errors import ConfigError
from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import isup_config as t
from trunkd.signaling.ss7.isup_circuits import Circuits
from trunkd.signaling.ss7.isup_config import IsupConfig

SECOND = 1_000_000_000


def test_the_timer_table_is_whole() -> None:
    """T1 to T39, each default within the Recommendation's own range."""
    assert sorted(t.TIMERS) == list(range(1, 40))
    for row in t.TIMERS.values():
        assert row.low <= row.default <= row.high
        assert row.clause
        assert row.text
    assert {n for n, row in t.TIMERS.items() if not row.used} == {3, 31, 32, 37, 39}


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"circuits": ()}, "circuits is empty"),
        ({"circuits": (1, 1)}, "twice"),
        ({"circuits": (4096,)}, "0 to 4095"),
        ({"variant": "mars"}, "variant is 'mars'; give one of itu"),
        ({"opc": 3, "dpc": 3}, "both 3"),
        ({"controls": "some"}, "controls"),
        ({"selection": "any"}, "selection"),
        ({"exchange_type": "C"}, "exchange_type"),
        ({"min_digits": 9, "max_digits": 5}, "max_digits is 5, less than min_digits 9"),
        ({"min_digits": -1}, "min_digits"),
        ({"satellites": 3}, "satellites"),
        ({"hop_counter": 32}, "hop_counter"),
        ({"delay": 70000}, "delay"),
        ({"location": 16}, "location"),
        ({"timers": {40: SECOND}}, "there is no T40"),
        ({"timers": {7: 1}}, "T7 is 0 ms; give 10 ms"),
    ],
)
def test_wrong_settings(settings: dict, text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        IsupConfig(**settings)


@pytest.mark.parametrize(
    ("settings", "even", "odd"),
    [
        ({"opc": 9, "dpc": 2}, True, False),
        ({"opc": 2, "dpc": 9}, False, True),
        ({"controls": "even"}, True, False),
        ({"controls": "odd"}, False, True),
        ({"controls": "all"}, True, True),
        ({"controls": "none"}, False, False),
    ],
)
def test_who_controls_which_circuits(settings: dict, even: bool, odd: bool) -> None:
    """2.9.1.4: the higher point code the even ones."""
    config = IsupConfig(**settings)
    assert (config.controlled(4), config.controlled(5)) == (even, odd)


def circuits(selection: str, cics=(1, 2, 3, 4, 5, 6), **settings) -> Circuits:
    return Circuits(
        IsupConfig(circuits=cics, selection=selection, **({"controls": "even"} | settings)), []
    )


def chosen(group: Circuits, count: int) -> list[int]:
    cics = []
    for _ in range(count):
        circuit = group.choose()
        if circuit is None:
            cics.append(0)
        else:
            group.seize(circuit, 1)
            cics.append(circuit.cic)
    return cics


@pytest.mark.parametrize(
    ("selection", "order"),
    [
        ("lowest", [2, 4, 6, 1, 3, 5, 0]),
        ("highest", [6, 4, 2, 5, 3, 1, 0]),
        ("cyclic", [2, 4, 6, 1, 3, 5, 0]),
        # 2.9.1.3: of ours the longest idle, of theirs the one that was released last.
        ("longest_idle", [2, 4, 6, 5, 3, 1, 0]),
    ],
)
def test_controlled_circuits_first(selection: str, order: list[int]) -> None:
    assert chosen(circuits(selection), 7) == order


@pytest.mark.parametrize(
    ("selection", "expected"), [("lowest", 1), ("cyclic", 3), ("longest_idle", 3)]
)
def test_after_a_call_has_ended(selection: str, expected: int) -> None:
    group = circuits(selection, controls="all")
    assert chosen(group, 2) == [1, 2]
    group.free(group.by_cic[1])
    circuit = group.choose()
    assert circuit is not None
    assert circuit.cic == expected


@pytest.mark.parametrize("selection", t.SELECTIONS)
def test_another_than_this(selection: str) -> None:
    group = circuits(selection, (1, 2))
    first = group.choose()
    second = group.choose(first)
    assert first is not None
    assert second is not None
    assert {first.cic, second.cic} == {1, 2}
    group.seize(second, 1)
    assert group.choose(first) is None


def test_states_are_reported_once() -> None:
    group = circuits("lowest")
    circuit = group.by_cic[3]
    circuit.blr = 2
    group.update(circuit)
    group.update(circuit)
    circuit.bls = 2
    group.update(circuit)
    group.seize(circuit, 5)
    group.free(circuit)
    circuit.blr = 0
    group.update(circuit)
    assert [event.state for event in group.events] == [
        neutral.CHANNEL_BLOCKED_THERE,
        neutral.CHANNEL_BLOCKED_BOTH,
        neutral.CHANNEL_BUSY,
        neutral.CHANNEL_BLOCKED_BOTH,
        neutral.CHANNEL_BLOCKED_HERE,
    ]


def test_all_4096_circuits() -> None:
    group = circuits("cyclic", tuple(range(4096)), controls="all")
    assert chosen(group, 4097) == [*range(4096), 0]
