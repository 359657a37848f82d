"""Roles by user and group, which method wants which, and events by filter."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkd.daemon import events as ev
from trunkd.daemon import roles, wire
from trunkd.daemon.config_check import loads
from trunkd.daemon.config_read import BadConfig
from trunkd.daemon.config_session import RoleTable
from trunkd.daemon.config_show import as_toml
from trunkd.daemon.journal import Cursor, Entry, Filter, Journal
from trunkd.daemon.methods import METHODS

NONE: frozenset[str] = frozenset()


class Who:
    def __init__(self, uid: int, *gids: int) -> None:
        self.uid, self.gids = uid, set(gids)


def test_without_rows_everybody_may_do_everything() -> None:
    found = roles.Roles([]).of(Who(4711))
    assert found == roles.EVERYTHING
    assert all(roles.permits(found.name, name) for name in METHODS)


def test_highest_row_counts() -> None:
    rows = [
        RoleTable(name="observe", uids=(5000,), priority=9),
        RoleTable(name="operate", gids=(77,), priority=2),
        RoleTable(name="administer", users=("daemon",)),
    ]
    made = roles.Roles(rows)
    assert made.of(Who(5000)) == roles.Role("observe", 9)
    assert made.of(Who(5000, 1, 77)) == roles.Role("operate", 2)
    assert made.of(Who(6000)) == roles.NOTHING
    assert made.of(Who(1)).name == "administer"
    assert made.of(Who(0)) == made.of(Who(os.geteuid())) == roles.EVERYTHING
    assert made.named("operate").priority == 2


def test_every_method_wants_a_role_that_there_is() -> None:
    assert set(roles.WANTED) == set(METHODS)
    assert {m for m, role in roles.WANTED.items() if not role} == {"hello"}
    assert set(METHODS) >= roles.OBSERVE | roles.ADMINISTER
    assert not roles.OBSERVE & roles.ADMINISTER
    assert not [n for n in ("makeCall", "clearConnection", "recordMessage", "shutdown")
                if roles.permits("observe", n)]  # fmt: skip
    assert roles.permits("operate", "makeCall") and not roles.permits("operate", "shutdown")
    assert roles.permits("", "hello") and not roles.permits("", "calls")


CONFIG = """\
[[board]]
name = "b0"
address = "sim://lab"
[sessions]
unclaimed = "30s"
unclaimed_treatment = "sorry"
[[role]]
name = "operate"
users = ["daemon"]
groups = ["daemon"]
[[treatment]]
name = "sorry"
seconds = 5.0
[[listen]]
address = "tcp://127.0.0.1:9620"
token_file = "/etc/trunkd/token"
"""


def test_tables_are_read_and_shown() -> None:
    config = loads(CONFIG)
    assert config.access.sessions.unclaimed == 30_000_000_000
    shown = as_toml(config)
    again = loads(shown)
    assert again.access == config.access and as_toml(again) == shown


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('users = ["daemon"]', 'users = ["no-such-user"]', "no-such-user"),
        ('groups = ["daemon"]', 'gids = [-1]', "-1"),
        ('name = "operate"', 'name = "operator"', "choose of observe, operate, administer"),
        ('unclaimed_treatment = "sorry"', 'unclaimed_treatment = "sory"', "sorry"),
        ('unclaimed = "30s"', 'unclaimed = "2h"', "out of range"),
        ('unclaimed = "30s"', 'audit_log = "a.jsonl"', "not absolute"),
        ('unclaimed = "30s"', 'audit_log = "/no/such/a.jsonl"', "mkdir"),
        ("seconds = 5.0", 'music = "none"', "no music 'none'"),
        ("seconds = 5.0", 'music = "a"\nmessage = "b"', "choose one"),
        ("seconds = 5.0", '[[treatment]]\nname = "sorry"', "there are two"),
        ("[[role]]", "[role]", "[[role]]"),
    ],
)  # fmt: skip
def test_mistakes_are_named(old: str, new: str, words: str) -> None:
    assert CONFIG.count(old) == 1
    with pytest.raises(BadConfig) as caught:
        loads(CONFIG.replace(old, new))
    assert words in str(caught.value)


# Filters


def entry(event: ev.Event, trunk: str) -> Entry:
    line = wire.notification_line("event", event) + b"\n"
    return Entry(line, type(event).__name__, trunk)


CALLS = st.integers(1, 3)
OWNERS = st.sampled_from(["", "a", "b"])
TRUNKS = st.sampled_from(["pstn", "pbx"])


@st.composite
def told(draw: st.DrawFn) -> tuple[ev.Event, str]:
    trunk, channel, owner = draw(TRUNKS), draw(st.integers(1, 2)), draw(OWNERS)
    device = f"trunk/{trunk}/{channel}"
    kind = draw(st.sampled_from(["call", "owner", "channel", "daemon"]))
    if kind == "call":
        return ev.Failed(1, 2, draw(CALLS), device, "busy", 17, owner=owner), trunk
    if kind == "owner":
        rest = (draw(CALLS), device, draw(OWNERS), "released")
        return ev.OwnerChanged(1, 2, *rest, owner=owner), trunk
    if kind == "channel":
        return ev.ChannelChanged(1, 2, trunk, channel, "idle"), trunk
    return ev.Draining(1, 2, 3), ""


@given(
    what=told(),
    calls=st.frozensets(CALLS),
    owners=st.frozensets(OWNERS),
    devices=st.frozensets(st.sampled_from(["trunk/pstn", "trunk/pbx/1"])),
    trunks=st.frozensets(TRUNKS),
)
def test_filters_pass_what_they_say(
    what: tuple[ev.Event, str],
    calls: frozenset[int],
    owners: frozenset[str],
    devices: frozenset[str],
    trunks: frozenset[str],
) -> None:
    event, trunk = what
    journal = Journal(4)
    journal.append(entry(event, trunk))
    cursor = Cursor(journal, 0, Filter(NONE, trunks, calls, owners, devices))
    passes = cursor.take(1 << 16)[0] == entry(event, trunk).line
    if not trunk:
        assert passes
        return
    at = {f"trunk/{trunk}"} | {getattr(event, "device", "")}
    if isinstance(event, ev.ChannelChanged):
        at.add(f"trunk/{trunk}/{event.channel}")
        expected = not calls and not owners
    else:
        assert isinstance(event, ev.CallEvent)
        mine = {event.owner, getattr(event, "previous", "") or event.owner}
        expected = (not calls or event.call_id in calls) and (not owners or bool(mine & owners))
    expected = expected and (not devices or bool(at & devices))
    assert passes == (expected and (not trunks or trunk in trunks))
