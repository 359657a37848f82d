"""Configurations of SS7: what technicians get wrong, each named with its place and its remedy."""

from __future__ import annotations

import pathlib

import pytest

from trunkd.daemon.config_check import _check, check, loads
from trunkd.daemon.config_read import Reader
from trunkd.daemon.config_show import as_toml
from trunkd.daemon.config_ss7 import circuits, parse_numbers, show_numbers
from trunkd.daemon.ss7_engines import isup_config_of, point_config
from trunkd.signaling.ss7.labels import CHINA24

GOOD = """\
[[board]]
name = "b0"
address = "sim://lab"
[board.sim]
spans = 4
[[board.sim.cables]]
ends = [1, 3]
[[board.sim.cables]]
ends = [2, 4]

[[ss7]]
name = "sp"
variant = "china24"
point_code = "1-2-3"
network_indicator = "national"
[ss7.timers]
T2 = "1s"
[[ss7.linkset]]
name = "exchange"
adjacent = "1-2-4"
[[ss7.linkset.link]]
slc = 0
span = "b0/1"
timeslot = 16
[ss7.linkset.link.timers]
T1 = "45s"
[[ss7.linkset.link]]
slc = 1
span = "b0/2"
timeslot = 16
[[ss7.route]]
dpc = "0x010209"
linksets = ["exchange"]

[[ss7]]
name = "far"
variant = "china24"
point_code = "1-2-4"
network_indicator = 2
[[ss7.linkset]]
name = "back"
adjacent = "1-2-3"
[[ss7.linkset.link]]
slc = 0
span = "b0/3"
timeslot = 16
[[ss7.linkset.link]]
slc = 1
span = "b0/4"
timeslot = 16

[[trunk]]
name = "pstn"
signalling = "isup"
[trunk.isup]
ss7 = "sp"
dpc = "1-2-4"
variant = "china"
[trunk.isup.timers]
T7 = "25s"
[[trunk.isup.circuits]]
cics = "1-15,17-31"
span = "b0/1"
[[trunk.isup.circuits]]
cics = "33-47,49-63"
span = "b0/2"
timeslots = "1-15,17-31"

[[trunk]]
name = "other"
signalling = "isup"
[trunk.isup]
ss7 = "far"
dpc = "1-2-3"
variant = "china"
[[trunk.isup.circuits]]
cics = "1-15,17-31"
span = "b0/3"
[[trunk.isup.circuits]]
cics = "33-47,49-63"
span = "b0/4"
"""


TUP = GOOD.replace("isup", "tup").replace('T7 = "25s"', 'T6 = "5s"')


def edit(old: str, new: str, times: int = 1) -> str:
    assert GOOD.count(old) >= 1, old
    return GOOD.replace(old, new, times)


def test_good() -> None:
    config = loads(GOOD)
    point, trunk = config.ss7[0], config.trunk[0]
    assert trunk.isup is not None and trunk.ss7 is trunk.isup
    assert trunk.spans == ["b0/1", "b0/2"] and trunk.board == "b0"
    places = circuits(trunk.isup)
    assert len(places) == 60
    assert (places[33].span, places[33].timeslot) == ("b0/2", 1)
    level3 = point_config(point, (5,))
    assert level3.label is CHINA24 and level3.point_code == 0x010203
    assert level3.timers["T2"] == 1_000_000_000
    assert [link.name for link in level3.linksets[0].links] == ["exchange/0", "exchange/1"]
    assert [(r.dpc, r.linkset) for r in level3.routes] == [(0x010209, "exchange")]
    isup = isup_config_of(trunk.isup, level3.label, level3.point_code)
    assert isup.opc == 0x010203 and isup.dpc == 0x010204
    assert isup.circuits == (*range(1, 16), *range(17, 32), *range(33, 48), *range(49, 64))
    assert not isup.controlled(2) and isup.controlled(3)


@pytest.mark.parametrize("text", [GOOD, TUP], ids=["isup", "tup"])
def test_good_has_no_warnings(text: str) -> None:
    reader = Reader("t", text)
    assert _check(reader) is not None
    assert reader.findings == []


def test_shown_configuration_is_read_again() -> None:
    first = as_toml(loads(GOOD))
    assert as_toml(loads(first)) == first


SP = "ss7[1]"
ISUP = "trunk[1].isup"
FIRST = 'cics = "1-15,17-31"\nspan = "b0/1"'

BROKEN: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # what: (text, key, words of the message)
    "one table": (edit("[[ss7]]", "[ss7]"), "", ("TOML",)),
    "label": (edit('"china24"', '"chinese"'), f"{SP}.variant", ("did you mean", "24-bit")),
    "code in two parts": (edit('"1-2-3"', '"1-2"'), f"{SP}.point_code", ("2 parts", "8-8-8")),
    "code too big": (edit('"1-2-3"', '"1-2-300"'), f"{SP}.point_code", ("300", "255")),
    "hexadecimal without 0x": (edit('"1-2-3"', '"01AB"'), f"{SP}.point_code", ('"0x01AB"',)),
    "code for another label": (
        GOOD.replace('variant = "china24"', 'variant = "itu"').replace('"1-2-3"', '"1-200-13"'),
        f"{SP}.point_code",
        ("3-8-3", "13"),
    ),
    "number too big": (
        GOOD.replace('variant = "china24"', 'variant = "itu"').replace('"0x010209"', "66057"),
        f"{SP}.route[1].dpc",
        ("14 bits", "china24"),
    ),
    "network indicator": (edit('"national"', '"natonal"'), f"{SP}.network_indicator", ("(2)",)),
    "network indicator 4": (
        edit('"national"', "4"),
        f"{SP}.network_indicator",
        ("'4' is no network indicator",),
    ),
    "own code as adjacent": (
        edit('adjacent = "1-2-4"', 'adjacent = "1-2-3"'),
        f"{SP}.linkset[1].adjacent",
        ("1-2-3 is our own",),
    ),
    "link outside": (
        edit("[ss7.timers]", '[[ss7.link]]\nslc = 0\nspan = "b0/1"\ntimeslot = 16\n[ss7.timers]'),
        f"{SP}.link",
        ("[[ss7.linkset.link]]",),
    ),
    "no link": (
        edit("[[ss7.route]]", '[[ss7.linkset]]\nname = "stp"\nadjacent = "1-2-9"\n[[ss7.route]]'),
        f"{SP}.linkset[2]",
        ("'stp' has no link",),
    ),
    "no linkset": (
        GOOD + '[[ss7]]\nname = "x"\nvariant = "itu"\npoint_code = 1\nnetwork_indicator = 0\n',
        "ss7[3]",
        ("no linkset",),
    ),
    "SLC twice": (edit("slc = 1", "slc = 0"), f"{SP}.linkset[1].link[2].slc", ("SLC 0 too",)),
    "SLC 16": (edit("slc = 1", "slc = 16"), f"{SP}.linkset[1].link[2].slc", ("at most 15",)),
    "linkset twice": (edit('"back"', '"exchange"'), "ss7[2].linkset[1].name", ("two linksets",)),
    "link on timeslot 0": (
        edit("timeslot = 16", "timeslot = 0"),
        f"{SP}.linkset[1].link[1].timeslot",
        ("at least 1",),
    ),
    "link on no span": (
        edit('span = "b0/1"\ntimeslot', 'span = "b0/9"\ntimeslot'),
        f"{SP}.linkset[1].link[1].span",
        ("spans 1 to 4",),
    ),
    "links on one timeslot": (
        edit('span = "b0/2"\ntimeslot', 'span = "b0/1"\ntimeslot'),
        f"{SP}.linkset[1].link[2].timeslot",
        ("link 'exchange/0'",),
    ),
    "level 2 timer": (
        edit('T1 = "45s"', 'T9 = "45s"'),
        f"{SP}.linkset[1].link[1].timers.T9",
        ("Q.703 has no timer",),
    ),
    "level 2 timer's range": (
        edit('T1 = "45s"', 'T1 = "4s"'),
        f"{SP}.linkset[1].link[1].timers.T1",
        ('"40s" to "50s"',),
    ),
    "level 3 timer": (edit('T2 = "1s"', 'T40 = "1s"'), f"{SP}.timers.T40", ("Q.704",)),
    "level 3 timer of an STP": (
        edit('T2 = "1s"', 'T18 = "20s"'),
        f"{SP}.timers.T18",
        ("does not serve an end point",),
    ),
    "level 3 timer's range": (
        edit('T2 = "1s"', 'T2 = "1m"'),
        f"{SP}.timers.T2",
        ("out of range", "5.7.2"),
    ),
    "route to ourselves": (
        edit('"0x010209"', '"1-2-3"'),
        f"{SP}.route[1].dpc",
        ("our own point code",),
    ),
    "route by no linkset": (
        edit('["exchange"]', '["exchnge"]'),
        f"{SP}.route[1].linksets",
        ("did you mean 'exchange'",),
    ),
    "route to the adjacent": (
        edit('"0x010209"', '"1-2-4"'),
        f"{SP}.route[1].linksets",
        ("made by itself",),
    ),
    "code twice": (
        GOOD.replace('point_code = "1-2-4"', 'point_code = "1-2-3"'),
        "ss7[2].point_code",
        ("'sp' has 1-2-3",),
    ),
    "no such point": (edit('ss7 = "sp"', 'ss7 = "pp"'), f"{ISUP}.ss7", ("there are: far, sp",)),
    "no route": (
        edit('ss7 = "sp"\ndpc = "1-2-4"', 'ss7 = "sp"\ndpc = "1-2-8"'),
        f"{ISUP}.dpc",
        ("no route to 1-2-8", "[[ss7.route]]"),
    ),
    "own code as destination": (
        edit('ss7 = "sp"\ndpc = "1-2-4"', 'ss7 = "sp"\ndpc = "1-2-3"'),
        f"{ISUP}.dpc",
        ("'sp' itself",),
    ),
    "code of another form": (
        edit('ss7 = "sp"\ndpc = "1-2-4"', 'ss7 = "sp"\ndpc = "1.2.4.5"'),
        f"{ISUP}.dpc",
        ("4 parts",),
    ),
    "CIC on timeslot 0": (
        edit(FIRST, 'cics = "0-15,17-31"\nspan = "b0/1"'),
        f"{ISUP}.circuits[1].cics",
        ("CIC 0", "timeslot 0", '"1-15,17-31"'),
    ),
    "CIC 32": (
        edit('cics = "33-47,49-63"\nspan = "b0/4"', 'cics = "32-47"\nspan = "b0/4"'),
        "trunk[2].isup.circuits[2].cics",
        ("CIC 32", '"33-47"'),
    ),
    "link's timeslot": (
        edit(FIRST, 'cics = "1-31"\nspan = "b0/1"'),
        f"{ISUP}.circuits[1].cics",
        ("timeslot 16", "link 'exchange/0'", '"1-15,17-31"'),
    ),
    "counts": (
        edit('timeslots = "1-15,17-31"', 'timeslots = "1-15,17-30"'),
        f"{ISUP}.circuits[2].timeslots",
        ("30 CICs", "29 timeslots"),
    ),
    "circuit on timeslot 0": (
        edit('timeslots = "1-15,17-31"', 'timeslots = "0-14,17-31"'),
        f"{ISUP}.circuits[2].timeslots",
        ("timeslot 0 does not exist",),
    ),
    "CIC twice": (
        edit('cics = "33-47,49-63"', 'cics = "1-15,17-31"'),
        f"{ISUP}.circuits[2].cics",
        ("circuits[1]", "33-47"),
    ),
    "CIC 4096": (
        edit('cics = "33-47,49-63"\nspan = "b0/2"', 'cics = "4096"\nspan = "b0/2"'),
        f"{ISUP}.circuits[2].cics",
        ("0 to 4095",),
    ),
    "CICs backwards": (
        edit('cics = "33-47,49-63"\nspan = "b0/2"', 'cics = "47-33"\nspan = "b0/2"'),
        f"{ISUP}.circuits[2].cics",
        ("backwards",),
    ),
    "other trunk's timeslot": (
        edit('cics = "33-47,49-63"\nspan = "b0/4"', 'cics = "65-66"\nspan = "b0/1"'),
        "trunk[2].isup.circuits[2].span",
        ("trunk 'pstn'",),
    ),
    "circuits on no board": (
        edit('cics = "33-47,49-63"\nspan = "b0/4"', 'cics = "65-66"\nspan = "b9/1"'),
        "trunk[2].isup.circuits[2].span",
        ("boards are: b0",),
    ),
    "variant": (
        edit('variant = "china"\n[trunk', 'variant = "chn"\n[trunk'),
        f"{ISUP}.variant",
        ("q767",),
    ),
    "selection": (
        edit('variant = "china"\n[trunk', 'selection = "random"\n[trunk'),
        f"{ISUP}.selection",
        ("cyclic",),
    ),
    "controls": (
        edit('variant = "china"\n[trunk', 'controls = "evens"\n[trunk'),
        f"{ISUP}.controls",
        ("did you mean 'even'",),
    ),
    "ISUP timer": (edit('T7 = "25s"', 'T77 = "25s"'), f"{ISUP}.timers.T77", ("Q.764",)),
    "ISUP timer's range": (
        edit('T7 = "25s"', 'T7 = "48h"'),
        f"{ISUP}.timers.T7",
        ("out of range",),
    ),
    "span of its own": (
        edit('signalling = "isup"', 'signalling = "isup"\nspan = "b0/1"'),
        "trunk[1].span",
        ("[[trunk.isup.circuits]]",),
    ),
    "PRI's table": (
        edit("[[trunk.isup.circuits]]", '[trunk.pri]\nside = "user"\n[[trunk.isup.circuits]]'),
        "trunk[1].pri",
        ('signalling = "pri"',),
    ),
    "no table": (
        GOOD + '[[trunk]]\nname = "x"\nsignalling = "isup"\n',
        "trunk[3]",
        ("[[trunk.isup.circuits]]",),
    ),
    "PRI on a link's timeslot": (
        GOOD
        + '[[trunk]]\nname = "x"\nspan = "b0/1"\nsignalling = "pri"\n[trunk.pri]\nside = "user"\n',
        "trunk[3].span",
        ("timeslot 16 of b0/1 (D-channel)", "link 'exchange/0'"),
    ),
    "port on a link": (
        edit("[[ss7]]", '[[board.sim.ports]]\nspan = 1\ntimeslot = 16\npath = "/tmp/p"\n[[ss7]]'),
        "board[1].sim.ports[1].timeslot",
        ("link of 'sp'", "other end"),
    ),
    "TUP label": (
        TUP.replace('variant = "china"', 'variant = "itu"', 1),
        "trunk[1].tup.variant",
        ("14 bits", "variant china"),
    ),
    "TUP timer": (
        TUP.replace('T6 = "5s"', 'T66 = "5s"'),
        "trunk[1].tup.timers.T66",
        ("did you mean 'T6'",),
    ),
    "TUP timer's range": (
        TUP.replace('T6 = "5s"', 'T6 = "5m"'),
        "trunk[1].tup.timers.T6",
        ('"4s" to "15s"',),
    ),
    "TUP variant": (
        TUP.replace('variant = "china"', 'variant = "cn"', 1),
        "trunk[1].tup.variant",
        ("china14",),
    ),
    "TUP charge": (
        TUP.replace('T6 = "5s"', 'T6 = "5s"').replace(
            'variant = "china"', 'variant = "china"\ncharge = "unqualified"', 1
        ),
        "trunk[1].tup.charge",
        ("ANU",),
    ),
    "PRI without span": (
        GOOD + '[[trunk]]\nname = "x"\nsignalling = "pri"\n[trunk.pri]\nside = "user"\n',
        "trunk[3].span",
        ("missing",),
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken(what: str, tmp_path: pathlib.Path) -> None:
    text, key, words = BROKEN[what]
    path = tmp_path / "trunkd.toml"
    path.write_text(text)
    config, findings = check(path)
    assert config is None
    errors = [f for f in findings if not f.warning]
    found = [f for f in errors if f.key == key]
    assert found, [str(f) for f in errors]
    message = str(found[0])
    assert message.startswith(f"{path}:")
    assert found[0].line > 0, message
    assert found[0].remedy
    for word in words:
        assert word in message, message


WARNED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "offset": (
        edit('timeslots = "1-15,17-31"', 'timeslots = "2-15,17-32"'.replace("32", "31,1")),
        f"{ISUP}.circuits[2].timeslots",
        ("CIC 33 is on timeslot 2", "say 1"),
    ),
    "other CICs at the far end": (
        edit('cics = "33-47,49-63"\nspan = "b0/4"', 'cics = "65-79,81-95"\nspan = "b0/4"'),
        "trunk[2].isup.circuits[2].cics",
        ("CIC 65 here and CIC 33",),
    ),
    "both even": (
        GOOD.replace('variant = "china"\n', 'controls = "even"\n'),
        "trunk[2].isup.controls",
        ('both ends (pstn, other) have "even"',),
    ),
    "against the rule": (
        edit('variant = "china"\n', 'controls = "even"\n'),
        f"{ISUP}.controls",
        ("lower one, which controls odd",),
    ),
    "networks differ": (
        edit("network_indicator = 2", "network_indicator = 3"),
        "ss7[2].network_indicator",
        ("has 2, this is 3",),
    ),
    "international with 24 bits": (
        GOOD.replace("network_indicator = 2", "network_indicator = 0").replace(
            '"national"', '"international"'
        ),
        f"{SP}.network_indicator",
        ("24-bit codes are national",),
    ),
    "labels differ": (
        GOOD.replace('variant = "china24"', 'variant = "ansi24"', 1),
        "ss7[2].variant",
        ("labels must be alike",),
    ),
    "SLCs crossed": (
        edit('slc = 1\nspan = "b0/2"', 'slc = 2\nspan = "b0/2"'),
        f"{SP}.linkset[1].link[2].slc",
        ("has SLC 1",),
    ),
    "somebody else is there": (
        edit('adjacent = "1-2-3"', 'adjacent = "1-2-5"').replace('dpc = "1-2-3"', 'dpc = "1-2-5"'),
        "ss7[2].linkset[1].adjacent",
        ("'sp' with 1-2-3",),
    ),
    "port without fill-ins": (
        GOOD.replace(
            "[[ss7]]", '[[board.sim.ports]]\nspan = 3\ntimeslot = 16\npath = "/tmp/p"\n[[ss7]]', 1
        ).split('[[ss7]]\nname = "far"')[0],
        "board[1].sim.ports[1].mtp2",
        ("link of 'sp' ends here", "mtp2 = true"),
    ),
    "timer beyond Q.764": (
        edit('T7 = "25s"', 'T7 = "45s"'),
        f"{ISUP}.timers.T7",
        ("not what Q.764 says", '"20s" to "30s"'),
    ),
}


@pytest.mark.parametrize("what", WARNED)
def test_warned(what: str) -> None:
    text, key, words = WARNED[what]
    reader = Reader("t", text)
    assert _check(reader) is not None, [str(f) for f in reader.findings]
    found = [f for f in reader.findings if f.key == key and f.warning]
    assert found, [str(f) for f in reader.findings]
    assert found[0].line > 0
    for word in words:
        assert any(word in str(f) for f in found), [str(f) for f in found]


def test_messages_differ(tmp_path: pathlib.Path) -> None:
    messages = []
    for text, key, _ in BROKEN.values():
        path = tmp_path / "trunkd.toml"
        path.write_text(text)
        _, findings = check(path)
        messages += [next(f"{f.text}: {f.remedy}" for f in findings if f.key == key)]
    assert len(set(messages)) >= len(messages) - 2


def test_numbers() -> None:
    assert parse_numbers("17, 1-3", "CIC", 31) == (17, 1, 2, 3)
    assert show_numbers((17, 1, 2, 3, 5)) == "1-3,5,17"
    assert show_numbers(()) == ""
