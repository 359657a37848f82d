"""Settings of E&M trunks: what is refused says which key and what to do."""

from __future__ import annotations

import pytest

from trunkd.errors import ConfigError
from trunkd.signaling.cas.em_config import BITS, TIMES, VARIANTS, WINK, EmConfig


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"channels": ()}, "channels is empty; give"),
        ({"channels": (0,)}, "timeslots are 1 to 24"),
        ({"channels": (1, 1)}, "twice"),
        ({"variant": "blink"}, "variant is 'blink'; give one of wink"),
        ({"start": "later"}, "start is 'later'; give one of wink, immediate, delay"),
        ({"register": "morse"}, "register is 'morse'; give one of dtmf, mf, pulse"),
        ({"address": "KP DNIS ST"}, "KP is no signal of DTMF"),
        ({"register": "mf", "address": "* DNIS *"}, r"\* is no signal of R1"),
        ({"register": "pulse", "address": "*DNIS*"}, "'\\*DNIS\\*' is not known"),
        ({"address": "ANI"}, "no DNIS"),
        ({"address": "DNIS ANI"}, "where a field ends"),
        ({"address": "DNIS * DNIS"}, "twice"),
        ({"address": "wink DNIS"}, "before 'wink'"),
        ({"address": "FOO"}, "'FOO' is not known; give DNIS"),
        ({"direction": "up"}, "direction is 'up'"),
        ({"digits": 33}, "digits is 33; give 0 to 32"),
        ({"digits": 3, "min_digits": 4}, "less than min_digits"),
        ({"register": "mf", "address": "dnis-mf", "overlap": True}, "end mark"),
        ({"glare": "fight"}, "glare is 'fight'"),
        ({"selection": "random"}, "selection is 'random'"),
        ({"bits": "0000"}, "idle and seized like"),
        ({"bits": "1000/1111"}, "A must be 0"),
        ({"bits": "0000/0111"}, "A must be 0"),
        ({"busy_out": "smoke"}, "busy_out"),
        ({"attempts": 0}, "attempts is 0; give 1 to 10"),
        ({"ii": "1"}, "ii is '1'; give 2 digits"),
        ({"cic": "12345"}, "cic is '12345'; give 3 or 4 digits"),
        ({"ozz": "1a2"}, "ozz"),
        ({"times": {"blink": 1}}, "there is no 'blink'; there are recognition"),
        ({"times": {"wink": 500}}, r"wink is 500 ms; give 140 to 290 \(GR-506"),
        ({"times": {"wink_min": 290, "wink_max": 140}}, "must be the shorter one"),
        ({"times": {"flash_min": 1000, "flash_max": 900}}, "must be the shorter one"),
        ({"times": {"pulse_max": 250, "disconnect": 200}}, "must be the shorter one"),
        ({"register": "pulse", "times": {"recognition": 40}}, "pulses would be lost"),
    ],
)
def test_what_cannot_be_is_refused(settings: dict, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        EmConfig(**{"channels": (1, 2), **settings})


def test_every_time_has_a_default_in_its_range_and_a_source() -> None:
    assert [row.number for row in TIMES] == list(range(len(TIMES)))
    assert len({row.name for row in TIMES}) == len(TIMES)
    for row in TIMES:
        assert row.low <= row.ms <= row.high
        assert row.source and row.text


@pytest.mark.parametrize("row", TIMES, ids=lambda row: row.name)
def test_every_time_can_be_set_at_its_own_name(row) -> None:
    config = EmConfig((1,), times={row.name: row.ms})
    assert config.time[row.number] == row.ms * 1_000_000
    for wrong in (row.low - 1, row.high + 1):
        with pytest.raises(ConfigError, match=f"{row.name} is {wrong} ms; give {row.low}"):
            EmConfig((1,), times={row.name: wrong})


def test_winks_of_the_rows_are_those_of_the_documents() -> None:
    row = TIMES[WINK]
    assert (row.low, row.high) == (140, 290)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("bits", [*BITS, "0000/1000"])
def test_every_variant_is_a_configuration(variant: str, bits: str) -> None:
    config = EmConfig((1,), variant, bits=bits)
    assert VARIANTS[variant].source
    assert not config.idle & 8 and config.seized & 8


def test_an_e1_never_shows_the_alignment_of_its_timeslot_16() -> None:
    assert 0 not in BITS["e1"]
