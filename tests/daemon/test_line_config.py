"""Configurations of lines: what technicians get wrong, each named with its place and its remedy."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent.parent / "docs"))

from trunkd.daemon.config_check import BadConfig, _check, check, loads
from trunkd.daemon.config_read import Reader
from trunkd.daemon.config_show import as_toml
from trunkd.daemon.line_engines import make_config

GOOD = """\
[[board]]
name = "b0"
address = "sim://lab"
[board.sim]
spans = 4
[[board.sim.span]]
number = 1
cas = true
[[board.sim.span]]
number = 2
kind = "t1"
cas = true
[[board.sim.span]]
number = 3
kind = "analog"
ports = "fxs:1-4,fxo:5-8,tap:9"

[[trunk]]
name = "exchange"
span = "b0/1"
signalling = "r2"
[trunk.r2]
variant = "cn"
channels = "1-15,17-31"
dnis_max = 7
[trunk.r2.direction]
1-10 = "in"
[trunk.r2.timers]
TACK = "500ms"
[trunk.r2.overrides]
"b.3" = "busy"
"line.answer" = "0111"

[[trunk]]
name = "tie"
span = "b0/2"
signalling = "em"
[trunk.em]
variant = "wink"
channels = "1-12"
digits = 4
[trunk.em.times]
wink_min = "100ms"

[[trunk]]
name = "bank"
span = "b0/2"
signalling = "fxs"
[trunk.fxs]
channels = "13-24"
bits = "ground"

[[trunk]]
name = "phones"
span = "b0/3"
signalling = "fxs"
[trunk.fxs]
channels = "1-4"
caller_id = "none"
first_digit = "15s"
[trunk.fxs.numbers]
1 = "8001"

[[trunk]]
name = "office"
span = "b0/3"
signalling = "fxo"
[trunk.fxo]
answer = ["reversal", "tone"]
silence = "5m"
[trunk.fxo.learned]
pbx = "450/350,0/350"

[[trunk]]
name = "recorder"
span = "b0/3"
signalling = "tap"

[[trunk]]
name = "pri"
span = "b0/4"
signalling = "pri"
[trunk.pri]
side = "user"
"""


def edit(old: str, new: str) -> str:
    assert GOOD.count(old) >= 1, old
    return GOOD.replace(old, new, 1)


def without(name: str) -> str:
    """All tables of a trunk left out."""
    head, *trunks = GOOD.split("[[trunk]]\n")
    kept = [t for t in trunks if not t.startswith(f'name = "{name}"')]
    assert len(kept) == len(trunks) - 1
    return "[[trunk]]\n".join([head, *kept])


def test_good() -> None:
    config = loads(GOOD)
    by_name = {t.name: t for t in config.trunk}
    made = make_config(by_name["exchange"], tuple(range(1, 11)), "cn")
    assert made.direction[1] == "in" and made.rows.line["answer"] == 0b0111
    assert 500_000_000 in made.duration
    office = make_config(by_name["office"], (5,), "cn")
    assert office.answer == ("reversal", "tone") and office.silence == 300_000_000_000
    assert [row.name for row in office.rows] == ["pbx"]
    phones = make_config(by_name["phones"], (1,), "cn")
    assert phones.numbers == {1: "8001"}


def test_shown_and_read_again() -> None:
    config = loads(GOOD)
    again = loads(as_toml(config))
    assert [t.lines for t in again.trunk] == [t.lines for t in config.trunk]


BROKEN = {
    # span and channels
    "no span": (edit('span = "b0/1"\n', ""), "trunk[1].span", 'add `span = "board/1"`'),
    "unknown board": (edit('span = "b0/1"', 'span = "b9/1"'), "trunk[1].span", "there is no board"),
    "no such span": (edit('span = "b0/1"', 'span = "b0/7"'), "trunk[1].span", "spans 1 to 4"),
    "r2 on analog": (edit('span = "b0/1"', 'span = "b0/3"'), "trunk[1].span", "no r2"),
    "tap on e1": (
        edit('span = "b0/3"\nsignalling = "tap"', 'span = "b0/1"\nsignalling = "tap"'),
        "trunk[6].span",
        "a tap is an analog port",
    ),
    "pri on analog": (edit('span = "b0/4"', 'span = "b0/3"'), "trunk[7].span", "analog ports"),
    "pri of e1 on t1": (
        edit('span = "b0/4"', 'span = "b0/2"'),
        "trunk[7].pri.variant",
        "variant etsi is for E1",
    ),
    "ni2 on e1": (
        edit('side = "user"', 'side = "user"\nvariant = "ni2"'),
        "trunk[7].pri.variant",
        "variant ni2 is for T1",
    ),
    "cas missing": (
        edit("number = 1\ncas = true", "number = 1"),
        "trunk[1].span",
        "set cas = true",
    ),
    "channel 16 of an e1": (
        edit('channels = "1-15,17-31"', 'channels = "1-16"'),
        "trunk[1].r2.channels",
        "no channel 16",
    ),
    "channel 25 of a t1": (
        edit('channels = "13-24"', 'channels = "13-25"'),
        "trunk[3].fxs.channels",
        "a T1 has 1-24",
    ),
    "channels backwards": (
        edit('channels = "1-12"', 'channels = "12-1"'),
        "trunk[2].em.channels",
        'write it as "1-15,17-31"',
    ),
    "channels no numbers": (
        edit('channels = "1-12"', 'channels = "all"'),
        "trunk[2].em.channels",
        'write it as "1-15,17-31"',
    ),
    "channel twice": (
        edit('channels = "1-12"', 'channels = "1-12,3"'),
        "trunk[2].em.channels",
        "twice",
    ),
    "two trunks, one channel": (
        edit('channels = "13-24"', 'channels = "12-24"'),
        "trunk[3].fxs.channels",
        "already belongs to trunk 'tie'",
    ),
    "fxo port as fxs": (
        edit('channels = "1-4"\ncaller', 'channels = "1-5"\ncaller'),
        "trunk[4].fxs.channels",
        "port 5 of b0/3 is fxo, not fxs",
    ),
    "port that is not there": (
        edit('channels = "1-4"\ncaller', 'channels = "1,20"\ncaller'),
        "trunk[4].fxs.channels",
        "port 20 of b0/3 is not there",
    ),
    "no ports of the kind": (
        edit('ports = "fxs:1-4,fxo:5-8,tap:9"', 'ports = "fxs:1-4,fxo:5-8"'),
        "trunk[6].span",
        "no tap ports",
    ),
    # tables and keys
    "foreign table": (
        edit("[trunk.em]", "[trunk.fxo]\n[trunk.em]"),
        "trunk[2].fxo",
        'set signalling = "fxo"',
    ),
    "unknown signalling": (
        edit('signalling = "em"', 'signalling = "e&m"'),
        "trunk[2].signalling",
        "is no choice here",
    ),
    "unknown key": (edit("dnis_max", "dnis_maxx"), "trunk[1].r2.dnis_maxx", "mean 'dnis_max'?"),
    "unknown key of fxs": (edit("first_digit", "frist_digit"), "trunk[4].fxs.frist_digit", "mean"),
    "nothing near": (edit("digits = 4", "x = 4"), "trunk[2].em.x", "known are"),
    # values
    "no such variant": (
        edit('variant = "cn"', 'variant = "xx"'),
        "trunk[1].r2.variant",
        "one of itu, cn",
    ),
    "no such E&M variant": (
        edit('variant = "wink"', 'variant = "blink"'),
        "trunk[2].em.variant",
        "one of wink",
    ),
    "text for a number": (
        edit("dnis_max = 7", 'dnis_max = "seven"'),
        "trunk[1].r2.dnis_max",
        "give a whole number",
    ),
    "number for a text": (
        edit('variant = "wink"', "variant = 3"),
        "trunk[2].em.variant",
        "give a text",
    ),
    "number out of range": (edit("dnis_max = 7", "dnis_max = 99"), "trunk[1].r2.dnis_max", "0 to"),
    "digits below the least": (
        edit("digits = 4", "digits = 4\nmin_digits = 5"),
        "trunk[2].em.digits",
        "raise it",
    ),
    "no time": (edit('TACK = "500ms"', 'TACK = "soon"'), "trunk[1].r2.timers.TACK", '"300ms"'),
    "time out of range": (
        edit('TACK = "500ms"', 'TACK = "500s"'),
        "trunk[1].r2.timers.TACK",
        "give 100 to",
    ),
    "unknown timer": (edit("TACK", "TICK"), "trunk[1].r2.timers", "there is no timer 'TICK'"),
    "unknown time": (edit("wink_min", "blink_min"), "trunk[2].em.times", "there is no 'blink_min'"),
    "override of nothing": (
        edit('"b.3" = "busy"', '"q.3" = "busy"'),
        "trunk[1].r2.overrides.q.3",
        "give a.N",
    ),
    "override of signal 16": (
        edit('"b.3" = "busy"', '"b.16" = "busy"'),
        "trunk[1].r2.overrides.b.16",
        "a signal is 1 to 15",
    ),
    "override by no meaning": (
        edit('"b.3" = "busy"', '"b.3" = "bussy"'),
        "trunk[1].r2.overrides.b.3",
        "give one of",
    ),
    "override of bits": (
        edit('"0111"', '"011"'),
        "trunk[1].r2.overrides.line.answer",
        "give the bits ABCD",
    ),
    "no such direction": (
        edit('1-10 = "in"', '1-10 = "inwards"'),
        "trunk[1].r2.direction",
        "one of",
    ),
    "direction of a channel that is not there": (
        edit('1-10 = "in"', '40 = "in"'),
        "trunk[1].r2",
        "",
    ),
    "no such caller id": (
        edit('caller_id = "none"', 'caller_id = "morse"'),
        "trunk[4].fxs.caller_id",
        "give country, none or one of",
    ),
    "number of no port": (edit('1 = "8001"', 'one = "8001"'), "trunk[4].fxs.numbers", "no port"),
    "fxs codes": (edit('bits = "ground"', 'bits = "grond"'), "trunk[3].fxs.bits", "loop, ground"),
    "fxs codes without a table": (
        edit('bits = "ground"', 'bits = {mask = "1100"}'),
        "trunk[3].fxs.bits",
        "office and station",
    ),
    "answer by magic": (
        edit('["reversal", "tone"]', '["reversal", "magic"]'),
        "trunk[5].fxo.answer",
        "give some of reversal, tone, time",
    ),
    "silence for days": (edit('silence = "5m"', 'silence = "99h"'), "trunk[5].fxo.silence", "0 to"),
    "learned tone without sound": (
        edit("450/350,0/350", "0/350"),
        "trunk[5].fxo.learned.pbx",
        "has no sound",
    ),
    "learned tone that is none": (
        edit("450/350,0/350", "loud"),
        "trunk[5].fxo.learned.pbx",
        "line learn-tone",
    ),
    "bits that an E1 has not": (
        edit('variant = "wink"', 'variant = "wink"\nbits = "t1"').replace(
            'number = 2\nkind = "t1"', "number = 2"
        ),
        "trunk[2].em.bits",
        "cannot be sent on an E1",
    ),
    "number of a port of others": (
        edit('1 = "8001"', '9 = "8001"'),
        "trunk[4].fxs.numbers",
        "no port 9",
    ),
    "country": (
        edit("answer = [", 'country = "xx"\nanswer = ['),
        "trunk[5].fxo.country",
        "give one of",
    ),
    "tap settings": (
        edit('signalling = "tap"', 'signalling = "tap"\n[trunk.tap]\nring_gap = "1ms"'),
        "trunk[6].tap.ring_gap",
        "give 1000 to 20000",
    ),
}


def findings(text: str) -> Reader:
    reader = Reader("t.toml", text)
    assert _check(reader) is None
    return reader


@pytest.mark.parametrize("name", BROKEN)
def test_broken(name: str) -> None:
    text, place, says = BROKEN[name]
    found = [f for f in findings(text).errors if f.key.startswith(place)]
    assert found, [str(f) for f in findings(text).errors]
    shown = str(found[0])
    assert says in shown
    assert found[0].text and found[0].remedy and found[0].line > 0
    for word in ("Traceback", "not supported between", "object", "None"):
        assert word not in shown, shown


def test_messages_differ() -> None:
    assert len(BROKEN) >= 30
    shown = [str(findings(text).errors[0]) for text, _, _ in BROKEN.values()]
    assert len(set(shown)) == len(shown)


def test_every_mistake_is_told_at_once() -> None:
    text = edit("dnis_max = 7", "dnis_max = 99").replace("digits = 4", 'digits = "x"')
    text = text.replace('caller_id = "none"', 'caller_id = "morse"')
    assert {f.key for f in findings(text).errors} >= {
        "trunk[1].r2.dnis_max",
        "trunk[2].em.digits",
        "trunk[4].fxs.caller_id",
    }


def test_channels_that_are_left_out_are_those_that_fit() -> None:
    text = without("bank").replace('channels = "1-12"\n', "")
    assert loads(text)
    with pytest.raises(BadConfig, match="already belongs to trunk 'tie'"):
        loads(GOOD.replace('channels = "1-12"\n', ""))


@pytest.mark.parametrize("name", ["R2", "EM", "FXS", "FXO"])
def test_the_tables_that_the_page_shows_have_no_mistakes(name: str) -> None:
    import page_lines

    shown = getattr(page_lines, f"{name}_EXAMPLE")
    board = GOOD.partition("[[trunk]]")[0].replace("fxo:5-8,tap:9", "fxo:9-16")
    assert loads(board.replace("fxs:1-4", "fxs:1-8") + shown).trunk


@pytest.mark.parametrize("name", ["r2-china", "pots", "t1-em"])
def test_the_examples_have_no_mistakes(name: str) -> None:
    path = pathlib.Path(__file__).parent.parent.parent / f"examples/{name}.toml"
    config, found = check(path)
    assert config is not None and not found
