"""What Synway's library alone may do wrong: ShConfig.ini, DWORD's size, its words at the start."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import synway_rig as lab
from sdk_makers import NODE, SYNWAY
from synway_rig import Bench

from trunkd.board.model import SpanKind
from trunkd.daemon.config_check import loads
from trunkd.daemon.node import Node
from trunkd.errors import ConfigError, DriverError


@pytest.fixture
def ini(tmp_path: pathlib.Path) -> str:
    path = tmp_path / "ShConfig.ini"
    path.write_text(lab.ANALOG_INI)
    return str(path)


def opened(**config: object) -> None:
    Bench(required=True, **config).board.close()


def test_dword_that_cannot_be_seen(tmp_path: pathlib.Path, ini: str) -> None:
    library = lab.bad_library(tmp_path / "quiet.so")
    with pytest.raises(DriverError, match=r"cannot be seen .*: set dword = 8"):
        opened(library=library, shconfig=ini)
    with Bench(library=library, shconfig=ini, dword="4", required=True) as bench:
        assert [span.kind for span in bench.board.spans] == [SpanKind.ANALOG]
        assert "SsmSetKB" in bench.board.missing
        calls = bench.board.span(1).timeslots[2].calls
        assert calls is not None
        with pytest.raises(DriverError, match="has no SsmBlockLocalCh: no blocking on this board"):
            calls.block(True)


# Libraries that cannot be used


def test_nowhere_to_be_found(ini: str) -> None:
    with pytest.raises(DriverError, match=r"no libshpa3\.so in the loader, /usr/lib, .*install"):
        opened(shconfig=ini)


def test_start_fails_with_its_code_and_words(tmp_path: pathlib.Path, ini: str) -> None:
    library = lab.bad_library(tmp_path / "a.so", "return -2")
    with pytest.raises(
        DriverError, match=r"SsmStartCti\(.*\) failed with -2: error 11 \(No board of this serial"
    ):
        opened(library=library, shconfig=ini)


def test_no_shconfig(tmp_path: pathlib.Path) -> None:
    library = lab.bad_library(tmp_path / "a.so")
    with pytest.raises(DriverError, match=r"no ShConfig\.ini beside .*: give its path as shconfig"):
        opened(library=library)


def test_a_channel_that_the_board_does_not_have(tmp_path: pathlib.Path, ini: str) -> None:
    library = lab.bad_library(tmp_path / "a.so")
    text = NODE + SYNWAY.cards({"library": library, "shconfig": ini, "dword": "4"})
    text += '[trunk.board]\nchannels = "1,9"\n'
    node = Node(loads(text.replace("{dir}", str(tmp_path))))
    with pytest.raises(ConfigError, match=r"channel 9 of x-cards/1 has no calls .*it has 1-2"):
        node.open()
