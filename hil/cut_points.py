"""The daemon is killed between two lines of its own code, at each one in turn.

A kill storm (kill_storm.py) hits where chance has it. Here a process of its own (a fork) runs the
whole daemon in virtual time, both ends of its calls in it, and ends with ``os._exit`` when the n-th
line of those that write down what happens is about to run: what is mapped or written by then is
what SIGKILL would leave. The next process begins with that, may be killed in its turn, and the last
one runs to its end. Then every event must be there, numbered without a gap; each call must have
begun and ended, once; and have one record in the file and one in the table. Run as
``python -m trunkd.hil.cut_points``; a line of JSON comes out, exit code 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import importlib
import json
import os
import pathlib
import random
import sys
import tempfile
import traceback
from typing import Any, Final

import msgspec

from ..board.clock import SECOND, VirtualClock
from ..daemon import events as ev
from ..daemon.callquery import Wanted, find
from ..daemon.config_check import loads
from ..daemon.durable import EVENT
from ..daemon.kept_calls import LOST
from ..daemon.node import Node
from ..daemon.ring import Ring
from ..daemon.runner import Runner
from ..signaling.call import CallRequest, PartyNumber
from .cti_load_loop import VirtualLoop
from .cti_load_model import Told

WHOLE_FILES: Final = (
    "ring.py", "durable.py", "records.py", "callstore.py", "kept.py", "kept_file.py",
    "kept_calls.py", "kept_resume.py", "journal.py",
)  # fmt: skip
SOME: Final = {
    "runner.py": ("_keep_call", "_remember", "_tell_past", "_call_ended"),
    "server.py": ("event",),
    "node.py": ("emit", "call_ended", "place", "next_call_id"),
    "trunk.py": ("place", "_new_call", "_adopt", "_tell", "_ended", "_released", "abandon"),
}
"""Files of the daemon whose lines count, and functions where it is not all of them."""
BEGINS: Final = ("ServiceInitiated", "Originated", "Offered", "Delivered")
_EPOCH: Final = 1_700_000_000
_APART: Final = 100
"""Seconds of virtual time from the begin of one run to that of the next."""
_UP: Final = 5.0
"""Seconds until the links are up, and what went on from the run before is sure."""
_KILLED: Final = 9
_FAILED: Final = 70

_TEXT: Final = """\
[daemon]
runtime_dir = "{dir}"
records = "{dir}/records.jsonl"
journal_mb = 1
media_dir = "{dir}"
metrics = ""
drain = "0s"

[[board]]
name = "b0"
address = "sim://cut"
[board.sim]
spans = 2
block_ms = 10
cable = "1-2"
"""
_TRUNKS: Final = {
    "pri": """
[[trunk]]
name = "{name}"
span = "b0/{span}"
signalling = "pri"
[trunk.pri]
side = "{side}"
""",
    "em": """
[[trunk]]
name = "{name}"
span = "b0/{span}"
signalling = "em"
[trunk.em]
""",
}


def config_text(folder: str, signalling: str) -> str:
    text = _TEXT.format(dir=folder)
    if signalling == "em":
        text = text.replace("spans = 2", "spans = 2\ncas = true")
    for name, span, side in (("near", 1, "user"), ("far", 2, "network")):
        text += _TRUNKS[signalling].format(name=name, span=span, side=side)
    return text


class Countdown:
    """Ends the process before the ``left``-th line that counts; 0: when the run is at its end;
    -1: never."""

    def __init__(self, left: int) -> None:
        self.left: Final = left
        self.lines = 0
        self._counts: Final[dict[Any, bool]] = {}

    def start(self) -> None:
        sys.settrace(self._called)

    def _called(self, frame: Any, event: str, value: Any) -> Any:
        code = frame.f_code
        counts = self._counts.get(code)
        if counts is None:
            path = pathlib.PurePath(code.co_filename)
            name = path.name if path.parent.name == "daemon" else ""
            counts = name in WHOLE_FILES or code.co_name in SOME.get(name, ())
            self._counts[code] = counts
        return self._line if counts else None

    def _line(self, frame: Any, event: str, value: Any) -> Any:
        if event == "line":
            self.lines += 1
            if self.lines == self.left:
                os._exit(_KILLED)
        return self._line


class Work:
    """What happens in a run: a call from begin to end, one that is answered and stays, one that
    rings and stays; and one that is refused."""

    def __init__(self, node: Node) -> None:
        self._node: Final = node
        node.sinks.append(self._event)

    def place(self, number: str) -> None:
        trunk = self._node.trunks["near"]
        if trunk.up:
            self._node.place(trunk, CallRequest(PartyNumber(number), PartyNumber("1")))

    def _event(self, event: ev.Event, trunk: str) -> None:
        node, now = self._node, self._node.now()
        call = node.calls.get(event.call_id) if isinstance(event, ev.CallEvent) else None
        if call is None or not isinstance(event, ev.Delivered | ev.Established):
            return
        if isinstance(event, ev.Delivered) and event.direction == "in":
            if call.called in ("101", "102"):
                node.at(now, lambda at: call.trunk.answer(call, at))
            elif call.called == "104":
                node.at(now, lambda at: call.trunk.clear(call, 21, at))
        elif isinstance(event, ev.Established) and call.direction == "out" and call.called == "101":
            node.at(now + SECOND, lambda at: call.trunk.clear(call, 16, at))


async def _run(text: str, clock: VirtualClock, loop: VirtualLoop, cut: Countdown) -> None:
    runner = Runner(loads(text), clock=clock)
    work = Work(runner.node)
    begun = asyncio.Event()
    cut.start()
    life = loop.create_task(runner.run(begun.set))
    started = loop.create_task(begun.wait())
    await asyncio.wait([life, started], return_when=asyncio.FIRST_COMPLETED)
    if life.done():
        started.cancel()
        life.result()
    loop.stepped(runner.node.boards)
    await asyncio.sleep(_UP)
    for number in ("101", "102", "103", "104"):
        work.place(number)
        await asyncio.sleep(0.3)
    await asyncio.sleep(3)
    if cut.left >= 0:
        return
    runner.shut_down(0)
    await life


def _live(text: str, number: int, left: int, told: int) -> int:
    """In the process of a run; its exit code."""
    clock = VirtualClock(0, (_EPOCH + number * _APART) * SECOND)
    loop = VirtualLoop(clock)
    asyncio.set_event_loop(loop)
    cut = Countdown(left)
    loop.run_until_complete(_run(text, clock, loop, cut))
    sys.settrace(None)
    os.write(told, str(cut.lines).encode())
    return 0 if left < 0 else _KILLED


def life(text: str, number: int, left: int) -> tuple[int, int]:
    """One run in a process of its own, and as Countdown says: how it ended, and how many lines that
    count were run (0 if it did not come to its end)."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        code = _FAILED
        try:
            code = _live(text, number, left, write_end)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(write_end)
    with open(read_end) as told:
        lines = told.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), int(lines or 0)


# What is left


def faults(folder: str) -> list[str]:
    """What is wrong with what all runs together left."""
    wrong: list[str] = []
    ring = Ring(f"{folder}/trunkd.journal")
    told: dict[int, list[str]] = collections.defaultdict(list)
    restarted: set[int] = set()
    last = 0
    for entry in ring.entries():
        if entry.kind != EVENT:
            continue
        if entry.number != last + 1:
            wrong.append(f"event {entry.number} follows {last}")
        last = entry.number
        params = _line_decoder.decode(entry.payload.split(b"\0", 2)[2]).params
        if params.call_id:
            told[params.call_id].append(params.event)
            if params.cause == LOST and params.event == "ConnectionCleared":
                restarted.add(params.call_id)
    ring.close()
    for call, names in told.items():
        if names[0] not in BEGINS:
            wrong.append(f"call {call} begins with {names[0]}")
        if names.count("ConnectionCleared") != 1 or names[-1] != "ConnectionCleared":
            wrong.append(f"call {call} does not end once: {names}")
    lines = pathlib.Path(folder, "records.jsonl").read_text().splitlines()
    filed = [msgspec.json.decode(line) for line in lines]
    for name, kept in (
        ("records.jsonl", [(r["callId"], r["ended"], r["lost"]) for r in filed]),
        ("calls.db", [(r.call_id, r.ended, r.lost) for r in find(f"{folder}/calls.db", Wanted())]),
    ):
        if collections.Counter(call for call, _, _ in kept) != collections.Counter(list(told)):
            wrong.append(f"{name} has {sorted(c for c, _, _ in kept)} of {sorted(told)}")
        if not all(ended for _, ended, _ in kept):
            wrong.append(f"{name}: a record without an end")
        if {call for call, _, lost in kept if lost} != restarted:
            wrong.append(f"{name}: not those are lost of which it was told: {sorted(restarted)}")
    return wrong


class _Params(Told):
    cause: str = ""


class _Line(msgspec.Struct):
    params: _Params


_line_decoder: Final = msgspec.json.Decoder(_Line)


def lives(signalling: str, cuts: tuple[int, ...]) -> list[str]:
    """Runs that are killed so, one after the other, and one that is not; what is wrong then."""
    with tempfile.TemporaryDirectory(prefix="cut-") as folder:
        text = config_text(folder, signalling)
        for number, cut in enumerate((*cuts, -1)):
            code, _ = life(text, number, cut)
            if code != (_KILLED if cut >= 0 else 0):
                return [f"run {number} ended with {code}"]
        return faults(folder)


def lines_of(signalling: str) -> tuple[int, int]:
    """How many lines a first run has, and one after a kill."""
    with tempfile.TemporaryDirectory(prefix="cut-") as folder:
        text = config_text(folder, signalling)
        return life(text, 0, 0)[1], life(text, 1, 0)[1]


def _ready() -> None:
    """What a run needs is there before the first fork."""
    for name in ("signaling.isdn.trunk", "signaling.cas.em", "drivers.sim"):
        importlib.import_module(f"trunkd.{name}")


def main() -> int:
    _ready()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signalling", choices=sorted(_TRUNKS), default="pri")
    parser.add_argument("--points", type=int, default=20, help="lines to kill at; 0: at every one")
    parser.add_argument("--twice", action="store_true", help="and again in the run after that")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    first, second = lines_of(asked.signalling)
    chance = random.Random(asked.seed)
    points = list(range(1, first + 1))
    if asked.points:
        # Spread evenly, begun by chance: other seeds hit other lines.
        step = max(1, first // asked.points)
        points = points[chance.randrange(step) :: step]
    wrong: dict[str, list[str]] = {}
    for point in points:
        cuts = (point, chance.randint(1, second)) if asked.twice else (point,)
        found = lives(asked.signalling, cuts)
        if found:
            wrong[str(cuts)] = found
    print(json.dumps({"lines": first, "kills": len(points) * (1 + asked.twice), "wrong": wrong}))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
