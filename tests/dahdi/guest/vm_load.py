"""A minute of a full E1 through the kernel: 30 channels both ways, every octet looked at."""

from __future__ import annotations

import json
import resource
import time
from typing import Any

import numpy as np

from trunkd.board.events import RecordEnded, Slipped

SECONDS = 60
PERIOD = 8191
"""Octets of each channel's sequence: no block or buffer is a part of it."""
TIMESLOTS = [n for n in range(1, 32) if n != 16]


def sequence(span: int, timeslot: int) -> bytes:
    rng = np.random.default_rng(100 * span + timeslot)
    return rng.integers(0, 255, PERIOD, dtype=np.uint8).tobytes()


def said_for(octets: bytes, count: int) -> bytes:
    return (octets * (count // len(octets) + 1))[:count]


def counters(board: Any) -> dict[str, int]:
    """Of all channels together."""
    each = [span.timeslots[t].line_counters() for span in board.spans for t in TIMESLOTS]
    return {name: sum(c[name] for c in each) for name in each[0]}


def test_thirty_channels_both_ways_for_a_minute(started: Any, configure: Any) -> None:
    """No slip, no octet missing or doubled; how busy the processor was is written to /out."""
    seen = started("trunk", "block_ms=20&blocks=15&channels=1-15,17-31,32-46,48-62")
    board = seen.board
    count = SECONDS * 8000
    for span in board.spans:
        for timeslot in TIMESLOTS:
            span.timeslots[timeslot].open_voice()
    seen.run(1)
    seen.clear()
    at_first = counters(board)
    before, cpu, wall = board.stats(), resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    pairs = [(span, timeslot) for span in board.spans for timeslot in TIMESLOTS]
    for span, timeslot in pairs:
        span.timeslots[timeslot].record(count + 24000)
    for span, timeslot in pairs:
        span.timeslots[timeslot].play(said_for(sequence(span.number, timeslot), count))
    assert seen.run(SECONDS + 20, lambda: len(seen.of(RecordEnded)) == 60)
    after, used = board.stats(), resource.getrusage(resource.RUSAGE_SELF)
    passed = time.monotonic() - wall
    counted = {name: value - at_first[name] for name, value in counters(board).items()}
    report = {
        "seconds": passed,
        "channels": 60,
        "engine_cpu_share": (after.busy_ns - before.busy_ns) / 1e9 / passed,
        "process_cpu_share": (used.ru_utime + used.ru_stime - cpu.ru_utime - cpu.ru_stime) / passed,
        "overruns": after.overruns - before.overruns,
        **counted,
    }
    with open("/out/load.json", "w") as file:
        json.dump(report, file)
    print("load:", json.dumps(report))
    wrong = []
    for near, far in (board.spans, board.spans[::-1]):
        for timeslot in TIMESLOTS:
            heard = far.timeslots[timeslot].recorded()
            if said_for(sequence(near.number, timeslot), count) not in heard:
                wrong.append((near.number, timeslot))
    assert not wrong, f"octets missing, doubled or changed: {wrong}: {report}"
    assert not seen.of(Slipped)
