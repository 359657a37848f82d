"""Analog boards: share of a core for 480 FXO ports that wait, and for 240 that talk."""

from __future__ import annotations

import select

from harness import BenchError, Result, bench, compare

from trunkd.board.clock import MILLISECOND, SECOND
from trunkd.board.line import Feed, RingChanged, Ringing
from trunkd.board.media import Listen
from trunkd.board.model import Law, Timeslot
from trunkd.board.play import Octets, PlayOptions
from trunkd.drivers.sim import SimBoard, SimConfig, SpanConfig
from trunkd.drivers.sim.line_config import LineConfig

PORTS = 480
A_SPAN = 30
SPANS = PORTS // A_SPAN
MEASURED = 4 * SECOND
ALL = Listen.FSK_V23 | Listen.FSK_BELL202 | Listen.DTMF | Listen.PROGRESS
RING_AIM, ALL_AIM, TALK_AIM = 1.0, 5.0, 20.0
AIM = "aim (% of a core; no peer simulates lines)"


def board() -> SimBoard:
    """Spans 1 to 16 of FXO ports, each on a line to an FXS port of spans 17 to 32; started, real
    time, blocks of 2 ms as any board of so many spans."""
    config = SimConfig(
        spans=2 * SPANS,
        span=[
            SpanConfig(n, kind="analog", ports=f"{'fxo' if n <= SPANS else 'fxs'}:1-{A_SPAN}")
            for n in range(1, 2 * SPANS + 1)
        ],
        lines=[
            LineConfig(fxs=f"{n + SPANS}/{port}", fxo=f"{n}/{port}", loop_ohms=800)
            for n in range(1, SPANS + 1)
            for port in range(1, A_SPAN + 1)
        ],
        soft_spans=0,
    )
    made = SimBoard("sim://analog", config, None)
    made.start()
    return made


def ports(it: SimBoard, first: int) -> list[Timeslot]:
    return [
        it.span(n).timeslots[port]
        for n in range(first, first + SPANS)
        for port in range(1, A_SPAN + 1)
    ]


def let_pass(it: SimBoard, nanoseconds: int) -> list:
    """Take events for so long."""
    end = it.clock.now() + nanoseconds
    seen = []
    while (now := it.clock.now()) < end:
        select.select([it.fileno()], [], [], min(end - now, 20 * MILLISECOND) / 1e9)
        seen += it.events()
    return seen


def share(it: SimBoard) -> float:
    """The engine thread's CPU time as percent of a core."""
    let_pass(it, SECOND // 2)
    before, begun = it.stats(), it.clock.now()
    let_pass(it, MEASURED)
    after = it.stats()
    if (after.blocks - before.blocks) * after.block_ns < MEASURED // 2:
        raise BenchError("the engine left out blocks: is this machine overloaded?")
    return 100 * (after.busy_ns - before.busy_ns) / (it.clock.now() - begun)


def result(name: str, percent: float, aim: float) -> Result:
    return compare(
        name, ours=percent, peer=aim, peer_name=AIM, unit="% of a core", lower_is_better=True
    )


def rings(it: SimBoard) -> None:
    """One port in thirty is rung: the watch is really there. BenchError when it is not."""
    rung = ports(it, SPANS + 1)[::A_SPAN]
    for slot in rung:
        assert slot.line is not None
        slot.line.feed(Feed.RINGING, Ringing())
    seen = let_pass(it, SECOND // 2)
    for slot in rung:
        assert slot.line is not None
        slot.line.feed(Feed.NORMAL)
    if sum(isinstance(event, RingChanged) and event.on for event in seen) != len(rung):
        raise BenchError("not every ringing was told")
    let_pass(it, SECOND // 2)


@bench("analog_480")
def analog_480() -> list[Result]:
    """480 idle FXO ports with their lines: ring watch alone (what the engine wants on hook), and
    with both caller ID modems, DTMF and call progress listening on all of them as well."""
    with board() as it:
        slots = ports(it, 1)
        for slot in slots:
            slot.open_voice()
        ring = share(it)
        rings(it)
        for slot in slots:
            slot.listen(ALL)
        everything = share(it)
        rings(it)
    return [result("analog_480_ring", ring, RING_AIM), result("analog_480", everything, ALL_AIM)]


@bench("analog_talk")
def analog_talk() -> Result:
    """240 lines off hook with speech both ways: hybrids, echoes, loss of 800 ohms of cable."""
    speech = bytes((n * 37 + n // 251) & 0xFF for n in range(8000))
    with board() as it:
        pairs = list(zip(ports(it, 1), ports(it, SPANS + 1), strict=True))[: PORTS // 2]
        for pair in pairs:
            for slot in pair:
                slot.open_voice()
                slot.play_list([Octets(speech, Law.A)], PlayOptions(times=0))
            assert pair[0].line is not None
            pair[0].line.loop(True)
        return result("analog_talk_240", share(it), TALK_AIM)
