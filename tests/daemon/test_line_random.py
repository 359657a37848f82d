"""Storms of calls, hang-ups, blocking, cuts and lost events on lines: all is idle in the end."""

from __future__ import annotations

import contextlib
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from line_rig import LineBench, analog_config, r2_config, spans_config

from trunkd.errors import LocalError

KINDS = {
    "r2": (r2_config(channels="1-6"), "near", "far", range(1, 7)),
    "em": (
        spans_config(
            "em",
            'channels = "1-6"\ndigits = 4',
            'channels = "1-6"\ndigits = 4\nglare = "hold"',
            board='kind = "t1"\ncas = true',
        ),
        "near",
        "far",
        range(1, 7),
    ),
    "analog": (
        analog_config(fxs="max_digits = 4\nreversal_on_answer = true"),
        "phones",
        "office",
        range(1, 5),
    ),
}


class Storm:
    """Random requests of applications and technicians, and faults, on both trunks of a bench."""

    def __init__(self, kind: str, seed: int) -> None:
        text, *self.names, self.channels = KINDS[kind]
        self.kind = kind
        self.random = random.Random(seed)
        self.bench = LineBench(text, answers=bool(seed % 2))
        self.bench.run(1)
        self.cut = False
        self.done: dict[str, int] = {}

    def act(self) -> None:
        action = self.random.choice(
            [self.place, self.place, self.place, self.end, self.end, self.answer, self.block,
             self.unblock, self.change_cable]
        )  # fmt: skip
        self.done[action.__name__] = self.done.get(action.__name__, 0) + 1
        try:
            action()
        except LocalError:
            self.done["refused"] = self.done.get("refused", 0) + 1

    def place(self) -> None:
        name = self.random.choice(self.names)
        called = "8001" if name == "phones" else "5551"
        self.bench.place(name, self.random.choice([called, called[:1] + "002", called]))

    def _one(self):
        calls = list(self.bench.node.calls.values())
        return self.random.choice(calls) if calls else None

    def end(self) -> None:
        call = self._one()
        if call is not None and not call.cleared_here:
            self.bench.clear(call, self.random.choice([16, 17, 1, 34]))

    def answer(self) -> None:
        call = self._one()
        if call is not None and call.direction == "in":
            call.trunk.answer(call, call.trunk.now())

    def block(self) -> None:
        trunk = self.bench.trunk(self.random.choice(self.names))
        trunk.block((self.random.choice(trunk.channels),), trunk.now())

    def unblock(self) -> None:
        for name in self.names:
            trunk = self.bench.trunk(name)
            trunk.unblock(trunk.channels, trunk.now())

    def change_cable(self) -> None:
        board = self.bench.node.boards["b0"].board
        cable = board.line_cable(1) if self.kind == "analog" else board.cable(1)  # type: ignore[attr-defined]
        if self.cut:
            cable.mend()
        elif self.random.random() < 0.3:
            cable.cut()
        else:
            return
        self.cut = not self.cut

    def settle(self) -> None:
        """No more faults and no more calls: everything must come to rest."""
        if self.cut:
            self.change_cable()
        self.bench.answers = False
        self.unblock()
        self.bench.run(5)
        for call in list(self.bench.node.calls.values()):
            if not call.cleared_here:
                with contextlib.suppress(LocalError):
                    self.bench.clear(call)
        self.bench.until(self.bench.idle, 400)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", KINDS)
def test_a_storm(kind: str, seed: int) -> None:
    storm = Storm(kind, seed)
    for _ in range(80):
        storm.act()
        storm.bench.run(storm.random.choice([0.02, 0.1, 0.3, 1.0, 2.5]))
    storm.settle()
    assert storm.done["place"] > 10
    assert storm.bench.node.problems == 0
    bench = storm.bench
    bench.answers = True
    call = bench.place(storm.names[0], "8001" if kind == "analog" else "5551")
    bench.until(lambda: call.state == "connected", 40)
    bench.close()
