"""[media] and [trunk.media]: what is read, and that every mistake is named with its remedy."""

from __future__ import annotations

import pathlib

import pytest

from trunkd.daemon.config_check import check, loads
from trunkd.daemon.config_read import BadConfig
from trunkd.daemon.config_show import as_dict, as_toml

GOOD = """\
[daemon]
media_dir = "{dir}"

[media]
country = "US"
cache_mb = 8
[[media.music]]
name = "one"
files = ["a.wav", "sub/b.wav"]
volume = -3
[[media.music]]
name = "two"
files = ["a.wav"]

[[board]]
name = "b0"
address = "sim://lab"
[board.sim]
spans = 2
soft_spans = 1

[[trunk]]
name = "pstn"
span = "b0/1"
signalling = "pri"
[trunk.pri]
side = "user"
channels = "1-10"
[trunk.media]
country = "De"
gain_received = 3
gain_sent = -2.5
agc = true
echo_ms = 64
prerecord = "10s"
music = "two"

[[trunk]]
name = "other"
span = "b0/1"
signalling = "pri"
[trunk.pri]
side = "network"
d_channel = 31
channels = "11-15"
[trunk.media]
echo_ms = 64
"""


@pytest.fixture
def good(tmp_path: pathlib.Path) -> str:
    (tmp_path / "sub").mkdir()
    for name in ("a.wav", "sub/b.wav"):
        (tmp_path / name).write_bytes(b"")
    return GOOD.format(dir=tmp_path)


def test_good(good: str) -> None:
    config = loads(good)
    media = config.media
    assert (media.country, media.cache_mb) == ("us", 8)
    assert [(m.name, m.files, m.volume) for m in media.music] == [
        ("one", ["a.wav", "sub/b.wav"], -3),
        ("two", ["a.wav"], 0),
    ]
    table = config.trunk[0].media
    assert (table.country, table.agc, table.echo_ms, table.music) == ("de", True, 64, "two")
    assert (table.gain_received, table.gain_sent) == (3, -2.5)
    assert table.prerecord == 10_000_000_000
    assert config.trunk[1].media.country == ""


def test_left_out() -> None:
    text = '[[board]]\nname = "b"\naddress = "sim://x"\n'
    config = loads(text)
    assert (config.media.country, config.media.cache_mb, config.media.music) == ("cn", 64, [])


def test_shown_configuration_is_read_again(good: str) -> None:
    first = as_toml(loads(good))
    assert as_toml(loads(first)) == first
    shown = as_dict(loads(good))
    assert shown["media"]["music"][0] == {
        "name": "one",
        "files": ["a.wav", "sub/b.wav"],
        "volume": -3.0,
    }
    assert shown["trunk"][1]["media"]["prerecord"] == "0s"


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ('"US"', '"zz"', "media.country", ("no tones are known of country 'zz'", "cn, ")),
        ('"US"', '"USA"', "media.country", ("USA",)),
        ('"US"', '""', "media.country", ("empty", '"cn"')),
        ("cache_mb = 8", "cache_mb = 0", "media.cache_mb", ("out of range", "at least 1")),
        ("cache_mb", "cash_mb", "media.cash_mb", ("did you mean 'cache_mb'",)),
        ('"one"', '"two"', "media.music[2].name", ("two sources", "media.music[1]")),
        ('["a.wav"]', "[]", "media.music[2].files", ("there is no file",)),
        ('["a.wav"]', '"a.wav"', "media.music[2].files", ("must be a list",)),
        ('["a.wav"]', '["../a.wav"]', "media.music[2].files[1]", ("not below", "media_dir")),
        ('["a.wav"]', '["a.exe"]', "media.music[2].files[1]", ("no voice file",)),
        ("volume = -3", "volume = 30", "media.music[1].volume", ("at most 20",)),
        ("volume = -3", 'volume = "x"', "media.music[1].volume", ("must be a number",)),
        ('"two"\nfiles', '"t w o"\nfiles', "media.music[2].name", ("t w o",)),
        ('"De"', '"xx"', "trunk[1].media.country", ("no tones are known of country 'xx'",)),
        (
            "gain_received = 3",
            "gain_received = 60",
            "trunk[1].media.gain_received",
            ("at most 40",),
        ),
        ("agc = true", "agc = 1", "trunk[1].media.agc", ("true or false",)),
        ("echo_ms = 64\nprere", "echo_ms = 65\nprere", "trunk[1].media.echo_ms", ("steps of 8",)),
        (
            "echo_ms = 64\nprere",
            "echo_ms = 32\nprere",
            "trunk[2].media.echo_ms",
            ("of 32 ms",),
        ),
        ('"10s"', '"61s"', "trunk[1].media.prerecord", ("out of range", '"0s" to "1m"')),
        ('"10s"', "10", "trunk[1].media.prerecord", ('"500ms"',)),
        ('music = "two"', 'music = "tow"', "trunk[1].media.music", ("no source", "one, two")),
    ],
)
def test_every_mistake_is_named(
    good: str, old: str, new: str, key: str, words: tuple[str, ...]
) -> None:
    assert old in good
    with pytest.raises(BadConfig) as caught:
        loads(good.replace(old, new, 1), "x.toml")
    found = {f.key: str(f) for f in caught.value.findings if not f.warning}
    assert list(found) == [key]
    assert all(word in found[key] for word in words), found
    assert found[key].startswith("x.toml:"), "with file and line"


def test_a_table_instead_of_tables(good: str) -> None:
    text = good.replace("[[media.music]]", "[media.music]", 1)
    text = text.replace('[[media.music]]\nname = "two"\nfiles = ["a.wav"]\n', "")
    with pytest.raises(BadConfig, match=r"write \[\[media\.music\]\], not \[media\.music\]"):
        loads(text)


def test_warnings(good: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.wav").unlink()
    file = tmp_path / "c.toml"
    file.write_text(good.replace("soft_spans = 1", "soft_spans = 0"))
    config, findings = check(file)
    assert config is not None
    assert {f.key for f in findings if f.warning} == {
        "media.music[1].files[1]",
        "media.music[2].files[1]",
        "board[1].sim.soft_spans",
    }
    assert "copy it there" in str(findings[0])
