"""``system.conf`` read, checked and taken over, without a kernel."""

from __future__ import annotations

import pathlib

import pytest
from click.testing import CliRunner

from trunkd.cli import main
from trunkd.daemon.config_check import loads
from trunkd.drivers.dahdi.check import (
    SpanPlace,
    check_file,
    check_kernel,
    places_of,
    places_there,
)
from trunkd.drivers.dahdi.import_conf import ranges, to_toml
from trunkd.drivers.dahdi.system_conf import SIGNALLINGS, parse
from trunkd.native.wrap_dahdi import FXO_PORT, FXS_PORT, ChannelInfo, SpanInfo

TWO_E1 = """\
# A comment; and one behind a line.
span=1,1,0,ccs,hdb3,crc4   # the carrier
span=2,0,0,cas,hdb3
bchan=1-15,17-31
dchan=16
cas=32-46:1001
cas=48-62:1001
alaw = 1-62
echocanceller=mg2,1-15,17-31
loadzone=uk
defaultzone=uk
"""


def test_a_file_as_data() -> None:
    conf = parse(TWO_E1)
    assert not conf.problems and not check_file(conf)
    assert [(s.number, s.timing, s.framing, s.kind) for s in conf.spans.values()] == [
        (1, 1, "ccs", "e1"),
        (2, 0, "cas", "e1"),
    ]
    assert len(conf.channels) == 61 and 47 not in conf.channels
    assert conf.channels[16].role == "dchan" and conf.channels[16].line == 5
    assert conf.channels[48].bits == "1001"
    assert conf.laws == dict.fromkeys(range(1, 63), "alaw")
    assert conf.cancellers[31] == ("mg2", 9)
    assert conf.country() == "gb"
    assert places_of(conf) == [SpanPlace(1, 1, 31, "e1"), SpanPlace(2, 32, 31, "e1")]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("nonsense", "line 12: 'nonsense' is no 'keyword=value': write it so"),
        ("bchn=3", "'bchn' is no keyword of dahdi_cfg"),
        ("span=3,1,0,ccs", "has not its five fields: write span=NUMBER,TIMING,LBO"),
        ("span=1,2,0,ccs,hdb3", "span 1 is configured on line 2 too: remove one"),
        ("span=3,3,0,esf,hdb3\nbchan=63-85\ndchan=86", "a T1's and line code hdb3 is not: give"),
        ("span=3,3,0,xyz,hdb3", "framing 'xyz' does not exist: give esf, d4, ccs or cas"),
        ("span=3,1,0,ccs,hdb3", "spans 1 and 3 are both timing source 1: give span 3 the next"),
        ("dynamic=loc,1:0,31,1", "would wait for itself"),
        ("dynamic=eth,eth0", "has not its four fields: write dynamic=DRIVER"),
        ("clear=5", "channel 5 is 'bchan' on line 4 and 'clear' here: leave it on one line"),
        ("clear=47", "channel 47 is timeslot 16 of span 2: leave it out: it carries CAS"),
        ("cas=47", "'cas=47' says no idle bits: write cas=47:1001"),
        ("clear=70-68", "the range 70-68 runs backwards: write 68-70"),
        ("clear=a", "'a' is no channel and no range: write them as in 1-15,17-31"),
        ("echocanceller=mg2,16", "channel 16 is 'dchan' and has echo canceller mg2: leave it out"),
    ],
)
def test_what_is_wrong_is_said_with_its_remedy(line: str, text: str) -> None:
    found = [str(p) for p in check_file(parse(TWO_E1 + line))]
    assert any(text in problem for problem in found), found


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("dchan=16\n", "", "span 1 has B-channels and no D-channel: write 'dchan=16'"),
        ("dchan=16", "dchan=1", "the D-channel of span 1 is timeslot 1"),
        ("span=1,1,", "span=1,0,", "no span is a timing source"),
        ("cas,hdb3", "ccs,hdb3", "span 2 has framing ccs and CAS channels: write span=2,0,0,cas"),
        ("defaultzone=uk", "fxoks=63", "analog ports and no tone zone: write loadzone=cn"),
        (
            "span=2,0,0,cas,hdb3\n",
            "dynamic=loc,1:0,5,0\n",
            "is in no span: the spans'",
        ),
    ],
)
def test_what_is_missing_is_said(before: str, after: str, text: str) -> None:
    conf = parse(TWO_E1.replace(before, after))
    places = [p for p in places_of(conf) if p.kind != "analog"]
    found = [str(p) for p in check_file(conf, places if "no span" in text else None)]
    assert any(text in problem for problem in found), found


def span_info(number: int, kind: str, channels: int, **more: int) -> SpanInfo:
    return SpanInfo(
        **{
            "number": number,
            "alarms": 0,
            "channels": channels,
            "configured": channels,
            "sync_source": 1,
            "line_config": 0,
            "can_signal": 0,
            "missed_interrupts": 0,
            "counts": {},
            "name": f"WCT/{number}",
            "description": "a board",
            "location": "",
            "manufacturer": "",
            "device": "",
            "type": kind,
            **more,
        }
    )


def channel_infos(span: int, first: int, n: int, can: int, signalling: int) -> list[ChannelInfo]:
    return [
        ChannelInfo(first + i, span, i + 1, signalling, can, 2, 0, 0, f"WCT/{span}/{i + 1}")
        for i in range(n)
    ]


def test_ports_that_are_swapped() -> None:
    """A port's hardware says which signalling it can."""
    conf = parse("fxoks=1\nfxsks=2\nfxsks=3\nfxoks=4\nloadzone=us\ndefaultzone=us\n")
    infos = [span_info(1, "FXS", 4)]
    channels = [
        *channel_infos(1, 1, 2, FXS_PORT | 32, FXS_PORT),
        *channel_infos(1, 3, 1, FXO_PORT | 4, 0),
        *channel_infos(1, 4, 1, 1 << 7, 0),
    ]
    said = [str(p) for p in check_kernel(conf, infos, channels)]
    assert len(said) == 3
    assert "channel 2 (WCT/1/2) is an FXS port, for a telephone: write fxoks=2" in said[0]
    assert "channel 3 is 'fxsks' here and not configured in the kernel" in said[1]
    assert "is no analog port: 'fxoks' is for analog boards" in said[2]


def test_spans_and_alarms_of_the_kernel() -> None:
    conf = parse(TWO_E1.replace("span=2,0,0,cas,hdb3\n", "span=5,0,0,cas,hdb3\n"))
    infos = [
        span_info(1, "E1", 31, alarms=8, missed_interrupts=7),
        span_info(2, "E1", 31, configured=0),
    ]
    channels = [*channel_infos(1, 1, 31, 128, 128), *channel_infos(2, 32, 31, 128, 128)]
    assert [p.range for p in places_there(infos, channels)] == [range(1, 32), range(32, 63)]
    said = "\n".join(str(p) for p in check_kernel(conf, infos, channels))
    for text in (
        "span 1 (WCT/1) is in alarm red: no signal or no framing comes in",
        "span 1 (WCT/1) has missed 7 interrupts",
        "span 2 (WCT/2 a board) has no line: write span=2,1,0,ccs,hdb3,crc4",
        "there is no span 5: the kernel has 2",
    ):
        assert text in said, said
    assert "DAHDI is loaded and has no spans" in str(check_kernel(conf, [], [])[0])


def test_every_keyword_of_channels_is_taken_over_or_said() -> None:
    for keyword in SIGNALLINGS:
        bits = ":1001" if keyword in ("cas", "user") else ""
        conf = parse(f"span=1,1,0,ccs,hdb3\n{keyword}=1-15,17-31{bits}\ndchan=16\nloadzone=cn\n")
        assert not conf.problems
        loads(to_toml(conf))


def test_a_configuration_is_made() -> None:
    text = to_toml(parse(TWO_E1 + "fxoks=63-66\nfxsks=67\nspan=3,2,0,esf,b8zs\n"))
    config = loads(text)
    assert config.media.country == "gb"
    assert [(t.name, t.signalling, t.span) for t in config.trunk][:2] == [
        ("pri1", "pri", "b0/1"),
        ("r2-2", "r2", "b0/2"),
    ]
    pri = config.trunk[0].pri
    assert pri is not None
    assert (pri.side, pri.d_channel, pri.channels) == ("user", 16, "1-15,17-31")
    assert {t.signalling: t.lines for t in config.trunk}["fxs"]["channels"] == "1-4"  # type: ignore[index]
    assert ranges([5, 1, 2, 3, 9]) == "1-3,5,9"


def test_links_and_e_and_m_are_explained() -> None:
    text = to_toml(parse("span=1,1,0,ccs,hdb3\nmtp2=16\nclear=1-15\ne&m=17-18\nloadzone=cn\n"))
    assert "# Timeslot 16 of span b0/1 is an SS7 link (mtp2)." in text
    assert "write 'cas=17-18:0000' there instead" in text
    assert not loads(text).trunk


def test_the_commands(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "system.conf"
    file.write_text(TWO_E1)
    run = CliRunner()
    good = run.invoke(main, ["dahdi", "check", "--file-only", str(file)])
    assert (good.exit_code, good.output) == (0, f"{file}: 61 channels, nothing wrong\n")
    file.write_text(TWO_E1 + "clear=5\n")
    bad = run.invoke(main, ["dahdi", "check", "--file-only", str(file)])
    assert bad.exit_code == 1 and f"{file}:12: wrong: channel 5 is 'bchan' on line 4" in bad.output
    as_json = run.invoke(main, ["dahdi", "check", "--file-only", "--json", str(file)])
    assert '"line":12' in as_json.output
    made = tmp_path / "trunkd.toml"
    done = run.invoke(main, ["dahdi", "import", "--file-only", "-o", str(made), str(file)])
    assert done.exit_code == 0, done.output
    loads(made.read_text())
    missing = run.invoke(main, ["dahdi", "check", str(tmp_path / "none")])
    assert missing.exit_code == 1 and "`dahdi_genconf` makes one" in missing.output
