"""docs/driver-tutorial.md, done step by step: its files written, its commands run, in an
environment that has nothing but trunkd, where the driver it builds is found and used."""

from __future__ import annotations

import importlib.util
import os
import pathlib
import re
import select
import socket
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from typing import NamedTuple

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
TUTORIAL = ROOT / "docs" / "driver-tutorial.md"
EXAMPLE = ROOT / "examples" / "thirdparty_driver"
LAB = "/tmp/trunkd-patch"
"""The daemon's folder in the text; here it has one of its own."""
PATIENCE_S = 300

BLOCK = re.compile(r"(?:^`([\w./]+)`(, continued)?:\n\n)?^```(\w+)\n(.*?)^```$", re.M | re.S)


class Step(NamedTuple):
    """A block of the text: a file (``name``), commands (``sh``), or what they print (``text``)."""

    name: str
    continued: bool
    language: str
    text: str


def steps() -> list[Step]:
    found = BLOCK.findall(TUTORIAL.read_text())
    return [Step(name, bool(more), language, text) for name, more, language, text in found]


def files() -> dict[str, str]:
    """Every file of the text, whole."""
    made: dict[str, str] = {}
    for step in steps():
        if step.name:
            assert (step.name in made) is step.continued, step.name
            gap = "\n\n" if step.continued else ""
            made[step.name] = made.get(step.name, "") + gap + step.text
    return made


def test_the_example_is_what_the_text_builds() -> None:
    there = {
        str(path.relative_to(EXAMPLE)): path.read_text()
        for path in EXAMPLE.rglob("*")
        if path.is_file() and path.suffix in (".py", ".toml")
    }
    assert files() == there


def test_every_block_of_the_text_is_used() -> None:
    for step, after in zip(steps(), [*steps()[1:], None], strict=True):
        assert step.name or step.language in ("sh", "text"), step
        if step.language == "text":
            assert after is None or after.language != "text"


class Reader:
    """Somebody who does what the text says, in an environment of his own."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder / "trunkd-patch"
        self.folder.mkdir()
        self.lab = folder / "lab"
        self.environment = folder / "venv"
        own_pip = importlib.util.find_spec("pip") is None
        venv.create(self.environment, with_pip=own_pip)
        # trunkd and what it needs are those of this interpreter: nothing is downloaded.
        site = sysconfig.get_path("purelib", "venv", {"base": str(self.environment)})
        ours = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
        lines = [f"import site; site.addsitedir({folder!r})\n" for folder in ours]
        pathlib.Path(site, "trunkd.pth").write_text("".join(lines))
        self.script("trunkd", "from trunkd.cli import main\nmain()\n")
        if not own_pip:  # the interpreter's own: making another takes longer than all the rest
            self.script("pip", "import runpy\nrunpy.run_module('pip', run_name='__main__')\n")
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notices.bind(str(folder / "notify"))
        self.log = folder / "log"
        self.daemon: subprocess.Popen[bytes] | None = None

    @property
    def python(self) -> str:
        return str(self.environment / "bin" / "python")

    def script(self, name: str, code: str) -> None:
        path = self.environment / "bin" / name
        path.write_text(f"#!{self.python}\n{code}")
        path.chmod(0o755)

    def variables(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST"))}
        return {
            **kept,
            "PATH": f"{self.environment / 'bin'}:{os.environ['PATH']}",
            "TRUNKD": str(ROOT),
            "NOTIFY_SOCKET": str(self.log.parent / "notify"),
        }

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(LAB, str(self.lab)))

    def run(self, command: str) -> str:
        """What a block of commands prints; the daemon goes on in the background."""
        command = command.replace(LAB, str(self.lab))
        if command.startswith("trunkd run"):
            return self.start(command)
        done = subprocess.run(
            ["bash", "-e", "-c", command],
            cwd=self.folder,
            env=self.variables(),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        log = self.log.read_text() if self.log.exists() else ""
        assert done.returncode == 0, f"{command}{done.stdout}{done.stderr}{log}"
        return done.stdout

    def start(self, command: str) -> str:
        with self.log.open("wb") as log:
            self.daemon = subprocess.Popen(
                ["bash", "-c", f"exec {command}"],
                cwd=self.folder,
                env=self.variables(),
                stdout=log,
                stderr=log,
            )
        end = os.pidfd_open(self.daemon.pid)
        try:
            while True:
                ready, _, _ = select.select([self.notices, end], [], [], PATIENCE_S)
                assert self.notices in ready, self.log.read_text()
                if self.notices.recv(4096).startswith(b"READY=1"):
                    return ""
        finally:
            os.close(end)

    def close(self) -> None:
        if self.daemon is not None:
            self.daemon.terminate()
            assert self.daemon.wait(PATIENCE_S) == 0, self.log.read_text()
        self.notices.close()


@pytest.fixture
def reader(tmp_path: pathlib.Path) -> Iterator[Reader]:
    made = Reader(tmp_path)
    yield made
    made.close()


def words(text: str) -> str:
    return " ".join(text.split())


def test_all_that_the_text_says_is_done_and_true(reader: Reader) -> None:
    whole, said = files(), ""
    ran = 0
    for step in steps():
        if step.name:
            reader.write(step.name, whole[step.name])
        elif step.language == "sh":
            said = reader.run(step.text)
            ran += 1
            if "tests/contract" in step.text:
                assert int(re.findall(r"(\d+) passed", said)[-1]) > 80, said
        else:
            for line in step.text.splitlines():
                assert words(line) in words(said), (line, said)
    assert ran >= 5
    elsewhere = reader.run(f"cd / && {sys.executable} -m trunkd boards")
    assert "simulated board" in elsewhere and "patch panel" not in elsewhere
    reader.run("pip uninstall --quiet --yes trunkd-patch")
    assert "patch panel" not in reader.run("cd / && trunkd boards")
