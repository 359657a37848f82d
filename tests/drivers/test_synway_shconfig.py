"""ShConfig.ini: what it says, and what is wrong with it, with place and remedy."""

from __future__ import annotations

import pathlib

import pytest

from trunkd.drivers.synway import shconfig
from trunkd.drivers.synway.functions import FUNCTIONS
from trunkd.drivers.synway.shconfig import Channels

GOOD = """\
; written by the maker's tool
[SystemConfig]
TotalBoards=2
[AppChToBoardChTable]
TotalAppCh=68
AppCh[0]=0,0..59
AppCh[1]=1,0..7
[BoardId=0]
BoardModel=SHD-60A-CT/PCI
BoardSerialNumber=1001
[BoardId=1]
BoardModel=SHT-8B/PCI
BoardSerialNumber=1002
[PcmInfo]
TotalPcm=2
[ISDN]
TotalUserLinker=1
TotalNetLinker=1
"""


def read(text: str) -> shconfig.ShConfig:
    return shconfig.parse(text.replace("\n", "\r\n").encode(), "/etc/ShConfig.ini")


def test_what_it_says() -> None:
    config = read(GOOD)
    assert shconfig.faults(config) == []
    assert shconfig.channels(config) == [Channels(0, 0, 0, 60), Channels(60, 1, 0, 8)]
    assert shconfig.total_channels(config) == 68
    assert shconfig.total_links(config) == 2
    row = config.row("boardid=1", "BOARDMODEL")
    assert row is not None and (row.value, row.line) == ("SHT-8B/PCI", 12)


def test_links_by_the_models_where_nothing_says_how_many() -> None:
    assert shconfig.total_links(read(GOOD.replace("TotalPcm=2\n", ""))) == 2
    assert shconfig.total_links(read(GOOD.replace("SHD-60A", "SHT-16B"))) == 2


@pytest.mark.parametrize(
    ("old", "new", "place", "text"),
    [
        ("TotalBoards=2\n", "", ":2: [SystemConfig] TotalBoards", "missing"),
        ("TotalBoards=2", "TotalBoards=3", ":3: [SystemConfig] TotalBoards", "no [BoardId=2]"),
        ("AppCh[1]=1,0..7", "AppCh[1]=5,0..7", ":7: [AppChToBoardChTable] AppCh[1]", "no board 5"),
        ("0,0..59", "0;0..59", ":6: [AppChToBoardChTable] AppCh[0]", "no BOARD,FIRST..LAST"),
        ("0,0..59", "0,59..0", ":6: [AppChToBoardChTable] AppCh[0]", "no BOARD,FIRST..LAST"),
        ("1,0..7", "0,52..59", ":7: [AppChToBoardChTable] AppCh[1]", "is in AppCh[0] already"),
        ("AppCh=68", "AppCh=60", ":5: [AppChToBoardChTable] TotalAppCh", "AppCh[] has 68"),
        ("TotalAppCh=68\n", "", ":4: [AppChToBoardChTable] TotalAppCh", "missing"),
        ("BoardModel=SHT-8B/PCI\n", "", ":11: [BoardId=1] BoardModel", "missing"),
        ("1002", "1001", ":13: [BoardId=1] BoardSerialNumber", "that of board 0 too"),
        ("TotalPcm=2", "TotalPcm=0", ":15: [PcmInfo] TotalPcm", "have 2 E1 links"),
        ("NetLinker=1", "NetLinker=2", ":17: [ISDN] TotalUserLinker", "3 links, and there are 2"),
        ("TotalPcm=2\n", "TotalPcm=2\nnonsense\n", ":16:", "neither [section] nor key=value"),
        ("[PcmInfo]", "[AppChToBoardChTable]", "", ""),
    ],
)
def test_what_is_wrong_with_it(old: str, new: str, place: str, text: str) -> None:
    assert old in GOOD
    faults = shconfig.faults(read(GOOD.replace(old, new, 1)))
    if not text:
        assert faults == []  # a section may come twice
        return
    fault = next(f for f in faults if text in f.text)
    assert f"/etc/ShConfig.ini{place}" in fault.place
    assert fault.remedy


def test_nothing_in_it() -> None:
    (fault,) = shconfig.faults(read(""))
    assert fault.text == "is empty"


def test_whatever_is_in_it() -> None:
    for octets in (b"\x00\xff\xfe", b"[a", b"=", b"[]\n[x]\n[x]=", b"\xef\xbb\xbf[SystemConfig]"):
        config = shconfig.parse(octets)
        shconfig.faults(config)
        assert shconfig.total_channels(config) == 0


def test_the_page_says_of_every_function_what_verified_it() -> None:
    page = (pathlib.Path(__file__).parents[2] / "docs" / "synway.md").read_text()
    chapter = page[page.index("## What is verified by what") :]
    assert [f.name for f in FUNCTIONS if f.name not in chapter] == []
