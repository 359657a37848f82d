"""``[[smdi]]`` in the configuration: what is read, and what is wrong with the rest."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from smdi_rig import smdi_config

from trunkd.board.clock import SECOND
from trunkd.daemon.config_check import load, loads
from trunkd.daemon.config_read import BadConfig
from trunkd.daemon.config_show import as_toml
from trunkd.daemon.config_smdi import parse_stations, parse_terminals

ROOT = pathlib.Path(__file__).resolve().parents[2]
DESK = smdi_config("desk", "/dev/ttyS0")
EXCHANGE = smdi_config("exchange", "socket://pbx:4001")


def findings(text: str) -> list[str]:
    with pytest.raises(BadConfig) as caught:
        loads(text)
    return [f"{f.key}: {f.text}: {f.remedy}" for f in caught.value.findings if not f.warning]


def test_what_is_read() -> None:
    (desk,) = loads(DESK).smdi
    assert (desk.baud, desk.bits, desk.parity, desk.stop_bits) == (1200, 7, "even", 1)
    assert (desk.hold, desk.window) == (3 * SECOND, 30 * SECOND)
    assert parse_terminals(desk) == {(1, n): ("office", n + 4) for n in range(1, 5)}
    (exchange,) = loads(EXCHANGE).smdi
    assert parse_stations(exchange) == {"3504": ("phones", 4)}


def test_terminals_of_several_desks() -> None:
    rows = '"2/7" = "office/5"\n"3/1-2" = "trunk/office/6-7"'
    text = DESK.replace('"1-4" = "office/5-8"', rows)
    (desk,) = loads(text).smdi
    assert parse_terminals(desk) == {
        (2, 7): ("office", 5),
        (3, 1): ("office", 6),
        (3, 2): ("office", 7),
    }


def test_the_example_is_right_and_is_shown_as_it_is() -> None:
    config = load(ROOT / "examples" / "voicemail.toml")
    again = loads(as_toml(config))
    assert again.smdi == config.smdi and [link.role for link in again.smdi] == ["desk", "exchange"]


TERMINALS = '"1-4" = "office/5-8"'


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ('port = "/dev/ttyS0"', 'port = "ttyS0"', "smdi[1].port", "no path of a device"),
        ('port = "/dev/ttyS0"', 'port = "sock://a:1"', "smdi[1].port", "no address that pyserial"),
        (TERMINALS, '"x" = "office/5"', "smdi[1].terminals.x", "'x' is no terminal"),
        (TERMINALS, '"1" = "office"', "smdi[1].terminals.1", "'office' is no line"),
        (TERMINALS, '"1-4" = "office/5-6"', "smdi[1].terminals.1-4", "4 terminals and 2 lines"),
        (TERMINALS, '"4-1" = "office/5-8"', "smdi[1].terminals.4-1", "count upwards"),
        (TERMINALS, '"0" = "office/5"', "smdi[1].terminals.0", "count upwards"),
        (TERMINALS, '"1-2" = "office/5-6"\n"2" = "office/7"', "smdi[1].terminals.2", "named twice"),
        (TERMINALS, '"1" = "office/5"\n"2" = "office/5"', "smdi[1].terminals.2", "named twice"),
        (TERMINALS, '"1" = "nobody/5"', "smdi[1].terminals", "trunks are phones, office"),
        ('role = "desk"', 'role = "desk"\nkeep_digits = 4', "smdi[1].keep_digits", "exchange"),
        ('role = "desk"', 'role = "desk"\nbaud = 1201', "smdi[1].baud", "no usual speed"),
        ('role = "desk"', 'role = "desk"\nhold = "2m"', "smdi[1].hold", '"0s" to "1m"'),
        ('role = "desk"', 'role = "desk"\nsilence = "10ms"', "smdi[1].silence", "1s"),
        ('role = "desk"', 'role = "desk"\nkeepalive = "x"', "smdi[1].keepalive", "digits only"),
        ('role = "desk"', 'role = "desk"\nkeepalive = "0"\nsilence = "9s"', "smdi[1].silence",
         "longer than keepalive_every"),
        ('role = "desk"', 'role = "desk"\nraw_parity = true\nparity = "none"', "smdi[1].raw_parity",
         'set parity = "even"'),
        ('role = "desk"', 'role = "desk"\nwindw = "9s"', "smdi[1].windw", "did you mean 'window'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_remedy(old: str, new: str, key: str, words: str) -> None:
    assert old in DESK
    (found,) = findings(DESK.replace(old, new))
    assert found.startswith(f"{key}:") and words in found


def test_what_is_wrong_with_an_exchange() -> None:
    station = '"3504" = "phones/4"'
    for new, words in (
        ('"35x4" = "phones/4"', "no number"),
        ('"3504" = "phones/1-4"', "no line"),
        ('"3504" = "office/5"', "fxo: it has no telephones"),
        ('"3504" = "phones"', "no line"),
    ):
        (found,) = findings(EXCHANGE.replace(station, new))
        assert found.startswith("smdi[1].stations.") and words in found
    with_digits = EXCHANGE.replace('role = "exchange"', 'role = "exchange"\ndigits = [7]')
    assert "it has 4 digits" in findings(with_digits)[0]
    (found,) = findings(EXCHANGE.replace('role = "exchange"', 'role = "exchange"\npace = "1s"'))
    assert found.startswith('smdi[1].pace: only a link with role = "desk" has this')


def test_two_links_share_neither_port_nor_line() -> None:
    second = DESK[DESK.index("[[smdi]]") :].replace('"vm"', '"vm2"')
    found = findings(DESK + second)
    assert any("smdi[1] has this port" in f for f in found)
    assert sum("is a terminal of 'vm" in f for f in found) == 4
    assert any("two smdis 'vm'" in f for f in findings(DESK + second.replace('"vm2"', '"vm"')))


def test_channels_that_the_file_names_are_checked() -> None:
    named = DESK.replace("[trunk.fxo]", '[trunk.fxo]\nchannels = "5-6"')
    found = findings(named)
    assert [f.split(": ")[1] for f in found] == [
        "trunk 'office' has no channel 7",
        "trunk 'office' has no channel 8",
    ]


def test_a_link_without_lines_is_a_warning() -> None:
    from trunkd.daemon.config_read import Reader
    from trunkd.daemon.config_smdi import SmdiTable
    from trunkd.daemon.config_smdi_check import check_smdi

    reader = Reader("x", "")
    check_smdi(reader, [(0, SmdiTable(name="a", port="/dev/x", role="desk"))], [], set())
    (found,) = reader.findings
    assert found.warning and "[smdi.terminals]" in found.remedy
