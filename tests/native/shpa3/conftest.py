"""A daemon and programs for the tests of Synway's calls; everything that was started is ended."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable, Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import shpa3_rig as rig


@pytest.fixture(scope="module")
def daemon(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[rig.Daemon]:
    """A daemon with the module's CONFIG, or the rig's."""
    text = getattr(request.module, "CONFIG", rig.CONFIG)
    made = rig.Daemon(tmp_path_factory.mktemp("d"), text)
    yield made
    made.close()


@pytest.fixture(scope="session")
def libraries() -> dict[str, pathlib.Path]:
    """The libraries as they are built for use."""
    return {path.name: path for path in rig.builder().build(rig.NATIVE)}


@pytest.fixture(scope="session")
def shell_program(
    libraries: dict[str, pathlib.Path], tmp_path_factory: pytest.TempPathFactory
) -> str:
    """shell.c, compiled."""
    to = tmp_path_factory.mktemp("p") / "shell"
    return rig.compile_program(rig.HERE / "shell.c", libraries["libshpa3_trunkd.so"], to)


@pytest.fixture
def shell(shell_program: str, daemon: rig.Daemon) -> Iterator[rig.Shell]:
    """A program on the daemon's trunk "exchange"."""
    made = rig.Shell(shell_program, daemon.ini())
    try:
        made.wait_line("ready")
        yield made
        made.say("quit")
        assert made.end() == 0
    finally:
        made.close()


@pytest.fixture
def run() -> Iterator[Callable[..., rig.Program]]:
    """Start a program; it is ended at the end of the test."""
    running: list[rig.Program] = []

    def start(*words: str, **environment: str) -> rig.Program:
        running.append(rig.Program(*words, environment=environment))
        return running[-1]

    yield start
    for program in running:
        program.close()
