"""``trunkd craft`` and ``trunkd bench`` as a technician sees them; docs/serial.md is run."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import pty
import re
import select
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "hil"))
from craft_pbx import PASSWORD, TRUNKS, Pbx
from serial_bench import Numato, PtyEnd, Scpi, SocketEnd

from trunkd.board.serial_errors import SerialError
from trunkd.hil.craft import find_rate
from trunkd.hil.serial_line import SerialLine

PATIENCE_S = 120.0
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "serial.md").read_text()
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
BENCH_TOML, CRAFT_TOML = (text for name, text in FENCE.findall(PAGE) if name == "ini")
(ONE_LINERS,) = (text for name, text in FENCE.findall(PAGE) if name == "bash")
SHELL = "".join(text for name, text in FENCE.findall(PAGE) if name == "sh")


def trunkd(
    *arguments: str, typed: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "trunkd", *arguments],
        input=typed, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip


@contextlib.contextmanager
def console(**options: Any) -> Iterator[tuple[Pbx, PtyEnd]]:
    pbx = Pbx(**{k: v for k, v in options.items() if k != "baud"})
    end = PtyEnd(pbx, baud=options.get("baud"))
    try:
        yield pbx, end
    finally:
        end.close()


@pytest.fixture
def board() -> Iterator[tuple[Numato, PtyEnd]]:
    made = Numato(8)
    end = PtyEnd(made)
    yield made, end
    end.close()


# Scripts


def test_the_script_of_the_docs(tmp_path: pathlib.Path) -> None:
    path, log = tmp_path / "trunks.toml", tmp_path / "pbx.log"
    path.write_text(CRAFT_TOML)
    with console() as (pbx, end):
        ran = trunkd(
            "craft", end.port, "--script", str(path), "--set", "trunk=3", "--json",
            "--log", str(log), "--timestamps", PBX_PASSWORD=PASSWORD,
        )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["ok"] is True
    assert told["line"] == "9600 8N1"
    assert told["captured"] == {"slips": "7"}
    assert told["tables"]["trunks"] == [{"trunk": str(n), "state": s} for n, s in TRUNKS]
    assert pbx.commands == ["LIST TRUNKS", "SHOW TRUNK 3"]
    written = log.read_text()
    assert re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} > \*\*\*$", written, re.M)
    assert "> SHOW TRUNK 3" in written
    assert PASSWORD not in written + ran.stdout + ran.stderr


def test_one_liners_of_the_docs() -> None:
    with console(login=False) as (pbx, end):
        told = []
        for words in map(shlex.split, ONE_LINERS.replace("/dev/ttyUSB0", end.port).splitlines()):
            ran = trunkd(*words[1:])
            assert ran.returncode == 0, ran.stderr
            told.append(ran.stdout)
    assert told[0] == "slips: 7\n"
    assert any(entry["text"].strip() == "12  down" for entry in json.loads(told[1])["transcript"])
    assert pbx.commands == ["SHOW TRUNK 3", "LIST TRUNKS"]


def test_script_from_standard_input_and_text_for_people() -> None:
    with console(login=False) as (_, end):
        text = '[[step]]\nline = "SHOW TRUNK 5"\nexpect = "PBX> $"\n'
        ran = trunkd("craft", end.port, "--script", "-", typed=text)
    assert ran.returncode == 0, ran.stderr
    assert "trunk 5 slips 7\n" in ran.stdout


def test_what_does_not_come_is_exit_1_and_says_what_came() -> None:
    with console(login=False) as (_, end):
        ran = trunkd(
            "craft", end.port, "--send", "HELP", "--expect", "never", "--timeout", "0.5", "--json"
        )
        assert ran.returncode == 1
        told = json.loads(ran.stdout)
        assert told["ok"] is False
        assert told["why"].startswith("step 1 (HELP): 'never' did not come within 0.5 s; came:")
        ran = trunkd("craft", end.port, "--send", "X", "--expect", "never", "--timeout", "0.2")
    assert ran.returncode == 1
    assert "trunkd: step 1 (X): 'never' did not come" in ran.stderr


def test_wrong_password_is_exit_1() -> None:
    with console() as (pbx, end):
        ran = trunkd(
            "craft", end.port, "--script", "-", "--set", "trunk=3",
            typed=CRAFT_TOML, PBX_PASSWORD="wrong",
        )  # fmt: skip
    assert ran.returncode == 1
    assert "the far end said: Login incorrect" in ran.stderr
    assert pbx.commands == []


@pytest.mark.parametrize(
    ("arguments", "typed", "text"),
    [
        ((), "", "no terminal here: give --script"),
        (("--script", "-"), "[[step]]\nexpect = '('\n", "standard input: step 1: expect: '('"),
        (("--script", "-"), "", "the script has no [[step]]"),
        (("--script", "/nowhere/x.toml"), "", "/nowhere/x.toml"),
        (("--script", "-", "--send", "x"), "", "give --script, or"),
        (("--send", "${x}"), "", "give --set x=VALUE"),
        (("--send", "a", "--set", "x"), "", "write NAME=VALUE"),
        (("--script", "-"), "[[step]]\nsecret = { env = 'NOT_SET_HERE' }\n", "export it first"),
        (("--parity", "strange"), "", "'strange' is not one of"),
    ],
)
def test_wrong_use_is_exit_2(arguments: tuple[str, ...], typed: str, text: str) -> None:
    ran = trunkd("craft", "/dev/ttyNOWHERE", *arguments, typed=typed)
    assert ran.returncode == 2
    assert text in ran.stderr
    assert "Traceback" not in ran.stderr


def test_files_that_are_no_text_and_a_full_disk_are_said(tmp_path: pathlib.Path) -> None:
    other = tmp_path / "latin1"
    other.write_bytes(b"[box.l\xe4b]\n")
    script = f"[[step]]\nexpect = 'x'\nsecret = {{ file = '{other}' }}\n"
    for code, words, typed, text in (
        (2, ("craft", "loop://", "--script", str(other)), "", f"{other}: is no text in UTF-8"),
        (2, ("craft", "loop://", "--script", "-"), script, f"secret: {other} is no text"),
        (1, ("bench", "boxes", "--file", str(other)), "", f"trunkd: {other}: 'utf-8'"),
        (
            1,
            ("craft", "loop://", "--send", "x", "--log", "/dev/full"),
            "",
            "trunkd: /dev/full: No space left on device: make room there, or leave --log out",
        ),
    ):
        ran = trunkd(*words, typed=typed)
        assert ran.returncode == code and text in ran.stderr, ran.stderr
        assert "Traceback" not in ran.stderr


def test_no_such_port_is_exit_1() -> None:
    ran = trunkd("craft", "/dev/ttyNOWHERE", "--send", "x")
    assert ran.returncode == 1
    assert ran.stderr.startswith("trunkd: /dev/ttyNOWHERE: no such device; this machine has")


def test_through_a_terminal_server() -> None:
    end = SocketEnd(Pbx(login=False))
    try:
        ran = trunkd("craft", end.port, "--send", "SHOW TRUNK 1", "--expect", "slips (?P<n>.)")
    finally:
        end.close()
    assert (ran.returncode, ran.stdout) == (0, "n: 7\n")


def test_autobaud_finds_the_rate() -> None:
    with console(login=False, baud=115200) as (_, end):
        ran = trunkd(
            "craft", end.port, "--autobaud", "PBX> $", "--timeout", "4", "--send",
            "SHOW TRUNK 1", "--expect", "slips", "--json",
        )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["line"] == "115200 8N1"
    assert "trying 9600 8N1" in ran.stderr
    with console(login=False, baud=9600) as (_, end):
        ran = trunkd("craft", end.port, "--autobaud", "PBX> $", "--timeout", "60")
    assert (ran.returncode, ran.stdout) == (0, "9600 8N1\n")


def test_autobaud_says_what_came_at_each_rate() -> None:
    with console(login=False, baud=19200) as (_, end), SerialLine(end.port) as line:
        with pytest.raises(SerialError) as caught:
            find_rate(line, "OTHER>", rates=(9600, 19200), probe_s=3)
        assert find_rate(line, "PBX>", rates=(19200,), probe_s=30) == 19200
    text = str(caught.value)
    assert f"{end.port}: no prompt 'OTHER>' at any rate (9600: " in text
    assert "19200: 'PBX>'" in text


# By hand


class Person:
    """The command on a terminal of its own: what is typed, what is on the screen."""

    def __init__(self, *arguments: str) -> None:
        self.screen, self._far = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "trunkd", *arguments],
            stdin=self._far, stdout=self._far, stderr=self._far, start_new_session=True,
        )  # fmt: skip
        self.seen = ""

    def type(self, text: bytes) -> None:
        os.write(self.screen, text)

    def see(self, text: str) -> None:
        """Wait until this is on the screen."""
        until = time.monotonic() + PATIENCE_S
        while text not in self.seen:
            assert time.monotonic() < until, f"{text!r} is not in {self.seen!r}"
            if select.select([self.screen], [], [], 1)[0]:
                self.seen += os.read(self.screen, 4096).decode()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.screen)
        os.close(self._far)


def test_by_hand_with_log_and_timestamps(tmp_path: pathlib.Path) -> None:
    import termios

    log = tmp_path / "log"
    with console(login=False) as (pbx, end):
        person = Person("craft", end.port, "--log", str(log), "--timestamps")
        try:
            before = termios.tcgetattr(person.screen)
            person.see("Ctrl-] leaves")
            person.type(b"SHOW TRUNK 8\r")
            person.see("slips 7")
            person.see("PBX>")
            person.type(b"\x1c")
            person.see("break sent")
            person.type(b"\x1d")
            assert person.process.wait(PATIENCE_S) == 0
            assert termios.tcgetattr(person.screen) == before, "the terminal is as it was"
            assert re.search(r"\d\d:\d\d\.\d{3} trunk 8 slips 7", person.seen)
        finally:
            person.close()
    assert pbx.commands == ["SHOW TRUNK 8"]
    assert re.search(r"^\d{4}-\S+ \S+ trunk 8 slips 7$", log.read_text(), re.M)
    assert "PBX>" in log.read_text()


def test_by_hand_comes_back_after_the_server_hung_up() -> None:
    end = SocketEnd(Pbx(login=False))
    person = Person("craft", end.port)
    try:
        person.see("Ctrl-] leaves")
        person.type(b"SHOW TRUNK 1\r")
        person.see("slips 7")
        end.hang_up()
        person.see("trying again")
        person.see("is back")
        person.type(b"SHOW TRUNK 22\r")
        person.see("trunk 22 slips 7")
        person.type(b"\x1d")
        assert person.process.wait(PATIENCE_S) == 0
    finally:
        person.close()
        end.close()


def test_by_hand_on_a_line_without_descriptor() -> None:
    person = Person("craft", "loop://")
    try:
        person.see("Ctrl-] leaves")
        person.type(b"what goes out comes back")
        person.see("what goes out comes back")
        person.type(b"\x1d")
        assert person.process.wait(PATIENCE_S) == 0
    finally:
        person.close()


# Relay boxes


def test_help_needs_no_box() -> None:
    ran = trunkd("bench", "relay", "nosuch", "fault", "-h", TRUNKD_BENCH="/nowhere")
    assert ran.returncode == 0
    assert "they stay until `clear`" in ran.stdout


def test_the_bench_of_the_docs(tmp_path: pathlib.Path, board: tuple[Numato, PtyEnd]) -> None:
    relays, end = board
    path = tmp_path / "bench.toml"
    path.write_text(BENCH_TOML.replace("/dev/ttyACM0", end.port))
    shown = {}
    for line in SHELL.replace("/dev/ttyACM0", end.port).splitlines():
        words = shlex.split(line)
        assert words[0] == "trunkd"
        ran = trunkd(*words[1:], TRUNKD_BENCH=str(path))
        assert ran.returncode == 0, f"{line}: {ran.stderr}"
        shown[line.split(maxsplit=3)[-1]] = ran.stdout
    assert "fault cut (cut on span 1): ON" in shown["lab fault cut"]
    assert "through (0): closed" in shown["lab clear cut"]
    assert "short (1): closed" in shown["lab fault short --hold 0.1"]
    assert relays.relays == [True] + [False] * 7, "the safe state, at the end"


def test_json_tells_everything(tmp_path: pathlib.Path, board: tuple[Numato, PtyEnd]) -> None:
    relays, end = board
    path = tmp_path / "bench.toml"
    path.write_text(BENCH_TOML.replace("/dev/ttyACM0", end.port))
    ran = trunkd("bench", "relay", "-f", str(path), "lab", "fault", "swap", "--json")
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["box"] == "lab"
    assert told["identity"] == "A04"
    assert told["verified"] is True
    assert [r["name"] for r in told["relays"] if r["closed"]] == ["swap-a", "swap-b"]
    assert told["relays"][0] == {
        "name": "through", "number": 0, "closed": False, "safe": "closed"
    }  # fmt: skip
    assert {f["name"]: f["active"] for f in told["faults"]}["swap"] is True
    assert relays.relays[2:4] == [True, True]
    families = json.loads(trunkd("bench", "families", "--json").stdout)
    assert all(row["source"] for row in families)
    boxes = json.loads(trunkd("bench", "boxes", "-f", str(path), "--json").stdout)
    assert boxes["lab"]["port"] == end.port


def test_hold_ends_with_a_signal_in_the_safe_state(board: tuple[Numato, PtyEnd]) -> None:
    relays, end = board
    with subprocess.Popen(
        [sys.executable, "-m", "trunkd", "bench", "relay", f"numato@{end.port}", "close", "6",
         "--hold", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as held:  # fmt: skip
        assert held.stderr is not None
        assert held.stderr.readline() == "holding; Ctrl-C ends it\n"
        assert relays.relays[6]
        held.terminate()
        assert held.wait(PATIENCE_S) == 0
    assert not any(relays.relays)


def test_scpi_box_and_what_goes_wrong_is_exit_1(tmp_path: pathlib.Path) -> None:
    unit = Scpi(4)
    end = PtyEnd(unit)
    path = tmp_path / "bench.toml"
    path.write_text(f'[box.sw]\nport = "{end.port}"\nfamily = "scpi"\nfirst = 101\nrelays = 4\n')
    try:
        ran = trunkd("bench", "relay", "-f", str(path), "sw", "close", "103")
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout == "101: open\n102: open\n103: closed\n104: open\n"
        ran = trunkd("bench", "relay", "-f", str(path), "sw", "close", "9")
        assert ran.returncode == 1
        assert "box sw has no relay '9'; it has 101, 102" in ran.stderr
        unit.broken.add(0)
        ran = trunkd("bench", "relay", "-f", str(path), "sw", "close", "101")
        assert ran.returncode == 1
        assert f"{end.port}: relay 101 of box 'sw' is not as told after 8 tries" in ran.stderr
    finally:
        end.close()
    for arguments, text in (
        (("nosuch", "list"), "no box 'nosuch'; the bench has sw"),
        (("numato@/dev/ttyNOWHERE", "list"), "no such device"),
        (("lotus@/dev/x", "list"), "no family 'lotus'; there are numato"),
    ):
        ran = trunkd("bench", "relay", "-f", str(path), *arguments)
        assert ran.returncode == 1
        assert text in ran.stderr
        assert "Traceback" not in ran.stderr
