"""What may be wrong with the interfaces of a PRI trunk (NFAS)."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from test_nfas import NFAS

from trunkd.daemon.config_check import _check, loads
from trunkd.daemon.config_read import BadConfig, Reader
from trunkd.daemon.config_show import as_toml


def edit(old: str, new: str) -> str:
    assert NFAS.count(old) == 1, old
    return NFAS.replace(old, new)


WRONG = {
    "backup without interfaces": (
        edit(
            'interfaces = [{span = "b0/1"}, {span = "b0/3", id = 7}, {span = "b0/2", id = 1}]', ""
        ),
        "trunk[1].pri.backup",
        ("[[trunk.pri.interfaces]]",),
    ),
    "backup elsewhere": (
        edit('backup = "b0/5"', 'backup = "b0/7"'),
        "trunk[2].pri.backup",
        ("b0/5, b0/6",),
    ),
    "backup is the primary": (
        edit('backup = "b0/5"', 'backup = "b0/4"'),
        "trunk[2].pri.backup",
        ("has the primary D-channel",),
    ),
    "variant without NFAS": (
        NFAS.replace("ni2", "5ess"),
        "trunk[1].pri.variant",
        ("no NFAS", '"ni2", "4ess", "dms100"'),
    ),
    "variant of an E1": (NFAS.replace("ni2", "etsi"), "trunk[1].pri.variant", ("no NFAS",)),
    "span twice": (
        edit('{span = "b0/3", id = 7}', '{span = "b0/1", id = 7}'),
        "trunk[1].pri.interfaces[2].span",
        ("interface 1 already",),
    ),
    "id twice": (edit("id = 7}", "id = 0}"), "trunk[1].pri.interfaces[2].id", ("b0/1 already",)),
    "id too high": (
        edit("id = 7}", "id = 32}"),
        "trunk[1].pri.interfaces[2].id",
        ("at most 31",),
    ),
    "another span first": (
        edit('span = "b0/4"\nsignalling', 'span = "b0/6"\nsignalling'),
        "trunk[2].span",
        ("b0/4, the first of the interfaces", "leave span out"),
    ),
    "channels beside interfaces": (
        edit('side = "user"', 'side = "user"\nchannels = "1-12"'),
        "trunk[1].pri.channels",
        ("[[trunk.pri.interfaces]]",),
    ),
    "D-channel elsewhere": (
        edit('side = "user"', 'side = "user"\nd_channel = 16'),
        "trunk[1].pri.d_channel",
        ("timeslot 24, not 16",),
    ),
    "D-channel among the channels": (
        edit("id = 1}", 'id = 1, channels = "1-24"}'),
        "trunk[1].pri.interfaces[3].channels",
        ("timeslot 24 is the D-channel",),
    ),
    "channels that do not exist": (
        edit("id = 7}", 'id = 7, channels = "1-25"}'),
        "trunk[1].pri.interfaces[2].channels",
        ("does not exist on a T1",),
    ),
    "no such span": (edit('"b0/3"', '"b0/9"'), "trunk[1].pri.interfaces[2].span", ("1 to 7",)),
    "an E1 among them": (
        edit('cable = "1-4,2-5,3-6"', 'cable = "1-4,2-5"\nspan = [{number = 3, kind = "e1"}]'),
        "trunk[1].pri.variant",
        ("span b0/3 is E1",),
    ),
    "taken by another trunk": (
        NFAS
        + '[[trunk]]\nname = "x"\nspan = "b0/6"\nsignalling = "pri"\n[trunk.pri]\nside = "user"\n'
        + 'variant = "ni2"\nchannels = "1"\n',
        "trunk[3].span",
        ("timeslot 24 of b0/6 (D-channel) already belongs to trunk 'exchange'",),
    ),
    "key": (edit("id = 7}", "number = 7}"), "trunk[1].pri.interfaces[2].number", ("known are",)),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_are_named_with_place_and_remedy(name: str) -> None:
    text, key, words = WRONG[name]
    with pytest.raises(BadConfig) as caught:
        loads(text)
    found = [f for f in caught.value.findings if f.key == key]
    assert found and found[0].line > 0, [str(f) for f in caught.value.findings]
    assert all(word in f"{found[0].text}: {found[0].remedy}" for word in words), str(found[0])


def test_ends_of_a_cable_that_do_not_fit() -> None:
    text = edit("id = 1}", "id = 2}").replace('backup = "b0/5"', 'backup = "b0/6"')
    cables = "cables = [{ends = [1, 4]}, {ends = [2, 5]}, {ends = [3, 6]}]"
    reader = Reader("<text>", text.replace('cable = "1-4,2-5,3-6"', cables))
    assert _check(reader) is not None
    warned = {f.key: f.text for f in reader.findings}
    assert "interface 2 at one end and 1 at the other" in warned["trunk[2].pri.interfaces[2].id"]
    assert "at one end only" in warned["trunk[2].pri.interfaces[2]"]
    assert "at one end only" in warned["trunk[2].pri.interfaces[3]"]


def test_the_span_may_be_left_out() -> None:
    trunk = loads(NFAS).trunk[0]
    assert trunk.span == "b0/1" and trunk.spans == ["b0/1", "b0/3", "b0/2"]
    assert loads(as_toml(loads(NFAS))).trunk == loads(NFAS).trunk
