"""The machines of FXS ports: no empty cell, every cell's clause, timers and settings."""

from __future__ import annotations

import pytest

from trunkd.board.progress_tones import COUNTRIES
from trunkd.drivers.line_rows import IMPEDANCES
from trunkd.errors import ConfigError
from trunkd.signaling.analog import fxs_config as c
from trunkd.signaling.analog.callerid_send import STANDARDS
from trunkd.signaling.analog.fxs import EXPIRY_INPUT, LINE
from trunkd.signaling.analog.fxs_service import SERVICE
from trunkd.signaling.analog.fxs_states import (
    INPUT_NAMES,
    SERVICE_INPUTS,
    SERVICE_NAMES,
    STATE_NAMES,
)
from trunkd.signaling.fsm import Machine


@pytest.mark.parametrize("machine", [LINE, SERVICE], ids=lambda m: m.name)
def test_no_cell_is_empty(machine: Machine) -> None:
    assert machine.missing() == []
    for row in machine.table.values():
        for cell in row.values():
            assert cell.clause
            assert (cell.method is None) == (cell.kind == "ignored")
            assert set(cell.next) <= set(machine.states)
    assert machine.mermaid().startswith("stateDiagram-v2")


def test_the_machines_are_whole() -> None:
    assert set(LINE.table) == set(STATE_NAMES) and len(STATE_NAMES) == 19
    assert sorted(INPUT_NAMES) == list(range(33))
    assert set(SERVICE.table) == set(SERVICE_NAMES) and sorted(SERVICE_INPUTS) == list(range(10))


def test_every_state_can_be_reached_and_left() -> None:
    for machine in (LINE, SERVICE):
        reached = {
            after
            for state, row in machine.table.items()
            for cell in row.values()
            for after in cell.next
            if after != state
        }
        assert reached == set(machine.states)
        for state, row in machine.table.items():
            assert any(after != state for cell in row.values() for after in cell.next)


def test_every_timer_has_an_owner() -> None:
    own = {c.T_HOOK, c.T_STEP, c.T_DIGITS, c.T_METER, c.T_WAITING}
    assert set(EXPIRY_INPUT) | own == set(c.T_NAMES)
    assert set(c.FxsConfig((1,)).duration) == set(c.T_NAMES) - {c.T_HOOK, c.T_STEP, c.T_DIGITS}
    for timer, input_ in EXPIRY_INPUT.items():
        assert any(row[input_].kind != "ignored" for row in LINE.table.values()), timer


def test_every_setting_is_a_row_with_words() -> None:
    for name, row in c.SETTINGS.items():
        assert row.name == name and row.about
        if isinstance(row.default, int) and not isinstance(row.default, bool):
            assert row.low <= row.default <= row.high


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_country_has_all_it_needs(country: str) -> None:
    config = c.FxsConfig((1, 2), country)
    if country == "jp":
        assert config.standard is None
    else:
        assert config.standard is not None and config.standard.name in STANDARDS
    assert 16 <= config.ring_hz <= 68 and len(config.cadence) % 2 == 0
    assert config.impedance in IMPEDANCES and config.lamp_order


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"colour": 1}, "there is no setting 'colour'; FXS has start"),
        ({"start": "wink"}, "start is 'wink'; give one of loop, ground, kewl"),
        ({"ring_hz": 10}, "ring_hz is 10; give 16 to 68"),
        ({"ring_hz": 99}, "ring_hz is 99; give 0 to 68"),
        ({"ring_cadence": "1000"}, "on and off by turns"),
        ({"ring_cadence": "10,20"}, "100 to 20000"),
        ({"ring_cadence": "often"}, "give one of normal"),
        ({"distinctive": "55"}, "prefix=cadence"),
        ({"distinctive": "55=loud"}, "give one of normal"),
        ({"ring_timeout": 1}, "give 1000 to 3600000: ringing without answer"),
        ({"caller_id": "xy"}, "give country, none or one of bell202"),
        ({"caller_id_order": "silence/100"}, "give data once"),
        ({"caller_id_order": "knock,data"}, "'knock' is none of first-ring"),
        ({"caller_id_order": "silence,data"}, "a length of 1 to 5000"),
        ({"caller_id_framing": "d-c"}, "cn is no DTMF row"),
        ({"name_encoding": "ebcdic"}, "give one of latin-1"),
        ({"flash_min": 700, "flash_max": 600}, "flash_min below"),
        ({"pulse_break_min": 200}, "the shorter first"),
        ({"pulse": False, "dtmf": False}, "leave one on"),
        ({"dial_plan": "1[2"}, r"dial_plan: pattern '1\[2'"),
        ({"min_digits": 9, "max_digits": 4}, "above max_digits 4"),
        ({"features": "hold,juggle"}, "features has 'juggle'"),
        ({"features": "transfer"}, "need hold"),
        ({"features": "event,hold"}, "leave the others out"),
        ({"message_waiting": "smoke"}, "stutter, fsk, neon"),
        ({"message_waiting_order": "first-ring,data"}, "nothing rings"),
        ({"metering_on": "long"}, "give a whole number"),
        ({"pulse": 1}, "give true or false"),
        ({"start": 3}, "give a text"),
        ({"howler_time": True}, "give a whole number"),
    ],
    ids=str,
)
def test_wrong_settings(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        c.FxsConfig((1,), "cn", settings)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (((),), "give each port number once"),
        (((1, 1),), "give each port number once"),
        (((0,),), "1 and up"),
        (((1,), "atlantis"), "country is 'atlantis'"),
        (((1,), "cn", {}, {2: "8001"}), "there is no port 2"),
        (((1,), "cn", {}, {1: "x"}), "give digits"),
        (((1, 2), "cn", {}, {1: "8", 2: "8"}), "two ports have the same"),
    ],
    ids=str,
)
def test_wrong_arguments(arguments: tuple[object, ...], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        c.FxsConfig(*arguments)  # type: ignore[arg-type]
