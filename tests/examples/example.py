"""An example as a process, and what its lines say."""

from __future__ import annotations

import contextlib
import pathlib
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m

EXAMPLES = pathlib.Path(__file__).parent.parent.parent / "examples"


class Example:
    """A running one."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def line(self, *words: str) -> str:
        """The next line that it prints with all of these words."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if all(word in line for word in words):
                return line
        raise AssertionError(f"it ended without {words}")


@contextlib.contextmanager
def running(name: str, daemon: Any, *arguments: str) -> Iterator[Example]:
    process = subprocess.Popen(
        [sys.executable, str(EXAMPLES / name), *arguments, "--socket", daemon.socket],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Example(process)
    finally:
        process.kill()
        process.communicate(timeout=90)


def since(app: Any, mark: int, wanted: type[ev.Event], /, **fields: object) -> Any:
    """The first such event after ``mark`` of those seen, whether it came already or not."""
    for event in app.seen[mark:]:
        if isinstance(event, wanted) and all(getattr(event, k) == v for k, v in fields.items()):
            return event
    return app.wait(wanted, **fields)


def answer(app: Any, mark: int = 0, **fields: object) -> int:
    """Answer the call that the example makes to us."""
    call_id: int = since(app, mark, ev.Delivered, direction="in", **fields).call_id
    app.call(m.AnswerCall(call_id=call_id))
    since(app, mark, ev.Established, call_id=call_id)
    return call_id


def at_work(app: Any, call_id: int, kind: str) -> None:
    """Until something of this kind is at work on a call: digits that come before do not count."""
    end = time.monotonic() + 90
    while not [c for c in app.call(m.Calls()).calls if c.call_id == call_id and kind in c.at_work]:
        assert time.monotonic() < end, f"call {call_id} has no {kind}"
