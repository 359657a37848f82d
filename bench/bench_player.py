"""Players of 480 channels inside the engine, and beside them spandsp's time scaling and tones.

Ours is the engine's CPU time with all channels playing less that with none, so that mixing and
companding are in it; stepped, in blocks of 20 ms where spandsp gets such blocks, and compands, too.
"""

from __future__ import annotations

import pathlib
import time

from harness import ROOT, WORK, BenchError, Result, bench, build_c, compare, run

from trunkd.board.model import Law
from trunkd.daemon import media_files
from trunkd.native import wrap_player, wrap_tones
from trunkd.native.wrap_engine import Engine
from trunkd.native.wrap_player import Item, Options
from trunkd.native.wrap_progress import CadenceStep

CHANNELS = 480
SECONDS = 3
ROUNDS = 5
SOUNDS = pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison")


def speech() -> bytes:
    """40 s of prompts."""
    said = b""
    for path in sorted(SOUNDS.glob("vm-*.wav")):
        said += media_files.load(str(path), Law.A).octets
    if len(said) < 320_000:
        raise BenchError("apt-get install asterisk-core-sounds-en-wav")
    return said[:320_000]


def cost(items: list[Item], options: Options, block: int) -> float:
    """Microseconds of CPU a channel-second."""
    engine = Engine(1, block, 1 << 20, True, soft_spans=16)
    slots = [(2 + n // 30, 1 + n % 30) for n in range(CHANNELS)]
    for span, timeslot in slots:
        engine.open_voice(span, timeslot, False, 0xD5)
    engine.start()
    idle = spend(engine)
    kept = [
        wrap_player.play_list(engine, span, timeslot, items, options, 0) for span, timeslot in slots
    ]
    busy = spend(engine)
    if any(code for code, _ in kept) or not engine.playing(*slots[-1]):
        raise BenchError("the channels do not play")
    engine.free()
    return (busy - idle) * 1e6 / (SECONDS * CHANNELS)


def spend(engine: Engine) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        begun, until = time.process_time(), engine.time() + SECONDS * 10**9
        while engine.time() < until:
            engine.step(until)
            engine.events()
        best = min(best, time.process_time() - begun)
    return best


def peer(*arguments: str) -> float:
    source = ROOT / "bench" / "player_peer.c"
    program = build_c("player_peer", [source], ["spandsp", "m"], "libspandsp-dev")
    return float(run([program, *arguments]).split()[0])


def row(name: str, ours: float, other: float, what: str) -> Result:
    return compare(
        name,
        ours=ours,
        peer=other,
        peer_name=what,
        unit="us of CPU a channel-second",
        lower_is_better=True,
    )


@bench("player_octets")
def player_octets() -> Result:
    """One cached prompt on 480 channels, bit for bit, in blocks of 1 ms."""
    items = [Item(wrap_player.OCTETS, speech(), wrap_tones.ALAW)]
    ours = cost(items, Options(times=0), 8)
    return row("player_octets", ours, 0.05e6 / CHANNELS, "aim: 5 % of a core for 480 channels")


@bench("player_speed")
def player_speed() -> list[Result]:
    """Speech at half, one and a half, and twice its speed, beside spandsp's time_scale."""
    said = speech()
    WORK.mkdir(parents=True, exist_ok=True)
    path = WORK / "player_speech.alaw"
    path.write_bytes(said)
    items = [Item(wrap_player.OCTETS, said, wrap_tones.ALAW)]
    return [
        row(
            f"player_speed_{speed / 1000:g}",
            cost(items, Options(times=0, speed=speed), 160),
            peer("speed", str(path), str(speed / 1000)),
            "spandsp time_scale",
        )
        for speed in (500, 1500, 2000)
    ]


@bench("player_tone")
def player_tone() -> Result:
    """Dial tone of two frequencies, beside spandsp's tone_gen."""
    items = [Item(wrap_player.TONES, steps=[CadenceStep((350.0, 440.0), level=-13.0)])]
    return row(
        "player_tone",
        cost(items, Options(), 160),
        peer("tone", "350", "440"),
        "spandsp tone_gen",
    )
