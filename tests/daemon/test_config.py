"""Configurations: what is read, and that every mistake is named with file, key and remedy."""

from __future__ import annotations

import os
import pathlib

import pytest

from trunkd.daemon.config import b_channels, parse_channels
from trunkd.daemon.config_check import check, load, loads
from trunkd.daemon.config_read import BadConfig, parse_duration, show_duration
from trunkd.daemon.config_show import as_toml

GOOD = """\
[daemon]
socket_mode = "0600"
drain = "1m30s"

[[board]]
name = "b0"
address = "sim://lab"
[board.sim]
spans = 2

[[trunk]]
name = "pstn"
span = "b0/1"
signalling = "pri"
[trunk.pri]
side = "user"
channels = "1-15,17-30"
hunt = "ascending"
[trunk.pri.timers]
T303 = "2s"
[trunk.pri.link]
k = 5

[[trunk]]
name = "exchange"
span = "b0/2"
signalling = "pri"
[trunk.pri]
side = "network"
"""


def test_good(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "good.toml"
    path.write_text(GOOD)
    config = load(path)
    assert config.daemon.drain == 90_000_000_000
    assert config.board[0].driver.spans == 2
    pri = config.trunk[0].pri
    assert pri is not None
    assert pri.timers == {"T303": 2_000_000_000}
    assert pri.link.k == 5
    assert b_channels(pri) == (*range(1, 16), *range(17, 31))
    assert config.trunk[1].pri is not None
    assert len(b_channels(config.trunk[1].pri)) == 30
    assert config.trunk[1].board == "b0"
    assert config.trunk[1].span_number == 2


def test_shown_configuration_is_read_again() -> None:
    first = as_toml(loads(GOOD))
    assert as_toml(loads(first)) == first
    assert 'drain = "90s"' in first


def edit(old: str, new: str) -> str:
    assert GOOD.count(old) >= 1, old
    return GOOD.replace(old, new, 1)


LONG = "/tmp/" + "x" * 110

BROKEN: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # what: (text, key, words of the message)
    "no TOML": (edit('name = "b0"', "name = b0"), "", ("line", "TOML")),
    "unfinished table": (edit("[[board]]", "[[board]"), "", ("TOML",)),
    "key twice": (edit("spans = 2", "spans = 2\nspans = 3"), "", ("TOML", "overwrite")),
    "table misspelt": (edit("[daemon]", "[deamon]"), "deamon", ("did you mean 'daemon'",)),
    "key misspelt": (edit("socket_mode", "socket_mod"), "daemon.socket_mod", ("'socket_mode'",)),
    "wrong type": (edit("spans = 2", 'spans = "two"'), "board[1].sim.spans", ("whole number",)),
    "no unit": (edit('"1m30s"', "90"), "daemon.drain", ("unit",)),
    "bad unit": (edit('"1m30s"', '"90 sec"'), "daemon.drain", ("'90 sec' is no time",)),
    "mode": (edit('"0600"', '"rw-"'), "daemon.socket_mode", ("octal",)),
    "world may write": (edit('"0600"', '"0666"'), "daemon.socket_mode", ("every user",)),
    "owner shut out": (edit('"0600"', '"0060"'), "daemon.socket_mode", ("owner",)),
    "no such group": (
        edit("[daemon]", '[daemon]\nsocket_group = "no-such-group"'),
        "daemon.socket_group",
        ("groupadd no-such-group",),
    ),
    "uid": (edit("[daemon]", "[daemon]\nallow_uids = [-1]"), "daemon.allow_uids", ("id -u",)),
    "relative path": (
        edit("[daemon]", '[daemon]\nruntime_dir = "run"'),
        "daemon.runtime_dir",
        ("absolute",),
    ),
    "socket path too long": (
        edit("[daemon]", f'[daemon]\nsocket = "{LONG}"'),
        "daemon.socket",
        ("107",),
    ),
    "records in no directory": (
        edit("[daemon]", '[daemon]\nrecords = "/no/such/dir/r.jsonl"'),
        "daemon.records",
        ("mkdir -p /no/such/dir",),
    ),
    "records sync": (
        edit("[daemon]", '[daemon]\nrecords_sync = "2h"'),
        "daemon.records_sync",
        ("10ms",),
    ),
    "metrics without port": (
        edit("[daemon]", '[daemon]\nmetrics = "127.0.0.1"'),
        "daemon.metrics",
        ("127.0.0.1:9618",),
    ),
    "metrics in public": (
        edit("[daemon]", '[daemon]\nmetrics = "0.0.0.0:9618"'),
        "daemon.metrics",
        ("metrics_public",),
    ),
    "metrics port": (
        edit("[daemon]", '[daemon]\nmetrics = "127.0.0.1:70000"'),
        "daemon.metrics",
        ("70000 does not exist",),
    ),
    "client queue": (
        edit("[daemon]", "[daemon]\nclient_queue = 3"),
        "daemon.client_queue",
        ("at least 16",),
    ),
    "one board table": (edit("[[board]]", "[board]"), "board", ("[[board]]",)),
    "no board name": (edit('name = "b0"\n', ""), "board[1].name", ("missing",)),
    "address": (edit('"sim://lab"', '"lab"'), "board[1].address", ("sim://lab",)),
    "no such driver": (
        edit('"sim://lab"', '"simm://lab"'),
        "board[1].address",
        ("drivers installed are", "sim"),
    ),
    "driver's key": (edit("spans = 2", "spanss = 2"), "board[1].sim.spanss", ("'spans'",)),
    "driver's range": (edit("spans = 2", "spans = 99"), "board[1].sim.spans", ("1 to 64",)),
    "cable to nowhere": (
        edit("spans = 2", "spans = 2\n[[board.sim.cables]]\nends = [1, 5]"),
        "board[1].sim.cables[1].ends",
        ("no span 5",),
    ),
    "other driver's table": (
        edit("[board.sim]", "[board.dahdi]"),
        "board[1].dahdi",
        ("[board.sim]",),
    ),
    "board twice": (
        GOOD + '[[board]]\nname = "b0"\naddress = "sim://two"\n',
        "board[2].name",
        ("two boards 'b0'",),
    ),
    "trunk twice": (edit('"exchange"', '"pstn"'), "trunk[2].name", ("two trunks 'pstn'",)),
    "trunk name": (edit('"exchange"', '"ex change"'), "trunk[2].name", ("'ex change'",)),
    "span form": (edit('"b0/1"', '"b0"'), "trunk[1].span", ("'b0'",)),
    "no such board": (edit('"b0/1"', '"b1/1"'), "trunk[1].span", ("boards are: b0",)),
    "no such span": (edit('"b0/1"', '"b0/3"'), "trunk[1].span", ("spans 1 to 2",)),
    "span twice": (edit('"b0/2"', '"b0/1"'), "trunk[2].span", ("belongs to trunk 'pstn'",)),
    "signalling": (edit('"pri"', '"isdn"'), "trunk[1].signalling", ("pri",)),
    "no side": (edit('side = "user"\n', ""), "trunk[1].pri.side", ("missing",)),
    "side": (edit('"user"', '"usr"'), "trunk[1].pri.side", ("did you mean 'user'",)),
    "no pri table": (
        GOOD.replace('[trunk.pri]\nside = "network"\n', ""),
        "trunk[2]",
        ("[trunk.pri]",),
    ),
    "D-channel 0": (
        edit('side = "user"', 'side = "user"\nd_channel = 0'),
        "trunk[1].pri.d_channel",
        ("at least 1",),
    ),
    "D-channel is a B-channel": (
        edit('"1-15,17-30"', '"1-30"'),
        "trunk[1].pri.channels",
        ("16 is the D-channel",),
    ),
    "channels": (edit('"1-15,17-30"', '"1 to 15"'), "trunk[1].pri.channels", ("'1 to 15'",)),
    "channels backwards": (
        edit('"1-15,17-30"', '"15-1"'),
        "trunk[1].pri.channels",
        ("backwards",),
    ),
    "channel twice": (
        edit('"1-15,17-30"', '"1-15,15"'),
        "trunk[1].pri.channels",
        ("15 is named twice",),
    ),
    "no such channel": (
        edit('"1-15,17-30"', '"1-15,17-32"'),
        "trunk[1].pri.channels",
        ("32 does not exist",),
    ),
    "hunt": (edit('"ascending"', '"upwards"'), "trunk[1].pri.hunt", ("descending",)),
    "no such timer": (
        edit('T303 = "2s"', 'T333 = "2s"'),
        "trunk[1].pri.timers.T333",
        ("did you mean",),
    ),
    "timer range": (
        edit('T303 = "2s"', 'T303 = "2h"'),
        "trunk[1].pri.timers.T303",
        ("out of range", 'to "1m"'),
    ),
    "other side's timer": (
        edit('T303 = "2s"', 'T306 = "20s"'),
        "trunk[1].pri.timers.T306",
        ("user side has no T306",),
    ),
    "window": (edit("k = 5", "k = 200"), "trunk[1].pri.link.k", ("1 to 127",)),
    "T203 shorter than T200": (
        edit("k = 5", 't200 = "5s"\nt203 = "2s"'),
        "trunk[1].pri",
        ("longer than T200",),
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


def test_messages_differ_and_are_at_least_thirty(tmp_path: pathlib.Path) -> None:
    messages = set()
    for text, key, _ in BROKEN.values():
        path = tmp_path / "trunkd.toml"
        path.write_text(text)
        _, findings = check(path)
        messages.add(next(f"{f.text}: {f.remedy}" for f in findings if f.key == key))
    assert len(messages) == len(BROKEN) >= 30


def test_all_mistakes_are_found_at_once() -> None:
    text = edit('"0600"', '"0666"').replace('"user"', '"usr"').replace("k = 5", "k = 0")
    text = text.replace('"b0/2"', '"b0/9"')
    with pytest.raises(BadConfig) as caught:
        loads(text)
    keys = {f.key for f in caught.value.findings}
    assert {"daemon.socket_mode", "trunk[1].pri.side", "trunk[2].span"} <= keys


def test_lines_are_those_of_the_keys() -> None:
    with pytest.raises(BadConfig) as caught:
        loads(edit("k = 5", "k = 500"))
    finding = caught.value.findings[0]
    assert GOOD.splitlines()[finding.line - 1] == "k = 5"


def test_file_that_cannot_be_read(tmp_path: pathlib.Path) -> None:
    _, missing = check(tmp_path / "none.toml")
    assert "there is no such file" in str(missing[0])
    _, folder = check(tmp_path)
    assert "this is a directory" in str(folder[0])
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'name = "caf\xe9"')
    _, coding = check(latin)
    assert "not UTF-8" in str(coding[0])
    empty = tmp_path / "empty.toml"
    empty.write_text("")
    _, nothing = check(empty)
    assert "there is no board" in str(nothing[0])


def test_port_below_1024_needs_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(BadConfig, match="needs root"):
        loads(edit("[daemon]", '[daemon]\nmetrics = "127.0.0.1:80"'))


def test_same_side_at_both_ends_of_a_cable_is_a_warning() -> None:
    text = edit("spans = 2", "spans = 2\n[[board.sim.cables]]\nends = [1, 2]")
    from trunkd.daemon.config_read import Reader

    reader = Reader("t", text.replace('"network"', '"user"'))
    from trunkd.daemon.config_check import _check

    assert _check(reader) is not None
    assert [f.warning for f in reader.findings] == [True]
    assert "both ends of the cable b0/1 - b0/2 are the user side" in str(reader.findings[0])


@pytest.mark.parametrize(
    ("text", "ns"),
    [("4s", 4 * 10**9), ("500ms", 5 * 10**8), ("1m30s", 90 * 10**9), ("2h", 7200 * 10**9)],
)
def test_durations(text: str, ns: int) -> None:
    assert parse_duration(text) == ns
    assert parse_duration(show_duration(ns)) == ns


def test_channels() -> None:
    assert parse_channels("17, 1-3") == (1, 2, 3, 17)
