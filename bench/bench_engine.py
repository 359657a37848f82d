"""The TDM engine: share of a core for 16 E1, virtual time, from frame to reader."""

from __future__ import annotations

import random
import select
import time

from harness import BenchError, Result, bench, compare

from trunkd.board.clock import MILLISECOND, SECOND, VirtualClock
from trunkd.board.events import FrameReceived
from trunkd.board.model import HdlcConfig
from trunkd.board.registry import open_board
from trunkd.drivers.sim import SimBoard

SPANS = 16
LIMIT_PERCENT = 5.0
MEASURED = 4 * SECOND


def board(spans: int, stepped: bool = False) -> SimBoard:
    """Spans cabled in pairs, 1 ms blocks, CRC-4, started."""
    cables = ",".join(f"{n}-{n + 1}" for n in range(1, spans, 2))
    made = open_board(
        f"sim://bench?spans={spans}&cable={cables}&block_ms=1",
        clock=VirtualClock() if stepped else None,
    )
    assert isinstance(made, SimBoard)
    made.start()
    return made


def let_pass(it: SimBoard, until: int) -> int:
    """Take events until the clock is there; how many frames came."""
    poll = select.poll()
    poll.register(it.fileno(), select.POLLIN)
    frames = 0
    while (now := it.clock.now()) < until:
        poll.poll(min((until - now) // MILLISECOND + 1, 20))
        frames += sum(isinstance(event, FrameReceived) for event in it.events())
        feed(it)
    return frames


def feed(it: SimBoard) -> None:
    """Keep every open HDLC timeslot's queue filled."""
    for timeslot in FED.get(id(it), ()):
        while timeslot.transmit(FRAME):
            pass


FED: dict[int, list] = {}
FRAME = random.Random(1).randbytes(60)


def share(it: SimBoard, begun_after: int = SECOND // 2) -> float:
    """The engine thread's CPU time as percent of a core, over some seconds."""
    let_pass(it, it.clock.now() + begun_after)
    if any(span.alarms for span in it.spans):
        raise BenchError("the spans are not up: is this machine overloaded?")
    before, begun = it.stats().busy_ns, it.clock.now()
    let_pass(it, begun + MEASURED)
    stats = it.stats()
    if stats.blocks * stats.block_ns < MEASURED // 2:
        raise BenchError("the engine left out blocks: is this machine overloaded?")
    return 100 * (stats.busy_ns - before) / (it.clock.now() - begun)


def limit(name: str, percent: float, most: float, what: str) -> Result:
    return compare(
        name,
        ours=percent,
        peer=most,
        peer_name=what,
        unit="% of a core",
        lower_is_better=True,
    )


@bench("engine_16e1_idle")
def engine_16e1_idle() -> Result:
    """16 E1 framed with CRC-4, nothing open, real time."""
    with board(SPANS) as it:
        assert isinstance(it, SimBoard)
        return limit("engine_16e1_idle", share(it), LIMIT_PERCENT, "aim for 16 idle E1")


@bench("engine_16e1_busy")
def engine_16e1_busy() -> Result:
    """16 E1: frames without a pause on every timeslot 16, play and record on 480 channels."""
    seconds = 8000 * 6
    speech = random.Random(2).randbytes(seconds)
    with board(SPANS) as it:
        assert isinstance(it, SimBoard)
        for span in it.spans:
            span.timeslots[16].open_hdlc(HdlcConfig())
            FED.setdefault(id(it), []).append(span.timeslots[16])
            for n in [*range(1, 16), *range(17, 32)]:
                span.timeslots[n].open_voice()
                span.timeslots[n].record(seconds)
                span.timeslots[n].play(speech)
        percent = share(it)
        del FED[id(it)]
        return limit("engine_16e1_busy", percent, 100.0, "one core")


@bench("engine_virtual_time")
def engine_virtual_time() -> Result:
    """Four idle spans stepped through two virtual minutes."""
    with board(4, stepped=True) as it:
        begun = time.process_time_ns()
        while it.clock.now() < 120 * SECOND:
            it.step(120 * SECOND)
            it.events()
        per_frame = (time.process_time_ns() - begun) / (120 * 8000 * 4)
    return compare(
        "engine_virtual_time",
        ours=per_frame,
        peer=150.0,
        peer_name="limit",
        unit="ns a span and frame",
        lower_is_better=True,
    )


@bench("engine_event_latency_p99")
def engine_event_latency_p99() -> Result:
    """From a frame's last bit on the wire to its event in Python, beyond the block of 1 ms."""
    late: list[int] = []
    with board(2) as it:
        ours, theirs = it.span(1).timeslots[16], it.span(2).timeslots[16]
        ours.open_hdlc(HdlcConfig())
        theirs.open_hdlc(HdlcConfig())
        let_pass(it, it.clock.now() + SECOND // 10)
        poll = select.poll()
        poll.register(it.fileno(), select.POLLIN)
        for n in range(1000):
            ours.transmit(FRAME[: 4 + n % 8])
            if not poll.poll(1000):
                raise BenchError("a frame did not arrive in a second")
            events = it.events()
            now = it.clock.now()
            late += [now - e.time for e in events if isinstance(e, FrameReceived)]
    late.sort()
    beyond = (late[len(late) * 99 // 100] - MILLISECOND) / MILLISECOND
    return compare(
        "engine_event_latency_p99",
        ours=max(beyond, 0.001),
        peer=5.0,
        peer_name="limit",
        unit="ms",
        lower_is_better=True,
    )
