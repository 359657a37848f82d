"""Voice files to the line's octets, beside sox and scipy: CPU seconds of work, not of the clock."""

from __future__ import annotations

import pathlib
import resource
import tempfile
import time
from collections.abc import Callable

import numpy as np
import scipy.signal
import soundfile
from harness import BenchError, Result, bench, compare, run

from trunkd.board.model import Law
from trunkd.daemon.media_files import load
from trunkd.native import wrap

SECONDS = 10
RUNS = 9


def least(work: Callable[[], object], who: int = resource.RUSAGE_SELF) -> float:
    """CPU seconds of the best of some runs, after one that is not counted."""
    best = float("inf")
    work()
    for _ in range(RUNS):
        before = cpu(who)
        work()
        best = min(best, cpu(who) - before)
    return best


def cpu(who: int) -> float:
    if who == resource.RUSAGE_SELF:
        return time.process_time()
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def by_scipy(path: str) -> bytes:
    """What the daemon did before it had its own filter."""
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    mono = scipy.signal.resample_poly(samples.mean(axis=1), 8000, rate)
    return wrap.alaw_encode(np.rint(np.clip(mono, -32768, 32767)).astype(np.int16).tobytes())


@bench("prompt_load")
def prompt_load() -> list[Result]:
    """10 s of 44.1 kHz stereo, 16 bits, to A-law at 8 kHz: files loaded a CPU second."""
    rng = np.random.default_rng(1)
    sound = np.clip(rng.normal(size=(SECONDS * 44100, 2)) * 6000, -32768, 32767)
    with tempfile.TemporaryDirectory() as folder:
        path, out = str(pathlib.Path(folder) / "in.wav"), str(pathlib.Path(folder) / "out.wav")
        soundfile.write(path, sound.astype(np.int16), 44100)
        command = ["sox", "-D", path, "-r", "8000", "-c", "1", "-e", "a-law", out]
        prompt = load(path, Law.A)
        if prompt.samples != SECONDS * 8000 or prompt.damage:
            raise BenchError(f"{prompt.samples} samples were loaded: {prompt.damage}")
        ours = least(lambda: load(path, Law.A))
        sox = least(lambda: run(command), resource.RUSAGE_CHILDREN)
        scipy_s = least(lambda: by_scipy(path))
    return [
        compare(name, ours=1 / ours, peer=1 / theirs, peer_name=peer, unit="files/CPU-s")
        for name, theirs, peer in (
            ("prompt_load", sox, "sox, its process"),
            ("prompt_load_scipy", scipy_s, "scipy resample_poly, in process"),
        )
    ]
