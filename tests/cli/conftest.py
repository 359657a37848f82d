"""The daemon of tests/daemon, and the command run against it."""

from __future__ import annotations

import importlib.util
import pathlib
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from trunkd.cli import main

_PATH = pathlib.Path(__file__).parent.parent / "daemon" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("trunkd_daemon_fixtures", _PATH)
assert _SPEC is not None and _SPEC.loader is not None
_fixtures: Any = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = _fixtures
_SPEC.loader.exec_module(_fixtures)

daemon = _fixtures.daemon
app = _fixtures.app
start_daemon = _fixtures.start_daemon
daemon_with = _fixtures.daemon_with
subscribed = _fixtures.subscribed


Run = Callable[..., subprocess.CompletedProcess[str]]
PATIENCE_S = 120


def _too_long(*_: object) -> None:
    raise AssertionError(f"the command did not end within {PATIENCE_S} s")


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """``trunkd`` with these arguments, in this process: a new one's start costs more than most
    commands. Those that must be processes, to be stopped by signals, are."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    before[signal.SIGALRM] = signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(PATIENCE_S)
    try:
        done = CliRunner().invoke(main, arguments, prog_name="trunkd")
    finally:
        signal.alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def inside() -> Run:
    """The command that needs no daemon."""
    return command


@pytest.fixture(scope="session")
def at_socket() -> Callable[[Any], Run]:
    """The command against a daemon."""

    def of(daemon: Any) -> Run:
        return lambda *arguments: command("--socket", daemon.socket, *arguments)

    return of


@pytest.fixture
def trunkd(daemon: Any, at_socket: Callable[[Any], Run]) -> Run:
    """Run the command against the daemon; what it printed and how it ended."""
    return at_socket(daemon)
