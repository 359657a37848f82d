"""The DonJin driver's double: trunkd's own library of DonJin's calls, on a daemon with a simulated
board.

The driver loads it as it would the maker's. Behind it is the trunk "exchange" of that daemon;
whoever calls and is called there stands on its trunk "pstn".
"""

from __future__ import annotations

import importlib.util
import pathlib
import select
import sys
import time
from collections.abc import Callable
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "native" / "shpa3"))

import shpa3_rig as rig

from trunkd.board.events import BoardEvent
from trunkd.board.registry import open_board
from trunkd.drivers.donjin import DonjinBoard, DonjinConfig

LIBRARY = rig.NATIVE / "libdonjin_trunkd.so"
SECONDS = 60.0
QUICK = {"guard_ms": 20, "ring_gap_ms": 200, "caller_id_ms": 3000, "answer_ms": 60_000}
"""A simulated line needs no rest, its caller's number comes with the call; and a machine that
stands still is not a library that hangs."""
INIS = {"analog": "TC08A-V.INI", "e1": "TCE1-32.INI"}


def builder() -> Any:
    """native/donjin/build.py, which is no module of the package."""
    spec = importlib.util.spec_from_file_location(
        "donjin_build", rig.NATIVE / "donjin" / "build.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_ini(daemon: rig.Daemon, family: str, folder: str = "cards", **keys: str) -> str:
    """A folder with the INI for the library."""
    path = daemon.directory / f"{folder}-{family}"
    path.mkdir(exist_ok=True)
    rows = {"Socket": daemon.socket, "Trunks": "exchange", **keys}
    text = "[trunkd]\n" + "".join(f"{key}={value}\n" for key, value in rows.items())
    (path / INIS[family]).write_text(text)
    return str(path)


def config(daemon: rig.Daemon, family: str, **more: Any) -> DonjinConfig:
    """For the double on a daemon."""
    values = {**QUICK, "required": True, "library": str(LIBRARY), **more}
    if "directory" not in values:
        values["directory"] = write_ini(daemon, family)
    return DonjinConfig(family=family, **values)  # type: ignore[arg-type]


class Bench:
    """An opened and started board; what it told is in ``seen``."""

    def __init__(self, given: DonjinConfig) -> None:
        board = open_board("donjin://", given)
        assert isinstance(board, DonjinBoard)
        self.board = board
        self.seen: list[BoardEvent] = []
        board.start()

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *exc: object) -> None:
        self.board.close()

    def wait(self, until: Callable[[], Any]) -> Any:
        end = time.monotonic() + SECONDS
        while not (found := until()):
            rest = end - time.monotonic()
            assert rest > 0, f"seen: {self.seen[-20:]}"
            select.select([self.board.fileno()], [], [], min(rest, 1))
            self.seen += self.board.events()
        return found

    def wait_for(self, kind: type[BoardEvent], **fields: Any) -> Any:
        """The first event of the kind with these fields; it and those before are taken away."""

        def found() -> BoardEvent | None:
            for event in self.seen:
                if isinstance(event, kind) and all(
                    getattr(event, k) == v for k, v in fields.items()
                ):
                    return event
            return None

        event = self.wait(found)
        del self.seen[: self.seen.index(event) + 1]
        return event

    def rest(self) -> None:
        """Until all channels are idle: what came before is of no interest."""
        slots = [s for span in self.board.spans for s in span.timeslots if s.calls is not None]

        def idle() -> bool:
            return all(s.control.condition().value == "idle" for s in slots)

        self.seen += self.board.events()
        for slot in slots:
            if slot.control.call:
                slot.close()
                slot.control.hang_up()  # what a test that failed has left
        self.wait(idle)
        self.seen.clear()
