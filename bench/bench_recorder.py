"""Recordings of 480 channels inside the engine; written to files, beside libsndfile.

Ours is the engine's CPU time with all channels recording less that with none, in blocks of 1 ms.
Stepped, so that the files are written by the same thread: every 0.2 s a channel, with its header
set, as libsndfile does it with the same sound. A disk is not measured: files are in memory.
"""

from __future__ import annotations

import os
import random
import tempfile
import time

import soundfile
from harness import Result, bench, compare

from trunkd.native import wrap_recorder
from trunkd.native.wrap_engine import Engine
from trunkd.native.wrap_recorder import Config

CHANNELS = 480
SECONDS = 3
ROUNDS = 5
HEAD = 44
CHUNK = 1600
LINEAR = 0


def engine_of() -> tuple[Engine, list[tuple[int, int]]]:
    engine = Engine(1, 8, 1 << 20, True, soft_spans=16)
    slots = [(2 + n // 30, 1 + n % 30) for n in range(CHANNELS)]
    for span, timeslot in slots:
        engine.open_voice(span, timeslot, False, 0xD5)
    engine.start()
    return engine, slots


def spend(engine: Engine) -> float:
    """Seconds of CPU a second of sound, the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun, until = time.process_time(), engine.time() + SECONDS * 10**9
        while engine.time() < until:
            engine.step(until)
            engine.events()
        best = min(best, time.process_time() - begun)
    return best / SECONDS


@bench("recorder_engine")
def recorder_engine() -> Result:
    """What recording adds to the engine's thread: octets into rings."""
    engine, slots = engine_of()
    idle = spend(engine)
    kept = [engine.record(*slot, 8000 * (ROUNDS + 1) * SECONDS, 0) for slot in slots]
    busy = spend(engine)
    assert all(code == 0 for code, _ in kept) and engine.recording(*slots[-1])
    engine.free()
    return compare(
        "recorder_engine",
        ours=(busy - idle) * 100,
        peer=2.0,
        peer_name="aim for 480 channels",
        unit="% of a core",
        lower_is_better=True,
    )


def files_by_ours() -> float:
    engine, slots = engine_of()
    idle = spend(engine)
    for slot in slots:
        fd = os.memfd_create("recording")
        os.ftruncate(fd, HEAD)
        config = Config(fd, 0, LINEAR, 0, HEAD, 0, 4, 40, 0, 0, 0, 0, 0, 0)
        assert wrap_recorder.start(engine, *slot, config, 1) == 0
        os.close(fd)
    busy = spend(engine)
    assert wrap_recorder.stats(engine)["octets"] >= 2 * 8000 * CHANNELS * ROUNDS * SECONDS * 0.9
    engine.free()
    return busy - idle


def files_by_libsndfile() -> float:
    sound = random.Random(1).randbytes(2 * CHUNK)
    best = float("inf")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        files = [
            soundfile.SoundFile(f"{folder}/{n}.wav", "w", 8000, 1, "PCM_16")
            for n in range(CHANNELS)
        ]
        for _ in range(ROUNDS):
            begun = time.process_time()
            for _ in range(SECONDS * 8000 // CHUNK):
                for file in files:
                    file.buffer_write(sound, "int16")
                    file.flush()
            best = min(best, time.process_time() - begun)
        for file in files:
            file.close()
    return best / SECONDS


@bench("recorder_files")
def recorder_files() -> Result:
    """PCM files, companding and rings and all; libsndfile gets linear samples."""
    return compare(
        "recorder_files",
        ours=files_by_ours() * 100,
        peer=files_by_libsndfile() * 100,
        peer_name="libsndfile, writing and header alone",
        unit="% of a core",
        lower_is_better=True,
    )
