"""Channels switched off tell nothing; switched on they are heard as if silence had been before."""

from __future__ import annotations

import itertools
import pathlib
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from trunkd.errors import LocalError
from trunkd.native import wrap_fsk, wrap_progress, wrap_tones
from trunkd.native.wrap_fsk import FskReceiver
from trunkd.native.wrap_progress import ModemToneDetector, SegmentDetector
from trunkd.native.wrap_tones import DTMF, R1, R2_BACKWARD, R2_FORWARD, DtmfBank, MfBank

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

CHANNELS = 37
SAMPLES = 60000


class Bank(NamedTuple):
    make: Callable[[int, int], Any]
    """A bank of so many channels; 0: the best instructions, 1: plain C, 2: at most AVX2."""
    hear: Callable[[Any, np.ndarray], list[Any]]
    """Events of a block, its rows the channels' samples."""


def by_frames(bank: Any, block: np.ndarray) -> list[Any]:
    return bank.process(np.ascontiguousarray(block.T).tobytes())


def by_channels(bank: Any, block: np.ndarray) -> list[Any]:
    return bank.run(np.ascontiguousarray(block))


BANKS = {
    "dtmf": Bank(lambda n, limit: DtmfBank(n, plain=limit), by_frames),
    "r2f": Bank(lambda n, limit: MfBank(n, R2_FORWARD, plain=limit), by_frames),
    "r2b": Bank(lambda n, limit: MfBank(n, R2_BACKWARD, plain=limit), by_frames),
    "r1": Bank(lambda n, limit: MfBank(n, R1, plain=limit), by_frames),
    "fsk": Bank(lambda n, limit: FskReceiver(n, vector=limit != 1), by_channels),
    "modem": Bank(lambda n, limit: ModemToneDetector(n, vector=limit != 1), by_channels),
    "progress": Bank(lambda n, limit: SegmentDetector(n, vector=limit != 1), by_channels),
}


def one_signal(random: np.random.Generator) -> np.ndarray:
    """Something that one of the detectors knows, at any level, in some noise."""
    level = float(random.uniform(-35, -3))
    kind = int(random.integers(0, 7))
    if kind < 4:
        code = (DTMF, R2_FORWARD, R2_BACKWARD, R1)[kind]
        text = "".join(random.choice(list(wrap_tones.DIGITS[code]), 6))
        made = wrap_tones.digits(code, text, level_dbm0=level, on=0.08, off=0.05)
        return np.frombuffer(made, np.int16)
    if kind == 4:
        return np.array(wrap_fsk.fsk_samples(b"trunkd " * 2, level=level, seizure=60, mark=60))
    steps = [
        wrap_progress.CadenceStep(
            (float(random.choice([350, 440, 950, 1100, 2100])),), 5000, level
        ),
        wrap_progress.CadenceStep((), 700),
        wrap_progress.CadenceStep((480.0, 620.0), 4000, level),
    ]
    return np.array(wrap_progress.CadenceGenerator(steps, None).run(10000))


def signals(random: np.random.Generator, channels: int, samples: int) -> np.ndarray:
    out = np.zeros((channels, samples))
    for row in out:
        at = int(random.integers(0, 900))
        while at < samples:
            sound = one_signal(random)[: samples - at]
            row[at : at + len(sound)] += sound
            at += len(sound) + int(random.integers(0, 700))
        row += random.normal(0, 10 ** random.uniform(0, 2.5), samples)
    return np.clip(np.rint(out), -32768, 32767).astype(np.int16)


def blocks(random: np.random.Generator, samples: int) -> list[int]:
    cuts = np.cumsum(random.choice([1, 31, 64, 64, 160, 333, 1000], samples // 100 + 100))
    return [0, *cuts[cuts < samples].tolist(), samples]


@pytest.mark.parametrize("name", BANKS)
def test_each_channel_is_heard_as_if_alone_while_it_is_on(name: str) -> None:
    bank_of = BANKS[name]
    random = np.random.default_rng(len(name))
    heard = signals(random, CHANNELS, SAMPLES)
    banks = [bank_of.make(CHANNELS, limit) for limit in (0, 1, 2)]
    on_since: list[int | None] = [0] * CHANNELS
    stretches: list[tuple[int, int, int]] = []
    found: list[list[Any]] = [[], [], []]
    cuts = blocks(random, SAMPLES)
    for begin, end in itertools.pairwise(cuts):
        wanted = random.random(CHANNELS) < 0.01
        if random.random() < 0.005:
            wanted[:] = [since is not None for since in on_since]  # all off
        for channel in np.flatnonzero(wanted).tolist():
            since = on_since[channel]
            for bank in banks:
                bank.select(channel, since is None)
            if since is not None:
                stretches.append((channel, since, begin))
            on_since[channel] = begin if since is None else None
        for bank, events in zip(banks, found, strict=True):
            events += bank_of.hear(bank, heard[:, begin:end])
    stretches += [(c, since, SAMPLES) for c, since in enumerate(on_since) if since is not None]

    assert found[0] == found[1] == found[2]
    expected: dict[int, list[Any]] = {channel: [] for channel in range(CHANNELS)}
    for channel, begin, end in sorted(stretches):
        alone = bank_of.make(1, 0)
        bank_of.hear(alone, np.zeros((1, begin), np.int16))
        for event in bank_of.hear(alone, heard[channel : channel + 1, begin:end]):
            expected[channel].append(event._replace(channel=channel))
    assert sum(map(len, expected.values())) > 30
    for channel in range(CHANNELS):
        assert [e for e in found[0] if e.channel == channel] == expected[channel]


@pytest.mark.parametrize("name", BANKS)
def test_a_channel_that_is_not_there(name: str) -> None:
    bank = BANKS[name].make(5, 0)
    for channel in (-1, 5):
        with pytest.raises(LocalError, match="0 to 4"):
            bank.select(channel, True)
