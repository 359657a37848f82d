"""DTMF and MFC-R2 reception beside spandsp: channel-seconds heard per CPU second.

``dtmf`` and ``r2_mf`` are a board in use: one channel in eight gets digits without a break, the
others something as loud as speech (noise of -27 dBm0). ``…_dialling`` is the worst case: every
channel gets digits all the time. Ours runs 480 channels in blocks of 20 ms, with the best vectors,
with AVX2 and in plain C; spandsp's receivers get ten channels of the same samples, a block of 20 ms
a call. Either is the best of several short runs, since others may be using the machine.
``detect_…`` is the cost of each bank as the engine runs it, in banks of 32 channels and blocks of
8 ms, beside what issue 3 leaves it.
"""

from __future__ import annotations

import pathlib
import subprocess
import time

import numpy as np
from harness import ROOT, BenchError, Result, bench, build_c, compare, run

from trunkd.native import wrap_tones
from trunkd.native.wrap import ffi, lib

CHANNELS = 480
SECONDS = 1
BLOCK = 160
PEER_SECONDS = 1000
RUNS = 50
ROOM = 4096


def signals(kind: int, on: float, every: int) -> np.ndarray:
    """Frames of CHANNELS int16 samples, SECONDS long; one channel in ``every`` gets digits."""
    rng = np.random.default_rng(1)
    rows = []
    for channel in range(CHANNELS):
        text = "".join(rng.choice(list(wrap_tones.DIGITS[kind]), round(SECONDS / on / 2)))
        sound = np.frombuffer(wrap_tones.digits(kind, text, on=on, off=on), np.int16)
        dials = channel % every == 0
        noise = rng.normal(0, 50 if dials else 700, len(sound))
        sound = sound if dials else np.zeros(len(sound))
        rows.append(np.roll(np.clip(sound + noise, -32768, 32767), rng.integers(0, 4000)))
    return np.ascontiguousarray(np.stack(rows).T.astype(np.int16))


def ours(kind: int, plain: int, frames: np.ndarray) -> float:
    """By the C functions: events stay where they are put, as in the engine."""
    if kind == wrap_tones.DTMF:
        bank = ffi.gc(
            lib.td_dtmf_new(CHANNELS, ffi.new("td_dtmf_config *", (0, 0, 0, plain))),
            lib.td_dtmf_free,
        )
        process = lib.td_dtmf_process
    else:
        bank = ffi.gc(lib.td_mf_new(CHANNELS, kind, plain), lib.td_mf_free)
        process = lib.td_mf_process
    # A little again and again: in an engine a block has just been written, and is near.
    frames = frames[: 5 * BLOCK]
    blocks = [ffi.from_buffer(frames[at : at + BLOCK]) for at in range(0, len(frames), BLOCK)]
    events, lost = ffi.new("td_digit_event[]", ROOM), ffi.new("uint64_t *")
    best, count = 0.0, 0
    for _ in range(RUNS):
        begun = time.process_time()
        for block in blocks * 20:
            count += process(bank, block, len(block) // 2 // CHANNELS, 0, events, ROOM, lost)
        spent = time.process_time() - begun
        best = max(best, 20 * len(frames) / 8000 * CHANNELS / spent)
    if not count or lost[0]:
        raise BenchError(f"{count} events were heard and {lost[0]} lost")
    return best


def peer(kind: str, frames: np.ndarray) -> float:
    source = ROOT / "tests" / "native" / "tone_spandsp.c"
    program = build_c("tone_spandsp", [pathlib.Path(source)], ["spandsp"], "libspandsp-dev")
    samples = np.ascontiguousarray(frames.T[: 10 * 8 : 9]).tobytes()
    done = subprocess.run(
        [program, f"{kind}-time", str(PEER_SECONDS)],
        input=samples,
        capture_output=True,
        check=False,
        timeout=300,
    )
    if done.returncode:
        raise BenchError(f"{program} ended with {done.returncode}: {done.stderr!r}")
    return 1 / float(done.stdout)


def compared(name: str, peer_kind: str, kind: int, frames: np.ndarray) -> list[Result]:
    theirs = max(peer(peer_kind, frames) for _ in range(RUNS // 5))
    rows = []
    limits = {"": 0, "_avx2": 2, "_plain": 1}
    if wrap_tones.vectors() != "avx512":
        del limits["_avx2"]
    for suffix, limit in limits.items():
        best = wrap_tones.vectors() or "plain C"
        rows.append(
            compare(
                name + suffix,
                ours=ours(kind, limit, frames),
                peer=theirs,
                peer_name=f"spandsp (ours: {suffix[1:] or best})",
                unit="channel-seconds/CPU s",
            )
        )
    return rows


def both(name: str, peer_kind: str, kind: int, on: float) -> list[Result]:
    rows = compared(name, peer_kind, kind, signals(kind, on, 8))
    return rows + compared(f"{name}_dialling", peer_kind, kind, signals(kind, on, 1))


@bench("dtmf")
def dtmf() -> list[Result]:
    """DTMF digits of 50 ms."""
    return both("dtmf", "dtmf", wrap_tones.DTMF, 0.05)


@bench("r2_mf")
def r2_mf() -> list[Result]:
    """MFC-R2 forward signals of 100 ms."""
    return both("r2_mf", "r2f", wrap_tones.R2_FORWARD, 0.1)


BUDGET_US = 60.0
"""A channel-second of DTMF and call progress: 3 % of a core for 480 channels (issue 3: all of the
engine 10 %)."""
SHARES = {"dtmf": 10.0, "progress": 50.0, "modem": 20.0, "fsk": 20.0, "r2": 10.0, "planes": 2.0}


@bench("detect_engine")
def detect_engine() -> list[Result]:
    """Microseconds a channel-second, 16 spans, one channel in eight dials and the others speak."""
    native = ROOT / "native" / "src"
    names = ("dtmf", "mf", "tone", "fsk_rx", "fsk_tx", "modem_tones", "progress")
    sources = [ROOT / "bench" / "detect_engine.c", *(native / f"{name}.c" for name in names)]
    program = build_c("detect_engine", sources, ["m"])
    rows = []
    cost = {}
    for kind, share in SHARES.items():
        cost[kind] = 1e6 * float(run([program, kind, "mixed", "0.5"]))
        rows.append(_aim(f"detect_{kind}", cost[kind], share))
    dialling = 1e6 * float(run([program, "dtmf", "dialling", "0.5"]))
    rows.append(_aim("detect_dtmf_dialling", dialling, SHARES["dtmf"]))
    rows.append(_aim("detect_dtmf_and_progress", cost["dtmf"] + cost["progress"], BUDGET_US))
    return rows


def _aim(name: str, ours: float, aim: float) -> Result:
    return compare(
        name,
        ours=ours,
        peer=aim,
        peer_name="aim",
        unit="us CPU/channel-second",
        lower_is_better=True,
    )
