"""``trunkd boards``, as a technician types it; what it prints goes into a configuration as is."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Callable, Iterator
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "drivers"))

from discover_tree import Tree

from trunkd.daemon import methods as m
from trunkd.hil.e1d_thread import ServedLines

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def tree() -> Iterator[Tree]:
    """In a folder with a short name: a socket's path below it has 107 octets at most."""
    with tempfile.TemporaryDirectory(prefix="m", dir="/tmp") as folder:
        yield Tree(pathlib.Path(folder))


def trunkd(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "trunkd", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def fill(tree: Tree) -> None:
    """A machine with a card that works, one that does not, and a library that is none."""
    tree.dahdi()
    tree.modules("wctdm24xxp")
    tree.span(1, "T4XXP Card 0 Span 1", *["Clear"] * 31)
    tree.span(2, "T4XXP Card 0 Span 2", *["Clear"] * 31)
    tree.pci("0000:03:00.0", "d161:0410:0004:0000", driver="wct4xxp")
    tree.pci("0000:04:00.0", "d161:2400:0000:0000")
    tree.write("/usr/lib/libshpa3.so", "text")


def test_the_table_has_what_is_there_and_what_is_missing(tree: Tree) -> None:
    fill(tree)
    done = trunkd("boards", "--root", str(tree.root))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    quad, analog = (next(x for x in lines if name in x) for name in ("TE410P", "TDM2400P"))
    assert quad.split()[-3:] == ["dahdi", "yes", "dahdi://"]
    assert " no " in analog and "`modprobe wctdm24xxp`" in analog
    assert any("sim://lab?spans=2&cable=1-2" in line for line in lines)
    assert any("libshpa3.so" in line and "no shared library" in line for line in lines)


def test_a_narrow_terminal_shows_all_of_it(tree: Tree) -> None:
    fill(tree)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [sys.executable, "-m", "trunkd", "boards", "--root", str(tree.root)]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, stdin=theirs):
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # EIO: it has ended
            while True:
                shown += os.read(ours, 65536)
    os.close(ours)
    text = " ".join(shown.decode().split())
    assert "dahdi://?spans=2" in text and "/etc/dahdi/modules" in text
    assert all(len(line) <= 80 for line in re.sub(r"\x1b\[\d*m", "", shown.decode()).splitlines())


def test_json_has_the_same(tree: Tree) -> None:
    fill(tree)
    done = trunkd("boards", "--json", "--root", str(tree.root))
    rows = json.loads(done.stdout)
    ready = {row["address"] for row in rows if row["ready"] and row["address"]}
    assert ready >= {"dahdi://", "dahdi://?spans=1", "dahdi://?spans=2"}
    (analog,) = [row for row in rows if "TDM2400P" in row["what"]]
    assert analog["driver"] == "dahdi" and not analog["ready"] and not analog["address"]
    assert analog["missing"][0]["remedy"].startswith("`modprobe wctdm24xxp`")


def test_a_configuration_of_what_was_found_is_taken(tree: Tree, tmp_path: pathlib.Path) -> None:
    fill(tree)
    done = trunkd("boards", "--config", "--root", str(tree.root))
    file = tmp_path / "trunkd.toml"
    file.write_text(done.stdout)
    assert done.stdout.count("\n[[board]]\n") == 1 and 'address = "dahdi://"' in done.stdout
    assert "# Found, and not to be used yet:" in done.stdout and "TDM2400P" in done.stdout
    checked = trunkd("config", "check", str(file))
    assert checked.returncode == 0, checked.stderr
    assert "1 board(s), 0 trunk(s)" in checked.stdout


def test_every_address_is_taken_by_the_configuration(tree: Tree, tmp_path: pathlib.Path) -> None:
    fill(tree)
    done = trunkd("boards", "--json", "--root", str(tree.root))
    found = dict.fromkeys(row["address"] for row in json.loads(done.stdout) if row["address"])
    boards = [f'[[board]]\nname = "b{n}"\naddress = "{x}"\n' for n, x in enumerate(found)]
    file = tmp_path / "trunkd.toml"
    file.write_text("\n".join(boards))
    checked = trunkd("config", "check", str(file))
    assert checked.returncode == 0 and f"{len(boards)} board(s)" in checked.stdout, checked.stderr


def test_an_empty_machine_has_the_simulated_board(tree: Tree, tmp_path: pathlib.Path) -> None:
    done = trunkd("boards", "--config", "--root", str(tree.root))
    assert 'address = "sim://lab?spans=2&cable=1-2"' in done.stdout


def test_the_daemon_runs_the_configuration(
    tree: Tree, tmp_path: pathlib.Path, daemon_with: Any
) -> None:
    served = ServedLines()
    try:
        tree.write("/etc/trunkd/trunkd.toml", f'[[board]]\naddress = "e1d://{served.path}"')
        tree.link(served.path, served.path)
        done = trunkd("boards", "--config", "--root", str(tree.root))
        head = '[daemon]\nruntime_dir = "{dir}"\nmedia_dir = "{dir}/media"\nmetrics = ""\n'
        text = head + 'records = "off"\n' + done.stdout.replace("# [[trunk]]", "[[trunk]]")
        for key in ("name", "span", "signalling", "[trunk", "side"):
            text = text.replace(f"# {key}", key)
        daemon = daemon_with(text=text)
        status = daemon.client().call(m.Status())
        assert [span.name for span in status.spans] == ["e1d/1", "e1d/2"]
        assert [trunk.name for trunk in status.trunks] == ["e1d-1"]
        daemon.stop()
    finally:
        served.close()


def test_json_and_config_together_are_wrong_usage() -> None:
    assert trunkd("boards", "--json", "--config").returncode == 2
