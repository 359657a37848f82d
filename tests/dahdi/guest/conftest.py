"""For what runs in the machine of ../vm.sh: DAHDI's real kernel driver, root, two joined spans."""

from __future__ import annotations

import importlib.util
import os
import pathlib
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from trunkd.board.events import BoardEvent
from trunkd.board.registry import open_board
from trunkd.drivers.dahdi import DahdiBoard

HERE = pathlib.Path(__file__).resolve().parent.parent
TESTS = HERE.parent
OUT = pathlib.Path("/out")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if os.environ.get("TRUNKD_DAHDI_VM") != "1":
        pytest.fail(f"these run in the machine only: {HERE}/vm.sh pytest …")


def load(name: str, path: pathlib.Path) -> ModuleType:
    """A module of another part of the tests, which are no package."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def set_up(name: str, *options: str) -> None:
    """Configure all channels as NAME.conf says; options are dahdi_cfg's."""
    done = subprocess.run(
        ["dahdi_conf", HERE / f"{name}.conf", *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def configure() -> Callable[..., None]:
    return set_up


class Seen:
    """A started board and all it has told."""

    def __init__(self, board: DahdiBoard) -> None:
        self.board = board
        self.events: list[Any] = []

    def run(self, seconds: float, until: Callable[[], Any] = lambda: False) -> bool:
        """Take events for so long, or until something holds."""
        end = time.monotonic() + seconds
        while not until():
            left = end - time.monotonic()
            if left <= 0:
                return False
            select.select([self.board.fileno()], [], [], min(left, 0.05))
            self.events += self.board.events()
        return True

    def wait(self, kind: type[BoardEvent], seconds: float = 10.0, **fields: Any) -> Any:
        """The first event of this kind with these fields since ``clear``."""

        def found() -> list[Any]:
            return [
                e
                for e in self.events
                if type(e) is kind and all(getattr(e, k) == v for k, v in fields.items())
            ]

        assert self.run(seconds, found), f"no {kind.__name__} {fields}: {self.events[-12:]}"
        return found()[0]

    def of(self, kind: type[BoardEvent]) -> list[Any]:
        return [e for e in self.events if type(e) is kind]

    def clear(self) -> None:
        self.run(0.02)
        self.events.clear()


@pytest.fixture
def started() -> Iterator[Callable[..., Seen]]:
    """Open and start a board on spans configured by a file."""
    boards: list[DahdiBoard] = []

    def start(name: str, options: str = "") -> Seen:
        set_up(name)
        few = "" if "blocks=" in options else "blocks=4&"
        board = open_board(f"dahdi://?{few}{options}")
        assert isinstance(board, DahdiBoard)
        boards.append(board)
        board.start()
        seen = Seen(board)
        seen.run(0.3)
        return seen

    yield start
    for board in boards:
        board.close()


@pytest.fixture(scope="session")
def rig() -> ModuleType:
    """The daemon as a process: Daemon and App of tests/daemon/conftest.py."""
    return load("trunkd_daemon_rig", TESTS / "daemon" / "conftest.py")
