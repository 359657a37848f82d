"""What an exchange line's engine would be told of samples: the native detector's segments as
ToneReceived, with the time at which they are known. For tests of the tone layer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from trunkd.board.progress_follow import FAINT_DB
from trunkd.board.progress_tones import parse
from trunkd.native import wrap_progress as native
from trunkd.native.wrap_progress import CadenceGenerator, CadenceStep
from trunkd.signaling.line_signals import ToneReceived

SAMPLE = 125_000
BLOCK = 160
RATE = 8000


class Ear:
    """Many channels at once: ``run`` takes (channels, n) samples of int16, n whole BLOCKs."""

    def __init__(self, channels: int = 1) -> None:
        self.channels = channels
        self._detector = native.SegmentDetector(channels, floor=-42.0)
        self.time = 0

    def run(self, samples: npt.NDArray[np.int16]) -> list[tuple[int, ToneReceived]]:
        """(now, signal) in order of time; the signal's channel is the row."""
        heard: list[tuple[int, ToneReceived]] = []
        for at in range(0, samples.shape[1], BLOCK):
            block = np.ascontiguousarray(samples[:, at : at + BLOCK])
            self.time += BLOCK * SAMPLE
            for segment in self._detector.run(block):
                loud = [
                    hz
                    for hz, level in zip(segment.frequencies, segment.levels, strict=True)
                    if level > segment.levels[0] - FAINT_DB
                ]
                signal = ToneReceived(
                    segment.channel,
                    tuple(loud),
                    segment.kind == native.SEGMENT_ON,
                    segment.sample * SAMPLE,
                    segment.duration * SAMPLE,
                    segment.level,
                )
                heard.append((self.time, signal))
        return heard


def cadence_samples(text: str, seconds: float, level: float | None = None) -> npt.NDArray[np.int16]:
    """A cadence as progress_tones writes it, its loudest step at ``level``."""
    tone = parse(text)
    steps = [CadenceStep(*step) for step in tone.steps]
    if level is not None:
        more = level - max(step.level for step in steps if step.frequencies)
        steps = [step._replace(level=step.level + more) for step in steps]
    made = CadenceGenerator(steps, tone.repeat_from).run(round(seconds * RATE))
    out = np.zeros(round(seconds * RATE), np.int16)
    out[: len(made)] = made
    return out
