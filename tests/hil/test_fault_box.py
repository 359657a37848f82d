"""Faults by name, over a relay board at a pty; the pytest plug-in as a test bench uses it."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator

import msgspec
import pytest

from trunkd.errors import ConfigError, LocalError
from trunkd.hil.fault_box import FaultBox
from trunkd.hil.relay_box import RelayBox
from trunkd.hil.relay_box_config import BenchFile, find_box, load_bench

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from serial_bench import Numato, PtyEnd

BENCH = """
[box.lab]
port = "PORT"
family = "numato"

[box.lab.relay]
through = {{ relay = 0, safe = "closed" }}
short = 1
swap-a = 2
swap-b = 3
loop = 4

[box.lab.fault.cut]
kind = "cut"
on = "span 1"
open = ["through"]

[box.lab.fault.short]
kind = "short"
close = ["short"]

[box.lab.fault.swap]
kind = "swap"
close = ["swap-a", "swap-b"]

[box.lab.fault.loopback]
kind = "loopback"
open = ["through"]
close = ["loop"]

[box.lab.fault.hum]
close = ["through", "loop"]
""".replace("{{", "{").replace("}}", "}")


class Lab:
    def __init__(self, folder: pathlib.Path) -> None:
        self.board = Numato(8)
        self.end = PtyEnd(self.board)
        self.path = folder / "bench.toml"
        self.path.write_text(BENCH.replace("PORT", self.end.port))

    def closed(self) -> list[int]:
        return [i for i, closed in enumerate(self.board.relays) if closed]


@pytest.fixture
def lab(tmp_path: pathlib.Path) -> Iterator[Lab]:
    made = Lab(tmp_path)
    yield made
    made.end.close()


def test_faults_come_and_go(lab: Lab) -> None:
    with RelayBox.named("lab", str(lab.path)) as box:
        box.to_safe()
        assert lab.closed() == [0], "the safe state passes the line through"
        faults = FaultBox(box)
        assert faults.active() == []
        faults.apply("cut")
        assert lab.closed() == []
        assert faults.active() == ["cut"]
        faults.apply("swap", "short")
        assert lab.closed() == [1, 2, 3]
        assert faults.active() == ["cut", "short", "swap"]
        faults.clear("swap")
        assert lab.closed() == [1]
        faults.clear()
        assert lab.closed() == [0]
        assert faults.active() == []


def test_another_program_sees_the_same_faults(lab: Lab) -> None:
    box = RelayBox.named("lab", str(lab.path))
    box.connect()
    FaultBox(box).apply("loopback")
    box.disconnect()
    assert lab.closed() == [4], "they stay when nobody asks for the safe state"
    with RelayBox.named("lab", str(lab.path)) as again:
        faults = FaultBox(again)
        assert faults.active() == ["cut", "loopback"]
        faults.clear("loopback")
        assert lab.closed() == [], "the cut is still wanted"
    assert lab.closed() == [0]


def test_faults_that_exclude_each_other(lab: Lab) -> None:
    with RelayBox.named("lab", str(lab.path)) as box:
        faults = FaultBox(box)
        faults.apply("cut")
        with pytest.raises(LocalError, match="'cut' and 'hum' cannot be on together: both need"):
            faults.apply("hum")
        with pytest.raises(LocalError, match="no fault 'nosuch'; it has cut, short"):
            faults.apply("nosuch")


def test_wrong_files_name_key_and_remedy(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "bench.toml"
    for text, said in (
        ("[box.a]\nport='x'", "family"),
        ("[box.a]\nport='x'\nfamily='numato'\ncolour=1", "colour"),
        ("[box.a]\nport='x'\nfamily='numato'\n[box.a.fault.f]\nkind='cut'", "say which relays"),
        (
            "[box.a]\nport='x'\nfamily='numato'\n[box.a.fault.f]\nclose=['r']",
            "box.a.fault.f: no relay 'r'; there are 0, 1",
        ),
        (
            "[box.a]\nport='x'\nfamily='numato'\n[box.a.fault.f]\nclose=['1']\nopen=['1']",
            "cannot be open and closed",
        ),
    ):
        path.write_text(text)
        with pytest.raises(ConfigError) as caught:
            load_bench(str(path))
        assert str(caught.value).startswith(str(path))
        assert said in str(caught.value)
    with pytest.raises(ConfigError, match="FAMILY@PORT"):
        load_bench(str(tmp_path / "nosuch.toml"))
    path.write_text("[box.a]\nport='x'\nfamily='numato'")
    with pytest.raises(ConfigError, match="no box 'b'; the bench has a"):
        find_box("b", str(path))
    assert find_box("numato@/dev/x").port == "/dev/x"
    assert msgspec.toml.decode(path.read_text(), type=BenchFile).box["a"].port == "x"


CONFTEST = 'pytest_plugins = ["trunkd.hil.relay_box_pytest"]\n'
TEST = """
def test_cut(fault_box):
    fault_box.apply("cut")
    assert fault_box.active() == ["cut"]

def test_cleared(fault_box):
    assert fault_box.active() == []
    fault_box.apply("short")
    raise RuntimeError
"""


def test_plug_in_puts_relays_back_after_each_test(lab: Lab, tmp_path: pathlib.Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_at_bench.py").write_text(TEST)

    def run(*arguments: str) -> str:
        environment = {**os.environ, "PYTEST_ADDOPTS": ""}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=180, check=False,
        ).stdout  # fmt: skip

    told = run("--bench", str(lab.path), "--box", "lab")
    assert "1 failed, 1 passed" in told
    assert "RuntimeError" in told
    assert lab.closed() == [0]
    assert "give --box NAME" in run()
    assert "no such device" in run("--box", "numato@/dev/ttyNOWHERE")
