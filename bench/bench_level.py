"""Level meters, and beside them numpy doing no more than level and peak of the same blocks.

32 channels in calls of 64 frames: speech on one in three, line noise on the others. ``levels`` does
all that td_level.h tells (level, 125 ms average, peak, offset, noise floor, voice, clipping); numpy
gets the same frames as one array and does a mean square and a peak for each channel and call.
``levels_480`` is 16 spans in one bank, its samples too many for the caches.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from harness import ROOT, BenchError, Result, bench, compare

from trunkd.native.wrap import ffi, lib

sys.path.insert(0, str(ROOT / "tests" / "native"))
from level_rig import RATE, VOICES, at_level, int16, noise, sounds, speech

CHANNELS = 32
BLOCK = 64
SECONDS = 4.096
ROOM = 4096
ROUNDS = 20


def signals() -> np.ndarray:
    """Frames of CHANNELS samples."""
    n = round(SECONDS * RATE)
    rows = [noise(-55, SECONDS, channel) for channel in range(CHANNELS)]
    files = sounds(VOICES[0])
    for channel in range(0, CHANNELS, 3):
        said = at_level(np.concatenate([speech(f) for f in files[channel : channel + 12]]), -20)
        rows[channel] += np.resize(said, n)
    return np.ascontiguousarray(int16(np.stack(rows, 1)))


def ours(frames: np.ndarray, plain: bool, channels: int = CHANNELS) -> float:
    """Microseconds of CPU a channel-second, the best of ROUNDS."""
    error = ffi.new("int *")
    config = ffi.new("td_level_config *", {"plain": plain})
    bank = ffi.gc(lib.td_level_new(channels, config, error), lib.td_level_free)
    for channel in range(channels):
        lib.td_level_select(bank, channel, 1)
    blocks = [ffi.from_buffer("int16_t[]", frames[a : a + BLOCK]) for a in starts(frames)]
    events = ffi.new("td_level_event[]", ROOM)
    best, told = float("inf"), 0
    for _ in range(ROUNDS):
        begun = time.process_time()
        for block in blocks:
            told += lib.td_level_run(bank, block, BLOCK, channels, events, ROOM)
        best = min(best, time.process_time() - begun)
    if not told or lib.td_level_lost(bank):
        raise BenchError(f"{told} events were told and {lib.td_level_lost(bank)} lost")
    return best * 1e6 / (len(blocks) * BLOCK / RATE * channels)


def starts(frames: np.ndarray) -> range:
    return range(0, len(frames) // BLOCK * BLOCK, BLOCK)


def numpy_levels(frames: np.ndarray) -> float:
    best, told = float("inf"), 0.0
    for _ in range(ROUNDS // 4):
        begun = time.process_time()
        for at in starts(frames):
            block = frames[at : at + BLOCK]
            wide = block.astype(np.float32)
            told += float(np.einsum("ij,ij->j", wide, wide)[0]) + float(
                np.abs(block).max(axis=0)[0]
            )
        best = min(best, time.process_time() - begun)
    if not told:
        raise BenchError("numpy found no level")
    return best * 1e6 / (len(starts(frames)) * BLOCK / RATE * CHANNELS)


@bench("levels")
def levels() -> list[Result]:
    frames = signals()
    peer = numpy_levels(frames)
    rows = []
    for plain in (False, True):
        how = "plain C" if plain else "vectors where there are"
        rows.append(
            compare(
                "levels_plain" if plain else "levels",
                ours=ours(frames, plain),
                peer=peer,
                peer_name=f"numpy, mean square and peak only (ours: {how})",
                unit="CPU us/channel-second",
                lower_is_better=True,
            )
        )
    wide = np.ascontiguousarray(np.tile(frames[: RATE // BLOCK * BLOCK], (1, 15)))
    rows.append(
        compare(
            "levels_480",
            ours=ours(wide, False, 480),
            peer=10.0,
            peer_name="aim: below 10 at 480 channels",
            unit="CPU us/channel-second",
            lower_is_better=True,
        )
    )
    return rows
