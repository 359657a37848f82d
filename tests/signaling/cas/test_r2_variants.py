"""Every row of every variant is sound, and a config says what is wrong with it and what to give."""

from __future__ import annotations

from typing import Any

import pytest

from trunkd.errors import ConfigError
from trunkd.signaling.cas import r2_names as n
from trunkd.signaling.cas import r2_states as s
from trunkd.signaling.cas import r2_timers as t
from trunkd.signaling.cas.r2_config import ANI_WHEN, R2Config
from trunkd.signaling.cas.r2_decode import LineCodes
from trunkd.signaling.cas.r2_offer import meaning_of_cause
from trunkd.signaling.cas.r2_variants import LINE_NAMES, VARIANTS

variants = pytest.mark.parametrize("name", VARIANTS)


def test_the_variants_that_were_asked_for() -> None:
    assert {"itu", "cn", "ar", "br", "mx", "co", "ve", "ph", "id"} <= set(VARIANTS)


@variants
def test_rows(name: str) -> None:
    row = VARIANTS[name]
    assert row.name == name
    assert len(row.source) > 10
    groups = ((row.a, n.MEANINGS), (row.ani, n.MEANINGS), (row.b, n.B_MEANINGS))
    for group, known in groups:
        assert all(1 <= signal <= 15 for signal in group)
        assert set(group.values()) <= set(known.values())
    for categories in (row.category, row.purpose):
        assert all(1 <= signal <= 15 for signal in categories)
        assert n.ORDINARY in categories.values()
    assert n.CONGESTION in row.a.values()
    assert n.BUSY in row.b.values()
    assert n.B_CONGESTION in row.b.values()
    assert row.ani_end != row.ani_restricted or row.ani_end == 0
    assert set(row.line) == set(LINE_NAMES)
    assert set(row.timers) <= set(t.TIMERS)


@variants
def test_line_codes_can_be_told_apart(name: str) -> None:
    config = R2Config((1,), name)
    codes = LineCodes(config.rows, "both", config)
    mask = codes.mask
    table = codes.meaning
    assert table[s.IDLE][codes.idle] == s.IDLE_CODE
    assert table[s.IDLE][codes.seize & mask] == s.SEIZED_CODE
    assert table[s.IDLE][codes.blocked & mask] == s.BLOCKED_CODE
    assert table[s.OUT_SEIZED][codes.seize_ack & mask] == s.ACK_CODE
    assert table[s.OUT_SEIZED][codes.seize & mask] == s.SEIZED_CODE
    assert table[s.OUT_WAIT_ANSWER][codes.answer & mask] == s.ANSWER_CODE
    assert table[s.OUT_ANSWERED][codes.clear_back & mask] == s.CLEAR_BACK_CODE
    assert table[s.OUT_ANSWERED][codes.forced & mask] == s.FORCED_CODE
    assert table[s.OUT_CLEARING][codes.idle] == s.IDLE_CODE
    assert table[s.IN_ANSWERED][codes.clear_forward & mask] == s.CLEAR_FORWARD_CODE


@variants
@pytest.mark.parametrize("ani", ANI_WHEN)
def test_works_with_each_time_for_ani(name: str, ani: str) -> None:
    assert R2Config((1,), name, ani=ani).ani == ani


@variants
def test_every_cause_can_be_said(name: str) -> None:
    config = R2Config((1,), name)
    for cause in range(1, 128):
        meaning = meaning_of_cause(config, cause)
        assert config.rows.signal(config.rows.b, meaning)
        assert meaning not in n.FREE


@variants
def test_busy_and_congestion_come_back_as_they_went(name: str) -> None:
    config = R2Config((1,), name)
    for cause in (17, 42):
        assert n.CAUSE_OF[meaning_of_cause(config, cause)] == cause


def test_chinas_signals() -> None:
    row = VARIANTS["cn"]
    assert row.a[2] == n.FIRST_DIGIT
    assert row.a[5] == n.NOT_ALLOCATED
    assert row.a[6] == n.CATEGORY
    assert (row.ani[1], row.ani_end) == (n.NEXT_ANI, 15)
    assert row.line["idle"].endswith("11")


def test_overrides_dotted_and_nested() -> None:
    config = R2Config(
        (1,),
        "itu",
        {
            "a.9": "next_ani",
            "b": {"6": "busy", 1: "free_charge"},
            "line.answer": "0000",
            "line": {"mask": "1110"},
            "category.14": 0x0F,
            "purpose.11": 0x0A,
            "cause.18": "out_of_order",
            "dnis_end": 0,
            "ani_end": 12,
            "ani_restricted": 15,
            "ani_returns": True,
            "timer.TACK": 200,
        },
    )
    rows = config.rows
    assert rows.a[9] == n.NEXT_ANI
    assert (rows.b[6], rows.b[1]) == (n.BUSY, n.FREE_CHARGE)
    assert (rows.line["answer"], rows.mask) == (0, 14)
    assert (rows.category[14], rows.purpose[11]) == (0x0F, 0x0A)
    assert meaning_of_cause(config, 18) == n.OUT_OF_ORDER
    assert (rows.dnis_end, rows.ani_end, rows.ani_restricted) == (0, 12, 15)
    assert rows.ani_returns
    assert config.duration[t.ACK] == 200 * t.MS
    assert R2Config((1,), "itu", {"a.6": ""}).rows.a.get(6) is None
    assert VARIANTS["itu"].a[6] == n.SPEECH


@pytest.mark.parametrize(
    ("settings", "key", "remedy"),
    [
        ({"channels": ()}, "channels", "at least one"),
        ({"channels": (1, 1)}, "channels", "each once"),
        ({"variant": "xx"}, "variant", "itu"),
        ({"direction": "up"}, "direction", "both"),
        ({"direction": {9: "in"}}, "direction", "channel 9"),
        ({"register": "r1"}, "register", "decadic"),
        ({"mode": "fast"}, "mode", "semi"),
        ({"ani": "never"}, "ani", "before"),
        ({"hunting": "random"}, "hunting", "cyclic"),
        ({"collect": "no"}, "collect", "double_answer"),
        ({"dnis_min": 5, "dnis_max": 3}, "dnis_max", "5 or more"),
        ({"dnis_min": 0}, "dnis_min", "1 to 32"),
        ({"timers": {"T9": 1}}, "T9", "TREC"),
        ({"timers": {"T1": 1}}, "T1", "12000 to 18000"),
        ({"overrides": {"c.1": "x"}}, "c.1", "ani.N"),
        ({"overrides": {"a.16": "busy"}}, "a.16", "1 to 15"),
        ({"overrides": {"a.1": "busy"}}, "a.1", "next_digit"),
        ({"overrides": {"b.6": "next_digit"}}, "b.6", "free_charge"),
        ({"overrides": {"line.seize": "12"}}, "line.seize", "1001"),
        ({"overrides": {"line.hook": "0101"}}, "line.hook", "line.answer"),
        ({"overrides": {"category.1": "x"}}, "category.1", "number"),
        ({"overrides": {"dnis_end": 16}}, "dnis_end", "0 to 15"),
        ({"overrides": {"timer.T9": 3}}, "T9", "TREC"),
        ({"overrides": {"a.1": ""}, "ani": "none"}, "next_digit", "give one"),
        ({"overrides": {"a.5": ""}, "ani": "after"}, "ani", "'none'"),
        ({"overrides": {"ani.1": ""}, "ani": "before"}, "ani", "'after'"),
        ({"overrides": {"ani.3": ""}}, "complete", "give one"),
        ({"overrides": {"b.6": ""}}, "free_charge", "give one"),
        ({"metering": "pulses"}, "TMETER", "timer.TMETER"),
        ({"metering": "12kHz"}, "metering", "pulses"),
        ({"dtmf_format": "{dnis}{ani}"}, "dtmf_format", "between"),
        ({"dtmf_format": "{name}"}, "dtmf_format", "{dnis}"),
        ({"dtmf_format": "{ani}#"}, "dtmf_format", "{dnis}"),
        ({"dtmf_format": "{dnis}x"}, "dtmf_format", "*#ABCD"),
    ],
)
def test_errors_name_key_and_remedy(settings: dict[str, Any], key: str, remedy: str) -> None:
    settings.setdefault("channels", (1,))
    with pytest.raises(ConfigError) as caught:
        R2Config(**settings)
    assert key in str(caught.value)
    assert remedy in str(caught.value)
