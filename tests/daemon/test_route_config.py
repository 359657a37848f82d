"""Mistakes in tables of routing: each is named with its table, its key and what to write."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from route_rig import route_config

from trunkd.daemon.config_check import loads
from trunkd.daemon.config_read import BadConfig, Finding
from trunkd.daemon.config_show import as_toml
from trunkd.daemon.node import Node
from trunkd.errors import ConfigError

GROUPS = """
[[group]]
name = "one"
members = ["p1"]
[[group]]
name = "two"
members = ["p2/1-15,17", "p1/31"]
"""


def findings(routing: str, third: str = "") -> list[Finding]:
    """Errors and warnings."""
    from trunkd.daemon import config_check
    from trunkd.daemon.config_read import Reader

    reader = Reader("f", route_config(routing, third))
    config_check._check(reader)
    return reader.findings


def one(routing: str, third: str = "") -> tuple[str, str, bool]:
    """The only one: its key, what it says, and whether it is a warning."""
    (found,) = findings(routing, third)
    assert found.line > 0
    return found.key, f"{found.text}: {found.remedy}", found.warning


def test_good_tables() -> None:
    config = loads(route_config(GROUPS + '[[route]]\nname = "a"\nchoices = ["one", "two"]\n'))
    assert [g.name for g in config.routes.group] == ["one", "two"]
    again = loads(as_toml(config))
    assert again.routes == config.routes
    assert loads(route_config("")).routes.route == []


@pytest.mark.parametrize(
    ("rows", "key", "says"),
    [
        ('[[group]]\nname = "g"\nmembers = ["p3"]', "group[3].members[1]", "no trunk 'p3'"),
        ('[[group]]\nname = "g"\nmembers = ["p1/16"]', "group[3].members[1]", "no channel 16"),
        ('[[group]]\nname = "g"\nmembers = ["p1/x"]', "group[3].members[1]", "'x' is no channel"),
        ('[[group]]\nname = "g"\nmembers = ["p1", "p1/3"]', "group[3].members[2]", "twice"),
        ('[[group]]\nname = "g"\nmembers = []', "group[3].members", "has no trunk"),
        ('[[group]]\nname = "one"\nmembers = ["p1"]', "group[3].name", "two of the name 'one'"),
        (
            '[[group]]\nname = "g"\nmembers = ["p1/1-4"]\nreserve_incoming = 4',
            "group[3].reserve_incoming",
            "4 of 4 channels are reserved",
        ),
        ('[[group]]\nname = "g"\nmembers = ["p1"]\nhunt = "up"', "group[3].hunt", "no choice here"),
        ('[[route]]\nname = "a"\nchoices = ["tow"]', "route[1].choices[1]", "did you mean 'two'?"),
        ('[[route]]\nname = "a"', "route[1].choices", "leads nowhere"),
        (
            '[[route]]\nname = "a"\nchoices = ["one"]\noverflow = [34, 17]',
            "route[1].overflow",
            "cause 17 says that the user was reached",
        ),
        (
            '[[route]]\nname = "a"\nchoices = ["one"]\nnext = "b"',
            "route[1].next[1]",
            "[[route]] 'b'",
        ),
        ('[[route]]\nname = "a"\nchoices = ["one"]\nnext = "a"', "route[1].next", "back to itself"),
        (
            '[[route]]\nname = "a"\nchoices = ["one"]\npattern = ["1Y"]',
            "route[1].pattern",
            "'Y' is no digit",
        ),
        (
            '[[route]]\nname = "a"\nchoices = ["one"]\nregex = "(1"',
            "route[1].regex",
            "a ( has no )",
        ),
        (
            '[[route]]\nname = "a"\nchoices = ["one"]\ncalling = ["x"]',
            "route[1].calling[1]",
            "'x' is no digit",
        ),
        (
            '[[route]]\nname = "a"\nchoices = ["one"]\npattern = ["123"]\nmax = 2',
            "route[1].pattern",
            "no number can ever match pattern 123",
        ),
        (
            '[[route]]\nname = "a"\nchoices = ["one"]\nmin = 5\nmax = 2',
            "route[1].min",
            "5 digits at least and 2 at the most",
        ),
        (
            '[[route]]\nname = "a"\nchoices = ["one"]\ntimes = ["day"]',
            "route[1].times[1]",
            "no [[times]] 'day'",
        ),
        ('[[number]]\non = "out"', "number[1].on", "no choice here"),
        ('[[number]]\non = "incoming"\ngroups = ["x"]', "number[1].groups[1]", "[[group]] 'x'"),
        ('[[dnis]]\nprefix = ["1"]\nanswer = true', "dnis[1].answer", "no key 'answer'"),
        ('[[emergency]]\nprefix = ["110"]', "emergency[1].choices", "leads nowhere"),
        ('[[times]]\nname = "a"\nunless = ["a"]', "times[1].unless", "back to itself"),
        ('[[times]]\nname = "a"\nbegin = "8:00"', "times[1].begin", "is wrong"),
        ("[routing]\ndigit_time = 4", "routing.digit_time", "its unit"),
        (
            '[[emergency]]\npattern = ["11X"]\nchoices = ["one"]\n[[barred]]\npattern = ["110"]',
            "barred[1].pattern",
            "all that this row bars are emergency numbers",
        ),
    ],
)
def test_mistakes(rows: str, key: str, says: str) -> None:
    found, text, warning = one(GROUPS + rows + "\n")
    assert (found, warning) == (key, False)
    assert says in text
    with pytest.raises(BadConfig):
        loads(route_config(GROUPS + rows))


ROUTE = '[[route]]\nname = "{name}"\nchoices = ["one"]\n{keys}\n'


def route(name: str, keys: str) -> str:
    return ROUTE.format(name=name, keys=keys)


@pytest.mark.parametrize(
    ("rows", "key", "says"),
    [
        (route("a", "") + route("b", ""), "route[2].name", "'a' match all of it"),
        (
            route("a", 'pattern = ["1X"]') + route("b", 'regex = "1[0-9]"'),
            "route[2].regex",
            "no number ever gets here",
        ),
        (
            route("a", 'prefix = ["10", "11"]')
            + route("c", 'pattern = ["12!", "1[3-9]!", "1"]')
            + route("b", 'prefix = ["1"]\nmax = 6')
            + route("d", 'regex = "1[*#A-D].*"'),
            "route[3].prefix",
            "'a', 'c', 'd' match all of it",
        ),
        (
            '[[number]]\non = "outgoing"\n[[number]]\non = "outgoing"\ngroups = ["one"]\nstrip = 1',
            "number[2].name",
            "number[1] before it takes all of them",
        ),
        (
            '[[dnis]]\npattern = ["8"]\n[[dnis]]\npattern = ["8"]\napplication = "x"',
            "dnis[2].pattern",
            "no number ever gets here",
        ),
        (
            '[[emergency]]\npattern = ["110"]\nchoices = ["one"]\n[[barred]]\nprefix = ["1"]',
            "barred[1].prefix",
            "emergency number 110 is among them",
        ),
        (
            '[[group]]\nname = "g"\nmembers = ["p1"]\nwait = "1s"',
            "group[3].wait",
            "no call ever waits",
        ),
    ],
)
def test_warnings(rows: str, key: str, says: str) -> None:
    found, text, warning = one(GROUPS + rows + "\n")
    assert (found, warning) == (key, True)
    assert says in text
    loads(route_config(GROUPS + rows))


@pytest.mark.parametrize(
    "rows",
    [
        # A condition, a longer match, another side, `more`: all of them leave something.
        route("a", 'calling = ["1X"]') + route("b", ""),
        route("a", "") + route("b", 'prefix = ["1"]'),
        route("a", 'pattern = ["1[0-8]"]') + route("b", 'regex = "1[0-9]"'),
        '[[number]]\non = "outgoing"\nmore = true\n[[number]]\non = "outgoing"\n',
        '[[number]]\non = "outgoing"\n[[number]]\non = "incoming"\n',
        '[[number]]\non = "outgoing"\ngroups = ["two"]\n[[number]]\non = "outgoing"\n',
        '[[number]]\non = "outgoing"\ntype = "national"\n[[number]]\non = "outgoing"\n',
        '[[dnis]]\ngroups = ["one"]\n[[dnis]]\n',
        '[[emergency]]\npattern = ["110"]\nchoices = ["one"]\n[[barred]]\npattern = ["111"]',
    ],
)
def test_what_only_looks_so(rows: str) -> None:
    assert findings(GROUPS + rows + "\n") == []


def test_loops_over_three() -> None:
    rows = "".join(
        f'[[route]]\nname = "{a}"\nchoices = ["one"]\nprefix = ["{n}"]\nnext = "{b}"\n'
        for n, (a, b) in enumerate(("ab", "bc", "ca"))
    )
    assert [f.key for f in findings(GROUPS + rows)] == [f"route[{n}].next" for n in (1, 2, 3)]


def test_circuits_are_members() -> None:
    rows = '[[group]]\nname = "g"\nmembers = ["s1/1-15,40"]\n'
    assert one(rows, third="isup")[:2] == (
        "group[1].members[1]",
        "trunk 's1' has no channel 40: it has 1 to 31",
    )


def test_channels_that_only_the_board_knows() -> None:
    """Of lines without `channels` the file says nothing: the daemon's start does."""
    text = """
[[board]]
name = "b0"
address = "sim://r2"
[board.sim]
spans = 1
cas = true
[[trunk]]
name = "r2"
span = "b0/1"
signalling = "r2"
[[group]]
name = "g"
members = ["r2/16"]
"""
    node = Node(loads(text))
    with pytest.raises(ConfigError, match="group 'g': trunk 'r2' has no channel 16"):
        node.open()
    assert not node.boards
