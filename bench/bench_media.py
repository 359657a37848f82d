"""The media engine as a whole: what its thread costs, and that connections are bit-exact.

media_load.c is the engine (all of native/src, with the flags of the extension) with 30 channels a
span and far ends that speak without a pause. Its thread's CPU time is taken, of several runs the
best: other processes only add to it. ``…_plain`` is the same built without vector instructions.
"""

from __future__ import annotations

import functools
import pathlib
import sys
import wave
from typing import NamedTuple

import harness
from harness import BenchError, Result, bench, compare

from trunkd.drivers.sim.config import SimConfig, engine_block_ms
from trunkd.native import wrap

SOUNDS = pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison")
SPEECH_SECONDS = 240
LISTEN = 1 | 128 | 256
"""TD_LISTEN_DTMF, _PROGRESS and _LEVEL."""
FULL = {"listen": LISTEN, "record": 1, "conference": 3}
RUNS = 4
HERE = pathlib.Path(__file__).resolve().parent


class Load(NamedTuple):
    """What media_load prints; times are ns."""

    cpu: int
    elapsed: int
    """Time of the board, in blocks that were carried out."""
    writer: int
    """CPU time of the recorder's writing thread."""
    blocks: int
    overruns: int
    skipped: int
    events: int
    compared: int
    """Octets of connections."""

    @property
    def percent(self) -> float:
        """Of a core, both threads."""
        return 100 * (self.cpu + self.writer) / self.elapsed


@functools.cache
def speech() -> pathlib.Path:
    """Packaged prompts one after another, as A-law."""
    path = harness.WORK / "speech.alaw"
    harness.WORK.mkdir(parents=True, exist_ok=True)
    octets = bytearray()
    for sound in sorted(SOUNDS.glob("*.wav")):
        with wave.open(str(sound)) as wav:
            if (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (8000, 1, 2):
                octets += wrap.alaw_encode(wav.readframes(wav.getnframes()))
        if len(octets) >= 8000 * SPEECH_SECONDS:
            path.write_bytes(octets)
            return path
    raise BenchError(f"too little speech in {SOUNDS} (apt-get install asterisk-core-sounds-en-wav)")


@functools.cache
def program(plain: bool) -> pathlib.Path:
    path = harness.WORK / ("media_load_plain" if plain else "media_load")
    harness.WORK.mkdir(parents=True, exist_ok=True)
    native = harness.ROOT / "native"
    command = ["gcc", "-std=gnu11", "-O3", f"-I{native}/include", f"-I{native}/src"]
    command += ["-DTD_PLAIN_C"] * plain
    command += [str(HERE / "media_load.c"), *map(str, sorted(native.glob("src/*.c")))]
    harness.run([*command, "-o", str(path), "-pthread", "-lm"])
    return path


def load(plain: bool = False, runs: int = RUNS, **options: int) -> Load:
    """The cheapest of some runs that kept up, more or less: a block left out counts nowhere."""
    options.setdefault("frames", 8 * engine_block_ms(SimConfig(spans=options.get("spans", 16))))
    words = [f"{name}={value}" for name, value in options.items()]
    done = []
    for _ in range(runs):
        out = harness.run([program(plain), speech(), *words])
        done.append(Load(*map(int, out.split())))
    kept = [one for one in done if one.skipped <= one.blocks // 4]
    if not kept:
        raise BenchError("the engine left out blocks: is this machine overloaded?")
    return min(kept, key=lambda one: one.percent)


def limit(name: str, percent: float, most: float, what: str) -> Result:
    return compare(
        name,
        ours=percent,
        peer=most,
        peer_name=what,
        unit="% of a core",
        lower_is_better=True,
    )


def full(name: str, **more: int) -> list[Result]:
    """Of a core; how much of it is the writing thread; and in plain C, which need not keep up."""
    most = 50.0 if more.get("echo") else 10.0
    vector = load(**FULL, **more)
    plain = load(plain=True, runs=2, stepped=1, **FULL, **more)
    share = 100 * vector.writer / vector.elapsed
    return [
        limit(name, vector.percent, most, "limit"),
        limit(f"{name}_writer", share, most, "limit of all: it is part of it"),
        limit(f"{name}_plain", plain.percent, most, "limit; stepped, as fast as it goes"),
    ]


@bench("engine_480")
def engine_480() -> list[Result]:
    """16 E1 in real time, each of 480 channels detects, records, and is in a conference of 3.

    Blocks are as a board of 16 spans has them by itself; then of 1 ms."""
    short = load(frames=8, **FULL)
    return [
        *full("engine_480"),
        limit("engine_480_1ms", short.percent, 10.0, "limit; with blocks of 1 ms"),
    ]


@bench("engine_480_echo")
def engine_480_echo() -> list[Result]:
    """The same with echo cancellers of 64 ms, the far ends hybrids."""
    return full("engine_480_echo", echo=64)


@bench("engine_480_rss")
def engine_480_rss() -> Result:
    """Resident memory of a Python process with such a board, echo cancellers too."""
    kib = int(harness.run([sys.executable, HERE / "media_memory.py"]))
    return compare(
        "engine_480_rss",
        ours=kib / 1024,
        peer=200.0,
        peer_name="limit",
        unit="MiB",
        lower_is_better=True,
    )


@bench("engine_channels")
def engine_channels() -> list[Result]:
    """CPU time of a channel and second, stepped; compared with that of 30 channels."""
    results: list[Result] = []
    for spans in (1, 4, 16, 64):
        one = load(spans=spans, frames=8, stepped=1, seconds=max(2, 64 // spans), **FULL)
        cost = one.cpu / (spans * 30) / (one.elapsed / 1e9) / 1000
        results.append(
            compare(
                f"engine_channels_{spans * 30}",
                ours=cost,
                peer=results[0]["ours"] if results else cost,
                peer_name="30 channels",
                unit="us a channel and second",
                lower_is_better=True,
            )
        )
    return results


@bench("conference_480")
def conference_480() -> Result:
    """One conference of 480: 8 of them talk, beside nobody. The ratio is to stay above 1 / 1.5."""
    silent = load(conference=480, talkers=0, stepped=1, seconds=10)
    talking = load(conference=480, talkers=8, stepped=1, seconds=10)
    return compare(
        "conference_480",
        ours=talking.cpu / silent.cpu,
        peer=1.5,
        peer_name="limit",
        unit="times the CPU time of silence",
        lower_is_better=True,
    )


@bench("connect_cost")
def connect_cost() -> Result:
    """480 channels of 16 E1 in real time, 240 connections between them: more than without any."""
    without = load()
    connected = load(connect=240)
    return limit("connect_cost", max(0.01, connected.percent - without.percent), 1.0, "aim")


@bench("connect_exact")
def connect_exact() -> Result:
    """1e8 octets through connections, each compared with what was received at the other channel."""
    one = load(runs=1, connect=240, stepped=1, seconds=27, check=1)
    return compare(
        "connect_exact",
        ours=one.compared,
        peer=1e8,
        peer_name="asked for; an octet changed would be an error",
        unit="octets compared equal",
    )


@bench("play_240")
def play_240() -> Result:
    """240 channels of 8 E1 in real time play one prompt, of which there is one copy."""
    without = load(spans=8)
    playing = load(spans=8, prompt=1)
    return limit("play_240", max(0.01, playing.percent - without.percent), 10.0, "aim")
